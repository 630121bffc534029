"""What a beginner is told to look at when code raised: each advice, by a slip that it is for."""

import socket
import traceback

import pytest

from smtplab import exercises
from smtplab.judge import advice
from smtplab.judge.said import WORDS

assert exercises.LESSONS  # whose names are known, as when an answer is judged

# The advice, and lines whose last raises. A class stands for an exercise that is a class.
SLIPS = [
    (
        "the-object-keeps-it-self",
        """
        class Student:
            def __init__(self): self.rest = b""
            def read_line(self): return rest
        Student().read_line()
        """,
    ),
    (
        "the-variable-has-no-value",
        """
        def student(lines):
            for line in lines: last = line
            return last
        student([])
        """,
    ),
    ("the-course-has-it", "read_reply(None)"),
    ("a-module-wants-an-import", "base64.b64encode(b'')"),
    ("python-knows-nothing-of-the", "repyl"),
    ("a-str-is-encoded-this", "b''.encode()"),
    ("a-str-is-encoded-this", "bytearray().encode()"),
    ("bytes-are-decoded-this-is", "''.decode()"),
    ("a-socket-has-send-sendall", "sock.write(b'')"),
    ("a-replyerror-has-code-and", "ReplyError(550, ['no']).message"),
    (
        "the-reader-is-no-socket",
        """
        class Student:
            def read_line(self): return self.recv(10)
        Student().read_line()
        """,
    ),
    (
        "nothing-has-given-the-object",
        """
        class Student:
            def read_line(self): return self.rest
        Student().read_line()
        """,
    ),
    ("it-has-was-that-meant", "[].apend(1)"),
    ("recv-wants-a-number-how", "sock.recv()"),
    ("replyerror-wants-two-things", "raise ReplyError(550)"),
    (
        "compare-the-parameters-of-your",
        """
        def student(sock): pass
        student()
        """,
    ),
    (
        "compare-what-you-give-to",
        """
        def helper(sock): pass
        helper()
        """,
    ),
    (
        "a-class-takes-what-it",
        """
        class Student:
            def _init_(self, sock): pass
        Student(sock)
        """,
    ),
    ("something-there-is-none-which", "None + b''"),
    ("is-an-and-a-sign", "rest =+ b''"),
    ("makes-a-float-and-an", "b'abc'[:3 / 2]"),
    ("makes-a-float-and-an", "range(3 / 2)"),
    ("what-stands-before-the-parentheses", "rest = b''; rest()"),
    ("a-str-is-made-of", "'' + 1"),
    ("a-str-is-made-of", "''.join([1])"),
    ("a-str-is-made-of", "ord(1)"),
    ("a-str-is-made-of", "'a' & 63"),
    ("a-str-is-made-of", "'SIZE=' + len('a')"),
    ("an-int-is-one-thing", "for octet in 1: pass"),
    ("one-octet-of-bytes-is", "b'a'[0] + b'b'"),
    ("the-parentheses-after-a-name", "sock.recv[10]"),
    ("the-parentheses-after-a-name", "b''.upper + b''"),
    ("octets-bytes-and-text-str", "b'' + ''"),
    ("octets-bytes-and-text-str", "''.join([b''])"),
    ("int-takes-digits-and-nothing", "int('250-')"),
    ("there-were-more-pieces-than", "code, text = 'a b c'.split()"),
    ("not-every-text-fits-into", "'é'.encode('ascii')"),
    ("not-every-octet-is-a", "b'\\xff'.decode()"),
    ("there-is-nothing-at-that", "[][0]"),
    ("no-such-key-was-there", "{}['SIZE']"),
    ("a-power-is-written-so", "60.0 * 2 ^ 3"),
    ("no-such-key-was-there", "{}.pop('SIZE')"),
    ("nothing-was-left-for-next", "next(iter([]))"),
    ("nothing-was-left-for-next", "list(next(iter([])) for _ in 'ab')"),
    ("there-is-nothing-at-that", "[].pop()"),
    ("that-stands-for-the-end", "raise EOFError"),
    (
        "a-function-may-call-itself",
        """
        def student(): student()
        student()
        """,
    ),
    ("a-timeout-was-set-and", "raise TimeoutError"),
    ("the-socket-is-closed-which", "closed.recv(10)"),
    ("the-server-said-which-code", "raise ReplyError(550, ['no'])"),
    ("your-own-line-raises-it", "raise ValueError('no')"),
    ("your-own-line-raises-it", "raise RuntimeError"),
    # Of these nothing is said: what they say is enough, or could be meant in several ways.
    ("", "b'a'.remove(b'a')"),
    ("", "1 / 0"),
    ("", "assert False"),
    ("", "b'a'.decode('asci')"),
    ("", "raised = open('/nowhere/raise')"),
]


class ReplyError(Exception):
    def __init__(self, code: int, lines: list[str]) -> None:
        super().__init__(code, lines)
        self.code, self.lines = code, lines


def told(code: str) -> str:
    """What is said after these lines have raised."""
    lines = [line[8:] if line[:1] == " " else line for line in code.split("\n")]
    with socket.socket() as sock, socket.socket() as closed:
        closed.close()
        names = {"sock": sock, "closed": closed, "ReplyError": ReplyError}
        with pytest.raises(Exception) as raised:
            exec(compile("\n".join(lines), "<cell>", "exec"), names)
        error = raised.value
        own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "<cell>"]
        text = f"{type(error).__name__}: {error}"
        student = names.get("Student", names.get("student"))
        return advice.after(error, text, student, lines[(own[-1].lineno or 1) - 1])


@pytest.mark.parametrize(("key", "code"), SLIPS)
def test_a_slip_is_told_what_to_look_at(key: str, code: str) -> None:
    said = told(code)
    assert bool(said) == bool(key), said
    if key:
        template = WORDS(f"advice.{key}", missing="|", called="|", near="|", code="|")
        assert all(piece in said for piece in template.split("|")), said


def test_each_piece_of_advice_is_for_some_slip() -> None:
    assert {key for key, _ in SLIPS} - {""} == {key for _, key, _ in advice.ADVICE}
