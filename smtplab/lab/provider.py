"""The mail provider that a client talks to: three listeners on loopback, in one thread.

Theory of operation. A `Lab` owns one thread with one event loop. On the loop run three
listeners of 127.0.0.1, each on a port that the system chose: they stand for 25, 465 and 587.
Each connection is one `Connection`, which is aiosmtpd's SMTP protocol with five changes:

  every octet read or written goes to the transcript, above TLS      data_received, push
  a reply is one segment, and has an enhanced status code            push
  faults act before a command is carried out, or on its reply        _obeying, push
  AUTH takes mechanism names in any case, and CRAM-MD5               smtp_AUTH, Policy
  a connection can be ended at once, TLS or not                      abort

What the provider allows is `Policy`, one for each port. The thread holds nothing that refers
to the `Lab`: a lab that nobody refers to any more is finalized, and its thread ends.
"""

import asyncio
import base64
import binascii
import hmac
import logging
import secrets
import ssl
import string
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, cast

from aiosmtpd.smtp import MISSING, SMTP, Envelope
from aiosmtpd.smtp import Session as AiosmtpdSession

from . import faults as ways
from .certificates import ca_file, server_context
from .faults import Fault
from .mailbox import Mailbox, Message
from .transcript import Event, Session, Transcript

__all__ = ["Account", "Lab"]

HOSTNAME = "mail.lab.test"
DOMAIN = "lab.test"
SIZE = 35_882_577  # octets of one message, as a big provider says it in EHLO
PORTS = (25, 465, 587)
NO_SUCH_USER = "nobody"

# RFC 3463: the enhanced status code that goes with a reply code when nothing more is known.
ENHANCED = {
    "220": "2.0.0", "221": "2.0.0", "235": "2.7.0", "250": "2.0.0", "252": "2.5.0",
    "421": "4.3.2", "450": "4.2.0", "451": "4.3.0", "452": "4.2.2", "454": "4.7.0",
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "504": "5.5.4",
    "530": "5.7.0", "535": "5.7.8", "538": "5.7.11", "550": "5.7.1", "552": "5.3.4",
    "553": "5.1.3", "554": "5.0.0", "555": "5.5.4",
}  # fmt: skip

# What a fault says for its code when it was given no text of its own.
FAULT_TEXTS = {
    421: "4.3.2 Service not available, closing transmission channel",
    450: "4.2.0 Greylisted, try again later",
    451: "4.3.0 Local error in processing, try again later",
    452: "4.3.1 Insufficient system storage",
    454: "4.7.0 TLS not available due to temporary reason",
    535: "5.7.8 Authentication credentials invalid",
    550: "5.1.1 No such user here",
    552: "5.3.4 Message exceeds fixed limit",
    554: "5.0.0 No SMTP service here",
}


@dataclass(frozen=True)
class Account:
    """The account that a lab has: its address, and two secrets of which one opens the door."""

    address: str
    web_password: str
    authorization_code: str


class Activation:
    """A fault at work: what it is, and how many times it will still act."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times

    def takes(self, at: str) -> bool:
        """Whether the fault acts at this reply; if so, that is counted."""
        if self.fault.at not in (None, at) or self.left == 0:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Policy:
    """What the provider allows on one of its ports: aiosmtpd's handler.

    strict 25: mail for the own domain, from anybody; no AUTH. strict 587: STARTTLS first,
    then AUTH, then mail for anybody. 465: TLS from the first octet, else as 587. legacy: AUTH
    in the clear on 25 and 587, and the web password opens the door too.
    """

    def __init__(self, world: "World", port: int) -> None:
        self.world = world
        self.port = port
        self.legacy = world.profile == "legacy"
        self.offers_auth = self.legacy or port != 25
        self.clear_auth = self.legacy and port != 465

    def may_relay(self, session: AiosmtpdSession) -> bool:
        return bool(session.authenticated)

    async def handle_EHLO(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        hostname: str, lines: list[str],
    ) -> list[str]:  # fmt: skip
        session.host_name = hostname
        offered = [line[4:] for line in lines if line[4:] != "HELP"]
        if not self.offers_auth:
            offered = [text for text in offered if not text.startswith("AUTH")]
        offered += ["PIPELINING", "ENHANCEDSTATUSCODES", "HELP"]
        # One string is one call of push, and so one segment.
        return ["\r\n".join([f"250-{text}" for text in offered[:-1]] + [f"250 {offered[-1]}"])]

    async def handle_MAIL(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        address: str, options: list[str],
    ) -> str:  # fmt: skip
        if self.port != 25 and not self.legacy and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if not address.isascii() and not envelope.smtp_utf8:
            return "553 5.6.7 This address needs SMTPUTF8"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        address: str, options: list[str],
    ) -> str:  # fmt: skip
        local, _, domain = address.rpartition("@")
        if address == "<>" or not local or not domain:
            return f"553 5.1.3 <{address.strip('<>')}> is no mailbox"
        if not address.isascii() and not envelope.smtp_utf8:
            return "553 5.6.7 This address needs SMTPUTF8"
        own = domain.lower() in (DOMAIN, HOSTNAME)
        if not own and not self.may_relay(session):
            return f"550 5.7.1 <{address}> Relay access denied"
        if own and local.lower() == NO_SUCH_USER:
            return f"550 5.1.1 <{address}> No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(
        self, server: "Connection", session: AiosmtpdSession, envelope: Envelope
    ) -> str | None:
        interrupted = await server.interrupted("message", lambda: self._keep(server, envelope))
        if interrupted:
            return None
        self._keep(server, envelope)
        return f"250 2.0.0 Queued as {server.tape.number:04X}{len(self.world.mailbox):04X}"

    def _keep(self, server: "Connection", envelope: Envelope) -> None:
        self.world.mailbox.add(
            Message(
                sender=(envelope.mail_from or "").removeprefix("<>"),
                recipients=envelope.rcpt_tos,
                raw=bytes(envelope.original_content or b""),
                session=server.tape.number,
            )
        )

    async def handle_QUIT(self, server: SMTP, session: AiosmtpdSession, envelope: Envelope) -> str:
        return "221 2.0.0 Bye"

    # aiosmtpd advertises a mechanism for which its handler has a method of this name; the
    # exchange itself is in handle_AUTH, which comes first for every mechanism.
    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> None:
        raise NotImplementedError

    async def handle_AUTH(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope, args: list[str]
    ) -> str | None:
        if not self.offers_auth:
            return "503 5.5.1 AUTH is not offered on this port"
        exchange = {"LOGIN": _login, "PLAIN": _plain, "CRAM-MD5": _cram_md5}[args[0]]
        accepted = await exchange(server, args[1:], self.world.account, self._secrets())
        if accepted is None:
            return None  # the exchange has said what was wrong
        if accepted is True:
            session.authenticated = True
            return "235 2.7.0 Authentication successful"
        if accepted == "web password":
            return (
                "535 5.7.8 Login with the web password is not allowed: "
                "use the authorization code from your account's settings"
            )
        return "535 5.7.8 Authentication credentials invalid"

    def _secrets(self) -> dict[str, bool | str]:
        account = self.world.account
        web: bool | str = True if self.legacy else "web password"
        return {account.authorization_code: True, account.web_password: web}

    async def handle_exception(self, error: Exception) -> str:
        return "451 4.3.0 Local error in processing"


Verdict = bool | str | None
Secrets = dict[str, bool | str]


def _judge(account: Account, secrets_: Secrets, user: bytes, password: bytes) -> Verdict:
    if user.decode("utf-8", "replace") != account.address:
        return False
    return secrets_.get(password.decode("utf-8", "replace"), False)


async def _login(server: SMTP, args: list[str], account: Account, secrets_: Secrets) -> Verdict:
    user: Any = None
    if args:
        user = _decode(args[0])
        if user is None:
            await server.push("501 5.5.2 Can't decode base64")
            return None
    else:
        user = await server.challenge_auth("Username:")
        if user is MISSING:
            return None
    password: Any = await server.challenge_auth("Password:")
    if password is MISSING:
        return None
    return _judge(account, secrets_, user, password)


async def _plain(server: SMTP, args: list[str], account: Account, secrets_: Secrets) -> Verdict:
    response: Any = _decode(args[0]) if args else await server.challenge_auth("")
    if response is MISSING:
        return None
    fields = response.split(b"\0") if response is not None else []
    if len(fields) != 3:
        await server.push("501 5.5.2 AUTH PLAIN wants base64 of NUL user NUL password")
        return None
    return _judge(account, secrets_, fields[1], fields[2])


async def _cram_md5(server: SMTP, args: list[str], account: Account, secrets_: Secrets) -> Verdict:
    challenge = f"<{secrets.randbelow(10**9)}.{int(time.time())}@{HOSTNAME}>"
    response: Any = await server.challenge_auth(challenge)
    if response is MISSING:
        return None
    user, _, digest = response.rpartition(b" ")
    for secret, verdict in secrets_.items():
        right = hmac.new(secret.encode(), challenge.encode(), "md5").hexdigest().encode()
        if user.decode("utf-8", "replace") == account.address and right == digest:
            return verdict
    return False


def _decode(text: str) -> bytes | None:
    try:
        return b"" if text == "=" else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


class Connection(SMTP):
    """One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(self, world: "World", port: int, **options: Any) -> None:
        # aiosmtpd keeps this on the class, where one connection changes it for all others.
        self.command_size_limits = defaultdict(lambda: 512)
        super().__init__(Policy(world, port), hostname=HOSTNAME, ident="ESMTP ready", **options)
        self.world = world
        self.port = port
        self.tape: Session = cast(Session, None)  # set in connection_made
        self._started = 0.0
        self._at = "greeting"
        self._held = b""
        self._content_left: int | None = None
        self._smtp_methods = {
            verb: self._obeying(verb, method) for verb, method in self._smtp_methods.items()
        }

    # What is said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.tape is None:  # else it is the second time, at the end of a STARTTLS handshake
            self.tape = self.world.transcript.open(self.port)
            self._started = time.monotonic()
            self.world.connections.add(self)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._record("C", data)
        if self._content_left is not None:
            self._content_left -= len(data)
            if self._content_left <= 0:
                self.abort()
                return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        if self.tape.ended is None:
            self.tape.ended = "C"
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        if self.tape.ended is None:
            self.tape.ended = "C" if isinstance(error, ConnectionError) else "S"
        self.world.connections.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """End the connection at once; TLS does not say goodbye."""
        if self.tape.ended is None:
            self.tape.ended = "S"
        transport = self._original_transport or self.transport
        if transport is not None:
            cast(asyncio.Transport, transport).abort()

    @property
    def encrypted(self) -> bool:
        transport = self.transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    def _record(self, sender: Literal["C", "S"], data: bytes) -> None:
        now = time.monotonic() - self._started
        number = self.tape.number
        self.world.transcript.append(
            Event(now, sender, bytes(data), self.encrypted, number, self.port)
        )

    async def push(self, status: Any) -> None:
        """Send one reply: with an enhanced status code, and as the faults would have it."""
        if status is None or self.transport is None:
            return
        reply = _enhanced(_text(status), self._at) + b"\r\n"
        at = self._at
        if at == "greeting":
            if await self.interrupted(at):
                return
        elif at == "DATA" and reply.startswith(b"354"):
            self._content_left = self._cut_content()
            self._at = "message"
        shaping = [a.fault for a in self.world.active() if a.fault.shapes and a.takes(at)]
        await self._send(reply, shaping)

    async def _send(self, reply: bytes, shaping: list[Fault]) -> None:
        """Cut a reply into segments as the faults say, and write them one by one."""
        segments = [reply]
        pause = 0.0
        for fault in shaping:
            if isinstance(fault, ways.Slow):
                await asyncio.sleep(fault.seconds)
            elif isinstance(fault, ways.NotUtf8):
                first = segments[0][:4]
                segments = [first + "欢迎使用邮件服务".encode("gbk") + b"\r\n"]
            elif isinstance(fault, ways.LongReply):
                segments, pause = _longer(segments[0], fault.lines), 0.01
            elif isinstance(fault, ways.Split):
                whole = b"".join(segments)
                segments, pause = [whole[: fault.octets], whole[fault.octets :]], 0.05
            elif isinstance(fault, ways.Dribble):
                whole, step = b"".join(segments), fault.octets
                segments = [whole[i : i + step] for i in range(0, len(whole), step)]
                pause = 0.001
            elif isinstance(fault, ways.Join):
                self._held += b"".join(segments)
                self.loop.call_later(fault.patience, self._release)
                return
        segments[0] = self._held + segments[0]
        self._held = b""
        for number, segment in enumerate(filter(None, segments)):
            if number:
                # The first piece must be seen alone, on a busy machine too.
                await asyncio.sleep(max(pause, 0.03) if number == 1 else pause)
            self._write(segment)
        if self.transport is not None:
            await self._writer.drain()

    def _release(self) -> None:
        held, self._held = self._held, b""
        self._write(held)

    def _write(self, segment: bytes) -> None:
        if segment and self.transport is not None and not self.transport.is_closing():
            self._record("S", segment)
            self._writer.write(segment)

    # What is done

    def _obeying(
        self, verb: str, method: Callable[[str | None], Awaitable[None]]
    ) -> Callable[[str | None], Awaitable[None]]:
        """Wrap a command so that faults act before it, and replies know whose they are."""

        async def obey(arg: str | None) -> None:
            self._at = verb
            if not await self.interrupted(verb):
                await method(arg)
            self._at = ""
            self._content_left = None

        # aiosmtpd reads its HELP texts from these attributes of the method.
        obey.__dict__.update(method.__dict__)
        return obey

    async def interrupted(self, at: str, deliver: Callable[[], None] = lambda: None) -> bool:
        """Let the first fault that acts here act; return whether one did.

        `deliver` is what a fault calls that loses the reply but not the message.
        """
        for activation in self.world.active():
            fault = activation.fault
            if fault.shapes or (isinstance(fault, ways.Drop) and fault.octets):
                continue
            if not activation.takes(at):
                continue
            if isinstance(fault, ways.Drop):
                if fault.delivered:
                    deliver()
                self.abort()
            elif isinstance(fault, ways.Silence):
                # The reply is all that is withheld: the command itself is not carried out.
                pass
            else:
                code, text, closes = _instead(fault)
                await self._say(f"{code} {text}")
                if closes and self.transport is not None:
                    self.tape.ended = self.tape.ended or "S"
                    self.transport.close()
            return True
        return False

    async def _say(self, reply: str) -> None:
        """Send a reply of a fault: other faults may shape it, none may replace it."""
        shaping = [a.fault for a in self.world.active() if a.fault.shapes and a.takes(self._at)]
        await self._send(_enhanced(reply, self._at) + b"\r\n", shaping)

    def _cut_content(self) -> int | None:
        for activation in self.world.active():
            fault = activation.fault
            if isinstance(fault, ways.Drop) and fault.octets and activation.takes("DATA"):
                return fault.octets
        return None

    async def smtp_AUTH(self, arg: str | None) -> None:
        # RFC 4954 section 4 with RFC 4422 section 3.1: mechanism names have no case, but
        # aiosmtpd takes upper case alone (aiosmtpd #542).
        mechanism, space, rest = (arg or "").partition(" ")
        await super().smtp_AUTH(mechanism.upper() + space + rest if mechanism else None)

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        if self.encrypted:
            await self.push("503 5.5.1 TLS is already active")
            return
        await super().smtp_STARTTLS(arg)


def _text(status: str | bytes) -> str:
    return status if isinstance(status, str) else status.decode("utf-8", "surrogateescape")


def _enhanced(reply: str, at: str) -> bytes:
    """Add the enhanced status code that RFC 2034 wants in all but a few replies."""
    code, rest = reply[:3], reply[4:].removeprefix("Error: ")
    bare = at in ("greeting", "EHLO", "HELO") and code < "400"
    if not bare and code in ENHANCED and not rest[:3].replace(".", "").isdigit():
        reply = f"{code} {ENHANCED[code]} {rest}"
    return reply.encode("utf-8", "surrogateescape")


def _longer(reply: bytes, lines: int) -> list[bytes]:
    """So many lines before a reply's own, each a segment, all with its code."""
    code = reply[:3]
    own = [code + b"-" + line[4:] for line in reply.splitlines(keepends=True)]
    own[-1] = code + b" " + own[-1][4:]
    extra = [code + b"-X-LINE-%d of a long reply\r\n" % number for number in range(1, lines + 1)]
    return [own[0], *extra, *own[1:]] if len(own) > 1 else [*extra, *own]


def _instead(fault: Fault) -> tuple[int, str, bool]:
    """The reply that a fault puts in place of a command's own, and whether it then hangs up."""
    if isinstance(fault, ways.NoEhlo):
        return 502, "5.5.1 Command not implemented", False
    assert isinstance(fault, ways.Reply)
    default = FAULT_TEXTS.get(fault.code, "Something is different today")
    return fault.code, fault.text if fault.text is not None else default, fault.closes


class World:
    """What the provider's thread and its lab share; it does not know the lab."""

    def __init__(self, profile: str, faults: Iterable[Fault]) -> None:
        self.profile = profile
        self.account = Account(
            address=f"you@{DOMAIN}",
            web_password="sunshine7",
            authorization_code="".join(secrets.choice(string.ascii_lowercase) for _ in range(16)),
        )
        self.mailbox = Mailbox()
        self.transcript = Transcript()
        self.connections: set[Connection] = set()
        self.addresses: dict[int, tuple[str, int]] = {}
        self.faults: tuple[Activation, ...] = tuple(Activation(fault) for fault in faults)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smtplab provider", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._stopped = threading.Event()

    def active(self) -> tuple[Activation, ...]:
        return self.faults

    def start(self) -> None:
        # A client's nonsense is the client's affair: aiosmtpd warns of it, and a logger without
        # a handler would write that to standard error, in the middle of a notebook.
        for name in ("mail.log", "mail.debug"):
            logger = logging.getLogger(name)
            if not logger.handlers:
                logger.addHandler(logging.NullHandler())
        context = server_context()
        self._loop.set_exception_handler(_quiet)
        self._thread.start()
        # On the provider's own thread: the caller's may run a loop already, as a kernel's does.
        try:
            asyncio.run_coroutine_threadsafe(self._listen(context), self._loop).result()
        except BaseException:
            self.stop()
            raise

    async def _listen(self, context: ssl.SSLContext) -> None:
        for port in PORTS:
            server = await self._loop.create_server(
                self._factory(port, context), "127.0.0.1", 0, ssl=context if port == 465 else None
            )
            self._servers.append(server)
            self.addresses[port] = server.sockets[0].getsockname()[:2]

    def _factory(self, port: int, context: ssl.SSLContext) -> Callable[[], Connection]:
        legacy = self.profile == "legacy"

        def make() -> Connection:
            return Connection(
                self,
                port,
                loop=self._loop,
                data_size_limit=SIZE,
                enable_SMTPUTF8=True,
                # On 465 aiosmtpd knows nothing of the TLS below it (aiosmtpd #281): a context
                # would make it offer STARTTLS inside TLS, and requiring TLS would refuse AUTH.
                tls_context=None if port == 465 else context,
                require_starttls=port == 587 and not legacy,
                auth_require_tls=port != 465 and not legacy,
            )

        return make

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        # Whatever still waits is told to end, and gets one round of the loop to do so.
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def stop(self) -> None:
        """Close every connection and listener, and end the thread: milliseconds."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._loop.call_soon_threadsafe(self._shut)
        # A lab may be collected by whichever thread runs the collector, this one included.
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _shut(self) -> None:
        for server in self._servers:
            server.close()
        # Since Python 3.12 a server waits for its connections; TLS ones take 30 s to close.
        for connection in tuple(self.connections):
            connection.abort()
        # Aborted transports tell their protocols in the next round of the loop.
        self._loop.call_soon(self._loop.call_soon, self._loop.stop)


def _quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A handshake that failed or a client that vanished is no event of the notebook."""


class Lab:
    """A private mail provider on 127.0.0.1, on free ports, for as long as this object lives.

    profile is "strict" (as a big provider is today) or "legacy" (as some were in 2016);
    faults are the ways in which it misbehaves from the start. Raise ValueError for another
    profile, and OSError when loopback cannot be had.
    """

    def __init__(self, profile: str = "strict", faults: Iterable[Fault] = ()) -> None:
        if profile not in ("strict", "legacy"):
            raise ValueError(f'profile is "strict" or "legacy", not {profile!r}')
        self.profile = profile
        self.hostname = HOSTNAME
        self.domain = DOMAIN
        self._world = World(profile, _checked(faults))
        self._world.start()
        self._finalizer = weakref.finalize(self, self._world.stop)

    @property
    def account(self) -> Account:
        return self._world.account

    @property
    def mailbox(self) -> Mailbox:
        return self._world.mailbox

    @property
    def transcript(self) -> Transcript:
        return self._world.transcript

    @property
    def ca_file(self) -> str:
        """The path of the certificate (PEM) that a client must trust to trust this lab."""
        return ca_file()

    @property
    def running(self) -> bool:
        return self._finalizer.alive

    def address(self, port: int) -> tuple[str, int]:
        """Return the (host, port) that stands for port 25, 465 or 587."""
        if port not in PORTS:
            raise ValueError(f"the lab listens for 25, 465 and 587, not for {port!r}")
        return self._world.addresses[port]

    @contextmanager
    def misbehave(self, *faults: Fault) -> Iterator[Self]:
        """Let the provider misbehave within a `with` block, in addition to its own faults."""
        activations = tuple(Activation(fault) for fault in _checked(faults))
        self._world.faults += activations
        try:
            yield self
        finally:
            self._world.faults = tuple(a for a in self._world.faults if a not in activations)

    def stop(self) -> None:
        """End every connection and free the ports. A second call does nothing."""
        self._finalizer()

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
        if not self.running:
            return f"<Lab {self.profile}: stopped>"
        ports = ", ".join(f"{port} at {self.address(port)[1]}" for port in PORTS)
        return f"<Lab {self.profile} on 127.0.0.1: {ports}>"


def _checked(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    chosen = (faults,) if isinstance(faults, Fault) else tuple(faults)
    for fault in chosen:
        if not isinstance(fault, Fault):
            raise TypeError(f"a fault is an object such as faults.Dribble(), not {fault!r}")
    return chosen
