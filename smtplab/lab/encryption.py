"""What stands at a port before SMTP does: TLS whose failures are told, and an ear that is deaf."""

import asyncio
import ssl
from asyncio import sslproto
from typing import Any, cast

from .state import ProviderState

__all__ = ["Encryption", "SilentProtocol"]


class Watched(asyncio.BaseProtocol):
    """What the provider knows from its first octet on, so that it can end it at once."""

    world: ProviderState

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._abort_below = cast(asyncio.Transport, transport).abort
        self.world.aborts.add(self._abort_below)
        super().connection_made(transport)

    def connection_lost(self, error: BaseException | None) -> None:
        self.world.aborts.discard(self._abort_below)
        super().connection_lost(cast(Exception, error))


class Encryption(Watched, sslproto.SSLProtocol):
    """asyncio's TLS, whose failures are told.

    asyncio hangs up where OpenSSL has refused a handshake, and keeps for itself the alert that
    says why (RFC 8446, section 6.2).
    """

    def __init__(
        self,
        world: ProviderState,
        inner: asyncio.Protocol,
        context: ssl.SSLContext,
        waiter: asyncio.Future[None] | None = None,
    ) -> None:
        super().__init__(world.loop, inner, context, waiter, server_side=True)  # type: ignore[arg-type]
        self.world = world

    def _on_handshake_complete(self, error: BaseException | None) -> None:
        if isinstance(error, ssl.SSLError):
            cast(Any, self)._process_outgoing()
        super()._on_handshake_complete(error)


class SilentProtocol(Watched, asyncio.Protocol):
    """Takes whatever comes, and answers nothing."""

    def __init__(self, world: ProviderState) -> None:
        self.world = world
