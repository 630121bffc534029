"""A class at one machine: `python -m tests.crowd [N ...]` runs so many students at once.

Each has a kernel and a folder. They begin together, have every answer to lesson 02 in
`tests/answers/` checked, right and wrong, and run the gauntlet with the reference. What is told is
the memory of a kernel, the time of a check, and every verdict that a quiet machine does not give.
"""

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.manager import KernelManager

from .cells import TRANSPORT

NUMBERS = (1, 10, 30)
LONGEST = 3600  # seconds: stands for "hangs"
STUDENT = """
import contextlib, io, json, time
from tests import answers
import smtplab
from smtplab import exercises

seconds, wrong = [], []
for answer in answers.load("dialogue"):
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = smtplab.check(answer.value)
    seconds.append(time.perf_counter() - began)
    if verdict.passed == bool(answer.reason) or verdict.reason != answer.reason and answer.reason:
        wrong.append(f"line {answer.line}, {answer.reason or 'right'}: {verdict}")
began = time.perf_counter()
run = exercises.run_gauntlet(exercises.reference("send_mail"))
gauntlet = time.perf_counter() - began
for row in run.rows:
    if not row.mine.right:
        wrong.append(f"gauntlet, {row.scenario.name}: {row.mine.sentence}")
with open("came.json", "w") as file:
    json.dump({"seconds": seconds, "gauntlet": gauntlet, "wrong": wrong}, file)
"""


@dataclass
class Class:
    """What came of so many students at once. Memory is in MB, and what is shared is divided."""

    memory: list[float] = field(default_factory=list)
    checks: list[float] = field(default_factory=list)
    gauntlets: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def attend(number: int, folder: Path, begin: threading.Barrier, came: Class) -> None:
    """One student: a kernel in a folder of its own."""
    own = folder / str(number)
    own.mkdir()
    manager = KernelManager(transport=TRANSPORT)
    if TRANSPORT == "ipc":
        manager.ip = str(own / "kernel")
    manager.start_kernel(cwd=str(own), env=os.environ | {"SMTPLAB_FOLDER": str(own)})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LONGEST)
        begin.wait()
        reply: Any = client.execute_interactive(
            STUDENT, timeout=LONGEST, output_hook=lambda _: None
        )
        if reply["content"]["status"] != "ok":
            came.wrong.append("\n".join(reply["content"]["traceback"]))
            return
        told = json.loads((own / "came.json").read_text())
        process = psutil.Process(manager.provisioner.pid)  # type: ignore[union-attr]
        came.memory.append(process.memory_full_info().pss / 1e6)
        came.checks += told["seconds"]
        came.gauntlets.append(told["gauntlet"])
        came.wrong += told["wrong"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def held(students: int) -> Class:
    """So many at once."""
    came, begin = Class(), threading.Barrier(students + 1)
    with tempfile.TemporaryDirectory(prefix="crowd-") as name:
        threads = [
            threading.Thread(target=attend, args=(number, Path(name), begin, came))
            for number in range(students)
        ]
        for thread in threads:
            thread.start()
        begin.wait()
        began = time.monotonic()
        for thread in threads:
            thread.join()
        came.seconds = time.monotonic() - began
    return came


def main() -> None:
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    os.environ["SMTPLAB_LANGUAGE"] = "en"
    print(f"{os.cpu_count()} processors")
    print("students  MB a kernel  check: median  95 %  gauntlet: median  seconds  wrong verdicts")
    for number in map(int, sys.argv[1:] or NUMBERS):
        came = held(number)
        late = statistics.quantiles(came.checks, n=20)[-1]
        print(
            f"{number:8} {statistics.median(came.memory):12.0f} "
            f"{1000 * statistics.median(came.checks):11.0f} ms {1000 * late:5.0f} ms "
            f"{statistics.median(came.gauntlets):14.1f} s {came.seconds:8.0f} "
            f"{len(came.wrong):4} of {len(came.checks) + number}",
            flush=True,
        )
        for each in came.wrong:
            print(f"    {each}")


if __name__ == "__main__":
    main()
