"""What can be wrong with what one call of a sender led to: asked in this order.

Each trouble is a key and a condition over a `Sent`; its words stand in troubles.toml, and know the
exception that came. The gauntlet says the first that holds, and the check of send_mail asks the
same ones behind its own.
"""

import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from ...judge.check import at
from ...judge.formatting import described
from ...judge.run import where
from ...judge.source import files_of
from ...words import Words, joined
from .attempt import Sent
from .scenarios import CANARY, Cautious, Delivered, Raises

__all__ = ["TROUBLES", "UNSAFE", "WORDS", "first_trouble", "named", "right"]

WORDS = Words(__file__)

# What is raised by a slip in the code, and by no server.
MISTAKES = (
    ArithmeticError, AssertionError, AttributeError, BufferError, ImportError, LookupError,
    MemoryError, NameError, NotImplementedError, RecursionError, StopIteration, TypeError,
)  # fmt: skip
TIME_IS_UP = re.compile(r"(?i)time[d]?[ -]?out|in time|time is up|took too long")

Trouble = Callable[[Sent], Any]  # falsy, True, or values for its words


def named(error: BaseException | None) -> str:
    """An exception's class and text, without a full stop of its own."""
    return described(error).rstrip(".") if error else ""


def says(error: Exception, code: int) -> bool:
    """Whether an exception tells a reply code, as an attribute or in its text."""
    told = [getattr(error, name, None) for name in ("code", "smtp_code")]
    return code in told or re.search(rf"\b{code}\b", str(error)) is not None


def time_is_up(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or bool(TIME_IS_UP.search(str(error)))


def raises(when: Callable[[Sent, Raises], Any]) -> Trouble:
    """A condition where an exception is due."""
    return lambda s: isinstance(s.expected, Raises) and when(s, s.expected)


def delivered(when: Callable[[Sent, Delivered], Any]) -> Trouble:
    """A condition where the mail is to arrive."""
    return lambda s: isinstance(s.expected, Delivered) and when(s, s.expected)


def strange_address(s: Sent) -> bool:
    """An address that is not ASCII was said to a server that does not offer SMTPUTF8."""
    for session in s.sessions:
        events = session.events
        strange = (e.data.upper() for e in events if e.sender == "C" and not e.data.isascii())
        offers = (e.data for e in events if e.sender == "S" and e.data.startswith(b"250"))
        said = any(data.startswith((b"MAIL FROM:", b"RCPT TO:")) for data in strange)
        if said and not any(b"SMTPUTF8" in data for data in offers):
            return True
    return False


def not_written(s: Sent) -> Any:
    frames = traceback.extract_tb(s.error.__traceback__) if s.error else []
    return isinstance(s.error, NotImplementedError) and {"function": frames[-1].name}


def slip(s: Sent) -> Any:
    if not isinstance(s.error, MISTAKES):
        return None
    place = where(s.error.__traceback__, files_of(s.attempt.sender))
    return {"at": at(place)}


def other_code(s: Sent, due: Raises) -> Any:
    code = due.code if not due.if_said or s.was_told(due.code) else None
    return code is not None and s.error and not says(s.error, code) and {"code": code}


def difference(s: Sent) -> Any:
    """What is not as it should be, but for what another row has said."""
    new = [each for each in s.differences if each not in s.told]
    return new and {"difference": "; ".join(new)}


def other_report(s: Sent, due: Delivered) -> Any:
    """The first recipient for whom something else was reported than its reply."""
    for address, code in due.refused.items():
        reply = s.value[address]
        if not isinstance(reply, tuple) or len(reply) != 2 or reply[0] != code:
            return {"address": address, "reply": reply}
    return None


# What should never be said, to anybody.
UNSAFE: dict[str, Trouble] = {
    "password-in-the-clear": lambda s: s.tells(s.octets(tls=False)),
    "mail-in-the-clear": lambda s: (
        s.security != "none" and any(line.kind == "data" and not line.tls for line in s.lines)
    ),
    "password-to-the-middle": lambda s: s.tells(s.overheard) and {"port": s.port},
    "password-to-a-stranger": lambda s: (
        s.attempt.scenario.stranger and s.tells(s.octets()) and {"port": s.port}
    ),
    "password-in-error": lambda s: s.error and s.tells(str(s.error).encode()),
    "injection": lambda s: any(
        line.sender == "C" and line.data.startswith(CANARY.encode()) for line in s.lines
    ),
    "address-not-offered": strange_address,
}
# What is wrong with how it ended, or with what arrived.
TROUBLES: dict[str, Trouble] = {
    "took-before-tls": lambda s: (
        isinstance(s.expects, Cautious) and s.error and s.octets(tls=True)
    ),
    "success-and-arrived": raises(lambda s, due: not s.error and s.arrived),
    "no-error": raises(lambda s, due: not s.error and {"value": s.value}),
    "error-and-arrived": raises(lambda s, due: s.arrived and not due.arrives),
    "sent-again": raises(lambda s, due: len(s.arrived) > 1 and {"count": len(s.arrived)}),
    "not-written": not_written,
    "slip": slip,
    "other-code": raises(other_code),
    "not-in-time": raises(lambda s, due: due.in_time and s.error and not time_is_up(s.error)),
    "waited": raises(
        lambda s, due: not (due.in_time or due.kinds) and s.error and time_is_up(s.error)
    ),
    "raised-and-arrived": delivered(lambda s, due: s.error and s.arrived),
    "raised": delivered(lambda s, due: s.error),
    "nothing-arrived": delivered(lambda s, due: not s.arrived),
    "several-mails": delivered(lambda s, due: len(s.arrived) > 1 and {"count": len(s.arrived)}),
    "wrong-message": delivered(lambda s, due: difference(s)),
    "no-mapping": delivered(lambda s, due: not isinstance(s.value, Mapping) and {"value": s.value}),
    "wrong-report": delivered(
        lambda s, due: set(s.value) != set(due.refused) and {"addresses": list(s.value)}
    ),
    "wrong-reply": delivered(other_report),
}  # fmt: skip


def right(s: Sent) -> str:
    """What is said where nothing is wrong."""
    if isinstance(s.expected, Raises):
        key = "right.unconfirmed" if s.arrived else "right.raised"
        return WORDS(key, error=named(s.error))
    if s.attempt.scenario.round_trip and not s.differences:
        return WORDS("right.far", count=sum(len(each.round_trips()) for each in s.sessions))
    if s.differences:
        return WORDS("right.but", difference="; ".join(s.differences))
    reports = [WORDS("right.reported", address=a, code=c) for a, c in s.expected.refused.items()]
    return joined(reports) or WORDS("right.delivered")


def first_trouble(table: Mapping[str, Trouble], *sent: Sent) -> str:
    """The sentence of the first trouble that one of the calls has, or ""."""
    for key, trouble in table.items():
        for one in sent:
            if found := trouble(one):
                values = found if isinstance(found, dict) else {}
                return WORDS.fill(key, {"error": named(one.error), **values})
    return ""
