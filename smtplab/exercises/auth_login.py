"""Lesson 03: the exercises that log in or overhear it; known mistakes, in the order asked."""

import base64
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import md5
from itertools import zip_longest
from typing import Any

from ..judge import READER, SOCK, Case, Exercise, Facts, Peer, SmtpServer, When, conversation, cut
from ..solutions import auth as reference
from ..solutions.dialogue import read_reply
from .letters import CODECS

__all__ = ["LIBRARY", "LOGINS", "letters_of", "octets_of", "secrets_of"]

# lab.base64 draws a picture, whose letters are not the reader's own either.
LIBRARY = ("base64", "binascii", *CODECS, "email", "smtplib", ".base64")

# Who logs in. A client that always says the first pair has not looked at its parameters.
YOU, LIN = ("you@lab.test", "gr\u00fcn & 42"), ("lin@lab.test", "t\u00e4glich 1 Apfel: gut")
UNLIKE = ("Lin", "p@ss=")  # a password that is more like an address than the name
SPACED = (" gr\u00fcn@lab.test ", " 42 A\u0308pfel ")  # the A and its dots are two characters
NULS = (("you@lab.test", "sun\0shine"), ("you\0lin@lab.test", YOU[1]))


def letters_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def octets_of(letters: str | bytes) -> bytes | None:
    """What letters stand for, or None when they are no base64."""
    try:
        return base64.b64decode(letters, validate=True)
    except ValueError:  # binascii.Error is one
        return None


def charsets(octets: bytes) -> list[bytes]:
    """What the octets of a text would be in what is no UTF-8."""
    text, names = octets.decode(), ("latin-1", "ascii", "utf-16")
    return [text.encode(name, how) for name in names for how in ("replace", "ignore")]


def secrets_of(user: str, password: str, acts_for: str = "") -> list[str]:
    """A password as it is, and in base64: alone, and as AUTH PLAIN says it."""
    both = f"{acts_for}\0{user}\0{password}"
    return [password, letters_of(password.encode()), letters_of(both.encode())]


SECRETS = [one for who in (YOU, LIN, UNLIKE, SPACED, *NULS) for one in secrets_of(*who)]

# --- the cases ----------------------------------------------------------------------------

REFUSED = b"535 5.7.8 Credentials invalid\r\n"
GOODBYE = b"235 2.7.0 Welcome\r\n421 4.3.2 closing\r\n"


def login(why: str, who: Any = YOU, drive: Any = None, place: str = "", reply: bytes = b"") -> Case:
    """reply is the server's to "AUTH", to the "user" name, the "password", or both in "plain"."""
    server = SmtpServer({place.encode(): reply} if place else {})
    values = {"place": place, "code": reply[:3].decode()}
    return Case(
        why, (SOCK, READER, *who), Peer(server=server), 1, drive, why == "taken", values=values
    )


def read_on(function: Any, sock: Any, reader: Any, user: str, password: str) -> None:
    """What came in one piece with the last reply is still to be read, with the same reader."""
    function(sock, reader, user, password)
    read_reply(reader)


def without_star(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """The conversation, without the * with which a client may give up: RFC 4954, section 4."""
    return [each for each in conversation(lines) if each[0] != b"*"]


def logins(last: str, *refusals: Case) -> list[Case | str]:
    """What any login meets. last is where it gets the last reply."""
    return [
        login("taken"),
        login("another", LIN),
        login("spaces", SPACED),
        "three-logins",
        login("refused", place=last, reply=REFUSED),
        *refusals,
        login("refused", place=last, reply=b"334 TW9yZTo=\r\n"),
        login("read-on", LIN, read_on, last, GOODBYE),
        login("another", UNLIKE),
    ]


# --- what was said ------------------------------------------------------------------------


def parting(f: Facts) -> tuple[int, bytes, bytes]:
    """Where the logins part: 0 is AUTH, then the answers; what was said there; what was due.

    An answer that stands on the line of AUTH is a line of its own here.
    """
    mine, right = ([line for line, _ in f.same(each)] for each in (f.said, f.due_said))
    pairs = enumerate(zip_longest(mine, right, fillvalue=b""))
    return next(((n, said, due) for n, (said, due) in pairs if said != due), (-1, b"", b""))


def first_line(f: Facts) -> Any:
    """Another line was said in the place of AUTH."""
    place, said, _ = parting(f)
    mechanism = f.name.removeprefix("auth_").upper()
    return place == 0 and said and {"mechanism": mechanism, "line": cut(f.at[0])}


def answer(wrong: Callable[[bytes, Any, bytes], Any]) -> When:
    """An answer is wrong in this way: the line, what it stands for (None: nothing), what is due."""

    def when(f: Facts) -> Any:
        place, line, due = parting(f)
        octets, right = octets_of(line), octets_of(due)
        found = place > 0 and line and right and wrong(line, octets, right)
        return found and {"line": cut(line), "octets": octets, "right": right}

    return when


LOGIN: dict[str, When] = {
    "waits-first": lambda f: f.waits and not f.said,
    "other-reader": lambda f: f.case.why == "read-on" and f.waits and f.part < 0,
    "line-break": lambda f: "holds a line break" in f.told,
    "first-line": first_line,
    "went-on-after-refusal": lambda f: (
        f.due == "ReplyError" and parting(f)[1] and not parting(f)[2]
    ),
    "refusal-ignored": lambda f: f.due == "ReplyError" and f.returned,
    "repr-of-bytes": answer(lambda line, octets, right: line[:2] in (b"b'", b'b"')),
    "no-base64": answer(lambda line, octets, right: octets is None),
    "not-utf-8": answer(lambda line, octets, right: octets in charsets(right)),
    "wrong-answer": answer(lambda line, octets, right: True),
}

AUTH_LOGIN = Exercise(
    reference.auth_login,
    forbids=LIBRARY,
    same=without_star,
    secrets=(*SECRETS, r"sun\x00shine"),
    value=False,
    cases=logins(
        "password",
        login("refused", place="user", reply=REFUSED),
        login("refused", place="AUTH", reply=b"504 5.5.4 Mechanism not known\r\n"),
        login("other-words", place="user", reply=b"334 cGFzc3dvcmQ6\r\n"),
    ),
    mistakes=LOGIN,
)

AUTH_PLAIN = replace(
    AUTH_LOGIN,
    reference=reference.auth_plain,
    cases=[*logins("plain"), login("nul", NULS[0]), login("nul", NULS[1])],
    mistakes={"nul-sent": lambda f: f.due == "ValueError" and f.sent, **LOGIN},
)

# --- find_credentials ---------------------------------------------------------------------

GREETING = """\
S: 220 mail.lab.test ESMTP ready
C: EHLO client.lab.test
S: 250-mail.lab.test
S: 250-AUTH LOGIN PLAIN CRAM-MD5
S: 250 HELP
"""
FAREWELL = "S: 235 2.7.0 Authentication successful\nC: QUIT\nS: 221 2.0.0 Bye"
USER = letters_of(LIN[0].encode())
_, PASSWORD, BOTH = secrets_of(*LIN)
ENDS_IN_C = letters_of(b"abcdeB")
FOR_ANOTHER = letters_of("\0".join(("sam@lab.test", *LIN)).encode())
ASKS = "S: 334 UGFzc3dvcmQ6\n"
ASKS_PASSWORD = f"{ASKS}C: {PASSWORD}\n"
ANSWERS = f"S: 334 VXNlcm5hbWU6\nC: {USER}\n{ASKS_PASSWORD}"
DIGEST = letters_of(f"{LIN[0]} 9dd4e461268c8034f5c8564e155c67a2".encode())
CHALLENGE = "S: 334 PDEyM0BtYWlsLmxhYi50ZXN0Pg=="


def overheard(why: str, lines: str, end: str = FAREWELL, drive: Any = None) -> Case:
    transcript = f"{GREETING}{lines}{end}"
    said = " | ".join(line[3:] for line in transcript.splitlines() if line.startswith("C: "))
    return Case(why, (transcript,), drive=drive, values={"lines": said})


def any_end(function: Any, transcript: str) -> Any:
    """Where a login was cut off nothing can be found; whether an exception says so is left free."""
    try:
        return function(transcript)
    except Exception:
        return None


def nothing(condition: When) -> When:
    """Nothing was found where somebody had logged in, and this holds."""
    return lambda f: f.returned and f.got is None and f.want and condition(f) and f.case.values


def complaint(octets: bytes) -> str:
    """What decode() says when these octets are no UTF-8."""
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        return str(error)


def in_capitals(f: Facts) -> Any:
    """The answers were put into capital letters: what was found, or could not be decoded, shows."""
    user, *rest = (octets_of(each.upper()) or b"" for each in (USER, PASSWORD, BOTH))
    if f.raised:
        return any(complaint(octets) in f.told for octets in (user, *rest))
    return f.got[0] in [user.decode(errors=how) for how in ("replace", "ignore")]


FIND_CREDENTIALS = Exercise(
    reference.find_credentials,
    forbids=LIBRARY,
    cases=[
        overheard("login", f"C: AUTH LOGIN\n{ANSWERS}"),
        overheard("plain", f"C: AUTH PLAIN {BOTH}\n"),
        overheard("plain-next-line", f"C: AUTH PLAIN\nS: 334 \nC: {BOTH}\n"),
        overheard("any-case", f"C: auth login\n{ANSWERS}"),
        overheard("any-case", f"C: Auth Plain {BOTH}\n"),
        overheard("login-same-line", f"C: AUTH LOGIN {USER}\n{ASKS_PASSWORD}"),
        overheard("other-refused", f"C: AUTH XOAUTH2\nS: 504 5.5.4 No\nC: AUTH LOGIN\n{ANSWERS}"),
        "seven-sessions",
        overheard("plain", f"C: AUTH PLAIN {FOR_ANOTHER}\n"),
        overheard(
            "login", f"C: AUTH LOGIN\n{ANSWERS}", "S: 235 2.7.0 OK\nC: MAIL FROM:<lin@lab.test>"
        ),
        overheard("login", f"C: AUTH LOGIN\n{ANSWERS}".replace(PASSWORD, ENDS_IN_C), "S: 535 No"),
        overheard("nobody", "", "C: QUIT\nS: 221 2.0.0 Bye"),
        Case("no-line", ("",), values={"lines": ""}),
        overheard("cram", f"C: AUTH CRAM-MD5\n{CHALLENGE}\nC: {DIGEST}\n"),
        overheard("login", f"C: AUTH LOGIN\n{ANSWERS}".replace(ASKS, f"S: 334-so\n{ASKS}")),
        overheard("login", f"C: AUTH LOGIN\nC: {USER}\nC: {PASSWORD}\n{ASKS}{ASKS}"),
        overheard("plain", f"C: AUTH PLAIN {secrets_of(*SPACED)[2]}\n"),
        overheard("plain", f"C: AUTH PLAIN {secrets_of('lin', '')[2]}\n"),
        overheard("nobody", "C: DATA\nS: 354 go on\nC: Subject: what is AUTH LOGIN?\nC: \nC: .\n"),
        overheard("help", "C: HELP login auth\nS: 214 2.0.0 RFC 4954\n", "C: QUIT\nS: 221 Bye"),
        overheard("cut-off", "C: AUTH LOGIN\n", "S: 334 VXNlcm5hbWU6", any_end),
        overheard("cut-off", f"C: AUTH LOGIN {USER}\n", "S: 334 UGFzc3dvcmQ6", any_end),
    ],
    mistakes={
        "case-folded": in_capitals,
        "split-at-spaces": lambda f: (
            "unpack" in f.told and re.search(r"split\((' '|\" \")?\)", f.code)
        ),
        "nothing-to-find": lambda f: re.search("not in list|substring not found", f.told),
        "help-decoded": lambda f: f.case.why == "help" and "decode(" in f.code,
        "not-base64": lambda f: (
            f.raised == "ValueError" and "base64_decode(" in f.code and "unpack" not in f.told
        ),
        "printed-not-returned": nothing(lambda f: all(each in f.printed for each in f.want)),
        "by-letters": nothing(lambda f: re.search(r"\bin transcript\s*:", f.source)),
        "not-found": nothing(lambda f: True),
        "found-nobody": lambda f: f.returned and f.want is None,
        "servers-lines": lambda f: list(f.got) == ["Username:", "Password:"],
        "not-utf-8": lambda f: (
            f.got[1].encode("latin-1") == f.want[1].encode() and {"password": f.got[1]}
        ),
    },
)

# --- cram_md5_response --------------------------------------------------------------------

LONG_SECRET = "longer than the sixty-four octets of one block of MD5 " * 2


def challenged(user: str, password: str, challenge: str | bytes) -> Case:
    letters = letters_of(challenge.encode() if isinstance(challenge, str) else challenge)
    values = {"letters": letters, "octets": challenge}
    return Case("challenge", (user, password, letters), values=values)


def mac(key: bytes, message: bytes, name: str = "md5") -> str:
    return hmac.new(key, message, name).hexdigest()


def answered(f: Facts) -> Any:
    """Another answer came, in base64: what the server makes of it, and what was due."""
    octets, right = octets_of(f.got), octets_of(f.want)
    return octets is not None and f.got != f.want and {"octets": octets, "right": right}


def digest_of(make: Callable[[bytes, bytes, bytes], Any]) -> When:
    """The digest is this one; of the key, the challenge, and the challenge still in base64."""

    def when(f: Facts) -> Any:
        found = answered(f)
        digest, right = (found[each].rpartition(b" ")[2].decode() for each in ("octets", "right"))
        made = make(f.password.encode(), octets_of(f.challenge) or b"", f.challenge.encode())
        return digest != right and digest in (made if isinstance(made, list) else [made]) and found

    return when


# Digests that come of a wrong idea.
DIGESTS = {
    "challenge-not-decoded": lambda key, message, letters: mac(key, letters),
    "brackets-lost": lambda key, message, letters: mac(key, message.strip(b"<>")),
    "key-for-message": lambda key, message, letters: [mac(message, key), mac(letters, key)],
    "other-digest": lambda key, message, letters: [
        mac(key, message, name) for name in ("sha1", "sha256")
    ],
    "no-hmac": lambda key, message, letters: [
        md5(both, usedforsecurity=False).hexdigest()
        for each in (message, letters)
        for both in (each + key, key + each)
    ],
    "not-utf-8": lambda key, message, letters: [mac(each, message) for each in charsets(key)],
    "repr-of-bytes": lambda key, message, letters: [
        mac(key, repr(message).encode()), mac(repr(key).encode(), message)
    ],
    "password-encoded": lambda key, message, letters: mac(letters_of(key).encode(), message),
}  # fmt: skip

CRAM_MD5_RESPONSE = Exercise(
    reference.cram_md5_response,
    forbids=LIBRARY,
    secrets=("sunshine1", LIN[1], SPACED[1], LONG_SECRET.strip()),
    cases=[
        challenged(YOU[0], "sunshine1", "<17.1700000000@mail.lab.test>"),
        challenged(YOU[0], "sunshine1", "<18.1700000000@mail.lab.test>"),
        challenged(*LIN, "<9.1@mail.lab.test>"),
        challenged(LIN[0], "sunshine1", "<17.1700000000@mail.lab.test>"),
        challenged(*SPACED, "<10.1@mail.lab.test>"),
        challenged(LIN[0], LONG_SECRET, "<5.5@lab.test>"),
        challenged(LIN[0], LONG_SECRET[:64], "<6.6@lab.test>"),
        challenged(LIN[0], LONG_SECRET[:65], "<6.7@lab.test>"),
        challenged("You@Lab.Test", YOU[1], " <7.7@lab.test> \r\n"),
        challenged(*YOU, b"<\xe9\xff\0@lab.test>"),
    ],
    mistakes={
        "no-digestmod": lambda f: "digestmod" in f.told,
        "no-base64": lambda f: type(f.got) is str and octets_of(f.got) is None and {"line": f.got},
        **{f"wrong-answer.{reason}": digest_of(make) for reason, make in DIGESTS.items()},
        "wrong-answer": lambda f: type(f.got) is str and answered(f),
    },
)

LOGINS = (AUTH_LOGIN, AUTH_PLAIN, FIND_CREDENTIALS, CRAM_MD5_RESPONSE)
