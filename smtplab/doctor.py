"""What keeps the course from running on this machine, and the cure of each.

Everything here runs with the standard library alone, on old Pythons too: the doctor is called
when something is missing. What is missing may be any package, so none is imported at the top.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

__all__ = ["Finding", "examine"]

FIRST_LESSON = "00_start_here.ipynb"

CHECKOUT = Path(__file__).resolve().parent.parent
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
        yield from packages(requirements())
        yield from front_end()
    yield from loopback()
    yield from writable(folder)
    yield from memory(free_memory())
    yield from disk(folder)


def notebooks() -> Path:
    """The folder of the notebooks: where the exercises look for them, else the checkout's own."""
    own = CHECKOUT / "notebooks"
    try:
        from smtplab.exercises.progress import folder
    except Exception:  # with a package missing, anything may be missing
        return own
    found = folder()
    return found if (found / FIRST_LESSON).is_file() else own


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
    """What the course needs, as pyproject.toml says it, or else what was installed says."""
    import tomllib

    try:
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
        return list(project["project"]["dependencies"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        return metadata.requires("smtplab") or []
    except metadata.PackageNotFoundError:
        return []


def packages(needed: Iterable[str]) -> Iterator[Finding]:
    """Compare what is installed with what is needed ("psutil>=6,<8"), and with the course."""
    lacking = [problem for problem in map(_lack, needed) if problem]
    if lacking:
        yield Finding("of the packages, " + "; ".join(lacking), install_cure())
    else:
        yield Finding("every package that the course needs, in a version that fits")
    try:
        metadata.version("smtplab")
    except metadata.PackageNotFoundError:
        yield Finding("smtplab itself is not installed: notebooks cannot import it", install_cure())


def _lack(requirement: str) -> str:
    """Say in which way an installed package does not meet a requirement, "" if it does."""
    name = requirement
    for index, character in enumerate(requirement):
        if not (character.isalnum() or character in "-_."):
            name = requirement[:index]
            break
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
            return f"use the course's own Python: {quoted(own)} -m smtplab doctor"
        return "make the course's own environment with README's first command"
    return f"{quoted(sys.executable)} -m pip install -r {quoted(CHECKOUT / 'requirements.txt')}"


def quoted(path: Path | str) -> str:
    return subprocess.list2cmdline([str(path)])


def front_end() -> Iterator[Finding]:
    """Look for the part of the widgets that JupyterLab shows in the browser."""
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return  # without Jupyter there is more to do first, and `packages` says it
    lacking = [
        package
        for package, path in EXTENSIONS.items()
        if not any(
            Path(folder, "labextensions", path, "package.json").is_file()
            for folder in jupyter_path()
        )
    ]
    if not lacking:
        yield Finding("JupyterLab can show widgets")
    for package in lacking:
        yield Finding(
            f"JupyterLab cannot show widgets: the extension of {package} is missing",
            f"{quoted(sys.executable)} -m pip install --force-reinstall --no-deps {package}",
        )


def loopback(open_socket: Callable[[], socket.socket] = socket.socket) -> Iterator[Finding]:
    """Send one octet to ourselves, as every lesson does."""
    try:
        with open_socket() as listener, open_socket() as client:
            listener.settimeout(3)
            client.settimeout(3)
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            client.connect(listener.getsockname())
            server, _ = listener.accept()
            with server:
                server.settimeout(3)
                client.sendall(b".")
                server.recv(1)
    except OSError as error:
        yield Finding(
            f"no connection to 127.0.0.1 can be made ({error})",
            "bring loopback up (Linux: ip link set lo up), or let this Python through the firewall",
        )
    else:
        yield Finding("connections to 127.0.0.1 work")


def writable(folder: Path) -> Iterator[Finding]:
    """Try to write where the notebooks are: permissions alone do not tell."""
    if not (folder / FIRST_LESSON).is_file():
        yield Finding(
            f"there are no notebooks in {folder}",
            "start from the folder that README is in, or set SMTPLAB_FOLDER to the notebooks'",
        )
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            f"nothing can be written into {folder} ({error.strerror or error})",
            f"copy the course to a folder of your own, or get the right to write into {folder}",
        )
    else:
        yield Finding(f"the notebooks are in {folder}, and can be written")


def free_memory() -> int | None:
    """Free memory in octets, or None where nothing tells."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def memory(free: int | None) -> Iterator[Finding]:
    if free is None:
        return
    if free < MEMORY_NEEDED:
        yield Finding(
            f"{free // MEGABYTE} MB of memory are free, and the course wants "
            f"{MEMORY_NEEDED // MEGABYTE} MB",
            "close other programs, or shut down kernels that you no longer use",
        )
    else:
        yield Finding(f"{free // MEGABYTE} MB of memory are free")


def disk(folder: Path) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # a folder that is not there has its own finding
    if free < DISK_NEEDED:
        yield Finding(
            f"{free // MEGABYTE} MB are free on the disk of {folder}, and the course wants "
            f"{DISK_NEEDED // MEGABYTE} MB",
            "make room on that disk",
        )
    else:
        yield Finding(f"{free // MEGABYTE} MB are free on the disk")
