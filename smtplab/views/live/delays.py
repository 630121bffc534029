"""Live delays: a slider for the round trip, one for the bandwidth, and a picture that follows.

The sliders are ipywidgets' own. The model makes them, and the page asks its manager for their
views. What they say comes here, and goes back as all that the page shows.
"""

import math
from typing import Any

import ipywidgets

from ...lab import Delays
from ...lab.chart import FARTHEST
from ...lab.link import Link
from ..chart import drawn_delays
from ..said import WORDS
from . import Live
from .tree import nodes

__all__ = ["Model"]

SLOWEST, FASTEST = 3, 7  # powers of ten: octets a second of the bandwidth


class Model(Live):
    def __init__(self, thing: Delays) -> None:
        link = thing.link
        layout = ipywidgets.Layout(width="100%", max_width="40em")
        shared = {"style": {"description_width": "9em"}, "layout": layout}
        self.round_trip = ipywidgets.FloatSlider(
            value=1000 * link.round_trip,
            max=1000 * max(FARTHEST, link.round_trip),
            step=10,
            readout_format=".0f",
            description=WORDS("delays.round_trip_slider"),
            **shared,
        )
        self.bandwidth = ipywidgets.FloatLogSlider(
            value=min(max(link.bandwidth or math.inf, 10**SLOWEST), 10**FASTEST),
            min=SLOWEST,
            max=FASTEST,
            step=0.1,
            readout_format=",.0f",
            description=WORDS("delays.bandwidth_slider"),
            **shared,
        )
        self.sliders = (self.round_trip, self.bandwidth)
        for slider in self.sliders:
            slider.observe(self.stir, "value")
        super().__init__(thing)

    def first(self, thing: Delays) -> dict[str, Any]:
        link = Link(self.round_trip.value / 1000, self.bandwidth.value)
        page = nodes(drawn_delays(thing, link).draw() or "")
        return {"page": page, "sliders": [slider.model_id for slider in self.sliders]}

    def close(self) -> None:
        for slider in self.sliders:
            slider.close()
        super().close()
