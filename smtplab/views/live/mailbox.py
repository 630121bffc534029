"""The live mailbox: a list that follows what arrives, and a message in as many ways as asked for.

A list of a million messages opens like one of ten: a row is made of a message's header alone, and
only when it comes into sight. Of a message the page first gets what a mail program would show;
each tab is asked for when it is opened, and in pieces when it is long; an attachment stays in the
kernel until somebody saves it.
"""

import threading
import weakref
from array import array
from base64 import b64encode
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from ...catalogue import counted
from ...lab import Mailbox, Message, Part
from .. import texts
from ..files import described
from ..frame import MAX_FILE, PICTURES, Budget, seal
from ..html import one_line, size, visible
from ..mailbox import (
    MAX_HEADERS,
    MAX_PARTS,
    MAX_RAW,
    bodies,
    defect_words,
    defects_title,
    facts_of,
    nothing_in,
    part_cells,
    raw_text,
    row_of,
    said_in,
    subject_of,
)
from ..transcript import followed
from . import Live, Pushing
from .transcript import named
from .transcript import told as ladder

__all__ = ["Model"]

TOLD = 40  # rows of the list that are told unasked
MOST = 200  # rows of one answer
CHUNK = 500_000  # octets of one answer
SMALL = 200_000  # octets of a message that is told unasked when it is the newest
WRONG = 3  # defects that stand below the message; the tab has them all
MAX_CELL = 400  # characters
MAX_VALUE = 1_000  # characters of a field in a table that is shown whole
MAX_OCTETS = 4_096  # of one line

Rows = list[list[str]]


class Opened:
    """One message as far as somebody has looked at it. It does not keep the message alive."""

    def __init__(self, message: Message) -> None:
        self._message = weakref.ref(message)

    @property
    def message(self) -> Message:
        message = self._message()
        if message is None:
            raise LookupError(texts.LIVE_EMPTIED)
        return message

    @cached_property
    def ends(self) -> "array[int]":
        """Where each line of the raw message ends, its CRLF included."""
        raw, ends, at = self.message.raw, array("Q"), 0
        while (found := raw.find(b"\r\n", at)) >= 0:
            at = found + 2
            ends.append(at)
        if at < len(raw) or not ends:
            ends.append(len(raw))
        return ends

    def line(self, number: int) -> bytes:
        return self.message.raw[self.ends[number - 1] if number else 0 : self.ends[number]]

    # What a tab shows: how, of how many rows, and some of them

    def raw(self, first: int, count: int) -> dict[str, Any]:
        raw = self.message.raw
        title = texts.RAW.format(size=size(len(raw)))
        if len(raw) <= MAX_RAW:
            return {"kind": "text", "title": title, "text": visible(raw_text(raw))}
        last = min(first + count, len(self.ends))
        rows = [[_text(self.line(number), MAX_CELL)] for number in range(first, last)]
        return _listed(title, rows, first, len(self.ends))

    def headers(self, first: int, count: int) -> dict[str, Any]:
        fields = self.message.headers
        title = counted(len(fields), texts.HEADERS)
        short = len(fields) <= MAX_HEADERS
        limit = MAX_VALUE if short else MAX_CELL
        rows = [
            [one_line(name, 80), one_line(value, limit)]
            for name, value in fields[first : first + count]
        ]
        return _listed(title, rows, first, len(fields), texts.HEADER_COLUMNS, short)

    def parts(self, first: int, count: int) -> dict[str, Any]:
        parts = self.message.parts
        title = texts.PARTS.format(count=len(parts))
        rows = [
            list(part_cells(number, part))
            for number, part in enumerate(parts[first : first + count], first)
        ]
        return _listed(title, rows, first, len(parts), texts.PART_COLUMNS, len(parts) <= MAX_PARTS)

    def defects(self, first: int, count: int) -> dict[str, Any]:
        defects = self.message.defects
        rows = [
            [one_line(defect_words(defect), MAX_CELL)] for defect in defects[first : first + count]
        ]
        told = _listed(defects_title(self.message), rows, first, len(defects))
        return told | ({"kind": "items"} if len(defects) <= MAX_PARTS else {})

    def transcript(self, first: int, count: int) -> dict[str, Any]:
        session = self.message.tape
        if session is None:
            return {"kind": "text", "title": "", "text": texts.LIVE_NO_SESSION}
        return ladder(session, first, count) | {"kind": "ladder", "title": named(session)}

    # One row in full

    def whole(self, tab: str, number: int) -> dict[str, Any]:
        if tab == "raw":
            return _octets(self.line(number), _text(self.line(number), MAX_OCTETS))
        if tab == "transcript" and self.message.tape is not None:
            lines = followed(self.message.tape).rungs[number].lines
            data = b"".join(line.data for line in lines)
            return _octets(data, _text(lines[0].data, MAX_OCTETS) if len(lines) == 1 else None)
        if tab == "headers":
            name, value = self.message.headers[number]
            return {"text": one_line(f"{name}: {value}", MAX_OCTETS)}
        if tab == "parts":
            return {"text": "  ".join(part_cells(number, self.message.parts[number]))}
        return {"text": one_line(defect_words(self.message.defects[number]), MAX_OCTETS)}


TABS = ("raw", "headers", "parts", "defects", "transcript")


class Model(Live):
    name: ClassVar[str] = "mailbox"
    words: ClassVar[dict[str, Any]] = texts.LIVE_MAILBOX

    def __init__(self, thing: Mailbox | Message) -> None:
        self._box = 1  # counts how often the mailbox was emptied: a number means another then
        self._opened: Opened | None = None
        self._lock = threading.RLock()  # a page may ask on another thread than the one that pushes
        super().__init__(thing)
        if isinstance(thing, Mailbox):
            self._pushing = Pushing(self._push)
            thing.subscribe(self._arrived, self._cleared)

    def first(self, thing: Mailbox | Message) -> dict[str, Any]:
        with self._lock:
            # First the one, then the other: were the mailbox emptied in between, the page would
            # take what was in it for something new.
            box = self._box
            messages = self._messages(thing)
            total = len(messages)
            rows = self._rows(messages, max(1, total - TOLD + 1), TOLD)
            newest = messages[-1] if messages else None
            told = newest is not None and len(newest.raw) <= SMALL
            return {
                "alone": isinstance(thing, Message),
                "box": box,
                "title": _title(thing, total),
                "total": total,
                "rows": rows,
                "newest": self._tell(thing, total, newest) if newest and told else None,
            }

    # What the page asks for. Messages are numbered from 1.

    def ask_now(self) -> dict[str, Any]:
        """All again: for a page that was loaded anew."""
        return self.first(self.thing)

    def ask_rows(self, box: int, first: int, count: int) -> Rows:
        self._check(box)
        return self._rows(self._messages(self.thing), max(1, first), min(count, MOST))

    def ask_message(self, box: int, number: int) -> dict[str, Any]:
        """What a mail program would show of a message."""
        with self._lock:
            return self._tell(self.thing, number, self._message(box, number))

    def ask_tab(self, box: int, number: int, tab: str, first: int, count: int) -> dict[str, Any]:
        """Some rows of a tab."""
        if tab not in TABS:
            raise ValueError(tab)
        with self._lock:
            opened = self._open(self._message(box, number))
            told: dict[str, Any] = getattr(opened, tab)(max(0, first), min(count, MOST))
            return told

    def ask_row(self, box: int, number: int, tab: str, row: int) -> dict[str, Any]:
        """One of them in full, and its octets in base64 where it has such."""
        with self._lock:
            return self._open(self._message(box, number)).whole(tab, max(0, row))

    def ask_octets(self, box: int, number: int, part: int, first: int) -> bytes:
        """A piece of the content of a part; none is left where it is empty."""
        content = self._message(box, number).parts[part].content
        return content[max(0, first) : max(0, first) + CHUNK]

    # What is said to it unasked: on the provider's thread, which goes on at once

    def _arrived(self, message: Message) -> None:
        self._pushing.wanted()

    def _cleared(self) -> None:
        self._box += 1
        self._pushing.wanted()

    def _push(self) -> None:
        thing = self.thing
        if thing is not None:
            self.push(**self.first(thing))

    # Messages

    @staticmethod
    def _messages(thing: Mailbox | Message | None) -> tuple[Message, ...]:
        return (thing,) if isinstance(thing, Message) else tuple(thing or ())

    def _check(self, box: int) -> None:
        if box != self._box:
            raise LookupError(texts.LIVE_EMPTIED)

    def _message(self, box: int, number: int) -> Message:
        self._check(box)
        messages = self._messages(self.thing)
        if not 1 <= number <= len(messages):
            raise LookupError(texts.LIVE_EMPTIED)
        return messages[number - 1]

    def _open(self, message: Message) -> Opened:
        if self._opened is None or self._opened._message() is not message:
            self._opened = Opened(message)
        return self._opened

    @staticmethod
    def _rows(messages: Sequence[Message], first: int, count: int) -> Rows:
        """Rows of the list from one number on, oldest first."""
        wanted = enumerate(messages[first - 1 : first - 1 + count], first)
        return [list(row_of(number, message)) for number, message in wanted]

    @staticmethod
    def _tell(thing: Mailbox | Message, number: int, message: Message) -> dict[str, Any]:
        title = texts.MESSAGE_TITLE.format(number=number, subject=subject_of(message))
        return told(message) | {"number": number, "title": title}


def told(message: Message) -> dict[str, Any]:
    """What a mail program would show of a message, and what there is to save: small."""
    html, plain = bodies(message)
    budget = Budget()
    said: dict[str, Any] = {
        "facts": facts_of(message),
        "frame": None,
        "notes": [],
        "text": visible(said_in(plain)) if plain is not None else None,
        "text_label": one_line(plain.content_type) if plain is not None else "",
        "nothing": None,
        "parts": texts.LIVE_TAB_PARTS.format(count=len(message.parts)),
        "defects": texts.LIVE_TAB_DEFECTS.format(count=len(message.defects)),
        "wrong": [one_line(defect, MAX_CELL) for defect in message.defects[:WRONG]],
    }
    shown: set[int] = set()
    if html is not None:
        sealed = seal(html.text or "", message.parts, message.subject, budget)
        shown = sealed.shown
        said["frame"] = {"page": sealed.document, "title": visible(sealed.title),
                         "height": sealed.height}  # fmt: skip
        said["notes"] = [visible(note) for note in sealed.notes or [texts.FRAME_NOTE]]
    elif plain is None:
        said["nothing"] = nothing_in(message)
    taken = shown | {n for n, part in enumerate(message.parts) if part is html or part is plain}
    return said | _files(message.parts, taken, budget)


def _files(parts: tuple[Part, ...], taken: set[int], budget: Budget) -> dict[str, Any]:
    """What is offered to save: names, kinds and sizes, no octets."""
    offered = [(number, part) for number, part in enumerate(parts) if number not in taken]
    files = []
    for number, part in offered[:MAX_PARTS]:
        about = described(part, number)
        drawn = part.content_type in PICTURES and len(part.content) <= MAX_FILE
        files.append({
            "part": number,
            "name": visible(about.name),
            "about": visible(about.about),
            "said": visible(about.said) if about.said else None,
            "size": len(part.content),
            # The kind that the page gives the picture is one of ours, never the mail's.
            "picture": part.content_type if drawn and budget.take(len(part.content)) else None,
        })  # fmt: skip
    more = len(offered) - MAX_PARTS
    return {"files": files, "more": texts.LIVE_FILES_MORE.format(count=more) if more > 0 else None}


def _title(thing: Mailbox | Message, total: int) -> str:
    if isinstance(thing, Message):
        return texts.MESSAGE_ALONE.format(subject=subject_of(thing))
    if not total:
        return texts.MAILBOX_EMPTY
    return texts.MAILBOX_TITLE.format(messages=counted(total, texts.MESSAGES))


def _listed(
    title: str,
    rows: Rows,
    first: int,
    total: int,
    columns: tuple[str, ...] = (),
    short: bool = False,
) -> dict[str, Any]:
    """Rows as the page wants them: a table when they are few, else a list that asks for more."""
    kind = "table" if short else "list"
    return {"kind": kind, "title": title, "first": first, "total": total, "rows": rows,
            "columns": list(columns)}  # fmt: skip


def _text(line: bytes, limit: int) -> str:
    said = line.removesuffix(b"\r\n").decode("utf-8", "backslashreplace")
    return one_line(said, limit)


def _octets(data: bytes, text: str | None) -> dict[str, Any]:
    return {"text": text, "size": size(len(data)), "cut": len(data) > MAX_OCTETS,
            "octets": b64encode(data[:MAX_OCTETS]).decode("ascii")}  # fmt: skip
