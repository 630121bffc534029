"""One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave.

aiosmtpd's SMTP protocol is used with these changes:

  every octet read or written goes to the transcript, above TLS      data_received, push
  a reply is one segment, and has an enhanced status code            push
  faults act before a command is carried out, or on its reply        _obey, push
  nothing that comes behind the end of a session is carried out      _obey
  AUTH takes mechanism names in any case, and "=" for no octets      smtp_AUTH, challenge_auth
  SIZE does not count the dots that were doubled                     smtp_DATA
  faults act where TLS begins, and a refused handshake says why      smtp_STARTTLS, Encryption
  what a line and a path are depends on the profile                  Lines, _getaddr
  too many errors, and too long a silence, end it with 421           _send, _timeout_cb
  there is one timer, and not one for each line                      _reset_timeout
  an unknown command is an error as any other                        _obey
  a connection can be ended at once, TLS or not                      abort
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from aiosmtpd.smtp import SMTP, TLSSetupException, syntax

from . import faults as ways
from .encryption import Encryption, by_client, half_close
from .events import Sender
from .lines import Lines, Stray
from .link import Crossing
from .paths import BadPath, parameters, split_path
from .policy import BAD_PATH, Hooks, Policy
from .replies import Refusal, Verbs, enhanced, not_there
from .state import ActiveFault, ProviderState
from .transcript import HANDSHAKE, Session

__all__ = ["Connection"]

# Commands behind which a client waits for the reply: RFC 2920, section 3.1, RFC 3207, section 4,
# and RFC 4954, section 4.
LAST = ("EHLO", "HELO", "DATA", "VRFY", "EXPN", "QUIT", "NOOP", "STARTTLS", "AUTH")
TOO_MANY = 20  # errors in a session without a letter taken: smtpd_hard_error_limit of Postfix
PATIENCE = 1800  # seconds without a word: people read between two cells
LINGER = 0.2  # seconds in which a client may read why it was cut off


class Connection(Hooks, SMTP):
    """One connection of a client: aiosmtpd's protocol, recorded, and able to misbehave."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    def __init__(self, world: ProviderState, port: int, crossing: Crossing, **options: Any) -> None:
        # aiosmtpd keeps this on the class, where one connection changes it for all others.
        self.command_size_limits = defaultdict(lambda: 512)
        policy = Policy(world, port)
        if not policy.is_strict("short-lines"):
            # RFC 5321, section 4.5.3.1.6, lets a server refuse a line of more than 1,000 octets.
            # Postfix keeps it, and so did most of 2016: here as long as a whole message may be.
            self.line_length_limit = options["data_size_limit"]
        super().__init__(
            policy,
            hostname=world.hostname,
            ident="ESMTP ready",
            authenticator=policy.authenticate,
            timeout=PATIENCE,
            **options,
        )
        self.policy = policy
        self.world = world
        self.port = port
        self.tape: Session = cast(Session, None)  # set in connection_made
        self.crossing = crossing
        self._at = "greeting"
        self._held = b""
        self._cut: ActiveFault | None = None  # the fault that will cut the content short
        self._content_left = 0
        self._errors = 0
        self._pipelines = False  # the client was told that it may
        self._hasty = False  # went on although its last command wants a reply first
        self._refuses_tls = False  # said 220 to STARTTLS, and goes on in the clear
        self._empty_response = False  # said "=" with AUTH: that is its first response
        self._deaf = False  # takes no notice of what the client says any more
        self._smtp_methods = Verbs(self._smtp_methods, self._obey)

    # What is said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.begin()
        self.world.aborts.add(self.abort)
        super().connection_made(transport)

    def begin(self) -> None:
        """Begin the session, where TLS has not done so before."""
        if self.tape is None:
            self.tape = self.world.transcript.open(self.port, self.crossing.link)

    def _cb_client_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        refuses = self.policy.is_strict("line-ends")
        self._lines = Lines(limit=self.line_length_limit, loop=self.loop, refuses=refuses)
        self._lines.set_transport(writer.transport)
        self._reader = self._lines
        self._writer = writer

    def data_received(self, data: bytes) -> None:
        self.record("C", data)
        self._reset_timeout()
        if self._deaf:
            return
        if HANDSHAKE.match(data) and self._at in ("", "greeting") and not self.encrypted:
            # No line ends in it but by chance, so that aiosmtpd's answer would be chance too.
            self._deaf = True
            if self._refuses_tls:
                self._write(b"500 5.5.2 This is no command\r\n")
            else:
                self.record("C", b"", "tls")
            return
        if self._at == "greeting":
            self.record("C", b"", "early")
        if self._cut is not None:
            self._content_left -= len(data)
            if self._content_left <= 0 and self._cut.takes("content"):
                self.abort()
                return
        self._lines.feed_data(data)

    def eof_received(self) -> bool | None:
        self.ended("C")
        super().eof_received()
        # aiosmtpd has cancelled what it was doing, but would keep the other half open: when a
        # greeting was slow, for as long as the client lives.
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.ended("C" if by_client(error) else "S")
        self.world.aborts.discard(self.abort)
        super().connection_lost(error)

    def abort(self) -> None:
        """End the connection at once; TLS does not say goodbye."""
        self.ended("S")
        transport = self._original_transport or self.transport
        if transport is not None:
            cast(asyncio.Transport, transport).abort()

    @property
    def encrypted(self) -> bool:
        transport = self.transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    def ended(self, by: Sender) -> None:
        self.world.transcript.end(self.tape, by)

    def record(self, sender: Sender, data: bytes, note: str = "") -> None:
        ahead = sender == "C" and bool(data) and self.crossing.is_ahead()
        self.world.transcript.append(self.tape.event(sender, data, self.encrypted, note, ahead))

    async def push(self, status: Any) -> None:
        """Send one reply: with an enhanced status code, and as the faults would have it."""
        if status is None or self.transport is None:
            return
        at = self._at
        text = status if isinstance(status, str) else status.decode("utf-8", "surrogateescape")
        reply = enhanced(text, at) + b"\r\n"
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
        segments, pause = [reply], 0.0
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
        if reply[:1] in b"45":
            self._errors += 1
        elif at == "message":
            self._errors = 0
        for number, segment in enumerate(filter(None, segments)):
            if number:
                # The first piece must be seen alone, on a busy machine too.
                await asyncio.sleep(max(pause, 0.03) if number == 1 else pause)
            self._write(segment)
        if self.transport is not None:
            await self._writer.drain()
        if self._errors >= TOO_MANY:
            self._farewell("421 4.7.0 Too many errors")

    def _farewell(self, reply: str) -> None:
        """Say the last reply, and hang up; what still comes is heard, and answered by nobody."""
        self._release()
        self._write(f"{reply}\r\n".encode())
        self.ended("S")
        self._deaf = True
        self._lines.forget()
        transport = cast(asyncio.Transport, self.transport)
        if transport is None or transport.is_closing():
            return
        # A socket that is closed with octets unread takes the reply away from who did not read it.
        half_close(transport)
        self.loop.call_later(LINGER, transport.close)

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._heard = self.loop.time()
        if self._timeout_handle is None:
            self._timeout_cb()

    def _timeout_cb(self) -> None:
        left = self._heard + self._timeout_duration - self.loop.time()
        if left > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
            return
        self._farewell("421 4.4.2 Timeout: nothing was said for half an hour")

    async def handle_exception(self, error: Exception) -> str | None:  # type: ignore[override]
        if not isinstance(error, Stray):
            return await super().handle_exception(error)
        self._farewell(f"550 5.5.2 Bare <{error}> received: a line ends in <CR><LF>")
        return None

    def _release(self) -> None:
        held, self._held = self._held, b""
        self._write(held)

    def _write(self, segment: bytes) -> None:
        if segment and self.transport is not None and not self.transport.is_closing():
            self.record("S", segment)
            self._writer.write(segment)

    # What is done

    async def _obey(
        self, verb: str, method: Callable[[str | None], Awaitable[None]] | None, arg: str | None
    ) -> None:
        """Carry out a command so that faults act before it, and replies know whose they are."""
        if method is None:
            await self.push(f'500 Error: command "{verb}" not recognized')
            return
        if self.transport is None or self.transport.is_closing():
            return  # it came in one segment with what ended the session
        self._at = verb
        hasty, self._hasty = self._hasty, verb in LAST or not self._pipelines
        self._hasty &= self._lines.ahead
        if self._hasty and not hasty:
            self.record("C", b"", f"out-of-turn: {verb}")
        if verb in ("EHLO", "HELO"):
            self._pipelines = verb == "EHLO" and "PIPELINING" not in self.world.missing
        try:
            if await self.interrupted(verb):
                return
            refusal = not_there(verb, arg or "", self.world.missing)
            await (self.push(refusal) if refusal else method(arg))
        except Refusal as refused:
            await self.push(str(refused))
        finally:
            self._at = ""
            self._cut = None

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
            await self._send(fault.reply + b"\r\n", at)
            if at == "DATA" and fault.code == 354:
                await self._lines.skip_content()
                self.envelope = self._create_envelope()
                await self._send(b"554 5.5.1 No valid recipients\r\n", "message")
            if fault.closes and self.transport is not None:
                self._release()
                self.ended("S")
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
            self.ended("S")

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str | None) -> None:
        # RFC 4954 section 4 with RFC 4422 section 3.1: mechanism names have no case, but
        # aiosmtpd takes upper case alone (aiosmtpd #542).
        mechanism, space, rest = (arg or "").partition(" ")
        session = cast(Any, self.session)
        known = bool(session.host_name), session.extended_smtp, self.encrypted
        if refusal := self.policy.refuses_auth(*known):
            raise Refusal(refusal)
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
            await self._encrypt(self.world.tls_context(fault))

    def _strip_command_keyword(self, keyword: str, arg: str) -> str | None:
        # aiosmtpd strips the blanks behind the colon.
        return arg[len(keyword) :] if arg.upper().startswith(keyword) else None

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        if self._at not in BAD_PATH:
            return super()._getaddr(arg)
        try:
            return split_path(arg, lenient=not self.policy.is_strict("paths"))
        except BadPath:
            if arg.startswith("<"):
                raise Refusal(BAD_PATH[self._at]) from None
            return "", ""  # aiosmtpd says how it is written

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        found = parameters(list(params))
        if found and self.policy.offers_auth:
            found.pop("AUTH", None)  # RFC 4954, section 5: who offers AUTH takes it
        return found

    async def _encrypt(self, context: ssl.SSLContext) -> None:
        """Begin TLS as aiosmtpd does, with a context and an SSLProtocol of ours."""
        waiter = self.loop.create_future()
        encryption = Encryption(self, context, PATIENCE, waiter)
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
