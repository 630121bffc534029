"""Lesson 02: commands and replies. What is asked, how it is judged, what is predicted."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..catalogue import counted, plural, say
from ..solutions import dialogue as reference
from ..solutions.dialogue import ReplyError
from ..solutions.sockets import encode_line
from .cases import (
    Finding,
    case,
    explained,
    is_one_of,
    judge,
    known,
    place,
    promised,
    raised,
    unexpected_reply,
)
from .diagnoses.dialogue import (
    DOT_AND_TEXT,
    EARLY_UNREAD,
    FIRST_ANSWER,
    NOT_STUFFED,
    OCTET_IS_INT,
    compares_octet,
    unfinished,
    wrong_offers,
    wrong_reply,
    wrong_reply_line,
    wrong_stuffing,
)
from .judge import End, Exercise, Hear, Lesson, Question, Trial, Verdict

__all__ = ["LESSON"]

OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
NO_SUCH_USER = "5.1.1 <nobody@lab.test>: no such user here"
NOT_RAISED = say("raise ValueError(...) ends the call; an exception that is returned is a value.")


# --- parse_reply_line ---------------------------------------------------------------------


def of_line(line: bytes | str) -> str:
    # Translators: goes on with "IndexError was raised, and ValueError was promised."
    return say("For {line!r}", line=line)


REPLY_LINES = (
    (b"250 OK", FIRST_ANSWER, say("A reply line with a space after its code.")),
    (
        b"250-SIZE 35882577",
        (250, False, "SIZE 35882577"),
        say("A line with a hyphen after its code: more lines follow."),
    ),
    (
        b"550 5.1.1 no-such-user",
        (550, True, "5.1.1 no-such-user"),
        say("A last line whose text has hyphens of its own."),
    ),
    (
        b"250-one word and more",
        (250, False, "one word and more"),
        say("A line with more to come whose text has spaces of its own."),
    ),
    (b"220  two  spaces ", (220, True, " two  spaces "), say("A text with spaces around it.")),
    (b"354", (354, True, ""), say("A code alone, without any text. That is legal.")),
    (b"250-", (250, False, ""), say("A code and a hyphen, without any text.")),
)
NO_REPLY_LINES = (
    (b"", say("An empty line.")),
    (b"25", say("Two digits and nothing more.")),
    (b"hello there", say("A line without a code.")),
    (b"2x0 OK", say("A letter among the digits.")),
    (b"+25 OK", say("A sign in place of a digit, which int() would accept.")),
    (b" 25 OK", say("A space in place of a digit, which int() would accept.")),
    (b"2500 OK", say("Four digits.")),
    (b"250_OK", say("Neither space nor hyphen after the code.")),
    (b"199 OK", say("A number below 200: there are no such replies.")),
    (b"600 OK", say("A number above 599: there are no such replies.")),
)


def check_parse_reply_line(trial: Trial, parse_reply_line: Any) -> None:
    def slips(verdict: Verdict) -> Finding | None:
        if raised(verdict) == "ValueError" and compares_octet(trial):
            return (
                "octet-against-bytes",
                say(
                    "A good reply line was refused: one octet of it was compared with bytes, and "
                    "{place} raised ValueError.",
                    place=place(verdict),
                ),
                OCTET_IS_INT,
            )
        return known(
            ("\"b'", say("str(line) writes b and the quotes too: that is how Python shows bytes.")),
        )(verdict)

    for line, expected, why in REPLY_LINES:
        call = f"parse_reply_line({line!r})"
        bare = ValueError if len(line) < 5 else ()
        with case(trial, why):
            with explained(slips):
                got = trial.call(parse_reply_line, line, says=call, raises=bare)
            trial.require(
                not trial.raised(got, ValueError),
                "refuses-short",
                say("{call} raised ValueError, and a reply may come without any text.", call=call),
                say("RFC 5321, section 4.2: a client must accept a code alone."),
            )
            finding = wrong_reply_line(trial, got, expected, line)
            judge(trial, got, expected, None, finding)
    trial.step(say("Seven reply lines were taken apart."))

    with case(trial, say("A text that is no UTF-8: Chinese in GBK.")):
        line = b"550 \xd3\xca"
        got = trial.call(
            parse_reply_line, line, says=f"parse_reply_line({line!r})", raises=UnicodeDecodeError
        )
        trial.require(
            not trial.raised(got, UnicodeDecodeError),
            "strict-decode",
            say(
                "parse_reply_line stops with UnicodeDecodeError when the text of a reply is no "
                "UTF-8."
            ),
            say(
                "The code is what a client acts on. decode() has an argument for what it cannot "
                "read."
            ),
        )
        trial.equal(
            got,
            (550, True, "\ufffd\ufffd"),
            reason="wrong-replacement",
            sentence=say("The octets that are no UTF-8 should each have become U+FFFD."),
            look=say('decode() takes errors="replace".'),
        )

    for line, why in NO_REPLY_LINES:
        call = f"parse_reply_line({line!r})"
        # Translators: why is a sentence such as "Two digits and nothing more."
        with case(trial, say("{why} This is no reply line: ValueError is expected.", why=why)):
            look = say("{why} The docstring says which exception its callers wait for.", why=why)
            with explained(promised("ValueError", of_line(line), look)):
                got = trial.call(parse_reply_line, line, says=call, raises=ValueError)
            trial.require(
                trial.raised(got, ValueError),
                "accepts-nonsense",
                say("{call} returned {got!r}, and this line is no reply.", call=call, got=got),
                NOT_RAISED
                if isinstance(got, BaseException)
                else say(
                    "{why} Raise ValueError: a client that goes on with it is out of step.", why=why
                ),
            )


# --- read_reply ---------------------------------------------------------------------------


def check_read_reply(trial: Trial, read_reply: Any) -> None:
    before: list[str] = []  # the texts of all replies so far

    def reads(reader: Any, code: int, lines: list[str], *, single: bool = False) -> None:
        """One reply is there, and the stream ends behind it, or goes on with another."""
        got = trial.call(read_reply, reader, says="read_reply(reader)", raises=EOFError)
        end = f"{code} {lines[-1]}".strip()
        on: Finding = (
            "reads-on",
            say(
                "{line!r} was the last line of the reply, and read_reply asked for another.",
                line=end,
            ),
            say(
                "A hyphen after the code means that more lines follow; a space, or nothing, ends "
                "the reply."
            ),
        )
        trial.require(not trial.raised(got, EOFError), *on)
        finding = wrong_reply(got, code, lines, before, single)
        if type(got) is tuple and len(got) == 2 and type(got[1]) is list and not finding:
            finding = on if got[1][: len(lines)] == lines != got[1] else None
        otherwise = (
            "wrong-reply",
            counted(
                len(lines),
                plural(
                    "read_reply did not return the code and the list of lines of this reply.",
                    "read_reply did not return the {count} lines of this reply.",
                ),
            ),
            say(
                "It returns two things: the code, an int, and a list with one str for each line, "
                "in order, without the codes."
            ),
        )
        judge(trial, got, (code, lines), finding, otherwise)
        before.extend(lines)

    def reader_of(*segments: bytes, pieces: int | None = None) -> Any:
        return trial.reader(trial.socket(*segments, End(), pieces=pieces))

    with case(trial, say("A reply of one line arrives whole.")):
        reads(reader_of(b"220 mail.lab.test ready\r\n"), 220, ["mail.lab.test ready"])
    three = ["mail.lab.test", "SIZE 1000", "STARTTLS"]
    with case(trial, say("A reply of three lines arrives in one segment.")):
        reads(reader_of(OFFERS), 250, three)
    with case(trial, say("The same reply, and each line comes by itself.")):
        reads(reader_of(*OFFERS.splitlines(True)), 250, three, single=True)
    with case(trial, say("The same reply, one octet at a time.")):
        reads(reader_of(OFFERS, pieces=1), 250, three, single=True)
    trial.step(say("Replies of one line and of three were read, however they were cut."))

    with case(trial, say("Two replies arrive in one segment. The first is read, then the second.")):
        reader = reader_of(b"250-one\r\n250 two\r\n354 go on\r\n")
        reads(reader, 250, ["one", "two"])
        got = trial.call(read_reply, reader, says="read_reply(reader)", raises=EOFError)
        trial.require(
            not trial.raised(got, EOFError),
            "lost-reply",
            say("The second reply is gone: the first call took it out of the reader."),
            say("Take lines from the reader one by one; it keeps the rest for the next call."),
        )
        trial.equal(
            got,
            (354, ["go on"]),
            reason="wrong-reply",
            sentence=say("read_reply did not return the second of two replies."),
        )

    with case(trial, say("Texts that look like codes, and lines with no text at all.")):
        reader = reader_of(b"250-354 look\r\n250-\r\n250-250 end\r\n250\r\n")
        reads(reader, 250, ["354 look", "", "250 end", ""])
    with case(trial, say("A reply of 101 lines.")):
        many = b"".join(b"250-line %d\r\n" % n for n in range(100)) + b"250 end\r\n"
        reads(reader_of(many), 250, [*(f"line {n}" for n in range(100)), "end"])

    with case(trial, say("The code changes within a reply: ValueError is expected.")):
        wanted = promised("ValueError", say("The code changed within a reply."), NOT_RAISED)
        with explained(wanted):
            reader = reader_of(b"250-one\r\n550 two\r\n")
            got = trial.call(read_reply, reader, says="read_reply(reader)", raises=ValueError)
        trial.require(
            trial.raised(got, ValueError),
            "code-changes",
            say(
                "read_reply returned {got!r} for a reply that begins with 250 and goes on with "
                "550.",
                got=got,
            ),
            say(
                "Each line of one reply has the same code. Another one means that client and "
                "server are out of step: raise ValueError."
            ),
        )

    with case(trial, say("The stream ends in the middle of a reply: EOFError passes through.")):
        passes = say("Half a reply is none. Let the reader's EOFError pass through: catch nothing.")
        with explained(
            promised("EOFError", say("The stream ended in the middle of a reply."), passes)
        ):
            reader = reader_of(b"250-one\r\n")
            got = trial.call(read_reply, reader, says="read_reply(reader)", raises=EOFError)
        trial.require(
            trial.raised(got, EOFError),
            "swallows-eof",
            say(
                "read_reply returned {got!r} although the stream ended in the middle of the reply.",
                got=got,
            ),
            passes,
        )


# --- command ------------------------------------------------------------------------------


LINE_BREAKS = (
    "MAIL FROM:<you@lab.test>\r\nRCPT TO:<director@lab.test>",
    "NOOP\nRSET",
    "NOOP\rRSET",
    "NOOP\r\n",
)
TUPLE_FIRST = say("expect may be one int: make a tuple of it first.")
ONE_INT = known(("argument of type 'int'", TUPLE_FIRST), ("'int' object is not", TUPLE_FIRST))
REFUSE = say("Refuse a CR or an LF with ValueError, before anything is sent; encode_line does.")


def check_command(trial: Trial, command: Any) -> None:
    def put(
        line: str,
        expect: Any,
        *script: Any,
        refused: bool = False,
        pieces: int | None = None,
        takes: Sequence[int] | None = None,
    ) -> Any:
        """Let command say one line to a server that answers with a script, and what it returned.

        refused: the code is not among those expected.
        """
        hears = [] if Hear() in script else [Hear()]
        # A line that is said again has the same answer, and then the server is gone.
        again = iter(script[-1:])
        sock = trial.socket(
            *hears, *script, pieces=pieces, takes=takes, serve=lambda line: next(again, None)
        )
        reader = trial.reader(sock)
        if not hears:
            reader.read_line()
        code = script[-1][:3].decode()
        meant = promised(
            "ReplyError",
            say("The reply was {code}.", code=code),
            say("raise ReplyError(code, lines)."),
        )
        with explained(ONE_INT, meant if refused else ONE_INT):
            got = trial.call(
                command, sock, reader, line, expect,
                says=f"command(sock, reader, {line!r}, {expect!r})", raises=(ReplyError, EOFError),
            )  # fmt: skip
        _sent(trial, sock.sent, line, code)
        if trial.raised(got, ReplyError) and not refused:
            trial.fail(
                "tuple-refused" if isinstance(expect, tuple) else "expected-refused",
                say(
                    "expect was {expect}, {code} came, and command raised {error}.",
                    expect=expect,
                    code=code,
                    error=type(got).__name__,
                ),
                say(
                    "expect is an int or a tuple of ints. A tuple is never equal to an int; ask "
                    "with in."
                )
                if isinstance(expect, tuple)
                else say("The code that comes is an int, and so is expect. What do you compare?"),
            )
        return got

    whole: Finding = (
        "wrong-return",
        say("command did not return the code and the lines of the reply."),
        say("Return what read_reply returned."),
    )
    with case(trial, say("One command, one reply, and the code that was hoped for.")):
        judge(trial, put("NOOP", 250, b"250 2.0.0 OK\r\n"), (250, ["2.0.0 OK"]), None, whole)

    with case(
        trial, say("The socket takes a few octets a send, and the reply comes an octet at a time.")
    ):
        got = put("EHLO client.lab.test", 250, OFFERS, pieces=1, takes=(3, 1, 7))
        trial.equal(
            got,
            (250, ["mail.lab.test", "SIZE 1000", "STARTTLS"]),
            reason="not-whole-reply",
            sentence=say("command did not return the whole reply."),
            look=say("read_reply reads a whole reply, however it is cut."),
        )

    with case(trial, say("A line with an address that is not ASCII.")):
        got = put("MAIL FROM:<grün@lab.test> SMTPUTF8", 250, b"250 2.1.0 OK\r\n")
        judge(trial, got, (250, ["2.1.0 OK"]), None, whole)

    with case(trial, say("The reader has read ahead: the answer is already in its buffer.")):
        ahead = b"220 mail.lab.test ready\r\n250 2.0.0 first\r\n"
        got = put("NOOP", 250, ahead, Hear(), b"250 2.0.0 second\r\n")
        past = None
        if is_one_of(got, (250, ["2.0.0 second"])):
            past = (
                "own-reader",
                say(
                    "command read past the reader that it was given, and lost what was kept in "
                    "there."
                ),
                say("There is one reader for a connection: use the one in the parameters."),
            )
        judge(trial, got, (250, ["2.0.0 first"]), past, whole)

    with case(trial, say("Two codes are welcome, and the second of them comes.")):
        got = put("RCPT TO:<lin@lab.test>", (250, 251), b"251 2.1.5 will forward\r\n")
        judge(trial, got, (251, ["2.1.5 will forward"]), None, whole)
    trial.step(say("Five commands got the code that was hoped for."))

    for line, expect, reply, code in (
        ("RCPT TO:<nobody@lab.test>", 250, f"550 {NO_SUCH_USER}", 550),
        ("DATA", 354, "250 2.0.0 OK", 250),
        ("RCPT TO:<lin@lab.test>", 250, "251 2.1.5 will forward", 251),
        ("RCPT TO:<lin@lab.test>", (250, 251), "450 4.2.0 come again later", 450),
    ):
        with case(trial, say("Another code comes: {code}. ReplyError is expected.", code=code)):
            got = put(line, expect, reply.encode() + b"\r\n", refused=True)
            trial.require(
                trial.raised(got, ReplyError),
                "unexpected-accepted",
                say(
                    "The reply was {code}, hoped for was {expect}, and command returned {got!r}.",
                    code=code,
                    expect=expect,
                    got=got,
                ),
                say("Raise ReplyError for any code but those in expect: 250 is no answer to DATA."),
            )
            _reply_error(trial, got, code, [reply[4:]])

    for line in LINE_BREAKS:
        with case(
            trial, say("A line that holds a line break: ValueError is expected, and nothing sent.")
        ):
            sock = trial.socket(serve=lambda line: b"250 2.0.0 OK\r\n")
            with explained(promised("ValueError", of_line(line), REFUSE)):
                got = trial.call(
                    command, sock, trial.reader(sock), line, 250,
                    says=f"command(sock, reader, {line!r}, 250)", raises=ValueError,
                )  # fmt: skip
            inside = sock.sent.removesuffix(b"\r\n")
            refused = trial.raised(got, ValueError)
            if not refused and (b"\r" in inside or b"\n" in inside):
                trial.fail(
                    "injection",
                    say(
                        "command sent {sent!r}: a line break went out inside the command.",
                        sent=sock.sent,
                    ),
                    REFUSE,
                )
            trial.require(
                refused,
                "break-accepted",
                say(
                    "command took {line!r} and sent {sent!r}, instead of refusing it.",
                    line=line,
                    sent=sock.sent,
                ),
                REFUSE,
            )
            trial.require(
                not sock.sent,
                "sent-first",
                say("command raised ValueError, but the octets were sent before."),
                say("Look at the line first, then send."),
            )


def _sent(trial: Trial, sent: bytes, line: str, code: str) -> None:
    """End the check unless these are the octets of this one line."""
    right = encode_line(line)
    if sent == right:
        return
    finding = (
        "wrong-line",
        say("command was given {line!r} and sent {sent!r}.", line=line, sent=sent),
        say("encode_line makes the octets of a line, whatever it is."),
    )
    if sent == right * (sent.count(b"\n") or 1):
        finding = (
            "said-again",
            say("{code} came, and command sent the line a second time.", code=code),
            say("One line, one reply. A code that was not hoped for is no reason to ask again."),
        )
    elif sent in (line.encode(name, "replace") + b"\r\n" for name in ("latin-1", "ascii")):
        finding = (
            "not-utf-8",
            say("command sent {line!r} in another character set than UTF-8.", line=line),
            say("encode() without a name is UTF-8; encode_line does it."),
        )
    trial.fail(*finding, sent=sent, expected=right)


def _reply_error(trial: Trial, got: Exception, code: int, lines: list[str]) -> None:
    """End the check unless this ReplyError has this code and these lines."""
    for attribute, wanted in (("code", code), ("lines", lines)):
        value = getattr(got, attribute, None)
        trial.require(
            is_one_of(value, wanted),
            "wrong-error",
            say(
                "The ReplyError has .{attribute} {value!r}, and the reply was {code} {lines!r}.",
                attribute=attribute,
                value=value,
                code=code,
                lines=lines,
            ),
            say("raise ReplyError(code, lines), both as read_reply returned them."),
        )


# --- parse_ehlo ---------------------------------------------------------------------------


def check_parse_ehlo(trial: Trial, parse_ehlo: Any) -> None:
    for reply, expected, why in (
        (
            ["mail.lab.test", "SIZE 35882577", "STARTTLS", "AUTH LOGIN PLAIN"],
            {"SIZE": "35882577", "STARTTLS": "", "AUTH": "LOGIN PLAIN"},
            say("A greeting, then offers with one parameter, with none, and with two."),
        ),
        (
            ["mail.lab.test", "8BITMIME", "SIZE"],
            {"8BITMIME": "", "SIZE": ""},
            say("Other offers than before."),
        ),
        (
            ["mail.lab.test", "size 1000", "StartTLS", "X-Course Lesson Two"],
            {"SIZE": "1000", "STARTTLS": "", "X-COURSE": "Lesson Two"},
            say("Keywords in lower and mixed case."),
        ),
        (
            ["mail.lab.test", "X-A  b ", "SIZE 1000"],
            {"X-A": " b ", "SIZE": "1000"},
            say("Parameters with spaces around them."),
        ),
        (["mail.lab.test greets client.lab.test"], {}, say("A server that offers nothing.")),
    ):
        with case(trial, why):
            given = list(reply)
            got = trial.call(parse_ehlo, given, says=f"parse_ehlo({reply!r})")
            trial.require(
                given == reply,
                "changes-argument",
                say("parse_ehlo changed the list that it was given: its caller has lost a line."),
                say("reply[1:] is a new list without the first line."),
            )
            finding = wrong_offers(got, reply, expected) if type(got) is dict else None
            otherwise = (
                "wrong-offers",
                counted(
                    len(expected),
                    plural(
                        "parse_ehlo did not return the {count} offer of this reply.",
                        "parse_ehlo did not return the {count} offers of this reply.",
                    ),
                ),
                say(
                    "A dict: the keyword in upper case, then all that follows its first space, or "
                    "an empty str."
                ),
            )
            judge(trial, got, expected, finding, otherwise)
    trial.step(say("The offers of five replies were found."))


# --- dot_stuff ----------------------------------------------------------------------------


def check_dot_stuff(trial: Trial, dot_stuff: Any) -> None:
    for body, expected, why in (
        (b"one\r\ntwo\r\n", b"one\r\ntwo\r\n", say("A text without any dot.")),
        (b"bread\r\n.\r\nmilk\r\n", b"bread\r\n..\r\nmilk\r\n", say("A line is a lone dot.")),
        (DOT_AND_TEXT, b"one\r\n..two\r\n", say("The second line begins with a dot, and goes on.")),
        (b".one\r\ntwo\r\n", b"..one\r\ntwo\r\n", say("The very first line begins with a dot.")),
        (
            b".\r\n.\r\n..\r\n...\r\n",
            b"..\r\n..\r\n...\r\n....\r\n",
            say("Four lines one after the other, with one, one, two and three dots."),
        ),
        (
            b"v1.0 a.b\r\n ...\r\nend.\r\n",
            b"v1.0 a.b\r\n ...\r\nend.\r\n",
            say("Dots inside and at the end of lines, and after a space."),
        ),
        (b"one\r\n.", b"one\r\n..", say("A last line without its CRLF.")),
        (b"", b"", say("An empty text.")),
        (b"\r\n\r\n", b"\r\n\r\n", say("Two empty lines.")),
        (b"\xe4\xbd\xa0\r\n.\xff\r\n", b"\xe4\xbd\xa0\r\n..\xff\r\n", say("Octets beyond ASCII.")),
        (
            b"one\n.two\r.three\r\n",
            b"one\n.two\r.three\r\n",
            say("Dots after a bare LF and a bare CR."),
        ),
        (b".x\r\n" * 1025, b"..x\r\n" * 1025, say("A text of 1,025 lines, each with a dot first.")),
    ):
        with case(trial, why):
            octets = plural("{count} octet", "{count} octets")
            shown = repr(body) if len(body) < 60 else counted(len(body), octets)
            got = trial.call(dot_stuff, body, says=f"dot_stuff({shown})")
            judge(trial, got, expected, None, wrong_stuffing(trial, got, body, expected))
    trial.step(say("Twelve texts got a dot where one was due, and nowhere else."))


# --- deliver ------------------------------------------------------------------------------


class Desk:
    """The receiving end of one session, line by line, for a socket's `serve`.

    It takes what a lenient server takes, so that a check can say what was wrong with it.
    `answers` gives another reply than 250 to a line, by its beginning.
    """

    def __init__(self, answers: dict[bytes, bytes] | None = None) -> None:
        self.answers = answers or {}
        self.mails: list[tuple[bytes, list[bytes], bytes]] = []
        self.commands: list[bytes] = []
        self.sender = b""
        self.recipients: list[bytes] = []
        self.content: list[bytes] | None = None

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
        if verb in (b"MAIL", b"RSET"):
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
        elif verb not in (b"NOOP", b"EHLO", b"HELO"):
            return b"500 5.5.2 command not recognized\r\n"
        return b"250 2.0.0 OK\r\n"

    def _content(self, line: bytes) -> bytes:
        assert self.content is not None
        if line != b".":
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
AFTER_DATA = re.compile(rb"(?is)(?:^|\r\n)DATA\r\n(.*)")


@dataclass(frozen=True)
class Outcome:
    """What one call of deliver led to."""

    value: Any  # what it returned, or the ReplyError that it raised
    desk: Desk


def _content(sent: bytes) -> bytes:
    """What was sent after DATA."""
    found = AFTER_DATA.search(sent)
    return found[1] if found else b""


def _before_354(sock: Any) -> bytes:
    """What was sent after DATA before the answer to DATA was read."""
    sent = heard = b""
    for sender, data in sock.events:
        if sender == "C":
            sent += data
        else:
            heard += data
            if b"354 " in heard:
                break
    return _content(sent)


def check_deliver(trial: Trial, deliver: Any) -> None:
    def attempt(
        recipients: list[str],
        message: bytes = LETTER,
        answers: dict[bytes, bytes] | None = None,
        *,
        refusal: bool = False,
    ) -> Outcome:
        """One delivery, of which everything is judged but its value and its envelope.

        refusal: a ReplyError may come out of it.
        """
        desk = Desk(answers)
        sock = trial.socket(serve=desk)
        reader = trial.reader(sock)
        kept = list(recipients)

        def stuck_or_refused(verdict: Verdict) -> Finding | None:
            if verdict.reason == "waits-in-recv" and desk.content is not None:
                return unfinished(_content(sock.sent), message, place(verdict))
            if _before_354(sock) and verdict.raised.startswith("ReplyError: 354"):
                return EARLY_UNREAD
            if raised(verdict) == "ValueError" and "command(" in verdict.code:
                look = say(
                    "A message is not a command: it has many lines, and sendall takes it whole."
                )
                return verdict.reason, verdict.sentence, look
            finding = unexpected_reply(verdict)
            read = sum(sender == "S" for sender, _ in sock.events)
            if finding and not _content(sock.sent) and read < len(sock.lines):
                # Translators: stands in "... was read in line 7: 2 commands were sent, and ..."
                commands = plural("{count} command was sent", "{count} commands were sent")
                # Translators: stands in "... 2 commands were sent, and 1 reply read."
                replies = plural("{count} reply read", "{count} replies read")
                finding = (
                    "out-of-step",
                    say(
                        "An older answer was read in {place}: {commands}, and {replies}.",
                        place=place(verdict),
                        commands=counted(len(sock.lines), commands),
                        replies=counted(read, replies),
                    ),
                    say("One command, one reply. After which command did nobody read?"),
                )
            return finding

        with explained(stuck_or_refused):
            value = trial.call(
                deliver, sock, reader, YOU, kept, message,
                says=f"deliver(sock, reader, {YOU!r}, {recipients!r}, message)",
                raises=ReplyError if refusal else (),
            )  # fmt: skip
        trial.require(
            not sock.closed,
            "closes-socket",
            say("deliver closed the connection, which its caller may want for the next mail."),
            say("Whoever opened a connection closes it."),
        )
        lost = ", ".join(each for each in recipients if each not in kept)
        trial.require(
            kept == recipients,
            "changes-argument",
            say(
                "deliver changed the list it was going over: its caller has lost {recipients}.",
                recipients=lost,
            )
            if lost
            else say("deliver changed the list it was going over: its caller has lost its order."),
            say(
                "A list that shrinks under a for makes it skip one. The dict is the place for "
                "those refused."
            ),
        )
        early = _before_354(sock)
        unread = []
        sock.settimeout(0.1)  # a script that has no more to say answers at once
        with suppress(TimeoutError):
            while True:
                unread.append(reader.read_line())
        if desk.content is not None:
            trial.fail(*unfinished(_content(sock.sent), message, ""))
        stuffed = reference.dot_stuff(message)
        if stuffed != message and desk.mails and desk.mails[0][2] != message:
            content = _content(sock.sent)
            trial.fail(*NOT_STUFFED, sent=content, expected=stuffed + b".\r\n")
        if early and len(unread) == 1:
            trial.fail(*EARLY_UNREAD)
        trial.require(
            not early,
            "data-too-early",
            say("deliver sent the message before the server had said 354."),
            say("DATA is a question: only 354 is the yes to it. Read that reply, then send."),
        )
        if unread:
            last = desk.commands[-1][:4].decode(errors="replace")
            trial.fail(
                "reply-unread",
                say("deliver returned before it had read the reply after the dot.")
                if last == "DATA"
                else say(
                    "deliver returned before it had read the reply to {command}.", command=last
                ),
                say("Only that reply says whether the server took the message: read it.")
                if last == "DATA"
                else say("Each command has a reply. Left unread, it is taken for the next one's."),
            )
        return Outcome(value, desk)

    def refuses(done: Outcome, expected: dict[str, Any], finding: Finding | None) -> None:
        otherwise = (
            "wrong-refusals",
            say("deliver did not return those who were refused, each with (code, lines)."),
            say("The ReplyError carries both: .code and .lines."),
        )
        judge(trial, done.value, expected, finding, otherwise)

    for recipients in ([LIN], [LIN, SAM]):
        with case(
            trial,
            say("Recipients who are all taken: {recipients}.", recipients=", ".join(recipients)),
        ):
            done = attempt(recipients)
            _envelope(trial, done.desk, recipients, LETTER)
            trial.equal(
                done.value,
                {},
                reason="wrong-return",
                sentence=say("Nobody was refused, and deliver did not return an empty dict."),
                look=say("Return a dict of the refused recipients."),
            )

    with case(trial, say("Three recipients, and the second does not exist.")):
        refuse_nobody = {f"RCPT TO:<{NOBODY}>".encode(): REFUSAL}
        done = attempt([LIN, NOBODY, SAM], answers=refuse_nobody, refusal=True)
        trial.require(
            not trial.raised(done.value, ReplyError),
            "stops-at-refusal",
            say(
                "One recipient of three was refused, and deliver gave up: the other two got "
                "nothing."
            ),
            say("Catch the ReplyError of RCPT, remember it, and go on with the next recipient."),
        )
        _only_a_delivery(trial, done.desk)
        trial.require(
            not done.desk.mails or len(done.desk.mails[0][1]) == 2,
            "recipients-skipped",
            say("After the refused recipient deliver left out one that would have been taken."),
            say("Go on with the next recipient: each RCPT is answered by itself."),
        )
        _envelope(trial, done.desk, [LIN, SAM], LETTER)
        finding = None
        if is_one_of(done.value, {}):
            finding = (
                "refusal-hidden",
                say("nobody@lab.test was refused, and deliver said nothing of it."),
                say("Put refused[recipient] = (code, lines) into the dict that you return."),
            )
        elif type(done.value) is dict and list(done.value) == [NOBODY]:
            refused = done.value[NOBODY]
            if not (isinstance(refused, tuple) and len(refused) == 2):
                finding = (
                    "not-a-pair",
                    say(
                        "deliver returned {refused!r:.80} for nobody@lab.test, and (code, lines) "
                        "is promised.",
                        refused=refused,
                    ),
                    say("The ReplyError carries both: .code and .lines."),
                )
        refuses(done, {NOBODY: (550, [NO_SUCH_USER])}, finding)

    with case(trial, say("Two recipients: one is put off with 450, the other is taken with 251.")):
        later = {
            f"RCPT TO:<{LIN}>".encode(): b"450 4.2.0 come again later\r\n",
            f"RCPT TO:<{SAM}>".encode(): b"251 2.1.5 will forward\r\n",
        }
        done = attempt([LIN, SAM], answers=later, refusal=True)
        taken = type(done.value) is dict and SAM not in done.value
        trial.require(
            taken or not (trial.raised(done.value, ReplyError) or type(done.value) is dict),
            "forward-refused",
            say("251 says that the recipient is taken and the mail forwarded; deliver refused it."),
            say("command takes a tuple of codes: both 250 and 251 are a yes here."),
        )
        refuses(done, {LIN: (450, ["4.2.0 come again later"])}, None)

    with case(trial, say("Both recipients are refused.")):
        done = attempt([LIN, NOBODY], answers={b"RCPT": REFUSAL}, refusal=True)
        trial.require(
            b"DATA" not in done.desk.commands,
            "data-for-nobody",
            say("Every recipient was refused, and deliver sent DATA all the same."),
            say("With nobody left there is no delivery: RSET, and return the refused ones."),
        )
        trial.require(
            not trial.raised(done.value, ReplyError),
            "all-refused-raises",
            say("Every recipient was refused, and deliver raised instead of returning them."),
            say("The dict of the refused ones says it all."),
        )
        refuses(done, {LIN: (550, [NO_SUCH_USER]), NOBODY: (550, [NO_SUCH_USER])}, None)
        trial.require(
            b"RSET" in done.desk.commands,
            "no-rset",
            say("Nobody is left to deliver to, and deliver left the envelope half written."),
            say("RSET clears it (RFC 5321, section 4.1.1.5), and the session can be used again."),
        )
    trial.step(say("Recipients were taken, put off and refused, and each was told apart."))

    for what, answers, code, text in (
        ("MAIL", {b"MAIL": b"552 5.3.4 too much\r\n"}, 552, "5.3.4 too much"),
        ("DATA", {b"DATA": b"451 4.3.0 not now\r\n"}, 451, "4.3.0 not now"),
        (
            # Translators: is refused by the server, as MAIL and DATA are.
            say("the message"),
            {b".": b"554 5.7.1 looks like spam\r\n"},
            554,
            "5.7.1 looks like spam",
        ),
    ):
        with case(
            trial,
            # Translators: what is MAIL, DATA, or "the message".
            say(
                "The server refuses {what} with {code}. ReplyError is expected.",
                what=what,
                code=code,
            ),
        ):
            hear = say("No mail was delivered. Whoever called must hear of it: raise ReplyError.")
            with explained(
                promised("ReplyError", say("The server refused {what}.", what=what), hear)
            ):
                done = attempt([LIN, SAM], answers=answers, refusal=True)
            trial.require(
                trial.raised(done.value, ReplyError),
                "refusal-ignored",
                say(
                    "The server refused {what} with {code}, and deliver returned {value!r}.",
                    what=what,
                    code=code,
                    value=done.value,
                ),
                hear,
            )
            _reply_error(trial, done.value, code, [text])

    with case(trial, say("The server says goodbye at the second recipient, with 421.")):
        goodbye = {f"RCPT TO:<{SAM}>".encode(): b"421 4.3.2 closing\r\n"}
        done = attempt([LIN, SAM, NOBODY], answers=goodbye, refusal=True)
        trial.require(
            trial.raised(done.value, ReplyError),
            "goodbye-collected",
            say(
                "421 is the server's goodbye, and deliver took it for the refusal of one recipient."
            ),
            say(
                "After 421 the connection closes (RFC 5321, section 3.8): let the ReplyError pass."
            ),
        )
        _reply_error(trial, done.value, 421, ["4.3.2 closing"])

    with case(trial, say("A message with dots at the start of lines, one of them alone.")):
        dotted = b".first\r\nSubject: dots\r\n\r\nbread\r\n.\r\n..\r\nmilk\r\n"
        done = attempt([LIN], dotted)
        _envelope(trial, done.desk, [LIN], dotted)

    with case(trial, say("A message without CRLF at its end.")):
        done = attempt([LIN], LETTER + b"Yours")
        _envelope(trial, done.desk, [LIN], LETTER + b"Yours\r\n")


def _only_a_delivery(trial: Trial, desk: Desk) -> None:
    """End the check if deliver said what is no part of a delivery."""
    for line in desk.commands:
        verb = line[:4].upper()
        if verb == b"RSET":
            trial.fail(
                "extra-command",
                say("deliver sent 'RSET', and there were recipients to deliver to."),
                say(
                    "RSET throws away the whole envelope: the sender, and those already taken. It "
                    "is for the end, when nobody is left."
                ),
            )
        if verb in (b"QUIT", b"NOOP", b"EHLO", b"HELO"):
            trial.fail(
                "extra-command",
                say(
                    "deliver sent {command!r}, which is not part of a delivery.",
                    command=line.decode(errors="replace"),
                ),
                say("One session may carry many mails: whoever called deliver opens and ends it."),
            )


def _envelope(trial: Trial, desk: Desk, recipients: list[str], message: bytes) -> None:
    """End the check unless one mail arrived, to these recipients, with this content."""
    for line in desk.commands:
        if line[:4].upper() in (b"MAIL", b"RCPT") and not (b":<" in line and line[-1:] == b">"):
            trial.fail(
                "no-brackets",
                say(
                    "{line!r}: the address stands in angle brackets.",
                    line=line.decode(errors="replace"),
                ),
                say("MAIL FROM:<address> and RCPT TO:<address>, with no space after the colon."),
            )
    _only_a_delivery(trial, desk)
    if len(desk.mails) != 1:
        trial.fail(
            "no-mail" if not desk.mails else "several-mails",
            counted(
                len(desk.mails),
                plural(
                    "{count} mail arrived where there should be one.",
                    "{count} mails arrived where there should be one.",
                ),
            ),
            say(
                "MAIL, RCPT for each recipient, DATA, the message, a lone dot: in this order, once."
            ),
        )
    sender, taken, raw = desk.mails[0]
    was = [each.decode(errors="replace") for each in (sender, *taken)]
    if was != [f"<{each}>" for each in (YOU, *recipients)]:
        trial.step(
            say(
                "The envelope was: from {sender}, to {recipients}.",
                sender=was[0],
                recipients=", ".join(was[1:]),
            )
        )
        trial.fail(
            "wrong-envelope",
            say("The envelope that arrived is not the one that was asked for."),
            say("MAIL names the sender; each recipient gets a RCPT of its own."),
        )
    if raw == message + b"\r\n":
        trial.fail(
            "extra-line",
            say("An empty line was added at the end of the message."),
            say(
                "The CRLF before the closing dot belongs to the message: add one only if it is "
                "missing."
            ),
            sent=raw,
            expected=message,
        )
    if raw != message:
        trial.fail(
            "content-changed",
            say("The message that arrived is not the one that was given."),
            say("Only leading dots are doubled on the way, and the server takes them away again."),
            sent=raw,
            expected=message,
        )


# --- the lesson ---------------------------------------------------------------------------

LESSON = Lesson(
    number="02",
    slug="dialogue",
    title=say("Dialogue"),
    exercises=(
        Exercise(
            name="parse_reply_line",
            check=check_parse_reply_line,
            hints=(
                say(
                    "Lay the line 250-SIZE out octet by octet, and count: where does the code end, "
                    "and which octet says that more lines follow?"
                ),
                say(
                    "Slices never fail: line[:3] is the code, line[3:4] the separator, line[4:] "
                    "the text, each b'' when the line is too short. Then ask whether code and "
                    "separator are what they must be."
                ),
                say(
                    "code is good when it has 3 octets, code.isdigit(), and b'200' <= code <= "
                    "b'599'. The separator is one of b' ', b'-', b''. Return int(code), separator "
                    "!= b'-', and the text decoded with errors='replace'."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="read_reply",
            check=check_read_reply,
            hints=(
                say(
                    "How many lines a reply has is not known beforehand. Which of the three things "
                    "that parse_reply_line returns tells you when to stop?"
                ),
                say(
                    "Read one line and take it apart. While it is not the last one, read the next, "
                    "compare its code with the first, and keep its text in the list."
                ),
                say(
                    "code, last, text = parse_reply_line(reader.read_line()), lines = [text]; then "
                    "while not last: the same with next_code, ValueError if next_code != code, "
                    "lines.append(text). At the end return code, lines. Catch nothing."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="command",
            check=check_command,
            hints=(
                say("Three steps: send, read, compare. Two earlier functions do the first two."),
                say(
                    "encode_line gives the octets with their CRLF, and refuses a CR or LF inside. "
                    "sendall sends them, read_reply(reader) reads. Then: is the code among those "
                    "expected? expect may be one int or a tuple of them."
                ),
                say(
                    "Make a tuple of expect when it is none: (expect,) is a tuple of one, and "
                    "isinstance tells. Then `not in` is the question, and ReplyError(code, lines) "
                    "what is raised. What read_reply returned is returned."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="parse_ehlo",
            check=check_parse_ehlo,
            hints=(
                say(
                    "Which line of the reply is no offer? And where in an offer does the keyword "
                    "end?"
                ),
                say(
                    "Go over reply[1:]. Cut each line at its first space, and only there: "
                    "str.partition always gives three pieces, even without a space."
                ),
                say(
                    "for line in reply[1:]: keyword, _, parameters = line.partition(' '); then "
                    "extensions[keyword.upper()] = parameters."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="dot_stuff",
            check=check_dot_stuff,
            hints=(
                say(
                    "How do you see in the octets that a line begins with a dot? What stands "
                    "before the dot, and for which line does nothing stand there?"
                ),
                say(
                    "A dot at the start of a line is CRLF and a dot, b'\\r\\n.', or it is the "
                    "first octet of the text. bytes.replace goes through the text for you."
                ),
                say(
                    "stuffed = body.replace(b'\\r\\n.', b'\\r\\n..'); and if stuffed starts with "
                    "b'.', put one more b'.' before it."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="deliver",
            check=check_deliver,
            hints=(
                say(
                    "Write the session down as C: lines first. After which of them may a refusal "
                    "be survived, and after which is all lost?"
                ),
                say(
                    "command raises ReplyError on a refusal. Around RCPT alone catch it, and put "
                    "(error.code, error.lines) into a dict, under the recipient. The other "
                    "refusals pass by themselves. If everyone is in the dict: RSET, and return it."
                ),
                say(
                    "In the except: 421 is raised again. After DATA and its 354 the stuffed "
                    "message goes out with sendall, with CRLF added if it does not end in one, and "
                    "then b'.\\r\\n'. Read one more reply; unless it is 250, raise ReplyError. "
                    "Return the dict."
                ),
            ),
            forbids=("smtplib",),
        ),
    ),
    questions=(
        Question(
            text=say("We have said EHLO and nothing more. What is the answer to DATA?"),
            choices=(
                say("354: go ahead"),
                say("503: wrong order"),
                say("No answer, and the connection closes"),
            ),
            answer=say("503: wrong order"),
            why=say(
                "The server keeps a state. DATA needs a sender and a recipient first; without "
                "them the answer is 503, bad sequence of commands. The session stays where it "
                "was, and the next command is as welcome as before."
            ),
        ),
        Question(
            text=say(
                "The envelope says lin. The letter says From: director and To: sam. Who gets "
                "the mail?"
            ),
            choices=(
                "lin",
                "sam",
                say("lin and sam"),
                say("Nobody: the server sees the contradiction"),
            ),
            answer="lin",
            why=say(
                "The server delivers to the names in RCPT, and compares them with nothing. "
                "From and To are part of the text, written by whoever wrote it."
            ),
        ),
        Question(
            text=say(
                "Four lines of greeting, one recv for each reply, an unknown recipient. What "
                "happens?"
            ),
            choices=(
                say("The client sees 550 after RCPT"),
                say("It waits in recv for ever"),
                say("It says sent, and no mail arrives"),
            ),
            answer=say("It says sent, and no mail arrives"),
            why=say(
                "Each recv found something, so nothing ever waited. But it was an older line: "
                "the client fell behind with the greeting and never caught up. It asked one "
                "question and read the answer to another."
            ),
        ),
        Question(
            text=say(
                "A text has a lone dot in the middle. What does the server do with what comes "
                "after it?"
            ),
            choices=(
                say("It belongs to the mail"),
                say("It is thrown away"),
                say("It is read as commands"),
            ),
            answer=say("It is read as commands"),
            why=say(
                "After the lone dot the mail is complete, and the server answers 250. From "
                "there on it expects commands, and reads whatever comes as one. It cannot know "
                "that it was meant as text."
            ),
        ),
    ),
)
