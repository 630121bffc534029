"""The tree of a text of Python."""

import ast
import functools
import gc

__all__ = ["parsed"]

KEPT = 200_000  # characters: the tree of a longer text takes much memory


def parsed(text: str) -> ast.Module:
    """The tree of a text, which is read only: a check asks for that of a cell many times."""
    return _kept(text) if len(text) < KEPT else _parsed(text)


def _parsed(text: str) -> ast.Module:
    """The tree of a text, without the collector meanwhile.

    Up to Python 3.11.7 all threads count their depth in one place: who parses in a finalizer,
    or in a thread that gets its turn then, spoils it, and SystemError is raised (gh-106905).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if collects:
            gc.enable()


_kept = functools.lru_cache(maxsize=16)(_parsed)
