"""Lesson 05: a broken rule in the words of the lesson, and why a text did not come out whole.

Each function here and in `headers` and `bodies` returns None when all is well, or what is wrong: a
reason, a sentence, and what to look at.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from ...catalogue import say
from ..cases import Finding
from ..strict import Broken, shown

__all__ = ["broken", "readable", "url_safe", "wrong_text"]

OTHER_CHARSETS = ("gbk", "gb18030", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be",
                  "utf-32", "utf-8-sig", "utf-7")  # fmt: skip


def broken(reading: Callable[..., Any], *args: Any, **options: Any) -> Finding | None:
    """The rule that a reading finds broken, in the words of this lesson."""
    try:
        reading(*args, **options)
    except Broken as rule:
        match rule.reason:
            case "bare-line-end":
                return (
                    "bare-line-break",
                    say("A line ends in LF or CR alone, where CRLF is wanted."),
                    say('A line end is written "\\r\\n". Strict servers refuse a bare LF.'),
                )
            case "raw-header":
                return (
                    "raw-octets",
                    say(
                        "Octets outside ASCII stand in the field, and nothing says how to read "
                        "them."
                    ),
                    say("encode_word makes ASCII of words that are none."),
                )
            case "line-too-long":
                return (
                    "over-998",
                    say(
                        "A line has {count:,} octets; servers refuse more than 998.",
                        count=len(rule.octets),
                    ),
                    say("What cannot be folded cannot be sent as it is: raise ValueError."),
                )
        return rule.finding
    return None


def readable(octets: bytes) -> str:
    """Octets as text, where they are text."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return shown(octets, 30)
    return repr(text) if len(text) <= 20 else f"{text[:20]!r}..."


def wrong_text(got: bytes, right: bytes) -> Finding:
    """Why the octets that a reader gets are not those of the text."""
    text = right.decode()
    if got in (text.encode("ascii", "replace"), text.encode("ascii", "ignore")):
        return (
            "text-lost",
            say("What is not ASCII was lost on the way."),
            say('text.encode("utf-8") keeps every character.'),
        )
    for charset in OTHER_CHARSETS:
        if got == text.encode(charset, "replace"):
            return (
                "not-utf-8",
                say("The octets are those of {charset}, where UTF-8 is promised.", charset=charset),
                say('text.encode("utf-8") makes them.'),
            )
    if got.startswith((b"b'", b'b"')) and not right.startswith(got[:2]):
        return (
            "repr-of-bytes",
            say(
                "Read back it is {text}: that is how Python shows bytes.",
                text=readable(got),
            ),
            say("An f-string and str() write the b and the quotes too. Join bytes with bytes."),
        )
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        if got == unicodedata.normalize(form, text).encode():
            return (
                "normalised",
                say("The letters look the same, and their characters are not those of the text."),
                say(
                    "unicodedata.normalize({form!r}, text) puts others in their place. Whoever "
                    "wrote the text chose its characters.",
                    form=form,
                ),
            )
    if not got:
        return (
            "nothing-left",
            say("Read back, nothing is left of the text."),
            say("Print what you encode."),
        )
    if right.startswith(got):
        return (
            "end-lost",
            say("The end is missing: {rest}.", rest=readable(right[len(got) :])),
            say("What is still in the piece or line when the loop is over?"),
        )
    if got.startswith(right):
        return (
            "end-added",
            say(
                "After the text comes {rest}, which is not in it.",
                rest=readable(got[len(right) :]),
            ),
            say("The end of the text is not the end of a line, unless it says so."),
        )
    read = got.decode(errors="replace")
    at = next((n for n, (a, b) in enumerate(zip(read, text, strict=False)) if a != b), len(read))
    before = text[max(0, at - 6) : at]
    if read[at : at + 9] and text[at + 1 :].startswith(read[at : at + 9]):
        return (
            "character-lost",
            say("{character!r} is missing after {before!r}.", character=text[at], before=before)
            if at
            else say("{character!r} is missing at the start.", character=text[at]),
            say("Where a new piece begins: does the character that had no room go into it?"),
        )
    if text[at : at + 9] and read[at + 1 :].startswith(text[at : at + 9]):
        return (
            "character-added",
            say(
                "{character!r} stands after {before!r}, and is not in the text.",
                character=read[at],
                before=before,
            )
            if at
            else say(
                "{character!r} stands at the start, and is not in the text.", character=read[at]
            ),
            say("Does a character go into two pieces?"),
        )
    return (
        "wrong-text",
        say("Read back it is {read!r}, and not {text!r}.", read=read[:40], text=text[:40]),
        say("Do by hand what a reader does, and look where the two part."),
    )


def url_safe(what: str) -> Finding:
    return (
        "url-safe",
        say("In {what} the letters - and _ stand where base64 has + and /.", what=what),
        say(
            "That is the alphabet for addresses of web pages, of urlsafe_b64encode. Mail has the "
            "other one, of b64encode."
        ),
    )
