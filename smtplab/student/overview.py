"""Where a student is, over all lessons, and how to begin an exercise again."""

from dataclasses import dataclass
from pathlib import Path

from ..exercises import LESSONS, Exercise, Lesson, by_name, find, name_of, reference_source
from ..words import joined
from . import my_client, notebooks
from .keeping import kept, write_client
from .said import WORDS
from .store import State, Store, unused, write_whole

__all__ = ["ExerciseProgress", "LessonProgress", "Progress", "begin_again", "passed", "progress",
           "reset"]  # fmt: skip


@dataclass(frozen=True)
class ExerciseProgress:
    name: str
    status: str  # "passed", "tried" or "new"
    tries: int
    hints: int


@dataclass(frozen=True)
class LessonProgress:
    lesson: Lesson
    exercises: tuple[ExerciseProgress, ...]


@dataclass(frozen=True)
class Progress:
    """Where a student is. next is the first exercise that has not passed, or None."""

    lessons: tuple[LessonProgress, ...]
    folder: Path
    message: str = ""

    @property
    def _all(self) -> list[ExerciseProgress]:
        return [exercise for lesson in self.lessons for exercise in lesson.exercises]

    @property
    def passed(self) -> int:
        return sum(exercise.status == "passed" for exercise in self._all)

    @property
    def total(self) -> int:
        return len(self._all)

    @property
    def next(self) -> str | None:
        return next((e.name for e in self._all if e.status != "passed"), None)

    def reset(self, exercise: object) -> str:
        """Give one exercise its stub back; see `reset`."""
        return reset(exercise)


def progress() -> Progress:
    """Where the student is, over all lessons."""
    store = Store()
    state = store.read()

    def of(exercise: Exercise) -> ExerciseProgress:
        record = state.record(exercise.name)
        status = "passed" if record.passed else "tried" if record.tries else "new"
        return ExerciseProgress(exercise.name, status, record.tries, record.hints)

    rows = tuple(LessonProgress(lesson, tuple(map(of, lesson.exercises))) for lesson in LESSONS)
    return Progress(rows, store.folder, store.message)


def passed(name: str) -> bool:
    """Whether an exercise has passed, and was not begun again."""
    return Store().read().record(name).passed


def reset(exercise: object) -> str:
    """Give an exercise its stub back, and forget that it passed; return what was done.

    Nothing else in the notebook changes. What stood in the cell is kept in a file, and so is what
    had passed. Raise UnknownExercise, or OSError when a file cannot be read or written.
    """
    name = find(name_of(exercise)).name
    lesson = by_name()[name][0]
    store = Store()
    kept: dict[str, str] = {}  # what stood in the cell, by the name of the file that has it

    def keep(text: str) -> None:
        kept[_copied(store, name, text)] = text

    path = store.folder / lesson.notebook
    of_nbgrader = path.with_suffix("") / lesson.notebook
    if of_nbgrader.is_file() and not path.is_file():
        path = of_nbgrader
    try:
        stub = notebooks.stub(reference_source(name))
        put = notebooks.put_stub_back(path, name, stub, keep)
        said = WORDS("in-is-the-stub-again" if put else "in-is-the-stub-already", name=name,
                     notebook=lesson.notebook, aside="".join(kept))  # fmt: skip
    except FileNotFoundError:
        said = WORDS("is-not-there-so-no", path=path)
    except (LookupError, TypeError, ValueError) as error:  # no notebook, or one without the cell
        said = WORDS("no-cell-was-changed", error=error)
    return joined([said, _forget(store, name, *kept.values()), store.message])


def _copied(store: Store, name: str, text: str) -> str:
    """Keep what is taken away in a file of its own; return the name of that."""
    aside = unused(store.folder / f"{name}.py", "before-reset")
    write_whole(aside, text)
    return aside.name


def _forget(store: Store, name: str, *copied: str) -> str:
    """Take an exercise out of the progress, and out of my_client.py.

    What had passed is kept in a file, which is what is returned, unless it was copied already.
    """
    said = ""

    def edit(state: State) -> None:
        nonlocal said
        source = kept(state).get(name)
        if source and not any(source.text.strip() in text for text in copied):
            aside = _copied(store, name, notebooks.whole(source))
            said = WORDS("what-had-passed-is-in", aside=aside)
        if state.exercises.pop(name, None) and (store.folder / my_client.NAME).exists():
            write_client(store, state)

    store.change(edit)
    return said


def begin_again(exercise: object, cell: str) -> tuple[str, str]:
    """Forget that an exercise passed; return its stub, and where what is taken away was kept.

    For a front end that itself puts the stub in the place of what stands in a cell. No notebook
    is changed. Raise UnknownExercise, or OSError when a file cannot be written.
    """
    name = find(name_of(exercise)).name
    stub = notebooks.in_its_words(cell, notebooks.stub(reference_source(name)))
    store = Store()
    said = ""
    if cell.strip() not in ("", stub):
        said = WORDS("what-stood-there-is-in", aside=_copied(store, name, cell))
    return stub, joined([said, _forget(store, name, cell), store.message])
