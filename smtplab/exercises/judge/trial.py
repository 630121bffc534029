"""What a check writes with: steps, calls of the student's code, servers, comparisons."""

import inspect
import socket as sockets
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from ...catalogue import counted, plural, say
from ...lab import Lab
from ...lab.faults import Fault
from ...solutions.sockets import LineReader
from . import advice
from . import run as running
from .peer import ScriptedSocket, Serve, Sizes, Step
from .run import DEADLINE, Deadlock, Result, Where
from .source import Source, files_of, is_stub
from .verdict import Status, Verdict
from .words import WIRE_LINES, Comparison, caret, described, kind, said, shown, unlike

__all__ = ["Over", "Trial", "at"]


class Over(Exception):
    """The check has its verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.sentence)
        self.verdict = verdict


class Trial:
    """One judging of one exercise. A check gets it, and returns when nothing was wrong."""

    def __init__(
        self, name: str, student: Any, source: Source | None, deadline: float = DEADLINE
    ) -> None:
        self.name = name
        self.student = student
        self.source = source
        self.deadline = deadline
        self.steps: list[str] = []
        self.output = ""
        self._comparison: Comparison | None = None
        self._error: BaseException | None = None  # what the last call raised and was expected to
        self._result = Result()  # what came of the last call
        self._files = files_of(student)
        self._wires: list[ScriptedSocket | Lab] = []
        self._open: list[Any] = []

    # Steps and calls

    def step(self, text: str) -> None:
        """Add one numbered step, a whole sentence in the student's terms."""
        self.steps.append(text)

    def call(
        self,
        function: Any,
        *args: Any,
        says: str = "",
        raises: type[BaseException] | tuple[type[BaseException], ...] = (),
        may_leave_open: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call the student's code under the deadline and return what it returns.

        says is how the call reads in the steps. An exception of a class in raises is
        returned; any other end of the call is the end of the check. So is a connection that
        the code opened and left open, whether it returned or raised: may_leave_open puts that
        off until `nothing_left_open`, for a check that has something to say before.
        """
        if says:
            self.step(say("Your {says} is called.", says=says))
        for wire in self._wires:
            if isinstance(wire, ScriptedSocket):
                wire.patient, wire.stopped = True, None
        self._past = [
            lab.transcript[-1] for lab in self._wires
            if isinstance(lab, Lab) and len(lab.transcript) and lab.transcript[-1].ended is not None
        ]  # fmt: skip
        result = running.run(function, args, kwargs, files=self._files, deadline=self.deadline)
        self._result = result
        for wire in self._wires:
            if isinstance(wire, ScriptedSocket):
                wire.patient = False
        self.output = (self.output + result.output)[-running.OUTPUT_LIMIT * 2 :]
        expected = raises if isinstance(raises, tuple) else (raises,)
        self._error = None
        self._swallowed(result)
        if inspect.iscoroutine(result.value):
            self._is_async(result.value)
        if inspect.isgenerator(result.value):
            self._is_generator(result.value)
        error = None if result.timed_out else result.error
        if result.timed_out or (error is not None and not _is_one_of(error, expected)):
            self._ended(result)
        self._error = error
        if not may_leave_open:
            self.nothing_left_open()
        return result.value if error is None else error

    def _swallowed(self, result: Result) -> None:
        """A bare `except:` hides why the code was stopped, and not that it was."""
        stopped = [w.stopped for w in self._wires if isinstance(w, ScriptedSocket) and w.stopped]
        stopped += [result.refused] if result.refused else []
        if stopped and result.error is not stopped[0]:
            result.error, result.timed_out = stopped[0], False
            result.where = running.where(stopped[0].__traceback__, self._files)

    def _is_async(self, coroutine: Coroutine[Any, Any, Any]) -> NoReturn:
        coroutine.close()  # one that is never awaited ends in a warning
        self._over(
            "failed",
            "async-function",
            say(
                "{name} is an `async def`: a call of it only makes a coroutine, and none of its "
                "lines has run.",
                name=self.name,
            ),
            say("Write it with def. One conversation on one socket needs no event loop."),
        )

    def _is_generator(self, generator: Any) -> NoReturn:
        self._over(
            "failed",
            "generator",
            say(
                "{kind} returned a generator: with `yield` in it, a call makes one, and runs no "
                "line.",
                kind=generator.__name__,
            ),
            say("return ends a function, and gives its value to the caller."),
        )

    def raised(self, value: Any, *kinds: type[BaseException]) -> bool:
        """Whether the last call raised value, and its class is one of kinds.

        An exception that the student's code caught and returned was not raised.
        """
        return value is self._error and value is not None and _is_one_of(value, kinds)

    @property
    def error(self) -> BaseException | None:
        """What the last call raised, where that was expected."""
        return self._error

    @property
    def place(self) -> Where | None:
        """The student's line at which the last call raised or waited."""
        return self._result.where

    def unexpected(self) -> NoReturn:
        """End the check with what the last call raised, as if no exception had been expected."""
        self._ended(self._result)

    def nothing_left_open(self) -> None:
        """End the check if the last call opened a connection that it neither closed nor gave back.

        An exception takes every other way out of a function: what was open is open then, too.
        """
        for left in self._result.left_open:
            if self._error is None:
                self._over(
                    "failed",
                    "left-open",
                    say(
                        "Your function opened {what} and left it open{at}.",
                        what=left.what,
                        at=at(left.where),
                    ),
                    say(
                        "Close what you open: `with socket.create_connection(...) as sock:` does "
                        "it, also when an exception comes between."
                    ),
                    left.where,
                )
            values = {"kind": type(self._error).__name__, "what": left.what}
            self._over(
                "failed",
                "left-open",
                say(
                    "Your function raised {kind} and left open {what}, made{at}.",
                    at=at(left.where),
                    **values,
                )
                if left.where
                else say("Your function raised {kind} and left open {what}.", **values),
                say(
                    "On that way it is to be closed, too: `except BaseException:` with close() and "
                    "a bare `raise`. What can fail before anything is open goes first."
                ),
                left.where,
            )

    def _ended(self, result: Result) -> NoReturn:
        error, place = result.error, result.where
        if result.timed_out:
            self._timed_out(result)
        if isinstance(error, Deadlock):
            self._over(
                "stuck",
                "waits-in-recv",
                say(
                    "Your code waits in recv for octets that will never come{at}. {what}",
                    at=at(place),
                    what=error.what,
                ),
                say(
                    "Both sides wait, and nothing is wrong with the network. Whose turn is it to "
                    "speak? Look at the last line of the transcript."
                ),
                place,
            )
        if isinstance(error, running.Spin):
            self._over(
                "stuck",
                "endless-loop",
                say(
                    'Your code turns in a loop that does not end{at}: recv has returned b"" a '
                    "thousand times.",
                    at=at(place),
                ),
                say('b"" is the end of the stream, and not an empty line: nothing comes after it.'),
                place,
            )
        if isinstance(error, running.AskedForInput):
            self._over(
                "failed",
                "input",
                say("Your function calls input(){at}, and nobody is there to type.", at=at(place)),
                say("What the function needs comes in through its parameters."),
                place,
            )
        if isinstance(error, running.Flood):
            self._over(
                "failed",
                "prints-too-much",
                say(
                    "Your function prints more than {limit:,} characters{at}.",
                    limit=running.FLOOD,
                    at=at(place),
                ),
                say("Print what you want to look at: a length, or the first octets."),
                place,
            )
        if isinstance(error, NotImplementedError) and (
            place is None or "NotImplementedError" in place.code
        ):
            self._not_written(result)
        if isinstance(error, SystemExit | KeyboardInterrupt | GeneratorExit):
            self._over(
                "failed",
                "exit",
                say(
                    "Your function ends the whole program ({kind}){at}.",
                    kind=type(error).__name__,
                    at=at(place),
                ),
                say(
                    "Return a value, or raise an exception that says what is wrong: the caller "
                    "decides what to do about it."
                ),
                place,
            )
        assert error is not None
        raised = described(error)
        self.step(say("It raises {error}.", error=raised))
        self._over(
            "error",
            _reason_of(error),
            say("Your code raised {error}{at}.", error=raised, at=at(place)),
            advice.after(error, raised, self.student, place.code if place else ""),
            place,
            raised,
        )

    def _not_written(self, result: Result) -> NoReturn:
        here = result.where.function if result.where else self.name
        own = {self.name}
        with suppress(TypeError):
            own |= set(vars(self.student))
        if here in own and self._touched():
            self._over(
                "failed",
                "stub-line-left",
                say(
                    "Your lines ran, and then came the stub's last line: `raise "
                    "NotImplementedError`."
                ),
                say("Take that line out: it says that nothing is written yet."),
                result.where,
            )
        if here in own:
            self._over(
                "not_attempted", "not-written", say("{name} is not yet written.", name=self.name)
            )
        self._over(
            "error",
            "needs-other",
            say("{name} calls {here}, and {here} is not yet written.", name=self.name, here=here),
            say(
                'Write {here} first, or take the reference for now: {here} = mine("{here}").',
                here=here,
            ),
            result.where,
        )

    def _touched(self) -> bool:
        """Whether something stands in the function beside the stub's own line."""
        return self.source is not None and not is_stub(self.student)

    def _timed_out(self, result: Result) -> NoReturn:
        place = result.where
        if result.interrupted:
            sentence = say(
                "You interrupted the check; your code was still at work{at}.", at=at(place)
            )
            self._over("stuck", "interrupted", sentence, "", place)
        seconds = say("{seconds:g} seconds", seconds=self.deadline)
        if result.waits_in in ("recv", "recv_into", "readline", "read", "readinto", "accept"):
            self._over(
                "stuck",
                "waits-in-recv" if result.waits_in != "accept" else "waits-in-accept",
                say(
                    "Your code waits in {waits_in}{at}, and after {seconds} nothing had come.",
                    waits_in=result.waits_in,
                    at=at(place),
                    seconds=seconds,
                ),
                say(
                    "The other side waits too: for a line from you, or for the end of one. Look at "
                    "the last line of the transcript: whose turn was it?"
                ),
                place,
            )
        if result.waits_in == "sleep":
            self._over(
                "stuck",
                "waits-in-sleep",
                say(
                    "Your code sleeps{at}, and {seconds} were over before it was done.",
                    at=at(place),
                    seconds=seconds,
                ),
                say("send and recv wait by themselves, and no longer than they must."),
                place,
            )
        if result.waits_in == "do_handshake":
            self._over(
                "stuck",
                "waits-in-do_handshake",
                say(
                    "Your code waits in the handshake{at}: the other side is silent, and after "
                    "{seconds} it still was.",
                    at=at(place),
                    seconds=seconds,
                ),
                say(
                    "The handshake waits as long as the socket's timeout says. Has the socket one "
                    "before wrap_socket? create_connection takes it."
                ),
                place,
            )
        if result.waits_in:
            self._over(
                "stuck",
                f"waits-in-{result.waits_in.split()[-1]}",
                say(
                    "Your code waits in {waits_in}{at}, and did so for {seconds}.",
                    waits_in=result.waits_in,
                    at=at(place),
                    seconds=seconds,
                ),
                say("What would have to happen for it to go on, and who would do it?"),
                place,
            )
        self._over(
            "stuck",
            "endless-loop",
            say(
                "Your code turns in a loop that does not end{at}; it was stopped after {seconds}.",
                at=at(place),
                seconds=seconds,
            ),
            say(
                "What changes from one turn to the next, and can it ever end the loop? An `except` "
                "that says nothing hides an error at every turn."
            ),
            place,
        )

    # Comparing

    def equal(self, got: Any, expected: Any, *, reason: str, sentence: str, look: str = "") -> None:
        """End the check unless got is expected, in type and in value, all the way down."""
        difference = unlike(got, expected)
        if difference is None:
            return
        self.step(
            say(
                "It returns {got}; expected was {expected}.",
                got=shown(got),
                expected=shown(expected),
            )
        )
        if difference.trouble == "value":
            self._compare(got, expected)
            self._over("failed", reason, sentence, look)
        if difference.trouble == "none":
            self._over(
                "failed",
                "returned-none",
                say(
                    "{name} returned None, and what is wanted is {kind}.",
                    name=self.name,
                    kind=kind(expected),
                ),
                say(
                    "Does every way through your function end in `return`? print shows a value to "
                    "people; return gives it to the caller."
                ),
            )
        found, wanted = difference.got, difference.expected
        values = {"name": self.name, "got": shown(got), "kind": kind(wanted)}
        generic = say("{name} returned {got}, and what is wanted is {kind}.", **values)
        if difference.inside:
            generic = say(
                "{name} returned {got}; {found} stands in it, and what is wanted there is {kind}.",
                found=shown(found),
                **values,
            )
        remedy = {
            ("str", "bytes"): say("The wire carries octets. A str becomes octets with encode()."),
            ("bytes", "str"): say("Octets become text with decode()."),
            ("str", "int"): say(
                'The digits "220" are not the number 220: int() makes one of them.'
            ),
            ("bytes", "int"): say(
                'The digits b"220" are not the number 220: int() makes one of them.'
            ),
        }.get((type(found).__name__, type(wanted).__name__))
        if remedy is None or (type(wanted) is int and not found.strip().isdigit()):
            remedy = say("Compare the types, then the values.")
        self._over("failed", "wrong-type", generic, remedy)

    def require(self, condition: bool, reason: str, sentence: str, look: str = "") -> None:
        """End the check unless the condition holds."""
        if not condition:
            self.fail(reason, sentence, look)

    def fail(
        self,
        reason: str,
        sentence: str,
        look: str = "",
        *,
        sent: bytes | None = None,
        expected: bytes | None = None,
        place: Where | None = None,
    ) -> NoReturn:
        """End the check. sent and expected are shown with a caret under the first difference.

        place is the line that is to blame, where one is: see `place` and `at`.
        """
        if sent is not None and expected is not None:
            self._compare(sent, expected, (say("you sent"), say("expected")))
        self._over("failed", reason, sentence, look, place)

    def _compare(
        self,
        got: Any,
        expected: Any,
        labels: tuple[str, str] = (say("returned"), say("expected")),
    ) -> None:
        if type(got) is type(expected) and isinstance(got, bytes | str):
            self._comparison = Comparison(got, expected, labels)

    # The other side

    def socket(
        self, *script: Step, pieces: Sizes = None, takes: Sizes = None, serve: Serve | None = None
    ) -> ScriptedSocket:
        """A socket whose other end is a script in memory; see `ScriptedSocket`."""
        sock = ScriptedSocket(*script, pieces=pieces, takes=takes, serve=serve)
        self._wires.append(sock)
        self._open.append(sock)
        return sock

    def reader(self, sock: sockets.socket) -> LineReader:
        """The reference's LineReader: what a function that takes a reader is given."""
        return LineReader(sock)

    def lab(self, profile: str = "strict", faults: Iterable[Fault] = ()) -> Lab:
        """A provider of this check's own, stopped at its end."""
        lab = Lab(profile, faults)
        self._wires.append(lab)
        self._open.append(lab)
        return lab

    def connect(self, lab: Lab, port: int) -> sockets.socket:
        """A plain socket to the lab, closed at the end of the check."""
        sock = sockets.create_connection(lab.address(port))
        self._open.append(sock)
        return sock

    def close(self) -> None:
        """Close and stop what the check has opened."""
        for thing in reversed(self._open):
            thing.stop() if isinstance(thing, Lab) else thing.close()
        self._open.clear()

    # The verdict

    def _over(
        self,
        status: Status,
        reason: str,
        sentence: str,
        look: str = "",
        place: Where | None = None,
        raised: str = "",
    ) -> NoReturn:
        raise Over(
            Verdict(
                exercise=self.name,
                status=status,
                sentence=sentence,
                steps=tuple(self.steps),
                transcript=self._transcript(),
                look=look,
                reason=reason,
                line=place.line if place else None,
                code=place.code if place else "",
                output=self.output,
                raised=raised,
            )
        )

    def broke(self, error: BaseException) -> NoReturn:
        """End the check after an exception in the check itself; let an interrupt through.

        It comes from what the student's code gave back, such as an object whose __repr__
        raises, or from what it did to what it was given.
        """
        place = running.where(error.__traceback__, self._files)
        if place is not None:
            self._over(
                "error",
                "exception",
                say(
                    "What {name} returned raised {error} when it was looked at{at}.",
                    name=self.name,
                    error=described(error),
                    at=at(place),
                ),
                say("A plain value is wanted: the docstring says which."),
                place,
            )
        if not isinstance(error, Exception):
            raise error
        if any(isinstance(wire, ScriptedSocket) and wire.closed for wire in self._wires):
            self._over(
                "failed",
                "closed-socket",
                say("Your code closed the socket that it was given, and more was to come over it."),
                say("Who makes a socket closes it; a function that is given one leaves it open."),
            )
        self._over(
            "error",
            "check-failed",
            say(
                "The check could not deal with what {name} did: {error}.",
                name=self.name,
                error=described(error),
            ),
            say(
                "Compare what your function returns, and what it does to its arguments, with its "
                "docstring."
            ),
        )

    def passed(self) -> Verdict:
        return Verdict(
            exercise=self.name,
            status="passed",
            sentence=say("{name} does what was asked.", name=self.name),
            steps=tuple(self.steps),
            output=self.output,
        )

    def _transcript(self) -> str:
        blocks = []
        if self._wires:
            wire = self._wires[-1]
            # A session that was over before the call says nothing about it.
            past = isinstance(wire, Lab) and wire.transcript.sessions[-1:]
            lines = [] if past and any(past[0] is each for each in self._past) else said(wire)
            if len(lines) > WIRE_LINES:
                before = counted(
                    len(lines) - WIRE_LINES, plural("... 1 line before", "... {count} lines before")
                )
                lines = [before, *lines[-WIRE_LINES:]]
            blocks.append("\n".join(lines) or say("(nobody has said anything yet)"))
        if self._comparison is not None:
            blocks.append(caret(self._comparison))
        return "\n\n".join(block for block in blocks if block)


def _reason_of(error: BaseException) -> str:
    return "recursion" if isinstance(error, RecursionError) else "exception"


def at(place: Where | None) -> str:
    """Where it was, as the end of a clause; "" for nowhere."""
    if place is None:
        return ""
    if place.code:
        # Translators: {at}, in many sentences, is this, the next one, or empty.
        return say(" at line {line}: `{code}`", line=place.line, code=place.code)
    return say(" at line {line}", line=place.line)


def _is_one_of(error: BaseException, classes: Sequence[type[BaseException]]) -> bool:
    names = {cls.__name__ for cls in type(error).__mro__} - {"object", "BaseException", "Exception"}
    return any(isinstance(error, cls) or cls.__name__ in names for cls in classes)
