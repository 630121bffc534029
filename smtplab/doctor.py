"""What keeps the course from running on this machine, and the cure of each.

Everything here runs with the standard library alone, on old Pythons too: the doctor is called
when something is missing. What is missing may be any package, so none is imported at the top.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from smtplab.command import CHECKOUT, FIRST_LESSON, command_line, notebooks, this_python

__all__ = ["Finding", "examine"]

OLDEST = (3, 11)
MEGABYTE = 1_000_000
MEMORY_NEEDED = 400 * MEGABYTE  # JupyterLab and one kernel take about 300 MB
DISK_NEEDED = 100 * MEGABYTE
# What JupyterLab shows widgets with, and the packages that bring it.
EXTENSIONS = {
    "jupyterlab-widgets": Path("@jupyter-widgets", "jupyterlab-manager"),
    "anywidget": Path("anywidget"),
}


class Finding(NamedTuple):
    """One thing that was looked at: `cure` is "" when nothing must be done."""

    what: str
    cure: str = ""


def examine(folder: Path | None = None) -> Iterator[Finding]:
    """Look at everything, and yield a finding for each thing, good or bad.

    folder is where the notebooks are; None means where the course itself would look.
    """
    folder = folder or notebooks()
    yield from python()
    if sys.version_info >= OLDEST:
        yield from packages(["smtplab", *requirements()])
        yield from front_end()
        yield from jupyter()
    yield from loopback()
    yield from writable(folder)
    yield from memory(free_memory())
    yield from disk(folder)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Finding]:
    name = "Python " + ".".join(map(str, version))
    if version >= OLDEST:
        yield Finding(f"{name} at {sys.executable}")
    else:
        oldest = ".".join(map(str, OLDEST))
        yield Finding(
            f"{name} is too old: the course needs {oldest} or later",
            f"install Python {oldest} or later, then run README's first command with it",
        )


def requirements() -> list[str]:
    """What the course needs, as pyproject.toml says it."""
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(project["project"]["dependencies"])


def packages(needed: Iterable[str]) -> Iterator[Finding]:
    """Compare what is installed with what is needed ("psutil>=6,<8")."""
    lacking = [problem for problem in map(_lack, needed) if problem]
    if lacking:
        yield Finding("of the packages, " + "; ".join(lacking), install_cure())
    else:
        yield Finding("every package that the course needs, in a version that fits")


def _lack(requirement: str) -> str:
    """Say in which way an installed package does not meet a requirement, "" if it does."""
    name = re.split(r"[^\w.-]", requirement)[0]
    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is missing"
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return ""  # packaging comes with JupyterLab: what is missing is said there
    wanted = Requirement(requirement)
    if wanted.specifier.contains(installed, prereleases=True):
        return ""
    return f"{name} is {installed}, and the course needs {wanted.specifier}"


def install_cure() -> str:
    """The line to paste when a package is missing from this Python."""
    own = CHECKOUT / ".venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if sys.prefix == sys.base_prefix:
        if own.parent.is_dir():
            return f"use the course's own Python: {command_line('doctor', executable=own)}"
        return "make the course's own environment with README's first command"
    needed = subprocess.list2cmdline([str(CHECKOUT / "requirements.txt")])
    return f"{this_python()} -m pip install -r {needed}"


def front_end() -> Iterator[Finding]:
    """Look for the part of the widgets that JupyterLab shows in the browser."""
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return  # without Jupyter there is more to do first, and `packages` says it
    folders = [Path(folder, "labextensions") for folder in jupyter_path()]
    lacking = [
        package
        for package, path in EXTENSIONS.items()
        if not any((folder / path / "package.json").is_file() for folder in folders)
    ]
    if not lacking:
        yield Finding("JupyterLab can show widgets")
    for package in lacking:
        yield Finding(
            f"JupyterLab cannot show widgets: the extension of {package} is missing",
            f"{this_python()} -m pip install --force-reinstall --no-deps {package}",
        )


def jupyter() -> Iterator[Finding]:
    """Try to write where Jupyter keeps what runs, and what it remembers: in the home folder."""
    try:
        from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir
    except ImportError:
        return
    for folder in map(Path, (jupyter_data_dir(), jupyter_runtime_dir())):
        # What is not there yet Jupyter makes, in what is there.
        there = next(one for one in (folder, *folder.parents) if os.path.exists(one))
        if refused := _refuses(there):
            cure = f"name a home folder that you can write into: HOME=DIR {command_line()}"
            if sys.platform == "win32":
                cure = f"get the right to write into {there}"
            elif Path.home() in (there, *there.parents):
                name = shlex.quote(str(there))
                cure = f'make the folder yours (sudo chown -R "$(id -un)" {name}), or {cure}'
            yield Finding(f"Jupyter cannot write into {there} ({refused})", cure)
            return
    yield Finding("Jupyter can write into its folders")


def loopback() -> Iterator[Finding]:
    """Connect to ourselves, as every lesson does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(3)
            with socket.create_connection(listener.getsockname(), timeout=3):
                listener.accept()[0].close()
    except OSError as error:
        yield Finding(
            f"no connection to 127.0.0.1 can be made ({error})",
            "bring loopback up (Linux: ip link set lo up), or let this Python through the firewall",
        )
    else:
        yield Finding("connections to 127.0.0.1 work")


def writable(folder: Path) -> Iterator[Finding]:
    """Try to write where the notebooks are."""
    if not (folder / FIRST_LESSON).is_file():
        yield Finding(
            f"there are no notebooks in {folder}",
            "start from the folder that README is in, or set SMTPLAB_FOLDER to the notebooks'",
        )
        return
    if refused := _refuses(folder):
        yield Finding(
            f"nothing can be written into {folder} ({refused})",
            f"copy the course to a folder of your own, or get the right to write into {folder}",
        )
    else:
        yield Finding(f"the notebooks are in {folder}, and can be written")


def _refuses(folder: Path) -> str:
    """Why nothing can be written into a folder, "" when it can: permissions alone do not tell."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def free_memory() -> int | None:
    """Free memory in octets, or None where nothing tells."""
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def memory(free: int | None) -> Iterator[Finding]:
    if free is not None:
        cure = "close other programs, or shut down kernels that you no longer use"
        yield _room(free, MEMORY_NEEDED, "of memory are free", cure)


def disk(folder: Path) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # a folder that is not there has its own finding
    yield _room(free, DISK_NEEDED, f"are free on the disk of {folder}", "make room on that disk")


def _room(free: int, needed: int, where: str, cure: str) -> Finding:
    what = f"{free // MEGABYTE} MB {where}"
    if free >= needed:
        return Finding(what)
    return Finding(f"{what}, and the course wants {needed // MEGABYTE} MB", cure)
