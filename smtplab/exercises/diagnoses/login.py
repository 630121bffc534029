"""Lesson 03: a server that hears a login, and which wrong idea is behind what it heard."""

from collections.abc import Callable
from typing import Any

from ...catalogue import say
from ...solutions.dialogue import ReplyError, read_reply
from ..cases import Finding, case, explained, place, promised, unexpected_reply
from ..judge import Trial, Verdict
from .auth import ACCOUNTS, PASSWORD, USER, charsets, letters_of, octets_of

__all__ = [
    "BAD_CREDENTIALS",
    "NOT_KNOWN",
    "Door",
    "Login",
    "heard_by_door",
    "judge_nothing_left",
    "judge_refusal",
    "log_in",
    "open_door",
    "wrong_plain",
    "wrong_secret",
]

Login = Callable[[Any, Any, str, str], Any]

BAD_CREDENTIALS = b"535 5.7.8 Authentication credentials invalid\r\n"
NOT_KNOWN = b"504 5.5.4 Mechanism not known\r\n"


class Door:
    """A server that says what it must to hear a whole login, right or wrong; or that refuses.

    refuses maps a step ("AUTH", "user", "password", "both") to the reply given there.
    """

    def __init__(self, refuses: dict[str, bytes] | None = None) -> None:
        self.refuses = refuses or {}
        self.awaits = ""
        self.heard: dict[str, bytes] = {}
        self.mechanism = b""
        self.others: list[bytes] = []

    def answer(self, line: bytes) -> bytes:
        if self.awaits:
            return self._take(self.awaits, line)
        verb, _, rest = line.partition(b" ")
        if verb.upper() == b"NOOP":
            return b"250 2.0.0 OK\r\n"
        if verb.upper() in (b"EHLO", b"HELO"):
            self.others.append(line)
            return b"250 mail.lab.test\r\n"
        if verb.upper() != b"AUTH":
            self.others.append(line)
            return b"500 5.5.2 Command not recognized\r\n"
        self.mechanism, _, initial = rest.partition(b" ")
        if "AUTH" in self.refuses:
            return self.refuses["AUTH"]
        first = {b"LOGIN": "user", b"PLAIN": "both"}.get(self.mechanism.upper())
        if first is None:
            return NOT_KNOWN
        if initial:
            return self._take(first, initial)
        self.awaits = first
        return b"334 VXNlcm5hbWU6\r\n" if first == "user" else b"334 \r\n"

    def _take(self, step: str, line: bytes) -> bytes:
        self.heard[step] = line
        self.awaits = ""
        if step in self.refuses:
            return self.refuses[step]
        if step == "user":
            self.awaits = "password"
            return b"334 UGFzc3dvcmQ6\r\n"
        return b"235-2.7.0 Authentication successful\r\n235 2.7.0 Welcome\r\n"


def open_door(trial: Trial, refuses: dict[str, bytes] | None = None) -> tuple[Any, Any]:
    sock = trial.socket(serve=Door(refuses).answer, pieces=3)
    return sock, trial.reader(sock)


def heard_by_door(sock: Any) -> Door:
    """A server that has heard all lines, also those whose reply nobody has read."""
    door = Door()
    for line in sock.lines:
        door.answer(line)
    return door


def log_in(
    trial: Trial, name: str, login: Login, user: str, password: str
) -> tuple[Door, Any, Any]:
    """Let a login run that nobody refuses; judge what is said around the secrets."""
    mechanism = name.removeprefix("auth_").upper()
    sock, reader = open_door(trial)

    def astray(verdict: Verdict) -> Finding | None:
        door = heard_by_door(sock)
        named = door.mechanism.upper().decode(errors="replace")
        if verdict.reason == "waits-in-recv" and not sock.sent:
            look = say(
                "Greeting and EHLO are done by whoever called: here the first word is yours."
            )
            return verdict.reason, verdict.sentence, look
        if verdict.reason == "waits-in-recv" or not named or named == mechanism:
            return unexpected_reply(verdict)
        if named.startswith(mechanism):
            return (
                "no-space",
                # Translators: {place} is "line 3", or "one line".
                say(
                    "Between AUTH {mechanism} and what follows it stands no space: {place} got a "
                    "504.",
                    mechanism=mechanism,
                    place=place(verdict),
                ),
                say("To the server that is one long name of a mechanism that it does not know."),
            )
        return (
            "other-mechanism",
            say(
                "{function} said AUTH {said:.20}, and what was asked for is AUTH {mechanism}.",
                function=name,
                said=named,
                mechanism=mechanism,
            ),
            say("The first line names the mechanism. What comes after it is different for each."),
        )

    with explained(astray):
        trial.call(
            login, sock, reader, user, password,
            says=f"{name}(sock, reader, {user!r}, {password!r})",
        )  # fmt: skip
    door = heard_by_door(sock)
    trial.require(
        bool(sock.lines),
        "nothing-sent",
        say("{function} returned, and the server has heard no line.", function=name),
        say("command sends a line and reads its reply."),
    )
    if door.others and door.others[0][:4].upper() in (b"EHLO", b"HELO"):
        trial.fail(
            "extra-ehlo",
            say(
                "{function} said {verb}, and whoever called has said it already.",
                function=name,
                verb=door.others[0][:4].decode(),
            ),
            say("Greeting and EHLO come once, at the beginning. A login comes after them."),
        )
    if door.mechanism.upper() != mechanism.encode():
        trial.fail(
            "no-auth-command",
            say(
                "The server did not hear AUTH {mechanism}: {line!r} was said first.",
                mechanism=mechanism,
                line=sock.lines[0],
            ),
            say("The first line names the mechanism."),
            sent=sock.lines[0],
            expected=b"AUTH " + mechanism.encode(),
        )
    return door, sock, reader


def judge_nothing_left(trial: Trial, name: str, door: Door, sock: Any, reader: Any) -> None:
    """After a login nothing more is said, and no reply may be left unread."""
    if door.others:
        trial.fail(
            "unknown-command",
            say(
                "The server had all that it asked for, and then heard {line!r}.",
                line=door.others[0],
            ),
            say("Which of your lines answers which 334?"),
        )
    trial.step(say("The check says NOOP, to see whose reply comes next."))
    sock.sendall(b"NOOP\r\n")
    try:
        code, _ = read_reply(reader)
        sentence = say(
            "After {function} the next reply is still an old one: {code} came for NOOP.",
            function=name,
            code=code,
        )
    except ValueError:
        code = 0
        sentence = say(
            "After {function} the next reply is still an old one: the middle of a reply came for "
            "NOOP.",
            function=name,
        )
    trial.require(
        code == 250,
        "reply-left",
        sentence,
        say("Each command has one reply, which may have several lines. Is each read to its end?"),
    )


def judge_refusal(
    trial: Trial, name: str, login: Login, step: str, reply: bytes, told: str, allowed: int
) -> None:
    """A refusal must be raised, and nothing secret said after it.

    told: what the steps tell of it; allowed: how many lines may be said, up to it.
    """
    sock, reader = open_door(trial, {step: reply})
    code = reply[:3].decode()
    # Translators: goes on with "ValueError was raised, and ReplyError was promised."
    said = say("The server said {code}.", code=code)
    with case(trial, told):
        with explained(promised("ReplyError", said, say("command raises it: let it pass."))):
            got = trial.call(
                login, sock, reader, USER, PASSWORD,
                says=f"{name}(sock, reader, {USER!r}, password)", raises=ReplyError,
            )  # fmt: skip
        trial.require(
            len(sock.lines) <= allowed,
            "went-on-after-refusal",
            say(
                "The server had said {code}, and {function} went on talking.",
                code=code,
                function=name,
            ),
            say("A refusal ends the login: nothing is said after it."),
        )
        trial.require(
            trial.raised(got, ReplyError),
            "refusal-ignored",
            say(
                "The server said {code}, and {function} returned as if all were well.",
                code=code,
                function=name,
            ),
            say(
                "Which code does each step hope for? command raises ReplyError when another one "
                "comes."
            ),
        )


# what the lines of the client hold


QUOTES_TOO = say("str(some_bytes) writes the b and the quotes too.")
FROM_PARAMETERS = say("What is said must come from the parameters.")
COMPARE_LINES = say("Compare the line that was sent with the one that was expected.")
UTF_8 = say('text.encode("utf-8") makes the octets that base64 carries.')
JOIN_FIRST = say("NUL, user, NUL, password are joined first; base64 goes over the whole.")
ORDER = say("The order is NUL, user, NUL, password.")


def wrong_secret(step: str, line: bytes, right: bytes, other: bytes) -> Finding:
    """Why a line that should hold `right` in base64 does not; `other` is its counterpart.

    step: "user" or "password", as in Door.
    """

    def either(of_user: str, of_password: str) -> str:
        return of_user if step == "user" else of_password

    octets = octets_of(line)
    if line.startswith((b"b'", b'b"')):
        return (
            "repr-of-bytes",
            either(
                say("The user name was sent inside b'...': that is how Python shows bytes."),
                say("The password was sent inside b'...': that is how Python shows bytes."),
            ),
            QUOTES_TOO,
        )
    before = ACCOUNTS[0][0 if step == "user" else 1].encode()
    if octets == before != right:
        values = {"given": right.decode(), "said": before.decode()}
        return (
            "always-the-same",
            either(
                say(
                    "The user name given was {given!r}, and the server was told {said!r}.", **values
                ),
                say(
                    "The password given was {given!r}, and the server was told {said!r}.", **values
                ),
            ),
            FROM_PARAMETERS,
        )
    if line == right:
        return (
            "not-encoded",
            either(
                say("The user name was sent as it is, and not in base64."),
                say("The password was sent as it is, and not in base64."),
            ),
            say("The server reads every answer as base64."),
        )
    if octets is not None and octets == other:
        return (
            "swapped",
            either(
                say("Where the server asks for the user name, the other of the two came."),
                say("Where the server asks for the password, the other of the two came."),
            ),
            say("It asks for the user name first, then for the password."),
        )
    if octets is not None and octets_of(octets) == right:
        return (
            "encoded-twice",
            either(
                say("The user name was put into base64 twice."),
                say("The password was put into base64 twice."),
            ),
            say("Once is enough: the server decodes once."),
        )
    if octets is not None and octets in charsets(right):
        return (
            "not-utf-8",
            either(
                say("The user name was not encoded as UTF-8 before it went into base64."),
                say("The password was not encoded as UTF-8 before it went into base64."),
            ),
            UTF_8,
        )
    if octets is not None and octets.rstrip(b"\r\n") == right:
        return (
            "line-end-inside",
            either(
                say("A line end went into base64 together with the user name."),
                say("A line end went into base64 together with the password."),
            ),
            say("CRLF ends the line on the wire. It is no part of what is encoded."),
        )
    if octets is None:
        return (
            "not-base64",
            either(
                say("Where the user name should be, the server got what is no base64."),
                say("Where the password should be, the server got what is no base64."),
            ),
            COMPARE_LINES,
        )
    decoded = {"octets": octets, "right": right}
    return (
        either("wrong-user-name", "wrong-password"),
        either(
            say(
                "The user name that the server decodes is {octets!r}, and not {right!r}.", **decoded
            ),
            say(
                "The password that the server decodes is {octets!r}, and not {right!r}.", **decoded
            ),
        ),
        COMPARE_LINES,
    )


def wrong_plain(line: bytes, user: bytes, password: bytes) -> Finding:
    right = b"\0" + user + b"\0" + password
    octets = octets_of(line)
    plain = line if octets is None else octets
    if line.startswith((b"b'", b'b"')):
        return (
            "repr-of-bytes",
            say("The answer was sent inside b'...': that is how Python shows bytes."),
            QUOTES_TOO,
        )
    if octets is None and line in (
        (letters_of(user) + letters_of(password)).encode(),
        (letters_of(b"\0" + user) + letters_of(b"\0" + password)).encode(),
    ):
        return (
            "encoded-apart",
            say("User name and password were put into base64 each by itself."),
            say("Join the fields first; base64 goes over the whole."),
        )
    if octets is None:
        return (
            "not-encoded" if user in line else "not-base64",
            say("What follows AUTH PLAIN is no base64."),
            JOIN_FIRST,
        )
    if plain == user + b"\0" + password:
        return (
            "first-nul",
            say("The NUL before the user name is missing."),
            say("The first field is left empty, and its NUL stays: two NULs in all."),
        )
    if plain == user + b"\0" + user + b"\0" + password:
        return (
            "acts-for",
            say("Before the first NUL stands the user name: that field is to be left empty."),
            say("The first field names someone to act for. We act for ourselves."),
        )
    if plain == b"\0" + password + b"\0" + user:
        return (
            "swapped",
            say("Password and user name have changed places."),
            ORDER,
        )
    if plain in (right + b"\0", right + b"\r\n", right + b"\n"):
        return (
            "extra-end",
            say(
                "After the password stands {octets!r}, which becomes part of it.",
                octets=plain[len(right) :],
            ),
            say("A NUL stands before each field, and nothing after the last."),
        )
    if plain.replace(b"\\0", b"\0") == right:
        return (
            "nul-as-text",
            say("A backslash and a zero were sent where a NUL octet belongs."),
            say('In Python "\\0" is one character; r"\\0" and "\\\\0" are two.'),
        )
    if plain.replace(b" ", b"\0") == right.replace(b" ", b"\0"):
        return (
            "space-for-nul",
            say("Spaces stand between the fields where NUL octets belong."),
            say('A NUL is written "\\0" in Python.'),
        )
    if plain.replace(b"0", b"\0") == right:
        return (
            "digit-for-nul",
            say("The digit 0 stands where a NUL octet belongs."),
            say('A NUL is the octet of number zero, "\\0" in Python.'),
        )
    if (before := "\0".join(("", *ACCOUNTS[0])).encode()) == plain:
        return (
            "always-the-same",
            say(
                "The user given was {given!r}, and the server was told {said!r}.",
                given=user.decode(),
                said=before,
            ),
            FROM_PARAMETERS,
        )
    if b"\0" not in plain:
        return (
            "no-nul",
            say(
                "The server decodes {octets!r}, in which no NUL separates the fields.", octets=plain
            ),
            JOIN_FIRST,
        )
    if plain in charsets(right):
        return (
            "not-utf-8",
            say("User name and password were not encoded as UTF-8 before they went into base64."),
            UTF_8,
        )
    return (
        "wrong-fields",
        say("The server decodes {octets!r}, and not {right!r}.", octets=plain, right=right),
        ORDER,
    )
