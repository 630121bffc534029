"""The servers that are measured: each a program that says its port, or is given one.

`python -m tests.benchmarks.servers NAME` is the lab or a peer that is written in Python.
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "build" / "benchmarks" / "node_modules"
START = 30  # seconds that stand for "does not start"
SMTP_SERVER = """
const { SMTPServer } = require("smtp-server");
const kept = [];
const onData = (stream, session, done) => {
  const pieces = [];
  stream.on("data", (piece) => pieces.push(piece));
  stream.on("end", () => { kept.push(Buffer.concat(pieces)); done(); });
};
new SMTPServer({ onData, authOptional: true, disabledCommands: ["STARTTLS"] })
  .listen(Number(process.argv[1]), "127.0.0.1");
"""


def forever() -> None:
    while True:
        time.sleep(60)


def lab() -> None:
    from smtplab import Lab

    here = Lab()
    print(here.address(25)[1], flush=True)
    forever()


def aiosmtpd() -> None:
    from aiosmtpd.controller import Controller

    kept: list[Any] = []

    class Keeps:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            kept.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
            return "250 OK"

    Controller(Keeps(), hostname="127.0.0.1", port=int(sys.argv[2])).start()
    forever()


def smtpdfix() -> None:
    from smtpdfix import SMTPDFix  # type: ignore[import-not-found]

    with SMTPDFix("127.0.0.1", int(sys.argv[2])):
        forever()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def command(name: str, port: int) -> list[str] | None:
    """The program that is this server, or None where it is not installed."""
    if name in OURS:
        return [sys.executable, "-m", "tests.benchmarks.servers", name, str(port)]
    if name == "smtp-sink":
        sink = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
        return [sink, "-u", "nobody", f"127.0.0.1:{port}", "1000"] if sink else None
    node = shutil.which("node")
    if node is None or not (NODE / "smtp-server").exists():
        return None
    return [node, "-e", SMTP_SERVER, str(port)]


OURS: dict[str, Callable[[], None]] = {"lab": lab, "aiosmtpd": aiosmtpd, "smtpdfix": smtpdfix}
NAMES = (*OURS, "smtp-server", "smtp-sink")


@contextmanager
def running(name: str) -> Iterator[tuple[psutil.Process, int] | None]:
    """The server in a process of its own, and its port; None where there is no such program."""
    port = free_port()
    program = command(name, port)
    if program is None:
        yield None
        return
    process = subprocess.Popen(
        program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=None if name in OURS else {"NODE_PATH": str(NODE), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        if name == "lab":  # which chooses for itself
            assert process.stdout is not None
            port = int(process.stdout.readline() or 0)
        yield (psutil.Process(process.pid), port) if _is_there(process, port) else None
    finally:
        process.kill()
        process.communicate()


def _is_there(process: subprocess.Popen[str], port: int) -> bool:
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


if __name__ == "__main__":
    OURS[sys.argv[1]]()
