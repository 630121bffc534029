"""What a student sees. Each view draws data as plain text and as accessible HTML.

A view's module has functions from an object to a string and knows no front end. Here the
objects learn to show themselves: `attach` gives their classes the method that IPython asks for.
Neither IPython nor a view is imported before something is shown.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["attach", "drawn", "show"]

# Class: the module of its view, and the functions in it for text and for HTML.
VIEWS = {
    "Lab": ("card", "text", "html"),
    "Transcript": ("transcript", "text", "html"),
    "Session": ("transcript", "session_text", "session_html"),
    "Mailbox": ("mailbox", "text", "html"),
    "Message": ("mailbox", "message_text", "message_html"),
    "Exploration": ("mime", "text", "html"),
    "Verdict": ("verdict", "text", "html"),
    "Hint": ("verdict", "hint_text", "hint_html"),
    "Solution": ("verdict", "solution_text", "solution_html"),
    "Prediction": ("predict", "text", "html"),
    "Progress": ("progress", "text", "html"),
    "Gauntlet": ("gauntlet", "text", "html"),
    "Console": ("console", "text", "html"),
    "Base64": ("sextets", "text", "html"),
    "Blocks": ("sextets", "blocks_text", "blocks_html"),
    "Sockets": ("sockets", "text", "html"),
    "Look": ("sockets", "look_text", "look_html"),
}

SHOWN = "_shown_by_smtplab"  # the number of the cell in which an object has shown itself


def attach() -> None:
    """Let the objects of the lab and of the judge show themselves in a notebook."""
    # Whatever is not imported yet has no objects to show; `show` comes by here again.
    imported = [m for m in (sys.modules.get(f"smtplab.{n}") for n in ("lab", "exercises")) if m]
    for name in VIEWS:
        kind = next((getattr(module, name) for module in imported if hasattr(module, name)), None)
        if kind is None:
            continue
        kind._repr_mimebundle_ = _repr_mimebundle_
        kind._ipython_display_ = _ipython_display_


def drawn(thing: object) -> dict[str, str]:
    """The views of an object by MIME type. Raise TypeError when there is none for its class."""
    name = next((kind.__name__ for kind in type(thing).__mro__ if kind.__name__ in VIEWS), None)
    if name is None:
        raise TypeError(f"there is no view of {type(thing).__name__}")
    module_name, text_name, html_name = VIEWS[name]
    module = importlib.import_module(f".{module_name}", __name__)
    text: Callable[[Any], str] = getattr(module, text_name)
    html: Callable[[Any], str] = getattr(module, html_name)
    said = text(thing)
    try:
        return {"text/plain": said, "text/html": html(thing)}
    except Exception as error:
        # A view never breaks a lesson: the text stands, and says what is missing.
        from . import texts

        return {"text/plain": f"{said}\n{texts.NOT_DRAWN.format(error=repr(error))}"}


def show(thing: object) -> None:
    """Display an object in a notebook, or print its text where there is none.

    When the same object is then the value of its cell, it is not displayed a second time.
    """
    attach()
    bundle = drawn(thing)
    shell = _shell()
    if shell is not None:
        vars(thing)[SHOWN] = shell.execution_count
        shell.display_pub.publish(data=bundle | _live(shell, thing, bundle))
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
