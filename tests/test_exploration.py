"""A message before it is sent, and where two messages differ: real ones, and hostile ones."""

import time
from email.message import EmailMessage
from typing import Any

import pytest

from smtplab.lab import Lab, Message

from .letters import crlf
from .test_mime import HOSTILE, LETTER


def message(text: str) -> Message:
    return Message("", (), crlf(text), 0)


# A message that was not sent


def test_a_message_can_be_looked_at_before_it_is_sent() -> None:
    with Lab() as lab:
        message = lab.read(LETTER)
        assert message.raw == LETTER
        assert (message.sender, message.recipients, message.session) == ("", (), 0)
        assert len(lab.mailbox) == 0
        assert lab.read(bytearray(LETTER)).raw == LETTER
        mail: Any
        for mail in ("From: x", EmailMessage()):
            with pytest.raises(TypeError, match="octets of a message"):
                lab.read(mail)


def test_exploring_gives_one_object_for_as_long_as_the_message_is_there() -> None:
    one, other = message("A: b\n\nx"), message("A: c\n\nx")
    assert one.explore() is one.explore()
    assert one.explore(other) is one.explore(other)
    assert one.explore() is not one.explore(other)
    assert one.explore(other).letters == (one.letter, other.letter)
    anything: Any = b"A: c"
    with pytest.raises(TypeError, match=r"lab\.read"):
        one.explore(anything)


# Where two messages differ


def differences(here: str, there: str) -> list[tuple[str, str, list[bytes], list[bytes]]]:
    one, other = message(here), message(there)
    return [
        (d.kind, d.name, [one.raw[a:b] for a, b in d.here], [other.raw[a:b] for a, b in d.there])
        for d in one.explore(other).differences
    ]


def test_a_message_differs_from_itself_in_nothing() -> None:
    one = Message("", (), LETTER, 0)
    assert one.explore().differences == ()
    assert one.explore(Message("", (), LETTER, 0)).differences == ()


def test_fields_differ_by_what_they_say_and_not_by_how_they_are_folded() -> None:
    found = differences("From: a\nDate: x\nTo: b c\n\n", "From: a\nTo: b\n c\nSubject: y\n\n")
    assert found == [("field", "Date", [b"Date: x\r\n"], []),
                     ("field", "Subject", [], [b"Subject: y\r\n"])]  # fmt: skip


def test_a_boundary_that_differs_alone_is_said_to() -> None:
    letter = "Content-Type: multipart/mixed; boundary={0}\n\n--{0}\n\nx\n--{0}--\n"
    assert [d[:2] for d in differences(letter.format("x"), letter.format("mix"))] == [
        ("boundary", "Content-Type")
    ]
    other = letter.replace("mixed", "related").format("y")
    assert [d[0] for d in differences(letter.format("x"), other)] == ["field"]


def test_contents_are_compared_decoded_and_texts_line_by_line() -> None:
    said = "Content-Transfer-Encoding: {}\n\n{}"
    same = differences(said.format("quoted-printable", "=48ello\n"), said.format("7bit", "Hello\n"))
    assert [d[:2] for d in same] == [("field", "Content-Transfer-Encoding")]
    found = differences("A: b\n\none\ntwo\nthree\nfour\n", "A: b\n\none\n2\nthree\nfour\nfive\n")
    assert found == [("content", "text/plain", [b"two\r\n"], [b"2\r\n", b"five\r\n"])]


def test_a_part_that_moved_is_the_same_part_in_another_place() -> None:
    here = ("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: image/png\n\nPNG\n"
            "--a\nContent-Type: text/html\n\nx\n--a--\n")  # fmt: skip
    there = ("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
             "Content-Type: multipart/related; boundary=b\n\n"
             "--b\nContent-Type: image/png\n\nPNG\n--b--\n"
             "--a\nContent-Type: text/html\n\nx\n--a--\n")  # fmt: skip
    assert [d[:2] for d in differences(here, there)] == [
        ("place", "image/png"), ("part", "multipart/related"),
    ]  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_compared_in_bounded_time(name: str) -> None:
    raw, _ = HOSTILE[name]
    one = Message("", (), raw, 0)
    began = time.process_time()
    assert one.explore(Message("", (), raw[:-40] + b"y" * 30, 0)).differences is not None
    assert one.explore(Message("", (), LETTER, 0)).differences is not None
    assert time.process_time() - began < 6
