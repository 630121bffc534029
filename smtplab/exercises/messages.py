"""What a part with a file in it, and a whole message, must be: for checks of several lessons.

`strict` reads it; what it finds is held against what was asked for, octet by octet.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any
from urllib.parse import unquote

from ..catalogue import say
from . import cases, strict
from .cases import Finding, brief
from .judge import Trial

__all__ = [
    "Pairs",
    "Wanted",
    "by_the_rules",
    "case",
    "judge_content_id",
    "judge_file",
    "judge_message",
    "of_type",
    "refused",
    "unchanged",
    "wrong_value",
]

Pairs = list[tuple[str, bytes]]

UNPROMISED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
              OSError, EOFError)  # fmt: skip


# What every check needs


@contextmanager
def by_the_rules(
    trial: Trial, words: Callable[[strict.Broken], Finding] = lambda broken: broken.finding
) -> Iterator[None]:
    """A rule that is broken here is the end of the check, said in these words."""
    try:
        yield
    except strict.Broken as broken:
        trial.fail(*words(broken))


@contextmanager
def case(trial: Trial, text: str) -> Iterator[None]:
    """A step that stays only when its case ends the check; a rule broken in it does."""
    with cases.case(trial, text), by_the_rules(trial):
        yield


def of_type(trial: Trial, got: Any, kind: type) -> None:
    """End the check unless it is that, and no object that claims to be."""
    if type(got) is not kind:
        trial.equal(got, kind(), reason="wrong-type", sentence="")
    trial.step(f"It returns {brief(got) if len(got) < 60 else repr(got[:400])}.")


def refused(trial: Trial, function: Any, args: Any, says: str, reason: str, why: str) -> None:
    """ValueError is promised for these arguments."""
    with case(trial, say("Your {says} is called: {why}.", says=says, why=why)):
        got = trial.call(function, *args, raises=UNPROMISED)
        if trial.raised(got, *UNPROMISED) and not trial.raised(got, ValueError):
            trial.fail(
                "other-exception",
                say(
                    "{says} raised {kind}, and here ValueError is promised: {why}.",
                    says=says,
                    kind=type(got).__name__,
                    why=why,
                ),
                say("Whoever calls it waits for a ValueError, and for nothing else."),
            )
        if not trial.raised(got, ValueError):
            trial.fail(
                reason,
                say(
                    "{says} returned {got}, and here ValueError is promised: {why}.",
                    says=says,
                    got=brief(got),
                    why=why,
                ),
                say("Look for it before anything is built, and raise ValueError."),
            )


def unchanged(trial: Trial, name: str, now: Any, before: Any) -> None:
    trial.require(
        now == before,
        "changed-argument",
        say("{name} changed the list {name2} that it was given.", name=trial.name, name2=name),
        say("The caller may want it once more: make a new list."),
    )


# A file in a part


def judge_file(
    trial: Trial, part: strict.Part, name: str, data: bytes, disposition: str, kind: str = ""
) -> None:
    """A leaf that carries a file: its fields, its name, and every octet."""
    part.what = what = say("the part of {name}", name=brief(name))
    for field in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
        missing = not part.all(field)
        trial.require(
            len(part.all(field)) == 1,
            "field-missing" if missing else "field-twice",
            say(
                "{sentence_of} has {what} field {field}.",
                sentence_of=strict.sentence_of(what),
                what="no" if missing else "more than one",
                field=field,
            ),
            say(
                "Its fields are, in any order: Content-Type, Content-Transfer-Encoding, "
                "Content-Disposition"
            )
            + (", Content-ID." if disposition == "inline" else "."),
        )
    if kind and part.type != kind:
        trial.fail(
            "wrong-media-type",
            say(
                "The Content-Type of {what} is {type}; media_type says {kind}.",
                what=what,
                type=part.type,
                kind=kind,
            ),
            say("media_type(filename) knows it from the name's ending."),
        )
    trial.require(
        not part.type.startswith(("message/", "multipart/")),
        "wrong-media-type",
        say(
            "The Content-Type of {what} is {type!r}, which cannot be in base64.",
            what=what,
            type=part.type,
        ),
        say("RFC 2045, section 6.4. media_type gives a type that can."),
    )
    trial.require(
        part.encoding == "base64",
        "wrong-encoding",
        say(
            "The Content-Transfer-Encoding of {what} is {encoding!r}, and not base64.",
            what=what,
            encoding=part.encoding,
        ),
        say("The header says how the body was encoded."),
    )
    said = part.value("Content-Disposition")
    trial.require(
        not re.match(rf"{disposition}[\s,]+\S+=", said),
        "no-semicolon",
        say(
            "In the Content-Disposition of {what} no ; stands behind {disposition}: {said!r}.",
            what=what,
            disposition=disposition,
            said=said,
        ),
        say('A semicolon goes before each parameter: "attachment; " + parameter(...).'),
    )
    trial.require(
        said == disposition,
        "wrong-disposition",
        say(
            "The Content-Disposition of {what} is {said!r}; here it is {disposition!r}.",
            what=what,
            said=said,
            disposition=disposition,
        ),
        say("inline: shown in its place. attachment: offered at the foot."),
    )
    found = part.parameters("Content-Disposition").get("filename")
    trial.require(
        found is not None,
        "no-name",
        say("The Content-Disposition of {what} has no filename.", what=what),
        say('parameter("filename", filename) writes it, behind "; ".'),
    )
    if found is not None and found != name:
        trial.fail(*wrong_value(found, name, "Content-Disposition"))
    judge_octets(trial, part.content, data, what)


def judge_octets(trial: Trial, got: bytes, data: bytes, what: str) -> None:
    if hashlib.sha256(got).digest() == hashlib.sha256(data).digest():
        return
    fact = say(
        "{count:,} octets went into {what}, and {count2:,} come out",
        count=len(data),
        what=what,
        count2=len(got),
    )
    if got == repr(data).encode():
        fact += say(": they are b'...', as Python shows bytes")
    elif got.rstrip(b"=\r\n") and _twice(got) == data:
        fact += say(": they were encoded twice")
    elif data.startswith(got):
        fact += say(": the end is missing")
    elif len(got) == len(data):
        fact += say(", and they are not the same")
    trial.fail(
        "wrong-octets",
        f"{fact}.",
        say("base64_lines(data) is the whole body."),
        sent=got,
        expected=data,
    )


def _twice(got: bytes) -> bytes:
    try:
        return strict.base64_octets(got, "")
    except strict.Broken:
        return b""


def wrong_value(found: str, value: str, says: str) -> tuple[str, str, str]:
    fact = say("A reader gets {found} from what {says} returned.", found=brief(found), says=says)
    if found != value and unquote(found).removeprefix("utf-8''") == value:
        return (
            "no-star",
            say("{fact} Nobody undoes the percent signs there.", fact=fact),
            say(
                "A * directly before the = announces them, in each piece; in front of the first "
                "stands utf-8''."
            ),
        )
    if found == f"'{value}'":
        return (
            "apostrophes",
            fact,
            say('Quotes in a header are "double"; these belong to the name.'),
        )
    if found.replace("\\", "") == value.replace("\\", "").replace('"', "") or (
        found == value.replace("\\", "")
    ):
        return (
            "not-escaped",
            fact,
            say(
                'Inside the quotes a " and a \\ have a \\ before them. In which order do you put '
                "it there?"
            ),
        )
    if found.replace("+", " ") == value:
        return (
            "plus",
            fact,
            say("A space is %20 here, which quote writes. quote_plus is for web forms."),
        )
    if (
        found == value.strip()
        or found == os.path.basename(value)
        or (found.lower() == value.lower())
    ):
        return (
            "name-changed",
            fact,
            say("The name goes as it is, with its capitals, spaces, dots and slashes."),
        )
    if value.startswith(found):
        return "name-cut", fact, say("Where did the rest go?")
    return "wrong-value", fact, say("Compare with the example in the docstring, octet by octet.")


def judge_content_id(trial: Trial, part: strict.Part, cid: str) -> None:
    found = part.get("Content-ID")
    if not found:
        trial.fail(
            "no-content-id",
            say("The part has no Content-ID, so no HTML can say that this is its picture."),
            "Content-ID: <left@right>",
        )
    if found == cid:
        trial.fail(
            "no-brackets",
            say("The Content-ID is {found}, without angle brackets.", found=found),
            say("In the header it has them, in the HTML it has none (RFC 2392)."),
        )
    trial.require(
        len(part.all("Content-ID")) == 1,
        "field-twice",
        say("The part has more than one field Content-ID."),
        say("One id, one field."),
    )
    trial.require(
        found == f"<{cid}>",
        "wrong-content-id",
        say(
            "The Content-ID is {found!r}, and the id that was given is {cid!r}.",
            found=found,
            cid=cid,
        ),
        say("The id in angle brackets, and nothing else."),
    )


# A message


@dataclass(frozen=True)
class Wanted:
    """What a message was to be made of: the arguments of build_message."""

    sender: str
    recipients: list[str]
    subject: str
    text: str
    html: str | None
    inline: Pairs
    attachments: Pairs


def judge_message(trial: Trial, got: Any, wanted: Wanted) -> strict.Part:
    """The header of the message, its tree, and what the parts carry."""
    of_type(trial, got, bytes)
    message = strict.read(got, "the message", folds=True)
    judge_header(trial, message, wanted)
    judge_tree(trial, message, wanted)
    leaves = message.leaves
    judge_text(trial, leaves.pop(0), wanted.text, "plain text")
    if wanted.html is not None:
        judge_html(trial, leaves.pop(0), in_order(leaves[: len(wanted.inline)], wanted), wanted)
    for part, (name, data) in zip(leaves[len(wanted.inline) :], wanted.attachments, strict=True):
        judge_file(trial, part, name, data, "attachment")
    return message


def judge_header(trial: Trial, message: strict.Part, wanted: Wanted) -> None:
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"):
        missing = not message.all(name)
        glued = next((f for f, value in message.fields if f"{name}:".lower() in value.lower()), "")
        if missing and glued:
            trial.fail(
                "field-glued",
                say(
                    "The field {name} hangs on the field {glued}: no CRLF is between them.",
                    name=name,
                    glued=glued,
                ),
                say("Each field ends in a CRLF of its own, and header writes it."),
            )
        if missing and re.match(rb"\s*%s:" % name.encode(), message.body, re.IGNORECASE):
            trial.fail(
                "field-in-text",
                say("The field {name} stands behind an empty line, and so it is text.", name=name),
                say("The first empty line ends the header. Between two fields there is none."),
            )
        if len(message.all(name)) != 1:
            trial.fail(
                "field-missing" if missing else "field-twice",
                say(
                    "The header of the message has {what} field {name}.",
                    what="no" if missing else "more than one",
                    name=name,
                ),
                say(
                    "From, To, Subject, Date, Message-ID and MIME-Version come once each; then "
                    "what the body brings along."
                ),
            )
    trial.require(
        not message.all("Bcc"),
        "bcc-shown",
        say("The header of the message has a field Bcc, and everybody who gets it can read that."),
        say("Who gets a copy in secret stands in the envelope alone."),
    )
    for name, addresses in (("From", [wanted.sender]), ("To", wanted.recipients)):
        found = [address for _, address in getaddresses([message.get(name)])]
        trial.require(
            found == addresses,
            "wrong-address",
            say(
                "A reader finds {found} in the field {name}; it is {addresses}.",
                found=found,
                name=name,
                addresses=addresses,
            ),
            say('address_header("{name}", ...) takes a list of addresses.', name=name),
        )
    subject = str(make_header(decode_header(message.get("Subject"))))
    trial.require(
        subject == wanted.subject,
        "wrong-subject",
        say(
            "The subject reads {subject}; it is {subject2}.",
            subject=brief(subject),
            subject2=brief(wanted.subject),
        ),
        say('header("Subject", subject) writes it.'),
    )
    trial.require(
        message.get("MIME-Version") == "1.0",
        "wrong-version",
        f"MIME-Version is {message.get('MIME-Version')!r}.",
        say("It is 1.0: RFC 2045, section 4."),
    )
    trial.require(
        abs(datetime.now(UTC) - strict.date_time(message.get("Date"))) < timedelta(days=1),
        "wrong-date",
        say("The Date is {get!r}, and the message is written now.", get=message.get("Date")),
        say("formatdate(localtime=True), from email.utils, writes it."),
    )
    trial.require(
        strict.MESSAGE_ID.fullmatch(message.get("Message-ID")) is not None,
        "wrong-message-id",
        f"The Message-ID is {message.get('Message-ID')!r}.",
        say("It has the form <left@right>: RFC 5322, section 3.6.4."),
    )


def judge_tree(trial: Trial, message: strict.Part, wanted: Wanted) -> None:
    tree = "text/plain" if wanted.html is None else "alternative(text/plain, text/html)"
    if wanted.inline:
        kinds = [kind_of(name) for name, _ in wanted.inline]
        # Pictures are found by their ids: any order is right.
        came = [part.type for part in message.leaves][2 : 2 + len(kinds)]
        kinds = came if sorted(came) == sorted(kinds) else kinds
        tree = f"related({', '.join([tree, *kinds])})"
    if wanted.attachments:
        # A file may have one of several types, which judge_file looks at.
        types = [part.type for part in message.leaves][-len(wanted.attachments) :]
        tree = f"mixed({', '.join([tree, *types])})"
    trial.require(
        message.tree == tree,
        "wrong-tree",
        say(
            "The tree of the message is {tree}; what was asked for is {tree2}.",
            tree=message.tree,
            tree2=tree,
        ),
        look_at_tree(message, tree),
    )


def look_at_tree(message: strict.Part, wanted: str) -> str:
    """What to look at when the tree is not the one that was asked for."""
    leaf = r"\w+/[-.+\w]+"
    came, asked = re.findall(leaf, message.tree), re.findall(leaf, wanted)
    if came != asked and sorted(came) == sorted(asked):
        return say("The text comes first, then the HTML, then pictures, then attachments.")
    if len(came) < len(asked):
        return say("Something that was given is in no part. Which call of multipart leaves it out?")
    if len(came) > len(asked):
        return say("There are more parts than were given. Which of them did nobody ask for?")
    if has_lone_part(message):
        return say("A level with one thing in it is left out: the thing stands there by itself.")
    return say(
        "From the inside out: alternative around text and HTML, related around that and the "
        "pictures, mixed around all and the attachments."
    )


def has_lone_part(part: strict.Part) -> bool:
    return len(part.parts) == 1 or any(map(has_lone_part, part.parts))


def in_order(parts: list[strict.Part], wanted: Wanted) -> list[strict.Part]:
    """Pictures in the order in which they were given, where their names tell it."""
    names = [name for name, _ in wanted.inline]

    def place(part: strict.Part) -> int:
        name = part.parameters("Content-Disposition").get("filename", "")
        return names.index(name) if name in names else len(names)

    return sorted(parts, key=place)


def kind_of(name: str) -> str:
    return f"image/{name.rpartition('.')[2]}"


def judge_html(
    trial: Trial, part: strict.Part, pictures: list[strict.Part], wanted: Wanted
) -> None:
    """The HTML is what was given, but for the ids, and each id is that of its picture."""
    part.what = "the HTML"
    html = part.content.decode("utf-8", "replace")
    ids = [picture.get("Content-ID") for picture in pictures]
    trial.require(
        len(set(ids)) == len(ids) or "" in ids,
        "id-shared",
        say("Two pictures have one Content-ID, {what}.", what=ids[0] if ids else ""),
        say("A new id for each picture: make it inside the loop."),
    )
    for picture, (name, data) in zip(pictures, wanted.inline, strict=True):
        judge_file(trial, picture, name, data, "inline", kind_of(name))
        found = picture.get("Content-ID")
        trial.require(
            strict.MESSAGE_ID.fullmatch(found) is not None,
            "no-content-id",
            say("The Content-ID of {name} is {what}.", name=name, what=found or "missing"),
            say("inline_image wants an id of the form left@right, and writes it."),
        )
        if f'"cid:{name}"' in html and f'"cid:{name}"' in (wanted.html or ""):
            trial.fail(
                "cid-left",
                say(
                    "The HTML still says cid:{name}, and the Content-ID of the picture is {found}.",
                    name=name,
                    found=found,
                ),
                say(
                    "Both must say the same. replace returns a new str, and the HTML has to be "
                    "changed before it is encoded."
                ),
            )
        if f"cid:{found}" in html:
            trial.fail(
                "cid-brackets",
                say("In the HTML the id stands in angle brackets: cid:{found}.", found=found),
                say("In the header it has them, in the HTML it has none (RFC 2392)."),
            )
        own = f'"cid:{found[1:-1]}"'
        trial.require(
            own in html or f'"cid:{name}"' not in (wanted.html or ""),
            "cid-elsewhere",
            say(
                "No picture in the HTML has the id {found} of {name}: it says {what}.",
                found=found,
                name=name,
                what=", ".join(re.findall("cid:[^>]*", html)) or "no cid: at all",
            ),
            say("One name may be the beginning of another: where does a name end, in the HTML?")
            if "cid:" in html
            else say("cid: stays where it is. What stands behind it becomes the id."),
        )
        html = html.replace(own, f'"cid:{name}"')
    trial.require(
        html.rstrip() == (wanted.html or "").rstrip(),
        "html-changed",
        say(
            "The HTML that arrives is {html}; it is {html2}.",
            html=brief(html),
            html2=brief(wanted.html),
        ),
        say("Nothing but the ids changes."),
    )


def judge_text(trial: Trial, part: strict.Part, text: str, what: str) -> None:
    part.what = f"the {what}"
    read = part.content.decode("utf-8", "replace").replace("\r\n", "\n")
    if read.rstrip("\n") == f"{text}\n." or read == re.sub(r"(?m)^\.", "..", text) != text:
        trial.fail(
            "dots-added",
            say(
                "The {what} that arrives is {read}; it is {text}.",
                what=what,
                read=brief(read),
                text=brief(text),
            ),
            say(
                "deliver writes the lone dot, and a second one before each dot that begins a line."
            ),
        )
    trial.require(
        read.rstrip("\n") == text.rstrip("\n"),
        "wrong-text",
        say(
            "The {what} that arrives is {read}; it is {text}.",
            what=what,
            read=brief(read),
            text=brief(text),
        ),
        say('text_part(text, "plain") makes the part.'),
    )
