"""Building HTML so that nothing in it can come from outside unescaped.

Views put pages together with `el`. It escapes every string that is not `Html`, and it makes
control characters, direction marks and lone surrogates visible, in content and in attributes.
What is `Html` was made here.
"""

import re
import secrets
from collections.abc import Iterable
from html import escape

from ..catalogue import counted, language
from . import texts
from .style import STYLE

__all__ = [
    "Html",
    "counted",
    "el",
    "facts",
    "fold",
    "heading",
    "join",
    "one_line",
    "page",
    "printout",
    "prose",
    "size",
    "table",
    "uid",
    "visible",
]

VOID = {"br", "img", "input"}

# Control characters but for tab and line feed; format characters, such as the direction marks
# that make "exe.txt" out of "txt.exe" (Unicode TR 36, section 3.3); line separators; lone
# surrogates. The joiners U+200C and U+200D stay: scripts and emoji are spelled with them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
SHORT = {"\r": r"\r", "\n": r"\n", "\t": r"\t"}


class Html(str):
    """Markup that is safe to put into a page as it is."""

    __slots__ = ()


def visible(text: str) -> str:
    r"""Show what cannot be seen: "\x1b", "\u202e". Line feeds and tabs stay."""
    return INVISIBLE.sub(lambda match: _escape(match[0]), text)


def prose(text: str) -> Html:
    """A sentence in which `code` stands between backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one of them has no partner
        return join([text])
    return join(el("code", p) if number % 2 else p for number, p in enumerate(pieces))


def one_line(text: str, limit: int = 200) -> str:
    """The same for a single line of at most `limit` characters: CR, LF and tab are shown too."""
    cut = re.sub(r"[\r\n\t]", lambda match: SHORT[match[0]], text[:limit])
    if len(text) > limit:
        cut += " " + texts.CUT.format(total=len(text))
    return visible(cut)


def _escape(character: str) -> str:
    if character in SHORT:
        return SHORT[character]
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def el(name: str, /, *children: str | None, **attributes: str | bool | None) -> Html:
    """One element. `class_="x"` is class="x", `aria_label="y"` is aria-label="y".

    An attribute that is True has no value; one that is None or False is left out. The value
    of an attribute is made visible like text, unless it is `Html`: then it is only quoted.
    """
    written = []
    for keyword, value in attributes.items():
        key = keyword.strip("_").replace("_", "-")
        if value is True:
            written.append(f" {key}")
        elif isinstance(value, str):
            shown = value if isinstance(value, Html) else visible(value)
            written.append(f' {key}="{escape(shown)}"')
    start = f"<{name}{''.join(written)}>"
    return Html(start if name in VOID else f"{start}{join(children)}</{name}>")


def join(children: Iterable[str | None]) -> Html:
    """One after the other: `Html` as it is, other strings visible and escaped."""
    return Html(
        "".join(
            child if isinstance(child, Html) else escape(visible(child), quote=False)
            for child in children
            if child is not None
        )
    )


def page(view: str, label: str, *children: str | None, tone: str = "") -> Html:
    """The whole of a view: one group with a label, and the style that it needs."""
    # JupyterLab would typeset "$5 and $6" as mathematics, and a \href in a subject as a link.
    classes = f"smtplab smtplab-{view} mathjax_ignore {tone}".strip()
    style = el("style", Html(STYLE))
    # Fonts draw a Chinese character as this language does, and a screen reader speaks it.
    return el(
        "div", style, *children, class_=classes, role="group", aria_label=label, lang=language()
    )


def heading(*children: str | None, level: int = 3) -> Html:
    """A heading for assistive technology that JupyterLab's table of contents leaves alone."""
    return el("p", *children, class_="sm-head", role="heading", aria_level=str(level))


def fold(summary: str, *children: str | None, is_open: bool = False) -> Html:
    """Something long behind its name."""
    return el("details", el("summary", summary), *children, open=is_open)


def printout(text: str, label: str, wrap: bool = True) -> Html:
    """Text as it is, line by line; it scrolls when it is long, by keyboard too."""
    return el(
        "pre",
        text,
        class_="sm-wrap" if wrap else None,
        tabindex="0",
        role="region",
        aria_label=label,
    )


def table(
    caption: str, columns: Iterable[str], rows: Iterable[Iterable[str]], class_: str | None = None
) -> Html:
    """A table: a caption for those who cannot see it, a header for each column and each row."""
    head = el("tr", *(el("th", column, scope="col") for column in columns))
    body = []
    for first, *others in rows:
        body.append(el("tr", el("th", first, scope="row"), *(el("td", cell) for cell in others)))
    return el(
        "table",
        el("caption", caption, class_="sm-hidden"),
        el("thead", head),
        el("tbody", *body),
        class_=class_,
    )


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and their values, one pair a line."""
    return el("dl", *(cell for name, value in pairs for cell in (el("dt", name), el("dd", value))))


def size(octets: int) -> str:
    """A size in octets, in words."""
    return counted(octets, texts.OCTETS)


def uid() -> str:
    """An id that no other output has, not even one that was saved yesterday."""
    return f"sm-{secrets.token_hex(5)}"
