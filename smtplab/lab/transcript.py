"""What was said: every octet of every session, each way, in order.

A transcript only grows. The provider's thread appends to it, any other thread may read it
at any time: what is read is a snapshot, so nothing that was seen can change.

An event is one segment as the provider read or wrote it. Lines are made from events when
somebody asks for them; where a line ends is not where a segment ends.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, overload

from .events import Event, Handshake, Sender
from .link import Link
from .listeners import tell
from .round_trips import RoundTrips

__all__ = ["Line", "LineSplitter", "Session", "Transcript", "cut", "text_of"]

Kind = Literal["command", "reply", "auth", "data", "tls", "note"]

# RFC 8446, section 5.1: the head of a TLS record, and that of one which belongs to a handshake.
RECORD = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")
HANDSHAKE = re.compile(rb"\x16\x03[\x00-\x04]")

# Up to the first line without a code and a hyphen: RFC 5321, section 4.2.1.
WHOLE_REPLY = re.compile(rb"(?:[2-5]\d\d-[^\n]*\n)*+[^\n]*\n")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a session.

    `text` is for reading: without CRLF, with every octet that cannot be shown as \\xNN; a CR or
    an LF by itself is shown as \\r or \\n. `data` is the octets, with their CRLF. `kind` says
    what the line is: a "command", a "reply", an answer in an "auth" exchange, or the "data" of
    a message with its last dot; `ends_message` is true for that dot. What is said in the clear
    in records of TLS is one line of kind "tls", however many it is. A "note" has no octets.
    """

    time: float
    sender: Sender
    data: bytes
    tls: bool
    kind: Kind
    ends_message: bool = False
    note: str = ""

    @property
    def text(self) -> str:
        if self.kind == "tls":
            return f"<TLS {self.record}, {len(self.data):,} octets>"
        return text_of(self.data)

    @property
    def record(self) -> Literal["handshake", "record"]:
        """What the records of TLS in a line of that kind are: those of a handshake, or others."""
        return "handshake" if HANDSHAKE.match(self.data) else "record"

    @property
    def bare(self) -> Literal["", "CR", "LF"]:
        """Which of the two stands by itself in this line: both belong together.

        RFC 5321, section 2.3.8. A CR at the very end may still get its LF.
        """
        if self.kind == "tls":
            return ""
        inside = self.data.removesuffix(b"\r\n")
        if inside.endswith(b"\n"):
            return "LF"
        return "CR" if re.search(rb"\r(?!\n|\Z)", self.data) else ""

    @property
    def words(self) -> str:
        """The text without its line end, whichever it is: what a server makes of the line."""
        return printable(self.data.removesuffix(b"\n").removesuffix(b"\r"))

    def __str__(self) -> str:
        return f"--- {self.note} ---" if self.note else f"{self.sender}: {self.text}"


def cut(data: bytes) -> list[bytes]:
    """Octets as lines, each with its LF, as the lab reads them; the last one may have none."""
    # bytes.splitlines would end a line at a bare CR too.
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def text_of(line: bytes) -> str:
    """One line to be read: CRLF, the ordinary end, is left out, and nothing else is."""
    return printable(line.removesuffix(b"\r\n"))


def printable(data: bytes) -> str:
    """Octets as text on one line: UTF-8 if all of it is, and \\r, \\n or \\xNN for the unseen."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:  # GBK, say, of which some octets would pass for UTF-8
        text = data.decode("ascii", errors="surrogateescape")
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    if character in "\r\n":
        return repr(character)[1:-1]
    octets = character.encode("utf-8", errors="surrogateescape")
    return "".join(f"\\x{octet:02x}" for octet in octets)


NEAR = Link()
SHORT = 300  # octets: segments so short are said again and again, the reply to EHLO too
LONG = 2**16  # octets: a segment so long fills its buffer well


@lru_cache(100)
def _once(data: bytes) -> bytes:
    """The same octets, kept once however often they are said."""
    return data


class Shown:
    """Has a dict, where a view keeps its model; it is made when the first one is shown."""


@dataclass(eq=False, repr=False, slots=True)
class Session(Shown):
    """One connection to the provider, from its first octet to its last.

    `number` counts from 1 in its transcript; `port` is the well-known port it stands for
    (25, 465 or 587); `ended` is who closed the connection, "C" or "S", or None while it is open.
    `link` is what it crosses; `handshake` is TLS's, once it is done.
    """

    number: int
    port: int
    ended: Sender | None = None
    link: Link = NEAR
    handshake: Handshake | None = None
    _events: list[Event] = field(default_factory=list, init=False)
    _began: float = field(default_factory=time.monotonic, init=False)

    def now(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def event(self, sender: Sender, data: bytes, tls: bool, note: str, ahead: bool) -> Event:
        """What is said now; for the provider."""
        # A copy: what asyncio hands on is the beginning of a buffer that was made for 256 KiB, and
        # what is kept of each would leave a hole in the memory.
        said = bytes(memoryview(data)) if len(data) < LONG else bytes(data)
        said = _once(said) if len(said) <= SHORT else said
        return Event(self.now(), sender, said, tls, self.number, self.port, note, ahead)

    @property
    def events(self) -> tuple[Event, ...]:
        """All that was said until now, in order."""
        return tuple(self._events)

    def lines(self) -> list[Line]:
        """The same, line by line; a line that was cut short by the end has no CRLF."""
        splitter = LineSplitter()
        lines = [line for event in self.events for line in splitter.feed(event)]
        return [*lines, *splitter.unfinished()]

    def round_trips(self) -> RoundTrips:
        """The round trips until now: how often the client had to wait for what was far away.

        They are counted from who spoke after whom, never from times.
        """
        return RoundTrips(self.events, self.link, self.handshake)

    def __str__(self) -> str:
        return "\n".join(str(line) for line in self.lines())

    def __repr__(self) -> str:
        return f"<Session {self.number}: port {self.port}, {len(self._events)} events>"


class LineSplitter:
    """Cuts the events of one session into lines as they come.

    It tells commands from content as a server would.
    """

    def __init__(self) -> None:
        self._pending: dict[Sender, list[tuple[Event, bytes]]] = {"C": [], "S": []}
        self._state = "commands"
        self._in_records: set[Sender] = set()  # who speaks TLS where it has not begun

    def feed(self, event: Event) -> Iterator[Line]:
        """The lines that end in this event."""
        if event.note:
            yield Line(event.time, event.sender, b"", event.tls, "note", note=event.note)
            return
        if not event.tls and RECORD.match(event.data) and not self._pending[event.sender]:
            self._in_records.add(event.sender)
        if event.sender in self._in_records and not event.tls:
            yield Line(event.time, event.sender, event.data, False, "tls")
            return
        for piece in cut(event.data):
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
    ends_message = False
    if first.sender == "S":
        if data.startswith(b"354"):
            state = "data"
        elif state == "auth" and not data.startswith(b"334"):
            state = "commands"
    elif state in ("data", "data within a line"):
        # RFC 5321, section 4.1.1.4: CRLF . CRLF and nothing else ends a message; behind a bare
        # LF we are still within a line.
        kind = "data"
        ends_message = data == b".\r\n" and state == "data"
        if ends_message:
            state = "commands"
        else:
            state = "data" if data.endswith(b"\r\n") else "data within a line"
    elif state == "auth" or data[:5].upper() == b"AUTH ":
        kind, state = "auth", "auth"
    return Line(first.time, first.sender, data, first.tls, kind, ends_message), state


class Transcript:
    """All sessions with one provider, newest last. Safe to read from any thread."""

    def __init__(self) -> None:
        self._sessions: list[Session] = []
        self._listeners: list[Callable[[Event], None]] = []
        self._at_end: list[Callable[[Session], None]] = []

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions until now, newest last."""
        return tuple(self._sessions)

    def open(self, port: int, link: Link = NEAR) -> Session:
        """Begin a session; for the provider."""
        session = Session(len(self._sessions) + 1, port, link=link)
        self._sessions.append(session)
        return session

    def append(self, event: Event) -> None:
        """Add one event to the session that it names; for the provider."""
        self._sessions[event.session - 1]._events.append(event)
        tell(self._listeners, event)

    def end(self, session: Session, by: Sender) -> None:
        """End a session, if it has not ended yet; for the provider."""
        if session.ended is None:
            session.ended = by
            tell(self._at_end, session)

    def subscribe(
        self,
        listener: Callable[[Event], None],
        ended: Callable[[Session], None] | None = None,
    ) -> None:
        """Call `listener` with each event from now on, on the thread that adds it.

        `ended` is called with a session when somebody has closed its connection. What they
        raise is ignored.
        """
        self._listeners.append(listener)
        if ended is not None:
            self._at_end.append(ended)

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
