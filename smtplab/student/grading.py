"""Grading: submissions judged each in a process of its own, and what comes of a whole folder.

The process, and what it is guarded against, is `apart.py`. Here nothing of a student's ever runs.
"""

import csv
import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from ..command import CHECKOUT
from ..exercises import LESSONS, Exercise, Lesson, Verdict, by_name
from .notebooks import defines
from .said import WORDS
from .store import set_aside
from .submission import Submission, Unreadable, read

__all__ = ["TABLE", "Graded", "Grading", "judged_apart", "of_lesson", "points", "told"]

SECONDS = 60.0  # of work without a word, after which the process of a submission is ended
IDLE = 15  # times as long, if it does not even work; on a busy machine it may have to wait
START = "import sys; sys.path.insert(0, {!r}); from smtplab.student.apart import main; main()"
TABLE = "grades.csv"
KINDS = (".ipynb", ".py")
LINE = 1 << 20  # octets of what the process says at once
SURE = "=+-@\t\r"  # with these a spreadsheet takes a text for a formula


def judged_apart(
    submission: Submission, names: Collection[str], seconds: float = SECONDS
) -> dict[str, Verdict]:
    """Judge these exercises of a submission, whatever it does; a verdict for each of them.

    seconds is how long its process may work and say nothing. What ends the process, or keeps it,
    costs the exercise or the cell that was begun last, and the rest is judged in another.
    """
    verdicts: dict[str, Verdict] = {}
    without: list[int] = []
    while due := [name for name in by_name() if name in names and name not in verdicts]:
        lent = [name for name, verdict in verdicts.items() if not verdict.passed]
        begun: Any = None
        why = "ended"
        for kind, value in _talk(
            {**vars(submission), "exercises": due, "lent": lent, "without": without}, seconds
        ):
            if kind in ("late", "changed"):
                why = kind
            elif kind != "verdict":
                begun = value  # the number of a cell, or the name of an exercise
            elif value["exercise"] == begun:
                verdicts[begun] = Verdict(**{**value, "steps": tuple(value["steps"])})
        if begun is None:
            raise RuntimeError("the process in which submissions are judged does not start")
        if begun in verdicts:
            continue
        lost = [begun]
        if isinstance(begun, int):
            without.append(begun)
            lost = [name for name in due if defines(name, submission.cells[begun])]
        for name in lost:
            verdicts[name] = Verdict(
                exercise=name, status="stuck" if why == "late" else "failed", reason=why,
                sentence=WORDS(f"apart.{why}", name=name, count=round(seconds)),
            )  # fmt: skip
    return verdicts


def _talk(asked: Mapping[str, Any], seconds: float) -> Iterator[tuple[str, Any]]:
    """Start a process, and yield what it says; at the end "late", if that did not come."""
    key = secrets.token_hex()
    hidden = ("PYTHON", "SMTPLAB_FOLDER", "JUPYTER", "IPYTHON")
    environment = {n: v for n, v in os.environ.items() if not n.startswith(hidden)}
    with tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as folder:
        environment |= dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "SMTPLAB_FOLDER"), folder)
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", START.format(str(CHECKOUT))],
            cwd=folder, env=environment, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdin and process.stdout
        heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        listener = threading.Thread(target=_listen, args=(process.stdout, heard), daemon=True)
        listener.start()
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps({**asked, "key": key}).encode())
                process.stdin.close()
            while line := _heard(heard, process.pid, seconds):
                with suppress(ValueError, TypeError, RecursionError):
                    whose, kind, value = json.loads(line)
                    if whose == key:
                        yield kind, value
        except queue.Empty:
            yield "late", None
        finally:
            process.kill()
            process.wait()
            listener.join()
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()


def _heard(heard: "queue.SimpleQueue[bytes]", pid: int, seconds: float) -> bytes:
    """The next line of a process, b"" when it has ended; raise queue.Empty when it is late."""
    begun, until = _worked(pid), time.monotonic() + IDLE * seconds
    while True:
        try:
            return heard.get(timeout=0.2)
        except queue.Empty:
            if _worked(pid) - begun > seconds or time.monotonic() > until:
                raise


def _worked(pid: int) -> float:
    """Seconds of the processors' time that a process has had."""
    with suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0


def _listen(stream: IO[bytes], heard: "queue.SimpleQueue[bytes]") -> None:
    while line := stream.readline(LINE):
        heard.put(line)
    heard.put(b"")


def points(exercise: Exercise, verdict: Verdict | None) -> int:
    """What a verdict is worth: all of the exercise's points, or none."""
    return exercise.points if verdict is not None and verdict.passed else 0


def told(verdict: Verdict) -> str:
    """All that a verdict says, as plain text for whoever reads it later."""
    steps = [f"{number}. {step}" for number, step in enumerate(verdict.steps, 1)]
    output = [WORDS("grading.output"), verdict.output] if verdict.output.strip() else []
    parts = (verdict.sentence, "\n".join(steps), verdict.transcript, "\n".join(output))
    return "\n\n".join(filter(None, [*parts, verdict.look]))


@dataclass(frozen=True)
class Graded:
    """One student: the best verdict for each exercise, and what was wrong with the files."""

    student: str
    verdicts: Mapping[str, Verdict]
    remarks: Sequence[str]

    def points(self, exercises: Sequence[Exercise]) -> int:
        return sum(points(each, self.verdicts.get(each.name)) for each in exercises)


class Grading:
    """A folder of submissions: one folder or file a student, who is called as that is.

    lessons are those of which anybody has handed in an exercise. left_out are names of what is
    neither a folder nor a notebook nor a file of Python. Raise OSError for the folder.
    """

    def __init__(self, folder: Path, seconds: float = SECONDS) -> None:
        self.folder, self.seconds = folder, seconds
        self.left_out: list[str] = []
        self._work: dict[str, tuple[list[Submission], list[str]]] = {}
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith((".", "__")) or entry.name.startswith("grades."):
                continue
            if entry.is_dir():
                self._add(entry.name, sorted(filter(_counts, entry.rglob("*"))))
            elif entry.suffix in KINDS:
                self._add(entry.stem, [entry])
            else:
                self.left_out.append(entry.name)
        every = {n for work, _ in self._work.values() for each in work for n in each.names}
        self.lessons = [one for one in LESSONS if any(e.name in every for e in one.exercises)]

    @property
    def students(self) -> list[str]:
        return list(self._work)

    @property
    def exercises(self) -> list[Exercise]:
        return [exercise for lesson in self.lessons for exercise in lesson.exercises]

    def _add(self, student: str, files: Sequence[Path]) -> None:
        work, remarks = self._work.setdefault(student, ([], []))
        for file in files:
            try:
                found = read(file)
            except Unreadable as error:
                remarks.append(str(error))
            else:
                work += [found] if found.names else []
        if not work and not remarks:
            remarks.append(WORDS("grading.nothing"))

    def __iter__(self) -> Iterator[Graded]:
        """Each student, in order, as soon as their work is judged."""
        with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool:
            yield from pool.map(self._graded, self._work)

    def _graded(self, student: str) -> Graded:
        """Of several files of a student the best counts, exercise by exercise."""
        work, remarks = self._work[student]
        best: dict[str, Verdict] = {}
        for submission in work:
            due = [n for n in submission.names if n not in best or not best[n].passed]
            for name, verdict in judged_apart(submission, due, self.seconds).items():
                if verdict.passed or best.get(name, verdict).status == "not_attempted":
                    best[name] = verdict
                best.setdefault(name, verdict)
        return Graded(student, best, remarks)

    def write(self, rows: Sequence[Graded]) -> Path:
        """Write the table, and set one aside that is there already. Raise OSError."""
        path = self.folder / TABLE
        if path.exists():
            set_aside(path, "before")
        heads = [f"{each.name} ({each.points})" for each in self.exercises]
        most = sum(each.points for each in self.exercises)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(["student", f"total ({most})", *heads, "remarks"])
            for row in rows:
                verdicts = filter(None, (row.verdicts.get(each.name) for each in self.exercises))
                remarks = [*row.remarks, *(f"{v.exercise}: {v.sentence}" for v in verdicts
                                           if not v.passed)]  # fmt: skip
                scores = [row.points([each]) for each in self.exercises]
                cells = [row.student, sum(scores), *scores, "\n".join(remarks)]
                table.writerow([_sure(each) if isinstance(each, str) else each for each in cells])
        return path


def of_lesson(row: Graded, lesson: Lesson) -> str:
    """The points of a lesson, as a table shows them: 30/60."""
    return f"{row.points(lesson.exercises)}/{sum(each.points for each in lesson.exercises)}"


def _sure(text: str) -> str:
    return f"'{text}" if text.startswith(tuple(SURE)) else text


def _counts(path: Path) -> bool:
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return path.suffix in KINDS and path.is_file() and not hidden
