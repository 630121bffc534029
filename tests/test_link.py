"""A link with a round trip and a bandwidth: all is as without it, only later."""

import gc
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from smtplab.lab import Lab, Session, faults

from .client import ENOUGH, Client, ended, is_closed, storm, trusting

AT_ONCE = 1.0  # seconds: stopping takes milliseconds
FAR = 60.0  # seconds of a round trip that no test waits for
PORTS = (25, 465, 587)
MAIL = b"Subject: hello\r\n\r\nhello, Lin\r\n"
FAULTS: tuple[faults.Fault, ...] = (
    faults.Dribble(),
    faults.Split(),
    faults.Join(patience=0.01),
    faults.LongReply(lines=5),
    faults.Reply(421, at="NOOP"),
    faults.Reply(450, at="RCPT"),
    faults.Drop(at="MAIL"),
    faults.Drop(at="DATA", octets=20),
    faults.Drop(at="message", delivered=True),
    faults.PlainOnTls(),
    faults.Certificate("expired"),
)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def mail(lab: Lab, port: int) -> str:
    """Everything that a client hears that sends a mail, and how that ends."""
    heard = []
    try:
        with Client(lab, port) as client:
            heard.append(client.greeting)
            if port == 587:
                heard.append(client.say("EHLO client.lab.test"))
                client.starttls()
            heard.append(client.deliver(MAIL))
            heard.append(client.say("NOOP"))
            heard.append(client.say("QUIT"))
            heard.append(repr(client.rest()))
    except (ConnectionError, EOFError):
        heard.append("hung up on")  # in which of two ways is a matter of time
    except (OSError, AssertionError) as error:
        heard.append(type(error).__name__)
    return numberless("\n".join(heard))


def as_told(session: Session) -> tuple[str, str | None]:
    return numberless(str(session)), session.ended


def numberless(text: str) -> str:
    return re.sub(r"Queued as \d+", "Queued", text)


# What crosses is what would come without it


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("link", [{"round_trip": 0.02}, {"bandwidth": 1_000_000}])
def test_a_mail_crosses_as_it_would_without(lab: Lab, port: int, link: dict[str, Any]) -> None:
    near = mail(lab, port), as_told(ended(lab))
    with lab.link(**{"round_trip": 0.0} | link):
        far = mail(lab, port), as_told(ended(lab, count=2))
    assert far == near


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("port", PORTS)
def test_a_fault_shows_as_it_would_without(lab: Lab, port: int, fault: faults.Fault) -> None:
    with lab.misbehave(fault):
        near = mail(lab, port), ended(lab).ended
        with lab.link(round_trip=0.01):
            far = mail(lab, port), ended(lab, count=2).ended
    assert far == near


def test_who_is_hung_up_on_at_once_is_hung_up_on(lab: Lab) -> None:
    with (
        lab.misbehave(faults.Drop(at="greeting")),
        lab.link(round_trip=0.01),
        Client(lab, 25, greeted=False) as client,
    ):
        assert client.rest() == b""
    assert ended(lab).ended == "S"


def test_a_long_message_is_whole(lab: Lab) -> None:
    content = (bytes(range(33, 127)) * 10 + b"\r\n") * 1_000
    with lab.link(round_trip=0.01, bandwidth=10_000_000), Client(lab, 25) as client:
        assert client.deliver(content).startswith("250 ")
        assert lab.mailbox.wait().raw == content


def test_a_tap_hears_what_then_crosses_the_link(lab: Lab) -> None:
    with lab.tap(25) as tap, lab.link(round_trip=FAR):
        with socket.create_connection(tap.address, timeout=ENOUGH) as sock:
            sock.sendall(b"NOOP\r\n")
            while b"NOOP" not in tap.octets:
                time.sleep(0.001)
        assert not lab.transcript.sessions


# When it holds


def crosses(lab: Lab) -> bool:
    """Whether a new connection crosses a link, one that no test could wait for."""
    with socket.create_connection(lab.address(25), timeout=ENOUGH) as sock:
        sock.settimeout(0.3)
        try:
            return not sock.recv(100)
        except TimeoutError:
            return True


def test_it_holds_within_the_block_and_for_new_connections(lab: Lab) -> None:
    with Client(lab, 25) as older:
        with lab.link(round_trip=FAR):
            assert older.say("NOOP").startswith("250")
            assert crosses(lab)
            with lab.link(round_trip=0):
                assert not crosses(lab)
            assert crosses(lab)
        assert not crosses(lab)


def test_it_holds_for_what_was_connected_a_moment_before_the_block_ends(lab: Lab) -> None:
    for _ in range(20):
        with lab.link(round_trip=0.001):
            sock = socket.create_connection(lab.address(25), timeout=ENOUGH)
        with sock:
            assert sock.recv(3) == b"220"
        assert lab.transcript[-1].link.round_trip == 0.001
        sock = socket.create_connection(lab.address(25), timeout=ENOUGH)
        with lab.link(round_trip=FAR), sock:
            assert sock.recv(3) == b"220"


def test_it_ends_with_the_block_whatever_is_raised_there(lab: Lab) -> None:
    with pytest.raises(KeyError), lab.link(round_trip=FAR):
        raise KeyError
    assert not crosses(lab)


@pytest.mark.parametrize("port", PORTS)
def test_a_lab_may_be_far_away_from_the_start(port: int) -> None:
    with Lab(round_trip=0.02, bandwidth=500_000) as lab:
        mail(lab, port)
        link = ended(lab).link
        assert (link.round_trip, link.bandwidth) == (0.02, 500_000)
        with lab.link(round_trip=0):
            assert not crosses(lab)


@pytest.mark.parametrize("port", PORTS)
def test_a_port_waits_for_the_link(lab: Lab, port: int) -> None:
    with lab.link(round_trip=FAR), Client(lab, port, greeted=False, implicit=False) as client:
        client.sock.settimeout(0.2)
        client.send("EHLO client.lab.test")
        with pytest.raises(TimeoutError):
            client.sock.recv(1)
    assert not lab.transcript.sessions


# What it costs: by the order of things, never by how long they took


def test_what_is_sent_back_to_back_arrives_before_the_first_reply_is_back(lab: Lab) -> None:
    with lab.link(round_trip=0.5), Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        for number in range(10):
            client.send(f"VRFY u{number}@lab.test")
        assert [client.reply()[:3] for _ in range(10)] == ["252"] * 10
    said = [e for e in ended(lab).events if e.sender == "C" and e.data.startswith(b"VRFY")]
    assert [e.ahead for e in said] == [False, *[True] * (len(said) - 1)]


def test_who_waits_for_each_reply_is_never_ahead(lab: Lab) -> None:
    for port in PORTS:
        with lab.link(round_trip=0.01), lab.misbehave(faults.Dribble(octets=5)):
            mail(lab, port)
        assert not any(event.ahead for event in ended(lab, count=1).events)


def test_without_a_link_nobody_can_tell_who_was_ahead(lab: Lab) -> None:
    with Client(lab, 25) as client:
        for _ in range(10):
            client.send("NOOP")
        assert [client.reply()[:3] for _ in range(10)] == ["250"] * 10
    assert not any(event.ahead for event in ended(lab).events)


def test_who_sends_more_than_the_link_takes_has_to_wait(lab: Lab) -> None:
    with lab.link(round_trip=0, bandwidth=20_000), Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.sock.sendall(b"x" * 50_000_000)


def test_each_way_has_the_bandwidth_for_itself(lab: Lab) -> None:
    with lab.link(round_trip=0, bandwidth=3_000), Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.sock.sendall(b"NOOP\r\n" + b"x" * 300_000)  # a hundred seconds of the way there
        assert client.line().startswith(b"250 ")


def handshake(lab: Lab, port: int, **options: Any) -> int:
    """How many round trips TLS took, with a context of such attributes."""
    context = trusting(lab)
    for name, value in options.items():
        setattr(context, name, value)
    with Client(lab, port, implicit=False) as client:
        if port != 465:
            client.say("EHLO client.lab.test")
            client.say("STARTTLS")
        with context.wrap_socket(client.sock, server_hostname=lab.hostname) as sock:
            sock.sendall(b"EHLO client.lab.test\r\n")
            sock.recv(100)
    trips = ended(lab, count=len(lab.transcript)).round_trips()
    return [trip.kind for trip in trips].count("tls")


@pytest.mark.parametrize("port", [465, 587])
@pytest.mark.parametrize("link", [0.0, 0.02])
def test_a_handshake_of_tls_costs_what_its_version_costs(port: int, link: float) -> None:
    with Lab(round_trip=link) as lab:
        assert handshake(lab, port) == 1
        assert handshake(lab, port, maximum_version=ssl.TLSVersion.TLSv1_2) == 2


def test_in_the_clear_there_is_no_handshake(lab: Lab) -> None:
    mail(lab, 25)
    assert ended(lab).handshake is None


# How it ends


def test_a_half_close_passes_and_the_reply_comes_back(lab: Lab) -> None:
    with lab.link(round_trip=0.02), Client(lab, 25) as client:
        client.say("EHLO x")
        client.send("QUIT")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.rest().startswith(b"221 ")
    assert ended(lab).ended is not None


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("linger", [False, True])
def test_a_client_that_leaves_is_seen_to_leave(lab: Lab, port: int, linger: bool) -> None:
    with lab.link(round_trip=0.02), Client(lab, port) as client:
        if linger:  # RST
            zero = struct.pack("ii", 1, 0)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, zero)
    assert ended(lab).ended == "C"


def test_what_was_on_the_way_when_its_client_left_still_arrives(lab: Lab) -> None:
    with lab.link(round_trip=0.1), Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.send("MAIL FROM:<a@lab.test>", "RCPT TO:<lin@lab.test>", "DATA")
        assert [client.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
        client.sock.sendall(MAIL + b".\r\n")
    assert lab.mailbox.wait().raw == MAIL
    assert ended(lab).ended == "C"


def plain(lab: Lab) -> socket.socket:
    sock = socket.create_connection(lab.address(587), timeout=ENOUGH)
    sock.recv(1)
    return sock


def before_anything(lab: Lab) -> socket.socket:
    return socket.create_connection(lab.address(465), timeout=ENOUGH)


def within_starttls(lab: Lab) -> socket.socket:
    client = Client(lab, 587)
    client.say("STARTTLS")
    client.sock.sendall(b"\x16\x03\x01\x02\x00\x01")  # the head of a ClientHello
    return client.sock


def within_tls(lab: Lab) -> socket.socket:
    return Client(lab, 465).sock


def in_a_long_message(lab: Lab) -> socket.socket:
    sock = plain(lab)
    sock.sendall(b"x" * 200_000)
    return sock


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "opened", [plain, before_anything, within_starttls, within_tls, in_a_long_message]
)
@pytest.mark.parametrize("blocked", [False, True])
def test_a_stop_waits_for_nothing_on_the_way(
    opened: Callable[[Lab], socket.socket], blocked: bool
) -> None:
    lab = Lab() if blocked else Lab(round_trip=0.01, bandwidth=100_000)
    with lab.link(round_trip=0.01, bandwidth=100_000) if blocked else nullcontext():
        clients = [opened(lab) for _ in range(3)]
        began = time.perf_counter()
        lab.stop()
        took = time.perf_counter() - began
    for sock in clients:
        with suppress(ConnectionError, ssl.SSLError):
            while sock.recv(1000):
                pass
        sock.close()
    assert took < AT_ONCE
    assert is_closed(lab.address(25))
    lab.stop()


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("port", PORTS)
def test_a_stop_waits_for_no_handshake_of_tcp(port: int) -> None:
    lab = Lab(round_trip=FAR)
    with socket.create_connection(lab.address(port), timeout=ENOUGH) as sock:
        sock.sendall(b"NOOP\r\n")
        began = time.perf_counter()
        lab.stop()
        assert time.perf_counter() - began < AT_ONCE


@pytest.mark.usefixtures("nothing_left")
def test_a_stop_amid_a_storm_of_clients_leaves_nothing() -> None:
    def knock(lab: Lab) -> None:
        with socket.create_connection(lab.address(25), timeout=ENOUGH) as sock:
            sock.recv(3)

    for _ in range(5):
        lab = Lab(round_trip=0.002)
        with storm(lab, lambda lab=lab: knock(lab)):  # type: ignore[misc]
            began = time.perf_counter()
            lab.stop()
            took = time.perf_counter() - began
        assert took < AT_ONCE


@pytest.mark.usefixtures("nothing_left")
def test_a_lab_that_nobody_refers_to_stops_with_its_link() -> None:
    lab = Lab(round_trip=0.01)
    client = Client(lab, 465)
    address = lab.address(25)
    del client.lab, lab
    gc.collect()
    assert is_closed(address)
    assert client.rest() == b""
    client.close()


@pytest.mark.usefixtures("nothing_left")
def test_a_link_of_a_lab_that_another_thread_stops_ends() -> None:
    for _ in range(10):
        lab = Lab()
        stopping = threading.Thread(target=lab.stop)
        with suppress(RuntimeError), lab.link(round_trip=0.01):
            stopping.start()
        if stopping.ident:
            stopping.join()
        lab.stop()


# What is refused


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"round_trip": -0.1}, "round_trip is seconds, 0 or more, not -0.1"),
        ({"round_trip": "0.2"}, "round_trip is seconds, 0 or more, not '0.2'"),
        ({"round_trip": float("inf")}, "round_trip is seconds"),
        ({"bandwidth": 0}, "bandwidth is octets a second, 1 or more, or None, not 0"),
        ({"bandwidth": "fast"}, "bandwidth is octets a second"),
        ({"bandwidth": float("nan")}, "bandwidth is octets a second"),
    ],
)
def test_what_is_no_link_is_refused(lab: Lab, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says), lab.link(**wrong):
        pass
    with pytest.raises(ValueError, match=says):
        Lab(**wrong)


def test_a_lab_that_was_stopped_has_no_link() -> None:
    with Lab() as lab:
        lab.stop()
        with pytest.raises(RuntimeError, match="has been stopped"), lab.link():
            pass
