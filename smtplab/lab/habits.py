"""What somebody on the way to a provider does beside listening."""

from dataclasses import dataclass

from .checked import Checked
from .replies import without

__all__ = ["Habit", "Impersonate", "Inject", "Latency", "StripStarttls"]


@dataclass(frozen=True)
class Habit(Checked):
    """What somebody on the way does beside listening: for `lab.tap(port, ...)`."""

    def shape(self, reply: bytes) -> bytes:
        """What the client gets of a reply that crosses in the clear."""
        return reply


@dataclass(frozen=True)
class Latency(Habit):
    """Each segment takes so many seconds, each way: a provider that is far away.

    A round trip takes twice that. TCP's own handshake is with the tap, and takes no time.
    """

    seconds: float = 0.1


@dataclass(frozen=True)
class StripStarttls(Habit):
    """The offer of STARTTLS is struck out of the reply to EHLO.

    From a client that says STARTTLS all the same, XXXXXXXX arrives in its place.
    """

    def shape(self, reply: bytes) -> bytes:
        return without("STARTTLS", reply)


@dataclass(frozen=True)
class Inject(Habit):
    """Octets are slipped in, in the clear, right before the handshake of a STARTTLS.

    `to_client` (bytes, with CRLF) comes in one segment with the reply that says go.
    """

    to_client: bytes = b""


@dataclass(frozen=True)
class Impersonate(Habit):
    """The tap answers the client's handshake itself, and talks TLS onward to the provider.

    Between the two it reads all that is said. Its certificate bears the provider's name, but
    the tap made it; `flaw` is what is wrong with it, as in `Certificate`: "wrong-name" is
    the right certificate of another server, that of somebody who has a server too.
    """

    flaw: str = "unknown-authority"
