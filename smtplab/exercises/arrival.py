"""Whether a mail arrived exactly: envelope, octets, header fields, and each part by its octets.

Two parsers take the message apart, the standard library's of today and its older one, which
errs elsewhere. What either of them finds to be right is right. The octets on the wire, and the
header's own fields, are read by rules of our own.
"""

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message as Parsed
from email.utils import getaddresses
from typing import cast
from urllib.parse import unquote

from ..catalogue import counted, plural, say
from ..lab import Message
from . import strict
from .scenarios import Mail

__all__ = ["difference"]

ONCE = ("From", "To", "Subject", "Date")  # RFC 5322, section 3.6, of a mail such as ours


@dataclass(frozen=True)
class Leaf:
    """One body part, decoded: what two parsers must agree on."""

    kind: str
    filename: str | None
    disposition: str | None
    content_id: str | None
    charset: str
    content: bytes

    @property
    def text(self) -> str:
        """Its text with LF as line end. The last line end is no part of it, RFC 2046, 5.1.1."""
        try:
            text = self.content.decode(self.charset, errors="replace")
        except LookupError:
            text = self.content.decode("ascii", errors="replace")
        return _lines(text)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").removesuffix("\n")


def difference(mail: Mail, message: Message, recipients: list[str], options: str) -> str:
    """What is not as it should be, as the end of a sentence, or "" when all is well.

    recipients are those that the server has taken, options the parameters of MAIL.
    """
    if message.sender != mail.sender:
        # Translators: this clause, and all that follow here, end "The mail arrived, but ...".
        return say("the envelope says it is from {sender}", sender=message.sender)
    if sorted(message.recipients) != sorted(recipients):
        return say(
            "the envelope says it is to {recipients}", recipients=", ".join(message.recipients)
        )
    trouble = _octets(message.raw, options) or _header(mail, message)
    if trouble:
        return trouble
    trouble = _parts(mail, _today(message))
    return trouble if trouble and _parts(mail, _before(message)) else ""


def _octets(raw: bytes, options: str) -> str:
    head, _, body = strict.apart(raw)
    try:
        strict.lines(raw, "the mail")
        strict.unfolded(head, "the mail")
    except strict.Broken as broken:  # its reason counts, and its sentence is not shown
        match broken.reason:
            case "bare-line-end":
                return say(
                    "a CR or an LF stands alone in it: a line ends in CRLF, RFC 5321, section 2.3.8"
                )
            case "line-too-long":
                forms = plural(
                    "one of its lines has {count} octet: 998 are allowed, RFC 5322, section 2.1.1",
                    "one of its lines has {count} octets: 998 are allowed, RFC 5322, section 2.1.1",
                )
                return counted(len(broken.octets), forms)
        return say("a line of its header is none: {line}", line=strict.shown(broken.octets, 40))
    if not head.isascii() and "SMTPUTF8" not in options:
        return say("its header has octets over 127, which wants SMTPUTF8, RFC 6531")
    if not body.isascii() and "BODY=8BITMIME" not in options:
        return say("its body has octets over 127, and MAIL did not say BODY=8BITMIME, RFC 6152")
    return ""


def _header(mail: Mail, message: Message) -> str:
    """Read the header by its lines: each field that is due stands once, and says what it should."""
    fields: dict[str, list[str]] = {}
    for name, value in strict.unfolded(strict.apart(message.raw)[0], "the mail"):
        fields.setdefault(name.title(), []).append(value.decode("utf-8", "replace").strip())
    for name in ONCE:
        count = len(fields.get(name, []))
        if count != 1:
            forms = plural(
                "its header has 1 field called {field}",
                "its header has {count} fields called {field}",
            )
            return counted(count, forms, field=name)
    if "Bcc" in fields:
        return say("its header has a field called Bcc, and every recipient reads that")
    subject = str(make_header(decode_header(fields["Subject"][0])))
    if mail.subject not in (subject, message.subject):
        return say("its subject is {subject!r}", subject=message.subject)
    for name, expected in (("From", [mail.sender]), ("To", sorted(mail.recipients))):
        if sorted(address for _, address in getaddresses(fields[name])) != expected:
            # Translators: {field} is From or To.
            return say("its {field} is {value!r}", field=name, value=fields[name][0])
    return ""


def _today(message: Message) -> list[Leaf]:
    return [
        Leaf(part.content_type, part.filename, part.disposition, part.content_id,
             part.charset or "ascii", part.content)
        for part in message.parts
    ]  # fmt: skip


def _before(message: Message) -> list[Leaf]:
    def leaf(part: Parsed) -> Leaf:
        content_id = part.get("Content-ID")
        return Leaf(
            part.get_content_type(),
            part.get_filename(),
            part.get_content_disposition(),
            str(content_id).strip().strip("<>") if content_id else None,
            str(part.get_content_charset("ascii")),
            cast(bytes, part.get_payload(decode=True)) or b"",
        )

    root = message_from_bytes(message.raw, policy=policy.compat32)
    return [leaf(part) for part in root.walk() if not part.is_multipart()]


def _parts(mail: Mail, leaves: list[Leaf]) -> str:
    """The first part that is not as it was given, as the end of a sentence, or ""."""
    texts = 1 if mail.html is None else 2
    due = texts + len(mail.inline) + len(mail.attachments)
    if not leaves:
        return say("no part is found in it")
    plain, files = leaves[0], leaves[texts:]
    if plain.kind != "text/plain":
        return say("its first part is {kind}, and not the text", kind=plain.kind)
    if plain.text != _lines(mail.text):
        return say("its text is {text!r}", text=_clip(plain.text))
    if mail.html is not None and (len(leaves) < 2 or leaves[1].kind != "text/html"):
        return say("its second part is not the HTML")
    if len(leaves) != due:
        forms = plural("it has 1 part and not {due}", "it has {count} parts and not {due}")
        return counted(len(leaves), forms, due=due)
    for leaf, (name, data) in zip(files, (*mail.inline, *mail.attachments), strict=True):
        if leaf.filename != name:
            return say("the file {name} is called {got}", name=name, got=leaf.filename)
        if _digest(leaf.content) != _digest(data):
            return _other_octets(name, leaf.content, data)
    pictures, attached = files[: len(mail.inline)], files[len(mail.inline) :]
    for leaf, (name, _) in zip(attached, mail.attachments, strict=True):
        if leaf.disposition != "attachment":
            return say("the file {name} is not marked as an attachment", name=name)
    if mail.html is None:
        return ""
    names = {leaf.content_id: name for leaf, (name, _) in zip(pictures, mail.inline, strict=True)}
    return _html(mail.html, leaves[1], names)


def _html(html: str, leaf: Leaf, names: dict[str | None, str]) -> str:
    """Compare the HTML, once each cid: is the name of its picture again (RFC 2392)."""

    def name(match: re.Match[str]) -> str:
        content_id = unquote(match[1])
        return f"cid:{names.get(content_id, content_id)}"

    back = re.sub(r"cid:([^\"'\s>)]+)", name, leaf.text)
    if back == _lines(html):
        return ""
    if any(f"cid:{known}" not in back for known in names.values()):
        return say("the HTML does not refer to its picture by the Content-ID that the picture has")
    return say("its HTML is {html!r}", html=_clip(leaf.text))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _other_octets(name: str, got: bytes, expected: bytes) -> str:
    if len(got) != len(expected):
        forms = plural(
            "the file {name} has other octets: {count:,} of them, and not {expected:,}",
            "the file {name} has other octets: {count:,} of them, and not {expected:,}",
        )
        return counted(len(got), forms, name=name, expected=len(expected))
    first = next(i for i, (a, b) in enumerate(zip(got, expected, strict=True)) if a != b)
    return say(
        "the file {name} has other octets: they part at octet {place:,}", name=name, place=first + 1
    )


def _clip(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[:width] + "..."
