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
from pathlib import Path
from typing import NoReturn

from smtplab import doctor
from smtplab.command import FIRST_LESSON, Refused, command_line, notebooks, version

__all__ = ["main"]

PORTS = (25, 465, 587)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"smtplab: {message}. For help: {command_line('--help')}\n")


def main(arguments: list[str] | None = None) -> int:
    """Obey the command line and return the exit status: 0 good, 1 something to do, 2 wrong use."""
    for stream in (sys.stdout, sys.stderr):
        # A console with a small character set gets an escape, never an exception.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    if options.folder:
        # Read by all that looks for the notebooks, in JupyterLab's kernels and terminals too.
        os.environ["SMTPLAB_FOLDER"] = str(options.folder)
    if sys.version_info < doctor.OLDEST and options.command != "doctor":
        problem, cure = next(doctor.python())
        print(f"smtplab: {problem}. Cure: {cure}.", file=sys.stderr)
        return 1
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
        print(
            f"smtplab: the package {error.name} is missing. "
            f"What to do says: {command_line('doctor')}",
            file=sys.stderr,
        )
        return 1


def parser() -> Parser:
    top = Parser(
        prog=command_line(),
        description="A course on SMTP. Without a command, it opens JupyterLab on the first lesson.",
    )
    top.set_defaults(run=open_course, command=None)
    top.add_argument("--version", action="version", version=f"smtplab {version()}")
    top.add_argument("--folder", type=lessons, metavar="DIR",
                     help="use the lessons in DIR, and what is kept there")  # fmt: skip
    top.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    text = "the port of JupyterLab (default: the first free one from 8888 on)"
    top.add_argument("--port", type=port, help=text)
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int | None], text: str) -> Parser:
        command: Parser = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        return command

    add("doctor", run_doctor, "check this machine, and print each cure")
    command = add("serve", serve, "run the provider alone, with a live transcript")
    command.add_argument("--profile", choices=("strict", "legacy"), default="strict")
    for number in PORTS:
        text = f"what to use as {number}"
        command.add_argument(f"--port-{number}", type=port, metavar="PORT", help=text)
    text = "the address that it listens on (default: 127.0.0.1, which this machine alone can reach)"
    command.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=text)
    text = "keep authorization code and certificates in DIR, for the next start"
    command.add_argument("--state", type=Path, metavar="DIR", help=text)
    text = "save each mail in DIR, as a file that ends in .eml"
    command.add_argument("--save", type=Path, metavar="DIR", help=text)
    command = add("read", read, "show a mail that was saved, and what is wrong with it")
    command.add_argument("file", type=Path, metavar="FILE.eml")
    command = add("solved", solved, "write the instructor's edition")
    command.add_argument("directory", type=Path, metavar="DIR")
    command = add("nbgrader", nbgrader, "write a course for nbgrader")
    command.add_argument("directory", type=Path, metavar="DIR")
    command = add("grade", grade, "judge what a class has handed in, and write a table")
    text = "one folder or file a student: notebooks, my_client.py"
    command.add_argument("folder", type=Path, metavar="FOLDER", help=text)
    command = add("book", book, "write the course as a web site, each lesson run")
    command.add_argument("directory", type=Path, metavar="DIR")
    text = "with the reference in place of the stubs, for an instructor"
    command.add_argument("--solved", action="store_true", help=text)
    command = add("gauntlet", gauntlet, "run a client's send_mail beside smtplib")
    command.add_argument("client", type=Path, metavar="PATH/TO/client.py")
    add("progress", progress, "say where you are, over all lessons")
    command = add("reset", reset, "give an exercise its stub back")
    command.add_argument("exercise", metavar="EXERCISE")
    command = add("words", words, "what is to be done for another language")
    command.add_argument("language", metavar="LANGUAGE", help="such as zh_CN")
    command.add_argument("--write", action="store_true", help="make or renew its files, too")
    return top


def lessons(text: str) -> Path:
    """Read the name of a folder with the notebooks in it."""
    if (folder := Path(text).resolve() / FIRST_LESSON).is_file():
        return folder.parent
    raise argparse.ArgumentTypeError(f"there is no {FIRST_LESSON} in {text!r}")


def port(text: str) -> int:
    """Read a TCP port; 0 asks the system for a free one."""
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")


def run_doctor(options: argparse.Namespace) -> int:
    status = 0
    for what, cure in doctor.examine():
        if cure:
            status = 1
        print(f"TO DO  {what}\n       cure: {cure}" if cure else f"ok     {what}", flush=True)
    print("Something must be done." if status else "Nothing must be done.")
    return status


def open_course(options: argparse.Namespace) -> None:
    from jupyterlab.labapp import LabApp

    folder = notebooks()
    if not (folder / FIRST_LESSON).is_file():
        raise Refused(
            f"there is no {FIRST_LESSON} in {folder}. Start from the folder that README is in, "
            "or name the notebooks' folder: --folder DIR."
        )
    if problem := next((f for f in doctor.jupyter() if f.cure), None):
        raise Refused(f"{problem.what}. Cure: {problem.cure}.", 1)
    if options.port:
        try:
            socket.create_server(("127.0.0.1", options.port)).close()
        except OSError as error:
            raise Refused(
                f"port {options.port} cannot be had ({error.strerror or error}): another program "
                "may have it, such as a course that is still open. Without --port a free one is "
                "found.", 1,
            ) from error  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as name:
        own = Path(name)
        prepare(own)
        where = "at the address below" if options.no_browser else "in your browser"
        print(f"The course opens {where}. The notebooks are in {folder}.")
        print("Leave this window open: Ctrl-C, twice, ends the course.", flush=True)
        LabApp.launch_instance(lab_arguments(folder, own, options))


def prepare(own: Path) -> None:
    """Write this run's own settings into a folder, and let Jupyter find it before any other."""
    from ipykernel.kernelspec import write_kernel_spec

    # "python3" is this very Python, even where a user has installed another under that name.
    # What a kernel warns of by itself has no cure and, on loopback, does no harm.
    ours = ["--log-level=ERROR", "--IPKernelApp.kernel_class=smtplab.kernel.Kernel"]
    write_kernel_spec(str(own / "kernels" / "python3"), extra_arguments=ours)
    # JupyterLab asks about news although it was told that there are none (news_url, below).
    notification = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": notification}
    settings = own / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps(overrides), encoding="utf-8")
    # `python` is this very Python, too, in JupyterLab's terminals.
    first = {"PATH": str(Path(sys.executable).parent)}
    first |= dict.fromkeys(("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"), str(own))
    for name, folder in first.items():
        os.environ[name] = os.pathsep.join(filter(None, [folder, os.environ.get(name)]))


def lab_arguments(folder: Path, own: Path, options: argparse.Namespace) -> list[str]:
    """JupyterLab's arguments: its user's own settings are read, and none is written."""
    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}",
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

    written(student.write_solved, options.directory, "edition", "the reference in place of")
    print(f"To open them: {command_line('--folder', str(options.directory))}")


def nbgrader(options: argparse.Namespace) -> None:
    from smtplab import student

    written(student.write_course, options.directory, "course", "a solution that nbgrader takes for")
    print("To go on, in that folder: nbgrader generate_assignment, and the name of a lesson.")


def written(
    write: Callable[[Path], tuple[list[Path], bool]], directory: Path, what: str, how: str
) -> None:
    """Write a folder of lessons, and say which files and whose lessons they are."""
    try:
        files, committed = write(directory)
    except (OSError, LookupError, ValueError) as error:
        status = 2 if isinstance(error, (FileExistsError, NotADirectoryError)) else 1
        said = str(error)
        if isinstance(error, OSError) and error.strerror:
            said = f"{error.filename}: {error.strerror}"
        raise Refused(f"no {what} was written: {said}.", status) from error
    for path in files:
        print(path)
    source = "those of the last commit" if committed else "as they stand in the course"
    print(f"The lessons are {source}, with {how} the stubs.")


def grade(options: argparse.Namespace) -> None:
    from smtplab import student

    try:
        work = student.Grading(options.folder)
    except OSError as error:
        raise Refused(f"{options.folder} cannot be read: {error.strerror or error}.") from error
    for name in work.left_out:
        print(f"Left out: {name}, which is no folder, no notebook and no file of Python.")
    if not work.lessons:
        raise Refused(f"no file in {options.folder} has an exercise of the course in it.")
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
        print(f"All of it, with what the checks say: {work.write(rows)}")
    except OSError as error:
        raise Refused(f"the table cannot be written: {error.strerror or error}.", 1) from error


def book(options: argparse.Namespace) -> None:
    from smtplab import book as site

    with tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as own:
        prepare(Path(own))
        first = site.write(options.directory, options.solved, tell=partial(print, flush=True))
    print(f"The book begins at {first.resolve()}")


def gauntlet(options: argparse.Namespace) -> bool:
    import smtplab
    from smtplab import exercises

    try:
        send_mail = exercises.load_client(options.client)
    except OSError as error:
        raise Refused(f"{options.client} cannot be read: {error.strerror or error}.") from error
    except exercises.NoClient as error:
        raise Refused(f"{error}.") from error
    print("Your client and smtplib run the gauntlet: about 15 seconds.", flush=True)
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
        raise Refused(f"{options.language!r} is not the name of a language.") from error
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
