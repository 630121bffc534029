"""Student code for tests: written to a file, so that its lines can be found."""

import importlib.util
import itertools
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from smtplab.judge import Check, Verdict, judge_exercise
from smtplab.judge import source as sources

SHORT = 0.2  # seconds, for code that does not end by itself: so little is too little for other

_number = itertools.count()


def load(folder: Path, text: str) -> dict[str, Any]:
    """Run student code out of a file of its own; return its names."""
    path = folder / f"student_{next(_number)}.py"
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def function(folder: Path, text: str, name: str = "task") -> Any:
    return load(folder, text)[name]


def call_it(trial: Check, task: Any) -> None:
    """The smallest check: the function is called, and whatever it returns is right."""
    trial.call(task)


def judged(
    thing: Any,
    check: Any = call_it,
    *,
    deadline: float = 3.0,
    forbids: tuple[str, ...] = (),
    known: frozenset[str] = frozenset(),
) -> Verdict:
    """What the engine says of a thing, in an exercise that is made for the occasion."""
    exercise: Any = SimpleNamespace(name="task", check=check, forbids=forbids)
    return judge_exercise(exercise, thing, sources.read(thing, known), deadline)
