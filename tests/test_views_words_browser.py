"""The live views in a language that nobody speaks: no English word of theirs is left."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from smtplab.views.said import WORDS

from .conftest import Course, Student, opened
from .foreign import foreign
from .test_views_words import PLAIN, wide

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# In this kernel there is a translation of everything.
TRANSLATED = f"""
import re
from typing import Any
from smtplab.words import Words, is_counted
{inspect.getsource(foreign)}
{inspect.getsource(wide)}
def entry(self, key, code="en", plain=Words.entry):
    found = plain(self, key)
    if code == "en" or found is None:
        return found
    return wide(found) if code == "eo" else None
Words.entry = entry
"""
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
def course(notebooks: Path, newcomer: dict[str, str]) -> Iterator[Course]:
    esperanto = newcomer | {"SMTPLAB_LANGUAGE": "eo"}
    with opened(notebooks, esperanto, "--no-browser") as course:
        yield course


def seen(page: Any, view: Any) -> str:
    """All that a reader, or a screen reader, gets to know of a view."""
    said: str = view.evaluate(
        """root => [root.innerText, ...[...root.querySelectorAll("*")].flatMap(e =>
            ["aria-label", "title", "placeholder", "aria-valuetext"].map(a => e.getAttribute(a)))]
            .filter(Boolean).join("\\n")"""
    )
    return said


def test_every_live_view_speaks_the_readers_language(student: Student) -> None:
    student.scratch(TRANSLATED + FIRST, *VIEWS.values())
    student.go_to("c0")
    student.run()
    for number, name in enumerate(VIEWS, 1):
        student.go_to(f"c{number}")
        student.run()
        view = student.active.locator("smtplab-live > .smtplab-live")
        expect(view).to_be_visible()
        shown = seen(student.page, view)
        assert re.search("[\uff21-\uff5a]{4}", shown), name
        assert view.evaluate("root => root.closest('[lang]').lang") == "eo", name
        assert not re.search(r"\{\w+[:!}]", shown), name
        capital = [word for word in PLAIN if word[0].isupper()]  # the others may be values
        left = {word for word in capital if re.search(rf"(?<![\w.]){word}(?![\w.])", shown)}
        assert left == set(), f"{name}: {left}"

    # And what is asked of the kernel comes in it, too.
    student.go_to("c1")
    student.active.get_by_role("button", name=foreign(WORDS("verdict.hint"))).click()
    expect(student.active).to_contain_text(foreign(WORDS.get("hint.title").split("{")[0]))
