"""The rules, held against a whole letter: each violation where it stands.

Letters come from anybody: there is a limit to how many violations are told, and to the octets
that are looked at one by one; `Check.limits` says when one was reached. Base64 in regular lines,
which most of a big letter is, breaks no rule and is passed over at once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from .charsets import codec, fits, wider
from .encodings import (
    AS_IT_IS,
    ENCODINGS,
    base64_violations,
    decode_words,
    line_of,
    quoted_printable_violations,
    regular_base64,
)
from .fields import field_violations, line_violations
from .rules import Violation, shown
from .tree import Field, Limit, Part
from .values import (
    TOKEN,
    check_boundary,
    read_date,
    read_id,
    read_media_type,
    read_parameters,
    without_comments,
)

__all__ = ["Check"]

MAX_ALIKE = 20  # of one rule
MAX_FIELD = 5_000  # octets of a field that is judged
MAX_FIELDS = 200_000  # octets of all fields that are judged
MAX_BODY = 2_000_000  # octets of all bodies that are judged line by line

# RFC 5322, section 3.6: these stand in a header once, or not at all.
ONCE = {"date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to",
        "references", "subject"}  # fmt: skip
ONCE_MIME = {"mime-version", "content-type", "content-transfer-encoding", "content-disposition",
             "content-id", "content-description"}  # fmt: skip
ADDRESSES = ("from", "to", "cc", "bcc", "sender", "reply-to")
FOREIGN = re.compile(rb"[\x80-\xff]")
LATER = {"raw-header": 1, "not-folded": 2}


class Check:
    """found is every violation, in the order in which a strict reader meets them."""

    def __init__(self, raw: bytes, parts: tuple[Part, ...], whole: bool = True) -> None:
        self.raw, self.parts, self.root, self.whole = raw, parts, parts[0], whole
        self.found: list[Violation] = []
        self.limits: dict[Limit, None] = {}  # in order, and each once
        self._alike: Counter[str] = Counter()
        self._fields = self._bodies = 0
        self._judged: dict[int, list[Field]] = {}
        # An address outside ASCII: the letter is for SMTPUTF8, and its header UTF-8, RFC 6532.
        self._international = any(
            b"@" in word and not word.isascii()
            for one in self.root.fields
            if one.name.lower() in ADDRESSES
            for word in re.split(rb"[\s<>,]+", one.octets[:MAX_FIELD])
        )
        # So are the headers inside of a message/global.
        self._utf8 = [part.path for part in parts if part.content_type == "message/global"]
        leaves = [part for part in parts if not part.is_multipart and not part.children]
        lines: list[Violation] = []
        at = 0
        for part in leaves:
            if part.encoding == "binary":  # this has no lines
                lines += line_violations(raw, at, part.body)
                at = part.end
        lines += line_violations(raw, at)
        self._add(sorted(lines, key=lambda one: one.rule))  # bare line ends, then long lines
        for part in parts:
            self._structure(part)
        for part in parts:
            self._twice(part)
            for one in self._judged[id(part)]:
                self._add(_value_violations(one, part.is_multipart), part, one)
        for part in leaves:
            self._body(part)
        if whole and self.root.complete:
            self._letter()

    def _add(
        self,
        violations: Iterable[Violation],
        part: Part | None = None,
        field: Field | None = None,
        offset: int = 0,
    ) -> None:
        """Keep what was found, of octets that begin at offset; with a field all of it is marked."""
        for one in violations:
            self._alike[one.rule] += 1
            if self._alike[one.rule] > MAX_ALIKE:
                self.limits[Limit("alike", MAX_ALIKE)] = None
                continue
            start, end = one.start + offset, one.end + offset
            if field is not None:
                start, end = field.start, field.end
            where = part if part is not None else self._part_at(start)
            name = field.name if field is not None else ""
            self.found.append(replace(one, start=start, end=end, part=where.name, field=name))

    def _tell(self, part: Part, place: tuple[int, int] | Field, rule: str, variant: str = "",
              kind: str = "", **values: object) -> None:  # fmt: skip
        """Keep one violation, of some octets of a part or of one of its fields."""
        if isinstance(place, Field):
            self._add([Violation(rule, values=values, variant=variant)], part, place)
        else:
            self._add([Violation(rule, *place, values, variant, kind=kind)], part)

    def _part_at(self, at: int) -> Part:
        """The innermost part in which an octet stands."""
        around = [part for part in self.parts if part.start <= at < part.end]
        return around[-1] if around else self.root

    # Structure: headers, types, boundaries, delimiters

    def _structure(self, part: Part) -> None:
        self._header(part)
        types = part.all("Content-Type")
        if types and types[0] in self._judged[id(part)]:
            self._add(read_media_type(types[0].value).violations, part, types[0])
        enclosed = part.content_type == "message/rfc822"
        if (part.is_multipart or enclosed) and part.encoding not in AS_IT_IS:
            self._tell(part, part.all("Content-Transfer-Encoding")[0], "encoded-multipart",
                       "message" if enclosed else "", type=part.content_type,
                       encoding=part.encoding)  # fmt: skip
        if part.is_multipart:
            self._multipart(part, types[0])

    def _header(self, part: Part) -> None:
        judged = self._judged[id(part)] = []
        told: list[Violation] = []
        utf8 = self._international or any(
            part.path != path == part.path[: len(path)] for path in self._utf8
        )
        for one in part.fields:
            size = one.end - one.start
            self._fields += size
            if size > MAX_FIELD or self._fields > MAX_FIELDS:
                self.limits[Limit("judged-fields", MAX_FIELD)] = None
                continue
            found = list(field_violations(one, utf8))
            told += found
            if {v.rule for v in found} <= {"not-folded", "space-before-colon"}:
                judged.append(one)
        # A strict reader takes a header apart before it reads a value.
        self._add(sorted(told, key=lambda one: LATER.get(one.rule, 0)), part)
        if part.body == part.head and part.end > part.start:
            self._tell(part, (part.head, part.end), "no-empty-line")

    def _multipart(self, part: Part, announced: Field) -> None:
        place, kind = (announced.start, announced.end), part.content_type
        read = read_parameters(announced.value).violations
        self._add(read, part, announced)
        if read and not part.delimiters:
            return
        if not part.boundary:
            self._tell(part, place, "no-boundary", type=kind)
            return
        strange = check_boundary(part.boundary).violations
        self._add(strange, part, announced)
        if strange:
            return
        cut = part.delimiters
        opened = bool(cut) and not cut[0].closes
        closed = opened and (cut[-1].closes or not part.complete)
        mark = f"--{part.boundary}"
        # By the rule what hangs on a line is text like any other. It is told as broken where the
        # multipart lacks the delimiter that it may have been meant for, else to the course's own
        # functions.
        for one in part.glued:
            start = max(part.body, one.start - 60)
            line = self.raw[start : one.end].rstrip(b"\r\n").rpartition(b"\n")[2]
            self._tell(part, (one.start, one.start + len(mark.encode("utf-8", "replace"))),
                       "glued-delimiter", kind="course" if closed else "", type=kind,
                       line=shown(line))  # fmt: skip
        if not opened:
            if not part.glued and part.complete:
                self._no_delimiter(part, place)
            return
        if not closed:
            self._tell(part, cut[-1][:2], "not-closed", type=kind, mark=mark)
        for one, following in pairwise(cut):
            if one.end == following.start:
                self._tell(part, (one.start, following.end), "nothing-between", type=kind)

    def _no_delimiter(self, part: Part, place: tuple[int, int]) -> None:
        """A boundary is announced, and no line begins a part."""
        boundary = part.boundary
        bare = boundary.encode("utf-8", "replace")
        mark = b"--" + bare
        first = part.delimiters[0] if part.delimiters else None
        end = first.start if first else min(part.end, part.body + MAX_BODY)
        body = self.raw[part.body : end]
        values = {"boundary": boundary, "mark": f"--{boundary}"}
        hanging = re.search(rb"(?:\A|\n)(" + re.escape(mark) + rb"(?!--)[^\r\n]+)", body)
        if first and hanging:  # its line end is missing
            variant = "hanging"
            place = part.body + hanging.start(1), part.body + hanging.end(1)
            values = {"line": shown(hanging[1].strip())}
        elif first:
            variant, place = "closing", first[:2]
        elif re.fullmatch("'.*'", boundary) and b"--" + bare[1:-1] in body:
            variant = "apostrophes"
        elif mark in body:
            variant = "own-line"
        elif boundary.startswith("--") and bare in body:
            variant = "hyphens"
        elif re.search(rb"(?:\A|\n)" + re.escape(bare), body):
            variant = "no-hyphens"
        else:
            variant = ""
        self._tell(part, place, "no-delimiter", variant, type=part.content_type, **values)

    # What fields say

    def _twice(self, part: Part) -> None:
        for name, count in Counter(one.name.lower() for one in part.fields).items():
            once = name in ONCE_MIME or (name in ONCE and self.whole and not part.path)
            if once and count > 1:
                last = part.all(name)[-1]
                rule = "mime-field-twice" if name in ONCE_MIME else "field-twice"
                self._tell(part, (last.start, last.end), rule, name=last.name)

    # Bodies

    def _body(self, part: Part) -> None:
        if part.encoding not in ENCODINGS and not part.encoding.startswith("x-"):
            said = part.all("Content-Transfer-Encoding")[0]
            self._tell(part, said, "unknown-encoding", encoding=part.encoding)
            return
        size = part.end - part.body
        regular = part.encoding == "base64" and regular_base64(self.raw, part.body, part.end)
        if part.encoding not in ("8bit", "binary") and not regular:
            self._bodies += size
            if self._bodies > MAX_BODY:
                self.limits[Limit("judged-bodies", MAX_BODY)] = None
                return
            self._encoded(part, self.raw[part.body : part.end])
        if part.content_type.startswith("text/") and 0 < size <= MAX_BODY:
            self._charset(part)

    def _encoded(self, part: Part, body: bytes) -> None:
        found: Iterable[Violation] = ()
        if part.encoding == "base64":
            found = base64_violations(body)
        elif part.encoding == "quoted-printable":
            found = quoted_printable_violations(body)
        elif part.encoding == "7bit" and (foreign := FOREIGN.search(body)):
            variant = "said" if part.all("Content-Transfer-Encoding") else ""
            found = [Violation("not-7bit", *line_of(body, foreign.start()), variant=variant)]
        # Line ends were looked at all over the letter.
        self._add((one for one in found if one.rule != "bare-line-end"), part, offset=part.body)

    def _charset(self, part: Part) -> None:
        """Text is in the charset that its header names; plain text in us-ascii where none is.

        HTML, XML and others say it in themselves, or have another one: RFC 6657, section 3.
        """
        if not part.charset and part.content_type != "text/plain":
            return
        charset = part.charset or "us-ascii"
        place = part.body, part.end
        if codec(charset) is None:
            said = part.all("Content-Type")[0]
            self._tell(part, said, "unknown-charset", charset=charset)
        elif not fits(part.content, charset):
            if self.found and self.found[-1].rule in ("not-7bit", "raw-octet"):
                return  # one foreign octet, one violation
            if part.encoding in AS_IT_IS and (foreign := FOREIGN.search(part.content)):
                start, end = line_of(part.content, foreign.start())
                place = part.body + start, part.body + end
            read_as = wider(part.content, charset)
            variant = "wider" if read_as else "" if part.charset else "unnamed"
            self._tell(part, place, "not-in-charset", variant, charset=charset, wider=read_as)

    # The whole letter

    def _letter(self) -> None:
        """What a letter has beyond its parts: RFC 5322, section 3.6; RFC 2045, section 4."""
        root = self.root
        names = {one.name.lower() for one in root.fields}
        place = root.head, root.body
        for name in ("Date", "From"):
            if name.lower() not in names:
                self._tell(root, place, "field-missing", name=name)
        if "mime-version" not in names and names & ONCE_MIME:
            self._tell(root, place, "no-mime-version")


def _value_violations(one: Field, multipart: bool) -> Iterable[Violation]:
    """What is wrong with what a field says."""
    name, value = one.name.lower(), one.value
    if name == "content-type":
        # That of a multipart was read for its boundary.
        return () if multipart else read_parameters(value).violations
    if name == "content-disposition":
        return _disposition(value)
    if name in ("message-id", "content-id"):
        return read_id(value, one.name).violations
    if name in ("date", "resent-date"):
        return read_date(value).violations
    return decode_words(value).violations


def _disposition(value: str) -> Iterator[Violation]:
    """RFC 2183, section 2: a word, and parameters."""
    glued = re.match(rf"({TOKEN})[\s,]+{TOKEN}=", without_comments(value))
    if glued:
        values = {"found": glued[1], "value": value}
        yield Violation("no-semicolon", 0, len(value), values, "disposition")
    yield from read_parameters(value).violations
