"""A client of few words for the lab's tests: octets out, replies in."""

import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

import psutil

from smtplab.lab import Lab, Session

ENOUGH = 10.0  # seconds that no answer on loopback takes
# Python with every warning an error, but for the one that pyproject.toml passes over, too.
STRICT = (sys.executable, "-W", "error", "-W", "ignore:'typing.ByteString'")


def trusting(lab: Lab) -> ssl.SSLContext:
    """A client's TLS context that trusts this lab, and nobody else."""
    return ssl.create_default_context(cafile=lab.ca_file)


def ended(lab: Lab, *, count: int = 1) -> Session:
    """The newest session, once there are `count` and the lab has seen all of them end."""
    give_up = time.monotonic() + ENOUGH
    while len(lab.transcript) < count or any(s.ended is None for s in lab.transcript):
        assert time.monotonic() < give_up, "a session did not end"
        time.sleep(0.001)
    return lab.transcript[-1]


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread is about to bring about."""
    give_up = time.monotonic() + ENOUGH
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.005)


@contextmanager
def storm(lab: Lab, knock: Callable[[], None]) -> Iterator[None]:
    """Four clients that knock again and again; the block begins when the storm is well up."""
    over = threading.Event()

    def knock_on() -> None:
        while not over.is_set():
            with suppress(OSError):
                knock()

    threads = [threading.Thread(target=knock_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        while len(lab.transcript) < 20:
            over.wait(0.001)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def is_closed(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=ENOUGH).close()
    except ConnectionRefusedError:
        return True
    return False


def open_sockets() -> set[tuple[int, Any]]:
    return {(c.fd, c.laddr) for c in psutil.Process().net_connections("all")}


class Client:
    """One connection to a lab; on 465 it is TLS from the first octet, if it is `implicit`."""

    def __init__(self, lab: Lab, port: int, *, greeted: bool = True, implicit: bool = True) -> None:
        self.lab = lab
        self.sock = self.connect(port)
        self._buffer = b""
        if port == 465 and implicit:
            self.wrap()
        greeted &= port != 465 or implicit
        self.greeting = self.reply() if greeted else ""

    def connect(self, port: int) -> socket.socket:
        return socket.create_connection(self.lab.address(port), timeout=ENOUGH)

    def wrap(self) -> None:
        self.sock = trusting(self.lab).wrap_socket(self.sock, server_hostname=self.lab.hostname)
        self._buffer = b""

    def send(self, *lines: str | bytes) -> None:
        """Send lines in one segment, each with CRLF."""
        octets = [line.encode() if isinstance(line, str) else line for line in lines]
        self.sock.sendall(b"".join(line + b"\r\n" for line in octets))

    def line(self) -> bytes:
        while b"\n" not in self._buffer:
            data = self.sock.recv(10)
            if not data:
                raise EOFError(f"the lab hung up; before that came {self._buffer!r}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line + b"\n"

    def reply(self) -> str:
        """One reply, its lines joined by LF, without CRLF."""
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        assert all(line.endswith(b"\r\n") for line in lines)
        return "\n".join(line[:-2].decode() for line in lines)

    def say(self, line: str | bytes) -> str:
        self.send(line)
        return self.reply()

    def starttls(self) -> None:
        assert self.say("STARTTLS").startswith("220 ")
        self.wrap()

    def deliver(self, content: bytes, *, to: str = "lin@lab.test") -> str:
        """Send one message; `content` is what goes between 354 and the lone dot."""
        assert self.say("EHLO client.lab.test").startswith("250")
        assert self.say("MAIL FROM:<you@lab.test>").startswith("250")
        assert self.say(f"RCPT TO:<{to}>").startswith("250")
        assert self.say("DATA").startswith("354")
        self.sock.sendall(content + b".\r\n")
        return self.reply()

    def rest(self) -> bytes:
        """Everything that still comes, until the lab hangs up; TLS or not, politely or not."""
        data, self._buffer = self._buffer, b""
        try:
            while piece := self.sock.recv(4096):
                data += piece
        except (ConnectionError, ssl.SSLError):
            pass
        return data

    def close(self) -> None:
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def complaints(errors: str) -> str:
    """What a process said on its standard error, but for what a busy machine makes asyncio say."""
    return re.sub(r"^Executing <.*> took [\d.]+ seconds\n", "", errors, flags=re.MULTILINE)
