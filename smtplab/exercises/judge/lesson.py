"""What a lesson is made of, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .trial import Trial

__all__ = ["Exercise", "Lesson", "Question"]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One function or class that a student writes.

    check(trial, student's object) returns when nothing is wrong. hints go from a nudge to
    nearly the answer. forbids names what would do the exercise in the student's place: a
    module ("base64"), a name of one ("socket.create_connection"), an attribute (".sendall")
    or a built-in function ("bin()").
    """

    name: str
    check: Callable[[Trial, Any], None]
    hints: tuple[str, ...]
    forbids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hints) < 3:
            raise ValueError(f"{self.name} has {len(self.hints)} hints; at least three are due")


@dataclass(frozen=True)
class Question:
    """What is asked before a surprise: answer is one of choices; why is told afterwards."""

    text: str
    choices: tuple[str, ...]
    answer: str
    why: str

    def __post_init__(self) -> None:
        if self.answer not in self.choices:
            raise ValueError(f"{self.answer!r} is not among the choices of {self.text!r}")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One notebook: its number, the one name it has everywhere, and what it asks."""

    number: str
    slug: str
    title: str
    exercises: tuple[Exercise, ...]
    questions: tuple[Question, ...] = ()

    @property
    def notebook(self) -> str:
        return f"{self.number}_{self.slug}.ipynb"
