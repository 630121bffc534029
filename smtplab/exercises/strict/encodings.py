"""Encodings, undone by the rules: encoded words of a header, quoted-printable, base64."""

import base64
import quopri
import re

from ...catalogue import say
from .fields import CRLF, Broken, line_ends, sentence_of, shown

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
            f"{sentence_of(what)}, {word[:40]!r}, has not the form of an encoded word.",
            "=?, the charset, ?, B, ?, the letters, ?= and no space inside.",
        )
    charset, encoding, letters = parts.groups()
    if letters.startswith(("b'", 'b"')):
        raise Broken(
            "repr-of-bytes",
            f"The letters of {what} come inside b'...': that is how Python shows bytes.",
            "decode() makes a str of bytes; an f-string does not.",
        )
    if charset.lower() != "utf-8" or encoding.upper() != "B":
        raise Broken(
            "other-frame",
            f"{sentence_of(what)} says {charset!r} and {encoding!r}, where utf-8 and B are "
            "promised.",
            "Compare the frame with the one in the docstring.",
        )
    if len(word) > LONGEST_WORD:
        raise Broken(
            "long-word",
            f"{sentence_of(what)} has {len(word)} octets, and {LONGEST_WORD} is the most.",
            "The frame =?utf-8?B??= counts too: how many letters, and so octets, have room?",
        )
    if not BASE64.fullmatch(letters.encode()):
        raise Broken(
            "not-base64",
            f"The letters of {what} are no base64 by themselves.",
            "Was a row of letters cut? Cut the text, then encode each piece.",
        )
    octets = base64.b64decode(letters)
    if not octets:
        raise Broken(
            "empty-word",
            f"{sentence_of(what)} is empty.",
            "A piece begins to count when there is something in it.",
        )
    try:
        octets.decode()
    except UnicodeDecodeError as error:
        at = "begins" if error.start == 0 else "ends"
        rest = octets[error.start :] if at == "ends" else octets[: error.end]
        raise Broken(
            "character-cut",
            f"{sentence_of(what)} {at} in the middle of a character, with {shown(rest, 8)}.",
            "How many octets does the next character need, and how many are still free?",
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
            f"The octet {strange[0]!r} stands in {what} as it is, and is no printable ASCII.",
            "Printable is 33 to 126. All others but space and tab become =XX.",
            strange[0],
        )
    rows = body.split(CRLF)
    for number, row in enumerate(rows, 1):
        _quoted_row(
            row, say("line {number} of {what}", number=number, what=what), number == len(rows)
        )
    return quopri.decodestring(body)


def _quoted_row(row: bytes, what: str, last: bool) -> None:
    if len(row) > QUOTED_LINE:
        raise Broken(
            "long-line",
            f"{sentence_of(what)} has {len(row)} octets, and {QUOTED_LINE} is the most.",
            "The = that breaks a line counts too."
            if row.endswith(b"=")
            else "Before a token goes in: is there still room for it, and for a = behind it?",
        )
    if row[-1:] in (b" ", b"\t"):
        raise Broken(
            "trailing-space",
            f"{sentence_of(what)} ends in {row[-1:]!r}, which a server on the way may cut off.",
            "The last space or tab of a line becomes =20 or =09.",
        )
    if last and row.endswith(b"="):
        raise Broken(
            "soft-break-at-end",
            f"The last line of {what.partition(' of ')[2]} ends in =, which says that it goes on.",
            "A = at the end belongs only before another line.",
        )
    for found in re.finditer(rb"=(?![0-9A-F]{2})", row):
        rest = row[found.start() :]
        if rest == b"=":
            continue
        if re.match(rb"=[0-9a-fA-F]{2}", rest):
            raise Broken(
                "lower-case",
                f"{rest[:3].decode()} is written in small letters, and capitals are wanted.",
                'f"{octet:02X}" writes capitals.',
            )
        if re.fullmatch(rb"=[0-9A-F]?=?", rest):
            raise Broken(
                "token-cut",
                f"{sentence_of(what)} was broken inside a =XX: it ends in {row[-4:]!r}.",
                "A token of three goes to the next line as a whole.",
            )
        raise Broken(
            "bare-equals",
            f"In {what} no two hexadecimal digits follow a =: {shown(rest, 12)}.",
            "A = of the text becomes =3D, and a number below 16 has two digits: =0D.",
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
            f"A = stands in the middle of {what}. Where a = stands before the end, many readers "
            "take it for the end.",
            "The data must be encoded as a whole, or in blocks of a multiple of three octets.",
        )
    longest = max(map(len, rows))
    if longest > BASE64_LINE:
        raise Broken(
            "long-base64",
            f"A line of {what} has {longest:,} letters; {BASE64_LINE} is the most.",
            "base64_lines makes lines of the right length (RFC 2045, section 6.8).",
            max(rows, key=len),
        )
    if not BASE64.fullmatch(letters):
        raise Broken(
            "not-base64",
            f"There is a strange letter in {what}, or no whole group of four: it begins with "
            f"{shown(body, 30)}.",
            "base64_lines turns octets into such lines.",
        )
    return base64.b64decode(letters)
