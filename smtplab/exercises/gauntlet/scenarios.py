"""The gauntlet's scenarios, as data: what is sent, what goes wrong on the way, what is right.

What they are called, and what a good client does, stands in scenarios.toml under their keys.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ...lab import faults
from ...lab.faults import Fault, Habit
from ...lab.provider import SIZE
from ...words import Words

__all__ = [
    "CANARY",
    "LETTER",
    "SCENARIOS",
    "SECURITY",
    "Cautious",
    "Delivered",
    "Expectation",
    "Mail",
    "Raises",
    "Scenario",
    "refused",
    "sent",
]

WORDS = Words(__file__)
SECURITY = {25: "none", 465: "tls", 587: "starttls"}
PATIENT = 4.0  # seconds for each wait, where nothing is to be waited for
HASTY = 1.0  # seconds for each wait, where the other side is silent
CANARY = "X-Injected"  # a header field that nobody asked for


@cache
def _block() -> bytes:
    return bytes((n * n + n // 256) % 256 for n in range(65_521))


def octets(count: int) -> bytes:
    """Every value of an octet, in an order in which base64 has no short period."""
    return (_block() * (count // len(_block()) + 1))[:count]


@dataclass(frozen=True)
class Mail:
    """What a sender is asked to send: the arguments of send_mail that make up a message.

    photographs is the size in octets of one more file, which is made when it is needed.
    """

    recipients: tuple[str, ...] = ("lin@lab.test",)
    subject: str = "From the gauntlet"
    text: str = "Hello Lin,\n\nthis text is for nobody else.\n"
    html: str | None = None
    inline: tuple[tuple[str, bytes], ...] = ()
    attachments: tuple[tuple[str, bytes], ...] = ()
    sender: str = "you@lab.test"
    photographs: int = 0

    @property
    def files(self) -> tuple[tuple[str, bytes], ...]:
        """All that is attached."""
        size = self.photographs
        return (*self.attachments, *([("photographs.zip", octets(size))] if size else []))

    @property
    def arguments(self) -> dict[str, Any]:
        given = vars(self) | {"recipients": list(self.recipients), "attachments": self.files}
        del given["photographs"]
        return given


@dataclass(frozen=True)
class Delivered:
    """The mail arrives exactly, and these recipients are reported with these codes."""

    refused: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Raises:
    """An exception, and nothing arrives; or, with `arrives`, one mail of which nobody was told.

    With `code` it tells the server's reply code; with `if_said` only where the server has had to
    say it. With `in_time` it says that the time is up; without, an error that only says so is
    wrong. `kinds` are the classes that send_mail promises; another sender has its own.
    """

    code: int | None = None
    if_said: bool = False
    in_time: bool = False
    kinds: tuple[type[Exception], ...] = ()
    arrives: bool = False


@dataclass(frozen=True)
class Cautious:
    """The mail arrives exactly, or there is an exception before a word is said within TLS."""

    kinds: tuple[type[Exception], ...] = ()


Expectation = Delivered | Raises | Cautious


@dataclass(frozen=True)
class Scenario:
    """One run through the gauntlet.

    `key` finds its words. `expects` says what is right, one for each time that the mail is sent,
    and `ports` over which way; 25 is taken without a login. `flaws` are faults of the provider,
    and habits of somebody on the way to it; of `in_turn` the first call meets the first, and so on.
    With `stranger`, who answers is nobody to tell a password. `profile` is the provider's: "legacy"
    takes a login in the clear, so that a client that says its password there is heard. `size` is
    the most octets that it takes for one message, `round_trip` how far away it is, in seconds.
    `changes` are arguments that are other than usual.
    """

    key: str
    expects: tuple[Expectation, ...] = (Delivered(),)
    ports: tuple[int, ...] = (587,)
    mail: Mail = Mail()
    flaws: tuple[Fault | Habit, ...] = ()
    in_turn: tuple[Fault, ...] = ()
    stranger: bool = False
    profile: str = "strict"
    size: int = SIZE
    round_trip: float = 0.0
    timeout: float = PATIENT
    heavy: bool = False  # much to compute: it has the machine for itself, and more time
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(each for each in self.flaws if isinstance(each, Fault))

    @property
    def habits(self) -> tuple[Habit, ...]:
        return tuple(each for each in self.flaws if isinstance(each, Habit))

    @property
    def name(self) -> str:
        return str(WORDS.get(f"{self.key}.name", self.key))

    @property
    def right(self) -> str:
        """What a good client does, for people."""
        return str(WORDS.get(f"{self.key}.right", self.key))


def sent(key: str, *flaws: Fault | Habit, port: int = 587, **how: Any) -> Scenario:
    """One call, after which the mail is there, unless how says that something else is due."""
    return Scenario(key, ports=(port,), flaws=flaws, **how)


def refused(
    key: str, code: int | None = None, *flaws: Fault | Habit, in_time: bool = False, **how: Any
) -> Scenario:
    """One call that is to raise an exception, and to tell this code."""
    return sent(key, *flaws, expects=(Raises(code, in_time=in_time),), **how)


def on_both(key: str, *flaws: Fault | Habit, in_time: bool = False, **how: Any) -> Scenario:
    """TLS goes wrong, on 465 and on 587."""
    return Scenario(key, (Raises(in_time=in_time),) * 2, ports=(465, 587), flaws=flaws, **how)


def everywhere(key: str, code: int) -> Scenario:
    """The provider refuses one step of the session, another one each time, and then none."""
    in_turn = tuple(faults.Reply(code, at=stage) for stage in STAGES)
    expects: tuple[Expectation, ...] = (*[Raises(code)] * len(STAGES), Delivered())
    return Scenario(key, expects, ports=(587,) * len(expects), in_turn=in_turn)


PICTURE = b"\x89PNG\r\n\x1a\n" + octets(2_000)
LETTER = Mail(
    subject="A postcard",
    text="Hello Lin,\n\nhere is a picture, and the photographs.\n\n-- \nYou\n",
    html='<p>Hello <b>Lin</b>,</p>\n<p><img src="cid:postcard.png" alt="a postcard"></p>\n',
    inline=(("postcard.png", PICTURE),),
    attachments=(("photographs.zip", octets(3_001)), ("empty.dat", b"")),
)
CHINESE = Mail(
    subject="放假通知 明天不上课 请把作业发到学校的邮箱 谢谢大家的合作",
    text="同学们好\n\n明天放假。\n",
    attachments=(("假期作业 第一章.txt", "一二三\n".encode()), ("图片.png", PICTURE)),
)
FOREIGN = Mail(recipients=("林@lab.test",), text="An address in Chinese.\n")
STAGES = ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "message")
TWO = Mail(("lin@lab.test", "sam@lab.test"))
THREE = Mail(("lin@lab.test", "nobody@lab.test", "sam@lab.test"))
MIXED_ENDS = Mail(text="one\ntwo\r\nthree\n\n\nfour\n", html="<p>one</p>\n<p>two</p>\r\n")
OFFER = b"250-mail.lab.test\r\n250 AUTH PLAIN LOGIN\r\n"


SCENARIOS: tuple[Scenario, ...] = (
    sent("tls", port=465, mail=LETTER),
    sent("starttls", mail=LETTER),
    sent("clear", port=25, mail=LETTER),
    # How replies come
    sent("dribble", faults.Dribble(octets=1)),
    sent("split", faults.Split(octets=2)),
    sent("join", faults.Join(patience=0.05)),
    sent("long-reply", faults.LongReply(lines=100)),
    sent("no-ehlo", faults.NoEhlo(), port=25),
    # TLS
    *(
        on_both(flaw, faults.Certificate(flaw), stranger=True)
        for flaw in ("expired", "wrong-name", "self-signed", "unknown-authority")
    ),
    on_both("old-tls", faults.OldTls()),
    on_both("plain-on-tls", faults.PlainOnTls()),
    refused("starttls-454", 454, faults.Reply(454, at="STARTTLS"), profile="legacy"),
    on_both("silent-handshake", faults.SilentHandshake(), in_time=True, timeout=HASTY),
    Scenario(  # with a login to lose, and without one
        "stripped",
        (Raises(), Raises()),
        ports=(587, 25),
        flaws=(faults.StripStarttls(),),
        profile="legacy",
        changes={"security": "starttls"},
    ),
    sent("injected", faults.Inject(to_client=OFFER), expects=(Cautious(),)),
    on_both("impersonated", faults.Impersonate(), stranger=True),
    # What is refused
    refused("wrong-password", 535, changes={"password": "not the authorization code"}),
    *(refused(f"421-{stage}", 421, faults.Reply(421, at=stage)) for stage in STAGES),
    everywhere("later-everywhere", 451),
    everywhere("never-everywhere", 554),
    Scenario(
        "greylisting",
        (Raises(450), Delivered()),
        ports=(587, 587),
        flaws=(faults.Reply(450, at="RCPT", times=1),),
    ),
    sent("one-refused", expects=(Delivered({"nobody@lab.test": 550}),), mail=THREE),
    refused("all-refused", 550, faults.Reply(550, at="RCPT"), mail=TWO),
    refused("too-big", 552, faults.Reply(552, at="message")),
    sent("size", expects=(Raises(552, if_said=True),), mail=Mail(photographs=3_001), size=2_000),
    refused(
        "drop-within", None, faults.Drop(at="DATA", octets=20_000), mail=Mail(photographs=60_000)
    ),
    refused("drop-after", None, faults.Drop(at="message")),
    sent(
        "drop-after-kept",
        faults.Drop(at="message", delivered=True),
        expects=(Raises(arrives=True),),
    ),
    refused("silent", None, faults.Silence(at="greeting"), in_time=True, timeout=HASTY),
    refused("silent-after", None, faults.Silence(at="message"), in_time=True, timeout=HASTY),
    sent("quit-unanswered", faults.Silence(at="QUIT"), timeout=HASTY),
    sent("far-away", round_trip=0.03),
    # What is sent
    sent("dots", mail=Mail(text=".\n..\n.hidden\n\n.\nThe end.\n" + "." * 300 + "\n")),
    sent("bare-lf", mail=MIXED_ENDS),
    sent("chinese", mail=CHINESE),
    refused("break-subject", mail=Mail(subject=f"Hello\r\n{CANARY}: yes")),
    refused("break-recipient", mail=Mail((f"lin@lab.test>\r\n{CANARY} TO:<sam@lab.test",))),
    refused("break-file", mail=Mail(attachments=((f'a.txt"\r\n{CANARY}: "yes', b"text"),))),
    sent("utf8", mail=FOREIGN),
    refused("no-utf8", None, faults.Without("SMTPUTF8"), mail=FOREIGN),
    sent("heavy", mail=Mail(photographs=10_000_000), timeout=30.0, heavy=True),
)
