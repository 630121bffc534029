"""The live ladder in JupyterLab, as a reader and a teacher use it, and how it falls back."""

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SETUP = """
import smtplib, socket, ssl, time
from smtplab import Lab, faults

lab = Lab()

def send(port=25, text="Hello\\n", seconds=0):
    with smtplib.SMTP(*lab.address(port), local_hostname="client.lab.test") as server:
        if port == 587:
            server.starttls(context=ssl.create_default_context(cafile=lab.ca_file))
            server.login(lab.account.address, lab.account.authorization_code)
        time.sleep(seconds)
        server.sendmail("you@lab.test", ["lin@lab.test"], "Subject: x\\n\\n" + text)
"""
LONG = """
with socket.create_connection(lab.address(25)) as sock:
    replies = sock.makefile("rb")
    replies.readline()
    for line in [*(b"NOOP %d" % number for number in range(2500)), b"QUIT"]:
        sock.sendall(line + b"\\r\\n")
        replies.readline()
"""


def view(student: Student) -> Locator:
    return student.active.locator("smtplab-live > .smtplab-live")


def words(rows: Locator) -> list[str]:
    """The lines of rows, without times, arrows and marks."""
    return [row.locator("code").inner_text() for row in rows.all() if row.locator("code").count()]


def test_the_ladder_follows_is_read_by_keyboard_and_is_replayed(student: Student) -> None:
    student.scratch(
        SETUP,
        "lab.transcript",
        "send(587, '.hidden\\n' * 30, seconds=4)",
        "print(lab.transcript[-1])",
    )
    for cell in ("c0", "c1"):
        student.go_to(cell)
        student.run()
    ladder = view(student)
    expect(ladder).to_contain_text("nothing was said yet")

    # While the cell still runs, what was said already is there.
    student.go_to("c2")
    student.page.keyboard.press("Shift+Enter")
    student.go_to("c1")
    expect(ladder.locator(".sm-list-row", has_text="235")).to_be_visible()
    expect(student.notebook.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(1)
    expect(ladder).to_contain_text("still open")
    expect(ladder).to_contain_text("Session 1, port 587 (submission), closed by")

    # By keyboard: the greeting, what it means, its octets.
    rows = ladder.locator(".sm-list-row")
    ladder.get_by_role("listbox").focus()
    student.page.keyboard.press("Home")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    expect(ladder).to_contain_text("220: ready")
    expect(ladder.get_by_role("link", name="RFC 5321")).to_have_attribute(
        "href", re.compile("rfc5321")
    )
    ladder.get_by_role("button", name="Octets").focus()
    student.page.keyboard.press("Enter")
    expect(ladder.locator(".sm-hex")).to_contain_text("32 32 30 20 6d 61 69 6c")
    expect(ladder.locator(".sm-hex")).to_contain_text(r"\r\n")
    expect(ladder.locator(".sm-hex")).to_be_visible()
    ladder.get_by_role("listbox").focus()
    student.page.keyboard.press("End")
    expect(rows.last).to_contain_text("221")

    # Replay: line by line, what the lab recorded.
    ladder.get_by_role("button", name="Replay").click()
    expect(rows).to_have_count(1)
    for number in range(2, 5):
        ladder.get_by_role("button", name="Next").click()
        expect(rows).to_have_count(number)
    shown = words(rows)
    ladder.get_by_role("button", name="Back").click()
    expect(rows).to_have_count(3)
    ladder.get_by_label("Speed").select_option("4")
    ladder.get_by_role("button", name="Play", exact=True).click()
    expect(ladder.get_by_role("button", name="Next")).to_be_disabled(timeout=30_000)
    ladder.get_by_role("button", name="Replay").click()

    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []
    student.go_to("c3")
    student.run()
    said = student.active.locator(".jp-OutputArea-output pre").inner_text().splitlines()
    assert [f"{line}" for line in shown] == [line.partition(": ")[2] for line in said[:4]]


def test_five_thousand_lines_are_not_in_the_page_and_can_be_reached(student: Student) -> None:
    student.scratch(SETUP, LONG, "lab.transcript", "lab.transcript[-1]")
    for cell in ("c0", "c1", "c2"):
        student.go_to(cell)
        student.run()
    ladder = view(student)
    rows = ladder.locator(".sm-list-row")
    expect(rows.last).to_contain_text("221")
    assert rows.count() < 60
    assert rows.last.get_attribute("aria-setsize") == "5003"
    ladder.get_by_role("listbox").focus()
    student.page.keyboard.press("Home")
    expect(rows.first).to_contain_text("220")
    for _ in range(8):
        student.page.keyboard.press("PageDown")
    middle = ladder.locator("[aria-selected=true]")
    place = int(middle.get_attribute("aria-posinset") or 0)
    if place % 2:  # a reply, and its command stands above it
        student.page.keyboard.press("ArrowUp")
    expect(middle).to_contain_text(f"NOOP {place // 2 - 1}")

    # A session by itself is read from its beginning.
    student.go_to("c3")
    student.run()
    expect(view(student).locator(".sm-list-row").first).to_contain_text("220 ")


BARE = """
lab = Lab("legacy")
with socket.create_connection(lab.address(25)) as sock:
    sock.recv(100)
    for line in (b"HELO x\\n", b"MAIL FROM:<you@lab.test>\\r\\n", b"RCPT TO:<lin@lab.test>\\r\\n",
                 b"DATA\\r\\n", b"Subject: x\\n\\n.\\n\\r\\n.\\r\\n"):
        sock.sendall(line)
        sock.recv(100)
"""


def test_a_line_that_ends_in_lf_alone_is_seen_and_named(student: Student) -> None:
    student.scratch(SETUP, BARE, "lab.transcript")
    for cell in ("c0", "c1", "c2"):
        student.go_to(cell)
        student.run()
    rows = view(student).locator(".sm-list-row")
    hello = rows.filter(has_text="HELO")
    expect(hello.locator("code")).to_have_text(r"HELO x\n")
    expect(hello).to_contain_text("line ends in LF alone; SMTP wants CR LF")
    expect(rows.filter(has_text="MAIL FROM")).not_to_contain_text("LF alone")
    expect(rows.filter(has_text="the message")).to_contain_text("line ends in LF alone")
    rows.filter(has_text="the message").click()
    expect(view(student).locator(".sm-detail code")).to_contain_text(r".\n")


def test_the_plain_view_stands_when_the_kernel_is_gone(student: Student) -> None:
    student.scratch(SETUP, "send()", "lab.transcript")
    for cell in ("c0", "c1", "c2"):
        student.go_to(cell)
        student.run()
    live = student.notebook.locator("smtplab-live > .smtplab-live")
    plain = student.notebook.locator("smtplab-live > .smtplab:not(.smtplab-live)")
    expect(live).to_be_visible()
    expect(plain).to_be_hidden()
    student.save()

    # The page is loaded again, and the kernel lives: the view comes back, and still follows.
    student.page.reload()
    expect(live).to_be_visible()
    student.go_to("c1")
    student.run()
    expect(live).to_contain_text("2 sessions")

    student.menu("Kernel", "Restart Kernel…")
    student.page.locator(".jp-Dialog .jp-mod-accept, .jp-Dialog .jp-mod-warn").last.click()
    expect(live).to_have_count(0)
    student.idle()  # a server that is stopped amid a restart takes its time
    expect(plain).to_be_visible()
    expect(plain).to_contain_text("RCPT", ignore_case=True)

    # The file has the plain view, and nothing of a widget.
    outputs = [o for c in student.saved()["cells"] for o in c["outputs"] if "data" in o]
    assert {kind for o in outputs for kind in o["data"]} == {"text/plain", "text/html"}
    assert "widgets" not in student.saved()["metadata"]
