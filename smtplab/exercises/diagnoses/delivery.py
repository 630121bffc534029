"""Lesson 02: which wrong idea is behind a dot, a letter or an envelope that is not right."""

import re
from typing import Any, NoReturn

from ...catalogue import counted, plural, say
from ...solutions import dialogue as reference
from ..cases import (
    Explain,
    Finding,
    is_one_of,
    place,
    promised,
    raised,
    throws_away,
    unexpected_reply,
)
from ..judge import ScriptedSocket, Trial, Verdict

__all__ = [
    "ALL_REFUSED_RAISES",
    "CLOSES_SOCKET",
    "CONTENT_CHANGED",
    "DATA_FOR_NOBODY",
    "DOT_AND_TEXT",
    "EARLY_UNREAD",
    "EXTRA_LINE",
    "FORWARD_REFUSED",
    "GOODBYE_COLLECTED",
    "NOBODY_LEFT",
    "NOT_STUFFED",
    "NO_RSET",
    "RECIPIENTS_SKIPPED",
    "STOPS_AT_REFUSAL",
    "TOO_EARLY",
    "WRONG_REFUSALS",
    "WRONG_RETURN",
    "astray",
    "before_354",
    "extra_command",
    "fail_on_envelope",
    "letter_in",
    "list_changed",
    "no_brackets",
    "not_one_mail",
    "promised_error",
    "refusal_ignored",
    "refusal_untold",
    "reply_unread",
    "unfinished",
    "wrong_stuffing",
]

# dot_stuff

DOT_AND_TEXT = b"one\r\n.two\r\n"


def wrong_stuffing(trial: Trial, got: Any, body: bytes, expected: bytes) -> Finding:
    """The diagnosis of a wrong answer."""
    if is_one_of(got, body):
        if throws_away(trial, "replace"):
            return (
                "result-dropped",
                say("dot_stuff left a dot at the start of a line as it was."),
                say("replace changes nothing: it returns new bytes, and your line lets them go."),
            )
        if body.startswith(b".") and b"\r\n." not in body:
            return (
                "first-line-missed",
                say("dot_stuff left the dot at the start of the very first line alone."),
                say("No CRLF stands before the first line."),
            )
        if body == DOT_AND_TEXT:  # the lone dot of the case before was doubled
            return (
                "lone-dot-only",
                say("dot_stuff doubled a lone dot, and left a dot with text after it as it was."),
                say("The server takes a dot away from every line that begins with one."),
            )
        return (
            "not-stuffed",
            say("dot_stuff left a dot at the start of a line as it was."),
            say("RFC 5321, section 4.5.2: a line that begins with a dot gets one more."),
        )
    if is_one_of(got, expected + b".\r\n", expected + b"\r\n.\r\n"):
        return (
            "adds-end",
            say("dot_stuff added the dot that ends the mail, which is not part of the text."),
            say("The ending belongs to deliver."),
        )
    if is_one_of(got, expected + b"\r\n", expected.rstrip(b"\r\n")):
        return (
            "end-changed",
            say("dot_stuff changed the end of the text."),
            say("Split and join may add or lose a CRLF. Only dots are doubled here."),
        )
    bare = body.replace(b"\r\n.", b"")
    more = isinstance(got, bytes) and got.count(b".") > expected.count(b".")
    if more and (b"\n." in bare or b"\r." in bare):
        return (
            "bare-line-end",
            say("dot_stuff doubled a dot after a bare LF or CR, which ends no line in SMTP."),
            say("The server takes a dot away after CRLF alone: the extra one would stay."),
        )
    if is_one_of(got, body.replace(b".", b"..")):
        return (
            "every-dot",
            say("dot_stuff doubled dots that are not at the start of a line."),
            say("The server takes one away at the start of a line alone: the others would stay."),
        )
    if body.startswith(b".") and is_one_of(got, expected[1:]):
        return (
            "first-line-missed",
            say("dot_stuff left the dot at the start of the very first line alone."),
            say("No CRLF stands before the first line."),
        )
    if body.startswith(b".") and is_one_of(got, b"." + body):
        return (
            "first-line-only",
            say("dot_stuff doubled the dot of the first line, and of no other."),
            say("Every line that begins with a dot gets one more."),
        )
    if isinstance(got, bytes) and got.replace(b"\r\n", b"\n") == expected.replace(b"\r\n", b"\n"):
        return (
            "line-ends-changed",
            say("dot_stuff doubled the right dots, and changed the line ends."),
            say("Lines end in CRLF before and after."),
        )
    if isinstance(got, bytes) and got.count(b"\r\n") == body.count(b"\r\n"):
        pairs = zip(body.split(b"\r\n"), got.split(b"\r\n"), strict=True)
        for number, (line, came) in enumerate(pairs, 1):
            if line == came and line.startswith(b"."):
                return (
                    "line-left",
                    say(
                        "Line {number}, {line!r}, was left as it was: a line with two dots gets a "
                        "third.",
                        number=number,
                        line=line,
                    )
                    if line == b".."
                    else say(
                        "Line {number}, {line!r}, was left as it was.", number=number, line=line
                    ),
                    say(
                        "Every line that begins with a dot gets one more, however many come before "
                        "it and however many dots it has."
                    ),
                )
    return (
        "wrong-octets",
        say("dot_stuff did not return the text with one more dot where a line begins with one."),
        say("Everything else stays as it was, octet for octet."),
    )


# deliver

AFTER_DATA = re.compile(rb"(?is)(?:^|\r\n)DATA\r\n(.*)")
EARLY_UNREAD: Finding = (
    "data-unanswered",
    say("The reply read after the dot was 354, the answer to DATA: nobody had read it."),
    say("Each reply answers one question, in order. Which of your lines reads the answer to DATA?"),
)
NOT_STUFFED: Finding = (
    "not-stuffed",
    say("A line of the message began with a dot, and the mail did not arrive as it was."),
    say("dot_stuff the message before it is sent."),
)
TOO_EARLY: Finding = (
    "data-too-early",
    say("deliver sent the message before the server had said 354."),
    say("DATA is a question: only 354 is the yes to it. Read that reply, then send."),
)
CLOSES_SOCKET: Finding = (
    "closes-socket",
    say("deliver closed the connection, which its caller may want for the next mail."),
    say("Whoever opened a connection closes it."),
)
NOT_A_COMMAND = say("A message is not a command: it has many lines, and sendall takes it whole.")
BOTH_CARRIED = say("The ReplyError carries both: .code and .lines.")
WRONG_RETURN: Finding = (
    "wrong-return",
    say("Nobody was refused, and deliver did not return an empty dict."),
    say("Return a dict of the refused recipients."),
)
WRONG_REFUSALS: Finding = (
    "wrong-refusals",
    say("deliver did not return those who were refused, each with (code, lines)."),
    BOTH_CARRIED,
)
STOPS_AT_REFUSAL: Finding = (
    "stops-at-refusal",
    say("One recipient of three was refused, and deliver gave up: the other two got nothing."),
    say("Catch the ReplyError of RCPT, remember it, and go on with the next recipient."),
)
RECIPIENTS_SKIPPED: Finding = (
    "recipients-skipped",
    say("After the refused recipient deliver left out one that would have been taken."),
    say("Go on with the next recipient: each RCPT is answered by itself."),
)
FORWARD_REFUSED: Finding = (
    "forward-refused",
    say("251 says that the recipient is taken and the mail forwarded; deliver refused it."),
    say("command takes a tuple of codes: both 250 and 251 are a yes here."),
)
NOBODY_LEFT = say("With nobody left there is no delivery: RSET, and return the refused ones.")
DATA_FOR_NOBODY: Finding = (
    "data-for-nobody",
    say("Every recipient was refused, and deliver sent DATA all the same."),
    NOBODY_LEFT,
)
ALL_REFUSED_RAISES: Finding = (
    "all-refused-raises",
    say("Every recipient was refused, and deliver raised instead of returning them."),
    say("The dict of the refused ones says it all."),
)
NO_RSET: Finding = (
    "no-rset",
    say("Nobody is left to deliver to, and deliver left the envelope half written."),
    say("RSET clears it (RFC 5321, section 4.1.1.5), and the session can be used again."),
)
MUST_HEAR = say("No mail was delivered. Whoever called must hear of it: raise ReplyError.")
GOODBYE_COLLECTED: Finding = (
    "goodbye-collected",
    say("421 is the server's goodbye, and deliver took it for the refusal of one recipient."),
    say("After 421 the connection closes (RFC 5321, section 3.8): let the ReplyError pass."),
)
WRONG_ENVELOPE: Finding = (
    "wrong-envelope",
    say("The envelope that arrived is not the one that was asked for."),
    say("MAIL names the sender; each recipient gets a RCPT of its own."),
)
EXTRA_LINE: Finding = (
    "extra-line",
    say("An empty line was added at the end of the message."),
    say("The CRLF before the closing dot belongs to the message: add one only if it is missing."),
)
CONTENT_CHANGED: Finding = (
    "content-changed",
    say("The message that arrived is not the one that was given."),
    say("Only leading dots are doubled on the way, and the server takes them away again."),
)


def letter_in(sent: bytes) -> bytes:
    """What was sent after DATA."""
    found = AFTER_DATA.search(sent)
    return found[1] if found else b""


def before_354(sock: ScriptedSocket) -> bytes:
    """What was sent after DATA before the answer to DATA was read."""
    sent = heard = b""
    for sender, data in sock.events:
        if sender == "C":
            sent += data
        else:
            heard += data
            if b"354 " in heard:
                break
    return letter_in(sent)


def astray(
    verdict: Verdict, sock: ScriptedSocket, message: bytes, *, in_letter: bool
) -> Finding | None:
    """Why deliver raised, or waits. in_letter: the server has not yet seen the lone dot."""
    content = letter_in(sock.sent)
    if verdict.reason == "waits-in-recv" and in_letter:
        return unfinished(content, message, place(verdict))
    if before_354(sock) and verdict.raised.startswith("ReplyError: 354"):
        return EARLY_UNREAD
    if raised(verdict) == "ValueError" and "command(" in verdict.code:
        return verdict.reason, verdict.sentence, NOT_A_COMMAND
    finding = unexpected_reply(verdict)
    read = sum(sender == "S" for sender, _ in sock.events)
    if finding is None or content or read >= len(sock.lines):
        return finding
    # Translators: stands in "... was read in line 7: 2 commands were sent, and 1 reply read."
    commands = plural("{count} command was sent", "{count} commands were sent")
    # Translators: stands in "... was read in line 7: 2 commands were sent, and 1 reply read."
    replies = plural("{count} reply read", "{count} replies read")
    return (
        "out-of-step",
        say(
            "An older answer was read in {place}: {commands}, and {replies}.",
            place=place(verdict),
            commands=counted(len(sock.lines), commands),
            replies=counted(read, replies),
        ),
        say("One command, one reply. After which command did nobody read?"),
    )


def unfinished(content: bytes, message: bytes, where: str = "") -> Finding:
    """Why the server is still in the letter when deliver returns, or waits somewhere."""
    stuffed = reference.dot_stuff(message)
    if where and len(content) < len(message) and stuffed.startswith(content):
        return (
            "reply-in-letter",
            say(
                "In the middle of the letter {place} waits for a reply, and there nobody answers.",
                place=where,
            ),
            say("During the letter the server is silent. It speaks again after the lone dot."),
        )
    last = content.removesuffix(b"\r\n").rpartition(b"\r\n")[2]
    if last.endswith(b".") and last.strip(b"\r\n."):
        return (
            "dot-glued",
            say(
                "The closing dot stands at the end of the last line, {last!r}, so it closes "
                "nothing.",
                last=last,
            ),
            say("The dot stands alone on its line: the message before it must end in CRLF."),
        )
    return (
        "not-closed",
        say(
            "The server still waits for the line that ends the letter, and your last line is "
            "{last!r}.",
            last=last,
        )
        if content.endswith(b"\r\n")
        else say(
            "The server still waits for the line that ends the letter, and your last line is "
            "{last!r}, without CRLF.",
            last=last,
        ),
        say(
            "A lone dot ends it: a dot, CRLF, and CRLF before it. It is no part of the letter, and "
            "is not doubled."
        ),
    )


def list_changed(recipients: list[str], kept: list[str]) -> Finding:
    """kept: what became of the caller's list."""
    lost = ", ".join(each for each in recipients if each not in kept)
    return (
        "changes-argument",
        say(
            "deliver changed the list it was going over: its caller has lost {recipients}.",
            recipients=lost,
        )
        if lost
        else say("deliver changed the list it was going over: its caller has lost its order."),
        say(
            "A list that shrinks under a for makes it skip one. The dict is the place for those "
            "refused."
        ),
    )


def reply_unread(command: str) -> Finding:
    """command: the last one, whose reply nobody read."""
    if command == "DATA":
        return (
            "reply-unread",
            say("deliver returned before it had read the reply after the dot."),
            say("Only that reply says whether the server took the message: read it."),
        )
    return (
        "reply-unread",
        say("deliver returned before it had read the reply to {command}.", command=command),
        say("Each command has a reply. Left unread, it is taken for the next one's."),
    )


def refusal_untold(value: Any, recipient: str) -> Finding | None:
    """What is wrong with what deliver returned when the server refused one recipient."""
    if is_one_of(value, {}):
        return (
            "refusal-hidden",
            say("{recipient} was refused, and deliver said nothing of it.", recipient=recipient),
            say("Put refused[recipient] = (code, lines) into the dict that you return."),
        )
    if type(value) is dict and list(value) == [recipient]:
        refused = value[recipient]
        if not (isinstance(refused, tuple) and len(refused) == 2):
            return (
                "not-a-pair",
                say(
                    "deliver returned {refused!r:.80} for {recipient}, and (code, lines) is "
                    "promised.",
                    refused=refused,
                    recipient=recipient,
                ),
                BOTH_CARRIED,
            )
    return None


def promised_error(what: str) -> Explain:
    """Another exception than ReplyError came, for what the server refused."""
    # Translators: what is MAIL, DATA, or "the message".
    return promised("ReplyError", say("The server refused {what}.", what=what), MUST_HEAR)


def refusal_ignored(what: str, code: int, value: Any) -> Finding:
    return (
        "refusal-ignored",
        # Translators: what is MAIL, DATA, or "the message".
        say(
            "The server refused {what} with {code}, and deliver returned {value!r}.",
            what=what,
            code=code,
            value=value,
        ),
        MUST_HEAR,
    )


def extra_command(line: bytes) -> Finding | None:
    """What is said of a command that is no part of a delivery."""
    verb = line[:4].upper()
    if verb == b"RSET":
        return (
            "extra-command",
            say("deliver sent 'RSET', and there were recipients to deliver to."),
            say(
                "RSET throws away the whole envelope: the sender, and those already taken. It is "
                "for the end, when nobody is left."
            ),
        )
    if verb in (b"QUIT", b"NOOP", b"EHLO", b"HELO"):
        return (
            "extra-command",
            say(
                "deliver sent {command!r}, which is not part of a delivery.",
                command=line.decode(errors="replace"),
            ),
            say("One session may carry many mails: whoever called deliver opens and ends it."),
        )
    return None


def no_brackets(line: bytes) -> Finding | None:
    if line[:4].upper() not in (b"MAIL", b"RCPT") or (b":<" in line and line[-1:] == b">"):
        return None
    return (
        "no-brackets",
        say("{line!r}: the address stands in angle brackets.", line=line.decode(errors="replace")),
        say("MAIL FROM:<address> and RCPT TO:<address>, with no space after the colon."),
    )


def not_one_mail(count: int) -> Finding:
    return (
        "several-mails" if count else "no-mail",
        counted(
            count,
            plural(
                "{count} mail arrived where there should be one.",
                "{count} mails arrived where there should be one.",
            ),
        ),
        say("MAIL, RCPT for each recipient, DATA, the message, a lone dot: in this order, once."),
    )


def fail_on_envelope(trial: Trial, sender: str, *recipients: str) -> NoReturn:
    """End the check over the envelope that arrived."""
    trial.step(
        say(
            "The envelope was: from {sender}, to {recipients}.",
            sender=sender,
            recipients=", ".join(recipients),
        )
    )
    trial.fail(*WRONG_ENVELOPE)
