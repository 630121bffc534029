"""The mistakes that all exercises share. Those at the end hold for every difference.

Each is a reason and a condition over `Facts`; its words stand in `mistakes.toml`, under any.REASON.
They are asked in this order, after the exercise's own.
"""

import ast
import re
from collections.abc import Callable
from typing import Any

from ..words import Words
from .cases import Opaque
from .compare import SLIPS, Facts

__all__ = ["COMMON", "FIRST", "SHARED", "When", "cut", "throws_away"]

COMMON = Words(__file__)
LAST_CODES = re.compile(r"(\d{3}(?:, ?\d{3})*)\)*$")

# A mistake's condition: falsy, True, or values for its words. Three of these values stand for the
# words themselves, where another module has them: "reason", "say" and "look".
When = Callable[[Facts], Any]

LINE_ENDS = {
    "none": b"",
    "lf": b"\n",
    "cr": b"\r",
    "lf-cr": b"\n\r",
    "twice": b"\r\n\r\n",
    "spelt": rb"\r\n",
    "slashes": b"/r/n",
}
PARTS = ("key-missing", "key-more", "key-other", "item-other")  # see first_difference


def cut(line: bytes) -> str:
    """A line of the wire inside a sentence."""
    return line.decode(errors="replace")


def throws_away(facts: Facts, method: str) -> bool:
    """Whether a line of the student's calls a method and does nothing with what it returns."""
    return any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == method
        for node in ast.walk(facts.tree)
    )


def in_weather(*kinds: str) -> Callable[[When], When]:
    """A condition that is asked in this weather alone, where fair weather has passed."""

    def only(when: When) -> When:
        return lambda facts: facts.weather.kind in kinds and when(facts)

    return only


def wrong_exception(f: Facts) -> Any:
    """Another class was raised, by the student or by what they called, than was promised."""
    slip = f.raised in SLIPS and not f.code.startswith(f"raise {f.raised}")
    heard = any(sender == "S" for sender, _ in f.mine.events)
    replied = f.raised == "ReplyError" and f.due != "ReplyError" and heard
    return f.due and f.raised and f.mine.over is not None and not slip and not replied \
        and f.raised != f.due  # fmt: skip


def other_code(f: Facts) -> Any:
    """A ReplyError over a line of the student's own that hoped for another code."""
    came = re.match(r"ReplyError: (\d{3})", f.told)
    if not came or f.due:
        return None
    hoped = LAST_CODES.search(f.code) if "command(" in f.code else None
    return {"came": came[1], "hoped": hoped[1]} if hoped else None


def line_other(f: Facts) -> Any:
    said, due = f.at
    if cut(said) == cut(due):  # octets that are no text
        return said and due and {"is": said, "due_is": due}
    return said and due and {"is": cut(said), "due_is": cut(due)}


def value_is(kind: str) -> When:
    """A value that parts from the right one in this way."""

    def when(f: Facts) -> Any:
        found = f.difference
        if not f.returned or f.due or not found or found.kind != kind:
            return None
        return {"where": found.where, "is": found.got, "wanted": found.want}

    return when


def line_end(ending: bytes) -> When:
    """A line is the right one, but for its end: what was sent, or what was returned."""

    def when(f: Facts) -> Any:
        made, due = (f.sent, f.due_sent) if f.due_sent else (f.got, f.want)
        if not (type(made) is type(due) is bytes and due.endswith(b"\r\n") and len(due) > 2):
            return False
        if f.waits and not ending:  # who waits for whom says more
            return False
        end = len(due) - 2
        return made[:end].upper() == due[:end].upper() and made[end:] == ending

    return when


def short_send(f: Facts) -> Any:
    """Where sends take less, something is missing that was there in fair weather."""
    fair = next(each for each in f.past if each.case is f.case)
    place = min(max(f.part, 0), len(fair.said) - 1)
    return f.sent != f.due_sent and {"took": 3, "line": cut(fair.said[place])}


end, silence = in_weather("end", "cut-off"), in_weather("silence")
pieces, replied = in_weather("dribble", "cut"), in_weather("reply")

# Asked before an exercise's own: what is worse than all else, and what the network alone has done,
# since in fair weather all was well.
FIRST: dict[str, When] = {
    "secret-printed": lambda f: f.leak == "printed",
    "closes-socket": lambda f: f.closed and not f.reference.closed,
    "short-send": in_weather("short-send")(short_send),
    "own-reader": in_weather("ahead")(lambda f: True),
    "pieces": pieces(lambda f: True),
}

SHARED: dict[str, When] = {
    "secret-raised": lambda f: f.leak == "raised",
    "end-ignored": end(lambda f: f.due and f.returned),
    "silence-as-end": lambda f: f.silence_as_end,
    "silence-ignored": silence(lambda f: f.due and f.returned),
    "refusal-ignored": replied(lambda f: f.due == "ReplyError" and f.raised != "ReplyError"),
    "refusal-stops": replied(lambda f: not f.due and f.raised == "ReplyError"),
    **{f"line-end.{kind}": line_end(ending) for kind, ending in LINE_ENDS.items()},
    "wrong-exception": wrong_exception,
    "other-code": other_code,
    "changes-argument": lambda f: f.changed and {"was": f.changed[0], "now": f.changed[1]},
    "returned-exception": lambda f: isinstance(f.got, Opaque) and f.got.error and f.due,
    "not-raised": lambda f: f.returned and f.due,
    "wrong-error": lambda f: (wrong := f.wrong_attribute)
    and {"attribute": wrong.where, "has": wrong.got, "wanted": wrong.want},
    "engine": lambda f: f.mine.over is not None,
    "sent-early": lambda f: f.early and {"line": cut(f.early)},
    "line-other": line_other,
    "line-missing": lambda f: f.part >= 0 and not f.at[0] and {"due_is": cut(f.at[1])},
    "line-more": lambda f: f.part >= 0 and {"is": cut(f.at[0])},
    "reply-unread": lambda f: len(f.unread) > len(f.reference.unread) and f.said
    and {"line": cut(f.said[-1])},
    "type": lambda f: f.returned and f.wrong_type,
    **{f"value-{kind}": value_is(kind) for kind in PARTS},
    "value": lambda f: f.returned and not f.due and f.difference,
    "differs": lambda f: True,
}  # fmt: skip
