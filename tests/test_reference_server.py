"""Lesson 10's reference: a server that clients which are not ours talk to, and that is attacked."""

import os
import random
import re
import shutil
import smtplib
import socket
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from smtplab import student
from smtplab.exercises.gauntlet.scenarios import CHINESE, LETTER, Mail
from smtplab.judge import ScriptedSocket
from smtplab.lab import Lab
from smtplab.solutions.client import send_mail
from smtplab.solutions.server import bounce, desk, encode_reply, relay, serve_one, whole_lines
from smtplab.solutions.sockets import LineReader

from .client import ENOUGH, open_sockets
from .conftest import absent

CLIENT, YOU, LIN, SAM = "client.lab.test", "you@lab.test", "lin@lab.test", "sam@lab.test"
TEXT = "At four?\n.\n..and a line with two dots\nfrom the shore\n"
SESSION = (
    b"EHLO client.lab.test\r\nMAIL FROM:<you@lab.test>\r\nRCPT TO:<lin@lab.test>\r\nDATA\r\n"
    b"Subject: tea\r\n\r\nAt four?\r\n.\r\nQUIT\r\n"
)
Address = tuple[str, int]
Mailbox = list[dict[str, Any]]


@pytest.fixture
def mailbox() -> Mailbox:
    return []


@pytest.fixture
def address(mailbox: Mailbox) -> Iterator[Address]:
    """A desk that leaves nothing behind, neither a socket nor a thread."""
    sockets, threads = open_sockets(), threading.active_count()
    with desk(serve_one, mailbox, timeout=ENOUGH) as address:
        yield address
    assert threading.active_count() <= threads
    assert open_sockets() <= sockets


def talk(address: Address, octets: bytes) -> bytes:
    """Say all at once, and hear everything until the server closes."""
    with socket.create_connection(address, timeout=ENOUGH) as sock, sock.makefile("rb") as replies:
        sock.sendall(octets)
        return replies.read()


def codes(said: bytes) -> list[int]:
    """The codes of the replies after the greeting and EHLO's."""
    return [int(line[:3]) for line in said.split(b"\r\n") if line[3:4] == b" "][2:]


def is_served(address: Address, mailbox: Mailbox) -> bool:
    """Whether the next client is."""
    before = len(mailbox)
    return codes(talk(address, SESSION)) == [250, 250, 354, 250, 221] and len(mailbox) > before


# Clients that are not ours, and the one that the course leads to


def written() -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = YOU, f"{LIN}, {SAM}", "tea"
    message.set_content(TEXT, cte="7bit")
    return message


def test_smtplib_delivers(address: Address, mailbox: Mailbox) -> None:
    with smtplib.SMTP(*address, local_hostname=CLIENT, timeout=ENOUGH) as client:
        assert client.send_message(written()) == {}
        assert client.noop()[0] == 250
        assert client.sendmail("", [SAM], b"Subject: second\r\n\r\n\r\n.\r\n") == {}
    first, second = mailbox
    assert (first["client"], first["sender"], first["recipients"]) == (CLIENT, YOU, [LIN, SAM])
    assert read(first).get_content().splitlines() == TEXT.splitlines()
    assert (second["sender"], second["recipients"]) == ("", [SAM])
    assert second["content"] == b"Subject: second\r\n\r\n\r\n.\r\n"


def test_the_finished_client_delivers_from_a_terminal(
    address: Address, mailbox: Mailbox, tmp_path: Path
) -> None:
    (program,) = student.mine("my_client.py").values
    (tmp_path / "my_client.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable, "my_client.py", "--host", address[0], "--port", str(address[1]),
            "--security", "none", "--from", YOU, "--to", LIN, "--to", SAM, "--subject", "你好",
            "--text", TEXT,
        ],
        check=False, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (mail,) = mailbox
    assert mail["recipients"] == [LIN, SAM]
    assert read(mail)["subject"] == "你好"
    assert read(mail).get_content().splitlines() == TEXT.splitlines()


@pytest.mark.parametrize("mail", [LETTER, CHINESE], ids=["letter", "chinese"])
def test_send_mail_delivers_the_letters_of_the_gauntlet(
    address: Address, mailbox: Mailbox, mail: Mail
) -> None:
    assert send_mail(*address, security="none", **mail.arguments) == {}
    message = read(mailbox[0])
    assert message["subject"].strip() == mail.subject
    attached = {one.get_filename(): one.get_payload(decode=True) for one in message.walk()}
    assert dict(mail.attachments).items() <= attached.items()


def read(mail: dict[str, Any]) -> EmailMessage:
    message = message_from_bytes(mail["content"], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


FOREIGN = {
    "swaks": lambda host, port: [
        "swaks", "--server", host, "--port", str(port), "--helo", CLIENT, "--from", YOU,
        "--to", f"{LIN},{SAM}", "--header", "Subject: tea", "--body", TEXT,
    ],
    "curl": lambda host, port: [
        "curl", "--silent", "--show-error", f"smtp://{host}:{port}/{CLIENT}", "--mail-from", YOU,
        "--mail-rcpt", LIN, "--mail-rcpt", SAM, "--upload-file", "-", "--crlf",
    ],
    "msmtp": lambda host, port: [
        "msmtp", f"--host={host}", f"--port={port}", "--tls=off", "--auth=off", f"--from={YOU}",
        f"--domain={CLIENT}", LIN, SAM,
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_client_of_other_peoples_delivers(
    address: Address, mailbox: Mailbox, name: str, tmp_path: Path
) -> None:
    if shutil.which(name) is None:
        absent(f"there is no {name}")
    letter = f"From: {YOU}\nTo: {LIN}\nSubject: tea\n\n{TEXT}"
    done = subprocess.run(
        FOREIGN[name](*address), check=False, input=letter, cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (mail,) = mailbox
    assert (mail["client"], mail["sender"], mail["recipients"]) == (CLIENT, YOU, [LIN, SAM])
    assert read(mail)["subject"] == "tea"
    assert read(mail).get_content().rstrip().splitlines() == TEXT.splitlines()


# Attacks


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r"]
)
def test_nothing_but_a_lone_dot_between_two_crlf_ends_a_mail(
    address: Address, mailbox: Mailbox, end: bytes
) -> None:
    inner = SESSION.partition(b"\r\n")[2].removesuffix(b"QUIT\r\n")
    start = SESSION.partition(b"At four?")[0]
    assert codes(talk(address, start + b"a" + end + inner + b"NOOP\r\nQUIT\r\n")) == [
        250, 250, 354, 554, 250, 221,
    ]  # fmt: skip
    assert mailbox == []


def test_a_line_without_end_is_heard_and_not_kept(address: Address, mailbox: Mailbox) -> None:
    with socket.create_connection(address, timeout=ENOUGH) as sock, sock.makefile("rb") as replies:
        sock.sendall(b"EHLO client.lab.test\r\n")
        tracemalloc.start()
        for _ in range(800):
            sock.sendall(b"x" * 10_000)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sock.sendall(b"\r\nNOOP\r\nQUIT\r\n")
        assert codes(replies.read()) == [500, 250, 221]
    assert most < 200_000  # octets, of 8,000,000


def test_a_content_without_end_is_heard_and_refused(address: Address, mailbox: Mailbox) -> None:
    start = SESSION.partition(b"Subject")[0]
    content = (b"x" * 76 + b"\r\n") * 40_000
    assert codes(talk(address, start + content + b".\r\nNOOP\r\nQUIT\r\n")) == [
        250, 250, 354, 554, 250, 221,
    ]  # fmt: skip
    assert mailbox == []


def test_a_silent_client_is_told_so_and_others_are_served(mailbox: Mailbox) -> None:
    with (
        desk(serve_one, mailbox, timeout=0.3) as address,
        socket.create_connection(address, timeout=ENOUGH) as silent,
    ):
        assert is_served(address, mailbox)
        with silent.makefile("rb") as said:
            assert [line[:3] for line in said] == [b"220", b"421"]


@pytest.mark.parametrize("abrupt", [False, True], ids=["closes", "resets"])
def test_a_client_may_go_at_any_octet(
    address: Address, mailbox: Mailbox, abrupt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    for size in range(0, len(SESSION), 3):
        sock = socket.create_connection(address, timeout=ENOUGH)
        sock.sendall(SESSION[:size])
        if abrupt:  # RFC 9293, section 3.5.2: the other end hears RST, and not the end
            linger = struct.pack("ii", 1, 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        sock.close()
    assert is_served(address, mailbox)
    assert failed == []


def test_octets_by_chance_end_in_no_exception(
    address: Address, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    chance = random.Random(5321)
    words = [*SESSION.splitlines(True), b"\r", b"\n", b".", b"\0", b"\xff", b"RSET\r\n", b" "]
    for _ in range(100):
        octets = b"".join(chance.choice(words) for _ in range(40))
        with socket.create_connection(address, timeout=ENOUGH) as sock:
            sock.sendall(octets)
            sock.shutdown(socket.SHUT_WR)
            with sock.makefile("rb") as replies:
                for line in replies:
                    assert re.match(rb"[2-5]\d\d[ -]", line)
    assert is_served(address, mailbox)
    assert failed == []


def crowd(size: int, served: Callable[[Address, Mailbox], bool] = is_served) -> float:
    """Seconds until so many silent clients are greeted, and a mail among them is taken."""
    mailbox: Mailbox = []
    began = time.monotonic()
    with desk(serve_one, mailbox, timeout=60.0) as address:
        clients = [socket.create_connection(address, timeout=ENOUGH) for _ in range(size)]
        try:
            assert sum(client.recv(3) == b"220" for client in clients) == size
            assert served(address, mailbox)
            took = time.monotonic() - began
        finally:
            for client in clients:
                client.close()
    return took


def test_a_thousand_silent_clients_do_not_shut_the_server() -> None:
    resource = pytest.importorskip("resource")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2_100:
        pytest.skip("this process may not open 2,000 sockets")
    threads = threading.active_count()
    crowd(1_000)
    assert threading.active_count() <= threads


# Two hops


def over(lab: Lab, mail: dict[str, Any], hostname: str) -> tuple[Any, list[str]]:
    with socket.create_connection(lab.address(25), timeout=ENOUGH) as sock:
        return relay(sock, LineReader(sock), mail, hostname)


def hops(raw: bytes) -> list[tuple[str, str]]:
    """Who gave it and who took it, the first hop first."""
    fields = message_from_bytes(raw).get_all("Received", [])
    found = [re.match(r"from (\S+) by (\S+) with ESMTP; ", field) for field in fields]
    return [(one[1], one[2]) for one in reversed(found) if one]


def test_a_mail_over_two_hops_has_a_chain_of_received(address: Address, mailbox: Mailbox) -> None:
    with Lab() as lab, Lab(domain="else.test") as other:
        with smtplib.SMTP(*address, local_hostname=CLIENT, timeout=ENOUGH) as client:
            client.sendmail(YOU, ["sam@else.test"], b"Subject: tea\r\n\r\nAt four?\r\n")
        assert over(other, mailbox[0], "mail.desk.test") == (None, [])
        arrived = other.mailbox.wait()
        forwarded = {"client": "mail.desk.test", "sender": arrived.sender, "recipients": [LIN]}
        assert over(lab, forwarded | {"content": arrived.raw}, other.hostname) == (None, [])
        raw = lab.mailbox.wait().raw
    assert hops(raw) == [(CLIENT, "mail.desk.test"), ("mail.desk.test", "mail.else.test")]
    assert raw.endswith(b"Subject: tea\r\n\r\nAt four?\r\n")


def test_a_refused_mail_comes_back_as_a_bounce_that_programs_read() -> None:
    with Lab() as lab, Lab(domain="else.test") as other:
        mail = {
            "client": CLIENT, "sender": YOU, "content": b"Subject: tea\r\n\r\nAt four?\r\n",
            "recipients": ["nobody@else.test", "sam@else.test"],
        }  # fmt: skip
        note, later = over(other, mail, "mail.desk.test")
        assert other.mailbox.wait().recipients == ("sam@else.test",)
        assert later == []
        assert over(lab, note, "mail.desk.test") == (None, [])
        arrived = lab.mailbox.wait()
        assert (arrived.sender, arrived.recipients) == ("", (YOU,))
        assert arrived.defects == ()
        assert "nobody@else.test: 550 5.1.1" in str(arrived.text)
        bounced = {**note, "recipients": ["nobody@lab.test"]}
        assert over(lab, bounced, "mail.desk.test") == (None, [])
    report = message_from_bytes(arrived.raw, policy=policy.default)
    assert report.get_content_type() == "multipart/report"
    assert report["Content-Type"].params["report-type"] == "delivery-status"
    people, programs, header = report.iter_parts()  # type: ignore[union-attr]
    assert people.get_content_type() == "text/plain"
    of_mail, of_recipient = programs.get_payload()
    assert of_mail["Reporting-MTA"] == "dns; mail.desk.test"
    assert of_recipient["Final-Recipient"] == "rfc822; nobody@else.test"
    assert (of_recipient["Action"], of_recipient["Status"]) == ("failed", "5.1.1")
    assert header.get_content_type() == "text/rfc822-headers"
    assert "Subject: tea" in header.get_payload()


def test_two_servers_that_forward_to_each_other_end_it() -> None:
    mail: dict[str, Any] = {"client": CLIENT, "sender": YOU, "content": b"Subject: tea\r\n\r\n\r\n"}
    with Lab() as lab, Lab(domain="else.test") as other:
        for count in range(200):
            there, who = (other, "sam@else.test") if count % 2 == 0 else (lab, LIN)
            note, _ = over(there, mail | {"recipients": [who]}, f"mail.{count % 2}.test")
            if note:
                break
            mail["content"] = there.mailbox.wait(count=count // 2 + 1).raw
    assert count == 100
    assert note["recipients"] == [YOU]
    assert b"Status: 5.4.6\r\n" in note["content"]


def test_a_bounce_of_what_is_not_ascii_is_a_mail_all_the_same() -> None:
    content = "Subject: 茶\r\n".encode() + b"X: \xff\r\n\r\n"
    mail = {"client": CLIENT, "sender": YOU, "recipients": [LIN], "content": content}
    note = bounce(mail, {"林@else.test": (550, ["5.1.1 没有这个人"])}, "mail.desk.test")
    assert b"\n" not in note["content"].replace(b"\r\n", b"")
    report = message_from_bytes(note["content"], policy=policy.default)
    assert report.get_body().get_content().count("没有这个人") == 1  # type: ignore[union-attr]


def test_a_reply_of_many_lines_has_a_hyphen_in_all_but_the_last() -> None:
    assert encode_reply(250, ["one", "", "three"]) == b"250-one\r\n250-\r\n250 three\r\n"


@pytest.mark.parametrize("octets", [4_095, 4_096, 4_097, 6_000, 9_000])
@pytest.mark.parametrize("pieces", [1, 500, 4_096, 4_097])
def test_a_line_that_is_far_too_long_is_none_however_it_is_cut(octets: int, pieces: int) -> None:
    line = b"x" * octets
    with ScriptedSocket(line + b"\r\nNOOP\r\n", pieces=pieces) as sock:
        lines = whole_lines(sock)
        assert next(lines) == (line if octets <= 4_096 else None)
        assert next(lines) == b"NOOP"
