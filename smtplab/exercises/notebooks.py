"""The notebooks as files: where they are, their stubs, and the cells that hold them."""

import ast
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..catalogue import say
from .judge import Source
from .progress import CHECKOUT, folder, write_whole

__all__ = ["lay_over", "load", "put_stub_back", "stub", "stub_cell", "whole"]


def stub(source: Source) -> str:
    """What the student finds: the signature and the docstring of the reference, and no more.

    Of a class, __init__ stays as it is: it says what the other methods can count on.
    """
    # A word to our formatter is none to a student.
    lines = [line.removesuffix("  # fmt: skip") for line in source.text.splitlines()]
    node = ast.parse(source.text).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    functions = (
        [node]
        if isinstance(node, ast.FunctionDef)
        else [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name != "__init__"]
    )
    for function in reversed(functions):
        docstring = function.body[0]
        indent = " " * docstring.col_offset
        lines[docstring.end_lineno : function.end_lineno] = [f"{indent}raise NotImplementedError"]
    return "\n".join(lines)


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
    write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False))


def stub_cell(notebook: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The cell of an exercise: by its id, else the first code cell that defines the name."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    words = re.sub("([a-z])([A-Z])", r"\1-\2", name)
    wanted = f"{words.lower().replace('_', '-')}-stub"
    for cell in cells:
        if cell.get("id") == wanted:
            return dict_of(cell)
    pattern = re.compile(rf"^(def|class)\s+{re.escape(name)}\b", re.MULTILINE)
    return next((dict_of(cell) for cell in cells if pattern.search("".join(cell["source"]))), None)


def dict_of(cell: Any) -> dict[str, Any]:
    assert isinstance(cell, dict)
    return cell


def lay_over(notebook: dict[str, Any], texts: Mapping[str, str]) -> None:
    """Put texts (by exercise) in the place of the stubs, in memory."""
    for name, text in texts.items():
        cell = stub_cell(notebook, name)
        if cell is None:
            raise LookupError(f"no cell for {name}")
        cell["source"] = text.splitlines(keepends=True)


def put_stub_back(path: Path, name: str, text: str, keep: Callable[[str], None]) -> bool:
    """Give an exercise's cell its stub again, after keep has got what stands there.

    Return whether anything changed. Every other cell stays as it is, with its outputs. Raise
    LookupError when the notebook has no such cell.
    """
    notebook = load(path)
    cell = stub_cell(notebook, name)
    if cell is None:
        raise LookupError(
            say("{notebook} has no cell that defines {name}", notebook=path.name, name=name)
        )
    before = "".join(cell["source"])
    if before == text:
        return False
    keep(before)
    cell["source"] = text.splitlines(keepends=True)
    cell["outputs"], cell["execution_count"] = [], None
    save(path, notebook)
    return True


def originals() -> Path:
    """The notebooks to copy from: the checkout's own, else those of the student's folder."""
    return CHECKOUT if CHECKOUT.is_dir() else folder()
