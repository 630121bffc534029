"""The offline world that a client talks to: a provider, what was said, and what arrived."""

from . import faults
from .exploration import Difference, Exploration
from .mailbox import Mailbox, Message, Part
from .outline import Field, Node, Outline
from .policy import Account
from .provider import Lab
from .transcript import Event, Line, Session, Transcript
from .wiretap import Segment, Wiretap

__all__ = [
    "Account",
    "Difference",
    "Event",
    "Exploration",
    "Field",
    "Lab",
    "Line",
    "Mailbox",
    "Message",
    "Node",
    "Outline",
    "Part",
    "Segment",
    "Session",
    "Transcript",
    "Wiretap",
    "faults",
]
