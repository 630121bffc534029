"""Print what the lab costs as ratios, each taken in one run against a peer beside it.

Processor time of the server, since other work on the machine lengthens the wall's. The peers are
those that are installed; the README beside this says how, and has what came. Names of tables as
arguments print these alone: `python -m tests.benchmarks sessions growth`.
"""

import base64
import gc
import resource
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from smtplab import Lab, exercises
from smtplab.lab import Chart
from smtplab.lab.chart import Point
from smtplab.views import chart

from .. import cells
from ..conftest import VIEWPORT, Student, at_home, copied, launched, opened
from . import servers

Costs = dict[str, tuple[float, float] | None]  # seconds of the processor, octets kept

SESSIONS = 400
LETTER = b"Subject: hello\r\n\r\n" + b"All is well here, and it rains.\r\n" * 60  # 2 kB
MEGABYTE = (b"x" * 998 + b"\r\n") * 1000
ENVELOPE = (b"MAIL FROM:<you@lab.test>", b"RCPT TO:<lin@lab.test>", b"DATA")
MEMORY = "import psutil\nprint(psutil.Process().memory_info().rss)"
STYLE = """svg{background:#fff}text{font:15px sans-serif}
.sm-axis,.sm-grid,.sm-line path{fill:none;stroke:#555}
.sm-grid{stroke:#ddd}.sm-line path{stroke:#0b57a4;stroke-width:2}"""


class Client:
    """A client that says one thing after the other."""

    def __init__(self, port: int, way: str = "plain", password: str = "") -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 60)
        if way == "tls":
            self._encrypt()
        self.replies = self.sock.makefile("rb")
        self.ask(b"", b"EHLO client.lab.test")
        if way == "starttls":
            self.ask(b"STARTTLS")
            self._encrypt()
            self.replies = self.sock.makefile("rb")
            self.ask(b"EHLO client.lab.test")
        if way != "plain" and password:
            login = f"\0you@lab.test\0{password}".encode()
            self.ask(b"AUTH PLAIN " + base64.b64encode(login))

    def _encrypt(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # each peer has its own
        self.sock = context.wrap_socket(self.sock)

    def ask(self, *lines: bytes) -> None:
        for line in lines:
            if line:
                self.sock.sendall(line + b"\r\n")
            while (reply := self.replies.readline())[3:4] == b"-":
                pass
            if reply[:1] not in (b"2", b"3"):
                raise AssertionError(f"{line[:40]!r} got {reply!r}")

    def close(self) -> None:
        self.replies.close()
        self.sock.close()


def send(port: int, letter: bytes = LETTER, way: str = "plain", password: str = "") -> None:
    """One session with one letter."""
    client = Client(port, way, password)
    client.ask(*ENVELOPE, letter + b".", b"QUIT")
    client.close()


def worked(process: psutil.Process) -> float:
    """Seconds of the processor, of a process and of those that it started."""
    all_ = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in all_)


def cost(name: str, way: str, letter: bytes, times: int) -> tuple[float, float] | None:
    """Seconds of the processor and octets kept that a letter costs a server, if it is there."""
    with servers.running(name, way) as server:
        if server is None:
            return None
        for _ in range(max(times // 8, 1)):
            send(server.port, letter, way, server.password)
        before, had = worked(server.process), server.process.memory_info().rss
        for _ in range(times):
            send(server.port, letter, way, server.password)
        kept = (server.process.memory_info().rss - had) / times - len(letter)
        return (worked(server.process) - before) / times, kept


def costs(names: Sequence[str], way: str, letter: bytes, times: int) -> Costs:
    """The median of three rounds, in each of which every server has its turn."""
    rounds = [[cost(name, way, letter, times) for name in names] for _ in range(3)]
    return {
        name: statistics.median_low(each for each in taken if each) if all(taken) else None
        for name, taken in zip(names, zip(*rounds, strict=True), strict=True)
    }


def sessions() -> None:
    """What one session with one letter costs each server, in each way to talk to it."""
    for way in servers.WAYS:
        found = costs(servers.NAMES, way, LETTER, SESSIONS)
        compared(f"a session, {way}", found)
        for name, goal in (("lab", "5 kB" if way == "plain" else ""), ("aiosmtpd", "")):
            if each := found[name]:
                what = f"kept of a session, {way}, beyond its letter: {name}"
                row(what, f"{each[1] / 1000:.1f} kB", goal)
    peers = ("lab", "aiosmtpd", "smtp-server")
    compared("a letter of 10 MB", costs(peers, "plain", MEGABYTE * 10, 8))


def compared(what: str, found: Costs) -> None:
    bare = found["aiosmtpd"]
    assert bare is not None
    for name, each in found.items():
        if each is not None:
            goal = "1.05" if name == "lab" else ""
            row(f"{what}: {name}, {1000 * each[0]:.2f} ms", f"{each[0] / bare[0]:.2f}", goal)


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

    from smtplab.lab.certificates import server_context

    Lab().stop()  # what is made once for each process
    for clients in (0, 5):
        started, stopped = [], []  # ours and theirs, in seconds
        for _ in range(9 if clients == 0 else 3):
            labs: list[Lab] = []
            ports = [servers.free_port() for _ in range(3)]
            contexts = [None, None, None] if clients == 0 else [server_context(), None, None]
            bare = [
                Controller(None, hostname="127.0.0.1", port=port, ssl_context=context)
                for port, context in zip(ports, contexts, strict=True)
            ]
            mine = once(lambda labs=labs: labs.append(Lab()))
            started.append((mine, once(lambda bare=bare: [one.start() for one in bare])))
            tls = (labs[0].address(465)[1], ports[0])
            open_ = [Client(port, "tls") for port in tls for _ in range(clients)]
            ours = once(labs[0].stop)
            stopped.append((ours, once(lambda bare=bare: [one.stop() for one in bare])))
            for client in open_:
                client.close()
        beside = [statistics.median(m) / statistics.median(t) for m, t in
                  (zip(*taken, strict=True) for taken in (started, stopped))]  # fmt: skip
        if clients == 0:
            row("Lab() beside three bare controllers", f"{beside[0]:.2f}", "0.5")
            row("stop() beside theirs", f"{beside[1]:.2f}", "")
        else:
            goal = "0.01" if sys.version_info >= (3, 12) else ""
            row("stop() with five clients over TLS beside theirs", f"{beside[1]:.3f}", goal)


def imports() -> None:
    ours, theirs = (
        wall(
            lambda name=name: subprocess.run([sys.executable, "-c", f"import {name}"], check=True),
            5,
        )
        for name in ("smtplab", "aiosmtpd.controller")
    )
    row("import smtplab beside aiosmtpd.controller", f"{ours / theirs:.2f}", "")


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


def kernels() -> None:
    """The memory of a kernel at the end of each lesson, solved, beside one that ran nothing."""

    def memory(notebook: dict[str, object], folder: Path) -> int:
        done = cells.run(notebook, folder)
        return int(cells.output_text(done["cells"][-1]))

    def in_a_folder(lesson: exercises.Lesson, own: bool) -> int:
        place = Path(tempfile.mkdtemp())
        try:
            notebook = cells.solved(lesson)
            if not own:
                notebook["cells"] = []
            notebook["cells"].append(cells.code(MEMORY))
            return memory(notebook, cells.folder_for(place))
        finally:
            shutil.rmtree(place)

    bare = in_a_folder(exercises.LESSONS[0], own=False)
    for lesson in exercises.LESSONS:
        row(f"a kernel after lesson {lesson.slug} beside a bare one",
            f"{in_a_folder(lesson, own=True) / bare:.2f}", "1.5")  # fmt: skip


def growth() -> None:
    """Whether what grows costs in proportion, as lines that are drawn beside this file."""
    gc.collect()
    gc.freeze()  # what other tables have left is not looked through again

    def spent(act: Callable[[], object]) -> float:
        began = time.process_time()
        act()
        return time.process_time() - began

    with Lab() as lab:
        port = lab.address(25)[1]
        send(port, MEGABYTE)
        sizes = (0.001, 1, 2, 5, 10, 15, 20, 25)
        letters = [MEGABYTE[: int(1e6 * part)] * max(1, int(part)) for part in sizes]
        plot("size", "A letter", "size of the letter, MB", "seconds of the processor",
             [(size, min(spent(lambda one=one: send(port, one)) for _ in range(3)))
              for size, one in zip(sizes, letters, strict=True)])  # fmt: skip
    with Lab() as lab:
        port, points, all_ = lab.address(25)[1], [], 0.0
        for number in range(1, 10_001):
            all_ += spent(lambda: send(port))
            if number == 1 or number % 1000 == 0:
                points.append((float(number), all_))
        plot("mailbox", "Letters to one mailbox", "letters", "seconds of the processor", points)
    with Lab() as lab:
        client, points, all_ = Client(lab.address(25)[1]), [], 0.0
        for number in range(1, 50_001):  # a NOOP and its reply are two events
            all_ += spent(lambda: client.ask(b"NOOP"))
            if number == 5 or number % 5000 == 0:
                points.append((2.0 * number, all_))
        client.close()
        plot("transcript", "Events of one session", "events", "seconds of the processor", points)


def many() -> None:
    """Ten thousand sessions; then a thousand connections at once, half of which say nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_000), hard))  # the server's, too
    with servers.running("lab") as server:
        assert server is not None
        kept, files = [], []
        for _ in range(10):
            had = server.process.memory_info().rss
            for _ in range(1_000):
                send(server.port)
            kept.append((server.process.memory_info().rss - had) / 1_000 - len(LETTER))
            files.append(server.process.num_fds())
        row("kept of a session, of 10,000 the last half beside the first",
            f"{sum(kept[5:]) / sum(kept[:5]):.2f}", "1")  # fmt: skip
        row("open files after 9,000 sessions more", f"{files[-1] - files[0]:+}", "0")
        alone = wall(lambda: send(server.port), 50)
        silent = [socket.create_connection(("127.0.0.1", server.port), 60) for _ in range(500)]
        talking = [Client(server.port) for _ in range(500)]
        said = [once(lambda one=one: one.ask(*ENVELOPE, LETTER + b".")) for one in talking]
        row("500 letters, beside 500 silent connections: taken", f"{len(said)}", "500")
        among = statistics.median(said) / alone
        row("one of these beside a session alone", f"{among:.2f}", "")
        for each in (*talking, *silent):
            each.close()
        give_up = time.monotonic() + 60
        while server.process.num_fds() > files[-1] and time.monotonic() < give_up:
            time.sleep(0.1)
        row("open files when all are gone", f"{server.process.num_fds() - files[-1]:+}", "0")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def plot(name: str, title: str, x: str, y: str, points: list[Point]) -> None:
    """Draw a line, and say what its last tenth costs beside its first half."""
    drawn = str(chart.picture(Chart({title: points}, x, y, title)))
    picture = drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    picture = picture.replace(">", f"><style>{STYLE}</style>", 1)
    Path(__file__).with_name(f"{name}.svg").write_text(picture + "\n", encoding="utf-8")
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = points[0], points[len(points) // 2], *points[-2:]
    late, early = (y4 - y3) / (x4 - x3), (y2 - y1) / (x2 - x1)
    row(f"{title}: the last step beside the first half", f"{late / early:.2f}", "1")


def browser() -> None:
    """From a click on a notebook to the output of its first cell, beside one with nothing to do."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder, home = Path(place, "notebooks"), Path(place, "home")
        folder.mkdir()
        home.mkdir()
        with opened(copied(folder), at_home(home), "--no-browser") as course:
            page = launched(playwright.chromium).new_context(viewport=VIEWPORT).new_page()
            student = Student(page, course)
            student.start()

            def empty() -> None:
                student.scratch("1 + 1")
                student.go_to("c0")
                student.run()

            def lesson() -> None:
                student.open("01_sockets.ipynb")
                first = next(c for c in student.saved()["cells"] if c["cell_type"] == "code")
                student.go_to(first["id"])
                student.run()

            both = [wall(open_, 3) for open_ in (lesson, empty)]
            what = "lesson 01 opened, to its first output, beside an empty notebook"
            row(what, f"{both[0] / both[1]:.2f}", "")
            page.context.close()


def row(what: str, is_: str, goal: str) -> None:
    print(f"| {what} | {is_} | {goal} |", flush=True)


TABLES = {table.__name__: table for table in
          (sessions, start_and_stop, imports, checks, kernels, growth, many, browser)}  # fmt: skip


def main() -> None:
    row("what", "is", "goal")
    row("---", "---", "---")
    for name in sys.argv[1:] or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main()
