"""The reader of letters: where things stand, what they mean, and how much of a letter is read."""

import base64
import random
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, compat32

import pytest

from smtplab import mime
from smtplab.mime import checks, tree
from smtplab.mime.lines import Lines
from smtplab.mime.rules import RULES

from .letters import crlf

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


# Where things stand


def test_a_letter_comes_apart_where_the_rules_cut_it() -> None:
    letter = mime.read(LETTER)
    found = [(one.name, one.content_type, LETTER[one.body : one.end]) for one in letter.parts]
    assert [(name, kind) for name, kind, _ in found] == [
        ("", "multipart/mixed"), ("1", "multipart/alternative"), ("1.1", "text/plain"),
        ("1.2", "text/html"), ("2", "application/zip"),
    ]  # fmt: skip
    assert [body for _, _, body in found[2:]] == [b"plain", b"<p>", b"AAAA"]
    assert letter.leaves == letter.parts[2:]
    assert letter.root.shape == "mixed(alternative(text/plain, text/html), application/zip)"
    last = letter.parts[-1]
    assert (last.disposition, last.filename) == ("attachment", "你a b.zip")
    assert (last.encoding, last.content, last.text) == ("base64", b"\0\0\0", None)
    assert letter.limits == ()


def test_every_octet_belongs_to_one_span_and_every_span_says_what_it_is() -> None:
    letter = mime.read(LETTER)
    starts = [span.start for span in letter.spans]
    assert starts == sorted(set(starts)) and starts[0] == 0
    ends = [*starts[1:], len(LETTER)]
    said = {one.kind: LETTER[one.start : end] for one, end in zip(letter.spans, ends, strict=True)}
    assert said["preamble"] == b"Before the parts.\r\n"
    assert said["epilogue"] == b"After them.\r\n"
    assert said["delimiter"] == b"\r\n--cut here--\r\n"
    assert said["empty"] == b"\r\n"
    assert letter.parts[letter.span(LETTER.index(b"<p>")).part].content_type == "text/html"
    field = letter.span(LETTER.index(b"=C3=BC"))
    assert letter.parts[0].fields[field.field].name == "Subject"


def test_fields_are_decoded_as_a_reader_shows_them() -> None:
    fields = {one.name: one.decoded for part in mime.read(LETTER).parts for one in part.fields}
    assert fields["Subject"] == "你好 ü"
    assert fields["Content-Disposition"] == 'attachment; filename="你a b.zip"'
    assert fields["From"] == "you@lab.test"


@pytest.mark.parametrize(
    "value",
    ["=?utf-8?B?x?=", "=?x-none?B?5L2g?=", "=?utf-16?Q?=D8?=", "=?idna?Q?xn--a?=",
     "=?utf-8?B?7aCA?=", "=?utf-7?q?+2AA-?="],
)  # fmt: skip
def test_what_cannot_be_decoded_is_still_a_line(value: str) -> None:
    mime.read(crlf(f"Subject: {value}\n\n")).root.fields[0].decoded.encode()


def test_python_s_own_parser_finds_the_same_leaves() -> None:
    mail = EmailMessage()
    mail["Subject"] = "x"
    mail.set_content("Hello\n")
    mail.add_alternative("<p>", subtype="html")
    mail.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<a@b.c>")  # type: ignore
    mail.add_attachment(bytes(500), "application", "zip", filename="信件 (1).zip")
    raw = mail.as_bytes(policy=SMTP)
    theirs = [(p.get_content_type(), p.get_payload(decode=True))
              for p in message_from_bytes(raw, policy=compat32).walk()
              if not p.is_multipart()]  # fmt: skip
    ours = [(part.content_type, part.content) for part in mime.read(raw).leaves]
    assert ours == theirs
    assert [part.filename for part in mime.read(raw).leaves if part.filename] == ["信件 (1).zip"]


@pytest.mark.parametrize(
    ("text", "types"),
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
def test_what_is_broken_has_a_tree_too(text: str, types: list[str]) -> None:
    assert [part.content_type for part in mime.read(crlf(text)).parts] == types


def test_line_breaks_at_the_ends_of_a_part_are_its_own_but_for_one() -> None:
    head = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    letter = mime.read(head + b"\r\n--b\r\n\r\n\r\none\r\n\r\n--b \r\n\r\ntwo\r\n--b--")
    assert [leaf.content for leaf in letter.leaves] == [b"\r\none\r\n", b"two"]
    assert letter.leaves[0].octets == b"\r\n\r\none\r\n"


def test_a_field_may_stand_twice_and_its_name_may_have_any_case() -> None:
    part = mime.read(b"to: a\r\nTO: b\r\n\tc\r\n\r\n").root
    assert [one.value for one in part.all("To")] == ["a", "b\tc"]
    assert (part.get("To"), part.get("From"), part.content_type, part.encoding) == (
        "a", "", "text/plain", "7bit",
    )  # fmt: skip


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


# What values mean


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Re: =?utf-8?B?5L2g?= \t=?UTF-8?b?5aW9?= , =?utf-8?B?5L2g?=", "Re: 你好 , 你"),
        ("Größe 你 =?utf-8?B?w6k=?=", "Größe 你 é"),
        ("=?utf-8?B?ww==?= =?utf-8?B?qQ==?=", "é"),  # put together, as kind programs do
        ("=?gb2312?B?1uzpRrv5?=", "朱镕基"),  # 镕 is in GBK alone
        ("=?utf-8*de?Q?gr=C3=BC=c3=9Fe_?=x", "grüße x"),
        ("=?iso-8859-1?Q?=FC?= =?utf-8?Q?=C3=BC?=", "üü"),
        ("=?x-none?B?5L2g?= x", "=?x-none?B?5L2g?= x"),
        ("=?utf-8?X?5L2g?=", "=?utf-8?X?5L2g?="),
        ("=?utf-8?B?5L 2g?=", "=?utf-8?B?5L 2g?="),
    ],
)
def test_encoded_words_are_read_beside_whatever_else_stands_there(value: str, read: str) -> None:
    assert mime.decode_words(value).value == read


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        ('attachment; n*1*=%A0; n*0*=UTF-8\'zh\'%E4%BD; n*2=" x"; m="a\\"b"',
         {"n": "你 x", "m": 'a"b'}),
        ("text/plain; charset=us-ascii (Plain text)", {"charset": "us-ascii"}),
        ("x; filename=a(1).zip", {"filename": "a(1).zip"}),
        ('x; filename="a (1).zip" (a comment (in it))', {"filename": "a (1).zip"}),
        ("x; boundary=----=_Next_1", {"boundary": "----=_Next_1"}),
        ("x; filename=two words.zip; b=c", {"filename": "two words.zip", "b": "c"}),
        ("x;; a=b;", {"a": "b"}),
        ("x; a=first; a=second", {"a": "first"}),
        ("x; filename=plain; filename*=utf-8''%C3%BC", {"filename": "ü"}),
        ("x; filename*=gb2312''%D6%EC%E9F", {"filename": "朱镕"}),
        ("x; filename=\"=?utf-8?B?5L2g?=.txt\"", {"filename": "你.txt"}),
        ("x; filename='a b'", {"filename": "'a b'"}),
        ("x; n*0=a; n*2=c", {"n": "ac"}),
        ("x", {}),
    ],
)  # fmt: skip
def test_parameters_are_put_together_and_decoded(value: str, parameters: dict[str, str]) -> None:
    assert mime.read_parameters(value).value == parameters


def test_a_long_name_in_many_short_pieces_is_read_to_its_end() -> None:
    pieces = [f"filename*{number}*=%E4%BD%A0" for number in range(300)]
    pieces[0] = "filename*0*=utf-8''%E4%BD%A0"
    assert mime.read_parameters("; ".join(["attachment", *pieces])).value == {
        "filename": "你" * 300
    }


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64 (of course)", "QUFB\nQQ==\n", b"AAAA"),
        ("BASE64 ", "QUFBQQ==", b"AAAA"),
        ("base64", "QU!FB\n", b"AAA"),
        ("base64", "QQ==\nQUFB\n", b"A"),  # the first padding is the end
        ("base64", "QUFB=\nQUFB\n", b"AAAAAA"),  # this one completes no group
        ("base64", "QUFBQ", b"AAA"),
        ("base64", "QUFBQUE", b"AAAAA"),
        ("quoted-printable", "a=\nb=3D\nc=20\n", b"ab=\r\nc \r\n"),
        ("7bit (x)", "x", b"x"),
        ("utf-8", "x", b"x"),
    ],
)
def test_bodies_are_undone_as_a_patient_reader_has_them(
    encoding: str, body: str, content: bytes
) -> None:
    raw = crlf(f"Content-Transfer-Encoding: {encoding}\n\n{body}")
    assert mime.read(raw).root.content == content


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Wed, 04 May 2016 09:30:00 +0200", "2016-05-04T09:30:00+02:00"),
        ("wed,  4 may 2016 09:30 -0000 (no zone (known))", "2016-05-04T09:30:00+00:00"),
        ("4 May 16 09:30:00 GMT", "2016-05-04T09:30:00+00:00"),
        ("4 May 2016 09:30:60 EST", "2016-05-04T09:30:59-05:00"),
        ("Thu, 04 May 2016 09:30:00 +0200", "2016-05-04T09:30:00+02:00"),
        ("31 Feb 2016 09:30:00 +0000", None),
        ("", None),
        ("today", None),
        ("Wed May  4 09:30:00 2016", None),
        ("2016-05-04 09:30", None),
        ("4 Mai 2016 09:00 +0000", None),
    ],
)
def test_a_date_of_a_letter_is_a_moment(value: str, moment: str | None) -> None:
    date = mime.read_date(value).value
    assert (None if date is None else date.isoformat()) == moment


def test_a_text_says_what_it_is_in_its_charset_or_as_near_as_can_be() -> None:
    def text(charset: str, octets: bytes) -> str | None:
        raw = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + octets
        return mime.read(raw).root.text

    assert text("gbk", "欢迎".encode("gbk")) == "欢迎"
    assert text("gb2312", "朱镕基".encode("gbk")) == "朱镕基"
    assert text("x-unknown", b"a\xff") == "a\ufffd"
    assert text("utf-7", b"+2AA-") == "?"  # a lone surrogate, which nothing can print


# How much is read


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
    "folds": (b"To: a\r\n" + b" b\r\n" * 1_000_000 + b"\r\n", ""),
    "fields": (b"A: b\r\n" * 1_000_000 + b"\r\n", "fields"),
    "words": (b"Subject: " + b"=?utf-8?B?5L2g?= " * 20_000 + b"\r\n\r\n", ""),
    "quotes": (HEAD + b';a="' * 20_000 + b"\r\n\r\n", ""),
    "stars": (HEAD + b';a*1*="x"' * 20_000 + b"\r\n\r\n", ""),
    "comments": (HEAD + b"(" * 100_000 + b"\r\n\r\n", ""),
    "pads": (b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 500_000, ""),
    "equals": (b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * 500_000, ""),
    "one-line": (b"To: x\r\n\r\n" + b"x" * 1_000_000, ""),
    "line-ends": (b"\r\n" * 5_000_000, ""),
    "nul": (HEAD + b"\0\r\n\r\n--b\0\r\n\r\n\0\r\r--b\0--", ""),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_taken_apart_in_no_time_and_limits_are_said(name: str) -> None:
    raw, limit = HOSTILE[name]
    began = time.process_time()
    letter = mime.read(raw)
    assert letter.spans and letter.lines.count
    for part in letter.parts:
        assert part.content is not None
        for field in part.fields[:50]:
            field.decoded.encode()
    assert time.process_time() - began < 5  # 0.3 s on an idle machine
    assert len(letter.parts) <= tree.MAX_PARTS
    assert [one.what for one in letter.limits] == ([limit] if limit else [])
    assert all(one.sentence.endswith(".") for one in letter.limits)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_judged_in_bounded_time(name: str) -> None:
    began = time.process_time()
    letter = mime.read(HOSTILE[name][0])
    assert all(one.sentence and one.start <= one.end for one in letter.demands)
    assert time.process_time() - began < 5
    assert len(letter.violations) <= checks.MAX_ALIKE * len(RULES)
    assert all(one.sentence.endswith(".") for one in letter.unjudged)


def test_twenty_five_megabytes_are_passed_over() -> None:
    body = base64.encodebytes(bytes(18_000_000)).replace(b"\n", b"\r\n")
    began = time.process_time()
    letter = mime.read(HEAD + b"\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
                       + b"--b--\r\n")  # fmt: skip
    assert letter.lines.count > 300_000
    assert time.process_time() - began < 2  # 0.03 s on an idle machine
    assert len(letter.parts) == 2


def test_whatever_octets_come_the_reader_raises_nothing() -> None:
    random.seed(3)
    signs = b"\r\n\t ;:=\"'()<>?*%-_\\\x00\xe4\xff" + b"abB"
    for _ in range(300):
        raw = bytearray(LETTER)
        for _ in range(random.randrange(1, 12)):
            at = random.randrange(len(raw))
            raw[at : at + random.randrange(3)] = bytes(random.choices(signs, k=random.randrange(4)))
        letter = mime.read(bytes(raw))
        assert all(one.sentence and one.look is not None for one in letter.demands)
        for part in letter.parts:
            str((part.content, part.text, part.filename, part.content_id)).encode()
            assert all(field.decoded is not None for field in part.fields)
