"""The live mailbox in JupyterLab: read, followed and saved from; hostile mail stays sealed in."""

import base64
import contextlib
import hashlib
import json
import re
import time
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from .conftest import Course, Student, barriers
from .hostile import (
    PAYLOADS,
    PIXEL,
    Canary,
    click_everything,
    hostile,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def view(student: Student) -> Locator:
    return student.active.locator("smtplab-live > .smtplab-live")


def run(student: Student, *cells: str) -> None:
    for cell in cells:
        # Out of what has the focus, and uses the arrow keys for itself.
        student.notebook.locator(".jp-Notebook").click(position={"x": 5, "y": 5})
        student.go_to(cell)
        student.run()


# Hostile mail

HOSTILE = """
import base64, json
from IPython.display import HTML, display
from smtplab import views
from smtplab.lab import Event, Mailbox, Message, Transcript

views.attach()
box, tape = Mailbox(), Transcript()
for number, (payload, raw) in enumerate(json.load(open("mail.json")), 1):
    said = payload.encode() + b"\\r\\n"
    tape.open(25)
    tape.append(Event(0.0, "S", b"220 " + said, False, number, 25))
    tape.append(Event(0.0, "C", said, False, number, 25))
    box.add(Message(payload, [payload], base64.b64decode(raw), number))
"""


class Guard:
    """What the page of JupyterLab did that it should not, while hostile mail was shown in it."""

    def __init__(self, page: Page, canary: Canary) -> None:
        self.page = page
        self.canary = canary
        self.happened: list[str] = []
        self.saved: list[str] = []
        page.on("dialog", lambda dialog: (self.happened.append("dialog"), dialog.dismiss()))
        page.on("popup", lambda popup: self.happened.append(f"popup {popup.url}"))
        page.on("pageerror", lambda error: self.happened.append(f"error {error}"))
        page.on("download", self._download)

    def _download(self, download: Any) -> None:
        if download.url.startswith("data:application/octet-stream;base64,"):
            self.saved.append(download.suggested_filename)
        else:
            self.happened.append(f"download {download.url}")

    def found(self) -> list[str]:
        self.page.wait_for_timeout(300)
        left = [f.url for f in mail_frames(self.page) if f.url not in ("about:srcdoc", "")]
        title = ["title"] if self.page.title() == "ran" else []
        gone = [] if "/lab/tree/scratch.ipynb" in self.page.url else [self.page.url]
        return self.happened + self.canary.asked + left + title + gone


def mail_frames(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if frame.parent_frame is page.main_frame]


@pytest.fixture
def reader(chromium: Browser, course: Course) -> Iterator[Student]:
    """A student whose page may complain: the frame's policy tells the console what it stopped."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield Student(context.new_page(), course)
    context.close()


# What a page of JupyterLab could make of text, although it is no markup: mathematics with a link,
# Markdown, a command of JupyterLab's.
JUPYTER = (
    r"$\href{URL}{go}$ \(\href{URL}{go}\) \[\unicode{x41}\] [go](URL) ![x](URL) "
    "<a data-commandlinker-command='docmanager:open' href='URL'>go</a>"
)
# Those in which every fold is opened: what a reader sees there is drawn in one way for all.
UNFOLDED = ("script", "img-onerror", "svg-onload", "css-import", "break-out", "break-quote")


def stored(reader: Student, payloads: list[str]) -> None:
    mail = [(one, base64.b64encode(hostile(one).raw).decode()) for one in payloads]
    (reader.course.folder / "mail.json").write_text(json.dumps(mail))


def shows(box: Locator, number: int) -> None:
    """Wait until a message is shown: its envelope says which session brought it."""
    expect(box.locator("dd").last).to_have_text(re.compile(rf", session {number}$"))


def to_the_oldest(box: Locator, listed: Locator) -> None:
    """By the End key; a page that is busy may lose one, and then it is pressed again."""
    for _ in range(10):
        listed.press("End")
        with contextlib.suppress(AssertionError):
            expect(box.locator("dd").last).to_have_text(re.compile(", session 1$"), timeout=3000)
            return


def look_through(box: Locator) -> None:
    """Open every fold."""
    folds = box.locator("details:not([open]) > summary")
    while folds.count():
        folds.first.click()
    inside = box.locator("details :is(pre, table, ul)")
    assert inside.count() > 2
    assert inside.locator("a, img, iframe, script, svg, style, mjx-container").count() == 0


def test_hostile_mail_neither_runs_nor_loads_nor_leaves_its_frame_in_jupyterlab(
    reader: Student, canary: Canary
) -> None:
    stored(reader, [*map(canary.payload, PAYLOADS), JUPYTER.replace("URL", canary.address)])
    reader.scratch(HOSTILE, "box")
    page = reader.page
    guard = Guard(page, canary)
    run(reader, "c0", "c1")
    box = view(reader)
    listed = box.get_by_role("listbox", name="Messages")
    reader.idle()
    to_the_oldest(box, listed)
    used = 0
    for number, name in enumerate([*PAYLOADS, "jupyter"], 1):
        shows(box, number)
        frame = box.locator("iframe").element_handle().content_frame()
        assert frame is not None
        frame.wait_for_load_state()
        used += click_everything(frame)
        assert frame.url == "about:srcdoc"
        if name in (*UNFOLDED, "jupyter"):
            box.get_by_role("link", name="Save").click()
            look_through(box)
        assert guard.happened + canary.asked == []
        listed.focus()
        page.keyboard.press("ArrowUp")
    assert guard.found() == []
    assert used > 20  # what there is left to click, and to press
    assert box.locator("svg, style, script, mjx-container").count() == 0
    # Whenever MathJax comes by, it leaves this alone; the control is below.
    expect(box).to_have_class(re.compile(r"\bmathjax_ignore\b"))
    assert len(guard.saved) == len(UNFOLDED) + 1
    assert not [name for name in guard.saved if re.search(r"[/\\<>:\x00-\x1f]", name)]


def test_without_a_kernel_hostile_mail_is_sealed_in_too_and_bare_it_would_be_noticed(
    reader: Student, canary: Canary
) -> None:
    """The plain views, and then the control: the same mail without its walls."""
    payloads = {name: canary.payload(name) for name in PAYLOADS}
    stored(reader, [*payloads.values(), JUPYTER.replace("URL", canary.address)])
    bare = "".join(f"<iframe srcdoc='{escape(one)}'></iframe>" for one in payloads.values())
    (reader.course.folder / "bare.html").write_text(bare)
    plain = "for one in box: display(HTML(views.drawn(one)['text/html']))"
    mathematics = "<p>" + JUPYTER.replace("URL", canary.address)
    reader.scratch(HOSTILE, plain, "display(HTML(open('bare.html').read()))",
                   f"display(HTML({mathematics!r}))")  # fmt: skip
    page = reader.page
    guard = Guard(page, canary)
    run(reader, "c0", "c1")
    frames = reader.active.locator("iframe")
    frames.evaluate_all("frames => frames.forEach(f => f.loading = 'eager')")
    assert frames.count() == len(PAYLOADS) + 1
    page.wait_for_load_state()
    assert sum(map(click_everything, mail_frames(page))) > 20
    assert reader.active.locator("mjx-container").count() == 0
    assert guard.found() == []

    run(reader, "c3")
    expect(reader.active.locator("mjx-container a").first).to_have_attribute(
        "href", re.compile(canary.address)
    )
    run(reader, "c2")
    wanted = {"script", "img-onerror", "img-remote", "svg-onload", "css-import", "link-stylesheet"}
    until = time.monotonic() + 20
    while not wanted <= (noticed := {one.split("/")[1] for one in canary.asked}):
        assert time.monotonic() < until, noticed
        page.wait_for_timeout(100)
    assert "dialog" in guard.found()


# Reading

SETUP = """
import hashlib, os, smtplib, time
from email.message import EmailMessage
from smtplab import Lab

lab = Lab()
octets = os.urandom(900_000)

def send(subject, *files, picture=None, seconds=0):
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = subject, "Lin <lin@lab.test>", "you@lab.test"
    letter["Date"] = "Sat, 28 Nov 2026 21:00:00 +0000"
    letter.set_content("hello, you\\n" * 3)
    letter.add_alternative('<h1>Hello</h1><img src="cid:dot@lab.test" alt="dot">', subtype="html")
    if picture:
        html = letter.get_payload()[1]
        html.add_related(picture, "image", "png", cid="<dot@lab.test>", disposition="inline")
        letter.add_attachment(picture, "image", "png", filename="kept.png")
    for name, content in files:
        letter.add_attachment(content, "application", "zip", filename=name)
    with smtplib.SMTP(*lab.address(25), local_hostname="client.lab.test") as server:
        server.send_message(letter, "lin@lab.test", ["you@lab.test"])
        time.sleep(seconds)

"""
SETUP += f"PICTURE = {PIXEL!r}\n"


def received(page: Page) -> list[int]:
    """How many octets have come to the page from the kernel since, in the list's one element."""
    count = [0]

    def heard(frame: str | bytes) -> None:
        count[0] += len(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    return count


def tab_to(page: Page, wanted: Locator) -> None:
    """Go on with the Tab key until something has the focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the Tab key does not reach it")


def test_the_mailbox_follows_and_is_read_and_saved_from_by_keyboard_alone(student: Student) -> None:
    student.scratch(
        SETUP,
        "lab.mailbox",
        "send('first', ('../a:b.zip', octets), picture=PICTURE)\nsend('second', seconds=8)",
        "print(hashlib.sha256(octets).hexdigest(), lab.transcript[0].lines()[1].text)",
        "lab.transcript",
    )
    page = student.page
    run(student, "c0", "c1")
    box = view(student)
    expect(box).to_contain_text("no message has arrived")

    # While the cell still runs, what has arrived is there, in full.
    student.go_to("c2")
    page.keyboard.press("Shift+Enter")
    student.go_to("c1")
    expect(box.get_by_role("heading", level=3).last).to_have_text("Message: second")
    expect(student.notebook.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(1)
    expect(box.frame_locator("iframe").get_by_role("heading")).to_have_text("Hello")
    expect(box.get_by_role("heading").first).to_have_text("Mailbox: 2 messages, newest first")

    # What the kernel is asked for meanwhile comes when it answers; until then the view says so.
    box.get_by_role("listbox").focus()
    page.keyboard.press("End")
    expect(box.get_by_role("status")).to_contain_text("Waiting for the kernel")
    expect(box.get_by_role("heading", level=3).last).to_have_text("Message: first")
    expect(box.get_by_role("status")).to_be_empty()
    expect(student.notebook.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0)

    # The list, the message, its inline picture and the one that is attached.
    box.get_by_role("listbox").focus()
    page.keyboard.press("Home")
    expect(box.get_by_role("heading", level=3).last).to_have_text("Message: second")
    page.keyboard.press("ArrowDown")
    expect(box.get_by_role("heading", level=3).last).to_have_text("Message: first")
    expect(box).to_contain_text("from lin@lab.test to you@lab.test, session 1")
    loaded = "picture => picture.complete && picture.naturalWidth"
    for picture in (box.frame_locator("iframe").get_by_alt_text("dot"),
                    box.get_by_role("img", name="kept.png")):  # fmt: skip
        picture.wait_for()
        assert picture.evaluate(loaded) == 1
    assert barriers(page) == []

    # What it is made of.
    for fold, text in (("Raw", "Subject: first"), ("Header", "Lin <lin@lab.test>"),
                       ("Parts: 5", "application/zip")):  # fmt: skip
        tab_to(page, box.locator("summary", has_text=fold))
        page.keyboard.press("Enter")
        expect(box.locator("details[open]").last).to_contain_text(text)
        assert barriers(page) == []
    expect(box).to_contain_text("none that a parser finds")

    # The attachment, octet by octet, under a name that no file system can misread.
    box.get_by_role("link", name="Save ab.zip").focus()
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert saved.value.suggested_filename == "ab.zip"
    found = hashlib.sha256(saved.value.path().read_bytes()).hexdigest()
    run(student, "c3")
    said = student.active.locator(".jp-OutputArea-output pre").inner_text().split()
    assert said == [found, "ehlo", "client.lab.test"]

    # Another view, with its own style for its rows, changes nothing here.
    run(student, "c4")
    expect(view(student).locator(".sm-row").first).to_be_visible()
    student.go_to("c1")
    expect(box.get_by_role("option").first).to_have_css("display", "grid")
    student.dark()
    assert barriers(page) == []


def test_much_mail_and_a_big_one_open_small(student: Student) -> None:
    count = received(student.page)
    student.scratch(
        SETUP,
        "from smtplab.lab import Mailbox, Message\n"
        "boxes = [Mailbox(), Mailbox()]\n"
        "for box, many in zip(boxes, (50, 1000)):\n"
        "    for n in range(many):\n"
        "        box.add(Message('', ['lin@lab.test'], b'Subject: no. %d\\r\\n\\r\\n' % n, 1))",
        "boxes[0]",
        "boxes[1]",
        "send('big', ('big.zip', octets * 20))\nlen(lab.mailbox.wait().raw)",
        "lab.mailbox",
        "send('after')",
        "boxes[1].add(Message('', ['lin@lab.test'], b'Subject: newest\\r\\n\\r\\n', 1))",
        "send('at last', ('last.zip', octets))\n"
        "model = lab.mailbox._live_by_smtplab\n"
        "for _ in range(9):\n"
        "    model.send(model.first(lab.mailbox))\n"
        "    time.sleep(0.03)",
    )  # fmt: skip
    opened = {}
    run(student, "c0", "c1")
    for cell, newest in (("c2", "Message: no. 49"), ("c3", "Message: no. 999")):
        before = count[0]
        run(student, cell)
        box = view(student)
        expect(box.get_by_role("heading").last).to_have_text(newest)
        opened[cell] = count[0] - before
        assert box.get_by_role("option").count() < 20
    assert opened["c3"] < opened["c2"] * 1.2
    box.get_by_role("listbox").focus()
    student.page.keyboard.press("End")
    expect(box.get_by_role("option").last).to_contain_text("no. 0")
    expect(box.get_by_role("heading").last).to_have_text("Message: no. 0")

    # What a reader looks at stays, and stays marked, whatever arrives; unless it is not wanted.
    run(student, "c7")
    student.go_to("c3")
    expect(box.get_by_role("heading").first).to_contain_text("1,001 messages")
    expect(box.get_by_role("heading").last).to_have_text("Message: no. 0")
    expect(box.locator("[aria-selected=true][role=option]")).to_contain_text("no. 0")
    box.get_by_role("button", name="Follow the newest").click()
    expect(box.get_by_role("heading").last).to_have_text("Message: newest")
    expect(box.locator("[aria-selected=true][role=option]")).to_contain_text("newest")

    run(student, "c4")
    assert int(student.active.locator(".jp-OutputArea-output pre").inner_text()) > 24_000_000
    before = count[0]
    run(student, "c5")
    box = view(student)
    expect(box).to_contain_text("big.zip")
    expect(box).to_contain_text("too big for this page: message.parts[2].content has its octets")
    expect(box).to_contain_text("18,000,000 octets")
    assert count[0] - before < 150_000

    # The newest is followed.
    run(student, "c6")
    student.go_to("c5")
    expect(box.get_by_role("heading", level=3).last).to_have_text("Message: after")
    expect(box).not_to_contain_text("big.zip")

    # A message too big to be told unasked is asked for, however often the page hears of it before.
    run(student, "c8")
    student.go_to("c5")
    expect(box).to_contain_text("last.zip")
