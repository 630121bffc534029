"""Lesson 08: what is wrong with a say_hello: what it said, left unread, or returned."""

import re
from typing import Any

from ...catalogue import say
from ...solutions.dialogue import ReplyError
from ..cases import Finding, known, place, promised, unexpected_reply
from ..judge import ScriptedSocket, Trial, Verdict

__all__ = [
    "CLOSES_SOCKET",
    "PROMISED_AT_END",
    "advice",
    "astray",
    "end_ignored",
    "gave_up",
    "judge_no_hello",
    "judge_offer",
    "judge_words",
    "offer_of_helo",
    "reply_unread",
]

advice = known(
    (
        "'list' object has no attribute 'partition'",
        say("parse_ehlo takes the lines. command returns two things, (code, lines)."),
    ),
    ("line break", say("command adds the CRLF by itself: its line has none.")),
    (
        "no reply code at the start",
        say(
            "That is the rest of a reply that was not read to its end. recv brings a piece, "
            "read_reply a whole reply."
        ),
    ),
    (
        "'LineReader' object has no attribute 'send",
        say("The order of the parameters: sock first, then reader."),
    ),
)
CLOSES_SOCKET: Finding = (
    "closes-socket",
    say("say_hello closed the connection, over which a mail was to go."),
    say("A hello is the beginning. Whoever opened the connection closes it."),
)
LET_END_GO = say("read_line raises it: let it go on to the caller.")
PROMISED_AT_END = promised("EOFError", say("The server hung up."), LET_END_GO)


def astray(verdict: Verdict, sock: ScriptedSocket) -> Finding | None:
    """Why say_hello raised, or waits."""
    verbs = [line[:4].upper().decode(errors="replace") for line in sock.lines]
    refused_greeting = verdict.raised.startswith("ReplyError: 220")
    if refused_greeting and verbs:
        return (
            "greeting-not-read",
            say(
                "The greeting was taken for the answer to {verb}: nobody had read it before.",
                verb=verbs[0],
            ),
            say("The server speaks first. read_reply(reader) reads its greeting."),
        )
    if verdict.reason == "waits-in-recv" and not sock.sent:
        return (
            "waits-for-a-line",
            say(
                "The greeting was read, and {place} waits for one more line: the server waits "
                "for your EHLO.",
                place=place(verdict),
            ),
            say("A greeting is one reply. read_reply reads all its lines."),
        )
    if verdict.raised.startswith("ReplyError: 502") and "HELO" not in verbs:
        return (
            "no-helo",
            say("The server does not know EHLO (502), and say_hello gave up."),
            say(
                "Servers from before 1995 know HELO alone. Catch the ReplyError and look at "
                "its code."
            ),
        )
    if refused_greeting:
        return (
            "welcome-refused",
            say("The server greeted with 220, which is a welcome, and say_hello refused it."),
            say('The code is an int: 220 and "220" are not equal.'),
        )
    return advice(verdict) or unexpected_reply(verdict)


def reply_unread(line: str) -> Finding:
    """line: the last one that was said, whose answer nobody read."""
    return (
        "reply-unread",
        say("say_hello returned, and nobody has read the answer to {line!r}.", line=line),
        say(
            "command sends a line and reads its reply. Left unread, a reply is taken for the "
            "next one's."
        ),
    )


def judge_words(trial: Trial, lines: list[bytes], *words: str) -> None:
    """What was said: these commands and no others, each with a name behind it."""
    said = [line.decode(errors="replace") for line in lines]
    for line in said:
        trial.require(
            re.fullmatch(r"(?i)(EHLO|HELO) \S+", line) is not None,
            "wrong-hello",
            say(
                "say_hello said {line!r}: a hello is EHLO or HELO, a space, and our name.",
                line=line,
            ),
            say('"EHLO client.lab.test", say. What comes after the hello is for others to say.'),
        )
    verbs = [line[:4].upper() for line in said]
    if verbs == list(words):
        return
    if verbs[:1] == ["HELO"]:
        trial.fail(
            "helo-first",
            say("HELO was said first: so the server offers nothing, no STARTTLS and no AUTH."),
            say(
                "EHLO asks for extensions (RFC 5321, section 2.2.1). HELO is for servers that "
                "refuse it."
            ),
        )
    if verbs in (["EHLO"], ["EHLO", "EHLO"]) and "HELO" in words:
        trial.fail(
            "no-helo",
            say("EHLO was refused, and HELO was not said: say_hello said EHLO.")
            if len(verbs) == 1
            else say("EHLO was refused, and HELO was not said: say_hello said EHLO and EHLO."),
            say("HELO is another word: servers from before 1995 know it."),
        )
    right = ", ".join(words)
    trial.fail(
        "wrong-hello",
        # Translators: {said} and {right} are commands, such as EHLO, HELO.
        say("say_hello said {said}, and here {right} is right.", said=", ".join(verbs), right=right)
        if verbs
        else say("say_hello said nothing, and here {right} is right.", right=right),
        say("One hello that the server takes is enough."),
    )


def gave_up(code: int) -> Finding:
    return (
        "no-helo",
        say("The server does not know EHLO ({code}), and say_hello gave up.", code=code),
        say(
            "Servers from before 1995 know HELO alone. Catch the ReplyError, look at its "
            "code, and say HELO."
        ),
    )


def offer_of_helo(value: Any) -> Finding:
    return (
        "offer-of-helo",
        say(
            "After HELO, say_hello returned {value!r}: those are words of politeness.",
            value=value,
        ),
        say("What a server says to HELO offers nothing. Return {} there."),
    )


def end_ignored(value: Any) -> Finding:
    return (
        "end-ignored",
        say(
            "The server hung up before it greeted, and say_hello returned {value!r}.",
            value=value,
        ),
        LET_END_GO,
    )


def judge_offer(trial: Trial, value: Any, expected: dict[str, str]) -> None:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
        trial.fail(
            "reply-returned",
            say(
                "say_hello returned a reply, (code, lines), and the extensions are wanted: a dict."
            ),
            say("parse_ehlo makes them of the lines."),
        )
    trial.equal(
        value,
        expected,
        reason="wrong-extensions",
        sentence=say("The extensions that came back are not those that the server has offered."),
        look=say(
            "command returns (code, lines); parse_ehlo takes the lines, the server's name first."
        ),
    )


def judge_no_hello(
    trial: Trial, value: Any, code: int, lines: list[bytes], words: tuple[str, ...]
) -> None:
    if len(lines) > len(words):
        said = lines[len(words)].decode(errors="replace")
        trial.fail(
            "went-on-after-refusal",
            say(
                "The server had said {code}, and say_hello went on with {said!r}.",
                code=code,
                said=said,
            ),
            say(
                "421 and 554 are no complaint about EHLO: the server wants no session. Which codes "
                "say that a command is not known?"
            )
            if words
            else say("The greeting has a code too, and only 220 is a welcome."),
        )
    trial.require(
        trial.raised(value, ReplyError),
        "refusal-ignored",
        say("The server said {code}, and say_hello returned {value!r}.", code=code, value=value),
        say("Its caller would go on as if there were a session: raise ReplyError(code, lines)."),
    )
    got = getattr(value, "code", None)
    trial.require(
        got == code,
        "other-code",
        say(
            "The server said {code}, and the ReplyError that came has {got!r} for its code.",
            code=code,
            got=got,
        ),
        say("ReplyError wants (code, lines), as they came."),
    )
