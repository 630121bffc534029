"""What a beginner can look at when their code raised: the slips that everybody makes.

Each piece of advice speaks of what the message itself says, and of no cause that it does not
show: a wrong diagnosis is worse than none.
"""

import re
from collections.abc import Callable
from typing import Any

from ...catalogue import say

__all__ = ["after", "kept_in_self"]

NOTHING_SPECIAL = say("The steps and the transcript say what your function was given up to there.")
Advise = Callable[[Any, str, Any, str], str]
SOCKET_VERBS = say("A socket has send, sendall, recv, settimeout and close.")


def after(error: BaseException, text: str, student: Any, line: str) -> str:
    """Advice for an exception; text is its class and message, line the student's own line."""
    kinds: tuple[tuple[type[BaseException], Advise], ...] = (
        (NameError, _name),
        (AttributeError, _attribute),
        (TypeError, _type),
        (ValueError, _value),
        (IndexError, _index),
        (EOFError, _end),
        (
            RecursionError,
            lambda *_: say("A function may call itself a thousand times or so. Does it end?"),
        ),
        (TimeoutError, _timeout),
        (OSError, _system),
    )
    for kind, advise in kinds:
        if isinstance(error, kind):
            return advise(error, text, student, line) or NOTHING_SPECIAL
    code = getattr(error, "code", None)
    if type(error).__name__ == "ReplyError" and isinstance(code, int):
        return say(
            "The server said {code}. Which code did that line hope for, and was it right to?",
            code=code,
        )
    return NOTHING_SPECIAL


def _name(error: NameError, text: str, student: Any, line: str) -> str:
    missing = getattr(error, "name", None) or ""
    if missing and missing in kept_in_self(student):
        return say("The object keeps it: self.{missing}.", missing=missing)
    if isinstance(error, UnboundLocalError):
        return say("The variable has no value yet on this way through the function.")
    if not missing:
        return say(
            "Python knows nothing of the name there. Is it spelt as elsewhere, as a parameter "
            "perhaps? Was the cell that defines it run?"
        )
    return say(
        "Python knows nothing of the name {missing}. Is it spelt as elsewhere, as a parameter "
        "perhaps? Was the cell that defines it run?",
        missing=missing,
    )


def kept_in_self(student: Any) -> set[str]:
    """The attributes that a class gives its objects in __init__."""
    code = getattr(getattr(student, "__init__", None), "__code__", None)
    return set(code.co_names) if isinstance(student, type) and code is not None else set()


def _attribute(error: AttributeError, text: str, student: Any, line: str) -> str:
    owner = type(getattr(error, "obj", None)).__name__
    missing = getattr(error, "name", None) or ""
    if missing == "encode" and owner in ("bytes", "bytearray"):
        return say("A str is encoded. This is bytes already.")
    if missing == "decode" and owner == "str":
        return say("Bytes are decoded. This is a str already.")
    if owner == "socket":
        return SOCKET_VERBS
    if owner == "ReplyError":
        return say("A ReplyError has .code and .lines.")
    if isinstance(student, type) and owner == student.__name__:
        if missing in ("recv", "send", "sendall"):
            return say(
                "The reader is no socket; it keeps one: self.sock.{missing}.", missing=missing
            )
        return say(
            "Nothing has given the object a {missing} yet. Does __init__ set self.{missing}?",
            missing=missing,
        )
    return ""


def _type(error: TypeError, text: str, student: Any, line: str) -> str:
    called = re.search(r"(\w+)\(\) (?:missing|takes|got)", text)
    if called:
        if called[1] in ("recv", "recv_into"):
            return say("recv wants a number: how many octets it may bring at most.")
        if called[1] in ("__init__", "ReplyError") and "ReplyError" in line:
            return say("ReplyError wants two things: the code, and the list of lines.")
        if called[1] == getattr(student, "__name__", "") or isinstance(student, type):
            return say("Compare the parameters of your function with those of the stub.")
        return say("Compare what you give to {called} with what it wants.", called=called[1])
    if "takes no arguments" in text:
        return say("__init__ has two underscores on each side.")
    if "NoneType" in text:
        return say("Something there is None: which call has no return?")
    if "bad operand type for unary" in text:
        return say("=+ is an = and a sign; += adds to what is there.")
    if "not callable" in text:
        return say("What stands before the parentheses is no function.")
    if re.search("'int' and 'str'|'str' and 'int'|expected str instance, int", text):
        return say(
            "A str is made of characters, bytes is made of ints from 0 to 255. Which of the two "
            "does that line go through? encode() makes bytes of a str, ord() an int of a "
            "character."
        )
    if "'int'" in text and "not iterable" in text:
        return say(
            "An int is one thing, and cannot be gone through. May the caller give one or many?"
        )
    if "int" in text and "bytes" in text:
        return say(
            "One octet of bytes is an int; bytes([n]), or a slice, is bytes. And send returns an "
            "int: how many octets it took."
        )
    if "'method'" in text or "builtin_function" in text:
        return say("The parentheses after a name are missing: it is the function itself there.")
    if "bytes" in text or "encoded before" in text:
        return say(
            "Octets (bytes) and text (str) do not mix: encode() and decode() go between them."
        )
    return ""


def _value(error: ValueError, text: str, student: Any, line: str) -> str:
    if "invalid literal for int" in text:
        return say("int() takes digits and nothing else. The message says what it was given.")
    if "unpack" in text:
        return say(
            "There were more pieces than names, or fewer. split cuts at every place; partition "
            "cuts once, and always gives three pieces."
        )
    if isinstance(error, UnicodeEncodeError):
        return say("Not every text fits into that character set. encode() without a name is UTF-8.")
    if isinstance(error, UnicodeDecodeError):
        return say("Not every octet is a letter, and a letter can be several octets.")
    if "raise" in line:
        return say("Your own line raises it. Was what came in wrong, or right?")
    return ""


def _index(error: IndexError, text: str, student: Any, line: str) -> str:
    return say(
        "How long is what you index at that line? The steps say what your function was given."
    )


def _end(error: EOFError, text: str, student: Any, line: str) -> str:
    return say("That stands for the end of the stream. Had the other side really closed?")


def _timeout(error: TimeoutError, text: str, student: Any, line: str) -> str:
    return say("A timeout was set, and nothing came in that time. Whose turn was it to speak?")


def _system(error: OSError, text: str, student: Any, line: str) -> str:
    if error.errno == 9:
        return say("The socket is closed. Which line closed it, and was it yours to close?")
    return ""
