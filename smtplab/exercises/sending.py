"""Whether a send_mail sends: the last check of lesson 08.

Theory of operation. An `Office` has a lab, and lets the student's function send one mail after
the other to it, each in a situation of its own. What came of a call is a `Sent`: a value or an
exception, what arrived, and what the lab heard. What is wrong with it is for the diagnoses to say:
of what arrived, of the connection, of the password, of refusals, of what the server offers.
"""

import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, NoReturn
from unittest import mock

from ..catalogue import say
from ..lab import Lab, faults
from ..solutions.dialogue import ReplyError
from ..solutions.tls import InsecureError
from .cases import Finding, brief, case
from .desk import Desk
from .diagnoses import arrival, connections, offers, passwords, refusals
from .diagnoses.sending import Sent, alone, is_a
from .diagnoses.tls import OTHER
from .judge import Trial
from .judge.trial import Over
from .judge.words import described
from .scenarios import LETTER, SECURITY, Mail

__all__ = ["check_send_mail"]

GREETING = b"220 mail.lab.test ESMTP ready\r\n"
YOU, LIN, SAM, NOBODY = "you@lab.test", "lin@lab.test", "sam@lab.test", "nobody@lab.test"
FOREIGN = "林@lab.test"
ENOUGH = 2.5  # seconds that no answer on loopback takes, and less than the deadline
IMPATIENT = 0.3  # seconds that a client waits for a server that will not answer
SETTLING = 1.0  # seconds in which the lab may read the client's last line
HELLO = Mail(subject="Hello", text="Hello Lin,\n.\n..this line has two dots\n你好\n")
REPORTED = (OSError, EOFError, ValueError, ReplyError, InsecureError)


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
        self.judge(passwords.secret_told(sent, YOU, self.trial.output))
        if self.default_timeout is not None:
            self.judge(connections.TIMEOUT_FOR_ALL)
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
            self.judge(connections.ended(over.verdict, sent, expects_error=expects_error))
            if look := connections.look_after(over.verdict, sent, expects_error=expects_error):
                raise Over(replace(over.verdict, look=look)) from None
            raise

    def judge(self, finding: Finding | None) -> None:
        """End the check with what was found, if anything was."""
        if finding:
            self.trial.fail(*finding)

    def again(self) -> NoReturn:
        """Let the engine say where the exception came from."""
        with self.mended(self.last):
            self.trial.unexpected()
        raise AssertionError

    def delivered(self, sent: Sent, refused: Mapping[str, int] | None = None) -> None:
        """The mail arrived, once and exactly, and the refused ones are reported."""
        refused = refused or {}
        if sent.error is not None:
            self.judge(passwords.tls_not_asked(sent) or connections.astray(sent))
            self.again()
        self.judge(arrival.undelivered(sent))
        self.judge(arrival.wrong_mail(sent, refused))
        self.judge(refusals.without_quit(sent))
        if not isinstance(sent.value, Mapping):
            self.trial.equal(sent.value, {}, reason="wrong-type", sentence="")
        self.judge(refusals.wrong_report(sent.value, refused))

    def refusal(
        self, sent: Sent, kinds: tuple[type[Exception], ...], what: str, code: int | None = None,
        look: str = "",
    ) -> None:  # fmt: skip
        """An exception of one of these classes came, and nothing arrived."""
        self.judge(refusals.another_try(sent, what))
        if isinstance(sent.error, ValueError) and "unpack" in str(sent.error):
            self.again()
        self.judge(refusals.wrong_refusal(sent, kinds, what, code, look))


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
    before_tls(trial, office)
    secrets(trial, office)
    certificates(trial, office)
    what_is_refused(trial, office)
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
            if foreign and (told or is_a(sent.error, ReplyError, ValueError)):
                why = described(sent.error) if sent.error else brief(sent.value[FOREIGN])
                office.judge(offers.utf8_not_asked(FOREIGN, why))
            office.delivered(sent)
    with case(trial, say("All addresses are ASCII, and the server does not offer SMTPUTF8.")):
        with office.lab.misbehave(faults.Without("SMTPUTF8")):
            sent = office.send(587, mail=replace(HELLO, subject="你好"))
        if sent.error is not None and is_a(sent.error, ReplyError, ValueError):
            office.judge(offers.utf8_for_ascii(sent.error))
        office.delivered(sent)
    with case(trial, say("hostname is left out, and the certificate holds for the host.")):
        office.delivered(office.send(465, hostname=None))
    with case(trial, say("One of three recipients does not exist.")):
        mail = replace(HELLO, recipients=(LIN, NOBODY, SAM))
        sent = office.send(587, mail=mail, expects_error=True)
        if sent.error is not None and is_a(sent.error, ReplyError):
            office.judge(refusals.one_refusal(sent.error))
        if sent.error is not None:
            office.again()
        office.delivered(sent, {NOBODY: 550})


def before_tls(trial: Trial, office: Office) -> None:
    """What somebody writes into a reply in the clear must not count once TLS has begun."""
    size = "SIZE 100"
    with (
        case(trial, say("Before TLS somebody on the way writes {size} into the reply to EHLO.",
                        size=size)),
        changed_on_the_way(office.lab.address(587), rb"SIZE \d+", size.encode()) as (host, port),
    ):  # fmt: skip
        sent = office.send(587, host=host, port=port)
        if isinstance(sent.error, ValueError) and not sent.has_said("MAIL"):
            office.judge(offers.size_of_before(sent.error, size))
        office.delivered(sent)


@contextmanager
def changed_on_the_way(
    server: tuple[str, int], pattern: bytes, becomes: bytes
) -> Iterator[tuple[str, int]]:
    """Where a client is passed on to a server, by somebody who changes what that one says."""

    def pass_on() -> None:
        with (
            suppress(OSError),
            listener.accept()[0] as client,
            socket.create_connection(server, ENOUGH) as far,
        ):
            while ready := select.select([client, far], [], [], ENOUGH)[0]:
                for sock in ready:
                    data = sock.recv(65_536)
                    if not data:
                        return
                    if sock is far:
                        client.sendall(re.sub(pattern, becomes, data))
                    else:
                        far.sendall(data)

    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        listener.settimeout(ENOUGH)
        thread = threading.Thread(target=pass_on, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            thread.join()


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
            office.judge(passwords.DOWNGRADE)
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
    with case(trial, say("security is 'none', and the server offers STARTTLS.")):
        sent = office.send(25)
        office.judge(passwords.tls_not_asked(sent))
        office.delivered(sent)


def certificates(trial: Trial, office: Office) -> None:
    for port in (465, 587):
        with case(
            trial,
            say("We mean {meant}, and {there} answers.", meant=OTHER, there=office.lab.hostname),
        ):
            sent = office.send(port, hostname=OTHER, expects_error=True)
            if sent.error is None:
                office.judge(passwords.hostname_ignored(OTHER))
            office.refusal(
                sent, (ssl.SSLError,), say("Another server answered than the one we mean")
            )
        with case(
            trial, say("cafile is left out: the lab's authority is none that the system knows.")
        ):
            sent = office.send(port, cafile=None, expects_error=True)
            if sent.error is None:
                office.judge(passwords.CAFILE_IGNORED)
            office.refusal(sent, (ssl.SSLError,), say("Nobody known has signed the certificate"))


def what_is_refused(trial: Trial, office: Office) -> None:
    with case(trial, say("The server refuses both recipients.")):
        mail = replace(HELLO, recipients=(LIN, SAM))
        with office.lab.misbehave(faults.Reply(550, at="RCPT")):
            sent = office.send(587, mail=mail, expects_error=True)
        if sent.error is None:
            office.judge(refusals.all_refused(sent.value))
        office.refusal(sent, (ReplyError,), say("Every recipient was refused"), 550)
        if not sent.has_said("QUIT"):
            office.judge(refusals.ALL_REFUSED_NO_QUIT)
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
            look = refusals.GREETING_NOT_SEEN if at == "greeting" else ""
            office.refusal(sent, (ReplyError,), what, code, look=look)
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
            office.judge(passwords.LOGIN_SKIPPED)
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
                office.judge(refusals.quit_matters(sent.error))
            office.delivered(sent)


def what_cannot_be_sent(trial: Trial, office: Office) -> None:
    cases: tuple[tuple[str, Any], ...] = (
        ("security", "ssl"),
        ("recipients", LIN),
        ("recipients", []),
        ("subject", "Hello\r\nBcc: sam@lab.test"),
    )
    for name, value in cases:
        with case(
            trial,
            say("{parameter} is {value!r}: ValueError is promised.", parameter=name, value=value),
        ):
            changes: dict[str, Any] = {name: value}
            sent = office.send(25, expects_error=True, **changes)
            as_one = value == LIN and [m.recipients for m in sent.arrived] == [(LIN,)]
            if not isinstance(sent.error, ValueError) and not as_one:
                office.judge(offers.not_refused(name, value))
            if sent.session is not None and not as_one:
                office.judge(offers.refused_late(name, value))
    with case(trial, say("A Chinese address, and a server without SMTPUTF8.")):
        with office.lab.misbehave(faults.Without("SMTPUTF8")):
            mail = replace(HELLO, recipients=(FOREIGN,))
            sent = office.send(587, mail=mail, expects_error=True)
        if sent.has_said("MAIL") and (sent.has_said("RCPT") or not sent.error):
            office.judge(offers.utf8_not_offered(FOREIGN))
        what = say("An address was not ASCII, and the server offers no SMTPUTF8")
        office.refusal(sent, (ValueError,), what)


def no_password(trial: Trial, office: Office) -> None:
    office.lab = trial.lab()  # a verdict shows what was said to the newest
    with case(trial, say("There is a user, and password is None: ValueError is promised.")):
        sent = office.send(465, password=None, expects_error=True)
        if sent.has_said("AUTH"):
            office.judge(passwords.NO_PASSWORD)
        if sent.has_said("MAIL"):
            office.judge(passwords.NOT_FOR_LOGIN)
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
                office.judge(refusals.text_cut(NOBODY, text))
    with case(trial, say("What the server says to QUIT is no reply.")):
        desk = Desk({b"QUIT": b"so long\r\n"})
        sent = at_desk(trial, office, desk, HELLO)
        if sent and sent.error is not None and desk.mails:
            office.judge(refusals.quit_matters(sent.error))
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
        office.judge(connections.timeout_ignored(ENOUGH, seconds))
    last = sock.lines[-1]
    # The desk hears a line when somebody wants to read its answer.
    if sent.error is None and last.upper() == b"QUIT" and last not in desk.commands:
        office.judge(refusals.QUIT_UNREAD)
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
    office.judge(offers.size_off_by_one(limit))


def judge_size(office: Office, sent: Sent, desk: Desk, limit: str | None) -> None:
    if limit == "1000":
        if b"DATA" in desk.commands or desk.mails:
            office.judge(offers.SIZE_IGNORED)
        office.refusal(sent, (ValueError,), say("The message was longer than the server's SIZE"))
    elif limit is None:
        if sent.error is not None:
            office.again()
    elif sent.error is not None and not is_a(sent.error, ReplyError):
        office.judge(offers.size_misread(sent.error, f"SIZE {limit}".rstrip()))
