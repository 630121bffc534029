"""Lesson 04: a real provider at the other end, who may be another one, and what came back from it.

A socket is no value that two runs could share. So what came back is looked at, and a `Found` takes
its place: what it is good for, or what is wrong with it.
"""

import os
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import trustme

from ..judge import READER, SOCK, Check, Peer
from ..judge.cases import Given, Opaque, Run, Weather, World
from ..judge.wake import sockets_in
from ..lab import Lab
from ..lab.faults import Fault, Habit
from ..lab.transcript import LineSplitter
from ..solutions.dialogue import command, parse_ehlo, read_reply
from ..solutions.sockets import LineReader
from ..solutions.tls import InsecureError
from ..words import Words

__all__ = ["ADDRESS", "CA_FILE", "HOSTNAME", "NOWHERE", "OTHER", "OTHER_FILE", "PATIENCE",
           "Found", "Provider", "parts", "shown"]  # fmt: skip

WORDS = Words(str(Path(__file__).with_name("tls.py")))  # the lesson's

ADDRESS, CA_FILE, OTHER_FILE = Given("address"), Given("lab.ca_file"), Given("the_other_file")
HOSTNAME, OTHER = "mail.lab.test", "mail.elsewhere.test"
NOWHERE = "no-such-folder/authorities.pem"
PATIENCE = 20  # seconds, more than a check waits: no machine is too slow for a right answer
HEARD = 500  # events of a session that are looked at
PROBING = 5.0  # seconds that the judge waits for a reply, with what came back


class Found:
    """What came back: its kind, and the reason why it is of no use, "" where it is right."""

    def __init__(self, trouble: str = "", kind: str = "SSLSocket", **values: Any) -> None:
        self.trouble, self.kind, self.values = trouble, kind, values | {"kind": kind}

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.trouble}>" if self.trouble else f"<{self.kind}>"


def parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def shown(value: Any, *_: Any) -> list[Any]:
    """What came back, in a form that two runs can share."""
    return [repr(each) if type(each) is Opaque else each for each in parts(value)]


def socket_found(got: Any) -> Any:
    """What a socket is good for. What is no socket stays as it is."""
    if not isinstance(got, socket.socket):
        return got
    if not isinstance(got, ssl.SSLSocket):
        return Found("not-encrypted", "socket")
    try:
        got.getpeername()
    except OSError:
        return Found("not-connected")
    if got.version() is None:
        return Found("no-handshake")
    asks = got.context.verify_mode != ssl.CERT_NONE
    compared = str(got.server_hostname).lower() if got.context.check_hostname else None
    return Found(asks=asks, compared=compared)


@contextmanager
def system_trusts(lab: Lab) -> Iterator[str]:
    """Let the system's authorities be the lab's, for a while: the path of a file with another one.

    Where the system cannot be told (OpenSSL takes the name from the environment, and a Python that
    is built otherwise does not look there) the reference finds that out, as the student's does.
    """
    variable = ssl.get_default_verify_paths().openssl_cafile_env
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {variable: lab.ca_file}),
    ):
        other = Path(folder, "other.pem")
        other.write_bytes(trustme.CA().cert_pem.bytes())  # it has signed nothing here
        yield str(other)


@dataclass(eq=False)
class Provider(Peer):
    """A lab, met on 465, or on 587 in a plain session that has come to EHLO.

    fault is the lab's own, habit that of somebody on the way. trusted: the system trusts its
    authority. serves: what comes back is to be of use, and is tried. any_error: no class of error
    was promised. patience: the timeout of the call, or of the plain session, in seconds.
    """

    fault: Fault | None = None
    habit: Habit | None = None
    listens: bool = True
    trusted: bool = False
    serves: bool = False
    any_error: bool = False
    port: int = 465
    patience: float = PATIENCE

    def open(self, trial: Check, weather: Weather) -> World:
        return Meeting(trial, self) if self.port == 465 else Talk(trial, self)


class Meeting(World):
    """One copy of a provider, and of who is on the way to it."""

    awaited: tuple[bytes, ...] = b"220 ", b""  # how the lines begin that come after NOOP
    kinds: tuple[type[OSError], ...] = ssl.SSLError, TimeoutError, OSError  # told apart
    session = -1  # the newest

    def __init__(self, trial: Check, peer: Provider) -> None:
        lab, self.opened = trial.lab(), ExitStack()
        self.trial, self.peer, self.lab, self.server = trial, peer, lab, self
        self.opened.callback(lab.stop)
        address = lab.address(peer.port)
        if peer.habit:
            address = self.opened.enter_context(lab.tap(peer.port, peer.habit)).address
        super().__init__({ADDRESS: address, CA_FILE: lab.ca_file})
        if peer.trusted:
            self.given[OTHER_FILE] = self.opened.enter_context(system_trusts(lab))
        if not peer.listens:
            lab.stop()
        self.begin()
        if peer.fault:
            self.opened.enter_context(lab.misbehave(peer.fault))

    def begin(self) -> None:
        """What is done before the student's function is called."""

    def close(self) -> None:
        self.opened.close()

    @property
    def said(self) -> list[tuple[bool, str]]:
        """What the client has said: whether within TLS, and each line.

        A line without an end is none. One that never stops talking is heard at its beginning.
        """
        splitter, events = LineSplitter(), self.lab.transcript.sessions[self.session].events[:HEARD]
        lines = (line for event in events for line in splitter.feed(event))
        return [(line.tls, line.words) for line in lines if line.sender == "C"]

    def seen(self, run: Run, more: bool) -> None:
        back = run.value
        if run.error is None and (run.over is None or run.over.reason == "left-open"):
            run.value = self.found(back, run)
        if isinstance(run.error, ssl.SSLError) and NOWHERE in run.args:
            run.value, run.error = Found("other-authorities"), None
        if isinstance(run.error, OSError):
            run.error = next(kind() for kind in self.kinds if isinstance(run.error, kind))
        if run.error and self.peer.any_error:
            run.error = Exception()
        for sock in sockets_in(back, depth=4):
            sock.close()

    def found(self, got: Any, run: Run) -> Any:
        """What came back, in a form that can be compared."""
        return self.tried(got, socket_found(got), *run.args[3:])

    def tried(self, sock: Any, found: Any, timeout: float | None = None) -> Any:
        """What a socket is good for when NOOP is said over it, where it is to be of use."""
        if not self.peer.serves or not isinstance(found, Found) or found.trouble:
            return found
        seconds = sock.gettimeout()
        if not seconds or (timeout and seconds != timeout):
            return Found("other-timeout", seconds=seconds, asked=timeout or 30)
        self.trial.step(WORDS("probe"))
        sock.settimeout(PROBING)
        try:
            sock.sendall(b"NOOP\r\n")
            reader = LineReader(sock)
            for start in self.awaited:
                line = reader.read_line()
                if not line.startswith(start):
                    return Found("other-reply", line=line)
        except (OSError, EOFError, ValueError):
            return Found("connection-ended")
        return self.had_said(self.said)

    def had_said(self, lines: list[tuple[bool, str]]) -> Found:
        """Whether what the client said was its to say."""
        first = lines[0][1]
        return Found() if first == "NOOP" else Found("spoke-first", line=first)


class Talk(Meeting):
    """One copy of a plain session. What was said in it is a fact about the run."""

    awaited = (b"250 ",)
    kinds = ssl.SSLError, OSError
    session = 0

    def begin(self) -> None:
        address = self.given[ADDRESS]
        self.plain = self.opened.enter_context(socket.create_connection(address, PATIENCE))
        reader = LineReader(self.plain)
        read_reply(reader)
        self.offered = parse_ehlo(command(self.plain, reader, "EHLO client.lab.test", 250)[1])
        self.plain.settimeout(self.peer.patience)
        self.given |= {SOCK: self.plain, READER: reader}

    def seen(self, run: Run, more: bool) -> None:
        if isinstance(run.error, InsecureError) and self.plain.fileno() < 0 and self.shook_hands():
            run.value, run.error = (Found(), Found(kind="LineReader"), {}), None
        super().seen(run, more)

    def shook_hands(self) -> bool:
        """Whether TLS began, for a connection that is closed or soon will be."""
        session = self.lab.transcript.sessions[self.session]
        until = time.monotonic() + PROBING
        while not (session.handshake or session.ended) and time.monotonic() < until:
            time.sleep(0.01)
        return session.handshake is not None

    def found(self, got: Any, run: Run) -> Any:
        if not isinstance(got, tuple) or len(got) != 3:
            return got
        sock, reader, extensions = got
        found = Found("old-socket", "socket") if sock is self.plain else socket_found(sock)
        found = self.tried(sock, found, self.peer.patience)
        if hasattr(reader, "read_line"):
            old = getattr(reader, "sock", sock) is not sock
            reader = Found("old-reader" if old else "", "LineReader")
        return found, socket_found(reader), extensions

    def had_said(self, lines: list[tuple[bool, str]]) -> Found:
        within = [text.upper().partition(" ") for tls, text in lines if tls]
        names = [name for verb, _, name in within if verb == "EHLO"]
        if not names:
            return Found("no-second-ehlo")
        return Found("ehlo-names-server") if names[0] == HOSTNAME.upper() else Found()
