"""The mailbox: what arrived, and what a parser makes of it, whatever a client sent."""

import email
import re
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from smtplab.lab import Lab, Mailbox, Message
from smtplab.mime import Part
from smtplab.views import mime
from smtplab.views.mailbox import message_view

from .client import Client
from .letters import crlf

SOON = 5.0  # seconds in which the worst of messages is shown, on a slow and busy machine


def message(raw: bytes) -> Message:
    return Message("you@lab.test", ["lin@lab.test"], raw, 1)


def shown(raw: bytes) -> Message:
    """A message all of which has been looked at, printed, and was there soon."""
    began = time.process_time()
    one = message(raw)
    everything = (
        one.sender, *one.recipients, one.subject, one.text, one.html, *one.defects, repr(one),
        *(text for field in one.headers for text in field),
        *(str(part.filename) for part in one.parts),
        *(str(part.content_id) for part in one.parts),
        *(str(part.charset) for part in one.parts),
        *(str(part.text) for part in one.parts),
    )  # fmt: skip
    "".join(text or "" for text in everything).encode()  # lone surrogates cannot be printed
    assert not any(c in value for field in one.headers for value in field for c in "\r\n\0")
    assert one.raw == raw
    assert time.process_time() - began < SOON
    return one


# What a good message looks like


@pytest.fixture
def letter() -> EmailMessage:
    """Text, HTML with an inline picture, and an attachment with a Chinese name."""
    letter = EmailMessage()
    letter["Subject"] = "Grüße, 你好"
    letter["To"] = "Lin <lin@lab.test>"
    letter.set_content("hello, Lin\n")
    letter.add_alternative('<img src="cid:cat@lab.test">\n', subtype="html")
    html = letter.get_payload()[1]
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG", "image", "png", cid="<cat@lab.test>", disposition="inline")
    letter.add_attachment(b"\0\1\2", "application", "pdf", filename="报告.pdf")
    return letter


def test_a_message_is_taken_apart_into_its_leaves_in_order(letter: EmailMessage) -> None:
    one = shown(letter.as_bytes().replace(b"\n", b"\r\n"))
    assert [part.content_type for part in one.parts] == [
        "text/plain", "text/html", "image/png", "application/pdf",
    ]  # fmt: skip
    assert one.subject == "Grüße, 你好"
    assert (one.text, one.html) == ("hello, Lin\r\n", '<img src="cid:cat@lab.test">\r\n')
    picture, attachment = one.parts[2:]
    assert (picture.content, picture.text) == (b"\x89PNG", None)
    assert (picture.content_id, picture.disposition) == ("cat@lab.test", "inline")
    assert (attachment.content, attachment.filename) == (b"\0\1\2", "报告.pdf")
    assert (attachment.disposition, attachment.content_id) == ("attachment", None)
    assert ("To", "Lin <lin@lab.test>") in one.headers


def test_a_text_that_is_attached_is_not_the_text() -> None:
    one = EmailMessage()
    one.add_attachment("notes\n", filename="notes.txt")
    one.add_attachment("hello\n", disposition="inline")
    assert shown(one.as_bytes()).text == "hello\n"


def test_a_message_without_a_header_is_text() -> None:
    one = shown(b"\r\nhello\r\n")
    assert (one.headers, one.subject, one.text) == ((), "", "hello\r\n")
    assert shown(b"").text == ""


def test_a_decoded_field_stays_on_its_line() -> None:
    one = shown(b"Subject: =?utf-8?q?hello=0D=0ABcc:_sam=40lab.test?=\r\n folded\r\n\r\n")
    assert one.subject == "hello Bcc: sam@lab.test folded"
    assert [name for name, _ in one.headers] == ["Subject"]


def test_a_file_name_is_as_the_message_says_it() -> None:
    one = shown(b'Content-Disposition: attachment; filename="../../x"\r\n\r\nhello')
    assert one.parts[0].filename == "../../x"


# What is out of all measure is read as far as a limit, soon, with what is wrong


def nested(depth: int, name: bytes = b"boundary") -> bytes:
    opening = b'Content-Type: multipart/mixed; %b="b%d"\r\n\r\n--b%d\r\n'
    levels = b"".join(opening % (name, number, number) for number in range(depth))
    return b"Subject: deep\r\n" + levels + b"\r\nhello\r\n"


def siblings(count: int, end: bytes = b"\r\n") -> bytes:
    head = b"Subject: wide\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".replace(
        b"\r\n", end
    )
    return head + b"".join(b"--b" + end * 2 + b"x" + end for _ in range(count)) + b"--b--" + end


FAR_TOO_MUCH = {
    "1,000 nested multiparts": nested(1000),
    "300 nested multiparts": nested(300),
    "1,000 nested, RFC 2231": nested(1000, b"boundary*"),
    "1,000 nested, RFC 2231 in pieces": nested(1000, b"boundary*0"),
    "1,000 nested messages": b"Subject: deep\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    "100,000 parts": siblings(100_000),
    "100,000 parts, LF": siblings(100_000, b"\n"),
    "100,000 parts, CR": siblings(100_000, b"\r"),
    "300,000 fields": b"Subject: wide\r\n" + b"X: y\r\n" * 300_000 + b"\r\nhello\r\n",
    "50,000 parameters": b"Subject: x\r\nContent-Type: text/plain" + b";a=b" * 50_000 + b"\r\n\r\n",
    "20,000 encoded words in a file name": (
        b'Subject: x\r\nContent-Disposition: attachment; filename="'
        + b"=?utf-8?q?=41?=\r\n " * 20_000 + b'"\r\n\r\nhello\r\n'
    ),
    "2,000,000 lines in 40 levels": nested(40) + b"\r\n" * 2_000_000,
}  # fmt: skip


@pytest.mark.parametrize("raw", FAR_TOO_MUCH.values(), ids=FAR_TOO_MUCH.keys())
def test_of_a_message_out_of_all_measure_a_part_is_read_and_the_limit_is_said(raw: bytes) -> None:
    one = shown(raw)
    assert len(one.parts) <= 1_100
    assert one.letter.limits or one.letter.unjudged
    assert one.defects[0] == (one.letter.limits or one.letter.unjudged)[0].sentence
    if not raw.count(b"\r") > raw.count(b"\n"):
        assert one.headers[0][0] == "Subject" and one.subject


LONG_FIELDS = {
    "50,000 addresses": b"To: " + b",\r\n ".join(b"u%d@lab.test" % i for i in range(50_000)),
    "20,000 encoded words": b"X-Long: " + b"=?utf-8?q?=41?=\r\n " * 20_000 + b"end",
    "100 fields of 600 addresses": b"\r\n".join(
        [b"To: " + b", ".join(b"u%d@lab.test" % i for i in range(600))] * 100
    ),
    "quotes": b"To: " + b'"' * 4_900,
    "many fields of quotes": b"\r\n".join([b"To: " + b'"' * 4_900] * 50),
    "brackets": b"To: " + b"<[(" * 1_600,
    "comments": b"MIME-Version: " + b"(" * 4_900,
}


@pytest.mark.parametrize("field", LONG_FIELDS.values(), ids=LONG_FIELDS.keys())
def test_a_field_out_of_all_measure_is_shown_as_it_came(field: bytes) -> None:
    one = shown(field + b"\r\nSubject: hello\r\n\r\nhello, Lin\r\n")
    assert (one.subject, one.text) == ("hello", "hello, Lin\r\n")


def test_a_thousand_parts_are_taken_apart() -> None:
    assert len(shown(siblings(1_000)).parts) == 1_000


def test_a_ten_megabyte_attachment_is_taken_apart() -> None:
    line = b"QUJD" * 19 + b"\r\n"
    one = shown(b"Content-Transfer-Encoding: base64\r\n\r\n" + line * 130_000)
    assert len(one.parts[0].content) == 57 * 130_000


@pytest.mark.parametrize(
    "charset",
    ["x-unknown", "idna", "punycode", "undefined", "base64", "rot13", "unicode_escape", "a\0b"],
)
def test_a_charset_that_is_none_is_a_defect(charset: str) -> None:
    one = shown(b'Content-Type: text/plain; charset="%b"\r\n\r\n\\d \xff\r\n' % charset.encode())
    assert one.text == "\\d \N{REPLACEMENT CHARACTER}\r\n"
    assert "not one that Python knows" in "".join(one.defects)


@pytest.mark.parametrize("charset", ["gbk", "utf-16", "utf-7", "shift_jis", "hz", "latin-1"])
def test_octets_that_are_not_in_their_charset_are_replaced(charset: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert shown(head + b"+2AA-\xff\x80~{\xff").text is not None


def test_a_charset_other_than_ascii_is_undone() -> None:
    head = b"Content-Type: text/plain; charset=gbk\r\n\r\n"
    assert shown(head + "欢迎".encode("gbk")).text == "欢迎"


@pytest.mark.parametrize(
    ("raw", "parts", "defect"),
    [
        (b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhi\r\n", 0, "names no boundary"),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\nhi\r\n", 0,
         "no line of the body is its delimiter"),
        (
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n",
            1,
            "never closed",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: base64\r\n"
            b"\r\n--x\r\n\r\nhi\r\n--x--\r\n",
            1,
            "only its parts can be",
        ),
        (b"Content-Transfer-Encoding: base64\r\n\r\nabc!d\r\n", 1, "strange letter"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nabcde\r\n", 1, "base64"),
        (b"Subject: x\r\nno colon here\r\n\r\nhi\r\n", 1, "no header field"),
        (b" first\r\nSubject: x\r\n\r\nhi\r\n", 1, "no header field"),
        (b"Subject: x\r\n\r\nhi\n", 1, "ends in LF without a CR"),
    ],
)  # fmt: skip
def test_a_defect_is_named_in_words(raw: bytes, parts: int, defect: str) -> None:
    one = shown(raw)
    assert len(one.parts) == parts
    assert any(defect in text for text in one.defects), one.defects


@pytest.mark.parametrize(
    "field",
    [
        b"Message-ID: <\x00", b"To: a:b@c,d;;", b"Cc: g: a@b:; x", b'To: "', b"To: <",
        b"Date: \xff",
        b"Content-Disposition: \x00; \x00", b"Content-Type: ;=;*=;*0*=''", b"Content-ID: \xff",
        b"Content-Type: \xff/\xff; name=\xff", b"Subject: =?x?y?z?=",
        b"Content-Type: text/plain; name*=x-unknown''%ff", b"Content-Transfer-Encoding: \xff \x00",
        b"Subject: =?utf-7?q?+2AA-?=", b"Subject: \xff" + b"x" * 6_000,
    ],
)  # fmt: skip
def test_a_field_that_parsers_choke_on_leaves_the_rest(field: bytes) -> None:
    one = shown(field + b"\r\nX-Last: here\r\n\r\nhello\r\n")
    assert ("X-Last", "here") in one.headers
    assert len(one.parts) == 1
    assert one.parts[0].content == b"hello\r\n"


def test_nothing_is_read_before_somebody_asks() -> None:
    one = message(b"Subject: x\r\n\r\n")
    assert (one.raw, one.sender) == (b"Subject: x\r\n\r\n", "you@lab.test")
    assert not {"letter", "headers", "defects"} & set(vars(one))


@pytest.mark.parametrize("more", [b"", b"Content-Type: text/plain" + b";a=b" * 50_000 + b"\r\n"])
def test_a_list_asks_for_the_header_alone(more: bytes) -> None:
    """Subject, From and To cost the same whatever is beside or below them, and are read once."""
    head = b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nFrom: Lin <lin@lab.test>\r\n"
    big = message(head + more + b"\r\n" + b"x" * 25_000_000)
    began = time.process_time()
    assert (big.subject, big.headers[1]) == ("grüße", ("From", "Lin <lin@lab.test>"))
    assert time.process_time() - began < 0.5
    assert "content" not in vars(big.letter.root) and "_check" not in vars(big.letter)
    assert big.headers is big.headers


@pytest.mark.parametrize(
    ("head", "values"),
    [
        (b"Subject: a\r\n\r\n", ["a"]),
        (b"Subject: a\n\n", ["a"]),
        (b"Subject: a\r\n\nSubject: b\r\n\r\n", ["a"]),
        (b"Subject: a\r\rSubject: b\r\n\r\n", ["a Subject: b"]),  # a CR alone ends no line
        (b"Subject: a\r\nno colon\r\nSubject: b\r\n\r\n", ["a", "b"]),
        (b"Subject : a\r\nX: y\r\n\r\n", ["a", "y"]),
        (b"Subject: a\r\n b\r\n\r\n", ["a b"]),
        (b"\r\nSubject: a\r\n\r\n", []),
        (b"Subject: a\r\n--b\r\n\r\nSubject: b\r\n", ["a"]),
    ],
)
def test_the_header_ends_at_the_first_empty_line_and_nowhere_else(
    head: bytes, values: list[str]
) -> None:
    one = message(head + b"--b\r\nSubject: c\r\n\r\nhello\r\n--b--\r\n")
    assert [value for _, value in one.headers] == values


def test_an_enclosed_message_is_one_part_with_its_name() -> None:
    one = shown(
        crlf("""From: a@b.example
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Do NOT pay the invoice below.
--b
Content-Type: message/rfc822
Content-Disposition: attachment; filename="invoice.eml"

Subject: inner
Content-Type: text/html

<b>PAY NOW</b>
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Status: 5.1.1
--b--
""")
    )
    assert [(part.content_type, part.filename) for part in one.parts] == [
        ("text/plain", None), ("message/rfc822", "invoice.eml"), ("message/delivery-status", None),
    ]  # fmt: skip
    assert (one.html, one.text) == (None, "Do NOT pay the invoice below.")
    assert one.parts[1].content.endswith(b"<b>PAY NOW</b>")


def test_a_message_out_of_all_measure_does_not_keep_the_provider_busy() -> None:
    with Lab() as lab, Client(lab, 25) as client:
        client.deliver(nested(1000))
        began = time.perf_counter()
        assert client.say("NOOP").startswith("250 ")
        assert time.perf_counter() - began < 5
        assert lab.mailbox.wait().subject == "deep"


# The box


def test_the_newest_is_last() -> None:
    box = Mailbox()
    letters = [message(b"%d" % number) for number in range(3)]
    for letter in letters:
        box.add(letter)
    assert (len(box), list(box), box[-1], box[:2]) == (3, letters, letters[2], tuple(letters[:2]))
    assert letters[1] in box and box.index(letters[1]) == 1
    assert repr(box) == "<Mailbox: 3 messages>"
    with pytest.raises(IndexError):
        box[3]


def test_each_message_knows_the_session_that_brought_it() -> None:
    with Lab() as lab:
        for _ in range(2):
            with Client(lab, 25) as client:
                client.deliver(b"hello\r\n")
                client.deliver(b"again\r\n")
        assert [one.session for one in lab.mailbox] == [1, 1, 2, 2]


def test_a_listener_hears_each_message() -> None:
    box, heard = Mailbox(), list[object]()
    box.subscribe(heard.append)
    first = message(b"first")
    box.add(first)
    assert heard == [first]


def test_a_listener_that_raises_costs_no_client_its_reply(
    capfd: pytest.CaptureFixture[str],
) -> None:
    heard: list[Message] = []

    def broken(message: Message) -> None:
        raise RuntimeError("a view is broken")

    with Lab() as lab:
        lab.mailbox.subscribe(broken)
        lab.mailbox.subscribe(heard.append)
        with Client(lab, 25) as client:
            assert client.deliver(b"Subject: x\r\n\r\n").startswith("250 ")
        assert heard == [lab.mailbox.wait()]
    assert capfd.readouterr() == ("", "")


def test_a_listener_may_read_the_box() -> None:
    box, counts = Mailbox(), list[int]()

    def read(message: Message) -> None:
        # Another thread can read meanwhile: the lock is not held.
        reader = threading.Thread(target=lambda: counts.append(len(box[:])))
        reader.start()
        reader.join(5)

    box.subscribe(read)
    box.add(message(b"first"))
    assert counts == [1]


def test_waiting_ends_when_a_message_comes() -> None:
    box, letter = Mailbox(), message(b"hello")
    waiting = threading.Event()
    got: list[Message] = []

    def wait() -> None:
        waiting.set()
        got.append(box.wait(timeout=10, count=2))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    box.add(message(b"first"))
    box.add(letter)
    thread.join()
    assert got == [letter]


def test_waiting_in_vain_says_how_many_came() -> None:
    box = Mailbox()
    box.add(message(b"hello"))
    assert box.wait(timeout=0).raw == b"hello"
    with pytest.raises(TimeoutError, match=r"1 of 3 messages arrived within 0\.01 s"):
        box.wait(timeout=0.01, count=3)


def test_it_can_be_read_while_many_clients_send() -> None:
    failures: list[BaseException] = []

    def send(lab: Lab, number: int) -> None:
        try:
            with Client(lab, 25) as client:
                for turn in range(5):
                    assert client.deliver(b"Subject: %d.%d\r\n\r\n" % (number, turn))[:3] == "250"
        except BaseException as error:
            failures.append(error)

    with Lab() as lab:
        threads = [threading.Thread(target=send, args=(lab, number)) for number in range(10)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert all(one.subject for one in lab.mailbox)
            lab.mailbox[len(lab.mailbox) :]
        subjects = {one.subject for one in lab.mailbox}
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(lab.mailbox) == 50 and len(subjects | {m.subject for m in lab.mailbox}) == 50


def test_the_letters_of_pythons_own_tests_are_read_as_python_reads_them() -> None:
    folder = Path(email.__file__).parents[1] / "test" / "test_email" / "data"
    letters = sorted(folder.glob("msg_*.txt"))
    if not letters:
        pytest.skip("this Python came without its tests, as Debian's does")
    for path in letters:
        raw = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
        one, theirs = Message("", [], raw, 0), email.message_from_bytes(raw)
        assert message_view(one).html() and mime.view(one.explore()).html()
        # Two delimiters in a row have a part between them, of no octets.
        if path.name != "msg_37.txt" and not any(part.defects for part in theirs.walk()):
            assert [*leaves(theirs)] == [(part.content_type, content(part)) for part in one.parts]


def leaves(part: Any) -> Iterator[tuple[str, bytes | None]]:
    """What Python reads: each leaf's type and octets. What an enclosed message has is its own."""
    if part.get_content_maintype() == "multipart":
        for each in part.get_payload():
            yield from leaves(each)
    elif part.get_content_maintype() == "message":
        yield part.get_content_type(), None
    else:
        yield part.get_content_type(), part.get_payload(decode=True)


def content(part: Part) -> bytes | None:
    return None if part.content_type.startswith("message/") else part.content
