"""A course for nbgrader: what it hands out, and how what comes back is judged.

nbgrader's own way is to run a student's notebook in a kernel, tests and all, and to look for
errors in what the kernel says: whoever changes the kernel changes the grade. In this course the
step that runs the notebook is `judge_cells`, which runs no notebook: each exercise is judged as
`grading.py` does it, and the outputs of its check cell are what was said.
"""

import shutil
from pathlib import Path
from typing import Any

from ..exercises import LESSONS, Exercise, by_name, reference_source
from . import notebooks
from .edition import beside, in_new_files, prepared
from .grading import judged_apart, of_notebook, told
from .said import WORDS

__all__ = ["judge_cells", "mend_cells", "write_course"]

CONFIG = "nbgrader_config.py"
# Where these settings are not read, nobody's work is judged, and nobody gets points for it.
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
UNJUDGED = f'{BEGIN}\nraise RuntimeError("not judged: {CONFIG} was not read")\n{END}'
SETTINGS = """# nbgrader's settings for this course. No notebook is run: exercises are judged apart.

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "smtplab"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "smtplab.student.handing_out.mend_cells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "smtplab.student.handing_out.judge_cells",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""


def write_course(directory: Path | str) -> tuple[list[Path], bool]:
    """Write a course for nbgrader: its settings, and an assignment for each lesson.

    Return the files, and whether the lessons are those of the last commit. Raise as
    `write_solved` does, and write over nothing.
    """
    target = Path(directory)
    with notebooks.shipped() as (folder, committed):
        lessons = prepared(folder, {n: notebooks.marked(reference_source(n)) for n in by_name()})
        places: dict[str, Any] = {CONFIG: SETTINGS}
        for lesson in LESSONS:
            notebook = lessons[lesson.notebook]
            for exercise in lesson.exercises:
                _mark(notebook, exercise)
            assignment = f"source/{Path(lesson.notebook).stem}"
            places[f"{assignment}/{lesson.notebook}"] = notebook
            places |= {f"{assignment}/{n}": folder / n for n in beside(folder, [notebook])}
        files = in_new_files(target, list(places))
        for file, content in zip(files, places.values(), strict=True):
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                file.write_text(content, encoding="utf-8")
            elif isinstance(content, Path):
                shutil.copyfile(content, file)
            else:
                notebooks.save(file, content)
    return files, committed


def _mark(notebook: dict[str, Any], exercise: Exercise) -> None:
    """Tell nbgrader which cell a student writes, and which one has the points."""
    call = f"check({exercise.name})"
    checks = [cell for cell in notebook["cells"] if "".join(cell["source"]).strip() == call]
    stub = notebooks.stub_cell(notebook, exercise.name)
    if stub is None or not checks:
        raise LookupError(f"no cell of a lesson says {call}")
    checks[0]["source"] = f"{call}\n{UNJUDGED}".splitlines(keepends=True)
    for cell, grade in ((stub, False), (checks[0], True)):
        cell["metadata"]["nbgrader"] = _marks(exercise, grade)


def _marks(exercise: Exercise, grade: bool) -> dict[str, Any]:
    """What nbgrader keeps of a cell: of the one that has the points, or of the student's."""
    return {
        "schema_version": 3, "cell_type": "code", "task": False,
        "grade_id": exercise.name if grade else notebooks.stub_id(exercise.name),
        "solution": not grade, "locked": grade, "grade": grade,
        **({"points": exercise.points} if grade else {}),
    }  # fmt: skip


def mend_cells(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """A preprocessor for nbgrader's autograde, before it looks for its cells.

    Editors lose what nbgrader keeps with a cell, students copy a cell with it, or delete a check:
    nbgrader gives no points then, or stops. Here each cell gets its mark back; of two alike the
    last one has it; and a check that is gone comes back. Points are those of nbgrader's database.
    """
    from nbformat.v4 import new_code_cell
    from nbgrader.api import Gradebook, MissingEntry  # type: ignore[import-not-found]

    names = resources["nbgrader"]
    with Gradebook(names["db_url"]) as book:
        try:
            assigned = book.find_notebook(names["notebook"], names["assignment"])
        except MissingEntry:  # a file of the student's own
            return notebook, resources
        due = {cell.name for cell in assigned.source_cells}
    for cell in reversed(notebook["cells"]):
        marks = cell["metadata"].pop("nbgrader", {})
        if marks.get("grade_id") in due:
            due.remove(marks["grade_id"])
            cell["metadata"]["nbgrader"] = marks
    texts = [
        (cell, "".join(cell["source"]).strip())
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and "nbgrader" not in cell["metadata"]
    ]
    for name, (_, exercise) in by_name().items():
        call = f"check({name})"
        if name in due:
            checks = [cell for cell, text in texts if text.startswith(call)]
            if not checks:
                checks = [new_code_cell(call)]
                if notebook["nbformat_minor"] < 5:
                    del checks[0]["id"]
                notebook["cells"] += checks
            checks[-1]["metadata"]["nbgrader"] = _marks(exercise, grade=True)
        if notebooks.stub_id(name) in due:
            for cell in [cell for cell, text in texts if notebooks.defines(name, text)][-1:]:
                cell["metadata"]["nbgrader"] = _marks(exercise, grade=False)
    return notebook, resources


def judge_cells(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """A preprocessor for nbgrader's autograde, in the place of the one that runs the notebook.

    What a check cell says afterwards is what nbgrader makes points of: all for a pass, none for an
    error.
    """
    graded = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and (marks := cell["metadata"].get("nbgrader", {})).get("grade")
        and not marks.get("solution")
    }
    verdicts = judged_apart(of_notebook(notebook), graded.keys() & by_name().keys())
    for name, cell in graded.items():
        cell["source"] = cell["source"].partition(f"\n{BEGIN}")[0]
        verdict = verdicts.get(name)
        if verdict is not None and verdict.passed:
            text = WORDS("grading.passed", name=name)
            output: dict[str, Any] = {"output_type": "stream", "name": "stdout", "text": text}
        else:
            text = told(verdict) if verdict else WORDS("grading.unknown", name=name)
            kind = verdict.status if verdict else "unknown"
            output = {"output_type": "error", "ename": kind, "evalue": "",
                      "traceback": text.splitlines()}  # fmt: skip
        cell["outputs"] = [type(cell)(output)]
    return notebook, resources
