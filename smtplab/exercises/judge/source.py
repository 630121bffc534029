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
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["Problem", "Source", "files_of", "is_stub", "read"]

LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Problem:
    """A name that the function cannot take along: why ("global", "third-party"), and where."""

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
        codes = (_code(member) for member in vars(thing).values())
        return next((code for code in codes if code and _defined_in(code, thing)), None)
    return None


def _defined_in(code: CodeType, thing: type) -> bool:
    return code.co_qualname.rpartition(".")[0] == thing.__qualname__


def files_of(thing: Any) -> frozenset[str]:
    """The files of the student's code: the definition's own, and those of the same notebook."""
    own = _code(thing)
    if own is None:
        return frozenset()
    files = {own.co_filename}
    namespace = _globals(thing)
    if namespace.get("__name__") == "__main__":
        for value in tuple(namespace.values()):
            code = _code(value) if getattr(value, "__module__", None) == "__main__" else None
            if code is not None:
                files.add(code.co_filename)
    return frozenset(files)


def _globals(thing: Any) -> dict[str, Any]:
    if isinstance(thing, FunctionType):
        return thing.__globals__
    for member in vars(thing).values():
        if isinstance(member, FunctionType):
            return member.__globals__
    return {}


def _find(thing: Any) -> tuple[Definition, str, str] | None:
    """The definition's tree (with line numbers of its file), its text, and its file."""
    code = _code(thing)
    if code is None:
        return None
    lines = linecache.getlines(code.co_filename)
    try:
        module = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    for node in module.body:
        if (
            isinstance(node, Definition)
            and node.name == thing.__name__
            and any(node.lineno <= n <= (node.end_lineno or 0) for _, _, n in code.co_lines() if n)
        ):
            text = "".join(lines[node.lineno - 1 : node.end_lineno]).rstrip() + "\n"
            node.decorator_list = []  # the text begins at the definition itself
            return node, text, code.co_filename
    return None


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
    _resolve(source, node, file, _globals(thing), exercises, {node.name})
    return source


def _resolve(
    source: Source, node: ast.stmt, file: str, namespace: dict[str, Any],
    exercises: frozenset[str], seen: set[str],
) -> None:  # fmt: skip
    for name in _free_names(node):
        if name in seen or name not in namespace:
            continue
        seen.add(name)
        value = namespace[name]
        statement = _statement(name, file, namespace)
        if name in exercises and callable(value):
            source.needs.append(name)
        elif isinstance(value, ModuleType) or isinstance(statement, ast.Import | ast.ImportFrom):
            _import(source, node, name, value, statement)
        elif isinstance(value, FunctionType | type) and (inner := _find(value)):
            if value.__module__ != namespace.get("__name__"):
                _import(source, node, name, value, None)
                continue
            _resolve(source, inner[0], inner[2], _globals(value) or namespace, exercises, seen)
            source.helpers[name] = inner[1]
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and (
            name.isupper() or _in_file(name, file)
        ):
            _resolve(source, statement, file, namespace, exercises, seen)
            source.helpers[name] = ast.unparse(statement) + "\n"
        elif isinstance(value, FunctionType | type) or inspect.isbuiltin(value):
            _import(source, node, name, value, None)
        else:
            source.problems.append(Problem("global", name, _line_of(node, name)))


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


def _line_of(node: ast.stmt, name: str) -> int:
    lines = (n.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name)
    return min(lines, default=node.lineno)


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
        return any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    return (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and (node.target.id == name)
    )


def _import(
    source: Source, node: ast.stmt, name: str, value: Any, statement: ast.stmt | None
) -> None:
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
    if top in sys.stdlib_module_names:
        source.imports.append(text)
    elif not (top == "builtins" and hasattr(builtins, name)):
        source.problems.append(Problem("third-party", name, _line_of(node, name)))
