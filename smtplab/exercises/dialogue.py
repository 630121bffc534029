"""Lesson 02: commands and replies. What is asked, how it is judged, what is predicted."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..solutions import dialogue as reference
from ..solutions.dialogue import ReplyError
from .judge import End, Exercise, Hear, Lesson, Question, Trial

__all__ = ["LESSON"]

OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
NO_SUCH_USER = "5.1.1 <nobody@lab.test>: no such user here"


def _is(got: Any, *values: Any) -> bool:
    """Whether got is one of these; an object that claims to equal anything is none of them."""
    return any(type(got) is type(value) and got == value for value in values)


# --- parse_reply_line ---------------------------------------------------------------------


def check_parse_reply_line(trial: Trial, parse_reply_line: Any) -> None:
    def parse(line: bytes, *raises: type[Exception]) -> Any:
        return trial.call(parse_reply_line, line, says=f"parse_reply_line({line!r})", raises=raises)

    def compare(
        line: bytes, expected: tuple[int, bool, str], why: str, *raises: type[Exception]
    ) -> None:
        trial.step(why)
        got = parse(line, *raises)
        trial.require(
            not trial.raised(got, ValueError),
            "refuses-short",
            f"parse_reply_line({line!r}) raised ValueError, and a reply may come without any text.",
            "RFC 5321, section 4.2: a client must accept a code alone.",
        )
        reason, sentence, look = _wrong_reply_line(got, expected, line)
        trial.equal(got, expected, reason=reason, sentence=sentence, look=look)

    compare(b"250 OK", (250, True, "OK"), "A reply line with a space after its code.")
    compare(
        b"250-SIZE 35882577",
        (250, False, "SIZE 35882577"),
        "A line with a hyphen after its code: more lines follow.",
    )
    compare(
        b"550 5.1.1 no-such-user",
        (550, True, "5.1.1 no-such-user"),
        "A last line whose text has hyphens of its own.",
    )
    compare(
        b"250-one word and more",
        (250, False, "one word and more"),
        "A line with more to come whose text has spaces of its own.",
    )
    compare(b"220  two  spaces ", (220, True, " two  spaces "), "A text with spaces around it.")
    compare(b"354", (354, True, ""), "A code alone, without any text. That is legal.", ValueError)
    compare(b"250-", (250, False, ""), "A code and a hyphen, without any text.", ValueError)

    trial.step("A text that is no UTF-8: Chinese in GBK.")
    got = parse(b"550 \xd3\xca", UnicodeDecodeError)
    trial.require(
        not trial.raised(got, UnicodeDecodeError),
        "strict-decode",
        "parse_reply_line stops with UnicodeDecodeError when the text of a reply is no UTF-8.",
        "The code is what a client acts on. decode() has an argument for octets it cannot read.",
    )
    trial.equal(
        got,
        (550, True, "\ufffd\ufffd"),
        reason="wrong-replacement",
        sentence="The octets that are no UTF-8 should each have become U+FFFD.",
        look='decode() takes errors="replace".',
    )

    for line, why in (
        (b"", "An empty line."),
        (b"25", "Two digits and nothing more."),
        (b"hello there", "A line without a code."),
        (b"2x0 OK", "A letter among the digits."),
        (b"+25 OK", "A sign in place of a digit, which int() would accept."),
        (b" 25 OK", "A space in place of a digit, which int() would accept."),
        (b"2500 OK", "Four digits."),
        (b"250_OK", "Neither space nor hyphen after the code."),
        (b"199 OK", "A number below 200: there are no such replies."),
        (b"600 OK", "A number above 599: there are no such replies."),
    ):
        trial.step(f"{why} This is no reply line: ValueError is expected.")
        got = parse(line, ValueError)
        trial.require(
            trial.raised(got, ValueError),
            "accepts-nonsense",
            f"parse_reply_line({line!r}) returned {got!r}, and this line is no reply.",
            f"{why} Raise ValueError: a client that goes on with it is out of step.",
        )


def _wrong_reply_line(
    got: Any, expected: tuple[int, bool, str], line: bytes
) -> tuple[str, str, str]:
    """The diagnosis of a wrong answer: reason, first sentence, what to look at."""
    call = f"parse_reply_line({line!r})"
    if not (isinstance(got, tuple) and len(got) == 3):
        return (
            "not-three",
            f"{call} should return three things: code, last, text.",
            "return code, last, text makes a tuple of three.",
        )
    code, last, text = got
    if code == expected[0] and text == expected[2] and last == (not expected[1]):
        if line.count(b"-") and line[3:4] != b"-":
            return (
                "hyphen-anywhere",
                f"{call} took a hyphen inside the text for the one after the code.",
                "Only the fourth octet says whether more lines follow.",
            )
        if line[3:4] == b"-" and b" " in line:
            return (
                "last-wrong",
                f"{call} says that this is the last line, and its fourth octet is a hyphen.",
                "A hyphen there means: more lines follow. Spaces later on mean nothing.",
            )
        return (
            "last-wrong",
            f"{call} returned last={last!r}, and here it is {expected[1]!r}.",
            "A hyphen after the code means that more lines follow; anything else, the last.",
        )
    if code == expected[0] and last == expected[1] and isinstance(text, str):
        if text.strip() == expected[2].strip():
            return (
                "text-trimmed" if len(text) < len(expected[2]) else "text-wrong",
                f"{call} returned the text {text!r}, and the line says {expected[2]!r}.",
                "One octet stands between code and text. Every octet after it is text.",
            )
        return (
            "text-wrong",
            f"{call} returned the text {text!r}, and the line says {expected[2]!r}.",
            "The text begins with the fifth octet, and goes on to the end of the line.",
        )
    return (
        "wrong-parts",
        f"{call} returned {got!r}, and the line says {expected!r}.",
        "Three octets of code, one that says whether more follows, the rest is text.",
    )


# --- read_reply ---------------------------------------------------------------------------


def check_read_reply(trial: Trial, read_reply: Any) -> None:
    def read(reader: Any, *raises: type[Exception]) -> Any:
        return trial.call(read_reply, reader, says="read_reply(reader)", raises=raises)

    trial.step("A reply of one line arrives whole.")
    got = read(trial.reader(trial.socket(b"220 mail.lab.test ready\r\n")))
    if _is(got, (220, ["220 mail.lab.test ready"])):
        trial.fail(
            "codes-kept",
            "read_reply left the code in the line, and only its text belongs into the list.",
            "parse_reply_line returns the text by itself.",
        )
    trial.equal(
        got,
        (220, ["mail.lab.test ready"]),
        reason="wrong-reply",
        sentence="read_reply did not return the code and the list of lines of this reply.",
        look="It returns two things: the code, an int, and a list with one str for each line.",
    )

    for why, segments, pieces in (
        ("A reply of three lines arrives in one segment.", [OFFERS], None),
        ("The same reply, and each line comes by itself.", OFFERS.splitlines(True), None),
        ("The same reply, one octet at a time.", [OFFERS], 1),
    ):
        trial.step(why)
        got = read(trial.reader(trial.socket(*segments, pieces=pieces)))
        if _is(got, (250, ["mail.lab.test"])):
            if len(segments) > 1:  # all three lines were returned when they came together
                trial.fail(
                    "single-recv",
                    "read_reply returned what one recv gave it, and the reply was not yet whole.",
                    "How much one recv returns is chance. The last line's code tells the end.",
                )
            trial.fail(
                "first-line-only",
                "read_reply returned after the first line, and its hyphen said that more follow.",
                "parse_reply_line tells you whether a line is the last one.",
            )
        if _is(got, (250, ["STARTTLS"])):
            trial.fail(
                "last-line-only",
                "read_reply read all three lines, and returned the last one alone.",
                "Keep every line's text in a list as it comes.",
            )
        if _is(got, (250, ["mail.lab.test", "SIZE 1000"])):
            trial.fail(
                "last-line-lost",
                "read_reply left the last line out of the list.",
                "The last line ends the reply, and it belongs to it.",
            )
        trial.equal(
            got,
            (250, ["mail.lab.test", "SIZE 1000", "STARTTLS"]),
            reason="wrong-reply",
            sentence="read_reply did not return the three lines of this reply.",
            look="One str for each line, in order, without the codes.",
        )

    trial.step("Two replies arrive in one segment. The first is read, then the second.")
    reader = trial.reader(trial.socket(b"250-one\r\n250 two\r\n354 go on\r\n", End()))
    got = read(reader, EOFError)
    if trial.raised(got, EOFError) or (
        isinstance(got, tuple) and len(got) == 2 and isinstance(got[1], list) and len(got[1]) > 2
    ):
        trial.fail(
            "reads-on",
            "read_reply went on reading after the last line of the reply.",
            "A space after the code ends the reply. What comes next answers something else.",
        )
    trial.equal(
        got,
        (250, ["one", "two"]),
        reason="wrong-reply",
        sentence="read_reply did not return the first of two replies.",
    )
    got = read(reader, EOFError)
    if trial.raised(got, EOFError):
        trial.fail(
            "lost-reply",
            "The second reply is gone: the first call took it out of the reader.",
            "Take lines from the reader one by one; it keeps the rest for the next call.",
        )
    trial.equal(
        got,
        (354, ["go on"]),
        reason="wrong-reply",
        sentence="read_reply did not return the second of two replies.",
    )

    trial.step("Texts that look like codes, and lines with no text at all.")
    sock = trial.socket(b"250-354 look\r\n250-\r\n250-250 end\r\n250\r\n", End())
    got = read(trial.reader(sock), EOFError)
    if trial.raised(got, EOFError):
        trial.fail(
            "bare-code-missed",
            "read_reply went on reading after the line 250, which ends a reply without any text.",
            "A hyphen after the code means that more lines follow. Nothing there means: the end.",
        )
    trial.equal(
        got,
        (250, ["354 look", "", "250 end", ""]),
        reason="text-for-code",
        sentence="read_reply was misled by a text that looks like a code, or by an empty one.",
        look="Only the fourth octet of a line says whether more lines follow.",
    )

    trial.step("A reply of a hundred and one lines.")
    count = 100
    many = b"".join(b"250-line %d\r\n" % n for n in range(count)) + b"250 end\r\n"
    got = read(trial.reader(trial.socket(many)))
    trial.equal(
        got,
        (250, [f"line {n}" for n in range(count)] + ["end"]),
        reason="too-few-lines",
        sentence="read_reply did not return all 101 lines of a long reply.",
        look="Nothing limits how many lines a reply has: loop until the last one.",
    )

    trial.step("The code changes within a reply: ValueError is expected.")
    got = read(trial.reader(trial.socket(b"250-one\r\n550 two\r\n")), ValueError)
    trial.require(
        trial.raised(got, ValueError),
        "code-changes",
        f"read_reply returned {got!r} for a reply that begins with 250 and goes on with 550.",
        "Each line of one reply has the same code. Another one means that client and server"
        " are out of step: raise ValueError.",
    )

    trial.step("The stream ends in the middle of a reply: EOFError passes through.")
    got = read(trial.reader(trial.socket(b"250-one\r\n", End())), EOFError)
    trial.require(
        trial.raised(got, EOFError),
        "swallows-eof",
        f"read_reply returned {got!r} although the stream ended in the middle of the reply.",
        "Half a reply is none. Let the reader's EOFError pass through.",
    )


# --- command ------------------------------------------------------------------------------


def check_command(trial: Trial, command: Any) -> None:
    def say(sock: Any, reader: Any, line: str, expect: Any, *raises: type[Exception]) -> Any:
        says = f"command(sock, reader, {line!r}, {expect!r})"
        return trial.call(command, sock, reader, line, expect, says=says, raises=raises)

    trial.step("One command, one reply, and the code that was hoped for.")
    sock = trial.socket(Hear(), b"250 2.0.0 OK\r\n")
    got = say(sock, trial.reader(sock), "NOOP", 250)
    if sock.sent != b"NOOP\r\n":
        trial.fail(
            "wrong-line",
            "command sent other octets than the line and its CRLF.",
            "encode_line makes the line's octets.",
            sent=sock.sent,
            expected=b"NOOP\r\n",
        )
    trial.equal(
        got,
        (250, ["2.0.0 OK"]),
        reason="wrong-return",
        sentence="command did not return the code and the lines of the reply.",
        look="Return what read_reply returned.",
    )

    trial.step(
        "The socket takes a few octets a send, and three lines come back an octet at a time."
    )
    sock = trial.socket(Hear(), OFFERS, pieces=1, takes=(3, 1, 7))
    trial.equal(
        say(sock, trial.reader(sock), "EHLO client.lab.test", 250),
        (250, ["mail.lab.test", "SIZE 1000", "STARTTLS"]),
        reason="not-whole-reply",
        sentence="command did not return the whole reply.",
        look="read_reply reads a whole reply, however it is cut.",
    )

    trial.step("The reader has read ahead: the answer is already in its buffer.")
    sock = trial.socket(
        b"220 mail.lab.test ready\r\n250 2.0.0 first\r\n", Hear(), b"250 2.0.0 second\r\n"
    )
    reader = trial.reader(sock)
    reader.read_line()
    got = say(sock, reader, "NOOP", 250)
    if _is(got, (250, ["2.0.0 second"])):
        trial.fail(
            "own-reader",
            "command read past the reader that it was given, and lost what was kept in there.",
            "There is one reader for a connection: use the one in the parameters.",
        )
    trial.equal(
        got,
        (250, ["2.0.0 first"]),
        reason="wrong-return",
        sentence="command did not return the reply that was next.",
    )

    trial.step("Two codes are welcome, and the second of them comes.")
    sock = trial.socket(Hear(), b"251 2.1.5 will forward\r\n")
    got = say(sock, trial.reader(sock), "RCPT TO:<lin@lab.test>", (250, 251), ReplyError)
    if trial.raised(got, Exception):
        trial.fail(
            "tuple-refused",
            f"expect was (250, 251), 251 came, and command raised {type(got).__name__}.",
            "expect is an int or a tuple of ints. A tuple is never equal to an int; ask with in.",
        )
    trial.equal(
        got,
        (251, ["2.1.5 will forward"]),
        reason="wrong-return",
        sentence="command did not return the code and the lines of the reply.",
    )

    for line, expect, reply, code in (
        ("RCPT TO:<nobody@lab.test>", 250, f"550 {NO_SUCH_USER}", 550),
        ("DATA", 354, "250 2.0.0 OK", 250),
        ("RCPT TO:<lin@lab.test>", 250, "251 2.1.5 will forward", 251),
        ("RCPT TO:<lin@lab.test>", (250, 251), "450 4.2.0 come again later", 450),
    ):
        trial.step(f"Another code comes: {code}. ReplyError is expected.")
        sock = trial.socket(Hear(), reply.encode() + b"\r\n")
        got = say(sock, trial.reader(sock), line, expect, ReplyError, RuntimeError, AssertionError)
        if not trial.raised(got, Exception):
            trial.fail(
                "unexpected-accepted",
                f"The reply was {code}, hoped for was {expect}, and command returned {got!r}.",
                "Raise ReplyError for any code but those in expect: 250 is no answer to DATA.",
            )
        _reply_error(trial, got, code, [reply[4:]])

    for line in (
        "MAIL FROM:<you@lab.test>\r\nRCPT TO:<director@lab.test>",
        "NOOP\nRSET",
        "NOOP\rRSET",
        "NOOP\r\n",
    ):
        trial.step("A line that holds a line break: ValueError is expected, and no octet sent.")
        sock = trial.socket(serve=lambda line: b"250 2.0.0 OK\r\n")
        got = say(sock, trial.reader(sock), line, 250, ValueError)
        if not trial.raised(got, ValueError):
            refuse = (
                "Refuse a CR or an LF with ValueError, before anything is sent; encode_line does."
            )
            if b"\r" in sock.sent[:-2] or b"\n" in sock.sent[:-2]:
                trial.fail(
                    "injection",
                    f"command sent {sock.sent!r}: a line break went out inside the command.",
                    refuse,
                )
            trial.fail(
                "break-accepted",
                f"command took {line!r} and sent {sock.sent!r}, instead of refusing it.",
                refuse,
            )
        if sock.sent:
            trial.fail(
                "sent-first",
                "command raised ValueError, but the octets were sent before.",
                "Look at the line first, then send.",
            )


def _reply_error(trial: Trial, got: Exception, code: int, lines: list[str]) -> None:
    """End the check unless got is a ReplyError with this code and these lines."""
    if type(got).__name__ != "ReplyError":
        trial.fail(
            "wrong-exception",
            f"The reply was {code}, and the exception is no ReplyError: {got!r}.",
            "raise ReplyError(code, lines) says what came.",
        )
    for name, wanted in (("code", code), ("lines", lines)):
        value = getattr(got, name, None)
        if type(value) is not type(wanted) or value != wanted:
            trial.fail(
                "wrong-error",
                f"The ReplyError has .{name} {value!r}, and the reply was {code} {lines!r}.",
                "raise ReplyError(code, lines), both as read_reply returned them.",
            )


# --- parse_ehlo ---------------------------------------------------------------------------


def check_parse_ehlo(trial: Trial, parse_ehlo: Any) -> None:
    def parse(reply: list[str]) -> Any:
        given = list(reply)
        got = trial.call(parse_ehlo, given, says=f"parse_ehlo({reply!r})")
        trial.require(
            given == reply,
            "changes-argument",
            "parse_ehlo changed the list that it was given: its caller has lost a line.",
            "reply[1:] is a new list without the first line.",
        )
        return got

    trial.step("A greeting, an offer with a parameter, an offer without.")
    got = parse(["mail.lab.test", "SIZE 35882577", "STARTTLS"])
    if isinstance(got, dict) and any(str(key).lower().startswith("mail.") for key in got):
        trial.fail(
            "greeting-as-offer",
            "parse_ehlo took the server's greeting for an offer.",
            "The first line says who the server is; the offers begin with the second.",
        )
    if isinstance(got, dict) and got.get("SIZE") == "35882577" and got.get("STARTTLS", 1) is None:
        trial.fail(
            "none-for-empty",
            "STARTTLS has no parameters, and parse_ehlo gives None where a str is promised.",
            'An empty str, "", lets callers split and search without a question first.',
        )
    if isinstance(got, dict) and any(isinstance(each, list | tuple) for each in got.values()):
        trial.fail(
            "parameters-list",
            f"parse_ehlo returned {got!r}, and parameters are promised as one str.",
            "The parameters are everything after the first space, as they came.",
        )
    if isinstance(got, dict) and "STARTTLS" not in got and "SIZE" in got:
        trial.fail(
            "offer-lost",
            "parse_ehlo lost STARTTLS, which comes without parameters.",
            "An offer may be a keyword alone. partition() always returns three pieces.",
        )
    trial.equal(
        got,
        {"SIZE": "35882577", "STARTTLS": ""},
        reason="wrong-offers",
        sentence="parse_ehlo did not return the two offers of this reply.",
        look="A dict: keyword in upper case, then its parameters, or an empty str.",
    )

    trial.step("Other offers than before, one with several parameters.")
    got = parse(["mail.lab.test", "AUTH LOGIN PLAIN", "8BITMIME", "SIZE"])
    if isinstance(got, dict) and got.get("AUTH") == "LOGIN":
        trial.fail(
            "parameters-cut",
            "AUTH offers LOGIN and PLAIN, and parse_ehlo kept the first alone.",
            "The parameters are everything after the first space.",
        )
    trial.equal(
        got,
        {"AUTH": "LOGIN PLAIN", "8BITMIME": "", "SIZE": ""},
        reason="wrong-offers",
        sentence="parse_ehlo did not return the three offers of this reply.",
        look="The keyword ends at the first space; all the rest is parameters, as one str.",
    )

    trial.step("Keywords in lower and mixed case.")
    got = parse(["mail.lab.test", "size 1000", "StartTLS", "X-Course Lesson Two"])
    if isinstance(got, dict) and ("size" in got or "StartTLS" in got):
        trial.fail(
            "keyword-case",
            "parse_ehlo left the keywords as they came, and a caller asks for them in upper case.",
            "Keywords may come in any case (RFC 5321, section 4.1.1.1): upper() makes them one.",
        )
    if isinstance(got, dict) and got.get("X-COURSE") == "LESSON TWO":
        trial.fail(
            "parameters-upper",
            "parse_ehlo changed the case of the parameters as well.",
            "Only the keyword is put into upper case.",
        )
    trial.equal(
        got,
        {"SIZE": "1000", "STARTTLS": "", "X-COURSE": "Lesson Two"},
        reason="wrong-offers",
        sentence="parse_ehlo did not return the three offers of this reply.",
    )

    trial.step("A server that offers nothing.")
    trial.equal(
        parse(["mail.lab.test greets client.lab.test"]),
        {},
        reason="greeting-as-offer",
        sentence="The server offered nothing, and parse_ehlo found something in its greeting.",
        look="The first line says who the server is; the offers begin with the second.",
    )


# --- dot_stuff ----------------------------------------------------------------------------


DOT_AND_TEXT = b"one\r\n.two\r\n"


def check_dot_stuff(trial: Trial, dot_stuff: Any) -> None:
    for body, expected, why in (
        (b"one\r\ntwo\r\n", b"one\r\ntwo\r\n", "A text without any dot."),
        (b"bread\r\n.\r\nmilk\r\n", b"bread\r\n..\r\nmilk\r\n", "A line is a lone dot."),
        (DOT_AND_TEXT, b"one\r\n..two\r\n", "The second line begins with a dot, and goes on."),
        (b".one\r\ntwo\r\n", b"..one\r\ntwo\r\n", "The very first line begins with a dot."),
        (
            b".\r\n.\r\n..\r\n...\r\n",
            b"..\r\n..\r\n...\r\n....\r\n",
            "Four lines one after the other, with one, one, two and three dots.",
        ),
        (
            b"v1.0 a.b\r\n ...\r\nend.\r\n",
            b"v1.0 a.b\r\n ...\r\nend.\r\n",
            "Dots inside and at the end of lines, and after a space.",
        ),
        (b"one\r\n.", b"one\r\n..", "A last line without its CRLF."),
        (b"", b"", "An empty text."),
        (b"\r\n\r\n", b"\r\n\r\n", "Two empty lines."),
        (b"\xe4\xbd\xa0\r\n.\xff\r\n", b"\xe4\xbd\xa0\r\n..\xff\r\n", "Octets beyond ASCII."),
        (b"one\n.two\r.three\r\n", b"one\n.two\r.three\r\n", "Dots after a bare LF and a bare CR."),
        (b".x\r\n" * 1025, b"..x\r\n" * 1025, "A text of 1,025 lines, each with a dot first."),
    ):
        trial.step(why)
        shown = repr(body) if len(body) < 60 else f"{len(body)} octets"
        got = trial.call(dot_stuff, body, says=f"dot_stuff({shown})")
        reason, sentence, look = _wrong_stuffing(got, body, expected)
        trial.equal(got, expected, reason=reason, sentence=sentence, look=look)


def _wrong_stuffing(got: Any, body: bytes, expected: bytes) -> tuple[str, str, str]:
    """The diagnosis of a wrong answer: reason, first sentence, what to look at."""
    if _is(got, body):
        if body.startswith(b"."):
            return (
                "first-line-missed",
                "dot_stuff left the dot at the start of the very first line alone.",
                "No CRLF stands before the first line.",
            )
        if body == DOT_AND_TEXT:  # the lone dot of the case before was doubled
            return (
                "lone-dot-only",
                "dot_stuff doubled a lone dot, and left a dot with text after it as it was.",
                "The server takes a dot away from every line that begins with one.",
            )
        return (
            "not-stuffed",
            "dot_stuff left a dot at the start of a line as it was.",
            "RFC 5321, section 4.5.2: a line that begins with a dot gets one more.",
        )
    if _is(got, expected + b".\r\n", expected + b"\r\n.\r\n"):
        return (
            "adds-end",
            "dot_stuff added the dot that ends the mail, which is not part of the text.",
            "The ending belongs to deliver.",
        )
    if _is(got, expected + b"\r\n", expected.rstrip(b"\r\n")):
        return (
            "end-changed",
            "dot_stuff changed the end of the text.",
            "Split and join may add or lose a CRLF. Only dots are doubled here.",
        )
    bare = body.replace(b"\r\n.", b"")
    more = isinstance(got, bytes) and got.count(b".") > expected.count(b".")
    if more and (b"\n." in bare or b"\r." in bare):
        return (
            "bare-line-end",
            "dot_stuff doubled a dot after a bare LF or CR, which ends no line in SMTP.",
            "The server takes a dot away after CRLF alone: the extra one would stay.",
        )
    if _is(got, body.replace(b".", b"..")):
        return (
            "every-dot",
            "dot_stuff doubled dots that are not at the start of a line.",
            "The server takes one away at the start of a line alone: the others would stay.",
        )
    if body.startswith(b".") and _is(got, expected[1:]):
        return (
            "first-line-missed",
            "dot_stuff left the dot at the start of the very first line alone.",
            "No CRLF stands before the first line.",
        )
    if body.startswith(b".") and _is(got, b"." + body):
        return (
            "first-line-only",
            "dot_stuff doubled the dot of the first line, and of no other.",
            "Every line that begins with a dot gets one more.",
        )
    if isinstance(got, bytes) and got.replace(b"\r\n", b"\n") == expected.replace(b"\r\n", b"\n"):
        return (
            "line-ends-changed",
            "dot_stuff doubled the right dots, and changed the line ends.",
            "Lines end in CRLF before and after.",
        )
    return (
        "wrong-octets",
        "dot_stuff did not return the text with one more dot where a line begins with one.",
        "Everything else stays as it was, octet for octet.",
    )


# --- deliver ------------------------------------------------------------------------------


class Desk:
    """The receiving end of one session, line by line, for a socket's `serve`.

    It takes what a lenient server takes, so that a check can say what was wrong with it.
    `answers` gives another reply than 250 to a line, by its beginning.
    """

    def __init__(self, answers: dict[bytes, bytes] | None = None, last_line: bytes = b"") -> None:
        self.answers = answers or {}
        self.mails: list[tuple[bytes, list[bytes], bytes]] = []
        self.commands: list[bytes] = []
        self.sender = b""
        self.recipients: list[bytes] = []
        self.content: list[bytes] | None = None
        self.glued = False  # the closing dot stood at the end of the last line
        self.last_line = last_line  # the message's, when it ends without CRLF

    def __call__(self, line: bytes) -> bytes:
        if self.content is not None:
            return self._content(line)
        self.commands.append(line)
        verb = line[:4].upper()
        for start, answer in self.answers.items():
            if line.startswith(start):
                if verb == b"RCPT" and answer.startswith(b"25"):
                    self.recipients.append(line[8:])
                return answer
        if verb == b"MAIL":
            self.sender, self.recipients = line[10:], []
        elif verb == b"RCPT":
            self.recipients.append(line[8:])
            return b"250 2.1.5 recipient OK\r\n"
        elif verb == b"DATA" and self.recipients:
            self.content = []
            return b"354 end with a lone dot\r\n"
        elif verb == b"DATA":
            return b"554 5.5.1 no valid recipients\r\n"
        elif verb == b"QUIT":
            return b"221 2.0.0 Bye\r\n"
        elif verb not in (b"RSET", b"NOOP", b"EHLO", b"HELO"):
            return b"500 5.5.2 command not recognized\r\n"
        return b"250 2.0.0 OK\r\n"

    def _content(self, line: bytes) -> bytes:
        assert self.content is not None
        self.glued = bool(self.last_line) and line == self.last_line + b"."
        if line != b"." and not self.glued:
            self.content.append(line.removeprefix(b"."))
            return b""
        raw = b"".join(each + b"\r\n" for each in self.content)
        self.content = None
        answer = self.answers.get(b".", b"250 2.0.0 message taken\r\n")
        if answer.startswith(b"250"):
            self.mails.append((self.sender, list(self.recipients), raw))
        return answer


YOU, LIN, SAM, NOBODY = "you@lab.test", "lin@lab.test", "sam@lab.test", "nobody@lab.test"
LETTER = b"From: you@lab.test\r\nSubject: tea\r\n\r\nAt four?\r\n"
REFUSAL = b"550 " + NO_SUCH_USER.encode() + b"\r\n"


@dataclass(frozen=True)
class Outcome:
    """What one call of deliver led to."""

    value: Any  # what it returned, or the ReplyError that it raised
    desk: Desk
    content: bytes  # what was sent after DATA
    unread: list[bytes]  # lines of replies that nobody has read


def check_deliver(trial: Trial, deliver: Any) -> None:
    def attempt(
        recipients: list[str],
        message: bytes = LETTER,
        answers: dict[bytes, bytes] | None = None,
        *,
        raises: tuple[type[Exception], ...] = (),
        last_line: bytes = b"",
    ) -> Outcome:
        desk = Desk(answers, last_line)
        sock = trial.socket(serve=desk)
        reader = trial.reader(sock)
        says = f"deliver(sock, reader, {YOU!r}, {recipients!r}, message)"
        value = trial.call(
            deliver, sock, reader, YOU, list(recipients), message, says=says, raises=raises
        )
        if sock.closed:
            trial.fail(
                "closes-socket",
                "deliver closed the connection, which its caller may want for the next mail.",
                "Whoever opened a connection closes it.",
            )
        unread = []
        sock.settimeout(0.1)  # a script that has no more to say answers at once
        with suppress(TimeoutError):
            while True:
                unread.append(reader.read_line())
        return Outcome(value, desk, sock.sent.partition(b"\r\nDATA\r\n")[2], unread)

    trial.step("One recipient, who is taken.")
    sock = trial.socket(
        *(Hear(), b"250 2.1.0 sender OK\r\n", Hear(), b"250 2.1.5 recipient OK\r\n"),
        *(Hear(), b"354 end with a lone dot\r\n"),
        *(Hear(b"\r\n.\r\n"), b"250 2.0.0 message taken\r\n"),
        serve=Desk(),
    )
    says = f"deliver(sock, reader, {YOU!r}, {[LIN]!r}, message)"
    trial.call(deliver, sock, trial.reader(sock), YOU, [LIN], LETTER, says=says)

    trial.step("Two recipients, and both are taken.")
    done = attempt([LIN, SAM])
    _envelope(trial, done.desk, [LIN, SAM], LETTER)
    trial.equal(
        done.value,
        {},
        reason="wrong-return",
        sentence="Nobody was refused, and deliver did not return an empty dict.",
        look="Return a dict of the refused recipients.",
    )
    trial.require(
        not done.unread,
        "reply-unread",
        "deliver returned before it had read the reply after the dot.",
        "Only that reply says whether the server took the message: read it.",
    )

    trial.step("Three recipients, and the second does not exist.")
    refuse_nobody = {f"RCPT TO:<{NOBODY}>".encode(): REFUSAL}
    done = attempt([LIN, NOBODY, SAM], answers=refuse_nobody, raises=(ReplyError,))
    if trial.raised(done.value, Exception):
        trial.fail(
            "stops-at-refusal",
            "One recipient of three was refused, and deliver gave up: the other two got nothing.",
            "Catch the ReplyError of RCPT, remember it, and go on with the next recipient.",
        )
    if done.desk.mails and len(done.desk.mails[0][1]) < 2:
        trial.fail(
            "recipients-skipped",
            "After the refused recipient deliver left out one that would have been taken.",
            "Go on with the next recipient: each RCPT is answered by itself.",
        )
    _envelope(trial, done.desk, [LIN, SAM], LETTER)
    if _is(done.value, {}):
        trial.fail(
            "refusal-hidden",
            "nobody@lab.test was refused, and deliver said nothing of it.",
            "Put refused[recipient] = (code, lines) into the dict that you return.",
        )
    if isinstance(done.value, dict) and list(done.value) == [NOBODY]:
        refusal = done.value[NOBODY]
        if not (isinstance(refusal, tuple) and len(refusal) == 2):
            trial.fail(
                "not-a-pair",
                f"deliver returned {refusal!r} for nobody@lab.test, and (code, lines) is promised.",
                "The ReplyError carries both: .code and .lines.",
            )
    trial.equal(
        done.value,
        {NOBODY: (550, [NO_SUCH_USER])},
        reason="wrong-refusals",
        sentence="deliver did not return the refused recipient with (code, lines).",
        look="The ReplyError carries both: .code and .lines.",
    )

    trial.step("Two recipients: one is put off with 450, the other is taken with 251.")
    later = {
        f"RCPT TO:<{LIN}>".encode(): b"450 4.2.0 come again later\r\n",
        f"RCPT TO:<{SAM}>".encode(): b"251 2.1.5 will forward\r\n",
    }
    done = attempt([LIN, SAM], answers=later, raises=(ReplyError,))
    if trial.raised(done.value, Exception) or (isinstance(done.value, dict) and SAM in done.value):
        trial.fail(
            "forward-refused",
            "251 says that the recipient is taken and the mail forwarded; deliver refused it.",
            "command takes a tuple of codes: both 250 and 251 are a yes here.",
        )
    trial.equal(
        done.value,
        {LIN: (450, ["4.2.0 come again later"])},
        reason="wrong-refusals",
        sentence="deliver did not return the recipient who was put off with 450.",
        look="Whatever is neither 250 nor 251 is a refusal for now.",
    )

    trial.step("Both recipients are refused.")
    all_refused = {b"RCPT": REFUSAL}
    done = attempt([LIN, NOBODY], answers=all_refused, raises=(ReplyError,))
    if b"DATA" in done.desk.commands:
        trial.fail(
            "data-for-nobody",
            "Every recipient was refused, and deliver sent DATA all the same.",
            "With nobody left there is no delivery: RSET, and return the refused ones.",
        )
    if trial.raised(done.value, Exception):
        trial.fail(
            "all-refused-raises",
            "Every recipient was refused, and deliver raised instead of returning them.",
            "The dict of the refused ones says it all.",
        )
    trial.equal(
        done.value,
        {LIN: (550, [NO_SUCH_USER]), NOBODY: (550, [NO_SUCH_USER])},
        reason="wrong-refusals",
        sentence="deliver did not return both refused recipients.",
    )
    if b"RSET" not in done.desk.commands:
        trial.fail(
            "no-rset",
            "Nobody is left to deliver to, and deliver left the envelope half written.",
            "RSET clears it (RFC 5321, section 4.1.1.5), and the session can be used again.",
        )
    trial.require(
        not done.unread,
        "reply-unread",
        "deliver returned before it had read the reply to RSET.",
        "Each command has a reply. Left unread, it is taken for the next one's.",
    )

    for name, answers, code, text in (
        ("MAIL", {b"MAIL": b"552 5.3.4 too much\r\n"}, 552, "5.3.4 too much"),
        ("DATA", {b"DATA": b"451 4.3.0 not now\r\n"}, 451, "4.3.0 not now"),
        ("the message", {b".": b"554 5.7.1 looks like spam\r\n"}, 554, "5.7.1 looks like spam"),
    ):
        trial.step(f"The server refuses {name} with {code}. ReplyError is expected.")
        done = attempt([LIN, SAM], answers=answers, raises=(ReplyError,))
        if not trial.raised(done.value, Exception):
            trial.fail(
                "refusal-ignored",
                f"The server refused {name} with {code}, and deliver returned {done.value!r}.",
                "No mail was delivered. Whoever called must hear of it: raise ReplyError.",
            )
        _reply_error(trial, done.value, code, [text])

    trial.step("The server says goodbye at the second recipient, with 421.")
    goodbye = {f"RCPT TO:<{SAM}>".encode(): b"421 4.3.2 closing\r\n"}
    done = attempt([LIN, SAM, NOBODY], answers=goodbye, raises=(ReplyError,))
    if not trial.raised(done.value, Exception):
        trial.fail(
            "goodbye-collected",
            "421 is the server's goodbye, and deliver took it for the refusal of one recipient.",
            "After 421 the connection closes (RFC 5321, section 3.8): let the ReplyError pass.",
        )
    _reply_error(trial, done.value, 421, ["4.3.2 closing"])

    trial.step("A message with dots at the start of lines, one of them alone.")
    dotted = b".first\r\nSubject: dots\r\n\r\nbread\r\n.\r\n..\r\nmilk\r\n"
    done = attempt([LIN], dotted)
    if done.desk.mails and done.desk.mails[0][2] != dotted:
        trial.fail(
            "not-stuffed",
            "A line of the message began with a dot, and the mail did not arrive as it was.",
            "dot_stuff the message before it is sent.",
            sent=done.content,
            expected=reference.dot_stuff(dotted) + b".\r\n",
        )
    _envelope(trial, done.desk, [LIN], dotted)

    trial.step("A message without CRLF at its end.")
    done = attempt([LIN], LETTER + b"Yours", last_line=b"Yours")
    if done.desk.glued:
        trial.fail(
            "dot-glued",
            "The closing dot stands at the end of the last line, so it closes nothing.",
            "The dot stands alone on its line: the message before it must end in CRLF.",
        )
    _envelope(trial, done.desk, [LIN], LETTER + b"Yours\r\n")


def _envelope(trial: Trial, desk: Desk, recipients: list[str], message: bytes) -> None:
    """End the check unless one mail arrived, to these recipients, with this content."""
    envelope = [line for line in desk.commands if line[:4].upper() in (b"MAIL", b"RCPT")]
    for line in envelope:
        if not (b":<" in line and line.endswith(b">")):
            trial.fail(
                "no-brackets",
                f"{line.decode(errors='replace')!r}: the address stands in angle brackets.",
                "MAIL FROM:<address> and RCPT TO:<address>, with no space after the colon.",
            )
    for line in desk.commands:
        if line.upper() in (b"QUIT", b"NOOP", b"RSET") or line[:4].upper() in (b"EHLO", b"HELO"):
            trial.fail(
                "extra-command",
                f"deliver sent {line.decode(errors='replace')!r}, which is not part of a delivery.",
                "One session may carry many mails: whoever called deliver opens and ends it.",
            )
    if len(desk.mails) != 1:
        trial.fail(
            "no-mail" if not desk.mails else "several-mails",
            f"{len(desk.mails)} mails arrived where there should be one.",
            "MAIL, RCPT for each recipient, DATA, the message, a lone dot: in this order, once.",
        )
    sender, taken, raw = desk.mails[0]
    trial.equal(
        (sender.decode(errors="replace"), [each.decode(errors="replace") for each in taken]),
        (f"<{YOU}>", [f"<{each}>" for each in recipients]),
        reason="wrong-envelope",
        sentence="The envelope that arrived is not the one that was asked for.",
        look="MAIL names the sender; each recipient gets a RCPT of its own.",
    )
    if raw != message:
        extra = raw == message + b"\r\n"
        trial.fail(
            "extra-line" if extra else "content-changed",
            "An empty line was added at the end of the message."
            if extra
            else "The message that arrived is not the one that was given.",
            "The CRLF before the closing dot belongs to the message: add one only if it is missing."
            if extra
            else "Only leading dots are doubled on the way, and the server takes them away again.",
            sent=raw,
            expected=message,
        )


# --- the lesson ---------------------------------------------------------------------------

LESSON = Lesson(
    number="02",
    slug="dialogue",
    title="Dialogue",
    exercises=(
        Exercise(
            name="parse_reply_line",
            check=check_parse_reply_line,
            hints=(
                "Lay the line 250-SIZE out octet by octet, and count: where does the code end,"
                " and which octet says that more lines follow?",
                "Slices never fail: line[:3] is the code, line[3:4] the separator, line[4:] the"
                " text, each b'' when the line is too short. Then ask whether code and separator"
                " are what they must be.",
                "code is good when it has 3 octets, code.isdigit(), and b'200' <= code <= b'599'."
                " The separator is one of b' ', b'-', b''. Return int(code), separator != b'-',"
                " and the text decoded with errors='replace'.",
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="read_reply",
            check=check_read_reply,
            hints=(
                "How many lines a reply has is not known beforehand. Which of the three things"
                " that parse_reply_line returns tells you when to stop?",
                "Read one line and take it apart. While it is not the last one, read the next,"
                " compare its code with the first, and keep its text in the list.",
                "code, last, text = parse_reply_line(reader.read_line()), lines = [text]; then"
                " while not last: the same with next_code, ValueError if next_code != code,"
                " lines.append(text). At the end return code, lines. Catch nothing.",
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="command",
            check=check_command,
            hints=(
                "Three steps: send, read, compare. Two earlier functions do the first two.",
                "encode_line gives the octets with their CRLF, and refuses a CR or LF inside."
                " sendall sends them, read_reply(reader) reads. Then: is the code among those"
                " expected? expect may be one int or a tuple of them.",
                "expected = expect if isinstance(expect, tuple) else (expect,); then"
                " sock.sendall(encode_line(line)); code, lines = read_reply(reader);"
                " if code not in expected: raise ReplyError(code, lines); return code, lines.",
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="parse_ehlo",
            check=check_parse_ehlo,
            hints=(
                "Which line of the reply is no offer? And where in an offer does the keyword end?",
                "Go over reply[1:]. Cut each line at its first space, and only there:"
                " str.partition always gives three pieces, even without a space.",
                "for line in reply[1:]: keyword, _, parameters = line.partition(' '); then"
                " extensions[keyword.upper()] = parameters.",
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="dot_stuff",
            check=check_dot_stuff,
            hints=(
                "How do you see in the octets that a line begins with a dot? What stands before"
                " the dot, and for which line does nothing stand there?",
                "A dot at the start of a line is CRLF and a dot, b'\\r\\n.', or it is the first"
                " octet of the text. bytes.replace goes through the text for you.",
                "stuffed = body.replace(b'\\r\\n.', b'\\r\\n..'); and if stuffed starts with"
                " b'.', put one more b'.' before it.",
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="deliver",
            check=check_deliver,
            hints=(
                "Write the session down as C: lines first. After which of them may a refusal be"
                " survived, and after which is all lost?",
                "command raises ReplyError on a refusal. Around RCPT alone catch it, and put"
                " (error.code, error.lines) into a dict, unless the code is 421: raise that"
                " again. If everyone is in the dict: RSET, and return it.",
                "After command(sock, reader, 'DATA', 354): body = dot_stuff(message), with CRLF"
                " added if it does not end in one; sock.sendall(body + b'.\\r\\n');"
                " code, lines = read_reply(reader); not 250 is a ReplyError(code, lines)."
                " Return the dict.",
            ),
            forbids=("smtplib",),
        ),
    ),
    questions=(
        Question(
            text="We have said EHLO and nothing more. What is the answer to DATA?",
            choices=(
                "354: go ahead",
                "503: wrong order",
                "No answer, and the connection closes",
            ),
            answer="503: wrong order",
            why=(
                "The server keeps a state. DATA needs a sender and a recipient first; without them"
                " the answer is 503, bad sequence of commands. The session stays where it was, and"
                " the next command is as welcome as before."
            ),
        ),
        Question(
            text=(
                "The envelope says lin. The letter says From: director and To: sam."
                " Who gets the mail?"
            ),
            choices=(
                "lin",
                "sam",
                "lin and sam",
                "Nobody: the server sees the contradiction",
            ),
            answer="lin",
            why=(
                "The server delivers to the names in RCPT, and compares them with nothing. From and"
                " To are part of the text, written by whoever wrote it."
            ),
        ),
        Question(
            text=(
                "Four lines of greeting, one recv for each reply, an unknown recipient."
                " What happens?"
            ),
            choices=(
                "The client sees 550 after RCPT",
                "It waits in recv for ever",
                "It says sent, and no mail arrives",
            ),
            answer="It says sent, and no mail arrives",
            why=(
                "Each recv found something, so nothing ever waited. But it was an older line: the"
                " client fell behind with the greeting and never caught up. It asked one question"
                " and read the answer to another."
            ),
        ),
        Question(
            text=(
                "A text has a lone dot in the middle."
                " What does the server do with what comes after it?"
            ),
            choices=("It belongs to the mail", "It is thrown away", "It is read as commands"),
            answer="It is read as commands",
            why=(
                "After the lone dot the mail is complete, and the server answers 250. From there on"
                " it expects commands, and reads whatever comes as one. It cannot know that it was"
                " meant as text."
            ),
        ),
    ),
)
