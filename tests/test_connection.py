"""One connection: what EHLO promises is kept, all is written down, nonsense does no harm."""

import errno
import re
import socket
import ssl
import struct
import time
from collections.abc import Iterator

import pytest

from smtplab.lab import Lab, faults
from smtplab.lab.connection import PATIENCE

from .client import ENOUGH, Client, ended, trusting

STRICT = {"SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "HELP"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def offered(client: Client) -> set[str]:
    lines = client.say("EHLO client.lab.test").split("\n")
    assert lines[0] == "250-mail.lab.test"
    return {line[4:].partition(" ")[0] for line in lines[1:]}


# What EHLO offers


@pytest.mark.parametrize(
    ("profile", "port", "before", "after"),
    [
        ("strict", 25, STRICT | {"STARTTLS"}, STRICT),
        ("strict", 587, STRICT | {"STARTTLS"}, STRICT | {"AUTH"}),
        ("legacy", 25, STRICT | {"STARTTLS", "AUTH"}, STRICT | {"AUTH"}),
        ("legacy", 587, STRICT | {"STARTTLS", "AUTH"}, STRICT | {"AUTH"}),
    ],
)
def test_ehlo_offers_what_the_port_has(
    profile: str, port: int, before: set[str], after: set[str]
) -> None:
    with Lab(profile) as lab, Client(lab, port) as client:
        assert offered(client) == before
        client.starttls()
        assert offered(client) == after
        assert client.say("STARTTLS").startswith("503 5.5.1 ")


@pytest.mark.parametrize("profile", ["strict", "legacy"])
def test_ehlo_on_465_offers_auth_and_no_starttls(profile: str) -> None:
    with Lab(profile) as lab, Client(lab, 465) as client:
        assert offered(client) == STRICT | {"AUTH"}
        assert client.say("STARTTLS").startswith("503 5.5.1 ")


def test_pipelined_commands_are_answered_in_order(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.send(
            "MAIL FROM:<you@lab.test>",
            "RCPT TO:<lin@lab.test>",
            "RCPT TO:<nobody@lab.test>",
            "RCPT TO:<sam@lab.test>",
            "DATA",
        )
        assert [client.reply()[:3] for _ in range(5)] == ["250", "250", "550", "250", "354"]
        client.send("Subject: hello", "", "hello", ".", "QUIT")
        assert [client.reply()[:3] for _ in range(2)] == ["250", "221"]
        assert client.rest() == b""
    assert lab.mailbox.wait().recipients == ("lin@lab.test", "sam@lab.test")


def test_an_octet_that_a_handshake_would_begin_with_is_a_bad_command(lab: Lab) -> None:
    with Client(lab, 25) as client:
        assert client.say(b"\x16zz").startswith("500 ")
        assert client.say("NOOP").startswith("250 ")


@pytest.mark.parametrize("octets", [1, 3, 10])
def test_commands_may_come_in_pieces(lab: Lab, octets: int) -> None:
    script = b"EHLO x\r\nMAIL FROM:<you@lab.test>\r\nRCPT TO:<lin@lab.test>\r\nDATA\r\n"
    with Client(lab, 25) as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(script), octets):
            client.sock.sendall(script[i : i + octets])
        assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]


def test_every_reply_but_a_few_has_an_enhanced_status_code(lab: Lab) -> None:
    with Client(lab, 25) as client:
        assert client.greeting == "220 mail.lab.test ESMTP ready"
        assert client.say("HELO client.lab.test") == "250 mail.lab.test"
        assert client.say("EHLO client.lab.test").startswith("250-mail.lab.test\n")
        for line in (
            "NOOP", "RSET", "HELP", "HELP MAIL", "HELP NONSENSE", "VRFY lin@lab.test", "VRFY",
            "EXPN x", "NONSENSE", "", b"\xff\xfe", "X" * 600,
            "MAIL", "MAIL FROM:", "MAIL FROM:you", "MAIL FROM:<a@b> X=1",
            "MAIL FROM:<a@b> SIZE=99999999", "MAIL FROM:<a@b> BODY=9BIT", "RCPT TO:<a@b>", "DATA",
            "EHLO client.lab.test", "MAIL FROM:<a@lab.test>", "RCPT TO:<lin@lab.test>", "DATA", ".",
            "MAIL FROM:<a@lab.test>", "MAIL FROM:<a@lab.test>", "RCPT", "RCPT TO:<a@b>",
            "RCPT TO:<nobody@lab.test>", "RCPT TO:<lin@lab.test> X=1", "RCPT TO:<lin@lab.test>",
            "DATA x", "AUTH LOGIN", "STARTTLS x", "EHLO", "HELO", "RSET x", "QUIT x",
        ):  # fmt: skip
            reply = client.say(line)
            if line in ("EHLO client.lab.test", "DATA", "."):
                continue
            assert reply[4] == reply[0] and reply[5] == ".", f"{line!r} got {reply!r}"
            assert reply[4:].partition(" ")[0].replace(".", "").isdigit()
        assert client.say("DATA").startswith("354 End")
        assert client.say(".").startswith("250 2.")
        assert client.say("STARTTLS").startswith("220 2.")
        client.wrap()
        assert client.say("QUIT") == "221 2.0.0 Bye"


def test_help_names_what_there_is(lab: Lab) -> None:
    with Client(lab, 25) as client:
        commands = client.say("HELP").split(": ")[1].split()
        assert {"EHLO", "MAIL", "RCPT", "DATA", "QUIT", "AUTH", "STARTTLS"} <= set(commands)
        assert client.say("HELP AUTH").endswith("Syntax: AUTH <mechanism>")
        # RFC 5321, section 3.3: no blank behind the colon.
        assert client.say("HELP MAIL").endswith("Syntax: MAIL FROM:<address>")
        assert client.say("HELP RCPT").endswith("Syntax: RCPT TO:<address>")
    with Client(lab, 465) as client:
        assert "STARTTLS" not in client.say("HELP")


def test_a_declared_size_beyond_the_limit_is_refused(lab: Lab) -> None:
    with Client(lab, 25) as client:
        reply = client.say("EHLO client.lab.test")
        limit = next(int(line[9:]) for line in reply.split("\n") if line[4:9] == "SIZE ")
        assert client.say(f"MAIL FROM:<a@b> SIZE={limit + 1}").startswith("552 5.3.4 ")
        assert client.say(f"MAIL FROM:<a@b> SIZE={limit}").startswith("250 ")


@pytest.mark.parametrize(("excess", "code"), [(0, "250"), (1, "552")])
def test_the_size_limit_holds_to_the_octet(lab: Lab, excess: int, code: str) -> None:
    with Client(lab, 25) as client:
        reply = client.say("EHLO client.lab.test")
        limit = next(int(line[9:]) for line in reply.split("\n") if line[4:9] == "SIZE ")
        lines, rest = divmod(limit + excess, 1000)
        content = (b"x" * 998 + b"\r\n") * lines + b"x" * (rest - 2) + b"\r\n"
        assert client.deliver(content).startswith(code)
        assert client.say("NOOP").startswith("250")
    assert [len(message.raw) for message in lab.mailbox] == ([limit] if code == "250" else [])


@pytest.mark.parametrize(("excess", "code"), [(0, "250"), (1, "552")])
def test_the_dots_that_are_doubled_do_not_count(excess: int, code: str) -> None:
    """RFC 1870, section 5."""
    content = b".\r\n" * 30 + b"." * excess + b"." * 8 + b"\r\n"
    stuffed = b"." + content.replace(b"\r\n.", b"\r\n..")
    with Lab(size=100) as lab, Client(lab, 25) as client:
        assert client.deliver(stuffed).startswith(code)
        assert client.say("NOOP").startswith("250")
        assert [message.raw for message in lab.mailbox] == ([content] if code == "250" else [])


def test_eight_bits_arrive_as_they_were_sent(lab: Lab) -> None:
    every = bytes(octet for octet in range(256) if octet not in (10, 13))
    content = b"Subject: \xe4\xbd\xa0\r\n\r\n" + every + b"\r\n"
    with Client(lab, 25) as client:
        client.deliver(content)
    assert lab.mailbox.wait().raw == content


# Content


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"", b""),
        (b"hello\r\n", b"hello\r\n"),
        (b"..\r\n", b".\r\n"),
        (b"...\r\n..a\r\na.\r\n", b"..\r\n.a\r\na.\r\n"),
        (b".a\r\n", b"a\r\n"),
        (b"a\n.\r\nb\r\n", b"a\n.\r\nb\r\n"),
        (b"a\r\n.\nb\r\n", b"a\r\n\nb\r\n"),
        (b"a\r\n.\rb\r\n", b"a\r\n\rb\r\n"),
        (b"a\r.\r\r\nb\r\n", b"a\r.\r\r\nb\r\n"),
    ],
)
def test_content_is_kept_with_its_dots_undone(sent: bytes, kept: bytes) -> None:
    with Lab("legacy") as lab, Client(lab, 25) as client:
        assert client.deliver(sent).startswith("250 ")
        assert client.say("NOOP").startswith("250 ")
    assert [message.raw for message in lab.mailbox] == [kept]


def test_a_line_of_content_has_its_limit(lab: Lab) -> None:
    with Client(lab, 25) as client:
        assert client.deliver(b"x" * 1100 + b"\r\n").startswith("500 5.")
        assert client.deliver(b"x" * 998 + b"\r\n").startswith("250 ")


def test_what_follows_data_may_have_a_dot_for_each_octet(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.deliver(b"..\r\n" * 5000)
    assert lab.mailbox.wait().raw == b".\r\n" * 5000


# What is written down


@pytest.mark.parametrize("port", [25, 465, 587])
def test_every_octet_is_in_the_transcript(lab: Lab, port: int) -> None:
    sent, got = b"", b""
    with Client(lab, port) as client:
        got += f"{client.greeting}\r\n".encode()
        for line in (b"EHLO client.lab.test", b"\xff\x00nonsense", b"NOOP", b"QUIT"):
            sent += line + b"\r\n"
            got += client.say(line).replace("\n", "\r\n").encode() + b"\r\n"
        assert client.rest() == b""
    session = ended(lab)
    said = {who: b"".join(e.data for e in session.events if e.sender == who) for who in "CS"}
    assert said == {"C": sent, "S": got}
    assert {event.tls for event in session.events} == {port == 465}
    assert {event.port for event in session.events} == {session.port} == {port}


def test_a_login_is_in_the_transcript_on_both_sides_of_starttls(lab: Lab) -> None:
    account = lab.account
    with Client(lab, 587) as client:
        client.say("EHLO client.lab.test")
        client.starttls()
        client.say("EHLO client.lab.test")
        client.say("AUTH LOGIN")
        client.say("eW91QGxhYi50ZXN0")
        client.say("d3Jvbmc=")
    lines = ended(lab).lines()
    clear = [str(line) for line in lines if not line.tls]
    hidden = [(str(line), line.kind) for line in lines if line.tls]
    assert clear[-2:] == ["C: STARTTLS", "S: 220 2.0.0 Ready to start TLS"]
    assert hidden[-6:] == [
        ("C: AUTH LOGIN", "auth"),
        ("S: 334 VXNlcm5hbWU6", "reply"),
        ("C: eW91QGxhYi50ZXN0", "auth"),
        ("S: 334 UGFzc3dvcmQ6", "reply"),
        ("C: d3Jvbmc=", "auth"),
        ("S: 535 5.7.8 Authentication credentials invalid", "reply"),
    ]
    assert account.authorization_code not in str(lab.transcript)


def test_what_is_injected_behind_starttls_is_dropped(lab: Lab) -> None:
    with Client(lab, 587) as client:
        client.say("EHLO client.lab.test")
        client.send("STARTTLS", "NOOP injected")
        assert client.reply().startswith("220 ")
        client.wrap()
        assert client.say("EHLO client.lab.test").startswith("250-mail.lab.test")


@pytest.mark.parametrize("port", [25, 465, 587])
def test_the_transcript_says_who_hung_up(lab: Lab, port: int) -> None:
    with Client(lab, port) as client:
        client.say("QUIT")
        client.rest()
    assert ended(lab).ended == "S"
    with Client(lab, port):
        pass
    assert ended(lab, count=2).ended == "C"
    with Client(lab, port) as client:
        # No goodbye at all: the system sends a reset.
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ended(lab, count=3).ended == "C"


def test_a_tls_client_that_says_goodbye_hung_up(lab: Lab) -> None:
    with Client(lab, 465) as client:
        assert isinstance(client.sock, ssl.SSLSocket)
        client.sock.unwrap().close()
    assert ended(lab).ended == "C"


def test_a_client_that_refuses_the_certificate_hung_up(lab: Lab) -> None:
    with Client(lab, 587) as client:
        assert client.say("STARTTLS").startswith("220 ")
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(client.sock, server_hostname=lab.hostname)
    assert ended(lab).ended == "C"
    with Client(lab, 587) as client:
        client.starttls()


def test_one_connection_does_not_change_the_limits_of_another(lab: Lab) -> None:
    # RFC 1870, section 3: SIZE makes room for 26 octets more than the 512 of a command.
    long = f"MAIL FROM:<{'a' * 490}@lab.test> SIZE=1"
    with Client(lab, 25) as first:
        first.say("EHLO client.lab.test")
        with Client(lab, 25):
            assert first.say(long).startswith("250 ")


# A session from its first octet


UNVERIFIED = ssl._create_unverified_context()


def lines(lab: Lab) -> list[str]:
    """The newest session, without the lengths that depend on OpenSSL."""
    return [re.sub(r"[\d,]+ octets", "… octets", str(line)) for line in ended(lab).lines()]


def fails(lab: Lab, port: int, context: ssl.SSLContext) -> None:
    """A handshake that fails, where TLS begins on a port."""
    with Client(lab, port, greeted=port != 465, implicit=False) as client:
        if port != 465:
            client.say("STARTTLS")
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(client.sock, server_hostname=lab.hostname)


@pytest.mark.parametrize("port", [465, 587])
def test_a_handshake_that_the_client_refuses_is_told_with_its_reason(lab: Lab, port: int) -> None:
    fails(lab, port, ssl.create_default_context())
    told = ["C: <TLS handshake, … octets>", "--- tls-refused: unknown_ca ---"]
    assert lines(lab)[-2:] == told
    assert lab.transcript[-1].ended == "C"
    with lab.misbehave(faults.Certificate("expired")):
        fails(lab, port, trusting(lab))
    assert lines(lab)[-1] == "--- tls-refused: certificate_expired ---"


def test_a_handshake_that_the_provider_refuses_is_told_with_its_reason(lab: Lab) -> None:
    with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
        sock.sendall(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00garbage")
        sock.recv(100)
    assert lines(lab) == [
        "C: <TLS handshake, … octets>",
        "--- tls-failed: length_too_short ---",
        "S: <TLS record, … octets>",
    ]
    assert lab.transcript[-1].ended == "S"


def test_a_handshake_that_the_client_leaves_is_a_session(lab: Lab) -> None:
    with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
        sock.sendall(b"\x16\x03\x01\x02\x00\x01")
    assert lines(lab) == ["C: <TLS handshake, … octets>", "--- tls-left ---"]
    assert lab.transcript[-1].ended == "C"
    with socket.create_connection(lab.address(465), timeout=ENOUGH):
        pass
    assert (ended(lab, count=2).ended, lines(lab)) == ("C", [])


def test_plain_talk_where_tls_begins_is_a_session_and_told_as_no_tls(lab: Lab) -> None:
    with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
        sock.sendall(b"EHLO client.lab.test\r\n")
        while sock.recv(100):
            pass
    assert lines(lab) == ["C: EHLO client.lab.test", "--- no-tls ---"]
    assert lab.transcript[-1].ended == "S"
    with Client(lab, 587) as client:
        client.say("STARTTLS")
        client.send("EHLO client.lab.test")
        client.rest()
    assert lines(lab)[-2:] == ["C: EHLO client.lab.test", "--- no-tls ---"]


@pytest.mark.parametrize("port", [25, 587])
def test_tls_where_the_talk_is_plain_is_one_line_however_it_comes(lab: Lab, port: int) -> None:
    hello = b"\x16\x03\x01\x02\x00\x01\n\n\r\n\n"
    with Client(lab, port) as client:
        client.sock.sendall(hello)
        while not lab.transcript[-1].lines()[-1].note:
            time.sleep(0.001)
        client.sock.sendall(b"\n\n more")
    assert lines(lab)[1:] == [
        "C: <TLS handshake, … octets>",
        "--- tls ---",
        "C: <TLS record, … octets>",
    ]


def test_a_silent_handshake_is_a_session_too(lab: Lab) -> None:
    for port, said in ((465, []), (587, ["C: STARTTLS", "S: 220 2.0.0 Ready to start TLS"])):
        with lab.misbehave(faults.SilentHandshake()):
            with Client(lab, port, greeted=port == 587, implicit=False) as client:
                if port == 587:
                    client.say("STARTTLS")
                client.sock.sendall(b"\x16\x03\x01\x02\x00\x01")
            while len(lab.transcript) < 1 + (port == 587):
                time.sleep(0.001)
            assert lines(lab)[port == 587 :] == [*said, "C: <TLS handshake, … octets>"]


# Out of turn. Who talks before the greeting is on its way is seen by chance, but where it is late.


def notes(lab: Lab) -> list[str]:
    return [line.note for line in ended(lab).lines() if line.note]


def test_who_speaks_before_the_greeting_is_noted(lab: Lab) -> None:
    with lab.misbehave(faults.Slow(0.5, at="greeting")), Client(lab, 25, greeted=False) as client:
        client.send("EHLO client.lab.test")
        assert client.reply().startswith("220 ")
        client.reply()
    assert lines(lab)[:2] == ["C: EHLO client.lab.test", "--- early ---"]


@pytest.mark.parametrize(
    ("hello", "group", "noted"),
    [
        ("EHLO x", ["MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"], []),
        ("EHLO x", ["RSET", "NOOP"], []),
        ("EHLO x", ["NOOP", "RSET"], ["out-of-turn: NOOP"]),
        ("EHLO x", ["QUIT", "RSET"], ["out-of-turn: QUIT"]),
        ("EHLO x", ["EHLO x", "NOOP"], ["out-of-turn: EHLO"]),
        ("HELO x", ["RSET", "RSET"], ["out-of-turn: RSET"]),
        ("", ["RSET", "RSET"], ["out-of-turn: RSET"]),
    ],
)
def test_what_is_sent_behind_a_command_that_ends_a_group_is_noted(
    lab: Lab, hello: str, group: list[str], noted: list[str]
) -> None:
    with Client(lab, 25) as client:
        if hello:
            client.say(hello)
        client.send(*group)
        for _ in group[: 1 if group[0] == "QUIT" else None]:
            client.reply()
    assert notes(lab) == noted


def test_without_pipelining_no_command_has_company(lab: Lab) -> None:
    with lab.misbehave(faults.Without("PIPELINING")), Client(lab, 25) as client:
        client.say("EHLO x")
        client.send("RSET", "RSET")
        assert [client.reply()[:3] for _ in range(2)] == ["250"] * 2
    assert notes(lab) == ["out-of-turn: RSET"]


def test_a_letter_that_comes_with_data_is_noted_and_a_command_behind_the_dot_is_not(
    lab: Lab,
) -> None:
    with Client(lab, 25) as client:
        client.say("EHLO x")
        client.send("MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA", "hello", ".")
        for _ in range(4):
            client.reply()
        client.send("MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA")
        for _ in range(3):
            client.reply()
        client.send("hello", ".", "QUIT")
        client.rest()
    assert notes(lab) == ["out-of-turn: DATA"]


# How a session ends


@pytest.mark.parametrize("port", [25, 465])
def test_a_long_silence_ends_in_421_and_that_is_in_the_transcript(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setattr("smtplab.lab.connection.PATIENCE", 0.3)
    with Lab() as lab, Client(lab, port) as client:
        client.say("EHLO client.lab.test")
        assert client.reply() == "421 4.4.2 Timeout: nothing was said for half an hour"
        assert client.rest() == b""
        session = ended(lab)
    assert session.ended == "S"
    assert str(session).endswith("S: 421 4.4.2 Timeout: nothing was said for half an hour")


def test_patience_is_half_an_hour_and_every_octet_renews_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert PATIENCE == 30 * 60
    monkeypatch.setattr("smtplab.lab.connection.PATIENCE", 1)
    with Lab() as lab, Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        for line in ("MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"):
            client.say(line)
        for _ in range(6):
            time.sleep(0.25)
            client.send("x")
        assert client.say(".").startswith("250 ")


@pytest.mark.parametrize("refused", ["NONSENSE", "RCPT TO:<lin@lab.test>", "AUTH LOGIN", ""])
def test_the_twentieth_error_is_the_last(lab: Lab, refused: str) -> None:
    with Client(lab, 25) as client:
        client.say("HELO client.lab.test")
        for _ in range(19):
            assert client.say(refused)[0] == "5"
        assert client.say("NOOP").startswith("250 ")
        assert client.say(refused)[0] == "5"
        assert client.rest() == b"421 4.7.0 Too many errors\r\n"
    assert ended(lab).ended == "S"


def test_a_group_of_a_hundred_errors_gets_twenty_answers(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.send(*["NONSENSE"] * 100)
        assert client.rest().count(b"\r\n") == 21


def test_a_letter_that_was_taken_forgives_the_errors_before_it(lab: Lab) -> None:
    with Client(lab, 25) as client:
        for _ in range(3):
            for _ in range(15):
                client.say("NONSENSE")
            assert client.deliver(b"hello\r\n").startswith("250 ")


def test_who_vanishes_amid_a_flood_leaves_nothing_on_standard_error(
    lab: Lab, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for port in (25, 465):
        for _ in range(5):
            with Client(lab, port) as client:
                client.say("EHLO client.lab.test")
                linger = struct.pack("ii", 1, 0)
                client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                client.send(*["NOOP"] * 10_000)
    ended(lab)
    lab.stop()
    assert capfd.readouterr() == ("", "")
    assert "socket.send" not in caplog.text


def test_who_vanishes_as_the_lab_hangs_up_is_no_error_of_the_lab(
    lab: Lab, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanished(*_: object) -> None:
        raise OSError(errno.ENOTCONN, "the reset came between the reply and the goodbye")

    with Client(lab, 25) as client:
        monkeypatch.setattr(socket.socket, "shutdown", vanished)
        client.sock.sendall(b"EHLO\rx")
        assert client.reply().startswith("550 ")
        assert client.rest() == b""
    assert ended(lab).ended == "S"
    assert "Exception" not in caplog.text


def test_what_is_pipelined_behind_quit_is_not_carried_out(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.send("QUIT", "MAIL FROM:<a@b>", "RCPT TO:<lin@lab.test>", "DATA", "hello", ".")
        assert client.reply() == "221 2.0.0 Bye"
        assert client.rest() == b""
    ended(lab)
    assert len(lab.mailbox) == 0


def test_a_half_close_behind_the_dot_still_delivers(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.say("MAIL FROM:<you@lab.test>")
        client.say("RCPT TO:<lin@lab.test>")
        client.say("DATA")
        client.send("Subject: hello", "", "hello", ".")
        client.sock.shutdown(socket.SHUT_WR)
        client.rest()
    assert lab.mailbox.wait().subject == "hello"


def test_a_half_close_within_the_content_delivers_nothing(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.say("MAIL FROM:<you@lab.test>")
        client.say("RCPT TO:<lin@lab.test>")
        client.say("DATA")
        client.send("Subject: hello", "", "hello")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.rest() == b""
    ended(lab)
    assert len(lab.mailbox) == 0


def test_a_whole_session_may_be_poured_in(lab: Lab) -> None:
    script = (
        b"EHLO x\r\nMAIL FROM:<you@lab.test>\r\nRCPT TO:<lin@lab.test>\r\nDATA\r\n"
        b"Subject: poured\r\n\r\nhello\r\n.\r\nQUIT\r\n"
    )
    with Client(lab, 25) as client:
        client.sock.sendall(script)
        client.sock.shutdown(socket.SHUT_WR)
        replies = client.rest().split(b"\r\n")
    assert [line[:4] for line in replies[-6:]] == [b"250 ", b"250 ", b"354 ", b"250 ", b"221 ", b""]
    assert lab.mailbox.wait().subject == "poured"


# Nonsense


def test_nonsense_is_answered_and_says_nothing_on_standard_error(
    lab: Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    with Client(lab, 25) as client:
        for line in (
            b"",
            b"\x00",
            b"\xff\xfe",
            b"GET / HTTP/1.1",
            b"X" * 5000,
            b"MAIL FROM:<\xff>",
        ):
            assert client.say(line)[0] == "5"
    with Client(lab, 25) as client:
        for _ in range(20):
            assert client.say("NONSENSE").startswith("500 5.5.2 ")
        assert client.rest() == b"421 4.7.0 Too many errors\r\n"
    with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
        sock.sendall(b"EHLO plain.text.on.465\r\n")
        try:
            while sock.recv(100):
                pass
        except ConnectionError:
            pass
    with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
        sock.sendall(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00garbage")
    with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
        pass
    with Client(lab, 587) as client:
        client.say("STARTTLS")
        client.sock.sendall(b"EHLO plain.text.behind.starttls\r\n")
        client.rest()
    with Client(lab, 25, greeted=False):
        pass
    with Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.send("MAIL FROM:<a@b>")
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wrong = ssl.create_default_context()
    with (
        socket.create_connection(lab.address(465), timeout=ENOUGH) as sock,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        wrong.wrap_socket(sock, server_hostname=lab.hostname)
    with Client(lab, 465) as client:
        assert client.say("EHLO client.lab.test").startswith("250-")
    lab.stop()
    assert capfd.readouterr() == ("", "")


def test_a_name_that_is_not_in_the_certificate_is_refused(lab: Lab) -> None:
    for name in ("mail.lab.test", "localhost", "127.0.0.1"):
        with socket.create_connection(lab.address(465), timeout=ENOUGH) as sock:
            trusting(lab).wrap_socket(sock, server_hostname=name).close()
    with (
        socket.create_connection(lab.address(465), timeout=ENOUGH) as sock,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        trusting(lab).wrap_socket(sock, server_hostname="mail.elsewhere.example")
