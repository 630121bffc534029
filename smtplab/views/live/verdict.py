"""What helps on from a verdict, at a button: the next hint, the solution, the stub."""

from typing import Any

from ... import exercises, student
from ...exercises import Exercise, Verdict
from ...student import notebooks
from .. import _shell
from . import Live
from .tree import tree

__all__ = ["Model"]


class Model(Live):
    @classmethod
    def of(cls, thing: Verdict) -> Exercise | None:
        return exercises.find(thing.exercise) if thing.exercise else None

    def first(self, thing: Exercise) -> dict[str, Any]:
        return {"exercise": thing.name, "cell": notebooks.stub_id(thing.name)}

    def ask_stand(self, cells: list[str]) -> dict[str, bool]:
        """How the exercise stands, in a notebook of these cells."""
        return {
            "not_run": student.not_run(self.thing.name, cells, ran()),
            "passed": student.passed(self.thing.name),
        }

    def ask_hint(self) -> tuple[list[Any], bool]:
        """The next hint, and whether it is the last."""
        hint = student.hint(self.thing.name)
        return tree(hint), hint.rung == hint.of

    def ask_solution(self) -> tuple[list[Any], bool]:
        """The solution, or why it is closed; and whether it is open."""
        solution = student.solution(self.thing.name)
        return tree(solution), solution.open

    def ask_stub(self, cell: str) -> tuple[str, str]:
        """The stub, for the page to put it in the place of what stands in a cell of the notebook.

        The pass is forgotten. The second text says where what is taken away was kept.
        """
        return student.begin_again(self.thing.name, cell)

    def ask_reset(self) -> str:
        """The stub in the file, for a notebook whose cell the page cannot find."""
        return student.reset(self.thing.name)


def ran() -> list[str]:
    """What ran in this kernel, cell by cell, as it was typed."""
    history = getattr(_shell(), "history_manager", None)
    return list(history.input_hist_raw) if history else []
