"""Student code under a deadline: it ends, it is seen where it was, and it leaves nothing behind."""

import _thread
import builtins
import getpass
import io
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from smtplab.judge import capture, standins
from smtplab.judge import run as running
from smtplab.judge import thread as threads
from smtplab.judge.capture import Capture, Keyboard
from smtplab.judge.run import Result
from smtplab.judge.source import files_of

from . import student
from .student import SHORT


def state() -> tuple[object, ...]:
    return (
        sys.stdout,
        sys.stderr,
        sys.stdin,
        builtins.input,
        getpass.getpass,
        socket.socket,
        socket.getdefaulttimeout(),
        sys.getswitchinterval(),
    )


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Whatever the student does, the process is afterwards as it was."""
    before, threads = state(), set(threading.enumerate())
    yield
    assert state() == before
    left = {one for one in set(threading.enumerate()) - threads if one.name != "ends others"}
    assert not left


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(text: str, *args: Any, deadline: float = 3.0) -> Result:
        task = student.function(tmp_path, text)
        return running.run(task, args, files=files_of(task), deadline=deadline)

    return run


def test_a_thread_that_begins_while_the_others_are_ended_does_nothing() -> None:
    family, began = threads.Family(lambda: None), []
    thread = threading.Thread(target=began.append, args=(1,))
    family.adopt(thread)
    threads.end([family])
    thread.start()
    thread.join()
    assert not began


def test_what_the_function_returns_comes_back(run: Any) -> None:
    result = run("def task(a, b): return a + b", 20, 3)
    assert (result.value, result.error, result.timed_out) == (23, None, False)


def test_an_exception_comes_back_with_the_innermost_line_of_the_student(run: Any) -> None:
    result = run(
        """
        def inner(text):
            return int(text)

        def task():
            return inner("x")
        """
    )
    assert type(result.error) is ValueError
    assert (result.where.line, result.where.code) == (2, "return int(text)")


WAITS = {
    "recv": """
        import socket
        def task():
            near, far = socket.socketpair()
            return near.recv(10)  # here
    """,
    "accept": """
        import socket
        def task():
            with socket.create_server(("127.0.0.1", 0)) as server:
                return server.accept()  # here
    """,
    "readline": """
        import socket
        def task():
            near, far = socket.socketpair()
            with near, far, near.makefile("rb") as file:
                return file.readline()  # here
    """,
    "recv_into": """
        import socket
        def task():
            near, far = socket.socketpair()
            with near, far, near.makefile("rb") as file:
                for line in file:  # here
                    pass
    """,
    "sendall": """
        import socket
        def task():
            near, far = socket.socketpair()
            with near, far:
                near.sendall(bytes(50_000_000))  # here
    """,
    # On one line with what makes the connection, which has come to its end.
    "do_handshake": """
        import socket, ssl
        def task():
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            with socket.create_server(("127.0.0.1", 0)) as silent:
                where = silent.getsockname()
                trust.wrap_socket(socket.create_connection(where), server_hostname="a")  # here
    """,
}


@pytest.mark.parametrize("operation", WAITS)
def test_a_wait_on_a_socket_is_seen_and_ended(run: Any, operation: str) -> None:
    result = run(WAITS[operation], deadline=SHORT)
    assert result.timed_out
    assert not result.alive
    assert result.waits_in == operation
    assert "# here" in result.where.code


@pytest.mark.parametrize("text", [
    "sock.recv(10)", "held[0].recv(10)", "reader.sock.recv(10)", "outer.reader.sock.recv(10)",
])  # fmt: skip
def test_a_wait_on_a_socket_that_was_given_is_ended_too(run: Any, text: str) -> None:
    class Holder:
        pass

    near, far = socket.socketpair()
    reader, outer = Holder(), Holder()
    reader.sock = near  # type: ignore[attr-defined]
    outer.reader = reader  # type: ignore[attr-defined]
    with near, far:
        result = run(f"def task(sock, held, reader, outer): return {text}",
                     near, [near], reader, outer, deadline=SHORT)  # fmt: skip
    assert result.waits_in == "recv"
    assert not result.alive


LOOPS = {
    "nothing": """
        def task():
            while True: pass
    """,
    "everything swallowed": """
        def task():
            while True:
                try:
                    int("x")
                except: pass
    """,
    "swallowed in a loop in a loop": """
        def task():
            while True:
                try:
                    while True:
                        len("x")
                except BaseException:
                    continue
    """,
    "swallowed at the end of the stream": """
        import socket
        def task():
            near, far = socket.socketpair()
            far.close()
            data = b""
            while True:
                try:
                    data += near.recv(10)
                except:
                    pass
    """,
    "finally": """
        def task():
            while True:
                try:
                    x = 1
                finally:
                    continue
    """,
    "end of stream": """
        import socket
        def task():
            near, far = socket.socketpair()
            with near:
                far.close()
                data = b""
                while b"\\n" not in data:
                    data += near.recv(10)
    """,
    "generator": """
        def numbers():
            while True: yield 1
        def task():
            for number in numbers(): pass
    """,
    "built-in function over Python": "def task(): return sum(iter(lambda: 0, 1))",
    "comprehension": """
        import itertools
        def task(): return all(n >= 0 for n in itertools.count())
    """,
}


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS)
@pytest.mark.filterwarnings("ignore:'continue' in a 'finally'")
def test_a_loop_is_told_from_a_wait_and_ended(run: Any, text: str) -> None:
    result = run(text, deadline=SHORT)
    assert result.timed_out
    assert not result.alive
    assert result.waits_in == ""
    assert result.where is not None


def test_a_sleep_ends_before_its_time(run: Any) -> None:
    result = run("import time\ndef task(): time.sleep(1e9)", deadline=SHORT)
    assert result.timed_out
    assert result.waits_in == "sleep"
    assert not result.alive


@pytest.mark.skipif(not hasattr(select, "poll"), reason="no poll")
def test_a_wait_that_nothing_ends_does_no_harm(run: Any) -> None:
    result = run("import select\ndef task(): select.poll().poll(2200)", deadline=SHORT)
    assert result.timed_out
    assert result.alive
    (thread,) = (t for t in threading.enumerate() if t.name == "student code")
    assert thread.daemon
    assert run("def task(): return 1").value == 1
    thread.join(10)
    assert not thread.is_alive()


def test_code_that_ends_while_it_is_looked_at_has_ended(run: Any) -> None:
    # The deadline is over at once; then it is watched for some tenths of a second.
    result = run("def task(): return sum(range(1000))", deadline=0.0)
    assert (result.value, result.timed_out) == (499500, False)


def test_a_line_is_found_for_an_instruction_that_has_none() -> None:
    # Python 3.11 has no line for the jump back to the head of a loop.
    names: dict[str, Any] = {}
    exec("def task(parts):\n  while True:\n    for p in parts:\n      if p: q = p\n", names)
    code = names["task"].__code__

    class Frame:
        f_code, f_lineno, f_lasti = code, None, max(start for start, _, _ in code.co_lines())

    assert running._line(cast(Any, Frame)) > 1


def test_what_ends_a_thread_never_reaches_threading_itself(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stopped that strikes after the function's end would come out here as a traceback.
    seen: list[object] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    for _ in range(20):
        result = run("def task():\n    while True: pass", deadline=0.001)
        assert not result.alive
    assert seen == []


def test_threads_of_the_students_end_with_the_function(run: Any) -> None:
    result = run(
        """
        import threading
        def forever():
            while True: pass
        def task():
            for _ in range(3):
                threading.Thread(target=forever).start()
            return 1
        """
    )
    assert result.value == 1


def test_a_thread_of_the_students_that_waits_in_recv_is_woken(run: Any) -> None:
    result = run(
        """
        import socket, threading
        def task():
            near, far = socket.socketpair()
            thread = threading.Thread(target=near.recv, args=(1,))
            thread.start()
            thread.join()
        """,
        deadline=SHORT,
    )
    assert result.timed_out
    assert result.waits_in == "join"


@pytest.mark.parametrize(
    "expression",
    [
        "input()",
        "input('name: ')",
        "sys.stdin.read()",
        "sys.stdin.readline()",
        "next(iter(sys.stdin))",
        "getpass.getpass()",
    ],
)
def test_nobody_sits_at_the_keyboard(run: Any, expression: str) -> None:
    result = run(f"import getpass, sys\ndef task(): return {expression}")
    assert type(result.error) is capture.AskedForInput
    assert result.where.line == 2


def test_a_question_is_remembered_when_its_refusal_is_swallowed(run: Any) -> None:
    result = run(
        """
        def task():
            try:
                return input()
            except:
                return 3
        """
    )
    assert result.value == 3
    assert type(result.refused) is capture.AskedForInput


def test_others_still_have_their_keyboard(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a line\nmore\n"))
    # The main thread reads while the student's runs: what it gives is read here.
    keyboard = Keyboard(sys.stdin)
    assert keyboard.readline() == "a line\n"
    assert keyboard.read() == "more\n"
    assert keyboard.instead_of(lambda: "typed")() == "typed"


@pytest.mark.parametrize("way", ["exit()", "quit()", "sys.exit(1)", "raise SystemExit"])
def test_the_end_of_the_program_is_only_the_end_of_the_function(
    run: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    stdin = io.StringIO("still open")
    monkeypatch.setattr(sys, "stdin", stdin)
    result = run(f"import sys\ndef task(): {way}")
    assert type(result.error) is SystemExit
    assert not stdin.closed  # exit() closes sys.stdin


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "GeneratorExit", "BaseException", "Own"])
def test_no_exception_of_the_students_comes_through(run: Any, kind: str) -> None:
    result = run(f"class Own(BaseException): pass\ndef task(): raise {kind}")
    assert type(result.error).__name__ == kind


def test_what_is_printed_is_kept_and_cut(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = run("def task(): print('x' * 3000)")
    assert result.output.startswith("x" * capture.OUTPUT_LIMIT)
    assert "3,001 characters in all" in result.output
    assert len(result.output) < capture.OUTPUT_LIMIT + 60
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "def task():\n    while True: print('x' * 100)",
        "def task(): print('x' * 1_000_000)",
        "import sys\ndef task():\n    while True: sys.stderr.write('no' * 99)",
    ],
)
def test_a_flood_is_ended_long_before_the_deadline(run: Any, text: str) -> None:
    result = run(text, deadline=20)
    assert type(result.error) is capture.Flood
    assert len(result.output) < 2 * capture.OUTPUT_LIMIT


def test_a_flood_is_remembered_when_its_end_is_swallowed(run: Any) -> None:
    result = run(
        """
        def task():
            while True:
                try:
                    print("x" * 10_000)
                except: pass
        """,
        deadline=SHORT,
    )
    assert type(result.refused) is capture.Flood
    assert not result.alive


def test_what_other_threads_print_goes_where_it_always_went(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    begin, end = threading.Event(), threading.Event()

    def other() -> None:
        begin.wait(5)
        print("from another thread")
        end.set()

    thread = threading.Thread(target=other)
    thread.start()
    result = run(
        "def task(begin, end):\n    print('mine')\n    begin.set()\n    end.wait(5)", begin, end,
        deadline=5,
    )  # fmt: skip
    thread.join()
    assert result.output == "mine\n"
    assert capsys.readouterr().out == "from another thread\n"


def test_what_the_student_puts_in_the_place_of_names_is_taken_away(run: Any) -> None:
    run(
        """
        import builtins, socket, sys
        def task():
            socket.socket = None
            socket.setdefaulttimeout(0.1)
            sys.stdout = sys.stderr = sys.stdin = None
            builtins.input = print
            while True: pass
        """,
        deadline=SHORT,
    )  # the fixture looks
    with socket.socket() as sock:
        assert sock.gettimeout() is None


def left_open(result: Result) -> list[tuple[int | None, str]]:
    return [(left.where.line if left.where else None, left.what) for left in result.left_open]


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()


def test_a_connection_that_is_forgotten_is_seen_with_its_line(run: Any, server: Any) -> None:
    result = run(
        """
        import socket
        def task(address):
            sock = socket.create_connection(address)
            return 3
        """,
        server,
    )
    assert left_open(result) == [(3, f"a connection to 127.0.0.1:{server[1]}")]


@pytest.mark.parametrize(
    "text",
    [
        "\n    with socket.create_connection(address) as sock: return 3",
        "sock = socket.create_connection(address); sock.close()",
        "return socket.create_connection(address)",
        "return socket.create_connection(address), 3",
        "box.sock = socket.create_connection(address)",
        "return None",
    ],
)
def test_a_connection_that_is_closed_or_handed_over_is_in_order(
    run: Any, server: Any, text: str
) -> None:
    class Box:
        sock: socket.socket | None = None

    box = Box()
    result = run(f"import socket\ndef task(address, box): {text}", server, box)
    assert left_open(result) == []
    for value in (
        result.value,
        box.sock,
        *(result.value or () if type(result.value) is tuple else ()),
    ):
        if isinstance(value, socket.socket):
            assert value.fileno() >= 0
            value.close()


def test_a_thousand_sockets_do_not_use_up_the_descriptors(run: Any) -> None:
    result = run(
        """
        import socket
        def task():
            for _ in range(2000):
                near, far = socket.socketpair()
                near.close()
                far.close()
            return socket.create_server(("127.0.0.1", 0))
        """,
        deadline=20,
    )
    assert result.error is None
    assert left_open(result) == []
    result.value.close()


def test_a_socket_whose_making_was_cut_off_is_closed(run: Any) -> None:
    result = run(
        """
        import _socket, socket
        class Cut(socket.socket):
            def __init__(self): _socket.socket.__init__(self)
        kept = []
        def task():
            kept.append(Cut())
            return kept[0].fileno()
        """
    )
    assert result.error is None
    with pytest.raises(OSError):
        os.fstat(result.value)


@pytest.mark.skipif(sys.platform == "win32", reason="no signal to one thread")
def test_an_interrupt_of_the_kernel_ends_the_function(run: Any, hears_ctrl_c: None) -> None:
    # The kernel's own interrupt is a signal to the main thread.
    text = """
        def task(begin):
            begin()
            while True: pass
    """
    main = threading.main_thread().ident

    def interrupt() -> None:
        while sys._current_frames()[main].f_code.co_name != "wait":
            pass
        signal.pthread_kill(main, signal.SIGINT)

    result = run(text, interrupt, deadline=20)
    assert result.interrupted
    assert result.timed_out
    assert "while True" in result.where.code


def test_two_checks_at_once_take_turns(run: Any) -> None:
    results: list[Result] = []
    threads = [
        threading.Thread(target=lambda: results.append(run("def task(): print('x')", deadline=20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.output for result in results] == ["x\n"] * 4


def test_a_function_without_source_is_run_all_the_same() -> None:
    namespace: dict[str, Any] = {}
    exec("def task():\n    while True: pass", namespace)
    task = namespace["task"]
    result = running.run(task, (), files=files_of(task), deadline=0.1)
    assert result.timed_out
    assert (result.where.line, result.where.code) == (2, "")


def test_no_file_descriptor_is_left(run: Any) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("descriptors are counted in /proc")
    run(WAITS["accept"], deadline=0.05)  # one that looks at the memory stays
    before = len(os.listdir("/proc/self/fd"))
    for text in (WAITS["accept"], WAITS["readline"], LOOPS["end of stream"]):
        run(text, deadline=0.05)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_the_deadline_is_kept(run: Any) -> None:
    begin = time.monotonic()
    run(WAITS["recv"], deadline=0.1)
    assert time.monotonic() - begin < 0.1 + threads.GLANCES * threads.GLANCE + threads.FAREWELL + 1


# Several at once


def test_what_captured_output_can_be_thrown_away_after_its_stream() -> None:
    """As on Python 3.13, which flushes a stream that nobody refers to, and complains."""
    stream = io.TextIOWrapper(io.BytesIO())
    capture = Capture(stream)
    stream.close()
    capture.close()


def test_calls_together_are_told_apart(tmp_path: Path) -> None:
    names = student.load(
        tmp_path,
        """
        import socket, time

        def waits(sock):
            print("waits")
            sock.recv(1)

        def turns():
            print("turns")
            while True:
                pass

        def fails():
            print("fails")
            raise ValueError("no")

        def works(n):
            print("works")
            return n

        def leaves(address):
            sock = socket.create_connection(address)
            global kept
            kept = sock
        """,
    )
    left, right = socket.socketpair()
    with left, right, socket.create_server(("127.0.0.1", 0)) as server:
        calls = [
            partial(names["waits"], left),
            partial(names["works"], 5),
            partial(names["turns"]),
            partial(names["fails"]),
            partial(names["leaves"], server.getsockname()),
        ]
        began = time.monotonic()
        results = running.run_together(calls, files=files_of(names["works"]), deadline=2)
        assert time.monotonic() - began < 20
    waits, works, turns, fails, leaves = results
    assert [r.output for r in results] == ["waits\n", "works\n", "turns\n", "fails\n", ""]
    assert (waits.timed_out, waits.waits_in) == (True, "recv")
    assert (turns.timed_out, turns.waits_in) == (True, "")
    assert (works.value, works.timed_out) == (5, False)
    assert str(fails.error) == "no"
    assert [left.what.partition(":")[0] for left in leaves.left_open] == [
        "a connection to 127.0.0.1"
    ]
    assert not any(r.alive for r in results)


@pytest.mark.parametrize("task", ["int", "lambda: time.sleep(0.5)", "turn"])
def test_a_profiler_works_after_a_check(task: str) -> None:
    program = f"""
import cProfile, time
from smtplab.judge.run import run
def turn():
    while True: pass
def work():
    return sum(n for n in range(1000))
run({task}, (), files=frozenset(), deadline=0.2)
profiler = cProfile.Profile()
profiler.enable()
print(work())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "499500\n"


def test_what_starts_threads_is_put_back_when_nothing_is_left_alive() -> None:
    before = threading.Thread.start, _thread.start_new_thread
    for left in (True, True, False):
        with standins.standing_in([], lambda left=left: left):  # type: ignore[misc]
            pass
        assert left == ((threading.Thread.start, _thread.start_new_thread) != before)
