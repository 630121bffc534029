"""Lesson 01: the cases of each exercise, and the mistakes that are known, in the order asked."""

import re
import socket
from collections.abc import Callable
from typing import Any

from ..judge import SOCK, Case, Check, End, Exercise, Facts, Lesson, Peer, When
from ..judge.cases import Given, Weather, World
from ..solutions import sockets as reference

__all__ = ["LESSON"]

END = End()
GREETING = b"220 mail.lab.test ready\r\n"
EHLO = b"EHLO client.lab.test\r\n"
# A German and a Chinese greeting, in UTF-8: 27 octets, of which most are no letters of ASCII.
MANY_TONGUES = "250 Grüße, 你好".encode()


def octets(n: int) -> bytes:
    """n octets in which no short stretch repeats, so that a lost or doubled one shows."""
    return b" ".join(b"%d" % number for number in range(n))[:n]


# --- send_all -----------------------------------------------------------------------------


class ClosedSocket(Peer):
    """A socket that is closed before the function is called."""

    def open(self, trial: Check, weather: Weather) -> World:
        with socket.socket() as closed:
            return World({SOCK: closed})


def starts_over(f: Facts) -> bool:
    first = next(data for sender, data in f.mine.events if sender == "C")
    return f.sent.startswith(first * 2) and not f.data.startswith(first * 2)


SEND_ALL = Exercise(
    reference.send_all,
    forbids=(".sendall", ".sendfile", ".makefile", ".sendmsg"),
    cases=[
        Case("three", (SOCK, EHLO), Peer(takes=3)),
        Case("uneven", (SOCK, MANY_TONGUES + b"\r\n"), Peer(takes=(2, 7, 1))),
        *(
            Case("sizes", (SOCK, octets(n)), Peer(takes=(56, 40)), weather=False)
            for n in (0, 1, 57, 1024, 1025)
        ),
        Case("values", (SOCK, bytes(range(256))), Peer(takes=1), weather=False),
        Case("sizes", (SOCK, octets(1280)), Peer(takes=1), weather=False),
        Case("closed", (SOCK, EHLO), ClosedSocket()),
        *(
            Case(
                "gone",
                (SOCK, EHLO),
                Peer(takes=error, timeout=30.0),
                values={"error": error.__name__},
                weather=False,
            )
            for error in (BrokenPipeError, TimeoutError)
        ),
    ],
    mistakes={
        "short-send": lambda f: (
            not f.due and re.match("raise|assert", f.code) and f.sent == f.data[:3]
        ),
        "swallows-error": lambda f: f.due and f.returned,
        "remembers": lambda f: f.returned and f.sent == f.data[len(f.past[-1].data) :] != f.data,
        "zeros": lambda f: set(f.sent) == {0} and 0 not in f.data,
        "single-send": lambda f: (
            f.returned and len(f.mine.events) == 1 and f.data.startswith(f.sent)
        ),
        "starts-over": starts_over,
        "wrong-octets": lambda f: f.returned and f.sent != f.data,
        "returned-value": lambda f: f.returned and f.sent == f.data and f.got is not None,
    },
)

# --- read_exactly -------------------------------------------------------------------------


def exactly(why: str, n: int, *script: Any, **how: Any) -> Case:
    return Case(why, (SOCK, n), Peer(*script, **how), values={"asked": n})


def too_early(f: Facts) -> bool:
    """EOFError was raised, and the stream had not ended."""
    return f.raised == "EOFError" and not f.due


def remembers(f: Facts) -> Any:
    before = f.past[-1].got
    told_again = before and f.got.startswith(before) and not f.want.startswith(before)
    return told_again and {"before": before}


READ_EXACTLY = Exercise(
    reference.read_exactly,
    forbids=(".makefile", ".sendall", "socket.MSG_WAITALL"),
    leaves_rest=True,
    cases=[
        exactly("one-octet", 4, GREETING, pieces=1),
        exactly("whole-reply", 4, b"250-mail.lab.test\r\n250 SIZE\r\n", END),
        exactly("three-at-a-time", 10, GREETING, END, pieces=3),
        exactly("zero", 0),
        exactly("all-and-end", 4, b"220 ", END),
        exactly("all-and-end", 4, b"22\0\0", END),
        exactly("ends-inside", 10, b"220 ma", END, pieces=2),
        exactly("ends-at-once", 1, END),
        *(
            exactly("many-pieces", n, (MANY_TONGUES + b"\r\n\x00\xff" + octets(n))[:n], b"and more",
                    pieces=pieces)
            for n, pieces in ((56, (1, 57, 2, 11)), (57, 1), (1024, (1, 57, 2, 11)), (1025, 1))
        ),
    ],
    mistakes={
        "keeps-asking": lambda f: f.waits and f.mine.heard > f.n,
        "keeps-asking.raised": lambda f: too_early(f) and f.mine.heard > f.n,
        "no-end-here.all": lambda f: too_early(f) and f.mine.heard == f.n,
        "no-end-here": too_early,
        "end-unnoticed": lambda f: f.due and f.returned,
        "remembers": remembers,
        "single-recv": lambda f: f.n and f.mine.events == [("S", f.got)] and f.got != f.want,
        "wrong-length": lambda f: len(f.got) != f.n and {"length": len(f.got)},
        "over-read": lambda f: f.got == f.want and f.mine.heard > f.n,
        "not-taken": lambda f: type(f.got) is bytes and f.mine.heard < f.n,
    },
)  # fmt: skip

# --- encode_line --------------------------------------------------------------------------


def refused(f: Facts) -> bool:
    """A text without a line break was refused."""
    return f.raised == "ValueError" and not f.due


TEXTS = {
    "any-text": ("", ".", "..dots", "  two spaces, and a tab at the end\t", "x" * 1025),
    "beyond-ascii": ("Subject: Grüße", "Subject: 你好", "Subject: \U0001f4ee", "cafe\u0301"),
    "break": ("NOOP\r\nQUIT", "NOOP\nQUIT", "NOOP\rQUIT", "NOOP\r\n", "NOOP\n", "\nNOOP", "\r"),
}

ENCODE_LINE = Exercise(
    reference.encode_line,
    cases=[
        Case("command", ("EHLO client.lab.test",)),
        *(
            Case(why, (text,), values={"text": text})
            for why, texts in TEXTS.items()
            for text in texts
        ),
        Case("other-ends", ("one\x0btwo\x85three\u2028four",)),
    ],
    mistakes={
        "not-utf8": lambda f: f.raised.startswith("Unicode"),
        "refuses-too-much.index": lambda f: "not found" in f.told and refused(f),
        "refuses-too-much.ends": lambda f: len(f.text.splitlines()) > 1 and refused(f),
        "refuses-too-much": refused,
        "line-break-inside": lambda f: f.due and re.search(rb"[\r\n]", f.got[:-2]),
    },
)  # fmt: skip

# --- split_line ---------------------------------------------------------------------------

BUFFERS = {
    "line-and-half": (b"250 first\r\n250 sec",),
    "one-line": (b"220 mail.lab.test ready\r\n", b"a long line " * 400 + b"\r\n"),
    "three-lines": (b"250-one\r\n250-two\r\n250 three\r\n",),
    "not-whole": (b"250 sec", b"250 first\r", b"", b"one\ntwo", b"one\n\r"),
    "empty-line": (b"\r\n250 ok\r\n", b"\r\n"),
    "only-crlf": (b"one\ntwo\r\n", b"one\rtwo\r\n\n", b" \tspaces \t\r\n ", b"one\r\r\n\r"),
    "many-tongues": (MANY_TONGUES + b"\r\n\x00\xff",),
}

SPLIT_LINE = Exercise(
    reference.split_line,
    cases=[Case(why, (buffer,)) for why, buffers in BUFFERS.items() for buffer in buffers],
    mistakes={
        "unpacked": lambda f: "to unpack" in f.told,
        "not-found": lambda f: "not found" in f.told,
        "not-whole": lambda f: f.want[0] is None is not f.got[0] and {"line": f.got[0]},
        "buffer-lost": lambda f: f.got[0] is f.want[0] is None and f.got[1] != f.buffer,
        "line-unseen.empty": lambda f: f.want[0] == b"" and f.got[0] is None,
        "line-unseen": lambda f: f.want[0] and f.got[0] is None,
        "rest-cut": lambda f: (
            f.got[0] == f.want[0] and f.got[1] != f.want[1] and f.want[1].startswith(f.got[1])
        ),
        "other-end": lambda f: len(f.got[0]) < len(f.want[0]) and f.buffer.startswith(f.got[0]),
    },
)

# --- LineReader ---------------------------------------------------------------------------

# A case reads several lines with one reader. What comes back is a list: each line as bytes, and the
# class of an exception that was raised in place of one, as a str.

OTHER = Given("other")
THREE = [b"250-one", b"250-two", b"250 three"]
SHORT = b"a\r\n"
LONG = b" ".join(b"%d" % number for number in range(1000))


def read(reader: Any, count: int) -> list[Any]:
    """Read so many lines, or until one is refused; the end of the stream is met twice."""
    lines: list[Any] = []
    while len(lines) < count:
        try:
            lines.append(reader.read_line())
        except EOFError:
            lines.append("EOFError")
        except ValueError as error:
            lines.append("ValueError" if not isinstance(error, UnicodeError) else repr(error))
            break
    return lines


def lines(why: str, count: int, *script: Any, limit: int | None = None, **how: Any) -> Case:
    def drive(line_reader: Any, sock: Any) -> list[Any]:
        made = line_reader(sock) if limit is None else line_reader(sock, limit=limit)
        return read(made, count)

    values = {"limit": 1000 if limit is None else limit}
    return Case(why, (SOCK,), Peer(*script, **how), drive=drive, values=values)


class TwoSockets(Peer):
    """Two connections, each with a server of its own."""

    def open(self, trial: Check, weather: Weather) -> World:
        one, other = trial.socket(b"one\r\nuno\r\n", END), trial.socket(b"two\r\ndue\r\n", END)
        return World({SOCK: one, OTHER: other})


def in_turn(line_reader: Any, sock: Any, other: Any) -> list[Any]:
    one, two = line_reader(sock), line_reader(other)
    return [line for reader in (one, two, one, two) for line in read(reader, 1)]


def line(wrong: Callable[[int, Any, Any], Any], case: str = "") -> When:
    """The first wrong line is so: its number from 0, what came, what was due. case: in this one."""

    def when(f: Facts) -> Any:
        rows = enumerate(zip(f.got, f.want, strict=False))
        unlike = ((n, a, b) for n, (a, b) in rows if type(a) is not type(b) or a != b)
        number, one, due = next(unlike)
        kind = getattr(one, "kind", type(one).__name__)
        values = {"number": number + 1, "one": one, "due_is": due, "kind": kind}
        found = case in ("", f.case.why) and wrong(number, one, due)
        return found and {**values, "limit": f.case.values["limit"]}

    return when


def no_bytes(_: int, one: Any, due: Any) -> bool:
    """What was returned as a line is not even octets."""
    return type(due) is bytes and type(one) is not bytes and one not in ("EOFError", "ValueError")


def last_piece(_: int, one: Any, due: Any) -> bool:
    return one != b"" and bool(due.endswith(one.removesuffix(b"\r\n")))


def of_other_reader(number: int, one: Any, _: Any) -> bool:
    return one in ((b"two", b"due"), (b"one", b"uno"))[number % 2]


LINE_READER = Exercise(
    reference.LineReader,
    points=20,
    forbids=(".makefile", ".readline"),
    cases=[
        lines("one-segment", 1, GREETING),
        lines("five-at-a-time", 1, GREETING, END, pieces=5),
        lines("three-lines", 3, b"\r\n".join([*THREE, b""]), END),
        lines("line-and-half", 2, b"250-one\r\n250 t", b"wo\r\n", END),
        Case("two-readers", (SOCK, OTHER), TwoSockets(), drive=in_turn, values={"limit": 1000}),
        lines("cut-crlf", 2, b"250-one\r", b"\n250 two\r\n", END),
        *(
            lines("many-tongues", 2, MANY_TONGUES + b"\r\n250 ok\r\n", pieces=pieces)
            for pieces in (1, 2, 3, 5)
        ),
        lines("empty-lines", 4, b"\r\n\r\n.\r\n..dots\r\n", END),
        *(
            lines("only-crlf", 1, text + b"\r\n250 ok\r\n", END)
            for text in (
                b"one\ntwo", b"one\rtwo", b" \tspaces \t", b"one\r", b"x\x0b\x0c\x1c\x85y\x00",
            )
        ),
        *(
            lines("ends", 3, b"250 ok\r\n" + rest, END)
            for rest in (b"", b"250 unfin", b"250 unfin\r")
        ),
        lines("limit-exact", 9, b"0123456789\r\n", SHORT * 8, limit=10),
        lines("limit-by-octets", 1, b"0123456789\r\n", pieces=1, limit=10),
        lines("limit-passed", 1, b"01234567890\r\n", limit=10),
        lines("limit-passed", 1, b"01234567890\r\n", limit=10, pieces=7),
        lines("limit-passed", 1, "üöäßé!".encode() + b"\r\n", limit=10),
        lines("default-passed", 2, LONG[:1000] + b"\r\n" + LONG[:1001] + b"\r\n"),
        lines("no-line-end", 1, *[LONG[:1000]] * 20, END, limit=10),
        lines("no-line-end", 1, *[b"\xff" * 1000] * 20, END, limit=10),
    ],
    mistakes={
        "not-a-class": lambda f: type(f.trial.student) is not type,
        "no-read-line": lambda f: f.raised == "AttributeError" and "'read_line'" in f.told,
        "limit-too-late": lambda f: f.case.why == "no-line-end" and f.got == ["EOFError"],
        "other-exception": line(lambda n, one, due: type(one) is type(due) is str),
        "waits-in-recv.line-unseen": lambda f: f.waits and f.mine.heard == len(GREETING),
        "no-bytes.none": line(lambda n, one, due: one is None and type(due) is bytes),
        "no-bytes": line(no_bytes),
        "no-end-here.empty": line(lambda n, one, due: one == "EOFError" and not due),
        "no-end-here": line(lambda n, one, due: one == "EOFError"),
        "refused.crlf": line(lambda n, one, due: one == "ValueError" and not n, "limit-exact"),
        "refused.buffer": line(lambda n, one, due: one == "ValueError", "limit-exact"),
        "refused.cr": line(lambda n, one, due: one == "ValueError", "limit-by-octets"),
        "refused": line(lambda n, one, due: one == "ValueError"),
        "no-limit": line(lambda n, one, due: due == "ValueError"),
        "end-unnoticed": line(lambda n, one, due: due == "EOFError"),
        "single-recv": line(lambda n, one, due: one == due[:5], "five-at-a-time"),
        "last-piece-only": line(last_piece, "five-at-a-time"),
        "crlf-cut": line(lambda n, one, due: one.startswith(due + b"\r\n"), "cut-crlf"),
        "same-line-again": line(lambda n, one, due: one in THREE[:n], "three-lines"),
        "over-read-lost": line(lambda n, one, due: one == b"wo", "line-and-half"),
        "half-line": line(lambda n, one, due: one == b"250 t", "line-and-half"),
        "shared-buffer": line(of_other_reader, "two-readers"),
        "wrong-line": line(lambda n, one, due: True),
    },
)  # fmt: skip

LESSON = Lesson("01", __file__, (SEND_ALL, READ_EXACTLY, ENCODE_LINE, SPLIT_LINE, LINE_READER))
