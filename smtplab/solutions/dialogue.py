"""Lesson 02: commands and replies, and one whole delivery."""

from .sockets import encode_line

__all__ = [
    "ReplyError",
    "command",
    "deliver",
    "dot_stuff",
    "parse_ehlo",
    "parse_reply_line",
    "read_reply",
]


class ReplyError(Exception):
    """A reply with another code than the one that was hoped for."""

    def __init__(self, code, lines):
        super().__init__(f"{code} {' '.join(lines)}")
        self.code = code
        self.lines = lines


def parse_reply_line(line):
    """Take one reply line apart: return (code, last, text).

    line is bytes without its CRLF. code is an int, last a bool: False when a hyphen
    after the code says that more lines follow. text is a str; octets that are not UTF-8
    become U+FFFD. A code is three digits, from 200 to 599, and behind it stands a space, a
    hyphen or nothing: raise ValueError when the line is no such reply line.
    Source: RFC 5321, section 4.2.

    >>> parse_reply_line(b"250-SIZE 35882577")
    (250, False, 'SIZE 35882577')
    >>> parse_reply_line(b"250 OK")
    (250, True, 'OK')
    >>> parse_reply_line(b"250")
    (250, True, '')
    """
    code, separator, text = line[:3], line[3:4], line[4:]
    if not (len(code) == 3 and code.isdigit() and b"200" <= code <= b"599"):
        raise ValueError(f"no reply code at the start of {line!r}")
    if separator not in (b" ", b"-", b""):
        raise ValueError(f"no space or hyphen after the code in {line!r}")
    return int(code), separator != b"-", text.decode("utf-8", errors="replace")


def read_reply(reader):
    """Read one whole reply, of one line or of many: return (code, lines).

    reader is a LineReader. code is an int, lines a list of str, without codes.
    Raise ValueError when the code changes within the reply; EOFError passes through.
    Source: RFC 5321, section 4.2.1.

    >>> read_reply(reader)
    (250, ['mail.lab.test', 'SIZE 35882577', 'STARTTLS'])
    """
    code, last, text = parse_reply_line(reader.read_line())
    lines = [text]
    while not last:
        next_code, last, text = parse_reply_line(reader.read_line())
        if next_code != code:
            raise ValueError(f"a reply that began with {code} goes on with {next_code}")
        lines.append(text)
    return code, lines


def command(sock, reader, line, expect):
    """Send one command and read its reply: return (code, lines).

    line is a str without CRLF; the wire carries its UTF-8. expect is the code hoped for,
    an int, or a tuple of ints. Raise ReplyError when another code comes, and ValueError,
    before anything is sent, when line holds a CR or an LF.
    Source: RFC 5321, sections 4.1.1 and 4.3.2.

    >>> command(sock, reader, "NOOP", 250)
    (250, ['2.0.0 OK'])
    """
    expected = expect if isinstance(expect, tuple) else (expect,)
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code not in expected:
        raise ReplyError(code, lines)
    return code, lines


def parse_ehlo(reply):
    """Return what the server offers: a dict from keyword to parameters.

    reply is the list of lines that EHLO brought, the server's greeting first. Keywords are
    in upper case; parameters are a str, empty when there are none.
    Source: RFC 5321, section 4.1.1.1.

    >>> parse_ehlo(["mail.lab.test", "SIZE 35882577", "STARTTLS"])
    {'SIZE': '35882577', 'STARTTLS': ''}
    """
    extensions = {}
    for line in reply[1:]:
        keyword, _, parameters = line.partition(" ")
        extensions[keyword.upper()] = parameters
    return extensions


def dot_stuff(body):
    r"""Double the dot at the start of each line of body (bytes, lines end in CRLF).

    Return bytes. The dot that ends the mail is not part of it.
    Source: RFC 5321, section 4.5.2.

    >>> dot_stuff(b"one\r\n.two\r\n")
    b'one\r\n..two\r\n'
    """
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def deliver(sock, reader, sender, recipients, message):
    """Deliver one message: MAIL, RCPT for each recipient, DATA, the message, the dot.

    sender is a str, recipients a list of str, message bytes with CRLF line ends; the last
    one is added if it is missing. Return a dict of the refused recipients, each with
    (code, lines); the others, told 250 or 251, get the message. When none is left, send RSET
    and return them all. Raise ReplyError when MAIL, DATA or the message itself is refused,
    and on 421, with which the server says goodbye.
    Source: RFC 5321, sections 3.3 and 3.8.

    >>> deliver(sock, reader, "you@lab.test", ["lin@lab.test"], message)
    {}
    """
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    if refused.keys() == set(recipients):  # one may be named twice
        command(sock, reader, "RSET", 250)
        return refused
    command(sock, reader, "DATA", 354)
    body = dot_stuff(message)
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    sock.sendall(body + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused
