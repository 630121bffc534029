"""Building HTML so that nothing in it can come from outside unescaped.

Views put pages together with `el`. It escapes every string that is not `Html`, and it makes
control characters, direction marks and lone surrogates visible, in content and in attributes.
`Html` is markupsafe's Markup: text that is safe to put into a page as it is.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup as Html
from markupsafe import escape

from .said import WORDS

__all__ = [
    "BLANK", "INVISIBLE", "NONE", "Html", "el", "field_value", "file_name", "fold", "heading",
    "join", "left_out", "line_count", "one_line", "printout", "prose", "scrolling", "size",
    "table", "visible",
]  # fmt: skip

ENDING = 20  # characters of a file's name that stand at its end
NONE = "-"  # in a cell of a table: there is no such thing
VOID = {"br", "img", "input", "wbr"}

# Control characters but for tab and line feed; format characters, such as the direction marks
# that make "exe.txt" out of "txt.exe" (Unicode TR 36, section 3.3); line separators; fillers that
# are letters and have no shape; lone surrogates. Where scripts and emoji are spelled with them
# joiners and variation selectors stay: behind letters from Hebrew on, and behind symbols.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b"
    "\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    "\U000e01f0-\U000e0fff]"
    "|(?<![\u0590-\u115e\u1161-\u17b3\u17b6-\u180a\u1810-\u1cff\u20d0-\u2bff\ufe0f"
    "\ua840-\uabff\U00010a00-\U0001ffff])[\u200c\u200d]"
    "|(?<![#*0-9\xa9\xae\u2000-\u32ff\U0001f000-\U0001ffff])[\ufe0e\ufe0f]"
    "|(?<![\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
)
# Blanks that are no space, and look like one or like many: U+00A0 ends no word.
BLANK = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
# U+3000 is the blank of Chinese and Japanese type: it hides an ending, and is at home in a text.
STRANGE = re.compile(BLANK.pattern.replace("\u3000", ""))


def visible(text: str) -> str:
    r"""Show what cannot be seen: "\x1b", "\u202e". Line feeds and tabs stay."""
    return INVISIBLE.sub(_escape, text)


def prose(text: str) -> Html:
    """A sentence in which `code` stands between backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one of them has no partner
        return join([text])
    return join(el("code", p) if number % 2 else p for number, p in enumerate(pieces))


def one_line(text: str, limit: int = 200, blank: re.Pattern[str] = BLANK) -> str:
    """The same for a single line of at most `limit` characters.

    CR, LF, tab and blanks that are no space are shown too: here they could hide what follows.
    """
    cut = _in_line(text[:limit], blank)
    if len(text) > limit:
        cut += " " + WORDS("shared.cut_off", total=len(text))
    return cut


def field_value(name: str, value: str, limit: int) -> str:
    """The same of a header field: U+3000 stays, but where the field may have a file's name."""
    return one_line(value, limit, BLANK if name.lower().startswith("content-") else STRANGE)


def file_name(text: str, limit: int) -> str:
    """The same of a file's name: its ending says what opens it, and is never cut off."""
    if len(text) <= limit:
        return _in_line(text)
    kept = limit - ENDING
    said = WORDS("shared.cut_off", total=len(text))
    return f"{_in_line(text[:kept])} … {_in_line(text[-ENDING:])} {said}"


def _in_line(text: str, blank: re.Pattern[str] = BLANK) -> str:
    return visible(re.sub(r"[\r\n\t]", _escape, blank.sub(_escape, text)))


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def el(name: str, /, *children: str | None, **attributes: str | bool | None) -> Html:
    """One element. `class_="x"` is class="x", `aria_label="y"` is aria-label="y".

    An attribute that is True has no value; one that is None or False is left out. The value
    of an attribute is made visible like text, unless it is `Html`: then it is only quoted.
    """
    start = f"<{name}"
    for keyword, value in attributes.items():
        key = keyword.strip("_").replace("_", "-")
        if value is True:
            start += f" {key}"
        elif isinstance(value, str):
            shown = str(value) if isinstance(value, Html) else visible(value)
            start += f' {key}="{escape(shown)}"'
    return Html(f"{start}>" if name in VOID else f"{start}>{join(children)}</{name}>")


def join(children: Iterable[str | None]) -> Html:
    """One after the other: `Html` as it is, other strings visible and escaped."""
    there = (child for child in children if child is not None)
    return Html("").join(c if isinstance(c, Html) else visible(c) for c in there)


def heading(*children: str | None, level: int = 3) -> Html:
    """A heading for assistive technology that JupyterLab's table of contents leaves alone."""
    return el("p", *children, class_="sm-head", role="heading", aria_level=str(level))


def fold(summary: str, *children: str | None, is_open: bool = False) -> Html:
    """Something long behind its name."""
    return el("details", el("summary", summary), *children, open=is_open)


def scrolling(name: str, child: str, label: str, class_: str | None) -> Html:
    """An element that scrolls when it is too large for the page, by keyboard too."""
    return el(name, child, class_=class_, tabindex="0", role="region", aria_label=label)


def printout(text: str, label: str, wrap: bool = True) -> Html:
    """Text as it is, line by line."""
    return scrolling("pre", text, label, "sm-wrap" if wrap else None)


def table(
    caption: str, columns: Iterable[str], rows: Iterable[Iterable[str]], class_: str | None = None
) -> Html:
    """A table: a caption for those who cannot see it, a header for each column and each row.

    A row is its cells, or an element.
    """
    head = el("tr", *(el("th", column, scope="col") for column in columns))
    body = []
    for row in rows:
        if isinstance(row, Html):
            body.append(row)
            continue
        first, *others = row
        body.append(el("tr", el("th", first, scope="row"), *(el("td", cell) for cell in others)))
    return el(
        "table",
        el("caption", caption, class_="sm-hidden"),
        el("thead", head),
        el("tbody", *body),
        class_=class_,
    )


def size(octets: int) -> str:
    """A size in octets, in words."""
    return WORDS("shared.octet_count", count=octets)


def line_count(lines: int) -> str:
    return WORDS("shared.line_count", count=lines)


def left_out(counted: str, count: int, where: str) -> list[str]:
    """A line that says how much is not shown, if any is, and what has all of it in code."""
    if count <= 0:
        return []
    return [WORDS("shared.left_out", what=WORDS(counted, count=count), where=where)]
