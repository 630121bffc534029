"""What a view is made of: pieces, each of them lines of a terminal and an element of a page.

So a view is told once. Nothing is drawn before the page asks: where that fails, the lines stand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from textwrap import indent

from wcwidth import ljust, wcswidth

from .html import Html, el, fold, heading, join, printout, prose, table, visible
from .said import WORDS
from .style import STYLE

__all__ = [
    "Piece", "View", "apart", "as_it_is", "columns", "drawn", "folded", "grid", "head", "items",
    "named", "named_all", "para", "printed", "together",
]  # fmt: skip

WIDEST = 48  # columns of a terminal: a longer cell moves what stands right of it in its row alone


@dataclass(frozen=True)
class Piece:
    lines: list[str]
    draw: Callable[[], Html | None]


@dataclass(frozen=True)
class View:
    """All that is shown of an object, below its label, or below what stands in place of that.

    `name` is a class of its element, and so is `tone`.
    """

    name: str
    label: str
    pieces: Sequence[Piece]
    tone: str = ""
    top: Piece | None = None

    @property
    def whole(self) -> Piece:
        return together(self.top or head(self.label), *self.pieces)

    def text(self) -> str:
        return visible("\n".join(line.rstrip() for line in self.whole.lines))

    def html(self) -> str:
        """One group with a label, and the style that it needs."""
        # JupyterLab would typeset "$5 and $6" as mathematics, and a \href in a subject as a link.
        # So would an exported page: its MathJax 2 knows the other class.
        classes = f"smtplab smtplab-{self.name} mathjax_ignore tex2jax_ignore {self.tone}".strip()
        return el(
            "div",
            el("style", Html(STYLE)),
            self.whole.draw(),
            class_=classes,
            role="group",
            aria_label=self.label,
            # Fonts draw a Chinese character as this language does, and a screen reader speaks it.
            lang=WORDS.language,
        )


def drawn(draw: Callable[[], Html | None]) -> Piece:
    """What only a page has."""
    return Piece([], draw)


def apart(piece: Piece) -> Piece:
    """A piece with an empty line before it, in a terminal."""
    return Piece(["", *piece.lines], piece.draw)


def together(*pieces: Piece) -> Piece:
    """Pieces as one."""
    lines = [line for one in pieces for line in one.lines]
    return Piece(lines, lambda: join(one.draw() for one in pieces))


def head(title: str, level: int = 3) -> Piece:
    return Piece([title], lambda: heading(title, level=level))


def para(text: str, class_: str | None = None) -> Piece:
    return Piece([text], lambda: el("p", prose(text), class_=class_))


def named(name: str, value: str, element: Html | None = None) -> Piece:
    """A value behind its name; on a page perhaps as an element of its own."""
    before = WORDS("shared.named", name=name, value="")
    return Piece(
        [WORDS("shared.named", name=name, value=value)],
        lambda: el("p", el("span", before, class_="sm-muted"), element or prose(value)),
    )


def named_all(pairs: list[tuple[str, str]]) -> Piece:
    """Names and their values, one pair a line."""
    lines = [WORDS("shared.named", name=name, value=value) for name, value in pairs]
    cells = [cell for name, value in pairs for cell in (el("dt", name), el("dd", value))]
    return Piece(lines, lambda: el("dl", *cells))


def items(texts: Sequence[str], first: int | None = None) -> Piece:
    """A list; numbered when it has a first number."""
    signs = ["-" if first is None else f"{first + n}." for n in range(len(texts))]
    return Piece(
        [f"  {sign} {text}" for sign, text in zip(signs, texts, strict=True)],
        lambda: el(
            "ul" if first is None else "ol",
            *(el("li", prose(text)) for text in texts),
            start=None if first is None else str(first),
        ),
    )


def as_it_is(text: str, label: str, wrap: bool = True) -> Piece:
    return Piece([indent(text.rstrip("\n"), "  ")], lambda: printout(text, label, wrap))


def printed(title: str, text: str) -> Piece:
    """Text as it is, below a title, and apart from what stands before."""
    return together(apart(para(title, "sm-muted")), as_it_is(text, title, wrap=False))


def folded(title: str, *pieces: Piece, is_open: bool = False) -> Piece:
    """Pieces below a title; on a page they stand behind it."""
    inside = together(*pieces)
    return Piece([title, *inside.lines], lambda: fold(title, inside.draw(), is_open=is_open))


def columns(rows: Iterable[Iterable[str]]) -> list[str]:
    """Rows of a terminal, each column as wide as its cells. Of an element its text is shown."""
    plain = [[c.striptags() if isinstance(c, Html) else c for c in cells] for cells in rows]
    wide = (map(wcswidth, column) for column in zip(*plain, strict=True))
    widths = [max((w for w in column if w <= WIDEST), default=0) for column in wide]
    return ["  " + "  ".join(map(ljust, cells, widths)).rstrip() for cells in plain]


def grid(
    caption: str, heads: Sequence[str], rows: Sequence[Iterable[str]], class_: str | None = None
) -> Piece:
    """A table; its caption is for those who cannot see it."""
    rows = [tuple(cells) for cells in rows]
    return Piece(columns([heads, *rows]), lambda: table(caption, heads, rows, class_))
