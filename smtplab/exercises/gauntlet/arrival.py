"""Whether a mail arrived exactly: envelope, octets, header fields, and each part by its octets."""

import re
from collections.abc import Iterator

from ...lab import Message
from ...mime import Part, shown
from ...words import Words
from ..parts import as_message
from .scenarios import Mail

__all__ = ["differences", "is_envelope"]

WORDS = Words(__file__)
ONCE = ("From", "To", "Subject", "Date")  # RFC 5322, section 3.6, of a mail such as ours
# The rules that are broken of lines and fields, and the words for them.
BROKEN = {
    "bare-line-end": "bare-line-end",
    "line-too-long": "line-too-long",
    "no-field": "no-field",
    "blank-line": "no-field",
    "space-before-colon": "no-field",
}


def is_envelope(mail: Mail, message: Message, recipients: list[str]) -> bool:
    """Whether the envelope alone is right."""
    return message.sender == mail.sender and sorted(message.recipients) == sorted(recipients)


def differences(mail: Mail, message: Message, recipients: list[str], options: str) -> Iterator[str]:
    """All that is not as it should be, each as the end of "The mail arrived, but ...".

    recipients are those that the server has taken, options the parameters of MAIL.
    """
    if message.sender != mail.sender:
        yield WORDS("sender", sender=message.sender)
    elif not is_envelope(mail, message, recipients):
        yield WORDS("recipients", recipients=", ".join(message.recipients))
    broken, root = _broken(message), message.letter.root
    if broken:
        yield broken
    if not message.raw[: root.head].isascii() and "SMTPUTF8" not in options:
        yield WORDS("header-not-ascii")
    if not message.raw[root.body :].isascii() and "BODY=8BITMIME" not in options:
        yield WORDS("body-not-ascii")
    if not broken:
        yield from _header(mail, message)
    if part := _parts(mail, message):
        yield part


def _broken(message: Message) -> str:
    """The first rule for lines and fields that is broken, in words, or ""."""
    for one in message.letter.violations:
        key = BROKEN.get(one.rule)
        if key and (key != "no-field" or not one.part):
            octets = message.raw[one.start : one.end].rstrip(b"\r\n")
            return WORDS(key, count=len(octets), line=shown(octets, 40))
    return ""


def _header(mail: Mail, message: Message) -> Iterator[str]:
    """Each field that is due stands once, and says what it should."""
    root, form = message.letter.root, as_message(message.raw)
    for name in ONCE:
        if (count := len(root.all(name))) != 1:
            yield WORDS("field-count", count=count, field=name)
    if form["Bcc"]:
        yield WORDS("bcc")
    form["To"] = sorted({*form["To"]})
    due = {"Subject": mail.subject, "From": [mail.sender], "To": sorted({*mail.recipients})}
    for name, value in due.items():
        if len(root.all(name)) == 1 and form[name] != value:
            is_ = form[name] if name == "Subject" else root.get(name)
            yield WORDS("field", field=name, value=is_)


def _parts(mail: Mail, message: Message) -> str:
    """The first part that is not as it was given, or ""."""
    leaves: list[Part] = list(message.parts)
    texts = 1 if mail.html is None else 2
    given = [*mail.inline, *mail.files]
    if not leaves:
        return WORDS("no-part")
    plain, files = leaves[0], leaves[texts:]
    if plain.content_type != "text/plain":
        return WORDS("not-the-text", kind=plain.content_type)
    text = _lines(plain.text or "")
    if text != _lines(mail.text):
        return WORDS("text", text=_clip(text))
    if mail.html is not None and (len(leaves) < 2 or leaves[1].content_type != "text/html"):
        return WORDS("not-the-html")
    if len(files) != len(given):
        found = [leaf.filename for leaf in files]
        lost = next((name for name, _ in given if name not in found), None)
        if lost:
            return WORDS("file-missing", name=lost)
        return WORDS("part-count", count=len(leaves), due=texts + len(given))
    for leaf, (name, data) in zip(files, given, strict=True):
        if leaf.filename != name:
            return WORDS("file-name", name=name, got=leaf.filename)
        if leaf.content != data:
            return _other_octets(name, leaf.content, data)
    for leaf in files[len(mail.inline) :]:
        if leaf.disposition != "attachment":
            return WORDS("not-attached", name=leaf.filename)
    return _html(mail, message) if mail.html else ""


def _html(mail: Mail, message: Message) -> str:
    """Compare the HTML, in which the form has each picture's name in the place of its id."""
    html = as_message(message.raw)["html"]
    if html == re.sub(r"cid:([^\"'\s>)]+)", r"cid:[\1]", _lines(mail.html or "")):
        return ""
    if any(f"cid:[{name}]" not in html for name, _ in mail.inline):
        return WORDS("cid")
    return WORDS("html", html=_clip(html))


def _lines(text: str) -> str:
    """Text with LF as line end. The last line end is no part of it, RFC 2046, section 5.1.1."""
    return text.replace("\r\n", "\n").removesuffix("\n")


def _other_octets(name: str, got: bytes, expected: bytes) -> str:
    if len(got) != len(expected):
        return WORDS("file-size", name=name, count=len(got), expected=len(expected))
    first = next(i for i, (a, b) in enumerate(zip(got, expected, strict=True)) if a != b)
    return WORDS("file-octets", name=name, place=first + 1)


def _clip(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[:width] + "..."
