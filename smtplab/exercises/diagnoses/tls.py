"""Lesson 04: what is wrong with a connection, a choice or a start of TLS, and what to look at."""

import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

from ...catalogue import counted, plural, say
from ...lab import Lab
from ...solutions.dialogue import ReplyError, command, parse_ehlo, read_reply
from ...solutions.sockets import LineReader
from ...solutions.tls import InsecureError
from ..judge import Trial, Where, at
from ..judge import advice as general

__all__ = [
    "ENOUGH",
    "OFFER",
    "OTHER",
    "Meeting",
    "Outcome",
    "judge_authorities",
    "judge_choice",
    "judge_connection",
    "judge_impersonation",
    "judge_injection",
    "judge_name",
    "judge_other",
    "judge_other_error",
    "judge_refusal",
    "judge_start",
    "judge_stripped",
    "judge_system",
    "judge_wrong_refusal",
    "look_at",
]

Address = tuple[str, int]

OTHER = "mail.elsewhere.test"  # the name that the lab's "wrong-name" certificate holds for
ENOUGH = 1.2  # seconds that no answer on loopback takes, and less than the deadline
EXCEPTION_RETURNED = say(
    "An exception that is returned is a value like any other: the caller goes on."
)

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


def kind_of(value: Any) -> str:
    """What a value is, as a part of a sentence."""
    if isinstance(value, tuple):
        return counted(len(value), plural("a tuple of 1", "a tuple of {count}"))
    return say("an object of class {kind}", kind=type(value).__name__)


def where_from(error: BaseException) -> set[str]:
    """The names of the functions on an exception's way."""
    names, traceback = set(), error.__traceback__
    while traceback is not None:
        names.add(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return names


# connect_tls


def look_at(sock: Any) -> str:
    """What the context of a socket that came back says about it."""
    context = getattr(sock, "context", None)
    if context is not None and context.verify_mode == ssl.CERT_NONE:
        return say(
            "Its context has verify_mode CERT_NONE: no question is asked. create_default_context "
            "asks all three if nobody tells it otherwise."
        )
    return say(
        "Is the error caught somewhere, and something else done then? Or is the context strict "
        "only since the handshake?"
    )


def judge_connection(meeting: Meeting, got: Any) -> None:
    name = meeting.trial.name
    sock = meeting.encrypted(got, name)
    seconds = sock.gettimeout()
    if seconds is None:
        meeting.fail(
            "no-timeout",
            say(
                "The socket that {name} returned has no timeout: it would wait for ever.", name=name
            ),
            say("create_connection takes a timeout, and the encrypted socket keeps it."),
        )
    if seconds != ENOUGH:
        meeting.fail(
            "other-timeout",
            say(
                "The caller said {asked:g} seconds, and the socket waits for {seconds:g}.",
                asked=ENOUGH,
                seconds=seconds,
            ),
            say("timeout is a parameter, in seconds: does it reach create_connection as it is?"),
        )
    if meeting.default_timeout is not None:
        meeting.fail(
            "default-timeout",
            say(
                "{name} changed the timeout of every socket that this program will make.", name=name
            ),
            say("create_connection takes a timeout, for this one alone."),
        )
    # What is read first tells, and not how long it takes.
    sock.sendall(b"NOOP\r\n")
    reader = LineReader(sock)
    code, _ = read_reply(reader)
    meeting.trial.require(
        code == 220,
        "greeting-taken",
        say("The server's greeting is gone: {name} has read it.", name=name),
        say("{name} brings a socket and no more. Who calls it reads the greeting.", name=name),
    )
    read_reply(reader)
    said = meeting.lab.transcript.sessions[-1].lines()
    first = next(line.text for line in said if line.sender == "C")
    meeting.trial.require(
        first == "NOOP",
        "spoke-first",
        say("{name} has said {line!r}, and the server had not yet greeted.", name=name, line=first),
        say(
            "{name} brings a socket and no more. Who calls it reads the greeting, and says EHLO.",
            name=name,
        ),
    )


def judge_system(meeting: Meeting, outcome: Outcome) -> None:
    if isinstance(outcome.error, ssl.SSLCertVerificationError):
        meeting.fail(
            "system-not-trusted",
            # Translators: {why} is OpenSSL's word for it, in English.
            say(
                "{name} was given cafile None, and did not trust the system's authorities: {why}.",
                name=meeting.trial.name,
                why=outcome.error.verify_message.rstrip("."),
            ),
            say("create_default_context takes None as well, and then loads the system's own."),
        )
    meeting.good(outcome)


def judge_other(meeting: Meeting, outcome: Outcome) -> None:
    meeting.refused(
        outcome, (ssl.SSLError,), say("Where cafile does not hold the lab's authority,")
    )
    if outcome.error is None:
        meeting.fail(
            "system-trusted-too",
            say(
                "{name} was given a file of authorities, and trusted the system's besides.",
                name=meeting.trial.name,
            ),
            say(
                "create_default_context(cafile=cafile) loads the file and nothing else. Without an "
                "argument it loads the system's, and what comes later is added."
            ),
        )


def judge_impersonation(meeting: Meeting, outcome: Outcome) -> None:
    name = meeting.trial.name
    went_on = isinstance(outcome.error, OSError) and outcome.error.errno == errno.EBADF
    if went_on and not isinstance(outcome.error, ssl.SSLError):
        place = meeting.trial.place
        meeting.fail(
            "error-swallowed",
            say(
                "The handshake failed, and {name} went on with the old socket{at}.",
                name=name,
                at=at(place),
            ),
            say(
                "wrap_socket closes it when the handshake fails. Let the ssl.SSLError go on to the "
                "caller."
            ),
            place,
        )
    meeting.refused(outcome, (ssl.SSLError,), say("At a certificate that nobody known has signed,"))
    if outcome.error is not None:
        return
    got = outcome.value[0] if isinstance(outcome.value, tuple) else outcome.value
    if isinstance(got, socket.socket) and not isinstance(got, ssl.SSLSocket):
        meeting.fail(
            "silent-downgrade",
            say("When TLS failed, {name} went on without it, and said nothing.", name=name),
            say(
                "An attacker can make TLS fail at any time. Let the exception go on to the caller."
            ),
        )
    meeting.fail(
        "anybody-trusted",
        say(
            "{name} shook hands with somebody in the middle, and would tell him the password.",
            name=name,
        ),
        look_at(got),
    )


def judge_name(
    meeting: Meeting, outcome: Outcome, to: Address, meant: str = "mail.lab.test"
) -> None:
    name = meeting.trial.name
    meeting.refused(outcome, (ssl.SSLError,), say("At a certificate of another name,"))
    if outcome.error is not None:
        return
    sock = outcome.value[0] if isinstance(outcome.value, tuple) else outcome.value
    checked = getattr(sock, "server_hostname", None)
    looks = getattr(getattr(sock, "context", None), "check_hostname", False)
    if looks and checked is not None and checked != meant:
        sentence = say(
            "The certificate was compared with {checked!r}, a name of your own; hostname was "
            "{meant!r}.",
            checked=checked,
            meant=meant,
        )
        if checked == to[0]:
            sentence = say(
                "The certificate was compared with {checked!r}, the address that was dialled; "
                "hostname was {meant!r}.",
                checked=checked,
                meant=meant,
            )
        meeting.fail(
            "other-name-checked",
            sentence,
            say(
                "The address says where to connect, hostname whom we mean. They need not be alike."
            ),
        )
    meeting.fail(
        "name-not-checked",
        say(
            "{name} took another server's certificate: the name in it was not looked at.", name=name
        ),
        say(
            "Anybody can have a good certificate for a name that is theirs. What does "
            "check_hostname say in your context?"
        ),
    )


def judge_authorities(meeting: Meeting, outcome: Outcome) -> None:
    meeting.refused(outcome, (ssl.SSLError,), say("Where the lab's authority is not trusted,"))
    if outcome.error is None:
        meeting.fail(
            "cafile-ignored",
            say(
                "{name} was given cafile None, and trusted the lab's authority all the same.",
                name=meeting.trial.name,
            ),
            say("The file with the authorities is a parameter. Is it what the context gets?"),
        )


# choose_security

OFFER = {"SIZE": "35882577", "STARTTLS": "", "8BITMIME": ""}


def judge_other_error(
    trial: Trial, choose_security: Callable[..., Any], error: Exception,
    extensions: dict[str, str] | None, port: int, right: str | None,
) -> None:  # fmt: skip
    """An exception that is no InsecureError."""
    place = trial.place
    if extensions is None and isinstance(error, TypeError | AttributeError):
        if port_as_text(choose_security):
            judge_wrong_refusal(trial, choose_security, port, "tls")
        trial.fail(
            "looks-at-none",
            say(
                "On 465 nothing has been said yet: extensions is None, and choose_security looked "
                "into it{at}.",
                at=at(place),
            ),
            say("On which port does the answer not depend on any offer? Ask that first."),
            place=place,
        )
    own = place is not None and place.code.startswith(("raise", "assert"))
    if not own and not isinstance(error, LookupError | TypeError | AttributeError | ValueError):
        trial.unexpected()
    if isinstance(error, NotImplementedError | NameError):
        trial.unexpected()
    values = {"error": described(error), "port": port, "at": at(place)}
    if right is None:
        sentence = say(
            "choose_security raised {error} for port {port}{at}; InsecureError was promised.",
            **values,
        )
    else:
        sentence = say(
            "choose_security raised {error} for port {port}{at}; {right!r} was wanted.",
            right=right,
            **values,
        )
    if isinstance(error, AssertionError):
        look = say("assert is for tests, and `python -O` leaves it out. Raise InsecureError.")
    elif own:
        look = PROMISED["InsecureError"]
    else:
        look = say("A keyword that may be missing can be asked for with `in`.")
    trial.fail("other-exception", sentence, look, place=place)


def constants(function: Any) -> tuple[Any, ...]:
    """What stands in a function's text as numbers and strings, the docstring left out."""
    code = getattr(function, "__code__", None)
    found = code.co_consts if code is not None else ()
    return tuple(value for value in found if value != getattr(function, "__doc__", None))


def port_as_text(function: Any) -> bool:
    """Whether the port is compared with digits in quotes, and with no number."""
    return "465" in constants(function) and 465 not in constants(function)


def judge_stripped(trial: Trial, got: Any, raised: bool, port: int) -> None:
    if raised:
        return
    if isinstance(got, InsecureError):
        trial.fail(
            "exception-returned",
            say("choose_security returned the InsecureError; it was to be raised."),
            EXCEPTION_RETURNED,
        )
    if got is InsecureError:
        trial.fail(
            "exception-returned",
            say("choose_security returned the class InsecureError; it was to be raised."),
            say('raise InsecureError("why") ends the function and tells the caller.'),
        )
    if got == "starttls":
        trial.fail(
            "offer-not-read",
            say("Port {port} offered no STARTTLS, and choose_security said 'starttls'.", port=port),
            say(
                "Is the keyword asked for as a whole, among the keys of extensions? And is the "
                "InsecureError raised? One that is made and not raised does nothing."
            ),
        )
    if got == "tls":
        trial.fail(
            "wrong-port",
            say(
                "On port {port} a session begins in the clear, and choose_security said 'tls'.",
                port=port,
            ),
            say("On which port is TLS spoken from the first octet?"),
        )
    trial.fail(
        "silent-downgrade",
        say(
            "Port {port} offered no STARTTLS, and choose_security returned {got!r}: the caller "
            "goes on, and the password goes out in the clear.",
            port=port,
            got=got,
        ),
        say("Somebody may have struck out the offer. Raise InsecureError, so that nobody goes on."),
    )


def judge_wrong_refusal(
    trial: Trial, choose_security: Callable[..., Any], port: int, right: str
) -> None:
    if port_as_text(choose_security):
        trial.fail(
            "port-as-text",
            say(
                'choose_security compares the port with "{port}", and the port is the number '
                "{port}.",
                port=port,
            ),
            say('A str is never equal to an int: "465" == 465 is False.'),
        )
    if right == "tls":
        trial.fail(
            "tls-refused",
            say("choose_security refused port 465, where all is encrypted from the first octet."),
            say("No offer is needed on 465."),
        )
    more = {**OFFER, "STARTTLS": "yes"}
    again = trial.call(choose_security, port, more, raises=Exception)
    if again == right:
        trial.fail(
            "empty-is-false",
            say(
                "STARTTLS was offered, without parameters, and choose_security refused: the empty "
                "str counts as False."
            ),
            say('extensions["STARTTLS"] is "". Ask whether the key is there, with `in`.'),
        )
    alone = trial.call(choose_security, port, {"STARTTLS": ""}, raises=Exception)
    if alone == right:
        trial.fail(
            "first-keyword-only",
            say("STARTTLS was offered, but not as the first keyword, and choose_security refused."),
            say(
                "That the first keyword is another one proves nothing: the next may be the right "
                "one. `in` looks at all of them."
            ),
        )
    lower = trial.call(choose_security, port, {"starttls": ""}, raises=Exception)
    if lower == right:
        look = say(
            "A dict looks for the key as it stands: parse_ehlo writes keywords in upper case."
        )
    elif port == 25:
        look = say("25 and 587 both begin in the clear: the offer decides on either.")
    else:
        look = say("Which condition of yours held there? The steps say what it was given.")
    trial.fail(
        "offer-refused",
        say("Port {port} offered STARTTLS, and choose_security refused.", port=port),
        look,
    )


def judge_choice(trial: Trial, got: Any, right: str, port: int) -> None:
    if not isinstance(got, str) or got not in ("tls", "starttls", "none"):
        look = say(
            'Whoever calls compares with "tls" and "starttls", in lower case as they stand here.'
        )
    elif right == "tls":
        look = say("On 465 TLS begins with the first octet, whatever is offered.")
    else:
        look = say("On {port} a session begins in the clear, and then says STARTTLS.", port=port)
    trial.equal(
        got,
        right,
        reason="wrong-choice",
        sentence=say(
            "For port {port} choose_security returned {got!r}, and {right!r} is right.",
            port=port,
            got=got,
            right=right,
        ),
        look=look,
    )


# starttls


def said_by_client(meeting: Meeting) -> list[tuple[bool, str]]:
    """What the client said after the first EHLO: whether within TLS, and each whole line."""
    session = meeting.lab.transcript.sessions[-1]
    said = [line for line in session.lines() if line.sender == "C"]
    return [(line.tls, line.text) for line in said if line.data.endswith(b"\n")][1:]


def judge_start(
    meeting: Meeting, outcome: Outcome, old: socket.socket, reader: LineReader,
    offered: dict[str, str],
) -> None:  # fmt: skip
    trial, error = meeting.trial, outcome.error
    if error is not None:
        judge_failed_start(meeting, error, said_by_client(meeting))
    got = meeting.good(outcome)
    if isinstance(got, list) and len(got) == 3:
        meeting.fail(
            "wrong-type",
            say("starttls returned its three things in a list, and a tuple is wanted."),
            say("`return sock, reader, extensions` makes one: the commas do it."),
        )
    if not isinstance(got, tuple) or len(got) != 3:
        meeting.fail(
            "wrong-type",
            # Translators: {got} is "a tuple of 2", or "an object of class bool".
            say(
                "starttls returned {got}, and three things are wanted: sock, reader, extensions.",
                got=kind_of(got),
            ),
            say("The caller's socket and reader are of no use any more. It needs the new ones."),
        )
    if got[0] is old:
        meeting.fail(
            "old-socket",
            say("The socket that came back is the one that was given: wrap_socket has emptied it."),
            say("wrap_socket returns the encrypted socket, a new one."),
        )
    if not isinstance(got[0], socket.socket) and isinstance(got[1], socket.socket):
        meeting.fail(
            "wrong-order",
            # Translators: {got} is "a tuple of 2", or "an object of class bool".
            say(
                "The first thing that came back is {got}, and the socket is the second.",
                got=kind_of(got[0]),
            ),
            say("The order is sock, reader, extensions."),
        )
    sock = meeting.encrypted(got[0], "starttls")
    own = LineReader(sock)
    try:
        _, answer = command(sock, own, "NOOP", 250)
    except (OSError, EOFError):
        meeting.fail(
            "connection-ended",
            say("The connection has ended: nothing more comes over the socket that came back."),
            say("After the reply to EHLO the letter is still to come. Whoever calls says QUIT."),
        )
    if len(answer) > 1:
        meeting.fail(
            "reply-left",
            say("EHLO was said within TLS, and nobody has read the server's reply to it."),
            say("command says a line and reads the reply."),
        )
    said = said_by_client(meeting)
    if not any(tls and text.upper().startswith("EHLO ") for tls, text in said):
        if any(tls and text.upper().startswith("HELO") for tls, text in said):
            meeting.fail(
                "no-second-ehlo",
                say("After the handshake HELO was said, and not EHLO."),
                say("HELO brings no list: nobody learns that AUTH is offered."),
            )
        reason, sentence = "no-second-ehlo", say("After the handshake EHLO was not said again.")
        if any(text.upper().startswith("EHLO ") for tls, text in said if not tls):
            reason, sentence = "ehlo-in-the-clear", say("EHLO was said again before TLS had begun.")
        meeting.fail(
            reason,
            sentence,
            say("What was offered in the clear counts for nothing: anybody could have changed it."),
        )
    if not hasattr(got[1], "read_line"):
        meeting.fail(
            "no-reader",
            # Translators: {got} is "a tuple of 2", or "an object of class bool".
            say(
                "The second thing that came back is {got} and no reader.",
                got=kind_of(got[1]),
            ),
            say("The order is sock, reader, extensions."),
        )
    if getattr(got[1], "sock", sock) is not sock:
        meeting.fail(
            "old-reader",
            say(
                "The reader that came back reads from the plain socket, which is of no use any "
                "more."
            ),
            say("A reader belongs to one socket. The new socket wants a new reader."),
        )
    right = parse_ehlo(command(sock, own, "EHLO client.lab.test", 250)[1])
    if got[2] == offered != right:
        meeting.fail(
            "extensions-of-before",
            say("The extensions that came back are those of the EHLO in the clear."),
            say(
                "Within TLS the server offers AUTH, and no STARTTLS. Take what the second EHLO "
                "brings."
            ),
        )
    if not isinstance(got[2], dict):
        meeting.fail(
            "wrong-type",
            # Translators: {got} is "a tuple of 2", or "an object of class bool".
            say(
                "The third thing that came back is {got}, and a dict is wanted.",
                got=kind_of(got[2]),
            ),
            say("parse_ehlo makes it, of the lines that EHLO has brought."),
        )
    trial.equal(
        got[2],
        right,
        reason="wrong-extensions",
        sentence=say("The extensions that came back are not what EHLO within TLS has brought."),
        look=say("command returns (code, lines), and parse_ehlo takes the lines."),
    )
    if sock.gettimeout() != ENOUGH:
        meeting.fail(
            "timeout-lost",
            say("The socket that was given had a timeout, and the one that came back has another."),
            say("wrap_socket keeps the timeout."),
        )


def judge_failed_start(meeting: Meeting, error: Exception, said: list[tuple[bool, str]]) -> None:
    """A start that failed although nothing was wrong with the provider."""
    way = where_from(error)
    commands = [text.upper() for _, text in said]
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        if "read_line" in way or "read_reply" in way:
            meeting.fail(
                "old-reader",
                say("A reply was to be read from the plain socket, which wrap_socket has emptied."),
                say("A reader belongs to one socket. Which one does yours read from?"),
            )
        meeting.fail(
            "old-socket",
            say("Something was sent on the old socket: wrap_socket has emptied it."),
            say("wrap_socket returns the encrypted socket. From there on, use that one."),
        )
    if isinstance(error, TimeoutError) and "read_line" in way and "STARTTLS" not in commands:
        meeting.fail(
            "line-not-ended",
            say(
                "starttls waited for a reply, and the server for the end of a line: STARTTLS with "
                "CRLF behind it has not come{at}.",
                at=at(meeting.trial.place),
            ),
            say("command sends a line with its CRLF, and then reads the reply."),
            meeting.trial.place,
        )
    if isinstance(error, TimeoutError) and "read_line" in way:
        meeting.fail(
            "waits-for-a-line",
            say("starttls waited for a line that does not come."),
            say(
                "After its 220 the server waits for the handshake, and after that for EHLO. There "
                "is no second greeting."
            ),
        )
    if meeting.is_second:
        meeting.fail(
            "second-connection",
            say(
                "starttls opened a connection of its own, and the talk is on the one that it was "
                "given."
            ),
            say("The connection stays: wrap_socket takes the socket that was given."),
        )
    in_handshake = isinstance(error, ssl.SSLError | TimeoutError)
    if in_handshake and "STARTTLS" not in commands:
        meeting.fail(
            "not-asked",
            say(
                "The handshake began, and STARTTLS had not been said: the server still spoke in "
                "the clear."
            ),
            say("Say STARTTLS, read the 220, then wrap the socket."),
        )
    if in_handshake and not isinstance(error, ssl.SSLCertVerificationError | TimeoutError):
        meeting.fail(
            "reply-not-read",
            say("The handshake met the server's reply to STARTTLS, which nobody had read."),
            say("Read the 220 first. command sends a line and reads the reply."),
        )
    if getattr(error, "code", None) == 220:
        meeting.fail(
            "go-refused",
            say("The server said 220, which means go, and starttls hoped for another code."),
            say("Which code answers STARTTLS? RFC 3207, section 4, has it."),
        )
    if isinstance(error, InsecureError):
        meeting.fail(
            "insecure-for-nothing",
            say(
                "starttls raised {error}{at}, and nothing had been slipped in.",
                error=described(error),
                at=at(meeting.trial.place),
            ),
            say(
                "Octets that wait in the reader's buffer after the 220 are the sign. There were "
                "none."
            ),
            meeting.trial.place,
        )
    meeting.good(Outcome(error=error))


def judge_injection(meeting: Meeting, outcome: Outcome, slipped_in: bytes) -> None:
    whole, error = slipped_in.endswith(b"\n"), outcome.error
    when = say("When a reply was slipped in,") if whole else say("When half a line was slipped in,")
    if isinstance(error, ReplyError | ssl.SSLCertVerificationError):
        meeting.refused(outcome, (InsecureError,), when)
    if isinstance(error, InsecureError):
        return
    if isinstance(error, OSError | EOFError):
        sentence = say(
            "starttls raised {error} when half a line was slipped in, and InsecureError was "
            "promised.",
            error=described(error),
        )
        if whole:
            sentence = say(
                "starttls raised {error} when a reply was slipped in, and InsecureError was "
                "promised.",
                error=described(error),
            )
        meeting.fail(
            "injection-missed",
            sentence,
            say("Look into reader.buffer when the 220 has been read."),
        )
    meeting.refused(outcome, (InsecureError,), when)
    extensions = outcome.value[2] if isinstance(outcome.value, tuple) else None
    if isinstance(extensions, dict) and "X-SLIPPED-IN" in extensions:
        meeting.fail(
            "injection-believed",
            say(
                "starttls took the reply that was slipped in, in the clear, for the answer to the "
                "EHLO within TLS."
            ),
            say(
                "What the reader has read too much waits in reader.buffer, and outlives the "
                "handshake."
            ),
        )
    sentence = say(
        "Half a line was slipped in, and starttls dropped it without a word; InsecureError was "
        "promised."
    )
    if whole:
        sentence = say(
            "A reply was slipped in, and starttls dropped it without a word; InsecureError was "
            "promised."
        )
    meeting.fail(
        "injection-passed-over",
        sentence,
        say(
            "To drop it is safe. But somebody sits on the way, and the caller should know: look "
            "into reader.buffer when the 220 has been read, and before the handshake."
        ),
    )


def judge_refusal(meeting: Meeting, outcome: Outcome) -> None:
    error = outcome.error
    if outcome.value is not None:
        meeting.fail(
            "refusal-ignored",
            say("The server answered STARTTLS with 454, and starttls returned as if all was well."),
            say("The caller goes on, and in the clear. Let the ReplyError go on to it."),
        )
    if isinstance(error, ssl.SSLError | TimeoutError):
        meeting.fail(
            "refusal-ignored",
            say("The server answered STARTTLS with 454, and starttls went on to the handshake."),
            say("Which code do you hope for? command raises ReplyError when another one comes."),
        )
    meeting.refused(outcome, (ReplyError,), say("When STARTTLS was refused,"))
    code = getattr(error, "code", None)
    meeting.trial.require(
        code == 454,
        "other-code",
        say(
            "The server said 454, and the ReplyError that came has {code!r} for its code.",
            code=code,
        ),
        say("ReplyError wants (code, lines), as they came."),
    )
