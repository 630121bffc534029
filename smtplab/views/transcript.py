"""The transcript as a sequence diagram.

A session is first made into rows (`Rows`), which are plain data: the text, the HTML, and a
live view that follows a session all draw the same rows.
"""

import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..lab import Line, Session, Transcript
from ..lab.transcript import LineSplitter
from .html import Html, el, left_out, line_count, one_line, printout, size
from .rfc import Meaning, meaning
from .said import WORDS
from .sequence_diagram import MAX_LINE, Spoken, band, sequence_diagram
from .view import Piece, View, apart, folded, para

__all__ = [
    "Row", "Rows", "band_of", "bare", "content", "ended", "followed", "marks", "message_title",
    "reply", "role", "session_view", "text_of", "titled", "view",
]  # fmt: skip

MAX_SESSIONS = 20
FIRST_ROWS, LAST_ROWS = 70, 30  # of one session: those between them are counted
FOLD_LINES = 12  # a message longer than this is folded
MAX_DATA_LINES = 120
MAX_DATA = 20_000  # characters


@dataclass(frozen=True)
class Row:
    """One row of the diagram.

    `lines` is one line, or all lines of a message's content up to its dot; `kind` is that of
    the lines, or "border" where TLS begins or ends. `after` is the command that a reply answers,
    in capitals.
    """

    kind: Literal["command", "reply", "auth", "data", "dot", "tls", "note", "border"]
    lines: list[Line]
    after: str = ""


class Rows:
    """The rows of a session, made as its lines come; the last one may still grow."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.rows: list[Row] = []
        self._content: list[Line] = []  # of the message that is under way
        self._after, self._tls = "", False
        self._lock = threading.Lock()
        self._splitter = LineSplitter()
        self._events = 0  # that were followed
        for line in lines:
            self._add(line)

    def follow(self, session: Session) -> None:
        """Take in the whole lines that are new. Safe to call from several threads."""
        with self._lock:
            new = session.events[self._events :]
            self._events += len(new)
            for event in new:
                for line in self._splitter.feed(event):
                    self._add(line)

    def _add(self, line: Line) -> None:
        if line.kind == "data" and not line.ends_message:
            if not self._content:
                self.rows.append(Row("data", self._content))
            self._content.append(line)
            return
        self._content = []
        if line.tls != self._tls:
            self.rows.append(Row("border", [line]))
            self._tls = line.tls
        if line.kind == "data":
            self.rows.append(Row("dot", [line]))
            self._after = "DATA"
            return
        if line.kind == "command":
            self._after = line.words.split(" ", 1)[0].upper().rstrip(":")
        self.rows.append(Row(line.kind, [line], self._after))


_followed: weakref.WeakKeyDictionary[Session, Rows] = weakref.WeakKeyDictionary()


def followed(session: Session) -> Rows:
    """The rows of a session, up to now: what was made once is not made again."""
    found = _followed.setdefault(session, Rows())
    found.follow(session)
    return found


def reply(line: Line, after: str) -> Meaning | None:
    """What a reply code means, or None unless this is the last line of a reply."""
    return meaning(line.text, after) if line.sender == "S" else None


def role(port: int) -> str:
    """What a port is for."""
    return WORDS.get(f"transcript.roles.{port}") or WORDS("transcript.roles.other")


def ended(session: Session) -> str:
    """Who ended a session, or that it is open."""
    return WORDS(f"transcript.ended.{session.ended or 'open'}")


def view(transcript: Transcript) -> View:
    """On a page the newest session is open, the others are folded."""
    sessions = transcript.sessions
    if not sessions:
        return View("transcript", WORDS("transcript.empty"), [])
    label = titled(len(sessions))
    older = len(sessions) - MAX_SESSIONS
    gone = left_out("transcript.session_count", older, "transcript.sessions")
    pieces = [para(words) for words in gone]
    for session in sessions[-MAX_SESSIONS:]:
        title, said = _session(session)
        pieces.append(folded(title, said, is_open=session is sessions[-1]))
    return View("transcript", label, [apart(piece) for piece in pieces])


def titled(sessions: int) -> str:
    """The title of a transcript of so many sessions."""
    return WORDS("transcript.title", sessions=WORDS("transcript.session_count", count=sessions))


def session_view(session: Session) -> View:
    """One session by itself."""
    title, said = _session(session)
    return View("transcript", title, [said])


def _session(session: Session) -> tuple[str, Piece]:
    """Which session, on which port, how long, and who ended it; and the diagram of it."""
    lines = session.lines()
    title = WORDS(
        "transcript.session",
        number=session.number,
        port=session.port,
        role=role(session.port),
        lines=line_count(sum(not line.note for line in lines)),
        ended=ended(session),
    )
    if not lines:
        return title, para(WORDS("transcript.session_empty"))
    return title, sequence_diagram(title, WORDS.get("transcript.columns"), _cut(Rows(lines).rows))


def _cut(made: list[Row]) -> list[Spoken]:
    """The first and the last rows, and between them how much was left out."""
    if len(made) <= FIRST_ROWS + LAST_ROWS:
        return [_spoken(row) for row in made]
    lines = sum(len(row.lines) for row in made[FIRST_ROWS:-LAST_ROWS])
    gone = left_out("shared.line_count", lines, "session.lines()")
    first, last = made[:FIRST_ROWS], made[-LAST_ROWS:]
    return [*map(_spoken, first), *map(band, gone), *map(_spoken, last)]


def band_of(row: Row) -> str:
    """What is said where TLS begins or ends, and of what the server noticed; "" elsewhere."""
    line = row.lines[0]
    if row.kind == "note":
        kind, _, detail = line.note.partition(": ")
        return WORDS(f"transcript.notes.{kind}", detail=detail)
    if row.kind != "border":
        return ""
    if not line.tls:
        return WORDS("transcript.tls_ends")
    # A session that begins with the server's greeting under TLS had it from the first octet.
    return WORDS("transcript.tls_begins") if line.sender == "C" else WORDS("transcript.tls_first")


def text_of(line: Line) -> str:
    """A line to be read; records of TLS, which no one can read, are told as what they are."""
    if line.kind != "tls":
        return line.text
    return WORDS(f"transcript.records.{line.record}", octets=size(len(line.data)))


def bare(row: Row) -> str:
    """What is said of the first line with a CR or an LF by itself; "" where there is none."""
    return next((WORDS(f"transcript.bare.{one.bare}") for one in row.lines if one.bare), "")


def _spoken(row: Row) -> Spoken:
    if said_of_it := band_of(row):
        return band(said_of_it)
    first, count = row.lines[0], len(row.lines)
    said = [text_of(line) for line in row.lines[:FOLD_LINES]]
    said += left_out("shared.line_count", count - FOLD_LINES, "session.lines()")
    wrong_at = next((number for number, one in enumerate(row.lines) if one.bare), 0)
    return Spoken(
        first.time,
        first.sender,
        said,
        marks(row),
        reply(first, row.after),
        note=WORDS("transcript.end") if row.kind == "dot" else "",
        wrong=bare(row),
        wrong_at=min(wrong_at, len(said) - 1),
        long=_message(row) if count > FOLD_LINES else None,
    )


def _message(row: Row) -> Html:
    """A long message, folded."""
    title = message_title(row)
    mark = el("span", "DATA", class_="sm-mark")
    shown = printout("\n".join(content(row.lines, MAX_DATA_LINES)), title)
    return el("details", el("summary", mark, " ", title), shown)


def content(lines: list[Line], most: int) -> list[str]:
    """The lines of a message, cut after `most` lines or MAX_DATA characters, with a count."""
    shown: list[str] = []
    room = MAX_DATA
    for line in lines[:most]:
        said = one_line(line.text, MAX_LINE)
        room -= len(said)
        if room < 0:
            break
        shown.append(said)
    return shown + left_out("shared.line_count", len(lines) - len(shown), "session.lines()")


def marks(row: Row) -> list[str]:
    """How the lines of a row were said, in capitals."""
    kind = {"auth": ["AUTH"], "data": ["DATA"], "dot": ["DATA"]}.get(row.kind, [])
    return ["TLS", *kind] if row.lines[0].tls else kind


def message_title(row: Row) -> str:
    octets = size(sum(len(line.data) for line in row.lines))
    return WORDS("transcript.message", lines=line_count(len(row.lines)), octets=octets)
