"""smtplab: build a mail client from a bare socket, and see every byte.

These names are the student's vocabulary, and no others are. Importing this module does
nothing else: each name is fetched when it is first asked for, so that `python -m smtplab
doctor` can say which package is missing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .exercises import Gauntlet
    from .judge import Verdict
    from .lab import Lab, faults
    from .student import Hint, Progress, Solution

__all__ = ["Lab", "check", "faults", "gauntlet", "hint", "mine", "predict", "progress", "solution"]

Thing = TypeVar("Thing")


def __getattr__(name: str) -> Any:
    if name in ("Lab", "faults"):
        from . import lab, views

        views.attach()
        value = globals()[name] = getattr(lab, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def check(function: object = None) -> "Verdict":
    """Judge the exercise that the function is named after, show the verdict, and return it.

    Never raises for a student's mistake. A function that passes is kept in my_client.py.
    """
    from . import student, views

    waiting = views.Waiting()
    verdict = student.check(function, waiting.tell)
    views.show(verdict, waiting)
    return verdict


def hint(function: object = None) -> "Hint | None":
    """Show the next hint for an exercise, from a nudge to nearly the answer."""
    from . import student

    return _shown(student.hint, function)


def solution(function: object = None) -> "Solution | None":
    """Show the reference for an exercise: after a pass, or after the last hint."""
    from . import student

    return _shown(student.solution, function)


def _shown(of: Callable[[object], Thing], function: object) -> Thing | None:
    """Show what there is of an exercise and return it, or say that there is no such exercise."""
    from . import exercises, views

    try:
        found = of(function)
    except exercises.UnknownExercise as error:
        print(error)
        return None
    views.show(found)
    return found


def predict(question: str, choices: object) -> None:
    """Ask before the cell is run; the why is there afterwards."""
    from . import student, views

    views.show(student.ask(question, choices))


def mine(*names: str) -> Any:
    """Your own versions of functions that passed, else the reference; says which.

    One name gives the function itself, several give a tuple. mine("my_client.py") is the text
    of the whole program. Raise LookupError for a name that no lesson has.
    """
    from . import student

    found = student.mine(*names)
    if found.report:
        print(found.report)
    return found.values[0] if len(names) == 1 else found.values


def progress() -> "Progress":
    """Show where you are, over all lessons, and return it."""
    from . import student, views

    state = student.progress()
    views.show(state)
    return state


def gauntlet(send_mail: object, only: str = "") -> "Gauntlet":
    """Run a send_mail through every scenario of lesson 08, beside smtplib, and show the table.

    only: those scenarios alone that have this in their name, in any case. All of them take about
    15 seconds, and it ends also when the function does not.
    """
    from . import exercises, views

    waiting = views.Waiting()
    result = exercises.run_gauntlet(send_mail, told=waiting.tell, only=only)
    views.show(result, waiting)
    return result
