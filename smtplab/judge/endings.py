"""How a call of the student's code can end, other than with a value: as a reason with its words."""

from dataclasses import dataclass, field
from typing import Any

from .bounds import GROWN, LIMIT, MIB
from .capture import FLOOD, AskedForInput, Flood
from .formatting import kind, shown
from .run import Deadlock, Result, Spin, Where
from .said import WORDS
from .verdict import Status

__all__ = ["Ending", "at", "stopped", "timed_out", "wrong_type"]

READS = ("recv", "recv_into", "readline", "read", "readinto", "accept")


@dataclass(frozen=True)
class Ending:
    """Its words stand under ended.KEY; what is told is the key up to its first dot."""

    status: Status
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    told: str = ""  # the reason, where it is not that of the key

    @property
    def reason(self) -> str:
        return self.told or self.key.partition(".")[0]

    def words(self, place: Where | None = None, **values: Any) -> tuple[str, str]:
        """The sentence, and what to look at."""
        see = ""
        if place and place.code:
            see = WORDS("check.see", line=place.line, code=place.code)
        values |= self.values | {"at": at(place), "see": see}
        key = f"ended.{self.key}"
        return WORDS.nearest(key, "say", values), WORDS.nearest(key, "look", values)


def at(place: Where | None) -> str:
    """Where it was, as the end of a clause; "" for nowhere."""
    if place is None:
        return ""
    if place.code:
        return WORDS("check.at-line", line=place.line, code=place.code)
    return WORDS("check.at-line-2", line=place.line)


def stopped(error: BaseException) -> Ending | None:
    """What ended the call from outside, or was to end more than it; None for a plain error."""
    match error:
        case Deadlock():
            return Ending("stuck", "waits-in-recv.deadlock", {"what": str(error)})
        case Spin():
            kind = "sends" if "send" in str(error) else "end"
            return Ending("stuck", f"endless-loop.{kind}", {"what": str(error)})
        case AskedForInput():
            return Ending("failed", "input")
        case Flood():
            return Ending("failed", "prints-too-much", {"limit": FLOOD})
        case SystemExit() | KeyboardInterrupt() | GeneratorExit():
            return Ending("failed", "exit", {"kind": type(error).__name__})
        case MemoryError():
            return Ending("stuck", "grows-without-end.refused", {"size": LIMIT // MIB})
    return None


def timed_out(result: Result, deadline: float, all_together: float) -> Ending:
    """Why a call did not end in time. all_together: the seconds that all calls of a check have."""
    if result.interrupted:
        return Ending("stuck", "interrupted")
    if result.grew:
        return Ending("stuck", "grows-without-end", {"size": GROWN // MIB})
    if result.bound < deadline:
        return Ending("stuck", "too-slow", {"seconds": all_together})
    values = {"seconds": WORDS("check.seconds", seconds=deadline), "waits_in": result.waits_in}
    if result.returned:
        return Ending("stuck", "too-slow.many", values)
    if result.waits_in in READS:
        told = "waits-in-accept" if result.waits_in == "accept" else ""
        return Ending("stuck", "waits-in-recv", values, told)
    if result.waits_in in ("sleep", "do_handshake"):
        return Ending("stuck", f"waits-in-{result.waits_in}", values)
    if result.waits_in:
        return Ending("stuck", "waits-in", values, f"waits-in-{result.waits_in.split()[-1]}")
    return Ending("stuck", "endless-loop", values)


def wrong_type(got: Any, found: Any, wanted: Any) -> Ending:
    """What was returned is got; it is found, or holds it, where wanted is of another type."""
    if got is None:
        return Ending("failed", "returned-none", {"kind": kind(wanted)})
    remedy = f"remedies.{type(found).__name__}.{type(wanted).__name__}"
    helps = WORDS.get(remedy) and (type(wanted) is not int or found.strip().isdigit())
    look = WORDS(remedy if helps else "remedies.otherwise")
    values = {"got": shown(got), "kind": kind(wanted), "found": shown(found), "look": look}
    return Ending("failed", "wrong-type" if found is got else "wrong-type.inside", values)
