"""Octets and header fields: line ends and lengths, names and values, dates and parameters."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

from ...catalogue import say

__all__ = [
    "MESSAGE_ID",
    "TOKEN",
    "Broken",
    "apart",
    "date_time",
    "fields",
    "line_ends",
    "lines",
    "parameters",
    "sentence_of",
    "shown",
    "unfolded",
]

LONGEST = 998  # octets that no line may pass, RFC 5322 section 2.1.1
FOLD = 78  # octets of a header line that can be folded, the same section
FOLD_WORDS = 76  # the same with an encoded word in it, RFC 2047 section 2

CRLF = b"\r\n"
NAME = re.compile(rb"[!-9;-~]+")  # RFC 5322 section 3.6.8: printable, and no colon
UTF8_FIELDS = ("from", "to")  # may hold UTF-8 where SMTPUTF8 is spoken, RFC 6532

# RFC 5322 section 3.6.4, without its rarer forms. Content-ID has the same, RFC 2045 section 7.
MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
# RFC 5322 section 3.3: "Wed, 04 May 2016 09:30:00 +0200".
DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, +)?\d{1,2} +[A-Z][a-z]{2} +\d{4} +\d\d:\d\d(?::\d\d)? +[-+A-Z]"
)

TOKEN = r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"  # RFC 2045 section 5.1, without the tspecials
PARAMETER = re.compile(
    rf'\s*;\s*({TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({TOKEN}))(?=\s*(?:;|$))'
)
EXTENDED = re.compile(r"(?:[!#$&+.0-9A-Z^_`a-z{|}~-]|%[0-9A-Fa-f]{2})*")  # RFC 2231 section 7


class Broken(Exception):
    """A rule was broken: a short reason, the sentence for the student, what to look at.

    The sentence may begin with what the octets are called: it gets its capital here. octets are
    those in question, where there are some: the line, the letter, the boundary. line is the
    number of the line of a body, where it is known.
    """

    def __init__(
        self, reason: str, sentence: str, look: str = "", octets: bytes = b"", line: int = 0
    ) -> None:
        self.reason, self.sentence, self.look = reason, sentence_of(sentence), look
        self.octets, self.line = octets, line
        super().__init__(self.sentence)

    @property
    def finding(self) -> tuple[str, str, str]:
        return self.reason, self.sentence, self.look


def shown(octets: bytes, width: int = 60) -> str:
    """Octets inside a sentence, cut when there are many."""
    text = repr(octets[:width])[2:-1]
    return f"'{text}{'...' if len(octets) > width else ''}'"


def sentence_of(what: str) -> str:
    """The same with a capital. What begins with code, such as f('x'), stays as it is."""
    return what[:1].upper() + what[1:] if re.match(r"[^\W\d_]+ ", what) else what


# Octets


def lines(octets: bytes, what: str) -> None:
    """Line ends are CRLF and nothing else; no line is too long."""
    line_ends(octets, what)
    for line in octets.split(CRLF):
        if len(line) > LONGEST:
            raise Broken(
                "line-too-long",
                # Translators: {what} is what the octets are called, here and in all sentences of
                # the strict reader: "the message", "part 2 of the multipart/mixed", "the field".
                # A sentence that begins with it gets a capital letter by itself.
                say(
                    "A line of {what} has {count:,} octets, and no line may pass {most}: {line}.",
                    what=what,
                    count=len(line),
                    most=LONGEST,
                    line=shown(line, 40),
                ),
                say("base64_lines makes lines of 76 letters (RFC 2045, section 6.8).")
                if re.fullmatch(rb"[0-9A-Za-z+/]+=*", line)
                else say("RFC 5322, section 2.1.1. A strict server answers 500."),
                line,
            )


def line_ends(octets: bytes, what: str) -> None:
    """CR and LF come together alone. RFC 5322, section 2.3."""
    bare = re.search(rb"(?<!\r)\n|\r(?!\n)", octets)
    if bare:
        start = max(octets.rfind(end, 0, bare.start()) for end in (b"\r", b"\n")) + 1
        line = octets[start : bare.end()]
        excerpt = shown(line)
        raise Broken(
            "bare-line-end",
            say("A line of {what} ends in LF without a CR: {line}.", what=what, line=excerpt)
            if line.endswith(b"\n")
            else say("A line of {what} ends in CR without an LF: {line}.", what=what, line=excerpt),
            say("Each line of a mail ends in CRLF, the two octets \\r\\n (RFC 5322, section 2.3)."),
            line,
        )


# Header fields


def apart(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, the empty line where it ends (b"" if there is none), and body.

    RFC 5322, section 2.1: the first empty line ends the header.
    """
    return (b"", CRLF, raw[2:]) if raw.startswith(CRLF) else raw.partition(CRLF + CRLF)


def fields(head: bytes, what: str, *, folds: bool = False) -> list[tuple[str, str]]:
    """The fields of a header: names in lower case, values unfolded. RFC 5322, section 2.2.

    head is the lines of a header, without the empty line after them. folds: a line that can be
    folded is not longer than it should be.
    """
    found = [(name, _text(value, name, what)) for name, value in unfolded(head, what)]
    if folds:
        _folded(head, what)
    return found


def unfolded(head: bytes, what: str) -> list[tuple[str, bytes]]:
    """The same, and the values may hold any octets. RFC 5322, section 2.2.3."""
    found: list[tuple[str, bytes]] = []
    for line in head.removesuffix(CRLF).split(CRLF) if head else []:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and found:
            if not line.strip():
                raise Broken(
                    "blank-line",
                    say("In the header of {what} a line has nothing in it but spaces.", what=what),
                    say(
                        "Old readers take such a line for the end of the header: RFC 5322, section "
                        "3.2.2. Fold before a word."
                    ),
                )
            found[-1] = (found[-1][0], found[-1][1] + line)
        elif colon and NAME.fullmatch(name):
            found.append((name.decode().lower(), value))
        else:
            raise Broken(
                "no-field",
                say(
                    "In the header of {what} stands {line}, which is no header field.",
                    what=what,
                    line=shown(line),
                ),
                say(
                    "An empty line, CRLF and nothing else, parts header and body. Does each field "
                    "end in one CRLF, and is the empty line there?"
                ),
                line,
            )
    return found


def _text(value: bytes, name: str, what: str) -> str:
    if not value.isascii() and name not in UTF8_FIELDS:
        raise Broken(
            "raw-header",
            say(
                "The field {name} of {what} holds octets outside ASCII: {octets}.",
                name=name,
                what=what,
                octets=shown(value.strip()),
            ),
            say("Readers do not agree on what they mean. A header is ASCII."),
        )
    return value.decode("utf-8", "replace").strip()


def _folded(head: bytes, what: str) -> None:
    for line in head.removesuffix(CRLF).split(CRLF):
        first = line[:1] not in (b" ", b"\t")
        words = (line.partition(b":")[2] if first else line).split()
        encoded = b"=?" in line
        # One encoded word too long for the line of the name goes to the next one, if it can.
        movable = first and encoded and words and len(words[0]) < FOLD_WORDS
        if len(line.rstrip()) > (FOLD_WORDS if encoded else FOLD) and len(words) > (not movable):
            raise Broken(
                "not-folded",
                say(
                    "A header line of {what} has {count} octets, and a space at which it can be "
                    "folded: {line}.",
                    what=what,
                    count=len(line),
                    line=shown(line, 40),
                ),
                say(
                    "RFC 5322, section 2.1.1, wants {fold} at most, and RFC 2047, section 2, "
                    "{fold_words} with an encoded word. The space behind the colon is one to fold "
                    "at: the name then stands alone in its line.",
                    fold=FOLD,
                    fold_words=FOLD_WORDS,
                )
                if first and len(words) == 1
                else say(
                    "RFC 5322, section 2.1.1, wants {fold} at most, and RFC 2047, section 2, "
                    "{fold_words} with an encoded word. header folds at spaces: would the next "
                    "word still fit, with its space? The name counts too.",
                    fold=FOLD,
                    fold_words=FOLD_WORDS,
                ),
            )


def date_time(value: str) -> datetime:
    """The moment that a Date field names, in UTC where it names no zone. RFC 5322, section 3.3."""
    try:
        # The parser takes much that is no date of a letter, such as what time.ctime() writes.
        date = parsedate_to_datetime(value) if DATE.match(value) else None
    except ValueError:
        date = None
    if date is None:
        raise Broken(
            "wrong-date",
            say("{value!r} is no date of a letter.", value=value),
            say("RFC 5322, section 3.3: email.utils.formatdate writes it."),
        )
    return date if date.tzinfo else date.replace(tzinfo=UTC)


# Parameters, RFC 2045 section 5.1 and RFC 2231


def parameters(value: str, what: str) -> dict[str, str]:
    """The parameters of a field's value, by name in lower case, put together and decoded."""
    position = value.find(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    while 0 <= position < len(value.rstrip()):
        match = PARAMETER.match(value, position)
        if match is None:
            _bad_parameter(value[position:].strip("; "), what)
        position = match.end()
        name, quoted, token = match[1].lower(), match[2], match[3]
        text = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        base, number, star = _split_name(name, what)
        if star and quoted is not None:
            raise Broken(
                "quoted-extended",
                say(
                    "{what} puts quotes around what stands after {name}=; the form of RFC 2231 has "
                    "none.",
                    what=what,
                    name=match[1],
                ),
                say("With a * the value is charset''octets, without quotes around it."),
            )
        if number is None and not star:
            plain[base] = text
        else:
            pieces.setdefault(base, {})[number or 0] = (star, text)
    return plain | {name: _joined(name, numbered, what) for name, numbered in pieces.items()}


def _bad_parameter(rest: str, what: str) -> NoReturn:
    name, equals, text = rest.partition("=")
    excerpt = shown(rest.encode())
    if not rest:
        raise Broken(
            "bad-parameter",
            say("{what} ends in a semicolon, and no parameter follows it.", what=what),
            say("A ; stands between two parameters, and none behind the last."),
        )
    if not equals:
        sentence = say(
            "{what} has {excerpt} where a parameter, name=value, should be.",
            what=what,
            excerpt=excerpt,
        )
    elif "=?" in rest and rest.isascii():
        raise Broken(
            "encoded-word",
            say("{what} has an encoded word in it: {excerpt}.", what=what, excerpt=excerpt),
            say(
                "header writes one for what is not ASCII. A parameter has a form of its own, "
                "which is ASCII: parameter(name, value) writes it."
            ),
        )
    elif text.startswith(f"{name}="):
        raise Broken(
            "name-written-twice",
            say("{what} says {name}= twice: {excerpt}.", what=what, name=name, excerpt=excerpt),
            say("parameter(name, value) writes both, the name and the value."),
        )
    elif name.endswith("*") and not text.startswith('"'):
        _not_escaped(EXTENDED.sub("", text.replace("'", "", 2), count=1), name, what)
    elif re.match(r'".*\\\\"', text):
        raise Broken(
            "bad-parameter",
            say(
                'The quotes of {excerpt} in {what} end too early: before the " stand two \\.',
                excerpt=excerpt,
                what=what,
            ),
            say('First a \\ before each \\, then one before each ".'),
        )
    elif text.startswith('"'):
        sentence = say(
            "The quotes of {excerpt} in {what} end too early, or not at all.",
            excerpt=excerpt,
            what=what,
        )
    elif text.startswith("'"):
        raise Broken(
            "apostrophes",
            say("{what} has apostrophes around the value: {excerpt}.", what=what, excerpt=excerpt),
            say(
                'RFC 2045, section 5.1: what is more than letters and digits stands in "double '
                'quotes"'
            ),
        )
    else:
        sentence = say(
            "{what} has {excerpt} without quotes, and it needs them.",
            what=what,
            excerpt=excerpt,
        )
    raise Broken(
        "bad-parameter",
        sentence,
        say(
            'RFC 2045, section 5.1: what is more than letters and digits stands in "double '
            'quotes", and a " or a \\ inside has a \\ before it.'
        ),
    )


def _not_escaped(rest: str, name: str, what: str) -> NoReturn:
    base, name = name.partition("*")[0], name.rstrip("*")
    percent = say(
        "A % without two digits after it stands in the value of {name} in {what}.",
        name=name,
        what=what,
    )
    if re.match(r"%(?![0-9A-Fa-f]?(?:;|$))", rest):
        raise Broken(
            "not-escaped",
            percent,
            say(
                "A % of the value itself becomes %25, or a reader takes it for the start of a %XX."
            ),
        )
    if re.match(rf",\s*{TOKEN}=", rest):
        raise Broken(
            "comma",
            say("Between the pieces of {name} in {what} stands a comma.", name=base, what=what),
            say("A ; and a space stand between two parameters, and so between two pieces."),
        )
    if rest.startswith("%"):
        raise Broken(
            "cut-escape",
            percent,
            say("Was a %XX cut in two? A piece ends after a whole one."),
        )
    code = "".join(f"%{octet:02X}" for octet in rest[:1].encode())
    raise Broken(
        "not-escaped",
        say(
            "{sign!r} stands as it is in the value of {name} in {what}; there it has to be {code}.",
            sign=rest[:1],
            name=name,
            what=what,
            code=code,
        ),
        say(
            "RFC 2231, section 7, keeps few signs as they are: letters, digits, and some "
            'others. quote has a parameter safe, and it is "/" when you do not say.'
        ),
    )


def _split_name(name: str, what: str) -> tuple[str, int | None, bool]:
    match = re.fullmatch(r"([^*]+)(?:\*(0|[1-9][0-9]*))?(\*?)", name)
    if match is None:
        raise Broken(
            "numbering",
            say("{name} in {what} is no name of a parameter.", name=name, what=what),
            say("RFC 2231, section 3: name*0*, name*1* and so on."),
        )
    return match[1], int(match[2]) if match[2] else None, bool(match[3])


def _joined(name: str, numbered: dict[int, tuple[bool, str]], what: str) -> str:
    if sorted(numbered) != list(range(len(numbered))):
        came = ", ".join(map(str, sorted(numbered)))
        raise Broken(
            "numbering",
            say(
                "The pieces of {name} in {what} are numbered {numbers}.",
                name=name,
                what=what,
                numbers=came,
            ),
            say("RFC 2231, section 3: from 0, and none is left out."),
        )
    octets, charset = b"", None
    for number, (star, text) in sorted(numbered.items()):
        rest = text
        if not star:
            octets += text.encode()
            continue
        if number == 0:
            marks = text.split("'")
            if len(marks) < 3:
                raise Broken(
                    "no-charset",
                    say(
                        "The value of {name} in {what} begins with {start}, and the charset with "
                        "its two apostrophes is missing there.",
                        name=name,
                        what=what,
                        start=shown(text.encode(), 20),
                    ),
                    say(
                        "RFC 2231, section 4: utf-8''%E4%BD%A0. Between the apostrophes a language "
                        "may stand; none does here."
                    ),
                )
            charset, rest = marks[0].lower(), "'".join(marks[2:])
        elif charset is not None and text.lower().startswith(f"{charset}'"):
            raise Broken(
                "charset-repeated",
                say(
                    "Piece {number} of {name} in {what} says the charset again.",
                    number=number,
                    name=name,
                    what=what,
                ),
                say("Only the first piece says it: RFC 2231, section 4.1."),
            )
        if not EXTENDED.fullmatch(rest):
            _not_escaped(EXTENDED.sub("", rest, count=1), name, what)
        octets += re.sub(rb"%(..)", lambda m: bytes.fromhex(m[1].decode()), rest.encode())
    if charset not in (None, "utf-8"):
        raise Broken(
            "charset",
            say(
                "The charset of {name} in {what} is {charset!r}, and not utf-8.",
                name=name,
                what=what,
                charset=charset,
            ),
            say("utf-8'' in front, and behind it the octets of UTF-8, as quote writes them."),
        )
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken(
            "not-utf-8", say("The octets of {name} in {what} are no UTF-8.", name=name, what=what),
            say("Which encoding made these octets?"),
        ) from None  # fmt: skip
