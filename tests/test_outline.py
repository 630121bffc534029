"""Where things stand in a message, and where two messages differ: real ones, and hostile ones."""

import base64
import random
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, compat32
from typing import Any

import pytest

from smtplab.lab import Lab, Message, Outline
from smtplab.lab import outline as module
from smtplab.lab.outline import Lines


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def message(text: str) -> Message:
    return Message("", (), crlf(text), 0)


LETTER = crlf("""From: you@lab.test
Subject: =?utf-8?B?5L2g5aW9?=
 =?utf-8?Q?_=C3=BC?=
Content-Type: multipart/mixed; boundary="cut here"

Before the parts.
--cut here
Content-Type: multipart/alternative;
 boundary=inner

--inner

plain
--inner
Content-Type: text/html; charset=utf-8

<p>
--inner--
--cut here\t
Content-Type: application/zip
Content-Disposition: attachment; filename*0*=utf-8''%E4%BD%A0; filename*1="a b.zip"
Content-Transfer-Encoding: base64

AAAA
--cut here--
After them.
""")


def test_a_letter_comes_apart_where_the_rules_cut_it() -> None:
    outline = Outline(LETTER)
    found = [(n.name, n.type, LETTER[n.body : n.end]) for n in outline.nodes]
    assert [(name, kind) for name, kind, _ in found] == [
        ("", "multipart/mixed"), ("1", "multipart/alternative"), ("1.1", "text/plain"),
        ("1.2", "text/html"), ("2", "application/zip"),
    ]  # fmt: skip
    assert [body for _, _, body in found[2:]] == [b"plain", b"<p>", b"AAAA"]
    last = outline.nodes[-1]
    assert (last.disposition, last.filename) == ("attachment", "你a b.zip")
    assert (last.encoding, outline.content(last)) == ("base64", b"\0\0\0")
    assert outline.limits == ()


def test_every_octet_belongs_to_one_span_and_every_span_says_what_it_is() -> None:
    outline = Outline(LETTER)
    starts = [span.start for span in outline.spans]
    assert starts == sorted(set(starts)) and starts[0] == 0
    said = {span.kind: LETTER[span.start : outline.end(span)] for span in outline.spans}
    assert said["preamble"] == b"Before the parts.\r\n"
    assert said["epilogue"] == b"After them.\r\n"
    assert said["delimiter"] == b"\r\n--cut here--\r\n"
    assert said["empty"] == b"\r\n"
    assert outline.nodes[outline.span(LETTER.index(b"<p>")).node].type == "text/html"
    field = outline.span(LETTER.index(b"=C3=BC"))
    assert outline.nodes[0].fields[field.field].name == "Subject"


def test_fields_are_decoded_as_a_reader_shows_them() -> None:
    outline = Outline(LETTER)
    fields = {f.name: outline.decoded(f) for node in outline.nodes for f in node.fields}
    assert fields["Subject"] == "你好 ü"
    assert fields["Content-Disposition"] == 'attachment; filename="你a b.zip"'
    assert fields["From"] == "you@lab.test"


@pytest.mark.parametrize("value", ["=?utf-8?B?x?=", "=?x-none?B?5L2g?=", "=?utf-16?Q?=D8?=",
                                   "=?idna?Q?xn--a?=", "=?utf-8?B?7aCA?="])  # fmt: skip
def test_what_cannot_be_decoded_is_still_a_line(value: str) -> None:
    outline = Outline(crlf(f"Subject: {value}\n\n"))
    outline.decoded(outline.root.fields[0]).encode()


def test_python_s_own_parser_finds_the_same_leaves() -> None:
    mail = EmailMessage()
    mail["Subject"] = "x"
    mail.set_content("Hello\n")
    mail.add_alternative("<p>", subtype="html")
    mail.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<a@b.c>")  # type: ignore
    mail.add_attachment(bytes(500), "application", "zip", filename="信件 (1).zip")
    inner = EmailMessage()
    inner.set_content("forwarded")
    mail.add_attachment(inner)
    raw = mail.as_bytes(policy=SMTP)
    outline = Outline(raw)
    theirs = [(p.get_content_type(), p.get_payload(decode=True))
              for p in message_from_bytes(raw, policy=compat32).walk()
              if not p.is_multipart()]  # fmt: skip
    ours = [(n.type, outline.content(n)) for n in outline.nodes if not n.children]
    assert ours == theirs
    assert [n.filename for n in outline.nodes if n.filename] == ["信件 (1).zip"]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Content-Type: multipart/mixed; boundary='b'\n\n--b\n\nx\n--b--\n", ["multipart/mixed"]),
        ("Content-Type: multipart/mixed\n\n--b\n\nx\n", ["multipart/mixed"]),
        ("Content-Type: multipart/x; boundary=b\n\n--b\n\nx", ["multipart/x", "text/plain"]),
        ("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n",
         ["multipart/digest", "message/rfc822", "text/plain"]),
        ("Content-Type: multipart/mixed; boundary=b\n\n--bc\n\nx--b\n--b--\n", ["multipart/mixed"]),
        ("no field\n\nbody", ["text/plain"]),
        ("", ["text/plain"]),
        ("\n", ["text/plain"]),
    ],
)  # fmt: skip
def test_what_is_broken_has_a_tree_too(text: str, tree: list[str]) -> None:
    assert [node.type for node in Outline(crlf(text)).nodes] == tree


@pytest.mark.parametrize("raw", [LETTER, LETTER.replace(b"\r\n", b"\n"), b"\n" * 40_000, b"", b"x",
                                 b"a\rb\r\n" * 9_000 + b"end"])  # fmt: skip
def test_lines_are_numbered_without_a_list_of_them(raw: bytes) -> None:
    lines = Lines(raw)
    whole = raw.split(b"\n")
    expected = [line + b"\n" for line in whole[:-1]] + ([whole[-1]] if whole[-1] else [])
    assert [raw[start:end] for start, end in lines.take(0, 10**6)] == expected
    assert lines.count == len(expected)
    random.seed(1)
    for number in random.sample(range(lines.count), min(50, lines.count)):
        [(start, end)] = lines.take(number, 1)
        assert lines.start(number) == start
        assert lines.number(start) == lines.number(end - 1) == number
    assert lines.start(lines.count + 9) == len(raw)


HEAD = b"Content-Type: multipart/mixed; boundary=b"
NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_000)
)
HOSTILE = {
    "nested": (NESTED, "depth"),
    "nested-and-big": (NESTED + b"x" * 5_000_000, "depth"),
    "rfc822": (b"Content-Type: message/rfc822\r\n\r\n" * 1_000, "depth"),
    "parts": (HEAD + b"\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000, "parts"),
    "delimiters-in-a-line": (HEAD + b"\r\n\r\n" + b"--b" * 2_000_000, "looks"),
    "hyphens": (HEAD + b"\r\n\r\n" + b"--\r\n" * 2_000_000, ""),
    "addresses": (b"To: " + b"a@b.c, " * 50_000 + b"\r\n\r\n", ""),
    "folds": (b"To: a\r\n" + b" b\r\n" * 1_000_000 + b"\r\n", "header lines"),
    "fields": (b"A: b\r\n" * 1_000_000 + b"\r\n", "fields"),
    "words": (b"Subject: " + b"=?utf-8?B?5L2g?= " * 20_000 + b"\r\n\r\n", ""),
    "quotes": (HEAD + b';a="' * 20_000 + b"\r\n\r\n", ""),
    "stars": (HEAD + b';a*1*="x"' * 20_000 + b"\r\n\r\n", ""),
    "one-line": (b"To: x\r\n\r\n" + b"x" * 1_000_000, ""),
    "line-ends": (b"\r\n" * 5_000_000, ""),
    "nul": (HEAD + b"\0\r\n\r\n--b\0\r\n\r\n\0\r\r--b\0--", ""),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_taken_apart_in_no_time_and_limits_are_said(name: str) -> None:
    raw, limit = HOSTILE[name]
    began = time.monotonic()
    outline = Outline(raw)
    assert outline.spans and outline.lines.count
    for node in outline.nodes:
        for field in node.fields[:50]:
            outline.decoded(field)
    assert time.monotonic() - began < 3  # 0.2 s on an idle machine
    assert len(outline.nodes) <= module.MAX_NODES
    assert [what for what, _ in outline.limits] == ([limit] if limit else [])


def test_twenty_five_megabytes_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    body = base64.encodebytes(bytes(18_000_000)).replace(b"\n", b"\r\n")
    began = time.monotonic()
    outline = Outline(HEAD + b"\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
                      + b"--b--\r\n")  # fmt: skip
    assert outline.lines.count > 300_000
    assert time.monotonic() - began < 2  # 0.03 s on an idle machine
    assert len(outline.nodes) == 2


# A message that was not sent


def test_a_message_can_be_looked_at_before_it_is_sent() -> None:
    with Lab() as lab:
        message = lab.read(LETTER)
        assert message.raw == LETTER
        assert (message.sender, message.recipients, message.session) == ("", (), 0)
        assert len(lab.mailbox) == 0
        assert lab.read(bytearray(LETTER)).raw == LETTER
        mail: Any
        for mail in ("From: x", EmailMessage()):
            with pytest.raises(TypeError, match="octets of a message"):
                lab.read(mail)


def test_exploring_gives_one_object_for_as_long_as_the_message_is_there() -> None:
    one, other = message("A: b\n\nx"), message("A: c\n\nx")
    assert one.explore() is one.explore()
    assert one.explore(other) is one.explore(other)
    assert one.explore() is not one.explore(other)
    assert one.explore(other).messages == (one, other)
    anything: Any = b"A: c"
    with pytest.raises(TypeError, match=r"lab\.read"):
        one.explore(anything)


# Where two messages differ


def differences(here: str, there: str) -> list[tuple[str, str, list[bytes], list[bytes]]]:
    one, other = message(here), message(there)
    return [
        (d.kind, d.name, [one.raw[a:b] for a, b in d.here], [other.raw[a:b] for a, b in d.there])
        for d in one.explore(other).differences
    ]


def test_a_message_differs_from_itself_in_nothing() -> None:
    one = Message("", (), LETTER, 0)
    assert one.explore().differences == ()
    assert one.explore(Message("", (), LETTER, 0)).differences == ()


def test_fields_differ_by_what_they_say_and_not_by_how_they_are_folded() -> None:
    found = differences("From: a\nDate: x\nTo: b c\n\n", "From: a\nTo: b\n c\nSubject: y\n\n")
    assert found == [("field", "Date", [b"Date: x\r\n"], []),
                     ("field", "Subject", [], [b"Subject: y\r\n"])]  # fmt: skip


def test_a_boundary_that_differs_alone_is_said_to() -> None:
    letter = "Content-Type: multipart/mixed; boundary={0}\n\n--{0}\n\nx\n--{0}--\n"
    assert [d[:2] for d in differences(letter.format("x"), letter.format("mix"))] == [
        ("boundary", "Content-Type")
    ]
    other = letter.replace("mixed", "related").format("y")
    assert [d[0] for d in differences(letter.format("x"), other)] == ["field"]


def test_contents_are_compared_decoded_and_texts_line_by_line() -> None:
    said = "Content-Transfer-Encoding: {}\n\n{}"
    same = differences(said.format("quoted-printable", "=48ello\n"), said.format("7bit", "Hello\n"))
    assert [d[:2] for d in same] == [("field", "Content-Transfer-Encoding")]
    found = differences("A: b\n\none\ntwo\nthree\nfour\n", "A: b\n\none\n2\nthree\nfour\nfive\n")
    assert found == [("content", "text/plain", [b"two\r\n"], [b"2\r\n", b"five\r\n"])]


def test_a_part_that_moved_is_the_same_part_in_another_place() -> None:
    here = ("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: image/png\n\nPNG\n"
            "--a\nContent-Type: text/html\n\nx\n--a--\n")  # fmt: skip
    there = ("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
             "Content-Type: multipart/related; boundary=b\n\n"
             "--b\nContent-Type: image/png\n\nPNG\n--b--\n"
             "--a\nContent-Type: text/html\n\nx\n--a--\n")  # fmt: skip
    assert [d[:2] for d in differences(here, there)] == [
        ("place", "image/png"), ("part", "multipart/related"),
    ]  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_compared_in_bounded_time(name: str) -> None:
    raw, _ = HOSTILE[name]
    one = Message("", (), raw, 0)
    began = time.monotonic()
    assert one.explore(Message("", (), raw[:-40] + b"y" * 30, 0)).differences is not None
    assert one.explore(Message("", (), LETTER, 0)).differences is not None
    assert time.monotonic() - began < 6
