"""Where a message breaks a rule: each breach at its octets, with the section of the RFC.

The strict reader is the judge, and ends at the first rule that is broken. Here it is asked piece
by piece, with the places that an outline knows: every header field, every delimiter, every body.
What the reader demands only in this course (UTF-8, the encoding B) is no rule, and not marked.

Messages come from anybody: there is a limit to how many breaches are marked, and to the octets
that are judged one by one; `Marks.limits` says when one was reached.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..catalogue import say
from ..lab import Field, Message, Node, Outline
from . import strict

__all__ = ["Mark", "Marks", "marks"]

MAX_MARKS = 200
MAX_ALIKE = 20  # of one reason
MAX_FIELD = 5_000  # octets of a field that is judged
MAX_FIELDS = 200_000  # octets of all fields that are judged
MAX_BODY = 2_000_000  # octets of all bodies that are judged line by line
MAX_LOOKS = 10_000  # places that look like a delimiter

# RFC 5322, section 3.6: these stand in a header once, or not at all.
ONCE = {"date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to",
        "references", "subject"}  # fmt: skip
ONCE_MIME = {"mime-version", "content-type", "content-transfer-encoding", "content-disposition",
             "content-id"}  # fmt: skip

# The section of each rule, by the reason that the strict reader gives.
SECTIONS = {
    "line-too-long": ("5322", "2.1.1"),
    "bare-line-end": ("5322", "2.3"),
    "blank-line": ("5322", "3.2.2"),
    "no-field": ("5322", "2.2"),
    "raw-header": ("5322", "2.2"),
    "wrong-date": ("5322", "3.3"),
    "no-empty-line": ("5322", "2.1"),
    "quoted-extended": ("2231", "4"),
    "encoded-word": ("2047", "5"),
    "name-written-twice": ("2045", "5.1"),
    "apostrophes": ("2045", "5.1"),
    "no-media-type": ("2045", "5.1"),
    "no-semicolon": ("2045", "5.1"),
    "comma": ("2045", "5.1"),
    "bad-parameter": ("2045", "5.1"),
    "cut-escape": ("2231", "7"),
    "not-escaped": ("2231", "7"),
    "numbering": ("2231", "3"),
    "no-charset": ("2231", "4"),
    "charset-repeated": ("2231", "4.1"),
    "not-utf-8": ("2231", "4"),
    "no-encoded-word": ("2047", "2"),
    "repr-of-bytes": ("2047", "2"),
    "long-word": ("2047", "2"),
    "empty-word": ("2047", "2"),
    "character-cut": ("2047", "5"),
    "raw-octet": ("2045", "6.7"),
    "long-line": ("2045", "6.7"),
    "trailing-space": ("2045", "6.7"),
    "soft-break-at-end": ("2045", "6.7"),
    "lower-case": ("2045", "6.7"),
    "token-cut": ("2045", "6.7"),
    "bare-equals": ("2045", "6.7"),
    "inner-padding": ("2045", "6.8"),
    "long-base64": ("2045", "6.8"),
    "not-base64": ("2045", "6.8"),
    "unknown-encoding": ("2045", "6.1"),
    "not-7bit": ("2045", "6.2"),
    "encoded-multipart": ("2045", "6.4"),
    "no-boundary": ("2046", "5.1.1"),
    "illegal-boundary": ("2046", "5.1.1"),
    "no-delimiter": ("2046", "5.1.1"),
    "glued-delimiter": ("2046", "5.1.1"),
    "not-closed": ("2046", "5.1.1"),
    "nothing-between": ("2046", "5.1.1"),
    # Rules that no part breaks by itself, and that are judged here.
    "field-missing": ("5322", "3.6"),
    "field-twice": ("5322", "3.6"),
    "mime-field-twice": ("2045", "3"),
    "no-mime-version": ("2045", "4"),
    "wrong-message-id": ("5322", "3.6.4"),
    "wrong-content-id": ("2045", "7"),
    "related-without-type": ("2387", "3.1"),
}
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
OURS = {"other-frame", "charset", "not-folded"}  # of this course, or advice

# What Python's parser says, and where that stands: the first of these that is there.
DEFECTS = (
    ("start boundary", "no-delimiter"),
    ("close boundary", "not-closed"),
    ("no boundary", "no-boundary"),
    ("multipart", "no-delimiter"),
    ("base64", "not-base64"),
    ("base64", "inner-padding"),
    ("header", "no-field"),
    ("separator", "no-field"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A breach of a rule, or a defect that Python's parser finds, at some octets of a message.

    reason is "defect" for the parser's, which name no RFC; look says what to look at, or "".
    """

    start: int
    length: int
    reason: str
    sentence: str
    look: str = ""
    rfc: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of a message in the order of its octets, and which limits were reached."""

    found: tuple[Mark, ...]
    limits: tuple[tuple[str, int], ...] = ()

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def marks(outline: Outline, message: Message | None = None) -> Marks:
    """Judge a message by the rules; with the message, tell the parser's defects too."""
    judge = _Judge(outline)
    judge.judge()
    if message is not None:
        judge.defects(message)
    found = sorted(judge.found, key=lambda mark: (mark.start, mark.reason == "defect"))
    return Marks(tuple(found), tuple(judge.limits.items()))


def _breach(rule: Callable[..., Any], *given: Any) -> strict.Broken | None:
    """The rule that is broken, or None."""
    try:
        rule(*given)
    except strict.Broken as broken:
        return broken
    return None


def _called(node: Node) -> str:
    # Translators: {number} is that of a part in the tree, such as 1.2.
    return say("part {number}", number=node.name) if node.path else say("the message")


class _Judge:
    def __init__(self, outline: Outline) -> None:
        self.outline, self.raw = outline, outline.raw
        self.found: list[Mark] = []
        self.limits: dict[str, int] = {}
        self._alike: Counter[str] = Counter()
        self._fields = self._bodies = self._looks = 0

    def judge(self) -> None:
        # Base64 in regular lines breaks no rule of lines: whatever its size, it is passed over.
        self._regular = {id(node) for node in self.outline.nodes if _regular_base64(self.raw, node)}
        self._gaps = self._between()
        self._line_ends()
        for start, end in self._gaps:
            self._long_lines(start, end)
        for node in self.outline.nodes:
            what = _called(node)
            self._header(node, what)
            if node.type.startswith("multipart/"):
                self._multipart(node, what)
            elif not node.children:
                self._body(node, what)
        self._message(self.outline.root)

    def _mark(self, start: int, end: int, reason: str, sentence: str, look: str = "") -> None:
        self._alike[reason] += 1
        if len(self.found) >= MAX_MARKS:
            self.limits.setdefault("marks", MAX_MARKS)
        elif self._alike[reason] > MAX_ALIKE:
            self.limits.setdefault("alike", MAX_ALIKE)
        else:
            rfc, section = SECTIONS.get(reason, ("", ""))
            self.found.append(
                Mark(start, max(0, end - start), reason, sentence, look, rfc, section)
            )

    def _broken(self, broken: strict.Broken | None, start: int, end: int) -> bool:
        if broken is None or broken.reason in OURS:
            return False
        self._mark(start, end, broken.reason, str(broken), broken.look)
        return True

    # Lines

    def _between(self) -> list[tuple[int, int]]:
        """The runs of octets outside regular base64."""
        gaps, at = [], 0
        for node in self.outline.nodes:
            if id(node) in self._regular:
                gaps.append((at, node.body))
                at = node.end
        return [*gaps, (at, len(self.raw))]

    def _line_ends(self) -> None:
        raw = self.raw
        for start, end in self._gaps:
            both = raw.count(b"\r\n", start, end)
            if raw.count(b"\n", start, end) == both == raw.count(b"\r", start, end):
                continue
            for bare in BARE.finditer(raw, start, end):
                if self._alike["bare-line-end"] > MAX_ALIKE:
                    return
                at = bare.start()
                before = max(raw.rfind(mark, max(0, at - 60), at) for mark in (b"\r", b"\n"))
                line = raw[max(before + 1, at - 60) : at + 1]
                self._broken(_breach(strict.line_ends, line, self._called(at)), at, at + 1)

    def _long_lines(self, at: int, stop: int) -> None:
        raw = self.raw
        while stop - at > 1_000 and self._alike["line-too-long"] <= MAX_ALIKE:
            # 998 and CRLF. The last line end within reach: one look at a thousand octets.
            end = raw.rfind(b"\n", at, at + 1_000)
            if end >= 0:
                at = end + 1
                continue
            end = raw.find(b"\n", at, stop) + 1 or stop
            line = raw[at:end].rstrip(b"\r\n").replace(b"\r", b" ")
            self._broken(_breach(strict.lines, line, self._called(at)), at, end)
            at = end

    def _called(self, at: int) -> str:
        return _called(self.outline.nodes[self.outline.span(at).node])

    # Header fields

    def _header(self, node: Node, what: str) -> None:
        for field in node.fields:
            size = field.end - field.start
            self._fields += size
            if size > MAX_FIELD or self._fields > MAX_FIELDS:
                self.limits.setdefault("fields", MAX_FIELD)
                continue
            octets = self.raw[field.start : field.end]
            line = re.sub(rb"\r?\n", b"\r\n", octets)
            if not self._broken(_breach(strict.fields, line, what), field.start, field.end):
                self._value(field, what)
        counted = Counter(field.name.lower() for field in node.fields)
        for field in node.fields[::-1]:
            name = field.name.lower()
            once = name in ONCE_MIME or (name in ONCE and not node.path)
            if once and counted[name] > 1:
                counted[name] = 0
                reason = "mime-field-twice" if name in ONCE_MIME else "field-twice"
                self._mark(
                    field.start,
                    field.end,
                    reason,
                    say(
                        "The field {name} stands in the header of {what} more than once.",
                        name=field.name,
                        what=what,
                    ),
                    say("Readers do not agree which one counts."),
                )
        if node.body == node.head and node.end > node.start:
            self._broken(_breach(strict.opened, b"", what), node.head, node.end)

    def _value(self, field: Field, what: str) -> None:
        name, value = field.name.lower(), self.outline.value(field)
        place = field.start, field.end
        if name == "content-type":
            media = strict.Part([(name, value)], b"", what=what)
            if self._broken(_breach(lambda: media.type), *place):
                return
        if name in ("content-type", "content-disposition"):
            # Translators: {what} is "the message" or "part 1.2".
            of = say("the field {name} of {what}", name=field.name, what=what)
            if not self._broken(_breach(strict.parameters, value, of), *place) and re.search(
                r'="[^"]*=\?[^?"\s]+\?[bBqQ]\?', value
            ):
                self._mark(
                    *place,
                    "encoded-word",
                    strict.sentence_of(
                        say(
                            "the field {name} of {what} has an encoded word inside a parameter.",
                            name=field.name,
                            what=what,
                        )
                    ),
                    say(
                        "A parameter has a form of its own for what is not ASCII: RFC 2231, "
                        "section 4."
                    ),
                )
        elif "=?" in value:
            self._broken(_breach(strict.read_words, value), *place)
        if name == "date":
            self._broken(_breach(strict.date_time, value), *place)
        elif name in ("message-id", "content-id") and not strict.MESSAGE_ID.fullmatch(value):
            self._mark(
                *place,
                f"wrong-{name}",
                say(
                    "The {name} of {what} is not of the form <left@right>.",
                    name=field.name,
                    what=what,
                ),
            )

    def _message(self, root: Node) -> None:
        """What a message has beyond its parts: RFC 5322, section 3.6; RFC 2045, section 4."""
        names = {field.name.lower() for field in root.fields}
        end = root.head, max(root.body, root.head)
        for name in ("Date", "From"):
            if name.lower() not in names:
                self._mark(
                    *end,
                    "field-missing",
                    say("The header has no field {name}, which every message has.", name=name),
                )
        if "mime-version" not in names and any(name.startswith("content-") for name in names):
            self._mark(
                *end,
                "no-mime-version",
                say("The header has Content- fields, and no MIME-Version: 1.0."),
                say("By the rule it is MIME only where MIME-Version says so."),
            )

    # Multiparts

    def _multipart(self, node: Node, what: str) -> None:
        announced = next((f for f in node.fields if f.name.lower() == "content-type"), None)
        place = (node.start, node.body) if announced is None else (announced.start, announced.end)
        said = f"Content-Type: {node.type}\r\nContent-Transfer-Encoding: {node.encoding}\r\n\r\n"
        encoded = _breach(strict.read, said.encode("utf-8", "replace"), what)
        if encoded is not None and encoded.reason == "encoded-multipart":
            self._broken(encoded, *place)
        if node.type == "multipart/related" and "type" not in node.parameters:
            self._mark(
                *place,
                "related-without-type",
                say(
                    "A multipart/related has a parameter type, the media type of its root, and "
                    "this one has none."
                ),
            )
        fields = [("content-type", self.outline.value(announced) if announced else "")]

        def cut(body: bytes) -> strict.Broken | None:
            return _breach(strict.Part(fields, body, what=what).pieces)

        if not node.delimiters:
            broken = cut(self.raw[node.body : min(node.end, node.body + MAX_BODY)])
            parameters = broken is not None and SECTIONS.get(broken.reason, ("",))[0] in (
                "2045", "2231")  # fmt: skip
            if not parameters:  # those are marked as what they are
                self._broken(broken, *place)
            return
        if not node.delimiters[-1].closes:
            last = node.delimiters[-1]
            self._broken(cut(self.raw[last.start : last.end] + b"\r\n"), last.start, last.end)
        for one, following in zip(node.delimiters, node.delimiters[1:], strict=False):
            if one.end == following.start:
                lines = self.raw[one.start : one.end] + b"--" + node.boundary.encode() + b"--"
                self._broken(cut(lines), one.start, following.end)
        self._glued(node, cut)

    def _glued(self, node: Node, cut: Callable[[bytes], strict.Broken | None]) -> None:
        raw, mark = self.raw, b"--" + node.boundary.encode("utf-8", "replace")
        for gap_start, gap_end in self._gaps:
            at, end = max(gap_start, node.body), min(gap_end, node.end)
            while at < end and (at := raw.find(mark, at, end)) >= 0:
                self._looks += 1
                if self._looks > MAX_LOOKS:
                    self.limits.setdefault("looks", MAX_LOOKS)
                    return
                if at > node.body and raw[at - 1 : at] != b"\n":
                    before = raw.rfind(b"\n", max(node.body, at - 60), at) + 1
                    before = max(before, node.body, at - 60)
                    stop = raw.find(b"\n", at, min(end, at + len(mark) + 4)) + 1 or end
                    broken = cut(raw[before : min(stop, at + len(mark) + 4)].rstrip(b"\r\n"))
                    if broken is not None and broken.reason == "glued-delimiter":
                        self._broken(broken, at, at + len(mark))
                at += len(mark)

    # Bodies

    def _body(self, node: Node, what: str) -> None:
        raw, start, end = self.raw, node.body, node.end
        if id(node) in self._regular or start == end or node.encoding in ("8bit", "binary"):
            return
        self._bodies += end - start
        if self._bodies > MAX_BODY:
            self.limits.setdefault("bodies", MAX_BODY)
            return
        body = raw[start:end]
        if node.encoding == "7bit":
            foreign = re.search(rb"[\x80-\xff]", body)
            if foreign:
                broken = _breach(self._content, node, body, what)
                self._broken(broken, *self._line(start + foreign.start(), end))
            return
        broken = _breach(self._content, node, body, what)
        if broken is None or broken.reason == "bare-line-end":  # that is marked already
            return
        if broken.reason == "unknown-encoding":
            field = next(f for f in node.fields if f.name.lower() == "content-transfer-encoding")
            self._broken(broken, field.start, field.end)
            return
        self._broken(broken, *self._line(start + _place(broken, body), end))

    def _content(self, node: Node, body: bytes, what: str) -> bytes:
        fields = [("content-transfer-encoding", node.encoding)]
        return strict.Part(fields, body, what=what).content

    def _line(self, at: int, end: int) -> tuple[int, int]:
        """The line in which an octet of a body stands."""
        start = self.raw.rfind(b"\n", 0, at) + 1
        return start, self.raw.find(b"\n", at, end) + 1 or end

    # What the parser says

    def defects(self, message: Message) -> None:
        known = {mark.reason: mark for mark in reversed(self.found)}
        for defect in message.defects[:MAX_ALIKE]:
            where = next((known[r] for words, r in DEFECTS if words in defect and r in known), None)
            start = where.start if where else self.outline.root.start
            length = where.length if where else 0
            self.found.append(Mark(start, length, "defect", defect))


LETTERS = bytes(range(65, 91)) + bytes(range(97, 123)) + b"0123456789+/"


def _regular_base64(raw: bytes, node: Node) -> bool:
    """Whether a body is base64 in lines of one length, as nearly all is: in no time."""
    if node.encoding != "base64":
        return False
    end = node.end - 2 if raw.endswith(b"\r\n", node.body, node.end) else node.end
    length = raw.find(b"\r\n", node.body, end) - node.body
    if length < 0:
        length = end - node.body
    if not 0 < length <= 76 or length % 4:
        return False
    body = raw[node.body : end]  # no more copies of it than must be: it may have 25 MB
    ends = len(body) // (length + 2)
    if body[length :: length + 2] != b"\r" * ends or body[length + 1 :: length + 2] != b"\n" * ends:
        return False
    rest = body.translate(None, LETTERS)
    padding = len(rest) - 2 * ends
    return (
        padding in (0, 1, 2)
        and rest == b"\r\n" * ends + b"=" * padding
        and body.endswith(b"=" * padding)
        and (len(body) - 2 * ends) % 4 == 0
    )


def _place(broken: strict.Broken, body: bytes) -> int:
    """Where in a body a rule is broken."""
    if broken.octets and (at := body.find(broken.octets)) >= 0:
        return at
    if broken.line:
        at = 0
        for _ in range(broken.line - 1):
            at = body.find(b"\n", at) + 1
        return at
    patterns = {
        "inner-padding": rb"=[=\r\n]*[A-Za-z0-9+/]",
        "not-base64": rb"[^A-Za-z0-9+/=\r\n]",
        "lower-case": rb"=[0-9a-fA-F]*[a-f]",
        "soft-break-at-end": rb"=\Z",
    }
    found = re.search(patterns.get(broken.reason, rb"\A"), body)
    return found.start() if found else body.rstrip(b"\r\n").rfind(b"\n") + 1
