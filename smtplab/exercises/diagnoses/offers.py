"""Lesson 08: what goes beyond the server's offer, and what no server could take."""

from typing import Any

from ...catalogue import counted, plural, say
from ..cases import Finding
from ..judge.words import described
from .sending import LETTERS

__all__ = [
    "SIZE_IGNORED",
    "not_refused",
    "refused_late",
    "size_misread",
    "size_of_before",
    "size_off_by_one",
    "utf8_for_ascii",
    "utf8_not_asked",
    "utf8_not_offered",
]

# What the server has offered


SIZE_IGNORED = (
    "size-ignored",
    say("The server takes 1,000 octets at most (SIZE), and send_mail sent more."),
    say(
        'extensions["SIZE"] is a str of digits, or "": compare it with len(message), and raise '
        "ValueError before DATA."
    ),
)


def size_of_before(error: Exception, size: str) -> Finding:
    """What stood in the clear, where anybody could write it, was taken for the server's SIZE."""
    return (
        "size-of-before",
        say(
            "Before TLS somebody on the way wrote {size} into the reply to EHLO, and send_mail "
            "raised {error}.",
            size=size,
            error=described(error),
        ),
        say(
            "What came in the clear counts for nothing within TLS. starttls brings the extensions "
            "that count: look for SIZE in those."
        ),
    )


def size_misread(error: Exception, size: str) -> Finding:
    return (
        "size-misread",
        say(
            "{size} names no limit that this message is over, and send_mail raised {error}.",
            size=size,
            error=described(error),
        ),
        say('SIZE may be "0" or "": RFC 1870, section 4, says that there is no fixed limit then.'),
    )


def size_off_by_one(limit: int) -> Finding:
    return (
        "size-off-by-one",
        counted(
            limit,
            plural(
                "The message has {count} octet, SIZE {count} allows that, and send_mail raised "
                "ValueError.",
                "The message has {count} octets, SIZE {count} allows that, and send_mail raised "
                "ValueError.",
            ),
        ),
        say("SIZE is the most that the server takes. Only what is longer is refused."),
    )


def utf8_not_asked(address: str, why: str) -> Finding:
    return (
        "utf8-not-asked",
        say("{address} was not taken: {why}.", address=address, why=why),
        say(
            "The server offers SMTPUTF8. deliver_utf8 asks for it, when the sender or any "
            "recipient is not ASCII; deliver is for ASCII."
        ),
    )


def utf8_for_ascii(error: Exception) -> Finding:
    return (
        "utf8-for-ascii",
        say("Every address was ASCII, and send_mail raised {error}.", error=described(error)),
        say("SMTPUTF8 is for addresses that need it: those in which isascii() is False."),
    )


def utf8_not_offered(address: str) -> Finding:
    return (
        "utf8-not-offered",
        say("The server does not offer SMTPUTF8, and {address} was said to it.", address=address),
        say(
            "RFC 6531, section 3.2: to such a server no such address is said. Look into "
            "extensions, and raise ValueError."
        ),
    )


# What cannot be sent


def not_refused(parameter: str, value: Any) -> Finding:
    """What is said of a send_mail that took a value of a parameter that nobody can send."""
    if parameter == "security":
        return (
            "unknown-security",
            say("security was 'ssl', which is none of the three, and send_mail did not refuse it."),
            say(
                "An else: that takes everything that is left takes mistakes too. Raise ValueError."
            ),
        )
    if parameter == "subject":
        return (
            "line-break-taken",
            say("A line break stood in the subject, and send_mail raised no ValueError."),
            say("build_message refuses it. Is its ValueError caught somewhere?"),
        )
    if value:
        return (
            "recipients-str",
            say("recipients was a str, and send_mail went through it letter by letter."),
            LETTERS,
        )
    return (
        "no-recipients",
        say("There were no recipients, and send_mail raised no ValueError."),
        say("A mail to nobody is a slip of the caller's. build_message refuses it."),
    )


def refused_late(parameter: str, value: Any) -> Finding:
    return (
        "refused-late",
        say(
            "{parameter} was {value!r}, and send_mail connected before it refused that.",
            parameter=parameter,
            value=value,
        ),
        say(
            "What no server could take is refused before a word is said: such checks, and "
            "build_message, come before the connection."
        ),
    )
