"""Where a line ends: CR and LF come together, or a provider of today hangs up."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtplab.lab import Lab
from smtplab.lab.lines import Lines, Stray

from .client import Client, ended

LF = "550 5.5.2 Bare <LF> received: a line ends in <CR><LF>"
CR = "550 5.5.2 Bare <CR> received: a line ends in <CR><LF>"
HELLO = "EHLO client.lab.test"
DATA = (HELLO, "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA")


def alone(reading: Coroutine[None, None, list[bytes | str]]) -> list[bytes | str]:
    """Run it in a thread of its own: after a browser test Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(asyncio.run, reading).result()


def read(pieces: list[bytes], refuses: bool = True) -> list[bytes | str]:
    """What a reader gets of what comes in pieces, line by line, until nothing more comes."""

    async def reading() -> list[bytes | str]:
        lines = Lines(limit=1000, loop=asyncio.get_running_loop(), refuses=refuses)
        for piece in pieces:
            lines.feed_data(piece)
        found: list[bytes | str] = []
        while lines.ahead:
            try:
                found.append(await asyncio.wait_for(lines.readuntil(), 0.1))
            except Stray as stray:
                return [*found, str(stray)]
            except TimeoutError:
                break
        return found

    return alone(reading())


def test_the_end_of_a_line_that_is_too_long_is_no_lone_dot() -> None:
    async def reading() -> list[bytes | str]:
        lines = Lines(limit=100, loop=asyncio.get_running_loop(), refuses=True)
        skipping = asyncio.ensure_future(lines.skip_content())
        for piece in (b"x" * 200 + b".", b"\r\n", b".\r\n", b"QUIT\r\n"):
            lines.feed_data(piece)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await skipping
        return [await lines.readuntil(b"\r\n")]

    assert alone(reading()) == [b"QUIT\r\n"]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\r\nb\r\n", [b"a\r\n", b"b\r\n"]),
        (b"\r\n\r\n", [b"\r\n", b"\r\n"]),
        (b"a\r\nb\nc\r\n", [b"a\r\n", "LF"]),
        (b"\n", ["LF"]),
        (b"a\r\n\nb\r\n", [b"a\r\n", "LF"]),
        (b"a\r\nb\rc\r\n", [b"a\r\n", "CR"]),
        (b"a\r\r\n", ["CR"]),
        (b"a\n\r\n", ["LF"]),
        (b"a\r", []),
        (b"a\r\nb\r", [b"a\r\n"]),
    ],
)
def test_a_stray_octet_ends_the_reading_however_it_comes(
    data: bytes, lines: list[bytes | str]
) -> None:
    assert read([data]) == lines
    assert read([bytes([octet]) for octet in data]) == lines


def test_who_is_lenient_reads_on() -> None:
    assert read([b"a\nb\r", b"c\r\n"], refuses=False) == [b"a\n", b"b\rc\r\n"]


@pytest.mark.parametrize(
    ("line", "reply"), [(b"NOOP\n", LF), (b"\n", LF), (b"NOOP\rNOOP", CR), (b"NO\nOP\r\n", LF)]
)
def test_strict_refuses_a_command_at_once_and_hangs_up(line: bytes, reply: str) -> None:
    with Lab() as lab, Client(lab, 25) as client:
        client.sock.sendall(b"EHLO client.lab.test\r\n" + line)
        assert client.reply().startswith("250-")  # what came before it is answered
        assert client.reply() == reply
        assert client.rest() == b""
        assert ended(lab).ended == "S"


@pytest.mark.parametrize("port", [25, 465])
def test_strict_refuses_a_letter_without_waiting_for_its_end(port: int) -> None:
    with Lab() as lab, Client(lab, port) as client:
        client.say(HELLO)
        if port == 465:
            client.say("AUTH PLAIN AHlvdUBsYWIudGVzdAB4")  # a wrong password
            client.sock.sendall(b"Subject: hi\n\nhello\n.\n")
        else:
            for line in DATA:
                client.say(line)
            client.sock.sendall(b"Subject: hi\n\nhello\n.\n")
        assert client.reply() == LF
        assert client.rest() == b""
        assert len(lab.mailbox) == 0
        assert r"Subject: hi\n" in str(ended(lab))


def test_an_answer_in_a_login_is_refused_as_any_line() -> None:
    with Lab() as lab, Client(lab, 465) as client:
        client.say(HELLO)
        client.say("AUTH LOGIN")
        client.sock.sendall(b"eW91\n")
        assert client.reply() == LF


def test_who_pours_a_long_letter_in_still_reads_why_it_was_refused() -> None:
    with Lab() as lab, Client(lab, 25) as client:
        for line in DATA:
            client.say(line)
        client.sock.sendall(b"line\n" * 2_000_000)
        assert client.reply() == LF


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_legacy_takes_lf_as_the_end_of_a_command_and_keeps_it_in_a_letter(line_end: bytes) -> None:
    with Lab("legacy") as lab, Client(lab, 25) as client:
        for line in DATA:
            client.sock.sendall(line.encode() + line_end)
            assert client.reply()[0] in "23"
        client.sock.sendall(b"Subject: hi\r\n\r\na\nb\rc\r\n.\r\n")
        assert client.reply().startswith("250 ")
        assert lab.mailbox.wait().raw == b"Subject: hi\r\n\r\na\nb\rc\r\n"
        assert [" LF " in one or " CR " in one for one in lab.mailbox[-1].defects[:2]] == [True] * 2
