"""Lesson 07: the cases of each exercise, and the mistakes that are known, in the order asked.

Many octets are right for a part or a letter: what the reader of letters makes of them is compared.
"""

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from .. import mime
from ..judge import Case, Check, Exercise, Facts, Lesson
from ..solutions import autopsy as reference
from . import tls
from .autopsy_session import LIN, OFFICE, REPAIRED_DIALOGUE, SAM, WORDS, YOU
from .letters import Form, alike_until, breaks_rule, broken, first_broken
from .parts import (
    as_file,
    as_message,
    as_pieces,
    boundary_again,
    field_lost,
    file_differs,
    first_of,
    made_of,
    message_differs,
    pieces_differ,
)

__all__ = ["LESSON"]

NO_MAIL = ("email.message", "email.mime")
# Nobody has asked for these here: RFC 2387's type, short lines, UTF-8 in what is ASCII.
UNASKED = ("related-without-type", "not-folded", "other-frame", "charset")

ARCHIVE = b"PK\3\4" + b"".join(b"%d squared is %d\r\n" % (n, n * n) for n in range(300))
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes((n * n + n // 7) % 256 for n in range(4_461))
CARD = reference.repaired_names(
    reference.repaired_encoding(PICTURE), "postcard.png", "card@lab.test"
)
NOTES = reference.repaired_names(reference.repaired_encoding(ARCHIVE), "notes.zip")


def rule_of(violations: Iterable[mime.Violation], called: str = "") -> mime.Violation | None:
    """The first rule that is broken, of those that this lesson asks for."""
    found = (one for one in violations if one.rule not in UNASKED)
    return first_broken(found, WORDS(called) if called else "")


def all_new(reason: str, made_by: Callable[[Any, int], Any], count: int) -> Any:
    """A check that what is chosen anew in each call is another one each time."""

    def check(trial: Check, function: Any) -> None:
        trial.step(WORDS("also.times", count=count))
        made = trial.call(lambda: [made_by(function, number) for number in range(count)])
        if len(set(made)) < count:
            trial.fail(reason, WORDS(f"also.{reason}.say"), WORDS(f"also.{reason}.look"))

    return check


def shown_bytes(f: Facts) -> bool:
    """Bytes were put into a text."""
    return re.search(rb"""b['"][^\r\n]*\\r\\n""", first_of(f.got)) is not None


def differs(f: Facts, name: str) -> Any:
    """What the student's octets say under this name is not what was due."""
    is_, wanted = f.form[name], f.due_form[name]
    return is_ != wanted and {"is": is_, "wanted": wanted}


def octets_differ(f: Facts, name: str) -> Any:
    """The octets under this name are others: how many there are, and where the two part."""
    came, went = f.form[name], f.due_form[name]
    at = alike_until(came, went)
    parts = {"is": mime.shown(came[at:], 30), "wanted": mime.shown(went[at:], 30)}
    return came != went and {"count": len(went), "out": len(came), "at": at, **parts}


# --- repaired_boundary --------------------------------------------------------------------

# A text of lines that a short boundary, or one that is never compared, runs into.
NUMBERS = b"Content-Type: text/plain\r\n\r\n" + b"\r\n".join(b"--%d" % n for n in range(100))
# A part is octets, and these are no UTF-8.
LATIN = (
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Gr\xfc\xdfe\r\n"
)
PARTS = [NUMBERS, CARD, NOTES]


def as_multipart(value: Any, subtype: str, parts: Sequence[bytes]) -> Form:
    octets, parts = made_of(value, parts)
    letter = mime.read_part(octets)
    root = letter.root
    boundary = root.boundary.encode()
    holds = [number for number, part in enumerate(parts, 1) if boundary and boundary in part]
    delimiter = rb"--" + re.escape(boundary) + rb"(?:--)?[ \t]"
    says_7bit = root.encoding == "7bit" and root.all("Content-Transfer-Encoding")
    return {
        **as_pieces(octets, parts),
        "rule": rule_of((one for one in letter.demands if not one.part), "called.result"),
        "holds": holds and {"number": holds[0], "boundary": root.boundary},
        "space": bool(boundary and re.search(delimiter, octets[root.body :])),
        "7bit": bool(says_7bit and not octets[root.body :].isascii()),
    }


def nested(repaired_boundary: Any, subtype: str, parts: list[bytes]) -> Any:
    """A multipart with another one in it, and its parts."""
    given = [repaired_boundary("related", parts[:2]), *parts[2:]]
    return [repaired_boundary(subtype, given), given]


def counted(repaired_boundary: Any, subtype: str, parts: list[bytes]) -> Any:
    """A multipart, a part of which has the boundaries that a counter would come to next."""
    before = boundary_of(repaired_boundary)
    stem = before.rstrip("0123456789")
    number, width = int(before[len(stem) :] or "0"), len(before) - len(stem)
    lines = [b"\r\n--%s" % f"{stem}{number + n:0{width}}".encode() for n in range(1, 9)]
    given = [*parts, b"Content-Type: text/plain\r\n" + b"".join(lines)]
    return [repaired_boundary(subtype, given), given]


def boundary_of(repaired_boundary: Any, number: int = 0) -> str:
    whole = repaired_boundary("mixed", [b"\r\nHello %d" % (number // 2)])
    return mime.read_part(whole).root.boundary


def wrong_hyphens(f: Facts) -> Any:
    """A line of the result is the boundary, with one hyphen before it, or with four."""
    boundary = re.escape(mime.read_part(f.got).root.boundary.encode())
    found = boundary and re.search(rb"(?m)^(-|----)%s(?=\r?$)" % boundary, f.got)
    return found and {"line": mime.shown(found[0], 50), "start": found.start()}


def other_delimiter(f: Facts) -> Any:
    """The first part that stands behind a delimiter of another boundary."""
    boundary = mime.read_part(f.got).root.boundary
    for number, part in enumerate(f.parts, 1):
        found = re.search(rb"\n--([^\r\n]+)\r\n" + re.escape(part), f.got)
        if found and found[1] != boundary.encode():
            return {"number": number, "line": mime.shown(found[1]), "boundary": boundary}
    return None


REPAIRED_BOUNDARY = Exercise(
    reference.repaired_boundary,
    forbids=NO_MAIL,
    key=as_multipart,
    cases=[
        Case("parts", ("mixed", PARTS), values={"count": 3}),
        Case("parts", ("related", PARTS[:2]), values={"count": 2}),
        Case("parts", ("mixed", [CARD, NOTES, CARD]), values={"count": 3}),
        Case("latin", ("mixed", [LATIN, NUMBERS])),
        Case("nested", ("mixed", PARTS), drive=nested),
        Case("parts", ("mixed", PARTS), drive=counted, values={"count": 4}),
    ],
    also=(all_new("fixed-boundary", boundary_of, 120),),
    mistakes={
        "boundary-again": boundary_again,
        "boundary-in-part": lambda f: f.form["holds"],
        "delimiter-space": lambda f: f.form["space"],
        "wrong-hyphens": wrong_hyphens,
        "rule": breaks_rule,
        "boundary-in-loop": other_delimiter,
        "says-7bit": lambda f: f.form["7bit"],
        "pieces": pieces_differ,
    },
)

# --- repaired_encoding --------------------------------------------------------------------

SIZES = (9, 1, 2, 3, 56, 57, 58, 114, 1023, 1024, 1025)
SAMPLES = [*(ARCHIVE[:size] for size in SIZES), PICTURE, ARCHIVE, ARCHIVE * 12, b"",
           b"a\0\0", b"PK" + bytes(98), b"PK" + bytes(50) + b"x" + bytes(47)]  # fmt: skip


def as_base64(octets: bytes, data: bytes) -> Form:
    read = mime.decode_base64(octets)
    return {
        "rule": rule_of(read.violations, "called.result"),
        "line": bool(data) and odd_line(octets),
        "octets": read.value,
    }


def odd_line(octets: bytes) -> dict[str, Any] | None:
    """The first line that is not some letters and CRLF."""
    lines = enumerate(octets.splitlines(keepends=True), 1)
    odd = (one for one in lines if not re.fullmatch(rb"[^\r\n]+\r\n", one[1]))
    return next(({"number": number, "line": line} for number, line in odd), None)


REPAIRED_ENCODING = Exercise(
    reference.repaired_encoding,
    key=as_base64,
    cases=[Case("octets", (data,), values={"count": len(data)}) for data in SAMPLES],
    mistakes={
        "shown-bytes": lambda f: re.match(rb"b['\"]", f.got),
        "line-end.spelt": lambda f: rb"\r\n" in f.got,
        "line-end": lambda f: odd_line(f.got),
        "rule": breaks_rule,
        "line-ends": lambda f: f.form["octets"] == f.data.replace(b"\n", b"\r\n") != f.data,
        "encoded-twice": lambda f: mime.decode_base64(f.form["octets"]).value == f.data != b"",
        "content-changed": lambda f: octets_differ(f, "octets"),
    },
)

# --- repaired_names -----------------------------------------------------------------------

ANY = "application/octet-stream"
MAY_BE = {  # types that are as good as the first
    "zip": ("application/zip", "application/x-zip-compressed", ANY),
    "txt": ("text/plain", ANY),
}


def as_part(octets: bytes, body: bytes, filename: str, content_id: str | None = None) -> Form:
    letter = mime.read_part(octets)
    root = letter.root
    kinds = MAY_BE.get(filename.rpartition(".")[2], ())
    return {
        **as_file(octets, filename),
        "rule": rule_of(letter.demands, "called.part"),
        "type": kinds[0] if root.content_type in kinds else root.content_type,
        "filename": root.filename,
        "id": root.get("Content-ID"),
        "body": octets[root.body :],
    }


def named(why: str, data: bytes, filename: str, *content_id: str) -> Case:
    body = reference.repaired_encoding(data)
    return Case(why, (body, filename, *content_id), values={"filename": filename})


REPAIRED_NAMES = Exercise(
    reference.repaired_names,
    forbids=NO_MAIL,
    key=as_part,
    cases=[
        named("attachment", ARCHIVE, "notes.zip"),
        named("picture", PICTURE, "postcard.png", "card@lab.test"),
        named("picture", PICTURE, "two words.png", "second.card@lab.test"),
        named("attachment", b"\xff\xd8\xff\xe0" + PICTURE, "photo.jpg"),
        named("attachment", ARCHIVE, "lin's notes.zip"),
        named("attachment", ARCHIVE, "50%% sure.zip"),
        named("picture", PICTURE, "card.2016.png", "card.2016@lab.test"),
        named("picture", b"\xff\xd8\xff\xe0" + PICTURE, "Sea.jpg", "sea@lab.test"),
        named("unknown", ARCHIVE[:300], "notes.autopsy"),
        named("attachment", b"bread\r\nmilk\r\n", "list.txt"),
        named("attachment", ARCHIVE, "-".join(["letters"] * 12) + ".zip"),
        Case("attachment", (b"", "empty.zip"), values={"filename": "empty.zip"}),
        Case("attachment", (b"UEsDBA==", "short.zip"), values={"filename": "short.zip"}),
    ],
    mistakes={
        "shown-bytes": shown_bytes,
        "encoded-twice": lambda f: (
            f.body and base64.b64encode(f.body) in f.got.replace(b"\r\n", b"")
        ),
        "wrong-content-id": lambda f: differs(f, "id"),
        "rule": breaks_rule,
        "body-changed": lambda f: octets_differ(f, "body"),
        "file": lambda f: file_differs(f.form, f.due_form),
    },
)

# --- repaired_letter ----------------------------------------------------------------------

PAGE = (
    "<style>\r\n.card { border: 8px solid gold }\r\n</style>\r\n"
    '<h1>Gr\u00fc\u00dfe, \u4f60\u597d</h1>\r\n<img src="cid:card@lab.test">\r\n'
)
LONG_PAGE = PAGE + "<p>" + "Wer reist, erz\u00e4hlt viel. " * 20 + "</p>\r\n"  # one long line
GIVEN = "=_given_"
ABOUT_TEXT = ("", "not-in-charset", "unknown-charset", "not-7bit")


def boundary(subtype: str, parts: Sequence[bytes]) -> bytes:
    """The parameter boundary: it does what repaired_boundary does, and what it made is known."""
    whole: bytes = reference.repaired_boundary(subtype, parts)
    found = mime.read_part(whole).root.boundary.encode()
    return whole.replace(found, GIVEN.encode() + found)


def as_letter(octets: bytes, *_: Any) -> Form:
    letter = mime.read(octets)
    leaves = letter.leaves
    page = next((leaf for leaf in leaves if leaf.content_type == "text/html"), leaves[0])
    date = mime.read_date(letter.root.get("Date")).value
    hours = abs(date - datetime.now(UTC)).total_seconds() / 3_600 if date else 0
    encoded = page.encoding in ("base64", "quoted-printable")
    return {
        **as_message(octets),
        "rule": rule_of(letter.demands),
        "hours": round(hours, 1) if 0.2 < hours <= 24 else 0,  # away from now
        "parts": [leaf.octets for leaf in leaves if leaf is not page],
        "charset": "utf-8" if page.charset == "utf8" else page.charset,
        "encoding": "base64" if encoded else page.encoding,
        "page": page.content,
        "given": all(p.boundary.startswith(GIVEN) for p in letter.parts if p.is_multipart),
    }


def letter(why: str, sender: str, recipient: str, subject: str, page: str) -> Case:
    return Case(why, (sender, recipient, subject, page, CARD, NOTES, boundary))


def message_id(repaired_letter: Any, _: int) -> str:
    made = repaired_letter(YOU, LIN, "Greetings", PAGE, CARD, NOTES, boundary)
    return mime.read(made).root.get("Message-ID")


def of_page(f: Facts, name: str) -> Any:
    """The page differs in this, and no rule is broken but one about its text."""
    return broken(f) in ABOUT_TEXT and differs(f, name)


def wrong_zone(f: Facts) -> Any:
    hours = f.form["hours"]
    return hours and {"date": mime.read(f.got).root.get("Date"), "hours": hours}


REPAIRED_LETTER = Exercise(
    reference.repaired_letter,
    forbids=NO_MAIL,
    key=as_letter,
    cases=[
        letter("letter", YOU, LIN, "Greetings", PAGE),
        letter("long-line", OFFICE, SAM, "A long story", LONG_PAGE),
        *(letter("long-line", OFFICE, SAM, "A long story", "ü" * n + LONG_PAGE) for n in (1, 2)),
        letter("long-line", OFFICE, SAM, "A long story", LONG_PAGE + "\u2028one\x0cpage\x85"),
    ],
    also=(all_new("same-message-id", message_id, 2),),
    mistakes={
        "shown-bytes": shown_bytes,
        "field-lost": field_lost,
        "other-charset": lambda f: of_page(f, "charset"),
        "raw-eight-bit": lambda f: of_page(f, "encoding"),
        "rule": breaks_rule,
        "wrong-zone": wrong_zone,
        "page-changed": lambda f: f.form["tree"] == f.due_form["tree"] and octets_differ(f, "page"),
        "message": message_differs,
        "part-changed": lambda f: differs(f, "parts"),
        "other-boundary": lambda f: not f.form["given"],
    },
)

# --- repaired_tls -------------------------------------------------------------------------

# All that lesson 04 asks of connect_tls.
REPAIRED_TLS = Exercise(reference.repaired_tls, cases=(), also=(tls.REPAIRED_TLS.check,))

OF_LETTERS = (REPAIRED_BOUNDARY, REPAIRED_ENCODING, REPAIRED_NAMES, REPAIRED_LETTER)
LESSON = Lesson("07", __file__, (*OF_LETTERS, REPAIRED_DIALOGUE, REPAIRED_TLS))
