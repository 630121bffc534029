"""What a student is told: a verdict for everything that code can do, with its line."""

import builtins
import io
import re
import socket
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from wcwidth import wcswidth

from smtplab.judge import Check, End, Exercise, Hear, ScriptedSocket, Verdict, formatting
from smtplab.judge.cases import Case
from smtplab.solutions.sockets import LineReader

from . import client, student
from .student import SHORT, function, judged


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Whatever the student does, the next check works in a process that is as it was."""
    names = (sys.stdout, sys.stderr, sys.stdin, builtins.input, socket.socket)
    threads = set(threading.enumerate())
    yield
    assert names == (sys.stdout, sys.stderr, sys.stdin, builtins.input, socket.socket)
    assert set(threading.enumerate()) <= threads

    def task() -> int:
        return 3

    assert judged(task, lambda trial, task: trial.call(task) == 3 or trial.fail("r", "s")).passed


def with_socket(*script: Any, **options: Any) -> Any:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, trial.socket(*script, **options), says="task(sock)")

    return check


class Silent:
    """The words of an exercise that has none of its own."""

    def fill(self, key: str, values: Any) -> str:
        return "It is called."

    def get(self, key: str) -> None:
        return None


def returning(expected: Any) -> Any:
    """The check of an exercise whose reference returns this."""

    def task() -> Any:
        return expected

    return Exercise(task, cases=[Case("call")], words=cast(Any, Silent())).check


# The worst student: (what is written, the reason, how the first sentence begins, its line)
WORST = {
    "own socketpair": (
        """
        import socket
        def task():
            near, far = socket.socketpair()
            return near.recv(10)  # this
        """,
        "waits-in-recv",
        "Your code waits in recv",
    ),
    "accept": (
        """
        import socket
        def task():
            with socket.create_server(("127.0.0.1", 0)) as server:
                server.accept()  # this
        """,
        "waits-in-accept",
        "Your code waits in accept",
    ),
    "file": (
        """
        import socket
        def task():
            near, far = socket.socketpair()
            with near, far, near.makefile("rb") as file:
                file.readline()  # this
        """,
        "waits-in-recv",
        "Your code waits in readline",
    ),
    "both sides": (
        """
        import socket, threading
        def task():
            near, far = socket.socketpair()
            threading.Thread(target=far.recv, args=(1,)).start()
            near.recv(1)  # this
        """,
        "waits-in-recv",
        "Your code waits in recv",
    ),
    "pass": (
        "def task():\n    while True: pass  # this",
        "endless-loop",
        "Your code turns in a loop",
    ),
    "try": (
        """
        def task():
            while True:  # this
                try: int("x")  # this
                except: pass  # this
        """,
        "endless-loop",
        "Your code turns in a loop",
    ),
    "bare except around recv": (
        """
        import socket
        def task():
            near, far = socket.socketpair()
            while True:
                try:
                    near.recv(10)  # this
                except: pass  # this
        """,
        "waits-in-recv",
        "Your code waits in recv",
    ),
    "recursion": (
        "def task(n=0):\n    return task(n + 1)  # this",
        "recursion",
        "Your code raised RecursionError",
    ),
    "generator": (
        """
        def task():
            def ever():
                while True: yield  # this
            for _ in ever(): pass  # this
        """,
        "endless-loop",
        "Your code turns in a loop",
    ),
    "C": (
        "def task():\n    return sum(iter(lambda: 0, 1))  # this",
        "endless-loop",
        "Your code turns in a loop",
    ),
    "input": ("def task():\n    input()  # this", "input", "Your function calls input()"),
    "swallowed input": (
        """
        def task():
            try: return input()  # this
            except: return "3"
        """,
        "input",
        "Your function calls input()",
    ),
    "stdin": ("import sys\ndef task():\n    sys.stdin.read()  # this", "input", "Your function"),
    "exit": ("def task():\n    exit()  # this", "exit", "Your function ends the whole program"),
    "quit": ("def task():\n    quit(1)  # this", "exit", "Your function ends the whole program"),
    "sys.exit": ("import sys\ndef task():\n    sys.exit()  # this", "exit", "Your function ends"),
    "KeyboardInterrupt": (
        "def task():\n    raise KeyboardInterrupt  # this",
        "exit",
        "Your function ends the whole program (KeyboardInterrupt)",
    ),
    "BaseException": (
        "class Mine(BaseException): pass\ndef task():\n    raise Mine('x')  # this",
        "exception",
        "Your code raised Mine: x",
    ),
    "evil exception": (
        """
        class Mine(Exception):
            def __str__(self): raise ValueError
            __repr__ = __str__
        def task():
            raise Mine  # this
        """,
        "exception",
        "Your code raised Mine",
    ),
    "StopIteration": (
        "def task():\n    return next(iter(()))  # this",
        "exception",
        "Your code raised StopIteration",
    ),
    "megabyte": ("def task():\n    print('x' * 10**6)  # this", "prints-too-much", "Your function"),
    "prints for ever": (
        "def task():\n    while True: print('x' * 80)  # this",
        "prints-too-much",
        "Your function prints more than 200,000 characters",
    ),
    "prints and swallows": (
        """
        def task():
            while True:
                try: print("x" * 80)  # this
                except: pass
        """,
        "prints-too-much",
        "Your function prints more than 200,000 characters",
    ),
    "left open": (
        """
        import socket
        def task():
            server = socket.create_server(("127.0.0.1", 0))
            sock = socket.create_connection(server.getsockname())  # this
            server.close()
        """,
        "left-open",
        "Your function opened a socket of its own and left it open",
    ),
    "threads": (
        """
        import threading
        def ever():
            while True: pass
        def task():
            thread = threading.Thread(target=ever)
            thread.start()
            thread.join()  # this
        """,
        "waits-in-join",
        "Your code waits in join",
    ),
    "replaces": (
        """
        import socket, sys
        def task():
            socket.socket = sys.stdout = sys.stderr = sys.stdin = None
            return int("x")  # this
        """,
        "exception",
        "Your code raised ValueError",
    ),
    "not written": (
        "def task():\n    raise NotImplementedError  # this",
        "not-written",
        "task is not yet written.",
    ),
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_student_gets_a_verdict_with_their_line(tmp_path: Path, name: str) -> None:
    text, reason, begins = WORST[name]
    ends = not reason.startswith(("endless-loop", "waits")) and "swallows" not in name
    verdict = judged(function(tmp_path, text), deadline=3.0 if ends else SHORT)
    assert verdict.reason == reason, verdict
    assert verdict.sentence.startswith(begins)
    assert not verdict.passed
    if reason != "not-written":
        assert verdict.code.endswith("# this"), verdict.code
        assert f"line {verdict.line}" in verdict.sentence


@pytest.mark.parametrize("name", ["own socketpair", "pass", "try", "left open", "exit"])
def test_a_function_without_source_gets_the_same_verdict_without_the_line(name: str) -> None:
    text, reason, _ = WORST[name]
    namespace: dict[str, Any] = {}
    exec(textwrap.dedent(text), namespace)
    verdict = judged(namespace["task"], deadline=SHORT)
    # Without its text, nobody can say in which operation a line waits.
    assert verdict.reason in (reason, "waits-in-call")
    assert "``" not in verdict.sentence


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("time.sleep(2.2)", "sleep"),
        ("threading.Event().wait(2.2)", "wait"),
        ("queue.Queue().get(timeout=2.2)", "get"),
    ],
)
def test_what_nothing_wakes_is_a_wait_as_well(tmp_path: Path, text: str, operation: str) -> None:
    task = function(tmp_path, f"import queue, threading, time\ndef task():\n    {text}")
    verdict = judged(task, deadline=0.1)
    assert (verdict.reason, verdict.line) == (f"waits-in-{operation}", 3)
    for thread in threading.enumerate():
        if thread.name == "student code":
            thread.join(10)


def test_a_deadlock_with_a_script_takes_no_time(tmp_path: Path) -> None:
    task = function(tmp_path, "def task(sock):\n    sock.sendall(b'QUIT')\n    sock.recv(10)")
    verdict = judged(task, with_socket(Hear(), b"221\r\n"), deadline=3600)
    assert (verdict.status, verdict.reason, verdict.line) == ("stuck", "waits-in-recv", 3)
    assert "so far it has b'QUIT', and no CRLF" in verdict.sentence
    assert verdict.transcript == "C: QUIT"


@pytest.mark.parametrize(
    "text",
    [
        "def task(sock):\n    try: return sock.recv(10)\n    except: return b'221 bye'",
        "def task(sock):\n    try: return sock.recv(10)\n"
        "    except BaseException as error: raise ValueError from error",
        "def task(sock):\n    while True:\n        try: sock.recv(10)\n        except: pass",
    ],
)
def test_a_deadlock_that_is_swallowed_is_told_all_the_same(tmp_path: Path, text: str) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, trial.socket(Hear()), raises=(ValueError,))

    verdict = judged(function(tmp_path, text), check, deadline=SHORT)
    assert (verdict.status, verdict.reason) == ("stuck", "waits-in-recv")
    assert "sock.recv(10)" in verdict.code


def test_an_endless_read_of_the_end_is_a_loop(tmp_path: Path) -> None:
    text = "def task(sock):\n    data = b''\n    while b'.' not in data: data += sock.recv(9)"
    verdict = judged(function(tmp_path, text), with_socket(End()), deadline=20)
    assert (verdict.status, verdict.reason) == ("stuck", "endless-loop")


def test_waiting_on_a_lab_is_told_with_what_was_said(tmp_path: Path) -> None:
    text = """
        def task(sock):
            sock.recv(1000)
            sock.sendall(b"EHLO client.lab.test")
            return sock.recv(1000)  # this
    """

    def check(trial: Check, task: Any) -> None:
        lab = trial.lab()
        with socket.create_connection(lab.address(25)) as sock:
            trial.call(task, sock)

    verdict = judged(function(tmp_path, text), check, deadline=0.5)
    assert verdict.reason == "waits-in-recv"
    assert verdict.code.endswith("# this")
    assert verdict.transcript.endswith("C: EHLO client.lab.test")
    assert verdict.transcript.startswith("S: 220 ")


def test_the_reference_reader_over_a_lab_waits_in_recv_as_well(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        with socket.create_connection(trial.lab().address(25)) as sock:
            trial.call(task, LineReader(sock))

    text = "def task(reader):\n    while reader.read_line(): pass"
    verdict = judged(function(tmp_path, text), check, deadline=1)
    assert (verdict.reason, verdict.line) == ("waits-in-recv", 2)


def test_the_transcript_of_a_verdict_shows_how_each_line_ended(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, trial.socket())
        trial.fail("no", "No.")

    text = r"def task(sock): sock.sendall(b'HELO x\nNOOP a\rb\r\nQUIT')"
    verdict = judged(function(tmp_path, text), check)
    assert verdict.transcript == "C: HELO x\\n\nC: NOOP a\\rb\\r\\n\nC: QUIT"


def test_closing_what_belongs_to_the_caller_is_named(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        sock = trial.socket(b"250 ok\r\n", End())
        trial.call(task, sock)
        sock.recv(10)

    verdict = judged(function(tmp_path, "def task(sock):\n    with sock: pass"), check)
    assert (verdict.status, verdict.reason) == ("failed", "closed-socket")


# What comes back


class Agreeable:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 3


class Hostile:
    """Objects to everything."""

    def _no(self, *_: object) -> Any:
        raise RuntimeError("no")

    __repr__ = __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __str__ = _no  # type: ignore


@pytest.mark.parametrize("evil", [Agreeable, Hostile])
@pytest.mark.parametrize("expected", [3, b"x", "x", [1], {"a": 1}, (1, b"x"), None, True])
def test_no_object_talks_its_way_through(evil: Any, expected: Any) -> None:
    values = [evil(), [evil()], (evil(), b"x"), {"a": evil()}]
    for value in values:
        verdict = judged(lambda: value, returning(expected))  # noqa: B023
        assert verdict.status in ("failed", "error"), (value, expected)
        assert verdict.reason == "wrong-type" or verdict.reason.startswith("value")


def lying(built_in: type, data: Any) -> Any:
    """A value of a subclass that says whatever is wanted, and whose own data is another."""

    class Liar(built_in):  # type: ignore[misc]
        def __eq__(self, other: object) -> bool:
            return True

        def __ne__(self, other: object) -> bool:
            return False

        def __hash__(self) -> int:
            return 3

        def __len__(self) -> int:
            return 1

        def __iter__(self) -> Any:
            return iter((1,))

        def __str__(self) -> str:
            return "x"

        def items(self) -> Any:
            return [("a", 1)]

        keys = values = __getitem__ = __int__ = __index__ = __bytes__ = items

    return Liar(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (4, 3), (b"y", b"x"), ("y", "x"), ([2], [1]), ((2,), (1,)),
        ({"a": 2}, {"a": 1}), ({"b": 1}, {"a": 1}), ({}, {"a": 1}),
    ],
)  # fmt: skip
def test_a_subclass_is_compared_by_its_own_data_whatever_it_says(data: Any, expected: Any) -> None:
    liar = lying(type(data), data)
    assert judged(lambda: liar, returning(expected)).reason.startswith("value")
    honest = lying(type(expected), expected)
    assert judged(lambda: honest, returning(expected)).passed
    assert judged(lambda: [honest], returning([expected])).passed


def test_keys_of_a_subclass_that_only_claim_to_differ_do_not_make_a_dict() -> None:
    keys = {lying(str, "a"): 1}
    assert judged(lambda: keys, returning({"a": 1})).passed
    different = type("Different", (str,), {"__eq__": lambda *_: False, "__hash__": str.__hash__})
    twice = {different("a"): 1, "a": 1}
    assert judged(lambda: twice, returning({"a": 1})).reason == "wrong-type"


def test_a_repr_that_raises_in_the_check_itself_is_the_students(tmp_path: Path) -> None:
    text = """
        class Value:
            def __repr__(self): raise SystemExit  # this
        def task(): return Value()
    """

    def check(trial: Check, task: Any) -> None:
        repr(trial.call(task))

    verdict = judged(function(tmp_path, text), check)
    assert (verdict.status, verdict.reason) == ("error", "exception")
    assert verdict.code.endswith("# this")


def test_a_check_that_breaks_says_so_and_does_not_raise(tmp_path: Path) -> None:
    task = function(tmp_path, "def task(): return 3")
    verdict = judged(task, lambda trial, task: len(trial.call(task)))
    assert (verdict.status, verdict.reason) == ("error", "check-failed")


def test_an_interrupt_of_the_check_itself_comes_through(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(function(tmp_path, "def task(): pass"), check)


@pytest.mark.parametrize(
    ("got", "expected", "reason"),
    [
        (3, 3, ""),
        (True, 1, "wrong-type"),
        (3.0, 3, "wrong-type"),
        (bytearray(b"x"), b"x", "wrong-type"),
        ("x", b"x", "wrong-type"),
        (None, b"x", "returned-none"),
        (None, None, ""),
        (b"", None, "wrong-type"),
        ([1, 2], (1, 2), "wrong-type"),
        ([1, None], [1, 2], "wrong-type"),
        ([1, 2, 3], [1, 2], "value"),
        ({"a": 1}, {"a": 1}, ""),
        ({"a": "1"}, {"a": 1}, "wrong-type"),
        ({"a": 1, "b": 2}, {"a": 1}, "value"),
        ({b"a": 1}, {"a": 1}, "wrong-type"),
        ({}, {"a": 1}, "value"),
        ((220, ["a"]), (220, ["a"]), ""),
        ((220, ["a"]), (220, ["b"]), "value"),
    ],
)
def test_equal_is_equal_in_type_and_in_value(got: Any, expected: Any, reason: str) -> None:
    verdict = judged(lambda: got, returning(expected))
    assert re.sub("-(key|item)-.*", "", verdict.reason) == reason
    assert verdict.passed == (reason == "")


@pytest.mark.parametrize(
    ("got", "expected", "under", "caret"),
    [
        (b"QUIT\n", b"QUIT\r\n", r"\n", r"octet 5: LF, expected CR (5 octets against 6)"),
        (b"", b"QUIT", "", "octet 1: the end, expected Q"),
        (b"QUIT\r\n\r\n", b"QUIT\r\n", r"\r", "octet 7: CR, expected the end"),
        ("Grüße", "Gruße", "üße", "character 3: ü, expected u"),
        ("Grüße".encode(), b"Gruesse", "üße", "octet 3: \\xc3, expected u"),
        (b"x" * 100 + b"y", b"x" * 100 + b"z", "y", "octet 101: y, expected z"),
    ],
)
def test_a_caret_stands_under_the_first_difference(
    got: Any, expected: Any, under: str, caret: str
) -> None:
    verdict = judged(lambda: got, returning(expected))
    rows = verdict.transcript.splitlines()
    assert caret in rows[-1]
    assert rows[0][rows[-1].index("^") :].startswith(under)


def test_a_caret_stands_where_it_should_under_wide_characters() -> None:
    drawn = formatting.caret(b"BYE\r\n", b"QUIT\r\n", ("你发送的", "应为"))
    rows = drawn.splitlines()
    heads = "你发送的\N{FULLWIDTH COLON}", "应为\N{FULLWIDTH COLON}"
    assert rows[:4] == [heads[0], r"  BYE\r\n", heads[1], r"  QUIT\r\n"]
    assert rows[4].startswith("  ^ octet 1")
    rows = formatting.caret("你好a", "你好b", ("returned", "expected")).splitlines()
    assert rows[2].index("^") == wcswidth(rows[0][: rows[0].index("a")])


def test_what_is_said_at_a_caret_far_right_stands_before_it() -> None:
    same = b"x" * 60
    rows = formatting.caret(same + b"RSET", same, ("you sent", "expected")).splitlines()
    assert rows[2].endswith("octets against 60) ^")
    assert rows[0][len(rows[2]) - 1 :] == "RSET"
    assert len(rows[2]) < 100


@pytest.mark.parametrize(
    ("line", "named"),
    [("re.findall('a', 'a')", True), ("code.startswith('2')", False), ("email.split('@')", False),
     ("string", False), ("antigravity.fly()", False)],
)  # fmt: skip
def test_a_module_that_was_not_imported_is_named_and_no_variable_is_taken_for_one(
    tmp_path: Path, line: str, named: bool
) -> None:
    verdict = judged(function(tmp_path, f"def task(): return {line}"))
    assert ("above your function" in verdict.look) is named


def test_a_method_that_python_has_not_written_is_no_stub(tmp_path: Path) -> None:
    library = student.load(tmp_path, "def dup(): raise NotImplementedError('not for this class')")
    task = function(tmp_path, "def task(dup):\n    x = 1\n    return dup()")
    verdict = judged(task, lambda trial, task: trial.call(task, library["dup"]))
    assert (verdict.status, verdict.reason, verdict.line) == ("error", "exception", 3)
    assert "not for this class" in verdict.sentence


def test_a_generator_is_told_apart(tmp_path: Path) -> None:
    verdict = judged(function(tmp_path, "def task(): yield 3"), returning(3))
    assert (verdict.status, verdict.reason) == ("failed", "generator")
    assert verdict.sentence.startswith("task returned a generator")


LEAVES_AND_RAISES = """
    import socket
    def task():
        server = socket.create_server(("127.0.0.1", 0))
        sock = socket.create_connection(server.getsockname())  # this
        server.close()
        raise ConnectionResetError("gone")
"""


def test_what_is_open_when_an_expected_exception_comes_is_left_open(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, raises=OSError)

    verdict = judged(function(tmp_path, LEAVES_AND_RAISES), check)
    assert (verdict.status, verdict.reason, verdict.line) == ("failed", "left-open", 4)
    assert "raised ConnectionResetError and left open a socket of its own" in verdict.sentence
    assert "`raise`" in verdict.look


def test_a_check_can_say_something_else_before_what_was_left_open(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, raises=OSError, may_leave_open=True)
        if not isinstance(trial.error, ConnectionRefusedError):
            trial.fail("first", "It is another error.")

    task = function(tmp_path, LEAVES_AND_RAISES)
    assert judged(task, check).reason == "first"

    def later(trial: Check, task: Any) -> None:
        trial.call(task, raises=OSError, may_leave_open=True)
        trial.nothing_left_open()

    assert judged(task, later).reason == "left-open"


def test_an_exception_that_a_check_cannot_place_is_told_as_any_other(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, raises=Exception)
        trial.unexpected()

    verdict = judged(function(tmp_path, "def task():\n    return int('x')"), check)
    assert (verdict.status, verdict.reason, verdict.line) == ("error", "exception", 2)


def test_a_handshake_that_waits_is_told_where_its_timeout_comes_from(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            trial.call(task, silent.getsockname())

    task = function(
        tmp_path,
        """
        import socket, ssl
        def task(address):
            plain = socket.create_connection(address)
            trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            return trust.wrap_socket(plain, server_hostname="a.test")
        """,
    )
    verdict = judged(task, check, deadline=SHORT)
    assert (verdict.status, verdict.reason, verdict.line) == ("stuck", "waits-in-do_handshake", 5)
    assert "waits in the handshake" in verdict.sentence
    assert "before wrap_socket" in verdict.look


def test_an_async_function_is_told_apart(tmp_path: Path) -> None:
    verdict = judged(function(tmp_path, "async def task(): return 3"), returning(3))
    assert (verdict.status, verdict.reason) == ("failed", "async-function")


# Calls


def test_an_expected_exception_is_returned(tmp_path: Path) -> None:
    seen: list[Any] = []

    def check(trial: Check, task: Any) -> None:
        seen.append(trial.call(task, raises=ValueError))
        assert trial.error is seen[0]

    text = "class ValueError(Exception): pass\ndef task(): raise ValueError('own')"
    assert judged(function(tmp_path, text), check).passed
    assert str(seen[0]) == "own"


def test_an_exception_that_is_returned_was_not_raised(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.call(task, raises=ValueError)
        if trial.error is None:
            trial.fail("not-raised", "It was not raised.")

    text = "def task():\n    try: int('x')\n    except ValueError as error: return error"
    assert judged(function(tmp_path, text), check).reason == "not-raised"


def test_another_exception_is_an_error_with_the_students_line(tmp_path: Path) -> None:
    text = "import socket\ndef task():\n    return b'a' + 'b'"
    verdict = judged(function(tmp_path, text))
    assert (verdict.status, verdict.reason, verdict.line) == ("error", "exception", 3)
    assert verdict.look
    assert "Traceback" not in verdict.sentence


def test_a_function_that_leans_on_an_unwritten_one_is_told_which(tmp_path: Path) -> None:
    text = """
        def read_reply():
            raise NotImplementedError
        def task():
            return read_reply()
    """
    verdict = judged(function(tmp_path, text))
    assert (verdict.status, verdict.reason) == ("error", "needs-other")
    assert 'read_reply = mine("read_reply")' in verdict.look


def test_steps_come_in_order_and_output_is_kept(tmp_path: Path) -> None:
    def check(trial: Check, task: Any) -> None:
        trial.step("One.")
        trial.call(task, says="task()")
        trial.fail("r", "It fails.", "Look.")

    verdict = judged(function(tmp_path, "def task(): print('seen')"), check)
    assert verdict.steps[:2] == ("One.", "Your task() is called.")
    assert verdict.output == "seen\n"
    assert (verdict.sentence, verdict.look, verdict.reason) == ("It fails.", "Look.", "r")


def test_a_long_conversation_is_cut_at_its_beginning(tmp_path: Path) -> None:
    text = "def task(sock):\n    for n in range(99): sock.sendall(b'NOOP %d\\r\\n' % n)\n    1 / 0"
    verdict = judged(function(tmp_path, text), with_socket())
    rows = verdict.transcript.splitlines()
    assert len(rows) < 30
    assert rows[-1] == r"C: NOOP 98\r\n"


def test_everything_is_closed_at_the_end(tmp_path: Path) -> None:
    made: list[Any] = []

    def check(trial: Check, task: Any) -> None:
        lab = trial.lab()
        made.extend([lab, trial.socket()])
        trial.call(task)

    judged(function(tmp_path, "def task(): 1 / 0"), check)
    lab, scripted = made
    assert not lab.running
    assert isinstance(scripted, ScriptedSocket)
    assert scripted.closed


# Before anything runs


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("import base64\ndef task(): return base64.b64encode(b'')", "base64"),
        ("import base64 as b\ndef task(): return b.b64encode(b'')", "base64"),
        ("from base64 import b64encode as e\ndef task(): return e(b'')", "base64"),
        ("from base64 import b64encode\ndef task(): return b64encode(b'')", "base64.b64encode"),
        ("def task():\n    import base64\n    return base64", "base64"),
        ("def task():\n    from base64 import b64encode\n    return 1", "base64"),
        ("def task(sock): sock.sendall(b'')", ".sendall"),
        ("def task(): return bin(3)", "bin()"),
        ("def helper(s): s.sendall(b'')\ndef task(s): helper(s)", ".sendall"),
    ],
)
def test_the_library_is_not_to_do_the_exercise(tmp_path: Path, text: str, forbidden: str) -> None:
    verdict = judged(function(tmp_path, text), lambda *_: None, forbids=(forbidden,))
    assert (verdict.status, verdict.reason) == ("failed", "library-does-it")
    verdict = judged(function(tmp_path, text), forbids=(forbidden,))
    assert "leaves the work to" in verdict.sentence


@pytest.mark.parametrize(
    "text",
    ["def task(base64): return base64", "def task(): return 'base64.b64encode .sendall bin('"],
)
def test_a_word_is_no_library(tmp_path: Path, text: str) -> None:
    task = function(tmp_path, text)
    verdict = judged(task, lambda *_: None, forbids=("base64", ".sendall", "bin()"))
    assert verdict.passed


def test_a_variable_of_another_cell_is_named(tmp_path: Path) -> None:
    names = student.load(tmp_path, "def task():\n    return reader.read_line()")
    names["reader"] = object()
    verdict = judged(names["task"])
    assert (verdict.reason, verdict.line) == ("notebook-global", 2)
    assert "task uses reader" in verdict.sentence


def test_what_is_not_in_the_standard_library_is_named(tmp_path: Path) -> None:
    for text in ("import psutil\ndef task(): return psutil.pids()",
                 "def task():\n    import psutil"):  # fmt: skip
        verdict = judged(function(tmp_path, text))
        assert (verdict.reason, verdict.line) == ("third-party", 2)
    of_helper = "import psutil\ndef helper(): return psutil.pids()\ndef task(): return helper()"
    verdict = judged(function(tmp_path, of_helper))  # no line of the task's own is at fault
    assert verdict.sentence == "task uses psutil, which is not in Python's standard library."


def test_mine_within_a_function_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = "from smtplab import mine\ndef task():\n    return mine('send_all')"
    verdict = judged(function(tmp_path, text))
    assert (verdict.reason, verdict.line) == ("third-party", 3)
    assert verdict.look.startswith("Fetch it above your function")


def test_what_the_student_was_given_stays_with_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n"))
    verdict: Verdict = judged(function(tmp_path, "def task(): return input()"))
    assert verdict.reason == "input"
    assert sys.stdin.read() == "one\n"


def test_a_session_that_was_over_before_the_call_is_not_shown() -> None:
    def check(trial: Check, task: Any) -> None:
        lab = trial.lab()
        with socket.create_connection(lab.address(25)) as sock, sock.makefile("rb") as lines:
            lines.readline()
            sock.sendall(b"QUIT\r\n")
            assert lines.read()[:3] == b"221"
        client.ended(lab)
        trial.call(task)
        trial.fail("r", "s")

    def task() -> None:
        return None

    assert "nobody has said anything" in judged(task, check, deadline=2).transcript
