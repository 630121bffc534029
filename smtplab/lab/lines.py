"""What a client says, as the lines that the provider takes, and where one ends as it must not."""

import asyncio
import re

__all__ = ["Lines", "Stray"]

# RFC 5321, section 2.3.8: CR and LF come together or not at all. A CR at the very end may still
# get its LF.
CRLF = b"\r\n"
STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")


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
        self._is_told = False

    @property
    def ahead(self) -> bool:
        """Whether more has come than was read."""
        return bool(self._buffer or self._stray)  # type: ignore[attr-defined]

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        if self._stray:
            return
        if self._refuses:
            data = self._up_to_a_stray(data)
        super().feed_data(data)
        if self._stray:  # whoever waits for a line, of a command or of a letter, is to wake up
            self._wakeup_waiter()

    def _up_to_a_stray(self, data: bytes) -> bytes:
        both = self._cr + data
        pairs = both.count(CRLF)
        # Counting is quick, and a letter may be long.
        alone = both.count(b"\n") - pairs or both.count(b"\r") - both.endswith(b"\r") - pairs
        if alone and (found := STRAY.search(both)):
            self._stray = "LF" if found[0] == b"\n" else "CR"
            return both[len(self._cr) : found.start()]
        self._cr = both[-1:] if both.endswith(b"\r") else b""
        return data

    async def _wait_for_data(self, reading: str) -> None:
        # asyncio comes here when what has come is too little: once a segment, and not once a line.
        if not self._stray or self._is_told:
            await super()._wait_for_data(reading)  # type: ignore[misc]
        if self._stray and b"\n" not in self._buffer:  # type: ignore[attr-defined]
            self._is_told = True
            raise Stray(self._stray)

    async def skip_content(self) -> None:
        """Read up to a lone dot, and keep nothing. The end of a line that is too long is none."""
        begun = b""  # the beginning of such a line
        line = b""
        while line != b".\r\n":
            try:
                line, begun = begun + await self.readuntil(CRLF), b""
            except asyncio.LimitOverrunError as error:
                begun = await self.read(error.consumed)

    def forget(self) -> None:
        """Throw away what has come and was not read."""
        self._buffer.clear()  # type: ignore[attr-defined]
