"""The live mailbox in JupyterLab: read, followed and saved from; hostile mail stays sealed in."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from html import escape
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from smtplab.lab import Message
from smtplab.views.frame import Budget, seal

from .conftest import Course, Student, barriers, launched
from .hostile import (
    KINDS,
    PAYLOADS,
    PIXEL,
    Canary,
    Tripwire,
    click_everything,
    disguised,
    hostile,
    letters,
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
    context.set_default_timeout(5_000)
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
    listed.press("End")
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


# Letters that make the browser connect

ALL = "display(HTML(''.join(views.drawn(one)['text/html'] for one in box)))"
# As it was once: the sandbox and the policy stood, and nothing was taken out before.
BARE = """
from smtplab.views import frame

frame.sanitise = lambda html, picture: ("", html)
"""
CONTROL = ("iframe", "slash", "frame", "srcdoc", "base-iframe",
           "comment", "noscript", "svg-foreign")  # fmt: skip
CONTROL_KINDS = ("iframe", "frame", "srcdoc", "stylesheet", "css-here", "svg-image")


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    tripwire = Tripwire()
    yield tripwire
    tripwire.close()


@pytest.fixture
def wired(chromium: Browser, course: Course, tripwire: Tripwire) -> Iterator[Student]:
    """A student whose browser takes the tripwire for every server but this machine's own."""
    browser = launched(chromium.browser_type, tripwire.rules)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield Student(page, course)
    browser.close()


def all_loaded(page: Page, frames: Locator, count: int) -> None:
    """Wait until so many letters are in their frames, in sight or not."""
    expect(frames).to_have_count(count)
    frames.evaluate_all("frames => frames.forEach(f => f.loading = 'eager')")
    for element in frames.element_handles():
        frame = element.content_frame()
        assert frame is not None
        frame.wait_for_url("about:srcdoc")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("sealed", [True, False])
def test_no_letter_that_is_shown_makes_the_browser_connect_and_bare_it_would(
    wired: Student, tripwire: Tripwire, sealed: bool
) -> None:
    """Live, then on an exported page, then in the notebook that is opened without its kernel."""
    mail = letters() if sealed else {name: letters()[name] for name in CONTROL}
    expected = set() if sealed else set(mail)
    page = wired.page
    stored(wired, list(mail.values()))
    wired.scratch(HOSTILE if sealed else HOSTILE + BARE, "box", ALL)
    run(wired, "c0", "c1")
    box = view(wired)
    listed = box.get_by_role("listbox", name="Messages")
    listed.focus()
    page.keyboard.press("End")
    for number in range(1, len(mail) + 1):
        shows(box, number)
        all_loaded(page, box.locator("iframe"), 1)
        page.keyboard.press("ArrowUp")
    assert tripwire.touched(page) == expected
    run(wired, "c2")
    all_loaded(page, wired.active.locator("iframe"), len(mail))
    assert tripwire.touched(page) == expected
    wired.save()
    wired.menu("Kernel", "Shut Down Kernel")
    expect(page.get_by_role("button", name="No Kernel", exact=True)).to_be_visible()

    own = dict.fromkeys(("mathjax_url", "require_js_url", "jquery_url"), "")
    notebook = nbformat.read(wired.course.folder / "scratch.ipynb", 4)
    exported, _ = HTMLExporter(**own).from_notebook_node(notebook)
    file = wired.course.folder / "scratch.html"
    file.write_text(exported, encoding="utf-8")
    page.goto(file.as_uri())
    # The notebook shows the newest of the box, and then all.
    all_loaded(page, page.locator("iframe"), len(mail) + min(len(mail), 20))
    assert tripwire.touched(page) == expected

    wired.open("scratch.ipynb")  # the kernel that it gets knows nothing of the letters
    wired.go_to("c2")
    all_loaded(page, wired.active.locator("iframe"), len(mail))
    wired.go_to("c1")
    all_loaded(page, wired.active.locator("iframe"), min(len(mail), 20))
    assert tripwire.touched(page) == expected


@pytest.mark.timeout(400)
@pytest.mark.parametrize("sealed", [True, False])
def test_no_disguise_of_any_kind_of_letter_makes_the_browser_connect(
    chromium: Browser, tripwire: Tripwire, sealed: bool
) -> None:
    """434 letters on plain pages: each kind in seven disguises, others for each."""
    browser = launched(chromium.browser_type, tripwire.rules)
    page = browser.new_page()
    for number, kind in enumerate(KINDS if sealed else CONTROL_KINDS):
        mail = [*disguised(kind).values()] * 2
        first = 7 * number % (len(mail) // 2) if sealed else 0
        ones = [Message("", [], f"Content-Type: text/html\r\n\r\n{html}".encode(), 0)
                for html in mail[first : first + 7]]  # fmt: skip
        frames = [seal(one.html or "", one.parts, "", Budget()).frame if sealed
                  else f'<iframe srcdoc="{escape(one.html or "")}"></iframe>'
                  for one in ones]  # fmt: skip
        page.set_content("".join(frames).replace('loading="lazy"', ""), wait_until="load")
        assert page.locator("iframe").count() == 7
        assert tripwire.touched(page) == (set() if sealed else {kind})
    browser.close()


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


def test_much_mail_and_a_big_one_open_small_and_an_empty_box_begins_anew(student: Student) -> None:
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
        "lab.mailbox.clear()\nsend('after')",
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

    # Number 1 is another message now, and the one that was shown is gone.
    run(student, "c6")
    student.go_to("c5")
    expect(box.get_by_role("heading", level=3).last).to_have_text("Message: after")
    expect(box).not_to_contain_text("big.zip")

    # A message too big to be told unasked is asked for, however often the page hears of it before.
    run(student, "c8")
    student.go_to("c5")
    expect(box).to_contain_text("last.zip")
