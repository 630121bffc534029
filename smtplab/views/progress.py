"""Where the student is, over all lessons."""

from wcwidth import ljust, wcswidth

from ..student import Progress
from .html import Html, el, join, table
from .said import WORDS
from .view import Piece, View, named_all, para

__all__ = ["view"]

SIGNS = {"passed": "✓", "tried": "…", "new": "○"}


def view(progress: Progress) -> View:
    """What there is to say, a table over the lessons, what comes next, and where the files are."""
    title = WORDS("progress.title", passed=progress.passed, total=progress.total)
    message = [para(progress.message, "sm-sentence")] if progress.message else []
    following = progress.next or WORDS("progress.none_left")
    onward = [(WORDS("progress.next"), following), (WORDS("progress.folder"), str(progress.folder))]
    pieces = [*message, _lessons(progress, title), named_all(onward)]
    return View("progress", title, pieces)


def _lessons(progress: Progress, title: str) -> Piece:
    """The lessons with their exercises: in a terminal each exercise has a line of its own."""
    names = [f"{one.lesson.number} {one.lesson.title}" for one in progress.lessons]
    width = max(map(wcswidth, names), default=0)
    lines, rows = [], []
    for name, lesson in zip(names, progress.lessons, strict=True):
        passed = sum(one.status == "passed" for one in lesson.exercises)
        count = WORDS("progress.lesson", passed=passed, total=len(lesson.exercises))
        lines.append(f"  {ljust(name, width)}  {count}")
        marks = []
        for one in lesson.exercises:
            word = WORDS(f"progress.status.{one.status}")
            lines.append(f"      {ljust(word, 8)} {one.name}")
            marks.append(_mark(one.name, one.status, word))
        file = lesson.lesson.notebook
        # A front end opens the notebook beside this one, where it is there.
        there = (progress.folder / file).is_file()
        rows.append((el("a", name, href=file) if there else name, count, join(marks)))
    heads = WORDS.get("progress.columns")
    return Piece(lines, lambda: table(title, heads, rows, "sm-short"))


def _mark(exercise: str, status: str, word: str) -> Html:
    """An exercise with its sign; the word is there for those who cannot see the sign."""
    sign = el("span", SIGNS[status], class_=f"sm-sign sm-{status}", aria_hidden="true")
    hidden = el("span", f" ({word}) ", class_="sm-hidden")
    return el("span", sign, el("code", exercise), hidden, class_="sm-exercise")
