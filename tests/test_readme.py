"""What README claims is so."""

import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from smtplab import exercises, views
from smtplab.lab import Lab

from . import cells
from .conftest import ROOT
from .test_solved import git

README = (ROOT / "README.md").read_text(encoding="utf-8")
LESSON = re.compile(r"^\| `(\d\d_\w+)`( \(coming\))? \|", re.MULTILINE)


def command(name: str) -> str:
    """The one line under a mark such as <!-- test -->."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.+)\n```\n", README)
    assert found, f"README has no command marked {name}"
    return found[1]


def test_the_first_command_ends_by_opening_the_course() -> None:
    *_, install, last = command("start").split(" && ")
    assert install.endswith(" -m pip install -r requirements.txt")
    assert last.endswith(" -m smtplab")


@pytest.mark.skipif(sys.platform == "win32", reason="there it is another line")
def test_the_update_line_brings_what_is_new_and_keeps_what_is_the_readers(tmp_path: Path) -> None:
    theirs, mine = tmp_path / "theirs", tmp_path / "mine"
    (theirs / "notebooks").mkdir(parents=True)
    shutil.copy(ROOT / ".gitignore", theirs)
    lesson = theirs / "notebooks" / "00.ipynb"

    def publish(text: str) -> None:
        lesson.write_text(text)
        git(theirs, "add", ".")
        git(theirs, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", text)

    git(theirs, "init", "--quiet")
    publish("old")
    git(tmp_path, "clone", "--quiet", str(theirs), str(mine))
    (mine / "notebooks" / "00.ipynb").write_text("my answer")
    (mine / "notebooks" / "progress.json").write_text("my progress")
    publish("new")

    *steps, install = command("update").split(" && ")
    assert install == command("start").split(" && ")[1]
    subprocess.run(" && ".join(steps), shell=True, check=True, cwd=mine, timeout=30,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    assert (mine / "notebooks" / "00.ipynb").read_text() == "new"
    assert (mine / "notebooks" / "progress.json").read_text() == "my progress"
    (copy,) = mine.glob("notebooks-*")
    assert (copy / "00.ipynb").read_text() == "my answer"
    assert not git(mine, "status", "--porcelain")


def test_ci_does_what_the_test_command_does() -> None:
    steps = command("test").split(" && ")
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    offline = '"${offline[@]}" '
    assert [
        line.removeprefix(offline) for line in lines if line.removeprefix(offline) in steps
    ] == steps
    assert lines[-1].removeprefix(offline) == steps[-1]


def test_ci_installs_what_the_tests_want() -> None:
    wanted = " ".join(re.findall(r"`sudo apt install ([^`]+)`", README.partition("## Tests")[2]))
    assert "chromium" in wanted and "postfix" in wanted
    installed = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    installs = installed.partition("lacking=()")[2].partition("apt-get install")[0]
    assert set(wanted.split()) <= set(re.findall(r"[\w.-]+", installs))


@pytest.mark.parametrize("name", ["start", "test"])
def test_windows_gets_the_same_steps(name: str) -> None:
    here = (
        command(name)
        .replace("python3 -m venv", "py -m venv")
        .replace("/bin/python", r"\Scripts\python")
    )
    inside = re.fullmatch(r'cmd /c "(.+)"', command(f"{name}-windows"))
    assert inside
    assert inside[1] == here


def test_the_files_that_the_commands_name_are_there() -> None:
    named = re.findall(r"-r (\S+)", command("start") + " " + command("test"))
    assert set(named) == {"requirements.txt", "tests/requirements.txt"}
    assert all((ROOT / name).is_file() for name in named)


def test_the_lesson_table_is_the_notebooks_and_what_is_coming() -> None:
    rows = LESSON.findall(README)
    assert [name for name, _ in rows] == sorted(name for name, _ in rows)
    assert len(rows) == 12
    there = sorted(path.stem for path in cells.FOLDER.glob("[0-9]*.ipynb"))
    assert [name for name, coming in rows if not coming] == there


def test_every_package_has_one_exact_version() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            pinned = re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w.' =!<>()]+)?", line)
            assert pinned or line in ("", "-e .") or line.startswith("# "), line


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for dependency in project["dependencies"]:
        name = re.match(r"[\w-]+", dependency)
        assert name
        assert f"\n{name[0]}==" in pinned


def test_the_verdicts_shown_are_what_the_checks_say(tmp_path: Path) -> None:
    shown = README.partition("<!-- verdicts -->")[2].partition("<!-- transcript -->")[0]
    pairs = re.findall(r"```python\n(.+?)```\n\n```text\n(.+?)```", shown, re.DOTALL)
    said = set()
    for number, (code, expected) in enumerate(pairs):
        name = re.match(r"def (\w+)", code)
        assert name
        namespace = cells.run_here([code], tmp_path / str(number))
        verdict = exercises.judge(namespace[name[1]])
        text = views.drawn(verdict)["text/plain"]
        assert [line.rstrip() for line in text.splitlines()] == expected.splitlines()
        said.add(verdict.status)
    assert said == {"failed", "error", "stuck"}


def test_the_pictures_are_there_small_and_told_in_words() -> None:
    shown = re.findall(r"^!\[(.*)\]\((.+)\)$", README, re.M)
    files = sorted(ROOT / name for _, name in shown)
    assert files == sorted((ROOT / "tests" / "pictures").glob("*.webp"))
    assert all(len(told) > 100 for told, _ in shown)
    assert sum(file.stat().st_size for file in files) < 400_000  # octets in git


def test_the_transcript_shown_is_one_that_comes() -> None:
    shown = re.search(r"<!-- transcript -->\n```text\n(.+?)\n```", README, re.DOTALL)
    assert shown
    said = [line[3:] for line in shown[1].splitlines() if line.startswith("C: ")]
    with Lab() as lab:
        with (
            socket.create_connection(lab.address(25), timeout=5) as sock,
            sock.makefile("rb") as replies,
        ):
            replies.readline()
            for line in said:
                sock.sendall(line.encode("ascii") + b"\r\n")
                replies.readline()
        assert str(lab.transcript.sessions[0]) == shown[1]
