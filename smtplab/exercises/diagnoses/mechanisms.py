"""Lesson 08: what is wrong with a log_in: the mechanism that it chose, or that it chose one."""

from typing import Any

from ...catalogue import counted, plural, say
from ...solutions.dialogue import ReplyError
from ..cases import Explain, Finding, promised, raised, unexpected_reply
from ..judge import ScriptedSocket, Trial, Verdict
from .auth import PASSWORD, USER, octets_of
from .hello import advice
from .login import Door
from .sending import MUST_HEAR

__all__ = [
    "PROMISED_AT_REFUSAL",
    "astray",
    "judge_login",
    "judge_no_login",
    "judge_refusal",
    "promised_refusal",
]

PROMISED_AT_REFUSAL = promised("ReplyError", say("The server said 535."), MUST_HEAR)


def auth_lines(sock: ScriptedSocket) -> list[bytes]:
    return [line for line in sock.lines if line.upper().startswith(b"AUTH")]


def astray(verdict: Verdict, door: Door, offered: str) -> Finding | None:
    """Why log_in raised, or waits, where one of the mechanisms offered fits."""
    if raised(verdict) == "ValueError":
        return (
            "offer-not-seen",
            say("AUTH {offered} was offered, and log_in raised ValueError.", offered=offered),
            say(
                "The names of mechanisms have no case: RFC 4422, section 3.1. upper() comes "
                "before the comparison."
            )
            if offered != offered.upper()
            else say(
                'The offer is extensions["AUTH"], a str with spaces in it: split() makes a '
                "list of names."
            ),
        )
    if raised(verdict) == "ReplyError" and door.mechanism.upper().decode() not in (
        offered.upper().split()
    ):
        return not_offered(door, offered)
    return advice(verdict) or unexpected_reply(verdict)


def judge_login(trial: Trial, door: Door, sock: ScriptedSocket, offered: str, right: str) -> None:
    """What a log_in that returned has said. right: the mechanism that was to be chosen."""
    trial.require(
        bool(sock.lines),
        "nothing-sent",
        say("AUTH {offered} was offered, and log_in returned without a word.", offered=offered),
        say("auth_plain and auth_login, of lesson 03, say all that there is to say."),
    )
    if door.others:
        trial.fail(
            "extra-command",
            say(
                "log_in said {line!r}: that is no part of a login.",
                line=door.others[0].decode(errors="replace"),
            ),
            say("The hello comes before, and what comes after is for others to say."),
        )
    trial.require(
        len(auth_lines(sock)) == 1,
        "login-twice",
        counted(
            len(auth_lines(sock)),
            plural(
                "AUTH {offered} was offered, and log_in said AUTH {count} time.",
                "AUTH {offered} was offered, and log_in said AUTH {count} times.",
            ),
            offered=offered,
        ),
        say("One login is enough. An `if` after an `if` is asked too; `elif` is not."),
    )
    named = door.mechanism.upper().decode(errors="replace")
    if named != right and named not in offered.upper().split():
        trial.fail(*not_offered(door, offered))
    if named != right:
        trial.fail(
            "login-first",
            say(
                "AUTH {offered} was offered, and log_in chose {named}.",
                offered=offered,
                named=named,
            ),
            say("PLAIN if it can be: one line instead of three, and it is in an RFC (4616)."),
        )
    secret = octets_of(door.heard.get("both", door.heard.get("password", b"")))
    expected = PASSWORD.encode() if right == "LOGIN" else f"\0{USER}\0{PASSWORD}".encode()
    trial.require(
        secret == expected,
        "wrong-credentials",
        say(
            "What log_in said with {right} is not the user and the password that it was given.",
            right=right,
        ),
        say("The order of the parameters: sock, reader, user, password."),
    )


def not_offered(door: Door, offered: str) -> Finding:
    named = door.mechanism.upper().decode(errors="replace")
    return (
        "not-offered",
        say(
            "AUTH {offered} was offered, and log_in said AUTH {named}.",
            offered=offered,
            named=named,
        )
        if named
        else say("AUTH {offered} was offered, and log_in named no mechanism.", offered=offered),
        say(
            "{named} is a part of another name there. Compare with whole words: split() first.",
            named=named,
        )
        if named and named in offered.upper()
        else say("Which mechanisms are there? The words of extensions['AUTH']."),
    )


def promised_refusal(offer: str) -> Explain:
    """Another exception than ValueError came, where no mechanism that is offered fits."""
    look = say("ValueError says what is missing, before anything is said.")
    otherwise = promised("ValueError", say("The server has offered {offer}.", offer=offer), look)

    def explain(verdict: Verdict) -> Finding | None:
        if raised(verdict) == "KeyError":
            return (
                "no-offer",
                say("The server has offered {offer}, and log_in raised KeyError.", offer=offer),
                say('extensions.get("AUTH", "") is "" where there is none.'),
            )
        return otherwise(verdict)

    return explain


def judge_no_login(trial: Trial, got: Any, sock: ScriptedSocket, offer: str) -> None:
    """What came of a log_in where no mechanism that is offered fits."""
    trial.require(
        not sock.sent,
        "not-offered",
        say(
            "The server has offered {offer}, and log_in said {lines}.",
            offer=offer,
            lines=sock.lines[:1],
        ),
        say("A password is said to a server that asks for it. Raise ValueError here."),
    )
    trial.require(
        not trial.raised(got, ReplyError),
        "wrong-exception",
        say(
            "The server has offered {offer}. ReplyError was raised, and ValueError was promised.",
            offer=offer,
        ),
        say("A ReplyError carries what a server has said, and here it has said nothing."),
    )
    trial.require(
        trial.raised(got, ValueError),
        "no-login-ignored",
        say("The server has offered {offer}, and log_in returned {got!r}.", offer=offer, got=got),
        say("Its caller believes that we are logged in. Raise ValueError."),
    )


def judge_refusal(trial: Trial, got: Any, sock: ScriptedSocket) -> None:
    """What came of a log_in whose password was refused."""
    trial.require(
        len(auth_lines(sock)) < 2,
        "tries-again",
        say("The server had said 535, and log_in tried once more, with another mechanism."),
        say("A wrong password is wrong in each of them, and providers count the tries."),
    )
    trial.require(
        trial.raised(got, ReplyError),
        "refusal-ignored",
        say("The server said 535, and log_in returned {got!r} as if all were well.", got=got),
        MUST_HEAR,
    )
