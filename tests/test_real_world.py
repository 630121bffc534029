"""Lesson 11: the signed letter holds, one octet breaks it, and nothing is sent unasked.

What the lesson computes by hand is held against dkimpy, which is another's.
"""

import base64
import hashlib
import random
import re
import socket
from pathlib import Path
from typing import Any

import dkim
import pytest
from dkim.canonicalization import Relaxed, Simple
from dkim.util import parse_tag_value

from smtplab import exercises
from smtplab.solutions.real_world import body_hash, parse_tags

from . import cells

LESSON = next(lesson for lesson in exercises.LESSONS if lesson.slug == "real_world")
LETTER = (cells.FOLDER / "signed.eml").read_bytes()
RECORDS = dict(
    line.split(" ", 1) for line in (cells.FOLDER / "dns.txt").read_text("utf-8").splitlines()
)
BODY = LETTER.index(b"\r\n\r\n") + 4
SIGNATURE = range(LETTER.index(b"DKIM-Signature:"), LETTER.index(b"From:"))


def record(name: bytes, timeout: int = 5) -> bytes:
    return RECORDS.get(name.decode().rstrip("."), "").encode()


def by_dkimpy(letter: bytes) -> bool:
    try:
        return bool(dkim.verify(letter, dnsfunc=record))
    except ValueError:  # dkimpy 1.1.8 lets that of a `b=` which is no base64 pass through
        return False


def changed(at: int) -> bytes:
    """The letter with one other octet."""
    return LETTER[:at] + bytes([LETTER[at] ^ 1]) + LETTER[at + 1 :]


LETTERS = [at for at, octet in enumerate(LETTER) if bytes([octet]).isalnum()]


def texts(*ids: str) -> list[str]:
    """The text of these cells of the notebook as shipped, or of all that have code."""
    everything = cells.code_cells(cells.load(LESSON))
    found = [cells.source(cell) for cell in everything if not ids or cell["id"] in ids]
    assert len(found) == len(ids or everything)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = cells.folder_for(tmp_path)
    monkeypatch.chdir(place)
    monkeypatch.setenv("SMTPLAB_FOLDER", str(place))
    return place


# The letter


def test_the_letter_that_ships_is_signed_and_its_lines_end_in_crlf() -> None:
    assert by_dkimpy(LETTER)
    assert LETTER.count(b"\n") == LETTER.count(b"\r\n") == LETTER.count(b"\r")


def test_one_octet_of_what_is_signed_breaks_it_and_no_other() -> None:
    signed = parse_tags(LETTER[SIGNATURE.start + 15 : SIGNATURE.stop].decode())["h"]
    names = re.sub(r"\s", "", signed).split(":")
    broken = [at for at in LETTERS if not by_dkimpy(changed(at))]
    starts = [found.start() for found in re.finditer(rb"^(?=\S)", LETTER[:BODY], re.MULTILINE)]
    fields = [LETTER[start : LETTER.index(b":", start)].decode().lower() for start in starts]
    name_of = {at: fields[sum(start <= at for start in starts) - 1] for at in LETTERS if at < BODY}
    due = [at for at in LETTERS if at >= BODY or name_of[at] in (*names, "dkim-signature")]
    assert len(due) > 500
    assert [LETTER[at - 9 : at + 9] for at in set(broken) ^ set(due)] == []


def test_the_lessons_own_arithmetic_says_what_dkimpy_says(folder: Path) -> None:
    by_hand = texts("sitting-2-setup", "dkim-show", "tags-run", "bh-run", "signed-part-code",
                    "rsa-run", "verify-code")  # fmt: skip
    verify = cells.run_here(by_hand, folder)["verify"]
    assert verify(LETTER) == "pass"
    for at in LETTERS[::7]:
        if at not in SIGNATURE:
            assert (verify(changed(at)) == "pass") == by_dkimpy(changed(at)), changed(at)


def test_a_body_is_made_canonical_as_dkimpy_does_it() -> None:
    chance = random.Random(6376)
    pieces = [b" ", b"\t", b"\r\n", b"\r\n", b"word", b"\xe4\xbd\xa0", b".", b"\x0c", b" \r\n"]
    for _ in range(3000):
        body = b"".join(chance.choices(pieces, k=chance.randrange(9)))
        body += b"\r\n" if body else b""
        for rule, name in ((Simple, "simple"), (Relaxed, "relaxed")):
            digest = hashlib.sha256(rule.canonicalize_body(body)).digest()
            assert body_hash(body, name) == base64.b64encode(digest).decode(), (name, body)


def test_tag_lists_are_read_as_dkimpy_reads_them() -> None:
    lists = [LETTER[SIGNATURE.start + 15 : SIGNATURE.stop].decode()]
    lists += [text for text in RECORDS.values() if not text.startswith("v=spf1")]
    for text in lists:
        theirs = parse_tag_value(text.encode())
        assert parse_tags(text) == {name.decode(): each.decode() for name, each in theirs.items()}


# Nothing is sent unasked


def test_run_all_asks_nothing_and_talks_to_this_machine_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[Any] = []

    class Watched(socket.socket):
        def connect(self, address: Any) -> None:
            met.append(address)
            super().connect(address)

    def asked(question: str = "") -> str:
        raise AssertionError(f"Run All asks: {question}")

    monkeypatch.setattr(socket, "socket", Watched)
    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr("getpass.getpass", asked)
    cells.run_here(texts(), folder)
    assert met
    assert {address[0] for address in met} == {"127.0.0.1"}


THIRD = ("sitting-3-setup", "dmarc-code", "complaints-code", "session-code", "send-code")
KEYBOARD = """
host, port = lab.address({port})
typed = {{"Server: ": host, "Port: ": str(port), "tls or starttls: ": "{security}",
          "Your address: ": "you@lab.test", "To (begin with yourself): ": "lin@lab.test",
          "Type send to do this, anything else to stop: ": "{word}"}}
input, getpass = typed.__getitem__, lambda question: lab.account.authorization_code
cleared = []
clear_output = lambda: cleared.append(True)
"""


def switched_on(folder: Path, word: str, port: int, security: str) -> dict[str, Any]:
    """The last sitting with SEND = True, and somebody who types."""
    (real,) = texts("send-real-run")
    assert real.startswith("SEND = False\n")
    keyboard = KEYBOARD.format(word=word, port=port, security=security)
    on = real.replace("SEND = False", "SEND = True")
    trust = "import os; os.environ['SSL_CERT_FILE'] = str(lab.ca_file)"
    return cells.run_here([*texts(*THIRD), trust, keyboard, on], folder)


@pytest.mark.parametrize(("port", "security"), [(465, "tls"), (587, "starttls")])
def test_switched_on_it_sends_what_it_showed_and_shows_no_secret(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    port: int,
    security: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")
    names = switched_on(folder, "send", port, security)
    lab = names["lab"]
    (mail,) = lab.mailbox
    assert names["cleared"]
    shown = capsys.readouterr().out
    assert f"{len(mail.raw):,} octets" in shown
    assert mail.raw.decode().replace("\r\n", "\n") in shown.replace("\r\n", "\n")
    assert mail.recipients == ("lin@lab.test",)
    assert lab.account.authorization_code not in shown


@pytest.mark.parametrize("word", ["", "yes", "Send ", "no"])
def test_any_other_word_stops_before_there_is_a_connection(
    folder: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")
    names = switched_on(folder, word, 465, "tls")
    assert len(names["lab"].transcript.sessions) == 0
    assert names["cleared"]


@pytest.mark.timeout(120)
def test_a_kernel_without_a_keyboard_raises_and_does_not_wait(tmp_path: Path) -> None:
    notebook = cells.load(LESSON)
    kept = (*THIRD, "send-real-run")
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kept]
    last = notebook["cells"][-1]
    last["source"] = cells.source(last).replace("SEND = False", "SEND = True")
    done = cells.run(notebook, cells.folder_for(tmp_path), allow_errors=True)
    assert cells.output_text(done["cells"][-1]).startswith("StdinNotImplementedError")
