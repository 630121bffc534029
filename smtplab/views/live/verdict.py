"""What helps on from a verdict, at a button: the next hint, the solution, the stub."""

from typing import Any, ClassVar

from ... import exercises
from ...exercises import Exercise, Verdict
from .. import texts
from ..html import visible
from . import Live

__all__ = ["Model"]


class Model(Live):
    name: ClassVar[str] = "verdict"
    words: ClassVar[dict[str, Any]] = texts.LIVE_VERDICT

    @classmethod
    def of(cls, thing: Verdict) -> Exercise | None:
        return exercises.find(thing.exercise) if thing.exercise else None

    def __init__(self, thing: Exercise) -> None:
        self._exercise = thing.name
        super().__init__(thing)

    def first(self, thing: Exercise) -> dict[str, Any]:
        return {"exercise": thing.name}

    def ask_hint(self) -> dict[str, Any]:
        hint = exercises.hint(self._exercise)
        title = texts.HINT_TITLE.format(rung=hint.rung, of=hint.of, exercise=hint.exercise)
        return {"title": title, "text": visible(hint.text), "last": hint.rung == hint.of}

    def ask_solution(self) -> dict[str, Any]:
        solution = exercises.solution(self._exercise)
        title = texts.SOLUTION_TITLE if solution.open else texts.SOLUTION_CLOSED
        return {
            "title": title.format(exercise=solution.exercise),
            "source": visible(solution.source.rstrip("\n")) if solution.open else "",
            "why": solution.why,
        }

    def ask_stub(self) -> str:
        """The stub, for the page to put it into the open notebook; the pass is forgotten."""
        return exercises.begin_again(self._exercise)

    def ask_reset(self) -> str:
        """The stub in the file, for a notebook whose cell the page cannot find."""
        return exercises.reset(self._exercise)
