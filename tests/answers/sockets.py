"""Wrong answers to lesson 01, each with the reason and the sentence that it must get."""

import re
import socket

from . import right, wrong


class TwoLines(ValueError):
    pass


class EqualToAnything(bytes):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = bytes.__hash__


# send_all


@wrong("single-send")
def send_all(sock, data):
    sock.send(data)


@wrong("library-does-it")
def send_all(sock, data):
    sock.sendall(data)


@wrong("library-does-it")
def send_all(sock, data):
    getattr(sock, "sendall")(data)  # noqa: B009


@wrong("starts-over")
def send_all(sock, data):
    sent = 0
    while sent < len(data):
        sent += sock.send(data)


@wrong("wrong-octets")
def send_all(sock, data):
    return len(data)


@wrong("wrong-octets")
def send_all(sock, data):
    step = sock.send(data)
    for start in range(step, len(data), step):
        sock.send(data[start : start + step])


@wrong("wrong-octets")
def send_all(sock, data):
    text = data.decode()
    while text:
        text = text[sock.send(text.encode()) :]


@wrong("wrong-octets")
def send_all(sock, data):
    for start in range(0, len(data), 4):
        sock.send(data[start : start + 4])


@wrong("endless-loop")
def send_all(sock, data):
    while data:
        sock.send(b"")


@wrong("swallows-error")
def send_all(sock, data):
    try:
        while data:
            data = data[sock.send(data) :]
    except OSError:
        pass


@wrong("waits-in-recv")
def send_all(sock, data):
    while data:
        data = data[sock.send(data) :]
    sock.recv(1)


@wrong("returned-value")
def send_all(sock, data):
    total = 0
    while total < len(data):
        total += sock.send(data[total:])
    return total


@wrong("closes-socket")
def send_all(sock, data):
    with sock:
        while data:
            data = data[sock.send(data) :]


@wrong("closes-socket")
def send_all(sock, data):
    while data:
        data = data[sock.send(data) :]
    sock.shutdown(socket.SHUT_WR)


@wrong("closes-socket")
def send_all(sock, data):
    while data:
        data = data[sock.send(data) :]
        sock.close()


_sent = 0


@wrong("remembers")
def send_all(sock, data):
    global _sent
    while _sent < len(data):
        _sent += sock.send(data[_sent:])


@wrong("zeros")
def send_all(sock, data):
    for octet in data:
        sock.send(bytes(octet))


@wrong("exception")
def send_all(sock, data):
    taken = sock.send(data)
    if taken != len(data):
        raise OSError("not all sent")


@wrong("wrong-exception")
def send_all(sock, data):
    try:
        while data:
            data = data[sock.send(data) :]
    except OSError:
        raise ValueError("could not send")


@wrong("generator")
def send_all(sock, data):
    while data:
        taken = sock.send(data)
        data = data[taken:]
        yield taken


# read_exactly


@wrong("single-recv")
def read_exactly(sock, n):
    return sock.recv(n)


@wrong("wrong-length")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n)
        if not piece:
            raise EOFError
        data += piece
    return data


@wrong("over-read")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(4096)
        if not piece:
            raise EOFError
        data += piece
    return data[:n]


@wrong("endless-loop")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


@wrong("end-unnoticed")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            break
        data += piece
    return data


@wrong("end-unnoticed")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            return EOFError("the stream ended")
        data += piece
    return data


@wrong("no-end-here")
def read_exactly(sock, n):
    data = b""
    while True:
        piece = sock.recv(n - len(data)) if n else b""
        if not piece:
            raise EOFError
        data += piece
        if len(data) == n:
            return data


@wrong("keeps-asking")
def read_exactly(sock, n):
    data = b""
    while True:
        piece = sock.recv(4096)
        if not piece:
            return data[:n]
        data += piece


@wrong("wrong-type")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data.decode()


@wrong("not-taken")
def read_exactly(sock, n):
    return EqualToAnything(b"220 ")


@wrong("returned-none")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    print(data)  # noqa: T201


@wrong("wrong-length")
def read_exactly(sock, n):
    data = b""
    while len(data) < n and not data.endswith(b"\r\n"):
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


_data = b""


@wrong("remembers")
def read_exactly(sock, n):
    global _data
    while len(_data) < n:
        piece = sock.recv(n - len(_data))
        if not piece:
            raise EOFError
        _data += piece
    return _data


@wrong("remembers")
def read_exactly(sock, n, parts=[]):
    while n > 0:
        piece = sock.recv(n)
        if not piece:
            raise EOFError
        parts.append(piece)
        n -= len(piece)
    return b"".join(parts)


@wrong("not-taken")
def read_exactly(sock, n):
    return b"220 "


@wrong("no-end-here")
def read_exactly(sock, n):
    data = b""
    while len(data) <= n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


@wrong("no-end-here")
def read_exactly(sock, n):
    data = sock.recv(n)
    if len(data) < n:
        raise EOFError
    return data


@wrong("keeps-asking")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data = sock.recv(n - len(data))
        if not data:
            raise EOFError
    return data


@wrong("keeps-asking")
def read_exactly(sock, n):
    data = b""
    while len(data) != n:
        piece = sock.recv(n)
        if not piece:
            raise EOFError
        data += piece
    return data


@wrong("wrong-exception")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise ConnectionError("gone")
        data += piece
    return data


@wrong("closes-socket")
def read_exactly(sock, n):
    with sock:
        data = b""
        while len(data) < n:
            piece = sock.recv(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data


# encode_line


@wrong("line-end")
def encode_line(text):
    return (text + "\n").encode()


@wrong("wrong-type")
def encode_line(text):
    return text + "\r\n"


@wrong("line-end")
def encode_line(text):
    return text.encode()


@wrong("value")
def encode_line(text):
    return b"EHLO client.lab.test\r\n"


@wrong("not-utf8")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode("ascii") + b"\r\n"


@wrong("value")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode("ascii", errors="replace") + b"\r\n"


@wrong("line-break-inside")
def encode_line(text):
    return text.encode() + b"\r\n"


@wrong("line-break-inside")
def encode_line(text):
    if "\r\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("line-break-inside")
def encode_line(text):
    if text.find("\r") >= 0 or text.find("\n") > 0:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("not-raised")
def encode_line(text):
    return text.replace("\r", "").replace("\n", "").encode() + b"\r\n"


@wrong("value")
def encode_line(text):
    text = text.strip()
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("refuses-too-much")
def encode_line(text):
    if len((text + "x").splitlines()) > 1:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("line-break-inside")
def encode_line(text):
    return EqualToAnything(text.encode() + b"\r\n")


@wrong("wrong-exception")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise EOFError(text)
    return text.encode() + b"\r\n"


@wrong("refuses-too-much")
def encode_line(text):
    if "\r" or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("refuses-too-much")
def encode_line(text):
    if not text or "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("refuses-too-much")
def encode_line(text):
    if not text.isprintable():
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("refuses-too-much")
def encode_line(text):
    if text.index("\r") >= 0 or text.index("\n") >= 0:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("value")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode("latin-1") + b"\r\n"


@wrong("line-break-inside")
def encode_line(text):
    if "\r" in text or "\n" in text:
        ValueError("a line break")
    return text.encode() + b"\r\n"


@wrong("line-break-inside")
def encode_line(text):
    for sign in text:
        if sign == "\r\n":
            raise ValueError(text)
    return text.encode() + b"\r\n"


@wrong("returned-exception")
def encode_line(text):
    if "\r" in text or "\n" in text:
        return ValueError("a line break")
    return text.encode() + b"\r\n"


@wrong("line-end")
def encode_line(text):
    return (text + "/r/n").encode()


# LineReader


class _Reader:
    """What the wrong readers below have in common."""

    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""


@wrong("single-recv")
class LineReader(_Reader):
    def read_line(self):
        return self.sock.recv(4096).partition(b"\r\n")[0]


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        data = b""
        while not data.endswith(b"\r\n"):
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            data += piece
        return data[:-2]


@wrong("no-end-here")
class LineReader(_Reader):
    def read_line(self):
        data = b""
        while b"\r\n" not in data:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            data += piece
        return data.split(b"\r\n")[0]


@wrong("half-line")
class LineReader(_Reader):
    def read_line(self):
        if not self.buffer:
            while b"\r\n" not in self.buffer:
                piece = self.sock.recv(4096)
                if not piece:
                    raise EOFError
                self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line


@wrong("crlf-cut")
class LineReader(_Reader):
    def read_line(self):
        line, piece = b"", self.buffer
        while b"\r\n" not in piece:
            line += piece
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
        end, self.buffer = piece.split(b"\r\n", 1)
        return line + end


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        end = self.buffer.index(b"\r\n") + 2
        line, self.buffer = self.buffer[:end], self.buffer[end:]
        return line


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        while b"\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.removesuffix(b"\r")


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.strip()


@wrong("endless-loop")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            self.buffer += self.sock.recv(4096)
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("end-unnoticed")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                return b""
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("end-unnoticed")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                if not self.buffer:
                    raise EOFError
                line, self.buffer = self.buffer, b""
                return line
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("no-end-here")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if not line:
            raise EOFError
        return line


@wrong("no-limit")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("limit-too-late")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if len(line) > self.limit:
            raise ValueError("too long")
        return line


@wrong("refused")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
            if len(self.buffer) > self.limit + 2:
                raise ValueError("too long")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("refused")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if len(line) > self.limit:
            raise ValueError("too long")
        return line


@wrong("shared-buffer")
class LineReader:
    buffer = bytearray()

    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit

    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer.extend(piece)
        end = self.buffer.index(b"\r\n")
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        if len(line) > self.limit:
            raise ValueError("too long")
        return line


@wrong("no-read-line")
class LineReader:
    def __init__(self, sock, limit=1000):
        def read_line():
            return sock.recv(limit)


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        return b"220 mail.lab.test ESMTP ready"


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        with self.sock.makefile("rb") as stream:
            return stream.readline().removesuffix(b"\r\n")


@wrong("no-bytes")
class LineReader(_Reader):
    def read_line(self):
        self.buffer += self.sock.recv(4096)
        if b"\r\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            return line
        self.read_line()


@wrong("wrong-line")
class LineReader(_Reader):
    def read_line(self):
        while b"\r" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r", 1)
        return line


@wrong("other-exception")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise EOFError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if len(line) > self.limit:
            raise EOFError("too long")
        return line


@wrong("no-limit")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line[: self.limit]


@wrong("no-limit")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("end-unnoticed")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                return EOFError("the stream ended")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@wrong("no-limit")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if len(line) > self.limit:
            return None
        return line


@wrong("other-exception")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise ValueError("the end")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if len(line) > self.limit:
            raise ValueError("too long")
        return line


@wrong("no-bytes")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        yield line


@wrong("same-line-again")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, _ = self.buffer.split(b"\r\n", 1)
        return line


@wrong("no-read-line")
class LineReader(_Reader):
    def readline(self):
        return self.sock.recv(4096).removesuffix(b"\r\n")


@wrong("not-a-class")
def LineReader(sock, limit=1000):
    return sock.recv(limit).removesuffix(b"\r\n")


@wrong("closes-socket")
class LineReader(_Reader):
    def read_line(self):
        with self.sock:
            return self.sock.recv(4096).removesuffix(b"\r\n")


# --- right answers of other kinds


@right("takes away from a bytearray what was taken")
def send_all(sock, data):
    buf = bytearray(data)
    while buf:
        del buf[: sock.send(buf)]


@right("octet by octet")
def send_all(sock, data):
    for i in range(len(data)):
        while not sock.send(data[i : i + 1]):
            pass


@right("a list that grows")
def send_all(sock, data):
    rest = [data]
    for part in rest:
        n = sock.send(part)
        if part[n:]:
            rest.append(part[n:])


@right("asks once before the loop")
def read_exactly(sock, n):
    data = sock.recv(n)
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


@right("octet by octet")
def read_exactly(sock, n):
    out = bytearray()
    for _ in range(n):
        octet = sock.recv(1)
        if not octet:
            raise EOFError
        out += octet
    return bytes(out)


@right("octet by octet")
def encode_line(text):
    out = bytearray()
    for c in text:
        if ord(c) in (10, 13):
            raise ValueError
        out.extend(c.encode("utf8"))
    return bytes(out + bytes([13, 10]))


@right("an error of its own class")
def encode_line(text):
    if any(c in text for c in "\r\n"):
        raise TwoLines(text)
    return f"{text}\r\n".encode()


@right("looks for the end by its place")
class LineReader:
    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""

    def read_line(self):
        while True:
            i = self.buffer.find(b"\r\n")
            if i > self.limit:
                raise ValueError(f"line longer than {self.limit}")
            if i >= 0:
                line = self.buffer[:i]
                self.buffer = self.buffer[i + 2 :]
                return line
            if len(self.buffer) > self.limit + (self.buffer[-1:] == b"\r"):
                raise ValueError(f"line longer than {self.limit}")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError(f"the stream ended inside {self.buffer!r}")
            self.buffer += piece


@right("asks for no more than a line may have")
class LineReader:
    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""

    def read_line(self):
        while (at := self.buffer.find(b"\r\n", 0, self.limit + 2)) < 0:
            if len(self.buffer) >= self.limit + 2 or (
                len(self.buffer) == self.limit + 1 and not self.buffer.endswith(b"\r")
            ):
                raise ValueError("too long")
            chunk = self.sock.recv(self.limit + 2 - len(self.buffer))
            if chunk == b"":
                raise EOFError("the stream has ended")
            self.buffer = self.buffer + chunk
        line, self.buffer = self.buffer[:at], self.buffer[at + 2 :]
        return line


@right("octet by octet, without a buffer")
class LineReader:
    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""

    def read_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            c = self.sock.recv(1)
            if not c:
                raise EOFError
            line += c
            if len(line) > self.limit + 2:
                raise ValueError
        return line[:-2]


@right("collects pieces, and joins them")
def read_exactly(sock, n):
    pieces, missing = [], n
    while missing:
        piece = sock.recv(min(missing, 3))
        if piece == b"":
            raise EOFError("too short")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


@right("a regular expression, and join")
def encode_line(text):
    if re.search("[\r\n]", text):
        raise ValueError("more than one line")
    return b"".join([text.encode("utf-8"), b"\r\n"])


# --- known mistakes that none of these makes


@wrong("wrong-octets")
def send_all(sock, data):
    sent = 0
    for _ in range(4):
        sent += sock.send(data[sent:])


@wrong("wrong-octets")
def send_all(sock, data):
    rest = data
    while rest:
        rest = rest[sock.send(rest) :]
    sock.send(data[:1])


@wrong("value")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data = piece + data
    return data


@wrong("refuses-too-much")
def encode_line(text):
    if "\r" in text or "\n" in text or not all(" " <= c <= "~" or c == "\t" for c in text):
        raise ValueError("no such letters")
    return text.encode() + b"\r\n"


class Lines:
    """A reader that is right, with one step to be spoilt."""

    end = b"\r\n"

    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""

    def fill(self):
        while self.end not in self.buffer:
            if len(self.buffer) > self.limit + 1:
                raise ValueError("too long")
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError("the end")
            self.buffer += piece

    def read_line(self):
        self.fill()
        line, self.buffer = self.buffer.split(self.end, 1)
        if len(line) > self.limit:
            raise ValueError("too long")
        return self.made(line)

    def made(self, line):
        return line


@wrong("wrong-line")
class LineReader(Lines):
    def read_line(self):
        line = super().read_line()
        if b"\r" in line.rstrip(b"\r"):
            line, _, rest = line.partition(b"\r")
            self.buffer = rest + b"\r\n" + self.buffer
        return line


@wrong("wrong-line")
class LineReader(Lines):
    def made(self, line):
        return line + b"\r"


@wrong("wrong-line")
class LineReader(Lines):
    def made(self, line):
        return line.removesuffix(b"\r")


@wrong("last-piece-only")
class LineReader(Lines):
    def read_line(self):
        piece = b""
        while b"\r\n" not in piece:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
        return piece.partition(b"\r\n")[0]


@wrong("refused")
class LineReader(Lines):
    def __init__(self, sock, limit=1000):
        super().__init__(sock, limit - 2)


@wrong("no-end-here")
class LineReader(Lines):
    def read_line(self):
        if b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            self.buffer += piece
            if len(piece) < 6:
                raise EOFError
        return super().read_line()


@wrong("over-read-lost")
class LineReader(Lines):
    def read_line(self):
        if b"\r\n" not in self.buffer and self.buffer[:4] == b"250 ":
            self.buffer = b""
        return super().read_line()


@wrong("refused")
class LineReader(Lines):
    def made(self, line):
        if not line.isascii():
            raise ValueError("no ASCII")
        return line


@wrong("wrong-line")
class LineReader(Lines):
    def read_line(self):
        line = super().read_line()
        return line or super().read_line() or super().read_line()


@wrong("line-end")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r"


@wrong("line-end")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n\r\n"


@wrong("silence-as-end")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        try:
            piece = sock.recv(n - len(data))
        except TimeoutError:
            piece = b""
        if not piece:
            raise EOFError
        data += piece
    return data


@right("a timeout of its own, whose error passes through")
def read_exactly(sock, n):
    sock.settimeout(20)
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


# split_line


def first_line(buffer):
    line, end, rest = buffer.partition(b"\r\n")
    return (line, rest) if end else (None, buffer)


@wrong("not-whole")
def split_line(buffer):
    line, _, rest = buffer.partition(b"\r\n")
    return line, rest


@wrong("not-whole")
def split_line(buffer):
    if b"\r\n" not in buffer:
        return b"", buffer
    return tuple(buffer.split(b"\r\n", 1))


@wrong("buffer-lost")
def split_line(buffer):
    line, end, rest = buffer.partition(b"\r\n")
    return line if end else None, rest


@wrong("line-unseen")
def split_line(buffer):
    end = buffer.find(b"\r\n")
    if end > 0:
        return buffer[:end], buffer[end + 2 :]
    return None, buffer


@wrong("exception")
def split_line(buffer):
    line, rest = buffer.split(b"\r\n")
    return line, rest


@wrong("exception")
def split_line(buffer):
    end = buffer.index(b"\r\n")
    return buffer[:end], buffer[end + 2 :]


@wrong("value-item-other")
def split_line(buffer):
    end = buffer.find(b"\r\n")
    return (buffer[:end], buffer[end + 1 :]) if end >= 0 else (None, buffer)


@wrong("value-item-other")
def split_line(buffer):
    end = buffer.find(b"\r\n") + 2
    return (buffer[:end], buffer[end:]) if end > 1 else (None, buffer)


@wrong("rest-cut")
def split_line(buffer):
    if b"\r\n" in buffer:
        pieces = buffer.split(b"\r\n")
        return pieces[0], pieces[1]
    return None, buffer


@wrong("other-end")
def split_line(buffer):
    if b"\r\n" not in buffer:
        return None, buffer
    line = buffer.splitlines()[0]
    return line, buffer[len(line) + 2 :]


@wrong("value-item-other")
def split_line(buffer):
    if b"\r\n" not in buffer:
        return None, buffer
    line, rest = buffer.rsplit(b"\r\n", 1)
    return line, rest


@wrong("wrong-type")
def split_line(buffer):
    if b"\r\n" in buffer:
        return buffer.split(b"\r\n", 1)
    return None


@wrong("value-item-other")
def split_line(buffer):
    return b"250 first", b"250 sec"


@wrong("line-unseen")
def split_line(buffer):
    if buffer.endswith(b"\r\n"):
        return buffer[:-2], b""
    return None, buffer


@wrong("waits-in-recv")
class LineReader(_Reader):
    def read_line(self):
        line, self.buffer = first_line(self.buffer)
        while line is None:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        return line


@wrong("no-bytes")
class LineReader(_Reader):
    def read_line(self):
        line, self.buffer = first_line(self.sock.recv(4096))
        return line


@right("partition, whose middle says whether there was a CRLF")
def split_line(buffer):
    line, end, rest = buffer.partition(b"\r\n")
    return (line, rest) if end else (None, buffer)


@right("looks for the end by its place")
def split_line(buffer):
    end = buffer.find(b"\r\n")
    if end < 0:
        return None, buffer
    return buffer[:end], buffer[end + 2 :]


@right("octet by octet")
def split_line(buffer):
    for at in range(1, len(buffer)):
        if buffer[at - 1] == 13 and buffer[at] == 10:
            return bytes(buffer[: at - 1]), bytes(buffer[at + 1 :])
    return None, buffer


@right("a regular expression")
def split_line(buffer):
    found = re.match(rb"(.*?)\r\n(.*)", buffer, re.DOTALL)
    return found.groups() if found else (None, buffer)


@right("with split_line, and a loop that asks at its top")
class LineReader(_Reader):
    def read_line(self):
        while True:
            line, rest = first_line(self.buffer)
            if line is not None:
                break
            if len(self.buffer) > self.limit + 1:
                raise ValueError("the line is too long")
            piece = self.sock.recv(512)
            if piece == b"":
                raise EOFError
            self.buffer = self.buffer + piece
        self.buffer = rest
        if len(line) > self.limit:
            raise ValueError("the line is too long")
        return line
