"""Lesson 00: the first exercise, and how it is judged."""

from typing import Any

from .judge import End, Exercise, Hear, Lesson, Question, Trial

LINES = (
    (b"220 mail.lab.test ready\r\n", 220),
    (b"250-SIZE 35882577\r\n", 250),
    (b"354 End data with <CR><LF>.<CR><LF>\r\n", 354),
    (b"550 5.1.1 <nobody@lab.test> No such user here\r\n", 550),
    (b"221 2.0.0 Bye\r\n", 221),
    (b"250\r\n", 250),
)


def check_reply_code(trial: Trial, reply_code: Any) -> None:
    for line, code in LINES:
        got = trial.call(reply_code, line, says=f"reply_code({line!r})")
        if type(got) is bytes and got == line[:3]:
            trial.fail(
                "still-bytes",
                f"reply_code returned {got!r}: the right three octets, and not yet a number.",
                "int() takes digits as bytes too.",
            )
        if type(got) is str and got == str(code):
            trial.fail(
                "still-text",
                f"reply_code returned {got!r}, a str: it looks like a number, and {got!r} == "
                f"{code} is False.",
                "int() makes a number of digits.",
            )
        if type(got) in (bytes, str) and got in (line, line.decode("ascii")):
            trial.fail(
                "whole-line",
                "reply_code returned the whole line, and the code is its first three octets.",
                "A slice takes a part: line[0:2] would be the first two octets.",
            )
        if type(got) is int and got == line[0]:
            trial.fail(
                "one-octet",
                f"reply_code returned {got}, which is the octet {line[:1]!r} as a number.",
                "line[0] is one octet, an int. A slice such as line[0:2] is bytes again.",
            )
        if type(got) is int and len(str(got)) < 3 and str(code).startswith(str(got)):
            trial.fail(
                "too-few",
                f"reply_code returned {got}: only {len(str(got))} of the three digits.",
                "In a slice, the end is not included: line[0:2] has two octets.",
            )
        if type(got) is int and got == LINES[0][1] and got != code:
            trial.step(f"It returns {got}; expected was {code}.")
            trial.fail(
                "hard-coded",
                f"reply_code returned {got} for a line that begins with {code}.",
                "The answer is in the line that comes in, and every line has another one.",
            )
        trial.equal(
            got,
            code,
            reason="wrong-code",
            sentence=f"reply_code returned {got!r} for a line that begins with {code}.",
            look="Which octets of the line did you take? print(line[0:3]) shows them.",
        )


def check_say_goodbye(trial: Trial, say_goodbye: Any) -> None:
    answer = b"221 2.0.0 mail.lab.test says goodbye\r\n"
    trial.step("A server has said all it wanted, and waits for a line of yours.")
    sock = trial.socket(Hear(), answer, End())
    got = trial.call(say_goodbye, sock, says="say_goodbye(sock)")
    trial.require(
        bool(sock.sent),
        "nothing-sent",
        "say_goodbye came back, and the server has heard nothing.",
        "Send first, then receive: sock.sendall(...) takes bytes.",
    )
    if sock.sent.upper() != b"QUIT\r\n":
        trial.fail(
            "wrong-line",
            f"say_goodbye sent {sock.sent!r}, and the line is QUIT with CRLF at its end.",
            "Look at the caret: what stands there, and what should?",
            sent=sock.sent,
            expected=b"QUIT\r\n",
        )
    if got is not None and type(got) is not bytes:
        trial.step(f"It returns {got!r}.")
    trial.equal(
        got,
        answer,
        reason="wrong-answer",
        sentence=f"say_goodbye returned {got!r}, and the server said {answer!r}.",
        look="What recv returns is the answer: return it as it is.",
    )


LESSON = Lesson(
    number="00",
    slug="start_here",
    title="Start here",
    exercises=(
        Exercise(
            name="reply_code",
            check=check_reply_code,
            hints=(
                "A reply begins with three digits. `line` is bytes, and bytes can be sliced "
                "like a str: try `line[0:2]` in a cell of its own and see what you get.",
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
                'sock.sendall() takes bytes: b"...". The line is QUIT, and every line ends in '
                "\\r\\n. Without them the server goes on waiting for the end of the line.",
                'First sock.sendall(b"QUIT\\r\\n"), then return sock.recv(1024).',
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
