"""The words of the judge itself: words.toml beside it. Those of mistakes stand in mistakes.toml."""

from pathlib import Path

from ..words import Words

__all__ = ["WORDS"]

WORDS = Words(str(Path(__file__).with_name("__init__.py")))
