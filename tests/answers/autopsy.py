"""Answers to the exercises of lesson 07: wrong ones, each with its reason, and right ones."""

import base64
import contextlib
import mimetypes
import quopri
import secrets
import socket
import ssl
import time
from email.utils import formatdate, make_msgid
from urllib.parse import quote

from smtplab import mine
from smtplab.solutions.auth import auth_login
from smtplab.solutions.dialogue import ReplyError, command, deliver, dot_stuff, read_reply
from smtplab.solutions.sockets import LineReader

from . import right, wrong


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# repaired_boundary


def joined(subtype, parts, *, quote=b'"', boundary=None, before=b"", end=b"--", extra=b""):
    """A multipart with one thing wrong."""
    boundary = boundary or secrets.token_hex(16).encode()
    whole = b"Content-Type: multipart/" + subtype.encode()
    whole += b"; boundary=" + quote + boundary + quote + b"\r\n"
    for part in parts:
        whole += before + b"\r\n--" + boundary + b"\r\n" + part + extra
    return whole + b"\r\n--" + boundary + end + b"\r\n"


@wrong("wrong-type")
def repaired_boundary(subtype, parts):
    return Anything()


@wrong("no-delimiter")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, quote=b"'")


@wrong("not-closed")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, end=b"")


@wrong("boundary-again")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=b"=_a_very_rare_boundary_42")


@wrong("line-after")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, extra=b"\r\n")


@wrong("wrong-subtype")
def repaired_boundary(subtype, parts):
    return joined("mixed", parts)


@wrong("bare-line-end")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts).replace(b"\r\n--", b"\n--")


@wrong("no-delimiter")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    whole = b"Content-Type: multipart/" + subtype.encode()
    whole += b'; boundary="--' + boundary + b'"\r\n'
    for part in parts:
        whole += b"\r\n--" + boundary + b"\r\n" + part
    return whole + b"\r\n--" + boundary + b"--\r\n"


@wrong("illegal-boundary")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=secrets.token_hex(40).encode())


@wrong("returned-none")
def repaired_boundary(subtype, parts):
    print(joined(subtype, parts)[:80])


@wrong("wrong-count")
def repaired_boundary(subtype, parts):
    return joined(subtype, [b"".join(parts)])


@wrong("glued-delimiter")
def repaired_boundary(subtype, parts):
    whole = joined(subtype, parts).replace(b"\r\n--", b"--")
    return whole.replace(b'"\r\n--', b'"\r\n\r\n--', 1)


@wrong("part-changed")
def repaired_boundary(subtype, parts):
    text = "".join(f"\r\n--BOUNDARY\r\n{part}" for part in parts)
    head = f"Content-Type: multipart/{subtype}; boundary=BOUNDARY\r\n"
    return (head + text + "\r\n--BOUNDARY--\r\n").encode()


@wrong("boundary-in-part")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=b"42")


@wrong("delimiter-space")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    return joined(subtype, parts, boundary=boundary).replace(
        boundary + b"\r\n", boundary + b" \r\n"
    )


@wrong("wrong-hyphens")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    whole = joined(subtype, parts, boundary=boundary)
    return whole.replace(b"--" + boundary + b"\r\n", b"-" + boundary + b"\r\n")


@wrong("exception")
def repaired_boundary(subtype, parts):
    return joined(subtype, [part.decode().encode() for part in parts])


@wrong("wrong-hyphens")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    whole = joined(subtype, parts, boundary=boundary)
    return whole.replace(b"--" + boundary + b"--", b"----" + boundary)


@wrong("says-7bit")
def repaired_boundary(subtype, parts):
    field = b"Content-Transfer-Encoding: 7bit\r\n"
    return joined(subtype, parts).replace(b'"\r\n', b'"\r\n' + field, 1)


@wrong("fixed-boundary")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=b"_%d_" % secrets.randbelow(300))


@wrong("end-lost")
def repaired_boundary(subtype, parts):
    return joined(subtype, [part.removesuffix(b"\r\n") for part in parts])


@wrong("boundary-in-loop")
def repaired_boundary(subtype, parts):
    pieces = b""
    for part in parts:
        boundary = secrets.token_hex(16).encode()
        pieces += b"\r\n--" + boundary + b"\r\n" + part
    start = b"Content-Type: multipart/" + subtype.encode() + b"; boundary=" + boundary + b"\r\n"
    return start + pieces + b"\r\n--" + boundary + b"--\r\n"


@right("a name without quotes, a preamble, and a field more")
def repaired_boundary(subtype, parts):
    boundary = f"{secrets.randbits(128):x}"
    lines = [f"Content-Type: multipart/{subtype}; boundary={boundary}", "X-Mailer: by hand"]
    whole = "\r\n".join([*lines, "", "This is MIME.", ""]).encode()
    for part in parts:
        whole += b"\r\n".join([f"--{boundary}".encode(), part, b""])
    return whole + f"--{boundary}--\r\n".encode()


@right("joined, and its header is folded")
def repaired_boundary(subtype, parts):
    mark = secrets.token_urlsafe(18)
    cut = f"\r\n--{mark}".encode()
    head = f'Content-Type: Multipart/{subtype};\r\n\tboundary="{mark}"\r\n'.encode()
    return head + (cut + b"\r\n").join([b"", *parts]) + cut + b"--"


@right("chooses until the boundary occurs nowhere")
def repaired_boundary(subtype, parts):
    boundary = b"=_next"
    while boundary == b"=_next" or any(boundary in part for part in parts):
        boundary = b"=_" + base64.b16encode(secrets.token_bytes(12))
    field = b'content-type: multipart/%s; charset="us-ascii"; boundary="%s"' % (
        subtype.encode(),
        boundary,
    )
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return field + b"\r\n\r\n" + body + b"--%s--\r\nThe end.\r\n" % boundary


# repaired_encoding


@wrong("line-end")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").replace(b"\n", b"\r\n")


@wrong("not-base64")
def repaired_encoding(data):
    return base64.encodebytes(data).translate(bytes.maketrans(b"+/", b"-_")).replace(
        b"\n", b"\r\n"
    )  # fmt: skip


@wrong("not-base64")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").replace(b"=", b"")


@wrong("not-base64")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n") + b"end\r\n"


@wrong("inner-padding")
def repaired_encoding(data):
    text = b"".join(base64.b64encode(data[n : n + 1024]) for n in range(0, len(data), 1024))
    return b"".join(text[n : n + 76] + b"\r\n" for n in range(0, len(text), 76))


@wrong("long-base64")
def repaired_encoding(data):
    return b"".join(base64.b64encode(data[n : n + 76]) + b"\r\n" for n in range(0, len(data), 76))


@wrong("long-base64")
def repaired_encoding(data):
    return base64.b64encode(data) + b"\r\n"


@wrong("line-end")
def repaired_encoding(data):
    return base64.b64encode(data)


@wrong("line-end")
def repaired_encoding(data):
    return base64.encodebytes(data)


@wrong("line-end")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n") + b"\r\n"


@wrong("wrong-type")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").decode()


@wrong("content-changed")
def repaired_encoding(data):
    return b"VXNlcm5hbWU6\r\n"


@wrong("content-changed")
def repaired_encoding(data):
    lines = b""
    for start in range(0, max(len(data) - 56, 1), 57):
        lines += base64.b64encode(data[start : start + 57]) + b"\r\n"
    return lines


@wrong("long-base64")
def repaired_encoding(data):
    return b"".join(base64.b64encode(data[n : n + 60]) + b"\r\n" for n in range(0, len(data), 60))


@wrong("shown-bytes")
def repaired_encoding(data):
    return f"{base64.encodebytes(data)}\r\n".encode()


@wrong("not-base64")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b" \r\n")


@wrong("line-end")
def repaired_encoding(data):
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return lines if lines.count(b"\r\n") == 1 else lines.removesuffix(b"\r\n")


@wrong("line-ends")
def repaired_encoding(data):
    return base64.encodebytes(data.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")


@wrong("line-end")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", rb"\r\n")


@wrong("encoded-twice")
def repaired_encoding(data):
    return base64.encodebytes(base64.encodebytes(data)).replace(b"\n", b"\r\n")


@right("lines of 75 letters")
def repaired_encoding(data):
    letters = base64.b64encode(data)
    return b"".join(letters[n : n + 75] + b"\r\n" for n in range(0, len(letters), 75))


@right("lines of four letters, and an empty line for no octets")
def repaired_encoding(data):
    lines = [base64.b64encode(data[n : n + 3]) for n in range(0, len(data), 3)]
    return b"\r\n".join(lines) + b"\r\n"


@right("with encodebytes")
def repaired_encoding(data):
    return b"\r\n".join(base64.encodebytes(bytearray(data)).split(b"\n"))


# repaired_names


def labelled(body, filename, content_id, **changed):
    """A part with one thing wrong."""
    field = {
        "kind": mimetypes.guess_type(filename)[0] or "application/octet-stream",
        "encoding": "Content-Transfer-Encoding: base64\r\n",
        "place": "inline" if content_id else "attachment",
        "name": f'"{filename}"',
        "id": f"Content-ID: <{content_id}>\r\n" if content_id else "",
        "gap": "\r\n",
        "end": b"",
    } | changed
    head = "Content-Type: {kind}\r\n{encoding}{id}".format(**field)
    head += "Content-Disposition: {place}; filename={name}\r\n{gap}".format(**field)
    return head.encode() + body + field["end"]


@wrong("wrong-value")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name=f"'{filename}'")


@wrong("bad-parameter")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name=filename)


@wrong("wrong-file")
def repaired_names(body, filename, content_id=None):
    if content_id:
        return labelled(body, filename, content_id, kind="image/gif")
    return labelled(body, filename, content_id)


@wrong("wrong-file")
def repaired_names(body, filename, content_id=None):
    kind = "image/png" if content_id else "application/octet-stream"
    return labelled(body, filename, content_id, kind=kind)


@wrong("wrong-file")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, place="attachment")


@wrong("wrong-content-id")
def repaired_names(body, filename, content_id=None):
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    return labelled(body, filename, content_id, id=named)


@wrong("wrong-content-id")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, id="")


@wrong("no-semicolon")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id).replace(b"; filename", b" filename")


@wrong("encoded-twice")
def repaired_names(body, filename, content_id=None):
    return labelled(base64.b64encode(body), filename, content_id)


@wrong("wrong-content-id")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, id=f"Content-ID: <{content_id}>\r\n")


@wrong("field-missing")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, encoding="")


@wrong("body-changed")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, end=b"\r\n")


@wrong("encoded-twice")
def repaired_names(body, filename, content_id=None):
    return labelled(base64.encodebytes(body).replace(b"\n", b"\r\n"), filename, content_id)


@wrong("no-field")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, gap="")


@wrong("wrong-value")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name='"notes.zip"')


@wrong("shown-bytes")
def repaired_names(body, filename, content_id=None):
    return f"{labelled(b'', filename, content_id).decode()}{body}".encode()


@wrong("exception")
def repaired_names(body, filename, content_id=None):
    kinds = {".png": "image/png", ".jpg": "image/jpeg", ".zip": "application/zip"}
    return labelled(body, filename, content_id, kind=kinds["." + filename.rpartition(".")[2]])


@wrong("body-changed")
def repaired_names(body, filename, content_id=None):
    return labelled(body.lower(), filename, content_id)


@wrong("no-filename")
def repaired_names(body, filename, content_id=None):
    part = labelled(body, filename, content_id)
    return part.replace(b"; filename=" + b'"%s"' % filename.encode(), b"")


@wrong("wrong-value")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name=f'"{quote(filename)}"')


@wrong("no-media-type")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, kind=mimetypes.guess_type(filename)[0])


@wrong("mime-field-twice")
def repaired_names(body, filename, content_id=None):
    named = f"Content-ID: <{content_id}>\r\n" * 2 if content_id else ""
    return labelled(body, filename, content_id, id=named)


@wrong("mime-field-twice")
def repaired_names(body, filename, content_id=None):
    encoding = "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n"
    return labelled(body, filename, content_id, encoding=encoding)


@right("names in other cases, a name in Content-Type too")
def repaired_names(body, filename, content_id=None):
    kind = mimetypes.guess_type(filename)[0] or "Application/Octet-Stream"
    return labelled(
        body, filename, content_id,
        kind=f'{kind}; name="{filename}"',
        encoding="content-transfer-encoding:BASE64\r\n",
        place="Inline" if content_id else "ATTACHMENT",
    )  # fmt: skip


@right("the name in the form of RFC 2231")
def repaired_names(body, filename, content_id=None):
    part = labelled(body, filename, content_id, name="-")
    return part.replace(b"filename=-", b"filename*=utf-8''" + quote(filename).encode())


@right("a table of types, fields in another order, and one folded")
def repaired_names(body, filename, content_id=None):
    ending = filename.rpartition(".")[2]
    kind = {"png": "image/png", "jpg": "image/jpeg"}.get(ending, "application/octet-stream")
    place = "inline" if content_id is not None else "attachment"
    lines = [f'Content-Disposition: {place};\r\n filename="{filename}"']
    if content_id is not None:
        lines.append(f"Content-Id: <{content_id}>")
    lines += ["Content-Transfer-Encoding: base64", f"Content-Type: {kind}", "", ""]
    return "\r\n".join(lines).encode("ascii") + body


# repaired_letter


def written(sender, recipient, subject, page, picture, archive, boundary, **changed):
    """A letter with one thing wrong."""
    field = {
        "From": sender,
        "To": recipient,
        "Subject": subject,
        "Date": formatdate(),
        "Message-ID": make_msgid(domain="lab.test"),
        "MIME-Version": "1.0",
    } | changed
    head = "".join(f"{name}: {value}\r\n" for name, value in field.items() if value)
    encoded = base64.encodebytes(page.encode()).replace(b"\n", b"\r\n")
    text = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    related = boundary("related", [text + encoded, picture])
    return head.encode() + boundary("mixed", [related, archive])


@wrong("field-missing")
def repaired_letter(*given):
    return written(*given, Date="")


@wrong("no-mime-version")
def repaired_letter(*given):
    return written(*given, **{"MIME-Version": ""})


@wrong("wrong-header")
def repaired_letter(*given):
    return written(*given, Date="Wed, 04 May 2016 09:30:00 +0000")


@wrong("wrong-date")
def repaired_letter(*given):
    return written(*given, Date="today")


@wrong("wrong-date")
def repaired_letter(*given):
    return written(*given, Date=time.ctime())


@wrong("field-in-text")
def repaired_letter(*given):
    return written(*given, **{"MIME-Version": "1.0\r\n"})


@wrong("wrong-message-id")
def repaired_letter(*given):
    return written(*given, **{"Message-ID": secrets.token_hex(8)})


@wrong("same-message-id")
def repaired_letter(*given):
    return written(*given, **{"Message-ID": "<greetings@lab.test>"})


@wrong("wrong-header")
def repaired_letter(*given):
    return written(*given, To="lin@lab.test")


@wrong("wrong-header")
def repaired_letter(*given):
    return written(*given, Subject="Greetings")


@wrong("wrong-zone")
def repaired_letter(*given):
    return written(*given, Date=formatdate().replace("-0000", "+0800"))


@wrong("bcc-shown")
def repaired_letter(*given):
    return written(*given, Bcc="boss@lab.test")


@wrong("other-charset")
def repaired_letter(*given):
    return changed_page(given, b"charset=utf-8", b"charset=iso-8859-1")


@wrong("long-line")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    head = b"Content-Type: text/html; charset=utf-8\r\n"
    head += b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    plain = b"\r\n !" + bytes(range(33, 61)) + bytes(range(62, 127))
    text = b"".join(b"%c" % o if o in plain else b"=%02X" % o for o in page.encode())

    def without_breaks(subtype, parts):
        return boundary(subtype, [head + text, *parts[1:]] if subtype == "related" else parts)

    return written(sender, recipient, subject, page, picture, archive, without_breaks)


@wrong("wrong-tree")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    def flat(subtype, parts):
        if subtype == "related":
            return parts
        return boundary("mixed", [*parts[0], *parts[1:]])

    return written(sender, recipient, subject, page, picture, archive, flat)


@wrong("other-charset")
def repaired_letter(*given):
    return changed_page(given, b"; charset=utf-8", b"")


@wrong("raw-eight-bit")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    def raw(subtype, parts):
        if subtype == "related":
            head = parts[0].partition(b"\r\n\r\n")[0].replace(b"base64", b"8bit")
            parts = [head + b"\r\n\r\n" + page.encode(), *parts[1:]]
        return boundary(subtype, parts)

    return written(sender, recipient, subject, page, picture, archive, raw)


@wrong("page-changed")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    return written(sender, recipient, subject, page.upper(), picture, archive, boundary)


@wrong("no-field")
def repaired_letter(*given):
    return b"A letter\r\n" + written(*given)


def changed_page(given, before, after):
    *others, boundary = given

    def change(subtype, parts):
        return boundary(subtype, [part.replace(before, after) for part in parts])

    return written(*others, change)


@wrong("shown-bytes")
def repaired_letter(*given):
    head, _, rest = written(*given).partition(b"Content-Type")
    return head + f"{b'Content-Type' + rest}".encode()


@wrong("field-glued")
def repaired_letter(*given):
    return written(*given).replace(b"\r\nDate:", b"Date:")


@wrong("other-charset")
def repaired_letter(*given):
    return changed_page(given, b"charset=utf-8", b"charset='utf-8'")


@wrong("wrong-tree")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    return written(sender, recipient, subject, page, archive, picture, boundary)


@wrong("part-changed")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    return written(sender, recipient, subject, page, picture, archive + b"\r\n", boundary)


@wrong("other-boundary")
def repaired_letter(*given):
    return written(*given[:-1], joined)


@wrong("field-missing")
def repaired_letter(*given):
    return written(*given, **{"Message-ID": ""})


@wrong("page-changed")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    page = page.replace("\r\n.", "\r\n..")
    return written(sender, recipient, subject, page, picture, archive, boundary)


@wrong("page-changed")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    page = page.replace("cid:card", "cid:CARD")
    return written(sender, recipient, subject, page, picture, archive, boundary)


@wrong("wrong-header")
def repaired_letter(*given):
    return written(*given, **{"MIME-Version": "2.0"})


@right("quoted-printable, and addresses with names")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    head = b"content-type: text/html; charset=UTF-8\r\n"
    head += b"content-transfer-encoding: QUOTED-PRINTABLE\r\n\r\n"
    text = head + quopri.encodestring(page.encode())

    def in_place(subtype, parts):
        return boundary(subtype, [text, *parts[1:]] if subtype == "related" else parts)

    sender, recipient = f"The office <{sender}>", f"<{recipient}>"
    return written(sender, recipient, subject, page, picture, archive, in_place)


@right("fields in another order and more of them, with a comment and an encoded word")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    word = f"=?utf-8?B?{base64.b64encode(subject.encode()).decode()}?="
    lines = [
        "MIME-Version: 1.0 (by hand)", f"message-id: {make_msgid()}", "X-Mailer:mailer.py",
        f"Date: {formatdate(usegmt=True)}", f"Subject: {word}", f"To: {recipient}",
        f"From: {sender}", f"Reply-To: {sender}", "",
    ]  # fmt: skip
    whole = written(sender, recipient, subject, page, picture, archive, boundary)
    return "\r\n".join(lines).encode() + whole.partition(b"MIME-Version: 1.0\r\n")[2]


@right("base64 in short lines, and boundary with a parameter more")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    data = page.encode("utf-8")
    lines = [base64.b64encode(data[n : n + 30]).decode() for n in range(0, len(data), 30)]
    fields = ["Content-Transfer-Encoding: base64", 'Content-Type: text/html; charset="UTF-8"', ""]
    text = "\r\n".join(fields + lines).encode()

    def in_place(subtype, parts):
        if subtype == "related":
            return boundary('related; type="text/html"', [text, *parts[1:]])
        return boundary(subtype, parts)

    return written(sender, recipient, subject, page, picture, archive, in_place)


# repaired_dialogue


def held(
    sock, user, password, sender, recipient, mail, *,
    hello="EHLO client.lab.test", login=auth_login, send=deliver, bye=True,
):  # fmt: skip
    """A session with one thing wrong."""
    reader = LineReader(sock)
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    command(sock, reader, hello, 250)
    login(sock, reader, user, password)
    for code, lines in (send(sock, reader, sender, [recipient], mail) or {}).values():
        raise ReplyError(code, lines)
    if bye:
        command(sock, reader, "QUIT", 221)


@wrong("hello")
def repaired_dialogue(*given):
    held(*given, hello="HELO client.lab.test")


@wrong("hello")
def repaired_dialogue(*given):
    held(*given, hello="EHLO mail.lab.test")


@wrong("lower-case")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "AUTH login", 334)
        command(sock, reader, base64.b64encode(user.encode()).decode(), 334)
        command(sock, reader, base64.b64encode(password.encode()).decode(), 235)

    held(*given, login=login)


@wrong("wrong-secrets")
def repaired_dialogue(*given):
    held(*given, login=lambda sock, reader, user, word: auth_login(sock, reader, word, user))


@wrong("line-other")
def repaired_dialogue(*given):
    held(*given, login=lambda *_: None)


@wrong("no-quit")
def repaired_dialogue(*given):
    held(*given, bye=False)


@wrong("refusal-ignored")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        print(error)


@wrong("refusal-ignored")
def repaired_dialogue(*given):
    def send(*rest):
        deliver(*rest)  # and what it returns is not looked at

    held(*given, send=send)


@wrong("not-stuffed")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(mail.replace(b"\r\n.\r\n", b"\r\n..\r\n") + b".\r\n")
        read_reply(reader)

    held(*given, send=send)


@wrong("sent-early")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(dot_stuff(mail) + b".\r\nQUIT\r\n")
        read_reply(reader)
        read_reply(reader)

    held(*given, send=send, bye=False)


@wrong("end-changed")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, sender, recipient, mail + b"\r\n")


@wrong("waits-in-recv")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    reader = LineReader(sock)
    read_reply(reader)
    read_reply(reader)


@wrong("exception")
def repaired_dialogue(sock, *rest):
    class Strict(LineReader):
        def read_line(self):
            line = super().read_line()
            line.decode()
            return line

    reader = Strict(sock)
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    user, password, sender, recipient, mail = rest
    command(sock, reader, "EHLO client.lab.test", 250)
    auth_login(sock, reader, user, password)
    for code, lines in deliver(sock, reader, sender, [recipient], mail).values():
        raise ReplyError(code, lines)
    command(sock, reader, "QUIT", 221)


@wrong("closes-socket")
def repaired_dialogue(sock, *rest):
    with sock:
        held(sock, *rest)


@wrong("greeting-unread")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    command(sock, LineReader(sock), "EHLO client.lab.test", 250)


@wrong("other-code")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "AUTH LOGIN", 235)

    held(*given, login=login)


@wrong("wrong-exception")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        raise ValueError(error) from None


@wrong("wrong-exception")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        raise RuntimeError(error) from None


@wrong("hello")
def repaired_dialogue(*given):
    held(*given, hello="EHLO")


@wrong("line-other")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, user, recipient, mail)


@wrong("line-other")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, sender, "lin@lab.test" if "sam" in recipient else recipient, mail)


@wrong("wrong-type")
def repaired_dialogue(*given):
    held(*given)
    return {}


@wrong("secret-printed")
def repaired_dialogue(sock, user, password, *rest):
    print(f"logging in as {user} with {password}")
    held(sock, user, password, *rest)


@wrong("secret-printed")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        for line, code in ("AUTH LOGIN", 334), (user, 334), (password, 235):
            if code == 235 or line == user:
                line = base64.b64encode(line.encode()).decode()
            print("C:", line)
            command(sock, reader, line, code)

    held(*given, login=login)


@wrong("wrong-secrets")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "AUTH LOGIN", 334)
        command(sock, reader, base64.b64encode(user.encode()).decode(), 334)
        command(sock, reader, password, 235)

    held(*given, login=login)


@wrong("line-other")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        auth_login(sock, reader, user, password)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(dot_stuff(mail) + b".\r\n")
        read_reply(reader)

    held(sock, user, password, sender, recipient, mail, login=lambda *_: None, send=send)


def sent_as(change):
    """deliver with the letter's octets made by change."""

    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(change(mail) + b".\r\n")
        code, lines = read_reply(reader)
        if code != 250:
            raise ReplyError(code, lines)

    return send


@wrong("not-stuffed")
def repaired_dialogue(*given):
    held(*given, send=sent_as(lambda mail: mail))


@wrong("not-stuffed")
def repaired_dialogue(*given):
    held(*given, send=sent_as(lambda mail: mail.replace(b"\r\n.", b"\r\n..")))


@wrong("other-code")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "STARTTLS", 220)
        auth_login(sock, reader, user, password)

    held(*given, login=login)


@wrong("goodbye-unread")
def repaired_dialogue(sock, *rest):
    held(sock, *rest, bye=False)
    sock.sendall(b"QUIT\r\n")


@wrong("exception")
def repaired_dialogue(sock, *rest):
    code, lines = read_reply(LineReader(sock))
    if code != "220":
        raise ReplyError(code, lines)


@wrong("half-read")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    reader = LineReader(sock)
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    sock.sendall(b"EHLO client.lab.test\r\n")
    reader.read_line()
    auth_login(sock, reader, user, password)


@wrong("hello")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    reader = LineReader(sock)
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    auth_login(sock, reader, user, password)
    command(sock, reader, "EHLO client.lab.test", 250)


@wrong("line-other")
def repaired_dialogue(*given):
    def login(*account):
        auth_login(*account)
        auth_login(*account)

    held(*given, login=login)


@wrong("wrong-secrets")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, sender, password, sender, recipient, mail)


@wrong("letter-by-letter")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        return deliver(sock, reader, sender, recipients[0], mail)

    held(*given, send=send)


@wrong("other-code")
def repaired_dialogue(*given):
    held(*given, send=sent_as(dot_stuff))


@wrong("line-other")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, sender, recipient, dot_stuff(mail))


@wrong("line-more")
def repaired_dialogue(*given):
    def send(*letter):
        deliver(*letter)
        return deliver(*letter)

    held(*given, send=send)


@wrong("refusal-ignored")
def repaired_dialogue(sock, *rest):
    reader = LineReader(sock)
    read_reply(reader)

    def login(sock, _, user, password):
        auth_login(sock, reader, user, password)

    command(sock, reader, "EHLO client.lab.test", 250)
    user, password, sender, recipient, mail = rest
    auth_login(sock, reader, user, password)
    for code, lines in deliver(sock, reader, sender, [recipient], mail).values():
        raise ReplyError(code, lines)
    command(sock, reader, "QUIT", 221)


@wrong("quit-fails")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    reader = LineReader(sock)
    try:
        code, lines = read_reply(reader)
        if code != 220:
            raise ReplyError(code, lines)
        command(sock, reader, "EHLO client.lab.test", 250)
        auth_login(sock, reader, user, password)
        for code, lines in deliver(sock, reader, sender, [recipient], mail).values():
            raise ReplyError(code, lines)
    finally:
        command(sock, reader, "QUIT", 221)


@wrong("secret-raised")
def repaired_dialogue(sock, user, password, *rest):
    try:
        held(sock, user, password, *rest)
    except ReplyError as error:
        raise ReplyError(error.code, [*error.lines, f"for {user}, {password}"]) from None


@wrong("wrong-error")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        raise ReplyError(550, error.lines) from None


@wrong("short-send")
def repaired_dialogue(sock, *rest):
    class Once:
        def __getattr__(self, name):
            return getattr(sock, name)

        def sendall(self, data):
            sock.send(data)

    held(Once(), *rest)


@wrong("out-of-order")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", (250, 251))
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, "DATA", 354)

    held(*given, send=send)


@wrong("line-other")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM: {sender}", 250)
        command(sock, reader, f"RCPT TO: {recipients[0]}", (250, 251))

    held(*given, send=send)


@wrong("sent-early")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", (250, 251))
        sock.sendall(b"DATA\r\n" + dot_stuff(mail) + b".\r\n")
        read_reply(reader)
        read_reply(reader)

    held(*given, send=send)


@right("AUTH PLAIN on one line, and its commands in lower case")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        response = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        command(sock, reader, f"auth PLAIN {response}", 235)

    held(*given, hello="ehlo [127.0.0.1]", login=login)


@right("AUTH LOGIN with the user on its line, and a goodbye after a refusal")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        letters = [base64.b64encode(each.encode()).decode() for each in (user, password)]
        command(sock, reader, f"AUTH LOGIN {letters[0]}", 334)
        command(sock, reader, letters[1], 235)

    def send(sock, reader, sender, recipients, mail):
        refused = deliver(sock, reader, sender, recipients, mail)
        if refused:
            command(sock, reader, "QUIT", 221)
        return refused

    held(*given, login=login, send=send)


@right("AUTH PLAIN with a question, acting for the user; one recv for each octet")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    def reply(hoped):
        lines = []
        while not lines or lines[-1][3:4] == b"-":
            line = b""
            while not line.endswith(b"\r\n"):
                octet = sock.recv(1)
                if not octet:
                    raise EOFError(line)
                line += octet
            lines.append(line[:-2])
        code = int(lines[-1][:3])
        if code not in hoped:
            raise ReplyError(code, [each[4:].decode(errors="replace") for each in lines])

    def say(line, *hoped):
        sock.sendall(line + b"\r\n")
        reply(hoped)

    reply([220])
    say(b"EHLO localhost", 250)
    say(b"AUTH PLAIN", 334)
    say(base64.b64encode("\0".join([user, user, password]).encode()), 235)
    say(b"MAIL FROM:<%s>" % sender.encode(), 250)
    say(b"RCPT TO:<%s>" % recipient.encode(), 250, 251)
    say(b"DATA", 354)
    say(b"\r\n".join(b"." + x if x[:1] == b"." else x for x in mail.split(b"\r\n")) + b".", 250)
    say(b"QUIT", 221)


@right("says goodbye and goes, whatever was refused")
def repaired_dialogue(sock, *rest):
    try:
        held(sock, *rest, bye=False)
    except ReplyError:
        with contextlib.suppress(OSError, EOFError, ReplyError):
            command(sock, LineReader(sock), "QUIT", 221)
        raise
    command(sock, LineReader(sock), "QUIT", 221)


# repaired_tls


@wrong("third-party")
def repaired_tls(address, hostname, cafile, timeout):
    return mine("connect_tls")(address, hostname, cafile, timeout)


@wrong("no-server-hostname")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock)


@wrong("wrong-type")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock, server_hostname=hostname), context


@wrong("not-encrypted")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    context.wrap_socket(sock, server_hostname=hostname)
    return sock


@wrong("no-handshake")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(
            sock, server_hostname=hostname, do_handshake_on_connect=False
        )  # fmt: skip


@wrong("exception")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection((address[0], 465), timeout) as sock:
        return context.wrap_socket(sock, server_hostname=hostname)


@wrong("not-connected")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        with context.wrap_socket(sock, server_hostname=hostname) as wrapped:
            return wrapped


@wrong("error-swallowed")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    try:
        sock = socket.create_connection(address, timeout)
        return context.wrap_socket(sock, server_hostname=hostname)
    except OSError as error:
        print(error)


@wrong("other-timeout")
def repaired_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, 30.0)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("anybody-trusted")
def repaired_tls(address, hostname, cafile, timeout):
    sock = socket.create_connection(address, timeout)
    return ssl._create_unverified_context().wrap_socket(sock, server_hostname=hostname)


@wrong("name-not-checked")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("name-not-checked")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    return context.wrap_socket(socket.create_connection(address, timeout))


@wrong("other-timeout")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(socket.create_connection(address), server_hostname=hostname)


@wrong("not-encrypted")
def repaired_tls(address, hostname, cafile, timeout):
    return socket.create_connection(address, timeout)


@wrong("wrong-type")
def repaired_tls(address, hostname, cafile, timeout):
    return Anything()


@wrong("waits-in-do_handshake")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address)
    try:
        wrapped = context.wrap_socket(sock, server_hostname=hostname)
    except BaseException:
        sock.close()
        raise
    wrapped.settimeout(timeout)
    return wrapped


@wrong("expired-taken")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("left-open")
def repaired_tls(address, hostname, cafile, timeout):
    sock = socket.create_connection(address, timeout)
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(sock, server_hostname=hostname)


@right("a context of its own, for clients")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cafile)
    sock = socket.create_connection(address, timeout=timeout)
    try:
        return context.wrap_socket(sock, server_hostname=hostname)
    except BaseException:
        sock.close()
        raise


@right("the handshake is made by hand")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile)
    sock = context.wrap_socket(
        socket.create_connection(address, timeout),
        server_hostname=hostname,
        do_handshake_on_connect=False,
    )
    try:
        sock.do_handshake()
    except BaseException:
        sock.close()
        raise
    return sock


@right("wrapped before it is connected")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.socket()
    sock.settimeout(timeout)
    wrapped = context.wrap_socket(sock, server_hostname=hostname)
    try:
        wrapped.connect(address)
    except BaseException:
        wrapped.close()
        raise
    return wrapped
