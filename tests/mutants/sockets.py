"""Wrong answers to lesson 01, each with the reason and the sentence that it must get."""

import socket

from . import mutant


class EqualToAnything(bytes):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = bytes.__hash__


# send_all


@mutant(reason="single-send", sentence="send_all called send once: the socket took 3 of 22 octets")
def send_all(sock, data):
    sock.send(data)


@mutant(reason="library-does-it", sentence="sendall")
def send_all(sock, data):
    sock.sendall(data)


@mutant(reason="starts-over", sentence="send_all began again at the first octet")
def send_all(sock, data):
    sent = 0
    while sent < len(data):
        sent += sock.send(data)


@mutant(reason="nothing-sent", sentence="none of the 22 octets were sent")
def send_all(sock, data):
    return len(data)


@mutant(reason="wrong-octets", sentence="What send_all sent is not data")
def send_all(sock, data):
    step = sock.send(data)
    for start in range(step, len(data), step):
        sock.send(data[start : start + step])


@mutant(reason="wrong-octets", sentence="What send_all sent is not data")
def send_all(sock, data):
    text = data.decode()
    while text:
        text = text[sock.send(text.encode()) :]


@mutant(reason="wrong-octets", sentence="What send_all sent is not data")
def send_all(sock, data):
    for start in range(0, len(data), 4):
        sock.send(data[start : start + 4])


@mutant(reason="endless-loop", sentence="turns in a loop that does not end")
def send_all(sock, data):
    while data:
        sock.send(b"")


@mutant(reason="swallows-error", sentence="The socket was closed, and send_all returned as if")
def send_all(sock, data):
    try:
        while data:
            data = data[sock.send(data) :]
    except OSError:
        pass


@mutant(reason="waits-in-recv", sentence="waits in recv for octets that will never come")
def send_all(sock, data):
    while data:
        data = data[sock.send(data) :]
    sock.recv(1)


@mutant(reason="returned-value", sentence="and then returned 22; its docstring says None")
def send_all(sock, data):
    total = 0
    while total < len(data):
        total += sock.send(data[total:])
    return total


@mutant(reason="closed-socket", sentence="closed the socket that it was given")
def send_all(sock, data):
    with sock:
        while data:
            data = data[sock.send(data) :]


@mutant(reason="closed-socket", sentence="closed the socket that it was given")
def send_all(sock, data):
    while data:
        data = data[sock.send(data) :]
    sock.shutdown(socket.SHUT_WR)


@mutant(reason="closed-socket", sentence="closed the socket that it was given")
def send_all(sock, data):
    while data:
        data = data[sock.send(data) :]
        sock.close()


_sent = 0


@mutant(reason="remembers", sentence="left out the first 22 octets, as many as the call before")
def send_all(sock, data):
    global _sent
    while _sent < len(data):
        _sent += sock.send(data[_sent:])


@mutant(reason="zeros", sentence="sent 66 octets of value 0, and there is none in data")
def send_all(sock, data):
    for octet in data:
        sock.send(bytes(octet))


@mutant(reason="short-send", sentence="raised OSError: not all sent")
def send_all(sock, data):
    taken = sock.send(data)
    if taken != len(data):
        raise OSError("not all sent")


@mutant(reason="wrong-exception", sentence="ValueError was raised, and OSError was promised")
def send_all(sock, data):
    try:
        while data:
            data = data[sock.send(data) :]
    except OSError:
        raise ValueError("could not send")


@mutant(reason="generator", sentence="send_all returned a generator")
def send_all(sock, data):
    while data:
        taken = sock.send(data)
        data = data[taken:]
        yield taken


# read_exactly


@mutant(reason="single-recv", sentence="which is what the first recv brought: 1 octet")
def read_exactly(sock, n):
    return sock.recv(n)


@mutant(reason="too-many", sentence="read_exactly(sock, 10) returned 12 octets: too many")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n)
        if not piece:
            raise EOFError
        data += piece
    return data


@mutant(reason="over-read", sentence="returned 4 octets, and took 29 off the socket")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(4096)
        if not piece:
            raise EOFError
        data += piece
    return data[:n]


@mutant(reason="endless-loop", sentence="turns in a loop that does not end")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


@mutant(reason="end-unnoticed", sentence="The stream ended after 6 of 10 octets")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            break
        data += piece
    return data


@mutant(reason="end-unnoticed", sentence="as if nothing were missing")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            return EOFError("the stream ended")
        data += piece
    return data


@mutant(reason="no-end-here", sentence="0 octets were asked for, and read_exactly raised EOFError")
def read_exactly(sock, n):
    data = b""
    while True:
        piece = sock.recv(n - len(data)) if n else b""
        if not piece:
            raise EOFError
        data += piece
        if len(data) == n:
            return data


@mutant(reason="keeps-asking", sentence="asked for 4 octets, has taken 25, and waits in recv")
def read_exactly(sock, n):
    data = b""
    while True:
        piece = sock.recv(4096)
        if not piece:
            return data[:n]
        data += piece


@mutant(reason="wrong-type", sentence="read_exactly returned")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data.decode()


@mutant(reason="wrong-type", sentence="read_exactly returned")
def read_exactly(sock, n):
    return EqualToAnything(b"220 ")


@mutant(reason="returned-none", sentence="read_exactly returned None")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    print(data)  # noqa: T201


@mutant(reason="too-few", sentence="read_exactly(sock, 57) returned 21 octets: too few")
def read_exactly(sock, n):
    data = b""
    while len(data) < n and not data.endswith(b"\r\n"):
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


_data = b""


@mutant(reason="remembers", sentence="b'220 ' is what the call before had read")
def read_exactly(sock, n):
    global _data
    while len(_data) < n:
        piece = sock.recv(n - len(_data))
        if not piece:
            raise EOFError
        _data += piece
    return _data


@mutant(reason="remembers", sentence="b'220 ' is what the call before had read")
def read_exactly(sock, n, parts=[]):
    while n > 0:
        piece = sock.recv(n)
        if not piece:
            raise EOFError
        parts.append(piece)
        n -= len(piece)
    return b"".join(parts)


@mutant(reason="not-taken", sentence="returned 4 octets, and took 0 off the socket")
def read_exactly(sock, n):
    return b"220 "


@mutant(reason="no-end-here", sentence="raised EOFError when all had come")
def read_exactly(sock, n):
    data = b""
    while len(data) <= n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


@mutant(reason="no-end-here", sentence="More was still to come, and read_exactly raised EOFError")
def read_exactly(sock, n):
    data = sock.recv(n)
    if len(data) < n:
        raise EOFError
    return data


@mutant(reason="keeps-asking", sentence="asked for 4 octets, has taken 25, and waits in recv")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        data = sock.recv(n - len(data))
        if not data:
            raise EOFError
    return data


@mutant(reason="keeps-asking", sentence="asked for 10 octets, has taken 25, and raised EOFError")
def read_exactly(sock, n):
    data = b""
    while len(data) != n:
        piece = sock.recv(n)
        if not piece:
            raise EOFError
        data += piece
    return data


@mutant(reason="wrong-exception", sentence="ConnectionError was raised, and EOFError was promised")
def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise ConnectionError("gone")
        data += piece
    return data


@mutant(reason="closed-socket", sentence="closed the socket that it was given")
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


@mutant(reason="bare-lf", sentence="ends its line with LF alone")
def encode_line(text):
    return (text + "\n").encode()


@mutant(reason="wrong-type", sentence="encode_line returned")
def encode_line(text):
    return text + "\r\n"


@mutant(reason="no-line-end", sentence="without any line end")
def encode_line(text):
    return text.encode()


@mutant(reason="wrong-line", sentence="encode_line('') returned b'EHLO client.lab.test\\r\\n'")
def encode_line(text):
    return b"EHLO client.lab.test\r\n"


@mutant(reason="not-utf8", sentence="encode_line could not encode")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode("ascii") + b"\r\n"


@mutant(reason="letters-lost", sentence="are not its UTF-8")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode("ascii", errors="replace") + b"\r\n"


@mutant(reason="line-break-inside", sentence="let the line break in 'NOOP\\r\\nQUIT' through")
def encode_line(text):
    return text.encode() + b"\r\n"


@mutant(reason="line-break-inside", sentence="let the line break in 'NOOP\\nQUIT' through")
def encode_line(text):
    if "\r\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="line-break-inside", sentence="let the line break in '\\nNOOP' through")
def encode_line(text):
    if text.find("\r") >= 0 or text.find("\n") > 0:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="repairs-silently", sentence="where ValueError was promised")
def encode_line(text):
    return text.replace("\r", "").replace("\n", "").encode() + b"\r\n"


@mutant(reason="spaces-lost", sentence="encode_line took white space off the text")
def encode_line(text):
    text = text.strip()
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="refuses-too-much", sentence="which has no line break")
def encode_line(text):
    if len((text + "x").splitlines()) > 1:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="wrong-type", sentence="encode_line returned")
def encode_line(text):
    return EqualToAnything(text.encode() + b"\r\n")


@mutant(reason="wrong-exception", sentence="EOFError was raised, and ValueError was promised")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise EOFError(text)
    return text.encode() + b"\r\n"


@mutant(reason="refuses-too-much", sentence="refused 'EHLO client.lab.test', which has no line")
def encode_line(text):
    if "\r" or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="refuses-too-much", sentence="refused '', which has no line break")
def encode_line(text):
    if not text or "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="refuses-too-much", sentence="a tab at the end\\t', which has no line break")
def encode_line(text):
    if not text.isprintable():
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="refuses-too-much", sentence="refused 'EHLO client.lab.test', which has no line")
def encode_line(text):
    if text.index("\r") >= 0 or text.index("\n") >= 0:
        raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="not-utf8", sentence="made other octets of 'Subject: Grüße' than UTF-8 does")
def encode_line(text):
    if "\r" in text or "\n" in text:
        raise ValueError(text)
    return text.encode("latin-1") + b"\r\n"


@mutant(reason="line-break-inside", sentence="let the line break in 'NOOP\\r\\nQUIT' through")
def encode_line(text):
    if "\r" in text or "\n" in text:
        ValueError("a line break")
    return text.encode() + b"\r\n"


@mutant(reason="line-break-inside", sentence="let the line break in 'NOOP\\r\\nQUIT' through")
def encode_line(text):
    for sign in text:
        if sign == "\r\n":
            raise ValueError(text)
    return text.encode() + b"\r\n"


@mutant(reason="not-raised", sentence="returned ValueError, an exception that it did not raise")
def encode_line(text):
    if "\r" in text or "\n" in text:
        return ValueError("a line break")
    return text.encode() + b"\r\n"


@mutant(reason="slashes", sentence="with a slash, an r, a slash and an n")
def encode_line(text):
    return (text + "/r/n").encode()


# LineReader


class _Reader:
    """What the wrong readers below have in common."""

    def __init__(self, sock, limit=1000):
        self.sock = sock
        self.limit = limit
        self.buffer = b""


@mutant(reason="single-recv", sentence="which is what the first recv brought")
class LineReader(_Reader):
    def read_line(self):
        return self.sock.recv(4096).partition(b"\r\n")[0]


@mutant(reason="several-lines", sentence="returned more than the first of them")
class LineReader(_Reader):
    def read_line(self):
        data = b""
        while not data.endswith(b"\r\n"):
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            data += piece
        return data[:-2]


@mutant(reason="over-read-lost", sentence="The second line had come together with the first")
class LineReader(_Reader):
    def read_line(self):
        data = b""
        while b"\r\n" not in data:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            data += piece
        return data.split(b"\r\n")[0]


@mutant(reason="half-line", sentence="returned what it had kept, b'250 t', before its line was")
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


@mutant(reason="crlf-cut", sentence="did not see the line end")
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


@mutant(reason="keeps-crlf", sentence="read_line returned the line with its CRLF")
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


@mutant(reason="ends-at-lf", sentence="read_line ended its line at a lone LF")
class LineReader(_Reader):
    def read_line(self):
        while b"\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.removesuffix(b"\r")


@mutant(reason="strips", sentence="read_line took white space off the line")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.strip()


@mutant(reason="endless-loop", sentence="turns in a loop that does not end")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            self.buffer += self.sock.recv(4096)
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@mutant(reason="end-as-empty-line", sentence="read_line returned b'', which means an empty line")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                return b""
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@mutant(reason="half-line", sentence="read_line returned the half, b'250 unfin'")
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


@mutant(reason="empty-line-is-no-end", sentence="An empty line came")
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


@mutant(reason="no-limit", sentence="The limit was 10, and read_line took a line of 11 octets")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@mutant(reason="limit-too-late", sentence="went on reading to the end of the stream")
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


@mutant(reason="limit-on-buffer", sentence="refused short lines because several came at once")
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


@mutant(reason="limit-counts-cr", sentence="when its CR had come and its LF not")
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


@mutant(reason="shared-buffer", sentence="one returned what had come to the other")
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


@mutant(reason="no-read-line", sentence="an object without a method read_line")
class LineReader:
    def __init__(self, sock, limit=1000):
        def read_line():
            return sock.recv(limit)


@mutant(reason="wrong-line", sentence="read_line returned another line than came")
class LineReader(_Reader):
    def read_line(self):
        return b"220 mail.lab.test ESMTP ready"


@mutant(reason="library-does-it", sentence="makefile")
class LineReader(_Reader):
    def read_line(self):
        with self.sock.makefile("rb") as stream:
            return stream.readline().removesuffix(b"\r\n")


@mutant(reason="returned-none", sentence="read_line returned None where the line")
class LineReader(_Reader):
    def read_line(self):
        self.buffer += self.sock.recv(4096)
        if b"\r\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            return line
        self.read_line()


@mutant(reason="lf-left-over", sentence="ended the line before this one at its CR")
class LineReader(_Reader):
    def read_line(self):
        while b"\r" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                raise EOFError
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r", 1)
        return line


@mutant(reason="wrong-exception", sentence="EOFError was raised, and ValueError was promised")
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


@mutant(reason="cut-at-limit", sentence="returned the first 10 octets of a longer line as if")
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


@mutant(reason="no-limit", sentence="The limit was 10, and read_line took a line of 11 octets")
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


@mutant(reason="end-unnoticed", sentence="returned EOFError, an exception that it did not raise.")
class LineReader(_Reader):
    def read_line(self):
        while b"\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                return EOFError("the stream ended")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line


@mutant(reason="limit-not-raised", sentence="the limit of 10, and read_line returned None")
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


@mutant(reason="wrong-exception", sentence="ValueError was raised, and EOFError was promised")
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


@mutant(reason="generator", sentence="read_line returned a generator")
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


@mutant(reason="same-line-again", sentence="read_line returned b'250-one' again")
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


@mutant(reason="no-read-line", sentence="LineReader has readline; the name wanted is read_line")
class LineReader(_Reader):
    def readline(self):
        return self.sock.recv(4096).removesuffix(b"\r\n")


@mutant(reason="not-a-class", sentence="LineReader is a function here")
def LineReader(sock, limit=1000):
    return sock.recv(limit).removesuffix(b"\r\n")


@mutant(reason="closed-socket", sentence="closed the socket that it was given")
class LineReader(_Reader):
    def read_line(self):
        with self.sock:
            return self.sock.recv(4096).removesuffix(b"\r\n")
