"""What a part with a file in it, and a whole message, must be: for checks of several lessons.

`strict` reads it; what it finds is held against what was asked for, octet by octet.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any
from urllib.parse import unquote

from ..catalogue import counted, plural, say
from . import cases, strict
from .cases import Finding, brief
from .judge import Trial

__all__ = [
    "Pairs",
    "Wanted",
    "by_the_rules",
    "calling",
    "case",
    "in_octets",
    "in_parts",
    "judge_content_id",
    "judge_file",
    "judge_message",
    "of_type",
    "refused",
    "unchanged",
    "wrong_value",
]

Pairs = list[tuple[str, bytes]]

BRACKETS = say("In the header it has them, in the HTML it has none (RFC 2392).")

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


def calling(trial: Trial, call: str) -> AbstractContextManager[None]:
    """A case that is one call of the student's function: call is how that reads."""
    return case(trial, say("Your {says} is called.", says=call))


def in_octets(count: int) -> str:
    """How data reads in a call, where its size is what matters."""
    return counted(count, plural("1 octet", "{count:,} octets"))


def in_parts(count: int) -> str:
    """How a list of parts reads in a call."""
    return counted(count, plural("1 part", "{count:,} parts"))


def of_type(trial: Trial, got: Any, kind: type) -> None:
    """End the check unless it is that, and no object that claims to be."""
    if type(got) is not kind:
        trial.equal(got, kind(), reason="wrong-type", sentence="")
    trial.step(say("It returns {got}.", got=brief(got) if len(got) < 60 else repr(got[:400])))


def refused(trial: Trial, function: Any, args: Any, call: str, reason: str, why: str) -> None:
    """ValueError is promised for these arguments. call is how that reads, why a clause."""
    # Translators: {why} is a clause, such as "a line break is in the subject".
    with case(trial, say("Your {call} is called: {why}.", call=call, why=why)):
        got = trial.call(function, *args, raises=UNPROMISED)
        if trial.raised(got, *UNPROMISED) and not trial.raised(got, ValueError):
            trial.fail(
                "other-exception",
                say(
                    "{call} raised {kind}, and here ValueError is promised: {why}.",
                    call=call,
                    kind=type(got).__name__,
                    why=why,
                ),
                say("Whoever calls it waits for a ValueError, and for nothing else."),
            )
        if not trial.raised(got, ValueError):
            trial.fail(
                reason,
                say(
                    "{call} returned {got}, and here ValueError is promised: {why}.",
                    call=call,
                    got=brief(got),
                    why=why,
                ),
                say("Look for it before anything is built, and raise ValueError."),
            )


def unchanged(trial: Trial, now: Any, before: Any, parameter: str = "") -> None:
    """End the check if the function changed a list that it was given."""
    trial.require(
        now == before,
        "changed-argument",
        say(
            "{name} changed the list {parameter} that it was given.",
            name=trial.name,
            parameter=parameter,
        )
        if parameter
        else say("{name} changed a list that it was given.", name=trial.name),
        say("The caller may want it once more: make a new list."),
    )


# A file in a part


def judge_file(
    trial: Trial, part: strict.Part, name: str, data: bytes, disposition: str, kind: str = ""
) -> None:
    """A leaf that carries a file: its fields, its name, and every octet."""
    # Translators: of a file; this stands for {what} in many sentences.
    part.what = what = say("the part of {name}", name=brief(name))
    beginning = strict.sentence_of(what)
    for field in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
        missing = not part.all(field)
        trial.require(
            len(part.all(field)) == 1,
            "field-missing" if missing else "field-twice",
            say("{what} has no field {field}.", what=beginning, field=field)
            if missing
            else say("{what} has more than one field {field}.", what=beginning, field=field),
            say(
                "Its fields are, in any order: Content-Type, Content-Transfer-Encoding, "
                "Content-Disposition, Content-ID."
            )
            if disposition == "inline"
            else say(
                "Its fields are, in any order: Content-Type, Content-Transfer-Encoding, "
                "Content-Disposition."
            ),
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
            "In the Content-Disposition of {what} no ; stands behind {disposition}: {value!r}.",
            what=what,
            disposition=disposition,
            value=said,
        ),
        say('A semicolon goes before each parameter: "attachment; " + parameter(...).'),
    )
    trial.require(
        said == disposition,
        "wrong-disposition",
        say(
            "The Content-Disposition of {what} is {got!r}; here it is {expected!r}.",
            what=what,
            got=said,
            expected=disposition,
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
        fact = say(
            "A reader gets {value} from the Content-Disposition of {what}.",
            value=brief(found),
            what=what,
        )
        trial.fail(*wrong_value(found, name, fact))
    judge_octets(trial, part.content, data, what)


def judge_octets(trial: Trial, got: bytes, data: bytes, what: str) -> None:
    if hashlib.sha256(got).digest() == hashlib.sha256(data).digest():
        return
    values = {"what": what, "out": len(got)}
    # Translators: this clause is {fact} in the sentences below.
    forms = plural(
        "1 octet went into {what}, and {out:,} come out",
        "{count:,} octets went into {what}, and {out:,} come out",
    )
    fact = counted(len(data), forms, **values)
    if got == repr(data).encode():
        sentence = say("{fact}: they are b'...', as Python shows bytes.", fact=fact)
    elif got.rstrip(b"=\r\n") and _twice(got) == data:
        sentence = say("{fact}: they were encoded twice.", fact=fact)
    elif data.startswith(got):
        sentence = say("{fact}: the end is missing.", fact=fact)
    elif len(got) == len(data):
        sentence = say("{fact}, and they are not the same.", fact=fact)
    else:
        forms = plural(
            "1 octet went into {what}, and {out:,} come out.",
            "{count:,} octets went into {what}, and {out:,} come out.",
        )
        sentence = counted(len(data), forms, **values)
    trial.fail(
        "wrong-octets",
        sentence,
        say("base64_lines(data) is the whole body."),
        sent=got,
        expected=data,
    )


def _twice(got: bytes) -> bytes:
    try:
        return strict.base64_octets(got, "")
    except strict.Broken:
        return b""


def wrong_value(found: str, value: str, fact: str) -> Finding:
    """Why a reader finds this in the place of value; fact is the sentence that says it does."""
    if found != value and unquote(found).removeprefix("utf-8''") == value:
        return (
            "no-star",
            # Translators: {fact} is "A reader gets {value} from what {call} returned."
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
            say("The Content-ID is {id}, without angle brackets.", id=found),
            BRACKETS,
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
            "The Content-ID is {got!r}, and the id that was given is {id!r}.",
            got=found,
            id=cid,
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
    message = strict.read(got, say("the message"), folds=True)
    judge_header(trial, message, wanted)
    judge_tree(trial, message, wanted)
    leaves = message.leaves
    judge_text(trial, leaves.pop(0), wanted.text)
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
                    "The field {field} hangs on the field {before}: no CRLF is between them.",
                    field=name,
                    before=glued,
                ),
                say("Each field ends in a CRLF of its own, and header writes it."),
            )
        if missing and re.match(rb"\s*%s:" % name.encode(), message.body, re.IGNORECASE):
            trial.fail(
                "field-in-text",
                say(
                    "The field {field} stands behind an empty line, and so it is text.", field=name
                ),
                say("The first empty line ends the header. Between two fields there is none."),
            )
        if len(message.all(name)) != 1:
            trial.fail(
                "field-missing" if missing else "field-twice",
                say("The header of the message has no field {field}.", field=name)
                if missing
                else say("The header of the message has more than one field {field}.", field=name),
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
                "A reader finds {got} in the field {field}; it is {expected}.",
                got=found,
                field=name,
                expected=addresses,
            ),
            say('address_header("{field}", ...) takes a list of addresses.', field=name),
        )
    subject = str(make_header(decode_header(message.get("Subject"))))
    trial.require(
        subject == wanted.subject,
        "wrong-subject",
        say(
            "The subject reads {got}; it is {expected}.",
            got=brief(subject),
            expected=brief(wanted.subject),
        ),
        say('header("Subject", subject) writes it.'),
    )
    trial.require(
        message.get("MIME-Version") == "1.0",
        "wrong-version",
        say("MIME-Version is {got!r}.", got=message.get("MIME-Version")),
        say("It is 1.0: RFC 2045, section 4."),
    )
    trial.require(
        abs(datetime.now(UTC) - strict.date_time(message.get("Date"))) < timedelta(days=1),
        "wrong-date",
        say("The Date is {date!r}, and the message is written now.", date=message.get("Date")),
        say("formatdate(localtime=True), from email.utils, writes it."),
    )
    trial.require(
        strict.MESSAGE_ID.fullmatch(message.get("Message-ID")) is not None,
        "wrong-message-id",
        say("The Message-ID is {got!r}.", got=message.get("Message-ID")),
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
            "The tree of the message is {got}; what was asked for is {expected}.",
            got=message.tree,
            expected=tree,
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
    part.what = say("the HTML")
    html = part.content.decode("utf-8", "replace")
    ids = [picture.get("Content-ID") for picture in pictures]
    trial.require(
        len(set(ids)) == len(ids) or "" in ids,
        "id-shared",
        say("Two pictures have one Content-ID, {id}.", id=next(iter(ids), "")),
        say("A new id for each picture: make it inside the loop."),
    )
    for picture, (name, data) in zip(pictures, wanted.inline, strict=True):
        judge_file(trial, picture, name, data, "inline", kind_of(name))
        found = picture.get("Content-ID")
        trial.require(
            strict.MESSAGE_ID.fullmatch(found) is not None,
            "no-content-id",
            say("The Content-ID of {name} is {id}.", name=name, id=found)
            if found
            else say("The Content-ID of {name} is missing.", name=name),
            say("inline_image wants an id of the form left@right, and writes it."),
        )
        if f'"cid:{name}"' in html and f'"cid:{name}"' in (wanted.html or ""):
            trial.fail(
                "cid-left",
                say(
                    "The HTML still says cid:{name}, and the Content-ID of the picture is {id}.",
                    name=name,
                    id=found,
                ),
                say(
                    "Both must say the same. replace returns a new str, and the HTML has to be "
                    "changed before it is encoded."
                ),
            )
        if f"cid:{found}" in html:
            trial.fail(
                "cid-brackets",
                say("In the HTML the id stands in angle brackets: cid:{id}.", id=found),
                BRACKETS,
            )
        own = f'"cid:{found[1:-1]}"'
        shown = own in html or f'"cid:{name}"' not in (wanted.html or "")
        trial.require(
            shown or "cid:" in html,
            "cid-elsewhere",
            say(
                "No picture in the HTML has the id {id} of {name}: it says no cid: at all.",
                id=found,
                name=name,
            ),
            say("cid: stays where it is. What stands behind it becomes the id."),
        )
        trial.require(
            shown,
            "cid-elsewhere",
            say(
                "No picture in the HTML has the id {id} of {name}: it says {cids}.",
                id=found,
                name=name,
                cids=", ".join(re.findall("cid:[^>]*", html)),
            ),
            say("One name may be the beginning of another: where does a name end, in the HTML?"),
        )
        html = html.replace(own, f'"cid:{name}"')
    trial.require(
        html.rstrip() == (wanted.html or "").rstrip(),
        "html-changed",
        say(
            "The HTML that arrives is {got}; it is {expected}.",
            got=brief(html),
            expected=brief(wanted.html),
        ),
        say("Nothing but the ids changes."),
    )


def judge_text(trial: Trial, part: strict.Part, text: str) -> None:
    part.what = say("the plain text")
    read = part.content.decode("utf-8", "replace").replace("\r\n", "\n")
    sentence = say(
        "The plain text that arrives is {got}; it is {expected}.",
        got=brief(read),
        expected=brief(text),
    )
    if read.rstrip("\n") == f"{text}\n." or read == re.sub(r"(?m)^\.", "..", text) != text:
        trial.fail(
            "dots-added",
            sentence,
            say(
                "deliver writes the lone dot, and a second one before each dot that begins a line."
            ),
        )
    trial.require(
        read.rstrip("\n") == text.rstrip("\n"),
        "wrong-text",
        sentence,
        say('text_part(text, "plain") makes the part.'),
    )
