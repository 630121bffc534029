"""Round trips: how often a client has to wait until something comes back, and where time goes.

How they are counted. TCP's handshake is one: every connection has had it. TLS's handshake has as
many as the client waited for (one in TLS 1.3, two in a whole one of 1.2). The greeting is one. Then
each time that the client speaks and hears an answer is one, however much it says at once: a
pipelined group is one. What was never answered is none. Over a link it counts what the client knew
when it spoke; without one, who spoke after whom at the provider.

Whose clock. Their times are the client's, in seconds since it began to connect. The provider saw
octets come and go; how long they were on the way is the link's to say. Without a link they take
no time, and the clock is the provider's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

from .events import Event, Handshake, Sender
from .link import Link

__all__ = ["RoundTrip", "RoundTrips"]

Kind = Literal["tcp", "tls", "greeting", "command", "message"]
Times = tuple[float, float, float, float]  # of a round trip: four of its fields


@dataclass(frozen=True, slots=True, repr=False)
class RoundTrip:
    """One time that the client waits until something comes back.

    `kind` says what for. `sent` and `came` are octets above TLS, with CRLF: nothing for a
    handshake, and a greeting comes unasked. The client spoke from `began` on; all of it was there
    at `arrived`; the last of the answer left at `answered`, and was there at `ended`. `client` is
    how long the client took before it spoke: the server waited for that.
    """

    number: int
    kind: Kind
    sent: bytes
    came: bytes
    began: float
    arrived: float
    answered: float
    ended: float
    client: float

    @property
    def said(self) -> tuple[tuple[Sender, bytes], ...]:
        return ("C", self.sent), ("S", self.came)

    @property
    def way(self) -> float:
        """Seconds on the way, there and back: both wait."""
        return (self.arrived - self.began) + (self.ended - self.answered)

    @property
    def server(self) -> float:
        """Seconds that the server took: the client waited for that."""
        return self.answered - self.arrived

    def __str__(self) -> str:
        said = [f"{who}: {_shown(octets)}" for who, octets in self.said if octets]
        words = "  ".join(said) or self.kind.upper()
        return f"{self.number:3}  {self.began:8.3f}  {self.ended:8.3f}  {words}"

    __repr__ = __str__


class RoundTrips(Sequence[RoundTrip]):
    """The round trips of a session until now, in order; `session.round_trips()` makes it.

    `len` is how many.
    """

    def __init__(
        self, events: Iterable[Event], link: Link, handshake: Handshake | None = None
    ) -> None:
        self.link = link
        self._trips: list[RoundTrip] = []
        half = link.round_trip / 2
        # The provider's clock begins when the last octet of TCP's handshake has come.
        self._add("tcp", (-3 * half, -2 * half, -2 * half, -half))
        ready = 0.0
        for turn in _turns(events, handshake):
            if isinstance(turn, Handshake):
                for arrived, answered in turn.turns:
                    self._add("tls", (arrived - half, arrived, answered, answered + half))
                ready = turn.ended
            elif turn.came:
                spoke = ready - half
                if turn.sent:
                    first, ready = turn.sent[0], turn.sent[-1].time
                    spoke = first.time - half - link.sending(len(first.data))
                last = turn.came[-1]
                heard = last.time + half + link.sending(len(last.data))
                kind = self._kind()
                self._add(kind, (spoke, ready, max(ready, last.time), heard), *turn.octets)

    def _kind(self) -> Kind:
        """What the next one is, in which something is said."""
        last = self[-1]
        if last.kind in ("tcp", "tls") and not any(trip.came for trip in self):
            return "greeting"
        return "message" if _last_line(last.came).startswith(b"354") else "command"

    def _add(self, kind: Kind, times: Times, sent: bytes = b"", came: bytes = b"") -> None:
        began, arrived, answered, ended = (time + 1.5 * self.link.round_trip for time in times)
        client = max(0.0, began - self[-1].ended) if self._trips else 0.0
        said = (len(self) + 1, kind, sent, came)
        self._trips.append(RoundTrip(*said, began, arrived, answered, ended, client))

    @property
    def octets(self) -> int:
        """How many both sides have said, above TLS."""
        return sum(len(trip.sent) + len(trip.came) for trip in self)

    @property
    def seconds(self) -> float:
        """From the beginning to the last answer."""
        return self[-1].ended

    def over(self, link: Link) -> float:
        """How many seconds they would take over another link.

        A model: each takes the link's round trip, and what was said the bandwidth; neither side
        takes any time, and TLS's own octets are not counted.
        """
        return len(self) * link.round_trip + link.sending(self.octets)

    def __len__(self) -> int:
        return len(self._trips)

    @overload
    def __getitem__(self, index: int) -> RoundTrip: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RoundTrip, ...]: ...
    def __getitem__(self, index: int | slice) -> RoundTrip | tuple[RoundTrip, ...]:
        return tuple(self._trips[index]) if isinstance(index, slice) else self._trips[index]

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        return f"<RoundTrips: {len(self)}>"


@dataclass
class _Turn:
    """What the client said at once, and what came of it."""

    sent: list[Event] = field(default_factory=list)
    came: list[Event] = field(default_factory=list)

    @property
    def octets(self) -> tuple[bytes, bytes]:
        return b"".join(e.data for e in self.sent), b"".join(e.data for e in self.came)


def _turns(events: Iterable[Event], handshake: Handshake | None) -> Iterator[_Turn | Handshake]:
    """The turns of a session, and TLS's handshake where it stands among them."""
    turn = _Turn()
    for event in events:
        if not event.data:
            continue
        if handshake and event.tls:
            yield turn
            yield handshake
            turn, handshake = _Turn(), None
        if event.sender == "C" and turn.came and not event.ahead:
            yield turn
            turn = _Turn()
        (turn.sent if event.sender == "C" else turn.came).append(event)
    yield turn
    if handshake:
        yield handshake


def _last_line(octets: bytes) -> bytes:
    return octets.rstrip().rpartition(b"\n")[2]


def _shown(octets: bytes) -> str:
    """Its first line, and how many more there are."""
    first, *more = octets.decode("utf-8", "backslashreplace").removesuffix("\r\n").split("\r\n")
    return f"{ascii(first)[1:-1]} (+{len(more)})" if more else ascii(first)[1:-1]
