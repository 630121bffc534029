"""The transcript: append-only, line by line as a server would read it."""

import threading
import time

import pytest

from smtplab.lab import Event, Lab, Session, Transcript

from .client import Client


def said(*events: tuple[str, bytes] | tuple[str, bytes, float], tls: bool = False) -> Session:
    """A session in which this was said, in order."""
    transcript = Transcript()
    session = transcript.open(25)
    for number, (sender, data, *when) in enumerate(events):
        moment = when[0] if when else number / 1000
        transcript.append(Event(moment, sender, data, tls, session.number, 25))  # type: ignore[arg-type]
    return session


def kinds(session: Session) -> list[tuple[str, str]]:
    return [(line.text, line.kind) for line in session.lines()]


def test_a_session_prints_as_lines_of_client_and_server() -> None:
    session = said(
        ("S", b"220 mail.lab.test ESMTP ready\r\n"),
        ("C", b"EHLO client.lab.test\r\n"),
        ("S", b"250-mail.lab.test\r\n250 HELP\r\n"),
        ("C", b"QUIT\r\n"),
        ("S", b"221 2.0.0 Bye\r\n"),
    )
    assert str(session) == (
        "S: 220 mail.lab.test ESMTP ready\n"
        "C: EHLO client.lab.test\n"
        "S: 250-mail.lab.test\n"
        "S: 250 HELP\n"
        "C: QUIT\n"
        "S: 221 2.0.0 Bye"
    )


def test_where_a_segment_ends_no_line_ends() -> None:
    whole = b"EHLO client.lab.test\r\nNOOP\r\n"
    session = said(*(("C", bytes([octet])) for octet in whole))
    assert [line.data for line in session.lines()] == [b"EHLO client.lab.test\r\n", b"NOOP\r\n"]
    assert [line.time for line in session.lines()] == [0.0, 0.022]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"NOOP\r\n", "NOOP"),
        (b"NOOP\n", r"NOOP\n"),
        (b"\n", r"\n"),
        (b"NOOP\r", r"NOOP\r"),
        (b"NOOP", "NOOP"),
        (b"\r\n", ""),
        (b"a\rb\r\n", r"a\rb"),
        (b"NOOP\r\r\n", r"NOOP\r"),
        (b"\x00\x1b[31m\x7f\r\n", r"\x00\x1b[31m\x7f"),
        (b"\xff\xfe\r\n", r"\xff\xfe"),
        ("Grüße, 你好\r\n".encode(), "Grüße, 你好"),
        ("欢迎\r\n".encode("gbk"), r"\xbb\xb6\xd3\xad"),
        ("a\u2028b\u202ec\r\n".encode(), r"a\xe2\x80\xa8b\xe2\x80\xaec"),
    ],
)
def test_odd_octets_are_shown_and_never_printed_raw(data: bytes, text: str) -> None:
    (line,) = said(("C", data)).lines()
    assert (line.text, line.data) == (text, data)
    assert str(line) == f"C: {text}"


@pytest.mark.parametrize(
    ("data", "bare"),
    [
        (b"NOOP\r\n", ""), (b"NOOP", ""), (b"\r\n", ""), (b"NOOP\r", ""),
        (b"NOOP\n", "LF"), (b"\n", "LF"), (b"a\rb\n", "LF"),
        (b"a\rb\r\n", "CR"), (b"NOOP\r\r\n", "CR"), (b"a\rb", "CR"), (b"\rNOOP\r\n", "CR"),
    ],
)  # fmt: skip
def test_a_cr_or_an_lf_by_itself_is_known(data: bytes, bare: str) -> None:
    (line,) = said(("C", data)).lines()
    assert line.bare == bare


def test_a_session_of_bare_lfs_shows_them_and_ends_no_message() -> None:
    session = said(
        ("C", b"HELO x\nDATA\n"), ("S", b"354 go\r\n"), ("C", b"a\n.\n.\r\n\r\n.\r\n"),
    )  # fmt: skip
    assert str(session) == "\n".join(
        [r"C: HELO x\n", r"C: DATA\n", "S: 354 go", r"C: a\n", r"C: .\n", "C: .", "C: ", "C: ."]
    )
    assert [line.ends_message for line in session.lines()] == [False] * 7 + [True]


def test_what_was_cut_short_is_shown_in_the_order_in_which_it_began() -> None:
    session = said(("S", b"220 he"), ("C", b"EHL"), ("S", b"llo"))
    assert [line.text for line in session.lines()] == ["220 hello", "EHL"]


def test_a_login_is_told_from_commands() -> None:
    session = said(
        ("C", b"auth LOGIN\r\n"), ("S", b"334 VXNlcm5hbWU6\r\n"), ("C", b"eW91\r\n"),
        ("S", b"334 UGFzc3dvcmQ6\r\n"), ("C", b"c2VjcmV0\r\n"), ("S", b"535 5.7.8 No\r\n"),
        ("C", b"AUTH PLAIN AHlvdQBzZWNyZXQ=\r\n"), ("S", b"235 2.7.0 Yes\r\n"),
        ("C", b"NOOP\r\n"),
    )  # fmt: skip
    client = [(line.text, line.kind) for line in session.lines() if line.sender == "C"]
    assert client == [
        ("auth LOGIN", "auth"), ("eW91", "auth"), ("c2VjcmV0", "auth"),
        ("AUTH PLAIN AHlvdQBzZWNyZXQ=", "auth"), ("NOOP", "command"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        [b"hello\r\n"],
        [b"..\r\n", b"...\r\n", b". \r\n"],
        [b"AUTH LOGIN\r\n", b"QUIT\r\n"],
        [b"a\n", b".\n", b".\r\n", b"b\r\n"],
        [b"a\n", b".\r\n", b"b\r\n"],
        [b"a\r.\r\n"],
        [],
    ],
)
def test_content_ends_at_the_lone_dot_and_nowhere_else(content: list[bytes]) -> None:
    session = said(
        ("C", b"DATA\r\n"), ("S", b"354 Go on\r\n"),
        ("C", b"".join(content) + b".\r\nNOOP\r\n"), ("S", b"250 OK\r\n"),
    )  # fmt: skip
    lines = [(line.data, line.kind) for line in session.lines()]
    assert lines[2:-1] == [
        *((c, "data") for c in content),
        (b".\r\n", "data"),
        (b"NOOP\r\n", "command"),
    ]


@pytest.mark.parametrize("content", [b"a\n.\r\nb", b"a\r\n.\nb", b"a\r.\rb", b"x\r\n..\r\ny"])
def test_the_provider_agrees_where_content_ends(content: bytes) -> None:
    with Lab("legacy") as lab, Client(lab, 25) as client:
        client.deliver(content + b"\r\n")
        assert client.say("NOOP").startswith("250 ")
        lines = lab.transcript[-1].lines()
    data = b"".join(line.data for line in lines if line.kind == "data")
    assert data == content + b"\r\n.\r\n"
    assert lines[-2].kind == "command"


def test_a_large_message_is_cut_into_lines_quickly() -> None:
    content = (b"x" * 76 + b"\r\n") * 130_000
    session = said(("C", b"DATA\r\n"), ("S", b"354\r\n"), ("C", content), ("C", b".\r\n"))
    began = time.process_time()
    assert len(session.lines()) == 130_003
    assert time.process_time() - began < 5


def test_what_was_seen_does_not_change() -> None:
    transcript = Transcript()
    session = transcript.open(25)
    sessions, events = transcript.sessions, session.events
    transcript.append(Event(0.0, "S", b"220 hello\r\n", False, 1, 25))
    transcript.open(465)
    assert (sessions, events) == ((session,), ())
    assert [s.number for s in transcript] == [1, 2]
    assert (len(transcript), transcript[-1].port, transcript[:1]) == (2, 465, (session,))
    with pytest.raises(AttributeError):
        session.events[0].data = b""  # type: ignore[misc]


def test_the_whole_transcript_prints_each_session_under_its_number() -> None:
    transcript = Transcript()
    for port in (25, 465):
        number = transcript.open(port).number
        transcript.append(Event(0.0, "S", b"220 hello\r\n", port == 465, number, port))
    assert str(transcript) == (
        "session 1, port 25\nS: 220 hello\n\nsession 2, port 465\nS: 220 hello"
    )
    assert (repr(transcript), repr(transcript[0])) == (
        "<Transcript: 2 sessions>",
        "<Session 1: port 25, 1 events>",
    )


def test_times_never_go_back_and_begin_at_zero() -> None:
    with Lab() as lab, Client(lab, 465) as client:
        client.say("EHLO x")
        times = [event.time for event in lab.transcript[-1].events]
    assert times == sorted(times)
    assert 0 <= times[0] < 5


# Live, and from several threads


def test_a_listener_hears_each_event_from_then_on() -> None:
    heard: list[Event] = []
    with Lab() as lab, Client(lab, 25) as client:
        lab.transcript.subscribe(heard.append)
        client.say("NOOP")
    assert [event.data for event in heard] == [b"NOOP\r\n", b"250 2.0.0 OK\r\n"]


def test_a_listener_that_raises_harms_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError("a view is broken")

    with Lab() as lab:
        lab.transcript.subscribe(broken)
        lab.transcript.subscribe(heard.append)
        with Client(lab, 25) as client:
            assert client.say("NOOP").startswith("250 ")
    assert len(heard) == 3
    assert capfd.readouterr() == ("", "")


def test_a_listener_may_read_the_transcript() -> None:
    transcript = Transcript()
    heard: list[int] = []
    transcript.subscribe(lambda event: heard.append(len(transcript[0].events)))
    transcript.open(25)
    for _ in range(3):
        transcript.append(Event(0.0, "S", b"220\r\n", False, 1, 25))
    assert heard == [1, 2, 3]


def test_it_can_be_read_while_several_write() -> None:
    transcript = Transcript()
    failures: list[BaseException] = []
    done = threading.Event()

    def write(session: Session) -> None:
        for number in range(300):
            data = b"NOOP %d\r\n" % number
            transcript.append(Event(number / 1000, "C", data, False, session.number, 25))

    def read() -> None:
        try:
            while not done.is_set():
                for session in transcript:
                    numbers = [int(line.text[5:]) for line in session.lines()]
                    assert numbers == list(range(len(numbers)))
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(transcript.open(25),)) for _ in range(8)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert failures == []
    assert [s.number for s in transcript] == list(range(1, 9))
    assert {len(session.events) for session in transcript} == {300}
