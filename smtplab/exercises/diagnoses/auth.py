"""Lesson 03: which wrong idea is behind wrong base64, a wrong login, a wrong response."""

import base64
import hashlib
import hmac
import itertools
import re
import string
from typing import Any

from ...catalogue import counted, plural, say
from ..cases import Finding
from ..judge import Verdict

__all__ = [
    "ACCOUNTS",
    "CASE_COUNTS",
    "LIN",
    "PASSWORD",
    "SECRET",
    "USER",
    "complaint",
    "counted_octets",
    "letters_of",
    "octets_of",
    "padding_looked_up",
    "wrong_answer",
    "wrong_credentials",
    "wrong_letters",
    "wrong_octets",
    "wrong_plain",
    "wrong_secret",
]

# Who logs in. A client that always says the first pair has not looked at its parameters.
USER = "you@lab.test"
PASSWORD = "grün & 42"
LIN, SECRET = "lin@lab.test", "täglich 1 Apfel: gut"
ACCOUNTS = ((USER, PASSWORD), (LIN, SECRET))


def letters_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def octets_of(letters: str | bytes) -> bytes | None:
    """What letters stand for, or None when they are no base64."""
    try:
        return base64.b64decode(letters, validate=True)
    except ValueError:  # binascii.Error is one
        return None


def counted_octets(number: int) -> str:
    return counted(number, plural("1 octet", "{count:,} octets"))


# base64_encode


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


# auth_login and auth_plain


QUOTES_TOO = say("str(some_bytes) writes the b and the quotes too.")
FROM_PARAMETERS = say("What is said must come from the parameters.")
COMPARE_LINES = say("Compare the line that was sent with the one that was expected.")
UTF_8 = say('text.encode("utf-8") makes the octets that base64 carries.')
JOIN_FIRST = say("NUL, user, NUL, password are joined first; base64 goes over the whole.")
ORDER = say("The order is NUL, user, NUL, password.")


def wrong_secret(step: str, line: bytes, right: bytes, other: bytes) -> Finding:
    """Why a line that should hold `right` in base64 does not; `other` is its counterpart.

    step: "user" or "password", as in Door.
    """

    def either(of_user: str, of_password: str) -> str:
        return of_user if step == "user" else of_password

    octets = octets_of(line)
    if line.startswith((b"b'", b'b"')):
        return (
            "repr-of-bytes",
            either(
                say("The user name was sent inside b'...': that is how Python shows bytes."),
                say("The password was sent inside b'...': that is how Python shows bytes."),
            ),
            QUOTES_TOO,
        )
    before = ACCOUNTS[0][0 if step == "user" else 1].encode()
    if octets == before != right:
        values = {"given": right.decode(), "said": before.decode()}
        return (
            "always-the-same",
            either(
                say(
                    "The user name given was {given!r}, and the server was told {said!r}.", **values
                ),
                say(
                    "The password given was {given!r}, and the server was told {said!r}.", **values
                ),
            ),
            FROM_PARAMETERS,
        )
    if line == right:
        return (
            "not-encoded",
            either(
                say("The user name was sent as it is, and not in base64."),
                say("The password was sent as it is, and not in base64."),
            ),
            say("The server reads every answer as base64."),
        )
    if octets is not None and octets == other:
        return (
            "swapped",
            either(
                say("Where the server asks for the user name, the other of the two came."),
                say("Where the server asks for the password, the other of the two came."),
            ),
            say("It asks for the user name first, then for the password."),
        )
    if octets is not None and octets_of(octets) == right:
        return (
            "encoded-twice",
            either(
                say("The user name was put into base64 twice."),
                say("The password was put into base64 twice."),
            ),
            say("Once is enough: the server decodes once."),
        )
    if octets is not None and octets in charsets(right):
        return (
            "not-utf-8",
            either(
                say("The user name was not encoded as UTF-8 before it went into base64."),
                say("The password was not encoded as UTF-8 before it went into base64."),
            ),
            UTF_8,
        )
    if octets is not None and octets.rstrip(b"\r\n") == right:
        return (
            "line-end-inside",
            either(
                say("A line end went into base64 together with the user name."),
                say("A line end went into base64 together with the password."),
            ),
            say("CRLF ends the line on the wire. It is no part of what is encoded."),
        )
    if octets is None:
        return (
            "not-base64",
            either(
                say("Where the user name should be, the server got what is no base64."),
                say("Where the password should be, the server got what is no base64."),
            ),
            COMPARE_LINES,
        )
    decoded = {"octets": octets, "right": right}
    return (
        either("wrong-user-name", "wrong-password"),
        either(
            say(
                "The user name that the server decodes is {octets!r}, and not {right!r}.", **decoded
            ),
            say(
                "The password that the server decodes is {octets!r}, and not {right!r}.", **decoded
            ),
        ),
        COMPARE_LINES,
    )


def charsets(text: bytes) -> set[bytes]:
    """The octets of text in what is no UTF-8."""
    return {text.decode().encode(name, "replace") for name in ("latin-1", "ascii", "utf-16")} | {
        text.decode().encode("ascii", "ignore")
    }


def wrong_plain(line: bytes, user: bytes, password: bytes) -> Finding:
    right = b"\0" + user + b"\0" + password
    octets = octets_of(line)
    plain = line if octets is None else octets
    if line.startswith((b"b'", b'b"')):
        return (
            "repr-of-bytes",
            say("The answer was sent inside b'...': that is how Python shows bytes."),
            QUOTES_TOO,
        )
    if octets is None and line in (
        (letters_of(user) + letters_of(password)).encode(),
        (letters_of(b"\0" + user) + letters_of(b"\0" + password)).encode(),
    ):
        return (
            "encoded-apart",
            say("User name and password were put into base64 each by itself."),
            say("Join the fields first; base64 goes over the whole."),
        )
    if octets is None:
        return (
            "not-encoded" if user in line else "not-base64",
            say("What follows AUTH PLAIN is no base64."),
            JOIN_FIRST,
        )
    if plain == user + b"\0" + password:
        return (
            "first-nul",
            say("The NUL before the user name is missing."),
            say("The first field is left empty, and its NUL stays: two NULs in all."),
        )
    if plain == user + b"\0" + user + b"\0" + password:
        return (
            "acts-for",
            say("Before the first NUL stands the user name: that field is to be left empty."),
            say("The first field names someone to act for. We act for ourselves."),
        )
    if plain == b"\0" + password + b"\0" + user:
        return (
            "swapped",
            say("Password and user name have changed places."),
            ORDER,
        )
    if plain in (right + b"\0", right + b"\r\n", right + b"\n"):
        return (
            "extra-end",
            say(
                "After the password stands {octets!r}, which becomes part of it.",
                octets=plain[len(right) :],
            ),
            say("A NUL stands before each field, and nothing after the last."),
        )
    if plain.replace(b"\\0", b"\0") == right:
        return (
            "nul-as-text",
            say("A backslash and a zero were sent where a NUL octet belongs."),
            say('In Python "\\0" is one character; r"\\0" and "\\\\0" are two.'),
        )
    if plain.replace(b" ", b"\0") == right.replace(b" ", b"\0"):
        return (
            "space-for-nul",
            say("Spaces stand between the fields where NUL octets belong."),
            say('A NUL is written "\\0" in Python.'),
        )
    if plain.replace(b"0", b"\0") == right:
        return (
            "digit-for-nul",
            say("The digit 0 stands where a NUL octet belongs."),
            say('A NUL is the octet of number zero, "\\0" in Python.'),
        )
    if (before := "\0".join(("", *ACCOUNTS[0])).encode()) == plain:
        return (
            "always-the-same",
            say(
                "The user given was {given!r}, and the server was told {said!r}.",
                given=user.decode(),
                said=before,
            ),
            FROM_PARAMETERS,
        )
    if b"\0" not in plain:
        return (
            "no-nul",
            say(
                "The server decodes {octets!r}, in which no NUL separates the fields.", octets=plain
            ),
            JOIN_FIRST,
        )
    if plain in charsets(right):
        return (
            "not-utf-8",
            say("User name and password were not encoded as UTF-8 before they went into base64."),
            UTF_8,
        )
    return (
        "wrong-fields",
        say("The server decodes {octets!r}, and not {right!r}.", octets=plain, right=right),
        ORDER,
    )


# find_credentials


CASE_COUNTS = say("In base64 a and A are different letters. Only AUTH and LOGIN have no case.")


def complaint(octets: bytes | None) -> str:
    """What decode() says when these octets are no UTF-8; else what no sentence contains."""
    try:
        (octets or b"").decode()
    except UnicodeDecodeError as error:
        return str(error)
    return "\0"


def wrong_credentials(got: Any, user: str, password: str) -> Finding | None:
    found: list[Any] = list(got) if type(got) in (tuple, list) else []
    if found == ["Username:", "Password:"]:
        return (
            "servers-lines",
            say("These are the questions of the server, and not the answers of the client."),
            say("Which lines begin with C: and which with S: ?"),
        )
    if found == [letters_of(user.encode()), letters_of(password.encode())]:
        return (
            "still-encoded",
            say("User name and password were found, and are still in base64."),
            say("base64_decode gives octets, and decode() makes text of them."),
        )
    if found == [user.encode(), password.encode()]:
        return (
            "still-bytes",
            say("User name and password were found, and are bytes where str was promised."),
            say("decode() makes text of octets."),
        )
    if found == [password, user]:
        return (
            "swapped",
            say("User name and password were found, and have changed places."),
            say("What is asked for first?"),
        )
    if found[:2] == ["", user]:
        return (
            "empty-first-field",
            say("The empty field before the first NUL was taken for the user name."),
            say("How many fields do two NULs separate?"),
        )
    if type(got) is list and found == [user, password]:
        return (
            "list-for-tuple",
            say("User name and password were found, in a list; a tuple was promised."),
            say("return user, password makes a tuple."),
        )
    folded = octets_of(letters_of(user.encode()).upper()) or b""
    if found[:1] in ([folded.decode(errors=how)] for how in ("replace", "ignore")):
        return (
            "case-folded",
            say("The answers were put into capital letters before they were decoded."),
            CASE_COUNTS,
        )
    if len(found) == 2 and found[0] == user and type(found[1]) is str and found[1] != password:
        return (
            "wrong-password",
            say(
                "The user name is right, and the password that was found is {password!r}.",
                password=found[1],
            ),
            say("Where does the password begin and end?"),
        )
    return None


# cram_md5_response


HEXDIGEST = say("digest() gives octets, hexdigest() gives letters.")


def wrong_answer(got: str, user: str, password: str, challenge: bytes, digest: str) -> Finding:
    key, text = password.encode(), letters_of(challenge).encode()
    if got == f"{user} {digest}":
        return (
            "not-encoded",
            say("User name and digest are right, and were not put into base64."),
            say("The challenge comes in base64, and so goes the answer."),
        )
    octets = octets_of(got) if got.isascii() else None
    if octets is None:
        return (
            "not-base64",
            say("The answer {answer!r} is no base64.", answer=got[:40]),
            say("base64_encode goes over user name, space and digest together."),
        )
    said = octets.decode("utf-8", errors="replace")
    if said == digest:
        return (
            "no-user",
            say("The digest is right, and the user name before it is missing."),
            say("The server must know whose password to compare with."),
        )
    if re.search(r"<b(uilt-in|ound) method", said):
        return (
            "method-not-called",
            say("In place of the digest stands the method that makes it."),
            say("hexdigest without () is the method itself; hexdigest() is what it returns."),
        )
    if said in (f"{user} {bytes.fromhex(digest)!r}", f"{user}{bytes.fromhex(digest)!r}"):
        return (
            "raw-digest",
            say(
                "The digest is right, and stands there as b'...': that is how Python shows octets."
            ),
            HEXDIGEST,
        )
    name, separator, answer = said.rpartition(" ")
    if not separator and said.startswith(user):
        rest = said.removeprefix(user)
        if rest[1:] == digest or rest == digest:
            return (
                "no-space",
                say("User name and digest are right; between them stands no space."),
                say("One space, and nothing else, separates the two."),
            )
    if answer != digest and answer.lower() == digest:
        return (
            "upper-case",
            say("The digest is in capital letters."),
            say("Hexadecimal is in lower case here: hexdigest() writes it so."),
        )
    if octets == user.encode() + b" " + bytes.fromhex(digest):
        return (
            "raw-digest",
            say(
                "The digest is right, and was sent as 16 octets in place of 32 hexadecimal digits."
            ),
            HEXDIGEST,
        )
    if answer == digest:
        return (
            "wrong-user",
            say(
                "The digest is right, and before it stands {said!r} in place of {user!r}.",
                said=name,
                user=user,
            ),
            say("The user name, a space, the digest."),
        )
    return wrong_digest(answer, key, challenge, text)


def wrong_digest(answer: str, key: bytes, challenge: bytes, text: bytes) -> Finding:
    def mac(key: bytes, message: bytes, name: str = "md5") -> str:
        return hmac.new(key, message, name).hexdigest()

    if answer == mac(key, text):
        return (
            "challenge-not-decoded",
            say("The digest was made of the challenge as it came, still in base64."),
            say("What the server signed is what the base64 stands for."),
        )
    if answer == key.decode():
        return (
            "password-sent",
            say("Where the digest should be, the password itself was sent."),
            say("What crosses the wire is the HMAC-MD5 of the challenge under the password."),
        )
    if answer == mac(key, challenge.strip(b"<>")):
        return (
            "brackets-lost",
            say("The digest was made of the challenge without its < and >."),
            say("They are part of what the server sent."),
        )
    if answer in (mac(challenge, key), mac(text, key)):
        return (
            "key-for-message",
            say("Key and message have changed places in the digest."),
            say("The password is the key; the challenge is the message."),
        )
    if answer in (mac(key, challenge, "sha1"), mac(key, challenge, "sha256")):
        return (
            "other-digest",
            say("The digest was made with another function than MD5."),
            say('The name of the mechanism says which: "md5".'),
        )
    joined = (challenge + key, key + challenge, text + key, key + text)
    if answer in (hashlib.md5(both, usedforsecurity=False).hexdigest() for both in joined):
        return (
            "no-hmac",
            say("The digest is a bare MD5 of password and challenge together, and no HMAC."),
            say("HMAC mixes the key in twice. hmac.new does it."),
        )
    if answer in (mac(octets, challenge) for octets in charsets(key)):
        return (
            "not-utf-8",
            say("The password was not encoded as UTF-8."),
            say('password.encode("utf-8") makes the key.'),
        )
    if answer in (mac(key, repr(challenge).encode()), mac(repr(key).encode(), challenge)):
        return (
            "repr-of-bytes",
            say("The digest was made of b'...', quotes included: that is how Python shows bytes."),
            say(
                "str(some_bytes) writes the b and the quotes too. hmac.new takes bytes as they are."
            ),
        )
    if answer == mac(letters_of(key).encode(), challenge):
        return (
            "password-encoded",
            say("The password went into base64 before it became the key."),
            say("The key is the password's own octets."),
        )
    if answer == "b913a602c7eda7a495b4e6e7334d3890":
        return (
            "example-answer",
            say("The answer is that of the example, for another challenge."),
            say("A challenge is new each time, and so is its answer."),
        )
    return (
        "wrong-digest",
        say(
            "The digest {digest!r} is not the HMAC-MD5 of this challenge under this password.",
            digest=answer[:40],
        ),
        say(
            "Print the key and the message before hmac.new takes them. Are they the octets you "
            "mean?"
        ),
    )
