"""Every rule that a letter breaks is told where it breaks it; a legal letter breaks none."""

import base64
import re
from collections.abc import Callable

import pytest

from smtplab import mime
from smtplab.lab import Message
from smtplab.mime import Violation, checks
from smtplab.mime.rules import RULES, WORDS, Reading
from smtplab.mime.tree import Limit
from smtplab.mime.values import read_id, read_media_type
from smtplab.solutions.multipart import build_message

from .letters import BASE64, BROKEN, FIRST, LEGAL, MIXED, PART, TREE, crlf

HEAD = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
TEXT = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
DISPOSITION = b"Content-Disposition: x; "
ENCODED = b"Content-Transfer-Encoding: base64\r\n\r\n"
SAYS_QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"


def octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else crlf(text)


def judged(raw: bytes) -> list[Violation]:
    return list(mime.read(raw).violations)


@pytest.mark.parametrize("text", [row[1] for row in LEGAL], ids=[row[0] for row in LEGAL])
def test_a_legal_letter_breaks_no_rule(text: str | bytes) -> None:
    assert [(one.rule, one.sentence) for one in judged(octets(text))] == []


@pytest.mark.parametrize(("text", "where", "rule"), [row[1:] for row in BROKEN],
                         ids=[row[0] for row in BROKEN])  # fmt: skip
def test_a_broken_rule_is_told_where_it_is_broken(
    text: str | bytes, where: bytes, rule: str
) -> None:
    raw = octets(text)
    [found] = judged(raw)
    assert found.rule == rule
    assert raw[found.start : found.end].strip(b"\r\n") == where.strip(b"\r\n")
    assert (found.rfc, found.section) == RULES[rule][:2]
    assert found.sentence.endswith(".") and not found.sentence[0].islower()


def tree(part: mime.Part) -> str:
    name = f"={part.filename}" if part.filename else ""
    inside = ", ".join(map(tree, part.children))
    return part.content_type.removeprefix("multipart/") + name + (f"({inside})" if inside else "")


@pytest.mark.parametrize(("name", "text"), [row[:2] for row in (*LEGAL, *BROKEN)],
                         ids=[row[0] for row in (*LEGAL, *BROKEN)])  # fmt: skip
def test_mailbox_and_explorer_find_the_same_parts_with_their_names(
    name: str, text: str | bytes
) -> None:
    message = Message("", [], octets(text), 0)
    [letter] = message.explore().letters
    assert tree(letter.root) == TREE.get(name, "text/plain")
    # In the explorer what is inside an enclosed message is seen as well.
    whole = [one.path for one in letter.parts if not one.is_multipart and one.children]
    leaves = [one.path for one in letter.parts if not (one.is_multipart or one.children)]
    inside = [path for path in leaves for other in whole if path[: len(other)] == other]
    outside = {*whole, *leaves} - {*inside}
    outside -= {path for path in whole for other in whole if path != other == path[: len(other)]}
    assert [one.path for one in message.parts] == sorted(outside)


def test_each_letter_has_a_name_of_its_own_and_each_tree_is_of_one() -> None:
    names = [row[0] for row in (*LEGAL, *BROKEN)]
    assert len(names) == len(set(names))
    assert set(TREE) <= set(names)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\n\r\nx", "bare-line-end"),
        (b"A: b\r\n\r\nx\ry", "bare-line-end"),
        (b"A: b\r\n\r\n" + b"x" * 999, "line-too-long"),
        (HEAD + b"--b\r\n\r\n" + b"x" * 999 + b"\r\n--b\r\n" + ENCODED + b"QUFB\r\n--b\r\n\r\na\nb",
         "bare-line-end"),
        (b"A: " + b"word " * 16 + b"\r\n\r\n", "not-folded"),
        (b"Subject: =?utf-8?B?" + b"5L2g" * 15 + b"?=\r\n\r\n", "not-folded"),
        (b"A: b\r\n \r\n\r\n", "blank-line"),
        (b"A: \xe4\xbd\xa0\r\n\r\n", "raw-header"),
        (b"A: \xe4\xbd\xa0\r\nno field\r\n\r\n", "no-field"),
        (b"no field\r\n\r\n", "no-field"),
        (b" A: b\r\n\r\n", "no-field"),
        (b"A b: c\r\n\r\n", "no-field"),
        (b"A: b", "no-empty-line"),
        (b"A: b\r\n", "no-empty-line"),
        (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n--b--", "no-boundary"),
        (b"Content-Type: text\r\n\r\n", "no-media-type"),
        (b"Content-Type:\r\n\r\n", "no-media-type"),
        (HEAD.replace(b";", b","), "no-semicolon"),
        (HEAD.replace(b";", b""), "no-semicolon"),
        (HEAD + b"x", "no-delimiter"),
        (HEAD + b"--c\r\n\r\nx\r\n--c--", "no-delimiter"),
        (HEAD + b"--b--", "no-delimiter"),
        (HEAD + TEXT, "not-closed"),
        (HEAD + b"--b\r\n--b--", "nothing-between"),
        (HEAD + b"--b\r\n\r\nx--b--", "glued-delimiter"),
        (HEAD + b"--b\r\n\r\nx--b\r\n\r\ny\r\n--b--", "glued-delimiter"),
        (HEAD.replace(b'"b"', b'"b "') + b"--b \r\n\r\nx\r\n--b --", "illegal-boundary"),
        (HEAD.replace(b'"b"', b'"b#"') + b"--b#\r\n\r\nx\r\n--b#--", "illegal-boundary"),
        (HEAD.replace(b' boundary="b"', b"\r\n boundary=" + b"b" * 71) + b"x", "illegal-boundary"),
        (HEAD.replace(b'"b"', b"'b'") + TEXT + b"--b--", "no-delimiter"),
        (HEAD.replace(b'"b"', b"=b"), "bad-parameter"),
        (HEAD.replace(b'"b"', b"a b"), "bad-parameter"),
        (HEAD.replace(b'"b"', b'"b";'), "bad-parameter"),
        (HEAD.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
         "encoded-multipart"),
        (DISPOSITION + b"filename='a b'\r\n\r\n", "apostrophes"),
        (DISPOSITION + b"filename*=\"utf-8''a\"\r\n\r\n", "quoted-extended"),
        (DISPOSITION + b"filename*=%41\r\n\r\n", "no-charset"),
        (DISPOSITION + b"filename*=utf-8''a/b\r\n\r\n", "not-escaped"),
        (DISPOSITION + b"filename*=utf-8''%E4\r\n\r\n", "not-utf-8"),
        (DISPOSITION + b"filename*=gbk''%C4\r\n\r\n", "charset"),
        (DISPOSITION + b"filename*=''a\r\n\r\n", "charset"),
        (DISPOSITION + b"filename*1=a\r\n\r\n", "numbering"),
        (DISPOSITION + b"filename*0*=utf-8''a; filename*1*=utf-8''b\r\n\r\n", "charset-repeated"),
        (DISPOSITION + b"filename=filename=a\r\n\r\n", "name-written-twice"),
        (b"Content-Disposition: attachment filename=a\r\n\r\n", "no-semicolon"),
        (ENCODED + b"VQ==VQ==", "inner-padding"),
        (ENCODED + b"VQ==\r\nVQ==\r\n", "inner-padding"),
        (ENCODED + b"A" * 80, "long-base64"),
        (ENCODED + b"!", "not-base64"),
        (ENCODED + b"QUF\r\n", "not-base64"),
        (ENCODED + b"QUFB=\r\n", "not-base64"),
        (SAYS_QUOTED + b"a=3", "token-cut"),
        (SAYS_QUOTED + b"x" * 77, "long-line"),
        (b"Content-Transfer-Encoding: utf-8\r\n\r\nx", "unknown-encoding"),
        (b"\r\n\xe4", "not-7bit"),
    ],
)  # fmt: skip
def test_the_first_demand_is_the_one_at_which_a_strict_reader_stops(
    raw: bytes, expected: str
) -> None:
    found = mime.read_part(raw).demands
    assert found[0].rule == expected
    assert found[0].sentence.endswith((".", "?"))


@pytest.mark.parametrize(
    "raw",
    [
        HEAD.replace(b'"b"', b"b") + b"preamble\r\n--b  \r\n\r\nx\r\n--b--\r\nepilogue",
        HEAD.replace(b'"b"', b"'b'") + b"--'b'\r\n\r\nx\r\n--'b'--",
        HEAD.replace(b"; ", b";\r\n ") + b"--b\r\nA: b\r\n\r\nx\r\n--b--",
        HEAD.replace(b"=", b" = ") + b"--b\r\n\r\nx\r\n--b--",
        HEAD.replace(b'"b"', b'"a b"') + b"--a b\r\n\r\nx\r\n--a b--",
        HEAD + b"--b\r\nContent-Transfer-Encoding: BASE64\r\n\r\neA==\r\n--b--",
        HEAD + b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=78=\r\n\r\n--b--",
        # A tab may be =09 wherever it stands: RFC 2045 section 6.7, rule 1.
        HEAD + b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx=09=20\r\n--b--",
        # Decoders skip what is no letter of base64, and so an empty line: section 6.8.
        HEAD + b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\neA==\r\n--b--",
        # What stands behind the closing delimiter is epilogue, whatever it is: RFC 2046, 5.1.1.
        HEAD + b"--b\r\n\r\nx\r\n--b--\r\n--b--\r\n",
    ],
)
def test_what_is_legal_is_read_also_where_other_parsers_err(raw: bytes) -> None:
    letter = mime.read_part(raw)
    assert letter.demands == ()
    assert letter.root.shape == "mixed(text/plain)"
    assert [leaf.content.rstrip() for leaf in letter.leaves] == [b"x"]


def test_what_only_the_course_demands_is_no_broken_rule() -> None:
    folded = FIRST + "Subject: =?gbk?Q?=C4=E3?= " + "word " * 16 + "\n"
    letter = mime.read(crlf(folded))
    assert letter.violations == ()
    assert [one.rule for one in letter.demands] == ["not-folded", "no-empty-line", "other-frame"]
    # One word cannot be folded inside, and nobody has to move it to a line of its own.
    long = crlf(FIRST + "Message-ID: <" + "x" * 70 + "@lab.test>\n\n")
    assert mime.read(long).demands == ()
    obsolete = mime.read(crlf(FIRST.replace("+0200", "GMT") + "\n"))
    assert [one.rule for one in obsolete.violations] == ["obsolete-date"]
    assert obsolete.demands == ()


def test_the_reference_breaks_no_rule() -> None:
    png = b"\x89PNG\r\n"
    raw = build_message("you@lab.test", ["lin@lab.test"], "你好", "x", "<img src='cid:a.png'>",
                        [("a.png", png)], [("信件.zip", bytes(9_999))])  # fmt: skip
    assert mime.read(raw).demands == ()


def test_all_that_is_broken_is_told_and_of_which_part() -> None:
    raw = crlf(MIXED + "--b\nContent-Transfer-Encoding: base64\n\nAA!A\n" + "--b\nx\n\ny\n--b--\n")
    found = sorted(judged(raw), key=lambda one: one.start)
    assert [(one.rule, one.part) for one in found] == [("not-base64", "1"), ("no-field", "2")]
    assert "part 1" in found[0].sentence and "part 2" in found[1].sentence
    assert "header of the result" in found[1].about("the result").sentence


def test_a_field_keeps_its_name_when_the_octets_are_called_something_else() -> None:
    [found] = judged(crlf(FIRST + "Content-Disposition: attachment; filename='a b'\n\n"))
    sentence = found.about("the part").sentence
    assert sentence.startswith("The field Content-Disposition of the part has apostrophes")


def test_a_rule_that_is_broken_everywhere_is_told_twenty_times_and_that_is_said() -> None:
    letter = mime.read(b"From: x\n" * 3 + b"\n" + b"x\n" * 100_000)
    alike = [one for one in letter.violations if one.rule == "bare-line-end"]
    assert len(alike) == checks.MAX_ALIKE
    assert Limit("alike", checks.MAX_ALIKE) in letter.unjudged


def test_a_body_of_base64_costs_nothing_when_it_is_regular_and_is_read_when_it_is_not() -> None:
    line = b"A" * 76 + b"\r\n"
    for end in (b"QUJD\r\n", b"QUI=\r\n", b"QQ=="):  # with padding and without
        letter = mime.read(crlf(BASE64) + line * 30_000 + end)
        assert (letter.violations, letter.unjudged) == ((), ())
    regular = base64.encodebytes(bytes(300_000)).replace(b"\n", b"\r\n")
    assert judged(crlf(BASE64) + regular) == []
    for at, other, rule in ((100_000, b"!", "not-base64"), (100_000, b"=", "inner-padding")):
        spoilt = regular[:at] + other + regular[at + 1 :]
        [found] = judged(crlf(BASE64) + spoilt)
        assert found.rule == rule
        line = (crlf(BASE64) + spoilt)[found.start : found.end]
        assert other in line and len(line) <= 78


def test_a_boundary_that_cannot_be_one_is_told_once() -> None:
    assert [one.rule for one in judged(crlf(MIXED.replace('"b"', '"b;"') + PART))] == [
        "illegal-boundary"
    ]


# Readings of pieces


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (mime.decode_base64, b"QQ==\n", "bare-line-end"),
        (mime.decode_base64, b"QQ==\r\nQQ==\r\n", "inner-padding"),
        (mime.decode_base64, b"QUFB" * 20 + b"\r\n", "long-base64"),
        (mime.decode_base64, b"QUF\r\n", "not-base64"),
        (mime.decode_base64, b"Q!==\r\n", "not-base64"),
        (mime.decode_quoted_printable, b"a\nb", "bare-line-end"),
        (mime.decode_quoted_printable, b"\xe4", "raw-octet"),
        (mime.decode_quoted_printable, b"x" * 77, "long-line"),
        (mime.decode_quoted_printable, b"a \r\nb", "trailing-space"),
        (mime.decode_quoted_printable, b"a=\r\nb=", "soft-break-at-end"),
        (mime.decode_quoted_printable, b"=e4", "lower-case"),
        (mime.decode_quoted_printable, b"=E=\r\n4", "token-cut"),
        (mime.decode_quoted_printable, b"1 = 1", "bare-equals"),
        (mime.encoded_word, "5L2g", "no-encoded-word"),
        (mime.encoded_word, "=?utf-8?B?5L 2g?=", "no-encoded-word"),
        (mime.encoded_word, "=?utf-8?Q?=C?=", "other-frame"),
        (mime.encoded_word, "=?utf-8?B?b'5L2g'?=", "repr-of-bytes"),
        (mime.encoded_word, "=?gbk?B?xOM=?=", "other-frame"),
        (mime.encoded_word, "=?utf-8?Q?=E4=BD=A0?=", "other-frame"),
        (mime.encoded_word, f"=?utf-8?B?{'5L2g' * 16}?=", "long-word"),
        (mime.encoded_word, "=?utf-8?B?5L2?=", "not-base64"),
        (mime.encoded_word, "=?utf-8?B??=", "empty-word"),
        (mime.encoded_word, "=?utf-8?B?5L0=?=", "character-cut"),
        (mime.encoded_word, "=?utf-8?B?oA==?=", "character-cut"),
        (mime.encoded_word, "=?utf-8?B?/w==?=", "not-in-charset"),
        (mime.read_date, "today", "wrong-date"),
        (read_id, "a@b", "wrong-message-id"),
        (mime.check_boundary, "", "illegal-boundary"),
        (mime.check_boundary, "a ", "illegal-boundary"),
        (read_media_type, "text", "no-media-type"),
        (mime.read_parameters, 'x; a="b', "bad-parameter"),
        (mime.read_parameters, 'x; a="b\\\\"c"', "bad-parameter"),
        (mime.read_parameters, "x; a=", "bad-parameter"),
        (mime.read_parameters, "x; a*0*=; a*1*=b", "bad-parameter"),
        (mime.read_parameters, "x; a", "bad-parameter"),
        (mime.read_parameters, "x; a*x=b", "numbering"),
        (mime.read_parameters, "x; a*=utf-8''100%x", "not-escaped"),
        (mime.read_fields, b"A : b\r\n", "space-before-colon"),
        (mime.read_fields, b"\r\n", ""),
    ],
)
def test_a_piece_is_read_by_itself(
    read: Callable[..., Reading[object]], value: str | bytes, expected: str
) -> None:
    found = read(value)
    assert [one.rule for one in found.violations][:1] == ([expected] if expected else [])
    assert all(one.sentence.endswith((".", "?")) for one in found.violations)
    assert all("the result" in one.about("the result").sentence.lower() or one.values
               for one in found.violations)  # fmt: skip


@pytest.mark.parametrize(
    ("word", "ends"), [("=?utf-8?B?ww==?=", True), ("=?utf-8?B?qQ==?=", False)]
)
def test_a_word_ends_in_a_character_or_begins_in_one(word: str, ends: bool) -> None:
    [said] = [one.sentence for one in mime.encoded_word(word).violations]
    assert ("ends in the middle" in said) is ends


@pytest.mark.parametrize(
    ("charset", "octets", "text", "called"),
    [
        ("gb2312", "朱镕基".encode("gbk"), "朱镕基", "GB 18030"),
        ("GB_2312-80", "朱镕基".encode("gbk"), "朱镕基", "GB 18030"),
        ("gbk", "𠀀".encode("gb18030"), "𠀀", "GB 18030"),
        ("big5", "啫".encode("big5hkscs"), "啫", "Big5-HKSCS"),
        ("euc-kr", "똠".encode("cp949"), "똠", "Windows-949"),
        ("shift_jis", b"\x87\x40", "\N{CIRCLED DIGIT ONE}", "Windows-31J"),
    ],
)
def test_characters_that_a_charset_lacks_are_read_in_the_wider_one_and_that_is_said(
    charset: str, octets: bytes, text: str, called: str
) -> None:
    word = f"=?{charset}?B?{base64.b64encode(octets).decode()}?="
    head = f"Subject: {word}\nContent-Type: text/plain; charset={charset}\n"
    letter = mime.read(crlf(f"{FIRST}{head}Content-Transfer-Encoding: 8bit\n\n") + octets)
    assert (letter.root.text, letter.root.all("Subject")[0].decoded) == (text, text)
    found = [one.sentence for one in letter.violations]
    assert len(found) == 2
    assert all(f"said to be {charset.lower()}" in one for one in found)
    assert all(one.endswith(f"It is read as {called}.") for one in found)


@pytest.mark.parametrize(
    ("text", "charset"),
    [("שלום", "iso-8859-8-i"), ("สวัส", "windows-874"), ("朱镕基", "x-gbk"), ("é", "cp-850")],
)
def test_a_charset_is_read_under_its_other_names(text: str, charset: str) -> None:
    python = {"iso-8859-8-i": "iso8859_8", "windows-874": "cp874", "cp-850": "cp850"}
    octets = text.encode(python.get(charset, "gbk"))
    head = crlf(f"{FIRST}Content-Type: text/plain; charset={charset}\n"
                "Content-Transfer-Encoding: 8bit\n\n")  # fmt: skip
    letter = mime.read(head + octets)
    assert (letter.root.text, letter.violations) == (text, ())


@pytest.mark.parametrize(
    ("head", "text", "rules"),
    [
        ("text/html\nContent-Transfer-Encoding: 8bit", "<p>zwölf", []),
        ("text/html", "<p>zw\ufffd\ufffdlf", ["not-7bit"]),
        ("text/plain\nContent-Transfer-Encoding: 8bit", "<p>zw\ufffd\ufffdlf", ["not-in-charset"]),
    ],
)
def test_text_that_is_not_plain_may_say_its_charset_in_itself(
    head: str, text: str, rules: list[str]
) -> None:
    letter = mime.read(crlf(f"{FIRST}Content-Type: {head}\n\n<p>zwölf"))
    assert letter.root.text == text
    assert [one.rule for one in letter.violations] == rules


def test_what_uuencode_made_is_undone() -> None:
    letter = mime.read(crlf("Content-Transfer-Encoding: x-uuencode\n\n"
                            "begin 644 a\n#0V%T\n`\nend\n"))  # fmt: skip
    assert letter.root.content == b"Cat"
    for body in (b"", b"begin 644 a\r\n", b"begin 644 a\r\n~~~\r\n", b"begin\r\n"):
        mime.read(b"Content-Transfer-Encoding: x-uuencode\r\n\r\n" + body).root.content.decode()


# Words


def test_every_rule_has_words_and_all_words_belong_to_a_rule() -> None:
    for rule in RULES:
        entry = WORDS.get(rule)
        variants = [value for value in entry.values() if isinstance(value, dict)]
        assert "say" in entry or (variants and all("say" in one or "say" in entry
                                                  for one in variants)), rule  # fmt: skip
    table = set(re.findall(r"(?m)^\[([a-z0-9-]+)\]", WORDS.path.read_text(encoding="utf-8")))
    assert table - {"what", "limit"} == set(RULES)
