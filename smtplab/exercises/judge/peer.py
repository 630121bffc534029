"""A server that is a script in memory, at the other end of a socket.

It is a real `socket.socket`, so student code cannot tell; but what recv returns is scripted to
the octet, and nothing ever joins two segments that the script keeps apart. It also knows when
nobody will speak any more: a recv at that moment would wait for ever, and ends at once.
"""

import errno
import itertools
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ...catalogue import say
from .run import Deadlock, Spin, Stopped, WouldBlock

__all__ = ["End", "Hear", "ScriptedSocket"]

MANY_ENDS = 1_000  # calls of recv after the end of the stream: nobody does that on purpose


@dataclass(frozen=True)
class Hear:
    """The server waits until the client has sent this much: a line, if nothing else is said."""

    until: bytes = b"\r\n"


@dataclass(frozen=True)
class End:
    """The server closes its side: recv returns b"" from here on."""


Step = bytes | Hear | End
Serve = Callable[[bytes], bytes | None]
Sizes = int | Iterable[int] | None


def _sizes(sizes: Sizes) -> Iterator[int] | None:
    if sizes is None:
        return None
    return itertools.cycle((sizes,) if isinstance(sizes, int) else tuple(sizes))


class ScriptedSocket(socket.socket):
    """A socket whose other end follows a script.

    script is what the server does, in order; after it, each whole line of the client is
    answered with serve(line), where b"" is no answer and None closes. pieces is the most
    that one recv returns, takes the most that one send takes: an int, or several in turn.
    """

    # socket.socket has slots of its own; these are the script's.
    __slots__ = ("_ends", "_far", "_heard", "_in", "_pieces", "_script", "_serve", "_takes",
                 "events", "patient", "sends", "sent", "stopped")  # fmt: skip

    def __init__(
        self, *script: Step, pieces: Sizes = None, takes: Sizes = None, serve: Serve | None = None
    ) -> None:
        near, self._far = socket.socketpair()
        super().__init__(near.family, near.type, near.proto, fileno=near.detach())
        self._script = list(script)
        self._in = b""
        self._heard = b""  # what the client sent and no step of the script has taken yet
        self._pieces = _sizes(pieces)
        self._takes = _sizes(takes)
        self._serve = serve
        self._ends = 0
        self.sent = b""
        self.sends: list[int] = []
        self.events: list[tuple[Literal["C", "S"], bytes]] = []
        # Set by the judge while student code runs: a recv that waits for ever then ends it.
        self.patient = False
        # What it was ended with: student code may swallow that with a bare `except:`.
        self.stopped: Stopped | None = None

    @property
    def lines(self) -> list[bytes]:
        """The whole lines that the client sent, without CRLF."""
        return self.sent.split(b"\r\n")[:-1]

    @property
    def closed(self) -> bool:
        return self.fileno() < 0

    # What the server does

    def _advance(self) -> None:
        """Let the server act until it has said something, or waits for the client."""
        while not self._in and self._script:
            step = self._script[0]
            if isinstance(step, End):
                return
            if isinstance(step, Hear):
                end = self._heard.find(step.until)
                if end < 0:
                    return
                self._heard = self._heard[end + len(step.until) :]
            elif step:
                self._in = step
            self._script.pop(0)
        while not self._in and not self._script and self._serve and b"\r\n" in self._heard:
            line, self._heard = self._heard.split(b"\r\n", 1)
            answer = self._serve(line)
            if answer is None:
                self._script.append(End())
            else:
                self._in = answer

    def _waits_for(self) -> str:
        step = self._script[0] if self._script else None
        if isinstance(step, Hear) and step.until == b"\r\n.\r\n":
            # Translators: this, and the three below, end "The server waits {waits_for}."
            return say("for the end of your message: a line with nothing but a dot")
        if isinstance(step, Hear) or (self._serve and not self._script):
            if self._heard:
                return say(
                    "for the end of your line: so far it has {heard!r}, and no CRLF",
                    heard=self._heard[-60:],
                )
            return say("for your next line")
        return say("for you: it has said all that it had to say")

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
                if self._ends > MANY_ENDS and self.patient:
                    self.stopped = Spin()
                    raise self.stopped
                return b""
            waits = say("The server waits {waits_for}.", waits_for=self._waits_for())
            if self.gettimeout() == 0:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            if self.gettimeout() is not None:
                raise TimeoutError("timed out")
            if self.patient:
                self.stopped = Deadlock(waits)
                raise self.stopped
            raise WouldBlock(waits)
        size = bufsize if self._pieces is None else min(bufsize, next(self._pieces))
        piece, rest = self._in[:size], self._in[size:]
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
        size = len(octets) if self._takes is None else min(len(octets), next(self._takes))
        self.sends.append(len(octets))
        if size:
            self.events.append(("C", octets[:size]))
        self.sent += octets[:size]
        self._heard += octets[:size]
        return size

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        octets = bytes(memoryview(data))
        while octets:
            octets = octets[self.send(octets) :]

    def _check_open(self) -> None:
        if self.closed:
            raise OSError(9, "Bad file descriptor")

    def close(self) -> None:
        self._far.close()
        super().close()


# What Python says of it in a message is what it would say of any other.
ScriptedSocket.__name__ = ScriptedSocket.__qualname__ = "socket"
