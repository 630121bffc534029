"""Round trips as a waterfall: who waited for whom, and how long."""

from collections.abc import Iterator

from ..lab import RoundTrip, RoundTrips
from .html import Html, el, join, left_out, line_count, one_line, size, table
from .said import WORDS
from .view import Piece, View, apart, columns, para

__all__ = ["view"]

MAX_TRIPS = 100
MAX_LINES = 3  # of what one side said at once
MAX_LINE = 60  # characters
WIDE, HIGH = 1000, 16  # of a bar on a page
COLUMNS = 40  # of a bar in a terminal
SIGNS = {"client": "#", "way": "-", "server": "="}

Stretch = tuple[str, float, float]  # what goes on, from where to where: parts of the whole time


def view(trips: RoundTrips) -> View:
    """A row for each, with a bar that stands where it stood in time."""
    count = WORDS("round_trips.count", count=len(trips))
    label = WORDS("round_trips.title", trips=count, seconds=_seconds(trips.seconds))
    spent = {name: _seconds(sum(getattr(trip, name) for trip in trips)) for name in SIGNS}
    said = WORDS("round_trips.waited", **spent) if trips.link else WORDS("round_trips.near")
    gone = left_out("round_trips.count", len(trips) - MAX_TRIPS, "session.round_trips()")
    pieces = [para(said), apart(_legend()), _rows(label, trips), *map(para, gone)]
    return View("round-trips", label, pieces)


def _rows(label: str, trips: RoundTrips) -> Piece:
    number, what, *others = WORDS.get("round_trips.columns")
    when = WORDS("round_trips.bar", last=_seconds(trips.seconds))
    lines, rows = [[number, what, when, *others]], []
    for trip in trips[:MAX_TRIPS]:
        said, bar = list(_said(trip)), list(_stretches(trip, trips.seconds or 1e-9))
        took = [_seconds(seconds) for seconds in (trip.way, trip.server, trip.client)]
        lines.append([str(trip.number), said[0], _signs(bar), *took])
        lines += [["", line, "", "", "", ""] for line in said[1:]]
        rows.append((str(trip.number), join([el("code", "\n".join(said)), _bar(bar)]), *took))
    # On a page the bar stands below what was said, where it has more room.
    heads = [number, join([what, el("br"), when]), *others]
    return Piece(columns(lines), lambda: table(label, heads, rows, "sm-trips"))


def _legend() -> Piece:
    pieces = WORDS.get("round_trips.pieces")
    samples = [el("span", _bar([(name, 0, 1)]), pieces[name], class_="sm-sample") for name in SIGNS]
    return Piece(
        [f"  {SIGNS[name] * 3}  {pieces[name]}" for name in SIGNS],
        lambda: el("p", *samples, class_="sm-muted"),
    )


def _said(trip: RoundTrip) -> Iterator[str]:
    """What was said in it, as far as there is room."""
    if not trip.came:
        yield WORDS(f"round_trips.{trip.kind}")
    for sender, octets in trip.said:
        if sender == "C" and trip.kind == "message":
            lines = line_count(octets.count(b"\n"))
            yield f"C: {WORDS('transcript.message', lines=lines, octets=size(len(octets)))}"
            continue
        text = octets.decode("utf-8", "backslashreplace").removesuffix("\r\n")
        said = text.split("\r\n") if octets else []
        shown = said if len(said) <= MAX_LINES else said[: MAX_LINES - 1]
        yield from (f"{sender}: {one_line(line, MAX_LINE)}" for line in shown)
        if len(shown) < len(said):
            yield WORDS("round_trips.more", lines=line_count(len(said) - len(shown)))


def _stretches(trip: RoundTrip, whole: float) -> Iterator[Stretch]:
    times = (trip.began - trip.client, trip.began, trip.arrived, trip.answered, trip.ended)
    parts = [time / whole for time in times]
    yield from zip(("client", "way", "server", "way"), parts, parts[1:], strict=False)


def _signs(bar: list[Stretch]) -> str:
    """A bar in a terminal: what takes no time takes no room."""
    row = [" "] * COLUMNS
    for name, start, end in bar:
        first, last = round(start * COLUMNS), round(end * COLUMNS)
        row[first:last] = SIGNS[name] * len(row[first:last])
    return "".join(row)


def _bar(bar: list[Stretch]) -> Html:
    """The same on a page: high and filled, thin, high and hollow."""
    drawn = []
    for name, start, end in bar:
        high = 4 if name == "way" else HIGH - 2
        across = {"x": f"{start * WIDE:.1f}", "width": f"{max(end - start, 0) * WIDE:.1f}"}
        up = {"y": str((HIGH - high) // 2), "height": str(high)}
        drawn.append(el("rect", **across, **up, class_=f"sm-{name}"))
    whole = f"0 0 {WIDE} {HIGH}"
    return el("svg", *drawn, viewBox=whole, preserveAspectRatio="none", aria_hidden="true")


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
