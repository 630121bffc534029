"""Lesson 11: tag lists, and the hash of a body as DKIM has it."""

import base64
import hashlib
import re

__all__ = ["body_hash", "parse_tags"]


def parse_tags(value):
    """Return the tags of a tag list as a dict, name to value, both str.

    value is a str: of a DKIM-Signature field with its line breaks, or of a DNS record.
    Semicolons stand between the tags, and one may end the list; more in a row are not asked
    about. Name and value are separated by the first "=". White space around them is dropped,
    line breaks too; inside a value it stays. A value may be empty. Raise ValueError for a tag
    without "=" or without a name, and for a name that comes twice.
    Source: RFC 6376, section 3.2; RFC 7489, section 6.3.

    >>> parse_tags("v=DKIM1; k=rsa; p=MIIB==;")
    {'v': 'DKIM1', 'k': 'rsa', 'p': 'MIIB=='}
    """
    tags = {}
    for tag in value.strip().removesuffix(";").split(";"):
        name, equals, content = tag.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ValueError(f"this is no tag: {tag!r}")
        if name in tags:
            raise ValueError(f"the tag {name} comes twice")
        tags[name] = content.strip()
    return tags


def body_hash(body, canonicalization):
    """Return the hash of a body as DKIM's bh= has it: SHA-256 in base64, as str.

    body is bytes, its lines end in CRLF. "simple" drops the empty lines at its end. "relaxed"
    first drops spaces and tabs at the ends of lines, and makes one space of several in a row
    elsewhere (re.sub can do that). In both, a body that is not empty ends in one CRLF, added
    where it lacks; an empty one is CRLF in simple, and nothing in relaxed. Any other
    canonicalization is a ValueError, "relaxed/relaxed" too: c= names two, for the header and
    for the body.
    Source: RFC 6376, sections 3.4.3, 3.4.4 and 3.7.

    >>> body_hash(b"", "relaxed")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    if canonicalization not in ("simple", "relaxed"):
        raise ValueError(f"no such canonicalization: {canonicalization!r}")
    if canonicalization == "relaxed":
        body = re.sub(rb"[ \t]+(?=\r\n)", b"", body)
        body = re.sub(rb"[ \t]+", b" ", body)
    while body.endswith(b"\r\n"):
        body = body[:-2]
    if body or canonicalization == "simple":
        body += b"\r\n"
    return base64.b64encode(hashlib.sha256(body).digest()).decode()
