"""Lesson 05: which wrong idea is behind an encoded text or a part that is not right.

The reader says which rule is broken; what comes out whole is held against the text that went in.
"""

import base64
import quopri
import re

from ...catalogue import say
from ...solutions import headers as reference
from ..cases import Finding
from ..strict import apart, fields, line_ends, lines, quoted_printable
from .texts import broken, url_safe, wrong_text

__all__ = ["wrong_base64", "wrong_part", "wrong_quoted"]

PART, RESULT = say("the part"), say("the result")  # what sentences call the octets


def with_crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


# Quoted-printable


def wrong_quoted(got: bytes, text: str) -> Finding | None:
    right = with_crlf(text)
    if got == b"1 + 1 =3D 2, =E4=BD=A0" and text != "1 + 1 = 2, 你":
        return (
            "example-answer",
            say("quoted_printable returned the octets of the example for another text too."),
            say("They must come from the text that was given."),
        )
    finding = broken(quoted_printable, got, RESULT)
    one_digit = re.search(rb"=[0-9A-F](?![0-9A-F])", got)
    if (
        one_digit
        and quopri.decodestring(re.sub(rb"=(?=[0-9A-F](?![0-9A-F]))", b"=0", got)) == right
    ):
        return (
            "one-digit",
            say(
                "{token} has one hexadecimal digit, and a token has two.",
                token=one_digit[0].decode(),
            ),
            say('f"{octet:02X}" writes a 0 in front of a number below 16.'),
        )
    if finding is not None and finding[0] == "bare-line-break":
        look = say('Lines are joined with "\\r\\n". A CR that is no line end becomes =0D.')
        return finding[0], finding[1], look
    if finding is not None:
        return finding
    if b"=0A" in got:
        return (
            "line-break-encoded",
            say("A line break of the text was written as =0A; it stays a line break."),
            say("Take the text apart into lines first."),
        )
    by_number = next((c for c in text if ord(c) > 255 and b"=%X" % ord(c) in got), None)
    if by_number:
        return (
            "code-point",
            say(
                "{character!r} was written by its number {number:X}, and not by its octets.",
                character=by_number,
                number=ord(by_number),
            ),
            say("text.encode() gives the octets; each of them becomes =XX."),
        )
    read = quopri.decodestring(got)
    if read != right:
        return wrong_signs(read, right) or wrong_breaks(read, right) or wrong_text(read, right)
    readable = re.search(rb"=(?:3[0-9]|[46][1-9A-F]|[57][0-9A])", got)
    if readable:
        letter = chr(int(readable[0][1:], 16))
        return (
            "readable-encoded",
            say(
                "{letter!r} is printable ASCII, and was written as {token}.",
                letter=letter,
                token=readable[0].decode(),
            ),
            say("What can be read stays readable: that is the point of this encoding."),
        )
    # At the end of a line, or before a soft break, =20 is needed or does no harm.
    if re.search(rb"=20(?!(?:=20|=09|[ \t])*(?:=?\r\n|\Z))", got):
        return (
            "readable-encoded",
            say("A space inside a line was written as =20."),
            say(
                "A space becomes =20 where nothing follows it in its line. Elsewhere it stays a "
                "space."
            ),
        )
    return None


def wrong_signs(read: bytes, right: bytes) -> Finding | None:
    """Whether the form is that of another encoding, or signs were taken away."""
    if b"%" not in right and re.sub(rb"%(?=[0-9A-F]{2})", b"=", read) != read:
        undone = quopri.decodestring(re.sub(rb"%(?=[0-9A-F]{2})", b"=", read))
        if undone == right:
            return (
                "other-sign",
                say("The octets were written as %XX; quoted-printable writes =XX."),
                say("The percent sign is for addresses of web pages."),
            )
    if b"_" not in right and read.replace(b"_", b" ") == right:
        return (
            "underscore",
            say("A space was written as _, and reads back as _."),
            say("Encoding Q of encoded words does that. Quoted-printable has no such sign."),
        )
    if read == re.sub(rb"[ \t]+(?=\r\n|\Z)", b"", right):
        return (
            "space-lost",
            say("The spaces and tabs at the ends of lines are lost."),
            say("strip and rstrip take them away. Here the last one of a line becomes =20 or =09."),
        )
    if read == re.sub(rb"\r(?!\n)", b"", right):
        return (
            "cr-lost",
            say("A CR that is no part of a line end was taken out of the text."),
            say(
                'replace("\\r", "") takes every CR. Make "\\r\\n" to "\\n"; any other CR becomes '
                "=0D."
            ),
        )
    return None


def wrong_breaks(read: bytes, right: bytes) -> Finding | None:
    """What is wrong with the line breaks or the order of steps, if it is that."""
    if quopri.decodestring(read) == right:
        return (
            "encoded-twice",
            say("The = of a =XX was encoded again, to =3D."),
            say("Go over each octet once; or write the = of the text as =3D first of all."),
        )
    if read.replace(b"\r\r\n", b"\r\n") == right:
        return (
            "cr-doubled",
            say("The CR of a CRLF in the text became =0D, and another CRLF followed."),
            say("A line of the text may end in CRLF or in LF: make them alike first."),
        )
    if read.rstrip(b"\r\n") == right.rstrip(b"\r\n"):
        if len(read) > len(right):
            return (
                "end-of-text",
                say("There are more line breaks at the end than in the text."),
                say("CRLF stands between two lines: the last has none, unless the text has."),
            )
        return (
            "end-of-text",
            say("There are fewer line breaks at the end than in the text."),
            say('splitlines() and strip() take them away; split("\\n") keeps count.'),
        )
    if read.replace(b"\r\n", b"") == right.replace(b"\r\n", b""):
        if len(read) > len(right):
            return (
                "hard-break",
                say("A line break was added that is not in the text."),
                say("A line that is broken because it is long ends in =."),
            )
        return (
            "line-break-lost",
            say("A line break of the text is lost."),
            say("A = at the end of a line swallows the break; only a line that goes on has one."),
        )
    return None


# Base64


def wrong_base64(got: bytes, right: bytes, data: bytes) -> Finding:
    letters = right.replace(b"\r\n", b"")
    if not data:
        return (
            "empty-data",
            say("No data at all gave {got!r}.", got=got),
            say("No octets, no line."),
        )
    if got == b"VXNlcm5hbWU6\r\n":
        return (
            "example-answer",
            say("base64_lines returned the line of the example for other octets too."),
            say("The letters must come from the octets that were given."),
        )
    if got.startswith((b"b'", b'b"')):
        return (
            "repr-of-bytes",
            say("The letters come inside b'...': that is how Python shows bytes."),
            say("str(some_bytes) writes the b and the quotes too."),
        )
    finding = broken(line_ends, got, RESULT)
    if finding is not None:
        return finding
    if got in (letters, letters + b"\r\n") and len(letters) > 76:
        return (
            "one-line",
            say("All {count:,} letters stand in one line, and 76 is the most.", count=len(letters)),
            say("57 octets make 76 letters: take 57 at a time."),
        )
    if got == right[:-2]:
        return (
            "no-last-crlf",
            say("The last line has no CRLF."),
            say("Each line has one, the last too."),
        )
    if got == right + b"\r\n":
        return (
            "empty-line",
            say("After the last line comes an empty one."),
            say("How often does the loop run when nothing is left over?"),
        )
    rows = got.split(b"\r\n")
    if any(b"=" in row for row in rows[:-2]):
        return (
            "padding-inside",
            say("A line ends in =, and more lines follow: to a decoder = is the end of the data."),
            say("How many octets make a line? The number must be a multiple of three."),
        )
    if got.replace(b"\r\n", b"") == letters:
        short = next((len(row) for row in rows[:-2] if len(row) != 76), len(rows[0]))
        return (
            "line-length",
            say(
                "The letters are right, and a line has {length} of them; 76 is promised.",
                length=short,
            ),
            say("57 octets make 76 letters."),
        )
    if letters.startswith(got.replace(b"\r\n", b"")):
        return (
            "end-lost",
            say(
                "Of {letters:,} letters the last {missing:,} are missing.",
                letters=len(letters),
                missing=len(letters) - len(b"".join(rows)),
            ),
            say("The last line may be shorter than 76, and counts."),
        )
    if got.replace(b"-", b"+").replace(b"_", b"/") == right:
        return url_safe(RESULT)
    return (
        "wrong-letters",
        say("The letters are not those of the octets that were given."),
        say("Which octets go into the second line? Print the start and the end of each block."),
    )


# Parts


def wrong_part(got: bytes, right: bytes, text: str, subtype: str) -> Finding | None:
    head, empty, body = apart(got)
    if not empty and b"\n\n" in got:
        return broken(line_ends, got.partition(b"\n\n")[0], PART)
    if not empty:
        return (
            "no-empty-line",
            say("No empty line stands between the header of the part and its text."),
            say('Each field ends in its own CRLF; one more b"\\r\\n" is the empty line.'),
        )
    finding = broken(lines, head, PART) or broken(fields, head, PART)
    if finding is not None:
        return finding
    said = dict(fields(head, PART))
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        if name.lower() not in said and body.lower().startswith(f"{name}:".lower().encode()):
            return (
                "field-in-text",
                say("The field {name} stands behind an empty line, and so it is text.", name=name),
                say("The first empty line ends the header. Between two fields there is none."),
            )
        if name.lower() not in said:
            return (
                "field-missing",
                say("The field {name} is missing.", name=name),
                say("A part says what it is, and how it is encoded."),
            )
    kind = said["content-type"].lower().replace('"', "").replace(" ", "")
    if kind != f"text/{subtype};charset=utf-8":
        return (
            "content-type",
            say(
                "Content-Type is {value!r}, and not {expected!r}.",
                value=said["content-type"],
                expected=f"text/{subtype}; charset=utf-8",
            ),
            say("text/, the subtype, a semicolon, the charset."),
        )
    encoding = said["content-transfer-encoding"].lower()
    _, _, chosen = apart(right)
    quoted = reference.quoted_printable(text)
    if encoding not in ("quoted-printable", "base64"):
        return (
            "other-encoding",
            say(
                "Content-Transfer-Encoding is {encoding!r}: quoted-printable or base64 is "
                "promised.",
                encoding=encoding,
            ),
            say("The field names what was done to the text."),
        )
    finding = wrong_body(body, encoding, text)
    if finding is not None:
        return finding
    if len(body) > len(chosen) and text and (encoding == "base64") == (chosen == quoted):
        return (
            "longer-encoding",
            say(
                "{encoding} takes {length} octets here, and the other {shorter}.",
                encoding=encoding,
                length=len(body),
                shorter=len(chosen),
            ),
            say(
                "Encode the text both ways, and compare the lengths of what comes out. "
                "base64_lines wants the octets of the text itself."
            ),
        )
    return None


def wrong_body(body: bytes, encoding: str, text: str) -> Finding | None:
    right = with_crlf(text)
    quoted = encoding == "quoted-printable"
    other = wrong_base64_body(body, right) if quoted else wrong_quoted(body, text)
    finding = wrong_quoted(body, text) if quoted else wrong_base64_body(body, right)
    if finding is None:
        return None
    if text and other is None:
        return (
            "other-field",
            say(
                "The field says {encoding}, and the text is in the other encoding.",
                encoding=encoding,
            ),
            say("Name and encoding belong together: choose both in one place."),
        )
    if body in (right, text.encode()):
        return (
            "not-encoded",
            say("The field says {encoding}, and the text was not encoded.", encoding=encoding),
            say("What the field names must have been done."),
        )
    if body.startswith(b"\r\n") and wrong_body(body[2:], encoding, text) is None:
        return (
            "extra-empty-line",
            say("Two empty lines stand before the text: the second belongs to it already.")
            if quoted
            else say("Two empty lines stand before the base64: decoders skip the second."),
            say("The last field has its own CRLF; one more is enough."),
        )
    if quoted and quopri.decodestring(body) == right + b"\r\n":
        return (
            "end-added",
            say("A line break was added after the text."),
            say("The part ends where the encoded text ends."),
        )
    return finding


def wrong_base64_body(body: bytes, right: bytes) -> Finding | None:
    expected = reference.base64_lines(right)
    if body in (expected, expected.removesuffix(b"\r\n")):
        return None
    bare = right.replace(b"\r\n", b"\n")
    if body in (reference.base64_lines(bare), reference.base64_lines(bare)[:-2]):
        return (
            "lf-inside",
            say("In the base64 the line breaks of the text are LF, and not CRLF."),
            say("Text has CRLF before it is encoded; afterwards nobody can mend it."),
        )
    finding = wrong_base64(body, expected, right)
    if finding[0] not in ("wrong-letters", "end-lost"):
        return finding
    try:
        octets = base64.b64decode(body.replace(b"\r\n", b""), validate=True)
    except ValueError:
        return finding
    if octets.replace(b"\r\r\n", b"\r\n") == right:
        return (
            "cr-doubled",
            say("A CRLF of the text became CR, CR and LF inside the base64."),
            say("A line of the text may end in CRLF or in LF: make them alike first."),
        )
    return wrong_text(octets, right)
