"""Round trips: what counts as one, and what is said of each. Times are never what is counted."""

from collections.abc import Iterator
from typing import Any

import pytest

from smtplab.lab import Event, Lab, RoundTrips, faults
from smtplab.lab.events import Handshake
from smtplab.lab.link import Link

from .client import Client, ended

MAIL = b"Subject: hello\r\n\r\nhello, Lin\r\n"
GROUP = ("MAIL FROM:<a@lab.test>", "RCPT TO:<lin@lab.test>", "DATA")


@pytest.fixture(params=[0.0, 0.05])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab that is near, and one that is far away."""
    with Lab(round_trip=request.param) as lab:
        yield lab


def kinds(trips: RoundTrips) -> list[str]:
    return [trip.kind for trip in trips]


def deliver(lab: Lab) -> Client:
    client = Client(lab, 25)
    assert client.deliver(MAIL).startswith("250")
    return client


PLAIN = ["tcp", "greeting", "command", "command", "command", "command", "message", "command"]


# What is counted


def test_a_mail_by_itself_takes_eight(lab: Lab) -> None:
    with deliver(lab) as client:
        client.say("QUIT")
    trips = ended(lab).round_trips()
    assert (len(trips), kinds(trips)) == (8, PLAIN)
    assert trips[6].sent == MAIL + b".\r\n"
    assert trips[-1].came.startswith(b"221 ")


def test_a_group_is_one_and_has_all_that_was_said(lab: Lab) -> None:
    with Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.send(*GROUP)
        assert [client.reply()[:3] for _ in GROUP] == ["250", "250", "354"]
        client.send(MAIL + b".")
        client.reply()
        client.send(*GROUP[:2], "QUIT")
        client.rest()
    trips = ended(lab).round_trips()
    assert kinds(trips) == ["tcp", "greeting", "command", "command", "message", "command"]
    assert trips[3].sent == b"".join(line.encode() + b"\r\n" for line in GROUP)
    assert [line[:3] for line in trips[3].came.splitlines()] == [b"250", b"250", b"354"]


def test_over_a_link_a_group_may_be_sent_line_by_line() -> None:
    with Lab(round_trip=0.5) as lab, Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        for line in GROUP:
            client.send(line)
        assert [client.reply()[:3] for _ in GROUP] == ["250", "250", "354"]
        trips = lab.transcript[-1].round_trips()
    assert kinds(trips) == ["tcp", "greeting", "command", "command"]


def test_a_connection_that_is_kept_costs_its_beginning_once(lab: Lab) -> None:
    with deliver(lab) as client:
        for line in GROUP:
            client.say(line)
        client.say(MAIL + b".")
        client.say("QUIT")
    assert len(ended(lab).round_trips()) == len(PLAIN) + 4


@pytest.mark.parametrize(
    ("port", "first"),
    [
        (465, ["tcp", "tls", "greeting", "command"]),
        (587, ["tcp", "greeting", "command", "command", "tls", "command"]),
    ],
)
def test_tls_stands_where_it_shook_hands(lab: Lab, port: int, first: list[str]) -> None:
    with Client(lab, port) as client:
        client.say("EHLO client.lab.test")
        if port == 587:
            client.starttls()
            client.say("EHLO client.lab.test")
    assert kinds(ended(lab).round_trips()) == first


@pytest.mark.parametrize("fault", [faults.Dribble(), faults.Split(), faults.LongReply(lines=9)])
def test_an_answer_in_pieces_is_one(lab: Lab, fault: faults.Fault) -> None:
    with lab.misbehave(fault), Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        client.say("NOOP")
    trips = ended(lab).round_trips()
    assert kinds(trips) == ["tcp", "greeting", "command", "command"]
    assert (trips[2].came[:4], trips[2].came[-2:]) == (b"250-", b"\r\n")


def test_a_command_in_pieces_is_one(lab: Lab) -> None:
    with Client(lab, 25) as client:
        for octet in b"NOOP\r\n":
            client.sock.sendall(bytes([octet]))
        client.reply()
    trips = ended(lab).round_trips()
    assert [trip.sent for trip in trips] == [b"", b"", b"NOOP\r\n"]


def test_what_is_not_answered_is_none(lab: Lab) -> None:
    with lab.misbehave(faults.Silence(at="NOOP")):
        with Client(lab, 25) as client:
            client.send("NOOP")
        assert kinds(ended(lab).round_trips()) == ["tcp", "greeting"]


def test_who_speaks_before_the_greeting_has_not_waited_for_it() -> None:
    with Lab(round_trip=0.3) as lab, Client(lab, 25, greeted=False) as client:
        client.send("NOOP")
        client.reply()
        client.reply()
        assert kinds(lab.transcript[-1].round_trips()) == ["tcp", "greeting"]


def test_a_session_that_goes_on_has_what_there_was_until_now(lab: Lab) -> None:
    with Client(lab, 25) as client:
        before = lab.transcript[-1].round_trips()
        client.say("NOOP")
        assert (len(before), len(lab.transcript[-1].round_trips())) == (2, 3)


# Counted from what was said, in whatever time


def said(*turns: tuple[str, bytes], times: Any = None, ahead: bool = False) -> list[Event]:
    """The events of turns, each at its time, or all at once."""
    return [
        Event(times[n] if times else 0.0, who, octets, False, 1, 25, ahead=ahead and who == "C")  # type: ignore[arg-type]
        for n, (who, octets) in enumerate(turns)
    ]


TALK = (("S", b"220 hi\r\n"), ("C", b"NOOP\r\n"), ("S", b"250 ok\r\n"), ("C", b"QUIT\r\n"))
TALK += (("S", b"221 bye\r\n"),)


@pytest.mark.parametrize("times", [None, [0, 100, 200, 200, 900], [0, 1e-9, 2e-9, 3e-9, 4e-9]])
@pytest.mark.parametrize("link", [Link(), Link(0.2), Link(5, 10)])
def test_no_time_changes_the_count(times: Any, link: Link) -> None:
    assert len(RoundTrips(said(*TALK, times=times), link)) == 4


def test_who_was_ahead_did_not_wait() -> None:
    assert len(RoundTrips(said(*TALK, ahead=True), Link(0.2))) == 2


def test_what_the_provider_noticed_is_nothing_said() -> None:
    note = Event(0.0, "C", b"", False, 1, 25, "early")
    events = [each for event in said(*TALK) for each in (note, event, note)]
    assert len(RoundTrips(events, Link())) == 4


def test_each_turn_of_a_handshake_is_one() -> None:
    shaken = Handshake(((0.1, 0.2), (0.4, 0.5)), 0.5)
    trips = RoundTrips([], Link(0.2), shaken)
    assert kinds(trips) == ["tcp", "tls", "tls"]
    assert [round(t.arrived - trips.link.round_trip * 1.5, 6) for t in trips[1:]] == [0.1, 0.4]


# Who waited


def test_half_of_the_way_is_there_and_half_is_back() -> None:
    trips = RoundTrips(said(*TALK, times=[0, 1, 1.5, 3, 3]), Link(0.5))
    times = [[t.began, t.arrived, t.answered, t.ended] for t in trips]
    assert times == [
        [0, 0.25, 0.25, 0.5],
        [0.5, 0.75, 0.75, 1.0],
        [1.5, 1.75, 2.25, 2.5],
        [3.5, 3.75, 3.75, 4.0],
    ]
    assert [(t.client, t.way, t.server) for t in trips] == [
        (0, 0.5, 0),
        (0, 0.5, 0),
        (0.5, 0.5, 0.5),
        (1.0, 0.5, 0),
    ]
    assert trips.seconds == 4.0


def test_octets_take_their_time_on_a_narrow_link() -> None:
    events = said(TALK[0], ("C", b"x" * 50), ("S", b"y" * 25), times=[0, 10, 10])
    trip = RoundTrips(events, Link(0, 10))[-1]
    assert (trip.began, trip.arrived, trip.ended, trip.way) == (5, 10, 12.5, 7.5)


def test_who_waits_adds_up_to_all_of_the_time(lab: Lab) -> None:
    with deliver(lab) as client:
        client.say("QUIT")
    trips = ended(lab).round_trips()
    assert sum(t.client + t.way + t.server for t in trips) == pytest.approx(trips.seconds)


def test_another_link_is_reckoned_from_the_count_and_the_octets() -> None:
    trips = RoundTrips(said(*TALK), Link())
    assert trips.octets == sum(len(octets) for _, octets in TALK)
    assert trips.over(Link(0.5)) == 4 * 0.5
    assert trips.over(Link(0.25, 10)) == pytest.approx(1 + 3.7)


# To read


def test_they_are_a_sequence_that_can_be_read() -> None:
    trips = RoundTrips(said(*TALK), Link(0.2))
    assert (repr(trips), len(trips[1:3]), [t.number for t in trips]) == (
        "<RoundTrips: 4>",
        2,
        [1, 2, 3, 4],
    )
    assert str(trips).splitlines() == [
        "  1     0.000     0.200  TCP",
        "  2     0.200     0.400  S: 220 hi",
        "  3     0.200     0.400  C: NOOP  S: 250 ok",
        "  4     0.200     0.400  C: QUIT  S: 221 bye",
    ]


def test_what_cannot_be_shown_is_escaped() -> None:
    trips = RoundTrips(said(("S", b"220 \x1b[2J\xff\r\n220 more\r\n")), Link())
    assert str(trips[-1]).endswith(r"S: 220 \x1b[2J\\xff (+1)")
