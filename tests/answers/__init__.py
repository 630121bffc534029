"""Answers to the exercises, a file for each lesson: wrong ones, and right ones of other kinds.

A wrong one names the reason that is to be told. What is said, whole, stands in `tests/golden/`:
`python -m tests.golden LESSON` writes it anew, and a person reads the difference.
"""

import linecache
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["Answer", "as_students_write", "load", "right", "wrong"]

OURS = re.compile(r"^@(?:right|wrong|unlike)\(.*", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """One answer: reason is what is wrong with it, "" for a right one, which says what is other."""

    value: Any
    reason: str
    other: str
    line: int

    @property
    def exercise(self) -> str:
        name: str = self.value.__name__
        return name


_registered: list[Answer] = []


def _register(value: Any, reason: str, other: str) -> Any:
    code = getattr(value, "__code__", None)
    _registered.append(Answer(value, reason, other, code.co_firstlineno if code else 0))
    return value


def wrong(reason: str) -> Callable[[Any], Any]:
    """A wrong answer to the exercise of its name, and the reason that is to be told."""
    return lambda value: _register(value, reason, "")


def right(other: str) -> Callable[[Any], Any]:
    """A right answer to the exercise of its name, and how it is unlike the reference."""
    return lambda value: _register(value, "", other)


def load(slug: str) -> list[Answer]:
    """The answers to one lesson, in the order in which they stand."""
    if not Path(__file__).with_name(f"{slug}.py").exists():
        return []
    module = as_students_write(f"{__name__}.{slug}")
    return [answer for answer in _registered if answer.value.__module__ == module.__name__]


def as_students_write(name: str) -> ModuleType:
    """Import a module of answers; our decorators in it are empty lines to the judge."""
    module = import_module(name)
    assert module.__file__
    text = OURS.sub("", Path(module.__file__).read_text("utf-8"))
    linecache.cache[module.__file__] = (len(text), None, text.splitlines(True), module.__file__)
    return module
