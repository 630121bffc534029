"""Lesson 04: what is wrong with a start of TLS in a session that began in the clear."""

import errno
import socket
import ssl
from typing import NoReturn

from ...catalogue import say
from ...solutions.dialogue import ReplyError, command, parse_ehlo
from ...solutions.sockets import LineReader
from ...solutions.tls import InsecureError
from ..judge import at
from .handshake import ENOUGH, Meeting, Outcome
from .tls import described, kind_of, where_from

__all__ = ["judge_injection", "judge_refusal", "judge_start"]


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
    except ReplyError as error:
        reply_left(
            meeting,
            say(
                "After {function} the next reply is still an old one: {code} came for NOOP.",
                function="starttls",
                code=error.code,
            ),
        )
    except ValueError:
        reply_left(
            meeting,
            say(
                "After {function} the next reply is still an old one: the middle of a reply came "
                "for NOOP.",
                function="starttls",
            ),
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


def reply_left(meeting: Meeting, sentence: str) -> NoReturn:
    look = say("Each command has one reply, which may have several lines. Is each read to its end?")
    meeting.fail("reply-left", sentence, look)


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
