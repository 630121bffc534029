"""The switchboard in JupyterLab: what is turned on by hand is what a client in a cell gets."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CELLS = (
    """import smtplib
from smtplab import Lab, faults
lab = Lab()
lab.switchboard()""",
    """client = smtplib.SMTP(*lab.address(25), timeout=30)
client.ehlo("client.lab.test")
client.mail("you@lab.test")
client.rcpt("lin@lab.test")""",
)
SLIDE = {"width": 1280, "height": 720}
HIGHEST = 560  # pixels of a slide that are left for it


def test_a_fault_is_turned_on_by_a_click_and_a_client_gets_it(student: Student) -> None:
    student.page.set_viewport_size(SLIDE)
    student.scratch(*CELLS)
    student.run_all()
    student.go_to("c0")
    board = student.notebook.locator("smtplab-live > .smtplab-live")
    answer = student.notebook.locator(".jp-Cell .jp-OutputArea-output").last
    expect(answer).to_contain_text("(250, ")
    expect(board.locator("td", has_text="RCPT TO:<lin@lab.test>")).to_be_visible()
    expect(board.get_by_text("still open")).to_have_count(1)

    # Two faults at once, by mouse and by keyboard.
    fault = board.get_by_label("Fault", exact=True)
    is_on = board.get_by_role("button", name="Turn this fault on")
    for code in (421, 450):
        label = next(x for x in fault.locator("option").all_inner_texts() if str(code) in x)
        fault.select_option(label=label)
        expect(is_on).to_have_attribute("aria-pressed", "false")
        if code == 421:
            is_on.click()
        else:
            is_on.focus()
            student.page.keyboard.press("Space")
        expect(is_on).to_have_attribute("aria-pressed", "true")
    code_line = 'with lab.misbehave(faults.Reply(450, at="RCPT")):'
    expect(board.locator("pre")).to_contain_text(code_line)
    expect(fault.locator("option:checked")).to_contain_text("(on)")
    label = fault.locator("option", has_text="421").inner_text()
    fault.select_option(label=label)
    expect(is_on).to_have_attribute("aria-pressed", "true")
    is_on.click()
    expect(board.locator("pre")).to_have_text(re.compile(re.escape(code_line) + r"\s*$"))

    # What is far away is far by keyboard, too.
    board.get_by_role("slider", name="Round trip (ms)").focus()
    student.page.keyboard.press("ArrowRight")
    expect(board.locator("pre")).to_contain_text("with lab.link(round_trip=0.01, bandwidth=None):")
    board.get_by_label("In the middle").select_option(label="strips STARTTLS")
    board.get_by_label("Profile").select_option(label="legacy")
    expect(board.locator("pre")).to_contain_text(
        "with lab.tap(587, faults.StripStarttls(), divert=True) as tap:"
    )
    expect(board.locator("pre")).to_contain_text('lab.profile = "legacy"')

    student.go_to("c1")
    student.page.keyboard.press("Control+Enter")
    expect(answer).to_contain_text("(450, ")
    student.go_to("c0")
    expect(board.locator("td", has_text="450 4.2.0 Greylisted")).to_be_visible()

    box = board.bounding_box()
    assert box is not None and box["height"] <= HIGHEST
    assert board.evaluate("view => view.scrollWidth <= view.clientWidth")
    assert barriers(student.page, ".jp-OutputArea .smtplab") == []
    student.dark()
    assert barriers(student.page, ".jp-OutputArea .smtplab") == []

    # A cell that runs twice shows the same one, as it stands; off is off.
    student.go_to("c0")
    board.get_by_role("button", name="Turn everything off").click()
    expect(board.get_by_text("Nothing is turned on.")).to_be_visible()
    expect(board.get_by_label("Profile")).to_have_value("strict")
