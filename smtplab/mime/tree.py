"""Where everything stands in a letter: header fields, delimiters, and bodies, as octets.

The scan goes from the outside in, as RFC 2046 has it: a header ends at the first empty line; its
boundary cuts the body; each piece is a part with a header of its own. It is linear in the size of
the letter, for each level of nesting. Letters come from anybody, so levels, parts, fields and
places that look like a delimiter are counted: what is past a limit is left whole, and told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from .charsets import text_of
from .encodings import AS_IT_IS, decode_words, undone
from .rules import WORDS
from .values import first_word, read_id, read_media_type, read_parameters, without_comments

__all__ = ["Delimiter", "Field", "Limit", "Part", "Scan"]

MAX_DEPTH = 30
MAX_PARTS = 1_100
MAX_FIELDS = 10_000  # of all headers together
MAX_LOOKS = 100_000  # places that look like a delimiter
MAX_VALUE = 5_000  # octets of a field that is decoded
MAX_VALUES = 200_000  # octets of all Content- fields that are read

# RFC 5322, section 2.2: a name is printable and has no colon; what begins with a blank goes on.
FIELD = re.compile(rb"(?!\r?\n|\Z)(([!-9;-~]{1,998}+)[ \t]*+:)?+[^\n]*+\n?(?:[ \t][^\n]*+\n?)*+")
EMPTY_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
REST = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")  # of a delimiter: RFC 2046, section 5.1.1
ENCLOSED = ("message/rfc822", "message/global")  # RFC 2046, section 5.2.1; RFC 6532, section 3.7
CONTENT = ("content-type", "content-disposition", "content-transfer-encoding")


class Limit(NamedTuple):
    """Something of which a letter has more than is read, and how much of it is."""

    what: str
    most: int

    @property
    def sentence(self) -> str:
        return WORDS(f"limit.{self.what}", limit=self.most)


@dataclass(frozen=True)
class Field:
    """A header field: all of its lines. One that has no name is a line that is no field."""

    name: str
    start: int
    colon: int  # where its value begins: behind the colon
    end: int
    raw: bytes = field(repr=False, compare=False)  # the letter

    @property
    def octets(self) -> bytes:
        """All of it as it stands, with its line ends."""
        return self.raw[self.start : self.end]

    @cached_property
    def value(self) -> str:
        """The value as it stands, unfolded: RFC 5322, section 2.2.3."""
        octets = self.raw[self.colon : self.end]
        return re.sub(rb"\r?\n(?=[ \t])", b"", octets).decode("utf-8", "replace").strip()

    @cached_property
    def decoded(self) -> str:
        """The same as a reader shows it: encoded words (RFC 2047) and parameters (RFC 2231)."""
        if self.end - self.colon > MAX_VALUE:
            return self.value
        if self.name.lower() in ("content-type", "content-disposition"):
            if "*" not in self.value and "=?" not in self.value:
                return self.value
            said = [f'{name}="{text}"' for name, text in read_parameters(self.value).value.items()]
            return "; ".join([self.value.partition(";")[0].strip(), *said])
        return decode_words(self.value).value if "=?" in self.value else self.value


class Delimiter(NamedTuple):
    """A line that cuts; the CRLF in front of it belongs to it (RFC 2046, section 5.1.1)."""

    start: int  # of its hyphens
    end: int
    closes: bool


@dataclass(eq=False)
class Part:
    """A letter, or one of its parts: the header from start to head, the body from body to end.

    Between head and body stands the empty line. What the Content- fields say is read with
    patience; of two fields of one name the first counts.
    """

    raw: bytes = field(repr=False)  # the whole letter
    path: tuple[int, ...]
    start: int
    end: int
    head: int = 0
    body: int = 0
    fields: list[Field] = field(default_factory=list, repr=False)
    content_type: str = "text/plain"  # RFC 2045, section 5.2
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str | None = None
    filename: str | None = None  # as the letter says it: no file system should trust it
    encoding: str = "7bit"  # RFC 2045, section 6.1
    complete: bool = True  # whether no limit ended the search for its fields and delimiters
    delimiters: list[Delimiter] = field(default_factory=list, repr=False)
    glued: list[Delimiter] = field(default_factory=list, repr=False)  # to the end of a line: text
    children: list["Part"] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """Its place in the tree: "1.2" is the second part of the first, "" is the letter."""
        return ".".join(map(str, self.path))

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/")

    @property
    def boundary(self) -> str:
        return self.parameters.get("boundary", "") if self.is_multipart else ""

    @property
    def charset(self) -> str | None:
        """As Content-Type names it, in lower case."""
        return self.parameters.get("charset", "").lower() or None

    @property
    def content_id(self) -> str | None:
        """Without its angle brackets: RFC 2045, section 7."""
        value = self.get("Content-ID")[:MAX_VALUE]
        return (read_id(value).value or value.strip("<>")) or None

    def all(self, name: str) -> list[Field]:
        """The fields of that name, in any case."""
        return [one for one in self.fields if one.name.lower() == name.lower()]

    def get(self, name: str) -> str:
        """The value of the first field of that name as it stands, or ""."""
        return next((one.value for one in self.all(name)), "")

    @property
    def octets(self) -> bytes:
        """All of it as it came."""
        return self.raw[self.start : self.end]

    @cached_property
    def content(self) -> bytes:
        """The body with its transfer encoding undone, as a patient reader has it."""
        return undone(self.raw[self.body : self.end], self.encoding)

    @cached_property
    def text(self) -> str | None:
        """The content of a text part as str, else None; what is not in its charset is U+FFFD."""
        if not self.content_type.startswith("text/"):
            return None
        # HTML and others may say their charset in themselves; what says 7bit is ASCII all the same.
        ascii_alone = self.content_type == "text/plain" or self.encoding == "7bit"
        return text_of(self.content, self.charset or ("ascii" if ascii_alone else "utf-8"))

    def walk(self) -> Iterator["Part"]:
        """Itself, and all that is in it, in the order of the octets."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def leaves(self) -> Iterator["Part"]:
        """The parts that are no multipart. An enclosed message is one of them, as a whole."""
        if not self.is_multipart:
            yield self
            return
        for child in self.children:
            yield from child.leaves

    @property
    def shape(self) -> str:
        """In one line: mixed(alternative(text/plain, text/html), image/png)."""
        if not self.is_multipart or not self.children:
            return self.content_type
        inner = ", ".join(child.shape for child in self.children)
        return f"{self.content_type.partition('/')[2]}({inner})"


class Scan:
    """One walk over a letter: root is its tree, limits is what was not looked at to the end."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.limits: dict[Limit, None] = {}  # in order, and each once
        self._parts = self._fields = self._looks = self._values = 0
        self.root = self._part((), 0, len(raw), "text/plain")

    def _full(self, what: str, most: int) -> None:
        self.limits[Limit(what, most)] = None

    def _part(self, path: tuple[int, ...], start: int, end: int, usual: str) -> Part:
        self._parts += 1
        part = Part(self.raw, path, start, end, content_type=usual)
        self._header(part)
        self._describe(part)
        enclosed = part.content_type in ENCLOSED and part.encoding in AS_IT_IS
        if part.boundary:
            self._multipart(part)
        elif enclosed and self._room(path):
            part.children.append(self._part((*path, 1), part.body, end, "text/plain"))
        return part

    def _room(self, path: tuple[int, ...]) -> bool:
        if self._parts >= MAX_PARTS:
            self._full("parts", MAX_PARTS)
        elif len(path) >= MAX_DEPTH:
            self._full("depth", MAX_DEPTH)
        else:
            return True
        return False

    def _header(self, part: Part) -> None:
        """RFC 5322, section 2.1: the first empty line ends the header."""
        raw, at, end = self.raw, part.start, part.end
        while (found := FIELD.match(raw, at, end)) is not None:
            if self._fields >= MAX_FIELDS:
                self._full("fields", MAX_FIELDS)
                part.complete = False
                break
            self._fields += 1
            name = (found[2] or b"").decode("ascii")
            colon = found.end(1) if name else at
            at = found.end()
            part.fields.append(Field(name, found.start(), colon, at, raw))
        empty = EMPTY_LINE.search(raw, at, end)
        part.head, part.body = empty.span() if empty else (end, end)

    def _describe(self, part: Part) -> None:
        """What the Content- fields say; the first of each name counts."""
        said: dict[str, str] = {}
        for one in part.fields:
            name = one.name.lower()
            if name in CONTENT and name not in said:
                self._values += min(one.end - one.colon, MAX_VALUE)
                if self._values > MAX_VALUES:
                    self._full("values", MAX_VALUES)
                    return
                said[name] = one.value[:MAX_VALUE]
        content_type, disposition, encoding = (said.get(name, "") for name in CONTENT)
        if "content-type" in said:  # one that is none means text/plain: RFC 2045, section 5.2
            named = read_media_type(content_type)
            part.content_type = "text/plain" if named.violations else named.value
        part.parameters = read_parameters(content_type).value
        part.disposition = first_word(disposition) or None
        filename = read_parameters(disposition).value.get("filename")
        part.filename = filename or part.parameters.get("name") or None
        part.encoding = without_comments(encoding).strip().lower() or "7bit"

    def _multipart(self, part: Part) -> None:
        """Cut the body at its delimiters. RFC 2046, section 5.1.1."""
        raw, mark = self.raw, b"--" + part.boundary.encode("utf-8", "replace")
        at = raw.find(mark, part.body, part.end)
        while at >= 0 and not (part.delimiters and part.delimiters[-1].closes):
            if self._looks >= MAX_LOOKS:
                self._full("looks", MAX_LOOKS)
            if self._looks >= MAX_LOOKS or len(part.delimiters) > MAX_PARTS:
                part.complete = False
                break
            self._looks += 1
            rest = REST.match(raw, at + len(mark), part.end)
            if rest is not None:
                one = Delimiter(at, rest.end(), rest[1] is not None)
                if at == part.body or raw[at - 1 : at] == b"\n":
                    part.delimiters.append(one)
                elif raw[at - 1 : at] != b"\r":
                    part.glued.append(one)
            at = raw.find(mark, at + len(mark), part.end)
        usual = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        pairs = zip_longest(part.delimiters, part.delimiters[1:])
        for number, (one, following) in enumerate(pairs, 1):
            if one.closes or not self._room(part.path):
                break
            end = part.end
            if following is not None:  # the line end before a delimiter is its own
                back = 2 if raw.endswith(b"\r\n", one.end, following.start) else 1
                end = max(one.end, following.start - back)
            part.children.append(self._part((*part.path, number), one.end, end, usual))
