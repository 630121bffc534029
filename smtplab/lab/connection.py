"""One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave.

aiosmtpd's SMTP protocol is used with seven changes:

  every octet read or written goes to the transcript, above TLS      data_received, push
  a reply is one segment, and has an enhanced status code            push
  faults act before a command is carried out, or on its reply        _obeying, push
  nothing that comes behind the end of a session is carried out      _obeying
  AUTH takes mechanism names in any case                             smtp_AUTH
  faults act where TLS begins, and a refused handshake says why      smtp_STARTTLS, Encryption
  legacy: AUTH after HELO, and long lines in letters, as in 2016     smtp_AUTH, __init__
  a connection can be ended at once, TLS or not                      abort
"""

import asyncio
import ssl
import time
from asyncio import sslproto
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, cast

from aiosmtpd.smtp import SMTP, TLSSetupException, syntax

from . import faults as ways
from .certificates import old_context, server_context
from .faults import Fault
from .policy import HOSTNAME, Policy
from .transcript import Event, Session

if TYPE_CHECKING:
    from .provider import World

__all__ = ["Activation", "Connection", "Deaf", "Encryption"]

# RFC 3463: the enhanced status code that goes with a reply code when nothing more is known.
ENHANCED = {
    "214": "2.0.0", "220": "2.0.0", "221": "2.0.0", "235": "2.7.0", "250": "2.0.0", "252": "2.5.0",
    "421": "4.3.2", "450": "4.2.0", "451": "4.3.0", "452": "4.2.2", "454": "4.7.0",
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "504": "5.5.4",
    "530": "5.7.0", "535": "5.7.8", "538": "5.7.11", "550": "5.7.1", "552": "5.3.4",
    "553": "5.1.3", "554": "5.0.0", "555": "5.5.4",
}  # fmt: skip

# RFC 8446, section 5.1: the first octet of a TLS record that belongs to a handshake.
HANDSHAKE = b"\x16"

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

# What a reply says is settled before how it is cut, in whatever order the faults were given.
SHAPING = (ways.Slow, ways.Without, ways.NotUtf8, ways.LongReply, ways.Split, ways.Dribble,
           ways.Join)  # fmt: skip


class Activation:
    """A fault at work: what it is, and how many times it will still act."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        tls_context(fault)  # made here, on the thread of whoever asks, and kept

    def takes(self, at: str) -> bool:
        """Whether the fault acts at this reply; if so, that is counted."""
        if self.fault.at not in (None, at) or self.left == 0:
            return False
        if self.left is not None:
            self.left -= 1
        return True


def tls_context(fault: Fault | None = None) -> ssl.SSLContext:
    """What the provider begins TLS with, when this fault or none acts."""
    if isinstance(fault, ways.OldTls):
        return old_context()
    return server_context(fault.flaw if isinstance(fault, ways.Certificate) else None)


class Encryption(sslproto.SSLProtocol):
    """asyncio's TLS, known to the provider from its first octet; its failures are told.

    asyncio hangs up where OpenSSL has refused a handshake, and keeps for itself the alert that
    says why (RFC 8446, section 6.2).
    """

    def __init__(
        self,
        world: "World",
        inner: asyncio.Protocol,
        context: ssl.SSLContext,
        waiter: asyncio.Future[None] | None = None,
    ) -> None:
        super().__init__(world.loop, inner, context, waiter, server_side=True)  # type: ignore[arg-type]
        self.world = world
        self._below: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast(asyncio.Transport, transport)
        self.world.transports.add(self._below)
        super().connection_made(transport)

    def connection_lost(self, error: BaseException | None) -> None:
        self.world.transports.discard(cast(asyncio.Transport, self._below))
        super().connection_lost(error)

    def _on_handshake_complete(self, error: BaseException | None) -> None:
        if isinstance(error, ssl.SSLError):
            cast(Any, self)._process_outgoing()
        super()._on_handshake_complete(error)


class Deaf(asyncio.Protocol):
    """Takes whatever comes, and answers nothing."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.world.transports.add(self._transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.world.transports.discard(self._transport)


class Connection(SMTP):
    """One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(self, world: "World", port: int, **options: Any) -> None:
        # aiosmtpd keeps this on the class, where one connection changes it for all others.
        self.command_size_limits = defaultdict(lambda: 512)
        self.legacy = world.profile == "legacy"
        if self.legacy:
            # RFC 5321, section 4.5.3.1.6, lets a server refuse a line of more than 1,000 octets.
            # Postfix keeps it, and so did most of 2016: here as long as a whole message may be.
            self.line_length_limit = options["data_size_limit"]
        super().__init__(Policy(world, port), hostname=HOSTNAME, ident="ESMTP ready", **options)
        self.world = world
        self.port = port
        self.tape: Session = cast(Session, None)  # set in connection_made
        self._started = 0.0
        self._at = "greeting"
        self._held = b""
        self._release_timer: asyncio.TimerHandle | None = None
        self._cut: Activation | None = None  # the fault that will cut the content short
        self._content_left = 0
        self._refuses_tls = False  # said 220 to STARTTLS, and goes on in the clear
        self._deaf = False  # takes no notice of what the client says any more
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
        if self._deaf:
            return
        self._record("C", data)
        between_commands = self._at in ("", "greeting")
        if data.startswith(HANDSHAKE) and between_commands and not self.encrypted:
            # No line ends in it but by chance, so that aiosmtpd's answer would be chance too.
            self._deaf = True
            if self._refuses_tls:
                self._write(b"500 5.5.2 This is no command\r\n")
            return
        if self._cut is not None:
            self._content_left -= len(data)
            if self._content_left <= 0 and self._cut.takes("DATA"):
                self.abort()
                return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        if self.tape.ended is None:
            self.tape.ended = "C"
        super().eof_received()
        # aiosmtpd has cancelled what it was doing, but would keep the other half open: when a
        # greeting was slow, for as long as the client lives.
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if self.tape.ended is None:
            self.tape.ended = "C" if _by_client(error) else "S"
        if self._release_timer is not None:
            self._release_timer.cancel()
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
            if not await self.interrupted(at):
                await self._send(reply, at)
            self._at = ""
            return
        if at == "DATA" and reply.startswith(b"354"):
            self._cut = self._cutting()
            self._at = "message"
        await self._send(reply, at)

    async def _send(self, reply: bytes, at: str) -> None:
        """Cut a reply into segments as the faults say, and write them one by one."""
        shaping = [a.fault for a in self.world.active() if a.fault.shapes and a.takes(at)]
        shaping.sort(key=lambda fault: SHAPING.index(type(fault)))
        segments = [reply]
        pause = 0.0
        for fault in shaping:
            if isinstance(fault, ways.Slow):
                await asyncio.sleep(fault.seconds)
            elif isinstance(fault, ways.Without):
                segments = [_shorter(b"".join(segments), fault.keyword)]
            elif isinstance(fault, ways.NotUtf8):
                first, end, others = segments[0].partition(b"\r\n")
                segments = [first[:4] + "欢迎使用邮件服务".encode("gbk") + end + others]
            elif isinstance(fault, ways.LongReply):
                segments, pause = _longer(b"".join(segments), fault.lines), 0.01
            elif isinstance(fault, ways.Split):
                whole = b"".join(segments)
                segments, pause = [whole[: fault.octets], whole[fault.octets :]], 0.05
            elif isinstance(fault, ways.Dribble):
                whole, step = b"".join(segments), fault.octets
                segments = [whole[i : i + step] for i in range(0, len(whole), step)]
                pause = 0.001
            elif isinstance(fault, ways.Join) and at not in ("STARTTLS", "QUIT"):
                self._held += b"".join(segments)
                if self._release_timer is None:
                    self._release_timer = self.loop.call_later(fault.patience, self._release)
                return
        segments[0] = self._take_held() + segments[0]
        for number, segment in enumerate(filter(None, segments)):
            if number:
                # The first piece must be seen alone, on a busy machine too.
                await asyncio.sleep(max(pause, 0.03) if number == 1 else pause)
            self._write(segment)
        if self.transport is not None:
            await self._writer.drain()

    def _release(self) -> None:
        self._write(self._take_held())

    def _take_held(self) -> bytes:
        if self._release_timer is not None:
            self._release_timer.cancel()
            self._release_timer = None
        held, self._held = self._held, b""
        return held

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
            if self.transport is None or self.transport.is_closing():
                return  # it came in one segment with what ended the session
            self._at = verb
            try:
                if await self.interrupted(verb):
                    return
                refusal = self._withheld(verb, arg or "")
                await (self.push(refusal) if refusal else method(arg))
            finally:
                self._at = ""
                self._cut = None

        # aiosmtpd reads its HELP texts from these attributes of the method.
        obey.__dict__.update(method.__dict__)
        return obey

    def _withheld(self, verb: str, arg: str) -> str:
        """The refusal of what belongs to an extension that is not there, or ""."""
        faults = (activation.fault for activation in self.world.active())
        missing = {fault.keyword for fault in faults if isinstance(fault, ways.Without)}
        if verb in missing:
            return "502 5.5.1 Command not implemented"
        words = arg.upper().rpartition(">")[2].split() if verb == "MAIL" else []
        parameters = {word.partition("=")[0] for word in words}
        if parameters & {"BODY" if keyword == "8BITMIME" else keyword for keyword in missing}:
            return "555 5.5.4 MAIL FROM parameters not recognized or not implemented"
        return ""

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
                pass  # nor is the command carried out
            else:
                # Other faults may shape this reply, none may replace it.
                reply, closes = _instead(fault)
                await self._send(reply + b"\r\n", at)
                if closes and self.transport is not None:
                    self._release()
                    self.tape.ended = self.tape.ended or "S"
                    self.transport.close()
            return True
        return False

    def _cutting(self) -> Activation | None:
        """The fault that will cut the content short; it counts when it does."""
        for activation in self.world.active():
            fault = activation.fault
            if isinstance(fault, ways.Drop) and fault.octets and activation.left != 0:
                self._content_left = fault.octets
                return activation
        return None

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str | None) -> None:
        await super().smtp_QUIT(arg)
        if not arg:
            self.tape.ended = self.tape.ended or "S"

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str | None) -> None:
        # RFC 4954 section 4 with RFC 4422 section 3.1: mechanism names have no case, but
        # aiosmtpd takes upper case alone (aiosmtpd #542).
        mechanism, space, rest = (arg or "").partition(" ")
        greeted = self.session
        # RFC 4954, section 3: AUTH is an extension, and who says HELO has asked for none.
        # aiosmtpd refuses it then; Postfix never has.
        only_helo = self.legacy and greeted and greeted.host_name and not greeted.extended_smtp
        if greeted and only_helo:
            greeted.extended_smtp = True
        try:
            await super().smtp_AUTH(mechanism.upper() + space + rest if mechanism else None)
        finally:
            if greeted and only_helo:
                greeted.extended_smtp = False

    async def challenge_auth(self, *args: Any, **kwargs: Any) -> Any:
        answer = await super().challenge_auth(*args, **kwargs)
        # The stream's own limit ends a long answer elsewhere; legacy has raised it for letters.
        if isinstance(answer, bytes) and len(answer) > SMTP.line_length_limit * 3 // 4:
            raise ValueError("more than one line of base64")
        return answer

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        if self.encrypted:
            await self.push("503 5.5.1 TLS is already active")
            return
        if arg or not self.tls_context:
            await super().smtp_STARTTLS(arg)
            return
        fault = self.world.tls_fault()
        await self.push("220 Ready to start TLS")
        if isinstance(fault, ways.PlainOnTls):
            self._refuses_tls = True
        elif isinstance(fault, ways.SilentHandshake):
            self._deaf = True
        else:
            await self._encrypt(tls_context(fault))

    async def _encrypt(self, context: ssl.SSLContext) -> None:
        """Begin TLS as aiosmtpd does, with a context and an SSLProtocol of ours."""
        waiter = self.loop.create_future()
        encryption = Encryption(self.world, self, context, waiter)
        self._tls_protocol = encryption
        self._original_transport = self.transport
        transport = cast(asyncio.Transport, self.transport)
        transport.set_protocol(encryption)
        self.transport = encryption._app_transport
        encryption.connection_made(transport)
        try:
            await waiter
        except Exception as error:
            raise TLSSetupException from error


def _text(status: str | bytes) -> str:
    return status if isinstance(status, str) else status.decode("utf-8", "surrogateescape")


def _enhanced(reply: str, at: str) -> bytes:
    """Add the enhanced status code that RFC 2034 wants in all but a few replies."""
    if at == "HELP" and reply.startswith("250"):
        reply = f"214{reply[3:]}"  # RFC 5321, section 4.3.2; aiosmtpd says 250
    code, rest = reply[:3], reply[4:].removeprefix("Error: ")
    bare = at in ("greeting", "EHLO", "HELO") and code < "400"
    if not bare and code in ENHANCED and not rest[:3].replace(".", "").isdigit():
        reply = f"{code} {ENHANCED[code]} {rest}"
    return reply.encode("utf-8", "surrogateescape")


def _shorter(reply: bytes, keyword: str) -> bytes:
    """A reply to EHLO without the line of one extension."""
    lines = [line[4:] for line in reply.splitlines(keepends=True)]
    kept = [lines[0], *(line for line in lines[1:] if line.split()[0] != keyword.encode())]
    code = reply[:3]
    return b"".join([code + b"-" + line for line in kept[:-1]]) + code + b" " + kept[-1]


def _longer(reply: bytes, lines: int) -> list[bytes]:
    """So many lines before a reply's own, each a segment, all with its code."""
    code = reply[:3]
    own = [code + b"-" + line[4:] for line in reply.splitlines(keepends=True)]
    own[-1] = code + b" " + own[-1][4:]
    extra = [code + b"-X-LINE-%d of a long reply\r\n" % number for number in range(1, lines + 1)]
    return [own[0], *extra, *own[1:]] if len(own) > 1 else [*extra, *own]


def _instead(fault: Fault) -> tuple[bytes, bool]:
    """The reply that a fault puts in place of a command's own, and whether it then hangs up."""
    if isinstance(fault, ways.NoEhlo):
        return b"502 5.5.1 Command not implemented", False
    assert isinstance(fault, ways.Reply)
    if fault.text is not None:  # to the letter: whoever wrote it may want no enhanced code
        return f"{fault.code} {fault.text}".encode("utf-8", "surrogateescape"), fault.closes
    default = FAULT_TEXTS.get(fault.code, "Something is different today")
    return _enhanced(f"{fault.code} {default}", ""), fault.closes


def _by_client(error: BaseException | None) -> bool:
    """Whether a connection was lost because the client went, or refused our certificate."""
    cause = (error and error.__cause__) or error
    alert = isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or "")
    return alert or isinstance(cause, ConnectionError)
