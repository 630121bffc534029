"""Lesson 05: which wrong idea is behind encoded words or a header field that are not right.

The reader says which rule is broken; what comes out whole is held against the text that went in.
"""

import base64
import re

from ...catalogue import say
from ..cases import Finding, brief
from ..strict import Broken, encoded_word, fields, lines, read_words
from .texts import broken, readable, url_safe, wrong_text

__all__ = ["wrong_lines", "wrong_value", "wrong_words"]

FIELD = say("the field")  # what sentences call the octets


# Encoded words


def wrong_words(got: str, text: str) -> Finding | None:
    if not text and got:
        return (
            "empty-text",
            say("An empty text gave {got!r}; without letters there is no encoded word.", got=got),
            say("No letters, no word: the last piece counts only when there is something in it."),
        )
    if got == text and text:
        return (
            "not-encoded",
            say("{text!r} came back as it was, and is no encoded word.", text=text),
            say(
                "It is header that leaves ASCII words alone. encode_word encodes all that it is "
                "given."
            ),
        )
    if got == "=?utf-8?B?5L2g5aW9?=" and text.replace(" ", "") != "你好":
        return (
            "example-answer",
            say("encode_word returned the encoded word of the example for another text too."),
            say("The letters must come from the text that was given."),
        )
    if text and not got:
        return (
            "returned-empty",
            say("encode_word returned an empty str, and nothing of the text is in it."),
            say("What is still in the piece when the loop is over?"),
        )
    if not got.isascii():
        foreign = next(letter for letter in got if not letter.isascii())
        return (
            "not-encoded",
            say(
                "{character!r} stands in the result as it is, and an encoded word is ASCII.",
                character=foreign,
            ),
            say("base64_encode takes the octets of the text and gives ASCII letters."),
        )
    if re.search(r"=\?[^?]*\?[^?]*\?[^?\r\n]*[\r\n]", got):
        return (
            "line-break-inside",
            say("A line break stands inside an encoded word, among its letters."),
            say(
                "encodebytes puts an LF at the end of each line. b64encode, and your "
                "base64_encode, put none."
            ),
        )
    if "\r" in got or "\n" in got:
        return (
            "line-breaks",
            say("There is a line break between the words, where a space is promised."),
            say("header folds lines, and folds at spaces."),
        )
    if "?==?" in got:
        return (
            "no-space",
            say("Two encoded words stand together without a space: a reader takes them for one."),
            say('" ".join(words) puts a space between two.'),
        )
    words = got.split(" ") if got else []
    if "" in words:
        return (
            "extra-space",
            say("There is a space too many before, between or after the words."),
            say("One space between two words, and none at the ends."),
        )
    pieces, cut = [], None
    for number, word in enumerate(words, 1):
        try:
            pieces.append(encoded_word(word, say("word {number}", number=number)))
        except Broken as rule:
            if rule.reason == "not-base64":
                return wrong_letters(words, text, number) or rule.finding
            if rule.reason != "character-cut":
                return rule.finding
            # Octets of another charset are cut characters too: look at the whole first.
            pieces.append(rule.octets)
            cut = cut or rule.finding
    right = text.encode()
    whole = b"".join(pieces)
    if whole.replace(b" ", b"") == right.replace(b" ", b"") and len(whole) < len(right):
        return (
            "space-lost",
            say("Spaces of the text are lost: a reader shows {text}.", text=readable(whole)),
            say(
                "A reader drops what stands between two words: a space of the text goes into a "
                "word."
            ),
        )
    if whole != right:
        return wrong_text(whole, right)
    return cut


def wrong_letters(words: list[str], text: str, number: int) -> Finding | None:
    """Why the letters of a word are no base64, if it is not that a row of them was cut."""
    if re.search("[-_]", words[number - 1][10:-2]):
        return url_safe(say("word {number}", number=number))
    rows = [word[10:-2] for word in words]
    if "".join(rows).isalnum() and text.encode() == b"".join(
        base64.b64decode(row + "=" * (-len(row) % 4)) for row in rows if len(row) % 4 != 1
    ):
        return (
            "no-padding",
            say(
                "The letters of word {number} are no multiple of four: the = at their end is "
                "missing.",
                number=number,
            ),
            say("Base64 fills the last group up with =, and a decoder counts on it."),
        )
    return None


# Header fields


def wrong_lines(got: bytes, name: str) -> Finding | None:
    """What is wrong with a field as lines, whatever they say."""
    if not got.strip():
        return (
            "nothing-left",
            say("Of the field nothing is there."),
            say("What is still in the line when the loop is over?"),
        )
    finding = broken(lines, got, FIELD)
    if finding is not None:
        return finding
    if not got.endswith(b"\r\n"):
        return (
            "no-crlf",
            say("The field has no CRLF at its end."),
            say("Each line of a header has one."),
        )
    rows = got[:-2].split(b"\r\n")
    if rows[-1] == b"":
        return (
            "empty-line",
            say("An empty line follows the field, and would end the whole header."),
            say("One CRLF is the end of the field."),
        )
    start = name.encode() + b":"
    if not rows[0].startswith(start):
        return (
            "no-name",
            say(
                "The field does not begin with {start!r}: {line!r}.", start=start, line=rows[0][:40]
            ),
            say("The name, a colon, a space, the value."),
        )
    if rows[0][len(start) : len(start) + 1] not in (b"", b" "):
        return (
            "no-space",
            say("No space follows the colon."),
            say("The docstring says: name, colon, space, value."),
        )
    for number, row in enumerate(rows[1:], 2):
        if row[:1] not in (b" ", b"\t"):
            return (
                "fold-without-space",
                say(
                    "Line {number} does not begin with a space, and is taken for a field of its "
                    "own.",
                    number=number,
                ),
                say("CRLF goes in front of a space, and the space stays."),
            )
    return broken(fields, got, FIELD, folds=True)


def wrong_value(got: bytes, name: str, value: str, ascii_stays: bool) -> Finding | None:
    ((_, raw),) = fields(got, FIELD)
    if re.search(r"(?:^|\s)b['\"]", raw) and "b'" not in value:
        return (
            "repr-of-bytes",
            say("The value stands inside b'...': that is how Python shows bytes."),
            say("An f-string wants str; encode the whole field at the end."),
        )
    finding = broken(read_words, raw)
    if finding is not None:
        return finding
    read = read_words(raw).strip()
    right = value.strip()
    if ascii_stays and value.isascii() and "=?" in raw:
        return (
            "ascii-encoded",
            say("{value} is ASCII, and became an encoded word.", value=brief(value)),
            say("ASCII words stay as they are: anybody can read them."),
        )
    word = r"=\?utf-8\?B\?[^?\s]*\?="
    if read == right and re.search(rf"[^\s(]{word}|{word}[^\s)]", raw, re.IGNORECASE):
        return (
            "word-inside",
            say(
                "An encoded word stands inside another word: no space is before it, or none behind "
                "it."
            ),
            say(
                "RFC 2047, section 5. Give encode_word all that stands between two spaces, its "
                "ASCII letters too."
            ),
        )
    if read == right:
        lost = next((a for a in re.findall(r"<[^>]*>", value) if a not in raw), None)
        if lost and ascii_stays:
            return (
                "address-encoded",
                say(
                    "The address {lost} went into an encoded word, where no program looks for it.",
                    lost=lost,
                ),
                say("Encode the words that are not ASCII, and leave the others."),
            )
        return None
    if re.search(r'"=\?|\?="', raw) and read.replace('"', "") == right.replace('"', ""):
        return (
            "quoted-word",
            say("An encoded word stands in quotes, where readers take it for plain letters."),
            say("RFC 2047, section 5. The quotes are not in the value, and nothing needs them."),
        )
    if read.replace("\t", " ") == right:
        return (
            "space-changed",
            say("A space of the value became a tab where the line was folded."),
            say("CRLF goes in front of the space that is there, and the space stays."),
        )
    if read.replace(" ", "") == right.replace(" ", ""):
        if len(read) < len(right):
            return (
                "space-lost",
                say("A space is lost: a reader shows {read!r}.", read=read[:40]),
                say(
                    "A reader drops the space between two encoded words: encode such neighbours "
                    "together."
                )
                if re.search(r"\?=\s+=\?", raw)
                else say('split() drops spaces; split(" ") keeps count of them.'),
            )
        return (
            "space-added",
            say("A space was added: a reader shows {read!r}.", read=read[:100]),
            say("Folding takes a space that is there already. It adds none, and cuts no word."),
        )
    return wrong_text(read.encode("utf-8", "replace"), right.encode())
