"""Hints, one after the other, the reference when they are used up, and questions to predict."""

from dataclasses import dataclass

from ..exercises import LESSONS, Prediction, find, name_of, reference_source
from . import notebooks
from .said import WORDS
from .store import State, Store

__all__ = ["Hint", "Prediction", "Solution", "ask", "hint", "solution"]


@dataclass(frozen=True)
class Hint:
    """One rung of the ladder: rung counts from 1, of is how many there are."""

    exercise: str
    rung: int
    of: int
    text: str


@dataclass(frozen=True)
class Solution:
    """The reference, if it is open; else why it is not."""

    exercise: str
    source: str
    open: bool
    why: str


def hint(function: object) -> Hint:
    """The next rung for an exercise; the last one stays. Raise UnknownExercise."""
    exercise = find(name_of(function))
    of = len(exercise.hints)

    def edit(state: State) -> None:
        record = state.record(exercise.name)
        record.hints = min(record.hints + 1, of)

    rung = Store().change(edit).record(exercise.name).hints
    return Hint(exercise.name, rung, of, exercise.hints[rung - 1])


def solution(function: object) -> Solution:
    """The reference, after a pass or the last hint. Raise UnknownExercise."""
    exercise = find(name_of(function))
    record = Store().read().record(exercise.name)
    left = len(exercise.hints) - record.hints
    if record.passed or left <= 0:
        return Solution(exercise.name, notebooks.whole(reference_source(exercise.name)), True, "")
    why = WORDS("it-opens-when-has-passed", count=left, name=exercise.name)
    return Solution(exercise.name, "", False, why)


def ask(question: str, choices: object) -> Prediction:
    """A question with its choices; its answer and why, if a lesson has written them.

    A lesson's own question is asked in the reader's language, whatever the notebook's is.
    """
    offered = tuple(str(choice) for choice in choices) if hasattr(choices, "__iter__") else ()
    if not offered:
        raise ValueError("predict wants a question and a list of choices")
    for lesson in LESSONS:
        for code in lesson.languages:
            for asked, known in zip(lesson.questions_in(code), lesson.questions, strict=False):
                if (asked.text, *asked.choices) == (question, *offered):
                    return known
    return Prediction(question, offered, None, "")
