"""The console: what is typed goes out, the server's answer comes in, and nothing hangs."""

import base64
import gc
import re
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from smtplab import views
from smtplab.lab import Console, Entry, Lab, faults

from .client import ended

pytestmark = pytest.mark.usefixtures("nothing_left")

SHORT = 0.15  # seconds: a time that is over soon
LETTER = ["EHLO me", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def notes(console: Console) -> list[str]:
    return [entry.note for entry in console.history if entry.note]


def names(console: Console) -> list[str]:
    return [step.name for step in console.next]


def say(console: Console, *lines: str) -> None:
    for line in lines:
        assert console.say(line) is not None, (line, str(console))


def starttls(console: Console) -> list[str] | None:
    reply = console.say("STARTTLS")
    if console.state == "tls-wanted":
        console.tls()
    return reply


@contextmanager
def stranger(*chunks: bytes, timeout: float = SHORT) -> Iterator[Console]:
    """A console before a server that says the first chunk, and one more for each line it reads.

    Behind the last chunk it reads no more.
    """
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        sock, _ = server.accept()
        with sock, suppress(OSError):
            sock.settimeout(20)
            sock.sendall(chunks[0])
            for chunk in chunks[1:]:
                heard = b""
                while not heard.endswith(b"\n"):
                    heard += sock.recv(1)
                sock.sendall(chunk)
            done.wait(20)

    thread = threading.Thread(target=serve)
    thread.start()
    with Lab() as lab:
        lab.address = lambda port: server.getsockname()[:2]  # type: ignore[method-assign]
        console = lab.console(timeout=timeout)
        yield console
        console.close()
    done.set()
    thread.join()
    server.close()


def test_a_letter_by_hand_arrives_and_the_history_is_what_the_lab_recorded(lab: Lab) -> None:
    console = lab.console()
    assert (console.state, console.history[1].lines) == (
        "greeted",
        ("220 mail.lab.test ESMTP ready",),
    )
    say(console, *LETTER)
    assert console.state == "data"
    assert console.say("Subject: noon\n\nAt the gate.") is None
    assert console.say("Bring keys.") is None
    assert console.say(".") == ["250 2.0.0 Queued as 00010001"]
    assert console.say("QUIT") == ["221 2.0.0 Bye"]
    assert (console.state, names(console)) == ("closed", ["CONNECT"])
    assert lab.mailbox[-1].raw == b"Subject: noon\r\n\r\nAt the gate.\r\nBring keys.\r\n"
    recorded = [f"{line.sender}: {line.text}" for line in ended(lab).lines()]
    shown = [f"{e.sender}: {line}" for e in console.history if e.sender for line in e.lines]
    assert shown == recorded


def test_a_reply_of_many_lines_is_one_answer(lab: Lab) -> None:
    with lab.misbehave(faults.LongReply(200), faults.Dribble(7)):
        reply = lab.console(timeout=20).say("EHLO me")
    assert reply is not None
    assert len(reply) == 208
    assert {line[:4] for line in reply[:-1]} == {"250-"}
    assert reply[-1] == "250 HELP"


@pytest.mark.parametrize(
    "fault", [faults.Dribble(1), faults.Split(2), faults.Split(3), faults.Join()]
)
def test_how_a_reply_is_cut_does_not_matter(lab: Lab, fault: faults.Fault) -> None:
    with lab.misbehave(fault):
        console = lab.console()
        say(console, *LETTER)
        console.say("hi")
        assert console.say(".") == ["250 2.0.0 Queued as 00010001"]
        assert notes(console) == ["connected"]


def test_octets_that_are_no_text_are_seen(lab: Lab) -> None:
    with lab.misbehave(faults.NotUtf8(at=None)):
        console = lab.console()
        assert console.history[1].lines[0].startswith(r"220 \xbb\xb6\xd3\xad")
        assert console.state == "greeted"
        say(console, "EHLO me")
        assert console.state == "hello"


@pytest.mark.parametrize("line", ["Ä€ 林", "\x00\x1b[2J", "\ud800", "x" * 100_000, "\t"])
def test_anything_may_be_typed_and_the_server_answers(lab: Lab, line: str) -> None:
    console = lab.console()
    reply = console.say(line)
    assert reply is not None
    assert reply[-1][0] == "5"
    assert console.state == "greeted"
    say(console, "NOOP")
    sent = next(e for e in lab.transcript[-1].lines() if e.sender == "C")
    assert sent.data == line.encode("utf-8", "surrogatepass") + b"\r\n"
    typed = next(entry.lines[0] for entry in console.history if entry.sender == "C")
    assert typed.isprintable()


def test_a_cr_by_itself_may_be_typed_and_costs_the_session(lab: Lab) -> None:
    console = lab.console()
    reply = console.say("a\rb")
    assert reply == ["550 5.5.2 Bare <CR> received: a line ends in <CR><LF>"]
    assert (console.state, notes(console)[-1]) == ("closed", "hung-up")


def test_a_dot_is_not_doubled_and_what_follows_a_lone_one_is_commands(lab: Lab) -> None:
    """As lesson 02 has it: a second mail, in the director's name."""
    console = lab.console()
    say(console, *LETTER)
    text = (
        "Subject: one\n\n.hidden\n.\nMAIL FROM:<director@lab.test>\r\nRCPT TO:<lin@lab.test>\r\n"
        "DATA\nSubject: two\n\nClosed.\n.\n"
    )
    assert console.say(text) == ["250 2.0.0 Queued as 00010002"]
    assert [mail.sender for mail in lab.mailbox] == ["you@lab.test", "director@lab.test"]
    assert lab.mailbox[0].raw == b"Subject: one\r\n\r\nhidden\r\n"
    assert console.state == "hello"


def test_several_lines_wait_for_each_answer_and_stop_where_none_comes(lab: Lab) -> None:
    console = lab.console(timeout=SHORT)
    with lab.misbehave(faults.Silence(at="MAIL")):
        assert (
            console.say("EHLO me\nMAIL FROM:<you@lab.test>\nRCPT TO:<lin@lab.test>\nDATA") is None
        )
    assert (notes(console), console.state) == (["connected", "silent", "unsent-rest"], "hello")
    assert console.history[-1].lines == ("2",)
    assert "RCPT" not in str(lab.transcript[-1])


# What goes wrong


@pytest.mark.parametrize("at", ["EHLO", "MAIL", "RCPT", "DATA", "message", "RSET", "QUIT"])
def test_silence_is_said_and_the_console_goes_on(lab: Lab, at: str) -> None:
    console = lab.console(timeout=SHORT)
    lines = [*LETTER, "hi", "."] if at in ("DATA", "message") else [*LETTER[:3], "RSET", "QUIT"]
    with lab.misbehave(faults.Silence(at=at, times=1)):
        began = time.monotonic()
        for line in lines:
            console.say(line)
            if notes(console)[-1] == "silent":
                break
        assert SHORT * 0.9 < time.monotonic() - began < 5
    assert console.state != "closed"
    assert names(console)[0] == "LISTEN"
    assert "--- silent ---" in str(console)
    assert console.say("NOOP") == ["250 2.0.0 OK"]
    assert names(console)[0] != "LISTEN"


def test_a_greeting_that_comes_late_is_waited_for_again(lab: Lab) -> None:
    with lab.misbehave(faults.Slow(0.3, at="greeting")):
        console = lab.console(timeout=0.1)
    assert (console.state, names(console), notes(console)[-1]) == (
        "connected",
        ["LISTEN"],
        "silent",
    )
    while console.state == "connected":
        console.listen()
    assert console.state == "greeted"
    assert "EHLO" in names(console)


def test_an_answer_that_comes_late_is_the_answer_to_what_was_said(lab: Lab) -> None:
    console = lab.console(timeout=0.1)
    say(console, "EHLO me")
    with lab.misbehave(faults.Slow(0.3, at="MAIL")):
        assert console.say("MAIL FROM:<you@lab.test>") is None
    assert (console.state, console._owed) == ("hello", "MAIL")
    reply = None
    while reply is None:
        reply = console.listen()
    assert (reply, console.state) == (["250 2.1.0 Sender OK"], "mail")


def test_an_answer_that_came_late_is_not_taken_for_the_next(lab: Lab) -> None:
    console = lab.console(timeout=0.1)
    say(console, "EHLO me")
    with lab.misbehave(faults.Slow(0.3, at="MAIL")):
        assert console.say("MAIL FROM:<you@lab.test>") is None
        while "Sender OK" not in str(lab.transcript[-1]):
            time.sleep(0.001)
    console.timeout = 5
    assert console.say("RCPT TO:<lin@lab.test>") == ["250 2.1.5 Recipient OK"]
    assert (console.state, notes(console)[-1]) == ("rcpt", "late")


def test_half_an_answer_is_shown_as_what_it_is() -> None:
    with stranger(b"220 hi\r\n", b"250-one\r\n250-tw") as console:
        assert console.say("EHLO me") is None
        assert notes(console)[-1] == "partial"
        assert console.history[-1].lines == ("250-one\\r\\n250-tw",)
        assert console.state == "greeted"


@pytest.mark.parametrize("at", ["greeting", "EHLO", "MAIL", "DATA", "message", "QUIT"])
def test_a_server_that_hangs_up_is_seen_to(lab: Lab, at: str) -> None:
    with lab.misbehave(faults.Drop(at=at)):
        console = lab.console()
        for line in [*LETTER, "hi", "."] if at in ("DATA", "message") else [*LETTER[:2], "QUIT"]:
            console.say(line)
            if console.state == "closed":
                break
    assert notes(console)[-1] in ("hung-up", "broken") or at == "greeting"
    assert (console.state, names(console)) == ("closed", ["CONNECT"])
    assert console.say("NOOP") is None
    assert notes(console)[-1] == "unsent"
    assert console.listen() is None
    assert console.connect() == ["220 mail.lab.test ESMTP ready"]
    assert (console.state, console.history[-1].session) == ("greeted", 2)


def test_a_letter_that_is_cut_off_ends_the_session(lab: Lab) -> None:
    console = lab.console()
    with lab.misbehave(faults.Drop(octets=10)):
        say(console, *LETTER)
        console.say("more than ten octets")
        ended(lab)
        console.say(".")
    assert console.state == "closed"
    assert notes(console)[-2] in ("hung-up", "broken")
    assert (notes(console)[-1], console.history[-1].lines) == ("unsent", (".",))


def test_421_is_a_goodbye_when_the_server_means_it(lab: Lab) -> None:
    console = lab.console()
    with lab.misbehave(faults.Reply(421, at="NOOP")):
        assert console.say("NOOP") is not None
        assert (console.state, notes(console)[-1]) == ("closed", "hung-up")
    console.connect()
    with lab.misbehave(faults.Reply(421, at="NOOP", close=False)):
        assert console.say("NOOP") is not None
        assert console.state == "greeted"


def test_a_server_that_has_gone_meanwhile_is_noticed_before_the_line_goes_out(lab: Lab) -> None:
    console = lab.console()
    with lab.misbehave(faults.Reply(502, at="NOOP", close=True)):
        console.say("NOOP")
    ended(lab)
    assert console.say("NOOP") is None
    assert notes(console)[-2:] == ["hung-up", "unsent"]


def test_a_greeting_that_refuses_leaves_the_goodbye(lab: Lab) -> None:
    with lab.misbehave(faults.Reply(554, at="greeting")):
        console = lab.console()
    assert (console.state, names(console)) == ("connected", ["QUIT"])
    console.say("QUIT")
    assert console.state == "closed"


def test_a_server_that_ends_its_lines_in_lf_alone_is_seen_to() -> None:
    with stranger(b"220-hello\r\n220 a\rb\n") as console:
        assert console.history[-1].lines == ("220-hello", r"220 a\rb\n")
        for drawn in views.drawn(console).values():
            assert r"220 a\rb\n" in drawn


def test_an_endless_reply_is_given_up() -> None:
    with stranger(b"220 hi\r\n", b"250-x\r\n" * 200_000, timeout=20) as console:
        assert console.say("EHLO me") is None
        assert (notes(console)[-1], console.state) == ("endless", "closed")


def test_what_is_no_reply_moves_nothing() -> None:
    with stranger(b"220 hi\r\n", b"SSH-2.0-OpenSSH\r\n") as console:
        assert console.say("EHLO me") == ["SSH-2.0-OpenSSH"]
        assert (notes(console)[-1], console.state) == ("no-reply", "greeted")


def test_a_server_that_reads_nothing_does_not_hang_the_console() -> None:
    with stranger(
        b"220 hi\r\n", b"250 a\r\n", b"250 b\r\n", b"250 c\r\n", b"354 go\r\n"
    ) as console:
        for line in LETTER:
            console.say(line)
        console.say("x" * 9_000_000)
        assert (notes(console)[-1], console.state) == ("stuck", "closed")


def test_a_lab_that_is_gone_is_no_connection() -> None:
    lab = Lab()
    console = lab.console()
    lab.stop()
    assert console.state == "closed"
    assert console.say("NOOP") is None
    assert console.connect() is None
    assert notes(console)[-1] == "no-connection"
    with pytest.raises(RuntimeError, match="stopped"):
        lab.console()


# TLS


def test_starttls_by_hand(lab: Lab) -> None:
    console = lab.console(587)
    say(console, "EHLO me", "STARTTLS")
    assert (console.state, names(console)) == ("tls-wanted", ["TLS"])
    assert console.tls()
    assert (console.state, console.tls_active, notes(console)[-1]) == ("greeted", True, "tls")
    say(console, "EHLO me")
    assert "AUTH LOGIN" in names(console)
    assert [line.tls for line in lab.transcript[-1].lines()][-1]
    assert console.history[-1].tls


def test_465_begins_with_tls(lab: Lab) -> None:
    console = lab.console(465)
    assert [entry.note for entry in console.history] == ["connected", "tls", ""]
    assert (console.state, console.tls_active) == ("greeted", True)
    assert "TLSv1" in console.history[1].detail


def test_starttls_that_is_refused_begins_nothing(lab: Lab) -> None:
    console = lab.console(587)
    say(console, "EHLO me")
    with lab.misbehave(faults.Reply(454, at="STARTTLS")):
        assert starttls(console) == ["454 4.7.0 TLS not available due to temporary reason"]
    assert (console.state, console.tls_active) == ("hello", False)
    with pytest.raises(RuntimeError, match="220"):
        console.tls()
    assert starttls(console)
    assert console.tls_active


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        (faults.Certificate("expired"), "tls-failed"),
        (faults.Certificate("wrong-name"), "tls-failed"),
        (faults.Certificate("self-signed"), "tls-failed"),
        (faults.OldTls(), "tls-failed"),
        (faults.SilentHandshake(), "tls-silent"),
        (faults.PlainOnTls(), "tls-failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@pytest.mark.parametrize("port", [465, 587])
def test_tls_that_cannot_be_trusted_ends_the_session(
    lab: Lab, port: int, fault: faults.Fault, note: str
) -> None:
    with lab.misbehave(fault):
        console = lab.console(port, timeout=0.5)
        if port == 587:
            say(console, "EHLO me")
            starttls(console)
    assert (notes(console)[-1], console.state) == (note, "closed")
    console.timeout = 5
    assert console.connect() is not None


def test_words_in_place_of_the_handshake_get_what_the_server_makes_of_them(lab: Lab) -> None:
    console = lab.console(587)
    say(console, "EHLO me", "STARTTLS")
    assert console.say("MAIL FROM:<you@lab.test>") is None
    assert console.state == "closed"
    assert notes(console)[-1] in ("hung-up", "hung-up-within", "broken")


def test_what_came_in_the_clear_before_the_handshake_is_thrown_away(lab: Lab) -> None:
    with lab.tap(587, faults.Inject(to_client=b"250 injected\r\n")) as tap:
        lab.address = lambda port: tap.address  # type: ignore[method-assign]
        console = lab.console(587)
        say(console, "EHLO me")
        assert starttls(console) == ["220 2.0.0 Ready to start TLS"]
        dropped = next(e for e in console.history if e.note == "dropped")
        assert dropped.lines == ("250 injected\\r\\n",)
        assert console.say("NOOP") == ["250 2.0.0 OK"]
        assert notes(console) == ["connected", "dropped", "tls"]  # and not "late", under TLS
        console.close()


# AUTH


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_auth_login_by_hand(lab: Lab) -> None:
    console = lab.console(465)
    say(console, "EHLO me")
    assert "MAIL" not in names(console)
    assert console.say("AUTH LOGIN") == ["334 VXNlcm5hbWU6"]
    assert (console.state, names(console)) == ("auth", ["ANSWER", "CANCEL"])
    assert console.say(b64(lab.account.address)) == ["334 UGFzc3dvcmQ6"]
    assert console.say(b64(lab.account.authorization_code)) == [
        "235 2.7.0 Authentication successful"
    ]
    assert (console.state, console.logged_in) == ("hello", True)
    assert "MAIL" in names(console)
    assert b64(lab.account.authorization_code) in str(console)  # nothing is hidden: it was typed


@pytest.mark.parametrize("answers", [["*"], ["no base64!"], ["eA==", "*"], ["eA==", "eA=="]])
def test_a_login_that_fails_leaves_the_session_as_it_was(lab: Lab, answers: list[str]) -> None:
    console = lab.console(465)
    say(console, "EHLO me", "auth login", *answers)
    assert (console.state, console.logged_in) == ("hello", False)
    say(console, "AUTH PLAIN " + b64(f"\0{lab.account.address}\0{lab.account.authorization_code}"))
    assert console.logged_in


# The object


def test_a_console_that_nobody_refers_to_closes_its_connection(lab: Lab) -> None:
    for port in (25, 465):
        console = lab.console(port)
        say(console, "EHLO me")
        del console
        gc.collect()
        assert ended(lab).ended == "C"


def test_a_console_keeps_no_lab_alive() -> None:
    lab = Lab()
    console = lab.console(465)
    gone = weakref.ref(lab)
    del lab
    gc.collect()
    assert gone() is None
    assert console.state == "closed"


def test_the_history_only_grows_and_whoever_listens_hears_each_entry(lab: Lab) -> None:
    console = lab.console()
    heard: list[tuple[Entry, str]] = []
    console.subscribe(lambda entry: heard.append((entry, console.state)))
    console.subscribe(lambda entry: 1 / 0)  # type: ignore[arg-type, return-value]
    before = console.history
    say(console, "EHLO me", "QUIT")
    assert console.history[: len(before)] == before
    assert tuple(entry for entry, _ in heard) == console.history[len(before) :]
    assert [state for _, state in heard] == ["greeted", "hello", "hello", "hello", "closed"]
    times = [entry.time for entry in console.history if entry.session == 1]
    assert times == sorted(times)


def test_printing_a_console_shows_history_state_and_what_is_legal(lab: Lab) -> None:
    console = lab.console(587)
    say(console, "DATA", "EHLO me")
    said = str(console).splitlines()
    assert re.fullmatch(r"--- connected: 127\.0\.0\.1:\d+ ---", said[0])
    assert said[1:4] == ["S: 220 mail.lab.test ESMTP ready", "C: DATA",
                         "S: 530 5.7.0 Must issue a STARTTLS command first"]  # fmt: skip
    assert said[-2] == "state: hello"
    assert said[-1].startswith("legal next: STARTTLS, QUIT, EHLO client.lab.test, NOOP")
    assert repr(console) == "<Console on port 587: hello>"


def test_a_port_that_no_provider_has_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="26"):
        lab.console(26)


def test_two_threads_at_one_console_take_turns(lab: Lab) -> None:
    console = lab.console()
    say(console, "EHLO me", "MAIL FROM:<you@lab.test>")
    before = len(console.history)

    def speak(name: str) -> None:
        for number in range(5):
            console.say(f"RCPT TO:<{name}{number}@other.test>")

    with lab.misbehave(faults.Dribble(3)):
        threads = [threading.Thread(target=speak, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    said = console.history[before:]
    assert [entry.sender for entry in said] == [*"CS" * 15]
    for line, reply in zip(said[::2], said[1::2], strict=True):
        assert line.lines[0].partition(":")[2] in reply.lines[0]


def test_a_server_that_has_had_enough_is_seen_to_go(lab: Lab) -> None:
    console = lab.console()
    for _ in range(20):
        assert (console.say("BOGUS") or [""])[0].startswith("500 ")
    assert console.history[-2].lines == ("421 4.7.0 Too many errors",)
    assert (console.state, notes(console)[-1]) == ("closed", "hung-up")


def test_closing_twice_does_no_harm(lab: Lab) -> None:
    console = lab.console()
    console.close()
    console.close()
    assert notes(console) == ["connected", "closed"]
