"""Lines from numbers, a waterfall of round trips, and delays over a link: what is drawn of them."""

import queue
import re
from itertools import pairwise
from typing import Any

import pytest

from smtplab import views
from smtplab.lab import Chart, Delays, Event, Lab, RoundTrips, Session
from smtplab.lab.link import Link
from smtplab.views import live
from smtplab.views.live.delays import Model

from .client import ENOUGH

LINES = {"plain": [(1, 2), (2, 4.5)], "kept": [(2, 3), (1, 2)], "third": [(1, 0.25), (3, 1234567)]}
TALK = (("S", b"220 hi\r\n"), ("C", b"EHLO a.test\r\n"), ("S", b"250-x\r\n" * 5 + b"250 y\r\n"),
        ("C", b"DATA\r\n"), ("S", b"354 go\r\n"), ("C", b"<b>one</b>\r\n.\r\n"),
        ("S", b"250 \x1b[2J<i>taken\r\n"))  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Any:
    with Lab() as lab:
        yield lab


def chart(lab: Lab, lines: Any = LINES) -> Chart:
    return lab.chart(lines, x="mails", y="seconds", title="Time <b> against mails")


def trips(link: Link, times: tuple[float, ...] = (0, 1, 1, 2, 2, 3, 3.5)) -> RoundTrips:
    events = [
        Event(time, who, octets, False, 1, 25)  # type: ignore[arg-type]
        for time, (who, octets) in zip(times, TALK, strict=True)
    ]
    return RoundTrips(events, link)


def drawn(thing: object) -> tuple[str, str]:
    """The text, and the page without its style."""
    bundle = views.drawn(thing)
    return bundle["text/plain"], re.sub("<style>.*?</style>", "", bundle["text/html"], flags=re.S)


def table(html: str) -> list[list[str]]:
    return [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        for row in re.findall("<tr>.*?</tr>", html, re.S)
    ]


# Lines


def test_the_numbers_stand_in_a_table_for_who_does_not_see_the_picture(lab: Lab) -> None:
    text, html = drawn(chart(lab))
    assert table(html) == [
        ["mails", "plain", "kept", "third"],
        ["1", "2", "2", "0.25"],
        ["2", "4.5", "3", "-"],
        ["3", "-", "-", "1,234,567"],
    ]
    assert re.search(r"mails +plain +kept +third\n +1 +2 +2 +0.25\n", text)


def test_the_picture_says_in_words_what_it_shows(lab: Lab) -> None:
    _, html = drawn(chart(lab))
    [label] = re.findall(r'<svg [^>]*role="img" aria-label="([^"]*)"', html)
    assert label.startswith(
        "Time &lt;b&gt; against mails. Across: mails. Upwards: seconds. plain: 2"
    )
    assert "kept: 2 points, 2 at 1, 3 at 2" in label
    assert "<b>" not in html


def test_no_line_needs_its_colour(lab: Lab) -> None:
    lines = {f"line {n}": [(0, n), (1, 2 * n)] for n in range(6)}
    _, html = drawn(chart(lab, lines))
    groups = re.findall(r'<g class="sm-line[^>]*>(.*?)</g>', html)
    ways = {re.search(r'^<path d="[^"]*"( stroke-dasharray="[^"]*")?', g)[1] for g in groups}  # type: ignore[index]
    marks = {re.findall(r'<path d="([^"]*)" transform', g)[0] for g in groups}
    labels = [re.findall("<text[^>]*>(.*?)</text>", g) for g in groups]
    assert (len(ways), len(marks), labels) == (6, 6, [[name] for name in lines])


def test_labels_that_end_in_one_place_stand_apart(lab: Lab) -> None:
    _, html = drawn(chart(lab, {str(n): [(0, 0), (1, 1e-9 * n)] for n in range(6)}))
    ends = re.findall(r'<g class="sm-line.*?<text x="[^"]*" y="([^"]*)"', html)
    heights = sorted(map(float, ends))
    assert all(b - a >= 17.9 for a, b in pairwise(heights))
    assert heights[0] > 0 and heights[-1] < 330


@pytest.mark.parametrize(
    "points", [[(0, 0)], [(5, 5)], [(-3, -7), (2, 1)], [(1e9, 1e-9)], [(0, 1), (0, 2)]]
)
def test_any_numbers_stay_in_the_picture(lab: Lab, points: Any) -> None:
    _, html = drawn(chart(lab, {"one": points}))
    places = [tuple(map(float, p.split(","))) for p in re.findall(r"translate\(([^)]*)\)", html)]
    assert places and all(0 <= x <= 600 and 0 <= y <= 330 for x, y in places)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ({}, "a chart has 1 to 6 lines"),
        ([(1, 2)], "a chart has 1 to 6 lines"),
        ({str(n): [(1, 1)] for n in range(7)}, "a chart has 1 to 6 lines"),
        ({"a": []}, "a line is points .* 'a' has"),
        ({"a": [1, 2]}, "a line is points"),
        ({"a": [(1, 2, 3)]}, "a line is points"),
        ({"a": [(1, float("nan"))]}, "a line is points"),
        ({"a": [(1, "x")]}, "a line is points"),
        ({"a": 5}, "a line is points"),
    ],
)
def test_what_is_no_line_is_refused(lab: Lab, lines: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        chart(lab, lines)


# The waterfall


def test_each_round_trip_has_its_row_and_says_who_waited() -> None:
    text, html = drawn(trips(Link(0.5)))
    rows = table(html)
    assert rows[0][-3:] == ["On the way", "Server", "Client"]
    assert [row[-3:] for row in rows[1:]] == [
        ["0.500", "0.000", "0.000"],
        ["0.500", "0.000", "0.000"],
        ["0.500", "0.000", "0.500"],
        ["0.500", "0.000", "0.500"],
        ["0.500", "0.500", "0.500"],
    ]
    assert text.startswith("5 round trips, 4.500 s\n2.500 s: octets were on the way")
    assert "0.500 s: the client waited for the server. 1.500 s: the server waited" in text
    assert "S: 250 \\x1b[2J<i>taken" in text and "&lt;i&gt;taken" in html
    assert "C: the message: 2 lines, 15 octets" in text
    assert "and 4 lines more" in text


def test_a_bar_tells_its_pieces_apart_without_colour() -> None:
    text, html = drawn(trips(Link(0.5)))
    assert re.search(r"^  5 .* ####--=====-- +0\.500", text, re.MULTILINE)
    [*_, last] = re.findall(r"<tr>.*?</tr>", html, re.S)
    bars = re.findall(r'height="(\d+)" class="(sm-\w+)"', last)
    assert [(name, high) for high, name in bars] == [
        ("sm-client", "14"), ("sm-way", "4"), ("sm-server", "14"), ("sm-way", "4"),
    ]  # fmt: skip
    assert 'aria-hidden="true"' in last


def test_without_a_link_nothing_is_said_of_the_way() -> None:
    text, _ = drawn(trips(Link()))
    assert "This session crossed no link" in text


def test_many_round_trips_are_cut() -> None:
    events = [Event(n, "SC"[n % 2], b"250 x\r\n", False, 1, 25) for n in range(500)]  # type: ignore[arg-type]
    text, _ = drawn(RoundTrips(events, Link()))
    assert "151 round trips left out here: session.round_trips() has all of them" in text


# Delays


def session(count: int) -> Session:
    made = Session(1, 25)
    for number in range(2 * count + 1):
        made._events.append(made.event("SC"[number % 2], b"x" * 98 + b"\r\n", False, "", False))  # type: ignore[arg-type]
    return made


def test_a_model_is_the_count_and_the_octets(lab: Lab) -> None:
    one = session(8)
    delays = lab.delays({"one": one, "two": [one, one]}, round_trip=0.1, bandwidth=1000)
    assert delays.seconds("one", delays.link) == pytest.approx(10 * 0.1 + 1.7)
    assert delays.seconds("two", delays.link) == pytest.approx(2 * (10 * 0.1 + 1.7))
    lines = delays.lines(Link(0.3))
    assert [x for x, _ in lines["one"]] == [0, 300, 600]
    assert [y for _, y in lines["two"]] == pytest.approx([0, 6, 12])
    text, html = drawn(delays)
    assert "one: 10 round trips, 1,700 octets, 2.700 s" in text
    assert "times 100 ms, and the octets at 1,000 octets a second" in text
    assert html.count("<svg") == 1


@pytest.mark.parametrize(
    ("sessions", "error"),
    [({}, ValueError), (None, ValueError), ({"a": []}, TypeError), ({"a": ["b"]}, TypeError),
     ({"a": 5}, TypeError)],
)  # fmt: skip
def test_what_is_no_session_is_refused(lab: Lab, sessions: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="session"):
        lab.delays(sessions)


def test_a_link_that_is_none_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="round_trip is seconds"):
        lab.delays({"a": session(1)}, round_trip=-1)
    assert isinstance(lab.delays({"a": session(1)}), Delays)


# Sliders


def test_a_slider_that_moves_is_told_to_the_page(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    monkeypatch.setattr(live.Live, "send", lambda self, said, buffers=None: heard.put(said))
    thing = lab.delays({"one": session(8)}, round_trip=0.1, bandwidth=1000)
    model = Model(thing)
    first = model.state
    assert "2.700 s" in str(first["page"])
    assert first["sliders"] == [model.round_trip.model_id, model.bandwidth.model_id]
    model.round_trip.value = 200
    assert "3.700 s" in str(heard.get(timeout=ENOUGH)["page"])
    model.bandwidth.value = 10_000
    assert "2.170 s" in str(heard.get(timeout=ENOUGH)["page"])
    model.close()
    assert [slider.comm for slider in model.sliders] == [None, None]


@pytest.mark.parametrize(("bandwidth", "slides"), [(None, 1e7), (1e9, 1e7), (500, 1000)])
def test_a_slider_begins_within_its_reach(lab: Lab, bandwidth: float, slides: float) -> None:
    model = Model(lab.delays({"one": session(1)}, round_trip=5, bandwidth=bandwidth))
    assert (model.round_trip.value, model.bandwidth.value) == (5000, slides)
    model.close()
