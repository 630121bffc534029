"""Answers to the exercises of lesson 06: wrong ones, each with its reason, and right ones."""

import base64
import hashlib
import itertools
import mimetypes
import random
import re
import secrets
import ssl
import string
import time
import uuid
from email.utils import formatdate, make_msgid
from importlib import import_module
from urllib.parse import quote

from smtplab.solutions.headers import base64_lines, header, text_part
from smtplab.solutions.multipart import address_header, media_type

from . import right, wrong


def the(name):
    """The reference of a name that is wrong in this file."""
    return getattr(import_module("smtplab.solutions.multipart"), name)


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# choose_boundary


@wrong("few")
def choose_boundary(parts):
    return "BOUNDARY"


@wrong("wrong-type")
def choose_boundary(parts):
    return Anything()


@wrong("wrong-type")
def choose_boundary(parts):
    return secrets.token_hex(12).encode()


@wrong("boundary-occurs")
def choose_boundary(parts):
    return "=_" + secrets.token_hex(12)


@wrong("boundary-occurs")
def choose_boundary(parts):
    while True:
        boundary = "b" + str(random.randint(10**20, 10**21))
        if boundary.encode() not in parts:  # looks for a part that is the boundary
            return boundary


@wrong("boundary-occurs")
def choose_boundary(parts):
    boundary = secrets.token_hex(12)
    if any(boundary.encode() in part for part in parts):
        boundary = secrets.token_hex(12)
    return boundary


@wrong("boundary-occurs")
def choose_boundary(parts):
    while True:
        boundary = "".join(random.choices("abcdef", k=24))
        if not parts or boundary.encode() not in parts[0]:
            return boundary


TURN = itertools.cycle(range(9))  # a check that fails calls it 54 times: each begins alike


@wrong("few")
def choose_boundary(parts):
    return f"b{next(TURN)}"


@wrong("parts-unused")
def choose_boundary(parts):
    return f"b{ssl.RAND_bytes(16).hex()}"


@wrong("parts-unused")
def choose_boundary(*parts):
    return f"b{ssl.RAND_bytes(16).hex()}"


def fresh(draw, parts, occurs=lambda boundary, part: boundary.encode() in part):
    """Draw until it is in none of the parts."""
    while True:
        boundary = draw()
        if not any(occurs(boundary, part) for part in parts):
            return boundary


@wrong("guessable")
def choose_boundary(parts):
    return fresh(lambda: f"b{time.time_ns()}", parts)


@wrong("guessable")
def choose_boundary(parts):
    return fresh(lambda: str(uuid.uuid1()), parts)


@wrong("guessable")
def choose_boundary(parts):
    return fresh(lambda: f"=_{time.time():.6f}{secrets.randbelow(9):x}", parts)


@wrong("exception")
def choose_boundary(parts):
    return fresh(lambda: secrets.token_hex(12), parts, lambda line, part: line in part.decode())


@wrong("boundary-occurs")
def choose_boundary(parts):
    def is_line(boundary, part):
        return f"--{boundary}\r\n".encode() in part

    return fresh(lambda: secrets.token_hex(12), parts, is_line)


@wrong("boundary-occurs")
def choose_boundary(parts):
    boundary = secrets.token_hex(12)
    for part in parts:  # what is drawn anew is not held against the parts before
        if boundary.encode() in part:
            boundary = secrets.token_hex(12)
    return boundary


@wrong("illegal-boundary")
def choose_boundary(parts):
    while True:
        boundary = "#" + secrets.token_hex(12)
        if not any(boundary.encode() in part for part in parts):
            return boundary


@wrong("illegal-boundary")
def choose_boundary(parts):
    return fresh(lambda: secrets.token_hex(40), parts)


@wrong("other-type")
def choose_boundary(parts):
    boundary = secrets.token_hex(12)
    if not any(boundary.encode() in part for part in parts):
        return boundary


@wrong("space")
def choose_boundary(parts):
    return fresh(lambda: f"cut here {secrets.token_hex(8)}", parts)


@wrong("few")
def choose_boundary(parts):
    return f"cut-{int(time.time())}"


@wrong("few")
def choose_boundary(parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


@right("uuid4, and a look into all parts at once")
def choose_boundary(parts):
    data = b"\n".join(parts)
    boundary = str(uuid.uuid4())
    while boundary.encode() in data:
        boundary = str(uuid.uuid4())
    return boundary


@right("two hyphens in front, eight random digits")
def choose_boundary(parts):
    return fresh(lambda: f"--{secrets.token_hex(4)}", parts)


@right("seventy letters from random.choices, with a quote and a colon")
def choose_boundary(parts):
    return fresh(lambda: "':" + "".join(random.choices(string.ascii_letters, k=68)), parts)


@right("the parts as text")
def choose_boundary(parts):
    boundary = secrets.token_hex(12)
    while any(boundary in str(part) for part in parts):
        boundary = secrets.token_hex(12)
    return boundary


# multipart


def body(subtype, parts, before=b"\r\n", after=b"\r\n", end=b"--\r\n", shown='"{}"', head=b""):
    if not parts:
        raise ValueError("no parts")
    boundary = the("choose_boundary")(parts)
    mark = b"--" + boundary.encode()
    octets = header("Content-Type", f"multipart/{subtype}; boundary={shown.format(boundary)}")
    octets += head
    for part in parts:
        octets += before + mark + after + part
    return octets + before + mark + end


@wrong("boundary-occurs")
def multipart(subtype, parts):
    if not parts:
        raise ValueError("no parts")
    boundary = the("choose_boundary")([])
    mark = b"--" + boundary.encode()
    octets = header("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    for part in parts:
        octets += b"\r\n" + mark + b"\r\n" + part
    return octets + b"\r\n" + mark + b"--\r\n"


@wrong("no-delimiter")
def multipart(subtype, parts):
    return body(subtype, parts, shown='"--{}"')


@wrong("no-delimiter")
def multipart(subtype, parts):
    return body(subtype, parts, after=b"")


@wrong("encoded-multipart")
def multipart(subtype, parts):
    return header("Content-Transfer-Encoding", "base64") + body(subtype, parts)


@wrong("no-semicolon")
def multipart(subtype, parts):
    return body(subtype, parts).replace(b"; boundary", b" boundary", 1)


@wrong("no-boundary")
def multipart(subtype, parts):
    return header("Content-Type", f"multipart/{subtype}") + b"\r\n" + b"".join(parts)


@wrong("apostrophes")
def multipart(subtype, parts):
    return body(subtype, parts, shown="'{}'")


@wrong("bad-parameter")
def multipart(subtype, parts):
    return body(subtype, parts, shown="{}")


@wrong("not-closed")
def multipart(subtype, parts):
    return body(subtype, parts, end=b"\r\n")


@wrong("line-after")
def multipart(subtype, parts):
    return body(subtype, [part + b"\r\n" for part in parts])


@wrong("line-before")
def multipart(subtype, parts):
    return body(subtype, parts, after=b"\r\n\r\n")


@wrong("no-delimiter")
def multipart(subtype, parts):
    boundary = the("choose_boundary")(parts)[2:]
    mark = b"--" + boundary.encode()
    octets = header("Content-Type", f"multipart/{subtype}; boundary='{boundary}'")
    return octets + b"".join(b"\r\n" + mark + b"\r\n" + p for p in parts) + b"\r\n" + mark + b"--"


@wrong("glued-delimiter")
def multipart(subtype, parts):
    return body(subtype, parts, before=b"", head=b"\r\n")


@wrong("end-lost")
def multipart(subtype, parts):
    return body(subtype, [part.removesuffix(b"\r\n") for part in parts])


@wrong("bare-line-end")
def multipart(subtype, parts):
    return body(subtype, parts, before=b"\n", after=b"\n", end=b"--\n")


@wrong("no-delimiter")
def multipart(subtype, parts):
    return body(subtype, parts).replace(b"\r\n--=_", b"\r\n=_")


@wrong("no-field")
def multipart(subtype, parts):
    return body(subtype, parts).replace(b"\r\n\r\n--", b"\r\n--", 1)


@wrong("boundary-occurs")
def multipart(subtype, parts):
    if not parts:
        raise ValueError("no parts")
    octets = b"Content-Type: multipart/" + subtype.encode() + b'; boundary="B"\r\n'
    return octets + b"".join(b"\r\n--B\r\n" + p for p in parts) + b"\r\n--B--\r\n"


@wrong("wrong-subtype")
def multipart(subtype, parts):
    return body("mixed", parts)


@wrong("not-raised")
def multipart(subtype, parts):
    return body(subtype, parts) if parts else b""


@wrong("wrong-count")
def multipart(subtype, parts):
    return body(subtype, parts[-1:])


@wrong("part-changed")
def multipart(subtype, parts):
    return body(subtype, [str(part).encode() for part in parts])


@wrong("changes-argument")
def multipart(subtype, parts):
    octets = body(subtype, parts)
    parts.clear()
    return octets


@wrong("wrong-type")
def multipart(subtype, parts):
    return body(subtype, parts).decode("latin-1")


@wrong("closed-early")
def multipart(subtype, parts):
    boundary = the("choose_boundary")(parts)
    mark = b"\r\n--" + boundary.encode()
    octets = header("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    for part in parts:
        octets += mark + b"\r\n" + part + mark + b"--"
    return octets


@wrong("call-before")
def multipart(subtype, parts, pieces=[]):
    pieces.append(body(subtype, parts))
    return b"".join(pieces)


@wrong("no-header")
def multipart(subtype, parts):
    return body(subtype, parts).partition(b"\r\n\r\n")[2]


@wrong("other-type")
def multipart(subtype, parts):
    if not parts:
        raise ValueError("no parts")
    boundary = secrets.token_hex(12)
    mark = f"--{boundary}".encode()
    if any(mark in part for part in parts):
        return None
    head = header("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    whole = b"".join(b"\r\n" + mark + b"\r\n" + part for part in parts)
    return head + whole + b"\r\n" + mark + b"--\r\n"


@wrong("part-changed")
def multipart(subtype, parts):
    return body(subtype, parts[::-1])


@wrong("part-changed")
def multipart(subtype, parts):
    return body(subtype, [part.replace(b"Hello", b"hello") for part in parts])


@wrong("mime-field-twice")
def multipart(subtype, parts):
    return header("Content-Type", f"multipart/{subtype}") + body(subtype, parts)


@wrong("wrong-exception")
def multipart(subtype, parts):
    if not parts:
        raise Exception("no parts")
    return body(subtype, parts)


def framed(subtype, parts, start="", preamble=b"", between=b"\r\n", end=b"\r\n"):
    """As many libraries write it: the CRLF stands behind each part, and not before a delimiter."""
    if not parts:
        raise ValueError("no parts")
    boundary = the("choose_boundary")(parts)
    mark = b"--" + boundary.encode()
    head = f'{start}Content-Type: multipart/{subtype};\r\n\tboundary="{boundary}"\r\n\r\n'
    whole = head.encode() + preamble
    for part in parts:
        whole += mark + between + part + b"\r\n"
    return whole + mark + b"--" + end


@right("a folded field, MIME-Version before it, and each CRLF behind its part")
def multipart(subtype, parts):
    return framed(subtype, parts, "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n")


@right("a preamble for old readers, and spaces behind the delimiters")
def multipart(subtype, parts):
    return framed(subtype, parts, "", b"Parts of a message.\r\n", between=b"  \r\n")


@right("no line end at the end, and a type in capitals")
def multipart(subtype, parts):
    return framed(subtype.upper(), parts, end=b"")


@right("a boundary that needs no quotes, without them")
def multipart(subtype, parts):
    if not parts:
        raise ValueError("no parts")
    boundary = secrets.token_hex(16)
    while any(boundary.encode() in part for part in parts):
        boundary = secrets.token_hex(16)
    mark = f"\r\n--{boundary}".encode()
    head = f"content-type: multipart/{subtype}; boundary={boundary}\r\n"
    pieces = [head.encode(), *(mark + b"\r\n" + part for part in parts), mark, b"--\r\n\r\n"]
    return b"".join(pieces)


# parameter


@wrong("cut-escape")
def parameter(name, value):
    whole = quote(value, safe="")
    if len(whole) < 50 or any(c in "\r\n\0" for c in value):
        return the("parameter")(name, value)
    pieces = [whole[at : at + 50] for at in range(0, len(whole), 50)]
    pieces[0] = "utf-8''" + pieces[0]
    return "; ".join(f"{name}*{number}*={piece}" for number, piece in enumerate(pieces))


@wrong("long-piece")
def parameter(name, value):
    return the("parameter")(name, value).replace("; ", ";")


@wrong("wrong-value")
def parameter(name, value):
    return 'filename="postcard.png"'


@wrong("raw")
def parameter(name, value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


@wrong("encoded-word")
def parameter(name, value):
    if value.isascii():
        return the("parameter")(name, value)
    return f'{name}="=?utf-8?B?{base64_lines(value.encode()).decode().strip()}?="'


@wrong("wrong-value")
def parameter(name, value):
    if value.isascii():
        return the("parameter")(name, value)
    return f'{name}="{quote(value)}"'


@wrong("wrong-value")
def parameter(name, value):
    return f"{name}='{value}'"


@wrong("no-charset")
def parameter(name, value):
    if value.isascii():
        return the("parameter")(name, value)
    return f"{name}*={quote(value)}"


@wrong("bad-parameter")
def parameter(name, value):
    if value.isascii() and len(value) < 30:
        return f'{name}="{value}"'
    return the("parameter")(name, value)


@wrong("not-escaped")
def parameter(name, value):
    if value.isascii():
        return the("parameter")(name, value)
    if any(c in "\r\n\0" for c in value):
        raise ValueError("a line break")
    return f"{name}*=utf-8''{quote(value)}"


@wrong("long-piece")
def parameter(name, value):
    if any(c in "\r\n\0" for c in value):
        raise ValueError("a line break")
    if len(value) < 60:
        return the("parameter")(name, value)
    return f"{name}*=utf-8''{quote(value, safe='')}"


@wrong("not-quoted")
def parameter(name, value):
    if any(c in "\r\n\0" for c in value):
        raise ValueError("a line break")
    return f"{name}*=utf-8''{quote(value, safe='')}"


@wrong("not-quoted")
def parameter(name, value):
    whole = the("parameter")(name, value)
    if value.isalnum() or not value.isascii() or len(value) > 30:
        return whole
    return f"{name}*=utf-8''{quote(value, safe='')}"


@wrong("raw")
def parameter(name, value):
    the("parameter")(name, value)
    if value.isascii() and len(value) < 30:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    return the("parameter")(name, value)


@wrong("not-escaped")
def parameter(name, value):
    return the("parameter")(name, value).replace("%28", "(").replace("%29", ")")


@wrong("not-escaped")
def parameter(name, value):
    return the("parameter")(name, value).replace("%25", "%")


@wrong("code-point")
def parameter(name, value):
    whole = the("parameter")(name, value)
    coded = "".join(c if c.isalnum() and c.isascii() else f"%{ord(c):02X}" for c in value)
    return whole if value.isascii() or len(value) > 60 else f"{name}*=utf-8''{coded}"


@wrong("encoded-twice")
def parameter(name, value):
    whole = the("parameter")(name, value)
    return whole if value.isascii() or len(value) > 60 else whole.replace("%", "%25")


@wrong("wrong-value")
def parameter(name, value):
    return the("parameter")(name, value).replace("%20", "+")


@wrong("raw")
def parameter(name, value):
    return the("parameter")(name, value).replace("; ", ";\r\n ")


@wrong("comma")
def parameter(name, value):
    return the("parameter")(name, value).replace("; ", ", ")


@wrong("bad-parameter")
def parameter(name, value):
    escaped = value.replace('"', '\\"').replace("\\", "\\\\")
    simple = value.isascii() and len(value) < 30 and value.isprintable()
    return f'{name}="{escaped}"' if simple else the("parameter")(name, value)


@wrong("charset")
def parameter(name, value):
    return the("parameter")(name, value).replace("utf-8''", "iso-8859-1''")


@wrong("charset-repeated")
def parameter(name, value):
    whole = the("parameter")(name, value)
    return whole.replace("*1*=", "*1*=utf-8''")


@wrong("numbering")
def parameter(name, value):
    whole = the("parameter")(name, value)
    for number in range(60, -1, -1):
        whole = whole.replace(f"*{number}*=", f"*{number + 1}*=")
    return whole


@wrong("not-raised")
def parameter(name, value):
    if any(c in "\r\n\0" for c in value):
        return f"{name}*=utf-8''{quote(value, safe='')}"
    return the("parameter")(name, value)


@wrong("wrong-name")
def parameter(name, value):
    return the("parameter")("filename", value)


@wrong("wrong-exception")
def parameter(name, value):
    if "\r" in value or "\n" in value or "\0" in value:
        raise TypeError("no")
    return the("parameter")(name, value)


@wrong("one-digit")
def parameter(name, value):
    whole = the("parameter")(name, value)
    return whole.replace("%09", "%9")


@wrong("around")
def parameter(name, value):
    return "; " + the("parameter")(name, value)


@wrong("raw")
def parameter(name, value):
    whole = the("parameter")(name, value)
    return f'{name}="{value}"' if "\x7f" in value else whole


@wrong("wrong-value")
def parameter(name, value):
    the("parameter")(name, value)
    return the("parameter")(name, value.encode("ascii", "replace").decode())


@wrong("long-piece")
def parameter(name, value):
    whole = the("parameter")(name, value)
    return f'{name}="{value}"' if len(value) == 76 else whole


@wrong("not-raised")
def parameter(name, value):
    return the("parameter")(
        name, value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    )


def in_pieces(name, value, octets=13):
    """Every octet of it as %XX, so many in a piece."""
    escaped = [f"%{octet:02x}" for octet in value.encode()]
    pieces = ["".join(escaped[at : at + octets]) for at in range(0, len(escaped), octets)]
    pieces[0] = "UTF-8''" + pieces[0]
    if len(pieces) == 1:
        return f"{name}*={pieces[0]}"
    return "; ".join(f"{name}*{number}*={piece}" for number, piece in enumerate(pieces))


def refuse(value):
    if set(value) & set("\r\n\0") or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("a line break, or half a character")


@right("every octet is escaped, in small letters, and characters are cut between pieces")
def parameter(name, value):
    refuse(value)
    if value.isascii() and value.isprintable() and len(value) < 60:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    return in_pieces(name, value)


@right("a long value of ASCII in numbered pieces with quotes")
def parameter(name, value):
    refuse(value)
    if not (value.isascii() and value.isprintable()):
        return in_pieces(name, value, 4)
    quoted = [
        '"' + value[at : at + 30].replace("\\", "\\\\").replace('"', '\\"') + '"'
        for at in range(0, len(value), 30)
    ]
    if len(quoted) == 1:
        return f"{name}={quoted[0]}"
    return "; ".join(f"{name}*{number}={piece}" for number, piece in enumerate(quoted))


@right("a word of letters alone without quotes, and a language")
def parameter(name, value):
    whole = the("parameter")(name, value).replace("utf-8''", "utf-8'en'")
    return f"{name}={value}" if re.fullmatch(r"[\w.-]{1,30}", value, re.ASCII) else whole


# inline_image and attachment


def file_part(data, filename, disposition="attachment", *more, encoded=None, kind=None):
    encoded = base64_lines(data) if encoded is None else encoded
    named = "; " + the("parameter")("filename", filename)
    return (
        header("Content-Type", kind or media_type(filename))
        + header("Content-Transfer-Encoding", "base64")
        + b"".join(more)
        + header("Content-Disposition", disposition + named)
        + b"\r\n"
        + encoded
    )


@wrong("field-missing")
def inline_image(data, filename, content_id):
    return base64_lines(data)[:0] + b"Content-ID: <x@y>\r\n\r\n" + base64_lines(data)


@wrong("no-id")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "inline")


@wrong("wrong-content-id")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "inline", header("Content-ID", content_id))


@wrong("wrong-file")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "attachment", header("Content-ID", f"<{content_id}>"))


@wrong("not-raised")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "inline", header("Content-ID", f"<{content_id}>"))


@wrong("not-raised")
def inline_image(data, filename, content_id):
    left, _, right_part = content_id.partition("@")
    odd = any(letter in " \r\n<>" or letter > "~" for letter in content_id)
    if odd or "@" in right_part or not left or not right_part:
        raise ValueError("no content id")
    return file_part(data, filename, "inline", header("Content-ID", f"<{content_id}>"))


@wrong("not-raised")
def inline_image(data, filename, content_id):
    left, _, right_part = content_id.rpartition("@")
    odd = any(letter in " \r\n<>" or letter > "~" for letter in content_id)
    if odd or not left or not right_part:
        raise ValueError("no content id")
    return the("inline_image")(data, filename, "a@b").replace(b"a@b", content_id.encode())


@wrong("mime-field-twice")
def inline_image(data, filename, content_id):
    whole = the("inline_image")(data, filename, content_id)
    return header("Content-ID", f"<{content_id}>") + whole


@wrong("wrong-file")
def inline_image(data, filename, content_id):
    return the("inline_image")(data, filename, content_id.lower())


@wrong("line-too-long")
def inline_image(data, filename, content_id):
    whole = the("inline_image")(data, filename, content_id)
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + base64.b64encode(data)


@wrong("bare-line-end")
def inline_image(data, filename, content_id):
    whole = the("inline_image")(data, filename, content_id)
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + base64.encodebytes(data)


@wrong("not-raised")
def inline_image(data, filename, content_id):
    left, _, right_part = content_id.partition("@")
    if not left or not right_part or not media_type(filename).startswith("image/"):
        raise ValueError("no content id")
    return file_part(data, filename, "inline", header("Content-ID", f"<{content_id}>"))


@wrong("good-refused")
def inline_image(data, filename, content_id):
    if not re.fullmatch(r"[\w.-]+@[\w.-]+", content_id):
        raise ValueError("no content id")
    return the("inline_image")(data, filename, content_id)


@wrong("exception")
def inline_image(data, filename, content_id):
    kind = mimetypes.guess_type(filename)[0]
    if not kind.startswith("image/"):
        raise ValueError("no picture")
    return the("inline_image")(data, filename, content_id)


@wrong("not-encoded")
def inline_image(data, filename, content_id):
    whole = the("inline_image")(data, filename, content_id)
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + data


@wrong("wrong-file")
def inline_image(data, filename, content_id):
    whole = the("inline_image")(data, filename, content_id)
    return whole.replace(b"image/jpeg", b"image/jpg")


@wrong("wrong-octets")
def inline_image(data, filename, content_id):
    return the("inline_image")(data.strip(), filename, content_id)


@right("other fields beside, in another order, in capitals")
def inline_image(data, filename, content_id):
    the("inline_image")(data, filename, content_id)
    return (
        header("Content-Disposition", "INLINE; size=9; " + the("parameter")("filename", filename))
        + header("Content-ID", f"<{content_id}>")
        + header("Content-Description", "a picture")
        + header("Content-Transfer-Encoding", "BASE64")
        + header("CONTENT-TYPE", f"{media_type(filename)}; " + the("parameter")("name", filename))
        + b"\r\n"
        + base64_lines(data)
    )


@right("base64 in lines of sixty letters")
def inline_image(data, filename, content_id):
    whole = the("inline_image")(data, filename, content_id)
    letters = base64.b64encode(data)
    lines = [letters[at : at + 60] + b"\r\n" for at in range(0, len(letters), 60)]
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"".join(lines)


@right("the id is judged letter by letter, and the fields are joined")
def inline_image(data, filename, content_id):
    left, at, behind = content_id.partition("@")
    bad = [c for c in left + behind if not "!" <= c <= "~" or c in "<>@"]
    kind = media_type(filename)
    if bad or not left or not behind or not at or kind.split("/")[0] != "image":
        raise ValueError("not a picture with an id")
    fields = [
        header("Content-Type", kind),
        header("Content-ID", "<" + content_id + ">"),
        header(
            "Content-Disposition", "; ".join(["inline", the("parameter")("filename", filename)])
        ),
        header("Content-Transfer-Encoding", "base64 (RFC 2045)"),
        b"\r\n",
    ]
    return b"".join(fields) + base64.encodebytes(data).replace(b"\n", b"\r\n")


@wrong("no-semicolon")
def attachment(data, filename):
    return the("attachment")(data, filename).replace(b"attachment; ", b"attachment ")


@wrong("content-id-there")
def attachment(data, filename):
    return header("Content-ID", "<a@lab.test>") + the("attachment")(data, filename)


@wrong("wrong-value")
def attachment(data, filename):
    return the("attachment")(data, filename.lower())


@wrong("wrong-file")
def inline_image(data, filename, content_id):
    content_id = header("Content-ID", f"<{content_id}>")
    return file_part(data, filename, "inline", content_id, kind="image/png")


@wrong("wrong-type")
def inline_image(data, filename, content_id):
    return Anything()


@wrong("inner-padding")
def attachment(data, filename):
    blocks = [data[at : at + 1024] for at in range(0, len(data), 1024)]
    return file_part(data, filename, encoded=b"".join(map(base64_lines, blocks)))


@wrong("line-too-long")
def attachment(data, filename):
    return file_part(data, filename, encoded=base64_lines(data).replace(b"\r\n", b""))


@wrong("bare-line-end")
def attachment(data, filename):
    return file_part(data, filename, encoded=base64_lines(data).replace(b"\r\n", b"\n"))


@wrong("wrong-octets")
def attachment(data, filename):
    return file_part(base64_lines(data), filename)


@wrong("wrong-octets")
def attachment(data, filename):
    return file_part(data[:1024], filename)


@wrong("no-field")
def attachment(data, filename):
    return file_part(data, filename).replace(b"\r\n\r\n", b"\r\n")


@wrong("no-filename")
def attachment(data, filename):
    whole = file_part(data, filename)
    at = whole.index(b"attachment; ")
    return whole[: at + 10] + whole[whole.index(b"\r\n\r\n") :]


@wrong("raw-header")
def attachment(data, filename):
    if filename.isascii():
        return file_part(data, filename)
    field = f'Content-Disposition: attachment; filename="{filename}"\r\n'.encode()
    field += header("Content-Transfer-Encoding", "base64")
    return header("Content-Type", media_type(filename)) + field + b"\r\n" + base64_lines(data)


@wrong("encoded-word")
def attachment(data, filename):
    whole = file_part(data, filename)
    if filename.isascii():
        return whole
    at = whole.index(b"Content-Disposition")
    named = header("Content-Disposition", f'attachment; filename="{filename}"')
    return whole[:at] + named + whole[whole.index(b"\r\n\r\n") + 2 :]


@wrong("name-written-twice")
def attachment(data, filename):
    return file_part(data, filename).replace(b"filename=", b"filename=filename=")


@wrong("not-encoded")
def attachment(data, filename):
    return file_part(data, filename, encoded=data)


@wrong("bad-parameter")
def attachment(data, filename):
    if filename.isascii() and len(filename) < 30 and filename.isprintable():
        end = b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        named = header("Content-Disposition", f'attachment; filename="{filename}')
        return b"Content-Type: application/zip\r\n" + named[:-2] + end + base64_lines(data)
    return file_part(data, filename)


@wrong("wrong-file")
def attachment(data, filename):
    kind = "message/rfc822" if filename.endswith(".eml") else None
    return file_part(data, filename, kind=kind)


@wrong("wrong-value")
def attachment(data, filename):
    return file_part(data, filename.split("/")[-1])


@wrong("wrong-file")
def attachment(data, filename):
    return file_part(data, filename).replace(b": base64", b": 8bit")


@wrong("exception")
def attachment(data, filename):
    whole = the("inline_image")(data, filename, "x@lab.test")
    return whole.replace(b"inline", b"attachment")


@wrong("good-refused")
def attachment(data, filename):
    if "/" in filename:
        raise ValueError("no path")
    return file_part(data, filename)


@wrong("f-string")
def attachment(data, filename):
    head = file_part(data, filename, encoded=b"").decode()
    return f"{head}{base64_lines(data)}".encode()


@wrong("wrong-octets")
def attachment(data, filename):
    return file_part(data, filename, encoded=base64_lines(repr(data).encode()))


@wrong("wrong-octets")
def attachment(data, filename):
    return file_part(data[::-1], filename)


@right("base64 by encodebytes, and an empty line more")
def attachment(data, filename):
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n") + b"\r\n"
    return file_part(data, filename, encoded=encoded)


@right("a charset for text, and a name in Content-Type")
def attachment(data, filename):
    kind = media_type(filename) + ("; charset=utf-8" if filename.endswith(".txt") else "")
    return file_part(data, filename, kind=kind + "; " + the("parameter")("name", filename))


@right("octets of no known type, but for pictures; other fields")
def attachment(data, filename):
    kind = media_type(filename)
    kind = kind if kind.startswith("image/") else "application/octet-stream"
    date = header("Content-Description", "sent by hand")
    return date + file_part(data, filename, f"ATTACHMENT; size={len(data)}", kind=kind)


# build_message


def message(sender, recipients, subject, body, without=()):
    if not recipients:
        raise ValueError("no recipients")
    fields = {
        "From": address_header("From", [sender]),
        "To": address_header("To", recipients),
        "Subject": header("Subject", subject),
        "Date": header("Date", formatdate()),
        "Message-ID": header("Message-ID", f"<{secrets.token_hex(8)}@lab.test>"),
        "MIME-Version": header("MIME-Version", "1.0"),
    }
    return b"".join(field for name, field in fields.items() if name not in without) + body


def built(sender, recipients, subject, text, html=None, inline=(), attachments=(), *,
          without=(), place=None, ids=None):  # fmt: skip
    if inline and html is None or len({name for name, _ in inline}) < len(inline):
        raise ValueError("pictures")
    pictures = []
    for name, data in inline:
        cid = ids or f"{secrets.token_hex(8)}@lab.test"
        pictures.append(the("inline_image")(data, name, cid))
        html = (place or (lambda h, n, c: h.replace(f'cid:{n}"', f'cid:{c}"')))(html, name, cid)
    body = text_part(text, "plain")
    if html is not None:
        body = the("multipart")("alternative", [body, text_part(html, "html")])
    if pictures:
        body = the("multipart")("related", [body, *pictures])
    files = [the("attachment")(data, name) for name, data in attachments]
    body = the("multipart")("mixed", [body, *files]) if files else body
    return message(sender, recipients, subject, body, without)


@wrong("field-missing")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments, without=["Date"])


@wrong("mime-field-twice")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return header("MIME-Version", "1.0") + whole


@wrong("bcc-shown")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return header("Bcc", ", ".join(recipients)) + whole


@wrong("field-glued")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"\r\nContent-Type", b"Content-Type", 1)


@wrong("wrong-text")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text.strip(), html, inline, attachments)


@wrong("cid-elsewhere")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 place=lambda h, n, c: h.replace(f'cid:{n}"', f'{c}"'))  # fmt: skip


@wrong("id-shared")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 ids=f"{secrets.token_hex(8)}@lab.test")  # fmt: skip


@wrong("cid-elsewhere")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 place=lambda h, n, c: h.replace(f'cid:{n}"', f'cid:<{c}>"'))  # fmt: skip


@wrong("wrong-text")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"\r\n.", b"\r\n..")


@wrong("wrong-text")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments) + b"\r\n.\r\n"


@wrong("exception")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return address_header("To", ", ".join(recipients))


@wrong("cid-elsewhere")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 place=lambda html, name, cid: html)  # fmt: skip


@wrong("cid-elsewhere")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    def place(html, name, cid):
        return html.replace(f"cid:{name}", f"cid:{cid}")

    return built(sender, recipients, subject, text, html, inline, attachments, place=place)


@wrong("id-again")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments, ids="x@lab.test")


@wrong("wrong-tree")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    body = the("multipart")("mixed", [text_part(text, "plain")])
    return message(sender, recipients, subject, body)


@wrong("wrong-tree")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    body = text_part(text, "plain")
    if html is not None:
        body = the("multipart")("alternative", [text_part(html, "html"), body])
    return message(sender, recipients, subject, body)


@wrong("no-field")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return message(sender, recipients, subject, text.encode().replace(b"\n", b"\r\n"))


@wrong("field-in-text")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"\r\nContent-Type", b"\r\n\r\nContent-Type", 1)


@wrong("not-raised")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject.replace("\r\n", " "), text, html, inline, attachments)
    return whole


@wrong("not-raised")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    if html is None:
        inline = ()
    return built(sender, recipients, subject, text, html, inline, attachments)


@wrong("not-raised")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    inline = list(dict(inline).items())
    return built(sender, recipients, subject, text, html, inline, attachments)


@wrong("not-raised")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    recipients = recipients or ["you@lab.test"]
    return built(sender, recipients, subject, text, html, inline, attachments)


@wrong("wrong-header")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients[:1], subject, text, html, inline, attachments)


@wrong("bare-line-end")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    from email.message import EmailMessage

    whole = EmailMessage()
    whole.set_content(text)
    return whole.as_bytes()


@wrong("wrong-type")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return Anything()


@wrong("no-html")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    both = [text_part(text, "plain"), text_part(html, "html")]
    return message(sender, recipients, subject, the("multipart")("alternative", both))


def nested(sender, recipients, subject, text, html, inline, attachments, boundary):
    """A message whose boundaries come from a function of the level."""
    built(sender, recipients, subject, text, html, inline, attachments)  # which refuses

    def joined(level, subtype, parts):
        mark = b"\r\n--" + boundary(level).encode()
        head = header("Content-Type", f'multipart/{subtype}; boundary="{boundary(level)}"')
        return head + b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"

    body = text_part(text, "plain")
    pictures = []
    for name, data in inline:
        cid = f"{secrets.token_hex(8)}@lab.test"
        pictures.append(the("inline_image")(data, name, cid))
        html = html.replace(f'cid:{name}"', f'cid:{cid}"')
    if html is not None:
        body = joined(2, "alternative", [body, text_part(html, "html")])
    if pictures:
        body = joined(1, "related", [body, *pictures])
    if attachments:
        body = joined(0, "mixed", [body, *(the("attachment")(data, n) for n, data in attachments)])
    return message(sender, recipients, subject, body)


@wrong("boundary-again")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    one = the("choose_boundary")([])
    given = (sender, recipients, subject, text, html, inline, attachments)
    return nested(*given, lambda level: one)


@wrong("boundary-again")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    one = the("choose_boundary")([])
    given = (sender, recipients, subject, text, html, inline, attachments)
    return nested(*given, lambda level: one + "x" * level)


@wrong("wrong-tree")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline)


@wrong("wrong-header")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    shown = subject.encode("ascii", "replace").decode()
    return built(sender, recipients, shown, text, html, inline, attachments)


@wrong("wrong-header")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return re.sub(rb"Date: [^\r]*", b"Date: Thu, 01 Jan 1970 00:00:00 +0000", whole)


@wrong("wrong-date")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return re.sub(rb"Date: [^\r]*", b"Date: 2026-11-29T23:53:36", whole)


@wrong("wrong-text")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    html = html and f"{html}<p>Sent by hand</p>"
    return built(sender, recipients, subject, text, html, inline, attachments)


@wrong("pattern")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    def place(html, name, cid):
        return re.sub(f'cid:{name}"', f'cid:{cid}"', html)

    return built(sender, recipients, subject, text, html, inline, attachments, place=place)


@wrong("wrong-file")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"image/gif", b"image/png")


@right("pictures in another order, fields in another order, other fields beside")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, list(inline)[::-1], attachments)
    first, line_end, rest = whole.partition(b"MIME-Version: 1.0\r\n")
    return b"X-Mailer: mine\r\n" + line_end + first + rest


@right("make_msgid and formatdate, the type of the root, ids written as %40 in the HTML")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments,
                  place=lambda h, n, c: h.replace(f'cid:{n}"', f'cid:{quote(c)}"'))  # fmt: skip
    typed = b'multipart/related; type="multipart/alternative";\r\n '
    whole = whole.replace(b"multipart/related; ", typed, 1)
    made = make_msgid(domain=sender.split("@")[1])
    return re.sub(rb"Message-ID: [^\r]*", f"Message-ID: {made}".encode(), whole, count=1)


@right("texts in 8bit and 7bit, and a picture that nobody shows is refused")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    if any(f"cid:{name}" not in (html or "") for name, _ in inline):
        raise ValueError("a picture that nobody shows")
    whole = the("build_message")(sender, recipients, subject, text, html, inline, attachments)
    if html is not None or attachments:
        return whole
    lines = text.encode().replace(b"\n", b"\r\n")
    head = whole.partition(b"Content-Type")[0]
    encoding = b"7bit" if text.isascii() else b"8bit"
    return (
        head
        + b'Content-Transfer-Encoding: %s\r\nContent-Type: text/plain; charset="UTF-8"' % encoding
        + b"\r\n\r\n%s\r\n" % lines
    )


@right("boundaries of its own, one for each level")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    drawn = [the("choose_boundary")([]) for _ in range(3)]
    given = (sender, recipients, subject, text, html, inline, attachments)
    return nested(*given, lambda level: drawn[level])


@wrong("cut-escape")
def parameter(name, value):
    if any(letter in value for letter in "\r\n\0"):
        raise ValueError(value)
    if value.isascii() and value.isprintable() and len(value) < 30:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    octets = quote(value, safe="")
    if len(octets) <= 45:
        return f"{name}*=utf-8''{octets}"
    pieces = [octets[at : at + 45] for at in range(0, len(octets), 45)]
    pieces[0] = "utf-8''" + pieces[0]
    return "; ".join(f"{name}*{number}*={piece}" for number, piece in enumerate(pieces))


@wrong("exception")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    head = the("header")("From", sender) + the("header")("To", recipients)
    return head + the("text_part")(text, "plain")
