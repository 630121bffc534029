"""Numbers that a cell has measured or counted, for a picture; and what they would be elsewhere."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .link import Link
from .round_trips import RoundTrips
from .transcript import Session

__all__ = ["FARTHEST", "Chart", "Delays", "Point", "Sessions"]

FARTHEST = 0.6  # seconds of a round trip: by a satellite high above the equator
MOST = 6  # lines that can be told apart without colour

Point = tuple[float, float]
Sessions = Mapping[str, Session | Iterable[Session]]


@dataclass(frozen=True)
class Chart:
    """Lines of points (x, y), each with its label; `lab.chart(...)` makes one.

    `x` and `y` say what stands on the axes, with the unit. TypeError and ValueError say what is
    no line.
    """

    lines: Mapping[str, Iterable[Point]]
    x: str
    y: str
    title: str

    def __post_init__(self) -> None:
        if not isinstance(self.lines, Mapping) or not 0 < len(self.lines) <= MOST:
            raise ValueError(
                f'a chart has 1 to {MOST} lines: {{"label": [(x, y), ...]}}, not {self.lines!r:.60}'
            )
        lines = {str(label): _points(label, points) for label, points in self.lines.items()}
        object.__setattr__(self, "lines", lines)


def _points(label: object, points: Iterable[Any]) -> tuple[Point, ...]:
    try:
        pairs = [tuple(map(float, point)) for point in points]
    except (TypeError, ValueError):
        pairs = []
    if not pairs or not all(len(pair) == 2 and all(map(math.isfinite, pair)) for pair in pairs):
        raise ValueError(f"a line is points (x, y) of two numbers; {label!r} has {points!r:.60}")
    return tuple(sorted((x, y) for x, y in pairs))


class Delays:
    """How long sessions would take over another link; `lab.delays(...)` makes it.

    `trips` has the round trips of each label; `link` is the one to begin with.
    """

    def __init__(self, sessions: Sessions, link: Link) -> None:
        if not isinstance(sessions, Mapping) or not 0 < len(sessions) <= MOST:
            raise ValueError(
                f'delays takes 1 to {MOST} sessions: {{"label": session}}, not {sessions!r:.60}'
            )
        self.link = link
        self.trips: dict[str, list[RoundTrips]] = {}
        for label, one in sessions.items():
            each = [one] if isinstance(one, Session) else one
            each = list(each) if isinstance(each, Iterable) else []
            if not each or not all(isinstance(session, Session) for session in each):
                raise TypeError(
                    f"{label!r} is not a session of lab.transcript, nor some: {one!r:.60}"
                )
            self.trips[str(label)] = [session.round_trips() for session in each]

    def seconds(self, label: str, link: Link) -> float:
        """How long it would take, one session after the other."""
        return sum(trips.over(link) for trips in self.trips[label])

    def lines(self, link: Link) -> dict[str, list[Point]]:
        """For each label the seconds against the round trip in ms, with a point at the link's."""
        places = sorted({0.0, link.round_trip, max(FARTHEST, link.round_trip)})
        return {
            label: [
                (1000 * place, self.seconds(label, Link(place, link.bandwidth))) for place in places
            ]
            for label in self.trips
        }
