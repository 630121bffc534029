"""The specimen of lesson 07: it dies as the lesson says, and each group mended shows.

`python -m tests.test_autopsy` prints the ten steps.
"""

import io
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from smtplab import exercises
from smtplab.lab import Lab, faults
from smtplab.solutions import autopsy as mended
from smtplab.solutions.dialogue import ReplyError, command, deliver, read_reply
from smtplab.solutions.sockets import LineReader

from . import cells
from .client import Client

LESSON = next(lesson for lesson in exercises.LESSONS if lesson.slug == "autopsy")
YOU, LIN = "you@lab.test", "lin@lab.test"


def text_of(name: str) -> str:
    """The text of one of the notebook's cells."""
    (text,) = [cells.source(c) for c in cells.load(LESSON)["cells"] if c["id"] == name]
    return text


@contextmanager
def specimen(folder: Path) -> Iterator[dict[str, Any]]:
    """The names of the notebook's first cell, run here: the script, and what it mails."""
    texts = [text_of("imports"), "from old_mailer import old_tls"]
    with warnings.catch_warnings():
        # What the script writes is as old as the script.
        warnings.filterwarnings("ignore", "ssl.PROTOCOL_TLS is deprecated")
        with redirect_stdout(io.StringIO()):
            names = cells.run_here(texts, folder)
        with names["old_days"], names["today"]:
            yield names


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    folder = cells.folder_for(tmp_path)
    monkeypatch.chdir(folder)
    with specimen(folder) as names:
        yield names


def post(old: dict[str, Any], mail: bytes, provider: Lab | None = None) -> str:
    """Send a letter the old way; return what the script prints."""
    with redirect_stdout(io.StringIO()) as said:
        old["post"](mail, provider or old["old_days"])
    return said.getvalue()


def score(old: dict[str, Any], mail: bytes, *sessions: Any) -> dict[str, str]:
    """The score as a mapping from fault to state."""
    rows = mended.score(mail, *(sessions or [old["old_days"].transcript[-1]])).splitlines()[:-1]
    return {row[8:42].strip(): row[:8].strip() for row in rows}


@dataclass
class Seen:
    """What a step brought to light."""

    what: str
    said: str
    mail: bytes
    lab: Lab
    arrived: int

    def __str__(self) -> str:
        message = self.lab.mailbox[-1] if self.arrived else None
        lines = [f"last words of the script: {self.said.strip().splitlines()[-1]}"]
        if message is None:
            return "\n".join([*lines, "mailbox: nothing"])
        lines.append(f"mailbox: {len(message.parts)} parts, defects: {message.defects}")
        for part in message.parts:
            lines.append(
                f"  {part.content_type}, name {part.filename!r}, {part.disposition}, "
                f"cid {part.content_id}, charset {part.charset}, {len(part.content)} octets"
            )
        table = mended.score(self.mail, self.lab.transcript[-1])
        return "\n".join([*lines, table.splitlines()[-1]])


def by_the_reference(lab: Lab, mail: bytes) -> str:
    """Send a letter to port 25 with the functions of lesson 02; return the last reply."""
    with Client(lab, 25, greeted=False) as client:
        reader = LineReader(client.sock)
        read_reply(reader)
        command(client.sock, reader, "EHLO client.lab.test", 250)
        try:
            deliver(client.sock, reader, YOU, [LIN], mail)
        except ReplyError as error:
            return f"refused: {error}"
    return "taken"


def new_talk(lab: Lab, mail: bytes, connect: Callable[..., Any] = mended.repaired_tls) -> str:
    account = lab.account
    with connect(lab.address(465), lab.hostname, lab.ca_file, 10) as sock:
        mended.repaired_dialogue(
            sock, account.address, account.authorization_code, YOU, LIN, mail
        )  # fmt: skip
    return "taken"


def ten_steps(old: dict[str, Any]) -> Iterator[Seen]:
    """The autopsy as a reader makes it: mend one thing, send, look."""
    letter, old_days, today = old["letter"], old["old_days"], old["today"]

    def seen(what: str, mail: bytes, lab: Lab, send: Callable[[], str]) -> Seen:
        before = len(lab.mailbox)
        said = send()
        return Seen(what, said, mail, lab, len(lab.mailbox) - before)

    def the_old_way(what: str, lab: Lab = old_days, **pieces: Any) -> Seen:
        mail = letter(**pieces)
        return seen(what, mail, lab, lambda: post(old, mail, lab))

    pieces: dict[str, Any] = {}
    yield the_old_way("as it was found, to a server of its days")
    pieces["boundary"] = mended.repaired_boundary
    yield the_old_way("the boundary mended", **pieces)
    quick = pieces | {"encoding": old["base64"].b64encode}
    yield the_old_way("the file encoded as a whole, in one line", **quick)
    mail = letter(**quick)
    yield seen("the same letter to today's", mail, today, lambda: by_the_reference(today, mail))
    pieces["encoding"] = mended.repaired_encoding
    yield the_old_way("the encoding mended", **pieces)
    pieces |= {"names": mended.repaired_names, "name": "postcard.png", "cid": "card@lab.test"}
    yield the_old_way("the names mended", **pieces)
    pieces["whole"] = mended.repaired_letter
    yield the_old_way("the letter mended", **pieces)
    yield the_old_way("the right letter and the old talk, to today's", today, **pieces)
    right = letter(**pieces)
    old_tls = old["old_tls"]
    yield seen("the talk mended", right, today, lambda: new_talk(today, right, old_tls))
    yield seen("the connection mended", right, today, lambda: new_talk(today, right))


# The ten steps


def test_each_group_mended_changes_what_is_seen(old: dict[str, Any]) -> None:
    picture, archive = old["picture"], old["archive"]
    steps = ten_steps(old)

    step = next(steps)  # an empty shell, and nobody says so
    message = step.lab.mailbox[-1]
    assert "250 2.0.0 Queued" in step.said.splitlines()[-2]
    assert step.said.splitlines()[-1] == "sent"
    assert message.parts == ()
    assert not message_from_bytes(message.raw).is_multipart()

    step = next(steps)  # parts, and none of the two files is whole
    parts = step.lab.mailbox[-1].parts
    assert [p.content_type for p in parts] == ["text/html", "image/gif", "application/octet-stream"]
    for part, data in zip(parts[1:], (picture, archive), strict=True):
        assert len(data) > 1024
        assert part.content[:1024] == data[:1024]
        assert part.content != data

    step = next(steps)  # whole, at a server that keeps long lines
    assert [p.content for p in step.lab.mailbox[-1].parts[1:]] == [picture, archive]

    step = next(steps)  # and not at one that does not
    assert step.said == "refused: 500 5.5.2 Line too long (see RFC5321 4.5.3.1.6)"
    assert not step.arrived

    step = next(steps)  # whole everywhere; no name for one reader, quotes in it for another
    message = step.lab.mailbox[-1]
    assert [p.content for p in message.parts[1:]] == [picture, archive]
    newer = message_from_bytes(message.raw, policy=policy.default)
    assert [p.get_filename() for p in newer.walk()] == [None, None, None, None]
    older = [p.get_filename() for p in message_from_bytes(message.raw).walk()]
    assert older[2:] == ["'postcard.jpg'", "'notes.zip'"]
    assert by_the_reference(old["today"], step.mail) == "taken"

    step = next(steps)  # names, types, places; the page is still without its letters and its dot
    page, image, notes = step.lab.mailbox[-1].parts
    assert (image.content_type, image.filename) == ("image/png", "postcard.png")
    assert (image.disposition, image.content_id) == ("inline", "card@lab.test")
    assert (notes.filename, notes.disposition) == ("notes.zip", "attachment")
    assert "\ufffd" in (page.text or "")
    assert "\r\ncard {" in (page.text or "")
    assert step.lab.mailbox[-1].raw.count(b"\r\nFrom:") == 0

    step = next(steps)  # the whole letter
    message = step.lab.mailbox[-1]
    assert "\r\n.card {" in (message.html or "")
    assert "Gr\u00fc\u00dfe, \u4f60\u597d" in (message.html or "")
    assert message.defects == ()
    assert {"From", "To", "Date", "Message-ID", "MIME-Version"} <= {n for n, _ in message.headers}
    assert message.letter.root.shape.startswith("mixed(related(text/html, image/png), ")

    step = next(steps)  # the old talk goes on through every refusal
    assert step.said.splitlines()[-1] == "sent"
    assert not step.arrived
    assert "C: DATA\nS: 503 " in str(step.lab.transcript[-1])

    for step in steps:  # the new talk, before and after the connection was mended
        assert step.said == "taken"
        assert step.lab.mailbox[-1].raw == step.mail


def test_ten_steps_can_be_printed(old: dict[str, Any]) -> None:
    text = printed(old)
    assert text.count("\n\n") == 9
    assert "mailbox: 0 parts" in text.partition("\n\n")[0]
    print(text)


def printed(old: dict[str, Any]) -> str:
    steps = enumerate(ten_steps(old), 1)
    return "\n\n".join(f"{number}. {step.what}\n{step}" for number, step in steps)


# What the specimen has of the old script


def test_the_script_as_it_came_is_no_python_and_three_signs_make_it_so(
    old: dict[str, Any],
) -> None:
    text = Path("old_mailer.py").read_text(encoding="utf-8")
    assert text.count("# ") == 3
    with pytest.raises(SyntaxError):
        compile(text.replace("# ", ""), "as it came", "exec")
    assert 'password = "sunshine7";' in text
    assert old["old_days"].account.web_password == "sunshine7"


def test_a_check_of_the_script_prints_and_the_script_goes_on(old: dict[str, Any]) -> None:
    with old["old_days"].misbehave(faults.Reply(550, at="RCPT")):
        said = post(old, old["letter"]()).splitlines()
    assert "     250 reply not received from server" in said
    assert said[-1] == "sent"


def test_name_type_and_octets_of_the_picture_disagree(old: dict[str, Any]) -> None:
    post(old, old["letter"](boundary=mended.repaired_boundary))
    image = old["old_days"].mailbox[-1].parts[1]
    assert (image.content_type, image.filename) == ("image/gif", "'postcard.jpg'")
    assert image.content.startswith(b"\x89PNG")


# The two readers


def test_a_forgiving_reader_finds_whole_what_a_strict_one_finds_empty(old: dict[str, Any]) -> None:
    mail = old["letter"]()
    post(old, mail)
    message = old["old_days"].mailbox[-1]
    assert message.raw == mail.replace(b"\r\n.card", b"\r\ncard") + b"\r\n"
    with redirect_stdout(io.StringIO()):
        exec(compile(text_of("forgiving"), "forgiving", "exec"), old)
    page, *files = old["found"]
    assert page == old["page"].replace(".card", "card").strip().encode()
    assert files == [old["picture"], old["archive"]]
    assert message.parts == ()


def test_blocks_of_1024_spoil_a_file_for_some_readers_and_not_for_all(old: dict[str, Any]) -> None:
    with redirect_stdout(io.StringIO()) as said:
        begin = "from email import message_from_bytes\nfrom smtplab import mine\n"
        begin += "repaired_boundary = mine('repaired_boundary')\n"
        exec(compile(begin + text_of("evidence-letter"), "evidence", "exec"), old)
    assert [line for line in said.getvalue().splitlines() if line.startswith("5 ")] == [
        "5 1024 False True",
        "5 1023 True True",
    ]


# The score


def test_the_score_begins_with_nothing_gone_and_ends_with_nothing_left(old: dict[str, Any]) -> None:
    mail = old["letter"]()
    post(old, mail)
    states = score(old, mail)
    assert len(states) == 21
    assert "gone" not in states.values()
    assert states["boundary in single quotes"] == "seen"
    assert states["blocks encoded one by one"] == "hidden"

    today = old["today"]
    right = old["letter"](
        boundary=mended.repaired_boundary, encoding=mended.repaired_encoding,
        names=mended.repaired_names, whole=mended.repaired_letter,
        name="postcard.png", cid="card@lab.test",
    )  # fmt: skip
    with today.misbehave(faults.NotUtf8(), faults.LongReply(lines=2, at="greeting")):
        new_talk(today, right)
        new_talk(today, b"Subject: list\r\n\r\nbread\r\n.\r\n.milk\r\n")
        with today.misbehave(faults.Reply(550, at="RCPT")), pytest.raises(ReplyError):
            new_talk(today, right)
    assert set(score(old, right, *today.transcript).values()) == {"gone"}


def test_one_fault_hides_others(old: dict[str, Any]) -> None:
    first = old["letter"]()
    post(old, first)
    before = score(old, first)
    second = old["letter"](boundary=mended.repaired_boundary)
    post(old, second)
    after = score(old, second)
    brought_to_light = {f for f in before if before[f] == "hidden" and after[f] == "seen"}
    assert "blocks encoded one by one" in brought_to_light
    assert "file name in single quotes" in brought_to_light


@pytest.mark.parametrize(
    ("weather", "fault"),
    [
        (faults.LongReply(lines=2, at="greeting"), "one recv taken for one reply"),
        (faults.Reply(550, at="RCPT"), "goes on after a refusal"),
        (faults.NotUtf8(), "stops at a reply that is no UTF-8"),
    ],
)
def test_bad_weather_brings_to_light_what_a_kind_server_hides(
    old: dict[str, Any], weather: faults.Fault, fault: str
) -> None:
    mail = old["letter"]()
    post(old, mail)
    assert score(old, mail)[fault] == "hidden"
    with old["old_days"].misbehave(weather):
        try:
            post(old, mail)
        except UnicodeDecodeError:
            assert isinstance(weather, faults.NotUtf8)
    assert score(old, mail)[fault] == "seen"


def test_the_old_connection_trusts_anybody(old: dict[str, Any]) -> None:
    today = old["today"]
    asked = (today.address(465), "mail.elsewhere.test", today.ca_file, 10)
    with old["old_tls"](*asked) as sock:
        assert sock.version() == "TLSv1.3"
        assert sock.gettimeout() is None
    with pytest.raises(ssl.SSLCertVerificationError):
        mended.repaired_tls(*asked)


if __name__ == "__main__":
    import os

    os.chdir(cells.FOLDER)
    with specimen(cells.FOLDER) as names:
        print(printed(names))
