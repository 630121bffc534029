"""Lesson 04: what is asked, how it is judged, and what is predicted."""

import os
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

from ..catalogue import say
from ..lab import Lab, faults
from ..solutions.dialogue import ReplyError, command, parse_ehlo, read_reply
from ..solutions.sockets import LineReader
from ..solutions.tls import InsecureError
from .diagnoses.certificates import (
    judge_authorities,
    judge_connection,
    judge_impersonation,
    judge_name,
    judge_other,
    judge_system,
    look_at,
)
from .diagnoses.handshake import ENOUGH, Meeting, Outcome
from .diagnoses.security import (
    OFFER,
    judge_choice,
    judge_other_error,
    judge_stripped,
    judge_wrong_refusal,
)
from .diagnoses.starttls import judge_injection, judge_refusal, judge_start
from .diagnoses.tls import OTHER
from .judge import Exercise, Lesson, Question, Trial

__all__ = ["LESSON"]

Address = tuple[str, int]

IMPATIENT = 0.3  # seconds that a client waits for a server that will not answer
NOWHERE = "no-such-folder/authorities.pem"

# Steps of both ways to TLS.
MAN_IN_THE_MIDDLE = say("Somebody in the middle answers, with a certificate of his own making.")
SILENCE = say("The provider is silent in the handshake.")
AT_SILENCE = say("At a server that was silent,")


# connect_tls


def check_connect_tls(trial: Trial, connect_tls: Callable[..., Any]) -> None:
    """Lesson 07 asks the same of repaired_tls: what is said names the function by trial.name."""
    with ExitStack() as opened:
        meeting = Meeting(trial, connect_tls, opened)
        lab = meeting.lab
        home = lab.address(465)

        def connect(
            to: Address = home, name: str = lab.hostname, cafile: str | None = lab.ca_file,
            seconds: float = ENOUGH, shown: str = "lab.ca_file",
        ) -> Outcome:  # fmt: skip
            says = f"{trial.name}(address, {name!r}, {shown}, {seconds:g})"
            return meeting.call(to, name, cafile, seconds, says=says)

        trial.step(say("A provider with a good certificate listens on 465."))
        judge_connection(meeting, meeting.good(connect()))
        trial.step(MAN_IN_THE_MIDDLE)
        judge_impersonation(meeting, connect(opened.enter_context(imposture(lab)).address))
        trial.step(say("He shows a good certificate: that of {host}, which is his.", host=OTHER))
        tap = opened.enter_context(imposture(lab, "wrong-name"))
        judge_name(meeting, connect(tap.address), tap.address)
        trial.step(say("We mean {meant}, and {host} answers.", meant=OTHER, host=lab.hostname))
        judge_name(meeting, connect(name=OTHER), home, OTHER)
        trial.step(say("The provider's certificate has expired."))
        with lab.misbehave(faults.Certificate("expired")):
            outcome = connect()
        meeting.refused(outcome, (ssl.SSLError,), say("At a certificate that has expired,"))
        if outcome.value is not None:
            meeting.fail(
                "expired-taken",
                say("{name} took a certificate that has expired.", name=trial.name),
                look_at(outcome.value),
            )
        try_authorities(meeting, lambda cafile, shown: connect(cafile=cafile, shown=shown))
        trial.step(SILENCE)
        with lab.misbehave(faults.SilentHandshake()):
            outcome = connect(seconds=IMPATIENT)
        meeting.refused(outcome, (OSError,), AT_SILENCE)
        trial.step(say("The file of authorities does not exist."))
        outcome = connect(cafile=NOWHERE, shown=repr(NOWHERE))
        meeting.refused(outcome, (OSError,), say("Where the file of authorities does not exist,"))
        if isinstance(outcome.error, ssl.SSLCertVerificationError):
            meeting.fail(
                "cafile-ignored",
                say(
                    "cafile named no file, and {name} went on with other authorities.",
                    name=trial.name,
                ),
                say("Whom to trust the caller decides. Let FileNotFoundError go on to it."),
            )
        if outcome.value is not None:
            meeting.fail(
                "cafile-ignored",
                say("{name} trusted somebody although cafile is no file.", name=trial.name),
                say("Is the FileNotFoundError caught? Whom to trust the caller decides."),
            )
        lab.stop()
        trial.step(say("Nobody listens there any more."))
        outcome = connect()
        meeting.refused(outcome, (OSError,), say("Where nobody listened,"))


def imposture(lab: Lab, flaw: str = "unknown-authority") -> Any:
    return lab.tap(465, faults.Impersonate(flaw))


def try_authorities(meeting: Meeting, connect: Callable[[str | None, str], Outcome]) -> None:
    """Let it connect with other cafiles. connect takes one, and how it reads in the steps."""
    trial = meeting.trial
    trial.step(say("We trust the system's authorities, and the lab's is none of them."))
    judge_authorities(meeting, connect(None, "None"))
    with system_trusts(meeting.lab) as other:
        if other:
            trial.step(say("Now the system trusts the lab's authority, too."))
            judge_system(meeting, connect(None, "None"))
            trial.step(say("And the file of authorities names another one."))
            # Translators: stands in a call, in the place of a path.
            judge_other(meeting, connect(other, say("the other file")))


@contextmanager
def system_trusts(lab: Lab) -> Iterator[str]:
    """Let the system's authorities be the lab's, for a while: the path of a file with another one.

    "" where the system cannot be told: OpenSSL takes the name from the environment, and a
    Python that is built otherwise does not look there.
    """
    own = ssl.PEM_cert_to_DER_cert(Path(lab.ca_file).read_text("ascii"))
    with lab.misbehave(faults.Certificate("self-signed")):
        pem = ssl.get_server_certificate(lab.address(465), timeout=ENOUGH)
    variable = ssl.get_default_verify_paths().openssl_cafile_env
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {variable: lab.ca_file}),
    ):
        other = Path(folder, "other.pem")
        other.write_text(pem, "ascii")
        trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
        yield str(other) if own in trusted else ""


# choose_security

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
    for port, extensions, right in CHOICES:
        says = f"choose_security({port}, {extensions})"
        given = None if extensions is None else dict(extensions)
        got = trial.call(choose_security, port, given, says=says, raises=Exception)
        raised = trial.raised(got, Exception)
        if raised and not trial.raised(got, InsecureError):
            judge_other_error(trial, choose_security, got, extensions, port, right)
        if given != extensions:
            trial.fail(
                "extensions-changed",
                say(
                    "choose_security changed the extensions of its caller: {before} became "
                    "{after}.",
                    before=extensions,
                    after=given,
                ),
                say("Whoever calls looks into them again, for AUTH and SIZE. Ask with `in`."),
            )
        if right is None:
            judge_stripped(trial, got, raised, port)
        elif raised:
            judge_wrong_refusal(trial, choose_security, port, right)
        else:
            judge_choice(trial, got, right, port)


# starttls

LIE = b"250-mail.lab.test\r\n250 X-SLIPPED-IN\r\n"
HALF = b"5"


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

        trial.step(say("A plain session on 587 has come to EHLO; STARTTLS is offered."))
        outcome, sock, reader, offered = start()
        judge_start(meeting, outcome, sock, reader, offered)
        trial.step(
            say("Behind the 220, in the same segment, somebody slips in a reply of his own.")
        )
        judge_injection(meeting, start(faults.Inject(to_client=LIE))[0], LIE)
        trial.step(say("This time it is half a line, without an end."))
        judge_injection(meeting, start(faults.Inject(to_client=HALF))[0], HALF)
        trial.step(say("The server refuses STARTTLS."))
        refusal = faults.Reply(454, at="STARTTLS")
        judge_refusal(meeting, start(way=refusal)[0])
        trial.step(MAN_IN_THE_MIDDLE)
        judge_impersonation(meeting, start(faults.Impersonate())[0])
        trial.step(say("We mean {meant}, and {host} answers.", meant=OTHER, host=lab.hostname))
        judge_name(meeting, start(name=OTHER)[0], lab.address(587), OTHER)
        try_authorities(meeting, lambda cafile, shown: start(cafile=cafile, shown=shown)[0])
        trial.step(SILENCE)
        outcome = start(way=faults.SilentHandshake(), seconds=IMPATIENT)[0]
        meeting.refused(outcome, (OSError,), AT_SILENCE)
        trial.step(say("The server refuses the EHLO that comes within TLS."))
        outcome = start(way=faults.Reply(554, at="EHLO"))[0]
        meeting.refused(outcome, (ReplyError,), say("When EHLO was refused,"))
        trial.require(
            outcome.error is not None,
            "refusal-ignored",
            say(
                "The server refused EHLO within TLS with 554, and starttls returned as if nothing "
                "had been said."
            ),
            say(
                "command raises ReplyError for a code that was not hoped for. Is it caught? Or "
                "does nobody look at the code?"
            ),
        )


LESSON = Lesson(
    number="04",
    slug="tls",
    title=say("TLS"),
    exercises=(
        Exercise(
            name="connect_tls",
            check=check_connect_tls,
            hints=(
                say(
                    "Three things in this order: a context, a connection, a handshake. The context "
                    "first, because it can fail when nothing is open yet."
                ),
                say(
                    "create_default_context takes cafile, None as well. create_connection takes "
                    "the address and a timeout. wrap_socket takes the socket, and server_hostname: "
                    "the name that the certificate must hold."
                ),
                say(
                    "Let wrap_socket's exceptions go on to the caller, but close the socket first: "
                    "`try:` around the wrap_socket, `except BaseException:` with close and a bare "
                    "`raise`."
                ),
            ),
            forbids=("smtplib", "asyncio", "imaplib", "poplib", "http", "urllib"),
        ),
        Exercise(
            name="choose_security",
            check=check_choose_security,
            hints=(
                say(
                    "There are three outcomes: two words and one exception. Which port needs no "
                    "look at extensions at all?"
                ),
                say(
                    'parse_ehlo gave a dict. A keyword without parameters has the value "", which '
                    "counts as False; `in` asks for the key."
                ),
                say(
                    "First the port that speaks TLS at once. Then: is the keyword missing? raise. "
                    "What is left is the second word."
                ),
            ),
        ),
        Exercise(
            name="starttls",
            check=check_starttls,
            hints=(
                say(
                    "The order is all: say STARTTLS and read its reply; look whether more than "
                    "that has come; the handshake; a new reader; EHLO."
                ),
                say(
                    "command says STARTTLS and hopes for 220. Octets that came too early are in "
                    "reader.buffer. wrap_socket returns the new socket, and LineReader(sock) gives "
                    "it a reader of its own."
                ),
                say(
                    "The context and the handshake are as in connect_tls. Put the new reader and "
                    "the EHLO into a `try:`, close the new socket when anything goes wrong, and "
                    "raise again. parse_ehlo takes the lines that command returned."
                ),
            ),
            forbids=("smtplib", "asyncio"),
        ),
    ),
    questions=(
        Question(
            say("Which of these stands readable in what the listener wrote down?"),
            (
                say("The server's name, mail.lab.test"),
                say("The recipient, lin@lab.test"),
                say("Neither"),
            ),
            say("The server's name, mail.lab.test"),
            say(
                "The client says in its first segment whom it wants to speak to, because one "
                "address may serve many names (RFC 6066, section 3). That is before any key is "
                "agreed."
            ),
        ),
        Question(
            say("The careless client meets the impersonator. What does its user notice?"),
            (
                say("An error in the handshake"),
                say("A mail that never arrives"),
                say("Nothing: the mail arrives"),
            ),
            say("Nothing: the mail arrives"),
            say("Both connections are good TLS. The client was told not to ask with whom."),
        ),
        Question(
            say("The offer of STARTTLS is struck out. What does this client do?"),
            (
                say("It stops with an error"),
                say("It sends the password in the clear"),
                say("It says STARTTLS all the same"),
            ),
            say("It sends the password in the clear"),
            say(
                "To this client a provider without STARTTLS and one whose offer was struck out "
                "look the same."
            ),
        ),
        Question(
            say(
                "Two replies come in one segment, before TLS. Which one answers the EHLO that we "
                "say within TLS?"
            ),
            (
                say("The server's, which came within TLS"),
                say("The one slipped in, which came in the clear"),
                say("Neither: the handshake fails"),
            ),
            say("The one slipped in, which came in the clear"),
            say(
                "One recv brought both, and the second waited in the reader's buffer. The "
                "handshake goes on below, in the socket, and never looks there."
            ),
        ),
        Question(
            say("We connect to 465 and wait for the greeting, without TLS. What comes?"),
            (
                say("A greeting in noise"),
                say("An error at once"),
                say("Nothing: both sides wait"),
            ),
            say("Nothing: both sides wait"),
            say("The server greets within TLS, and TLS begins with the client's first words."),
        ),
        Question(
            say("And TLS to 587, a plain port?"),
            (
                say("Both sides wait"),
                say("An error at once"),
                say("TLS begins"),
            ),
            say("An error at once"),
            say(
                "There the server speaks first, in the clear: what comes is no TLS, and that shows."
            ),
        ),
    ),
)
