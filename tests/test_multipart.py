"""What the reference of lesson 06 makes, before three readers, at size and under attack."""

import binascii
import hashlib
import secrets
import time
import tracemalloc
from email import message_from_bytes, policy

import pytest

from smtplab import exercises, mime
from smtplab.solutions import multipart as made

NAMES = ["a b.png", "图片.png", 'q"u\\o.png', "..", "../../x.png", "a" * 300, "你" * 300, " x ",
         "=?utf-8?Q?x?=.png", "a =?utf-8?B?eA==?= b", "x\tY", "a;b=c.png", "%41.png", "'",
         ""]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_name_comes_through_by_the_rules_and_through_two_policies(name: str) -> None:
    octets = made.attachment(b"x" * 2000, name)
    letter = mime.read(octets)
    broken = {one.rule for one in letter.demands} - {"field-missing", "no-mime-version"}
    assert broken <= {"not-in-charset"}  # of a file of octets that is called .txt
    said = mime.read_parameters(letter.root.get("Content-Disposition")).value
    assert said == {"filename": name}
    for rules in (policy.default, policy.compat32):
        found = message_from_bytes(octets, policy=rules).get_filename()
        assert (found or "").strip() == name.strip()  # Python strips what is in quotes


def test_a_mail_as_a_file_is_not_put_into_base64_under_a_type_that_forbids_it() -> None:
    part = mime.read(made.attachment(b"From: a\r\n\r\nb", "letter.eml")).root
    assert part.content_type == "application/octet-stream"
    assert part.content == b"From: a\r\n\r\nb"


def test_the_whole_tree_is_right_for_a_reader_of_rules_and_for_python() -> None:
    picture, archive = bytes(range(256)) * 9, bytes(range(255, -1, -1)) * 7
    octets = made.build_message(
        "you@lab.test", ["lin@lab.test", "sam@lab.test"], "明信片", "Hello\n.\n",
        '<img src="cid:a b.png"><img src=\'cid:a\'><img src="cid:x%20y.gif">'
        "<img src=cid:&amp;.png>",
        [("a b.png", picture), ("a.gif", b"1"), ("x y.gif", b"2"), ("&.png", b"3")],
        [("信件.zip", archive), ("empty.bin", b"")],
    )  # fmt: skip
    message = mime.read(octets)
    assert {one.rule for one in message.demands} == set()
    assert message.root.shape.startswith(
        "mixed(related(alternative(text/plain, text/html), image/png, image/gif, image/gif, "
    )
    parsed = message_from_bytes(octets, policy=policy.default)
    theirs = [part for part in parsed.walk() if not part.is_multipart()]
    ours = message.leaves
    assert len(ours) == len(theirs) == 8
    for mine, yours in zip(ours, theirs, strict=True):
        assert mine.content == yours.get_payload(decode=True)
        assert not yours.defects
    hashes = [hashlib.sha256(part.content).digest() for part in ours]
    assert hashes[2] == hashlib.sha256(picture).digest()
    assert hashes[-2] == hashlib.sha256(archive).digest()
    html = ours[1].content.decode()
    assert "cid:a'" in html  # there is no picture of that name
    for part in (ours[2], ours[4], ours[5]):
        assert f"cid:{part.content_id}" in html


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

    assert min(cost(400_000) for _ in range(2)) < 4 * min(cost(200_000) for _ in range(2))
    small, large = peak(100_000), peak(200_000)
    assert large < 2.5 * small < 2.5 * 20 * 100_000


# What is right is passed, also when it is not what the reference does


@pytest.mark.parametrize("length", [4, 8, 35])
def test_few_random_letters_are_enough(length: int) -> None:
    def choose_boundary(parts: list[bytes]) -> str:
        while True:
            boundary = secrets.token_hex(length)
            if not any(boundary.encode() in part for part in parts):
                return boundary

    assert all(exercises.judge(choose_boundary).passed for _ in range(20))


def test_base64_lines_may_use_what_makes_one_line() -> None:
    def base64_lines(data: bytes) -> bytes:
        blocks = (data[at : at + 57] for at in range(0, len(data), 57))
        return b"".join(binascii.b2a_base64(block, newline=False) + b"\r\n" for block in blocks)

    assert exercises.judge(base64_lines).passed
