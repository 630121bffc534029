"""The live MIME explorer: the tree and the lines, each lighting the other.

The page gets the tree, the first lines, and which runs of base64 are folded. It asks for other
lines when they come into sight, and for marks and differences once it stands: a message of 25 MB
opens like one of a few lines.
"""

from typing import Any

from ...lab import Exploration
from ...mime import Letter, Part, Violation
from .. import mime as plain
from ..html import field_value, line_count, one_line, size
from ..rfc import page_link
from ..said import WORDS
from . import MAX_OCTETS, MOST, Live, in_octets

__all__ = ["Model"]

FIRST = 60  # lines that are told unasked
MAX_LINE = 300  # characters of a line in the list
MAX_PLACES = 200  # runs of lines of one difference


class Model(Live):
    def first(self, thing: Exploration) -> dict[str, Any]:
        sides = []
        for outline in thing.letters:
            sides.append({
                "title": plain.side(outline),
                "total": outline.lines.count,
                "nodes": [node(outline, one) for one in outline.parts],
                "folds": [[first, count, line_count(count), size(octets)]
                          for first, count, octets in plain.base64_runs(outline)],
                "limits": [one.sentence for one in outline.limits],
                "rows": rows(outline, 0, FIRST),
            })  # fmt: skip
        return {"title": plain.title(thing), "sides": sides}

    # What the page asks for

    def ask_lines(self, side: int, first: int, count: int) -> dict[str, Any]:
        outline = self.thing.letters[side]
        return {"first": max(0, first), "rows": rows(outline, max(0, first), min(count, MOST))}

    def ask_line(self, side: int, line: int) -> dict[str, Any]:
        """One line in full: what it belongs to, its field decoded, its octets."""
        outline = self.thing.letters[side]
        [(start, end)] = outline.lines.take(line, 1)
        span = outline.span(start)
        text, _ = shown(outline.raw[start:end], MAX_OCTETS)
        about = WORDS(f"mime.kinds_long.{span.kind}", part=plain.called(outline.parts[span.part]))
        texts = [*filter(None, [text, decoded(outline, start, MAX_OCTETS)])]
        return {"about": about, "texts": texts} | in_octets(outline.raw[start:end])

    def ask_marks(self) -> list[dict[str, Any]]:
        """Where a rule is broken, for each of the messages."""
        return [
            {
                "marks": [mark(letter, one) for one in plain.marked(letter)],
                "limits": [one.sentence for one in letter.unjudged],
            }
            for letter in self.thing.letters
        ]

    def ask_differences(self) -> list[dict[str, Any]]:
        told = []
        for one in self.thing.differences:
            sides = list(zip(self.thing.letters, (one.here, one.there), strict=True))
            lines = [[plain.line_range(letter, *run) for run in runs[:MAX_PLACES]]
                     for letter, runs in sides]  # fmt: skip
            nodes = [letter.span(runs[0][0]).part if runs else -1 for letter, runs in sides]
            told.append({"words": plain.difference(one), "sides": lines, "nodes": nodes})
        return told


def node(outline: Letter, one: Part) -> dict[str, Any]:
    """A part as the tree draws it."""
    kind, *others = plain.describe(one)
    head = plain.line_range(outline, one.start, max(one.body, one.start + 1))
    body = head[1] + 1, head[1]
    if one.end > one.body:
        body = plain.line_range(outline, one.body, one.end)
    return {"name": one.name, "level": len(one.path) + 1, "type": kind,
            "about": WORDS("shared.list").join(others), "head": head, "body": body}  # fmt: skip


def shown(octets: bytes, most: int) -> tuple[str, str]:
    """A line for reading, and how it ends: "rn", "n" or ""."""
    end = "rn" if octets.endswith(b"\r\n") else "n" if octets.endswith(b"\n") else ""
    line = octets[: len(octets) - len(end)]
    cut = line[: 4 * most].decode("utf-8", "backslashreplace")
    if len(cut) > most or len(line) > 4 * most:
        return f"{one_line(cut[:most], most)} … ({size(len(line))})", end
    return one_line(cut, most), end


def decoded(outline: Letter, start: int, most: int) -> str:
    """The field of a header in which this octet stands, where it says more when it is decoded."""
    span = outline.span(start)
    if span.field < 0:
        return ""
    field = outline.parts[span.part].fields[span.field]
    same = field.decoded == field.value
    return "" if same else f"{field.name}: {field_value(field.name, field.decoded, most)}"


def rows(outline: Letter, first: int, count: int) -> list[dict[str, Any]]:
    """Some lines as the page wants them."""
    told = []
    for start, end in outline.lines.take(first, count):
        text, ends = shown(outline.raw[start:end], MAX_LINE)
        span = outline.span(start)
        means = decoded(outline, start, MAX_LINE) if span.start == start else ""
        told.append({"t": text, "e": ends, "n": span.part, "k": span.kind, "d": means})
    return told


def mark(outline: Letter, one: Violation) -> dict[str, Any]:
    first, last = plain.line_range(outline, one.start, one.end)
    said = {"line": first, "last": last, "node": outline.span(one.start).part}
    return said | {"words": plain.mark_sentence(one)} | page_link(one.rfc, one.section)
