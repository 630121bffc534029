"""Live views: what a kernel adds to a page that is complete without it.

Theory of operation. A view is drawn as plain HTML first; `enliven` puts an element
`<smtplab-live>` around that HTML, with the key of a widget model. There is one model for each
object, however often it is shown. It is one of ipywidgets' own, which hears all that it is told
from its first moment on. For each kernel one widget of anywidget brings the ES modules that stand
here to the page. There live.js fills every element whose model the kernel has, with the view's
own module, and the plain HTML steps aside. In a viewer, on an exported page, or when the kernel is
gone, no module runs: the element means nothing to the browser, and the plain HTML stands.

No view is a `display_data` of a widget: a notebook that is opened again without its kernel would
show an error in that place.

A model keeps no object alive. It dies with the object that it shows. What helps on from a verdict
belongs to the exercise: of two checks in one cell, nobody keeps the first verdict.
"""

import importlib
import threading
import weakref
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from ..html import Html, el, size
from ..said import WORDS

__all__ = ["Live", "chunk", "enliven", "in_octets"]

HERE = Path(__file__).parent
MODEL = "_live_by_smtplab"  # the attribute of an object that holds its model
PAUSE = 0.05  # seconds between two pushes to the page
MOST = 200  # rows of one answer: as many as a page asks for
MAX_OCTETS = 4_096  # of what is shown octet by octet: words.toml says so, too

# Class of an object: the module here that has its model, `Model`.
MODULES = {
    "Transcript": "transcript",
    "Session": "transcript",
    "Exploration": "mime",
    "Verdict": "verdict",
    "Console": "console",
    "Base64": "base64_steps",
    "Blocks": "base64_steps",
    "Sockets": "sockets",
    "Delays": "delays",
    "Switchboard": "switchboard",
    "Mailbox": "mailbox",
}


def enliven(thing: object, html: str) -> Html | None:
    """The HTML of an object within an element that a front end can bring to life.

    None where there is no live view for its class.
    """
    bring()  # keys in a plain view are looked after, too
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
    return el("smtplab-live", Html(html), data_key=model.model_id, lang=WORDS.language)


class Modules(anywidget.AnyWidget):
    """What brings the views' ES modules and styles to the page."""

    # The module of each file here, as text.
    modules = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._esm = (HERE / "bring.js").read_text(encoding="utf-8")
        # Where two sheets say something of one element, the view's own stands last.
        sheets = sorted(HERE.glob("*.css"), key=lambda file: file.stem != "live")
        self._css = "\n".join(file.read_text(encoding="utf-8") for file in sheets)
        super().__init__(
            modules={file.stem: file.read_text(encoding="utf-8") for file in HERE.glob("*.js")}
        )


@cache
def bring() -> Modules:
    """Bring the modules to the page, once for a kernel."""
    return Modules()


class Live(ipywidgets.Widget):  # type: ignore[misc]  # ipywidgets has no types
    """The model of one object. Its module on the page is the file of the same name here.

    The page asks by name: a method `ask_rows(self, first, count)` answers `ask("rows", {first,
    count})` of the module. What it raises is told to the page, and to nobody else. What has
    happened since is pushed unasked: `stir` says that something has, from any thread.
    """

    words: ClassVar[str] = ""  # the table of its words, unless that is called as the module is

    view = traitlets.Unicode().tag(sync=True)
    # What it says, and the first things that it draws.
    texts = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, thing: object) -> None:
        self._thing = weakref.ref(thing)
        self._stirred = threading.Lock()  # held until what has happened is pushed
        super().__init__(view=self.module(), texts=self.said(), state=self.first(thing))
        self.on_msg(self._asked)

    @classmethod
    def of(cls, thing: Any) -> Any:
        """The object that the model belongs to, and dies with; None if there is nothing to add."""
        return thing

    @classmethod
    def module(cls) -> str:
        return cls.__module__.rpartition(".")[2]

    @classmethod
    def said(cls) -> dict[str, Any]:
        """Every word that the page shows."""
        own: dict[str, Any] = WORDS.get(cls.words or cls.module())
        shared: dict[str, Any] = WORDS.get("shared")
        return {"language": WORDS.language} | shared | own

    def first(self, thing: Any) -> dict[str, Any]:
        """What the page needs before it has asked for anything: small, whatever the object."""
        return {}

    def news(self, thing: Any) -> dict[str, Any]:
        """What is pushed, when something has happened to the object."""
        return self.first(thing)

    @property
    def thing(self) -> Any:
        """The object, or None when nothing else refers to it any more."""
        return self._thing()

    def ask_now(self) -> dict[str, Any]:
        """All again: more may have happened since the model was made."""
        return self.first(self.thing)

    def stir(self, *happened: object) -> None:
        """Push what is new soon, from a thread of its own, and never too often."""
        if self._stirred.acquire(blocking=False):
            timer = threading.Timer(PAUSE, self._push)
            timer.daemon = True
            timer.start()

    def _push(self) -> None:
        self._stirred.release()
        thing = self.thing
        if thing is not None:
            self.send(self.news(thing))

    def _asked(self, widget: object, said: Any, buffers: list[Any]) -> None:
        if not isinstance(said, dict) or not isinstance(said.get("ask"), str):
            return
        number = said.get("number")
        try:
            answer = getattr(self, f"ask_{said['ask']}")(**said.get("with", {}))
            self.send({"answer": number, "value": answer})
        except Exception as error:
            self.send({"answer": number, "error": f"{type(error).__name__}: {error}"})


def chunk(
    things: Sequence[Any], first: int, count: int, draw: Callable[[Any], Any]
) -> dict[str, Any]:
    """Some rows of a list, counted from 0, as the page's `Chunks` takes them, and how many it has.

    What the page asks for may begin before the list, and be more than is told at once.
    """
    first = max(0, first)
    rows = [draw(thing) for thing in things[first : first + min(count, MOST)]]
    return {"total": len(things), "first": first, "rows": rows}


def in_octets(data: bytes) -> dict[str, Any]:
    """Octets, as far as they are shown, in base64, and how many there are."""
    shown = b64encode(data[:MAX_OCTETS]).decode("ascii")
    return {"octets": shown, "size": size(len(data)), "cut": len(data) > MAX_OCTETS}
