"""What a student has done: judged, kept, lent back, begun again; and the notebooks put right."""

from .edition import lesson_files, write_solved
from .helping import Hint, Prediction, Solution, ask, hint, solution
from .keeping import check, not_run
from .lending import mine
from .overview import (
    ExerciseProgress,
    LessonProgress,
    Progress,
    begin_again,
    passed,
    progress,
    reset,
)

__all__ = [
    "ExerciseProgress",
    "Hint",
    "LessonProgress",
    "Prediction",
    "Progress",
    "Solution",
    "ask",
    "begin_again",
    "check",
    "hint",
    "lesson_files",
    "mine",
    "not_run",
    "passed",
    "progress",
    "reset",
    "solution",
    "write_solved",
]
