"""The TCP sockets of this process, as the kernel has them, and how their states change.

Theory of operation. `Sockets` asks the kernel (through psutil) whenever somebody looks: `now`
looks, `note` looks and says why. A look that shows a change, or that has a note, is kept; what
is kept never changes. A state that comes and goes between two looks is not seen: on loopback a
handshake takes microseconds. So a program that wants each step notes each step.

What belongs here: the sockets of this process; the other end of each, whoever has it; and what
the kernel keeps after both have closed. What does not: the sockets through which a notebook
talks to its front end. They are no Python objects, and so they can be told from a reader's when
the watch begins. What listens then for the front end keeps being left out, with all that it
accepts later.
"""

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import psutil

__all__ = ["Change", "Look", "Socket", "Sockets"]

Address = tuple[str, int]
Key = tuple[Address, Address | None]
Owner = Literal["yours", "lab", "kernel", "other"]


@dataclass(frozen=True, slots=True)
class Socket:
    """One end of a connection, or a socket that listens.

    `local` and `remote` are (address, port); a socket that listens has no remote. `state` is as
    the system names it: "LISTEN", "ESTABLISHED", "TIME_WAIT", ... `owner` is "yours" (code of
    this process), "lab" (the provider, in this process too), "kernel" (no process: not accepted
    yet, or closed already) or "other" (another process). `port` is the well-known port of the
    lab (25, 465 or 587) that one of the two ends stands for, or None.
    """

    local: Address
    remote: Address | None
    state: str
    owner: Owner
    port: int | None

    @property
    def key(self) -> Key:
        return (self.local, self.remote)


class Change(NamedTuple):
    """What became of one socket: `before` is None when it is new, `after` when it is gone."""

    before: Socket | None
    after: Socket | None


@dataclass(frozen=True)
class Look:
    """All sockets at one moment, `time` seconds after the watch began, and what had changed.

    `number` counts the looks that were kept, from 1. `left_out` counts the sockets of the
    notebook itself. `complete` is False where the system shows the sockets of this process
    alone (macOS): what the kernel keeps by itself is then not in sight.
    """

    number: int
    time: float
    note: str
    sockets: tuple[Socket, ...]
    changes: tuple[Change, ...]
    left_out: int
    complete: bool

    @property
    def states(self) -> dict[str, int]:
        """How many sockets are in each state."""
        counts: dict[str, int] = {}
        for one in self.sockets:
            counts[one.state] = counts.get(one.state, 0) + 1
        return counts


class Sockets:
    """A watch over the TCP sockets of this process. Made by `lab.sockets()`; for any thread.

    `lab_ports` says which ports are the lab's, and which well-known port each stands for.
    """

    def __init__(self, lab_ports: Callable[[], Mapping[int, int]] = dict) -> None:
        self._lab_ports = lab_ports
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._history: list[Look] = []
        self._listeners: list[Callable[[Look], None]] = []
        self._order: dict[Key, int] = {}  # when each was seen first
        self._ports: set[int] = set()  # on which this process has listened
        found, _ = connections()
        self._notebook = of_the_notebook(found, self._lab_ports())
        self._older = {key(c) for c in found if c.pid is None}
        self.now()

    @property
    def history(self) -> tuple[Look, ...]:
        """The looks that were kept until now: the first one, each change, each note."""
        return tuple(self._history)

    def now(self) -> Look:
        """Look. What differs from the look before is kept in the history."""
        return self._look("", keep=False)

    def note(self, words: str) -> Look:
        """Look, and keep it with a few words that say what has been done."""
        return self._look(str(words), keep=True)

    def subscribe(self, listener: Callable[[Look], None]) -> Callable[[], None]:
        """Call `listener` with each look that is kept, on the thread that looked.

        Return a function that ends this; calling it twice does no harm.
        """
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock, suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    def _look(self, note: str, *, keep: bool) -> Look:
        with self._lock:
            last = self._history[-1] if self._history else None
            sockets, left_out, complete = self._sockets()
            changes = tuple(differences(last.sockets, sockets)) if last else ()
            kept = keep or bool(changes) or last is None
            number = len(self._history) + (1 if kept else 0)
            seconds = time.monotonic() - self._began
            look = Look(number, seconds, note, sockets, changes, left_out, complete)
            if not kept:
                return look
            self._history.append(look)
            listeners = tuple(self._listeners)
        for listener in listeners:
            # What a view gets wrong must not end the program that is watched.
            with suppress(Exception):
                listener(look)
        return look

    def _sockets(self) -> tuple[tuple[Socket, ...], int, bool]:
        """What belongs here, how many sockets of the notebook there are, and if that is all."""
        found, complete = connections()
        lab = self._lab_ports()
        here = os.getpid()
        own = [c for c in found if c.pid == here]
        ours = [c for c in own if not self._is_notebooks(c)]
        self._ports |= {c.laddr[1] for c in ours if c.status == psutil.CONN_LISTEN} | set(lab)
        ends = {key(c) for c in ours} | set(self._order)
        rest = [c for c in found if c.pid != here and c.raddr and self._concerns_us(c, ends)]
        for c in (*ours, *rest):
            self._order.setdefault(key(c), len(self._order))
        made = [self._socket(c, here, lab) for c in (*ours, *rest)]
        made.sort(key=lambda one: (one.owner == "lab" and not one.remote, self._order[one.key]))
        return tuple(made), len(own) - len(ours), complete

    def _is_notebooks(self, c: Any) -> bool:
        return key(c) in self._notebook or (tuple(c.laddr), None) in self._notebook

    def _concerns_us(self, c: Any, ends: set[Key]) -> bool:
        """Whether what this process does not have is the other end, or what was left of one."""
        if c.pid is None and key(c) in self._older:
            return False
        local, remote = key(c)
        if (local, remote) in ends or (remote, local) in ends:
            return True
        loopback = remote is not None and (remote[0].startswith("127.") or remote[0] == "::1")
        return local[1] in self._ports or (
            loopback and remote is not None and remote[1] in self._ports
        )

    @staticmethod
    def _socket(c: Any, here: int, lab: Mapping[int, int]) -> Socket:
        local, remote = key(c)
        owner: Owner = "yours"
        if c.pid is None:
            owner = "kernel"
        elif c.pid != here:
            owner = "other"
        elif local[1] in lab:
            owner = "lab"
        port = lab.get(local[1]) or (lab.get(remote[1]) if remote else None)
        return Socket(local, remote, c.status, owner, port)

    def __repr__(self) -> str:
        return f"<Sockets: {len(self._history)} looks>"


class Connection(NamedTuple):
    """What psutil says of a socket of this process, as it says it of any process."""

    laddr: Any
    raddr: Any
    status: str
    pid: int


def connections() -> tuple[list[Any], bool]:
    """Every TCP socket of this machine, and True; those of this process alone, and False."""
    try:
        return list(psutil.net_connections(kind="tcp")), True
    except psutil.AccessDenied:  # macOS
        own = psutil.Process().net_connections(kind="tcp")
        return [Connection(c.laddr, c.raddr, c.status, os.getpid()) for c in own], False


def key(c: Any) -> Key:
    """The two ends of a connection. On Windows a socket that is bound alone has no address."""
    local = (c.laddr[0], c.laddr[1]) if c.laddr else ("", 0)
    return local, (c.raddr[0], c.raddr[1]) if c.raddr else None


def of_the_notebook(found: Iterable[Any], lab: Mapping[int, int]) -> set[Key]:
    """The sockets of this process that are there already and are no reader's, nor the lab's.

    ZeroMQ's are no Python objects. An event loop's own pair, which is TCP on Windows, is one
    that has both ends in this process and was accepted by nobody who listens.
    """
    own = {key(c): c for c in found if c.pid == os.getpid()}
    ports = {c.laddr[1] for c in own.values() if c.status == psutil.CONN_LISTEN} | set(lab)
    python = set(python_sockets())
    notebook = set()
    for local, remote in own:
        numbers = {local[1], remote[1]} if remote else {local[1]}
        pair = remote is not None and (remote, local) in own
        if not numbers & set(lab) and (local not in python or (pair and not numbers & ports)):
            notebook.add((local, remote))
    return notebook


def python_sockets() -> Iterable[Address]:
    """The local address of every open socket that Python has."""
    for thing in gc.get_objects():
        # Not isinstance: that asks the object itself, and some objects answer anything.
        if issubclass(type(thing), socket.socket):
            with suppress(OSError):
                name = thing.getsockname()
                if isinstance(name, tuple):
                    yield (name[0], name[1])


def differences(before: Iterable[Socket], after: Iterable[Socket]) -> Iterable[Change]:
    """What has become of each socket between two looks: its state, or whose it is."""
    was, now = ({one.key: one for one in sockets} for sockets in (before, after))
    yield from (Change(was.get(k), one) for k, one in now.items() if was.get(k) != one)
    yield from (Change(one, None) for k, one in was.items() if k not in now)
