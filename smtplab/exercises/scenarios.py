"""The gauntlet's scenarios, as data: what is sent, what goes wrong on the way, what is right."""

import zlib
from dataclasses import dataclass, field
from typing import Any

from ..catalogue import say
from ..lab import faults
from ..lab.faults import Fault, Habit
from ..lab.provider import SIZE

__all__ = [
    "CANARY",
    "SCENARIOS",
    "SECURITY",
    "Cautious",
    "Delivered",
    "Expectation",
    "Mail",
    "Raises",
    "Scenario",
]

SECURITY = {25: "none", 465: "tls", 587: "starttls"}
PATIENT = 4.0  # seconds for each wait, where nothing is to be waited for
HASTY = 1.0  # seconds for each wait, where the other side is silent
CANARY = "X-Injected"  # a header field that nobody asked for


def _picture(width: int = 48, height: int = 32) -> bytes:
    """A real PNG of more than 1,024 octets: a gradient with some grain."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return len(data).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (x * 5, y * 7, (x * y * 31) % 256))
        for y in range(height)
    )
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    parts = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _octets(count: int) -> bytes:
    """Every value of an octet, in an order in which base64 has no short period."""
    block = bytes((n * n + n // 256) % 256 for n in range(65_521))
    return (block * (count // len(block) + 1))[:count]


@dataclass(frozen=True)
class Mail:
    """What a sender is asked to send: the arguments of send_mail that make up a message."""

    recipients: tuple[str, ...] = ("lin@lab.test",)
    subject: str = "From the gauntlet"
    text: str = "Hello Lin,\n\nthis text is for nobody else.\n"
    html: str | None = None
    inline: tuple[tuple[str, bytes], ...] = ()
    attachments: tuple[tuple[str, bytes], ...] = ()
    sender: str = "you@lab.test"

    @property
    def arguments(self) -> dict[str, Any]:
        return {**vars(self), "recipients": list(self.recipients)}


@dataclass(frozen=True)
class Delivered:
    """The mail arrives exactly, and these recipients are reported with these codes."""

    refused: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Raises:
    """An exception, and nothing arrives.

    With `code` it tells the server's reply code; with `if_said` only where the server has had to
    say it. With `in_time` it says that the time is up; without, an error that only says so is
    wrong.
    """

    code: int | None = None
    if_said: bool = False
    in_time: bool = False


@dataclass(frozen=True)
class Cautious:
    """The mail arrives exactly, or there is an exception before a word is said within TLS."""


Expectation = Delivered | Raises | Cautious


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One run through the gauntlet.

    `right` says what a good client does, for people; `expects` says it for the judge, one for
    each time that the mail is sent, and `ports` over which way (one for all, or one for each);
    25 is taken without a login. `faults` are the provider's, `habits` those of somebody on the
    way to it. With `stranger`, who answers is nobody to tell a password. `profile` is the
    provider's: "legacy" takes a login in the clear, so that a client that says its password
    there is heard. `size` is the most octets that it takes for one message.
    """

    name: str
    right: str
    expects: tuple[Expectation, ...] = (Delivered(),)
    ports: tuple[int, ...] = (587,)
    mail: Mail = Mail()
    faults: tuple[Fault, ...] = ()
    habits: tuple[Habit, ...] = ()
    stranger: bool = False
    profile: str = "strict"
    size: int = SIZE
    wrong_password: bool = False
    timeout: float = PATIENT
    heavy: bool = False  # much to compute: it has the machine for itself, and more time

    def __post_init__(self) -> None:
        assert len(self.ports) in (1, len(self.expects))

    @property
    def ways(self) -> tuple[int, ...]:
        """The port of each time that the mail is sent."""
        return self.ports if len(self.ports) > 1 else self.ports * len(self.expects)


PICTURE = _picture()
LETTER = Mail(
    subject="A postcard",
    text="Hello Lin,\n\nhere is a picture, and the photographs.\n\n-- \nYou\n",
    html='<p>Hello <b>Lin</b>,</p>\n<p><img src="cid:postcard.png" alt="a postcard"></p>\n',
    inline=(("postcard.png", PICTURE),),
    attachments=(("photographs.zip", _octets(3_001)), ("empty.dat", b"")),
)
ARRIVES = say("Every part arrives exactly as it was given.")
GOODBYES = {
    "greeting": say("421 in place of the greeting"),
    "EHLO": say("421 to EHLO"),
    "STARTTLS": say("421 to STARTTLS"),
    "AUTH": say("421 to the login"),
    "MAIL": say("421 to MAIL"),
    "RCPT": say("421 to RCPT"),
    "DATA": say("421 to DATA"),
    "message": say("421 after the message"),
}
BOTH = (465, 587)


def _ways() -> tuple[Scenario, ...]:
    return (
        Scenario(
            name=say("Port 465: TLS from the first octet"), right=ARRIVES, ports=(465,), mail=LETTER
        ),
        Scenario(name=say("Port 587: STARTTLS"), right=ARRIVES, mail=LETTER),
        Scenario(name=say("Port 25: in the clear"), right=ARRIVES, ports=(25,), mail=LETTER),
    )


def _replies() -> tuple[Scenario, ...]:
    return (
        Scenario(
            name=say("Replies one octet at a time"),
            right=say("The pieces are put together: recv brings octets, not replies."),
            faults=(faults.Dribble(octets=1),),
        ),
        Scenario(
            name=say("Replies cut in two"),
            right=say("The pieces are put together, also when a code is cut in two."),
            faults=(faults.Split(octets=2),),
        ),
        Scenario(
            name=say("Replies held back, then joined"),
            right=say("Each reply is waited for; two that come in one segment are two."),
            faults=(faults.Join(patience=0.05),),
        ),
        Scenario(
            name=say("A reply of a hundred lines"),
            right=say("The reply is read to its last line, the one without a hyphen."),
            faults=(faults.LongReply(lines=100),),
        ),
        Scenario(
            name=say("EHLO is refused"),
            right=say("HELO is said instead, and the mail arrives."),
            ports=(25,),
            faults=(faults.NoEhlo(),),
        ),
    )


def _refusals() -> tuple[Scenario, ...]:
    return (
        Scenario(
            name=say("A wrong password"),
            right=say("An error that tells the 535; nothing arrives."),
            expects=(Raises(code=535),),
            wrong_password=True,
        ),
        *(
            Scenario(
                name=name,
                right=say("An error that tells the 421; nothing arrives."),
                expects=(Raises(code=421),),
                faults=(faults.Reply(421, at=stage),),
            )
            for stage, name in GOODBYES.items()
        ),
        Scenario(
            name=say("Greylisting: 450, then welcome"),
            right=say("An error that tells the 450; sent again, the mail arrives, once."),
            expects=(Raises(code=450), Delivered()),
            faults=(faults.Reply(450, at="RCPT", times=1),),
        ),
        Scenario(
            name=say("One of three recipients is refused"),
            right=say("The two others get the mail, and the refused one is reported with its 550."),
            expects=(Delivered({"nobody@lab.test": 550}),),
            mail=Mail(recipients=("lin@lab.test", "nobody@lab.test", "sam@lab.test")),
        ),
        Scenario(
            name=say("All recipients are refused"),
            right=say("An error that tells the 550; no message is sent to nobody."),
            expects=(Raises(code=550),),
            mail=Mail(recipients=("lin@lab.test", "sam@lab.test")),
            faults=(faults.Reply(550, at="RCPT"),),
        ),
        Scenario(
            name=say("552: the message is too big"),
            right=say("An error that tells the 552; nothing arrives."),
            expects=(Raises(code=552),),
            faults=(faults.Reply(552, at="message"),),
        ),
        Scenario(
            name=say("The message is longer than the server's SIZE"),
            right=say("An error before it is sent, or one that tells the 552; nothing arrives."),
            expects=(Raises(code=552, if_said=True),),
            mail=Mail(attachments=(("photographs.zip", _octets(3_001)),)),
            size=2_000,
        ),
        Scenario(
            name=say("The connection drops within the message"),
            right=say("An error: what was not acknowledged was not sent."),
            expects=(Raises(),),
            mail=Mail(attachments=(("photographs.zip", _octets(60_000)),)),
            faults=(faults.Drop(at="DATA", octets=20_000),),
        ),
        Scenario(
            name=say("The connection drops after the last dot"),
            right=say("An error: the server has not said that it took the message."),
            expects=(Raises(),),
            faults=(faults.Drop(at="message"),),
        ),
        Scenario(
            name=say("The server is silent"),
            right=say("An error when the time that was given is up."),
            expects=(Raises(in_time=True),),
            faults=(faults.Silence(at="greeting"),),
            timeout=HASTY,
        ),
        Scenario(
            name=say("The server falls silent after the message"),
            right=say("An error when the time is up: nobody has acknowledged the message."),
            expects=(Raises(in_time=True),),
            faults=(faults.Silence(at="message"),),
            timeout=HASTY,
        ),
        Scenario(
            name=say("QUIT is never answered"),
            right=say("The mail was taken before: it is reported as sent when the time is up."),
            faults=(faults.Silence(at="QUIT"),),
            timeout=HASTY,
        ),
    )


def _tls() -> tuple[Scenario, ...]:
    certificates = {
        "expired": say("The certificate has expired"),
        "wrong-name": say("The certificate is another server's"),
        "self-signed": say("The certificate vouches for itself"),
        "unknown-authority": say("The certificate is by an unknown authority"),
    }
    twice = (Raises(), Raises())
    return (
        *(
            Scenario(
                name=name,
                right=say("On 465 and on 587: an error before a word is said within TLS."),
                expects=twice,
                ports=BOTH,
                faults=(faults.Certificate(flaw),),
                stranger=True,
            )
            for flaw, name in certificates.items()
        ),
        Scenario(
            name=say("TLS 1.0 and 1.1 alone"),
            right=say("On 465 and on 587: an error; such TLS is no longer safe."),
            expects=twice,
            ports=BOTH,
            faults=(faults.OldTls(),),
        ),
        Scenario(
            name=say("Plain text where TLS should begin"),
            right=say("On 465 and on 587: an error, and nothing is said in the clear instead."),
            expects=twice,
            ports=BOTH,
            faults=(faults.PlainOnTls(),),
        ),
        Scenario(
            name=say("454 to STARTTLS"),
            right=say("An error that tells the 454, and nothing is said in the clear instead."),
            expects=(Raises(code=454),),
            profile="legacy",
            faults=(faults.Reply(454, at="STARTTLS"),),
        ),
        Scenario(
            name=say("Silence in the handshake"),
            right=say("On 465 and on 587: an error when the time that was given is up."),
            expects=(Raises(in_time=True), Raises(in_time=True)),
            ports=BOTH,
            faults=(faults.SilentHandshake(),),
            timeout=HASTY,
        ),
        Scenario(
            name=say("STARTTLS is struck out on the way"),
            right=say("An error: no password, and no mail, goes over in the clear."),
            expects=(Raises(),),
            profile="legacy",
            habits=(faults.StripStarttls(),),
        ),
        Scenario(
            name=say("A reply is slipped in before TLS"),
            right=say("It is not taken for one that came within TLS: thrown away, or an error."),
            expects=(Cautious(),),
            habits=(faults.Inject(to_client=b"250-mail.lab.test\r\n250 AUTH PLAIN LOGIN\r\n"),),
        ),
        Scenario(
            name=say("A machine in the middle answers"),
            right=say("On 465 and on 587: an error before a word is said to it."),
            expects=twice,
            ports=BOTH,
            habits=(faults.Impersonate(),),
            stranger=True,
        ),
    )


def _contents() -> tuple[Scenario, ...]:
    chinese = Mail(
        subject="放假通知 明天不上课 请把作业发到学校的邮箱 谢谢大家的合作",
        text="同学们好\n\n明天放假。\n",
        attachments=(("假期作业 第一章.txt", "一二三\n".encode()), ("图片.png", PICTURE)),
    )
    foreign = Mail(recipients=("林@lab.test",), text="An address in Chinese.\n")
    return (
        Scenario(
            name=say("Lines that begin with dots"),
            right=say("Every dot arrives, and none ends the message."),
            mail=Mail(text=".\n..\n.hidden\n\n.\nThe end.\n" + "." * 300 + "\n"),
        ),
        Scenario(
            name=say("Bare LF in the text"),
            right=say("On the wire every line ends in CRLF; the lines arrive as they were."),
            mail=Mail(text="one\ntwo\r\nthree\n\n\nfour\n", html="<p>one</p>\n<p>two</p>\r\n"),
        ),
        Scenario(
            name=say("Chinese subject, text and file names"),
            right=say("All of it arrives, in octets that an old server takes."),
            mail=chinese,
        ),
        Scenario(
            name=say("A line break in the subject"),
            right=say("An error, before the header that came after the line break is sent."),
            expects=(Raises(),),
            mail=Mail(subject=f"Hello\r\n{CANARY}: yes"),
        ),
        Scenario(
            name=say("A line break in a recipient"),
            right=say("An error, before the second command in the address is sent."),
            expects=(Raises(),),
            mail=Mail(recipients=(f"lin@lab.test>\r\n{CANARY} TO:<sam@lab.test",)),
        ),
        Scenario(
            name=say("A line break in a file name"),
            right=say("An error, before the header that came after the line break is sent."),
            expects=(Raises(),),
            mail=Mail(attachments=((f'a.txt"\r\n{CANARY}: "yes', b"text"),)),
        ),
        Scenario(
            name=say("A Chinese address, and SMTPUTF8"),
            right=say("MAIL asks for SMTPUTF8, and the mail arrives."),
            mail=foreign,
        ),
        Scenario(
            name=say("A Chinese address, and no SMTPUTF8"),
            right=say("An error: to this server such an address cannot be said."),
            expects=(Raises(),),
            mail=foreign,
            faults=(faults.Without("SMTPUTF8"),),
        ),
        Scenario(
            name=say("An attachment of 10 MB"),
            right=ARRIVES,
            mail=Mail(attachments=(("photographs.zip", _octets(10_000_000)),)),
            timeout=30.0,
            heavy=True,
        ),
    )


SCENARIOS: tuple[Scenario, ...] = (
    *_ways(), *_replies(), *_tls(), *_refusals(), *_contents()
)  # fmt: skip
