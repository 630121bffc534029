"""The strict reader that checks rely on, and what the reference makes, at size and under attack."""

import hashlib
import time
import tracemalloc
from email import message_from_bytes, policy

import pytest

from smtplab.exercises import mime
from smtplab.solutions import multipart as made

HEAD = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def reason(data: bytes) -> str:
    with pytest.raises(mime.Broken) as caught:
        mime.rules(data, "the message")
        for leaf in mime.parse(data, "the message").leaves:
            mime.parameters(leaf.get("Content-Disposition") or "", "Content-Disposition")
            mime.decoded(leaf, "the part")
    assert not caught.value.sentence[0].islower()
    assert caught.value.sentence.endswith((".", "?"))
    return caught.value.reason


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"A: b\n\r\nx", "bare-line-end"),
        (b"A: b\r\n\r\nx\ry", "bare-line-end"),
        (b"A: b\r\n\r\n" + b"x" * 999, "line-too-long"),
        (b"A: " + b"word " * 16 + b"\r\n\r\n", "not-folded"),
        (b"A: \xe4\xbd\xa0\r\n\r\n", "raw-header"),
        (b"no field\r\n\r\n", "no-field"),
        (b"A: b", "no-empty-line"),
        (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n--b--", "no-boundary"),
        (HEAD + b"x", "no-delimiter"),
        (HEAD + b"--b\r\n\r\nx", "not-closed"),
        (HEAD + b"--b\r\n--b--", "nothing-between"),
        (HEAD + b"--b\r\n\r\nx--b--", "glued-delimiter"),
        (b"Content-Type: multipart/mixed; boundary==b\r\n\r\n", "bad-parameter"),
        (b"Content-Disposition: x; filename='a b'\r\n\r\n", "apostrophes"),
        (b"Content-Disposition: x; filename*=\"utf-8''a\"\r\n\r\n", "quoted-extended"),
        (b"Content-Disposition: x; filename*=%41\r\n\r\n", "no-charset"),
        (b"Content-Disposition: x; filename*=utf-8''a/b\r\n\r\n", "not-escaped"),
        (b"Content-Disposition: x; filename*=utf-8''%E4\r\n\r\n", "not-utf-8"),
        (b"Content-Disposition: x; filename*=gbk''%C4\r\n\r\n", "charset"),
        (b"Content-Disposition: x; filename*1=a\r\n\r\n", "numbering"),
        (b"Content-Transfer-Encoding: base64\r\n\r\nVQ==VQ==", "inner-padding"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A" * 80, "long-base64"),
        (b"Content-Transfer-Encoding: base64\r\n\r\n!", "not-base64"),
        (b"\r\n\xe4", "not-7bit"),
        (HEAD.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
         "encoded-multipart"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_with_that_rule(octets: bytes, expected: str) -> None:
    assert reason(octets) == expected


@pytest.mark.parametrize(
    "octets",
    [
        HEAD.replace(b'"b"', b"b") + b"preamble\r\n--b  \r\n\r\nx\r\n--b--\r\nepilogue",
        HEAD.replace(b'"b"', b"'b'") + b"--'b'\r\n\r\nx\r\n--'b'--",
        HEAD.replace(b"; ", b";\r\n ") + b"--b\r\nA: b\r\n\r\nx\r\n--b--",
    ],
)
def test_what_is_legal_is_read_also_where_other_parsers_err(octets: bytes) -> None:
    assert [part.body for part in mime.parse(octets, "it").parts] == [b"x"]


def test_pieces_of_a_parameter_are_put_together_before_they_are_decoded() -> None:
    value = 'attachment; n*1*=%A0; n*0*=UTF-8\'zh\'%E4%BD; n*2=" x"; m="a\\"b"'
    assert mime.parameters(value, "it") == {"n": "你 x", "m": 'a"b'}


NAMES = ["a b.png", "图片.png", 'q"u\\o.png', "..", "../../x.png", "a" * 300, "你" * 300, " x ",
         "=?utf-8?Q?x?=.png", "a =?utf-8?B?eA==?= b", "x\tY", "a;b=c.png", "%41.png", "'",
         ""]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_name_comes_through_by_the_rules_and_through_two_policies(name: str) -> None:
    octets = made.attachment(b"x" * 2000, name)
    mime.rules(octets, "the part")
    part = mime.parse(octets, "the part")
    value = part.get("Content-Disposition")
    assert value is not None
    assert mime.parameters(value, "it")["filename"] == name
    for rules in (policy.default, policy.compat32):
        found = message_from_bytes(octets, policy=rules).get_filename()
        assert (found or "").strip() == name.strip()  # Python strips what is in quotes


def test_a_mail_as_a_file_is_not_put_into_base64_under_a_type_that_forbids_it() -> None:
    part = mime.parse(made.attachment(b"From: a\r\n\r\nb", "letter.eml"), "the part")
    assert part.type == "application/octet-stream"
    assert mime.decoded(part, "the part") == b"From: a\r\n\r\nb"


def test_the_whole_tree_is_right_for_a_reader_of_rules_and_for_python() -> None:
    picture, archive = bytes(range(256)) * 9, bytes(range(255, -1, -1)) * 7
    octets = made.build_message(
        "you@lab.test", ["lin@lab.test", "sam@lab.test"], "明信片", "Hello\n.\n",
        '<img src="cid:a b.png"><img src=\'cid:a\'><img src="cid:x%20y.gif">'
        "<img src=cid:&amp;.png>",
        [("a b.png", picture), ("a.gif", b"1"), ("x y.gif", b"2"), ("&.png", b"3")],
        [("信件.zip", archive), ("empty.bin", b"")],
    )  # fmt: skip
    mime.rules(octets, "the message")
    tree = mime.parse(octets, "the message")
    assert str(tree).startswith(
        "mixed(related(alternative(text/plain, text/html), image/png, image/gif, image/gif, "
    )
    parsed = message_from_bytes(octets, policy=policy.default)
    theirs = [part for part in parsed.walk() if not part.is_multipart()]
    ours = tree.leaves
    assert len(ours) == len(theirs) == 8
    for mine, yours in zip(ours, theirs, strict=True):
        assert mime.decoded(mine, "it") == yours.get_payload(decode=True)
        assert not yours.defects
    hashes = [hashlib.sha256(mime.decoded(part, "it")).digest() for part in ours]
    assert hashes[2] == hashlib.sha256(picture).digest()
    assert hashes[-2] == hashlib.sha256(archive).digest()
    html = mime.decoded(ours[1], "it").decode()
    assert "cid:a'" in html  # there is no picture of that name
    for part in (ours[2], ours[4], ours[5]):
        assert f"cid:{(part.get('Content-ID') or '')[1:-1]}" in html


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: x"},
        {"sender": "you@lab.test\r\nBcc: x"},
        {"recipients": ["a@b\nBcc: x@y"]},
        {"recipients": []},
        {"recipients": ["a" * 300 + "@lab.test"]},
        {"attachments": [("a\nb", b"")]},
        {"attachments": [("a\ud800", b"")]},
        {"inline": [("a\r.png", b"")]},
        {"inline": [("a.txt", b"")]},
        {"inline": [("a.png", b""), ("a.png", b"")]},
        {"inline": [("a.png", b"")], "html": None},
        {"text": "\ud800"},
        {"subject": "\ud800"},
        {"html": "\ud800"},
    ],
)
def test_what_cannot_be_sent_is_a_value_error(change: dict[str, object]) -> None:
    good = {"sender": "you@lab.test", "recipients": ["lin@lab.test"], "subject": "Hi",
            "text": "Hello", "html": "<p>"}  # fmt: skip
    with pytest.raises(ValueError):
        made.build_message(**{**good, **change})


def test_time_and_memory_of_an_attachment_grow_with_its_size_and_no_faster() -> None:
    def cost(size: int) -> float:
        began = time.thread_time()
        made.build_message("a@b.test", ["c@d.test"], "", "", None, [], [("a.bin", bytes(size))])
        return time.thread_time() - began

    def peak(size: int) -> int:
        tracemalloc.start()
        try:
            cost(size)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert min(cost(2_000_000) for _ in range(2)) < 4 * min(cost(1_000_000) for _ in range(2))
    small, large = peak(100_000), peak(200_000)
    assert large < 2.5 * small < 2.5 * 20 * 100_000
