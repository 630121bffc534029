"""What a student has handed in, as cells of code: of a notebook, or of a my_client.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..exercises import by_name
from .notebooks import defines
from .said import WORDS

__all__ = ["Submission", "Unreadable", "of_notebook", "read"]

LARGEST = 64 << 20  # octets of a file; a notebook with every output of an evening has a few MiB


class Unreadable(Exception):
    """A file is no notebook and no program, and why."""


@dataclass(frozen=True)
class Submission:
    """The texts of the cells of code, in their order; a file of Python is one cell."""

    cells: tuple[str, ...]
    notebook: bool = True

    @property
    def names(self) -> list[str]:
        """The exercises that have a cell here, were it the stub alone."""
        return [name for name in by_name() if any(defines(name, cell) for cell in self.cells)]


def read(path: Path) -> Submission:
    """Read a notebook or a file of Python. Raise Unreadable, in words for who grades."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(WORDS("submission.large", file=path.name, mib=LARGEST >> 20))
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".py":
            return Submission((text,), notebook=False)
        return of_notebook(json.loads(text))
    except OSError as error:
        why = error.strerror or str(error)
        raise Unreadable(WORDS("submission.unreadable", file=path.name, why=why)) from error
    except UnicodeDecodeError as error:
        raise Unreadable(WORDS("submission.not-utf8", file=path.name)) from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise Unreadable(WORDS("submission.no-notebook", file=path.name)) from error


def of_notebook(notebook: Mapping[str, Any]) -> Submission:
    """The cells of a notebook that is JSON already. Raise LookupError or TypeError."""
    sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return Submission(tuple(s if isinstance(s, str) else "".join(s) for s in sources))
