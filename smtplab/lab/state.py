"""What all connections of a provider share: its account, its mail, and how it misbehaves now."""

import asyncio
import secrets
import ssl
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from . import faults as kinds
from .certificates import server_context
from .faults import Contrary, Fault, Habit, TlsFault
from .link import Link
from .mailbox import Mailbox
from .transcript import Transcript

__all__ = [
    "DOMAIN", "HOSTNAME", "PROFILES", "Account", "ActiveFault", "ProviderState", "active",
    "known_profile", "rounds", "tls_context",
]  # fmt: skip

F = TypeVar("F", bound=Fault)

HOSTNAME = "mail.lab.test"
DOMAIN = "lab.test"
PROFILES = ("strict", "legacy")


def _new_code() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))


@dataclass(frozen=True)
class Account:
    """The account that a lab has: its address, and two secrets of which one opens the door."""

    address: str = f"you@{DOMAIN}"
    web_password: str = "sunshine7"
    authorization_code: str = field(default_factory=_new_code)


class ActiveFault:
    """A fault at work: what it is, and how many times it will still act."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        tls_context(fault)  # made here, on the thread of whoever asks, and kept

    def takes(self, at: str) -> bool:
        """Whether the fault acts at this reply; if so, that is counted."""
        if self.fault.place not in (None, at) or self.left == 0:
            return False
        if self.left is not None:
            self.left -= 1
        return True


def active(faults: Iterable[Fault]) -> tuple[ActiveFault, ...]:
    """Put faults to work; TypeError says what is none."""
    chosen = tuple(faults) if isinstance(faults, Iterable) else (faults,)
    for fault in chosen:
        if isinstance(fault, Habit):
            kind = type(fault).__name__
            raise TypeError(f"{kind} is no fault of a provider: lab.tap(port, faults.{kind}(...))")
        if not isinstance(fault, Fault):
            raise TypeError(f"a fault is an object such as faults.Dribble(), not {fault!r}")
    return tuple(ActiveFault(fault) for fault in chosen)


def known_profile(profile: str) -> str:
    """The same profile; ValueError when there is none of that name."""
    if profile not in PROFILES:
        raise ValueError(f'profile is "strict" or "legacy", not {profile!r}')
    return profile


def tls_context(fault: Fault | None = None, host: str = HOSTNAME) -> ssl.SSLContext:
    """What a provider of this name begins TLS with, when this fault or none acts."""
    flaw = fault.flaw if isinstance(fault, kinds.Certificate) else None
    return server_context(flaw, old=isinstance(fault, kinds.OldTls), host=host)


async def rounds(count: int) -> None:
    """Let the loop go round so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


@dataclass(eq=False, repr=False)
class ProviderState:
    """What the provider's thread and its lab share; it does not know the lab."""

    profile: str
    faults: tuple[ActiveFault, ...]
    ports: Mapping[int, int]
    size: int
    domain: str = DOMAIN
    account: Account = field(default_factory=Account)
    mailbox: Mailbox = field(default_factory=Mailbox)
    transcript: Transcript = field(default_factory=Transcript)
    link: Link = field(default_factory=Link)  # the lab's own: which new connections cross
    # What ends each connection at once, those too whose TLS has not begun yet.
    aborts: set[Callable[[], None]] = field(default_factory=set)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def acting(self, at: str, kind: type[F]) -> Iterator[F]:
        """The faults of a kind that act at this place; that each of them does is counted."""
        for active in self.faults:
            if isinstance(active.fault, kind) and active.takes(at):
                yield active.fault

    def is_strict(self, difference: str, profile: str = "") -> bool:
        """Whether it does now as strict does, in one of the things in which profiles differ.

        profile is that with which a connection began, if it is asked for one.
        """
        faults = (active.fault for active in self.faults)
        turned = any(isinstance(f, Contrary) and f.difference == difference for f in faults)
        return ((profile or self.profile) == "strict") is not turned

    @property
    def missing(self) -> set[str]:
        """The keywords of the extensions that are not there."""
        faults = (active.fault for active in self.faults)
        return {fault.keyword for fault in faults if isinstance(fault, kinds.Without)}

    @property
    def hostname(self) -> str:
        return f"mail.{self.domain}"

    def tls_context(self, fault: Fault | None = None) -> ssl.SSLContext:
        """What the provider begins TLS with, under its own name."""
        return tls_context(fault, self.hostname)

    def tls_fault(self) -> TlsFault | None:
        """The fault that spoils the TLS that would begin now."""
        return next(self.acting("handshake", TlsFault), None)
