"""The transcript as a ladder: the client on the left, the server on the right, time runs down.

A session is first made into rungs (`rungs`), which are plain data: the text, the HTML, and a
live view that follows a session all draw the same rungs.
"""

import re
import threading
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..catalogue import counted
from ..lab.transcript import Cutter
from . import texts
from .html import Html, el, fold, heading, one_line, page, printout, size

if TYPE_CHECKING:
    from ..lab import Line, Session, Transcript

__all__ = [
    "Followed",
    "Ladder",
    "Rung",
    "border",
    "content",
    "followed",
    "html",
    "meaning",
    "reply",
    "rungs",
    "session_html",
    "session_text",
    "text",
]

MAX_SESSIONS = 20
MAX_RUNGS = 100  # of one session: the first and the last of them
LAST_RUNGS = 30
MAX_LINE = 400  # characters
FOLD_LINES = 12  # a message longer than this is folded
MAX_DATA_LINES = 120
MAX_DATA = 20_000  # characters

FINAL_LINE = re.compile(r"([2-5]\d\d)(?: |$)")


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    `lines` is one line, or all lines of a message's content up to its dot; `kind` is that of
    the lines, or "tls" for the border where TLS begins or ends. `after` is the command that a
    reply answers, in capitals.
    """

    kind: Literal["command", "reply", "auth", "data", "dot", "tls"]
    lines: list["Line"]
    after: str = ""


class Ladder:
    """The rungs of a session, made as its lines come; the last one may still grow."""

    def __init__(self) -> None:
        self.rungs: list[Rung] = []
        self._content: list[Line] = []  # of the message that is under way
        self._after, self._tls = "", False

    def add(self, line: "Line") -> None:
        if line.kind == "data" and line.data.rstrip(b"\r\n") != b".":
            if not self._content:
                self.rungs.append(Rung("data", self._content))
            self._content.append(line)
            return
        self._content = []
        if line.tls != self._tls:
            self.rungs.append(Rung("tls", [line]))
            self._tls = line.tls
        if line.kind == "data":
            self.rungs.append(Rung("dot", [line]))
            self._after = "DATA"
            return
        if line.kind == "command":
            self._after = (line.text.split(" ", 1)[0] if line.text else "").upper().rstrip(":")
        self.rungs.append(Rung(line.kind, [line], self._after))

    def copy(self) -> "Ladder":
        """One that goes on from here, and leaves this one as it is."""
        other = Ladder()
        other.rungs = list(self.rungs)
        other._after, other._tls = self._after, self._tls
        if self._content:
            other._content = list(self._content)
            other.rungs[-1] = Rung("data", other._content)
        return other


def rungs(lines: Iterable["Line"]) -> list[Rung]:
    """The lines of a session as steps to draw."""
    ladder = Ladder()
    for line in lines:
        ladder.add(line)
    return ladder.rungs


class Followed:
    """A session and its rungs, kept: what was made into rungs once is not made again.

    Safe to use from several threads.
    """

    def __init__(self, session: "Session") -> None:
        self._session = weakref.ref(session)  # it is the key under which this is kept
        self._lock = threading.Lock()
        self._cutter = Cutter()
        self._ladder = Ladder()
        self._events = 0
        self._lines = 0

    def update(self) -> int:
        """Take in what is new; return the first rung that has changed."""
        with self._lock:
            first = max(0, len(self._ladder.rungs) - 1)
            session = self._session()
            new = session.events[self._events :] if session else ()
            self._events += len(new)
            for event in new:
                for line in self._cutter.feed(event):
                    self._ladder.add(line)
                    self._lines += 1
            return first

    @property
    def rungs(self) -> list[Rung]:
        """The rungs of whole lines; the last one may still grow."""
        return self._ladder.rungs

    def all(self) -> tuple[list[Rung], int]:
        """All rungs until now, that of a line without an end included, and how many lines."""
        self.update()
        with self._lock:
            unfinished = list(self._cutter.unfinished())
            if not unfinished:
                return self._ladder.rungs, self._lines
            more = self._ladder.copy()
        for line in unfinished:
            more.add(line)
        return more.rungs, self._lines + len(unfinished)


_followed: "weakref.WeakKeyDictionary[Session, Followed]" = weakref.WeakKeyDictionary()


def followed(session: "Session") -> Followed:
    """The rungs of a session, up to now."""
    found = _followed.setdefault(session, Followed(session))
    found.update()
    return found


def reply(line: "Line", after: str) -> texts.Reply | None:
    """What a reply code means, or None unless this is the last line of a reply."""
    return meaning(line.text, after) if line.sender == "S" else None


def meaning(text: str, after: str) -> texts.Reply | None:
    """The same for a line's text, which the server said."""
    match = FINAL_LINE.match(text)
    if match is None:
        return None
    code = match[1]
    known = texts.REPLY_AFTER.get((after, code)) or texts.REPLY_CODES.get(code)
    return known or texts.REPLY_CLASSES[code[0]]


def html(transcript: "Transcript") -> str:
    """The newest session open, the others folded."""
    sessions = transcript.sessions
    if not sessions:
        return page("transcript", texts.TRANSCRIPT_EMPTY, el("p", texts.TRANSCRIPT_EMPTY))
    title = texts.TRANSCRIPT_TITLE.format(sessions=counted(len(sessions), texts.SESSIONS))
    drawn = []
    for session in sessions[-MAX_SESSIONS:]:
        name, ladder = _ladder(session)
        drawn.append(fold(name, ladder, is_open=session is sessions[-1]))
    return page("transcript", title, heading(title), _older(len(sessions)), *drawn)


def session_html(session: "Session") -> str:
    """One session by itself."""
    title, ladder = _ladder(session)
    return page("transcript", title, heading(title), ladder)


def text(transcript: "Transcript") -> str:
    """Every session as lines of a terminal."""
    sessions = transcript.sessions
    if not sessions:
        return texts.TRANSCRIPT_EMPTY
    title = texts.TRANSCRIPT_TITLE.format(sessions=counted(len(sessions), texts.SESSIONS))
    older = _older(len(sessions))
    return "\n\n".join(
        [title, *([older] if older else []), *map(session_text, sessions[-MAX_SESSIONS:])]
    )


def session_text(session: "Session") -> str:
    """One session: seconds, who, the line, and what a refusal means."""
    made, count = followed(session).all()
    lines = [_title(session, count)]
    for rung in _cut(made):
        if isinstance(rung, str):
            lines.append(f"         {rung}")
        elif rung.kind == "tls":
            lines.append(f"         --- {border(rung)} ---")
        else:
            lines.extend(_text_lines(rung))
    return "\n".join(line.rstrip() for line in lines)


def _title(session: "Session", lines: int) -> str:
    """Which session, on which port, how long, and who ended it."""
    return texts.SESSION_TITLE.format(
        number=session.number,
        port=session.port,
        role=texts.SESSION_ROLES.get(session.port, texts.SESSION_ROLE_OTHER),
        lines=counted(lines, texts.LINES),
        ended=texts.SESSION_ENDED[session.ended],
    )


def _older(count: int) -> str | None:
    older = count - MAX_SESSIONS
    return counted(older, texts.SESSIONS_OLDER) if older > 0 else None


def _cut(made: list[Rung]) -> Iterator[Rung | str]:
    """The first and the last rungs, and between them how much was left out."""
    if len(made) <= MAX_RUNGS:
        yield from made
        return
    yield from made[: MAX_RUNGS - LAST_RUNGS]
    left_out = sum(len(rung.lines) for rung in made[MAX_RUNGS - LAST_RUNGS : -LAST_RUNGS])
    yield texts.ROWS_LEFT_OUT.format(lines=counted(left_out, texts.LINES))
    yield from made[-LAST_RUNGS:]


def border(rung: Rung) -> str:
    """What is said where TLS begins or ends."""
    line = rung.lines[0]
    if not line.tls:
        return texts.TLS_ENDS
    # A session that begins with the server's greeting under TLS had it from the first octet.
    return texts.TLS_BEGINS if line.sender == "C" else texts.TLS_FIRST


def _text_lines(rung: Rung) -> Iterator[str]:
    first = rung.lines[0]
    if rung.kind == "data":
        shown = content(rung.lines, FOLD_LINES)
        for number, said in enumerate(shown):
            yield f"{first.time:8.3f} C: {said}" if number == 0 else f"         C: {said}"
        return
    meaning = reply(first, rung.after)
    note = f"   <- {meaning[0]}" if meaning and first.text[0] in "45" else ""
    yield f"{first.time:8.3f} {first.sender}: {one_line(first.text, MAX_LINE)}{note}"


def content(lines: list["Line"], most: int) -> list[str]:
    """The lines of a message, cut after `most` lines or MAX_DATA characters, with a count."""
    shown: list[str] = []
    room = MAX_DATA
    for line in lines[:most]:
        said = one_line(line.text, MAX_LINE)
        room -= len(said)
        if room < 0:
            break
        shown.append(said)
    rest = lines[len(shown) :]
    if rest:
        octets = size(sum(len(line.data) for line in rest))
        more = texts.LINES_LEFT_OUT.format(lines=counted(len(rest), texts.LINES), octets=octets)
        shown.append(more)
    return shown


def _ladder(session: "Session") -> tuple[str, Html]:
    """The title of a session, and its rungs as a table."""
    made, count = followed(session).all()
    title = _title(session, count)
    if not made:
        return title, el("p", texts.SESSION_EMPTY)
    rows = []
    for rung in _cut(made):
        if isinstance(rung, str):
            rows.append(_band(rung))
        elif rung.kind == "tls":
            rows.append(_band(border(rung)))
        else:
            rows.append(_row(rung))
    head = el("tr", *(el("th", column, scope="col") for column in texts.LADDER_COLUMNS))
    caption = el("caption", title, class_="sm-hidden")
    return title, el("table", caption, el("thead", head), el("tbody", *rows), class_="sm-ladder")


def _band(words: str) -> Html:
    return el("tr", el("td", words, colspan="4"), class_="sm-band")


def _row(rung: Rung) -> Html:
    first = rung.lines[0]
    time = el("th", f"{first.time:.3f}", scope="row")
    if first.sender == "S":
        said = el("td", *_said(rung), class_="sm-s")
        return el("tr", time, el("td"), _way(rung, "←", texts.TO_CLIENT), said)
    way = _way(rung, "→", texts.TO_SERVER)
    if rung.kind == "data" and len(rung.lines) > FOLD_LINES:
        # A long message takes the width of both columns once it is unfolded.
        return el("tr", time, el("td", _message(rung), colspan="3", class_="sm-c"))
    said = _message(rung) if rung.kind == "data" else el("span", *_said(rung))
    return el("tr", time, el("td", said, class_="sm-c"), way, el("td"))


def _way(rung: Rung, arrow: str, words: str) -> Html:
    marks = [texts.MARK_TLS] if rung.lines[0].tls else []
    if rung.kind == "auth":
        marks.append(texts.MARK_AUTH)
    elif rung.kind in ("data", "dot"):
        marks.append(texts.MARK_DATA)
    shown = [el("span", mark, class_="sm-mark") for mark in marks]
    sign = el("span", arrow, aria_hidden="true")
    return el("td", sign, el("span", f"{words} ", class_="sm-hidden"), *shown, class_="sm-way")


def _said(rung: Rung) -> Iterator[Html]:
    line = rung.lines[0]
    yield el("code", one_line(line.text, MAX_LINE))
    if rung.kind == "dot":
        yield el("span", texts.MARK_END, class_="sm-says")
    meaning = reply(line, rung.after)
    if meaning is not None:
        words, rfc, section = meaning
        link = el(
            "a",
            texts.RFC_LABEL.format(rfc=rfc, section=section),
            href=texts.RFC_URL.format(rfc=rfc, section=section),
            target="_blank",
            rel="noopener noreferrer",
        )
        yield el("span", f"{line.text[:3]}: {words} (", link, ")", class_="sm-says")


def _message(rung: Rung) -> Html:
    octets = size(sum(len(line.data) for line in rung.lines))
    title = texts.MESSAGE_FOLD.format(lines=counted(len(rung.lines), texts.LINES), octets=octets)
    mark = el("span", texts.MARK_DATA, class_="sm-mark")
    if len(rung.lines) <= FOLD_LINES:
        return el("code", "\n".join(content(rung.lines, FOLD_LINES)))
    shown = printout("\n".join(content(rung.lines, MAX_DATA_LINES)), title)
    return el("details", el("summary", mark, " ", title), shown)
