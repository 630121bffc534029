"""Live views in a browser that is much slower than the kernel: none of them may be lost."""

import json
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, expect

from .conftest import Course, Student

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SLOWER = 10  # times
RUN_SECONDS = 400  # for a lesson that takes a few at full speed


@pytest.fixture
def slow(chromium: Browser, course: Course) -> Iterator[Student]:
    """A student whose page may complain: what counts is whether its views answer."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield Student(context.new_page(), course)
    context.close()


def test_every_view_answers_after_run_all_in_a_slow_browser(slow: Student) -> None:
    file = slow.course.folder / "06_multipart.ipynb"
    notebook = nbformat.read(file, as_version=4)
    sittings = [
        at for at, cell in enumerate(notebook.cells) if "sitting" in cell.metadata.get("tags", ())
    ]
    notebook.cells = notebook.cells[: sittings[0] - 1]  # the first of them is enough
    nbformat.write(notebook, file)
    slow.open(file.name)
    processor = slow.page.context.new_cdp_session(slow.page)
    processor.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    slow.run_all(RUN_SECONDS)
    processor.send("Emulation.setCPUThrottlingRate", {"rate": 1})

    asked = [ask(view_in(slow, cell)) for cell in cells_with_views(slow)]
    assert set(asked) == {"verdict", "explorer"}
    kept = json.loads((slow.course.folder / "progress.json").read_text("utf-8"))["exercises"]
    hints = [record["hints"] for record in kept.values()]
    # A click is counted once, and one that nobody answered is not counted at all.
    assert hints == [1] * asked.count("verdict")


def cells_with_views(student: Student) -> list[str]:
    return [
        cell["id"]
        for cell in student.save()["cells"]
        if any("<smtplab-live" in str(output) for output in cell.get("outputs", ()))
    ]


def view_in(student: Student, cell: str) -> Locator:
    student.go_to(cell)
    view = student.active.locator("smtplab-live > .smtplab-live")
    expect(view).to_be_visible()
    return view


def ask(view: Locator) -> str:
    """Ask a view what it must ask the kernel; say which kind of view it is."""
    hint = view.get_by_role("button", name="Next hint")
    if hint.count():
        hint.click()
        expect(view).to_contain_text("Hint 1 of ")
        return "verdict"
    view.locator(".sm-octets").first.click()
    view.get_by_role("button", name="Octets").first.click()
    expect(view.locator(".sm-hex").first).to_be_visible()
    return "explorer"
