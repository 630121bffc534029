"""Lesson 01: octets in, octets out, and lines."""

__all__ = ["LineReader", "encode_line", "read_exactly", "send_all", "split_line"]


def send_all(sock, data):
    r"""Send every octet of data (bytes), however little each send takes.

    Return None. Errors of the socket (OSError) pass through.

    >>> send_all(sock, b"EHLO client.lab.test\r\n")
    """
    while data:
        taken = sock.send(data)
        data = data[taken:]


def read_exactly(sock, n):
    """Read n octets from sock and return them as bytes: never more, never fewer.

    Raise EOFError when the stream ends before that. For n = 0 return b"" at once.

    >>> read_exactly(sock, 4)
    b'220 '
    """
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError(f"the stream ended after {len(data)} of {n} octets")
        data += piece
    return data


def encode_line(text):
    r"""Return text (str) as one line of octets: UTF-8, with CRLF at its end.

    Raise ValueError when text itself has a CR or an LF: that would be two lines.
    Source: RFC 5321, section 2.3.8; RFC 6531, section 3.3 for UTF-8.

    >>> encode_line("EHLO client.lab.test")
    b'EHLO client.lab.test\r\n'
    """
    if "\r" in text or "\n" in text:
        raise ValueError(f"one line was asked for, and this holds a line break: {text!r}")
    return text.encode("utf-8") + b"\r\n"


def split_line(buffer):
    r"""Take the first line off buffer (bytes): return (line, rest).

    line comes without its CRLF, and rest is what follows it. As long as no line is whole, line
    is None and rest is the buffer. Source: RFC 5321, section 2.3.8.

    >>> split_line(b"250 first\r\n250 sec")
    (b'250 first', b'250 sec')
    >>> split_line(b"250 sec")
    (None, b'250 sec')
    >>> split_line(b"\r\n250 sec")
    (b'', b'250 sec')
    """
    if b"\r\n" not in buffer:
        return None, buffer
    line, rest = buffer.split(b"\r\n", 1)
    return line, rest


class LineReader:
    """Lines from a stream: CRLF ends a line, wherever the pieces are cut.

    sock is a connected socket; limit is the longest line accepted, in octets, without its CRLF.
    Source: RFC 5321, sections 2.3.8 and 4.5.3.1.5.

    >>> reader = LineReader(sock)
    >>> reader.read_line()
    b'220 mail.lab.test ready'
    """

    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""

    def read_line(self):
        """Return the next line as bytes, without its CRLF; an empty line is b"".

        Keep what came after the line for the next call. Raise EOFError when the stream
        has ended, within a line too, and ValueError when a line is longer than limit.
        """
        line, rest = split_line(self.buffer)
        while line is None:
            if len(self.buffer) > self.limit + 1:
                raise ValueError(f"a line of more than {self.limit} octets")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError(f"the stream ended; unfinished line: {self.buffer!r}")
            self.buffer += piece
            line, rest = split_line(self.buffer)
        self.buffer = rest
        if len(line) > self.limit:
            raise ValueError(f"a line of more than {self.limit} octets")
        return line
