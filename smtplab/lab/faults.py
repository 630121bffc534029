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

import re
from dataclasses import dataclass, field
from typing import ClassVar

from .checked import DIFFERENCES, PLACES, Checked
from .replies import enhanced, lines_of, texts_of, without

__all__ = [
    "DIFFERENCES",
    "Certificate",
    "Contrary",
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
    "Reword",
    "Silence",
    "SilentHandshake",
    "Slow",
    "Split",
    "StripStarttls",
    "TlsFault",
    "Without",
]


@dataclass(frozen=True, kw_only=True)
class Fault(Checked):
    """What every fault has: where it acts, and how many times."""

    at: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.at, str):
            known = {place.lower(): place for place in PLACES}
            object.__setattr__(self, "at", known.get(self.at.lower(), self.at))
        super().__post_init__()

    @property
    def place(self) -> str | None:
        """Where the provider asks for it; None is everywhere."""
        return self.at


@dataclass(frozen=True)
class Contrary(Fault):
    """In one of the things in which they differ, strict does as legacy, and legacy as strict.

    `difference` is its name in the table of `policy`. What is settled when a connection begins,
    where a line ends say, is turned round for connections that begin while the fault acts.
    """

    difference: str
    at: str | None = field(default=None, init=False)
    times: int | None = field(default=None, init=False)


# How a reply leaves


class Shaping(Fault):
    """A fault that changes how a reply is sent, and not what is done at a command."""

    pause: ClassVar[float] = 0.0  # seconds between two segments

    def shape(self, reply: bytes) -> list[bytes]:
        """The segments in which a reply leaves."""
        return [reply]


@dataclass(frozen=True)
class Dribble(Shaping):
    """Replies leave in pieces of so many octets, one segment each."""

    octets: int = 1

    pause: ClassVar[float] = 0.001

    def shape(self, reply: bytes) -> list[bytes]:
        return [reply[i : i + self.octets] for i in range(0, len(reply), self.octets)]


@dataclass(frozen=True)
class Split(Shaping):
    """A reply leaves in two segments, cut after so many octets."""

    octets: int = 2

    pause: ClassVar[float] = 0.05

    def shape(self, reply: bytes) -> list[bytes]:
        return [reply[: self.octets], reply[self.octets :]]


@dataclass(frozen=True)
class Join(Shaping):
    """A reply is held back, and leaves with the next one in the same segment.

    A client that sends command after command (RFC 2920) gets both at once; one that waits
    for each reply gets it alone, after `patience` seconds. A reply after which nothing can
    come on this connection (to STARTTLS, to QUIT) is not held back.
    """

    patience: float = 0.2


@dataclass(frozen=True)
class Slow(Shaping):
    """A reply comes after so many seconds."""

    seconds: float = 1.0


@dataclass(frozen=True)
class LongReply(Shaping):
    """A reply of so many lines more, each in a segment of its own (RFC 5321, section 4.2.1)."""

    lines: int = 100
    at: str | None = field(default="EHLO", kw_only=True)

    pause: ClassVar[float] = 0.01

    def shape(self, reply: bytes) -> list[bytes]:
        texts = texts_of(reply)
        more = [b"X-LINE-%d of a long reply\r\n" % number for number in range(1, self.lines + 1)]
        first = 1 if len(texts) > 1 else 0
        texts[first:first] = more
        return lines_of(reply[:3], texts)


@dataclass(frozen=True)
class NotUtf8(Shaping):
    """A reply whose first line is Chinese in GBK: octets that are not UTF-8."""

    at: str | None = field(default="greeting", kw_only=True)

    def shape(self, reply: bytes) -> list[bytes]:
        first, end, others = reply.partition(b"\r\n")
        return [first[:4] + "欢迎使用邮件服务".encode("gbk") + end + others]


@dataclass(frozen=True)
class Reword(Shaping):
    """Where a reply has what a pattern (bytes) finds, it says something else.

    What is said is what the transcript has.
    """

    pattern: bytes
    becomes: bytes

    def shape(self, reply: bytes) -> list[bytes]:
        return [re.sub(self.pattern, self.becomes, reply)]


@dataclass(frozen=True)
class Without(Shaping):
    """An extension is neither offered nor known: Without("SMTPUTF8"), say.

    Its command is then refused with 502, its parameter of MAIL with 555.
    """

    keyword: str
    at: str | None = field(default="EHLO", init=False)
    times: int | None = field(default=None, init=False)

    def shape(self, reply: bytes) -> list[bytes]:
        return [without(self.keyword, reply)]


# What a reply says is settled before how it is cut, in whatever order the faults were given.
SHAPING = (Slow, Without, NotUtf8, Reword, LongReply, Split, Dribble, Join)


# What is done in place of a command

# What a Reply says for its code when it was given no text.
TEXTS = {
    421: "4.3.2 Service not available, closing transmission channel",
    450: "4.2.0 Greylisted, try again later",
    451: "4.3.0 Local error in processing, try again later",
    452: "4.3.1 Insufficient system storage",
    454: "4.7.0 TLS not available due to temporary reason",
    535: "5.7.8 Authentication credentials invalid",
    550: "5.1.1 No such user here",
    552: "5.3.4 Message exceeds fixed limit",
    554: "5.0.0 No SMTP service here",
}


class Instead(Fault):
    """A fault that takes the place of a command, which is not carried out."""


@dataclass(frozen=True)
class Silence(Instead):
    """The reply never comes; the connection stays open."""


@dataclass(frozen=True)
class Reply(Instead):
    """Another reply than the command has earned, and the command is not carried out.

    `code` is the reply code, 200 to 599; `text` what follows it (str), with its own enhanced
    status code if it is to have one. To DATA, 354 is kept: what comes is heard up to its lone
    dot, and refused with 554. With `close` the provider then closes the connection;
    left out, it does so for 421 alone (RFC 5321, section 3.8).
    """

    code: int
    text: str | None = None
    at: str | None = field(default="RCPT", kw_only=True)
    close: bool | None = field(default=None, kw_only=True)

    @property
    def closes(self) -> bool:
        return self.code == 421 if self.close is None else self.close

    @property
    def reply(self) -> bytes:
        """What is said, without CRLF."""
        if self.text is not None:  # to the letter: whoever wrote it may want no enhanced code
            return f"{self.code} {self.text}".encode("utf-8", "surrogateescape")
        return enhanced(f"{self.code} {TEXTS.get(self.code, 'Something is different today')}", "")


@dataclass(frozen=True)
class NoEhlo(Reply):
    """EHLO is refused with 502, as by a server from before 1995; HELO is taken."""

    code: int = field(default=502, init=False)
    text: str | None = field(default="5.5.1 Command not implemented", init=False)
    at: str | None = field(default="EHLO", init=False)
    close: bool | None = field(default=None, init=False)


@dataclass(frozen=True)
class Drop(Instead):
    """The connection is closed in place of the reply.

    With `octets` and at="DATA": after so many octets of the message have come. With
    `delivered` and at="message": the message is kept all the same, and its sender never
    hears of it.
    """

    at: str | None = field(default="DATA", kw_only=True)
    octets: int | None = field(default=None, kw_only=True)
    delivered: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.octets is not None and self.at != "DATA":
            raise ValueError('octets counts the message\'s own: it goes with at="DATA"')
        if self.delivered and self.at != "message":
            raise ValueError('delivered goes with at="message"')

    @property
    def place(self) -> str | None:
        return "content" if self.octets else self.at


# Where TLS begins


@dataclass(frozen=True, kw_only=True)
class TlsFault(Fault):
    """What goes wrong where TLS begins; `times` counts the handshakes that it spoils."""

    at: str | None = field(default=None, init=False)


@dataclass(frozen=True)
class Certificate(TlsFault):
    """The provider shows a certificate that a careful client does not take.

    flaw is "expired", "wrong-name", "self-signed" or "unknown-authority".
    """

    flaw: str = "expired"


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
class Habit(Checked):
    """What somebody on the way does beside listening: for `lab.tap(port, ...)`."""

    def shape(self, reply: bytes) -> bytes:
        """What the client gets of a reply that crosses in the clear."""
        return reply


@dataclass(frozen=True)
class Latency(Habit):
    """Each segment takes so many seconds, each way: a provider that is far away.

    A round trip takes twice that. TCP's own handshake is with the tap, and takes no time; with
    `lab.link(...)` it does.
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
