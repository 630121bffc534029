"""The offline world that a client talks to: a provider, what was said, and what arrived."""

from . import faults
from .mailbox import Mailbox, Message, Part
from .policy import Account
from .provider import Lab
from .transcript import Event, Line, Session, Transcript

__all__ = [
    "Account",
    "Event",
    "Lab",
    "Line",
    "Mailbox",
    "Message",
    "Part",
    "Session",
    "Transcript",
    "faults",
]
