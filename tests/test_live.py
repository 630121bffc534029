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
from smtplab.views import live
from smtplab.views.live import transcript as diagram
from smtplab.views.said import WORDS
from smtplab.views.transcript import Rows

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
        r'<smtplab-live data-key="\w+" lang="en"><p>plain</p></smtplab-live>', places[0]
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
    model = diagram.Model(tape)
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


# The sequence diagram


def test_the_first_thing_told_is_small_however_long_the_session() -> None:
    tape = Transcript()
    session = said(tape, b"220 hi\r\n")
    for number in range(5_000):
        tape.append(Event(1.0, "C", b"NOOP\r\n" * 2, False, session.number, 25))
        tape.append(Event(1.0, "S", b"250 %d\r\n" % number, False, session.number, 25))
    state = diagram.Model(tape).state
    [newest] = state["changed"]
    assert newest["total"] == 15_001
    assert len(newest["rows"]) == diagram.TAIL
    assert newest["rows"][-1]["text"] == "250 4999"
    assert len(repr(state)) < 50_000


def test_a_thousand_sessions_are_named_and_not_read() -> None:
    tape = Transcript()
    for _ in range(1_000):
        said(tape, b"220 hi\r\n")
    model = diagram.Model(tape)
    assert len(model.state["sessions"]) == diagram.MAX_SESSIONS
    assert len(model._told) == 1


def test_what_is_added_octet_by_octet_becomes_the_same_rows() -> None:
    tape = Transcript()
    session = tape.open(587)
    follower = Rows()
    octets = (
        ("S", b"220 mail\r\n"), ("C", b"AUTH PLAIN\r\n"), ("S", b"334 \r\n"),
        ("C", b"AGEAYg==\r\n"), ("S", b"235 in\r\n"), ("C", b"DATA\r\n"), ("S", b"354 go\r\n"),
        ("C", b"Subject: x\r\n\r\n..\r\nMAIL\r\n.\r\n"), ("S", b"250-a\r\n250 b\r\n"),
    )  # fmt: skip
    for number, (sender, data) in enumerate(octets):
        for octet in data:
            who: Any = sender
            tape.append(Event(number, who, bytes([octet]), number > 4, session.number, 587))
            follower.follow(session)
    whole = Rows(session.lines()).rows
    assert [(r.kind, [line.data for line in r.lines], r.after) for r in follower.rows] == [
        (r.kind, [line.data for line in r.lines], r.after) for r in whole
    ]
    assert [row.kind for row in whole].count("data") == 1


def test_what_is_said_is_pushed_soon_and_not_too_often(told: list[dict[str, Any]]) -> None:
    tape = Transcript()
    model = diagram.Model(tape)
    session = said(tape, b"220 hi\r\n")
    for number in range(300):
        tape.append(Event(1.0, "C", b"NOOP %d\r\n" % number, False, session.number, 25))
    tape.end(session, "C")
    deadline = time.monotonic() + 10
    while not any("NOOP 299" in repr(push) for push in told) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "closed by the client" in told[-1]["sessions"][0][1]
    assert told[-1]["changed"][0]["total"] == 301
    assert len(told) < 50
    del model


def test_a_push_comes_from_a_thread_of_its_own_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    done = threading.Event()

    def send(self: live.Live, said: object) -> None:
        threads.append(threading.current_thread())
        done.set()

    monkeypatch.setattr(live.Live, "send", send)
    tape = Transcript()
    model = diagram.Model(tape)
    for _ in range(5):
        model.stir()
    assert done.wait(10)
    threads[0].join(10)
    assert len(threads) == 1 and threads[0] is not threading.current_thread()
    assert not threads[0].is_alive()


def test_one_row_in_full_is_bounded() -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n", b"DATA\r\n", b"354 go\r\n", b"x" * 1_000_000 + b"\r\n.\r\n")
    row = diagram.Model(tape).ask_row(1, 3)
    assert row["cut"]
    assert len(repr(row)) < 10_000


def test_what_cannot_be_seen_is_made_visible_before_it_is_told() -> None:
    tape = Transcript()
    said(tape, b"220 \x1b[2J\xe2\x80\xae<b>\xff\r\n")
    model = diagram.Model(tape)
    row = model.state["changed"][0]["rows"][0]["text"]
    assert r"\x1b" in row
    for told in (row, *model.ask_row(1, 0)["texts"]):
        assert told.isprintable()


def test_a_refusal_is_explained_in_its_row() -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n", b"DATA\r\n", b"503 5.5.1 no\r\n")
    last = diagram.Model(tape).state["changed"][0]["rows"][-1]
    assert last["refused"] and last["says"].startswith("503: ")
    assert last["link"].startswith("https://www.rfc-editor.org/rfc/rfc5321#")


def test_a_line_end_that_is_no_crlf_is_named_in_its_row_and_ends_no_message() -> None:
    tape = Transcript()
    said(tape, b"220 hi\r\n", b"HELO x\n", b"250 hi\r\n", b"DATA\r\n", b"354 go\r\n", b"a\n.\n")
    model = diagram.Model(tape)
    rows = model.state["changed"][0]["rows"]
    assert [row["bare"] for row in rows] == [
        "", WORDS("transcript.bare.LF"), "", "", "", WORDS("transcript.bare.LF"),
    ]  # fmt: skip
    assert rows[1]["text"] == r"HELO x\n"
    assert rows[-1]["kind"] == "data" and not rows[-1]["says"]
    assert model.ask_row(1, 5)["texts"] == ["a\\n\n.\\n"]


def test_what_the_server_noticed_is_a_row_of_its_own() -> None:
    tape = Transcript()
    session = tape.open(465)
    for number, (data, note) in enumerate(((b"\x16\x03\x01\n", ""), (b"", "tls-left"))):
        tape.append(Event(number, "C", data, False, session.number, 465, note))
    model = diagram.Model(tape)
    first, second = model.state["changed"][0]["rows"]
    assert first["text"] == "[a TLS handshake, 4 octets]" and not first["bare"]
    assert (second["kind"], second["who"]) == ("band", "")
    assert second["text"] == WORDS("transcript.notes.tls-left")
    assert model.ask_row(1, 0)["octets"]


# The modules


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_module_reads_no_string_as_html_and_asks_no_network(path: Path) -> None:
    # The name of SVG looks like an address, and is none.
    text = path.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "SVG")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                      "new Function", "fetch(", "XMLHttpRequest", "http:", "https:"):  # fmt: skip
        assert forbidden not in text, forbidden
    known = {f"./{script.name}" for script in SCRIPTS}
    assert set(re.findall(r'from "([^"]+)"', text)) <= known


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_module_is_small_and_begins_with_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 400


def words_of(script: str) -> set[str]:
    """The words that a script asks for."""
    return set(re.findall(r"\bwords\.(\w+)", script))


@pytest.mark.parametrize("kind", sorted(set(live.MODULES.values())))
def test_every_word_that_a_module_shows_stands_in_the_file_of_words(kind: str) -> None:
    model = live.importlib.import_module(f"smtplab.views.live.{kind}").Model
    known = set(model.said())
    script = (FOLDER / f"{kind}.js").read_text(encoding="utf-8")
    shared = [(FOLDER / name).read_text(encoding="utf-8") for name in ("live.js", "list.js")]
    assert set().union(*map(words_of, [script, *shared])) <= known


def test_the_page_gets_every_module_and_style_once(monkeypatch: pytest.MonkeyPatch) -> None:
    live.enliven(Transcript(), "")
    brought = live.bring()
    assert set(brought.modules) == {path.stem for path in SCRIPTS}
    for sheet in FOLDER.glob("*.css"):
        assert sheet.read_text(encoding="utf-8") in brought._css
    monkeypatch.setattr(live, "Modules", None)
    live.enliven(Transcript(), "")


def test_what_is_told_to_a_page_that_is_slow_to_load_modules_is_not_lost() -> None:
    """A message to a model of anywidget is dropped when its module takes two seconds."""
    tape = Transcript()
    live.enliven(tape, "")
    model = vars(tape)[live.MODEL]
    assert (model._model_module, model._model_name) == ("@jupyter-widgets/base", "WidgetModel")
    assert "_esm" not in model.keys
