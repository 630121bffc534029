"""Attachments: offered under a name that no file system can misread."""

import re

from ..lab import Part
from .frame import PICTURES, Budget, data_url
from .html import BLANK, INVISIBLE, Html, el, file_name, fold, left_out, one_line, size
from .said import WORDS

__all__ = ["attachments", "safe_name"]

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
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
}
MAX_FILES = 50  # of one message that are offered
MAX_NAME = 100  # characters
MAX_OCTETS = 240  # of a name: file systems take 255, and a browser may put " (1)" in it
MAX_ENDING = 20  # characters


def safe_name(part: Part, number: int) -> str:
    """A name to save under: no path, no control or direction marks, no device, no hidden file."""
    name = re.split(r"[/\\]", part.filename or "")[-1]
    name = INVISIBLE.sub("", re.sub(r'[<>:"|?*\t\n]', "", name))
    # Many blanks, of whatever kind, would move the ending out of sight.
    name = _shortened(re.sub(f"(?:{BLANK.pattern}| )+", " ", name).strip(" ."))
    if not name:
        return WORDS("mailbox.unnamed", number=number) + EXTENSIONS.get(part.content_type, ".bin")
    return f"_{name}" if DEVICES.match(name) else name


def _shortened(name: str) -> str:
    """A name that fits; its ending stays, since that says what opens it."""
    if len(name) <= MAX_NAME and len(name.encode()) <= MAX_OCTETS:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > MAX_ENDING:
        stem, dot, ending = name, "", ""
    ending = dot + ending
    room = MAX_OCTETS - len(ending.encode())
    # Half a character at the cut goes.
    stem = stem[: MAX_NAME - len(ending)].encode()[:room].decode("utf-8", "ignore")
    return (stem.rstrip(" .") + ending).rstrip(" .")


def attachments(parts: tuple[Part, ...], taken: set[int], budget: Budget) -> Html | None:
    """A list of every part that is not in `taken`, to save; pictures are shown as well."""
    files = [n for n in range(len(parts)) if n not in taken]
    if not files:
        return None
    items = [_item(parts[n], n, budget) for n in files[:MAX_FILES]]
    more = left_out("mailbox.part_count", len(files) - MAX_FILES, "message.parts")
    title = WORDS("mailbox.attachments")
    listed = el("ul", *items, class_="sm-files", aria_label=title)
    return el("div", el("p", title, class_="sm-muted"), listed, *more)


def _item(part: Part, number: int, budget: Budget) -> Html:
    name = safe_name(part, number)
    about = f"{one_line(part.content_type, 80)}, {size(len(part.content))}"
    if part.filename and part.filename != name:
        said = WORDS("mailbox.attachment_said", name=file_name(part.filename, 120))
        about += f", {said}"
    if not budget.take(len(part.content)):
        # No link: the page would carry the octets, and so would the saved notebook.
        where = WORDS("mailbox.too_big", code=f"message.parts[{number}].content")
        return el("li", el("strong", name), f" ({about}): {where}")
    # Saved, never opened: the type in the address is not the one that the mail claims.
    url = data_url("application/octet-stream", part.content)
    link = el("a", WORDS("mailbox.save", name=name), href=url, download=name)
    picture = None
    if part.content_type in PICTURES and budget.take(len(part.content)):
        title = WORDS("mailbox.picture", name=name)
        drawn = el("img", src=data_url(part.content_type, part.content), alt=title)
        picture = fold(title, drawn, is_open=True)
    return el("li", link, f" ({about})", picture)
