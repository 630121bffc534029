"""The tree of a text of Python, and what can be told from it alone."""

import ast
import dis
import gc
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from types import CodeType

__all__ = [
    "Definition",
    "aliases",
    "binds",
    "bound",
    "changes",
    "free_names",
    "parsed",
    "uses",
]

ASKING = ("__import__", "import_module", "getattr", "attrgetter", "methodcaller")
LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

KEPT = 200_000  # characters: the tree of a longer text takes much memory


def parsed(text: str) -> ast.Module:
    """The tree of a text, which is read only: a check asks for that of a cell many times."""
    return _kept(text) if len(text) < KEPT else _parsed(text)


def _parsed(text: str) -> ast.Module:
    """The tree of a text, without the collector meanwhile.

    Up to Python 3.11.7 all threads count their depth in one place: who parses in a finalizer,
    or in a thread that gets its turn then, spoils it, and SystemError is raised (gh-106905).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if collects:
            gc.enable()


_kept = lru_cache(maxsize=16)(_parsed)


def aliases(tree: ast.AST) -> dict[str, str]:
    """What the imports of a tree bind: name to dotted origin."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            name = bound(alias)
            if isinstance(node, ast.ImportFrom):
                found[name] = f"{node.module or ''}.{alias.name}"
            else:
                found[name] = alias.name if alias.asname else name
    return found


def bound(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def named_in(call: ast.Call) -> list[str]:
    """The modules or attributes that a call asks for by name, in quotes."""
    asked = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    asked = call.func.id if isinstance(call.func, ast.Name) else asked
    quoted = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return [str(each) for each in quoted if asked in ASKING]


def uses(node: ast.AST, forbidden: str, known: dict[str, str]) -> bool:
    """Whether a node is what is forbidden; see `Source.breaks`. known is what names stand for."""
    by_name = named_in(node) if isinstance(node, ast.Call) else []
    if forbidden.startswith("."):
        attribute = [node.attr] if isinstance(node, ast.Attribute) else by_name
        return forbidden[1:] in attribute
    if forbidden.endswith("()"):
        call = node.func if isinstance(node, ast.Call) else None
        return isinstance(call, ast.Name) and f"{call.id}()" == forbidden
    origins: Iterable[str] = by_name
    if isinstance(node, ast.Name):
        origins = [known.get(node.id, "")]
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        origins = [f"{known.get(node.value.id, '')}.{node.attr}"]
    elif isinstance(node, ast.Import | ast.ImportFrom):
        origins = aliases(node).values()
    return any(f"{origin}.".startswith(f"{forbidden}.") for origin in origins)


def free_names(node: ast.stmt) -> dict[str, int]:
    """The global names that a statement uses, in the order in which they stand, and where first."""
    module = compile(ast.Module([node], []), "<student>", "exec", dont_inherit=True)
    used: dict[str, int] = {}
    todo = [module]
    while todo:
        code = todo.pop()
        stored = set()
        for instruction in dis.get_instructions(code):
            name = instruction.argval
            if instruction.opname in ("STORE_NAME", "STORE_GLOBAL"):
                stored.add(name)
            elif instruction.opname in LOADS and name not in stored:
                at = instruction.positions
                line = (at and at.lineno) or node.lineno
                used[name] = min(line, used.get(name, line))
        todo.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    names = (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
    return {name: used[name] for name in names if name in used}


def binds(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives a name its value."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any(bound(alias) == name for alias in node.names)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        parts = [part for target in targets for part in ast.walk(target)]
        names = [part for part in parts if isinstance(part, ast.Name)]
        return any(part.id == name and isinstance(part.ctx, ast.Store) for part in names)
    return isinstance(node, ast.ClassDef) and node.name == name


def changes(tree: ast.Module, name: str, after: ast.stmt) -> Iterator[ast.stmt]:
    """The statements that change what a name stands for: an item or an attribute of it, or by a
    method; themselves, or with a function that does, as a call or a decorator."""
    functions = (each for each in tree.body if isinstance(each, Definition))
    changers = {each.name for each in functions if _alters(each, name)}
    for node in tree.body[tree.body.index(after) + 1 :]:
        if isinstance(node, Definition):
            parts = (part for each in node.decorator_list for part in ast.walk(each))
            found = any(isinstance(part, ast.Name) and part.id in changers for part in parts)
        else:
            found = _alters(node, name) or any(map(partial(_sets, name, changers), ast.walk(node)))
        if found:
            yield node


def _sets(name: str, changers: set[str], part: ast.AST) -> bool:
    """Whether it gives a name another value, or calls one of these functions by itself."""
    match part:
        case ast.Name(id=found, ctx=ast.Store()):
            return found == name
        case ast.Expr(value=ast.Call(func=ast.Name(id=found))):
            return found in changers
    return False


def _alters(node: ast.AST, name: str) -> bool:
    """Whether an item or an attribute of what a name stands for is set, or a method called."""
    for part in ast.walk(node):
        match part:
            case (
                ast.Subscript(value=ast.Name(id=found), ctx=ast.Store() | ast.Del())
                | ast.Attribute(value=ast.Name(id=found), ctx=ast.Store() | ast.Del())
                | ast.AugAssign(target=ast.Name(id=found))
                | ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=found))))
            ) if found == name:
                return True
    return False
