"""Running the lessons' notebooks for tests: in a kernel, or cell by cell in this process."""

import atexit
import json
import linecache
import os
import shutil
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from smtplab import exercises
from smtplab.exercises import Lesson
from smtplab.student import notebooks

DEADLINE = 150  # seconds for one cell: stands for "hangs"
# A kernel's ports are chosen a second before it listens there, and the labs of other tests take
# ports all the time: a kernel of a test has none. (Windows has no other way.)
TRANSPORT = "tcp" if os.name == "nt" else "ipc"

_number = count()


def judged(folder: Path, stack: ExitStack) -> Path:
    """The notebooks that tests are about: those in the folder, unless somebody works there.

    Then it is a copy of the last commit's, until the stack ends: what is tried is the course, and
    no reader's answers.
    """
    names = [lesson.notebook for lesson in exercises.LESSONS]
    used = any(folder.rglob("progress.json")) or any(
        cell["outputs"] or cell["execution_count"]
        for name in names
        for path in (folder / name, *folder.glob(f"*/{name}"))
        for cell in code_cells(notebooks.load(path))
    )
    return stack.enter_context(notebooks.shipped())[0] if used else folder


def path(lesson: Lesson, language: str = "en") -> Path:
    """Where a lesson's notebook stands: those of another language have a folder of its name."""
    return (FOLDER if language == "en" else FOLDER / language) / lesson.notebook


def load(lesson: Lesson, language: str = "en") -> dict[str, Any]:
    """A lesson's notebook as it is shipped."""
    return json.loads(path(lesson, language).read_text(encoding="utf-8"))


def solutions(lesson: Lesson) -> dict[str, str]:
    """The reference for each exercise of a lesson, as the text of a cell."""
    return {
        exercise.name: notebooks.whole(exercises.reference_source(exercise.name))
        for exercise in lesson.exercises
    }


def solved(lesson: Lesson, language: str = "en") -> dict[str, Any]:
    """The notebook with the reference in the place of the stubs, in memory."""
    notebook = load(lesson, language)
    notebooks.lay_over(notebook, solutions(lesson))
    return notebook


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def code(text: str) -> dict[str, Any]:
    """A cell of code that no lesson has."""
    return {"cell_type": "code", "id": "added", "metadata": {}, "execution_count": None,
            "outputs": [], "source": text}  # fmt: skip


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


def folder_for(tmp_path: Path, language: str = "en") -> Path:
    """A folder like a student's: the notebooks and what lies beside them, and no progress."""
    target = tmp_path / "notebooks"
    shutil.copytree(
        FOLDER, target, ignore=shutil.ignore_patterns("*.md", "*.py", "*.json", ".*", "__pycache__")
    )
    shutil.copy(FOLDER / "old_mailer.py", target)  # a lesson's, where others are a student's
    return target if language == "en" else target / language


def run(notebook: dict[str, Any], folder: Path, *, allow_errors: bool = False) -> Any:
    """Run every cell in a kernel of its own, in the folder; return the notebook with outputs."""
    live = nbformat.reads(json.dumps(notebook), as_version=4)
    with TemporaryDirectory(prefix="kernel-") as place:
        meeting = {"ip": str(Path(place, "kernel"))} if TRANSPORT == "ipc" else {}
        NotebookClient(
            live,
            timeout=DEADLINE,
            kernel_name="python3",
            allow_errors=allow_errors,
            resources={"metadata": {"path": str(folder)}},
            config=Config(KernelManager={"transport": TRANSPORT, **meeting}),
        ).execute()
    return live


def output_text(cell: Any) -> str:
    """What a cell shows, as text. A slow kernel sends what is printed in several outputs."""
    pieces: list[str] = []
    before = None
    for output in cell.get("outputs", ()):
        if output["output_type"] == "error":
            text = f"{output['ename']}: {output['evalue']}"
        else:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
        stream = output.get("name")  # only what is printed has one
        if stream and stream == before:
            pieces[-1] += text
        else:
            pieces.append(text)
        before = stream
    return "\n".join(pieces)


def run_here(texts: list[str], folder: Path) -> dict[str, Any]:
    """Run cells in this process, as a kernel would, one name space for all; return it."""
    namespace: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None, "In": []}
    with mock.patch.object(sys, "path", [str(folder), *sys.path]):
        for text in texts:
            file = str(folder / f"cell-{next(_number)}")
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
            namespace["In"].append(text)
            exec(compile(text, file, "exec", dont_inherit=True), namespace)
    return namespace


_stack = ExitStack()
atexit.register(_stack.close)
FOLDER = judged(Path(__file__).resolve().parents[1] / "notebooks", _stack)
