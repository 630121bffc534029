"""What a student has done: judged, kept, lent back, begun again; and the notebooks put right."""

from .edition import beside, write_solved
from .grading import Grading
from .handing_out import write_course
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
    "Grading",
    "Hint",
    "LessonProgress",
    "Prediction",
    "Progress",
    "Solution",
    "ask",
    "begin_again",
    "beside",
    "check",
    "hint",
    "mine",
    "not_run",
    "passed",
    "progress",
    "reset",
    "solution",
    "write_course",
    "write_solved",
]
