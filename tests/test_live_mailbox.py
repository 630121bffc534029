"""The live mailbox without a browser: what the page is told, when, and how little of it."""

import base64
import gc
import json
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from smtplab.lab import Event, Lab, Mailbox, Message, Transcript
from smtplab.views import live
from smtplab.views.frame import POLICY
from smtplab.views.live import mailbox as view

from .client import Client
from .hostile import PIXEL


def message(raw: str | bytes, number: int = 1) -> Message:
    octets = raw if isinstance(raw, bytes) else raw.replace("\n", "\r\n").encode("utf-8")
    return Message("you@lab.test", ["lin@lab.test"], octets, number)


def box_of(*messages: Message) -> Mailbox:
    box = Mailbox()
    for one in messages:
        box.add(one)
    return box


def many(count: int) -> Mailbox:
    return box_of(*(message(f"Subject: number {n}\n\nhi\n") for n in range(1, count + 1)))


def mail(*parts: str) -> Message:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return message(f"Subject: parts\nContent-Type: multipart/mixed; boundary=b\n\n{body}--b--\n")


def attached(name: str, content: bytes, kind: str = "application/zip") -> str:
    return (
        f'Content-Type: {kind}\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"
    )


def model_of(thing: Mailbox | Message) -> view.Model:
    """A model, and its object for as long as that."""
    model = view.Model(thing)
    vars(model)["kept"] = thing
    return model


def tab(model: view.Model, name: str, first: int = 0, count: int = 200) -> dict[str, Any]:
    return model.ask_tab(model.state["box"], 1, name, first, count)


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What models say to the page."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(live.Live, "send", lambda self, said, buffers=None: heard.append(said))
    return heard


def until(heard: list[dict[str, Any]], total: int) -> dict[str, Any]:
    """The first push that tells of so many messages."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for said in tuple(heard):
            if said["total"] == total:
                return said
        time.sleep(0.005)
    pytest.fail(f"nobody told of {total} messages: {heard}")


# The list


def test_a_thousand_messages_open_like_fifty_and_only_those_in_sight_are_read() -> None:
    small, large = many(50), many(1_000)
    states = [model_of(box).state for box in (small, large)]
    sizes = [len(json.dumps(state)) for state in states]
    assert sizes[1] < sizes[0] * 1.1 < 10_000
    assert [row[0] for row in states[1]["rows"]][-1] == "1000"
    assert states[1]["total"] == 1_000
    assert sum("_header" in vars(one) for one in large) == view.TOLD
    assert sum("_parsed" in vars(one) for one in large) == 1


def test_rows_are_told_by_their_numbers_and_not_more_than_a_page_can_use() -> None:
    model = model_of(many(1_000))
    rows = model.ask_rows(1, 101, 50)
    assert [row[:2] for row in rows[:2]] == [["101", "number 101"], ["102", "number 102"]]
    assert len(rows) == 50
    assert len(model.ask_rows(1, 1, 10_000)) == view.MOST
    assert len(model.ask_rows(1, -5, 10)) == 10
    assert model.ask_rows(1, 2_000, 10) == []


def test_an_empty_box_and_one_message_by_itself() -> None:
    empty = model_of(Mailbox()).state
    assert (empty["total"], empty["rows"], empty["newest"], empty["alone"]) == (0, [], None, False)
    alone = model_of(message("Subject: one\n\nhi\n")).state
    assert alone["alone"] and alone["title"] == "Message: one"
    assert alone["newest"]["text"] == "hi"


# While cells run


def test_what_arrives_is_pushed_with_its_row_and_the_message(
    pushed: list[dict[str, Any]],
) -> None:
    with Lab() as lab:
        model_of(lab.mailbox)
        with Client(lab, 25) as client:
            assert client.deliver(b"Subject: live\r\n\r\nhello\r\n").startswith("250 ")
            said = until(pushed, 1)
    assert said["rows"][0][:2] == ["1", "live"]
    assert said["newest"]["text"] == "hello"
    assert said["title"] == "Mailbox: 1 message, newest first"


def test_a_hundred_at_once_are_few_pushes_from_another_thread(
    pushed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[threading.Thread] = set()
    told = view.told

    def noted(one: Message) -> dict[str, Any]:
        threads.add(threading.current_thread())
        return told(one)

    box = Mailbox()
    model_of(box)
    monkeypatch.setattr(view, "told", noted)
    for number in range(100):
        box.add(message(f"Subject: {number}\n\n"))
    said = until(pushed, 100)
    assert len(said["rows"]) == view.TOLD
    assert len(pushed) < 30
    assert threads and threading.current_thread() not in threads


def test_a_big_message_is_told_of_at_once_and_read_when_it_is_asked_for(
    pushed: list[dict[str, Any]],
) -> None:
    box = Mailbox()
    model = model_of(box)
    big = message(b"Subject: big\r\n\r\n" + b"x" * (view.SMALL + 1))
    box.add(big)
    said = until(pushed, 1)
    assert said["newest"] is None and said["rows"][0][1] == "big"
    assert "_parsed" not in vars(big)
    assert model.ask_message(1, 1)["title"] == "No. 1: big"


def test_a_number_means_nothing_any_more_once_the_box_was_emptied(
    pushed: list[dict[str, Any]],
) -> None:
    box = many(3)
    model = model_of(box)
    box.clear()
    box.add(message("Subject: after\n\n"))
    assert until(pushed, 1)["box"] == 2
    for question in (
        lambda: model.ask_message(1, 1),
        lambda: model.ask_rows(1, 1, 5),
        lambda: model.ask_octets(1, 1, 0, 0),
        lambda: model.ask_message(2, 2),
        lambda: model.ask_message(2, 0),
    ):
        with pytest.raises(LookupError, match="emptied"):
            question()
    assert model.ask_message(2, 1)["title"] == "No. 1: after"


def test_what_was_in_a_box_is_never_told_as_what_came_after_it_was_emptied() -> None:
    class Emptied(Mailbox):
        """Is emptied by somebody else as soon as it has been read."""

        def __iter__(self) -> Iterator[Message]:
            kept = tuple(super().__iter__())
            self.clear()
            return iter(kept)

    box = Emptied()
    model = model_of(box)
    box.add(message("Subject: old\n\n"))
    told = model.ask_now()
    assert (told["box"], told["total"]) == (1, 1)
    assert model.ask_now()["box"] == 2


def test_shown_again_the_page_begins_with_how_it_is_now() -> None:
    box = many(1)
    live.enliven(box, "")
    model = vars(box)[live.MODEL]
    box.add(message("Subject: second\n\n"))
    live.enliven(box, "")
    assert model.state["total"] == 2
    assert model.state["newest"]["title"] == "No. 2: second"


@pytest.mark.parametrize("looked", ["raw", "transcript"])
def test_a_model_keeps_neither_a_box_nor_a_message_alive(looked: str) -> None:
    tape = Transcript()
    alone = Message("", ["lin@lab.test"], b"Subject: x\r\n\r\n", 1, tape.open(25))
    box = box_of(Message("", ["lin@lab.test"], b"Subject: x\r\n\r\n", 1, tape[0]))
    seen = [weakref.ref(one) for one in (alone, box, box[0])]
    for thing in (alone, box):
        live.enliven(thing, "")
        tab(vars(thing)[live.MODEL], looked)
    models = [vars(one)[live.MODEL] for one in (alone, box)]
    del alone, box, thing
    gc.collect()
    assert [one() for one in seen] == [None] * 3
    assert [model.comm for model in models] == [None] * 2


# The message


def test_the_frame_is_made_in_python_and_its_policy_comes_first() -> None:
    one = message("Subject: x\nContent-Type: text/html\n\n<script>alert(1)</script>\n")
    frame = view.told(one)["frame"]
    assert frame["page"].startswith(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}')
    assert frame["title"].endswith(": x")


def test_what_a_mail_program_shows_is_told_and_what_it_offers_to_save() -> None:
    one = mail(
        "Content-Type: text/plain\n\nhello",
        attached("../../a:b.zip", b"octets"),
        attached("dot.png", PIXEL, "image/png"),
        attached("page.html", b"<script>", "text/html"),
    )
    said = view.told(one)
    assert (said["text"], said["frame"], said["nothing"]) == ("hello", None, None)
    assert [(f["name"], f["size"], f["picture"]) for f in said["files"]] == [
        ("ab.zip", 6, None), ("dot.png", len(PIXEL), "image/png"), ("page.html", 8, None),
    ]  # fmt: skip
    assert said["files"][0]["said"] == "the message calls it ../../a:b.zip"
    assert ["Envelope", "from you@lab.test to lin@lab.test, session 1"] in map(list, said["facts"])
    assert view.told(message("Content-Type: multipart/mixed; boundary=b\n\n"))["nothing"]


def test_many_attachments_are_counted_and_not_all_named() -> None:
    said = view.told(mail(*(attached(f"{n}.zip", b"x") for n in range(300))))
    assert len(said["files"]) == 50
    assert said["more"].startswith("250 more")


def test_an_attachment_is_told_in_pieces_that_make_it_up_exactly(
    pushed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * 10
    model = model_of(mail(attached("x.zip", content)))
    monkeypatch.setattr(view, "CHUNK", 1_000)
    pieces: list[bytes] = []
    monkeypatch.setattr(live.Live, "send", lambda self, said, buffers: pieces.extend(buffers))
    while len(pieces) < 4:
        wanted = {"box": 1, "number": 1, "part": 0, "first": sum(map(len, pieces))}
        model._asked(model, {"ask": "octets", "number": 5, "with": wanted}, [])
    assert [len(piece) for piece in pieces] == [1_000, 1_000, 560, 0]
    assert b"".join(pieces) == content


def test_opening_a_message_of_25_megabytes_tells_no_octet_of_its_attachment() -> None:
    big = mail("Content-Type: text/plain\n\nhello", attached("big.zip", b"QUJD" * 4_600_000))
    assert len(big.raw) > 24_000_000
    model = model_of(box_of(big))
    assert len(json.dumps(model.state)) < 2_000
    assert len(json.dumps(model.ask_message(1, 1))) < 2_000
    began = time.perf_counter()
    told = model.ask_tab(1, 1, "raw", 100_000, 200)
    assert (told["kind"], told["first"], len(told["rows"])) == ("list", 100_000, 200)
    assert len(json.dumps(told)) < 25_000
    assert time.perf_counter() - began < 5


# The tabs


def test_a_short_raw_message_is_text_and_a_long_one_is_lines_that_make_it_up() -> None:
    text = tab(model_of(message("Subject: x\n\nlone\rreturn\n")), "raw")
    assert (text["kind"], text["text"]) == ("text", "Subject: x\n\nlone\\rreturn\n")
    lines = [f"line {n}" for n in range(5_000)]
    model = model_of(message("\n".join(["Subject: x", "", *lines])))
    told = tab(model, "raw", 4_900, 1_000)
    assert (told["total"], told["first"]) == (5_002, 4_900)
    assert [row[0] for row in told["rows"]] == lines[4_898:5_000]


def test_one_line_of_a_megabyte_is_told_short_and_in_full_as_far_as_it_is_shown() -> None:
    model = model_of(message(b"Subject: x\r\n\r\n" + b"y" * 1_000_000 + b"\r\n\x1b\xff"))
    rows = tab(model, "raw")["rows"]
    assert [len(row[0]) < 450 for row in rows] == [True] * 4
    assert rows[3] == [r"\x1b\xff"]
    whole = model.ask_row(1, 1, "raw", 2)
    assert whole["cut"] and len(json.dumps(whole)) < 11_000
    assert base64.b64decode(whole["octets"]) == b"y" * view.MAX_OCTETS


def test_headers_and_parts_are_a_table_or_when_there_are_many_a_list() -> None:
    few = model_of(mail(*(attached(f"{n}.zip", b"x") for n in range(3))))
    assert [tab(few, name)["kind"] for name in ("headers", "parts")] == ["table"] * 2
    assert [row[2] for row in tab(few, "parts")["rows"]] == ["0.zip", "1.zip", "2.zip"]
    fields = "".join(f"X-{n}: {n}\n" for n in range(500))
    parts = "".join(f"--b\n\n{n}\n" for n in range(500))
    lot = model_of(message(f"{fields}Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n"))
    for name, total in (("headers", 501), ("parts", 500)):
        told = tab(lot, name, 300)
        assert (told["kind"], told["total"], told["first"]) == ("list", total, 300)
        assert len(told["rows"]) == 200 if name == "parts" else 201
        assert told["rows"][0][0] in ("X-300", "300")
        assert "300" in lot.ask_row(1, 1, name, 300)["text"]


def test_the_defects_are_items_and_none_is_said() -> None:
    bad = model_of(message("Content-Type: multipart/mixed; boundary=b\n\nlost\n"))
    told = tab(bad, "defects")
    assert told["kind"] == "items" and "start boundary not found" in told["rows"][0][0]
    assert bad.state["newest"]["defects"] == f"Defects: {told['total']}"
    assert bad.state["newest"]["wrong"] == [row[0] for row in told["rows"]][: view.WRONG]
    assert "none" in tab(model_of(message("Subject: x\n\n")), "defects")["title"]


def test_the_transcript_is_that_of_the_session_that_brought_the_message() -> None:
    with Lab() as lab:
        for word in ("first", "second"):
            with Client(lab, 25) as client:
                client.deliver(f"Subject: {word}\r\n\r\n".encode())
        model = model_of(lab.mailbox[-1])
        told = tab(model, "transcript")
        assert told["kind"] == "ladder" and told["title"].startswith("Session 2, port 25")
        said = [row["text"] for row in told["rows"]]
        assert said[0].startswith("220 ") and any("2 lines" in text for text in said)
        whole = model.ask_row(1, 1, "transcript", 0)
        assert whole["text"].startswith("220 ")
        assert base64.b64decode(whole["octets"]).endswith(b"\r\n")
    assert "not known" in tab(model_of(message("Subject: x\n\n")), "transcript")["text"]


def test_only_a_tab_can_be_asked_for() -> None:
    with pytest.raises(ValueError, match="message"):
        tab(model_of(message("Subject: x\n\n")), "message")


def test_what_cannot_be_seen_is_made_visible_before_it_is_told() -> None:
    tape = Transcript()
    session = tape.open(25)
    tape.append(Event(0.0, "S", "220 \x1b[2J\u202e\r\n".encode(), False, 1, 25))
    evil = "\x1b[2J\u202eevil\x00"
    word = f"=?utf-8?b?{base64.b64encode(evil.encode()).decode()}?="
    raw = (
        f"Subject: {word}\r\nFrom: {word} <lin@lab.test>\r\nX-\x1b: \xff\r\n"
        f'Content-Type: text/plain; name="{evil[:-1]}"\r\nContent-ID: <{evil}>\r\n'
        f"Content-Disposition: attachment; filename*=utf-8''%1b%e2%80%aeevil\r\n\r\n{evil}\r\n"
    )
    one = Message(evil, [evil], raw.encode("utf-8", "surrogateescape"), 1, session)
    model = model_of(box_of(one))
    said = [model.state, *(tab(model, name) for name in view.TABS)]
    said += [model.ask_row(1, 1, name, 0) for name in ("raw", "headers", "parts", "transcript")]

    def strings(thing: Any) -> list[str]:
        if isinstance(thing, dict):
            return [text for value in thing.values() for text in strings(value)]
        if isinstance(thing, list | tuple):
            return [text for value in thing for text in strings(value)]
        return [thing] if isinstance(thing, str) else []

    for text in strings(said):
        assert text.replace("\n", "").isprintable(), text
    assert "evil" in json.dumps(said)
