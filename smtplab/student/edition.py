"""The instructor's edition: a folder like a student's, in which every check has passed.

It also answers the questions, and says under each exercise what students do wrong.
"""

import ast
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from string import Formatter
from typing import Any

from ..exercises import LESSONS, Exercise, Lesson, by_name, reference_source
from . import my_client, notebooks
from .keeping import put, write_client
from .said import WORDS
from .store import State, Store

PLAN = "teaching.md"  # the plan of a class: its links lead to the lessons beside it

__all__ = ["beside", "in_new_files", "prepared", "write_solved"]


def write_solved(directory: Path | str) -> tuple[list[Path], bool]:
    """Write the instructor's edition: a folder like a student's in which every check has passed.

    Every notebook is solved and has no outputs; the files that the lessons open are there, and
    my_client.py with the progress that it comes from. Return these files, and whether the lessons
    are those of the last commit; without git they are as they stand in the course. Raise
    FileExistsError rather than write over a file, NotADirectoryError where a file stands in the
    place of the folder, LookupError when a notebook has lost an exercise.
    """
    store = Store(Path(directory))
    with notebooks.shipped() as (folder, committed):
        lessons = prepared(folder, {n: notebooks.whole(reference_source(n)) for n in by_name()})
        written = [*lessons, my_client.NAME, store.path.name]
        others = beside(folder, lessons.values())
        others += [PLAN] if (folder / PLAN).is_file() else []
        files = in_new_files(store.folder, [*written, *others])
        for lesson in LESSONS:
            _explain(lessons[lesson.notebook], lesson)
        store.folder.mkdir(parents=True, exist_ok=True)
        for name, notebook in lessons.items():
            notebooks.save(store.folder / name, notebook)
        for name in others:
            shutil.copyfile(folder / name, store.folder / name)

    def edit(state: State) -> None:
        for name in by_name():
            put(state.record(name), reference_source(name))
        write_client(store, state)

    store.change(edit)
    if store.message:
        raise OSError(store.message)
    return files, committed


def prepared(folder: Path, texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The lessons of a folder by their names, clean, with texts in the place of the stubs.

    Raise LookupError when a notebook has lost an exercise.
    """
    lessons = {}
    for lesson in LESSONS:
        lessons[lesson.notebook] = notebook = notebooks.load(folder / lesson.notebook)
        try:
            notebooks.clean(notebook)
            notebooks.lay_over(notebook, {e.name: texts[e.name] for e in lesson.exercises})
        except LookupError as error:
            raise LookupError(f"{lesson.notebook} is no longer whole: {error}") from error
    return lessons


def beside(folder: Path, of: Iterable[Mapping[str, Any]]) -> list[str]:
    """The files of a folder that these notebooks name, without what is a student's."""
    own = (my_client.NAME, Store(folder).path.name)
    named = "\n".join("".join(cell["source"]) for each in of for cell in each["cells"])
    return [path.name for path in sorted(folder.iterdir())
            if path.is_file() and path.suffix != ".ipynb" and path.name in named
            and path.name not in own]  # fmt: skip


def in_new_files(target: Path, names: Sequence[str]) -> list[Path]:
    """The paths of files that are to be new. Raise FileExistsError or NotADirectoryError."""
    for one in (target, *target.parents):
        if one.exists() and not one.is_dir():
            raise NotADirectoryError(f"{one} is a file: name a folder, which may be new")
    files = [target / name for name in names]
    for file in files:
        if file.exists():
            raise FileExistsError(f"{file} exists: name a folder that has none of these files")
    return files


def _explain(notebook: dict[str, Any], lesson: Lesson) -> None:
    """Put a cell under each question, and one under each check."""
    exercises = {f"check({exercise.name})": exercise for exercise in lesson.exercises}
    questions = dict(zip(lesson.questions_in("en"), lesson.questions, strict=True))
    asked = {each.text: told for each, told in questions.items()}
    cells = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"]).strip()
        said = []
        if cell["cell_type"] == "code":
            for question in filter(None, map(asked.get, _asks(text))):
                answer = f"<strong>{_html(question.answer or '')}</strong>"
                said.append(WORDS("edition.answer", answer=answer, why=_html(question.why)))
            said += [_mistakes(exercises[text])] if text in exercises else []
        cells.append(cell)
        if any(said):
            cells.append(
                {
                    "cell_type": "markdown",
                    "id": f"{cell['id'][:52]}-instructor",
                    "metadata": {"slideshow": {"slide_type": "skip"}},  # it is not for the room
                    "source": "\n".join(said).splitlines(keepends=True),
                }
            )
    notebook["cells"] = cells


def _asks(cell: str) -> list[str]:
    """The questions that a cell asks."""
    with suppress(SyntaxError):
        calls = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)]
        return [ast.literal_eval(c.args[0]) for c in calls if ast.unparse(c.func) == "predict"]
    return []


def _mistakes(exercise: Exercise) -> str:
    """What students do wrong in an exercise, and what the check says: a table behind a fold.

    "" where it has no mistakes of its own.
    """
    rows = "\n".join(
        f"<tr><td>{escape(re.sub(r'[-.]', ' ', reason))}</td>"
        f"<td>{_html(say, exercise.name)}</td><td>{_html(look, exercise.name)}</td></tr>"
        for reason, say, look in exercise.known
        if say
    )
    values = {"name": exercise.name, "points": exercise.points, "rows": rows}
    return WORDS.fill("edition.mistakes", values) if rows else ""


def _html(text: str, name: str = "") -> str:
    """A text of words in HTML; of a template, which has a name, the values by their names."""
    parts = []
    for literal, field, _, _ in Formatter().parse(text) if name else [(text, None, None, None)]:
        parts.append(escape(literal))
        if field == "name":
            parts.append(name)
        elif field is not None:
            value = field.removeprefix("mine.").partition("[")[0].replace("_", " ")
            parts.append(f"<em>{value}</em>")
    made = re.sub("`([^`]+)`", r"<code>\1</code>", "".join(parts))
    return made.replace("\n", "<br>")
