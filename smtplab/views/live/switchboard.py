"""The live switchboard: controls of ipywidgets, which follow what is on, whoever turned it on."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import ipywidgets

from ...lab import Switchboard
from ...lab.chart import FARTHEST
from ...lab.state import PROFILES
from ...lab.switchboard import FAULTS, MIDDLE, written
from ..said import WORDS
from ..switchboard import drawn_now
from . import Live
from .tree import nodes

__all__ = ["Model"]

BANDWIDTHS = (0, 1_000_000, 100_000, 10_000, 1_000)  # octets a second; 0 is any
NOBODY: Any = "nobody"
NEED_STARTTLS = ("strips", "injects")  # of what the man in the middle does: 465 has none


class Model(Live):
    def __init__(self, thing: Switchboard) -> None:
        self._at_controls = threading.RLock()
        self._following: int | None = None  # the thread that sets the controls to what is on
        # Kept here: while another thread lets the controls follow, theirs may be an older one.
        self._fault: Any = None
        far = {"max": round(1000 * FARTHEST), "step": 10, "continuous_update": False}
        self.profile = made(ipywidgets.Dropdown, "profile", options=PROFILES)
        self.round_trip = made(ipywidgets.IntSlider, "round_trip", **far)
        self.bandwidth = made(ipywidgets.Dropdown, "bandwidth")
        self.fault = made(ipywidgets.Dropdown, "fault")
        self.is_on = made(ipywidgets.ToggleButton, "is_on")
        self.middle = made(ipywidgets.Dropdown, "middle")
        self.port = made(ipywidgets.Dropdown, "port", options=(587, 465, 25))
        self.off = made(ipywidgets.Button, "off")
        # In the order of the page, and of Tab.
        self.controls = (
            self.profile, self.off, self.fault, self.is_on, self.round_trip, self.bandwidth,
            self.middle, self.port,
        )  # fmt: skip
        self.ids = [control.model_id for control in self.controls]
        super().__init__(thing)
        changes: tuple[tuple[Any, Callable[[Any, Any], None]], ...] = (
            (self.profile, Switchboard.set_profile),
            (self.fault, self._choose),
            (self.is_on, self._switch),
            (self.round_trip, lambda board, ms: board.set_link(ms / 1000, board.link.bandwidth)),
            (self.bandwidth, lambda board, n: board.set_link(board.link.round_trip, n or None)),
            (self.middle, lambda board, habits: self._tap(board, self.port.value, habits)),
            (self.port, lambda board, port: self._tap(board, port, self.middle.value)),
        )
        for control, change in changes:
            control.observe(self._changes(change), "value")
        self.off.on_click(lambda button: self._changes(lambda board, _: board.off())({}))
        thing.subscribe(self.stir)

    def first(self, thing: Switchboard) -> dict[str, Any]:
        self._follow(thing)
        page = nodes(drawn_now(thing).draw() or "")
        return {"page": page, "controls": self.ids}

    def close(self) -> None:
        for control in self.controls:
            control.close()
        super().close()

    # From the controls to the switchboard

    def _changes(self, change: Callable[[Switchboard, Any], None]) -> Callable[[Any], None]:
        def changed(event: Any) -> None:
            board = self.thing
            if board is not None and self._following != threading.get_ident():
                # The lab was stopped, or 465 has no STARTTLS: the page says what is on.
                with suppress(RuntimeError, ValueError):
                    # What a control says now may be older: another thread lets it follow.
                    change(board, event.get("new"))
                self.stir()

        return changed

    def _choose(self, board: Switchboard, fault: Any) -> None:
        self._fault = fault

    def _switch(self, board: Switchboard, yes: bool) -> None:
        (board.turn_on if yes else board.turn_off)(self._fault)

    def _tap(self, board: Switchboard, port: int, habits: Any) -> None:
        board.no_tap()
        if habits != NOBODY:
            board.set_tap(port, *habits)

    # And back

    def _follow(self, board: Switchboard) -> None:
        with self._at_controls:
            self._following = threading.get_ident()
            try:
                self._show(board)
            finally:
                self._following = None

    def _show(self, board: Switchboard) -> None:
        for control in self.controls:
            control.disabled = not board.running
        self.profile.value = board.profile
        # A page says which one by its place: each keeps its own, and what is new comes last.
        faults = {fault: WORDS(f"switchboard.faults.{name}") for name, fault in FAULTS.items()}
        for fault in board.faults:
            name = faults.get(fault) or written(fault)
            faults[fault] = WORDS("switchboard.fault_on", fault=name)
        self._fault = self._fault if self._fault in faults else next(iter(faults))
        offer(self.fault, faults, self._fault)
        self.is_on.value = self._fault in board.faults
        milliseconds = round(1000 * board.link.round_trip)
        self.round_trip.max = max(self.round_trip.max, milliseconds)
        self.round_trip.value = milliseconds
        wide = board.link.bandwidth or 0
        widths = {n: WORDS("delays.bandwidth", octets=round(n)) for n in (*BANDWIDTHS, wide)}
        offer(self.bandwidth, widths | {0: WORDS("delays.unlimited")}, wide)
        there = board.tap is not None
        self.port.value = board.port if there else self.port.value
        habits = {NOBODY: WORDS("switchboard.habits.nobody")}
        for name, each in MIDDLE.items():
            if self.port.value != 465 or name not in NEED_STARTTLS:
                habits[each] = WORDS(f"switchboard.habits.{name}")
        if there:
            habits.setdefault(board.habits, ", ".join(map(written, board.habits)))
        offer(self.middle, habits, board.habits if there else NOBODY)


def made(kind: type[Any], name: str, **more: Any) -> Any:
    """A control with its name beside it, or on it."""
    layout = ipywidgets.Layout(width="auto")
    if kind is not ipywidgets.Button:
        more["style"] = {"description_width": "8.5em"}
    return kind(description=WORDS(f"switchboard.controls.{name}"), layout=layout, **more)


def offer(control: Any, names: dict[Any, str], value: Any) -> None:
    """What can be chosen, and what is; the first where that is not there any more."""
    options = [(name, each) for each, name in names.items()]
    if list(control.options) != options:
        control.options = options
    control.value = value if value in names else options[0][1]
