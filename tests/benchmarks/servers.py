"""The servers that are measured: each a program that is given a way to be talked to, and a port.

`python -m tests.benchmarks.servers NAME WAY PORT PEM` is the lab or a peer written in Python.
"""

import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import trustme

BUILD = Path(__file__).resolve().parents[2] / "build" / "benchmarks"
NODE = BUILD / "node_modules"
START = 30  # seconds that stand for "does not start"
WAYS = {"plain": 25, "tls": 465, "starttls": 587}  # the lab's ports; TLS has a login
SMTP_SERVER = """
const { SMTPServer } = require("smtp-server");
const [way, port, pem] = process.argv.slice(1);
const kept = [];
const onData = (stream, session, done) => {
  const pieces = [];
  stream.on("data", (piece) => pieces.push(piece));
  stream.on("end", () => { kept.push(Buffer.concat(pieces)); done(); });
};
const onAuth = (auth, session, done) => done(null, { user: auth.username });
const key = require("fs").readFileSync(pem);
new SMTPServer({
  onData, onAuth, key, cert: key, secure: way === "tls", authOptional: way === "plain",
  disabledCommands: way === "starttls" ? [] : ["STARTTLS"],
}).on("error", () => {}).listen(Number(port), "127.0.0.1");
"""


class Server(NamedTuple):
    """A server that runs: its process, where it listens, and a password that it takes."""

    process: psutil.Process
    port: int
    password: str


def forever() -> None:
    while True:
        time.sleep(60)


def lab(way: str, port: int, pem: str) -> None:
    from smtplab import Lab

    here = Lab()
    print(here.address(WAYS[way])[1], here.account.authorization_code, flush=True)
    forever()


def aiosmtpd(way: str, port: int, pem: str) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    kept: list[Any] = []

    class Keeps:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            kept.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
            return "250 OK"

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    options: dict[str, Any] = {
        "plain": {},
        "tls": {"ssl_context": context, "auth_require_tls": False},  # it does not see that it is
        "starttls": {"tls_context": context, "require_starttls": True},
    }[way]
    if way != "plain":
        login = lambda *_: AuthResult(success=True)  # noqa: E731
        options |= {"auth_required": True, "authenticator": login}
    Controller(Keeps(), hostname="127.0.0.1", port=port, **options).start()
    forever()


def smtpdfix(way: str, port: int, pem: str) -> None:
    from smtpdfix import SMTPDFix  # type: ignore[import-not-found]

    with SMTPDFix("127.0.0.1", port):
        forever()


OURS: dict[str, Callable[[str, int, str], None]] = {
    "lab": lab, "aiosmtpd": aiosmtpd, "smtpdfix": smtpdfix,
}  # fmt: skip
IN_ALL_WAYS = ("lab", "aiosmtpd", "smtp-server")
NAMES = (*OURS, "smtp-server", "sendria", "maildev", "smtp-sink")


def command(name: str, way: str, port: int, folder: str) -> list[str | Path] | None:
    """The program that is this server, or None where it is not installed or has no such way."""
    pem = Path(folder, "server.pem")
    if name not in IN_ALL_WAYS and way != "plain":
        return None
    if name in OURS:
        return [sys.executable, "-m", "tests.benchmarks.servers", name, way, str(port), pem]
    if name == "smtp-sink":
        sink = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
        return [sink, "-u", "nobody", f"127.0.0.1:{port}", "1000"] if sink else None
    web = str(free_port())
    if name == "sendria":
        program = BUILD / "sendria" / "bin" / "sendria"
        kept = Path(folder, "mails.sqlite")
        options = ["--db", kept, "--smtp-port", str(port), "--http-port", web]
        return [program, *options] if program.exists() else None
    node = shutil.which("node")
    if node is None or not (NODE / name).exists():
        return None
    if name == "maildev":
        program = NODE / "maildev" / "dist" / "bin" / "maildev.js"
        ports = ["--smtp", str(port), "--web", web]
        return [node, program, "--silent", "--ip", "127.0.0.1", *ports]
    return [node, "-e", SMTP_SERVER, way, str(port), pem]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(name: str, way: str = "plain") -> Iterator[Server | None]:
    """The server in a process of its own; None where there is no such program."""
    port, password = free_port(), "any"
    with tempfile.TemporaryDirectory() as folder:
        program = command(name, way, port, folder)
        if program is None:
            yield None
            return
        made = trustme.CA().issue_cert("127.0.0.1", "mail.lab.test")
        made.private_key_and_cert_chain_pem.write_to_path(Path(folder, "server.pem"))
        process = subprocess.Popen(
            program, cwd=Path(__file__).resolve().parents[2],
            stdout=subprocess.PIPE if name == "lab" else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True,
            env=None if name in OURS else {"NODE_PATH": str(NODE), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        try:
            if name == "lab":  # which chooses for itself
                assert process.stdout is not None
                said, password = process.stdout.readline().split()
                port = int(said)
            there = _is_there(process, port)
            yield Server(psutil.Process(process.pid), port, password) if there else None
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
    OURS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), sys.argv[4])
