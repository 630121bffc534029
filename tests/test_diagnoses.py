"""What is said of wrong fields and texts, and the reference before that and two other readers."""

import quopri
import random
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from smtplab.exercises.diagnoses import bodies
from smtplab.exercises.diagnoses import headers as diagnoses
from smtplab.solutions import headers as reference

LETTERS = "ab =?_.\t-09Züß课程😀e\u0301\u200d"


def texts(breaks: str = "") -> list[str]:
    """Texts of all lengths, of letters that trouble encoders; the same ones each time."""
    chance = random.Random(5)
    return ["".join(chance.choices(LETTERS + breaks, k=length % 180)) for length in range(400)]


def test_encoded_words_of_the_reference_are_legal_and_read_back() -> None:
    for text in texts():
        words = reference.encode_word(text)
        assert diagnoses.wrong_words(words, text) is None, text
        assert str(make_header(decode_header(words))) == text


def test_header_fields_of_the_reference_are_legal_and_read_back() -> None:
    for text in texts():
        field = reference.header("Subject", text)
        assert diagnoses.wrong_lines(field, "Subject") is None, text
        assert diagnoses.wrong_value(field, "Subject", text, ascii_stays=False) is None, text
        words = "".join(letter for letter in text if letter not in "=?")
        assert diagnoses.wrong_value(reference.header("X-A", words), "X-A", words, True) is None


def test_a_subject_reads_the_same_in_the_librarys_parser() -> None:
    for text in texts():
        value = " ".join(f"x{text}x".replace("\t", " ").split())  # parsers differ about spaces
        letter = reference.header("Subject", value) + b"\r\n"
        # Where the field is folded behind its name, this parser keeps the space of the next line.
        assert message_from_bytes(letter, policy=policy.default)["Subject"].lstrip() == value


def test_parts_of_the_reference_read_back_in_three_readers() -> None:
    for text in texts("\n\n\r"):
        part = reference.text_part(text, "plain")
        assert bodies.wrong_part(part, part, text, "plain") is None, text
        right = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        assert message_from_bytes(part).get_payload(decode=True) == right
        quoted = reference.quoted_printable(text)
        assert bodies.wrong_quoted(quoted, text) is None, text
        assert quopri.decodestring(quoted) == right


def test_a_tab_inside_a_line_may_be_written_either_way() -> None:
    for quoted in (b"a\tb c", b"a=09b c"):  # RFC 2045, section 6.7, rules 1 and 2
        assert bodies.wrong_quoted(quoted, "a\tb c") is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("=?utf-8?B?5L2g5Q==?= =?utf-8?B?pb0=?=", "character-cut"),
        ("=?utf-8?B?5L2g?==?utf-8?B?5aW9?=", "no-space"),
        ("=?utf-8?B?5aW9?=", "character-lost"),
        ("=?utf-8?B?5L2g?=", "end-lost"),
        ("5L2g5aW9", "no-encoded-word"),
        ("=?gbk?B?xOO6ww==?=", "other-frame"),
    ],
)
def test_a_kind_parser_is_no_judge_of_words(words: str, reason: str) -> None:
    finding = diagnoses.wrong_words(words, "你好")
    assert finding is not None
    assert finding[0] == reason


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"Subject: one\r\nBcc: two\r\n", "fold-without-space"),
        (b"Subject: one\r\n \r\n two\r\n", "blank-line"),
        (b"Subject: one\n two\r\n", "bare-line-break"),
        (b"Subject: one\r\n\r\n", "empty-line"),
        (b"Subject: " + b"one " * 17 + b"\r\n", ""),
        (b"Subject: " + b"one " * 18 + b"\r\n", "not-folded"),
        (b"Subject: " + b"=?utf-8?B?5L2g?= " * 3 + b"x" * 16 + b"\r\n", ""),
        (b"Subject: " + b"=?utf-8?B?5L2g?= " * 3 + b"x" * 17 + b"\r\n", "not-folded"),
        (b"Subject: " + b"x" * 900 + b"\r\n", ""),
        (b"Subject: " + b"x" * 990 + b"\r\n", "over-998"),
    ],
)
def test_a_field_is_held_against_each_rule(field: bytes, reason: str) -> None:
    finding = diagnoses.wrong_lines(field, "Subject")
    assert (finding[0] if finding else "") == reason
