"""Wrong answers are told what is wrong, right ones pass, and every known mistake is met."""

import re
import time
from datetime import datetime, tzinfo

import pytest

from smtplab import exercises
from smtplab.exercises import LESSONS, autopsy, parts
from smtplab.judge.mistakes import COMMON, FIRST, SHARED

from . import golden
from .answers import Answer, load

MOVED = [lesson for lesson in LESSONS if load(lesson.slug)]
WRONG = [
    pytest.param(lesson.slug, key, answer, id=f"{lesson.slug}-{key.replace(' ', '-')}")
    for lesson in MOVED
    for answers in [[answer for answer in load(lesson.slug) if answer.reason]]
    for key, answer in zip(golden.keys(answers), answers, strict=True)
]
RIGHT = [answer for lesson in MOVED for answer in load(lesson.slug) if not answer.reason]
TOLD = re.compile(r"^\w+ \S* \[(\w+\..+)\]$", re.MULTILINE)


# What a wrong answer leaves open is closed when it is collected, and Python says so then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("slug", "key", "answer"), WRONG)
def test_a_wrong_answer_is_told_what_is_wrong(slug: str, key: str, answer: Answer) -> None:
    known = golden.blocks(slug).get(key, "")
    verdict = golden.judged(answer.value, hangs=f"{key}\nstuck " in known)
    assert verdict.status in ("failed", "error", "stuck"), verdict
    assert verdict.reason == answer.reason, verdict
    assert verdict.sentence[-1] in ".`?)"
    assert golden.block(key, answer, verdict) == known


@pytest.mark.parametrize("answer", RIGHT, ids=lambda a: f"{a.exercise}-{a.other}")
def test_a_right_answer_passes_however_it_is_written(answer: Answer) -> None:
    assert exercises.judge(answer.value).passed, exercises.judge(answer.value)


@pytest.mark.parametrize("lesson", MOVED, ids=lambda lesson: lesson.slug)
def test_each_exercise_has_three_wrong_answers_and_three_right_ones(
    lesson: exercises.Lesson,
) -> None:
    for exercise in lesson.exercises:
        own = [answer for answer in load(lesson.slug) if answer.exercise == exercise.name]
        assert sum(bool(answer.reason) for answer in own) >= 3, exercise.name
        assert sum(not answer.reason for answer in own) >= 3, exercise.name
        assert all(answer.value is not exercises.reference(exercise.name) for answer in own)


def told() -> set[str]:
    """The mistakes that are told to some answer, as EXERCISE.REASON, or any.REASON."""
    return {
        found
        for lesson in MOVED
        for block in golden.blocks(lesson.slug).values()
        for found in TOLD.findall(block)
    }


def conditions() -> dict[str, object]:
    """The condition of each known mistake. Two exercises that are alike have the same ones."""
    return {
        f"{exercise.name}.{reason}": when
        for lesson in MOVED
        for exercise in lesson.exercises
        for reason, when in exercise.mistakes.items()
    }


@pytest.mark.parametrize("lesson", MOVED, ids=lambda lesson: lesson.slug)
def test_the_golden_file_has_each_wrong_answer_and_no_other(lesson: exercises.Lesson) -> None:
    answers = [answer for answer in load(lesson.slug) if answer.reason]
    assert list(golden.blocks(lesson.slug)) == golden.keys(answers)


@pytest.mark.parametrize("lesson", MOVED, ids=lambda lesson: lesson.slug)
def test_each_known_mistake_is_told_to_some_answer(lesson: exercises.Lesson) -> None:
    met = {id(conditions()[name]) for name in told() if name in conditions()}
    known = {
        f"{e.name}.{reason}": when for e in lesson.exercises for reason, when in e.mistakes.items()
    }
    assert sorted(name for name, when in known.items() if id(when) not in met) == []


def test_each_shared_mistake_is_told_to_some_answer() -> None:
    """The very last is for a difference that nobody has thought of."""
    known = {f"any.{reason}" for reason in (*FIRST, *SHARED)} - {"any.differs"}
    assert sorted(known - told()) == []


def entries(table: object, key: str = "") -> list[str]:
    """The dotted keys of all that has a sentence or an advice."""
    if not isinstance(table, dict):
        return []
    own = [key] if {"say", "look"} & set(table) else []
    return own + [e for name, each in table.items() for e in entries(each, f"{key}.{name}")]


@pytest.mark.parametrize("lesson", MOVED, ids=lambda lesson: lesson.slug)
def test_words_are_said_of_known_mistakes_alone(lesson: exercises.Lesson) -> None:
    """A sentence whose reason stands in no table is told to nobody."""
    for exercise in lesson.exercises:
        known = {*exercise.mistakes, *SHARED, *FIRST, "otherwise"}
        words = lesson.words.get(exercise.name)
        assert {entry[1:] for entry in entries(words)} <= known, exercise.name
        steps = {c if isinstance(c, str) else c.why for c in exercise.cases}
        assert steps == set(words["steps"]), exercise.name
        assert len(exercise.hints) >= 3, exercise.name
    assert {entry[1:] for entry in entries(COMMON.get("any"))} <= {*SHARED, *FIRST, "line-end"}


def test_a_right_answer_passes_in_a_kernel_that_is_an_hour_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the reference dates is worked out once, and is right for as long as the kernel lives."""
    right = next(answer for answer in RIGHT if answer.exercise == "repaired_letter")
    assert exercises.judge(right.value).passed
    later = time.time() + 3_600

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(later, tz)

    for module in (autopsy, parts):
        monkeypatch.setattr(module, "datetime", Later)
    monkeypatch.setattr(time, "time", lambda: later)  # which dates a letter
    assert exercises.judge(right.value).passed, exercises.judge(right.value)
