"""What a plain view has drawn, as data from which the page builds the same."""

from html.parser import HTMLParser
from typing import Any

from .. import drawn
from ..html import VOID

__all__ = ["nodes", "tree"]

# What HTML has in small letters, and SVG has not.
SVG = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}


class Tree(HTMLParser):
    """Reads HTML that `el` has made. `root` is then a list of texts and of elements; an element
    is a list of its name, its attributes, and what is in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root: list[Any] = []
        self._open = [self.root]
        self.feed(str(html))  # Markup would escape what is cut out of it
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {SVG.get(name, name): True if value is None else value for name, value in attrs}
        element = [tag, named]
        self._open[-1].append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].append(data)


def nodes(html: str) -> list[Any]:
    """The same of HTML that `el` has made."""
    return Tree(html).root


def tree(thing: object) -> list[Any]:
    """What stands in the plain page of an object, for the page to build the same anew."""
    [[_, _, *inside]] = nodes(drawn(thing)["text/html"])
    return [child for child in inside if child[0] != "style"]
