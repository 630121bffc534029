"""The gauntlet: what is right passes, each thing that is wrong is seen where it is wrong."""

import contextlib
import smtplib
import socket
import ssl
import sys
import time
from _thread import interrupt_main
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import smtplab
from smtplab.__main__ import main
from smtplab.exercises.gauntlet import library
from smtplab.exercises.gauntlet import run as gauntlet
from smtplab.exercises.gauntlet.run import Row, run_gauntlet
from smtplab.exercises.gauntlet.scenarios import SCENARIOS, Mail, Raises, Scenario
from smtplab.exercises.loading import NoClient, load_client
from smtplab.lab import faults
from smtplab.solutions import client, dialogue, multipart, tls
from smtplab.solutions.client import send_mail
from smtplab.solutions.dialogue import ReplyError
from smtplab.solutions.trouble import pipeline

NAMES = [scenario.name for scenario in SCENARIOS]


def row(sender: Any, name: str) -> Row:
    """What becomes of a sender in one scenario."""
    chosen = [scenario for scenario in SCENARIOS if scenario.name == name]
    assert len(chosen) == 1, name
    return run_gauntlet(sender, chosen).rows[0]


def test_it_says_how_far_it_is() -> None:
    chosen = [each for each in SCENARIOS if not each.heavy][:3]
    heard: list[tuple[int, int]] = []
    run_gauntlet(send_mail, chosen, lambda done, of: heard.append((done, of)))
    assert heard == sorted(heard)
    assert heard[0] == (0, 6)
    assert heard[-1] == (6, 6)


# What is right


@pytest.mark.timeout(120)
def test_the_reference_passes_everything_and_smtplib_what_it_really_passes() -> None:
    result = run_gauntlet(send_mail)
    assert [r.scenario.name for r in result.rows] == NAMES
    assert {r.scenario.name: r.mine.sentence for r in result.rows if not r.mine.right} == {}
    assert result.passed
    worse = {r.scenario.name: r.library.sentence for r in result.rows if not r.library.right}
    assert list(worse) == [
        "421 to EHLO",
        "421 to the login",
        "451 at every step, one after the other",
        "554 at every step, one after the other",
        "Chinese subject, text and file names",
    ]
    for name in list(worse)[:2]:
        assert "SMTPServerDisconnected" in worse[name]
        assert "does not tell the 421" in worse[name]
    assert "BODY=8BITMIME" in worse["Chinese subject, text and file names"]
    assert result.seconds < 60
    for one in result.rows:
        for outcome in (one.mine, one.library):
            assert outcome.sentence[0].isupper() and outcome.sentence.endswith(".")
            assert "\n" not in outcome.sentence


def test_every_scenario_that_the_course_promises_is_there() -> None:
    assert len(set(NAMES)) == len(NAMES)
    text = "\n".join(NAMES)
    for word in (
        "465", "587", "25", "octet at a time", "cut in two", "joined", "hundred lines", "EHLO is",
        "wrong password", "expired", "another server", "vouches for itself", "unknown authority",
        "TLS 1.0", "Plain text", "454", "Silence in", "struck out", "slipped in", "in the middle",
        "Greylisting", "One of three", "All recipients", "552", "drops within", "dots", "Bare LF",
        "subject", "recipient", "file name", "Chinese", "and SMTPUTF8", "no SMTPUTF8", "10 MB",
        "is silent", "SIZE", "QUIT is", "451 at every", "554 at every", "mail is kept", "away",
    ):  # fmt: skip
        assert word in text
    stages = ("greeting", "EHLO", "STARTTLS", "login", "MAIL", "RCPT", "DATA", "message")
    assert all(any(n.startswith("421") and n.endswith(s) for n in NAMES) for s in stages)


def test_a_client_far_away_is_told_its_round_trips_and_one_that_pipelines_needs_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def far() -> Row:
        return row(send_mail, "A server 30 milliseconds away")

    assert far().mine.sentence == "Delivered exactly, in 12 round trips."
    assert far().library.sentence == "Delivered exactly, in 13 round trips."
    monkeypatch.setattr(
        client,
        "deliver",
        lambda sock, reader, *mail: pipeline(sock, reader, {"PIPELINING": ""}, *mail),
    )
    assert far().mine.sentence == "Delivered exactly, in 10 round trips."


def test_scenarios_can_be_chosen_by_a_part_of_their_names() -> None:
    chosen = run_gauntlet(send_mail, only="REPLIES ONE").rows
    assert [one.scenario.key for one in chosen] == ["dribble"]
    assert "No scenario has 'far'" in run_gauntlet(send_mail, only="far").message


def test_a_lab_is_fresh_for_each_sender_and_stopped_in_the_end() -> None:
    one = row(send_mail, "Port 465: TLS from the first octet")
    assert len(one.mine.transcript) == len(one.library.transcript) == 1
    ports = (one.mine.transcript[0].port, one.library.transcript[0].port)
    assert ports == (465, 465)
    assert one.mine.transcript is not one.library.transcript


# What is wrong


def unverified(cafile: Any = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def wraps_anything(
    address: Any, hostname: Any, cafile: Any, timeout: float = 30.0
) -> socket.socket:
    sock = socket.create_connection(address, timeout)
    return unverified().wrap_socket(sock)


def starttls_with_anybody(sock: Any, reader: Any, hostname: str, cafile: str) -> Any:
    dialogue.command(sock, reader, "STARTTLS", 220)
    sock = unverified().wrap_socket(sock)
    reader = type(reader)(sock)
    _, lines = dialogue.command(sock, reader, "EHLO client.lab.test", 250)
    return sock, reader, dialogue.parse_ehlo(lines)


def starttls_with_old_lines(sock: Any, reader: Any, hostname: str, cafile: str) -> Any:
    dialogue.command(sock, reader, "STARTTLS", 220)
    sock = ssl.create_default_context(cafile=cafile).wrap_socket(sock, server_hostname=hostname)
    reader.sock = sock  # and what it has read stays in its buffer
    _, lines = dialogue.command(sock, reader, "EHLO client.lab.test", 250)
    return sock, reader, dialogue.parse_ehlo(lines)


def no_starttls(sock: Any, reader: Any, hostname: str, cafile: str) -> Any:
    return sock, reader, {"AUTH": "PLAIN"}


def reports_nobody(*args: Any) -> dict[str, Any]:
    dialogue.deliver(*args)
    return {}


def loses_the_code(*args: Any) -> Any:
    try:
        return dialogue.deliver(*args)
    except ReplyError:
        raise ConnectionError("it did not work") from None


def subject_as_it_is(*args: Any) -> bytes:
    sender, recipients, subject, *others = args
    message = multipart.build_message(sender, recipients, "S", *others)
    return message.replace(b"Subject: S\r\n", f"Subject: {subject}\r\n".encode())


def changed(old: bytes, new: bytes) -> Callable[..., bytes]:
    return lambda *args: multipart.build_message(*args).replace(old, new)


def without_attachments(*args: Any) -> bytes:
    return multipart.build_message(*args[:6], ())


def says_quit(sock: Any, reader: Any) -> None:
    dialogue.command(sock, reader, "QUIT", 221)


def stub(*args: Any) -> None:
    raise NotImplementedError


PATCHES: list[tuple[Any, str, Any, str, str]] = [
    (client, "connect_tls", wraps_anything, "The certificate has expired",
     "tells the password to a server that is not to be trusted."),
    (client, "starttls", starttls_with_anybody, "The certificate is another server's",
     "tells the password to a server that is not to be trusted."),
    (client, "connect_tls", wraps_anything, "A machine in the middle answers",
     "gives the password away to the machine in the middle"),
    (client, "starttls", starttls_with_anybody, "A machine in the middle answers",
     "gives the password away to the machine in the middle"),
    (client, "starttls", starttls_with_old_lines, "A reply is slipped in before TLS",
     "Took what was said before TLS for what was said within it"),
    (client, "starttls", no_starttls, "Port 587: STARTTLS", "it went over in the clear"),
    (client, "deliver", reports_nobody, "One of three recipients is refused",
     "it reported [] as refused"),
    (client, "deliver", reports_nobody, "All recipients are refused", "no error was raised"),
    (client, "deliver", loses_the_code, "552: the message is too big",
     "does not tell the 552 of the server"),
    (dialogue, "dot_stuff", lambda body: body, "Lines that begin with dots", ""),
    (client, "build_message", subject_as_it_is, "A line break in the subject", "an injection"),
    (client, "build_message", changed(b"quoted-printable", b"base64"), "Port 25: in the clear",
     "its text is"),
    (client, "build_message", changed(b'"photographs', b'"potographs'), "Port 25: in the clear",
     "the file photographs.zip is called potographs.zip"),
    (client, "build_message", changed(b"cid:", b"CID:"), "Port 25: in the clear",
     "does not refer to its picture"),
    (client, "build_message", changed(b"attachment;", b"inline;"), "Port 25: in the clear",
     "is not marked as an attachment"),
    (client, "build_message", changed(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\nX: y\r\n"),
     "Port 25: in the clear", "550 5.5.2 Bare <LF> received"),
    (client, "build_message", changed(b"MIME-Version", b"Date: now\r\nMIME-Version"),
     "Port 25: in the clear", "2 fields called Date"),
    (client, "build_message", changed(b"Date: ", b"X-Date: "), "Port 25: in the clear",
     "0 fields called Date"),
    (client, "build_message", changed(b"From: you", b"From: lin"), "Port 25: in the clear",
     "its From is"),
    (client, "build_message", without_attachments, "Port 25: in the clear",
     "the file photographs.zip is not in it"),
    (client, "log_in", stub, "Port 587: STARTTLS", "stub is not yet written."),
    (client, "log_in", lambda *_: {}["x"], "Port 587: STARTTLS", "a slip in the code"),
    (client, "log_in", lambda *_: sys.exit(3), "Port 587: STARTTLS", "Ends the whole program"),
    (client, "log_in", lambda *_: input(), "Port 587: STARTTLS", "Asks for something to be typed"),
    (client, "log_in", lambda *_: None, "Port 587: STARTTLS", "530"),
    (client, "quit_session", says_quit, "QUIT is never answered", "and yet the mail arrived"),
    (client, "close", lambda sock: None, "552: the message is too big", "Leaves open"),
    (tls, "command", lambda *_: (220, []), "454 to STARTTLS", "does not tell the 454"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("module", "name", "wrong", "scenario", "sentence"),
    PATCHES,
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)
def test_what_is_wrong_is_seen(
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    wrong: Any,
    scenario: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(module, name, wrong)
    outcome = row(send_mail, scenario).mine
    assert not outcome.right, outcome.sentence
    assert sentence in outcome.sentence


def test_what_is_wrong_with_every_letter_is_said_once_and_hides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "build_message", changed(b"Date: ", b"X-Date: "))
    monkeypatch.setattr(dialogue, "dot_stuff", lambda body: body)
    names = ("Port 465: TLS from the first octet", "Replies cut in two",
             "One of three recipients is refused", "Lines that begin with dots")  # fmt: skip
    chosen = [scenario for scenario in SCENARIOS if scenario.name in names]
    first, *others, dots = (r.mine for r in run_gauntlet(send_mail, chosen).rows)
    assert not first.right and "0 fields called Date" in first.sentence
    assert [one.right for one in others] == [True, True]
    assert all("what another row says: its header has 0" in one.sentence for one in others)
    assert not dots.right and "Date" not in dots.sentence


def test_an_error_about_length_is_not_taken_for_one_about_time() -> None:
    def careful(host: str, port: int, **options: Any) -> Any:
        if options["attachments"]:
            raise ValueError("the message is too long for this server")
        return send_mail(host, port, **options)

    outcome = row(careful, "The message is longer than the server's SIZE").mine
    assert outcome.right, outcome.sentence


def changed_sender(change: Callable[..., Any]) -> Callable[..., Any]:
    def sender(host: str, port: int, **options: Any) -> Any:
        return change(host, port, **options)

    return sender


def never_fails(*args: Any, **options: Any) -> Any:
    with contextlib.suppress(Exception):
        return send_mail(*args, **options)
    return {}


def tells_all(*args: Any, **options: Any) -> Any:
    try:
        return send_mail(*args, **options)
    except ReplyError as error:
        raise ReplyError(error.code, [*error.lines, f"with {options['password']}"]) from None


def keeps_the_code(*args: Any, **options: Any) -> Any:
    try:
        return library.with_smtplib(*args, **options)
    except smtplib.SMTPException:
        raise OSError("it did not work") from None


def sends_twice(*args: Any, **options: Any) -> Any:
    send_mail(*args, **options)
    return send_mail(*args, **options)


def tries_again(*args: Any, **options: Any) -> Any:
    try:
        return send_mail(*args, **options)
    except ReplyError:
        return send_mail(*args, **options)


def tries_again_after_all(*args: Any, **options: Any) -> Any:
    try:
        return send_mail(*args, **options)
    except (EOFError, OSError):
        return send_mail(*args, **options)


def says_nothing(*args: Any, **options: Any) -> None:
    send_mail(*args, **options)


def says_another_code(*args: Any, **options: Any) -> Any:
    return dict.fromkeys(send_mail(*args, **options), (250, "ok"))


def goes_on_in_the_clear(host: str, port: int, **options: Any) -> Any:
    with smtplib.SMTP(host, port, "client.lab.test", timeout=4) as session:
        session.ehlo()
        if session.has_extn("starttls"):
            session.starttls(context=ssl.create_default_context(cafile=options["cafile"]))
        session.docmd("AUTH", "LOGIN " + smtplib.encode_base64(options["user"].encode(), eol=""))  # type: ignore[attr-defined]
        session.docmd(smtplib.encode_base64(options["password"].encode(), eol=""))  # type: ignore[attr-defined]
        return session.sendmail(
            options["sender"], options["recipients"], b"Subject: x\r\n\r\nx\r\n"
        )


def asks_for_no_extension(host: str, port: int, **options: Any) -> Any:
    with socket.create_connection((host, port), 4) as sock:
        reader = client.LineReader(sock)
        client.say_hello(sock, reader)
        return client.deliver(sock, reader, options["sender"], options["recipients"], b"\r\n")


SENDERS: list[tuple[Any, str, str]] = [
    (never_fails, "The server is silent", "Nothing arrived, and no error was raised"),
    (never_fails, "The connection drops within the message", "no error was raised"),
    (tells_all, "A wrong password", "errors end up in logs"),
    (never_fails, "The message is longer than the server's SIZE", "no error was raised"),
    (keeps_the_code, "The message is longer than the server's SIZE", "does not tell the 552"),
    (sends_twice, "Replies cut in two", "The mail arrived 2 times"),
    (tries_again, "Greylisting: 450, then welcome", "A mail arrived all the same"),
    (
        tries_again_after_all,
        "The connection drops after the last dot, and the mail is kept",
        "the mail arrived 2 times",
    ),
    (
        never_fails,
        "The connection drops after the last dot, and the mail is kept",
        "and it reported success",
    ),
    (
        never_fails,
        "451 at every step, one after the other",
        "At EHLO: Nothing arrived, and no error was raised",
    ),
    (keeps_the_code, "554 at every step, one after the other", "does not tell the 554"),
    (says_nothing, "Replies cut in two", "it returned None, and not a mapping"),
    (says_another_code, "One of three recipients is refused", "it reported (250, 'ok')"),
    (goes_on_in_the_clear, "STARTTLS is struck out on the way", "it went over in the clear"),
]


@pytest.mark.parametrize(("sender", "scenario", "sentence"), SENDERS)
def test_another_sender_that_is_wrong_is_seen(sender: Any, scenario: str, sentence: str) -> None:
    outcome = row(changed_sender(sender), scenario).mine
    assert not outcome.right
    assert sentence in outcome.sentence


def test_an_address_that_was_not_offered_is_seen() -> None:
    scenario = Scenario(
        "x",
        ports=(25,),
        expects=(Raises(),),
        mail=Mail(recipients=("林@lab.test",)),
        flaws=(faults.Without("SMTPUTF8"),),
    )
    outcome = run_gauntlet(asks_for_no_extension, [scenario]).rows[0].mine
    assert not outcome.right
    assert "RFC 6531" in outcome.sentence


def test_a_fall_back_to_cleartext_mail_is_seen() -> None:
    def in_the_clear(host: str, port: int, **options: Any) -> Any:
        with smtplib.SMTP(host, port, "client.lab.test", timeout=4) as session:
            return session.sendmail("you@lab.test", ["lin@lab.test"], b"Subject: x\r\n\r\nx\r\n")

    # On 25 the lab takes mail in the clear: who was asked for STARTTLS must not.
    outcome = row(in_the_clear, "Port 587: STARTTLS").mine
    assert not outcome.right and "530" in outcome.sentence


# What hangs


def waits(host: str, port: int, **options: Any) -> Any:
    near, far = socket.socketpair()
    with near, far, socket.create_connection((host, port)) as sock:
        # Some servers hang up: then there is somebody else who never says a word.
        while sock.recv(100):
            pass
        # Again when it is woken: who came back would be called once more, and stopped while it
        # makes its sockets.
        while True:
            near.recv(1)


def turns(host: str, port: int, **options: Any) -> Any:
    while True:
        pass


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("sender", "sentence"), [(waits, "Waits in"), (turns, "Does not come to an end at line")]
)
def test_a_sender_that_hangs_does_not_hang_the_gauntlet(
    monkeypatch: pytest.MonkeyPatch, sender: Any, sentence: str
) -> None:
    monkeypatch.setattr(gauntlet, "DEADLINE", 2.0)
    light = [scenario for scenario in SCENARIOS if not scenario.heavy][::4]
    # smtplib goes first: give it the time that it needs, and no more to the other.
    monkeypatch.setattr(gauntlet, "with_smtplib", says_ok)
    result = run_gauntlet(sender, light)
    assert result.right == 0
    assert all(sentence in r.mine.sentence for r in result.rows)


def says_ok(*args: Any, **options: Any) -> Any:
    return {}


@pytest.mark.parametrize("scenario", ["The server is silent", "QUIT is never answered"])
def test_a_timeout_that_is_not_heeded_is_seen(
    monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    def patient(host: str, port: int, **options: Any) -> Any:
        return send_mail(host, port, **{**options, "timeout": None})

    monkeypatch.setattr(gauntlet, "DEADLINE", 2.0)
    outcome = row(patient, scenario).mine
    assert "Waits in" in outcome.sentence and "2 seconds" in outcome.sentence


@pytest.mark.parametrize(("lacked", "right"), [(0.0, False), (60.0, True)])
def test_a_client_whose_patience_ends_on_a_busy_machine_has_another_chance(
    monkeypatch: pytest.MonkeyPatch, lacked: float, right: bool
) -> None:
    calls = []

    def late_once(host: str, port: int, **options: Any) -> Any:
        calls.append(port)
        if len(calls) == 1:
            raise TimeoutError("timed out")
        return send_mail(host, port, **options)

    monkeypatch.setattr(gauntlet.Starved, "seconds", lambda self: lacked)
    outcome = row(late_once, "Port 25: in the clear").mine
    assert outcome.right is right


@pytest.mark.parametrize(("lacked", "right"), [(0.0, False), (60.0, True)])
def test_a_client_that_a_busy_machine_kept_from_its_end_has_another_chance(
    monkeypatch: pytest.MonkeyPatch, lacked: float, right: bool
) -> None:
    calls = []

    def slow_once(host: str, port: int, **options: Any) -> Any:
        calls.append(port)
        if len(calls) == 1:
            time.sleep(30)
        return send_mail(host, port, **options)

    monkeypatch.setattr(gauntlet, "DEADLINE", 2.0)
    monkeypatch.setattr(gauntlet.Starved, "seconds", lambda self: lacked)
    outcome = row(slow_once, "Port 25: in the clear").mine
    assert outcome.right is right


def always_late(host: str, port: int, **options: Any) -> Any:
    raise TimeoutError("timed out")


def test_what_is_played_again_is_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauntlet.Starved, "seconds", lambda self: 60.0)
    chosen = [each for each in SCENARIOS if not each.heavy][:6]
    heard: list[int] = []
    run_gauntlet(always_late, chosen, lambda done, of: heard.append(done))
    assert heard[-2:] == [6, 10]  # four at once


def test_what_lacked_no_processor_ends_nobody_s_other_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = [each for each in SCENARIOS if not each.heavy and len(each.ports) == 1][:6]
    calls: list[int] = []
    # Whoever is played once has lacked a processor, and nobody who is played again.
    lacked = lambda self: 60.0 if len(calls) <= len(chosen) else 0.0  # noqa: E731
    monkeypatch.setattr(gauntlet.Starved, "seconds", lacked)

    def late_at_first(host: str, port: int, **options: Any) -> Any:
        calls.append(port)
        if len(calls) <= len(chosen):
            raise TimeoutError("timed out")
        return send_mail(host, port, **options)

    assert run_gauntlet(late_at_first, chosen).passed


def test_an_interrupt_ends_what_is_played_again(
    monkeypatch: pytest.MonkeyPatch, hears_ctrl_c: None
) -> None:
    monkeypatch.setattr(gauntlet.Starved, "seconds", lambda self: 60.0)
    chosen = [each for each in SCENARIOS if not each.heavy][:6]
    calls: list[int] = []

    def late(host: str, port: int, **options: Any) -> Any:
        calls.append(port)
        if len(calls) == 7:
            interrupt_main()
            time.sleep(30)
        raise TimeoutError("timed out")

    run_gauntlet(late, chosen)
    assert len(calls) <= 10  # and not the last two again


def test_one_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "client.py"
    path.write_text("def send_mail(host, port, **options):\n    return {}['x']\n")
    outcome = row(load_client(path), "Port 25: in the clear").mine
    assert "KeyError" in outcome.sentence
    assert "at line 2: `return {}['x']`" in outcome.sentence


# What is no sender


def test_a_stub_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    result = smtplab.gauntlet(stub)
    assert (result.rows, result.passed) == ((), False)
    assert "stub is not yet written." in capsys.readouterr().out


@pytest.mark.parametrize("thing", [None, {}, 5, "send_mail"])
def test_what_is_no_function_is_told_so(thing: Any) -> None:
    result = run_gauntlet(thing)
    assert not result.passed
    assert "gauntlet(send_mail)" in result.message


# The command line


def one(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    chosen = tuple(scenario for scenario in SCENARIOS if scenario.name in names)
    assert len(chosen) == len(names)
    monkeypatch.setattr(gauntlet, "SCENARIOS", chosen)


GOOD = "from smtplab.exercises.gauntlet.library import with_smtplib as send_mail\n"


def test_the_command_ends_with_0_when_all_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one(monkeypatch, "Port 25: in the clear", "Replies cut in two")
    path = tmp_path / "client.py"
    path.write_text(GOOD)
    assert main(["gauntlet", str(path)]) == 0
    said = capsys.readouterr().out
    assert "2 of 2 passed by your client, 2 by smtplib" in said
    assert "Replies cut in two" in said


def test_the_command_ends_with_1_when_one_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one(monkeypatch, "Port 25: in the clear", "421 to EHLO")
    path = tmp_path / "client.py"
    path.write_text(GOOD)
    assert main(["gauntlet", str(path)]) == 1
    said = capsys.readouterr().out
    assert "1 of 2 passed by your client" in said
    assert "does not tell the 421" in said
    assert "S: 421" in said  # the transcript of what failed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "has no send_mail"),
        ("def send_mail(:\n", "line 1: invalid syntax"),
        ("\nimport nothing_of_that_name\n", "'nothing_of_that_name' at line 2"),
        ("raise SystemExit(0)\n", "SystemExit"),
        ("input()\n", "cannot be imported"),
        ("while True:\n    pass\n", "does not come to an end"),
        (b"\xff\xfe", "line"),
    ],
)
def test_a_file_that_is_no_client_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | bytes, words: str
) -> None:
    path = tmp_path / "client.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["gauntlet", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"smtplab: {path}") and said.err.count("\n") == 1
    assert words in said.err
    with pytest.raises(NoClient):
        load_client(path)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gauntlet", str(tmp_path / "client.py")]) == 2
    assert main(["gauntlet", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("cannot be read") == 2


def test_what_stands_beside_the_client_can_be_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_the_client.py").write_text("def send_mail(*args, **options): return 7\n")
    path = tmp_path / "client.py"
    path.write_text("from beside_the_client import send_mail\n")
    assert load_client(path)() == 7


def test_the_other_sender_is_the_librarys() -> None:
    assert gauntlet.with_smtplib is library.with_smtplib
