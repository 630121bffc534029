"""The views: what they say, and that nothing of a mail's or a student's gets into the page."""

import base64
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from smtplab import views
from smtplab.exercises import (
    LESSONS,
    ExerciseProgress,
    Gauntlet,
    Hint,
    LessonProgress,
    Prediction,
    Progress,
    Solution,
    Verdict,
)
from smtplab.exercises.gauntlet import Outcome, Row
from smtplab.exercises.judge.verdict import Status
from smtplab.exercises.scenarios import Scenario
from smtplab.lab import Event, Lab, Mailbox, Message, Part, Session, Transcript
from smtplab.views import texts, transcript
from smtplab.views.files import safe_name
from smtplab.views.frame import MAX_FILE, POLICY
from smtplab.views.html import one_line, visible

VOID = {"br", "img", "input"}
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


def gauntlet(*rows: tuple[str, bool, str, bool, str], said: str = "220 hello") -> Gauntlet:
    """Rows of a name, and for each of the two senders whether it was right and what is said."""
    tape = Transcript()
    tape.open(587)
    tape.append(Event(0.0, "S", f"{said}\r\n".encode("utf-8", "replace"), False, 1, 587))
    return Gauntlet(
        tuple(
            Row(Scenario(name=name, right=f"{name} goes well."), Outcome(mine, what, tape),
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
    assert "mathjax_ignore" in str(drawn.elements[0][1]["class"]).split()
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

    def publish(self, data: dict[str, str]) -> None:
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
    from smtplab.views import verdict

    def broken(hint: Hint) -> str:
        raise KeyError("gone")

    monkeypatch.setattr(verdict, "hint_html", broken)
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


def test_the_ladder_puts_client_and_server_in_their_columns() -> None:
    html = views.drawn(session(*DIALOGUE))["text/html"]
    client = re.search(r"<tr>(<th.*?)</tr>", html[html.index("EHLO") - 150 :], re.DOTALL)
    assert client is not None
    assert re.search(r"EHLO client.*client to server", client[0], re.DOTALL)
    assert re.search(r"server to client.*220 mail\.lab\.test", html, re.DOTALL)


def test_tls_auth_and_data_are_marked_by_words() -> None:
    said = page(session(*DIALOGUE, tls_from=5)).text
    assert texts.TLS_BEGINS in said
    assert texts.MARK_AUTH in said
    assert texts.MARK_DATA in said
    assert texts.MARK_END in said
    assert said.index("go ahead") < said.index(texts.TLS_BEGINS) < said.index("AUTH LOGIN")
    assert texts.TLS_FIRST in page(session(*DIALOGUE, tls_from=0, port=465)).text


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
    assert f"{5_000 - transcript.MAX_DATA_LINES:,} lines more" in html
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
    assert "5 older sessions" in drawn.text
    assert "220 number 25" in plain(tape)


def test_before_anything_was_said_the_transcript_says_so() -> None:
    assert plain(Transcript()) == texts.TRANSCRIPT_EMPTY
    assert page(Transcript()).text == texts.TRANSCRIPT_EMPTY
    assert texts.SESSION_EMPTY in page(session()).text


# The mailbox


def frame_of(one: Message) -> str:
    (frame,) = page(one).all("iframe")
    document = frame["srcdoc"]
    assert document is not None
    return document


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
    assert texts.REMOTE_LEFT in page(message(html_mail('<img src="https://x.test/1">'))).text
    assert texts.REMOTE_LEFT not in page(message(html_mail("<p>no</p>"))).text


def test_a_target_attribute_loses_its_force_and_prose_keeps_its_look() -> None:
    document = frame_of(message(html_mail('<a TARGET = _self href="x">go</a> target= 5')))
    assert not re.search(r"target\s*=", document.split("<style>")[1], re.IGNORECASE)


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
    ],
)
def test_no_file_name_can_leave_its_folder_or_hide(said: str | None, safe: str) -> None:
    assert safe_name(Part("application/zip", said, None, None, None, b"", None), 3) == safe


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
    assert texts.NO_PARTS in page(empty).text
    assert texts.NO_PARTS in plain(empty)
    assert "Defects:" in plain(empty)


def test_a_message_that_no_parser_can_take_is_shown_raw() -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(999)
    )
    drawn = page(message(nested))
    assert "too deeply nested" in drawn.text
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
    assert "980 older messages" in drawn.text
    assert "980 older messages" in plain(box)
    # The newest stands open: only what it is made of is folded.
    first = views.drawn(box)["text/html"].split('class="sm-message"')[1]
    assert first.index('role="heading"') < first.index("<details")


def test_an_empty_mailbox_says_so() -> None:
    assert plain(Mailbox()) == texts.MAILBOX_EMPTY
    assert page(Mailbox()).text == texts.MAILBOX_EMPTY


# Verdict, hint, solution, prediction, progress


@pytest.mark.parametrize("status", ["passed", "failed", "error", "stuck", "not_attempted"])
def test_a_status_is_a_sign_and_a_word(status: Status) -> None:
    verdict = Verdict(exercise="read_reply", status=status, sentence="So it went.")
    sign, word = texts.VERDICT_STATUS[status]
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
    assert texts.HINT_MORE.format(exercise="f") in page(Hint("f", 1, 3, "Look.")).text
    assert texts.HINT_LAST.format(exercise="f") in page(Hint("f", 3, 3, "Look.")).text


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


def test_a_gauntlet_that_was_not_run_says_why() -> None:
    why = Gauntlet(message="send_mail is not yet written.")
    assert "send_mail is not yet written." in plain(why)
    assert "send_mail is not yet written." in page(why).text


# Escaping


def test_one_line_stays_one_line_and_is_cut_with_a_count() -> None:
    assert one_line("a\r\nb\tc") == r"a\r\nb\tc"
    assert one_line("x" * 300, 10) == "x" * 10 + " … (300 characters)"
    assert "\n" in visible("a\nb")


def test_scripts_and_emoji_that_need_joiners_keep_them() -> None:
    family = "\N{MAN}\u200d\N{GIRL}"
    assert visible(family) == family
