"""The process in which one exercise of a submission is judged: what it does, it does to itself.

Theory of operation. `grading.py` starts this process for one exercise, writes the cells to its
standard input, and reads a verdict at its end. Only what an answer is made of runs, in an empty
folder: the cell that defines the exercise, and elsewhere imports, definitions and constants. What
the exercise needs of others is the student's own where that has passed, and else the reference.

What is judged and what judges share the process. So what Python and the course are made of is
noted before anything of the student's runs, and looked at afterwards; the course cannot be
imported; after a pass a function that does nothing is judged too, and must not pass; no file
elsewhere is changed, and no process started. What this does not stop is code written against this
very module, whose memory it shares; and a copied answer passes, as it does everywhere.
"""

import ast
import json
import linecache
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FunctionType
from typing import Any, NoReturn

from ..exercises import Verdict, judge, known, reference
from ..judge import source as sources
from ..judge import trees
from ..judge.formatting import described
from ..judge.run import run
from ..judge.standins import PROCESSES
from .my_client import LENT
from .notebooks import defines
from .said import WORDS

__all__ = ["main"]

KEPT = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
MAGIC = re.compile(r"(?m)^([ \t]*)[%!].*")  # lines that are IPython's and no Python
MIB = 1 << 20
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink",
           "os.truncate")  # fmt: skip
OPENED = ("smtplab.", "socket.", "ssl.", "threading.")  # whose functions and classes are noted


def main() -> NoReturn:
    """Judge what standard input asks for, and write the verdict to standard output."""
    asked = json.loads(sys.stdin.buffer.read())
    name = asked["exercise"]
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "r+b") as nothing:
        for number in (0, 1, 2):
            os.dup2(nothing.fileno(), number)
    references = {each: reference(each) for each in known()}
    unchanged = _sealed()
    _bounded(os.path.realpath(os.getcwd()), asked["seconds"])
    work = _Work(asked, references)
    trouble = work.load()
    if work.names[name] is references[name]:
        key = "apart.cell" if trouble else "apart.not-written"
        status: Any = "error" if trouble else "not_attempted"
        verdict = Verdict(
            exercise=name, status=status, sentence=WORDS(key, name=name, trouble=trouble)
        )
    else:
        verdict = judge(work.names[name])
        wrong = ""
        if verdict.exercise != name:
            wrong = "apart.other-name"
        elif verdict.passed and not (unchanged() and not judge(_idle(name)).passed):
            wrong = "apart.changed"
        if wrong:
            verdict = Verdict(exercise=name, status="failed", sentence=WORDS(wrong, name=name))
    print(json.dumps([asked["key"], vars(verdict)]), file=out, flush=True)
    os._exit(0)


class _Work:
    """The names that a submission defines, as far as they came to be."""

    def __init__(self, asked: Mapping[str, Any], references: Mapping[str, Any]) -> None:
        self.cells: list[str] = asked["cells"]  # as they run: without what is IPython's
        self.wanted = {asked["exercise"], *asked["passed"]}
        self.exercise = asked["exercise"]
        self.module = not asked["notebook"]
        name = "my_client" if self.module else "__main__"
        self.names: dict[str, Any] = {**references, "__name__": name, "In": self.cells}

    def load(self) -> str:
        """Run what an answer is made of; return what was wrong in a cell of the exercise, or ""."""
        trouble = ""
        for index, cell in enumerate(self.cells):
            file, found = f"<cell {index + 1}>", ""
            text = self.cells[index] = cell if _is_python(cell) else MAGIC.sub(r"\1pass", cell)
            try:
                tree = trees.parsed(text)
            except (SyntaxError, ValueError, RecursionError) as error:
                found = described(error)
            else:
                linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
                result = run(self._execute, (tree, file), files=frozenset({file}))
                if result.timed_out or result.error:
                    found = described(result.error) if result.error else WORDS("apart.no-end")
            if defines(self.exercise, text):
                trouble = trouble or found
        return trouble

    def _execute(self, tree: ast.Module, file: str) -> None:
        """Run statement by statement: one that raises takes no other with it. Raise the first."""
        names = {node.name for node in tree.body if isinstance(node, trees.Definition)}
        whole, first = self.module or not names.isdisjoint(self.wanted), None
        for node in tree.body:
            name = node.name if isinstance(node, trees.Definition) else ""
            lent = linecache.getline(file, node.lineno - 1) == LENT
            if name in known() and (name not in self.wanted or lent):
                continue
            if not (whole or isinstance(node, KEPT) or _is_constant(node)):
                continue
            before = self.names.get(name)
            try:
                exec(compile(ast.Module([node], []), file, "exec", dont_inherit=True), self.names)
                if name in known() and sources.is_stub(self.names[name]):
                    self.names[name] = before  # a stub takes no answer's place
            except Exception as error:
                first = first or error
        if first is not None:
            raise first


def _is_python(text: str) -> bool:
    with suppress(SyntaxError, ValueError, RecursionError):
        return bool(trees.parsed(text))
    return False


def _is_constant(node: ast.stmt) -> bool:
    """Whether it is one of the values that a check lets a function take from its notebook."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    plain = isinstance(node.value, ast.Lambda | ast.Name)
    return all(isinstance(each, ast.Name) and (plain or each.id.isupper()) for each in targets)


def _idle(name: str) -> Callable[..., None]:
    """A wrong answer to any exercise."""

    def idle(*args: Any, **kwargs: Any) -> None:
        pass

    idle.__name__ = idle.__qualname__ = name
    return idle


def _sealed() -> Callable[[], bool]:
    """Take the course out of reach; return what says whether all is still as it is now."""
    noted: list[tuple[Mapping[str, Any], str, Any]] = []
    codes: dict[FunctionType, Any] = {}
    classes: set[type] = set()

    def note(space: Mapping[str, Any]) -> None:
        for name, value in tuple(space.items()):
            if callable(value) or hasattr(value, "__get__"):
                noted.append((space, name, value))
            if not f"{getattr(value, '__module__', '')}.".startswith(OPENED):
                continue
            if isinstance(value, FunctionType):
                codes[value] = value.__code__
            elif isinstance(value, type) and value not in classes:
                classes.add(value)
                note(vars(value))

    for name, module in tuple(sys.modules.items()):
        if name != "__main__":
            note(getattr(module, "__dict__", {}))
        if name.partition(".")[0] == "smtplab":
            sys.modules[name] = None  # type: ignore[assignment]  # import raises ImportError
    return lambda: (
        all(space.get(name) is value for space, name, value in noted)
        and all(function.__code__ is code for function, code in codes.items())
    )


def _bounded(folder: str, seconds: int) -> None:
    """Let this process take little, start nothing, and change no file outside its folder."""
    if sys.platform != "win32":
        import resource

        limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_FSIZE: 64 * MIB}
        if sys.platform == "linux":
            limits[resource.RLIMIT_AS] = 4096 * MIB
        for what, most in limits.items():
            with suppress(ValueError):  # it may be less already
                resource.setrlimit(what, (most, most))

    def elsewhere(path: Any) -> bool:
        if isinstance(path, int) or path == os.devnull:
            return False
        inside = os.path.join(folder, "")
        return not os.path.join(os.path.realpath(os.fsdecode(path)), "").startswith(inside)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        changes = event in CHANGES or (event == "open" and args[2] and args[2] & WRITES)
        if (changes and any(map(elsewhere, args[: 2 if event == "os.rename" else 1]))) or (
            event in PROCESSES or event in ("gc.get_objects", "gc.get_referrers")
        ):
            raise PermissionError(WORDS("apart.refused", event=event))

    sys.addaudithook(hook)
