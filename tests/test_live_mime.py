"""The live MIME explorer without a browser: what the page is told, and how little."""

import base64
import json
import time
from typing import Any

import pytest

from smtplab import views
from smtplab.lab import Message
from smtplab.views.live.mime import Model
from smtplab.views.said import WORDS

from .letters import crlf
from .test_mime import HOSTILE, LETTER
from .test_views import Page, plain

BIG = (
    b"From: a@b.test\r\nSubject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


def mail(raw: bytes) -> Message:
    return Message("", (), raw, 0)


def big(octets: int) -> Message:
    body = base64.encodebytes(bytes(octets)).replace(b"\n", b"\r\n")
    return mail(BIG + body + b"--b--\r\n")


def told(thing: Any) -> int:
    return len(json.dumps(thing))


# The plain view


def test_the_tree_says_of_each_part_what_it_is_and_where_it_stands() -> None:
    said = plain(mail(LETTER).explore())
    line = next(line for line in said.splitlines() if "application/zip" in line)
    assert line.split() == ["2", "application/zip", "你a", "b.zip,", "attachment,", "base64,", "4",
                            "octets,", "lines", "20", "to", "24"]  # fmt: skip
    assert line.startswith("      2 ")
    assert "decoded: 你好 ü" in said
    assert 'decoded: attachment; filename="你a b.zip"' in said


def test_the_page_has_the_tree_the_header_both_ways_and_numbered_lines() -> None:
    drawn = Page(views.drawn(mail(LETTER).explore())["text/html"])
    assert "1.2 text/html 7bit, 3 octets, lines 15 to 17" in drawn.text
    assert "2 Subject =?utf-8?B?5L2g5aW9?= =?utf-8?Q?_=C3=BC?= 你好 ü" in drawn.text
    assert len(drawn.all("ul")) >= 3
    assert "25 --cut here-- 26 After them." in drawn.text


def test_a_broken_rule_is_told_with_its_line_and_a_link() -> None:
    head = "From: x\nDate: Wed, 04 May 2016 09:30:00 +0200\nMIME-Version: 1.0\n"
    body = "Content-Type: multipart/mixed; boundary='B'\n\n--B\n\nx\n--B--\n"
    one = mail(crlf(head + body)).explore()
    assert "▲ line 4: The header of the multipart/mixed says the boundary is 'B'" in plain(one)
    assert "(RFC 2046, 5.1.1)" in plain(one)
    drawn = Page(views.drawn(one)["text/html"])
    links = [a["href"] for a in drawn.all("a")]
    assert links == ["https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1"]


def test_two_messages_stand_side_by_side_and_what_differs_is_a_table() -> None:
    here, there = "A: b\nSubject: one\n\nx\ny\n", "A: b\nSubject: two\n\nx\nz\n"
    both = mail(crlf(here)).explore(mail(crlf(there)))
    assert "2 differences" in plain(both)
    assert "Subject: another value (the message, line 2 | the message, line 2)" in plain(both)
    drawn = Page(views.drawn(both)["text/html"])
    assert "text/plain: another content, decoded the message, line 5 the message, line 5" in (
        drawn.text
    )
    same = mail(crlf(here)).explore(mail(crlf(here)))
    assert WORDS("mime.no_differences") in plain(same)


def test_long_base64_is_left_out_of_the_raw_lines() -> None:
    html = views.drawn(big(100_000).explore())["text/html"]
    assert "1,751 lines of base64 left out here" in html
    assert len(html) < 20_000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_drawn_small(name: str) -> None:
    one = mail(HOSTILE[name][0]).explore()
    began = time.process_time()
    drawn = views.drawn(one)
    assert time.process_time() - began < 4
    assert set(drawn) == {"text/plain", "text/html"}
    assert max(map(len, drawn.values())) < 150_000
    model = Model(one)
    assert told(model.state) < 250_000
    assert told(model.ask_marks()) < 50_000
    total = one.letters[0].lines.count
    assert told(model.ask_lines(0, total // 2, 10**9)) < 500_000
    assert told(model.ask_line(0, total - 1)) < 50_000
    limit = HOSTILE[name][1]
    assert bool(model.state["sides"][0]["limits"]) == bool(limit)
    for words in model.state["sides"][0]["limits"]:
        assert words in drawn["text/plain"]


def test_a_message_that_was_not_sent_has_no_envelope() -> None:
    assert WORDS("mailbox.envelope_none") in plain(mail(LETTER))
    assert WORDS("mailbox.envelope_none") not in plain(Message("", ("lin@lab.test",), LETTER, 1))


# What the page is told


def test_a_message_of_25_megabytes_is_told_in_as_few_octets_as_one_of_20_kilobytes() -> None:
    messages = big(14_000), big(18_000_000)  # a model holds on to nothing
    small, large = (Model(message.explore()) for message in messages)
    assert told(large.state) < told(small.state) * 1.2 < 20_000
    assert told(large.ask_marks()) < 2_000
    [[first, count, lines, _]] = large.state["sides"][0]["folds"]
    assert count == 315_786 and lines == "315,786 lines"
    rows = large.ask_lines(0, first + 200_000, 200)["rows"]
    assert {row["t"] for row in rows} == {"A" * 76}
    assert {(row["n"], row["k"], row["e"]) for row in rows} == {(2, "body", "rn")}


def test_a_row_says_what_its_line_is_and_a_field_what_it_means() -> None:
    letter = mail(LETTER)
    rows = Model(letter.explore()).ask_lines(0, 0, 400)["rows"]
    assert [row["t"] for row in rows] == LETTER.decode().replace("\t", r"\t").split("\r\n")[:-1]
    assert rows[1]["d"] == "Subject: 你好 ü"
    assert not rows[0]["d"] and not rows[2]["d"]
    assert [row["k"] for row in rows[:9]] == [
        "header", "header", "header", "header", "empty", "preamble", "delimiter", "header", "header"
    ]  # fmt: skip


def test_one_line_in_full_has_its_octets_and_says_where_it_belongs() -> None:
    letter = mail(LETTER)
    line = Model(letter.explore()).ask_line(0, 1)
    assert line["about"] == "a line of the header of the message"
    assert line["texts"][1:] == ["Subject: 你好 ü"]
    assert base64.b64decode(line["octets"]) == b"Subject: =?utf-8?B?5L2g5aW9?=\r\n"
    long = mail(b"A: b\r\n\r\n" + b"x" * 1_000_000)
    line = Model(long.explore()).ask_line(0, 2)
    assert line["cut"] and line["size"] == "1,000,000 octets"
    assert told(line) < 20_000


def test_what_cannot_be_seen_is_made_visible_before_it_is_told() -> None:
    evil = mail(
        b"Subject: =?utf-8?B?4oCuG1syShs=?=\r\nX: \x1b\0\xe2\x80\xae\xff\r\n\r\na\rb\x00\r\n"
    )
    model = Model(evil.explore())
    rows = model.ask_lines(0, 0, 9)["rows"]
    said = [row[key] for row in rows for key in "td" if row[key]]
    said += [text for line in (0, 1) for text in model.ask_line(0, line)["texts"]]
    assert all(words.isprintable() for words in said)
    assert rows[3]["t"] == r"a\rb\x00"
    json.dumps(model.state).encode()


def test_differences_are_told_as_lines_of_both() -> None:
    here, there = mail(crlf("A: b\nB: c\n\nx\n")), mail(crlf("A: b\n\ny\n"))
    told = Model(here.explore(there)).ask_differences()
    assert [one["nodes"] for one in told] == [[0, -1], [0, 0]]
    assert [one["sides"] for one in told] == [[[(2, 2)], []], [[(4, 4)], [(3, 3)]]]
