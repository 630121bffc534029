"""Which cells stand together on a slide: `python -m tests.slides [LESSON ...]` writes it down.

Each lesson is shown by `smtplab slides` on a screen of 1280 by 720 pixels, every cell on a slide of
its own, and is run from its first cell to its last. How high each cell then is decides.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, TimeoutError, sync_playwright

from smtplab.exercises import LESSONS
from smtplab.student import notebooks

from . import cells
from .conftest import ROOT, absent, at_home, copied, launched, opened

RISE = ROOT / "build" / "rise"  # see README, Tests
SCREEN = {"width": 1280, "height": 720}
ROOM = 650  # pixels of them that cells can have
GAP = 8  # pixels between two
SEEN = 300  # pixels of the last cell's code and outputs that are seen, where they scroll
ENOUGH = 90_000  # milliseconds: stands for "hangs"
TRIES = 3

# The slide that is shown: where each cell stands, and how high it would like to be: code and what
# comes of it scroll where they are higher than slides.css lets them be.
CELLS = """() => [...document.querySelectorAll("section.present:not(.stack) > .jp-Cell")].map(
    (cell) => {
        const box = cell.getBoundingClientRect();
        const parts = [...cell.querySelectorAll(".jp-Cell-inputWrapper, .jp-Cell-outputWrapper")];
        const wanted = parts.reduce((sum, part) => {
            const most = parseFloat(getComputedStyle(part).maxHeight) || Infinity;
            const inner = part.querySelector(".jp-Cell-inputArea, .jp-Cell-outputArea");
            return sum + Math.min(most, inner.scrollHeight);
        }, 0);
        const least = Math.min(...parts.map((part) => part.clientHeight || Infinity));
        return { top: box.top, bottom: box.bottom, least, wanted };
    })"""
NUMBERED = """(nth) => {
    const slide = document.querySelector("section.present:not(.stack)");
    const prompts = slide.querySelectorAll(".jp-CodeCell .jp-InputPrompt");
    return /[0-9]/.test(prompts[nth].textContent);
}"""


@contextmanager
def shown(lesson: str, folder: Path, page: Page) -> Iterator[None]:
    """A lesson of a folder as live slides, the first of them on the page."""
    if not (RISE / "jupyterlab_rise").is_dir():
        absent(f"there is no jupyterlab-rise in {RISE}")
    home = folder.parent / "home"
    config = home / ".jupyter" / "jupyter_server_config.d"
    config.mkdir(parents=True, exist_ok=True)
    # Where pip installs into the environment it says so there.
    shutil.copy(RISE / "etc/jupyter/jupyter_server_config.d/jupyterlab_rise.json", config)
    here = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(RISE)]),
        "JUPYTER_PATH": str(RISE / "share" / "jupyter"),
        "SMTPLAB_FOLDER": str(folder),
    }
    with opened(folder, at_home(home) | here, "--no-browser", "slides", lesson) as course:
        page.goto(course.address)
        page.locator(".reveal.ready section.present .jp-Cell").first.wait_for()
        yield


def walk(page: Page) -> Iterator[list[dict[str, float]]]:
    """Run the code on each slide, and go to the next; what is on a slide, from the first on."""
    while True:
        here = page.url
        code = page.locator("section.present:not(.stack) > .jp-CodeCell")
        for nth in range(code.count()):
            for left in reversed(range(TRIES)):
                code.nth(nth).locator(".cm-content").click()
                page.keyboard.press("Control+Enter")
                try:
                    page.wait_for_function(NUMBERED, arg=nth, timeout=ENOUGH / TRIES)
                    break
                except TimeoutError:  # jupyterlab-rise has chosen another cell meanwhile
                    if not left:
                        raise
        page.wait_for_timeout(300)  # until what came is laid out
        yield page.evaluate(CELLS)
        page.keyboard.press("Escape")
        page.keyboard.press("Space")
        page.wait_for_timeout(600)  # until jupyterlab-rise has chosen a cell there
        if page.url == here:
            return


def together(kinds: list[str], heights: list[float]) -> list[str]:
    """The type of each cell: "slide" and "subslide" begin one, "-" goes on with it.

    kinds are "title", "text" and "code". A text is never the end of a slide, but where what comes
    next has no room beneath it.
    """
    types: list[str] = []
    filled = 0.0
    for place, (kind, height) in enumerate(zip(kinds, heights, strict=True)):
        needed = min(height, SEEN) if kind == "code" else height
        if kind != "code" and place + 1 < len(kinds):
            needed += GAP + min(heights[place + 1], SEEN)
        begins = kind == "title" or place == 0 or filled + GAP + needed > ROOM
        types.append("slide" if kind == "title" or place == 0 else "subslide" if begins else "-")
        filled = height if begins else filled + GAP + height
    return types


def kind(cell: dict[str, Any]) -> str:
    """What a cell is to a slide."""
    if cell["cell_type"] == "code":
        return "code"
    return "title" if "".join(cell["source"]).startswith(("# ", "## ")) else "text"


def mark(path: Path, types: list[str]) -> None:
    """Write the types into a notebook."""
    notebook = notebooks.load(path)
    for cell, type_ in zip(notebook["cells"], types, strict=True):
        cell["metadata"]["slideshow"] = {"slide_type": type_}
    notebooks.save(path, notebook)


def main() -> None:
    wanted = sys.argv[1:]
    with sync_playwright() as playwright:
        page = launched(playwright.chromium).new_page(viewport=SCREEN)  # type: ignore[arg-type]
        for lesson in LESSONS:
            if wanted and lesson.slug not in wanted:
                continue
            name = lesson.notebook
            kinds = [kind(cell) for cell in notebooks.load(cells.FOLDER / name)["cells"]]
            with tempfile.TemporaryDirectory(prefix="slides-") as own:
                folder = Path(own, "notebooks")
                folder.mkdir()
                copied(folder)
                mark(folder / name, ["slide"] * len(kinds))
                with shown(lesson.number, folder, page):
                    heights = [cell["wanted"] for slide in walk(page) for cell in slide]
            types = together(kinds, heights)
            print(name, *map(round, heights))
            print(name, len(types) - types.count("-"), "slides", flush=True)
            for folder in (ROOT / "notebooks", *(ROOT / "notebooks").glob("??_??")):
                if (folder / name).is_file():
                    mark(folder / name, types)


if __name__ == "__main__":
    try:
        main()
    except pytest.skip.Exception as why:
        sys.exit(str(why))
