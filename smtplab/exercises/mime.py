"""A strict reader of MIME, for checks.

Python's own parser is no judge. It forgives (a = inside base64, a part that is never closed)
and it errs (policy.default cuts the quotes off boundary='x', which are part of it). This one
takes what the RFCs allow and nothing else, and says which rule was broken and where.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

__all__ = ["Broken", "Part", "decoded", "parameters", "parse", "rules", "split"]

LINE = 998  # octets that no line may pass, RFC 5322 section 2.1.1
FOLD = 78  # octets of a header line that can be folded, the same section
BASE64_LINE = 76  # letters, RFC 2045 section 6.8

TOKEN = r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"  # RFC 2045 section 5.1, without the tspecials
PARAMETER = re.compile(rf'\s*;\s*({TOKEN})=(?:"((?:[^"\\]|\\.)*)"|({TOKEN}))(?=\s*(?:;|$))')
EXTENDED = re.compile(r"(?:[!#$&+.0-9A-Z^_`a-z{|}~-]|%[0-9A-Fa-f]{2})*")  # RFC 2231 section 7
ADDRESSES = ("from", "to")  # may hold UTF-8 where SMTPUTF8 is spoken, RFC 6532


class Broken(Exception):
    """A rule was broken: a short reason, the sentence for the student, what to look at."""

    def __init__(self, reason: str, sentence: str, look: str = "") -> None:
        super().__init__(sentence)
        self.reason, self.sentence, self.look = reason, sentence, look


@dataclass
class Part:
    """One node of the tree: its header fields (names in lower case), its body, its parts."""

    fields: list[tuple[str, str]]
    body: bytes
    parts: list["Part"] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known == name.lower()), None)

    @property
    def type(self) -> str:
        return (self.get("Content-Type") or "text/plain").partition(";")[0].strip().lower()

    @property
    def leaves(self) -> list["Part"]:
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]

    def __str__(self) -> str:
        """The tree in one line: mixed(alternative(text/plain, text/html), image/png)."""
        if not self.parts:
            return self.type
        return f"{self.type.partition('/')[2]}({', '.join(map(str, self.parts))})"


def shown(octets: bytes, width: int = 60) -> str:
    """Octets inside a sentence, cut when there are many."""
    text = repr(octets[:width])[2:-1]
    return f"'{text}{'...' if len(octets) > width else ''}'"


def sentence_of(what: str) -> str:
    """The same at the beginning of a sentence."""
    return f"The{what[3:]}" if what.startswith("the ") else what


# Octets and header fields


def rules(data: bytes, what: str) -> None:
    """Line ends are CRLF and nothing else; no line is too long."""
    bare = re.search(rb"[^\r\n]*(?:(?<!\r)\n|\r(?!\n))", data)
    if bare:
        end = "LF without a CR" if bare[0].endswith(b"\n") else "CR without an LF"
        raise Broken(
            "bare-line-end",
            f"A line of {what} ends in {end}: {shown(bare[0])}.",
            "Each line of a mail ends in CRLF, the two octets \\r\\n (RFC 5322, section 2.3).",
        )
    for line in data.split(b"\r\n"):
        if len(line) > LINE:
            raise Broken(
                "line-too-long",
                f"A line of {what} has {len(line):,} octets, and no line may pass {LINE}: "
                f"{shown(line, 40)}.",
                "base64_lines makes lines of 76 letters (RFC 2045, section 6.8)."
                if re.fullmatch(rb"[0-9A-Za-z+/]+=*", line)
                else "RFC 5322, section 2.1.1. A strict server answers 500.",
            )


def header_and_body(data: bytes, what: str) -> tuple[list[tuple[str, str]], bytes]:
    """The fields, unfolded, and what follows the empty line."""
    if data.startswith(b"\r\n"):
        return [], data[2:]
    head, empty, body = data.partition(b"\r\n\r\n")
    fields: list[tuple[str, str]] = []
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + text_of(line, fields[-1][0], what))
        elif colon and re.fullmatch(rb"[!-9;-~]+", name):
            fields.append(
                (name.decode().lower(), text_of(value, name.decode().lower(), what).lstrip())
            )
        else:
            raise Broken(
                "no-field",
                f"In the header of {what} stands {shown(line)}, which is no header field.",
                "An empty line, CRLF and nothing else, parts header and body. Does each field "
                "end in one CRLF, and is the empty line there?",
            )
        if len(line) > FOLD and re.search(rb"\S[ \t]+\S", value.strip() if colon else line):
            raise Broken(
                "not-folded",
                f"A header line of {what} has {len(line)} octets, and has a space where it could "
                f"be folded: {shown(line, 40)}.",
                f"RFC 5322, section 2.1.1, wants {FOLD} at most. header folds at spaces.",
            )
    if not empty and not data.endswith(b"\r\n"):
        raise Broken(
            "no-empty-line",
            f"No empty line follows the header of {what}.",
            "An empty line, CRLF and nothing else, parts header and body.",
        )
    return fields, body


def text_of(value: bytes, name: str, what: str) -> str:
    if not value.isascii() and name not in ADDRESSES:
        raise Broken(
            "raw-header",
            f"The field {name} of {what} holds octets outside ASCII: {shown(value.strip())}.",
            "Readers do not agree on what they mean. A header is ASCII.",
        )
    return value.decode("utf-8", "replace").rstrip()


# Parameters, RFC 2045 section 5.1 and RFC 2231


def parameters(value: str, what: str) -> dict[str, str]:
    """The parameters of a field's value, by name in lower case, put together and decoded."""
    position = value.find(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    while 0 <= position < len(value.rstrip()):
        match = PARAMETER.match(value, position)
        if match is None:
            bad_parameter(value[position:].strip("; "), what)
        position = match.end()
        name, quoted, token = match[1].lower(), match[2], match[3]
        text = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        base, number, star = split_name(name, what)
        if star and quoted is not None:
            raise Broken(
                "quoted-extended",
                f"{sentence_of(what)} puts quotes around what stands after {match[1]}=; the form "
                "of RFC 2231 has none.",
                "With a * the value is charset''octets, without quotes around it.",
            )
        if number is None and not star:
            plain[base] = text
        else:
            pieces.setdefault(base, {})[number or 0] = (star, text)
    return plain | {name: joined(name, numbered, what) for name, numbered in pieces.items()}


def bad_parameter(rest: str, what: str) -> NoReturn:
    name, equals, text = rest.partition("=")
    shape = 'RFC 2045, section 5.1: what is more than letters and digits stands in "double quotes"'
    excerpt = shown(rest.encode())
    if not equals:
        sentence = f"{sentence_of(what)} has {excerpt} where a parameter, name=value, should be."
    elif "=?" in rest and rest.isascii():
        raise Broken(
            "encoded-word",
            f"{sentence_of(what)} has an encoded word in it: {excerpt}.",
            "header writes one for what is not ASCII. A parameter has a form of its own, which "
            "is ASCII: parameter(name, value) writes it.",
        )
    elif text.startswith(f"{name}="):
        raise Broken(
            "name-written-twice",
            f"{sentence_of(what)} says {name}= twice: {excerpt}.",
            "parameter(name, value) writes both, the name and the value.",
        )
    elif name.endswith("*") and not text.startswith('"'):
        not_escaped(EXTENDED.sub("", text.replace("'", "", 2), count=1), name, what)
    elif text.startswith('"'):
        sentence = f"The quotes of {excerpt} in {what} end too early, or not at all."
    elif text.startswith("'"):
        raise Broken(
            "apostrophes",
            f"{sentence_of(what)} has apostrophes around the value: {excerpt}.",
            shape,
        )
    else:
        sentence = f"{sentence_of(what)} has {excerpt} without quotes, and it needs them."
    raise Broken("bad-parameter", sentence, f'{shape}, and a " or a \\ inside has a \\ before it.')


def not_escaped(rest: str, name: str, what: str) -> NoReturn:
    if rest.startswith("%"):
        raise Broken(
            "cut-escape",
            f"A % without two digits after it stands in the value of {name.rstrip('*')} in {what}.",
            "Was a %XX cut in two? A piece ends after a whole one.",
        )
    code = "".join(f"%{octet:02X}" for octet in rest[:1].encode())
    raise Broken(
        "not-escaped",
        f"{rest[:1]!r} stands as it is in the value of {name.rstrip('*')} in {what}; there it has "
        f"to be {code}.",
        "RFC 2231, section 7, keeps few signs as they are: letters, digits, and some others. "
        'quote has a parameter safe, and it is "/" when you do not say.',
    )


def split_name(name: str, what: str) -> tuple[str, int | None, bool]:
    match = re.fullmatch(r"([^*]+)(?:\*(0|[1-9][0-9]*))?(\*?)", name)
    if match is None:
        raise Broken(
            "numbering",
            f"{name} in {what} is no name of a parameter.",
            "RFC 2231, section 3: name*0*, name*1* and so on.",
        )
    return match[1], int(match[2]) if match[2] else None, bool(match[3])


def joined(name: str, numbered: dict[int, tuple[bool, str]], what: str) -> str:
    if sorted(numbered) != list(range(len(numbered))):
        came = ", ".join(map(str, sorted(numbered)))
        raise Broken(
            "numbering",
            f"The pieces of {name} in {what} are numbered {came}.",
            "RFC 2231, section 3: from 0, and none is left out.",
        )
    octets, charset = b"", None
    for number, (star, text) in sorted(numbered.items()):
        rest = text
        if not star:
            octets += text.encode()
            continue
        if number == 0:
            marks = text.split("'")
            if len(marks) < 3:
                raise Broken(
                    "no-charset",
                    f"The value of {name} in {what} begins with {shown(text.encode(), 20)}, and "
                    "the charset with its two apostrophes is missing there.",
                    "RFC 2231, section 4: utf-8''%E4%BD%A0. Between the apostrophes a language "
                    "may stand; none does here.",
                )
            charset, rest = marks[0].lower(), "'".join(marks[2:])
        elif charset is not None and text.lower().startswith(f"{charset}'"):
            raise Broken(
                "charset-repeated",
                f"Piece {number} of {name} in {what} says the charset again.",
                "Only the first piece says it: RFC 2231, section 4.1.",
            )
        if not EXTENDED.fullmatch(rest):
            not_escaped(EXTENDED.sub("", rest, count=1), name, what)
        octets += re.sub(rb"%(..)", lambda m: bytes.fromhex(m[1].decode()), rest.encode())
    if charset not in (None, "utf-8"):
        raise Broken("charset", f"The charset of {name} in {what} is {charset!r}, and not utf-8.")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken(
            "not-utf-8", f"The octets of {name} in {what} are no UTF-8.",
            "Which encoding made these octets?",
        ) from None  # fmt: skip


# Bodies


def boundary_of(part: Part, what: str) -> str:
    found = parameters(part.get("Content-Type") or "", what).get("boundary")
    if not found:
        raise Broken(
            "no-boundary",
            f"The Content-Type of {what} names no boundary.",
            "The header tells readers which line cuts: RFC 2046, section 5.1.1.",
        )
    return found


def split(body: bytes, boundary: str, what: str) -> list[bytes]:
    """The octets of each part between the delimiters. RFC 2046, section 5.1.1."""
    mark = b"--" + boundary.encode()
    line = re.compile(rb"(?:\A|\r\n)" + re.escape(mark) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    found = list(line.finditer(body))
    glued = re.search(rb"[^\r\n]+" + re.escape(mark) + rb"(?:--)?(?=\r\n|\Z)", body)
    if glued:
        raise Broken(
            "glued-delimiter",
            f"A delimiter of {what} hangs on another line: {shown(glued[0])}.",
            "CRLF stands before every delimiter, whatever the part before it ends in.",
        )
    if not found or found[0][1]:
        raise Broken("no-delimiter", *no_delimiter(body, boundary, what))
    end = next((index for index, match in enumerate(found) if match[1]), None)
    if end is None:
        raise Broken(
            "not-closed",
            f"{sentence_of(what)} is never closed: after its last part stands no line "
            f"{mark.decode()}--.",
            "The closing delimiter has two more hyphens at its end.",
        )
    pieces = []
    for match, following in pairwise(found[: end + 1]):
        if following.start() < match.end() + 2:
            raise Broken(
                "nothing-between",
                f"Between two delimiters of {what} stands nothing, not even an empty line.",
                "A part without a header begins with an empty line.",
            )
        pieces.append(body[match.end() + 2 : following.start()])
    return pieces


def no_delimiter(body: bytes, boundary: str, what: str) -> tuple[str, str]:
    bare, mark = boundary.encode(), b"--" + boundary.encode()
    if re.fullmatch("'.*'", boundary) and b"--" + bare[1:-1] in body:
        return (
            f"The header of {what} says the boundary is {boundary}, apostrophes included, and "
            "the lines have it without them.",
            'In a header field the quotes around a value are "double".',
        )
    if re.search(rb"(?:\A|\r\n)" + re.escape(bare), body) and mark not in body:
        return (
            f"The lines in {what} say {boundary}, without the two hyphens that a delimiter "
            "begins with.",
            "A delimiter is --, then the boundary. The header has it without the hyphens.",
        )
    if mark in body:
        return (
            f"{mark.decode()} is in {what}, and is no line of its own there.",
            "A delimiter stands alone on its line: CRLF before it, CRLF after it.",
        )
    return (
        f"The header of {what} names the boundary {boundary!r}, and no line is a delimiter of it.",
        "Is it the same boundary in the header and in the lines?",
    )


def decoded(part: Part, what: str) -> bytes:
    """The octets of a leaf, its transfer encoding undone by the rules."""
    encoding = (part.get("Content-Transfer-Encoding") or "7bit").strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(part.body)
    if encoding != "base64":
        if encoding == "7bit" and not part.body.isascii():
            raise Broken("not-7bit", f"The body of {what} is not ASCII, and says no encoding.")
        return part.body
    lines = part.body.split(b"\r\n")
    longest = max(lines, key=len)
    if len(longest) > BASE64_LINE:
        raise Broken(
            "long-base64",
            f"The base64 of {what} has a line of {len(longest):,} letters; {BASE64_LINE} is the "
            "most.",
            "base64_lines makes lines of the right length (RFC 2045, section 6.8).",
        )
    letters = b"".join(lines)
    if b"=" in letters.rstrip(b"="):
        raise Broken(
            "inner-padding",
            f"In the base64 of {what} a = stands before the end: to many readers the file ends "
            "there.",
            "The data must be encoded as a whole, or in blocks of a multiple of three octets.",
        )
    try:
        return base64.b64decode(letters, validate=True)
    except ValueError:
        raise Broken(
            "not-base64",
            f"The body of {what} is no base64: it begins with {shown(part.body, 30)}.",
            "base64_lines turns octets into such lines.",
        ) from None


def parse(data: bytes, what: str) -> Part:
    """The whole tree, or Broken."""
    part = Part(*header_and_body(data, what))
    if part.type.startswith("multipart/"):
        encoding = (part.get("Content-Transfer-Encoding") or "7bit").strip().lower()
        if encoding not in ("7bit", "8bit", "binary"):
            raise Broken(
                "encoded-multipart",
                f"The {part.type} says that it is in {encoding}, and only its parts can be.",
                "RFC 2045, section 6.4.",
            )
        for number, piece in enumerate(
            split(part.body, boundary_of(part, what), f"the {part.type}"), 1
        ):
            part.parts.append(parse(piece, f"part {number} of the {part.type}"))
    return part
