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

__all__ = ["judge_cells", "write_course"]

CONFIG = "nbgrader_config.py"
# Where these settings are not read, nobody's work is judged, and nobody gets points for it.
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
UNJUDGED = f'{BEGIN}\nraise RuntimeError("not judged: {CONFIG} was not read")\n{END}'
SETTINGS = """# nbgrader's settings for this course. No notebook is run: exercises are judged apart.

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "smtplab"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
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
        name = exercise.name if grade else notebooks.stub_id(exercise.name)
        cell["metadata"]["nbgrader"] = {
            "schema_version": 3, "grade_id": name, "cell_type": "code", "task": False,
            "solution": not grade, "locked": grade, "grade": grade,
            **({"points": exercise.points} if grade else {}),
        }  # fmt: skip


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
