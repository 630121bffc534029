"""What is seen inside a run that went wrong is said, and nothing else."""

from pathlib import Path

import pytest

from smtplab import exercises

from .student import load

HEAD = """def parse_ehlo(lines):
    found = {}
    for line in lines[1:]:
        keyword, _, rest = line.partition(" ")
"""
# How a value is stored wrongly, and what is said of it; "" where nothing is.
STORED = {
    "caught by all": (
        """
        try: found[keyword] = rest.decode()
        except Exception: pass
        """,
        "AttributeError: 'str' object has no attribute 'decode'.",
    ),
    "caught bare": ("\n        try: found[keyword] = missing\n        except: pass", "NameError"),
    "caught around a call": (
        """
        try: found[keyword] = (lambda: missing)()
        except BaseException: pass
        """,
        "NameError",
    ),
    "caught by name": (
        """
        try: found[keyword] = [rest][1]
        except IndexError: found[keyword] = None
        """,
        "",
    ),
    "caught by the name of its base": (
        """
        try: found[keyword] = [rest][1]
        except (ValueError, LookupError): found[keyword] = None
        """,
        "",
    ),
    "named inside, all outside": (
        """
        try:
            try: found[keyword] = [rest][1]
            except IndexError: found[keyword] = None
        except Exception: pass
        """,
        "",
    ),
    "another named inside, all outside": (
        """
        try:
            try: found[keyword] = [rest][1]
            except KeyError: found[keyword] = None
        except Exception: pass
        """,
        "IndexError",
    ),
    "handled, and not raised": ("\n        found[keyword] = None", ""),
    "compared with octets": (
        '\n        found[keyword] = "" if rest != b"" else rest',
        "compares a str with bytes",
    ),
    "compared with its like": ('\n        found[keyword] = None if rest == "" else rest', ""),
}


@pytest.mark.parametrize("how", STORED)
def test_what_hid_a_slip_is_told_and_what_was_meant_is_not(how: str, tmp_path: Path) -> None:
    stored, said = STORED[how]
    answer = load(tmp_path, f"{HEAD}{stored}\n    return found\n")["parse_ehlo"]
    verdict = exercises.judge(answer)
    assert verdict.status == "failed", verdict
    if said:
        assert said in verdict.look
    else:
        assert "raised" not in verdict.look
        assert "compares" not in verdict.look


def test_a_slip_that_came_out_was_not_hidden(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
        try: found[keyword] = missing
        except Exception: raise
    return found
"""
    )
    verdict = exercises.judge(load(tmp_path, text)["parse_ehlo"])
    assert verdict.status == "error"
    assert "nobody was told" not in verdict.look


def test_a_default_that_cannot_be_made_again_is_passed_over(tmp_path: Path) -> None:
    names = load(tmp_path, "NOTHING = {}\ndef parse_ehlo(lines, found=NOTHING): return found\n")
    del names["NOTHING"]
    assert exercises.judge(names["parse_ehlo"]).status == "failed"


KEPT = "keeps something of an earlier call"
REMEMBERS = {
    "a default value": ("def parse_ehlo(lines, found={}):", True),
    "a default value that is wrong": ("def parse_ehlo(lines, found=dict(X='')):", False),
    "none": ("def parse_ehlo(lines):\n    found = {'X': ''}", False),
}


@pytest.mark.parametrize("kind", REMEMBERS)
def test_what_an_earlier_call_has_left_is_told_where_a_new_copy_is_right(
    kind: str, tmp_path: Path
) -> None:
    head, is_told = REMEMBERS[kind]
    body = """
    for line in lines[1:]:
        keyword, _, rest = line.partition(" ")
        found[keyword.upper()] = rest
    return found
"""
    verdict = exercises.judge(load(tmp_path, head + body)["parse_ehlo"])
    assert not verdict.passed
    assert (KEPT in verdict.look) == is_told
