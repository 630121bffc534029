"""What stands at a port before SMTP does: TLS whose failures are told, and an ear that is deaf.

And TLS for who stands between two.
"""

import asyncio
import ssl
from asyncio import sslproto
from contextlib import suppress
from typing import Any, Protocol, cast

from .events import Handshake, Sender
from .state import ProviderState
from .transcript import HANDSHAKE, Session

__all__ = ["Encryption", "SilentProtocol", "Tls", "by_client", "half_close"]

MUCH = 20_000  # octets of a handshake that failed


class Talk(Protocol):
    """What is written down, of a connection whose TLS has not begun."""

    world: ProviderState
    tape: Session

    def begin(self) -> None: ...
    def record(self, sender: Sender, data: bytes, note: str = "") -> None: ...
    def ended(self, by: Sender) -> None: ...


class Watched(asyncio.BaseProtocol):
    """What the provider knows from its first octet on, so that it can end it at once."""

    talk: Talk

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast(asyncio.Transport, transport)
        self.talk.begin()
        self.talk.world.aborts.add(self._abort_below)
        super().connection_made(transport)

    def connection_lost(self, error: BaseException | None) -> None:
        self.talk.ended("C" if error is None or by_client(error) else "S")
        self.talk.world.aborts.discard(self._abort_below)
        super().connection_lost(cast(Exception, error))

    def _abort_below(self) -> None:
        self.talk.ended("S")
        self._below.abort()


class Encryption(Watched, sslproto.SSLProtocol):
    """asyncio's TLS, whose failures are told.

    asyncio hangs up where OpenSSL has refused a handshake, and keeps for itself the alert that
    says why (RFC 8446, section 6.2).
    """

    # Octets of asyncio's buffer for each connection: two records of RFC 8446, section 5.1. It has
    # 256 KiB, and between so large blocks what the transcript keeps leaves holes without end.
    max_size = 2 * 2**14

    def __init__(
        self,
        talk: Talk,
        context: ssl.SSLContext,
        patience: int,
        waiter: asyncio.Future[None] | None = None,
    ) -> None:
        super().__init__(
            talk.world.loop, talk, context, waiter,  # type: ignore[arg-type]
            server_side=True, ssl_handshake_timeout=patience,
        )  # fmt: skip
        self.talk = talk
        self._heard: bytes | None = b""  # of a handshake that is under way
        self._turns: list[tuple[float, float]] = []  # when the client spoke, and the answer to it
        self._answered = True

    def buffer_updated(self, count: int) -> None:
        if self._heard is not None:
            if self._answered:
                self._turns.append((self.talk.tape.now(), 0.0))
                self._answered = False
            self._heard += bytes(cast(Any, self)._ssl_buffer_view[:count])[:MUCH]
        super().buffer_updated(count)

    def _on_handshake_complete(self, error: BaseException | None) -> None:
        if error is None:
            self._heard = None
            # Who speaks last does not wait: the client (RFC 8446, section 2; RFC 5246, section
            # 7.3, where a session is taken up again), or the provider, in a whole one of TLS 1.2.
            tls = cast(Any, self)._sslobj
            client_last = tls.session_reused or tls.version() == "TLSv1.3"
            self._answer()
            turns = self._turns[:-1] if client_last else self._turns
            self.talk.tape.handshake = Handshake(tuple(turns), self.talk.tape.now())
        else:
            # At the end of the stream it is the class alone.
            self._failed(error() if isinstance(error, type) else error)
        super()._on_handshake_complete(error)

    def connection_lost(self, error: BaseException | None) -> None:
        self._failed(error)
        super().connection_lost(error)

    def _answer(self) -> None:
        if not self._answered:
            self._turns[-1] = (self._turns[-1][0], self.talk.tape.now())
            self._answered = True

    def _failed(self, error: BaseException | None) -> None:
        """Write down what came in place of a handshake, or for one, and what became of it."""
        heard, self._heard = self._heard, None
        if not heard:
            return
        # Of an alert that the client sends OpenSSL has the name in its own.
        *alert, why = (getattr(error, "reason", None) or str(error or "")).split("ALERT_")
        if not HANDSHAKE.match(heard):
            note = "no-tls"
        elif not why:
            note = "tls-left"
        else:
            note = f"tls-{'refused' if alert else 'failed'}: {why.lower()}"
        self.talk.record("C", heard)
        self.talk.record("C", b"", note)
        if isinstance(error, ssl.SSLError) and (told := cast(Any, self)._outgoing.read()):
            self.talk.record("S", told)
            self._below.write(told)
        self.talk.ended("C" if error is None or by_client(error) else "S")

    def _process_outgoing(self) -> None:
        if self._heard is not None and cast(Any, self)._outgoing.pending:
            self._answer()
        # asyncio complains on standard error of who writes on after the connection was lost.
        if not self._below.is_closing():
            super()._process_outgoing()  # type: ignore[misc]


class SilentProtocol(Watched, asyncio.Protocol):
    """Takes whatever comes, and answers nothing."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    def data_received(self, data: bytes) -> None:
        self.talk.record("C", data)


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


def by_client(error: BaseException | None) -> bool:
    """Whether a connection was lost because the client went, or refused our certificate."""
    cause = (error and error.__cause__) or error
    alert = isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or "")
    return alert or isinstance(cause, ConnectionError)


def half_close(transport: asyncio.WriteTransport) -> None:
    """Say that no more comes, where TLS allows it."""
    if transport.can_write_eof():
        with suppress(OSError):  # the peer's reset may be here, and not read yet
            transport.write_eof()
