"""Run a student's function under a deadline, whatever it does.

Theory of operation. The function runs in a thread of its own, and the caller waits for it
no longer than the deadline. Then the thread is looked at: its innermost frame that belongs
to the student's code is the line that waits or turns in circles. To get it back, its sockets
are shut down, which wakes a blocked recv, and an exception that no `except Exception` catches
is set in it, again and again until it ends. A thread that sleeps in C code cannot be woken;
it is a daemon, and the exception meets it when it comes back.

The sockets come from an audit hook: Python calls it whenever a socket is made, which also
tells which connections the function left open. A hook cannot be taken away again, so there is
one, which does nothing while no function is judged.
"""

import builtins
import ctypes
import io
import linecache
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import CodeType, FrameType, TracebackType
from typing import Any, TextIO, cast
from unittest import mock

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
]

DEADLINE = 3.0  # seconds that stand for "hangs"
OUTPUT_LIMIT = 2_000  # characters of the student's output that a verdict shows
FLOOD = 200_000  # characters after which printing is ended
FAREWELL = 1.0  # seconds in which a stopped thread may end


class WouldBlock(Exception):
    """recv on a scripted socket, when the other side will say nothing more by itself."""


class Stopped(BaseException):
    """Thrown into student code to end it."""


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
    """A connection that the function made and did not close."""

    where: Where | None
    peer: str


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


class _Capture(io.TextIOBase):
    """What one thread prints goes here; what others print goes where it always went."""

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
            raise Flood
        return len(text)

    def flush(self) -> None:
        if threading.current_thread() is not self.thread:
            self.stream.flush()

    def writable(self) -> bool:
        return True

    @property
    def text(self) -> str:
        cut = f"\n[{self.size:,} characters in all]" if self.size > OUTPUT_LIMIT else ""
        return "".join(self.kept) + cut


Stack = list[tuple[CodeType, int]]  # innermost first


class _Sockets:
    """The sockets that watched threads make, with the line that made each."""

    def __init__(self) -> None:
        self.made: dict[int, list[tuple[weakref.ref[socket.socket], Stack]]] = {}
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
        if made is not None and isinstance(args[0], socket.socket):
            stack: Stack = []
            frame: FrameType | None = sys._getframe(1)
            while frame is not None:
                stack.append((frame.f_code, frame.f_lineno))
                frame = frame.f_back
            made.append((weakref.ref(args[0]), stack))

    def of(self, thread: threading.Thread) -> list[tuple[socket.socket, "Stack"]]:
        made = self.made.get(cast(int, thread.ident), [])
        alive = [(reference(), stack) for reference, stack in made]
        return [(sock, stack) for sock, stack in alive if sock is not None and sock.fileno() >= 0]


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
    result = Result()
    begin = threading.Event()

    def body() -> None:
        begin.wait()
        try:
            result.value = function(*args, **kwargs)
        except BaseException as error:
            result.error = error

    thread = threading.Thread(target=body, name="student code", daemon=True)
    with _one_at_a_time, ExitStack() as stack:
        out, err = _Capture(sys.stdout, thread), _Capture(sys.stderr, thread)
        stack.enter_context(mock.patch.object(sys, "stdout", out))
        stack.enter_context(mock.patch.object(sys, "stderr", err))
        stack.enter_context(mock.patch.object(builtins, "input", _no_input(thread)))
        thread.start()
        _sockets.watch(thread)
        begin.set()
        try:
            thread.join(deadline)
        except KeyboardInterrupt:
            result.interrupted = True
        if thread.is_alive():
            result.timed_out = True
            result.where, result.waits_in = _observe(thread, files)
            _end(thread)
        elif result.error is not None:
            result.where = where(result.error.__traceback__, files)
        result.left_open = _left_open(thread, result.value, files)
        result.output = out.text + err.text
        _sockets.forget(thread)
    return result


def _no_input(thread: threading.Thread) -> Callable[..., str]:
    usual = builtins.input

    def ask(*prompt: object) -> str:
        if threading.current_thread() is thread:
            raise AskedForInput
        return usual(*prompt)

    return ask


def _observe(thread: threading.Thread, files: frozenset[str]) -> tuple[Where | None, str]:
    """The student's innermost line, and the operation that it waits in, "" when it is busy."""
    innermost = frame = sys._current_frames().get(cast(int, thread.ident))
    while frame is not None and frame.f_code.co_filename not in files:
        frame = frame.f_back
    here = _where(frame.f_code, frame.f_lineno) if frame is not None else None
    if innermost is None or _moves(thread):
        return here, ""
    # An operation written in C has no frame of its own: the line that calls it says its name.
    waiting = _where(innermost.f_code, innermost.f_lineno)
    return here, _operation(waiting.code) or _operation(here.code if here else "")


def _moves(thread: threading.Thread) -> bool:
    """Whether the thread does something: one that waits is found at the same instruction."""
    places = set()
    for _ in range(10):
        frame = sys._current_frames().get(cast(int, thread.ident))
        places.add((id(frame), frame.f_lasti if frame is not None else 0))
        time.sleep(0.003)
    return len(places) > 1


OPERATIONS = ("recv", "recv_into", "recvfrom", "accept", "send", "sendall", "connect", "readline",
              "read", "readinto", "do_handshake", "create_connection", "sleep", "join", "select",
              "acquire", "get", "wait")  # fmt: skip


def _operation(code: str) -> str:
    return next((name for name in OPERATIONS if f"{name}(" in code), "")


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


def _end(thread: threading.Thread) -> None:
    """Get a thread back: wake what it waits in, and throw Stopped into it until it ends."""
    frame = sys._current_frames().get(cast(int, thread.ident))
    for sock, _ in _sockets.of(thread):
        _shut(sock)
    while frame is not None:
        for value in tuple(frame.f_locals.values()):
            for candidate in (value, getattr(value, "__dict__", {}).get("sock")):
                if isinstance(candidate, socket.socket):
                    _shut(candidate)
        frame = frame.f_back
    until = time.monotonic() + FAREWELL
    while thread.is_alive() and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(cast(int, thread.ident)), ctypes.py_object(Stopped)
        )
        thread.join(0.005)


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _left_open(thread: threading.Thread, value: Any, files: frozenset[str]) -> list[LeftOpen]:
    """The connections that the function made and did not give back; they are closed now."""
    found = []
    for sock, stack in _sockets.of(thread):
        if sock is value:
            continue
        with suppress(OSError):
            peer = sock.getpeername()
            lines = (_where(code, line) for code, line in stack if code.co_filename in files)
            name = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "a socket of its own"
            if not thread.is_alive():
                found.append(LeftOpen(next(lines, None), name))
        sock.close()
    return found
