"""The proofs that every lesson owes: as shipped, solved, alone, twice, again and again.

A cell tagged "long" takes a quarter of a minute when solved: it runs once, as solved.
"""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from smtplab import exercises
from smtplab.exercises import LESSONS, Lesson, notebooks

from . import cells

by_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
by_exercise = pytest.mark.parametrize(
    ("lesson", "name"),
    [(lesson, exercise.name) for lesson in LESSONS for exercise in lesson.exercises],
    ids=lambda value: value if isinstance(value, str) else "",
)
WHOLE_NOTEBOOK = 20  # seconds for Run All, as the course promises


def verdicts(notebook: Any) -> dict[str, str]:
    """What each check cell shows, by cell id."""
    return {
        cell["id"]: cells.output_text(cell)
        for cell in cells.code_cells(notebook)
        if "check" in cells.tags(cell)
    }


# What runs


@pytest.mark.timeout(120)
@by_lesson
def test_run_all_as_shipped_ends_without_surprise_and_says_not_yet(
    lesson: Lesson, tmp_path: Path
) -> None:
    done = cells.run(cells.load(lesson), cells.folder_for(tmp_path))
    said = verdicts(done)
    assert len(said) == len(lesson.exercises)
    for cell, text in said.items():
        assert "not yet written" in text.lower(), (cell, text)
    for cell in cells.code_cells(done):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in cells.tags(cell)), cell["id"]
    times = [cell["metadata"]["execution"] for cell in cells.code_cells(done)]
    began, ended = times[0]["iopub.status.busy"], times[-1]["shell.execute_reply"]
    assert _seconds(began, ended) < WHOLE_NOTEBOOK


def _seconds(began: str, ended: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


@pytest.mark.timeout(120)
@by_lesson
def test_with_the_reference_every_check_passes_and_the_client_is_written(
    lesson: Lesson, tmp_path: Path
) -> None:
    folder = cells.folder_for(tmp_path)
    done = cells.run(cells.solved(lesson), folder)
    for cell, text in verdicts(done).items():
        assert text.startswith("[Passed"), (cell, text)
    client = (folder / "my_client.py").read_text(encoding="utf-8")
    tree = ast.parse(client)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert defined >= {exercise.name for exercise in lesson.exercises}
    _imports_the_standard_library_alone(tree)


def _imports_the_standard_library_alone(tree: ast.Module) -> None:
    import sys

    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules = [node.module or ""]
        assert {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names


@by_exercise
def test_an_exercise_can_be_done_after_the_set_up_cells_alone(
    lesson: Lesson, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cells.folder_for(tmp_path)
    monkeypatch.chdir(folder)
    notebook = cells.load(lesson)
    stub = notebooks.stub_cell(notebook, name)
    before = notebook["cells"][: notebook["cells"].index(stub)]
    texts = [cells.source(cell) for cell in before if "setup" in cells.tags(cell)]
    namespace = cells.run_here([*texts, cells.solutions(lesson)[name]], folder)
    verdict = exercises.check(namespace[name])
    assert verdict.passed, verdict
    assert name in (folder / "my_client.py").read_text(encoding="utf-8")


@by_exercise
def test_the_reference_passes_again_and_again(lesson: Lesson, name: str, tmp_path: Path) -> None:
    thing = exercises.reference(name)
    outcomes = {exercises.judge(thing).status for _ in range(5)}
    assert outcomes == {"passed"}


@pytest.mark.timeout(120)
@by_lesson
def test_each_cell_run_twice_does_no_harm(lesson: Lesson, tmp_path: Path) -> None:
    notebook = cells.solved(lesson)
    twice = []
    for cell in notebook["cells"]:
        twice.append(cell)
        if cell["cell_type"] == "code" and "long" not in cells.tags(cell):
            twice.append({**cell, "id": cell["id"][:55] + "-again"})
    done = cells.run({**notebook, "cells": twice}, cells.folder_for(tmp_path))
    for cell, text in verdicts(done).items():
        assert text.startswith("[Passed"), (cell, text)


@pytest.mark.timeout(180)
@by_lesson
def test_a_lesson_begun_in_the_middle_still_judges(lesson: Lesson, tmp_path: Path) -> None:
    """Set-up cells, then only the second half: whatever is missing there, checks still work."""
    notebook = cells.solved(lesson)
    everything = notebook["cells"]
    half = len(everything) // 2
    chosen = [c for c in everything[:half] if "setup" in cells.tags(c)]
    chosen += [c for c in everything[half:] if "long" not in cells.tags(c)]
    done = cells.run({**notebook, "cells": chosen}, cells.folder_for(tmp_path), allow_errors=True)
    for cell, text in verdicts(done).items():
        assert text.startswith("[Passed"), (cell, text)


# What stands in the notebooks


@by_lesson
def test_a_stub_is_the_reference_without_its_body(lesson: Lesson) -> None:
    notebook = cells.load(lesson)
    for exercise in lesson.exercises:
        cell = notebooks.stub_cell(notebook, exercise.name)
        assert cell is not None
        expected = notebooks.stub(exercises.reference_source(exercise.name))
        assert cells.source(cell) == expected
        assert "exercise" in cells.tags(cell)


@by_lesson
def test_a_notebook_is_shipped_clean(lesson: Lesson) -> None:
    notebook = cells.load(lesson)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in cells.code_cells(notebook):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@by_lesson
def test_every_question_has_its_answer_and_every_answer_its_question(lesson: Lesson) -> None:
    asked = set()
    for cell in cells.code_cells(cells.load(lesson)):
        for node in ast.walk(ast.parse(cells.source(cell))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "predict":
                question, choices = (ast.literal_eval(argument) for argument in node.args)
                prediction = exercises.ask(question, choices)
                assert prediction.why, question
                asked.add(question)
    assert asked == {question.text for question in lesson.questions}
    assert len(asked) >= 2


@by_lesson
def test_a_lesson_keeps_to_its_budgets(lesson: Lesson) -> None:
    notebook = cells.load(lesson)
    everything = notebook["cells"]
    code = cells.code_cells(notebook)
    prose = [cell for cell in everything if cell["cell_type"] == "markdown"]
    words = sum(len(cells.source(cell).split()) for cell in prose)
    lengths = [len(cells.source(cell).splitlines()) for cell in code]
    kinds = "".join(cell["cell_type"][0] for cell in everything)
    assert 40 <= len(everything) <= 60
    assert 0.5 <= len(prose) / len(everything) <= 0.6
    assert 850 <= words <= 1300
    assert words / len(code) <= 50
    assert max(lengths) <= 25
    assert sum(length <= 10 for length in lengths) > len(lengths) / 2
    assert "ccccc" not in kinds


@by_lesson
def test_a_lesson_is_in_the_form_that_readers_know(lesson: Lesson) -> None:
    notebook = cells.load(lesson)
    first, second = notebook["cells"][:2]
    text = cells.source(first)
    assert text.startswith("# ")
    assert re.search(r"\d+ (?:to \d+ )?minutes", text)
    assert "uilds on" in text
    assert "setup" in cells.tags(second)
    statements = ast.parse(cells.source(second)).body
    imports = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    assert 1 <= len(imports) <= 6
    everything = "\n".join(cells.source(cell) for cell in notebook["cells"])
    prose = "\n".join(
        cells.source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
    numbers = [int(n) for n in re.findall(r"^## (\d+)\. ", prose, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    used = {n.id for n in ast.walk(ast.parse(_code(notebook))) if isinstance(n, ast.Name)}
    assert names - used <= {"hint", "solution"}
    assert "https://www.rfc-editor.org/rfc/rfc" in prose
    assert "roads not taken" in prose.lower()
    assert "teaching client" in prose
    assert any("raises-exception" in cells.tags(c) for c in notebook["cells"]) or (
        "on purpose" in prose
    )
    assert not re.search(r"\b(simply|just|obviously)\b", prose, re.IGNORECASE)
    assert "!" not in re.sub(r"`[^`]*`|```.*?```|!\[", "", prose, flags=re.DOTALL)
    assert everything


def _code(notebook: dict[str, Any]) -> str:
    return "\n".join(cells.source(cell) for cell in cells.code_cells(notebook))


@pytest.mark.timeout(120)
@by_lesson
def test_the_transcripts_in_the_prose_are_what_really_comes(lesson: Lesson, tmp_path: Path) -> None:
    notebook = cells.solved(lesson)
    expected = [
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for block in re.findall(r"^```text\n(.*?)^```", cells.source(cell), re.S | re.M)
        for line in block.splitlines()
        if re.match(r"[CS]: ", line)
    ]
    show = {
        "cell_type": "code",
        "id": "every-transcript",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": [
            "import gc; from smtplab.lab import Session\n",
            "print(*[thing for thing in gc.get_objects() if type(thing) is Session], sep='\\n')",
        ],
    }
    # The sessions of a lab that a cell has replaced are gone, so each output counts too.
    short = [cell for cell in notebook["cells"] if "long" not in cells.tags(cell)]
    done = cells.run({**notebook, "cells": [*short, show]}, cells.folder_for(tmp_path))
    came = "\n".join(cells.output_text(cell) for cell in cells.code_cells(done))
    said = {re.sub(r"\s+", " ", line).strip() for line in came.splitlines()}
    for line in expected:
        assert any(line.strip() in text for text in said), line
