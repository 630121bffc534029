"""Lesson 04: what its diagnoses share: what can be told from an exception, and words for it."""

from typing import Any

from ...catalogue import counted, plural, say
from ..judge import Trial

__all__ = ["EXCEPTION_RETURNED", "OTHER", "PROMISED", "described", "kind_of", "slip", "where_from"]

OTHER = "mail.elsewhere.test"  # the name that the lab's "wrong-name" certificate holds for

EXCEPTION_RETURNED = say(
    "An exception that is returned is a value like any other: the caller goes on."
)

# What to look at where another class of exception came than the one that was promised.
PROMISED = {
    "ssl.SSLError": say(
        "Let the exception that wrap_socket raises go on as it is: whoever calls catches it by its "
        "class."
    ),
    "OSError": say("Let the exception go on as it came: whoever calls catches it by its class."),
    "ReplyError": say("command raises it by itself, when it is told which code to hope for."),
    "InsecureError": say("Raise InsecureError itself: whoever calls catches it by that name."),
}

ONE_ADDRESS = say("The address goes in as one thing: a pair (host, port), and address is one.")

# What stands in an exception, and in the line that raised it: what to look at.
SLIPS = {
    ("_TLS_SERVER context", ""): say("That context is a server's. Leave the purpose out."),
    ("in client mode", ""): say(
        "server_side=True is for servers. Name each argument of wrap_socket."
    ),
    ("filesystem path", "open("): say(
        "cafile is a path already: the context opens the file itself."
    ),
    ("NoneType", "open("): say("cafile may be None: create_default_context takes it as it is."),
    (".pem", "create_default_context"): say(
        "The first parameter of create_default_context is a purpose. Say cafile=cafile."
    ),
    ("has no attribute 'wrap_socket'", ""): say(
        "wrap_socket is a context's: the context says whom to trust and what to ask."
    ),
    ("no attribute 'partition'", ""): say(
        "parse_ehlo takes the lines. command returns (code, lines)."
    ),
    ("all omitted", ""): say("create_default_context takes cafile itself, None as well."),
    ("", "load_cert_chain"): say(
        "load_cert_chain shows a certificate of our own. Whom we trust says "
        "create_default_context(cafile=cafile)."
    ),
    ("", "cadata"): say("cadata is the text of certificates. A path goes in as cafile."),
    ("FileNotFoundError", ""): say(
        "A file of that name is not there. Is it cafile that the context gets, and cafile alone?"
    ),
    ("gaierror", ""): say(
        "That is no address that can be dialled. address says where to connect; hostname says "
        "whose certificate is expected."
    ),
    ("ConnectionRefusedError", ""): say(
        "Nobody listens where it called. address is (host, port): do both go in as they are?"
    ),
    ("unpack", "create_connection"): say(
        "create_connection takes the address as one thing, a pair (host, port), and the timeout "
        "after it."
    ),
    ("TypeError", "create_connection(*"): ONE_ADDRESS,
    ("one argument", ".connect("): ONE_ADDRESS,
    ("Cannot set verify_mode", ""): say(
        "Python objects: who verifies nothing has no name to compare. The context is right as "
        "create_default_context makes it, and wants neither line."
    ),
    ("'tuple' object has no attribute", "wrap_socket"): say(
        "wrap_socket takes a socket that is connected. create_connection makes one."
    ),
    ("'LineReader' object has no attribute 'send", ""): say(
        "A reader only reads. command takes the socket first, and then the reader."
    ),
    ("'LineReader' object has no", ""): say(
        "What it has read too much a LineReader keeps in buffer."
    ),
    ("LineReader.__init__", ""): say(
        "LineReader wants to be told which socket it is to read from."
    ),
    ("has no attribute 'recv'", ""): say("LineReader reads from a socket: it calls recv."),
    ("already-connected", ""): say(
        "create_connection has connected the socket, and wrap_socket keeps the connection."
    ),
    ("non-blocking", ""): say(
        "The handshake has to wait for the other side. A timeout bounds the wait; setblocking and "
        "a timeout of 0 forbid it."
    ),
    ("NO_CIPHERS_AVAILABLE", ""): say(
        "That version of TLS is too old. create_default_context chooses good ones by itself."
    ),
    ("a line break", ""): say("command puts CRLF at the end of the line by itself."),
    ("ReplyError: 501", ""): say("EHLO wants a name behind it, our own: client.lab.test, say."),
    ("TimeoutError", ".recv("): say(
        "recv waits for more, and nothing more comes. What has come too early stands in "
        "reader.buffer already."
    ),
}


def slip(trial: Trial) -> str:
    """What to look at after the exception of the last call; "" for one that is not known."""
    error, place = trial.error, trial.place
    text, code = described(error) if error else "", place.code if place else ""
    return next((look for (sign, part), look in SLIPS.items() if sign in text and part in code), "")


def described(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def where_from(error: BaseException) -> set[str]:
    """The names of the functions on an exception's way."""
    names, traceback = set(), error.__traceback__
    while traceback is not None:
        names.add(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return names


def kind_of(value: Any) -> str:
    """What a value is, as a part of a sentence."""
    if isinstance(value, tuple):
        return counted(len(value), plural("a tuple of 1", "a tuple of {count}"))
    return say("an object of class {kind}", kind=type(value).__name__)
