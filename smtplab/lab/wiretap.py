"""Somebody on the way between a client and the provider, who listens, or does worse.

Theory of operation. A tap has an address of its own. A client that connects there is passed on
to the provider, and every segment of the client's side of the wire is written down, below TLS.
What a tap does beside listening are its habits, values from `faults`:

  Latency          hold every segment back: a provider that is far away
  StripStarttls    strike the offer of STARTTLS out of the reply to EHLO
  Inject           slip octets in, right before the TLS handshake of a STARTTLS
  Impersonate      answer the handshake itself, with a certificate of its own making

`Wiretap` is what a notebook holds. It holds a `Tap`, which lives on the provider's thread and
knows nothing of its `Wiretap` or of the `Lab`; one that nobody refers to any more is closed.
Each client has a `Passage` with two ends. A passage that only listens hands on what comes, as
it comes. One that attacks a STARTTLS reads line by line and reply by reply until TLS begins.
One that impersonates speaks TLS with both ends, each a `Tls`, and sees what is between them.
"""

import asyncio
import ssl
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self, TypeVar, cast

from .certificates import server_context
from .faults import Habit, Impersonate, Inject, Latency, StripStarttls
from .policy import HOSTNAME

__all__ = ["Segment", "Tap", "Wiretap"]

Sender = Literal["C", "S"]
A = TypeVar("A", bound=Habit)


@dataclass(frozen=True, slots=True)
class Segment:
    """What crossed in one piece: `data` (octets) from `sender`, "C" or "S".

    `time` is in seconds since its connection began; `connection` counts them from 1. Between
    two reads TCP may have joined or cut what was sent: a segment is what one read brought.
    """

    time: float
    sender: Sender
    data: bytes
    connection: int


class Wiretap:
    """Somebody who listens on the way to one port of a lab; `lab.tap(port)` makes one.

    `address` is where a client connects to be overheard, a (host, port). It is a context
    manager. What has been heard can be read after `stop()`, too.
    """

    def __init__(self, tap: "Tap") -> None:
        self._tap = tap
        self.address = tap.address
        self._finalizer = weakref.finalize(self, tap.close)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What crossed on the client's side until now, in order, as it stood on the wire."""
        return tuple(self._tap.segments)

    @property
    def overheard(self) -> tuple[Segment, ...]:
        """What an impersonator read within TLS, in the clear; empty for a mere listener."""
        return tuple(self._tap.overheard)

    @property
    def octets(self) -> bytes:
        """All that crossed, both ways, in one piece: what a listener has on disk."""
        return b"".join(segment.data for segment in self._tap.segments)

    def stop(self) -> None:
        """Close the listener and every connection through it. A second call does nothing."""
        self._finalizer()
        if threading.current_thread() is not self._tap.thread:
            self._tap.closed.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self._finalizer.alive or self._tap.closed.done():
            return f"<Wiretap: stopped, {len(self._tap.segments)} segments>"
        return f"<Wiretap at {self.address[1]}: {len(self._tap.segments)} segments>"


class Tap:
    """A listener on the provider's thread, and what it has heard."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        target: tuple[str, int],
        habits: tuple[Habit, ...] = (),
        *,
        implicit: bool,
    ) -> None:
        self.loop = loop
        self.target = target
        self.implicit = implicit
        latency = _habit(Latency, habits)
        self.latency = latency.seconds if latency else 0.0
        self.strips = _habit(StripStarttls, habits) is not None
        self.inject = _habit(Inject, habits) or Inject()
        self.impersonate = _habit(Impersonate, habits)
        self.attacks_starttls = not implicit and any(h.needs_starttls for h in habits)
        self.attacks_starttls |= not implicit and self.impersonate is not None
        self.segments: list[Segment] = []
        self.overheard: list[Segment] = []
        self.passages: set[Passage] = set()
        self.count = 0
        self.is_closing = False
        self.closed: Future[None] = Future()
        self.thread = threading.current_thread()

    async def listen(self) -> None:
        self._server = await self.loop.create_server(self._accept, "127.0.0.1", 0)
        self.address: tuple[str, int] = self._server.sockets[0].getsockname()[:2]

    def _accept(self) -> "End":
        self.count += 1
        return Passage(self, self.count).client

    def close(self) -> None:
        """Close as soon as the provider's thread comes to it; from any thread."""
        # Where the loop is closed, it has closed the tap before.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._begin_shut)

    def _begin_shut(self) -> None:
        if not self.closed.done():
            self._shutting = self.loop.create_task(self.shut())

    async def shut(self) -> None:
        """Close the listener and every passage; on the provider's thread, twice if need be."""
        self.is_closing = True
        # A server that is closed while a socket waits that it has accepted a moment ago loses
        # it (asyncio's Server._attach asserts that it is open). What comes behind a timer comes
        # behind all that has been accepted.
        await asyncio.sleep(1e-6)
        self._server.close()
        await _rounds(3)
        for passage in tuple(self.passages):
            passage.abort()
        await _rounds(3)
        if not self.closed.done():
            self.closed.set_result(None)


def _habit(kind: type[A], habits: tuple[Habit, ...]) -> A | None:
    return next((habit for habit in habits if isinstance(habit, kind)), None)


async def _rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Passage:
    """One connection through a tap: a client's end, a provider's end, and who sits between."""

    def __init__(self, tap: Tap, number: int) -> None:
        self.tap = tap
        self.loop = tap.loop
        self.number = number
        self.client = End(self, "C")
        self.server = End(self, "S")
        self.over = False
        self._began = tap.loop.time()
        self._connecting: asyncio.Task[None] | None = None
        # What is known of a session in the clear, while it is read for an attack on STARTTLS.
        self._reads_lines = tap.attacks_starttls
        self._asked: deque[bytes] = deque([b"GREETING"])  # commands without a reply yet
        self._in_content = False
        if tap.implicit and tap.impersonate:
            self._begin_tls(tap.impersonate)

    # The two ends

    def connected(self, end: "End") -> None:
        if self.over or self.tap.is_closing:
            end.transport.abort()
        elif end is self.client:
            self.tap.passages.add(self)
            self._connecting = self.loop.create_task(self._connect())

    async def _connect(self) -> None:
        # Not in connection_made: after that, Python 3.11.2 (Debian 12's) begins to read all the
        # same, and what the client says at once finds no server.
        self.client.transport.pause_reading()
        try:
            await self.loop.create_connection(lambda: self.server, *self.tap.target)
        except (OSError, asyncio.CancelledError):
            self.abort()
        else:
            if not self.over:
                self.client.transport.resume_reading()

    def arrived(self, end: "End", data: bytes) -> None:
        if end is self.client:
            self._note("C", data)
        end.later(self._from_client if end is self.client else self._from_server, data)

    def ended(self, end: "End") -> None:
        """One end will send no more."""
        end.later(self._pass_end, end)

    def _pass_end(self, end: "End") -> None:
        other = self._other(end)
        self._write(other, end.rest)
        end.rest = b""
        end.is_done = True
        if self.client.is_done and self.server.is_done:
            self.finish()
        elif other.transport.can_write_eof() and not other.transport.is_closing():
            other.transport.write_eof()

    def lost(self, end: "End") -> None:
        """One end is closed: what is on its way to the other still arrives there."""
        end.later(self.finish)

    def finish(self) -> None:
        """Close both ends, when they have got what was written to them."""
        self._leave(lambda end: end.transport.close())

    def abort(self) -> None:
        """Close both ends at once."""
        self._leave(lambda end: end.transport.abort())

    def _leave(self, how: Callable[["End"], None]) -> None:
        self.over = True
        self.tap.passages.discard(self)
        if self._connecting is not None:
            self._connecting.cancel()
        for end in (self.client, self.server):
            if end.is_connected:
                how(end)

    def _other(self, end: "End") -> "End":
        return self.server if end is self.client else self.client

    def _note(self, sender: Sender, data: bytes, heard: bool = False) -> None:
        segment = Segment(self.loop.time() - self._began, sender, data, self.number)
        (self.tap.overheard if heard else self.tap.segments).append(segment)

    def _write(self, end: "End", data: bytes) -> None:
        if data and not end.transport.is_closing():
            if end is self.client:
                self._note("S", data)
            end.transport.write(data)

    # What is done with what comes

    def _from_client(self, data: bytes) -> None:
        if self.client.tls is not None:
            self._through_tls(self.client, data)
        elif self._reads_lines:
            self._write(self.server, b"".join(map(self._client_line, self.client.lines(data))))
        else:
            self._write(self.server, data)

    def _from_server(self, data: bytes) -> None:
        if self.server.tls is not None:
            self._through_tls(self.server, data)
        elif self._reads_lines:
            self._replies(data)
        else:
            self._write(self.client, data)

    def _client_line(self, line: bytes) -> bytes:
        """What the server gets in place of one line of the client."""
        if self._in_content:
            if line == b".\r\n":
                self._in_content = False
                self._asked.append(b"MESSAGE")
            return line
        command = line.strip().upper()
        self._asked.append(command)
        if command != b"STARTTLS":
            return line
        return b"XXXXXXXX\r\n" if self.tap.strips else line + self.tap.inject.to_server

    def _replies(self, data: bytes) -> None:
        """Hand on the replies that are whole by now, changed or not, in one segment."""
        passed = b""
        for line in self.server.lines(data):
            self.server.reply += line
            if line[3:4] == b"-":
                continue
            reply, self.server.reply = self.server.reply, b""
            asked = self._asked.popleft() if self._asked else b""
            if asked[:4] == b"EHLO" and self.tap.strips:
                reply = without_starttls(reply)
            self._in_content |= asked == b"DATA" and reply[:3] == b"354"
            passed += reply
            if asked == b"STARTTLS" and reply[:3] == b"220":
                self._write(self.client, passed + self.tap.inject.to_client)
                self._reads_lines = False
                if self.tap.impersonate:
                    self._begin_tls(self.tap.impersonate)
                return
        self._write(self.client, passed)

    # In the middle

    def _begin_tls(self, how: Impersonate) -> None:
        self.client.tls = Tls(server_context(how.flaw))
        # Who impersonates others does not mind with whom he speaks.
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        self.server.tls = Tls(careless, HOSTNAME)

    def _through_tls(self, end: "End", data: bytes) -> None:
        """Decrypt what came from one end, read it, and encrypt it for the other."""
        other = self._other(end)
        ours, theirs = cast(Tls, end.tls), cast(Tls, other.tls)
        try:
            text = ours.receive(data)
            # Who has been refused by the client does not even greet the provider.
            if self.client.tls is not None and self.client.tls.is_ready:
                theirs.send(text)
                if ours.is_over:
                    theirs.end()
        except ssl.SSLError:
            self._write(end, ours.outgoing())  # the alert
            self.finish()
            return
        if text:
            self._note(end.sender, text, heard=True)
        self._write(end, ours.outgoing())
        self._write(other, theirs.outgoing())


def without_starttls(reply: bytes) -> bytes:
    """The reply to EHLO without its line for STARTTLS; the last line is marked as such."""
    lines = [line for line in reply.splitlines(True) if line[4:].strip().upper() != b"STARTTLS"]
    if lines:
        lines[-1] = lines[-1][:3] + b" " + lines[-1][4:]
    return b"".join(lines)


class End(asyncio.Protocol):
    """One end of a passage; `sender` says whose words come out of it."""

    def __init__(self, passage: Passage, sender: Sender) -> None:
        self.passage = passage
        self.sender = sender
        self.transport = cast(asyncio.Transport, None)
        self.tls: Tls | None = None
        self.is_connected = False
        self.is_done = False  # will send no more
        self.rest = b""  # the line that is not whole yet
        self.reply = b""  # the lines of a reply that is not whole yet
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.is_connected = True
        self.passage.connected(self)

    def data_received(self, data: bytes) -> None:
        self.passage.arrived(self, data)

    def eof_received(self) -> bool:
        self.passage.ended(self)
        return True  # the other half stays open

    def connection_lost(self, error: Exception | None) -> None:
        self.is_connected = False
        self.passage.lost(self)

    def lines(self, data: bytes) -> list[bytes]:
        """The lines that are whole with these octets; what comes after them is kept."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line + b"\n" for line in lines]

    def later(self, action: Callable[..., None], *arguments: object) -> None:
        """Act on what came out of this end, after the latency, and in order."""
        passage = self.passage
        if not passage.tap.latency:
            if not passage.over:
                action(*arguments)
            return
        loop = passage.loop
        # Timers for one and the same moment would have no order.
        self._due = max(loop.time() + passage.tap.latency, self._due + 1e-6)
        loop.call_at(self._due, lambda: None if passage.over else action(*arguments))


class Tls:
    """TLS with one peer as octets in and octets out; without a hostname, as a server."""

    def __init__(self, context: ssl.SSLContext, hostname: str | None = None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._in, self._out, server_side=hostname is None, server_hostname=hostname
        )
        self.is_ready = False  # the handshake is done
        self.is_over = False  # the peer has said that nothing more will come
        self._waiting = b""

    def receive(self, data: bytes) -> bytes:
        """Take octets of the wire; return what they say. Raise SSLError when TLS fails."""
        text = b""
        self._in.write(data)
        with suppress(ssl.SSLWantReadError):
            self._flush()
            # At the peer's goodbye read returns b"" or, when we have said ours, raises.
            with suppress(ssl.SSLZeroReturnError):
                while piece := self._object.read(65_536):
                    text += piece
            self.is_over = True
        return text

    def send(self, text: bytes) -> None:
        """Say octets to the peer, as soon as the handshake is done."""
        self._waiting += text
        with suppress(ssl.SSLWantReadError):
            self._flush()

    def end(self) -> None:
        """Say that nothing more will come."""
        with suppress(ssl.SSLError):
            self._object.unwrap()

    def outgoing(self) -> bytes:
        """The octets that the wire is owed."""
        return self._out.read()

    def _flush(self) -> None:
        if not self.is_ready:
            self._object.do_handshake()
            self.is_ready = True
        while self._waiting:
            self._waiting = self._waiting[self._object.write(self._waiting) :]
