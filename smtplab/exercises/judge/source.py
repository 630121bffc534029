"""A student's function as text: its own lines, and what it needs from around it.

A function that passes is kept in a file that must work without the notebook. So everything
that it takes from the notebook is found: imports, constants and helper functions go along;
other exercises are named; what cannot go along (a socket, a lab, a variable of another cell)
is a problem, and the student is told.
"""

import ast
import builtins
import dis
import inspect
import io
import linecache
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["Problem", "Source", "files_of", "globals_of", "is_stub", "read"]

LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


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
        aliases: dict[str, str] = {}
        for statement in self.imports:
            aliases |= _aliases(ast.parse(statement))
        for number, text in enumerate((self.text, *self.helpers.values())):
            tree = ast.parse(text)
            known = aliases | _aliases(tree)
            for node in ast.walk(tree):
                if _uses(node, forbidden, known):
                    return 0 if number else self.line - 1 + getattr(node, "lineno", 1)
        return None


def _aliases(tree: ast.AST) -> dict[str, str]:
    """What the imports of a tree bind: name to dotted origin."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name if alias.asname else alias.name.partition(".")[0]
                bound[alias.asname or top] = top
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return bound


def _uses(node: ast.AST, forbidden: str, aliases: dict[str, str]) -> bool:
    if forbidden.startswith("."):
        return isinstance(node, ast.Attribute) and f".{node.attr}" == forbidden
    if forbidden.endswith("()"):
        call = node.func if isinstance(node, ast.Call) else None
        return isinstance(call, ast.Name) and f"{call.id}()" == forbidden
    dotted = None
    if isinstance(node, ast.Name):
        dotted = aliases.get(node.id)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        base = aliases.get(node.value.id)
        dotted = f"{base}.{node.attr}" if base else None
    elif isinstance(node, ast.Import | ast.ImportFrom):
        found = _aliases(node).values()
        return any(_within(origin, forbidden) for origin in found)
    return dotted is not None and _within(dotted, forbidden)


def _within(dotted: str, forbidden: str) -> bool:
    return dotted == forbidden or dotted.startswith(f"{forbidden}.")


def _code(thing: Any) -> CodeType | None:
    if isinstance(thing, FunctionType):
        return thing.__code__
    if inspect.isclass(thing):
        codes = [m.__code__ for m in vars(thing).values() if isinstance(m, FunctionType)]
        return next((code for code in codes if _defined_in(code, thing)), None)
    return None


def _is_definition(value: Any) -> bool:
    """Whether it is a function or a class. An instance is not asked: it may raise."""
    return issubclass(type(value), FunctionType | type)


def _defined_in(code: CodeType, thing: type) -> bool:
    return code.co_qualname.rpartition(".")[0] == thing.__qualname__


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
    if isinstance(thing, FunctionType):
        return thing.__globals__
    for member in vars(thing).values():
        if isinstance(member, FunctionType):
            return member.__globals__
    return {}


def _find(thing: Any, decorated: bool = False) -> tuple[Definition, str, str] | None:
    """The definition's tree (with line numbers of its file), its text, and its file.

    The text begins at the definition itself, or at its first decorator if that is wanted.
    """
    code = _code(thing)
    file = code.co_filename if code is not None else _file_of_class(thing)
    lines = linecache.getlines(file)
    try:
        module = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    for node in module.body:
        if (
            isinstance(node, Definition)
            and node.name == thing.__name__
            and (code is None or any(_holds(node, n) for _, _, n in code.co_lines() if n))
        ):
            if not decorated:
                node.decorator_list = []
            begin = min(part.lineno for part in (node, *node.decorator_list))
            text = "".join(lines[begin - 1 : node.end_lineno]).rstrip() + "\n"
            return node, text, file
    return None


def _holds(node: Definition, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _file_of_class(thing: Any) -> str:
    """The file of a class without functions, such as an exception: its module's, or ""."""
    module = sys.modules.get(thing.__module__) if isinstance(thing, type) else None
    return str(getattr(module, "__file__", None) or "")


def is_stub(thing: Any) -> bool:
    """Whether nothing has been written yet: every body only raises NotImplementedError."""
    found = _find(thing)
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
    found = _find(thing)
    if found is None:
        return None
    node, text, file = found
    source = Source(node.name, text, node.lineno)
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
            for origin in _aliases(part).values():
                if origin.partition(".")[0] not in sys.stdlib_module_names:
                    problem("third-party", origin, part.lineno)
    for name in _free_names(node):
        line = _line_of(node, name)
        if name in seen or (name.startswith("__") and name.endswith("__")):
            continue
        seen.add(name)
        if name not in namespace:
            if name in ("display", "get_ipython") and hasattr(builtins, name):
                problem("third-party", name, line)  # IPython puts them among the built-ins
            continue
        value = namespace[name]
        if _is_ipythons(value) and name in ("exit", "quit", "open"):
            # IPython's own open() is as good as Python's; its exit() raises nothing and ends
            # the kernel.
            if name != "open":
                problem("exit", name, line)
            continue
        statement = _statement(name, file, namespace)
        if name in exercises and callable(value):
            source.needs.append(name)
        elif issubclass(type(value), ModuleType) or isinstance(
            statement, ast.Import | ast.ImportFrom
        ):
            if not _import(source, name, value, statement):
                problem("third-party", name, line)
        elif _is_definition(value) and (
            found := _find(value, decorated=True) or _bare_class(value, file, namespace)
        ):
            if value.__module__ != namespace.get("__name__"):
                if not _import(source, name, value, None):
                    problem("third-party", name, line)
                continue
            around = getattr(value, "__globals__", namespace)
            _resolve(source, found[0], found[2], around, exercises, seen)
            source.helpers[name] = found[1]
        elif (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and (name.isupper() or _is_definition(value) or _in_file(name, file))
            and not issubclass(type(value), socket.socket | io.IOBase)
        ):
            _resolve(source, statement, file, namespace, exercises, seen)
            source.helpers[name] = _as_written(statement, name, file, namespace)
        elif _is_definition(value) or issubclass(type(value), BuiltinFunctionType):
            if not _import(source, name, value, None):
                here = value.__module__ == namespace.get("__name__")
                problem("global" if here else "third-party", name, line)
        else:
            problem("global", name, line)


def _bare_class(
    value: Any, file: str, namespace: dict[str, Any]
) -> tuple[Definition, str, str] | None:
    """A class without a function in it (`class Refused(Exception): pass`), found by its name."""
    if not inspect.isclass(value) or value.__module__ != namespace.get("__name__"):
        return None
    for text in _cells(file, namespace):
        with suppress(SyntaxError, ValueError):
            for node in ast.parse(text).body:
                if isinstance(node, ast.ClassDef) and node.name == value.__name__:
                    begin = min([node.lineno, *(part.lineno for part in node.decorator_list)])
                    lines = text.splitlines(keepends=True)[begin - 1 : node.end_lineno]
                    return node, "".join(lines).rstrip() + "\n", file
    return None


def _is_ipythons(value: Any) -> bool:
    module = value.__module__ if _is_definition(value) else type(value).__module__
    return str(module).partition(".")[0] in ("IPython", "ipykernel")


def _free_names(node: ast.stmt) -> list[str]:
    """The global names that a statement uses, in the order in which they stand."""
    module = compile(ast.Module([node], []), "<student>", "exec", dont_inherit=True)
    used: set[str] = set()
    todo = [module]
    while todo:
        code = todo.pop()
        stored = set()
        for instruction in dis.get_instructions(code):
            if instruction.opname in ("STORE_NAME", "STORE_GLOBAL"):
                stored.add(instruction.argval)
            elif instruction.opname in LOADS and instruction.argval not in stored:
                used.add(instruction.argval)
        todo.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in used]
    return list(dict.fromkeys(names))


def _as_written(statement: ast.stmt, name: str, file: str, namespace: dict[str, Any]) -> str:
    """The student's own text of a statement, with their own quotes."""
    for text in _cells(file, namespace):
        with suppress(SyntaxError, ValueError):
            for node in ast.parse(text).body:
                if _binds(node, name) and ast.dump(node) == ast.dump(statement):
                    return (ast.get_source_segment(text, node) or ast.unparse(node)) + "\n"
    return ast.unparse(statement) + "\n"


def _line_of(node: ast.stmt, name: str) -> int:
    """The first line that uses a name as a global: not where it is a parameter or a local."""
    lines = [
        inner.lineno
        for part in ast.walk(node)
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        and not _binds_locally(part, name)
        for inner in ast.walk(part)
        if isinstance(inner, ast.Name) and inner.id == name
    ]
    lines = lines or [n.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name]
    return min(lines, default=node.lineno)


def _binds_locally(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    arguments = {
        argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)
    }
    stored = {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    declared = {g for n in ast.walk(function) if isinstance(n, ast.Global) for g in n.names}
    return name in arguments | (stored - declared)


def _cells(file: str, namespace: dict[str, Any]) -> Iterator[str]:
    """The text of the function's own file, then the notebook's cells, newest first."""
    yield "".join(linecache.getlines(file))
    history = namespace.get("In")
    if isinstance(history, list):
        yield from (cell for cell in reversed(history) if isinstance(cell, str))


def _statement(name: str, file: str, namespace: dict[str, Any]) -> ast.stmt | None:
    """The top-level statement that gave a name its value, if it can be found."""
    for text in _cells(file, namespace):
        try:
            body = ast.parse(text).body
        except (SyntaxError, ValueError):
            continue
        for node in reversed(body):
            if _binds(node, name):
                return node
    return None


def _in_file(name: str, file: str) -> bool:
    return isinstance(_statement(name, file, {}), ast.Assign | ast.AnnAssign)


def _binds(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Import):
        return any((a.asname or a.name.partition(".")[0]) == name for a in node.names)
    if isinstance(node, ast.ImportFrom):
        return any((a.asname or a.name) == name for a in node.names)
    if isinstance(node, ast.Assign):
        parts = (part for target in node.targets for part in ast.walk(target))
        return any(
            isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store)
            for part in parts
        )
    return (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and (node.target.id == name)
    )


def _import(source: Source, name: str, value: Any, statement: ast.stmt | None) -> bool:
    """Add the import that gives the name its value; False if the library does not have it."""
    if isinstance(statement, ast.Import):
        alias = next(a for a in statement.names if (a.asname or a.name.partition(".")[0]) == name)
        module, text = alias.name, ast.unparse(ast.Import([alias]))
    elif isinstance(statement, ast.ImportFrom):
        alias = next(a for a in statement.names if (a.asname or a.name) == name)
        module = statement.module or ""
        text = ast.unparse(ast.ImportFrom(statement.module, [alias], statement.level))
    elif isinstance(value, ModuleType):
        module = value.__name__
        text = (
            f"import {module}" if module.partition(".")[0] == name else f"import {module} as {name}"
        )
    else:
        module = str(getattr(value, "__module__", "")) or "builtins"
        text = f"from {module} import {name}"
    top = module.partition(".")[0]
    if top == "builtins" and hasattr(builtins, name):
        return True
    if top in sys.stdlib_module_names:
        source.imports.append(text)
        return True
    return False
