"""A student's function as text: its own lines, and what it needs from around it.

A function that passes is kept in a file that must work without the notebook. So everything
that it takes from the notebook is found: imports, constants and helper functions go along;
other exercises are named; what cannot go along (a socket, a lab, a variable of another cell)
is a problem, and the student is told.
"""

import ast
import builtins
import copy
import functools
import inspect
import io
import linecache
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from .trees import Definition, aliases, binds, bound, changes, free_names, parsed, uses

__all__ = [
    "Problem",
    "Source",
    "definition",
    "files_of",
    "globals_of",
    "is_stub",
    "read",
    "unwrapped",
]

WRAPPERS = (FunctionType, functools._lru_cache_wrapper)


@dataclass(frozen=True)
class Problem:
    """A name that cannot go along: why ("global", "third-party", "exit"), and where."""

    kind: str
    name: str
    line: int


@dataclass
class Source:
    """The text of one definition and what it needs.

    line is where it begins in its cell. imports are statements, helpers are texts of
    definitions and constants by name, in the order in which they must stand; needs are the
    names of other exercises.
    """

    name: str
    text: str
    line: int = 1
    imports: list[str] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def breaks(self, forbidden: str) -> int | None:
        """The line at which something forbidden is used, 0 for a line elsewhere, else None.

        forbidden is a module ("base64"), a name of one ("base64.b64encode"), an attribute
        (".sendall") or a built-in function ("bin()").
        """
        imported: dict[str, str] = {}
        for statement in self.imports:
            imported |= aliases(parsed(statement))
        for number, text in enumerate((self.text, *self.helpers.values())):
            tree = parsed(text)
            known = imported | aliases(tree)
            for node in ast.walk(tree):
                if uses(node, forbidden, known):
                    return 0 if number else self.line - 1 + getattr(node, "lineno", 1)
        return None


def unwrapped(thing: Any) -> Any:
    """The function itself, where a decorator's own stands around it and says so (functools.wraps).

    What was written under its own name is itself, whatever it says that it wraps.
    """
    if issubclass(type(thing), WRAPPERS):
        with suppress(Exception):  # one that stands around itself, or an object that objects
            return inspect.unwrap(thing, stop=_named_so)
    return thing


def _named_so(thing: Any) -> bool:
    return type(thing) is FunctionType and thing.__code__.co_name == thing.__name__


def _functions(thing: Any) -> list[FunctionType]:
    """The function itself, or those of a class."""
    thing = unwrapped(thing)
    members = map(unwrapped, vars(thing).values()) if isinstance(thing, type) else [thing]
    return [each for each in members if isinstance(each, FunctionType)]


def _code(thing: Any) -> CodeType | None:
    codes = (each.__code__ for each in _functions(thing))
    if isinstance(thing, type):
        codes = (c for c in codes if c.co_qualname.rpartition(".")[0] == thing.__qualname__)
    return next(codes, None)


def _is_definition(value: Any) -> bool:
    """Whether it is a function or a class. An instance is not asked: it may raise."""
    return issubclass(type(unwrapped(value)), FunctionType | type)


def files_of(thing: Any) -> frozenset[str]:
    """The files of the student's code: the definition's own, and those of the same notebook."""
    own = _code(thing)
    if own is None:
        return frozenset()
    files = {own.co_filename}
    namespace = globals_of(thing)
    if namespace.get("__name__") == "__main__":
        for value in filter(_is_definition, tuple(namespace.values())):
            code = _code(value) if value.__module__ == "__main__" else None
            if code is not None:
                files.add(code.co_filename)
    return frozenset(files)


def globals_of(thing: Any) -> dict[str, Any]:
    """The names around a function, or around a class with functions in it."""
    return next((each.__globals__ for each in _functions(thing)), {})


def definition(
    thing: Any, near: str = "", namespace: dict[str, Any] | None = None
) -> tuple[Definition, str, str] | None:
    """The definition's tree (with line numbers of its file), its text, and its file.

    near and namespace are where a class without a function in it is looked for, by its name.
    """
    code = _code(thing)
    if code is not None:
        file, lines = code.co_filename, {line for _, _, line in code.co_lines()}
        statements = _statements(file, {})
    else:
        file = _file_of_class(thing) or near
        statements = _statements(file, namespace or {})
    for node, text in statements:
        if not isinstance(node, Definition) or node.name != thing.__name__:
            continue
        if code is None or lines & {*range(node.lineno, (node.end_lineno or 0) + 1)}:
            return node, _written(node, text), file
    return None


def _file_of_class(thing: Any) -> str:
    """The file of a class without functions, such as an exception: its module's, or ""."""
    module = sys.modules.get(thing.__module__) if isinstance(thing, type) else None
    return str(getattr(module, "__file__", None) or "")


def is_stub(thing: Any) -> bool:
    """Whether nothing has been written yet: every body only raises NotImplementedError."""
    found = definition(thing)
    if found is None:
        return False
    node = found[0]
    if isinstance(node, ast.ClassDef):
        methods = [m for m in node.body if isinstance(m, ast.FunctionDef)]
        bodies = [m.body for m in methods if m.name != "__init__"]
    else:
        bodies = [node.body]
    return bool(bodies) and all(_raises_not_implemented(body) for body in bodies)


def _raises_not_implemented(body: list[ast.stmt]) -> bool:
    rest = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return len(rest) == 1 and isinstance(rest[0], ast.Raise) and "NotImpl" in ast.dump(rest[0])


def read(thing: Any, exercises: frozenset[str]) -> Source | None:
    """Read a function or class; None when its text is nowhere to be had.

    exercises are the names that come from other exercises or with them (`ReplyError`).
    """
    found = definition(thing)
    if found is None:
        return None
    node, text, file = found
    source = Source(node.name, text, _begin(node))
    _resolve(source, node, file, globals_of(thing), exercises, {node.name})
    return source


def _resolve(
    source: Source, node: ast.stmt, file: str, namespace: dict[str, Any],
    exercises: frozenset[str], seen: set[str],
) -> None:  # fmt: skip
    # A helper's lines are not those of the definition that the student is shown.
    own = isinstance(node, Definition) and node.name == source.name

    def problem(kind: str, name: str, line: int) -> None:
        source.problems.append(Problem(kind, name, line if own else 0))

    for part in ast.walk(node):
        if isinstance(part, ast.Import | ast.ImportFrom):
            for origin in aliases(part).values():
                if origin.partition(".")[0] not in sys.stdlib_module_names:
                    problem("third-party", origin, part.lineno)
    for name, line in free_names(node).items():
        if name in seen or (name.startswith("__") and name.endswith("__")):
            continue
        seen.add(name)
        if name not in namespace:
            if name in ("display", "get_ipython") and hasattr(builtins, name):
                problem("third-party", name, line)  # IPython puts them among the built-ins
            continue
        value = namespace[name]
        if _is_ipythons(value) and name in ("exit", "quit"):
            problem("exit", name, line)  # it raises nothing, and ends the kernel
            continue
        if _is_ipythons(value) and name == "open":
            continue  # it is as good as Python's
        if name in exercises and callable(value):
            source.needs.append(name)
            continue
        statement, written = _statement(name, file, namespace)
        defined = _is_definition(value)
        called = value.__name__ if defined and re.search(r"\bmine\(", written) else ""
        if called in exercises and called != source.name:
            source.needs += {called}.difference(source.needs)  # under a name of the student's own
            source.helpers[name] = f"{name} = {called}\n"
            continue
        here = defined and value.__module__ == namespace.get("__name__")
        imported = isinstance(statement, ast.Import | ast.ImportFrom)
        found = definition(value, file, namespace) if defined and not imported else None
        if imported or issubclass(type(value), ModuleType) or (found and not here):
            if not _import(source, name, value, statement):
                problem("third-party", name, line)
        elif found:
            around = getattr(unwrapped(value), "__globals__", namespace)
            _resolve(source, found[0], found[2], around, exercises, seen)
            source.helpers[name] = found[1]
        elif (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and (name.isupper() or defined or _in_file(name, file))
            and not issubclass(type(value), socket.socket | io.IOBase)
        ):
            later = _changing(name, statement, source.name, file, namespace)
            for each in (statement, *(node for node, _ in later)):
                _resolve(source, each, file, namespace, exercises, seen)
            source.helpers[name] = written + "".join(text for _, text in later)
        elif defined or issubclass(type(value), BuiltinFunctionType):
            if not _import(source, name, value, statement):
                problem("global" if here else "third-party", name, line)
        else:
            problem("global", name, line)


def _is_ipythons(value: Any) -> bool:
    module = value.__module__ if _is_definition(value) else type(value).__module__
    if issubclass(type(value), FunctionType):
        module = value.__globals__.get("__name__")  # its open says that it is Python's
    return str(module).partition(".")[0] in ("IPython", "ipykernel")


def _statements(file: str, namespace: dict[str, Any]) -> Iterator[tuple[ast.stmt, str]]:
    """The statements of a file, then those of the notebook's cells, the last first.

    With each goes the text that it stands in.
    """
    history = namespace.get("In")
    cells = reversed(history) if isinstance(history, list) else ()
    for text in ("".join(linecache.getlines(file)), *cells):
        with suppress(SyntaxError, ValueError, TypeError):
            yield from ((node, text) for node in reversed(parsed(text).body))


def _statement(name: str, file: str, namespace: dict[str, Any]) -> tuple[ast.stmt | None, str]:
    """The top-level statement that gave a name its value, if it can be found, and its text."""
    for node, text in _statements(file, namespace):
        if binds(node, name):
            return node, _written(node, text)
    return None, ""


def _changing(
    name: str, binding: ast.stmt, exercise: str, file: str, namespace: dict[str, Any]
) -> list[tuple[ast.stmt, str]]:
    """The statements of the same cell that change a thing once it has its name, with their texts.

    A table is often filled by a loop, or by a decorator. The exercise itself is no part of it.
    """
    cells = (text for node, text in _statements(file, namespace) if node is binding)
    text = next(cells, "")
    later = changes(parsed(text), name, binding) if text else ()
    return [(n, _written(n, text)) for n in later if getattr(n, "name", "") != exercise]


def _written(node: ast.stmt, text: str) -> str:
    """The student's own text of a statement, with its decorators and their own quotes."""
    if isinstance(node, Definition):
        return "\n".join(text.split("\n")[_begin(node) - 1 : node.end_lineno]).rstrip() + "\n"
    return (ast.get_source_segment(text, node) or ast.unparse(node)) + "\n"


def _begin(node: Definition) -> int:
    return min(part.lineno for part in (node, *node.decorator_list))


def _in_file(name: str, file: str) -> bool:
    return isinstance(_statement(name, file, {})[0], ast.Assign | ast.AnnAssign)


def _import(source: Source, name: str, value: Any, statement: ast.stmt | None) -> bool:
    """Add the import that gives the name its value; False if the library does not have it."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        alias = next(each for each in statement.names if bound(each) == name)
        module = getattr(statement, "module", alias.name) or ""
        alone = copy.copy(statement)
        alone.names = [alias]
        text = ast.unparse(alone)
    elif isinstance(value, ModuleType):
        module = value.__name__
        text = f"import {module}"
        if module.partition(".")[0] != name:
            text += f" as {name}"
    else:
        module = str(getattr(value, "__module__", "")) or "builtins"
        text = f"from {module} import {name}"
    top = module.partition(".")[0]
    if top == "builtins" and hasattr(builtins, name):
        return True
    found = top in sys.stdlib_module_names
    if found:
        source.imports.append(text)
    return found
