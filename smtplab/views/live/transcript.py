"""The live transcript: it is followed while it grows, and a session is gone through step by step.

The page gets the newest rows of the newest session at once, and asks for others when they come
into sight: a session of a million lines opens like one of ten.
"""

from typing import Any

from ...lab import Session, Transcript
from .. import transcript as plain
from ..html import one_line
from ..rfc import page_meaning
from ..said import WORDS
from ..sequence_diagram import MAX_LINE
from . import MAX_OCTETS, Live, chunk, in_octets

__all__ = ["Model"]

TAIL = 80  # rows that are told unasked
MAX_SESSIONS = 200  # the newest ones, to choose from
MAX_LINES = 40  # of a message's content


class Model(Live):
    def __init__(self, thing: Transcript | Session) -> None:
        self._told: dict[int, int] = {}  # session: how many of its rows a page has heard of
        super().__init__(thing)
        if isinstance(thing, Transcript):
            thing.subscribe(self.stir, self.stir)

    def first(self, thing: Transcript | Session) -> dict[str, Any]:
        for newest in self._sessions(thing)[-1:]:
            self._told.pop(newest.number, None)  # it is told whole
        return self.news(thing)

    def news(self, thing: Transcript | Session) -> dict[str, Any]:
        """The title, the sessions to choose from, and those with rows that no page has heard of."""
        sessions = self._sessions(thing)
        changed = [s for s in sessions if s.number in self._told or s is sessions[-1]]
        return {
            "alone": isinstance(thing, Session),
            "title": named(thing) if isinstance(thing, Session) else plain.titled(len(sessions)),
            "sessions": [[s.number, named(s)] for s in sessions[-MAX_SESSIONS:]],
            "changed": [self._tail(session) for session in changed],
        }

    # What the page asks for

    def ask_rows(self, session: int, first: int, count: int) -> dict[str, Any]:
        return told(self._find(session), first, count)

    def ask_row(self, session: int, row: int) -> dict[str, Any]:
        """One row in full: its lines, and its octets as far as they are shown."""
        found = plain.followed(self._find(session)).rows[row]
        lines = plain.content(found.lines, MAX_LINES) if found.kind == "data" else [
            one_line(plain.text_of(line), MAX_OCTETS) for line in found.lines
        ]  # fmt: skip
        return {"texts": ["\n".join(lines)]} | in_octets(b"".join(one.data for one in found.lines))

    # Sessions

    @staticmethod
    def _sessions(thing: Transcript | Session) -> tuple[Session, ...]:
        return (thing,) if isinstance(thing, Session) else thing.sessions

    def _find(self, number: int) -> Session:
        return next(s for s in self._sessions(self.thing) if s.number == number)

    def _tail(self, session: Session) -> dict[str, Any]:
        """The newest rows of a session: those that are news, the last one told before included."""
        total = len(plain.followed(session).rows)
        news = self._told.get(session.number, 0) - 1
        self._told[session.number] = total
        return told(session, max(total - TAIL, news), TAIL)


def told(session: Session, first: int, count: int) -> dict[str, Any]:
    """Some rows, as the page wants them."""
    return {"session": session.number} | chunk(plain.followed(session).rows, first, count, row)


def named(session: Session) -> str:
    return WORDS(
        "transcript.session_short",
        number=session.number,
        port=session.port,
        role=plain.role(session.port),
        ended=plain.ended(session),
    )


def row(one: plain.Row) -> dict[str, Any]:
    """A row as the page draws it: short, whatever it holds."""
    line = one.lines[0]
    if said := plain.band_of(one):
        return {"kind": "band", "who": "", "text": said, "time": line.time}
    long = one.kind == "data" and len(one.lines) > 1
    told = {
        "kind": one.kind,
        "who": line.sender,
        "time": line.time,
        "text": plain.message_title(one) if long else one_line(plain.text_of(line), MAX_LINE),
        "marks": plain.marks(one),
        "bare": plain.bare(one),
        "says": WORDS("transcript.end") if one.kind == "dot" else "",
    }
    return told | page_meaning(line.text, plain.reply(line, one.after))
