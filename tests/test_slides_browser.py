"""A lesson as live slides: nothing is cut off on a screen of 1280 by 720 pixels, and views live."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Page, expect

from smtplab.exercises import LESSONS, Lesson

from . import slides
from .conftest import THOROUGH

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LEAST = 24  # pixels of code, or of what came of it, where both scroll: a line
# The views that somebody in front of a class works with, each with the code that shows it.
VIEWS = {
    "switchboard": "from smtplab import Lab\nlab = Lab()\nlab.switchboard()",
    "console": "lab.console(25)",
    "replay": """import smtplib
with smtplib.SMTP(*lab.address(25)) as client:
    client.sendmail("you@lab.test", ["lin@lab.test"], "Subject: Hello\\r\\n\\r\\nHello.\\r\\n")
lab.transcript""",
}


@pytest.fixture
def screen(chromium: Browser) -> Iterator[Page]:
    """A projector's page. jupyterlab-rise says errors of its own, but it must ask nobody else."""
    context = chromium.new_context(viewport=slides.SCREEN)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    own = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:")
    page.on("request", lambda r: None if own.match(r.url) else asked.append(r.url))
    yield page
    context.close()
    assert asked == []


def must_fit(slide: list[dict[str, float]]) -> None:
    for cell in slide:
        assert cell["top"] >= 0 and cell["bottom"] <= slides.SCREEN["height"], slide
        assert cell["least"] >= LEAST, slide


# Lesson 06 has much that is wide or high. `python -m tests.slides` measures each.
@pytest.mark.parametrize(
    "lesson", LESSONS if THOROUGH else LESSONS[6:7], ids=lambda lesson: lesson.slug
)
def test_no_slide_of_a_lesson_overflows(screen: Page, notebooks: Path, lesson: Lesson) -> None:
    kept = nbformat.read(notebooks / lesson.notebook, as_version=4)
    if not THOROUGH:
        del kept.cells[40:]
        nbformat.write(kept, notebooks / lesson.notebook)
    with slides.shown(lesson.number, notebooks, screen):
        seen = list(slides.walk(screen))
    assert sum(map(len, seen)) == len(kept.cells)
    for slide in seen:
        must_fit(slide)


def test_keys_are_a_control_s_while_it_has_the_focus_and_else_the_slides(
    screen: Page, notebooks: Path
) -> None:
    ask = 'from smtplab import Lab, predict\nlab = Lab()\npredict("Who speaks?", ["I", "You"])'
    cells = [
        new_code_cell(code, metadata={"slideshow": {"slide_type": "slide"}})
        for code in (ask, "lab.switchboard()")
    ]
    kept = nbformat.read(notebooks / LESSONS[0].notebook, as_version=4).metadata
    nbformat.write(new_notebook(cells=cells, metadata=kept), notebooks / LESSONS[0].notebook)
    with slides.shown("start_here", notebooks, screen):
        before = screen.url
        here = screen.locator("section.present:not(.stack)")
        here.locator(".cm-content").click()
        screen.keyboard.press("Control+Enter")
        here.get_by_text("You", exact=True).click()
        screen.wait_for_timeout(300)
        screen.keyboard.press("Space")  # whoever has voted goes on
        screen.wait_for_url(lambda url: url != before)
        here.locator(".cm-content").click()
        screen.keyboard.press("Control+Enter")
        button = here.locator(".smtplab-live").get_by_role("button", name="Turn this fault on")
        button.wait_for()
        there = screen.url
        screen.keyboard.press("Escape")
        button.focus()
        screen.keyboard.press("Space")
        expect(here.locator(".smtplab-live pre")).to_contain_text("lab.misbehave(")
        assert screen.url == there


def test_a_view_lives_on_a_slide(screen: Page, notebooks: Path) -> None:
    cells = [
        new_code_cell(code, metadata={"slideshow": {"slide_type": "slide"}})
        for code in VIEWS.values()
    ]
    kept = nbformat.read(notebooks / LESSONS[0].notebook, as_version=4).metadata
    nbformat.write(new_notebook(cells=cells, metadata=kept), notebooks / LESSONS[0].notebook)
    with slides.shown("start_here", notebooks, screen):
        for slide, name in zip(slides.walk(screen), VIEWS, strict=True):
            must_fit(slide)
            view = screen.locator("section.present:not(.stack) .smtplab-live")
            assert slide[0]["wanted"] <= slides.ROOM, name
            if name == "switchboard":
                view.get_by_label("Profile").select_option(label="legacy")
                expect(view.locator("pre")).to_contain_text('lab.profile = "legacy"')
