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

A link (`lab.link`) is a tap too: one that keeps nothing, has no address of its own, and stands
between a port of the lab and the provider.
"""

import asyncio
import ssl
import threading
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self, cast

from .certificates import server_context
from .encryption import Tls, half_close
from .events import Sender
from .faults import Habit, Impersonate, Inject, Latency, StripStarttls
from .link import Crossing, Link
from .state import HOSTNAME, rounds
from .strangers import is_stranger
from .transcript import WHOLE_REPLY

__all__ = ["Segment", "Tap", "Wiretap"]

QUEUE = 0.05  # seconds of octets that wait before a link with a bandwidth; more is not read

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


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

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self._finalizer.alive or self._tap.closed.done():
            return f"<Wiretap: stopped, {len(self._tap.segments)} segments>"
        return f"<Wiretap at {self.address[1]}: {len(self._tap.segments)} segments>"


class Tap:
    """A listener on the provider's thread, and what it has heard.

    `reach` opens the way onward to a port of the provider. With a link it keeps nothing. One that
    diverts gets the clients of the provider's own address, too. host is the provider's name.
    """

    def __init__(
        self,
        port: int,
        reach: Callable[[Crossing], Awaitable[Streams]],
        habits: tuple[Habit, ...] = (),
        link: Link | None = None,
        diverts: bool = False,
        host: str = HOSTNAME,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.port = port
        self.reach = reach
        self.implicit = port == 465
        self.habits = habits
        # Of two habits of a kind the first counts.
        ways: dict[type[Habit], Any] = {type(habit): habit for habit in reversed(habits)}
        self.link = link or Link(2 * ways.pop(Latency, Latency(0)).seconds)
        self.keeps = link is None
        self.strips = StripStarttls in ways
        self.inject: Inject = ways.get(Inject, Inject())
        self.impersonate: Impersonate | None = ways.get(Impersonate)
        self.attacks_starttls = bool(ways) and not self.implicit
        self.segments: list[Segment] = []
        self.overheard: list[Segment] = []
        # Held here: asyncio holds no transport from which nothing more can be read.
        self.ends: set[End] = set()
        self.count = 0
        self.diverts = diverts
        self.host = host
        self.is_closing = False
        self._server: asyncio.Server | None = None
        self.closed: Future[None] = Future()
        self.thread = threading.current_thread()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.address: tuple[str, int] = self._server.sockets[0].getsockname()[:2]

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if is_stranger(*map(writer.get_extra_info, ("peername", "sockname"))):
            writer.transport.abort()
            return
        self.count += 1
        number, client = self.count, End("C", reader, writer)
        self.ends.add(client)
        crossing = Crossing(self.link)
        if not self.keeps:  # TCP's handshake
            client.free = self.loop.time() + self.link.round_trip
        try:
            server = End("S", *await self.reach(crossing))
        except (OSError, asyncio.CancelledError):
            client.transport.abort()
            self.ends.discard(client)
            return
        self.ends.add(server)
        if self.is_closing:
            client.transport.abort()
            server.transport.abort()
        passage = Passage(self, number, crossing, client, server)
        await asyncio.gather(passage.pump(client), passage.pump(server))

    def close(self) -> None:
        """Close as soon as the provider's thread comes to it; from any thread."""
        # Where the loop is closed, it has closed the tap before.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(lambda: self.loop.create_task(self.shut()))

    async def shut(self) -> None:
        """Close the listener and every passage; on the provider's thread, twice if need be."""
        self.is_closing, self.diverts = True, False
        # A server that is closed while a socket waits that it has accepted a moment ago loses
        # it (asyncio's Server._attach asserts that it is open). What comes behind a timer comes
        # behind all that has been accepted.
        await asyncio.sleep(1e-6)
        if self._server is not None:
            self._server.close()
        await rounds(3)
        for end in tuple(self.ends):
            end.transport.abort()
        await rounds(3)
        if not self.closed.done():
            self.closed.set_result(None)


class Passage:
    """One connection through a tap: a client's end, a provider's end, and who sits between."""

    def __init__(
        self, tap: Tap, number: int, crossing: Crossing, client: "End", server: "End"
    ) -> None:
        self.tap = tap
        self.number = number
        self.crossing = crossing
        self._turn = 0
        self._spoke: Sender = "C"  # last, at the client's end
        self.client, self.server = client, server
        self.over = False
        self._began = tap.loop.time()
        # What is known of a session in the clear, while it is read for an attack on STARTTLS.
        self._reads_lines = tap.attacks_starttls
        self._asked_for_tls = False
        self._in_content = False
        if tap.implicit and tap.impersonate:
            self._begin_tls(tap.impersonate)

    # The two ends

    async def pump(self, end: "End") -> None:
        """Pass on what comes out of one end, until it is closed."""
        link = self.tap.link
        try:
            while data := await end.reader.read(link.segment):
                if end is self.client:
                    self.note("C", data)
                self._later(end, self.arrived, end, data, self._turn, octets=len(data))
                if link.bandwidth:
                    await asyncio.sleep(end.free - self.tap.loop.time() - QUEUE)
            self._later(end, self.ended, end)
        except OSError:
            self._later(end, self.finish)  # what is on its way to the other still arrives

    def _later(
        self, end: "End", action: Callable[..., None], *arguments: object, octets: int = 0
    ) -> None:
        """Act on what came out of an end, when it has crossed the link, and in order."""
        loop, link = self.tap.loop, self.tap.link
        end.free = max(loop.time(), end.free) + link.sending(octets)
        # Timers for one and the same moment would have no order.
        end.due = max(end.free + link.round_trip / 2, end.due + 1e-6)
        loop.call_at(end.due, lambda: None if self.over else action(*arguments))

    def arrived(self, end: "End", data: bytes, turn: int) -> None:
        if end is self.client:
            self.crossing.turn = turn
        if end.tls is not None:
            self._through_tls(end, data)
        elif not self._reads_lines:
            self._write(self._other(end), data)
        elif end is self.client:
            self._write(self.server, b"".join(map(self._client_line, end.lines(data))))
        else:
            self._replies(data)

    def ended(self, end: "End") -> None:
        """One end will send no more."""
        other = self._other(end)
        self._write(other, end.rest)
        end.rest = b""
        end.is_done = True
        if self.client.is_done and self.server.is_done:
            self.finish()
        elif not other.transport.is_closing():
            half_close(other.transport)

    def finish(self) -> None:
        """Close both ends, when they have got what was written to them."""
        self.over = True
        self.tap.ends -= {self.client, self.server}
        self.client.transport.close()
        self.server.transport.close()

    def _other(self, end: "End") -> "End":
        return self.server if end is self.client else self.client

    def note(self, sender: Sender, data: bytes, heard: bool = False) -> None:
        if not heard:
            self._turn += sender == "C" != self._spoke
            self._spoke = sender
        if not self.tap.keeps:
            return
        segment = Segment(self.tap.loop.time() - self._began, sender, data, self.number)
        (self.tap.overheard if heard else self.tap.segments).append(segment)

    def _write(self, end: "End", data: bytes) -> None:
        if data and not end.transport.is_closing():
            if end is self.client:
                self.note("S", data)
            end.transport.write(data)

    def _client_line(self, line: bytes) -> bytes:
        """What the server gets in place of one line of the client."""
        if self._in_content:
            self._in_content = line != b".\r\n"
        elif line.strip().upper() == b"STARTTLS":
            self._asked_for_tls = not self.tap.strips
            return line if self._asked_for_tls else b"XXXXXXXX\r\n"
        return line

    def _replies(self, data: bytes) -> None:
        """Hand on the replies that are whole by now, changed or not, in one segment."""
        passed = b""
        self.server.rest += data
        while (whole := WHOLE_REPLY.match(self.server.rest)) is not None:
            reply, self.server.rest = whole[0], self.server.rest[whole.end() :]
            self._in_content |= reply.startswith(b"354")
            shaped = reply
            for habit in self.tap.habits:
                shaped = habit.shape(shaped)
            passed += shaped
            if self._asked_for_tls and reply.startswith(b"220"):
                self._write(self.client, passed + self.tap.inject.to_client)
                self._reads_lines = False
                if self.tap.impersonate:
                    self._begin_tls(self.tap.impersonate)
                return
        self._write(self.client, passed)

    # In the middle

    def _begin_tls(self, how: Impersonate) -> None:
        self.client.tls = Tls(server_context(how.flaw, host=self.tap.host))
        # Who impersonates others does not mind with whom he speaks.
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        self.server.tls = Tls(careless, self.tap.host)

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
            self.note(end.sender, text, heard=True)
        self._write(end, ours.outgoing())
        self._write(other, theirs.outgoing())


class End:
    """One end of a passage; `sender` says whose words come out of it."""

    def __init__(
        self, sender: Sender, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sender = sender
        self.reader = reader
        self.writer = writer  # which closes when nobody holds it any more
        self.transport = writer.transport
        self.tls: Tls | None = None
        self.is_done = False  # will send no more
        self.rest = b""  # the line, or the reply, that is not whole yet
        self.free = 0.0  # when the link will have taken what came out of it
        self.due = 0.0  # when the newest segment is to arrive

    def lines(self, data: bytes) -> list[bytes]:
        """The lines that are whole with these octets; what comes after them is kept."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line + b"\n" for line in lines]
