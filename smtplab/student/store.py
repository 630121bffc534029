"""What a student has done so far: one small file beside the notebooks.

It is written whole, to a second file that then takes the place of the first, so that a crash
at any moment leaves the old one or the new one. A lock keeps two notebooks from writing at
once. A file that cannot be read is set aside under another name, never emptied.
"""

import ast
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from filelock import FileLock

from ..command import command_line, notebooks
from .said import WORDS

__all__ = ["Record", "Store", "set_aside", "unused", "write_whole"]

NAME = "progress.json"
FORMAT = 1


def set_aside(path: Path, why: str) -> Path:
    """Rename a file so that nothing of it is lost: name.why-DATE-TIME.suffix."""
    return path.replace(unused(path, why))


def unused(path: Path, why: str) -> Path:
    """A name beside path that no file has yet: name.why-DATE-TIME.suffix."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(100):
        more = f"-{number}" if number else ""
        target = path.with_name(f"{path.stem}.{why}-{stamp}{more}{path.suffix}")
        if not target.exists():
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
        self.folder = directory or notebooks()
        self.path = self.folder / NAME
        self.message = ""
        self._lock = FileLock(self.folder / f".{NAME}.lock", timeout=5)

    def read(self) -> State:
        """The state as it is on disk; empty when there is none yet."""
        try:
            return self._load()
        except OSError as error:
            self.message = WORDS("cannot-be-read-progress-is", path=self.path, why=_why(error))
            return State()

    def change(self, edit: Callable[[State], None]) -> State:
        """Read, let `edit` change the state, and write it, with no other writer in between."""
        state, edited = None, False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                state = self._load()
                edit(state)
                edited = True
                exercises = {name: vars(record) for name, record in state.exercises.items()}
                raw = {"format": FORMAT, "client": state.client, "exercises": exercises}
                write_whole(self.path, json.dumps(raw, indent=1, ensure_ascii=False))
            self._unwritten.pop(self.path, None)
        except OSError as error:  # filelock's Timeout is one too
            if state is None:
                # What cannot be read is not written over: it may be whole. The edit counts.
                state = self.read()
                edit(state)
            elif not edited:  # it is the edit that failed
                raise
            self._unwritten[self.path] = state
            self.message = WORDS(
                "nothing-can-be-written-in",
                folder=self.folder,
                why=_why(error),
                doctor=command_line("doctor"),
            )
        return state

    def _load(self) -> State:
        if self.path in self._unwritten:
            return self._unwritten[self.path]
        state = self._decoded()
        if state is None:
            # Once more with the lock: another process may have mended it at this moment, and
            # what it wrote is not to be set aside.
            with self._lock:
                state = self._decoded()
                if state is None:
                    kept = set_aside(self.path, "damaged")
                    self.message = WORDS("the-progress-file-was-damaged", name=kept.name)
                    return State()
        return state

    def _decoded(self) -> State | None:
        """What the file says, None if it is damaged. Raise OSError if it cannot be read."""
        try:
            raw = json.loads(self.path.read_text(encoding="utf-8"))
            records = {name: _record(fields) for name, fields in raw["exercises"].items()}
            return State(records, str(raw["client"])) if raw["format"] == FORMAT else None
        except FileNotFoundError:
            return State()
        except OSError:
            if self.path.is_dir():
                return None
            raise
        except (ValueError, TypeError, KeyError, AttributeError, SyntaxError, RecursionError):
            return None


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old text or the new one, never a part."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text + ("" if text.endswith("\n") else "\n"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _record(fields: dict[str, Any]) -> Record:
    record = Record(**fields)
    if any(type(vars(record)[name]) is not type(usual) for name, usual in vars(Record()).items()):
        raise TypeError("not what we write")
    texts = [*record.imports, *record.needs, *record.helpers, *record.helpers.values()]
    if record.tries < 0 or record.hints < 0 or not all(isinstance(t, str) for t in texts):
        raise ValueError("not what we write")
    for text in (record.text, *record.imports, *record.helpers.values()):
        ast.parse(text)
    return record
