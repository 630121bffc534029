"""How values and octets are compared, and how they are shown side by side.

A comparison never asks a student's object whether it is equal to something, and showing one
never raises, whatever its methods do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...catalogue import columns, counted, plural, say
from ...lab import Lab
from .peer import ScriptedSocket

__all__ = ["Comparison", "Difference", "caret", "described", "kind", "said", "shown", "unlike"]

WIRE_LINES = 24  # lines of the transcript that a verdict shows; the newest count
WIRE_WIDTH = 100  # characters of one of them


@dataclass(frozen=True)
class Comparison:
    got: bytes | str
    expected: bytes | str
    labels: tuple[str, str]


def said(wire: ScriptedSocket | Lab) -> list[str]:
    """Who said what, with the octets that matter visible, a line each."""
    if isinstance(wire, Lab):
        spoken = [(e.sender, e.data) for session in wire.transcript.sessions[-1:]
                for e in session.events]  # fmt: skip
    else:
        spoken = list(wire.events)
    joined: list[tuple[str, bytes]] = []
    for sender, data in spoken:
        if joined and joined[-1][0] == sender:
            joined[-1] = (sender, joined[-1][1] + data)
        else:
            joined.append((sender, data))
    return [
        f"{sender}: {clip(octets(line))}"
        for sender, data in joined
        for line in data.splitlines(keepends=True)
    ]


def octets(data: bytes) -> str:
    """Octets as in a bytes literal, without its quotes; UTF-8 text stays readable."""
    text = data.decode("utf-8", errors="surrogateescape")
    special = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\"}
    return "".join(
        special.get(c)
        or (
            c
            if c.isprintable()
            else "".join(f"\\x{o:02x}" for o in c.encode("utf-8", "surrogateescape"))
        )
        for c in text
    )


def clip(text: str, width: int = WIRE_WIDTH) -> str:
    return text if len(text) <= width else f"{text[: width - 30]} ... {text[-20:]}"


def caret(comparison: Comparison) -> str:
    """The two values around their first difference, one below the other, and a caret."""
    got, expected = comparison.got, comparison.expected
    both = zip(got, expected, strict=False)
    first = next((i for i, (a, b) in enumerate(both) if a != b), min(len(got), len(expected)))
    start = max(0, first - 40)
    lead = "..." if start else ""

    def excerpt(value: bytes | str, end: int) -> str:
        piece = value[start:end]
        return lead + (octets(piece) if isinstance(piece, bytes) else repr(piece)[1:-1])

    heads = [f"{label}:" for label in comparison.labels]
    width = max(map(len, heads)) + 1
    if all(columns(head) == len(head) for head in heads):
        heads = [head.ljust(width) for head in heads]
    else:  # on a page no number of spaces is as wide as a Chinese character
        width = 2
        heads = [f"{head}\n{' ' * width}" for head in heads]
    end = first + 30
    rows = [
        f"{head}{excerpt(value, end)}{'...' if len(value) > end else ''}"
        for head, value in zip(heads, (got, expected), strict=True)
    ]
    octet = plural("1 octet", "{count:,} octets")
    character = plural("1 character", "{count:,} characters")
    values = {
        "place": first + 1,
        "item": _item(got, first),
        "wanted": _item(expected, first),
        "size": counted(len(got), octet if isinstance(got, bytes) else character),
        "other": f"{len(expected):,}",
    }
    what = (
        # Translators: {size} is "1 octet", or "1 character", {other} the number without the word.
        say("octet {place:,}: {item}, expected {wanted} ({size} against {other})", **values)
        if isinstance(got, bytes)
        else say(
            "character {place:,}: {item}, expected {wanted} ({size} against {other})", **values
        )
    )
    pointer = " " * (width + columns(excerpt(got, first))) + "^"
    return "\n".join([*rows, f"{pointer} {what}"])


def _item(value: bytes | str, index: int) -> str:
    if index >= len(value):
        return say("the end")
    item = value[index : index + 1]
    if isinstance(item, bytes):
        return {b"\r": "CR", b"\n": "LF", b" ": say("a space")}.get(item, octets(item))
    return {"\r": "CR", "\n": "LF", " ": say("a space")}.get(item, item)


@dataclass(frozen=True)
class Difference:
    """Where two values part: "none", "type" or "value", and the two at that place."""

    trouble: str
    got: Any
    expected: Any
    inside: bool = False


def unlike(got: Any, expected: Any) -> Difference | None:
    """The first difference, or None. Never asks the student's __eq__."""
    if got is None and expected is not None:
        return Difference("none", got, expected)
    if type(got) is not type(expected):
        return Difference("type", got, expected)
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(expected, list | tuple):
        if len(got) != len(expected):
            return Difference("value", got, expected)
        pairs = zip(got, expected, strict=True)
    elif isinstance(expected, dict):
        wanted = {type(key): key for key in expected}
        strange = next((key for key in got if expected and type(key) not in wanted), None)
        if strange is not None:
            return Difference("type", strange, next(iter(expected)), inside=True)
        if got.keys() != expected.keys():
            return Difference("value", got, expected)
        pairs = ((got[key], value) for key, value in expected.items())
    elif expected != got:
        return Difference("value", got, expected)
    for inner in (unlike(g, e) for g, e in pairs):
        if inner is not None:
            kind = "type" if inner.trouble == "none" else inner.trouble
            return Difference(kind, inner.got, inner.expected, inside=True)
    return None


def kind(value: Any) -> str:
    names = {
        "int": say("an int"),
        "bytes": say("bytes"),
        "str": say("a str"),
        "list": say("a list"),
        "dict": say("a dict"),
        "NoneType": "None",
        "bool": say("a bool"),
    }
    if isinstance(value, tuple):
        # Translators: {kinds} is "an int, a str".
        return say("a tuple ({kinds})", kinds=say(", ").join(kind(item) for item in value))
    name = type(value).__name__
    return names.get(name) or say("a {kind}", kind=name)


def shown(value: Any) -> str:
    try:
        text = repr(value)
    except BaseException:  # the student's own __repr__, which may raise anything
        text = say("an object of class {kind}", kind=type(value).__name__)
    return clip(text, 90)


def described(error: BaseException) -> str:
    try:
        # Student code is given a ScriptedSocket, and has never heard of it.
        text = " ".join(str(error).replace("ScriptedSocket", "socket").split())
    except BaseException:  # as above
        text = ""
    name = type(error).__name__
    return f"{name}: {clip(text, 160)}" if text else name
