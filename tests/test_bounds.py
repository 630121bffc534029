"""Whatever student code does, its time, its memory and its threads have bounds."""

import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smtplab.judge import Verdict
from smtplab.judge.bounds import MIB

from . import student

# Code that is ended in the middle of something leaves an event loop or a socket unclosed.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

# Of the processor's time: five are promised, and one that is shared with others takes longer.
SECONDS = 10
HANGS = 30  # seconds
MEMORY = 256 * MIB
LINUX = sys.platform == "linux"
linux = pytest.mark.skipif(not LINUX, reason="only Linux limits a process's memory")


def octets(name: str) -> int:
    """A value of /proc/self/status, which are in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """No test takes more, and no thread of it lives on."""
    threads = alive()
    if LINUX:
        Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
        before = octets("VmRSS")
    yield
    gc.collect()
    if LINUX:
        assert (octets("VmHWM") - before) // MIB < MEMORY // MIB
    until = time.monotonic() + HANGS
    while (left := alive() - threads) and time.monotonic() < until:
        left.pop().join(0.1)
    assert not {one for one in alive() - threads if one.name != "ends others"}


def alive() -> set[threading.Thread]:
    """enumerate() has those as well that were ended within their start(), and so never began."""
    return {one for one in threading.enumerate() if one.is_alive()}


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    """Judge a text's task, with the deadline that students have or with less."""

    def judged(text: str, check: Any = student.call_it, deadline: float = 3.0) -> Verdict:
        task = student.function(tmp_path, text)
        began, used = time.monotonic(), time.process_time()
        verdict = student.judged(task, check, deadline=deadline)
        assert time.process_time() - used < SECONDS
        assert time.monotonic() - began < HANGS
        return verdict

    return judged


GROWING = {
    "a list": "kept = []\n    while True: kept.append(str(len(kept)))",
    "a list of one thing": "kept = []\n    while True: kept.extend([b'x'] * 1000)",
    "octets": "data = b''\n    while True: data += b'x' * 1_000_000",
    "a str": "text = ''\n    while True: text += 'x' * 1_000_000",
    "pieces": "pieces = []\n    while True: pieces.append(bytes([len(pieces) % 256]) * 1_000_000)",
    "a bytearray": "data = bytearray()\n    while True: data += b'x' * 4096",
    "doubling": "data = b'x'\n    while True: data = data + data",
    "a doubled list": "data = [1]\n    while True: data += data",
    "a dict": "seen = {}\n    while True: seen[len(seen)] = str(len(seen))",
    "nesting": "data = []\n    while True: data = [data, data]",
    "a generator in join": "return b''.join(b'x' * 1000 for _ in iter(int, 1))",
    "a comprehension": "return [str(n) for n in iter(lambda: 1, 0)]",
    "a recursion": "return task() + b'x'",
    "a recursion that allocates": "return deeper(b'x')",
    "StringIO": "import io\n    out = io.StringIO()\n    while True: out.write('x' * 10_000)",
    "objects in a cycle": "while True: a = Thing(); a.me = a; THINGS.append(a)",
    "a queue": "import queue\n    q = queue.Queue()\n    while True: q.put(b'x' * 1000)",
    "a number": "n = 3\n    while True: n = n << 1_000_000",
    "errors swallowed": """kept = []
    while True:
        try:
            kept.append(b'x' * 100_000)
        except:
            continue""",
    "errors swallowed in small things": """kept = []
    while True:
        try:
            while True: kept.append(str(len(kept)))
        except BaseException:
            pass""",
    "finally": """kept = []
    while True:
        try:
            kept.append([0] * 1000)
        finally:
            continue""",
    "sockets": """import socket
    kept = []
    while True:
        try: kept.append(socket.socketpair())
        except OSError: kept.append(b'x' * 1000)""",
}
PRELUDE = """
THINGS = []
class Thing: pass
def deeper(data):
    import sys
    sys.setrecursionlimit(100_000)
    return deeper(data + b'x' * 100_000)
def task():
    """


@pytest.mark.parametrize("body", GROWING.values(), ids=GROWING)
@pytest.mark.filterwarnings("ignore:'continue' in a 'finally'", "ignore:unclosed <socket")
def test_a_loop_that_grows_ends(judged: Any, body: str) -> None:
    limit = sys.getrecursionlimit()
    verdict = judged(PRELUDE + body)
    assert verdict.reason in ("grows-without-end", "endless-loop", "recursion"), verdict
    assert verdict.line is not None
    assert sys.getrecursionlimit() == limit


AT_ONCE = {
    "octets": "b'x' * 10**10",
    "zeros": "bytes(10**11)",
    "a bytearray": "bytearray(10**11)",
    "a str": "'x' * 10**10",
    "a list": "[0] * 10**10",
    "a range": "list(range(10**10))",
    "replaced": "('x' * 10**6).replace('x', 'y' * 10**6)",
    "padded": "'x'.ljust(10**11)",
    "formatted": "f'{1:>{10**11}}'",
    "decoded": "(b'x' * 10**10).decode()",
    "a list without an end": "list(itertools.repeat(b'x'))",
    "octets without an end": "b''.join(itertools.repeat(b'x'))",
    "a str without an end": "''.join(itertools.repeat('x'))",
    "a set without an end": "set(itertools.count())",
    "sorted": "sorted(itertools.count())",
    "product": "list(itertools.product(range(100), repeat=50))",
}


@linux
@pytest.mark.parametrize("expression", AT_ONCE.values(), ids=AT_ONCE)
def test_what_one_call_in_c_takes_is_bounded(judged: Any, expression: str) -> None:
    verdict = judged(f"import itertools\ndef task(): return {expression}")
    assert (verdict.status, verdict.reason) == ("stuck", "grows-without-end"), verdict
    assert verdict.line == 2
    assert "184 MiB" in verdict.sentence


WAITS = {
    "sleep": "time.sleep(1e9)",
    "sleep under a name of its own": "sleep(1e9)",
    "many sleeps": "while True: sleep(0.01)",
    "a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a global lock": "LOCK.acquire(); LOCK.acquire()",
    "with a lock": "LOCK.acquire()\n    with LOCK: pass",
    "an event": "threading.Event().wait()",
    "a condition": "c = threading.Condition()\n    with c: c.wait()",
    "a semaphore": "threading.Semaphore(0).acquire()",
    "a barrier": "threading.Barrier(2).wait()",
    "a queue": "queue.Queue().get()",
    "a simple queue": "queue.SimpleQueue().get()",
    "a full queue": "q = queue.Queue(1)\n    while True: q.put(1)",
    "a future": "concurrent.futures.Future().result()",
    "joining all": """for thread in threading.enumerate():
        if thread is not threading.current_thread(): thread.join()""",
    "asyncio": "asyncio.run(asyncio.sleep(1e9))",
    "asyncio's own future": "asyncio.run(never())",
    "a select": "near, far = socket.socketpair(); select.select([near], [], [])",
    "a lock, swallowed": "while True:\n        try: LOCK.acquire()\n        except: pass",
    "a sleep, swallowed": "while True:\n        try: sleep(1e9)\n        except: pass",
}
WAITING = """
import asyncio, concurrent.futures, queue, select, socket, threading, time
from time import sleep
LOCK = threading.Lock()
async def never(): await asyncio.get_running_loop().create_future()
def task():
    """


@pytest.mark.parametrize("body", WAITS.values(), ids=WAITS)
def test_a_wait_ends(judged: Any, body: str) -> None:
    verdict = judged(WAITING + body, deadline=1.0)
    assert verdict.status == "stuck", verdict


STARTED = {
    "a thread": "threading.Thread(target=forever).start()",
    "a thread that is joined": "t = threading.Thread(target=forever); t.start(); t.join()",
    "a thread that sleeps": "threading.Thread(target=time.sleep, args=(1e9,)).start()",
    "a thread that waits": "threading.Thread(target=threading.Event().wait).start()",
    "a thread of a thread": "threading.Thread(target=nest, args=(3,)).start()",
    "threads of threads without an end": "nest(10**6)",
    "many threads": "for _ in range(20): threading.Thread(target=forever).start()",
    "a timer": "threading.Timer(1000, forever).start()",
    "a pool": "POOLS.append(ThreadPoolExecutor()); POOLS[-1].submit(forever)",
    "a pool that is waited for": "with ThreadPoolExecutor() as pool: pool.map(sleep, [1e9] * 3)",
    "a pool at rest": "POOLS.append(ThreadPoolExecutor()); POOLS[-1].submit(int).result()",
    "a raw thread": "_thread.start_new_thread(forever, ())",
    "a raw thread under a name of its own": "start_new_thread(sleep, (1e9,))",
    "a thread of asyncio's": "asyncio.run(asyncio.to_thread(forever))",
    "a thread that swallows": "threading.Thread(target=stubborn).start()",
    "a thread that grows": "threading.Thread(target=grows).start(); sleep(1e9)",
    "a thread that prints": "threading.Thread(target=prints).start(); sleep(1e9)",
    "a thread with a socket": """near, far = socket.socketpair()
    threading.Thread(target=near.recv, args=(1,)).start()
    return near, far""",
    "a thread that makes a socket": "threading.Thread(target=receives).start(); sleep(0.05)",
    "a daemon": "threading.Thread(target=forever, daemon=True).start()",
    "a thread that takes its time to fail": "threading.Thread(target=prints).start()",
}
STARTING = """
import _thread, asyncio, socket, threading, time
from _thread import start_new_thread
from concurrent.futures import ThreadPoolExecutor
from time import sleep
POOLS = []
def forever():
    while True: pass
def stubborn():
    while True:
        try: sleep(1e9)
        except: pass
def grows():
    kept = []
    while True: kept.append(b"x" * 10_000)
def prints():
    while True: print("x" * 1000)
def receives():
    near, far = socket.socketpair()
    near.recv(1)
def nest(n):
    threading.Thread(target=nest, args=(n - 1,)).start() if n else forever()
def task():
    """


@pytest.mark.parametrize("body", STARTED.values(), ids=STARTED)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_threads_end_with_the_call(judged: Any, body: str, capsys: Any) -> None:
    verdict = judged(STARTING + body)
    assert verdict.status in ("passed", "stuck", "failed", "error"), verdict
    assert len(capsys.readouterr().out) < 1000


OTHERS = {
    "a program": "subprocess.Popen(['sleep', '1000'])",
    "a shell": "os.system('sleep 1000')",
    "a fork": "os.fork()",
    "forks without an end": "while True: os.fork()",
    "forks without an end, swallowed": "while True:\n        try: os.fork()\n        except: pass",
    "a spawned program": "os.posix_spawn('/bin/sleep', ['sleep', '1000'], {})",
    "another program": "os.execv('/bin/sleep', ['sleep', '1000'])",
    "a process": "multiprocessing.get_context('fork').Process(target=int).start()",
    "a spawned process": "multiprocessing.get_context('spawn').Process(target=int).start()",
    "a pool": "multiprocessing.get_context('spawn').Pool(2)",
    "the end of this one": "os.kill(os.getpid(), 9)",
    "from a thread": "t = threading.Thread(target=os.fork); t.start(); t.join()",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_other_process_is_started(judged: Any, body: str) -> None:
    import psutil

    me, before = os.getpid(), psutil.Process().children()
    verdict = judged(f"import multiprocessing, os, subprocess, threading\ndef task():\n    {body}")
    assert os.getpid() == me
    assert psutil.Process().children() == before
    assert verdict.status in ("error", "stuck", "passed"), verdict
    if verdict.status == "error":
        assert "no other process" in verdict.sentence


def test_a_session_of_many_octets_is_shown_by_its_end(judged: Any) -> None:
    def check(trial: Any, task: Any) -> None:
        lab = trial.lab()
        with socket.create_connection(lab.address(25)) as sock:
            trial.call(task, sock)

    verdict = judged(
        """
        def task(sock):
            while True: sock.sendall(b"x" * 60 + b"\\r\\n")
        """,
        check,
    )
    assert verdict.status in ("stuck", "error"), verdict
    assert len(verdict.transcript) < 10_000


def test_all_calls_of_a_check_have_one_bound(judged: Any) -> None:
    def check(trial: Any, task: Any) -> None:
        for _ in range(100):
            trial.call(task)

    verdict = judged("import time\ndef task(): time.sleep(0.5)", check)
    assert (verdict.status, verdict.reason) == ("stuck", "too-slow")
    assert "3.5 seconds" in verdict.sentence


def test_many_calls_in_one_are_not_called_a_loop(judged: Any) -> None:
    def check(trial: Any, task: Any) -> None:
        trial.call(lambda: [task() for _ in range(1000)])

    verdict = judged("import time\ndef task(): time.sleep(0.02)", check)
    assert (verdict.status, verdict.reason) == ("stuck", "too-slow")
    assert "more than once" in verdict.sentence


def test_what_calls_keep_counts_together(judged: Any) -> None:
    def check(trial: Any, task: Any) -> None:
        for _ in range(100):
            trial.call(task)

    verdict = judged("KEPT = []\ndef task(): KEPT.append(b'x' * 10_000_000)", check)
    assert verdict.reason == "grows-without-end"
