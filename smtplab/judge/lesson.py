"""A lesson: its number, its words, its exercises, and what it asks before a surprise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..words import Words
from .exercise import Exercise

__all__ = ["Lesson", "Prediction"]


@dataclass(frozen=True)
class Prediction:
    """What is asked before a surprise: answer is one of choices; why is told afterwards.

    They are None and "" for a question that no lesson has.
    """

    text: str
    choices: tuple[str, ...]
    answer: str | None
    why: str


class Lesson:
    """One notebook: its number, the one name it has everywhere, and what it asks.

    file is the module's own: its words stand beside it, with the lesson's title and questions.
    """

    def __init__(self, number: str, file: str, exercises: Sequence[Exercise]) -> None:
        self.number, self.words, self.exercises = number, Words(file), tuple(exercises)
        self.slug = self.words.path.stem
        for exercise in self.exercises:
            exercise.words = self.words

    @property
    def title(self) -> str:
        return self.words("title")

    @property
    def questions(self) -> tuple[Prediction, ...]:
        """What is asked before a surprise, in the reader's language."""
        return _questions(self.words.get("questions", ()))

    @property
    def languages(self) -> list[str]:
        """The languages that its words are in, English first."""
        others = sorted(self.words.path.parent.glob(f"{self.slug}.*.toml"))
        return ["en", *(path.suffixes[-2].removeprefix(".") for path in others)]

    def questions_in(self, code: str) -> tuple[Prediction, ...]:
        """The same in one language, which is that of a notebook."""
        return _questions(self.words.entry("questions", code) or ())

    @property
    def notebook(self) -> str:
        return f"{self.number}_{self.slug}.ipynb"


def _questions(entries: Sequence[Mapping[str, Any]]) -> tuple[Prediction, ...]:
    return tuple(
        Prediction(
            each["ask"], tuple(each["choices"]), each["choices"][each["right"] - 1], each["why"]
        )
        for each in entries
    )
