"""The live mailbox: a list that follows what arrives, and below it the message that is chosen.

A list of a million messages opens like one of ten: a row is made of a message's header alone, and
only when it comes into sight. A message is drawn as its plain view draws it, when it is chosen.
"""

from collections.abc import Sequence
from typing import Any

from ...lab import Mailbox, Message
from ..mailbox import row_of
from ..said import WORDS
from . import MOST, Live
from .tree import tree

__all__ = ["Model"]

TOLD = 40  # rows of the list that are told unasked
SMALL = 200_000  # octets of a message that is told unasked when it is the newest


class Model(Live):
    def __init__(self, thing: Mailbox) -> None:
        self._box = 1  # counts how often the mailbox was emptied: a number means another then
        super().__init__(thing)
        thing.subscribe(self.stir, self._cleared)

    def first(self, thing: Mailbox) -> dict[str, Any]:
        # First the one, then the other: were the mailbox emptied in between, the page would take
        # what was in it for something new.
        box = self._box
        messages = tuple(thing)
        total = len(messages)
        newest = messages[-1] if messages and len(messages[-1].raw) <= SMALL else None
        title = WORDS("mailbox.empty")
        if messages:
            title = WORDS("mailbox.title", messages=WORDS("mailbox.message_count", count=total))
        return {
            "box": box,
            "title": title,
            "total": total,
            "rows": rows(messages, total - TOLD + 1, TOLD),
            "newest": tree(newest) if newest else None,
        }

    # What the page asks for. Messages are numbered from 1.

    def ask_rows(self, box: int, first: int, count: int) -> list[tuple[str, ...]]:
        return rows(self._messages(box), first, min(count, MOST))

    def ask_message(self, box: int, number: int) -> list[Any]:
        messages = self._messages(box)
        if not 1 <= number <= len(messages):
            raise LookupError(WORDS("mailbox.emptied"))
        return tree(messages[number - 1])

    def _messages(self, box: int) -> tuple[Message, ...]:
        if box != self._box:
            raise LookupError(WORDS("mailbox.emptied"))
        return tuple(self.thing)

    # What happens in the meantime: on the provider's thread, which goes on at once

    def _cleared(self) -> None:
        self._box += 1
        self.stir()


def rows(messages: Sequence[Message], first: int, count: int) -> list[tuple[str, ...]]:
    """Rows of the list from one number on, oldest first."""
    first = max(1, first)
    wanted = enumerate(messages[first - 1 : first - 1 + count], first)
    return [row_of(number, message) for number, message in wanted]
