"""The switchboard: what is turned on, each as its line of code, and who is connected."""

from ..lab import Session, Switchboard
from ..lab.switchboard import last_line
from .html import NONE, el, one_line, size
from .said import WORDS
from .transcript import ended
from .view import Piece, View, as_it_is, grid, para, together

__all__ = ["drawn_now", "view"]

SHOWN = 4  # sessions
MAX_LINE = 60  # characters


def view(board: Switchboard) -> View:
    """What is on now, and how to change it in code."""
    how = [para(WORDS("switchboard.plain"))] if board.running else []
    return View("switchboard", WORDS("switchboard.title"), [drawn_now(board), *how])


def drawn_now(board: Switchboard) -> Piece:
    """What is on, and what was said last."""
    if not board.running:
        return para(WORDS("switchboard.stopped"))
    lines = "\n".join(board.lines)
    pieces = [
        para(WORDS("switchboard.profile_is", profile=board.profile), "sm-sentence"),
        as_it_is(lines, WORDS("switchboard.lines")) if lines else para(WORDS("switchboard.none")),
    ]
    if board.tap is not None:
        read = sum(len(segment.data) for segment in board.tap.overheard)
        crossed = size(len(board.tap.octets))
        pieces.append(para(WORDS("switchboard.heard", crossed=crossed, read=size(read))))
    rows = [_row(session) for session in board.sessions(SHOWN)]
    who, heads = WORDS("switchboard.who"), WORDS.get("switchboard.columns")
    pieces.append(grid(who, heads, rows, "sm-who") if rows else para(WORDS("switchboard.nobody")))
    return together(*pieces, para(WORDS("switchboard.holds"), "sm-muted"))


def _row(session: Session) -> list[str]:
    said = [one_line(last_line(session, sender), MAX_LINE) for sender in ("C", "S")]
    return [
        str(session.number),
        str(session.port),
        *(el("code", line) if line else NONE for line in said),
        ended(session),
    ]
