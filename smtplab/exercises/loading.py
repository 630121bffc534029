"""A client out of a file: whatever it does while it is imported, what is wrong is one sentence."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..judge.formatting import described
from ..judge.run import run
from ..words import Words

__all__ = ["NoClient", "load_client"]

WORDS = Words(__file__)


class NoClient(Exception):
    """A file is no client that could be run, and why."""


def load_client(path: Path) -> Any:
    """The send_mail of a file. Raise NoClient when it cannot be had, OSError for the file."""
    code = path.read_bytes()
    result = run(_import, (path, code), files=frozenset({str(path)}))
    place = WORDS("at-line", line=result.where.line, code=result.where.code) if result.where else ""
    if result.timed_out:
        raise NoClient(WORDS("does-not-come-to-an", path=path, place=place))
    if isinstance(result.error, SyntaxError):
        raise NoClient(WORDS("line", path=path, line=result.error.lineno, error=result.error.msg))
    if result.error is not None:
        raise NoClient(
            WORDS("cannot-be-imported", path=path, error=described(result.error), place=place)
        )
    if result.value is None:
        raise NoClient(WORDS("has-no-send-mail-the", path=path))
    return result.value


def _import(path: Path, code: bytes) -> Any:
    module = ModuleType("my_client")
    module.__file__ = str(path)
    sys.modules["my_client"] = module
    sys.path.append(str(path.resolve().parent))  # what stands beside it can be imported
    exec(compile(code, str(path), "exec", dont_inherit=True), vars(module))
    return vars(module).get("send_mail")
