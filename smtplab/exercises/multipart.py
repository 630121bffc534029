"""Lesson 06: what is asked, how it is judged, and what is predicted."""

import os
import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ..catalogue import say
from . import strict
from .cases import OCTETS, brief
from .diagnoses.multipart import (
    judge_boundary,
    judge_chance,
    judge_file_part,
    judge_look_at_parts,
    judge_multipart,
    judge_occurrence,
    judge_parameter,
)
from .judge import Exercise, Lesson, Question, Trial
from .messages import (
    Pairs,
    Wanted,
    calling,
    case,
    in_octets,
    in_parts,
    judge_content_id,
    judge_message,
    refused,
    unchanged,
)

__all__ = ["LESSON"]

LENGTHS = (0, 1, 2, 3, 56, 57, 58, 1024, 1025, 5000)
PICTURE = b"\x89PNG\r\n\x1a\n" + OCTETS[:1500]
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
    "bell\a.txt",
)
BREAKS = ("a\r\nBcc: everyone@lab.test", "a\nb", "a\rb", "a\0b")
BREAK_IN_NAME = say("a line break or a NUL is in the name")


# choose_boundary


def check_choose_boundary(trial: Trial, choose_boundary: Callable[[list[bytes]], str]) -> None:
    parts = [b"one part", b"another"]
    for given in (parts, [b"octets \xff\xfe\x00"]):
        with calling(trial, f"choose_boundary({given!r})"):
            judge_boundary(trial, trial.call(choose_boundary, given))
    unchanged(trial, parts, [b"one part", b"another"], parameter="parts")

    with case(trial, say("Your choose_boundary(parts) is called 50 times.")):
        drawn = trial.call(lambda: [choose_boundary(parts) for _ in range(50)])
        judge_chance(trial, drawn)
    occurs_nowhere(trial, choose_boundary)
    for given in ([], [b""]):
        with calling(trial, f"choose_boundary({given!r})"):
            judge_boundary(trial, trial.call(choose_boundary, given))


def occurs_nowhere(trial: Trial, choose_boundary: Callable[[list[bytes]], str]) -> None:
    """Let the same chance come again, now with parts that hold what was drawn before."""
    chance = Chance()
    first, second = trial.call(lambda: [chance.call(choose_boundary, []) for _ in range(2)])
    quoted = [f"\r\nSomebody wrote:\r\n--{b}\r\nand more".encode() for b in (first, second)]

    def two_lines(one: str, other: str) -> str:
        return say(
            "The same random numbers come again, and of the parts one has the line --{one}, "
            "another --{other}.",
            one=one,
            other=other,
        )

    for parts, situation in (
        (
            [b"one part", quoted[0]],
            say(
                "The same random numbers come again, and of the parts the second part has the "
                "line --{boundary}.",
                boundary=first,
            ),
        ),
        (
            [b"one part", f"\r\n--{first}--".encode()],
            say(
                "The same random numbers come again, and of the parts the second part ends in "
                "--{boundary}--.",
                boundary=first,
            ),
        ),
        ([quoted[0], b"one part", quoted[1]], two_lines(first, second)),
        ([quoted[1], b"one part", quoted[0]], two_lines(second, first)),
    ):
        with case(trial, situation):
            got = trial.call(chance.again, choose_boundary, parts)
            judge_boundary(trial, got)
            judge_occurrence(trial, got, parts)
    judge_look_at_parts(trial)


class Chance:
    """Random numbers that a call draws, written down, and drawn again by a later call."""

    def __init__(self) -> None:
        self.tape: list[bytes] = []
        self.state: Any = None

    def call(self, function: Any, *args: Any) -> Any:
        self.state = self.state or random.getstate()
        return self._with(self._record, function, args)

    def again(self, function: Any, *args: Any) -> Any:
        rest, real = iter(list(self.tape)), os.urandom

        def replay(size: int) -> bytes:
            octets = next(rest, b"")
            return octets if len(octets) == size else real(size)

        random.setstate(self.state)
        try:
            return self._with(replay, function, args)
        finally:
            random.seed()

    def _record(self, size: int, real: Callable[[int], bytes] = os.urandom) -> bytes:
        self.tape.append(real(size))
        return self.tape[-1]

    def _with(self, source: Callable[[int], bytes], function: Any, args: Any) -> Any:
        """Call it with another source of chance: for this thread, and only for the call."""
        me, real = threading.get_ident(), os.urandom

        def urandom(size: int) -> bytes:
            return source(size) if threading.get_ident() == me else real(size)

        holders = [(os, "urandom"), (random, "_urandom")]  # secrets and uuid draw from these
        for module, name in holders:
            setattr(module, name, urandom)
        try:
            return function(*args)
        finally:
            for module, name in holders:
                setattr(module, name, real)


# multipart

TEXT = b"Content-Type: text/plain\r\n\r\nHello\r\n"
IMAGE = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo="
BARE = b"\r\nNo header, and dashes:\r\n--\r\n--=_\r\n-- \r\n\r\n"
EMPTY = b"Content-Type: text/plain\r\n\r\n"


def check_multipart(trial: Trial, multipart: Callable[[str, list[bytes]], bytes]) -> None:
    known = inner = last = b""
    for subtype, parts in (
        ("mixed", [TEXT, IMAGE]),
        ("alternative", [IMAGE, BARE, EMPTY]),
        ("related", [TEXT]),
        ("mixed", [b"", TEXT + b"\r\n\r\n"]),
        ("mixed", [b"%d" % number + TEXT for number in range(300)]),
    ):
        given = list(parts)
        many = in_parts(len(parts)) if len(parts) > 3 else brief(parts)
        with calling(trial, f"multipart({subtype!r}, {many})"):
            got = trial.call(multipart, subtype, given)
            trial.require(
                type(got) is not bytes or not last or not got.startswith(last),
                "call-before",
                say(
                    "multipart returned the octets of the call before, and then those of this one."
                ),
                say(
                    "What does your function remember between two calls? A list as a default value "
                    "is made once, and stays."
                ),
            )
            last = got
            boundary = judge_multipart(trial, got, subtype, parts)
            unchanged(trial, given, parts, parameter="parts")
        known, inner = known or boundary, inner or got

    with case(trial, say("One of the parts is a multipart of its own.")):
        judge_multipart(
            trial, trial.call(multipart, "mixed", [inner, IMAGE]), "mixed", [inner, IMAGE]
        )
    quoted = [b"\r\nSomebody wrote:\r\n--" + known + b"\r\n\r\nand more", IMAGE]
    with case(
        trial,
        say(
            "A part has the line --{boundary}, from the first multipart, in it.",
            boundary=known.decode(),
        ),
    ):
        judge_multipart(trial, trial.call(multipart, "mixed", quoted), "mixed", quoted)
    chance = Chance()
    with case(trial, say("Your multipart('mixed', ...) is called, with one part.")):
        got = trial.call(chance.call, multipart, "mixed", [TEXT])
        drawn = strict.opened(got, say("the multipart")).boundary
    quoted = [TEXT, f"\r\nSomebody wrote:\r\n--{drawn}\r\n\r\nand more".encode()]
    with case(
        trial,
        say(
            "The same random numbers come again, and part 2 has the line --{boundary}.",
            boundary=drawn,
        ),
    ):
        got = trial.call(chance.again, multipart, "mixed", quoted)
        judge_multipart(trial, got, "mixed", quoted)
    refused(
        trial,
        multipart,
        ("mixed", []),
        "multipart('mixed', [])",
        "no-parts-taken",
        say("there are no parts"),
    )


# parameter


def check_parameter(trial: Trial, parameter: Callable[[str, str], str]) -> None:
    for value in NAMES:
        with calling(trial, f"parameter('filename', {brief(value)})"):
            judge_parameter(trial, trial.call(parameter, "filename", value), "filename", value)
    with calling(trial, "parameter('name', '你.txt')"):
        judge_parameter(trial, trial.call(parameter, "name", "你.txt"), "name", "你.txt")
    for value in BREAKS:
        why = say("a line break or a NUL is in the value")
        call = f"parameter('filename', {brief(value)})"
        refused(trial, parameter, ("filename", value), call, "line-break-taken", why)
    why = say("half a character, which has no octets, is in the value")
    call = "parameter('filename', 'a\\ud83d')"
    refused(trial, parameter, ("filename", "a\ud83d"), call, "surrogate-taken", why)


# attachment and inline_image


def check_inline_image(trial: Trial, inline_image: Callable[[bytes, str, str], bytes]) -> None:
    own = "card@lab.test"
    for name, data, kind, cid in (
        ("postcard.png", PICTURE, "image/png", own),
        ("图片.gif", OCTETS, "image/gif", "a.B-c$1@mail.lab.test"),
        *((name, PICTURE[:60], "image/png", own) for name in NAMES if name.endswith(".png")),
        *((f"{size}.png", OCTETS[:size], "image/png", own) for size in LENGTHS),
    ):
        with calling(trial, f"inline_image({in_octets(len(data))}, {brief(name)}, {cid!r})"):
            got = trial.call(inline_image, data, name, cid)
            part = judge_file_part(trial, got, name, data, "inline", kind)
            judge_content_id(trial, part, cid)
    for wrong in ("card", "<card@lab.test>", "card@", "a b@lab.test", "a@b\r\nX: y@c", "", "猫@c",
                  "a@b@c", "card@lab.test>"):  # fmt: skip
        why = say("the id is not of the form left@right in ASCII")
        call = f"inline_image(data, 'postcard.png', {wrong!r})"
        refused(
            trial, inline_image, (PICTURE, "postcard.png", wrong), call, "content-id-taken", why
        )
    why = say("the name is that of an archive, and of no picture")
    call = "inline_image(data, 'letters.zip', 'card@lab.test')"
    refused(trial, inline_image, (PICTURE, "letters.zip", own), call, "no-picture-taken", why)
    for line_break in BREAKS:
        name = line_break + ".png"
        call = f"inline_image(data, {name!r}, 'card@lab.test')"
        refused(trial, inline_image, (PICTURE, name, own), call, "line-break-taken", BREAK_IN_NAME)


def check_attachment(trial: Trial, attachment: Callable[[bytes, str], bytes]) -> None:
    for name, data, kind in (
        ("letters.zip", OCTETS, ""),
        ("postcard.png", PICTURE, "image/png"),
        ("letter.eml", TEXT, ""),
        ("no ending", TEXT, ""),
        *((name, PICTURE, "") for name in NAMES),
        *((f"{size}.bin", OCTETS[:size], "") for size in LENGTHS),
        ("large.bin", OCTETS * 40, ""),
    ):
        with calling(trial, f"attachment({in_octets(len(data))}, {brief(name)})"):
            got = trial.call(attachment, data, name)
            part = judge_file_part(trial, got, name, data, "attachment", kind)
            trial.require(
                not part.all("Content-ID"),
                "content-id-there",
                say(
                    "The part of {name} has a Content-ID, and nothing shows it by that.",
                    name=brief(name),
                ),
                say("An id is for a picture that the HTML names. An attachment has none."),
            )
    for name in BREAKS:
        call = f"attachment(data, {name!r})"
        refused(trial, attachment, (PICTURE, name), call, "line-break-taken", BREAK_IN_NAME)
    why = say("half a character, which has no octets, is in the name")
    call = "attachment(data, 'a\\ud83d')"
    refused(trial, attachment, (PICTURE, "a\ud83d"), call, "surrogate-taken", why)


# build_message

ARCHIVE = b"PK\x03\x04" + OCTETS[:3000]
HTML = '<p>你好</p><img src="cid:postcard.png" alt="An envelope at dusk">'
TWO = '<img src="cid:map.png"><img src="cid:map.png.gif"><img src="cid:map.png">'


def check_build_message(trial: Trial, build_message: Callable[..., bytes]) -> None:
    pictures: Pairs = [("postcard.png", PICTURE)]
    files: Pairs = [("letters.zip", ARCHIVE), ("信件.zip", OCTETS)]
    maps: Pairs = [("map.png", PICTURE), ("map.png.gif", OCTETS)]
    you, one = "you@lab.test", ["lin@lab.test"]
    three = [*one, "sam@lab.test", "director@lab.test"]
    ids: set[str] = set()
    for situation, wanted in (
        (say("Text alone."), Wanted(you, one, "Hi", "Hello\nLin", None, [], [])),
        (say("Three recipients, no text."), Wanted(you, three, "明信片 for you", "", None, [], [])),
        (say("Lines that begin with dots."), Wanted(you, one, "Hi", "  a\n.b\n..", None, [], [])),
        (say("Text and HTML."), Wanted(you, one, "Hi", "你好", "<p>你好</p>", [], [])),
        (say("Text and two files."), Wanted(you, one, "Hi", "Hello", None, [], files)),
        (say("A picture in the HTML."), Wanted(you, one, "Hi", "Hello", HTML, pictures, [])),
        (say("The same, once more."), Wanted(you, one, "Hi", "Hello", HTML, pictures, [])),
        (say("Two pictures, one shown twice."), Wanted(you, one, "Hi", "Hello", TWO, maps, [])),
        (say("Another domain."),
         Wanted("lin@example.test", [you], "Hi", "Hello", HTML, pictures, [])),
        (say("All of it."), Wanted(you, three, "Hi", "Hello", HTML, pictures, files)),
    ):  # fmt: skip
        with building(trial, situation):
            message = called(trial, build_message, wanted)
            for new in [message.get("Message-ID"), *(p.get("Content-ID") for p in message.leaves)]:
                trial.require(
                    new not in ids,
                    "id-again",
                    say("The id {id} was in a message before this one.", id=new),
                    say(
                        "Each message, and each picture in it, has an id that was never there "
                        "before."
                    ),
                )
                ids |= {new} if new else set()
    with case(trial, say("The HTML shows no picture, and there is one.")):
        wanted = Wanted(you, one, "Hi", "Hello", "<p>Hello</p>", pictures, [])
        got = trial.call(build_message, you, one, "Hi", "Hello", wanted.html, pictures, [],
                         raises=ValueError)  # fmt: skip
        if not trial.raised(got, ValueError):  # both are clear
            judge_message(trial, got, wanted)
    line = boundary_in_text(trial, build_message)
    with case(
        trial,
        say("The text has the line --{boundary}, which cut a message before.", boundary=line),
    ):
        wanted = Wanted(you, one, "Hi", f"Look:\n--{line}\n\nmore", None, [], files)
        called(trial, build_message, wanted)
    refusals(trial, build_message)


def building(trial: Trial, situation: str) -> AbstractContextManager[None]:
    # Translators: {situation} is a sentence, such as "Three recipients, no text."
    return case(trial, say("{situation} Your build_message is called.", situation=situation))


def called(trial: Trial, build_message: Callable[..., bytes], wanted: Wanted) -> strict.Part:
    given = (list(wanted.recipients), list(wanted.inline), list(wanted.attachments))
    args: list[Any] = [wanted.sender, given[0], wanted.subject, wanted.text]
    if wanted.html is not None or wanted.attachments:
        args += [wanted.html, given[1], given[2]]
    message = judge_message(trial, trial.call(build_message, *args), wanted)
    before = (wanted.recipients, wanted.inline, wanted.attachments)
    unchanged(trial, given, before)
    return message


def boundary_in_text(trial: Trial, build_message: Callable[..., bytes]) -> str:
    given: Any = ("you@lab.test", ["lin@lab.test"], "Hi", "Hello", None, [], [("a.zip", ARCHIVE)])
    with building(trial, say("Text and a file.")):
        return strict.opened(trial.call(build_message, *given), say("the message")).boundary
    raise AssertionError


def refusals(trial: Trial, build_message: Callable[..., bytes]) -> None:
    good: dict[str, Any] = {"sender": "you@lab.test", "recipients": ["lin@lab.test"],
                            "subject": "Hi", "text": "Hello", "html": HTML}  # fmt: skip
    bad = "x\r\nBcc: sam@lab.test"
    picture, other = ("postcard.png", PICTURE), ("postcard.png", OCTETS)
    for reason, why, change in (
        ("line-break-taken", say("a line break is in the subject"), {"subject": bad}),
        ("line-break-taken", say("a line break is in the sender"), {"sender": f"a@b{bad}"}),
        ("line-break-taken", say("a line break is in a recipient"), {"recipients": [f"a@b{bad}"]}),
        ("line-break-taken", say("a line break is in a file's name"),
         {"attachments": [(bad, b"")]}),
        ("line-break-taken", say("a line break is in a picture's name"),
         {"inline": [(f"{bad}.png", b"")]}),
        ("picture-without-html", say("there is a picture, and no html"),
         {"html": None, "inline": [picture]}),
        ("no-recipients-taken", say("there are no recipients"), {"recipients": []}),
        ("name-twice-taken", say("two inline pictures have one name"),
         {"inline": [picture, other]}),
        ("surrogate-taken", say("the text has half a character"), {"text": "a\ud83d"}),
    ):  # fmt: skip
        named = {**good, **change}

        def call(named: dict[str, Any] = named) -> Any:
            return build_message(**named)

        refused(trial, call, (), "build_message(...)", reason, why)


MESSAGE_MAKERS = ("email.message", "email.mime", "email.generator", "email.encoders",
                  "email.contentmanager", "email.policy", "email.header", "email.charset",
                  "base64", "binascii", "quopri", "codecs", "smtplib")  # fmt: skip
# What is base64 by another way is judged by its lines.
FILE_MAKERS = tuple(name for name in MESSAGE_MAKERS if name not in ("base64", "binascii"))

LESSON = Lesson(
    number="06",
    slug="multipart",
    title=say("Multipart"),
    exercises=(
        Exercise(
            name="choose_boundary",
            check=check_choose_boundary,
            hints=(
                say(
                    "Two things: chance, so that nobody knows it beforehand, and a look into every "
                    "part, so that it is certain. What if the first one that you draw is there?"
                ),
                say(
                    "secrets.token_hex(12) is 24 letters and digits, a str. The parts are bytes: "
                    'boundary.encode("ascii") in part tells whether it occurs. Draw again in a '
                    "while loop until it is in none of them."
                ),
                say(
                    "In a loop without end: draw one; if not any(boundary.encode() in part for "
                    "part in parts), return it."
                ),
            ),
            forbids=("email",),
        ),
        Exercise(
            name="multipart",
            check=check_multipart,
            hints=(
                say(
                    "Write down the octets for two parts, on paper, every CRLF as a sign. Which of "
                    "them belong to the parts, and which do you bring?"
                ),
                say(
                    'Before each part: b"\\r\\n", the delimiter, b"\\r\\n". After the last: '
                    'b"\\r\\n", the delimiter, b"--\\r\\n". The delimiter is b"--" and the '
                    "boundary as bytes. The first CRLF is also the empty line after the header."
                ),
                say(
                    'pieces = [header("Content-Type", f\'multipart/{subtype}; '
                    'boundary="{boundary}"\')]; for each part pieces += [CRLF, delimiter, CRLF, '
                    'part]; at the end the closing one, and b"".join(pieces). Before all that, '
                    "ValueError when parts is empty."
                ),
            ),
            forbids=MESSAGE_MAKERS,
        ),
        Exercise(
            name="parameter",
            check=check_parameter,
            hints=(
                say(
                    "There are two forms. When does the one with double quotes do? What in it "
                    "would end the quotes too early?"
                ),
                say(
                    'First refuse "\\r", "\\n" and "\\0". A short value with isascii() and '
                    'isprintable() stands in quotes: replace "\\\\" by two of them first, then the '
                    "quotes. For any other, go through it character by character: quote(character, "
                    'safe="") is at most 12 long, and pieces fill up to 50 or so.'
                ),
                say(
                    "With one piece: f\"{name}*=utf-8''{piece}\". With several, put utf-8'' in "
                    'front of the first, and join f"{name}*{number}*={piece}", numbered from 0, '
                    'with "; ".'
                ),
            ),
            forbids=("email", "base64", "binascii", "codecs", "smtplib"),
        ),
        Exercise(
            name="inline_image",
            check=check_inline_image,
            hints=(
                say(
                    "The cell that put the picture in its place did it by hand. Which of its words "
                    "become parameters of your function?"
                ),
                say(
                    "Four fields with header(...), an empty line, base64_lines(data). Before them "
                    "two refusals: a content_id without exactly one @ between other signs, with "
                    "white space, angle brackets or a letter outside ASCII; and a media_type that "
                    'does not start with "image/".'
                ),
                say(
                    're.fullmatch(r"[^\\s<>@]+@[^\\s<>@]+", content_id) and isascii() tell a good '
                    "id. The fields are Content-Type, Content-Transfer-Encoding, "
                    'header("Content-ID", f"<{content_id}>") and header("Content-Disposition", '
                    '"inline; " + parameter("filename", filename)).'
                ),
            ),
            forbids=FILE_MAKERS,
        ),
        Exercise(
            name="attachment",
            check=check_attachment,
            hints=(
                say(
                    "It is inline_image with one word changed, one field less, and no refusals of "
                    "its own."
                ),
                say(
                    "Content-Type with media_type(filename), Content-Transfer-Encoding with "
                    "base64, Content-Disposition with attachment and the name. Then the empty "
                    "line. parameter raises the ValueError by itself."
                ),
                say(
                    'Three header(...), the last one header("Content-Disposition", "attachment; " '
                    '+ parameter("filename", filename)), then b"\\r\\n" and base64_lines(data), '
                    "all joined with +."
                ),
            ),
            forbids=FILE_MAKERS,
        ),
        Exercise(
            name="build_message",
            check=check_build_message,
            hints=(
                say(
                    "Begin with the body, from the inside out: the text; if there is HTML, an "
                    "alternative of both; if there are pictures, related around that; if there are "
                    "attachments, mixed around all. The header comes in front of it."
                ),
                say(
                    'For each picture make an id, f"{secrets.token_hex(8)}@{domain}", put it into '
                    "the HTML, and give it to inline_image. In the HTML a name ends at the quote: "
                    "replace f'cid:{name}\"', quote included, so that map.png does not touch "
                    "map.png.gif. Refuse first: no recipients, pictures without html, a name "
                    "twice."
                ),
                say(
                    'body = text_part(text, "plain"); if html is not None: body = '
                    'multipart("alternative", [body, text_part(html, "html")]); if inline: body = '
                    'multipart("related", [body, *pictures]); if attachments: body = '
                    'multipart("mixed", [body, *files]). Return the six fields and then body, with '
                    "nothing between: body brings its own header."
                ),
            ),
            forbids=MESSAGE_MAKERS,
        ),
    ),
    questions=(
        Question(
            text=say(
                "The text of the first part itself has a line --cut-here in it. How many parts "
                "arrive?"
            ),
            choices=(
                say("Two: it is a line of text"),
                say("Three: it cuts like any other"),
                say("None: the server refuses the mail"),
            ),
            answer=say("Three: it cuts like any other"),
            why=say(
                "A reader has nothing but the lines. Every line that is -- and the boundary cuts, "
                "whoever wrote it; what stands behind it is a part, with a header if it has one. "
                "The server does not look inside at all."
            ),
        ),
        Question(
            text=say(
                "An alternative holds plain text, then HTML. What does a reader show that knows "
                "both?"
            ),
            choices=(
                say("The first that it knows"),
                say("The last that it knows"),
                say("Both, one below the other"),
            ),
            answer=say("The last that it knows"),
            why=say(
                "The sender goes from the plainest form to the one that is nearest to what was "
                "meant, and a reader takes the last one that it can show. So an old program reads "
                "the text, and a new one the page."
            ),
        ),
        Question(
            text=say(
                "One letter of the base64 is lost, in the middle. How much of the file is wrong?"
            ),
            choices=(
                say("One octet"),
                say("Three octets: its group of four letters"),
                say("Nearly everything after it"),
            ),
            answer=say("Nearly everything after it"),
            why=say(
                "Base64 has no marks where a group begins: readers count letters by four. One "
                "less, and each group from there on takes a letter of the next one: all bits stand "
                "six places too far to the left. Here and there an octet is right by chance."
            ),
        ),
    ),
)
