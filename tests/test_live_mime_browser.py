"""The MIME explorer in JupyterLab, as a reader uses it, by keyboard and by mouse."""

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SETUP = """
import base64, random
from smtplab import Lab

lab = Lab()
HEAD = ("From: you@lab.test\\nDate: Wed, 04 May 2016 09:30:00 +0200\\nMIME-Version: 1.0\\n"
        "Subject: =?utf-8?B?5piO5L+h54mH?=\\n")

def letter(octets=3_000, boundary="cut", text="Hello", picture=b"PNG"):
    data = base64.encodebytes(random.Random(1).randbytes(octets)).decode()
    small = base64.encodebytes(picture).decode()
    return lab.read((HEAD + f'''Content-Type: multipart/mixed; boundary="{boundary}"

Before.
--{boundary}
Content-Type: multipart/related; boundary=inner; type="text/html"

--inner
Content-Type: text/html; charset=utf-8

<b>{text}</b>
--inner
Content-Type: image/png
Content-Transfer-Encoding: base64

{small}--inner--
--{boundary}
Content-Type: application/zip
Content-Disposition: attachment; filename*=utf-8\\'\\'%E4%BF%A1.zip
Content-Transfer-Encoding: base64

{data}--{boundary}--
''').replace("\\n", "\\r\\n").encode())
"""
BROKEN = """
raw = letter().raw.replace(b'"cut"', b"'cut'").replace(b"MIME-Version: 1.0\\r\\n", b"")
shell = lab.read(raw)
shell.explore()
"""
SLOW = """
import time
from smtplab.views.live import mime
answer = mime.Model.ask_line
mime.Model.ask_line = lambda self, **given: (time.sleep(10), answer(self, **given))[1]
"""
HOSTILE = r"""
evil = "<img src=x onerror=alert(1)><script>alert(2)</script>\x1b[2J\u202e\0"
word = base64.b64encode(evil.encode() + b"\xed\xa0\x80").decode()
lab.read((f"Subject: =?utf-8?B?{word}?=\r\n{evil}: {evil}\r\n"
          f'Content-Type: multipart/mixed; boundary=b; x="{evil}"\r\n\r\n--b\r\n'
          f'Content-Type: text/html; name="{evil}"\r\n\r\n{evil}\rlone\r\n').encode()
         + b"x" * 1_000_000 + b"\r\n" + b"--b\r\n\r\nx\r\n" * 100_000).explore()
"""


def view(student: Student) -> Locator:
    return student.active.locator("smtplab-live > .smtplab-live")


def run(student: Student, *cells: str) -> Locator:
    for cell in cells:
        student.go_to(cell)
        student.run()
    explorer = view(student)
    expect(explorer).to_be_visible()
    return explorer


def test_tree_and_lines_light_each_other_and_marks_stand_at_their_lines(student: Student) -> None:
    student.scratch(SETUP, "mail = letter()\nmail.explore()", BROKEN, "print(mail.raw.decode())")
    explorer = run(student, "c0", "c1")
    key = student.page.keyboard.press
    lines = explorer.get_by_role("listbox", name="Raw message")
    rows, chosen = lines.get_by_role("option"), lines.get_by_role("option", selected=True)
    node = explorer.locator("[role=treeitem][aria-selected=true]")
    expect(explorer).to_contain_text("No rule is broken")

    # By keyboard, from the tree to the lines.
    explorer.get_by_role("tree").focus()
    key("ArrowDown")
    expect(node).to_contain_text("multipart/related")
    expect(chosen).to_contain_text("Content-Type: multipart/related")
    expect(explorer.get_by_role("treeitem")).to_have_count(5)
    key("ArrowDown")
    expect(node).to_contain_text("text/html")
    expect(explorer.locator(".sm-lit-header")).to_have_count(2)  # the field, the empty line
    expect(explorer.locator(".sm-lit-body")).to_contain_text("<b>Hello</b>")
    key("End")
    expect(node).to_contain_text("信.zip")
    expect(chosen).to_contain_text("application/zip")

    # From a line to the tree; a field means something, and has its octets.
    explorer.get_by_role("listbox", name="Raw message").focus()
    key("Home")
    expect(node).to_contain_text("multipart/mixed")
    for _ in range(3):
        key("ArrowDown")
    expect(chosen).to_contain_text("Subject: 明信片")
    expect(explorer.locator(".sm-detail code").first).to_have_text(
        "Subject: =?utf-8?B?5piO5L+h54mH?="
    )
    explorer.get_by_role("button", name="Decode header fields").click()
    expect(chosen).to_contain_text("=?utf-8?B?5piO5L+h54mH?=")
    explorer.get_by_role("button", name="Show CR and LF").click()
    expect(chosen).to_contain_text(r"\r\n")
    explorer.get_by_role("button", name="Octets").click()
    expect(explorer.locator(".sm-hex")).to_contain_text("53 75 62 6a 65 63 74 3a 20 3d 3f")

    # Base64 is folded; the rest of the lines is the message, line by line.
    explorer.get_by_role("listbox", name="Raw message").focus()
    key("End")
    key("ArrowUp")
    key("ArrowUp")
    expect(chosen).to_contain_text("Enter unfolds")
    before = int(chosen.get_attribute("aria-setsize") or 0)
    key("Enter")
    expect(rows.first).to_have_attribute("aria-setsize", str(before + 48))
    explorer.get_by_role("button", name="Fold", exact=True).click()
    expect(rows.first).to_have_attribute("aria-setsize", str(before))
    explorer.get_by_role("listbox", name="Raw message").focus()
    key("Home")
    expect(rows.first).to_contain_text("From:")
    shown = [row.locator("code").inner_text() for row in rows.all()]
    assert barriers(student.page) == []
    student.go_to("c3")
    student.run()
    printed = student.active.locator(".jp-OutputArea-output pre").inner_text().split("\n")
    assert shown == printed[: len(shown)] and len(shown) > 15

    # What is broken is marked at its line, and says its rule.
    explorer = run(student, "c2")
    expect(explorer.locator(".sm-found")).to_contain_text("marks")
    marks = explorer.get_by_role("listbox", name="rule broken")
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    assert marks.get_by_role("option").locator("> :last-child").evaluate_all(cut) == []
    marks.focus()
    key("Home")
    mark = marks.get_by_role("option", selected=True)
    while "apostrophes included" not in mark.inner_text():
        key("ArrowDown")
    chosen = explorer.locator(".sm-octets.sm-chosen")
    expect(chosen).to_contain_text("boundary='cut'")
    expect(chosen).to_contain_text("▲")
    expect(explorer.locator(".sm-detail")).to_contain_text("apostrophes included")
    link = explorer.locator(".sm-detail").get_by_role("link", name="RFC 2046, 5.1.1")
    expect(link).to_have_attribute("href", re.compile("rfc2046#section-5.1.1$"))
    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []


def test_two_messages_stand_side_by_side_and_the_differences_are_gone_through(
    student: Student,
) -> None:
    student.scratch(SETUP, "a, b = letter(), letter(boundary='knife', text='Bye', picture=b'GIF')\n"
                    "a.explore(b)", HOSTILE, SLOW)  # fmt: skip
    explorer = run(student, "c0", "c1")
    expect(explorer.get_by_role("tree")).to_have_count(2)
    panes = explorer.locator(".sm-pane")
    expect(explorer.locator(".sm-found")).to_contain_text("3 differences")
    signs = [node.inner_text().count("≠") for node in explorer.get_by_role("treeitem").all()]
    assert signs == [1, 0, 1, 1, 0] * 2
    said = []
    explorer.get_by_role("listbox", name="differs").focus()
    for key in ("Home", "ArrowDown", "ArrowDown"):
        student.page.keyboard.press(key)
        for pane in panes.all():
            expect(pane.locator(".sm-octets.sm-chosen")).to_contain_text("≠")
        said.append([pane.locator(".sm-octets.sm-chosen code").inner_text()
                     for pane in panes.all()])  # fmt: skip
    assert said == [
        ['Content-Type: multipart/mixed; boundary="cut"',
         'Content-Type: multipart/mixed; boundary="knife"'],
        ["<b>Hello</b>", "<b>Bye</b>"],
        ["UE5H", "R0lG"],
    ]  # fmt: skip
    explorer.get_by_role("listbox", name="Raw message").first.focus()
    student.page.keyboard.press("Home")
    expect(panes.first.locator(".sm-octets.sm-chosen")).to_contain_text("From:")
    expect(panes.first.locator(".sm-octets.sm-chosen")).not_to_contain_text("≠")
    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []

    # A kernel that lets wait is said to; old ones do while a cell runs.
    student.go_to("c3")
    student.run()
    student.go_to("c1")
    waiting = explorer.get_by_text("Waiting for the kernel")
    panes.first.get_by_role("treeitem").last.click()
    expect(waiting).to_be_visible()
    expect(panes.first.locator(".sm-detail")).to_contain_text("a line of the header of part 2")
    expect(waiting).to_be_hidden()

    # Hostile mail is text, and nothing but text.
    explorer = run(student, "c2")
    expect(explorer.locator(".sm-found")).to_contain_text("marks", timeout=30_000)
    expect(explorer).to_contain_text("There are more than 1,100 parts")
    expect(explorer).to_contain_text(r"<script>alert(2)</script>\x1b[2J\u202e\x00")
    explorer.get_by_role("listbox", name="Raw message").focus()
    for key in ("End", "Home", "PageDown"):
        student.page.keyboard.press(key)
    expect(explorer.locator(".sm-octets.sm-chosen")).to_be_visible()
    assert explorer.locator("script, img, iframe, object").count() == 0
    assert student.page.evaluate("document.querySelectorAll('.smtplab-live b').length") == 0


# The milliseconds from now until the next view of the active cell shows a line.
OPENED = """() => {
  const cell = document.querySelector('.jp-Cell.jp-mod-active');
  const old = new Set(cell.querySelectorAll('.sm-explorer'));
  const began = performance.now();
  window.opened = new Promise(done => {
    const look = () => {
      const fresh = [...cell.querySelectorAll('.sm-explorer')].find(e => !old.has(e));
      if (fresh?.querySelector('.sm-list-row code')) done(performance.now() - began);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


def test_a_message_of_25_megabytes_opens_like_one_of_20_kilobytes(student: Student) -> None:
    heard: list[int] = []
    student.page.on("websocket", lambda socket: socket.on(
        "framereceived", lambda frame: heard.append(len(frame))))  # fmt: skip
    student.scratch(SETUP, "small, big = letter(14_000), letter(18_000_000)\nletter().explore()",
                    "lab.read(small.raw).explore()", "lab.read(big.raw).explore()")  # fmt: skip
    run(student, "c0", "c1")
    times: dict[str, list[float]] = {"c2": [], "c3": []}
    for cell in ("c2", "c3") * 2:
        student.go_to(cell)
        heard.clear()
        student.page.evaluate(OPENED)
        student.page.keyboard.press("ControlOrMeta+Enter")
        times[cell].append(student.page.evaluate("window.opened"))
        expect(view(student).locator(".sm-found")).to_contain_text("No rule is broken")
        assert sum(heard) < 150_000, cell  # the view's own module is a third of it
    # As many rows in the page, and the last line can be reached at once.
    explorer = view(student)
    assert explorer.locator(".sm-octets").count() < 60
    explorer.get_by_role("listbox", name="Raw message").focus()
    student.page.keyboard.press("End")
    expect(explorer.locator(".sm-octets").last).to_contain_text("--cut--")
    small, big = (min(times[cell]) for cell in ("c2", "c3"))
    assert big < small + 3_000, times  # milliseconds; the big one has 1,000 times the octets
