"""The strict reader: each rule, by an answer that breaks it, and what is legal although odd."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from smtplab.exercises import strict

MIXED = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
PART = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
DISPOSITION = b"Content-Disposition: x; "
BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"
QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"


def reason(reading: Callable[..., Any], *args: Any) -> str:
    """The rule that a reading finds broken; whatever it is, it is said in whole sentences."""
    with pytest.raises(strict.Broken) as caught:
        reading(*args)
    assert not caught.value.sentence[0].islower()
    assert caught.value.sentence.endswith((".", "?"))
    assert caught.value.finding[0] == caught.value.reason
    return caught.value.reason


def whole(octets: bytes) -> None:
    """Read all that can be read of a message."""
    for leaf in strict.read(octets, "the message", folds=True).leaves:
        leaf.parameters("Content-Disposition")
        _ = leaf.content


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"A: b\n\r\nx", "bare-line-end"),
        (b"A: b\r\n\r\nx\ry", "bare-line-end"),
        (b"A: b\r\n\r\n" + b"x" * 999, "line-too-long"),
        (b"A: " + b"word " * 16 + b"\r\n\r\n", "not-folded"),
        (b"Subject: =?utf-8?B?" + b"5L2g" * 15 + b"?=\r\n\r\n", "not-folded"),
        (b"A: b\r\n \r\n\r\n", "blank-line"),
        (b"A: \xe4\xbd\xa0\r\n\r\n", "raw-header"),
        (b"no field\r\n\r\n", "no-field"),
        (b" A: b\r\n\r\n", "no-field"),
        (b"A b: c\r\n\r\n", "no-field"),
        (b"A: b", "no-empty-line"),
        (b"A: b\r\n", "no-empty-line"),
        (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n--b--", "no-boundary"),
        (b"Content-Type: text\r\n\r\n", "no-media-type"),
        (b"Content-Type:\r\n\r\n", "no-media-type"),
        (MIXED.replace(b";", b","), "no-semicolon"),
        (MIXED.replace(b";", b""), "no-semicolon"),
        (MIXED + b"x", "no-delimiter"),
        (MIXED + b"--c\r\n\r\nx\r\n--c--", "no-delimiter"),
        (MIXED + b"--b--", "no-delimiter"),
        (MIXED + PART, "not-closed"),
        (MIXED + b"--b\r\n--b--", "nothing-between"),
        (MIXED + b"--b\r\n\r\nx--b--", "glued-delimiter"),
        (MIXED.replace(b'"b"', b'"b "') + b"--b \r\n\r\nx\r\n--b --", "illegal-boundary"),
        (MIXED.replace(b'"b"', b'"b#"') + b"--b#\r\n\r\nx\r\n--b#--", "illegal-boundary"),
        (MIXED.replace(b' boundary="b"', b"\r\n boundary=" + b"b" * 71) + b"x",
         "illegal-boundary"),
        (MIXED.replace(b'"b"', b"'b'") + PART + b"--b--", "no-delimiter"),
        (MIXED.replace(b'"b"', b"=b"), "bad-parameter"),
        (MIXED.replace(b'"b"', b"a b"), "bad-parameter"),
        (MIXED.replace(b'"b"', b'"b";'), "bad-parameter"),
        (MIXED.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
         "encoded-multipart"),
        (DISPOSITION + b"filename='a b'\r\n\r\n", "apostrophes"),
        (DISPOSITION + b"filename*=\"utf-8''a\"\r\n\r\n", "quoted-extended"),
        (DISPOSITION + b"filename*=%41\r\n\r\n", "no-charset"),
        (DISPOSITION + b"filename*=utf-8''a/b\r\n\r\n", "not-escaped"),
        (DISPOSITION + b"filename*=utf-8''%E4\r\n\r\n", "not-utf-8"),
        (DISPOSITION + b"filename*=gbk''%C4\r\n\r\n", "charset"),
        (DISPOSITION + b"filename*1=a\r\n\r\n", "numbering"),
        (BASE64 + b"VQ==VQ==", "inner-padding"),
        (BASE64 + b"VQ==\r\nVQ==\r\n", "inner-padding"),
        (BASE64 + b"A" * 80, "long-base64"),
        (BASE64 + b"!", "not-base64"),
        (BASE64 + b"QUF\r\n", "not-base64"),
        (BASE64 + b"QUFB=\r\n", "not-base64"),
        (QUOTED + b"a=3", "token-cut"),
        (QUOTED + b"x" * 77, "long-line"),
        (b"Content-Transfer-Encoding: utf-8\r\n\r\nx", "unknown-encoding"),
        (b"\r\n\xe4", "not-7bit"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_with_that_rule(octets: bytes, expected: str) -> None:
    assert reason(whole, octets) == expected


@pytest.mark.parametrize(
    "octets",
    [
        MIXED.replace(b'"b"', b"b") + b"preamble\r\n--b  \r\n\r\nx\r\n--b--\r\nepilogue",
        MIXED.replace(b'"b"', b"'b'") + b"--'b'\r\n\r\nx\r\n--'b'--",
        MIXED.replace(b"; ", b";\r\n ") + b"--b\r\nA: b\r\n\r\nx\r\n--b--",
        MIXED.replace(b"=", b" = ") + b"--b\r\n\r\nx\r\n--b--",
        MIXED.replace(b'"b"', b'"a b"') + b"--a b\r\n\r\nx\r\n--a b--",
        MIXED + b"--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\neA==\r\n--b--",
        MIXED + b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=78=\r\n\r\n--b--",
        # A tab may be =09 wherever it stands: RFC 2045 section 6.7, rule 1.
        MIXED + b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx=09=20\r\n--b--",
        # Decoders skip what is no letter of base64, and so an empty line: section 6.8.
        MIXED + b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\neA==\r\n--b--",
        # What stands behind the closing delimiter is epilogue, whatever it is: RFC 2046, 5.1.1.
        MIXED + b"--b\r\n\r\nx\r\n--b--\r\n--b--\r\n",
    ],
)
def test_what_is_legal_is_read_also_where_other_parsers_err(octets: bytes) -> None:
    message = strict.read(octets, "it", folds=True)
    assert message.tree == "mixed(text/plain)"
    assert [leaf.content.rstrip() for leaf in message.leaves] == [b"x"]


def test_line_breaks_at_the_ends_of_a_part_are_its_own_but_for_one() -> None:
    message = strict.read(MIXED + b"\r\n--b\r\n\r\n\r\none\r\n\r\n--b \r\n\r\ntwo\r\n--b--", "it")
    assert [leaf.content for leaf in message.leaves] == [b"\r\none\r\n", b"two"]
    assert message.parts[0].raw == b"\r\n\r\none\r\n"


def test_folding_is_advice_and_demanded_only_where_it_is_promised() -> None:
    octets = b"A: " + b"word " * 16 + b"\r\n\r\n"
    assert strict.read(octets, "it").get("a") == ("word " * 16).strip()
    # One word cannot be folded inside, and nobody has to move it to a line of its own.
    strict.read(b"Message-ID: <" + b"x" * 70 + b"@lab.test>\r\n\r\n", "it", folds=True)


def test_a_field_may_stand_twice_and_its_name_may_have_any_case() -> None:
    part = strict.opened(b"to: a\r\nTO: b\r\n\tc\r\n\r\n", "it")
    assert part.all("To") == ["a", "b\tc"]
    assert (part.get("To"), part.get("From"), part.type, part.encoding) == (
        "a", "", "text/plain", "7bit",
    )  # fmt: skip


def test_pieces_of_a_parameter_are_put_together_before_they_are_decoded() -> None:
    value = 'attachment; n*1*=%A0; n*0*=UTF-8\'zh\'%E4%BD; n*2=" x"; m="a\\"b"'
    assert strict.parameters(value, "it") == {"n": "你 x", "m": 'a"b'}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"QQ==\n", "bare-line-end"),
        (b"QQ==\r\nQQ==\r\n", "inner-padding"),
        (b"QUFB" * 20 + b"\r\n", "long-base64"),
        (b"QUF\r\n", "not-base64"),
        (b"Q!==\r\n", "not-base64"),
    ],
)
def test_base64_is_read_by_the_rules(body: bytes, expected: str) -> None:
    assert reason(strict.base64_octets, body, "the base64") == expected


def test_base64_may_end_with_or_without_a_line_break() -> None:
    for body in (b"QUFB\r\nQQ==\r\n", b"QUFBQQ==", b"QUFBQQ==\r\n"):
        assert strict.base64_octets(body, "it") == b"AAAA"
    assert strict.base64_octets(b"", "it") == b""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a\nb", "bare-line-end"),
        (b"\xe4", "raw-octet"),
        (b"x" * 77, "long-line"),
        (b"a \r\nb", "trailing-space"),
        (b"a=\r\nb=", "soft-break-at-end"),
        (b"=e4", "lower-case"),
        (b"=E=\r\n4", "token-cut"),
        (b"1 = 1", "bare-equals"),
    ],
)
def test_quoted_printable_is_read_by_the_rules(body: bytes, expected: str) -> None:
    assert reason(strict.quoted_printable, body, "the body") == expected
    assert strict.quoted_printable(b"a=\r\nb=3D\r\nc=20\r\n", "the body") == b"ab=\r\nc \r\n"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("5L2g", "no-encoded-word"),
        ("=?utf-8?B?5L 2g?=", "no-encoded-word"),
        ("=?utf-8?B?b'5L2g'?=", "repr-of-bytes"),
        ("=?gbk?B?xOM=?=", "other-frame"),
        ("=?utf-8?Q?=E4=BD=A0?=", "other-frame"),
        (f"=?utf-8?B?{'5L2g' * 16}?=", "long-word"),
        ("=?utf-8?B?5L2?=", "not-base64"),
        ("=?utf-8?B??=", "empty-word"),
        ("=?utf-8?B?5L0=?=", "character-cut"),
        ("=?utf-8?B?oA==?=", "character-cut"),
    ],
)
def test_an_encoded_word_is_whole_by_itself(word: str, expected: str) -> None:
    assert reason(strict.encoded_word, word, "word 1") == expected


def test_white_space_between_encoded_words_is_not_shown_and_other_is() -> None:
    value = "Re: =?utf-8?B?5L2g?= \t=?UTF-8?b?5aW9?= , =?utf-8?B?5L2g?="
    assert strict.read_words(value) == "Re: 你好 , 你"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Wed, 04 May 2016 09:30:00 +0200", datetime(2016, 5, 4, 7, 30, tzinfo=UTC)),
        ("Wed,  4 May 2016 09:30 -0000", datetime(2016, 5, 4, 9, 30, tzinfo=UTC)),
        ("4 May 2016 09:30:00 GMT", datetime(2016, 5, 4, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_date_of_a_letter_is_a_moment(value: str, moment: datetime) -> None:
    assert strict.date_time(value) == moment


@pytest.mark.parametrize(
    "value", ["", "today", "Wed May  4 09:30:00 2016", "2016-05-04 09:30", "4 Mai 2016 25:00 +0000"]
)
def test_what_is_no_date_of_a_letter_is_none(value: str) -> None:
    assert reason(strict.date_time, value) == "wrong-date"


def test_a_long_line_without_an_end_is_read_at_once() -> None:
    assert reason(strict.lines, b"x" * 1_000_000 + b"\n", "it") == "bare-line-end"
