"""The live sockets in JupyterLab: stepped through, and live while a cell runs."""

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WATCH = """
import socket, time
from smtplab import Lab
lab = Lab()
watch = lab.sockets()
with socket.create_server(("127.0.0.1", 0)) as listener:
    watch.note("listen")
    client = socket.create_connection(listener.getsockname(), timeout=5)
    watch.note("connect has returned")
    server, _ = listener.accept()
    with client, server:
        watch.note("accepted")
        client.close()
        server.recv(100)
        watch.note("the client has closed")
    watch.note("both have closed")
watch.note("the listener has closed")
watch
"""
BUSY = """
with socket.create_connection(lab.address(25)) as sock:
    time.sleep(6)
"""
RECORD = """
for look in watch.history[:7]:
    print(look.number, *[f"{one.state}:{one.local[1]}" for one in look.sockets])
"""


def table(view: Locator) -> list[str]:
    """State and own port of each row."""
    rows = view.locator("tbody tr").all()
    return [
        f"{r.locator('strong').inner_text()}:{r.locator('code').first.inner_text()}" for r in rows
    ]


def in_use(view: Locator) -> dict[str, int]:
    """The states that are lit in the diagram, with their counts."""
    lit = [s.locator("text").all_text_contents() for s in view.locator(".sm-state.sm-lit").all()]
    return {state: int(count) for state, count in lit}


def test_sockets_are_stepped_through_and_followed_while_a_cell_runs(student: Student) -> None:
    student.scratch(WATCH, BUSY, RECORD)
    student.go_to("c0")
    student.run()
    view = student.active.locator("smtplab-live > .smtplab-live")
    page, looks = student.page, view.get_by_role("listbox", name="Look")
    chosen = looks.get_by_role("option", selected=True)
    now = view.get_by_role("button", name="Now, live")
    # What is over is read from its beginning; the newest is a button away.
    expect(chosen).to_contain_text("Look 1: the watch begins")
    expect(now).to_have_attribute("aria-pressed", "false")
    now.click()
    expect(chosen).to_have_text(re.compile(r"\d+\.\d\dLook 7: the listener has closed"))
    expect(now).to_have_attribute("aria-pressed", "true")

    # By keyboard, from the beginning: what was there at each look.
    looks.focus()
    page.keyboard.press("Home")
    expect(view.get_by_role("heading", name="Look 1")).to_be_visible()
    shown, states = [table(view)], [in_use(view)]
    for number in range(2, 8):
        page.keyboard.press("ArrowDown")
        expect(view.get_by_role("heading", name=f"Look {number}")).to_be_visible()
        shown.append(table(view))
        states.append(in_use(view))
        if number == 3:
            expect(chosen).to_contain_text("connect has returned")
            expect(view.get_by_role("row").filter(has_text="no process's")).to_have_count(1)
            expect(view.get_by_role("img")).to_have_attribute(
                "aria-label", re.compile("LISTEN 4, ESTABLISHED 2")
            )
            assert view.locator(".sm-edge.sm-lit").count() == 4
    # How soon the kernel acknowledges a close is its own affair.
    waits = "FIN_WAIT1" if "FIN_WAIT1" in states[4] else "FIN_WAIT2"
    assert states == [
        {"LISTEN": 3}, {"LISTEN": 4}, {"LISTEN": 4, "ESTABLISHED": 2},
        {"LISTEN": 4, "ESTABLISHED": 2}, {"LISTEN": 4, waits: 1, "CLOSE_WAIT": 1},
        {"LISTEN": 4, "TIME_WAIT": 1}, {"LISTEN": 3, "TIME_WAIT": 1},
    ]  # fmt: skip
    expect(view).to_contain_text("sockets of the notebook itself are left out")

    # Live, while a cell runs.
    view.get_by_role("button", name="Now, live").click()
    student.go_to("c1")
    student.page.keyboard.press("Shift+Enter")
    student.go_to("c0")
    expect(view.get_by_role("row").filter(has_text="the lab's (port 25)")).to_have_count(2)
    expect(student.notebook.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(1)
    assert in_use(view) == {"LISTEN": 3, "ESTABLISHED": 2, "TIME_WAIT": 1}
    # Who looks at an earlier one is not taken away from it.
    looks.focus()
    page.keyboard.press("ArrowUp")
    expect(now).to_have_attribute("aria-pressed", "false")
    count, text = looks.get_by_role("option").count(), chosen.inner_text()
    expect(looks.get_by_role("option")).not_to_have_count(count)
    expect(chosen).to_have_text(text, use_inner_text=True)
    view.get_by_role("button", name="Now, live").click()
    expect(view.get_by_role("row").filter(has_text="the lab's (port 25)")).to_have_count(1)

    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []
    student.go_to("c2")
    student.run()
    said = student.active.locator(".jp-OutputArea-output pre").inner_text().splitlines()
    assert [line.split()[1:] for line in said] == shown
