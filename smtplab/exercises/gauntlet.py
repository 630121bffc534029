"""The gauntlet: the student's send_mail and smtplib, through the same scenarios, side by side.

Theory of operation. Each sender meets each scenario in a lab of its own. All the light
scenarios run at once, each in a thread of its own under the judge's deadline, so that a client
that hangs in every one of them costs one deadline; smtplib goes first, undisturbed by what the
student's code may do. Heavy ones follow alone. Then each lab is asked what it saw: what arrived,
what was said, and whether somebody who listens has learnt a password.
"""

import base64
import binascii
import re
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from types import FunctionType
from typing import Any

from ..catalogue import counted, plural, say
from ..lab import Lab, Line, Mailbox, Session, Transcript, Wiretap
from .arrival import difference
from .judge import at
from .judge.run import AskedForInput, Result, run_together, where
from .judge.source import files_of, is_stub
from .judge.words import described
from .library import with_smtplib
from .scenarios import (
    CANARY,
    SCENARIOS,
    SECURITY,
    Cautious,
    Delivered,
    Expectation,
    Raises,
    Scenario,
)

__all__ = ["Gauntlet", "Outcome", "Row", "run_gauntlet"]

DEADLINE = 8.0  # seconds for all the light scenarios together
HEAVY_DEADLINE = 30.0  # and for a heavy one
SETTLING = 1.0  # seconds in which the labs may come to the end of what was sent to them
WRONG_PASSWORD = "not the authorization code"

# What is raised by a slip in the code, and by no server.
MISTAKES = (
    ArithmeticError, AssertionError, AttributeError, BufferError, ImportError, LookupError,
    MemoryError, NameError, NotImplementedError, RecursionError, StopIteration, TypeError,
)  # fmt: skip
TIME_IS_UP = re.compile(r"(?i)time[d]?[ -]?out|in time|time is up|too long")

Sender = Callable[..., Any]


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
        return say(
            "<Gauntlet: {right} of {total} scenarios passed>",
            right=self.right,
            total=len(self.rows),
        )


def run_gauntlet(send_mail: Any, scenarios: Iterable[Scenario] | None = None) -> Gauntlet:
    """Run a sender, and smtplib, through the scenarios: all, or those that are given.

    Nothing that a sender does is raised here.
    """
    chosen = tuple(SCENARIOS if scenarios is None else scenarios)
    if not isinstance(send_mail, FunctionType):
        return Gauntlet(
            message=say(
                "gauntlet wants the function itself, without parentheses: gauntlet(send_mail)."
            )
        )
    if is_stub(send_mail):
        return Gauntlet(message=say("{name} is not yet written.", name=send_mail.__name__))
    began = time.monotonic()
    library = _through(with_smtplib, chosen)
    mine = _through(send_mail, chosen)
    rows = [Row(s, mine[number], library[number]) for number, s in enumerate(chosen)]
    return Gauntlet(tuple(rows), time.monotonic() - began)


def _through(sender: FunctionType | Sender, scenarios: tuple[Scenario, ...]) -> list[Outcome]:
    """Lead one sender through all scenarios."""
    light = [number for number, scenario in enumerate(scenarios) if not scenario.heavy]
    heavy = [[number] for number, scenario in enumerate(scenarios) if scenario.heavy]
    found: dict[int, Outcome] = {}
    for group in [light, *heavy]:
        with ExitStack() as stack:
            attempts = [Attempt(scenarios[number], sender, stack) for number in group]
            deadline = HEAVY_DEADLINE if group in heavy else DEADLINE
            calls = [attempt.call for attempt in attempts]
            results = run_together(calls, files=files_of(sender), deadline=deadline)
            _settle(attempts)
            for number, attempt, result in zip(group, attempts, results, strict=True):
                found[number] = attempt.outcome(result, deadline)
    return [found[number] for number in range(len(scenarios))]


def _settle(attempts: list["Attempt"]) -> None:
    """Wait until every lab has come to the end of its sessions: the clients are all gone."""
    until = time.monotonic() + SETTLING
    sessions = [session for attempt in attempts for session in attempt.lab.transcript]
    while any(session.ended is None for session in sessions) and time.monotonic() < until:
        time.sleep(0.005)


@dataclass(frozen=True)
class Try:
    """One call of a sender: what came of it, and how much had arrived by then."""

    value: Any
    error: Exception | None
    arrived: int


class Attempt:
    """One sender in one scenario, with a lab of its own."""

    def __init__(self, scenario: Scenario, sender: Sender, stack: ExitStack) -> None:
        self.scenario = scenario
        self.files = files_of(sender)
        lab = Lab(scenario.profile, scenario.faults, size=scenario.size)
        self.lab = stack.enter_context(lab)
        self.taps: list[Wiretap] = []
        self.password = self.lab.account.authorization_code
        if scenario.wrong_password:
            self.password = WRONG_PASSWORD
        calls = [self._call(sender, port, stack) for port in scenario.ways]
        self.call = partial(_tries, calls, self.lab.mailbox)

    def _call(self, sender: Sender, port: int, stack: ExitStack) -> Callable[[], Any]:
        """What the sender is to do once, with the way there that the scenario has."""
        address = self.lab.address(port)
        if self.scenario.habits:
            self.taps.append(stack.enter_context(self.lab.tap(port, *self.scenario.habits)))
            address = self.taps[-1].address
        login = {"user": self.lab.account.address, "password": self.password}
        return partial(
            sender,
            *address,
            security=SECURITY[port],
            cafile=self.lab.ca_file,
            hostname=self.lab.hostname,
            timeout=self.scenario.timeout,
            **(login if port != 25 else {}),
            **self.scenario.mail.arguments,
        )

    def outcome(self, result: Result, deadline: float) -> Outcome:
        """Judge what became of it, now that it is over."""
        tries: list[Try] = result.value or []
        trouble = self._ended(result, deadline) or self._unsafe(tries)
        if trouble:
            return Outcome(False, trouble, self.lab.transcript)
        all_right = True
        said: list[str] = []
        for number, (expected, one) in enumerate(zip(self.scenario.expects, tries, strict=True)):
            before = tries[number - 1].arrived if number else 0
            right, sentence = self._judged(expected, one, one.arrived - before)
            all_right = all_right and right
            said.append(sentence)
        if len(self.scenario.ports) > 1 and len(set(said)) > 1:
            ways = zip(self.scenario.ports, said, strict=True)
            said = [
                # Translators: {port} is a port's number, {sentence} what happened there.
                say("On {port}: {sentence}", port=port, sentence=sentence)
                for port, sentence in ways
            ]
        return Outcome(all_right, " ".join(dict.fromkeys(said)), self.lab.transcript)

    # What is wrong in any scenario

    def _ended(self, result: Result, deadline: float) -> str:
        """How it ended, where it did not end as a function does."""
        if result.interrupted:
            return say("You interrupted it.")
        if isinstance(result.refused, AskedForInput):
            return say("Asks for something to be typed, and nobody is there.")
        if result.refused is not None:
            return say("Prints without end.")
        if result.timed_out and result.waits_in:
            return say(
                "Waits in {call}{at}; ended after {seconds:g} seconds.",
                call=result.waits_in,
                at=at(result.where),
                seconds=deadline,
            )
        if result.timed_out:
            return say(
                "Does not come to an end{at}; ended after {seconds:g} seconds.",
                at=at(result.where),
                seconds=deadline,
            )
        if result.error is not None:
            return say(
                "Ends the whole program{at}: {error}.",
                at=at(result.where),
                error=_named(result.error),
            )
        for left in result.left_open:
            return (
                # Translators: {what} is "a connection to 127.0.0.1:25".
                say("Leaves open {what}, made{at}.", what=left.what, at=at(left.where))
                if left.where
                else say("Leaves {what} open.", what=left.what)
            )
        return ""

    def _unsafe(self, tries: list[Try]) -> str:
        """What should never be said, to anybody."""
        clear, _ = self._said_by_client
        if 25 not in self.scenario.ports:
            if _tells(clear, self.password):
                return say("Gives the password away: it went over in the clear.")
            if any(line.kind == "data" and not line.tls for line in self._lines):
                return say("Sends the mail in the clear, and was asked not to.")
        for port, tap in zip(self.scenario.ways, self.taps, strict=False):
            overheard = b"".join(s.data for s in tap.overheard if s.sender == "C")
            if _tells(overheard, self.password):
                return say(
                    "On {port}: gives the password away to the machine in the middle.", port=port
                )
        for session in self.lab.transcript if self.scenario.stranger else ():
            heard = b"".join(event.data for event in session.events if event.sender == "C")
            if _tells(heard, self.password):
                return say(
                    "On {port}: tells the password to a server that is not to be trusted.",
                    port=session.port,
                )
        for one in tries:
            if one.error is not None and _tells(str(one.error).encode(), self.password):
                return say("The error tells the password, and errors end up in logs.")
        for line in self._lines:
            if line.sender == "C" and line.data.startswith(CANARY.encode()):
                return say("What stood behind the line break was sent as a line: an injection.")
        for session in self.lab.transcript:
            strange = (e.data for e in session.events if not e.data.isascii() and e.sender == "C")
            if any(map(_names_address, strange)) and not _offered(session, b"SMTPUTF8"):
                return say(
                    "Says an address that is not ASCII, and the server offers no SMTPUTF8 (RFC "
                    "6531, section 3.2)."
                )
        return ""

    @cached_property
    def _said_by_client(self) -> tuple[bytes, bytes]:
        """The client's octets as the lab read them: in the clear, and within TLS."""
        events = [e for s in self.lab.transcript for e in s.events if e.sender == "C"]
        clear, within = ([e.data for e in events if e.tls is tls] for tls in (False, True))
        return b"".join(clear), b"".join(within)

    @cached_property
    def _lines(self) -> list[Line]:
        return [line for session in self.lab.transcript for line in session.lines()]

    def _was_said(self, code: int | None) -> bool:
        """Whether the provider has said a reply code."""
        return any(line.sender == "S" and line.text.startswith(f"{code}") for line in self._lines)

    # What this scenario wants

    def _judged(self, expected: Expectation, one: Try, arrived: int) -> tuple[bool, str]:
        if isinstance(expected, Delivered):
            return self._delivered(expected, one, arrived)
        if isinstance(expected, Cautious):
            if one.error is None:
                return self._delivered(Delivered(), one, arrived)
            if self._said_by_client[1]:
                return False, say(
                    "Took what was said before TLS for what was said within it, and failed "
                    "only then: {error}.",
                    error=_named(one.error),
                )
            return self._raised(Raises(), one, arrived)
        return self._raised(expected, one, arrived)

    def _raised(self, expected: Raises, one: Try, arrived: int) -> tuple[bool, str]:
        if one.error is None:
            return False, (
                say("A mail arrived all the same, and it reported success.")
                if arrived
                else say(
                    "Nothing arrived, and no error was raised: it returned {value!r}.",
                    value=one.value,
                )
            )
        error = _named(one.error)
        if arrived:
            return False, say("A mail arrived all the same, and it raised {error}.", error=error)
        if isinstance(one.error, MISTAKES):
            return False, self._slipped(one.error)
        code = expected.code
        if expected.if_said and not self._was_said(code):
            code = None
        if code is not None and not _says(one.error, code):
            return False, say(
                "Raised {error}: that does not tell the {code} of the server.",
                error=error,
                code=code,
            )
        is_up = isinstance(one.error, TimeoutError) or bool(TIME_IS_UP.search(str(one.error)))
        if expected.in_time and not is_up:
            return False, say(
                "Raised {error}: that does not tell that the time was up.", error=error
            )
        if is_up and not expected.in_time:
            return False, say(
                "Raised {error}: it waited for what nobody was going to say.", error=error
            )
        return True, say("Raised {error}. Nothing arrived.", error=error)

    def _delivered(self, expected: Delivered, one: Try, arrived: int) -> tuple[bool, str]:
        if isinstance(one.error, MISTAKES):
            return False, self._slipped(one.error)
        if one.error is not None:
            error = _named(one.error)
            return False, (
                say("Raised {error}; and yet the mail arrived.", error=error)
                if arrived
                else say("Raised {error}.", error=error)
            )
        if not arrived:
            return False, say("Nothing arrived, and no error was raised.")
        if arrived > 1:
            times = plural(
                "The mail arrived {count} time, and no error was raised.",
                "The mail arrived {count} times, and no error was raised.",
            )
            return False, counted(arrived, times)
        message = self.lab.mailbox[-1]
        mail = self.scenario.mail
        taken = [address for address in mail.recipients if address not in expected.refused]
        wrong = difference(mail, message, taken, _options(self.lab.transcript[-1]))
        if wrong:
            # Translators: {difference} is the end of the sentence: "its subject is 'Hello'".
            return False, say("The mail arrived, but {difference}.", difference=wrong)
        return self._reported(expected.refused, one.value)

    def _slipped(self, error: Exception) -> str:
        """What is said of an error that no server causes."""
        if isinstance(error, NotImplementedError):
            frames = traceback.extract_tb(error.__traceback__)
            return say("{name} is not yet written.", name=frames[-1].name)
        return say(
            "Raised {error}{at}. That is a slip in the code, and no refusal.",
            error=_named(error),
            at=at(where(error.__traceback__, self.files)),
        )

    def _reported(self, refused: dict[str, int], value: Any) -> tuple[bool, str]:
        if not isinstance(value, Mapping):
            return False, say(
                "Delivered, but it returned {value!r}, and not a mapping.", value=value
            )
        if set(value) != set(refused):
            return False, say(
                "Delivered, but it reported {addresses} as refused.", addresses=list(value)
            )
        for address, code in refused.items():
            reply = value[address]
            if not isinstance(reply, tuple) or len(reply) != 2 or reply[0] != code:
                return False, say(
                    "Delivered, but for {address} it reported {reply!r}.",
                    address=address,
                    reply=reply,
                )
        reports = [
            say("Delivered exactly, and {address} reported with {code}.", address=each, code=code)
            for each, code in refused.items()
        ]
        return True, " ".join(reports) or say("Delivered exactly.")


def _tries(calls: list[Callable[[], Any]], mailbox: Mailbox) -> list[Try]:
    """Call a sender once or more; what stops student code passes through."""
    tries = []
    for call in calls:
        value, error = None, None
        try:
            value = call()
        except Exception as raised:
            error = raised
        tries.append(Try(value, error, len(mailbox)))
    return tries


def _named(error: BaseException) -> str:
    """An exception's class and text, without a full stop of its own."""
    return described(error).rstrip(".")


def _says(error: Exception, code: int) -> bool:
    """Whether an exception tells a reply code, as an attribute or in its text."""
    told = [getattr(error, name, None) for name in ("code", "smtp_code")]
    return code in told or re.search(rf"\b{code}\b", str(error)) is not None


def _tells(data: bytes, password: str) -> bool:
    """Whether octets hold the password, as it is or in base64."""
    secret = password.encode()
    if secret in data:
        return True
    for token in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}", data):
        try:
            if secret in base64.b64decode(token):
                return True
        except binascii.Error:
            pass
    return False


def _offered(session: Session, keyword: bytes) -> bool:
    """Whether a reply to EHLO offers an extension."""
    said = (event.data for event in session.events if event.sender == "S")
    return any(data.startswith(b"250") and keyword in data for data in said)


def _names_address(data: bytes) -> bool:
    return data.upper().startswith((b"MAIL FROM:", b"RCPT TO:"))


def _options(session: Session) -> str:
    """The parameters of the last MAIL command of a session, in capitals."""
    said = (event.data.upper() for event in session.events if event.sender == "C")
    mails = [data.decode("utf-8", "replace") for data in said if data.startswith(b"MAIL FROM:")]
    return mails[-1].partition("\r\n")[0].rpartition(">")[2] if mails else ""
