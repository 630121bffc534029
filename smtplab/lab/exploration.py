"""A message laid open, by itself or beside another one: what stands where, and what differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import zip_longest
from typing import Literal

from ..mime import Field, Letter, Part
from .transcript import cut

__all__ = ["Difference", "Exploration"]

MAX_LINES = 400  # of a text that is compared line by line
MAX_TEXTS = 20  # that are compared so, of one message
MAX_DIFFERENCES = 500

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two messages differ, with its octets in both.

    kind is "part" (there is such a part in one of them), "place" (one content, in two places of
    the tree), "field" (of a header), "boundary" (a Content-Type differs in nothing else) or
    "content" (of a part, decoded). here and there are the runs of octets, (start, end), in the
    one and in the other message; one of them is empty where there is nothing like it.
    """

    kind: Literal["part", "place", "field", "boundary", "content"]
    name: str  # of the field, else the media type
    here: Ranges
    there: Ranges


class Exploration:
    """What `message.explore(other)` returns. letters has each of the two, taken apart."""

    def __init__(self, *letters: Letter) -> None:
        self.letters = letters

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Where they differ, in the order of the octets; what only the other has is last."""
        if len(self.letters) < 2:
            return ()
        found = list(_Comparison().differences(*(letter.root for letter in self.letters)))
        found.sort(key=lambda one: (not one.here, one.here or one.there))
        return tuple(found[:MAX_DIFFERENCES])

    def __repr__(self) -> str:
        of = " and ".join(f"{len(letter.raw):,} octets" for letter in self.letters)
        return f"<Exploration of {of}>"


class _Comparison:
    """Two letters, part by part: those with one media type, one after the other, are a pair."""

    def __init__(self) -> None:
        self._texts = MAX_TEXTS  # that may still be compared line by line

    def differences(self, here: Part, there: Part) -> Iterator[Difference]:
        alone: tuple[list[Part], list[Part]] = ([], [])
        pairs = list(self._pairs([here], [there], alone))
        for one, other in pairs:
            yield from self._fields(one, other)
            if not (one.children or other.children):
                yield from self._content(one, other)
        # The same content somewhere else in the tree.
        places: dict[bytes, list[Part]] = {}
        for part in alone[1]:
            if not part.children:
                places.setdefault(part.content, []).append(part)
        moved = set()
        for part in alone[0]:
            same = [] if part.children else places.get(part.content, [])
            if same:
                other = same.pop(0)
                moved.add(other.path)
                yield Difference("place", part.content_type, _all(part), _all(other))
                yield from self._fields(part, other)
            else:
                yield Difference("part", part.content_type, _head(part), ())
        for part in alone[1]:
            if part.path not in moved:
                yield Difference("part", part.content_type, (), _head(part))

    def _pairs(
        self, here: list[Part], there: list[Part], alone: tuple[list[Part], list[Part]]
    ) -> Iterator[tuple[Part, Part]]:
        if len(here) == len(there) == 1 and not (here[0].path or there[0].path):
            matched = [("equal", 0, 1, 0, 1)]  # two messages, whatever they are
        else:
            types = [part.content_type for part in here], [part.content_type for part in there]
            matched = list(SequenceMatcher(None, *types, autojunk=False).get_opcodes())
        for tag, i, i_end, j, j_end in matched:
            if tag == "equal":
                for one, other in zip(here[i:i_end], there[j:j_end], strict=True):
                    yield one, other
                    yield from self._pairs(one.children, other.children, alone)
            else:
                alone[0].extend(part for top in here[i:i_end] for part in top.walk())
                alone[1].extend(part for top in there[j:j_end] for part in top.walk())

    def _fields(self, one: Part, other: Part) -> Iterator[Difference]:
        mine, theirs = _by_name(one), _by_name(other)
        for name in dict.fromkeys([*mine, *theirs]):
            for ours, yours in zip_longest(mine.get(name, ()), theirs.get(name, ())):
                values = [None if f is None else " ".join(f.value.split()) for f in (ours, yours)]
                if values[0] == values[1]:
                    continue
                kind: Literal["field", "boundary"] = "field"
                if name == "content-type" and ours and yours:
                    same = one.content_type == other.content_type and _others(one) == _others(other)
                    kind = "boundary" if same else "field"
                shown = next(field.name for field in (ours, yours) if field)
                yield Difference(kind, shown, _field(ours), _field(yours))

    def _content(self, one: Part, other: Part) -> Iterator[Difference]:
        if one.content == other.content:
            return
        here, there = _body(one), _body(other)
        octets = [part.raw[part.body : part.end] for part in (one, other)]
        is_text = one.content_type.startswith("text/")
        is_short = max(run.count(b"\n") for run in octets) <= MAX_LINES
        if is_text and is_short and one.encoding == other.encoding != "base64" and self._texts > 0:
            self._texts -= 1
            ours, yours = map(cut, octets)
            mine, theirs = ([line.rstrip(b"\r\n") for line in lines] for lines in (ours, yours))
            matched = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
            changed = [run for tag, *run in matched if tag != "equal"]
            here = tuple(_run(one, ours, i, i_end) for i, i_end, _, _ in changed if i < i_end)
            there = tuple(_run(other, yours, j, j_end) for _, _, j, j_end in changed if j < j_end)
        yield Difference("content", one.content_type, here, there)


def _run(part: Part, lines: list[bytes], first: int, end: int) -> tuple[int, int]:
    """Where some lines of a body stand among the octets of the message."""
    start = part.body + sum(map(len, lines[:first]))
    return start, start + sum(map(len, lines[first:end]))


def _by_name(part: Part) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for one in part.fields:
        found.setdefault(one.name.lower(), []).append(one)
    return found


def _others(part: Part) -> dict[str, str]:
    """The parameters of Content-Type but for its boundary."""
    return {name: value for name, value in part.parameters.items() if name != "boundary"}


def _field(one: Field | None) -> Ranges:
    return () if one is None else ((one.start, one.end),)


def _head(part: Part) -> Ranges:
    return ((part.start, max(part.body, part.start)),)


def _body(part: Part) -> Ranges:
    return ((part.body, part.end),)


def _all(part: Part) -> Ranges:
    return ((part.start, part.end),)
