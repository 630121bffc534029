"""Lesson 00: the first exercise, and how it is judged."""

import ast
from collections.abc import Iterator
from typing import Any

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


# How a line may end by mistake: the octets, a reason, how they read, and what to look at.
CR_THEN_LF = "The server waits for CR and then LF, 13 and 10."
ONE_BACKSLASH = (
    "With one backslash, \\r is one octet. With two, or after r before the quotes, it is a "
    "backslash and a letter."
)
ENDINGS = (
    (b"", "no-line-end", "without any line end", CR_THEN_LF),
    (b"\n", "bare-lf", "with LF alone, \\n", CR_THEN_LF),
    (b"\r", "bare-cr", "with CR alone, \\r", CR_THEN_LF),
    (b"\n\r", "lf-cr", "with LF and CR, in that order", CR_THEN_LF),
    (b"\r\n\r\n", "two-line-ends", "with CRLF twice", CR_THEN_LF),
    (b"\\r\\n", "spelt-line-end", "with a backslash, an r, a backslash and an n", ONE_BACKSLASH),
    (b"/r/n", "slashes", "with a slash, an r, a slash and an n", "The sign is the backslash: \\r."),
)


def wrong_ending(name: str, line: object, text: bytes) -> tuple[str, str, str] | None:
    """Reason, sentence and look for a line that is text and one of the usual wrong ends."""
    for ending, reason, words, look in ENDINGS:
        if type(line) is bytes and line == text + ending:
            sentence = f"{name} ends its line {words}; a line of SMTP ends in CRLF, two octets."
            return reason, sentence, look
    return None


def nodes(trial: Trial) -> Iterator[ast.AST]:
    """What the student's function is made of."""
    if trial.source is not None:
        yield from ast.walk(ast.parse(trial.source.text))


def catches_all(trial: Trial) -> str:
    """What to look at besides, for a function that may hide its own error."""
    for node in nodes(trial):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        ):
            return " Your `except` catches every exception: without it, would there be one?"
    return ""


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
                    trial.step(f"It returns {got!r}; expected was {code}.")
                    trial.fail(reason, f"reply_code returned {sentence}", look)
        if got is None and compares_text(trial):
            trial.fail(
                "returned-none",
                "reply_code returned None, and what is wanted is an int.",
                'line is octets, and octets are never equal to text: b"220" == "220" is False. Is '
                "there such a comparison in your function?",
            )
        trial.equal(
            got,
            code,
            reason="wrong-code",
            sentence=f"reply_code returned {got!r} for a line that begins with {code}.",
            look="Which octets of the line did you take? print(line[0:3]) shows them."
            + catches_all(trial),
        )


def wrong_codes(
    got: int | bytes | str, line: bytes, code: int
) -> Iterator[tuple[bool, str, str, str]]:
    """Whether got is this mistake; its reason, sentence and look."""
    digits, number = str(code), got if type(got) is int else -1
    yield (
        got == line[:3],
        "still-bytes",
        f"{got!r}: the right three octets, and not yet a number.",
        "int() takes digits as bytes too.",
    )
    yield (
        got == digits,
        "still-text",
        f"{got!r}, a str: it looks like a number, and {got!r} == {code} is False.",
        "int() makes a number of digits.",
    )
    yield (
        got in (line, line.decode("ascii")),
        "whole-line",
        "the whole line, and the code is its first three octets.",
        "A slice takes a part: line[0:2] would be the first two octets.",
    )
    octets = "line[0] is one octet, and gives the number of that octet: 50 for the digit 2. "
    yield (
        number in tuple(line[:4]),
        "one-octet",
        f"{got!r}, which is the octet {bytes([number % 256])!r} as a number.",
        octets + "A slice such as line[0:2] is bytes again.",
    )
    a, b, c = line[:3]
    yield (
        number in (a + b + c, 100 * a + 10 * b + c),
        "octets-as-digits",
        f"{got!r}: it calculates with {a}, {b} and {c}, the numbers of the octets, as if they were "
        "the digits.",
        octets + "A slice of three is bytes, and int() takes it whole.",
    )
    yield (
        number > 0 and str(number) in (digits[:1], digits[:2], digits[1:], digits[2:]),
        "too-few",
        f"{got!r}: only {len(str(number))} of the three digits.",
        "In a slice, the end is not included: line[0:2] has two octets.",
    )
    yield (
        number == LINES[0][1] != code,
        "hard-coded",
        f"{got!r} for a line that begins with {code}.",
        "The answer is in the line that comes in, and every line has another one.",
    )


def check_say_goodbye(trial: Trial, say_goodbye: Any) -> None:
    answer = b"221 2.0.0 mail.lab.test says goodbye\r\n"
    trial.step("A server has said all it wanted, and waits for a line of yours.")
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
        "say_goodbye came back, and the server has heard nothing.",
        "Send first, then receive: sock.send(...) takes bytes." + catches_all(trial),
    )
    if sock.sent.upper() != b"QUIT\r\n":
        name_ending(trial, sock.sent)
        trial.fail(
            "wrong-line",
            f"say_goodbye sent {sock.sent!r}, and the line is QUIT with CRLF at its end.",
            "Look at the caret: what stands there, and what should?",
            sent=sock.sent,
            expected=b"QUIT\r\n",
        )
    received = b"".join(data for sender, data in sock.events if sender == "S")
    sentence = f"say_goodbye returned {got!r}, and the server said {answer!r}."
    look = "What recv returns is the answer: return it as it is."
    if type(got) is bytes and got == received != answer:
        sentence = (
            f"say_goodbye received {len(got)} of the {len(answer)} octets of the answer: recv "
            "brings at most as many as it is asked for."
        )
        look = "Which line of yours calls recv, and with which number?"
    elif type(got) is bytes and received == answer:
        sentence = f"say_goodbye received the whole answer, and returned {got!r}."
    trial.equal(
        got, answer, reason="wrong-answer", sentence=sentence, look=look + catches_all(trial)
    )


def name_ending(trial: Trial, sent: bytes) -> None:
    """End the check when QUIT was sent with one of the usual wrong ends."""
    word = sent[:4]  # in capitals or not
    wrong = wrong_ending("say_goodbye", sent, word)
    if wrong and word.upper() == b"QUIT":
        trial.fail(*wrong, sent=sent, expected=word + b"\r\n")


LESSON = Lesson(
    number="00",
    slug="start_here",
    title="Start here",
    exercises=(
        Exercise(
            name="reply_code",
            check=check_reply_code,
            hints=(
                "The code is the first three octets of the line, and every line begins with one. "
                "A cell above took two of them with a slice: which slice takes three?",
                "`line[:3]` is the three digits, as bytes: b'220'. The caller wants a number. "
                "Which built-in function makes a number of digits?",
                "`int(b'220')` is 220: int() takes bytes as well as str. Put the slice into "
                "int(), and put `return` before it.",
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="say_goodbye",
            check=check_say_goodbye,
            hints=(
                "Two things, in this order: send one line, and receive the answer. The nine "
                "lines of step 3 do both.",
                'sock.send() takes bytes: b"...". The line is QUIT, and every line ends in '
                "\\r\\n. Without them the server goes on waiting for the end of the line.",
                'First sock.send(b"QUIT\\r\\n"), then return sock.recv(1024).',
            ),
            forbids=("smtplib",),
        ),
    ),
    questions=(
        Question(
            text="The mail is on its way. What has the server promised with its last 250?",
            choices=(
                "That somebody has read it",
                "That the message is complete and as it was meant",
                "That it has taken the message, and will now look after it",
            ),
            answer="That it has taken the message, and will now look after it",
            why="250 after the dot moves the responsibility from the client to the server (RFC "
            "5321, section 4.2.5). Whether the message makes sense is not the server's concern: "
            "an empty shell gets the same 250.",
        ),
        Question(
            text="A server never sends its greeting. What does sock.recv(1024) do?",
            choices=(
                'It returns b"" after a while',
                "It raises an exception",
                "It waits, for as long as the connection stands",
            ),
            answer="It waits, for as long as the connection stands",
            why="A socket has no deadline of its own. recv returns when octets come, or when the "
            "other side closes; silence is neither.",
        ),
    ),
)
