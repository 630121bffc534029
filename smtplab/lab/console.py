"""A console: one person, one connection, and SMTP by hand.

Theory of operation. `order` has the states of a session and what moves them; here are the socket
and what was said. What is typed goes out as it was typed, each line with CRLF behind it: no dot
is doubled, no command mended, nothing is encoded. A line that is answered gets its whole reply
read before the next one is sent. Within a letter nobody answers, until a lone dot. So a text
with a lone dot in its middle ends there, and what follows goes out as commands.

Nothing here waits for ever: a reply has `timeout` seconds to be complete. One that never came
may still come late; it then belongs to the line that was said before, unless another line was
sent in between: SMTP does not number its replies, and who goes on without an answer no longer
knows which is which. `listen` waits again.

One thread at a time speaks: a notebook's page and its cells may use one console at once, and
with some kernels they are on different threads.

The history only grows. The console knows no lab: it holds none alive. A lab that stops closes
the sockets of its consoles.
"""

import re
import socket
import ssl
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar, cast

from .order import Order, State, Step, step
from .policy import Account
from .transcript import printable

__all__ = ["Console", "Entry", "Wire"]

MAX_REPLY = 1_000_000  # octets, after which a reply is no reply any more
GOODBYE = 0.3  # seconds that a server has to hang up after 421

REPLY = re.compile(rb"([2-5]\d\d)(?:[ -]|\r?\n)")

# What a console notices, for a terminal. `detail` is in the entry, `timeout` in the console.
NOTES = {
    "connected": "connected to {detail}",
    "no-connection": "no connection: {detail}",
    "tls": "TLS begins: {detail}",
    "tls-failed": "TLS failed, and the connection with it: {detail}",
    "tls-silent": "no answer to the handshake within {timeout:g} seconds: given up, and closed",
    "dropped": "thrown away, for it came before TLS: {detail}",
    "silent": "no answer within {timeout:g} seconds",
    "partial": "no whole answer within {timeout:g} seconds; so far came {detail}",
    "late": "the next reply came late, or unasked",
    "no-reply": "the next line is no reply",
    "endless": "a reply without end: given up, and closed",
    "stuck": "the server takes nothing more: given up, and closed",
    "hung-up": "the server hung up",
    "hung-up-within": "the server hung up within a reply: {detail}",
    "broken": "the connection broke: {detail}",
    "closed": "closed",
    "unsent": "not sent, for there is no connection: {detail}",
    "unsent-rest": "not sent, lines behind it: {detail}",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, `time` seconds after its session began.

    `sender` is "C" for what was typed, "S" for a reply, "" for what the console noticed: then
    `note` is its name in NOTES, and `lines` holds a detail, or nothing. Lines have no CRLF;
    what cannot be shown is \\xNN. `session` counts the connections of the console from 1.
    """

    time: float
    sender: Literal["C", "S", ""]
    lines: tuple[str, ...]
    tls: bool
    session: int
    note: str = ""
    letter: bool = False  # typed as a part of the letter

    @property
    def detail(self) -> str:
        return self.lines[0] if self.lines else ""


F = TypeVar("F", bound=Callable[..., Any])


def _alone(method: F) -> F:
    """Let one thread at a time into what uses the connection."""

    @wraps(method)
    def alone(self: "Console", *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            return method(self, *args, **kwargs)

    return cast(F, alone)


class Wire:
    """A socket that is closed once, by whoever comes first: its console, or its lab."""

    def __init__(self) -> None:
        self.sock: socket.socket | None = None

    def close(self) -> None:
        sock, self.sock = self.sock, None
        if sock is not None:
            with suppress(OSError):
                sock.close()


class Console:
    """One session with a lab, spoken by hand: `lab.console(port)` makes it, and connects.

    `say` sends what is typed, `tls` shakes hands, `listen` waits for what still comes,
    `connect` begins anew. `history` has all that happened, `state` where the session stands,
    `next` what is legal there: `print(console)` shows the three.
    """

    def __init__(
        self,
        port: int,
        address: tuple[str, int],
        *,
        hostname: str,
        ca_file: str,
        account: Account,
        submission: bool,
        timeout: float,
        wire: Wire,
    ) -> None:
        self.port = port
        self.timeout = timeout
        self.account = account
        self._address, self._hostname, self._ca_file = address, hostname, ca_file
        self._order = Order(submission)
        self._wire = wire
        self._history: list[Entry] = []
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Entry], None]] = []
        self._session = 0
        self._started = 0.0
        self._buffer = bytearray()  # a line that is not whole yet
        self._lines: list[bytes] = []  # whole lines of a reply that is not
        self._scanned = 0  # octets of the buffer without a line's end
        self._size = 0  # octets of both
        self._owed = ""  # what an answer has not come to
        weakref.finalize(self, wire.close)
        self.connect()

    # What there is to see

    @property
    def history(self) -> tuple[Entry, ...]:
        """All that was said and noticed until now, over all sessions of this console."""
        return tuple(self._history)

    @property
    def state(self) -> State:
        """Where the session stands: one of `order.STATES`."""
        if self._wire.sock is None:
            self._order.closed()
        return self._order.state

    @property
    def next(self) -> tuple[Step, ...]:
        """What is legal now. Anything else may be said too: the server answers."""
        owed = self.state != "closed" and self._owed
        steps = [step("LISTEN")] if owed else []
        return (*steps, *(one for one in self._order.next() if one not in steps))

    @property
    def tls_active(self) -> bool:
        return self.state != "closed" and self._order.tls

    @property
    def logged_in(self) -> bool:
        return self.state != "closed" and self._order.logged_in

    def subscribe(self, listener: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `listener` with each entry from now on. Return a function that ends this."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    # What one can do

    @_alone
    def connect(self) -> list[str] | None:
        """Begin a new session, and return its greeting; the session before is closed.

        On 465 TLS comes first, and the server's name is verified.
        """
        if self._wire.sock is not None:
            self._close("closed")
        self._forget()
        self._session += 1
        self._started = time.monotonic()
        try:
            self._wire.sock = socket.create_connection(self._address, self.timeout)
        except OSError as error:
            self._note("no-connection", str(error))
            return None
        self._order.connected()
        self._note("connected", f"{self._address[0]}:{self._address[1]}")
        if self.port == 465 and not self._handshake():
            return None
        return self._answer("GREETING")

    @_alone
    def say(self, text: str) -> list[str] | None:
        """Send a line, CRLF is added; return its whole reply: lines with code, without CRLF.

        Text of several lines goes out line by line; lines that are answered wait for that, and
        what is left when no answer comes is not sent. Return the last reply: None within a
        letter, where nobody answers, and where none came. The history says why.
        """
        lines = deque(re.split(r"\r?\n", text))
        if len(lines) > 1 and not lines[-1]:  # the end of the last line, and no line more
            lines.pop()
        reply = None
        while lines:
            letter = self.state == "data" and lines[0] != "."
            taken = [lines.popleft()]
            while letter and lines and lines[0] != ".":
                taken.append(lines.popleft())
            verb = self._order.verb(taken[0])
            if not self._send(taken, letter):
                break
            self._order.sent(verb)
            reply = None if letter else self._answer(verb)
            if reply is None and not letter:
                break
        if lines:
            self._note("unsent-rest", str(len(lines)))
        return reply

    def starttls(self) -> list[str] | None:
        """Say STARTTLS, and shake hands if the server agrees. Return its reply."""
        reply = self.say("STARTTLS")
        if self.state == "tls-wanted":
            self.tls()
        return reply

    @_alone
    def tls(self) -> bool:
        """Shake hands for TLS; return whether it went well. When not, the connection is closed.

        The certificate is verified, and that it holds for the lab's name. Raise RuntimeError
        unless STARTTLS was answered with 220. Source: RFC 3207, section 4.
        """
        if self.state != "tls-wanted":
            raise RuntimeError("the handshake comes after STARTTLS was said, and answered with 220")
        self._arrived()
        if self._wire.sock is None:
            return False
        if self._so_far():  # whoever stands on the way could have said it
            self._note("dropped", self._so_far())
            self._forget()
        return self._handshake()

    @_alone
    def listen(self) -> list[str] | None:
        """Wait for an answer that is owed, or for anything; return a reply, or None."""
        if self._wire.sock is None:
            self._note("no-connection", "closed")
            return None
        return self._answer(self._owed)

    @_alone
    def close(self) -> None:
        """Close the connection without a word. A second call does nothing."""
        if self._wire.sock is not None:
            self._close("closed")

    # The socket

    def _send(self, lines: list[str], letter: bool) -> bool:
        """Send lines; return whether the connection took them."""
        octets = [line.encode("utf-8", "surrogatepass") for line in lines]
        self._late()
        if self._wire.sock is None:
            self._note("unsent", printable(octets[0]))
            return False
        self._append("C", [printable(line) for line in octets], letter=letter)
        try:
            self._wire.sock.settimeout(self.timeout)
            self._wire.sock.sendall(b"".join(line + b"\r\n" for line in octets))
        except TimeoutError:
            self._close("stuck")
            return False
        except OSError as error:
            self._hung_up(error)
            return False
        return True

    def _answer(self, verb: str) -> list[str] | None:
        """Read one whole reply before the time is over: the answer to `verb`."""
        self._owed = verb
        deadline = time.monotonic() + self.timeout
        while (lines := self._whole()) is None:
            if self._size > MAX_REPLY:
                self._close("endless")
                return None
            if not self._fill(deadline - time.monotonic()):
                if self._wire.sock is not None:
                    so_far = self._so_far()
                    self._note("partial" if so_far else "silent", so_far)
                return None
        return self._heard(verb, lines)

    def _fill(self, seconds: float) -> bool:
        """Read what comes within so many seconds; return whether anything did."""
        sock = self._wire.sock
        if sock is None or seconds <= 0:
            return False
        try:
            sock.settimeout(seconds)
            data = sock.recv(4096)
        except TimeoutError:
            return False
        except OSError as error:
            self._hung_up(error)
            return False
        if not data:
            self._hung_up()
            return False
        self._buffer += data
        self._size += len(data)
        return True

    def _arrived(self) -> None:
        """Take in what has come already, without waiting."""
        while self._size <= MAX_REPLY and self._fill(0.001):
            pass

    def _late(self) -> None:
        """Take in replies that nobody waits for any more."""
        self._arrived()
        while (lines := self._whole()) is not None:
            self._heard(self._owed, lines, "late")
        self._owed = ""

    def _whole(self) -> list[bytes] | None:
        """The first whole reply that has come: up to the line without a hyphen."""
        while (end := self._buffer.find(b"\n", self._scanned)) >= 0:
            line = bytes(self._buffer[: end + 1])
            del self._buffer[: end + 1]
            self._scanned = 0
            self._lines.append(line)
            if line[3:4] != b"-" or REPLY.match(line) is None:
                lines, self._lines = self._lines, []
                self._size = len(self._buffer)
                return lines
        self._scanned = len(self._buffer)
        return None

    def _so_far(self) -> str:
        """What came of a reply that is not whole."""
        return printable(b"".join(self._lines) + self._buffer)

    def _forget(self) -> None:
        """Nothing was read, and no answer is owed."""
        self._buffer.clear()
        self._lines = []
        self._scanned = self._size = 0
        self._owed = ""

    def _heard(self, verb: str, lines: list[bytes], note: str = "") -> list[str]:
        self._owed = ""
        said = [printable(line.removesuffix(b"\n").removesuffix(b"\r")) for line in lines]
        tls = self._order.tls
        match = REPLY.match(lines[-1])
        code = int(match[1]) if match else 0
        if code:
            self._order.heard(verb, code, said)
        else:
            note = "no-reply"
        self._append("S", said, note, tls=tls)
        if code == 221 and verb == "QUIT":
            self._close("closed")
        elif code >= 400:
            # RFC 5321, section 3.8: with 421 it closes now, if it does as it says. Some have
            # had enough without saying so.
            self._fill(GOODBYE if code == 421 else 0.01)
        return said

    def _handshake(self) -> bool:
        sock = self._wire.sock
        if sock is None:  # the lab has stopped a moment ago
            return False
        try:
            sock.settimeout(self.timeout)
            context = ssl.create_default_context(cafile=self._ca_file)
            wrapped = context.wrap_socket(sock, server_hostname=self._hostname)
        except (OSError, ValueError) as error:  # TimeoutError and SSLError are such
            silent = isinstance(error, TimeoutError)
            self._close("tls-silent" if silent else "tls-failed", "" if silent else str(error))
            return False
        self._wire.sock = wrapped
        self._order.protected()
        self._note("tls", f"{wrapped.version()}, {self._hostname}")
        return True

    def _hung_up(self, error: OSError | None = None) -> None:
        if error is not None:
            self._close("broken", str(error))
            return
        so_far = self._so_far()
        self._close("hung-up-within" if so_far else "hung-up", so_far)

    def _close(self, note: str, detail: str = "") -> None:
        tls = self._order.tls
        self._wire.close()
        self._order.closed()
        self._forget()
        self._append("", [detail] if detail else [], note, tls=tls)

    # The history

    def _note(self, note: str, detail: str = "") -> None:
        self._append("", [detail] if detail else [], note)

    def _append(
        self,
        sender: Literal["C", "S", ""],
        lines: Iterable[str],
        note: str = "",
        *,
        tls: bool | None = None,
        letter: bool = False,
    ) -> None:
        protected = self._order.tls if tls is None else tls
        now = time.monotonic() - self._started
        entry = Entry(now, sender, tuple(lines), protected, self._session, note, letter)
        self._history.append(entry)
        for listener in tuple(self._listeners):
            # What a view gets wrong must not end a session.
            with suppress(Exception):
                listener(entry)

    def __str__(self) -> str:
        said = []
        for entry in self._history:
            if entry.note:
                note = NOTES[entry.note].format(detail=entry.detail, timeout=self.timeout)
                said.append(f"--- {note} ---")
            if entry.sender:
                said.extend(f"{entry.sender}: {line}" for line in entry.lines)
        legal = ", ".join(one.line or f"({one.name.lower()})" for one in self.next)
        return "\n".join([*said, f"state: {self.state}", f"legal next: {legal}"])

    def __repr__(self) -> str:
        return f"<Console on port {self.port}: {self.state}>"
