"""The notebooks as files: where they are, their stubs, and the cells that hold them."""

import ast
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..command import CHECKOUT, FIRST_LESSON, LANGUAGE, notebooks
from ..judge import Source, trees
from .said import WORDS
from .store import write_whole

__all__ = [
    "clean",
    "defines",
    "in_its_words",
    "lay_over",
    "load",
    "marked",
    "pieces",
    "put_stub_back",
    "shipped",
    "stub",
    "stub_cell",
    "stub_id",
    "whole",
]

DOCSTRING = re.compile(r'^( +)r?""".*?"""$', re.DOTALL | re.MULTILINE)
# At the left margin: where a piece of a program begins.
BEGINS = re.compile(r"[#@]|(def|class|import|from|if)\b|[A-Z_]+ =")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def stub(source: Source) -> str:
    """What the student finds: the signature and the docstring of the reference, and no more.

    Of a class, __init__ stays as it is: it says what the other methods can count on.
    """
    lines = _lines(source)
    for function in _bodies(source):
        docstring = function.body[0]
        indent = " " * docstring.col_offset
        lines[docstring.end_lineno : function.end_lineno] = [f"{indent}raise NotImplementedError"]
    return "\n".join(lines)


def in_its_words(cell: str, stub: str) -> str:
    """A stub with the docstrings of a cell, where the cell's notebook is in another language."""
    theirs, ours = list(DOCSTRING.finditer(cell)), list(DOCSTRING.finditer(stub))
    same = [doc[1] for doc in theirs] == [doc[1] for doc in ours]  # as far from the margin
    if not same or "".join(doc[0] for doc in theirs).isascii():
        return stub
    told = iter(theirs)
    return DOCSTRING.sub(lambda _: next(told)[0], stub)


def marked(source: Source) -> str:
    """The reference as one cell, between the lines that nbgrader looks for: without what stands
    between them, and with `raise NotImplementedError` there, it is the stub."""
    lines = _lines(source)
    # Imports and constants hold wherever they stand.
    head = f"\n\n{text.rstrip()}\n" if (text := whole(replace(source, text=""))).strip() else ""
    for function in _bodies(source):
        docstring = function.body[0]
        indent = " " * docstring.col_offset
        lines.insert(function.end_lineno or 0, f"{head}{indent}### END SOLUTION")
        lines.insert(docstring.end_lineno or 0, f"{indent}### BEGIN SOLUTION")
        head = ""
    return "\n".join(lines)


def _lines(source: Source) -> list[str]:
    # A word to our formatter is none to a student.
    return [line.removesuffix("  # fmt: skip") for line in source.text.splitlines()]


def _bodies(source: Source) -> list[ast.FunctionDef]:
    """The functions that a student writes, the last first."""
    node = ast.parse(source.text).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    if isinstance(node, ast.FunctionDef):
        return [node]
    methods = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name != "__init__"]
    return methods[::-1]


def whole(source: Source) -> str:
    """The reference as one cell: what it imports, its constants, and the definition."""
    helpers = dict.fromkeys(text.rstrip("\n") for text in source.helpers.values())
    head = [*source.imports, *helpers]
    text = source.text.rstrip("\n")
    return "\n".join(head) + "\n\n\n" + text if head else text


def load(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def save(path: Path, notebook: dict[str, Any]) -> None:
    """Write a notebook in the form in which Jupyter does: the rest is the same to the letter."""
    write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True))


def stub_id(name: str) -> str:
    """The id that the cell of an exercise has in the lessons."""
    words = re.sub("([a-z])([A-Z])", r"\1-\2", name)
    return f"{words.lower().replace('_', '-')}-stub"


def stub_cell(notebook: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The cell of an exercise: by its id, else the first code cell that defines the name."""
    cells: list[dict[str, Any]] = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    named = [cell for cell in cells if cell.get("id") == stub_id(name)]
    defining = (cell for cell in cells if defines(name, "".join(cell["source"])))
    return next(iter([*named, *defining]), None)


def defines(name: str, text: str) -> bool:
    """Whether a cell defines a name, at its top."""
    return re.search(rf"^(def|class)\s+{re.escape(name)}\b", text, re.MULTILINE) is not None


def pieces(text: str) -> list[str]:
    """A file of Python in one piece; if that is no Python, in pieces: one for each definition.

    A comment or a decorator above a definition belongs to it.
    """
    try:
        trees.parsed(text)
    except (SyntaxError, ValueError, RecursionError):
        made, above = [""], False
        for line in text.splitlines(keepends=True):
            if BEGINS.match(line) and not above:
                made.append("")
            made[-1] += line
            above = line.startswith(("#", "@"))
        return made
    return [text]


def lay_over(notebook: dict[str, Any], texts: Mapping[str, str]) -> None:
    """Put texts (by exercise) in the place of the stubs, in memory."""
    for name, text in texts.items():
        cell = stub_cell(notebook, name)
        if cell is None:
            raise LookupError(f"it has no cell that defines {name}")
        cell["source"] = text.splitlines(keepends=True)


def put_stub_back(path: Path, name: str, text: str, keep: Callable[[str], None]) -> bool:
    """Give an exercise's cell its stub again, after keep has got what stands there.

    The text is the stub in English. Return whether anything changed. Every other cell stays as it
    is, with its outputs. Raise LookupError when the notebook has no such cell.
    """
    notebook = load(path)
    cell = stub_cell(notebook, name)
    if cell is None:
        raise LookupError(WORDS("has-no-cell-that-defines", notebook=path.name, name=name))
    before = "".join(cell["source"])
    text = in_its_words(before, text)
    if before == text:
        return False
    keep(before)
    cell["source"] = text.splitlines(keepends=True)
    cell["outputs"], cell["execution_count"] = [], None
    save(path, notebook)
    return True


def clean(notebook: dict[str, Any]) -> None:
    """Take out what running and saving leave in a notebook, in memory: it is as we ship one."""
    notebook["metadata"] = {"kernelspec": dict(KERNEL), "language_info": dict(LANGUAGE)}
    for cell in notebook["cells"]:
        ours = ("slideshow", "tags")
        cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k in ours}
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["outputs"] = None, []


@contextmanager
def shipped() -> Iterator[tuple[Path, bool]]:
    """A folder with the notebooks and their files as the course brings them.

    With git it is a copy of the last commit, and True. Without it nothing tells a reader's
    changes from the course's own text: it is the folder itself as it stands, and False.
    """
    own = CHECKOUT / "notebooks"
    if not own.is_dir():
        own = notebooks()
    with tempfile.TemporaryDirectory(prefix="smtplab-") as name:
        copy, archive = Path(name, "copy"), Path(name, "commit.zip")
        # In a subfolder of a repository, `git archive` is about that folder alone.
        command = ["git", "archive", "--format=zip", f"--output={archive}", "HEAD"]
        try:
            subprocess.run(command, cwd=own, capture_output=True, check=True, timeout=30)
            shutil.unpack_archive(archive, copy)
        except (OSError, ValueError, subprocess.SubprocessError):
            pass  # no git, no commit, or somebody else's repository
        committed = (copy / FIRST_LESSON).is_file()
        yield (copy if committed else own), committed
