"""Judging what a student has written, and keeping what passed: my_client.py is made of it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ..exercises import Verdict, by_name, judged, reference, reference_source
from ..judge import Source
from ..judge import source as sources
from ..judge.run import run
from ..words import joined
from . import my_client, notebooks
from .said import WORDS
from .store import Record, State, Store

__all__ = ["check", "kept", "not_run", "put", "write_client"]


def check(function: object, told: Callable[[int, int], None] = lambda done, of: None) -> Verdict:
    """Judge a function, count the try, and keep the function if it passed.

    `told` hears, of a check that takes long, how much is done, of how much.
    """
    lent = next((name for name in by_name() if function is reference(name)), None)
    if lent is not None:
        return Verdict(
            exercise=lent,
            status="not_attempted",
            sentence=WORDS("this-is-the-courses-own", name=lent),
            reason="reference",
        )
    verdict, source = judged(function, told=told)
    if verdict.reason in ("not-an-exercise", "not-a-function", "not-written"):
        return verdict
    note = joined([_older(function, source), _keep(verdict, function, source)])
    return replace(verdict, note=note)


def _older(function: object, source: Source | None) -> str:
    """A word when the newest cell that defines the function did not run, and an older one did."""
    history = sources.globals_of(function).get("In")
    if source is None or not isinstance(history, list):
        return ""
    cells = _defining(source.name, history)
    if not cells or source.text.strip() in cells[-1]:
        return ""
    return WORDS("the-newest-cell-that-defines", name=source.name)


def _defining(name: str, cells: Iterable[object]) -> list[str]:
    """Those of some cells that define a name."""
    return [cell for cell in cells if isinstance(cell, str) and notebooks.defines(name, cell)]


def not_run(name: str, cells: Iterable[str], ran: Iterable[str]) -> bool:
    """Whether what defines an exercise in a notebook is not what ran last.

    cells are those of the notebook as they stand now, ran is what ran in it, oldest first.
    """
    standing = [cell.strip() for cell in _defining(name, cells)]
    newest = _defining(name, ran)[-1:]
    return bool(standing) and not any(cell.strip() in standing for cell in newest)


def _keep(verdict: Verdict, function: object, source: Source | None) -> str:
    name = verdict.exercise
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
            notes.append(WORDS("its-text-could-not-be"))
            return
        if dependent:
            notes.append(WORDS("was-left-as-it-was-2", file=my_client.NAME, why=dependent))
            return
        clash = my_client.conflict(source, kept(state) | {"main": reference_source("main")})
        if clash:
            notes.append(WORDS("was-left-as-it-was", file=my_client.NAME, clash=clash))
            return
        put(record, source)
        notes.append(write_client(store, state))

    store.change(edit)
    return joined([*notes, store.message])


def _dependent(name: str, function: object, source: Source) -> str:
    """Why what would be kept does not work without its notebook, or ""."""

    def begin() -> str:
        namespace: dict[str, Any] = {need: reference(need) for need in source.needs}
        namespace["__name__"] = "my_client"
        exec(compile(notebooks.whole(source), f"<{name}>", "exec", dont_inherit=True), namespace)
        live = sources.globals_of(function)
        # What is kept are statements of one cell, and they have to say it all.
        for helper in source.helpers:
            value = live.get(helper)
            if type(value) in (str, bytes, tuple, frozenset) and namespace[helper] != value:
                return WORDS("by-itself-has-another-value", helper=helper)
        return ""

    result = run(begin, (), files=frozenset())
    if result.timed_out or result.error is not None:
        why = type(result.error).__name__ if result.error else WORDS("it-does-not-come-to")
        return WORDS("by-itself-what-needs-does", name=name, why=why)
    return str(result.value)


def put(record: Record, source: Source) -> None:
    record.passed = True
    record.text, record.imports = source.text, source.imports
    record.helpers, record.needs = source.helpers, source.needs


def kept(state: State) -> dict[str, Source]:
    return {
        name: Source(name, record.text, 1, record.imports, record.helpers, record.needs)
        for name, record in state.exercises.items()
        if record.passed and record.text and name in by_name()
    }


def write_client(store: Store, state: State) -> str:
    """Write my_client.py anew; return what is said of it.

    With send_mail it is a program, and runs: the reference stands in for what is missing.
    """
    own = kept(state)
    text = my_client.compose(my_client.program(own) if "send_mail" in own else own, own)
    try:
        state.client, word = my_client.write(store.folder, text, state.client)
    except OSError as error:
        return WORDS("could-not-be-written", file=my_client.NAME, why=error.strerror)
    return f"{WORDS('kept-in', file=my_client.NAME)} {word}".rstrip()
