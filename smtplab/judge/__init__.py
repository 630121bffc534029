"""The engine that judges: it runs student code under a deadline and says what happened."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..words import joined
from . import advice
from . import source as sources
from .cases import READER, SOCK, Case, Peer
from .check import Check, CheckEnded
from .client import SmtpClient, replies
from .compare import Facts, conversation
from .endings import Ending
from .exercise import Exercise, When
from .lesson import Lesson, Prediction
from .mistakes import cut
from .peer import End, Hear, ScriptedSocket
from .run import DEADLINE, Where, WouldBlock
from .server import SmtpServer
from .source import Source
from .verdict import Verdict

__all__ = [
    "DEADLINE",
    "READER",
    "SOCK",
    "Case",
    "Check",
    "End",
    "Exercise",
    "Facts",
    "Hear",
    "Lesson",
    "Peer",
    "Prediction",
    "ScriptedSocket",
    "SmtpClient",
    "SmtpServer",
    "Source",
    "Verdict",
    "When",
    "WouldBlock",
    "conversation",
    "cut",
    "judge_exercise",
    "replies",
]


def judge_exercise(
    exercise: Exercise,
    student: Any,
    source: Source | None,
    deadline: float = DEADLINE,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Verdict:
    """Judge one object of the student's. Never raises for a mistake of theirs.

    `told` hears, of a check that takes long, how much is done, of how much.
    """
    with Check(exercise.name, student, source, deadline, told) as trial:
        if sources.is_stub(student):
            return trial.ended(Ending("not_attempted", "not-written"))
        trouble = _beforehand(exercise, trial)
        if trouble is not None and trouble.reason != "library-does-it":
            return trouble
        verdict = _run(exercise, trial)
    if trouble is None or verdict.status == "not_attempted":
        return verdict
    if verdict.passed:
        return trouble
    # One fault does not hide the rest: both are said.
    return replace(
        verdict,
        sentence=joined([verdict.sentence, trouble.sentence]),
        look=joined([trouble.look, verdict.look]),
    )


def _run(exercise: Exercise, trial: Check) -> Verdict:
    try:
        exercise.check(trial, trial.student)
    except CheckEnded as over:
        return over.verdict
    except BaseException as error:
        return trial.broke(error)
    return trial.passed()


def _beforehand(exercise: Exercise, trial: Check) -> Verdict | None:
    """What can be told from the text alone: the library did it, or the notebook is needed."""
    source = trial.source
    if source is None:
        return None
    lines = source.text.splitlines()

    def failed(key: str, used: str, line: int) -> Verdict:
        index = line - source.line
        code = lines[index].strip() if 0 <= index < len(lines) else ""
        place = Where(line, code, exercise.name) if line else None
        return trial.ended(Ending("failed", key, {"used": used}), place)

    for forbidden in exercise.forbids:
        line = source.breaks(forbidden)
        if line is not None:
            return failed("library-does-it", forbidden.strip("."), line)
    for problem in source.problems:
        kept = problem.name in advice.kept_in_self(trial.student)
        key = {
            "exit": "exit.before",
            "global": "notebook-global.kept" if kept else "notebook-global",
            "third-party": "third-party.mine" if problem.name == "mine" else "third-party",
        }[problem.kind]
        return failed(key, problem.name, problem.line)
    return None
