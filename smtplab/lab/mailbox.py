"""What arrived: the envelope, the octets as they were sent, and what a parser makes of them.

The parser is the standard library's. It is not bounded: a thousand nested multiparts end in
RecursionError, fifty thousand addresses in one field take half a minute. So nothing is parsed
before somebody asks, a message that is out of all measure is not parsed at all, and whatever
the parser raises becomes a defect: the message itself is always shown, raw.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import cast, overload

__all__ = ["Mailbox", "Message", "Part"]

# Measured on the parser of Python 3.11 to 3.13: below these it answers in well under a second.
MAX_DELIMITERS = 2_000
MAX_NESTING = 50
MAX_FIELD = 10_000  # octets of one header field that is still decoded


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
    in the transcript that brought it.
    """

    def __init__(self, sender: str, recipients: Sequence[str], raw: bytes, session: int) -> None:
        self.sender = sender
        self.recipients = tuple(recipients)
        self.raw = raw
        self.session = session

    @property
    def parts(self) -> tuple[Part, ...]:
        """The leaves of the message in order. A multipart in which none is found has none."""
        return self._parsed[0]

    @property
    def defects(self) -> tuple[str, ...]:
        """What is wrong with the message, as far as the parser can tell."""
        return self._parsed[1]

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The header fields, names and decoded values, each on one line."""
        return self._parsed[2]

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

    def _first(self, content_type: str) -> str | None:
        wanted = (p for p in self.parts if p.content_type == content_type and not p.filename)
        return next((part.text for part in wanted), None)

    @cached_property
    def _parsed(self) -> tuple[tuple[Part, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
        trouble = _out_of_measure(self.raw)
        if trouble:
            return (), (trouble,), _fields(self.raw)
        try:
            root = message_from_bytes(self.raw, policy=policy.default)
            walked = list(root.walk())
        except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
            return (), (_refusal(error),), _fields(self.raw)
        defects: list[str] = []
        parts = []
        for part in walked:
            defects.extend(_name(defect) for defect in part.defects)
            if part.is_multipart() or part.get_content_maintype() == "multipart":
                continue
            parts.append(_part(part, defects))
        return tuple(parts), tuple(dict.fromkeys(defects)), _decoded(root, defects)

    def __repr__(self) -> str:
        return (
            f"<Message from {self.sender} to {', '.join(self.recipients)}: "
            f"{len(self.raw):,} octets, {len(self.parts)} parts>"
        )


def _out_of_measure(raw: bytes) -> str:
    if raw.count(b"\n--") > MAX_DELIMITERS:
        return f"more than {MAX_DELIMITERS:,} lines begin with --: too many parts to take apart"
    if len(re.findall(rb"(?i)boundary\s*=", raw)) > MAX_NESTING:
        return f"more than {MAX_NESTING} boundaries: too deeply nested to take apart"
    return ""


def _refusal(error: BaseException) -> str:
    return f"Python's parser could not take this apart: {type(error).__name__}: {error}"


def _name(defect: object) -> str:
    """A defect of the parser as words: its class name, taken apart, or its own line."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(defect).__name__.removesuffix("Defect"))
    text = str(defect)
    return f"{words.lower()}: {text}" if text and text != type(defect).__name__ else words.lower()


def _part(part: EmailMessage, defects: list[str]) -> Part:
    def ask(what: str, question: object, default: object = None) -> object:
        try:
            return question()  # type: ignore[operator]
        except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
            defects.append(f"{what}: {_refusal(error)}")
            return default

    content_type = part.get_content_type()
    content = cast(bytes, ask("content", lambda: part.get_payload(decode=True), b"") or b"")
    charset = cast(str | None, ask("charset", part.get_content_charset))
    text = None
    if content_type.startswith("text/"):
        try:
            text = content.decode(charset or "ascii", errors="replace")
        except LookupError:
            defects.append(f"charset {charset!r} is not one that Python knows")
            text = content.decode("ascii", errors="replace")
    content_id = ask("Content-ID", lambda: part.get("Content-ID"))
    # The payload's own defects (bad base64, say) appear only once it has been decoded.
    defects.extend(_name(defect) for defect in part.defects)
    return Part(
        content_type=content_type,
        filename=cast(str | None, ask("file name", part.get_filename)),
        disposition=cast(str | None, ask("disposition", part.get_content_disposition)),
        content_id=str(content_id).strip().strip("<>") if content_id else None,
        charset=charset,
        content=content,
        text=text,
    )


def _decoded(root: EmailMessage, defects: list[str]) -> tuple[tuple[str, str], ...]:
    fields = []
    for name, raw_value in root.raw_items():
        value = str(raw_value)
        if len(value) <= MAX_FIELD:
            try:
                value = str(policy.default.header_fetch_parse(name, value))
            except (RecursionError, LookupError, ValueError, TypeError, AttributeError, IndexError):
                defects.append(f"the field {name} could not be decoded")
        fields.append((name, _one_line(value)))
    return tuple(fields)


def _fields(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The header fields of a message that is not parsed: unfolded, and nothing more."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", head)
    pairs = (line.partition(b":") for line in unfolded.splitlines())
    return tuple(
        (_one_line(name.decode("utf-8", "replace")), _one_line(value.decode("utf-8", "replace")))
        for name, colon, value in pairs
        if colon
    )


def _one_line(value: str) -> str:
    """A decoded field can hold line breaks of its own; a line of a list must not."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", value).strip()


class Mailbox(Sequence[Message]):
    """What the provider took, newest last. Safe to read from any thread."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._arrival = threading.Condition()

    def add(self, message: Message) -> None:
        """Put a message at the end; for the provider."""
        with self._arrival:
            self._messages.append(message)
            self._arrival.notify_all()

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
