"""Time that grows: it is the processor's, and a machine with other work refuses nobody."""

import textwrap
import threading
import time
from typing import Any

import pytest

from smtplab.exercises.growth import grows_evenly
from smtplab.judge import Check, Verdict
from smtplab.judge import source as sources
from smtplab.judge.check import CheckEnded


def verdict(function: Any, deadline: float) -> Verdict | None:
    """What a function is told of its growth."""
    trial = Check("base64_lines", function, sources.read(function, frozenset()), deadline)
    try:
        grows_evenly(trial, function)
    except CheckEnded as over:
        return over.verdict
    finally:
        trial.close()
    assert trial.steps == []
    return None


def judged(function: Any, deadline: float = 3.0) -> str:
    """The reason, or ""."""
    told = verdict(function, deadline)
    return told.reason if told else ""


def work(turns: float) -> int:
    return sum(range(int(turns)))


def test_a_time_that_grows_as_the_data_is_right() -> None:
    assert judged(lambda data: work(len(data))) == ""


def test_a_time_that_grows_as_the_square_is_told() -> None:
    assert judged(lambda data: work(len(data) ** 2 / 1000)) == "grows-too-fast"


def test_a_square_is_told_that_is_slow_from_the_beginning() -> None:
    assert judged(lambda data: work(len(data) ** 2)) == "grows-too-fast"


def wraps(data: bytes) -> int:
    textwrap.wrap("the text of the answer is what is asked")
    return work(len(data) ** 2 / 1000)


def test_a_square_is_told_where_it_may_come_from() -> None:
    told = verdict(wraps, 3.0)
    assert told is not None
    assert told.look.startswith("textwrap.wrap copies what is left")


def test_a_step_that_never_ends_is_told_as_growth_and_not_as_waiting() -> None:
    def steep(data: bytes) -> bytes:
        return b"" if len(data) < 64_000 else b"".join(bytes(1) for _ in range(10**9))

    assert judged(steep) == "grows-too-fast"


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_time_in_which_others_work_does_not_count(seconds: float) -> None:
    """A thread that sleeps takes no time of the processor, as one that waits for its turn."""
    never = threading.Event()

    def held_up(data: bytes) -> int:
        if 60_000 <= len(data) < 70_000:
            never.wait(seconds)
        return work(len(data))

    assert judged(held_up, deadline=0.5) == ""


def test_the_time_of_another_thread_does_not_count() -> None:
    over, never = threading.Event(), threading.Event()

    def turn() -> None:
        while not over.is_set():
            work(1000)

    def held_up(data: bytes) -> int:
        if 60_000 <= len(data) < 70_000:
            never.wait(2.0)
        return work(len(data))

    other = threading.Thread(target=turn)
    other.start()
    try:
        assert judged(held_up, deadline=0.5) == ""
    finally:
        over.set()
        other.join()


def test_what_stops_at_once_is_told_as_what_it_is() -> None:
    def endless(data: bytes) -> None:
        while True:
            time.time()

    assert judged(endless) == "endless-loop"
