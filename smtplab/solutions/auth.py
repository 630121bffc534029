"""Lesson 03: base64, and saying who we are."""

import hmac

from .dialogue import command

__all__ = [
    "auth_login",
    "auth_plain",
    "base64_decode",
    "base64_encode",
    "cram_md5_response",
    "find_credentials",
    "six_bit_groups",
]

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def six_bit_groups(data):
    """Return the bits of data (bytes) as a list of numbers from 0 to 63, six bits in each.

    Zeros complete the last six bits. Source: RFC 4648, section 4.

    >>> six_bit_groups(b"Use")
    [21, 23, 13, 37]
    >>> six_bit_groups(b"U")
    [21, 16]
    """
    numbers = []
    for start in range(0, len(data), 3):
        block = data[start : start + 3]
        bits = int.from_bytes(block.ljust(3, b"\0"), "big")
        group = [bits >> shift & 63 for shift in (18, 12, 6, 0)]
        numbers += group[: len(block) + 1]
    return numbers


def base64_encode(data):
    """Return data (bytes) in base64, as a str of ASCII letters, padded with =.

    Three octets become four letters; there are no line breaks. Source: RFC 4648, section 4.

    >>> base64_encode(b"Username:")
    'VXNlcm5hbWU6'
    """
    letters = bytes(ALPHABET[number] for number in six_bit_groups(data)).decode("ascii")
    return letters + "=" * (-len(letters) % 4)


def base64_decode(text):
    """Return the bytes that text (str) stands for in base64.

    Raise ValueError for a letter outside the alphabet, a length that is no multiple of
    four, or padding other than one or two = at the end. Source: RFC 4648, sections 3.3 and 4.

    >>> base64_decode("VXNlcm5hbWU6")
    b'Username:'
    """
    if len(text) % 4:
        raise ValueError(f"{len(text)} letters: base64 comes in groups of four")
    letters = text.rstrip("=")
    padding = len(text) - len(letters)
    if padding > 2:
        raise ValueError("more than two = at the end")
    data = bytearray()
    for start in range(0, len(text), 4):
        bits = 0
        for letter in letters[start : start + 4].ljust(4, "A"):
            value = ALPHABET.find(letter.encode("utf-8"))
            if value < 0:
                raise ValueError(f"{letter!r} is not in the alphabet")
            bits = bits << 6 | value
        data += bits.to_bytes(3, "big")
    return bytes(data[: len(data) - padding])


def auth_login(sock, reader, user, password):
    """Log in with AUTH LOGIN: the user name, then the password, each in base64.

    user and password are str; the wire carries their UTF-8. Raise ReplyError when the
    server refuses (535). AUTH LOGIN is in no RFC; AUTH is RFC 4954, section 4.

    >>> auth_login(sock, reader, "you@lab.test", code)
    """
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode("utf-8")), 334)
    command(sock, reader, base64_encode(password.encode("utf-8")), 235)


def auth_plain(sock, reader, user, password):
    """Log in with AUTH PLAIN: both in one string, a NUL before each, in base64.

    user and password are str; the wire carries their UTF-8. Raise ReplyError when the
    server refuses (535), and ValueError when either holds a NUL.
    Source: RFC 4616, section 2; RFC 4954, section 4.

    >>> auth_plain(sock, reader, "you@lab.test", code)
    """
    if "\0" in user or "\0" in password:
        raise ValueError("a NUL separates user and password, so neither can hold one")
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


def find_credentials(transcript):
    """Return (user, password), both str, from what one session said in the clear.

    transcript is a str with lines that begin with "C: " or "S: ". Both AUTH LOGIN and
    AUTH PLAIN are found, in upper or lower case. Return None when nobody said a login;
    one that was broken off is not asked about.

    >>> find_credentials(str(lab.transcript.sessions[-1]))
    ('you@lab.test', 'the password')
    """
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    for position, line in enumerate(said):
        mechanism = line.upper().split()[:2]
        rest = line.split()[2:] + said[position + 1 :]
        if mechanism == ["AUTH", "LOGIN"] and len(rest) >= 2:
            return tuple(base64_decode(answer).decode("utf-8") for answer in rest[:2])
        if mechanism == ["AUTH", "PLAIN"] and rest:
            _, user, password = base64_decode(rest[0]).decode("utf-8").split("\0")
            return user, password
    return None


def cram_md5_response(user, password, challenge):
    """Return the answer (str, in base64) to a CRAM-MD5 challenge (str, in base64).

    The answer is the user name, a space, and the HMAC-MD5 of the decoded challenge under
    the password, in lower-case hexadecimal; both are UTF-8. Source: RFC 2195, section 2.

    >>> cram_md5_response("tim", "tanstaaftanstaaf",
    ...     "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+")
    'dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw'
    """
    digest = hmac.new(password.encode("utf-8"), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(f"{user} {digest}".encode())
