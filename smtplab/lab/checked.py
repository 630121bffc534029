"""Values whose fields are looked at when they are made: what faults and habits have in common."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from .certificates import FLAWS

__all__ = ["DIFFERENCES", "PLACES", "Checked"]

PLACES = (
    "greeting", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "message",
    "RSET", "NOOP", "VRFY", "HELP", "QUIT",
)  # fmt: skip

# What the provider offers in its reply to EHLO.
EXTENSIONS = (
    "SIZE", "8BITMIME", "SMTPUTF8", "STARTTLS", "AUTH", "PIPELINING", "ENHANCEDSTATUSCODES", "HELP",
)  # fmt: skip

# In what the two profiles differ: `policy` says how.
DIFFERENCES = (
    "tls-first", "login-first", "no-auth-on-25", "ehlo-for-auth", "code-to-log-in", "line-ends",
    "paths", "short-lines",
)  # fmt: skip

Rule = tuple[Callable[[Any], bool], str]

COUNT: Rule = (lambda v: isinstance(v, int) and v >= 1, "a whole number, 1 or more")
SECONDS: Rule = (lambda v: isinstance(v, int | float) and 0 <= v < math.inf, "seconds, 0 or more")
BANDWIDTH: Rule = (
    lambda v: isinstance(v, int | float) and 1 <= v < math.inf,
    "octets a second, 1 or more, or None",
)
OCTETS: Rule = (lambda v: isinstance(v, bytes), "bytes")

# What a field may hold besides its default, in every fault and habit that has one of that name.
FIELDS: dict[str, Rule] = {
    "at": (lambda v: v is None or v in PLACES, f"one of {', '.join(PLACES)}"),
    "times": COUNT,
    "octets": COUNT,
    "lines": COUNT,
    "seconds": SECONDS,
    "patience": SECONDS,
    "round_trip": SECONDS,
    "bandwidth": BANDWIDTH,
    "code": (lambda v: isinstance(v, int) and 200 <= v < 600, "a reply code from 200 to 599"),
    "text": (lambda v: isinstance(v, str) and not set("\r\n") & set(v), "one line of str"),
    "keyword": (lambda v: v in EXTENSIONS, f"one of {', '.join(EXTENSIONS)}"),
    "difference": (lambda v: v in DIFFERENCES, f"one of {', '.join(DIFFERENCES)}"),
    "flaw": (lambda v: v in FLAWS, f"one of {', '.join(FLAWS)}"),
    **dict.fromkeys(("to_client", "pattern", "becomes"), OCTETS),
}


@dataclass(frozen=True)
class Checked:
    """A value whose fields are looked at when it is made: ValueError names one that is wrong."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            allowed, wanted = FIELDS.get(one.name, (lambda _: True, ""))
            if value is not one.default and not allowed(value):
                raise ValueError(f"{one.name} is {wanted}, not {value!r}")
