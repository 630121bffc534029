"""What student code gets when it asks something of Python, or of the system.

Theory of operation. While it runs, other functions stand in the place of some of Python's. Threads
that the code starts join its family. sleep and join, from which no thread comes back before its
time, come back every SLICE seconds, so that an exception can strike.

An audit hook tells what else it asks. Python calls it whenever a socket is made, which tells which
connections a call left open, and before another process is started, which is refused: its threads
can be ended, and not what other processes do. A hook cannot be taken away again, so there is one.

Other threads get what they always got.
"""

import _thread
import errno
import importlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from traceback import walk_stack
from types import FunctionType, MethodType
from typing import Any
from unittest import mock

from .said import WORDS
from .thread import Family, Stack, family
from .wake import OURS, SOCKET

__all__ = ["standing_in"]

SLICE = 0.05  # seconds
OPEN_LIMIT = 64  # open sockets of one call that are kept track of
# What starts another process, or ends this one; see "Audit events table" in Python's library.
PROCESSES = frozenset(
    ("os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.posix_spawn", "os.spawn",
     "os.startfile", "os.system", "pty.spawn", "subprocess.Popen",
     "_winapi.CreateProcess")
)  # fmt: skip
sleep = time.sleep
# The one in Python waits with a lock that can be found in its frames.
SimpleQueue: Any = getattr(queue, "_PySimpleQueue", queue.SimpleQueue)
_join = threading.Thread.join
_start = threading.Thread.start
_start_new_thread = _thread.start_new_thread
_posixsubprocess: Any = None
with suppress(ImportError):  # on Windows
    _posixsubprocess = importlib.import_module("_posixsubprocess")
_fork_exec: Any = getattr(_posixsubprocess, "fork_exec", None)


def _sleeps(seconds: float, /) -> None:
    if family() is None or not isinstance(seconds, int | float):
        sleep(seconds)
        return
    until = time.monotonic() + seconds
    sleep(min(seconds, SLICE))
    while (left := until - time.monotonic()) > 0:
        sleep(min(left, SLICE))


def _joins(self: threading.Thread, timeout: float | None = None) -> None:
    if timeout is None and family() is not None:
        while self.is_alive():
            _join(self, SLICE)
    _join(self, timeout)


def _starts(self: threading.Thread) -> None:
    if (owner := family()) is not None:
        owner.adopt(self)
    _start(self)


def _starts_new_thread(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, /
) -> int:
    if family() is None:
        return _start_new_thread(function, args, kwargs or {})
    thread = threading.Thread(target=function, args=args, kwargs=kwargs)
    thread.start()
    assert thread.ident is not None
    return thread.ident


def _forks(*args: Any) -> Any:
    if family() is not None:
        _refuse_process()
    return _fork_exec(*args)


# What students import by name, too.
ALIASES = (
    (sleep, _sleeps),
    (_start_new_thread, _starts_new_thread),
    (queue.SimpleQueue, SimpleQueue),
)


@contextmanager
def standing_in(calls: Iterable[partial[Any]], left: Callable[[], bool]) -> Iterator[None]:
    """Put them where these calls find them, and listen to what is asked.

    left: whether something of these calls could not be ended. Then what starts threads stays as it
    is, and lets it start no more of them; for others it does what it always did.
    """
    places: list[tuple[Any, str, Any]] = [
        (time, "sleep", _sleeps),
        (threading.Thread, "join", _joins),
        (queue, "SimpleQueue", SimpleQueue),
    ]
    if _fork_exec is not None:  # multiprocessing calls it, and no audit hook hears of that
        places.append((_posixsubprocess, "fork_exec", _forks))
    _listen()
    with ExitStack() as stack:
        for owner, name, instead, original in (
            (threading.Thread, "start", _starts, _start),
            (_thread, "start_new_thread", _starts_new_thread, _start_new_thread),
        ):
            before = getattr(owner, name)  # instead itself, where it was left in place
            stack.callback(_unless, left, owner, name, original if before is instead else before)
            setattr(owner, name, instead)
        for owner, name, value in places:
            stack.enter_context(mock.patch.object(owner, name, value))
        # `from time import sleep` in a cell has made a name of the student's own.
        for names in _namespaces(calls):
            for name, value in tuple(names.items()):
                for usual, other in ALIASES:
                    if value is usual:
                        names[name] = other
                        stack.callback(_put_back, names, name, other, usual)
        yield


def _unless(left: Callable[[], bool], owner: Any, name: str, before: Any) -> None:
    if not left():
        setattr(owner, name, before)


def _put_back(names: dict[str, Any], name: str, other: Any, usual: Any) -> None:
    if names.get(name) is other:
        names[name] = usual


def _namespaces(calls: Iterable[partial[Any]]) -> list[dict[str, Any]]:
    """Where the code of these calls looks its names up: that of a notebook, or of modules."""
    found = {id(names): names for names in [vars(sys.modules["__main__"])]}

    def look(value: Any, depth: int) -> None:
        if isinstance(value, MethodType):
            value = value.__func__
        if isinstance(value, FunctionType):
            if not value.__module__.startswith(OURS):
                found[id(value.__globals__)] = value.__globals__
            inner: Iterable[Any] = [cell.cell_contents for cell in value.__closure__ or ()]
        elif isinstance(value, partial):
            inner = [value.func, *value.args]
        elif isinstance(value, type):
            inner = vars(value).values()
        else:
            inner = ()
        for item in inner if depth else ():
            look(item, depth - 1)

    for call in calls:
        with suppress(Exception):
            look(call, 3)
    return list(found.values())


@cache
def _listen() -> None:
    """See to it that there is the hook."""
    sys.addaudithook(_hook)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.__new__":
        if (owner := family()) is not None and isinstance(args[0], SOCKET):
            _note(owner, args[0])
    elif event in PROCESSES and family() is not None:
        _refuse_process()


def _refuse_process() -> None:
    # An OSError, so that what can do without does: uuid, say, which asks programs for an address.
    raise PermissionError(errno.EPERM, WORDS("audit.no-other-process-is-started"))


def _note(owner: Family, sock: Any) -> None:
    made = owner.sockets
    if len(made) >= OPEN_LIMIT:
        # The one that is being made has no descriptor yet; the closed ones never again.
        made[:] = [entry for entry in made if entry[0].fileno() >= 0][: OPEN_LIMIT - 1]
    stack: Stack = [
        (frame.f_code, line or frame.f_code.co_firstlineno)
        for frame, line in walk_stack(sys._getframe(2))
    ]
    # Held, not only referred to: one that nothing else refers to any more closes itself in
    # CPython, and would not be seen to have been left open.
    made.append((sock, stack))
