"""The ways in which a provider misbehaves, as real ones do, and somebody on the way to it.

A fault is a value: it says what goes wrong, at which reply, and how often. Give some to a
`Lab`, or to `lab.misbehave(...)` for a `with` block. `at` names the reply that is spoilt:
"greeting", a command ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET",
"NOOP", "QUIT"), or "message" for the reply after the lone dot; None means every reply.
`times` is how often the fault acts before the provider behaves; None means always.

Certificate, OldTls, PlainOnTls and SilentHandshake act where TLS begins: on 465 at once, on
587 and 25 after STARTTLS. Latency, StripStarttls, Inject and Impersonate are no faults of a
provider: they are the habits of a `Wiretap`, for `lab.tap(...)`.
"""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from .certificates import FLAWS

__all__ = [
    "Certificate",
    "Dribble",
    "Drop",
    "Fault",
    "Habit",
    "Impersonate",
    "Inject",
    "Join",
    "Latency",
    "LongReply",
    "NoEhlo",
    "NotUtf8",
    "OldTls",
    "PlainOnTls",
    "Reply",
    "Silence",
    "SilentHandshake",
    "Slow",
    "Split",
    "StripStarttls",
    "TlsFault",
    "Without",
]

PLACES = (
    "greeting", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "message",
    "RSET", "NOOP", "VRFY", "HELP", "QUIT",
)  # fmt: skip

# What the provider offers in its reply to EHLO.
EXTENSIONS = (
    "SIZE", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH", "PIPELINING", "ENHANCEDSTATUSCODES", "HELP",
)  # fmt: skip


def _place(at: str) -> str:
    for place in PLACES:
        if isinstance(at, str) and at.lower() == place.lower():
            return place
    raise ValueError(f"at={at!r} is no reply of a session: use one of {', '.join(PLACES)}")


def _flaw(name: str, value: str) -> None:
    if value not in FLAWS:
        raise ValueError(f"{name} is one of {', '.join(FLAWS)}, not {value!r}")


def _count(name: str, value: int) -> None:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a whole number, 1 or more, not {value!r}")


def _seconds(name: str, value: float) -> None:
    if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"{name} is a number of seconds, 0 or more, not {value!r}")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What every fault has: where it acts, and how many times."""

    at: str | None = None
    times: int | None = None

    # Whether it changes how a reply is sent (True) or what happens at a command (False).
    shapes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.at is not None:
            object.__setattr__(self, "at", _place(self.at))
        if self.times is not None:
            _count("times", self.times)


@dataclass(frozen=True)
class Dribble(Fault):
    """Replies leave in pieces of so many octets, one segment each."""

    octets: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        _count("octets", self.octets)


@dataclass(frozen=True)
class Split(Fault):
    """A reply leaves in two segments, cut after so many octets."""

    octets: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        _count("octets", self.octets)


@dataclass(frozen=True)
class Join(Fault):
    """A reply is held back, and leaves with the next one in the same segment.

    A client that sends command after command (RFC 2920) gets both at once; one that waits
    for each reply gets it alone, after `patience` seconds. A reply after which nothing can
    come on this connection (to STARTTLS, to QUIT) is not held back.
    """

    patience: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        _seconds("patience", self.patience)


@dataclass(frozen=True)
class Slow(Fault):
    """A reply comes after so many seconds."""

    seconds: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _seconds("seconds", self.seconds)


@dataclass(frozen=True)
class Silence(Fault):
    """The reply never comes; the connection stays open."""

    shapes: ClassVar[bool] = False


@dataclass(frozen=True)
class Reply(Fault):
    """Another reply than the command has earned, and the command is not carried out.

    `code` is the reply code, 200 to 599; `text` what follows it (str), with its own enhanced
    status code if it is to have one. With `close` the provider then closes the connection;
    left out, it does so for 421 alone (RFC 5321, section 3.8).
    """

    code: int
    text: str | None = None
    at: str | None = field(default="RCPT", kw_only=True)
    close: bool | None = field(default=None, kw_only=True)

    shapes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.code, int) or not 200 <= self.code <= 599:
            raise ValueError(f"a reply code is a number from 200 to 599, not {self.code!r}")
        if self.at is None:
            raise ValueError("Reply wants to know at which command: at='RCPT', say")
        text = self.text
        if text is not None and (not isinstance(text, str) or "\r" in text or "\n" in text):
            raise ValueError(f"the text of a Reply is one line of str, not {text!r}")

    @property
    def closes(self) -> bool:
        return self.code == 421 if self.close is None else self.close


@dataclass(frozen=True)
class Drop(Fault):
    """The connection is closed in place of the reply.

    With `octets` and at="DATA": after so many octets of the message have come. With
    `delivered` and at="message": the message is kept all the same, and its sender never
    hears of it.
    """

    at: str | None = field(default="DATA", kw_only=True)
    octets: int | None = field(default=None, kw_only=True)
    delivered: bool = field(default=False, kw_only=True)

    shapes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.octets is not None:
            _count("octets", self.octets)
            if self.at != "DATA":
                raise ValueError('octets counts the message\'s own: it goes with at="DATA"')
        if self.delivered and self.at != "message":
            raise ValueError('delivered goes with at="message"')


@dataclass(frozen=True)
class NoEhlo(Fault):
    """EHLO is refused with 502, as by a server from before 1995; HELO is taken."""

    at: str | None = field(default="EHLO", init=False)

    shapes: ClassVar[bool] = False


@dataclass(frozen=True)
class LongReply(Fault):
    """A reply of so many lines more, each in a segment of its own (RFC 5321, section 4.2.1)."""

    lines: int = 100
    at: str | None = field(default="EHLO", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        _count("lines", self.lines)


@dataclass(frozen=True)
class NotUtf8(Fault):
    """A reply whose first line is Chinese in GBK: octets that are not UTF-8."""

    at: str | None = field(default="greeting", kw_only=True)


@dataclass(frozen=True)
class Without(Fault):
    """An extension is neither offered nor known: Without("SMTPUTF8"), say.

    Its command is then refused with 502, its parameter of MAIL with 555.
    """

    keyword: str
    at: str | None = field(default="EHLO", init=False)
    times: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.keyword not in EXTENSIONS:
            known = ", ".join(EXTENSIONS)
            raise ValueError(
                f"keyword={self.keyword!r} is nothing that is offered: use one of {known}"
            )


# Where TLS begins


@dataclass(frozen=True, kw_only=True)
class TlsFault(Fault):
    """What goes wrong where TLS begins; `times` counts the handshakes that it spoils."""

    at: str | None = field(default="handshake", init=False)

    shapes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.times is not None:
            _count("times", self.times)


@dataclass(frozen=True)
class Certificate(TlsFault):
    """The provider shows a certificate that a careful client does not take.

    flaw is "expired", "wrong-name", "self-signed" or "unknown-authority".
    """

    flaw: str = "expired"

    def __post_init__(self) -> None:
        super().__post_init__()
        _flaw("flaw", self.flaw)


@dataclass(frozen=True)
class OldTls(TlsFault):
    """The provider speaks TLS 1.0 and 1.1 alone, which nobody should any more (RFC 8996)."""


@dataclass(frozen=True)
class PlainOnTls(TlsFault):
    """The provider goes on in the clear where TLS should begin, and takes no TLS."""


@dataclass(frozen=True)
class SilentHandshake(TlsFault):
    """The provider takes what the client says to begin TLS, and never answers."""


# Somebody on the way


@dataclass(frozen=True)
class Habit:
    """What somebody on the way does beside listening: for `lab.tap(port, ...)`."""

    # Whether it acts at STARTTLS alone, and so never on 465.
    needs_starttls: ClassVar[bool] = False


@dataclass(frozen=True)
class Latency(Habit):
    """Each segment takes so many seconds, each way: a provider that is far away.

    A round trip takes twice that. TCP's own handshake is with the tap, and takes no time.
    """

    seconds: float = 0.1

    def __post_init__(self) -> None:
        _seconds("seconds", self.seconds)


@dataclass(frozen=True)
class StripStarttls(Habit):
    """The offer of STARTTLS is struck out of the reply to EHLO.

    From a client that says STARTTLS all the same, XXXXXXXX arrives in its place.
    """

    needs_starttls: ClassVar[bool] = True


@dataclass(frozen=True)
class Inject(Habit):
    """Octets are slipped in, in the clear, right before the handshake of a STARTTLS.

    `to_client` comes in one segment with the reply that says go, `to_server` in one segment
    with the command. Both are bytes, with their CRLF.
    """

    to_client: bytes = b""
    to_server: bytes = b""

    needs_starttls: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("to_client", "to_server"):
            value = getattr(self, name)
            if not isinstance(value, bytes):
                raise ValueError(f"{name} is bytes, not {value!r}")


@dataclass(frozen=True)
class Impersonate(Habit):
    """The tap answers the client's handshake itself, and talks TLS onward to the provider.

    Between the two it reads all that is said. Its certificate bears the provider's name, but
    the tap made it; `flaw` is what is wrong with it, as in `Certificate`: "wrong-name" is
    the right certificate of another server, that of somebody who has a server too.
    """

    flaw: str = "unknown-authority"

    def __post_init__(self) -> None:
        _flaw("flaw", self.flaw)
