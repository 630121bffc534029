"""Print what the lab costs as ratios, each taken in one run against a peer beside it.

Processor time of the server, since other work on the machine lengthens the wall's. The peers are
those that are installed; README says how.
"""

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from smtplab import Lab, exercises

from . import servers

SESSIONS = 400
LETTER = b"Subject: hello\r\n\r\n" + b"All is well here, and it rains.\r\n" * 60  # 2 kB
ENVELOPE = (b"EHLO client.lab.test", b"MAIL FROM:<you@lab.test>", b"RCPT TO:<lin@lab.test>",
            b"DATA")  # fmt: skip


def send(port: int, letter: bytes = LETTER) -> None:
    """One session with one letter, one command after the other."""
    with socket.create_connection(("127.0.0.1", port), 60) as sock, sock.makefile("rb") as replies:
        for line in (b"", *ENVELOPE, letter + b".", b"QUIT"):
            if line:
                sock.sendall(line + b"\r\n")
            while (reply := replies.readline())[3:4] == b"-":
                pass
            if reply[:1] not in b"23":
                raise AssertionError(f"{line[:40]!r} got {reply!r}")


def worked(process: psutil.Process) -> float:
    """Seconds of the processor, of a process and of those that it started."""
    all_ = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in all_)


def sessions() -> dict[str, float]:
    """Milliseconds of the processor that one session costs each server."""
    cost = {}
    for name in servers.NAMES:
        with servers.running(name) as found:
            if found is None:
                continue
            process, port = found
            for _ in range(50):
                send(port)
            before, kept = worked(process), process.memory_info().rss
            for _ in range(SESSIONS):
                send(port)
            cost[name] = 1000 * (worked(process) - before) / SESSIONS
            if name == "lab":
                grown = (process.memory_info().rss - kept) / SESSIONS - len(LETTER)
                row("kept of a session beyond its letter", f"{grown / 1000:.1f} kB", "5 kB")
    return cost


def once(act: Callable[[], object]) -> float:
    """The seconds that something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def wall(act: Callable[[], object], times: int) -> float:
    """The median of the seconds that something takes."""
    return statistics.median(once(act) for _ in range(times))


def start_and_stop() -> None:
    from aiosmtpd.controller import Controller

    Lab().stop()  # what is made once for each process
    started, stopped = [], []  # ours and theirs, in seconds
    for _ in range(9):
        labs: list[Lab] = []
        ports = [servers.free_port() for _ in range(3)]
        bare = [Controller(None, hostname="127.0.0.1", port=port) for port in ports]
        mine = once(lambda labs=labs: labs.append(Lab()))
        started.append((mine, once(lambda bare=bare: [one.start() for one in bare])))
        stopped.append((once(labs[0].stop), once(lambda bare=bare: [one.stop() for one in bare])))
    for what, taken, goal in (("Lab()", started, "0.5"), ("stop()", stopped, "")):
        ours, theirs = map(statistics.median, zip(*taken, strict=True))
        row(f"{what} beside three bare controllers", f"{ours / theirs:.2f}", goal)


def imported(module: str) -> float:
    return wall(lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True), 5)


def checks() -> None:
    """How long each check of the reference takes, of every exercise but the gauntlet's own."""
    taken = []
    for lesson in exercises.LESSONS:
        for exercise in lesson.exercises:
            thing = exercises.reference(exercise.name)
            exercises.judge(thing)
            taken.append(wall(lambda thing=thing: exercises.judge(thing), 3))
    ninety_five = statistics.quantiles(taken, n=20)[-1]
    row("a check, median", f"{1000 * statistics.median(taken):.0f} ms", "100 ms")
    row("a check, 95th percentile", f"{1000 * ninety_five:.0f} ms", "1,000 ms")


def growth() -> None:
    """What an octet costs in a big letter beside a small one, and a mail in a full mailbox."""
    with Lab() as lab:
        port = lab.address(25)[1]

        def work(megabytes: int) -> float:
            began = time.process_time()
            send(port, (b"x" * 998 + b"\r\n") * (1000 * megabytes))
            return time.process_time() - began

        work(1)
        small, big = work(1), work(25)
        row("25 MB beside 25 letters of 1 MB", f"{big / (25 * small):.2f}", "1")
    with Lab() as lab:
        port = lab.address(25)[1]
        first = wall(lambda: send(port), 100)
        for _ in range(3000):
            send(port)
        row("a letter to a mailbox of 3,000 beside an empty one",
            f"{wall(lambda: send(port), 100) / first:.2f}", "1")  # fmt: skip


def row(what: str, is_: str, goal: str) -> None:
    print(f"{what:52} {is_:>12} {goal:>10}", flush=True)


def main() -> None:
    row("what", "is", "goal")
    cost = sessions()
    for name, each in cost.items():
        what = f"a session of {name}, {each:.2f} ms, beside bare aiosmtpd"
        row(what, f"{each / cost['aiosmtpd']:.2f}", "1.05" if name == "lab" else "")
    start_and_stop()
    ratio = imported("smtplab") / imported("aiosmtpd.controller")
    row("import smtplab beside aiosmtpd.controller", f"{ratio:.2f}", "")
    checks()
    growth()


if __name__ == "__main__":
    main()
