"""The verdict on an exercise, and what helps on the way to it: hint and solution."""

from collections.abc import Iterator
from textwrap import dedent

from ..judge import Verdict
from ..student import Hint, Solution
from .html import el, fold, heading, line_count, printout
from .said import WORDS
from .view import Piece, View, apart, as_it_is, folded, items, named, para, printed

__all__ = ["hint_view", "solution_view", "view"]

SIGNS = {"passed": "✓", "failed": "✗", "error": "!", "stuck": "∞", "not_attempted": "○"}
STEPS = 6  # the last ones are shown; those before are folded


def view(verdict: Verdict) -> View:
    """Status and sentence, the steps, the wire, what to look at, and the student's line."""
    title = _title(verdict)
    sign = el("span", SIGNS[verdict.status], class_="sm-sign", aria_hidden="true")
    # A terminal may not have the signs.
    status = Piece([f"[{title}]"], lambda: heading(sign, title))
    pieces = [para(verdict.sentence, "sm-sentence"), *_parts(verdict)]
    return View("verdict", title, pieces, tone=f"sm-{verdict.status}", top=status)


def _parts(verdict: Verdict) -> Iterator[Piece]:
    if verdict.steps:
        yield apart(para(WORDS("verdict.steps"), "sm-muted"))
        earlier = max(0, len(verdict.steps) - STEPS)
        if earlier:
            # What went well before the step that matters is there for whoever asks.
            before = WORDS("verdict.steps_before", count=earlier)
            first = items(verdict.steps[:earlier], 1)
            yield Piece([f"  ({before})"], lambda: fold(before, first.draw()))
        yield items(verdict.steps[earlier:], earlier + 1)
    if verdict.transcript:
        yield printed(WORDS("verdict.octets_seen"), verdict.transcript)
    if verdict.code:
        yield printed(WORDS("verdict.your_line", line=verdict.line), dedent(verdict.code))
    if verdict.look:
        yield apart(named(WORDS("verdict.look"), verdict.look))
    if verdict.output:
        lines = line_count(len(verdict.output.splitlines()))
        name = WORDS("verdict.output", lines=lines)
        yield apart(folded(name, as_it_is(verdict.output, name)))
    if verdict.note:
        yield apart(para(verdict.note, "sm-note sm-muted sm-small"))


def _title(verdict: Verdict) -> str:
    if not verdict.exercise:
        return WORDS("verdict.nothing")
    named = WORDS.get("verdict.status")
    status = named.get(verdict.reason, named[verdict.status])
    return WORDS("verdict.title", status=status, exercise=verdict.exercise)


def hint_view(hint: Hint) -> View:
    """One rung, and how to come to the next."""
    title = WORDS("hint.title", rung=hint.rung, of=hint.of, exercise=hint.exercise)
    onward = WORDS("hint.more" if hint.rung < hint.of else "hint.last", exercise=hint.exercise)
    return View("hint", title, [para(hint.text), para(onward, "sm-muted sm-small")])


def solution_view(solution: Solution) -> View:
    """The reference, or why it is still closed."""
    key = "solution.title" if solution.open else "solution.closed"
    title = WORDS(key, exercise=solution.exercise)
    pieces = []
    if solution.open:
        source = solution.source.rstrip("\n")
        pieces.append(Piece([source], lambda: printout(source, title, wrap=False)))
    if solution.why:
        pieces.append(para(solution.why, "sm-muted sm-small" if solution.open else None))
    return View("solution", title, pieces)
