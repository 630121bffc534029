"""The gauntlet: a row for each scenario, the student's client beside smtplib."""

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from ..catalogue import columns, counted, padded
from . import texts
from .html import Html, el, fold, heading, join, page, printout, prose, table, visible
from .transcript import session_text

if TYPE_CHECKING:
    from ..exercises.gauntlet import Gauntlet, Outcome, Row
    from ..lab import Transcript

__all__ = ["html", "text"]

WIDTH = 100  # columns of a terminal
TEXT_LINES = 10  # of each session of a scenario that failed, in a terminal: the last ones


def html(gauntlet: "Gauntlet") -> str:
    """A table, what failed first, with what happened in words, and both transcripts folded."""
    title = _title(gauntlet)
    if not gauntlet.rows:
        return page("gauntlet", title, heading(title), el("p", prose(gauntlet.message)))
    rows = [
        (_name(row), _status(row.mine), _status(row.library), join(_happened(row)))
        for row in _ordered(gauntlet)
    ]
    drawn = table(title, texts.GAUNTLET_COLUMNS, rows, "sm-gauntlet")
    return page("gauntlet", title, heading(title), drawn)


def text(gauntlet: "Gauntlet") -> str:
    """The same for a terminal; a transcript stands where the student's client failed."""
    title = _title(gauntlet)
    if not gauntlet.rows:
        return visible(f"{title}\n{gauntlet.message}")
    name, mine, library, _ = texts.GAUNTLET_COLUMNS
    width = max(map(columns, (mine, *(word for _, word in texts.GAUNTLET_STATUS.values()))))
    lines = [title, "", f"{padded(mine, width)}  {padded(library, width)}  {name}"]
    for row in _ordered(gauntlet):
        marks = (texts.GAUNTLET_STATUS[one.right][1] for one in (row.mine, row.library))
        lines.append("  ".join([*(padded(mark, width) for mark in marks), row.scenario.name]))
        indent = " " * (2 * width + 4)
        right = [] if row.mine.right else [texts.GAUNTLET_RIGHT.format(right=row.scenario.right)]
        for sentence in (*right, *_sentences(row)):
            lines += wrap(sentence, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
        if not row.mine.right:
            lines += [f"{indent}| {line}".rstrip() for line in _last(row.mine.transcript)]
    return visible("\n".join(lines))


def _ordered(gauntlet: "Gauntlet") -> list["Row"]:
    """What the student's client lost comes first, then what only smtplib lost, then the rest."""
    return sorted(gauntlet.rows, key=lambda row: (row.mine.right, row.library.right))


def _title(gauntlet: "Gauntlet") -> str:
    if not gauntlet.rows:
        return texts.GAUNTLET_NOT_RUN
    return texts.GAUNTLET_TITLE.format(
        mine=gauntlet.right,
        library=sum(row.library.right for row in gauntlet.rows),
        total=len(gauntlet.rows),
    )


def _name(row: "Row") -> Html:
    right = el("span", texts.GAUNTLET_RIGHT.format(right=row.scenario.right), class_="sm-says")
    return join([row.scenario.name, " ", right])


def _status(outcome: "Outcome") -> Html:
    """A sign, and the word beside it."""
    sign, word = texts.GAUNTLET_STATUS[outcome.right]
    tone = "sm-passed" if outcome.right else "sm-failed"
    return join([el("span", sign, class_=f"sm-sign {tone}", aria_hidden="true"), word])


def _sentences(row: "Row") -> list[str]:
    if row.mine.sentence == row.library.sentence:
        return [texts.GAUNTLET_BOTH.format(sentence=row.mine.sentence)]
    return [
        texts.GAUNTLET_MINE.format(sentence=row.mine.sentence),
        texts.GAUNTLET_LIBRARY.format(sentence=row.library.sentence),
    ]


def _happened(row: "Row") -> Iterator[Html]:
    for sentence in _sentences(row):
        yield el("p", prose(sentence))
    for title, outcome in zip(texts.GAUNTLET_TRANSCRIPTS, (row.mine, row.library), strict=True):
        label = texts.NAMED.format(name=title, value=row.scenario.name)
        yield fold(title, printout("\n\n".join(_sessions(outcome.transcript)), label, wrap=False))


def _sessions(transcript: "Transcript") -> list[str]:
    said = [session_text(session) for session in transcript if session.events]
    return said or [texts.GAUNTLET_SILENT]


def _last(transcript: "Transcript") -> Iterator[str]:
    """The last lines of each session, below its name."""
    for said in _sessions(transcript):
        name, *lines = said.split("\n")
        yield name
        left_out = len(lines) - TEXT_LINES
        if left_out > 0:
            yield texts.GAUNTLET_LINES_BEFORE.format(lines=counted(left_out, texts.LINES))
        yield from lines[-TEXT_LINES:]
