"""Lesson 06: which wrong idea is behind a boundary, a multipart or a parameter that is not right.

Each function here ends the check over what is wrong, with a reason, a sentence and what to look
at; what a file in a part and a whole message must be is judged in `messages`.
"""

import math
import re
from itertools import zip_longest
from typing import Any

from ...catalogue import counted, plural, say
from .. import strict
from ..cases import Finding, brief
from ..judge import Trial
from ..messages import judge_file, of_type, wrong_value

__all__ = [
    "judge_boundary",
    "judge_chance",
    "judge_file_part",
    "judge_look_at_parts",
    "judge_multipart",
    "judge_occurrence",
    "judge_parameter",
]

FEWEST_BITS = 27  # of chance in a boundary: fifty draws of token_hex(4) show 31 or so


# A boundary


def judge_boundary(trial: Trial, got: Any) -> None:
    of_type(trial, got, str)
    try:
        strict.legal_boundary(got)
    except strict.Broken as broken:
        reason = "illegal-letter" if broken.octets else "wrong-length"
        trial.fail(reason, broken.sentence, broken.look)
    trial.require(  # legal, but not promised
        " " not in got,
        "illegal-letter",
        say("The boundary {boundary!r} has a space in it.", boundary=got),
        say("The docstring lists what a boundary is made of (RFC 2046, section 5.1.1)."),
    )


def judge_chance(trial: Trial, drawn: list[str]) -> None:
    """Boundaries that were drawn one after the other differ, and nobody can guess the next."""
    different = len(set(map(str, drawn)))
    trial.require(
        different > 1,
        "fixed-boundary",
        say("choose_boundary returned {boundary!r} every time.", boundary=drawn[0]),
        say(
            "Whoever has one of our mails knows it, and can write it into a text. A random one "
            "cannot be known."
        ),
    )
    trial.require(
        different == 50,
        "few-boundaries",
        counted(
            different,
            plural(
                "Of 50 boundaries only {count} was different.",
                "Of 50 boundaries only {count} were different.",
            ),
        ),
        say("More letters, or a better source of chance: secrets.token_hex(12), say."),
    )
    letters = [set(place) for place in zip_longest(*drawn, fillvalue="")]
    trial.require(
        sum(math.log2(len(seen)) for seen in letters) > FEWEST_BITS,
        "guessable",
        say(
            "{first!r}, {second!r}: little changes from one boundary to the next, and others "
            "can guess it.",
            first=drawn[0],
            second=drawn[1],
        ),
        say(
            "A short number has few values, and the time is known to everybody. "
            "secrets.token_hex(12) has 24 places that are all random."
        ),
    )


def judge_occurrence(trial: Trial, got: str, parts: list[bytes]) -> None:
    """The boundary is in none of the parts."""
    number = next((n for n, part in enumerate(parts, 1) if got.encode() in part), 0)
    trial.require(
        not number,
        "boundary-occurs",
        say(
            "choose_boundary returned {got!r}, and part {number} has that in it.",
            got=got,
            number=number,
        ),
        say(
            "Look into every part, and draw again until nothing is found: the next one may "
            "occur as well."
        ),
    )


def judge_look_at_parts(trial: Trial) -> None:
    """The function's text reads its parameter: not every kind of chance can come again."""
    source = trial.source
    if source is not None:
        names = re.findall(r"\w+", re.sub(r'""".*?"""', "", source.text, flags=re.DOTALL))
        found = re.search(r"\(\s*\**(\w+)", source.text)
        parameter = found[1] if found else ""
        trial.require(
            names.count(parameter) > 1,
            "parts-unused",
            say("choose_boundary never looks at {parameter}.", parameter=parameter)
            if parameter
            else say("choose_boundary never looks at its parameter."),
            say("Chance is on our side, but a test is certain: is it in one of the parts?"),
        )


# A multipart


def judge_multipart(trial: Trial, got: Any, subtype: str, parts: list[bytes]) -> bytes:
    of_type(trial, got, bytes)
    part = strict.opened(got, say("the multipart"), folds=True)
    trial.require(
        part.type == f"multipart/{subtype}",
        "wrong-subtype",
        say(
            "The Content-Type is {type}, and multipart/{subtype} was asked for.",
            type=part.type,
            subtype=subtype,
        )
        if part.get("Content-Type")
        else say("The octets have no Content-Type field at their beginning."),
        say("The first parameter says which."),
    )
    trial.require(
        part.encoding in ("7bit", "8bit", "binary"),
        "encoded-multipart",
        say(
            "The multipart says that it is in {encoding}, and only its parts can be.",
            encoding=part.encoding,
        ),
        say("RFC 2045, section 6.4. Each part says by itself how it is encoded."),
    )
    boundary, pieces = part.boundary, part.pieces()
    where = [number for number, p in enumerate(parts, 1) if f"--{boundary}".encode() in p]
    if where and len(pieces) > len(parts):
        trial.fail(
            "boundary-occurs",
            counted(
                len(parts),
                plural(
                    "The boundary {boundary} stands in part {part}, and cuts it: 1 part went in, "
                    "{out} come out.",
                    "The boundary {boundary} stands in part {part}, and cuts it: {count} parts "
                    "went in, {out} come out.",
                ),
                boundary=boundary,
                part=where[0],
                out=len(pieces),
            ),
            say("choose_boundary looks into the parts."),
        )
    trial.require(
        part.body.count(f"--{boundary}--".encode()) == 1 or len(pieces) == len(parts),
        "closed-early",
        say(
            "After part {number} of {last} stands the closing delimiter, and readers stop there.",
            number=len(pieces),
            last=len(parts),
        ),
        say("The one with two hyphens more comes once, after the last part."),
    )
    trial.require(
        len(pieces) == len(parts),
        "wrong-count",
        counted(
            len(parts),
            plural(
                "1 part went in, and {out} come out.", "{count} parts went in, and {out} come out."
            ),
            out=len(pieces),
        ),
        say("One delimiter before each part, and the closing one at the end."),
    )
    for number, (piece, wanted) in enumerate(zip(pieces, parts, strict=True), 1):
        if piece != wanted:
            reason, sentence, look = wrong_piece(piece, wanted, parts, number)
            trial.fail(reason, sentence, look, sent=piece, expected=wanted)
    return boundary.encode()


def wrong_piece(piece: bytes, wanted: bytes, parts: list[bytes], number: int) -> Finding:
    if piece == b"\r\n" + wanted:
        return (
            "line-before",
            say(
                "Part {number} begins with an empty line that it did not have: its header fields "
                "have become text.",
                number=number,
            ),
            say(
                "After a delimiter comes one CRLF, then the part, which brings its own empty line."
            ),
        )
    if piece == wanted + b"\r\n":
        return (
            "line-after",
            say("Part {number} ends in a CRLF more than it had.", number=number),
            say(
                "One CRLF stands before a delimiter, whatever the part ends in: it is the "
                "delimiter's."
            ),
        )
    if piece + b"\r\n" == wanted:
        return (
            "end-lost",
            say(
                "Part {number} lost the CRLF at its end: the delimiter after it has no CRLF of its "
                "own.",
                number=number,
            ),
            say("Put CRLF before every delimiter, also when the part ends in one."),
        )
    if piece in (p for p in parts if p != wanted):
        return (
            "other-part",
            say("In the place of part {number} stands another one.", number=number),
            say("The parts come in the order in which they were given."),
        )
    if piece == repr(wanted).encode():
        return (
            "repr-of-bytes",
            say(
                "Part {number} comes inside b'...': that is how Python shows bytes.", number=number
            ),
            say("str(some_bytes) and an f-string write the b and the quotes too. Join bytes."),
        )
    return (
        "part-changed",
        say("Part {number} did not come out as it went in.", number=number),
        say("Look at the caret."),
    )


# A parameter


def judge_parameter(trial: Trial, got: Any, name: str, value: str) -> None:
    of_type(trial, got, str)
    call = f"parameter({name!r}, {brief(value)})"
    if not got.isascii():
        letter = next(c for c in got if ord(c) > 127)
        trial.fail(
            "raw-letters",
            say("{letter!r} stands as it is in what {call} returned.", letter=letter, call=call),
            say("A header is ASCII. The form of RFC 2231 writes its UTF-8 octets as %XX."),
        )
    if "=?" in got:
        trial.fail(
            "encoded-word",
            say(
                "{call} wrote an encoded word, and those are for text, not for parameters.",
                call=call,
            ),
            say("RFC 2047, section 5. Parameters have a form of their own: name*=utf-8''%XX."),
        )
    control = re.search(r"[\x00-\x1f\x7f]", got)
    if control and control[0] in "\r\n":
        trial.fail(
            "line-break",
            say("A line break stands in what {call} returned.", call=call),
            say('header folds the field, at its spaces. Join the pieces with "; ".'),
        )
    if control:
        trial.fail(
            "control-raw",
            say(
                "{character!r} stands as it is in what {call} returned, and is not printable.",
                character=control[0],
                call=call,
            ),
            say("isascii() says yes to it; isprintable() says no. It goes as %XX."),
        )
    if got.lstrip().startswith(";") or got != got.strip():
        trial.fail(
            "more-than-parameter",
            say(
                "{call} begins or ends with something that is not the parameter: {got}.",
                call=call,
                got=brief(got),
            ),
            say("name=value, or pieces of it with '; ' between them, and nothing around them."),
        )
    found = strict.parameters(f"attachment; {got}", call).get(name)
    if found is None:
        trial.fail(
            "wrong-name",
            say(
                "{call} returned {got}, and its parameter is not called {name}.",
                call=call,
                got=brief(got),
                name=name,
            ),
            say("The first argument is the name."),
        )
    by_number = next((c for c in value if ord(c) > 255 and f"%{ord(c):X}" in got.upper()), None)
    if found != value and by_number:
        trial.fail(
            "code-point",
            say(
                "{letter!r} was written by its number {number:X}, and not by its octets.",
                letter=by_number,
                number=ord(by_number),
            ),
            say("encode() gives the octets, and each of them becomes %XX. quote does both."),
        )
    if found != value and "%25" in got and "%" not in value:
        trial.fail(
            "encoded-twice",
            say("The % of a %XX was encoded again in what {call} returned, to %25.", call=call),
            say("quote goes over the value once."),
        )
    if found != value:
        fact = say(
            "A reader gets {value} from what {call} returned.", value=brief(found), call=call
        )
        trial.fail(*wrong_value(found, value, fact))
    plain = value.isascii() and value.isprintable() and "=?" not in value
    if plain and value == value.strip() and len(value) <= 30 and "*" in got.partition("=")[0]:
        trial.fail(
            "not-quoted",
            say(
                "{call} returned {got}; a short value of printable ASCII stands in double quotes.",
                call=call,
                got=brief(got),
            ),
            say(
                "Every reader knows that form. What else of the value does your condition ask for?"
            ),
        )
    longest = max(got.split("; "), key=len)
    if len(value) > 60 and len(longest) > 76 >= max(map(len, got.split(";"))):
        trial.fail(
            "no-space",
            say("Between the pieces that {call} returned stands a ; without a space.", call=call),
            say("header folds at spaces, and nowhere else."),
        )
    if len(value) > 60 and len(longest) > 76:
        trial.fail(
            "long-piece",
            counted(
                len(longest),
                plural(
                    "{call} has a piece of {count} character, and a line of a header has room for "
                    "76 of them.",
                    "{call} has a piece of {count} characters, and a line of a header has room for "
                    "76 of them.",
                ),
                call=call,
            ),
            say(
                "RFC 2231, section 3: {name}*0*=..., {name}*1*=... and so on, each of them short.",
                name=name,
            ),
        )


# A file


def judge_file_part(trial: Trial, got: Any, *args: Any) -> strict.Part:
    of_type(trial, got, bytes)
    data = args[1]
    trial.require(
        len(data) < 60 or not got.rstrip(b"\r\n").endswith(data.rstrip(b"\r\n")),
        "not-encoded",
        say("The octets of the file stand in the part as they are."),
        say(
            "A mail is lines of ASCII: base64_lines(data) is the body, and the header says base64."
        ),
    )
    part = strict.opened(got, say("the part"), folds=True)
    judge_file(trial, part, *args)
    return part
