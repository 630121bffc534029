"""The course in a language that nobody speaks: each word of a message in letters of full width.

What is still in plain letters afterwards did not come out of the catalogue: a value (octets, code,
what a server said), or English that was forgotten. `python -m tests.foreign [LESSON ...]` prints
what is left, the rarest last, and an example of where.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages import Catalog
from babel.messages.pofile import write_po

from smtplab.catalogue.__main__ import extract

ROOT = Path(__file__).resolve().parent.parent
WIDE = {code: code + 0xFEE0 for code in (*range(0x41, 0x5B), *range(0x61, 0x7B))}


def foreign(message: str) -> str:
    """The message in wide letters; names in braces stay as they are."""
    try:
        pieces = list(Formatter().parse(message))
    except ValueError:
        return message.translate(WIDE)
    told = ""
    for text, name, spec, conversion in pieces:
        told += text.translate(WIDE).replace("{", "{{").replace("}", "}}")
        if name is not None:
            told += "{" + name + (f"!{conversion}" if conversion else "")
            told += (f":{spec}" if spec else "") + "}"
    # Without values, doubled braces stay doubled: so they do in the message.
    return told if any(name is not None for _, name, _, _ in pieces) else message.translate(WIDE)


def write_foreign(path: Path) -> Path:
    """A .po file with all messages of the catalogue."""
    catalog = Catalog(locale="en")
    for message in extract():
        if message.id:
            plural = isinstance(message.id, tuple)
            told = tuple(map(foreign, message.id)) if plural else foreign(message.id)
            catalog.add(message.id, told)
    with path.open("wb") as file:
        write_po(file, catalog)
    return path


def survey(lessons: list[str], folder: Path) -> list[dict[str, Any]]:
    """What all wrong answers and hints of these lessons say, in that language."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.foreign", "--survey", *lessons],
        cwd=ROOT,
        env={**os.environ, "SMTPLAB_LANGUAGE": str(write_foreign(folder / "foreign.po"))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: list[dict[str, Any]] = json.loads(done.stdout)
    return said


def left_over(text: str) -> list[str]:
    """The runs of plain letters in a text, with what stands between them."""
    wide = "".join(map(chr, WIDE.values()))
    return [
        piece.strip() for piece in re.split(f"[{wide}]+", text) if re.search("[A-Za-z]{2}", piece)
    ]


def _survey(lessons: list[str]) -> list[dict[str, Any]]:
    from smtplab import exercises

    from . import mutants

    said: list[dict[str, Any]] = []
    for lesson in exercises.LESSONS:
        if lessons and lesson.slug not in lessons:
            continue
        for exercise in lesson.exercises:
            said.append({"exercise": exercise.name, "hints": exercise.hints, "steps": ()})
            passed = exercises.judge(exercises.reference(exercise.name))
            said.append(
                {
                    "exercise": exercise.name,
                    "sentence": passed.sentence,
                    "steps": passed.steps,
                    "was": passed.status,
                    "expected": "passed",
                }
            )
        said += [{"why": question.why, "steps": ()} for question in lesson.questions]
        for mutant in mutants.load(lesson.slug):
            verdict = exercises.judge(mutant.value, deadline=1.5)
            texts = {name: getattr(verdict, name) for name in ("sentence", "steps", "look", "note")}
            said.append(
                {"exercise": mutant.exercise, "expected": mutant.reason, "was": verdict.reason}
                | texts
            )
    return said


if __name__ == "__main__":
    if sys.argv[1:2] == ["--survey"]:
        sys.stdout.write(json.dumps(_survey(sys.argv[2:])))
        sys.exit()
    with tempfile.TemporaryDirectory() as made:
        rows = survey(sys.argv[1:], Path(made))
    counts: Counter[str] = Counter()
    example: dict[str, str] = {}
    for row in rows:
        if row.get("expected") != row.get("was"):
            print(f"{row['exercise']}: {row['expected']} expected, {row['was']}: {row['sentence']}")
        texts = [*(value for value in row.values() if isinstance(value, str))]
        for text in [*texts[1:], *row["steps"], *row.get("hints", ())]:
            for piece in left_over(text):
                counts[piece] += 1
                example.setdefault(piece, text)
    for piece, count in counts.most_common():
        print(f"{count:4} {piece}\n       in: {example[piece]}")
