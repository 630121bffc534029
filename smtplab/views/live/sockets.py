"""Live sockets: the table as it is now, the state diagram beside it, and each look that was kept.

The kernel answers a page only between cells, but sockets change within them: a thread looks,
and what it sees is pushed. It runs while a page has the view in sight, or had it until just now,
and ends with the object.
"""

import json
import threading
import time
from contextlib import suppress
from typing import Any

from ...lab import Look, Sockets
from ..said import WORDS
from ..sockets import changed, named
from . import Live, chunk
from .tree import tree

__all__ = ["Model"]

PERIOD = 0.1  # seconds between two looks
TAIL = 20  # looks that are told unasked
# Seconds for which a page counts without a word from it: it cannot speak while a cell runs.
PATIENCE = 120.0
LOOPBACK = "127.0.0.1"
# From these a connection that is gone went by the last edges of the diagram. From any other it
# may have been reset, or more has happened than was seen.
LAST = ("LISTEN", "SYN_SENT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT")


class Model(Live):
    def __init__(self, thing: Sockets) -> None:
        self._guard = threading.Lock()
        self._until = 0.0  # when nobody looks any more, unless a page asks again
        self.watching = False
        super().__init__(thing)
        thing.subscribe(self.stir)
        self._start()

    def first(self, thing: Sockets) -> dict[str, Any]:
        return chunk(thing.history, len(thing.history) - TAIL, TAIL, drawn)

    # What the page asks for

    def ask_now(self) -> dict[str, Any]:
        """The newest looks: a page asks for them again and again while it has this in sight."""
        self._start()
        return super().ask_now()

    def ask_looks(self, first: int, count: int) -> dict[str, Any]:
        return chunk(self.thing.history, first, count, drawn)

    # The thread that looks

    def _start(self) -> None:
        with self._guard:
            self._until = time.monotonic() + PATIENCE
            if not self.watching:
                self.watching = True
                threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        """Look again and again, until nobody sees it, or the object is gone."""
        while True:
            began = time.monotonic()
            with self._guard:
                thing = self.thing
                if thing is None or began > self._until:
                    self.watching = False
                    return
            # What the system refuses once it may allow the next time.
            with suppress(OSError):
                thing.now()
            del thing
            # On a machine with very many sockets a look is dear: then there are fewer.
            time.sleep(max(PERIOD, 2 * (time.monotonic() - began)))


def drawn(look: Look) -> dict[str, Any]:
    """A look as the page draws it."""
    said = {
        "number": look.number,
        "time": look.time,
        "note": named(look),
        "page": tree(look),
        "changes": changed(look),
        "moves": moves(look),
        "states": look.states,
    }
    if {end[0] for one in look.sockets for end in (one.local, one.remote) if end} == {LOOPBACK}:
        said = json.loads(json.dumps(said).replace(f"{LOOPBACK}:", ""))
        said["page"].append(["p", {"class": "sm-muted"}, WORDS("sockets.loopback")])
    return said


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
