"""Lesson 05: the reference before the reader of letters and two others, and forms of answers."""

import quopri
import random
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from smtplab.exercises.headers import as_header, as_quoted, as_text_part, as_words
from smtplab.solutions import headers as reference

LETTERS = "ab =?_.\t-09Züß课程😀e\u0301\u200d"


def texts(breaks: str = "") -> list[str]:
    """Texts of all lengths, of letters that trouble encoders; the same ones each time."""
    chance = random.Random(5)
    return ["".join(chance.choices(LETTERS + breaks, k=length % 180)) for length in range(400)]


def with_crlf(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def test_encoded_words_of_the_reference_are_legal_and_read_back() -> None:
    for text in texts():
        words = reference.encode_word(text)
        assert as_words(words) == {"rule": None, "text": text.encode(), "cut": None}, text
        assert str(make_header(decode_header(words))) == text


def test_header_fields_of_the_reference_are_legal_and_read_back() -> None:
    for text in texts():
        form = as_header(reference.header("Subject", text), "Subject", text)
        assert (form["rule"], form["folds"], form["end"]) == (None, b"", b"\r\n"), text
        assert (form["fields"], form["name"], form["value"]) == (1, "Subject", text.strip()), text
        assert form["colon"] and not form["inside"], text


def test_a_subject_reads_the_same_in_the_librarys_parser() -> None:
    for text in texts():
        value = " ".join(f"x{text}x".replace("\t", " ").split())  # parsers differ about spaces
        letter = reference.header("Subject", value) + b"\r\n"
        # Where the field is folded behind its name, this parser keeps the space of the next line.
        assert message_from_bytes(letter, policy=policy.default)["Subject"].lstrip() == value


def test_parts_of_the_reference_read_back_in_three_readers() -> None:
    for text in texts("\n\n\r"):
        part = reference.text_part(text, "plain")
        form = as_text_part(part, text, "plain")
        right = with_crlf(text)
        assert (form["rule"], form["content"], form["fields"]) == (None, right, []), text
        assert message_from_bytes(part).get_payload(decode=True) == right
        quoted = reference.quoted_printable(text)
        assert as_quoted(quoted) == {"rule": None, "text": right, "needless": ""}, text
        assert quopri.decodestring(quoted) == right


def test_a_tab_inside_a_line_may_be_written_either_way() -> None:
    # RFC 2045, section 6.7, rules 1 and 2
    assert as_quoted(b"a\tb c") == as_quoted(b"a=09b c")


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("=?utf-8?B?5L2g?==?utf-8?B?5aW9?=", "no-encoded-word"),
        ("5L2g5aW9", "no-encoded-word"),
        ("=?gbk?B?xOO6ww==?=", "other-frame"),
        ("=?utf-8?B?5L2g5Q?=", "not-base64"),
    ],
)
def test_a_kind_parser_is_no_judge_of_words(words: str, rule: str) -> None:
    assert as_words(words)["rule"].rule == rule


def test_a_character_that_is_cut_is_told_apart_from_what_the_words_say() -> None:
    form = as_words("=?utf-8?B?5L2g5Q==?= =?utf-8?B?pb0=?=")
    assert (form["rule"], form["text"]) == (None, "你好".encode())
    assert form["cut"].rule == "character-cut"


@pytest.mark.parametrize(
    ("field", "folds"),
    [
        (b"Subject: " + b"one " * 17 + b"\r\n", False),
        (b"Subject: " + b"one " * 18 + b"\r\n", True),
        (b"Subject: " + b"=?utf-8?B?5L2g?= " * 3 + b"x" * 16 + b"\r\n", False),
        (b"Subject: " + b"=?utf-8?B?5L2g?= " * 3 + b"x" * 17 + b"\r\n", True),
        (b"Subject: =?utf-8?B?" + b"5L2g" * 15 + b"?=\r\n", True),
        (b"Subject: " + b"x" * 900 + b"\r\n", False),
    ],
)
def test_a_line_is_too_long_where_it_can_be_folded(field: bytes, folds: bool) -> None:
    assert bool(as_header(field, "Subject", "")["folds"]) == folds
