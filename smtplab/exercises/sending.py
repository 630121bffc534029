"""send_mail: the scenarios of its check, each judged as the gauntlet judges, and by more.

Theory of operation. The first few, where nothing is wrong with the provider, run one after the
other: who fails there is told at once. Then all scenarios run together, each with a lab of its own,
as in the gauntlet. Where nothing is wrong that is all. Else each that went wrong, of the first few
too, is played once more, alone and with more patience, until one goes wrong again: that one is
told. So a slow machine costs time and no more.

What send_mail promises beyond what the gauntlet asks of any sender stands in sending_mistakes.py.
"""

import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from ..judge import Case, Check, Exercise
from ..judge.check import CheckEnded
from ..lab import faults
from ..solutions import client as reference
from ..solutions.dialogue import ReplyError
from ..solutions.tls import InsecureError
from .gauntlet.attempt import Attempt, at_once, settle, timeouts_noted
from .gauntlet.scenarios import LETTER, Cautious, Delivered, Mail, Raises, Scenario, sent
from .sending_mistakes import MISTAKES, SendingFacts

__all__ = ["SEND_MAIL"]

LIN, SAM, NOBODY, FOREIGN = "lin@lab.test", "sam@lab.test", "nobody@lab.test", "林@lab.test"
OTHER = "mail.elsewhere.test"  # the name that the lab's "wrong-name" certificate holds for
ENOUGH = 2.5  # seconds that no answer on loopback takes, and less than the deadline
FIRST = 3  # scenarios that are played alone before all of them are
IMPATIENT = 0.3  # seconds that a client waits for a server that will not answer
PATIENCE = 3  # times that, when nothing else runs
LATE = 0.1  # seconds that a reply takes which somebody may not wait for
OFFER = rb"SIZE \d+"
HELLO = Mail(subject="Hello", text="Hello Lin,\n.\n..this line has two dots\n你好\n")
BLANKS = replace(HELLO, subject="你好", text="  blanks at both ends  \n\n")
GONE = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)  # what a socket raises
REPORTED = (OSError, EOFError, ValueError, ReplyError, InsecureError)


def case(key: str, port: int = 587, *flaws: Any, **how: Any) -> Case:
    """One call. flaws are the provider's, or habits of somebody on the way to it."""
    usual: dict[str, Any] = {"mail": HELLO, "timeout": ENOUGH}
    return Case(key, (sent(key, *flaws, port=port, **(usual | how)),))


def refused(key: str, kinds: Any, code: int | None = None, *flaws: Any, port: int = 587,
            **how: Any) -> Case:  # fmt: skip
    """One call that is to raise an exception of one of these classes, with this code."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    due = Raises(code, in_time=TimeoutError in kinds, kinds=kinds)
    return case(key, port, *flaws, expects=(due,), **how)


def to(*recipients: str, **how: Any) -> Mail:
    return replace(HELLO, recipients=recipients, **how)


WRONG = {"password": "not the authorization code"}
LOGIN = {"user": "you@lab.test", "password": "abcdefghijklmnop"}
EXACT = case("size-exact", 25)
PLAIN = ("clear", "none-and-starttls")  # cases in which the same message is sent
CASES: Sequence[Case | str] = (
    case("clear", 25),
    case("tls", 465),
    case("starttls"),
    case("letter", mail=replace(LETTER, recipients=(LIN, SAM, LIN))),
    case("foreign", mail=to(FOREIGN)),
    case("foreign-second", mail=to(LIN, FOREIGN)),
    case("foreign-sender", 25, mail=replace(HELLO, sender=FOREIGN)),
    case("ascii-alone", 587, faults.Without("SMTPUTF8"), mail=BLANKS),
    case("no-hostname", 465, changes={"hostname": ...}),
    case("one-refused", expects=(Delivered({NOBODY: 550}),), mail=to(LIN, NOBODY, SAM)),
    "sent",
    case("size-before", 587, faults.Reword(OFFER, b"SIZE 100", at="EHLO", times=1)),
    # Who may hear the password
    case("no-user", 25, profile="legacy"),
    refused("struck", InsecureError, None, faults.StripStarttls(), profile="legacy"),
    refused("struck", InsecureError, None, faults.StripStarttls(), port=25, profile="legacy",
            changes={"security": "starttls"}),
    refused("starttls-454", (ReplyError, InsecureError), None, faults.Reply(454, at="STARTTLS"),
            profile="legacy"),
    refused("none-and-user", InsecureError, port=25, profile="legacy", changes=LOGIN),
    case("none-and-starttls", 25),
    *(
        refused(key, ssl.SSLError, port=port, changes={name: value})
        for port in (465, 587)
        for key, name, value in (("hostname", "hostname", OTHER), ("cafile", "cafile", ...))
    ),
    "trusted",
    # What is refused
    refused("all-refused", ReplyError, 550, faults.Reply(550, at="RCPT"), mail=to(LIN, SAM, LIN)),
    refused("greeting-554", ReplyError, 554, faults.Reply(554, at="greeting")),
    refused("login-421", ReplyError, 421, faults.Reply(421, at="AUTH")),
    refused("sender-550", ReplyError, 550, faults.Reply(550, at="MAIL")),
    refused("recipient-421", ReplyError, 421, faults.Reply(421, at="RCPT")),
    refused("recipient-450", ReplyError, 450, faults.Reply(450, at="RCPT")),
    refused("message-552", ReplyError, 552, faults.Reply(552, at="message")),
    refused("password-535", ReplyError, 535, port=465, changes=WRONG),
    refused("drop-after", (EOFError, *GONE), None, faults.Drop(at="message"), port=25),
    refused("no-auth", (ValueError, InsecureError), None, faults.Without("AUTH")),
    "refusals",
    case("quit-drop", 25, faults.Drop(at="QUIT")),
    case("quit-421", 25, faults.Reply(421, at="QUIT")),
    case("quit-silent", 25, faults.Silence(at="QUIT"), timeout=IMPATIENT),
    case("quit-nonsense", 25, faults.Reword(rb"221[^\r]*", b"so long")),
    case("quit-late", 25, faults.Slow(LATE, at="QUIT")),
    # What cannot be sent. Who takes a str for one recipient does no harm.
    case("recipients-str", 25, expects=(Cautious((ValueError,)),), changes={"recipients": LIN}),
    *(
        refused(key, ValueError, port=25, changes={name: value})
        for key, name, value in (
            ("security", "security", "ssl"),
            ("no-recipients", "recipients", []),
            ("subject", "subject", "Hello\r\nBcc: sam@lab.test"),
        )
    ),
    refused("no-utf8", ValueError, None, faults.Without("SMTPUTF8"), mail=to(FOREIGN)),
    # What was offered before TLS counts for nothing.
    refused("no-utf8", ValueError, None, faults.Without("SMTPUTF8"),
            faults.Reword(b"HELP", b"SMTPUTF8", at="EHLO", times=1), mail=to(FOREIGN)),
    *(
        refused("silent", TimeoutError, None, faults.Silence(at="RCPT"), port=port,
                timeout=IMPATIENT)
        for port in (465, 587)
    ),
    # How long it may be
    refused("size", ValueError, port=25, size=1_000, mail=replace(HELLO, text="too long\n" * 200)),
    refused("size", ValueError, port=25, size=1_000,
            mail=replace(HELLO, attachments=(("heavy.dat", bytes(800)),))),
    case("size-large", 25, size=1_000_000),
    case("size-0", 25, faults.Reword(OFFER, b"SIZE 0")),
    case("size-empty", 25, faults.Reword(OFFER, b"SIZE")),
    case("size-none", 25, faults.Without("SIZE")),
    case("two-lines", 25, faults.LongReply(lines=1, at="RCPT"),
         expects=(Delivered({NOBODY: 550}),), mail=to(LIN, NOBODY)),
    "limits",
    EXACT,
    refused("no-password", ValueError, port=465, changes={"password": None}),
)  # fmt: skip


@dataclass(kw_only=True)
class Sending(Exercise):
    """send_mail's check: its cases are scenarios, and what is right in each stands there."""

    def check(self, trial: Check, function: Any) -> None:
        cases = [each for each in self.cases if isinstance(each, Case)]
        every = FIRST + len(cases)
        for number, first in enumerate(cases[:FIRST]):
            trial.told(number, every)
            [played] = self._at_once(trial, function, [first])
            if not played.alike:
                self._alone(trial, function, first)
        together = [each for each in cases if each is not EXACT]
        facts = self._at_once(
            trial, function, together, lambda ended: trial.told(FIRST + ended, every)
        )
        wrong = {id(each.case) for each in facts if not each.alike}
        for each in self.cases:
            if isinstance(each, str):
                trial.step(self._words(f"{self.name}.steps.{each}"))
            elif each is EXACT:
                plain = [f for f in facts if f.case.why in PLAIN and f.arrived]
                self._exact(trial, function, {len(f.arrived[0].raw) for f in plain})
            elif id(each) in wrong:
                self._alone(trial, function, each)

    def _at_once(
        self,
        trial: Check,
        function: Any,
        cases: Sequence[Case],
        told: Callable[[int], None] = lambda ended: None,
    ) -> list[SendingFacts]:
        """Play all of them together; what is said of them is for `_alone` to say."""
        scenarios = [case.args[0] for case in cases]
        with at_once(scenarios, function, trial.deadline, told) as played:
            return [
                SendingFacts(trial, case, attempt.sent[0], result=result)
                for case, (attempt, result) in zip(cases, played, strict=True)
            ]

    def _alone(self, trial: Check, function: Any, case: Case) -> None:
        """Play one by itself, and say what is wrong with it, if it still is."""
        scenario: Scenario = case.args[0]
        if scenario.timeout == IMPATIENT:
            scenario = replace(scenario, timeout=IMPATIENT * PATIENCE)
        before = len(trial.steps)
        trial.step(self.step(case))
        with ExitStack() as stack, timeouts_noted():
            lab = trial.lab(scenario.profile, scenario.faults, scenario.size)
            attempt = Attempt(scenario, function, stack, lab)
            over = None
            try:
                trial.call(attempt.send, says=_call(attempt.ways[0][2], scenario), raises=REPORTED,
                           may_leave_open=True)  # fmt: skip
                settle([attempt])  # what is said of it shows the session to its end
                if trial.error is not None and isinstance(scenario.expects[0], Delivered):
                    trial.unexpected()
                trial.nothing_left_open()
            except CheckEnded as ended:
                over = ended.verdict
            settle([attempt])
            facts = SendingFacts(trial, case, attempt.sent[0], over)
            facts.step = trial.steps[before]
            if not facts.alike:
                self.tell(facts)
        del trial.steps[before:]

    def _exact(self, trial: Check, function: Any, lengths: set[int]) -> None:
        """A message may be as long as SIZE says. How long this one is, others have told.

        A random Message-ID may be longer once: three times it is not.
        """
        if len(lengths) != 1:
            return
        limit = lengths.pop()
        scenario = replace(EXACT.args[0], flaws=(faults.Reword(OFFER, b"SIZE %d" % limit),))
        right = replace(EXACT, args=(scenario,), values={"limit": limit})
        facts = self._at_once(trial, function, [right] * 3)
        if not any(each.alike for each in facts):
            self._alone(trial, function, right)


def _call(arguments: dict[str, Any], scenario: Scenario) -> str:
    """How the call reads in a step: what matters of it."""
    shown = [repr(arguments["host"]), repr(arguments["port"])]
    names = ["security", "user", *(n for n in scenario.changes if n in ("hostname", "cafile"))]
    shown += [f"{n}={arguments[n]!r}" for n in [*names, "recipients"] if n in arguments]
    return f"send_mail({', '.join(shown)}, ...)"


SEND_MAIL = Sending(
    reference.send_mail,
    points=40,
    forbids=("smtplib", "asyncio", "email.message", "subprocess"),
    cases=CASES,
    mistakes=MISTAKES,
)
