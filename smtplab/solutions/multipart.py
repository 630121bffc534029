"""Lesson 06: a tree of parts in a stream of lines."""

import mimetypes
import re
import secrets
from email.utils import formatdate
from html import escape
from urllib.parse import quote

from .headers import base64_lines, header, text_part

__all__ = [
    "address_header",
    "attachment",
    "build_message",
    "choose_boundary",
    "inline_image",
    "media_type",
    "multipart",
    "parameter",
]

# A name, an @, a domain; no space, no control character, nothing that has a meaning in a list.
ADDRESS = r"[^\s<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s<>,;:\"()\\\x00-\x1f\x7f]+"


def choose_boundary(parts):
    """Return a boundary (str) that occurs in none of the parts (a list of bytes).

    It is random, so that nobody can know it beforehand, and has 1 to 70 characters out of
    letters, digits and '()+_,-./:=?  Source: RFC 2046, section 5.1.1.

    >>> choose_boundary([b"one part", b"another"])
    '=_5f1c0b4c9a5d4e0f8c7a6b3e'
    """
    while True:
        # Neither quoted-printable nor base64 has =_ in it: RFC 2045, section 6.7.
        boundary = "=_" + secrets.token_hex(12)
        if not any(boundary.encode("ascii") in part for part in parts):
            return boundary


def multipart(subtype, parts):
    r"""Return a multipart body part as bytes: its header field, then parts between delimiters.

    subtype is "mixed", "alternative" or "related"; parts is a list of whole body parts
    (bytes), each with its header. The CRLF before a delimiter belongs to the delimiter.
    Raise ValueError when there are no parts. Source: RFC 2046, section 5.1.1.

    >>> multipart("mixed", [text_part("Hello", "plain")])
    b'Content-Type: multipart/mixed; boundary="=_5f1c..."\r\n\r\n--=_5f1c...'
    """
    if not parts:
        raise ValueError("a multipart has at least one part")
    boundary = choose_boundary(parts)
    delimiter = b"--" + boundary.encode("ascii")
    pieces = [header("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')]
    for part in parts:
        pieces += [b"\r\n", delimiter, b"\r\n", part]
    return b"".join([*pieces, b"\r\n", delimiter, b"--\r\n"])


def parameter(name, value):
    """Return a parameter of a header field (str): quoted, or in the form of RFC 2231.

    A short value of printable ASCII stands in double quotes, with a backslash before each " and
    each backslash; what is short is yours to say. Any other is UTF-8 in %XX, and when it is
    long in numbered pieces, each of at most 76 characters from its name to its end. Raise
    ValueError when value holds a CR, an LF or a NUL, or a lone surrogate.
    Source: RFC 2045, section 5.1; RFC 2231, sections 3, 4 and 7.

    >>> parameter("filename", "postcard.png")
    'filename="postcard.png"'
    >>> parameter("filename", "你.txt")
    "filename*=utf-8''%E4%BD%A0.txt"
    """
    if any(letter in "\r\n\0" for letter in value):
        raise ValueError(f"a line break or NUL inside {name}: {value!r}")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    # Readers differ over quotes that are folded, =? inside them, and spaces at their ends.
    short = len(escaped) <= 30 and "=?" not in value and value == value.strip()
    if short and value.isascii() and value.isprintable():
        return f'{name}="{escaped}"'
    pieces = [""]
    for character in value:
        encoded = quote(character, safe="")
        if len(pieces[-1]) + len(encoded) > 50:
            pieces.append("")
        pieces[-1] += encoded
    if len(pieces) == 1:
        return f"{name}*=utf-8''{pieces[0]}"
    pieces[0] = "utf-8''" + pieces[0]
    return "; ".join(f"{name}*{number}*={piece}" for number, piece in enumerate(pieces))


def media_type(filename):
    """Return the media type (str) that the ending of a file's name stands for.

    A whole mail as a file (.eml) counts as octets too: its own type forbids base64.
    Source: RFC 2045, section 6.4; RFC 2046, section 5.2.1.

    >>> media_type("postcard.png")
    'image/png'
    """
    guessed, encoding = mimetypes.guess_type(filename, strict=False)
    if not guessed or encoding or guessed.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return guessed


def attachment(data, filename):
    r"""Return an attachment as a body part (bytes): header fields, then data in base64.

    data is bytes, filename a str in any script; it goes as it is. Raise ValueError when the
    name holds a line break or a NUL. Source: RFC 2183, sections 2.2 and 2.3.

    >>> attachment(b"...", "图片.png")
    b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ..."
    """
    return (
        header("Content-Type", media_type(filename))
        + header("Content-Transfer-Encoding", "base64")
        + header("Content-Disposition", "attachment; " + parameter("filename", filename))
        + b"\r\n"
        + base64_lines(data)
    )


def inline_image(data, filename, content_id):
    r"""Return a picture as a body part (bytes) that HTML shows with <img src="cid:...">.

    data is bytes; content_id is a str in ASCII, left@right, without angle brackets and
    spaces. Raise ValueError when it has another form, or when the name is not that of a picture.
    Source: RFC 2045, section 7; RFC 2183, section 2.1; RFC 2392, section 2.

    >>> inline_image(data, "postcard.png", "card@lab.test")
    b'Content-Type: image/png\r\n...Content-ID: <card@lab.test>\r\n...'
    """
    if not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", content_id) or not content_id.isascii():
        raise ValueError(f"a content id is left@right, without angle brackets: {content_id!r}")
    kind = media_type(filename)
    if not kind.startswith("image/"):
        raise ValueError(f"{filename!r} is {kind}, and no picture")
    return (
        header("Content-Type", kind)
        + header("Content-Transfer-Encoding", "base64")
        + header("Content-ID", f"<{content_id}>")
        + header("Content-Disposition", "inline; " + parameter("filename", filename))
        + b"\r\n"
        + base64_lines(data)
    )


def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    r"""Return a whole message as bytes. Dots stay as they are: deliver stuffs them.

    sender is a str, recipients a list of str; text and html are str. inline and attachments
    hold pairs (filename, data), str and bytes; html shows an inline picture by its name, as
    <img src="cid:NAME">, and gets the real Content-ID in its place, a new one in each message;
    one name may begin another.
    The tree is mixed(related(alternative(text, html), pictures), attachments), as far as it is
    needed. Raise ValueError for line breaks in a name, an address or the subject, for no
    recipients, for inline pictures without html, and for two of them with one name. Source:
    RFC 5322, section 3.6; RFC 2045, section 4; RFC 2046, section 5.1; RFC 2387; RFC 2392.

    >>> build_message("you@lab.test", ["lin@lab.test"], "Hi", "Hello")
    b'From: you@lab.test\r\nTo: lin@lab.test\r\nSubject: Hi\r\nDate: ...'
    """
    if not recipients:
        raise ValueError("a message has at least one recipient")
    domain = sender.rpartition("@")[2]
    domain = domain if domain.isascii() and domain else "localhost"
    head = (
        address_header("From", [sender])
        + address_header("To", recipients)
        + header("Subject", subject)
        + header("Date", formatdate(localtime=True))
        + header("Message-ID", f"<{secrets.token_hex(16)}@{domain}>")
        + header("MIME-Version", "1.0")
    )
    content_ids = {name: f"{secrets.token_hex(8)}@{domain}" for name, _ in inline}
    if content_ids and html is None:
        raise ValueError("an inline picture needs html to stand in")
    if len(content_ids) < len(inline):
        raise ValueError("two inline pictures have one name")
    for name in sorted(content_ids, key=len, reverse=True):  # "a b.png" before "a"
        for written in {name, quote(name), escape(name)}:
            pattern = f"cid:{re.escape(written)}(?=[\"'\\s>)]|$)"
            html = re.sub(pattern, f"cid:{content_ids[name]}", html)
    body = text_part(text, "plain")
    if html is not None:
        body = multipart("alternative", [body, text_part(html, "html")])
    if inline:
        pictures = [inline_image(data, name, content_ids[name]) for name, data in inline]
        body = multipart("related", [body, *pictures])
    if attachments:
        files = [attachment(data, name) for name, data in attachments]
        body = multipart("mixed", [body, *files])
    return head + body


def address_header(name, addresses):
    r"""Return a header field of addresses as bytes, one address a line after the first.

    An address with letters outside ASCII stays UTF-8: only a server that offers SMTPUTF8 may
    be sent that. Raise ValueError when an address holds a line break, a space or a bracket.
    Source: RFC 5322, section 3.6.3; RFC 6532, section 3.2.

    >>> address_header("To", ["lin@lab.test", "sam@lab.test"])
    b'To: lin@lab.test,\r\n sam@lab.test\r\n'
    """
    if isinstance(addresses, str):
        raise TypeError(f"{name} wants a list of addresses: [{addresses!r}]")
    for address in addresses:
        if len(address) > 254 or not re.fullmatch(ADDRESS, address):
            raise ValueError(f"{address!r} is no address of the form name@domain")
    return f"{name}: ".encode("ascii") + ",\r\n ".join(addresses).encode("utf-8") + b"\r\n"
