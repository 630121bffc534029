"""Where two values part that a function returned: in their type, in a key, in an item."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

__all__ = ["Difference", "first_difference"]


@dataclass(frozen=True)
class Difference:
    """Where two values part: its kind, the key or the [index], and what stands there in each."""

    kind: str
    where: Any
    got: Any
    want: Any


def first_difference(got: Any, want: Any) -> Difference | None:
    """Where two plain values first part, in type or in value; None for two that are alike."""
    if type(got) is not type(want):
        return Difference("type", None, got, want)
    if isinstance(want, dict) and want:
        kinds = [type(key) for key in want]
        for key in got:
            if type(key) not in kinds:
                return Difference("type", key, key, next(iter(want)))
        for key in want:
            if key not in got:
                return Difference("key-missing", key, None, want[key])
        for key in got:
            if key not in want:
                return Difference("key-more", key, got[key], None)
        return _inside("key-other", ((key, got[key], want[key]) for key in want))
    if isinstance(want, list | tuple):
        places = (f"[{index}]" for index in count())
        found = _inside("item-other", zip(places, got, want, strict=False))
        if found is not None or len(got) == len(want):
            return found
    return Difference("value", None, got, want) if got != want else None


def _inside(kind: str, items: Iterable[tuple[Any, Any, Any]]) -> Difference | None:
    """The first difference among what two values hold, each with its place."""
    for where, got, want in items:
        found = first_difference(got, want)
        if found is None:
            continue
        if found.kind == "type" or (kind == "item-other" and type(want) in (list, dict, tuple)):
            # Of a list in a tuple, both indexes: [1][0].
            return replace(found, where=where + found.where) if found.kind == kind else found
        return Difference(kind, where, got, want)
    return None
