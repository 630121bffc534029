"""The console as it is shown: what the plain page says, and what the live one is told."""

import gc
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from smtplab import views
from smtplab.lab import Console, Lab, faults
from smtplab.lab.console import Note
from smtplab.lab.session_state import LEADS, LINES, STATES, SessionState
from smtplab.views import live
from smtplab.views.console import SECTIONS, STEPS, Rows
from smtplab.views.live import console as talk
from smtplab.views.said import WORDS

from .test_live import FOLDER, told
from .test_views import EVIL, Page

__all__ = ["told"]  # the fixture

LETTER = ["EHLO me", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def said(lab: Lab, *lines: str, port: int = 25) -> Console:
    console = lab.console(port)
    for line in lines:
        console.say(line)
    return console


def page(console: Console) -> Page:
    return Page(views.drawn(console)["text/html"])


def plain(console: Console) -> str:
    return views.drawn(console)["text/plain"]


# The plain page


def test_the_plain_page_has_history_state_machine_and_what_is_legal(lab: Lab) -> None:
    console = said(lab, "DATA", "EHLO me", "MAIL FROM:<you@lab.test>")
    shown = page(console)
    assert (
        shown.all("div")[0]["aria-label"] == "Console: SMTP by hand on port 25 (server to server)"
    )
    assert "503: not now: wrong order of commands (RFC 5321, 4.2.3)" in shown.text
    assert "Now: mail, an envelope with a sender and no recipient; in the clear" in shown.text
    assert "RCPT TO:<lin@lab.test>: add a recipient (RFC 5321, 4.1.1.3)" in shown.text
    assert "To type here, run this cell: the console wants a running kernel." in shown.text
    here = [i for i in shown.all("li") if i.get("aria-current")]
    assert len(here) == 1
    assert "▶ here we are: mail: an envelope with a sender" in shown.text
    for state in STATES:
        assert WORDS(f"console.states.{state}.means") in shown.text
    assert [row.get("scope") for row in shown.all("th")[:4]] == ["col"] * 4


def test_in_a_terminal_the_same_is_said(lab: Lab) -> None:
    said_ = plain(said(lab, "DATA", "EHLO me"))
    assert "C: DATA\n" in said_
    assert "S: 503 5.5.1 send HELO first   <- not now: wrong order of commands" in said_
    assert "Now: hello, both are named, no mail is under way; in the clear" in said_
    assert re.search(
        r"^  MAIL FROM:<you@lab\.test>  begin an envelope with its sender$", said_, re.M
    )


def test_tls_and_a_login_are_said_in_words(lab: Lab) -> None:
    console = said(lab, "EHLO me", "AUTH LOGIN", port=465)
    assert "protected by TLS" in page(console).text
    assert lab.account.authorization_code in page(console).text  # a throw-away account's
    assert "AUTH" in [mark for row in Rows(console).rows if row.sender == "C" for mark in row.marks]
    console.say("*")
    assert lab.account.authorization_code not in page(console).text


def test_what_the_console_noticed_is_said_in_its_place(lab: Lab) -> None:
    console = lab.console(timeout=0.1)
    with lab.misbehave(faults.Silence(at="NOOP")):
        console.say("NOOP")
    assert "no answer within 0.1 seconds" in page(console).text
    assert "Wait: wait for the server's words" in page(console).text
    lab.stop()
    console.say("NOOP")
    assert "not sent, for there is no connection: NOOP" in page(console).text
    assert "▶ here we are: closed" in page(console).text


def test_every_note_state_step_and_way_has_its_words() -> None:
    assert set(WORDS.get("console.notes")) == set(get_args(Note))
    assert set(WORDS.get("console.states")) == set(SECTIONS) == set(STATES)
    steps = {name for ways in LEADS.values() for name, _ in ways}
    order = SessionState()
    for state in STATES:
        order.state = state
        steps |= {step.name.split()[0] for step in order.next()}
    assert set(WORDS.get("console.does")) == set(STEPS) == steps
    assert set(WORDS.get("console.names")) == {name for name, line in LINES.items() if not line}


def test_nothing_that_is_typed_or_answered_becomes_markup(lab: Lab) -> None:
    console = said(lab, *LETTER)
    console.say(EVIL)
    with lab.misbehave(faults.NotUtf8(at=None)):
        console.say(".")
        console.say(EVIL)
    html = views.drawn(console)["text/html"]
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    for said_ in (html, plain(console)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ud800]", said_)
    Page(html)


def test_a_long_history_is_cut_with_a_count(lab: Lab) -> None:
    console = said(lab, *LETTER)
    console.say("x\n" * 5_000)
    console.say("y" * 1_000_000)
    assert "… 4,8" in page(console).text
    assert len(views.drawn(console)["text/html"]) < 100_000
    assert len(plain(console).splitlines()) < 220
    assert len(page(console).all("tr")) < 210
    assert "… 4,8" in plain(console)


def test_the_class_shows_itself_in_a_notebook(lab: Lab) -> None:
    views.attach()
    assert "text/html" in lab.console()._repr_mimebundle_()  # type: ignore[attr-defined]


# The live one


def test_what_is_said_from_the_page_goes_out_and_what_comes_is_pushed(
    lab: Lab, told: list[dict[str, Any]]
) -> None:
    console = lab.console()
    model = talk.Model(console)
    assert [row["text"] for row in model.state["rows"]["rows"]][
        -1
    ] == "220 mail.lab.test ESMTP ready"
    model._asked(model, {"ask": "say", "with": {"text": "DATA"}, "number": 1}, [])
    line, reply, answer = told
    assert (line["state"], line["rows"]["rows"][0]["text"]) == ("greeted", "DATA")
    assert reply["rows"]["rows"][0]["says"] == "503: not now: wrong order of commands"
    assert reply["rows"]["rows"][0]["refused"]
    assert reply["rows"]["first"] == 3
    assert answer == {"answer": 1, "value": None}
    console.say("EHLO me")  # by code: the page hears of it all the same
    assert told[-1]["state"] == "hello"
    assert [step["line"] for step in told[-1]["next"] if step["main"]] == [
        "MAIL FROM:<you@lab.test>", "STARTTLS", "QUIT",
    ]  # fmt: skip
    assert told[-1]["diagram"] == (
        "State machine. Now: hello, both are named, no mail is under way; in the clear. "
        "From here, MAIL leads to mail; STARTTLS leads to TLS wanted; AUTH leads to auth; "
        "QUIT leads to closed."
    )


def test_tls_listening_and_a_new_session_are_done_at_a_button(
    lab: Lab, told: list[dict[str, Any]]
) -> None:
    console = lab.console(587)
    model = talk.Model(console)
    model.ask_say("EHLO me\nSTARTTLS")
    assert [step["name"] for step in told[-1]["next"]] == ["TLS"]
    model.ask_do("TLS")
    assert (told[-1]["state"], console.tls_active) == ("greeted", True)
    assert told[-1]["rows"]["rows"][0]["text"].startswith("TLS from here on: TLSv1")
    model.ask_do("CONNECT")
    assert (told[-1]["state"], console.tls_active) == ("greeted", False)
    console.timeout = 0.05
    model.ask_do("LISTEN")
    assert "no answer" in told[-1]["rows"]["rows"][0]["text"]
    model._asked(model, {"ask": "do", "with": {"step": "__class__"}, "number": 5}, [])
    assert told[-1]["error"].startswith("KeyError")


def test_what_is_told_is_small_however_much_was_said(lab: Lab, told: list[dict[str, Any]]) -> None:
    console = said(lab, *LETTER)
    model = talk.Model(console)
    console.say("x\n" * 5_000)
    console.say("y" * 1_000_000)
    assert len(repr(told)) < 60_000
    again = talk.Model(console).state
    assert again["rows"]["total"] == told[-1]["rows"]["total"] > 5_000
    assert len(again["rows"]["rows"]) == talk.TAIL
    assert again["rows"]["rows"][-1]["text"].startswith("yyy")
    assert again["rows"]["first"] == again["rows"]["total"] - talk.TAIL
    assert len(model.ask_rows(-5, 10_000)["rows"]) == live.MOST
    assert model.ask_rows(20, 3)["rows"][0]["text"] == "x"
    [text] = model.ask_row(told[-1]["rows"]["total"] - 1)["texts"]
    assert len(text) < 5_000


def test_what_cannot_be_seen_is_made_visible_before_it_is_told(lab: Lab) -> None:
    model = talk.Model(said(lab, EVIL))
    for row in model.state["rows"]["rows"]:
        assert row["text"].isprintable()
    assert any("<script>" in row["text"] for row in model.state["rows"]["rows"])


def test_a_console_that_goes_closes_its_model_and_its_connection(lab: Lab) -> None:
    console = said(lab, "EHLO me")
    live.enliven(console, "<p>plain</p>")
    model = vars(console)[live.MODEL]
    sock = console._sock
    assert sock is not None
    del console
    gc.collect()
    assert (model.comm, model.thing, sock.fileno()) == (None, None, -1)


def test_the_picture_has_every_state_and_every_way() -> None:
    script = (FOLDER / "console.js").read_text(encoding="utf-8")
    places, _, _ = script.partition("const NODES")[2].partition("};")
    assert sorted(re.findall(r'"?([\w-]+)"?: \[', places)) == sorted(STATES)
    drawn = set(re.findall(r'^  \["([\w-]+)", "(\w+)",', script, re.M))
    ways = {(state, name) for state, leads in LEADS.items() for name, _ in leads}
    # HELO goes beside EHLO, and an asterisk beside the answers.
    assert drawn == ways - {("greeted", "HELO"), ("auth", "CANCEL")} | {("closed", "QUIT")}
    assert set(WORDS.get("console.diagram")) <= set(re.findall(r'"(\w+)"', script))
