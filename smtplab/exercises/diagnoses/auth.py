"""Lesson 03: who logs in, and what the line of a client holds."""

import base64
from typing import NoReturn

from ...catalogue import say
from ..cases import Finding
from ..judge import Trial

__all__ = [
    "ACCOUNTS",
    "LIN",
    "PASSWORD",
    "SECRET",
    "USER",
    "charsets",
    "fail_on_line",
    "letters_of",
    "octets_of",
]

# Who logs in. A client that always says the first pair has not looked at its parameters.
USER = "you@lab.test"
PASSWORD = "grün & 42"
LIN, SECRET = "lin@lab.test", "täglich 1 Apfel: gut"
ACCOUNTS = ((USER, PASSWORD), (LIN, SECRET))


def letters_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def octets_of(letters: str | bytes) -> bytes | None:
    """What letters stand for, or None when they are no base64."""
    try:
        return base64.b64decode(letters, validate=True)
    except ValueError:  # binascii.Error is one
        return None


def charsets(text: bytes) -> set[bytes]:
    """The octets of text in what is no UTF-8."""
    return {text.decode().encode(name, "replace") for name in ("latin-1", "ascii", "utf-16")} | {
        text.decode().encode("ascii", "ignore")
    }


def fail_on_line(trial: Trial, finding: Finding, line: bytes, right: bytes) -> NoReturn:
    """End the check over a line that should hold `right` in base64: decoded, where it can be."""
    octets = octets_of(line)
    if octets is None:
        trial.fail(*finding, sent=line, expected=letters_of(right).encode())
    trial.step(
        say(
            "Decoded, that is {octets!r}; expected was {expected!r}.", octets=octets, expected=right
        )
    )
    trial.fail(*finding, sent=octets, expected=right)
