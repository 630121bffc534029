"""Right answers that are unlike the reference: each must pass.

An answer is a function or class under the name of its exercise. What makes it unlike the
reference is legal, and was once refused, or stands beside something that was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..answers import as_students_write

__all__ = ["Answer", "load", "unlike"]


@dataclass(frozen=True)
class Answer:
    """A right answer, and a line that says how it differs from the reference."""

    value: Any
    difference: str

    @property
    def exercise(self) -> str:
        return str(self.value.__name__)


_registered: list[Answer] = []


def unlike(difference: str) -> Callable[[Any], Any]:
    """Register a right answer; say how it differs from the reference."""

    def register(value: Any) -> Any:
        _registered.append(Answer(value, difference))
        return value

    return register


def load() -> list[Answer]:
    """All of them."""
    for module in ("values", "words"):
        as_students_write(f"{__name__}.{module}")
    return list(_registered)
