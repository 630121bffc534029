"""A server that is a script in memory, at the other end of a socket.

It is a real `socket.socket`, so student code cannot tell; but what recv returns is scripted to
the octet, and nothing ever joins two segments that the script keeps apart. It also knows when
nobody will speak any more: a recv at that moment would wait for ever, and ends at once.
"""

import errno
import itertools
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .run import Deadlock, Spin, WouldBlock
from .said import WORDS
from .thread import Stopped, family

__all__ = ["End", "Hear", "ScriptedSocket"]

# Nobody does these on purpose:
MANY_ENDS = 1_000  # calls of recv after the end of the stream
MANY_SENDS = 20_000  # calls of send
LATE = 0.5  # seconds: whoever waits for less finds that the other end has not answered yet
MUCH = 1 << 20  # octets sent; no exercise sends more than a few thousand


@dataclass(frozen=True)
class Hear:
    """The server waits until the client has sent a line."""


@dataclass(frozen=True)
class End:
    """The server closes its side: recv returns b"" from here on."""


Step = bytes | Hear | End
Serve = Callable[[bytes], bytes | None]
Size = int | type[OSError]  # of a send or recv, or what it raises
Sizes = Size | Iterable[Size] | None


def _sizes(sizes: Sizes) -> Iterator[Any]:
    if sizes is None:
        sizes = sys.maxsize
    return itertools.cycle((sizes,) if isinstance(sizes, int | type) else tuple(sizes))


class ScriptedSocket(socket.socket):
    """A socket whose other end follows a script.

    script is what the server does, in order; after it, each whole line of the client is
    answered with serve(line), where b"" is no answer and None closes; so does an answer that
    does not end its line. pieces is the most
    that one recv returns, takes the most that one send takes, or the OSError that it raises: one,
    or several in turn.
    serves: it is the student who is the server. breaks: where the other end closes, it is gone.
    """

    # socket.socket has slots of its own; these are the script's.
    __slots__ = ("_asked", "_ends", "_far", "_heard", "_in", "_out_of_turn", "_pieces", "_script",
                 "_sent", "_serve", "_takes", "breaks", "events", "sends", "serves",
                 "stopped")  # fmt: skip

    def __init__(
        self, *script: Step, pieces: Sizes = None, takes: Sizes = None,
        serve: Serve | None = None, serves: bool = False, breaks: bool = False,
    ) -> None:  # fmt: skip
        self.serves, self.breaks = serves, breaks
        near, self._far = socket.socketpair()
        super().__init__(near.family, near.type, near.proto, fileno=near.detach())
        self._far.send(b"\n")  # select says that there is something: what, recv knows
        self._script = list(script)
        self._in: bytes | memoryview = b""  # a view, so that nothing is copied for each piece
        self._heard = bytearray()  # what the client sent and no step of the script has taken yet
        self._pieces = _sizes(pieces)
        self._takes = _sizes(takes)
        self._serve = serve
        self._ends = 0
        self._asked = True  # and what it will answer takes a moment
        self._out_of_turn: list[bool] = []  # for each line: did it begin before a reply was read?
        self._sent = bytearray()
        self.sends: list[int] = []
        self.events: list[tuple[Literal["C", "S"], bytes]] = []
        # What it was ended with: student code may swallow that with a bare `except:`.
        self.stopped: Stopped | None = None

    @property
    def sent(self) -> bytes:
        """All that the client sent."""
        return bytes(self._sent)

    @property
    def lines(self) -> list[bytes]:
        """The whole lines that the client sent, without CRLF."""
        return self.sent.split(b"\r\n")[:-1]

    @property
    def begun(self) -> list[tuple[bytes, bool]]:
        """Each line that the client began, without CRLF, and whether a reply was unread then."""
        lines = self.sent.removesuffix(b"\r\n").split(b"\r\n") if self.sent else []
        return list(zip(lines, self._out_of_turn, strict=True))

    @property
    def closed(self) -> bool:
        return self.fileno() < 0

    # As a client of the lab would see it: the pair is one of Unix, whose ends have no address.

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET

    def getsockname(self) -> tuple[str, int]:
        self._check_open()
        return "127.0.0.1", 49_152

    def getpeername(self) -> tuple[str, int]:
        self._check_open()
        return "127.0.0.1", 25

    # What the server does

    def _advance(self) -> None:
        """Let the server act until it has said something, or waits for the client."""
        while not self._in:
            step = self._script[0] if self._script else self._serve
            if isinstance(step, bytes):
                self._in = step
                self._script.pop(0)
                continue
            if step is None or isinstance(step, End) or b"\r\n" not in self._heard:
                return
            line, _, self._heard = self._heard.partition(b"\r\n")
            if isinstance(step, Hear):
                self._script.pop(0)
                continue
            answer = step(bytes(line))
            self._in = answer or b""
            # The connection ends in the place of an answer, or in the middle of it.
            if answer is None or (answer and not answer.endswith(b"\n")):
                self._script.append(End())

    def _waits_for(self) -> str:
        step = self._script[0] if self._script else None
        if isinstance(step, Hear) or (self._serve and not self._script):
            if self._heard:
                return WORDS("peer.for-the-end-of-your", heard=bytes(self._heard[-60:]))
            return WORDS("peer.for-your-next-line")
        return WORDS("peer.for-you-it-has-said")

    # What the client sees

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self._check_open()
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if flags & socket.MSG_WAITALL:
            return self._recv_all(bufsize, flags & ~socket.MSG_WAITALL)
        if not bufsize:
            return b""  # as a real one does, whether or not there is something to read
        self._advance()
        if not self._in:
            if self._script and isinstance(self._script[0], End):
                self._ends += 1
                if self._ends > MANY_ENDS:
                    self._stop(Spin(WORDS("peer.recv-has-returned-b-a")))
                if self.breaks:
                    raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
                return b""
            who = "client" if self.serves else "server"
            waits = WORDS(f"peer.the-{who}-waits", waits_for=self._waits_for())
            if self.gettimeout() == 0:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            if self.gettimeout() is not None:
                raise TimeoutError("timed out")
            self._stop(Deadlock(waits))
            raise WouldBlock(waits)
        if self._asked and (patience := self.gettimeout()) is not None and patience < LATE:
            self._asked = False
            if patience:
                raise TimeoutError("timed out")
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        size = min(bufsize, next(self._pieces))
        view = memoryview(self._in)
        piece, rest = bytes(view[:size]), view[size:]
        if not flags & socket.MSG_PEEK:
            self._in = rest
            self.events.append(("S", piece))
        return piece

    def _recv_all(self, bufsize: int, flags: int) -> bytes:
        data = b""
        while len(data) < bufsize and (piece := self.recv(bufsize - len(data), flags)):
            data += piece
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        with memoryview(buffer) as view, view.cast("B") as octets:
            data = self.recv(nbytes or len(octets), flags)
            octets[: len(data)] = data
        return len(data)

    def send(self, data: Any, flags: int = 0, /) -> int:
        self._check_open()
        octets = bytes(memoryview(data))
        if self.breaks and self._ends:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if self.serves and self._ends:
            return len(octets)  # the client is gone, and nobody hears it
        most, self._asked = next(self._takes), True
        if isinstance(most, type):
            self.sends.append(0)
            timed_out = most is TimeoutError
            while timed_out and self.gettimeout() is None:
                time.sleep(0.01)  # there is no room, and whoever has taken the timeout off waits
            raise most("timed out") if timed_out else most(errno.EPIPE, os.strerror(errno.EPIPE))
        size: int = min(len(octets), most)
        if len(self.sends) >= MANY_SENDS or len(self._sent) + size > MUCH:
            counts = {"count": len(self.sends), "size": len(self._sent)}
            self._stop(Spin(WORDS.fill("peer.it-has-called-send-times", counts)))
        self.sends.append(len(octets))
        if size:
            self.events.append(("C", octets[:size]))
        for octet in octets[:size]:
            if not self._sent or self._sent.endswith(b"\r\n"):
                self._advance()
                self._out_of_turn.append(bool(self._in))
            self._sent.append(octet)
            self._heard.append(octet)
        return size

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        octets = bytes(memoryview(data))
        while octets:
            octets = octets[self.send(octets) :]

    def _stop(self, why: Stopped) -> None:
        """End student code: for that of the judge alone, what it does is no mistake."""
        if family() is not None:
            self.stopped = why
            raise why

    def _check_open(self) -> None:
        if self.closed:
            raise OSError(9, "Bad file descriptor")

    def close(self) -> None:
        self._far.close()
        super().close()


# What Python says of it in a message is what it would say of any other.
ScriptedSocket.__name__ = ScriptedSocket.__qualname__ = "socket"
