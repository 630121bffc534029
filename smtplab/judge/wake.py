"""Waking threads that wait: whatever they wait for is shut, released or given to them.

Theory of operation. An exception that is set in a thread strikes when it comes back to Python
code. From a socket, a lock or a queue it does not come back by itself. So what its frames refer to
is looked through: sockets are shut down; locks that the student's own code can reach, and the one
that threading waits with, are released; a queue is given None. sleep and join, which nothing
wakes, come back by themselves (`standins.py`).
"""

import _thread
import os
import queue
import socket
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from types import FrameType, FunctionType, ModuleType
from typing import Any

__all__ = ["SOCKET", "shut", "sockets_in", "wake"]

WIDTH = 100  # how many things in a list, or in an object, are looked at
LOOKS = 5_000  # how many in all
LIBRARY = os.path.dirname(os.__file__) + os.sep
OURS = __name__.partition(".")[0] + "."
# The real one, whatever student code makes of socket.socket.
SOCKET = socket.socket


def wake(frames: list[FrameType]) -> None:
    """Wake the thread that these are the frames of."""
    for frame in frames:
        values = dict(frame.f_locals)
        for sock in sockets_in(list(values.values())):
            shut(sock)
        if not f"{frame.f_globals.get('__name__', '')}.".startswith(OURS):
            if frame.f_code.co_filename.startswith(LIBRARY):
                # The library's other locks are everybody's.
                values = {name: values.get(name) for name in ("waiter", "work_queue")}
            else:
                names = set(frame.f_code.co_names) & frame.f_globals.keys()
                values |= {name: frame.f_globals[name] for name in names}
            for value in within(list(values.values())):
                _give_way(value)


def _give_way(value: Any) -> None:
    with suppress(Exception):
        if isinstance(value, _thread.LockType):
            value.release()  # an error unless it is held
        elif isinstance(value, _thread.RLock):
            value._release_save()  # type: ignore[attr-defined]  # what Condition.wait does; release asks who holds it
        elif isinstance(value, queue.SimpleQueue):
            value.put(None)


def shut(sock: socket.socket) -> None:
    """End what goes on over a socket, and whoever waits for it waits no longer."""
    with suppress(OSError):
        SOCKET.shutdown(sock, socket.SHUT_RDWR)


def sockets_in(value: Any, depth: int = 3) -> list[socket.socket]:
    """The sockets that a value is, or holds."""
    return [found for found in within(value, depth) if isinstance(found, SOCKET)]


def within(value: Any, depth: int = 3) -> Iterator[Any]:
    """A value and what it holds: in lists and tuples, and in attributes. No more than LOOKS.

    What a student's code has collected may be of any size, and its objects may object to the look.
    """
    waiting: deque[tuple[Any, int]] = deque([(value, depth)])
    for _ in range(LOOKS):
        if not waiting:
            return
        value, depth = waiting.popleft()
        yield value
        if depth and not isinstance(value, SOCKET | ModuleType | FunctionType | type):
            with suppress(Exception):
                inner: Iterable[Any]
                if issubclass(type(value), tuple):  # a namedtuple, too; its methods are not asked
                    inner = tuple.__iter__(value)
                elif issubclass(type(value), list):
                    inner = list.__iter__(value)
                else:
                    inner = tuple(vars(value).values())
                waiting.extend((item, depth - 1) for item in islice(inner, WIDTH))
