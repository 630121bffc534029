"""Run a student's function under a deadline, whatever it does.

Theory of operation. The function runs in a thread of its own, and the caller waits for it
no longer than the deadline. Then the thread is looked at: its innermost frame that belongs
to the student's code is the line that waits or turns in circles, and the processor time that
it takes tells the one from the other. To get it back, its sockets are shut down, which wakes a
blocked recv, and an exception that no `except Exception` catches is set in it, again and again
until it ends. A thread that sleeps in C code cannot be woken; it is a daemon, and the exception
meets it when it comes back. C code that turns without giving up the interpreter's lock
(`sum(iter(int, 1))`) stops every thread of the process, and only a restart ends it.

The sockets come from an audit hook: Python calls it whenever a socket is made, which also
tells which connections the function left open. A hook cannot be taken away again, so there is
one, which does nothing while no function is judged. Threads that the function starts end with
it.
"""

import builtins
import ctypes
import getpass
import io
import linecache
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
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
    "run_together",
    "where",
]

DEADLINE = 3.0  # seconds that stand for "hangs"
OUTPUT_LIMIT = 2_000  # characters of the student's output that a verdict shows
FLOOD = 200_000  # characters after which printing is ended
FAREWELL = 1.0  # seconds in which stopped threads may end
GENTLE = 0.2  # seconds of them, at first, in which `except` and `finally` are respected
GLANCES = 10  # how often, at most, a thread is looked at to tell waiting from turning
GLANCE = 0.03  # seconds between two looks
BUSY = 0.002  # seconds of the processor's time that tell: one that waits takes none
OPEN_LIMIT = 64  # open sockets of one run that are kept track of
# The real one, whatever student code makes of socket.socket.
SOCKET = socket.socket


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
            self.flood = self.flood or Flood()
            raise self.flood
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


class _Keyboard(io.TextIOBase):
    """Standard input, at which nobody sits for one thread. exit() closes it: nothing happens."""

    def __init__(self, stream: TextIO, thread: threading.Thread) -> None:
        self.stream = stream
        self.thread = thread
        self.asked: AskedForInput | None = None

    def _refuse(self) -> None:
        if threading.current_thread() is self.thread:
            self.asked = self.asked or AskedForInput()
            raise self.asked

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
    others: list[_Student] = []  # the threads that the calls start
    with _one_at_a_time, ExitStack() as stack:
        stack.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
        # As it is: whatever a function puts there is taken away again.
        stack.enter_context(mock.patch.object(socket, "socket", socket.socket))
        watched = [_Watched(call, stack, others) for call in calls]
        for one in watched:
            one.student.thread.start()
            _sockets.watch(one.student.thread)
        for one in watched:
            one.student.begin.set()
        until = time.monotonic() + deadline
        try:
            for one in watched:
                one.student.ended.wait(max(0.0, until - time.monotonic()))
        except KeyboardInterrupt:
            for one in watched:
                one.result.interrupted = not one.student.ended.is_set()
        ending = [one for one in watched if not one.student.ended.is_set()]
        busy = _busy([one.student for one in ending])
        frames = sys._current_frames() if ending else {}
        for one in watched:
            one.look(frames.get(cast(int, one.student.thread.ident)), files, busy, one in ending)
        made = [sock for one in ending for sock, _ in _sockets.of(one.student.thread)]
        _end([one.student for one in ending] + [other for other in others if other.alive()], made)
        for one in watched:
            one.close(files)
    return [one.result for one in watched]


class _Watched:
    """One call, with what it prints, what it asks for, and the sockets that it makes."""

    def __init__(self, call: partial[Any], stack: ExitStack, others: list["_Student"]) -> None:
        self.call = call
        self.result = Result()
        self.student = _Student(call, self.result)
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
            (threading.Thread, "start", _recording(thread, others)),
        ):
            stack.enter_context(mock.patch.object(owner, name, value))

    def look(
        self, frame: FrameType | None, files: frozenset[str], busy: set["_Student"], late: bool
    ) -> None:
        """See where it is, or where it failed."""
        result = self.result
        if late:
            result.timed_out = True
            result.where, result.waits_in = _observe(frame, files, self.student in busy)
        elif result.error is not None:
            result.where = where(result.error.__traceback__, files)

    def close(self, files: frozenset[str]) -> None:
        """See what is left of it, once it has ended or nothing could end it."""
        thread, result = self.student.thread, self.result
        result.alive = self.student.alive()
        result.refused = self.keyboard.asked or self.out.flood or self.err.flood
        held = (result.value, self.call.args, self.call.func)
        result.left_open = _left_open(thread, held, files, result.alive)
        result.output = self.out.text + self.err.text
        _sockets.forget(thread)


class _Student:
    """One call of student code, in a thread that can be told to stop."""

    def __init__(
        self, call: Callable[[], Any], result: Result, thread: threading.Thread | None = None
    ) -> None:
        self.call = call
        self.result = result
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
        if self.result.error is not None and not isinstance(self.result.error, Stopped):
            raise self.result.error

    def _once(self) -> None:
        if not self._called:
            self._called = True
            try:
                self.result.value = self.call()
            except BaseException as error:
                self._target.value = 0
                self.result.error = error
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

    def clock(self) -> float:
        """The processor's time that the thread has taken, in seconds."""
        with suppress(OSError):  # the thread has ended meanwhile, and its clock with it
            return self._clock()
        return 0.0


def _busy(students: list[_Student]) -> set[_Student]:
    """Those whose threads turn, seen from the processor time that they take."""
    before = {student: student.clock() for student in students}
    busy: set[_Student] = set()
    for _ in range(GLANCES):
        if len(busy) == len(students):
            break
        time.sleep(GLANCE)
        busy |= {student for student in students if student.clock() - before[student] > BUSY}
    return busy


def _recording(
    thread: threading.Thread, started: list[_Student]
) -> Callable[[threading.Thread], None]:
    """Thread.start, with which what this thread starts can be told to stop as well."""
    usual = threading.Thread.start

    def start(self: threading.Thread) -> None:
        if threading.current_thread() is thread:
            student = _Student(self.run, Result(), self)
            student.begin.set()
            self.run = student.run  # type: ignore[method-assign]
            started.append(student)
        usual(self)

    return start


# Sets an exception class in a thread, to be raised at its next line.
_set_async_exc = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


def _observe(
    frame: FrameType | None, files: frozenset[str], busy: bool
) -> tuple[Where | None, str]:
    """The student's innermost line, and the operation that it waits in ("" when it is busy)."""
    waits_in = ""
    while frame is not None:
        here = _where(frame.f_code, frame.f_lineno)
        # What is written in C has no frame: the line that calls it says it. The line nearest
        # to the student's own has the last word: readline, say, and not the recv_into below.
        waits_in = _operation(here.code) or waits_in
        if frame.f_code.co_filename in files:
            return here, "" if busy else waits_in or "a call"
        frame = frame.f_back
    return None, "" if busy else waits_in or "a call"


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


def _end(ending: list[_Student], made: list[socket.socket]) -> None:
    """Get threads back: wake what they wait in, and throw into them until they end."""
    if not ending:
        return
    for sock in made:
        _shut(sock)
    frames = sys._current_frames()
    for runner in ending:
        frame = frames.get(cast(int, runner.thread.ident))
        while frame is not None:
            for value in tuple(frame.f_locals.values()):
                for sock in _sockets_in(value):
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
def _every_line(students: list[_Student]) -> Iterator[None]:
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


def _sockets_in(value: Any, depth: int = 2) -> list[socket.socket]:
    """The sockets that a value is, or holds. Objects of a student's may object to the look."""
    try:
        if isinstance(value, SOCKET):
            return [value]
        if depth == 0:
            return []
        inner = value if type(value) in (tuple, list) else vars(value).values()
        return [sock for item in tuple(inner) for sock in _sockets_in(item, depth - 1)]
    except Exception:
        return []


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        SOCKET.shutdown(sock, socket.SHUT_RDWR)


def _left_open(
    thread: threading.Thread, held: Any, files: frozenset[str], stuck: bool
) -> list[LeftOpen]:
    """The connections that the function made and did not give back; they are closed now."""
    found = []
    given_back = _sockets_in(held, depth=4)
    for sock, stack in _sockets.of(thread):
        if any(sock is other for other in given_back):
            continue
        name = "a socket of its own"
        with suppress(OSError):
            peer = sock.getpeername()
            if isinstance(peer, tuple):
                name = f"a connection to {peer[0]}:{peer[1]}"
        lines = (_where(code, line) for code, line in stack if code.co_filename in files)
        if not stuck:
            found.append(LeftOpen(next(lines, None), name))
        SOCKET.close(sock)
    return found
