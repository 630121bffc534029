"""The student's vocabulary: these names and no others, and nothing happens before they are used."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

import smtplab
from smtplab.student.store import Store

from .client import STRICT

NAMES = {"Lab", "check", "faults", "gauntlet", "hint", "mine", "predict", "progress", "solution"}
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(tmp_path))
    monkeypatch.setattr(Store, "_unwritten", {})
    return tmp_path


def python(code: str, cwd: Path) -> str:
    """Run code in a fresh interpreter in which every warning is an error; return what it says."""
    done = subprocess.run(
        [*STRICT, "-c", code],
        cwd=cwd,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "",
            "SYSTEMROOT": r"C:\Windows",
            "SMTPLAB_FOLDER": str(cwd),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_these_names_and_no_others() -> None:
    assert set(smtplab.__all__) == NAMES
    assert set(dir(smtplab)) >= NAMES
    for name in NAMES:
        assert getattr(smtplab, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Bogus'"):
        smtplab.Bogus  # noqa: B018


def test_importing_does_nothing(tmp_path: Path) -> None:
    code = """
import os, socket, sys, threading
events = []
sys.addaudithook(lambda event, args: events.append(event) if event.startswith("socket.") else None)
import smtplab
heavy = [n for n in ("ipywidgets", "IPython", "aiosmtpd", "asyncio", "psutil") if n in sys.modules]
first = (heavy, threading.active_count(), events)
from smtplab import Lab, check, faults, hint, mine, predict, progress, solution
heavy = [n for n in ("ipywidgets", "IPython") if n in sys.modules]
print(first, heavy, threading.active_count(), [e for e in events if e != "socket.gethostname"],
      os.listdir())
"""
    assert python(code, tmp_path) == "([], 1, []) [] 1 [] []\n"


def test_a_script_without_a_notebook_prints_its_verdict(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "import sys\n"
        "from smtplab import check\n"
        "def reply_code(line):\n"
        "    return line[:3]\n"
        "verdict = check(reply_code)\n"
        "assert verdict.reason == 'still-bytes', verdict\n"
        "print([n for n in ('ipywidgets', 'IPython') if n in sys.modules])\n"
    )
    said = python(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')", tmp_path)
    assert "not yet a number" in said.replace("\n", " ")
    assert said.endswith("[]\n")


def test_a_lab_that_is_made_in_a_script_leaves_nothing(tmp_path: Path) -> None:
    code = """
import threading
from smtplab import Lab
with Lab() as lab:
    assert lab.running
print(lab.running, threading.active_count())
"""
    assert python(code, tmp_path) == "False 1\n"


@pytest.mark.parametrize(
    "thing", [3, None, "reply_code", "bogus", len, int, lambda: 1, object(), [], b""]
)  # fmt: skip
def test_nothing_that_a_beginner_hands_in_raises(
    thing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smtplab.check(thing).status == "error"
    assert capsys.readouterr().out
    if thing != "reply_code":
        assert smtplab.hint(thing) is None
        assert smtplab.solution(thing) is None
        assert capsys.readouterr().out


def test_check_shows_the_verdict_and_returns_it(capsys: pytest.CaptureFixture[str]) -> None:
    def reply_code(line: bytes) -> int:
        return int(line[:3])

    verdict = smtplab.check(reply_code)
    assert verdict.passed
    assert "reply_code" in capsys.readouterr().out


def test_hint_and_solution_show_what_they_return(capsys: pytest.CaptureFixture[str]) -> None:
    rung = smtplab.hint("reply_code")
    assert rung is not None
    assert " ".join(rung.text.split())[:30] in " ".join(capsys.readouterr().out.split())
    reference = smtplab.solution("reply_code")
    assert reference is not None
    assert not reference.open
    assert capsys.readouterr().out


def test_mine_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    one = smtplab.mine("reply_code")
    assert one(b"220 x") == 220
    assert "the reference" in capsys.readouterr().out
    assert len(smtplab.mine("reply_code", "say_goodbye")) == 2
    with pytest.raises(LookupError):
        smtplab.mine("bogus")


def test_predict_and_progress_show_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    smtplab.predict("Which?", ["this", "that"])
    assert "this" in capsys.readouterr().out
    assert smtplab.progress().total > 0
    assert capsys.readouterr().out
