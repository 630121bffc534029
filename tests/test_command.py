"""Every line that README, lessons, --help and messages tell to type works where it is read.

There `python` is another program, which knows nothing of the course, or there is none.
"""

import ast
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from smtplab import command
from smtplab.__main__ import main
from smtplab.student.store import Store

from . import cells
from .conftest import ROOT, Course, asked, opened

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"(?:\"[^\"\n]+\"|[^\s`\"(]+) -m smtplab\b[^`\n&\")\]]*")
# These do not end by themselves, take a quarter of a minute or more, or write into the course.
NEED_HELP = re.compile(r"-m smtplab( serve.*| gauntlet.*| book.*| slides.*| --folder.*)?$")
pytestmark = pytest.mark.timeout(180)
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell and symbolic links")


def commands(text: str) -> list[str]:
    return [found.strip().rstrip(".,;:") for found in COMMAND.findall(text)]


def to_be_run(line: str) -> str:
    """A line with real names in it, and one that ends."""
    line = line.replace("DIR", "edition").replace(" PATH", " notebooks/my_client.py")
    return f"{line} --help" if NEED_HELP.search(line) else line


@pytest.fixture
def stranger(newcomer: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose `python` is another one."""
    folder = tmp_path / "another"
    folder.mkdir()
    for name in ("python", "python3"):
        other = folder / name
        other.write_text("#!/bin/sh\necho >&2 another Python: No module named smtplab\nexit 1\n")
        other.chmod(0o755)
    own = Path(sys.executable).parent
    path = [part for part in os.environ["PATH"].split(os.pathsep) if Path(part) != own]
    return newcomer | {"PATH": os.pathsep.join([str(folder), *path]), "SHELL": "/bin/sh"}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """README's folder, with its environment."""
    folder = tmp_path / "course"
    shutil.copytree(ROOT / "smtplab", folder / "smtplab",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for name in ("README.md", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    cells.folder_for(folder)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def works(line: str, folder: Path, environment: dict[str, str]) -> str:
    """Type a line in a terminal; return what it says."""
    run = subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    # The doctor may find a cure for this machine: it has been seen all the same.
    good = (0, 1) if line.endswith(" doctor") and "must be done" in run.stdout else (0,)
    assert run.returncode in good, (line, run.stderr)
    return run.stdout


# What is read in README


@posix
def test_readmes_lines_work_in_readmes_folder(course: Path, stranger: dict[str, str]) -> None:
    lines = [line for line in commands(README) if ".venv\\" not in line]
    assert {"doctor", "solved DIR", "serve"} <= {line.partition("smtplab ")[2] for line in lines}
    (course / "edition").mkdir()
    (course / "edition" / "0001.eml").write_bytes(b"Subject: what serve saved\r\n\r\nHello\r\n")
    (course / "FOLDER").mkdir()
    (course / "FOLDER" / "lin.py").write_text("def encode_line(text):\n    return text\n")
    for line in dict.fromkeys(lines):
        works(to_be_run(line), course, stranger)


# What is read in a lesson: its terminal is that of our JupyterLab


async def typed(address: str, line: str) -> str:
    """Type a line into a new terminal of JupyterLab; return all that it shows."""
    start, _, rest = address.partition("/lab/tree/")
    token = {"Authorization": f"token {rest.partition('token=')[2]}"}
    ask = urllib.request.Request(f"{start}/api/terminals", data=b"{}", headers=token)
    with urllib.request.urlopen(ask, timeout=10) as answer:
        name = json.load(answer)["name"]
    socket = f"{start.replace('http', 'ws')}/terminals/websocket/{name}"
    terminal = await websocket_connect(HTTPRequest(socket, headers=token))
    shown = ""
    try:
        async with asyncio.timeout(40):
            await terminal.write_message(json.dumps(["stdin", f"{line}; echo status $?\r"]))
            while not re.search(r"status \d+", shown):
                message = json.loads(await terminal.read_message() or '["disconnect"]')
                assert message[0] != "disconnect", shown
                shown += message[1] if message[0] == "stdout" else ""
    finally:
        terminal.close()
    return shown


@posix
def test_the_lessons_lines_work_in_a_terminal_of_the_lessons(
    notebooks: Path, stranger: dict[str, str]
) -> None:
    prose = "\n".join(
        cells.source(cell)
        for path in sorted(cells.FOLDER.glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    )
    lines = list(dict.fromkeys(commands(prose)))
    assert lines
    with opened(notebooks, stranger, "--no-browser") as course:
        for line in lines:
            # Where a browser test came before, Playwright's loop runs in this thread.
            with ThreadPoolExecutor(1) as own:
                talk = typed(course.address, to_be_run(line))
                shown = own.submit(asyncio.run, talk).result()
            assert "must be done" in shown, shown
            assert sys.executable in shown


# What is read in --help and in messages


def said(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    run = subprocess.run(
        [".venv/bin/python", "-m", "smtplab", *arguments], cwd=folder, env=environment,
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    return run.stdout + run.stderr


@posix
@pytest.mark.parametrize("arguments", [["--help"], ["reset", "--help"], ["serv"], ["solved", "d"]])
def test_what_the_command_line_says_works_where_it_is_said(
    arguments: list[str], course: Path, stranger: dict[str, str]
) -> None:
    lines = commands(said(arguments, course, stranger))
    assert lines
    for line in lines:
        assert line.startswith(".venv/bin/python -m smtplab")  # as README has it
        works(line.partition(" [")[0] + " --help", course, stranger)


@posix
def test_it_names_this_python_from_anywhere(tmp_path: Path, stranger: dict[str, str]) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    run = [sys.executable, "-m", "smtplab", "serv"]
    wrong = subprocess.run(run, cwd=elsewhere, env=stranger, capture_output=True, text=True,
                           timeout=60, check=False).stderr  # fmt: skip
    (line,) = commands(wrong)
    assert "serve" in works(line, elsewhere, stranger)


@posix
def test_a_python_in_a_folder_with_a_blank_can_be_pasted(
    tmp_path: Path, stranger: dict[str, str]
) -> None:
    (tmp_path / "my course").mkdir()
    (tmp_path / "my course" / ".venv").symlink_to(sys.prefix)
    run = [str(tmp_path / "my course" / ".venv" / "bin" / "python"), "-m", "smtplab", "serv"]
    wrong = subprocess.run(run, cwd=tmp_path, env=stranger, capture_output=True, text=True,
                           timeout=60, check=False).stderr  # fmt: skip
    (line,) = commands(wrong)
    assert "serve" in works(line, tmp_path, stranger)


@posix
def test_messages_lead_to_a_doctor_who_is_there(
    tmp_path: Path,
    stranger: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setattr(Store, "_unwritten", {})
    store = Store(tmp_path / "file")
    store.change(lambda state: None)
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    main([])
    lines = commands(store.message) + commands(capsys.readouterr().err)
    assert len(lines) == 2
    for line in lines:
        works(line, tmp_path, stranger)


def literals(path: Path) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def test_one_function_makes_every_such_line() -> None:
    by_hand = {
        path.name
        for path in (ROOT / "smtplab").rglob("*.py")
        for text in literals(path)
        if re.search(r"-m smtplab\b", text)
    }
    assert by_hand == {"command.py"}


# Another folder of notebooks


def test_the_edition_is_opened_from_anywhere_by_the_line_that_is_printed(
    tmp_path: Path, newcomer: dict[str, str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["solved", "my edition"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    option = re.search(r'-m smtplab (--folder) "(.+)"$', last)
    assert option
    with opened(tmp_path, newcomer, "--no-browser", *option.groups()) as course:
        assert "my_client.py" in listed(course)


def listed(course: Course) -> set[str]:
    return {entry["name"] for entry in asked(course, "/api/contents")["content"]}


def test_a_folder_without_lessons_is_no_folder_to_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--folder", str(tmp_path)])
    assert "there is no 00_start_here.ipynb" in capsys.readouterr().err


def test_progress_of_another_folder_is_told(
    notebooks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", "put back after this test")
    assert main(["--folder", str(notebooks), "progress"]) == 0
    assert str(notebooks) in capsys.readouterr().out


def test_the_folder_is_where_the_first_lesson_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMTPLAB_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "CHECKOUT", tmp_path / "checkout")
    assert command.notebooks() == Path.cwd()
    for place in (tmp_path / "checkout" / "notebooks", tmp_path / "notebooks", tmp_path):
        place.mkdir(exist_ok=True, parents=True)
        (place / command.FIRST_LESSON).touch()
        assert command.notebooks().resolve() == place.resolve()
    # nbgrader hands out each lesson in a folder of its own: what is kept serves all of them.
    lesson = tmp_path / "02_dialogue"
    lesson.mkdir()
    (lesson / "02_dialogue.ipynb").touch()
    monkeypatch.chdir(lesson)
    assert command.notebooks().resolve() == tmp_path.resolve()
    monkeypatch.setenv("SMTPLAB_FOLDER", str(tmp_path / "named"))
    assert command.notebooks() == tmp_path / "named"
