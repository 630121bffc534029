"""Lesson 07: what is wrong with how a repaired client held its session, and what to look at."""

import re
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...catalogue import say
from ...solutions.auth import base64_encode
from ...solutions.dialogue import ReplyError
from ..cases import Finding
from ..judge import ScriptedSocket, Trial
from ..strict import shown

if TYPE_CHECKING:
    from ..autopsy import Office

__all__ = ["Session", "judge_conduct", "judge_refusal", "judge_taken"]

# What a student may have raised in the place of a ReplyError.
MEANT = (Exception, ValueError, RuntimeError, OSError, ConnectionError, smtplib.SMTPException)


@dataclass(frozen=True)
class Session:
    """One session: both sides of it, what the function returned or raised, what it was given."""

    office: "Office"
    sock: ScriptedSocket
    got: Any
    user: str
    secret: str
    sender: str
    recipient: str
    mail: bytes


def judge_conduct(trial: Trial, session: Session, *, refuses: bool) -> None:
    """What no session may do, whether the server refuses something in it or not."""
    got = session.got
    meant = trial.raised(got, ReplyError, UnicodeDecodeError)
    if trial.error and not meant and not (refuses and type(got) in MEANT):
        trial.unexpected()
    said = _said_aloud(trial.output, session)
    trial.require(
        not said,
        "prints-password",
        said,
        say("A notebook keeps what is printed, and is passed on. Print the replies, if anything."),
    )
    if trial.raised(got, UnicodeDecodeError):
        trial.fail(
            "strict-decode",
            say("repaired_dialogue stops with UnicodeDecodeError at a reply that is no UTF-8."),
            say("The code is what counts: read_reply replaces what it cannot read."),
        )
    trial.require(
        not session.sock.closed,
        "closed-socket",
        say("repaired_dialogue closed the socket that it was given."),
        say("Who makes a socket closes it; a function that is given one leaves it open."),
    )


def _said_aloud(output: str, session: Session) -> str:
    """That the password stands in what was printed, and how; "" if it does not."""
    if session.secret in output:
        return say("What repaired_dialogue printed holds the password as it is.")
    both = f"\0{session.user}\0{session.secret}"
    login, plain = (base64_encode(t.encode()) for t in (session.secret, both))
    if login in output or plain in output:
        return say(
            "What repaired_dialogue printed holds the password, in base64, which everybody reads."
        )
    return ""


def judge_taken(trial: Trial, session: Session) -> None:
    """Nothing was refused: how it was said, and whether the letter came as it was given."""
    office, got = session.office, session.got
    spoke = any(who == "C" for who, _ in session.sock.events)
    if trial.raised(got, ReplyError) and got.code == 220 and not spoke:
        trial.fail(
            "greeting-refused",
            say("The greeting was 220, which is a yes, and repaired_dialogue raised ReplyError."),
            say("read_reply returns the code as an int: 220, and not '220'."),
        )
    if trial.raised(got, ReplyError) and got.code == 220:
        trial.fail(
            "greeting-unread",
            say(
                "A reply with 220 came where another was hoped for: it is the greeting, or a "
                "line of it, and it was still unread."
            ),
            say("The server speaks first, in one line or in several: read_reply reads them all."),
        )
    if trial.raised(got, ReplyError) and got.code == 500:
        unknown = shown(office.commands[-1], 40)
        trial.require(
            not office.mails or b"\r\n.\r\n" not in session.mail,
            "not-stuffed",
            say(
                "The lone dot in the text ended the letter, and the rest went out as commands: "
                "{command}.",
                command=unknown,
            ),
            say("A dot at the start of a line is doubled: dot_stuff of lesson 02."),
        )
        trial.fail(
            "unknown-command",
            say(
                "The server does not know the command {command}: {reply}.",
                command=unknown,
                reply=got,
            ),
            say(
                "Is it a line of the letter? Those come after DATA and its 354. Is it a "
                "command? EHLO says which this server has."
            ),
        )
    if trial.raised(got, ReplyError):
        trial.fail(
            "raised-in-vain",
            say(
                "Nothing was refused, and repaired_dialogue raised ReplyError: {reply}.",
                reply=got,
            ),
            say("Which code did that line hope for? Look at the transcript."),
        )
    _manners(trial, session)
    trial.require(
        len(office.mails) == 1 and office.mails[0][2] == session.mail,
        *_wrong_mail(office, session.mail),
    )
    trial.require(
        office.mails[0][:2]
        == (f"<{session.sender}>".encode(), [f"<{session.recipient}>".encode()]),
        "wrong-envelope",
        say(
            "The envelope was {envelope!r}; sender is {sender!r}, recipient {recipient!r}.",
            envelope=office.mails[0][:2],
            sender=session.sender,
            recipient=session.recipient,
        ),
        say(
            "MAIL FROM:<sender> and RCPT TO:<recipient>. deliver wants a list of recipients, "
            "and a str is gone through letter by letter."
        ),
    )
    trial.require(
        got is None,
        "returned-something",
        say(
            "The letter was taken, and repaired_dialogue returned {got!r}; None was promised.",
            got=got,
        ),
        say("A function that ends without return gives None. A refusal is raised."),
    )


def _manners(trial: Trial, session: Session) -> None:
    """How a session was held, whatever came of it."""
    office, events = session.office, session.sock.events
    heard = [line.decode("utf-8", "replace") for line in office.commands]
    hello = next((line for line in heard if line[:4].upper() in ("EHLO", "HELO")), "")
    login = next((line for line in heard if line[:4].upper() == "AUTH"), "")
    trial.require(
        hello[:4].upper() == "EHLO",
        "helo",
        say(
            "The client said {hello!r}, and AUTH is an extension: only EHLO asks for those.",
            hello=hello,
        )
        if hello
        else say(
            "The client said no hello at all, and AUTH is an extension: only EHLO asks for those."
        ),
        say("RFC 4954, section 3; RFC 5321, section 2.2."),
    )
    trial.require(
        len(hello.split()) > 1,
        "no-name",
        say("The client said {hello!r}, and no name behind it.", hello=hello),
        say("RFC 5321, section 4.1.1.1: EHLO, and the client's own name; client.lab.test here."),
    )
    trial.require(
        "mail.lab.test" not in hello,
        "servers-name",
        say("The client said {hello!r}: that is the server's name.", hello=hello),
        say("RFC 5321, section 4.1.1.1: a client says its own name; client.lab.test here."),
    )
    trial.require(
        bool(login),
        "no-login",
        say("The client never said AUTH."),
        say("auth_login of lesson 03 does it."),
    )
    trial.require(
        login.split()[1].isupper(),
        "lower-case",
        say(
            "The client said {login!r}: some servers know mechanisms in upper case alone.",
            login=login,
        ),
        say("RFC 4422, section 3.1: names of mechanisms are upper-case letters."),
    )
    trial.require(
        office.secrets == [session.user, session.secret],
        "wrong-secrets",
        say("The server was given {secrets!r} as user and password.", secrets=office.secrets)
        if office.secrets
        else say(
            "The server was given {given!r}, which is no user and password in base64.",
            given=office.given,
        ),
        say("User first, then password, each in base64 of its UTF-8, and on one line."),
    )
    verbs = [line[:4].upper() for line in heard]
    trial.require(
        "MAIL" not in verbs or verbs.index("AUTH") < verbs.index("MAIL"),
        "login-too-late",
        say("MAIL was said before AUTH, and who has not logged in may send nothing."),
        say("RFC 4954, section 6: a server of today answers 530. AUTH comes after EHLO."),
    )
    said = b"".join(data for who, data in events if who == "C")
    turns = _turns(events)
    trial.require(
        not re.search(rb"\r\n\.\r\n.", said, re.DOTALL)
        or not any(re.search(rb"\r\n\.\r\n(?=QUIT)", turn) for turn in turns),
        "quit-too-early",
        say("QUIT was sent before the reply to the letter was read."),
        say("RFC 5321, section 4.1.1.10: read whether the letter was taken, then take leave."),
    )
    trial.require(
        "QUIT" in verbs or said.upper().endswith(b"QUIT\r\n"),
        "no-quit",
        say("The client left without QUIT."),
        say("RFC 5321, section 4.1.1.10: a client does not close before it has said QUIT."),
    )
    came = b"".join(data for who, data in events if who == "S")
    trial.require(
        b"221" in came,
        "goodbye-unread",
        say("The reply to QUIT was never read."),
        say("The server's 221 is the end of the session."),
    )


def _turns(events: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """What the client said each time, between two readings."""
    turns = [b""]
    for who, data in events:
        if who == "C":
            turns[-1] += data
        elif turns[-1]:
            turns.append(b"")
    return turns


def _wrong_mail(office: "Office", mail: bytes) -> Finding:
    dots = re.search(rb"(?m)^\.", mail)
    look = say(
        "Line by line: a dot at the start of a line is doubled, and a lone dot ends the letter."
    )
    if not office.mails:
        return "no-mail", say("The session ended, and no letter had been taken."), look
    if len(office.mails) == 1 and office.mails[0][2].rstrip() == mail.rstrip():
        sentence = say("The letter came with other line breaks at its end than it was given with.")
        return "end-changed", sentence, say("It ends in CRLF already; then the lone dot follows.")
    return (
        "not-stuffed" if dots else "mail-changed",
        say("The letter that came is not the one that was given: lines with dots are harmed.")
        if dots
        else say("The letter that came is not the one that was given."),
        look,
    )


def judge_refusal(
    trial: Trial, session: Session, what: str, code: int, *, most: int | None = None
) -> None:
    """The server refused what with a code. most: how many commands may have been said at all."""
    office, got = session.office, session.got
    if trial.error and not trial.raised(got, ReplyError):
        trial.fail(
            "other-exception",
            # Translators: {what} is a command, such as RCPT, or "the letter", or "the connection".
            say(
                "The server refused {what} with {code}, and repaired_dialogue raised {kind}; its "
                "docstring promises ReplyError.",
                what=what,
                code=code,
                kind=type(got).__name__,
            ),
            say("raise ReplyError(code, lines): whoever calls wants to know the code."),
        )
    trial.require(
        trial.raised(got, ReplyError),
        "ignores-refusal",
        say(
            "The server refused {what} with {code}, and repaired_dialogue returned as if all was "
            "well.",
            what=what,
            code=code,
        ),
        say(
            "RFC 5321, section 4.2: a code that begins with 4 or 5 is a no. command raises "
            "ReplyError."
        ),
    )
    trial.equal(
        got.code,
        code,
        reason="wrong-code",
        sentence=say(
            "The server refused {what} with {code}, and the ReplyError says {got}.",
            what=what,
            code=code,
            got=got.code,
        ),
    )
    trial.require(
        not office.mails and (most is None or len(office.commands) <= most),
        "goes-on",
        say("After {what} was refused the client went on.", what=what),
        say("Stop at the refusal."),
    )
