"""Lesson 01: which wrong idea is behind a line that LineReader cut wrongly, lost or let grow."""

from ...catalogue import say
from ..cases import Finding, is_one_of, promised
from .sockets import amount, caught, short

__all__ = [
    "CRLF_CUT",
    "ENDED",
    "ENDS_AT_CR",
    "ENDS_AT_LF",
    "LIMIT_COUNTS_CR",
    "LIMIT_COUNTS_CRLF",
    "LIMIT_ON_BUFFER",
    "LIMIT_TOO_LATE",
    "LONGER",
    "LOSES_CR",
    "LOSES_SPACE",
    "NOT_A_CLASS",
    "SEVERAL_LINES",
    "SHARED_BUFFER",
    "SKIPS_EMPTY_LINE",
    "ended_in_line",
    "half_returned",
    "line_refused",
    "no_line",
    "no_read_line",
    "not_refused",
    "one_half",
    "one_piece",
    "over_read_lost",
    "same_line_again",
    "wrong_crlf",
    "wrong_line",
]

# The lines

NOT_A_CLASS: Finding = (
    "not-a-class",
    say(
        "LineReader is a function here, and is to be a class: each reader keeps what it over-read."
    ),
    say("The stub begins with `class LineReader:`, and `def read_line` stands inside."),
)
SEVERAL_LINES: Finding = (
    "several-lines",
    say("Three lines came in one segment, and read_line returned more than the first of them."),
    say("Where does the first CRLF stand, and what follows it?"),
)
SHARED_BUFFER: Finding = (
    "shared-buffer",
    say("Of two readers, one returned what had come to the other: they share a buffer."),
    say("Each reader keeps its own: self.buffer, set in __init__."),
)
CRLF_CUT: Finding = (
    "crlf-cut",
    say("CR came in one piece and LF in the next, and read_line did not see the line end."),
    say("Look for CRLF in everything that has come, not in the newest piece."),
)
SKIPS_EMPTY_LINE: Finding = (
    "skips-empty-line",
    say("An empty line came, and read_line passed over it."),
    say("An empty line is a line: it ends the header of every mail."),
)
WHERE_IT_ENDS = say("A line ends where CR and LF stand side by side. All else belongs to the line.")
ENDS_AT_LF: Finding = "ends-at-lf", say("read_line ended its line at a lone LF."), WHERE_IT_ENDS
ENDS_AT_CR: Finding = "ends-at-cr", say("read_line ended its line at a lone CR."), WHERE_IT_ENDS
LOSES_SPACE: Finding = "strips", say("read_line took white space off the line."), WHERE_IT_ENDS
LOSES_CR: Finding = "strips", say("read_line took more off the line than its CRLF."), WHERE_IT_ENDS
ENDED = promised(
    "EOFError",
    # Translators: then follows "ValueError was raised, and EOFError was promised".
    say("The stream ended,"),
    caught("EOFError"),
)


def no_read_line(reader: object) -> Finding:
    others = [name for name in vars(type(reader)) if not name.startswith("_")]
    if len(others) == 1:
        return (
            "no-read-line",
            say("LineReader has {name}; the name wanted is read_line.", name=others[0]),
            say("Give the method the name that stands in the stub."),
        )
    return (
        "no-read-line",
        say("LineReader(sock) gives an object without a method read_line."),
        say("Is read_line indented, so that it stands inside the class?"),
    )


def ended_in_line(expected: bytes) -> Finding:
    """EOFError where a line had come."""
    if expected:
        return (
            "no-end-here",
            say(
                "read_line raised EOFError although a whole line had come: {expected!r}.",
                expected=expected,
            ),
            say("Look into the buffer for a CRLF before you look for the end of the stream."),
        )
    return (
        "empty-line-is-no-end",
        say('An empty line came, b"\\r\\n", and read_line raised EOFError.'),
        say('The line without its CRLF is b"". That is not the b"" of recv: keep the two apart.'),
    )


def line_refused(expected: bytes, error: ValueError) -> Finding:
    return (
        "refused",
        say(
            "read_line raised ValueError for a line of {octets}: {error}",
            octets=amount(len(expected)),
            error=error,
        ),
        say("ValueError is for a line that is longer than the limit."),
    )


def no_line(got: object) -> Finding:
    """What was returned is not even octets."""
    if got is None:
        return (
            "returned-none",
            say("read_line returned None where the line, in bytes, was expected."),
            say("Does every way through read_line end in return?"),
        )
    return (
        "wrong-type",
        say(
            "read_line returned a value of type {kind} where the line, in bytes, was expected.",
            kind=type(got).__name__,
        ),
        say("A line is octets as they came: nothing needs to be decoded or wrapped."),
    )


def wrong_crlf(got: object, expected: bytes) -> Finding | None:
    """The line with more or less of a line end."""
    look = say("CRLF is two octets, and no part of the line.")
    if is_one_of(got, expected + b"\r\n"):
        sentence = say("read_line returned the line with its CRLF; the docstring wants it without.")
        return "keeps-crlf", sentence, look
    if is_one_of(got, expected + b"\r"):
        return "keeps-cr", say("read_line took the LF off its line, and left the CR."), look
    if is_one_of(got, b"\n" + expected):
        sentence = say(
            "read_line ended the line before this one at its CR, and gave the LF to this one."
        )
        return "lf-left-over", sentence, look
    return None


def wrong_line(sentence: str) -> Finding:
    """No mistake that has a name."""
    return (
        "wrong-line",
        sentence,
        say("Compare the octets: where does your line begin or end differently?"),
    )


def one_piece(got: object, line: bytes, size: int) -> Finding | None:
    """The first or the last of the pieces in which a line came, with or without its CRLF."""
    if is_one_of(got, line[:size]):
        return (
            "single-recv",
            say(
                "read_line returned {got!r}, which is what the first recv brought: the rest of the "
                "line is still to come.",
                got=got,
            ),
            say("How do you know that a line is whole?"),
        )
    if is_one_of(got, line[-size:], line[-size:-2]):
        return (
            "last-piece-only",
            say(
                "read_line returned {got}, the last piece of its line, without those before it.",
                got=short(got),
            ),
            say("What becomes of a piece when it holds no line end?"),
        )
    return None


def same_line_again(got: object, last: bytes) -> Finding | None:
    if is_one_of(got, last):
        return (
            "same-line-again",
            say("read_line returned {last!r} again: it still stands in the buffer.", last=last),
            say("What read_line has returned goes out of self.buffer, with its CRLF."),
        )
    return None


def one_half(got: object, kept: bytes, came: bytes) -> Finding | None:
    """Half of the second line: what had come with the first line, or what came after it."""
    if is_one_of(got, came):
        return (
            "over-read-lost",
            say(
                "The second line came in two pieces, and read_line returned the second piece alone."
            ),
            say("The first piece had come with the line before. Where is it?"),
        )
    if is_one_of(got, kept):
        return (
            "half-line",
            say(
                "read_line returned what it had kept, {kept!r}, before its line was whole.",
                kept=kept,
            ),
            say("What you have kept is a line only if a CRLF stands in it."),
        )
    return None


def over_read_lost(number: int) -> Finding:
    """The stream has ended instead of line 2, or of line 3."""
    return (
        "over-read-lost",
        say(
            "The second line had come together with the first, and in its place read_line says "
            "that the stream has ended."
        )
        if number == 2
        else say(
            "The third line had come together with the first, and in its place read_line says "
            "that the stream has ended."
        ),
        say(
            "One recv brought all three lines. Where is what you did not return, and do you look "
            "there before the next recv?"
        ),
    )


def half_returned(got: object, rest: bytes) -> Finding:
    """No EOFError at the end of the stream; rest is what had come of an unfinished line."""
    if type(got) is bytes and got and rest.startswith(got):
        return (
            "half-line",
            say(
                "The stream ended inside a line, and read_line returned the half, {got!r}, as if "
                "it were whole.",
                got=got,
            ),
            say("Half a reply is no reply. What does the docstring promise at the end?"),
        )
    if type(got) is bytes and not got:
        return (
            "end-as-empty-line",
            say("The stream had ended, and read_line returned b'', which means an empty line."),
            say("The caller cannot tell the two apart. What does the docstring promise?"),
        )
    return (
        "end-unnoticed",
        say("The stream had ended, and read_line returned {got}.", got=short(got, last=True)),
        say("What does the docstring promise at the end of the stream?"),
    )


# The limit

LONGER = promised(
    "ValueError",
    # Translators: then follows "EOFError was raised, and ValueError was promised".
    say("The line was longer than the limit,"),
    caught("ValueError"),
)
LIMIT_COUNTS_CRLF: Finding = (
    "limit-counts-crlf",
    say("With limit=10, read_line refused a line of 10 octets."),
    say(
        "The limit is for the line without its CRLF, and a line of exactly that length is allowed."
    ),
)
LIMIT_COUNTS_CR: Finding = (
    "limit-counts-cr",
    say(
        "With limit=10, read_line refused a line of 10 octets when its CR had come and its LF not."
    ),
    say("Ten octets and a CR may still become a line of ten octets."),
)
LIMIT_ON_BUFFER: Finding = (
    "limit-on-buffer",
    say("With limit=10, read_line refused short lines because several came at once."),
    say("The limit is for one line, not for all that has come."),
)
LIMIT_TOO_LATE: Finding = (
    "limit-too-late",
    say(
        "The limit was 10, and read_line went on reading to the end of the stream: a line that "
        "never ends would fill the memory."
    ),
    say("The length has to be looked at while the line comes, not only when it is whole."),
)


def not_refused(got: object, line: bytes, limit: int, *, whole: bool) -> Finding:
    """No ValueError for a line that is longer than the limit; whole if it came in one piece."""
    if is_one_of(got, line):
        return (
            "no-limit",
            say(
                "The limit was {limit}, and read_line took a line of {octets}.",
                limit=limit,
                octets=amount(len(line)),
            ),
            say(
                "Is the length compared with self.limit also when the whole line comes in one "
                "piece?"
            )
            if whole
            else say("Is the length of the line ever compared with self.limit?"),
        )
    if is_one_of(got, line[:limit]):
        return (
            "cut-at-limit",
            say(
                "read_line returned the first {octets} of a longer line as if that were the line.",
                octets=amount(limit),
            ),
            say(
                "A cut line means something else than the server said. What does the docstring "
                "promise?"
            ),
        )
    return (
        "limit-not-raised",
        say(
            "The line was longer than the limit of {limit}, and read_line returned {got}.",
            limit=limit,
            got=short(got, last=True),
        ),
        say("Which exception does the docstring promise, and does `raise` stand before it?"),
    )
