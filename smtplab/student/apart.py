"""The process in which a submission is judged: whatever it does there, it does to itself.

Theory of operation. `grading.py` starts this process, writes the cells of a submission to its
standard input, and reads a line of JSON for each thing that is begun and for each verdict. A
process that ends, or says nothing for long, is followed by another, without what was begun last.

Of a notebook only what an answer is made of runs: the cells that define an exercise, and elsewhere
imports, definitions and constants. It runs in this process's own empty folder. What an exercise
needs of others is the student's own where that passed, and else the reference.

What is judged and what judges share the process. So what Python and the course are made of is noted
before anything of the student's runs, and looked at after each step; the course cannot be imported;
after a pass a function that does nothing is judged too, and must not pass; and nothing is written
elsewhere, started, or connected to beyond loopback. Code that rewrites the memory of its process
from C is out of reach of this, and so is what is true of every check: a copied answer passes.
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
from ..judge.formatting import described
from ..judge.run import run
from ..judge.standins import PROCESSES
from .my_client import LENT
from .notebooks import defines
from .said import WORDS

__all__ = ["main"]

KEPT = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
MAGIC = re.compile(r"(?m)^([ \t]*)[%!].*")  # lines that are IPython's and no Python
GIB = 1 << 30
# Audit events that change a file, and which of their arguments are names.
CHANGES = {
    "os.chmod": (0,), "os.chown": (0,), "os.link": (1,), "os.mkdir": (0,), "os.remove": (0,),
    "os.rename": (0, 1), "os.rmdir": (0,), "os.symlink": (1,), "os.truncate": (0,),
    "os.utime": (0,),
}  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
ELSEWHERE = ("socket.", "ssl.", "threading.", "smtplab.")  # whose classes are looked into


def main() -> NoReturn:
    """Judge what standard input holds: see `grading.py` for what is asked and told."""
    asked = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "r+b") as nothing:
        for number in (0, 1, 2):
            os.dup2(nothing.fileno(), number)

    def tell(kind: str, value: Any) -> None:
        print(json.dumps([asked["key"], kind, value]), file=out, flush=True)

    references = {name: reference(name) for name in known()}
    unchanged = _sealed()
    _bounded(os.path.realpath(os.getcwd()))
    work = _Work(asked, references)
    for index, text in enumerate(work.cells):
        if index not in asked["without"]:
            tell("cell", index)
            work.load(index, text)
            if not unchanged():
                tell("changed", None)
                os._exit(0)
    work.names.update({name: references[name] for name in asked["lent"]})
    for name in asked["exercises"]:
        tell("exercise", name)
        verdict = work.judge(name)
        stuck = verdict.status == "stuck"
        if not stuck and (not unchanged() or (verdict.passed and judge(_idle(name)).passed)):
            verdict = Verdict(
                exercise=name, status="failed", sentence=WORDS("apart.changed", name=name),
                reason="judge-changed",
            )  # fmt: skip
        tell("verdict", vars(verdict))
        if stuck or verdict.reason == "judge-changed":
            break  # what is left of it is not to trouble the others
        if not verdict.passed:
            work.names[name] = references[name]
    os._exit(0)


class _Work:
    """The names that a submission defines, as far as they came to be."""

    def __init__(self, asked: Mapping[str, Any], references: Mapping[str, Any]) -> None:
        self.cells: list[str] = asked["cells"]  # as they run: without what is IPython's
        self.notebook: bool = asked["notebook"]
        self.references = references
        name = "__main__" if self.notebook else "my_client"
        self.names: dict[str, Any] = {**references, "__name__": name, "In": self.cells}
        self.troubles: dict[int, str] = {}

    def load(self, index: int, text: str) -> None:
        """Run what an answer is made of in one cell."""
        file = f"<cell {index + 1}>"
        try:
            tree = sources.parsed(text)
        except SyntaxError:
            text = self.cells[index] = MAGIC.sub(r"\1pass", text)
        try:
            tree = sources.parsed(text)
        except (SyntaxError, ValueError, RecursionError) as error:
            self.troubles[index] = described(error)
            return
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        result = run(self._execute, (tree, file), files=frozenset({file}))
        if result.timed_out:
            self.troubles[index] = WORDS("apart.no-end")
        elif result.error is not None:
            self.troubles[index] = described(result.error)

    def _execute(self, tree: ast.Module, file: str) -> None:
        """Run statement by statement: one that raises takes no other with it. Raise the first."""
        defined = [node.name for node in tree.body if isinstance(node, sources.Definition)]
        whole = not self.notebook or any(name in self.references for name in defined)
        first = None
        for node in tree.body:
            if not (whole or isinstance(node, KEPT) or _is_constant(node)):
                continue
            name = node.name if isinstance(node, sources.Definition) else ""
            before = self.names.get(name)
            try:
                exec(compile(ast.Module([node], []), file, "exec", dont_inherit=True), self.names)
                # A stub takes no answer's place, and what is lent is nobody's answer.
                lent = name and linecache.getline(file, node.lineno - 1) == LENT
                if name in self.references and (lent or sources.is_stub(self.names[name])):
                    self.names[name] = before
            except Exception as error:
                first = first or error
        if first is not None:
            raise first

    def judge(self, name: str) -> Verdict:
        value = self.names[name]
        if value is self.references[name]:
            troubles = (self.troubles.get(i) for i, c in enumerate(self.cells) if defines(name, c))
            if trouble := next(filter(None, troubles), ""):
                sentence = WORDS("apart.cell", name=name, trouble=trouble)
                return Verdict(exercise=name, status="error", sentence=sentence, reason="cell")
            sentence = WORDS("apart.not-written", name=name)
            return Verdict(exercise=name, status="not_attempted", sentence=sentence)
        verdict = judge(value)
        if verdict.exercise == name:
            return verdict
        sentence = WORDS("apart.other-name", name=name)
        return Verdict(exercise=name, status="error", sentence=sentence, reason="other-name")


def _is_constant(node: ast.stmt) -> bool:
    """Whether it is one of the values that a check lets a function take from its notebook."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [part.id for each in targets for part in ast.walk(each) if isinstance(part, ast.Name)]
    return all(map(str.isupper, names)) or isinstance(node.value, ast.Lambda | ast.Name)


def _idle(name: str) -> Callable[..., None]:
    """A wrong answer to any exercise."""

    def idle(*args: Any, **kwargs: Any) -> None:
        pass

    idle.__name__ = idle.__qualname__ = name
    return idle


def _sealed() -> Callable[[], bool]:
    """Take the course out of reach; return what says whether all is still as it is now."""
    spaces: list[tuple[Mapping[str, Any], dict[str, Any]]] = []
    codes: list[tuple[FunctionType, Any]] = []
    classes: set[type] = set()

    def note(space: Mapping[str, Any]) -> None:
        made = {n: v for n, v in tuple(space.items()) if callable(v) or hasattr(v, "__get__")}
        spaces.append((space, made))
        for value in made.values():
            if not f"{getattr(value, '__module__', '')}.".startswith(ELSEWHERE):
                continue
            if isinstance(value, FunctionType):
                codes.append((value, value.__code__))
            elif isinstance(value, type) and value not in classes:
                classes.add(value)
                note(vars(value))

    for name, module in tuple(sys.modules.items()):
        if name != "__main__":
            note(getattr(module, "__dict__", {}))
        if name.partition(".")[0] == "smtplab":
            del sys.modules[name]
    sys.meta_path.insert(0, _NoCourse())
    return lambda: (
        all(space.get(n) is v for space, made in spaces for n, v in made.items())
        and all(function.__code__ is code for function, code in codes)
    )


class _NoCourse:
    """Finds no module of the course: an answer is made of Python's own library."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] == "smtplab":
            raise ModuleNotFoundError(WORDS("apart.no-course"), name=name)


def _bounded(folder: str) -> None:
    """Let this process take little, and change nothing outside its folder."""
    if sys.platform == "linux":
        import resource

        for what, most in (
            (resource.RLIMIT_AS, 4 * GIB),
            (resource.RLIMIT_FSIZE, GIB // 16),
            (resource.RLIMIT_CORE, 0),
        ):
            with suppress(ValueError, OSError):  # it may be less already
                resource.setrlimit(what, (most, most))

    def own(path: Any, at: Any = -1) -> bool:
        if isinstance(path, int) or path == os.devnull:
            return True
        if at not in (-1, None):
            path = os.path.join(os.path.realpath(f"/proc/self/fd/{at}"), os.fsdecode(path))
        return f"{os.path.realpath(os.fsdecode(path))}{os.sep}".startswith(folder + os.sep)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            refused = isinstance(args[2], int) and bool(args[2] & WRITES) and not own(args[0])
        elif event in CHANGES:
            at = -1 if event == "os.truncate" else args[-1]  # a folder that is open
            refused = not all(own(args[number], at) for number in CHANGES[event])
        elif event in ("socket.connect", "socket.sendto"):
            host = args[1][0] if isinstance(args[1], tuple) else "127."
            refused = not str(host).startswith(("127.", "::1", "localhost"))
        else:
            refused = event in PROCESSES or event in ("gc.get_objects", "gc.get_referrers")
        if refused:
            raise PermissionError(WORDS("apart.refused", event=event))

    sys.addaudithook(hook)
