"""What a beginner can look at when their code raised: the slips that everybody makes.

Each piece of advice speaks of what the message itself says, and of no cause that it does not
show: a wrong diagnosis is worse than none.
"""

import difflib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import solutions
from .said import WORDS

__all__ = ["after", "kept_in_self"]


@dataclass(frozen=True)
class Raised:
    """An exception, its class and message as text, and the student's own line that raised it."""

    error: Any
    text: str
    student: Any
    line: str

    @property
    def missing(self) -> str:
        """The name or the attribute that there was none of."""
        return getattr(self.error, "name", None) or ""

    @property
    def owner(self) -> str:
        """The class of the object that has no such attribute."""
        return type(getattr(self.error, "obj", None)).__name__

    @property
    def near(self) -> str:
        """What the object has, of names like the one that it has not."""
        names = [name for name in dir(getattr(self.error, "obj", None)) if name[0] != "_"]
        return ", ".join(difflib.get_close_matches(self.missing, names, 2, 0.8))

    @property
    def called(self) -> str:
        """The function whose parameters were not met."""
        found = re.search(r"(\w+)\(\) (?:missing|takes|got)", self.text)
        return found[1] if found else ""

    @property
    def calls_own(self) -> bool:
        name = getattr(self.student, "__name__", "")
        return self.called == name or isinstance(self.student, type)

    @property
    def own(self) -> bool:
        """Whether the attribute was looked for in an object of the student's class."""
        return isinstance(self.student, type) and self.owner == self.student.__name__

    @property
    def is_module(self) -> bool:
        """Whether the line asks a module of Python's library, by its name, for what it has.

        Only one that is loaded is asked: code, say, is a module too, and here mostly a number.
        """
        module = sys.modules.get(self.missing)
        asked = re.search(rf"\b{re.escape(self.missing)}\.(\w+)", self.line)
        known = self.missing in sys.stdlib_module_names and module is not None
        return known and asked is not None and hasattr(module, asked[1])

    def lacks(self, attribute: str, *owners: str) -> bool:
        return self.missing == attribute and self.owner in owners

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.text) is not None


def kept_in_self(student: Any) -> set[str]:
    """The attributes that a class gives its objects in __init__."""
    code = getattr(getattr(student, "__init__", None), "__code__", None)
    return set(code.co_names) if isinstance(student, type) and code is not None else set()


def taught(name: str) -> bool:
    """Whether a lesson makes this, or gives it. Their modules are loaded: a lesson is judged.

    They are asked of the package: where a class is graded, sys.modules has them no more.
    """
    return any(name in getattr(each, "__all__", ()) for each in vars(solutions).values())


def is_replyerror(raised: Raised) -> bool:
    code = getattr(raised.error, "code", None)
    return type(raised.error).__name__ == "ReplyError" and isinstance(code, int)


SENDS = ("recv", "send", "sendall")
MIXES = "'int' and 'str'|'str' and 'int'|str .not .int.|str instance, int|length 1, but int"
FLOATS = "'float'|slice indices must be"
# The class of an exception, what is said, and when. The first that holds is said.
ADVICE: tuple[tuple[type[BaseException], str, Callable[[Raised], Any]], ...] = (
    (NameError, "the-object-keeps-it-self", lambda r: r.missing in kept_in_self(r.student)),
    (UnboundLocalError, "the-variable-has-no-value", lambda r: True),
    (NameError, "the-course-has-it", lambda r: taught(r.missing)),
    (NameError, "a-module-wants-an-import", lambda r: r.is_module),
    (NameError, "python-knows-nothing-of-the", lambda r: r.missing),
    (AttributeError, "a-str-is-encoded-this", lambda r: r.lacks("encode", "bytes", "bytearray")),
    (AttributeError, "bytes-are-decoded-this-is", lambda r: r.lacks("decode", "str")),
    (AttributeError, "a-socket-has-send-sendall", lambda r: r.owner == "socket"),
    (AttributeError, "a-replyerror-has-code-and", lambda r: r.owner == "ReplyError"),
    (AttributeError, "the-reader-is-no-socket", lambda r: r.own and r.missing in SENDS),
    (AttributeError, "nothing-has-given-the-object", lambda r: r.own),
    (AttributeError, "it-has-was-that-meant", lambda r: r.near),
    (TypeError, "recv-wants-a-number-how", lambda r: r.called in ("recv", "recv_into")),
    (
        TypeError,
        "replyerror-wants-two-things",
        lambda r: r.called in ("__init__", "ReplyError") and "ReplyError" in r.line,
    ),
    (TypeError, "a-class-takes-what-it", lambda r: r.says(r": \w+\(\) takes no arguments")),
    (TypeError, "compare-the-parameters-of-your", lambda r: r.called and r.calls_own),
    (TypeError, "compare-what-you-give-to", lambda r: r.called),
    (TypeError, "something-there-is-none-which", lambda r: r.says("NoneType")),
    (TypeError, "is-an-and-a-sign", lambda r: r.says("bad operand type for unary")),
    (TypeError, "makes-a-float-and-an", lambda r: r.says(FLOATS) and "/" in r.line),
    (TypeError, "a-power-is-written-so", lambda r: r.says(r"for \^")),
    (TypeError, "what-stands-before-the-parentheses", lambda r: r.says("not callable")),
    (TypeError, "a-str-is-made-of", lambda r: r.says(MIXES)),
    (TypeError, "an-int-is-one-thing", lambda r: r.says("'int'.*not .*iterable")),
    (TypeError, "one-octet-of-bytes-is", lambda r: r.says("int") and r.says("bytes")),
    (TypeError, "the-parentheses-after-a-name", lambda r: r.says("'method'|builtin_function")),
    (TypeError, "octets-bytes-and-text-str", lambda r: r.says("bytes|encoded before")),
    (ValueError, "int-takes-digits-and-nothing", lambda r: r.says("invalid literal for int")),
    (ValueError, "there-were-more-pieces-than", lambda r: r.says("unpack")),
    (UnicodeEncodeError, "not-every-text-fits-into", lambda r: True),
    (UnicodeDecodeError, "not-every-octet-is-a", lambda r: True),
    (IndexError, "there-is-nothing-at-that", lambda r: True),
    (KeyError, "no-such-key-was-there", lambda r: True),
    (StopIteration, "nothing-was-left-for-next", lambda r: True),
    (RuntimeError, "nothing-was-left-for-next", lambda r: r.says("raised StopIteration")),
    (EOFError, "that-stands-for-the-end", lambda r: True),
    (RecursionError, "a-function-may-call-itself", lambda r: True),
    (TimeoutError, "a-timeout-was-set-and", lambda r: True),
    (OSError, "the-socket-is-closed-which", lambda r: r.error.errno == 9),
    (Exception, "the-server-said-which-code", is_replyerror),
    (Exception, "your-own-line-raises-it", lambda r: re.match(r"raise\b", r.line.strip())),
)


def after(error: BaseException, text: str, student: Any, line: str) -> str:
    """Advice for an exception; text is its class and message, line the student's own line."""
    raised = Raised(error, text, student, line)
    code = getattr(error, "code", None)
    for kind, key, holds in ADVICE:
        if isinstance(error, kind) and holds(raised):
            holes = {"missing": raised.missing, "called": raised.called, "near": raised.near}
            return WORDS(f"advice.{key}", **holes, code=code)
    return ""
