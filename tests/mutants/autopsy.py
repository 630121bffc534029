"""Wrong answers to lesson 07."""

import base64
import mimetypes
import secrets
import socket
import ssl
import time
from email.utils import formatdate, make_msgid

from smtplab import mine
from smtplab.solutions.auth import auth_login
from smtplab.solutions.dialogue import ReplyError, command, deliver, dot_stuff, read_reply
from smtplab.solutions.sockets import LineReader

from . import mutant


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


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def repaired_boundary(subtype, parts):
    return Anything()


@mutant(reason="single-quotes", sentence="with its single quotes")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, quote=b"'")


@mutant(reason="not-closed", sentence="No closing delimiter")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, end=b"")


@mutant(reason="fixed-boundary", sentence="Two calls chose the same boundary")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=b"=_a_very_rare_boundary_42")


@mutant(reason="extra-line-breaks", sentence="2 octets more at its ends")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, extra=b"\r\n")


@mutant(reason="wrong-subtype", sentence="multipart/related was asked for")
def repaired_boundary(subtype, parts):
    return joined("mixed", parts)


@mutant(reason="bare-lf", sentence="ends in a bare LF or CR")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts).replace(b"\r\n--", b"\n--")


@mutant(reason="no-delimiter", sentence="no line of the body is its delimiter")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    whole = b"Content-Type: multipart/" + subtype.encode()
    whole += b'; boundary="--' + boundary + b'"\r\n'
    for part in parts:
        whole += b"\r\n--" + boundary + b"\r\n" + part
    return whole + b"\r\n--" + boundary + b"--\r\n"


@mutant(reason="illegal-boundary", sentence="cannot be a boundary")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=secrets.token_hex(40).encode())


@mutant(reason="returned-none", sentence="returned None")
def repaired_boundary(subtype, parts):
    print(joined(subtype, parts)[:80])


@mutant(reason="wrong-count", sentence="3 parts went in, and 1 came out")
def repaired_boundary(subtype, parts):
    return joined(subtype, [b"".join(parts)])


@mutant(reason="delimiter-glued", sentence="glued to what comes before it")
def repaired_boundary(subtype, parts):
    whole = joined(subtype, parts).replace(b"\r\n--", b"--")
    return whole.replace(b'"\r\n--', b'"\r\n\r\n--', 1)


@mutant(reason="shown-bytes", sentence="bytes were put into a text")
def repaired_boundary(subtype, parts):
    text = "".join(f"\r\n--BOUNDARY\r\n{part}" for part in parts)
    head = f"Content-Type: multipart/{subtype}; boundary=BOUNDARY\r\n"
    return (head + text + "\r\n--BOUNDARY--\r\n").encode()


@mutant(reason="boundary-in-part", sentence="occurs in part 1")
def repaired_boundary(subtype, parts):
    return joined(subtype, parts, boundary=b"%d" % secrets.randbelow(100))


@mutant(reason="delimiter-space", sentence="A delimiter has a space at its end")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    return joined(subtype, parts, boundary=boundary).replace(
        boundary + b"\r\n", boundary + b" \r\n"
    )


@mutant(reason="one-hyphen", sentence="one hyphen, where a delimiter begins with two")
def repaired_boundary(subtype, parts):
    boundary = secrets.token_hex(16).encode()
    whole = joined(subtype, parts, boundary=boundary)
    return whole.replace(b"--" + boundary + b"\r\n", b"-" + boundary + b"\r\n")


@mutant(reason="exception", sentence="UnicodeDecodeError")
def repaired_boundary(subtype, parts):
    return joined(subtype, [part.decode().encode() for part in parts])


# repaired_encoding


@mutant(reason="line-end", sentence="ends in '\\r\\r\\n'")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").replace(b"\n", b"\r\n")


@mutant(reason="not-base64", sentence="'_' stands in the base64, and is none of its letters")
def repaired_encoding(data):
    return base64.encodebytes(data).translate(bytes.maketrans(b"+/", b"-_")).replace(
        b"\n", b"\r\n"
    )  # fmt: skip


@mutant(reason="not-base64", sentence="The base64 has 2 letters, and they come in groups of four")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").replace(b"=", b"")


@mutant(reason="not-base64", sentence="The base64 has 15 letters")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n") + b"end\r\n"


@mutant(reason="inner-padding", sentence="A = stands in the middle")
def repaired_encoding(data):
    text = b"".join(base64.b64encode(data[n : n + 1024]) for n in range(0, len(data), 1024))
    return b"".join(text[n : n + 76] + b"\r\n" for n in range(0, len(text), 76))


@mutant(reason="long-line", sentence="76 are allowed")
def repaired_encoding(data):
    return b"".join(base64.b64encode(data[n : n + 76]) + b"\r\n" for n in range(0, len(data), 76))


@mutant(reason="long-line", sentence="76 are allowed")
def repaired_encoding(data):
    return base64.b64encode(data) + b"\r\n"


@mutant(reason="no-last-crlf", sentence="No CRLF stands in the base64")
def repaired_encoding(data):
    return base64.b64encode(data)


@mutant(reason="bare-lf", sentence="Lines of base64 end in a bare LF")
def repaired_encoding(data):
    return base64.encodebytes(data)


@mutant(reason="empty-line", sentence="An empty line stands among")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n") + b"\r\n"


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def repaired_encoding(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").decode()


@mutant(reason="content-changed", sentence="octets went in")
def repaired_encoding(data):
    return b"VXNlcm5hbWU6\r\n"


@mutant(reason="content-changed", sentence="58 octets went in; out of the base64 come 57")
def repaired_encoding(data):
    lines = b""
    for start in range(0, max(len(data) - 56, 1), 57):
        lines += base64.b64encode(data[start : start + 57]) + b"\r\n"
    return lines


@mutant(reason="long-line", sentence="The longest line of base64 has 80 letters")
def repaired_encoding(data):
    return b"".join(base64.b64encode(data[n : n + 60]) + b"\r\n" for n in range(0, len(data), 60))


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


@mutant(reason="single-quotes", sentence="with the single quotes")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name=f"'{filename}'")


@mutant(reason="name-not-quoted", sentence="has a space in it")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name=filename)


@mutant(reason="wrong-media-type", sentence="'postcard.png' is called image/gif")
def repaired_names(body, filename, content_id=None):
    if content_id:
        return labelled(body, filename, content_id, kind="image/gif")
    return labelled(body, filename, content_id)


@mutant(reason="wrong-media-type", sentence="'photo.jpg' is called application/octet-stream")
def repaired_names(body, filename, content_id=None):
    kind = "image/png" if content_id else "application/octet-stream"
    return labelled(body, filename, content_id, kind=kind)


@mutant(reason="wrong-place", sentence="is marked attachment; here it is inline")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, place="attachment")


@mutant(reason="wrong-content-id", sentence="The Content-ID is 'card@lab.test'; expected was")
def repaired_names(body, filename, content_id=None):
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    return labelled(body, filename, content_id, id=named)


@mutant(reason="no-content-id", sentence="the page has nothing to find it by")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, id="")


@mutant(reason="no-name", sentence="it is 'attachment filename=")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id).replace(b"; filename", b" filename")


@mutant(reason="encoded-twice", sentence="encoded once more")
def repaired_names(body, filename, content_id=None):
    return labelled(base64.b64encode(body), filename, content_id)


@mutant(reason="wrong-content-id", sentence="'notes.zip' came without a content_id")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, id=f"Content-ID: <{content_id}>\r\n")


@mutant(reason="no-transfer-encoding", sentence="Nothing says that the body is in base64")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, encoding="")


@mutant(reason="extra-line-breaks", sentence="other line breaks at its ends")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, end=b"\r\n")


@mutant(reason="encoded-twice", sentence="encoded once more")
def repaired_names(body, filename, content_id=None):
    return labelled(base64.encodebytes(body).replace(b"\n", b"\r\n"), filename, content_id)


@mutant(reason="no-empty-line", sentence="No empty line stands between")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, gap="")


@mutant(reason="wrong-name", sentence="The name is read as 'notes.zip'")
def repaired_names(body, filename, content_id=None):
    return labelled(body, filename, content_id, name='"notes.zip"')


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


@mutant(reason="no-date", sentence="The letter has no Date field")
def repaired_letter(*given):
    return written(*given, Date="")


@mutant(reason="no-mime-version", sentence="The letter has no MIME-Version field")
def repaired_letter(*given):
    return written(*given, **{"MIME-Version": ""})


@mutant(reason="old-date", sentence="and the letter is written now")
def repaired_letter(*given):
    return written(*given, Date="Wed, 04 May 2016 09:30:00 +0000")


@mutant(reason="wrong-date", sentence="is no date of a letter")
def repaired_letter(*given):
    return written(*given, Date="today")


@mutant(reason="wrong-date", sentence="is no date of a letter")
def repaired_letter(*given):
    return written(*given, Date=time.ctime())


@mutant(reason="header-cut", sentence="An empty line ends the header before Content-Type")
def repaired_letter(*given):
    return written(*given, **{"MIME-Version": "1.0\r\n"})


@mutant(reason="wrong-message-id", sentence="is no Message-ID")
def repaired_letter(*given):
    return written(*given, **{"Message-ID": secrets.token_hex(8)})


@mutant(reason="same-message-id", sentence="Two letters have the same Message-ID")
def repaired_letter(*given):
    return written(*given, **{"Message-ID": "<greetings@lab.test>"})


@mutant(reason="wrong-field", sentence="To says 'lin@lab.test'")
def repaired_letter(*given):
    return written(*given, To="lin@lab.test")


@mutant(reason="wrong-field", sentence="Subject says 'Greetings'")
def repaired_letter(*given):
    return written(*given, Subject="Greetings")


@mutant(reason="wrong-zone", sentence="8.0 hours away from now")
def repaired_letter(*given):
    return written(*given, Date=formatdate().replace("-0000", "+0800"))


@mutant(reason="bcc", sentence="The letter has a Bcc field")
def repaired_letter(*given):
    return written(*given, Bcc="boss@lab.test")


@mutant(reason="other-charset", sentence="says charset 'iso-8859-1', and UTF-8 was asked for")
def repaired_letter(*given):
    return changed_page(given, b"charset=utf-8", b"charset=iso-8859-1")


@mutant(reason="long-line", sentence="and 76 is the most")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    head = b"Content-Type: text/html; charset=utf-8\r\n"
    head += b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    plain = b"\r\n !" + bytes(range(33, 61)) + bytes(range(62, 127))
    text = b"".join(b"%c" % o if o in plain else b"=%02X" % o for o in page.encode())

    def without_breaks(subtype, parts):
        return boundary(subtype, [head + text, *parts[1:]] if subtype == "related" else parts)

    return written(sender, recipient, subject, page, picture, archive, without_breaks)


@mutant(reason="not-related", sentence="beside the page in mixed")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    def flat(subtype, parts):
        if subtype == "related":
            return parts
        return boundary("mixed", [*parts[0], *parts[1:]])

    return written(sender, recipient, subject, page, picture, archive, flat)


@mutant(reason="no-charset", sentence="The page has no charset")
def repaired_letter(*given):
    return changed_page(given, b"; charset=utf-8", b"")


@mutant(reason="raw-eight-bit", sentence="The page goes out as 8bit")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    def raw(subtype, parts):
        if subtype == "related":
            head = parts[0].partition(b"\r\n\r\n")[0].replace(b"base64", b"8bit")
            parts = [head + b"\r\n\r\n" + page.encode(), *parts[1:]]
        return boundary(subtype, parts)

    return written(sender, recipient, subject, page, picture, archive, raw)


@mutant(reason="page-changed", sentence="The page comes out changed")
def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    return written(sender, recipient, subject, page.upper(), picture, archive, boundary)


@mutant(reason="no-field", sentence="which is none")
def repaired_letter(*given):
    return b"A letter\r\n" + written(*given)


def changed_page(given, before, after):
    *others, boundary = given

    def change(subtype, parts):
        return boundary(subtype, [part.replace(before, after) for part in parts])

    return written(*others, change)


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


@mutant(reason="helo", sentence="The client said 'HELO client.lab.test'")
def repaired_dialogue(*given):
    held(*given, hello="HELO client.lab.test")


@mutant(reason="servers-name", sentence="that is the server's name")
def repaired_dialogue(*given):
    held(*given, hello="EHLO mail.lab.test")


@mutant(reason="lower-case", sentence="The client said 'AUTH login'")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "AUTH login", 334)
        command(sock, reader, base64.b64encode(user.encode()).decode(), 334)
        command(sock, reader, base64.b64encode(password.encode()).decode(), 235)

    held(*given, login=login)


@mutant(reason="wrong-secrets", sentence="as user and password")
def repaired_dialogue(*given):
    held(*given, login=lambda sock, reader, user, word: auth_login(sock, reader, word, user))


@mutant(reason="no-login", sentence="never said AUTH")
def repaired_dialogue(*given):
    held(*given, login=lambda *_: None)


@mutant(reason="no-quit", sentence="left without QUIT")
def repaired_dialogue(*given):
    held(*given, bye=False)


@mutant(reason="ignores-refusal", sentence="refused AUTH with 535, and repaired_dialogue returned")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        print(error)


@mutant(reason="ignores-refusal", sentence="refused RCPT with 550")
def repaired_dialogue(*given):
    def send(*rest):
        deliver(*rest)  # and what it returns is not looked at

    held(*given, send=send)


@mutant(reason="not-stuffed", sentence="lines with dots are harmed")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(mail.replace(b"\r\n.\r\n", b"\r\n..\r\n") + b".\r\n")
        read_reply(reader)

    held(*given, send=send)


@mutant(reason="quit-too-early", sentence="QUIT was sent before the reply to the letter was read")
def repaired_dialogue(*given):
    def send(sock, reader, sender, recipients, mail):
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        command(sock, reader, f"RCPT TO:<{recipients[0]}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(dot_stuff(mail) + b".\r\nQUIT\r\n")
        read_reply(reader)
        read_reply(reader)

    held(*given, send=send, bye=False)


@mutant(reason="end-changed", sentence="other line breaks at its end")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, sender, recipient, mail + b"\r\n")


@mutant(reason="waits-in-recv", sentence="waits in recv")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    reader = LineReader(sock)
    read_reply(reader)
    read_reply(reader)


@mutant(reason="strict-decode", sentence="stops with UnicodeDecodeError")
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


@mutant(reason="closed-socket", sentence="repaired_dialogue closed the socket")
def repaired_dialogue(sock, *rest):
    with sock:
        held(sock, *rest)


@mutant(reason="greeting-unread", sentence="it is the greeting, or a line of it")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    command(sock, LineReader(sock), "EHLO client.lab.test", 250)


@mutant(reason="raised-in-vain", sentence="Nothing was refused")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "AUTH LOGIN", 235)

    held(*given, login=login)


@mutant(reason="other-exception", sentence="its docstring promises ReplyError")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        raise ValueError(error) from None


@mutant(reason="other-exception", sentence="raised RuntimeError; its docstring promises ReplyError")
def repaired_dialogue(*given):
    try:
        held(*given)
    except ReplyError as error:
        raise RuntimeError(error) from None


@mutant(reason="no-name", sentence="The client said 'EHLO', and no name behind it")
def repaired_dialogue(*given):
    held(*given, hello="EHLO")


@mutant(reason="wrong-envelope", sentence="sender is 'office@lab.test'")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, user, recipient, mail)


@mutant(reason="wrong-envelope", sentence="recipient 'sam@lab.test'")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    held(sock, user, password, sender, "lin@lab.test" if "sam" in recipient else recipient, mail)


@mutant(reason="returned-something", sentence="repaired_dialogue returned {}; None was promised")
def repaired_dialogue(*given):
    held(*given)
    return {}


@mutant(reason="prints-password", sentence="holds the password as it is")
def repaired_dialogue(sock, user, password, *rest):
    print(f"logging in as {user} with {password}")
    held(sock, user, password, *rest)


@mutant(reason="prints-password", sentence="in base64, which everybody reads")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        for line, code in ("AUTH LOGIN", 334), (user, 334), (password, 235):
            if code == 235 or line == user:
                line = base64.b64encode(line.encode()).decode()
            print("C:", line)
            command(sock, reader, line, code)

    held(*given, login=login)


@mutant(reason="wrong-secrets", sentence="b'sunshine7'], which is no user and password in base64")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "AUTH LOGIN", 334)
        command(sock, reader, base64.b64encode(user.encode()).decode(), 334)
        command(sock, reader, password, 235)

    held(*given, login=login)


@mutant(reason="login-too-late", sentence="MAIL was said before AUTH")
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


@mutant(reason="not-stuffed", sentence="The lone dot in the text ended the letter")
def repaired_dialogue(*given):
    held(*given, send=sent_as(lambda mail: mail))


@mutant(reason="not-stuffed", sentence="lines with dots are harmed")
def repaired_dialogue(*given):
    held(*given, send=sent_as(lambda mail: mail.replace(b"\r\n.", b"\r\n..")))


@mutant(reason="unknown-command", sentence="does not know the command 'STARTTLS'")
def repaired_dialogue(*given):
    def login(sock, reader, user, password):
        command(sock, reader, "STARTTLS", 220)
        auth_login(sock, reader, user, password)

    held(*given, login=login)


@mutant(reason="goodbye-unread", sentence="The reply to QUIT was never read")
def repaired_dialogue(sock, *rest):
    held(sock, *rest, bye=False)
    sock.sendall(b"QUIT\r\n")


@mutant(reason="greeting-refused", sentence="The greeting was 220, which is a yes")
def repaired_dialogue(sock, *rest):
    code, lines = read_reply(LineReader(sock))
    if code != "220":
        raise ReplyError(code, lines)


# repaired_tls


@mutant(reason="third-party", sentence="repaired_tls uses mine")
def repaired_tls(address, hostname, cafile, timeout):
    return mine("connect_tls")(address, hostname, cafile, timeout)


@mutant(reason="no-server-hostname", sentence="was not told whose certificate is expected")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock)


@mutant(reason="wrong-type", sentence="an object of class tuple where the encrypted socket")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock, server_hostname=hostname), context


@mutant(reason="not-encrypted", sentence="a plain one: no TLS is spoken over it")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    context.wrap_socket(sock, server_hostname=hostname)
    return sock


@mutant(reason="no-handshake", sentence="returned before the handshake was done")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(
            sock, server_hostname=hostname, do_handshake_on_connect=False
        )  # fmt: skip


@mutant(reason="exception", sentence="raised ConnectionRefusedError")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection((address[0], 465), timeout) as sock:
        return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="closed-socket", sentence="The socket that repaired_tls returned is closed")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        with context.wrap_socket(sock, server_hostname=hostname) as wrapped:
            return wrapped


@mutant(reason="returned-none", sentence="repaired_tls returned None; ssl.SSLError was promised")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    try:
        sock = socket.create_connection(address, timeout)
        return context.wrap_socket(sock, server_hostname=hostname)
    except OSError as error:
        print(error)


@mutant(reason="other-timeout", sentence="and the socket waits for 30")
def repaired_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, 30.0)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="anybody-trusted", sentence="would tell him the password")
def repaired_tls(address, hostname, cafile, timeout):
    sock = socket.create_connection(address, timeout)
    return ssl._create_unverified_context().wrap_socket(sock, server_hostname=hostname)


@mutant(reason="name-not-checked", sentence="the name in it was not looked at")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="name-not-checked", sentence="the name in it was not looked at")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    return context.wrap_socket(socket.create_connection(address, timeout))


@mutant(reason="no-timeout", sentence="has no timeout: it would wait for ever")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(socket.create_connection(address), server_hostname=hostname)


@mutant(reason="not-encrypted", sentence="no TLS is spoken over it")
def repaired_tls(address, hostname, cafile, timeout):
    return socket.create_connection(address, timeout)


@mutant(reason="wrong-type", sentence="where the encrypted socket is wanted")
def repaired_tls(address, hostname, cafile, timeout):
    return Anything()


@mutant(reason="waits-in-do_handshake", sentence="waits in the handshake")
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


@mutant(reason="expired-taken", sentence="repaired_tls took a certificate that has expired")
def repaired_tls(address, hostname, cafile, timeout):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="left-open", sentence="and left open a connection to")
def repaired_tls(address, hostname, cafile, timeout):
    sock = socket.create_connection(address, timeout)
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(sock, server_hostname=hostname)
