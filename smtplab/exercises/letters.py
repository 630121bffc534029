"""What lessons 05 to 07 share: octets in the form that the one reader of letters makes of them.

Many octets are right for one header field, text or letter. So it is not they that are compared,
but what a reader makes of them, and whether a rule is broken. An exercise's `key` makes a dict of
that: under "rule" the first `mime.Violation`, or None, and the rest under names that a sentence
can say.

For a table of mistakes, `breaks_rule` tells a violation in the reader's own words, `text_differs`
says how a text that was read differs from the one that was to be sent.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from .. import mime
from ..judge import Facts
from ..words import Words

__all__ = ["CODECS", "alike_until", "as_field", "breaks_rule", "broken", "first_broken", "in_words",
           "text_differs", "told"]  # fmt: skip

WORDS = Words(__file__)
Form = dict[str, Any]
# Of the library, what makes base64 and its like. The rest makes octets of text, as encode() does.
CODECS = tuple(
    f"codecs.{name}" for name in ("encode", "decode", "lookup", "getencoder", "getdecoder")
)
OTHER_CHARSETS = ("gbk", "gb18030", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be",
                  "utf-32", "utf-8-sig", "utf-7")  # fmt: skip

# Forms


def as_field(octets: bytes, *_: Any) -> Form:
    """One header field: its name, its value as a reader shows it, and the count of fields."""
    read = mime.read_fields(octets)
    one = read.value[0] if read.value else None
    violations = list(read.violations)
    if one is not None and "=?" in one.value:
        violations += mime.decode_words(one.value).violations
    return {
        "rule": first_broken(violations, WORDS("called.field")),
        "fields": len(read.value),
        "name": one.name if one else "",
        "value": one.decoded if one else "",
    }


def first_broken(violations: Iterable[mime.Violation], called: str = "") -> mime.Violation | None:
    """The first of them that the course minds: no form that is only obsolete.

    With called a sentence names the octets so, unless they are those of a part inside.
    """
    one = next((each for each in violations if each.kind != "obsolete"), None)
    return one.about(called) if one and called and not one.part else one


# Conditions


def broken(f: Facts) -> str:
    """The name of the rule that the student's octets break, or ""."""
    return f.form["rule"].rule if f.returned and type(f.form) is dict and f.form["rule"] else ""


def breaks_rule(f: Facts) -> Any:
    """A rule is broken: it is told in the words of the reader of letters, with its place."""
    return broken(f) and told(f.form["rule"])


def told(one: mime.Violation | None) -> dict[str, Any]:
    """A violation as a mistake's own words; of none there are none, and the mistake is another."""
    if one is None:
        return {}
    return {"reason": one.rule, "say": one.sentence, "look": one.look, "start": one.start}


def text_differs(f: Facts, name: str) -> Any:
    """The text under this name is another: how it differs, in words, is what is told.

    It is a str, or octets, those of the right text UTF-8.
    """
    got, want = f.form[name], f.due_form[name]
    if isinstance(want, str):
        got, want = got.encode("utf-8", "replace"), want.encode("utf-8")
    return got != want and in_words(WORDS, *_why(got, want))


def alike_until(one: bytes | str, other: bytes | str) -> int:
    """The first place at which the two are not alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def in_words(words: Words, key: str, values: Form) -> dict[str, Any]:
    """A mistake's own words out of a file; what a variant does not say, its reason says."""
    said = {part: words.nearest(key, part, values) for part in ("say", "look")}
    return {"reason": key.partition(".")[0], **said}


def _why(got: bytes, right: bytes) -> tuple[str, Form]:
    """Why the octets that a reader gets are not those of the text: a reason, and values."""
    text = right.decode()
    if got and got in (text.encode("ascii", "replace"), text.encode("ascii", "ignore")):
        return "text-lost", {}
    for charset in OTHER_CHARSETS:
        if got == text.encode(charset, "replace"):
            return "not-utf-8", {"charset": charset}
    if got.startswith((b"b'", b'b"')) and not right.startswith(got[:2]):
        return "repr-of-bytes", {"text": got.decode(errors="replace")}
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        if got == unicodedata.normalize(form, text).encode():
            return "normalised", {"form": form}
    if got.replace(b"\r\r\n", b"\r\n") == right:
        return "cr-doubled", {}
    if re.sub(rb"\r\n?", b"\n", got) == re.sub(rb"\r\n?", b"\n", right):
        return "line-ends.made" if got.count(b"\r\n") > right.count(b"\r\n") else "line-ends", {}
    read = got.decode(errors="replace")
    at = alike_until(read, text)
    values = {"before": text[max(0, at - 12) : at], "read": read[at:], "text": text[at:]}
    return "wrong-text" if at else "wrong-text.start", values
