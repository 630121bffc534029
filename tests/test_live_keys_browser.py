"""Keys in a view: which are the view's, and which are the notebook's."""

import json

import nbformat
import pytest
from playwright.sync_api import expect

from .conftest import PLACE, Student

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CELLS = (
    "from smtplab import Lab, predict\nlab = Lab()\nlab.base64('Use')",
    'predict("What comes?", ["nothing", "something"])',
    "went = 'on'\nprint(went)",
)


def sources(student: Student) -> list[str]:
    return ["".join(cell["source"]) for cell in student.save()["cells"]]


def test_keys_in_a_view_are_the_views_and_those_that_run_and_save_are_the_notebooks(
    student: Student,
) -> None:
    student.scratch(*CELLS)
    for cell in ("c0", "c1"):
        student.go_to(cell)
        student.run()
    press = student.page.keyboard.press

    # With the mouse: what is chosen stays, and Shift+Enter goes on to the next cell.
    question = student.notebook.locator(f".jp-Cell[{PLACE}='1']")
    question.get_by_label("something").click()
    expect(question.locator(".sm-noted")).to_be_visible()
    expect(question.get_by_text("run this cell first")).to_be_hidden()
    for key in ("x", "d", "d", "a"):
        press(key)
    assert sources(student) == list(CELLS)  # saved with the keyboard, from within the view
    before = question.locator(".jp-InputPrompt").inner_text()
    press("Shift+Enter")
    expect(student.notebook.locator(".jp-OutputArea-output", has_text="on")).to_be_visible()
    expect(question.locator(".jp-InputPrompt")).to_have_text(before)
    expect(question.get_by_label("something")).to_be_checked()

    # The same in a live view.
    student.go_to("c0")
    student.active.locator(".smtplab-live").get_by_label("Decimal numbers").focus()
    for key in ("x", "d", "d"):
        press(key)
    assert sources(student)[:3] == list(CELLS)
    before = student.active.locator(".jp-InputPrompt").inner_text()
    press("Control+Enter")
    expect(student.active.locator(".jp-InputPrompt")).not_to_have_text(before)


def test_a_question_that_jupyterlab_does_not_trust_says_what_to_do(student: Student) -> None:
    student.scratch(*CELLS)
    for cell in ("c0", "c1"):
        student.go_to(cell)
        student.run()
    notebook = student.save()
    # As it comes from somebody else: this machine has not signed it.
    path = student.course.folder / "handed.ipynb"
    notebook["cells"].append(nbformat.v4.new_code_cell("1", id="more"))
    path.write_text(json.dumps(notebook), encoding="utf-8")
    student.open(path.name)
    student.go_to("c1")
    expect(student.active.locator("input").first).to_be_disabled()
    expect(student.active.get_by_text("run this cell first")).to_be_visible()
    expect(student.active).not_to_contain_text("Noted.")
