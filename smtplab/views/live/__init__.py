"""Live views: what a kernel adds to a page that is complete without it.

Theory of operation. A view is drawn as plain HTML first; `enliven` puts an element
`<smtplab-live>` around that HTML, with the key of a widget model. There is one model for each
object, however often it is shown. When the front end hears of the model, anywidget runs the ES
module that stands beside the view's Python file; the module fills every element that names the
model, and the plain HTML steps aside. In a viewer, on an exported page, or when the kernel is
gone, no module runs: the element means nothing to the browser, and the plain HTML stands.

No view is a `display_data` of a widget: a notebook that is opened again without its kernel would
show an error in that place.

A model keeps no object alive. It dies with the object that it shows. What helps on from a verdict
belongs to the exercise: of two checks in one cell, nobody keeps the first verdict.
"""

import importlib
import secrets
import threading
import weakref
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from ...catalogue import language
from .. import texts
from ..html import Html, el

__all__ = ["Live", "enliven"]

HERE = Path(__file__).parent
MODEL = "_live_by_smtplab"  # the attribute of an object that holds its model
PAUSE = 0.05  # seconds between two pushes to the page

# Class of an object: the module here that has its model, `Model`.
MODULES = {
    "Transcript": "transcript",
    "Session": "transcript",
    "Exploration": "mime",
    "Verdict": "verdict",
    "Console": "console",
    "Base64": "sextets",
    "Blocks": "sextets",
    "Sockets": "sockets",
    "Mailbox": "mailbox",
    "Message": "mailbox",
}


def enliven(thing: object, html: str) -> Html | None:
    """The HTML of an object within an element that a front end can bring to life.

    None where there is no live view for its class.
    """
    kind = next((k.__name__ for k in type(thing).__mro__ if k.__name__ in MODULES), None)
    if kind is None:
        return None
    module = importlib.import_module(f".{MODULES[kind]}", __name__)
    thing = module.Model.of(thing)
    if thing is None:
        return None
    model = vars(thing).get(MODEL)
    if model is None:
        model = vars(thing)[MODEL] = module.Model(thing)
        # At the end of the kernel the page has let go of its models by itself.
        weakref.finalize(thing, model.close).atexit = False
    else:
        # The page begins with how it is now, whenever the kernel will answer.
        model.state = model.first(thing)
    return el("smtplab-live", Html(html), data_key=model.key, lang=language())


@cache
def module(name: str) -> str:
    """The ES module of a view, with what it imports from live.js put where the browser finds it.

    A data: address needs no server, and the same address is one module for all views of a page.
    """
    shared = b64encode((HERE / "live.js").read_bytes()).decode("ascii")
    text = (HERE / f"{name}.js").read_text(encoding="utf-8")
    return text.replace('"./live.js"', f'"data:text/javascript;base64,{shared}"')


@cache
def sheet(name: str) -> str:
    """The style of a view: that of all, and its own where it has one."""
    files = [HERE / "live.css", HERE / f"{name}.css"]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())


class Live(anywidget.AnyWidget):
    """The model of one object. A view's class has a `name` (of its module), and `words`.

    The page asks by name: a method `ask_rows(self, first, count)` answers `ask("rows", {first,
    count})` of the module. Octets go to the page as they are, as a Uint8Array. What it raises is
    told to the page, and to nobody else. `push` says something unasked, from any thread.
    """

    name: ClassVar[str]
    words: ClassVar[dict[str, Any]] = {}

    key = traitlets.Unicode().tag(sync=True)
    # Every word that the page shows, and the first things that it draws.
    texts = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, thing: object) -> None:
        self._thing = weakref.ref(thing)
        self._esm = module(self.name)
        self._css = sheet(self.name)
        super().__init__(
            key=secrets.token_hex(8), texts=texts.LIVE | self.words, state=self.first(thing)
        )
        self.on_msg(self._asked)

    @classmethod
    def of(cls, thing: Any) -> Any:
        """The object that the model belongs to, and dies with; None if there is nothing to add."""
        return thing

    def first(self, thing: Any) -> dict[str, Any]:
        """What the page needs before it has asked for anything: small, whatever the object."""
        return {}

    @property
    def thing(self) -> Any:
        """The object, or None when nothing else refers to it any more."""
        return self._thing()

    def push(self, **said: Any) -> None:
        """Tell every page that shows this object."""
        self.send(said)

    def _asked(self, widget: object, said: Any, buffers: list[Any]) -> None:
        if not isinstance(said, dict) or not isinstance(said.get("ask"), str):
            return
        number = said.get("number")
        try:
            answer = getattr(self, f"ask_{said['ask']}")(**said.get("with", {}))
            if isinstance(answer, bytes):
                self.send({"answer": number}, [answer])
            else:
                self.send({"answer": number, "value": answer})
        except Exception as error:
            self.send({"answer": number, "error": f"{type(error).__name__}: {error}"})


class Pushing:
    """Calls a function soon after `wanted`, from a thread of its own, and never too often."""

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._waits = False

    def wanted(self) -> None:
        with self._lock:
            if self._waits:
                return
            self._waits = True
        timer = threading.Timer(PAUSE, self._call)
        timer.daemon = True
        timer.start()

    def _call(self) -> None:
        with self._lock:
            self._waits = False
        self._function()
