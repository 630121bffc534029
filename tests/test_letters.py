"""Forms of octets that a reader of letters makes, and what is said of two that differ."""

from pathlib import Path
from typing import Any

import pytest

from smtplab.exercises import letters
from smtplab.judge import Verdict, judge_exercise
from smtplab.judge import source as sources
from smtplab.judge.cases import Case
from smtplab.judge.exercise import Exercise
from smtplab.words import Words

WORDS = """
[task]
hints = ["a", "b", "c"]
steps.one = "A field is made."
"""


def verdict(folder: Path, returned: Any, due: Any, key: Any, **mistakes: Any) -> Verdict:
    """What is said of one value where another is due, in an exercise for the occasion."""

    def task() -> Any:
        return due

    (folder / "task.toml").write_text(WORDS, encoding="utf-8")
    exercise: Any = Exercise(task, cases=[Case("one")], key=key, mistakes=mistakes)
    exercise.words = Words(str(folder / "task.py"))

    def mine() -> Any:
        return returned

    return judge_exercise(exercise, mine, sources.read(mine, frozenset()), 1.0)


FIELD = b"Subject: one two\r\n"


@pytest.mark.parametrize(
    "other", [b"Subject: one\r\n two\r\n", b"Subject: =?utf-8?B?b25lIHR3bw==?=\r\n"]
)
def test_two_fields_that_read_alike_are_alike(tmp_path: Path, other: bytes) -> None:
    assert verdict(tmp_path, other, FIELD, letters.as_field).passed


def test_a_broken_rule_is_told_in_the_words_of_the_reader(tmp_path: Path) -> None:
    said = verdict(
        tmp_path, b"Subject: one two\n", FIELD, letters.as_field, rule=letters.breaks_rule
    )
    assert (said.status, said.reason, said.mistake) == ("failed", "bare-line-end", "task.rule")
    assert said.sentence.startswith("A line of what was returned ends in LF without a CR")
    assert "CRLF" in said.look
    assert said.steps[-1] == r"Line 1 of what it returns, 16 octets: b'Subject: one two\n'"
    assert said.transcript == ""  # no caret: the right octets are many


def test_the_line_with_the_broken_rule_is_shown(tmp_path: Path) -> None:
    lines = b"".join(b" line %d\r\n" % number for number in range(20)) + b" end\n"
    said = verdict(tmp_path, b"X:\r\n" + lines, FIELD, letters.as_field, rule=letters.breaks_rule)
    assert said.steps[-1].startswith("Line 22 of what it returns")


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (b"Subject: one\r\n", "wrong-text"),
        (b"Subject: b'one two'\r\n", "repr-of-bytes"),
        (b"Subject: three\r\n", "wrong-text"),
    ],
)
def test_how_a_text_differs_is_told(tmp_path: Path, returned: bytes, reason: str) -> None:
    said = verdict(
        tmp_path, returned, FIELD, letters.as_field, text=lambda f: letters.text_differs(f, "value")
    )
    assert said.reason == reason


def test_of_many_right_values_none_is_shown_as_the_one_expected(tmp_path: Path) -> None:
    said = verdict(tmp_path, ["x"], ["y"], lambda value: {"rule": None, "value": value[0]})
    assert said.steps[-1] == "It returns ['x']."


def test_the_class_that_a_docstring_names_is_promised_and_not_one_below_it(tmp_path: Path) -> None:
    def task() -> str:
        """Raise ValueError for half a character."""
        return "\ud83d".encode().decode()

    (tmp_path / "task.toml").write_text(WORDS, encoding="utf-8")
    exercise = Exercise(task, cases=[Case("one")])
    exercise.words = Words(str(tmp_path / "task.py"))

    def mine() -> str:
        raise ValueError("half a character")

    assert judge_exercise(exercise, mine, sources.read(mine, frozenset()), 1.0).passed
