"""Answers of readers who had seen neither checks nor solutions, wrong and right.

An answer is a line of answers/field.jsonl: what its notebook had run before, and its code. `told`
is the reason that is given now to those that were once told something vague or untrue, or passed;
where chance decides which of two is told there is none. `until` is the version of Python in which
a wrong answer is right.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from smtplab import exercises

from . import golden, student
from .conftest import THOROUGH

ANSWERS = [
    json.loads(line)
    for line in (Path(__file__).parent / "answers" / "field.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
NEW = sys.version_info[:2]
CHOSEN = [
    one
    for at, one in enumerate(ANSWERS)
    if one["right"] or ((THOROUGH or at % 2) and tuple(one.get("until", (4, 0))) > NEW)
]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("answer", CHOSEN, ids=lambda answer: answer["id"])
def test_no_wrong_answer_passes_and_no_right_one_is_refused(
    answer: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "\n".join(["from smtplab import check, mine", answer["setup"], answer["code"]])
    function = student.function(tmp_path, text, answer["exercise"])
    if answer["right"]:
        assert exercises.judge(function).passed, exercises.judge(function)
        return
    verdict = golden.judged(function, hangs=True)
    if verdict.status == "stuck" and answer.get("told", verdict.reason) != verdict.reason:
        verdict = golden.judged(function)
    assert not verdict.passed, verdict
    assert answer.get("told", verdict.reason) == verdict.reason, verdict
