"""Lesson 05: header fields, and text that survives the way."""

from .auth import base64_encode

__all__ = ["base64_lines", "encode_word", "header", "quoted_printable", "text_part"]

WORD = 75  # octets of one encoded word, RFC 2047 section 2
# Octets of a line without CRLF: for encoded text RFC 2045, sections 6.7 and 6.8; for a header
# line with an encoded word RFC 2047, section 2. RFC 5322 asks for 78 in other header lines.
LINE = 76
LONGEST = 998  # octets that no line may pass, RFC 5322 section 2.1.1


def encode_word(text):
    """Return text (str) as encoded words (str, ASCII), with a space between two of them.

    The charset is UTF-8, the encoding B (base64). No word is longer than 75 octets, and no
    character is cut in two. An empty text gives "". Raise ValueError for a lone surrogate,
    which has no octets. Source: RFC 2047, sections 2 and 5.

    >>> encode_word("你好")
    '=?utf-8?B?5L2g5aW9?='
    """
    room = (WORD - len("=?utf-8?B??=")) // 4 * 3
    pieces, piece = [], b""
    for character in text:
        octets = character.encode("utf-8")
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            piece = b""
        piece += octets
    if piece:
        pieces.append(piece)
    return " ".join(f"=?utf-8?B?{base64_encode(piece)}?=" for piece in pieces)


def header(name, value):
    r"""Return one header field as bytes: name, colon, space, value, CRLF.

    name and value are str. Words that are not ASCII become encoded words; ASCII words stay as
    they are (with one that holds =? do as you like). A line is folded at spaces, so that it has
    at most 76 octets where that is possible. Raise ValueError when name or value holds a CR, an
    LF or a NUL, when name is no field name, or when a line would pass 998 octets.
    Source: RFC 5322, sections 2.1.1, 2.2 and 2.2.3; RFC 2047, section 5.

    >>> header("Subject", "你好")
    b'Subject: =?utf-8?B?5L2g5aW9?=\r\n'
    """
    if not name or not all("!" <= letter <= "~" and letter != ":" for letter in name):
        raise ValueError(f"{name!r} is no name of a header field")
    if any(letter in "\r\n\0" for letter in value):
        raise ValueError(f"a line break or NUL inside {name}: {value!r}")
    words, foreign = [], []
    for word in [*value.split(" "), "end"]:
        # What only looks like an encoded word is encoded too, or a reader would decode it.
        if not word.isascii() or "=?" in word or (foreign and not word.strip()):
            foreign.append(word)  # with its neighbours: readers drop the space between two
            continue
        if foreign:
            words += encode_word(" ".join(foreign)).split(" ")
            foreign = []
        words.append(word)
    words.pop()
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > LINE and word.strip():
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    if any(len(line) > LONGEST for line in lines):
        raise ValueError(f"a line of {name} would be longer than {LONGEST} octets")
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def quoted_printable(text):
    """Return text (str) in quoted-printable, as bytes: lines of at most 76 octets, CRLF.

    Line breaks of the text (LF or CRLF) stay line breaks. Octets outside printable ASCII, and
    the equals sign, become =XX; so does a space or a tab at the end of a line. A longer line
    is broken with = at its end. Decoded, it is the text again, octet by octet. Raise
    ValueError for a lone surrogate, which has no octets. Source: RFC 2045, section 6.7.

    >>> quoted_printable("1 + 1 = 2, 你")
    b'1 + 1 =3D 2, =E4=BD=A0'
    """
    result = []
    for line in text.replace("\r\n", "\n").split("\n"):
        octets = line.encode("utf-8")
        current = ""
        for position, octet in enumerate(octets):
            last = position == len(octets) - 1
            plain = (33 <= octet <= 126 and octet != 61) or (octet in (9, 32) and not last)
            token = chr(octet) if plain else f"={octet:02X}"
            # Room for the = of a soft line break, unless this token ends the line.
            if len(current) + len(token) > LINE - (0 if last else 1):
                result.append(current + "=")
                current = ""
            current += token
        result.append(current)
    return "\r\n".join(result).encode("ascii")


def base64_lines(data):
    r"""Return data (bytes) in base64, as bytes: lines of 76 letters, each with CRLF.

    The last line may be shorter; no data at all gives b"". Source: RFC 2045, section 6.8.

    >>> base64_lines(b"Username:")
    b'VXNlcm5hbWU6\r\n'
    """
    size = LINE // 4 * 3
    lines = []
    for start in range(0, len(data), size):
        lines.append(base64_encode(data[start : start + size]) + "\r\n")
    return "".join(lines).encode("ascii")


def text_part(text, subtype):
    r"""Return a text part as bytes: its header fields, an empty line, and the encoded text.

    subtype is "plain" or "html". The charset is UTF-8. The transfer encoding is
    quoted-printable or base64, whichever is shorter, in a tie either; line breaks of the text
    (LF or CRLF) become CRLF. Raise ValueError for a lone surrogate, or a line break inside
    subtype.
    Source: RFC 2045, section 6; RFC 2046, section 4.1.

    >>> text_part("Hello", "plain").split(b"\r\n")[1:]
    [b'Content-Transfer-Encoding: quoted-printable', b'', b'Hello']
    """
    quoted = quoted_printable(text)
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n")
    encoded = base64_lines(lines.encode("utf-8"))
    encoding, body = (
        ("quoted-printable", quoted) if len(quoted) <= len(encoded) else ("base64", encoded)
    )
    return (
        header("Content-Type", f"text/{subtype}; charset=utf-8")
        + header("Content-Transfer-Encoding", encoding)
        + b"\r\n"
        + body
    )
