"""The live ladder: follows a transcript while it grows, and goes through a session step by step.

The page gets the newest rows of the newest session at once, and asks for others when they come
into sight: a session of a million lines opens like one of ten.
"""

from base64 import b64encode
from typing import Any, ClassVar

from ...catalogue import counted
from ...lab import Event, Session, Transcript
from .. import texts
from ..html import one_line, size
from ..transcript import MAX_LINE, Rung, border, content, followed, reply
from . import Live, Pushing

__all__ = ["Model"]

TAIL = 80  # rows that are told unasked
MOST = 400  # rows of one answer
MAX_SESSIONS = 200  # the newest ones, to choose from
MAX_OCTETS = 4_096  # of one row
MAX_LINES = 40  # of a message's content


class Model(Live):
    name: ClassVar[str] = "transcript"
    words: ClassVar[dict[str, Any]] = texts.LIVE_TRANSCRIPT

    def __init__(self, thing: Transcript | Session) -> None:
        self._told: dict[int, int] = {}  # session: how many of its rows a page has heard of
        super().__init__(thing)
        if isinstance(thing, Transcript):
            self._pushing = Pushing(self._push)
            thing.subscribe(self._heard, self._ended)

    def first(self, thing: Transcript | Session) -> dict[str, Any]:
        newest = next(iter(self._sessions(thing)[::-1]), None)
        return self._summary(thing) | {"newest": self._tail(newest, whole=True) if newest else None}

    # What the page asks for

    def ask_now(self) -> dict[str, Any]:
        """All again: for a page that was loaded anew."""
        return self.first(self.thing)

    def ask_rows(self, session: int, first: int, count: int) -> dict[str, Any]:
        return told(self._find(session), max(0, first), min(count, MOST))

    def ask_row(self, session: int, row: int) -> dict[str, Any]:
        """One row in full: its lines, and its octets in base64 as far as they are shown."""
        rung = followed(self._find(session)).rungs[row]
        octets = b"".join(line.data for line in rung.lines)
        lines = content(rung.lines, MAX_LINES) if rung.kind == "data" else [
            one_line(line.text, MAX_OCTETS) for line in rung.lines
        ]  # fmt: skip
        return {"lines": lines, "size": size(len(octets)), "cut": len(octets) > MAX_OCTETS,
                "octets": b64encode(octets[:MAX_OCTETS]).decode("ascii")}  # fmt: skip

    # What is said to it unasked, on the provider's thread

    def _heard(self, event: Event) -> None:
        self._pushing.wanted()

    def _ended(self, session: Session) -> None:
        self._pushing.wanted()

    def _push(self) -> None:
        thing = self.thing
        if thing is None or not thing.sessions:
            return
        newest = thing.sessions[-1].number
        changed = [self._tail(self._find(number)) for number in {*self._told, newest}]
        self.push(**self._summary(thing), changed=changed, newest=newest)

    # Sessions

    @staticmethod
    def _sessions(thing: Transcript | Session) -> tuple[Session, ...]:
        return (thing,) if isinstance(thing, Session) else thing.sessions

    def _find(self, number: int) -> Session:
        return next(s for s in self._sessions(self.thing) if s.number == number)

    def _tail(self, session: Session, whole: bool = False) -> dict[str, Any]:
        """The newest rows of a session: those that are news, the last one told before included."""
        total = len(followed(session).rungs)
        news = 0 if whole else self._told.get(session.number, 0) - 1
        self._told[session.number] = total
        return told(session, max(0, total - TAIL, news), TAIL)

    def _summary(self, thing: Transcript | Session) -> dict[str, Any]:
        """The title, and the sessions to choose from."""
        sessions = self._sessions(thing)
        title = texts.TRANSCRIPT_TITLE.format(sessions=counted(len(sessions), texts.SESSIONS))
        return {
            "title": title if isinstance(thing, Transcript) else named(thing),
            "sessions": [[s.number, named(s)] for s in sessions[-MAX_SESSIONS:]],
        }


def told(session: Session, first: int, count: int) -> dict[str, Any]:
    """Some rows, as the page wants them."""
    rungs = followed(session).rungs
    rows = [row(rung) for rung in rungs[first : first + count]]
    return {"session": session.number, "total": len(rungs), "first": first, "rows": rows}


def named(session: Session) -> str:
    return texts.LIVE_SESSION.format(
        number=session.number,
        port=session.port,
        role=texts.SESSION_ROLES.get(session.port, texts.SESSION_ROLE_OTHER),
        ended=texts.SESSION_ENDED[session.ended],
    )


def row(rung: Rung) -> dict[str, Any]:
    """A rung as the page draws it: short, whatever it holds."""
    line = rung.lines[0]
    if rung.kind == "tls":
        return {"kind": "tls", "who": "", "text": border(rung), "time": line.time}
    marks = [texts.MARK_TLS] if line.tls else []
    if rung.kind == "auth":
        marks.append(texts.MARK_AUTH)
    elif rung.kind in ("data", "dot"):
        marks.append(texts.MARK_DATA)
    said: dict[str, Any] = {"kind": rung.kind, "who": line.sender, "time": line.time,
                            "text": one_line(line.text, MAX_LINE), "marks": marks}  # fmt: skip
    if rung.kind == "data" and len(rung.lines) > 1:
        said["text"] = texts.MESSAGE_FOLD.format(
            lines=counted(len(rung.lines), texts.LINES),
            octets=size(sum(len(one.data) for one in rung.lines)),
        )
    meaning = reply(line, rung.after)
    if meaning is not None:
        words, rfc, section = meaning
        said["says"] = f"{line.text[:3]}: {words}"
        said["refused"] = line.text[0] in "45"
        said["label"] = texts.RFC_LABEL.format(rfc=rfc, section=section)
        said["link"] = texts.RFC_URL.format(rfc=rfc, section=section)
    elif rung.kind == "dot":
        said["says"] = texts.MARK_END
    return said
