"""Charsets: the one place where octets of a letter become text."""

import codecs
import re

__all__ = ["codec", "text_of"]

NO_ASCII = re.compile(r"[^\x00-\x7f]+")
# Python has these among its encodings, but no text is in them: some cannot replace what they
# cannot decode, some warn, one is slow.
NO_CHARSETS = ("idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape")
# Names of charsets that Python has under another one.
OTHER_NAMES = {
    "cp-850": "cp850", "gb_2312-80": "gb2312", "iso-8859-6-e": "iso8859_6",
    "iso-8859-6-i": "iso8859_6", "iso-8859-8-e": "iso8859_8", "iso-8859-8-i": "iso8859_8",
    "windows-31j": "cp932", "windows-874": "cp874",
}  # fmt: skip
# Mailers say gb2312 and mean GBK, which has it as a part; GB 18030 has both. Others do likewise.
# What Python calls it, and what people do.
WIDER = {
    "gb2312": ("gb18030", "GB 18030"), "gbk": ("gb18030", "GB 18030"),
    "big5": ("big5hkscs", "Big5-HKSCS"), "euc_kr": ("cp949", "Windows-949"),
    "shift_jis": ("cp932", "Windows-31J"),
}  # fmt: skip


def codec(charset: str) -> str | None:
    """Python's name of a charset, or None when it has none that turns octets into text."""
    charset = NO_ASCII.sub("-", charset)  # Python passes over it until 3.16
    asked = charset.lower()
    for called in (charset, OTHER_NAMES.get(asked), asked.removeprefix("x-")):
        try:
            name = codecs.lookup(called or "").name.replace("-", "_")
            b"x".decode(name, errors="replace")  # base64 and its like are codecs, but not of text
        except (LookupError, ValueError):  # ValueError: a NUL in the name
            continue
        return None if name in NO_CHARSETS else name
    return None


def wider(octets: bytes, charset: str) -> str:
    """What people call the charset in which octets are read that their own one lacks, or ""."""
    name, called = WIDER.get(codec(charset) or "", ("", ""))
    return called if name and fits(octets, name) else ""


def text_of(octets: bytes, charset: str) -> str:
    """The octets as text, in a charset as a letter names it; what is none becomes U+FFFD.

    A charset that is not known is read as ASCII. The text has no lone surrogates, which nothing
    can print.
    """
    name = codec(charset or "ascii") or "ascii"
    try:
        text = octets.decode(name)
    except ValueError:
        text = octets.decode(WIDER.get(name, (name,))[0], "replace")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def fits(octets: bytes, charset: str) -> bool:
    """Whether the octets are text in that very charset; so they are when nobody knows it."""
    name = codec(charset)
    if name is None:
        return True
    try:
        octets.decode(name)
    except ValueError:
        return False
    return True


def cut_at(octets: bytes, charset: str) -> tuple[bytes, bool] | None:
    """What is left of a character that was cut, and whether the octets end in it; or None."""
    name = codec(charset)
    if name is None:
        return None
    decoder = codecs.getincrementaldecoder(name)()
    try:
        decoder.decode(octets)
    except UnicodeDecodeError as error:
        # 10xxxxxx continues a character: RFC 3629, section 3.
        begins = name == "utf_8" and error.start == 0 and octets[0] & 0xC0 == 0x80
        return (octets[: error.end], False) if begins else None
    rest = decoder.getstate()[0]
    return (rest, True) if rest else None
