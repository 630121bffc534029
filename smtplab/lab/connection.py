"""One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave.

aiosmtpd's SMTP protocol is used with these changes:

  every octet read or written goes to the transcript, above TLS      data_received, push
  a reply is one segment, and has an enhanced status code            push
  faults act before a command is carried out, or on its reply        _obeying, push
  nothing that comes behind the end of a session is carried out      _obeying
  AUTH takes mechanism names in any case, and "=" for no octets      smtp_AUTH, challenge_auth
  SIZE does not count the dots that were doubled                     smtp_DATA
  faults act where TLS begins, and a refused handshake says why      smtp_STARTTLS, Encryption
  legacy: long lines in letters, as in 2016                          __init__
  a connection can be ended at once, TLS or not                      abort
"""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiosmtpd.smtp import SMTP, TLSSetupException, syntax

from . import faults as ways
from .encryption import Encryption
from .policy import Policy
from .state import HOSTNAME, ActiveFault, ProviderState, tls_context
from .transcript import Event, Sender, Session

__all__ = ["Connection"]

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


class Connection(SMTP):
    """One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(self, world: ProviderState, port: int, **options: Any) -> None:
        # aiosmtpd keeps this on the class, where one connection changes it for all others.
        self.command_size_limits = defaultdict(lambda: 512)
        if world.profile == "legacy":
            # RFC 5321, section 4.5.3.1.6, lets a server refuse a line of more than 1,000 octets.
            # Postfix keeps it, and so did most of 2016: here as long as a whole message may be.
            self.line_length_limit = options["data_size_limit"]
        policy = Policy(world, port)
        super().__init__(
            policy,
            hostname=HOSTNAME,
            ident="ESMTP ready",
            authenticator=policy.authenticate,
            **options,
        )
        self.world = world
        self.port = port
        self.tape: Session = cast(Session, None)  # set in connection_made
        self._started = 0.0
        self._at = "greeting"
        self._held = b""
        self._cut: ActiveFault | None = None  # the fault that will cut the content short
        self._content_left = 0
        self._refuses_tls = False  # said 220 to STARTTLS, and goes on in the clear
        self._empty_response = False  # said "=" with AUTH: that is its first response
        self._deaf = False  # takes no notice of what the client says any more
        self._smtp_methods = {
            verb: self._obeying(verb, method) for verb, method in self._smtp_methods.items()
        }

    # What is said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.tape is None:  # else it is the second time, at the end of a STARTTLS handshake
            self.tape = self.world.transcript.open(self.port)
            self._started = time.monotonic()
            self.world.aborts.add(self.abort)
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
            if self._content_left <= 0 and self._cut.takes("content"):
                self.abort()
                return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        self._ended("C")
        super().eof_received()
        # aiosmtpd has cancelled what it was doing, but would keep the other half open: when a
        # greeting was slow, for as long as the client lives.
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._ended("C" if _by_client(error) else "S")
        self.world.aborts.discard(self.abort)
        super().connection_lost(error)

    def abort(self) -> None:
        """End the connection at once; TLS does not say goodbye."""
        self._ended("S")
        transport = self._original_transport or self.transport
        if transport is not None:
            cast(asyncio.Transport, transport).abort()

    @property
    def encrypted(self) -> bool:
        transport = self.transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    def _ended(self, by: Sender) -> None:
        self.world.transcript.end(self.tape, by)

    def _record(self, sender: Sender, data: bytes) -> None:
        now = time.monotonic() - self._started
        event = Event(now, sender, bytes(data), self.encrypted, self.tape.number, self.port)
        self.world.transcript.append(event)

    async def push(self, status: Any) -> None:
        """Send one reply: with an enhanced status code, and as the faults would have it."""
        if status is None or self.transport is None:
            return
        at = self._at
        text = status if isinstance(status, str) else status.decode("utf-8", "surrogateescape")
        reply = _enhanced(text, at) + b"\r\n"
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
        faults = list(self.world.acting(at, ways.Shaping))
        faults.sort(key=lambda fault: ways.SHAPING.index(type(fault)))
        segments = [reply]
        pause = 0.0
        for fault in faults:
            if isinstance(fault, ways.Slow):
                await asyncio.sleep(fault.seconds)
            elif isinstance(fault, ways.Join) and at not in ("STARTTLS", "QUIT"):
                self._held += b"".join(segments)
                self.loop.call_later(fault.patience, self._release)
                return
            segments, pause = fault.shape(b"".join(segments)), fault.pause
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
        faults = (active.fault for active in self.world.faults)
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
        fault = next(self.world.acting(at, ways.Instead), None)
        if isinstance(fault, ways.Drop):
            if fault.delivered:
                deliver()
            self.abort()
        elif isinstance(fault, ways.Reply):
            # Other faults may shape this reply, none may replace it.
            await self._send(_instead(fault) + b"\r\n", at)
            if fault.closes and self.transport is not None:
                self._release()
                self._ended("S")
                self.transport.close()
        return fault is not None

    def _cutting(self) -> ActiveFault | None:
        """The fault that will cut the content short; it counts when it does."""
        for active in self.world.faults:
            if isinstance(active.fault, ways.Drop) and active.fault.octets and active.left != 0:
                self._content_left = active.fault.octets
                return active
        return None

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str | None) -> None:
        await super().smtp_QUIT(arg)
        if not arg:
            self._ended("S")

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str | None) -> None:
        # RFC 4954 section 4 with RFC 4422 section 3.1: mechanism names have no case, but
        # aiosmtpd takes upper case alone (aiosmtpd #542).
        mechanism, space, rest = (arg or "").partition(" ")
        mechanism = mechanism.upper()
        self._empty_response = rest == "=" and mechanism in ("LOGIN", "PLAIN")
        if self._empty_response:
            space = rest = ""
        try:
            await super().smtp_AUTH(mechanism + space + rest or None)
        except ValueError:  # asyncio's readline: more than its limit without a line's end
            await self.push("500 5.5.6 Authentication exchange line is too long")

    async def challenge_auth(self, *args: Any, **options: Any) -> Any:
        # RFC 4954, section 4: "=" is an initial response that "contains no data".
        if self._empty_response:
            self._empty_response = False
            return b""
        return await super().challenge_auth(*args, **options)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        # RFC 1870, section 5: a message's size is without "doubled quoting dots", which aiosmtpd
        # counts. So it reads what a message of dots alone may be, and handle_DATA counts again.
        self.data_size_limit = 2 * self.world.size
        try:
            await super().smtp_DATA(arg)
        finally:
            self.data_size_limit = self.world.size

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


def _enhanced(reply: str, at: str) -> bytes:
    """Add the enhanced status code that RFC 2034 wants in all but a few replies."""
    if at == "HELP" and reply.startswith("250"):
        reply = f"214{reply[3:]}"  # RFC 5321, section 4.3.2; aiosmtpd says 250
    asked = "AUTH PLAIN wants base64 of NUL user NUL password"
    reply = reply.replace("Can't split auth value", asked)
    code, rest = reply[:3], reply[4:].removeprefix("Error: ")
    bare = at in ("greeting", "EHLO", "HELO") and code < "400"
    if not bare and code in ENHANCED and not rest[:3].replace(".", "").isdigit():
        reply = f"{code} {ENHANCED[code]} {rest}"
    return reply.encode("utf-8", "surrogateescape")


def _instead(fault: ways.Reply) -> bytes:
    """What a fault replies in place of a command's own reply."""
    if fault.text is not None:  # to the letter: whoever wrote it may want no enhanced code
        return f"{fault.code} {fault.text}".encode("utf-8", "surrogateescape")
    text = ways.TEXTS.get(fault.code, "Something is different today")
    return _enhanced(f"{fault.code} {text}", "")


def _by_client(error: BaseException | None) -> bool:
    """Whether a connection was lost because the client went, or refused our certificate."""
    cause = (error and error.__cause__) or error
    alert = isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or "")
    return alert or isinstance(cause, ConnectionError)
