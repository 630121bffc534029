"""Getting a thread back from student code, whatever it does.

Theory of operation. A thread that waits in a socket is woken by shutting the socket down. Then
an exception that no `except Exception` catches is set in it, again and again until it ends; at
first one that `finally` can still answer, and then one that strikes in handlers too, for code
such as `while True: try: ... except: pass`. Not to be had back is what waits in C code on
something else (time.sleep, a lock): it is a daemon, and the exception meets it when it comes
back. C code that turns without giving up the interpreter's lock (`sum(iter(int, 1))`) stops
every thread of the process, and only a restart ends it.
"""

import ctypes
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from types import CodeType, FrameType
from typing import Any, cast

__all__ = ["SOCKET", "Stopped", "StudentThread", "busy", "end", "recording", "sockets_in"]

FAREWELL = 1.0  # seconds in which stopped threads may end
GENTLE = 0.2  # seconds of them, at first, in which `except` and `finally` are respected
GLANCES = 10  # how often threads are looked at, without news, to tell waiting from turning
GLANCE = 0.03  # seconds between two looks
BUSY = 0.002  # seconds of the processor's time that tell: one that waits takes none
# The real one, whatever student code makes of socket.socket.
SOCKET = socket.socket


class Stopped(BaseException):
    """Thrown into student code to end it."""


class StudentThread:
    """One call of student code, in a thread that can be told to stop."""

    def __init__(self, call: Callable[[], Any], thread: threading.Thread | None = None) -> None:
        self.call = call
        self.value: Any = None
        self.error: BaseException | None = None
        self.begin = threading.Event()
        # Not thread.join, which up to Python 3.12 takes a thread for dead once an interrupt
        # has come while it waited (its lock is held: by the thread itself).
        self.ended = threading.Event()
        self.thread = thread or threading.Thread(
            target=self._body, name="student code", daemon=True
        )
        self._called = False
        self.done = False
        self._struck = False  # whether anything was ever thrown into it
        self._target = ctypes.c_ulong(0)  # the thread that a stubborn exception strikes, or 0
        self._clock: Callable[[], float] = time.process_time

    def _body(self) -> None:
        self.begin.wait()
        if hasattr(time, "pthread_getcpuclockid"):  # not on Windows, and not on every macOS
            clock = time.pthread_getcpuclockid(threading.get_ident())
            self._clock = partial(time.clock_gettime, clock)
        # Stopped may strike at any line, also when the function has just ended, and once more
        # on the way from there. Past the last line it would be a traceback from threading.
        while not self.done:
            try:
                while not self.done:
                    try:
                        self._once()
                    except Stopped:
                        self._target.value = 0
            except Stopped:
                self._target.value = 0
        self.ended.set()

    def run(self) -> None:
        """The body of a thread that the student's code has made: it fails as ever."""
        self._body()
        if self.error is not None and not isinstance(self.error, Stopped):
            raise self.error

    def _once(self) -> None:
        if not self._called:
            self._called = True
            try:
                self.value = self.call()
            except BaseException as error:
                self._target.value = 0
                self.error = error
        self._target.value = 0
        self.done = True
        if self._struck:
            # One takes the place of what is under way. To take that back with NULL would leave
            # a flag of the interpreter set for ever: Python 3.11 then hangs in any profiler.
            try:
                _set_async_exc(threading.get_ident(), Stopped)
                for _ in range(100):
                    pass
            except Stopped:
                pass

    def stop(self, stubborn: bool) -> None:
        """Throw Stopped into the function; a stubborn one strikes again when it is caught.

        Its __init__ throws it anew, and is called when a handler takes it: so it strikes a
        second time in the handler, or on the way back from there, where no try is.
        """
        ident = cast(int, self.thread.ident)
        kind: Any = Stopped
        if stubborn and sys.version_info < (3, 12):  # see _every_line
            kind = type("Stopped", (Stopped,), {})
            kind.__init__ = staticmethod(partial(_set_async_exc, self._target, kind))
        if not self.done:
            self._struck = True
            self._target.value = ident if stubborn else 0
            _set_async_exc(ident, kind)

    def alive(self) -> bool:
        if not self.ended.is_set():
            return self.thread.ident is not None  # a thread may have failed to start
        self.thread.join()  # it is on its way out
        return False

    def frame(self) -> FrameType | None:
        """The innermost frame of the thread, or None when it has ended.

        The table of all frames is not kept: it holds the caller's own, and so itself, which
        keeps the objects of whole runs alive until the collector comes by.
        """
        return sys._current_frames().get(cast(int, self.thread.ident))

    def clock(self) -> float:
        """The processor's time that the thread has taken, in seconds."""
        with suppress(OSError):  # the thread has ended meanwhile, and its clock with it
            return self._clock()
        return 0.0


def busy(students: list[StudentThread]) -> set[StudentThread]:
    """Those whose threads turn, seen from the processor time that they take."""
    before = {student: student.clock() for student in students}
    turning: set[StudentThread] = set()
    # Many that turn get their share one after the other: as long as one more is seen, go on.
    left = GLANCES
    while left and len(turning) < len(students):
        time.sleep(GLANCE)
        seen = {student for student in students if student.clock() - before[student] > BUSY}
        left = left - 1 if seen <= turning else GLANCES
        turning |= seen
    return turning


def recording(
    thread: threading.Thread, started: list[StudentThread]
) -> Callable[[threading.Thread], None]:
    """Thread.start, with which what this thread starts can be told to stop as well."""
    usual = threading.Thread.start

    def start(self: threading.Thread) -> None:
        if threading.current_thread() is thread:
            student = StudentThread(self.run, self)
            student.begin.set()
            self.run = student.run  # type: ignore[method-assign]
            started.append(student)
        usual(self)

    return start


# Sets an exception class in a thread, to be raised at its next line.
_set_async_exc = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


def end(ending: list[StudentThread], made: list[socket.socket]) -> None:
    """Get threads back: wake what they wait in, and throw into them until they end."""
    if not ending:
        return
    for sock in made:
        _shut(sock)
    for runner in ending:
        frame = runner.frame()
        while frame is not None:
            for value in tuple(frame.f_locals.values()):
                for sock in sockets_in(value):
                    _shut(sock)
            frame = frame.f_back
    # `while True: try: ... except: pass` catches what is thrown into its try. What comes first
    # leaves room for `finally`; what comes then leaves none for anything.
    for stubborn, seconds in ((False, GENTLE), (True, FAREWELL - GENTLE)):
        until = time.monotonic() + seconds
        with _every_line(ending) if stubborn and ending else nullcontext():
            while (ending := [r for r in ending if r.alive()]) and time.monotonic() < until:
                for runner in ending:
                    runner.stop(stubborn)
                time.sleep(0.002)


@contextmanager
def _every_line(students: list[StudentThread]) -> Iterator[None]:
    """Raise Stopped at every line that these threads come to, also in a handler.

    From Python 3.12 on. There a stubborn exception would strike in the same try for ever: the
    jump back from a handler may count as the last line of the try.
    """
    if sys.version_info < (3, 12):
        yield
        return
    monitoring = sys.monitoring
    by_ident = {student.thread.ident: student for student in students}

    def line(code: CodeType, number: int) -> None:
        student = by_ident.get(threading.get_ident())
        if student is not None and not student.done and code.co_filename != __file__:
            raise Stopped

    tool = next((n for n in range(5, -1, -1) if monitoring.get_tool(n) is None), None)
    if tool is None:  # debuggers and profilers have them all
        yield
        return
    monitoring.use_tool_id(tool, "smtplab")
    monitoring.register_callback(tool, monitoring.events.LINE, line)
    monitoring.set_events(tool, monitoring.events.LINE)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.register_callback(tool, monitoring.events.LINE, None)
        monitoring.free_tool_id(tool)


def sockets_in(value: Any, depth: int = 2) -> list[socket.socket]:
    """The sockets that a value is, or holds. Objects of a student's may object to the look."""
    try:
        if isinstance(value, SOCKET):
            return [value]
        if depth == 0:
            return []
        inner = value if type(value) in (tuple, list) else vars(value).values()
        return [sock for item in tuple(inner) for sock in sockets_in(item, depth - 1)]
    except Exception:
        return []


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        SOCKET.shutdown(sock, socket.SHUT_RDWR)
