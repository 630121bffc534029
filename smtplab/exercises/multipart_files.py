"""Lesson 06, files and whole messages: cases, and the mistakes that are known."""

import re
from typing import Any

from .. import mime
from ..judge import Case, Exercise, Facts
from ..judge.formatting import shown
from ..solutions import multipart as reference
from . import parts
from .letters import CODECS, Form, breaks_rule

__all__ = ["ATTACHMENT", "BREAKS", "BUILD_MESSAGE", "INLINE_IMAGE", "MAKERS", "NAMES"]

MAKERS = ("email.message", "email.mime", "email.generator", "email.encoders",
          "email.contentmanager", "email.policy", "email.header", "email.charset",
          "base64", "binascii", "quopri", *CODECS, "smtplib")  # fmt: skip
# What is base64 by another way is judged by its lines.
FILE_MAKERS = tuple(name for name in MAKERS if name not in ("base64", "binascii"))

NAMES = (
    "postcard.png",
    "a file.txt",
    "你好.txt",
    "été & 100%; a='b'.png",
    'the "best" of\\all.txt',
    "../../etc/x",
    "你/好.txt",
    "🙂.png",
    " .. ",
    "a" * 300,
    "你" * 300,
    "two\twords.txt",
    "图片 (1).png",
    "Lecture 3.PDF",
    "cafe\u0301.png",  # a letter and its accent, two characters
    "m\u00b2.png",  # isdigit() holds for the sign at its end
    "two\u2028lines.png",  # of which str.splitlines makes two
)
# Octets that never repeat within a length that is tested: 167 has no divisor in common with 251.
OCTETS = bytes(number * 167 % 251 for number in range(5000))
PICTURE = b"\x89PNG\r\n\x1a\n" + OCTETS[:1500]
LENGTHS = (0, 1, 2, 3, 56, 57, 58, 1024, 1025, 5000)
BREAKS = ("a\r\nBcc: everyone@lab.test", "a\nb", "a\rb", "a\0b", "你\nb", "你\0b", "a\n")
BLANKS = b" \r\n\x00 blanks at both ends \t\r\n\r\n"


def raises_for_good(f: Facts) -> Any:
    """ValueError, raised by the student's own line, and nothing that was given is wrong."""
    return f.raised == "ValueError" and not f.due and "raise" in f.code


def named(why: str, data: bytes, name: str, *more: str) -> Case:
    return Case(why, (data, name, *more), values={"shown": shown(name), "count": len(data)})


# --- inline_image -------------------------------------------------------------------------

OWN = "card@lab.test"


def image_form(octets: bytes, _: bytes, filename: str, content_id: str) -> Form:
    own = mime.read(octets).root.get("Content-ID")
    return {**parts.as_file(octets, filename), "Content-ID": own}


INLINE_IMAGE = Exercise(
    reference.inline_image,
    forbids=FILE_MAKERS,
    key=image_form,
    cases=[
        named("picture", PICTURE, "postcard.png", OWN),
        named("gif", OCTETS, "图片.gif", "a.B-c$1@mail.lab.test"),
        named("picture", PICTURE, "holiday.jpg", OWN),
        named("picture", PICTURE, "Holiday.JPEG", OWN),
        named("picture", PICTURE, "dot.png", "card@localhost"),
        named("picture", b"<svg/>", "card.svg", OWN),
        *(named("name", PICTURE[:60], n, OWN) for n in NAMES if n.endswith(".png")),
        *(named("size", OCTETS[:size], "dot.png", OWN) for size in LENGTHS),
        named("blanks", BLANKS, "dot.png", OWN),
        *(
            Case("bad-id", (PICTURE, "postcard.png", bad), values={"given": bad})
            for bad in ("card", "<card@lab.test>", "card@lab.test>", "card@", "@lab.test",
                        "a@b@c", "a b@lab.test", "a@b\r\nX: y@c", "", "猫@c", " a@lab.test",
                        "card@lab.test\r\n")
        ),
        named("no-picture", PICTURE, "letters.zip", OWN),
        named("no-ending", PICTURE, "postcard", OWN),
        *(named("break", PICTURE, f"{name}.png", OWN) for name in BREAKS),
    ],
    mistakes={
        "good-refused": raises_for_good,
        "no-type": lambda f: f.due and "NoneType" in f.told,
        "not-encoded": parts.octets_raw,
        "rule": breaks_rule,
        "file": lambda f: parts.file_differs(f.form, f.due_form),
    },
)  # fmt: skip

# --- attachment ---------------------------------------------------------------------------

ATTACHMENT = Exercise(
    reference.attachment,
    forbids=FILE_MAKERS,
    key=lambda octets, _, filename: parts.as_file(octets, filename),
    cases=[
        named("file", OCTETS, "letters.zip"),
        named("file", PICTURE, "postcard.png"),
        named("mail", b"Content-Type: text/plain\r\n\r\nHello\r\n", "letter.eml"),
        named("file", PICTURE, "no ending"),
        named("file", b"One line\nand another\n", "notes.txt"),
        *(named("name", PICTURE, name) for name in NAMES),
        *(named("size", OCTETS[:size], "some.bin") for size in LENGTHS),
        named("size", OCTETS * 40, "large.bin"),
        named("blanks", BLANKS, "blanks.bin"),
        *(named("break", PICTURE, name) for name in BREAKS),
        Case("surrogate", (PICTURE, "a\ud83d")),
    ],
    mistakes={
        "good-refused": raises_for_good,
        "not-encoded": parts.octets_raw,
        "f-string": lambda f: re.search(rb"\r\n\r\nb['\"]", f.got),
        "rule": breaks_rule,
        "file": lambda f: parts.file_differs(f.form, f.due_form),
    },
)

# --- build_message ------------------------------------------------------------------------

ARCHIVE = b"PK\x03\x04" + OCTETS[:3000]
HTML = '<p>你好</p><img src="cid:postcard.png" alt="An envelope at dusk">'
TWO = '<img src="cid:map.png"><img src="cid:map.png.gif"><img src="cid:map.png">'
ODD = '<img src="cid:map (1).png"><img src="cid:map+.png">'
PICTURES = [("postcard.png", PICTURE)]
MAPS = [("map.png", PICTURE), ("map.png.gif", OCTETS)]
ODD_NAMES = [("map (1).png", PICTURE), ("map+.png", OCTETS)]
FILES = [("letters.zip", ARCHIVE), ("信件.zip", OCTETS)]
YOU, LIN = "you@lab.test", "lin@lab.test"
THREE = [LIN, "sam@lab.test", "director@lab.test"]
BAD = "x\r\nBcc: sam@lab.test"
LINE = "--(the boundary)"  # in a text: the line that cut a message before


def twice(build_message: Any, *args: Any) -> list[Any]:
    """A message, and the one before it."""
    return [build_message(*args) for _ in range(2)][::-1]


def quoting(build_message: Any, *args: Any) -> list[Any]:
    """A message whose text has a line that cut one before; and that line."""
    before = build_message(*args)
    line = "--" + (mime.read(before).root.boundary if type(before) is bytes else "")
    return [build_message(*args[:3], args[3].replace(LINE, line), *args[4:]), line]


def or_refuses(build_message: Any, *args: Any) -> Any:
    """What it makes of a picture that nobody shows: a message, or ValueError. Both are clear."""
    try:
        return build_message(*args)
    except ValueError:
        return reference.build_message(*args)


def message_form(got: Any, *_: Any) -> Form:
    octets, more = got if type(got) is list else (got, b"")
    if type(octets) is not bytes:
        return {"rule": None}
    form = parts.as_message(octets)
    if type(more) is str:
        return {**form, "text": form["text"].replace(more, LINE), "again": []}
    return {**form, "again": sorted({*parts.ids(more)} & {*parts.ids(octets)})}


def unescaped(f: Facts) -> Any:
    """A name that is looked for as a pattern, in which its signs have a meaning."""
    pattern = re.search(r"\bre\.\w+\(", f.source) and "re.escape" not in f.source
    return pattern and f'cid:{ODD_NAMES[0][0]}"' in f.form["html"]


def bad(why: str, **change: Any) -> Case:
    good = {"sender": YOU, "recipients": [LIN], "subject": "Hi", "text": "Hello", "html": HTML,
            "inline": (), "attachments": ()}  # fmt: skip
    return Case(why, tuple((good | change).values()))


BUILD_MESSAGE = Exercise(
    reference.build_message,
    points=20,
    forbids=MAKERS,
    key=message_form,
    cases=[
        Case("text", (YOU, [LIN], "Hi", "Hello\nLin")),
        Case("three", (YOU, THREE, "明信片 for you", "")),
        Case("dots", (YOU, [LIN], "Hi", "  a\n.b\n..")),
        Case("html", (YOU, [LIN], "Hi", "你好", "<p>你好</p>")),
        Case("files", (YOU, [LIN], "Hi", "Hello", None, [], FILES)),
        Case("files", (YOU, [LIN], "Hi", "Hello", None, [], FILES[:1] * 2)),
        Case("picture", (YOU, [LIN], "Hi", "Hello", HTML, PICTURES)),
        Case("again", (YOU, [LIN], "Hi", "Hello", HTML, PICTURES), drive=twice),
        Case("maps", (YOU, [LIN], "Hi", "Hello", TWO, MAPS)),
        Case("odd-names", (YOU, [LIN], "Hi", "Hello", ODD, ODD_NAMES)),
        Case("domain", ("lin@example.test", [YOU], "Hi", "Hello", HTML, PICTURES)),
        Case("all", (YOU, THREE, "Hi", "Hello", HTML, PICTURES, FILES)),
        Case("not-shown", (YOU, [LIN], "Hi", "Hello", "<p>Hello</p>", PICTURES), drive=or_refuses),
        Case("line", (YOU, [LIN], "Hi", f"Look:\n{LINE}\n\nmore", None, [], FILES), drive=quoting),
        bad("bad-subject", subject=BAD),
        bad("bad-sender", sender=f"a@b{BAD}"),
        bad("bad-recipient", recipients=[f"a@b{BAD}"]),
        bad("bad-file-name", attachments=[(BAD, b"")]),
        bad("bad-picture-name", inline=[(f"{BAD}.png", b"")]),
        bad("no-html", html=None, inline=PICTURES),
        bad("no-recipients", recipients=[]),
        bad("name-twice", inline=[*PICTURES, ("postcard.png", OCTETS)]),
        bad("surrogate", text="a\ud83d"),
    ],
    mistakes={
        "no-html": lambda f: "NoneType" in f.told and not any(f.args[4:5]),
        "address-list": lambda f: "wants a list of addresses" in f.told,
        "list-as-text": lambda f: "'list' object has no attribute" in f.told,
        "field-lost": parts.field_lost,
        "boundary": parts.boundary_again,
        "rule": breaks_rule,
        "pattern": unescaped,
        "message": parts.message_differs,
        "id-again": lambda f: f.form["again"] and {"id": f.form["again"][0]},
    },
)  # fmt: skip
