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

    @property
    def ahead(self) -> bool:
        """Whether more has come than was read."""
        return bool(self._buffer)  # type: ignore[attr-defined]

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        if self._stray:
            return
        both = self._cr + data
        pairs = both.count(CRLF)
        # Counting is quick, and a letter may be long.
        alone = both.count(b"\n") - pairs or both.count(b"\r") - both.endswith(b"\r") - pairs
        if self._refuses and alone and (found := STRAY.search(both)):
            self._stray = "LF" if found[0] == b"\n" else "CR"
            # Whoever waits for a line, of a command or of a letter, is to wake up.
            data = data[: max(0, found.end() - len(self._cr))] + CRLF
        self._cr = b"\r" if data.endswith(b"\r") else b""
        super().feed_data(data)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:  # type: ignore[override]
        line = await super().readuntil(separator)
        if self._stray and self._buffer in (b"", CRLF):  # type: ignore[attr-defined]
            raise Stray(self._stray)
        return line

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
