"""Lesson 00: the first exercise, and how it is judged."""

import ast
from collections.abc import Iterator
from typing import Any

from ..catalogue import say
from .judge import End, Exercise, Hear, Lesson, Question, Trial
from .judge.trial import Over

__all__ = ["LESSON", "wrong_ending"]

LINES = (
    (b"220 mail.lab.test ready\r\n", 220),
    (b"250-SIZE 35882577\r\n", 250),
    (b"354 End data with <CR><LF>.<CR><LF>\r\n", 354),
    (b"550 5.1.1 <nobody@lab.test> No such user here\r\n", 550),
    (b"221 2.0.0 Bye\r\n", 221),
    (b"250\r\n", 250),
)


def wrong_ending(function: str, line: object, text: bytes) -> tuple[str, str, str] | None:
    """Reason, sentence and look for a line that is text and one of the usual wrong ends."""
    if type(line) is not bytes or not line.startswith(text):
        return None
    cr_then_lf = say("The server waits for CR and then LF, 13 and 10.")
    endings = {
        b"": (
            "no-line-end",
            say(
                "{function} ends its line without any line end; a line of SMTP ends in CRLF, two "
                "octets.",
                function=function,
            ),
            cr_then_lf,
        ),
        b"\n": (
            "bare-lf",
            say(
                "{function} ends its line with LF alone, \\n; a line of SMTP ends in CRLF, two "
                "octets.",
                function=function,
            ),
            cr_then_lf,
        ),
        b"\r": (
            "bare-cr",
            say(
                "{function} ends its line with CR alone, \\r; a line of SMTP ends in CRLF, two "
                "octets.",
                function=function,
            ),
            cr_then_lf,
        ),
        b"\n\r": (
            "lf-cr",
            say(
                "{function} ends its line with LF and CR, in that order; a line of SMTP ends in "
                "CRLF, two octets.",
                function=function,
            ),
            cr_then_lf,
        ),
        b"\r\n\r\n": (
            "two-line-ends",
            say(
                "{function} ends its line with CRLF twice; a line of SMTP ends in CRLF, two "
                "octets.",
                function=function,
            ),
            cr_then_lf,
        ),
        b"\\r\\n": (
            "spelt-line-end",
            say(
                "{function} ends its line with a backslash, an r, a backslash and an n; a line of "
                "SMTP ends in CRLF, two octets.",
                function=function,
            ),
            say(
                "With one backslash, \\r is one octet. With two, or after r before the quotes, it "
                "is a backslash and a letter."
            ),
        ),
        b"/r/n": (
            "slashes",
            say(
                "{function} ends its line with a slash, an r, a slash and an n; a line of SMTP "
                "ends in CRLF, two octets.",
                function=function,
            ),
            say("The sign is the backslash: \\r."),
        ),
    }
    return endings.get(line[len(text) :])


def nodes(trial: Trial) -> Iterator[ast.AST]:
    """What the student's function is made of."""
    if trial.source is not None:
        yield from ast.walk(ast.parse(trial.source.text))


def or_except(trial: Trial, look: str) -> str:
    """The look, and what to look at besides for a function that may hide its own error."""
    for node in nodes(trial):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        ):
            hidden = say("Your `except` catches every exception: without it, would there be one?")
            return f"{look} {hidden}"
    return look


def compares_text(trial: Trial) -> bool:
    """Whether something is compared with a str: in if, in match, or in a dict."""
    kinds = (ast.Compare, ast.MatchValue, ast.Dict)
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str)
        for node in nodes(trial)
        if isinstance(node, kinds)
        for part in ast.walk(node)
    )


def check_reply_code(trial: Trial, reply_code: Any) -> None:
    for line, code in LINES:
        got = trial.call(reply_code, line, says=f"reply_code({line!r})")
        if type(got) in (int, bytes, str):
            for mistake, reason, sentence, look in wrong_codes(got, line, code):
                if mistake:
                    trial.step(
                        say(
                            "It returns {got}; expected was {expected}.",
                            got=repr(got),
                            expected=code,
                        )
                    )
                    trial.fail(reason, sentence, look)
        if got is None and compares_text(trial):
            trial.fail(
                "returned-none",
                say("reply_code returned None, and what is wanted is an int."),
                say(
                    'line is octets, and octets are never equal to text: b"220" == "220" is False. '
                    "Is there such a comparison in your function?"
                ),
            )
        trial.equal(
            got,
            code,
            reason="wrong-code",
            sentence=say(
                "reply_code returned {got!r} for a line that begins with {code}.",
                got=got,
                code=code,
            ),
            look=or_except(
                trial, say("Which octets of the line did you take? print(line[0:3]) shows them.")
            ),
        )


def wrong_codes(
    got: int | bytes | str, line: bytes, code: int
) -> Iterator[tuple[bool, str, str, str]]:
    """Whether got is this mistake; its reason, sentence and look."""
    digits, number = str(code), got if type(got) is int else -1
    yield (
        got == line[:3],
        "still-bytes",
        say(
            "reply_code returned {got!r}: the right three octets, and not yet a number.",
            got=got,
        ),
        say("int() takes digits as bytes too."),
    )
    yield (
        got == digits,
        "still-text",
        say(
            "reply_code returned {got!r}, a str: it looks like a number, and {got!r} == {code} is "
            "False.",
            got=got,
            code=code,
        ),
        say("int() makes a number of digits."),
    )
    yield (
        got in (line, line.decode("ascii")),
        "whole-line",
        say("reply_code returned the whole line, and the code is its first three octets."),
        say("A slice takes a part: line[0:2] would be the first two octets."),
    )
    yield (
        number in tuple(line[:4]),
        "one-octet",
        say(
            "reply_code returned {number}, which is the octet {octet!r} as a number.",
            number=number,
            octet=bytes([number % 256]),
        ),
        say(
            "line[0] is one octet, and gives the number of that octet: 50 for the digit 2. A slice "
            "such as line[0:2] is bytes again."
        ),
    )
    a, b, c = line[:3]
    yield (
        number in (a + b + c, 100 * a + 10 * b + c),
        "octets-as-digits",
        say(
            "reply_code returned {number}: it calculates with {a}, {b} and {c}, the numbers of the "
            "octets, as if they were the digits.",
            number=number,
            a=a,
            b=b,
            c=c,
        ),
        say(
            "line[0] is one octet, and gives the number of that octet: 50 for the digit 2. A slice "
            "of three is bytes, and int() takes it whole."
        ),
    )
    yield (
        number > 0 and str(number) in (digits[:1], digits[:2], digits[1:], digits[2:]),
        "too-few",
        say(
            "reply_code returned {number}: only {count} of the three digits.",
            number=number,
            count=len(str(number)),
        ),
        say("In a slice, the end is not included: line[0:2] has two octets."),
    )
    yield (
        number == LINES[0][1] != code,
        "hard-coded",
        say("reply_code returned {got!r} for a line that begins with {code}.", got=got, code=code),
        say("The answer is in the line that comes in, and every line has another one."),
    )


def check_say_goodbye(trial: Trial, say_goodbye: Any) -> None:
    answer = b"221 2.0.0 mail.lab.test says goodbye\r\n"
    trial.step(say("A server has said all it wanted, and waits for a line of yours."))
    sock = trial.socket(Hear(), answer, End())
    try:
        got = trial.call(say_goodbye, sock, says="say_goodbye(sock)")
    except Over as over:
        # Without any line end, who waits for whom says most; another end has a name.
        if over.verdict.status == "stuck" and sock.sent.upper() != b"QUIT":
            name_ending(trial, sock.sent)
        raise
    trial.require(
        bool(sock.sent),
        "nothing-sent",
        say("say_goodbye came back, and the server has heard nothing."),
        or_except(trial, say("Send first, then receive: sock.send(...) takes bytes.")),
    )
    if sock.sent.upper() != b"QUIT\r\n":
        name_ending(trial, sock.sent)
        trial.fail(
            "wrong-line",
            say(
                "say_goodbye sent {sent!r}, and the line is QUIT with CRLF at its end.",
                sent=sock.sent,
            ),
            say("Look at the caret: what stands there, and what should?"),
            sent=sock.sent,
            expected=b"QUIT\r\n",
        )
    received = b"".join(data for sender, data in sock.events if sender == "S")
    sentence = say(
        "say_goodbye returned {got!r}, and the server said {answer!r}.", got=got, answer=answer
    )
    look = say("What recv returns is the answer: return it as it is.")
    if type(got) is bytes and got == received != answer:
        sentence = say(
            "say_goodbye received {came} of the {all} octets of the answer: recv brings at most as "
            "many as it is asked for.",
            came=len(got),
            all=len(answer),
        )
        look = say("Which line of yours calls recv, and with which number?")
    elif type(got) is bytes and received == answer:
        sentence = say("say_goodbye received the whole answer, and returned {got!r}.", got=got)
    trial.equal(got, answer, reason="wrong-answer", sentence=sentence, look=or_except(trial, look))


def name_ending(trial: Trial, sent: bytes) -> None:
    """End the check when QUIT was sent with one of the usual wrong ends."""
    word = sent[:4]  # in capitals or not
    wrong = wrong_ending("say_goodbye", sent, word)
    if wrong and word.upper() == b"QUIT":
        trial.fail(*wrong, sent=sent, expected=word + b"\r\n")


LESSON = Lesson(
    number="00",
    slug="start_here",
    title=say("Start here"),
    exercises=(
        Exercise(
            name="reply_code",
            check=check_reply_code,
            hints=(
                say(
                    "The code is the first three octets of the line, and every line begins with "
                    "one. A cell above took two of them with a slice: which slice takes three?"
                ),
                say(
                    "`line[:3]` is the three digits, as bytes: b'220'. The caller wants a number. "
                    "Which built-in function makes a number of digits?"
                ),
                say(
                    "`int(b'220')` is 220: int() takes bytes as well as str. Put the slice into "
                    "int(), and put `return` before it."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="say_goodbye",
            check=check_say_goodbye,
            hints=(
                say(
                    "Two things, in this order: send one line, and receive the answer. The nine "
                    "lines of step 3 do both."
                ),
                say(
                    'sock.send() takes bytes: b"...". The line is QUIT, and every line ends in '
                    "\\r\\n. Without them the server goes on waiting for the end of the line."
                ),
                say('First sock.send(b"QUIT\\r\\n"), then return sock.recv(1024).'),
            ),
            forbids=("smtplib",),
        ),
    ),
    questions=(
        Question(
            text=say("The mail is on its way. What has the server promised with its last 250?"),
            choices=(
                say("That somebody has read it"),
                say("That the message is complete and as it was meant"),
                say("That it has taken the message, and will now look after it"),
            ),
            answer=say("That it has taken the message, and will now look after it"),
            why=say(
                "250 after the dot moves the responsibility from the client to the server (RFC "
                "5321, section 4.2.5). Whether the message makes sense is not the server's "
                "concern: an empty shell gets the same 250."
            ),
        ),
        Question(
            text=say("A server never sends its greeting. What does sock.recv(1024) do?"),
            choices=(
                say('It returns b"" after a while'),
                say("It raises an exception"),
                say("It waits, for as long as the connection stands"),
            ),
            answer=say("It waits, for as long as the connection stands"),
            why=say(
                "A socket has no deadline of its own. recv returns when octets come, or when the "
                "other side closes; silence is neither."
            ),
        ),
    ),
)
