"""The course as a web site: every lesson run, to read without a kernel and without a network.

The notebooks are run in a folder of their own, as a student would: in their order, in one folder,
each in a fresh kernel. nbconvert's "basic" template makes each the middle of a page; it asks
nobody for anything. What stands around it is ours, and a policy in its head (Content Security
Policy, level 3) forbids the page every request, whatever a mail in it may hold.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from html import escape, unescape
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

from smtplab.command import Refused
from smtplab.exercises import LESSONS, Lesson, reference_source
from smtplab.student import beside, notebooks
from smtplab.words import Words

__all__ = ["CONTENTS", "write"]

WORDS = Words(__file__)
CONTENTS = "index.html"
DEADLINE = 120  # seconds for one cell: stands for "hangs"
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
ANCHOR = re.compile(r'<a class="anchor-link".*?</a>', re.DOTALL)
NOTEBOOK = re.compile(r'(?<=href=")(\w+)\.ipynb(?=")')
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
SECTION = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)


def write(
    directory: Path,
    solved: bool = False,
    lessons: Sequence[Lesson] = LESSONS,
    tell: Callable[[str], object] = print,
) -> Path:
    """Run the lessons and write the site into a folder, new or empty; return its first page.

    What is told is how far it is. Nothing is written before the last one has run. Raise
    Refused where the folder cannot be had, or a lesson does not run.
    """
    try:
        make_room(directory)
        tell("The lessons are run, which takes a few minutes:")
        pages = {}
        with notebooks.shipped() as (folder, _), TemporaryDirectory(prefix="smtplab-") as own:
            work = Path(own, "notebooks")
            lay_out(folder, work, lessons)
            for lesson in lessons:
                tell(lesson.notebook)
                notebook = notebooks.load(work / lesson.notebook)
                notebooks.clean(notebook)
                if solved:
                    answers = (reference_source(each.name) for each in lesson.exercises)
                    texts = {each.name: notebooks.whole(each) for each in answers}
                    notebooks.lay_over(notebook, texts)
                body = converted(executed(notebook, lesson.notebook, work))
                pages[lesson] = body.replace(escape(str(work)), work.name)
        for name, text in around(pages, solved).items():
            (directory / name).write_text(text, encoding="utf-8")
    except (OSError, LookupError, ValueError) as error:
        said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else error
        raise Refused(f"no book was written: {said}.", 1) from error
    return directory / CONTENTS


def make_room(directory: Path) -> None:
    """Make the folder. Raise Refused where something stands in its place, or in it."""
    for one in (directory, *directory.parents):
        if one.exists() and not one.is_dir():
            raise Refused(f"{one} is a file: name a folder, which may be new.")
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise Refused(f"{directory} is not empty: name a folder that is new or empty.")


def lay_out(folder: Path, work: Path, lessons: Iterable[Lesson]) -> None:
    """A folder as a student has it: where a lesson is translated, in the reader's language."""
    work.mkdir()
    names = [lesson.notebook for lesson in lessons]
    translated = folder / WORDS.language.replace("-", "_")
    for source in filter(Path.is_dir, (folder, translated)):
        there = [name for name in names if (source / name).is_file()]
        named = beside(source, [notebooks.load(source / name) for name in there])
        for name in (*there, *named):
            shutil.copyfile(source / name, work / name)


def executed(notebook: dict[str, Any], name: str, work: Path) -> Any:
    """Run every cell in a kernel of its own. Raise Refused for what a lesson must not do."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    # Ports of a kernel are chosen before it listens there: where it can do without, it has none.
    meeting = {} if os.name == "nt" else {"transport": "ipc", "ip": str(work.parent / "kernel")}
    cell: dict[str, str] = {}
    client = NotebookClient(
        nbformat.reads(json.dumps(notebook), as_version=4),
        timeout=DEADLINE,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(work)}},
        on_cell_start=lambda cell_index, **_: cell.update(id=notebook["cells"][cell_index]["id"]),
        config=Config(KernelManager=meeting),
    )
    try:
        return client.execute(env=os.environ | {"SMTPLAB_FOLDER": str(work)})
    except CellExecutionError as error:
        what = f"raises {error.ename}: {error.evalue}"
    except CellTimeoutError:
        what = f"has not ended after {DEADLINE} seconds"
    except DeadKernelError:
        what = "has ended its kernel"
    raise Refused(f"no book was written: the cell {cell['id']!r} of {name} {what}.", 1)


def converted(notebook: Any) -> str:
    """A notebook as the middle of a page."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True,
                            exclude_output_prompt=True)  # fmt: skip
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":  # its colours are a terminal's
                output.traceback = [re.sub(r"\x1b\[[\d;]*m", "", t) for t in output.traceback]
    body = ANCHOR.sub("", exporter.from_notebook_node(notebook)[0])
    # A long line of code is reached with the keyboard, too; a view's title, of the third level,
    # stands right below the lesson's own where it comes before the first section.
    body = body.replace('hl-ipython3"><pre>', 'hl-ipython3"><pre tabindex="0">')
    head, section, rest = body.partition("<h2 ")
    body = head.replace('aria-level="3"', 'aria-level="2"') + section + rest
    return NOTEBOOK.sub(r"\1.html", body)


def around(pages: dict[Lesson, str], solved: bool) -> dict[str, str]:
    """The files of the site: what stands around each lesson, and the table of contents."""
    lessons = list(pages)
    titles = [WORDS("numbered", number=each.number, title=each.title) for each in lessons]
    names = [f"{Path(each.notebook).stem}.html" for each in lessons]
    about = [WORDS("about"), WORDS("solved" if solved else "shipped")]
    listed = [
        f"{link(name, title)}<br>{''.join(TITLE.findall(pages[lesson])[:1])}"
        for lesson, name, title in zip(lessons, names, titles, strict=True)
    ]
    front = f"<h1>{escape(WORDS('course'))}</h1>\n"
    front += "\n".join(f"<p>{escape(text)}</p>" for text in about)
    front += f"\n<h2>{escape(WORDS('lessons'))}</h2>\n{items(listed, 'ol', 'book-lessons')}"
    files = {CONTENTS: page(WORDS("course"), front, [link(names[0], titles[0])])}
    for at, lesson in enumerate(lessons):
        way = [link(CONTENTS, WORDS("contents"))]
        if at > 0:
            way.append(link(names[at - 1], WORDS("previous", title=titles[at - 1])))
        if at + 1 < len(lessons):
            way.append(link(names[at + 1], WORDS("next", title=titles[at + 1])))
        steps = [link(f"#{to}", unescape(text)) for to, text in SECTION.findall(pages[lesson])]
        files[names[at]] = page(
            f"{titles[at]} - {WORDS('course')}",
            pages[lesson],
            way,
            f"<details><summary>{escape(WORDS('sections'))}</summary>{items(steps)}</details>",
        )
    return files


def link(to: str, text: str) -> str:
    return f'<a href="{escape(to)}">{escape(text)}</a>'


def items(texts: Iterable[str], kind: str = "ul", class_: str = "book-list") -> str:
    listed = "\n".join(f"<li>{text}</li>" for text in texts)
    return f'<{kind} class="{class_}">\n{listed}\n</{kind}>'


def page(title: str, body: str, way: list[str], sections: str = "") -> str:
    """A page as it stands in its file. Each view has brought the one style of them all."""
    here = Path(__file__)
    # IPython's own for a coloured source knows no dark page: what ours is for it serves.
    styles = dict.fromkeys(text for text in STYLE.findall(body) if text.startswith(".smtplab"))
    return Template(here.with_suffix(".html").read_text(encoding="utf-8")).substitute(
        language=WORDS.language,
        title=escape(title),
        style="\n".join([here.with_suffix(".css").read_text(encoding="utf-8"), *styles]),
        begin=escape(WORDS("begin")),
        end=escape(WORDS("end")),
        way=items(way),
        sections=sections,
        body=STYLE.sub("", body),
    )
