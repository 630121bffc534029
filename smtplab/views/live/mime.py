"""The live MIME explorer: the tree and the lines, each lighting the other.

The page gets the tree, the first lines, and which runs of base64 are folded. It asks for other
lines when they come into sight, and for marks and differences once it stands: a message of 25 MB
opens like one of a few lines.
"""

from base64 import b64encode
from typing import Any, ClassVar

from ...catalogue import counted
from ...exercises.marks import Mark
from ...lab import Exploration, Node, Outline
from .. import texts
from ..html import one_line, size
from ..mime import (
    base64_runs,
    called,
    describe,
    difference,
    judged,
    limits,
    line_range,
    mark_limits,
    mark_sentence,
    side,
    title,
)
from . import Live

__all__ = ["Model"]

FIRST = 60  # lines that are told unasked
MOST = 400  # lines of one answer
MAX_LINE = 300  # characters of a line in the list
MAX_OCTETS = 4_096  # of one line
MAX_PLACES = 200  # runs of lines of one difference


class Model(Live):
    name: ClassVar[str] = "mime"
    words: ClassVar[dict[str, Any]] = texts.LIVE_MIME

    def first(self, thing: Exploration) -> dict[str, Any]:
        sides = []
        for outline in thing.outlines:
            sides.append({
                "title": side(outline),
                "total": outline.lines.count,
                "nodes": [node(outline, one) for one in outline.nodes],
                "folds": [[first, count, counted(count, texts.LINES), size(octets)]
                          for first, count, octets in base64_runs(outline)],
                "limits": limits(outline),
                "rows": rows(outline, 0, FIRST),
            })  # fmt: skip
        return {"title": title(thing), "sides": sides}

    # What the page asks for

    def ask_lines(self, side: int, first: int, count: int) -> dict[str, Any]:
        outline = self.thing.outlines[side]
        return {"first": max(0, first), "rows": rows(outline, max(0, first), min(count, MOST))}

    def ask_line(self, side: int, line: int) -> dict[str, Any]:
        """One line in full: what it belongs to, its field decoded, its octets in base64."""
        outline = self.thing.outlines[side]
        [(start, end)] = outline.lines.take(line, 1)
        span = outline.span(start)
        one = outline.nodes[span.node]
        said: dict[str, Any] = {
            "about": texts.MIME_KINDS_LONG[span.kind].format(part=called(one)),
            "text": shown(outline.raw[start:end], MAX_OCTETS)[0],
            "size": size(end - start),
            "cut": end - start > MAX_OCTETS,
            "octets": b64encode(outline.raw[start : min(end, start + MAX_OCTETS)]).decode("ascii"),
        }
        if span.field >= 0:
            field = one.fields[span.field]
            decoded = outline.decoded(field)
            if decoded != outline.value(field):
                said["decoded"] = f"{field.name}: {one_line(decoded, MAX_OCTETS)}"
        return said

    def ask_marks(self) -> list[dict[str, Any]]:
        """Where a rule is broken, and what Python's parser finds; for each of the messages."""
        thing = self.thing
        sides = []
        for number, outline in enumerate(thing.outlines):
            found = judged(thing, number)
            sides.append({"marks": [mark(outline, one) for one in found],
                          "limits": mark_limits(thing, number)})  # fmt: skip
        return sides

    def ask_differences(self) -> list[dict[str, Any]]:
        thing = self.thing

        def lines(number: int, runs: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
            return [line_range(thing.outlines[number], *run) for run in runs[:MAX_PLACES]]

        def node(number: int, runs: tuple[tuple[int, int], ...]) -> int:
            return thing.outlines[number].span(runs[0][0]).node if runs else -1

        return [
            {
                "words": difference(one),
                "sides": [lines(0, one.here), lines(1, one.there)],
                "nodes": [node(0, one.here), node(1, one.there)],
            }
            for one in thing.differences
        ]


def node(outline: Outline, one: Node) -> dict[str, Any]:
    """A part as the tree draws it."""
    kind, *others = describe(one)
    head = line_range(outline, one.start, max(one.body, one.start + 1))
    body = line_range(outline, one.body, one.end) if one.end > one.body else (head[1] + 1, head[1])
    return {"name": one.name, "level": len(one.path) + 1, "type": kind,
            "about": texts.LIST.join(others), "called": called(one), "head": head,
            "body": body}  # fmt: skip


def shown(octets: bytes, most: int) -> tuple[str, str]:
    """A line for reading, and how it ends: "rn", "n" or ""."""
    end = "rn" if octets.endswith(b"\r\n") else "n" if octets.endswith(b"\n") else ""
    line = octets[: len(octets) - len(end)]
    cut = line[: 4 * most].decode("utf-8", "backslashreplace")
    if len(cut) > most or len(line) > 4 * most:
        return f"{one_line(cut[:most], most)} … ({size(len(line))})", end
    return one_line(cut, most), end


def rows(outline: Outline, first: int, count: int) -> list[dict[str, Any]]:
    """Some lines as the page wants them."""
    told = []
    for start, end in outline.lines.take(first, count):
        text, ends = shown(outline.raw[start:end], MAX_LINE)
        span = outline.span(start)
        row: dict[str, Any] = {"t": text, "e": ends, "n": span.node, "k": span.kind}
        if span.field >= 0 and span.start == start:
            field = outline.nodes[span.node].fields[span.field]
            decoded = outline.decoded(field)
            if decoded != outline.value(field):
                row["d"] = f"{field.name}: {one_line(decoded, MAX_LINE)}"
        told.append(row)
    return told


def mark(outline: Outline, one: Mark) -> dict[str, Any]:
    first, last = line_range(outline, one.start, one.start + one.length)
    said: dict[str, Any] = {"line": first, "last": last, "node": outline.span(one.start).node,
                            "kind": "defect" if one.reason == "defect" else "rule",
                            "words": mark_sentence(one)}  # fmt: skip
    if one.rfc:
        said["label"] = texts.RFC_LABEL.format(rfc=one.rfc, section=one.section)
        said["link"] = texts.RFC_URL.format(rfc=one.rfc, section=one.section)
    return said
