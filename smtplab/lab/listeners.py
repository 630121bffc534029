"""Whoever wants to be told: of an event, a message, a look, an entry, when it comes."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

__all__ = ["tell"]


def tell(listeners: Iterable[Callable[..., None]], *what: Any) -> None:
    """Call each of them, on this thread.

    What they raise is ignored: a view that is wrong must not end a session, nor cost a client
    its 250.
    """
    for listener in tuple(listeners):
        with suppress(Exception):
            listener(*what)
