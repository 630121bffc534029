"""Values of header fields: comments, parameters, dates, and ids of messages and parts."""

import re
from datetime import MAXYEAR, UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from .charsets import codec, fits, text_of, wider
from .encodings import decode_words
from .rules import Reading, Violation, shown

__all__ = [
    "TOKEN",
    "check_boundary",
    "first_word",
    "read_date",
    "read_id",
    "read_media_type",
    "read_parameters",
    "without_comments",
]

TOKEN = r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"  # RFC 2045 section 5.1, without the tspecials
MEDIA_TYPE = re.compile(rf"{TOKEN}/{TOKEN}")  # the same section
SEMICOLON = re.compile(r";\s*")
UNQUOTED = re.compile(r"\\(.)", re.DOTALL)
PARAMETER = re.compile(rf'({TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({TOKEN}))\s*(?=;|\Z)', re.DOTALL)
# The same, read with patience: what is wrong with it is told by itself.
PATIENT = re.compile(r'([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|"?([^;]*))', re.DOTALL)
EXTENDED = re.compile(r"(?:[!#$&+.0-9A-Z^_`a-z{|}~-]|%[0-9A-Fa-f]{2})*")  # RFC 2231 section 7
ESCAPES = ("not-escaped", "cut-escape", "comma")
APART = ("", ";", "=", " ", "\t")
PIECE = re.compile(r"([^*]+)(?:\*(0|[1-9][0-9]{0,3}))?(\*?)")  # sections 3 and 4
PLAIN = -1  # the number of a value that is not in pieces
MAX_PARAMETERS = 1_000  # a long name in pieces is many

LONGEST_BOUNDARY = 70  # RFC 2046 section 5.1.1
NO_BOUNDARY = re.compile(r"[^0-9A-Za-z'()+_,./:=? -]| \Z")  # bcharsnospace, and spaces

# RFC 5322 section 3.6.4, without its rarer forms. Content-ID has the same, RFC 2045 section 7.
MESSAGE_ID = re.compile(r'<(?:[^\s<>@"]+|"[^"]*")@[^\s<>@]+>')

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 5322 section 3.3: "Wed, 04 May 2016 09:30:00 +0200"; section 4.3 has the older forms:
# a year of two digits, zones of letters, blanks around the colons.
DATE = re.compile(
    rf"(?:({'|'.join(DAYS)})\s*,)?\s*(\d{{1,2}})\s+({'|'.join(MONTHS)})\s+(\d{{2,9}})\s+"
    r"(\d\d)\s*:\s*(\d\d)(?:\s*:\s*(\d\d))?\s+([+-]\d{4}|[a-z]{1,5})",
    re.IGNORECASE | re.ASCII,
)


class Piece(NamedTuple):
    """A value of a parameter, or a piece of one; the form of an extended one is name*=."""

    extended: bool
    quoted: bool
    text: str


# Comments, RFC 5322 section 3.2.2


def without_comments(value: str) -> str:
    """The value with blanks in the place of its comments, so that places in it stay the same.

    In (1) of a name like a(1).zip nobody means a comment: it stays, as readers have it.
    """
    if "(" not in value:
        return value
    kept = list(value)
    depth = start = at = 0
    quoted = False
    while at < len(value):
        sign = value[at]
        if sign == "\\" and (quoted or depth):
            at += 1
        elif sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            start, depth = (at, 1) if not depth else (start, depth + 1)
        elif sign == ")" and depth:
            depth -= 1
            before, after = value[:start][-1:], value[at + 1 : at + 2]
            if not depth and (before in APART or after in ("(", *APART)):
                kept[start : at + 1] = " " * (at + 1 - start)
        at += 1
    return "".join(kept)


def first_word(value: str) -> str:
    """What stands before the parameters, in lower case: text/plain, attachment, base64."""
    return without_comments(value).partition(";")[0].strip().lower()


def read_media_type(value: str) -> Reading[str]:
    """The media type of a Content-Type; "" where it names none. RFC 2045, section 5.1."""
    found = re.sub(r"\s*/\s*", "/", first_word(value), count=1)
    if MEDIA_TYPE.fullmatch(found):
        return Reading(found)
    if re.match(rf"{MEDIA_TYPE.pattern}[\s,]+{TOKEN}=", found):
        violation = Violation("no-semicolon", 0, len(value), {"found": found})
    else:
        violation = Violation("no-media-type", 0, len(value), {"value": value})
    return Reading(found, (violation,))


# Parameters, RFC 2045 section 5.1 and RFC 2231


def read_parameters(value: str) -> Reading[dict[str, str]]:
    """The parameters of a field's value, by name in lower case, put together and decoded.

    value is all of it, unfolded: attachment; filename*=utf-8''%E4%BD%A0.txt. Where one is named
    twice the first counts. Of what is malformed the first is told, and the rest is read with
    patience. Violations have no place in the value: a field is marked as a whole.
    """
    text = without_comments(value)
    violations: list[Violation] = []
    pieces: dict[str, dict[int, Piece]] = {}
    malformed = False
    at = 0
    for _ in range(MAX_PARAMETERS):
        semicolon = SEMICOLON.search(text, at)
        if semicolon is None:
            break
        at = semicolon.end()
        match = PARAMETER.match(text, at)
        if match is None:
            if not malformed:
                violations.append(_bad_parameter(value[at:]))
                malformed = True
            match = PATIENT.match(text, at)
        if match is None:
            continue
        at = match.end()
        quoted = match[2] is not None
        said = UNQUOTED.sub(r"\1", match[2]) if quoted else match[3].strip()
        piece = PIECE.fullmatch(match[1].lower())
        if piece is None:
            violations.append(_parameter("numbering", match[1].lower(), "name"))
            continue
        extended = bool(piece[3])
        if extended and quoted:
            violations.append(_parameter("quoted-extended", match[1]))
        number = int(piece[2] or (0 if extended else PLAIN))
        pieces.setdefault(piece[1], {}).setdefault(number, Piece(extended, quoted, said))
    found: dict[str, str] = {}
    for name, numbered in pieces.items():
        plain = numbered.pop(PLAIN, None)
        if numbered:
            found[name] = _joined(name, numbered, violations)
        elif plain is not None:
            # An encoded word in it is read, as mail programs do.
            found[name] = decode_words(plain.text).value
            told = any(one.rule == "encoded-word" for one in violations)
            if found[name] != plain.text and not told:
                excerpt = shown(plain.text.encode())
                violations.append(Violation("encoded-word", values={"excerpt": excerpt}))
    return Reading(found, tuple(violations))


def _parameter(rule: str, name: str, variant: str = "", **values: object) -> Violation:
    return Violation(rule, values={"name": name, **values}, variant=variant)


def _bad_parameter(here: str) -> Violation:
    """What is wrong with the parameter that begins here."""
    rest = here.strip("; ")
    name, equals, text = rest.partition("=")
    name = name.strip()
    first = text.partition(";")[0]
    cases: tuple[tuple[object, str, str], ...] = (
        (not here.strip() or here.startswith(";"), "bad-parameter", "empty"),
        ("=?" in rest and rest.isascii() and text.strip(), "encoded-word", ""),
        (not equals or not re.fullmatch(TOKEN, name), "bad-parameter", "no-equals"),
        (not first.strip(), "bad-parameter", "no-value"),
        (text.startswith(f"{name}="), "name-written-twice", ""),
        (name.endswith("*") and not text.startswith('"'), "not-escaped", ""),
        (re.match(r'"[^"]*\\\\"', text), "bad-parameter", "backslash"),
        (text.startswith('"'), "bad-parameter", "quotes"),
        (text.startswith("'"), "apostrophes", ""),
        (True, "bad-parameter", "unquoted"),
    )
    rule, variant = next((rule, variant) for holds, rule, variant in cases if holds)
    if rule == "not-escaped":
        return _not_escaped(EXTENDED.sub("", first.replace("'", "", 2), count=1), name)
    excerpt = shown(rest.encode("utf-8", "replace"))
    return _parameter(rule, name, variant, excerpt=excerpt)


def _not_escaped(rest: str, name: str) -> Violation:
    """rest begins with a sign that cannot stand in an extended value as it is."""
    if re.match(r"%(?![0-9A-Fa-f]?(?:;|$))", rest):
        return _parameter("not-escaped", name.rstrip("*"), "percent")
    if re.match(rf",\s*{TOKEN}=", rest):
        return _parameter("comma", name.partition("*")[0])
    if rest.startswith("%"):
        return _parameter("cut-escape", name.rstrip("*"))
    code = "".join(f"%{octet:02X}" for octet in rest[:1].encode("utf-8", "replace"))
    return _parameter("not-escaped", name.rstrip("*"), sign=rest[:1], code=code)


def _joined(name: str, numbered: dict[int, Piece], violations: list[Violation]) -> str:
    """Pieces put together, in the order of their numbers. RFC 2231, sections 3 and 4."""
    numbers = sorted(numbered)
    if numbers != list(range(len(numbers))):
        came = ", ".join(map(str, numbers))
        violations.append(_parameter("numbering", name, numbers=came))
    octets, charset, named = b"", "", False
    for number in numbers:
        extended, quoted, rest = numbered[number]
        if not extended:
            octets += rest.encode("utf-8", "replace")
            continue
        if number == 0:
            marks = rest.split("'", 2)
            if len(marks) < 3:
                start = shown(rest.encode("utf-8", "replace"), 20)
                violations.append(_parameter("no-charset", name, start=start))
            else:
                charset, rest, named = marks[0].lower(), marks[2], True
        elif charset and rest.lower().startswith(f"{charset}'"):
            violations.append(_parameter("charset-repeated", name, number=number))
        escaped = quoted or EXTENDED.fullmatch(rest)
        if not escaped and not any(one.rule in ESCAPES for one in violations):
            violations.append(_not_escaped(EXTENDED.sub("", rest, count=1), name))
        octets += unquote_to_bytes(rest.encode("utf-8", "replace"))
    if named and charset != "utf-8":
        violations.append(_parameter("charset", name, charset=charset))
    escapes = any(one.rule in ESCAPES for one in violations)
    if codec(charset or "utf-8") == "utf_8" and not fits(octets, "utf-8") and not escapes:
        violations.append(_parameter("not-utf-8", name))
    elif charset and not fits(octets, charset) and not escapes:
        facts = {"charset": charset, "wider": wider(octets, charset)}
        variant = "wider-value" if facts["wider"] else "value"
        violations.append(_parameter("not-in-charset", name, variant, **facts))
    return text_of(octets, charset or "utf-8")


# Dates and ids


def read_date(value: str) -> Reading[datetime | None]:
    """The moment that a Date field names, in UTC where it names no zone; None where it is none."""
    match = DATE.fullmatch(without_comments(value).strip())
    if match is None:
        return Reading(None, (_value("wrong-date", value),))
    day, number, month, year, hour, minute, second, zone = match.groups()
    years = int(year)
    if len(year) < 4:  # RFC 5322, section 4.3
        years += 2000 if len(year) == 2 and years < 50 else 1900
    if years > MAXYEAR:  # legal, and Python has no such moment
        return Reading(None)
    moment = (years, MONTHS.index(month.lower()) + 1, int(number), int(hour), int(minute))
    read = parsedate_tz(f"1 Jan 2000 00:00 {zone}")  # it knows the zones
    offset = (read and read[9]) or 0
    try:
        date = datetime(*moment, min(int(second or 0), 59), tzinfo=UTC)
        if abs(offset) < 24 * 60 * 60:  # +9959 is legal, and Python has no such zone
            date = date.replace(tzinfo=timezone(timedelta(seconds=offset)))
    except (ValueError, OverflowError):
        return Reading(None, (_value("wrong-date", value, "none"),))
    if int(second or 0) > 60 or (not zone.isalpha() and int(zone[3:]) > 59):
        return Reading(date, (_value("wrong-date", value, "none"),))
    if day and DAYS.index(day.lower()) != date.weekday():
        right = DAYS[date.weekday()].capitalize()
        return Reading(date, (_value("wrong-date", value, "day", day=day, right=right),))
    if len(year) < 4 or zone.isalpha() or re.search(r"\s:|:\s|[a-z]\s,", match[0], re.IGNORECASE):
        return Reading(date, (_value("obsolete-date", value),))
    return Reading(date)


def read_id(value: str, field: str = "Message-ID") -> Reading[str | None]:
    """The id of a Message-ID or Content-ID field, without its angle brackets; None for none."""
    bare = without_comments(value).strip()
    if MESSAGE_ID.fullmatch(bare):
        return Reading(bare[1:-1])
    rule = "wrong-content-id" if field.lower() == "content-id" else "wrong-message-id"
    return Reading(None, (Violation(rule, 0, len(value), {"name": field, "value": value[:80]}),))


def _value(rule: str, value: str, variant: str = "", **values: object) -> Violation:
    return Violation(rule, 0, len(value), {"value": value[:80], **values}, variant)


# Boundaries


def check_boundary(boundary: str) -> Reading[str]:
    """Whether it can be one: RFC 2046, section 5.1.1."""
    strange = NO_BOUNDARY.search(boundary)
    if strange is not None:
        variant = "blank" if strange[0] == " " else "sign"
        values = {"boundary": boundary, "sign": strange[0]}
        return Reading(boundary, (Violation("illegal-boundary", *strange.span(), values, variant),))
    if 1 <= len(boundary) <= LONGEST_BOUNDARY:
        return Reading(boundary)
    excerpt = shown(boundary.encode("utf-8", "replace"))
    facts = {"boundary": excerpt, "count": len(boundary), "most": LONGEST_BOUNDARY}
    return Reading(boundary, (Violation("illegal-boundary", 0, len(boundary), facts),))
