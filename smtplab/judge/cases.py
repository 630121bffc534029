"""How a function is called, who is at the other end, and what can be seen of it from outside.

A case runs twice, in two copies of the same world: once with the reference, once with the
student's function. Of each run a `Run` is left, which is data: what was said, and when; what was
returned or raised; what was left unread, closed, changed or printed.
"""

import copy
import inspect
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from traceback import walk_tb
from typing import Any

from ..solutions.sockets import LineReader
from .check import Check, CheckEnded
from .client import SmtpClient
from .formatting import Opaque, plain
from .peer import End, ScriptedSocket, Sizes, Step
from .server import Reply, SmtpServer
from .verdict import Verdict

__all__ = ["FAIR", "READER", "SOCK", "Case", "Given", "Opaque", "Peer", "Run", "Weather", "World",
           "call_of", "perform", "plain"]  # fmt: skip

LONGEST = 56  # characters of an argument, after which a step shows its parameter's name


@dataclass(frozen=True)
class Given:
    """An argument that comes from the world of the case: the socket, the reader, an address."""

    name: str

    def __repr__(self) -> str:
        return self.name


SOCK, READER = Given("sock"), Given("reader")


@dataclass(frozen=True)
class Weather:
    """What a network and a server do to whoever talks over them; see `weather.py`.

    pieces is the most that one recv returns, takes the most that one send takes. instead are
    numbers of replies, and what comes in the place of each: b"" is silence, None the end of the
    stream. read: what the reader has in its buffer from the beginning.
    """

    kind: str = ""
    pieces: Sizes = None
    takes: Sizes = None
    instead: tuple[tuple[int, Reply], ...] = ()
    read: bytes = b""
    code: str = ""  # the code of the reply that comes in place of another
    to: str = ""  # the line that it answers


FAIR = Weather()


class World:
    """One copy of what a case is played in: what a call is given, and what is seen of it.

    That of a function that takes no socket has nobody in it.
    """

    given: dict[Given, Any]
    server: Any = None

    def __init__(self, given: dict[Given, Any] | None = None) -> None:
        self.given = given or {}

    def seen(self, run: "Run", more: bool) -> None:
        """Write into run what the call has done to this world. more: it will be called again."""

    def close(self) -> None:
        """Undo what was done for this copy alone. What a check has opened, the check closes."""


class Conversation(World):
    """A socket whose other end is a script, and then a server of lines, or a client."""

    def __init__(
        self, given: dict[Given, Any], server: SmtpServer | SmtpClient | None, may_close: bool,
        fills: Given | None,
    ) -> None:  # fmt: skip
        super().__init__(given)
        self.server, self.may_close, self.fills = server, may_close, fills

    def seen(self, run: "Run", more: bool) -> None:
        sock: ScriptedSocket = self.given[SOCK]
        # Whoever ends a call shuts what it waits for: then it was not the student.
        run.closed = not self.may_close and (sock.closed or (not run.over and _is_shut(sock)))
        if not (run.over or sock.closed or more):
            run.unread = self._unread()
        run.sent, run.events, run.lines = sock.sent, list(sock.events), sock.begun
        run.replies = list(self.server.replies) if self.server else []
        if self.fills and run.error is None and not run.over:
            run.value = list(self.given[self.fills])

    def _unread(self) -> list[bytes]:
        """The replies that the call left behind. What is read here is no part of the session."""
        sock: ScriptedSocket = self.given[SOCK]
        said, patience = list(sock.events), sock.gettimeout()
        unread: list[bytes] = []
        sock.settimeout(30.0)  # nobody waits: see ScriptedSocket
        with suppress(OSError, EOFError, ValueError):
            while len(unread) < 20:
                unread.append(self.given[READER].read_line())
        sock.events[:] = said
        sock.settimeout(patience)
        return unread


def _is_shut(sock: ScriptedSocket) -> bool:
    """Whether nothing more can be sent over it."""
    try:
        socket.socket.send(sock, b"")
    except OSError:
        return True
    return False


class Peer:
    """The recipe of a world. This one is a script in memory, and a server for what follows it, or
    a client, where it is the student's function that serves.

    script: what the other end says (bytes), waits for (Hear), or that it closes (End). timeout is
    the socket's. may_close: whether the socket is closed afterwards is left to the function.
    given: what else a call is given, made when it is needed. fills is one of these, a list, whose
    content afterwards is what the call came to, and not what it returns.
    """

    def __init__(
        self,
        *script: Step,
        server: SmtpServer | SmtpClient | None = None,
        timeout: float | None = None,
        pieces: Sizes = None,
        takes: Sizes = None,
        may_close: bool = False,
        given: Mapping[Given, Callable[[], Any]] | None = None,
        fills: Given | None = None,
    ) -> None:
        self.script, self.server, self.timeout = script, server, timeout
        self.pieces, self.takes, self.may_close = pieces, takes, may_close
        self.given, self.fills = given or {}, fills

    @property
    def serves(self) -> bool:
        """Whether it is the student's function that serves."""
        return isinstance(self.server, SmtpClient)

    @property
    def spoken(self) -> int:
        """How many times the script speaks before the server answers."""
        return sum(isinstance(step, bytes) for step in self.script)

    def open(self, trial: Check, weather: Weather) -> World:
        of_server = {n - self.spoken: reply for n, reply in weather.instead if n >= self.spoken}
        server = self.server.again(of_server) if self.server else None
        sock = trial.socket(
            *self._script(weather),
            serve=server,
            pieces=weather.pieces or self.pieces,
            takes=weather.takes or self.takes,
            serves=self.serves,
            breaks=weather.kind == "client-breaks",
        )
        reader = LineReader(sock)
        reader.buffer += weather.read
        sock.settimeout(30.0 if weather.kind == "silence" else self.timeout)
        given = {SOCK: sock, READER: reader, **{each: make() for each, make in self.given.items()}}
        return Conversation(given, server, self.may_close, self.fills)

    def _script(self, weather: Weather) -> list[Step]:
        """The script, with other replies at some places; it ends where one is none, or half."""
        instead, script, number = dict(weather.instead), list[Step](), -1
        for step in self.script:
            number += isinstance(step, bytes)
            if isinstance(step, bytes) and number in instead:
                reply = instead[number]
                if not reply and weather.kind == "silence":
                    return script
                script += [reply] if reply else []
                if reply is None or (reply and not reply.endswith(b"\n")):
                    return [*script, End()]
            else:
                script.append(step)
        return script


@dataclass(frozen=True)
class Case:
    """How the function is called, and who is there. why is the key of a step in the words.

    args are its arguments, `Given` ones from the world. drive(function, *args) calls it where
    function(*args) does not do. calls: how often, one after the other, in the same world.
    weather: whether it is tried in all weather too; without: but in these kinds of it.
    """

    why: str
    args: tuple[Any, ...] = ()
    peer: Peer | None = None
    calls: int = 1
    drive: Callable[..., Any] | None = None
    weather: bool = True
    without: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)  # for the words of the step

    def __post_init__(self) -> None:
        if type(self.args) is not tuple:
            raise TypeError(f"the arguments of case {self.why!r} are no tuple: {self.args!r}")

    def driven(self, function: Any) -> Any:
        return partial(self.drive, function) if self.drive else function


@dataclass
class Run:
    """What one call did, as far as anybody can see it."""

    args: tuple[Any, ...] = ()
    value: Any = None
    form: Any = None  # of the reference's value, made at once: what it says of today is true then
    error: BaseException | None = None
    way: tuple[str, ...] = ()  # the functions that an exception came through, innermost last
    over: Verdict | None = None  # of the engine, on a call that had no due end
    server: Any = None
    sent: bytes = b""
    lines: list[tuple[bytes, bool]] = field(default_factory=list)  # and: said out of turn?
    events: list[tuple[str, bytes]] = field(default_factory=list)
    replies: list[tuple[bytes, bytes]] = field(default_factory=list)
    unread: list[bytes] = field(default_factory=list)
    closed: bool = False
    printed: str = ""

    @property
    def heard(self) -> int:
        """How many octets were read."""
        return sum(len(data) for sender, data in self.events if sender == "S")

    @property
    def turns(self) -> int:
        """How often something was said, and then something was read: the round trips."""
        said = [sender for sender, _ in self.events]
        return sum(pair == ("C", "S") for pair in pairwise(said))


Call = Callable[[Any, Run, "Case"], None]


def perform(function: Any, case: Case, weather: Weather, trial: Check, call: Call) -> list[Run]:
    """Play a case with a function, in a world of its own; call calls it and says what came."""
    world = case.peer.open(trial, weather) if case.peer else World()
    runs: list[Run] = []
    try:
        for number in range(case.calls):
            args = tuple(world.given[a] if isinstance(a, Given) else copy.deepcopy(a)
                         for a in case.args)  # fmt: skip
            run = Run(args, server=world.server)
            runs.append(run)
            call(function, run, case)
            world.seen(run, number + 1 < case.calls)
            if run.over or run.closed:
                break
    finally:
        world.close()
    return runs


def by_itself(function: Any, run: Run, case: Case) -> None:
    """Call the reference, or the student's function in a thread that is watched already."""
    try:
        run.value = case.driven(function)(*run.args)
    except Exception as error:
        run.error = error.with_traceback(None)


def watched(trial: Check, promised: type[BaseException] | None) -> Call:
    """Call the student's function under the deadline, with a step that says so."""

    def call(function: Any, run: Run, case: Case) -> None:
        says = call_of(trial.name, case, trial.parameters) if not case.drive else ""
        raises = promised or ()
        called = case.driven(function)
        try:
            got = trial.call(called, *run.args, says=says, raises=raises, may_leave_open=True)
            run.value, run.error = (got, None) if trial.error is None else (None, trial.error)
            trial.nothing_left_open()
        except CheckEnded as over:
            run.over = over.verdict
        traceback = trial.result.error.__traceback__ if trial.result.error else None
        run.way = tuple(frame.f_code.co_name for frame, _ in walk_tb(traceback))
        run.printed = trial.result.output

    return call


def call_of(name: str, case: Case, parameters: Sequence[str]) -> str:
    """How a call reads in a step: read_reply(reader)."""
    texts = []
    for value, parameter in zip(case.args, parameters, strict=False):
        text = value.__name__ if inspect.isfunction(value) else repr(value)
        texts.append(text if len(text) <= LONGEST else parameter)
    return f"{name}({', '.join(texts)})"
