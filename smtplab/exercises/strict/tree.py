"""The tree of parts: a header, and the body that it announces. RFC 2046."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from ...catalogue import say
from .encodings import base64_octets, quoted_printable
from .fields import CRLF, TOKEN, Broken, apart, fields, lines, parameters, shown

__all__ = ["Part", "legal_boundary", "opened", "read"]

LONGEST_BOUNDARY = 70  # RFC 2046 section 5.1.1
MEDIA_TYPE = re.compile(rf"{TOKEN}/{TOKEN}")  # RFC 2045 section 5.1
AS_IT_IS = ("7bit", "8bit", "binary")  # RFC 2045 section 6.2


@dataclass
class Part:
    """A message, or one of its parts: its header fields (names in lower case), and its body."""

    fields: list[tuple[str, str]]
    body: bytes
    raw: bytes = b""  # all of it, as it came
    what: str = say("the part")  # what sentences call it
    parts: list["Part"] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.fields if known == name.lower()]

    def get(self, name: str) -> str:
        """The value of the first field of that name, or ""."""
        return next(iter(self.all(name)), "")

    def value(self, name: str) -> str:
        """The same without its parameters, in lower case."""
        return self.get(name).partition(";")[0].strip().lower()

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of a field, such as {"filename": "a.png"}."""
        return parameters(self.get(name), say("the {name} of {what}", name=name, what=self.what))

    @property
    def type(self) -> str:
        """The media type: text/plain where none is named, RFC 2045 section 5.2."""
        if not self.all("Content-Type"):
            return "text/plain"
        found = self.value("Content-Type")
        if re.match(rf"{MEDIA_TYPE.pattern}[\s,]+{TOKEN}=", found):
            raise Broken(
                "no-semicolon",
                say(
                    "In the Content-Type of {what} no ; stands behind the media type: {found!r}.",
                    what=self.what,
                    found=found,
                ),
                say("RFC 2045, section 5.1: a semicolon goes before each parameter."),
            )
        if not MEDIA_TYPE.fullmatch(found):
            raise Broken(
                "no-media-type",
                say(
                    "The Content-Type of {what} is {value!r}, which begins with no media type.",
                    what=self.what,
                    value=self.get("Content-Type"),
                ),
                say(
                    "RFC 2045, section 5.1: a type, a slash, a subtype; a semicolon before each "
                    "parameter."
                ),
            )
        return found

    @property
    def encoding(self) -> str:
        """The transfer encoding: 7bit where none is named, RFC 2045 section 6.1."""
        return self.get("Content-Transfer-Encoding").lower() or "7bit"

    @property
    def leaves(self) -> list["Part"]:
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]

    @property
    def tree(self) -> str:
        """In one line: mixed(alternative(text/plain, text/html), image/png)."""
        if not self.parts:
            return self.type
        return f"{self.type.partition('/')[2]}({', '.join(part.tree for part in self.parts)})"

    @property
    def content(self) -> bytes:
        """The octets of a leaf, its transfer encoding undone."""
        if self.encoding == "quoted-printable":
            return quoted_printable(self.body, self.what)
        if self.encoding == "base64":
            return base64_octets(self.body, say("the base64 of {what}", what=self.what))
        if self.encoding not in AS_IT_IS:
            raise Broken(
                "unknown-encoding",
                say(
                    "The Content-Transfer-Encoding of {what} is {encoding!r}, which no reader "
                    "knows.",
                    what=self.what,
                    encoding=self.encoding,
                ),
                say(
                    "RFC 2045, section 6.1, names five: base64 and quoted-printable, and three "
                    "that leave the body as it is."
                ),
            )
        if self.encoding == "7bit" and not self.body.isascii():
            raise Broken(
                "not-7bit",
                say("The body of {what} is not ASCII, and says no encoding.", what=self.what),
            )
        return self.body

    @property
    def _called(self) -> str:
        # Translators: {type} is multipart/mixed, multipart/related or multipart/alternative.
        return say("the {type}", type=self.type)

    @property
    def boundary(self) -> str:
        """What Content-Type announces. RFC 2046, section 5.1.1."""
        found = parameters(self.get("Content-Type"), self._called).get("boundary")
        if not found:
            raise Broken(
                "no-boundary",
                say("The Content-Type of the {type} names no boundary.", type=self.type),
                say("The header tells readers which line cuts: RFC 2046, section 5.1.1."),
            )
        legal_boundary(found)
        return found

    def pieces(self) -> list[bytes]:
        """The octets of each part between the delimiters. RFC 2046, section 5.1.1."""
        what, mark = self._called, b"--" + self.boundary.encode()
        line = re.compile(rb"(?:\A|\r\n)" + re.escape(mark) + rb"(--)?[ \t]*(?=\r\n|\Z)")
        found = list(line.finditer(self.body))
        glued = re.search(rb"[^\r\n]" + re.escape(mark) + rb"(?:--)?(?=\r\n|\Z)", self.body)
        if glued:
            start = self.body.rfind(b"\n", 0, glued.end()) + 1
            raise Broken(
                "glued-delimiter",
                say(
                    "A delimiter of {what} hangs on another line: {line}.",
                    what=what,
                    line=shown(self.body[start : glued.end()]),
                ),
                say("CRLF stands before every delimiter, whatever the part before it ends in."),
                self.body[start : glued.end()],
            )
        hanging = re.search(rb"(?:\A|\r\n)" + re.escape(mark) + rb"(?!--)[^\r\n]+", self.body)
        if found and found[0][1] and hanging:
            raise Broken(
                "no-delimiter",
                say(
                    "A delimiter of {what} has no line end behind it: {line}.",
                    what=what,
                    line=shown(hanging[0].strip()),
                ),
                say("A delimiter stands alone on its line: CRLF before it, CRLF after it."),
            )
        if found and found[0][1]:
            raise Broken(
                "no-delimiter",
                say(
                    "The first delimiter of {what} is the closing one, so no part is in it.",
                    what=what,
                ),
                say("The one with two hyphens at its end comes once, after the last part."),
            )
        if not found:
            raise _no_delimiter(self.body, self.boundary, what)
        end = next((index for index, match in enumerate(found) if match[1]), None)
        if end is None:
            raise Broken(
                "not-closed",
                say(
                    "No closing delimiter, a line {mark}--, stands after the last part of {what}: "
                    "it is never closed.",
                    mark=mark.decode(),
                    what=what,
                ),
                say("The closing delimiter has two more hyphens, at its end."),
            )
        pieces = []
        for match, following in pairwise(found[: end + 1]):
            if following.start() < match.end() + len(CRLF):
                raise Broken(
                    "nothing-between",
                    say(
                        "Between two delimiters of {what} stands nothing, not even an empty line.",
                        what=what,
                    ),
                    say("A part without a header begins with an empty line."),
                )
            pieces.append(self.body[match.end() + len(CRLF) : following.start()])
        return pieces


def legal_boundary(boundary: str) -> None:
    """Raise Broken unless it can be one. RFC 2046, section 5.1.1: bcharsnospace, and spaces."""
    strange = re.search(r"[^0-9A-Za-z'()+_,./:=? -]| \Z", boundary)
    if strange:
        raise Broken(
            "illegal-boundary",
            say(
                "{boundary!r} cannot be a boundary: it has ' ' in it at its end.", boundary=boundary
            )
            if strange[0] == " "
            else say(
                "{boundary!r} cannot be a boundary: it has {sign!r} in it.",
                boundary=boundary,
                sign=strange[0],
            ),
            say(
                "RFC 2046, section 5.1.1, lists what a boundary is made of: letters, digits "
                "and a few signs."
            ),
            strange[0].encode("utf-8", "replace"),
        )
    if not 1 <= len(boundary) <= LONGEST_BOUNDARY:
        raise Broken(
            "illegal-boundary",
            say(
                "{boundary} cannot be a boundary: it has {count} characters, and 1 to {most} "
                "are allowed.",
                boundary=shown(boundary.encode()),
                count=len(boundary),
                most=LONGEST_BOUNDARY,
            ),
            say("RFC 2046, section 5.1.1: at most 70 letters, digits and a few signs."),
        )


def _no_delimiter(body: bytes, boundary: str, what: str) -> Broken:
    """The Broken of a boundary that is announced and never comes."""
    bare, mark = boundary.encode(), b"--" + boundary.encode()
    if re.fullmatch("'.*'", boundary) and b"--" + bare[1:-1] in body:
        sentence = say(
            "The header of {what} says the boundary is {boundary}, apostrophes included, and the "
            "lines have it without them.",
            what=what,
            boundary=boundary,
        )
        look = say('In a header field the quotes around a value are "double".')
    elif boundary.startswith("--") and mark not in body and bare in body:
        sentence = say(
            "The header of {what} names the boundary {boundary!r}, and no line of the body is its "
            "delimiter: the two hyphens belong to the lines, and not to the header.",
            what=what,
            boundary=boundary,
        )
        look = say("A delimiter is --, then the boundary. The header has it without the hyphens.")
    elif re.search(rb"(?:\A|\r\n)" + re.escape(bare), body) and mark not in body:
        sentence = say(
            "The header of {what} names the boundary {boundary!r}, and no line of the body is its "
            "delimiter: the lines say it without the two hyphens that a delimiter begins with.",
            what=what,
            boundary=boundary,
        )
        look = say("A delimiter is --, then the boundary. The header has it without the hyphens.")
    elif mark in body:
        sentence = say(
            "{mark} is in {what}, and is no line of its own there.", mark=mark.decode(), what=what
        )
        look = say("A delimiter stands alone on its line: CRLF before it, CRLF after it.")
    else:
        sentence = say(
            "The header of {what} names the boundary {boundary!r}, and no line of the body is its "
            "delimiter.",
            what=what,
            boundary=boundary,
        )
        look = say("Is it the same boundary in the header and in the lines?")
    return Broken("no-delimiter", sentence, look, bare)


# Reading


def opened(raw: bytes, what: str, *, folds: bool = False) -> Part:
    """A message or a part with its header read, and its body left as it is."""
    lines(raw, what)
    return _opened(raw, what, folds)


def read(raw: bytes, what: str, *, folds: bool = False) -> Part:
    """A message or a part with all that is in it."""
    lines(raw, what)
    return _read(raw, what, folds)


def _opened(raw: bytes, what: str, folds: bool) -> Part:
    head, empty, body = apart(raw)
    part = Part(fields(head, what, folds=folds), body, raw, what)
    if not empty:  # legal where no body follows, and written by nobody who means it
        raise Broken(
            "no-empty-line",
            say("No empty line follows the header of {what}.", what=what),
            say("An empty line, CRLF and nothing else, parts header and body."),
        )
    return part


def _read(raw: bytes, what: str, folds: bool) -> Part:
    part = _opened(raw, what, folds)
    if part.type.startswith("multipart/"):
        if part.encoding not in AS_IT_IS:
            raise Broken(
                "encoded-multipart",
                say(
                    "The {type} says that it is in {encoding}, and only its parts can be.",
                    type=part.type,
                    encoding=part.encoding,
                ),
                say("RFC 2045, section 6.4."),
            )
        for number, piece in enumerate(part.pieces(), 1):
            part.parts.append(
                _read(
                    piece, say("part {number} of the {type}", number=number, type=part.type), folds
                )
            )
    return part
