"""What arrived: the envelope, the octets as they were sent, and what a reader makes of them.

The reader is `smtplab.mime`, which the explorer and the judge ask as well. It is bounded and
raises nothing. Still nothing is read before somebody asks, and nothing is decoded that nobody looks
at: a list of messages costs the same whatever hangs below their headers.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from ..mime import Letter, Part, read
from .exploration import Exploration
from .listeners import tell

__all__ = ["Mailbox", "Message"]

MAX_DECODED = 100_000  # octets of all header fields that are still decoded


@dataclass(eq=False, repr=False)
class Message:
    """One message as the provider took it.

    `sender` and `recipients` are the envelope's; `raw` is the octets as sent, with CRLF and
    with the dots undone (RFC 5321, section 4.5.2); `session` is the number of the session
    in the transcript that brought it. What `lab.read` was given came in no session, 0, and has
    no envelope: no sender and no recipients.
    """

    sender: str
    recipients: Sequence[str]
    raw: bytes
    session: int

    @cached_property
    def letter(self) -> Letter:
        """The message taken apart: its tree, with the place of everything in its octets."""
        return read(self.raw)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The leaves of the message in order. A multipart in which none is found has none.

        An enclosed message is one part, whatever it has inside.
        """
        return self.letter.leaves

    @cached_property
    def defects(self) -> tuple[str, ...]:
        """What is wrong with the message, each a sentence: limits first, then broken rules."""
        letter = self.letter
        said = [limit.sentence for limit in (*letter.limits, *letter.unjudged)]
        said += [violation.sentence for violation in letter.violations]
        return tuple(dict.fromkeys(said))

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields, names and decoded values, each on one line."""
        found, left = [], MAX_DECODED
        for one in self.letter.root.fields:
            left -= one.end - one.start
            value = one.decoded if left >= 0 else one.value
            if one.name:
                found.append((one.name, _one_line(value)))
        return tuple(found)

    @property
    def subject(self) -> str:
        """The value of the first Subject field, or ""."""
        return next((value for name, value in self.headers if name.lower() == "subject"), "")

    @property
    def html(self) -> str | None:
        """The HTML that a mail program shows first, or None."""
        return self._shown("text/html")

    @property
    def text(self) -> str | None:
        """The plain text that a mail program shows first, or None."""
        return self._shown("text/plain")

    def explore(self, other: "Message | None" = None) -> Exploration:
        """The tree of the message beside its octets; with another message, where the two differ.

        It is the same object each time, for as long as the message is there.
        """
        if other is not None and not isinstance(other, Message):
            raise TypeError(
                f"other is a Message, such as lab.mailbox[-1] or lab.read(octets), not {other!r}"
            )
        letters = (self.letter,) if other is None else (self.letter, other.letter)
        explored: dict[tuple[Letter, ...], Exploration] = vars(self).setdefault("_explored", {})
        return explored.setdefault(letters, Exploration(*letters))

    def _shown(self, content_type: str) -> str | None:
        forms = (body.form(content_type) for body in self.letter.bodies)
        return next((one.text for one in forms if one is not None), None)

    def __repr__(self) -> str:
        return (
            f"<Message from {self.sender} to {', '.join(self.recipients)}: "
            f"{len(self.raw):,} octets, {len(self.parts)} parts>"
        )


def _one_line(value: str) -> str:
    """A decoded field can hold line breaks of its own; a line of a list must not."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", value).strip()


class Mailbox(Sequence[Message]):
    """What the provider took, newest last. It only grows. Safe to read from any thread."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._arrival = threading.Condition()
        self._listeners: list[Callable[[Message], None]] = []

    def add(self, message: Message) -> None:
        """Put a message at the end; for the provider."""
        with self._arrival:
            self._messages.append(message)
            self._arrival.notify_all()
        tell(self._listeners, message)

    def wait(self, timeout: float = 5.0, count: int = 1) -> Message:
        """Return the newest message as soon as there are `count`.

        Raise TimeoutError when that takes more than `timeout` seconds.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self._messages) >= count, timeout):
                raise TimeoutError(
                    f"{len(self._messages)} of {count} messages arrived within {timeout:g} s: "
                    "look at the transcript to see how far the sender came"
                )
            return self._messages[-1]

    def subscribe(self, listener: Callable[[Message], None]) -> None:
        """Call `listener` with each message from now on, on the thread that adds it.

        What it raises is ignored.
        """
        self._listeners.append(listener)

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._messages))

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Message, ...]: ...
    def __getitem__(self, index: int | slice) -> Message | tuple[Message, ...]:
        return tuple(self._messages)[index]

    def __repr__(self) -> str:
        return f"<Mailbox: {len(self)} messages>"
