"""Earlier work comes back: the student's own versions of what passed, else the reference."""

import linecache
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..exercises import by_name, find, known, name_of, reference
from ..judge import Source
from . import my_client, notebooks
from .keeping import kept as kept_in
from .said import WORDS
from .store import Store

__all__ = ["Mine", "mine"]


@dataclass(frozen=True)
class Mine:
    """What `mine` hands out, and whose it is, as a line of text."""

    values: tuple[Any, ...]
    report: str


def mine(*names: str) -> Mine:
    """The student's own versions of what passed, else the reference.

    The name "my_client.py" stands for the whole program, as text. Raise UnknownExercise for a
    name that is neither an exercise nor given with a lesson.
    """
    if not names:
        raise ValueError('mine wants names: mine("read_reply"), say')
    state = Store().read()
    kept = kept_in(state)
    loaded: dict[str, Any] = {}
    values: list[Any] = []
    own: list[str] = []
    lent: list[str] = []
    with_it: list[str] = []
    for asked in names:
        name = name_of(asked)
        if name == my_client.NAME:
            program = my_client.program(kept)
            values.append(my_client.compose(program, kept))
            for each, source in program.items():
                (own if source is kept.get(each) else lent).append(each)
            continue
        if name not in known():
            find(name)
        value = _load(name, kept, loaded)
        values.append(value)
        if name in by_name():
            (own if name in kept and value is not reference(name) else lent).append(name)
        else:
            with_it.append(name)
    whose = {"yours": own, "given-with-the-lesson": with_it, "the-reference-yours-has-not": lent}
    report = [WORDS(key, names=", ".join(each)) for key, each in whose.items() if each]
    return Mine(tuple(values), "; ".join(report))


def _load(name: str, kept: dict[str, Source], loaded: dict[str, Any]) -> Any:
    """Make a kept function live again, with the student's own versions of what it needs."""
    if name in loaded:
        return loaded[name]
    loaded[name] = reference(name)  # also for a circle of needs; of what is kept replaced below
    if name not in kept:
        return loaded[name]
    source = kept[name]
    text = notebooks.whole(source) + "\n"
    file = f"<{my_client.NAME}: {name}>"
    namespace: dict[str, Any] = {"__name__": "my_client"}
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    for needed in source.needs:
        if needed in known():
            namespace[needed] = _load(needed, kept, loaded)
    # What raises is a text that was changed by hand in the progress file, or of another Python.
    with suppress(Exception):
        exec(compile(text, file, "exec", dont_inherit=True), namespace)
        loaded[name] = namespace[name]
    return loaded[name]
