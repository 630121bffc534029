"""Encodings, undone by the rules: encoded words of a header, quoted-printable, base64."""

import base64
import quopri
import re

from ...catalogue import say
from .fields import CRLF, Broken, line_ends, shown

__all__ = ["base64_octets", "encoded_word", "quoted_printable", "read_words"]

# RFC 2047, section 2: encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
WORD = re.compile(r"=\?([^?\s]*)\?([^?\s]*)\?([^?\s]*)\?=")
LONGEST_WORD = 75  # the same section
QUOTED_LINE = 76  # RFC 2045 section 6.7, rule 5: the = of a soft line break counts too
BASE64_LINE = 76  # letters, RFC 2045 section 6.8
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=))?")


# Encoded words, RFC 2047


def encoded_word(word: str, what: str) -> bytes:
    """The octets of one encoded word, which is whole by itself: sections 2 and 5."""
    parts = WORD.fullmatch(word)
    if parts is None:
        raise Broken(
            "no-encoded-word",
            # Translators: {what} is "word 2" or "an encoded word", in all sentences on such words.
            say(
                "{what}, {word!r}, has not the form of an encoded word.", what=what, word=word[:40]
            ),
            say("=?, the charset, ?, B, ?, the letters, ?= and no space inside."),
        )
    charset, encoding, letters = parts.groups()
    if letters.startswith(("b'", 'b"')):
        raise Broken(
            "repr-of-bytes",
            say(
                "The letters of {what} come inside b'...': that is how Python shows bytes.",
                what=what,
            ),
            say("decode() makes a str of bytes; an f-string does not."),
        )
    if charset.lower() != "utf-8" or encoding.upper() != "B":
        raise Broken(
            "other-frame",
            say(
                "{what} says {charset!r} and {encoding!r}, where utf-8 and B are promised.",
                what=what,
                charset=charset,
                encoding=encoding,
            ),
            say("Compare the frame with the one in the docstring."),
        )
    if len(word) > LONGEST_WORD:
        raise Broken(
            "long-word",
            say(
                "{what} has {count} octets, and {most} is the most.",
                what=what,
                count=len(word),
                most=LONGEST_WORD,
            ),
            say("The frame =?utf-8?B??= counts too: how many letters, and so octets, have room?"),
        )
    if not BASE64.fullmatch(letters.encode()):
        raise Broken(
            "not-base64",
            say("The letters of {what} are no base64 by themselves.", what=what),
            say("Was a row of letters cut? Cut the text, then encode each piece."),
        )
    octets = base64.b64decode(letters)
    if not octets:
        raise Broken(
            "empty-word",
            say("{what} is empty.", what=what),
            say("A piece begins to count when there is something in it."),
        )
    try:
        octets.decode()
    except UnicodeDecodeError as error:
        begins = error.start == 0
        rest = shown(octets[: error.end] if begins else octets[error.start :], 8)
        raise Broken(
            "character-cut",
            say("{what} begins in the middle of a character, with {rest}.", what=what, rest=rest)
            if begins
            else say(
                "{what} ends in the middle of a character, with {rest}.", what=what, rest=rest
            ),
            say("How many octets does the next character need, and how many are still free?"),
            octets,
        ) from None
    return octets


def read_words(value: str, what: str = say("an encoded word")) -> str:
    """A field's value as a reader shows it: section 6.2.

    What stands between two encoded words is not shown, if it is white space.
    """
    word = WORD.pattern
    joined = re.sub(rf"(?P<first>{word})\s+(?={word})", r"\g<first>", value)
    return WORD.sub(lambda found: encoded_word(found[0], what).decode(), joined)


# Quoted-printable, RFC 2045 section 6.7


def quoted_printable(body: bytes, what: str) -> bytes:
    """The octets that a quoted-printable body stands for."""
    line_ends(body, what)
    strange = re.search(rb"[^\t\r\n -~]", body)
    if strange:
        raise Broken(
            "raw-octet",
            say(
                "The octet {octet!r} stands in {what} as it is, and is no printable ASCII.",
                octet=strange[0],
                what=what,
            ),
            say("Printable is 33 to 126. All others but space and tab become =XX."),
            strange[0],
        )
    rows = body.split(CRLF)
    for number, row in enumerate(rows, 1):
        _quoted_row(row, number, what, number == len(rows))
    return quopri.decodestring(body)


def _quoted_row(row: bytes, number: int, body: str, last: bool) -> None:
    # Translators: the lines of a part or of what a function returned, as they are called in
    # sentences: {body} is "the message", "part 2 of the multipart/mixed" or "the result".
    what = say("line {number} of {body}", number=number, body=body)
    if len(row) > QUOTED_LINE:
        raise Broken(
            "long-line",
            say(
                "{what} has {count} octets, and {most} is the most.",
                what=what,
                count=len(row),
                most=QUOTED_LINE,
            ),
            say("The = that breaks a line counts too.")
            if row.endswith(b"=")
            else say("Before a token goes in: is there still room for it, and for a = behind it?"),
            line=number,
        )
    if row[-1:] in (b" ", b"\t"):
        raise Broken(
            "trailing-space",
            say(
                "{what} ends in {end!r}, which a server on the way may cut off.",
                what=what,
                end=row[-1:],
            ),
            say("The last space or tab of a line becomes =20 or =09."),
            line=number,
        )
    if last and row.endswith(b"="):
        raise Broken(
            "soft-break-at-end",
            say("The last line of {what} ends in =, which says that it goes on.", what=body),
            say("A = at the end belongs only before another line."),
            line=number,
        )
    for found in re.finditer(rb"=(?![0-9A-F]{2})", row):
        rest = row[found.start() :]
        if rest == b"=":
            continue
        if re.match(rb"=[0-9a-fA-F]{2}", rest):
            raise Broken(
                "lower-case",
                say(
                    "{token} is written in small letters, and capitals are wanted.",
                    token=rest[:3].decode(),
                ),
                say('f"{octet:02X}" writes capitals.'),
                line=number,
            )
        if re.fullmatch(rb"=[0-9A-F]?=?", rest):
            raise Broken(
                "token-cut",
                say("{what} was broken inside a =XX: it ends in {end!r}.", what=what, end=row[-4:]),
                say("A token of three goes to the next line as a whole."),
                line=number,
            )
        raise Broken(
            "bare-equals",
            say(
                "In {what} no two hexadecimal digits follow a =: {excerpt}.",
                what=what,
                excerpt=shown(rest, 12),
            ),
            say("A = of the text becomes =3D, and a number below 16 has two digits: =0D."),
            line=number,
        )


# Base64, RFC 2045 section 6.8


def base64_octets(body: bytes, what: str) -> bytes:
    """The octets that a body in lines of base64 stands for."""
    line_ends(body, what)
    rows = body.split(CRLF)
    letters = b"".join(rows)
    if b"=" in letters.rstrip(b"="):
        raise Broken(
            "inner-padding",
            say(
                "A = stands in the middle of {what}. Where a = stands before the end, many "
                "readers take it for the end.",
                what=what,
            ),
            say("The data must be encoded as a whole, or in blocks of a multiple of three octets."),
        )
    longest = max(map(len, rows))
    if longest > BASE64_LINE:
        raise Broken(
            "long-base64",
            say(
                "A line of {what} has {count:,} letters; {most} is the most.",
                what=what,
                count=longest,
                most=BASE64_LINE,
            ),
            say("base64_lines makes lines of the right length (RFC 2045, section 6.8)."),
            max(rows, key=len),
        )
    if not BASE64.fullmatch(letters):
        raise Broken(
            "not-base64",
            say(
                "There is a strange letter in {what}, or no whole group of four: it begins "
                "with {start}.",
                what=what,
                start=shown(body, 30),
            ),
            say("base64_lines turns octets into such lines."),
        )
    return base64.b64decode(letters)
