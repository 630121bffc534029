"""Lesson 05: which wrong idea is behind a field, a text or a part that is not right.

The reader says which rule is broken; what comes out whole is held against the text that went in.
Each function here returns None when all is well, or what is wrong: a reason, a sentence, and
what to look at.
"""

import base64
import quopri
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from ...catalogue import say
from ...solutions import headers as reference
from ..cases import Finding, brief
from ..strict import (
    Broken,
    apart,
    encoded_word,
    fields,
    line_ends,
    lines,
    quoted_printable,
    read_words,
    shown,
)

__all__ = [
    "wrong_base64",
    "wrong_lines",
    "wrong_part",
    "wrong_quoted",
    "wrong_value",
    "wrong_words",
]

OTHER_CHARSETS = ("gbk", "gb18030", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be",
                  "utf-32", "utf-8-sig", "utf-7")  # fmt: skip

# What sentences call the octets that are read.
FIELD, PART, RESULT = say("the field"), say("the part"), say("the result")


def broken(reading: Callable[..., Any], *args: Any, **options: Any) -> Finding | None:
    """The rule that a reading finds broken, in the words of this lesson."""
    try:
        reading(*args, **options)
    except Broken as rule:
        match rule.reason:
            case "bare-line-end":
                return (
                    "bare-line-break",
                    say("A line ends in LF or CR alone, where CRLF is wanted."),
                    say('A line end is written "\\r\\n". Strict servers refuse a bare LF.'),
                )
            case "raw-header":
                return (
                    "raw-octets",
                    say(
                        "Octets outside ASCII stand in the field, and nothing says how to read "
                        "them."
                    ),
                    say("encode_word makes ASCII of words that are none."),
                )
            case "line-too-long":
                return (
                    "over-998",
                    say(
                        "A line has {count:,} octets; servers refuse more than 998.",
                        count=len(rule.octets),
                    ),
                    say("What cannot be folded cannot be sent as it is: raise ValueError."),
                )
        return rule.finding
    return None


# Texts


def readable(octets: bytes) -> str:
    """Octets as text, where they are text."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return shown(octets, 30)
    return repr(text) if len(text) <= 20 else f"{text[:20]!r}..."


def wrong_text(got: bytes, right: bytes) -> Finding:
    """Why the octets that a reader gets are not those of the text."""
    text = right.decode()
    if got in (text.encode("ascii", "replace"), text.encode("ascii", "ignore")):
        return (
            "text-lost",
            say("What is not ASCII was lost on the way."),
            say('text.encode("utf-8") keeps every character.'),
        )
    for charset in OTHER_CHARSETS:
        if got == text.encode(charset, "replace"):
            return (
                "not-utf-8",
                say("The octets are those of {charset}, where UTF-8 is promised.", charset=charset),
                say('text.encode("utf-8") makes them.'),
            )
    if got.startswith((b"b'", b'b"')) and not right.startswith(got[:2]):
        return (
            "repr-of-bytes",
            say(
                "Read back it is {text}: that is how Python shows bytes.",
                text=readable(got),
            ),
            say("An f-string and str() write the b and the quotes too. Join bytes with bytes."),
        )
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        if got == unicodedata.normalize(form, text).encode():
            return (
                "normalised",
                say("The letters look the same, and their characters are not those of the text."),
                say(
                    "unicodedata.normalize({form!r}, text) puts others in their place. Whoever "
                    "wrote the text chose its characters.",
                    form=form,
                ),
            )
    if not got:
        return (
            "nothing-left",
            say("Read back, nothing is left of the text."),
            say("Print what you encode."),
        )
    if right.startswith(got):
        return (
            "end-lost",
            say("The end is missing: {rest}.", rest=readable(right[len(got) :])),
            say("What is still in the piece or line when the loop is over?"),
        )
    if got.startswith(right):
        return (
            "end-added",
            say(
                "After the text comes {rest}, which is not in it.",
                rest=readable(got[len(right) :]),
            ),
            say("The end of the text is not the end of a line, unless it says so."),
        )
    read = got.decode(errors="replace")
    at = next((n for n, (a, b) in enumerate(zip(read, text, strict=False)) if a != b), len(read))
    before = text[max(0, at - 6) : at]
    if read[at : at + 9] and text[at + 1 :].startswith(read[at : at + 9]):
        return (
            "character-lost",
            say("{character!r} is missing after {before!r}.", character=text[at], before=before)
            if at
            else say("{character!r} is missing at the start.", character=text[at]),
            say("Where a new piece begins: does the character that had no room go into it?"),
        )
    if text[at : at + 9] and read[at + 1 :].startswith(text[at : at + 9]):
        return (
            "character-added",
            say(
                "{character!r} stands after {before!r}, and is not in the text.",
                character=read[at],
                before=before,
            )
            if at
            else say(
                "{character!r} stands at the start, and is not in the text.", character=read[at]
            ),
            say("Does a character go into two pieces?"),
        )
    return (
        "wrong-text",
        say("Read back it is {read!r}, and not {text!r}.", read=read[:40], text=text[:40]),
        say("Do by hand what a reader does, and look where the two part."),
    )


# Encoded words


def wrong_words(got: str, text: str) -> Finding | None:
    if not text and got:
        return (
            "empty-text",
            say("An empty text gave {got!r}; without letters there is no encoded word.", got=got),
            say("No letters, no word: the last piece counts only when there is something in it."),
        )
    if got == text and text:
        return (
            "not-encoded",
            say("{text!r} came back as it was, and is no encoded word.", text=text),
            say(
                "It is header that leaves ASCII words alone. encode_word encodes all that it is "
                "given."
            ),
        )
    if got == "=?utf-8?B?5L2g5aW9?=" and text.replace(" ", "") != "你好":
        return (
            "example-answer",
            say("encode_word returned the encoded word of the example for another text too."),
            say("The letters must come from the text that was given."),
        )
    if text and not got:
        return (
            "returned-empty",
            say("encode_word returned an empty str, and nothing of the text is in it."),
            say("What is still in the piece when the loop is over?"),
        )
    if not got.isascii():
        foreign = next(letter for letter in got if not letter.isascii())
        return (
            "not-encoded",
            say(
                "{character!r} stands in the result as it is, and an encoded word is ASCII.",
                character=foreign,
            ),
            say("base64_encode takes the octets of the text and gives ASCII letters."),
        )
    if re.search(r"=\?[^?]*\?[^?]*\?[^?\r\n]*[\r\n]", got):
        return (
            "line-break-inside",
            say("A line break stands inside an encoded word, among its letters."),
            say(
                "encodebytes puts an LF at the end of each line. b64encode, and your "
                "base64_encode, put none."
            ),
        )
    if "\r" in got or "\n" in got:
        return (
            "line-breaks",
            say("There is a line break between the words, where a space is promised."),
            say("header folds lines, and folds at spaces."),
        )
    if "?==?" in got:
        return (
            "no-space",
            say("Two encoded words stand together without a space: a reader takes them for one."),
            say('" ".join(words) puts a space between two.'),
        )
    words = got.split(" ") if got else []
    if "" in words:
        return (
            "extra-space",
            say("There is a space too many before, between or after the words."),
            say("One space between two words, and none at the ends."),
        )
    pieces, cut = [], None
    for number, word in enumerate(words, 1):
        try:
            pieces.append(encoded_word(word, say("word {number}", number=number)))
        except Broken as rule:
            if rule.reason == "not-base64":
                return wrong_letters(words, text, number) or rule.finding
            if rule.reason != "character-cut":
                return rule.finding
            # Octets of another charset are cut characters too: look at the whole first.
            pieces.append(rule.octets)
            cut = cut or rule.finding
    right = text.encode()
    whole = b"".join(pieces)
    if whole.replace(b" ", b"") == right.replace(b" ", b"") and len(whole) < len(right):
        return (
            "space-lost",
            say("Spaces of the text are lost: a reader shows {text}.", text=readable(whole)),
            say(
                "A reader drops what stands between two words: a space of the text goes into a "
                "word."
            ),
        )
    if whole != right:
        return wrong_text(whole, right)
    return cut


def wrong_letters(words: list[str], text: str, number: int) -> Finding | None:
    """Why the letters of a word are no base64, if it is not that a row of them was cut."""
    if re.search("[-_]", words[number - 1][10:-2]):
        return url_safe(say("word {number}", number=number))
    rows = [word[10:-2] for word in words]
    if "".join(rows).isalnum() and text.encode() == b"".join(
        base64.b64decode(row + "=" * (-len(row) % 4)) for row in rows if len(row) % 4 != 1
    ):
        return (
            "no-padding",
            say(
                "The letters of word {number} are no multiple of four: the = at their end is "
                "missing.",
                number=number,
            ),
            say("Base64 fills the last group up with =, and a decoder counts on it."),
        )
    return None


def url_safe(what: str) -> Finding:
    return (
        "url-safe",
        say("In {what} the letters - and _ stand where base64 has + and /.", what=what),
        say(
            "That is the alphabet for addresses of web pages, of urlsafe_b64encode. Mail has the "
            "other one, of b64encode."
        ),
    )


# Header fields


def wrong_lines(got: bytes, name: str) -> Finding | None:
    """What is wrong with a field as lines, whatever they say."""
    if not got.strip():
        return (
            "nothing-left",
            say("Of the field nothing is there."),
            say("What is still in the line when the loop is over?"),
        )
    finding = broken(lines, got, FIELD)
    if finding is not None:
        return finding
    if not got.endswith(b"\r\n"):
        return (
            "no-crlf",
            say("The field has no CRLF at its end."),
            say("Each line of a header has one."),
        )
    rows = got[:-2].split(b"\r\n")
    if rows[-1] == b"":
        return (
            "empty-line",
            say("An empty line follows the field, and would end the whole header."),
            say("One CRLF is the end of the field."),
        )
    start = name.encode() + b":"
    if not rows[0].startswith(start):
        return (
            "no-name",
            say(
                "The field does not begin with {start!r}: {line!r}.", start=start, line=rows[0][:40]
            ),
            say("The name, a colon, a space, the value."),
        )
    if rows[0][len(start) : len(start) + 1] not in (b"", b" "):
        return (
            "no-space",
            say("No space follows the colon."),
            say("The docstring says: name, colon, space, value."),
        )
    for number, row in enumerate(rows[1:], 2):
        if row[:1] not in (b" ", b"\t"):
            return (
                "fold-without-space",
                say(
                    "Line {number} does not begin with a space, and is taken for a field of its "
                    "own.",
                    number=number,
                ),
                say("CRLF goes in front of a space, and the space stays."),
            )
    return broken(fields, got, FIELD, folds=True)


def wrong_value(got: bytes, name: str, value: str, ascii_stays: bool) -> Finding | None:
    ((_, raw),) = fields(got, FIELD)
    if re.search(r"(?:^|\s)b['\"]", raw) and "b'" not in value:
        return (
            "repr-of-bytes",
            say("The value stands inside b'...': that is how Python shows bytes."),
            say("An f-string wants str; encode the whole field at the end."),
        )
    finding = broken(read_words, raw)
    if finding is not None:
        return finding
    read = read_words(raw).strip()
    right = value.strip()
    if ascii_stays and value.isascii() and "=?" in raw:
        return (
            "ascii-encoded",
            say("{value} is ASCII, and became an encoded word.", value=brief(value)),
            say("ASCII words stay as they are: anybody can read them."),
        )
    word = r"=\?utf-8\?B\?[^?\s]*\?="
    if read == right and re.search(rf"[^\s(]{word}|{word}[^\s)]", raw, re.IGNORECASE):
        return (
            "word-inside",
            say(
                "An encoded word stands inside another word: no space is before it, or none behind "
                "it."
            ),
            say(
                "RFC 2047, section 5. Give encode_word all that stands between two spaces, its "
                "ASCII letters too."
            ),
        )
    if read == right:
        lost = next((a for a in re.findall(r"<[^>]*>", value) if a not in raw), None)
        if lost and ascii_stays:
            return (
                "address-encoded",
                say(
                    "The address {lost} went into an encoded word, where no program looks for it.",
                    lost=lost,
                ),
                say("Encode the words that are not ASCII, and leave the others."),
            )
        return None
    if re.search(r'"=\?|\?="', raw) and read.replace('"', "") == right.replace('"', ""):
        return (
            "quoted-word",
            say("An encoded word stands in quotes, where readers take it for plain letters."),
            say("RFC 2047, section 5. The quotes are not in the value, and nothing needs them."),
        )
    if read.replace("\t", " ") == right:
        return (
            "space-changed",
            say("A space of the value became a tab where the line was folded."),
            say("CRLF goes in front of the space that is there, and the space stays."),
        )
    if read.replace(" ", "") == right.replace(" ", ""):
        if len(read) < len(right):
            return (
                "space-lost",
                say("A space is lost: a reader shows {read!r}.", read=read[:40]),
                say(
                    "A reader drops the space between two encoded words: encode such neighbours "
                    "together."
                )
                if re.search(r"\?=\s+=\?", raw)
                else say('split() drops spaces; split(" ") keeps count of them.'),
            )
        return (
            "space-added",
            say("A space was added: a reader shows {read!r}.", read=read[:100]),
            say("Folding takes a space that is there already. It adds none, and cuts no word."),
        )
    return wrong_text(read.encode("utf-8", "replace"), right.encode())


# Quoted-printable


def with_crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


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
            say("Two empty lines stand before the text: the second belongs to it already."),
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
