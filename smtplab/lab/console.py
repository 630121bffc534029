"""A console: one person, one connection, and SMTP by hand.

Theory of operation. `session_state` has the states of a session and what moves them; here are the
socket and what was said. What is typed goes out as it was typed, each line with CRLF behind it: no
dot is doubled, no command mended, nothing is encoded. A line that is answered gets its whole reply
read before the next one is sent. Within a letter nobody answers, until a lone dot. So a text with a
lone dot in its middle ends there, and what follows goes out as commands.

Nothing here waits for ever: a reply has `timeout` seconds to be complete. One that never came
may still come late; it then belongs to the line that was said before, unless another line was
sent in between: SMTP does not number its replies, and who goes on without an answer no longer
knows which is which. `listen` waits again.

One thread at a time speaks: a notebook's page and its cells may use one console at once, and
with some kernels they are on different threads.

The console knows no lab: it holds none alive. A lab that stops closes the sockets of its consoles.
"""

import re
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from .certificates import ca_file
from .events import Sender
from .listeners import tell
from .session_state import SessionState, State, Step, step
from .state import Account
from .transcript import WHOLE_REPLY, cut, printable, text_of

__all__ = ["Console", "Entry", "Note"]

MAX_REPLY = 200_000  # octets, after which a reply is no reply any more
GOODBYE = 0.3  # seconds that a server has to hang up after 421

REPLY = re.compile(rb"([2-5]\d\d)(?:[ -]|\r?\n)")

# What a console notices. Some kinds come with a detail: an address, a reason, or what was read.
Note = Literal[
    "connected",
    "no-connection",
    "tls",
    "tls-failed",
    "tls-silent",  # the handshake was not answered in time
    "dropped",  # what came before TLS
    "silent",
    "partial",  # a reply that was not whole in time
    "late",
    "no-reply",
    "endless",
    "stuck",  # the server takes nothing more
    "hung-up",
    "hung-up-within",  # a reply
    "broken",
    "closed",
    "unsent",
    "unsent-rest",  # lines behind one that was not answered
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, `time` seconds after its session began.

    `sender` is "C" for what was typed, "S" for a reply, "" for what the console noticed: then
    `note` is its kind, and `lines` holds a detail, or nothing. Lines have no CRLF;
    what cannot be shown is \\xNN. `session` counts the connections of the console from 1.
    """

    time: float
    sender: Sender | Literal[""]
    lines: tuple[str, ...]
    tls: bool
    session: int
    note: Note | Literal[""] = ""
    letter: bool = False  # typed as a part of the letter

    @property
    def detail(self) -> str:
        return self.lines[0] if self.lines else ""


class Console:
    """One session with a lab, spoken by hand: `lab.console(port)` makes it, and connects.

    `say` sends what is typed, `tls` shakes hands, `listen` waits for what still comes,
    `connect` begins anew. `history` has all that happened, `state` where the session stands,
    `next` what is legal there: `print(console)` shows the three.
    """

    _sock: socket.socket | None = None

    def __init__(
        self,
        port: int,
        address: tuple[str, int],
        *,
        hostname: str,
        account: Account,
        submission: bool,
        timeout: float,
    ) -> None:
        self.port = port
        self.timeout = timeout
        self.account = account
        self.hostname = hostname
        self._address = address
        self._state = SessionState(submission)
        self._history: list[Entry] = []
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Entry], None]] = []
        self._session = 0
        self._started = 0.0
        self._unread = b""  # what has come of a reply that is not whole yet
        self._owed = ""  # what an answer has not come to
        self.connect()

    def hang_up(self) -> None:
        """Close the socket, without a word and from any thread: the lab does, when it stops."""
        sock, self._sock = self._sock, None
        if sock is not None:
            with suppress(OSError):
                sock.close()

    __del__ = hang_up

    # What there is to see

    @property
    def history(self) -> tuple[Entry, ...]:
        """All that was said and noticed until now, over all sessions of this console."""
        return tuple(self._history)

    @property
    def state(self) -> State:
        """Where the session stands: one of `session_state.STATES`."""
        if self._sock is None:
            self._state.closed()
        return self._state.state

    @property
    def next(self) -> tuple[Step, ...]:
        """What is legal now. Anything else may be said too: the server answers."""
        owed = self.state != "closed" and self._owed
        steps = [step("LISTEN")] if owed else []
        return (*steps, *(one for one in self._state.next() if one not in steps))

    @property
    def tls_active(self) -> bool:
        return self.state != "closed" and self._state.tls

    @property
    def logged_in(self) -> bool:
        return self.state != "closed" and self._state.logged_in

    def subscribe(self, listener: Callable[[Entry], None]) -> None:
        """Call `listener` with each entry from now on. What it raises is ignored."""
        self._listeners.append(listener)

    # What one can do

    def connect(self) -> list[str] | None:
        """Begin a new session, and return its greeting; the session before is closed.

        On 465 TLS comes first, and the server's name is verified.
        """
        with self._lock:
            self.close()
            self._forget()
            self._session += 1
            self._started = time.monotonic()
            try:
                self._sock = socket.create_connection(self._address, self.timeout)
            except OSError as error:
                self._note("no-connection", str(error))
                return None
            self._state.connected()
            self._note("connected", f"{self._address[0]}:{self._address[1]}")
            if self.port == 465 and not self._handshake():
                return None
            return self._answer("LISTEN")

    def say(self, text: str) -> list[str] | None:
        """Send a line, CRLF is added; return its whole reply: lines with code, without CRLF.

        Text of several lines goes out line by line; lines that are answered wait for that, and
        what is left when no answer comes is not sent. Return the last reply: None within a
        letter, where nobody answers, and where none came. The history says why.
        """
        with self._lock:
            lines = deque(re.split(r"\r?\n", text))
            if len(lines) > 1 and not lines[-1]:  # the end of the last line, and no line more
                lines.pop()
            reply = None
            while lines:
                letter = self.state == "data" and lines[0] != "."
                taken = [lines.popleft()]
                while letter and lines and lines[0] != ".":
                    taken.append(lines.popleft())
                verb = self._state.verb(taken[0])
                if not self._send(taken, letter):
                    break
                self._state.sent(verb)
                reply = None if letter else self._answer(verb)
                if reply is None and not letter:
                    break
            if lines:
                self._note("unsent-rest", str(len(lines)))
            return reply

    def tls(self) -> bool:
        """Shake hands for TLS; return whether it went well. When not, the connection is closed.

        The certificate is verified, and that it holds for the lab's name. Raise RuntimeError
        unless STARTTLS was answered with 220. Source: RFC 3207, section 4.
        """
        with self._lock:
            if self.state != "tls-wanted":
                raise RuntimeError(
                    "the handshake comes after STARTTLS was said, and answered with 220"
                )
            self._arrived()
            if self._unread:  # whoever stands on the way could have said it
                self._note("dropped", printable(self._unread))
                self._forget()
            return self._handshake()

    def listen(self) -> list[str] | None:
        """Wait for an answer that is owed, or for anything; return a reply, or None."""
        with self._lock:
            if self._sock is None:
                self._note("no-connection", "closed")
                return None
            return self._answer(self._owed)

    def close(self) -> None:
        """Close the connection without a word. A second call does nothing."""
        with self._lock:
            if self._sock is not None:
                self._close("closed")

    # The socket

    def _send(self, lines: list[str], letter: bool) -> bool:
        """Send lines; return whether the connection took them."""
        octets = [line.encode("utf-8", "surrogatepass") for line in lines]
        self._late()
        if self._sock is None:
            self._note("unsent", printable(octets[0]))
            return False
        self._append("C", [printable(line) for line in octets], letter=letter)
        try:
            self._sock.settimeout(self.timeout)
            self._sock.sendall(b"".join(line + b"\r\n" for line in octets))
        except TimeoutError:
            self._close("stuck")
        except OSError as error:
            self._close("broken", str(error))
        return self._sock is not None

    def _answer(self, verb: str) -> list[str] | None:
        """Read one whole reply before the time is over: the answer to `verb`."""
        self._owed = verb
        deadline = time.monotonic() + self.timeout
        while (lines := self._whole()) is None:
            if len(self._unread) > MAX_REPLY:
                self._close("endless")
                return None
            if not self._fill(deadline - time.monotonic()):
                if self._sock is not None:
                    so_far = printable(self._unread)
                    self._note("partial" if so_far else "silent", so_far)
                return None
        return self._heard(verb, lines)

    def _fill(self, seconds: float) -> bool:
        """Read what comes within so many seconds; return whether anything did."""
        sock = self._sock
        if sock is None or seconds <= 0:
            return False
        try:
            sock.settimeout(seconds)
            data = sock.recv(4096)
        except TimeoutError:
            return False
        except OSError as error:
            self._close("broken", str(error))
            return False
        if not data:
            so_far = printable(self._unread)
            self._close("hung-up-within" if so_far else "hung-up", so_far)
        self._unread += data
        return bool(data)

    def _arrived(self) -> None:
        """Take in what has come already, without waiting."""
        while len(self._unread) <= MAX_REPLY and self._fill(0.001):
            pass

    def _late(self) -> None:
        """Take in replies that nobody waits for any more."""
        self._arrived()
        while (lines := self._whole()) is not None:
            self._heard(self._owed, lines, "late")
        self._owed = ""

    def _whole(self) -> list[bytes] | None:
        """The lines of the first whole reply that has come."""
        whole = WHOLE_REPLY.match(self._unread)
        if whole is None:
            return None
        self._unread = self._unread[whole.end() :]
        return cut(whole[0])

    def _forget(self) -> None:
        """Nothing was read, and no answer is owed."""
        self._unread, self._owed = b"", ""

    def _heard(self, verb: str, lines: list[bytes], note: Note | Literal[""] = "") -> list[str]:
        self._owed = ""
        said = [text_of(line) for line in lines]
        match = REPLY.match(lines[-1])
        code = int(match[1]) if match else 0
        if code:
            self._state.heard(verb, code, said)
        else:
            note = "no-reply"
        self._append("S", said, note)
        if code == 221 and verb == "QUIT":
            self._close("closed")
        elif code >= 400:
            # RFC 5321, section 3.8: with 421 it closes now, if it does as it says. It may come
            # behind the last of too many errors, and some have had enough without saying so.
            if not self._unread:
                self._fill(GOODBYE if code == 421 else 0.01)
            if self._unread.startswith(b"421 ") and (last := self._whole()):
                self._heard("", last)
        return said

    def _handshake(self) -> bool:
        sock = self._sock
        if sock is None:  # the server has hung up, or the lab has stopped, a moment ago
            return False
        try:
            sock.settimeout(self.timeout)
            context = ssl.create_default_context(cafile=ca_file())
            wrapped = context.wrap_socket(sock, server_hostname=self.hostname)
        except (OSError, ValueError) as error:  # TimeoutError and SSLError are such
            silent = isinstance(error, TimeoutError)
            self._close("tls-silent" if silent else "tls-failed", "" if silent else str(error))
            return False
        self._sock = wrapped
        self._state.protected()
        self._note("tls", f"{wrapped.version()}, {self.hostname}")
        return True

    def _close(self, note: Note, detail: str = "") -> None:
        self.hang_up()
        self._state.closed()
        self._forget()
        self._note(note, detail)

    # The history

    def _note(self, note: Note, detail: str = "") -> None:
        self._append("", [detail] if detail else [], note)

    def _append(
        self,
        sender: Sender | Literal[""],
        lines: Iterable[str],
        note: Note | Literal[""] = "",
        letter: bool = False,
    ) -> None:
        now = time.monotonic() - self._started
        tls = self._state.tls
        entry = Entry(now, sender, tuple(lines), tls, self._session, note, letter)
        self._history.append(entry)
        tell(self._listeners, entry)

    def __str__(self) -> str:
        said = []
        for entry in self._history:
            if entry.note:
                detail = "" if entry.sender else entry.detail
                said.append(f"--- {entry.note}{': ' if detail else ''}{detail} ---")
            if entry.sender:
                said.extend(f"{entry.sender}: {line}" for line in entry.lines)
        legal = ", ".join(one.line or f"({one.name.lower()})" for one in self.next)
        return "\n".join([*said, f"state: {self.state}", f"legal next: {legal}"])

    def __repr__(self) -> str:
        return f"<Console on port {self.port}: {self.state}>"
