"""The verdict on an exercise, and what helps on the way to it: hint and solution."""

from collections.abc import Iterator
from textwrap import dedent
from typing import TYPE_CHECKING

from ..catalogue import counted
from . import texts
from .html import Html, el, fold, heading, page, printout, prose, visible

if TYPE_CHECKING:
    from ..exercises import Hint, Solution, Verdict

__all__ = ["hint_html", "hint_text", "html", "solution_html", "solution_text", "text"]

STEPS = 6  # the last ones are drawn; those before are folded


def html(verdict: "Verdict") -> str:
    """Status and sentence, the steps, the wire, what to look at, and the student's line."""
    sign, _ = texts.VERDICT_STATUS[verdict.status]
    title = _title(verdict)
    mark = el("span", sign, class_="sm-sign", aria_hidden="true")
    return page(
        "verdict",
        title,
        heading(mark, title),
        el("p", prose(verdict.sentence), class_="sm-sentence"),
        *_parts(verdict),
        tone=f"sm-{verdict.status}",
    )


def _parts(verdict: "Verdict") -> Iterator[Html]:
    if verdict.steps:
        yield el("p", texts.STEPS, class_="sm-muted")
        steps = [el("li", prose(step)) for step in verdict.steps]
        earlier = max(0, len(steps) - STEPS)
        if earlier:
            # What went well before the step that matters is there for whoever asks.
            yield fold(texts.STEPS_BEFORE.format(count=earlier), el("ol", *steps[:earlier]))
        yield el("ol", *steps[earlier:], start=str(earlier + 1))
    if verdict.transcript:
        yield el("p", texts.VERDICT_TRANSCRIPT, class_="sm-muted")
        yield printout(verdict.transcript, texts.VERDICT_TRANSCRIPT, wrap=False)
    if verdict.code:
        yield el("p", _your_line(verdict), class_="sm-muted")
        yield printout(dedent(verdict.code), _your_line(verdict), wrap=False)
    if verdict.look:
        yield el(
            "p",
            el("span", texts.NAMED.format(name=texts.LOOK, value=""), class_="sm-muted"),
            prose(verdict.look),
        )
    if verdict.output:
        yield fold(_printed(verdict), printout(verdict.output, _printed(verdict)))
    if verdict.note:
        yield el("p", verdict.note, class_="sm-muted sm-small")


def text(verdict: "Verdict") -> str:
    """The same for a terminal, without signs that a terminal may not have."""
    lines = [f"[{_title(verdict)}]", verdict.sentence]
    if verdict.steps:
        lines += ["", texts.STEPS]
        earlier = max(0, len(verdict.steps) - STEPS)
        if earlier:
            lines.append(f"  ({texts.STEPS_BEFORE.format(count=earlier)})")
        numbered = enumerate(verdict.steps[earlier:], earlier + 1)
        lines += [f"  {number}. {step}" for number, step in numbered]
    if verdict.transcript:
        lines += ["", texts.VERDICT_TRANSCRIPT, _indent(verdict.transcript)]
    if verdict.code:
        lines += ["", _your_line(verdict), _indent(dedent(verdict.code))]
    if verdict.look:
        lines += ["", texts.NAMED.format(name=texts.LOOK, value=verdict.look)]
    if verdict.output:
        lines += ["", _printed(verdict), _indent(verdict.output)]
    if verdict.note:
        lines += ["", verdict.note]
    return visible("\n".join(lines))


def _title(verdict: "Verdict") -> str:
    if not verdict.exercise:
        return texts.VERDICT_OF_NOTHING
    _, status = texts.VERDICT_STATUS[verdict.status]
    return texts.VERDICT_TITLE.format(status=status, exercise=verdict.exercise)


def _your_line(verdict: "Verdict") -> str:
    if verdict.line is None:
        return texts.YOUR_LINE
    return texts.YOUR_LINE_NUMBER.format(line=verdict.line)


def _printed(verdict: "Verdict") -> str:
    return texts.OUTPUT.format(lines=counted(len(verdict.output.splitlines()), texts.LINES))


def _indent(block: str) -> str:
    return "\n".join(f"  {line}" for line in block.rstrip("\n").split("\n"))


def hint_html(hint: "Hint") -> str:
    """One rung, and how to come to the next."""
    title = texts.HINT_TITLE.format(rung=hint.rung, of=hint.of, exercise=hint.exercise)
    onward = el("p", _onward(hint), class_="sm-muted sm-small")
    return page("hint", title, heading(title), el("p", prose(hint.text)), onward)


def hint_text(hint: "Hint") -> str:
    """The same for a terminal."""
    title = texts.HINT_TITLE.format(rung=hint.rung, of=hint.of, exercise=hint.exercise)
    return visible(f"{title}\n{hint.text}\n{_onward(hint)}")


def _onward(hint: "Hint") -> str:
    onward = texts.HINT_MORE if hint.rung < hint.of else texts.HINT_LAST
    return onward.format(exercise=hint.exercise)


def solution_html(solution: "Solution") -> str:
    """The reference, or why it is still closed."""
    title = _solution_title(solution)
    if not solution.open:
        return page("solution", title, heading(title), el("p", solution.why))
    shown = printout(solution.source.rstrip("\n"), title, wrap=False)
    why = el("p", solution.why, class_="sm-muted sm-small") if solution.why else None
    return page("solution", title, heading(title), shown, why)


def solution_text(solution: "Solution") -> str:
    """The same for a terminal."""
    inside = (solution.source.rstrip("\n"), solution.why) if solution.open else (solution.why,)
    return visible("\n".join(filter(None, (_solution_title(solution), *inside))))


def _solution_title(solution: "Solution") -> str:
    title = texts.SOLUTION_TITLE if solution.open else texts.SOLUTION_CLOSED
    return title.format(exercise=solution.exercise)
