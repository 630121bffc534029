"""The mailbox: a list, and each message as a mail program shows it, beside what it is made of."""

from collections.abc import Iterator

from ..lab import Mailbox, Message, Part
from ..mime import Body
from .files import attachments
from .frame import Budget, seal
from .html import (
    NONE,
    Html,
    el,
    field_value,
    file_name,
    fold,
    join,
    left_out,
    one_line,
    printout,
    size,
    table,
)
from .said import WORDS
from .view import Piece, View, apart, drawn, folded, head, items, named_all, para, together

__all__ = ["message_view", "row_of", "view"]

MAX_MESSAGES = 20
MAX_BODIES = 10  # texts of one message that are shown; the others can be saved
MAX_RAW = 20_000  # octets
MAX_TEXT = 20_000  # characters of a text part
MAX_HEADERS = 60
MAX_PARTS = 50
MAX_DEFECTS = 30
MAX_RECIPIENTS = 10


def view(mailbox: Mailbox) -> View:
    """The list, the newest message in full, and the others, which only a page has, folded."""
    # Only these: the parser runs when a message is looked at, and a mailbox can hold thousands.
    kept = tuple(mailbox)
    messages = list(enumerate(kept, 1))[: -MAX_MESSAGES - 1 : -1]
    if not messages:
        return View("mailbox", WORDS("mailbox.empty"), [])
    title = WORDS("mailbox.title", messages=WORDS("mailbox.message_count", count=len(kept)))
    pieces = [_list(title, [row_of(*one) for one in messages])]
    for words in left_out("mailbox.message_count", len(kept) - len(messages), "lab.mailbox"):
        pieces.append(para(words, "sm-muted"))
    budget = Budget()
    number, newest = messages[0]
    opened = head(_numbered(number, newest), level=4)
    pieces.append(_boxed(apart(opened), *_message(newest, budget)))
    pieces += [_folded(number, message, budget) for number, message in messages[1:]]
    return View("mailbox", title, pieces)


def _boxed(*pieces: Piece) -> Piece:
    inside = together(*pieces)
    return Piece(inside.lines, lambda: el("div", inside.draw(), class_="sm-message"))


def _folded(number: int, message: Message, budget: Budget) -> Piece:
    """One more, that nobody parses before the page asks."""
    name = _numbered(number, message)
    return drawn(lambda: _boxed(folded(name, *_message(message, budget))).draw())


def _numbered(number: int, message: Message) -> str:
    return WORDS("mailbox.numbered", number=number, subject=_subject(message))


def _list(title: str, rows: list[tuple[str, ...]]) -> Piece:
    """In a terminal two lines for each message."""
    names = _names()
    lines = []
    for number, subject, sender, to, octets in rows:
        lines.append(f"{number:>4}  {subject}")
        lines.append(f"      {names['From']} {sender}   {names['To']} {to}   {octets}")
    return Piece(lines, lambda: table(title, WORDS.get("mailbox.columns"), rows))


def message_view(message: Message) -> View:
    """One message by itself: who, what it says, what it is made of."""
    title = WORDS("mailbox.alone", subject=_subject(message))
    return View("message", title, [*_message(message, Budget())])


def row_of(number: int, message: Message) -> tuple[str, ...]:
    """A row of the list: it asks for the header alone."""
    return (
        str(number),
        _subject(message),
        _field(message, "From", 80),
        _field(message, "To", 80),
        size(len(message.raw)),
    )


def _subject(message: Message) -> str:
    """The subject on one line, or words that there is none."""
    return field_value("Subject", message.subject, 120) or WORDS("mailbox.no_subject")


def _field(message: Message, name: str, limit: int) -> str:
    """A header field, or a word that there is none."""
    for field, value in message.headers:
        if field.lower() == name.lower():
            return field_value(name, value, limit)
    return WORDS("mailbox.no_field", name=name)


def _facts(message: Message) -> list[tuple[str, str]]:
    """What stands over a message, with the envelope beside the header that may differ from it."""
    recipients = [one_line(r, 100) for r in message.recipients[:MAX_RECIPIENTS]]
    if len(message.recipients) > MAX_RECIPIENTS:
        recipients.append(WORDS("mailbox.and_more", count=len(message.recipients) - MAX_RECIPIENTS))
    envelope = WORDS(
        "mailbox.envelope_value",
        sender=one_line(message.sender or "", 100) or "<>",
        recipients=", ".join(recipients),
        session=message.session,
    )
    if not (message.session or message.recipients):
        envelope = WORDS("mailbox.envelope_none")
    named = [(label, _field(message, name, 300)) for name, label in _names().items()]
    return [*named, (WORDS("mailbox.envelope"), envelope)]


def _names() -> dict[str, str]:
    """Header fields that stand over a message, and what they are called there."""
    return {name: WORDS(f"mailbox.{name.lower()}") for name in ("From", "To", "Date")}


def _message(message: Message, budget: Budget) -> Iterator[Piece]:
    yield named_all(_facts(message))
    # A terminal draws no page; what it is made of can be read all the same.
    bodies = [body.form("text/plain") or body.part for body in _bodies(message)[:MAX_BODIES]]
    said = "\n\n".join(map(_said_in, bodies)) or _nothing_in(message)
    yield Piece(["", said, ""], lambda: join(_shown(message, budget)))
    yield from _made_of(message)


def _bodies(message: Message) -> tuple[Body, ...]:
    """What a mail program shows: of several texts those that are not empty."""
    bodies = message.letter.bodies
    return tuple(b for b in bodies if any((p.text or "").strip() for p in b.forms)) or bodies[:1]


def _shown(message: Message, budget: Budget) -> Iterator[Html | None]:
    """What a mail program shows, and what it saves."""
    forms = [(part, at > 0) for body in _bodies(message) for at, part in enumerate(body.forms)]
    unread = {part for part, _ in forms[MAX_BODIES:]}
    texts = {part for body in message.letter.bodies for part in body.forms} - unread
    taken = {n for n, part in enumerate(message.parts) if part in texts}
    for part, same in forms[:MAX_BODIES]:
        text = _text(message, part, budget, taken)
        kind = "html" if part.content_type == "text/html" else "text"
        if same:
            yield fold(WORDS(f"mailbox.as_{kind}"), *text)
        else:
            yield from text
    if not forms:
        yield el("p", _nothing_in(message), class_="sm-sentence")
    if unread:
        yield el("p", WORDS("mailbox.more_texts", count=len(unread)), class_="sm-muted")
    yield attachments(message.parts, taken, budget)


def _text(message: Message, part: Part, budget: Budget, taken: set[int]) -> Iterator[Html]:
    """One text: HTML in a sealed frame, with what there is to say about it."""
    if part.content_type != "text/html":
        yield printout(_said_in(part), part.content_type)
        return
    sealed = seal(part.text or "", message.parts, message.subject, budget)
    taken |= sealed.shown
    yield sealed.frame
    for note in sealed.notes or [WORDS("mailbox.frame_note")]:
        yield el("p", note, class_="sm-muted sm-small")


def _made_of(message: Message) -> Iterator[Piece]:
    """Raw, header, parts and defects."""
    raw = WORDS("mailbox.raw", size=size(len(message.raw)))
    yield drawn(lambda: fold(raw, printout(_raw_text(message.raw), raw)))
    fields = [(one_line(name, 80), el("code", field_value(name, value, 1_000)))
              for name, value in message.headers[:MAX_HEADERS]]  # fmt: skip
    header = WORDS("mailbox.header_count", count=len(message.headers))
    more = left_out("mime.field_count", len(message.headers) - MAX_HEADERS, "message.headers")
    heads = WORDS.get("mailbox.header_columns")
    yield drawn(lambda: fold(header, table(header, heads, fields), *more))
    yield _parts(message)
    yield _defects(message)


def _parts(message: Message) -> Piece:
    title = WORDS("mailbox.parts", count=len(message.parts))
    rows = []
    for number, part in enumerate(message.parts[:MAX_PARTS]):
        name = file_name(part.filename, 100) if part.filename else NONE
        said = (part.disposition, part.content_id, part.charset)
        others = (one_line(value, 100) if value else NONE for value in said)
        cells = (one_line(part.content_type, 100), name, *others)
        rows.append((str(number), *cells, size(len(part.content))))
    more = left_out("mailbox.part_count", len(message.parts) - MAX_PARTS, "message.parts")
    lines = ["  " + "  ".join(cell for cell in row if cell != NONE) for row in rows]
    heads = WORDS.get("mailbox.part_columns")
    return folded(title, Piece(lines, lambda: join([table(title, heads, rows), *more])))


def _defects(message: Message) -> Piece:
    count = len(message.defects)
    if not count:
        return para(WORDS("mailbox.no_defects"), "sm-muted")
    found = [one_line(defect, 300) for defect in message.defects[:MAX_DEFECTS]]
    found += left_out("mailbox.defect_count", count - MAX_DEFECTS, "message.defects")
    return folded(WORDS("mailbox.defects", count=count), items(found), is_open=True)


def _said_in(part: Part) -> str:
    """The text of a part, or a word that there is none."""
    said = part.text or ""
    if not said.strip():
        return WORDS("mailbox.empty_text")
    shown = said[:MAX_TEXT].replace("\r\n", "\n").rstrip()
    if len(said) > MAX_TEXT:
        shown += "\n" + WORDS("mailbox.cut", size=size(len(part.content)), where="part.text")
    return shown


def _nothing_in(message: Message) -> str:
    """Why there is nothing that a mail program would show."""
    return WORDS("mailbox.no_text") if message.parts else WORDS("mailbox.no_parts")


def _raw_text(raw: bytes) -> str:
    """The octets for reading: lines end where CRLF stood; a lone CR or LF is shown."""
    shown = raw[:MAX_RAW].decode("utf-8", "backslashreplace")
    lines = [line.replace("\r", r"\r").replace("\n", r"\n") for line in shown.split("\r\n")]
    if len(raw) > MAX_RAW:
        lines.append(WORDS("mailbox.cut", size=size(len(raw)), where="message.raw"))
    return "\n".join(lines)
