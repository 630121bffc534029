"""What arrived: the envelope, the octets as they were sent, and what a parser makes of them.

The parser is the standard library's. It is not bounded: a thousand nested multiparts end in
RecursionError, fifty thousand addresses in one field take half a minute. So nothing is parsed
before somebody asks, a message that is out of all measure is not taken apart at all, long fields
of its header are shown as they came, and whatever the parser raises becomes a defect: the message
itself is always shown, raw. Its header is read by itself: a list of messages asks for no more,
and costs the same whatever hangs below.
"""

import codecs
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, TypeVar, cast, overload

from .defects import Defect, defect, found_by_parser, whole
from .transcript import Session

if TYPE_CHECKING:
    from .exploration import Exploration

__all__ = ["Mailbox", "Message", "Part", "codec"]

# Measured on the parser of Python 3.11 to 3.13: below these it answers in about a second.
MAX_DELIMITERS = 2_000
MAX_NESTING = 50
MAX_LOOKS = 10_000_000  # each line is held against each boundary
MAX_MIME_FIELDS = 100_000  # octets of all Content-... fields together
MAX_MIME_FIELD = 20_000  # octets of one of them: the time goes with the square of its length
MAX_HEADER = 100_000  # lines of the header
MAX_FIELDS = 10_000  # fields that are shown of a header that is not parsed
MAX_FIELD = 5_000  # characters of one header field that is still decoded
MAX_DECODED = 30_000  # characters of all header fields that are still decoded

# What the parser takes a message apart by. To it a bare CR ends a line, as LF does.
DELIMITER = re.compile(rb"[\r\n]--")
HEAD_END = re.compile(rb"\r?\n\r?\n")
BOUNDARY = re.compile(rb"(?i)boundary[*0-9]*\s*=")  # RFC 2231: boundary*0=, boundary*=
MIME_FIELD = re.compile(
    rb"(?i)(?:^|(?<=[\r\n]))content-[a-z-]+:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*"
)

# Python has these among its encodings, but no text is in them: some cannot replace what they
# cannot decode, some warn, one is slow.
NO_CHARSETS = ("idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Part:
    """One body part: a leaf of the tree, decoded.

    `content` is the octets after the transfer encoding is undone, `text` the same as str for
    text parts. `filename` is as the message says it: no file system should trust it.
    """

    content_type: str
    filename: str | None
    disposition: str | None
    content_id: str | None
    charset: str | None
    content: bytes
    text: str | None


class Message:
    """One message as the provider took it.

    `sender` and `recipients` are the envelope's; `raw` is the octets as sent, with CRLF and
    with the dots undone (RFC 5321, section 4.5.2); `session` is the number of the session
    in the transcript that brought it, and `tape` is that session, where it is known. What
    `lab.read` was given came in no session, 0, and has no envelope: no sender and no recipients.
    """

    def __init__(
        self,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        session: int,
        tape: Session | None = None,
    ) -> None:
        self.sender = sender
        self.recipients = tuple(recipients)
        self.raw = raw
        self.session = session
        self.tape = tape
        self._explorations: dict[int, Exploration] = {}  # each holds on to its other message

    @property
    def parts(self) -> tuple[Part, ...]:
        """The leaves of the message in order. A multipart in which none is found has none."""
        return self._parsed[0]

    @property
    def defects(self) -> tuple[Defect, ...]:
        """What is wrong with the message, as far as the parser can tell."""
        return self._parsed[1]

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields, names and decoded values, each on one line."""
        return self._header[0]

    @property
    def subject(self) -> str:
        """The value of the first Subject field, or ""."""
        return next((value for name, value in self.headers if name.lower() == "subject"), "")

    @property
    def html(self) -> str | None:
        """The text of the first HTML part, or None."""
        return self._first("text/html")

    @property
    def text(self) -> str | None:
        """The text of the first plain part, or None."""
        return self._first("text/plain")

    def explore(self, other: "Message | None" = None) -> "Exploration":
        """The tree of the message beside its octets; with another message, where the two differ.

        It is the same object each time, for as long as the message is there.
        """
        from .exploration import Exploration

        if other is not None and not isinstance(other, Message):
            raise TypeError(
                f"other is a Message, such as lab.mailbox[-1] or lab.read(octets), not {other!r}"
            )
        kept = self._explorations.get(id(other))
        if kept is None:
            kept = self._explorations[id(other)] = Exploration(self, other)
        return kept

    def _first(self, content_type: str) -> str | None:
        wanted = (p for p in self.parts if p.content_type == content_type and not p.filename)
        return next((part.text for part in wanted), None)

    @cached_property
    def _header(self) -> tuple[tuple[tuple[str, str], ...], tuple[Defect, ...]]:
        """The fields, and what went wrong when they were decoded."""
        head = _head(self.raw)
        if head.count(b"\n") > MAX_HEADER:
            return _fields(self.raw), ()
        defects: list[Defect] = []
        try:
            # This parser, too, asks for the Content-Type, and fifty thousand parameters take five
            # seconds: it gets every field as it came, and what is short is decoded afterwards.
            undecoded = policy.default.clone(header_factory=lambda name, value: value)
            root = BytesHeaderParser(policy=undecoded).parsebytes(head)
            return _decoded(root, defects), tuple(defects)
        except Exception:  # what it raises is not documented; `_parsed` meets it too, and tells
            return _fields(self.raw), ()

    @cached_property
    def _parsed(self) -> tuple[tuple[Part, ...], tuple[Defect, ...]]:
        trouble = _out_of_measure(self.raw)
        if trouble:
            return (), (trouble,)
        try:
            root = message_from_bytes(self.raw, policy=_policy())
            walked = list(root.walk())
        except Exception as error:  # as above
            return (), (defect("refused", error=_said(error)),)
        defects: list[Defect] = []
        parts = []
        for part in walked:
            defects.extend(map(found_by_parser, part.defects))
            content_type = _ask(
                defects, "refused-mime", part.get_content_type, "text/plain", "Content-Type"
            )
            if not part.is_multipart() and not content_type.startswith("multipart/"):
                parts.append(_part(part, content_type, defects))
        defects.extend(self._header[1])
        return tuple(parts), tuple(dict.fromkeys(defects))

    def __repr__(self) -> str:
        return (
            f"<Message from {self.sender} to {', '.join(self.recipients)}: "
            f"{len(self.raw):,} octets, {len(self.parts)} parts>"
        )


def _policy() -> "policy.EmailPolicy[EmailMessage]":
    # The parser parses a field again each time it is asked for it; once is enough.
    return policy.default.clone(header_factory=cache(policy.default.header_factory))


def _out_of_measure(raw: bytes) -> Defect | None:
    if sum(1 for _ in DELIMITER.finditer(raw)) > MAX_DELIMITERS:
        return defect("delimiters", limit=MAX_DELIMITERS)
    boundaries = sum(1 for _ in BOUNDARY.finditer(raw))
    if boundaries > MAX_NESTING:
        return defect("boundaries", limit=MAX_NESTING)
    if max(raw.count(b"\n"), raw.count(b"\r")) * (1 + boundaries) > MAX_LOOKS:
        return defect("lines")
    if raw.count(b"\n", 0, len(_head(raw))) > MAX_HEADER:
        return defect("header", limit=MAX_HEADER)
    sizes = [len(field[0]) for field in MIME_FIELD.finditer(raw)]
    if max(sizes, default=0) > MAX_MIME_FIELD:
        return defect("mime-field", limit=MAX_MIME_FIELD)
    if sum(sizes) > MAX_MIME_FIELDS:
        return defect("mime-fields", limit=MAX_MIME_FIELDS)
    return None


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _ask(
    defects: list[Defect],
    kind: str,
    question: Callable[[], Answer],
    default: Answer,
    field: str = "",
) -> Answer:
    """Ask the parser; what it raises becomes a defect, and the default the answer."""
    try:
        return question()
    except Exception as error:  # as above: it may be anything
        defects.append(defect(kind, field=field, error=_said(error)))
        return default


def _part(part: EmailMessage, content_type: str, defects: list[Defect]) -> Part:
    payload = _ask(
        defects, "refused-content", lambda: cast(bytes, part.get_payload(decode=True)), b""
    )
    content = payload or b""
    charset = _ask(defects, "refused-charset", part.get_content_charset, None)
    disposition = _ask(
        defects, "refused-mime", part.get_content_disposition, None, "Content-Disposition"
    )
    filename = _ask(defects, "refused-file-name", part.get_filename, None)
    content_id = _ask(defects, "refused-mime", lambda: part.get("Content-ID"), None, "Content-ID")
    text = None
    if content_type.startswith("text/"):
        known = codec(charset or "ascii")
        if known is None:
            defects.append(defect("charset-unknown", charset=charset))
        text = whole(content.decode(known or "ascii", errors="replace"))
    # The payload's own defects (bad base64, say) appear only once it has been decoded.
    defects.extend(map(found_by_parser, part.defects))
    return Part(
        content_type=whole(content_type),
        filename=whole(filename) if filename is not None else None,
        disposition=whole(disposition) if disposition is not None else None,
        content_id=whole(str(content_id)).strip().strip("<>") if content_id else None,
        charset=whole(charset) if charset is not None else None,
        content=content,
        text=text,
    )


def codec(charset: str) -> str | None:
    """The codec of a charset, or None when there is none that turns octets into text."""
    try:
        name = codecs.lookup(charset).name.replace("-", "_")
        b"x".decode(charset, errors="replace")  # base64 and its like are codecs, but not of text
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return None
    return None if name in NO_CHARSETS else charset


def _decoded(root: EmailMessage, defects: list[Defect]) -> tuple[tuple[str, str], ...]:
    once = _policy()

    def decode(name: str, value: str) -> str:
        return str(once.header_fetch_parse(name, value))

    fields = []
    left = MAX_DECODED
    for name, raw_value in root.raw_items():
        value = str(raw_value)
        if len(value) <= min(MAX_FIELD, left):
            left -= len(name) + len(value)
            value = _ask(defects, "refused-field", partial(decode, name, value), value, name)
        fields.append((_one_line(name), _one_line(value)))
    return tuple(fields)


def _head(raw: bytes) -> bytes:
    end = HEAD_END.search(raw)
    return raw[: end.start()] if end else raw


def _fields(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The header fields of a message that is not parsed: unfolded, and nothing more."""
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", _head(raw))
    pairs = (line.partition(b":") for line in unfolded.splitlines()[:MAX_FIELDS])
    return tuple(
        (_one_line(name.decode("utf-8", "replace")), _one_line(value.decode("utf-8", "replace")))
        for name, colon, value in pairs
        if colon
    )


def _one_line(value: str) -> str:
    """A decoded field can hold line breaks of its own; a line of a list must not."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", whole(value)).strip()


class Mailbox(Sequence[Message]):
    """What the provider took, newest last. Safe to read from any thread."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._arrival = threading.Condition()
        self._listeners: list[Callable[[Message], None]] = []
        self._at_clear: list[Callable[[], None]] = []

    def add(self, message: Message) -> None:
        """Put a message at the end; for the provider."""
        with self._arrival:
            self._messages.append(message)
            self._arrival.notify_all()
            listeners = tuple(self._listeners)
        for listener in listeners:
            # What a view gets wrong must not cost a client its 250.
            with suppress(Exception):
                listener(message)

    def wait(self, timeout: float = 5.0, count: int = 1) -> Message:
        """Return the newest message as soon as there are `count`.

        Raise TimeoutError when that takes more than `timeout` seconds.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self._messages) >= count, timeout):
                raise TimeoutError(
                    f"{len(self._messages)} of {count} messages arrived within {timeout:g} s: "
                    "look at the transcript to see how far the sender came"
                )
            return self._messages[-1]

    def clear(self) -> None:
        """Throw away what has arrived until now."""
        with self._arrival:
            self._messages.clear()
            listeners = tuple(self._at_clear)
        for listener in listeners:
            with suppress(Exception):
                listener()

    def subscribe(
        self,
        listener: Callable[[Message], None],
        cleared: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Call `listener` with each message from now on, on the thread that adds it.

        `cleared` is called when the mailbox has been emptied. What they raise is ignored. Return
        a function that ends this; calling it twice does no harm.
        """
        with self._arrival:
            self._listeners.append(listener)
            if cleared is not None:
                self._at_clear.append(cleared)

        def unsubscribe() -> None:
            with self._arrival:
                if listener in self._listeners:
                    self._listeners.remove(listener)
                if cleared in self._at_clear:
                    self._at_clear.remove(cleared)

        return unsubscribe

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._messages))

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Message, ...]: ...
    def __getitem__(self, index: int | slice) -> Message | tuple[Message, ...]:
        return tuple(self._messages)[index]

    def __repr__(self) -> str:
        return f"<Mailbox: {len(self)} messages>"
