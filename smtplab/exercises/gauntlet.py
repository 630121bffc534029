"""The gauntlet: the student's send_mail and smtplib, through the same scenarios, side by side.

Theory of operation. Each sender meets each scenario in a lab of its own. All the light
scenarios run at once, each in a thread of its own under the judge's deadline, so that a client
that hangs in every one of them costs one deadline; smtplib goes first, undisturbed by what the
student's code may do. Heavy ones follow alone. Then each lab is asked what it saw: what arrived,
what was said, and whether somebody who listens has learnt a password.
"""

import base64
import binascii
import mimetypes
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial
from types import FunctionType
from typing import Any

from ..lab import Lab, Line, Session, Transcript
from .arrival import difference
from .judge.run import AskedForInput, Result, run_together
from .judge.source import files_of, is_stub
from .judge.trial import described
from .scenarios import CANARY, SCENARIOS, Cautious, Delivered, Expectation, Raises, Scenario

__all__ = ["Gauntlet", "Outcome", "Row", "run_gauntlet", "with_smtplib"]

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


def with_smtplib(
    host: str, port: int, *, security: str, user: str | None = None, password: str | None = None,
    cafile: str | None = None, hostname: str | None = None, sender: str, recipients: list[str],
    subject: str, text: str, html: str | None = None,
    inline: Iterable[tuple[str, bytes]] = (), attachments: Iterable[tuple[str, bytes]] = (),
    timeout: float = 30.0,
) -> Mapping[str, tuple[int, bytes]]:  # fmt: skip
    """Send one mail as send_mail does, as people do it with smtplib and EmailMessage.

    smtplib knows no other name for the certificate than the host's: hostname is not used.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="client.lab.test")
    message.set_content(text)
    if html is not None:
        pictures = [(name, data, make_msgid(domain="client.lab.test")) for name, data in inline]
        for name, _, content_id in pictures:
            html = html.replace(f"cid:{name}", f"cid:{content_id[1:-1]}")
        message.add_alternative(html, subtype="html")
        page = message.get_body(("html",))
        for name, data, content_id in pictures:
            assert isinstance(page, EmailMessage)
            kind = _media_type(name)
            page.add_related(data, *kind, cid=content_id, filename=name, disposition="inline")
    for name, data in attachments:
        message.add_attachment(data, *_media_type(name), filename=name)
    context = ssl.create_default_context(cafile=cafile)
    options: dict[str, Any] = {"local_hostname": "client.lab.test", "timeout": timeout}
    client = (
        smtplib.SMTP_SSL(host, port, context=context, **options)
        if security == "tls"
        else smtplib.SMTP(host, port, **options)
    )
    with client:
        if security == "starttls":
            client.starttls(context=context)
        if user is not None and password is not None:
            client.login(user, password)
        return client.send_message(message, sender, recipients)


def _media_type(name: str) -> tuple[str, str]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    return main, sub


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
        return f"<Gauntlet: {self.right} of {len(self.rows)} scenarios passed>"


def run_gauntlet(send_mail: Any, scenarios: Iterable[Scenario] = SCENARIOS) -> Gauntlet:
    """Run a sender, and smtplib, through scenarios. Nothing that a sender does is raised here."""
    chosen = tuple(scenarios)
    if not isinstance(send_mail, FunctionType):
        return Gauntlet(
            message="gauntlet wants the function itself, without parentheses: gauntlet(send_mail)."
        )
    if is_stub(send_mail):
        return Gauntlet(message=f"{send_mail.__name__} is not yet written.")
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
        self.lab = stack.enter_context(Lab(faults=scenario.faults))
        self.password = self.lab.account.authorization_code
        if scenario.wrong_password:
            self.password = WRONG_PASSWORD
        host, port = self.lab.address(scenario.port)
        login = {"user": self.lab.account.address, "password": self.password}
        arguments: dict[str, Any] = {
            "security": scenario.security,
            "cafile": self.lab.ca_file,
            "hostname": self.lab.hostname,
            "timeout": scenario.timeout,
            **(login if scenario.security != "none" else {}),
            **scenario.mail.arguments,
        }
        call = partial(sender, host, port, **arguments)
        self.call = partial(_tries, call, len(scenario.expects), self.lab.mailbox)

    def outcome(self, result: Result, deadline: float) -> Outcome:
        """Judge what became of it, now that it is over."""
        tries: list[Try] = result.value or []
        trouble = self._ended(result, deadline) or self._unsafe(tries)
        if trouble:
            return Outcome(False, trouble, self.lab.transcript)
        said = []
        before = 0
        for expected, one in zip(self.scenario.expects, tries, strict=True):
            right, sentence = self._judged(expected, one, one.arrived - before)
            before = one.arrived
            said.append(sentence)
            if not right:
                return Outcome(False, " ".join(said), self.lab.transcript)
        return Outcome(True, " ".join(said), self.lab.transcript)

    # What is wrong in any scenario

    def _ended(self, result: Result, deadline: float) -> str:
        """How it ended, where it did not end as a function does."""
        place = f", line {result.where}" if result.where else ""
        if result.interrupted:
            return "You interrupted it."
        if isinstance(result.refused, AskedForInput):
            return "Asks for something to be typed, and nobody is there."
        if result.refused is not None:
            return "Prints without end."
        if result.timed_out and result.waits_in:
            return f"Waits for ever in {result.waits_in}{place}: ended after {deadline:g} seconds."
        if result.timed_out:
            return f"Does not come to an end{place}: ended after {deadline:g} seconds."
        if result.error is not None:
            return f"Ends the whole program: {described(result.error)}."
        for left in result.left_open:
            line = f", line {left.where}" if left.where else ""
            return f"Leaves {left.what} open{line}."
        return ""

    def _unsafe(self, tries: list[Try]) -> str:
        """What should never be said, to anybody."""
        events = [event for session in self.lab.transcript for event in session.events]
        if self.scenario.security != "none":
            clear = b"".join(e.data for e in events if e.sender == "C" and not e.tls)
            if _tells(clear, self.password):
                return "Gives the password away: whoever listens on the way can read it."
            if any(line.kind == "data" and not line.tls for line in self._lines()):
                return "Sends the mail in the clear, and was asked not to."
        for one in tries:
            if one.error is not None and _tells(repr(one.error).encode(), self.password):
                return "The error tells the password, and errors end up in logs."
        if any(line.text.startswith(CANARY) for line in self._lines() if line.sender == "C"):
            return "What came after the line break was sent as a line of its own: an injection."
        for session in self.lab.transcript:
            if not _offered(session, "SMTPUTF8"):
                for line in session.lines():
                    if line.kind == "command" and not line.data.isascii() and _is_text(line.data):
                        return (
                            "Says an address that is not ASCII to a server that does not offer "
                            "SMTPUTF8, RFC 6531, section 3.2."
                        )
        return ""

    def _lines(self) -> list[Line]:
        return [line for session in self.lab.transcript for line in session.lines()]

    # What this scenario wants

    def _judged(self, expected: Expectation, one: Try, arrived: int) -> tuple[bool, str]:
        if isinstance(expected, Delivered):
            return self._delivered(expected, one, arrived)
        if isinstance(expected, Cautious):
            if one.error is None:
                return self._delivered(Delivered(), one, arrived)
            if any(e.tls and e.sender == "C" for s in self.lab.transcript for e in s.events):
                return False, (
                    f"Took what was said before TLS for what was said within it, and failed "
                    f"only then: {described(one.error)}."
                )
            return self._raised(Raises(), one, arrived)
        return self._raised(expected, one, arrived)

    def _raised(self, expected: Raises, one: Try, arrived: int) -> tuple[bool, str]:
        if arrived:
            told = f"raised {described(one.error)}" if one.error else "reported success"
            return False, f"A mail arrived all the same, and it {told}."
        if one.error is None:
            return False, f"Nothing arrived, and no error was raised: it returned {one.value!r}."
        what = f"Raised {described(one.error)}"
        if isinstance(one.error, MISTAKES) and not _is_reply(one.error):
            return False, f"{what}: that is a mistake in the code, and no refusal."
        if expected.code is not None and not _says(one.error, expected.code):
            return False, f"{what}: that does not tell the {expected.code} of the server."
        is_up = isinstance(one.error, TimeoutError) or bool(TIME_IS_UP.search(str(one.error)))
        if expected.in_time and not is_up:
            return False, f"{what}: that does not tell that the time was up."
        if is_up and not expected.in_time:
            return False, f"{what}: it waited, and there was nothing to wait for."
        return True, f"{what}. Nothing arrived."

    def _delivered(self, expected: Delivered, one: Try, arrived: int) -> tuple[bool, str]:
        if one.error is not None:
            told = f"Raised {described(one.error)}"
            return False, f"{told}, and a mail arrived." if arrived else f"{told}."
        if arrived != 1:
            what = "Nothing" if not arrived else f"The mail arrived {arrived} times"
            return False, f"{what} arrived, and no error was raised." if not arrived else f"{what}."
        message = self.lab.mailbox[-1]
        mail = self.scenario.mail
        taken = [address for address in mail.recipients if address not in expected.refused]
        wrong = difference(mail, message, taken, _options(self.lab.transcript[-1]))
        if wrong:
            return False, f"The mail arrived, but {wrong}."
        return self._reported(expected.refused, one.value)

    def _reported(self, refused: dict[str, int], value: Any) -> tuple[bool, str]:
        if not isinstance(value, Mapping):
            return False, f"Delivered, but it returned {value!r}, and not a mapping."
        if set(value) != set(refused):
            return False, f"Delivered, but it reported {list(value)} as refused."
        for address, code in refused.items():
            reply = value[address]
            if not isinstance(reply, tuple) or len(reply) != 2 or reply[0] != code:
                return False, f"Delivered, but for {address} it reported {reply!r}."
        told = "".join(f", and {address} reported with {code}" for address, code in refused.items())
        return True, f"Delivered exactly{told}."


def _tries(call: Callable[[], Any], times: int, mailbox: Any) -> list[Try]:
    """Call a sender once or more; what stops student code passes through."""
    tries = []
    for _ in range(times):
        value, error = None, None
        try:
            value = call()
        except Exception as raised:
            error = raised
        tries.append(Try(value, error, len(mailbox)))
    return tries


def _is_reply(error: Exception) -> bool:
    return any(isinstance(getattr(error, name, None), int) for name in ("code", "smtp_code"))


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


def _offered(session: Session, keyword: str) -> bool:
    wanted = keyword.encode()
    return any(
        event.sender == "S" and wanted in event.data and event.data.startswith(b"250")
        for event in session.events
    )


def _is_text(data: bytes) -> bool:
    """Whether octets are UTF-8: what a client says to begin TLS on a plain port is not."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _options(session: Session) -> str:
    """The parameters of the last MAIL command of a session."""
    mails = [line.text.upper() for line in session.lines() if line.text.upper().startswith("MAIL ")]
    return mails[-1].rpartition(">")[2] if mails else ""
