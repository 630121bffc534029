"""The console in JupyterLab: a mail spoken by hand with the keyboard alone, and what goes wrong."""

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SETUP = """
from smtplab import Lab, faults

lab = Lab()
silence = lab.misbehave(faults.Silence(at="NOOP"))
"""


def view(student: Student) -> Locator:
    return student.active.locator("smtplab-live > .smtplab-live")


def state(console: Locator) -> Locator:
    return console.locator("svg[role=img]")


def tab_to(student: Student, place: Locator) -> None:
    for _ in range(30):
        student.page.keyboard.press("Tab")
        if place.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"the Tab key does not reach {place}")


def test_a_mail_by_hand_with_the_keyboard_alone(student: Student) -> None:
    student.scratch(SETUP, "console = lab.console(587)\nconsole", "lab.transcript")
    for cell in ("c0", "c1", "c2"):
        student.go_to(cell)
        student.run()
    student.go_to("c1")
    console, keyboard = view(student), student.page.keyboard
    rows = console.locator(".sm-list-row")
    expect(rows.last).to_contain_text("220 mail.lab.test ESMTP ready")
    expect(state(console)).to_have_attribute("aria-label", re.compile("Now: greeted.*EHLO leads"))
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ greeted")

    # From the cell into the view, as far as the line.
    line = console.get_by_label("Your line")
    console.get_by_role("button", name="New session").focus()
    tab_to(student, line)

    def say(text: str, answer: str) -> None:
        keyboard.type(text)
        keyboard.press("Enter")
        expect(line).to_have_value("")  # the answer has come
        expect(rows.last).to_contain_text(answer)

    # What is wrong gets the server's answer, and leads nowhere.
    say("DATA", "530 5.7.0 Must issue a STARTTLS command first")
    # A reply is a sentence, and is there to its end.
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    assert console.locator(".sm-said code").evaluate_all(cut) == []
    say("<b>\u202e", "500 5.5.2 bad syntax")
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ greeted")
    expect(console.locator(".sm-list-row b")).to_have_count(0)
    say("EHLO client.lab.test", "250 HELP")
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ hello")

    # An offer goes into the line, where it can be changed; it is sent when Enter says so.
    offered = console.get_by_role("group", name="Legal next").get_by_role("button")
    expect(offered).to_have_text(["STARTTLS", "QUIT"])
    tab_to(student, offered.first)
    keyboard.press("Enter")
    expect(line).to_have_value("STARTTLS")
    expect(line).to_be_focused()
    expect(rows.last).to_contain_text("250 HELP")
    keyboard.press("Enter")
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ TLS wanted")
    expect(offered).to_have_text(["TLS handshake"])
    assert barriers(student.page) == []
    tab_to(student, offered.first)
    keyboard.press("Enter")
    expect(rows.last).to_contain_text("TLS from here on: TLSv1")
    expect(console.get_by_role("status").first).to_contain_text("greeted")
    expect(console.get_by_role("status").first).to_contain_text("protected by TLS")
    expect(line).to_be_focused()  # the button is gone, the keyboard is not

    # What was said before comes back.
    for _ in range(2):
        keyboard.press("ArrowUp")
    expect(line).to_have_value("EHLO client.lab.test")
    keyboard.press("ArrowDown")
    expect(line).to_have_value("STARTTLS")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    expect(rows.last).to_contain_text("250 HELP")

    # AUTH by hand: the page shows whose name is wanted, and encodes nothing.
    say("AUTH LOGIN", "334 VXNlcm5hbWU6")
    expect(console).to_contain_text("The lab's account is you@lab.test")
    say("eW91QGxhYi50ZXN0", "334 UGFzc3dvcmQ6")
    say("c3Vuc2hpbmU3", "535")
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ hello")
    say("QUIT", "closed")
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ closed")

    # The ladder beside it has followed, line by line the same.
    student.go_to("c2")
    ladder = view(student).locator(".sm-list-row code").all_inner_texts()
    student.go_to("c1")
    shown = rows.locator("code").all_inner_texts()
    assert ladder[-8:] == shown[-8:]
    assert shown[-8:-3] == [
        "AUTH LOGIN", "334 VXNlcm5hbWU6", "eW91QGxhYi50ZXN0", "334 UGFzc3dvcmQ6", "c3Vuc2hpbmU3",
    ]  # fmt: skip


def test_a_letter_of_many_lines_silence_and_a_theme(student: Student) -> None:
    student.scratch(
        SETUP,
        "console = lab.console(timeout=4)\nconsole",
        "silence.__enter__()\nconsole.say('RSET')",
        "import time\nwith console._lock:\n    time.sleep(3)",
        "print(lab.mailbox[-1].raw)",
    )
    for cell in ("c0", "c1"):
        student.go_to(cell)
        student.run()
    console, keyboard = view(student), student.page.keyboard
    rows = console.locator(".sm-list-row")
    line = console.get_by_label("Your line")
    line.focus()
    for text in ("EHLO me", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"):
        keyboard.type(text)
        keyboard.press("Enter")
        expect(console.locator("textarea")).to_have_value("")
    letter = console.get_by_label("Lines of the letter")
    expect(letter).to_be_focused()
    keyboard.type("Subject: noon")
    keyboard.press("Enter")
    keyboard.press("Enter")
    keyboard.type(".hidden")
    expect(letter).to_have_value("Subject: noon\n\n.hidden")
    assert barriers(student.page) == []
    prompt = student.active.locator(".jp-InputPrompt")
    number = prompt.inner_text()
    keyboard.press("Control+Enter")
    expect(letter).to_have_value("")
    expect(rows.last).to_contain_text(".hidden")
    assert prompt.inner_text() == number  # the cell has not run again
    expect(console.locator(".sm-state.sm-lit")).to_have_text("▶ data")
    tab_to(student, console.get_by_role("button", name="Send the lone dot"))
    keyboard.press("Enter")
    expect(rows.last).to_contain_text("250 2.0.0 Queued")
    expect(line).to_be_focused()

    # A line that is chosen says what it means.
    console.get_by_role("listbox").focus()
    keyboard.press("End")
    expect(console.get_by_role("region", name="The line that is chosen")).to_contain_text(
        "250: the message is taken"
    )
    student.dark()
    assert barriers(student.page) == []

    # What code says is seen here too; and silence is said, not waited for.
    student.go_to("c2")
    student.run()
    student.go_to("c1")
    expect(rows.last).to_contain_text("250 2.0.0 OK")
    line.fill("NOOP")
    line.press("Enter")
    expect(console.get_by_role("status").last).to_have_text("Waiting for the server.")
    expect(rows.last).to_contain_text("no answer within 4 seconds")
    offered = console.get_by_role("group", name="Legal next").get_by_role("button")
    expect(offered.first).to_have_text("Wait")

    # While a cell keeps the console to itself nobody else can speak, and the page says so.
    student.go_to("c3")
    student.page.keyboard.press("Shift+Enter")
    student.go_to("c1")
    line.fill("HELP")
    line.press("Enter")
    expect(console.get_by_role("status").last).to_contain_text("Waiting for the kernel")
    expect(rows.last).to_contain_text("214 2.0.0 Supported commands")
    console.get_by_role("button", name="New session").click()
    expect(rows.last).to_contain_text("220 mail.lab.test")

    student.go_to("c4")
    student.run()
    raw = student.active.locator(".jp-OutputArea-output pre").inner_text()
    assert raw.strip() == repr(b"Subject: noon\r\n\r\nhidden\r\n")  # the dot was not doubled

    # Without its kernel the console is the plain page, which says what it wants.
    student.menu("Kernel", "Shut Down Kernel")
    plain = student.notebook.locator("smtplab-live > .smtplab:not(.smtplab-live)")
    expect(console).to_have_count(0)
    expect(plain).to_contain_text("the console wants a running kernel")
