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
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from filelock import FileLock

from ..catalogue import say

__all__ = ["Record", "Store", "folder", "set_aside", "unused", "write_whole"]

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
        self.folder = directory or folder()
        self.path = self.folder / NAME
        self.message = ""
        self._lock = FileLock(self.folder / f".{NAME}.lock", timeout=5)

    def read(self) -> State:
        """The state as it is on disk; empty when there is none yet."""
        try:
            return self._load()
        except OSError as error:
            self.message = say(
                "{path} cannot be read ({why}): progress is not shown.",
                path=self.path,
                why=_why(error),
            )
            return State()

    def change(self, edit: Callable[[State], None]) -> State:
        """Read, let `edit` change the state, and write it, with no other writer in between."""
        with ExitStack() as stack:
            trouble: OSError | None = None
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(self._lock)
                state = self._load()
            except OSError as error:  # filelock's Timeout is one too
                # What cannot be read is not written over: it may be whole.
                trouble, state = error, self.read()
            edit(state)  # once, whatever happens: it counts
            if trouble is None:
                try:
                    text = json.dumps(_encode(state), indent=1, ensure_ascii=False)
                    write_whole(self.path, text)
                except OSError as error:
                    trouble = error
            if trouble is None:
                self._unwritten.pop(self.path, None)
            else:
                self._unwritten[self.path] = state
                self.message = say(
                    "Nothing can be written in {folder} ({why}): your progress lasts until this "
                    "kernel ends. `python -m smtplab doctor` says what to do.",
                    folder=self.folder,
                    why=_why(trouble),
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
                    self.message = say(
                        "The progress file was damaged. It was set aside as {name}, and a new one "
                        "begins; check what you have written once more, and it counts again.",
                        name=kept.name,
                    )
                    return State()
        return state

    def _decoded(self) -> State | None:
        """What the file says, None if it is damaged. Raise OSError if it cannot be read."""
        try:
            return _decode(self.path.read_text(encoding="utf-8"))
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
    texts = [*record.imports, *record.needs, *record.helpers, *record.helpers.values()]
    if record.tries < 0 or record.hints < 0 or not all(isinstance(t, str) for t in texts):
        raise ValueError("not what we write")
    for text in (record.text, *record.imports, *record.helpers.values()):
        ast.parse(text)
    return record
