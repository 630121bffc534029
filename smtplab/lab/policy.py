"""What the provider allows on each of its ports: aiosmtpd's handler, and the AUTH exchanges."""

import base64
import binascii
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import MISSING, SMTP, Envelope
from aiosmtpd.smtp import Session as AiosmtpdSession

from .mailbox import Message

if TYPE_CHECKING:
    from .connection import Connection
    from .provider import World

__all__ = ["DOMAIN", "HOSTNAME", "Account", "Policy"]

HOSTNAME = "mail.lab.test"
DOMAIN = "lab.test"
NO_SUCH_USER = "nobody"


@dataclass(frozen=True)
class Account:
    """The account that a lab has: its address, and two secrets of which one opens the door."""

    address: str
    web_password: str
    authorization_code: str


class Policy:
    """What the provider allows on one of its ports: aiosmtpd's handler.

    strict 25: mail for the own domain, from anybody; no AUTH. strict 587: STARTTLS first,
    then AUTH, then mail for anybody. 465: TLS from the first octet, else as 587. legacy: AUTH
    in the clear on 25 and 587, after HELO as well, and the web password opens the door too.
    """

    def __init__(self, world: "World", port: int) -> None:
        self.world = world
        self.port = port
        self.legacy = world.profile == "legacy"
        self.offers_auth = self.legacy or port != 25

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
                tape=server.tape,
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
        if envelope.mail_from:
            return "503 5.5.1 AUTH is not allowed within a mail transaction"  # RFC 4954, section 4
        exchange = {"LOGIN": _login, "PLAIN": _plain, "CRAM-MD5": _cram_md5}[args[0]]
        try:
            accepted = await exchange(server, args[1:], self.world.account, self._secrets())
        except ValueError:  # asyncio's readline: more than its limit without a line's end
            return "500 5.5.6 Authentication exchange line is too long"
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


def _unmailable(address: str, envelope: Envelope) -> bool:
    """Whether an address is neither ASCII, nor UTF-8 in a session that has asked for it."""
    if address.isascii():
        return False
    # aiosmtpd decodes octets that are no UTF-8 as lone surrogates.
    return not envelope.smtp_utf8 or any("\ud800" <= c <= "\udfff" for c in address)


Outcome = bool | str | None
Secrets = dict[str, bool | str]


def _judge(account: Account, secrets_: Secrets, user: bytes, password: bytes) -> Outcome:
    if user.decode("utf-8", "replace") != account.address:
        return False
    return secrets_.get(password.decode("utf-8", "replace"), False)


async def _login(server: SMTP, args: list[str], account: Account, secrets_: Secrets) -> Outcome:
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


async def _plain(server: SMTP, args: list[str], account: Account, secrets_: Secrets) -> Outcome:
    response: Any = _decode(args[0]) if args else await server.challenge_auth("")
    if response is MISSING:
        return None
    fields = response.split(b"\0") if response is not None else []
    if len(fields) != 3:
        await server.push("501 5.5.2 AUTH PLAIN wants base64 of NUL user NUL password")
        return None
    return _judge(account, secrets_, fields[1], fields[2])


async def _cram_md5(server: SMTP, args: list[str], account: Account, secrets_: Secrets) -> Outcome:
    if args:  # RFC 4954, section 4: the client does not begin this exchange
        await server.push("501 5.7.0 AUTH CRAM-MD5 takes no initial response")
        return None
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
