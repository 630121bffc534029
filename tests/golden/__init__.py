"""What is said to each wrong answer, whole, in a file a lesson that a person reads as a diff.

`python -m tests.golden dialogue` writes tests/golden/dialogue.txt anew; without a name, all.
"""

import re
import socket
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from smtplab import exercises
from smtplab.judge import Verdict
from smtplab.solutions.tls import own_name

from ..answers import Answer, load

__all__ = ["block", "blocks", "judged", "keys", "write"]

HERE = Path(__file__).parent
DEADLINE = 1.5  # seconds: half of what students have, since what hangs takes all of it
with socket.create_server(("127.0.0.1", 0)) as end:
    OURS = own_name(end)  # what the reference says in its hello
# What differs from run to run, or from machine to machine.
CHANCE = (
    (re.compile(rf"\b(EHLO|HELO) {re.escape(OURS)}(?!\w)"), r"\1 client.lab.test"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x…"),
    (re.compile(r"127\.0\.0\.1(:|', )\d{4,5}"), r"127.0.0.1\1…"),
    (re.compile(r"/\S*/(?=[\w.-]+\.(?:pem|py)\b)"), "…/"),
    (re.compile(r"(=_|\b)[0-9a-f]{16,}\b"), r"\1…"),
    # As long as this OpenSSL makes it.
    (re.compile(r"(TLS handshake: )[\d,]+ octets"), r"\1… octets"),
    # In which line of a loop it was met.
    (re.compile(r"(does not end) at line \d+: `.*`;"), r"\1 at line …;"),
    # What Python 3.13 and 3.14 say otherwise.
    (re.compile(r"not a container or iterable"), "not iterable"),
    (
        re.compile(r"too many values to unpack \(expected (\d+), got \d+\)"),
        r"too many values to unpack (expected \1)",
    ),
    (re.compile(r"required argument 'digestmod'"), "required parameter 'digestmod'"),
    (re.compile(r"(?:list\.index\(x\): x|'[^']*' is) not in list"), "… not in list"),
    (re.compile(r"more than \d+ times"), "more than … times"),
    (re.compile(r"took [\d.]+ seconds of the processor, and [\d,]+ octets [\d.]+"), "took …"),
    (re.compile(r"\(bytes\([\d_]+\)\)"), "(bytes(…))"),
    (re.compile(r"_ssl\.c:\d+"), "_ssl.c:…"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "…"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{12,}(?![0-9a-f])"), "…"),
    (re.compile(r"(?<!\d)1[6-9]\d{8}(?:\.\d+)?(?!\d)"), "…"),  # seconds since 1970
    (re.compile(r"\b\w{3}, \d\d \w{3} 20\d\d [\d:]{8} [+-]\d{4}"), "(now)"),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [\w :]*\.\.\."), "(now)..."),  # cut
    (re.compile(r"\.\.\. [\d,]+ lines before"), "... lines before"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} [+-]\d{4}"), "a date"),
    (re.compile(r"(the lab's is |\bport )\d{4,5}\b"), r"\1…"),
    (re.compile(r"(AUTH PLAIN )[A-Za-z0-9+/=]{16,}"), r"\1…"),
    # Moments of today, and ids with their lengths.
    (re.compile(r"\w{3}, \d\d? \w{3} 20[2-9]\d [\d:]{8}"), "Mon, 01 Jan 2024 12:00:00"),
    (re.compile(r"\w{3} \w{3} [ \d]\d [\d:]{8} 20[2-9]\d"), "Mon Jan  1 12:00:00 2024"),
    (re.compile(r"\d+ octets: b'Message-ID: <[^>]*>"), "… octets: b'Message-ID: <…>"),
    (re.compile(r"<\d+\.\d+\.\d+@"), "<…@"),
    (re.compile(r"\b[0-9a-f]{6,}--"), "…--"),  # the end of a boundary that was cut
)


def keys(answers: list[Answer]) -> list[str]:
    """A name for each answer, which another before it does not change."""
    seen: dict[str, int] = {}
    names = []
    for answer in answers:
        name = f"{answer.exercise} {answer.reason}"
        seen[name] = seen.get(name, 0) + 1
        names.append(f"{name} {seen[name]}")
    return names


def block(key: str, answer: Answer, verdict: Verdict) -> str:
    """All that is said to one answer. Lines of code are counted from the answer's first.

    The transcript is left out where a module of answers says RACES: a real provider is at work
    there, and how much of a session it has seen by then differs from run to run.
    """
    rows = [f"=== {key}", f"{verdict.status} {verdict.reason} [{verdict.mistake}]"]
    rows += [verdict.sentence, f"> {verdict.look}", *(f"- {step}" for step in verdict.steps)]
    # How far a real provider has come by then is chance.
    races = getattr(import_module(answer.value.__module__), "RACES", False)
    if not races and answer.exercise != "repaired_tls":
        rows += [f"    {row}".rstrip() for row in verdict.transcript.splitlines()]
    text = "\n".join(rows)
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    return re.sub(
        r"(?<=\b[Ll]ine )\d+(?! of what)", lambda found: _relative(int(found[0]), answer.line), text
    )


def _relative(number: int, first: int) -> str:
    return str(number - first if first and number >= first else number)


def blocks(slug: str) -> dict[str, str]:
    """What stands in a lesson's file, by key."""
    path = HERE / f"{slug}.txt"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.split(r"^(?==== )", text, flags=re.MULTILINE)
    return {each.splitlines()[0][4:]: each.rstrip() for each in found if each}


def judged(value: Any, hangs: bool = False) -> Verdict:
    """The verdict, as on a machine that has no name: EHLO's would be another on each.

    What is not known to hang gets a student's time where the machine was too busy for less.
    """
    with patch("socket.gethostname", return_value="client"):
        verdict = exercises.judge(value, deadline=DEADLINE)
        if verdict.status == "stuck" and not hangs:
            whole = exercises.judge(value)
            verdict = verdict if whole.status == "stuck" else whole
    return verdict


def write(slug: str) -> Path:
    """Judge all wrong answers to a lesson, and write down what is said."""
    answers = [answer for answer in load(slug) if answer.reason]
    before = blocks(slug)
    rows = [
        block(key, answer, judged(answer.value, f"{key}\nstuck " in before.get(key, "")))
        for key, answer in zip(keys(answers), answers, strict=True)
    ]
    path = HERE / f"{slug}.txt"
    path.write_text("\n\n".join(rows) + "\n", encoding="utf-8")
    return path
