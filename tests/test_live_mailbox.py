"""The live mailbox without a browser: what the page is told, when, and how little of it."""

import base64
import gc
import json
import threading
import time
import weakref
from typing import Any

import pytest

from smtplab.lab import Lab, Mailbox, Message
from smtplab.views import live
from smtplab.views.frame import POLICY
from smtplab.views.html import el
from smtplab.views.live import mailbox as view
from smtplab.views.live.tree import Tree

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


def model_of(thing: Mailbox) -> view.Model:
    """A model, and its object for as long as that."""
    model = view.Model(thing)
    vars(model)["kept"] = thing
    return model


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
            if said["rows"]["total"] == total:
                return said
        time.sleep(0.005)
    pytest.fail(f"nobody told of {total} messages: {heard}")


# The list


def test_a_thousand_messages_open_like_fifty_and_only_those_in_sight_are_read() -> None:
    small, large = many(50), many(1_000)
    states = [model_of(box).state for box in (small, large)]
    sizes = [len(json.dumps(state)) for state in states]
    assert sizes[1] < sizes[0] * 1.1 < 12_000
    assert states[1]["rows"]["rows"][-1][0] == "1000"
    assert states[1]["rows"]["total"] == 1_000
    assert sum("headers" in vars(one) for one in large) == view.TOLD
    assert sum("defects" in vars(one) for one in large) == 1


def test_rows_are_told_with_their_numbers_and_not_more_than_a_page_can_use() -> None:
    model = model_of(many(1_000))
    told = model.ask_rows(100, 50)
    rows = told["rows"]
    assert (told["first"], told["total"]) == (100, 1_000)
    assert [row[:2] for row in rows[:2]] == [("101", "number 101"), ("102", "number 102")]
    assert len(rows) == 50
    assert len(model.ask_rows(0, 10_000)["rows"]) == live.MOST
    assert len(model.ask_rows(-5, 10)["rows"]) == 10
    assert model.ask_rows(2_000, 10)["rows"] == []


def test_an_empty_box_says_so() -> None:
    empty = model_of(Mailbox()).state
    assert (empty["rows"]["total"], empty["rows"]["rows"], empty["newest"]) == (0, [], None)
    assert empty["title"] == "Mailbox: no message has arrived."


# While cells run


def test_what_arrives_is_pushed_with_its_row_and_the_message(
    pushed: list[dict[str, Any]],
) -> None:
    with Lab() as lab:
        model_of(lab.mailbox)
        with Client(lab, 25) as client:
            assert client.deliver(b"Subject: live\r\n\r\nhello\r\n").startswith("250 ")
            said = until(pushed, 1)
    assert said["rows"]["rows"][0][:2] == ("1", "live")
    assert "hello" in repr(said["newest"])
    assert said["title"] == "Mailbox: 1 message, newest first"


def test_a_hundred_at_once_are_few_pushes_from_another_thread(
    pushed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[threading.Thread] = set()
    tree = view.tree

    def noted(one: Message) -> list[Any]:
        threads.add(threading.current_thread())
        return tree(one)

    box = Mailbox()
    model_of(box)
    monkeypatch.setattr(view, "tree", noted)
    for number in range(100):
        box.add(message(f"Subject: {number}\n\n"))
    said = until(pushed, 100)
    assert len(said["rows"]["rows"]) == view.TOLD
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
    assert said["newest"] is None and said["rows"]["rows"][0][1] == "big"
    assert "defects" not in vars(big)
    assert "Message: big" in repr(model.ask_message(1)[0])


def test_shown_again_the_page_begins_with_how_it_is_now() -> None:
    box = many(1)
    live.enliven(box, "")
    model = vars(box)[live.MODEL]
    box.add(message("Subject: second\n\n"))
    live.enliven(box, "")
    assert model.state["rows"]["total"] == 2
    assert "Message: second" in repr(model.state["newest"][0])


def test_a_model_keeps_neither_a_box_nor_a_message_alive() -> None:
    box = box_of(message("Subject: x\n\n"))
    seen = [weakref.ref(one) for one in (box, box[0])]
    live.enliven(box, "")
    model = vars(box)[live.MODEL]
    model.ask_message(1)
    del box
    gc.collect()
    assert [one() for one in seen] == [None] * 2
    assert model.comm is None


# The message


def elements(tree: list[Any], name: str) -> list[Any]:
    """The elements of one name in what the page is told."""
    inside = [one for one in tree if not isinstance(one, str)]
    own = [one for one in inside if one[0] == name]
    return own + [found for one in inside for found in elements(one[2:], name)]


def test_a_message_is_told_as_its_plain_view_draws_it() -> None:
    one = mail(
        "Content-Type: text/html\n\n<script>alert(1)</script>",
        attached("../../a:b.zip", b"octets"),
        attached("dot.png", PIXEL, "image/png"),
    )
    model = model_of(box_of(one))
    said = model.ask_message(1)
    [(_, frame)] = elements(said, "iframe")
    assert next(iter(frame)) == "sandbox" and frame["sandbox"] == ""
    assert frame["srcdoc"].startswith(
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}'
    )
    assert not elements(said, "script") and not elements(said, "style")
    links = {attributes["download"]: text for _, attributes, text in elements(said, "a")}
    assert links == {"ab.zip": "Save ab.zip", "dot.png": "Save dot.png"}
    assert "the message calls it ../../a:b.zip" in repr(said)
    folds = [summary[2].split(":")[0] for summary in elements(said, "summary")]
    assert folds == ["Picture", "Raw", "Header", "Parts", "Defects"]


def test_markup_becomes_texts_and_elements_and_nothing_is_lost() -> None:
    html = el("p", "a < b", el("br"), el("input", disabled=True, value='"&amp;'), title="<i>")
    assert Tree(html).root == [
        ["p", {"title": "<i>"}, "a < b", ["br", {}],
         ["input", {"disabled": True, "value": '"&amp;'}]]
    ]  # fmt: skip


def test_opening_a_message_of_25_megabytes_tells_no_octet_of_its_attachment() -> None:
    big = mail("Content-Type: text/plain\n\nhello", attached("big.zip", b"QUJD" * 4_600_000))
    assert len(big.raw) > 24_000_000
    model = model_of(box_of(big))
    assert len(json.dumps(model.state)) < 2_000
    said = model.ask_message(1)
    assert len(json.dumps(said)) < 30_000
    assert not elements(said, "a") and "message.parts[1].content has its octets" in repr(said)


def test_what_cannot_be_seen_is_made_visible_before_it_is_told() -> None:
    evil = "\x1b[2J\u202eevil\x00"
    word = f"=?utf-8?b?{base64.b64encode(evil.encode()).decode()}?="
    raw = (
        f"Subject: {word}\r\nFrom: {word} <lin@lab.test>\r\nX-\x1b: \xff\r\n"
        f'Content-Type: text/plain; name="{evil[:-1]}"\r\nContent-ID: <{evil}>\r\n'
        f"Content-Disposition: attachment; filename*=utf-8''%1b%e2%80%aeevil\r\n\r\n{evil}\r\n"
    )
    one = Message(evil, [evil], raw.encode("utf-8", "surrogateescape"), 1)
    model = model_of(box_of(one))

    def strings(thing: Any) -> list[str]:
        if isinstance(thing, dict):
            return [text for value in thing.values() for text in strings(value)]
        if isinstance(thing, list | tuple):
            return [text for value in thing for text in strings(value)]
        return [thing] if isinstance(thing, str) else []

    said = model.state
    for text in strings(said):
        assert text.replace("\n", "").isprintable(), text
    assert "evil" in json.dumps(said)
