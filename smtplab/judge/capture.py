"""What student code prints and reads: its own threads' go here, others' where they always went."""

import builtins
import getpass
import io
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO
from unittest import mock

from .said import WORDS
from .thread import Family, Stopped, family

__all__ = ["FLOOD", "OUTPUT_LIMIT", "AskedForInput", "Capture", "Flood", "Keyboard", "captured"]

OUTPUT_LIMIT = 2_000  # characters of the student's output that a verdict shows
FLOOD = 200_000  # characters after which printing is ended


class AskedForInput(Stopped):
    """The function called input()."""


class Flood(Stopped):
    """The function prints and prints."""


class Capture(io.TextIOBase):
    """What the threads of student code print goes here."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._kept: defaultdict[Family, str] = defaultdict(str)
        self._sizes: defaultdict[Family, int] = defaultdict(int)

    def write(self, text: str) -> int:
        owner = family()
        if owner is None:
            return self.stream.write(text)
        self._kept[owner] += text[: OUTPUT_LIMIT - len(self._kept[owner])]
        self._sizes[owner] += len(text)
        if self._sizes[owner] > FLOOD:
            owner.refuse(Flood())
        return len(text)

    def flush(self) -> None:
        if family() is None:
            self.stream.flush()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        pass  # what it stands for is another's, and may be closed by then

    def printed(self, owner: Family) -> str:
        """What the threads of one call have printed, cut where it is long."""
        text, size = self._kept[owner], self._sizes[owner]
        cut = WORDS("capture.characters-in-all", size=size) if size > OUTPUT_LIMIT else ""
        return text + cut


class Keyboard(io.TextIOBase):
    """Standard input, at which nobody sits for student code. exit() may close it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def _refuse(self) -> None:
        if (owner := family()) is not None:
            owner.refuse(AskedForInput())

    def instead_of(self, function: Callable[..., str]) -> Callable[..., str]:
        def ask(*args: Any, **kwargs: Any) -> str:
            self._refuse()
            return function(*args, **kwargs)

        return ask

    def read(self, size: int | None = -1, /) -> str:
        self._refuse()
        return self.stream.read(-1 if size is None else size)

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        self._refuse()
        return self.stream.readline(size)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        pass


@contextmanager
def captured() -> Iterator[Callable[[Family], str]]:
    """Put both in their places; what is given says what the threads of one call have printed."""
    out, err, keyboard = Capture(sys.stdout), Capture(sys.stderr), Keyboard(sys.stdin)
    with ExitStack() as stack:
        for owner, name, value in (
            (sys, "stdout", out),
            (sys, "stderr", err),
            (sys, "stdin", keyboard),
            (builtins, "input", keyboard.instead_of(builtins.input)),
            (getpass, "getpass", keyboard.instead_of(getpass.getpass)),
        ):
            stack.enter_context(mock.patch.object(owner, name, value))
        yield lambda owner: out.printed(owner) + err.printed(owner)
