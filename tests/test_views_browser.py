"""The views in a browser: hostile mail is sealed in, and what is shown can be seen and used.

The page is served by a canary: a server that remembers what it was asked for (hostile.py). The
same payloads without the walls of the frame show that the canary would have noticed.
"""

import base64
import socket
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page

from smtplab import student, views
from smtplab.exercises import Verdict
from smtplab.lab import Event, Lab, Mailbox, Message, Transcript
from smtplab.student import Hint, Prediction, Solution

from .hostile import PAYLOADS, PIXEL, Canary, click_everything, hostile

pytestmark = pytest.mark.browser


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 760, "height": 900}, locale="en-GB")
    yield context
    context.close()


class Watch:
    """What a page did that it should not."""

    def __init__(self, page: Page, canary: Canary) -> None:
        self.page = page
        self.canary = canary
        self.happened: list[str] = []
        page.on("dialog", lambda dialog: (self.happened.append("dialog"), dialog.dismiss()))
        page.on("popup", lambda popup: self.happened.append(f"popup {popup.url}"))
        page.on("download", lambda download: self.happened.append(f"download {download.url}"))

    def found(self) -> list[str]:
        self.page.wait_for_timeout(300)
        frames = [frame.url for frame in mail_frames(self.page)]
        left = [url for url in frames if url != "about:srcdoc"]
        title = ["title"] if self.page.title() == "ran" else []
        gone = [] if self.page.url == f"{self.canary.address}/" else [self.page.url]
        return self.happened + self.canary.asked + left + title + gone


def mail_frames(page: Page) -> list[Frame]:
    """The frames of messages, without those that are in a message."""
    return [frame for frame in page.frames if frame.parent_frame is page.main_frame]


def drawn(thing: object) -> str:
    return views.drawn(thing)["text/html"]


def opened(context: BrowserContext, canary: Canary, html: str) -> tuple[Page, Watch]:
    canary.page = f"<!doctype html><title>views</title><body>{html}"
    page = context.new_page()
    watch = Watch(page, canary)
    page.goto(f"{canary.address}/")
    # Frames are loaded when they come into sight; here all come into sight at once.
    page.locator("iframe").evaluate_all("frames => frames.forEach(f => f.loading = 'eager')")
    page.wait_for_load_state()
    return page, watch


@pytest.mark.timeout(120)
def test_hostile_mail_neither_runs_nor_loads_nor_leaves_its_frame(
    context: BrowserContext, canary: Canary
) -> None:
    mail = [hostile(canary.payload(name)) for name in PAYLOADS]
    page, watch = opened(context, canary, "".join(map(drawn, mail)))
    assert len(mail_frames(page)) == len(PAYLOADS)
    assert watch.found() == []
    for frame in mail_frames(page):
        click_everything(frame)
    assert watch.found() == []


def bare(canary: Canary, name: str, walls: str = "") -> str:
    return f'<iframe {walls} srcdoc="{escape(canary.payload(name))}"></iframe>'


@pytest.mark.timeout(120)
def test_without_the_walls_the_same_mail_is_noticed(
    context: BrowserContext, canary: Canary
) -> None:
    """The control: a canary that stays silent here would prove nothing above."""
    frames = "".join(bare(canary, name) for name in PAYLOADS)
    _, watch = opened(context, canary, frames)
    watch.found()
    noticed = {asked.split("/")[1] for asked in canary.asked}
    for name in sorted(set(PAYLOADS) - noticed):
        page, watch = opened(context, canary, bare(canary, name))
        click_everything(mail_frames(page)[0])
        if any(name in one or one.startswith("download") for one in watch.found()):
            noticed.add(name)
        page.close()
    assert set(PAYLOADS) - noticed == set()


def test_a_sandbox_without_the_policy_would_load(context: BrowserContext, canary: Canary) -> None:
    _, watch = opened(context, canary, "".join(bare(canary, n, 'sandbox=""') for n in PAYLOADS))
    watch.found()
    assert len({asked.split("/")[1] for asked in canary.asked}) > 10


def test_hostile_text_in_a_transcript_or_a_verdict_is_only_text(
    context: BrowserContext, canary: Canary
) -> None:
    evil = "".join(canary.payload(name) for name in PAYLOADS)
    tape = Transcript()
    tape.open(25)
    tape.append(Event(0.0, "S", b"220 " + evil.encode() + b"\r\n", False, 1, 25))
    verdict = Verdict(exercise=evil, status="failed", sentence=evil, steps=(evil,), output=evil,
                      transcript=evil, look=evil, code=evil, note=evil)  # fmt: skip
    mail = hostile(evil)
    things = (
        tape,
        verdict,
        mail.explore(),
        mail.explore(hostile(evil[::-1])),
        Prediction(evil, (evil,), evil, evil),
        Solution("f", evil, True, evil),
    )
    page, watch = opened(context, canary, "".join(map(drawn, things)))
    assert len(page.frames) == 1
    assert watch.found() == []


def picture_mail() -> Message:
    encoded = base64.encodebytes(PIXEL).decode()
    raw = (
        "Subject: picture\nContent-Type: multipart/mixed; boundary=o\n\n--o\n"
        "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n"
        f"<h1>Hello</h1><img src='cid:pic' alt=dot>\n--b\nContent-Type: image/png\n"
        f"Content-ID: <pic>\nContent-Transfer-Encoding: base64\n\n{encoded}\n--b--\n"
        "--o\nContent-Type: text/csv\n"
        'Content-Disposition: attachment; filename="../a:b.csv"\n\n1,2\n--o--\n'
    )
    return Message("you@lab.test", ["lin@lab.test"], raw.replace("\n", "\r\n").encode(), 1)


def test_a_picture_by_cid_is_seen(context: BrowserContext, canary: Canary) -> None:
    page, watch = opened(context, canary, drawn(picture_mail()))
    picture = page.frame_locator("iframe").get_by_alt_text("dot")
    picture.wait_for()
    assert picture.evaluate("element => element.naturalWidth") == 1
    assert watch.found() == []


def test_a_link_looks_like_one_unless_the_letter_says_otherwise(
    context: BrowserContext, canary: Canary
) -> None:
    raw = (
        b"Content-Type: text/html\r\n\r\n<style>.b{color:#fff}</style>"
        b"<a href='https://x.test/1'>go</a> <a class=b href='https://x.test/2'>buy</a>"
    )
    page, _ = opened(context, canary, drawn(Message("a@lab.test", ["you@lab.test"], raw, 1)))
    frame = page.frame_locator("iframe")
    look = "e => [getComputedStyle(e).color, getComputedStyle(e).textDecorationLine, e.title]"
    assert [frame.get_by_text(text).evaluate(look) for text in ("go", "buy")] == [
        ["rgb(0, 0, 238)", "underline", "https://x.test/1"],
        ["rgb(255, 255, 255)", "underline", "https://x.test/2"],
    ]


def test_an_attachment_is_saved_with_its_octets(context: BrowserContext, canary: Canary) -> None:
    page, _ = opened(context, canary, drawn(picture_mail()))
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save ab.csv").click()
    assert saved.value.suggested_filename == "ab.csv"
    assert saved.value.path().read_bytes() == b"1,2"


def test_choosing_an_answer_is_noted_by_keyboard_and_mouse(
    context: BrowserContext, canary: Canary
) -> None:
    question = Prediction("What comes?", ("b''", "an error"), "b''", "It is the end.")
    page, _ = opened(context, canary, drawn(question) + drawn(question))
    group = page.get_by_role("group", name="What comes?").first
    noted = group.locator(".sm-noted")
    assert (noted.get_attribute("data-said") or "").startswith("Noted.")
    assert not noted.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert group.get_by_label("an error").is_checked()
    assert noted.is_visible()
    assert page.locator(".sm-noted").nth(1).is_hidden()
    assert page.get_by_text("It is the end.").first.is_hidden()
    page.get_by_text("After the run: why").first.click()
    assert page.get_by_text("It is the end.").first.is_visible()


CONTRAST = """() => {
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map(linear);
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const faint = [];
  for (const element of document.querySelectorAll('.smtplab, .smtplab *')) {
    const own = [...element.childNodes].some(n => n.nodeType == 3 && n.data.trim());
    if (!own || element.tagName == 'STYLE') continue;
    let ground = element;
    const under = e => rgba(getComputedStyle(e).backgroundColor);
    while (under(ground)[3] < 255) ground = ground.parentElement;
    const back = under(ground);
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(back)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
}"""


def one_of_each(lab: Lab) -> str:
    box = Mailbox()
    box.add(picture_mail())
    tape = Transcript()
    tape.open(587)
    said = [(b"220 hi\r\n", "S"), (b"AUTH PLAIN AHlvdQBz\r\n", "C"), (b"535 5.7.8 no\r\n", "S")]
    for data, sender in said:
        tape.append(Event(0.0, sender, data, sender == "C", 1, 587))  # type: ignore[arg-type]
    explored = picture_mail().explore(lab.read(b"Subject: =?utf-8?B?5L2g?=\r\n\r\nHello\r\n"))
    things: list[object] = [
        lab,
        box,
        tape,
        explored,
        Hint("f", 1, 3, "Look."),
        Solution("f", "x", True, "y"),
    ]
    things.append(Prediction("What?", ("a", "b"), "a", "b"))
    for status in ("passed", "failed", "error", "stuck", "not_attempted"):
        things.append(
            Verdict(exercise="f", status=status, sentence="So. " + "x" * 300,  # type: ignore
                    steps=("One.", "x" * 300),
                    transcript="S: 250 " + "x" * 300, code="sock.recv(1)", look="b", output="o\n")
        )  # fmt: skip
    console = lab.console(465)
    for line in ("DATA", "EHLO me", "AUTH LOGIN"):
        console.say(line)
    return "".join(map(drawn, [*things, console]))


BROKEN = """() => {
  const broken = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode()); ) {
    if (!node.parentElement.closest('td,th')) continue;
    for (const word of node.data.matchAll(/[\\w']+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


def test_no_word_of_a_table_is_broken_in_a_window_of_900_pixels(
    context: BrowserContext, canary: Canary
) -> None:
    """JupyterLab leaves a view about 450 of them."""
    with Lab() as lab, socket.create_connection(lab.address(25)):
        views_ = [lab, lab.base64(bytes(3072)).blocks(2048), lab.sockets(), student.progress()]
        html = "".join(map(drawn, views_))
    page, _ = opened(context, canary, f"<div style='width:450px'>{html}</div>")
    assert page.evaluate(BROKEN) == []


def test_a_long_word_of_a_header_stays_within_the_view(
    context: BrowserContext, canary: Canary
) -> None:
    raw = f"Subject: {'long ' * 80}\r\nX-Token: {'a1B2' * 150}\r\n\r\n{'x' * 900}\r\n".encode()
    one = Message("you@lab.test", ["lin@lab.test"], raw, 1)
    html = drawn(one) + drawn(one.explore())
    page, _ = opened(context, canary, f"<div style='width:450px'>{html}</div>")
    for fold in page.locator("details").all():
        fold.evaluate("element => element.open = true")
    too_wide = "all => all.filter(e => e.scrollWidth > e.clientWidth).length"
    assert page.locator(".smtplab").evaluate_all(too_wide) == 0
    # What cannot be broken is scrolled within the view, and does not stand out of it.
    assert page.locator(".smtplab").first.evaluate("e => getComputedStyle(e).overflowX") == "auto"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_text_stands_out_and_stays_within_700_pixels(
    context: BrowserContext, canary: Canary, scheme: Any, theme: str
) -> None:
    """Outside JupyterLab the reader's own scheme counts, inside it JupyterLab's theme."""
    with Lab() as lab:
        html = one_of_each(lab)
    page, _ = opened(context, canary, f"<div style='width:700px'>{html}</div>")
    page.emulate_media(color_scheme=scheme)
    if theme:
        page.evaluate(
            "light => document.body.dataset.jpThemeLight = light", str(theme == "light").lower()
        )
    for fold in page.locator("details").all():
        fold.evaluate("element => element.open = true")
    assert page.evaluate(CONTRAST) == []
    ground = page.locator(".smtplab").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == ("rgb(17, 17, 17)" if (theme or scheme) == "dark" else "rgb(255, 255, 255)")
    too_wide = "all => all.filter(e => e.scrollWidth > e.clientWidth).length"
    assert page.locator(".smtplab").evaluate_all(too_wide) == 0
