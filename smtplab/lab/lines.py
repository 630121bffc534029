"""What a client says, as the lines that the provider takes, and where one ends as it must not."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

__all__ = ["Lines", "Stray"]

# RFC 5321, section 2.3.8: CR and LF come together or not at all. A CR at the very end may still
# get its LF.
CRLF = b"\r\n"
STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")


def _has_stray(data: bytes) -> bool:
    """Whether STRAY is found there. A letter may be long, and counting is much quicker."""
    feeds, returns = data.count(b"\n"), data.count(b"\r") - data.endswith(b"\r")
    if feeds != returns:
        return True
    if feeds * 200 < len(data):  # of few pairs, to count them takes longer than to go through
        return not all(line.endswith(b"\r") for line in data.split(b"\n")[:-1])
    return data.count(CRLF) != feeds


class Stray(Exception):
    """A CR or an LF by itself, where none is taken; the text says which."""


class Lines(asyncio.StreamReader):
    """A StreamReader that may refuse a CR or an LF by itself, as soon as it comes.

    What comes before it is read in order; in its place a read raises Stray. What comes behind it
    is read by nobody.
    """

    def __init__(self, *, limit: int, loop: asyncio.AbstractEventLoop, refuses: bool) -> None:
        super().__init__(limit=limit, loop=loop)
        self._refuses = refuses
        self._cr = b""  # that ends what has come, and waits for its LF
        self._stray = ""

    @property
    def ahead(self) -> bool:
        """Whether more has come than was read."""
        return bool(self._buffer)  # type: ignore[attr-defined]

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        if self._stray:
            return
        both = self._cr + data
        if self._refuses and _has_stray(both) and (found := STRAY.search(both)):
            self._stray = "LF" if found[0] == b"\n" else "CR"
            # Whoever waits for a line, of a command or of a letter, is to wake up.
            data = data[: max(0, found.end() - len(self._cr))] + CRLF
        self._cr = b"\r" if data.endswith(b"\r") else b""
        super().feed_data(data)

    def readuntil(self, separator: bytes = b"\n") -> Coroutine[Any, Any, bytes]:  # type: ignore[override]
        # A letter has many lines: where nothing can come in between, each is read at once.
        whole = not self._stray and separator in self._buffer  # type: ignore[attr-defined]
        reading = super().readuntil(separator)
        return reading if whole or not self._refuses else self._unless_stray(reading)

    async def _unless_stray(self, reading: Coroutine[Any, Any, bytes]) -> bytes:
        line = await reading
        if self._stray and self._buffer in (b"", CRLF):  # type: ignore[attr-defined]
            raise Stray(self._stray)
        return line

    def forget(self) -> None:
        """Throw away what has come and was not read."""
        self._buffer.clear()  # type: ignore[attr-defined]
