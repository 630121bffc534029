"""Lesson 03: the cases of base64, and the mistakes that are known, in the order asked."""

import ast
import itertools
import re
import string
from collections.abc import Callable, Mapping
from typing import Any

from ..judge import Case, Exercise, Facts, Lesson, When
from ..judge.cases import Opaque
from ..solutions import auth as reference
from .auth_login import LIBRARY, LOGINS, letters_of, octets_of

__all__ = ["LESSON"]

# --- both ways ----------------------------------------------------------------------------

# Octets that never repeat within a length that is tested: 167 and 251 have no divisor in common.
OCTETS = bytes(number * 167 % 251 for number in range(5000))
# Each length that leaves one, two or no octets over, in few groups and in many; 57 fill a line.
ROWS = [OCTETS[:length] for length in (*range(13), *range(48, 61), 300, 1024, 1025)]
SHORT = 8  # octets or letters that a sentence shows; of more it names the parameter

CAPITALS, SMALL, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALPHABET = CAPITALS + SMALL + DIGITS + "+/"
OTHER_ALPHABETS = [
    "".join(blocks) + end
    for digits in (DIGITS, DIGITS[1:] + DIGITS[0])
    for end in ("+/", "/+", "-_")
    for blocks in itertools.permutations((CAPITALS, SMALL, digits))
][1:]

# What was given, what came, and what is right: whether that is wrong in some way.
Condition = Callable[[Any, Any, Any], Any]


def comes(conditions: Mapping[str, Condition]) -> dict[str, When]:
    """What came is of the right type, and is wrong in one of these ways."""

    def asked(condition: Condition) -> When:
        def when(f: Facts) -> Any:
            given, name = f.case.args[0], f.trial.parameters[0]
            found = not f.due and type(f.got) is type(f.want) and condition(given, f.got, f.want)
            values = found if isinstance(found, dict) else {}
            return found and {"given": repr(given) if len(given) <= SHORT else name, **values}

        return when

    return {reason: asked(condition) for reason, condition in conditions.items()}


def octets_in(given: Any, right: Any) -> bytes:
    """Of the two, what is not in base64."""
    return given if isinstance(given, bytes) else right


def groups(row: Any) -> list[Any]:
    """Four letters each, or three octets."""
    size = 4 if isinstance(row, str) else 3
    return [row[at : at + size] for at in range(0, len(row), size)]


def zeros_lost(given: Any, got: Any, right: Any) -> bool:
    octets = octets_in(given, right)
    stripped = octets.lstrip(b"\0"), octets.rstrip(b"\0")
    return len(got) < len(right) and (not octets.strip(b"\0") or got in stripped)


def kept_from_before(given: Any, got: Any, right: Any) -> bool:
    """What the first call has made stands before what this one was to make."""
    first = "VXNl" if isinstance(right, str) else b"Use"
    return len(right) > 0 and right != first and got.startswith(first) and got.endswith(right)


def rest_lost(given: Any, got: Any, right: Any) -> Any:
    return got == right[:0].join(groups(right)[: len(octets_in(given, right)) // 3])


def other_alphabet(given: Any, got: Any, right: Any) -> bool:
    if isinstance(right, str):
        return got in [right.translate(str.maketrans(ALPHABET, o)) for o in OTHER_ALPHABETS]
    return got in [octets_of(given.translate(str.maketrans(o, ALPHABET))) for o in OTHER_ALPHABETS]


def shift_by_sum(f: Facts) -> Any:
    """A << before a sum without parentheses: + is done first."""
    for node in ast.walk(f.tree):
        match node:
            case ast.BinOp(op=ast.LShift(), right=ast.BinOp(op=ast.Add()) as by):
                amount = ast.unparse(by)
                if re.search(rf"<<\s*{re.escape(amount)}", f.source):
                    return {"slip": ast.unparse(node), "amount": amount}
    return None


CODED: dict[str, Condition] = {
    "zeros-lost": zeros_lost,
    "example-answer": lambda given, got, right: got in ("VXNlcm5hbWU6", b"Username:"),
    "kept-from-before": kept_from_before,
    "rest-lost": rest_lost,
    "last-group-only": lambda given, got, right: got == groups(right)[-1],
    "reversed": lambda given, got, right: groups(got) == [each[::-1] for each in groups(right)],
    "other-alphabet": other_alphabet,
    "empty": lambda given, got, right: not got,
}
BOTH_WAYS = {
    **comes(CODED),
    "shift-by-sum": shift_by_sum,
    **comes({"wrong-bits": lambda given, got, right: True}),
}

# --- base64_encode ------------------------------------------------------------------------


def from_bits(data: bytes, form: str, fill: str = "") -> str:
    """The letters of octets whose bits are written so; fill completes the last six."""
    bits = "".join(format(octet, form) for octet in data)
    bits += fill * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def right_aligned(data: bytes, got: str, right: str) -> bool:
    """The last octets were not moved to the top of their 24 bits, or the last bits of six."""
    over = len(data) % 3
    rest = data[len(data) - over :].rjust(3, b"\0")
    whole = letters_of(data[: len(data) - over]) + letters_of(rest)
    made = whole.rstrip("="), whole, whole[: over - 3], from_bits(data, "08b")
    return over > 0 and got.rstrip("=") in made


def other_letter(data: bytes, got: str, right: str) -> Any:
    """One letter of the alphabet is another one, or is no letter, and all others are right."""
    pairs = {(a, b) for a, b in zip(right, got, strict=True) if a != b}
    (letter, instead), *more = pairs
    values = {"number": ALPHABET.index(letter), "letter": letter, "instead": instead}
    return (len(data) > 3 or instead not in ALPHABET) and not more and values


ENCODED: dict[str, Condition] = {
    "for-nothing": lambda data, got, right: not data,
    "white-space": lambda data, got, right: re.search(r"\s", got),
    "repr-of-bytes": lambda data, got, right: got.startswith("b'"),
    "padding-inside": lambda data, got, right: "=" in got.rstrip("="),
    "padding": lambda data, got, right: got.rstrip("=") == right.rstrip("="),
    "zeros-as-letters": lambda data, got, right: got == right.replace("=", "A"),
    "padding-not-due": lambda data, got, right: got[-1] == "=" and "=" not in right,
    "last-letter-lost": lambda data, got, right: (
        "=" in right and got.rstrip("=") == right.rstrip("=")[:-1]
    ),
    "right-aligned": right_aligned,
    "octets-reversed": lambda data, got, right: got == letters_of(data[::-1]),
    "short-bits": lambda data, got, right: (
        got.rstrip("=") in (from_bits(data, "b"), from_bits(data, "b", "0"))
    ),
    "other-letter": other_letter,
}

BASE64_ENCODE = Exercise(
    reference.base64_encode,
    forbids=LIBRARY,
    cases=[
        Case("whole-group", (b"Use",)),
        Case("left-over", (b"Us",)),
        Case("left-over", (b"U",)),
        Case("empty", (b"",)),
        Case("highest", (b"\xff\xef\xbf",)),
        Case("blanks", (b" \r\n",)),
        Case("zeros", (b"\0\0\0",)),
        Case("zeros", (b"U\0\0",)),
        Case("zeros", (b"U\0",)),
        "eight-rows",
        *(Case("every-length", (row,), values={"count": len(row)}) for row in ROWS),
    ],
    mistakes={
        "three-only": lambda f: "values to unpack" in f.told,
        **comes(ENCODED),
        **BOTH_WAYS,
    },
)

# --- six_bit_groups -----------------------------------------------------------------------

SIX_BIT_GROUPS = Exercise(
    reference.six_bit_groups,
    forbids=LIBRARY,
    like=BASE64_ENCODE,
    cases=[
        Case("whole-group", (b"Use",)),
        Case("left-over", (b"Us",)),
        Case("left-over", (b"U",)),
        Case("empty", (b"",)),
        Case("zeros", (b"U\0\0",)),
        *(Case("every-length", (row,), values={"count": len(row)}) for row in ROWS),
    ],
    mistakes={
        "three-only": BASE64_ENCODE.mistakes["three-only"],
        "too-large": lambda f: max(f.got) > 63 and {"number": max(f.got)},
        **comes(
            {
                "as-text": lambda data, got, right: type(got[0]) is str,
                "zeros-more": lambda data, got, right: got[: len(right)] == right and not got[-1],
                "last-lost": lambda data, got, right: got == right[:-1],
                "reversed": lambda data, got, right: got == right[::-1],
            }
        ),
        "shift-by-sum": shift_by_sum,
    },
)

# --- base64_decode ------------------------------------------------------------------------


def zeros_for_numbers(text: str, got: bytes, right: bytes) -> Any:
    as_many = right.strip(b"\0") and len(got) in (sum(right), *right)
    return as_many and not got.strip(b"\0") and {"size": len(got)}


DECODED: dict[str, Condition] = {
    "zeros-for-numbers": zeros_for_numbers,
    "zeros-added": lambda text, got, right: got == right.ljust(len(got), b"\0"),
    "octet-lost": lambda text, got, right: "=" in text and got == right[:-1],
    "case-folded": lambda text, got, right: got in map(octets_of, (text.upper(), text.lower())),
    "two-for-one": lambda text, got, right: got == right.decode("latin-1").encode(),
}
PADDING_LOOKED_UP = re.compile("not found|not in list|KeyError: '='|'=' is not in|negative int")
NO_BASE64 = {
    "no-fours": ("VXN", "VXNlc"),
    "strangers": (
        "VXN!",
        "VXN-",
        "VX\u00e9=",
        "VX\r\n",
        "VXNl\r\n\r\n",
        "VXNl\n",
        "VXN\n",
        "VQ=\n",
        "    VXNl",
    ),
    "signs-inside": ("VX=l", "V=Q=", "VQ==VXNl", "=VXN"),
    "many-signs": ("V===", "===="),
}

BASE64_DECODE = Exercise(
    reference.base64_decode,
    forbids=LIBRARY,
    cases=[
        Case("whole-group", ("VXNl",)),
        Case("signs", ("VXM=",)),
        Case("signs", ("VQ==",)),
        Case("empty", ("",)),
        Case("highest", ("/+++",)),
        Case("blanks", ("IA0K",)),
        Case("zeros", ("AAAA",)),
        Case("zeros", ("VQAA",)),
        "eight-texts",
        *(Case("every-length", (letters_of(row),), values={"count": len(row)}) for row in ROWS),
        *(Case(why, (text,)) for why, texts in NO_BASE64.items() for text in texts),
    ],
    mistakes={
        "padding-looked-up": lambda f: not f.due and PADDING_LOOKED_UP.search(f.told),
        "bits-as-decimal": lambda f: (
            "bytes must be in range" in f.told and re.search(r"\bint\([^,]*\)", f.code)
        ),
        **comes(DECODED),
        **BOTH_WAYS,
        "wrong-exception": lambda f: f.due and f.raised in ("KeyError", "IndexError"),
        "taken": lambda f: f.due and f.returned and type(f.got) is not Opaque,
    },
)

LESSON = Lesson("03", __file__, (SIX_BIT_GROUPS, BASE64_ENCODE, BASE64_DECODE, *LOGINS))
