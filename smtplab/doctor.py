"""What keeps the course from running on this machine, and the cure of each.

Everything here runs with the standard library alone: the doctor is called when something is
missing. What is missing may be any package, so none is imported at the top. A Python that is too
old is told so in English, for it reads no words.
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

from smtplab.command import CHECKOUT, FIRST_LESSON, command_line, notebooks, say, this_python

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
        yield Finding(say("doctor.python", name=name, path=sys.executable))
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
        yield Finding(say("doctor.packages-lack", what="; ".join(lacking)), install_cure())
    else:
        yield Finding(say("doctor.packages"))


def _lack(requirement: str) -> str:
    """Say in which way an installed package does not meet a requirement, "" if it does."""
    name = re.split(r"[^\w.-]", requirement)[0]
    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return say("doctor.lacks", name=name)
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return ""  # packaging comes with JupyterLab: what is missing is said there
    wanted = Requirement(requirement)
    if wanted.specifier.contains(installed, prereleases=True):
        return ""
    return say("doctor.other", name=name, installed=installed, wanted=wanted.specifier)


def install_cure() -> str:
    """The line to paste when a package is missing from this Python."""
    own = CHECKOUT / ".venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if sys.prefix == sys.base_prefix:
        if own.parent.is_dir():
            return say("doctor.own-python", line=command_line("doctor", executable=own))
        return say("doctor.make-environment")
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
        yield Finding(say("doctor.widgets"))
    for package in lacking:
        yield Finding(
            say("doctor.no-widgets", package=package),
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
            cure = say("doctor.other-home", line=f"HOME=DIR {command_line()}")
            if sys.platform == "win32":
                cure = say("doctor.right-to-write", folder=there)
            elif Path.home() in (there, *there.parents):
                line = f'sudo chown -R "$(id -un)" {shlex.quote(str(there))}'
                cure = say("doctor.make-it-yours", line=line, otherwise=cure)
            yield Finding(say("doctor.jupyter-cannot-write", folder=there, why=refused), cure)
            return
    yield Finding(say("doctor.jupyter"))


def loopback() -> Iterator[Finding]:
    """Connect to ourselves, as every lesson does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(3)
            with socket.create_connection(listener.getsockname(), timeout=3):
                listener.accept()[0].close()
    except OSError as error:
        yield Finding(say("doctor.no-loopback", why=error), say("doctor.loopback-up"))
    else:
        yield Finding(say("doctor.loopback"))


def writable(folder: Path) -> Iterator[Finding]:
    """Try to write where the notebooks are."""
    if not (folder / FIRST_LESSON).is_file():
        yield Finding(say("doctor.no-notebooks", folder=folder), say("doctor.start-from-there"))
        return
    if refused := _refuses(folder):
        what = say("doctor.cannot-write", folder=folder, why=refused)
        yield Finding(what, say("doctor.copy-the-course", folder=folder))
    else:
        yield Finding(say("doctor.notebooks", folder=folder))


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
        yield _room("memory", free, MEMORY_NEEDED)


def disk(folder: Path) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # a folder that is not there has its own finding
    yield _room("disk", free, DISK_NEEDED, folder)


def _room(kind: str, free: int, needed: int, folder: Path | str = "") -> Finding:
    values = {"free": free // MEGABYTE, "needed": needed // MEGABYTE, "folder": folder}
    if free >= needed:
        return Finding(say(f"doctor.{kind}", **values))
    return Finding(say(f"doctor.little-{kind}", **values), say(f"doctor.more-{kind}"))
