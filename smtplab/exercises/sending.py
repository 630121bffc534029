"""Whether a send_mail sends, and what is said of one that does not: the last check of lesson 08.

Theory of operation. An `Office` has a lab, and lets the student's function send one mail after
the other to it, each in a situation of its own. What came of a call is a `Sent`: a value or an
exception, what arrived, and what the lab heard. A good session that failed is explained by what
was said in it (`astray`), because the exception alone tells a beginner little.
"""

import base64
import errno
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn
from unittest import mock

from ..catalogue import counted, plural, say
from ..lab import Lab, Message, Session, faults
from ..solutions.dialogue import ReplyError
from ..solutions.tls import InsecureError
from .arrival import difference
from .cases import Finding, brief, case, place, raised, told
from .diagnoses.tls import OTHER, where_from
from .dialogue import Desk
from .judge import Trial
from .judge.trial import Over
from .judge.words import described
from .scenarios import LETTER, SECURITY, Mail

__all__ = ["alone", "check_send_mail"]

GREETING = b"220 mail.lab.test ESMTP ready\r\n"
YOU, LIN, SAM, NOBODY = "you@lab.test", "lin@lab.test", "sam@lab.test", "nobody@lab.test"
FOREIGN = "林@lab.test"
ENOUGH = 2.5  # seconds that no answer on loopback takes, and less than the deadline
IMPATIENT = 0.3  # seconds that a client waits for a server that will not answer
SETTLING = 1.0  # seconds in which the lab may read the client's last line
HELLO = Mail(subject="Hello", text="Hello Lin,\n.\n..this line has two dots\n你好\n")
REPORTED = (OSError, EOFError, ValueError, ReplyError, InsecureError)
LET_GO = say("Let the exception go on: whoever called has to know that nothing was sent.")
DOCSTRING = say("Read in the docstring what is raised, and when.")
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
    "= build_message(": say(
        "Compare the order of the arguments with build_message's own: sender, recipients, subject, "
        "text, html, inline, attachments."
    ),
}
NOT_STUFFED = (
    "not-stuffed",
    say(
        "The mail arrived, but lines of its text that begin with a dot are not as they were: a "
        "lone one ended it."
    ),
    say("deliver doubles those dots. Whoever sends the message otherwise must do it too."),
)
NO_USER = (
    "login-without-user",
    say("log_in was called, and there is no user: user is None."),
    say("Who logs in has a name. Ask for it: if user is not None."),
)
NO_PASSWORD = (
    "no-password",
    say("There was a user and no password, and send_mail went on to the login all the same."),
    say("No login can come of that. Raise ValueError before a word is said."),
)
LETTERS = say("A str can be gone through too. isinstance(recipients, str) tells: raise ValueError.")
DOWNGRADE = (
    "silent-downgrade",
    say("The server offered no STARTTLS, and send_mail went on in the clear."),
    say("Somebody may have struck out the offer. The caller said 'starttls': raise InsecureError."),
)


def alone(clause: str) -> str:
    """A clause as a sentence of its own."""
    # Translators: {clause} is one, such as "The server refuses DATA"; this ends it.
    return say("{clause}.", clause=clause)


@dataclass
class Sent:
    """What one call of send_mail led to."""

    mail: Mail
    arguments: dict[str, Any]
    lab: Lab
    sessions: int  # that the lab had before
    value: Any = None
    error: Exception | None = None
    arrived: tuple[Message, ...] = ()
    session: Session | None = None  # the last one, where somebody connected
    said: list[tuple[bool, str]] = field(default_factory=list)  # by the client: within TLS, line
    struck: bool = False  # whether somebody on the way struck out the offer of STARTTLS

    @property
    def security(self) -> str:
        return str(self.arguments["security"])

    def has_said(self, word: str, *, tls: bool | None = None) -> bool:
        return any(
            line.upper().startswith(word) and tls in (None, encrypted)
            for encrypted, line in self.said
        )


class Office:
    """One check's providers, and the mails that a student's send_mail sends to them."""

    def __init__(self, trial: Trial, send_mail: Callable[..., Any]) -> None:
        self.trial = trial
        self.function = send_mail
        self.lab = trial.lab()
        self.last: Sent
        self.default_timeout: float | None = None  # as the last call left it

    def send(
        self, way: int, *, mail: Mail = HELLO, lab: Lab | None = None, login: bool | None = None,
        expects_error: bool = False, struck: bool = False, **changes: Any,
    ) -> Sent:  # fmt: skip
        """Call it once, as somebody would who sends this mail over port 25, 465 or 587."""
        lab = lab or self.lab
        host, port = lab.address(way)
        arguments: dict[str, Any] = {
            "host": host, "port": port, "security": SECURITY[way], "cafile": lab.ca_file,
            "hostname": lab.hostname, "timeout": ENOUGH,
        }  # fmt: skip
        if login if login is not None else way != 25:
            arguments |= {"user": YOU, "password": lab.account.authorization_code}
        arguments |= changes
        if arguments["hostname"] is None:
            del arguments["hostname"]
        mails, sessions = len(lab.mailbox), len(lab.transcript)
        self.last = sent = Sent(mail, arguments, lab, sessions, struck=struck)

        given = {**arguments, **mail.arguments, **changes}
        with self.mended(sent, expects_error=expects_error):
            got = self.trial.call(
                self.called,
                says=call_of(arguments, mail, changes),
                raises=REPORTED,
                may_leave_open=True,
                **{name: value for name, value in given.items() if name != "hostname" or value},
            )
            if self.trial.raised(got, *REPORTED):
                sent.error = got
            else:
                sent.value = got
            # A cause is told first: what it left open, it left open because it failed.
            if sent.error is None or expects_error:
                self.trial.nothing_left_open()
        sent.arrived = tuple(lab.mailbox)[mails:]
        if len(lab.transcript) > sessions:
            sent.session = lab.transcript[-1]
            until = time.monotonic() + SETTLING
            while sent.session.ended is None and time.monotonic() < until:
                time.sleep(0.002)
            lines = sent.session.lines()
            sent.said = [(line.tls, line.text) for line in lines if line.sender == "C"]
        self.judge_secrets(sent, lab)
        if self.default_timeout is not None:
            self.fail(
                "default-timeout",
                say("send_mail changed the timeout of every socket that this program will make."),
                say("create_connection and connect_tls take a timeout, for this one alone."),
            )
        return sent

    def called(self, *args: Any, **arguments: Any) -> Any:
        """Call it, and look at what it leaves behind for all sockets: in its own thread."""
        try:
            return self.function(*args, **arguments)
        finally:
            self.default_timeout = socket.getdefaulttimeout()

    @contextmanager
    def mended(self, sent: Sent, *, expects_error: bool = True) -> Iterator[None]:
        """Say better what the engine says of a call that raises, waits, or leaves a socket open."""
        try:
            yield
        except Over as over:
            verdict = over.verdict
            for words, look in SLIPS.items():
                if verdict.reason == "exception" and words in told(verdict):
                    raise Over(replace(verdict, look=look)) from None
            if verdict.reason == "exception":
                user = sent.arguments.get("user")
                if "NoneType" in verdict.raised and re.search(r"log_in\(|auth_", verdict.code):
                    self.fail(*(NO_USER if user is None else NO_PASSWORD))
                if isinstance(sent.arguments.get("recipients"), str):
                    raise Over(replace(verdict, look=LETTERS)) from None
                if expects_error and verdict.code.startswith("raise "):
                    look = say(
                        "Read in the docstring what is raised, and when. What is caught goes on "
                        "with `raise` alone."
                    )
                    raise Over(replace(verdict, look=look)) from None
            if raised(verdict) == "AssertionError":
                self.fail(
                    "assert",
                    # Translators: {place} is "line 12".
                    say(
                        "An assert refuses it at {place}: `{code}`.",
                        place=place(verdict),
                        code=verdict.code,
                    ),
                    say(
                        "python -O leaves asserts out, and nothing is refused then. Raise the "
                        "exception that the docstring names."
                    ),
                )
            if verdict.reason == "left-open" and sent.security == "starttls":
                raise Over(replace(verdict, look=NEW_SOCKET)) from None
            if verdict.reason.startswith("waits-in-") and verdict.reason != "waits-in-sleep":
                seconds = sent.arguments["timeout"]
                if not expects_error:  # the server is well: it waits for what nobody says
                    self.fail(*self.waits(sent))
                self.fail(
                    "timeout-ignored",
                    # Translators: {place} is "line 12".
                    say(
                        "send_mail was to wait {seconds:g} seconds at most, and {place} waits on: "
                        "`{code}`.",
                        seconds=seconds,
                        place=place(verdict),
                        code=verdict.code,
                    ),
                    say(
                        "timeout goes to whatever opens the connection. connect_tls takes it as "
                        "its last argument; a socket keeps it also when TLS begins on it."
                    ),
                )
            raise

    def waits(self, sent: Sent) -> Finding:
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
                "say_hello reads the greeting and says EHLO: once. After STARTTLS there is no "
                "second greeting. What is the last line of the transcript?"
            ),
        )

    def fail(self, reason: str, sentence: str, look: str = "") -> NoReturn:
        self.trial.fail(reason, sentence, look)

    # What must never be

    def judge_secrets(self, sent: Sent, lab: Lab) -> None:
        password = lab.account.authorization_code
        both = base64.b64encode(f"\0{YOU}\0{password}".encode()).decode()
        shown = self.trial.output
        if password in shown or both in shown:
            self.fail(
                "password-printed",
                say("send_mail printed the password."),
                say("What is printed ends up in a log, or on a projector. Print nothing here."),
            )
        if sent.error is not None and password in str(sent.error):
            self.fail(
                "password-told",
                say("The error that send_mail raised has the password in its text."),
                say("Errors end up in logs. Say which user it was, and no more."),
            )
        if sent.has_said("AUTH", tls=False):
            if sent.security == "none":
                self.fail(
                    "password-in-the-clear",
                    say("The password went over in the clear: security was 'none'."),
                    say(
                        "Whoever asks for that does not know what it means. Raise InsecureError "
                        "before anything is said."
                    ),
                )
            if sent.struck:
                self.fail(*DOWNGRADE)
            self.fail(
                "auth-before-tls",
                say("AUTH was said in the clear, before TLS had begun."),
                say("First STARTTLS, then the login, with the extensions that came within TLS."),
            )

    # What a good client does

    def delivered(self, sent: Sent, refused: dict[str, int] | None = None) -> None:
        """The mail arrived, once and exactly, and the refused ones are reported."""
        if sent.error is not None:
            self.astray(sent)
        if sent.session is None and not sent.arrived:
            self.fail(
                "not-sent",
                say(
                    "send_mail returned {value!r:.60}, and nobody has connected to the provider "
                    "(security was {security!r}).",
                    value=sent.value,
                    security=sent.security,
                ),
                say("What is returned must come from what the server said."),
            )
        if not sent.arrived:
            self.fail(
                "nothing-arrived",
                say("send_mail returned {value!r:.60}, and no mail has arrived.", value=sent.value),
                say(
                    "Is the message delivered, on every way through the function? The transcript "
                    "shows how far it came."
                ),
            )
        if len(sent.arrived) > 1:
            self.fail(
                "several-mails",
                counted(
                    len(sent.arrived),
                    plural("The mail arrived {count} time.", "The mail arrived {count} times."),
                ),
                say("deliver takes all recipients at once: one MAIL, a RCPT for each, one DATA."),
            )
        self.judge_mail(sent, refused or {})
        self.judge_end(sent)
        self.judge_report(sent, refused or {})

    def judge_mail(self, sent: Sent, refused: dict[str, int]) -> None:
        mail, message = sent.mail, sent.arrived[0]
        people = list(dict.fromkeys(r for r in mail.recipients if r not in refused))
        if sorted(message.recipients) != sorted(people) and set(message.recipients) == set(people):
            self.fail(
                "recipient-twice",
                say(
                    "The mail went to {recipients}: one of them twice.",
                    recipients=", ".join(message.recipients),
                ),
                say(
                    "The caller named an address twice. dict.fromkeys(recipients) keeps each once, "
                    "in order."
                ),
            )
        if b"Subject:" not in message.raw:
            self.fail(
                "message-not-built",
                say("The mail arrived without a header: no Subject is in it."),
                say("deliver takes what build_message makes, and that is bytes."),
            )
        names = [part.filename for part in message.parts]
        for lost, parameter, sentence in (
            (mail.html is not None and message.html is None, "html",
             say("The mail arrived without its HTML.")),
            (any(name not in names for name, _ in mail.attachments), "attachments",
             say("The mail arrived without an attachment.")),
            (any(name not in names for name, _ in mail.inline), "inline",
             say("The mail arrived without its picture.")),
        ):  # fmt: skip
            if lost:
                self.fail(
                    f"{parameter}-lost",
                    sentence,
                    say(
                        "Does {parameter} reach build_message, in its place among the arguments?",
                        parameter=parameter,
                    ),
                )
        unique = replace(mail, recipients=tuple(dict.fromkeys(mail.recipients)))
        options = next((line for _, line in sent.said if line.upper().startswith("MAIL")), "")
        wrong = difference(unique, message, people, options.upper().rpartition(">")[2])
        # Whom the caller named twice, To may name twice.
        if not wrong or not difference(mail, message, people, options.upper().rpartition(">")[2]):
            return
        envelope = message.sender != mail.sender or sorted(message.recipients) != sorted(people)
        dots = any(line.startswith(".") for line in mail.text.split("\n"))
        if not envelope and dots and (message.text or "").split() != mail.text.split():
            self.fail(*NOT_STUFFED)
        self.fail(
            "wrong-message",
            # Translators: {difference} is the end of the sentence: "its subject is 'Hello'".
            say("The mail arrived, but {difference}.", difference=wrong),
            say("deliver takes the sender and the recipients as the caller named them.")
            if envelope
            else SLIPS["= build_message("],
        )

    def judge_end(self, sent: Sent) -> None:
        if not sent.has_said("QUIT"):
            self.fail(
                "no-quit",
                say("The mail arrived, and send_mail went away without QUIT."),
                say(
                    "To the server a connection that ends in silence is one that broke (RFC 5321, "
                    "section 4.1.1.10)."
                ),
            )

    def quit_matters(self, sent: Sent) -> NoReturn:
        assert sent.error is not None
        self.fail(
            "quit-matters",
            say(
                "The mail was taken, and send_mail raised {error} because the server did not say "
                "goodbye.",
                error=described(sent.error),
            ),
            say(
                "After the 250 to the message the mail is sent. Whoever hears of an error sends it "
                "again. What goes wrong with QUIT is no matter: ReplyError, EOFError, OSError, and "
                "the ValueError of a reply that is none."
            ),
        )

    def judge_report(self, sent: Sent, refused: dict[str, int]) -> None:
        value = sent.value
        if not isinstance(value, Mapping):
            self.trial.equal(value, {}, reason="wrong-type", sentence="")
        if set(value) != set(refused):
            if not value:
                self.fail(
                    "refusal-lost",
                    say(
                        "{refused} was refused, and send_mail returned an empty dict.",
                        refused=", ".join(refused),
                    ),
                    say("deliver returns those who were refused."),
                )
            self.fail(
                "wrong-report",
                say(
                    "send_mail reported {reported} as refused; refused was {refused}.",
                    reported=list(value),
                    refused=", ".join(refused),
                )
                if refused
                else say(
                    "send_mail reported {reported} as refused; refused was nobody.",
                    reported=list(value),
                ),
                say("deliver returns those who were refused, and nobody else."),
            )
        for address, code in refused.items():
            self.judge_pair(value[address], address, code)

    def judge_pair(self, pair: Any, address: str, code: int) -> None:
        if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[1], list):
            self.fail(
                "lines-not-text",
                say(
                    "For {address} send_mail reported {pair!r:.70}, and (code, text) is promised: "
                    "its text is a list.",
                    address=address,
                    pair=pair,
                ),
                say('deliver gives lines. " ".join(lines) makes one text of them.'),
            )
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[1], str):
            self.fail(
                "not-a-pair",
                say(
                    "For {address} send_mail reported {pair!r:.70}, and (code, text) is promised.",
                    address=address,
                    pair=pair,
                ),
                say("Code and text, as smtplib gives them: whoever reads it wants to know why."),
            )
        if pair[0] != code or not pair[1].startswith("5.1.1"):
            self.fail(
                "wrong-pair",
                say(
                    "For {address} send_mail reported {pair!r:.70}, and (code, text) is promised: "
                    "the server said {code} 5.1.1.",
                    address=address,
                    pair=pair,
                    code=code,
                ),
                say("The reply's code is an int, and its text is what stands behind the code."),
            )

    def refusal(
        self, sent: Sent, kinds: tuple[type[Exception], ...], what: str, code: int | None = None,
        look: str = "",
    ) -> None:  # fmt: skip
        """An exception of one of these classes came, and nothing arrived."""
        error = sent.error
        self.judge_once(sent, what)
        if error is None:
            self.fail(
                "error-swallowed",
                say(
                    "{situation}, and send_mail returned {value!r:.60}, and the mail arrived.",
                    situation=what,
                    value=sent.value,
                )
                if sent.arrived
                # Translators: {situation} is a clause: "The server refuses the sender with 550".
                else say(
                    "{situation}, and send_mail returned {value!r:.60}.",
                    situation=what,
                    value=sent.value,
                ),
                # Translators: {advice} is a sentence or two.
                say("To its caller that means: sent. {advice}", advice=look or LET_GO),
            )
        if isinstance(error, ValueError) and "unpack" in str(error):
            self.again()
        if not isinstance(error, kinds):
            if code == 421 and isinstance(error, EOFError | OSError):
                self.fail(
                    "went-on-after-421",
                    say(
                        "{situation}, and send_mail went on. Then it raised {error}.",
                        situation=what,
                        error=described(error),
                    ),
                    say(
                        "After 421 the server has hung up. Is its ReplyError caught somewhere? Let "
                        "it go on to the caller."
                    ),
                )
            wanted = kinds[0].__name__.replace("SSLError", "ssl.SSLError")
            if isinstance(error.__context__, kinds):
                look = say(
                    "{wanted} was on its way. What an except: or a finally: raises takes its "
                    "place: let it go on, and close without a word.",
                    wanted=wanted,
                )
            elif isinstance(error, TimeoutError) and ssl.SSLError in kinds:
                look = say(
                    "Is the ssl.SSLError caught, and a connection without TLS tried in its place? "
                    "Then a liar in the middle gets the mail. Let it go on."
                )
            self.fail(
                "other-exception",
                say(
                    "{situation}. {wanted} was promised, and send_mail raised {error}.",
                    situation=what,
                    wanted=wanted,
                    error=described(error),
                ),
                look or DOCSTRING,
            )
        if code is not None and getattr(error, "code", None) != code:
            self.fail(
                "other-code",
                say(
                    "{situation}, and the ReplyError that came says {error}.",
                    situation=what,
                    error=described(error),
                ),
                say("The code of the ReplyError is the server's: {code}.", code=code),
            )

    def judge_once(self, sent: Sent, what: str) -> None:
        """One call is one try."""
        times = len(sent.lab.transcript) - sent.sessions
        asked = [line for _, line in sent.said if line.upper().startswith("RCPT")]
        if times > 1 or len(asked) > len(set(asked)):
            again = plural(
                "{situation}, and send_mail connected {count} time.",
                "{situation}, and send_mail connected {count} times.",
            )
            self.fail(
                "tries-again",
                counted(times, again, situation=what)
                if times > 1
                else say(
                    "{situation}, and send_mail named the recipient once more.", situation=what
                ),
                say(
                    "One call is one try. Whether there is another, and when, is for the caller to "
                    "say: lesson 09."
                ),
            )

    # Why a good session failed

    def astray(self, sent: Sent) -> NoReturn:
        """A mail that was not sent although nothing was wrong with the provider."""
        error = sent.error
        assert error is not None
        for finding in (self.astray_in_tls(sent), self.astray_in_dialogue(sent)):
            if finding:
                self.fail(*finding)
        self.again()

    def again(self) -> NoReturn:
        """Let the engine say where the exception came from."""
        with self.mended(self.last):
            self.trial.unexpected()
        raise AssertionError

    def astray_in_tls(self, sent: Sent) -> Finding | None:
        error, text, port = sent.error, str(sent.error), sent.arguments["port"]
        assert error is not None
        on_wire = sent.security != "none"
        if isinstance(error, ValueError) and "build_message" in where_from(error):
            return (
                "mail-not-built",
                say(
                    "build_message did not like what it was given: {error}.", error=described(error)
                ),
                SLIPS["= build_message("],
            )
        if isinstance(error, FileNotFoundError) and sent.security != "none":
            return (
                "no-such-file",
                say(
                    "Something was taken for the file of authorities that is none: {error}.",
                    error=described(error),
                ),
                say(
                    "connect_tls takes (address, hostname, cafile, timeout), and address is the "
                    "pair (host, port). starttls takes (sock, reader, hostname, cafile)."
                ),
            )
        if isinstance(error, InsecureError):
            return (
                "insecure-for-nothing",
                say(
                    "send_mail raised {error}, and here nothing was insecure.",
                    error=described(error),
                ),
                say(
                    "security is {security!r}: the caller has chosen already. The port's number "
                    "says nothing: the lab's is {port}.",
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
                say(
                    "send_mail refused a certificate that is good: {why}.",
                    why=error.verify_message,
                ),
                say("Do hostname and cafile reach connect_tls and starttls, each in its place?"),
            )
        if isinstance(error, ssl.SSLError) and sent.security == "starttls":
            return (
                "tls-too-early",
                say("TLS was spoken from the first octet, and security was 'starttls'."),
                say("There the session begins in the clear: greeting, EHLO, then starttls."),
            )
        if isinstance(error, TimeoutError):
            return self.waits(sent)
        if isinstance(error, OSError) and error.errno == errno.EBADF and on_wire:
            reads = where_from(error) & {"read_line", "read_reply"}
            return (
                "old-reader" if reads else "old-socket",
                say(
                    "After STARTTLS a reply was to be read from the plain socket, which is of no "
                    "use any more."
                )
                if reads
                else say(
                    "After STARTTLS something was said on the plain socket, which is of no use any "
                    "more."
                ),
                say(
                    "starttls returns three things: sock, reader, extensions. From there on, use "
                    "them."
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

    def astray_in_dialogue(self, sent: Sent) -> Finding | None:
        error = sent.error
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
                say(
                    "Before TLS the server offers none. starttls brings the extensions that count."
                ),
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


def call_of(arguments: dict[str, Any], mail: Mail, changes: dict[str, Any]) -> str:
    """How the call reads in a step: what matters of it."""
    shown = [repr(arguments["host"]), repr(arguments["port"])]
    shown.append(f"security={arguments['security']!r}")
    shown += [f"user={arguments['user']!r}"] if arguments.get("user") else []
    shown += [
        f"{name}={arguments[name]!r}" if name in arguments else say("(no {name})", name=name)
        for name in ("cafile", "hostname")
        if name in changes
    ]
    recipients = changes.get("recipients", list(mail.recipients))
    shown.append(f"recipients={recipients!r}, ...")
    return f"send_mail({', '.join(shown)})"


def check_send_mail(trial: Trial, send_mail: Any) -> None:
    office = Office(trial, send_mail)
    good_sessions(trial, office)
    secrets(trial, office)
    certificates(trial, office)
    refusals(trial, office)
    what_cannot_be_sent(trial, office)
    silence(trial, office)
    small_server(trial, office)
    no_password(trial, office)


def good_sessions(trial: Trial, office: Office) -> None:
    for what, port, mail in (
        (say("Port 25, in the clear, no login. A text with dots and Chinese."), 25, HELLO),
        (say("TLS from the first octet, with a login. Text alone."), 465, HELLO),
        (say("STARTTLS, with a login. Text alone."), 587, HELLO),
        (say("HTML, a picture, two attachments, two recipients, one of them named twice."), 587,
         replace(LETTER, recipients=(LIN, SAM, LIN))),
        (say("A Chinese address, and a server that offers SMTPUTF8."), 587,
         replace(HELLO, recipients=(FOREIGN,))),
        (say("The second recipient's address is Chinese."), 587,
         replace(HELLO, recipients=(LIN, FOREIGN))),
        (say("The sender's address is Chinese."), 25, replace(HELLO, sender=FOREIGN)),
    ):  # fmt: skip
        with case(trial, what):
            sent = office.send(port, mail=mail)
            foreign = FOREIGN in (mail.sender, *mail.recipients)
            told = isinstance(sent.value, Mapping) and FOREIGN in sent.value
            if foreign and (told or isinstance(sent.error, ReplyError | ValueError)):
                why = described(sent.error) if sent.error else brief(sent.value[FOREIGN])
                office.fail(
                    "utf8-not-asked",
                    say("{address} was not taken: {why}.", address=FOREIGN, why=why),
                    say(
                        "The server offers SMTPUTF8. deliver_utf8 asks for it, when the sender or "
                        "any recipient is not ASCII; deliver is for ASCII."
                    ),
                )
            office.delivered(sent)
    with case(trial, say("All addresses are ASCII, and the server does not offer SMTPUTF8.")):
        with office.lab.misbehave(faults.Without("SMTPUTF8")):
            sent = office.send(587, mail=replace(HELLO, subject="你好"))
        if isinstance(sent.error, ReplyError | ValueError):
            office.fail(
                "utf8-for-ascii",
                say(
                    "Every address was ASCII, and send_mail raised {error}.",
                    error=described(sent.error),
                ),
                say("SMTPUTF8 is for addresses that need it: those in which isascii() is False."),
            )
        office.delivered(sent)
    with case(trial, say("hostname is left out, and the certificate holds for the host.")):
        office.delivered(office.send(465, hostname=None))
    with case(trial, say("One of three recipients does not exist.")):
        mail = replace(HELLO, recipients=(LIN, NOBODY, SAM))
        sent = office.send(587, mail=mail, expects_error=True)
        if isinstance(sent.error, ReplyError):
            office.fail(
                "one-refusal-raised",
                say(
                    "One recipient of three was refused, and send_mail raised {error}.",
                    error=described(sent.error),
                ),
                say("The two others get the mail. deliver returns the one who does not."),
            )
        if sent.error is not None:
            office.again()
        office.delivered(sent, {NOBODY: 550})


def secrets(trial: Trial, office: Office) -> None:
    old = trial.lab("legacy")
    with case(trial, say("The server offers a login, and there is no user.")):
        office.delivered(office.send(25, lab=old))
    with case(trial, say("The offer of STARTTLS is struck out on the way. This old server would "
                         "take a login without TLS.")):  # fmt: skip
        with old.tap(587, faults.StripStarttls()) as tap:
            host, port = tap.address
            sent = office.send(587, lab=old, expects_error=True, struck=True, host=host, port=port)
        if sent.has_said("MAIL", tls=False):
            office.fail(*DOWNGRADE)
        office.refusal(sent, (InsecureError,), say("STARTTLS was not offered"))
    with case(trial, say("The server refuses STARTTLS with 454.")):
        with old.misbehave(faults.Reply(454, at="STARTTLS")):
            sent = office.send(587, lab=old, expects_error=True)
        what = say("STARTTLS was refused with 454")
        office.refusal(sent, (ReplyError, InsecureError), what)
    with case(trial, say("security is 'none', and there is a user with a password.")):
        sent = office.send(25, lab=old, login=True, expects_error=True)
        what = say("A password was to go over a connection that anybody can read")
        office.refusal(sent, (InsecureError,), what)
    office.lab = trial.lab()  # a verdict shows what was said to the newest


def certificates(trial: Trial, office: Office) -> None:
    for port in (465, 587):
        with case(
            trial,
            say("We mean {meant}, and {there} answers.", meant=OTHER, there=office.lab.hostname),
        ):
            sent = office.send(port, hostname=OTHER, expects_error=True)
            if sent.error is None:
                office.fail(
                    "hostname-ignored",
                    say(
                        "hostname was {hostname!r}, and send_mail told its password to another "
                        "server.",
                        hostname=OTHER,
                    ),
                    say(
                        "host says where to connect, hostname whom we mean. Does it reach "
                        "connect_tls and starttls? A context of your own must check it, too."
                    ),
                )
            office.refusal(
                sent, (ssl.SSLError,), say("Another server answered than the one we mean")
            )
        with case(
            trial, say("cafile is left out: the lab's authority is none that the system knows.")
        ):
            sent = office.send(port, cafile=None, expects_error=True)
            if sent.error is None:
                office.fail(
                    "cafile-ignored",
                    say("cafile was None, and send_mail trusted the lab's authority all the same."),
                    say("Does cafile reach connect_tls and starttls? And does the context verify?"),
                )
            office.refusal(sent, (ssl.SSLError,), say("Nobody known has signed the certificate"))


def refusals(trial: Trial, office: Office) -> None:
    with case(trial, say("The server refuses both recipients.")):
        mail = replace(HELLO, recipients=(LIN, SAM))
        with office.lab.misbehave(faults.Reply(550, at="RCPT")):
            sent = office.send(587, mail=mail, expects_error=True)
        if sent.error is None:
            office.fail(
                "all-refused-returned",
                say(
                    "Every recipient was refused, and send_mail returned {value}.",
                    value=brief(sent.value),
                ),
                say(
                    "Nobody got the mail, and a caller who does not look takes it for sent. Raise "
                    "ReplyError when as many are refused as there are."
                ),
            )
        office.refusal(sent, (ReplyError,), say("Every recipient was refused"), 550)
        if not sent.has_said("QUIT"):
            office.fail(
                "no-quit",
                say("Every recipient was refused, and send_mail went away without QUIT."),
                say("The session is as good as before. QUIT, close, and then raise."),
            )
    for what, code, at in (
        (say("The server greets with 554"), 554, "greeting"),
        (say("The server says goodbye to the login, with 421"), 421, "AUTH"),
        (say("The server refuses the sender with 550"), 550, "MAIL"),
        (say("The server says goodbye to a recipient, with 421"), 421, "RCPT"),
        (say("The server says to the only recipient: not now, 450"), 450, "RCPT"),
        (say("The server refuses the message with 552"), 552, "message"),
    ):
        with case(trial, alone(what)):
            with office.lab.misbehave(faults.Reply(code, at=at)):
                sent = office.send(587, expects_error=True)
            look = say(
                "The greeting has a code, and 220 alone is a welcome: say_hello looks at it."
            )
            office.refusal(sent, (ReplyError,), what, code, look=look if at == "greeting" else "")
    with case(trial, say("The password is wrong.")):
        sent = office.send(465, password="not the code", expects_error=True)
        office.refusal(sent, (ReplyError,), say("The server refused the password with 535"), 535)
    with case(
        trial, say("The server hangs up after the message, and has not said that it took it.")
    ):
        with office.lab.misbehave(faults.Drop(at="message")):
            sent = office.send(25, expects_error=True)
        office.refusal(sent, (EOFError, OSError), say("The server hung up after the message"))
    with case(trial, say("The server offers no way to log in, and there is a user.")):
        with office.lab.misbehave(faults.Without("AUTH")):
            sent = office.send(587, expects_error=True)
        if sent.has_said("MAIL"):
            office.fail(
                "login-skipped",
                say(
                    "There was a user, the server offered no AUTH, and send_mail went on without a "
                    "login."
                ),
                say(
                    "log_in raises ValueError there. Call it whenever there is a user, and let it "
                    "go on."
                ),
            )
        office.refusal(
            sent, (ValueError, InsecureError), say("The server offered no way to log in")
        )
    for what, fault, patience in (
        (say("The server hangs up after QUIT, in place of a goodbye."), faults.Drop(at="QUIT"),
         ENOUGH),
        (say("The server answers QUIT with 421."), faults.Reply(421, at="QUIT"), ENOUGH),
        (say("The server is silent after QUIT."), faults.Silence(at="QUIT"), IMPATIENT),
    ):  # fmt: skip
        with case(trial, what):
            with office.lab.misbehave(fault):
                sent = office.send(25, timeout=patience, expects_error=True)
            if sent.error is not None and sent.arrived:
                office.quit_matters(sent)
            office.delivered(sent)


def what_cannot_be_sent(trial: Trial, office: Office) -> None:
    cases: tuple[tuple[str, Any, Finding], ...] = (
        (
            "security",
            "ssl",
            (
                "unknown-security",
                say(
                    "security was 'ssl', which is none of the three, and send_mail did not refuse "
                    "it."
                ),
                say(
                    "An else: that takes everything that is left takes mistakes too. Raise "
                    "ValueError."
                ),
            ),
        ),
        (
            "recipients",
            LIN,
            (
                "recipients-str",
                say("recipients was a str, and send_mail went through it letter by letter."),
                LETTERS,
            ),
        ),
        (
            "recipients",
            [],
            (
                "no-recipients",
                say("There were no recipients, and send_mail raised no ValueError."),
                say("A mail to nobody is a slip of the caller's. build_message refuses it."),
            ),
        ),
        (
            "subject",
            "Hello\r\nBcc: sam@lab.test",
            (
                "line-break-taken",
                say("A line break stood in the subject, and send_mail raised no ValueError."),
                say("build_message refuses it. Is its ValueError caught somewhere?"),
            ),
        ),
    )
    for name, value, finding in cases:
        with case(
            trial,
            say("{parameter} is {value!r}: ValueError is promised.", parameter=name, value=value),
        ):
            changes: dict[str, Any] = {name: value}
            sent = office.send(25, expects_error=True, **changes)
            as_one = value == LIN and [m.recipients for m in sent.arrived] == [(LIN,)]
            if not isinstance(sent.error, ValueError) and not as_one:
                office.fail(*finding)
            if sent.session is not None and not as_one:
                office.fail(
                    "refused-late",
                    say(
                        "{parameter} was {value!r}, and send_mail connected before it refused "
                        "that.",
                        parameter=name,
                        value=value,
                    ),
                    say(
                        "What no server could take is refused before a word is said: such checks, "
                        "and build_message, come before the connection."
                    ),
                )
    with case(trial, say("A Chinese address, and a server without SMTPUTF8.")):
        with office.lab.misbehave(faults.Without("SMTPUTF8")):
            mail = replace(HELLO, recipients=(FOREIGN,))
            sent = office.send(587, mail=mail, expects_error=True)
        if sent.has_said("MAIL") and (sent.has_said("RCPT") or not sent.error):
            office.fail(
                "utf8-not-offered",
                say(
                    "The server does not offer SMTPUTF8, and {address} was said to it.",
                    address=FOREIGN,
                ),
                say(
                    "RFC 6531, section 3.2: to such a server no such address is said. Look into "
                    "extensions, and raise ValueError."
                ),
            )
        what = say("An address was not ASCII, and the server offers no SMTPUTF8")
        office.refusal(sent, (ValueError,), what)


def no_password(trial: Trial, office: Office) -> None:
    office.lab = trial.lab()  # a verdict shows what was said to the newest
    with case(trial, say("There is a user, and password is None: ValueError is promised.")):
        sent = office.send(465, password=None, expects_error=True)
        if sent.has_said("AUTH"):
            office.fail(*NO_PASSWORD)
        if sent.has_said("MAIL"):
            office.fail(
                "login-skipped",
                say("There was a user and no password, and send_mail went on without a login."),
                say("Whoever names a user wants a login. Raise ValueError before a word is said."),
            )
        office.refusal(sent, (ValueError,), say("There was a user and no password"))


def silence(trial: Trial, office: Office) -> None:
    for port in (465, 587):
        with case(trial, say("The server is silent when the recipient is named.")):
            with office.lab.misbehave(faults.Silence(at="RCPT")):
                sent = office.send(port, timeout=IMPATIENT, expects_error=True)
            office.refusal(sent, (TimeoutError,), say("The server was silent"))


def small_server(trial: Trial, office: Office) -> None:
    """A server in memory, which takes 1,000 octets at most, or has no limit: SIZE 0."""
    long = replace(HELLO, text="too long\n" * 200)
    heavy = replace(HELLO, attachments=(("heavy.dat", bytes(1500)),))
    for limit, mail in (
        ("1000", long), ("1000", heavy), ("1000000", HELLO), ("0", HELLO), ("", HELLO),
    ):  # fmt: skip
        desk = Desk({b"EHLO": b"250-mail.lab.test\r\n250 SIZE %s\r\n" % limit.encode()})
        size = f"SIZE {limit}".rstrip()
        step = (
            say("The server says {size}: it names no limit.", size=size)
            if limit in ("", "0")
            else say("The server says {size}: it takes no more octets than that.", size=size)
        )
        with case(trial, step):
            sent = at_desk(trial, office, desk, mail)
            if sent is None:
                return
            judge_size(office, sent, desk, limit)
    with case(trial, say("The server says nothing of SIZE.")):
        desk = Desk({b"EHLO": b"250 mail.lab.test\r\n"})
        if sent := at_desk(trial, office, desk, HELLO):
            judge_size(office, sent, desk, None)
    with case(trial, say("A recipient is refused, in two lines.")):
        lines = ("5.1.1 No such user", "Ask the postmaster")
        refusal = "550-{}\r\n550 {}\r\n".format(*lines).encode()
        desk = Desk({f"RCPT TO:<{NOBODY}>".encode(): refusal})
        sent = at_desk(trial, office, desk, replace(HELLO, recipients=(LIN, NOBODY)))
        if sent and isinstance(sent.value, Mapping):
            text = str(sent.value.get(NOBODY, ("", ""))[1])
            if not all(line in text for line in lines):
                office.fail(
                    "text-cut",
                    say(
                        "The server refused {address} in two lines, and send_mail reported "
                        "{text!r}.",
                        address=NOBODY,
                        text=text,
                    ),
                    say(
                        'A reply may have many lines. " ".join(lines) makes one text of all of '
                        "them."
                    ),
                )
    with case(trial, say("What the server says to QUIT is no reply.")):
        desk = Desk({b"QUIT": b"so long\r\n"})
        sent = at_desk(trial, office, desk, HELLO)
        if sent and sent.error is not None and desk.mails:
            office.quit_matters(sent)
    with case(trial, say("The server's SIZE is the length of the message.")):
        judge_exact_size(trial, office)


def at_desk(trial: Trial, office: Office, desk: Desk, mail: Mail) -> Sent | None:
    """Send it to a server in memory; None when that was not asked for a connection."""
    sock = trial.socket(GREETING, serve=desk)

    def connect(*_: Any, **__: Any) -> Any:
        default = socket.getdefaulttimeout()
        sock.settimeout(_[1] if len(_) > 1 else __.get("timeout", default))
        return sock

    with mock.patch.object(socket, "create_connection", connect):
        sent = office.send(25, mail=mail, expects_error=True)
    if not sock.events:
        return None  # connected otherwise than with socket.create_connection
    seconds = sock.gettimeout()
    if seconds != ENOUGH:
        office.fail(
            "timeout-ignored",
            say("timeout was {timeout:g} seconds, and the socket waits for ever.", timeout=ENOUGH)
            if seconds is None
            else say(
                "timeout was {timeout:g} seconds, and the socket waits {seconds:g} seconds.",
                timeout=ENOUGH,
                seconds=seconds,
            ),
            say("create_connection takes a timeout, after the address."),
        )
    return sent


def judge_exact_size(trial: Trial, office: Office) -> None:
    """A message may be as long as SIZE. How long this one is, two others say, if both agree."""
    lengths = set()
    for _ in range(2):
        desk = Desk()
        if not at_desk(trial, office, desk, HELLO) or not desk.mails:
            return
        lengths.add(len(desk.mails[0][2]))
    if len(lengths) > 1:
        return
    limit = lengths.pop()
    for _ in range(3):  # a random Message-ID may be longer once
        desk = Desk({b"EHLO": b"250-mail.lab.test\r\n250 SIZE %d\r\n" % limit})
        sent = at_desk(trial, office, desk, HELLO)
        if sent is None or not isinstance(sent.error, ValueError):
            return
    office.fail(
        "size-off-by-one",
        counted(
            limit,
            plural(
                "The message has {count} octet, SIZE {count} allows that, and send_mail raised "
                "ValueError.",
                "The message has {count} octets, SIZE {count} allows that, and send_mail raised "
                "ValueError.",
            ),
        ),
        say("SIZE is the most that the server takes. Only what is longer is refused."),
    )


def judge_size(office: Office, sent: Sent, desk: Desk, limit: str | None) -> None:
    if limit == "1000":
        if b"DATA" in desk.commands or desk.mails:
            office.fail(
                "size-ignored",
                say("The server takes 1,000 octets at most (SIZE), and send_mail sent more."),
                say(
                    'extensions["SIZE"] is a str of digits, or "": compare it with len(message), '
                    "and raise ValueError before DATA."
                ),
            )
        office.refusal(sent, (ValueError,), say("The message was longer than the server's SIZE"))
    elif limit is None:
        if sent.error is not None:
            office.again()
    elif sent.error is not None and not isinstance(sent.error, ReplyError):
        office.fail(
            "size-misread",
            say(
                "{size} names no limit that this message is over, and send_mail raised {error}.",
                size=f"SIZE {limit}".rstrip(),
                error=described(sent.error),
            ),
            say(
                'SIZE may be "0" or "": RFC 1870, section 4, says that there is no fixed limit '
                "then."
            ),
        )
