"""Somebody on the way: what is heard, what is done, and against whom it works."""

import base64
import gc
import hashlib
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from smtplab.lab import Lab, Wiretap, faults
from smtplab.solutions.auth import auth_plain
from smtplab.solutions.dialogue import ReplyError, command, deliver, parse_ehlo, read_reply
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import InsecureError, choose_security, connect_tls, starttls

from .client import ENOUGH, STRICT, Client, complaints, ended, is_closed, storm, trusting, until

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 1.0  # seconds: stopping takes milliseconds
MAIL = b"Subject: hello\r\n\r\nhello, Lin\r\n"
PORTS = (25, 465, 587)
FLAWS = ("expired", "wrong-name", "self-signed", "unknown-authority")
PIECES = (
    None,
    faults.Dribble(),
    faults.Split(octets=3),
    faults.LongReply(lines=5),
    faults.Join(patience=0.01),
    faults.Slow(0.01),
)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


class Tapped(Client):
    """A client whose way leads through a tap."""

    def __init__(self, lab: Lab, port: int, tap: Wiretap, **options: Any) -> None:
        self.address = tap.address
        super().__init__(lab, port, **options)

    def connect(self, port: int) -> socket.socket:
        return socket.create_connection(self.address, timeout=ENOUGH)


def said(tap: Wiretap, sender: str) -> bytes:
    return b"".join(s.data for s in tap.segments if s.sender == sender)


def heard(tap: Wiretap) -> bytes:
    return b"".join(s.data for s in tap.overheard)


def credentials(lab: Lab) -> bytes:
    account = lab.account
    return base64.b64encode(f"\0{account.address}\0{account.authorization_code}".encode())


def careless() -> ssl.SSLContext:
    """A context that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def nameless(lab: Lab) -> ssl.SSLContext:
    """A context that wants a good certificate, and does not look whose it is."""
    context = trusting(lab)
    context.check_hostname = False
    return context


def hello(address: tuple[str, int]) -> tuple[socket.socket, LineReader, dict[str, str]]:
    """A plain session up to EHLO's reply."""
    sock = socket.create_connection(address, timeout=ENOUGH)
    reader = LineReader(sock)
    read_reply(reader)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


def send(lab: Lab, sock: socket.socket, reader: LineReader) -> None:
    """Log in, deliver MAIL, and say goodbye."""
    account = lab.account
    auth_plain(sock, reader, account.address, account.authorization_code)
    deliver(sock, reader, account.address, ["lin@lab.test"], MAIL)
    command(sock, reader, "QUIT", 221)


# The naive clients: each as it stands in many a program


def naive_tls(lab: Lab, address: tuple[str, int], context: ssl.SSLContext) -> None:
    """TLS from the first octet, with anybody."""
    with socket.create_connection(address, timeout=ENOUGH) as plain:
        sock = context.wrap_socket(plain, server_hostname=lab.hostname)
        with sock:
            reader = LineReader(sock)
            read_reply(reader)
            command(sock, reader, "EHLO client.lab.test", 250)
            send(lab, sock, reader)


def naive_starttls(lab: Lab, address: tuple[str, int], context: ssl.SSLContext) -> dict[str, str]:
    """STARTTLS if it is offered, with anybody, and the reader is kept."""
    sock, reader, extensions = hello(address)
    try:
        if "STARTTLS" in extensions:
            command(sock, reader, "STARTTLS", 220)
            sock = context.wrap_socket(sock, server_hostname=lab.hostname)
            reader.sock = sock
            extensions = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
        send(lab, sock, reader)
    finally:
        sock.close()
    return extensions


def mended_tls(lab: Lab, address: tuple[str, int]) -> None:
    with connect_tls(address, lab.hostname, lab.ca_file) as sock:
        reader = LineReader(sock)
        read_reply(reader)
        command(sock, reader, "EHLO client.lab.test", 250)
        send(lab, sock, reader)


def mended_starttls(lab: Lab, address: tuple[str, int]) -> None:
    sock, reader, extensions = hello(address)
    try:
        assert choose_security(587, extensions) == "starttls"
        sock, reader, _ = starttls(sock, reader, lab.hostname, lab.ca_file)
        send(lab, sock, reader)
    finally:
        sock.close()


MENDED = {465: mended_tls, 587: mended_starttls}


# Who listens


@pytest.mark.parametrize("port", [465, 587])
def test_a_mail_arrives_through_a_tap_as_it_would_without(lab: Lab, port: int) -> None:
    with lab.tap(port) as tap:
        MENDED[port](lab, tap.address)
    assert lab.mailbox.wait().raw == MAIL
    assert tap.overheard == ()


def test_in_the_clear_all_is_written_down_as_it_crossed() -> None:
    with Lab("legacy") as lab, lab.tap(25) as tap:
        sock, reader, _ = hello(tap.address)
        with sock:
            send(lab, sock, reader)
        events = ended(lab).events
    for sender in ("C", "S"):
        assert said(tap, sender) == b"".join(e.data for e in events if e.sender == sender)
    assert credentials(lab) in tap.octets
    assert MAIL in tap.octets


@pytest.mark.parametrize("port", [465, 587])
def test_within_tls_a_listener_has_sizes_and_times_and_a_name(lab: Lab, port: int) -> None:
    with lab.tap(port) as tap:
        MENDED[port](lab, tap.address)
    for secret in (credentials(lab), MAIL, b"MAIL FROM", b"lin@lab.test"):
        assert secret not in tap.octets
    assert b"mail.lab.test" in said(tap, "C")  # RFC 6066, section 3: the name is asked for
    assert (b"STARTTLS" in tap.octets) == (port == 587)
    times = [segment.time for segment in tap.segments]
    assert times == sorted(times) and times[0] >= 0 and times[-1] < ENOUGH
    assert {segment.connection for segment in tap.segments} == {1}


def test_connections_are_counted(lab: Lab) -> None:
    with lab.tap(25) as tap, Tapped(lab, 25, tap) as one, Tapped(lab, 25, tap) as other:
        other.say("NOOP other")
        one.say("NOOP one")
        lines = [(s.connection, s.data) for s in tap.segments if s.sender == "C"]
    assert lines == [(2, b"NOOP other\r\n"), (1, b"NOOP one\r\n")]


def test_two_taps_hear_each_what_crosses_there(lab: Lab) -> None:
    with lab.tap(25) as one, lab.tap(25) as other, Tapped(lab, 25, one) as client:
        client.say("NOOP")
        assert (b"NOOP" in one.octets, other.octets) == (True, b"")


def test_a_large_message_is_whole_behind_a_tap(lab: Lab) -> None:
    line = bytes(range(33, 127)) * 10 + b"\r\n"
    content = line * 10_000
    with lab.tap(25) as tap, Tapped(lab, 25, tap) as client:
        assert client.deliver(content).startswith("250 ")
        raw = lab.mailbox.wait().raw
    assert hashlib.sha256(raw).digest() == hashlib.sha256(content).digest()
    assert content in said(tap, "C")


def test_thirty_clients_at_once_do_not_meet(lab: Lab) -> None:
    codes: list[str] = []

    def talk(number: int) -> None:
        with Tapped(lab, 465, tap) as client:
            codes.append(client.say(f"VRFY u{number}@lab.test")[:3])

    with lab.tap(465) as tap:
        threads = [threading.Thread(target=talk, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert codes == ["252"] * 30
    assert {segment.connection for segment in tap.segments} == set(range(1, 31))


# How a session ends behind a tap


def test_a_half_close_passes_and_the_reply_comes_back(lab: Lab) -> None:
    with lab.tap(25) as tap, Tapped(lab, 25, tap) as client:
        client.say("EHLO x")
        client.send("QUIT")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.rest().startswith(b"221 ")
    assert ended(lab).ended is not None


@pytest.mark.parametrize("port", PORTS)
def test_a_client_that_leaves_is_seen_to_leave(lab: Lab, port: int) -> None:
    with lab.tap(port) as tap:
        with Tapped(lab, port, tap):
            pass
        assert ended(lab).ended == "C"


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("habits", [(), (faults.Latency(0.01),)])
def test_a_provider_that_hangs_up_is_heard(
    lab: Lab, port: int, habits: tuple[faults.Habit, ...]
) -> None:
    with lab.tap(port, *habits) as tap, lab.misbehave(faults.Reply(421, at="NOOP")):
        with Tapped(lab, port, tap) as client:
            assert client.say("NOOP").startswith("421 ")
            assert client.rest() == b""
        assert ended(lab).ended == "S"


@pytest.mark.parametrize("how", [faults.Impersonate(), None])
def test_tls_says_goodbye_through_a_tap(lab: Lab, how: faults.Habit | None) -> None:
    with lab.tap(465, *filter(None, [how])) as tap:
        plain = socket.create_connection(tap.address, timeout=ENOUGH)
        with careless().wrap_socket(plain) as sock:
            sock.recv(100)
            sock.unwrap().close()
        assert ended(lab).ended == "C"


# A slow link


@pytest.mark.parametrize("port", PORTS)
def test_latency_holds_back_each_way(lab: Lab, port: int) -> None:
    with lab.tap(port, faults.Latency(0.05)) as tap, Tapped(lab, port, tap) as client:
        began = time.perf_counter()
        client.say("NOOP")
        took = time.perf_counter() - began
    assert 0.095 <= took < 0.5


def test_latency_keeps_the_order_and_delays_no_segment_behind_another(lab: Lab) -> None:
    with lab.tap(25, faults.Latency(0.05)) as tap, Tapped(lab, 25, tap) as client:
        client.say("EHLO x")
        client.say("MAIL FROM:<you@lab.test>")
        began = time.perf_counter()
        for number in range(15):
            client.send(f"RCPT TO:<u{number}@else.test>")
        replies = [client.reply() for _ in range(15)]
        took = time.perf_counter() - began
    relayed = [reply.partition("<")[2].partition("@")[0] for reply in replies]
    assert relayed == [f"u{number}" for number in range(15)]
    assert took < 1.0  # one after the other would take 1.5 s


def test_the_listener_sits_beside_the_client(lab: Lab) -> None:
    with lab.tap(25, faults.Latency(0.05)) as tap, Tapped(lab, 25, tap) as client:
        client.say("NOOP")
    asked, answered = tap.segments[-2:]
    assert answered.time - asked.time >= 0.095


def test_no_latency_is_a_latency(lab: Lab) -> None:
    with lab.tap(25, faults.Latency(0)) as tap, Tapped(lab, 25, tap) as client:
        assert client.deliver(MAIL).startswith("250 ")


# The offer of STARTTLS struck out


@pytest.mark.parametrize("way", PIECES)
@pytest.mark.parametrize("port", [25, 587])
def test_the_offer_is_struck_out_and_nothing_else(
    lab: Lab, port: int, way: faults.Fault | None
) -> None:
    with lab.misbehave(*filter(None, [way])), Client(lab, port) as client:
        offered = client.say("EHLO x").split("\n")
    with (
        lab.misbehave(*filter(None, [way])),
        lab.tap(port, faults.StripStarttls()) as tap,
        Tapped(lab, port, tap) as client,
    ):
        left = client.say("EHLO x").split("\n")
    assert "250-STARTTLS" in offered
    assert left == [line for line in offered if line[4:] != "STARTTLS"]
    assert b"STARTTLS" not in said(tap, "S")


def test_an_offer_that_comes_last_is_struck_out_too() -> None:
    struck = faults.Without("STARTTLS").shape
    assert struck(b"250-a\r\n250-SIZE 1\r\n250 starttls\r\n") == [b"250-a\r\n250 SIZE 1\r\n"]
    assert struck(b"502 no\r\n") == [b"502 no\r\n"]


def test_who_says_starttls_all_the_same_is_refused(lab: Lab) -> None:
    with lab.tap(587, faults.StripStarttls()) as tap, Tapped(lab, 587, tap) as client:
        client.say("EHLO x")
        assert client.say("STARTTLS").startswith("530 ")
        assert client.say("NOOP").startswith("250 ")
    assert b"XXXXXXXX" in b"".join(e.data for e in lab.transcript[-1].events if e.sender == "C")


def test_a_message_may_hold_the_word_and_the_session_goes_on(lab: Lab) -> None:
    content = b"Subject: x\r\n\r\nSTARTTLS\r\n250-STARTTLS\r\nDATA\r\n"
    with lab.tap(25, faults.StripStarttls()) as tap, Tapped(lab, 25, tap) as client:
        assert client.deliver(content).startswith("250 ")
        assert lab.mailbox.wait().raw == content
        assert b"STARTTLS" not in client.say("EHLO x").encode()


def test_stripped_the_naive_client_says_its_password_to_all_the_world() -> None:
    with Lab("legacy") as lab, lab.tap(587, faults.StripStarttls()) as tap:
        naive_starttls(lab, tap.address, trusting(lab))
        assert credentials(lab) in tap.octets
        assert lab.mailbox.wait().raw == MAIL


def test_stripped_the_mended_client_says_nothing_secret() -> None:
    with Lab("legacy") as lab, lab.tap(587, faults.StripStarttls()) as tap:
        with pytest.raises(InsecureError, match="offers no STARTTLS"):
            mended_starttls(lab, tap.address)
        assert b"AUTH" not in said(tap, "C")
    assert len(lab.mailbox) == 0


# Octets slipped in

FALSE_EHLO = b"250-mail.lab.test\r\n250 AUTH NOTHING\r\n"


@pytest.mark.parametrize("way", PIECES)
def test_what_is_slipped_in_comes_in_one_segment_with_the_reply(
    lab: Lab, way: faults.Fault | None
) -> None:
    with (
        lab.misbehave(*filter(None, [way])),
        lab.tap(587, faults.Inject(to_client=FALSE_EHLO)) as tap,
        Tapped(lab, 587, tap) as client,
    ):
        client.say("EHLO x")
        assert client.say("STARTTLS").startswith("220 ")
        got = [s.data for s in tap.segments if s.sender == "S"][-1]
    assert got == b"220 2.0.0 Ready to start TLS\r\n" + FALSE_EHLO


def test_injected_the_naive_client_takes_it_for_what_was_said_within_tls(lab: Lab) -> None:
    with lab.tap(587, faults.Inject(to_client=FALSE_EHLO)) as tap, pytest.raises(ReplyError) as e:
        naive_starttls(lab, tap.address, trusting(lab))
    # It went on with a false offer, and then read as AUTH's answer what answered EHLO.
    assert e.value.code == 250 and "SIZE 35882577" in e.value.lines


def test_injected_the_naive_client_believes_in_a_mail_that_nobody_took(lab: Lab) -> None:
    lies = b"235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n"
    with lab.tap(587, faults.Inject(to_client=FALSE_EHLO + lies)) as tap:
        assert naive_starttls(lab, tap.address, trusting(lab)) == {"AUTH": "NOTHING"}


def test_injected_the_mended_client_says_so_and_stops(lab: Lab) -> None:
    with (
        lab.tap(587, faults.Inject(to_client=FALSE_EHLO)) as tap,
        pytest.raises(InsecureError, match="in the clear"),
    ):
        mended_starttls(lab, tap.address)
    assert tap.segments[-1].sender == "S"  # not even a handshake was begun


# A machine in the middle


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("naive", [naive_tls, naive_starttls])
def test_an_impersonator_reads_the_naive_clients_password_and_the_mail_arrives(
    lab: Lab, naive: Callable[..., Any], flaw: str
) -> None:
    port = 465 if naive is naive_tls else 587
    with lab.tap(port, faults.Impersonate(flaw)) as tap:
        naive(lab, tap.address, careless())
        assert lab.mailbox.wait().raw == MAIL
    assert credentials(lab) in heard(tap) and MAIL in heard(tap)
    assert credentials(lab) not in tap.octets  # on the wire it is TLS all the same


def test_an_impersonator_bears_the_name_of_the_lab_that_it_stands_before() -> None:
    with Lab(domain="else.test") as lab, lab.tap(465, faults.Impersonate("expired")) as tap:
        context = ssl.create_default_context(cafile=lab.ca_file)
        with (
            socket.create_connection(tap.address, 10) as plain,
            pytest.raises(ssl.SSLCertVerificationError, match="expired"),
        ):
            context.wrap_socket(plain, server_hostname=lab.hostname)


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("port", [465, 587])
def test_an_impersonator_fails_with_the_mended_client(lab: Lab, port: int, flaw: str) -> None:
    with lab.tap(port, faults.Impersonate(flaw)) as tap:
        with pytest.raises(ssl.SSLCertVerificationError):
            MENDED[port](lab, tap.address)
        assert tap.overheard == ()
    # Who impersonates does not even greet the provider.
    assert any(session.events for session in lab.transcript) == (port != 465)
    assert len(lab.mailbox) == 0


def test_a_good_certificate_of_another_fools_who_does_not_look_at_the_name(lab: Lab) -> None:
    with lab.tap(465, faults.Impersonate("wrong-name")) as tap:
        naive_tls(lab, tap.address, nameless(lab))
        assert credentials(lab) in heard(tap)
    with lab.tap(465, faults.Impersonate()) as tap, pytest.raises(ssl.SSLCertVerificationError):
        naive_tls(lab, tap.address, nameless(lab))


@pytest.mark.parametrize("way", PIECES)
@pytest.mark.parametrize("naive", [naive_tls, naive_starttls])
def test_an_impersonator_copes_with_a_provider_that_misbehaves(
    lab: Lab, naive: Callable[..., Any], way: faults.Fault | None
) -> None:
    port = 465 if naive is naive_tls else 587
    with (
        lab.misbehave(*filter(None, [way])),
        lab.tap(port, faults.Impersonate(), faults.Latency(0.001)) as tap,
    ):
        naive(lab, tap.address, careless())
        assert credentials(lab) in heard(tap)
    assert lab.mailbox.wait().raw == MAIL


@pytest.mark.parametrize("way", [faults.PlainOnTls(), faults.OldTls()])
@pytest.mark.parametrize("naive", [naive_tls, naive_starttls])
def test_an_impersonator_whom_the_provider_refuses_hangs_up(
    lab: Lab, naive: Callable[..., Any], way: faults.Fault
) -> None:
    port = 465 if naive is naive_tls else 587
    with (
        lab.misbehave(way),
        lab.tap(port, faults.Impersonate()) as tap,
        pytest.raises((EOFError, OSError)),
    ):
        naive(lab, tap.address, careless())


def test_an_impersonator_reads_a_large_message(lab: Lab) -> None:
    content = bytes(range(33, 127)) * 10 + b"\r\n"
    content *= 2_000
    with lab.tap(465, faults.Impersonate()) as tap:
        plain = socket.create_connection(tap.address, timeout=ENOUGH)
        with careless().wrap_socket(plain) as sock:
            reader = LineReader(sock)
            read_reply(reader)
            command(sock, reader, "EHLO x", 250)
            account = lab.account
            auth_plain(sock, reader, account.address, account.authorization_code)
            deliver(sock, reader, account.address, ["lin@lab.test"], content)
    assert lab.mailbox.wait().raw == content
    assert content in heard(tap)


def test_a_454_leaves_the_session_in_the_clear_for_all(lab: Lab) -> None:
    for habit in (faults.Impersonate(), faults.Inject(to_client=b"250 x\r\n")):
        with (
            lab.misbehave(faults.Reply(454, at="STARTTLS")),
            lab.tap(587, habit) as tap,
            Tapped(lab, 587, tap) as client,
        ):
            client.say("EHLO x")
            assert client.say("STARTTLS").startswith("454 ")
            assert client.say("NOOP").startswith("250 ")


@pytest.mark.timeout(30)
def test_a_tap_does_the_same_each_time(lab: Lab) -> None:
    seen = set()
    for _ in range(20):
        with lab.tap(587, faults.Impersonate()) as tap:
            naive_starttls(lab, tap.address, careless())
        seen.add(tuple((s.sender, s.data[:4]) for s in tap.overheard))
    assert len(seen) == 1


# A tap's life


def plain(lab: Lab, tap: Wiretap) -> socket.socket:
    return Tapped(lab, 587, tap).sock


def before_anything(lab: Lab, tap: Wiretap) -> socket.socket:
    return socket.create_connection(tap.address, timeout=ENOUGH)


def within_starttls(lab: Lab, tap: Wiretap) -> socket.socket:
    client = Tapped(lab, 587, tap)
    client.say("STARTTLS")
    client.sock.sendall(b"\x16\x03\x01\x02\x00\x01")  # the head of a ClientHello
    return client.sock


def within_tls(lab: Lab, tap: Wiretap) -> socket.socket:
    client = Tapped(lab, 587, tap)
    client.say("STARTTLS")
    return careless().wrap_socket(client.sock)


STAGES = (plain, before_anything, within_starttls, within_tls)
HABITS: tuple[tuple[faults.Habit, ...], ...] = (
    (),
    (faults.Impersonate(),),
    (faults.Latency(0.001),),
    (faults.Inject(),),
)


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("habits", HABITS)
@pytest.mark.parametrize("opened", STAGES)
@pytest.mark.parametrize("who", ["lab", "tap"])
def test_a_stop_waits_for_no_client(
    who: str, opened: Callable[..., socket.socket], habits: tuple[faults.Habit, ...]
) -> None:
    lab = Lab()
    tap = lab.tap(587, *habits)
    clients = [opened(lab, tap) for _ in range(3)]
    began = time.perf_counter()
    (lab if who == "lab" else tap).stop()
    took = time.perf_counter() - began
    for sock in clients:
        sock.settimeout(ENOUGH)
        with suppress(ConnectionError, ssl.SSLError):
            while sock.recv(1000):
                pass
        sock.close()
    assert took < AT_ONCE
    assert is_closed(tap.address)
    assert repr(tap).startswith("<Wiretap: stopped")
    tap.stop()
    lab.stop()
    tap.stop()


@pytest.mark.usefixtures("nothing_left")
def test_a_long_latency_holds_up_no_stop() -> None:
    lab = Lab()
    tap = lab.tap(25, faults.Latency(60))
    with socket.create_connection(tap.address, timeout=ENOUGH) as sock:
        sock.sendall(b"NOOP\r\n")
        began = time.perf_counter()
        tap.stop()
        lab.stop()
        assert time.perf_counter() - began < AT_ONCE


@pytest.mark.usefixtures("nothing_left")
def test_a_stop_amid_a_storm_of_clients_leaves_nothing() -> None:
    def knock(tap: Wiretap) -> None:
        with socket.create_connection(tap.address, timeout=ENOUGH) as sock:
            sock.recv(3)

    for number in range(10):
        lab = Lab()
        tap = lab.tap(25)
        with storm(lab, lambda tap=tap: knock(tap)):
            began = time.perf_counter()
            if number % 2:
                tap.stop()
            lab.stop()
            took = time.perf_counter() - began
        assert took < AT_ONCE


@pytest.mark.usefixtures("nothing_left")
def test_a_tap_keeps_no_lab_alive() -> None:
    lab = Lab()
    tap = lab.tap(465)
    client = Tapped(lab, 465, tap)
    del client.lab, lab
    gc.collect()
    assert is_closed(tap.address)
    assert client.rest() == b""
    client.close()
    assert len(tap.segments) > 0


@pytest.mark.usefixtures("nothing_left")
def test_a_tap_that_nobody_refers_to_stops_by_itself() -> None:
    with Lab() as lab:
        tap = lab.tap(25)
        address = tap.address
        client = Tapped(lab, 25, tap)
        del tap
        gc.collect()
        assert client.rest() == b""
        assert is_closed(address)
        client.close()
        until(lambda: not lab._world.ways._taps)


@pytest.mark.usefixtures("nothing_left")
def test_a_tap_can_be_stopped_from_the_labs_own_thread() -> None:
    with Lab() as lab:
        tap = lab.tap(25)
        lab.transcript.subscribe(lambda event: tap.stop())
        with Tapped(lab, 25, tap, greeted=False) as client:
            client.rest()
        tap.stop()
        assert is_closed(tap.address)


@pytest.mark.usefixtures("nothing_left")
def test_threads_may_stop_a_lab_and_its_tap_at_once() -> None:
    for _ in range(20):
        lab = Lab()
        tap = lab.tap(25)
        stops = (lab.stop, tap.stop, tap.stop, lab.stop)
        threads = [threading.Thread(target=stop) for stop in stops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert is_closed(tap.address)
        del lab, tap, threads, stops


@pytest.mark.parametrize(
    "end", ["", "sys.exit(3)", "lab.stop()", "del lab", "del tap", "tap.stop()"]
)
def test_a_process_that_ends_with_an_open_tap_ends_at_once(end: str) -> None:
    code = f"""
import socket, ssl, sys
from smtplab.lab import Lab, faults
lab = Lab()
tap = lab.tap(465, faults.Impersonate())
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with socket.create_connection(tap.address) as sock:
    with context.wrap_socket(sock) as client:
        print(client.recv(3).decode())
        {end or "pass"}
"""
    process = subprocess.run(
        [*STRICT, "-X", "dev", "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert (process.stdout.strip(), complaints(process.stderr)) == ("220", "")


def test_nothing_is_said_on_standard_error(lab: Lab, capfd: pytest.CaptureFixture[str]) -> None:
    for habit in (faults.Impersonate(), faults.Latency(0.001), faults.Inject(b"x" * 9)):
        with lab.tap(587, habit) as tap:
            for junk in (b"", b"\x16\x03\x01\xff\xff", b"STARTTLS\r\njunk\r\n" * 5, b"\x00" * 999):
                with socket.create_connection(tap.address, timeout=ENOUGH) as sock:
                    sock.recv(100)
                    sock.sendall(junk)
                    sock.settimeout(0.05)
                    with suppress(OSError):
                        sock.recv(100)
    lab.stop()
    assert capfd.readouterr() == ("", "")


# Wrong arguments


@pytest.mark.parametrize("port", [26, "25", None])
def test_another_port_is_refused(lab: Lab, port: Any) -> None:
    with pytest.raises(ValueError, match="25, 465 and 587"):
        lab.tap(port)


@pytest.mark.parametrize("habit", [faults.Dribble(), faults.Latency, "Latency", 5, None])
def test_what_is_no_habit_is_refused(lab: Lab, habit: Any) -> None:
    with pytest.raises(TypeError, match=r"faults\.Latency\(0\.1\)"):
        lab.tap(25, habit)


@pytest.mark.parametrize("habit", [faults.StripStarttls(), faults.Inject()])
def test_a_habit_that_could_never_act_is_refused(lab: Lab, habit: faults.Habit) -> None:
    with pytest.raises(ValueError, match="465 has no STARTTLS"):
        lab.tap(465, habit)


def test_a_habit_is_no_fault_of_a_provider(lab: Lab) -> None:
    refused = pytest.raises(TypeError, match=r"lab\.tap\(port, faults\.Latency\(\.\.\.\)\)")
    with refused, lab.misbehave(faults.Latency(1)):  # type: ignore[arg-type]
        pass


def test_there_is_no_way_to_a_lab_that_has_stopped(lab: Lab) -> None:
    lab.stop()
    with pytest.raises(RuntimeError, match="has been stopped"):
        lab.tap(25)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (faults.Latency, {"seconds": -1}),
        (faults.Latency, {"seconds": "1"}),
        (faults.Inject, {"to_client": "250 ok"}),
        (faults.Impersonate, {"flaw": "none"}),
    ],
)
def test_a_wrong_argument_is_named_with_what_would_be_right(
    kind: type[faults.Habit], arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        kind(**arguments)
