"""Whether the time that a function takes grows as the octets do that it is given."""

import base64
import sys
import time
from types import FunctionType
from typing import Any, NoReturn

from ..judge.check import Check, CheckEnded
from ..words import Words

__all__ = ["grows_evenly"]

WORDS = Words(__file__)
SMALLEST, DOUBLINGS = 500, 15  # octets
ENOUGH = 0.5  # seconds of the processor: what is slower is given no more octets
SOME = 0.15  # seconds: what is faster may owe it to caches, and says nothing
STEP = 0.016 if sys.platform == "win32" else 0.001  # seconds, of the clock
EIGHTFOLD = 3  # doublings
# Times as long for eight times as much: an even growth gives 8, a square 64.
TOO_MUCH = 20
DOUBTFUL = 12  # and more: both are measured again, and the least counts of each


def grows_evenly(trial: Check, function: Any) -> None:
    """End the check when eight times as many octets take far more than eight times as long.

    What is measured is the processor's time of the thread in which the function runs: how busy
    the machine is with other work does not count. What looks too long is measured again.
    """
    if isinstance(function, FunctionType) and "base64_encode" in function.__globals__:
        # With a fast base64_encode, beside which the cost of all else shows.
        fast = {"base64_encode": lambda data: base64.b64encode(data).decode("ascii")}
        defaults, keywords = function.__defaults__, function.__kwdefaults__
        function = FunctionType(
            function.__code__, function.__globals__ | fast, function.__name__, defaults,
            function.__closure__,
        )  # fmt: skip
        function.__kwdefaults__ = keywords
    _measured(trial, function)


def _measured(trial: Check, function: Any) -> None:
    steps = len(trial.steps)
    own: list[float] = []  # seconds of each call that has come to its end, or was ended

    def timed(octets: bytes) -> None:
        start = time.thread_time()
        try:
            function(octets)
        finally:
            own.append(time.thread_time() - start)

    def measure(size: int, alone: bool = False) -> tuple[float, bool]:
        """Seconds, and whether it came to its end: it may be stopped for the work of others.

        alone: there is nothing to compare it with, so what is stopped turns for ever.
        """
        del trial.steps[steps:]
        own.clear()
        spent = time.process_time()
        try:
            trial.call(timed, bytes(size), says=f"{trial.name}(bytes({size:_}))")
        except CheckEnded as over:
            # What turns in C cannot be ended: then the process's time is all that is known.
            spent = own[0] if own else time.process_time() - spent
            if over.verdict.status != "stuck" or (alone and spent > SOME):
                raise
            return spent, False
        return max(own[0], STEP), True

    times: list[float] = []
    for size in (SMALLEST << doubled for doubled in range(DOUBLINGS)):
        before = times[-EIGHTFOLD] if len(times) >= EIGHTFOLD else 0.0
        taken, ended = measure(size, alone=not before)
        if before and taken > max(SOME, DOUBTFUL * before):
            smaller = [measure(size // 8) for _ in range(3)]
            before = min(before, *(seconds for seconds, whole in smaller if whole))
            if ended:
                taken = min(taken, *(measure(size)[0] for _ in range(2)))
            if taken > max(SOME, TOO_MUCH * before):
                _too_fast(trial, size, taken, before)
        if not ended:
            break
        times.append(taken)
        if taken > ENOUGH:
            break
    del trial.steps[steps:]


def _too_fast(trial: Check, size: int, seconds: float, before: float) -> NoReturn:
    trial.step(WORDS("step", size=size // 8, seconds=seconds, before=before))
    by = "textwrap" if trial.source is not None and "textwrap." in trial.source.text else "copies"
    said = WORDS("said", times=seconds / before)
    trial.fail("grows-too-fast", said, WORDS(f"advice.{by}"))
