"""What was said: every octet of every session, each way, in order.

A transcript only grows. The provider's thread appends to it, any other thread may read it
at any time: what is read is a snapshot, so nothing that was seen can change.

An event is one segment as the provider read or wrote it. Lines are made from events when
somebody asks for them; where a line ends is not where a segment ends.
"""

import base64
import json
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, overload

__all__ = ["Cutter", "Event", "Line", "Session", "Transcript"]

Sender = Literal["C", "S"]
Kind = Literal["command", "reply", "auth", "data"]


@dataclass(frozen=True, slots=True)
class Event:
    """One segment: `data` (octets) said by `sender`, `time` seconds after its session began."""

    time: float
    sender: Sender
    data: bytes
    tls: bool
    session: int
    port: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a session.

    `text` is for reading: without CRLF, with every octet that cannot be shown as \\xNN.
    `data` is the octets, with their CRLF. `kind` says what the line is: a "command", a
    "reply", an answer in an "auth" exchange, or the "data" of a message with its last dot.
    """

    time: float
    sender: Sender
    data: bytes
    tls: bool
    kind: Kind

    @property
    def text(self) -> str:
        return printable(self.data.removesuffix(b"\n").removesuffix(b"\r"))

    def __str__(self) -> str:
        return f"{self.sender}: {self.text}"


def printable(data: bytes) -> str:
    """Octets as text on one line: UTF-8 if all of it is, \\xNN for what cannot be shown."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:  # GBK, say, of which some octets would pass for UTF-8
        text = data.decode("ascii", errors="surrogateescape")
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    octets = character.encode("utf-8", errors="surrogateescape")
    return "".join(f"\\x{octet:02x}" for octet in octets)


class Session:
    """One connection to the provider, from its first octet to its last.

    `number` counts from 1 in its transcript; `port` is the well-known port it stands for
    (25, 465 or 587); `started` is the time of day in seconds since the epoch; `ended` is
    who closed the connection, "C" or "S", or None while it is open.
    """

    def __init__(
        self,
        number: int,
        port: int,
        started: float,
        tell: "Callable[[], Callable[[Session], None] | None] | None" = None,
    ) -> None:
        self.number = number
        self.port = port
        self.started = started
        self._ended: Sender | None = None
        self._events: list[Event] = []
        self._tell = tell  # a weak reference to what is told of the end

    @property
    def ended(self) -> Sender | None:
        return self._ended

    @ended.setter
    def ended(self, by: Sender | None) -> None:
        self._ended = by
        if self._tell is not None and (tell := self._tell()):
            tell(self)

    @property
    def events(self) -> tuple[Event, ...]:
        """All that was said until now, in order."""
        return tuple(self._events)

    def lines(self) -> list[Line]:
        """The same, line by line; a line that was cut short by the end has no CRLF."""
        cutter = Cutter()
        lines = [line for event in self.events for line in cutter.feed(event)]
        return [*lines, *cutter.unfinished()]

    def replay(self, speed: float = 1.0) -> Iterator[Event]:
        """Yield each event after the pause that came before it, `speed` times as fast."""
        if speed <= 0:
            raise ValueError(f"speed is a factor greater than 0, not {speed!r}")
        clock = 0.0
        for event in self.events:
            time.sleep(max(0.0, event.time - clock) / speed)
            clock = event.time
            yield event

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the text of this session to a file (UTF-8) and return its path."""
        target = Path(path)
        target.write_text(f"{self}\n", encoding="utf-8")
        return target

    def __str__(self) -> str:
        return "\n".join(str(line) for line in self.lines())

    def __repr__(self) -> str:
        return f"<Session {self.number}: port {self.port}, {len(self._events)} events>"


class Cutter:
    """Cuts the events of one session into lines as they come.

    It tells commands from content as a server would.
    """

    def __init__(self) -> None:
        self._pending: dict[Sender, list[tuple[Event, bytes]]] = {"C": [], "S": []}
        self._state = "commands"

    def feed(self, event: Event) -> Iterator[Line]:
        """The lines that end in this event."""
        # bytes.splitlines would end a line at a bare CR too.
        for piece in re.findall(rb"[^\n]*\n|[^\n]+", event.data):
            pieces = self._pending[event.sender]
            pieces.append((event, piece))
            if piece.endswith(b"\n"):
                line, self._state = _line(pieces, self._state)
                pieces.clear()
                yield line

    def unfinished(self) -> Iterator[Line]:
        """What has come since, without the end of its line."""
        begun = filter(None, self._pending.values())
        for pieces in sorted(begun, key=lambda pieces: pieces[0][0].time):
            yield _line(pieces, self._state)[0]


def _line(pieces: list[tuple[Event, bytes]], state: str) -> tuple[Line, str]:
    """Make one line of its pieces, and return the state that the next line meets."""
    data = b"".join(piece for _, piece in pieces)
    first = pieces[0][0]
    kind: Kind = "reply" if first.sender == "S" else "command"
    if first.sender == "S":
        if data.startswith(b"354"):
            state = "data"
        elif state == "auth" and not data.startswith(b"334"):
            state = "commands"
    elif state in ("data", "data within a line"):
        # RFC 5321, section 4.1.1.4: CRLF . CRLF and nothing else ends a message; behind a bare
        # LF we are still within a line.
        kind = "data"
        if data == b".\r\n" and state == "data":
            state = "commands"
        else:
            state = "data" if data.endswith(b"\r\n") else "data within a line"
    elif state == "auth" or data[:5].upper() == b"AUTH ":
        kind, state = "auth", "auth"
    return Line(first.time, first.sender, data, first.tls, kind), state


class Transcript:
    """All sessions with one provider, newest last. Safe to read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: list[Session] = []
        self._listeners: list[Callable[[Event], None]] = []
        self._at_end: list[Callable[[Session], None]] = []

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions until now, newest last."""
        return tuple(self._sessions)

    def open(self, port: int) -> Session:
        """Begin a session; for the provider."""
        with self._lock:
            tell = weakref.WeakMethod(self._ended)
            session = Session(len(self._sessions) + 1, port, time.time(), tell)
            self._sessions.append(session)
        return session

    def append(self, event: Event) -> None:
        """Add one event to the session that it names; for the provider."""
        with self._lock:
            self._sessions[event.session - 1]._events.append(event)
            listeners = tuple(self._listeners)
        for listener in listeners:
            # What a view gets wrong must not end a client's connection.
            with suppress(Exception):
                listener(event)

    def _ended(self, session: Session) -> None:
        with self._lock:
            listeners = tuple(self._at_end)
        for listener in listeners:
            with suppress(Exception):
                listener(session)

    def subscribe(
        self,
        listener: Callable[[Event], None],
        ended: Callable[[Session], None] | None = None,
    ) -> Callable[[], None]:
        """Call `listener` with each event from now on, on the thread that adds it.

        `ended` is called with a session when somebody has closed its connection. What they
        raise is ignored. Return a function that ends this; calling it twice does no harm.
        """
        with self._lock:
            self._listeners.append(listener)
            if ended is not None:
                self._at_end.append(ended)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                if ended in self._at_end:
                    self._at_end.remove(ended)

        return unsubscribe

    def save(self, path: str | PathLike[str]) -> Path:
        """Write every event to a file, one JSON object a line, and return its path."""
        target = Path(path)
        rows: list[dict[str, object]] = []
        for session in self.sessions:
            rows.append({"session": session.number, "port": session.port,
                         "started": session.started, "ended": session.ended})  # fmt: skip
            rows.extend(
                {"session": event.session, "time": event.time, "sender": event.sender,
                 "tls": event.tls, "data": base64.b64encode(event.data).decode("ascii")}
                for event in session.events
            )  # fmt: skip
        target.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return target

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Transcript":
        """Read a transcript that `save` wrote. Raise ValueError for another file."""
        transcript = cls()
        for number, text in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(text)
                if "started" in row:
                    session = Session(row["session"], row["port"], row["started"])
                    session.ended = row["ended"]
                    transcript._sessions.append(session)
                else:
                    data = base64.b64decode(row["data"], validate=True)
                    session = transcript._sessions[row["session"] - 1]
                    session._events.append(
                        Event(row["time"], row["sender"], data, row["tls"],
                              session.number, session.port)
                    )  # fmt: skip
            except (ValueError, KeyError, IndexError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: not a saved transcript") from error
        return transcript

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(self.sessions)

    @overload
    def __getitem__(self, index: int) -> Session: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Session, ...]: ...
    def __getitem__(self, index: int | slice) -> Session | tuple[Session, ...]:
        return self.sessions[index]

    def __str__(self) -> str:
        return "\n\n".join(
            f"session {session.number}, port {session.port}\n{session}" for session in self
        )

    def __repr__(self) -> str:
        return f"<Transcript: {len(self)} sessions>"
