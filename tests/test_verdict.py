"""A verdict is data: it says what it is, and is never changed."""

import dataclasses

import pytest

from smtplab.exercises import Verdict


def test_only_a_pass_is_a_pass() -> None:
    statuses = ("passed", "failed", "error", "stuck", "not_attempted")
    passed = [
        Verdict(exercise="x", status=status, sentence="s").passed  # type: ignore[arg-type]
        for status in statuses
    ]
    assert passed == [True, False, False, False, False]


def test_its_repr_is_one_line_that_a_student_can_read() -> None:
    verdict = Verdict(
        exercise="say_goodbye", status="failed", sentence="It sent QUIT without CRLF.", reason="lf"
    )
    assert repr(verdict) == "<Verdict say_goodbye: failed (lf). It sent QUIT without CRLF.>"


def test_nobody_changes_it_afterwards() -> None:
    verdict = Verdict(exercise="x", status="failed", sentence="s")
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.status = "passed"  # type: ignore[misc]
