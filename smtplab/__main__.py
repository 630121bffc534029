"""The command line: open the course, serve the provider alone, and what goes with teaching."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from smtplab import doctor
from smtplab.doctor import FIRST_LESSON

if TYPE_CHECKING:
    from smtplab.lab import Event, Lab

__all__ = ["main"]

PORTS = (25, 465, 587)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"smtplab: {message}. For help: python -m smtplab --help\n")


class Refused(Exception):
    """What was asked for cannot be done: a sentence, and the exit status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def main(arguments: list[str] | None = None) -> int:
    """Obey the command line and return the exit status: 0 good, 1 something to do, 2 wrong use."""
    for stream in (sys.stdout, sys.stderr):
        # A console with a small character set gets an escape, never an exception.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    if sys.version_info < doctor.OLDEST and options.command != "doctor":
        problem, cure = next(doctor.python())
        print(f"smtplab: {problem}. Cure: {cure}.", file=sys.stderr)
        return 1
    try:
        return int(options.run(options))
    except Refused as refusal:
        print(f"smtplab: {refusal}", file=sys.stderr)
        return refusal.status
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "smtplab":
            raise
        print(
            f"smtplab: the package {error.name} is missing. "
            "What to do says: python -m smtplab doctor",
            file=sys.stderr,
        )
        return 1


def parser() -> Parser:
    top = Parser(
        prog="python -m smtplab",
        description="A course on SMTP. Without a command, it opens JupyterLab on the first lesson.",
    )
    top.set_defaults(run=open_course, command=None)
    top.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    top.add_argument("--port", type=port, help="the port of JupyterLab (default: 8888 or the next)")
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")

    command = commands.add_parser("doctor", help="check this machine, and print each cure")
    command.set_defaults(run=run_doctor)

    command = commands.add_parser("serve", help="run the provider alone, with a live transcript")
    command.set_defaults(run=serve)
    command.add_argument("--profile", choices=("strict", "legacy"), default="strict")
    for number in PORTS:
        command.add_argument(
            f"--port-{number}", type=port, metavar="PORT", help=f"what to use as {number}"
        )

    command = commands.add_parser("solved", help="write the instructor's edition")
    command.set_defaults(run=solved)
    command.add_argument("directory", type=Path, metavar="DIR")

    command = commands.add_parser("gauntlet", help="run a client's send_mail beside smtplib")
    command.set_defaults(run=gauntlet)
    command.add_argument("client", type=Path, metavar="PATH/TO/client.py")

    command = commands.add_parser("progress", help="say where you are, over all lessons")
    command.set_defaults(run=progress)

    command = commands.add_parser("reset", help="give an exercise its stub back")
    command.set_defaults(run=reset)
    command.add_argument("exercise", metavar="EXERCISE")
    return top


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


def open_course(options: argparse.Namespace) -> int:
    from jupyterlab.labapp import LabApp

    folder = doctor.notebooks()
    if not (folder / FIRST_LESSON).is_file():
        raise Refused(
            f"there is no {FIRST_LESSON} in {folder}. Start from the folder that README is in, "
            "or set SMTPLAB_FOLDER to where the notebooks are."
        )
    with tempfile.TemporaryDirectory(prefix="smtplab-", ignore_cleanup_errors=True) as name:
        own = Path(name)
        prepare(own)
        where = "at the address below" if options.no_browser else "in your browser"
        print(f"The course opens {where}. The notebooks are in {folder}.")
        print("Leave this window open: Ctrl-C, twice, ends the course.", flush=True)
        LabApp.launch_instance(lab_arguments(folder, own, options))
    return 0


def prepare(own: Path) -> None:
    """Write this run's own settings into a folder, and let Jupyter find it before any other."""
    from ipykernel.kernelspec import write_kernel_spec

    # "python3" is this very Python, even where a user has installed another under that name.
    write_kernel_spec(str(own / "kernels" / "python3"))
    # JupyterLab asks about news although it was told that there are none (news_url, below).
    notification = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": notification}
    settings = own / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps(overrides), encoding="utf-8")
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        os.environ[name] = os.pathsep.join(filter(None, [str(own), os.environ.get(name)]))


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
        "--log-level=WARN",
    ]
    if options.port is not None:
        arguments.append(f"--ServerApp.port={options.port}")
    if options.no_browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # a container's only user may be root
    return arguments


def serve(options: argparse.Namespace) -> int:
    import queue
    import signal

    from smtplab.lab import Lab

    # `kill`, and what stops a container, end it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    ports = {number: getattr(options, f"port_{number}") for number in PORTS}
    ports = {number: chosen for number, chosen in ports.items() if chosen is not None}
    try:
        lab = Lab(options.profile, ports=ports) if ports else Lab(options.profile)
    except OSError as error:
        raise Refused(f"the provider cannot start: {error.strerror or error}.", 1) from error
    # The provider's thread only hands over what was said; this one prints it.
    heard: queue.SimpleQueue[Event] = queue.SimpleQueue()
    live = LiveText()
    with suppress(KeyboardInterrupt), lab:
        lab.transcript.subscribe(heard.put)
        print("\n".join(card(lab)), flush=True)
        while True:
            # On Windows a wait without an end would not see Ctrl-C.
            with suppress(queue.Empty):
                for text in live.lines(heard.get(timeout=0.5)):
                    print(text, flush=True)
    print("\nThe provider has stopped.")
    return 0


def card(lab: Lab) -> Iterable[str]:
    """What a client needs to know about a provider, as lines of text."""
    ways = {25: "plain, STARTTLS offered", 465: "TLS from the first octet", 587: "STARTTLS"}
    yield f"The provider {lab.hostname} is running, profile {lab.profile}. Ctrl-C ends it."
    for number in PORTS:
        host, actual = lab.address(number)
        yield f"  {number:<4} {host} port {actual}, {ways[number]}"
    account = lab.account
    yield f"  account             {account.address}"
    yield f"  authorization code  {account.authorization_code}"
    yield f"  web password        {account.web_password}"
    yield f"  certificate         {lab.ca_file} (for {lab.hostname}, localhost and 127.0.0.1)"
    yield ""


class LiveText:
    """Whole lines out of segments, as they come, for each session and direction."""

    def __init__(self) -> None:
        self._unfinished: dict[tuple[int, str], bytes] = {}

    def lines(self, event: Event) -> list[str]:
        """Return the lines that this event ends, each with its session and port."""
        from smtplab.lab import Line

        key = event.session, event.sender
        *whole, rest = (self._unfinished.get(key, b"") + event.data).split(b"\n")
        self._unfinished[key] = rest
        tls = ", TLS" if event.tls else ""
        where = f"[{event.session}, port {event.port}{tls}]"
        # The kind of a line is not shown here, and so it need not be found out.
        said = (Line(event.time, event.sender, data, event.tls, "data") for data in whole)
        return [f"{where:<20} {line}" for line in said]


def solved(options: argparse.Namespace) -> int:
    from smtplab import exercises

    try:
        written = exercises.write_solved(options.directory)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused(f"{options.directory} is no folder for this: {error}") from error
    except OSError as error:
        raise Refused(f"{options.directory} cannot be written: {error}", 1) from error
    for path in written:
        print(path)
    return 0


def gauntlet(options: argparse.Namespace) -> int:
    import smtplab
    from smtplab import exercises

    try:
        send_mail = exercises.load_client(options.client)
    except OSError as error:
        raise Refused(f"{options.client} cannot be read: {error.strerror or error}.") from error
    except exercises.NoClient as error:
        raise Refused(f"{error}.") from error
    print("Your client and smtplib run the gauntlet: about 15 seconds.", flush=True)
    result = smtplab.gauntlet(send_mail)
    return 0 if result.passed else 1


def progress(options: argparse.Namespace) -> int:
    import smtplab

    smtplab.progress()
    return 0


def reset(options: argparse.Namespace) -> int:
    from smtplab import exercises

    try:
        print(exercises.reset(options.exercise))
    except exercises.UnknownExercise as error:
        raise Refused(str(error.args[0])) from error
    return 0


if __name__ == "__main__":
    sys.exit(main())
