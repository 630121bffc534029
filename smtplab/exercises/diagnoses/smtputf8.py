"""Lesson 08: what is wrong with a deliver_utf8: what it said, what arrived, whom it told of."""

import re
from typing import Any

from ...catalogue import say
from ..cases import Explain, Finding, place, promised, raised, unexpected_reply
from ..desk import Desk
from ..judge import ScriptedSocket, Trial, Verdict
from ..judge.words import described
from .delivery import CONTENT_CHANGED, NOBODY_LEFT, fail_on_envelope, letter_in, not_one_mail
from .sending import MUST_HEAR, alone

__all__ = [
    "DATA_FOR_NOBODY",
    "NO_RSET",
    "STOPS_AT_REFUSAL",
    "astray",
    "judge_arrived",
    "judge_said",
    "judge_told",
    "promised_error",
    "refusal_ignored",
]

FORM = r"(?i)MAIL FROM:<[^<>]*>( \S+)+|RCPT TO:<[^<>]*>"  # RFC 5321, section 4.1.1.2 and 4.1.1.3

STOPS_AT_REFUSAL: Finding = (
    "stops-at-refusal",
    say("One recipient of three was refused, and deliver_utf8 gave up on all."),
    say("Catch the ReplyError of RCPT, remember it, and go on: as in deliver."),
)
DATA_FOR_NOBODY: Finding = (
    "data-for-nobody",
    say("Every recipient was refused, and deliver_utf8 sent DATA all the same."),
    NOBODY_LEFT,
)
NO_RSET: Finding = (
    "no-rset",
    say("Nobody is left to deliver to, and deliver_utf8 left the envelope half written."),
    say("RSET clears it (RFC 5321, section 4.1.1.5), as in deliver."),
)


def astray(verdict: Verdict, sock: ScriptedSocket, desk: Desk) -> Finding | None:
    """Why deliver_utf8 raised, or waits."""
    if raised(verdict) == "UnicodeEncodeError":
        return (
            "not-utf8",
            # Translators: {place} is "Line 12".
            say(
                "{place} makes octets of an address as ASCII, and 林 is none.",
                place=place(verdict).capitalize(),
            ),
            say("With SMTPUTF8 the wire carries UTF-8. command sends that."),
        )
    if verdict.reason == "waits-in-recv" and desk.content is not None:
        return unfinished(sock.sent)
    return unexpected_reply(verdict)


def unfinished(sent: bytes) -> Finding:
    last = letter_in(sent).removesuffix(b"\r\n").rpartition(b"\r\n")[2]
    return (
        "not-closed",
        say(
            "The server still waits for the end of the letter; your last line is {last!r}.",
            last=last[-40:],
        ),
        say("A lone dot ends it: a dot, CRLF, and CRLF before it."),
    )


def judge_said(trial: Trial, sock: ScriptedSocket, desk: Desk) -> None:
    """What was said: the letter to its end, and commands of a delivery, in their form."""
    if desk.content is not None:
        trial.fail(*unfinished(sock.sent))
    mails = [line for line in desk.commands if line[:4].upper() == b"MAIL"]
    for line in mails:
        said = line.decode(errors="replace")
        trial.require(
            "SMTPUTF8" in said.rpartition(">")[2].upper().split(),
            "not-asked",
            say(
                "{said!r} does not ask for SMTPUTF8, and an address of this mail is not ASCII.",
                said=said,
            ),
            say("MAIL FROM:<address>, a space, SMTPUTF8: RFC 6531, section 3.4."),
        )
    for line in desk.commands:
        said = line.decode(errors="replace")
        if said[:4].upper() not in ("MAIL", "RCPT", "DATA", "RSET"):
            trial.fail(
                "extra-command",
                say("deliver_utf8 sent {said!r}, which is not part of a delivery.", said=said),
                say("One session may carry many mails: whoever called opens and ends it."),
            )
        trial.require(
            said[:4].upper() not in ("MAIL", "RCPT") or re.fullmatch(FORM, said) is not None,
            "wrong-form",
            say("{said!r} is not in the form of its command.", said=said),
            say(
                "MAIL FROM:<address> SMTPUTF8, with that space, and RCPT TO:<address> with nothing "
                "behind it."
            ),
        )


def judge_arrived(
    trial: Trial, desk: Desk, sender: str, recipients: list[str], message: bytes
) -> None:
    """What arrived: one mail, from this sender, to these recipients, with this content."""
    if len(desk.mails) != 1:
        trial.fail(*not_one_mail(len(desk.mails)))
    began, taken, raw = desk.mails[0]
    was = [each.decode(errors="replace").partition(" ")[0] for each in (began, *taken)]
    if was != [f"<{each}>" for each in (sender, *recipients)]:
        fail_on_envelope(trial, *was)
    if raw != message:
        reason, sentence, _ = CONTENT_CHANGED
        trial.fail(
            reason,
            sentence,
            say(
                "dot_stuff doubles leading dots, and the server takes them away again. A CRLF at "
                "the end is added if it is missing."
            ),
            sent=raw,
            expected=message,
        )


def judge_told(trial: Trial, value: Any, expected: dict[str, Any]) -> None:
    trial.equal(
        value,
        expected,
        reason="wrong-refusals",
        sentence=say(
            "deliver_utf8 did not return those who were refused, each with (code, lines)."
        ),
        look=say("As deliver does: the ReplyError of RCPT carries both, .code and .lines."),
    )


def promised_error(situation: str) -> Explain:
    """Another exception than ReplyError came. situation: the clause that says what was refused."""
    return promised("ReplyError", alone(situation), MUST_HEAR)


def refusal_ignored(situation: str, code: int, value: Any) -> Finding:
    """value: what came in place of the ReplyError, returned or raised."""
    return (
        "refusal-ignored",
        say(
            "{situation} ({code}), and deliver_utf8 raised {error}.",
            situation=situation,
            code=code,
            error=described(value),
        )
        if isinstance(value, Exception)
        else say(
            "{situation} ({code}), and deliver_utf8 returned {value!r:.60}.",
            situation=situation,
            code=code,
            value=value,
        ),
        MUST_HEAR,
    )
