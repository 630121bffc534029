"""How much time and memory the student's code of one check may take.

Theory of operation. Memory is bounded twice. Whoever waits for the code looks at the process's
memory every few milliseconds, and has the code stopped when it has grown by GROWN: that ends
loops, and names their line. What one call in C takes at once, such as b"x" * 10**10, or in a loop
of its own, such as list(itertools.count()), is over before anybody can look. So on Linux the
process's limit on private memory is lowered meanwhile to LIMIT above where it began: that call
raises MemoryError. The limit is the whole process's: what lies between GROWN and LIMIT is for
its other threads, and SPARE for the judge, once it ends the code.
"""

import ctypes
import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil

__all__ = ["GROWN", "LIMIT", "MIB", "SECONDS", "Allowance", "Starved", "give_back", "waited"]

MIB = 1 << 20
GROWN = 144 * MIB  # octets above where it began, at which code is stopped
LIMIT = 184 * MIB  # octets above where it began, beyond which nothing more is given
SPARE = 12 * MIB  # octets that are given all the same while code is being ended
SECONDS = 3.5  # for all calls of one check


class Allowance:
    """What is left of it. It begins where the process is when this is made.

    seconds is how long the code may still run, all calls together.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._began = _memory()[0]

    def grown(self) -> bool:
        """Whether the process has grown by so much that the code is to be stopped."""
        return _memory()[0] - self._began > GROWN

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Let the process grow by no more than LIMIT meanwhile, where the system can do that."""
        # What was never touched, such as most of a thread's stack, takes no memory and is private
        # all the same: so the limit counts from what is private now.
        resident, private = _memory()
        with _limited(private + LIMIT - max(0, resident - self._began)):
            yield

    @contextmanager
    def spare(self) -> Iterator[None]:
        """Give a little more meanwhile, to end the code with."""
        with _limited(SPARE, more=True):
            yield


if sys.platform == "linux":
    import resource

    PAGE = resource.getpagesize()

    @cache
    def _statm(pid: int) -> int:
        """Stay open: the code may use up all descriptors, and its memory is looked at then, too."""
        return os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def _memory() -> tuple[int, int]:
        """Octets of this process that are in memory, and that it alone has and may write to."""
        # proc_pid_statm(5), in pages: size, resident, shared, text, lib, data, dt
        fields = os.pread(_statm(os.getpid()), 256, 0).split()
        return int(fields[1]) * PAGE, int(fields[5]) * PAGE

    @contextmanager
    def _limited(octets: int, more: bool = False) -> Iterator[None]:
        """Limit private memory to so much, or to so much more than now."""
        # RLIMIT_AS would count what is only set aside as well: 64 MiB for malloc in each thread.
        # This one counts, since Linux 4.7, what is private and can be written to: getrlimit(2).
        endless = resource.RLIM_INFINITY  # -1 before Python 3.15, and 2**64 - 1 since
        usual, most = resource.getrlimit(resource.RLIMIT_DATA)
        bounded = [at for at in (most, endless if more else usual) if at != endless]
        if more:
            octets = endless if usual == endless else usual + octets
        resource.setrlimit(resource.RLIMIT_DATA, (min([octets, *bounded]), most))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (usual, most))

else:

    def _memory() -> tuple[int, int]:
        return psutil.Process().memory_info().rss, 0

    @contextmanager
    def _limited(octets: int, more: bool = False) -> Iterator[None]:
        yield


def give_back() -> None:
    """Give the system the memory back that big letters took, where the C library can do that.

    A kernel lives for hours after its gauntlet, and on a hub it is one of many.
    """
    gc.collect()
    with suppress(AttributeError, OSError, TypeError):  # not glibc; Windows has no library at None
        ctypes.CDLL(None).malloc_trim(0)


def waited(task: Path = Path("/proc/thread-self")) -> float:
    """Seconds for which this thread, or another, could have run and others had the processors.

    0.0 where the system does not tell.
    """
    with suppress(OSError, IndexError, ValueError):
        # In nanoseconds: run, waited to run; see the kernel's scheduler/sched-stats.rst.
        return int((task / "schedstat").read_bytes().split()[1]) / 1e9
    return 0.0


class Starved:
    """For how long this process has lacked a processor, from when this is made.

    Of its threads one at a time has the interpreter, so what they lack is added up; what it did
    have of a processor meanwhile it did not lack.
    """

    def __init__(self) -> None:
        self._before = self._delays()
        self._idle = self._without_work()

    def seconds(self) -> float:
        now = self._delays()
        lacked = sum(max(0.0, more - self._before.get(task, 0.0)) for task, more in now.items())
        return max(0.0, min(lacked, self._without_work() - self._idle))

    @staticmethod
    def _without_work() -> float:
        return time.monotonic() - time.process_time()

    @staticmethod
    def _delays() -> dict[str, float]:
        with suppress(OSError):
            return {task.name: waited(task) for task in Path("/proc/self/task").iterdir()}
        return {}
