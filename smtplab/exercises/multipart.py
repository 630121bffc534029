"""Lesson 06: the cases of each exercise, and the mistakes that are known, in the order asked."""

import math
import os
import random
import re
import threading
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any
from unittest.mock import patch

from .. import mime
from ..judge import Case, Check, Exercise, Facts, Lesson, When
from ..judge.formatting import shown
from ..solutions import multipart as reference
from ..words import Words
from .letters import CODECS, Form, breaks_rule, first_broken
from .multipart_files import ATTACHMENT, BREAKS, BUILD_MESSAGE, INLINE_IMAGE, MAKERS, NAMES
from .parts import as_pieces, first_of, made_of, name_differs, pieces_differ

__all__ = ["LESSON"]

WORDS = Words(__file__)

# --- choose_boundary ----------------------------------------------------------------------

FEWEST_BITS = 27  # of chance in a boundary: fifty draws of token_hex(4) show 31 or so
TEXT = b"Content-Type: text/plain\r\n\r\nHello\r\n"
FIRST, SECOND = b"(the first)", b"(the second)"  # in parts: a boundary that was drawn before
LINE, CLOSING = b"\r\nSomebody wrote:\r\n--%s\r\n\r\nand more", b"\r\n--%s--"


def drawing(source: Callable[[int], bytes], function: Any, *args: Any) -> Any:
    """Call it with another source of chance: for this thread, and only for the call."""
    me, real = threading.get_ident(), os.urandom

    def urandom(size: int) -> bytes:
        return source(size) if threading.get_ident() == me else real(size)

    # secrets and uuid draw from these
    with patch.object(os, "urandom", urandom), patch.object(random, "_urandom", urandom):
        return function(*args)


def fifty(choose_boundary: Any, parts: list[bytes]) -> tuple[Any, ...]:
    return tuple(choose_boundary(parts) for _ in range(50))


def boundary_in(drawn: Any) -> bytes:
    """The boundary of a multipart, or the one that was drawn by itself."""
    boundary = mime.read(drawn).root.boundary if type(drawn) is bytes else str(drawn)
    return boundary.encode("utf-8", "replace")


def same_chance(function: Any, *args: Any) -> list[Any]:
    """What comes when chance comes again, with its boundaries in the parts; and these parts."""
    state, seed = random.getstate(), os.urandom(16)
    chance, again = (random.Random(seed).randbytes for _ in range(2))
    one, other = (boundary_in(drawing(chance, function, *args[:-1], [TEXT])) for _ in range(2))
    parts = [part.replace(FIRST, one).replace(SECOND, other) for part in args[-1]]
    random.setstate(state)
    try:
        return [drawing(again, function, *args[:-1], parts), parts]
    finally:
        random.seed()


def chance_in(drawn: Sequence[str]) -> str:
    """How random boundaries are that were drawn one after the other."""
    if len(set(drawn)) < len(drawn):
        return "few"
    letters = [set(place) for place in zip_longest(*drawn, fillvalue="")]
    return "random" if sum(math.log2(len(seen)) for seen in letters) > FEWEST_BITS else "guessable"


def boundary_form(got: Any, parts: Sequence[bytes]) -> Form:
    """Of a boundary; of one in a list, with the parts that it was drawn for; of many in a tuple."""
    if type(got) is tuple:
        return {"rule": None, "chance": chance_in(list(map(str, got)))}
    boundary, parts = made_of(got, parts)
    if type(boundary) is not str:
        return {"rule": None}
    octets = boundary.encode("utf-8", "replace")
    return {
        "rule": first_broken(mime.check_boundary(boundary).violations),
        "space": " " in boundary,  # legal, but not promised
        "part": next((n for n, part in enumerate(parts, 1) if octets in part), 0),
    }


def other_type(f: Facts, kind: type) -> Any:
    """What comes the second time is of another type."""
    again = type(f.got) is type(f.want) is list and type(f.got[0]) is not kind
    return again and {"second": f.got[0]}


def drawn_is(kind: str) -> When:
    return lambda f: f.form["chance"] == kind and {"drawn": f.got, "count": len(set(f.got))}


def looks_at_parts(trial: Check, _: Any) -> None:
    """The function's text reads its parameter: not every kind of chance can come again."""
    text = trial.source.text if trial.source else ""
    found = re.search(r"\(\s*\**(\w+)", text)
    names = re.findall(r"\w+", re.sub(r'""".*?"""', "", text, flags=re.DOTALL))
    if found and names.count(found[1]) < 2:
        say = WORDS("unused.say", parameter=found[1])
        trial.fail("parts-unused", say, WORDS("unused.look"))


CHOOSE_BOUNDARY = Exercise(
    reference.choose_boundary,
    forbids=("email",),
    key=boundary_form,
    cases=[
        Case("two-parts", ([b"one part", b"another"],)),
        Case("octets", ([b"octets \xff\xfe\x00"],)),
        Case("no-parts", ([],)),
        Case("empty-part", ([b""],)),
        Case("fifty", ([b"one part", b"another"],), drive=fifty),
        Case("line", ([b"one part", LINE % FIRST],), drive=same_chance),
        Case("line", ([b"one part", b"a" + FIRST + b"b"],), drive=same_chance),
        Case("closing", ([b"one part", CLOSING % FIRST],), drive=same_chance),
        Case("two-lines", ([LINE % FIRST, b"one part", LINE % SECOND],), drive=same_chance),
        Case("two-lines", ([LINE % SECOND, b"one part", LINE % FIRST],), drive=same_chance),
    ],
    mistakes={
        "rule": breaks_rule,
        "other-type": lambda f: other_type(f, str),
        "space": lambda f: f.form["space"],
        "boundary-occurs": lambda f: (
            f.form["part"] and {"boundary": first_of(f.got), "part": f.form["part"]}
        ),
        "few": drawn_is("few"),
        "guessable": drawn_is("guessable"),
    },
    also=(looks_at_parts,),
)

# --- multipart ----------------------------------------------------------------------------

IMAGE = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo="
BARE = b"\r\nNo header, and dashes:\r\n--\r\n--=_\r\n-- \r\n\r\n"
EMPTY = b"Content-Type: text/plain\r\n\r\n"
BINARY = b"Content-Transfer-Encoding: binary\r\n\r\n\n one\n two\r gr\xfc\xdfe"
INNER = (
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n--=_b\r\n'
    + TEXT
    + b"\r\n--=_b--\r\n"
)


def texts_in(function: Any) -> set[bytes]:
    """The texts in the code of a function, and those that it has by name, as octets."""
    code = getattr(function, "__code__", None)
    if code is None:
        return set()
    found = [*code.co_consts, *map(function.__globals__.get, code.co_names)]
    texts = (one.encode(errors="replace") if type(one) is str else one for one in found)
    return {text for text in texts if type(text) is bytes}


def quoting_code(multipart: Any, subtype: str, parts: list[bytes]) -> list[Any]:
    """A multipart whose first part has all texts of the student's own code; and its parts."""
    parts = [b"\r\n".join([b"", *sorted(texts_in(multipart)), b""]), *parts[1:]]
    return [multipart(subtype, parts), parts]


def multipart_form(got: Any, subtype: str, parts: list[bytes]) -> Form:
    octets, parts = made_of(got, parts)
    return as_pieces(octets, parts) if type(octets) is bytes else {"rule": None}


MULTIPART = Exercise(
    reference.multipart,
    forbids=MAKERS,
    key=multipart_form,
    cases=[
        Case("two", ("mixed", [TEXT, IMAGE])),
        Case("three", ("alternative", [IMAGE, BARE, EMPTY])),
        Case("one", ("related", [TEXT])),
        Case("empty", ("mixed", [b"", TEXT + b"\r\n\r\n"])),
        Case("many", ("mixed", [b"%d" % (number % 100) + TEXT for number in range(300)])),
        Case("inner", ("mixed", [INNER, IMAGE])),
        Case("binary", ("mixed", [TEXT, BINARY])),
        Case("line", ("mixed", [TEXT, LINE % FIRST]), drive=same_chance),
        Case("two", ("mixed", [TEXT, IMAGE]), drive=quoting_code),
        Case("none", ("mixed", [])),
    ],
    mistakes={
        "call-before": lambda f: f.past and f.past[-1].got and f.got.startswith(f.past[-1].got),
        "other-type": lambda f: other_type(f, bytes),
        "no-header": lambda f: f.got.startswith(b"--"),
        "rule": breaks_rule,
        "pieces": pieces_differ,
    },
)

# --- parameter ----------------------------------------------------------------------------

MOST = 76  # characters of a piece
ONE_DIGIT = "%[0-9A-Fa-f](?![0-9A-Fa-f])"


def parameter_form(got: str, name: str, value: str) -> Form:
    read = mime.read_parameters(f"attachment; {got}")
    plain = value.isascii() and value.isprintable() and "=?" not in value
    short = plain and value == value.strip() and len(value) <= 30
    call = f"parameter({name!r}, {value!r})" if len(value) <= 40 else f"parameter({name!r}, value)"
    return {
        "rule": first_broken(read.violations, call),
        "raw": next((letter for letter in got if not " " <= letter <= "~"), ""),
        "around": got != got.strip("; \t\r\n"),
        "names": list(read.value),
        "value": read.value.get(name),
        "quoted": not short or "*" not in got.partition("=")[0],
        "longest": max(MOST, *map(len, got.split("; "))),
    }


def by_number(f: Facts) -> Any:
    """A letter that was written as %XX by its number, and not by its octets."""
    letter = next((c for c in f.value if ord(c) > 255 and f"%{ord(c):X}" in f.got.upper()), None)
    return letter and f.form["value"] != f.value and {"letter": letter, "number": ord(letter)}


def value_differs(f: Facts) -> Any:
    found = f.form["value"]
    fact = WORDS("parameter.fact", value=shown(found), call=f.call)
    return found != f.value and name_differs(found, f.value, fact)


# A cut after a fixed number of letters falls inside a %XX in one of them at least.
SHIFTED = ("a" + "你" * 40, "ab" + "你" * 40)

PARAMETER = Exercise(
    reference.parameter,
    forbids=("email", "base64", "binascii", *CODECS, "smtplib"),
    key=parameter_form,
    cases=[
        *(
            Case("value", ("filename", value), values={"shown": shown(value)})
            for value in (
                *NAMES,
                "bell\a.txt",
                "DEL\x7f.txt",
                "a" * 72 + ".txt",
                "a" * 900,
                *SHIFTED,
            )
        ),
        Case("other-name", ("name", "你.txt")),
        *(Case("break", ("filename", value)) for value in BREAKS),
        *(Case("surrogate", ("filename", value)) for value in ("a\ud83d", "a\udcff")),
    ],
    mistakes={
        "raw": lambda f: f.form["raw"] and {"character": f.form["raw"]},
        "one-digit": lambda f: (
            any(ord(letter) < 16 for letter in f.value) and re.search(ONE_DIGIT, f.got)
        ),
        "around": lambda f: f.got.lstrip().startswith(";") or f.got != f.got.strip(),
        "rule": breaks_rule,
        "wrong-name": lambda f: f.args[0] not in f.form["names"] and {"wanted": f.args[0]},
        "code-point": by_number,
        "encoded-twice": lambda f: (
            f.form["value"] != f.value and "%25" in f.got and "%" not in f.value
        ),
        "value": value_differs,
        "not-quoted": lambda f: not f.form["quoted"],
        "long-piece": lambda f: f.form["longest"] > MOST and {"count": f.form["longest"]},
    },
)

LESSON = Lesson(
    "06",
    __file__,
    (CHOOSE_BOUNDARY, MULTIPART, PARAMETER, INLINE_IMAGE, ATTACHMENT, BUILD_MESSAGE),
)
