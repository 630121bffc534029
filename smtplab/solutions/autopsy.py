"""Lesson 07: an old script's faults mended, group by group, and the score that is kept of them."""

import base64
import mimetypes
import quopri
import re
import secrets
import socket
import ssl
from email.utils import formatdate, make_msgid
from itertools import pairwise

from .auth import auth_login
from .dialogue import ReplyError, command, deliver, read_reply
from .sockets import LineReader

__all__ = [
    "repaired_boundary",
    "repaired_dialogue",
    "repaired_encoding",
    "repaired_letter",
    "repaired_names",
    "repaired_tls",
    "score",
]


def repaired_boundary(subtype, parts):
    r"""Return a multipart as bytes: its Content-Type field, an empty line, and the parts.

    subtype is a str such as "mixed"; parts is a list of bytes, each a part with its header.
    The boundary is new each time and occurs in no part. Each part comes out as it went in.
    Source: RFC 2046, section 5.1.1.

    >>> repaired_boundary("mixed", [b"Content-Type: text/plain\r\n\r\nHello"])
    b'Content-Type: multipart/mixed; boundary="5f1c..."\r\n\r\n--5f1c...'
    """
    boundary = secrets.token_hex(16).encode()
    while any(boundary in part for part in parts):
        boundary = secrets.token_hex(16).encode()
    whole = b"Content-Type: multipart/" + subtype.encode()
    whole += b'; boundary="' + boundary + b'"\r\n'
    for part in parts:
        whole += b"\r\n--" + boundary + b"\r\n" + part
    return whole + b"\r\n--" + boundary + b"--\r\n"


def repaired_encoding(data):
    r"""Return data (bytes) in base64, as bytes: lines of at most 76 letters, each with CRLF.

    Source: RFC 2045, section 6.8; RFC 5321, section 4.5.3.1.6.

    >>> repaired_encoding(b"Username:")
    b'VXNlcm5hbWU6\r\n'
    """
    lines = b""
    for start in range(0, len(data), 57):
        lines += base64.b64encode(data[start : start + 57]) + b"\r\n"
    return lines


def repaired_names(body, filename, content_id=None):
    r"""Return one file as a part (bytes): header fields, an empty line, and body.

    body is bytes, in base64 already; filename is a str of ASCII, without double quotes and
    backslashes, and its ending tells the type: mimetypes.guess_type knows many, and for others
    there is application/octet-stream. With a content_id (a str, left@right) it is a
    picture that stands inside a page; without one it is an attachment.
    Source: RFC 2045, sections 5.1, 6 and 7; RFC 2183, sections 2.1 to 2.3.

    >>> repaired_names(b"VXNlcm5hbWU6\r\n", "notes.zip")
    b'Content-Type: application/zip\r\n...; filename="notes.zip"\r\n\r\nVXNlcm5hbWU6\r\n'
    """
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
    if content_id:
        head += f"Content-ID: <{content_id}>\r\n"
    place = "inline" if content_id else "attachment"
    head += f'Content-Disposition: {place}; filename="{filename}"\r\n'
    return head.encode() + b"\r\n" + body


def repaired_letter(sender, recipient, subject, page, picture, archive, boundary):
    r"""Return the whole letter as bytes: who, whom, when, what; then the tree of parts.

    All are str but picture and archive, which are parts (bytes), and boundary, a function as
    repaired_boundary is. subject is ASCII; page is HTML in any script: UTF-8, in
    quoted-printable or base64. The tree is mixed(related(page, picture), archive).
    Source: RFC 5322, section 3.6; RFC 2045, sections 4 and 6; RFC 2387.

    >>> repaired_letter("you@lab.test", "lin@lab.test", "Hi", page, picture, archive, boundary)
    b'From: you@lab.test\r\nTo: lin@lab.test\r\nSubject: Hi\r\nDate: ...'
    """
    head = f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\n"
    head += f"Date: {formatdate(localtime=True)}\r\nMessage-ID: {make_msgid(domain='lab.test')}\r\n"
    head += "MIME-Version: 1.0\r\n"
    text = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    text += base64.encodebytes(page.encode()).replace(b"\n", b"\r\n")
    related = boundary("related", [text, picture])
    return head.encode() + boundary("mixed", [related, archive])


def repaired_dialogue(sock, user, password, sender, recipient, mail):
    """Hold the whole session, from the greeting to the reply to QUIT, and leave sock open.

    All are str but sock, and mail, which is bytes with CRLF line ends. Log in with AUTH LOGIN
    or AUTH PLAIN after EHLO. Return None when the mail was taken; raise ReplyError(code, lines)
    as soon as the server refuses anything, a recipient too. Print no password.
    Source: RFC 5321, sections 3.1 to 3.3 and 4.5.2; RFC 4954.

    >>> repaired_dialogue(sock, user, password, "you@lab.test", "lin@lab.test", mail)
    """
    reader = LineReader(sock)
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    command(sock, reader, "EHLO client.lab.test", 250)
    auth_login(sock, reader, user, password)
    for code, lines in deliver(sock, reader, sender, [recipient], mail).values():
        raise ReplyError(code, lines)
    command(sock, reader, "QUIT", 221)


def repaired_tls(address, hostname, cafile, timeout):
    """Connect with TLS from the first octet, to hostname and to nobody else: return the socket.

    address is (host, port); cafile is the path of the authority to trust (PEM), None for the
    system's own; timeout is in seconds, for each wait, the handshake's included. Raise
    ssl.SSLError for a certificate that is not hostname's, TimeoutError for silence; no socket
    is left open then.
    Source: RFC 8314, section 5; RFC 9525; RFC 6066, section 3.

    >>> sock = repaired_tls(lab.address(465), lab.hostname, lab.ca_file, 10)
    """
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    try:
        return context.wrap_socket(sock, server_hostname=hostname)
    except BaseException:
        sock.close()
        raise


def score(mail, *sessions):
    """Return a table (str): which faults are gone, which can be seen, which are still hidden.

    mail is the letter (bytes); sessions are those of a lab's transcript that a client held.
    A fault is hidden when it is there and another one covers it, and also when nothing
    happened that would show whether it is there.
    """
    rows = [
        (_state(there, why), what, why if there else "")
        for what, there, why in _letter(mail, sessions)
    ]
    rows += _session_rows(sessions)
    if rows[0][0] == "seen":  # without parts nobody misses a dot in one
        dots = ("seen", "dots not doubled", "")
        rows = [("hidden", dots[1], "behind the boundary") if row == dots else row for row in rows]
    counts = {state: sum(row[0] == state for row in rows) for state in ("gone", "seen", "hidden")}
    lines = [f"{state:7} {what:34} {why}".rstrip() for state, what, why in rows]
    return "\n".join([*lines, ", ".join(f"{state}: {n}" for state, n in counts.items())])


def _letter(mail, sessions):
    """What the letter has, read with patience: the fault, whether it is there, what hides it."""
    head = b"\n" + mail.partition(b"\r\n\r\n")[0].lower()
    announced = re.findall(rb"""(?i)boundary=("[^"\r\n]*"|[^\s;]+)""", mail)
    bare = [value.strip(b"\"'") for value in announced]
    lines = {line.rstrip() for line in mail.split(b"\r\n")}
    no_match = any(b"--" + value.strip(b'"') not in lines for value in announced)
    delimiter = rb"\r\n--(?:" + b"|".join(map(re.escape, bare)) + rb")(?:--)?[ \t]*(?=\r\n)"
    parts = [
        part.removeprefix(b"\r\n").partition(b"\r\n\r\n")[::2]
        for part in re.split(delimiter, mail)[1:]
    ]
    encoded = [body for top, body in parts if b"base64" in top.lower()]
    pages = [(top.lower(), _decoded(top, body)) for top, body in parts if b"text/html" in top]
    images = [(top.lower(), body) for top, body in parts if b"image/" in top.lower()]
    refused = any(b"too long" in line.data for s in sessions for line in s.lines())
    cover = "behind the boundary" if no_match else ""
    yield "boundary in single quotes", no_match, ""
    one_by_one = any(re.search(rb"=[A-Za-z0-9+/]", b"".join(body.split())) for body in encoded)
    yield "blocks encoded one by one", one_by_one, cover
    lines_of_base64 = [line for body in encoded for line in body.split(b"\r\n")]
    long = any(len(line) > 76 or b"\n" in line for line in lines_of_base64)
    yield "base64 in lines too long, or LF", long, "" if refused else "this server keeps them"
    open_ended = any(b"--" + value + b"--" not in lines for value in bare)
    yield "no closing delimiter", open_ended, cover or "readers forgive it"
    breaks = any(page.endswith(b"\r\n\r\n") for _, page in pages)
    yield "line breaks too many", breaks, cover
    short = any(len(value) < 16 for value in bare)
    yield "a boundary that a text may hold", short, cover or "no part holds it today"
    yield "file name in single quotes", b"filename='" in mail, cover
    other_type = any(body.startswith(b"iVBOR") != (b"image/png" in top) for top, body in images)
    yield "a picture of another type", other_type, cover
    bad_id = re.search(rb"(?i)content-id: *<[^@>]*>", mail) is not None
    yield "Content-ID without @", bad_id, cover or "readers forgive it"
    apart = b"multipart/related" not in mail or any(b"inline" not in top for top, _ in images)
    yield "picture attached, not in its place", apart, cover
    yield "HTML without a charset", any(b"charset" not in top for top, _ in pages), cover
    names = (b"from:", b"to:", b"date:", b"message-id:")
    yield "no From, To, Date, Message-ID", any(b"\n" + name not in head for name in names), ""
    yield "no MIME-Version", b"\nmime-version:" not in head, "readers forgive it"


def _state(there, why):
    return "gone" if not there else "hidden" if why else "seen"


def _decoded(top, body):
    """The octets of a text part, its transfer encoding undone."""
    if b"base64" in top.lower():
        return base64.b64decode(body)
    return quopri.decodestring(body) if b"quoted-printable" in top.lower() else body


def _unfinished(data):
    """Whether the octets of one segment end within a reply."""
    return not data.endswith(b"\r\n") or data.splitlines()[-1][3:4] == b"-"


def _session_rows(sessions):
    """The rows of what a client did wrong while it spoke."""
    shown = {}  # fault -> the states in which the sessions have it that could show it
    for session in sessions:
        for what, there, why in _conduct(session):
            shown.setdefault(what, set()).add(_state(there, why))
    rows = []
    for what, otherwise in (
        ("HELO, and AUTH after it", "nobody logged in"),
        ("AUTH login in lower case", "nobody logged in"),
        ("the server's own name in HELO", "nobody said hello"),
        ("one recv taken for one reply", "each reply came whole"),
        ("goes on after a refusal", "nothing was refused"),
        ("stops at a reply that is no UTF-8", "all replies were UTF-8"),
        ("dots not doubled", "no line begins with a dot"),
        ("QUIT before the last reply", "no letter was sent"),
    ):
        states = shown.get(what)
        state = max(states, key=("gone", "hidden", "seen").index) if states else "hidden"
        why = "this server takes it" if state == "hidden" else ""
        rows.append((state, what, why if states else otherwise))
    return rows


def _conduct(session):
    """What one session could show: the fault, whether it is there, and what hides it."""
    lines = [line for line in session.lines() if not line.note]
    said = [line for line in lines if line.sender == "C"]
    replies = [(place, line) for place, line in enumerate(lines) if line.sender == "S"]
    hello = next((x.data for x in said if x.data[:4].upper() in (b"EHLO", b"HELO")), b"")
    login = next((x.data for x in said if x.data[:4].upper() == b"AUTH"), b"")
    if login:
        no_auth = any(x.data.startswith(b"503") and b"EHLO" in x.data for _, x in replies)
        helo = hello[:4].upper() == b"HELO"
        yield "HELO, and AUTH after it", helo, "" if no_auth else "taken"
        unknown = any(x.data.startswith(b"504") for _, x in replies)
        lower = not login.split()[1].isupper()
        yield "AUTH login in lower case", lower, "" if unknown else "taken"
    if hello and replies:
        yield "the server's own name in HELO", b"mail.lab.test" in hello, ""
    early = any(
        a.sender == "S" and a.data[3:4] == b"-" and b.sender == "C" for a, b in pairwise(lines)
    )
    if early or any(
        a.sender == b.sender == "S" and _unfinished(a.data) for a, b in pairwise(session.events)
    ):
        yield "one recv taken for one reply", early, ""
    refusals = [place for place, x in replies if x.data[:1] in b"45" and x.data[3:4] == b" "]
    if refusals:
        after = [next((x.data for x in lines[p:] if x.sender == "C"), b"QUIT") for p in refusals]
        stops = (b"QUIT", b"RSET", b"HELO")
        goes_on = any(data[:4].upper() not in stops for data in after)
        yield "goes on after a refusal", goes_on, ""
    strange = [p for p, x in replies if "\ufffd" in x.data.decode("utf-8", "replace")]
    if strange:
        stops_there = not any(x.sender == "C" for x in lines[strange[-1] :])
        yield "stops at a reply that is no UTF-8", stops_there, ""
    content = [x.data for x in said if x.kind == "data" and x.data != b".\r\n"]
    if any(x.startswith(b".") for x in content):
        yield "dots not doubled", any(re.match(rb"\.[^.]", x) for x in content), ""
    if any(x.data == b".\r\n" for x in said):
        hasty = any(a.data == b".\r\n" and b.sender == "C" for a, b in pairwise(lines))
        yield "QUIT before the last reply", hasty, ""
