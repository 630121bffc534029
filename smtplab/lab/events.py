"""What happens in a session: something is said, or TLS shakes hands."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Event", "Handshake", "Sender"]

Sender = Literal["C", "S"]


@dataclass(frozen=True, slots=True)
class Event:
    """One segment: `data` (octets) said by `sender`, `time` seconds after its session began.

    One without octets is what the provider noticed there: `note` is its kind, and, behind a colon
    and a blank, what it is about. `ahead` is true of what the client said before anything new had
    reached it since it spoke last; only a link can tell.

    The clock is the provider's: when octets came to it, and when its own left.
    """

    time: float
    sender: Sender
    data: bytes
    tls: bool
    session: int
    port: int
    note: str = ""
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Handshake:
    """TLS's handshake, by the provider's clock in seconds.

    `turns` has a pair for each round trip that it took: when the client's words were there, and
    when the answer had left. `ended` is when the provider had all that it waited for.
    """

    turns: tuple[tuple[float, float], ...]
    ended: float
