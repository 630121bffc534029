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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import psutil

from .listeners import tell

__all__ = ["Change", "Look", "Socket", "Sockets"]

Address = tuple[str, int]
Key = tuple[Address, Address | None]
Owner = Literal["yours", "lab", "kernel", "other"]
OWN = ("yours", "lab")  # this process has them


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
        return dict(Counter(one.state for one in self.sockets))


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
        found, _ = connections(lab_ports())
        self._notebook = of_the_notebook(found, lab_ports())
        self._older = {one.key for one in found if one.owner == "kernel"}
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

    def subscribe(self, listener: Callable[[Look], None]) -> None:
        """Call `listener` with each look that is kept, on the thread that looked."""
        self._listeners.append(listener)

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
        tell(self._listeners, look)
        return look

    def _sockets(self) -> tuple[tuple[Socket, ...], int, bool]:
        """What belongs here, how many sockets of the notebook there are, and if that is all."""
        lab = self._lab_ports()
        found, complete = connections(lab)
        own = [one for one in found if one.owner in OWN]
        ours = [one for one in own if not {one.key, (one.local, None)} & self._notebook]
        self._ports |= {one.local[1] for one in ours if one.state == psutil.CONN_LISTEN} | set(lab)
        ends = {one.key for one in ours} | set(self._order)
        others = [one for one in found if one.remote and one.owner not in OWN]
        shown = [*ours, *(one for one in others if self._concerns_us(one, ends))]
        for one in shown:
            self._order.setdefault(one.key, len(self._order))
        shown.sort(key=lambda one: (one.owner == "lab" and not one.remote, self._order[one.key]))
        return tuple(shown), len(own) - len(ours), complete

    def _concerns_us(self, one: Socket, ends: set[Key]) -> bool:
        """Whether what this process does not have is the other end, or what was left of one."""
        local, remote = one.key
        if one.owner == "kernel" and one.key in self._older:
            return False
        if one.key in ends or (remote, local) in ends:
            return True
        ends_here = [local]
        if remote is not None and (remote[0].startswith("127.") or remote[0] == "::1"):
            ends_here.append(remote)
        return any(port in self._ports for _, port in ends_here)

    def __repr__(self) -> str:
        return f"<Sockets: {len(self._history)} looks>"


def connections(lab: Mapping[int, int]) -> tuple[list[Socket], bool]:
    """Every TCP socket of this machine, and True; those of this process alone, and False."""
    here = os.getpid()
    found: list[Any]
    try:
        found, complete = psutil.net_connections(kind="tcp"), True
    except psutil.AccessDenied:  # macOS
        found, complete = psutil.Process().net_connections(kind="tcp"), False
    sockets = []
    for c in found:
        # On Windows a socket that is bound alone has no address.
        local = (c.laddr[0], c.laddr[1]) if c.laddr else ("", 0)
        remote = (c.raddr[0], c.raddr[1]) if c.raddr else None
        pid = getattr(c, "pid", here)  # those of one process do not say whose they are
        owner: Owner = "lab" if local[1] in lab else "yours"
        if pid != here:
            owner = "kernel" if pid is None else "other"
        port = lab.get(local[1]) or (lab.get(remote[1]) if remote else None)
        sockets.append(Socket(local, remote, c.status, owner, port))
    return sockets, complete


def of_the_notebook(found: Iterable[Socket], lab: Mapping[int, int]) -> set[Key]:
    """The sockets of this process that are there already and are no reader's, nor the lab's.

    ZeroMQ's are no Python objects. An event loop's own pair, which is TCP on Windows, is one
    that has both ends in this process and was accepted by nobody who listens.
    """
    own = {one.key: one for one in found if one.owner in OWN}
    ports = {one.local[1] for one in own.values() if one.state == psutil.CONN_LISTEN} | set(lab)
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
