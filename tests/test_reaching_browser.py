"""Showing a letter reaches nobody: live, in a notebook opened again, and on an exported page.

Not one of some 500 hostile letters makes a browser connect, nor Firefox look up a name. In the same
three places the same letters are noticed when they are shown as they came.
"""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page

from smtplab.views.frame import HEAD

from .conftest import THOROUGH, Course, absent, asked, launched
from .firefox import PATIENCE, Firefox
from .hostile import KINDS, Tripwire, disguised, letters, together

pytestmark = pytest.mark.browser

BOX = 18  # messages: the plain view of a mailbox has the newest 20
TEXTS = 10  # in a message: a view shows so many
CELL = """
import json
from smtplab import views
from smtplab.lab import Mailbox, Message

views.attach()
boxes = []
for mail in json.load(open("mail.json")):
    boxes.append(Mailbox())
    for number, raw in enumerate(mail, 1):
        boxes[-1].add(Message("", [], raw.encode(), number))
display(*boxes)
"""
# `until` waits for something to be true; `load` has every letter loaded, in sight or not;
# `press` is for a button of JupyterLab's.
HELP = """
const until = async (what) => {
  let found;
  while (!(found = what())) await new Promise((then) => setTimeout(then, 20));
  return found;
};
const load = async (frames) => {
  await Promise.all([...frames].map((frame) => new Promise((then) => {
    frame.onload = then;
    frame.loading = "eager";
    frame.srcdoc = frame.srcdoc;
  })));
  return frames.length;
};
// A window without a screen never has the focus, and JupyterLab acts on what has it.
const press = async (command) => {
  document.querySelector(".jp-NotebookPanel").dispatchEvent(new FocusEvent("focus"));
  const button = document.querySelector(`[data-command="${command}"]`);
  await until(() => button.getAttribute("aria-disabled") === "false");
  for (const type of ["mousedown", "click"])
    button.dispatchEvent(new MouseEvent(type, { bubbles: true }));
};
"""
RUN = """
await until(() => document.querySelector(".jp-Notebook-ExecutionIndicator[data-status=idle]"));
await press("notebook:run-cell-and-select-next");
"""
# By keyboard from the newest message of each live mailbox to its oldest.
LOOK_THROUGH = """
const boxes = () => document.querySelectorAll("smtplab-live > .smtplab-live");
await until(() => boxes().length === BOXES.length);
let count = 0;
for (const [place, box] of [...boxes()].entries())
  for (let number = BOXES[place]; number > 0; number--) {
    const said = () => [...box.querySelectorAll("dd")].at(-1)?.textContent ?? "";
    await until(() => said().endsWith(`, session ${number}`));
    count += await load(box.querySelectorAll("iframe"));
    const down = new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true });
    box.querySelector("[role=listbox]").dispatchEvent(down);
  }
return count;
"""
SAVE = "await press('docmanager:save');"
# In a notebook that was saved after its cell had run, as far as the last that is written of it.
WRITTEN = r'(?s)"output_type".*"nbformat_minor"'
LOAD_ALL = """
const frames = () => document.querySelectorAll("smtplab-live iframe");
await until(() => frames().length >= COUNT);
return await load(frames());
"""
ADD = """
const place = document.body.appendChild(document.createElement("div"));
place.innerHTML = FRAMES;
"""


class Control(NamedTuple):
    """Letters that make a browser connect: without any wall, and behind the sandbox and the policy
    when nothing was taken out before."""

    bare: set[str]
    walled: set[str]


CONTROLS = {
    "chromium": Control(
        {"iframe", "css-import-plain", "background", "svg-iframe"},
        {"iframe", "slash", "frame", "srcdoc", "base-iframe", "comment", "noscript", "svg-foreign"},
    ),
    # A name that is looked up ahead counts here, too.
    "firefox": Control(
        {"iframe", "preconnect", "css-import-plain", "background", "svg-iframe", "dns-prefetch"},
        {"preconnect", "preconnect-case", "srcdoc-link", "noscript-head"},
    ),
}


def hostile_mail() -> list[str]:
    """Each letter that connects, and each kind in a few disguises, others for each."""
    count, mail = 7 if THOROUGH else 2, [*letters().values()]
    for number, kind in enumerate(KINDS):
        ones = [*disguised(kind).values()]
        mail += [ones[(count * number + n) % len(ones)] for n in range(count)]
    return mail


def shown_as_it_came(control: Control) -> str:
    """The frames of the control. Their hosts' names say which wall there was."""
    walls = {"bare": (control.bare, "", ""), "walled": (control.walled, 'sandbox=""', HEAD)}
    frames = []
    for wall, (names, attribute, head) in walls.items():
        for name in names:
            html = head + letters()[name].replace(f"{name}.evil", f"{wall}-{name}.evil")
            frames.append(f"<iframe {attribute} srcdoc='{escape(html)}'></iframe>")
    return "".join(frames)


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    tripwire = Tripwire()
    yield tripwire
    tripwire.close()


@pytest.fixture(params=CONTROLS)
def browser(
    request: pytest.FixtureRequest, tripwire: Tripwire, tmp_path: Path
) -> Iterator[Page | Firefox]:
    """A browser that takes the tripwire for every server but this machine's own."""
    if request.param == "firefox":
        program = shutil.which("firefox-esr") or absent("there is no firefox-esr on this machine")
        firefox = Firefox(program, tmp_path, tripwire.port)
        yield firefox
        firefox.close()
    else:
        chromium = request.getfixturevalue("chromium")
        # All frames share one process: hundreds of them would take minutes to begin.
        shared = "--disable-features=IsolateSandboxedIframes"
        browser = launched(chromium.browser_type, tripwire.rules, shared)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


@pytest.mark.timeout(400)
def test_no_letter_that_is_shown_reaches_anybody(
    browser: Page | Firefox, request: pytest.FixtureRequest, course: Course, tripwire: Tripwire
) -> None:
    control = CONTROLS[request.node.callspec.params["browser"]]
    noticed = {f"bare-{one}" for one in control.bare} | {f"walled-{one}" for one in control.walled}

    def do(script: str) -> int:
        made = browser.evaluate(f"(async () => {{{HELP}{script}}})()")
        return int(made or 0)

    def reached() -> set[str]:
        seen = tripwire.touched(browser)
        if isinstance(browser, Firefox):
            seen |= browser.looked_up()
        return {name for name in seen if not name.startswith("last-")}

    def nobody_is_reached() -> None:
        """And when the letters of the control are added to the same page, somebody is."""
        assert reached() == set()
        do(ADD.replace("FRAMES", json.dumps(shown_as_it_came(control))))
        seen: set[str] = set()
        wait_for("the control", lambda: noticed <= seen or seen.update(reached()))
        do("document.body.lastElementChild.remove();")
        reached()  # what they had begun is not counted in the next place

    mail = hostile_mail()
    assert len(mail) > (500 if THOROUGH else 200)
    messages = [together(mail[at : at + TEXTS]) for at in range(0, len(mail), TEXTS)]
    boxes = [messages[at : at + BOX] for at in range(0, len(messages), BOX)]
    (course.folder / "mail.json").write_text(json.dumps(boxes))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    file = course.folder / "scratch.ipynb"
    notebook = new_notebook(cells=[new_code_cell(CELL)], metadata={"kernelspec": kernel})
    nbformat.write(notebook, file)
    address = course.address.replace("00_start_here.ipynb", "scratch.ipynb") + "&reset"

    def wait_for(what: str, is_there: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not is_there():
            assert time.monotonic() < until, what
            time.sleep(0.05)

    def kernels() -> list[str]:
        """What the kernels do to which a page is connected."""
        all_ = [session["kernel"] for session in asked(course, "/api/sessions")]
        return [one["execution_state"] for one in all_ if one["connections"]]

    browser.goto(address)
    wait_for("no kernel", lambda: kernels() == ["idle"])
    do(RUN)
    lengths = json.dumps(list(map(len, boxes)))
    assert do(LOOK_THROUGH.replace("BOXES", lengths)) == len(mail)
    nobody_is_reached()

    do(SAVE)
    wait_for(
        "not saved", lambda: re.search(r'"output_type"(?s:.*)"nbformat_minor"', file.read_text())
    )
    own = dict.fromkeys(("mathjax_url", "require_js_url", "jquery_url"), "")
    exported, _ = HTMLExporter(**own).from_notebook_node(nbformat.read(file, 4))
    page = course.folder / "scratch.html"
    page.write_text(exported, encoding="utf-8")
    browser.goto(page.as_uri())
    load_all = LOAD_ALL.replace("COUNT", str(len(mail)))
    assert do(load_all) == len(mail)
    nobody_is_reached()

    # Its kernel is gone, and the one that it gets knows nothing of the letters.
    for session in asked(course, "/api/sessions"):
        asked(course, f"/api/sessions/{session['id']}", "DELETE")
    browser.goto(address)
    assert do(load_all) == len(mail)
    nobody_is_reached()
