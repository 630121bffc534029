"""A client out of a file: whatever it does while it is imported, what is wrong is one sentence."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..catalogue import say
from .judge.run import run
from .judge.words import described

__all__ = ["NoClient", "load_client"]


class NoClient(Exception):
    """A file is no client that could be run, and why."""


def load_client(path: Path) -> Any:
    """The send_mail of a file. Raise NoClient when it cannot be had, OSError for the file."""
    code = path.read_bytes()
    result = run(_import, (path, code), {}, files=frozenset({str(path)}))
    place = (
        say(" at line {line}: {code}", line=result.where.line, code=result.where.code)
        if result.where
        else ""
    )
    if result.timed_out:
        raise NoClient(
            say("{path} does not come to an end when it is imported{place}", path=path, place=place)
        )
    if isinstance(result.error, SyntaxError):
        raise NoClient(
            say(
                "{path}, line {line}: {error}",
                path=path,
                line=result.error.lineno,
                error=result.error.msg,
            )
        )
    if result.error is not None:
        raise NoClient(
            say(
                "{path} cannot be imported: {error}{place}",
                path=path,
                error=described(result.error),
                place=place,
            )
        )
    if result.value is None:
        raise NoClient(
            say("{path} has no send_mail: the gauntlet runs a function of that name", path=path)
        )
    return result.value


def _import(path: Path, code: bytes) -> Any:
    module = ModuleType("my_client")
    module.__file__ = str(path)
    sys.modules["my_client"] = module
    sys.path.append(str(path.resolve().parent))  # what stands beside it can be imported
    exec(compile(code, str(path), "exec", dont_inherit=True), vars(module))
    return vars(module).get("send_mail")
