"""Lesson 02: commands and replies. What is asked, how it is judged, what is predicted."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..catalogue import counted, plural, say
from ..solutions import dialogue as reference
from ..solutions.dialogue import ReplyError
from ..solutions.sockets import encode_line
from .cases import Finding, case, explained, is_one_of, judge
from .desk import Desk
from .diagnoses import delivery, replies
from .judge import End, Exercise, Hear, Lesson, Question, Trial, Verdict

__all__ = ["LESSON"]

OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
NO_SUCH_USER = "5.1.1 <nobody@lab.test>: no such user here"

# --- parse_reply_line ---------------------------------------------------------------------


REPLY_LINES = (
    (b"250 OK", replies.FIRST_ANSWER, say("A reply line with a space after its code.")),
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
    for line, expected, why in REPLY_LINES:
        bare = ValueError if len(line) < 5 else ()
        with case(trial, why):
            with explained(replies.good_line_refused(trial)):
                got = trial.call(parse_reply_line, line, says=replies.call_with(line), raises=bare)
            trial.require(not trial.raised(got, ValueError), *replies.refuses_short(line))
            finding = replies.wrong_reply_line(trial, got, expected, line)
            judge(trial, got, expected, None, finding)
    trial.step(say("Seven reply lines were taken apart."))

    with case(trial, say("A text that is no UTF-8: Chinese in GBK.")):
        line = b"550 \xd3\xca"
        got = trial.call(
            parse_reply_line, line, says=replies.call_with(line), raises=UnicodeDecodeError
        )
        trial.require(not trial.raised(got, UnicodeDecodeError), *replies.STRICT_DECODE)
        judge(trial, got, (550, True, "\ufffd\ufffd"), None, replies.WRONG_REPLACEMENT)

    for line, why in NO_REPLY_LINES:
        # Translators: why is a sentence such as "Two digits and nothing more."
        with case(trial, say("{why} This is no reply line: ValueError is expected.", why=why)):
            with explained(replies.promised_for_nonsense(line, why)):
                got = trial.call(
                    parse_reply_line, line, says=replies.call_with(line), raises=ValueError
                )
            trial.require(trial.raised(got, ValueError), *replies.accepts_nonsense(line, got, why))


# --- read_reply ---------------------------------------------------------------------------


def check_read_reply(trial: Trial, read_reply: Any) -> None:
    before: list[str] = []  # the texts of all replies so far

    def reads(reader: Any, code: int, lines: list[str], *, single: bool = False) -> None:
        """One reply is there, and the stream ends behind it, or goes on with another."""
        got = trial.call(read_reply, reader, says="read_reply(reader)", raises=EOFError)
        trial.require(not trial.raised(got, EOFError), *replies.reads_on(code, lines))
        finding = replies.wrong_reply(got, code, lines, before, single)
        judge(trial, got, (code, lines), finding, replies.other_reply(lines))
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
        trial.require(not trial.raised(got, EOFError), *replies.LOST_REPLY)
        judge(trial, got, (354, ["go on"]), None, replies.NOT_THE_SECOND)

    with case(trial, say("Texts that look like codes, and lines with no text at all.")):
        reader = reader_of(b"250-354 look\r\n250-\r\n250-250 end\r\n250\r\n")
        reads(reader, 250, ["354 look", "", "250 end", ""])
    with case(trial, say("A reply of 101 lines.")):
        many = b"".join(b"250-line %d\r\n" % n for n in range(100)) + b"250 end\r\n"
        reads(reader_of(many), 250, [*(f"line {n}" for n in range(100)), "end"])

    with case(trial, say("The code changes within a reply: ValueError is expected.")):
        with explained(replies.PROMISED_AT_CHANGE):
            reader = reader_of(b"250-one\r\n550 two\r\n")
            got = trial.call(read_reply, reader, says="read_reply(reader)", raises=ValueError)
        trial.require(trial.raised(got, ValueError), *replies.code_changes(got))

    with case(trial, say("The stream ends in the middle of a reply: EOFError passes through.")):
        with explained(replies.PROMISED_AT_END):
            reader = reader_of(b"250-one\r\n")
            got = trial.call(read_reply, reader, says="read_reply(reader)", raises=EOFError)
        trial.require(trial.raised(got, EOFError), *replies.swallows_end(got))


# --- command ------------------------------------------------------------------------------


LINE_BREAKS = (
    "MAIL FROM:<you@lab.test>\r\nRCPT TO:<director@lab.test>",
    "NOOP\nRSET",
    "NOOP\rRSET",
    "NOOP\r\n",
)


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
        promise = [replies.promised_error(code)] if refused else []
        with explained(replies.ONE_INT, *promise):
            got = trial.call(
                command, sock, reader, line, expect,
                says=f"command(sock, reader, {line!r}, {expect!r})", raises=(ReplyError, EOFError),
            )  # fmt: skip
        if finding := replies.wrong_line(sock.sent, line, code):
            trial.fail(*finding, sent=sock.sent, expected=encode_line(line))
        if trial.raised(got, ReplyError) and not refused:
            trial.fail(*replies.expected_refused(expect, code, got))
        return got

    with case(trial, say("One command, one reply, and the code that was hoped for.")):
        got = put("NOOP", 250, b"250 2.0.0 OK\r\n")
        judge(trial, got, (250, ["2.0.0 OK"]), None, replies.WRONG_RETURN)

    with case(
        trial, say("The socket takes a few octets a send, and the reply comes an octet at a time.")
    ):
        got = put("EHLO client.lab.test", 250, OFFERS, pieces=1, takes=(3, 1, 7))
        judge(
            trial, got, (250, ["mail.lab.test", "SIZE 1000", "STARTTLS"]), None, replies.NOT_WHOLE
        )

    with case(trial, say("A line with an address that is not ASCII.")):
        got = put("MAIL FROM:<grün@lab.test> SMTPUTF8", 250, b"250 2.1.0 OK\r\n")
        judge(trial, got, (250, ["2.1.0 OK"]), None, replies.WRONG_RETURN)

    with case(trial, say("The reader has read ahead: the answer is already in its buffer.")):
        ahead = b"220 mail.lab.test ready\r\n250 2.0.0 first\r\n"
        got = put("NOOP", 250, ahead, Hear(), b"250 2.0.0 second\r\n")
        past = replies.OWN_READER if is_one_of(got, (250, ["2.0.0 second"])) else None
        judge(trial, got, (250, ["2.0.0 first"]), past, replies.WRONG_RETURN)

    with case(trial, say("Two codes are welcome, and the second of them comes.")):
        got = put("RCPT TO:<lin@lab.test>", (250, 251), b"251 2.1.5 will forward\r\n")
        judge(trial, got, (251, ["2.1.5 will forward"]), None, replies.WRONG_RETURN)
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
                trial.raised(got, ReplyError), *replies.unexpected_accepted(code, expect, got)
            )
            judge_error(trial, got, code, [reply[4:]])

    for line in LINE_BREAKS:
        with case(
            trial, say("A line that holds a line break: ValueError is expected, and nothing sent.")
        ):
            sock = trial.socket(serve=lambda line: b"250 2.0.0 OK\r\n")
            with explained(replies.promised_refusal(line)):
                got = trial.call(
                    command, sock, trial.reader(sock), line, 250,
                    says=f"command(sock, reader, {line!r}, 250)", raises=ValueError,
                )  # fmt: skip
            trial.require(trial.raised(got, ValueError), *replies.break_taken(line, sock.sent))
            trial.require(not sock.sent, *replies.SENT_FIRST)


def judge_error(trial: Trial, error: Exception, code: int, lines: list[str]) -> None:
    """End the check unless this ReplyError has this code and these lines."""
    if finding := replies.wrong_error(error, code, lines):
        trial.fail(*finding)


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
            trial.require(given == reply, *replies.LINE_TAKEN)
            finding = replies.wrong_offers(got, reply, expected) if type(got) is dict else None
            judge(trial, got, expected, finding, replies.other_offers(expected))
    trial.step(say("The offers of five replies were found."))


# --- dot_stuff ----------------------------------------------------------------------------


def check_dot_stuff(trial: Trial, dot_stuff: Any) -> None:
    for body, expected, why in (
        (b"one\r\ntwo\r\n", b"one\r\ntwo\r\n", say("A text without any dot.")),
        (b"bread\r\n.\r\nmilk\r\n", b"bread\r\n..\r\nmilk\r\n", say("A line is a lone dot.")),
        (
            delivery.DOT_AND_TEXT,
            b"one\r\n..two\r\n",
            say("The second line begins with a dot, and goes on."),
        ),
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
            judge(trial, got, expected, None, delivery.wrong_stuffing(trial, got, body, expected))
    trial.step(say("Twelve texts got a dot where one was due, and nowhere else."))


# --- deliver ------------------------------------------------------------------------------

YOU, LIN, SAM, NOBODY = "you@lab.test", "lin@lab.test", "sam@lab.test", "nobody@lab.test"
LETTER = b"From: you@lab.test\r\nSubject: tea\r\n\r\nAt four?\r\n"
REFUSAL = b"550 " + NO_SUCH_USER.encode() + b"\r\n"


@dataclass(frozen=True)
class Outcome:
    """What one call of deliver led to."""

    value: Any  # what it returned, or the ReplyError that it raised
    desk: Desk


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
            return delivery.astray(verdict, sock, message, in_letter=desk.content is not None)

        with explained(stuck_or_refused):
            value = trial.call(
                deliver, sock, reader, YOU, kept, message,
                says=f"deliver(sock, reader, {YOU!r}, {recipients!r}, message)",
                raises=ReplyError if refusal else (),
            )  # fmt: skip
        trial.require(not sock.closed, *delivery.CLOSES_SOCKET)
        trial.require(kept == recipients, *delivery.list_changed(recipients, kept))
        early, content = delivery.before_354(sock), delivery.letter_in(sock.sent)
        unread = []
        sock.settimeout(0.1)  # a script that has no more to say answers at once
        with suppress(TimeoutError):
            while True:
                unread.append(reader.read_line())
        if desk.content is not None:
            trial.fail(*delivery.unfinished(content, message))
        stuffed = reference.dot_stuff(message)
        if stuffed != message and desk.mails and desk.mails[0][2] != message:
            trial.fail(*delivery.NOT_STUFFED, sent=content, expected=stuffed + b".\r\n")
        if early:
            trial.fail(*(delivery.EARLY_UNREAD if len(unread) == 1 else delivery.TOO_EARLY))
        if unread:
            trial.fail(*delivery.reply_unread(desk.commands[-1][:4].decode(errors="replace")))
        return Outcome(value, desk)

    for recipients in ([LIN], [LIN, SAM]):
        with case(
            trial,
            say("Recipients who are all taken: {recipients}.", recipients=", ".join(recipients)),
        ):
            done = attempt(recipients)
            judge_envelope(trial, done.desk, recipients, LETTER)
            judge(trial, done.value, {}, None, delivery.WRONG_RETURN)

    with case(trial, say("Three recipients, and the second does not exist.")):
        refuse_nobody = {f"RCPT TO:<{NOBODY}>".encode(): REFUSAL}
        done = attempt([LIN, NOBODY, SAM], answers=refuse_nobody, refusal=True)
        trial.require(not trial.raised(done.value, ReplyError), *delivery.STOPS_AT_REFUSAL)
        judge_commands(trial, done.desk)
        trial.require(
            not done.desk.mails or len(done.desk.mails[0][1]) == 2, *delivery.RECIPIENTS_SKIPPED
        )
        judge_envelope(trial, done.desk, [LIN, SAM], LETTER)
        finding = delivery.refusal_untold(done.value, NOBODY)
        judge(trial, done.value, {NOBODY: (550, [NO_SUCH_USER])}, finding, delivery.WRONG_REFUSALS)

    with case(trial, say("Two recipients: one is put off with 450, the other is taken with 251.")):
        later = {
            f"RCPT TO:<{LIN}>".encode(): b"450 4.2.0 come again later\r\n",
            f"RCPT TO:<{SAM}>".encode(): b"251 2.1.5 will forward\r\n",
        }
        done = attempt([LIN, SAM], answers=later, refusal=True)
        taken = type(done.value) is dict and SAM not in done.value
        trial.require(
            taken or not (trial.raised(done.value, ReplyError) or type(done.value) is dict),
            *delivery.FORWARD_REFUSED,
        )
        expected = {LIN: (450, ["4.2.0 come again later"])}
        judge(trial, done.value, expected, None, delivery.WRONG_REFUSALS)

    with case(trial, say("Both recipients are refused.")):
        done = attempt([LIN, NOBODY], answers={b"RCPT": REFUSAL}, refusal=True)
        trial.require(b"DATA" not in done.desk.commands, *delivery.DATA_FOR_NOBODY)
        trial.require(not trial.raised(done.value, ReplyError), *delivery.ALL_REFUSED_RAISES)
        expected = {LIN: (550, [NO_SUCH_USER]), NOBODY: (550, [NO_SUCH_USER])}
        judge(trial, done.value, expected, None, delivery.WRONG_REFUSALS)
        trial.require(b"RSET" in done.desk.commands, *delivery.NO_RSET)
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
            with explained(delivery.promised_error(what)):
                done = attempt([LIN, SAM], answers=answers, refusal=True)
            trial.require(
                trial.raised(done.value, ReplyError),
                *delivery.refusal_ignored(what, code, done.value),
            )
            judge_error(trial, done.value, code, [text])

    with case(trial, say("The server says goodbye at the second recipient, with 421.")):
        goodbye = {f"RCPT TO:<{SAM}>".encode(): b"421 4.3.2 closing\r\n"}
        done = attempt([LIN, SAM, NOBODY], answers=goodbye, refusal=True)
        trial.require(trial.raised(done.value, ReplyError), *delivery.GOODBYE_COLLECTED)
        judge_error(trial, done.value, 421, ["4.3.2 closing"])

    with case(trial, say("A message with dots at the start of lines, one of them alone.")):
        dotted = b".first\r\nSubject: dots\r\n\r\nbread\r\n.\r\n..\r\nmilk\r\n"
        done = attempt([LIN], dotted)
        judge_envelope(trial, done.desk, [LIN], dotted)

    with case(trial, say("A message without CRLF at its end.")):
        done = attempt([LIN], LETTER + b"Yours")
        judge_envelope(trial, done.desk, [LIN], LETTER + b"Yours\r\n")


def judge_commands(trial: Trial, desk: Desk) -> None:
    """End the check if deliver said what is no part of a delivery."""
    for line in desk.commands:
        if finding := delivery.extra_command(line):
            trial.fail(*finding)


def judge_envelope(trial: Trial, desk: Desk, recipients: list[str], message: bytes) -> None:
    """End the check unless one mail arrived, to these recipients, with this content."""
    for line in desk.commands:
        if finding := delivery.no_brackets(line):
            trial.fail(*finding)
    judge_commands(trial, desk)
    if len(desk.mails) != 1:
        trial.fail(*delivery.not_one_mail(len(desk.mails)))
    sender, taken, raw = desk.mails[0]
    was = [each.decode(errors="replace") for each in (sender, *taken)]
    if was != [f"<{each}>" for each in (YOU, *recipients)]:
        delivery.fail_on_envelope(trial, *was)
    if raw != message:
        finding = delivery.EXTRA_LINE if raw == message + b"\r\n" else delivery.CONTENT_CHANGED
        trial.fail(*finding, sent=raw, expected=message)


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
