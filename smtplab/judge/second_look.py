"""What a run that went wrong did inside: seen when the same case is played once more.

Two things are true, useful, and invisible from outside. An `except` of the student's hid a slip of
theirs; and octets were compared with text, which is never equal and never an error. Neither is
guessed from the text of the function: the first is seen by a tracer, the second by the comparisons
themselves, which are made to look at what they compare.
"""

import ast
import copy
import linecache
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from .source import definition, globals_of
from .trees import parsed

__all__ = ["Seen", "looking"]

SLIPS = (NameError, TypeError, AttributeError, UnicodeError, IndexError, KeyError)
KINDS = {bytes: "bytes", bytearray: "bytes", str: "str", bool: "int", int: "int"}
MOST = 50_000  # lines that are followed; a loop that does not end is stopped by its deadline
COMPARE = "__smtplab_compare__"


@dataclass
class Seen:
    """hidden: the line and the text of a slip that an `except` for everything has caught; one
    that names its class was meant. mixed: the line of a comparison of two kinds that are never
    equal, and the names of the two kinds."""

    hidden: tuple[int, str] | None = None
    mixed: tuple[int, str, str] | None = None
    _raised: dict[int, tuple[int, str]] = field(default_factory=dict)

    def compare(self, operator: str, left: Any, right: Any, line: int) -> Any:
        """Compare as Python does, and look at what is compared."""
        kinds = _never_equal(operator, left, right)
        if kinds and self.mixed is None:
            self.mixed = (line, *kinds)
        return OPERATORS[operator](left, right)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": lambda left, right: left == right,
    "NotEq": lambda left, right: left != right,
    "In": lambda left, right: left in right,
    "NotIn": lambda left, right: left not in right,
}


def _never_equal(operator: str, left: Any, right: Any) -> tuple[str, str] | None:
    """The names of the two kinds, where the two can never be equal."""
    others = [right]
    if operator in ("In", "NotIn"):
        if type(right) not in (tuple, list, set, dict, frozenset):
            return None
        others = list(right)[:20]
    kinds = {KINDS.get(type(other), "") for other in others}
    one = KINDS.get(type(left), "")
    if not one or len(kinds) != 1 or kinds & {one, ""}:
        return None
    return one, kinds.pop()


class _Comparisons(ast.NodeTransformer):
    """Put a call in the place of each comparison of two values for equality."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        operator = type(node.ops[0]).__name__
        if len(node.ops) != 1 or operator not in OPERATORS:
            return node
        call = ast.Call(
            ast.Name(COMPARE, ast.Load()),
            [ast.Constant(operator), node.left, node.comparators[0], ast.Constant(node.lineno)],
            [],
        )
        return ast.copy_location(call, node)


def looking(function: Any, seen: Seen) -> Any:
    """The same function, whose comparisons and caught exceptions are noted in seen; or None."""
    found = definition(function)
    if found is None:
        return None
    node, file = copy.deepcopy(found[0]), found[2]
    if node.decorator_list and not isinstance(function, type):
        return None  # what a decorator has made of it may do something else
    node.decorator_list = []
    tree = parsed("".join(linecache.getlines(file)))
    module = ast.Module([_Comparisons().visit(node)], [])
    names = globals_of(function) | {COMPARE: seen.compare}
    try:
        exec(compile(ast.fix_missing_locations(module), file, "exec"), names)
    except Exception:  # a default value, say, whose name is gone by now
        return None
    made, own = names[function.__name__], globals_of(function).get(function.__name__, function)
    if own is not function:  # what it calls by its own name is another function
        names[function.__name__] = own
    return _traced(made, file, seen, tree)


def _catches_all(tree: ast.AST, line: int, raised: type[BaseException]) -> bool:
    """Whether what is raised in a line is caught there by an `except` that names no class of it."""
    around = [node for node in ast.walk(tree) if isinstance(node, ast.Try)
              and node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)]  # fmt: skip
    above = {each.__name__ for each in raised.__mro__}
    for node in reversed(around):  # the innermost first: walk goes from the outside in
        for handler in node.handlers:
            names = {
                each.id for each in ast.walk(handler.type or ast.Name("Exception"))
                if isinstance(each, ast.Name)
            }  # fmt: skip
            if names & above:
                return bool(names & {"Exception", "BaseException"})
    return False


def _traced(function: Any, file: str, seen: Seen, tree: ast.AST) -> Any:
    """A call of the function under a tracer, which is taken away with it."""
    left = [MOST]

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != file:
            return None
        frame.f_trace_lines = False
        left[0] -= 1
        if event == "exception" and left[0] > 0 and issubclass(argument[0], SLIPS):
            place = (frame.f_lineno, f"{argument[0].__name__}: {argument[1]!s:.80}")
            place = seen._raised.setdefault(id(argument[1]), place)
            if seen.hidden is None and _catches_all(tree, frame.f_lineno, argument[0]):
                seen.hidden = place
        return trace

    def call(*args: Any, **kwargs: Any) -> Any:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            while error is not None:  # what came out was not hidden
                if seen._raised.get(id(error)) == seen.hidden:
                    seen.hidden = None
                error = error.__cause__ or error.__context__  # type: ignore[assignment]
            raise
        finally:
            sys.settrace(before)

    if isinstance(function, type):
        return function  # its methods are called later: only comparisons are looked at
    return call
