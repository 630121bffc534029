"""The instructor's edition: a folder like a student's, in which every check has passed."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from ..exercises import LESSONS, by_name, reference_source
from . import my_client, notebooks
from .keeping import put, write_client
from .store import State, Store

__all__ = ["lesson_files", "write_solved"]


def lesson_files(folder: Path, lessons: Iterable[str]) -> list[str]:
    """The files in a folder that its notebooks of these names open, and bring along."""
    named = "\n".join((folder / name).read_text(encoding="utf-8") for name in lessons)
    students = {*lessons, my_client.NAME, Store(folder).path.name}
    files = sorted(path.name for path in folder.iterdir() if path.is_file())
    return [name for name in files if name in named and name not in students]


def write_solved(directory: Path | str) -> tuple[list[Path], bool]:
    """Write the instructor's edition: a folder like a student's in which every check has passed.

    Every notebook is solved and has no outputs; the files that the lessons open are there, and
    my_client.py with the progress that it comes from. Return these files, and whether the lessons
    are those of the last commit; without git they are as they stand in the course. Raise
    FileExistsError rather than write over a file, NotADirectoryError where a file stands in the
    place of the folder, LookupError when a notebook has lost an exercise.
    """
    target = Path(directory)
    for one in (target, *target.parents):
        if one.exists() and not one.is_dir():
            raise NotADirectoryError(f"{one} is a file: name a folder, which may be new")
    store = Store(target)
    with notebooks.shipped() as (folder, committed):
        lessons = {lesson.notebook: notebooks.load(folder / lesson.notebook) for lesson in LESSONS}
        written = [*lessons, my_client.NAME, store.path.name]
        beside = lesson_files(folder, lessons)
        files = [target / name for name in (*written, *beside)]
        for file in files:
            if file.exists():
                raise FileExistsError(f"{file} exists: name a folder that has none of these files")
        for lesson in LESSONS:
            texts = {e.name: notebooks.whole(reference_source(e.name)) for e in lesson.exercises}
            try:
                notebooks.clean(lessons[lesson.notebook])
                notebooks.lay_over(lessons[lesson.notebook], texts)
            except LookupError as error:
                raise LookupError(f"{lesson.notebook} is no longer whole: {error}") from error
        target.mkdir(parents=True, exist_ok=True)
        for name, notebook in lessons.items():
            notebooks.save(target / name, notebook)
        for name in beside:
            shutil.copyfile(folder / name, target / name)

    def edit(state: State) -> None:
        for name in by_name():
            put(state.record(name), reference_source(name))
        write_client(store, state)

    store.change(edit)
    if store.message:
        raise OSError(store.message)
    return files, committed
