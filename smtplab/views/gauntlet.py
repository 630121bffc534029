"""The gauntlet: a row for each scenario, the student's client beside smtplib."""

from collections.abc import Iterator
from textwrap import wrap

from wcwidth import ljust, wcswidth

from ..exercises.gauntlet import Gauntlet, Outcome, Row
from ..lab import Transcript
from .html import Html, el, fold, join, left_out, printout, prose, table
from .said import WORDS
from .transcript import session_view
from .view import Piece, View, para

__all__ = ["view"]

WIDTH = 100  # columns of a terminal
TEXT_LINES = 10  # of each session of a scenario that failed, in a terminal: the last ones


def view(gauntlet: Gauntlet) -> View:
    """A row for each scenario: what the student's client lost comes first, then smtplib's."""
    if not gauntlet.rows:
        return View("gauntlet", WORDS("gauntlet.not_run"), [para(gauntlet.message)])
    title = WORDS(
        "gauntlet.title",
        mine=gauntlet.right,
        library=sum(row.library.right for row in gauntlet.rows),
        total=len(gauntlet.rows),
    )
    rows = sorted(gauntlet.rows, key=lambda row: (row.mine.right, row.library.right))
    heads = WORDS.get("gauntlet.columns")
    drawn = Piece(list(_lines(rows)), lambda: table(title, heads, map(_cells, rows), "sm-gauntlet"))
    return View("gauntlet", title, [drawn])


def _lines(rows: list[Row]) -> Iterator[str]:
    """The rows in a terminal; a transcript stands where the student's client failed."""
    name, mine, library, _ = WORDS.get("gauntlet.columns")
    width = max(map(wcswidth, (mine, *map(_word, (True, False)))))
    yield from ("", f"{ljust(mine, width)}  {ljust(library, width)}  {name}")
    indent = " " * (2 * width + 4)
    for row in rows:
        marks = (_word(one.right) for one in (row.mine, row.library))
        yield "  ".join([*(ljust(mark, width) for mark in marks), row.scenario.name])
        right = [] if row.mine.right else [_right(row)]
        for sentence in (*right, *_sentences(row)):
            yield from wrap(sentence, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
        if not row.mine.right:
            yield from (f"{indent}| {line}" for line in _last(row.mine.transcript))


def _cells(row: Row) -> tuple[Html, Html, Html, Html]:
    name = join([row.scenario.name, " ", el("span", _right(row), class_="sm-says")])
    return name, _status(row.mine), _status(row.library), join(_happened(row))


def _status(outcome: Outcome) -> Html:
    """A sign, and the word beside it."""
    sign, tone = ("✓", "sm-passed") if outcome.right else ("✗", "sm-failed")
    drawn = el("span", sign, class_=f"sm-sign {tone}", aria_hidden="true")
    return join([drawn, _word(outcome.right)])


def _word(right: bool) -> str:
    return WORDS("gauntlet.passed" if right else "gauntlet.failed")


def _sentences(row: Row) -> list[str]:
    mine, library = row.mine.sentence, row.library.sentence
    if mine == library:
        return [WORDS("shared.named", name=WORDS("gauntlet.both"), value=mine)]
    names = WORDS.get("gauntlet.columns")[1:3]
    both = zip(names, (mine, library), strict=True)
    return [WORDS("shared.named", name=name, value=said) for name, said in both]


def _right(row: Row) -> str:
    return WORDS("shared.named", name=WORDS("gauntlet.right"), value=row.scenario.right)


def _happened(row: Row) -> Iterator[Html]:
    for sentence in _sentences(row):
        yield el("p", prose(sentence))
    titles = WORDS.get("gauntlet.transcripts")
    for title, outcome in zip(titles, (row.mine, row.library), strict=True):
        label = WORDS("shared.named", name=title, value=row.scenario.name)
        yield fold(title, printout("\n\n".join(_sessions(outcome.transcript)), label, wrap=False))


def _sessions(transcript: Transcript) -> list[str]:
    said = [session_view(session).text() for session in transcript if session.events]
    return said or [WORDS("gauntlet.silent")]


def _last(transcript: Transcript) -> Iterator[str]:
    """The last lines of each session, below its name."""
    for said in _sessions(transcript):
        name, *lines = said.split("\n")
        yield name
        yield from left_out("shared.line_count", len(lines) - TEXT_LINES, "row.mine.transcript")
        yield from lines[-TEXT_LINES:]
