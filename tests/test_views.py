"""The views: what they say, and that nothing of a mail's or a student's gets into the page."""

import base64
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import smtplab
from smtplab import student, views
from smtplab.exercises import LESSONS, Gauntlet, Verdict
from smtplab.exercises.gauntlet import Outcome, Row
from smtplab.judge.verdict import Status
from smtplab.lab import (
    Chart,
    Delays,
    Event,
    Lab,
    Mailbox,
    Message,
    Part,
    Session,
    Transcript,
)
from smtplab.lab.link import Link
from smtplab.student import ExerciseProgress, Hint, LessonProgress, Prediction, Progress, Solution
from smtplab.views import transcript
from smtplab.views.files import safe_name
from smtplab.views.frame import MAX_FILE, POLICY
from smtplab.views.html import one_line, visible
from smtplab.views.said import WORDS
from smtplab.views.verdict import SIGNS
from smtplab.views.view import View

VOID = {"br", "img", "input", "wbr"}
INLINE = {"a", "code", "span", "strong"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x1b[2J\u202e\x00\ud800"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Page(HTMLParser):
    """The elements of a view. Fails when they are not properly nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        html.encode("utf-8")  # a lone surrogate could not be sent to the page
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in INLINE:
            self.words.append(" ")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(thing: object) -> Page:
    return Page(views.drawn(thing)["text/html"])


def plain(thing: object) -> str:
    return views.drawn(thing)["text/plain"]


def message(raw: str | bytes, sender: str = "you@lab.test", to: str = "lin@lab.test") -> Message:
    octets = raw if isinstance(raw, bytes) else raw.replace("\n", "\r\n").encode("utf-8")
    return Message(sender, [to], octets, 1)


def mixed(*parts: str, subtype: str = "mixed") -> str:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"Subject: many\nContent-Type: multipart/{subtype}; boundary=b\n\n{body}--b--\n"


def attachment(name: str, content: bytes = b"x") -> str:
    return (
        f'Content-Type: application/zip\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"
    )


def picture(cid: str, content: bytes = PIXEL, content_type: str = "image/png") -> str:
    return (
        f"Content-Type: {content_type}\nContent-ID: <{cid}>\nContent-Disposition: inline\n"
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"
    )


def html_mail(html: str) -> str:
    return f"Subject: html\nContent-Type: text/html; charset=utf-8\n\n{html}\n"


def mailbox(*messages: Message) -> Mailbox:
    box = Mailbox()
    for one in messages:
        box.add(one)
    return box


def session(*said: tuple[str, bytes], tls_from: int | None = None, port: int = 25) -> Session:
    tape = Transcript()
    made = tape.open(port)
    for number, (sender, data) in enumerate(said):
        tls = tls_from is not None and number >= tls_from
        assert sender in ("C", "S")
        tape.append(Event(number / 1000, sender, data, tls, 1, port))  # type: ignore[arg-type]
    made.ended = "C"
    return made


DIALOGUE = (
    ("S", b"220 mail.lab.test ready\r\n"),
    ("C", b"EHLO client.lab.test\r\n"),
    ("S", b"250-mail.lab.test\r\n250 STARTTLS\r\n"),
    ("C", b"STARTTLS\r\n"),
    ("S", b"220 go ahead\r\n"),
    ("C", b"AUTH LOGIN\r\n"),
    ("S", b"334 VXNlcm5hbWU6\r\n"),
    ("C", b"eW91QGxhYi50ZXN0\r\n"),
    ("S", b"334 UGFzc3dvcmQ6\r\n"),
    ("C", b"c3Vuc2hpbmU3\r\n"),
    ("S", b"535 5.7.8 no\r\n"),
    ("C", b"DATA\r\n"),
    ("S", b"354 go on\r\n"),
    ("C", b"Subject: hi\r\n\r\n..dot\r\n.\r\n"),
    ("S", b"250 queued\r\n"),
)


def progress(message: str = "", folder: Path = Path("notebooks")) -> Progress:
    statuses = ("passed", "tried", "new")
    return Progress(
        tuple(
            LessonProgress(
                lesson,
                tuple(
                    ExerciseProgress(one.name, statuses[n % 3], n, 0)
                    for n, one in enumerate(lesson.exercises)
                ),
            )
            for lesson in LESSONS
        ),
        folder,
        message,
    )


def scenario(name: str) -> Any:
    """One whose words a test makes up."""
    return SimpleNamespace(name=name, right=f"{name} goes well.")


def gauntlet(*rows: tuple[str, bool, str, bool, str], said: str = "220 hello") -> Gauntlet:
    """Rows of a name, and for each of the two senders whether it was right and what is said."""
    tape = Transcript()
    tape.open(587)
    tape.append(Event(0.0, "S", f"{said}\r\n".encode("utf-8", "replace"), False, 1, 587))
    return Gauntlet(
        tuple(
            Row(scenario(name), Outcome(mine, what, tape),
                Outcome(library, why, Transcript()))
            for name, mine, what, library, why in rows
        ),
        12.3,
    )  # fmt: skip


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def everything() -> list[object]:
    """One of each, with what is worst in every field that a mail or a student can fill."""
    evil = message(
        mixed(
            f"Content-Type: text/plain\n\n{visible(EVIL)}<script>alert(1)</script>\x1b",
            "Content-Type: text/html\n\n<script>alert(1)</script></iframe><b>\"'",
            attachment("..<script>alert(1)</script>"),
            picture("a<b>"),
        ).replace("many", "<script>alert(1)</script>\x1b[2J")
    )
    said = (("S", b'220 <script>alert(1)</script>"\xff\x1b\r\n'), ("C", b"<img src=x onerror=a>"))
    tape = Transcript()
    tape.open(25)
    tape.append(Event(0.0, "S", b"220 <script>alert(1)</script>\r\n", False, 1, 25))
    return [
        evil,
        evil.explore(),
        evil.explore(message(f"Subject: <script>alert(1)</script>\x1b\n\n<b>{visible(EVIL)}")),
        mailbox(evil, evil),
        session(*said),
        session(*said, ("S", said[1][1])).round_trips(),
        Chart({EVIL: [(1, 2)], f"{EVIL}2": [(1, 2)]}, EVIL, EVIL, EVIL),
        Delays({EVIL: session(*said)}, Link(0.1)),
        tape,
        Verdict(exercise=EVIL, status="failed", sentence=EVIL, steps=(EVIL,), transcript=EVIL,
                look=EVIL, line=3, code=EVIL, output=EVIL, note=EVIL),
        Hint(EVIL, 1, 3, EVIL),
        Solution(EVIL, EVIL, True, EVIL),
        Solution(EVIL, "", False, EVIL),
        Prediction(EVIL, (EVIL, "b"), EVIL, EVIL),
        progress(EVIL, Path("<script>alert(1)</script>")),
        gauntlet((EVIL, False, EVIL, True, f"{EVIL} `{EVIL}`"), said=EVIL),
        Gauntlet(message=EVIL),
    ]  # fmt: skip


@pytest.mark.parametrize("thing", everything(), ids=lambda thing: type(thing).__name__)
def test_nothing_from_outside_becomes_markup(thing: object) -> None:
    drawn = page(thing)
    names = {name for name, _ in drawn.elements}
    assert not names & {"script", "object", "embed", "form", "link", "meta", "base"}
    for name, attributes in drawn.elements:
        assert not [key for key in attributes if key.startswith("on")]
        assert name != "img" or str(attributes["src"]).startswith("data:image/png;base64,")
        assert name != "iframe" or attributes["sandbox"] == ""
        href = attributes.get("href") or "https:"
        known = ("https://www.rfc-editor.org/", "data:application/octet-stream;")
        assert href.startswith(known) or href in {"https:", *(one.notebook for one in LESSONS)}


@pytest.mark.parametrize("thing", everything(), ids=lambda thing: type(thing).__name__)
def test_controls_and_direction_marks_are_shown_not_obeyed(thing: object) -> None:
    drawn = views.drawn(thing)
    html = re.sub(r' srcdoc="[^"]*"', "", drawn["text/html"])
    for said in (drawn["text/plain"], html):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", said)


@pytest.mark.parametrize("thing", everything(), ids=lambda thing: type(thing).__name__)
def test_an_id_is_unique_even_when_a_cell_is_run_twice(thing: object) -> None:
    ids = [a["id"] for _ in range(2) for _, a in page(thing).elements if "id" in a]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("thing", everything(), ids=lambda thing: type(thing).__name__)
def test_a_view_has_a_label_and_its_tables_have_headers(thing: object) -> None:
    drawn = page(thing)
    assert drawn.elements[0][1]["role"] == "group"
    # Else JupyterLab makes mathematics of a subject with two dollar signs in it.
    # MathJax 3 and 4 of JupyterLab, MathJax 2 of an exported page.
    classes = str(drawn.elements[0][1]["class"]).split()
    assert {"mathjax_ignore", "tex2jax_ignore"} <= set(classes)
    assert drawn.elements[0][1]["aria-label"]
    assert len(drawn.all("table")) == len(drawn.all("caption"))
    assert all(th.get("scope") in ("col", "row") for th in drawn.all("th"))
    assert all(frame["title"] for frame in drawn.all("iframe"))
    assert all(image["alt"] for image in drawn.all("img"))


def test_importing_the_views_imports_no_front_end() -> None:
    code = (
        "import sys, smtplab.views; smtplab.views.attach();"
        "print([m for m in ('IPython', 'ipywidgets', 'smtplab.views.mailbox') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_outside_a_notebook_a_view_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    views.show(Hint("read_reply", 1, 3, "Look at the fourth octet."))
    assert "Look at the fourth octet." in capsys.readouterr().out


def test_a_terminal_without_unicode_gets_escapes_not_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", out)
    views.show(Hint("read_reply", 1, 3, "你好"))
    out.flush()
    assert b"\\u4f60" in out.buffer.getvalue()  # type: ignore[attr-defined]


class Shell:
    """As much of IPython as a view asks for."""

    def __init__(self) -> None:
        self.execution_count = 1
        self.display_pub = self
        self.published: list[dict[str, str]] = []

    def publish(self, data: dict[str, str], **how: Any) -> None:
        self.published.append(data)


def test_what_a_cell_has_shown_is_not_shown_again_as_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shell = Shell()
    monkeypatch.setattr(views, "_shell", lambda: shell)
    hint: Any = Hint("read_reply", 1, 3, "Look.")
    views.show(hint)
    hint._ipython_display_()
    assert len(shell.published) == 1
    assert set(shell.published[0]) == {"text/plain", "text/html"}
    shell.execution_count = 2
    hint._ipython_display_()
    hint._ipython_display_()
    assert len(shell.published) == 3


def test_a_value_kept_from_one_cell_is_shown_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    monkeypatch.setattr(views, "_shell", lambda: shell)
    hint: Any = Hint("read_reply", 1, 3, "Look.")
    views.show(hint)  # as in: v = check(read_reply)
    shell.execution_count = 2
    hint._ipython_display_()
    assert len(shell.published) == 2


def test_a_view_that_fails_leaves_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(view: View) -> str:
        raise KeyError("gone")

    monkeypatch.setattr(View, "html", broken)
    drawn = views.drawn(Hint("read_reply", 1, 3, "Look."))
    assert "text/html" not in drawn
    assert "Look." in drawn["text/plain"]
    assert "KeyError" in drawn["text/plain"]


def test_what_has_no_view_is_refused() -> None:
    with pytest.raises(TypeError, match="no view of int"):
        views.drawn(1)


# The lab card


def test_the_card_has_the_addresses_the_account_and_the_certificate(lab: Lab) -> None:
    for said in (plain(lab), page(lab).text):
        for port in (25, 465, 587):
            assert str(lab.address(port)) in said
        for value in (lab.account.web_password, lab.account.authorization_code, lab.ca_file):
            assert value in said


def test_the_card_of_a_stopped_lab_says_so() -> None:
    with Lab("legacy") as lab:
        assert "in the clear" in plain(lab)
    assert "stopped" in plain(lab)
    assert "stopped" in page(lab).text


# The transcript


def test_the_sequence_diagram_puts_client_and_server_in_their_columns() -> None:
    html = views.drawn(session(*DIALOGUE))["text/html"]
    client = re.search(r"<tr>(<th.*?)</tr>", html[html.index("EHLO") - 150 :], re.DOTALL)
    assert client is not None
    assert re.search(r"EHLO client.*client to server", client[0], re.DOTALL)
    assert re.search(r"server to client.*220 mail\.lab\.test", html, re.DOTALL)


def test_tls_auth_and_data_are_marked_by_words() -> None:
    said = page(session(*DIALOGUE, tls_from=5)).text
    assert WORDS("transcript.tls_begins") in said
    assert "AUTH" in said
    assert "DATA" in said
    assert WORDS("transcript.end") in said
    border = said.index(WORDS("transcript.tls_begins"))
    assert said.index("go ahead") < border < said.index("AUTH LOGIN")
    assert WORDS("transcript.tls_first") in page(session(*DIALOGUE, tls_from=0, port=465)).text


def test_a_password_on_the_wire_is_shown_as_it_is() -> None:
    assert "c3Vuc2hpbmU3" in page(session(*DIALOGUE)).text
    assert "c3Vuc2hpbmU3" in plain(session(*DIALOGUE))


def test_a_reply_code_is_explained_by_what_it_answers() -> None:
    drawn = page(session(*DIALOGUE))
    assert "220: ready (RFC 5321, 4.2.3)" in drawn.text
    assert "220: ready for the TLS handshake (RFC 3207, 4)" in drawn.text
    assert "250: the message is taken (RFC 5321, 4.2.5)" in drawn.text
    assert "https://www.rfc-editor.org/rfc/rfc3207#section-4" in [a["href"] for a in drawn.all("a")]


def test_only_the_last_line_of_a_reply_is_explained() -> None:
    assert page(session(*DIALOGUE[:3])).text.count("250: done") == 1


BARE = (
    ("S", b"220 mail.lab.test ready\r\n"),
    ("C", b"HELO x\n"),
    ("S", b"250 mail.lab.test\r\n"),
    ("C", b"NOOP a\rb\r\n"),
    ("S", b"250 OK\r\n"),
    ("C", b"DATA\r\n"),
    ("S", b"354 go on\r\n"),
)


@pytest.mark.parametrize("lines", [1, 40])
def test_a_line_end_that_is_no_crlf_is_seen_and_named_and_ends_no_message(lines: int) -> None:
    made = session(*BARE, ("C", b"line\r\n" * lines + b"last\n.\n"))
    drawn, printed = page(made).text, plain(made)
    for said in (drawn, printed):
        assert r"HELO x\n" in said
        assert r"NOOP a\rb" in said
        assert said.count(WORDS("transcript.bare.LF")) == 2  # of HELO, and of the message
        assert said.count(WORDS("transcript.bare.CR")) == 1
        assert WORDS("transcript.end") not in said
    assert WORDS("transcript.bare.LF") in printed.splitlines()[2]
    assert r".\n" in drawn


def test_a_reply_to_a_command_that_ends_in_lf_alone_is_explained_by_what_it_answers() -> None:
    drawn = page(session(("C", b"STARTTLS\n"), ("S", b"220 go ahead\r\n")))
    assert "220: ready for the TLS handshake" in drawn.text


def test_what_the_server_noticed_stands_where_it_happened() -> None:
    tape = Transcript()
    made = tape.open(587)
    for number, (sender, data, note) in enumerate((
        ("C", b"EHLO x\r\nNOOP\r\n", ""),
        ("C", b"", "early"),
        ("C", b"", "out-of-turn: EHLO"),
        ("S", b"220 hi\r\n", ""),
        ("C", b"\x16\x03\x01\x02\x00\n\n", ""),
        ("C", b"", "tls-refused: unknown_ca"),
        ("S", b"\x15\x03\x01\x00\x02\x02\x46", ""),
    )):  # fmt: skip
        tape.append(Event(number, sender, data, False, 1, 587, note))  # type: ignore[arg-type]
    for said in (page(made).text, plain(made)):
        told = [
            "NOOP",
            WORDS("transcript.notes.early"),
            WORDS("transcript.notes.out-of-turn", detail="EHLO"),
            "220 hi",
            "[a TLS handshake, 7 octets]",
            WORDS("transcript.notes.tls-refused", detail="unknown_ca"),
            "[a record of TLS, 7 octets]",
        ]
        places = [said.index(one) for one in told]
        assert places == sorted(places)
        assert "\\x16" not in said and WORDS("transcript.bare.LF") not in said


def test_where_all_lines_end_in_crlf_nothing_is_said_of_line_ends() -> None:
    for said in (page(session(*DIALOGUE)).text, plain(session(*DIALOGUE))):
        assert not any(words in said for words in WORDS.get("transcript.bare").values())
        assert "\\r" not in said and "\\n" not in said


def test_a_lone_dot_behind_a_bare_lf_is_no_end() -> None:
    behind = session(*BARE, ("C", b"a\n.\r\n"))
    assert WORDS("transcript.end") not in page(behind).text
    ends = session(*BARE, ("C", b"a\n.\r\n.\r\n"))
    assert page(ends).text.count(WORDS("transcript.end")) == 1


def test_an_unknown_code_is_explained_by_its_class() -> None:
    assert "459: not now, try again later" in page(session(("S", b"459 what\r\n"))).text
    assert page(session(("S", b"999 what\r\n"))).all("a") == []


def test_a_refusal_is_explained_in_the_terminal_too() -> None:
    assert "535 5.7.8 no   <- user or password refused" in plain(session(*DIALOGUE))


def test_a_long_message_is_folded_and_cut_with_a_count() -> None:
    content = b"".join(b"line %d\r\n" % number for number in range(5_000))
    made = session(("C", b"DATA\r\n"), ("S", b"354 go\r\n"), ("C", content + b".\r\n"))
    html = views.drawn(made)["text/html"]
    assert "<details><summary>" in html
    assert "the message: 5,000 lines, 53,890 octets" in html
    assert "line 4999" not in html
    assert f"{5_000 - transcript.MAX_DATA_LINES:,} lines left out" in html
    assert len(html) < 20_000


def test_a_session_of_thousands_of_commands_is_cut_in_the_middle() -> None:
    made = session(*(("C", b"NOOP %d\r\n" % number) for number in range(5_000)))
    for said in (plain(made), page(made).text):
        assert "NOOP 0" in said
        assert "NOOP 4999" in said
        assert "4,900 lines left out" in said


def test_the_newest_session_is_open_and_the_others_are_folded() -> None:
    tape = Transcript()
    for number in range(1, 26):
        tape.open(25)
        tape.append(Event(0.0, "S", b"220 number %d\r\n" % number, False, number, 25))
    drawn = page(tape)
    folds = drawn.all("details")
    assert ["open" in fold for fold in folds] == [False] * 19 + [True]
    assert "5 sessions left out" in drawn.text
    assert "220 number 25" in plain(tape)


def test_before_anything_was_said_the_transcript_says_so() -> None:
    assert plain(Transcript()) == WORDS("transcript.empty")
    assert page(Transcript()).text == WORDS("transcript.empty")
    assert WORDS("transcript.session_empty") in page(session()).text


# The mailbox


def frame_of(one: Message) -> str:
    (frame,) = page(one).all("iframe")
    document = frame["srcdoc"]
    assert document is not None
    return document


PLAIN = "Content-Type: text/plain\n\n"
HTML = "Content-Type: text/html\n\n"


def multipart(subtype: str, *parts: str, more: str = "") -> str:
    """A part with parts in it; its boundary is another one than that of mixed()."""
    body = "".join(f"--{subtype}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{subtype}; boundary={subtype}{more}\n\n{body}--{subtype}--\n"


ALTERNATIVE = multipart("alternative", f"{PLAIN}the plain", f"{HTML}<p>the page</p>")
FORWARDED = f"Content-Type: message/rfc822\n\nSubject: inner\n{HTML}<b>PAY NOW</b>"


@pytest.mark.parametrize(
    ("raw", "shown", "folded", "saved"),
    [
        # What is shown in order, what is folded as the same, and the numbers of what can be saved.
        (mixed(f"{PLAIN}Do NOT pay", FORWARDED), ["Do NOT pay"], [], [1]),
        (mixed(FORWARDED, f"{PLAIN}Do NOT pay"), ["Do NOT pay"], [], [0]),
        (mixed(FORWARDED), [], [], [0]),
        (mixed(f"{PLAIN}NO.", f"{HTML}<p>a list</p>"), ["NO.", "<p>a list</p>"], [], []),
        (mixed(f"{HTML}<p>x</p>", f"{PLAIN}a list"), ["<p>x</p>", "a list"], [], []),
        (mixed(f"{PLAIN}", f"{PLAIN}x"), ["x"], [], []),
        (mixed(f"{PLAIN}one", picture("p"), f"{PLAIN}two"), ["one", "two"], [], [1]),
        (mixed(ALTERNATIVE, attachment("a.zip")), ["<p>the page</p>"], ["the plain"], [2]),
        (mixed(ALTERNATIVE, f"{PLAIN}a list"), ["<p>the page</p>", "a list"], ["the plain"], []),
        (mixed(f"{HTML}<p>x</p>", f"{PLAIN}the text", subtype="alternative"), ["the text"],
         ["<p>x</p>"], []),
        (mixed(f"{PLAIN}x", multipart("related", f"{HTML}<p>y</p>", picture("p")),
               subtype="alternative"), ["<p>y</p>"], ["x"], [2]),
        (mixed(f"{PLAIN}x", multipart("mixed", f"{HTML}<p>y</p>", attachment("a"), f"{HTML}<p>z"),
               subtype="alternative"), ["<p>y</p>", "<p>z"], ["x"], [2]),
        (mixed(f"{PLAIN}x", "Content-Type: text/calendar\n\nBEGIN", subtype="alternative"),
         ["x"], [], [1]),
        (mixed(f"{HTML}<p>x</p>", f"{PLAIN}notes", subtype="related"), ["<p>x</p>", "notes"], [],
         []),
        (mixed(f"{HTML}<p>x</p>", f"Content-ID: <i>\n{HTML}<p>y", subtype="related"),
         ["<p>x</p>"], [], [1]),
        (mixed(picture("p"), f"Content-ID: <r>\n{HTML}<p>x</p>", subtype="related; start=<r>"),
         ["<p>x</p>"], [], [0]),
        (mixed(f"{PLAIN}x", f"{PLAIN}signature", subtype="signed"), ["x"], [], [1]),
        (f"Content-Disposition: inline; filename=a.txt\n{PLAIN}x", ["x"], [], []),
        (f"Content-Disposition: attachment\n{PLAIN}x", [], [], [0]),
        ("Content-Type: text/x-patch\n\n+x", ["+x"], [], []),
    ],
)  # fmt: skip
def test_the_body_is_what_a_mail_program_shows(
    raw: str, shown: list[str], folded: list[str], saved: list[int]
) -> None:
    one = message(raw)
    html = views.drawn(one)["text/html"].split("<details><summary>Raw")[0]
    for text in (*shown, *folded):
        assert escape(text, quote=False) in html, text
    # In a frame it is escaped.
    texts = [html.index(escape(text, quote=False)) for text in shown]
    assert texts == sorted(texts)
    assert "PAY NOW" not in html
    fold = html.partition("<summary>The same as ")[2]
    assert bool(fold) == bool(folded)
    assert all(escape(text, quote=False) in fold for text in folded)
    if shown:
        assert escape(shown[0], quote=False) not in fold
    links = [link["href"] for link in page(one).all("a")]
    content = [one.parts[number].content for number in saved]
    assert [base64.b64decode((link or "").partition(",")[2]) for link in links] == content
    if not shown:
        assert WORDS("mailbox.no_text") in html
    said = plain(one)
    assert all(text in said for text in shown if not folded)


@pytest.mark.parametrize("subtype", ["mixed", "alternative"])
def test_very_many_texts_are_not_all_shown_and_that_is_said(subtype: str) -> None:
    one = message(mixed(*(f"{HTML}<p>{n}</p>" for n in range(60)), subtype=subtype))
    assert len(page(one).all("iframe")) == 10
    assert "50 more texts are not shown here." in page(one).text
    assert len(page(one).all("a")) == 50


def test_what_is_cut_off_is_counted() -> None:
    wide = message(mixed(*(attachment(f"{n}.zip") for n in range(130))))
    assert "80 parts left out" in page(wide).text
    assert "31 parts left out" in page(wide.explore()).text
    assert "31 parts left out" in plain(wide.explore())
    other = message(mixed(*(attachment(f"{n}.zip", b"y") for n in range(130))))
    assert re.search(r"\d+ differences left out", plain(wide.explore(other)))
    fields = message("".join(f"X-{n}: =?utf-8?q?\n" for n in range(70)) + "\n")
    assert "10 fields left out" in page(fields.explore()).text
    letters = "".join(f"X-{n}: =?utf-8?B?5L0=?= x\nX-{n} : a\nDate: {n}\nTo: \xe4\n"
                      for n in range(25))  # fmt: skip
    many = message(f"{letters}\n")
    assert re.search(r"\d+ defects left out", page(many.explore()).text)


def test_ten_thousand_missing_pictures_are_ten_notes_and_a_count() -> None:
    drawn = page(message(html_mail("".join(f"<img src=cid:{n}>" for n in range(10_000)))))
    assert drawn.text.count("but no part has this Content-ID") == 10
    assert "9,990 more notes of this kind." in drawn.text


def test_html_mail_is_sealed_before_anything_of_it_is_read() -> None:
    one = message(html_mail("<p>hello</p>"))
    assert frame_of(one).startswith(
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    )
    assert page(one).all("iframe")[0]["sandbox"] == ""


def test_a_picture_by_cid_is_shown_in_its_place() -> None:
    html = 'Content-Type: text/html\n\n<img src="cid:p%40x"><i style="background:url(CID:p@x)">'
    document = frame_of(message(mixed(html, picture("p@x"), subtype="related")))
    assert document.count("data:image/png;base64,") == 2
    assert "cid:" not in document.lower()


def test_a_picture_that_is_not_there_is_missed_by_name() -> None:
    drawn = page(message(html_mail('<img src="cid:nowhere">')))
    assert "cid:nowhere, but no part has this Content-ID" in drawn.text


def test_a_part_that_is_no_picture_is_not_put_into_the_frame() -> None:
    html = 'Content-Type: text/html\n\n<img src="cid:p">'
    one = message(mixed(html, picture("p", b"<p>", "text/html"), subtype="related"))
    assert "data:text/html" not in frame_of(one)
    assert "not a kind of picture" in page(one).text


def test_one_picture_shown_a_thousand_times_does_not_swell_the_page() -> None:
    html = "Content-Type: text/html\n\n" + '<img src="cid:p">' * 1_000
    one = message(mixed(html, picture("p", b"x" * 900_000), subtype="related"))
    assert len(views.drawn(one)["text/html"]) < 6_000_000
    assert "too big" in page(one).text


def test_mail_that_asks_for_the_network_is_said_to() -> None:
    for html in ("<img src='https://x.test/1'>", "<base href='https://x.test'><iframe src=x>"):
        assert WORDS("mailbox.remote_left") in page(message(html_mail(html))).text
    assert WORDS("mailbox.remote_left") not in page(message(html_mail("<p>no</p>"))).text


def test_html_of_very_many_elements_is_cut_and_said_to_be() -> None:
    drawn = page(message(html_mail("<br>" * 20_000 + "end")))
    assert "The HTML has 80,005 characters; the first 40,000 are shown." in drawn.text


@pytest.mark.timeout(20)
def test_html_made_to_be_slow_is_not() -> None:
    for bait in ("=" + " " * 190_000, "<" * 190_000, "url(" * 40_000, "target" + " " * 190_000):
        views.drawn(message(html_mail(bait)))


def test_an_attachment_is_saved_under_a_safe_name_as_octets() -> None:
    (link,) = page(message(mixed(attachment("../../etc/pass\x01wd", b"secret")))).all("a")
    assert link["download"] == "passwd"
    expected = base64.b64encode(b"secret").decode()
    assert link["href"] == f"data:application/octet-stream;base64,{expected}"


@pytest.mark.parametrize(
    ("said", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("数据.csv", "数据.csv"),
        ("../../.ssh/authorized_keys", "authorized_keys"),
        ("C:\\Windows\\x.dll", "x.dll"),
        (".bashrc", "bashrc"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("a\r\nb\x00\x1b.txt", "ab.txt"),
        ("con.txt", "_con.txt"),
        ("..", "part-3.zip"),
        ("", "part-3.zip"),
        (None, "part-3.zip"),
        ('a<b>:"|?*.txt', "ab.txt"),
        ("x. . .", "x"),
        ("n" * 500, "n" * 100),
        ("n" * 500 + ".pdf", "n" * 96 + ".pdf"),
        ("报" * 110 + ".pdf", "报" * 78 + ".pdf"),
        ("n" * 200 + ".pdf . .", "n" * 96 + ".pdf"),
        ("a.pdf" + " " * 300 + ".exe", "a.pdf .exe"),
        ("a.pdf\u3000\u2003\xa0\u2800.exe", "a.pdf .exe"),
        ("a.pdf\u3164\u115f\u200d.exe", "a.pdf.exe"),
        ("क्\u200dष.pdf", "क्\u200dष.pdf"),
        ("a...b", "a...b"),
    ],
)
def test_no_file_name_can_leave_its_folder_or_hide(said: str | None, safe: str) -> None:
    part = Part(b"", (), 0, 0, content_type="application/zip", filename=said)
    assert safe_name(part, 3) == safe


def test_a_big_attachment_stays_out_of_the_page() -> None:
    one = message(mixed(attachment("big.zip", b"x" * (MAX_FILE + 1))))
    drawn = page(one)
    assert drawn.all("a") == []
    assert "1,000,001 octets" in drawn.text
    assert "message.parts[0].content" in drawn.text
    assert len(views.drawn(one)["text/html"]) < 60_000


def test_many_attachments_together_stay_within_bounds() -> None:
    one = message(mixed(*(attachment(f"{n}.zip", b"x" * 900_000) for n in range(8))))
    assert len(page(one).all("a")) == 3
    assert len(views.drawn(mailbox(one, one, one))["text/html"]) < 6_000_000


def test_a_picture_that_is_attached_is_shown_and_saved() -> None:
    drawn = page(message(mixed(picture("unused"))))
    assert len(drawn.all("img")) == 1
    assert [link["download"] for link in drawn.all("a")] == ["part-0.png"]


def test_the_envelope_stands_beside_the_header_that_says_something_else() -> None:
    one = message("From: director@lab.test\nTo: all@lab.test\n\nhi\n")
    for said in (plain(one), page(one).text):
        assert "director@lab.test" in said
        assert "from you@lab.test to lin@lab.test" in said


def test_a_message_without_parts_says_that_nothing_is_shown() -> None:
    empty = message("Subject: shell\nContent-Type: multipart/mixed; boundary=b\n\nlost\n")
    assert WORDS("mailbox.no_parts") in page(empty).text
    assert WORDS("mailbox.no_parts") in plain(empty)
    assert "Defects:" in plain(empty)


def test_a_message_that_is_nested_too_deeply_is_shown_raw() -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(999)
    )
    drawn = page(message(nested))
    assert "nested deeper than 30 levels" in drawn.text
    assert 'boundary="0"' in drawn.text


def test_the_raw_message_is_cut_with_its_size_and_shows_lone_line_ends() -> None:
    text = page(message(b"Subject: a\r\n\r\nlone\nfeed and\rreturn\r\n" + b"x" * 50_000)).text
    assert r"lone\nfeed and\rreturn" in text
    assert "50,0" in text
    assert "message.raw has it all" in text


def test_a_mailbox_of_many_shows_the_newest_first_and_counts_the_rest() -> None:
    box = mailbox(*(message(f"Subject: number {n}\n\nhi\n") for n in range(1, 1_001)))
    drawn = page(box)
    assert drawn.text.index("number 1000") < drawn.text.index("number 999")
    assert "number 980" not in drawn.text
    assert "980 messages left out" in drawn.text
    assert "980 messages left out" in plain(box)
    # The newest stands open: only what it is made of is folded.
    first = views.drawn(box)["text/html"].split('class="sm-message"')[1]
    assert first.index('role="heading"') < first.index("<details")


def test_an_empty_mailbox_says_so() -> None:
    assert plain(Mailbox()) == WORDS("mailbox.empty")
    assert page(Mailbox()).text == WORDS("mailbox.empty")


# Verdict, hint, solution, prediction, progress


@pytest.mark.parametrize("status", ["passed", "failed", "error", "stuck", "not_attempted"])
def test_a_status_is_a_sign_and_a_word(status: Status) -> None:
    verdict = Verdict(exercise="read_reply", status=status, sentence="So it went.")
    sign, word = SIGNS[status], WORDS(f"verdict.status.{status}")
    assert page(verdict).text == f"{sign}{word}: read_reply So it went."
    assert plain(verdict).isascii()
    assert plain(verdict).startswith(f"[{word}: read_reply]\nSo it went.")


def test_a_verdict_tells_its_steps_the_wire_the_line_and_what_to_look_at() -> None:
    verdict = Verdict(
        exercise="f", status="stuck", sentence="It waits.", steps=("One.", "Two."),
        transcript="S: 250 a\n       ^", look="the hyphen", line=7, code="    sock.recv(1)",
        output="a\nb\n", note="Kept.",
    )  # fmt: skip
    drawn = page(verdict)
    for said in (plain(verdict), drawn.text):
        order = ["It waits.", "One.", "Two.", "S: 250 a", "Your line 7", "sock.recv(1)",
                 "the hyphen", "2 lines", "Kept."]  # fmt: skip
        assert [said.index(word) for word in order] == sorted(said.index(word) for word in order)
    assert "S: 250 a\n       ^" in views.drawn(verdict)["text/html"]


def test_steps_that_are_folded_are_counted_in_good_english() -> None:
    steps = tuple(f"Step {number}." for number in range(7))
    verdict = Verdict(exercise="f", status="failed", sentence="No.", steps=steps)
    for said in (plain(verdict), page(verdict).text):
        assert "Steps before: 1" in said


def test_a_hint_says_which_rung_it_is_and_what_comes_next() -> None:
    assert "Hint 1 of 3" in plain(Hint("f", 1, 3, "Look."))
    assert WORDS("hint.more", exercise="f") in page(Hint("f", 1, 3, "Look.")).text
    assert WORDS("hint.last", exercise="f") in page(Hint("f", 3, 3, "Look.")).text


def test_a_closed_solution_says_why_and_shows_nothing() -> None:
    closed = Solution("f", "SECRET", False, "After a pass.")
    for said in (plain(closed), views.drawn(closed)["text/html"]):
        assert "SECRET" not in said
        assert "After a pass." in said
    assert "def f(): pass" in plain(Solution("f", "def f(): pass\n", True, ""))


QUESTION = Prediction("What comes?", ("b''", "an error", "nothing"), "b''", "It is the end.")


def test_in_a_terminal_a_prediction_does_not_give_its_answer_away() -> None:
    said = plain(QUESTION)
    assert "It is the end." not in said
    assert all(choice in said for choice in QUESTION.choices)
    assert said.count("b''") == 1


def test_a_prediction_keeps_its_answer_folded_and_labels_every_choice() -> None:
    drawn = page(QUESTION)
    ids = [radio["id"] for radio in drawn.all("input")]
    assert len(ids) == 3
    assert [label["for"] for label in drawn.all("label")] == ids
    assert len({radio["name"] for radio in drawn.all("input")}) == 1
    (fold,) = drawn.all("details")
    assert "open" not in fold
    before, after = views.drawn(QUESTION)["text/html"].split("<details>")
    assert "It is the end." in after
    assert "It is the end." not in before


def test_a_question_that_nobody_answers_has_no_why() -> None:
    assert page(Prediction("So?", ("a", "b"), None, "")).all("details") == []


def test_progress_counts_each_lesson_and_names_what_is_next() -> None:
    now = progress("progress.json was damaged")
    for said in (plain(now), page(now).text):
        assert f"{now.passed} of {now.total} exercises passed" in said
        assert f"Next {now.next}" in said.replace(":", "")
        assert "progress.json was damaged" in said
        assert "notebooks" in said
    rows = page(now).all("tr")
    assert len(rows) == 1 + len(LESSONS)


def test_progress_links_the_lessons_that_are_there(tmp_path: Path) -> None:
    there = LESSONS[2].notebook
    (tmp_path / there).touch()
    drawn = page(progress(folder=tmp_path))
    assert [link["href"] for link in drawn.all("a")] == [there]
    assert all(lesson.title in drawn.text for lesson in LESSONS)


ROWS = (
    ("Replies cut in two", True, "Delivered exactly.", True, "Delivered exactly."),
    ("421 to EHLO", False, "Raised `EOFError`.", True, "Raised SMTPError: 421."),
)


def test_the_gauntlet_is_a_table_with_a_row_for_each_scenario() -> None:
    drawn = page(gauntlet(*ROWS))
    assert len(drawn.all("tr")) == 1 + len(ROWS)
    for word in ("Scenario", "Your client", "smtplib", "What happened"):
        assert word in drawn.text
    assert "1 of 2 passed by your client, 2 by smtplib" in drawn.text
    assert "✓passed" in drawn.text.replace(" ", "")
    assert "✗failed" in drawn.text.replace(" ", "")
    assert drawn.text.count("Delivered exactly.") == 1
    assert "Both: Delivered exactly." in drawn.text
    assert "Your client: Raised EOFError. smtplib: Raised SMTPError: 421." in drawn.text
    assert "Right: 421 to EHLO goes well." in drawn.text


def test_the_gauntlet_shows_first_what_was_lost() -> None:
    names = "both pass", "smtplib loses", "mine loses", "both lose", "both pass too"
    outcomes = (True, True), (True, False), (False, True), (False, False), (True, True)
    rows = [(n, m, "This.", s, "That.") for n, (m, s) in zip(names, outcomes, strict=True)]
    order = ["both lose", "mine loses", "smtplib loses", "both pass", "both pass too"]
    for said in (plain(gauntlet(*rows)), page(gauntlet(*rows)).text.replace("Right: ", "\n")):
        found = [said.index(f" {name}") for name in order]
        assert found == sorted(found)


def test_each_transcript_of_the_gauntlet_is_folded_and_labelled() -> None:
    drawn = page(gauntlet(*ROWS))
    assert len(drawn.all("details")) == len(drawn.all("summary")) == 2 * len(ROWS)
    assert not any("open" in details for details in drawn.all("details"))
    labels = [printed["aria-label"] for printed in drawn.all("pre")]
    assert len(set(labels)) == 2 * len(ROWS)
    assert drawn.text.count("S: 220 hello") == len(ROWS)
    assert drawn.text.count("heard no word") == len(ROWS)


def test_in_a_terminal_the_gauntlet_shows_the_transcript_of_what_failed() -> None:
    said = plain(gauntlet(*ROWS))
    assert said.isascii()
    assert [line[:22].split() for line in said.split("\n")[3:5]] == [["failed", "passed"], []]
    assert said.count("S: 220 hello") == 1
    assert max(map(len, said.split("\n"))) <= 100


def test_how_far_it_is_stands_in_one_line_until_the_table_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[tuple[str, Any, bool]] = []

    def publish(data: dict[str, str], transient: dict[str, Any], update: bool) -> None:
        said.append((data["text/plain"], transient.get("display_id"), update))

    shell = SimpleNamespace(display_pub=SimpleNamespace(publish=publish), execution_count=1)
    monkeypatch.setattr(views, "_shell", lambda: shell)
    waiting = views.Waiting()
    for done in (0, 1, 1, 2):
        waiting.tell(done, 2)
    views.show(Gauntlet(message="x"), waiting)
    assert [text.partition(" runs")[0] for text, _, _ in said[:3]] == ["0 of 2", "1 of 2", "2 of 2"]
    assert said[3][0].startswith("Gauntlet")
    assert len({place for _, place, _ in said}) == 1
    assert [update for _, _, update in said] == [False, True, True, True]


def test_how_far_a_check_is_stands_where_its_verdict_will(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[tuple[str, Any, bool]] = []

    def publish(data: dict[str, str], transient: dict[str, Any], update: bool) -> None:
        said.append((data["text/plain"], transient.get("display_id"), update))

    def check(function: object, told: Any) -> Verdict:
        told(1, 2)
        return Verdict(exercise="send_mail", status="passed", sentence="It does.")

    shell = SimpleNamespace(display_pub=SimpleNamespace(publish=publish), execution_count=1)
    monkeypatch.setattr(views, "_shell", lambda: shell)
    monkeypatch.setattr(student, "check", check)
    smtplab.check(len)
    (first, place, _), (last, same, update) = said
    assert first.startswith("1 of 2 runs")
    assert "It does." in last
    assert (same, update) == (place, True)


def test_a_gauntlet_that_was_not_run_says_why() -> None:
    why = Gauntlet(message="send_mail is not yet written.")
    assert "send_mail is not yet written." in plain(why)
    assert "send_mail is not yet written." in page(why).text


# Escaping


def test_one_line_stays_one_line_and_is_cut_with_a_count() -> None:
    assert one_line("a\r\nb\tc") == r"a\r\nb\tc"
    assert one_line("x" * 300, 10) == "x" * 10 + " … (300 characters)"
    assert "\n" in visible("a\nb")


@pytest.mark.parametrize(
    "text", ["\N{MAN}\u200d\N{GIRL}", "\u0645\u06cc\u200c\u062e", "क्\u200dष",
             "1\ufe0f\u20e3 \u2764\ufe0f", "葛\U000e0100"],
)  # fmt: skip
def test_scripts_and_emoji_that_need_joiners_keep_them(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    "odd", ["\u200d", "\u200c", "\u034f", "\u115f", "\u1160", "\u17b4", "\u180e", "\u2060",
            "\u3164", "\ufe00", "\ufe0f", "\uffa0", "\U0001d173", "\U000e0041", "\U000e0100"],
)  # fmt: skip
def test_what_cannot_be_seen_is_shown(odd: str) -> None:
    assert visible(f"pay{odd}pal") == f"pay{odd.encode('unicode_escape').decode()}pal"


@pytest.mark.parametrize("blank", ["\xa0", "\u2003", "\u202f", "\u2800", "\u3000"])
def test_a_blank_that_is_no_space_is_shown_in_a_line_and_stays_in_a_text(blank: str) -> None:
    assert one_line(f"a{blank}b") == f"a{blank.encode('unicode_escape').decode()}b"
    assert visible(f"a{blank}b") == f"a{blank}b"


def test_the_blank_of_chinese_type_is_shown_in_a_file_name_alone() -> None:
    """There it hides an ending; in a subject, a name and a text it is at home."""
    texts = "Content-Type: text/plain; charset=utf-8\n\n五\u3000六\n"
    heads = "From: 一\u3000二 <a@lab.test>\nSubject: 三\u3000四\n"
    one = message(heads + mixed(texts, attachment("a.pdf\u3000.exe")).partition("\n")[2])
    for thing in (one, mailbox(one), one.explore()):
        assert "三\u3000四" in plain(thing)
        assert "三 四" in page(thing).text
    assert "\\u3000四" not in page(mailbox(one)).text
    assert "一\u3000二" in plain(one)
    assert "五\u3000六" in plain(one)
    for said in (plain(one), page(one).text):
        assert "a.pdf\\u3000.exe" in said
        assert "a.pdf\u3000" not in said


def test_what_is_invisible_is_shown_in_a_subject() -> None:
    one = message("Subject: pay\ufeff\u202epal\u2003\xa0!\n\nx\n")
    assert r"pay\ufeff\u202epal\u2003\xa0!" in plain(one)


def test_the_ending_of_a_long_file_name_is_shown_wherever_the_name_is() -> None:
    one = message(mixed(attachment("n" * 300 + ".pdf.exe")))
    for said in (plain(one), page(one).text, plain(one.explore()), page(one.explore()).text):
        assert re.search(r"n{60,} … n+\.pdf\.exe … \(308 characters\)", said)
