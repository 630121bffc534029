"""What a student sees. Each view draws data as plain text and as accessible HTML.

A view's module has functions from an object to a `View` and knows no front end. Here the
objects learn to show themselves: `attach` gives their classes the method that IPython asks for.
Neither IPython nor a view is imported before something is shown.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .said import WORDS

if TYPE_CHECKING:
    from .view import View

__all__ = ["Waiting", "attach", "drawn", "show"]


# Class: the module of its view, and the function in it.
VIEWS = {
    "Lab": "card.view",
    "Transcript": "transcript.view",
    "Session": "transcript.session_view",
    "Mailbox": "mailbox.view",
    "Message": "mailbox.message_view",
    "Exploration": "mime.view",
    "Verdict": "verdict.view",
    "Hint": "verdict.hint_view",
    "Solution": "verdict.solution_view",
    "Prediction": "predict.view",
    "Progress": "progress.view",
    "Gauntlet": "gauntlet.view",
    "Console": "console.view",
    "Base64": "base64_steps.view",
    "Blocks": "base64_steps.blocks_view",
    "Sockets": "sockets.view",
    "Look": "sockets.look_view",
    "RoundTrips": "round_trips.view",
    "Chart": "chart.view",
    "Delays": "chart.delays_view",
    "Switchboard": "switchboard.view",
}

SHOWN = "_shown_by_smtplab"  # the number of the cell in which an object has shown itself


def attach() -> None:
    """Let the objects of the lab and of the judge show themselves in a notebook."""
    # Whatever is not imported yet has no objects to show; `show` comes by here again.
    for room in ("lab", "exercises", "student"):
        module = sys.modules.get(f"smtplab.{room}")
        for kind in filter(None, (getattr(module, name, None) for name in VIEWS)):
            kind._repr_mimebundle_ = _repr_mimebundle_
            kind._ipython_display_ = _ipython_display_


def drawn(thing: object) -> dict[str, str]:
    """The views of an object by MIME type. Raise TypeError when there is none for its class."""
    name = next((kind.__name__ for kind in type(thing).__mro__ if kind.__name__ in VIEWS), None)
    if name is None:
        raise TypeError(f"there is no view of {type(thing).__name__}")
    module, _, function = VIEWS[name].partition(".")
    view: View = getattr(importlib.import_module(f".{module}", __name__), function)(thing)
    said = view.text()
    try:
        return {"text/plain": said, "text/html": view.html()}
    except Exception as error:
        # A view never breaks a lesson: the text stands, and says what is missing.
        missing = WORDS("shared.not_drawn", error=repr(error))
        return {"text/plain": f"{said}\n{missing}"}


class Waiting:
    """A line that says how far something is, in a notebook, until a view takes its place."""

    def __init__(self) -> None:
        self.place: dict[str, Any] = {}  # what a front end knows the line by, once it is there
        self._told = (-1, -1)

    def tell(self, done: int, of: int) -> None:
        """Call it from the thread of the cell: what others publish may go to another cell."""
        shell = _shell()
        if shell is not None and self._told != (done, of):
            self._told = done, of
            self.publish(shell, {"text/plain": WORDS("shared.done_of", done=done, of=of)})

    def publish(self, shell: Any, data: dict[str, str]) -> None:
        there = bool(self.place)
        self.place = self.place or {"display_id": f"smtplab-{uuid4()}"}
        shell.display_pub.publish(data=data, transient=self.place, update=there)


def show(thing: object, waiting: Waiting | None = None) -> None:
    """Display an object in a notebook, or print its text where there is none.

    When the same object is then the value of its cell, it is not displayed a second time.
    """
    attach()
    bundle = drawn(thing)
    shell = _shell()
    if shell is not None:
        vars(thing)[SHOWN] = shell.execution_count
        (waiting or Waiting()).publish(shell, bundle | _live(shell, thing, bundle))
        return
    encoding = sys.stdout.encoding or "utf-8"
    said = bundle["text/plain"].encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(f"{said}\n")


def _live(shell: Any, thing: object, bundle: dict[str, str]) -> dict[str, str]:
    """The HTML with what brings it to life, where a kernel and widgets are there for that."""
    if not hasattr(shell, "kernel") or "text/html" not in bundle:
        return {}
    try:
        from . import live

        html = live.enliven(thing, bundle["text/html"])
    except Exception:
        # Without widgets the plain view is the view; `smtplab doctor` says what is missing.
        return {}
    return {"text/html": html} if html is not None else {}


def _ipython_display_(self: object) -> None:
    """Called for the value of a cell: nothing to do for what this very cell has shown."""
    shell = _shell()
    if shell is not None and vars(self).pop(SHOWN, None) == shell.execution_count:
        return
    show(self)
    vars(self).pop(SHOWN, None)


def _shell() -> Any:
    """The IPython that we run in, or None. Who runs in one has imported it; nobody else pays."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _repr_mimebundle_(self: object, include: object = None, exclude: object = None) -> Any:
    return drawn(self)
