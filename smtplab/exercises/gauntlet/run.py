"""The gauntlet: the student's send_mail and smtplib, through the same scenarios, side by side.

Theory of operation. Each sender meets each scenario in a lab of its own. All the light
scenarios run at once, each in a thread of its own under the judge's deadline, so that a client
that hangs in every one of them costs one deadline; smtplib goes first, undisturbed by what the
student's code may do. Heavy ones follow alone. Then each lab is asked what it saw: what arrived,
what was said, and whether somebody who listens has learnt a password.

What is wrong with every letter, such as a Date that is missing, is said in the first row that
shows it. The rows after it are judged on the rest.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import FunctionType
from typing import Any

from ...judge.bounds import Starved, give_back
from ...judge.capture import AskedForInput
from ...judge.check import at
from ...judge.run import Result
from ...judge.source import is_stub
from ...lab import Transcript
from ...words import joined
from .attempt import Attempt, Sender, at_once
from .library import with_smtplib
from .scenarios import SCENARIOS, Scenario
from .troubles import TROUBLES, UNSAFE, WORDS, first_trouble, named, right

__all__ = ["Gauntlet", "Outcome", "Row", "run_gauntlet"]

DEADLINE = 8.0  # seconds for all the light scenarios together
HEAVY_DEADLINE = 30.0  # and for a heavy one
LACKED = 0.5  # seconds of a processor whose lack is felt
FEW, PATIENCE = 4, 5  # scenarios at once, and times both deadlines, where it was
LONGEST = 300.0  # seconds for all that is played again


@dataclass(frozen=True)
class Outcome:
    """What became of one sender in one scenario, and all that its lab heard and said."""

    right: bool
    sentence: str
    transcript: Transcript


@dataclass(frozen=True)
class Row:
    scenario: Scenario
    mine: Outcome
    library: Outcome


@dataclass(frozen=True)
class Gauntlet:
    """All rows, in order, and how long it took; without rows, `message` says why there are none."""

    rows: tuple[Row, ...] = ()
    seconds: float = 0.0
    message: str = ""

    @property
    def right(self) -> int:
        return sum(row.mine.right for row in self.rows)

    @property
    def passed(self) -> bool:
        return bool(self.rows) and self.right == len(self.rows)

    def __repr__(self) -> str:
        return WORDS("run.shown", right=self.right, total=len(self.rows))


def run_gauntlet(
    send_mail: Any,
    scenarios: Iterable[Scenario] | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
    only: str = "",
) -> Gauntlet:
    """Run a sender, and smtplib, through the scenarios: all, or those that are given.

    only: those alone that have this in their name. Nothing that a sender does is raised here.
    `told` hears how many runs are done, of how many.
    """
    chosen = sorted(SCENARIOS if scenarios is None else scenarios, key=lambda each: each.heavy)
    chosen = [each for each in chosen if only.lower() in each.name.lower()]
    if not chosen:
        return Gauntlet(message=WORDS("run.none-of-that-name", only=only))
    if not isinstance(send_mail, FunctionType):
        return Gauntlet(message=WORDS("run.no-function"))
    if is_stub(send_mail):
        return Gauntlet(message=WORDS("run.not-written", function=send_mail.__name__))
    began = time.monotonic()
    every = 2 * len(chosen)
    library = _through(with_smtplib, chosen, lambda done: told(done, every))
    mine = _through(send_mail, chosen, lambda done: told(len(chosen) + done, every))
    give_back()
    return Gauntlet(tuple(map(Row, chosen, mine, library)), time.monotonic() - began)


def _through(
    sender: Sender, scenarios: Sequence[Scenario], report: Callable[[int], None]
) -> list[Outcome]:
    """Lead one sender through all scenarios; the heavy ones stand last."""
    light = [scenario for scenario in scenarios if not scenario.heavy]
    heavy = [[scenario] for scenario in scenarios if scenario.heavy]
    outcomes: list[Outcome] = []
    told: set[str] = set()
    for group in [light, *heavy]:
        deadline = DEADLINE if group is light else HEAVY_DEADLINE
        report(before := len(outcomes))
        on = partial(lambda before, ended: report(before + ended), before)
        starved = Starved()
        with at_once(group, sender, deadline, on) as played:
            outcomes += [_outcome(*one, deadline, told) for one in played]
            late = [place for place, one in enumerate(played, before) if _late(*one)]
        # On a busy machine the client's patience may have ended, or ours: again, with more of
        # both, and few at once. Who then waits although there was a processor is not late.
        starved_once = starved.seconds() > LACKED
        late = [place for place in late if starved_once and not outcomes[place].right]
        until = time.monotonic() + LONGEST
        while late and time.monotonic() < until:
            report(len(outcomes) - len(late))
            few, late = late[:FEW], late[FEW:]
            patient = [_patient(group[place - before]) for place in few]
            starved, start = Starved(), time.monotonic()
            with at_once(patient, sender, deadline * PATIENCE) as played:
                for place, one in zip(few, played, strict=True):
                    outcomes[place] = _outcome(*one, deadline * PATIENCE, told)
                if any(result.interrupted for _, result in played):
                    break
                waited = time.monotonic() - start > min(each.timeout for each in patient)
                if waited and starved.seconds() > LACKED:
                    again = zip(few, played, strict=True)
                    late += [n for n, one in again if _late(*one) and not outcomes[n].right]
    return outcomes


def _late(attempt: Attempt, result: Result) -> bool:
    over = result.timed_out and not result.interrupted
    return over or any(isinstance(sent.error, TimeoutError) for sent in attempt.sent)


def _patient(scenario: Scenario) -> Scenario:
    return replace(scenario, timeout=scenario.timeout * PATIENCE)


def _outcome(attempt: Attempt, result: Result, deadline: float, told: set[str]) -> Outcome:
    """Judge what became of it, now that it is over."""
    transcript = attempt.lab.transcript
    trouble = _ended(result, deadline) or first_trouble(UNSAFE, *attempt.sent)
    if trouble:
        return Outcome(False, trouble, transcript)
    wrong: list[str] = []
    for sent in attempt.sent:
        sent.told = told
        wrong.append(first_trouble(TROUBLES, sent))
        told |= {each for each in sent.differences if each in wrong[-1]}
    said = [bad or right(sent) for bad, sent in zip(wrong, attempt.sent, strict=True)]
    if len(set(attempt.scenario.ports)) > 1 and len(set(said)) > 1:
        ways = zip(attempt.scenario.ports, said, strict=True)
        said = [WORDS("run.way", port=port, sentence=sentence) for port, sentence in ways]
    if any(wrong) and attempt.scenario.in_turn:
        steps = zip(attempt.scenario.in_turn, wrong, strict=False)
        said = [WORDS("run.step", step=fault.at, sentence=bad) for fault, bad in steps if bad]
        said += filter(None, wrong[len(attempt.scenario.in_turn) :])
    return Outcome(not any(wrong), joined(dict.fromkeys(said)), transcript)


def _ended(result: Result, deadline: float) -> str:
    """How it ended, where it did not end as a function does."""
    values = {"call": result.waits_in, "at": at(result.where), "seconds": deadline}
    if result.interrupted:
        return WORDS("ended.interrupted")
    if result.refused is not None:
        return WORDS("ended.input" if isinstance(result.refused, AskedForInput) else "ended.flood")
    if result.timed_out:
        return WORDS.fill("ended.waits" if result.waits_in else "ended.turns", values)
    if result.error is not None:
        return WORDS("ended.exit", error=named(result.error), **values)
    for left in result.left_open:
        key = "ended.left-open-at" if left.where else "ended.left-open"
        return WORDS(key, what=left.what, at=at(left.where))
    return ""
