"""Every wrong answer gets its reason and its sentence."""

import importlib

import pytest

from smtplab import exercises
from smtplab.exercises import LESSONS

from . import mutants

ALL = [mutant for lesson in LESSONS for mutant in mutants.load(lesson.slug)]


@pytest.mark.parametrize("mutant", ALL, ids=lambda m: f"{m.exercise}-{m.reason}-{m.line}")
def test_a_wrong_answer_is_told_what_is_wrong(mutant: mutants.Mutant) -> None:
    verdict = exercises.judge(mutant.value, deadline=1.5)
    assert verdict.status in ("failed", "error", "stuck")
    assert verdict.reason == mutant.reason, verdict
    assert mutant.sentence in verdict.sentence
    assert verdict.sentence[-1] in ".`?)"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_each_exercise_has_at_least_three_wrong_answers(lesson: exercises.Lesson) -> None:
    importlib.import_module(f"tests.mutants.{lesson.slug}")
    for exercise in lesson.exercises:
        found = [m for m in ALL if m.exercise == exercise.name]
        assert len(found) >= 3, exercise.name


def test_a_wrong_answer_is_never_a_reference() -> None:
    assert all(m.value is not exercises.reference(m.exercise) for m in ALL)
