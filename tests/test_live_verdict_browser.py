"""Help at a button below a verdict, and the way from the progress to a lesson."""

import json

import pytest
from playwright.sync_api import expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_hints_solution_and_stub_come_at_a_button(student: Student) -> None:
    student.start()
    shipped = {cell["id"]: "".join(cell["source"]) for cell in student.saved()["cells"]}
    student.go_to("imports")
    student.run()
    student.go_to("reply-code-stub")
    student.type_last_line("return line[:3]")
    student.run()
    student.go_to("reply-code-check")
    student.run()
    verdict = student.active
    expect(verdict).to_contain_text("Not yet right")
    helps = verdict.locator(".sm-helps")
    more = helps.get_by_role("button", name="Next hint")
    answer = helps.get_by_role("button", name="Solution")

    answer.click()
    expect(helps).to_contain_text("still closed")
    for rung in (1, 2, 3):
        more.focus()
        student.page.keyboard.press("Enter")
        expect(helps).to_contain_text(f"Hint {rung} of 3")
    expect(more).to_be_disabled()
    expect(answer).to_be_focused()
    student.page.keyboard.press("Enter")
    expect(helps.locator("pre")).to_contain_text("return int(line[:3])")
    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []

    helps.get_by_role("button", name="Begin again").click()
    expect(helps.get_by_role("button", name="No, keep mine")).to_be_focused()
    helps.get_by_role("button", name="Yes, the stub").click()
    expect(helps).to_contain_text("is in its cell again")
    student.page.keyboard.press("Escape")
    cells = {cell["id"]: "".join(cell["source"]) for cell in student.save()["cells"]}
    assert cells["reply-code-stub"] == shipped["reply-code-stub"]
    kept = json.loads((student.course.folder / "progress.json").read_text("utf-8"))
    assert "reply_code" not in kept["exercises"]

    student.go_to("progress")
    student.run()
    student.active.get_by_role("link", name="01 Sockets").click()
    tab = student.page.get_by_role("main").get_by_role("tab", selected=True)
    expect(tab).to_have_text("01_sockets.ipynb")


def test_of_two_checks_in_one_cell_both_help_on(student: Student) -> None:
    student.scratch(
        "from smtplab import check\n"
        "def reply_code(line): return line[:3]\n"
        "def say_goodbye(sock): return b''\n"
        "check(reply_code)\n"
        "check(say_goodbye);"
    )
    student.go_to("c0")
    student.run()
    for name in ("reply_code", "say_goodbye"):
        helps = student.active.get_by_role("group", name=f"Help with {name}")
        helps.get_by_role("button", name="Next hint").click()
        expect(helps).to_contain_text(f"Hint 1 of 3 for {name}")
