"""Answers to the exercises of lesson 03: wrong ones, each with its reason, and right ones."""

import hashlib
import hmac
import importlib
import re
import string

from smtplab.solutions.dialogue import ReplyError, command, read_reply
from smtplab.solutions.sockets import LineReader, encode_line

from . import right, wrong

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Agreeable:
    """An object that claims equality with anything."""

    def __eq__(self, other):
        return True

    __hash__ = None


# --- base64_encode


def groups_of_six(data):
    bits = "".join(f"{octet:08b}" for octet in data)
    bits += "0" * (-len(bits) % 6)
    return [int(bits[at : at + 6], 2) for at in range(0, len(bits), 6)]


@wrong("other-letter")
def base64_encode(data):
    letters = ""
    for number in groups_of_six(data):
        if number < 26:
            letters += chr(65 + number)
        elif number < 52:
            letters += chr(97 + number)
        else:
            letters += (string.digits + "+/")[number - 52]
    return letters + "=" * (-len(letters) % 4)


@right("letter by letter, from the numbers of six bits")
def base64_encode(data):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    letters = ""
    for number in groups_of_six(data):
        letters += alphabet[number]
    while len(letters) % 4 != 0:
        letters += "="
    return letters


@wrong("example-answer")
def base64_encode(data):
    return "VXNlcm5hbWU6"


@wrong("wrong-type")
def base64_encode(data):
    return Agreeable()


@wrong("padding")
def base64_encode(data):
    bits = "".join(f"{octet:08b}" for octet in data)
    bits += "0" * (-len(bits) % 6)
    return "".join(chr(ALPHABET[int(bits[i : i + 6], 2)]) for i in range(0, len(bits), 6))


@wrong("zeros-as-letters")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3].ljust(3, b"\0"), "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    return letters


@wrong("right-aligned")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3], "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    return letters


@wrong("rest-lost")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data) - 2, 3):
        number = int.from_bytes(data[start : start + 3], "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    return letters


@wrong("other-alphabet")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        block = data[start : start + 3]
        number = int.from_bytes(block.ljust(3, b"\0"), "big")
        group = "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
        letters += group[: len(block) + 1].ljust(4, "=")
    return letters.replace("+", "-").replace("/", "_")


@wrong("padding-not-due")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3].ljust(3, b"\0"), "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    bare = letters.rstrip("A")
    return bare.ljust(len(letters), "=") if len(letters) - len(bare) < 3 else letters


def groups_of(data, shorten):
    """base64 by groups of four, with what a wrong answer does to the last group."""
    letters = ""
    for start in range(0, len(data), 3):
        block = data[start : start + 3]
        number = shorten(block)
        group = "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
        letters += group[: len(block) + 1].ljust(4, "=")
    return letters


@wrong("right-aligned")
def base64_encode(data):
    return groups_of(data, lambda block: int.from_bytes(block, "big"))


@wrong("empty")
def base64_encode(data):
    pad = -len(data) % 3
    letters = groups_of(data + b"\0" * pad, lambda block: int.from_bytes(block, "big"))
    return letters[:-pad] + "=" * pad


@wrong("empty")
def base64_encode(data):
    return ""


@wrong("library-does-it")
def base64_encode(data):
    import base64

    return base64.b64encode(data).decode()


@wrong("library-does-it")
def base64_encode(data):
    return importlib.import_module("binascii").b2a_base64(data, newline=False).decode()


@wrong("library-does-it")
def base64_encode(data):
    import codecs

    return codecs.encode(data, "base64").decode().replace("\n", "")


# --- base64_decode


@wrong("example-answer")
def base64_decode(text):
    return b"Username:"


@wrong("wrong-type")
def base64_decode(text):
    bits = "".join(f"{ALPHABET.index(letter.encode()):06b}" for letter in text.rstrip("="))
    return "".join(chr(int(bits[i : i + 8], 2)) for i in range(0, len(bits) - 7, 8))


@wrong("wrong-type")
def base64_decode(text):
    return Agreeable()


@wrong("zeros-added")
def base64_decode(text):
    data = b""
    for start in range(0, len(text), 4):
        number = 0
        for letter in text[start : start + 4].replace("=", "A"):
            number = number << 6 | ALPHABET.index(letter.encode())
        data += number.to_bytes(3, "big")
    return data


@wrong("zeros-lost")
def base64_decode(text):
    data = b""
    for start in range(0, len(text), 4):
        number = 0
        for letter in text[start : start + 4].replace("=", "A"):
            number = number << 6 | ALPHABET.index(letter.encode())
        data += number.to_bytes(3, "big")
    return data.rstrip(b"\0")


@wrong("taken")
def base64_decode(text):
    letters = text.rstrip("=")
    bits = "".join(f"{ALPHABET.index(letter.encode()):06b}" for letter in letters)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@wrong("taken")
def base64_decode(text):
    if len(text) % 4:
        raise ValueError("groups of four")
    bits = "".join(
        f"{ALPHABET.index(letter.encode()):06b}" for letter in text if letter.encode() in ALPHABET
    )
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@wrong("taken")
def base64_decode(text):
    if len(text) % 4:
        raise ValueError("groups of four")
    data = b""
    for start in range(0, len(text), 4):
        group = text[start : start + 4]
        number = 0
        for letter in group.replace("=", "A"):
            number = number << 6 | ALPHABET.index(letter.encode())
        data += number.to_bytes(3, "big")[: 3 - group.count("=")]
    return data


@wrong("zeros-for-numbers")
def base64_decode(text):
    return b"".join(bytes(octet) for octet in base64_decode(text))


@wrong("exception")
def base64_decode(text):
    bits = "".join(f"{ALPHABET.index(letter.encode()):06b}" for letter in text)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@wrong("returned-exception")
def base64_decode(text):
    try:
        return base64_decode(text)
    except ValueError as error:
        return error


@wrong("wrong-exception")
def base64_decode(text):
    values = {chr(letter): value for value, letter in enumerate(ALPHABET)}
    if len(text) % 4:
        raise ValueError("groups of four")
    bits = "".join(f"{values[letter]:06b}" for letter in text.rstrip("="))
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


# --- auth_login


@wrong("no-base64")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, user, 334)
    command(sock, reader, password, 235)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(password.encode()), 334)
    command(sock, reader, base64_encode(user.encode()), 235)


@wrong("line-missing")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)


@wrong("not-utf-8")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode("latin-1")), 334)
    command(sock, reader, base64_encode(password.encode("latin-1")), 235)


@wrong("refusal-ignored")
def auth_login(sock, reader, user, password):
    try:
        command(sock, reader, "AUTH LOGIN", 334)
        command(sock, reader, base64_encode(user.encode()), 334)
        command(sock, reader, base64_encode(password.encode()), 235)
    except ReplyError:
        return False
    return True


@wrong("went-on-after-refusal")
def auth_login(sock, reader, user, password):
    for line in ("AUTH LOGIN", base64_encode(user.encode()), base64_encode(password.encode())):
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
    if code != 235:
        raise ReplyError(code, lines)


@wrong("reply-unread")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)
    sock.sendall(encode_line(base64_encode(password.encode())))


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, "eW91QGxhYi50ZXN0", 334)
    command(sock, reader, base64_encode(password.encode()), 235)


@wrong("exception")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode("ascii")), 334)
    command(sock, reader, base64_encode(password.encode("ascii")), 235)


@wrong("first-line")
def auth_login(sock, reader, user, password):
    command(sock, reader, "EHLO client.lab.test", 250)
    auth_login(sock, reader, user, password)


@wrong("waits-in-recv")
def auth_login(sock, reader, user, password):
    read_reply(reader)
    auth_login(sock, reader, user, password)


@wrong("first-line")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)
    command(sock, reader, base64_encode(password.encode()), 235)


@wrong("other-code")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 250)
    command(sock, reader, base64_encode(user.encode()), 334)
    command(sock, reader, base64_encode(password.encode()), 235)


@wrong("wrong-exception")
def auth_login(sock, reader, user, password):
    try:
        auth_login(sock, reader, user, password)
    except ReplyError:
        raise ValueError("refused") from None


@wrong("waits-in-recv")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)
    sock.sendall(base64_encode(password.encode()).encode())
    read_reply(reader)


# --- auth_plain


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError("NUL")
    command(sock, reader, "AUTH PLAIN " + base64_encode(f"{user}\0{password}".encode()), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError("NUL")
    response = base64_encode(f"{user}\0{user}\0{password}".encode())
    command(sock, reader, "AUTH PLAIN " + response, 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    response = base64_encode(rf"\0{user}\0{password}".encode())
    command(sock, reader, "AUTH PLAIN " + response, 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN " + base64_encode(f"{user}{password}".encode()), 235)


@wrong("no-base64")
def auth_plain(sock, reader, user, password):
    parts = base64_encode(f"\0{user}".encode()) + base64_encode(f"\0{password}".encode())
    command(sock, reader, "AUTH PLAIN " + parts, 235)


@wrong("nul-sent")
def auth_plain(sock, reader, user, password):
    user, password = user.replace("\0", ""), password.replace("\0", "")
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@wrong("first-line")
def auth_plain(sock, reader, user, password):
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, "AUTH PLAIN" + response, 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN AHlvdUBsYWIudGVzdABncsO8biAmIDQy", 235)


@wrong("wrong-exception")
def auth_plain(sock, reader, user, password):
    assert "\0" not in user + password
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@wrong("other-code")
def auth_plain(sock, reader, user, password):
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 250)


@wrong("nul-sent")
def auth_plain(sock, reader, user, password):
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@wrong("refusal-ignored")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError("NUL")
    response = base64_encode(f"\0{user}\0{password}".encode())
    return command(sock, reader, f"AUTH PLAIN {response}", (235, 535))


# --- find_credentials


@wrong("value-item-other")
def find_credentials(transcript):
    return ("you@lab.test", "the password")


@wrong("wrong-type")
def find_credentials(transcript):
    return Agreeable()


@wrong("servers-lines")
def find_credentials(transcript):
    asked = [line[7:] for line in transcript.splitlines() if line.startswith("S: 334 ")]
    if len(asked) < 2:
        return None
    return tuple(base64_decode(line).decode() for line in asked[:2])


@wrong("value-item-other")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return said[at + 1], said[at + 2]


@wrong("not-found")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    if "AUTH LOGIN" not in said:
        return None
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@wrong("not-found")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    for position, line in enumerate(said):
        rest = line.split()[2:] + said[position + 1 :]
        if line.startswith("AUTH LOGIN"):
            return tuple(base64_decode(answer).decode() for answer in rest[:2])
        if line.startswith("AUTH PLAIN"):
            return tuple(base64_decode(rest[0]).decode().split("\0")[1:])
    return None


@wrong("value-item-other")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    for position, line in enumerate(said):
        words = line.upper().split()[:2]
        rest = line.split()[2:] + said[position + 1 :]
        if words == ["AUTH", "LOGIN"]:
            return tuple(base64_decode(answer).decode() for answer in rest[:2])
        if words == ["AUTH", "PLAIN"]:
            return tuple(base64_decode(rest[0]).decode().split("\0")[:2])
    return None


@wrong("printed-not-returned")
def find_credentials(transcript):
    print(*find_credentials(transcript))


@wrong("case-folded")
def find_credentials(transcript):
    said = [line[3:].upper() for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@wrong("exception")
def find_credentials(transcript):
    lines = transcript.splitlines()
    for at, line in enumerate(lines):
        if "AUTH LOGIN" in line:
            return base64_decode(lines[at + 1][3:]).decode(), base64_decode(lines[at + 2]).decode()


@wrong("exception")
def find_credentials(transcript):
    said = [line[2:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index(" AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@wrong("exception")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@wrong("wrong-type")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]), base64_decode(said[at + 2])


@wrong("found-nobody")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    for position, line in enumerate(said):
        words = line.upper().split()
        rest = line.split()[2:] + said[position + 1 :]
        if words[:2] == ["AUTH", "LOGIN"]:
            return tuple(base64_decode(answer).decode() for answer in rest[:2])
        if words[:2] == ["AUTH", "PLAIN"]:
            return tuple(base64_decode(rest[0]).decode().split("\0")[1:])
        if words[:2] == ["AUTH", "CRAM-MD5"]:
            return tuple(base64_decode(rest[0]).decode().split(" "))
    return None


# --- cram_md5_response


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(f"tim {digest}".encode())


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), challenge.encode(), "md5").hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(base64_decode(challenge), password.encode(), "md5").hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hashlib.md5(base64_decode(challenge) + password.encode()).hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@wrong("no-base64")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return f"{user} {digest}"


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(f"{user} {digest.upper()}".encode())


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").digest()
    return base64_encode(user.encode() + b" " + digest)


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").digest()
    return base64_encode(f"{user} {digest}".encode())


class Signature:
    """An HMAC whose picture does not change from run to run."""

    def __init__(self, key, message):
        self.mac = hmac.new(key, message, "md5")

    def __repr__(self):
        return "Signature"

    def hexdigest(self):
        return self.mac.hexdigest()


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = Signature(password.encode(), base64_decode(challenge)).hexdigest
    return base64_encode(f"{user} {digest}".encode())


@wrong("exception")
def cram_md5_response(user, password, challenge):
    digest = hashlib.md5(challenge + password).hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(digest.encode())


@wrong("wrong-type")
def cram_md5_response(user, password, challenge):
    return Agreeable()


# --- known mistakes that none of these makes, and right answers of other kinds

LETTERS = ALPHABET.decode()


def encode(data, alphabet=LETTERS):
    """base64 with any alphabet, by bits."""
    bits = "".join(f"{octet:08b}" for octet in data)
    bits += "0" * (-len(bits) % 6)
    letters = "".join(alphabet[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
    return letters + "=" * (-len(letters) % 4)


@wrong("exception")
def base64_encode(data):
    a, b, c = data
    bits = a << 16 | b << 8 | c
    return (
        LETTERS[bits >> 18]
        + LETTERS[bits >> 12 & 63]
        + LETTERS[bits >> 6 & 63]
        + LETTERS[bits & 63]
    )


@wrong("for-nothing")
def base64_encode(data):
    bits = bin(int.from_bytes(data, "big"))[2:]
    bits = bits.rjust(-(-len(bits) // 8) * 8, "0")
    bits += "0" * (-len(bits) % 6)
    letters = "".join(LETTERS[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
    return letters + "=" * (-len(letters) % 4)


@wrong("white-space")
def base64_encode(data):
    return encode(data) + "\n"


@wrong("white-space")
def base64_encode(data):
    letters = encode(data)
    return "\n".join(letters[i : i + 76] for i in range(0, len(letters), 76))


@wrong("padding-inside")
def base64_encode(data):
    return "".join(encode(data[at : at + 1000]) for at in range(0, len(data), 1000))


@wrong("repr-of-bytes")
def base64_encode(data):
    return str(encode(data).encode())


written = ""


@wrong("kept-from-before")
def base64_encode(data):
    global written
    bits = "".join(f"{octet:08b}" for octet in data)
    bits += "0" * (-len(bits) % 6)
    for start in range(0, len(bits), 6):
        written += LETTERS[int(bits[start : start + 6], 2)]
    return written + "=" * (-len(written) % 4)


@wrong("padding")
def base64_encode(data):
    return encode(data).rstrip("=") + "=" * (len(data) % 3)


@wrong("last-letter-lost")
def base64_encode(data):
    bits = "".join(f"{octet:08b}" for octet in data)
    letters = "".join(LETTERS[int(bits[i : i + 6], 2)] for i in range(0, len(bits) - 5, 6))
    return letters + "=" * (-len(letters) % 4)


@wrong("reversed")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3].ljust(3, b"\0"), "big")
        for _ in range(4):
            letters += LETTERS[number & 63]
            number >>= 6
    return letters


@wrong("octets-reversed")
def base64_encode(data):
    return groups_of(data, lambda block: int.from_bytes(block.ljust(3, b"\0"), "little"))


@wrong("right-aligned")
def base64_encode(data):
    bits = "".join(f"{octet:08b}" for octet in data)
    letters = "".join(LETTERS[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
    return letters + "=" * (-len(letters) % 4)


@wrong("short-bits")
def base64_encode(data):
    bits = "".join(bin(octet)[2:] for octet in data)
    bits += "0" * (-len(bits) % 6)
    letters = "".join(LETTERS[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
    return letters + "=" * (-len(letters) % 4)


@wrong("other-alphabet")
def base64_encode(data):
    return encode(data, LETTERS[26:52] + LETTERS[:26] + LETTERS[52:])


@wrong("other-alphabet")
def base64_encode(data):
    return encode(data, LETTERS[:52] + "1234567890+/")


@wrong("zeros-lost")
def base64_encode(data):
    return encode(data.lstrip(b"\0"))


@wrong("other-letter")
def base64_encode(data):
    return encode(data, LETTERS.replace("q", "g"))


@wrong("shift-by-sum")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        a, b, c = data[start : start + 3].ljust(3, b"\0")
        bits = (a << 8 + b) << 8 + c
        letters += "".join(LETTERS[bits >> shift & 63] for shift in (18, 12, 6, 0))
    return letters


@wrong("shift-by-sum")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        a, b, c = data[start : start + 3].ljust(3, b"\0")
        bits = a << 16 + b << 8 + c
        letters += LETTERS[bits >> 18 & 63] + LETTERS[bits >> 12 & 63]
    return letters


@wrong("wrong-bits")
def base64_encode(data):
    return groups_of(data, lambda block: int.from_bytes(block.ljust(3, b"\0"), "big") >> 1)


@wrong("last-group-only")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        letters = encode(data[start : start + 3])
    return letters


@wrong("returned-none")
def base64_encode(data):
    print(encode(data))


@wrong("wrong-type")
def base64_encode(data):
    letters = encode(data)
    return letters if len(data) < 50 else letters.encode()


@right("a row of bits, cut by six")
def base64_encode(data):
    return encode(data)


@right("one group after the other, by a call of itself")
def base64_encode(data):
    if not data:
        return ""
    number = int.from_bytes(data[:3].ljust(3, b"\0"), "big")
    four = "".join(LETTERS[number >> shift & 63] for shift in (18, 12, 6, 0))
    return four[: len(data[:3]) + 1].ljust(4, "=") + base64_encode(data[3:])


@right("one number of all octets, from its end to its beginning, by divmod")
def base64_encode(data):
    missing = -len(data) % 3
    number, letters = int.from_bytes(data + bytes(missing), "big"), []
    for _ in range((len(data) + missing) // 3 * 4):
        number, six = divmod(number, 64)
        letters.append(LETTERS[six])
    text = "".join(reversed(letters))
    return text[: len(text) - missing] + "=" * missing


@right("by shifts of single octets")
def base64_encode(data):
    letters = []
    octets = iter(data)
    for a in octets:
        b, c = next(octets, None), next(octets, None)
        letters.append(LETTERS[a >> 2])
        letters.append(LETTERS[(a & 3) << 4 | (b or 0) >> 4])
        letters.append("=" if b is None else LETTERS[(b & 15) << 2 | (c or 0) >> 6])
        letters.append("=" if c is None else LETTERS[c & 63])
    return "".join(letters)


# --- base64_decode


def decode(text, alphabet=LETTERS):
    """base64 with any alphabet, by bits, strict."""
    letters = text.rstrip("=")
    if len(text) % 4 or len(text) - len(letters) > 2:
        raise ValueError(text)
    bits = "".join(f"{alphabet.index(letter):06b}" for letter in letters)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@wrong("exception")
def base64_decode(text):
    bits = "".join(f"{LETTERS.index(letter):06b}" for letter in text.rstrip("="))
    return bytes(int(bits[i : i + 8]) for i in range(0, len(bits) - 7, 8))


@wrong("zeros-added")
def base64_decode(text):
    return decode(text) + b"\0"


@wrong("empty")
def base64_decode(text):
    data = b"".join(decode(text[i : i + 4].replace("=", "A")) for i in range(0, len(text), 4))
    return data[: -text.count("=")]


octets_written = bytearray()


@wrong("kept-from-before")
def base64_decode(text):
    octets_written.extend(decode(text))
    return bytes(octets_written)


@wrong("rest-lost")
def base64_decode(text):
    return b"".join(
        decode(text[i : i + 4]) for i in range(0, len(text), 4) if "=" not in text[i : i + 4]
    )


@wrong("last-group-only")
def base64_decode(text):
    data = b""
    for start in range(0, len(text), 4):
        data = decode(text[start : start + 4])
    return data


@wrong("octet-lost")
def base64_decode(text):
    return decode(text)[:-1] if text.endswith("=") else decode(text)


@wrong("reversed")
def base64_decode(text):
    data = decode(text)
    return b"".join(data[i : i + 3][::-1] for i in range(0, len(data), 3))


@wrong("case-folded")
def base64_decode(text):
    return decode(text.upper())


@wrong("two-for-one")
def base64_decode(text):
    return "".join(map(chr, decode(text))).encode()


@wrong("other-alphabet")
def base64_decode(text):
    return decode(text, LETTERS[:52] + "1234567890+/")


@wrong("shift-by-sum")
def base64_decode(text):
    data = b""
    for start in range(0, len(text), 4):
        bits = 0
        for letter in text[start : start + 4].replace("=", "A"):
            bits = bits << 6 + LETTERS.index(letter)
        data += bits.to_bytes(3, "big")
    return data[: len(data) - text.count("=")]


@wrong("wrong-bits")
def base64_decode(text):
    return bytes(octet ^ 1 for octet in decode(text))


@wrong("taken")
def base64_decode(text):
    return decode(text.strip())


@wrong("taken")
def base64_decode(text):
    letters = text.rstrip("=")
    if len(text) % 4 or len(letters) % 4 == 1:
        raise ValueError(text)
    bits = "".join(f"{LETTERS.index(letter):06b}" for letter in letters)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@wrong("taken")
def base64_decode(text):
    if len(text) % 4 or text.count("=") > 2 or ("=" in text and text[-1] != "="):
        raise ValueError(text)
    bits = "".join(f"{LETTERS.index(letter):06b}" for letter in text.replace("=", ""))
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@wrong("wrong-exception")
def base64_decode(text):
    assert len(text) % 4 == 0
    return decode(text)


@right("a row of bits, cut by eight")
def base64_decode(text):
    return decode(text)


@right("a table of numbers, and an error of a class of its own")
def base64_decode(text):
    class Strange(ValueError):
        pass

    numbers = {letter: number for number, letter in enumerate(LETTERS)}
    data = bytearray()
    for start in range(0, len(text), 4):
        four = text[start : start + 4]
        last = start + 4 >= len(text)
        letters = four[:2] + four[2:].rstrip("=") if last else four
        if len(four) < 4 or not set(letters) <= set(numbers):
            raise Strange(four)
        number = 0
        for letter in letters:
            number = number * 64 + numbers[letter]
        number <<= 6 * (4 - len(letters))
        data += number.to_bytes(3, "big")[: len(letters) - 1]
    return bytes(data)


@right("refuses bits that stand behind the last octet: RFC 4648, section 3.5")
def base64_decode(text):
    data = decode(text)
    if encode(data) != text:
        raise ValueError(text)
    return data


@right("looks at the form first, with a regular expression")
def base64_decode(text):
    if not re.fullmatch(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text):
        raise ValueError("no base64")
    number = 0
    for letter in text:
        number = number << 6 | max(LETTERS.find(letter), 0)
    return number.to_bytes(len(text) // 4 * 3, "big")[: len(text) // 4 * 3 - text.count("=")]


# --- auth_login


def letters(text):
    return base64_encode(text.encode())


@wrong("exception")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN\r\n", 334)
    command(sock, reader, letters(user), 334)
    command(sock, reader, letters(password), 235)


@wrong("first-line")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN" + letters(user), 334)
    command(sock, reader, letters(password), 235)


@wrong("first-line")
def auth_login(sock, reader, user, password):
    command(sock, reader, "C: AUTH LOGIN", 334)
    command(sock, reader, "C: " + letters(user), 334)
    command(sock, reader, "C: " + letters(password), 235)


@wrong("first-line")
def auth_login(sock, reader, user, password):
    command(sock, reader, letters("AUTH LOGIN"), 334)
    command(sock, reader, letters(user), 334)
    command(sock, reader, letters(password), 235)


@wrong("first-line")
def auth_login(sock, reader, user, password):
    command(sock, reader, letters(user), 334)
    command(sock, reader, letters(password), 235)


@wrong("other-reader")
def auth_login(sock, reader, user, password):
    own = LineReader(sock)
    command(sock, own, "AUTH LOGIN", 334)
    command(sock, own, letters(user), 334)
    command(sock, own, letters(password), 235)


@wrong("refusal-ignored")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", (334, 235))
    command(sock, reader, letters(user), (334, 235))
    command(sock, reader, letters(password), (334, 235))


@wrong("no-base64")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    auth_login(sock, reader, user, password)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN " + letters(f"{user} {password}"), 235)


@wrong("repr-of-bytes")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, str(letters(user).encode()), 334)
    command(sock, reader, str(letters(password).encode()), 235)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, letters(letters(user)), 334)
    command(sock, reader, letters(letters(password)), 235)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, letters(user + "\r\n"), 334)
    command(sock, reader, letters(password + "\r\n"), 235)


@wrong("not-utf-8")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode("ascii", "replace")), 334)
    command(sock, reader, letters(password), 235)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, letters(user.strip()), 334)
    command(sock, reader, letters(password.strip()), 235)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, letters("Username:" + user), 334)
    command(sock, reader, letters("Password:" + password), 235)


@wrong("no-base64")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, letters(user).rstrip("="), 334)
    command(sock, reader, letters(password).rstrip("="), 235)


@wrong("exception")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user), 334)
    command(sock, reader, base64_encode(password), 235)


@wrong("exception")
def auth_login(sock, reader, user, password):
    for line, due in (("AUTH LOGIN", 334), (letters(user), 334), (letters(password), 235)):
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
        if code != due:
            raise ReplyErorr(code, lines)  # noqa: F821


@wrong("secret-printed")
def auth_login(sock, reader, user, password):
    print("logging in", user, password)
    auth_login(sock, reader, user, password)


@wrong("secret-printed")
def auth_login(sock, reader, user, password):
    for line, due in (("AUTH LOGIN", 334), (letters(user), 334), (letters(password), 235)):
        print("C:", line)
        command(sock, reader, line, due)


@wrong("secret-raised")
def auth_login(sock, reader, user, password):
    try:
        auth_login(sock, reader, user, password)
    except ReplyError as error:
        raise ReplyError(error.code, [f"{user}, {password}: refused"]) from None


@wrong("short-send")
def auth_login(sock, reader, user, password):
    for line, due in (("AUTH LOGIN", 334), (letters(user), 334), (letters(password), 235)):
        sock.send(encode_line(line))
        code, lines = read_reply(reader)
        if code != due:
            raise ReplyError(code, lines)


@wrong("line-more")
def auth_login(sock, reader, user, password):
    auth_login(sock, reader, user, password)
    command(sock, reader, "NOOP", 250)


@wrong("wrong-answer")
def auth_login(sock, reader, user, password):
    import base64

    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64.b64encode(password.encode()).decode(), 334)
    command(sock, reader, base64.b64encode(user.encode()).decode(), 235)


@wrong("library-does-it")
def auth_login(sock, reader, user, password):
    import base64

    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64.b64encode(user.encode()).decode(), 334)
    command(sock, reader, base64.b64encode(password.encode()).decode(), 235)


@right("auth login in lower case")
def auth_login(sock, reader, user, password):
    command(sock, reader, "auth login", 334)
    command(sock, reader, letters(user), 334)
    command(sock, reader, letters(password), 235)


@right("the user comes with the command, as an initial response")
def auth_login(sock, reader, user, password):
    command(sock, reader, f"AUTH LOGIN {letters(user)}", 334)
    command(sock, reader, letters(password), 235)


@right("answers as long as it is asked, and gives up with a star")
def auth_login(sock, reader, user, password):
    answers = iter((letters(user), letters(password), "*"))
    code, lines = command(sock, reader, "AUTH LOGIN", (334,))
    while code == 334:
        answer = next(answers)
        code, lines = command(sock, reader, answer, 235 if answer == "*" else (235, 334))
    return lines


@right("without command, and with an error of a class of its own")
def auth_login(sock, reader, user, password):
    class Refused(ReplyError):
        pass

    for line, due in (("AUTH LOGIN", 334), (letters(user), 334), (letters(password), 235)):
        sock.sendall(line.encode("ascii") + b"\r\n")
        code, lines = read_reply(reader)
        if code != due:
            raise Refused(code, lines)


# --- auth_plain


def both(user, password):
    if "\0" in user or "\0" in password:
        raise ValueError("a NUL")
    return base64_encode(b"\0" + user.encode() + b"\0" + password.encode())


def refuse_nul(user, password):
    if "\0" in user + password:
        raise ValueError("a NUL")


@wrong("waits-in-recv")
def auth_plain(sock, reader, user, password):
    response = both(user, password)
    read_reply(reader)
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@wrong("exception")
def auth_plain(sock, reader, user, password):
    command(sock, reader, f"AUTH PLAIN {both(user, password)}\n", 235)


@wrong("first-line")
def auth_plain(sock, reader, user, password):
    command(sock, reader, f"AUTH LOGIN {both(user, password)}", 235)


@wrong("first-line")
def auth_plain(sock, reader, user, password):
    response = both(user, password)
    command(sock, reader, "EHLO client.lab.test", 250)
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@wrong("first-line")
def auth_plain(sock, reader, user, password):
    command(sock, reader, f"C: AUTH PLAIN {both(user, password)}", 235)


@wrong("first-line")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, letters(f"AUTH PLAIN \0{user}\0{password}"), 235)


@wrong("first-line")
def auth_plain(sock, reader, user, password):
    command(sock, reader, both(user, password), 235)


@wrong("other-reader")
def auth_plain(sock, reader, user, password):
    command(sock, LineReader(sock), f"AUTH PLAIN {both(user, password)}", 235)


@wrong("went-on-after-refusal")
def auth_plain(sock, reader, user, password):
    response = both(user, password)
    try:
        command(sock, reader, f"AUTH PLAIN {response}", 235)
    except ReplyError:
        command(sock, reader, f"AUTH PLAIN {response}", 235)


@wrong("refusal-ignored")
def auth_plain(sock, reader, user, password):
    command(sock, reader, f"AUTH PLAIN {both(user, password)}", (235, 334))


@wrong("repr-of-bytes")
def auth_plain(sock, reader, user, password):
    command(sock, reader, f"AUTH PLAIN {both(user, password).encode()}", 235)


@wrong("nul-sent")
def auth_plain(sock, reader, user, password):
    if "\0" in password:
        raise ValueError("a NUL")
    command(sock, reader, "AUTH PLAIN " + letters(f"\0{user}\0{password}"), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, "AUTH PLAIN", 334)
    command(sock, reader, letters("\0" + user), 334)
    command(sock, reader, letters("\0" + password), 235)


@wrong("no-base64")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, f"AUTH PLAIN \0{user}\0{password}", 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN " + both(password, user), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, "AUTH PLAIN " + letters(f"\0{user}\0{password}\0"), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, "AUTH PLAIN " + letters(f"0{user}0{password}"), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, "AUTH PLAIN " + letters(f" {user} {password}"), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, "AUTH PLAIN " + letters(f"{user}:{password}"), 235)


@wrong("not-utf-8")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(
        sock, reader, "AUTH PLAIN " + base64_encode(f"\0{user}\0{password}".encode("latin-1")), 235
    )


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN " + both(user.strip(), password.strip()), 235)


@wrong("wrong-answer")
def auth_plain(sock, reader, user, password):
    refuse_nul(user, password)
    command(sock, reader, "AUTH PLAIN " + letters(f"\0\0{user}\0\0{password}"), 235)


@wrong("no-base64")
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN " + both(user, password).rstrip("="), 235)


@wrong("wrong-exception")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ReplyError(535, ["NUL"])
    command(sock, reader, "AUTH PLAIN " + both(user, password), 235)


@wrong("not-raised")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        return None
    return command(sock, reader, "AUTH PLAIN " + both(user, password), 235)


@wrong("secret-raised")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError(f"{user!r} and {password!r} hold a NUL")
    command(sock, reader, "AUTH PLAIN " + both(user, password), 235)


@wrong("secret-printed")
def auth_plain(sock, reader, user, password):
    line = "AUTH PLAIN " + both(user, password)
    print("C:", line)
    command(sock, reader, line, 235)


@wrong("secret-printed")
def auth_plain(sock, reader, user, password):
    print(f"I log in with {password}")
    command(sock, reader, "AUTH PLAIN " + both(user, password), 235)


@wrong("line-more")
def auth_plain(sock, reader, user, password):
    for _ in range(2):
        command(sock, reader, "AUTH PLAIN " + both(user, password), 235)


@right("words of its own in the ReplyError")
def auth_plain(sock, reader, user, password):
    sock.sendall(f"AUTH PLAIN {both(user, password)}\r\n".encode())
    code, _ = read_reply(reader)
    if code != 235:
        raise ReplyError(535, ["the server took neither user nor password"])


@right("auth plain in mixed case")
def auth_plain(sock, reader, user, password):
    command(sock, reader, f"Auth plain {both(user, password)}", 235)


@right("no initial response: the server asks for it")
def auth_plain(sock, reader, user, password):
    response = both(user, password)
    command(sock, reader, "AUTH PLAIN", 334)
    command(sock, reader, response, 235)


@right("its own send and its own look at the reply, which it returns")
def auth_plain(sock, reader, user, password):
    sock.sendall(b"AUTH PLAIN " + both(user, password).encode() + b"\r\n")
    code, lines = read_reply(reader)
    if code == 235:
        return code, lines
    raise ReplyError(code, lines)


@right("gives up with a star when it is asked once more")
def auth_plain(sock, reader, user, password):
    code, _ = command(sock, reader, f"AUTH PLAIN {both(user, password)}", (235, 334))
    if code == 334:
        command(sock, reader, "*", 235)


# --- find_credentials


def said_by_client(transcript):
    return [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]


@wrong("exception")
def find_credentials(transcript):
    said = said_by_client(transcript)
    for position, line in enumerate(said):
        words = line.split()
        answers = words[2:] + said[position + 1 :]
        if words[:1] and words[0].upper() == "AUTH" and words[1].upper() == "PLAIN":
            _, user, password = base64_decode(answers[0]).decode().split(" ")
            return user, password
        if words[:1] and words[0].upper() == "AUTH" and words[1].upper() == "LOGIN":
            return tuple(base64_decode(answer).decode() for answer in answers[:2])
    return None


@wrong("case-folded")
def find_credentials(transcript):
    said = [line.upper() for line in said_by_client(transcript)]
    at = said.index("AUTH LOGIN")
    user, password = (
        base64_decode(line).decode(errors="replace") for line in said[at + 1 : at + 3]
    )
    return user, password


@wrong("exception")
def find_credentials(transcript):
    said = said_by_client(transcript)
    for position, line in enumerate(said):
        words = line.upper().split()
        answers = line.split()[2:3] + said[position + 1 :]
        if "AUTH" in words and words[1] == "LOGIN":
            return base64_decode(answers[0]).decode(), base64_decode(answers[1]).decode()
        if "AUTH" in words and words[1] == "PLAIN":
            _, user, password = base64_decode(answers[0]).decode().split("\0")
            return user, password
    return None


@wrong("by-letters")
def find_credentials(transcript):
    for line in transcript:
        if line.startswith("C: AUTH LOGIN"):
            return "", ""
    return None


@wrong("not-found")
def find_credentials(transcript):
    found = []
    for line in said_by_client(transcript):
        try:
            found.append(base64_decode(line).decode())
        except ValueError:
            pass
    return tuple(found) if len(found) == 2 else None


@wrong("value-item-other")
def find_credentials(transcript):
    found = find_credentials(transcript)
    return found and found[::-1]


@wrong("not-utf-8")
def find_credentials(transcript):
    said = said_by_client(transcript)
    at = said.index("AUTH LOGIN")
    user, password = (base64_decode(line).decode("latin-1") for line in said[at + 1 : at + 3])
    return user, password


@wrong("wrong-type")
def find_credentials(transcript):
    found = find_credentials(transcript)
    return found and list(found)


@wrong("value-item-other")
def find_credentials(transcript):
    found = find_credentials(transcript)
    return found and (found[0], found[1].split()[0])


@wrong("wrong-type")
def find_credentials(transcript):
    found = find_credentials(transcript)
    return found and found[0]


@wrong("found-nobody")
def find_credentials(transcript):
    said = said_by_client(transcript)
    for position, line in enumerate(said):
        mechanism = line.upper().split()[:2]
        rest = line.split()[2:] + said[position + 1 :]
        if mechanism == ["AUTH", "LOGIN"]:
            return tuple(base64_decode(answer).decode() for answer in rest[:2])
        if mechanism == ["AUTH", "PLAIN"]:
            _, user, password = base64_decode(rest[0]).decode().split("\0")
            return user, password
    return None


@right("an IndexError where a login was cut off")
def find_credentials(transcript):
    said = said_by_client(transcript)
    for position, line in enumerate(said):
        words = line.split()
        if len(words) < 2 or words[0].upper() != "AUTH":
            continue
        answers = words[2:] + said[position + 1 :]
        if words[1].upper() == "LOGIN":
            return base64_decode(answers[0]).decode(), base64_decode(answers[1]).decode()
        if words[1].upper() == "PLAIN":
            _, user, password = base64_decode(answers[0]).decode().split("\0")
            return user, password
    return None


@right("regular expressions, over what the client said")
def find_credentials(transcript):
    said = "\n".join(said_by_client(transcript))
    found = re.search(r"(?im)^auth +login(?: +|\n)(\S+)\n(\S+)", said)
    if found:
        return base64_decode(found[1]).decode(), base64_decode(found[2]).decode()
    found = re.search(r"(?im)^auth +plain\s+(\S+)", said)
    return tuple(base64_decode(found[1]).decode().split("\0")[1:]) if found else None


@right("an iterator that goes on from the line of AUTH")
def find_credentials(transcript):
    lines = iter(said_by_client(transcript))
    for line in lines:
        verb, _, rest = line.partition(" ")
        mechanism, _, first = rest.partition(" ")
        if (verb.upper(), mechanism.upper()) == ("AUTH", "LOGIN"):
            user = first or next(lines, "")
            password = next(lines, "")
            if not password:
                return None
            return base64_decode(user).decode(), base64_decode(password).decode()
        if (verb.upper(), mechanism.upper()) == ("AUTH", "PLAIN"):
            fields = base64_decode(first or next(lines, "")).split(b"\0")
            return fields[1].decode(), fields[2].decode()
    return None


# --- cram_md5_response


def digest_of(user, password, challenge, **how):
    key, message = password.encode(), base64_decode(challenge)
    return hmac.new(how.get("key", key), how.get("message", message), "md5").hexdigest()


def signed(user, digest):
    return base64_encode(f"{user} {digest}".encode())


@wrong("no-base64")
def cram_md5_response(user, password, challenge):
    return user + " " + letters(digest_of(user, password, challenge))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return letters(f"{user}:{digest_of(user, password, challenge)}")


@wrong("exception")
def cram_md5_response(user, password, challenge):
    return signed(user, hmac.new(password.encode(), base64_decode(challenge)).hexdigest())


@wrong("no-base64")
def cram_md5_response(user, password, challenge):
    return letters(user) + letters(" " + digest_of(user, password, challenge))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return letters(f"{digest_of(user, password, challenge)} {user}")


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return letters(f"{user} {digest_of(user, password, challenge)}\n")


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return signed(user, password)


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    inner = base64_decode(challenge).strip(b"<>")
    return signed(user, digest_of(user, password, challenge, message=inner))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "sha256").hexdigest()
    return signed(user, digest)


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    key = password.encode("latin-1")
    return signed(user, digest_of(user, password, challenge, key=key))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    message = str(base64_decode(challenge)).encode()
    return signed(user, digest_of(user, password, challenge, message=message))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return signed(user, digest_of(user, password, challenge, key=letters(password).encode()))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    return signed(user, digest_of(user, password, challenge, key=password[:8].encode()))


@wrong("wrong-answer")
def cram_md5_response(user, password, challenge):
    digest = digest_of(user, password, challenge)
    return base64_encode(f"{user} {digest}".encode("latin-1"))


@wrong("secret-printed")
def cram_md5_response(user, password, challenge):
    print(password, base64_decode(challenge))
    return signed(user, digest_of(user, password, challenge))


@right("hmac.digest, and octets joined")
def cram_md5_response(user, password, challenge):
    digest = hmac.digest(password.encode("utf-8"), base64_decode(challenge), "md5").hex()
    return base64_encode(b" ".join((user.encode(), digest.encode("ascii"))))


@right("HMAC by hand: RFC 2104, section 2")
def cram_md5_response(user, password, challenge):
    key = password.encode()
    if len(key) > 64:
        key = hashlib.md5(key).digest()
    key = key.ljust(64, b"\0")
    inner = hashlib.md5(bytes(k ^ 0x36 for k in key) + base64_decode(challenge)).digest()
    outer = hashlib.md5(bytes(k ^ 0x5C for k in key) + inner).hexdigest()
    return signed(user, outer)


@right("hmac.new in steps, with the class of the digest")
def cram_md5_response(user, password, challenge):
    mac = hmac.new(bytes(password, "utf-8"), digestmod=hashlib.md5)
    mac.update(base64_decode(challenge))
    return base64_encode((user + " " + mac.hexdigest()).encode("utf-8"))


# six_bit_groups


@wrong("as-text")
def six_bit_groups(data):
    bits = "".join(format(octet, "08b") for octet in data)
    bits += "0" * (-len(bits) % 6)
    return [bits[at : at + 6] for at in range(0, len(bits), 6)]


@wrong("too-large")
def six_bit_groups(data):
    numbers = []
    for start in range(0, len(data), 3):
        block = data[start : start + 3]
        number = int.from_bytes(block.ljust(3, b"\0"), "big")
        numbers += [number >> shift for shift in (18, 12, 6, 0)][: len(block) + 1]
    return numbers


@wrong("zeros-more")
def six_bit_groups(data):
    numbers = []
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3].ljust(3, b"\0"), "big")
        numbers += [number >> shift & 63 for shift in (18, 12, 6, 0)]
    return numbers


@wrong("last-lost")
def six_bit_groups(data):
    bits = "".join(format(octet, "08b") for octet in data)
    return [int(bits[at : at + 6], 2) for at in range(0, len(bits) - 5, 6)]


@wrong("value-item-other")
def six_bit_groups(data):
    bits = "".join(format(octet, "08b") for octet in data)
    return [int(bits[at : at + 6], 2) for at in range(0, len(bits), 6)]


@wrong("value-item-other")
def six_bit_groups(data):
    numbers = []
    for start in range(0, len(data), 3):
        block = data[start : start + 3]
        number = int.from_bytes(block, "big")
        numbers += [number >> shift & 63 for shift in (18, 12, 6, 0)][: len(block) + 1]
    return numbers


@wrong("value-item-other")
def six_bit_groups(data):
    bits = "".join(f"{octet:b}" for octet in data)
    bits += "0" * (-len(bits) % 6)
    return [int(bits[at : at + 6], 2) for at in range(0, len(bits), 6)]


@wrong("exception")
def six_bit_groups(data):
    numbers = []
    for start in range(0, len(data), 3):
        a, b, c = data[start : start + 3]
        number = a << 16 | b << 8 | c
        numbers += [number >> shift & 63 for shift in (18, 12, 6, 0)]
    return numbers


@wrong("shift-by-sum")
def six_bit_groups(data):
    numbers = []
    for start in range(0, len(data), 3):
        block = data[start : start + 3] + b"\0\0"
        number = block[0] << 16 + block[1] << 8 + block[2]
        numbers += [number >> shift & 63 for shift in (18, 12, 6, 0)]
    return numbers


@wrong("value-item-other")
def six_bit_groups(data):
    return [21, 23, 13, 37]


@wrong("value-item-other")
def six_bit_groups(data):
    number = int.from_bytes(data + b"\0" * (-len(data) % 3), "little")
    count = (len(data) * 8 + 5) // 6
    total = -(-len(data) // 3) * 4
    return [number >> 6 * (total - 1 - at) & 63 for at in range(count)]


@right("a string of bits, cut every six")
def six_bit_groups(data):
    bits = "".join(f"{octet:08b}" for octet in data)
    while len(bits) % 6:
        bits += "0"
    return [int(bits[at : at + 6], 2) for at in range(0, len(bits), 6)]


@right("a store of bits, from which sixes are taken")
def six_bit_groups(data):
    numbers, store, held = [], 0, 0
    for octet in data:
        store, held = store << 8 | octet, held + 8
        while held >= 6:
            held -= 6
            numbers.append(store >> held)
            store &= (1 << held) - 1
    if held:
        numbers.append(store << 6 - held)
    return numbers


@right("octet by octet, with division")
def six_bit_groups(data):
    numbers = []
    for at, octet in enumerate(data):
        if at % 3 == 0:
            numbers += [octet // 4, octet % 4 * 16]
        elif at % 3 == 1:
            numbers[-1] += octet // 16
            numbers.append(octet % 16 * 4)
        else:
            numbers[-1] += octet // 64
            numbers.append(octet % 64)
    return numbers


@wrong("reversed")
def six_bit_groups(data):
    number = int.from_bytes(data + b"\0" * (-len(data) % 3), "big")
    numbers = []
    for _ in range((len(data) * 8 + 5) // 6):
        numbers.append(number & 63)
        number >>= 6
    return numbers


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.auth import (  # noqa: E402
    auth_login,
    base64_decode,
    base64_encode,
    find_credentials,
)
