"""Lesson 09: how long to wait, and whom to try again: with a clock that is moved by hand."""

import ast
import re
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from ..judge import Case, Exercise, Facts
from ..judge.formatting import plain
from ..solutions import trouble as reference
from ..solutions.dialogue import ReplyError
from ..solutions.tls import InsecureError
from ..words import Words

__all__ = ["BACK_OFF", "SEND_WITH_RETRY"]

WORDS = Words(str(Path(__file__).with_name("trouble.py")))  # the lesson's

# --- back_off -----------------------------------------------------------------------------


def nothing_off() -> float:
    return 0


def half_of_it() -> float:
    return 0.5


def all_of_it() -> float:
    return 1


def spread(back_off: Callable[..., Any], number: int) -> Any:
    """What 50 calls without a jitter of ours have in common: are they in bounds, and unlike?"""
    waits = [back_off(number) for _ in range(50)]
    return [all(30 <= wait <= 60 for wait in waits), len(set(waits)) > 10]


def seconds(value: Any, *_: Any) -> Any:
    """Seconds as they are compared: in whatever order they were multiplied."""
    return round(float(value), 6) if type(value) in (int, float) else value


def is_times(factor: Callable[[Facts], float]) -> Callable[[Facts], Any]:
    """A condition: what was returned is so many times what was due."""
    return lambda f: f.form == seconds(f.due_form * factor(f))


def dice(f: Facts) -> Any:
    """Whether chance is asked in another way than by the parameter."""
    return re.search(r"(?m)^ .*\brandom\.\w+\(", f.source)


def calls(f: Facts, name: str) -> bool:
    nodes = (node.func for node in ast.walk(f.tree) if isinstance(node, ast.Call))
    return any(isinstance(func, ast.Name) and func.id == name for func in nodes)


def uncapped(f: Facts) -> float:
    """The wait, if longest did not hold."""
    return float(f.first * 2 ** (f.number - 1) * (1 - f.jitter() / 2))


def without_jitter(f: Facts) -> float:
    return float(min(f.longest, f.first * 2 ** (f.number - 1)))


BACK_OFF = Exercise(
    reference.back_off,
    key=seconds,
    cases=[
        Case("first", (1, 60.0, 1800.0, nothing_off)),
        Case("second", (2, 60.0, 1800.0, nothing_off)),
        Case("fourth", (4, 60.0, 1800.0, nothing_off)),
        Case("other-first", (3, 0.5, 1800.0, nothing_off)),
        Case("longest", (9, 60.0, 1800.0, nothing_off)),
        Case("longest", (1, 60.0, 20.0, nothing_off)),
        Case("half-off", (2, 60.0, 1800.0, all_of_it)),
        Case("quarter-off", (1, 60.0, 1800.0, half_of_it)),
        Case("half-off", (1, 15.0, 1800.0, all_of_it)),
        Case("longest-off", (7, 60.0, 1800.0, all_of_it)),
        "waits",
        Case("many", (10, 1.0, 1800.0, nothing_off)),
        Case("many", (20, 0.001, 1800.0, nothing_off)),
        Case("chance", (1,), drive=spread),
    ],
    mistakes={
        "sleeps": lambda f: f.reason == "waits-in-sleep",
        "own-chance.beside": lambda f: f.returned and dice(f) and calls(f, "jitter"),
        "own-chance": lambda f: f.returned and dice(f),
        "jitter-not-called": lambda f: "'function'" in f.told,
        "counted-from-0": lambda f: f.form == 2 * f.due_form and not f.jitter(),
        "linear": lambda f: f.form == seconds(f.first * f.number) != f.first and not f.jitter(),
        "whole-seconds": lambda f: (
            type(f.got) is int or (f.form == int(f.form) and 0 < abs(f.form - f.due_form) < 1)
        ),
        "not-doubled": lambda f: f.number > 1 and f.form == seconds(f.first),
        "not-capped": lambda f: f.form == seconds(uncapped(f)) != f.due_form,
        "capped-late": lambda f: f.case.why == "longest-off" and f.form == f.longest,
        "jitter-added": lambda f: f.jitter() and f.form > without_jitter(f),
        "jitter-all": lambda f: f.form == seconds(f.first * 2 ** (f.number - 1) * (1 - f.jitter())),
        "jitter-ignored": lambda f: f.form == seconds(f.due_form / (1 - f.jitter() / 2)),
        "no-chance": lambda f: f.case.why == "chance" and f.got[0] and not f.got[1],
    },
)

# --- send_with_retry ----------------------------------------------------------------------

LIN, SAM, NOBODY = "lin@lab.test", "sam@lab.test", "nobody@lab.test"
START, TAKES = 5_000.0, 10.0  # what the clock says when the call begins, and how long a try takes
PATIENCE = 40  # tries, after which the server is tired, and takes all
REPLIES = {
    354: "go on",
    421: "4.3.2 closing",
    450: "4.2.0 Greylisted",
    451: "4.3.0 not now",
    535: "5.7.8 no such login",
    550: "5.1.1 No such user here",
    552: "5.5.3 Too many recipients\nin one mail",
    554: "5.7.1 refused",
}
ERRORS: dict[str, type[Exception]] = {
    "EOFError": EOFError,
    "ConnectionResetError": ConnectionResetError,
    "ConnectionRefusedError": ConnectionRefusedError,
    "BrokenPipeError": BrokenPipeError,
    "TimeoutError": TimeoutError,
    "InsecureError": InsecureError,
    "PermissionError": PermissionError,
}

RAISED: tuple[type[Exception], ...] = (*ERRORS.values(), ReplyError)

# What comes of one try: who is refused, with which code; the code with which all is refused; or
# the exception of a connection.
Outcome = dict[str, int] | int | str
Act = tuple[Any, ...]


def reply(code: int) -> tuple[int, list[str]]:
    return code, REPLIES[code].split("\n")


def played(
    send_with_retry: Callable[..., Any],
    recipients: list[str],
    script: Sequence[Outcome],
    options: dict[str, Any],
) -> list[Act]:
    """Call it with a send that follows a script, and a clock that its sleep moves: all it did."""
    acts: list[Act] = []
    now = START

    def done(kind: str) -> int:
        return sum(act[0] == kind for act in acts)

    def clock() -> float:
        return now

    def sleep(wait: float) -> None:
        nonlocal now
        now += wait
        acts.append(("sleep", seconds(wait)))

    def send(to: Sequence[str]) -> dict[str, Any]:
        nonlocal now
        tries = done("send")
        outcome = script[min(tries, len(script) - 1)] if tries < PATIENCE else {}
        # What deliver would take too, and is no list, is named by its type.
        who = sorted(to) if isinstance(to, list | tuple) else type(to).__name__
        acts.append(("send", who, outcome))
        now += TAKES
        if isinstance(outcome, str):
            raise ERRORS[outcome](outcome)
        if isinstance(outcome, int):
            raise ReplyError(*reply(outcome))
        return {each: reply(outcome[each]) for each in to if each in outcome}

    jitter = cycle(options.get("jitter", (0,))).__next__  # another share for each wait
    how = options | {"clock": clock, "sleep": sleep, "jitter": jitter}
    try:
        got = plain(send_with_retry(send, recipients, **how))
    except RAISED as error:
        if not acts or type(error).__name__ not in (*ERRORS, "ReplyError"):
            raise
        return [*acts, ("raised", type(error).__name__, getattr(error, "code", None))]
    return [*acts, ("returned", got)]


def tries(why: str, *script: Outcome, to: Sequence[str] = (LIN,), **options: Any) -> Case:
    return Case(why, (list(to), script, options), drive=played)


def as_words(act: Act) -> str:
    """One act of the student's or of the reference's, as code."""
    match act:
        case "sleep", wait:
            return f"sleep({wait:g})"
        case "send", to, _:
            return f"send({to})"
        case "raised", name, code:
            return f"raise {name} {code}" if code else f"raise {name}"
    return f"return {act[1]!r}"


def as_clause(before: Sequence[Act]) -> str:
    """The last of these acts, and what came of it, as a part of a sentence."""
    if not before:
        return WORDS("acts.none")
    last = as_words(before[-1])
    match before[-1]:
        case "send", _, int() | str() as raised:
            name = f"ReplyError {raised}" if isinstance(raised, int) else raised
            return WORDS("acts.raised", call=last, name=name)
        case "send", to, outcome if any(each in outcome for each in to):
            refused = [f"{each}: {outcome[each]}" for each in to if each in outcome]
            return WORDS("acts.refused", call=last, refused=", ".join(refused))
    return last


def parting(f: Facts) -> tuple[list[Act], Act, Act]:
    """The acts that both have done, and then what the student's did, and the reference's."""
    both = list(zip(f.got, f.want, strict=False))
    at = next(place for place, (mine, due) in enumerate(both) if mine != due)
    return f.got[:at], f.got[at], f.want[at]


def act(
    dids: str, dues: str, when: Callable[[Facts, list[Act], Act], Any] = lambda *_: True
) -> Callable[[Facts], Any]:
    """A condition: where they part, the student's did one of these, and one of those was due.

    when(f, before, mine) is asked besides: may be it has values for the words.
    """

    def condition(f: Facts) -> Any:
        before, mine, due = parting(f)
        if mine[0] not in dids.split() or due[0] not in dues.split():
            return None
        found = when(f, before, mine)
        values = {"before": as_clause(before), "did": as_words(mine), "was_due": as_words(due)}
        return found and values | (found if isinstance(found, dict) else {})

    return condition


def second_copy(f: Facts, before: list[Act], mine: Act) -> Any:
    """Some who have the message already are tried again."""
    sent = [act for act in before if act[0] == "send" and isinstance(act[2], dict)]
    served = {each for _, to, outcome in sent for each in to if each not in outcome}
    twice = sorted(set(mine[1]) & served)
    return twice and {"twice": ", ".join(twice)}


def refused_for_ever(f: Facts, before: list[Act], mine: Act) -> Any:
    """Some who were told "never" are tried again."""
    *_, (_, _, outcome) = (act for act in before if act[0] == "send")
    final = {each for each, code in outcome.items() if code == 550}
    return sorted(final & set(mine[1]))


def of_connection(f: Facts, before: list[Act], mine: Act) -> bool:
    """Whether the last try ended in an exception that is no reply."""
    return before[-1][0] == "send" and isinstance(before[-1][2], str)


def no_list(f: Facts, before: list[Act], mine: Act) -> Any:
    return type(mine[1]) is str and {"kind": mine[1]}


def of_an_earlier_try(f: Facts, before: list[Act], mine: Act) -> bool:
    """Whether what is raised came of an earlier try, and the last one brought an answer."""
    *earlier, last = (act[2] for act in before if act[0] == "send")
    return isinstance(last, dict) and (mine[2] or mine[1]) in earlier


def timed(f: Facts, before: list[Act], mine: Act) -> bool:
    return "give_up" in f.args[2]


ANY = "send sleep returned raised"

SEND_WITH_RETRY = Exercise(
    reference.send_with_retry,
    forbids=("smtplib",),
    key=lambda acts, *_: acts,
    cases=[
        tries("taken", {}, to=(LIN, SAM)),
        tries("greylisted", {LIN: 450}, {}),
        tries("some-later", {SAM: 450}, {}, to=(LIN, SAM)),
        tries("last-later", {SAM: 450}, {}, to=(LIN, NOBODY, SAM)),
        tries("never", {NOBODY: 550}, to=(LIN, NOBODY)),
        tries("both", {SAM: 450, NOBODY: 550}, {SAM: 451}, {}, to=(LIN, SAM, NOBODY)),
        "told-apart",
        tries("more", {SAM: 354}, {}, to=(LIN, SAM)),
        tries("all-later", 451, {}, to=(LIN, SAM)),
        tries("all-later", 552, {}, to=(LIN, SAM)),
        tries("all-later", 421, {NOBODY: 550}, to=(LIN, NOBODY)),
        tries("all-never", 554),
        tries("all-never", 535, to=(LIN, SAM)),
        tries("too-many", {SAM: 552}, {}, to=(LIN, SAM)),
        *(tries("connection", name, {}, to=(LIN, SAM)) for name in list(ERRORS)[:5]),
        tries("connection-then", {SAM: 450}, "EOFError", {}, to=(LIN, SAM)),
        *(tries("other-error", name) for name in list(ERRORS)[5:]),
        "tried-again",
        tries("some-later", {LIN: 450, SAM: 450}, {SAM: 450}, {}, to=(LIN, SAM)),
        tries("back-off", *[{LIN: 450}] * 6, {}, first=1.0, longest=10.0),
        tries("jitter", {LIN: 450}, 451, {}, jitter=(1, 0.5)),
        tries("many", *[{LIN: 450}] * 30, {}, first=1.0, longest=10.0),
        tries("give-up", {LIN: 450}, give_up=500.0),
        tries("give-up", "EOFError", give_up=500.0),
        tries("give-up", {LIN: 450, NOBODY: 550}, {LIN: 450}, to=(LIN, NOBODY), give_up=300.0),
        tries("give-up", {LIN: 450, NOBODY: 550}, 451, to=(LIN, NOBODY), give_up=300.0),
        tries("give-up", "EOFError", {LIN: 450}, give_up=300.0),
        tries("just-in-time", {LIN: 450}, {}, give_up=70.0),
        tries("too-late", {LIN: 450}, {}, give_up=69.0),
    ],
    mistakes={
        "own-sleep": lambda f: f.reason == "waits-in-sleep",
        "no-list": act("send", ANY, no_list),
        "second-copy": act("send", ANY, second_copy),
        "no-end": act("send sleep", "returned raised", timed),
        "error-swallowed": act("send sleep", "raised", of_connection),
        "never-again": act("send sleep", "returned raised"),
        "never-again.asked": act("send", "send", refused_for_ever),
        "left-out": act("send", "send"),
        "no-wait": act("send", "sleep"),
        "connection-passes": act("raised", "sleep", of_connection),
        "text-not-given": act("raised returned", "sleep", lambda f, *_: f.case.why == "too-many"),
        "time-left": act("raised returned", "sleep", timed),
        "impatient": act("raised returned", "sleep"),
        "other-wait": act("sleep", "sleep"),
        "swallowed": act("returned", "raised"),
        "earlier-error": act("raised", "returned", of_an_earlier_try),
        "raised-instead": act("raised", "returned"),
        "counts-tries": act("raised returned", "send"),
        "other-report": act("returned", "returned"),
        "other-act": act(ANY, ANY),
    },
)
