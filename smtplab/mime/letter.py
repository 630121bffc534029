"""A letter laid open: its tree, what each octet belongs to, and every rule that is broken."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from .checks import Check
from .lines import Lines
from .rules import Violation
from .tree import Limit, Part, Scan

__all__ = ["Body", "Letter", "Span"]

BODIES = ("text/html", "text/plain")


class Body(NamedTuple):
    """A text that a mail program shows, and the other forms in which an alternative has it."""

    part: Part
    same: tuple[Part, ...] = ()

    @property
    def forms(self) -> tuple[Part, ...]:
        return (self.part, *self.same)

    def form(self, content_type: str) -> Part | None:
        """The form of that media type, if there is one."""
        return next((one for one in self.forms if one.content_type == content_type), None)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of octets with one meaning."""

    start: int
    kind: str  # header, empty, body, delimiter, preamble, epilogue
    part: int  # in Letter.parts
    field: int = -1  # in Part.fields


class Letter:
    """What `read` returns: the octets of a letter, taken apart. Nothing is raised, whatever came.

    root is the letter itself, with its fields and its children; parts has it and all that is in
    it, in the order of the octets; leaves are the parts that are no multipart.
    """

    def __init__(self, raw: bytes, whole: bool = True) -> None:
        self.raw, self._whole = raw, whole
        scan = Scan(raw)
        self.root = scan.root
        self.parts: tuple[Part, ...] = tuple(self.root.walk())
        self.leaves: tuple[Part, ...] = tuple(self.root.leaves)
        self.limits: tuple[Limit, ...] = tuple(scan.limits)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """What a mail program shows as the letter itself, in order; nothing of enclosed messages.

        Where that is nothing, it is the first text of any kind that is not sent as a file.
        """
        return tuple(_bodies(self.root) or _bodies(self.root, anything=True)[:1])

    # Rules

    @cached_property
    def _check(self) -> Check:
        return Check(self.raw, self.parts, self._whole)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every rule of the RFCs that is broken: 20 times at most.

        In the order in which a strict reader meets them, from the outside in: line ends, then of
        each part its header, its type, its boundary and its delimiters; then what the fields say;
        then the bodies; then what a whole letter must have.
        """
        return tuple(one for one in self._check.found if one.kind != "course")

    @property
    def demands(self) -> tuple[Violation, ...]:
        """The same with what only this course demands, and without obsolete forms."""
        return tuple(one for one in self._check.found if one.kind != "obsolete")

    @property
    def unjudged(self) -> tuple[Limit, ...]:
        """What of the letter was not held against the rules."""
        return tuple(self._check.limits)

    # Places

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.raw)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """All octets, run by run, in order."""
        found = {span.start: span for span in (Span(0, "body", 0), *_spans(self.parts))}
        return tuple(found[at] for at in sorted(found))

    def span(self, at: int) -> Span:
        """What an octet belongs to."""
        behind = bisect_right(self.spans, at, key=lambda span: span.start)
        return self.spans[max(0, behind - 1)]


def _bodies(part: Part, anything: bool = False) -> list[Body]:
    """The texts in a part that are meant to be read, in order: RFC 2046, section 5.1."""
    if not part.is_multipart:
        kind = part.content_type
        meant = kind.startswith("text/") if anything else kind in BODIES and not part.filename
        return [Body(part)] if meant and part.disposition != "attachment" else []
    inside = [_bodies(child, anything) for child in part.children]
    if part.content_type == "multipart/related":  # one is the root: RFC 2387, sections 3.2 and 4
        ids = [child.content_id for child in part.children]
        start = part.parameters.get("start", "").strip("<> ")
        root = ids.index(start) if start in ids else 0
        # What has an id is there for the root to show.
        others = [bodies for number, (one, bodies) in enumerate(zip(ids, inside, strict=True))
                  if number != root and not one]  # fmt: skip
        inside = [*inside[root : root + 1], *others]
    if part.content_type == "multipart/signed":
        inside = inside[:1]
    if part.content_type == "multipart/alternative" and any(inside):
        *others, (first, *more) = filter(None, inside)  # the last that a reader knows: 5.1.4
        same = (one for bodies in others for body in bodies for one in body.forms)
        return [Body(first.part, (*first.same, *same)), *more]
    return [body for bodies in inside for body in bodies]


def _spans(parts: tuple[Part, ...]) -> Iterator[Span]:
    """Where something begins. Of two in one place the later is the one: it is inside the other."""
    for me, part in enumerate(parts):
        if part.head > part.start:
            yield Span(part.start, "header", me)
        yield from (Span(one.start, "header", me, at) for at, one in enumerate(part.fields))
        if part.body > part.head:
            yield Span(part.head, "empty", me)
        if part.end > part.body:
            yield Span(part.body, "preamble" if part.is_multipart else "body", me)
        ends = (None, *(child.end for child in part.children))
        for one, end in zip_longest(part.delimiters, ends[: len(part.delimiters)]):
            # The line end behind a part belongs to the delimiter.
            yield Span(one.start if end is None else min(end, one.start), "delimiter", me)
            if one.end < part.end:  # past a limit, it is body
                yield Span(one.end, "epilogue" if one.closes else "body", me)
