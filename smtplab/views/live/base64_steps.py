"""Live base64: type, point, decode, and cut into blocks.

What is typed comes here, letter by letter, and goes back as all that the page shows of it.
"""

import re
from base64 import b64decode, b64encode
from string import hexdigits
from typing import Any, ClassVar

from ...lab import Base64, Blocks
from ..base64_steps import written
from ..html import INVISIBLE, size
from ..said import WORDS
from . import Live
from .tree import tree

__all__ = ["Model"]

MAX_OCTETS = 16_384
DRAWN = 72  # octets that are shown bit by bit


class Model(Live):
    words: ClassVar[str] = "base64"

    def first(self, thing: Base64 | Blocks) -> dict[str, Any]:
        picture = thing.source if isinstance(thing, Blocks) else thing
        return told(picture.data) | {"blocks": thing.size if isinstance(thing, Blocks) else 0}

    # What the page asks for

    def ask_text(self, typed: str) -> dict[str, Any]:
        return told(typed.encode("utf-8", "replace"))

    def ask_hex(self, typed: str) -> dict[str, Any]:
        return told(*from_hex(typed))

    def ask_letters(self, typed: str) -> dict[str, Any]:
        return told(*decode(typed))

    def ask_blocks(self, letters: str, size: int) -> list[Any]:
        """What comes of the octets, when they are cut into blocks of this size."""
        return tree(Base64(b64decode(letters)).blocks(size))


def told(data: bytes, wrong: str = "") -> dict[str, Any]:
    """Octets, as the page shows them, and what was wrong with what was typed."""
    if len(data) > MAX_OCTETS:
        shown, total = f"{MAX_OCTETS:,}", f"{len(data):,}"
        wrong = f"{wrong} {WORDS('base64.more', shown=shown, total=total)}".strip()
    data = data[:MAX_OCTETS]
    rest = len(data) - DRAWN
    drawn = Base64(data[:DRAWN])
    return {
        "text": typeable(data),
        "hex": data.hex(" "),
        "letters": b64encode(data).decode("ascii"),
        "octets": list(drawn.data),
        # What to write for each character, its first octet, and what to call it.
        "characters": [(written(c.text), c.first, called(c.text)) for c in drawn.characters],
        "rest": WORDS("base64.rest", octets=size(rest)) if rest > 0 else "",
        "wrong": wrong,
    }


def typeable(data: bytes) -> str | None:
    """The text of these octets, where a text field can show it and give the same ones back."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if INVISIBLE.search(text) else text


def called(character: str) -> str:
    """A character in a sentence, with its number in Unicode; "" for an octet that is none."""
    return f"{written(character)} (U+{ord(character):04X})" if character else ""


def named(character: str) -> str:
    """A character that does not belong where it was typed."""
    known = {"\n": WORDS("base64.line_break"), " ": WORDS("base64.space")}
    return known.get(character) or written(character)


def wrong(key: str, **values: object) -> str:
    """What is wrong with what was typed; what comes before it is shown."""
    return f"{WORDS(f'base64.{key}', **values)} {WORDS('base64.until')}"


def from_hex(typed: str) -> tuple[bytes, str]:
    """The octets of hex digits, and what is wrong with them, or ""."""
    places = (n for n, one in enumerate(typed) if one not in hexdigits and not one.isspace())
    end = next(places, len(typed))
    digits = "".join(typed[:end].split())
    octets = bytes.fromhex(digits[: len(digits) // 2 * 2])
    if end < len(typed):
        return octets, wrong("bad_octet", at=end + 1, what=named(typed[end]))
    return octets, wrong("odd_hex", what=digits[-1]) if len(digits) % 2 else ""


def decode(typed: str) -> tuple[bytes, str]:
    """The octets of letters, and what a strict decoder has to say of them, or "".

    Where it refuses, the octets are those of the whole groups before.
    """
    bare = typed.rstrip("=")
    stop = re.search(r"[^A-Za-z0-9+/]", bare)
    end = stop.start() if stop else len(bare)
    octets = b64decode(bare[: end // 4 * 4])
    over, padding = len(bare) % 4, len(typed) - len(bare)
    if stop and stop[0] == "=":
        return octets, wrong("bad_padding", at=end + 1)
    if stop:
        return octets, wrong("bad_letter", at=end + 1, what=named(stop[0]))
    if padding > 2:
        return octets, wrong("much_padding", count=padding)
    if over == 1:
        return octets, wrong("one_over")
    if not over and padding:
        return octets, wrong("padding_not_due")
    if over and over + padding != 4:
        return octets, wrong("padding_missing", count=over)
    octets = b64decode(typed)
    loose = b64encode(octets).decode("ascii") != typed
    return octets, WORDS("base64.loose_bits") if loose else ""
