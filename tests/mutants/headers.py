"""Wrong answers to lesson 05."""

import base64
import binascii
import re
import textwrap
import unicodedata

from smtplab.solutions.auth import base64_encode

from . import mutant


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


def framed(octets):
    return f"=?utf-8?B?{base64_encode(octets)}?="


# encode_word


@mutant(reason="example-answer", sentence="the encoded word of the example")
def encode_word(text):
    return "=?utf-8?B?5L2g5aW9?="


@mutant(reason="wrong-type", sentence="encode_word returned")
def encode_word(text):
    return Anything()


@mutant(reason="long-word", sentence="75 is the most")
def encode_word(text):
    return framed(text.encode()) if text else ""


@mutant(reason="character-cut", sentence="in the middle of a character")
def encode_word(text):
    octets = text.encode()
    return " ".join(framed(octets[start : start + 45]) for start in range(0, len(octets), 45))


@mutant(reason="not-base64", sentence="no base64 by themselves")
def encode_word(text):
    letters = base64_encode(text.encode())
    return " ".join(
        f"=?utf-8?B?{letters[start : start + 63]}?=" for start in range(0, len(letters), 63)
    )


@mutant(reason="end-lost", sentence="The end is missing")
def encode_word(text):
    words, piece = [], b""
    for character in text:
        if len(piece) + len(character.encode()) > 45:
            words.append(framed(piece))
            piece = b""
        piece += character.encode()
    return " ".join(words) if words else framed(piece) if piece else ""


@mutant(reason="character-lost", sentence="is missing after")
def encode_word(text):
    words, piece = [], b""
    for character in text:
        if len(piece) + len(character.encode()) > 45:
            words.append(framed(piece))
            piece = b""
        else:
            piece += character.encode()
    if piece:
        words.append(framed(piece))
    return " ".join(words)


@mutant(reason="empty-text", sentence="An empty text gave '=?utf-8?B??='")
def encode_word(text):
    return " ".join(framed(text[at : at + 11].encode()) for at in range(0, len(text) or 1, 11))


@mutant(reason="no-space", sentence="stand together without a space")
def encode_word(text):
    return "".join(framed(text[at : at + 11].encode()) for at in range(0, len(text), 11))


@mutant(reason="line-breaks", sentence="a line break between the words")
def encode_word(text):
    return "\r\n ".join(framed(text[at : at + 11].encode()) for at in range(0, len(text), 11))


@mutant(reason="not-utf-8", sentence="octets are those of gbk")
def encode_word(text):
    text = text.encode("gbk", "replace").decode("gbk")
    return " ".join(framed(text[at : at + 11].encode("gbk")) for at in range(0, len(text), 11))


@mutant(reason="surrogate-taken", sentence="A lone surrogate was taken")
def encode_word(text):
    text = text.encode("utf-8", "replace").decode()
    return " ".join(framed(text[at : at + 11].encode()) for at in range(0, len(text), 11))


@mutant(reason="space-lost", sentence="Spaces of the text are lost")
def encode_word(text):
    words = [word[at : at + 11] for word in text.split() for at in range(0, len(word), 11)]
    return " ".join(framed(word.encode()) for word in words)


def pieces_of(text):
    """Right: the octets of each encoded word."""
    pieces, piece = [], b""
    for character in text:
        if len(piece) + len(character.encode()) > 45:
            pieces.append(piece)
            piece = b""
        piece += character.encode()
    return [*pieces, piece] if piece else pieces


@mutant(reason="url-safe", sentence="the letters - and _ stand where base64 has + and /")
def encode_word(text):
    words = (base64.urlsafe_b64encode(piece).decode() for piece in pieces_of(text))
    return " ".join(f"=?utf-8?B?{letters}?=" for letters in words)


@mutant(reason="no-padding", sentence="the = at their end is missing")
def encode_word(text):
    words = (base64_encode(piece).rstrip("=") for piece in pieces_of(text))
    return " ".join(f"=?utf-8?B?{letters}?=" for letters in words)


@mutant(reason="line-break-inside", sentence="A line break stands inside an encoded word")
def encode_word(text):
    words = (base64.encodebytes(piece).decode() for piece in pieces_of(text))
    return " ".join(f"=?utf-8?B?{letters}?=" for letters in words)


@mutant(reason="space-lost", sentence="Spaces of the text are lost: a reader shows '你好'")
def encode_word(text):
    return " ".join(framed(piece) for piece in pieces_of(text.replace(" ", "")))


@mutant(reason="not-encoded", sentence="'Hello' came back as it was")
def encode_word(text):
    return text if text.isascii() else " ".join(framed(piece) for piece in pieces_of(text))


@mutant(reason="call-before", sentence="returned the words of the call before")
def encode_word(text, words=[]):  # noqa: B006
    words += [framed(piece) for piece in pieces_of(text)]
    return " ".join(words)


@mutant(reason="normalised", sentence="their characters are not those of the text")
def encode_word(text):
    return " ".join(framed(piece) for piece in pieces_of(unicodedata.normalize("NFC", text)))


# header


# Here, and not above: the wrong answers so far have this name too.
from smtplab.solutions.headers import encode_word  # noqa: E402


def refuse(name, value):
    if not re.fullmatch(r"[!-9;-~]+", name) or re.search(r"[\r\n\0]", value):
        raise ValueError("refused")


def fold(name, words, size=76):
    line, lines = f"{name}:", []
    for word in words:
        if len(line) + 1 + len(word) > size and word.strip():
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    if max(map(len, lines)) > 998:
        raise ValueError("too long")
    return "\r\n".join(lines).encode() + b"\r\n"


@mutant(reason="raw-octets", sentence="Octets outside ASCII")
def header(name, value):
    refuse(name, value)
    return f"{name}: {value}\r\n".encode()


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def header(name, value):
    refuse(name, value)
    return f"{name}: {value}\r\n"


@mutant(reason="no-name", sentence="does not begin with b'Subject:'")
def header(name, value):
    return b"=?utf-8?B?5L2g5aW9?=\r\n"


@mutant(reason="no-crlf", sentence="no CRLF at its end")
def header(name, value):
    refuse(name, value)
    return f"{name}: {encode_word(value)}".encode()


@mutant(reason="ascii-encoded", sentence="'Hello, Lin' is ASCII")
def header(name, value):
    refuse(name, value)
    return fold(name, encode_word(value).split(" "))


@mutant(reason="address-encoded", sentence="The address <lin@lab.test> went into an encoded word")
def header(name, value):
    refuse(name, value)
    return fold(name, (value if value.isascii() else encode_word(value)).split(" "))


@mutant(reason="space-lost", sentence="a reader shows '你好'")
def header(name, value):
    refuse(name, value)
    words = [word if word.isascii() else encode_word(word) for word in value.split(" ")]
    return fold(name, " ".join(words).split(" "))


@mutant(reason="space-lost", sentence="a reader shows 'two spaces'")
def header(name, value):
    refuse(name, value)
    words = value.split()
    return fold(name, words if value.isascii() else encode_word(value).split())


@mutant(reason="not-folded", sentence="a space at which it can be folded")
def header(name, value):
    refuse(name, value)
    return fold(name, good_words(value), 998)


@mutant(reason="fold-without-space", sentence="taken for a field of its own")
def header(name, value):
    refuse(name, value)
    return fold(name, good_words(value)).replace(b"\r\n ", b"\r\n")


@mutant(reason="space-added", sentence="A space was added")
def header(name, value):
    refuse(name, value)
    line = f"{name}: {' '.join(good_words(value))}"
    return "\r\n ".join(line[at : at + 75] for at in range(0, len(line), 75)).encode() + b"\r\n"


@mutant(reason="line-break-taken", sentence="the letter gets a second field")
def header(name, value):
    refuse(name, "")
    return fold(name, good_words(value))


@mutant(reason="line-break-taken", sentence="A value with an LF in it was taken")
def header(name, value):
    if "\r\n" in value:
        raise ValueError("refused")
    refuse(name, "")
    return fold(name, good_words(value))


@mutant(reason="cleaned", sentence="A line break was taken out of the value")
def header(name, value):
    value = value.replace("\r", "").replace("\n", "")
    refuse(name, value)
    return fold(name, good_words(value))


@mutant(reason="line-break-taken", sentence="A value with an LF at its end was taken")
def header(name, value):
    if not re.match(r"[^\r\n\0]*$", value):
        raise ValueError("refused")
    refuse(name, "")
    return fold(name, good_words(value))


@mutant(reason="nul-taken", sentence="A value with a NUL")
def header(name, value):
    if "\r" in value or "\n" in value:
        raise ValueError("refused")
    refuse(name, "")
    return fold(name, good_words(value))


@mutant(reason="name-taken", sentence="'Sub ject' was taken for the name")
def header(name, value):
    if re.search(r"[\r\n\0]", name):
        raise ValueError("refused")
    refuse("Name", value)
    return fold(name, good_words(value))


@mutant(reason="over-998", sentence="servers refuse more than 998")
def header(name, value):
    refuse(name, value)
    words = good_words(value)
    if max(map(len, words)) > 998:
        return f"{name}: {' '.join(words)}\r\n".encode()
    return fold(name, words)


@mutant(reason="refuses-legal", sentence="nothing in it is forbidden")
def header(name, value):
    if "\r" or "\n" in value:
        raise ValueError("refused")


@mutant(reason="no-exception", sentence="header returned None, and raised nothing")
def header(name, value):
    if "\r" in value or "\n" in value:
        return None
    refuse(name, value)
    return fold(name, good_words(value))


@mutant(reason="wrong-exception", sentence="EOFError was raised, and ValueError was promised")
def header(name, value):
    if "\r" in value or "\n" in value:
        raise EOFError("refused")
    refuse(name, value)
    return fold(name, good_words(value))


@mutant(reason="unicode-error", sentence="raised UnicodeEncodeError")
def header(name, value):
    refuse(name, value)
    return f"{name}: {value}\r\n".encode("ascii")


def good_words(value):
    words, foreign = [], []
    for word in [*value.split(" "), "end"]:
        if not word.isascii() or (foreign and not word.strip()):
            foreign.append(word)
            continue
        if foreign:
            words += encode_word(" ".join(foreign)).split(" ")
            foreign = []
        words.append(word)
    return words[:-1]


def filled(name, value, width=76):
    """Right, but for the width: the lines of a field, of words encoded where they must be."""
    foreign = r"[^ ]*[^\x00-\x7f ][^ ]*"
    coded = re.sub(rf"{foreign}(?: +{foreign})*", lambda words: encode_word(words[0]), value)
    rows = [f"{name}:"]
    for word in re.findall(r" +[^ ]*", f" {coded}"):
        if len(rows[-1]) + len(word) > width and word.strip():
            rows.append("")
        rows[-1] += word
    return rows


def refusing(name, value, names=r"[!-9;-~]+"):
    if re.search("[\r\n\0]", name + value) or not re.fullmatch(names, name):
        raise ValueError(name)


@mutant(reason="not-folded", sentence="has 77 octets, and a space at which it can be folded")
def header(name, value):
    refusing(name, value)
    return "\r\n".join(filled(name, value, 78)).encode("ascii") + b"\r\n"


@mutant(reason="refuses-legal", sentence="header('X-Room_101.b', 'Hello') was refused")
def header(name, value):
    refusing(name, value, "[A-Za-z-]+")
    return "\r\n".join(filled(name, value)).encode("ascii") + b"\r\n"


@mutant(reason="no-name", sentence="does not begin with b'MIME-Version:'")
def header(name, value):
    refusing(name, value)
    return "\r\n".join(filled(name.title(), value)).encode("ascii") + b"\r\n"


@mutant(reason="not-folded", sentence="has 81 octets, and a space at which it can be folded")
def header(name, value):
    refusing(name, value)
    rows = filled(name, value)
    if rows[0] == f"{name}:" and len(rows) > 1:  # never leaves the name alone
        rows[:2] = [rows[0] + rows[1]]
    return "\r\n".join(rows).encode("ascii") + b"\r\n"


@mutant(reason="word-inside", sentence="An encoded word stands inside another word")
def header(name, value):
    refusing(name, value)
    foreign = r"[^\x00-\x7f]+"
    coded = re.sub(rf"{foreign}(?: +{foreign})*", lambda words: encode_word(words[0]), value)
    return f"{name}: {coded}\r\n".encode()


@mutant(reason="quoted-word", sentence="An encoded word stands in quotes")
def header(name, value):
    refusing(name, value)
    words = [w if w.isascii() else f'"{encode_word(w)}"' for w in value.split(" ")]
    return f"{name}: {' '.join(words)}\r\n".encode()


# quoted_printable


def tokens_of(text, spaces=False, digits="={:02X}"):
    """Right: for each line of the text its tokens, one for each octet."""
    for line in text.replace("\r\n", "\n").split("\n"):
        octets = line.encode()
        yield [
            chr(octet)
            if 33 <= octet <= 126 and octet != 61 or octet in (9, 32) and at < len(octets)
            and not spaces else digits.format(octet)
            for at, octet in enumerate(octets, 1)
        ]  # fmt: skip


def in_rows(lines):
    rows = []
    for tokens in lines:
        rows.append("")
        for number, token in enumerate(tokens, 1):
            if len(rows[-1]) + len(token) > 75 + (number == len(tokens)):
                rows[-1] += "="
                rows.append("")
            rows[-1] += token
    return "\r\n".join(rows).encode()


@mutant(reason="readable-encoded", sentence="A space inside a line was written as =20")
def quoted_printable(text):
    return in_rows(tokens_of(text, spaces=True))


@mutant(reason="one-digit", sentence="has one hexadecimal digit")
def quoted_printable(text):
    return in_rows(tokens_of(text, digits="={:X}"))


@mutant(reason="other-sign", sentence="written as %XX")
def quoted_printable(text):
    return in_rows(tokens_of(text, digits="%{:02X}"))


@mutant(reason="underscore", sentence="A space was written as _")
def quoted_printable(text):
    return in_rows(tokens_of(text.replace(" ", "_")))


@mutant(reason="space-lost", sentence="at the ends of lines are lost")
def quoted_printable(text):
    lines = text.replace("\r\n", "\n").split("\n")
    return in_rows(tokens_of("\n".join(line.rstrip() for line in lines)))


@mutant(reason="cr-lost", sentence="A CR that is no part of a line end was taken out")
def quoted_printable(text):
    return in_rows(tokens_of(text.replace("\r", "")))


def tokens(line):
    octets = line.encode()
    result = []
    for at, octet in enumerate(octets):
        stays = (33 <= octet <= 126 and octet != 61) or (octet in b" \t" and at < len(octets) - 1)
        result.append(chr(octet) if stays else f"={octet:02X}")
    return result


def broken(parts, size=75):
    current, result = "", []
    for part in parts:
        if len(current) + len(part) > size:
            result.append(current + "=")
            current = ""
        current += part
    return "=\r\n".join(line.removesuffix("=") for line in [*result, ""])[:-3] + (
        "=\r\n" + current if result else current
    )


def text_lines(text):
    return text.replace("\r\n", "\n").split("\n")


@mutant(reason="example-answer", sentence="the octets of the example")
def quoted_printable(text):
    return b"1 + 1 =3D 2, =E4=BD=A0"


@mutant(reason="raw-octet", sentence="is no printable ASCII")
def quoted_printable(text):
    return text.replace("=", "=3D").replace("\n", "\r\n").encode()


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def quoted_printable(text):
    return "".join(tokens(text))


@mutant(reason="bare-equals", sentence="no two hexadecimal digits follow")
def quoted_printable(text):
    return b"\r\n".join(
        "".join(part.replace("=3D", "=") for part in tokens(line)).encode()
        for line in text_lines(text)
    )


@mutant(reason="line-break-encoded", sentence="was written as =0A")
def quoted_printable(text):
    return broken(tokens(text.replace("\r\n", "\n").replace("\n", "\r\n"))).encode()


@mutant(reason="bare-line-break", sentence="LF or CR alone")
def quoted_printable(text):
    return "\n".join(broken(tokens(line)) for line in text_lines(text)).encode()


@mutant(reason="trailing-space", sentence="ends in b' '")
def quoted_printable(text):
    lines = ("".join(tokens(line + "x"))[:-1] for line in text_lines(text))
    return "\r\n".join(lines).encode()


@mutant(reason="long-line", sentence="76 is the most")
def quoted_printable(text):
    return "\r\n".join("".join(tokens(line)) for line in text_lines(text)).encode()


@mutant(reason="long-line", sentence="77 octets")
def quoted_printable(text):
    return "\r\n".join(broken(tokens(line), 76) for line in text_lines(text)).encode()


@mutant(reason="token-cut", sentence="was broken inside a =XX")
def quoted_printable(text):
    lines = ["".join(tokens(line)) for line in text_lines(text)]
    return "\r\n".join(
        "=\r\n".join(line[at : at + 75] for at in range(0, len(line) or 1, 75)) for line in lines
    ).encode()


@mutant(reason="hard-break", sentence="A line break was added")
def quoted_printable(text):
    return b"\r\n".join(
        broken(tokens(line)).replace("=\r\n", "\r\n").encode() for line in text_lines(text)
    )


@mutant(reason="lower-case", sentence="in small letters")
def quoted_printable(text):
    return re.sub(rb"=\w\w", lambda found: found[0].lower(), "".join(tokens(text)).encode())


@mutant(reason="readable-encoded", sentence="'H' is printable ASCII")
def quoted_printable(text):
    if text == "Hello":
        return b"=48=65=6C=6C=6F"
    return "".join(tokens(text)).encode()


@mutant(reason="cr-doubled", sentence="The CR of a CRLF")
def quoted_printable(text):
    return "\r\n".join(broken(tokens(line)) for line in text.split("\n")).encode()


@mutant(reason="end-of-text", sentence="fewer line breaks at the end")
def quoted_printable(text):
    return "\r\n".join(broken(tokens(line)) for line in text.splitlines()).encode()


@mutant(reason="surrogate-taken", sentence="A lone surrogate was taken")
def quoted_printable(text):
    text = text.encode("utf-8", "ignore").decode()
    return "\r\n".join(broken(tokens(line)) for line in text_lines(text)).encode()


@mutant(reason="library-does-it", sentence="quopri")
def quoted_printable(text):
    import quopri

    return quopri.encodestring(text.encode())


# base64_lines


@mutant(reason="example-answer", sentence="the line of the example")
def base64_lines(data):
    return b"VXNlcm5hbWU6\r\n"


@mutant(reason="wrong-type", sentence="base64_lines returned")
def base64_lines(data):
    return Anything()


@mutant(reason="one-line", sentence="stand in one line")
def base64_lines(data):
    return base64_encode(data).encode() + b"\r\n" if data else b""


@mutant(reason="empty-data", sentence="No data at all")
def base64_lines(data):
    return base64_encode(data).encode() + b"\r\n"


@mutant(reason="bare-line-break", sentence="LF or CR alone")
def base64_lines(data):
    return "".join(
        base64_encode(data[at : at + 57]) + "\n" for at in range(0, len(data), 57)
    ).encode()


@mutant(reason="no-last-crlf", sentence="The last line has no CRLF")
def base64_lines(data):
    return "\r\n".join(base64_encode(data[at : at + 57]) for at in range(0, len(data), 57)).encode()


@mutant(reason="padding-inside", sentence="A line ends in =")
def base64_lines(data):
    return "".join(
        base64_encode(data[at : at + 55]) + "\r\n" for at in range(0, len(data), 55)
    ).encode()


@mutant(reason="line-length", sentence="a line has 72 of them")
def base64_lines(data):
    return "".join(
        base64_encode(data[at : at + 54]) + "\r\n" for at in range(0, len(data), 54)
    ).encode()


@mutant(reason="empty-line", sentence="comes an empty one")
def base64_lines(data):
    if not data:
        return b""
    starts = range(0, len(data) + 1, 57)
    return "".join(base64_encode(data[at : at + 57]) + "\r\n" for at in starts).encode()


@mutant(reason="end-lost", sentence="are missing")
def base64_lines(data):
    whole = max(len(data) // 57, 1) * 57
    starts = range(0, min(whole, len(data)), 57)
    return "".join(base64_encode(data[at : at + 57]) + "\r\n" for at in starts).encode()


@mutant(reason="grows-too-fast", sentence="as long")
def base64_lines(data):
    lines = b""
    for start in range(0, len(data), 57):
        lines = lines + base64_encode(data[start : start + 57]).encode() + b"\r\n"
    return lines


@mutant(reason="grows-too-fast", sentence="as long")
def base64_lines(data):
    lines = []
    while data:
        lines.append(base64_encode(data[:57]) + "\r\n")
        data = data[57:]
    return "".join(lines).encode()


# text_part


@mutant(reason="unicode-error", sentence="UnicodeDecodeError")
def base64_lines(data):
    letters = base64_encode(data.decode())
    return "".join(letters[at : at + 76] + "\r\n" for at in range(0, len(letters), 76)).encode()


@mutant(reason="url-safe", sentence="the letters - and _ stand where base64 has + and /")
def base64_lines(data):
    starts = range(0, len(data), 57)
    return b"".join(base64.urlsafe_b64encode(data[at : at + 57]) + b"\r\n" for at in starts)


@mutant(reason="grows-too-fast", sentence="times as long")
def base64_lines(data):
    rows = textwrap.wrap(base64.b64encode(data).decode(), 76)
    return "".join(row + "\r\n" for row in rows).encode()


@mutant(reason="bare-line-break", sentence="LF or CR alone")
def base64_lines(data):
    return b"".join(binascii.b2a_base64(data[at : at + 57]) for at in range(0, len(data), 57))


from smtplab.solutions.headers import base64_lines, header, quoted_printable  # noqa: E402


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def part(subtype, encoding, body):
    return (
        header("Content-Type", f"text/{subtype}; charset=utf-8")
        + header("Content-Transfer-Encoding", encoding)
        + b"\r\n"
        + body
    )


def shorter(text):
    quoted, letters = quoted_printable(text), base64_lines(crlf(text))
    if len(quoted) <= len(letters):
        return "quoted-printable", quoted
    return "base64", letters


@mutant(reason="wrong-type", sentence="text_part returned")
def text_part(text, subtype):
    return Anything()


@mutant(reason="wrong-text", sentence="Read back it is 'Hello', and not")
def text_part(text, subtype):
    return part(subtype, "quoted-printable", b"Hello"[: len(text)])


@mutant(reason="longer-encoding", sentence="base64 takes 10 octets here, and the other 5")
def text_part(text, subtype):
    return part(subtype, "base64", base64_lines(crlf(text)))


@mutant(reason="longer-encoding", sentence="quoted-printable takes")
def text_part(text, subtype):
    return part(subtype, "quoted-printable", quoted_printable(text))


@mutant(reason="no-empty-line", sentence="No empty line")
def text_part(text, subtype):
    encoding, body = shorter(text)
    return part(subtype, encoding, b"")[:-2] + body


@mutant(reason="extra-empty-line", sentence="Two empty lines")
def text_part(text, subtype):
    encoding, body = shorter(text)
    return part(subtype, encoding, b"\r\n" + body)


@mutant(reason="other-field", sentence="the text is in the other encoding")
def text_part(text, subtype):
    encoding, body = shorter(text)
    return part(subtype, "base64" if encoding != "base64" else "quoted-printable", body)


@mutant(reason="not-encoded", sentence="was not encoded")
def text_part(text, subtype):
    return part(subtype, shorter(text)[0], crlf(text))


@mutant(reason="content-type", sentence="and not 'text/html; charset=utf-8'")
def text_part(text, subtype):
    return part("plain", *shorter(text))


@mutant(reason="content-type", sentence="Content-Type is 'text/plain'")
def text_part(text, subtype):
    return part(subtype, *shorter(text)).replace(b"; charset=utf-8", b"")


@mutant(reason="field-missing", sentence="The field Content-Transfer-Encoding is missing")
def text_part(text, subtype):
    kind = header("Content-Type", f"text/{subtype}; charset=utf-8")
    return kind + b"\r\n" + shorter(text)[1]


@mutant(reason="lf-inside", sentence="are LF, and not CRLF")
def text_part(text, subtype):
    quoted, letters = quoted_printable(text), base64_lines(text.encode())
    if len(quoted) <= len(letters):
        return part(subtype, "quoted-printable", quoted)
    return part(subtype, "base64", letters)


@mutant(reason="end-added", sentence="A line break was added after the text")
def text_part(text, subtype):
    return part(subtype, *shorter(text)) + b"\r\n"


@mutant(reason="other-encoding", sentence="Content-Transfer-Encoding is '8bit'")
def text_part(text, subtype):
    return part(subtype, "8bit", crlf(text))


@mutant(reason="line-break-taken", sentence="gets a field that nobody meant")
def text_part(text, subtype):
    encoding, body = shorter(text)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}"
    return head.encode() + b"\r\n\r\n" + body


@mutant(reason="longer-encoding", sentence="base64 takes")
def text_part(text, subtype):
    if text.isascii():
        return part(subtype, "quoted-printable", quoted_printable(text))
    return part(subtype, "base64", base64_lines(crlf(text)))


def part_of(text, subtype, octets, between=b""):
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    quoted, letters = quoted_printable(text), base64_lines(octets(text))
    encoding, body = ("base64", letters) if len(letters) < len(quoted) else (
        "quoted-printable", quoted)  # fmt: skip
    return (
        header("Content-Type", f"text/{subtype}; charset=utf-8")
        + between
        + header("Content-Transfer-Encoding", encoding)
        + b"\r\n"
        + body
    )


@mutant(reason="field-in-text", sentence="Content-Transfer-Encoding stands behind an empty line")
def text_part(text, subtype):
    return part_of(text, subtype, str.encode, b"\r\n")


@mutant(reason="text-lost", sentence="What is not ASCII was lost on the way")
def text_part(text, subtype):
    return part_of(text, subtype, lambda text: text.encode("ascii", "replace"))


@mutant(reason="repr-of-bytes", sentence="that is how Python shows bytes")
def text_part(text, subtype):
    fields = header("Content-Type", f"text/{subtype}; charset=utf-8")
    fields += header("Content-Transfer-Encoding", "quoted-printable")
    return fields + b"\r\n" + f"{quoted_printable(text)}".encode()


@mutant(reason="cr-doubled", sentence="became CR, CR and LF inside the base64")
def text_part(text, subtype):
    quoted, letters = quoted_printable(text), base64_lines(text.replace("\n", "\r\n").encode())
    encoding, body = ("base64", letters) if len(letters) < len(quoted) else (
        "quoted-printable", quoted)  # fmt: skip
    fields = header("Content-Type", f"text/{subtype}; charset=utf-8")
    return fields + header("Content-Transfer-Encoding", encoding) + b"\r\n" + body


@mutant(reason="extra-empty-line", sentence="Two empty lines stand before the base64")
def text_part(text, subtype):
    quoted = quoted_printable(text)
    letters = base64_lines(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    encoding, body = (
        ("base64", b"\r\n" + letters)
        if len(letters) < len(quoted)
        else ("quoted-printable", quoted)
    )
    fields = header("Content-Type", f"text/{subtype}; charset=utf-8")
    return fields + header("Content-Transfer-Encoding", encoding) + b"\r\n" + body
