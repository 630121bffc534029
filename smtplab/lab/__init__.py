"""The offline world that a client talks to: a provider, what was said, and what arrived."""

from ..mime import Part
from . import faults
from .base64_steps import Base64, Blocks
from .chart import Chart, Delays
from .console import Console, Entry
from .events import Event
from .exploration import Difference, Exploration
from .mailbox import Mailbox, Message
from .provider import Lab
from .round_trips import RoundTrip, RoundTrips
from .sockets import Look, Sockets
from .switchboard import Switchboard
from .transcript import Line, Session, Transcript
from .wiretap import Wiretap

__all__ = [
    "Base64",
    "Blocks",
    "Chart",
    "Console",
    "Delays",
    "Difference",
    "Entry",
    "Event",
    "Exploration",
    "Lab",
    "Line",
    "Look",
    "Mailbox",
    "Message",
    "Part",
    "RoundTrip",
    "RoundTrips",
    "Session",
    "Sockets",
    "Switchboard",
    "Transcript",
    "Wiretap",
    "faults",
]
