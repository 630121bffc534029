"""Wrong answers to lesson 06."""

import base64
import random
import secrets
import ssl
import time
import uuid
from email.utils import formatdate
from importlib import import_module
from urllib.parse import quote

from smtplab.solutions.headers import base64_lines, header, text_part
from smtplab.solutions.multipart import address_header, media_type

from . import mutant


def right(name):
    """The reference of a name that is wrong in this file."""
    return getattr(import_module("smtplab.solutions.multipart"), name)


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# choose_boundary


@mutant(reason="fixed-boundary", sentence="returned 'BOUNDARY' every time")
def choose_boundary(parts):
    return "BOUNDARY"


@mutant(reason="wrong-type", sentence="what is wanted is a str")
def choose_boundary(parts):
    return Anything()


@mutant(reason="wrong-type", sentence="what is wanted is a str")
def choose_boundary(parts):
    return secrets.token_hex(12).encode()


@mutant(reason="boundary-occurs", sentence="and part 2 has that in it")
def choose_boundary(parts):
    return "=_" + secrets.token_hex(12)


@mutant(reason="boundary-occurs", sentence="has that in it")
def choose_boundary(parts):
    while True:
        boundary = "b" + str(random.randint(10**20, 10**21))
        if boundary.encode() not in parts:  # looks for a part that is the boundary
            return boundary


@mutant(reason="boundary-occurs", sentence="has that in it")
def choose_boundary(parts):
    boundary = secrets.token_hex(12)
    if any(boundary.encode() in part for part in parts):
        boundary = secrets.token_hex(12)
    return boundary


@mutant(reason="boundary-occurs", sentence="and part 2 has that in it")
def choose_boundary(parts):
    while True:
        boundary = "".join(random.choices("abcdefghijkmnopqrstuvwxyz", k=24))
        if not parts or boundary.encode() not in parts[0]:
            return boundary


@mutant(reason="few-boundaries", sentence="boundaries only")
def choose_boundary(parts):
    while True:
        boundary = f"b{random.randint(0, 9)}"
        if not any(boundary.encode() in part for part in parts):
            return boundary


@mutant(reason="parts-unused", sentence="never looks at parts")
def choose_boundary(parts):
    return f"b{ssl.RAND_bytes(16).hex()}"


@mutant(reason="parts-unused", sentence="never looks at parts")
def choose_boundary(*parts):
    return f"b{ssl.RAND_bytes(16).hex()}"


def fresh(draw, parts, occurs=lambda boundary, part: boundary.encode() in part):
    """Draw until it is in none of the parts."""
    while True:
        boundary = draw()
        if not any(occurs(boundary, part) for part in parts):
            return boundary


@mutant(reason="guessable", sentence="little changes from one boundary to the next")
def choose_boundary(parts):
    return fresh(lambda: f"b{time.time_ns()}", parts)


@mutant(reason="guessable", sentence="others can guess it")
def choose_boundary(parts):
    return fresh(lambda: str(uuid.uuid1()), parts)


@mutant(reason="guessable", sentence="others can guess it")
def choose_boundary(parts):
    return fresh(lambda: f"=_{time.time():.6f}{secrets.randbelow(9):x}", parts)


@mutant(reason="exception", sentence="UnicodeDecodeError")
def choose_boundary(parts):
    return fresh(lambda: secrets.token_hex(12), parts, lambda line, part: line in part.decode())


@mutant(reason="boundary-occurs", sentence="and part 2 has that in it")
def choose_boundary(parts):
    def is_line(boundary, part):
        return f"--{boundary}\r\n".encode() in part

    return fresh(lambda: secrets.token_hex(12), parts, is_line)


@mutant(reason="boundary-occurs", sentence="and part 1 has that in it")
def choose_boundary(parts):
    boundary = secrets.token_hex(12)
    for part in parts:  # what is drawn anew is not held against the parts before
        if boundary.encode() in part:
            boundary = secrets.token_hex(12)
    return boundary


@mutant(reason="illegal-letter", sentence="has '#' in it")
def choose_boundary(parts):
    while True:
        boundary = "#" + secrets.token_hex(12)
        if not any(boundary.encode() in part for part in parts):
            return boundary


# multipart


def body(subtype, parts, before=b"\r\n", after=b"\r\n", end=b"--\r\n", shown='"{}"', head=b""):
    if not parts:
        raise ValueError("no parts")
    boundary = right("choose_boundary")(parts)
    mark = b"--" + boundary.encode()
    octets = header("Content-Type", f"multipart/{subtype}; boundary={shown.format(boundary)}")
    octets += head
    for part in parts:
        octets += before + mark + after + part
    return octets + before + mark + end


@mutant(reason="boundary-occurs", sentence="stands in part 2, and cuts it: 2 parts went in")
def multipart(subtype, parts):
    if not parts:
        raise ValueError("no parts")
    boundary = right("choose_boundary")([])
    mark = b"--" + boundary.encode()
    octets = header("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    for part in parts:
        octets += b"\r\n" + mark + b"\r\n" + part
    return octets + b"\r\n" + mark + b"--\r\n"


@mutant(reason="no-delimiter", sentence="the two hyphens belong to the lines")
def multipart(subtype, parts):
    return body(subtype, parts, shown='"--{}"')


@mutant(reason="no-delimiter", sentence="has no line end behind it: '--")
def multipart(subtype, parts):
    return body(subtype, parts, after=b"")


@mutant(reason="encoded-multipart", sentence="says that it is in base64")
def multipart(subtype, parts):
    return header("Content-Transfer-Encoding", "base64") + body(subtype, parts)


@mutant(reason="no-semicolon", sentence="no ; stands behind the media type")
def multipart(subtype, parts):
    return body(subtype, parts).replace(b"; boundary", b" boundary", 1)


@mutant(reason="no-boundary", sentence="names no boundary")
def multipart(subtype, parts):
    return header("Content-Type", f"multipart/{subtype}") + b"\r\n" + b"".join(parts)


@mutant(reason="apostrophes", sentence="has apostrophes around the value")
def multipart(subtype, parts):
    return body(subtype, parts, shown="'{}'")


@mutant(reason="bad-parameter", sentence="without quotes, and it needs them")
def multipart(subtype, parts):
    return body(subtype, parts, shown="{}")


@mutant(reason="not-closed", sentence="is never closed")
def multipart(subtype, parts):
    return body(subtype, parts, end=b"\r\n")


@mutant(reason="line-after", sentence="ends in a CRLF more than it had")
def multipart(subtype, parts):
    return body(subtype, [part + b"\r\n" for part in parts])


@mutant(reason="line-before", sentence="begins with an empty line")
def multipart(subtype, parts):
    return body(subtype, parts, after=b"\r\n\r\n")


@mutant(reason="no-delimiter", sentence="apostrophes included, and the lines have it without")
def multipart(subtype, parts):
    boundary = right("choose_boundary")(parts)[2:]
    mark = b"--" + boundary.encode()
    octets = header("Content-Type", f"multipart/{subtype}; boundary='{boundary}'")
    return octets + b"".join(b"\r\n" + mark + b"\r\n" + p for p in parts) + b"\r\n" + mark + b"--"


@mutant(reason="glued-delimiter", sentence="hangs on another line: 'iVBORw0KGgo=--=_")
def multipart(subtype, parts):
    return body(subtype, parts, before=b"", head=b"\r\n")


@mutant(reason="end-lost", sentence="lost the CRLF at its end")
def multipart(subtype, parts):
    return body(subtype, [part.removesuffix(b"\r\n") for part in parts])


@mutant(reason="bare-line-end", sentence="ends in LF without a CR")
def multipart(subtype, parts):
    return body(subtype, parts, before=b"\n", after=b"\n", end=b"--\n")


@mutant(reason="no-delimiter", sentence="without the two hyphens")
def multipart(subtype, parts):
    return body(subtype, parts).replace(b"\r\n--=_", b"\r\n=_")


@mutant(reason="no-field", sentence="which is no header field")
def multipart(subtype, parts):
    return body(subtype, parts).replace(b"\r\n\r\n--", b"\r\n--", 1)


@mutant(reason="boundary-occurs", sentence="stands in part 1, and cuts it")
def multipart(subtype, parts):
    if not parts:
        raise ValueError("no parts")
    octets = b"Content-Type: multipart/" + subtype.encode() + b'; boundary="B"\r\n'
    return octets + b"".join(b"\r\n--B\r\n" + p for p in parts) + b"\r\n--B--\r\n"


@mutant(reason="wrong-subtype", sentence="multipart/alternative was asked for")
def multipart(subtype, parts):
    return body("mixed", parts)


@mutant(reason="no-parts-taken", sentence="there are no parts")
def multipart(subtype, parts):
    return body(subtype, parts) if parts else b""


@mutant(reason="wrong-count", sentence="2 parts went in, and 1 come out")
def multipart(subtype, parts):
    return body(subtype, parts[-1:])


@mutant(reason="repr-of-bytes", sentence="comes inside b'...'")
def multipart(subtype, parts):
    return body(subtype, [str(part).encode() for part in parts])


@mutant(reason="changed-argument", sentence="changed the list parts")
def multipart(subtype, parts):
    octets = body(subtype, parts)
    parts.clear()
    return octets


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def multipart(subtype, parts):
    return body(subtype, parts).decode("latin-1")


@mutant(reason="closed-early", sentence="After part 1 of 2 stands the closing delimiter")
def multipart(subtype, parts):
    boundary = right("choose_boundary")(parts)
    mark = b"\r\n--" + boundary.encode()
    octets = header("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    for part in parts:
        octets += mark + b"\r\n" + part + mark + b"--"
    return octets


@mutant(reason="call-before", sentence="the octets of the call before")
def multipart(subtype, parts, pieces=[]):
    pieces.append(body(subtype, parts))
    return b"".join(pieces)


# parameter


@mutant(reason="cut-escape", sentence="A % without two digits after it")
def parameter(name, value):
    whole = quote(value, safe="")
    if len(whole) < 50 or any(c in "\r\n\0" for c in value):
        return right("parameter")(name, value)
    pieces = [whole[at : at + 50] for at in range(0, len(whole), 50)]
    pieces[0] = "utf-8''" + pieces[0]
    return "; ".join(f"{name}*{number}*={piece}" for number, piece in enumerate(pieces))


@mutant(reason="no-space", sentence="stands a ; without a space")
def parameter(name, value):
    return right("parameter")(name, value).replace("; ", ";")


@mutant(reason="wrong-value", sentence="A reader gets")
def parameter(name, value):
    return 'filename="postcard.png"'


@mutant(reason="raw-letters", sentence="'你' stands as it is")
def parameter(name, value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


@mutant(reason="encoded-word", sentence="wrote an encoded word")
def parameter(name, value):
    if value.isascii():
        return right("parameter")(name, value)
    return f'{name}="=?utf-8?B?{base64_lines(value.encode()).decode().strip()}?="'


@mutant(reason="no-star", sentence="Nobody undoes the percent signs")
def parameter(name, value):
    if value.isascii():
        return right("parameter")(name, value)
    return f'{name}="{quote(value)}"'


@mutant(reason="apostrophes", sentence="A reader gets")
def parameter(name, value):
    return f"{name}='{value}'"


@mutant(reason="no-charset", sentence="the charset with its two apostrophes is missing")
def parameter(name, value):
    if value.isascii():
        return right("parameter")(name, value)
    return f"{name}*={quote(value)}"


@mutant(reason="bad-parameter", sentence="parameter")
def parameter(name, value):
    if value.isascii() and len(value) < 30:
        return f'{name}="{value}"'
    return right("parameter")(name, value)


@mutant(reason="not-escaped", sentence="'/' stands as it is")
def parameter(name, value):
    if value.isascii():
        return right("parameter")(name, value)
    if any(c in "\r\n\0" for c in value):
        raise ValueError("a line break")
    return f"{name}*=utf-8''{quote(value)}"


@mutant(reason="long-piece", sentence="a line of a header has room for 76")
def parameter(name, value):
    if any(c in "\r\n\0" for c in value):
        raise ValueError("a line break")
    if len(value) < 60:
        return right("parameter")(name, value)
    return f"{name}*=utf-8''{quote(value, safe='')}"


@mutant(reason="not-quoted", sentence="a short value of printable ASCII stands in double quotes")
def parameter(name, value):
    if any(c in "\r\n\0" for c in value):
        raise ValueError("a line break")
    return f"{name}*=utf-8''{quote(value, safe='')}"


@mutant(reason="not-quoted", sentence="filename*=utf-8''postcard.png")
def parameter(name, value):
    whole = right("parameter")(name, value)
    if value.isalnum() or not value.isascii() or len(value) > 30:
        return whole
    return f"{name}*=utf-8''{quote(value, safe='')}"


@mutant(reason="control-raw", sentence="'\\t' stands as it is")
def parameter(name, value):
    right("parameter")(name, value)
    if value.isascii() and len(value) < 30:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    return right("parameter")(name, value)


@mutant(reason="not-escaped", sentence="there it has to be %28")
def parameter(name, value):
    return right("parameter")(name, value).replace("%28", "(").replace("%29", ")")


@mutant(reason="not-escaped", sentence="A % without two digits after it")
def parameter(name, value):
    return right("parameter")(name, value).replace("%25", "%")


@mutant(reason="code-point", sentence="was written by its number 4F60")
def parameter(name, value):
    whole = right("parameter")(name, value)
    coded = "".join(c if c.isalnum() and c.isascii() else f"%{ord(c):02X}" for c in value)
    return whole if value.isascii() or len(value) > 60 else f"{name}*=utf-8''{coded}"


@mutant(reason="encoded-twice", sentence="encoded again in what")
def parameter(name, value):
    whole = right("parameter")(name, value)
    return whole if value.isascii() or len(value) > 60 else whole.replace("%", "%25")


@mutant(reason="plus", sentence="A reader gets")
def parameter(name, value):
    return right("parameter")(name, value).replace("%20", "+")


@mutant(reason="line-break", sentence="A line break stands in what")
def parameter(name, value):
    return right("parameter")(name, value).replace("; ", ";\r\n ")


@mutant(reason="comma", sentence="Between the pieces of filename")
def parameter(name, value):
    return right("parameter")(name, value).replace("; ", ", ")


@mutant(reason="bad-parameter", sentence="end too early: before the")
def parameter(name, value):
    escaped = value.replace('"', '\\"').replace("\\", "\\\\")
    simple = value.isascii() and len(value) < 30 and value.isprintable()
    return f'{name}="{escaped}"' if simple else right("parameter")(name, value)


@mutant(reason="charset", sentence="'iso-8859-1', and not utf-8")
def parameter(name, value):
    return right("parameter")(name, value).replace("utf-8''", "iso-8859-1''")


@mutant(reason="charset-repeated", sentence="says the charset again")
def parameter(name, value):
    whole = right("parameter")(name, value)
    return whole.replace("*1*=", "*1*=utf-8''")


@mutant(reason="numbering", sentence="are numbered 1, 2")
def parameter(name, value):
    whole = right("parameter")(name, value)
    for number in range(60, -1, -1):
        whole = whole.replace(f"*{number}*=", f"*{number + 1}*=")
    return whole


@mutant(reason="line-break-taken", sentence="a line break or a NUL is in the value")
def parameter(name, value):
    if any(c in "\r\n\0" for c in value):
        return f"{name}*=utf-8''{quote(value, safe='')}"
    return right("parameter")(name, value)


@mutant(reason="wrong-name", sentence="its parameter is not called name")
def parameter(name, value):
    return right("parameter")("filename", value)


@mutant(reason="other-exception", sentence="raised TypeError, and here ValueError is promised")
def parameter(name, value):
    if "\r" in value or "\n" in value or "\0" in value:
        raise TypeError("no")
    return right("parameter")(name, value)


# inline_image and attachment


def file_part(data, filename, disposition="attachment", *more, encoded=None, kind=None):
    encoded = base64_lines(data) if encoded is None else encoded
    named = "; " + right("parameter")("filename", filename)
    return (
        header("Content-Type", kind or media_type(filename))
        + header("Content-Transfer-Encoding", "base64")
        + b"".join(more)
        + header("Content-Disposition", disposition + named)
        + b"\r\n"
        + encoded
    )


@mutant(reason="field-missing", sentence="has no field Content-Type")
def inline_image(data, filename, content_id):
    return base64_lines(data)[:0] + b"Content-ID: <x@y>\r\n\r\n" + base64_lines(data)


@mutant(reason="no-content-id", sentence="has no Content-ID")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "inline")


@mutant(reason="no-brackets", sentence="without angle brackets")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "inline", header("Content-ID", content_id))


@mutant(reason="wrong-disposition", sentence="here it is 'inline'")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "attachment", header("Content-ID", f"<{content_id}>"))


@mutant(reason="content-id-taken", sentence="the id is not of the form left@right")
def inline_image(data, filename, content_id):
    return file_part(data, filename, "inline", header("Content-ID", f"<{content_id}>"))


@mutant(reason="no-picture-taken", sentence="the name is that of an archive")
def inline_image(data, filename, content_id):
    left, _, right_part = content_id.partition("@")
    odd = any(letter in " \r\n<>" or letter > "~" for letter in content_id)
    if odd or "@" in right_part or not left or not right_part:
        raise ValueError("no content id")
    return file_part(data, filename, "inline", header("Content-ID", f"<{content_id}>"))


@mutant(reason="content-id-taken", sentence="inline_image(data, 'postcard.png', 'a@b@c')")
def inline_image(data, filename, content_id):
    left, _, right_part = content_id.rpartition("@")
    odd = any(letter in " \r\n<>" or letter > "~" for letter in content_id)
    if odd or not left or not right_part:
        raise ValueError("no content id")
    return right("inline_image")(data, filename, "a@b").replace(b"a@b", content_id.encode())


@mutant(reason="field-twice", sentence="more than one field Content-ID")
def inline_image(data, filename, content_id):
    whole = right("inline_image")(data, filename, content_id)
    return header("Content-ID", f"<{content_id}>") + whole


@mutant(reason="wrong-content-id", sentence="and the id that was given is 'a.B-c$1@mail.lab.test'")
def inline_image(data, filename, content_id):
    return right("inline_image")(data, filename, content_id.lower())


@mutant(reason="line-too-long", sentence="has 2,012 octets, and no line may pass 998")
def inline_image(data, filename, content_id):
    whole = right("inline_image")(data, filename, content_id)
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + base64.b64encode(data)


@mutant(reason="bare-line-end", sentence="ends in LF without a CR")
def inline_image(data, filename, content_id):
    whole = right("inline_image")(data, filename, content_id)
    return whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + base64.encodebytes(data)


@mutant(reason="no-semicolon", sentence="no ; stands behind attachment")
def attachment(data, filename):
    return right("attachment")(data, filename).replace(b"attachment; ", b"attachment ")


@mutant(reason="content-id-there", sentence="has a Content-ID, and nothing shows it by that")
def attachment(data, filename):
    return header("Content-ID", "<a@lab.test>") + right("attachment")(data, filename)


@mutant(reason="name-changed", sentence="A reader gets 'lecture 3.pdf'")
def attachment(data, filename):
    return right("attachment")(data, filename.lower())


@mutant(reason="wrong-media-type", sentence="media_type says image/gif")
def inline_image(data, filename, content_id):
    content_id = header("Content-ID", f"<{content_id}>")
    return file_part(data, filename, "inline", content_id, kind="image/png")


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def inline_image(data, filename, content_id):
    return Anything()


@mutant(reason="inner-padding", sentence="a = stands before the end")
def attachment(data, filename):
    blocks = [data[at : at + 1024] for at in range(0, len(data), 1024)]
    return file_part(data, filename, encoded=b"".join(map(base64_lines, blocks)))


@mutant(reason="line-too-long", sentence="no line may pass 998")
def attachment(data, filename):
    return file_part(data, filename, encoded=base64_lines(data).replace(b"\r\n", b""))


@mutant(reason="bare-line-end", sentence="ends in LF without a CR")
def attachment(data, filename):
    return file_part(data, filename, encoded=base64_lines(data).replace(b"\r\n", b"\n"))


@mutant(reason="wrong-octets", sentence="they were encoded twice")
def attachment(data, filename):
    return file_part(base64_lines(data), filename)


@mutant(reason="wrong-octets", sentence="1,024 come out: the end is missing")
def attachment(data, filename):
    return file_part(data[:1024], filename)


@mutant(reason="no-field", sentence="which is no header field")
def attachment(data, filename):
    return file_part(data, filename).replace(b"\r\n\r\n", b"\r\n")


@mutant(reason="no-name", sentence="has no filename")
def attachment(data, filename):
    whole = file_part(data, filename)
    at = whole.index(b"attachment; ")
    return whole[: at + 10] + whole[whole.index(b"\r\n\r\n") :]


@mutant(reason="raw-header", sentence="holds octets outside ASCII")
def attachment(data, filename):
    if filename.isascii():
        return file_part(data, filename)
    field = f'Content-Disposition: attachment; filename="{filename}"\r\n'.encode()
    field += header("Content-Transfer-Encoding", "base64")
    return header("Content-Type", media_type(filename)) + field + b"\r\n" + base64_lines(data)


@mutant(reason="encoded-word", sentence="has an encoded word in it")
def attachment(data, filename):
    whole = file_part(data, filename)
    if filename.isascii():
        return whole
    at = whole.index(b"Content-Disposition")
    named = header("Content-Disposition", f'attachment; filename="{filename}"')
    return whole[:at] + named + whole[whole.index(b"\r\n\r\n") + 2 :]


@mutant(reason="name-written-twice", sentence="says filename= twice")
def attachment(data, filename):
    return file_part(data, filename).replace(b"filename=", b"filename=filename=")


@mutant(reason="not-encoded", sentence="stand in the part as they are")
def attachment(data, filename):
    return file_part(data, filename, encoded=data)


@mutant(reason="bad-parameter", sentence="end too early, or not at all")
def attachment(data, filename):
    if filename.isascii() and len(filename) < 30 and filename.isprintable():
        end = b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        named = header("Content-Disposition", f'attachment; filename="{filename}')
        return b"Content-Type: application/zip\r\n" + named[:-2] + end + base64_lines(data)
    return file_part(data, filename)


@mutant(reason="wrong-media-type", sentence="message/rfc822")
def attachment(data, filename):
    kind = "message/rfc822" if filename.endswith(".eml") else None
    return file_part(data, filename, kind=kind)


@mutant(reason="name-changed", sentence="A reader gets 'x'")
def attachment(data, filename):
    return file_part(data, filename.split("/")[-1])


@mutant(reason="wrong-encoding", sentence="is '8bit', and not base64")
def attachment(data, filename):
    return file_part(data, filename).replace(b": base64", b": 8bit")


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
        pictures.append(right("inline_image")(data, name, cid))
        html = (place or (lambda h, n, c: h.replace(f'cid:{n}"', f'cid:{c}"')))(html, name, cid)
    body = text_part(text, "plain")
    if html is not None:
        body = right("multipart")("alternative", [body, text_part(html, "html")])
    if pictures:
        body = right("multipart")("related", [body, *pictures])
    files = [right("attachment")(data, name) for name, data in attachments]
    body = right("multipart")("mixed", [body, *files]) if files else body
    return message(sender, recipients, subject, body, without)


@mutant(reason="field-missing", sentence="has no field Date")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments, without=["Date"])


@mutant(reason="field-twice", sentence="more than one field MIME-Version")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return header("MIME-Version", "1.0") + whole


@mutant(reason="bcc-shown", sentence="everybody who gets it can read that")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return header("Bcc", ", ".join(recipients)) + whole


@mutant(reason="field-glued", sentence="Content-Type hangs on the field")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"\r\nContent-Type", b"Content-Type", 1)


@mutant(reason="wrong-text", sentence="it is '  a")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text.strip(), html, inline, attachments)


@mutant(reason="cid-elsewhere", sentence="it says no cid: at all")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 place=lambda h, n, c: h.replace(f'cid:{n}"', f'{c}"'))  # fmt: skip


@mutant(reason="id-shared", sentence="Two pictures have one Content-ID")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 ids=f"{secrets.token_hex(8)}@lab.test")  # fmt: skip


@mutant(reason="cid-brackets", sentence="In the HTML the id stands in angle brackets")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 place=lambda h, n, c: h.replace(f'cid:{n}"', f'cid:<{c}>"'))  # fmt: skip


@mutant(reason="dots-added", sentence="it is '  a")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"\r\n.", b"\r\n..")


@mutant(reason="dots-added", sentence="it is 'Hello")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments) + b"\r\n.\r\n"


@mutant(reason="exception", sentence="To wants a list of addresses: ['lin@lab.test']")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return address_header("To", ", ".join(recipients))


@mutant(reason="cid-left", sentence="still says cid:postcard.png")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments,
                 place=lambda html, name, cid: html)  # fmt: skip


@mutant(reason="cid-elsewhere", sentence="No picture in the HTML has the id")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    def place(html, name, cid):
        return html.replace(f"cid:{name}", f"cid:{cid}")

    return built(sender, recipients, subject, text, html, inline, attachments, place=place)


@mutant(reason="id-again", sentence="was in a message before")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients, subject, text, html, inline, attachments, ids="x@lab.test")


@mutant(reason="wrong-tree", sentence="The tree of the message is mixed(text/plain)")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    body = right("multipart")("mixed", [text_part(text, "plain")])
    return message(sender, recipients, subject, body)


@mutant(reason="wrong-tree", sentence="alternative(text/html, text/plain)")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    body = text_part(text, "plain")
    if html is not None:
        body = right("multipart")("alternative", [text_part(html, "html"), body])
    return message(sender, recipients, subject, body)


@mutant(reason="no-field", sentence="which is no header field")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return message(sender, recipients, subject, text.encode().replace(b"\n", b"\r\n"))


@mutant(reason="field-in-text", sentence="Content-Type stands behind an empty line")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject, text, html, inline, attachments)
    return whole.replace(b"\r\nContent-Type", b"\r\n\r\nContent-Type", 1)


@mutant(reason="line-break-taken", sentence="a line break is in the subject")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    whole = built(sender, recipients, subject.replace("\r\n", " "), text, html, inline, attachments)
    return whole


@mutant(reason="picture-without-html", sentence="there is a picture, and no html")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    if html is None:
        inline = ()
    return built(sender, recipients, subject, text, html, inline, attachments)


@mutant(reason="name-twice-taken", sentence="two inline pictures have one name")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    inline = list(dict(inline).items())
    return built(sender, recipients, subject, text, html, inline, attachments)


@mutant(reason="no-recipients-taken", sentence="there are no recipients")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    recipients = recipients or ["you@lab.test"]
    return built(sender, recipients, subject, text, html, inline, attachments)


@mutant(reason="wrong-address", sentence="in the field To")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return built(sender, recipients[:1], subject, text, html, inline, attachments)


@mutant(reason="library-does-it", sentence="leaves the work to email.message")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    from email.message import EmailMessage

    whole = EmailMessage()
    whole.set_content(text)
    return whole.as_bytes()


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def build_message(sender, recipients, subject, text, html=None, inline=(), attachments=()):
    return Anything()
