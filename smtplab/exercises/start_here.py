"""Lesson 00: the cases of the first exercises, and the mistakes that are known."""

from typing import Any

from ..judge import SOCK, Case, End, Exercise, Facts, Hear, Lesson, Peer
from ..solutions import start_here as reference

__all__ = ["LESSON"]

# --- reply_code ---------------------------------------------------------------------------

LINES = (
    b"220 mail.lab.test ready\r\n",
    b"250-SIZE 35882577\r\n",
    b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"550 5.1.1 <nobody@lab.test> No such user here\r\n",
    b"221 2.0.0 Bye\r\n",
    b"250\r\n",
    b"452 4.5.3 no more than 100 recipients\r\n",
    b"250-8BITMIME\r\n",
    b"498 never heard of it\r\n",
    "220 mail.lab.test grüßt\r\n".encode(),
)


def of_digits(f: Facts) -> Any:
    """The three octets were taken for the digits, added or put together."""
    a, b, c = f.line[:3]
    return f.got in (a + b + c, 100 * a + 10 * b + c) and {"a": a, "b": b, "c": c}


REPLY_CODE = Exercise(
    reference.reply_code,
    forbids=("smtplib",),
    cases=[Case("line", (line,), values={"line": line}) for line in LINES],
    mistakes={
        "still-bytes": lambda f: f.got == f.line[:3],
        "whole-line": lambda f: f.got in (f.line, f.line.decode()),
        "one-octet": lambda f: (
            type(f.got) is int and f.got in tuple(f.line[:4]) and {"octet": bytes([f.got])}
        ),
        "one-octet.digits": of_digits,
        "too-few": lambda f: type(f.got) is int and 0 < f.got < 100 and str(f.got) in str(f.want),
    },
)

# --- say_goodbye --------------------------------------------------------------------------

ANSWERS = (
    (b"221 2.0.0 mail.lab.test says goodbye\r\n",),
    (b"421 4.3.2 I close\r\n",),
    ("221 2.0.0 Tschüß\r\n".encode(),),
    (),
)


def cut_off(f: Facts) -> Any:
    """All that was received was returned, and it is not all that was said."""
    received = b"".join(data for sender, data in f.mine.events if sender == "S")
    cut = f.got == received != f.want and received
    return cut and {"came": len(received), "all": len(f.want)}


SAY_GOODBYE = Exercise(
    reference.say_goodbye,
    forbids=("smtplib",),
    cases=[
        Case("server", (SOCK,), Peer(Hear(), *answer, End(), may_close=True), weather=False)
        for answer in ANSWERS
    ],
    mistakes={
        "nothing-sent": lambda f: f.returned and not f.sent,
        "cut-off": cut_off,
    },
)

LESSON = Lesson("00", __file__, (REPLY_CODE, SAY_GOODBYE))
