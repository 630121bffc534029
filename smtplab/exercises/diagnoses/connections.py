"""Lesson 08: a send_mail that raised or waits by mistake: slips, timeouts, a session gone astray.

The exception alone tells a beginner little: `astray` explains it by what was said in the session.
"""

import errno
import re
import ssl

from ...catalogue import say
from ...solutions.tls import InsecureError
from ..cases import Finding, place, raised, told
from ..judge import Verdict
from ..judge.words import described
from .arrival import NOT_STUFFED
from .passwords import NO_PASSWORD, NO_USER
from .sending import BUILDING, LETTERS, Sent, is_a
from .tls import where_from

__all__ = ["TIMEOUT_FOR_ALL", "astray", "ended", "look_after", "timeout_ignored"]

NEW_SOCKET = say(
    "STARTTLS gives a new socket, and a `with` closes the one that it was given. try: and finally: "
    "close whichever `sock` is by then."
)
# What to look at when an exception that no server causes says these words.
SLIPS = {
    "'tuple' object has no attribute": say(
        "starttls returns three things: sock, reader, extensions."
    ),
    "'LineReader' object has no attribute 'close'": say(
        "The order of what starttls returns is sock, reader, extensions."
    ),
    "Connection refused": say("host and port are the caller's: connect to (host, port)."),
    "unhashable type: 'slice'": say("say_hello and starttls give the extensions, a dict already."),
    "create_connection(host, port": say(
        "create_connection takes the address as one thing, a pair: create_connection((host, port), "
        "timeout)."
    ),
    "= build_message(": BUILDING,
}
LOGIN = r"log_in\(|auth_"  # in a line of the student's
TIMEOUT_FOR_ALL = (
    "default-timeout",
    say("send_mail changed the timeout of every socket that this program will make."),
    say("create_connection and connect_tls take a timeout, for this one alone."),
)

# When the call does not end as it should


def ended(verdict: Verdict, sent: Sent, *, expects_error: bool) -> Finding | None:
    """More than the engine knows of a call that raised, or waits for ever."""
    if raised(verdict) and "NoneType" in verdict.raised and re.search(LOGIN, verdict.code):
        return NO_USER if sent.arguments.get("user") is None else NO_PASSWORD
    if raised(verdict) == "AssertionError" and not verdict.code.startswith("raise "):
        return (
            "assert",
            # Translators: {place} is "line 12".
            say(
                "An assert refuses it at {place}: `{code}`.",
                place=place(verdict),
                code=verdict.code,
            ),
            say(
                "python -O leaves asserts out, and nothing is refused then. Raise the exception "
                "that the docstring names."
            ),
        )
    if not verdict.reason.startswith("waits-in-") or verdict.reason == "waits-in-sleep":
        return None
    if not expects_error:  # the server is well: it waits for what nobody says
        return waits(sent)
    return (
        "timeout-ignored",
        # Translators: {place} is "line 12".
        say(
            "send_mail was to wait {seconds:g} seconds at most, and {place} waits on: `{code}`.",
            seconds=sent.arguments["timeout"],
            place=place(verdict),
            code=verdict.code,
        ),
        say(
            "timeout goes to whatever opens the connection. connect_tls takes it as its last "
            "argument; a socket keeps it also when TLS begins on it."
        ),
    )


def look_after(verdict: Verdict, sent: Sent, *, expects_error: bool) -> str:
    """What to look at after a slip, or when a socket was left open; "" if nothing is known."""
    if verdict.reason == "left-open" and sent.security == "starttls":
        return NEW_SOCKET
    if not raised(verdict):
        return ""
    for words, look in SLIPS.items():
        if words in told(verdict):
            return look
    if isinstance(sent.arguments.get("recipients"), str):
        return LETTERS
    if expects_error and verdict.code.startswith("raise "):
        return say(
            "Read in the docstring what is raised, and when. What is caught goes on with `raise` "
            "alone."
        )
    return ""


def waits(sent: Sent) -> Finding:
    """Why it waits, where the server waits as well."""
    if sent.security == "tls" and len(sent.lab.transcript) == sent.sessions:
        return (
            "tls-not-spoken",
            say("security was 'tls', and send_mail waited for a greeting in the clear."),
            say("TLS begins with the first octet there: connect_tls opens such a connection."),
        )
    return (
        "waits-for-a-line",
        say("send_mail waited for a line that the server was not going to say."),
        say(
            "say_hello reads the greeting and says EHLO: once. After STARTTLS there is no second "
            "greeting. What is the last line of the transcript?"
        ),
    )


def timeout_ignored(timeout: float, seconds: float | None) -> Finding:
    """The socket of a session waits so many seconds, or for ever, and not as long as asked for."""
    return (
        "timeout-ignored",
        say("timeout was {timeout:g} seconds, and the socket waits for ever.", timeout=timeout)
        if seconds is None
        else say(
            "timeout was {timeout:g} seconds, and the socket waits {seconds:g} seconds.",
            timeout=timeout,
            seconds=seconds,
        ),
        say("create_connection takes a timeout, after the address."),
    )


# Why a good session failed


def astray(sent: Sent) -> Finding | None:
    """Why a mail was not sent, although nothing was wrong with the provider."""
    return _astray_in_tls(sent) or _astray_in_dialogue(sent)


def _astray_in_tls(sent: Sent) -> Finding | None:
    error, text, port = sent.error, str(sent.error), sent.arguments["port"]
    assert error is not None
    encrypted = sent.security != "none"
    if isinstance(error, ValueError) and "build_message" in where_from(error):
        return (
            "mail-not-built",
            say("build_message did not like what it was given: {error}.", error=described(error)),
            BUILDING,
        )
    if isinstance(error, FileNotFoundError) and encrypted:
        return (
            "no-such-file",
            say(
                "Something was taken for the file of authorities that is none: {error}.",
                error=described(error),
            ),
            say(
                "connect_tls takes (address, hostname, cafile, timeout), and address is the pair "
                "(host, port). starttls takes (sock, reader, hostname, cafile)."
            ),
        )
    if is_a(error, InsecureError):
        return (
            "insecure-for-nothing",
            say("send_mail raised {error}, and here nothing was insecure.", error=described(error)),
            say(
                "security is {security!r}: the caller has chosen already. The port's number says "
                "nothing: the lab's is {port}.",
                security=sent.security,
                port=port,
            ),
        )
    if "server_hostname" in text:
        return (
            "no-name",
            say("Nobody said whose certificate is expected: {error}.", error=text),
            say("hostname is None when it is left out, and then host is the name."),
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            "good-refused",
            say("send_mail refused a certificate that is good: {why}.", why=error.verify_message),
            say("Do hostname and cafile reach connect_tls and starttls, each in its place?"),
        )
    if isinstance(error, ssl.SSLError) and sent.security == "starttls":
        return (
            "tls-too-early",
            say("TLS was spoken from the first octet, and security was 'starttls'."),
            say("There the session begins in the clear: greeting, EHLO, then starttls."),
        )
    if isinstance(error, TimeoutError):
        return waits(sent)
    if isinstance(error, OSError) and error.errno == errno.EBADF and encrypted:
        reads = where_from(error) & {"read_line", "read_reply"}
        return (
            "old-reader" if reads else "old-socket",
            say(
                "After STARTTLS a reply was to be read from the plain socket, which is of no use "
                "any more."
            )
            if reads
            else say(
                "After STARTTLS something was said on the plain socket, which is of no use any "
                "more."
            ),
            say(
                "starttls returns three things: sock, reader, extensions. From there on, use them."
            ),
        )
    if sent.security == "starttls" and sent.said and not sent.has_said("STARTTLS"):
        return (
            "starttls-not-said",
            say(
                "security was 'starttls', and STARTTLS was never said: {error}.",
                error=described(error),
            ),
            say("After the hello in the clear: starttls(sock, reader, name, cafile)."),
        )
    return None


def _astray_in_dialogue(sent: Sent) -> Finding | None:
    error = sent.error
    assert error is not None
    code = getattr(error, "code", None)
    encrypted = sent.security != "none"
    if code == 220:
        return (
            "greeting-not-read",
            say("The greeting was taken for the answer to EHLO: nobody had read it before."),
            say("The server speaks first. say_hello reads its greeting, then says EHLO."),
        )
    if sent.arrived and code == 500:
        return NOT_STUFFED
    if isinstance(error, OSError | EOFError) and sent.has_said("QUIT"):
        return (
            "quit-too-early",
            say("QUIT was said before the mail was delivered: the server has hung up."),
            say("QUIT is the last word. deliver comes before it."),
        )
    spoke = sent.has_said("EHLO", tls=encrypted) or sent.has_said("HELO", tls=encrypted)
    if code == 503 and not spoke:
        return (
            "no-hello",
            say("No EHLO was said within TLS, and the server wants one first (503).")
            if sent.security == "starttls"
            else say("No EHLO was said, and the server wants one first (503)."),
            say(
                "Whoever begins a session says hello; what was said in the clear counts for "
                "nothing within TLS."
            ),
        )
    if isinstance(error, ValueError) and "log_in" in where_from(error):
        if "user" not in sent.arguments:
            return NO_USER
        return (
            "extensions-of-before",
            say("log_in found no AUTH: {error}.", error=described(error)),
            say("Before TLS the server offers none. starttls brings the extensions that count."),
        )
    if code == 530 and encrypted:
        return (
            "not-logged-in",
            say("MAIL was refused with 530: nobody has logged in."),
            say("There is a user: log_in comes after TLS, and before MAIL."),
        )
    if code == 535:
        return (
            "wrong-credentials",
            say("The server refused the login (535), and the password was right."),
            say("The order of the parameters: sock, reader, extensions, user, password."),
        )
    return None
