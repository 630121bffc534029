"""What several test modules need: the course in a real browser, and an eye for what is left over.

The course is opened as a student has it: our own command, real JupyterLab, Chromium.
"""

import gc
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    TimeoutError,
    ViewportSize,
    expect,
    sync_playwright,
)

from smtplab.lab import Lab

from . import cells
from .client import open_sockets
from .hostile import Canary

# The tests hold English sentences, whatever this machine's user speaks.
os.environ["SMTPLAB_LANGUAGE"] = "en"

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = [
    "--no-sandbox",  # which root, as in a container, cannot have
    # Chromium itself talks to nobody.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PLACE = "data-windowed-list-index"  # which cell of the notebook this is, from 0
# Some tests have more to go through than the suite has time for, and then go through all of it.
THOROUGH = os.environ.get("SMTPLAB_THOROUGH") == "1"
START_SECONDS = 60
WAIT_SECONDS = 20
expect.set_options(timeout=1000 * WAIT_SECONDS)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: a test waits half of its time for a deadline."""
    return (os.cpu_count() or 1) + 1


# Whatever is begun last is waited for by idle processes, so what takes minutes is begun first.
# What bounds memory is among the very first: a process that has freed much lets code take long.
LONGEST = (
    "test_lessons",
    "test_bounds",
    "test_reaching_browser",
    "test_answers",
    "test_live_mailbox_browser",
    "test_grading",
    "test_browser",
    "test_live",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        begins = (place for place, name in enumerate(LONGEST) if item.path.stem.startswith(name))
        return next(begins, len(LONGEST))

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """Whoever looks for what a test left behind need not look through all that was imported."""
    gc.collect()
    gc.freeze()


def absent(why: str) -> NoReturn:
    """Skip the test for want of something on this machine, except in CI, where that must fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{why}, and CI must not pass over a test")
    pytest.skip(why)


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """Tests that run in the background of a shell are deaf to it, and so is what they start.

    A handler of ours, unlike deafness, is not handed down.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Course(NamedTuple):
    """A course that our own command has opened: its address with the token, its notebooks, and
    what is said in its terminal, line by line, "" at the end."""

    address: str
    folder: Path
    said: "queue.SimpleQueue[str]"


def copied(folder: Path) -> Path:
    """A student's own copy of the notebooks, with no progress yet, in a folder that is empty."""
    for source in cells.FOLDER.iterdir():
        kinds = (".ipynb", ".png", ".zip", ".eml", ".txt")
        if source.suffix in kinds or source.name == "old_mailer.py":
            shutil.copy(source, folder)
    return folder


def at_home(home: Path) -> dict[str, str]:
    """The environment of a user who has never used Jupyter, nor this course."""
    hidden = ("JUPYTER", "IPYTHON", "SMTPLAB", "XDG_")
    environment = {name: v for name, v in os.environ.items() if not name.startswith(hidden)}
    home_of = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA"), str(home))
    return environment | home_of | {"SMTPLAB_LANGUAGE": "en"}


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    return copied(folder)


@pytest.fixture
def newcomer(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return at_home(home)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """`python -m smtplab --no-browser`, for one test after the other."""
    place = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "home"):
        (place / name).mkdir()
    with opened(copied(place / "notebooks"), at_home(place / "home"), "--no-browser") as course:
        yield course


@pytest.fixture
def course(running: Course) -> Iterator[Course]:
    """The course as a newcomer finds it: nothing is left of who had it before."""
    for left in running.folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    copied(running.folder)
    yield running
    for session in asked(running, "/api/sessions"):
        asked(running, f"/api/sessions/{session['id']}", "DELETE")
    forget_what_was_open(running)


def forget_what_was_open(course: Course) -> None:
    for name in asked(course, "/lab/api/workspaces")["workspaces"]["ids"]:
        asked(course, f"/lab/api/workspaces/{name}", "DELETE")


def asked(course: Course, path: str, method: str = "GET") -> Any:
    """What the course's own Jupyter server answers to a question of its pages."""
    start, _, token = course.address.partition("/lab/tree/")
    url = f"{start}{path}?{token.partition('?')[2]}"
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
        return json.loads(answer.read() or "null")


@contextmanager
def opened(folder: Path, environment: dict[str, str], *options: str) -> Iterator[Course]:
    """The course as our own command opens it, on a port that is free."""
    with tempfile.TemporaryDirectory(prefix="kernels-", ignore_cleanup_errors=True) as meeting:
        # Where the kernels meet their server: the path of a socket may have a hundred octets.
        # And the page has a name for its application, by which it opens one notebook after another.
        for name, config in (
            ("jupyter_server_config.json", {"KernelManager": {"transport": cells.TRANSPORT}}),
            ("jupyter_lab_config.json", {"LabApp": {"expose_app_in_browser": True}}),
        ):
            Path(meeting, name).write_text(json.dumps(config), encoding="utf-8")
        own = {"JUPYTER_RUNTIME_DIR": meeting, "JUPYTER_CONFIG_PATH": meeting}
        with serving(environment | own, folder, *options) as course:
            yield course


@contextmanager
def serving(environment: dict[str, str], folder: Path, *options: str) -> Iterator[Course]:
    server = subprocess.Popen(
        [sys.executable, "-m", "smtplab", "--port", "0", *options],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    said: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        assert server.stdout is not None
        with server.stdout:
            for line in server.stdout:
                said.put(line)
        said.put("")

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        address = address_in(said)
        wait_for(address)
        yield Course(address, folder, said)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        listener.join()


def address_in(said: "queue.SimpleQueue[str]") -> str:
    """The address with its token, from what the server says."""
    heard = []
    while line := said.get(timeout=START_SECONDS):
        heard.append(line)
        if address := re.search(r"http://127\.0\.0\.1:\d+/\S*token=\w+", line):
            return address[0]
    pytest.fail("the server ended without an address:\n" + "".join(heard))


def wait_for(address: str) -> None:
    """Jupyter says its address a moment before it listens there: try until somebody does."""
    port = int(address.split(":")[2].partition("/")[0])
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def launched(chromium: BrowserType, *arguments: str) -> Browser:
    """This machine's own Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        absent("there is no Chromium on this machine")
    return chromium.launch(executable_path=path, args=[*CHROMIUM, *arguments])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        yield browser
        browser.close()


VIEWPORT: ViewportSize = {"width": 1280, "height": 900}


class Watched:
    """A page, and what has gone wrong in it: errors, and whoever else was asked."""

    def __init__(self, chromium: Browser) -> None:
        self.page = chromium.new_context(viewport=VIEWPORT, locale="en-GB").new_page()
        self.wrong: list[str] = []
        own = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:")
        self.page.on("pageerror", self._uncaught)
        self.page.on("console", self._console)
        self.page.on("request", lambda r: own.match(r.url) or self._note(f"asked: {r.url}"))

    def _uncaught(self, error: Error) -> None:
        """JupyterLab lets nobody catch what it asked a kernel of a notebook that is closed."""
        if error.message != "Disposed":
            self._note(f"uncaught: {error}")

    def _console(self, message: ConsoleMessage) -> None:
        """JupyterLab says of a notebook that is closed what its debugger had still asked for, and
        of what was ended or taken away for it, as after the test before, that it is gone."""
        where = message.location["url"]
        closed = "Canceled future for debug_request" in message.text
        ended = "404" in message.text and "/api/" in message.text + where
        if message.type == "error" and not closed and not ended:
            self._note(f"{message.text} {where}")

    def _note(self, what: str) -> None:
        self.wrong.append(what)

    def close(self) -> None:
        self.page.context.close()
        assert self.wrong == []


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page. In the end nothing has gone wrong in it, and nobody else was asked."""
    watched = Watched(chromium)
    yield watched.page
    watched.close()


FIRST = "00_start_here.ipynb"
# In a page that is loaded: without a question about what was not saved.
OPEN = """async (name) => {
  const { commands, shell } = window.jupyterapp;
  const close = (but) => [...shell.widgets("main")].forEach((one) => one === but || one.dispose());
  close();
  close(await commands.execute("docmanager:open", { path: name }));
}"""
CLEAR = """async () => {
  const { commands, shell } = window.jupyterapp;
  [...shell.widgets("main")].forEach((one) => one.dispose());
  if (document.body.dataset.jpThemeLight === "false")
    await commands.execute("apputils:change-theme", { theme: "JupyterLab Light" });
}"""


class Student:
    """What a student does with a notebook that is open in JupyterLab."""

    def __init__(self, page: Page, course: Course) -> None:
        self.page = page
        self.course = course
        self.name = ""

    def start(self) -> None:
        """Open the page that the first command opens, and wait until its kernel is there."""
        self._open(FIRST, self.course.address)

    def open(self, name: str) -> None:
        """Open a lesson, in the place of whatever is open."""
        address = self.course.address.replace(FIRST, name)
        assert name in address
        self._open(name, f"{address}&reset")

    def _open(self, name: str, address: str) -> None:
        self.name = name
        if "/lab/tree/" in self.page.url:
            self.page.evaluate(OPEN, name)
        else:
            self.page.goto(address)
        self.idle()
        self.notebook.locator(".jp-Notebook").click(position={"x": 5, "y": 5})

    def scratch(self, *cells: str) -> None:
        """Open a notebook of these code cells; their ids are c0, c1, ..."""
        notebook = new_notebook(
            cells=[new_code_cell(cell, id=f"c{number}") for number, cell in enumerate(cells)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)",
                                     "language": "python"}},
        )  # fmt: skip
        nbformat.write(notebook, self.course.folder / "scratch.ipynb")
        self.open("scratch.ipynb")

    def menu(self, *names: str) -> None:
        """Go through a menu, and choose its last name."""
        first, *others = names
        self.page.get_by_role("menuitem", name=first, exact=True).click()
        for name in others:
            item = self.page.locator(".lm-Menu-item", has_text=name).first
            item.hover()
        item.click()

    def dark(self) -> None:
        self.menu("Settings", "Theme", "JupyterLab Dark")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        self.active.locator(".jp-InputPrompt").click()  # back from the menu

    @property
    def notebook(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel")

    @property
    def active(self) -> Locator:
        """The selected cell."""
        return self.notebook.locator(".jp-Cell.jp-mod-active")

    def idle(self, seconds: float = WAIT_SECONDS) -> None:
        """Wait until the kernel is there, and has nothing to do."""
        ready = self.page.get_by_role("button", name="Python 3 (ipykernel) | Idle")
        expect(ready).to_be_visible(timeout=1000 * seconds)

    def run_all(self, seconds: float = WAIT_SECONDS) -> None:
        """Run All Cells of the Run menu, until the last code cell has its number."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        kinds = [cell["cell_type"] for cell in self.saved()["cells"]]
        last = len(kinds) - 1 - kinds[::-1].index("code")
        # JupyterLab has gone to the end of the notebook by itself, and stays there.
        self._numbered(self.notebook.locator(f".jp-Cell[{PLACE}='{last}']"), seconds)
        self.idle(seconds)

    def _numbered(self, cell: Locator, seconds: float = WAIT_SECONDS) -> None:
        """Wait until a cell has run: until then there is no number in its brackets."""
        # For a moment, JupyterLab may have two cells in one place of its list.
        numbered = cell.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[\d+\]:"))
        expect(numbered.first).to_be_attached(timeout=1000 * seconds)

    def go_to(self, cell_id: str) -> None:
        """Select a cell with the arrow keys: JupyterLab keeps only what is near in the page."""
        wanted = [cell["id"] for cell in self.saved()["cells"]].index(cell_id)
        self.page.keyboard.press("Escape")
        deadline = time.monotonic() + WAIT_SECONDS
        while (place := int(self.active.get_attribute(PLACE) or 0)) != wanted:
            self.page.keyboard.press("ArrowDown" if place < wanted else "ArrowUp")
            try:
                # A page that is busy may lose a key: then it is pressed again.
                expect(self.active).not_to_have_attribute(PLACE, str(place), timeout=2000)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise

    def type_last_line(self, text: str) -> None:
        """Put a line in the place of the last one of the selected cell."""
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("ControlOrMeta+End")
        self.page.keyboard.press("Shift+Home")
        self.page.keyboard.type(text)

    def run(self) -> None:
        """Run the selected cell, and stay there."""
        before = self.active.locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("ControlOrMeta+Enter")
        expect(self.active.locator(".jp-InputPrompt")).not_to_have_text(before)
        self._numbered(self.active)

    def save(self) -> dict[str, Any]:
        """Save the notebook, and return it as it is on disk."""
        try:
            self._press_save(5)
        except TimeoutError:  # a page that is busy may lose a key
            self._press_save(30)
        return self.saved()

    def _press_save(self, seconds: int) -> None:
        with self.page.expect_response(
            lambda r: r.request.method == "PUT" and "/api/contents/" in r.url,
            timeout=1000 * seconds,
        ):
            self.page.keyboard.press("ControlOrMeta+s")

    def saved(self) -> dict[str, Any]:
        path = self.course.folder / self.name
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return notebook


def barriers(page: Page, context: str = ".smtplab-live") -> list[str]:
    """What axe-core finds, of level serious or above: the rule, and where."""
    found = Axe().run(page, context=context).response["violations"]
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def newly_come(course: Course, page: Page, tabs: list[Watched]) -> Student:
    """A student with a browser that has never seen the course, nor has any other."""
    while tabs:
        tabs.pop().page.context.close()
    forget_what_was_open(course)
    return Student(page, course)


@pytest.fixture(scope="session")
def tabs(chromium: Browser) -> Iterator[list[Watched]]:
    """The page of JupyterLab that all students use: to load it takes longer than most tests."""
    tabs: list[Watched] = []
    yield tabs
    for tab in tabs:
        tab.page.context.close()


@pytest.fixture
def student(course: Course, chromium: Browser, tabs: list[Watched]) -> Iterator[Student]:
    tab = tabs.pop() if tabs else Watched(chromium)
    tab.wrong.clear()  # what its kernels' end made it say
    yield Student(tab.page, course)
    if tab.wrong or tab.page.locator(".jp-Dialog").count():
        tab.close()
    else:
        tab.page.evaluate(CLEAR)
        tab.page.set_viewport_size(VIEWPORT)
        tabs.append(tab)


# What a lab must not leave behind


@pytest.fixture
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No thread, no socket and no complaint is left behind by what a test does."""
    Lab().stop()  # what is made once for each process
    gc.collect()
    complaints: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: complaints.append(args.exc_value))
    monkeypatch.setattr(threading, "excepthook", lambda args: complaints.append(args.exc_value))
    threads, sockets = set(threading.enumerate()), open_sockets()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
        gc.collect()
    assert complaints == []
    assert set(threading.enumerate()) <= threads
    assert open_sockets() <= sockets


# Hostile mail


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()
