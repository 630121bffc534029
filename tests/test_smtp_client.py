"""The client that a student's server talks to in a check, and how two servers are compared."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtplab.judge import Case, Check, Exercise, ScriptedSocket, SmtpClient, WouldBlock, replies
from smtplab.judge.cases import FAIR, SOCK, Given, Peer
from smtplab.judge.check import CheckEnded
from smtplab.judge.formatting import said
from smtplab.words import Words

LIST = Given("taken")


@pytest.fixture
def trial() -> Iterator[Check]:
    with Check("serve", serve, None) as trial:
        yield trial


def serve(sock: Any, taken: list[bytes]) -> None:
    """A server of three words, for which one segment is one line."""
    sock.sendall(b"220 here\r\n")
    while (line := sock.recv(100)) and line != b"QUIT\r\n":
        taken.append(line)
        sock.sendall(b"250-yes\r\n250 indeed\r\n" if line == b"NOOP\r\n" else b"500 what?\r\n")
    sock.sendall(b"221 bye\r\n")


def at(client: SmtpClient, trial: Check, **how: Any) -> ScriptedSocket:
    return trial.socket(serve=client, serves=True, **how)


def test_it_says_the_next_when_it_has_heard_a_whole_reply(trial: Check) -> None:
    client = SmtpClient(b"NOOP\r\n", b"HOLA\r\n", b"QUIT\r\n")
    sock = at(client, trial)
    serve(sock, [])
    assert said(sock) == [
        "S: 220 here\\r\\n", "C: NOOP\\r\\n", "S: 250-yes\\r\\n", "S: 250 indeed\\r\\n",
        "C: HOLA\\r\\n", "S: 500 what?\\r\\n", "C: QUIT\\r\\n", "S: 221 bye\\r\\n",
    ]  # fmt: skip
    assert client.replies[1] == (b"250 indeed", b"HOLA\r\n")


def test_a_turn_waits_for_as_many_replies_as_it_has_lines(trial: Check) -> None:
    sock = at(SmtpClient((b"A\r\nB\r\n", 2), b"C\r\n"), trial)
    sock.sendall(b"220 here\r\n")
    assert sock.recv(100) == b"A\r\nB\r\n"
    sock.settimeout(1)
    sock.sendall(b"250 a\r\n")
    with pytest.raises(TimeoutError):
        sock.recv(100)
    sock.sendall(b"250 b\r\n")
    assert sock.recv(100) == b"C\r\n"


@pytest.mark.parametrize(
    ("instead", "came", "gone"), [(None, b"", True), (b"NO", b"NO", True), (b"", None, False)]
)
def test_in_place_of_a_turn_it_closes_stops_or_is_silent(
    trial: Check, instead: bytes | None, came: bytes | None, gone: bool
) -> None:
    client = SmtpClient(b"NOOP\r\n", b"QUIT\r\n").again({0: instead})
    sock = at(client, trial)
    sock.settimeout(1)
    sock.sendall(b"220 here\r\n")
    if came is None:
        for _ in range(2):  # whatever is said to it
            with pytest.raises(TimeoutError):
                sock.recv(100)
            sock.sendall(b"421 too slow\r\n")
    else:
        assert [sock.recv(100), sock.recv(100)] == [came, b""]
    assert client.gone is gone


def test_one_that_is_gone_is_an_error_to_whoever_reads_or_sends(trial: Check) -> None:
    sock = at(SmtpClient(), trial, breaks=True)
    sock.sendall(b"220 here\r\n")
    with pytest.raises(ConnectionResetError):
        sock.recv(100)
    with pytest.raises(BrokenPipeError):
        sock.send(b"421 bye\r\n")


def test_what_a_server_waits_for_is_told_of_the_client(trial: Check) -> None:
    sock = at(SmtpClient(b"QUIT\r\n"), trial)
    with pytest.raises(WouldBlock, match="The client waits for your next line"):
        sock.recv(100)


def test_replies_that_do_as_well_are_alike() -> None:
    said = [b"220-one", b"220 two", b"250", b"251 moved", b"554 no", b"500 what", b"421 bye", b"hi"]
    assert replies(said) == [
        (b"220", 1), (b"250", 2), (b"250", 3), (b"5yz", 4), (b"5yz", 5), (b"421", 6), (b"hi", 7),
    ]  # fmt: skip


@pytest.fixture
def one(tmp_path: Path) -> Exercise:
    """What is judged is serve: its replies, and what is in the list then."""
    client = SmtpClient(b"NOOP\r\n", b"QUIT\r\n")
    peer = Peer(server=client, timeout=1.0, may_close=True, given={LIST: list}, fills=LIST)
    made = Exercise(
        serve,
        cases=[Case("noop", (SOCK, LIST), peer, weather=False)],
        same=replies,
        free_texts=True,
    )
    (tmp_path / "serving.toml").write_text('[serve.steps]\nnoop = "A client."\n', encoding="utf-8")
    made.words = Words(str(tmp_path / "serving.py"))
    return made


def test_other_texts_are_as_good_and_what_is_due_is_in_them(trial: Check, one: Exercise) -> None:
    def other(sock: Any, taken: list[bytes], last: bytes = b"221 so long\r\n") -> None:
        sock.sendall(b"220-a greeting\r\n220 of two lines\r\n")
        taken.append(sock.recv(100))
        sock.sendall(b"250 ok\r\n")
        sock.recv(100)
        sock.sendall(last)

    one.check(trial, other)
    with pytest.raises(CheckEnded) as ended:
        one.check(trial, lambda sock, taken: other(sock, taken, b"250 so long\r\n"))
    drawn = ended.value.verdict.transcript.splitlines()[-3:]
    assert "250 so long" in drawn[0]
    assert "of two lines" in drawn[1] and "250 ok" in drawn[1] and "221 bye" in drawn[1]
    assert drawn[2].strip() == "octet 44: 5, expected 2 (55 octets against 51) ^"


def test_a_list_that_is_to_be_filled_is_what_the_call_came_to(one: Exercise) -> None:
    (case,) = one.cases
    assert isinstance(case, Case)
    assert one.due(case, FAIR)[-1].value == [b"NOOP\r\n"]


def test_the_socket_is_one_of_a_connection(trial: Check) -> None:
    assert isinstance(at(SmtpClient(), trial), socket.socket)
