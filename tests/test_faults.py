"""The ways to misbehave: each does what it says, as often as it says, and nothing else."""

import re
import smtplib
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest

from smtplab.lab import Lab, faults
from smtplab.solutions.dialogue import read_reply
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import connect_tls, starttls

from .client import ENOUGH, Client, ended, open_sockets, trusting

MAIL = b"Subject: hello\r\n\r\nhello, Lin\r\n"
TWO = ("MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def segments(lab: Lab, session: int = -1) -> list[bytes]:
    """What the lab wrote in one session, segment by segment."""
    return [event.data for event in lab.transcript[session].events if event.sender == "S"]


# Replies in pieces


@pytest.mark.parametrize("octets", [1, 2, 7])
def test_replies_dribble(lab: Lab, octets: int) -> None:
    with lab.misbehave(faults.Dribble(octets=octets)), Client(lab, 25) as client:
        assert client.greeting == "220 mail.lab.test ESMTP ready"
        assert client.deliver(MAIL).startswith("250 ")
        client.say("QUIT")
        client.rest()
    ended(lab)
    assert {len(data) for data in segments(lab)} <= set(range(1, octets + 1))
    assert lab.mailbox.wait().raw == MAIL


def test_the_first_octet_of_a_dribble_is_seen_alone(lab: Lab) -> None:
    with lab.misbehave(faults.Dribble()):
        sock = socket.create_connection(lab.address(25), timeout=ENOUGH)
        with sock:
            assert sock.recv(100) == b"2"


@pytest.mark.parametrize("content", [".\r\n", f"Subject: {'x' * 5000}.\r\n\r\n..\r\n.\r\n"])
def test_a_354_that_nobody_had_earned_waits_for_a_content_and_refuses_it(
    lab: Lab, content: str
) -> None:
    with lab.misbehave(faults.Reply(354, at="DATA")), Client(lab, 25) as client:
        client.say("EHLO x")
        client.say("MAIL FROM:<you@lab.test>")
        assert client.say("RCPT TO:<nobody@lab.test>").startswith("550 ")
        assert client.say("DATA").startswith("354 ")
        assert client.say(content.removesuffix("\r\n")) == "554 5.5.1 No valid recipients"
        assert client.say("MAIL FROM:<you@lab.test>").startswith("250 ")
    assert len(lab.mailbox) == 0


@pytest.mark.parametrize("at", [None, "greeting", "EHLO", "RCPT"])
def test_a_reply_is_split(lab: Lab, at: str | None) -> None:
    with lab.misbehave(faults.Split(octets=5, at=at)), Client(lab, 25) as client:
        client.say("EHLO x")
        for line in TWO:
            client.say(line)
    cut = [data for data in segments(lab) if not data.endswith(b"\r\n")]
    assert len(cut) == (4 if at is None else 1)
    assert all(len(data) == 5 for data in cut)


def test_a_split_beyond_the_end_of_a_reply_cuts_nothing(lab: Lab) -> None:
    with lab.misbehave(faults.Split(octets=500)), Client(lab, 25) as client:
        client.say("NOOP")
    assert segments(lab) == [b"220 mail.lab.test ESMTP ready\r\n", b"250 2.0.0 OK\r\n"]


def test_two_replies_leave_in_one_segment(lab: Lab) -> None:
    with lab.misbehave(faults.Join(at="MAIL", patience=60)), Client(lab, 25) as client:
        client.say("EHLO x")
        client.send(*TWO)
        assert [client.reply(), client.reply()] == [
            "250 2.1.0 Sender OK",
            "250 2.1.5 Recipient OK",
        ]
    assert segments(lab)[-1] == b"250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n"


def test_who_waits_for_a_held_reply_gets_it_alone(lab: Lab) -> None:
    with lab.misbehave(faults.Join(at="MAIL", patience=0.02)), Client(lab, 25) as client:
        client.say("EHLO x")
        assert client.say(TWO[0]).startswith("250 ")
    assert segments(lab)[-1] == b"250 2.1.0 Sender OK\r\n"


@pytest.mark.parametrize("port", [25, 465, 587])
def test_held_replies_are_never_lost(lab: Lab, port: int) -> None:
    with lab.misbehave(faults.Join(patience=0.01)), Client(lab, port) as client:
        client.say("EHLO x")
        if port == 587:
            client.starttls()
            client.say("EHLO x")
        assert client.say("NOOP").startswith("250 ")
        client.send("NOOP", "NOOP", "QUIT")
        assert [client.reply()[:3] for _ in range(3)] == ["250", "250", "221"]


def test_a_held_reply_leaves_before_the_lab_hangs_up(lab: Lab) -> None:
    ways = faults.Join(patience=60), faults.Reply(421, at="RCPT")
    with Client(lab, 25) as client:
        client.say("EHLO x")
        with lab.misbehave(*ways):
            client.send(*TWO)
            assert [client.reply()[:3] for _ in range(2)] == ["250", "421"]
            assert client.rest() == b""


# Replies that are late, or never come


def test_a_reply_is_slow(lab: Lab) -> None:
    with lab.misbehave(faults.Slow(0.1, at="NOOP")), Client(lab, 25) as client:
        client.say("EHLO x")
        client.say("NOOP")
    asked, answered = lab.transcript[-1].events[-2:]
    assert answered.time - asked.time >= 0.09


@pytest.mark.parametrize("at", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "message", "QUIT"])
def test_silence_leaves_the_connection_open(lab: Lab, at: str) -> None:
    with lab.misbehave(faults.Silence(at=at)), Client(lab, 25, greeted=False) as client:
        if at != "greeting":
            assert client.reply().startswith("220 ")
        for line in ("EHLO x", *TWO, "DATA", "Subject: x\r\n\r\n.", "QUIT"):
            verb = "message" if line.endswith(".") else line[:4]
            if verb == at or at == "greeting":
                break
            assert client.say(line)[0] in "23"
        if at != "greeting":
            client.send(line)
        client.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.reply()
        assert lab.transcript[-1].ended is None
    assert len(lab.mailbox) == (1 if at == "QUIT" else 0)


def test_after_a_silence_the_session_goes_on(lab: Lab) -> None:
    with lab.misbehave(faults.Silence(at="NOOP", times=1)), Client(lab, 25) as client:
        client.send("NOOP one", "NOOP two", "VRFY lin@lab.test")
        assert [client.reply()[:3], client.reply()[:3]] == ["250", "252"]


# Other replies than were earned


@pytest.mark.parametrize(
    ("code", "at"),
    [
        (450, "RCPT"), (451, "MAIL"), (452, "RCPT"), (550, "RCPT"), (502, "EHLO"), (504, "HELO"),
        (554, "greeting"), (552, "message"), (554, "DATA"), (454, "STARTTLS"), (250, "VRFY"),
    ],
)  # fmt: skip
def test_a_chosen_reply_at_a_chosen_command(lab: Lab, code: int, at: str) -> None:
    with lab.misbehave(faults.Reply(code, at=at)), Client(lab, 25) as client:
        said = {"greeting": client.greeting}
        for line in ("HELO x", "EHLO x", *TWO, "VRFY lin@lab.test", "DATA"):
            said[line[:4]] = client.say(line)
        if said["DATA"].startswith("354"):
            said["message"] = client.say("Subject: x\r\n\r\n.")
        said["STARTTLS"] = client.say("STARTTLS")
        assert said[at].startswith(f"{code} {code // 100}.")
    assert len(lab.mailbox) == (0 if at in ("RCPT", "MAIL", "DATA", "message") else 1)


def test_a_text_is_sent_to_the_letter(lab: Lab) -> None:
    way = faults.Reply(450, "Try again, 请稍后再试", at="NOOP")
    with lab.misbehave(way), Client(lab, 25) as client:
        assert client.say("NOOP") == "450 Try again, 请稍后再试"


@pytest.mark.parametrize("port", [25, 465, 587])
def test_421_ends_the_session(lab: Lab, port: int) -> None:
    with lab.misbehave(faults.Reply(421, at="EHLO")), Client(lab, port) as client:
        assert client.say("EHLO x").startswith("421 4.3.2 ")
        assert client.rest() == b""
    assert ended(lab).ended == "S"


@pytest.mark.parametrize("close", [False, True])
def test_any_reply_can_end_the_session_or_not(lab: Lab, close: bool) -> None:
    code = 554 if close else 421
    with lab.misbehave(faults.Reply(code, at="greeting", close=close)), Client(lab, 25) as client:
        assert client.greeting.startswith(f"{code} ")
        client.send("NOOP")
        assert client.rest() == b"" if close else client.reply().startswith("250 ")


def test_the_greeting_is_the_first_reply_and_no_other(lab: Lab) -> None:
    with lab.misbehave(faults.Reply(554, at="greeting")), Client(lab, 25) as client:
        assert client.say("NONSENSE").startswith("500 ")
        assert client.say("").startswith("500 ")


def test_ehlo_is_refused_and_helo_is_taken(lab: Lab) -> None:
    with lab.misbehave(faults.NoEhlo()):
        with Client(lab, 25) as client:
            assert client.say("EHLO x").startswith("502 ")
            assert client.say("HELO x").startswith("250 ")
        with smtplib.SMTP(*lab.address(25), timeout=ENOUGH) as smtp:
            assert smtp.sendmail("you@lab.test", ["lin@lab.test"], MAIL) == {}
    with Client(lab, 25) as client:
        assert client.say("EHLO x").startswith("250-")


@pytest.mark.parametrize(
    ("keyword", "line", "code"),
    [
        ("SMTPUTF8", "MAIL FROM:<林@lab.test> SMTPUTF8", "555"),
        ("SMTPUTF8", "MAIL FROM:<you@lab.test> BODY=8BITMIME smtputf8", "555"),
        ("8BITMIME", "MAIL FROM:<you@lab.test> BODY=8BITMIME", "555"),
        ("SIZE", "MAIL FROM:<you@lab.test> SIZE=100", "555"),
        ("SIZE", "MAIL FROM:<SIZE@lab.test>", "250"),
        ("STARTTLS", "STARTTLS", "502"),
        ("HELP", "HELP", "502"),
        ("PIPELINING", "MAIL FROM:<you@lab.test>", "250"),
    ],
)
def test_an_extension_is_neither_offered_nor_known(
    lab: Lab, keyword: str, line: str, code: str
) -> None:
    with lab.misbehave(faults.Without(keyword)), Client(lab, 25) as client:
        offered = [said[4:].split()[0] for said in client.say("EHLO x").split("\n")]
        assert client.say(line)[:3] == code
    with Client(lab, 25) as client:
        everything = [said[4:].split()[0] for said in client.say("EHLO x").split("\n")]
    assert keyword in everything
    assert offered == [word for word in everything if word != keyword]


@pytest.mark.parametrize("at", ["greeting", "EHLO", "NOOP", "message"])
def test_a_reply_of_very_many_lines(lab: Lab, at: str) -> None:
    with lab.misbehave(faults.LongReply(lines=20, at=at)), Client(lab, 25) as client:
        replies = {"greeting": client.greeting, "NOOP": client.say("NOOP")}
        replies["message"] = client.deliver(MAIL)
    lines = {place: len(reply.split("\n")) for place, reply in replies.items()}
    expected = {"greeting": 1, "NOOP": 1, "message": 1}
    if at == "EHLO":
        written = b"".join(segments(lab))
        assert written.count(b"250-X-LINE-") == 20 and written.count(b"250-SIZE") == 1
    else:
        expected[at] = 21
    assert lines == expected


@pytest.mark.parametrize("at", ["greeting", "EHLO", "NOOP"])
def test_a_reply_that_is_not_utf_8(lab: Lab, at: str) -> None:
    with lab.misbehave(faults.NotUtf8(at=at)), Client(lab, 25, greeted=False) as client:
        lines = [client.line()]
        client.send("NOOP", "EHLO x")
        lines.append(client.line())
        while lines[-1][:4] != b"250 " or len(lines) < 3:
            lines.append(client.line())
        strange = [line for line in lines if b"\xbb\xb6\xd3\xad" in line]  # 欢迎
    assert len(strange) == 1
    assert strange[0][3:4] == (b"-" if at == "EHLO" else b" ")
    with pytest.raises(UnicodeDecodeError):
        strange[0].decode()


# Connections that break


@pytest.mark.parametrize("port", [25, 465, 587])
@pytest.mark.parametrize("at", ["EHLO", "QUIT", "NOOP"])
def test_a_connection_is_dropped_in_place_of_a_reply(lab: Lab, port: int, at: str) -> None:
    with lab.misbehave(faults.Drop(at=at)), Client(lab, port) as client:
        client.send(f"{at} x" if at == "EHLO" else at)
        assert client.rest() == b""
    assert ended(lab).ended == "S"


def test_a_connection_is_dropped_before_the_greeting(lab: Lab) -> None:
    with lab.misbehave(faults.Drop(at="greeting")), Client(lab, 25, greeted=False) as client:
        assert client.rest() == b""


@pytest.mark.parametrize("delivered", [False, True])
def test_a_drop_at_the_dot_loses_the_message_or_only_the_reply(lab: Lab, delivered: bool) -> None:
    way = faults.Drop(at="message", delivered=delivered)
    with (
        lab.misbehave(way),
        Client(lab, 25) as client,
        pytest.raises((EOFError, ConnectionError)),
    ):
        client.deliver(MAIL)
    ended(lab)
    assert [message.raw for message in lab.mailbox] == ([MAIL] if delivered else [])


@pytest.mark.parametrize("port", [25, 587])
def test_a_drop_within_the_content_delivers_nothing(lab: Lab, port: int) -> None:
    with lab.misbehave(faults.Drop(octets=10)), Client(lab, 25) as client:
        if port == 587:
            client.starttls()
        with pytest.raises((EOFError, OSError)):
            client.deliver(b"x" * 50 + b"\r\n")
    ended(lab)
    assert len(lab.mailbox) == 0


def test_a_message_that_is_shorter_than_the_drop_does_not_use_it_up(lab: Lab) -> None:
    with lab.misbehave(faults.Drop(octets=1000, times=1)):
        with Client(lab, 25) as client:
            assert client.deliver(MAIL).startswith("250 ")
            with pytest.raises((EOFError, OSError)):
                client.deliver(b"x" * 998 + b"\r\n")
        with Client(lab, 25) as client:
            assert client.deliver(b"x" * 998 + b"\r\n").startswith("250 ")


def test_what_is_pipelined_behind_a_drop_is_not_carried_out(lab: Lab) -> None:
    ways = faults.Drop(at="MAIL", times=1), faults.Reply(450, at="RCPT", times=1)
    with Client(lab, 25) as client:
        client.say("EHLO x")
        with lab.misbehave(*ways):
            client.send(*TWO, "DATA", "Subject: x", "", ".")
            assert client.rest() == b""
            ended(lab)
            with Client(lab, 25) as other:  # the 450 has not been used up
                other.say("EHLO x")
                other.say(TWO[0])
                assert other.say(TWO[1]).startswith("450 ")
    assert len(lab.mailbox) == 0


# Where TLS begins

# OpenSSL up to 3.1, and since.
NO_TLS = "WRONG_VERSION_NUMBER|(?i:record layer failure)"
SPOILT: list[tuple[faults.Fault, type[Exception], str]] = [
    (faults.Certificate("expired"), ssl.SSLCertVerificationError, "certificate has expired"),
    (faults.Certificate("wrong-name"), ssl.SSLCertVerificationError, "not valid for 'mail.lab"),
    (faults.Certificate("self-signed"), ssl.SSLCertVerificationError, "self.signed certificate"),
    (faults.Certificate("unknown-authority"), ssl.SSLCertVerificationError, "local issuer"),
    # Debian's own Python would talk to it, and OpenSSL does not.
    (faults.OldTls(), ssl.SSLError, "PROTOCOL_VERSION|legacy sigalg"),
    (faults.PlainOnTls(), ssl.SSLError, NO_TLS),
    (faults.SilentHandshake(), TimeoutError, "timed out"),
]


def secure(lab: Lab, port: int, context: ssl.SSLContext, seconds: float = ENOUGH) -> str:
    """The version of TLS that a client gets, after one command within it."""
    with Client(lab, port, implicit=False) as client:
        if port != 465:
            client.say("EHLO x")
            assert client.say("STARTTLS").startswith("220 ")
        client.sock.settimeout(seconds)
        client.sock = context.wrap_socket(client.sock, server_hostname=lab.hostname)
        if port == 465:
            assert client.reply().startswith("220 ")
        assert client.say("NOOP") == "250 2.0.0 OK"
        return str(cast(ssl.SSLSocket, client.sock).version())


def naive() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.mark.parametrize(("way", "error", "words"), SPOILT)
@pytest.mark.parametrize("port", [25, 465, 587])
def test_a_careful_client_takes_no_spoilt_tls(
    lab: Lab, port: int, way: faults.Fault, error: type[Exception], words: str
) -> None:
    with lab.misbehave(way):
        for _ in range(3):
            with pytest.raises(error, match=words):
                secure(lab, port, trusting(lab), 0.05 if error is TimeoutError else ENOUGH)
    assert secure(lab, port, trusting(lab)) == "TLSv1.3"


@pytest.mark.parametrize("way", [way for way, error, _ in SPOILT if "Verif" in error.__name__])
@pytest.mark.parametrize("port", [465, 587])
def test_a_naive_client_takes_any_certificate(lab: Lab, port: int, way: faults.Fault) -> None:
    with lab.misbehave(way):
        assert secure(lab, port, naive()) == "TLSv1.3"


def test_a_good_certificate_of_another_is_taken_by_who_looks_at_no_name(lab: Lab) -> None:
    context = trusting(lab)
    context.check_hostname = False
    with lab.misbehave(faults.Certificate("wrong-name")):
        assert secure(lab, 465, context) == "TLSv1.3"
    with lab.misbehave(faults.Certificate("expired")), pytest.raises(ssl.SSLError):
        secure(lab, 465, context)


@pytest.mark.parametrize("port", [465, 587])
def test_the_reference_closes_its_socket_on_spoilt_tls(lab: Lab, port: int) -> None:
    before = open_sockets()
    for way, error, words in SPOILT:
        with lab.misbehave(way), pytest.raises(error, match=words):
            if port == 465:
                connect_tls(lab.address(465), lab.hostname, lab.ca_file, 0.05)
            else:
                sock = socket.create_connection(lab.address(587), 0.05)
                reader = LineReader(sock)
                read_reply(reader)
                starttls(sock, reader, lab.hostname, lab.ca_file)
    lab.stop()
    assert open_sockets() <= before


def test_who_still_speaks_old_tls_is_served(lab: Lab) -> None:
    context = naive()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    with lab.misbehave(faults.OldTls()):
        assert secure(lab, 465, context) == "TLSv1.1"


def test_plain_talk_on_the_tls_port_is_a_plain_session(lab: Lab) -> None:
    with lab.misbehave(faults.PlainOnTls()), Client(lab, 465, implicit=False) as client:
        assert client.reply().startswith("220 ")
        assert "AUTH" not in client.say("EHLO x")
    assert not any(event.tls for event in ended(lab).events)


def test_a_server_that_goes_on_in_the_clear_after_starttls(lab: Lab) -> None:
    with lab.misbehave(faults.PlainOnTls()), Client(lab, 587) as client:
        assert client.say("STARTTLS").startswith("220 ")
        assert client.say("NOOP").startswith("250 ")
        client.sock.sendall(b"\x16\x03\x01 not a line")
        assert client.reply() == "500 5.5.2 This is no command"


def test_what_is_reworded_is_what_is_said_and_recorded_within_tls_too(lab: Lab) -> None:
    with lab.misbehave(faults.Reword(rb"SIZE \d+", b"SIZE 0", at="EHLO", times=1)):
        with Client(lab, 465) as client:
            assert "250-SIZE 0\n" in client.say("EHLO client.lab.test")
            assert "250-SIZE 0\n" not in client.say("EHLO client.lab.test")
        assert str(ended(lab)).count("S: 250-SIZE 0\n") == 1
    with pytest.raises(ValueError, match="bytes"):
        faults.Reword("SIZE", b"")  # type: ignore[arg-type]


@pytest.mark.parametrize("port", [25, 587])
def test_a_handshake_on_a_plain_port_is_no_line_and_gets_no_answer(lab: Lab, port: int) -> None:
    with (
        Client(lab, port, greeted=False) as client,
        pytest.raises(ssl.SSLError, match=NO_TLS),
    ):
        client.wrap()
    heard = [event.data[:1] for event in ended(lab).events]
    assert heard == [b"2", b"\x16", b""]
    said = str(ended(lab)).partition("\n")[2]
    assert re.fullmatch(r"C: <TLS handshake, [\d,]+ octets>\n--- tls ---", said)


def test_spoilt_handshakes_are_counted_and_other_places_do_not_count(lab: Lab) -> None:
    ways = faults.Certificate("expired", times=2), faults.Dribble(octets=20)
    with lab.misbehave(*ways):
        for port in (465, 587):
            with pytest.raises(ssl.SSLError):
                secure(lab, port, trusting(lab))
        assert secure(lab, 465, trusting(lab)) == "TLSv1.3"


def test_the_first_of_several_acts(lab: Lab) -> None:
    first, then = faults.Certificate("expired", times=1), faults.Certificate("self-signed")
    with lab.misbehave(then), lab.misbehave(first), pytest.raises(ssl.SSLError, match="self"):
        secure(lab, 465, trusting(lab))


@pytest.mark.parametrize("way", [way for way, _, _ in SPOILT])
@pytest.mark.parametrize("port", [465, 587])
def test_spoilt_tls_says_nothing_on_standard_error_and_delays_no_stop(
    port: int, way: faults.Fault, capfd: pytest.CaptureFixture[str]
) -> None:
    with Lab(faults=[way]) as lab:
        with suppress(OSError):
            secure(lab, port, trusting(lab), 0.05)
        with socket.create_connection(lab.address(port), timeout=ENOUGH):
            began = time.perf_counter()
            lab.stop()
            assert time.perf_counter() - began < 5
    assert capfd.readouterr() == ("", "")


# How often, how long, and together


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_fault_acts_so_many_times_and_then_behaves(lab: Lab, times: int) -> None:
    with lab.misbehave(faults.Reply(450, at="NOOP", times=times)), Client(lab, 25) as client:
        codes = [client.say("NOOP")[:3] for _ in range(5)]
    assert codes == ["450"] * times + ["250"] * (5 - times)


def test_times_are_counted_over_all_connections(lab: Lab) -> None:
    codes = []
    with lab.misbehave(faults.Reply(450, at="NOOP", times=2)):
        for port in (25, 465, 587):
            with Client(lab, port) as client:
                codes.append(client.say("NOOP")[:3])
    assert codes == ["450", "450", "250"]


def test_a_fault_ends_with_its_block_even_when_the_block_raises(lab: Lab) -> None:
    with Client(lab, 25) as client:
        with pytest.raises(ZeroDivisionError), lab.misbehave(faults.Reply(450, at="NOOP")):
            assert client.say("NOOP").startswith("450 ")
            1 / 0  # noqa: B018
        assert client.say("NOOP").startswith("250 ")


def test_blocks_nest_and_add_to_what_the_lab_was_given() -> None:
    given = faults.Reply(450, at="NOOP", times=1)
    with Lab(faults=[given]) as lab, Client(lab, 25) as client:
        outer, inner = faults.Reply(451, at="NOOP", times=1), faults.Reply(452, at="NOOP")
        with lab.misbehave(outer), lab.misbehave(inner):
            codes = [client.say("NOOP")[:3] for _ in range(4)]
        codes.append(client.say("NOOP")[:3])
    assert codes == ["450", "451", "452", "452", "250"]


def test_one_fault_value_can_be_at_work_twice(lab: Lab) -> None:
    way = faults.Reply(450, at="NOOP", times=1)
    with lab.misbehave(way, way), Client(lab, 25) as client:
        assert [client.say("NOOP")[:3] for _ in range(3)] == ["450", "450", "250"]
    with lab.misbehave(way), Client(lab, 25) as client:
        assert [client.say("NOOP")[:3] for _ in range(2)] == ["450", "250"]


SHAPES = (faults.Dribble(octets=3), faults.LongReply(lines=3, at="NOOP"), faults.NotUtf8(at="NOOP"))


@pytest.mark.parametrize("ways", [SHAPES, SHAPES[::-1]])
def test_several_act_at_once_in_whatever_order(lab: Lab, ways: tuple[faults.Fault, ...]) -> None:
    with lab.misbehave(*ways, faults.Slow(0.001)), Client(lab, 25) as client:
        client.send("NOOP")
        lines = [client.line() for _ in range(4)]
    assert [line[:4] for line in lines] == [b"250-", b"250-", b"250-", b"250 "]
    assert b"\xbb\xb6\xd3\xad" in lines[-1]
    assert max(map(len, segments(lab))) == 3


def test_a_reply_of_a_fault_dribbles_too(lab: Lab) -> None:
    ways = faults.Dribble(), faults.Reply(450, at="NOOP")
    with lab.misbehave(*ways), Client(lab, 25) as client:
        assert client.say("NOOP").startswith("450 4.2.0 ")
    assert {len(data) for data in segments(lab)} == {1}


@pytest.mark.timeout(30)
def test_a_fault_does_the_same_each_time() -> None:
    ways = (
        faults.Dribble(octets=4, at="EHLO"),
        faults.Reply(450, at="RCPT", times=2),
        faults.Split(octets=2, at="DATA"),
        faults.Join(at="MAIL", patience=60),
    )
    seen = set()
    for _ in range(10):
        with Lab(faults=ways) as lab, Client(lab, 25) as client:
            client.say("EHLO x")
            client.send(*TWO, TWO[1], TWO[1], "DATA")
            codes = [client.reply()[:3] for _ in range(5)]
            assert codes == ["250", "450", "450", "250", "354"]
            seen.add(tuple(segments(lab)))
    assert len(seen) == 1


def test_times_hold_when_many_clients_come_at_once(lab: Lab) -> None:
    codes = []

    def knock() -> None:
        with Client(lab, 25) as client:
            codes.append(client.say("NOOP")[:3])

    with lab.misbehave(faults.Reply(450, at="NOOP", times=7)):
        threads = [threading.Thread(target=knock) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(codes) == ["250"] * 13 + ["450"] * 7


def test_a_client_that_leaves_a_slow_greeting_is_let_go(lab: Lab) -> None:
    with lab.misbehave(faults.Slow(60)), Client(lab, 25, greeted=False):
        pass
    assert ended(lab).ended == "C"


def test_a_client_that_leaves_a_dribble_says_nothing_on_standard_error(
    lab: Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    with lab.misbehave(faults.Dribble()):
        for port in (25, 465):
            with Client(lab, port, greeted=False) as client:
                client.sock.recv(1)
                client.send("EHLO x", "NOOP")
        ended(lab, count=2)
    lab.stop()
    assert capfd.readouterr() == ("", "")


# Wrong arguments


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (faults.Dribble, {"octets": 0}),
        (faults.Dribble, {"octets": 1.5}),
        (faults.Dribble, {"octets": "EHLO"}),
        (faults.Dribble, {"at": "rctp"}),
        (faults.Dribble, {"at": 25}),
        (faults.Dribble, {"times": 0}),
        (faults.Dribble, {"times": 1.5}),
        (faults.Dribble, {"times": "2"}),
        (faults.Split, {"octets": -1}),
        (faults.Join, {"patience": -1}),
        (faults.Slow, {"seconds": -0.1}),
        (faults.Slow, {"seconds": float("nan")}),
        (faults.Slow, {"seconds": float("inf")}),
        (faults.Slow, {"seconds": "1"}),
        (faults.LongReply, {"lines": 0}),
        (faults.LongReply, {"lines": 2.5}),
        (faults.Reply, {"code": 199}),
        (faults.Reply, {"code": 600}),
        (faults.Reply, {"code": "450"}),
        (faults.Reply, {"code": 450, "text": "a\r\nb"}),
        (faults.Reply, {"code": 450, "text": b"bytes"}),
        (faults.Drop, {"octets": 0}),
        (faults.Drop, {"octets": 5, "at": "RCPT"}),
        (faults.Drop, {"delivered": True}),
        (faults.Without, {"keyword": "CHUNKING"}),
        (faults.Without, {"keyword": "smtputf8"}),
        (faults.Certificate, {"flaw": "old"}),
        (faults.Certificate, {"times": 0}),
        (faults.OldTls, {"times": -1}),
    ],
)
def test_a_wrong_argument_is_named_with_what_would_be_right(
    kind: type[faults.Fault], arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError) as caught:
        kind(**arguments)
    assert any(name in str(caught.value) for name in (*arguments, "reply code"))


def test_a_place_has_no_case() -> None:
    assert faults.Drop(at="rcpt").at == "RCPT"
    assert faults.Drop(at="Message").at == "message"


def test_one_fault_needs_no_list() -> None:
    with Lab(faults=faults.Reply(450, at="NOOP")) as lab, Client(lab, 25) as client:
        assert client.say("NOOP").startswith("450 ")


@pytest.mark.parametrize("wrong", ["Dribble", [faults.Dribble], faults.Dribble, 5, ["RCPT"]])
def test_what_is_no_fault_is_refused_before_anything_starts(wrong: Any) -> None:
    before = threading.active_count()
    with pytest.raises(TypeError, match=r"faults\.Dribble\(\)"):
        Lab(faults=wrong)
    assert threading.active_count() == before
    refused = pytest.raises(TypeError, match=r"faults\.Dribble\(\)")
    with Lab() as lab, refused, lab.misbehave(wrong):
        pass
