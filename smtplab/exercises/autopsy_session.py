"""Lesson 07's repaired_dialogue: its cases, and the mistakes that are known, in the order asked."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..judge import SOCK, Case, Check, Exercise, Facts, Peer, SmtpServer, When, conversation, cut
from ..judge.server import Reply
from ..solutions import autopsy as reference
from ..words import Words
from .auth_login import secrets_of

__all__ = ["LIN", "OFFICE", "REPAIRED_DIALOGUE", "SAM", "WORDS", "YOU"]

WORDS = Words(str(Path(__file__).with_name("autopsy.py")))
YOU, LIN, SAM = "you@lab.test", "lin@lab.test", "sam@lab.test"
OFFICE, NOBODY = "office@lab.test", "nobody@lab.test"
# The last is longer than what one line of base64 in a letter holds.
PASSWORDS = (
    "sunshine7",
    "k\u00e4se & brot",
    "a token that a provider gives, far longer than a word is",
)
GREETING = b"220 mail.lab.test ready\r\n"
OFFERS = b"250-mail.lab.test\r\n250-AUTH LOGIN PLAIN\r\n250 HELP\r\n"
NO_LOGIN = b"535 5.7.8 no such login\r\n"
MAIL = b"From: you@lab.test\r\nSubject: tea\r\n\r\nAt four?\r\n"
DOTTED = b"Subject: list\r\n\r\nbread\r\n.milk\r\n.\r\n..\r\nMAIL FROM:<director@lab.test>\r\n"


class Office(SmtpServer):
    """A server that wants a login.

    The login is one reply, its last, and what comes in the place of that comes to AUTH: so every
    mechanism meets the same. The reply to QUIT counts for none: the letter is taken already. After
    421 the connection is closed (RFC 5321, section 3.8).
    """

    def _leave_out(self, line: bytes) -> None:
        """Nothing: a login is one reply."""

    def __call__(self, line: bytes) -> Reply:
        if self.replies and self.replies[-1][1].startswith(b"421"):
            return None
        asked, count = self.awaits, len(self.replies)
        reply = super().__call__(line)
        for answered, what in self.replies[count:]:
            del self.replies[count:]
            if not self.awaits and answered.upper() != b"QUIT":
                self.replies.append((b"AUTH" if asked else answered, what))
        return reply


# --- the session in one form --------------------------------------------------------------

COMMANDS = re.compile(rb"(?i)(EHLO|HELO|AUTH|MAIL|RCPT|DATA|RSET|QUIT|NOOP|STARTTLS)\b")
LOGIN = re.compile(rb"AUTH (LOGIN|PLAIN)$")


def session(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What was said, in the form in which all ways to log in and to leave are alike.

    A login is AUTH alone, and behind the line that follows it come = and the account. A server may
    refuse it before all is said, so nothing comes where no line follows. RSET and QUIT at the end
    are left out: a client may be polite to a server that refuses.
    """
    rest, said = conversation(lines), list[tuple[bytes, int]]()
    while rest and rest[-1][0] in (b"RSET", b"QUIT"):
        rest.pop()
    account: list[tuple[bytes, int]] = []
    while rest and not (said and said[-1][0] == b"DATA"):
        line, number = rest.pop(0)
        if line == b"EHLO *" and b"MAIL.LAB.TEST" in lines[number].upper():
            line = lines[number]  # which is the server's own name
        if line.startswith(b"AUTH ") and line[5:] not in lines[number].split(b" ")[1:2]:
            line = b"AUTH " + lines[number].split(b" ")[1]  # names are in capitals: RFC 4422, 3.1
        mechanism = LOGIN.match(line)
        said += [(b"AUTH" if mechanism else line, number), *account]
        account = []
        if mechanism:
            answers: list[bytes] = []
            while rest and len(answers) < 2 and not COMMANDS.match(rest[0][0]):
                answers.append(rest.pop(0)[0])
            account = [(b"=" + _account(mechanism[1], answers), number)]
    return said + rest


def _account(mechanism: bytes, answers: Sequence[bytes]) -> bytes:
    """User, NUL, password; or the answers as they are, where they are no such thing."""
    try:
        octets = [base64.b64decode(answer, validate=True) for answer in answers]
    except ValueError:
        return b" ".join(answers)
    if mechanism == b"PLAIN" and len(octets) == 1:
        acts_for, *octets = octets[0].split(b"\0")
        octets = octets if acts_for in (b"", *octets[:1]) else []
    return b"\0".join(octets) if len(octets) == 2 else b" ".join(answers)


# --- the cases ----------------------------------------------------------------------------


def visit(
    why: str, *greeting: bytes, mail: bytes = MAIL, sender: str = YOU, to: str = LIN,
    password: str = PASSWORDS[0], weather: bool = False, answers: dict[bytes, Reply] | None = None,
) -> Case:  # fmt: skip
    peer = Peer(*(greeting or (GREETING,)), server=Office(answers, OFFERS))
    return Case(why, (SOCK, YOU, password, sender, to, mail), peer, weather=weather)


def takes_leave(trial: Check, repaired_dialogue: Any) -> None:
    """QUIT is said, and its reply is read: a session that is compared may end in other ways."""
    sock = trial.socket(GREETING, serve=Office(offers=OFFERS))
    trial.call(repaired_dialogue, sock, YOU, PASSWORDS[0], YOU, LIN, MAIL)
    for reason, missing in (
        ("no-quit", b"QUIT" not in [line.upper() for line in sock.lines]),
        ("goodbye-unread", b"221" not in b"".join(d for who, d in sock.events if who == "S")),
    ):
        if missing:
            trial.fail(reason, WORDS(f"also.{reason}.say"), WORDS(f"also.{reason}.look"))


# --- the mistakes -------------------------------------------------------------------------


def half_read(f: Facts) -> Any:
    """What was taken for a reply is the end of the one to EHLO."""
    offers = " ".join(line[4:] for line in f.server.offers.decode().splitlines())
    told = re.match(r"ReplyError: 250 (.*?) `", f.told)
    return offers.endswith(told[1]) and not f.weather.kind  # type: ignore[index]


def at(pattern: bytes, due: bytes = b"") -> When:
    """The line at which the sessions part is of this form, where one of another was due."""
    return lambda f: (
        re.match(b"(?i)" + pattern, f.at[0]) and f.at[1].startswith(due) and {"line": cut(f.at[0])}
    )


def wrong_account(f: Facts) -> Any:
    """Who logs in is another one, or the server was given no user, NUL and password at all."""
    account = next(line[1:] for line, _ in f.same(f.said) if line.startswith(b"="))
    user, nul, password = account.partition(b"\0")
    given = {"user": cut(user), "password": cut(password)} if nul else {"letters": cut(user)}
    return all(line.upper().startswith(b"AUTH") for line in f.at) and given


def end_changed(f: Facts) -> Any:
    mine, due = (server.mails[0] for server in (f.server, f.due_server))
    return mine != due and mine.rstrip() == due.rstrip()


def code(f: Facts) -> Any:
    return f.due == "ReplyError" and {"code": f.due_error.code}


REPAIRED_DIALOGUE = Exercise(
    reference.repaired_dialogue,
    forbids=("smtplib",),
    same=session,
    secrets=tuple(
        secret for p in PASSWORDS for own in ("", YOU) for secret in secrets_of(YOU, p, own)
    ),
    cases=[
        visit("kind", weather=True),
        visit("three-lines", b"220-mail.lab.test\r\n", b"220-welcome\r\n", b"220 ready\r\n"),
        visit("gbk", b"220 \xbb\xb6\xd3\xad\r\n"),
        visit("others", sender=OFFICE, to=SAM, password=PASSWORDS[1]),
        visit("dots", mail=DOTTED),
        visit("first-dot", mail=b".hidden\r\n"),
        visit("end", mail=MAIL + b"\r\n \r\n\r\n"),
        visit("forward", answers={b"RCPT": b"251 2.1.5 will forward\r\n"}),
        "taken",
        visit("others", sender=OFFICE, to=SAM, password=PASSWORDS[2]),
        visit("refused-AUTH", answers={b"AUTH": b"504 5.5.4 no\r\n"}),
        visit("refused-login", answers={b"user": NO_LOGIN, b"plain": NO_LOGIN}),
        visit("refused-login", answers={b"password": NO_LOGIN, b"plain": NO_LOGIN}),
        visit("refused-RCPT", to=NOBODY, answers={b"RCPT": b"550 5.1.1 no such user here\r\n"}),
        visit("refused-greeting", b"554 no\r\n"),
    ],
    also=(takes_leave,),
    mistakes={
        "greeting-unread": lambda f: (
            (f.early == f.said[0] or f.told.startswith("ReplyError: 220"))
            and {"line": cut(f.said[0])}
        ),
        "half-read": half_read,
        "not-stuffed": lambda f: f.at[1] == b"." + f.at[0] and at(rb"\.")(f),
        "hello": at(b".", b"EHLO"),
        "lower-case": at(b"AUTH (?-i:[A-Z]*[a-z])"),
        "wrong-secrets": lambda f: "user" in wrong_account(f) and wrong_account(f),
        "wrong-secrets.letters": wrong_account,
        "out-of-order": at(b"RCPT|DATA", b"MAIL"),
        "letter-by-letter": at(rb"RCPT TO:<.>$"),
        "end-changed": end_changed,
        "quit-fails": lambda f: f.raised and f.said[-1].upper() == b"QUIT" and code(f),
        "refusal-ignored.case": lambda f: not f.weather.kind and f.returned and code(f),
    },
)
