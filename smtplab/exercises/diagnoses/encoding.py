"""Lesson 03: which wrong idea is behind wrong base64."""

import itertools
import re
import string
from typing import Any

from ...catalogue import counted, plural, say
from ..cases import Finding
from ..judge import Trial, Verdict
from .auth import letters_of

__all__ = ["counted_octets", "judge_letters", "judge_octets", "letters_for", "padding_looked_up"]


def counted_octets(number: int) -> str:
    return counted(number, plural("1 octet", "{count:,} octets"))


def letters_for(length: int) -> str:
    # Translators: what base64_decode is given, in sentences such as "The last group of ... was
    # left out."
    return say("the letters of {octets}", octets=counted_octets(length))


# base64_encode


def judge_letters(trial: Trial, data: bytes, got: Any, shown: str) -> None:
    right = letters_of(data)
    if type(got) is str and got != right:
        reason, sentence, look = wrong_letters(data, got, right, shown)
    else:
        reason, look = "wrong-letters", ""
        # Translators: {octets} is b'Us', or "57 octets".
        sentence = say("base64_encode({octets}) is not right.", octets=shown)
    trial.equal(got, right, reason=reason, sentence=sentence, look=look)


def wrong_letters(data: bytes, got: str, right: str, shown: str) -> Finding:
    """Why got is not right; the octets are shown as b'Us', or as "57 octets"."""
    over = len(data) % 3
    bare = right.rstrip("=")
    if not got and not over:
        return (
            "empty",
            # Translators: {octets} is b'Us', or "57 octets", here and in what follows.
            say("The letters of {octets} came out empty.", octets=shown),
            say("Print them before they are returned. (text[:-0] is text[:0], which is empty.)"),
        )
    if "\n" in got:
        return (
            "line-breaks",
            say("There is a line break among the letters of {octets}.", octets=shown),
            say("Lines of base64 come in lesson 05. Here the letters stand in one row."),
        )
    if got.startswith("b'"):
        return (
            "repr-of-bytes",
            say(
                "The letters of {octets} come inside b'...': that is how Python shows bytes.",
                octets=shown,
            ),
            say("str(some_bytes) writes the b and the quotes too. decode() does not."),
        )
    if data and got == letters_of(b"Username:"):
        return (
            "example-answer",
            say(
                "base64_encode returned the letters of the example for {octets} too.", octets=shown
            ),
            say("The letters must come from the octets that were given."),
        )
    if over and got == bare:
        return (
            "no-padding",
            say(
                "The letters of {octets} are right, and the = at the end is missing.", octets=shown
            ),
            say(
                "Letters come in groups of four. What is missing in the last group is written as =."
            ),
        )
    if over and got.rstrip("=") == bare:
        return (
            "padding-count",
            say("The letters of {octets} are right, and the number of = is not.", octets=shown),
            counted(
                len(bare) % 4,
                plural(
                    "The last group has 1 letter. How many = make it four?",
                    "The last group has {count} letters. How many = make it four?",
                ),
            ),
        )
    if over and got == bare + "A" * (-len(bare) % 4):
        return (
            "zeros-as-letters",
            say(
                "The group of {octets} is filled with A, which stands for six zeros that nobody "
                "sent.",
                octets=shown,
            ),
            say("Where no octet reaches, the group is completed with = and not with a letter."),
        )
    if got.endswith("=") and not over:
        return (
            "padding-not-due",
            say("There is a = after {octets}, and no group was left incomplete.", octets=shown),
            say("How many octets were left over decides about =, not what the last letter is."),
        )
    if over and got == letters_of(data[: len(data) - over]):
        return (
            "rest-lost",
            counted(
                over,
                plural(
                    "What is left over after groups of three is missing: 1 octet of {octets}.",
                    "What is left over after groups of three is missing: {count} octets of "
                    "{octets}.",
                ),
                octets=shown,
            ),
            say("A last group may have one octet or two."),
        )
    if over and got.rstrip("=") == bare[:-1]:
        return (
            "last-letter-lost",
            say(
                "The last letter of {octets} is missing: its bits fill less than six, and count.",
                octets=shown,
            ),
            say("One octet needs two letters, two octets need three."),
        )
    aligned = right_aligned(data, over) if over else ""
    if over and (
        aligned in (got, got.rstrip("=")) or got.rstrip("=") == aligned[: len(aligned) - 3 + over]
    ):
        return (
            "right-aligned",
            say(
                "The octets left over in {octets} stand at the right end of their 24 bits.",
                octets=shown,
            ),
            say("The zeros that fill the group belong behind the octets."),
        )
    if got and got == "".join(group(right, start)[::-1] for start in range(0, len(right), 4)):
        return (
            "reversed",
            say("The four letters of each group of {octets} stand in reverse order.", octets=shown),
            say("The first letter is made of the six highest bits."),
        )
    if got.replace("-", "+").replace("_", "/") == right:
        return (
            "other-alphabet",
            say("Numbers 62 and 63 came out as - and _: that is the alphabet for web addresses."),
            say("Mail uses + and / (RFC 4648, section 4)."),
        )
    if over and got.rstrip("=") == low_bits(data):
        return (
            "last-bits-low",
            say("The last bits of {octets} stand at the right end of their six.", octets=shown),
            say("The zeros that fill the last six bits belong behind them."),
        )
    if data and got.rstrip("=") in short_bits(data):
        return (
            "short-bits",
            say(
                "Some octets of {octets} gave less than eight bits: the zeros in front were left "
                "out.",
                octets=shown,
            ),
            say('bin(5) is "0b101". As an octet, 5 is 00000101.'),
        )
    if got in (right.translate(order) for order in OTHER_ORDERS):
        return (
            "alphabet-order",
            say(
                "The numbers of {octets} are right, and the 64 letters stand in another order.",
                octets=shown,
            ),
            say("Capital letters come first, then small ones, then digits, then + and /."),
        )
    if len(got) < len(right) and data[:1] == b"\0":
        return (
            "zeros-lost",
            say("{octets} became {got!r}: octets that are zero were lost.", octets=shown, got=got),
            say("A number has no leading zeros; a row of octets may."),
        )
    return (
        "wrong-letters",
        say("base64_encode({octets}) is not what its bits say.", octets=shown),
        say("Write the first three octets as bits, on paper, and cut them by six."),
    )


CAPITALS, SMALL, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALPHABET = CAPITALS + SMALL + DIGITS + "+/"
OTHER_ORDERS = [
    str.maketrans(ALPHABET[:62], "".join(blocks))
    for blocks in list(itertools.permutations((CAPITALS, SMALL, DIGITS)))[1:]
]


def group(letters: str, start: int) -> str:
    return letters[start : start + 4]


def low_bits(data: bytes) -> str:
    """The letters when the last bits are taken for a number of six as they are."""
    return letters_of_bits("".join(f"{octet:08b}" for octet in data))


def short_bits(data: bytes) -> tuple[str, str]:
    """The letters when the zeros in front of an octet's bits are left out."""
    bits = "".join(f"{octet:b}" for octet in data)
    return letters_of_bits(bits), letters_of_bits(bits + "0" * (-len(bits) % 6))


def letters_of_bits(bits: str) -> str:
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def right_aligned(data: bytes, over: int) -> str:
    """The letters when the last octets are not moved to the top of their 24 bits."""
    whole, rest = data[: len(data) - over], data[len(data) - over :]
    return letters_of(whole) + letters_of(rest.rjust(3, b"\0"))


# base64_decode


def padding_looked_up(verdict: Verdict) -> Finding | None:
    """The = at the end was looked up like a letter."""
    if not re.search(r"not found|not in list|KeyError: '='|'=' is not in", verdict.raised):
        return None
    look = say("= is no letter of the alphabet, and has no number: take it off first.")
    return verdict.reason, verdict.sentence, look


def judge_octets(trial: Trial, data: bytes, got: Any, shown: str) -> None:
    if type(got) is bytes and got != data:
        reason, sentence, look = wrong_octets(data, got, shown)
    else:
        reason, look = "wrong-octets", ""
        # Translators: {letters} is 'VXM=', or "the letters of 57 octets".
        sentence = say("base64_decode({letters}) is not right.", letters=shown)
    trial.equal(got, data, reason=reason, sentence=sentence, look=look)


def wrong_octets(data: bytes, got: bytes, shown: str) -> Finding:
    """Why got is not data; the letters are shown as 'VXM=', or as "the letters of 57 octets"."""
    over = len(data) % 3
    if got == b"Username:":
        return (
            "example-answer",
            # Translators: {letters} is 'VXM=', or "the letters of 57 octets", here and below.
            say(
                "base64_decode returned the octets of the example for {letters} too.", letters=shown
            ),
            say("The octets must come from the letters that were given."),
        )
    if got and not got.strip(b"\0") and len(got) in (sum(data), *data) and data.strip(b"\0"):
        return (
            "zeros-for-numbers",
            counted(
                len(got),
                plural(
                    "For {letters} came 1 octet, and it is zero.",
                    "For {letters} came {count:,} octets, all of them zero.",
                ),
                letters=shown,
            ),
            say("bytes(85) is 85 zero octets; bytes([85]) is the one octet 85."),
        )
    if got == data.ljust(len(data) + (-len(data) % 3), b"\0"):
        return (
            "padding-kept",
            say("After the octets of {letters} come zeros that nobody sent.", letters=shown),
            say("Each = at the end stands for one octet less."),
        )
    if got.startswith(data) and not got[len(data) :].strip(b"\0"):
        return (
            "zeros-added",
            counted(
                len(got) - len(data),
                plural(
                    "base64_decode({letters}) has 1 octet too many, which is zero.",
                    "base64_decode({letters}) has {count:,} octets too many, all zero.",
                ),
                letters=shown,
            ),
            say("How many octets are there for so many letters, and for each = at the end?"),
        )
    if data and got in (data.rstrip(b"\0"), data.lstrip(b"\0")):
        return (
            "zeros-lost",
            say("Octets that are zero were lost from {letters}.", letters=shown),
            say(
                "A zero octet is data like any other. The number of = says how many octets there "
                "are."
            ),
        )
    if over and got == data[: len(data) - over]:
        return (
            "rest-lost",
            say("The last group of {letters} was left out.", letters=shown),
            say("Two letters and == hold one octet, three letters and = hold two."),
        )
    if over and got == data[:-1]:
        return (
            "octet-lost",
            say("The last octet of {letters} is missing.", letters=shown),
            say("Each = stands for one octet less, and no more."),
        )
    if got and got == b"".join(data[at : at + 3][::-1] for at in range(0, len(data), 3)):
        return (
            "reversed",
            say("The octets of each group of {letters} stand in reverse order.", letters=shown),
            say("The first octet is made of the eight highest bits."),
        )
    return (
        "wrong-octets",
        say("base64_decode({letters}) is not what its letters say.", letters=shown),
        say("Write the number of each letter with six bits, on paper, and cut them by eight."),
    )
