"""The course in a language that nobody speaks: each word of a message in letters of full width.

What is still in plain letters afterwards did not come out of the catalogue: a value (octets, code,
what a server said), or English that was forgotten. `python -m tests.foreign [LESSON ...]` prints
what is left, the rarest last, and an example of where; `python -m tests.foreign views` does it for
what the views say.
"""

import html
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages import Catalog
from babel.messages.pofile import write_po

from smtplab.catalogue.__main__ import extract

LETTERS = (
    b"Subject: x\r\n\r\nHello",
    b"From: you\r\nSubject: =?utf-8?Q?=ff?=\r\nDate: now\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n--b\r\n'
    b"Content-Type: text/html; charset=klingon\r\n\r\n<img src=cid:a><img src=http://a.test/>\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nA=A\r\n--b--\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nno parts',
)
# What is no message: code and quotes, and what Python, OpenSSL and the lab's servers say.
VALUES = (
    r"`[^`]*`",
    r"b?'(?:[^'\\]|\\.)*'",
    r'b?"(?:[^"\\]|\\.)*"',
    r"\w+Error: .*",
    r"<\S+ object at 0x\w+>",
    r"codec can't encode characters in position \d+-\d+: ordinal not in range\(\d+\)",
    "Excess data after padding",
    "unable to get local issuer certificate",
    "check_hostname requires server_hostname",
    "certificate is not valid for",
    "End data with <CR><LF>.<CR><LF>",
    "Ready to start TLS",
    "No such user here",
    "command not recognized",
)
ROOT = Path(__file__).resolve().parent.parent
WIDE = {code: code + 0xFEE0 for code in (*range(0x41, 0x5B), *range(0x61, 0x7B))}


def foreign(message: str) -> str:
    """The message in wide letters; names in braces stay as they are."""
    try:
        pieces = list(Formatter().parse(message))
    except ValueError:
        return message.translate(WIDE)
    told = ""
    for text, name, spec, conversion in pieces:
        told += text.translate(WIDE).replace("{", "{{").replace("}", "}}")
        if name is not None:
            told += "{" + name + (f"!{conversion}" if conversion else "")
            told += (f":{spec}" if spec else "") + "}"
    # Without values, doubled braces stay doubled: so they do in the message.
    return told if any(name is not None for _, name, _, _ in pieces) else message.translate(WIDE)


def write_foreign(path: Path) -> Path:
    """A .po file with all messages of the catalogue."""
    catalog = Catalog(locale="eo")
    for message in extract():
        if message.id:
            plural = isinstance(message.id, tuple)
            told = tuple(map(foreign, message.id)) if plural else foreign(message.id)
            catalog.add(message.id, told)
    with path.open("wb") as file:
        write_po(file, catalog)
    return path


def survey(lessons: list[str], folder: Path) -> list[dict[str, Any]]:
    """What all wrong answers and hints of these lessons say, in that language."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.foreign", "--survey", *lessons],
        cwd=ROOT,
        env={**os.environ, "SMTPLAB_LANGUAGE": str(write_foreign(folder / "foreign.po"))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: list[dict[str, Any]] = json.loads(done.stdout)
    return said


def deliver(address: tuple[str, int], raw: bytes) -> None:
    """Send one message, without listening to what is said."""
    with socket.create_connection(address, timeout=5) as sock, sock.makefile("rb") as stream:
        stream.readline()
        for line in ("HELO client.lab.test", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>",
                     "DATA"):  # fmt: skip
            sock.sendall(line.encode() + b"\r\n")
            stream.readline()
        for line in (raw + b"\r\n.", b"QUIT"):
            sock.sendall(line + b"\r\n")
            stream.readline()


def _views() -> list[dict[str, Any]]:
    """What every view says of something, as text and as a page."""
    from smtplab import exercises, views
    from smtplab.exercises import Gauntlet, run_gauntlet
    from smtplab.lab import Lab

    said: list[dict[str, Any]] = []

    def show(thing: Any) -> None:
        bundle = views.drawn(thing)
        words = re.sub(
            r"<style.*?</style>|<iframe.*?</iframe>", "", bundle["text/html"], flags=re.S
        )
        titles = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', words)
        words = html.unescape(re.sub(r"<[^>]+>", " ", words))
        said.append({"view": type(thing).__name__, "steps": [bundle["text/plain"], words, *titles]})

    def send_mail(host: str, port: int, **others: Any) -> dict[str, Any]:
        return {}

    with Lab() as lab:
        show(lab)
        show(lab.transcript)
        show(lab.mailbox)
        for raw in LETTERS:
            deliver(lab.address(25), raw)
        show(lab.transcript)
        show(lab.transcript[-1])
        show(lab.mailbox)
        for message in lab.mailbox:
            show(message)
            show(message.explore())
        show(lab.mailbox[-1].explore(lab.mailbox[-2]))
        console = lab.console(587)
        for line in ("NOOP", "EHLO client.lab.test", "STARTTLS", "MAIL FROM:<you@lab.test>"):
            console.say(line)
            show(console)
        for data in (b"", b"Hi", b"Gr\xc3\xbc\xc3\x9fe", bytes(200)):
            show(lab.base64(data))
            if data:
                show(lab.base64(data).blocks(4))
        watch = lab.sockets()
        with socket.create_connection(lab.address(25), timeout=5):
            show(watch.note("connected"))
        show(watch)
    show(exercises.progress())
    show(exercises.hint("reply_code"))
    show(exercises.solution("reply_code"))
    show(exercises.ask("Which?", ["this", "that"]))
    for lesson in exercises.LESSONS:
        for question in lesson.questions:
            show(exercises.ask(question.text, question.choices))
    show(exercises.judge(exercises.reference("send_all")))
    show(exercises.judge(send_mail))
    gauntlet = run_gauntlet(send_mail)
    show(Gauntlet(message=gauntlet.message))
    for row in gauntlet.rows:
        said.append({"steps": [row.scenario.name, row.scenario.right, row.mine.sentence]})
    return said


def texts_of(row: dict[str, Any]) -> list[str]:
    """What a student reads of one row of a survey."""
    alone = (row.get(name, "") for name in ("sentence", "look", "note", "why"))
    several = (row.get(name, ()) for name in ("steps", "hints", "choices"))
    return [*filter(None, alone), *(text for texts in several for text in texts)]


def plain(text: str) -> str:
    """The text as it would be in English."""
    return text.translate({wide: narrow for narrow, wide in WIDE.items()})


def english(text: str, row: dict[str, Any]) -> list[str]:
    """The plain words of a text that are no value: not quoted, no code, and not Python's own."""
    for value in (row.get("code"), row.get("raised")):
        text = text.replace(value, "") if value else text
    for value in VALUES:
        text = re.sub(value, "", text)
    return re.findall(r"[A-Za-z]+ [a-z]+ [a-z]+(?: [a-z]+)*", text)


def left_over(text: str) -> list[str]:
    """The runs of plain letters in a text, with what stands between them."""
    wide = "".join(map(chr, WIDE.values()))
    return [
        piece.strip() for piece in re.split(f"[{wide}]+", text) if re.search("[A-Za-z]{2}", piece)
    ]


def _survey(lessons: list[str]) -> list[dict[str, Any]]:
    from smtplab import exercises

    from . import mutants

    said: list[dict[str, Any]] = []
    for lesson in exercises.LESSONS:
        if lessons and lesson.slug not in lessons:
            continue
        for exercise in lesson.exercises:
            said.append({"exercise": exercise.name, "hints": exercise.hints})
            verdict = exercises.judge(exercises.reference(exercise.name))
            said.append(vars(verdict) | {"expected": "", "words": ""})
        for question in lesson.questions:
            said.append({"why": question.why, "choices": [question.text, *question.choices]})
        for mutant in mutants.load(lesson.slug):
            verdict = exercises.judge(mutant.value, deadline=1.5)
            if verdict.reason != mutant.reason:  # the machine may have been busy
                verdict = exercises.judge(mutant.value, deadline=6)
            said.append(vars(verdict) | {"expected": mutant.reason, "words": mutant.sentence})
    return said


if __name__ == "__main__":
    if sys.argv[1:2] == ["--survey"]:
        said = _views() if sys.argv[2:] == ["views"] else _survey(sys.argv[2:])
        sys.stdout.write(json.dumps(said))
        sys.exit()
    with tempfile.TemporaryDirectory() as made:
        rows = survey(sys.argv[1:], Path(made))
    counts: Counter[str] = Counter()
    example: dict[str, str] = {}
    for row in rows:
        if row.get("expected") != row.get("reason"):
            print(
                f"{row['exercise']}: {row['expected']} expected, {row['reason']}, {row['sentence']}"
            )
        for text in texts_of(row):
            for piece in left_over(text):
                counts[piece] += 1
                at = text.find(piece)
                example.setdefault(piece, " ".join(text[max(0, at - 60) : at + 90].split()))
    for piece, count in counts.most_common():
        print(f"{count:4} {piece}\n       in: {example[piece]}")
