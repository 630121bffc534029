"""Take README's pictures anew: python -m tests.pictures. It needs Chromium, as the tests do."""

import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from smtplab.exercises import LESSONS

from .. import cells
from ..conftest import Student, at_home, copied, launched, opened

HERE = Path(__file__).parent
START = {cell["id"]: cells.source(cell) for cell in cells.load(LESSONS[0])["cells"]}
SENT = "\n".join(START[name] for name in ("imports", "lab", "letter", "nine-lines"))
READ = """\
from smtplab import check

def read_exactly(sock, n):
    return sock.recv(n)

check(read_exactly)"""
# What is shown, the line that shows it, what is clicked first, and how much of it: CSS pixels.
PICTURES = {
    "mailbox": (START["mailbox"], "", 560),
    "verdict": (READ, "", 560),
    "ladder": (START["session"], "MAIL FROM", 520),
    "explorer": ("lab.mailbox[-1].explore()", "Content-ID", 560),
}
WIDTH, SCALE, QUALITY = 1280, 1.5, 0.82
# The encoder is the browser's own: nothing else has to be installed.
AS_WEBP = """async ([png, quality]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""


def take(student: Student, cell: str, clicked: str, height: int) -> bytes:
    """Run a cell, and return what it shows as PNG."""
    student.notebook.locator(".jp-Notebook").click(position={"x": 5, "y": 5})
    student.go_to(cell)
    student.run()
    live = "smtplab-live > .smtplab-live"
    shown = student.active.locator(f".jp-OutputArea-output:has({live})").first
    shown.wait_for()
    if clicked:
        shown.locator(live).get_by_text(clicked).first.click()
    student.page.wait_for_timeout(1500)  # transitions, and the frame of a mail
    shown.scroll_into_view_if_needed()
    student.page.evaluate("cell => cell.scrollIntoView({block: 'start'})", shown.element_handle())
    box = shown.bounding_box()
    assert box
    return student.page.screenshot(clip={**box, "height": min(box["height"], height)})


def as_webp(page: Page, png: bytes) -> bytes:
    return base64.b64decode(page.evaluate(AS_WEBP, [base64.b64encode(png).decode(), QUALITY]))


def main(browser: Browser) -> None:
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        folder, home = Path(name, "notebooks"), Path(name, "home")
        folder.mkdir()
        home.mkdir()
        with opened(copied(folder), at_home(home), "--no-browser") as course:
            context = browser.new_context(
                viewport={"width": WIDTH, "height": 1100}, device_scale_factor=SCALE
            )
            student = Student(context.new_page(), course)
            blank = context.new_page()
            student.scratch(SENT, *(code for code, _, _ in PICTURES.values()))
            student.go_to("c0")
            student.run()
            for number, (picture, (_, clicked, height)) in enumerate(PICTURES.items(), 1):
                file = HERE / f"{picture}.webp"
                file.write_bytes(as_webp(blank, take(student, f"c{number}", clicked, height)))
                print(file, file.stat().st_size, "octets")


with sync_playwright() as playwright:
    main(launched(playwright.chromium))
