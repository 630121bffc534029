"""Run a student's function under a deadline, whatever it does.

Theory of operation. The function runs in a thread of its own, and the caller waits for it no
longer than the deadline, and no longer than the memory does not grow (`bounds.py`). Then the
thread is looked at: its innermost frame that belongs to the student's code is the line that waits
or turns in circles, and the processor time that it takes tells the one from the other. How it is
got back, with the threads that it has started, `thread.py` says; what it prints and reads
`capture.py`; what it asks of Python and the system `standins.py`.
"""

import _socket
import linecache
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from traceback import walk_tb
from types import CodeType, FrameType, TracebackType
from typing import Any
from unittest import mock

from .bounds import Allowance
from .capture import captured
from .said import WORDS
from .standins import standing_in
from .thread import Family, Stopped, busy, end
from .wake import sockets_in

__all__ = ["DEADLINE", "Deadlock", "Result", "Spin", "Where", "WouldBlock", "run", "run_together",
           "where"]  # fmt: skip

DEADLINE = 3.0  # seconds that stand for "hangs"
TICK = 0.01  # seconds between two looks at the memory


class WouldBlock(Exception):
    """recv on a scripted socket, when the other side will say nothing more by itself."""


class Deadlock(Stopped):
    """Both sides wait: thrown by a scripted socket, at once. Its text says for what."""


class Spin(Stopped):
    """A scripted socket is called again and again: thrown by it. Its text says what was seen."""


@dataclass(frozen=True)
class Where:
    """A line of the student's: its number in the cell or file, and its text."""

    line: int
    code: str
    function: str


@dataclass(frozen=True)
class LeftOpen:
    """What the function opened and did not close: "a connection to 127.0.0.1:2525", say."""

    where: Where | None
    what: str


@dataclass
class Result:
    """What came of a run: a value, an exception, or neither in time."""

    value: Any = None
    error: BaseException | None = None
    timed_out: bool = False
    interrupted: bool = False
    where: Where | None = None
    waits_in: str = ""  # the socket operation that the line waits in, "" when it is busy
    output: str = ""
    left_open: list[LeftOpen] = field(default_factory=list)
    refused: Stopped | None = None  # input() or a flood; student code may have swallowed it
    alive: bool = False  # nothing could end it, or a thread that it has started
    grew: bool = False  # it was stopped because the memory of the process had grown
    returned: bool = False  # it did return, and was called again, when it was stopped
    bound: float = DEADLINE  # seconds that it might have taken


_one_at_a_time = threading.RLock()


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    *,
    files: frozenset[str],
    deadline: float = DEADLINE,
    allowance: Allowance | None = None,
) -> Result:
    """Call function(*args) in a thread and wait at most `deadline` seconds.

    files are the file names of the student's code (a notebook cell has one of its own).
    allowance is what it may take together with other calls, and is lessened.
    Nothing that the function does is raised here.
    """
    call = partial(function, *args)
    return run_together([call], files=files, deadline=deadline, allowance=allowance)[0]


def run_together(
    calls: Sequence[partial[Any]],
    *,
    files: frozenset[str],
    deadline: float = DEADLINE,
    allowance: Allowance | None = None,
    told: Callable[[int], None] = lambda ended: None,
) -> list[Result]:
    """Run several calls at once, each in a thread of its own, as `run` runs one.

    The deadline is for all of them together. What one does is told apart from what another does,
    but for the memory: when it grows without end, all that still run are stopped. `told` hears in
    this thread, as time goes by, how many have ended.
    """
    allowance = allowance or Allowance(seconds=deadline)
    with _one_at_a_time, ExitStack() as stack:
        stack.callback(sys.setrecursionlimit, sys.getrecursionlimit())
        stack.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
        # As it is: whatever a function puts there is taken away again.
        stack.enter_context(mock.patch.object(socket, "socket", socket.socket))
        watched: list[_Call] = []
        stack.enter_context(standing_in(calls, lambda: any(one.alive() for one in watched)))
        output_of = stack.enter_context(captured())
        watched += [_Call(call) for call in calls]
        for one in watched:
            one.first.thread.start()
        with allowance.limited():
            try:
                _wait(watched, files, min(deadline, allowance.seconds), allowance, told)
            finally:
                began = time.monotonic()
                with allowance.spare():
                    end(watched)
                allowance.seconds -= time.monotonic() - began
        for one in watched:
            one.close(files)
            one.result.output = output_of(one)
            allowance.seconds -= one.first.seconds
    return [one.result for one in watched]


def _wait(
    watched: list["_Call"],
    files: frozenset[str],
    seconds: float,
    allowance: Allowance,
    told: Callable[[int], None],
) -> None:
    """Let them run until they have ended, or are to be stopped; then see what each is doing."""
    until = time.monotonic() + seconds
    interrupted = grew = False
    for one in watched:
        one.result.bound = seconds
        one.first.begin.set()
    try:
        for one in watched:
            while not grew and (left := until - time.monotonic()) > 0:
                over = one.first.ended.wait(min(left, TICK))
                told(sum(each.first.ended.is_set() for each in watched))
                if over:
                    break
                grew = allowance.grown()
    except KeyboardInterrupt:
        interrupted = True
    except MemoryError:
        grew = True
    running = [one for one in watched if not one.first.ended.is_set()]
    with allowance.spare():
        before = {one: _outermost(one.first.frames(), files) for one in running}
        # What grows is to be ended at once, and is no doubt busy.
        turning = set() if grew else busy([one.first for one in running])
        for one in running:
            one.stopped(
                files, before[one],
                interrupted=interrupted, grew=grew, busy=grew or one.first in turning,
            )  # fmt: skip


class _Call(Family):
    """One call, and what came of it."""

    def __init__(self, call: partial[Any]) -> None:
        super().__init__(call)
        self.call = call
        self.result = Result()

    def stopped(
        self, files: frozenset[str], before: FrameType | None, *,
        interrupted: bool, grew: bool, busy: bool,
    ) -> None:  # fmt: skip
        """Note why it is to be ended, and where it is. before: its outermost frame a while ago."""
        result, frames = self.result, self.first.frames()
        over = self.first.ended.is_set() or self.first.error is not None
        if over and not interrupted:
            return  # it came to its end all the same, and perhaps for want of memory
        result.timed_out, result.interrupted, result.grew = True, interrupted, grew
        result.where, result.waits_in = _observe(frames, files)
        if busy:
            result.waits_in = ""
        result.returned = before is not _outermost(frames, files) is not None

    def close(self, files: frozenset[str]) -> None:
        """See what came of it, once it has ended or nothing could end it."""
        student, result = self.first, self.result
        result.alive = bool(self.alive())
        result.value, result.error = student.value, student.error
        if result.timed_out:
            result.value = None
        elif result.error is not None:
            result.where = where(result.error.__traceback__, files)
        if result.timed_out or isinstance(result.error, MemoryError):
            # Its traceback has the frames, and they all that the code had collected.
            student.error = student.value = None
            result.error = MemoryError() if result.error and not result.timed_out else None
        result.refused = self.refused
        held = (result.value, self.call.args, self.call.func)
        result.left_open = _left_open(self, held, files, student.alive())


def _observe(frames: list[FrameType], files: frozenset[str]) -> tuple[Where | None, str]:
    """The student's innermost line, and the operation that it waits in ("" when it is busy)."""
    waits_in = ""
    for frame in frames:
        here = _where(frame.f_code, _line(frame))
        # What is written in C has no frame: the line that calls it says it. The line nearest
        # to the student's own has the last word: readline, say, and not the recv_into below.
        # But a handshake is what it is, also where the line makes the connection first.
        if waits_in != "do_handshake" and (called := CALLS.search(here.code)):
            waits_in = called[1]
        if frame.f_code.co_filename in files:
            # A thread that gets no time looks like one that waits; but `pass` waits for nobody.
            if here.code and not (waits_in or MAY_WAIT.search(here.code)):
                return here, ""
            return here, waits_in or "a call"
    return None, waits_in or "a call"


def _outermost(frames: list[FrameType], files: frozenset[str]) -> FrameType | None:
    """The student's outermost frame: while it is the same, the same call goes on."""
    own = [frame for frame in frames if frame.f_code.co_filename in files]
    return own[-1] if own else None


# A line that can wait: it calls something, or asks an object for the next thing.
MAY_WAIT = re.compile(r"\(|^(?:async )?(?:for|with)\b|\b(?:await|yield|in)\b")
OPERATIONS = ("recv", "recv_into", "recvfrom", "accept", "send", "sendall", "connect", "readline",
              "read", "readinto", "do_handshake", "create_connection", "sleep", "join", "select",
              "acquire", "get", "wait")  # fmt: skip
CALLS = re.compile(rf"\b({'|'.join(OPERATIONS)})\(")


def where(traceback: TracebackType | None, files: frozenset[str]) -> Where | None:
    """The innermost line of the student's in a traceback."""
    places = [(frame.f_code, line) for frame, line in walk_tb(traceback)]
    own = [(code, line) for code, line in places if code.co_filename in files]
    return _where(*own[-1]) if own else None


def _line(frame: FrameType) -> int:
    """The line that a frame is at, or was at before an instruction that has no line of its own.

    The jump back to the head of a loop is such a one, in Python 3.11.
    """
    number = frame.f_code.co_firstlineno
    for start, _, line in frame.f_code.co_lines():
        if start > frame.f_lasti:
            break
        number = line or number
    return frame.f_lineno or number


def _where(code: CodeType, number: int) -> Where:
    return Where(number, linecache.getline(code.co_filename, number).strip(), code.co_name)


def _left_open(family: Family, held: Any, files: frozenset[str], stuck: bool) -> list[LeftOpen]:
    """The connections that the function made and did not give back; they are closed now."""
    found = []
    given_back = sockets_in(held, depth=4)
    for sock, stack in tuple(family.sockets):
        if sock.fileno() < 0 or any(sock is other for other in given_back):
            continue
        name = WORDS("run.a-socket-of-its-own")
        with suppress(OSError):
            peer = sock.getpeername()
            if isinstance(peer, tuple):
                name = WORDS("run.a-connection-to", host=peer[0], port=peer[1])
        lines = (_where(code, line) for code, line in stack if code.co_filename in files)
        if not stuck:
            found.append(LeftOpen(next(lines, None), name))
        # Not that of Python's class: a recursion without end may have cut off its __init__.
        _socket.socket.close(sock)
    return found
