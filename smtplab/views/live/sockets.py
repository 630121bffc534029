"""Live sockets: the table as it is now, the state diagram beside it, and each look that was kept.

The kernel answers a page only between cells, but sockets change within them: a thread looks,
and what it sees is pushed. It runs while a page has the view in sight, and ends with the object.
"""

import threading
import time
from contextlib import suppress
from typing import Any, ClassVar

from ...lab import Look, Sockets
from .. import texts
from ..sockets import MAX_SOCKETS, changed, named, notes, row
from . import Live, Pushing

__all__ = ["Model"]

PERIOD = 0.1  # seconds between two looks
TAIL = 20  # looks that are told unasked
MOST = 100  # of one answer
# Seconds for which a page counts without a word from it: it cannot speak while a cell runs.
PATIENCE = 120.0
OPENED = "opened"  # stands for a page that will speak when it is there
LOOPBACK = "127.0.0.1"
# From these a connection that is gone went by the last edges of the diagram. From any other it
# may have been reset, or more has happened than was seen.
LAST = ("LISTEN", "SYN_SENT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT")


class Model(Live):
    name: ClassVar[str] = "sockets"
    words: ClassVar[dict[str, Any]] = texts.LIVE_SOCKETS

    def __init__(self, thing: Sockets) -> None:
        self._watchers: dict[str, float] = {OPENED: time.monotonic() + PATIENCE}
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        super().__init__(thing)
        self._pushing = Pushing(self._push)
        thing.subscribe(lambda look: self._pushing.wanted())
        self._start()

    def first(self, thing: Sockets) -> dict[str, Any]:
        return told(thing, len(thing.history) - TAIL, TAIL)

    # What the page asks for

    def ask_sight(self, page: str, sees: bool) -> dict[str, Any]:
        """A page says whether this view is in sight there; it hears what there is now."""
        with self._guard:
            self._watchers.pop(OPENED, None)
            self._watchers.pop(page, None)
            if sees:
                self._watchers[page] = time.monotonic() + PATIENCE
        self._start()
        return self.first(self.thing)

    def ask_looks(self, first: int, count: int) -> dict[str, Any]:
        return told(self.thing, first, min(count, MOST))

    # The thread that looks

    @property
    def watching(self) -> bool:
        return self._thread is not None

    def _start(self) -> None:
        with self._guard:
            if self._thread is None and self._seen():
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()

    def _seen(self) -> bool:
        now = time.monotonic()
        return any(until > now for until in self._watchers.values())

    def _watch(self) -> None:
        """Look again and again, until nobody sees it, or the object is gone."""
        while True:
            began = time.monotonic()
            with self._guard:
                thing = self.thing
                if thing is None or not self._seen():
                    self._thread = None
                    return
            # What the system refuses once it may allow the next time.
            with suppress(OSError):
                thing.now()
            del thing
            # On a machine with very many sockets a look is dear: then there are fewer.
            time.sleep(max(PERIOD, 2 * (time.monotonic() - began)))

    def _push(self) -> None:
        thing = self.thing
        if thing is not None:
            self.push(**self.first(thing))


def told(thing: Sockets, first: int, count: int) -> dict[str, Any]:
    """Some looks, as the page wants them; the first one is number 1."""
    looks = thing.history
    first = max(0, first)
    return {"total": len(looks), "looks": [drawn(look) for look in looks[first : first + count]]}


def drawn(look: Look) -> dict[str, Any]:
    """A look as the page draws it."""
    hosts = {end[0] for one in look.sockets for end in (one.local, one.remote) if end}
    said = notes(look)
    rows = [list(row(one)) for one in look.sockets[:MAX_SOCKETS]]
    lines = changed(look)
    if hosts == {LOOPBACK}:
        said.insert(0, texts.SOCKETS_LOOPBACK)
        rows = [[cell.removeprefix(f"{LOOPBACK}:") for cell in cells] for cells in rows]
        lines = [line.replace(f"{LOOPBACK}:", "") for line in lines]
    return {
        "number": look.number,
        "time": look.time,
        "note": named(look),
        "rows": rows,
        "changes": lines,
        "moves": moves(look),
        "states": look.states,
        "notes": said,
    }


def moves(look: Look) -> list[list[str]]:
    """From which state to which, where the diagram tells the way."""
    listens = {one.local[1] for one in look.sockets if one.state == "LISTEN"}
    found = []
    for before, after in look.changes:
        if before is None and after is not None:
            accepted = after.remote is not None and after.local[1] in listens
            found.append(["LISTEN" if accepted else "CLOSED", after.state])
        elif after is None and before is not None and before.state in LAST:
            found.append([before.state, "CLOSED"])
        elif before is not None and after is not None and before.state != after.state:
            found.append([before.state, after.state])
    return found
