"""What a student has done so far: one small file beside the notebooks.

It is written whole, to a second file that then takes the place of the first, so that a crash
at any moment leaves the old one or the new one. A lock keeps two notebooks from writing at
once. A file that cannot be read is set aside under another name, never emptied.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from filelock import FileLock, Timeout

__all__ = ["Record", "Store", "folder", "set_aside"]

NAME = "progress.json"
FIRST_NOTEBOOK = "00_start_here.ipynb"
CHECKOUT = Path(__file__).resolve().parents[2] / "notebooks"


def folder() -> Path:
    """Where the student's notebooks are, and with them the progress file and my_client.py.

    $SMTPLAB_FOLDER if it is set; else the working folder or its notebooks/, whichever holds
    the first lesson; else the course's own notebooks; else the working folder.
    """
    named = os.environ.get("SMTPLAB_FOLDER")
    if named:
        return Path(named)
    here = Path.cwd()
    for candidate in (here, here / "notebooks", CHECKOUT):
        if (candidate / FIRST_NOTEBOOK).is_file():
            return candidate
    return here


def set_aside(path: Path, why: str) -> Path:
    """Rename a file so that nothing of it is lost: name.why-DATE-TIME.suffix."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(100):
        more = f"-{number}" if number else ""
        target = path.with_name(f"{path.stem}.{why}-{stamp}{more}{path.suffix}")
        if not target.exists():
            path.replace(target)
            return target
    raise FileExistsError(target)


@dataclass
class Record:
    """One exercise: how often it was tried, the hints taken, and what passed, as text."""

    tries: int = 0
    hints: int = 0
    passed: bool = False
    text: str = ""
    imports: list[str] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


@dataclass
class State:
    """The whole file. client is the digest of my_client.py as we wrote it last."""

    exercises: dict[str, Record] = field(default_factory=dict)
    client: str = ""

    def record(self, name: str) -> Record:
        return self.exercises.setdefault(name, Record())


class Store:
    """The progress file of one folder. `message` says what was out of order, or is ""."""

    # What could not be written stays in memory for as long as the process lives.
    _unwritten: ClassVar[dict[Path, State]] = {}

    def __init__(self, directory: Path | None = None) -> None:
        self.folder = directory or folder()
        self.path = self.folder / NAME
        self.message = ""

    def read(self) -> State:
        """The state as it is on disk; empty when there is none yet."""
        if self.path in self._unwritten:
            return self._unwritten[self.path]
        try:
            return _decode(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return State()
        except OSError as error:
            self.message = f"{self.path} cannot be read ({error.strerror}): progress is not shown."
            return State()
        except (ValueError, TypeError, KeyError, AttributeError):
            try:
                kept = set_aside(self.path, "damaged")
            except OSError as error:
                self.message = f"{self.path} is damaged and cannot be renamed ({error.strerror})."
                return State()
            self.message = (
                f"The progress file was damaged. It was set aside as {kept.name}, and a new one "
                "begins; check what you have written once more, and it counts again."
            )
            return State()

    def change(self, edit: Callable[[State], None]) -> State:
        """Read, let `edit` change the state, and write it, with no other writer in between."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / f".{NAME}.lock", timeout=5):
                state = self.read()
                edit(state)
                write_whole(self.path, json.dumps(_encode(state), indent=1, ensure_ascii=False))
                self._unwritten.pop(self.path, None)
        except (OSError, Timeout) as error:
            why = getattr(error, "strerror", None) or str(error)
            state = self.read()
            edit(state)
            self._unwritten[self.path] = state
            self.message = (
                f"Nothing can be written in {self.folder} ({why}): your progress lasts until "
                "this kernel ends. `python -m smtplab doctor` says what to do."
            )
        return state


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old text or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text + ("" if text.endswith("\n") else "\n"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _encode(state: State) -> dict[str, Any]:
    return {
        "format": 1,
        "client": state.client,
        "exercises": {name: vars(record) for name, record in state.exercises.items()},
    }


def _decode(text: str) -> State:
    raw = json.loads(text)
    if raw["format"] != 1:
        raise ValueError(f"format {raw['format']}")
    records = {name: _record(fields) for name, fields in raw["exercises"].items()}
    return State(exercises=records, client=str(raw["client"]))


def _record(fields: dict[str, Any]) -> Record:
    record = Record(**fields)
    for name, kind in (("tries", int), ("hints", int), ("passed", bool), ("text", str),
                       ("imports", list), ("helpers", dict), ("needs", list)):  # fmt: skip
        if not isinstance(getattr(record, name), kind):
            raise TypeError(name)
    return record
