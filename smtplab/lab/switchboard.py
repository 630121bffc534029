"""A switchboard: what somebody in front of a class turns on and off while clients talk.

Theory of operation. What is turned on here is what a line of code does, and `lines` says which.

  profile   holds for connections that begin from now on; one that is open keeps its own
  faults    hold from the next reply, or the next handshake, of every connection
  link      holds for connections that begin from now on; one that is open keeps its own
  tap       gets the connections that begin from now on; when it goes, those through it end

A switchboard knows the provider's thread and not the lab, which could not be collected then.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields

from . import faults as kinds
from .checked import Checked
from .events import Sender
from .faults import Fault, Habit
from .link import Link
from .listeners import tell
from .state import ActiveFault, ProviderState, active, known_profile
from .transcript import Session, cut, text_of
from .ways import Ways
from .wiretap import Wiretap

__all__ = ["FAULTS", "MIDDLE", "Switchboard", "last_line", "written"]

# What a class most often wants to see.
FAULTS: dict[str, Fault] = {
    "dribble": kinds.Dribble(),
    "slow": kinds.Slow(2.0),
    "silence": kinds.Silence(at="MAIL"),
    "no-service": kinds.Reply(421, at="MAIL"),
    "greylisting": kinds.Reply(450, at="RCPT"),
    "no-mailbox": kinds.Reply(550, at="RCPT"),
    "no-login": kinds.Reply(535, at="AUTH"),
    "no-ehlo": kinds.NoEhlo(),
    "no-starttls": kinds.Without("STARTTLS"),
    "expired": kinds.Certificate("expired"),
    "cut": kinds.Drop(at="DATA", octets=100),
    "lost-reply": kinds.Drop(at="message", delivered=True),
}
# What the man in the middle does beside listening.
MIDDLE: dict[str, tuple[Habit, ...]] = {
    "listens": (),
    "strips": (kinds.StripStarttls(),),
    "injects": (kinds.Inject(b"250 2.0.0 Injected\r\n"),),
    "impersonates": (kinds.Impersonate("unknown-authority"),),
    "other-name": (kinds.Impersonate("wrong-name"),),
}
LONGEST = 2_000  # octets of a line that are read


class Switchboard:
    """What is turned on in a lab by hand; `lab.switchboard()` has it. For any thread.

    What is turned on twice is on once. Whatever turns something on raises RuntimeError when the
    lab has been stopped.
    """

    def __init__(self, world: ProviderState, ways: Ways) -> None:
        self._world = world
        self._ways = ways
        self._lock = threading.RLock()
        self._own: str | None = None  # the lab's profile, while another one is on
        self._faults: dict[Fault, ActiveFault] = {}
        self._listeners: list[Callable[..., None]] = []
        self.link = Link()  # what was put there; without a round trip and a bandwidth nothing was
        self.tap: Wiretap | None = None  # the man in the middle
        self.port = 587  # where he is, or was
        self.habits: tuple[Habit, ...] = ()  # what he does, or did

    @property
    def running(self) -> bool:
        """Whether the lab has not been stopped."""
        return self._ways.open

    @property
    def profile(self) -> str:
        return self._world.profile

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those that are on, the newest last."""
        return tuple(self._faults)

    @property
    def lines(self) -> list[str]:
        """What is on, each as the line of code that does the same."""
        lines = [f"lab.profile = {json.dumps(self.profile)}"] if self._own else []
        lines += [f"with lab.misbehave({written(fault)}):" for fault in self._faults]
        if self.link:
            far = [f"{one.name}={getattr(self.link, one.name)!r}" for one in fields(Link)]
            lines.append(f"with lab.link({', '.join(far)}):")
        if self.tap is not None:
            said = [str(self.port), *map(written, self.habits), "divert=True"]
            lines.append(f"with lab.tap({', '.join(said)}) as tap:")
        return lines

    # What is done

    def turn_on(self, *faults: Fault) -> None:
        """Let the provider misbehave in these ways, too. Raise TypeError for what is no fault."""
        with self._changing():
            for one in active(faults):
                if one.fault not in self._faults:
                    self._faults[one.fault] = one
                    self._world.faults += (one,)

    def turn_off(self, *faults: Fault) -> None:
        """Let it misbehave in these ways no longer; what is not on stays off."""
        with self._changing(off=True):
            gone = [self._faults.pop(fault) for fault in faults if fault in self._faults]
            self._world.faults = tuple(one for one in self._world.faults if one not in gone)

    def set_profile(self, profile: str) -> None:
        """Let the provider act as "strict" or "legacy". Raise ValueError for another."""
        with self._changing():
            own = self._own or self.profile
            self._world.profile = known_profile(profile)
            self._own = own if profile != own else None

    def set_link(self, round_trip: float = 0.0, bandwidth: float | None = None) -> None:
        """Put the provider far away (seconds), behind a link so wide (octets a second).

        Without either the lab's own link is back. Raise ValueError for what is no link.
        """
        link = Link(round_trip, bandwidth)
        with self._changing():
            if link != self.link:
                if link:
                    self._ways.use(link)
                self._ways.leave(self.link)
                self.link = link

    def set_tap(self, port: int, *habits: Habit) -> None:
        """Put a man in the middle before 25, 465 or 587, in place of the one who was there.

        Raise ValueError for a habit that could never act on that port, TypeError for none.
        """
        with self._changing():
            if self.tap is None or (port, habits) != (self.port, self.habits):
                tap = self._ways.tap(port, habits, True)
                self.no_tap()
                self.tap, self.port, self.habits = tap, port, habits

    def no_tap(self) -> None:
        """Send the man in the middle away; what he has heard goes with him."""
        with self._changing(off=True):
            tap, self.tap = self.tap, None
            if tap is not None:
                tap.stop()

    def off(self) -> None:
        """Undo all that was turned on here."""
        with self._changing(off=True):
            self.turn_off(*self._faults)
            self._world.profile, self._own = self._own or self.profile, None
            self._ways.leave(self.link)
            self.link = Link()
            self.no_tap()

    @contextmanager
    def _changing(self, *, off: bool = False) -> Iterator[None]:
        """One change at a time; whoever listens is told."""
        if not off and not self.running:
            raise RuntimeError("this lab has been stopped: there is nothing to turn on")
        with self._lock:
            yield
        tell(self._listeners)

    # What is seen

    def subscribe(self, listener: Callable[..., None]) -> None:
        """Call `listener` when something is turned on or off, or said, on whichever thread does."""
        self._listeners.append(listener)
        self._world.transcript.subscribe(listener, listener)

    def sessions(self, count: int) -> list[Session]:
        """The newest sessions, at most so many: those that are open come first."""
        newest = self._world.transcript.sessions[::-1]
        return sorted(newest, key=lambda session: session.ended is not None)[:count]

    def __repr__(self) -> str:
        return f"<Switchboard: {len(self.lines)} on>"


def written(value: Checked) -> str:
    """A fault or a habit as code makes it; what is None or False by default is left out."""
    said, named = [], []
    for one in fields(value):
        given = getattr(value, one.name)
        if not one.init or (given == one.default and given in (None, False)):
            continue
        code = json.dumps(given, ensure_ascii=False) if isinstance(given, str) else repr(given)
        said += [code] if one.default is MISSING else []
        named += [] if one.default is MISSING else [f"{one.name}={code}"]
    return f"faults.{type(value).__name__}({', '.join(said + named)})"


def last_line(session: Session, sender: Sender) -> str:
    """The last line that one side has said, whole or not yet; "" for none."""
    data = b""
    for event in reversed(session.events):
        if event.sender == sender and event.data:
            data = event.data[-LONGEST:] + data
            if b"\n" in data[:-1] or len(data) > LONGEST:
                break
    return text_of(cut(data)[-1]) if data else ""
