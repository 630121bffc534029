"""Mail servers that are not ours, as Debian ships them: each in a folder of its own, on loopback.

A server has its own configuration, queue and certificates, takes free ports, and ends by its
process id. The system's configuration is not changed, and not read but for what the package of
Postfix has as its own services. Only root can start one: it hands its rights on to the user that
came with the package.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import trustme

__all__ = ["PASSWORD", "USER", "Lacking", "Server", "exim", "postfix"]

CONFIGURATIONS = Path(__file__).with_name("configurations")
SERVICES = Path("/etc/postfix/master.cf.proto")
# Both servers put the mail for lin and for 林 into one inbox, put off what is for grey, and know
# nobody else in stock.test.
USER, PASSWORD = "you@stock.test", "an authorization code"
WAYS = ("none", "starttls", "tls", "greeting")  # a port each; "greeting" greets in two lines
ENOUGH = 20.0  # seconds that nothing here takes


class Lacking(Exception):
    """This machine cannot run the server; the text says why."""


class Server(NamedTuple):
    """A server that runs: its ports by way, the authority of its certificate, the inbox."""

    ports: Mapping[str, int]
    ca_file: Path
    inbox: Path  # a Maildir
    queues: tuple[Path, ...]  # where a mail lies until it is in the inbox
    log: Path

    def arrived(self) -> bytes:
        """Take the one message that has come, or comes soon. Lines end in LF."""
        self._wait(lambda: any(self.inbox.glob("new/*")), "no mail came")
        (file,) = self.inbox.glob("new/*")
        content = file.read_bytes()
        file.unlink()
        self._wait(self.is_empty, "a mail stays in the queue, or a second one came")
        return content

    def is_empty(self) -> bool:
        """Whether no mail lies here, neither in the inbox nor on its way to it."""
        # In this order: a mail leaves its queue once it is in the inbox.
        return not any(
            path.is_file() for place in (*self.queues, self.inbox) for path in place.rglob("*")
        )

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        give_up = time.monotonic() + ENOUGH
        while not condition():
            assert time.monotonic() < give_up, f"{otherwise}: {said(self.log)}"
            time.sleep(0.01)

    def clear(self) -> None:
        """Forget what a test that failed has left in the inbox."""
        for file in self.inbox.glob("new/*"):
            file.unlink()


@contextmanager
def postfix(**changes: str) -> Iterator[Server]:
    """Postfix with the services that its package brings, and four ports of ours.

    changes are settings of main.cf that are other than usual.
    """
    programs = found("postfix", "postconf", "saslpasswd2")
    uid, gid = owner("postfix")
    if not SERVICES.is_file():
        raise Lacking(f"there is no {SERVICES}, which Debian's Postfix has")
    with home("postfix") as folder:
        ports = free_ports()
        certificates(folder)
        for name in ("queue", "data", "mail", "etc", "etc/sasl"):
            (folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(folder / name, uid, gid)
        settings = folder / "etc"
        configured(settings / "main.cf", folder=folder, uid=uid, gid=gid)
        configured(settings / "sasl" / "smtpd.conf", folder=folder)
        path = configured(settings / "master.cf", **ports)
        # Port 25 is not ours to take.
        services = re.sub(r"(?m)^smtp +inet .*\n", "", SERVICES.read_text(encoding="utf-8"))
        path.write_text(services + path.read_text(encoding="utf-8"), encoding="utf-8")
        # A service in a chroot wants files of the system's below the queue: we have none there.
        ask(programs["postconf"], "-c", settings, "-F", "*/*/chroot = n")
        if changes:
            pairs = (f"{name}={value}" for name, value in changes.items())
            ask(programs["postconf"], "-c", settings, "-e", *pairs)
        passwords = folder / "sasldb2"
        name, _, realm = USER.partition("@")
        ask(programs["saslpasswd2"], "-p", "-c", "-f", passwords, "-u", realm, name,
            stdin=PASSWORD)  # fmt: skip
        os.chown(passwords, uid, gid)
        ask(programs["postfix"], "-c", settings, "check")  # it makes the queue's own folders
        daemons = ask(programs["postconf"], "-c", settings, "-h", "daemon_directory").strip()
        log = folder / "log"
        with running([f"{daemons}/master", "-c", str(settings), "-s"], ports, log):
            queues = tuple(folder / "queue" / name for name in ("incoming", "active", "deferred"))
            yield Server(ports, folder / "ca.pem", folder / "mail" / "lin", queues, log)


@contextmanager
def exim() -> Iterator[Server]:
    """Exim with a configuration of ours: Debian's own is made for the whole system."""
    program = found("exim4")["exim4"]
    uid, gid = owner("Debian-exim")
    with home("exim") as folder:
        ports = free_ports()
        certificates(folder)
        os.chown(folder / "key.pem", uid, gid)
        for name in ("spool", "log", "mail"):
            (folder / name).mkdir()
            os.chown(folder / name, uid, gid)
        path = configured(
            folder / "exim.conf", folder=folder, program=program, user=USER, password=PASSWORD,
            **ports,
        )  # fmt: skip
        log = folder / "log" / "main"
        with running([program, "-C", str(path), "-bdf"], ports, log):
            queues = (folder / "spool" / "input",)
            yield Server(ports, folder / "ca.pem", folder / "mail" / "lin", queues, log)


# What both need


def found(*names: str) -> dict[str, str]:
    """Where the programs are; a user's PATH may lack the folder of the system's."""
    if sys.platform != "linux":
        raise Lacking("it is started here on Linux alone")
    places = {}
    for name in names:
        place = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin")
        if place is None:
            raise Lacking(f"there is no program {name} on this machine")
        places[name] = place
    return places


def owner(user: str) -> tuple[int, int]:
    """The user and the group that a server hands its rights on to, when we have any."""
    import pwd  # Windows has none

    if os.geteuid() != 0:
        raise Lacking("only root can start it")
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise Lacking(f"there is no user {user} on this machine") from None
    return entry.pw_uid, entry.pw_gid


@contextmanager
def home(name: str) -> Iterator[Path]:
    """A folder that the server's own user can enter, which is not so of pytest's."""
    with tempfile.TemporaryDirectory(prefix=f"real-{name}-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def free_ports() -> dict[str, int]:
    """A free port for each way. All are held until all are known, so that they differ."""
    with ExitStack() as held:
        sockets = {way: held.enter_context(socket.socket()) for way in WAYS}
        for sock in sockets.values():
            sock.bind(("127.0.0.1", 0))
        return {way: sock.getsockname()[1] for way, sock in sockets.items()}


def certificates(folder: Path) -> None:
    """An authority in ca.pem; certificate.pem and key.pem for a server on this machine."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = authority.issue_cert("mail.stock.test", "localhost", "127.0.0.1")
    server.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    server.private_key_pem.write_to_path(str(folder / "key.pem"))
    os.chmod(folder / "key.pem", 0o600)


def configured(path: Path, **values: object) -> Path:
    """Write our configuration of that name, each @word@ replaced by its value; return its path."""
    text = (CONFIGURATIONS / path.name).read_text(encoding="utf-8")
    path.write_text(re.sub(r"@(\w+)@", lambda m: str(values[m[1]]), text), encoding="utf-8")
    return path


def ask(*command: str | Path, stdin: str = "") -> str:
    """Run one of the package's programs to its end, and return what it says."""
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=ENOUGH, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def running(command: list[str], ports: Mapping[str, int], log: Path) -> Iterator[None]:
    """A server in the foreground, from when it listens until it and its children have ended."""
    # A session of its own: its children are those of its process group.
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        give_up = time.monotonic() + ENOUGH
        for port in ports.values():
            while not listens(port):
                assert server.poll() is None, f"{command[0]} ended: {said(log)}"
                assert time.monotonic() < give_up, f"nobody listens on {port}: {said(log)}"
                time.sleep(0.02)
        yield
    finally:
        server.terminate()
        try:
            server.wait(ENOUGH)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), ENOUGH).close()
    except ConnectionRefusedError:
        return False
    return True


def said(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else "no log"
