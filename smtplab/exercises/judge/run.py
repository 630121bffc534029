"""Run a student's function under a deadline, whatever it does.

Theory of operation. The function runs in a thread of its own, and the caller waits for it
no longer than the deadline. Then the thread is looked at: its innermost frame that belongs
to the student's code is the line that waits or turns in circles, and the processor time that
it takes tells the one from the other. How it is got back, `thread.py` says.

The sockets come from an audit hook: Python calls it whenever a socket is made, which also
tells which connections the function left open. A hook cannot be taken away again, so there is
one, which does nothing while no function is judged. Threads that the function starts end with
it.
"""

import builtins
import getpass
import io
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
from types import CodeType, FrameType, TracebackType
from typing import Any, TextIO, cast
from unittest import mock

from ...catalogue import say
from .thread import SOCKET, Stopped, StudentThread, busy, end, recording, sockets_in

__all__ = [
    "DEADLINE",
    "AskedForInput",
    "Deadlock",
    "Flood",
    "Result",
    "Spin",
    "Stopped",
    "Where",
    "WouldBlock",
    "run",
    "run_together",
    "where",
]

DEADLINE = 3.0  # seconds that stand for "hangs"
OUTPUT_LIMIT = 2_000  # characters of the student's output that a verdict shows
FLOOD = 200_000  # characters after which printing is ended
OPEN_LIMIT = 64  # open sockets of one run that are kept track of


class WouldBlock(Exception):
    """recv on a scripted socket, when the other side will say nothing more by itself."""


class Deadlock(Stopped):
    """Both sides wait: thrown by a scripted socket, at once."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class AskedForInput(Stopped):
    """The function called input()."""


class Spin(Stopped):
    """recv is called again and again after the end of the stream: thrown by a scripted socket."""


class Flood(Stopped):
    """The function prints and prints."""


@dataclass(frozen=True)
class Where:
    """A line of the student's: its number in the cell or file, and its text."""

    line: int
    code: str
    function: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"


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
    alive: bool = False  # nothing could end it


class _Capture(io.TextIOBase):
    """What one thread prints goes here; what others print goes where it always went."""

    flood: Flood | None = None

    def __init__(self, stream: TextIO, thread: threading.Thread) -> None:
        self.stream = stream
        self.thread = thread
        self.kept: list[str] = []
        self.size = 0

    def write(self, text: str) -> int:
        if threading.current_thread() is not self.thread:
            return self.stream.write(text)
        if self.size < OUTPUT_LIMIT:
            self.kept.append(text[: OUTPUT_LIMIT - self.size])
        self.size += len(text)
        if self.size > FLOOD:
            # A new one each time: one that is raised again and again has a traceback without end.
            flood = Flood()
            self.flood = self.flood or flood
            raise flood
        return len(text)

    def flush(self) -> None:
        if threading.current_thread() is not self.thread:
            self.stream.flush()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        pass  # what it stands for is another's, and may be closed by then

    @property
    def text(self) -> str:
        cut = (
            say("\n[{size:,} characters in all]", size=self.size)
            if self.size > OUTPUT_LIMIT
            else ""
        )
        return "".join(self.kept) + cut


Stack = list[tuple[CodeType, int]]  # innermost first


class _Keyboard(io.TextIOBase):
    """Standard input, at which nobody sits for one thread. exit() closes it: nothing happens."""

    def __init__(self, stream: TextIO, thread: threading.Thread) -> None:
        self.stream = stream
        self.thread = thread
        self.asked: AskedForInput | None = None

    def _refuse(self) -> None:
        if threading.current_thread() is self.thread:
            asked = AskedForInput()
            self.asked = self.asked or asked
            raise asked

    def instead_of(self, function: Callable[..., str]) -> Callable[..., str]:
        def ask(*args: Any, **kwargs: Any) -> str:
            self._refuse()
            return function(*args, **kwargs)

        return ask

    def read(self, size: int | None = -1, /) -> str:
        self._refuse()
        return self.stream.read(-1 if size is None else size)

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        self._refuse()
        return self.stream.readline(size)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        pass


class _Sockets:
    """The sockets that watched threads make, with the line that made each.

    They are held, not only referred to: one that nothing else refers to any more closes
    itself in CPython, and would not be seen to have been left open.
    """

    def __init__(self) -> None:
        self.made: dict[int, list[tuple[socket.socket, Stack]]] = {}
        self._installed = False
        self._lock = threading.Lock()

    def watch(self, thread: threading.Thread) -> None:
        with self._lock:
            if not self._installed:
                sys.addaudithook(self._hook)
                self._installed = True
        self.made[cast(int, thread.ident)] = []

    def forget(self, thread: threading.Thread) -> None:
        self.made.pop(cast(int, thread.ident), None)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "socket.__new__" or not self.made:
            return
        made = self.made.get(threading.get_ident())
        if made is not None and isinstance(args[0], SOCKET):
            self._note(made, args[0])

    @staticmethod
    def _note(made: list[tuple[socket.socket, Stack]], sock: socket.socket) -> None:
        if len(made) >= OPEN_LIMIT:
            # The one that is being made has no descriptor yet; the closed ones never again.
            made[:] = [entry for entry in made if entry[0].fileno() >= 0][: OPEN_LIMIT - 1]
        stack: Stack = []
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            stack.append((frame.f_code, frame.f_lineno))
            frame = frame.f_back
        made.append((sock, stack))

    def of(self, thread: threading.Thread) -> list[tuple[socket.socket, Stack]]:
        made = self.made.get(cast(int, thread.ident), [])
        return [(sock, stack) for sock, stack in made if sock.fileno() >= 0]


_sockets = _Sockets()
_one_at_a_time = threading.RLock()


def run(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    files: frozenset[str],
    deadline: float = DEADLINE,
) -> Result:
    """Call function(*args, **kwargs) in a thread and wait at most `deadline` seconds.

    files are the file names of the student's code (a notebook cell has one of its own).
    Nothing that the function does is raised here.
    """
    return run_together([partial(function, *args, **kwargs)], files=files, deadline=deadline)[0]


def run_together(
    calls: Sequence[partial[Any]], *, files: frozenset[str], deadline: float = DEADLINE
) -> list[Result]:
    """Run several calls at once, each in a thread of its own, as `run` runs one.

    The deadline is for all of them together. What one does is told apart from what another does.
    """
    others: list[StudentThread] = []  # the threads that the calls start
    with _one_at_a_time, ExitStack() as stack:
        stack.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
        # As it is: whatever a function puts there is taken away again.
        stack.enter_context(mock.patch.object(socket, "socket", socket.socket))
        watched = [_Watched(call, stack, others) for call in calls]
        students = [one.student for one in watched]
        for student in students:
            student.thread.start()
            _sockets.watch(student.thread)
        for student in students:
            student.begin.set()
        until = time.monotonic() + deadline
        interrupted = False
        try:
            for student in students:
                student.ended.wait(max(0.0, until - time.monotonic()))
        except KeyboardInterrupt:
            interrupted = True
        ending = [student for student in students if not student.ended.is_set()]
        turning = busy(ending)
        for one in watched:
            if one.student in ending:
                one.result.timed_out, one.result.interrupted = True, interrupted
                one.result.where, one.result.waits_in = _observe(
                    one.student.frame(), files, one.student in turning
                )
        made = [sock for student in ending for sock, _ in _sockets.of(student.thread)]
        end(ending + [other for other in others if other.alive()], made)
        for one in watched:
            one.close(files)
    return [one.result for one in watched]


class _Watched:
    """One call, with what it prints, what it asks for, and the sockets that it makes."""

    def __init__(self, call: partial[Any], stack: ExitStack, others: list[StudentThread]) -> None:
        self.call = call
        self.result = Result()
        self.student = StudentThread(call)
        thread = self.student.thread
        self.out, self.err = _Capture(sys.stdout, thread), _Capture(sys.stderr, thread)
        self.keyboard = _Keyboard(sys.stdin, thread)
        # Each stands before the one of another call, and passes on what is not its own.
        for owner, name, value in (
            (sys, "stdout", self.out),
            (sys, "stderr", self.err),
            (sys, "stdin", self.keyboard),
            (builtins, "input", self.keyboard.instead_of(builtins.input)),
            (getpass, "getpass", self.keyboard.instead_of(getpass.getpass)),
            (threading.Thread, "start", recording(thread, others)),
        ):
            stack.enter_context(mock.patch.object(owner, name, value))

    def close(self, files: frozenset[str]) -> None:
        """See what came of it, once it has ended or nothing could end it."""
        student, result = self.student, self.result
        result.alive = student.alive()
        result.value, result.error = student.value, student.error
        if not result.timed_out and result.error is not None:
            result.where = where(result.error.__traceback__, files)
        result.refused = self.keyboard.asked or self.out.flood or self.err.flood
        held = (result.value, self.call.args, self.call.func)
        result.left_open = _left_open(student.thread, held, files, result.alive)
        result.output = self.out.text + self.err.text
        _sockets.forget(student.thread)


def _observe(
    frame: FrameType | None, files: frozenset[str], busy: bool
) -> tuple[Where | None, str]:
    """The student's innermost line, and the operation that it waits in ("" when it is busy)."""
    waits_in = ""
    while frame is not None:
        here = _where(frame.f_code, frame.f_lineno)
        # What is written in C has no frame: the line that calls it says it. The line nearest
        # to the student's own has the last word: readline, say, and not the recv_into below.
        # But a handshake is what it is, also where the line makes the connection first.
        if waits_in != "do_handshake":
            waits_in = _operation(here.code) or waits_in
        if frame.f_code.co_filename in files:
            # A thread that gets no time looks like one that waits; but `pass` waits for nobody.
            if here.code and not (waits_in or MAY_WAIT.search(here.code)):
                busy = True
            return here, "" if busy else waits_in or "a call"
        frame = frame.f_back
    return None, "" if busy else waits_in or "a call"


# A line that can wait: it calls something, or asks an object for the next thing.
MAY_WAIT = re.compile(r"\(|^(?:async )?(?:for|with)\b|\b(?:await|yield|in)\b")
OPERATIONS = ("recv", "recv_into", "recvfrom", "accept", "send", "sendall", "connect", "readline",
              "read", "readinto", "do_handshake", "create_connection", "sleep", "join", "select",
              "acquire", "get", "wait")  # fmt: skip
_CALLS = re.compile(rf"\b({'|'.join(OPERATIONS)})\(")


def _operation(code: str) -> str:
    found = _CALLS.search(code)
    return found[1] if found else ""


def where(traceback: TracebackType | None, files: frozenset[str]) -> Where | None:
    """The innermost line of the student's in a traceback."""
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in files:
            found = _where(traceback.tb_frame.f_code, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def _where(code: CodeType, number: int) -> Where:
    return Where(number, linecache.getline(code.co_filename, number).strip(), code.co_name)


def _left_open(
    thread: threading.Thread, held: Any, files: frozenset[str], stuck: bool
) -> list[LeftOpen]:
    """The connections that the function made and did not give back; they are closed now."""
    found = []
    given_back = sockets_in(held, depth=4)
    for sock, stack in _sockets.of(thread):
        if any(sock is other for other in given_back):
            continue
        name = say("a socket of its own")
        with suppress(OSError):
            peer = sock.getpeername()
            if isinstance(peer, tuple):
                name = say("a connection to {host}:{port}", host=peer[0], port=peer[1])
        lines = (_where(code, line) for code, line in stack if code.co_filename in files)
        if not stuck:
            found.append(LeftOpen(next(lines, None), name))
        SOCKET.close(sock)
    return found
