"""Wrong answers, each with what it must be told."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["Mutant", "load", "mutant"]


@dataclass(frozen=True)
class Mutant:
    """A wrong answer: the object, the reason it must get, and words of the first sentence."""

    value: Any
    reason: str
    sentence: str
    line: int

    @property
    def exercise(self) -> str:
        return str(self.value.__name__)


_registered: list[Mutant] = []


def mutant(*, reason: str, sentence: str) -> Callable[[Any], Any]:
    """Register a wrong answer under the name of its exercise."""

    def register(value: Any) -> Any:
        code = getattr(value, "__code__", None)
        _registered.append(Mutant(value, reason, sentence, code.co_firstlineno if code else 0))
        return value

    return register


def load(slug: str) -> list[Mutant]:
    """The wrong answers of one lesson."""
    module = import_module(f"{__name__}.{slug}")
    return [m for m in _registered if m.value.__module__ == module.__name__]
