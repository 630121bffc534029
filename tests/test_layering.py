"""Who may import whom, read from the code's own imports; and what stands at the top."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT

PACKAGE = ROOT / "smtplab"
MODULES = sorted(PACKAGE.rglob("*.py"))

# DESIGN: what each layer may import of the others. "" is smtplab/__init__ itself, the façade.
ALLOWED = {
    "solutions": {"solutions"},
    "lab": {"lab", "mime", "words"},
    "command": {"words"},
    "kernel": {"command"},
    "words": {"words"},
    "translation": {"translation", "words"},
    "mime": {"mime", "words"},
    "judge": {"judge", "lab", "mime", "solutions", "words"},
    "exercises": {
        "command",
        "exercises",
        "judge",
        "lab",
        "mime",
        "solutions",
        "words",
    },
    "student": {"command", "student", "exercises", "judge", "solutions", "words"},
    "views": {"views", "exercises", "judge", "lab", "mime", "student", "words"},
    "__init__": {"views", "exercises", "judge", "student", "lab"},
    "doctor": {"command", "doctor", "exercises", "student", "words"},
    "serve": {"", "command", "lab"},
    "slides": {"exercises", "slides"},
    "book": {"book", "command", "exercises", "student", "words"},
    "__main__": {
        "",
        "book",
        "command",
        "doctor",
        "exercises",
        "serve",
        "slides",
        "student",
        "translation",
        "words",
    },
}
WIDGETS = {"IPython", "anywidget", "ipywidgets"}
TOP = {".ci", ".git", ".gitignore", "README.md", "notebooks", "pyproject.toml"}
TOP |= {"requirements.txt", "smtplab", "tests"}
# What tools and installing leave behind; git knows none of it.
LEFT_BEHIND = {".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "build", "smtplab.egg-info"}


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, source: str | None = None) -> Iterator[str]:
    """The full names of the modules that a file imports, wherever in it."""
    text = path.read_text(encoding="utf-8") if source is None else source
    package = ("smtplab", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*start, *filter(None, [node.module])))
            # `from . import views` imports a module, `from .views import show` a name of one.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def layers(path: Path, source: str | None = None) -> set[str]:
    """The layers of smtplab that a file imports."""
    known = {layer(module) for module in MODULES} - {"__init__"}
    found = set()
    for name in imported(path, source):
        first, *rest = name.split(".")
        if first == "smtplab":
            found.add(rest[0] if rest and rest[0] in known else "")
    return found


def others(path: Path) -> set[str]:
    """The packages and modules outside smtplab that a file imports."""
    return {name.split(".")[0] for name in imported(path)} - {"smtplab"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_the_layers_it_may(path: Path) -> None:
    assert layers(path) <= ALLOWED[layer(path)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_views_import_what_draws_in_a_notebook(path: Path) -> None:
    assert layer(path) == "views" or not others(path) & WIDGETS


def test_solutions_need_nothing_but_python() -> None:
    for path in MODULES:
        if layer(path) == "solutions":
            assert others(path) <= sys.stdlib_module_names, path


def test_transcripts_need_nothing_but_python() -> None:
    assert others(PACKAGE / "lab" / "transcript.py") <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("lab/provider.py", "from . import transcript", {"lab"}),
        ("lab/provider.py", "from .. import views", {"views"}),
        ("exercises/judge/run.py", "from ...views.card import text", {"views"}),
        ("solutions/auth.py", "def f():\n import smtplab.lab.mailbox", {"lab"}),
        ("exercises/auth.py", "from smtplab import check", {""}),
        ("__main__.py", "from .doctor import examine", {"doctor"}),
    ],
)
def test_these_eyes_see_every_way_to_import(path: str, source: str, found: set[str]) -> None:
    assert layers(PACKAGE / path, source) == found


def test_what_the_package_imports_is_what_it_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {line.split(">")[0].lower() for line in project["dependencies"]}
    used = set().union(*map(others, MODULES)) - set(sys.stdlib_module_names)
    # packaging and jupyter_core are looked for by the doctor, and come with JupyterLab. Whoever
    # calls what imports nbgrader is nbgrader.
    assert {name.lower() for name in used} - declared == {"packaging", "jupyter_core", "nbgrader"}
    # The rest is the front end, or what notebooks import.
    assert declared - {name.lower() for name in used} <= {"ipywidgets", "jupyterlab", "psutil"}


def test_the_top_holds_what_the_design_names_and_no_more() -> None:
    there = {path.name for path in ROOT.iterdir()}
    assert there - LEFT_BEHIND <= TOP
    assert there >= TOP - {".git"}
