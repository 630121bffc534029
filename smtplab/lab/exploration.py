"""A message laid open, by itself or beside another one: what stands where, and what differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from hashlib import sha256
from itertools import zip_longest
from typing import Literal

from .mailbox import Message
from .outline import Field, Node, Outline

__all__ = ["Difference", "Exploration"]

MAX_LINES = 400  # of a text that is compared line by line
MAX_TEXTS = 20  # that are compared so
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
    """What `message.explore(other)` returns. outlines has one for each of the two messages."""

    def __init__(self, message: Message, other: Message | None = None) -> None:
        self.message = message
        self.other = other

    @property
    def messages(self) -> tuple[Message, ...]:
        return (self.message,) if self.other is None else (self.message, self.other)

    @cached_property
    def outlines(self) -> tuple[Outline, ...]:
        return tuple(Outline(message.raw) for message in self.messages)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Where they differ, in the order of the octets; what only the other has is last."""
        if self.other is None:
            return ()
        found = list(_Comparison(*self.outlines).differences())
        found.sort(key=lambda one: (not one.here, one.here or one.there))
        return tuple(found[:MAX_DIFFERENCES])

    def __repr__(self) -> str:
        of = " and ".join(f"{len(message.raw):,} octets" for message in self.messages)
        return f"<Exploration of {of}>"


class _Comparison:
    """Two outlines, node by node: those with one media type, one after the other, are a pair."""

    def __init__(self, here: Outline, there: Outline) -> None:
        self.here, self.there = here, there
        self._texts = 0

    def differences(self) -> Iterator[Difference]:
        alone: tuple[list[Node], list[Node]] = ([], [])
        pairs = list(self._pairs([self.here.root], [self.there.root], alone))
        for one, other in pairs:
            yield from self._fields(one, other)
            if not (one.children or other.children):
                yield from self._content(one, other)
        # The same content somewhere else in the tree.
        places: dict[bytes, list[Node]] = {}
        for node in alone[1]:
            if not node.children:
                places.setdefault(self._hash(self.there, node), []).append(node)
        moved = []
        for node in alone[0]:
            same = [] if node.children else places.get(self._hash(self.here, node), [])
            if same:
                other = same.pop(0)
                moved.append(other)
                yield Difference("place", node.type, _all(node), _all(other))
                yield from self._fields(node, other)
            else:
                yield Difference("part", node.type, _head(node), ())
        for node in alone[1]:
            if not any(node is other for other in moved):
                yield Difference("part", node.type, (), _head(node))

    def _pairs(
        self, here: list[Node], there: list[Node], alone: tuple[list[Node], list[Node]]
    ) -> Iterator[tuple[Node, Node]]:
        if len(here) == len(there) == 1 and not (here[0].path or there[0].path):
            matched = [("equal", 0, 1, 0, 1)]  # two messages, whatever they are
        else:
            types = [node.type for node in here], [node.type for node in there]
            matched = list(SequenceMatcher(None, *types, autojunk=False).get_opcodes())
        for tag, i, i_end, j, j_end in matched:
            if tag == "equal":
                for one, other in zip(here[i:i_end], there[j:j_end], strict=True):
                    yield one, other
                    yield from self._pairs(one.children, other.children, alone)
            else:
                alone[0].extend(node for top in here[i:i_end] for node in top.walk())
                alone[1].extend(node for top in there[j:j_end] for node in top.walk())

    def _fields(self, one: Node, other: Node) -> Iterator[Difference]:
        mine, theirs = _by_name(one), _by_name(other)
        for name in dict.fromkeys([*mine, *theirs]):
            for ours, yours in zip_longest(mine.get(name, ()), theirs.get(name, ())):
                values = [
                    None if f is None else " ".join(outline.value(f).split())
                    for outline, f in ((self.here, ours), (self.there, yours))
                ]
                if values[0] == values[1]:
                    continue
                kind: Literal["field", "boundary"] = "field"
                if name == "content-type" and ours and yours:
                    same = one.type == other.type and _others(one) == _others(other)
                    kind = "boundary" if same else "field"
                known = ours or yours
                shown = known.name if known is not None else name
                yield Difference(kind, shown, _field(ours), _field(yours))

    def _content(self, one: Node, other: Node) -> Iterator[Difference]:
        if self._hash(self.here, one) == self._hash(self.there, other):
            return
        here: Ranges = ((one.body, one.end),)
        there: Ranges = ((other.body, other.end),)
        if one.type.startswith("text/") and one.encoding == other.encoding != "base64":
            ours, yours = self._lines(self.here, one), self._lines(self.there, other)
            if max(len(ours), len(yours)) <= MAX_LINES and self._texts < MAX_TEXTS:
                self._texts += 1
                here, there = self._line_by_line(ours, yours)
        yield Difference("content", one.type, here, there)

    def _line_by_line(
        self, here: list[tuple[int, int]], there: list[tuple[int, int]]
    ) -> tuple[Ranges, Ranges]:
        """The runs of lines that differ."""
        ours = [self.here.raw[start:end].rstrip(b"\r\n") for start, end in here]
        yours = [self.there.raw[start:end].rstrip(b"\r\n") for start, end in there]
        changed = [
            (here[i:i_end], there[j:j_end])
            for tag, i, i_end, j, j_end in SequenceMatcher(None, ours, yours, False).get_opcodes()
            if tag != "equal"
        ]
        return (
            tuple((run[0][0], run[-1][1]) for run, _ in changed if run),
            tuple((run[0][0], run[-1][1]) for _, run in changed if run),
        )

    @staticmethod
    def _lines(outline: Outline, node: Node) -> list[tuple[int, int]]:
        """Where the lines of a body begin and end; no more than are compared, and one."""
        at = node.body
        found: list[tuple[int, int]] = []
        while at < node.end and len(found) <= MAX_LINES:
            end = outline.raw.find(b"\n", at, node.end) + 1 or node.end
            found.append((at, end))
            at = end
        return found

    @staticmethod
    def _hash(outline: Outline, node: Node) -> bytes:
        return sha256(outline.content(node)).digest()


def _by_name(node: Node) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for one in node.fields:
        found.setdefault(one.name.lower(), []).append(one)
    return found


def _others(node: Node) -> dict[str, str]:
    """The parameters of Content-Type but for its boundary."""
    return {name: value for name, value in node.parameters.items() if name != "boundary"}


def _field(one: Field | None) -> Ranges:
    return () if one is None else ((one.start, one.end),)


def _head(node: Node) -> Ranges:
    return ((node.start, max(node.body, node.start)),)


def _all(node: Node) -> Ranges:
    return ((node.start, node.end),)
