"""Lesson 05: the cases of each exercise, and the mistakes that are known, in the order asked."""

import base64
import re
from typing import Any

from .. import mime
from ..judge import Case, Exercise, Facts, Lesson
from ..judge.formatting import shown
from ..solutions import headers as reference
from . import letters
from .growth import grows_evenly
from .letters import (
    CODECS,
    alike_until,
    as_field,
    breaks_rule,
    broken,
    first_broken,
    text_differs,
    told,
)

__all__ = ["LESSON"]

SURROGATE = "a\udce4b"
# Four octets in UTF-8, and two characters that make one letter.
SMILE, COMBINED = "😀", "e\u0301"


def value_error(function: Any, *args: Any) -> Any:
    """Call it where any ValueError will do: what encode raises of itself is one."""
    try:
        return function(*args)
    except ValueError as error:
        raise ValueError(str(error)) from None


def surrogate(*rest: str) -> Case:
    return Case("surrogate", rest, drive=value_error)


def put(why: str, *args: Any) -> Case:
    return Case(why, args, values={"value": shown(args[-1])})


# --- encode_word --------------------------------------------------------------------------

WORD_TEXTS = (
    "你好", "Grüße", "课程讲义编码邮件网络文字第五讲",  # 45 octets: exactly one word
    "第五讲编码之路从字节到文字每一个字都要完整地到达对方的邮箱里面",
    "课程讲义编码邮件网络文字第五讲。", "a课程讲义编码邮件网络文字第五讲", "ab" + "课程" * 40,
    "ü" * 23, SMILE * 11, SMILE * 12, "x" + SMILE * 40, COMBINED * 60, " 你 好 ", "a " + "ö " * 90,
    "Hello", "",
)  # fmt: skip


def as_words(got: str, *_: Any) -> dict[str, Any]:
    """What a reader makes of encoded words. A character that is cut is told after all else."""
    words = got.split(" ") if got else []
    read = [mime.encoded_word(word) for word in words]
    found = [
        one.about(letters.WORDS("called.word", number=number))
        for number, each in enumerate(read, 1)
        for one in each.violations
    ]
    cut = [one for one in found if one.rule == "character-cut"]
    return {
        "rule": first_broken([one for one in found if one not in cut]),
        "text": b"".join(each.value or b"" for each in read),
        "cut": first_broken(cut),
    }


def no_padding(f: Facts) -> Any:
    rows = [word[10:-2] for word in f.got.split(" ")]
    number = next(n for n, row in enumerate(rows, 1) if len(row) % 4)
    whole = b"".join(base64.b64decode(row + "=" * (-len(row) % 4)) for row in rows)
    return whole == f.text.encode() and {"number": number}


def space_lost(read: str, right: str) -> Any:
    """White space is lost of what a reader makes of it, and nothing else."""
    lost = len(read) < len(right) and "".join(read.split()) == "".join(right.split())
    return lost and {"read": read, "text": right}


ENCODE_WORD = Exercise(
    reference.encode_word,
    forbids=("email", *CODECS, "smtplib"),
    key=as_words,
    cases=[*(put("text", text) for text in WORD_TEXTS), surrogate(SURROGATE), "whole"],
    mistakes={
        "not-raised": lambda f: f.due and f.returned,
        "call-before": lambda f: f.past[-1].got and f.got == f"{f.past[-1].got} {f.want}",
        "not-ascii": lambda f: not f.got.isascii()
        and {"letter": next(each for each in f.got if not each.isascii())},
        "line-break": lambda f: re.search(r"[\r\n]", f.got),
        "spaces": lambda f: f.got and ("?==?" in f.got or "" in f.got.split(" ")),
        "url-safe": lambda f: broken(f) == "not-base64" and re.search(r"[-_](?=[^?]*\?=)", f.got),
        "no-padding": lambda f: broken(f) == "not-base64" and no_padding(f),
        "rule": lambda f: broken(f) != "not-in-charset" and breaks_rule(f),
        "space-lost": lambda f: space_lost(f.form["text"].decode(), f.text),
        "text": lambda f: text_differs(f, "text"),
        "cut": lambda f: told(f.form["cut"]),
    },
)  # fmt: skip

# --- header -------------------------------------------------------------------------------

LINE = 76  # octets, where a line can be folded
WORDS, ADDRESSES = "one two three four five six ", "小林 <lin@lab.test>, 小王 <sam@lab.test>"
FIELDS = (
    ("field", "Subject", "Hello, Lin"), ("field", "Subject", "你好"), ("empty", "X-Empty", ""),
    ("field", "X-A", "Re: 你好, Lin"),
    ("spaces", "Subject", "two  spaces"), ("spaces", "Subject", "tab\there"),
    ("spaces", "Subject", "你 好"), ("spaces", "Subject", "你  好 and  再见"),
    ("spaces", "Subject", "trailing  "), ("spaces", "Subject", "你好\t "),
    ("addresses", "From", "小林 <lin@lab.test>"), ("addresses", "To", ADDRESSES),
    ("fold", "Subject", "a" * 33 + " " + "b" * 33), ("fold", "Subject", "a" * 33 + " " + "b" * 34),
    ("fold", "Subject", "a" * 33 + " " + "b" * 36), ("fold", "Subject", WORDS * 12 + "."),
    ("fold", "Subject", "课程" * 60), ("fold", "Subject", "编码 in the lecture " * 12 + "end"),
    ("fold", "Subject", "Fwd: " + SMILE * 40), ("fold", "Subject", COMBINED * 60),
    ("fold", "Subject", "Grüße " * 30 + "x"),
    # An encoded word of 20 octets that would end at octet 77, and at octet 78.
    ("fold", "Subject", "a" * 47 + " 你好"), ("fold", "Subject", "a" * 48 + " 你好"),
    ("field", "MIME-Version", "1.0"), ("field", "X-Room_101.b", "Hello"),
    ("one-word", "Subject", "x" * 300), ("one-word", "Subject", "see " + "x" * 900 + " there"),
    ("one-word", "Subject", "x" * 997),  # 998 octets in a line of its own
    ("many-lines", "Subject", WORDS * 50 + "."), ("many-lines", "Subject", "课程" * 250),
)  # fmt: skip
HOSTILE_VALUES = (
    ("crlf", "Hi\r\nBcc: director@lab.test"), ("lf", "Hi\nBcc: a@lab.test"),
    ("cr", "Hi\rBcc: director@lab.test"), ("lf", "Hi\n"), ("crlf", "Hi\r\n there"),
    ("crlf", "你好\r\nBcc: a@lab.test"), ("nul", "Hi\0there"),
)  # fmt: skip
HOSTILE_NAMES = ("Sub\r\nject", "Subject\n", "Sub\0ject", "Sub ject", "Subject:", "", "Sübject",
                 "Sub\tject", "Sub\x7fject")  # fmt: skip
WORD = r"=\?utf-8\?B\?[^?\s]*\?="


def as_header(got: bytes, name: str, value: str) -> dict[str, Any]:
    """What a reader makes of one field, and whether it is written as was asked."""
    form = as_field(got)
    raw = mime.read_fields(got).value[0].value if form["fields"] else ""
    rows = got.removesuffix(b"\r\n").split(b"\r\n")
    coded = value.isascii() and "=?" in raw
    return form | {
        "value": form["value"].strip(),
        "end": got[len(got.rstrip(b"\r\n")) :],
        "colon": bool(re.match(rb"[^:\r\n]*:(?: |\r\n)", got)),
        "folds": next((row for row in rows if mime.foldable(row, row is rows[0], LINE)), b""),
        "coded": coded,
        "address": next((a for a in re.findall("<[^>]*>", value) if a not in raw), ""),
        "inside": bool(re.search(rf"[^\s(]{WORD}|{WORD}[^\s)]", raw, re.IGNORECASE)),
    }


def too_long(function: Any, name: str, value: str) -> Any:
    """A word too long for any line. Encoded words can carry it: that is right as well."""
    got = value_error(function, name, value)
    form = as_field(got) if type(got) is bytes else {}
    if form and not form["rule"] and form["value"] == value:
        raise ValueError("carried by encoded words")
    return got


HEADER = Exercise(
    reference.header,
    forbids=("email", "textwrap", "smtplib"),
    key=as_header,
    cases=[
        *(put(*each) for each in FIELDS),
        "read-back",
        *(Case(why, ("Subject", value)) for why, value in HOSTILE_VALUES),
        *(Case("name", (name, "Hi"), values={"name": name}) for name in HOSTILE_NAMES),
        surrogate("Subject", SURROGATE),
        Case("too-long", ("Subject", "x" * 998), drive=too_long),
        Case("too-long", ("Subject", "x" * 2000), drive=too_long),
        "refused",
    ],
    mistakes={
        "not-raised": lambda f: f.due and f.returned,
        "refuses-legal.always": lambda f: f.raised == "ValueError" and not f.due
        and re.search(r"""if\s+["'](?:\\r|\\n|\\0|\\r\\n)["']\s+or\b""", f.source),
        "refuses-legal": lambda f: f.raised == "ValueError" and not f.due,
        "no-crlf": lambda f: f.got.strip() and not f.form["end"] and not f.form["rule"],
        "empty-line": lambda f: f.form["end"].startswith(b"\r\n\r\n"),
        "no-name": lambda f: f.got.strip() and not f.got.startswith(f.args[0].encode() + b":"),
        "fold-without-space": lambda f: re.search(rb"\r\n(?![ \t]|\Z)", f.got),
        "not-folded": lambda f: f.form["folds"] and broken(f) in ("", "not-folded")
        and {"count": len(f.form["folds"]), "start": f.got.find(f.form["folds"])},
        "rule": breaks_rule,
        "no-space": lambda f: not f.form["colon"],
        "ascii-encoded": lambda f: f.form["coded"] and not f.due_form["coded"],
        "word-inside": lambda f: f.form["inside"] and f.form["value"] == f.due_form["value"],
        "address-encoded": lambda f: f.form["value"] == f.due_form["value"] and f.form["address"]
        and {"lost": f.form["address"]},
        "space-lost": lambda f: space_lost(f.form["value"], f.due_form["value"]),
        "text": lambda f: text_differs(f, "value"),
    },
)  # fmt: skip

# --- quoted_printable ---------------------------------------------------------------------

QUOTED_TEXTS = (
    "1 + 1 = 2, 你", "", "Hello", "nul \0 and \x7f", "one\ntwo", "one\r\ntwo\r\n", "\n\n",
    "end \nof\t\nline ", "a\tb c", "x" * 75, "x" * 76, "x" * 77, "x" * 75 + "=", "x" * 74 + "ü",
    "x" * 75 + " ", "x" * 75 + " y", "=" * 60, "你" * 60, SMILE * 20, COMBINED * 30,
    ".\n..\nFrom me\n", "a\rb", "word " * 60, "x" * 80_000, ("课" * 24 + "\n") * 3,
    "~!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}",
)  # fmt: skip
# What can be read and was written as a token all the same. At the end of a line, or before a soft
# break, =20 is needed or does no harm; and a line that begins with "From " is kept from programs
# that change it.
NEEDLESS = re.compile(rb"=(?:0A|3[0-9]|[46][1-9A-F]|[57][0-9A])")
FROM = re.compile(rb"(?<![^\n])=46(?=rom )")
SPACE = re.compile(rb"=20(?!(?:=20|=09|[ \t])*(?:=?\r\n|\Z))")
# A line that was broken, and is short.
BROKEN = re.compile(rb"(?<![^\n])[^=\r]{0,40}=\r\n[^=\r]{0,20}(?![^\r])")


def result() -> str:
    return letters.WORDS("called.result")


def as_quoted(got: bytes, *_: Any) -> dict[str, Any]:
    read = mime.decode_quoted_printable(got)
    found = NEEDLESS.search(FROM.sub(b"F", got)) or SPACE.search(got) or BROKEN.search(got)
    return {
        "rule": first_broken(read.violations, result()),
        "text": read.value,
        "needless": found[0].decode() if found else "",
    }


def by_number(f: Facts) -> Any:
    found = next(c for c in f.text if ord(c) > 255 and b"=%X" % ord(c) in f.got)
    return {"character": found, "number": ord(found)}


def needless(f: Facts) -> Any:
    """What can stay as it is, where nothing else is wrong: a line break was, too."""
    token = f.form["needless"]
    told_first = token == "=0A" or f.form["text"] == f.due_form["text"]
    if not token or not told_first:
        return None
    if "\n" in token:  # a line that was broken
        return {"letter": token.replace("=\r\n", ""), "token": repr(token)}
    return {"letter": chr(int(token[1:], 16)), "token": token}


QUOTED_PRINTABLE = Exercise(
    reference.quoted_printable,
    forbids=("quopri", "binascii", *CODECS, "email", "smtplib"),
    key=as_quoted,
    cases=[
        *(put("text", text) for text in QUOTED_TEXTS), surrogate(SURROGATE), "whole",
        *(put("text", "a" * n + "你") for n in range(70, 77)),
        put("text", "a line that is quite short\n" * 4),
    ],
    mistakes={
        "not-raised": lambda f: f.due and f.returned,
        "rule": breaks_rule,
        "code-point": by_number,
        "needless": needless,
        "text": lambda f: text_differs(f, "text"),
    },
)  # fmt: skip

# --- base64_lines -------------------------------------------------------------------------

OCTETS = bytes(number * 167 % 251 for number in range(70_000))
LENGTHS = (0, 1, 2, 3, 56, 57, 58, 114, 115, 171, 1024, 1025)
BLANKS = b" \t\r\n\x0c spaces at both ends \n\t \r\n"


def other_length(f: Facts) -> Any:
    """A line that is too short or too long, where all letters are right."""
    rows = f.got.removesuffix(b"\r\n").split(b"\r\n")
    row = next((row for row in rows[:-1] if len(row) != 76), rows[-1])
    right = f.got != f.want and b"".join(rows) == f.want.replace(b"\r\n", b"")
    return right and {"length": len(row)}


def wrong_letters(f: Facts) -> Any:
    got, want = (each.replace(b"\r\n", b"") for each in (f.got, f.want))
    right = alike_until(got, want)
    return got != want and {"count": len(want), "out": len(got), "right": right}


BASE64_LINES = Exercise(
    reference.base64_lines,
    forbids=("base64.encodebytes", *CODECS, "email", "smtplib"),
    cases=[
        Case("octets", (b"Username:",), values={"count": 9}),
        *(Case("octets", (OCTETS[:n],), values={"count": n}) for n in LENGTHS),
        Case("blanks", (BLANKS,)),
        Case("octets", (OCTETS,), values={"count": len(OCTETS)}),
        "lengths",
    ],
    also=(grows_evenly,),
    mistakes={
        "repr-of-bytes": lambda f: f.got.startswith((b"b'", b'b"')),
        "url-safe": lambda f: f.got != f.want == f.got.replace(b"-", b"+").replace(b"_", b"/"),
        "rule": lambda f: told(first_broken(mime.decode_base64(f.got).violations, result())),
        "no-last-crlf": lambda f: f.got == f.want[:-2],
        "empty-line": lambda f: f.got == f.want + b"\r\n",
        "line-length": other_length,
        "wrong-letters": wrong_letters,
    },
)

# --- text_part ----------------------------------------------------------------------------

LECTURE = "小林你好。\n\n课九点开始。\n" * 8
PART_TEXTS = (
    ("Hello", "plain"), ("Grüße an alle, die kommen\n", "plain"), (LECTURE, "plain"),
    ("<p>Hello, <b>Lin</b></p>\r\n" * 4, "html"), ("", "plain"), (f"<p>{'课' * 90}</p>", "html"),
    (SMILE * 50 + "\r\nend", "plain"), ("A long line. " * 40, "plain"), ("x \ny\t", "plain"),
    ("=" * 60, "html"),
)  # fmt: skip
# One whose base64 is shorter but for its CRLF, and what only str.splitlines takes for line ends.
MORE_TEXTS = (("Tür.", "plain"), ("one page\x0canother\u2028and\rno line end", "plain"))
FIELD_NAMES = ("Content-Type", "Content-Transfer-Encoding")
ENCODINGS = ("quoted-printable", "base64")


def body_of(octets: bytes) -> bytes:
    return octets[mime.read_part(octets).root.body :]


def as_text_part(got: bytes, text: str, subtype: str) -> dict[str, Any]:
    """What a reader makes of it. The longer encoding is another one; of equal ones each is right.

    RFC 3676, section 4: format=flowed changes what is read. Other parameters do not.
    """
    letter, right = mime.read_part(got), reference.text_part(text, subtype)
    part, encoding = letter.root, letter.root.encoding
    if encoding in ENCODINGS and len(body_of(got)) <= len(body_of(right)):
        encoding = mime.read_part(right).root.encoding
    return {
        "rule": first_broken(letter.demands, letters.WORDS("called.part")),
        "fields": [name for name in FIELD_NAMES if not part.all(name)],
        "type": (part.content_type, part.charset, part.parameters.get("format", "fixed").lower()),
        "encoding": encoding,
        "content": part.content,
        "blank": encoding == "base64" and body_of(got).startswith(b"\r\n"),
    }


def says(f: Facts) -> dict[str, Any]:
    """What the two fields of the part say, and its length in either encoding."""
    root, due = mime.read_part(f.got).root, mime.read_part(f.want).root
    other = {"base64": "quoted-printable", "quoted-printable": "base64"}.get(root.encoding, "")
    return {
        "type": root.get("Content-Type"),
        "subtype": f.subtype,
        "encoding": root.encoding,
        "other": other,
        "length": len(body_of(f.got)),
        "shorter": len(f.want) - due.body,
    }


TEXT_PART = Exercise(
    reference.text_part,
    forbids=("email", "smtplib"),
    key=as_text_part,
    cases=[
        *(Case("part", a, values={"value": shown(a[0]), "kind": a[1]}) for a in PART_TEXTS),
        surrogate(SURROGATE, "plain"),
        Case("subtype", ("Hello", "plain\r\nBcc: director@lab.test")),
        *(Case("subtype", ("Hello", f"plain{end}Bcc: director@lab.test")) for end in "\r\n"),
        "read-back",
        *(Case("part", a, values={"value": shown(a[0]), "kind": a[1]}) for a in MORE_TEXTS),
    ],
    mistakes={
        "not-raised": lambda f: f.due and f.returned,
        "field-missing": lambda f: f.form["fields"] and b"\r\n\r\n" in f.got
        and {"field": f.form["fields"][0]},
        "other-encoding": lambda f: says(f)["encoding"] not in ENCODINGS and not f.form["fields"]
        and says(f),
        "not-encoded": lambda f: body_of(f.got) in (f.due_form["content"], f.text.encode())
        and (f.form["content"] != f.due_form["content"] or not f.form["rule"].field) and says(f),
        "extra-empty-line": lambda f: f.form["blank"] or (
            f.form["content"] == b"\r\n" + f.due_form["content"]),
        "rule": breaks_rule,
        "content-type": lambda f: f.form["type"] != f.due_form["type"] and says(f),
        "text": lambda f: text_differs(f, "content"),
        "longer-encoding": lambda f: f.form["encoding"] != f.due_form["encoding"] and says(f),
    },
)  # fmt: skip

LESSON = Lesson("05", __file__, (ENCODE_WORD, HEADER, QUOTED_PRINTABLE, BASE64_LINES, TEXT_PART))
