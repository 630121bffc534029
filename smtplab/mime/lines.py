"""The lines of some octets, numbered from 0, without a list of them all."""

from bisect import bisect_left
from collections.abc import Iterator

__all__ = ["Lines"]

BLOCK = 16_384  # octets


class Lines:
    """A line ends in LF, with or without a CR before it. A CR alone ends no line."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._before = [0]  # how many lines end before each block
        for at in range(0, len(raw), BLOCK):
            self._before.append(self._before[-1] + raw.count(b"\n", at, at + BLOCK))
        self.count = self._before[-1] + (1 if raw and not raw.endswith(b"\n") else 0)

    def number(self, at: int) -> int:
        """The line in which an octet stands."""
        block = min(at, len(self._raw)) // BLOCK
        return self._before[block] + self._raw.count(b"\n", block * BLOCK, at)

    def start(self, number: int) -> int:
        """Where a line begins; the end of the octets for those that are not there."""
        if number <= 0:
            return 0
        block = bisect_left(self._before, number) - 1
        if block + 1 >= len(self._before):
            return len(self._raw)
        at = block * BLOCK
        for _ in range(number - self._before[block]):
            at = self._raw.index(b"\n", at) + 1
        return at

    def take(self, first: int, count: int) -> Iterator[tuple[int, int]]:
        """Where so many lines begin and end, their line ends included."""
        at = self.start(first)
        for _ in range(max(0, min(count, self.count - first))):
            end = self._raw.find(b"\n", at) + 1 or len(self._raw)
            yield at, end
            at = end
