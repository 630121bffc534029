"""The views in a language that nobody speaks, and whether each of their words is asked for."""

import html
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wcwidth import wcswidth

from smtplab import views
from smtplab.exercises import LESSONS, Gauntlet, Verdict
from smtplab.exercises.gauntlet.run import Outcome, Row
from smtplab.exercises.gauntlet.scenarios import Scenario
from smtplab.lab import Lab, Transcript, faults
from smtplab.student import ExerciseProgress, Hint, LessonProgress, Prediction, Progress, Solution
from smtplab.views import live
from smtplab.views.said import WORDS
from smtplab.views.verdict import SIGNS
from smtplab.words import Words, is_counted

from .conftest import ROOT
from .foreign import foreign

VIEWS = ROOT / "smtplab" / "views"
LETTERS = (
    b"Subject: x\r\n\r\n1",
    b"From: you\r\nSubject: =?utf-8?Q?=ff?=\r\nDate: 1\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n1\r\n--b\r\n'
    b"Content-Type: text/html; charset=klingon\r\n\r\n<img src=cid:a><img src=http://a.test/>\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nA=A\r\n--b--\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n1',
)

PYTHON = "Incorrect padding, Excess data after padding"


def texts(entry: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The texts of an entry, each with the key of what a view asks for."""
    if isinstance(entry, dict):
        for name, inner in entry.items():
            yield from texts(inner, key if is_counted(entry) else f"{key}.{name}".strip("."))
    elif isinstance(entry, list):
        for inner in entry:
            yield from texts(inner, key)
    else:
        yield key, entry


def wide(entry: Any) -> Any:
    """An entry in letters of full width."""
    if isinstance(entry, dict):
        return {name: wide(inner) for name, inner in entry.items()}
    return list(map(wide, entry)) if isinstance(entry, list) else foreign(entry)


def left(said: str, values: str) -> list[str]:
    """What is in plain letters though it is no value: words in a row, and whole texts of a view."""
    words = rf"(?<![\w.=<-])({'|'.join(PLAIN)})(?![\w.=-])"
    found = [*re.findall(r"[A-Za-z]+ [a-z]{2,}", said), *re.findall(words, said)]
    return [one for one in found if one not in values]


# Texts that are words alone, and no names of the protocol.
PLAIN = sorted(
    re.escape(text)
    for _, text in texts(WORDS.entry(""))
    if re.fullmatch(r"[A-Z]?[a-z]+( [a-zA-Z]+)*", text)
)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader whose language has the letters of full width, and everything translated."""
    plain = Words.entry

    def entry(self: Words, key: str, code: str = "en") -> Any:
        found = plain(self, key)
        if code == "en" or found is None:
            return found
        return wide(found) if code == "eo" else None

    monkeypatch.setattr(Words, "entry", entry)
    monkeypatch.setenv("SMTPLAB_LANGUAGE", "eo")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def deliver(address: tuple[str, int], raw: bytes) -> None:
    """Send one message, without listening to what is said."""
    with socket.create_connection(address, timeout=5) as sock, sock.makefile("rb") as stream:
        stream.readline()
        for line in ("HELO client.lab.test", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>",
                     "DATA"):  # fmt: skip
            sock.sendall(line.encode() + b"\r\n")
            stream.readline()
        for line in (raw + b"\r\n.", b"QUIT"):
            sock.sendall(line + b"\r\n")
            stream.readline()


def shown(thing: Any) -> list[str]:
    """What a view says as text, as a page, and to those who do not see the page."""
    bundle = views.drawn(thing)
    page = re.sub(r"<style.*?</style>|<iframe.*?</iframe>", "", bundle["text/html"], flags=re.S)
    titles = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)
    # What an element begins or ends is not one sentence with what stands beside it.
    return [bundle["text/plain"], html.unescape(re.sub(r"<[^>]+>", " | ", page)), *titles]


def things(lab: Lab) -> Iterator[Any]:
    """Something for every view, with values that are no words where that can be."""
    yield lab
    yield lab.transcript
    yield lab.mailbox
    for raw in LETTERS:
        deliver(lab.address(25), raw)
    yield lab.transcript
    yield lab.transcript[-1]
    yield lab.mailbox
    for message in lab.mailbox:
        yield message
        yield message.explore()
    yield lab.mailbox[-1].explore(lab.mailbox[-2])
    console = lab.console(587, timeout=0.1)
    for line in ("NOOP", "EHLO client.lab.test", "STARTTLS", "MAIL FROM:<you@lab.test>"):
        console.say(line)
        yield console
    with lab.misbehave(faults.Silence(at="NOOP")):
        console.say("NOOP")
    yield console
    for data in (b"", b"Hi", b"Gr\xc3\xbc\xc3\x9fe", bytes(200)):
        yield lab.base64(data)
        if data:
            yield lab.base64(data).blocks(4)
    watch = lab.sockets()
    with socket.create_connection(lab.address(25), timeout=5):
        yield watch.note("1")
    yield watch
    with lab.link(round_trip=0.01):
        deliver(lab.address(25), LETTERS[0])
    session = lab.transcript[-1]
    yield session.round_trips()
    yield lab.delays({"1": session, "2": [session, session]})
    yield lab.chart({"1": [(1, 2), (2, 3)]}, x="1", y="2", title="3")
    board = lab.switchboard()
    yield board
    board.turn_on(faults.Reply(450))
    board.set_tap(25)
    yield board
    board.off()
    for status in SIGNS:
        yield Verdict(exercise="f", status=status, sentence="1", steps=tuple("12345678"),
                      transcript="1", look="2", line=7, code="1", output="1\n2\n",
                      note="1")  # fmt: skip
    yield Verdict(exercise="", status="failed", sentence="1")
    yield from (Hint("f", 1, 2, "1"), Hint("f", 2, 2, "1"))
    yield from (Solution("f", "1", True, "1"), Solution("f", "1", False, "1"))
    yield Prediction("1", ("1", "2"), "1", "2")
    done = tuple(ExerciseProgress("f", status, 1, 0) for status in ("passed", "tried", "new"))
    yield Progress((LessonProgress(LESSONS[0], done),), Path("1"), "1")
    good, bad = (Outcome(right, "1", Transcript()) for right in (True, False))
    rows = (Row(Scenario("1"), *two) for two in ((good, bad), (bad, good)))
    yield Gauntlet(tuple(rows), 1.0)
    yield Gauntlet(message="1")


@pytest.mark.usefixtures("elsewhere")
def test_in_another_language_no_view_says_a_word_of_english(lab: Lab) -> None:
    kinds = set()
    for thing in things(lab):
        kinds.add(type(thing).__name__)
        values = f"{lab.transcript} {LESSONS[0].title} {LETTERS} To {PYTHON}"
        if hasattr(thing, "history") and hasattr(thing, "say"):
            values += str(thing)
        if hasattr(thing, "turn_on"):
            values += "\n".join(thing.lines)
        for said in shown(thing):
            assert left(said, values) == [], said
        assert 'lang="eo"' in views.drawn(thing)["text/html"]
    assert kinds == set(views.VIEWS)


@pytest.mark.usefixtures("elsewhere")
def test_a_column_is_as_wide_as_its_widest_letters(lab: Lab) -> None:
    said, *_ = shown(lab.base64(b"Hi"))
    heads = re.findall(r"^  \S.*?  +(?=\S)", said, re.MULTILINE)
    assert len(heads) == 6
    assert len(set(map(wcswidth, heads))) == 1


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("name", sorted(set(live.MODULES.values())))
def test_a_live_view_gets_all_its_words_in_the_readers_language(name: str) -> None:
    said = live.importlib.import_module(f"smtplab.views.live.{name}").Model.said()
    assert said.pop("language") == "eo"
    for key, text in texts(said):
        assert not re.search("[A-Za-z]", re.sub(r"\{[^{}]*\}", "", text)), key


# What is asked for, and what is there


def sources() -> str:
    files = [*VIEWS.rglob("*.py"), *VIEWS.rglob("*.js")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_what_a_view_asks_for_is_there() -> None:
    asked = set(re.findall(r'WORDS(?:\.get|\.entry)?\(\s*"([\w.-]+)"', sources()))
    asked |= set(re.findall(r'WORDS\(\s*"([\w.]+)" if', sources()))
    assert len(asked) > 150
    assert [key for key in asked if WORDS.entry(key) is None] == []


def test_no_word_is_there_for_nobody() -> None:
    code = sources()
    for key in {key for key, _ in texts(WORDS.entry(""))}:
        table, name = key.rpartition(".")[0], key.split(".")[1]
        ways = [
            rf"""["']{key}["']""",
            rf'f"{table}\.\{{',  # one entry of the table
            rf"words\.{name}\b",  # on the page, which gets all that stands in it
            rf'"{name}"[^:]',  # there, too, chosen among several
        ]
        if "." in table:
            ways += [rf'"{table}"', rf'f"{table.rpartition(".")[0]}\.\{{']
        assert any(re.search(way, code) for way in ways), key
