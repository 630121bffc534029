"""What judges an exercise works with: steps, calls of the student's code, servers, the end."""

import inspect
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any, NoReturn, Self

from ..lab import Lab
from ..lab.faults import Fault
from ..lab.provider import SIZE
from . import advice
from . import run as running
from .bounds import SECONDS, Allowance
from .capture import OUTPUT_LIMIT
from .endings import Ending, at, stopped, timed_out
from .formatting import described, plain, said
from .peer import ScriptedSocket, Serve, Step
from .run import DEADLINE, Result, Where
from .said import WORDS
from .source import Source, files_of, is_stub
from .verdict import Status, Verdict

__all__ = ["Check", "CheckEnded", "at"]

Errors = type[BaseException] | tuple[type[BaseException], ...]


class CheckEnded(Exception):
    """The check has its verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.sentence)
        self.verdict = verdict


class Check:
    """One judging of one exercise. What judges it gets this, and returns when nothing was wrong."""

    def __init__(
        self,
        name: str,
        student: Any,
        source: Source | None,
        deadline: float = DEADLINE,
        told: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        self.name = name
        self.student = student
        self.source = source
        self.deadline = deadline
        self.told = told  # hears, of a check that takes long, how far it is
        self.steps: list[str] = []
        self.parameters: tuple[str, ...] = ()  # of the function that is judged
        self.output = ""
        self.error: BaseException | None = None  # what the last call raised and was expected to
        self.result = Result()  # what came of the last call
        self._files = files_of(student)
        self._seconds = max(SECONDS, deadline * 7 / 6)  # for all calls together
        self._allowance = Allowance(self._seconds)
        self._wires: list[ScriptedSocket | Lab] = []
        self._past: list[Any] = []  # sessions that were over before the last call
        self._open = ExitStack()

    def again(self, deadline: float) -> "Check":
        """Another one of the same function, of which nothing is told."""
        other = Check(self.name, self.student, self.source, deadline)
        other.parameters = self.parameters
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close and stop what the check has opened so far; nothing more is told of it."""
        self._open.close()
        self._wires.clear()

    # Steps and calls

    def step(self, text: str) -> None:
        """Add one numbered step, a whole sentence in the student's terms."""
        self.steps.append(text)

    def call(
        self,
        function: Any,
        *args: Any,
        says: str = "",
        raises: Errors = (),
        may_leave_open: bool = False,
    ) -> Any:
        """Call the student's code under the deadline and return what it returns, made `plain`.

        says is how the call reads in the steps. An exception of a class in raises is
        returned, and is the check's error; any other end of the call is the end of the check. So
        is a connection that the code opened and left open, whether it returned or raised:
        may_leave_open puts that off until `nothing_left_open`, for a check that has something to
        say before.
        """
        if says:
            self.step(WORDS("check.your-is-called", says=says))
        labs = [wire for wire in self._wires if isinstance(wire, Lab)]
        sessions = [session for lab in labs for session in lab.transcript.sessions[-1:]]
        self._past = [session for session in sessions if session.ended is not None]
        for sock in self._sockets():
            sock.stopped = None
        self.result = result = running.run(
            function, args, files=self._files, deadline=self.deadline, allowance=self._allowance
        )
        self.output = (self.output + result.output)[-OUTPUT_LIMIT * 2 :]
        self.error = None
        self._swallowed(result)
        if inspect.iscoroutine(result.value):
            result.value.close()  # one that is never awaited ends in a warning
            self._end(Ending("failed", "async-function"))
        if inspect.isgenerator(result.value):
            self._end(Ending("failed", "generator", {"kind": result.value.__name__}))
        if result.timed_out or not _was_expected(result.error, raises):
            self.unexpected()
        self.error = result.error
        if not may_leave_open:
            self.nothing_left_open()
        return plain(result.value, lambda value: value) if self.error is None else self.error

    def _sockets(self) -> list[ScriptedSocket]:
        return [wire for wire in self._wires if isinstance(wire, ScriptedSocket)]

    def _swallowed(self, result: Result) -> None:
        """A bare `except:` hides why the code was stopped, and not that it was."""
        stopped = [sock.stopped for sock in self._sockets() if sock.stopped]
        stopped += [result.refused] if result.refused else []
        if stopped and result.error is not stopped[0]:
            result.error, result.timed_out = stopped[0], False
            result.where = running.where(stopped[0].__traceback__, self._files)

    def nothing_left_open(self) -> None:
        """End the check if the last call opened a connection that it neither closed nor gave back.

        An exception takes every other way out of a function: what was open is open then, too.
        """
        for left in self.result.left_open:
            which = "" if self.error is None else ".raised" if left.where else ".raised.nowhere"
            values = {"kind": type(self.error).__name__, "what": left.what}
            self._end(Ending("failed", f"left-open{which}", values), left.where)

    def unexpected(self) -> NoReturn:
        """End the check with what became of the last call, as if no exception had been expected."""
        result = self.result
        error, place = result.error, result.where
        if result.timed_out:
            self._end(timed_out(result, self.deadline, self._seconds), place)
        assert error is not None
        if isinstance(error, NotImplementedError) and (
            place is None or "NotImplementedError" in place.code
        ):
            self._not_written(place)
        if ending := stopped(error):
            self._end(ending, place)
        raised = described(error)
        self.step(WORDS("check.it-raises", error=raised))
        look = advice.after(error, raised, self.student, place.code if place else "")
        reason = "recursion" if isinstance(error, RecursionError) else ""
        ending = Ending("error", "exception", {"raised": raised, "look": look}, reason)
        self._end(ending, place, raised)

    def _not_written(self, place: Where | None) -> NoReturn:
        here = place.function if place else self.name
        own = {self.name}
        with suppress(TypeError):
            own |= set(vars(self.student))
        if here not in own:
            self._end(Ending("error", "needs-other", {"here": here}), place)
        if self.source is not None and not is_stub(self.student):
            self._end(Ending("failed", "stub-line-left"), place)
        self._end(Ending("not_attempted", "not-written"))

    # The end

    def fail(self, reason: str, sentence: str, look: str = "") -> NoReturn:
        """End the check."""
        raise CheckEnded(self.verdict("failed", reason, sentence, look))

    def _end(self, ending: Ending, place: Where | None = None, raised: str = "") -> NoReturn:
        raise CheckEnded(self.ended(ending, place, raised))

    def ended(self, ending: Ending, place: Where | None = None, raised: str = "") -> Verdict:
        """The verdict on what has ended in this way."""
        sentence, look = ending.words(place, name=self.name)
        return self.verdict(ending.status, ending.reason, sentence, look, place, raised)

    def broke(self, error: BaseException) -> Verdict:
        """The verdict after an exception in the check itself; let an interrupt through.

        It comes from what the student's code gave back, such as an object whose __repr__
        raises, or from what it did to what it was given.
        """
        place = running.where(error.__traceback__, self._files)
        values = {"raised": described(error)}
        if place is not None:
            return self.ended(Ending("error", "exception.looked-at", values), place)
        if not isinstance(error, Exception):
            raise error
        if any(sock.closed for sock in self._sockets()):
            return self.ended(Ending("failed", "closed-socket"))
        return self.ended(Ending("error", "check-failed", values))

    def passed(self) -> Verdict:
        sentence = WORDS("check.does-what-was-asked", name=self.name)
        return replace(self.verdict("passed", "", sentence), transcript="")

    def verdict(
        self,
        status: Status,
        reason: str,
        sentence: str,
        look: str = "",
        place: Where | None = None,
        raised: str = "",
        differ: str = "",
    ) -> Verdict:
        """What is told. differ is a drawing of two values that differ, for the transcript."""
        return Verdict(
            exercise=self.name,
            status=status,
            sentence=sentence,
            steps=tuple(self.steps),
            transcript="\n\n".join(filter(None, [self._session(), differ])),
            look=look,
            reason=reason,
            line=place.line if place else None,
            code=place.code if place else "",
            output=self.output,
            raised=raised,
        )

    def _session(self) -> str:
        """What was said over what was opened last; "" where nothing was."""
        if not self._wires:
            return ""
        wire = self._wires[-1]
        # A session that was over before the call says nothing about it.
        last = wire.transcript.sessions[-1:] if isinstance(wire, Lab) else ()
        lines = said(wire) if not any(session in self._past for session in last) else []
        return "\n".join(lines) or WORDS("check.nobody-has-said-anything-yet")

    # The other side

    def socket(self, *script: Step, serve: Serve | None = None, **how: Any) -> ScriptedSocket:
        """A socket whose other end is a script in memory; see `ScriptedSocket`."""
        sock = ScriptedSocket(*script, serve=serve, **how)
        self._wires.append(self._open.enter_context(sock))
        return sock

    def lab(self, profile: str = "strict", faults: Iterable[Fault] = (), size: int = SIZE) -> Lab:
        """A provider of this check's own, stopped at its end."""
        lab = Lab(profile, faults, size=size)
        self._wires.append(lab)
        self._open.callback(lab.stop)
        return lab


def _was_expected(error: BaseException | None, classes: Errors) -> bool:
    """Whether it is of one of these classes, or named as one. Want of memory never is."""
    if error is None or isinstance(error, MemoryError):
        return error is None
    names = {cls.__name__ for cls in type(error).__mro__} - {"object", "BaseException", "Exception"}
    classes = classes if isinstance(classes, tuple) else (classes,)
    return any(isinstance(error, cls) or cls.__name__ in names for cls in classes)
