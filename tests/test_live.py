"""Live views without a browser: what the page is told, and what is left when an object goes."""

import gc
import re
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

from smtplab import views
from smtplab.lab import Event, Session, Transcript
from smtplab.views import live, texts
from smtplab.views.live import transcript as ladder
from smtplab.views.transcript import Followed, rungs

FOLDER = Path(live.__file__).parent
SCRIPTS = sorted(FOLDER.glob("*.js"))


def said(tape: Transcript, *pieces: bytes, port: int = 25, tls: bool = False) -> Session:
    """A session in which client and server take turns, the server first."""
    session = tape.open(port)
    for number, piece in enumerate(pieces):
        sender: Any = "SC"[number % 2]
        tape.append(Event(number / 10, sender, piece, tls, session.number, port))
    return session


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What models say to the page."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(live.Live, "send", lambda self, said, buffers=None: heard.append(said))
    return heard


# The plain page, and what stands around it


def test_one_model_serves_every_place_that_shows_the_object() -> None:
    tape = Transcript()
    places = [live.enliven(tape, "<p>plain</p>") for _ in range(2)]
    assert places[0] == places[1]
    assert re.fullmatch(
        r'<smtplab-live data-key="\w{16}" lang="en"><p>plain</p></smtplab-live>', places[0]
    )
    assert live.enliven(Transcript(), "") != live.enliven(Transcript(), "")


def test_what_has_no_live_view_is_left_as_it_is() -> None:
    assert live.enliven(ValueError("x"), "<p>plain</p>") is None


def test_a_model_keeps_no_object_alive_and_goes_with_it() -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n")
    live.enliven(tape, "")
    model = vars(tape)[live.MODEL]
    assert model.comm is not None
    seen = weakref.ref(tape)
    del tape
    gc.collect()
    assert seen() is None
    assert model.comm is None
    assert model.thing is None


def test_a_view_that_cannot_be_brought_to_life_is_shown_plain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(thing: object, html: str) -> None:
        raise ModuleNotFoundError("No module named 'anywidget'")

    monkeypatch.setattr(live, "enliven", missing)

    class Shell:
        kernel = object()

    bundle = views.drawn(Transcript())
    assert views._live(Shell(), Transcript(), bundle) == {}


def test_without_a_kernel_nothing_is_added() -> None:
    class Terminal:
        pass

    assert views._live(Terminal(), Transcript(), views.drawn(Transcript())) == {}


# What the page asks


def test_a_question_is_answered_by_its_number_and_an_error_is_told(
    told: list[dict[str, Any]],
) -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n", b"QUIT\r\n", b"221 bye\r\n")
    model = ladder.Model(tape)
    wanted = {"session": 1, "first": 0, "count": 9}
    model._asked(model, {"ask": "rows", "number": 7, "with": wanted}, [])
    assert told[0]["answer"] == 7
    assert [row["text"] for row in told[0]["value"]["rows"]] == ["220 hi", "QUIT", "221 bye"]
    for question in (
        {"ask": "rows", "number": 8, "with": {"session": 5}},
        {"ask": "x", "number": 9},
    ):
        model._asked(model, question, [])
    assert [answer["answer"] for answer in told[1:]] == [8, 9]
    assert all(answer["error"] for answer in told[1:])
    for nonsense in (None, [], "x", {}, {"ask": 5}):
        model._asked(model, nonsense, [])
    assert len(told) == 3


# The ladder


def test_the_first_thing_told_is_small_however_long_the_session() -> None:
    tape = Transcript()
    session = said(tape, b"220 hi\r\n")
    for number in range(5_000):
        tape.append(Event(1.0, "C", b"NOOP\r\n" * 2, False, session.number, 25))
        tape.append(Event(1.0, "S", b"250 %d\r\n" % number, False, session.number, 25))
    state = ladder.Model(tape).state
    assert state["newest"]["total"] == 15_001
    assert len(state["newest"]["rows"]) == ladder.TAIL
    assert state["newest"]["rows"][-1]["text"] == "250 4999"
    assert len(repr(state)) < 50_000


def test_a_thousand_sessions_are_named_and_not_read() -> None:
    tape = Transcript()
    for _ in range(1_000):
        said(tape, b"220 hi\r\n")
    model = ladder.Model(tape)
    assert len(model.state["sessions"]) == ladder.MAX_SESSIONS
    assert len(model._told) == 1


def test_what_is_added_octet_by_octet_becomes_the_same_rungs() -> None:
    tape = Transcript()
    session = tape.open(587)
    follower = Followed(session)
    octets = (
        ("S", b"220 mail\r\n"), ("C", b"AUTH PLAIN\r\n"), ("S", b"334 \r\n"),
        ("C", b"AGEAYg==\r\n"), ("S", b"235 in\r\n"), ("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
        ("C", b"Subject: x\r\n\r\n..\r\nMAIL\r\n.\r\n"), ("S", b"250-a\r\n250 b\r\n"),
    )  # fmt: skip
    for number, (sender, data) in enumerate(octets):
        for octet in data:
            who: Any = sender
            tape.append(Event(number, who, bytes([octet]), number > 4, session.number, 587))
            follower.update()
    whole = rungs(session.lines())
    assert [(r.kind, [line.data for line in r.lines], r.after) for r in follower.rungs] == [
        (r.kind, [line.data for line in r.lines], r.after) for r in whole
    ]
    assert [rung.kind for rung in whole].count("data") == 1


def test_what_is_said_is_pushed_soon_and_not_too_often(told: list[dict[str, Any]]) -> None:
    tape = Transcript()
    model = ladder.Model(tape)
    session = said(tape, b"220 hi\r\n")
    for number in range(300):
        tape.append(Event(1.0, "C", b"NOOP %d\r\n" % number, False, session.number, 25))
    session.ended = "C"
    deadline = time.monotonic() + 10
    while not any("NOOP 299" in repr(push) for push in told) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "closed by the client" in told[-1]["sessions"][0][1]
    assert told[-1]["changed"][0]["total"] == 301
    assert len(told) < 50
    del model


def test_a_push_comes_from_a_thread_of_its_own_that_ends() -> None:
    threads: list[threading.Thread] = []
    done = threading.Event()

    def function() -> None:
        threads.append(threading.current_thread())
        done.set()

    pushing = live.Pushing(function)
    for _ in range(5):
        pushing.wanted()
    assert done.wait(10)
    threads[0].join(10)
    assert len(threads) == 1 and threads[0] is not threading.current_thread()
    assert not threads[0].is_alive()


def test_one_row_in_full_is_bounded() -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n", b"DATA\r\n", b"354 go\r\n", b"x" * 1_000_000 + b"\r\n.\r\n")
    row = ladder.Model(tape).ask_row(1, 3)
    assert row["cut"]
    assert len(repr(row)) < 10_000


def test_what_cannot_be_seen_is_made_visible_before_it_is_told() -> None:
    tape = Transcript()
    said(tape, b"220 \x1b[2J\xe2\x80\xae<b>\xff\r\n")
    model = ladder.Model(tape)
    assert r"\x1b" in model.state["newest"]["rows"][0]["text"]
    for told in (model.state["newest"]["rows"][0]["text"], *model.ask_row(1, 0)["lines"]):
        assert told.isprintable()


def test_a_refusal_is_explained_in_its_row() -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n", b"DATA\r\n", b"503 5.5.1 no\r\n")
    last = ladder.Model(tape).state["newest"]["rows"][-1]
    assert last["refused"] and last["says"].startswith("503: ")
    assert last["link"].startswith("https://www.rfc-editor.org/rfc/rfc5321#")


# The modules


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_module_reads_no_string_as_html_and_asks_no_network(path: Path) -> None:
    # The name of SVG looks like an address, and is none.
    text = path.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "SVG")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                      "new Function", "fetch(", "XMLHttpRequest", "http:", "https:"):  # fmt: skip
        assert forbidden not in text, forbidden
    assert set(re.findall(r'from "([^"]+)"', text)) <= {"./live.js"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_module_is_small_and_begins_with_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// ")
    assert len(text.splitlines()) < 600


def words_of(script: str) -> set[str]:
    """The words of the catalogue that a script asks for."""
    return set(re.findall(r"\bwords\.(\w+)", script))


@pytest.mark.parametrize("kind", sorted(set(live.MODULES.values())))
def test_every_word_that_a_module_shows_stands_in_the_catalogue(kind: str) -> None:
    model = live.importlib.import_module(f"smtplab.views.live.{kind}").Model
    known = set(texts.LIVE) | set(model.words)
    script = (FOLDER / f"{kind}.js").read_text(encoding="utf-8")
    shared = (FOLDER / "live.js").read_text(encoding="utf-8")
    assert words_of(script) | words_of(shared) <= known
    used = words_of(script) | words_of(shared) | set(re.findall(r'"(\w+)"', script))
    assert set(model.words) <= used, "a word that nothing shows"


def test_what_a_module_imports_is_put_where_a_browser_finds_it() -> None:
    for kind in set(live.MODULES.values()):
        text = live.module(kind)
        assert "./live.js" not in text.partition("\n\n")[0]
        assert 'from "data:text/javascript;base64,' in text
