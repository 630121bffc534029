"""Lesson 01: what is asked, how it is judged, and what is predicted."""

import re
import socket
from dataclasses import replace
from typing import Any

from ..catalogue import counted, plural, say
from .cases import Finding, case, is_one_of, judge
from .diagnoses import lines
from .diagnoses import sockets as diagnoses
from .diagnoses.sockets import amount
from .judge import End, Exercise, Lesson, Question, ScriptedSocket, Trial
from .judge.trial import Over
from .start_here import wrong_ending

__all__ = ["LESSON"]

GREETING = b"220 mail.lab.test ready\r\n"
EHLO = b"EHLO client.lab.test\r\n"
# A German and a Chinese greeting, in UTF-8: 27 octets, of which most are no letters of ASCII.
MANY_TONGUES = "250 Grüße, 你好".encode()


def octets(n: int) -> bytes:
    """n octets in which no short stretch repeats, so that a lost or doubled one shows."""
    return b" ".join(b"%d" % number for number in range(n))[:n]


def stays_open(trial: Trial, sock: ScriptedSocket) -> None:
    """End the check when the socket was closed, or shut down for what we send."""
    try:
        socket.socket.send(sock, b"")
    except OSError:
        trial.fail(*diagnoses.CLOSED_SOCKET)


# send_all


def judge_sent(trial: Trial, sock: ScriptedSocket, data: bytes, first: int, before: int) -> None:
    """End the check unless data was sent; for first and before see `wrong_sent`."""
    if sock.sent != data:
        wrong = diagnoses.wrong_sent(sock, data, first, before)
        trial.fail(*wrong, sent=sock.sent, expected=data)
    stays_open(trial, sock)


def check_send_all(trial: Trial, send_all: Any) -> None:
    trial.step(say("A socket takes 3 octets in each send."))
    sock = trial.socket(takes=3)
    try:
        returned = trial.call(
            send_all, sock, EHLO, says='send_all(sock, b"EHLO client.lab.test\\r\\n")'
        )
    except Over as over:
        if over.verdict.status == "error":
            if sock.sent:
                stays_open(trial, sock)
            deliberate = re.search(r"\b(raise|assert)\b", over.verdict.code)
            if deliberate and sock.sent == EHLO[:3]:
                better = replace(over.verdict, reason="short-send", look=diagnoses.SHORT_SEND)
                raise Over(better) from None
        raise
    judge_sent(trial, sock, EHLO, 3, 0)

    trial.step(
        say("A socket takes more in one send than in another: 2, then 7, then 1, and again.")
    )
    sock = trial.socket(takes=(2, 7, 1))
    data = MANY_TONGUES + b"\r\n"
    trial.call(send_all, sock, data)
    judge_sent(trial, sock, data, 2, len(EHLO))

    sizes = (0, 1, 57, 1024, 1025)
    trial.step(
        say(
            "data of {sizes} octets; a send takes 56 at most, or 40.",
            sizes=", ".join(map(str, sizes)),
        )
    )
    for n in sizes:
        sock = trial.socket(takes=(56, 40))
        trial.call(send_all, sock, octets(n))
        judge_sent(trial, sock, octets(n), 56, 0)

    trial.step(
        say("data holds every value that an octet can have, and the socket takes them one by one.")
    )
    sock = trial.socket(takes=1)
    data = bytes(range(256))
    trial.call(send_all, sock, data)
    judge_sent(trial, sock, data, 1, 0)

    with socket.socket() as closed:
        pass
    trial.step(say("A socket that is closed already: its send raises OSError."))
    with case(trial, explain=diagnoses.SOCKET_CLOSED):
        got = trial.call(send_all, closed, EHLO, raises=(OSError,))
        trial.require(trial.raised(got, OSError), *diagnoses.SWALLOWS_ERROR)
    trial.require(returned is None, *diagnoses.returned_value(returned))


# read_exactly


def reads(
    trial: Trial,
    read_exactly: Any,
    sock: ScriptedSocket,
    expected: bytes,
    *,
    says: str = "",
    before: bytes = b"",
) -> None:
    """Call read_exactly for as many octets as expected has, when so many or more have come.

    before is what the call before this one returned.
    """
    n = len(expected)
    try:
        got = trial.call(read_exactly, sock, n, says=says, raises=(EOFError,))
    except Over as over:
        took = len(diagnoses.taken(sock))
        if over.verdict.reason == "waits-in-recv" and took > n:
            reason, sentence, look = diagnoses.keeps_asking(n, took, waits=True)
            better = replace(over.verdict, reason=reason, sentence=sentence, look=look)
            raise Over(better) from None
        raise
    took = len(diagnoses.taken(sock))
    if trial.raised(got, EOFError):
        trial.fail(*diagnoses.wrong_end(n, took))
    wrong = diagnoses.wrong_piece(sock, got, expected, before)
    judge(trial, got, expected, wrong, diagnoses.NOT_THE_SAME)
    if taking := diagnoses.wrong_taking(n, took):
        trial.fail(*taking)
    stays_open(trial, sock)


def check_read_exactly(trial: Trial, read_exactly: Any) -> None:
    trial.step(say("The greeting comes one octet at a time."))
    sock = trial.socket(GREETING, pieces=1)
    reads(trial, read_exactly, sock, GREETING[:4], says="read_exactly(sock, 4)")

    trial.step(say("A whole reply has come. We read 4 octets, and the rest stays for later."))
    sock = trial.socket(b"250-mail.lab.test\r\n250 SIZE\r\n", End())
    reads(trial, read_exactly, sock, b"250-", before=GREETING[:4])

    trial.step(say("Octets come three at a time, and 10 are asked for."))
    reads(trial, read_exactly, trial.socket(GREETING, End(), pieces=3), GREETING[:10])

    trial.step(say("0 octets are asked for. The server is silent, and has not closed."))
    reads(trial, read_exactly, trial.socket(), b"")

    trial.step(say("The server sends exactly the 4 octets that are asked for, and closes."))
    reads(trial, read_exactly, trial.socket(b"220 ", End()), b"220 ")

    for data, n in ((b"220 ma", 10), (b"", 1)):
        trial.step(
            counted(
                n,
                plural(
                    "The server sends {octets} and closes; 1 is asked for.",
                    "The server sends {octets} and closes; {count} are asked for.",
                ),
                octets=amount(len(data)),
            )
        )
        with case(trial, explain=diagnoses.ENDED_EARLY):
            sock = trial.socket(*([data] if data else []), End(), pieces=2)
            got = trial.call(read_exactly, sock, n, raises=(EOFError,))
            trial.require(trial.raised(got, EOFError), *diagnoses.end_unnoticed(got, len(data), n))

    trial.step(say("56, 57, 58, 1024 and 1025 octets, 0 and 255 among them, come in many pieces."))
    sizes = (1, 57, 2, 11)
    for n, pieces in ((56, sizes), (57, 1), (58, sizes), (1024, sizes), (1025, sizes)):
        data = (MANY_TONGUES + b"\r\n\x00\xff" + octets(n))[:n]
        reads(trial, read_exactly, trial.socket(data, b"and more", pieces=pieces), data)


# encode_line


def encodes(trial: Trial, encode_line: Any, text: str, *, says: str = "") -> Any:
    """What encode_line makes of a text without a line break."""
    got = trial.call(encode_line, text, says=says, raises=(ValueError,))
    if trial.raised(got, UnicodeError):
        trial.fail(*diagnoses.not_encoded(text, got))
    if trial.raised(got, ValueError):
        trial.fail(*diagnoses.refused(text, got))
    return got


def check_encode_line(trial: Trial, encode_line: Any) -> None:
    trial.step(say("A command becomes a line."))
    command = "EHLO client.lab.test"
    got = encodes(trial, encode_line, command, says=f'encode_line("{command}")')
    ending = wrong_ending("encode_line", got, command.encode())
    judge(trial, got, EHLO, ending, diagnoses.OTHER_LINE)

    trial.step(say("An empty text is an empty line, and spaces and dots are text like any other."))
    for text in ("", ".", "..dots", "  two spaces, and a tab at the end\t", "x" * 1025):
        got = encodes(trial, encode_line, text)
        lost = diagnoses.spaces_lost(text, got)
        judge(trial, got, text.encode() + b"\r\n", lost, diagnoses.other_text(text, got))

    trial.step(say("Text with letters outside ASCII."))
    for text in ("Subject: Grüße", "Subject: 你好", "Subject: \U0001f4ee"):
        got = encodes(trial, encode_line, text)
        other = diagnoses.wrong_encoding(text, got)
        judge(trial, got, text.encode() + b"\r\n", other, diagnoses.wrong_letters(text))

    trial.step(say("A text with a line break in it is to be refused."))
    for text in ("NOOP\r\nQUIT", "NOOP\nQUIT", "NOOP\rQUIT", "NOOP\r\n", "NOOP\n", "\nNOOP", "\r"):
        step = say("The text is {text!r}.", text=text)
        with case(trial, step, explain=diagnoses.HAS_BREAK):
            got = trial.call(encode_line, text, raises=(ValueError,))
            if not trial.raised(got, ValueError):
                trial.step(diagnoses.returned(got))
                trial.fail(*diagnoses.wrong_break(text, got))

    trial.step(say("Text without CR and LF, but with other signs that Python calls line ends."))
    text = "one\x0btwo\x85three\u2028four"
    got = encodes(trial, encode_line, text)
    judge(trial, got, text.encode() + b"\r\n", None, diagnoses.text_lost(text))


# LineReader


def read_line(trial: Trial, reader: Any, *, raises: tuple[type[BaseException], ...] = ()) -> Any:
    method = getattr(reader, "read_line", None)
    if not callable(method):
        trial.fail(*lines.no_read_line(reader))
    return trial.call(method, raises=raises)


def new_reader(
    trial: Trial, line_reader: Any, sock: socket.socket, limit: int | None = None
) -> Any:
    if limit is None:
        return trial.call(line_reader, sock)
    return trial.call(line_reader, sock, limit=limit)


def line_is(
    trial: Trial, got: Any, expected: bytes, wrong: str, mistake: Finding | None = None
) -> None:
    """Compare one line. wrong is the sentence if no mistake is known that explains it."""
    if trial.raised(got, EOFError):
        trial.fail(*lines.ended_in_line(expected))
    if trial.raised(got, ValueError):
        trial.fail(*lines.line_refused(expected, got))
    if type(got) is not bytes:
        trial.fail(*lines.no_line(got))
    finding = mistake or lines.wrong_crlf(got, expected)
    judge(trial, got, expected, finding, lines.wrong_line(wrong))


def check_line_reader(trial: Trial, line_reader: Any) -> None:
    trial.require(issubclass(type(line_reader), type), *lines.NOT_A_CLASS)
    other = say("read_line returned another line than came.")
    trial.step(say("A line comes in one segment."))
    sock = trial.socket(GREETING)
    got = read_line(trial, new_reader(trial, line_reader, sock), raises=(EOFError,))
    line_is(trial, got, GREETING[:-2], other)
    stays_open(trial, sock)

    trial.step(
        say("The same line comes 5 octets at a time, and the last piece ends with its CRLF.")
    )
    reader = new_reader(trial, line_reader, trial.socket(GREETING, End(), pieces=5))
    got = read_line(trial, reader, raises=(EOFError,))
    line_is(trial, got, GREETING[:-2], other, lines.one_piece(got, GREETING, 5))

    check_over_read(trial, line_reader)
    check_two_readers(trial, line_reader)
    check_cuts(trial, line_reader)
    check_other_octets(trial, line_reader)
    check_end(trial, line_reader)
    check_limit(trial, line_reader)


def check_over_read(trial: Trial, line_reader: Any) -> None:
    trial.step(say("Three lines come in one segment, and then the end."))
    sock = trial.socket(b"250-one\r\n250-two\r\n250 three\r\n", End())
    reader = new_reader(trial, line_reader, sock)
    got = read_line(trial, reader)
    several = type(got) is bytes and got.startswith(b"250-one\r\n")
    line_is(
        trial,
        got,
        b"250-one",
        say("read_line did not return the first of three lines."),
        lines.SEVERAL_LINES if several else None,
    )
    for number, expected, wrong in (
        (2, b"250-two", say("The second of three lines in one segment came out wrong.")),
        (3, b"250 three", say("The third of three lines in one segment came out wrong.")),
    ):
        last, got = got, read_line(trial, reader, raises=(EOFError,))
        if trial.raised(got, EOFError):
            trial.step(say("The next read_line raises EOFError."))
            trial.fail(*lines.over_read_lost(number))
        line_is(trial, got, expected, wrong, lines.same_line_again(got, last))

    trial.step(say("A line and a half come in one segment, and the other half in the next."))
    reader = new_reader(trial, line_reader, trial.socket(b"250-one\r\n250 t", b"wo\r\n", End()))
    cut = say("A line cut in two came out wrong.")
    line_is(trial, read_line(trial, reader, raises=(EOFError,)), b"250-one", cut)
    got = read_line(trial, reader, raises=(EOFError,))
    line_is(trial, got, b"250 two", cut, lines.one_half(got, b"250 t", b"wo"))


def check_two_readers(trial: Trial, line_reader: Any) -> None:
    trial.step(say("Two readers, each with a socket of its own, read in turn."))
    one = new_reader(trial, line_reader, trial.socket(b"one\r\nuno\r\n", End()))
    two = new_reader(trial, line_reader, trial.socket(b"two\r\ndue\r\n", End()))
    for reader, expected, others in (
        (one, b"one", (b"two", b"due")),
        (two, b"two", (b"one", b"uno")),
        (one, b"uno", (b"two", b"due")),
        (two, b"due", (b"one", b"uno")),
    ):
        got = read_line(trial, reader, raises=(EOFError,))
        line_is(
            trial,
            got,
            expected,
            say("With two readers, a line came out wrong."),
            lines.SHARED_BUFFER if is_one_of(got, *others) else None,
        )


def check_cuts(trial: Trial, line_reader: Any) -> None:
    trial.step(say("A line is cut in two, between CR and LF."))
    reader = new_reader(trial, line_reader, trial.socket(b"250-one\r", b"\n250 two\r\n", End()))
    for expected in (b"250-one", b"250 two"):
        got = read_line(trial, reader, raises=(EOFError,))
        unseen = type(got) is bytes and got.startswith(b"250-one\r\n250")
        line_is(
            trial,
            got,
            expected,
            say("A line cut between CR and LF came out wrong."),
            lines.CRLF_CUT if unseen else None,
        )

    trial.step(
        say(
            "Two lines, the first with letters outside ASCII, come in pieces of 1, 2, 3 or 5 "
            "octets."
        )
    )
    for pieces in (1, 2, 3, 5):
        sock = trial.socket(MANY_TONGUES + b"\r\n250 ok\r\n", pieces=pieces)
        reader = new_reader(trial, line_reader, sock)
        wrong = say("A line that came {octets} at a time came out wrong.", octets=amount(pieces))
        for expected in (MANY_TONGUES, b"250 ok"):
            line_is(trial, read_line(trial, reader, raises=(EOFError,)), expected, wrong)


def check_other_octets(trial: Trial, line_reader: Any) -> None:
    trial.step(say("Empty lines, and lines that begin with dots."))
    sock = trial.socket(b"\r\n\r\n.\r\n..dots\r\n", End())
    reader = new_reader(trial, line_reader, sock)
    for expected in (b"", b"", b".", b"..dots"):
        got = read_line(trial, reader, raises=(EOFError,))
        skips = expected == b"" and is_one_of(got, b".")
        line_is(
            trial,
            got,
            expected,
            say("The line {line!r} came out wrong.", line=expected),
            lines.SKIPS_EMPTY_LINE if skips else None,
        )

    trial.step(say("A lone LF, a lone CR, spaces and a CR too many: only CRLF ends a line."))
    for line, part, mistake in (
        (b"one\ntwo", b"one", lines.ENDS_AT_LF),
        (b"one\rtwo", b"one", lines.ENDS_AT_CR),
        (b" \tspaces \t", b"spaces", lines.LOSES_SPACE),
        (b"one\r", b"one", lines.LOSES_CR),
        (b"x\x0b\x0c\x1c\x85y\x00", None, None),
    ):
        sock = trial.socket(line + b"\r\n250 ok\r\n", End())
        got = read_line(trial, new_reader(trial, line_reader, sock), raises=(EOFError,))
        is_part = type(got) is bytes and got.strip() == part
        wrong = say("The line {line!r} came out wrong.", line=line)
        line_is(trial, got, line, wrong, mistake if is_part else None)


def check_end(trial: Trial, line_reader: Any) -> None:
    for rest in (b"", b"250 unfin", b"250 unfin\r"):
        if rest:
            trial.step(
                say("A whole line comes, then half a line, {rest!r}, and then the end.", rest=rest)
            )
        else:
            trial.step(say("A whole line comes, then the end."))
        sock = trial.socket(b"250 ok\r\n" + rest, End())
        reader = new_reader(trial, line_reader, sock)
        got = read_line(trial, reader, raises=(EOFError,))
        line_is(trial, got, b"250 ok", say("The last whole line came out wrong."))
        for _ in range(2):
            with case(trial, explain=lines.ENDED):
                got = read_line(trial, reader, raises=(EOFError,))
            if not trial.raised(got, EOFError):
                trial.fail(*lines.half_returned(got, rest))


def check_limit(trial: Trial, line_reader: Any) -> None:
    both = (EOFError, ValueError)
    wrong = say("A line of exactly the limit came out wrong.")
    trial.step(
        say("With limit=10, a line of 10 octets comes, and then several short ones at once.")
    )
    reader = new_reader(
        trial, line_reader, trial.socket(b"0123456789\r\n", b"a\r\nb\r\nc\r\nd\r\ne\r\n"), limit=10
    )
    got = read_line(trial, reader, raises=both)
    trial.require(not trial.raised(got, ValueError), *lines.LIMIT_COUNTS_CRLF)
    line_is(trial, got, b"0123456789", wrong)
    for letter in (b"a", b"b", b"c", b"d", b"e"):
        got = read_line(trial, reader, raises=both)
        trial.require(not trial.raised(got, ValueError), *lines.LIMIT_ON_BUFFER)
        line_is(trial, got, letter, say("Of several short lines, one came out wrong."))

    trial.step(say("With limit=10, a line of 10 octets comes one octet at a time."))
    sock = trial.socket(b"0123456789\r\n", pieces=1)
    got = read_line(trial, new_reader(trial, line_reader, sock, limit=10), raises=both)
    trial.require(not trial.raised(got, ValueError), *lines.LIMIT_COUNTS_CR)
    line_is(trial, got, b"0123456789", wrong)

    trial.step(say("With limit=10, a line of 11 octets comes, whole or 7 octets at a time."))
    line = octets(11)
    for pieces in (None, 7):
        sock = trial.socket(line + b"\r\n", pieces=pieces)
        refuses(trial, new_reader(trial, line_reader, sock, limit=10), line, 10, pieces is None)
    trial.step(say("Without a limit of ours, a line of 1,001 octets comes: 1,000 are the default."))
    line = octets(1001)
    for pieces in (None, 7):
        sock = trial.socket(line + b"\r\n", pieces=pieces)
        refuses(trial, new_reader(trial, line_reader, sock), line, 1000, pieces is None)

    trial.step(say("With limit=10, the server sends 20,000 octets without a line end, and closes."))
    line = octets(1000)
    reader = new_reader(trial, line_reader, trial.socket(*[line] * 20, End()), limit=10)
    with case(trial, explain=lines.LONGER):
        got = read_line(trial, reader, raises=both)
    trial.require(not trial.raised(got, EOFError), *lines.LIMIT_TOO_LATE)
    if not trial.raised(got, ValueError):
        trial.fail(*lines.not_refused(got, line, 10, whole=False))


def refuses(trial: Trial, reader: Any, line: bytes, limit: int, whole: bool) -> None:
    """Read a line that is an octet longer than the limit; whole if it comes in one piece."""
    with case(trial, explain=lines.LONGER):
        got = read_line(trial, reader, raises=(ValueError,))
    if not trial.raised(got, ValueError):
        trial.fail(*lines.not_refused(got, line, limit, whole=whole))


LESSON = Lesson(
    number="01",
    slug="sockets",
    title=say("Sockets"),
    exercises=(
        Exercise(
            name="send_all",
            check=check_send_all,
            hints=(
                say(
                    "send returns a number: how many octets the socket has taken. Keep it in a "
                    "name, and print it once with a long data to see what it says."
                ),
                say(
                    "What was taken is done. The next send gets data without it, data[taken:], and "
                    "so on. This goes round until nothing is left."
                ),
                say(
                    "A loop with two lines in it:\n"
                    "    while data:\n"
                    "        taken = sock.send(data)\n"
                    "        ...        # data becomes what is left of it"
                ),
            ),
            forbids=(".sendall", ".sendfile", ".makefile", ".sendmsg"),
        ),
        Exercise(
            name="read_exactly",
            check=check_read_exactly,
            hints=(
                say(
                    "One recv brings at least one octet and at most as many as you ask for. Count "
                    "what has come, and go on while something is missing."
                ),
                say(
                    "Ask each recv for what is still missing and no more: then you cannot "
                    "over-read. If it returns b'', nothing will come any more, and that is the "
                    "EOFError."
                ),
                say(
                    "A loop, and a value that grows:\n"
                    "    data = b''\n"
                    "    while len(data) < n:\n"
                    "        piece = sock.recv(n - len(data))\n"
                    "        ...        # the end of the stream? else data grows by piece\n"
                    "    return data"
                ),
            ),
            forbids=(".makefile", ".sendall", "socket.MSG_WAITALL"),
        ),
        Exercise(
            name="encode_line",
            check=check_encode_line,
            hints=(
                say(
                    "A str becomes octets with its method encode, and the docstring names the "
                    "encoding. The line end is two octets more."
                ),
                say(
                    "First look whether '\\r' or '\\n' stands in the text; if one does, raise "
                    "ValueError, and repair nothing. Then encode, and add b'\\r\\n'."
                ),
                say(
                    "Two steps:\n"
                    "    if '\\r' in text or ...:\n"
                    "        raise ValueError(...)\n"
                    "    return text.encode('utf-8') + ..."
                ),
            ),
        ),
        Exercise(
            name="LineReader",
            check=check_line_reader,
            hints=(
                say(
                    "Let self.buffer hold everything that has come and was not returned yet. "
                    "read_line asks two questions in turn: does a whole line stand in it? If not, "
                    "what does recv bring?"
                ),
                say(
                    "While b'\\r\\n' is not in self.buffer: recv, and add the piece to "
                    "self.buffer; b'' is EOFError. Then cut the buffer at its first CRLF: the "
                    "front is the line, and the back stays in self.buffer."
                ),
                say(
                    "self.buffer.split(b'\\r\\n', 1) gives the line and the rest. For the limit, "
                    "compare len(line) with self.limit when the line is whole; and while it grows, "
                    "len(self.buffer) with self.limit + 1, because a CR may have come without its "
                    "LF."
                ),
                say(
                    "The frame of it:\n"
                    "    while b'\\r\\n' not in self.buffer:\n"
                    "        ...        # too long already? ValueError\n"
                    "        piece = self.sock.recv(4096)\n"
                    "        ...        # the end? EOFError; else the buffer grows\n"
                    "    line, self.buffer = self.buffer.split(b'\\r\\n', 1)\n"
                    "    ...            # too long? ValueError\n"
                    "    return line"
                ),
            ),
            forbids=(".makefile", ".readline"),
        ),
    ),
    questions=(
        Question(
            text=say(
                "A server program listens, and has not called accept. What does a client's "
                "connect do?"
            ),
            choices=(
                say("It waits until accept is called"),
                say("It is refused"),
                say("It returns, connected"),
            ),
            answer=say("It returns, connected"),
            why=say(
                "The kernel shakes hands for every socket that listens, and keeps the finished "
                "connection in a queue. accept takes it out of there, sooner or later."
            ),
        ),
        Question(
            text=say(
                "One side sends HELLO, then WORLD. Then the other calls recv(100) once. What "
                "does it get?"
            ),
            choices=(
                "b'HELLO'",
                "b'HELLOWORLD'",
                "[b'HELLO', b'WORLD']",
            ),
            answer="b'HELLOWORLD'",
            why=say(
                "A stream is octets in order. Where one send ended and the next began is not "
                "in it, and recv gives what there is, up to 100 octets."
            ),
        ),
        Question(
            text=say(
                "A socket with a timeout is given 20,000,000 octets to send, and nobody reads. "
                "What does send do?"
            ),
            choices=(
                say("It takes them all"),
                say("It takes a part and says how many"),
                say("It raises TimeoutError, nothing sent"),
            ),
            answer=say("It takes a part and says how many"),
            why=say(
                "With a timeout, send waits until there is room, hands over once what fits, "
                "and returns that number. Whatever is more is still ours to send. A system "
                "that takes all of it here is free to do so; a client cannot rely on it."
            ),
        ),
        Question(
            text=say(
                "The other side sends half a line and closes. We call recv until the line is "
                "whole. What happens?"
            ),
            choices=(
                say("recv raises an error"),
                say("recv waits for ever"),
                say("recv returns b'' again and again"),
            ),
            answer=say("recv returns b'' again and again"),
            why=say(
                "After the end, recv has nothing to wait for: it returns b'' at once, each "
                "time. A loop that waits for a line end turns for ever."
            ),
        ),
        Question(
            text=say("We end NOOP with LF alone, and call recv. What does our provider do?"),
            choices=(
                say("It waits, for the CR"),
                say("It answers 500: that was not a line"),
                say("It answers 250, as if CRLF had come"),
            ),
            answer=say("It answers 250, as if CRLF had come"),
            why=say(
                "Our provider is lenient. A client must send CRLF all the same: RFC 5321, "
                "section 2.3.8, knows no other line end, and the next server may wait for it, "
                "or hang up."
            ),
        ),
    ),
)
