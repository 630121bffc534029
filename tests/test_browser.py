"""What a newcomer does in the first ten minutes, in real JupyterLab in a real browser."""

import pytest
from playwright.sync_api import expect

from smtplab.exercises import LESSONS

from .conftest import THOROUGH, Student

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def test_the_first_command_opens_lesson_00_and_asks_nothing(newly_come: Student) -> None:
    student = newly_come
    student.start()
    expect(student.page.locator(".jp-Notebook h1").first).to_be_visible()
    tab = student.page.get_by_role("main").get_by_role("tab", selected=True)
    expect(tab).to_have_text("00_start_here.ipynb")
    expect(student.page.locator(".jp-Dialog")).to_have_count(0)
    expect(student.page.locator(".Toastify__toast")).to_have_count(0)
    assert "login" not in student.page.url

    # Looked at, and saved, it is as it was: `git pull` has nothing to stop at.
    octets = (student.course.folder / student.name).read_bytes()
    student.idle()
    student.save()
    expect(student.page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    assert (student.course.folder / student.name).read_bytes() == octets


def test_run_all_of_a_lesson_as_shipped_ends(student: Student) -> None:
    for lesson in LESSONS if THOROUGH else LESSONS[::4]:  # test_lessons.py runs each of them
        student.open(lesson.notebook)
        student.run_all()
        cells = [cell for cell in student.save()["cells"] if cell["cell_type"] == "code"]
        assert [cell["id"] for cell in cells if not cell["execution_count"]] == [], lesson.slug
        for cell in cells:
            failed = any(output["output_type"] == "error" for output in cell["outputs"])
            assert failed == ("raises-exception" in cell["metadata"].get("tags", ())), cell["id"]


def test_a_stub_that_is_edited_is_judged_wrong_then_right(student: Student) -> None:
    student.start()
    student.go_to("imports")
    student.run()

    for line, verdict in (
        ("return line[:3]", ".sm-failed"),
        ("return int(line[:3])", ".sm-passed"),
    ):
        student.go_to("reply-code-stub")
        student.type_last_line(line)
        student.run()
        student.go_to("reply-code-check")
        student.run()
        expect(student.active.locator(verdict)).to_be_visible()
        expect(student.active).to_contain_text("reply_code")

    assert "return int(line[:3])" in (student.course.folder / "my_client.py").read_text("utf-8")


def test_the_mailbox_shows_the_mail_and_its_picture(student: Student) -> None:
    student.start()
    for cell in ("imports", "lab", "letter", "nine-lines", "mailbox"):
        student.go_to(cell)
        student.run()
    shown = ".smtplab-live iframe"  # not the one of the plain page, which has stepped aside
    expect(student.active.locator(shown)).to_be_visible()
    picture = student.active.frame_locator(shown).locator("img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 0")
