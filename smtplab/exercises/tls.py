"""Lesson 04: what is asked, how it is judged, and what is predicted."""

import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any, NoReturn

from ..lab import Lab, faults
from ..solutions.dialogue import ReplyError, command, parse_ehlo, read_reply
from ..solutions.sockets import LineReader
from ..solutions.tls import InsecureError
from .judge import Exercise, Lesson, Question, Trial

__all__ = ["LESSON"]

Address = tuple[str, int]

OTHER = "mail.elsewhere.test"  # the name that the lab's "wrong-name" certificate holds for
ENOUGH = 1.2  # seconds that no answer on loopback takes, and less than the deadline
IMPATIENT = 0.3  # seconds that a client waits for a server that will not answer
NOWHERE = "no-such-folder/authorities.pem"
NONE_VERIFIED = (
    "Its context has verify_mode CERT_NONE: no question is asked. create_default_context asks "
    "all three if nobody tells it otherwise."
)


class Judged(Exception):
    """Carries what came of a call past the engine's own look at what was left open."""


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

    def call(self, *args: Any, says: str) -> Outcome:
        """Call the student's function. What it leaves open counts also when it raises.

        But not at the first call: what is wrong there is told first, and leaves things open.
        """
        outcome = Outcome()

        def attempt() -> None:
            try:
                outcome.value = self.function(*args)
            except (OSError, EOFError, ValueError, ReplyError, InsecureError) as error:
                outcome.error = error
            except Exception as error:
                if type(error) is not Exception and not advice(error, ""):
                    raise
                outcome.error = error
            if self.is_first or outcome.value is outcome.error is None:
                raise Judged

        # The engine closes the sockets that it finds neither in arguments nor in the function.
        attempt.outcome = outcome  # type: ignore[attr-defined]
        self.trial.call(attempt, says=says, raises=(Judged,))
        self.is_first = False
        values = outcome.value if isinstance(outcome.value, tuple) else (outcome.value,)
        for value in (*values, *(getattr(value, "sock", None) for value in values)):
            if isinstance(value, socket.socket):
                self.opened.callback(value.close)
        if outcome.value is outcome.error is None:
            self.fail(
                "returned-none",
                f"{self.trial.name} returned None.",
                "Does every way through your function end in `return`, or in an exception that "
                "goes on to the caller?",
            )
        return outcome

    def fail(self, reason: str, sentence: str, look: str = "") -> NoReturn:
        self.trial.fail(reason, sentence, look)

    def encrypted(self, got: Any, name: str) -> ssl.SSLSocket:
        """The socket that came back, which is to be an encrypted one."""
        if isinstance(got, ssl.SSLSocket):
            if got.fileno() < 0:
                self.fail(
                    "closed-socket",
                    f"The socket that {name} returned is closed.",
                    "A `with` closes it at its end. Whoever gets the socket has yet to talk.",
                )
            if got.version() is None:
                self.fail(
                    "no-handshake",
                    f"{name} returned before the handshake was done: nobody has been verified.",
                    "wrap_socket does the handshake by itself, if it is not told otherwise.",
                )
            return got
        if isinstance(got, socket.socket):
            self.fail(
                "not-encrypted",
                f"The socket that {name} returned is a plain one: no TLS is spoken over it.",
                "wrap_socket returns a new socket. Which one do you return?",
            )
        return self.fail(
            "wrong-type",
            f"{name} returned an object of class {type(got).__name__} where the encrypted "
            "socket is wanted.",
            "What wrap_socket gives is what the caller needs.",
        )

    def refused(self, outcome: Outcome, kinds: tuple[type[Exception], ...], where: str) -> None:
        """Demand that an exception of one of these classes came."""
        error, name = outcome.error, self.trial.name
        if isinstance(outcome.value, BaseException):
            self.fail(
                "exception-returned",
                f"{name} returned a {type(outcome.value).__name__} {where}; it was to be raised.",
                "An exception that is returned is a value like any other: the caller goes on.",
            )
        if error is None or isinstance(error, kinds):
            return
        wanted = {"SSLError": "ssl.SSLError"}.get(kinds[0].__name__, kinds[0].__name__)
        self.fail(
            "other-exception",
            f"{name} raised {described(error)} {where}, and {wanted} was promised.",
            advice(error, "Read in the docstring what is raised, and when."),
        )

    def good(self, outcome: Outcome) -> Any:
        """What came of a call in which nothing was wrong with the provider."""
        error, name = outcome.error, self.trial.name
        text = str(error)
        if error is None:
            return outcome.value
        if isinstance(error, ssl.SSLCertVerificationError):
            self.fail(
                "good-refused",
                f"{name} refused a certificate that is good: {error.verify_message}.",
                "cafile says whom to trust, hostname whose certificate is expected. Do both "
                "reach the context and wrap_socket?",
            )
        if "requires server_hostname" in text:
            self.fail(
                "no-server-hostname",
                f"wrap_socket was not told whose certificate is expected: {text}.",
                "The context wants to compare names, and has none to compare with. Which "
                "parameter of your function holds it?",
            )
        return self.fail(
            "exception",
            f"{name} raised {described(error)}, and nothing was wrong with the provider.",
            advice(error, "The steps say what your function was given."),
        )


SLIPS = {
    "_TLS_SERVER context": "That context is a server's. Leave the purpose out.",
    "in client mode": "server_side=True is for servers. Name each argument of wrap_socket.",
    ".pem": "The first parameter of create_default_context is a purpose. Say cafile=cafile.",
    "no attribute 'partition'": "parse_ehlo takes the lines. command returns (code, lines).",
    "all omitted": "create_default_context takes cafile itself, None as well.",
}


def advice(error: Exception, otherwise: str) -> str:
    return next((look for sign, look in SLIPS.items() if sign in described(error)), otherwise)


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


# connect_tls


def check_connect_tls(trial: Trial, connect_tls: Callable[..., Any]) -> None:
    with ExitStack() as opened:
        meeting = Meeting(trial, connect_tls, opened)
        lab = meeting.lab
        home = lab.address(465)

        def connect(
            to: Address = home, name: str = lab.hostname, cafile: str | None = lab.ca_file,
            seconds: float = ENOUGH, shown: str = "lab.ca_file",
        ) -> Outcome:  # fmt: skip
            says = f"connect_tls(address, {name!r}, {shown}, {seconds:g})"
            return meeting.call(to, name, cafile, seconds, says=says)

        trial.step("A provider with a good certificate listens on 465.")
        judge_connection(meeting, meeting.good(connect()))
        trial.step("Somebody in the middle answers, with a certificate of his own making.")
        judge_impersonation(meeting, connect(opened.enter_context(imposture(lab)).address))
        trial.step(f"He shows a good certificate: that of {OTHER}, which is his.")
        tap = opened.enter_context(imposture(lab, "wrong-name"))
        judge_name(meeting, connect(tap.address), tap.address)
        trial.step(f"We mean {OTHER}, and {lab.hostname} answers.")
        judge_name(meeting, connect(name=OTHER), home, OTHER)
        trial.step("The provider's certificate has expired.")
        with lab.misbehave(faults.Certificate("expired")):
            outcome = connect()
        meeting.refused(outcome, (ssl.SSLError,), "at a certificate that has expired")
        if outcome.value is not None:
            meeting.fail("expired-taken", "connect_tls took a certificate that has expired.",
                         look_at(outcome.value))  # fmt: skip
        trial.step("We trust the system's authorities, and the lab's is none of them.")
        judge_authorities(meeting, connect(cafile=None, shown="None"))
        trial.step("The provider is silent in the handshake.")
        with lab.misbehave(faults.SilentHandshake()):
            outcome = connect(seconds=IMPATIENT)
        meeting.refused(outcome, (OSError,), "at a server that was silent")
        trial.step("The file of authorities does not exist.")
        outcome = connect(cafile=NOWHERE, shown=repr(NOWHERE))
        meeting.refused(outcome, (OSError,), "where the file of authorities does not exist")
        if outcome.value is not None:
            meeting.fail("cafile-ignored", "connect_tls trusted somebody although cafile is no "
                         "file.", "Does cafile reach create_default_context?")  # fmt: skip
        lab.stop()
        trial.step("Nobody listens there any more.")
        outcome = connect()
        meeting.refused(outcome, (OSError,), "where nobody listened")


def imposture(lab: Lab, flaw: str = "unknown-authority") -> Any:
    return lab.tap(465, faults.Impersonate(flaw))


def look_at(sock: Any) -> str:
    """What the context of a socket that came back says about it."""
    context = getattr(sock, "context", None)
    if context is not None and context.verify_mode == ssl.CERT_NONE:
        return NONE_VERIFIED
    return "Is the error caught somewhere, and something else done then?"


def judge_connection(meeting: Meeting, got: Any) -> None:
    sock = meeting.encrypted(got, "connect_tls")
    seconds = sock.gettimeout()
    if seconds is None:
        meeting.fail(
            "no-timeout",
            "The socket that connect_tls returned has no timeout: it would wait for ever.",
            "create_connection takes a timeout, and the encrypted socket keeps it.",
        )
    if seconds != ENOUGH:
        meeting.fail(
            "other-timeout",
            f"The caller said {ENOUGH:g} seconds, and the socket waits for {seconds:g}.",
            "timeout is a parameter: does it reach create_connection?",
        )
    # What is read first tells, and not how long it takes.
    sock.sendall(b"NOOP\r\n")
    code, _ = read_reply(LineReader(sock))
    meeting.trial.require(
        code == 220,
        "greeting-taken",
        "The server's greeting is gone: connect_tls has read it.",
        "connect_tls brings a socket and no more. Who calls it reads the greeting.",
    )


def judge_impersonation(meeting: Meeting, outcome: Outcome) -> None:
    name = meeting.trial.name
    meeting.refused(outcome, (ssl.SSLError,), "at a certificate that nobody known has signed")
    if outcome.error is not None:
        return
    got = outcome.value[0] if isinstance(outcome.value, tuple) else outcome.value
    if isinstance(got, socket.socket) and not isinstance(got, ssl.SSLSocket):
        meeting.fail(
            "silent-downgrade",
            f"When TLS failed, {name} went on without it, and said nothing.",
            "An attacker can make TLS fail at any time. Let the exception go on to the caller.",
        )
    meeting.fail(
        "anybody-trusted",
        f"{name} shook hands with somebody in the middle, and would tell him the password.",
        look_at(got),
    )


def judge_name(
    meeting: Meeting, outcome: Outcome, to: Address, meant: str = "mail.lab.test"
) -> None:
    name = meeting.trial.name
    meeting.refused(outcome, (ssl.SSLError,), "at a certificate of another name")
    if outcome.error is not None:
        return
    sock = outcome.value[0] if isinstance(outcome.value, tuple) else outcome.value
    checked = getattr(sock, "server_hostname", None)
    looks = getattr(getattr(sock, "context", None), "check_hostname", False)
    if looks and checked is not None and checked != meant:
        kind = "the address that was dialled" if checked == to[0] else "a name of your own"
        meeting.fail(
            "other-name-checked",
            f"The certificate was compared with {checked!r}, {kind}; hostname was {meant!r}.",
            "The address says where to connect, hostname whom we mean. They need not be alike.",
        )
    meeting.fail(
        "name-not-checked",
        f"{name} took another server's certificate: the name in it was not looked at.",
        "Anybody can have a good certificate for a name that is theirs. What does "
        "check_hostname say in your context?",
    )


def judge_authorities(meeting: Meeting, outcome: Outcome) -> None:
    meeting.refused(outcome, (ssl.SSLError,), "where the lab's authority is not trusted")
    if outcome.error is None:
        meeting.fail(
            "cafile-ignored",
            f"{meeting.trial.name} was given cafile None, and trusted the lab's authority "
            "all the same.",
            "The file with the authorities is a parameter. Is it what the context gets?",
        )


# choose_security

OFFER = {"SIZE": "35882577", "STARTTLS": "", "8BITMIME": ""}
STRIPPED = {"SIZE": "35882577", "8BITMIME": "", "AUTH": "LOGIN PLAIN"}
CHOICES: tuple[tuple[int, dict[str, str] | None, str | None], ...] = (
    (465, None, "tls"),
    (587, OFFER, "starttls"),
    (587, STRIPPED, None),
    (587, {}, None),
    (587, {"X-STARTTLS": "", "SIZE": ""}, None),
    (465, {"SIZE": "1000"}, "tls"),
    (25, {"STARTTLS": ""}, "starttls"),
    (25, STRIPPED, None),
)


def check_choose_security(trial: Trial, choose_security: Callable[..., Any]) -> None:
    caught = (InsecureError, TypeError, AttributeError, LookupError, ValueError, AssertionError)
    for port, extensions, right in CHOICES:
        shown = f"choose_security({port}, {extensions})"
        given = None if extensions is None else dict(extensions)
        got = trial.call(choose_security, port, given, says=shown, raises=caught)
        raised = trial.raised(got, *caught)
        if extensions is None and trial.raised(got, TypeError, AttributeError):
            trial.fail(
                "looks-at-none",
                "On 465 nothing has been said yet: extensions is None, and choose_security "
                "looked into it.",
                "On which port does the answer not depend on any offer? Ask that first.",
            )
        if raised and not trial.raised(got, InsecureError):
            promised = "InsecureError was promised" if right is None else f"{right!r} was wanted"
            trial.fail(
                "other-exception",
                f"choose_security raised {described(got)} for port {port}, and {promised}.",
                "A keyword that may be missing can be asked for with `in`.",
            )
        if right is None:
            judge_stripped(trial, got, raised, port)
        elif raised:
            judge_wrong_refusal(trial, choose_security, port, right)
        else:
            judge_choice(trial, got, right, port)


def judge_stripped(trial: Trial, got: Any, raised: bool, port: int) -> None:
    if raised:
        return
    if isinstance(got, InsecureError):
        trial.fail(
            "exception-returned",
            "choose_security returned the InsecureError; it was to be raised.",
            "An exception that is returned is a value like any other: the caller goes on.",
        )
    if got is InsecureError:
        trial.fail(
            "exception-returned",
            "choose_security returned the class InsecureError; it was to be raised.",
            'raise InsecureError("why") ends the function and tells the caller.',
        )
    if got == "starttls":
        trial.fail(
            "offer-not-read",
            f"Port {port} offered no STARTTLS, and choose_security said 'starttls'.",
            "Is the keyword asked for as a whole, among the keys of extensions? And is the "
            "InsecureError raised? One that is made and not raised does nothing.",
        )
    if got == "tls":
        trial.fail(
            "wrong-port",
            f"On port {port} a session begins in the clear, and choose_security said 'tls'.",
            "On which port is TLS spoken from the first octet?",
        )
    trial.fail(
        "silent-downgrade",
        f"Port {port} offered no STARTTLS, and choose_security returned {got!r}: the caller "
        "goes on, and the password goes out in the clear.",
        "Somebody may have struck out the offer. Raise InsecureError, so that nobody goes on.",
    )


def judge_wrong_refusal(
    trial: Trial, choose_security: Callable[..., Any], port: int, right: str
) -> None:
    if right == "tls":
        trial.fail(
            "tls-refused",
            "choose_security refused port 465, where all is encrypted from the first octet.",
            "No offer is needed on 465.",
        )
    again = trial.call(choose_security, port, {"STARTTLS": "yes"}, raises=(InsecureError,))
    if again == right:
        trial.fail(
            "empty-is-false",
            "STARTTLS was offered, without parameters, and choose_security refused: the empty "
            "str counts as False.",
            'extensions["STARTTLS"] is "". Ask whether the key is there, with `in`.',
        )
    trial.fail(
        "offer-refused",
        f"Port {port} offered STARTTLS, and choose_security refused.",
        "Which condition of yours held there? The steps say what it was given.",
    )


def judge_choice(trial: Trial, got: Any, right: str, port: int) -> None:
    looks = {
        "tls": "On 465 TLS begins with the first octet, whatever is offered.",
        "starttls": f"On {port} a session begins in the clear, and then says STARTTLS.",
    }
    trial.equal(
        got,
        right,
        reason="wrong-choice",
        sentence=f"For port {port} choose_security returned {got!r}, and {right!r} is right.",
        look=looks[right],
    )


# starttls

LIE = b"250-mail.lab.test\r\n250 X-SLIPPED-IN\r\n"


def check_starttls(trial: Trial, starttls: Callable[..., Any]) -> None:
    with ExitStack() as opened:
        meeting = Meeting(trial, starttls, opened)
        lab = meeting.lab

        def start(
            *habits: faults.Habit, way: faults.Fault | None = None, seconds: float = ENOUGH,
            name: str = lab.hostname, cafile: str | None = lab.ca_file, shown: str = "lab.ca_file",
        ) -> tuple[Outcome, socket.socket, LineReader, dict[str, str]]:  # fmt: skip
            address = lab.address(587)
            if habits:
                address = opened.enter_context(lab.tap(587, *habits)).address
            sock = opened.enter_context(socket.create_connection(address, timeout=ENOUGH))
            reader = LineReader(sock)
            read_reply(reader)
            offered = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
            sock.settimeout(seconds)
            with lab.misbehave(way) if way else nullcontext():
                says = f"starttls(sock, reader, {name!r}, {shown})"
                outcome = meeting.call(sock, reader, name, cafile, says=says)
            return outcome, sock, reader, offered

        trial.step("A plain session on 587 has come to EHLO; STARTTLS is offered.")
        outcome, sock, reader, offered = start()
        judge_start(meeting, outcome, sock, reader, offered)
        trial.step("Behind the 220, in the same segment, somebody slips in a reply of his own.")
        judge_injection(meeting, start(faults.Inject(to_client=LIE))[0])
        trial.step("The server refuses STARTTLS.")
        refusal = faults.Reply(454, at="STARTTLS")
        judge_refusal(meeting, start(way=refusal)[0])
        trial.step("Somebody in the middle answers, with a certificate of his own making.")
        judge_impersonation(meeting, start(faults.Impersonate())[0])
        trial.step(f"We mean {OTHER}, and {lab.hostname} answers.")
        judge_name(meeting, start(name=OTHER)[0], lab.address(587), OTHER)
        trial.step("We trust the system's authorities, and the lab's is none of them.")
        judge_authorities(meeting, start(cafile=None, shown="None")[0])
        trial.step("The provider is silent in the handshake.")
        outcome = start(way=faults.SilentHandshake(), seconds=IMPATIENT)[0]
        meeting.refused(outcome, (OSError,), "at a server that was silent")
        trial.step("The server refuses the EHLO that comes within TLS.")
        outcome = start(way=faults.Reply(554, at="EHLO"))[0]
        meeting.refused(outcome, (ReplyError,), "when EHLO was refused")
        trial.require(
            outcome.error is not None,
            "refusal-ignored",
            "The server refused EHLO within TLS with 554, and starttls returned as if nothing "
            "had been said.",
            "command raises ReplyError for a code that was not hoped for. Is it caught?",
        )


def said_by_client(meeting: Meeting) -> list[tuple[bool, str]]:
    """What the client said after the first EHLO: whether within TLS, and the line."""
    session = meeting.lab.transcript.sessions[-1]
    lines = [(line.tls, line.text) for line in session.lines() if line.sender == "C"]
    return lines[1:]


def judge_start(
    meeting: Meeting, outcome: Outcome, old: socket.socket, reader: LineReader,
    offered: dict[str, str],
) -> None:  # fmt: skip
    trial, error = meeting.trial, outcome.error
    if error is not None:
        judge_failed_start(meeting, error, said_by_client(meeting))
    got = outcome.value
    if not isinstance(got, tuple) or len(got) != 3:
        meeting.fail(
            "wrong-type",
            f"starttls returned {kind_of(got)}, and three things are wanted: sock, reader, "
            "extensions.",
            "The caller's socket and reader are of no use any more. It needs the new ones.",
        )
    if got[0] is old:
        meeting.fail(
            "old-socket",
            "The socket that came back is the one that was given: wrap_socket has emptied it.",
            "wrap_socket returns the encrypted socket, a new one.",
        )
    sock = meeting.encrypted(got[0], "starttls")
    own = LineReader(sock)
    _, answer = command(sock, own, "NOOP", 250)
    if len(answer) > 1:
        meeting.fail(
            "reply-left",
            "EHLO was said within TLS, and nobody has read the server's reply to it.",
            "command says a line and reads the reply.",
        )
    said = said_by_client(meeting)
    if not any(tls and text.upper().startswith("EHLO ") for tls, text in said):
        in_clear = sum(text.upper().startswith("EHLO ") for tls, text in said if not tls)
        meeting.fail(
            "ehlo-in-the-clear" if in_clear else "no-second-ehlo",
            "EHLO was said again before TLS had begun."
            if in_clear
            else "After the handshake EHLO was not said again.",
            "What was offered in the clear counts for nothing: anybody could have changed it.",
        )
    if not hasattr(got[1], "read_line"):
        meeting.fail(
            "no-reader",
            f"The second thing that came back is {kind_of(got[1])} and no reader.",
            "The order is sock, reader, extensions.",
        )
    if getattr(got[1], "sock", sock) is not sock:
        meeting.fail(
            "old-reader",
            "The reader that came back reads from the plain socket, which is of no use any more.",
            "A reader belongs to one socket. The new socket wants a new reader.",
        )
    right = parse_ehlo(command(sock, own, "EHLO client.lab.test", 250)[1])
    if got[2] == offered != right:
        meeting.fail(
            "extensions-of-before",
            "The extensions that came back are those of the EHLO in the clear.",
            "Within TLS the server offers AUTH, and no STARTTLS. Take what the second EHLO brings.",
        )
    trial.equal(
        got[2],
        right,
        reason="wrong-extensions",
        sentence="The extensions that came back are not what EHLO within TLS has brought.",
        look="command returns (code, lines), and parse_ehlo takes the lines.",
    )
    if sock.gettimeout() != ENOUGH:
        meeting.fail("timeout-lost", "The socket that was given had a timeout, and the one that "
                     "came back has another.", "wrap_socket keeps the timeout.")  # fmt: skip


def judge_failed_start(meeting: Meeting, error: Exception, said: list[tuple[bool, str]]) -> None:
    """A start that failed although nothing was wrong with the provider."""
    way = where_from(error)
    commands = [text.upper() for _, text in said]
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        if "read_line" in way or "read_reply" in way:
            meeting.fail(
                "old-reader",
                "A reply was to be read from the plain socket, which wrap_socket has emptied.",
                "A reader belongs to one socket. Which one does yours read from?",
            )
        meeting.fail(
            "old-socket",
            "Something was sent on the old socket: wrap_socket has emptied it.",
            "wrap_socket returns the encrypted socket. From there on, use that one.",
        )
    if isinstance(error, TimeoutError) and "read_line" in way:
        meeting.fail(
            "waits-for-a-line",
            "starttls waited for a line that does not come.",
            "After its 220 the server waits for the handshake, and after that for EHLO. There is "
            "no second greeting.",
        )
    in_handshake = isinstance(error, ssl.SSLError | TimeoutError)
    if in_handshake and "STARTTLS" not in commands:
        meeting.fail(
            "not-asked",
            "The handshake began, and STARTTLS had not been said: the server still spoke in the "
            "clear.",
            "Say STARTTLS, read the 220, then wrap the socket.",
        )
    if in_handshake and not isinstance(error, ssl.SSLCertVerificationError | TimeoutError):
        meeting.fail(
            "reply-not-read",
            "The handshake met the server's reply to STARTTLS, which nobody had read.",
            "Read the 220 first. command sends a line and reads the reply.",
        )
    if getattr(error, "code", None) == 220:
        meeting.fail(
            "go-refused",
            "The server said 220, which means go, and starttls hoped for another code.",
            "Which code answers STARTTLS? RFC 3207, section 4, has it.",
        )
    if isinstance(error, InsecureError):
        meeting.fail(
            "insecure-for-nothing",
            f"starttls raised {described(error)}, and nothing had been slipped in.",
            "Octets that wait in the reader's buffer after the 220 are the sign. There were none.",
        )
    meeting.good(Outcome(error=error))


def judge_injection(meeting: Meeting, outcome: Outcome) -> None:
    where = "when a reply was slipped in"
    if isinstance(outcome.error, ReplyError | ssl.SSLCertVerificationError):
        meeting.refused(outcome, (InsecureError,), where)
    if isinstance(outcome.error, InsecureError):
        return
    if isinstance(outcome.error, OSError | EOFError):
        meeting.fail("injection-missed", f"starttls raised {described(outcome.error)} {where}, "
                     "and InsecureError was promised.",
                     "Look into reader.buffer when the 220 has been read.")  # fmt: skip
    meeting.refused(outcome, (InsecureError,), where)
    extensions = outcome.value[2] if isinstance(outcome.value, tuple) else None
    if isinstance(extensions, dict) and "X-SLIPPED-IN" in extensions:
        meeting.fail(
            "injection-believed",
            "starttls took the reply that was slipped in, in the clear, for the answer to the "
            "EHLO within TLS.",
            "What the reader has read too much waits in reader.buffer, and outlives the handshake.",
        )
    meeting.fail(
        "injection-passed-over",
        "A reply was slipped in, and starttls dropped it without a word; InsecureError was "
        "promised.",
        "To drop it is safe. But somebody sits on the way, and the caller should know: look "
        "into reader.buffer before TLS begins.",
    )


def judge_refusal(meeting: Meeting, outcome: Outcome) -> None:
    error = outcome.error
    if outcome.value is not None:
        meeting.fail(
            "refusal-ignored",
            "The server answered STARTTLS with 454, and starttls returned as if all was well.",
            "The caller goes on, and in the clear. Let the ReplyError go on to it.",
        )
    if isinstance(error, ssl.SSLError | TimeoutError):
        meeting.fail(
            "refusal-ignored",
            "The server answered STARTTLS with 454, and starttls went on to the handshake.",
            "Which code do you hope for? command raises ReplyError when another one comes.",
        )
    meeting.refused(outcome, (ReplyError,), "when STARTTLS was refused")
    code = getattr(error, "code", None)
    meeting.trial.require(
        code == 454,
        "other-code",
        f"The server said 454, and the ReplyError that came has {code!r} for its code.",
        "ReplyError wants (code, lines), as they came.",
    )


def kind_of(value: Any) -> str:
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return f"an object of class {type(value).__name__}"


LESSON = Lesson(
    number="04",
    slug="tls",
    title="A connection that nobody else reads, to the server that we mean",
    exercises=(
        Exercise(
            name="connect_tls",
            check=check_connect_tls,
            hints=(
                "Three things in this order: a context, a connection, a handshake. The context "
                "first, because it can fail when nothing is open yet.",
                "create_default_context takes cafile, None as well. create_connection takes the "
                "address and a timeout. wrap_socket takes the socket, and server_hostname: the "
                "name that the certificate must hold.",
                "Let wrap_socket's exceptions go on to the caller, but close the socket first: "
                "`try:` around the wrap_socket, `except BaseException:` with close and a bare "
                "`raise`.",
            ),
            forbids=("smtplib", "asyncio", "imaplib", "poplib", "http", "urllib"),
        ),
        Exercise(
            name="choose_security",
            check=check_choose_security,
            hints=(
                "There are three outcomes: two words and one exception. Which port needs no "
                "look at extensions at all?",
                'parse_ehlo gave a dict. A keyword without parameters has the value "", which '
                "counts as False; `in` asks for the key.",
                "First the port that speaks TLS at once. Then: is the keyword missing? raise. "
                "What is left is the second word.",
            ),
        ),
        Exercise(
            name="starttls",
            check=check_starttls,
            hints=(
                "The order is all: say STARTTLS and read its reply; look whether more than that "
                "has come; the handshake; a new reader; EHLO.",
                "command says STARTTLS and hopes for 220. Octets that came too early are in "
                "reader.buffer. wrap_socket returns the new socket, and LineReader(sock) gives "
                "it a reader of its own.",
                "The context and the handshake are as in connect_tls. Put the new reader and "
                "the EHLO into a `try:`, close the new socket when anything goes wrong, and "
                "raise again. parse_ehlo takes the lines that command returned.",
            ),
            forbids=("smtplib", "asyncio"),
        ),
    ),
    questions=(
        Question(
            "Which of these stands readable in what the listener wrote down?",
            (
                "The server's name, mail.lab.test",
                "The recipient, lin@lab.test",
                "Neither",
            ),
            "The server's name, mail.lab.test",
            "The client says in its first segment whom it wants to speak to, because one "
            "address may serve many names (RFC 6066, section 3). That is before any key is agreed.",
        ),
        Question(
            "The careless client meets the impersonator. What does its user notice?",
            (
                "An error in the handshake",
                "A mail that never arrives",
                "Nothing: the mail arrives",
            ),
            "Nothing: the mail arrives",
            "Both connections are good TLS. The client was told not to ask with whom.",
        ),
        Question(
            "The offer of STARTTLS is struck out. What does this client do?",
            (
                "It stops with an error",
                "It sends the password in the clear",
                "It says STARTTLS all the same",
            ),
            "It sends the password in the clear",
            "To this client a provider without STARTTLS and one whose offer was struck out look "
            "the same.",
        ),
        Question(
            "Two replies come in one segment, before TLS. Which one answers the EHLO that we say "
            "within TLS?",
            (
                "The server's, which came within TLS",
                "The one slipped in, which came in the clear",
                "Neither: the handshake fails",
            ),
            "The one slipped in, which came in the clear",
            "One recv brought both, and the second waited in the reader's buffer. The handshake "
            "goes on below, in the socket, and never looks there.",
        ),
        Question(
            "We connect to 465 and wait for the greeting, without TLS. What comes?",
            (
                "A greeting in noise",
                "An error at once",
                "Nothing: both sides wait",
            ),
            "Nothing: both sides wait",
            "The server greets within TLS, and TLS begins with the client's first words.",
        ),
        Question(
            "And TLS to 587, a plain port?",
            (
                "Both sides wait",
                "An error at once",
                "TLS begins",
            ),
            "An error at once",
            "There the server speaks first, in the clear: what comes is no TLS, and that shows.",
        ),
    ),
)
