"""Right answers pass, also where they are unlike the reference in what a standard leaves free."""

import pytest

from smtplab import exercises

from . import right


@pytest.mark.parametrize("answer", right.load(), ids=lambda a: f"{a.exercise}: {a.difference}")
def test_a_right_answer_passes(answer: right.Answer) -> None:
    verdict = exercises.judge(answer.value)
    assert verdict.passed, verdict
