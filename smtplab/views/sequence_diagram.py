"""A sequence diagram: the client on the left, the server on the right, time runs down."""

from collections.abc import Iterable
from dataclasses import dataclass

from .html import Html, el, one_line, table
from .rfc import Meaning, link
from .said import WORDS
from .view import Piece

__all__ = ["MAX_LINE", "Spoken", "band", "sequence_diagram"]

MAX_LINE = 400  # characters


@dataclass(frozen=True)
class Spoken:
    """What one side said at a time (seconds), how it was said, and what there is to say of it.

    What has no sender is a band: a line about the session, over the whole width.
    """

    time: float
    sender: str  # "C", "S" or ""
    lines: list[str]  # they are cut when they are drawn
    marks: list[str]
    means: Meaning | None = None
    note: str = ""
    wrong: str = ""  # what is said of one of the lines
    wrong_at: int = 0  # which one
    long: Html | None = None  # in place of the lines: what takes the width of both columns

    @property
    def shown(self) -> list[str]:
        return [one_line(line, MAX_LINE) for line in self.lines]

    def text(self) -> Iterable[str]:
        if not self.sender:
            yield f"         --- {self.lines[0]} ---"
            return
        for number, line in enumerate(self.shown):
            before = f"{self.time:8.3f}" if number == 0 else " " * 8
            refused = self.means.words if self.means and self.lines[0][:1] in "45" else ""
            wrong = self.wrong if number == self.wrong_at else ""
            notes = "".join(f"   <- {note}" for note in (refused, wrong) if note)
            yield f"{before} {self.sender}: {line}{notes}"

    def row(self) -> Html:
        if not self.sender:
            return el("tr", el("td", self.lines[0], colspan="4"), class_="sm-band")
        time = el("th", f"{self.time:.3f}", scope="row")
        said = [self.long or el("code", "\n".join(self.shown))]
        for note in filter(None, (self.note, self.wrong)):
            said.append(el("span", note, class_="sm-says"))
        if self.means:
            to = link(self.means.rfc, self.means.section)
            means = WORDS("shared.named", name=self.lines[0][:3], value=self.means.words)
            said.append(el("span", f"{means} (", to, ")", class_="sm-says"))
        cell = el(
            "td", *said, colspan="3" if self.long else None, class_=f"sm-{self.sender.lower()}"
        )
        if self.long:
            return el("tr", time, cell)
        if self.sender == "C":
            return el("tr", time, cell, self._way("→", "shared.to_server"), el("td"))
        return el("tr", time, el("td"), self._way("←", "shared.to_client"), cell)

    def _way(self, arrow: str, words: str) -> Html:
        """The cell that says which way a line went, and how."""
        hidden = el("span", WORDS(words), " ", class_="sm-hidden")
        shown = (el("span", mark, class_="sm-mark") for mark in self.marks)
        return el("td", el("span", arrow, aria_hidden="true"), hidden, *shown, class_="sm-way")


def band(text: str) -> Spoken:
    return Spoken(0, "", [text], [])


def sequence_diagram(caption: str, heads: list[str], rows: list[Spoken]) -> Piece:
    """Rows of four cells: when, what the client said, which way it went, what the server said."""
    lines = [line for row in rows for line in row.text()]
    return Piece(lines, lambda: table(caption, heads, (row.row() for row in rows), "sm-sequence"))
