"""The sealed frame in which HTML mail is shown.

Three walls, each of which would hold alone against most of what mail tries:

1. `sandbox=""`: no script, no form, no pop-up, no leaving the frame, an origin of its own.
2. A content security policy, first in the document, so that it stands before anything of the
   mail's is read: nothing is loaded but `data:` pictures. Without it a sandbox still loads
   remote pictures, styles and frames, which tells the sender who reads the mail and when.
3. A click on a link would still load a page into the frame. Our `<base>` stands before any of
   the mail's and sends links to a new window, which the sandbox forbids. What would get
   round it is taken out of force: a `target` attribute, and links in SVG, which ask no base.
"""

import base64
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from . import texts
from .html import Html, el, one_line, size

if TYPE_CHECKING:
    from ..lab import Part

__all__ = ["PICTURES", "Budget", "Sealed", "data_url", "frame", "seal"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HEAD = (
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta http-equiv="x-dns-prefetch-control" content="off">'
    '<meta name="referrer" content="no-referrer"><base target="_blank">'
    "<style>html{background:#fff;color:#111;font:1em/1.45 system-ui,sans-serif}"
    "body{margin:.7em}img{max-width:100%;height:auto}</style>"
)
NOTHING = "data:,"  # a picture that is not there, without a request for it
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
INLINE = PICTURES | {"image/svg+xml"}  # a picture of an <img> runs no script, SVG neither

MAX_FILE = 1_000_000  # octets of one attachment or picture
MAX_TOTAL = 3_000_000  # octets of all attachments and pictures in one output
MAX_HTML = 200_000  # characters of one HTML part

# Where a picture can stand: after "=" of an attribute, or in the url() of a style.
# (Possessive quantifiers: mail with a hundred thousand spaces must not slow us down.)
CID = re.compile(r"""(?i)((?:=|url\()\s*+(?:["']\s*+)?)cid:([^\s"'<>()\\]+)""")
# "target" as the name of an attribute. HTML knows no way to write a name in other letters.
TARGET = re.compile(r"(?i)(targ)(et\s*+=)")
# Elements that a mail program does not draw either: SVG and MathML have links of their own
# kind, and a preconnect by <link> is no fetch, so that no policy is asked.
FOREIGN = re.compile(r"(?i)<(svg|math|link)")
REMOTE = re.compile(
    r"""(?i)(?:\b(?:src|srcset|background|poster)\s*+=|url\()\s*+(?:["']\s*+)?(?:https?:)?//"""
)
BREAKS = re.compile(r"(?i)<(?:br|p|div|tr|li|h[1-6]|table|blockquote|hr)\b|\n\n")
TAGS = re.compile(r"<[^<>]*>")


class Budget:
    """How many octets of files one output may still carry."""

    def __init__(self, octets: int = MAX_TOTAL) -> None:
        self.left = octets

    def take(self, octets: int) -> bool:
        """Whether a file of this size goes in; if so, it is counted."""
        if octets > min(self.left, MAX_FILE):
            return False
        self.left -= octets
        return True


def data_url(content_type: str, content: bytes) -> Html:
    """The octets as an address. `content_type` is ours, never the mail's."""
    return Html(f"data:{content_type};base64,{base64.b64encode(content).decode('ascii')}")


@dataclass(frozen=True)
class Sealed:
    """What goes into a frame: the document, behind the second and the third wall.

    Whoever makes the frame gives it `sandbox=""` before it gets the document. `notes` is what
    there is to say about it, `shown` which parts (from 0) are shown in it.
    """

    document: str
    title: str
    height: str
    notes: list[str]
    shown: set[int]


def frame(
    html: str, parts: tuple["Part", ...], subject: str, budget: Budget
) -> tuple[Html, list[str], set[int]]:
    """The frame, what there is to say about it, and which parts (from 0) are shown in it."""
    sealed = seal(html, parts, subject, budget)
    element = el(
        "iframe",
        sandbox="",
        srcdoc=Html(sealed.document),
        title=sealed.title,
        loading="lazy",
        referrerpolicy="no-referrer",
        style=f"height:{sealed.height}",
    )
    return element, sealed.notes, sealed.shown


def seal(html: str, parts: tuple["Part", ...], subject: str, budget: Budget) -> Sealed:
    """Make the document of a frame out of the HTML of a mail."""
    notes: dict[str, None] = {}
    shown: set[int] = set()
    by_id = {part.content_id: n for n, part in enumerate(parts) if part.content_id}

    def picture(match: re.Match[str]) -> str:
        cid = unquote(unescape(match[2]))
        number = by_id.get(cid)
        if number is None:
            notes[texts.CID_MISSING.format(cid=one_line(cid, 80))] = None
            return match[1] + NOTHING
        part = parts[number]
        if part.content_type not in INLINE:
            note = texts.CID_NO_PICTURE.format(
                cid=one_line(cid, 80), content_type=one_line(part.content_type, 80)
            )
            notes[note] = None
            return match[1] + NOTHING
        if not budget.take(len(part.content)):
            note = texts.CID_TOO_BIG.format(cid=one_line(cid, 80), size=size(len(part.content)))
            notes[note] = None
            return match[1] + NOTHING
        shown.add(number)
        return match[1] + data_url(part.content_type, part.content)

    if len(html) > MAX_HTML:
        notes[texts.HTML_CUT.format(total=len(html), shown=MAX_HTML)] = None
        html = html[:MAX_HTML]
    if REMOTE.search(html):
        notes[texts.REMOTE_LEFT] = None
    lines = _lines(html)
    html = FOREIGN.sub(r"<x-\1", TARGET.sub("\\1\u2060\\2", html))
    html = CID.sub(picture, html)
    # A lone surrogate cannot be sent to the page.
    document = (HEAD + html).encode("utf-8", "replace").decode("utf-8")
    pictured = bool(shown) or "data:image" in html.lower()
    height = min(30, max(6, 3 + 1.5 * lines + (16 if pictured else 0)))
    return Sealed(
        document=document,
        title=texts.FRAME_TITLE.format(subject=one_line(subject, 80)),
        height=f"{height:g}em",
        notes=list(notes),
        shown=shown,
    )


def _lines(html: str) -> float:
    """About how many lines the text takes: a frame without scripts cannot tell us."""
    body = re.search(r"(?i)<body\b", html)
    html = html[body.start() :] if body else html
    return len(BREAKS.findall(html)) + len(TAGS.sub("", html)) / 90
