"""Round trips, charts and delays in JupyterLab: read by whoever, and moved by sliders."""

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CELLS = (
    """import smtplib
from smtplab import Lab
lab = Lab()
with lab.link(round_trip=0.05), smtplib.SMTP(*lab.address(25)) as client:
    client.sendmail("you@lab.test", ["lin@lab.test"], "Subject: hello\\n\\nhello\\n")
session = lab.transcript[-1]
session.round_trips()""",
    "lab.delays({'one mail': session, 'three mails': [session] * 3}, round_trip=0.1)",
    "lab.chart({'plain': [(1, 2), (2, 4)], 'kept': [(1, 2), (2, 3)]}, x='mails', y='seconds',"
    " title='Time against mails')",
)


def said(view: Locator) -> str:
    """What the model says of the first line."""
    return view.locator("p", has_text=re.compile("^one mail")).inner_text()


def path(view: Locator) -> str | None:
    return view.locator(".sm-line-2 path").first.get_attribute("d")


def test_a_slider_moves_the_picture(student: Student) -> None:
    student.scratch(*CELLS)
    student.run_all()
    views = student.notebook.locator(".jp-OutputArea .smtplab:visible")
    expect(views).to_have_count(3)
    for view in views.all():
        view.scroll_into_view_if_needed()
    live = student.notebook.locator("smtplab-live > .smtplab-live")
    expect(live).to_have_count(1)
    sliders = live.get_by_role("slider")
    expect(sliders).to_have_count(2)
    assert "8 round trips" in said(live)

    # Both move the picture, by keyboard.
    for name, key in (("Round trip (ms)", "ArrowRight"), ("Octets a second", "Home")):
        before, drawn = said(live), path(live)
        live.get_by_role("slider", name=name).focus()
        student.page.keyboard.press(key)
        expect(live.locator("p", has_text=re.compile("^one mail"))).not_to_have_text(before)
        assert path(live) != drawn

    # What is open stays open while they move.
    numbers = live.locator("summary")
    numbers.click()
    before = said(live)
    live.get_by_role("slider").first.focus()
    student.page.keyboard.press("ArrowRight")
    expect(live.locator("p", has_text=re.compile("^one mail"))).not_to_have_text(before)
    expect(live.locator("table")).to_be_visible()

    # They are there again in a page that is opened again, as they stand.
    before = said(live)
    student.save()
    student.page.reload()
    student.idle()
    live.scroll_into_view_if_needed()
    expect(live.get_by_role("slider")).to_have_count(2)
    expect(live.locator("p", has_text=re.compile("^one mail"))).to_have_text(before)

    assert barriers(student.page, ".jp-OutputArea .smtplab") == []
    student.dark()
    assert barriers(student.page, ".jp-OutputArea .smtplab") == []
