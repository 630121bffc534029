"""Lesson 08: what one call of send_mail led to, and words that the lesson's diagnoses share.

What came of one call is a `Sent`. Most functions of arrival, connections, offers, passwords and
refusals look at one, or at what its call raised, and return what they found, or None.
"""

from dataclasses import dataclass, field
from typing import Any

from ...catalogue import say
from ...lab import Lab, Message, Session
from ..scenarios import Mail

__all__ = ["BUILDING", "LETTERS", "MUST_HEAR", "Sent", "alone", "is_a"]

MUST_HEAR = say("Whoever called must hear of it: let the ReplyError go on.")
BUILDING = say(
    "Compare the order of the arguments with build_message's own: sender, recipients, subject, "
    "text, html, inline, attachments."
)
LETTERS = say("A str can be gone through too. isinstance(recipients, str) tells: raise ValueError.")


@dataclass
class Sent:
    """What one call of send_mail led to."""

    mail: Mail
    arguments: dict[str, Any]
    lab: Lab
    sessions: int  # that the lab had before
    value: Any = None
    error: Exception | None = None
    arrived: tuple[Message, ...] = ()
    session: Session | None = None  # the last one, where somebody connected
    said: list[tuple[bool, str]] = field(default_factory=list)  # by the client: within TLS, line
    struck: bool = False  # whether somebody on the way struck out the offer of STARTTLS

    @property
    def security(self) -> str:
        return str(self.arguments["security"])

    def has_said(self, word: str, *, tls: bool | None = None) -> bool:
        return any(
            line.upper().startswith(word) and tls in (None, encrypted)
            for encrypted, line in self.said
        )


def is_a(error: BaseException | None, *kinds: type[BaseException]) -> bool:
    """Whether an exception is of one of these classes, or of one that has its name.

    Who writes a client may write its InsecureError, too: that is what its callers catch.
    """
    names = {cls.__name__ for cls in type(error).__mro__}
    return any(kind.__name__ in names for kind in kinds)


def alone(clause: str) -> str:
    """A clause as a sentence of its own."""
    # Translators: {clause} is one, such as "The server refuses DATA"; this ends it.
    return say("{clause}.", clause=clause)
