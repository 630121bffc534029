"""Where the student is, over all lessons."""

from typing import TYPE_CHECKING

from ..catalogue import columns, padded
from . import texts
from .html import Html, el, facts, heading, join, page, table, visible

if TYPE_CHECKING:
    from ..exercises import LessonProgress, Progress

__all__ = ["html", "text"]


def html(progress: "Progress") -> str:
    """A table over the lessons, what comes next, and where the files are."""
    title = _title(progress)
    rows = ((_link(lesson), _count(lesson), join(_marks(lesson))) for lesson in progress.lessons)
    message = el("p", progress.message, class_="sm-sentence") if progress.message else None
    return page(
        "progress",
        title,
        heading(title),
        message,
        table(title, texts.PROGRESS_COLUMNS, rows, "sm-short"),
        facts(_facts(progress)),
    )


def text(progress: "Progress") -> str:
    """The same for a terminal."""
    width = max((columns(_name(lesson)) for lesson in progress.lessons), default=0)
    lines = [_title(progress), *filter(None, [progress.message])]
    for lesson in progress.lessons:
        lines.append(f"  {padded(_name(lesson), width)}  {_count(lesson)}")
        lines += [
            f"      {padded(texts.PROGRESS_STATUS[one.status][1], 8)} {one.name}"
            for one in lesson.exercises
        ]
    lines += [texts.NAMED.format(name=name, value=value) for name, value in _facts(progress)]
    return visible("\n".join(lines))


def _title(progress: "Progress") -> str:
    return texts.PROGRESS_TITLE.format(passed=progress.passed, total=progress.total)


def _name(lesson: "LessonProgress") -> str:
    return f"{lesson.lesson.number} {lesson.lesson.title}"


def _link(lesson: "LessonProgress") -> Html:
    """The lesson's name; a front end opens the notebook beside this one."""
    return el("a", _name(lesson), href=lesson.lesson.notebook)


def _count(lesson: "LessonProgress") -> str:
    passed = sum(one.status == "passed" for one in lesson.exercises)
    return texts.PROGRESS_COUNT.format(passed=passed, total=len(lesson.exercises))


def _marks(lesson: "LessonProgress") -> list[Html]:
    """Each exercise with its sign; the word is there for those who cannot see the sign."""
    marks = []
    for one in lesson.exercises:
        sign, word = texts.PROGRESS_STATUS[one.status]
        tone = f"sm-sign sm-{one.status}"
        marks.append(
            el(
                "span",
                el("span", sign, class_=tone, aria_hidden="true"),
                el("code", one.name),
                el("span", f" ({word}) ", class_="sm-hidden"),
                class_="sm-exercise",
            )
        )
    return marks


def _facts(progress: "Progress") -> list[tuple[str, str]]:
    following = progress.next or texts.PROGRESS_NONE_LEFT
    return [
        (texts.PROGRESS_NEXT, following),
        (texts.PROGRESS_FOLDER, str(progress.folder)),
    ]
