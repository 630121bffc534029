"""What the provider allows on each of its ports: aiosmtpd's handler, and who may log in.

Two profiles: strict is a big provider of today, legacy one of 2016. They differ in these things
and no others, and `faults.Contrary` turns each of them round by its name.

  name             strict                                 legacy
  tls-first        587 wants STARTTLS before all but      587 goes on without; AUTH in the clear
                   EHLO, NOOP and QUIT; AUTH within TLS
  login-first      465 and 587 want a login before MAIL   mail for its own domain from anybody
  no-auth-on-25    no AUTH on 25                          AUTH on 25, too
  ehlo-for-auth    AUTH only for those who said EHLO      AUTH, and parameters, after HELO too
  code-to-log-in   the authorization code alone           the web password opens the door too
  line-ends        a CR or an LF by itself: 550, and      LF by itself ends a command, and both
                   the connection is closed               are kept in a letter
  paths            the grammar of RFC 5321, section       blanks around and within the brackets, no
                   4.1.2, to the letter                   brackets at all, MAIL without a domain
  short-lines      1,001 octets in a line of a letter     as many as a letter may have
"""

import hmac
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as AiosmtpdSession

from .mailbox import Message
from .state import ProviderState
from .strangers import REFUSAL, is_stranger
from .transcript import Session

__all__ = ["BAD_PATH", "Hooks", "Policy", "excluded"]

NO_SUCH_USER = "nobody"
WEB_PASSWORD = (
    "535 5.7.8 Login with the web password is not allowed: "
    "use the authorization code from your account's settings"
)

# RFC 3463, section 3.2: what is wrong with the address of a sender, and of a recipient.
BAD_PATH = {
    "MAIL": "501 5.1.7 Bad sender address syntax",
    "RCPT": "501 5.1.3 Bad recipient address syntax",
}


class Server(Protocol):
    """What a policy asks of the connection that it is for."""

    tape: Session

    async def interrupted(self, at: str, carry_out: Callable[[], None]) -> bool: ...


class Hooks:
    """Its names are those of aiosmtpd's hooks alone, each of which it finds by its name.

    aiosmtpd looks at all names of a connection and of its handler, for each client anew; that
    was a fifth of what a session cost.
    """

    _hooks: ClassVar[list[str]] = []

    def __init_subclass__(cls) -> None:
        hooks = ("auth_", "handle_", "smtp_")
        cls._hooks = [name for name in dir(cls) if name.startswith(hooks)]

    def __dir__(self) -> list[str]:
        return self._hooks


class Policy(Hooks):
    """What the provider allows on one of its ports: aiosmtpd's handler."""

    def __init__(self, world: ProviderState, port: int) -> None:
        self.world = world
        self.port = port
        self.profile = world.profile  # a connection keeps that with which it began
        self.offers_auth = port != 25 or not self.is_strict("no-auth-on-25")

    def is_strict(self, difference: str) -> bool:
        """Whether it does now as strict does, in one of the things of the table."""
        return self.world.is_strict(difference, self.profile)

    async def handle_HELO(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope, hostname: str
    ) -> str:
        session.host_name = hostname
        # RFC 4954, section 3: AUTH is an extension, and who says HELO has asked for none.
        # aiosmtpd refuses it then; Postfix never has.
        session.extended_smtp = not self.is_strict("ehlo-for-auth")
        return f"250 {self.world.hostname}"

    async def handle_EHLO(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        hostname: str, lines: list[str],
    ) -> list[str]:  # fmt: skip
        session.host_name = hostname
        offered = [line[4:] for line in lines if line[4:] != "HELP"]
        mechanisms = next((text for text in offered if text.startswith("AUTH")), None)
        if mechanisms:
            offered.remove(mechanisms)
        if mechanisms and self.offers_auth:
            # Last comes what clients of today are not to choose.
            first = mechanisms.removeprefix("AUTH CRAM-MD5 ")
            offered.append(first if first == mechanisms else f"AUTH {first} CRAM-MD5")
        offered += ["PIPELINING", "ENHANCEDSTATUSCODES", "HELP"]
        # One string is one call of push, and so one segment.
        return ["\r\n".join([f"250-{text}" for text in offered[:-1]] + [f"250 {offered[-1]}"])]

    async def handle_MAIL(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        address: str, options: list[str],
    ) -> str:  # fmt: skip
        login_first = self.port != 25 and self.is_strict("login-first")
        if login_first and not session.authenticated:
            return "530 5.7.0 Authentication required"
        assert server.transport is not None
        ends = map(server.transport.get_extra_info, ("peername", "sockname"))
        if not session.authenticated and is_stranger(*ends):
            return REFUSAL
        if "@" not in address and address != "<>" and self.is_strict("paths"):
            return BAD_PATH["MAIL"]
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
        if address.lower() == "postmaster":  # RFC 5321, section 4.5.1: it is always taken
            local, domain = address, self.world.domain
        elif address == "<>":
            return BAD_PATH["RCPT"]
        elif not local:
            return f"553 5.1.3 <{address}> is no mailbox"
        if _unmailable(address, envelope):
            return "553 5.6.7 This address needs SMTPUTF8"
        own = domain.lower() in (self.world.domain, self.world.hostname, "[127.0.0.1]")
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
        recipients = tuple(map(sys.intern, envelope.rcpt_tos))
        raw = bytes(envelope.original_content or b"")
        message = Message(sys.intern(sender), recipients, raw, server.tape.number)
        self.world.mailbox.add(message)

    async def handle_AUTH(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope, args: list[str]
    ) -> Any:
        if envelope.mail_from:
            return "503 5.5.1 AUTH is not allowed within a mail transaction"  # RFC 4954, section 4
        return MISSING  # then the exchange begins: LOGIN and PLAIN are aiosmtpd's own

    def authenticate(
        self, server: SMTP, session: AiosmtpdSession, envelope: Envelope,
        mechanism: str, said: LoginPassword,
    ) -> AuthResult:  # fmt: skip
        return self._judged(said.login, said.password, str.encode)

    def refuses_auth(self, said_hello: bool, extended: bool, encrypted: bool) -> str:
        """The refusal of an AUTH that has no place here, whatever it says; or ""."""
        if not self.offers_auth:
            return "503 5.5.1 No AUTH on port 25: who sends mail logs in on 465 or 587"
        if not said_hello or not extended:
            return "503 5.5.1 AUTH is an extension: say EHLO first"
        if self.is_strict("tls-first") and not encrypted:
            return "530 5.7.0 AUTH wants TLS first"
        return ""

    # aiosmtpd advertises a mechanism for which its handler has a method of this name.
    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> AuthResult:
        if len(args) > 1:  # RFC 4954, section 4: the client does not begin this exchange
            await server.push("501 5.7.0 AUTH CRAM-MD5 takes no initial response")
            return AuthResult(success=False)
        challenge = f"<{secrets.randbelow(10**9)}.{int(time.time())}@{self.world.hostname}>"
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
        code_alone = self.is_strict("code-to-log-in")
        if shown == proof(account.authorization_code) or (web and not code_alone):
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=WEB_PASSWORD if web else None)

    async def handle_exception(self, error: Exception) -> str:
        return "451 4.3.0 Local error in processing"


def excluded() -> list[str]:
    """The mechanisms that this machine cannot do: where FIPS rules there is no MD5."""
    try:
        hmac.new(b"", b"", "md5")
    except ValueError:
        return ["CRAM-MD5"]
    return []


def _unmailable(address: str, envelope: Envelope) -> bool:
    """Whether an address is neither ASCII, nor UTF-8 in a session that has asked for it."""
    if address.isascii():
        return False
    # aiosmtpd decodes octets that are no UTF-8 as lone surrogates.
    return not envelope.smtp_utf8 or any("\ud800" <= c <= "\udfff" for c in address)
