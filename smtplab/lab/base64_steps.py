"""Base64 as a picture: characters, octets, bits, groups of six, letters, padding.

RFC 4648, section 4: "The encoding process represents 24-bit groups of input bits as output
strings of 4 encoded characters. Proceeding from left to right, a 24-bit input group is formed by
concatenating 3 8-bit input groups. These 24 bits are then treated as 4 concatenated 6-bit
groups, each of which is translated into a single character in the base 64 alphabet."

This is for looking at. It has no function that encodes: lesson 03 has the reader write it.
"""

import base64
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..mime import decode_base64

__all__ = ["Base64", "Blocks", "Character", "Reading", "Sextet"]

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


@dataclass(frozen=True, slots=True)
class Character:
    """A character with its octets in UTF-8; `first` is where they begin, counted from 0.

    An octet that is part of no character stands by itself, and its `text` is "".
    """

    text: str
    first: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Sextet:
    """Six bits, the number that they make, and its letter.

    `added` says how many of the bits, the last ones, are zeros that complete the six: 0, 2 or 4.
    """

    bits: str
    added: int
    number: int
    letter: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decoder made of some letters.

    `octets` is what came out, or None when it refused; `error` is then what it said. `right` is
    how many octets from the first on are those that went in; `whole` whether all are, and no more.
    """

    octets: bytes | None
    error: str
    right: int
    whole: bool


class Base64:
    """The way from octets to letters, to look at. A str is taken as its UTF-8.

    Raise UnicodeEncodeError for a str that has no UTF-8 (a lone surrogate), TypeError for what
    is neither str nor bytes.
    """

    def __init__(self, data: str | bytes = b"") -> None:
        if not isinstance(data, str | bytes | bytearray | memoryview):
            raise TypeError(f"base64 is made of str or bytes, not of {type(data).__name__}")
        self.data = data.encode("utf-8") if isinstance(data, str) else bytes(data)

    @cached_property
    def characters(self) -> tuple[Character, ...]:
        """The data as UTF-8, with the octets of each character."""
        characters = []
        first = 0
        for one in self.data.decode("utf-8", errors="surrogateescape"):
            octets = one.encode("utf-8", errors="surrogateescape")
            alone = "\udc80" <= one <= "\udcff"
            characters.append(Character("" if alone else one, first, octets))
            first += len(octets)
        return tuple(characters)

    @cached_property
    def sextets(self) -> tuple[Sextet, ...]:
        """The bits of all octets cut by six; zeros complete the last six where they must."""
        bits = "".join(f"{octet:08b}" for octet in self.data)
        sextets = []
        for start in range(0, len(bits), 6):
            six = bits[start : start + 6]
            full = six.ljust(6, "0")
            number = int(full, 2)
            sextets.append(Sextet(full, 6 - len(six), number, ALPHABET[number]))
        return tuple(sextets)

    @property
    def padding(self) -> str:
        """What completes the last four letters: "", "=" or "=="."""
        return "=" * (-len(self.data) % 3)

    @property
    def size(self) -> int:
        """How many letters there are, with the padding."""
        return -(-len(self.data) // 3) * 4

    def blocks(self, size: int) -> "Blocks":
        """What comes out when each block of `size` octets is encoded alone, and all are joined.

        Raise ValueError unless size is 1 or more.
        """
        return Blocks(self, size)

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        return f"<Base64: {len(self):,} octets, {self.size:,} letters>"


class Blocks:
    """Data that was cut into blocks, encoded block by block and joined; and who can read that.

    `lenient` and `strict` are what this very Python's base64.b64decode made of it, without and
    with validate. `stops` and `passes` are the two lenient ways that readers have: one takes the
    first complete padding for the end of the data, the other passes over every = and goes on
    (RFC 4648, section 3.3).
    """

    def __init__(self, source: Base64, size: int) -> None:
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"a block has 1 octet or more, not {size!r}")
        self.source = source
        self.size = size
        data = source.data
        self.letters = tuple(
            base64.b64encode(data[start : start + size]).decode("ascii")
            for start in range(0, len(data), size)
        )
        self.lenient = self._read(base64.b64decode)
        self.strict = self._read(lambda text: base64.b64decode(text, validate=True))
        # As Python did until 2026, and as the reader of the mailbox does.
        self.stops = self._read(lambda text: decode_base64(text.encode()).value)
        self.passes = self._read(pass_over)

    @property
    def joined(self) -> str:
        return "".join(self.letters)

    @property
    def left_over(self) -> int:
        """Octets that remain in each full block after groups of three: 0, 1 or 2."""
        return self.size % 3

    def _read(self, decode: Callable[[str], bytes]) -> Reading:
        data = self.source.data
        try:
            octets = decode(self.joined)
        except ValueError as error:  # binascii.Error is one
            return Reading(None, str(error), 0, False)
        right = next(
            (n for n, (a, b) in enumerate(zip(octets, data, strict=False)) if a != b),
            min(len(octets), len(data)),
        )
        return Reading(octets, "", right, octets == data)

    def __repr__(self) -> str:
        return f"<Blocks: {len(self.source):,} octets in blocks of {self.size:,}>"


def pass_over(text: str) -> bytes:
    """Read as if no = stood before the end, as Python does since 2026 (cpython #145264)."""
    letters = text.replace("=", "")
    over, padding = len(letters) % 4, len(text) - len(text.rstrip("="))
    if over == 1 or (over and over + padding < 4):
        raise ValueError("Incorrect padding")
    return base64.b64decode(letters + "=" * (-len(letters) % 4))
