"""Lines from numbers: a picture that is read without colour too, and a table of the numbers."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from wcwidth import wcswidth

from ..lab import Chart, Delays
from ..lab.chart import Point
from ..lab.link import Link
from .html import NONE, Html, el, left_out, one_line, size
from .said import WORDS
from .view import Piece, View, apart, drawn, folded, grid, para, together

__all__ = ["delays_view", "drawn_delays", "view"]

WIDE, HIGH = 600, 330
LEFT, TOP, BOTTOM = 64, 28, 48
LETTER = 8.6  # how wide one is
MAX_LABEL = 24  # characters
MAX_ROWS = 60
MAX_MARKERS = 20  # on one line
APART = 18  # between two labels
TICKS = 5
# How lines are told apart, colour or not.
DASHES = (None, "9 5", "2 4", "14 4 2 4", "5 3", "1 7")
MARKERS = (
    "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0z",
    "M-4,-4h8v8h-8z",
    "M0,-5.5L5,4H-5z",
    "M0,-6L6,0L0,6L-6,0z",
    "M-5,-5L5,5M5,-5L-5,5",
    "M-6,0H6M0,-6V6",
)


def view(chart: Chart) -> View:
    """The picture, and the numbers behind it."""
    shown = drawn(lambda: picture(chart))
    return View("chart", one_line(chart.title), [shown, apart(_table(chart))])


def delays_view(delays: Delays) -> View:
    """The picture for the link to begin with, and what it was reckoned from."""
    return View("delays", WORDS("delays.title"), [drawn_delays(delays, delays.link)])


def drawn_delays(delays: Delays, link: Link) -> Piece:
    """What is shown for one link."""
    chart = Chart(delays.lines(link), WORDS("delays.x"), WORDS("delays.y"), WORDS("delays.title"))
    counts = [
        WORDS(
            "delays.count",
            label=one_line(label),
            trips=WORDS("round_trips.count", count=sum(map(len, each))),
            octets=size(sum(trips.octets for trips in each)),
            seconds=f"{delays.seconds(label, link):.3f}",
        )
        for label, each in delays.trips.items()
    ]
    wide = WORDS("delays.unlimited")
    if link.bandwidth:
        wide = WORDS("delays.bandwidth", octets=round(link.bandwidth))
    model = WORDS("delays.model", round_trip=_number(1000 * link.round_trip), bandwidth=wide)
    said = [para(count) for count in counts]
    return together(drawn(lambda: picture(chart)), *said, para(model, "sm-muted"), _table(chart))


def _table(chart: Chart) -> Piece:
    """The numbers, a row for each x."""
    lines = [list(points) for points in chart.lines.values()]
    places = sorted({x for points in lines for x, _ in points})
    rows = [
        [_number(x), *(WORDS("shared.list").join(_at(x, points)) or NONE for points in lines)]
        for x in places[:MAX_ROWS]
    ]
    heads = [one_line(chart.x), *map(one_line, chart.lines)]
    gone = left_out("shared.line_count", len(places) - MAX_ROWS, "chart.lines")
    return folded(WORDS("chart.numbers"), grid(chart.title, heads, rows), *map(para, gone))


def _at(place: float, points: list[Point]) -> Iterator[str]:
    return (_number(y) for x, y in points if x == place)


# The picture


def picture(chart: Chart) -> Html:
    """The lines, each with its dash, its marker, and its label at its end."""
    lines = {one_line(label, MAX_LABEL): list(points) for label, points in chart.lines.items()}
    right = 24 + LETTER * max(map(wcswidth, lines))
    every = [point for points in lines.values() for point in points]
    xs, ys = _ticks(x for x, _ in every), _ticks(y for _, y in every)
    scale = Scale(xs, ys, WIDE - right)
    ends = _apart([scale(points[-1])[1] for points in lines.values()])
    drawn = [
        _line(scale, number, label, points, ends[number])
        for number, (label, points) in enumerate(lines.items())
    ]
    return el(
        "svg",
        *scale.axes(one_line(chart.x), one_line(chart.y)),
        *drawn,
        viewBox=f"0 0 {WIDE} {HIGH}",
        role="img",
        aria_label=_described(chart),
        class_="sm-chart",
    )


def _described(chart: Chart) -> str:
    said = []
    for label, points in chart.lines.items():
        (x, y), *_, (to, last) = [*points, *points]
        ends = {"from": _number(x), "first": _number(y), "to": _number(to), "last": _number(last)}
        said.append(WORDS("chart.line", label=label, count=len(list(points)), **ends))
    lines = WORDS("shared.clauses").join(said)
    return WORDS("chart.picture", title=chart.title, x=chart.x, y=chart.y, lines=lines)


class Scale:
    """From numbers to places in the picture."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], right: float) -> None:
        self.xs, self.ys, self.right = xs, ys, right

    def __call__(self, point: Point) -> Point:
        across = (point[0] - self.xs[0]) / (self.xs[-1] - self.xs[0])
        up = (point[1] - self.ys[0]) / (self.ys[-1] - self.ys[0])
        return LEFT + across * (self.right - LEFT), HIGH - BOTTOM - up * (HIGH - BOTTOM - TOP)

    def axes(self, x_name: str, y_name: str) -> Iterator[Html]:
        low, left = HIGH - BOTTOM, LEFT
        for x in self.xs:
            place, _ = self((x, self.ys[0]))
            yield el("path", d=f"M{place:.1f},{low}v5", class_="sm-axis")
            yield _text(place, low + 20, _number(x), "middle")
        for y in self.ys:
            _, place = self((self.xs[0], y))
            yield el("path", d=f"M{left},{place:.1f}H{self.right:.1f}", class_="sm-grid")
            yield _text(left - 8, place + 5, _number(y), "end")
        yield el("path", d=f"M{left},{TOP}V{low}H{self.right:.1f}", class_="sm-axis")
        yield _text((left + self.right) / 2, HIGH - 6, x_name, "middle")
        yield _text(4, 14, y_name, "start")


def _line(scale: Scale, number: int, label: str, points: list[Point], end: float) -> Html:
    places = [scale(point) for point in points]
    step = math.ceil(len(places) / MAX_MARKERS)
    marked = {*places[::step], places[-1]}
    return el(
        "g",
        el("path", d="M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places),
           stroke_dasharray=DASHES[number]),
        *(el("path", d=MARKERS[number], transform=f"translate({x:.1f},{y:.1f})", class_="sm-marker")
          for x, y in sorted(marked)),
        _text(places[-1][0] + 12, end + 5, label, "start"),
        class_=f"sm-line sm-line-{number + 1}",
    )  # fmt: skip


def _text(x: float, y: float, said: str, anchor: str) -> Html:
    return el("text", said, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _apart(heights: list[float]) -> list[float]:
    """Heights of labels, moved until none stands on another."""
    found = list(heights)
    order = sorted(range(len(found)), key=found.__getitem__)
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + APART)
    lowest = HIGH - BOTTOM - 6.0
    for below in reversed(order):
        found[below] = min(found[below], lowest)
        lowest = found[below] - APART
    return found


def _ticks(numbers: Iterator[float]) -> list[float]:
    """Round numbers from 0, or below, to the greatest one, or above."""
    there = [0.0, *numbers]
    low, high = min(there), max(there)
    rough = (high - low) / TICKS or 1 / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= rough * 0.999)
    first, last = math.floor(low / step), max(math.ceil(high / step - 1e-9), 1)
    return [number * step for number in range(first, last + 1)]


def _number(number: float) -> str:
    """Three digits that count, without an exponent where that can be."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"
