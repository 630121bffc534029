"""How values and octets are made fit to be compared, and how they are shown side by side.

No object of a student's is asked whether it is equal to something, and showing one never raises,
whatever its methods do.
"""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import Any

from wcwidth import wcswidth

from ..lab import Lab
from ..lab.transcript import cut
from .peer import ScriptedSocket
from .said import WORDS

__all__ = ["Opaque", "caret", "described", "kind", "plain", "said", "shown"]

MUCH = 100_000  # octets of a session that are looked through for its last lines
WIRE_LINES = 24  # lines of the transcript that a verdict shows; the newest count
POINTER_WIDTH = 88  # characters of a line with a caret: what is longer leaves the view
WIRE_WIDTH = 100  # characters of one of them
# RFC 8446, section 5.1: the heads of the records of a handshake, and of others.
RECORDS = re.compile(
    rb"(?:\A|(?<=\n))(?:(?P<handshake>\x16)|(?P<other>[\x14-\x17]))\x03[\x00-\x04]"
)
SPECIAL = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\"}


def said(wire: ScriptedSocket | Lab) -> list[str]:
    """Who said what, with the octets that matter visible, a line each.

    Of many only the last WIRE_LINES, and what goes before is counted, unless it is too much.
    """
    if isinstance(wire, Lab):
        spoken = [(e.sender, e.data) for session in wire.transcript.sessions[-1:]
                for e in session.events]  # fmt: skip
    else:
        spoken = list(wire.events)
    serves = isinstance(wire, ScriptedSocket) and wire.serves
    names = {"C": "S", "S": "C"} if serves else {"C": "C", "S": "S"}
    size, first = 0, len(spoken)
    while first and size < MUCH:
        first -= 1
        size += len(spoken[first][1])
    lines = [
        f"{names[sender]}: {line}"
        for sender, events in groupby(spoken[first:], key=itemgetter(0))
        for line in _lines(b"".join(data[-MUCH:] for _, data in events))
    ]
    if size >= MUCH:
        return [WORDS("formatting.and-much-more-before"), *lines[-WIRE_LINES + 1 :]]
    if (before := len(lines) - WIRE_LINES) > 0:
        return [WORDS("check.lines-before", count=before), *lines[-WIRE_LINES:]]
    return lines


def _lines(data: bytes) -> list[str]:
    """What one side said in a row. Records of TLS, where no line ends but by chance, are one."""
    found = RECORDS.search(data)
    talk = data[: found.start()] if found else data
    lines = [clip(octets(line)) for line in cut(talk)]
    if found:
        count = WORDS("formatting.octets", count=len(data) - len(talk))
        lines.append(WORDS(f"formatting.tls.{found.lastgroup}", octets=count))
    return lines


def octets(data: bytes) -> str:
    """Octets as in a bytes literal, without its quotes; UTF-8 text stays readable."""
    return "".join(map(_visible, data.decode("utf-8", errors="surrogateescape")))


def _visible(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    escaped = (f"\\x{octet:02x}" for octet in character.encode("utf-8", "surrogateescape"))
    return SPECIAL.get(character) or "".join(escaped)


def clip(text: str, width: int = WIRE_WIDTH) -> str:
    return text if len(text) <= width else f"{text[: width - 30]} ... {text[-20:]}"


def caret(got: bytes | str, expected: bytes | str, labels: tuple[str, str]) -> str:
    """The two values around their first difference, one below the other, and a caret."""
    both = zip(got, expected, strict=False)
    first = next((i for i, (a, b) in enumerate(both) if a != b), min(len(got), len(expected)))
    start = max(0, first - 40)
    lead = "..." if start else ""

    def excerpt(value: bytes | str, end: int) -> str:
        piece = value[start:end]
        return lead + (octets(piece) if isinstance(piece, bytes) else repr(piece)[1:-1])

    heads = [f"{label}:" for label in labels]
    width = max(map(len, heads)) + 1
    if all(wcswidth(head) == len(head) for head in heads):
        heads = [head.ljust(width) for head in heads]
    else:  # on a page no number of spaces is as wide as a Chinese character, nor is a colon
        width = 2
        heads = [f"{label}\N{FULLWIDTH COLON}\n{' ' * width}" for label in labels]
    end = first + 30
    rows = [
        f"{head}{excerpt(value, end)}{'...' if len(value) > end else ''}"
        for head, value in zip(heads, (got, expected), strict=True)
    ]
    unit = "octet" if isinstance(got, bytes) else "character"
    what = WORDS(
        f"formatting.{unit}-expected-against",
        place=first + 1,
        item=_item(got, first),
        wanted=_item(expected, first),
        size=WORDS(f"formatting.{unit}s", count=len(got)),
        other=f"{len(expected):,}",
    )
    column = width + wcswidth(excerpt(got, first))
    left = column - wcswidth(what) - 1  # where it begins, if it stands before the caret
    if column + wcswidth(what) < POINTER_WIDTH or left < 0:
        return "\n".join([*rows, f"{' ' * column}^ {what}"])
    return "\n".join([*rows, f"{' ' * left}{what} ^"])


def _item(value: bytes | str, index: int) -> str:
    """What stands at a place, by its name where it has one."""
    item = value[index : index + 1]
    if not item:
        return WORDS("formatting.the-end")
    names = {"\r": "CR", "\n": "LF", " ": WORDS("formatting.a-space")}
    character = item.decode("latin-1") if isinstance(item, bytes) else item
    return names.get(character) or (octets(item) if isinstance(item, bytes) else item)


class Opaque:
    """In the place of an object of a student's own, which may answer anything."""

    def __init__(self, thing: Any) -> None:
        self.error, self.shown = isinstance(thing, BaseException), shown(thing)
        self.kind = type(thing).__name__

    def __repr__(self) -> str:
        return self.shown


# How the data of a built-in is read without asking a method of a class that is derived from it.
READ: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    float: float.__float__,
    bytearray: lambda value: bytearray.__getitem__(value, slice(None)),
}
HELD: dict[type, Callable[[Any], Any]] = {
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    frozenset: frozenset.__iter__,
}


def plain(value: Any, other: Callable[[Any], Any] = Opaque, depth: int = 20) -> Any:
    """A copy that is safe to compare and to show: no method of a student's class is asked.

    What is derived from a built-in counts as that: a namedtuple as a tuple, an OrderedDict as a
    dict. What is neither, and what lies deeper than depth, is other(value).
    """
    if value is None or type(value) is bool:
        return value
    for built_in, read in READ.items():
        if issubclass(type(value), built_in):
            return read(value)
    if depth:
        for built_in, inside in HELD.items():
            if issubclass(type(value), built_in):
                return built_in(plain(each, other, depth - 1) for each in inside(value))
        if issubclass(type(value), dict):
            pairs = [tuple(plain(each, other, depth - 1) for each in pair)
                     for pair in dict.items(value)]  # fmt: skip
            with suppress(Exception):  # a key of a student's own class may object to be one
                copy = dict(pairs)
                if len(copy) == len(pairs):
                    return copy
    return other(value)


def kind(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, tuple):
        kinds = WORDS("formatting.text").join(map(kind, value))
        return WORDS("formatting.a-tuple", kinds=kinds)
    return WORDS.get(f"formatting.kinds.{name}") or WORDS("formatting.a", kind=name)


def shown(value: Any) -> str:
    try:
        text = repr(value)
        if any(map(unicodedata.combining, text)):  # one that looks like another
            text = ascii(value)
    except BaseException:  # the student's own __repr__, which may raise anything
        text = WORDS("formatting.an-object-of-class", kind=type(value).__name__)
    return clip(text, 90)


def described(error: BaseException) -> str:
    try:
        # Student code is given a ScriptedSocket, and has never heard of it.
        text = " ".join(str(error).replace("ScriptedSocket", "socket").split())
    except BaseException:  # as above
        text = ""
    name = type(error).__name__
    return f"{name}: {clip(text, 160)}" if text else name
