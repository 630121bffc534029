"""A lab is its user's: another user's program on the same machine needs the account."""

import base64
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from smtplab.lab import Lab, strangers

from .client import ENOUGH, Client

NOBODY = 65534
LINE = "   0: 0100007F:{peer:04X} 0100007F:0019 01 00000000:00000000 00:00000000 00000000 {end}\n"
PEER, HERE = ("127.0.0.1", 40000), ("127.0.0.1", 25)


@contextmanager
def somebody_else() -> Iterator[None]:
    """What is opened meanwhile is another user's. The lab in this process stays root's."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root, on Linux, can be somebody else")
    with mock.patch("os.geteuid", return_value=0):
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def test_another_users_program_needs_the_account(lab: Lab) -> None:
    with somebody_else():
        client = Client(lab, 25)
    with client.sock:
        assert client.say("EHLO client.lab.test").startswith("250")
        assert client.say("MAIL FROM:<you@lab.test>") == strangers.REFUSAL
    with somebody_else():
        client = Client(lab, 465, implicit=False)
    client.wrap()
    with client.sock:
        assert client.reply().startswith("220")
        assert client.say("EHLO client.lab.test").startswith("250")
        login = f"\0{lab.account.address}\0{lab.account.authorization_code}"
        assert client.say(f"AUTH PLAIN {base64.b64encode(login.encode()).decode()}")[:3] == "235"
        client.deliver(b"Subject: Hello\r\n\r\nHello\r\n")
    assert len(lab.mailbox) == 1


def test_no_tap_lets_it_in(lab: Lab) -> None:
    tap = lab.tap(25)
    with somebody_else():
        sock = socket.create_connection(tap.address, timeout=ENOUGH)
    with sock:
        assert sock.recv(100) == b""


def test_the_labs_own_user_needs_none(lab: Lab) -> None:
    client = Client(lab, 25)
    with client.sock:
        assert client.deliver(b"Subject: Hello\r\n\r\nHello\r\n").startswith("250")


@pytest.mark.parametrize(
    ("end", "stranger"),
    [
        ("1000 0 4711 1", True),
        ("1001 0 4711 1", False),
        ("0 0 4711 1", False),
        ("0 0 0 1", True),  # its program has closed it: whose it was is forgotten
    ],
)
@pytest.mark.skipif(sys.byteorder != "little", reason="the table is written as little-endian")
def test_what_the_table_of_linux_says(
    end: str, stranger: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "tcp"
    table.write_text("  sl  local_address\n" + LINE.format(peer=40000, end=end))
    monkeypatch.setattr(strangers, "TABLE", table)
    monkeypatch.setattr(os, "geteuid", lambda: 1001, raising=False)
    assert strangers.is_stranger(PEER, HERE) == stranger
    assert not strangers.is_stranger(("127.0.0.1", 40001), HERE)
    assert not strangers.is_stranger(("192.0.2.1", 40000), ("192.0.2.2", 25))
    assert not strangers.is_stranger("", "")
    table.unlink()
    assert not strangers.is_stranger(PEER, HERE)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose a socket is")
def test_the_system_says_of_one_connection_what_its_table_says() -> None:
    with socket.create_server((strangers.LOOPBACK, 0)) as server:
        here = server.getsockname()
        with socket.create_connection(here):
            near, peer = server.accept()
            said = strangers._asked(peer, here)
            assert said is not None
            assert said == strangers._looked_up(peer, here)
            assert (said[0], bool(said[1])) == (os.geteuid(), True)
        with near:  # which has not closed its own end yet
            assert strangers._asked(peer, here) == strangers._looked_up(peer, here) == (0, 0)
            assert strangers.is_stranger(peer, here)
    assert strangers._asked((strangers.LOOPBACK, 1), here) is None
