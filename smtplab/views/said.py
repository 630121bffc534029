"""The words of this room: words.toml beside it."""

from pathlib import Path

from ..words import Words

__all__ = ["WORDS"]

WORDS = Words(str(Path(__file__).with_name("__init__.py")))
