"""A link between a client and the provider: how far it is, how wide, and who spoke when.

What a link shows. Half of the round trip is spent on each way, so that octets which leave back to
back arrive back to back. With a bandwidth they leave one after the other, each way by itself, and
who sends more than the link takes is made to wait, once the buffers of the system are full. TLS's
handshake crosses as any octets do, and costs what it costs. TCP's handshake is the system's own:
`connect` returns at once. The link makes up for it: nothing of the client leaves before the round
trip of that handshake is over, and the provider hears of the client half a round trip later, when
the client's ACK is there. From `connect` to the greeting it is two round trips, as it is far away.

What it does not show: lost segments, and how TCP feels its way to the bandwidth (slow start, RFC
5681, section 3.1), for which a long message takes some round trips more.
"""

import math
from dataclasses import dataclass, field

from .checked import Checked

__all__ = ["Crossing", "Link"]

SEGMENT = 1460  # octets that TCP puts into one frame of Ethernet (RFC 9293, section 3.7.1)


@dataclass(frozen=True)
class Link(Checked):
    """How far away the provider is. `round_trip` is in seconds; 0 is no distance.

    `bandwidth` is in octets a second, each way; None is without limit. ValueError names what is
    neither.
    """

    round_trip: float = 0.0
    bandwidth: float | None = None

    def __bool__(self) -> bool:
        return bool(self.round_trip or self.bandwidth)

    @property
    def segment(self) -> int:
        """How many octets cross in one piece at most."""
        return max(SEGMENT, int(self.bandwidth / 100)) if self.bandwidth else 65_536

    def sending(self, octets: int) -> float:
        """Seconds that it takes to put so many octets on the link."""
        return octets / (self.bandwidth or math.inf)


@dataclass(eq=False)
class Crossing:
    """What the provider's end of a connection knows of its link.

    `turn` counts the client's turns, in the order of things at the client's end: a turn begins
    with the first octets that the client sends after something new has reached it.
    """

    link: Link = field(default_factory=Link)
    turn: int = 0
    _heard: int = 0  # the turn that was heard last; in the first one nothing had come

    def is_ahead(self) -> bool:
        """Whether what comes now is of the turn that was heard last; without a link, never."""
        is_same, self._heard = self._heard == self.turn, self.turn
        return is_same and bool(self.link)
