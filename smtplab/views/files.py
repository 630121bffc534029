"""Attachments: offered under a name that no file system can misread."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import texts
from .frame import PICTURES, Budget, data_url
from .html import Html, el, fold, one_line, size, visible

if TYPE_CHECKING:
    from ..lab import Part

__all__ = ["Attachment", "attachments", "described", "is_body", "safe_name"]

# Names that Windows takes for devices, whatever their extension.
DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")
EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
}
MAX_NAME = 100  # characters; file systems take 255 octets, and a character is at most 4


def is_body(part: "Part", content_type: str) -> bool:
    """Whether a mail program would show this part as the text of the message."""
    if part.content_type != content_type or part.text is None:
        return False
    return part.disposition != "attachment" and not part.filename


def safe_name(part: "Part", number: int) -> str:
    """A name to save under: no path, no control or direction marks, no device, no hidden file."""
    name = re.split(r"[/\\]", part.filename or "")[-1]
    # visible() turns what cannot be seen into "\x.."; whatever it changed goes.
    name = "".join(c for c in name if visible(c) == c and c not in '<>:"|?*\t\n')
    name = name.strip(" .")[:MAX_NAME].rstrip(" .")
    if not name:
        return texts.UNNAMED.format(number=number) + EXTENSIONS.get(part.content_type, ".bin")
    return f"_{name}" if DEVICES.match(name) else name


@dataclass(frozen=True)
class Attachment:
    """What is said of a part that is offered to save: its safe name, its kind and size, and,
    where it is another, the name that the message gives it."""

    name: str
    about: str
    said: str | None


def described(part: "Part", number: int) -> Attachment:
    """The part of this number (from 0) as it is offered."""
    name = safe_name(part, number)
    about = texts.ATTACHMENT.format(
        content_type=one_line(part.content_type, 80), size=size(len(part.content))
    )
    said = None
    if part.filename and part.filename != name:
        said = texts.ATTACHMENT_SAID.format(name=one_line(part.filename, 120))
    return Attachment(name, about, said)


def attachments(parts: tuple["Part", ...], taken: set[int], budget: Budget) -> Html | None:
    """A list of every part that is not in `taken`, to save; pictures are shown as well."""
    items = [_item(part, n, budget) for n, part in enumerate(parts) if n not in taken]
    if not items:
        return None
    title = el("p", texts.ATTACHMENTS, class_="sm-muted")
    return el("div", title, el("ul", *items, class_="sm-files", aria_label=texts.ATTACHMENTS))


def _item(part: "Part", number: int, budget: Budget) -> Html:
    offered = described(part, number)
    name, about = offered.name, offered.about
    said = f", {offered.said}" if offered.said else None
    if not budget.take(len(part.content)):
        # No link: the page would carry the octets, and so would the saved notebook.
        where = texts.TOO_BIG.format(code=f"message.parts[{number}].content")
        return el("li", el("strong", name), f" ({about}", said, f"): {where}")
    # Saved, never opened: the type in the address is not the one that the mail claims.
    url = data_url("application/octet-stream", part.content)
    link = el("a", texts.SAVE.format(name=name), href=url, download=name)
    picture = None
    if part.content_type in PICTURES and budget.take(len(part.content)):
        drawn = el(
            "img",
            src=data_url(part.content_type, part.content),
            alt=texts.PICTURE.format(name=name),
        )
        picture = fold(texts.PICTURE.format(name=name), drawn, is_open=True)
    return el("li", link, f" ({about}", said, ")", picture)
