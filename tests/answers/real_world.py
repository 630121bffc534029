"""Answers to lesson 11: wrong ones, each with its reason, and right ones of other kinds."""

import base64
import binascii
import functools
import hashlib
import re

from . import right, wrong


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# parse_tags


@wrong("value-key-missing")
def parse_tags(value):
    return {"v": "DKIM1", "k": "rsa", "p": "MIIB=="}


@wrong("wrong-type")
def parse_tags(value):
    return Anything()


@wrong("wrong-type")
def parse_tags(value):
    return [tuple(tag.strip().split("=", 1)) for tag in value.split(";") if tag.strip()]


@wrong("last-semicolon")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        name, content = tag.split("=", 1)
        tags[name.strip()] = content.strip()
    return tags


@wrong("last-semicolon")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        name, _, content = tag.partition("=")
        tags[name.strip()] = content.strip()
    return tags


@wrong("equals-lost")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        if tag.strip():
            pieces = tag.split("=")
            tags[pieces[0].strip()] = pieces[1].strip()
    return tags


@wrong("equals-lost")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        if tag.strip():
            name, content = tag.split("=")
            tags[name.strip()] = content.strip()
    return tags


@wrong("equals-lost")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        if tag.strip():
            name, _, content = tag.partition("=")
            tags[name.strip()] = content.strip(" =")
    return tags


@wrong("last-equals")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        if tag.strip():
            name, _, content = tag.rpartition("=")
            tags[name.strip()] = content.strip()
    return tags


@wrong("spaces-left")
def parse_tags(value):
    return dict(tag.split("=", 1) for tag in value.split(";") if tag.strip())


@wrong("spaces-left")
def parse_tags(value):
    return dict(tag.strip().split("=", 1) for tag in value.split(";") if tag.strip())


@wrong("spaces-lost")
def parse_tags(value):
    tags = "".join(value.split()).split(";")
    return dict(tag.split("=", 1) for tag in tags if tag)


@wrong("spaces-lost")
def parse_tags(value):
    tags = {}
    for tag in value.replace("\r\n", "").strip().removesuffix(";").split(";"):
        name, equals, content = tag.partition("=")
        if not equals or not name.strip() or name.strip() in tags:
            raise ValueError(tag)
        tags[name.strip()] = content.strip()
    return tags


@wrong("spaces-left")
def parse_tags(value):
    tags = {}
    for tag in value.strip().removesuffix(";").split(";"):
        name, equals, content = tag.partition("=")
        if not equals or not name.strip() or name.strip() in tags:
            raise ValueError(tag)
        tags[name.strip()] = content.strip(" ")
    return tags


@wrong("lower-case")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        if tag.strip():
            name, content = tag.split("=", 1)
            tags[name.strip().lower()] = content.strip()
    return tags


@wrong("empty-lost")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        name, _, content = tag.partition("=")
        if content.strip():
            tags[name.strip()] = content.strip()
    return tags


@wrong("twice")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        if tag.strip():
            name, equals, content = tag.partition("=")
            if not equals or not name.strip():
                raise ValueError(tag)
            tags[name.strip()] = content.strip()
    return tags


@wrong("not-raised")
def parse_tags(value):
    tags = {}
    for tag in value.split(";"):
        name, equals, content = tag.partition("=")
        if not equals:
            continue
        if name.strip() in tags:
            raise ValueError(name)
        tags[name.strip()] = content.strip()
    return tags


@wrong("not-raised")
def parse_tags(value):
    tags = {}
    for tag in value.strip().removesuffix(";").split(";"):
        name, content = tag.split("=", 1)
        if name.strip() in tags:
            raise ValueError(name)
        tags[name.strip()] = content.strip()
    return tags


@wrong("wrong-exception")
def parse_tags(value):
    tags = {}
    for tag in value.strip().removesuffix(";").split(";"):
        name, equals, content = tag.partition("=")
        if name.strip() in tags:
            raise KeyError(name)
        tags[name.strip()] = content.strip()
    return tags


@wrong("value-key-other")
def parse_tags(value, tags={}):
    tags.clear()
    for name, content in re.findall(r"(\w+)\s*=\s*([^;]*\S)", value):
        tags[name] = content.replace("\r\n", "")
    return dict(tags)


@right("a regular expression for the whole list")
def parse_tags(value):
    tag = r"\s*([^\s=;]+)\s*=([^;]*)"
    if not re.fullmatch(rf"{tag}(?:;{tag})*;?\s*", value):
        raise ValueError("this is no tag list")
    found = re.findall(tag, value)
    tags = {name: content.strip() for name, content in found}
    if len(tags) < len(found):
        raise ValueError("a tag comes twice")
    return tags


@right("character by character")
def parse_tags(value):
    tags, name, piece, behind = {}, "", "", False
    text = value.strip()
    for character in text if text[-1:] == ";" else text + ";":
        if character == "=" and not behind:
            name, piece, behind = piece.strip(), "", True
        elif character == ";":
            if not behind or name == "" or name in tags:
                raise ValueError(f"no tag, or twice: {name}")
            tags[name] = piece.strip()
            piece, behind = "", False
        else:
            piece += character
    return tags


@right("the last piece is dropped when it is blank")
def parse_tags(value):
    pieces = value.split(";")
    if not pieces[-1].strip():
        pieces.pop()
    pairs = [[side.strip() for side in piece.split("=", 1)] for piece in pieces]
    names = [pair[0] for pair in pairs]
    if any(len(pair) == 1 for pair in pairs) or "" in names or len(set(names)) < len(names):
        raise ValueError(value)
    return dict(pairs)


# body_hash


def hashed(body):
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


@wrong("value")
def body_hash(body, canonicalization):
    return "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@wrong("wrong-type")
def body_hash(body, canonicalization):
    return Anything()


@wrong("wrong-type")
def body_hash(body, canonicalization):
    return base64.b64encode(hashlib.sha256(body).digest())


@wrong("hex")
def body_hash(body, canonicalization):
    return hashlib.sha256(body).hexdigest()


@wrong("hex")
def body_hash(body, canonicalization):
    return base64.b64encode(hashlib.sha256(body).hexdigest().encode()).decode()


@wrong("other-hash")
def body_hash(body, canonicalization):
    return base64.b64encode(hashlib.sha1(body).digest()).decode()


@wrong("other-hash")
def body_hash(body, canonicalization):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


@wrong("url-safe")
def body_hash(body, canonicalization):
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()


@wrong("no-padding")
def body_hash(body, canonicalization):
    return base64.b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")


@wrong("repr-of-bytes")
def body_hash(body, canonicalization):
    return str(base64.b64encode(hashlib.sha256(body).digest()))


@wrong("line-break")
def body_hash(body, canonicalization):
    return base64.encodebytes(hashlib.sha256(body).digest()).decode()


@wrong("exception")
def body_hash(body, canonicalization):
    return base64.b64encode(hashlib.sha256(body.decode()).digest()).decode()


@wrong("end-lines")
def body_hash(body, canonicalization):
    return hashed(body)


@wrong("end-lines")
def body_hash(body, canonicalization):
    if body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return hashed(body)


@wrong("no-line-end")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return hashed(body)


@wrong("no-line-end")
def body_hash(body, canonicalization):
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return hashed(body)


@wrong("as-it-stands")
def body_hash(body, canonicalization):
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return hashed(body + b"\r\n")


@wrong("rstrip")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    return hashed(body.rstrip() + b"\r\n")


@wrong("other-rule")
def body_hash(body, canonicalization):
    body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return hashed(body + b"\r\n" if body else body)


def ended(body, canonicalization):
    """Right: the end of a body."""
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body if canonicalization == "relaxed" and not body else body + b"\r\n"


@wrong("runs")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+\r\n", b"\r\n", body)
    return hashed(ended(body, canonicalization))


@wrong("runs")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = body.replace(b" ", b"").replace(b"\t", b"")
    return hashed(ended(body, canonicalization))


@wrong("runs")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb" +", b" ", re.sub(rb" +\r\n", b"\r\n", body))
    return hashed(ended(body, canonicalization))


@wrong("line-ends")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", body)
    return hashed(ended(body, canonicalization))


@wrong("line-starts")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = b"\r\n".join(b" ".join(line.split()) for line in body.split(b"\r\n"))
    return hashed(ended(body, canonicalization))


@wrong("blank-lines")
def body_hash(body, canonicalization):
    body = ended(body, canonicalization)
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    return hashed(body)


@wrong("other-space")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        lines = [re.sub(rb"\s+", b" ", line) for line in body.split(b"\r\n")]
        body = b"\r\n".join(line[:-1] if line[-1:] == b" " else line for line in lines)
    return hashed(ended(body, canonicalization))


@wrong("other-space")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"\s+", b" ", body).strip()
    return hashed(ended(body, canonicalization))


@wrong("other-space")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")]
        body = b"\r\n".join(lines)
    return hashed(ended(body, canonicalization))


@wrong("not-raised")
def body_hash(body, canonicalization):
    if canonicalization not in ("simple", "relaxed", "relaxed/relaxed"):
        raise ValueError(canonicalization)
    if canonicalization != "simple":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    return hashed(ended(body, canonicalization))


@wrong("line-feeds")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    return hashed(ended(body, canonicalization).replace(b"\r\n", b"\n"))


@wrong("empty")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    return hashed(ended(body, "simple"))


@wrong("not-raised")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    return hashed(ended(body, canonicalization))


@wrong("exception")
def body_hash(body, canonicalization):
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+\r\n", b"\r\n", body))
    text = ended(body, canonicalization).decode()
    return hashed(text.encode())


@right("line by line")
def body_hash(body, canonicalization):
    if canonicalization not in ("simple", "relaxed"):
        raise ValueError(canonicalization)
    lines = body.split(b"\r\n")
    if canonicalization == "relaxed":
        lines = [
            b" ".join(piece for piece in re.split(rb"[ \t]+", line)).rstrip(b" ") for line in lines
        ]
    while lines and not lines[-1]:
        lines.pop()
    digest = hashlib.sha256()
    for line in lines or ([] if canonicalization == "relaxed" else [b""]):
        digest.update(line + b"\r\n")
    return binascii.b2a_base64(digest.digest(), newline=False).decode("ascii")


@right("octet by octet")
def body_hash(body, canonicalization):
    rules = {"simple": False, "relaxed": True}
    if canonicalization not in rules:
        raise ValueError("simple or relaxed")
    relaxed, kept, waiting = rules[canonicalization], bytearray(), b""
    for octet in body:
        if relaxed and octet in b" \t":
            waiting = b" "
            continue
        kept += (b"" if octet == 13 else waiting) + bytes([octet])
        waiting = b""
    while kept[-2:] == b"\r\n":
        del kept[-2:]
    if kept or not relaxed:
        kept += b"\r\n"
    return base64.standard_b64encode(hashlib.sha256(kept).digest()).decode()


@right("a mapping from names to functions")
def body_hash(body, canonicalization):
    def trimmed(text):
        return re.sub(rb"(?:\r\n)*\Z", b"", text) + b"\r\n"

    def reduced(text):
        text = re.sub(rb"[ \t]+(\r\n|\Z)", rb"\1", text)
        text = trimmed(functools.reduce(lambda t, c: t.replace(c, b" "), (b"\t",), text))
        while b"  " in text:
            text = text.replace(b"  ", b" ")
        return b"" if text == b"\r\n" else text

    rules = {"simple": trimmed, "relaxed": reduced}
    try:
        rule = rules[canonicalization]
    except KeyError:
        raise ValueError(f"{canonicalization} is no rule") from None
    return str(base64.b64encode(hashlib.sha256(rule(body)).digest()), "ascii")
