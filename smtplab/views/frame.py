"""The sealed frame in which HTML mail is shown.

Two walls:

1. What could load or name another document is taken out before the page gets it (sanitise.py).
2. `sandbox=""`: no script, no form, no pop-up, no leaving the frame, an origin of its own. And a
   content security policy, first in the document: nothing is loaded but `data:` pictures. It would
   stand alone, were it not that Chromium connects to the server of a frame before it asks, and
   Firefox to that of a `<link rel=preconnect>`.
"""

import base64
import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from ..lab import Part
from .html import Html, el, field_value, one_line, size
from .said import WORDS
from .sanitise import sanitise

__all__ = ["PICTURES", "Budget", "Sealed", "data_url", "seal"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HEAD = (
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta http-equiv="x-dns-prefetch-control" content="off">'
    '<meta name="referrer" content="no-referrer">'
    "<style>html{background:#fff;color:#111;font:1em/1.45 system-ui,sans-serif}"
    "body{margin:.7em}img{max-width:100%;height:auto}"
    ":where(a[title]){color:#00e;text-decoration:underline}</style>"
)
NOTHING = "data:,"  # a picture that is not there, without a request for it
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
INLINE = PICTURES | {"image/svg+xml"}  # a picture of an <img> runs no script, SVG neither

MAX_FILE = 1_000_000  # octets of one attachment or picture
MAX_TOTAL = 3_000_000  # octets of all attachments and pictures in one output
MAX_HTML = 200_000  # characters of one HTML part
MAX_NOTES = 10  # about one HTML part
MAX_TAGS = 10_000  # in one HTML part: a parser is slow where thousands stand in each other

# Only to say that it is so: sanitise.py does not go by this.
REMOTE = re.compile(
    r"""(?i)\b(?:src|srcset|background|poster|data)\s*+=\s*+(?:["']\s*+)?(?:https?:)?//"""
    r"""|url\(\s*+(?:["']\s*+)?(?:https?:)?//|@import"""
    r"""|<(?:base|embed|fencedframe|frame|iframe|link|object|portal)\b"""
)
BREAKS = re.compile(r"(?i)<(?:br|p|div|tr|li|h[1-6]|table|blockquote|hr)\b|\n\n")
TAGS = re.compile(r"<[^<>]*>")


@dataclass
class Budget:
    """How many octets of files one output may still carry."""

    left: int = MAX_TOTAL

    def take(self, octets: int) -> bool:
        """Whether a file of this size goes in; if so, it is counted."""
        if octets > min(self.left, MAX_FILE):
            return False
        self.left -= octets
        return True


def data_url(content_type: str, content: bytes) -> Html:
    """The octets as an address. `content_type` is ours, never the mail's."""
    return Html(f"data:{content_type};base64,{base64.b64encode(content).decode('ascii')}")


class Sealed(NamedTuple):
    """The frame; what there is to say about it; and which parts (from 0) are shown in it."""

    frame: Html
    notes: list[str]
    shown: set[int]


def seal(html: str, parts: tuple[Part, ...], subject: str, budget: Budget) -> Sealed:
    """The frame that shows the HTML of a mail, behind both walls."""
    notes: dict[str, None] = {}
    shown: set[int] = set()
    by_id = {part.content_id: n for n, part in enumerate(parts) if part.content_id}

    def picture(address: str) -> str:
        if address.lower().startswith("data:image/"):
            return address
        if not address.lower().startswith("cid:"):
            return NOTHING
        cid = unquote(address[4:])
        number = by_id.get(cid)
        said = {"cid": one_line(cid, 80)}
        if number is None:
            note = WORDS("mailbox.cid_missing", **said)
        elif (part := parts[number]).content_type not in INLINE:
            kind = one_line(part.content_type, 80)
            note = WORDS("mailbox.cid_no_picture", **said, content_type=kind)
        elif not budget.take(len(part.content)):
            note = WORDS("mailbox.cid_too_big", **said, size=size(len(part.content)))
        else:
            shown.add(number)
            return str(data_url(part.content_type, part.content))
        notes[note] = None
        return NOTHING

    total = len(html)
    html = "<".join(html[:MAX_HTML].split("<", MAX_TAGS + 1)[: MAX_TAGS + 1])
    if len(html) < total:
        notes[WORDS("mailbox.html_cut", total=total, shown=len(html))] = None
    if REMOTE.search(html):
        notes[WORDS("mailbox.remote_left")] = None
    # A lone surrogate cannot be sent to the page, nor to the parser.
    styles, html = sanitise(html.encode("utf-8", "replace").decode("utf-8"), picture)
    # About how many lines the text takes: a frame without scripts cannot tell us.
    lines = len(BREAKS.findall(html)) + len(TAGS.sub("", html)) / 90
    document = f"{HEAD}<style>{styles}</style>{html}"
    pictured = bool(shown) or "data:image" in document
    height = min(30, max(6, 3 + 1.5 * lines + (16 if pictured else 0)))
    drawn = el(
        "iframe",
        sandbox="",
        srcdoc=Html(document),
        title=WORDS("mailbox.frame", subject=field_value("Subject", subject, 80)),
        loading="lazy",
        referrerpolicy="no-referrer",
        style=f"height:{height:g}em",
    )
    said = list(notes)
    if len(said) > MAX_NOTES:
        said[MAX_NOTES:] = [WORDS("mailbox.more_notes", count=len(said) - MAX_NOTES)]
    return Sealed(drawn, said, shown)
