"""The live console: one types, the kernel's Python speaks, and the state machine lights up.

All of the conversation runs in the kernel, as `console.say` does it: the page sends what was
typed, and draws what the history has. So a console that is shown twice, or spoken to by code,
is the same everywhere.
"""

from dataclasses import asdict
from typing import Any

from ...lab import Console, Entry
from ..console import Rows, account, diagram, now, step_words, title
from ..html import one_line
from ..rfc import page_meaning
from ..sequence_diagram import MAX_LINE, Spoken
from . import MAX_OCTETS, Live, chunk

__all__ = ["Model"]

TAIL = 200  # rows that are told unasked


class Model(Live):
    def __init__(self, thing: Console) -> None:
        self._rows = Rows(thing)
        super().__init__(thing)
        thing.subscribe(self._heard)

    def first(self, thing: Console) -> dict[str, Any]:
        return self._stand(thing, 0)

    # What the page asks for. What it then sees comes from the history, not from here.

    def ask_rows(self, first: int, count: int) -> dict[str, Any]:
        return chunk(self._rows.rows, first, count, row)

    def ask_row(self, row: int) -> dict[str, Any]:
        """One line in full, or nearly."""
        return {"texts": [one_line(self._rows.rows[row].lines[0], MAX_OCTETS)]}

    def ask_say(self, text: str) -> None:
        self.thing.say(text)

    def ask_do(self, step: str) -> None:
        """What is no line: TLS, LISTEN, CONNECT."""
        does = {"TLS": self.thing.tls, "LISTEN": self.thing.listen, "CONNECT": self.thing.connect}
        does[step]()

    # What it is told

    def _heard(self, entry: Entry) -> None:
        before = len(self._rows.rows)
        self._rows.add(entry)
        thing = self.thing
        if thing is not None:
            self.send(self._stand(thing, before))

    def _stand(self, thing: Console, first: int) -> dict[str, Any]:
        """Where the session stands, and the rows from `first` on, but not more than TAIL."""
        return {
            "title": title(thing),
            "state": thing.state,
            "now": now(thing),
            "diagram": diagram(thing),
            "account": account(thing),
            "next": [asdict(step) | {"words": step_words(step)} for step in thing.next],
            "rows": self.ask_rows(max(first, len(self._rows.rows) - TAIL), TAIL),
        }


def row(one: Spoken) -> dict[str, Any]:
    """A row as the page draws it: short, whatever it holds."""
    said = {"who": one.sender, "text": one_line(one.lines[0], MAX_LINE)}
    if not one.sender:
        return said
    return said | {"marks": one.marks} | page_meaning(one.lines[0], one.means)
