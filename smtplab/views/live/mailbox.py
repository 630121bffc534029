"""The live mailbox: a list that follows what arrives, and below it the message that is chosen.

A list of a million messages opens like one of ten: a row is made of a message's header alone, and
only when it comes into sight. A message is drawn as its plain view draws it, when it is chosen.
"""

from collections.abc import Sequence
from typing import Any

from ...lab import Mailbox, Message
from ..mailbox import row_of
from ..said import WORDS
from . import Live, chunk
from .tree import tree

__all__ = ["Model"]

TOLD = 40  # rows of the list that are told unasked
SMALL = 200_000  # octets of a message that is told unasked when it is the newest


class Model(Live):
    def __init__(self, thing: Mailbox) -> None:
        super().__init__(thing)
        thing.subscribe(self.stir)

    def first(self, thing: Mailbox) -> dict[str, Any]:
        messages = tuple(thing)
        total = len(messages)
        newest = messages[-1] if messages and len(messages[-1].raw) <= SMALL else None
        title = WORDS("mailbox.empty")
        if messages:
            title = WORDS("mailbox.title", messages=WORDS("mailbox.message_count", count=total))
        return {
            "title": title,
            "rows": rows(messages, total - TOLD, TOLD),
            "newest": tree(newest) if newest else None,
        }

    # What the page asks for

    def ask_rows(self, first: int, count: int) -> dict[str, Any]:
        return rows(tuple(self.thing), first, count)

    def ask_message(self, number: int) -> list[Any]:
        """The message of a number, counted from 1."""
        return tree(self.thing[number - 1])


def rows(messages: Sequence[Message], first: int, count: int) -> dict[str, Any]:
    """Some rows of the list, oldest first."""
    numbers = range(1, len(messages) + 1)
    return chunk(numbers, first, count, lambda number: row_of(number, messages[number - 1]))
