"""One sender in one scenario: how it is called, and all that can be seen of it afterwards.

The gauntlet and the check of send_mail judge what stands in a `Sent`; see troubles.py.
"""

import base64
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any
from unittest import mock

from ...judge.run import Result, run_together
from ...judge.source import files_of
from ...lab import Lab, Line, Message, Session, Wiretap
from .arrival import differences
from .scenarios import SECURITY, Cautious, Delivered, Expectation, Mail, Raises, Scenario

__all__ = ["Attempt", "Sender", "Sent", "at_once", "settle", "timeouts_noted"]

SETTLING = 1.0  # seconds in which the labs may come to the end of what was sent to them

Sender = Callable[..., Any]


@dataclass
class Sent:
    """What one call of a sender led to."""

    attempt: "Attempt"
    expects: Expectation
    port: int
    tap: Wiretap | None
    arguments: dict[str, Any]
    begin: int  # of its sessions, among all of the lab
    end: int | None = None  # where those of the next call begin
    value: Any = None
    error: Exception | None = None
    arrived: tuple[Message, ...] = ()  # what had arrived when the call was over
    patience: list[float | None] = field(default_factory=list)  # the time-outs of its sockets
    default_timeout: float | None = None  # of all sockets, as the call left it
    told: set[str] = field(default_factory=set)  # differences that another row has said

    @property
    def expected(self) -> Delivered | Raises:
        """What is right. Who is cautious may choose."""
        if isinstance(self.expects, Cautious):
            return Raises(kinds=self.expects.kinds) if self.error else Delivered()
        return self.expects

    @property
    def mail(self) -> Mail:
        return self.attempt.scenario.mail

    @property
    def password(self) -> str:
        """What must be told to nobody; the account's, where none was given."""
        return str(self.arguments.get("password") or self.attempt.lab.account.authorization_code)

    @property
    def security(self) -> str:
        return str(self.arguments["security"])

    @property
    def sessions(self) -> tuple[Session, ...]:
        return self.attempt.lab.transcript[self.begin : self.end]

    @cached_property
    def lines(self) -> list[Line]:
        return [line for session in self.sessions for line in session.lines()]

    @cached_property
    def said(self) -> list[Line]:
        """What the client said, but for the message."""
        return [li for li in self.lines if li.sender == "C" and li.kind in ("command", "auth")]

    def has_said(self, word: str, *, tls: bool | None = None) -> bool:
        return any(
            line.text.upper().startswith(word) and tls in (None, line.tls) for line in self.said
        )

    def was_told(self, code: int | None) -> bool:
        """Whether the provider has said a reply code."""
        return any(line.sender == "S" and line.text.startswith(f"{code}") for line in self.lines)

    def octets(self, tls: bool | None = None) -> bytes:
        """The client's octets as the lab read them: all, in the clear, or within TLS."""
        events = (event for session in self.sessions for event in session.events)
        return b"".join(e.data for e in events if e.sender == "C" and tls in (None, e.tls))

    @property
    def overheard(self) -> bytes:
        """The client's octets as somebody on the way could read them."""
        return b"".join(s.data for s in self.tap.overheard if s.sender == "C") if self.tap else b""

    def tells(self, data: bytes) -> bool:
        """Whether octets hold the password, as it is or in base64."""
        secret = self.password.encode()
        if secret in data:
            return True
        for token in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}", data):
            with suppress(ValueError):  # no base64
                if secret in base64.b64decode(token):
                    return True
        return False

    @property
    def taken(self) -> list[str]:
        """The recipients that the server is to take, each once."""
        refused = self.expected.refused if isinstance(self.expected, Delivered) else {}
        return [each for each in dict.fromkeys(self.mail.recipients) if each not in refused]

    @cached_property
    def differences(self) -> list[str]:
        """All that is not as it should be in what arrived first."""
        if not self.arrived:
            return []
        mails = [line.text.upper() for line in self.said if line.text.upper().startswith("MAIL")]
        options = mails[-1].rpartition(">")[2] if mails else ""
        return list(differences(self.mail, self.arrived[0], self.taken, options))


class Attempt:
    """One sender in one scenario, with a lab of its own, until the stack ends."""

    def __init__(
        self, scenario: Scenario, sender: Sender, stack: ExitStack, lab: Lab | None = None
    ) -> None:
        self.scenario, self.sender = scenario, sender
        self.lab = lab or stack.enter_context(
            Lab(
                scenario.profile,
                scenario.faults,
                size=scenario.size,
                round_trip=scenario.round_trip,
            )
        )
        self.ways = [self._way(port, stack) for port in scenario.ports]
        self.sent: list[Sent] = []

    def _way(self, port: int, stack: ExitStack) -> tuple[int, Wiretap | None, dict[str, Any]]:
        """The port, who listens on the way to it, and what the sender is called with."""
        scenario, tap = self.scenario, None
        address = self.lab.address(port)
        if scenario.habits:
            tap = stack.enter_context(self.lab.tap(port, *scenario.habits))
            address = tap.address
        host, number = address
        account = self.lab.account
        login = {"user": account.address, "password": account.authorization_code}
        arguments = {
            "host": host,
            "port": number,
            "security": SECURITY[port],
            "cafile": self.lab.ca_file,
            "hostname": self.lab.hostname,
            "timeout": scenario.timeout,
            **(login if port != 25 else {}),
            **scenario.mail.arguments,
            **scenario.changes,
        }
        return port, tap, {k: v for k, v in arguments.items() if v is not ...}

    def call(self) -> list[Sent]:
        """Call it as often as the scenario says. What stops student code passes through."""
        for _ in self.ways:
            with suppress(Exception):
                self.send()
        return self.sent

    def send(self) -> Any:
        """Call it once, and keep what came of it."""
        number = len(self.sent)
        port, tap, arguments = self.ways[number]
        expects = self.scenario.expects[number]
        mails, sessions = len(self.lab.mailbox), len(self.lab.transcript)
        if self.sent:
            self.sent[-1].end = sessions
        sent = Sent(self, expects, port, tap, arguments, sessions)
        self.sent.append(sent)
        others = {k: v for k, v in arguments.items() if k not in ("host", "port")}
        try:
            with self.lab.misbehave(*self.scenario.in_turn[number : number + 1]):
                sent.value = self.sender(arguments["host"], arguments["port"], **others)
        except Exception as error:
            sent.error = error
            raise
        finally:
            sent.default_timeout = socket.getdefaulttimeout()
            made = _connected.pop(threading.get_ident(), [])
            sent.patience = [sock.gettimeout() for sock in made]
            sent.arrived = self.lab.mailbox[mails:]
        return sent.value


_connected: dict[int, list[socket.socket]] = {}  # by thread


@contextmanager
def timeouts_noted() -> Iterator[None]:
    """Keep what create_connection makes: an attempt looks at it when its sender is done."""
    connect = socket.create_connection

    def noted(*args: Any, **kwargs: Any) -> socket.socket:
        sock = connect(*args, **kwargs)
        _connected.setdefault(threading.get_ident(), []).append(sock)
        return sock

    with mock.patch.object(socket, "create_connection", noted):
        yield
    _connected.clear()


@contextmanager
def at_once(
    scenarios: Iterable[Scenario],
    sender: Sender,
    deadline: float,
    told: Callable[[int], None] = lambda ended: None,
) -> Iterator[list[tuple[Attempt, Result]]]:
    """Run a sender through scenarios, all together; the labs are there until the end."""
    with ExitStack() as stack:
        attempts = [Attempt(scenario, sender, stack) for scenario in scenarios]
        calls = [partial(attempt.call) for attempt in attempts]
        with timeouts_noted():
            results = run_together(calls, files=files_of(sender), deadline=deadline, told=told)
        settle(attempts)
        yield list(zip(attempts, results, strict=True))


def settle(attempts: list[Attempt]) -> None:
    """Wait until every lab has come to the end of its sessions: the clients are all gone."""
    until = time.monotonic() + SETTLING
    while not all(map(_is_over, attempts)) and time.monotonic() < until:
        time.sleep(0.002)


def _is_over(attempt: Attempt) -> bool:
    seen = attempt.lab.transcript
    for last in attempt.sent[-1:]:
        # Whoever connects and hangs up at once may be gone before the lab has seen it. (A session
        # on 465 begins with the end of the handshake.)
        if last.tap is None and last.port != 465 and len(last.patience) > len(seen):
            return False
    return all(session.ended is not None for session in seen)
