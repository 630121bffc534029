"""The mail provider that a client talks to: three listeners on loopback, in one thread.

Theory of operation. A `Lab` owns one thread with one event loop. On the loop run three
listeners of 127.0.0.1, each on a port that the system chose: they stand for 25, 465 and 587.
Each client gets a `Connection`, which asks a `Policy` what its port allows; `Ways` knows what
stands before it, a link or a tap. The thread holds nothing that refers to the `Lab`, nor does a
`Switchboard`: a lab that nobody refers to any more is finalized, and its thread ends.
"""

import asyncio
import logging
import re
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from .base64_steps import Base64
from .certificates import ca_file
from .chart import Chart, Delays, Point, Sessions
from .connection import PATIENCE, Connection
from .console import Console
from .encryption import Encryption, SilentProtocol
from .faults import Fault, Habit, PlainOnTls, SilentHandshake
from .link import Crossing, Link
from .mailbox import Message
from .policy import excluded
from .sockets import Sockets
from .state import DOMAIN, Account, ProviderState, active, known_profile, rounds
from .switchboard import Switchboard
from .ways import Ways
from .wiretap import Wiretap

__all__ = ["Lab"]

SIZE = 35_882_577  # octets of one message, as a big provider says it in EHLO
LOOPBACK = "127.0.0.1"
PORTS = (25, 465, 587)
# Two labels or more of letters, digits and hyphens: RFC 5321, section 2.3.5.
DOMAIN_NAME = re.compile(
    r"(?=.{1,200}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
)


@dataclass(eq=False, repr=False)
class Provider(ProviderState):
    """The thread on which the provider runs, with what it shares with its lab."""

    consoles: weakref.WeakSet[Console] = field(default_factory=weakref.WeakSet)
    servers: list[asyncio.Server] = field(default_factory=list)
    host: str = LOOPBACK

    def __post_init__(self) -> None:
        self.ways = Ways(self.loop, self.link, self._provider, self.hostname)

    def start(self) -> None:
        # A client's nonsense is the client's affair: aiosmtpd warns of it, and a logger without
        # a handler would write that to standard error, in the middle of a notebook.
        logger = logging.getLogger("mail")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        self.tls_context()  # made once for each process, on this thread
        # A handshake that failed or a client that vanished is no event of the notebook.
        self.loop.set_exception_handler(lambda *_: None)
        self._thread = threading.Thread(target=self._run, name="smtplab provider", daemon=True)
        self._thread.start()
        # On the provider's own thread: the caller's may run a loop already, as a kernel's does.
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result()
        except BaseException:
            self.stop()
            raise

    async def _listen(self) -> None:
        for port in PORTS:
            server = await self.loop.create_server(
                partial(self.ways.answering, port),
                self.host,
                self.ports.get(port, 0),
            )
            self.servers.append(server)
            self.ways.addresses[port] = server.sockets[0].getsockname()[:2]

    def _provider(self, port: int, crossing: Crossing) -> asyncio.BaseProtocol:
        return self._implicit(crossing) if port == 465 else self._connection(port, crossing)

    def _connection(self, port: int, crossing: Crossing, *, encrypted: bool = False) -> Connection:
        tls_first = self.is_strict("tls-first")
        return Connection(
            self,
            port,
            crossing,
            loop=self.loop,
            data_size_limit=self.size,
            enable_SMTPUTF8=True,
            # On 465 aiosmtpd knows nothing of the TLS below it (aiosmtpd #281): a context
            # would make it offer STARTTLS inside TLS, and requiring TLS would refuse AUTH.
            tls_context=None if port == 465 else self.tls_context(),
            require_starttls=port == 587 and tls_first,
            auth_require_tls=tls_first and not encrypted,
            auth_exclude_mechanism=excluded(),
        )

    def _implicit(self, crossing: Crossing) -> asyncio.BaseProtocol:
        """What answers on 465, where TLS begins with the first octet."""
        fault = self.tls_fault()
        if isinstance(fault, SilentHandshake):
            return SilentProtocol(self._connection(465, crossing))
        if isinstance(fault, PlainOnTls):
            return self._connection(465, crossing)
        talk = self._connection(465, crossing, encrypted=True)
        return Encryption(talk, self.tls_context(fault), PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self._shut())
        self.loop.close()

    def stop(self) -> None:
        """Close every connection and listener, and end the thread: milliseconds."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        # A lab may be collected by whichever thread runs the collector, this one included.
        if threading.current_thread() is not self._thread:
            self._thread.join()
        for console in tuple(self.consoles):
            console.hang_up()

    async def _shut(self) -> None:
        for server in self.servers:
            server.close()
        await self.ways.shut()
        # A socket that was accepted a moment ago is nobody's until it has become a connection.
        await rounds(3)
        # Since Python 3.12 a server waits for its connections; TLS ones take 30 s to close.
        for abort in tuple(self.aborts):
            abort()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        # Aborted transports tell their protocols, and close their sockets.
        await rounds(2)


class Lab:
    """A private mail provider on 127.0.0.1, on free ports, for as long as this object lives.

    profile is "strict" (as a big provider is today) or "legacy" (as some were in 2016);
    faults are the ways in which it misbehaves from the start; ports says which port to use for
    25, 465 or 587, where a free one will not do; size is the most octets that it takes for one
    message, as it says in EHLO. domain is whose mail it takes: a second lab of another domain is a
    second provider, whose name is mail.DOMAIN. host is another address to listen on, account
    another than a new one. round_trip (seconds) and bandwidth (octets a second, None is without
    limit) are those of the link to it, as for `link`. Raise ValueError for another profile, no
    size, no domain name or no such link, and OSError when a port cannot be had.
    """

    def __init__(
        self,
        profile: str = "strict",
        faults: Iterable[Fault] = (),
        *,
        ports: Mapping[int, int] | None = None,
        size: int = SIZE,
        domain: str = DOMAIN,
        host: str = LOOPBACK,
        account: Account | None = None,
        round_trip: float = 0.0,
        bandwidth: float | None = None,
    ) -> None:
        known_profile(profile)
        for port in ports or ():
            if port not in PORTS:
                raise ValueError(f"ports says what to use for 25, 465 and 587, not for {port!r}")
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"size is a number of octets, 1 or more, not {size!r}")
        if not isinstance(domain, str) or not DOMAIN_NAME.fullmatch(domain):
            raise ValueError(
                f'domain is a name in small letters, such as "else.test", not {domain!r}'
            )
        self.domain = domain
        link, account = Link(round_trip, bandwidth), account or Account(f"you@{domain}")
        self._world = Provider(
            profile, active(faults), ports or {}, size, domain, account, link=link, host=host
        )
        self.hostname = self._world.hostname
        self.account = self._world.account
        self.mailbox = self._world.mailbox
        self.transcript = self._world.transcript
        self._world.start()
        self._switchboard = Switchboard(self._world, self._world.ways)
        self._finalizer = weakref.finalize(self, self._world.stop)

    @property
    def profile(self) -> str:
        """How it acts: "strict" or "legacy". Set it, and connections to come meet another one."""
        return self._world.profile

    @profile.setter
    def profile(self, profile: str) -> None:
        self._world.profile = known_profile(profile)

    @property
    def ca_file(self) -> str:
        """The path of the certificate (PEM) that a client must trust to trust this lab."""
        return ca_file()

    @property
    def running(self) -> bool:
        return self._finalizer.alive

    def address(self, port: int) -> tuple[str, int]:
        """Return the (host, port) that stands for port 25, 465 or 587."""
        return self._world.ways.address(port)

    @contextmanager
    def misbehave(self, *faults: Fault) -> Iterator[Self]:
        """Let the provider misbehave within a `with` block, in addition to its own faults."""
        actives = active(faults)
        self._world.faults += actives
        try:
            yield self
        finally:
            self._world.faults = tuple(a for a in self._world.faults if a not in actives)

    @contextmanager
    def link(self, *, round_trip: float = 0.2, bandwidth: float | None = None) -> Iterator[Self]:
        """Let the provider be far away, for the connections that are made within a `with` block.

        round_trip is in seconds: half of it is spent on each way. bandwidth is in octets a
        second, each way; None is without limit. It holds for all three ports, and in place of
        the lab's own link. `connect` returns at once, since TCP's handshake is the system's; the
        link holds back what follows as long as that handshake takes far away, one round trip.
        Raise ValueError for what is no time or no bandwidth, RuntimeError when the lab has been
        stopped.
        """
        link = Link(round_trip, bandwidth)
        self._world.ways.use(link)
        try:
            yield self
        finally:
            self._world.ways.leave(link)

    def tap(self, port: int, *habits: Habit, divert: bool = False) -> Wiretap:
        """Let somebody listen on the way to port 25, 465 or 587, or do worse.

        Habits are what that somebody does beside listening: faults.Latency, StripStarttls,
        Inject, Impersonate. Clients that connect to the tap's address are overheard; with `divert`
        those too that connect to the lab's own from now on. Raise ValueError for a habit that could
        never act on that port, RuntimeError when the lab has been stopped.
        """
        return self._world.ways.tap(port, habits, divert)

    def switchboard(self) -> Switchboard:
        """Change profile, faults, link and the man in the middle by hand, before a class.

        There is one for a lab. What was done there is undone by its `off()`, and by `stop()`.
        """
        return self._switchboard

    def console(self, port: int = 25, *, timeout: float = 5.0) -> Console:
        """Connect to port 25, 465 or 587, for a session that is spoken by hand.

        timeout is in seconds, for each wait. Raise ValueError for another port, RuntimeError
        when the lab has been stopped.
        """
        address = self.address(port)
        if not self.running:
            raise RuntimeError("this lab has been stopped: nobody answers there any more")
        submission = self.profile == "strict" and port != 25
        console = Console(
            port,
            address,
            hostname=self.hostname,
            account=self.account,
            submission=submission,
            timeout=timeout,
        )
        self._world.consoles.add(console)
        return console

    def sockets(self) -> Sockets:
        """Watch the TCP sockets of this process, from now on."""
        return Sockets(self._world.ways.listening)

    def base64(self, data: str | bytes = b"") -> Base64:
        """Look at the way from octets to base64, bit by bit. A str is taken as its UTF-8."""
        return Base64(data)

    def chart(self, lines: Mapping[str, Iterable[Point]], *, x: str, y: str, title: str) -> Chart:
        """Draw points (x, y) that were measured or counted, as one line for each label."""
        return Chart(lines, x, y, title)

    def delays(
        self, sessions: Sessions, *, round_trip: float = 0.2, bandwidth: float | None = 100_000
    ) -> Delays:
        """Reckon how long sessions of each label would take over links: sliders say which.

        sessions is a mapping of labels, each to a session or several. The sliders begin at
        round_trip (seconds) and bandwidth (octets a second).
        """
        return Delays(sessions, Link(round_trip, bandwidth))

    def read(self, raw: bytes) -> Message:
        """Look at a message (bytes, with CRLF) that was not sent: it is in no mailbox.

        It has no envelope, and came in no session. Raise TypeError for anything but bytes.
        """
        if not isinstance(raw, bytes | bytearray | memoryview):
            raise TypeError(
                f"read takes the octets of a message, and this is of type {type(raw).__name__}: "
                "encode() makes octets of a str, as_bytes(policy=policy.SMTP) of an EmailMessage"
            )
        return Message("", (), bytes(raw), 0)

    def stop(self) -> None:
        """End every connection and free the ports. A second call does nothing."""
        self._finalizer()
        self._switchboard.off()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self.running:
            return f"<Lab {self.profile}: stopped>"
        ports = ", ".join(f"{port} at {self.address(port)[1]}" for port in PORTS)
        return f"<Lab {self.profile} on 127.0.0.1: {ports}>"
