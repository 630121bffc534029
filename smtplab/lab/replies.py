"""What a provider's replies are made of, and how one is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["Refusal", "Verbs", "enhanced", "lines_of", "not_there", "texts_of", "without"]

# RFC 3463: the enhanced status code that goes with a reply code when nothing more is known.
ENHANCED = {
    "214": "2.0.0", "220": "2.0.0", "221": "2.0.0", "235": "2.7.0", "250": "2.0.0", "252": "2.5.0",
    "421": "4.3.2", "450": "4.2.0", "451": "4.3.0", "452": "4.2.2", "454": "4.7.0",
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "504": "5.5.4",
    "530": "5.7.0", "535": "5.7.8", "550": "5.7.1", "552": "5.3.4",
    "553": "5.1.3", "554": "5.0.0", "555": "5.5.4",
}  # fmt: skip


class Verbs(dict[str, Any]):
    """aiosmtpd's methods by verb, each carried out by `obey(verb, method, argument)`.

    So are verbs that have none, where aiosmtpd would end a session at the fifth: method is None.
    """

    def __init__(self, methods: dict[str, Any], obey: Callable[..., Any]) -> None:
        super().__init__(methods)
        self._obey = obey

    def get(self, verb: str, default: Any = None) -> Any:
        method = super().get(verb)
        carry_out = partial(self._obey, verb, method)
        vars(carry_out).update(vars(method) if method else {})  # where aiosmtpd finds its HELP
        return carry_out


class Refusal(Exception):
    """A command is refused; the text is the reply."""


def enhanced(reply: str, at: str) -> bytes:
    """Add the enhanced status code that RFC 2034 wants in all but a few replies."""
    # aiosmtpd writes the blank that RFC 5321, section 3.3, does not allow.
    reply = reply.replace("FROM: <", "FROM:<").replace("TO: <", "TO:<")
    if at == "HELP" and reply.startswith("250"):
        reply = f"214{reply[3:]}"  # RFC 5321, section 4.3.2; aiosmtpd says 250
    asked = "AUTH PLAIN wants base64 of NUL user NUL password"
    reply = reply.replace("Can't split auth value", asked)
    code, rest = reply[:3], reply[4:].removeprefix("Error: ")
    bare = at in ("greeting", "EHLO", "HELO") and code < "400"
    if not bare and code in ENHANCED and not rest[:3].replace(".", "").isdigit():
        reply = f"{code} {ENHANCED[code]} {rest}"
    return reply.encode("utf-8", "surrogateescape")


def not_there(verb: str, arg: str, missing: set[str]) -> str:
    """The refusal of what belongs to one of these extensions, or ""."""
    if verb in missing:
        return "502 5.5.1 Command not implemented"
    words = arg.upper().rpartition(">")[2].split() if verb == "MAIL" else []
    parameters = {word.partition("=")[0] for word in words}
    if parameters & {"BODY" if keyword == "8BITMIME" else keyword for keyword in missing}:
        return "555 5.5.4 MAIL FROM parameters not recognized or not implemented"
    return ""


def texts_of(reply: bytes) -> list[bytes]:
    return [line[4:] for line in reply.splitlines(keepends=True)]


def lines_of(code: bytes, texts: list[bytes]) -> list[bytes]:
    """The lines of one reply: behind the code all but the last have a hyphen."""
    return [*(code + b"-" + text for text in texts[:-1]), code + b" " + texts[-1]]


def without(keyword: str, reply: bytes) -> bytes:
    """The reply to EHLO, and an extension is not in it."""
    first, *offers = texts_of(reply)
    kept = [offer for offer in offers if offer.split()[0].upper() != keyword.encode()]
    return b"".join(lines_of(reply[:3], [first, *kept]))
