"""The instructor's edition, as an instructor makes it: out of a checkout that somebody has used."""

import ast
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from smtplab.exercises import LESSONS, Lesson
from smtplab.student import notebooks

from . import cells
from .conftest import ROOT, THOROUGH

pytestmark = pytest.mark.timeout(180)
EVERY_NAME = {exercise.name for lesson in LESSONS for exercise in lesson.exercises}


def git(folder: Path, *arguments: str) -> bytes:
    # Nobody's settings, and no repository around this one.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", "-c", "user.name=you", "-c", "user.email=you@lab.test", *arguments],
        check=True, cwd=folder, env=environment, capture_output=True, timeout=30,
    ).stdout  # fmt: skip


def checkout(folder: Path, *, committed: bool) -> Path:
    """The course as it is when it has just been fetched: with git, or out of an archive."""
    bare = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "smtplab", folder / "smtplab", ignore=bare)
    cells.folder_for(folder)
    shutil.copy(cells.FOLDER / "teaching.md", folder / "notebooks")
    if committed:
        git(folder, "init", "--quiet")
        git(folder, "add", "notebooks")
        git(folder, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", "the course")
    return folder


def use(course: Path) -> None:
    """Leave behind what an evening in JupyterLab leaves: every cell was run, half is answered."""
    folder = course / "notebooks"
    for lesson in LESSONS:
        notebook = cells.load(lesson)
        notebook["metadata"]["kernelspec"] = {"name": "mine", "display_name": "My own Python"}
        notebook["metadata"]["language_info"] = {"name": "python", "version": "3.11.2"}
        notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
        for count, cell in enumerate(notebook["cells"]):
            cell["metadata"]["editable"] = True
            if cell["cell_type"] == "code":
                said = {"output_type": "stream", "name": "stdout", "text": ["of an evening\n"]}
                cell.update(execution_count=count, outputs=[said])
                cell["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
            if "exercise" in cells.tags(cell) and count % 2:
                name = "".join(cell["source"]).partition("(")[0]
                cell["source"] = [f"{name}(*anything):\n", "    return 1  # of an evening\n"]
        (folder / lesson.notebook).write_text(json.dumps(notebook), encoding="utf-8")
    record = {"tries": 3, "passed": True, "text": "def reply_code(line):\n    return 1\n"}
    progress = {"format": 1, "client": "", "exercises": {"reply_code": record}}
    (folder / "progress.json").write_text(json.dumps(progress), encoding="utf-8")
    (folder / "my_client.py").write_text("# of an evening\n", encoding="utf-8")
    (folder / "holiday.png").write_bytes(b"of an evening")
    (folder / "scratch.ipynb").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize("in_use", [False, True])
def test_the_suite_judges_the_course_and_no_reader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_use: bool
) -> None:
    course = checkout(tmp_path, committed=True)
    before = contents(course / "notebooks")
    if in_use:
        use(course)
    monkeypatch.setattr(notebooks, "CHECKOUT", course)
    with ExitStack() as stack:
        found = cells.judged(course / "notebooks", stack)
        assert contents(found) == before
        assert (found == course / "notebooks") is not in_use


def edition(course: Path) -> Path:
    """`python -m smtplab solved DIR`, in the course's folder."""
    environment = {name: v for name, v in os.environ.items() if name != "SMTPLAB_FOLDER"}
    subprocess.run(
        [sys.executable, "-m", "smtplab", "solved", "../edition"],
        check=True, cwd=course, env=environment, stdout=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    return course.parent / "edition"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file, by where it stands."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    course = checkout(tmp_path_factory.mktemp("fresh") / "course", committed=False)
    return contents(edition(course))


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edition out of a used course without git, which is the harder one to clean."""
    course = checkout(tmp_path_factory.mktemp("used") / "course", committed=False)
    use(course)
    return edition(course)


def test_out_of_a_used_checkout_comes_the_edition_of_a_fresh_one(
    used: Path, fresh: dict[str, bytes]
) -> None:
    assert contents(used) == fresh
    assert not any(b"of an evening" in content for content in fresh.values())


def test_with_git_the_last_commit_is_what_counts_whatever_was_done_to_a_notebook(
    tmp_path: Path, fresh: dict[str, bytes]
) -> None:
    course = checkout(tmp_path / "course", committed=True)
    use(course)
    lesson = course / "notebooks" / LESSONS[1].notebook
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    # No rule could know these from the course's own cells.
    notebook["cells"][0]["source"] = ["# My own title of an evening\n"]
    del notebook["cells"][5:]
    lesson.write_text(json.dumps(notebook), encoding="utf-8")
    (course / "notebooks" / LESSONS[2].notebook).unlink()
    assert contents(edition(course)) == fresh


def test_the_edition_is_made_of_what_a_lesson_needs_and_no_more(fresh: dict[str, bytes]) -> None:
    files = (path.name for path in cells.FOLDER.iterdir() if path.is_file())
    shipped = {name for name in files if not name.startswith(".")}
    shipped -= {"my_client.py", "progress.json"}
    made = {name for name in fresh if not name.startswith(".")}
    assert made == {"my_client.py", "progress.json", *shipped}


def test_without_git_a_notebook_that_lost_an_exercise_is_named_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    course = checkout(tmp_path / "course", committed=False)
    lesson = course / "notebooks" / LESSONS[1].notebook
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "send-all-stub"]
    lesson.write_text(json.dumps(notebook), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "smtplab", "solved", "../edition"],
        cwd=course, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert (
        f"{LESSONS[1].notebook} is no longer whole: it has no cell that defines send_all"
        in run.stderr
    )
    assert not (tmp_path / "edition").exists()


def definitions(client: str) -> set[str]:
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in ast.parse(client).body if isinstance(node, kinds)}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_of_the_edition_has_the_code_that_test_lessons_runs(
    lesson: Lesson, used: Path
) -> None:
    notebook = notebooks.load(used / lesson.notebook)
    solved = cells.solved(lesson)
    assert list(map(cells.source, cells.code_cells(notebook))) == list(
        map(cells.source, cells.code_cells(solved))
    )


# What else counts is the folder: there the one that needs most of the others' functions runs.
@pytest.mark.parametrize(
    "lesson", LESSONS if THOROUGH else LESSONS[8:9], ids=lambda lesson: lesson.slug
)
def test_a_lesson_of_the_edition_runs_to_its_end_and_the_client_stays_whole(
    lesson: Lesson, used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMTPLAB_FOLDER", raising=False)
    notebook: dict[str, Any] = json.loads((used / lesson.notebook).read_text(encoding="utf-8"))
    before = definitions((used / "my_client.py").read_text(encoding="utf-8"))
    assert before >= {*EVERY_NAME, "main"}
    notebook["cells"] = [cell for cell in notebook["cells"] if "long" not in cells.tags(cell)]
    done = cells.run(notebook, used)
    for cell in cells.code_cells(done):
        if "check" in cells.tags(cell):
            said = cells.output_text(cell)
            assert said.startswith("[Passed"), said
            assert "Kept in my_client.py." in said
            assert "changed" not in said
    client = used / "my_client.py"
    assert definitions(client.read_text(encoding="utf-8")) == before
    assert list(used.glob("my_client.changed*")) == []
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(client), "--help"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert "--attach" in run.stdout
