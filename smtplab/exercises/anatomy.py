"""A strict reader of mail: it takes a message apart by the rules, and says which was broken.

It is small, and it forgives nothing; what it takes, every reader takes. It is there because no
parser may judge alone: lenient ones forgive what others do not, and the library's newest errs
on some legal input.
"""

import base64
import re
from dataclasses import dataclass, field

__all__ = ["Breach", "Entity", "base64_by_the_rules", "read"]

LINE = 76  # RFC 2045, section 6.8: letters of one line of base64
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # 2046, 5.1.1
# RFC 2045, section 5.1: a value is a token, or stands in double quotes.
TOKEN = r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"
PARAMETER = re.compile(rf'[ \t]*;[ \t]*({TOKEN})[ \t]*=[ \t]*({TOKEN}|"(?:[^"\\]|\\.)*")')
VALUE = re.compile(rf"[ \t]*({TOKEN}(?:/{TOKEN})?)")


class Breach(Exception):
    """A rule was broken: a reason, a sentence about it, and what to look at."""

    def __init__(self, reason: str, sentence: str, look: str = "") -> None:
        super().__init__(sentence)
        self.reason, self.sentence, self.look = reason, sentence, look


@dataclass
class Entity:
    """A message or a part, as the rules read it."""

    fields: list[tuple[str, str]]
    body: bytes
    children: list["Entity"] = field(default_factory=list)
    raw: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def valued(self, name: str) -> tuple[str, dict[str, str]]:
        """A field's value and its parameters: ("image/png", {"name": "a.png"})."""
        text = self.get(name)
        first = VALUE.match(text)
        if first is None:
            return "", {}
        place, found = first.end(), {}
        while parameter := PARAMETER.match(text, place):
            found[parameter[1].lower()] = _unquoted(parameter[2])
            place = parameter.end()
        if text[place:].strip(" \t;"):
            raise Breach(
                "broken-field",
                f"The field {name} cannot be read on from {text[place:].strip()[:40]!r}.",
                "RFC 2045, section 5.1: a value with spaces or special signs stands in double "
                "quotes, and a semicolon stands before each parameter.",
            )
        return first[1].lower(), found

    @property
    def kind(self) -> str:
        return self.valued("Content-Type")[0] or "text/plain"

    @property
    def tree(self) -> str:
        """How the parts are nested: mixed(related(text/html, image/png), application/zip)."""
        if not self.children:
            return self.kind
        return f"{self.kind.partition('/')[2]}({', '.join(c.tree for c in self.children)})"

    @property
    def leaves(self) -> list["Entity"]:
        return [leaf for c in self.children for leaf in c.leaves] if self.children else [self]

    @property
    def content(self) -> bytes:
        encoding = self.get("Content-Transfer-Encoding").lower()
        if encoding == "base64":
            base64_by_the_rules(self.body)
            return base64.b64decode(self.body)
        if encoding == "quoted-printable":
            return _quoted_printable(self.body)
        return self.body


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _quoted_printable(body: bytes) -> bytes:
    joined = re.sub(rb"=[ \t]*\r\n", b"", body)
    if re.search(rb"=(?![0-9A-Fa-f]{2})|[\x80-\xff]", joined):
        raise Breach("broken-qp", "A part says quoted-printable, and its body is not.")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), joined)


def base64_by_the_rules(body: bytes) -> None:
    """Raise Breach unless body is base64 as RFC 2045, section 6.8, has it."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", body):
        raise Breach(
            "bare-lf",
            "Lines of base64 end in a bare LF; a line of mail ends in CRLF.",
            "base64.encodebytes ends its lines with LF. A strict server refuses that: RFC 5321, "
            "section 2.3.8.",
        )
    lines = body.split(b"\r\n")
    if lines.pop():
        raise Breach(
            "no-last-crlf",
            "The last line of base64 has no CRLF at its end.",
            "Each line has one, the last one as well.",
        )
    joined = b"".join(lines)
    if re.search(rb"=[A-Za-z0-9+/]", joined):
        raise Breach(
            "inner-padding",
            "A = stands in the middle of the base64: many a reader takes it for the end.",
            "Where does a block end whose length is no multiple of three?",
        )
    if any(len(line) > LINE for line in lines):
        longest = max(map(len, lines))
        raise Breach(
            "long-line",
            f"The longest line of base64 has {longest} letters; {LINE} are allowed.",
            "RFC 2045, section 6.8. A server may refuse a line of more than 1,000 octets.",
        )
    if not re.fullmatch(
        rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=))?", joined
    ):
        raise Breach(
            "not-base64",
            "What came out is not base64: a strange letter, or no whole group of four.",
            "print the first 80 octets of it.",
        )


def read(raw: bytes) -> Entity:
    """Take a message or a part apart by the rules. Raise Breach where it breaks one."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    if raw.startswith(b"\r\n"):
        head, gap, body = b"", b"\r\n", raw[2:]
    if not gap:
        raise Breach(
            "no-empty-line",
            "No empty line stands between the header and the body.",
            "RFC 5322, section 2.1: the first empty line ends the header.",
        )
    fields = []
    for line in re.split(rb"\r\n(?![ \t])", head) if head else []:
        match = re.fullmatch(rb"([!-9;-~]+):[ \t]*(.*)", line, re.DOTALL)
        if match is None and line.startswith(b"--"):
            raise Breach(
                "no-empty-line",
                f"{line[:40]!r} stands among the header fields: the empty line that ends the "
                "header is missing.",
                "RFC 5322, section 2.1: the first empty line ends the header.",
            )
        if match is None:
            raise Breach(
                "no-field",
                f"Among the header fields stands {line[:40]!r}, which is none.",
                "A field is a name, a colon and a value, on one line that ends in CRLF.",
            )
        value = match[2].replace(b"\r\n", b"").decode("utf-8", "replace")
        fields.append((match[1].decode(), value.strip()))
    entity = Entity(fields, body, raw=raw)
    if entity.kind.startswith("multipart/"):
        entity.children = [read(part) for part in _parts(entity)]
    return entity


def _parts(entity: Entity) -> list[bytes]:
    boundary = entity.valued("Content-Type")[1].get("boundary", "")
    if not boundary:
        raise Breach(
            "no-boundary",
            "The Content-Type names no boundary that can be read.",
            'It has the form boundary="...".',
        )
    if not BOUNDARY.fullmatch(boundary):
        raise Breach(
            "illegal-boundary",
            f"{boundary!r} cannot be a boundary.",
            "RFC 2046, section 5.1.1: at most 70 letters, digits and a few signs.",
        )
    delimiter = b"--" + boundary.encode()
    pieces: list[list[bytes]] = [[]]
    closed = False
    for line in entity.body.split(b"\r\n"):
        bare = line.rstrip(b" \t")
        if closed:
            continue
        if bare in (delimiter, delimiter + b"--"):
            closed = bare != delimiter
            pieces.append([])
        else:
            pieces[-1].append(line)
    if len(pieces) == 1:
        raise _mismatch(boundary, entity.body)
    if not closed:
        raise Breach(
            "not-closed",
            "No closing delimiter stands after the last part.",
            "RFC 2046, section 5.1.1: the last one has two hyphens more, at its end.",
        )
    return [b"\r\n".join(piece) for piece in pieces[1:-1]]


def _mismatch(boundary: str, body: bytes) -> Breach:
    """The Breach of a boundary that is announced and never comes."""
    if b"--" + boundary.strip("'").encode() in body and boundary != boundary.strip("'"):
        return Breach(
            "single-quotes",
            f"The header announces {boundary!r}, with its single quotes, and no line is a "
            f"delimiter of that.",
            "RFC 2045, section 5.1: double quotes stand around a value. Single ones belong to it.",
        )
    return Breach(
        "no-delimiter",
        f"The header announces the boundary {boundary!r}, and no line of the body is its "
        "delimiter.",
        "A delimiter is a line of its own: two hyphens and the boundary, and CRLF on both sides.",
    )
