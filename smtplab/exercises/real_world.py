"""Lesson 11: the cases of each exercise, and the mistakes that are known, in the order asked."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

from ..judge import Case, Exercise, Facts, Lesson
from ..solutions import real_world as reference

__all__ = ["LESSON"]

# --- parse_tags ---------------------------------------------------------------------------

RECORD = "v=DKIM1; k=rsa; p=MIIBIjANBg+/AQAB=="
SIGNATURE = (
    "v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td=lab.test; h=from : to : subject\r\n : date;\r\n"
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n b=fvX29zgo\r\n bDFDSP=="
)
TAGS = (
    ("list", "v=1; d=lab.test; s=course"), ("last", "v=DMARC1; p=none;"), ("equals", RECORD),
    ("spaces", "v = 1 ;d= lab.test;\ts =course"), ("empty", "v=DKIM1; p="), ("case", "D=1; d=Lab"),
    ("spaces", "v=1\r\n ; d=lab.test\r\n\t; s=course"),
    ("inside", "n=some text; v=1"), ("last", RECORD + " ;\r\n"), ("signature", SIGNATURE),
    ("equals", "n=a = b; v=1"),
)  # fmt: skip
BAD_TAGS = (
    ("twice", "v=1; d=lab.test; d=else.test"), ("twice", "v=1; v=1"), ("twice", "v=1; v =2"),
    ("no-equals", "v=1; lab.test; s=course"), ("no-name", "v=1; =lab.test"),
)  # fmt: skip


def tags_where(f: Facts, wrong: Callable[[str, str, dict[str, str]], Any]) -> Any:
    """The first tag of what was returned of which this holds, against what was due."""
    found = ((name, text) for name, text in f.got.items() if wrong(name, text, f.want))
    return next(({"tag": name, "text": text} for name, text in found), None)


PARSE_TAGS = Exercise(
    reference.parse_tags,
    forbids=("dkim", "email"),
    cases=[Case(why, (text,), values={"text": text}) for why, text in (*TAGS, *BAD_TAGS)],
    mistakes={
        "twice": lambda f: f.case.why == "twice" and f.returned,
        "last-semicolon": lambda f: f.value.rstrip().endswith(";") and (f.raised or "" in f.got),
        "equals-lost": lambda f: tags_where(
            f, lambda name, text, due: text != due[name] and text == due[name].partition("=")[0]
        ),
        "equals-lost.error": lambda f: "too many values" in f.told,
        "last-equals": lambda f: tags_where(f, lambda name, text, due: "=" in name),
        "spaces-left": lambda f: tags_where(
            f, lambda name, text, due: name.strip() != name or text.strip() != text
        ),
        "spaces-lost": lambda f: tags_where(
            f, lambda name, text, due: text != due[name] and text.split() == due[name].split()
        ),
        "spaces-lost.all": lambda f: tags_where(
            f, lambda name, text, due: text != due[name] and text == re.sub(r"\s", "", due[name])
        ),
        "lower-case": lambda f: f.case.why == "case"
        and (list(f.got) == ["d"] or "lab" in f.got.values()),
        "empty-lost": lambda f: "" in f.want.values() and "" not in f.got.values(),
    },
)  # fmt: skip

# --- body_hash ----------------------------------------------------------------------------

BODIES = (
    ("plain", b"Dear Sam,\r\n\r\nsee you.\r\n", "simple"),
    ("plain", b"Dear Sam,\r\n\r\nsee you.\r\n", "relaxed"),
    ("end-lines", b"See you.\r\n\r\n\r\n", "simple"), ("no-end", b"See you.", "simple"),
    ("kept", b"Two  spaces\tand one \r\n", "simple"), ("kept", b"See you.\r\n \r\n", "simple"),
    ("runs", b"Two  spaces,\ta tab, \t and both. \r\nTabs at the end\t\t\r\n", "relaxed"),
    ("line-starts", b"Bring:\r\n  - a pencil\r\n\t- paper\r\n", "relaxed"),
    ("blank-lines", b"See you.\r\n \t \r\n\r\n\r\n", "relaxed"),
    ("end-lines", b"See you." + b"\r\n" * 2_000, "simple"),
    ("end-lines", b"See you.\r\n\r\n", "relaxed"), ("no-end", b"See you.", "relaxed"),
    ("octets", "你好 Sam \r\n\r\n".encode(), "relaxed"),
    ("octets", b"one\x0cpage,  \x0b another \xa0\r\n", "relaxed"),
    ("octets", b"one page\x0c\r\nanother \x0b\r\n", "relaxed"),
    ("empty", b"", "simple"), ("empty", b"\r\n\r\n", "simple"), ("empty", b"", "relaxed"),
    ("empty", b" \r\n\r\n", "relaxed"), ("unknown", b"See you.\r\n", "nowsp"),
    ("unknown", b"See you.\r\n", ""), ("unknown", b"See you.\r\n", "relaxed/relaxed"),
    ("unknown", b"See you.\r\n", "Relaxed"),
)  # fmt: skip


CRLF = b"\r\n"
ENDS, RUNS, NOWHERE = rb"[ \t]+(?=\r\n)", rb"[ \t]+", rb"(?!)"


def digest(body: bytes, algorithm: str = "sha256") -> str:
    return base64.b64encode(hashlib.new(algorithm, body).digest()).decode()


def spaced(body: bytes, name: str, ends: bytes = ENDS, runs: bytes = RUNS) -> bytes:
    """The first half of relaxed: what is done to spaces and tabs."""
    return re.sub(runs, b" ", re.sub(ends, b"", body)) if name == "relaxed" else body


def ended(body: bytes) -> bytes:
    """A body without the empty lines at its end, and with one CRLF there."""
    while body.endswith(CRLF):
        body = body[:-2]
    return body + CRLF


# What is hashed in the place of the canonical body, when one step is left out or done otherwise.
SLIPS: dict[str, Callable[[bytes, str], bytes]] = {
    "no-line-end": lambda body, name: ended(spaced(body, name))[:-2],
    "end-lines": spaced,
    "end-lines.one": lambda body, name: spaced(body, name).removesuffix(CRLF),
    "as-it-stands": lambda body, name: body,
    "rstrip": lambda body, name: spaced(body, name).rstrip() + CRLF,
    "other-rule": lambda body, name: ended(spaced(body, {"simple": "relaxed"}.get(name, ""))),
    "runs": lambda body, name: ended(spaced(body, name, runs=NOWHERE)),
    "runs.removed": lambda body, name: ended(body.replace(b" ", b"").replace(b"\t", b"")),
    "runs.tabs": lambda body, name: ended(spaced(body, name, rb" +(?=\r\n)", rb" +")),
    "line-ends": lambda body, name: ended(spaced(body, name, ends=NOWHERE)),
    "line-starts": lambda body, name: ended(spaced(re.sub(rb"(?m)^[ \t]+", b"", body), name)),
    "blank-lines": lambda body, name: spaced(ended(body), name),
    "other-space": lambda body, name: ended(
        spaced(body, name, rb"[ \t\f\v]+(?=\r\n)", rb"[ \t\f\v]+")
    ),
    "other-space.lines": lambda body, name: re.sub(rb"\s+", b" ", body).strip() + CRLF,
    "line-feeds": lambda body, name: ended(spaced(body, name)).replace(CRLF, b"\n"),
}


def slipped(reason: str) -> Callable[[Facts], Any]:
    """Whether the right hash was made, of what this slip makes of the body."""
    return lambda f: not f.due and f.got == digest(SLIPS[reason](f.body, f.canonicalization))


def right_body(f: Facts) -> bytes:
    body = ended(spaced(f.body, f.canonicalization))
    return b"" if body == CRLF and f.canonicalization == "relaxed" else body


def other_hash(f: Facts) -> Any:
    kinds = ("sha1", "md5", "sha512")
    found = (kind for kind in kinds if f.got == digest(right_body(f), kind))
    return next(({"kind": kind} for kind in found), None)


BODY_HASH = Exercise(
    reference.body_hash,
    forbids=("dkim",),
    cases=[
        Case(why, (body, name), values={"body": body, "rule": name}) for why, body, name in BODIES
    ],
    mistakes={
        "hex": lambda f: f.got == hashlib.sha256(right_body(f)).hexdigest(),
        "hex.in-base64": lambda f: (
            f.got == base64.b64encode(hashlib.sha256(right_body(f)).hexdigest().encode()).decode()
        ),
        "other-hash": other_hash,
        "url-safe": lambda f: f.got.translate(str.maketrans("-_", "+/")) == f.want,
        "no-padding": lambda f: f.got == f.want.rstrip("="),
        "repr-of-bytes": lambda f: f.got == f"b'{f.want}'",
        "line-break": lambda f: f.got != f.got.strip() == f.want,
        "empty": lambda f: f.case.why == "empty" and f.got in (digest(b""), digest(CRLF)),
        **{reason: slipped(reason) for reason in SLIPS},
    },
)

LESSON = Lesson("11", __file__, (PARSE_TAGS, BODY_HASH))
