"""The course as a web site: what `python -m smtplab book DIR` writes, and what a browser says."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from smtplab import __main__ as command
from smtplab import book
from smtplab.command import Refused
from smtplab.exercises import LESSONS
from smtplab.student import notebooks

from . import cells

# A card and a mailbox, a table of base64, source in colours and a page within the page.
FEW = [lesson for lesson in LESSONS if lesson.slug in ("start_here", "auth", "autopsy")]
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The course's own kernel, as the command has it."""
    before = dict(os.environ)
    command.prepare(tmp_path_factory.mktemp("own"))
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    first = book.write(tmp_path_factory.mktemp("site") / "new", lessons=FEW, tell=lambda _: None)
    assert first.name == "index.html"
    return first.parent


@pytest.fixture
def at_home(site: Path, chromium: Browser) -> Iterator[Page]:
    """A page that reads files of the site alone, and has nothing to complain of."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    wrong: list[str] = []
    own = re.compile(re.escape(site.as_uri()) + "/|data:|about:")
    page.on("request", lambda r: None if own.match(r.url) else wrong.append(r.url))
    page.on("console", lambda m: wrong.append(m.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def names(site: Path) -> list[str]:
    return sorted(path.name for path in site.iterdir())


# What is written


def test_each_lesson_is_a_page_of_what_its_cells_show(site: Path) -> None:
    assert names(site) == sorted(
        ["index.html", *(lesson.notebook.replace(".ipynb", ".html") for lesson in FEW)]
    )
    text = (site / "00_start_here.html").read_text(encoding="utf-8")
    assert 'class="smtplab smtplab-mailbox' in text  # a view, in its plain form
    assert "Not yet written: reply_code" in text
    assert "<script" not in text
    assert text.count(".smtplab{box-sizing") == 1  # of ten views
    assert "postcard" in text


def test_nothing_of_the_readers_machine_is_told_but_where_a_certificate_was(site: Path) -> None:
    for name in names(site):
        text = (site / name).read_text(encoding="utf-8")
        assert {Path(found).name for found in re.findall(r"/[\w./-]*/smtplab-[\w./-]+", text)} <= {
            "ca.pem"
        }


def test_an_instructors_book_has_the_reference_judged(tmp_path: Path) -> None:
    book.write(tmp_path, solved=True, lessons=FEW[:1], tell=lambda _: None)
    text = (tmp_path / "00_start_here.html").read_text(encoding="utf-8")
    assert "Passed: reply_code" in text
    assert "instructor" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {name: (site / name).read_text(encoding="utf-8") for name in names(site)}
    whole = {lesson.notebook.replace(".ipynb", ".html") for lesson in LESSONS}
    reached = set()
    for name, text in pages.items():
        for link in re.findall(r'<a [^>]*href="([^"]*)"', text):
            if link.startswith(("https://", "data:")):
                continue  # for who is on a network, and chooses to; a file that a mail brought
            to, _, place = unescape(link).partition("#")
            assert to in whole | {"", "index.html"}, (name, link)  # of which a few are here
            assert not place or f'id="{unquote(place)}"' in unescape(pages[to or name]), link
            reached.add(to or name)
    assert reached >= set(pages)
    middle = pages["03_auth.html"]
    assert 'href="00_start_here.html">Previous' in middle
    assert 'href="07_autopsy.html">Next' in middle


# In a browser


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_network_the_pages_have_no_barrier(
    site: Path, at_home: Page, scheme: str
) -> None:
    at_home.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    colours = set()
    for name in names(site):
        at_home.goto((site / name).as_uri())
        found = Axe().run(at_home).response["violations"]
        assert [(rule["id"], [n["target"] for n in rule["nodes"]]) for rule in found] == [], name
        colours.add(at_home.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == {"rgb(255, 255, 255)" if scheme == "light" else "rgb(17, 17, 17)"}


@pytest.mark.browser
def test_on_a_phone_no_page_is_wider_than_its_window(site: Path, at_home: Page) -> None:
    at_home.set_viewport_size({"width": 360, "height": 740})
    for name in names(site):
        at_home.goto((site / name).as_uri())
        at_home.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert at_home.evaluate("document.documentElement.scrollWidth") <= 360, name


@pytest.mark.browser
def test_a_reader_goes_from_the_contents_to_a_section_and_on(site: Path, at_home: Page) -> None:
    at_home.goto((site / "index.html").as_uri())
    at_home.get_by_role("listitem").filter(has_text="picture").get_by_role("link").click()
    assert at_home.url.endswith("/00_start_here.html")
    picture = at_home.frame_locator(".smtplab-mailbox iframe").first.locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    at_home.get_by_text("In this lesson").click()
    at_home.get_by_role("link", name="5. What arrived").click()
    at_home.get_by_role("link", name="Next: ").first.click()
    assert at_home.url.endswith("/03_auth.html")


# What is refused


def refused(folder: Path, status: int, **others: object) -> str:
    with pytest.raises(Refused) as error:
        book.write(folder, tell=lambda _: None, **others)  # type: ignore[arg-type]
    assert error.value.status == status
    return str(error.value)


def test_a_folder_that_is_not_empty_and_a_file_in_its_place_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("mine", encoding="utf-8")
    assert "not empty" in refused(tmp_path, 2)
    assert "is a file" in refused(file, 2)
    assert "is a file" in refused(file / "below", 2)
    assert names(tmp_path) == ["mine.txt"]


def test_what_the_system_refuses_is_said_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **others: object) -> None:
        raise OSError(28, "No space left on device", "/site")

    monkeypatch.setattr(Path, "mkdir", full)
    assert refused(tmp_path / "new", 1) == ("no book was written: /site: No space left on device.")


def test_a_lesson_that_has_lost_an_exercise_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / FEW[0].notebook).write_text('{"cells": [], "metadata": {}}', encoding="utf-8")
    monkeypatch.setattr(notebooks, "shipped", lambda: shipped(folder))
    said = refused(tmp_path / "site", 1, solved=True, lessons=FEW[:1])
    assert "reply_code" in said


@contextmanager
def shipped(folder: Path) -> Iterator[tuple[Path, bool]]:
    yield folder, False


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "raises ZeroDivisionError: division by zero"),
        ("import os; os._exit(1)", "has ended its kernel"),
        ("import time; time.sleep(60)", "has not ended after 1 seconds"),
    ],
)
def test_a_lesson_that_does_not_run_is_named_with_its_cell_and_nothing_is_written(
    code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = cells.load(FEW[0])
    notebook["cells"] = [*notebook["cells"][:1], cells.code(code)]
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / FEW[0].notebook).write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(notebooks, "shipped", lambda: shipped(folder))
    monkeypatch.setattr(book, "DEADLINE", 1)
    sentence = refused(tmp_path / "site", 1, lessons=FEW[:1])
    assert f"the cell 'added' of {FEW[0].notebook} {said}" in sentence
    assert names(tmp_path / "site") == []


def test_a_reader_of_chinese_gets_the_lessons_that_are_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPLAB_LANGUAGE", "zh_CN")
    book.lay_out(cells.FOLDER, tmp_path / "work", LESSONS)
    for lesson in LESSONS:
        translated = cells.path(lesson, "zh_CN")
        source = translated if translated.is_file() else cells.path(lesson)
        assert (tmp_path / "work" / lesson.notebook).read_bytes() == source.read_bytes()
    assert {"postcard.png", "old_mailer.py", "signed.eml"} <= set(names(tmp_path / "work"))
    files = book.around(dict.fromkeys(FEW, "<h1>一</h1>"), solved=True)
    assert '<html lang="zh-CN">' in files["03_auth.html"]
    assert "目录" in files["03_auth.html"]
    assert "教师" in files["index.html"]


def test_the_command_says_where_the_book_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    asked = []

    def write(directory: Path, solved: bool, tell: object) -> Path:
        asked.append((directory, solved))
        return directory / "index.html"

    monkeypatch.setattr(book, "write", write)
    assert command.main(["book", str(tmp_path), "--solved"]) == 0
    assert asked == [(tmp_path, True)]
    assert str(tmp_path / "index.html") in capsys.readouterr().out
