"""The command line: open the course, serve the provider alone, and what goes with teaching."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from smtplab import doctor
from smtplab.command import (
    FIRST_LESSON,
    Refused,
    command_line,
    notebooks,
    say,
    this_python,
    version,
)

__all__ = ["main"]

PORTS = (25, 465, 587)
FIRST_PAGE = f"lab/tree/{FIRST_LESSON}"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"smtplab: {say('wrong-use', what=message, line=command_line('--help'))}\n")


def main(arguments: list[str] | None = None) -> int:
    """Obey the command line and return the exit status: 0 good, 1 something to do, 2 wrong use."""
    for stream in (sys.stdout, sys.stderr):
        # A console with a small character set gets an escape, never an exception.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if sys.version_info < doctor.OLDEST:
        problem, cure = next(doctor.python())
        print(f"smtplab: {problem}. Cure: {cure}.", file=sys.stderr)
        return 1
    options = parser().parse_args(arguments)
    if options.folder:
        # Read by all that looks for the notebooks, in JupyterLab's kernels and terminals too.
        os.environ["SMTPLAB_FOLDER"] = str(options.folder)
    try:
        status = int(options.run(options) or 0)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Who read what we print has gone, as `head` does; nor is there anyone for what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Refused as refusal:
        print(f"smtplab: {refusal}", file=sys.stderr)
        return refusal.status
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "smtplab":
            raise
        said = say("package-is-missing", name=error.name, line=command_line("doctor"))
        print(f"smtplab: {said}", file=sys.stderr)
        return 1


def parser() -> Parser:
    top = Parser(prog=command_line(), description=say("help.about"))
    top.set_defaults(run=open_course, command=None, page=FIRST_PAGE)
    top.add_argument("--version", action="version", version=f"smtplab {version()}")
    top.add_argument("--folder", type=lessons, metavar="DIR", help=say("help.folder"))
    top.add_argument("--no-browser", action="store_true", help=say("help.no-browser"))
    top.add_argument("--port", type=port, help=say("help.port"))
    title = say("help.commands")
    commands = top.add_subparsers(title=title, dest="command", metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int | None]) -> Parser:
        command: Parser = commands.add_parser(name, help=say(f"help.{name}"))
        command.set_defaults(run=run)
        return command

    def directory(command: Parser) -> None:
        command.add_argument("directory", type=Path, metavar="DIR")

    add("doctor", run_doctor)
    command = add("serve", serve)
    command.add_argument("--profile", choices=("strict", "legacy"), default="strict")
    for number in PORTS:
        text = say("help.serve-port", port=number)
        command.add_argument(f"--port-{number}", type=port, metavar="PORT", help=text)
    text = say("help.serve-host")
    command.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=text)
    command.add_argument("--state", type=Path, metavar="DIR", help=say("help.serve-state"))
    command.add_argument("--save", type=Path, metavar="DIR", help=say("help.serve-save"))
    add("read", read).add_argument("file", type=Path, metavar="FILE.eml")
    add("slides", slides).add_argument("lesson", metavar="LESSON", help=say("help.lesson"))
    directory(add("solved", solved))
    directory(add("nbgrader", nbgrader))
    command = add("grade", grade)
    command.add_argument("folder", type=Path, metavar="FOLDER", help=say("help.grade-folder"))
    command = add("book", book)
    directory(command)
    command.add_argument("--solved", action="store_true", help=say("help.book-solved"))
    add("gauntlet", gauntlet).add_argument("client", type=Path, metavar="PATH/TO/client.py")
    add("progress", progress)
    add("reset", reset).add_argument("exercise", metavar="EXERCISE")
    command = add("words", words)
    command.add_argument("language", metavar="LANGUAGE", help=say("help.language"))
    command.add_argument("--write", action="store_true", help=say("help.words-write"))
    return top


def lessons(text: str) -> Path:
    """Read the name of a folder with the notebooks in it."""
    if (folder := Path(text).resolve() / FIRST_LESSON).is_file():
        return folder.parent
    raise argparse.ArgumentTypeError(say("no-lesson-in", file=FIRST_LESSON, folder=text))


def port(text: str) -> int:
    """Read a TCP port; 0 asks the system for a free one."""
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(say("no-port", text=text))


def run_doctor(options: argparse.Namespace) -> int:
    status = 0
    for what, cure in doctor.examine():
        if cure:
            status = 1
        kind = "doctor.to-do" if cure else "doctor.ok"
        print(say(kind, what=what, cure=cure), flush=True)
    print(say("doctor.something" if status else "doctor.nothing"))
    return status


def open_course(options: argparse.Namespace) -> None:
    from jupyterlab.labapp import LabApp

    folder = notebooks()
    if not (folder / FIRST_LESSON).is_file():
        raise Refused(say("no-notebooks", file=FIRST_LESSON, folder=folder))
    if problem := next((f for f in doctor.jupyter() if f.cure), None):
        raise Refused(say("problem", what=problem.what, cure=problem.cure), 1)
    if options.port:
        try:
            socket.create_server(("127.0.0.1", options.port)).close()
        except OSError as error:
            why = error.strerror or error
            raise Refused(say("port-is-taken", port=options.port, why=why), 1) from error
    with tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as name:
        own = Path(name)
        prepare(own, slides=options.command == "slides")
        where = "opens.at-the-address" if options.no_browser else "opens.in-the-browser"
        print(say(where, folder=folder))
        print(say("opens.leave-open"), flush=True)
        LabApp.launch_instance(lab_arguments(folder, own, options, options.page))


def slides(options: argparse.Namespace) -> None:
    from smtplab.exercises import LESSONS
    from smtplab.slides import PACKAGE

    wanted = options.lesson.removesuffix(".ipynb")
    for lesson in LESSONS:
        stem = Path(lesson.notebook).stem
        if wanted in (stem, lesson.slug, lesson.number, str(int(lesson.number))):
            break
    else:
        names = ", ".join(Path(lesson.notebook).stem for lesson in LESSONS)
        raise Refused(say("no-such-lesson", name=wanted, names=names))
    if find_spec("jupyterlab_rise") is None:
        cure = f"{this_python()} -m pip install {PACKAGE}"
        raise Refused(say("no-slides", package=PACKAGE.partition("=")[0], cure=cure), 1)
    if not (notebooks() / lesson.notebook).is_file():
        raise Refused(say("no-notebooks", file=lesson.notebook, folder=notebooks()))
    options.page = f"rise/{lesson.notebook}"
    open_course(options)


def prepare(own: Path, slides: bool = False) -> None:
    """Write this run's own settings into a folder, and let Jupyter find it before any other."""
    from ipykernel.kernelspec import write_kernel_spec

    # "python3" is this very Python, even where a user has installed another under that name.
    # What a kernel warns of by itself has no cure and, on loopback, does no harm.
    ours = ["--log-level=ERROR", "--IPKernelApp.kernel_class=smtplab.kernel.Kernel"]
    write_kernel_spec(str(own / "kernels" / "python3"), extra_arguments=ours)
    # JupyterLab asks about news although it was told that there are none (news_url, below).
    notification = {"fetchNews": "false", "checkForUpdates": False}
    overrides: dict[str, object] = {"@jupyterlab/apputils-extension:notification": notification}
    if slides:
        from smtplab.slides import bring

        overrides |= bring(own)
    settings = own / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps(overrides), encoding="utf-8")
    # `python` is this very Python, too, in JupyterLab's terminals.
    first = {"PATH": str(Path(sys.executable).parent)}
    first |= dict.fromkeys(("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"), str(own))
    for name, folder in first.items():
        os.environ[name] = os.pathsep.join(filter(None, [folder, os.environ.get(name)]))


def lab_arguments(
    folder: Path, own: Path, options: argparse.Namespace, page: str = FIRST_PAGE
) -> list[str]:
    """JupyterLab's arguments: its user's own settings are read, and none is written."""
    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/{page}",
        # No tabs of other work, and none left behind for it.
        f"--LabApp.workspaces_dir={own / 'workspaces'}",
        # Nothing is fetched: no news, no look for updates, no list of extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # Nor is anything looked for that the course does not use: language servers.
        "--LanguageServerManager.autodetect=False",
        # Each notebook that is opened gets warnings for who runs a server; errors are said.
        "--log-level=ERROR",
    ]
    if options.port is not None:
        arguments += [f"--ServerApp.port={options.port}", "--ServerApp.port_retries=0"]
    if options.no_browser:
        arguments.append("--no-browser")
    shell = os.environ.get("SHELL") or shutil.which("sh")
    if os.name != "nt" and shell and not sys.stdout.isatty():
        # Without a terminal, Jupyter would start a login shell: that sets PATH anew.
        arguments.append(f"--ServerApp.terminado_settings=shell_command={shlex.quote(shell)}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # a container's only user may be root
    return arguments


def serve(options: argparse.Namespace) -> None:
    from smtplab import serve as provider

    provider.serve(options)


def read(options: argparse.Namespace) -> None:
    from smtplab import serve as provider

    print(provider.read(options.file))


def solved(options: argparse.Namespace) -> None:
    from smtplab import student

    written(student.write_solved, options.directory, "solved")
    print(say("solved.open", line=command_line("--folder", str(options.directory))))


def nbgrader(options: argparse.Namespace) -> None:
    from smtplab import student

    written(student.write_course, options.directory, "nbgrader")
    print(say("nbgrader.go-on"))


def written(
    write: Callable[[Path], tuple[list[Path], bool]], directory: Path, command: str
) -> None:
    """Write a folder of lessons, and say which files and whose lessons they are."""
    try:
        files, committed = write(directory)
    except (OSError, LookupError, ValueError) as error:
        status = 2 if isinstance(error, (FileExistsError, NotADirectoryError)) else 1
        said = str(error)
        if isinstance(error, OSError) and error.strerror:
            said = f"{error.filename}: {error.strerror}"
        raise Refused(say(f"{command}.not-written", why=said), status) from error
    for path in files:
        print(path)
    print(say(f"{command}.committed" if committed else f"{command}.as-they-stand"))


def grade(options: argparse.Namespace) -> None:
    from smtplab import student

    try:
        work = student.Grading(options.folder)
    except OSError as error:
        raise Refused(unreadable(options.folder, error)) from error
    for name in work.left_out:
        print(say("grade.left-out", name=name))
    if not work.lessons:
        raise Refused(say("grade.nothing", folder=options.folder))
    heads = [*(Path(lesson.notebook).stem for lesson in work.lessons), "total"]
    groups = [*(lesson.exercises for lesson in work.lessons), work.exercises]
    width = max(map(len, ("student", *work.work)))
    print("student".ljust(width), *heads, sep="  ", flush=True)
    rows = []
    for row in work:
        points = [f"{row.points(g)}/{sum(each.points for each in g)}" for g in groups]
        cells = [cell.rjust(len(head)) for cell, head in zip(points, heads, strict=True)]
        print(row.student.ljust(width), *cells, sep="  ", flush=True)
        rows.append(row)
    for row in rows:
        for remark in row.remarks:
            print(f"{row.student}: {remark}")
    try:
        print(say("grade.written", path=work.write(rows)))
    except OSError as error:
        raise Refused(say("grade.not-written", why=error.strerror or error), 1) from error


def unreadable(path: Path, error: OSError) -> str:
    return say("cannot-be-read", path=path, why=error.strerror or error)


def book(options: argparse.Namespace) -> None:
    from smtplab import book as site

    with tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as own:
        prepare(Path(own))
        first = site.write(options.directory, options.solved, tell=partial(print, flush=True))
    print(say("book-begins", path=first.resolve()))


def gauntlet(options: argparse.Namespace) -> bool:
    import smtplab
    from smtplab import exercises

    try:
        send_mail = exercises.load_client(options.client)
    except OSError as error:
        raise Refused(unreadable(options.client, error)) from error
    except exercises.NoClient as error:
        raise Refused(f"{error}.") from error
    print(say("gauntlet-runs"), flush=True)
    return not smtplab.gauntlet(send_mail).passed


def progress(options: argparse.Namespace) -> None:
    import smtplab

    smtplab.progress()


def reset(options: argparse.Namespace) -> None:
    from smtplab import exercises, student

    try:
        print(student.reset(options.exercise))
    except exercises.UnknownExercise as error:
        raise Refused(str(error.args[0])) from error


def words(options: argparse.Namespace) -> bool:
    from babel import Locale, UnknownLocaleError

    from smtplab.translation import Translation

    code = options.language.replace("-", "_")
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise Refused(say("no-language", name=options.language)) from error
    try:
        files = sorted(p for p in Path(__file__).parent.rglob("*.toml") if "." not in p.stem)
        translations = [Translation(path, code) for path in files]
    except ValueError as error:
        raise Refused(f"{error}.", status=1) from error
    for translation in translations:
        if options.write:
            translation.path.write_text(translation.text, encoding="utf-8")
        print(*translation.report(), sep="\n")
    return not options.write and any(each.problems for each in translations)


if __name__ == "__main__":
    sys.exit(main())
