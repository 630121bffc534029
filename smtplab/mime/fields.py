"""Lines and header fields: line ends, lengths, names and colons. RFC 5322, section 2."""

import re
from collections.abc import Iterator

from .charsets import fits
from .encodings import bare_line_ends
from .rules import Violation, shown
from .tree import Field

__all__ = ["field_violations", "foldable", "line_violations"]

LONGEST = 998  # octets that no line may pass, RFC 5322 section 2.1.1
FOLD = 78  # octets of a header line that can be folded, the same section
FOLD_WORDS = 76  # the same with an encoded word in it, RFC 2047 section 2


def line_violations(octets: bytes, start: int = 0, end: int | None = None) -> Iterator[Violation]:
    """Line ends are CRLF and nothing else; no line is too long."""
    stop = len(octets) if end is None else end
    yield from bare_line_ends(octets, start, stop)
    at = start
    while stop - at > LONGEST:
        # 998 and CRLF. The last line end within reach: one look at a thousand octets.
        near = octets.rfind(b"\n", at, at + LONGEST + 2)
        if near >= 0:
            at = near + 1
            continue
        ends = octets.find(b"\n", at, stop) + 1 or stop
        line = octets[at:ends].rstrip(b"\r\n")
        if len(line) > LONGEST:
            letters = re.fullmatch(rb"[0-9A-Za-z+/]+=*", line) is not None
            values = {"count": len(line), "most": LONGEST, "line": shown(line, 40)}
            yield Violation("line-too-long", at, ends, values, "letters" if letters else "")
        at = ends


def field_violations(one: Field, international: bool = False) -> Iterator[Violation]:
    """The form of a header field: RFC 5322, section 2.2. What it says is not looked at here."""
    place = one.start, one.end
    octets = one.octets
    lines = octets.removesuffix(b"\n").removesuffix(b"\r").split(b"\n")
    if not one.name:
        yield Violation("no-field", *place, {"line": shown(octets.rstrip(b"\r\n"))})
        return
    if any(not line.strip() for line in lines[1:]):
        yield Violation("blank-line", *place)
    if one.octets[len(one.name) : len(one.name) + 1] != b":":
        yield Violation("space-before-colon", *place, {"name": one.name})
    value = one.raw[one.colon : one.end]
    if not value.isascii():
        addresses = one.name.lower() in ("from", "to")
        variant = "" if fits(value, "utf-8") else "not-utf-8"
        if variant or not (international or addresses):
            values = {"name": one.name, "octets": shown(value.strip())}
            yield Violation("raw-header", *place, values, variant)
    at = one.start
    for line in lines:
        yield from _folded(line.rstrip(b"\r"), at, line is lines[0])
        at += len(line) + 1


def _folded(line: bytes, at: int, first: bool) -> Iterator[Violation]:
    """A line that can be folded is no longer than it should be: advice, RFC 5322 section 2.1.1."""
    if foldable(line, first, FOLD_WORDS if b"=?" in line else FOLD):
        values = {"count": len(line), "line": shown(line, 40), "fold": FOLD,
                  "fold_words": FOLD_WORDS}  # fmt: skip
        variant = "colon" if first and len(line.partition(b":")[2].split()) == 1 else ""
        yield Violation("not-folded", at, at + len(line), values, variant)


def foldable(line: bytes, first: bool, most: int) -> bool:
    """Whether a line has more than `most` octets, and could be folded: at a space between words.

    One encoded word too long for the line of the name goes to the next one, if it can.
    """
    words = (line.partition(b":")[2] if first else line).split()
    movable = first and words and b"=?" in words[0] and len(words[0]) < FOLD_WORDS
    return len(line.rstrip()) > most and len(words) > (not movable)
