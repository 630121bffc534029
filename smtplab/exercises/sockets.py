"""Lesson 01: what is asked, how it is judged, and what is predicted."""

import re
import socket
from dataclasses import replace
from typing import Any

from ..catalogue import counted, plural, say
from .cases import case, is_one_of, promised
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


def count(n: int) -> str:
    return counted(n, plural("1 octet", "{count:,} octets"))


def named(
    trial: Trial,
    got: object,
    expected: bytes,
    mistake: bool,
    reason: str,
    sentence: str,
    look: str,
) -> None:
    """Name a mistake that the value itself tells; got and expected are shown together."""
    if mistake:
        trial.equal(got, expected, reason=reason, sentence=sentence, look=look)


def short(value: object, *, last: bool = False) -> str:
    """A student's value in a few words, the last of a sentence or not; its repr may be anything."""
    kind = type(value).__name__
    if type(value) in (int, str, bytes, bool, type(None)) and len(repr(value)) <= 60:
        return repr(value)
    if not issubclass(type(value), BaseException):
        return say("a value of type {kind}", kind=kind)
    if last:
        # Translators: what a function returned, at the end of a sentence.
        return say("{kind}, an exception that it did not raise", kind=kind)
    # Translators: what a function returned, in the middle of a sentence.
    return say("{kind}, an exception that it did not raise,", kind=kind)


def caught(kind: str) -> str:
    return say("A caller writes `except {kind}`, and another exception passes it by.", kind=kind)


def stays_open(trial: Trial, sock: ScriptedSocket) -> None:
    """End the check when the socket was closed, or shut down for what we send."""
    try:
        socket.socket.send(sock, b"")
    except OSError:
        trial.fail(
            "closed-socket",
            say("Your code closed the socket that it was given, and more was to come over it."),
            say("Who makes a socket closes it; a function that is given one leaves it open."),
        )


# send_all


def judge_sent(trial: Trial, sock: ScriptedSocket, data: bytes, first: int, before: int) -> None:
    """Say how what was sent differs from data.

    first is what the first send took, before how many octets the calls before this one sent.
    """
    sent, sends = sock.sent, sock.sends
    if sent == data:
        stays_open(trial, sock)
        return
    mistakes = (
        (
            before and sent == data[before:],
            "remembers",
            say(
                "send_all left out the first {before} octets, as many as the call before had sent.",
                before=before,
            ),
            say("What does your function remember from one call to the next?"),
        ),
        (
            not sent,
            "nothing-sent",
            say("send_all returned, and none of the {octets} were sent.", octets=count(len(data))),
            say("Which line of yours gives octets to the socket?"),
        ),
        (
            set(sent) == {0} and 0 not in data,
            "zeros",
            say(
                "send_all sent {octets} of value 0, and there is none in data.",
                octets=count(len(sent)),
            ),
            say("bytes(72) is 72 octets of value 0. bytes([72]) is one octet of value 72."),
        ),
        (
            len(sends) == 1,
            "single-send",
            say(
                "send_all called send once: the socket took {first} of {octets}, and the rest was "
                "never sent.",
                first=first,
                octets=count(len(data)),
            ),
            say("send returns a number. What does it say here, and what is left to do then?"),
        ),
        (
            sent.startswith(data[:first] * 2) and not data.startswith(data[:first] * 2),
            "starts-over",
            say(
                "send_all began again at the first octet: the other side gets the beginning of "
                "data more than once."
            ),
            say("Each send has to begin where the last one ended."),
        ),
        (
            data.startswith(sent),
            "stops-early",
            say(
                "send_all stopped after {octets} of {all:,}.",
                octets=count(len(sent)),
                all=len(data),
            ),
            say("What ends your loop, and what is still unsent at that moment?"),
        ),
        (
            sent.startswith(data),
            "sends-too-much",
            say(
                "send_all sent all {octets}, and then {more:,} more.",
                octets=count(len(data)),
                more=len(sent) - len(data),
            ),
            say("Look at what is given to the last send."),
        ),
        (
            True,
            "wrong-octets",
            say(
                "What send_all sent is not data: the other side got {octets}, data has {all:,}.",
                octets=count(len(sent)),
                all=len(data),
            ),
            say(
                "Look at the first octet that differs. A send that takes fewer octets than it was "
                "given has not taken the rest; only what was taken may be left out of the next "
                "send."
            ),
        ),
    )
    for mistake, reason, sentence, look in mistakes:
        if mistake:
            trial.fail(reason, sentence, look, sent=sent, expected=data)


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
                look = say("A short send is no error: what it did not take is for the next send.")
                raise Over(replace(over.verdict, reason="short-send", look=look)) from None
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
    refused = promised("OSError", say("The socket was closed,"), caught("OSError"))
    trial.step(say("A socket that is closed already: its send raises OSError."))
    with case(trial, explain=refused):
        got = trial.call(send_all, closed, EHLO, raises=(OSError,))
        trial.require(
            trial.raised(got, OSError),
            "swallows-error",
            say("The socket was closed, and send_all returned as if everything had been sent."),
            say("The caller has to hear of it: let the socket's own exception pass through."),
        )
    trial.require(
        returned is None,
        "returned-value",
        say(
            "send_all sent everything, and then returned {got}; its docstring says None.",
            got=short(returned),
        ),
        say(
            "There is nothing to tell the caller when all went well: a function without return "
            "does."
        ),
    )


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
    look = say("What becomes of each piece that recv brings, and what ends your loop?")
    try:
        got = trial.call(read_exactly, sock, n, says=says, raises=(EOFError,))
    except Over as over:
        if over.verdict.reason == "waits-in-recv" and len(taken(sock)) > n:
            sentence = say(
                "read_exactly was asked for {octets}, has taken {took}, and waits in recv for "
                "more.",
                octets=count(n),
                took=len(taken(sock)),
            )
            verdict = replace(over.verdict, reason="keeps-asking", sentence=sentence, look=look)
            raise Over(verdict) from None
        raise
    took = len(taken(sock))
    if trial.raised(got, EOFError):
        trial.require(
            took <= n,
            "keeps-asking",
            say(
                "read_exactly was asked for {octets}, has taken {took}, and raised EOFError.",
                octets=count(n),
                took=took,
            ),
            look,
        )
        trial.require(
            took < n,
            "no-end-here",
            say(
                "{octets} were asked for, and read_exactly raised EOFError when all had come.",
                octets=count(n),
            ),
            say(
                "When does your loop end? Nothing was missing any more; and recv(0) brings b'' as "
                "well, which is no end."
            ),
        )
        trial.fail(
            "no-end-here",
            say(
                "More was still to come, and read_exactly raised EOFError, as if the stream had "
                "ended."
            ),
            say("EOFError belongs to one case: recv returned b'' while octets were still missing."),
        )
    named(
        trial,
        got,
        expected,
        bool(before)
        and type(got) is bytes
        and got.startswith(before)
        and not expected.startswith(before),
        "remembers",
        say(
            "read_exactly returned {got}, and {before!r} is what the call before had read.",
            got=short(got),
            before=before,
        ),
        say("What does your function remember from one call to the next?"),
    )
    named(
        trial,
        got,
        expected,
        0 < n != took and sock.events[:1] == [("S", got)] and got == taken(sock),
        "single-recv",
        say(
            "read_exactly returned {got}, which is what the first recv brought: {octets}, and "
            "{asked} were asked for.",
            got=short(got),
            octets=count(took),
            asked=n,
        ),
        say("How many octets are still missing after a recv, and who asks for them?"),
    )
    if type(got) is bytes:
        named(
            trial,
            got,
            expected,
            len(got) > n,
            "too-many",
            say(
                "read_exactly(sock, {n}) returned {octets}: too many.",
                n=n,
                octets=count(len(got)),
            ),
            say("When does your loop end, and how much may the last recv bring?"),
        )
        named(
            trial,
            got,
            expected,
            len(got) < n,
            "too-few",
            say(
                "read_exactly(sock, {n}) returned {octets}: too few.",
                n=n,
                octets=count(len(got)),
            ),
            say("What ends your loop? It may end when nothing is missing any more."),
        )
    trial.equal(
        got,
        expected,
        reason="wrong-octets",
        sentence=say(
            "read_exactly returned as many octets as were asked for, but not the same ones."
        ),
        look=say("The octets are to come out as they came in: in the same order, unchanged."),
    )
    trial.require(
        took <= n,
        "over-read",
        say(
            "read_exactly returned {octets}, and took {took} off the socket: the other {lost} are "
            "lost to whoever reads next.",
            octets=count(n),
            took=took,
            lost=took - n,
        ),
        say("recv never brings more than it is asked for. How many may you ask for?"),
    )
    trial.require(
        took == n,
        "not-taken",
        say(
            "read_exactly returned {octets}, and took {took} off the socket.",
            octets=count(n),
            took=took,
        ),
        say("What it returns has to come out of the socket: which line of yours calls recv?"),
    )
    stays_open(trial, sock)


def taken(sock: ScriptedSocket) -> bytes:
    """What recv has brought so far."""
    return b"".join(data for sender, data in sock.events if sender == "S")


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

    ended = promised("EOFError", say("The stream ended too early,"), caught("EOFError"))
    for data, n in ((b"220 ma", 10), (b"", 1)):
        trial.step(
            counted(
                n,
                plural(
                    "The server sends {octets} and closes; 1 is asked for.",
                    "The server sends {octets} and closes; {count} are asked for.",
                ),
                octets=count(len(data)),
            )
        )
        with case(trial, explain=ended):
            sock = trial.socket(*([data] if data else []), End(), pieces=2)
            got = trial.call(read_exactly, sock, n, raises=(EOFError,))
            trial.require(
                trial.raised(got, EOFError),
                "end-unnoticed",
                say(
                    "The stream ended after {came} of {octets}, and read_exactly returned {got} as "
                    "if nothing were missing.",
                    came=len(data),
                    octets=count(n),
                    got=short(got),
                ),
                say(
                    "What does recv return at the end of the stream, and which exception does the "
                    "docstring promise then?"
                ),
            )

    trial.step(say("56, 57, 58, 1024 and 1025 octets, 0 and 255 among them, come in many pieces."))
    sizes = (1, 57, 2, 11)
    for n, pieces in ((56, sizes), (57, 1), (58, sizes), (1024, sizes), (1025, sizes)):
        data = (MANY_TONGUES + b"\r\n\x00\xff" + octets(n))[:n]
        reads(trial, read_exactly, trial.socket(data, b"and more", pieces=pieces), data)


# encode_line


def encodes(trial: Trial, encode_line: Any, text: str, look: str, *, says: str = "") -> Any:
    """What encode_line makes of a text without a line break; look is for one that refuses it."""
    got = trial.call(encode_line, text, says=says, raises=(ValueError,))
    if trial.raised(got, UnicodeError):
        trial.fail(
            "not-utf8",
            say("encode_line could not encode {text!r}: {error}.", text=text[:40], error=got),
            say("Which encoding has a place for every letter, and is asked for in the docstring?"),
        )
    if trial.raised(got, ValueError):
        if "not found" in str(got):
            look = say("index raises ValueError when it finds nothing; `in` answers True or False.")
        trial.fail(
            "refuses-too-much",
            say("encode_line refused {text!r}, which has no line break.", text=text[:40]),
            look,
        )
    return got


def refuses_break(trial: Trial, text: str, got: object) -> None:
    if trial.raised(got, ValueError):
        return
    trial.step(say("It returns {got}.", got=short(got, last=True)))
    trial.require(
        type(got) is not bytes or not (b"\r" in got[:-2] or b"\n" in got[:-2]),
        "line-break-inside",
        say(
            "encode_line let the line break in {text!r} through: what goes out is more than one "
            "line.",
            text=text,
        ),
        say(
            'Compare with "\\r" and with "\\n", each by itself and with a backslash. An exception '
            "that is made and not raised does nothing."
        ),
    )
    trial.require(
        type(got) is bytes,
        "not-raised",
        say(
            "encode_line returned {got} for {text!r}, where ValueError was promised.",
            got=short(got),
            text=text,
        ),
        say("An exception that is made and not raised does nothing: `raise` throws it."),
    )
    trial.fail(
        "repairs-silently",
        say(
            "encode_line returned {got} for {text!r}, where ValueError was promised.",
            got=short(got),
            text=text,
        ),
        say("A text with a line break is a mistake of the caller's, who has to hear of it."),
    )


def check_encode_line(trial: Trial, encode_line: Any) -> None:
    unchanged = say("The text itself comes out unchanged, in UTF-8, and CRLF follows.")
    trial.step(say("A command becomes a line."))
    command = "EHLO client.lab.test"
    got = encodes(
        trial,
        encode_line,
        command,
        say(
            'What makes your condition true? `"\\r" or ...` always is: a str that is not empty '
            "counts as true."
        ),
        says=f'encode_line("{command}")',
    )
    if wrong := wrong_ending("encode_line", got, command.encode()):
        named(trial, got, EHLO, True, *wrong)
    trial.equal(
        got,
        EHLO,
        reason="wrong-line",
        sentence=say("encode_line returned another line than the text that it was given."),
        look=unchanged,
    )

    trial.step(say("An empty text is an empty line, and spaces and dots are text like any other."))
    for text in ("", ".", "..dots", "  two spaces, and a tab at the end\t", "x" * 1025):
        look = (
            say("Only CR and LF make two lines of one; a tab does not, though it is not printable.")
            if text
            else say(
                'An empty text is a line as well, b"\\r\\n": it ends the header of every mail.'
            )
        )
        got = encodes(trial, encode_line, text, look)
        expected = text.encode() + b"\r\n"
        stripped = text.strip().encode() + b"\r\n"
        named(
            trial,
            got,
            expected,
            type(got) is bytes and got == stripped != expected,
            "spaces-lost",
            say("encode_line took white space off the text; it belongs to the line."),
            say("A text goes out as it is. What in your code takes something away?"),
        )
        trial.equal(
            got,
            expected,
            reason="wrong-line",
            sentence=say(
                "encode_line({text!r}) returned {got}: not that text and CRLF.",
                text=text[:40],
                got=short(got),
            ),
            look=unchanged,
        )

    trial.step(say("Text with letters outside ASCII."))
    for text in ("Subject: Grüße", "Subject: 你好", "Subject: \U0001f4ee"):
        got = encodes(trial, encode_line, text, say("Only CR and LF are forbidden: no letter is."))
        expected = text.encode() + b"\r\n"
        for other in ("latin-1", "utf-16", "utf-16-le", "gbk"):
            line = text.encode(other, errors="ignore") + b"\r\n"
            full = (text + "\r\n").encode(other, errors="ignore")
            named(
                trial,
                got,
                expected,
                type(got) is bytes and got != expected and got in (line, full),
                "not-utf8",
                say("encode_line made other octets of {text!r} than UTF-8 does.", text=text),
                say(
                    "These are the octets of {encoding}, and {encoding} is not UTF-8.",
                    encoding=other,
                ),
            )
        trial.equal(
            got,
            expected,
            reason="letters-lost",
            sentence=say(
                "The octets that encode_line made of {text!r} are not its UTF-8.", text=text
            ),
            look=say("Each letter has to survive: compare what came with what was expected."),
        )

    trial.step(say("A text with a line break in it is to be refused."))
    broken = promised("ValueError", say("The text has a line break in it,"), caught("ValueError"))
    for text in ("NOOP\r\nQUIT", "NOOP\nQUIT", "NOOP\rQUIT", "NOOP\r\n", "NOOP\n", "\nNOOP", "\r"):
        with case(trial, say("The text is {text!r}.", text=text), explain=broken):
            got = trial.call(encode_line, text, raises=(ValueError,))
            refuses_break(trial, text, got)

    text = "one\x0btwo\x85three\u2028four"
    trial.step(say("Text without CR and LF, but with other signs that Python calls line ends."))
    look = say(
        "str.splitlines knows more line ends than SMTP does; only two characters are forbidden."
    )
    trial.equal(
        encodes(trial, encode_line, text, look),
        text.encode() + b"\r\n",
        reason="wrong-line",
        sentence=say("encode_line did not return {text!r} and CRLF.", text=text),
        look=unchanged,
    )


# LineReader

LONGER = promised("ValueError", say("The line was longer than the limit,"), caught("ValueError"))


def read_line(trial: Trial, reader: Any, *, raises: tuple[type[BaseException], ...] = ()) -> Any:
    method = getattr(reader, "read_line", None)
    if not callable(method):
        others = [name for name in vars(type(reader)) if not name.startswith("_")]
        if len(others) == 1:
            trial.fail(
                "no-read-line",
                say("LineReader has {name}; the name wanted is read_line.", name=others[0]),
                say("Give the method the name that stands in the stub."),
            )
        trial.fail(
            "no-read-line",
            say("LineReader(sock) gives an object without a method read_line."),
            say("Is read_line indented, so that it stands inside the class?"),
        )
    return trial.call(method, raises=raises)


def new_reader(
    trial: Trial, line_reader: Any, sock: socket.socket, limit: int | None = None
) -> Any:
    if limit is None:
        return trial.call(line_reader, sock)
    return trial.call(line_reader, sock, limit=limit)


def line_is(trial: Trial, got: object, expected: bytes, sentence: str, reason: str) -> None:
    """Compare one line, and name the mistakes that can be told by their value."""
    if trial.raised(got, EOFError):
        if expected:
            trial.fail(
                "no-end-here",
                say(
                    "read_line raised EOFError although a whole line had come: {expected!r}.",
                    expected=expected,
                ),
                say("Look into the buffer for a CRLF before you look for the end of the stream."),
            )
        trial.fail(
            "empty-line-is-no-end",
            say('An empty line came, b"\\r\\n", and read_line raised EOFError.'),
            say(
                'The line without its CRLF is b"". That is not the b"" of recv: keep the two apart.'
            ),
        )
    if trial.raised(got, ValueError):
        trial.fail(
            "refused",
            say(
                "read_line raised ValueError for a line of {octets}: {error}",
                octets=count(len(expected)),
                error=got,
            ),
            say("ValueError is for a line that is longer than the limit."),
        )
    mistakes = (
        (
            expected + b"\r\n",
            "keeps-crlf",
            say("read_line returned the line with its CRLF; the docstring wants it without."),
        ),
        (expected + b"\r", "keeps-cr", say("read_line took the LF off its line, and left the CR.")),
        (
            b"\n" + expected,
            "lf-left-over",
            say("read_line ended the line before this one at its CR, and gave the LF to this one."),
        ),
    )
    if got is None:
        trial.fail(
            "returned-none",
            say("read_line returned None where the line, in bytes, was expected."),
            say("Does every way through read_line end in return?"),
        )
    if type(got) is not bytes:
        trial.fail(
            "wrong-type",
            say(
                "read_line returned a value of type {kind} where the line, in bytes, was expected.",
                kind=type(got).__name__,
            ),
            say("A line is octets as they came: nothing needs to be decoded or wrapped."),
        )
    for value, its_reason, its_sentence in mistakes:
        look = say("CRLF is two octets, and no part of the line.")
        named(trial, got, expected, got == value, its_reason, its_sentence, look)
    trial.equal(
        got,
        expected,
        reason=reason,
        sentence=sentence,
        look=say("Compare the octets: where does your line begin or end differently?"),
    )


def check_line_reader(trial: Trial, line_reader: Any) -> None:
    trial.require(
        issubclass(type(line_reader), type),
        "not-a-class",
        say(
            "LineReader is a function here, and is to be a class: each reader keeps what it "
            "over-read."
        ),
        say("The stub begins with `class LineReader:`, and `def read_line` stands inside."),
    )
    trial.step(say("A line comes in one segment."))
    sock = trial.socket(GREETING)
    got = read_line(trial, new_reader(trial, line_reader, sock), raises=(EOFError,))
    line_is(
        trial, got, GREETING[:-2], say("read_line returned another line than came."), "wrong-line"
    )
    stays_open(trial, sock)

    trial.step(
        say("The same line comes 5 octets at a time, and the last piece ends with its CRLF.")
    )
    reader = new_reader(trial, line_reader, trial.socket(GREETING, End(), pieces=5))
    got = read_line(trial, reader, raises=(EOFError,))
    named(
        trial,
        got,
        GREETING[:-2],
        is_one_of(got, GREETING[:5]),
        "single-recv",
        say(
            "read_line returned b'220 m', which is what the first recv brought: the rest of the "
            "line is still to come."
        ),
        say("How do you know that a line is whole?"),
    )
    named(
        trial,
        got,
        GREETING[:-2],
        type(got) is bytes and got in (GREETING[-5:-2], GREETING[-5:]),
        "last-piece-only",
        say(
            "read_line returned {got}, the last piece of its line, without those before it.",
            got=short(got),
        ),
        say("What becomes of a piece when it holds no line end?"),
    )
    line_is(
        trial, got, GREETING[:-2], say("read_line returned another line than came."), "wrong-line"
    )

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
    named(
        trial,
        got,
        b"250-one",
        type(got) is bytes and got.startswith(b"250-one\r\n"),
        "several-lines",
        say("Three lines came in one segment, and read_line returned more than the first of them."),
        say("Where does the first CRLF stand, and what follows it?"),
    )
    line_is(
        trial,
        got,
        b"250-one",
        say("read_line did not return the first of three lines."),
        "wrong-line",
    )
    for expected, lost, wrong in (
        (
            b"250-two",
            say(
                "The second line had come together with the first, and in its place read_line says "
                "that the stream has ended."
            ),
            say("The second of three lines in one segment came out wrong."),
        ),
        (
            b"250 three",
            say(
                "The third line had come together with the first, and in its place read_line says "
                "that the stream has ended."
            ),
            say("The third of three lines in one segment came out wrong."),
        ),
    ):
        last, got = got, read_line(trial, reader, raises=(EOFError,))
        named(
            trial,
            got,
            expected,
            is_one_of(got, bytes(last)),
            "same-line-again",
            say("read_line returned {last!r} again: it still stands in the buffer.", last=last),
            say("What read_line has returned goes out of self.buffer, with its CRLF."),
        )
        if trial.raised(got, EOFError):
            trial.step(say("The next read_line raises EOFError."))
            trial.fail(
                "over-read-lost",
                lost,
                say(
                    "One recv brought all three lines. Where is what you did not return, and do "
                    "you look there before the next recv?"
                ),
            )
        line_is(trial, got, expected, wrong, "wrong-line")

    trial.step(say("A line and a half come in one segment, and the other half in the next."))
    reader = new_reader(trial, line_reader, trial.socket(b"250-one\r\n250 t", b"wo\r\n", End()))
    for expected in (b"250-one", b"250 two"):
        got = read_line(trial, reader, raises=(EOFError,))
        named(
            trial,
            got,
            expected,
            is_one_of(got, b"wo") and expected == b"250 two",
            "over-read-lost",
            say(
                "The second line came in two pieces, and read_line returned the second piece alone."
            ),
            say("The first piece had come with the line before. Where is it?"),
        )
        named(
            trial,
            got,
            expected,
            is_one_of(got, b"250 t") and expected == b"250 two",
            "half-line",
            say("read_line returned what it had kept, b'250 t', before its line was whole."),
            say("What you have kept is a line only if a CRLF stands in it."),
        )
        line_is(trial, got, expected, say("A line cut in two came out wrong."), "wrong-line")


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
        named(
            trial,
            got,
            expected,
            is_one_of(got, *others),
            "shared-buffer",
            say("Of two readers, one returned what had come to the other: they share a buffer."),
            say("Each reader keeps its own: self.buffer, set in __init__."),
        )
        line_is(trial, got, expected, say("With two readers, a line came out wrong."), "wrong-line")


def check_cuts(trial: Trial, line_reader: Any) -> None:
    trial.step(say("A line is cut in two, between CR and LF."))
    reader = new_reader(trial, line_reader, trial.socket(b"250-one\r", b"\n250 two\r\n", End()))
    for expected in (b"250-one", b"250 two"):
        got = read_line(trial, reader, raises=(EOFError,))
        named(
            trial,
            got,
            expected,
            type(got) is bytes and got.startswith(b"250-one\r\n250"),
            "crlf-cut",
            say("CR came in one piece and LF in the next, and read_line did not see the line end."),
            say("Look for CRLF in everything that has come, not in the newest piece."),
        )
        line_is(
            trial, got, expected, say("A line cut between CR and LF came out wrong."), "wrong-line"
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
        got = read_line(trial, reader, raises=(EOFError,))
        sentence = say("A line that came {octets} at a time came out wrong.", octets=count(pieces))
        line_is(trial, got, MANY_TONGUES, sentence, "wrong-line")
        got = read_line(trial, reader, raises=(EOFError,))
        line_is(trial, got, b"250 ok", sentence, "wrong-line")


def check_other_octets(trial: Trial, line_reader: Any) -> None:
    trial.step(say("Empty lines, and lines that begin with dots."))
    sock = trial.socket(b"\r\n\r\n.\r\n..dots\r\n", End())
    reader = new_reader(trial, line_reader, sock)
    for expected in (b"", b"", b".", b"..dots"):
        got = read_line(trial, reader, raises=(EOFError,))
        named(
            trial,
            got,
            expected,
            is_one_of(got, b".") and expected == b"",
            "skips-empty-line",
            say("An empty line came, and read_line passed over it."),
            say("An empty line is a line: it ends the header of every mail."),
        )
        line_is(
            trial,
            got,
            expected,
            say("The line {expected!r} came out wrong.", expected=expected),
            "wrong-line",
        )

    trial.step(say("A lone LF, a lone CR, spaces and a CR too many: only CRLF ends a line."))
    for line, reason, sentence, part in (
        (b"one\ntwo", "ends-at-lf", say("read_line ended its line at a lone LF."), b"one"),
        (b"one\rtwo", "ends-at-cr", say("read_line ended its line at a lone CR."), b"one"),
        (b" \tspaces \t", "strips", say("read_line took white space off the line."), b"spaces"),
        (b"one\r", "strips", say("read_line took more off the line than its CRLF."), b"one"),
        (b"x\x0b\x0c\x1c\x85y\x00", "wrong-line", say("Odd octets came out wrong."), b""),
    ):
        sock = trial.socket(line + b"\r\n250 ok\r\n", End())
        got = read_line(trial, new_reader(trial, line_reader, sock), raises=(EOFError,))
        named(
            trial,
            got,
            line,
            type(got) is bytes and got != line and bool(part) and got.strip() == part,
            reason,
            sentence,
            say("A line ends where CR and LF stand side by side. All else belongs to the line."),
        )
        line_is(trial, got, line, say("The line {line!r} came out wrong.", line=line), "wrong-line")


def check_end(trial: Trial, line_reader: Any) -> None:
    ended = promised("EOFError", say("The stream ended,"), caught("EOFError"))
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
        line_is(trial, got, b"250 ok", say("The last whole line came out wrong."), "wrong-line")
        for _ in range(2):
            with case(trial, explain=ended):
                got = read_line(trial, reader, raises=(EOFError,))
            if trial.raised(got, EOFError):
                continue
            if type(got) is bytes and got and rest.startswith(got):
                trial.fail(
                    "half-line",
                    say(
                        "The stream ended inside a line, and read_line returned the half, {got!r}, "
                        "as if it were whole.",
                        got=got,
                    ),
                    say("Half a reply is no reply. What does the docstring promise at the end?"),
                )
            if type(got) is bytes and not got:
                trial.fail(
                    "end-as-empty-line",
                    say(
                        "The stream had ended, and read_line returned b'', which means an empty "
                        "line."
                    ),
                    say("The caller cannot tell the two apart. What does the docstring promise?"),
                )
            trial.fail(
                "end-unnoticed",
                say(
                    "The stream had ended, and read_line returned {got}.",
                    got=short(got, last=True),
                ),
                say("What does the docstring promise at the end of the stream?"),
            )


def check_limit(trial: Trial, line_reader: Any) -> None:
    both = (EOFError, ValueError)
    trial.step(
        say("With limit=10, a line of 10 octets comes, and then several short ones at once.")
    )
    reader = new_reader(
        trial, line_reader, trial.socket(b"0123456789\r\n", b"a\r\nb\r\nc\r\nd\r\ne\r\n"), limit=10
    )
    got = read_line(trial, reader, raises=both)
    trial.require(
        not trial.raised(got, ValueError),
        "limit-counts-crlf",
        say("With limit=10, read_line refused a line of 10 octets."),
        say(
            "The limit is for the line without its CRLF, and a line of exactly that length is "
            "allowed."
        ),
    )
    line_is(
        trial, got, b"0123456789", say("A line of exactly the limit came out wrong."), "wrong-line"
    )
    for letter in (b"a", b"b", b"c", b"d", b"e"):
        got = read_line(trial, reader, raises=both)
        trial.require(
            not trial.raised(got, ValueError),
            "limit-on-buffer",
            say("With limit=10, read_line refused short lines because several came at once."),
            say("The limit is for one line, not for all that has come."),
        )
        line_is(
            trial, got, letter, say("Of several short lines, one came out wrong."), "wrong-line"
        )

    trial.step(say("With limit=10, a line of 10 octets comes one octet at a time."))
    sock = trial.socket(b"0123456789\r\n", pieces=1)
    got = read_line(trial, new_reader(trial, line_reader, sock, limit=10), raises=both)
    trial.require(
        not trial.raised(got, ValueError),
        "limit-counts-cr",
        say(
            "With limit=10, read_line refused a line of 10 octets when its CR had come and its LF "
            "not."
        ),
        say("Ten octets and a CR may still become a line of ten octets."),
    )
    line_is(
        trial, got, b"0123456789", say("A line of exactly the limit came out wrong."), "wrong-line"
    )

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
    reader = new_reader(trial, line_reader, trial.socket(*[octets(1000)] * 20, End()), limit=10)
    with case(trial, explain=LONGER):
        got = read_line(trial, reader, raises=both)
    trial.require(
        not trial.raised(got, EOFError),
        "limit-too-late",
        say(
            "The limit was 10, and read_line went on reading to the end of the stream: a line that "
            "never ends would fill the memory."
        ),
        say("The length has to be looked at while the line comes, not only when it is whole."),
    )
    long_line_refused(trial, got, octets(1000), 10)


def refuses(trial: Trial, reader: Any, line: bytes, limit: int, whole: bool) -> None:
    """Read a line that is an octet longer than the limit; whole if it comes in one piece."""
    with case(trial, explain=LONGER):
        got = read_line(trial, reader, raises=(ValueError,))
    trial.require(
        not is_one_of(got, line),
        "no-limit",
        say(
            "The limit was {limit}, and read_line took a line of {octets}.",
            limit=limit,
            octets=count(len(line)),
        ),
        say("Is the length compared with self.limit also when the whole line comes in one piece?")
        if whole
        else say("Is the length of the line ever compared with self.limit?"),
    )
    long_line_refused(trial, got, line, limit)


def long_line_refused(trial: Trial, got: object, line: bytes, limit: int) -> None:
    trial.require(
        not is_one_of(got, line[:limit]),
        "cut-at-limit",
        say(
            "read_line returned the first {octets} of a longer line as if that were the line.",
            octets=count(limit),
        ),
        say(
            "A cut line means something else than the server said. What does the docstring promise?"
        ),
    )
    trial.require(
        trial.raised(got, ValueError),
        "limit-not-raised",
        say(
            "The line was longer than the limit of {limit}, and read_line returned {got}.",
            limit=limit,
            got=short(got, last=True),
        ),
        say("Which exception does the docstring promise, and does `raise` stand before it?"),
    )


LESSON = Lesson(
    number="01",
    slug="sockets",
    title="Sockets",
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
