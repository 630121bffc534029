"""A function as text: what it takes along, what it names, and what cannot go along."""

import ast
import builtins
import contextlib
import functools
import gc
import linecache
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import _modified_open

from smtplab.judge import source as sources
from smtplab.judge.source import Source, files_of, is_stub

from .student import function, load

KNOWN = frozenset({"read_reply", "LineReader", "ReplyError"})


def read(folder: Path, text: str, name: str = "task") -> Source:
    found = sources.read(load(folder, text)[name], KNOWN)
    assert found is not None
    return found


def test_the_text_is_the_definitions_own_with_its_comments(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        before = 1

        def task(a,
                 b=2):
            # a comment
            return a  # another

        after = 2
        """,
    )
    assert found.line == 3
    assert found.text == ("def task(a,\n         b=2):\n    # a comment\n    return a  # another\n")


def test_imports_constants_and_helpers_go_along_in_an_order_that_works(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        import base64
        from hashlib import md5 as digest
        import os.path

        CRLF = b"\\r\\n"
        LIMIT: int = len(CRLF) * 500
        unused = 3

        class Refused(Exception):
            pass

        def inner(x):
            return digest(x)

        def helper(x, limit=LIMIT):
            return inner(x)

        def task(line):
            if os.path.sep: raise Refused
            return base64.b64encode(helper(line)) + CRLF
        """,
    )
    assert sorted(found.imports) == [
        "from hashlib import md5 as digest",
        "import base64",
        "import os.path",
    ]
    names = list(found.helpers)
    assert set(names) == {"CRLF", "LIMIT", "Refused", "helper", "inner"}
    assert names.index("LIMIT") < names.index("helper")
    assert names.index("CRLF") < names.index("LIMIT")
    assert found.helpers["Refused"] == "class Refused(Exception):\n    pass\n"


def test_a_decorated_helper_keeps_its_decorators(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        from dataclasses import dataclass

        @dataclass(frozen=True)
        class Reply:
            code: int
            text: str

        def task(): return Reply(220, "ready")
        """,
    )
    assert found.helpers["Reply"].startswith("@dataclass(frozen=True)\nclass Reply:")
    assert found.imports == ["from dataclasses import dataclass"]
    assert found.problems == []


def test_what_is_read_keeps_its_decorators_and_brings_what_they_need(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        from dataclasses import dataclass, field as of

        BEGIN = b""

        @dataclass
        class task:
            sock: object
            kept: bytes = of(default=BEGIN)

            def read(self): return self.kept
        """,
    )
    assert found.text.startswith("@dataclass\nclass task:\n    sock: object\n")
    assert found.line == 5
    assert found.imports == [
        "from dataclasses import dataclass",
        "from dataclasses import field as of",
    ]
    assert found.helpers == {"BEGIN": 'BEGIN = b""\n'}
    assert found.problems == []


def test_a_function_under_a_decorator_that_wraps_it_is_read_whole(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        import functools
        from contextlib import contextmanager

        def patient(function):
            @functools.wraps(function)
            def again(*args):
                return function(*args)
            return again

        @contextmanager
        def opened(x):
            yield x

        @patient
        def task(x):
            with opened(x) as y:
                return y
        """,
    )
    assert found.text.startswith("@patient\ndef task(x):\n    with opened")
    assert list(found.helpers) == ["patient", "opened"]
    assert found.helpers["opened"].startswith("@contextmanager\ndef opened(x):")
    assert sorted(found.imports) == ["from contextlib import contextmanager", "import functools"]
    assert found.problems == []


def test_a_function_that_says_it_stands_around_itself_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "def task(x): return x\ntask.__wrapped__ = task\n")
    assert found.text == "def task(x): return x\n"


def test_two_names_of_one_statement_go_along_as_one(tmp_path: Path) -> None:
    found = read(tmp_path, "CR, LF = b'\\r', b'\\n'\ndef task(): return CR + LF")
    assert set(found.helpers) == {"CR", "LF"}
    assert len(set(found.helpers.values())) == 1


@pytest.mark.parametrize(
    "text",
    [
        "TABLE = {}\nfor n in range(4): TABLE[n] = n * n\n",
        "TABLE = dict.fromkeys(range(4))\nTABLE.update((n, n * n) for n in TABLE)\n",
        "TABLE = [0, 1, 4]\nTABLE += [9]\n",
        "TABLE = ()\nfor n in range(4): TABLE = (*TABLE, n * n)\n",
        "TABLE = {}\ndef fill(n): TABLE[n] = n * n\nfor n in range(4): fill(n)\n",
        "def is_(n):\n    def noted(f):\n        TABLE[n] = f(n)\n    return noted\n"
        "TABLE = {}\n@is_(3)\ndef nine(n): return n * n\n",
    ],
)
def test_what_fills_a_table_goes_along_with_it(tmp_path: Path, text: str) -> None:
    shown = "print(TABLE)\nprint(task(3))\n"
    found = read(tmp_path, text + "def task(x): return TABLE[x]\n" + shown)
    written = "\n".join(found.helpers.values()) + found.text
    assert "print" not in written
    kept: dict[str, Any] = {}
    exec(written, kept)
    assert kept["task"](3) == 9


def test_a_lambda_is_a_helper(tmp_path: Path) -> None:
    found = read(tmp_path, "strip = lambda x: x.strip()\ndef task(x): return strip(x)")
    assert found.helpers == {"strip": "strip = lambda x: x.strip()\n"}


def test_other_exercises_are_named_and_not_copied(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        def read_reply(reader): return reader
        class ReplyError(Exception): pass
        def helper(x): return read_reply(x)
        def task(x):
            try: return helper(x)
            except ReplyError: return None
        """,
    )
    assert sorted(found.needs) == ["ReplyError", "read_reply"]
    assert list(found.helpers) == ["helper"]


@pytest.mark.parametrize(
    "text",
    [
        "def task(sock): return [sock for sock in (1, 2)]",
        "def task():\n    x = 1\n    def inner(): return x\n    return inner()",
        "def task(): return sorted(map(str, range(3)), key=len)",
        "def task(x: int = 3) -> str: return str(x)",
        "def task(x): return task(x - 1) if x else __name__",
        "class task:\n    size = 3\n    other = size\n    def get(self): return task.size",
        "def task():\n    global made\n    made = 1\n    return made",
    ],
)
def test_what_is_a_functions_own_needs_nothing(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert (found.imports, found.helpers, found.needs, found.problems) == ([], {}, [], [])


def problems(folder: Path, text: str, **more: Any) -> list[tuple[str, str, int]]:
    names = load(folder, text)
    names |= more
    found = sources.read(names["task"], KNOWN)
    assert found is not None
    return [(problem.kind, problem.name, problem.line) for problem in found.problems]


def test_a_variable_of_another_cell_is_a_problem(tmp_path: Path) -> None:
    text = "def task():\n    return sock.recv(1)"
    assert problems(tmp_path, text, sock=object()) == [("global", "sock", 2)]


def test_an_open_connection_is_never_a_constant(tmp_path: Path) -> None:
    text = """
        import socket
        SOCK = socket.socket()
        SOCK.close()
        FILE = open(__file__)
        FILE.close()
        def task():
            return SOCK.recv(1), FILE
    """
    found = problems(tmp_path, text)
    assert set(found) == {("global", "SOCK", 7), ("global", "FILE", 7)}


@pytest.mark.parametrize(
    "text",
    [
        "import psutil\ndef task():\n    return psutil.pids()",
        "from psutil import pids\ndef task():\n    return pids()",
        "from psutil import *\ndef task():\n    return pids()",
        "def task():\n    import psutil",
        "def task():\n    from psutil import pids",
        "import psutil as os\ndef task():\n    return os.pids()",
    ],
)
def test_only_the_standard_library_goes_along(tmp_path: Path, text: str) -> None:
    ((kind, _, line),) = problems(tmp_path, text)
    assert kind == "third-party"
    assert line == len(text.splitlines())


def test_the_problem_of_a_helper_has_no_line_in_the_function(tmp_path: Path) -> None:
    text = "import psutil\ndef helper(): return psutil.pids()\ndef task(): return helper()"
    assert problems(tmp_path, text) == [("third-party", "psutil", 0)]


def test_ipythons_own_names_are_told_from_pythons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Exit:
        __module__ = "ipykernel.zmqshell"

    monkeypatch.setattr(builtins, "display", print, raising=False)
    monkeypatch.delattr(builtins, "exit")  # IPython hides it
    text = "def task():\n    with open('x') as f: display(f)\n    exit()"
    found = problems(tmp_path, text, open=_modified_open, exit=Exit())
    assert set(found) == {("third-party", "display", 2), ("exit", "exit", 3)}


# What has no text, and what is no function


@pytest.mark.parametrize(
    "thing",
    [
        len, functools.partial(len), lambda: 3, object(), 3, None, type("Made", (), {}), int,
        contextlib.nullcontext, ValueError,
    ],
)  # fmt: skip
def test_what_has_no_text_of_its_own_is_read_without_harm(thing: Any) -> None:
    if hasattr(thing, "__name__") or isinstance(thing, type):
        found = sources.read(thing, KNOWN)
        assert found is None or isinstance(found, Source)
    assert isinstance(files_of(thing), frozenset)
    assert is_stub(thing) is False


def test_a_function_out_of_a_string_has_no_text() -> None:
    namespace: dict[str, Any] = {"__name__": "x"}
    exec("def task(): return 1", namespace)
    assert sources.read(namespace["task"], KNOWN) is None
    assert files_of(namespace["task"]) == {"<string>"}


def test_the_newer_of_two_definitions_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "def task(): return 1\n\ndef task(): return 2\n")
    assert found.text == "def task(): return 2\n"
    assert found.line == 3


def test_a_class_that_holds_itself_is_read(tmp_path: Path) -> None:
    names = load(tmp_path, "class task:\n    def get(self): return 1\ntask.me = task")
    assert files_of(names["task"])
    assert sources.read(names["task"], KNOWN) is not None


class Hostile:
    """What lies about in a notebook: an object that objects to being looked at."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise RuntimeError

    __eq__ = __hash__ = __bool__ = None  # type: ignore[assignment]


def test_a_notebook_full_of_hostile_objects_is_read(tmp_path: Path) -> None:
    names = load(tmp_path, "def task():\n    return hostile")
    names |= {"__name__": "__main__", "hostile": Hostile(), "In": ["", "x = (", None]}
    assert files_of(names["task"])
    found = sources.read(names["task"], KNOWN)
    assert found is not None
    assert [problem.name for problem in found.problems] == ["hostile"]


def cell(text: str, namespace: dict[str, Any]) -> None:
    """Run a cell as IPython does: a file name of its own, and its text in In."""
    namespace.setdefault("In", [""]).append(text)
    name = f"<cell {len(namespace['In'])} of {id(namespace)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec", dont_inherit=True), namespace)


def test_what_other_cells_define_is_found(tmp_path: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cell("import base64\nfrom hashlib import md5", namespace)
    cell("%matplotlib inline".replace("%", "# %"), namespace)
    cell("CRLF = b'\\r\\n'\nlower = 3", namespace)
    cell("class Refused(Exception): pass", namespace)
    cell("def helper(x):\n    return md5(x)", namespace)
    cell("def task(x):\n    if lower: raise Refused\n    return base64, helper(x), CRLF", namespace)
    found = sources.read(namespace["task"], KNOWN)
    assert found is not None
    assert sorted(found.imports) == ["from hashlib import md5", "import base64"]
    assert set(found.helpers) == {"helper", "CRLF", "Refused"}
    assert [(p.kind, p.name) for p in found.problems] == [("global", "lower")]
    assert len(files_of(namespace["task"])) == 2  # the helper's lines are the student's too


def test_the_newest_cell_counts(tmp_path: Path) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cell("LIMIT = 1", namespace)
    cell("def task(): return LIMIT", namespace)
    cell("LIMIT = 2", namespace)
    found = sources.read(namespace["task"], KNOWN)
    assert found is not None
    assert found.helpers == {"LIMIT": "LIMIT = 2\n"}


def test_what_is_parsed_in_a_finalizer_meanwhile_does_no_harm(tmp_path: Path) -> None:
    """Up to Python 3.11.7 that is a SystemError, when the collector runs within ast.parse."""
    task = function(tmp_path, "def task():\n    return [(1, {2: 3}), [4, 5]] * 6\n" * 20)

    class Parses:
        """For the collector, which finds the next one whenever it comes."""

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            ast.parse("x = (1, 2)")
            if gc.get_threshold() != before:
                Parses()

    before = gc.get_threshold()
    gc.set_threshold(50)
    try:
        Parses()
        for _ in range(5):
            assert sources.read(task, KNOWN) is not None
    finally:
        gc.set_threshold(*before)
        gc.collect()
    assert gc.isenabled()


# Stubs


@pytest.mark.parametrize(
    ("text", "stub"),
    [
        ("def task(): raise NotImplementedError", True),
        ('def task():\n    """Say."""\n    raise NotImplementedError', True),
        ('def task():\n    """Say."""\n    raise NotImplementedError("not yet")', True),
        ("def task():\n    x = 1\n    raise NotImplementedError", False),
        ("def task():\n    return 1", False),
        ("def task():\n    raise ValueError", False),
        ("async def task(): raise NotImplementedError", True),
        (
            "class task:\n    def __init__(self): self.x = 1\n"
            "    def get(self): raise NotImplementedError",
            True,
        ),
        (
            "class task:\n    def get(self): raise NotImplementedError\n    def put(self): pass",
            False,
        ),
        ("class task:\n    def __init__(self): pass", False),
    ],
)
def test_a_stub_is_what_nobody_has_touched(tmp_path: Path, text: str, stub: bool) -> None:
    assert is_stub(function(tmp_path, text)) is stub
