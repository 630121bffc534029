"""Wrong answers to lesson 03."""

import hashlib
import hmac

from smtplab.solutions.dialogue import ReplyError, command, read_reply
from smtplab.solutions.sockets import encode_line

from . import mutant

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# base64_encode


@mutant(reason="example-answer", sentence="the letters of the example")
def base64_encode(data):
    return "VXNlcm5hbWU6"


@mutant(reason="wrong-type", sentence="base64_encode returned")
def base64_encode(data):
    return Anything()


@mutant(reason="no-padding", sentence="the = at the end is missing")
def base64_encode(data):
    bits = "".join(f"{octet:08b}" for octet in data)
    bits += "0" * (-len(bits) % 6)
    return "".join(chr(ALPHABET[int(bits[i : i + 6], 2)]) for i in range(0, len(bits), 6))


@mutant(reason="zeros-as-letters", sentence="is filled with A")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3].ljust(3, b"\0"), "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    return letters


@mutant(reason="right-aligned", sentence="at the right end of their 24 bits")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        number = int.from_bytes(data[start : start + 3], "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    return letters


@mutant(reason="rest-lost", sentence="left over after groups of three is missing")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data) - 2, 3):
        number = int.from_bytes(data[start : start + 3], "big")
        letters += "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
    return letters


@mutant(reason="other-alphabet", sentence="came out as - and _")
def base64_encode(data):
    letters = ""
    for start in range(0, len(data), 3):
        block = data[start : start + 3]
        number = int.from_bytes(block.ljust(3, b"\0"), "big")
        group = "".join(chr(ALPHABET[number >> shift & 63]) for shift in (18, 12, 6, 0))
        letters += group[: len(block) + 1].ljust(4, "=")
    return letters.replace("+", "-").replace("/", "_")


@mutant(reason="padding-not-due", sentence="no group was left incomplete")
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


@mutant(reason="right-aligned", sentence="at the right end of their 24 bits")
def base64_encode(data):
    return groups_of(data, lambda block: int.from_bytes(block, "big"))


@mutant(reason="empty", sentence="The letters of b'Use' came out empty")
def base64_encode(data):
    pad = -len(data) % 3
    letters = groups_of(data + b"\0" * pad, lambda block: int.from_bytes(block, "big"))
    return letters[:-pad] + "=" * pad


@mutant(reason="empty", sentence="came out empty")
def base64_encode(data):
    return ""


@mutant(reason="library-does-it", sentence="base64")
def base64_encode(data):
    import base64

    return base64.b64encode(data).decode()


# base64_decode


@mutant(reason="example-answer", sentence="the octets of the example")
def base64_decode(text):
    return b"Username:"


@mutant(reason="wrong-type", sentence="base64_decode returned 'Use'")
def base64_decode(text):
    bits = "".join(f"{ALPHABET.index(letter.encode()):06b}" for letter in text.rstrip("="))
    return "".join(chr(int(bits[i : i + 8], 2)) for i in range(0, len(bits) - 7, 8))


@mutant(reason="wrong-type", sentence="base64_decode returned")
def base64_decode(text):
    return Anything()


@mutant(reason="padding-kept", sentence="come zeros that nobody sent")
def base64_decode(text):
    data = b""
    for start in range(0, len(text), 4):
        number = 0
        for letter in text[start : start + 4].replace("=", "A"):
            number = number << 6 | ALPHABET.index(letter.encode())
        data += number.to_bytes(3, "big")
    return data


@mutant(reason="zeros-lost", sentence="Octets that are zero were lost")
def base64_decode(text):
    data = b""
    for start in range(0, len(text), 4):
        number = 0
        for letter in text[start : start + 4].replace("=", "A"):
            number = number << 6 | ALPHABET.index(letter.encode())
        data += number.to_bytes(3, "big")
    return data.rstrip(b"\0")


@mutant(reason="length-taken", sentence="'VXN' was taken for base64")
def base64_decode(text):
    letters = text.rstrip("=")
    bits = "".join(f"{ALPHABET.index(letter.encode()):06b}" for letter in letters)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@mutant(reason="strange-letter-taken", sentence="a ! among the letters")
def base64_decode(text):
    if len(text) % 4:
        raise ValueError("groups of four")
    bits = "".join(
        f"{ALPHABET.index(letter.encode()):06b}" for letter in text if letter.encode() in ALPHABET
    )
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@mutant(reason="inner-padding-taken", sentence="was taken for base64")
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


@mutant(reason="zeros-for-numbers", sentence="For 'VXNl' came 301 octets, all of them zero")
def base64_decode(text):
    return b"".join(bytes(octet) for octet in base64_decode(text))


@mutant(reason="exception", sentence="ValueError")
def base64_decode(text):
    bits = "".join(f"{ALPHABET.index(letter.encode()):06b}" for letter in text)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@mutant(reason="length-taken", sentence="and ValueError(")
def base64_decode(text):
    try:
        return base64_decode(text)
    except ValueError as error:
        return error


@mutant(reason="wrong-exception", sentence="KeyError was raised, and ValueError was promised")
def base64_decode(text):
    values = {chr(letter): value for value, letter in enumerate(ALPHABET)}
    if len(text) % 4:
        raise ValueError("groups of four")
    bits = "".join(f"{values[letter]:06b}" for letter in text.rstrip("="))
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


# auth_login


@mutant(reason="not-encoded", sentence="The user name was sent as it is")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, user, 334)
    command(sock, reader, password, 235)


@mutant(reason="swapped", sentence="the other of the two came")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(password.encode()), 334)
    command(sock, reader, base64_encode(user.encode()), 235)


@mutant(reason="stopped-early", sentence="still waits for the password")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)


@mutant(reason="not-utf-8", sentence="The password was not encoded as UTF-8")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode("latin-1")), 334)
    command(sock, reader, base64_encode(password.encode("latin-1")), 235)


@mutant(reason="refusal-ignored", sentence="returned as if all were well")
def auth_login(sock, reader, user, password):
    try:
        command(sock, reader, "AUTH LOGIN", 334)
        command(sock, reader, base64_encode(user.encode()), 334)
        command(sock, reader, base64_encode(password.encode()), 235)
    except ReplyError:
        return False
    return True


@mutant(reason="went-on-after-refusal", sentence="went on talking")
def auth_login(sock, reader, user, password):
    for line in ("AUTH LOGIN", base64_encode(user.encode()), base64_encode(password.encode())):
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
    if code != 235:
        raise ReplyError(code, lines)


@mutant(reason="reply-left", sentence="the next reply is still an old one")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)
    sock.sendall(encode_line(base64_encode(password.encode())))


@mutant(reason="always-the-same", sentence="was 'lin@lab.test', and the server was told 'you@")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, "eW91QGxhYi50ZXN0", 334)
    command(sock, reader, base64_encode(password.encode()), 235)


@mutant(reason="exception", sentence="UnicodeEncodeError")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode("ascii")), 334)
    command(sock, reader, base64_encode(password.encode("ascii")), 235)


@mutant(reason="extra-ehlo", sentence="whoever called has said it already")
def auth_login(sock, reader, user, password):
    command(sock, reader, "EHLO client.lab.test", 250)
    auth_login(sock, reader, user, password)


@mutant(reason="waits-in-recv", sentence="waits in recv")
def auth_login(sock, reader, user, password):
    read_reply(reader)
    auth_login(sock, reader, user, password)


@mutant(reason="other-mechanism", sentence="auth_login said AUTH PLAIN")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)
    command(sock, reader, base64_encode(password.encode()), 235)


@mutant(reason="other-code", sentence="The server said 334, and line")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 250)
    command(sock, reader, base64_encode(user.encode()), 334)
    command(sock, reader, base64_encode(password.encode()), 235)


@mutant(reason="wrong-exception", sentence="ValueError was raised, and ReplyError was promised")
def auth_login(sock, reader, user, password):
    try:
        auth_login(sock, reader, user, password)
    except ReplyError:
        raise ValueError("refused") from None


@mutant(reason="waits-in-recv", sentence="waits in recv")
def auth_login(sock, reader, user, password):
    command(sock, reader, "AUTH LOGIN", 334)
    command(sock, reader, base64_encode(user.encode()), 334)
    sock.sendall(base64_encode(password.encode()).encode())
    read_reply(reader)


# auth_plain


@mutant(reason="first-nul", sentence="The NUL before the user name is missing")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError("NUL")
    command(sock, reader, "AUTH PLAIN " + base64_encode(f"{user}\0{password}".encode()), 235)


@mutant(reason="acts-for", sentence="that field is to be left empty")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError("NUL")
    response = base64_encode(f"{user}\0{user}\0{password}".encode())
    command(sock, reader, "AUTH PLAIN " + response, 235)


@mutant(reason="nul-as-text", sentence="A backslash and a zero")
def auth_plain(sock, reader, user, password):
    response = base64_encode(rf"\0{user}\0{password}".encode())
    command(sock, reader, "AUTH PLAIN " + response, 235)


@mutant(reason="no-nul", sentence="no NUL separates the fields")
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN " + base64_encode(f"{user}{password}".encode()), 235)


@mutant(reason="encoded-apart", sentence="each by itself")
def auth_plain(sock, reader, user, password):
    parts = base64_encode(f"\0{user}".encode()) + base64_encode(f"\0{password}".encode())
    command(sock, reader, "AUTH PLAIN " + parts, 235)


@mutant(reason="nul-removed", sentence="was sent without its NUL: that is another password")
def auth_plain(sock, reader, user, password):
    user, password = user.replace("\0", ""), password.replace("\0", "")
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@mutant(reason="no-space", sentence="Between AUTH PLAIN and what follows it stands no space")
def auth_plain(sock, reader, user, password):
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, "AUTH PLAIN" + response, 235)


@mutant(
    reason="always-the-same", sentence="The user given was 'lin@lab.test', and the server was told"
)
def auth_plain(sock, reader, user, password):
    command(sock, reader, "AUTH PLAIN AHlvdUBsYWIudGVzdABncsO8biAmIDQy", 235)


@mutant(reason="wrong-exception", sentence="AssertionError was raised, and ValueError was promised")
def auth_plain(sock, reader, user, password):
    assert "\0" not in user + password
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@mutant(reason="other-code", sentence="The server said 235, and line")
def auth_plain(sock, reader, user, password):
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 250)


@mutant(reason="nul-sent", sentence="A password with a NUL in it was sent")
def auth_plain(sock, reader, user, password):
    response = base64_encode(f"\0{user}\0{password}".encode())
    command(sock, reader, f"AUTH PLAIN {response}", 235)


@mutant(reason="refusal-ignored", sentence="returned as if all were well")
def auth_plain(sock, reader, user, password):
    if "\0" in user + password:
        raise ValueError("NUL")
    response = base64_encode(f"\0{user}\0{password}".encode())
    return command(sock, reader, f"AUTH PLAIN {response}", (235, 535))


# find_credentials


@mutant(
    reason="wrong-credentials",
    sentence="find_credentials returned ('you@lab.test', 'the password')",
)
def find_credentials(transcript):
    return ("you@lab.test", "the password")


@mutant(reason="wrong-type", sentence="find_credentials returned")
def find_credentials(transcript):
    return Anything()


@mutant(reason="servers-lines", sentence="the questions of the server")
def find_credentials(transcript):
    asked = [line[7:] for line in transcript.splitlines() if line.startswith("S: 334 ")]
    if len(asked) < 2:
        return None
    return tuple(base64_decode(line).decode() for line in asked[:2])


@mutant(reason="still-encoded", sentence="still in base64")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return said[at + 1], said[at + 2]


@mutant(reason="not-found", sentence="AUTH PLAIN with its answer on the same line")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    if "AUTH LOGIN" not in said:
        return None
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@mutant(reason="not-found", sentence="auth login, in lower case")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    for position, line in enumerate(said):
        rest = line.split()[2:] + said[position + 1 :]
        if line.startswith("AUTH LOGIN"):
            return tuple(base64_decode(answer).decode() for answer in rest[:2])
        if line.startswith("AUTH PLAIN"):
            return tuple(base64_decode(rest[0]).decode().split("\0")[1:])
    return None


@mutant(reason="empty-first-field", sentence="was taken for the user name")
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


@mutant(reason="printed-not-returned", sentence="printed what it found, and returned None")
def find_credentials(transcript):
    print(*find_credentials(transcript))


@mutant(reason="case-folded", sentence="put into capital letters before they were decoded")
def find_credentials(transcript):
    said = [line[3:].upper() for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@mutant(reason="exception", sentence="ValueError")
def find_credentials(transcript):
    lines = transcript.splitlines()
    for at, line in enumerate(lines):
        if "AUTH LOGIN" in line:
            return base64_decode(lines[at + 1][3:]).decode(), base64_decode(lines[at + 2]).decode()


@mutant(reason="exception", sentence="ValueError")
def find_credentials(transcript):
    said = [line[2:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index(" AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@mutant(reason="exception", sentence="is not in list")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]).decode(), base64_decode(said[at + 2]).decode()


@mutant(reason="still-bytes", sentence="are bytes where str was promised")
def find_credentials(transcript):
    said = [line[3:] for line in transcript.splitlines() if line.startswith("C: ")]
    at = said.index("AUTH LOGIN")
    return base64_decode(said[at + 1]), base64_decode(said[at + 2])


@mutant(reason="found-nobody", sentence="AUTH CRAM-MD5")
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


# cram_md5_response


@mutant(reason="wrong-user", sentence="before it stands 'tim'")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(f"tim {digest}".encode())


@mutant(reason="example-answer", sentence="that of the example")
def cram_md5_response(user, password, challenge):
    return "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"


@mutant(reason="challenge-not-decoded", sentence="still in base64")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), challenge.encode(), "md5").hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@mutant(reason="key-for-message", sentence="changed places")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(base64_decode(challenge), password.encode(), "md5").hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@mutant(reason="no-hmac", sentence="bare MD5")
def cram_md5_response(user, password, challenge):
    digest = hashlib.md5(base64_decode(challenge) + password.encode()).hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@mutant(reason="not-encoded", sentence="were not put into base64")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return f"{user} {digest}"


@mutant(reason="upper-case", sentence="in capital letters")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(f"{user} {digest.upper()}".encode())


@mutant(reason="raw-digest", sentence="16 octets")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").digest()
    return base64_encode(user.encode() + b" " + digest)


@mutant(reason="raw-digest", sentence="stands there as b'...'")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").digest()
    return base64_encode(f"{user} {digest}".encode())


@mutant(reason="method-not-called", sentence="stands the method that makes it")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest
    return base64_encode(f"{user} {digest}".encode())


@mutant(reason="exception", sentence="TypeError")
def cram_md5_response(user, password, challenge):
    digest = hashlib.md5(challenge + password).hexdigest()
    return base64_encode(f"{user} {digest}".encode())


@mutant(reason="no-user", sentence="the user name before it is missing")
def cram_md5_response(user, password, challenge):
    digest = hmac.new(password.encode(), base64_decode(challenge), "md5").hexdigest()
    return base64_encode(digest.encode())


@mutant(reason="wrong-type", sentence="cram_md5_response returned")
def cram_md5_response(user, password, challenge):
    return Anything()


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.auth import (  # noqa: E402
    auth_login,
    base64_decode,
    base64_encode,
    find_credentials,
)
