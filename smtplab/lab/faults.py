"""The ways in which a provider misbehaves, as real ones do.

A fault is a value: it says what goes wrong, at which reply, and how often. Give some to a
`Lab`, or to `lab.misbehave(...)` for a `with` block. `at` names the reply that is spoilt:
"greeting", a command ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET",
"NOOP", "QUIT"), or "message" for the reply after the lone dot; None means every reply.
`times` is how often the fault acts before the provider behaves; None means always.
"""

import math
from dataclasses import dataclass, field
from typing import ClassVar

__all__ = [
    "Dribble",
    "Drop",
    "Fault",
    "Join",
    "LongReply",
    "NoEhlo",
    "NotUtf8",
    "Reply",
    "Silence",
    "Slow",
    "Split",
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
