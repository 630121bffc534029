"""Getting threads back from student code, whatever it does.

Theory of operation. A call of student code has a thread of its own, and may start more: together
they are a family, which ends with the call. What a thread waits in is woken first (`wake.py`).
Then an exception that no `except Exception` catches is set in it, again and again until it ends;
at first one that `finally` can still answer, and then one that strikes in handlers too, for code
such as `while True: try: ... except: pass`. Not to be had back is what waits in C code on
something that nobody can give it: it is a daemon, and the exception meets it when it comes back.
C code that turns without giving up the interpreter's lock (`sum(iter(int, 1))`) stops every
thread of the process, and only a restart ends it.
"""

import ctypes
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from traceback import walk_stack
from types import CodeType, FrameType
from typing import Any, NoReturn, cast

from .bounds import waited
from .wake import shut, wake

__all__ = ["Family", "Stopped", "StudentThread", "busy", "end", "family"]

FAREWELL = 1.0  # seconds in which stopped threads may end
OUTLAST = 600.0  # seconds in which those are thrown into that did not end by then
GENTLE = 0.2  # seconds of them, at first, in which `except` and `finally` are respected
GLANCES = 10  # how often threads are looked at, without news, to tell waiting from turning
GLANCE = 0.03  # seconds between two looks
BUSY = 0.002  # seconds of the processor's time that tell: one that waits takes none
WAKING = 0.05  # seconds from one waking to the next
MANY = 32  # threads of one call at a time; nobody needs so many


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
        self._first = thread is None  # and not one that student code has made
        self.thread = thread or threading.Thread(
            target=self._body, name="student code", daemon=True
        )
        self.seconds = 0.0  # that it took, without those in which other work had the processors
        self._began = 0.0
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
            self._began = self._worked()
            try:
                self.value = self.call()
            except BaseException as error:
                self._target.value = 0
                self.error = error
        self._target.value = 0
        self.done = True
        if not self._struck:
            self.seconds = self._worked() - self._began
        else:
            # One takes the place of what is under way. To take that back with NULL would leave
            # a flag of the interpreter set for ever: Python 3.11 then hangs in any profiler.
            try:
                _set_async_exc(threading.get_ident(), Stopped)
                for _ in range(100):
                    pass
            except Stopped:
                pass

    def _worked(self) -> float:
        """The time, without what other work has had of it while this thread could have run."""
        return time.monotonic() - waited() if self._first else 0.0

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
        self.thread.join(FAREWELL)  # it is on its way out
        return False

    def frames(self) -> list[FrameType]:
        """The frames of the thread, innermost first; none when it has ended.

        The table of all frames is not kept: it holds the caller's own, and so itself, which
        keeps the objects of whole runs alive until the collector comes by.
        """
        innermost = sys._current_frames().get(cast(int, self.thread.ident))
        return [frame for frame, _ in walk_stack(innermost)] if innermost else []

    def clock(self) -> float:
        """The processor's time that the thread has taken, in seconds."""
        with suppress(OSError):  # the thread has ended meanwhile, and its clock with it
            return self._clock()
        return 0.0


Stack = list[tuple[CodeType, int]]  # innermost first


class Family:
    """The threads of one call of student code: its own, and those that they start."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.first = StudentThread(call)
        self.threads = [self.first]
        self.sockets: list[tuple[socket.socket, Stack]] = []  # see `standins.py`
        self.closed = False
        self.refused: Stopped | None = None  # student code may have swallowed it
        vars(self.first.thread)[FAMILY] = self

    def adopt(self, thread: threading.Thread) -> None:
        """See to it that a thread, which is about to be started, ends with the others."""
        if self.closed:
            raise Stopped
        if thread.ident is not None:  # it runs: start() will say so
            return
        # One by one: a list that is made anew would lack what another thread has added meanwhile.
        for one in tuple(self.threads):
            if one.ended.is_set():
                with suppress(ValueError):
                    self.threads.remove(one)
        if len(self.threads) >= MANY:
            raise RuntimeError("can't start new thread")  # as Python says when there are too many
        one = StudentThread(partial(self._unless_closed, thread.run), thread)
        one.begin.set()
        thread.run = one.run  # type: ignore[method-assign]
        thread.daemon = True  # one that cannot be had back does not keep the process from its end
        vars(thread)[FAMILY] = self
        self.threads.append(one)

    def _unless_closed(self, body: Callable[[], Any]) -> Any:
        """What a thread does. It may begin when all that had begun before are being ended."""
        if self.closed:
            raise Stopped
        return body()

    def refuse(self, why: Stopped) -> NoReturn:
        """End the call from within. why is a new one each time.

        One that is raised again and again has a traceback without end.
        """
        self.refused = self.refused or why
        raise why

    def alive(self) -> list[StudentThread]:
        """Those that have not ended."""
        return [thread for thread in tuple(self.threads) if thread.alive()]


FAMILY = "_smtplab_family"  # where a thread keeps it


def family() -> Family | None:
    """The family that the current thread belongs to, if it is one of student code."""
    found: Family | None = vars(threading.current_thread()).get(FAMILY)
    return found


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


# Sets an exception class in a thread, to be raised at its next line.
_set_async_exc = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


def end(families: Sequence[Family]) -> None:
    """Get threads back: wake what they wait in, and throw into them until they end."""
    for one in families:
        one.closed = True
    # `while True: try: ... except: pass` catches what is thrown into its try. What comes first
    # leaves room for `finally`; what comes then leaves none for anything.
    if not _strike(families, GENTLE, stubborn=False):
        return
    if _strike(families, FAREWELL - GENTLE):
        # A busy machine gives them no time to end in, and what waits in C meets the exception when
        # it comes back: the check goes on, and so does this.
        outlast = partial(_strike, families, OUTLAST, pause=WAKING)
        threading.Thread(target=outlast, name="ends others", daemon=True).start()


def _strike(
    families: Sequence[Family], seconds: float, *, stubborn: bool = True, pause: float = 0.002
) -> bool:
    """Throw into the threads for so long, or until all have ended; whether one has not."""
    until, woken = time.monotonic() + seconds, 0.0
    ending = [thread for one in families for thread in one.alive()]
    with _every_line(ending) if stubborn else nullcontext():
        while ending and (now := time.monotonic()) < until:
            if now > woken + WAKING:  # what was woken may wait again
                for sock, _ in [made for one in families for made in tuple(one.sockets)]:
                    shut(sock)
                for thread in ending:
                    wake(thread.frames())
                woken = now
            for thread in ending:
                thread.stop(stubborn)
            time.sleep(pause)
            ending = [thread for thread in ending if thread.alive()]
    return bool(ending)


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
