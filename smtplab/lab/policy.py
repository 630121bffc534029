"""What the provider allows on each of its ports: aiosmtpd's handler, and who may log in."""

import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as AiosmtpdSession

from .mailbox import Message
from .state import DOMAIN, HOSTNAME, ProviderState
from .transcript import Session

__all__ = ["Policy"]

NO_SUCH_USER = "nobody"
WEB_PASSWORD = (
    "535 5.7.8 Login with the web password is not allowed: "
    "use the authorization code from your account's settings"
)


class Server(Protocol):
    """What a policy asks of the connection that it is for."""

    tape: Session

    async def interrupted(self, at: str, carry_out: Callable[[], None]) -> bool: ...


class Policy:
    """What the provider allows on one of its ports: aiosmtpd's handler.

    strict 25: mail for the own domain, from anybody; no AUTH. strict 587: STARTTLS first,
    then AUTH, then mail for anybody. 465: TLS from the first octet, else as 587. legacy: AUTH
    in the clear on 25 and 587, after HELO as well, and the web password opens the door too.
    """

    def __init__(self, world: ProviderState, port: int) -> None:
        self.world = world
        self.port = port
        self.legacy = world.profile == "legacy"
        self.offers_auth = self.legacy or port != 25

    async def handle_HELO(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope, hostname: str
    ) -> str:
        session.host_name = hostname
        # RFC 4954, section 3: AUTH is an extension, and who says HELO has asked for none.
        # aiosmtpd refuses it then; Postfix never has.
        session.extended_smtp = self.legacy
        return f"250 {HOSTNAME}"

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
        if _unmailable(address, envelope):
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
        if _unmailable(address, envelope):
            return "553 5.6.7 This address needs SMTPUTF8"
        own = domain.lower() in (DOMAIN, HOSTNAME)
        if not own and not session.authenticated:
            return f"550 5.7.1 <{address}> Relay access denied"
        if own and local.lower() == NO_SUCH_USER:
            return f"550 5.1.1 <{address}> No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(
        self, server: Server, session: AiosmtpdSession, envelope: Envelope
    ) -> str | None:
        if len(envelope.original_content or b"") > self.world.size:
            return "552 5.3.4 Too much mail data"
        interrupted = await server.interrupted("message", lambda: self._keep(server, envelope))
        if interrupted:
            return None
        self._keep(server, envelope)
        return f"250 2.0.0 Queued as {server.tape.number:04X}{len(self.world.mailbox):04X}"

    def _keep(self, server: Server, envelope: Envelope) -> None:
        sender = (envelope.mail_from or "").removeprefix("<>")
        raw = bytes(envelope.original_content or b"")
        message = Message(sender, tuple(envelope.rcpt_tos), raw, server.tape.number)
        self.world.mailbox.add(message)

    async def handle_AUTH(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope, args: list[str]
    ) -> Any:
        if not self.offers_auth:
            return "503 5.5.1 AUTH is not offered on this port"
        if envelope.mail_from:
            return "503 5.5.1 AUTH is not allowed within a mail transaction"  # RFC 4954, section 4
        return MISSING  # then the exchange begins: LOGIN and PLAIN are aiosmtpd's own

    def authenticate(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        mechanism: str, said: LoginPassword,
    ) -> AuthResult:  # fmt: skip
        return self._judged(said.login, said.password, str.encode)

    # aiosmtpd advertises a mechanism for which its handler has a method of this name.
    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> AuthResult:
        if len(args) > 1:  # RFC 4954, section 4: the client does not begin this exchange
            await server.push("501 5.7.0 AUTH CRAM-MD5 takes no initial response")
            return AuthResult(success=False)
        challenge = f"<{secrets.randbelow(10**9)}.{int(time.time())}@{HOSTNAME}>"
        response: Any = await server.challenge_auth(challenge)
        if response is MISSING:
            return AuthResult(success=False)
        user, _, digest = response.rpartition(b" ")

        def proof(secret: str) -> bytes:
            return hmac.new(secret.encode(), challenge.encode(), "md5").hexdigest().encode()

        return self._judged(user, digest, proof)

    def _judged(self, user: bytes, shown: bytes, proof: Callable[[str], bytes]) -> AuthResult:
        """What comes of a login with a user's name and the proof of a secret that was shown."""
        account = self.world.account
        if user != account.address.encode():
            return AuthResult(success=False, handled=False)
        web = shown == proof(account.web_password)
        if shown == proof(account.authorization_code) or (web and self.legacy):
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=WEB_PASSWORD if web else None)

    async def handle_exception(self, error: Exception) -> str:
        return "451 4.3.0 Local error in processing"


def _unmailable(address: str, envelope: Envelope) -> bool:
    """Whether an address is neither ASCII, nor UTF-8 in a session that has asked for it."""
    if address.isascii():
        return False
    # aiosmtpd decodes octets that are no UTF-8 as lone surrogates.
    return not envelope.smtp_utf8 or any("\ud800" <= c <= "\udfff" for c in address)
