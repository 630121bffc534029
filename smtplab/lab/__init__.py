"""The offline world that a client talks to: a provider, what was said, and what arrived."""

from . import faults
from .console import Console, Entry
from .defects import Defect
from .exploration import Difference, Exploration
from .mailbox import Mailbox, Message, Part
from .outline import Field, Node, Outline
from .policy import Account
from .provider import Lab
from .sextets import Base64, Blocks
from .sockets import Look, Sockets
from .transcript import Event, Line, Session, Transcript
from .wiretap import Segment, Wiretap

__all__ = [
    "Account",
    "Base64",
    "Blocks",
    "Console",
    "Defect",
    "Difference",
    "Entry",
    "Event",
    "Exploration",
    "Field",
    "Lab",
    "Line",
    "Look",
    "Mailbox",
    "Message",
    "Node",
    "Outline",
    "Part",
    "Segment",
    "Session",
    "Sockets",
    "Transcript",
    "Wiretap",
    "faults",
]
