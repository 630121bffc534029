"""The mailbox: a list, and each message as a mail program shows it, beside what it is made of."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..catalogue import counted
from . import texts
from .files import attachments, is_body
from .frame import Budget, frame
from .html import (
    Html,
    el,
    facts,
    fold,
    heading,
    one_line,
    page,
    printout,
    size,
    table,
    visible,
)

if TYPE_CHECKING:
    from ..lab import Defect, Mailbox, Message, Part

__all__ = [
    "MAX_HEADERS",
    "MAX_PARTS",
    "MAX_RAW",
    "bodies",
    "defect_words",
    "defects_title",
    "facts_of",
    "html",
    "message_html",
    "message_text",
    "nothing_in",
    "part_cells",
    "raw_text",
    "row_of",
    "said_in",
    "subject_of",
    "text",
]

MAX_MESSAGES = 20
MAX_RAW = 20_000  # octets
MAX_TEXT = 20_000  # characters of a text part
MAX_HEADERS = 60
MAX_PARTS = 50
MAX_DEFECTS = 30
MAX_RECIPIENTS = 10


def html(mailbox: "Mailbox") -> str:
    """The list, the newest message in full, and the others folded."""
    messages = _newest_first(mailbox)
    if not messages:
        return page("mailbox", texts.MAILBOX_EMPTY, el("p", texts.MAILBOX_EMPTY))
    title = texts.MAILBOX_TITLE.format(messages=counted(messages[0][0], texts.MESSAGES))
    listed = table(title, texts.MAILBOX_COLUMNS, (row_of(n, m) for n, m in messages))
    budget = Budget()
    drawn: list[Html] = []
    for number, message in messages:
        if not drawn:
            opened = texts.MESSAGE_TITLE.format(number=number, subject=subject_of(message))
            shown = (heading(opened, level=4), *_message(message, budget))
            drawn.append(el("div", *shown, class_="sm-message"))
        else:
            name = texts.MAILBOX_OTHER.format(number=number, subject=subject_of(message))
            drawn.append(el("div", fold(name, *_message(message, budget)), class_="sm-message"))
    return page("mailbox", title, heading(title), listed, _older(messages), *drawn)


def text(mailbox: "Mailbox") -> str:
    """The list, and the newest message."""
    messages = _newest_first(mailbox)
    if not messages:
        return texts.MAILBOX_EMPTY
    lines = [texts.MAILBOX_TITLE.format(messages=counted(messages[0][0], texts.MESSAGES))]
    for number, message in messages:
        _, subject, sender, to, octets = row_of(number, message)
        lines.append(f"{number:4}  {subject}")
        lines.append(f"      {texts.FROM} {sender}   {texts.TO} {to}   {octets}")
    older = messages[-1][0] - 1
    if older:
        lines.append("      " + counted(older, texts.MAILBOX_OLDER))
    return "\n".join([*lines, "", message_text(messages[0][1])])


def message_html(message: "Message") -> str:
    """One message by itself."""
    title = texts.MESSAGE_ALONE.format(subject=subject_of(message))
    return page("message", title, heading(title), *_message(message, Budget()))


def message_text(message: "Message") -> str:
    """One message in a terminal: who, what it says, what it is made of."""
    fields = [texts.NAMED.format(name=name, value=value) for name, value in facts_of(message)]
    _, body = bodies(message)
    if body is None and message.html is not None:
        # A terminal draws no page; what it is made of can be read all the same.
        body = next((p for p in message.parts if p.text == message.html), None)
    said = visible(said_in(body)) if body else nothing_in(message)
    lines = [texts.MESSAGE_ALONE.format(subject=subject_of(message)), *fields, "", said, ""]
    lines.append(texts.PARTS.format(count=len(message.parts)))
    for row in _part_rows(message.parts[:MAX_PARTS]):
        lines.append("  " + "  ".join(cell for cell in row if cell != texts.NONE))
    lines += [defects_title(message), *(f"  {defect}" for defect in _defects(message))]
    return "\n".join(lines)


def _newest_first(mailbox: "Mailbox") -> list[tuple[int, "Message"]]:
    """The messages that are drawn, each with its number from 1."""
    # Only these: the parser runs when a message is looked at, and a mailbox can hold thousands.
    kept = tuple(mailbox)
    return list(enumerate(kept, 1))[: -MAX_MESSAGES - 1 : -1]


def _older(messages: list[tuple[int, "Message"]]) -> Html | None:
    older = messages[-1][0] - 1
    if not older:
        return None
    return el("p", counted(older, texts.MAILBOX_OLDER), class_="sm-muted")


def row_of(number: int, message: "Message") -> tuple[str, ...]:
    """A row of the list: it asks for the header alone."""
    return (
        str(number),
        subject_of(message),
        _field(message, "From", 80),
        _field(message, "To", 80),
        size(len(message.raw)),
    )


def subject_of(message: "Message") -> str:
    """The subject on one line, or words that there is none."""
    return one_line(message.subject, 120) or texts.NO_SUBJECT


def _field(message: "Message", name: str, limit: int) -> str:
    """A header field, or a word that there is none."""
    for field, value in message.headers:
        if field.lower() == name.lower():
            return one_line(value, limit)
    return texts.NO_FIELD.format(name=name)


def facts_of(message: "Message") -> list[tuple[str, str]]:
    """What stands over a message, with the envelope beside the header that may differ from it."""
    recipients = [one_line(r, 100) for r in message.recipients[:MAX_RECIPIENTS]]
    if len(message.recipients) > MAX_RECIPIENTS:
        recipients.append(texts.AND_MORE.format(count=len(message.recipients) - MAX_RECIPIENTS))
    envelope = texts.ENVELOPE_VALUE.format(
        sender=one_line(message.sender or "", 100) or texts.NULL_SENDER,
        recipients=", ".join(recipients),
        session=message.session,
    )
    if not (message.session or message.recipients):
        envelope = texts.ENVELOPE_NONE
    names = {"From": texts.FROM, "To": texts.TO, "Date": texts.DATE}
    named = [(label, _field(message, name, 300)) for name, label in names.items()]
    return [*named, (texts.ENVELOPE, envelope)]


def _message(message: "Message", budget: Budget) -> Iterator[Html]:
    yield facts(facts_of(message))
    shown: set[int] = set()
    body, plain = bodies(message)
    if body is not None:
        element, notes, shown = frame(body.text or "", message.parts, message.subject, budget)
        yield element
        for note in notes or [texts.FRAME_NOTE]:
            yield el("p", note, class_="sm-muted sm-small")
        if plain is not None:
            yield fold(texts.AS_TEXT, _text_part(plain))
    elif plain is not None:
        yield _text_part(plain)
    else:
        yield el("p", nothing_in(message), class_="sm-sentence")
    taken = shown | {n for n, part in enumerate(message.parts) if part is body or part is plain}
    files = attachments(message.parts[:MAX_PARTS], taken, budget)
    if files is not None:
        yield files
    yield from _made_of(message)


def _made_of(message: "Message") -> Iterator[Html]:
    """Raw, header, parts and defects."""
    title = texts.RAW.format(size=size(len(message.raw)))
    yield fold(title, printout(raw_text(message.raw), title))
    fields = [(one_line(n, 80), one_line(v, 1_000)) for n, v in message.headers[:MAX_HEADERS]]
    title = counted(len(message.headers), texts.HEADERS)
    more = len(message.headers) - MAX_HEADERS
    yield fold(
        title,
        table(title, texts.HEADER_COLUMNS, fields),
        counted(more, texts.HEADERS_MORE) if more > 0 else None,
    )
    title = texts.PARTS.format(count=len(message.parts))
    more = len(message.parts) - MAX_PARTS
    yield fold(
        title,
        table(title, texts.PART_COLUMNS, _part_rows(message.parts[:MAX_PARTS])),
        counted(more, texts.PARTS_MORE) if more > 0 else None,
    )
    found = _defects(message)
    if not found:
        yield el("p", defects_title(message), class_="sm-muted")
    else:
        listed = el("ul", *(el("li", defect) for defect in found))
        yield fold(defects_title(message), listed, is_open=True)


def part_cells(number: int, part: "Part") -> tuple[str, ...]:
    """A row of the table of parts; `number` counts from 0, as in message.parts."""
    said = (part.content_type, part.filename, part.disposition, part.content_id, part.charset)
    cells = (one_line(value, 100) if value else texts.NONE for value in said)
    return (str(number), *cells, size(len(part.content)))


def _part_rows(parts: tuple["Part", ...]) -> Iterator[tuple[str, ...]]:
    return (part_cells(number, part) for number, part in enumerate(parts))


def defect_words(defect: "Defect") -> str:
    """A defect in the reader's language."""
    values = defect.values
    if name := values.get("name"):
        values = values | {"name": texts.DEFECT_NAMES.get(name, name)}
    return texts.DEFECT_KINDS[defect.kind].format(**values)


def _defects(message: "Message") -> list[str]:
    found = [one_line(defect_words(defect), 300) for defect in message.defects[:MAX_DEFECTS]]
    if len(message.defects) > MAX_DEFECTS:
        found.append(texts.DEFECTS_MORE.format(count=len(message.defects) - MAX_DEFECTS))
    return found


def defects_title(message: "Message") -> str:
    """How many defects were found."""
    count = len(message.defects)
    return texts.DEFECTS.format(count=count) if count else texts.DEFECTS_NONE


def bodies(message: "Message") -> tuple["Part | None", "Part | None"]:
    """The HTML part and the plain part that a mail program would show, where there are such."""
    html, plain = (
        next((part for part in message.parts if is_body(part, kind)), None)
        for kind in ("text/html", "text/plain")
    )
    return html, plain


def _text_part(part: "Part") -> Html:
    return printout(said_in(part), part.content_type)


def said_in(part: "Part") -> str:
    """The text of a part, or a word that there is none."""
    said = part.text or ""
    if not said.strip():
        return texts.EMPTY_TEXT
    shown = said[:MAX_TEXT].replace("\r\n", "\n").rstrip()
    if len(said) > MAX_TEXT:
        shown += "\n" + texts.TEXT_CUT.format(size=size(len(part.content)))
    return shown


def nothing_in(message: "Message") -> str:
    """Why there is nothing that a mail program would show."""
    return texts.NO_TEXT if message.parts else texts.NO_PARTS


def raw_text(raw: bytes) -> str:
    """The octets for reading: lines end where CRLF stood; a lone CR or LF is shown."""
    shown = raw[:MAX_RAW].decode("utf-8", "backslashreplace")
    lines = (line.replace("\r", r"\r").replace("\n", r"\n") for line in shown.split("\r\n"))
    if len(raw) > MAX_RAW:
        return "\n".join([*lines, texts.RAW_CUT.format(size=size(len(raw)))])
    return "\n".join(lines)
