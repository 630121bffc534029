"""Lesson 08: the cases of each exercise, and the mistakes that are known, in the order asked.

What stands here talks over a socket that it is given. send_mail opens its own: see sending.py.
"""

import re
from collections.abc import Sequence
from typing import Any

from ..judge import READER, SOCK, Case, Exercise, Facts, Lesson, Peer, SmtpServer, conversation, cut
from ..solutions import client as reference
from ..words import Words
from .auth_login import secrets_of
from .dialogue import DELIVER, deliveries, verb
from .sending import SEND_MAIL

__all__ = ["LESSON", "asking"]

WORDS = Words(__file__)
LIBRARY = ("smtplib", "asyncio")

# --- say_hello ----------------------------------------------------------------------------

GREETING = b"220 mail.lab.test ESMTP ready\r\n"
OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
ALONE = b"250 mail.lab.test\r\n"
SERVERS_NAME = re.compile(rb"(?i)^(?:EHLO|HELO) mail\.lab\.test$")
PLEASED = b"250-mail.lab.test\r\n250 pleased\r\n"


def hello(
    why: str, greeting: bytes = GREETING, offers: bytes = OFFERS, helo: bytes = PLEASED
) -> Case:
    """One greeting, in pieces, so that who takes the first piece for the whole is seen at once."""
    server = SmtpServer({b"HELO": helo}, offers)
    peer = Peer(greeting, server=server, pieces=5)
    return Case(why, (SOCK, READER), peer, values={"code": offers[:3].decode()})


def without_quit(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What was said, but for QUIT: who is refused may take leave (RFC 5321, section 3.1).

    Any name does in a hello, but for the server's.
    """
    said = [each for each in conversation(lines) if each[0] != b"QUIT"]
    return [(lines[n] if SERVERS_NAME.search(lines[n]) else line, n) for line, n in said]


def no_helo(f: Facts) -> Any:
    """EHLO was refused by a server that does not know it, and HELO was not said."""
    refused = [reply[:3] for line, reply in f.server.replies if verb(line) == b"EHLO"]
    due = any(verb(line) == b"HELO" for line in f.due_said) and f.raised in ("", "ReplyError")
    return due and not any(verb(line) == b"HELO" for line in f.said) and {"code": cut(refused[0])}


SAY_HELLO = Exercise(
    reference.say_hello,
    forbids=LIBRARY,
    same=without_quit,
    cases=[
        hello("offers"),
        hello("offers", offers=b"250-mail.lab.test\r\n250-Size 1000\r\n250 starttls\r\n"),
        hello("long-greeting", b"220-mail.lab.test\r\n220-Hello\r\n220 ready\r\n"),
        hello("nothing", offers=ALONE),
        *(
            hello("unknown", offers=b"%d what is that\r\n" % code)
            for code in (500, 501, 502, 504, 550)
        ),
        "told-apart",
        hello("greeting-554", b"554 no\r\n"),
        hello("greeting-421", b"421 busy\r\n"),
        hello("greeting-250", b"250 mail.lab.test\r\n"),
        *(hello("refused", offers=b"%d not now\r\n" % code) for code in (421, 503, 451)),
        hello("neither", offers=b"502 a\r\n", helo=b"503 b\r\n"),
    ],
    mistakes={
        "greeting-not-read": lambda f: f.told.startswith("ReplyError: 220") and f.said,
        "rest-of-greeting": lambda f: "no reply code at the start" in f.told,
        "no-helo": no_helo,
        "names-server": lambda f: any(map(SERVERS_NAME.search, f.said)),
        "refusal-ignored": lambda f: (
            f.due == "ReplyError" and f.returned and {"code": f.due_error.code}
        ),
    },
)

# --- log_in -------------------------------------------------------------------------------

YOU = ("you@lab.test", "gr\u00fcn & 42")
OTHER = ("Lin ", " \ufb01sch\u00b2 ")  # letters that a normal form would change


def login(why: str, offer: dict[str, str], who: Any = YOU, **answers: bytes) -> Case:
    server = SmtpServer({place.encode(): what for place, what in answers.items()})
    values = {"mechanisms": offer.get("AUTH", "")}
    return Case(why, (SOCK, READER, offer, *who), Peer(server=server), values=values)


def offered(f: Facts) -> str:
    return f"AUTH {f.extensions['AUTH']}".strip() if "AUTH" in f.extensions else WORDS("no-auth")


def named(f: Facts) -> Any:
    """The mechanism that was named where another one was due, or none."""
    said, due = (conversation([line])[0][0] if line else b"" for line in f.at)
    if not said.startswith(b"AUTH") or said == due:
        return None
    return {"offered": offered(f), "named": cut(said[5:]).upper()}


def tried(f: Facts) -> int:
    return sum(verb(line) == b"AUTH" for line in f.said)


LOG_IN = Exercise(
    reference.log_in,
    forbids=LIBRARY,
    secrets=(*secrets_of(*YOU), *secrets_of(*OTHER)),
    value=False,
    cases=[
        login("offered", {"SIZE": "1000", "AUTH": "PLAIN LOGIN"}),
        login("offered", {"AUTH": "LOGIN PLAIN"}),
        login("offered", {"AUTH": "LOGIN"}),
        login("offered", {"AUTH": "XOAUTH2 LOGIN PLAIN-CLIENTTOKEN"}),
        login("offered", {"AUTH": "login plain"}),
        login("offered", {"AUTH": "Login"}),
        "chosen",
        login("no-auth", {"SIZE": "1000"}),
        login("no-auth", {}),
        login("offered", {"AUTH": "XOAUTH2 GSSAPI"}),
        login("offered", {"AUTH": "XOAUTH2 GSSAPI LOGIN PLAIN"}, OTHER),
        login("offered", {"AUTH": "LOGIN"}, OTHER),
        login("offered", {"AUTH": "XLOGIN PLAIN-CLIENTTOKEN"}),
        login("no-mechanism", {"AUTH": ""}),
        login("refused", {"AUTH": "PLAIN LOGIN"}, plain=b"535 5.7.8 no such login\r\n"),
        login("refused", {"AUTH": "PLAIN"}, plain=b"535 5.7.8 no such login\r\n"),
        login("refused", {"AUTH": "LOGIN"}, password=b"535 5.7.8 no such login\r\n"),
    ],
    mistakes={
        "login-twice": lambda f: tried(f) > 1 and {"offered": offered(f), "count": tried(f)},
        "offer-not-seen": lambda f: (
            f.raised == "ValueError" and not f.due and {"offered": offered(f)}
        ),
        "no-offer": lambda f: f.raised == "KeyError" and f.due and {"offered": offered(f)},
        "login-first": lambda f: (
            f.at[1] and (found := named(f))["named"] in f.extensions["AUTH"].upper().split()
            and found
        ),
        "not-offered": named,
        "wrong-credentials": lambda f: (
            all(f.at) and verb(f.said[0]) == b"AUTH"
            and {"mechanism": cut(f.due_said[0].split()[1])}
        ),
    },
)  # fmt: skip

# --- deliver_utf8 -------------------------------------------------------------------------

NOTE = "Subject: 茶\r\n\r\n四点?\r\n".encode()
DOTTED = (
    ".first\r\nSubject: 茶\r\n\r\n.\r\n..\r\n.四点\r\nMAIL FROM:<director@lab.test>\r\n".encode()
)


def asking(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What was said, without what MAIL may tell besides (RFC 1870, section 6, and RFC 6152)."""
    return [
        (re.sub(rb" (SIZE=\d+|BODY=\w+)", b"", one) if verb(one) == b"MAIL" else one, number)
        for one, number in conversation(lines)
    ]


DELIVER_UTF8 = Exercise(
    reference.deliver_utf8,
    forbids=LIBRARY,
    same=asking,
    like=DELIVER,
    cases=[
        *deliveries("you@lab.test", "林@lab.test", "sam@lab.test", NOTE, DOTTED),
        *deliveries("林@例子.test", "lin@lab.test", "王@例子.test", NOTE, DOTTED)[1:2],
        *deliveries("you@lab.test", "lin@lab.test", "sam@lab.test", NOTE, DOTTED)[:1],
    ],
    mistakes={
        "not-utf8": lambda f: f.raised == "UnicodeEncodeError",
        **DELIVER.mistakes,
    },
)

LESSON = Lesson("08", __file__, (SAY_HELLO, LOG_IN, DELIVER_UTF8, SEND_MAIL))
