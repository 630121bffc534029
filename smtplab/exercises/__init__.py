"""The lessons, each found by its module, and what they ask.

A lesson is a module of this package that has a LESSON. What a student has done of it is kept in
the room `student`; this one knows nobody.
"""

import difflib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType
from typing import Any, cast

from ..judge import DEADLINE, Exercise, Lesson, Prediction, Source, Verdict, judge_exercise
from ..judge import source as sources
from ..words import Words, joined
from .gauntlet import Gauntlet, run_gauntlet
from .loading import NoClient, load_client

__all__ = [
    "LESSONS",
    "Exercise",
    "Gauntlet",
    "Lesson",
    "NoClient",
    "Prediction",
    "UnknownExercise",
    "Verdict",
    "by_name",
    "find",
    "given",
    "judge",
    "judged",
    "known",
    "load_client",
    "name_of",
    "reference",
    "reference_source",
    "run_gauntlet",
]

WORDS = Words(__file__)


def _found() -> tuple[Lesson, ...]:
    """The lessons, by their numbers. A module that has words of its name beside it is one."""
    here = Path(__file__).parent
    modules = (import_module(f".{each.name}", __name__) for each in iter_modules(__path__)
               if (here / f"{each.name}.py").is_file())  # fmt: skip
    lessons = (vars(module).get("LESSON") for module in modules)
    return tuple(sorted(filter(None, lessons), key=lambda lesson: lesson.number))


LESSONS = _found()


class UnknownExercise(LookupError):
    """There is no exercise of that name."""


@cache
def by_name() -> dict[str, tuple[Lesson, Exercise]]:
    return {e.name: (lesson, e) for lesson in LESSONS for e in lesson.exercises}


@cache
def given() -> dict[str, tuple[str, Any]]:
    """The names that come with a lesson without being an exercise: slug and object."""
    found: dict[str, tuple[str, Any]] = {}
    for lesson in LESSONS:
        module = import_module(f"smtplab.solutions.{lesson.slug}")
        for name in module.__all__:
            if name not in by_name():
                found[name] = (lesson.slug, getattr(module, name))
    return found


def known() -> frozenset[str]:
    return frozenset(by_name()) | frozenset(given())


def find(name: str) -> Exercise:
    """The exercise of that name. Raise UnknownExercise, with the names that come close, or all."""
    if name in by_name():
        return by_name()[name][1]
    close = difflib.get_close_matches(name, by_name(), n=2, cutoff=0.5)
    sentence = WORDS("no-exercise.say", name=name)
    if len(close) == 2:
        guess = WORDS("no-exercise.two", first=close[0], second=close[1])
    else:
        all_names = WORDS("no-exercise.all", names=", ".join(by_name()))
        guess = WORDS("no-exercise.one", name=close[0]) if close else all_names
    raise UnknownExercise(joined((sentence, guess)))


def name_of(thing: object) -> str:
    # An object of a student's is not asked what it is: its own methods may raise.
    thing = sources.unwrapped(thing)
    kind = type(thing)
    if kind is str:
        return cast(str, thing)
    if issubclass(kind, FunctionType | type):
        name: str = cast(Any, thing).__name__
        owner = cast(Any, thing).__qualname__.rpartition(".")[0]
        if owner in by_name() and name not in by_name():
            raise UnknownExercise(WORDS("no-exercise.method", owner=owner, name=name))
        if name != "<lambda>":
            return name
        raise UnknownExercise(WORDS("no-exercise.nameless"))
    try:
        shown = f"{thing!r:.80}"
    except Exception:
        shown = WORDS("no-exercise.object", kind=kind.__name__)
    raise UnknownExercise(WORDS("no-exercise.no-function", shown=shown))


def reference(name: str) -> Any:
    """The reference of an exercise, or a name that is given with a lesson."""
    if name in by_name():
        return getattr(import_module(f"smtplab.solutions.{by_name()[name][0].slug}"), name)
    if name in given():
        return given()[name][1]
    find(name)
    raise AssertionError


def reference_source(name: str) -> Source:
    """The reference as text, with what it needs."""
    source = sources.read(reference(name), known())
    assert source is not None
    return source


def judge(function: object, *, deadline: float = DEADLINE) -> Verdict:
    """Judge the exercise that the function is named after; keep nothing.

    The deadline, in seconds, is for each call of the student's code.
    """
    return judged(function, deadline)[0]


def judged(
    function: object,
    deadline: float = DEADLINE,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[Verdict, Source | None]:
    """The verdict, and the text that it is about; see `judge_exercise`."""
    try:
        name = name_of(function)
        exercise = find(name)
    except UnknownExercise as error:
        return _error("", str(error), "not-an-exercise"), None
    if type(function) is str:
        return _error(name, WORDS("in-quotes", name=name), "not-a-function"), None
    source = sources.read(function, known())
    return judge_exercise(exercise, function, source, deadline, told), source


def _error(name: str, sentence: str, reason: str) -> Verdict:
    return Verdict(exercise=name, status="error", sentence=sentence, reason=reason)
