"""Lesson 04: a call that is to bring a TLS socket, or an exception, and what came of it."""

import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

from ...catalogue import say
from ...lab import Lab
from ...solutions.dialogue import ReplyError
from ...solutions.tls import InsecureError
from ..judge import Trial, Where, at
from ..judge import advice as general
from .tls import EXCEPTION_RETURNED, PROMISED, described, kind_of, slip

__all__ = ["ENOUGH", "Meeting", "Outcome"]

ENOUGH = 1.2  # seconds that no answer on loopback takes, and less than the deadline

# What a caller of these functions could expect, wrong as it may be where it comes.
EXPECTED = (OSError, EOFError, ValueError, ReplyError, InsecureError)


@dataclass
class Outcome:
    """What came of one call: a value, or an exception that a caller could expect."""

    value: Any = None
    error: Exception | None = None


class Meeting:
    """One check's provider, and the calls that meet it."""

    def __init__(self, trial: Trial, function: Callable[..., Any], opened: ExitStack) -> None:
        self.trial = trial
        self.function = function
        self.opened = opened
        self.lab: Lab = trial.lab()
        self.is_first = True
        self.is_second = False  # whether the last call opened a connection of its own
        self.default_timeout: float | None = None  # as the last call left it

    def call(self, *args: Any, says: str) -> Outcome:
        """Call the student's function. What it leaves open is told here, in all but two cases.

        At the first call what is wrong is told first, and leaves things open. So does a
        function that returns nothing.
        """
        trial, before = self.trial, len(self.lab.transcript.sessions)
        got = trial.call(self._watched, *args, says=says, raises=Exception, may_leave_open=True)
        self.is_second = len(self.lab.transcript.sessions) > before
        outcome = Outcome(value=got)
        if trial.raised(got, Exception):
            outcome = Outcome(error=got)
            if not trial.raised(got, *EXPECTED) and type(got) is not Exception and not slip(trial):
                trial.unexpected()
        if not self.is_first and got is not None:
            trial.nothing_left_open()
        self.is_first = False
        for sock in sockets_among(got):
            self.opened.callback(sock.close)
        return outcome

    def _watched(self, *args: Any) -> Any:
        try:
            return self.function(*args)
        finally:
            self.default_timeout = socket.getdefaulttimeout()

    def fail(
        self, reason: str, sentence: str, look: str = "", place: Where | None = None
    ) -> NoReturn:
        self.trial.fail(reason, sentence, look, place=place)

    def encrypted(self, got: Any, name: str) -> ssl.SSLSocket:
        """The socket that came back, which is to be an encrypted one."""
        if isinstance(got, ssl.SSLSocket):
            if got.fileno() < 0:
                self.fail(
                    "closed-socket",
                    say("The socket that {name} returned is closed.", name=name),
                    say(
                        "A `with` closes it at its end, and so does a `finally`. Whoever gets the "
                        "socket has yet to talk."
                    ),
                )
            if not connected(got):
                self.fail(
                    "not-connected",
                    say("The socket that {name} returned is not connected to anybody.", name=name),
                    say("create_connection makes a socket and connects it."),
                )
            if getattr(got, "_sslobj", got) is None:
                self.fail(
                    "tls-ended",
                    say(
                        "{name} ended TLS again: whatever goes over its socket now is in the "
                        "clear.",
                        name=name,
                    ),
                    say("unwrap says goodbye to TLS. Whoever gets the socket has yet to talk."),
                )
            if got.version() is None:
                self.fail(
                    "no-handshake",
                    say(
                        "{name} returned before the handshake was done: nobody has been verified.",
                        name=name,
                    ),
                    say("wrap_socket does the handshake by itself, if it is not told otherwise."),
                )
            return got
        if isinstance(got, socket.socket):
            self.fail(
                "not-encrypted",
                say(
                    "The socket that {name} returned is a plain one: no TLS is spoken over it.",
                    name=name,
                ),
                say("wrap_socket returns a new socket. Which one do you return?"),
            )
        return self.fail(
            "wrong-type",
            say(
                "{name} returned an object of class {kind} where the encrypted socket is wanted.",
                name=name,
                kind=type(got).__name__,
            ),
            say("What wrap_socket gives is what the caller needs."),
        )

    def refused(self, outcome: Outcome, kinds: tuple[type[Exception], ...], when: str) -> None:
        """Demand that an exception of one of these classes came.

        when begins the sentence, and ends in a comma: "Where nobody listened,".
        """
        error, name = outcome.error, self.trial.name
        wanted = {"SSLError": "ssl.SSLError"}.get(kinds[0].__name__, kinds[0].__name__)
        if isinstance(outcome.value, BaseException):
            self.fail(
                "exception-returned",
                # Translators: {when} begins the sentence, as in "Where nobody listened,".
                say(
                    "{when} {name} returned the exception {kind}; it was to be raised.",
                    when=when,
                    name=name,
                    kind=type(outcome.value).__name__,
                ),
                EXCEPTION_RETURNED,
            )
        if error is None and outcome.value is None:
            self.fail(
                "returned-none",
                # Translators: {when} begins the sentence, as in "Where nobody listened,".
                say(
                    "{when} {name} returned None; {wanted} was promised.",
                    when=when,
                    name=name,
                    wanted=wanted,
                ),
                say(
                    "An `except` that prints or closes has still caught the exception: the caller "
                    "does not learn of it. A bare `raise` at its end lets it go on."
                ),
            )
        if error is None and not sockets_among(outcome.value):
            self.fail(
                "error-swallowed",
                # Translators: {when} begins the sentence, as in "Where nobody listened,".
                # {got} is what was returned, as in "a tuple of 2", "an object of class bool".
                say(
                    "{when} {name} returned {got}; {wanted} was promised.",
                    when=when,
                    name=name,
                    got=kind_of(outcome.value),
                    wanted=wanted,
                ),
                say(
                    "Whoever calls goes on with it, and learns nothing. Let the exception go on: a "
                    "bare `raise` at the end of the `except` does it."
                ),
            )
        if error is None or isinstance(error, kinds):
            return
        place = self.trial.place
        self.fail(
            "other-exception",
            # Translators: {when} begins the sentence, as in "Where nobody listened,".
            say(
                "{when} {name} raised {error}{at}; {wanted} was promised.",
                when=when,
                name=name,
                error=described(error),
                at=at(place),
                wanted=wanted,
            ),
            slip(self.trial) or PROMISED[wanted],
            place,
        )

    def good(self, outcome: Outcome) -> Any:
        """What came of a call in which nothing was wrong with the provider."""
        error, name = outcome.error, self.trial.name
        text = str(error)
        if error is None and outcome.value is None:
            self.fail(
                "returned-none",
                say("{name} returned None.", name=name),
                say(
                    "Does every way through your function end in `return`, or in an exception that "
                    "goes on to the caller?"
                ),
            )
        if error is None:
            return outcome.value
        if isinstance(error, ssl.SSLCertVerificationError):
            self.fail(
                "good-refused",
                # Translators: {why} is OpenSSL's word for it, in English.
                say(
                    "{name} refused a certificate that is good: {why}.",
                    name=name,
                    why=error.verify_message.rstrip("."),
                ),
                say(
                    "cafile says whom to trust, hostname whose certificate is expected. Do both "
                    "arrive: at create_default_context as cafile, at wrap_socket as "
                    "server_hostname?"
                ),
            )
        if "requires server_hostname" in text:
            self.fail(
                "no-server-hostname",
                say("wrap_socket was not told whose certificate is expected: {error}.", error=text),
                say(
                    "The context wants to compare names, and has none to compare with. Which "
                    "parameter of your function holds it, and by which name does wrap_socket take "
                    "it?"
                ),
            )
        place = self.trial.place
        code = place.code if place else ""
        return self.fail(
            "exception",
            say(
                "{name} raised {error}{at}, and nothing was wrong with the provider.",
                name=name,
                error=described(error),
                at=at(place),
            ),
            slip(self.trial) or general.after(error, text, self.trial.student, code),
            place,
        )


def sockets_among(got: Any) -> list[socket.socket]:
    """The sockets that came back, alone or among others, and those of readers."""
    values = got if isinstance(got, tuple | list) else (got,)
    held = (getattr(value, "sock", None) for value in values)
    return [value for value in (*values, *held) if isinstance(value, socket.socket)]


def connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True
