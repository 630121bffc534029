"""Where everything stands in a message: header fields, delimiters, and bodies, as octets.

Theory of operation. Nothing here is decoded, judged or copied: an `Outline` says of each thing
where it begins and ends in the octets as sent. It goes from the outside in, as RFC 2046 has it:
a header ends at the first empty line; its boundary cuts the body; each piece is a part with a
header of its own. A line ends in LF, with or without a CR before it. A CR alone ends no line.

Messages come from anybody. The scan is linear in their size, for each level of nesting, and
levels, parts and fields are counted: what is past a limit is left whole, and `limits` says so.
"""

import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header
from email.utils import collapse_rfc2231_value, decode_params, quote, unquote
from functools import cached_property

from .mailbox import codec

__all__ = ["Delimiter", "Field", "Lines", "Node", "Outline", "Span"]

MAX_DEPTH = 30
MAX_NODES = 500
MAX_FIELDS = 2_000  # of all headers together
MAX_HEADER_LINES = 20_000  # of all headers together
MAX_LOOKS = 100_000  # places that look like a delimiter
MAX_VALUE = 5_000  # octets of a field that is decoded
MAX_VALUES = 200_000  # octets of all fields that are decoded
MAX_PARAMETERS = 50

NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")  # RFC 5322, section 2.2: printable, and no colon
# RFC 2045, section 5.1, read with patience: what is wrong with it is not said here.
PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)', re.DOTALL)
REST = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")  # of a delimiter: RFC 2046, section 5.1.1
AS_IT_IS = ("7bit", "8bit", "binary")  # RFC 2045, section 6.2
BLOCK = 16_384  # octets


class Lines:
    """The lines of some octets, numbered from 0, without a list of them all."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._before = [0]  # how many lines end before each block
        for at in range(0, len(raw), BLOCK):
            self._before.append(self._before[-1] + raw.count(b"\n", at, at + BLOCK))
        self.count = self._before[-1] + (1 if raw and not raw.endswith(b"\n") else 0)

    def number(self, at: int) -> int:
        """The line in which an octet stands."""
        block = min(at, len(self._raw)) // BLOCK
        return self._before[block] + self._raw.count(b"\n", block * BLOCK, at)

    def start(self, number: int) -> int:
        """Where a line begins; the end of the octets for those that are not there."""
        if number <= 0:
            return 0
        block = bisect_left(self._before, number) - 1
        if block + 1 >= len(self._before):
            return len(self._raw)
        at = block * BLOCK
        for _ in range(number - self._before[block]):
            at = self._raw.index(b"\n", at) + 1
        return at

    def take(self, first: int, count: int) -> Iterator[tuple[int, int]]:
        """Where so many lines begin and end, their line ends included."""
        at = self.start(first)
        for _ in range(max(0, min(count, self.count - first))):
            end = self._raw.find(b"\n", at) + 1 or len(self._raw)
            yield at, end
            at = end


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: all of its lines. One that has no name is a line that is no field."""

    name: str
    start: int
    value: int  # where its value begins, after the colon
    end: int


@dataclass(frozen=True, slots=True)
class Delimiter:
    """A line that cuts; the CRLF in front of it belongs to it (RFC 2046, section 5.1.1)."""

    start: int  # of the line
    end: int
    closes: bool


@dataclass(slots=True)
class Node:
    """A message or a part: the header from `start`, the body from `body` to `end`."""

    path: tuple[int, ...]
    start: int
    end: int
    body: int = 0
    head: int = 0  # where the header ends: the empty line stands between it and the body
    fields: list[Field] = field(default_factory=list)
    type: str = "text/plain"  # RFC 2045, section 5.2
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    encoding: str = "7bit"  # RFC 2045, section 6.1
    delimiters: list[Delimiter] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its place in the tree: "1.2" is the second part of the first, "" is the message."""
        return ".".join(map(str, self.path))

    @property
    def boundary(self) -> str:
        return self.parameters.get("boundary", "") if self.type.startswith("multipart/") else ""

    def walk(self) -> Iterator["Node"]:
        """Itself, and all that is in it, in the order of the octets."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Span:
    """A run of octets with one meaning."""

    start: int
    kind: str  # header, empty, body, delimiter, preamble, epilogue
    node: int  # in Outline.nodes
    field: int = -1  # in Node.fields


class Outline:
    """The tree of a message, with the place of everything in its octets."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._limits: dict[str, int] = {}
        self._nodes = self._fields = self._header_lines = self._looks = self._values = 0
        self.root = self._node((), 0, len(raw), "text/plain")
        self.nodes = tuple(self.root.walk())

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """What was not looked at to the end: depth, parts, fields, looks; and the limit of each."""
        return tuple(self._limits.items())

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.raw)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """All octets, run by run, in order."""
        numbers = {id(node): number for number, node in enumerate(self.nodes)}
        spans: list[Span] = []

        def add(node: Node) -> None:
            me = numbers[id(node)]
            spans.extend(Span(f.start, "header", me, n) for n, f in enumerate(node.fields))
            if not node.fields and node.head > node.start:
                spans.append(Span(node.start, "header", me))
            if node.body > node.head:
                spans.append(Span(node.head, "empty", me))
            cut = node.type.startswith("multipart/")
            if not node.children and not node.delimiters:
                if node.end > node.body:
                    spans.append(Span(node.body, "preamble" if cut else "body", me))
                return
            if node.delimiters and node.delimiters[0].start > node.body:
                spans.append(Span(node.body, "preamble", me))
            children = iter(node.children)
            before: Node | None = None  # the line end behind it belongs to the delimiter
            for delimiter in node.delimiters:
                start = delimiter.start if before is None else min(before.end, delimiter.start)
                spans.append(Span(start, "delimiter", me))
                before = None
                if not delimiter.closes and (child := next(children, None)) is not None:
                    add(child)
                    before = child
                elif delimiter.end < node.end:  # past a limit, it is body
                    kind = "epilogue" if delimiter.closes else "body"
                    spans.append(Span(delimiter.end, kind, me))
            for child in children:  # message/rfc822, which has no delimiter
                add(child)

        add(self.root)
        return tuple(spans) or (Span(0, "body", 0),)

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span in self.spans]

    def span(self, at: int) -> Span:
        """What an octet belongs to."""
        return self.spans[max(0, bisect_right(self._starts, at) - 1)]

    def end(self, span: Span) -> int:
        """Where a span ends."""
        at = bisect_right(self._starts, span.start)
        return self._starts[at] if at < len(self._starts) else len(self.raw)

    def value(self, one: Field) -> str:
        """The value of a field as it stands, unfolded (RFC 5322, section 2.2.3)."""
        octets = self.raw[one.value : min(one.end, one.value + MAX_VALUE)]
        return re.sub(rb"\r?\n(?=[ \t])", b"", octets).decode("utf-8", "replace").strip()

    def decoded(self, one: Field) -> str:
        """The same as a reader shows it: encoded words (RFC 2047) and parameters (RFC 2231)."""
        value = self.value(one)
        if one.name.lower() in ("content-type", "content-disposition") and "*" in value:
            first, parameters = _parameters(value)
            return "; ".join([first, *(f'{n}="{v}"' for n, v in parameters.items())])
        if "=?" not in value or one.end - one.value > MAX_VALUE:
            return value
        try:
            return "".join(map(_word, decode_header(value)))
        except Exception:  # what it raises is not documented
            return value

    def content(self, node: Node) -> bytes:
        """The octets that a leaf stands for, as a patient reader has them."""
        body = self.raw[node.body : node.end]
        try:
            if node.encoding == "base64":
                return binascii.a2b_base64(body)
            if node.encoding == "quoted-printable":
                return binascii.a2b_qp(body)
        except ValueError:
            pass
        return body

    # The scan

    def _full(self, what: str, most: int) -> None:
        self._limits.setdefault(what, most)

    def _node(self, path: tuple[int, ...], start: int, end: int, usual: str) -> Node:
        self._nodes += 1
        node = Node(path, start, end, type=usual)
        self._header(node)
        self._describe(node)
        if node.boundary:
            self._multipart(node)
        elif node.type == "message/rfc822" and node.encoding in AS_IT_IS and self._room(path):
            node.children.append(self._node((*path, 1), node.body, end, "text/plain"))
        return node

    def _room(self, path: tuple[int, ...]) -> bool:
        if self._nodes >= MAX_NODES:
            self._full("parts", MAX_NODES)
        elif len(path) >= MAX_DEPTH:
            self._full("depth", MAX_DEPTH)
        else:
            return True
        return False

    def _header(self, node: Node) -> None:
        """RFC 5322, section 2.1: the first empty line ends the header."""
        raw, at, end = self.raw, node.start, node.end
        while at < end:
            stop = raw.find(b"\n", at, end) + 1 or end
            if stop - at <= 2 and raw[at:stop] in (b"\r\n", b"\n"):
                node.head, node.body = at, stop
                return
            if self._header_lines >= MAX_HEADER_LINES:
                self._full("header lines", MAX_HEADER_LINES)
                break
            self._header_lines += 1
            if raw[at : at + 1] in (b" ", b"\t") and node.fields:
                last = node.fields[-1]
                node.fields[-1] = Field(last.name, last.start, last.value, stop)
            elif self._fields >= MAX_FIELDS:
                self._full("fields", MAX_FIELDS)
                break
            else:
                self._fields += 1
                match = NAME.match(raw, at, min(stop, at + 1_000))
                name = match[1].decode("ascii") if match else ""
                node.fields.append(Field(name, at, match.end() if match else at, stop))
            at = stop
        if at < end:  # a limit: the rest of the header is not taken apart
            ends = [place + 1 for mark in (b"\n\r\n", b"\n\n")
                    if (place := raw.find(mark, at - 1, end)) >= 0]  # fmt: skip
            node.head = min(ends, default=end)
            node.body = min(raw.find(b"\n", node.head, end) + 1 or end, end)
            return
        node.head = node.body = end

    def _describe(self, node: Node) -> None:
        """What the Content- fields say; the first of each name counts."""
        first: dict[str, Field] = {}
        for one in node.fields:
            if one.name[:8].lower() == "content-":
                first.setdefault(one.name.lower(), one)
        known = {}
        for name, one in first.items():
            self._values += min(one.end - one.value, MAX_VALUE)
            if self._values > MAX_VALUES:
                self._full("values", MAX_VALUES)
                break
            known[name] = _parameters(self.value(one))
        kind, node.parameters = known.get("content-type", ("", {}))
        node.type = kind.lower() or node.type
        node.disposition, parameters = known.get("content-disposition", ("", {}))
        node.disposition = node.disposition.lower()
        node.filename = parameters.get("filename") or node.parameters.get("name", "")
        encoding = known.get("content-transfer-encoding", ("", {}))[0].lower()
        node.encoding = encoding or "7bit"

    def _multipart(self, node: Node) -> None:
        """Cut the body at its delimiters. RFC 2046, section 5.1.1."""
        raw, mark = self.raw, b"--" + node.boundary.encode("utf-8", "replace")
        usual = "message/rfc822" if node.type == "multipart/digest" else "text/plain"
        at = node.body
        while not (node.delimiters and node.delimiters[-1].closes):
            if self._looks >= MAX_LOOKS:
                self._full("looks", MAX_LOOKS)
                break
            self._looks += 1
            at = raw.find(mark, at, node.end)
            if at < 0:
                break
            if at == node.body or raw[at - 1 : at] == b"\n":
                rest = REST.match(raw, at + len(mark), node.end)
                if rest is not None:
                    node.delimiters.append(Delimiter(at, rest.end(), rest[1] is not None))
                    if len(node.delimiters) > MAX_NODES:
                        break
            at += len(mark)
        for number, delimiter in enumerate(node.delimiters, 1):
            if delimiter.closes or not self._room(node.path):
                break
            following = node.delimiters[number] if number < len(node.delimiters) else None
            end = node.end if following is None else self._before(delimiter.end, following.start)
            node.children.append(
                self._node((*node.path, number), min(delimiter.end, end), end, usual)
            )

    def _before(self, start: int, at: int) -> int:
        """Where the octets before a delimiter end: without the line end, which is its own."""
        back = 2 if self.raw[at - 2 : at] == b"\r\n" else 1
        return max(start, at - back)


def _parameters(value: str) -> tuple[str, dict[str, str]]:
    """A value and its parameters, with the names in lower case."""
    first = value.partition(";")[0].strip()
    found = []
    for match in PARAMETER.finditer(value, len(value.partition(";")[0])):
        text = match[2]
        if len(text) > 1 and text.startswith('"') and text.endswith('"'):
            text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        found.append((match[1].lower(), text))
        if len(found) == MAX_PARAMETERS:
            break
    if not any("*" in name for name, _ in found):
        return first, dict(reversed(found))
    try:
        # To this function the first one is the value itself, and the others stand in quotes.
        quoted = [("", ""), *((name, f'"{quote(text)}"') for name, text in found)]
        read = decode_params(quoted)[1:]
        return first, {name: unquote(collapse_rfc2231_value(text)) for name, text in reversed(read)}
    except Exception:  # what it raises is not documented
        return first, dict(reversed(found))


def _word(piece: tuple[bytes | str, str | None]) -> str:
    text, charset = piece
    if isinstance(text, str):
        return text
    return text.decode(codec(charset or "ascii") or "ascii", "replace")
