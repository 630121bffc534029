"""Lesson 04: what is wrong with a connection over TLS, and with whom it took for the provider."""

import errno
import socket
import ssl
from typing import Any

from ...catalogue import say
from ...solutions.dialogue import read_reply
from ...solutions.sockets import LineReader
from ..judge import at
from .handshake import ENOUGH, Meeting, Outcome

__all__ = [
    "judge_authorities",
    "judge_connection",
    "judge_impersonation",
    "judge_name",
    "judge_other",
    "judge_system",
    "look_at",
]

Address = tuple[str, int]


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
    brings = say("{name} brings a socket and no more. Who calls it reads the greeting.", name=name)
    code = 0
    try:
        sock.sendall(b"NOOP\r\n")
        reader = LineReader(sock)
        code, _ = read_reply(reader)
        if code == 220:
            read_reply(reader)
    except ValueError:  # a part of a reply: of the greeting, or of what came after it
        pass
    except (OSError, EOFError):
        meeting.fail(
            "connection-ended",
            say("The connection has ended: nothing more comes over the socket that came back."),
            brings,
        )
    meeting.trial.require(
        code == 220,
        "greeting-taken",
        say("The server's greeting is gone: {name} has read it.", name=name),
        brings,
    )
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
