"""Encodings, undone: encoded words of a header, quoted-printable, base64.

Each function gives what a patient reader makes of the octets, and says where they break a rule.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from .charsets import codec, cut_at, fits, text_of, wider
from .rules import Reading, Violation, shown

__all__ = [
    "AS_IT_IS",
    "ENCODINGS",
    "decode_base64",
    "decode_quoted_printable",
    "decode_words",
    "encoded_word",
    "regular_base64",
    "undone",
]

CRLF = b"\r\n"
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
AS_IT_IS = ("7bit", "8bit", "binary")  # RFC 2045, section 6.2
ENCODINGS = (*AS_IT_IS, "quoted-printable", "base64")  # section 6.1
UU = ("x-uuencode", "uuencode", "x-uue")  # no RFC has it: mail did before there was MIME

# RFC 2047, section 2: encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
WORD = re.compile(r"=\?([^?\s]*)\?([^?\s]*)\?([^?\s]*)\?=")
LONGEST_WORD = 75  # the same section
QUOTED_LINE = 76  # RFC 2045 section 6.7, rule 5: the = of a soft line break counts too
# Where a line may break a rule of section 6.7; most lines have no such place.
SUSPECT = re.compile(rb"[^\t\r\n -~]|(?<![^\n])[^\r\n]{77}|[ \t](?=\r\n|\Z)|=(?![0-9A-F]{2}|\r?\n)")
PADDING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
BASE64_LINE = 76  # letters, RFC 2045 section 6.8
NO_LETTERS = re.sub(rb"[A-Za-z0-9+/=]", b"", bytes(range(256)))
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=))?")
# The signs + behind the others keep no way back: a body may have 25 MB.
REGULAR = re.compile(rb"(?:[A-Za-z0-9+/]{1,76}+\r\n)*+(?:[A-Za-z0-9+/]{2,76}={0,2}(?:\r\n)?)?+")
MOST = 21  # violations of one rule that are looked for: one more than is told


# Encoded words, RFC 2047


def decode_words(value: str) -> Reading[str]:
    """A field's value as a reader shows it; what is no encoded word stays as it is.

    White space between two encoded words is not shown (section 6.2). Two words of one charset
    that follow each other are put together before they become text, as kind programs do.
    """
    pieces: list[str | tuple[str, bytes]] = []  # what is shown as it is; charset and octets
    violations: list[Violation] = []
    end = 0
    for match in WORD.finditer(value):
        between = value[end : match.start()]
        read = encoded_word(match[0])
        violations += [
            replace(one, start=match.start(), end=match.end()) for one in read.violations
        ]
        charset, end = _charset(match[1]), match.end()
        before = pieces[-1] if pieces and not between.strip() else ""
        if read.value is None or codec(charset) is None:
            pieces += [between, match[0]]
        elif isinstance(before, str):
            pieces += [between, (charset, read.value)]
        elif before[0] == charset:
            pieces[-1] = charset, before[1] + read.value
        else:
            pieces.append((charset, read.value))
    pieces.append(value[end:])
    texts = (one if isinstance(one, str) else text_of(one[1], one[0]) for one in pieces)
    return Reading("".join(texts), tuple(violations))


def encoded_word(word: str) -> Reading[bytes | None]:
    """The octets of one encoded word; None where it has not the form of one: sections 2 and 5."""
    parts = WORD.fullmatch(word)
    if parts is None:
        return Reading(None, (_word(word, "no-encoded-word", text=word[:40]),))
    charset, encoding, letters = _charset(parts[1]), parts[2].upper(), parts[3]
    found: list[Violation] = []
    if letters.startswith(("b'", 'b"')):
        return Reading(None, (_word(word, "repr-of-bytes"),))
    if charset != "utf-8" or encoding != "B":
        found.append(_word(word, "other-frame", charset=parts[1], encoding=parts[2]))
    if encoding not in ("B", "Q"):
        return Reading(None, tuple(found))
    if len(word) > LONGEST_WORD:
        found.append(_word(word, "long-word", count=len(word), most=LONGEST_WORD))
    raw = letters.encode("utf-8", "replace")
    if encoding == "Q":  # section 4.2
        octets = binascii.a2b_qp(raw, header=True)
        if re.search(rb"=(?![0-9A-Fa-f]{2})", raw):
            found.append(_word(word, "no-encoded-word", "q", text=word[:40]))
    else:
        octets = _patient_base64(raw)
        if not BASE64.fullmatch(raw):
            found.append(_word(word, "not-base64", "word"))
            return Reading(octets or None, tuple(found))
    if not letters:
        found.append(_word(word, "empty-word"))
    if (cut := cut_at(octets, charset)) is not None:
        rest, ends = cut
        variant = "ends" if ends else "begins"
        found.append(_word(word, "character-cut", variant, rest=shown(rest[:8], 8)))
    elif not fits(octets, charset):
        read_as = wider(octets, charset)
        variant = "wider-word" if read_as else "word"
        found.append(_word(word, "not-in-charset", variant, charset=charset, wider=read_as))
    elif codec(charset) is None:
        found.append(_word(word, "unknown-charset", "word", charset=charset))
    return Reading(octets, tuple(found))


def _charset(name: str) -> str:
    """Without the language that RFC 2231, section 5, lets stand behind it."""
    return name.partition("*")[0].lower()


def _word(word: str, rule: str, variant: str = "", **values: object) -> Violation:
    return Violation(rule, 0, len(word), dict(values), variant)


# Quoted-printable, RFC 2045 section 6.7


def decode_quoted_printable(body: bytes) -> Reading[bytes]:
    """The octets that a quoted-printable body stands for, as lines with their CRLF."""
    return Reading(undone(body, "quoted-printable"), tuple(quoted_printable_violations(body)))


def quoted_printable_violations(body: bytes) -> Iterator[Violation]:
    """What is wrong in each line; of one line the first thing alone."""
    yield from bare_line_ends(body)
    done = told = 0
    for found in SUSPECT.finditer(body):
        if found.start() < done:
            continue
        start, done = line_of(body, found.start())
        last = not body.endswith(b"\n", start, done)
        number = body.count(b"\n", 0, start) + 1
        one = _quoted_row(body[start:done].rstrip(b"\r\n"), number, start, last)
        if one is not None:
            yield one
            told += 1
        if told == MOST:
            return


def _quoted_row(row: bytes, number: int, at: int, last: bool) -> Violation | None:
    def found(rule: str, variant: str = "", **values: object) -> Violation:
        return Violation(rule, at, at + len(row), {"line": number, **values}, variant)

    strange = re.search(rb"[^\t -~\r\n]", row)  # a bare CR or LF was told as what it is
    if strange:
        return found("raw-octet", octet=strange[0])
    if len(row) > QUOTED_LINE:
        soft = "soft" if row.endswith(b"=") else ""
        return found("long-line", soft, count=len(row), most=QUOTED_LINE)
    if row[-1:] in (b" ", b"\t"):
        return found("trailing-space", end=row[-1:])
    if last and row.endswith(b"="):
        return found("soft-break-at-end")
    for match in re.finditer(rb"=(?![0-9A-F]{2})", row):
        rest = row[match.start() :]
        if rest == b"=":
            continue
        if re.match(rb"=[0-9a-fA-F]{2}", rest):
            return found("lower-case", token=rest[:3].decode())
        if re.fullmatch(rb"=[0-9A-F]?=?", rest):
            return found("token-cut", end=row[-4:])
        return found("bare-equals", excerpt=shown(rest, 12))
    return None


# Base64, RFC 2045 section 6.8


def decode_base64(body: bytes) -> Reading[bytes]:
    """The octets that a body in lines of base64 stands for.

    A patient reader passes over what is no letter, and ends at the first padding.
    """
    return Reading(_patient_base64(body), tuple(base64_violations(body)))


def base64_violations(body: bytes) -> Iterator[Violation]:
    if regular_base64(body, 0, len(body)):
        return
    yield from bare_line_ends(body)
    inner = re.search(rb"=[=\r\n]*[^=\r\n]", body)
    if inner is not None:
        yield Violation("inner-padding", *line_of(body, inner.start()))
    long = re.finditer(rb"[^\r\n]{%d,}" % (BASE64_LINE + 1), body)
    for row in islice(long, MOST):
        values = {"count": row.end() - row.start(), "most": BASE64_LINE}
        yield Violation("long-base64", row.start(), row.end(), values)
    if inner is None and not BASE64.fullmatch(body.translate(None, b"\r\n")):
        strange = re.search(rb"[^A-Za-z0-9+/=\r\n]", body)
        at = strange.start() if strange else max(0, len(body.rstrip(b"\r\n")) - 1)
        variant = "letter" if strange else "group"
        octet = shown(strange[0]) if strange else ""
        yield Violation("not-base64", *line_of(body, at),
                        {"octet": octet, "start": shown(body, 30)}, variant)  # fmt: skip


def _patient_base64(body: bytes) -> bytes:
    """Groups of four, up to the first that is padded; a rest of two or three letters as well."""
    letters = bytearray()
    for run in re.finditer(rb"([^=]+)(=*)", body.translate(None, NO_LETTERS)):
        letters += run[1]
        if len(letters) % 4 > 1 and len(letters) % 4 + len(run[2]) >= 4:
            break
    if len(letters) % 4 == 1:  # six bits are no octet
        del letters[-1]
    letters += b"=" * (-len(letters) % 4)
    return binascii.a2b_base64(letters)


def regular_base64(raw: bytes, start: int, end: int) -> bool:
    """Whether octets are base64 in lines that break no rule, as nearly all is: in no time."""
    count = end - start - 2 * raw.count(CRLF, start, end)
    return count % 4 == 0 and REGULAR.fullmatch(raw, start, end) is not None


# Both


def undone(body: bytes, encoding: str) -> bytes:
    """The octets that a body stands for, as a patient reader has them."""
    if encoding == "base64":
        return _patient_base64(body)
    if encoding == "quoted-printable":
        # Blanks at the end of a line are none of the writer's: section 6.7, rule 3.
        return binascii.a2b_qp(PADDING.sub(b"", body))
    return _patient_uu(body) if encoding in UU else body


def _patient_uu(body: bytes) -> bytes:
    """What stands between begin and end, as POSIX has it; all of it where nothing begins."""
    begin = re.search(rb"^begin [0-7]{3,4} [^\n]*\n", body, re.MULTILINE)
    octets = bytearray()
    for line in body[begin.end() :].splitlines() if begin else []:
        count = (line[0] - 32) & 63 if line else 0
        if not count or line == b"end":
            break
        try:
            octets += binascii.a2b_uu(line[: 1 + (4 * count + 2) // 3])  # some write more
        except binascii.Error:
            break
    return bytes(octets) if begin else body


def bare_line_ends(octets: bytes, start: int = 0, end: int | None = None) -> Iterator[Violation]:
    """CR and LF come together alone. RFC 5322, section 2.3."""
    stop = len(octets) if end is None else end
    both = octets.count(CRLF, start, stop)
    if octets.count(b"\n", start, stop) == both == octets.count(b"\r", start, stop):
        return
    for bare in islice(BARE.finditer(octets, start, stop), MOST):
        at = bare.start()
        before = max(octets.rfind(mark, max(0, at - 60), at) for mark in (b"\r", b"\n"))
        line = octets[max(before + 1, at - 60) : at + 1]
        variant = "lf" if bare[0] == b"\n" else "cr"
        yield Violation("bare-line-end", at, at + 1, {"line": shown(line)}, variant)


def line_of(octets: bytes, at: int) -> tuple[int, int]:
    """The line in which an octet stands, its line end included."""
    return octets.rfind(b"\n", 0, at) + 1, octets.find(b"\n", at) + 1 or len(octets)
