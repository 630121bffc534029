"""A lab's life: it starts cheaply, stops at once, and leaves nothing behind."""

import asyncio
import gc
import os
import smtplib
import socket
import ssl
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from smtplab.lab import Lab, faults

from .benchmarks import servers
from .benchmarks.__main__ import send
from .client import ENOUGH, STRICT, Client, complaints, ended, is_closed, storm, trusting

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 1.0  # seconds: stopping takes milliseconds, and 30 s where a TLS client is waited for
PORTS = (25, 465, 587)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


# Start


def test_it_listens_on_loopback_alone_on_three_free_ports(lab: Lab) -> None:
    addresses = {lab.address(port) for port in PORTS}
    assert len(addresses) == 3
    listening = {
        (c.laddr.ip, c.laddr.port)
        for c in psutil.Process().net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    }
    assert addresses <= listening
    assert {host for host, _ in addresses} == {"127.0.0.1"}


def test_a_start_makes_no_connection_of_its_own(lab: Lab) -> None:
    assert len(lab.transcript) == 0 and len(lab.mailbox) == 0


def test_it_says_what_a_client_must_know(lab: Lab) -> None:
    assert (lab.profile, lab.hostname, lab.domain) == ("strict", "mail.lab.test", "lab.test")
    assert lab.account.address == "you@lab.test"
    assert lab.account.web_password and lab.account.authorization_code.isalpha()
    assert len(lab.account.authorization_code) == 16
    assert lab.running
    assert repr(lab).startswith("<Lab strict on 127.0.0.1: 25 at ")


def test_each_lab_has_a_fresh_authorization_code() -> None:
    with Lab() as one, Lab() as other:
        assert one.account.authorization_code != other.account.authorization_code


@pytest.mark.parametrize("profile", ["", "Strict", None, 5])
def test_another_profile_is_refused(profile: Any) -> None:
    with pytest.raises(ValueError, match='"strict" or "legacy"'):
        Lab(profile)


def test_a_lab_says_what_size_it_takes_and_takes_no_more() -> None:
    with Lab(size=100) as lab, smtplib.SMTP(*lab.address(25), "client.lab.test") as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "100"
        assert client.mail("you@lab.test", ["SIZE=101"])[0] == 552
        client.mail("you@lab.test")
        client.rcpt("lin@lab.test")
        assert client.data(b"Subject: a\r\n\r\n" + b"b" * 90)[0] == 552
        client.mail("you@lab.test")
        client.rcpt("lin@lab.test")
        assert client.data(b"Subject: a\r\n\r\n")[0] == 250
        assert len(lab.mailbox) == 1


@pytest.mark.parametrize("size", [0, -1, "100", None])
def test_what_is_no_size_is_refused(size: Any) -> None:
    with pytest.raises(ValueError, match="number of octets"):
        Lab(size=size)


@pytest.mark.parametrize("port", [26, "25", None])
def test_another_port_is_refused(lab: Lab, port: Any) -> None:
    with pytest.raises(ValueError, match="25, 465 and 587"):
        lab.address(port)


def test_a_chosen_port_is_used(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with Lab(ports={25: free}) as chosen:
        assert chosen.address(25) == ("127.0.0.1", free)
        with Client(chosen, 25) as client:
            assert client.greeting.startswith("220 ")


@pytest.mark.usefixtures("nothing_left")
def test_a_port_that_is_taken_is_an_error_that_leaves_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        Lab(ports={587: taken.getsockname()[1]})


def test_several_labs_live_side_by_side() -> None:
    labs = [Lab(), Lab("legacy"), Lab(faults=[faults.NoEhlo()])]
    try:
        for lab in labs:
            with Client(lab, 25) as client:
                client.say("HELO x")
                client.say("MAIL FROM:<you@lab.test>")
                client.say("RCPT TO:<lin@lab.test>")
                client.say("DATA")
                client.say(f"Subject: {lab.profile}\r\n\r\n.")
        assert [[m.subject for m in lab.mailbox] for lab in labs] == [
            ["strict"], ["legacy"], ["strict"],
        ]  # fmt: skip
        assert [len(lab.transcript) for lab in labs] == [1, 1, 1]
        labs[0].stop()
        assert [lab.running for lab in labs] == [False, True, True]
        with Client(labs[1], 25) as client:
            assert client.say("NOOP").startswith("250 ")
    finally:
        for lab in labs:
            lab.stop()


def test_thirty_clients_at_once_do_not_meet(lab: Lab) -> None:
    heard: list[str] = []

    def talk(number: int) -> None:
        port = PORTS[number % 3]
        with Client(lab, port) as client:
            heard.append(client.say(f"RCPT{number}"))

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.partition('"')[2].partition('"')[0] for r in heard if "RCPT" in r) == sorted(
        f"RCPT{n}" for n in range(30) if n % 3 != 2
    )


def test_a_lab_lives_within_a_running_event_loop() -> None:
    async def cell() -> str:
        with Lab() as lab, Client(lab, 465) as client:
            return client.say("NOOP")

    # In a thread of its own: another test's browser may run a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, cell()).result(10).startswith("250 ")


# Stop


@pytest.mark.usefixtures("nothing_left")
def test_a_stop_frees_the_ports_and_a_second_does_nothing() -> None:
    lab = Lab()
    addresses = [lab.address(port) for port in PORTS]
    lab.stop()
    lab.stop()
    assert not lab.running
    assert all(is_closed(address) for address in addresses)
    assert repr(lab) == "<Lab strict: stopped>"


def test_what_was_said_and_what_arrived_outlive_the_lab() -> None:
    with Lab() as lab, Client(lab, 25) as client:
        client.deliver(b"Subject: hello\r\n\r\n")
    assert lab.mailbox[0].subject == "hello"
    assert str(lab.transcript[0]).startswith("S: 220 mail.lab.test")
    assert lab.transcript[0].ended is not None


def plain(lab: Lab) -> socket.socket:
    return Client(lab, 25).sock


def implicit_tls(lab: Lab) -> socket.socket:
    return Client(lab, 465).sock


def starttls(lab: Lab) -> socket.socket:
    client = Client(lab, 587)
    client.starttls()
    return client.sock


def before_the_handshake(lab: Lab) -> socket.socket:
    return socket.create_connection(lab.address(465), timeout=ENOUGH)


def within_the_handshake(lab: Lab) -> socket.socket:
    sock = socket.create_connection(lab.address(465), timeout=ENOUGH)
    sock.sendall(b"\x16\x03\x01\x02\x00\x01")  # the head of a ClientHello
    return sock


def within_starttls(lab: Lab) -> socket.socket:
    client = Client(lab, 587)
    client.say("STARTTLS")
    return client.sock


def within_the_content(lab: Lab) -> socket.socket:
    client = Client(lab, 25)
    for line in ("EHLO x", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"):
        client.say(line)
    client.send("hello")
    return client.sock


def within_a_login(lab: Lab) -> socket.socket:
    client = Client(lab, 465)
    client.say("EHLO x")
    client.say("AUTH LOGIN")
    return client.sock


def within_a_fault(lab: Lab) -> socket.socket:
    client = Client(lab, 465)
    with lab.misbehave(faults.Slow(60)):
        client.send("NOOP")
        client.sock.settimeout(0.2)  # a busy lab hears it within that, and while it is slow
        with pytest.raises(TimeoutError):
            client.reply()
    return client.sock


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "opened",
    [
        plain, implicit_tls, starttls, before_the_handshake, within_the_handshake,
        within_starttls, within_the_content, within_a_login, within_a_fault,
    ],
)  # fmt: skip
def test_a_stop_waits_for_no_client(opened: Callable[[Lab], socket.socket]) -> None:
    lab = Lab()
    clients = [opened(lab) for _ in range(3)]
    began = time.perf_counter()
    lab.stop()
    took = time.perf_counter() - began
    for sock in clients:
        sock.settimeout(ENOUGH)
        with suppress(ConnectionError, ssl.SSLError):
            assert sock.recv(100) == b""
        sock.close()
    assert took < AT_ONCE
    assert {session.ended for session in lab.transcript} <= {"S"}


@pytest.mark.usefixtures("nothing_left")
def test_a_stop_amid_a_storm_of_clients_leaves_nothing() -> None:
    def knock(lab: Lab) -> None:
        # Who never waits fills the queue of the listener, and then waits a second for it.
        socket.create_connection(lab.address(465), timeout=ENOUGH).close()
        with socket.create_connection(lab.address(25), timeout=ENOUGH) as sock:
            sock.recv(3)

    for _ in range(10):
        lab = Lab()
        with storm(lab, lambda lab=lab: knock(lab)):
            began = time.perf_counter()
            lab.stop()
            took = time.perf_counter() - began
        assert took < AT_ONCE


@pytest.mark.usefixtures("nothing_left")
def test_fifty_starts_leave_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    kept = []
    for number in range(50):
        lab = Lab("legacy" if number % 2 else "strict")
        kept.append(Client(lab, PORTS[number % 3]))
        lab.stop()
    for client in kept:
        client.close()
    del lab, client, kept
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("nothing_left")
def test_a_lab_that_nobody_refers_to_stops_by_itself() -> None:
    lab = Lab()
    address = lab.address(25)
    client = Client(lab, 465)
    del client.lab
    mailbox = lab.mailbox
    del lab
    gc.collect()
    assert is_closed(address)
    assert client.rest() == b""
    client.close()
    assert len(mailbox) == 0


@pytest.mark.usefixtures("nothing_left")
def test_a_cell_run_again_leaves_no_lab_behind() -> None:
    names: dict[str, Any] = {"Lab": Lab}
    labs = []
    for _ in range(5):
        exec("lab = Lab()", names)
        labs.append(weakref.ref(names["lab"]))
    gc.collect()
    assert [lab() is None for lab in labs] == [True] * 4 + [False]
    names.clear()


@pytest.mark.usefixtures("nothing_left")
def test_a_lab_in_a_cycle_stops_when_the_collector_finds_it() -> None:
    cycle: dict[str, Any] = {"lab": Lab()}
    cycle["itself"] = cycle
    address = cycle["lab"].address(25)
    del cycle
    gc.collect()
    assert is_closed(address)


@pytest.mark.usefixtures("nothing_left")
def test_a_lab_can_be_stopped_from_its_own_thread() -> None:
    before = set(threading.enumerate())
    lab = Lab()
    address = lab.address(25)
    stopped = threading.Event()

    def stop(event: object) -> None:
        lab.stop()
        stopped.set()

    lab.transcript.subscribe(stop)
    with Client(lab, 25, greeted=False) as client:
        client.rest()
    assert stopped.wait(ENOUGH)
    for thread in set(threading.enumerate()) - before:
        thread.join(ENOUGH)
    assert is_closed(address)


@pytest.mark.usefixtures("nothing_left")
def test_two_threads_may_stop_the_same_lab() -> None:
    for _ in range(20):
        lab = Lab()
        threads = [threading.Thread(target=lab.stop) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not lab.running
        del lab, threads


# The end of a kernel


def python(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*STRICT, "-X", "dev", "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "lab.stop()", "del lab", "1 / 0"])
def test_a_process_that_ends_with_an_open_lab_ends_at_once(end: str) -> None:
    code = f"""
import socket, ssl, sys
from smtplab.lab import Lab
lab = Lab()
with socket.create_connection(lab.address(465)) as sock:
    context = ssl.create_default_context(cafile=lab.ca_file)
    with context.wrap_socket(sock, server_hostname=lab.hostname) as client:
        print(client.recv(3).decode())
        {end or "pass"}
"""
    output, errors = python(code).communicate(timeout=30)
    assert output.strip() == "220"
    errors = complaints(errors)
    assert errors == "" or (end == "1 / 0" and errors.rstrip().endswith("division by zero"))


def test_a_process_that_is_killed_leaves_no_socket() -> None:
    code = """
import sys
from smtplab.lab import Lab
lab = Lab()
print(*(lab.address(port)[1] for port in (25, 465, 587)), flush=True)
sys.stdin.read()
"""
    process = python(code)
    assert process.stdout is not None
    ports = [int(port) for port in process.stdout.readline().split()]
    with socket.create_connection(("127.0.0.1", ports[0]), timeout=ENOUGH) as sock:
        assert sock.recv(3) == b"220"
        process.kill()
        process.communicate(timeout=30)
        with suppress(ConnectionError):
            while sock.recv(100):
                pass
    assert len(ports) == 3
    assert all(is_closed(("127.0.0.1", port)) for port in ports)


def test_an_import_starts_nothing() -> None:
    code = """
import threading
import smtplab.lab
print(threading.active_count())
"""
    output, errors = python(code).communicate(timeout=30)
    assert (output.strip(), errors) == ("1", "")


def test_a_broken_hook_is_a_reply_and_not_a_traceback(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("smtplab.lab.mailbox.Mailbox.add", broken)
    with Client(lab, 25) as client:
        assert client.deliver(b"hello\r\n") == "451 4.3.0 Local error in processing"
        assert client.say("NOOP").startswith("250 ")
    ended(lab)
    assert capfd.readouterr() == ("", "")


def test_a_context_that_was_made_for_one_lab_is_good_for_the_next(lab: Lab) -> None:
    context = trusting(lab)
    with Lab() as other, socket.create_connection(other.address(465), timeout=ENOUGH) as sock:
        context.wrap_socket(sock, server_hostname=other.hostname).close()


# Two providers


def test_a_second_lab_is_a_provider_of_another_domain() -> None:
    with Lab(domain="else.test") as other, Client(other, 587) as client:
        assert (other.hostname, other.domain) == ("mail.else.test", "else.test")
        assert other.account.address == "you@else.test"
        assert client.greeting.startswith("220 mail.else.test ")
        assert client.say("EHLO client.lab.test").startswith("250-mail.else.test\n")
        client.starttls()  # its certificate holds for its name
    with Lab(domain="else.test") as other, Client(other, 25) as client:
        assert client.deliver(b"Subject: tea\r\n\r\nAt four?\r\n", to="sam@else.test")[:3] == "250"
        assert client.say("MAIL FROM:<you@lab.test>")[:3] == "250"
        assert client.say("RCPT TO:<lin@lab.test>")[:3] == "550"
        assert client.say("RCPT TO:<nobody@else.test>")[:3] == "550"


@pytest.mark.parametrize("domain", ["", "test", "Else.test", "else test", "a..test", "-a.test", 7])
def test_a_domain_that_is_no_name_is_refused(domain: Any) -> None:
    with pytest.raises(ValueError, match="domain is a name in small letters"):
        Lab(domain=domain)


def test_a_console_and_a_certificate_are_those_of_its_domain() -> None:
    with Lab(domain="else.test") as other:
        assert "mail.else.test ---\nS: 220 mail.else.test" in str(other.console(465))
        context = ssl.create_default_context(cafile=other.ca_file)
        with (
            socket.create_connection(other.address(465), timeout=ENOUGH) as sock,
            pytest.raises(ssl.SSLCertVerificationError, match=r"mail\.lab\.test"),
        ):
            context.wrap_socket(sock, server_hostname="mail.lab.test")


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_a_session_over_tls_leaves_none_of_its_buffers(way: str) -> None:
    # asyncio's 256 KiB for each left 100 kB behind, for what the transcript keeps lay between.
    with servers.running("lab", way) as server:
        assert server is not None
        for number in range(160):
            if number == 40:
                had = server.process.memory_info().rss
            send(server.port, way=way, password=server.password)
        assert (server.process.memory_info().rss - had) / 120 < 40_000
