"""Every rule that a message breaks is marked where it breaks it, with its section of the RFC."""

import base64
import re
import time
from pathlib import Path

import pytest

from smtplab.exercises import marks as module
from smtplab.exercises import strict
from smtplab.exercises.marks import OURS, SECTIONS, Mark, marks
from smtplab.lab import Message, Outline
from smtplab.solutions.multipart import build_message

from .test_outline import HOSTILE, crlf

FIRST = "From: you@lab.test\nDate: Wed, 04 May 2016 09:30:00 +0200\nMIME-Version: 1.0\n"
MIXED = FIRST + 'Content-Type: multipart/mixed; boundary="b"\n\n'
BASE64 = FIRST + "Content-Transfer-Encoding: base64\n\n"
QUOTED = FIRST + "Content-Transfer-Encoding: quoted-printable\n\n"
PART = "--b\n\nHello\n"


def judged(raw: bytes) -> list[Mark]:
    return list(marks(Outline(raw)))


# What stands in the message, where the mark is, and which rule is broken there.
BREACHES: list[tuple[str, str | bytes, bytes, str]] = [
    ("no date", "From: a@b.test\n\nx", b"", "field-missing"),
    ("two subjects", FIRST + "Subject: a\nSUBJECT: b\n\n", b"SUBJECT: b\r\n", "field-twice"),
    ("two types", FIRST + "Content-ID: <a@b>\nContent-id: <c@d>\n\n", b"Content-id: <c@d>\r\n",
     "mime-field-twice"),
    ("no field", FIRST + "Hello you\n\n", b"Hello you\r\n", "no-field"),
    ("space before colon", FIRST + "Subject : x\n\n", b"Subject : x\r\n", "no-field"),
    ("blank fold", FIRST + "Subject: x\n \n y\n\n", b"Subject: x\r\n \r\n y\r\n", "blank-line"),
    ("no empty line", FIRST + "To: x\n", b"", "no-empty-line"),
    ("octets in a header", FIRST + "Subject: 你\n\n", "Subject: 你\r\n".encode(), "raw-header"),
    ("not a date", FIRST.replace("Wed, 04 May 2016 09:30:00 +0200", "today") + "\n",
     b"Date: today\r\n", "wrong-date"),
    ("message id", FIRST + "Message-ID: 5@lab.test\n\n", b"Message-ID: 5@lab.test\r\n",
     "wrong-message-id"),
    ("content id", FIRST + "Content-ID: card\n\n", b"Content-ID: card\r\n", "wrong-content-id"),
    ("word cut", FIRST + "Subject: =?utf-8?B?5L2?= x\n\n", b"Subject: =?utf-8?B?5L2?= x\r\n",
     "not-base64"),
    ("character cut", FIRST + "Subject: =?utf-8?B?5L0=?= x\n\n", b"Subject: =?utf-8?B?5L0=?= x\r\n",
     "character-cut"),
    ("long word", FIRST + f"Subject: =?utf-8?B?{'QUFB' * 20}?=\n\n",
     b"Subject: =?utf-8?B?" + b"QUFB" * 20 + b"?=\r\n", "long-word"),
    ("no media type", FIRST + "Content-Type: text\n\n", b"Content-Type: text\r\n", "no-media-type"),
    ("no semicolon", FIRST + "Content-Type: text/x name=b\n\n",
     b"Content-Type: text/x name=b\r\n", "no-semicolon"),
    ("comma between pieces", FIRST + "Content-Type: text/x; name*0*=utf-8''a, name*1*=b\n\n",
     b"Content-Type: text/x; name*0*=utf-8''a, name*1*=b\r\n", "comma"),
    ("apostrophes", FIRST + "Content-Disposition: attachment; filename='a b'\n\n",
     b"Content-Disposition: attachment; filename='a b'\r\n", "apostrophes"),
    ("word in a parameter", FIRST + 'Content-Type: text/x; name="=?utf-8?B?5L2g?="\n\n',
     b'Content-Type: text/x; name="=?utf-8?B?5L2g?="\r\n', "encoded-word"),
    ("percent", FIRST + "Content-Type: text/x; name*=utf-8''%E4%B\n\n",
     b"Content-Type: text/x; name*=utf-8''%E4%B\r\n", "cut-escape"),
    ("pieces", FIRST + "Content-Type: text/x; name*1=b\n\n",
     b"Content-Type: text/x; name*1=b\r\n", "numbering"),
    ("no MIME-Version", FIRST.replace("MIME-Version: 1.0\n", "Content-Type: text/x\n") + "\n",
     b"", "no-mime-version"),
    ("bare LF", crlf(FIRST + "\n") + b"one\r\ntwo\nthree", b"\n", "bare-line-end"),
    ("bare CR", crlf(FIRST + "\n") + b"one\rtwo", b"\r", "bare-line-end"),
    ("long line", FIRST + "\nshort\n" + "x" * 999 + "\n", b"x" * 999 + b"\r\n", "line-too-long"),
    ("no boundary", FIRST + "Content-Type: multipart/mixed\n\n" + PART,
     b"Content-Type: multipart/mixed\r\n", "no-boundary"),
    ("boundary with apostrophes", MIXED.replace('"b"', "'b'") + PART + "--b--\n",
     b"Content-Type: multipart/mixed; boundary='b'\r\n", "no-delimiter"),
    ("boundary of umlauts", MIXED.replace('"b"', '"b#"') + PART,
     b'Content-Type: multipart/mixed; boundary="b#"\r\n', "illegal-boundary"),
    ("not closed", MIXED + PART + "--b\n\nx\n", b"--b\r\n", "not-closed"),
    ("glued", MIXED + PART + "x--b\n--b--\n", b"--b", "glued-delimiter"),
    ("nothing between", MIXED + PART + "--b\n--b--\n", b"--b\r\n--b--\r\n", "nothing-between"),
    ("encoded multipart", MIXED.replace("\n\n", "\nContent-Transfer-Encoding: base64\n\n") + PART
     + "--b--\n", b'Content-Type: multipart/mixed; boundary="b"\r\n', "encoded-multipart"),
    ("related", MIXED.replace("mixed", "related") + PART + "--b--\n",
     b'Content-Type: multipart/related; boundary="b"\r\n', "related-without-type"),
    ("unknown encoding", FIRST + "Content-Transfer-Encoding: uuencode\n\nx",
     b"Content-Transfer-Encoding: uuencode\r\n", "unknown-encoding"),
    ("8 bits", FIRST + "\none\nzwölf\n", "zwölf\r\n".encode(), "not-7bit"),
    ("padding inside", BASE64 + "AAAA\nAAA=\nAAAA\n", b"AAA=\r\n", "inner-padding"),
    ("strange letter", BASE64 + "AAAA\nAA!A\nAAAA\n", b"AA!A\r\n", "not-base64"),
    ("a letter lost", BASE64 + "AAAA\nAAAA\nAAA\n", b"AAA\r\n", "not-base64"),
    ("three pads", BASE64 + "AAAA\nA===\n", b"A===\r\n", "not-base64"),
    ("long base64", BASE64 + "AAAA\n" + "AAAA" * 20 + "\n", b"AAAA" * 20 + b"\r\n", "long-base64"),
    ("equals", QUOTED + "one\n1 + 1 = 2\n", b"1 + 1 = 2\r\n", "bare-equals"),
    ("small letters", QUOTED + "one\n=e4\n", b"=e4\r\n", "lower-case"),
    ("space at the end", QUOTED + "one\ntwo \nthree\n", b"two \r\n", "trailing-space"),
    ("umlaut in quoted", QUOTED + "one\nzwölf\n", "zwölf\r\n".encode(), "raw-octet"),
    ("long quoted", QUOTED + "one\n" + "x" * 77 + "\n", b"x" * 77 + b"\r\n", "long-line"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "reason"), [row[1:] for row in BREACHES],
                         ids=[row[0] for row in BREACHES])  # fmt: skip
def test_a_broken_rule_is_marked_where_it_is_broken(
    text: str | bytes, where: bytes, reason: str
) -> None:
    raw = text if isinstance(text, bytes) else crlf(text)
    [mark] = judged(raw)
    assert mark.reason == reason
    assert raw[mark.start : mark.start + mark.length].removeprefix(b"\r\n") == where
    assert (mark.rfc, mark.section) == SECTIONS[reason]
    assert mark.sentence.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        FIRST + "\nHello\n",
        FIRST + "Content-Transfer-Encoding: 8bit\n\nzwölf\n",
        FIRST + "Subject: =?iso-8859-1?Q?=FC?=\n\n",  # of this course alone is that it is UTF-8
        FIRST + "Subject: " + "x " * 60 + "\n\n",  # folding is advice
        MIXED + PART + "--b--\n",
        MIXED.replace('"b"', "'b'") + "--'b'\n\nx\n--'b'--\n",
        BASE64 + "AAAA\nAA==\n",
        BASE64,
        QUOTED + "a =3D\n=E4 b=\n c\n",
    ],
)
def test_what_breaks_no_rule_has_no_mark(text: str) -> None:
    assert judged(crlf(text)) == []


def test_the_reference_breaks_one_rule_and_lesson_06_says_which() -> None:
    png = b"\x89PNG\r\n"
    raw = build_message("you@lab.test", ["lin@lab.test"], "你好", "x", "<img src='cid:a.png'>",
                        [("a.png", png)], [("信件.zip", bytes(9_999))])  # fmt: skip
    assert [mark.reason for mark in judged(raw)] == ["related-without-type"]


def test_marks_of_several_parts_come_in_the_order_of_the_octets() -> None:
    raw = crlf(MIXED + "--b\nContent-Transfer-Encoding: base64\n\nAA!A\n" + "--b\nx\n\ny\n--b--\n")
    found = judged(raw)
    assert [mark.reason for mark in found] == ["not-base64", "no-field"]
    assert "part 1" in found[0].sentence and "part 2" in found[1].sentence


def test_what_the_parser_finds_stands_where_the_rule_is_broken() -> None:
    raw = crlf(MIXED + PART)
    found = marks(Outline(raw), Message("", (), raw, 0)).found
    assert [mark.reason for mark in found] == ["not-closed", "defect"]
    assert found[0].start == found[1].start
    assert "close boundary not found" in found[1].sentence
    assert found[1].rfc == ""


def test_every_rule_of_the_strict_reader_has_its_section() -> None:
    folder = Path(strict.__file__).parent
    reasons = set()
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        reasons |= set(re.findall(r'Broken\(\s*"([a-z0-9-]+)"', text))
    assert len(reasons) > 30
    assert reasons - set(SECTIONS) == OURS
    ours = set(SECTIONS) - reasons
    text = Path(module.__file__).read_text(encoding="utf-8").partition("class _Judge")[2]
    assert {reason for reason in ours if f'"{reason}"' not in text} == {
        "wrong-message-id", "wrong-content-id"}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_judged_in_bounded_time(name: str) -> None:
    began = time.monotonic()
    found = marks(Outline(HOSTILE[name][0]))
    assert time.monotonic() - began < 5
    assert len(found) <= module.MAX_MARKS


def test_a_rule_that_is_broken_everywhere_is_marked_twenty_times_and_that_is_said() -> None:
    found = marks(Outline(b"From: x\n" * 3 + b"\n" + b"x\n" * 100_000))
    alike = [mark for mark in found if mark.reason == "bare-line-end"]
    assert len(alike) == module.MAX_ALIKE
    assert ("alike", module.MAX_ALIKE) in found.limits


def test_a_body_of_base64_costs_nothing_when_it_is_regular_and_is_read_when_it_is_not() -> None:
    regular = base64.encodebytes(bytes(300_000)).replace(b"\n", b"\r\n")
    assert judged(crlf(BASE64) + regular) == []
    for at, other, reason in ((100_000, b"!", "not-base64"), (100_000, b"=", "inner-padding")):
        spoilt = regular[:at] + other + regular[at + 1 :]
        [mark] = judged(crlf(BASE64) + spoilt)
        assert mark.reason == reason
        line = (crlf(BASE64) + spoilt)[mark.start : mark.start + mark.length]
        assert other in line and line.endswith(b"\r\n") and len(line) <= 78
