"""The live views in a language that nobody speaks: no English word of theirs is left."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from smtplab.views import texts

from .conftest import Student
from .foreign import foreign, write_foreign

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# The names of the letter's fields are in small letters, to be told from words of a view.
FIRST = r"""
import socket
from smtplab import Lab, check
lab = Lab()
letter = "from: you\r\nto: lin\r\ndate: now\r\nsubject: 你好\r\n\r\n1 2 3\r\n."
def reply_code(line):
    return line[:3]
with socket.create_connection(lab.address(25)) as sock, sock.makefile("rb") as stream:
    stream.readline()
    for line in ("HELO client.lab.test", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>",
                 "DATA", letter, "QUIT"):
        sock.sendall(line.encode() + b"\r\n")
        stream.readline()
"""
VIEWS = {
    "verdict": "check(reply_code);",
    "transcript": "lab.transcript",
    "mailbox": "lab.mailbox",
    "console": "lab.console(587)",
    "sextets": "lab.base64('Hi 你')",
    "mime": "lab.mailbox[-1].explore()",
    "sockets": "lab.sockets()",
}


@pytest.fixture
def newcomer(newcomer: dict[str, str], tmp_path: Path) -> dict[str, str]:
    path = write_foreign(tmp_path / "foreign.po")
    return newcomer | {"SMTPLAB_LANGUAGE": str(path)}


def words(told: object) -> list[str]:
    """The texts without values among a view's words."""
    if isinstance(told, dict):
        return [word for each in told.values() for word in words(each)]
    if isinstance(told, tuple | list):
        return [word for each in told for word in words(each)]
    text = str(told)
    return [text] if re.fullmatch(r"[A-Z][a-z]+( [a-zA-Z]+)*", text) else []


def seen(page: Any, view: Any) -> str:
    """All that a reader, or a screen reader, gets to know of a view."""
    said: str = view.evaluate(
        """root => [root.innerText, ...[...root.querySelectorAll("*")].flatMap(e =>
            ["aria-label", "title", "placeholder", "aria-valuetext"].map(a => e.getAttribute(a)))]
            .filter(Boolean).join("\\n")"""
    )
    return said


def test_every_live_view_speaks_the_readers_language(student: Student) -> None:
    student.scratch(FIRST, *VIEWS.values())
    student.go_to("c0")
    student.run()
    known = {word for told in vars(texts).values() for word in words(told)}
    assert len(known) > 100
    for number, name in enumerate(VIEWS, 1):
        student.go_to(f"c{number}")
        student.run()
        view = student.active.locator("smtplab-live > .smtplab-live")
        expect(view).to_be_visible()
        shown = seen(student.page, view)
        assert re.search("[\uff21-\uff5a]{4}", shown), name
        assert view.evaluate("root => root.closest('[lang]').lang") == "eo", name
        assert not re.search(r"\{\w+[:!}]", shown), name
        left = {
            word for word in known if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", shown)
        }
        assert left == set(), f"{name}: {left}"

    # And what is asked of the kernel comes in it, too.
    student.go_to("c1")
    student.active.get_by_role("button", name=foreign("Next hint")).click()
    expect(student.active).to_contain_text(foreign("Hint {rung} of {of} for").split("{")[0])
