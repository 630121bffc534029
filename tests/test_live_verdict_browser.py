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


def run(student: Student, *cells: str) -> None:
    for cell in cells:
        student.go_to(cell)
        student.run()


def rewrite(student: Student, cell: str, text: str) -> None:
    """Type another text into a cell, and do not run it."""
    student.go_to(cell)
    student.page.keyboard.press("Enter")
    student.page.keyboard.press("ControlOrMeta+a")
    student.page.keyboard.insert_text(text)


NOT_RUN = "What stands in the cell of reply_code now has not been run"


def test_a_cell_that_was_edited_and_not_run_is_seen(student: Student) -> None:
    student.scratch(
        "from smtplab import check, mine",
        "def reply_code(line):\n    raise NotImplementedError",
        "check(reply_code);",
        'reply_code = mine("reply_code")',
    )
    run(student, "c0", "c1", "c2")
    helps = student.active.locator(".sm-helps")
    verdict = student.active.get_by_role("group", name=": reply_code")
    expect(verdict).to_contain_text("Not yet written")
    # Answers come in order: the view has been told how the exercise stands when there is a hint.
    helps.get_by_role("button", name="Next hint").click()
    expect(helps).to_contain_text("Hint 1 of 3")
    expect(helps).not_to_contain_text(NOT_RUN)

    rewrite(student, "c1", "def reply_code(line):\n    return int(line[:3])")
    run(student, "c2")
    expect(verdict).to_contain_text("Not yet written")
    expect(helps).to_contain_text(NOT_RUN)
    assert barriers(student.page) == []

    run(student, "c1", "c2")
    expect(verdict).to_contain_text("Passed")
    helps.get_by_role("button", name="Next hint").click()
    expect(helps).to_contain_text("Hint 2 of 3")
    expect(helps).not_to_contain_text(NOT_RUN)

    # Run, checked, edited and not run, checked again.
    rewrite(student, "c1", "def reply_code(line):\n    return line")
    run(student, "c2")
    expect(verdict).to_contain_text("Passed")
    expect(helps).to_contain_text(NOT_RUN)

    # What is lent is never "Passed", and is not taken for what stands in the cell.
    run(student, "c1", "c2")
    expect(verdict).to_contain_text("Not yet right")
    helps.get_by_role("button", name="Begin again").click()
    helps.get_by_role("button", name="Yes, the stub").click()
    expect(helps).to_contain_text("is in its cell again")
    run(student, "c3", "c2")
    expect(verdict).to_contain_text("The course's own version: reply_code")
    expect(verdict).not_to_contain_text("Passed")
    expect(helps).to_contain_text(NOT_RUN)


def test_to_begin_again_after_a_pass_keeps_a_copy_and_says_where(student: Student) -> None:
    mine = "def reply_code(line):\n    # " + "mine " * 20 + "\n    return int(line[:3])"
    student.scratch("from smtplab import check", mine, "check(reply_code);")
    run(student, "c0", "c1", "c2")
    check = student.active
    expect(check).to_contain_text("Kept in my_client.py.")
    check.get_by_role("button", name="Begin again").click()
    check.get_by_role("button", name="Yes, the stub").click()
    expect(check).to_contain_text("What stood there is in reply_code.before-reset-")
    (copy,) = student.course.folder.glob("reply_code.before-reset-*.py")
    assert copy.read_text(encoding="utf-8").strip() == mine
    expect(check).to_contain_text(copy.name)
    expect(check).not_to_contain_text("Kept in my_client.py.")
    expect(check).to_contain_text("no longer kept")

    # What is said stays true after the page was loaded again.
    student.page.keyboard.press("Escape")  # out of the view, which keeps keys to itself
    student.save()
    student.page.reload()
    student.idle()
    student.notebook.locator(".jp-Notebook").click(position={"x": 5, "y": 5})
    student.go_to("c2")
    expect(student.active).to_contain_text("no longer kept")


def test_what_begin_again_took_away_comes_back_by_ctrl_z(student: Student) -> None:
    mine = "def reply_code(line):\n    return int(line[:3])  # mine"
    student.scratch("from smtplab import check", mine, "check(reply_code);")
    run(student, "c0", "c1", "c2")
    student.active.get_by_role("button", name="Begin again").click()
    student.active.get_by_role("button", name="Yes, the stub").click()
    expect(student.active).to_contain_text("Ctrl+Z there brings back")
    student.go_to("c1")
    student.page.keyboard.press("Enter")
    expect(student.active.locator(".cm-content")).to_contain_text("NotImplementedError")
    student.page.keyboard.press("ControlOrMeta+z")
    expect(student.active.locator(".cm-content")).to_contain_text("# mine")
    assert "".join(student.save()["cells"][1]["source"]) == mine
