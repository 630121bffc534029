"""Where the course is: its command line as a reader has to type it, and its notebooks.

What a lesson says of its language is here, too, for the notebooks and for the kernel.

A plain `python` is often another one, or none: so no message writes it down by itself.
The doctor asks here too, so all of it runs with the standard library alone.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

__all__ = ["CHECKOUT", "FIRST_LESSON", "LANGUAGE", "Refused", "command_line", "notebooks",
           "say", "this_python", "version"]  # fmt: skip

CHECKOUT = Path(__file__).resolve().parent.parent
FIRST_LESSON = "00_start_here.ipynb"
# As JupyterLab has it of a kernel of IPython's; the version is Python's first number alone.
LANGUAGE: dict[str, object] = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3",
}


def say(key: str, /, **values: object) -> str:
    """A sentence of the command line, in the reader's language."""
    from smtplab.words import Words  # which an old Python, whom the doctor tells so, cannot read

    return Words(__file__)(key, **values)


class Refused(Exception):
    """What was asked for cannot be done: a sentence, and the exit status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def notebooks() -> Path:
    """Where the student's notebooks are, and with them the progress file and my_client.py.

    $SMTPLAB_FOLDER if it is set; else, where the working folder holds one lesson and has its
    name, as nbgrader hands lessons out, the folder around it: what is kept serves all lessons.
    Else the working folder or its notebooks/, whichever holds the first lesson; else the
    course's own notebooks; else the working folder.
    """
    named = os.environ.get("SMTPLAB_FOLDER")
    if named:
        return Path(named)
    here = Path.cwd()
    if here.name[:2].isdigit() and (here / f"{here.name}.ipynb").is_file():
        return here.parent
    for candidate in (here, here / "notebooks", CHECKOUT / "notebooks"):
        if (candidate / FIRST_LESSON).is_file():
            return candidate
    return here


def this_python(executable: Path | str = "") -> str:
    """A Python, this one if none is named, as a terminal in the working folder calls it."""
    path = Path(executable or sys.executable or "python")
    with suppress(OSError):  # the working folder may be gone
        here = Path.cwd()
        if here in path.parent.parents:
            path = path.relative_to(here)
    if path.suffix.lower() == ".exe":
        path = path.with_suffix("")
    return subprocess.list2cmdline([str(path)])


def command_line(*arguments: str, executable: Path | str = "") -> str:
    """The line that runs `python -m smtplab` with these arguments."""
    line = f"{this_python(executable)} -m smtplab"
    return f"{line} {subprocess.list2cmdline(arguments)}" if arguments else line


def version() -> str:
    """Which course this is, and which Python runs it."""
    try:
        own = metadata.version("smtplab")
    except metadata.PackageNotFoundError:
        own = "(not installed)"
    return f"{own} on Python {platform.python_version()}"
