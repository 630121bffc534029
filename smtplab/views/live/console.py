"""The live console: one types, the kernel's Python speaks, and the state machine lights up.

All of the conversation runs in the kernel, as `console.say` does it: the page sends what was
typed, and draws what the history has. So a console that is shown twice, or spoken to by code,
is the same everywhere.
"""

from typing import Any, ClassVar

from ...lab import Console, Entry
from ...lab.order import STATES
from .. import texts
from ..console import Row, Rows, account, diagram, now, title, words
from ..html import one_line
from ..transcript import MAX_LINE
from . import Live

__all__ = ["Model"]

TAIL = 200  # rows that are told unasked
MOST = 400  # rows of one answer
MAX_TEXT = 4_096  # characters of a line that is chosen


class Model(Live):
    name: ClassVar[str] = "console"
    words: ClassVar[dict[str, Any]] = texts.LIVE_CONSOLE

    def __init__(self, thing: Console) -> None:
        self._rows = Rows(thing.timeout)
        for entry in thing.history:
            self._rows.add(entry)
        super().__init__(thing)
        thing.subscribe(self._heard)

    def first(self, thing: Console) -> dict[str, Any]:
        states = {state: texts.CONSOLE_STATES[state][:2] for state in STATES}
        return self._stand(thing, 0) | {"title": title(thing), "states": states}

    # What the page asks for. What it then sees comes from the history, not from here.

    def ask_now(self) -> dict[str, Any]:
        """All again: for a page that was loaded anew."""
        return self._stand(self.thing, 0)

    def ask_rows(self, first: int, count: int) -> dict[str, Any]:
        return self._told(max(0, first), min(count, MOST))

    def ask_row(self, row: int) -> str:
        """One line in full, or nearly."""
        return one_line(self._rows.rows[row].text, MAX_TEXT)

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
            self.push(**self._stand(thing, before))

    def _stand(self, thing: Console, first: int) -> dict[str, Any]:
        """Where the session stands, and the rows from `first` on, but not more than TAIL."""
        steps = [(step, *words(step)) for step in thing.next]
        return {
            "state": thing.state,
            "now": now(thing),
            "diagram": diagram(thing),
            "account": account(thing),
            "next": [
                {"name": step.name, "line": step.line, "main": step.main, "label": label,
                 "does": does}
                for step, label, does, *_ in steps
            ],
            "rows": self._told(max(first, len(self._rows.rows) - TAIL), TAIL),
        }  # fmt: skip

    def _told(self, first: int, count: int) -> dict[str, Any]:
        rows = [row(one) for one in self._rows.rows[first : first + count]]
        return {"total": len(self._rows.rows), "first": first, "rows": rows}


def row(one: Row) -> dict[str, Any]:
    """A row as the page draws it: short, whatever it holds."""
    said: dict[str, Any] = {"who": one.who, "text": one_line(one.text, MAX_LINE), "marks": []}
    if not one.who:
        return said
    if one.tls:
        said["marks"].append(texts.MARK_TLS)
    if one.kind in ("auth", "letter"):
        said["marks"].append(texts.MARK_AUTH if one.kind == "auth" else texts.MARK_DATA)
    if one.means is not None:
        means, rfc, section = one.means
        said["refused"] = one.text[0] in "45"
        said["says"] = f"{one.text[:3]}: {means}"
        said["label"] = texts.RFC_LABEL.format(rfc=rfc, section=section)
        said["link"] = texts.RFC_URL.format(rfc=rfc, section=section)
    return said
