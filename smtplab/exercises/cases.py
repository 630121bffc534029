"""What the checks of several lessons share: one case after the other, and what is said of it."""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from ..catalogue import counted, plural, say
from .judge import Trial, Verdict
from .judge.trial import Over

__all__ = [
    "OCTETS",
    "Explain",
    "Finding",
    "brief",
    "case",
    "explained",
    "is_one_of",
    "judge",
    "known",
    "place",
    "promised",
    "raised",
    "throws_away",
    "told",
    "unexpected_reply",
]

Finding = tuple[str, str, str]  # reason, sentence, look
Explain = Callable[[Verdict], Finding | None]

# Octets that never repeat within a length that is tested: 167 has no divisor in common with 251.
OCTETS = bytes(number * 167 % 251 for number in range(5000))

SLIPS = ("NameError", "UnboundLocalError", "AttributeError", "TypeError", "ReplyError")
LAST_CODES = re.compile(r"(\d{3}(?:, ?\d{3})*)\)*$")


@contextmanager
def case(trial: Trial, *steps: str, explain: Explain | None = None) -> Iterator[None]:
    """One case of a check. Its steps go when it has passed: those that stay lead to a mistake.

    explain: see explained.
    """
    before = len(trial.steps)
    for step in steps:
        trial.step(step)
    with explained(*filter(None, [explain])):
        yield
    del trial.steps[before:]


@contextmanager
def explained(*explanations: Explain) -> Iterator[None]:
    """Let the first that knows more say it when student code raised, or waits for ever."""
    try:
        yield
    except Over as over:
        verdict = over.verdict
        if verdict.reason in ("exception", "waits-in-recv"):
            for explain in explanations:
                if finding := explain(verdict):
                    reason, sentence, look = finding
                    better = replace(verdict, reason=reason, sentence=sentence, look=look)
                    raise Over(better) from None
        raise


def brief(value: Any) -> str:
    """A value inside a sentence, cut when it is long."""
    if isinstance(value, (str, bytes)) and len(value) > 60:
        octets = plural("1 octet", "{count:,} octets")
        characters = plural("1 character", "{count:,} characters")
        size = counted(len(value), octets if isinstance(value, bytes) else characters)
        return f"{value[:24]!r}... ({size})"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:50]}...{text[-20:]}"


def is_one_of(got: Any, *values: Any) -> bool:
    """Whether got is one of these; an object that claims to equal anything is none of them."""
    return any(type(got) is type(value) and got == value for value in values)


def judge(
    trial: Trial, got: Any, expected: Any, finding: Finding | None, otherwise: Finding
) -> None:
    """End the check unless got is expected. A finding is said whatever the engine would say."""
    if finding and type(got) not in (bytes, str):  # of these the engine draws the difference
        trial.step(
            say(
                "It returns {got!r:.90}; expected was {expected!r:.90}.", got=got, expected=expected
            )
        )
        trial.fail(*finding)
    reason, sentence, look = finding or otherwise
    trial.equal(got, expected, reason=reason, sentence=sentence, look=look)


# What the engine's verdict on an exception is made of


def raised(verdict: Verdict) -> str:
    """The class of the exception that ended the call, or ""."""
    return verdict.raised.partition(":")[0] if verdict.reason == "exception" else ""


def told(verdict: Verdict) -> str:
    """What Python told of the exception that ended the call: class, message, line."""
    return f"{verdict.raised} `{verdict.code}`" if verdict.raised else ""


def place(verdict: Verdict) -> str:
    return say("line {line}", line=verdict.line) if verdict.line else say("one line")


def _line(verdict: Verdict) -> str:
    # Translators: {line} in the sentences below.
    return say(": `{code}`", code=verdict.code) if verdict.code else ""


def known(*advice: tuple[str, str]) -> Explain:
    """What to look at when certain words stand in what was raised, or in the line that did."""

    def explain(verdict: Verdict) -> Finding | None:
        for words, look in advice:
            if words in told(verdict):
                return verdict.reason, verdict.sentence, look
        return None

    return explain


def promised(name: str, when: str, look: str) -> Explain:
    """Another exception than the promised one was raised; slips are left to the engine."""

    def explain(verdict: Verdict) -> Finding | None:
        kind = raised(verdict)
        if not kind or (kind in SLIPS and not verdict.code.startswith(f"raise {kind}")):
            return None
        # Translators: {when} is a sentence, or a clause with its comma; {line} is the line that
        # raised it, after a colon, or empty.
        sentence = say(
            "{when} {kind} was raised, and {name} was promised{line}.",
            when=when,
            kind=kind,
            name=name,
            line=_line(verdict),
        )
        return "wrong-exception", sentence, look

    return explain


def unexpected_reply(verdict: Verdict) -> Finding | None:
    """A ReplyError over a line of the student's own that hoped for another code."""
    came = re.match(r"ReplyError: (\d{3})", verdict.raised)
    if verdict.reason != "exception" or came is None:
        return None
    hoped = LAST_CODES.search(verdict.code) if "command(" in verdict.code else None
    values = {"code": came[1], "place": place(verdict), "line": _line(verdict)}
    return (
        "other-code",
        # Translators: {place} is "line 3" or "one line"; {line} is a colon and that line, or empty.
        say(
            "The server said {code}, and {place} hoped for {hoped}{line}.", hoped=hoped[1], **values
        )
        if hoped
        else say("The server said {code}, and {place} hoped for another code{line}.", **values),
        say(
            "The transcript shows what was asked and what was answered. Which code is a yes to "
            "that?"
        ),
    )


# What the text of the function tells


def throws_away(trial: Trial, method: str) -> bool:
    """Whether a line of the student's calls a method and does nothing with what it returns."""
    with suppress(SyntaxError):
        tree = ast.parse(textwrap.dedent(trial.source.text if trial.source else ""))
        return any(
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
            and node.value.func.attr == method
            for node in ast.walk(tree)
        )
    return False
