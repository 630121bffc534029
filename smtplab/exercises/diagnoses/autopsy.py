"""Lesson 07: what is wrong with a repaired part or letter, and which rule it still breaks."""

import base64
import re
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial
from typing import Any, cast

from ...catalogue import counted, plural, say
from ..cases import Finding, case
from ..judge import Trial
from ..messages import by_the_rules
from ..strict import (
    MESSAGE_ID,
    Broken,
    Part,
    apart,
    base64_octets,
    date_time,
    opened,
    read,
    sentence_of,
    shown,
)

__all__ = [
    "content_of",
    "judge_base64",
    "judge_fields",
    "judge_found",
    "judge_multipart",
    "judge_page",
    "judge_part",
    "judge_tree",
    "octets_of",
    "read_strictly",
]


def octets_of(trial: Trial, got: Any) -> bytes:
    """got, if it is bytes; else the end of the check."""
    if type(got) is not bytes:
        trial.equal(got, b"", reason="wrong-type", sentence="")
    trial.require(
        not re.search(rb"""b['"][^'"]*\\r\\n""", got),
        "shown-bytes",
        say("What came out holds b'...' and \\r\\n in letters: bytes were put into a text."),
        say(
            "An f-string, or str(), shows bytes as Python writes them. Bytes are joined with bytes."
        ),
    )
    return cast(bytes, got)


def read_strictly(trial: Trial, raw: bytes, what: str = say("the letter")) -> Part:
    """Take an answer apart; a broken rule is the end of the check."""
    with by_the_rules(trial, lambda broken: in_words(broken, raw, what)):
        return read(raw, what)


def content_of(trial: Trial, leaf: Part) -> bytes:
    """The octets of a leaf, which can be decoded."""
    with by_the_rules(trial, in_words):
        return leaf.content


def in_words(broken: Broken, raw: bytes = b"\r\n", what: str = say("the body")) -> Finding:
    """A broken rule in the words of this lesson, where it has some."""
    octets = broken.octets
    match broken.reason:
        case "bare-line-end":
            return (
                "bare-lf",
                # Translators: {what} begins the sentence: "What it returned", "The letter".
                say("{what} has a line that ends in a bare LF or CR.", what=sentence_of(what)),
                say("Lines of mail end in CRLF, the two octets \\r\\n, everywhere."),
            )
        case "line-too-long":
            return "long-line", broken.sentence, say("RFC 5322, section 2.1.1.")
        case "long-base64":
            return (
                "long-line",
                counted(
                    len(octets),
                    plural(
                        "The longest line of base64 has {count:,} letter; 76 are allowed.",
                        "The longest line of base64 has {count:,} letters; 76 are allowed.",
                    ),
                ),
                say("RFC 2045, section 6.8. A server may refuse a line of more than 1,000 octets."),
            )
        case "no-field" if octets.startswith(b"--"):
            return (
                "no-empty-line",
                say(
                    "{octets} stands among the header fields: the empty line that ends the header "
                    "is missing.",
                    octets=shown(octets, 40),
                ),
                say("RFC 5322, section 2.1: the first empty line ends the header."),
            )
        case "no-field" if not apart(raw)[1]:
            return (
                "no-empty-line",
                say("No empty line stands between the header and the body."),
                say("RFC 5322, section 2.1: the first empty line ends the header."),
            )
        case "no-field":
            return (
                "no-field",
                say(
                    "Among the header fields stands {octets}, which is none.",
                    octets=shown(octets, 40),
                ),
                say(
                    "A field is a name, a colon and a value, on one line that ends in CRLF. An "
                    "empty line ends them all."
                ),
            )
        case "glued-delimiter":
            return (
                "delimiter-glued",
                say(
                    "A delimiter stands at the end of another line, glued to what comes before it: "
                    "{octets}.",
                    octets=shown(octets[-60:]),
                ),
                say(
                    "A delimiter is a line of its own, so CRLF comes before it: a part may end "
                    "without."
                ),
            )
        case "no-delimiter" if one := _one_hyphen(raw):
            return (
                "one-hyphen",
                say(
                    "A line of the body is {line}: one hyphen, where a delimiter begins with two.",
                    line=shown(one, 40),
                ),
                say("RFC 2046, section 5.1.1: a delimiter is --, then the boundary."),
            )
        case "no-delimiter" if octets.startswith(b"'"):
            return (
                "single-quotes",
                say(
                    "The header announces {boundary}, with its single quotes, and no line is a "
                    "delimiter of that.",
                    boundary=octets.decode(),
                ),
                say(
                    "RFC 2045, section 5.1: double quotes stand around a value. Single ones belong "
                    "to it."
                ),
            )
    return broken.finding


def _one_hyphen(raw: bytes) -> bytes:
    """A line that is a delimiter but for one hyphen; b"" where there is none."""
    boundary = re.search(rb'boundary="?([^"\s;]+)', raw)
    line = boundary and re.search(rb"(?m)^-" + re.escape(boundary[1]) + rb"(?=\r?$)", raw)
    return line[0] if line else b""


def judge_multipart(trial: Trial, whole: bytes, subtype: str, given: list[bytes]) -> Part:
    """The parts that went in come out, each as it was."""
    what = say("what it returned")
    with by_the_rules(trial, lambda broken: in_words(broken, whole, what)):
        judge_delimiters(trial, opened(whole, what), given)
    entity = read_strictly(trial, whole, what)
    trial.require(
        entity.type == f"multipart/{subtype}",
        "wrong-subtype",
        say(
            "The Content-Type says {type}, and multipart/{subtype} was asked for.",
            type=entity.type,
            subtype=subtype,
        ),
        say("The subtype is a parameter."),
    )
    trial.require(
        len(entity.parts) == len(given),
        "wrong-count",
        counted(
            len(given),
            plural(
                "1 part went in, and {out} came out.",
                "{count} parts went in, and {out} came out.",
            ),
            out=len(entity.parts),
        ),
        say("One delimiter before each part, and the closing one after the last."),
    )
    for number, (child, part) in enumerate(zip(entity.parts, given, strict=True), 1):
        same_part(trial, child.raw, part, number)
    return entity


def judge_delimiters(trial: Trial, entity: Part, parts: list[bytes]) -> None:
    """The boundary is in no part, and nothing stands behind it on its line.

    entity has its header read and no more: a boundary that is in a part cuts it.
    """
    if not entity.type.startswith("multipart/"):
        return
    boundary = entity.boundary.encode()
    for number, part in enumerate(parts, 1):
        trial.require(
            boundary not in part,
            "boundary-in-part",
            say(
                "The boundary {boundary!r} occurs in part {number}.",
                boundary=entity.boundary,
                number=number,
            ),
            say(
                "RFC 2046, section 5.1.1: it must occur in no part. Compare it with each of them, "
                "and choose another while one holds it; secrets.token_hex(16) hardly ever will."
            ),
        )
    trial.require(
        not re.search(rb"--" + re.escape(boundary) + rb"(?:--)?[ \t]", entity.body),
        "delimiter-space",
        say("A delimiter has a space at its end."),
        say("RFC 2046, section 5.1.1: readers pass over such spaces, and a writer makes none."),
    )


def same_part(trial: Trial, came: bytes, went: bytes, number: int) -> None:
    if came == went:
        return
    if came.strip(b"\r\n") == went.strip(b"\r\n"):
        forms = plural(
            "Part {number} had 1 octet, and comes out with {out:,}.",
            "Part {number} had {count:,} octets, and comes out with {out:,}.",
        )
        trial.step(counted(len(went), forms, number=number, out=len(came)))
        more = plural(
            "Part {number} comes out with 1 octet more at its ends: line breaks.",
            "Part {number} comes out with {count} octets more at its ends: line breaks.",
        )
        less = plural(
            "Part {number} comes out with 1 octet less at its ends: line breaks.",
            "Part {number} comes out with {count} octets less at its ends: line breaks.",
        )
        change = len(came) - len(went)
        trial.fail(
            "extra-line-breaks" if change > 0 else "line-breaks-lost",
            counted(abs(change), more if change > 0 else less, number=number),
            say(
                "RFC 2046, section 5.1.1: one CRLF before a delimiter belongs to it, and one "
                "after. Nothing else stands there."
            ),
        )
    trial.fail(
        "part-changed",
        say("Part {number} comes out changed.", number=number),
        say("A part goes in as it is, header and body."),
        sent=came,
        expected=went,
    )


def judge_base64(trial: Trial, body: bytes, data: bytes) -> None:
    """Lines of base64 that are data, each with CRLF at its end."""
    if not data:
        trial.require(
            body in (b"", b"\r\n"),
            "not-base64",
            say("Of no octets it makes {body!r}.", body=body),
            "",
        )
        return
    start = say("The lines begin with {body!r}.", body=body[:40])
    with case(trial, start), by_the_rules(trial, partial(in_words_on_base64, body)):
        decoded = base64_octets(body, say("the base64"))
    trial.require(
        body.endswith(b"\r\n"),
        "no-last-crlf",
        say("The last line of base64 has no CRLF at its end.")
        if b"\r\n" in body
        else say("No CRLF stands in the base64: a line has no end."),
        say("Each line of at most 76 letters has one, the last one as well."),
    )
    trial.require(
        b"\r\n\r\n" not in body,
        "empty-line",
        say("An empty line stands among the lines of base64, or after them."),
        say("Each line has one CRLF."),
    )
    forms = plural("Decoded, that is 1 octet.", "Decoded, that is {count:,} octets.")
    trial.step(counted(len(decoded), forms))
    trial.require(
        decoded == data,
        "content-changed",
        counted(
            len(data),
            plural(
                "1 octet went in; out of the base64 come {out:,}, and not the same.",
                "{count:,} octets went in; out of the base64 come {out:,}, and not the same.",
            ),
            out=len(decoded),
        ),
        say("Are all octets encoded, each once, and in order?"),
    )


def in_words_on_base64(body: bytes, broken: Broken) -> Finding:
    strange = re.search(rb"[^A-Za-z0-9+/=\r\n]", body)
    if broken.reason == "bare-line-end" and (wrong := re.search(rb"\r\r\n|\n\r", body)):
        return (
            "line-end",
            say(
                "A line of base64 ends in {octets}; a line of mail ends in '\\r\\n'.",
                octets=shown(wrong[0]),
            ),
            say("One CR, then one LF. Were the lines ended already when yours was added?"),
        )
    if broken.reason == "not-base64" and strange:
        return (
            "not-base64",
            say(
                "{octet} stands in the base64, and is none of its letters.",
                octet=shown(strange[0]),
            ),
            say(
                "- and _ are letters of urlsafe_b64encode, which is for addresses of the Web. Mail "
                "has + and /: b64encode."
            )
            if strange[0] in b"-_"
            else say("RFC 2045, section 6.8: A to Z, a to z, 0 to 9, + and /, and = at the end."),
        )
    if broken.reason == "not-base64":
        letters = len(re.sub(rb"\s", b"", body))
        return (
            "not-base64",
            counted(
                letters,
                plural(
                    "The base64 has 1 letter, and they come in groups of four.",
                    "The base64 has {count:,} letters, and they come in groups of four.",
                ),
            ),
            say(
                "= fills the last group and belongs to it. Is a letter lost between two lines, or "
                "does something stand behind the end?"
            ),
        )
    if broken.reason == "bare-line-end":
        return (
            "bare-lf",
            say("Lines of base64 end in a bare LF; a line of mail ends in CRLF."),
            say(
                "base64.encodebytes ends its lines with LF. A strict server refuses that: RFC "
                "5321, section 2.3.8."
            ),
        )
    if broken.reason == "inner-padding":
        return (
            "inner-padding",
            say("A = stands in the middle of the base64: many a reader takes it for the end."),
            say("Where does a block end whose length is no multiple of three?"),
        )
    return in_words(broken)


def judge_part(
    trial: Trial,
    part: bytes,
    body: bytes,
    filename: str,
    content_id: str | None,
    kinds: tuple[str, ...],
) -> None:
    """A part that is body as it was given, with a header that two readers understand."""
    once_encoded(trial, part, body)
    entity = read_strictly(trial, part, say("the part"))
    same_body(trial, entity.body, body)
    judge_labels(trial, entity, filename, content_id, kinds)
    name = message_from_bytes(part).get_filename()
    trial.require(
        name == filename,
        "name-differs",
        say("Python's older parser reads the name {name!r}.", name=name),
        say("It should be {filename!r}, in double quotes.", filename=filename),
    )


def once_encoded(trial: Trial, part: bytes, body: bytes) -> None:
    trial.require(
        base64.b64encode(body) not in part.replace(b"\r\n", b""),
        "encoded-twice",
        say("The body was encoded once more, and it came in base64 already."),
        say("body goes in as it is."),
    )


def same_body(trial: Trial, came: bytes, body: bytes) -> None:
    if came == body:
        return
    if came.strip(b"\r\n") == body.strip(b"\r\n"):
        trial.fail(
            "extra-line-breaks" if len(came) > len(body) else "line-breaks-lost",
            say("The body has other line breaks at its ends than it was given with."),
            say("Header fields, one empty line, then body as it is."),
        )
    trial.fail(
        "body-changed",
        say("The body is not the one that was given."),
        say("body goes in as it is."),
    )


def judge_labels(
    trial: Trial, entity: Part, filename: str, content_id: str | None, kinds: tuple[str, ...]
) -> None:
    """What stands on a file: type, transfer encoding, name, place, and Content-ID."""
    try:
        entity.parameters("Content-Type")
        parameters = entity.parameters("Content-Disposition")
    except Broken as broken:
        trial.require(
            " " not in filename,
            "name-not-quoted",
            say(
                "The name {filename!r} has a space in it, and stands without double quotes.",
                filename=filename,
            ),
            say(
                "RFC 2045, section 5.1: a value with spaces or special signs stands in double "
                "quotes, and a semicolon stands before each parameter."
            ),
        )
        trial.fail(*broken.finding)
    kind, place = entity.value("Content-Type"), entity.value("Content-Disposition")
    name = parameters.get("filename")
    trial.require(
        name is not None,
        "no-name",
        say(
            "Content-Disposition has no filename that can be read: it is {value!r}.",
            value=entity.get("Content-Disposition"),
        ),
        say('It has the form attachment; filename="notes.zip".'),
    )
    assert name is not None
    trial.require(
        name != f"'{filename}'",
        "single-quotes",
        say(
            "The name is read as {name}, with the single quotes: they belong to the value.",
            name=name,
        ),
        say("RFC 2045, section 5.1: double quotes stand around a value."),
    )
    trial.require(
        name == filename,
        "wrong-name",
        say("The name is read as {name!r}, and it is {filename!r}.", name=name, filename=filename),
        say("The name is a parameter of the function."),
    )
    trial.require(
        entity.encoding == "base64",
        "no-transfer-encoding",
        say("Nothing says that the body is in base64: a reader takes the letters for the file."),
        say("RFC 2045, section 6.1: Content-Transfer-Encoding."),
    )
    trial.require(
        kind in kinds or (kind == "application/octet-stream" and "image" not in kinds[0]),
        "wrong-media-type",
        say(
            "{filename!r} is called {got}, and it is {expected}.",
            filename=filename,
            got=kind,
            expected=kinds[0],
        )
        if kind
        else say(
            "{filename!r} is called nothing, and it is {expected}.",
            filename=filename,
            expected=kinds[0],
        ),
        say("The ending of the name tells: mimetypes.guess_type knows many."),
    )
    wanted = "inline" if content_id else "attachment"
    trial.require(
        place == wanted,
        "wrong-place",
        say(
            "{filename!r} is marked {got}; here it is {expected}.",
            filename=filename,
            got=place,
            expected=wanted,
        ),
        say(
            "A picture with a Content-ID stands inside the page: inline. A file without one is an "
            "attachment."
        ),
    )
    named = entity.get("Content-ID")
    trial.require(
        not named or content_id is not None,
        "wrong-content-id",
        say(
            "{filename!r} came without a content_id, and its Content-ID is {id!r}.",
            filename=filename,
            id=named,
        ),
        say("The field stands in a part that the page shows, and in no other."),
    )
    trial.require(
        bool(named) or content_id is None,
        "no-content-id",
        say(
            "{filename!r} has no Content-ID, and the page has nothing to find it by.",
            filename=filename,
        ),
        say("RFC 2045, section 7: Content-ID: <{content_id}>.", content_id=content_id),
    )
    trial.require(
        named == (f"<{content_id}>" if content_id else ""),
        "wrong-content-id",
        say(
            "The Content-ID is {got!r}; expected was '<{content_id}>'.",
            got=named,
            content_id=content_id,
        ),
        say("RFC 2045, section 7: the id in angle brackets, and nothing added."),
    )


MAKERS = {
    "Date": say("email.utils.formatdate() writes this moment as RFC 5322, section 3.3, has it."),
    "Message-ID": say("email.utils.make_msgid() makes a new one."),
    "MIME-Version": say("RFC 2045, section 4: MIME-Version: 1.0, once, at the head of the letter."),
}


def judge_fields(trial: Trial, entity: Part, expected: dict[str, str]) -> None:
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        count = len(entity.all(name))
        trial.require(
            count > 0,
            f"no-{name.lower()}",
            say("The letter has no {field} field.", field=name),
            MAKERS.get(
                name, say("RFC 5322, section 3.6, says which fields a letter has, each once.")
            ),
        )
        trial.require(
            count == 1,
            "field-twice",
            say("The letter has more than one {field} field.", field=name),
            say("RFC 5322, section 3.6: each of these fields stands once."),
        )
    trial.require(
        not entity.all("Bcc"),
        "bcc",
        say("The letter has a Bcc field, and everybody who gets the letter reads it."),
        say("RFC 5322, section 3.6.3: who gets a letter unseen stands in the envelope alone."),
    )
    for name, value in {**expected, "MIME-Version": "1.0"}.items():
        trial.require(
            entity.get(name).strip("<>") == value,
            "wrong-field",
            say(
                "{field} says {got!r}; expected was {expected!r}.",
                field=name,
                got=entity.get(name),
                expected=value,
            ),
            say("The values are the function's parameters."),
        )
    with by_the_rules(trial):
        date = date_time(entity.get("Date"))
    away = abs(date - datetime.now(UTC)).total_seconds()
    trial.require(
        not 600 < away < 86_400,
        "wrong-zone",
        say(
            "The Date is {date!r}, {hours:.1f} hours away from now: its clock and its zone do not "
            "belong together.",
            date=entity.get("Date"),
            hours=away / 3600,
        ),
        say(
            "The time of one place and the zone of another make a wrong moment. "
            "email.utils.formatdate() knows both."
        ),
    )
    trial.require(
        away < 86_400,
        "old-date",
        say("The Date is {date!r}, and the letter is written now.", date=entity.get("Date")),
        say("email.utils.formatdate() without an argument takes this moment."),
    )
    trial.require(
        MESSAGE_ID.fullmatch(entity.get("Message-ID")) is not None,
        "wrong-message-id",
        say("{got!r} is no Message-ID.", got=entity.get("Message-ID")),
        say(
            "RFC 5322, section 3.6.4: left@right in angle brackets; email.utils.make_msgid makes "
            "one."
        ),
    )


def judge_tree(trial: Trial, entity: Part) -> None:
    wanted = "mixed(related(text/html, image/png), application/zip)"
    tree = re.sub(r"application/[a-z-]+", "application/zip", entity.tree)
    if tree == wanted:
        return
    trial.require(
        bool(entity.get("Content-Type")),
        "header-cut",
        say(
            "An empty line ends the header before Content-Type: what follows is text to every "
            "reader."
        ),
        say("boundary(...) begins with that field, and brings the empty line itself."),
    )
    trial.step(say("The tree is {tree}.", tree=tree))
    trial.require(
        tree != "mixed(text/html, image/png, application/zip)",
        "not-related",
        say(
            "The picture stands beside the page in mixed, and a program lists it as an attachment."
        ),
        say("RFC 2387: a page and what it shows are one thing, multipart/related."),
    )
    trial.fail(
        "wrong-tree",
        say("The tree of the letter is {tree}.", tree=tree),
        say("It should be {tree}: boundary(subtype, parts) makes one level.", tree=wanted),
    )


def judge_page(trial: Trial, leaf: Part, page: str) -> None:
    with by_the_rules(trial):
        charset = leaf.parameters("Content-Type").get("charset", "").lower()
    trial.require(
        bool(charset),
        "no-charset",
        say("The page has no charset."),
        say("RFC 2046, section 4.1.2: without one it is ASCII, and other letters are lost."),
    )
    trial.require(
        charset in ("utf-8", "utf8"),
        "other-charset",
        say("The page says charset {charset!r}, and UTF-8 was asked for.", charset=charset),
        say(
            "It must be the charset that encode() writes, and one that has all letters: encode() "
            "without a name is UTF-8."
        ),
    )
    encoding = leaf.encoding
    trial.require(
        encoding in ("base64", "quoted-printable"),
        "raw-eight-bit",
        say(
            "The page goes out as {encoding}, and it holds octets beyond ASCII.", encoding=encoding
        ),
        say("RFC 2045, section 6.2: what is not ASCII needs base64 or quoted-printable."),
    )
    content = content_of(trial, leaf)
    if content != page.encode():
        came, went = len(content), len(page.encode())
        forms = plural(
            "The page comes out changed: it had 1 octet, and has {out:,}.",
            "The page comes out changed: it had {count:,} octets, and has {out:,}.",
        )
        trial.fail(
            "page-changed",
            say("The page comes out changed.") if came == went else counted(went, forms, out=came),
            say("Encode its UTF-8, all of it, and add nothing."),
            sent=content,
            expected=page.encode(),
        )


def judge_found(trial: Trial, found: list[str], wanted: list[str], reader: str) -> None:
    """What a reader finds in the mailbox is what went in; both are lists of hashes."""
    trial.require(
        found == wanted,
        "content-changed",
        counted(
            len(found),
            # Translators: {reader} is "A strict reader" or "Python's older parser".
            plural(
                "{reader} finds 1 part in the mailbox, and not the {expected} that went in, "
                "octet for octet.",
                "{reader} finds {count} parts in the mailbox, and not the {expected} that went "
                "in, octet for octet.",
            ),
            reader=reader,
            expected=len(wanted),
        ),
        say("Compare the first part that differs with what was given."),
    )
