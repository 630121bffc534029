"""Grading: each exercise of a submission judged in a process of its own, and what comes of a class.

The process, and what it is guarded against, is `apart.py`. Here nothing of a student's ever runs.
"""

import csv
import json
import os
import secrets
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..command import CHECKOUT
from ..exercises import LESSONS, Exercise, Verdict, by_name, reference_source
from . import notebooks
from .said import WORDS
from .store import set_aside

__all__ = ["Graded", "Grading", "Submission", "judged_apart", "of_notebook", "told"]

SECONDS = 60  # of work, after which the process of an exercise is ended
IDLE = 15  # times as long, if it does not even work: on a busy machine it may have to wait
START = "import sys; sys.path.insert(0, {!r}); from smtplab.student.apart import main; main()"
KINDS = (".ipynb", ".py")
WIDTH = 96  # characters of a line in nbgrader's feedback, which cuts what is longer


@dataclass(frozen=True)
class Submission:
    """The texts of the cells of code, in their order; a file of Python is one cell.

    Where such a file cannot be read as Python, each definition of it is one: what is broken
    costs what it defines, and nothing else.
    """

    cells: Sequence[str]
    notebook: bool = True

    @property
    def names(self) -> list[str]:
        """The exercises that have a cell here, were it the stub alone."""
        return [
            name for name in by_name() if any(map(partial(notebooks.defines, name), self.cells))
        ]


def of_notebook(notebook: Mapping[str, Any]) -> Submission:
    """The cells of a notebook that is JSON already. Raise LookupError or TypeError."""
    sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return Submission(["".join(source) for source in sources])


def judged_apart(
    submission: Submission, names: Collection[str], seconds: int = SECONDS
) -> dict[str, Verdict]:
    """Judge these exercises of a submission, whatever it does; a verdict for each of them.

    seconds is how long the process of each may work.
    """
    verdicts: dict[str, Verdict] = {}
    for name in filter(names.__contains__, by_name()):
        stub = notebooks.stub(reference_source(name))
        if all(cell == stub for cell in submission.cells if notebooks.defines(name, cell)):
            sentence = WORDS("apart.not-written", name=name)
            verdicts[name] = Verdict(exercise=name, status="not_attempted", sentence=sentence)
            continue
        passed = [each for each, verdict in verdicts.items() if verdict.passed]
        asked = {**vars(submission), "exercise": name, "passed": passed, "seconds": seconds}
        verdicts[name] = _one(asked)
    return verdicts


def _one(asked: Mapping[str, Any]) -> Verdict:
    key, name = secrets.token_hex(), asked["exercise"]
    hidden = ("PYTHON", "SMTPLAB_FOLDER", "JUPYTER", "IPYTHON")
    environment = {n: v for n, v in os.environ.items() if not n.startswith(hidden)}
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as folder,
    ):
        environment |= dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "SMTPLAB_FOLDER"), folder)
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-I", "-c", START.format(str(CHECKOUT))],
                input=json.dumps({**asked, "key": key}).encode(), stdout=out,
                stderr=subprocess.DEVNULL, cwd=folder, env=environment, start_new_session=True,
                timeout=IDLE * asked["seconds"], check=False,
            )  # fmt: skip
        out.seek(0)
        for line in out:
            with suppress(ValueError, TypeError, RecursionError):
                whose, told = json.loads(line)
                if whose == key:
                    return Verdict(**{**told, "steps": tuple(told["steps"])})
    sentence = WORDS("apart.ended", name=name, count=asked["seconds"])
    return Verdict(exercise=name, status="stuck", reason="ended", sentence=sentence)


def told(verdict: Verdict) -> str:
    """All that a verdict says, as plain text for whoever reads it later."""
    said = [verdict.sentence, *(f"{n}. {step}" for n, step in enumerate(verdict.steps, 1))]
    sentence, *steps = (textwrap.fill(each, WIDTH) for each in said)
    parts = [sentence, "\n".join(steps), verdict.transcript, textwrap.fill(verdict.look, WIDTH)]
    return "\n\n".join(filter(None, parts))


@dataclass(frozen=True)
class Graded:
    """One student: the best verdict for each exercise, and what was wrong with the files."""

    student: str
    verdicts: Mapping[str, Verdict]
    remarks: Sequence[str]

    def points(self, exercises: Sequence[Exercise]) -> int:
        found = ((each, self.verdicts.get(each.name)) for each in exercises)
        return sum(each.points for each, verdict in found if verdict and verdict.passed)


class Grading:
    """A folder of submissions: one folder or file a student, who is called as that is.

    lessons are those of which anybody has handed in an exercise. left_out are names of what is
    neither a folder nor a notebook nor a file of Python. Raise OSError for the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.left_out = folder, list[str]()
        self.work: dict[str, tuple[list[Submission], list[str]]] = {}
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith((".", "__", "grades.")):
                continue
            if entry.is_dir():
                self._add(entry.name, sorted(entry.rglob("*")))
            elif entry.suffix in KINDS:
                self._add(entry.stem, [entry])
            else:
                self.left_out.append(entry.name)
        every = {n for found, _ in self.work.values() for each in found for n in each.names}
        self.lessons = [one for one in LESSONS if any(e.name in every for e in one.exercises)]
        self.exercises = [exercise for lesson in self.lessons for exercise in lesson.exercises]

    def _add(self, student: str, files: Sequence[Path]) -> None:
        found, remarks = self.work.setdefault(student, ([], []))
        for file in files:
            hidden = any(
                part.startswith((".", "__")) for part in file.relative_to(self.folder).parts
            )
            if hidden or file.suffix not in KINDS or not file.is_file():
                continue
            try:
                text = file.read_text(encoding="utf-8-sig")
                one = Submission(notebooks.pieces(text), notebook=False)
                if file.suffix == ".ipynb":
                    one = of_notebook(json.loads(text))
                found += [one] if one.names else []
            except OSError as error:
                remarks.append(WORDS("grading.unreadable", file=file.name, why=error.strerror))
            except (ValueError, LookupError, TypeError, RecursionError):
                remarks.append(WORDS("grading.damaged", file=file.name))
        if not found and not remarks:
            remarks.append(WORDS("grading.nothing"))

    def __iter__(self) -> Iterator[Graded]:
        """Each student, in order, as soon as their work is judged."""
        with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool:
            yield from pool.map(self._graded, self.work)

    def _graded(self, student: str) -> Graded:
        """Of several files of a student the best counts, exercise by exercise."""
        found, remarks = self.work[student]
        best: dict[str, Verdict] = {}
        for submission in found:
            due = {name for name in submission.names if name not in best or not best[name].passed}
            for name, verdict in judged_apart(submission, due).items():
                if verdict.passed or best.get(name, verdict).status == "not_attempted":
                    best[name] = verdict
                best.setdefault(name, verdict)
        return Graded(student, best, remarks)

    def write(self, rows: Sequence[Graded]) -> Path:
        """Write the table, and set one aside that is there already. Raise OSError."""
        path = self.folder / "grades.csv"
        if path.exists():
            set_aside(path, "before")
        heads = [f"{each.name} ({each.points})" for each in self.exercises]
        total = f"total ({sum(each.points for each in self.exercises)})"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(["student", total, *heads, "remarks"])
            for row in rows:
                found = (row.verdicts.get(each.name) for each in self.exercises)
                missed = [f"{v.exercise}: {v.sentence}" for v in found if v and not v.passed]
                # A spreadsheet takes for a formula what begins with one of these.
                student = f"'{row.student}" if row.student[0] in "=+-@" else row.student
                scores = [row.points([each]) for each in self.exercises]
                table.writerow([student, sum(scores), *scores, "\n".join([*row.remarks, *missed])])
        return path
