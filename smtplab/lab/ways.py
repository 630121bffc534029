"""The ways from clients to the provider: its own ports, and who or what stands before them.

A client of a port meets, from outside to inside: the newest tap that diverts it, then the newest
link, then the provider. Without taps and links it meets the provider at once. A pair of sockets
without an address leads from each to the next.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial

from .faults import Habit, Inject, StripStarttls
from .link import Crossing, Link
from .state import rounds
from .wiretap import Streams, Tap, Wiretap

__all__ = ["Ways"]

# Rounds of the loop in which whoever was accepted has both ends: before that nobody closes them.
ARRIVING = 12


class Ways:
    """What `provider` makes answers on a port; `own` is the link where there is no other.

    `loop` is the provider's, and `host` its name. What has no underscore is for any thread, but
    for `answering` and `shut`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        own: Link,
        provider: Callable[[int, Crossing], asyncio.BaseProtocol],
        host: str,
    ) -> None:
        self.loop, self.host = loop, host
        self.addresses: dict[int, tuple[str, int]] = {}
        self._own = own
        self._provider = provider
        self._taps: list[Tap] = []
        self._chosen: list[Link] = []  # in place of the lab's own, the newest last
        self._links: dict[tuple[int, Link], Tap] = {}
        self._arriving: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> bool:
        """Whether the lab has not been stopped."""
        return self.loop.is_running()

    def address(self, port: int) -> tuple[str, int]:
        """The (host, port) that stands for a port; ValueError for one that is not there."""
        if port not in tuple(self.addresses):
            raise ValueError(f"the lab listens for 25, 465 and 587, not for {port!r}")
        return self.addresses[port]

    def listening(self) -> dict[int, int]:
        """The lab's own ports, those of its taps among them, and which one each stands for."""
        ports = {address[1]: port for port, address in self.addresses.items()}
        return ports | {tap.address[1]: tap.port for tap in tuple(self._taps)}

    # What changes them

    def use(self, link: Link) -> None:
        """Let new connections cross a link. Raise RuntimeError when the lab has been stopped."""
        self._must_be_open()
        self._choose(link, [link])

    def leave(self, link: Link) -> None:
        """Let them cross it no longer."""
        if self.open:
            self._choose(link, [])

    def _choose(self, link: Link, instead: list[Link]) -> None:
        async def change() -> None:
            await rounds(3)  # what has been connected before is accepted first
            self._chosen = [one for one in self._chosen if one is not link] + instead

        changing = change()
        changed = asyncio.run_coroutine_threadsafe(changing, self.loop)
        # Another thread may be stopping the lab: then nobody comes to it any more.
        with suppress(CancelledError, TimeoutError):
            changed.result(1)
        if not self.open:
            changing.close()

    def tap(self, port: int, habits: tuple[Habit, ...], diverts: bool) -> Wiretap:
        """Let somebody listen on the way to a port; what is raised is as for `Lab.tap`."""
        self.address(port)
        for habit in habits:
            if not isinstance(habit, Habit):
                raise TypeError(f"a habit is an object such as faults.Latency(0.1), not {habit!r}")
            if isinstance(habit, StripStarttls | Inject) and port == 465:
                raise ValueError(f"465 has no STARTTLS: {type(habit).__name__} goes with 587 or 25")
        self._must_be_open()
        opened = asyncio.run_coroutine_threadsafe(self._tap(port, habits, diverts), self.loop)
        return Wiretap(opened.result())

    async def _tap(self, port: int, habits: tuple[Habit, ...], diverts: bool) -> Tap:
        async def reach(_: Crossing) -> Streams:
            if diverts:
                return await self._lead_to(partial(self._behind, port))
            return await asyncio.open_connection(*self.addresses[port])

        tap = Tap(port, reach, habits, diverts=diverts, host=self.host)
        await tap.listen()
        self._taps.append(tap)
        tap.closed.add_done_callback(lambda _: self._taps.remove(tap))
        return tap

    def _must_be_open(self) -> None:
        if not self.open:
            raise RuntimeError("this lab has been stopped: nothing crosses there any more")

    # On the provider's thread

    def answering(self, port: int) -> asyncio.BaseProtocol:
        """What answers a new client of a port."""
        taps = [tap for tap in self._taps if tap.diverts and tap.port == port]
        return self._through(taps[-1]) if taps else self._behind(port)

    def _behind(self, port: int) -> asyncio.BaseProtocol:
        """What answers behind the taps: the provider, or the link that leads to it."""
        link = self._chosen[-1] if self._chosen else self._own
        if not link:
            return self._provider(port, Crossing())
        if (port, link) not in self._links:
            self._links[port, link] = Tap(port, partial(self._across, port), link=link)
        return self._through(self._links[port, link])

    def _through(self, tap: Tap) -> asyncio.BaseProtocol:
        reader = asyncio.StreamReader(loop=self.loop)
        return asyncio.StreamReaderProtocol(reader, tap.accept, loop=self.loop)

    async def _across(self, port: int, crossing: Crossing) -> Streams:
        """What leads from a link to the provider, who hears of it when TCP's handshake is over."""
        answering = partial(self._provider, port, crossing)
        return await self._lead_to(answering, 1.5 * crossing.link.round_trip)

    async def _lead_to(
        self, answering: Callable[[], asyncio.BaseProtocol], after: float = 0.0
    ) -> Streams:
        """What leads to whoever answers, after so many seconds."""
        near, far = socket.socketpair()

        async def arrive() -> None:
            try:
                await asyncio.sleep(after)
                await self.loop.connect_accepted_socket(answering, far)
            except BaseException:
                far.close()
                raise

        arriving = self.loop.create_task(arrive())
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)
        return await asyncio.open_connection(sock=near)

    async def shut(self) -> None:
        """End every tap and every link, from outside to inside."""
        for taps in (self._taps, self._links.values()):
            await rounds(ARRIVING)
            await asyncio.gather(*[tap.shut() for tap in taps])
