"""What a check lets pass: `python -m tests.mutants NAME ...` changes references in small ways.

Each change (a comparison turned round, a statement left out, a constant one off, `lower` for
`upper`) is judged as a student's answer; those that pass are printed, as lines of the reference and
what took their place. Many of them do the same as before, or what the docstring leaves free: a
person reads them. What is left wants a case. Without a name all exercises are done: an hour.
"""

import ast
import copy
import difflib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

from smtplab import exercises
from smtplab.student import notebooks

from . import student

LONGEST = 120  # seconds: stands for "hangs"
OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv,
}  # fmt: skip
METHODS = {
    "startswith": ("endswith", "__contains__"), "endswith": ("startswith", "__contains__"),
    "partition": ("rpartition",), "rpartition": ("partition",), "split": ("rsplit",),
    "lower": ("upper",), "upper": ("lower",), "strip": ("lstrip", "rstrip"), "find": ("rfind",),
    "lstrip": ("strip",), "rstrip": ("strip",), "fullmatch": ("match", "search"),
    "match": ("search",), "append": ("extend",), "isdigit": ("isalnum",),
}  # fmt: skip
# A node that is changed in place, and what is done to it.
Change = tuple[ast.AST, Callable[[ast.AST], None]]


def mutants(code: str) -> Iterator[str]:
    """Each text that one small change makes of this one, once."""
    tree = ast.parse(code)
    seen = {ast.unparse(tree)}
    count = len(list(_changes(tree)))
    for number in range(count):
        other = copy.deepcopy(tree)
        node, change = list(_changes(other))[number]
        change(node)
        try:
            text = ast.unparse(ast.fix_missing_locations(other))
            compile(text, "mutant", "exec")
        except (ValueError, SyntaxError, TypeError):
            continue
        if text not in seen:
            seen.add(text)
            yield text


def _changes(tree: ast.AST) -> Iterator[Change]:
    """All changes, in an order that is the same in each copy of the tree."""
    spared = _spared(tree)
    for node in ast.walk(tree):
        if id(node) in spared:
            continue
        for field, value in ast.iter_fields(node):
            if type(value) in OPERATORS:
                yield node, _put(field, OPERATORS[type(value)]())
            elif isinstance(value, list) and value and isinstance(value[0], ast.AST):
                yield from _in_list(node, field, value, spared)
        match node:
            case ast.Constant(value=bool() as value):
                yield node, _put("value", not value)
            case ast.Constant(value=int() as value):
                yield from ((node, _put("value", value + n)) for n in (1, -1))
            case ast.Constant(value=str() | bytes() as value) if value:
                for other in (value[:-1], value[1:], value.swapcase(), value * 2):
                    yield node, _put("value", other)
            case ast.If() | ast.IfExp():
                yield from ((node, _put("test", ast.Constant(n))) for n in (True, False))
            case ast.Attribute(attr=name) if name in METHODS:
                yield from ((node, _put("attr", other)) for other in METHODS[name])
            case ast.Slice():
                for field in ("lower", "upper"):
                    if getattr(node, field) is not None:
                        yield node, _put(field, None)
            case ast.ExceptHandler(type=ast.AST()):
                yield node, _put("type", ast.Name("Exception", ast.Load()))


def _in_list(
    node: ast.AST, field: str, values: list[ast.AST], spared: set[int]
) -> Iterator[Change]:
    """One of several is left out, or is another: operators, statements, arguments, operands."""
    for at, value in enumerate(values):
        if type(value) in OPERATORS:
            yield node, _put_in(field, at, OPERATORS[type(value)]())
        elif isinstance(value, ast.stmt):
            if not isinstance(node, ast.Module) and id(value) not in spared:
                yield node, _put_in(field, at, ast.Pass())
        elif len(values) > 1 or field in ("args", "keywords", "ifs"):
            yield node, _leave_out(field, at)


def _put(field: str, value: object) -> Callable[[ast.AST], None]:
    return lambda node: setattr(node, field, value)


def _put_in(field: str, at: int, value: object) -> Callable[[ast.AST], None]:
    return lambda node: getattr(node, field).__setitem__(at, value)


def _leave_out(field: str, at: int) -> Callable[[ast.AST], None]:
    return lambda node: getattr(node, field).__delitem__(at)


def _spared(tree: ast.AST) -> set[int]:
    """Docstrings, and what an exception says: both are free."""
    texts = [
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and node.exc
        for inner in ast.walk(node.exc)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            texts += [node.body[0], *ast.walk(node.body[0])]
    return set(map(id, texts))


def passes(name: str, code: str) -> bool:
    """Whether the check lets this text pass."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SMTPLAB_FOLDER"] = folder
        os.chdir(folder)
        needs = exercises.reference_source(name).needs
        lent = [f'{each} = mine("{each}")' for each in needs]
        text = "\n".join(["from smtplab import mine", *lent, code])
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        try:
            return exercises.judge(student.function(Path(folder), text, name)).passed
        except BaseException:  # it raises when it is defined, or ends everything
            return False
        finally:
            os.chdir("/")


def survivors(name: str) -> Iterator[str]:
    """What passes of an exercise, as the lines that differ."""
    code = notebooks.whole(exercises.reference_source(name))
    before = ast.unparse(ast.parse(code)).splitlines()
    made = list(mutants(code))
    # A process for each: one that forks, hangs in C or spoils a module spoils no other.
    with get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        waiting = [(text, pool.apply_async(passes, (name, text))) for text in made]
        for text, verdict in waiting:
            try:
                passed = verdict.get(LONGEST)
            except Exception:  # it hangs, which a check does not
                yield f"no verdict in {LONGEST} seconds:\n{text}"
                continue
            if passed:
                lines = difflib.unified_diff(before, text.splitlines(), n=0, lineterm="")
                yield "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
    print(f"{name}: {len(made)} changes", file=sys.stderr)


if __name__ == "__main__":
    for each in sys.argv[1:] or exercises.by_name():
        for survivor in survivors(each):
            print(f"## {each}\n{survivor}", flush=True)
