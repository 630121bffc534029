"""What a student is asked, what is said of the answer, and what is kept of it."""

import difflib
import linecache
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, cast

from ..catalogue import counted, plural, say
from . import my_client, notebooks
from .gauntlet import Gauntlet, run_gauntlet
from .judge import DEADLINE, Exercise, Lesson, Question, Source, Verdict, judge_exercise
from .judge import source as sources
from .judge.run import run
from .loading import NoClient, load_client
from .progress import Record, State, Store, unused, write_whole

__all__ = [
    "LESSONS",
    "Exercise",
    "ExerciseProgress",
    "Gauntlet",
    "Hint",
    "Lesson",
    "LessonProgress",
    "Mine",
    "NoClient",
    "Prediction",
    "Progress",
    "Question",
    "Solution",
    "UnknownExercise",
    "Verdict",
    "ask",
    "begin_again",
    "check",
    "find",
    "hint",
    "judge",
    "load_client",
    "mine",
    "progress",
    "reset",
    "run_gauntlet",
    "solution",
    "write_solved",
]

SLUGS = (
    "start_here", "sockets", "dialogue", "auth", "tls", "headers", "multipart", "autopsy", "client",
)  # fmt: skip

LESSONS: tuple[Lesson, ...] = tuple(import_module(f".{slug}", __name__).LESSON for slug in SLUGS)


class UnknownExercise(LookupError):
    """There is no exercise of that name."""


@dataclass(frozen=True)
class Hint:
    """One rung of the ladder: rung counts from 1, of is how many there are."""

    exercise: str
    rung: int
    of: int
    text: str


@dataclass(frozen=True)
class Solution:
    """The reference, if it is open; else why it is not."""

    exercise: str
    source: str
    open: bool
    why: str


@dataclass(frozen=True)
class Prediction:
    """A question to be asked; answer and why are None and "" for one that nobody wrote."""

    text: str
    choices: tuple[str, ...]
    answer: str | None
    why: str


@dataclass(frozen=True)
class Mine:
    """What `mine` hands out, and whose it is, as a line of text."""

    values: tuple[Any, ...]
    report: str


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


# Finding


@cache
def _by_name() -> dict[str, tuple[Lesson, Exercise]]:
    return {e.name: (lesson, e) for lesson in LESSONS for e in lesson.exercises}


@cache
def _given() -> dict[str, tuple[str, Any]]:
    """The names that come with a lesson without being an exercise: slug and object."""
    found: dict[str, tuple[str, Any]] = {}
    for lesson in LESSONS:
        module = import_module(f"smtplab.solutions.{lesson.slug}")
        for name in module.__all__:
            if name not in _by_name():
                found[name] = (lesson.slug, getattr(module, name))
    return found


def _known() -> frozenset[str]:
    return frozenset(_by_name()) | frozenset(_given())


def find(name: str) -> Exercise:
    """The exercise of that name. Raise UnknownExercise, with the names that come close."""
    if name in _by_name():
        return _by_name()[name][1]
    close = difflib.get_close_matches(name, _by_name(), n=2, cutoff=0.5)
    sentence = say("There is no exercise called {name!r}.", name=name)
    if len(close) == 2:
        guess = say("Did you mean {first} or {second}?", first=close[0], second=close[1])
    else:
        guess = say("Did you mean {name}?", name=close[0]) if close else ""
    raise UnknownExercise(" ".join(filter(None, [sentence, guess])))


def _name_of(thing: object) -> str:
    # An object of a student's is not asked what it is: its own methods may raise.
    kind = type(thing)
    if kind is str:
        return cast(str, thing)
    if issubclass(kind, FunctionType | type):
        name: str = cast(Any, thing).__name__
        owner = cast(Any, thing).__qualname__.rpartition(".")[0]
        if owner in _by_name() and name not in _by_name():
            raise UnknownExercise(
                say(
                    "The exercise is the whole class: {owner}, without .{name}.",
                    owner=owner,
                    name=name,
                )
            )
        if name != "<lambda>":
            return name
        raise UnknownExercise(
            say("A lambda has no name that says which exercise it is: write the function with def.")
        )
    try:
        shown = f"{thing!r:.80}"
    except Exception:
        shown = say("an object of class {kind}", kind=kind.__name__)
    raise UnknownExercise(
        say(
            "This wants a function that you have written, such as read_reply, and got {shown}. "
            "Leave out the parentheses after the name: it is the function itself that is judged.",
            shown=shown,
        )
    )


def reference(name: str) -> Any:
    """The reference of an exercise, or a name that is given with a lesson."""
    if name in _by_name():
        return getattr(import_module(f"smtplab.solutions.{_by_name()[name][0].slug}"), name)
    if name in _given():
        return _given()[name][1]
    find(name)
    raise AssertionError


def reference_source(name: str) -> Source:
    """The reference as text, with what it needs."""
    source = sources.read(reference(name), _known())
    assert source is not None
    return source


# Judging


def judge(function: object, *, deadline: float = DEADLINE) -> Verdict:
    """Judge the exercise that the function is named after; keep nothing.

    The deadline, in seconds, is for each call of the student's code.
    """
    return _judge(function, deadline)[0]


def _judge(function: object, deadline: float = DEADLINE) -> tuple[Verdict, Source | None]:
    try:
        name = _name_of(function)
        exercise = find(name)
    except UnknownExercise as error:
        verdict = Verdict(
            exercise="",
            status="error",
            sentence=str(error),
            reason="not-an-exercise",
        )
        return verdict, None
    if type(function) is str:
        sentence = say("check wants the function itself: check({name}), without quotes.", name=name)
        return Verdict(
            exercise=name, status="error", sentence=sentence, reason="not-a-function"
        ), None
    source = sources.read(function, _known())
    return judge_exercise(exercise, function, source, deadline), source


def check(function: object) -> Verdict:
    """Judge a function, count the try, and keep the function if it passed."""
    verdict, source = _judge(function)
    if verdict.reason in ("not-an-exercise", "not-a-function", "not-written"):
        return verdict
    note = " ".join(filter(None, [_older(function, source), _keep(verdict, function, source)]))
    return Verdict(**{**vars(verdict), "note": note})


def _older(function: object, source: Source | None) -> str:
    """A word when the newest cell that defines the function did not run, and an older one did."""
    history = sources.globals_of(function).get("In")
    if source is None or not isinstance(history, list):
        return ""
    definition = re.compile(rf"^(def|class)\s+{re.escape(source.name)}\b", re.MULTILINE)
    cells = [cell for cell in history if isinstance(cell, str) and definition.search(cell)]
    if not cells or source.text.strip() in cells[-1]:
        return ""
    return say(
        "The newest cell that defines {name} ended in an error: what was judged is the version "
        "before it.",
        name=source.name,
    )


def _keep(verdict: Verdict, function: object, source: Source | None) -> str:
    name = verdict.exercise
    module = str(getattr(function, "__module__", ""))
    if verdict.passed and module.startswith("smtplab."):
        return say("This is the reference, not yours: nothing was kept.")
    store = Store()
    notes: list[str] = []
    dependent = _dependent(name, function, source) if verdict.passed and source else ""

    def edit(state: State) -> None:
        record = state.record(name)
        record.tries += 1
        if not verdict.passed:
            return
        record.passed = True
        if source is None:
            notes.append(say("Its text could not be found, so my_client.py is without it."))
            return
        if dependent:
            notes.append(
                say("{file} was left as it was: {why}", file=my_client.NAME, why=dependent)
            )
            return
        clash = my_client.conflict(source, _kept(state) | {"main": reference_source("main")})
        if clash:
            notes.append(
                say(
                    "{file} was left as it was: another function there has a {clash} too, and it "
                    "is not the same. Give one of them another name and check again.",
                    file=my_client.NAME,
                    clash=clash,
                )
            )
            return
        record.text, record.imports = source.text, source.imports
        record.helpers, record.needs = source.helpers, source.needs
        notes.append(_write_client(store, state) or say("Kept in {file}.", file=my_client.NAME))

    store.change(edit)
    return " ".join(filter(None, [*notes, store.message]))


def _dependent(name: str, function: object, source: Source) -> str:
    """Why what would be kept does not work without its notebook, or ""."""

    def begin() -> str:
        namespace: dict[str, Any] = {need: reference(need) for need in source.needs}
        namespace["__name__"] = "my_client"
        exec(compile(notebooks.whole(source), f"<{name}>", "exec", dont_inherit=True), namespace)
        live = sources.globals_of(function)
        # X = "a" and then X += "b": what is kept is one statement, and has to say it all.
        for helper in source.helpers:
            value = live.get(helper)
            if type(value) in (str, bytes, tuple, frozenset) and namespace[helper] != value:
                return say(
                    "by itself, {helper} has another value. Give it that in one statement.",
                    helper=helper,
                )
        return ""

    result = run(begin, (), {}, files=frozenset())
    if result.timed_out or result.error is not None:
        why = type(result.error).__name__ if result.error else say("it does not come to an end")
        return say("by itself, what {name} needs does not run ({why}).", name=name, why=why)
    return str(result.value)


def _kept(state: State) -> dict[str, Source]:
    return {
        name: Source(name, record.text, 1, record.imports, record.helpers, record.needs)
        for name, record in state.exercises.items()
        if record.passed and record.text and name in _by_name()
    }


def _write_client(store: Store, state: State) -> str:
    """Write my_client.py anew; return a word when there is something to say."""
    text = _client_text(_kept(state))
    try:
        state.client, word = my_client.write(store.folder, text, state.client)
    except OSError as error:
        return say("{file} could not be written ({why}).", file=my_client.NAME, why=error.strerror)
    return " ".join([say("Kept in {file}.", file=my_client.NAME), word]) if word else ""


def _client_text(kept: dict[str, Source]) -> str:
    given = {name: (slug, reference_source(name)) for name, (slug, _) in _given().items()}
    return my_client.compose(LESSONS, kept, given)


# Helping


def hint(function: object) -> Hint:
    """The next rung for an exercise; the last one stays. Raise UnknownExercise."""
    exercise = find(_name_of(function))
    of = len(exercise.hints)
    rung = 0

    def edit(state: State) -> None:
        nonlocal rung
        record = state.record(exercise.name)
        record.hints = rung = min(record.hints + 1, of)

    Store().change(edit)
    return Hint(exercise.name, rung, of, exercise.hints[rung - 1])


def solution(function: object) -> Solution:
    """The reference, after a pass or the last hint. Raise UnknownExercise."""
    exercise = find(_name_of(function))
    record = Store().read().exercises.get(exercise.name, Record())
    left = len(exercise.hints) - record.hints
    if record.passed or left <= 0:
        return Solution(exercise.name, notebooks.whole(reference_source(exercise.name)), True, "")
    why = counted(
        left,
        plural(
            "It opens when {name} has passed, or after the last hint. There is one hint left: "
            "hint({name}).",
            "It opens when {name} has passed, or after the last hint. There are {count} hints "
            "left: hint({name}).",
        ),
        name=exercise.name,
    )
    return Solution(exercise.name, "", False, why)


def ask(question: str, choices: object) -> Prediction:
    """A question with its choices; its answer and why, if a lesson has written them.

    A lesson's own question is asked in the reader's language, whatever the notebook's is.
    """
    offered = tuple(str(choice) for choice in choices) if hasattr(choices, "__iter__") else ()
    if not offered:
        raise ValueError("predict wants a question and a list of choices")
    for lesson in LESSONS:
        for known in lesson.questions:
            if _same((known.text, *known.choices), (question, *offered)):
                return Prediction(known.text, known.choices, known.answer, known.why)
    return Prediction(question, offered, None, "")


def _same(known: tuple[str, ...], asked: tuple[str, ...]) -> bool:
    """Whether a notebook asks this, in English or in the reader's language."""
    return len(known) == len(asked) and all(
        ours in (theirs, say(theirs)) for ours, theirs in zip(known, asked, strict=True)
    )


def mine(*names: str) -> Mine:
    """The student's own versions of what passed, else the reference.

    The name "my_client.py" stands for the whole program, as text. Raise UnknownExercise for a
    name that is neither an exercise nor given with a lesson.
    """
    if not names:
        raise ValueError('mine wants names: mine("read_reply"), say')
    state = Store().read()
    kept = _kept(state)
    loaded: dict[str, Any] = {}
    values: list[Any] = []
    own: list[str] = []
    lent: list[str] = []
    with_it: list[str] = []
    for asked in names:
        name = _name_of(asked)
        if name == my_client.NAME:
            program = _program(kept)
            values.append(_client_text(program))
            own += [each for each, source in program.items() if source is kept.get(each)]
            lent += [each for each, source in program.items() if source is not kept.get(each)]
            continue
        if name not in _known():
            find(name)
        value = _load(name, kept, loaded)
        values.append(value)
        if name in _by_name():
            (own if name in kept and value is not reference(name) else lent).append(name)
        else:
            with_it.append(name)
    report = []
    if own:
        report.append(say("yours: {names}", names=", ".join(own)))
    if with_it:
        report.append(say("given with the lesson: {names}", names=", ".join(with_it)))
    if lent:
        report.append(
            say("the reference (yours has not passed yet): {names}", names=", ".join(lent))
        )
    return Mine(tuple(values), "; ".join(report))


def _program(kept: dict[str, Source]) -> dict[str, Source]:
    """All that a mail program is made of: what is kept, and the reference of what is missing.

    The reference also takes the place of a function with a helper that has the name of one of
    the reference's, and is another.
    """
    own = dict(kept)
    while True:
        program: dict[str, Source] = {}
        due = [*own, *reference_source("main").needs]
        while due:
            name = due.pop()
            if name in _by_name() and name not in program:
                program[name] = own.get(name) or reference_source(name)
                due += program[name].needs
        lent = {name: source for name, source in program.items() if name not in own}
        lent["main"] = reference_source("main")
        clashing = [name for name, source in own.items() if my_client.conflict(source, lent)]
        if not clashing:
            return {name: program[name] for name in _by_name() if name in program}
        for name in clashing:
            del own[name]


def _load(name: str, kept: dict[str, Source], loaded: dict[str, Any]) -> Any:
    """Make a kept function live again, with the student's own versions of what it needs."""
    if name in loaded:
        return loaded[name]
    if name not in kept:
        return loaded.setdefault(name, reference(name))
    source = kept[name]
    text = notebooks.whole(source) + "\n"
    file = f"<{my_client.NAME}: {name}>"
    namespace: dict[str, Any] = {"__name__": "my_client"}
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    loaded[name] = reference(name)  # for a circle of needs; replaced below
    for needed in source.needs:
        if needed in _known():
            namespace[needed] = _load(needed, kept, loaded)
    try:
        exec(compile(text, file, "exec", dont_inherit=True), namespace)
        loaded[name] = namespace[name]
    except Exception:
        # A text that was changed by hand in the progress file, or one of another Python.
        loaded[name] = reference(name)
    return loaded[name]


# Looking back, and beginning again


def progress() -> Progress:
    """Where the student is, over all lessons."""
    store = Store()
    state = store.read()

    def of(exercise: Exercise) -> ExerciseProgress:
        record = state.exercises.get(exercise.name, Record())
        status = "passed" if record.passed else "tried" if record.tries else "new"
        return ExerciseProgress(exercise.name, status, record.tries, record.hints)

    rows = tuple(LessonProgress(lesson, tuple(map(of, lesson.exercises))) for lesson in LESSONS)
    return Progress(rows, store.folder, store.message)


def reset(exercise: object) -> str:
    """Give an exercise its stub back, and forget that it passed; return what was done.

    Nothing else in the notebook changes, and what stood in the cell is kept in a file. Raise
    UnknownExercise, or OSError when the notebook cannot be read or written.
    """
    name = find(_name_of(exercise)).name
    lesson = _by_name()[name][0]
    store = Store()
    done = []
    path = store.folder / lesson.notebook
    try:
        aside = unused(store.folder / f"{name}.py", "before-reset")
        stub = notebooks.stub(reference_source(name))
        if notebooks.put_stub_back(path, name, stub, lambda before: write_whole(aside, before)):
            done.append(
                say(
                    "{name} in {notebook} is the stub again; what stood there is in {aside}. If "
                    "the notebook is open, load it again from disk.",
                    name=name,
                    notebook=lesson.notebook,
                    aside=aside.name,
                )
            )
        else:
            done.append(
                say(
                    "{name} in {notebook} is the stub already.", name=name, notebook=lesson.notebook
                )
            )
    except FileNotFoundError:
        done.append(say("{path} is not there, so no cell was changed.", path=path))
    except (LookupError, TypeError, ValueError) as error:  # no notebook, or one without the cell
        done.append(say("No cell was changed: {error}.", error=error))

    _forget(store, name)
    return " ".join(filter(None, [*done, store.message]))


def _forget(store: Store, name: str) -> None:
    """Take an exercise out of the progress, and out of my_client.py."""

    def edit(state: State) -> None:
        if state.exercises.pop(name, None) and (store.folder / my_client.NAME).exists():
            _write_client(store, state)

    store.change(edit)


def begin_again(exercise: object) -> str:
    """Forget that an exercise passed, and return its stub. Raise UnknownExercise.

    For a front end that puts the stub into the open notebook itself; no notebook is changed.
    """
    name = find(_name_of(exercise)).name
    _forget(Store(), name)
    return notebooks.stub(reference_source(name))


def write_solved(directory: Path | str) -> list[Path]:
    """Write the instructor's edition: every notebook solved, and the client it leads to.

    Return the paths written. Raise FileExistsError rather than write over a file.
    """
    target = Path(directory)
    names = [(lesson, [e.name for e in lesson.exercises]) for lesson in LESSONS]
    files = [target / lesson.notebook for lesson, _ in names] + [target / my_client.NAME]
    for file in files:
        if file.exists():
            raise FileExistsError(f"{file} exists: name a folder that has none of these files")
    target.mkdir(parents=True, exist_ok=True)
    for (lesson, exercises), file in zip(names, files, strict=False):
        notebook = notebooks.load(notebooks.originals() / lesson.notebook)
        texts = {name: notebooks.whole(reference_source(name)) for name in exercises}
        notebooks.lay_over(notebook, texts)
        notebooks.save(file, notebook)
    kept = {name: reference_source(name) for _, exercises in names for name in exercises}
    files[-1].write_text(_client_text(kept), encoding="utf-8")
    return files
