"""The scripted socket: a server in memory that a student's code cannot tell from a real one."""

import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smtplab.judge import End, Hear, ScriptedSocket, WouldBlock
from smtplab.judge.run import Deadlock, Spin, run

GREETING = b"220 mail.lab.test ready\r\n"


@pytest.fixture
def make() -> Iterator[type[ScriptedSocket]]:
    made: list[ScriptedSocket] = []

    class Kept(ScriptedSocket):
        def __init__(self, *script: object, **options: object) -> None:
            super().__init__(*script, **options)  # type: ignore[arg-type]
            made.append(self)

    yield Kept
    for sock in made:
        sock.close()


def as_a_student(task: Callable[[], Any]) -> BaseException | None:
    """What a call raises where student code makes it."""
    return run(task, (), files=frozenset()).error


def test_two_segments_are_never_joined(make: type[ScriptedSocket]) -> None:
    sock = make(b"220 on", b"e\r\n", End())
    assert [sock.recv(100) for _ in range(4)] == [b"220 on", b"e\r\n", b"", b""]


@pytest.mark.parametrize("pieces", [1, 3, (2, 5)])
def test_recv_brings_no_more_than_a_piece_and_loses_nothing(
    make: type[ScriptedSocket], pieces: int | tuple[int, ...]
) -> None:
    sock = make(GREETING, End(), pieces=pieces)
    got = list(iter(lambda: sock.recv(100), b""))
    sizes = [pieces] if isinstance(pieces, int) else list(pieces)
    assert [len(piece) for piece in got[: len(sizes)]] == sizes
    assert b"".join(got) == GREETING


def test_recv_brings_no_more_than_is_asked_for(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING)
    assert sock.recv(3) + sock.recv(100) == GREETING


def test_the_server_answers_only_after_a_whole_line(make: type[ScriptedSocket]) -> None:
    sock = make(Hear(), b"250 ok\r\n")
    sock.sendall(b"NOOP\r")
    with pytest.raises(WouldBlock, match="no CRLF"):
        sock.recv(10)
    sock.sendall(b"\n")
    assert sock.recv(10) == b"250 ok\r\n"


def test_pipelined_lines_are_heard_one_by_one(make: type[ScriptedSocket]) -> None:
    sock = make(Hear(), b"250 one\r\n", Hear(), b"250 two\r\n")
    sock.sendall(b"ONE\r\nTWO\r\n")
    assert [sock.recv(100), sock.recv(100)] == [b"250 one\r\n", b"250 two\r\n"]


def test_each_line_is_served_after_the_script(make: type[ScriptedSocket]) -> None:
    answers = {b"ONE": b"250 one\r\n", b"QUIET": b"", b"QUIT": None}
    sock = make(GREETING, serve=answers.__getitem__)
    assert sock.recv(100) == GREETING
    sock.sendall(b"QUIET\r\nONE\r\nQUIT\r\n")
    assert [sock.recv(100), sock.recv(100)] == [b"250 one\r\n", b""]


def test_both_sides_waiting_ends_at_once_while_a_student_is_judged(
    make: type[ScriptedSocket],
) -> None:
    sock = make(Hear(), b"250 ok\r\n")
    error = as_a_student(lambda: sock.recv(10))
    assert type(error) is Deadlock
    assert "for your next line" in str(error)
    assert sock.stopped is error
    assert type(as_a_student(lambda: sock.recv_into(bytearray(4)))) is Deadlock


def test_the_end_of_the_stream_a_thousand_times_is_a_loop(make: type[ScriptedSocket]) -> None:
    sock = make(End())

    def turn() -> None:
        for _ in range(2_000):
            assert sock.recv(10) == b""

    assert type(as_a_student(turn)) is Spin
    assert type(sock.stopped) is Spin


def test_a_timeout_is_kept_without_waiting(make: type[ScriptedSocket]) -> None:
    sock = make()
    sock.settimeout(3600)
    with pytest.raises(TimeoutError):
        sock.recv(1)
    sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        sock.recv(1)


def test_peeking_takes_nothing_away(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING)
    assert sock.recv(3, socket.MSG_PEEK) == b"220"
    assert sock.recv(100) == GREETING
    assert [data for _, data in sock.events] == [GREETING]


def test_waitall_waits_for_all(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING, End(), pieces=1)
    assert sock.recv(10, socket.MSG_WAITALL) == GREETING[:10]
    assert sock.recv(100, socket.MSG_WAITALL) == GREETING[10:]


def test_a_file_over_the_socket_reads_lines(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING, b"250 ok\r\n", End(), pieces=2)
    with sock.makefile("rb") as file:
        assert list(file) == [GREETING, b"250 ok\r\n"]


def test_send_takes_what_it_takes_and_says_so(make: type[ScriptedSocket]) -> None:
    sock = make(takes=(2, 5))
    assert [sock.send(b"EHLO client"), sock.send(b"LO client"), sock.send(b"ient")] == [2, 5, 2]
    assert sock.sends == [11, 9, 4]
    assert sock.sent == b"EHLO clie"


def test_sendall_sends_all_however_little_is_taken(make: type[ScriptedSocket]) -> None:
    sock = make(takes=1)
    sock.sendall(b"QUIT\r\n")
    assert sock.sent == b"QUIT\r\n"
    assert sock.lines == [b"QUIT"]


@pytest.mark.parametrize("data", ["text", 3, None])
def test_only_octets_are_sent(make: type[ScriptedSocket], data: object) -> None:
    with pytest.raises(TypeError, match="bytes-like"):
        make().sendall(data)


@pytest.mark.parametrize("data", [bytearray(b"QUIT\r\n"), memoryview(b"QUIT\r\n")])
def test_every_kind_of_octets_is_sent(make: type[ScriptedSocket], data: object) -> None:
    sock = make()
    sock.sendall(data)
    assert sock.sent == b"QUIT\r\n"


def test_a_closed_socket_behaves_like_one(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING)
    with sock:
        assert not sock.closed
    assert sock.closed
    for attempt in (lambda: sock.recv(1), lambda: sock.send(b"x"), lambda: sock.sendall(b"x")):
        with pytest.raises(OSError, match="Bad file descriptor"):
            attempt()
    sock.close()


@pytest.mark.parametrize("size", [-1, "ten", None, 1.5])
def test_a_size_that_is_none_is_refused(make: type[ScriptedSocket], size: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        make(GREETING).recv(size)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 100_000])
def test_sending_for_ever_ends(data: bytes) -> None:
    with ScriptedSocket() as sock:

        def turn() -> None:
            while True:
                sock.send(data)

        error = as_a_student(turn)
        assert type(error) is Spin
        assert "called send" in str(error)
        assert sock.stopped is error
        assert len(sock.sent) <= 1 << 20
        assert len(sock.events) <= 20_000


def test_to_who_does_not_wait_an_answer_takes_a_moment(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING, Hear(), b"250 OK\r\n")
    sock.setblocking(False)
    for asked, answer in ((b"", GREETING), (b"NOOP\r\n", b"250 OK\r\n")):
        sock.sendall(asked)
        with pytest.raises(BlockingIOError):
            sock.recv(100)
        assert sock.recv(100) == answer


@pytest.mark.parametrize("error", [BrokenPipeError, TimeoutError])
def test_what_cannot_be_sent_is_an_error(make: type[ScriptedSocket], error: type[OSError]) -> None:
    sock = make(takes=(2, error))
    sock.settimeout(5)
    assert sock.send(b"abc") == 2
    with pytest.raises(error):
        sock.send(b"c")
    assert sock.sent == b"ab"


def test_whoever_waits_for_less_than_an_answer_takes_waits_in_vain_once(
    make: type[ScriptedSocket],
) -> None:
    sock = make(GREETING)
    sock.settimeout(0.1)
    with pytest.raises(TimeoutError):
        sock.recv(100)
    assert sock.recv(100) == GREETING


def test_select_sees_that_there_may_be_something(make: type[ScriptedSocket]) -> None:
    sock = make(GREETING)
    assert select.select([sock], [sock], [], 5)[:2] == ([sock], [sock])
    assert sock.recv(100) == GREETING
