"""The proofs that every lesson owes: as shipped, solved, alone, twice, again and again.

A cell tagged "long" takes a quarter of a minute when solved: it runs once, as solved.
"""

import ast
import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smtplab import exercises
from smtplab import student as portfolio
from smtplab.command import LANGUAGE
from smtplab.exercises import LESSONS, Lesson
from smtplab.student import notebooks
from smtplab.views.said import WORDS as VIEWS
from smtplab.words import VARIABLE

from . import cells
from .conftest import THOROUGH

by_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
TRANSLATED = [
    (lesson, path.parent.name)
    for lesson in LESSONS
    for path in sorted(cells.FOLDER.glob(f"*/{lesson.notebook}"))
]
ENGLISH = [(lesson, "en") for lesson in LESSONS]


def _by(notebooks: list[tuple[Lesson, str]]) -> pytest.MarkDecorator:
    ids = [f"{lesson.slug}-{language}".removesuffix("-en") for lesson, language in notebooks]
    return pytest.mark.parametrize(("lesson", "language"), notebooks, ids=ids)


# A translation has the code of the English notebook, which is run in more ways.
by_notebook, by_english, by_translation = _by(ENGLISH + TRANSLATED), _by(ENGLISH), _by(TRANSLATED)
by_exercise = pytest.mark.parametrize(
    ("lesson", "name"),
    [(lesson, exercise.name) for lesson in LESSONS for exercise in lesson.exercises],
    ids=lambda value: value if isinstance(value, str) else "",
)
WHOLE_NOTEBOOK = 20  # seconds for Run All, as the course promises


@pytest.fixture(autouse=True)
def in_its_language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook runs where its reader's language is that of the notebook."""
    if "language" in request.fixturenames:
        monkeypatch.setenv(VARIABLE, request.getfixturevalue("language"))


def status(name: str) -> str:
    """How the text of a verdict begins."""
    return f"[{VIEWS('verdict.status.' + name)}"


def verdicts(notebook: Any) -> dict[str, str]:
    """What each check cell shows, by cell id."""
    return {
        cell["id"]: cells.output_text(cell)
        for cell in cells.code_cells(notebook)
        if "check" in cells.tags(cell)
    }


# What runs


@pytest.mark.timeout(300)
@by_notebook
def test_run_all_as_shipped_ends_without_surprise_and_says_not_yet(
    lesson: Lesson, language: str, tmp_path: Path
) -> None:
    done = cells.run(cells.load(lesson, language), cells.folder_for(tmp_path, language))
    said = verdicts(done)
    assert len(said) == len(lesson.exercises)
    for cell, text in said.items():
        assert text.startswith(status("not_attempted")), (cell, text)
    for cell in cells.code_cells(done):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in cells.tags(cell)), cell["id"]
    times = [cell["metadata"]["execution"] for cell in cells.code_cells(done)]
    began, ended = times[0]["iopub.status.busy"], times[-1]["shell.execute_reply"]
    assert _seconds(began, ended) < WHOLE_NOTEBOOK


def _seconds(began: str, ended: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


# A lab that a cell has replaced takes its sessions with it: so each is kept as it begins.
KEEPING = """\
import smtplab.lab.transcript
_sessions, _open = [], smtplab.lab.transcript.Transcript.open
def _opens(*args):
    _sessions.append(_open(*args))
    return _sessions[-1]
smtplab.lab.transcript.Transcript.open = _opens"""
EVERY_SESSION = 'print(*_sessions, sep="\\n")'

IN_JSON = "print(json.dumps([list(v) if isinstance(v, tuple) else [v] for v in _values]))"


def test_what_is_printed_is_whole_in_however_many_outputs_it_comes() -> None:
    one, other = ({"output_type": "stream", "name": "stdout", "text": f"{n}\n"} for n in "12")
    shown = {"output_type": "display_data", "data": {"text/plain": "<HTML object>"}}
    assert cells.output_text({"outputs": [one, other, shown]}) == "1\n2\n\n<HTML object>"


@pytest.mark.timeout(300)
@by_notebook
def test_with_the_reference_every_check_passes_and_the_prose_has_what_really_comes(
    lesson: Lesson, language: str, tmp_path: Path
) -> None:
    folder = cells.folder_for(tmp_path, language)
    notebook = cells.solved(lesson, language)
    measure = f"import json; _values = [{', '.join(_said_of(lesson).values())}]\n{IN_JSON}"
    notebook["cells"].insert(0, {**cells.code(KEEPING), "id": "keeping"})
    notebook["cells"] += [cells.code(EVERY_SESSION), {**cells.code(measure), "id": "measured"}]
    done = cells.run(notebook, folder)
    for cell, text in verdicts(done).items():
        assert text.startswith(status("passed")), (cell, text)
    client = (folder / "my_client.py").read_text(encoding="utf-8")
    tree = ast.parse(client)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert defined >= {exercise.name for exercise in lesson.exercises}
    _imports_the_standard_library_alone(tree)
    # What a tap or a server of the reader's own said is in no session: so each output counts too.
    came = "\n".join(cells.output_text(cell) for cell in cells.code_cells(done))
    said = {re.sub(r"\s+", " ", line).strip() for line in came.splitlines()}
    for line in _transcripts(notebook):
        assert any(line.strip() in text for text in said), line
    if language == "en":  # a translation has the same numbers
        _numbers_are_held(done, lesson)
        _answers_are_shown(done, lesson)


def _transcripts(notebook: dict[str, Any]) -> list[str]:
    """What the prose says that is said on the wire."""
    return [
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for block in re.findall(r"^```text\n(.*?)^```", cells.source(cell), re.S | re.M)
        for line in block.splitlines()
        if re.match(r"[CS]: ", line)
    ]


# Numbers in prose that are not the lesson's own: what a link says, places, years, names.
OF_OTHERS = re.compile(
    r"^```.*?^```|`[^`]*`|\[[^]]*\]\([^)]*\)|^## \d+\.|\bRFC \d+|\b(?:19|20)\d\d\b|\b\dyz\b|OAuth 2"
    r"|(?:lesson|section|step)s? \d[\d.]*(?:(?:, | and | to )\d[\d.]*)*|\b(?:25|465|587)\b"
    r"|(?:\b\d+ )?\bsittings?\b[^\n]*|\d+ minutes",
    re.S | re.M | re.I,
)
NUMBER = re.compile(r"(?<![\w.-])\d[\d,_]*(?![\w])")


def _numbers(text: str) -> list[int]:
    return [int(re.sub("[,_]", "", number)) for number in NUMBER.findall(text)]


def _of(lesson: Lesson, file: str) -> dict[str, Any]:
    """What a file beside this one has of a lesson."""
    path = Path(__file__).with_name(file)
    said: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return said.get(lesson.slug, {})


def _said_of(lesson: Lesson) -> dict[str, str]:
    """Sentences of a lesson, and what their numbers are measured with when it has run."""
    return _of(lesson, "numbers.toml")


def _answers_are_shown(done: Any, lesson: Lesson) -> None:
    """What comes after a question shows that its answer is true (predictions.toml)."""
    asking = [cell for cell in cells.code_cells(done) if "predict(" in cells.source(cell)]
    patterns = _of(lesson, "predictions.toml")
    assert {cell["id"] for cell in asking} == set(patterns)
    everything = done["cells"]
    for cell, next_one in zip(asking, [*asking[1:], everything[-1]], strict=True):
        after = everything[everything.index(cell) + 1 : everything.index(next_one) + 1]
        shown = "\n".join(cells.output_text(each) for each in after)
        if not re.search(patterns[cell["id"]][1], shown, re.M):
            pytest.fail(f"{cell['id']} is not shown by:\n{shown}")


def _numbers_are_held(done: Any, lesson: Lesson) -> None:
    """Each number in the prose stands in a cell beside it, or is measured (numbers.toml)."""
    everything, said = done["cells"], _said_of(lesson)
    measured = json.loads(cells.output_text(everything[-1]))
    for (sentence, expression), values in zip(said.items(), measured, strict=True):
        assert values == _numbers(re.sub("`[^`]*`", "", sentence)), (sentence, expression, values)
    seen = [  # each cell's code, and what it showed
        set() if cell["cell_type"] == "markdown"
        else set(_numbers(cells.source(cell) + "\n" + cells.output_text(cell)))
        for cell in everything
    ]  # fmt: skip
    code = [at for at, cell in enumerate(everything) if cell["cell_type"] == "code"]
    found = set()
    for at, cell in enumerate(everything):
        if cell["cell_type"] != "markdown":
            continue
        text = cells.source(cell)
        for sentence in said:
            found |= {sentence} if sentence in text else set()
            text = text.replace(sentence, "")
        near = [n for n in code if n < at][-2:] + [n for n in code if n > at][:2]
        for number in _numbers(OF_OTHERS.sub(" ", text)):
            assert any(number in seen[n] for n in near), (cell["id"], number)
    assert found == set(said)


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
    verdict = portfolio.check(namespace[name])
    assert verdict.passed, verdict
    assert name in (folder / "my_client.py").read_text(encoding="utf-8")


@by_exercise
def test_the_reference_passes_again_and_again(lesson: Lesson, name: str, tmp_path: Path) -> None:
    thing = exercises.reference(name)
    outcomes = {exercises.judge(thing).status for _ in range(3)}
    assert outcomes == {"passed"}


def _each_twice(notebook: dict[str, Any]) -> dict[str, Any]:
    twice = []
    for cell in notebook["cells"]:
        if "long" in cells.tags(cell):
            continue
        twice.append(cell)
        if cell["cell_type"] == "code":
            twice.append({**cell, "id": cell["id"][:55] + "-again"})
    return {**notebook, "cells": twice}


FIELD = Path(__file__).parent / "answers" / "field.jsonl"


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The progress of a student who wrote none of it as we do: of each exercise an answer that
    people wrote and that passed. Its LineReader reads one octet at a time, and its
    find_credentials knows the lines of a transcript as its docstring has them, without CRLF."""
    folder = tmp_path_factory.mktemp("passed")
    written: dict[str, list[str]] = {}
    for line in FIELD.read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        if answer["right"]:
            text = f"from smtplab import mine\n{answer['setup']}\n{answer['code']}"
            written.setdefault(answer["exercise"], []).append(text)
    by_lines = written["find_credentials"][0].replace(".splitlines()", ".split('\\n')")
    written["find_credentials"] = [by_lines]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SMTPLAB_FOLDER", str(folder))
        for name, texts in written.items():
            chosen = texts[max(-2, -len(texts))]
            verdict = portfolio.check(cells.run_here([chosen], folder)[name])
            assert verdict.passed, verdict
    return (folder / "progress.json").read_text(encoding="utf-8")


@pytest.mark.timeout(300)
@by_english
def test_a_lesson_holds_for_what_others_passed_with_each_cell_run_twice(
    lesson: Lesson, language: str, passed: str, tmp_path: Path
) -> None:
    folder = cells.folder_for(tmp_path, language)
    (folder / "progress.json").write_text(passed, encoding="utf-8")
    done = cells.run(_each_twice(cells.load(lesson, language)), folder, allow_errors=True)
    for cell in cells.code_cells(done):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in cells.tags(cell)), cells.output_text(cell)
        if cell["id"] == "injected-run":  # the lie is believed, whatever the student's reader does
            assert "X-SLIPPED-IN" in cells.output_text(cell)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(100 if THOROUGH else 1))
@by_lesson
def test_cells_in_any_order_tell_no_lie_and_lose_nothing(
    lesson: Lesson, seed: int, tmp_path: Path
) -> None:
    """Every cell once by chance, where what is missing is a NameError; then as they stand."""
    notebook, folder = cells.solved(lesson), cells.folder_for(tmp_path)
    in_order = [one for one in cells.code_cells(notebook) if "long" not in cells.tags(one)]
    by_chance = [{**one, "id": f"{place}-by-chance"} for place, one in enumerate(in_order)]
    random.Random(seed).shuffle(by_chance)
    done = cells.run({**notebook, "cells": by_chance + in_order}, folder, allow_errors=True)
    not_yet = status("not_attempted"), status("reference")
    for cell, text in verdicts(done).items():
        early = cell.endswith("-by-chance") and ("NameError" in text or text.startswith(not_yet))
        assert early or text.startswith(status("passed")), (cell, text)
    for cell in cells.code_cells(done)[len(by_chance) :]:
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in cells.tags(cell)), cells.output_text(cell)
    kept = json.loads((folder / "progress.json").read_text(encoding="utf-8"))["exercises"]
    assert all(kept[exercise.name]["passed"] for exercise in lesson.exercises)
    ast.parse((folder / "my_client.py").read_text(encoding="utf-8"))


def _sittings(lesson: Lesson, language: str) -> list[tuple[int, int, int]]:
    """The minutes of each sitting but the first, and its cells: from its set-up to the next."""
    everything = cells.load(lesson, language)["cells"]
    begin = [at for at, cell in enumerate(everything) if "sitting" in cells.tags(cell)]
    said = [re.search(r"about (\d+) ", cells.source(everything[at - 1])) for at in begin]
    ends = [*(at - 1 for at in begin[1:]), len(everything)][: len(begin)]
    return [(int(m[1]) if m else 0, at, end) for m, at, end in zip(said, begin, ends, strict=True)]


@pytest.mark.timeout(300)
@_by([which for which in ENGLISH if not _sittings(*which)])
def test_a_lesson_begun_in_the_middle_still_judges(
    lesson: Lesson, language: str, tmp_path: Path
) -> None:
    """Set-up cells, then only the second half: whatever is missing there, checks still work.

    Where a lesson has more than one sitting, the next test begins there.
    """
    notebook = cells.solved(lesson, language)
    everything = notebook["cells"]
    half = len(everything) // 2
    half -= "check" in cells.tags(everything[half])  # it goes with what it checks
    chosen = [c for c in everything[:half] if "setup" in cells.tags(c)]
    chosen += [c for c in everything[half:] if "long" not in cells.tags(c)]
    folder = cells.folder_for(tmp_path, language)
    done = cells.run({**notebook, "cells": chosen}, folder, allow_errors=True)
    for cell, text in verdicts(done).items():
        assert text.startswith(status("passed")), (cell, text)


SITTINGS = [(*which, *sitting) for which in ENGLISH for sitting in _sittings(*which)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("lesson", "language", "minutes", "begin", "end"),
    SITTINGS,
    ids=[f"{lesson.slug}-{language}-{begin}" for lesson, language, _, begin, _ in SITTINGS],
)
def test_a_sitting_runs_in_a_fresh_kernel_from_its_set_up_to_its_end(
    lesson: Lesson, language: str, minutes: int, begin: int, end: int, tmp_path: Path
) -> None:
    assert 0 < minutes <= 45
    assert f"{minutes}" in cells.source(cells.load(lesson, language)["cells"][0])
    notebook = cells.solved(lesson, language)
    # What a check says, and what takes long, is seen above, of each exercise.
    elsewhere = {"check", "long"}
    notebook["cells"] = [
        cell
        for cell in notebook["cells"][begin:end]
        if not elsewhere.intersection(cells.tags(cell))
    ]
    done = cells.run(notebook, cells.folder_for(tmp_path, language), allow_errors=True)
    for cell in cells.code_cells(done):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in cells.tags(cell)), cells.output_text(cell)


# What stands in the notebooks


@by_notebook
def test_a_stub_is_the_reference_without_its_body(lesson: Lesson, language: str) -> None:
    notebook = cells.load(lesson, language)
    for exercise in lesson.exercises:
        cell = notebooks.stub_cell(notebook, exercise.name)
        assert cell is not None
        expected = notebooks.stub(exercises.reference_source(exercise.name))
        if language != "en":
            expected = notebooks.in_its_words(cells.source(cell), expected)
        assert cells.source(cell) == expected
        assert "exercise" in cells.tags(cell)


@by_notebook
def test_a_notebook_is_shipped_clean(lesson: Lesson, language: str) -> None:
    text = cells.path(lesson, language).read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert notebook["metadata"] == {"kernelspec": notebooks.KERNEL, "language_info": LANGUAGE}
    # To be written as JupyterLab saves it: json.dumps(indent=1, ensure_ascii=False, sort_keys=True)
    assert nbformat.writes(nbformat.reads(text, as_version=4)) + "\n" == text
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    # `python -m tests.slides` writes down which cells stand on one slide.
    types = [cell["metadata"].get("slideshow", {}).get("slide_type") for cell in notebook["cells"]]
    assert types[0] == "slide"
    assert set(types) <= {"slide", "subslide", "-"}
    for cell in cells.code_cells(notebook):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@by_notebook
def test_every_question_has_its_answer_and_every_answer_its_question(
    lesson: Lesson, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()
    for cell in cells.code_cells(cells.load(lesson, language)):
        right = []
        for node in ast.walk(ast.parse(cells.source(cell))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "predict":
                question, choices = (ast.literal_eval(argument) for argument in node.args)
                prediction = portfolio.ask(question, choices)
                assert prediction.why, question
                assert prediction.text == question
                right.append(list(choices).index(prediction.answer) + 1)
                with monkeypatch.context() as patch:  # whoever reads a notebook in any language
                    patch.setenv(VARIABLE, "en")
                    assert portfolio.ask(question, choices).answer in (
                        known.answer for known in lesson.questions_in("en")
                    )
                asked.add(question)
        if right:
            assert right == _of(lesson, "predictions.toml")[cell["id"]][0], cell["id"]
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
    assert 40 <= len(everything) <= 70
    assert 0.5 <= len(prose) / len(everything) <= 0.6
    assert 850 <= words <= 1450
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


# What stands in the notebooks of another language


# What the words stand around: numbers, links, code, transcripts, and the form.
KEPT = (
    r"(?<![A-Za-z\d])\d+",
    r"\]\(([^)]*)\)",
    r"`[^`\n]+`",
    r"^```text\n.*?^```",
    r"^(?:#+|\||-) ",
)


@by_translation
def test_a_translation_is_the_same_lesson_in_other_words(lesson: Lesson, language: str) -> None:
    english, other = cells.load(lesson), cells.load(lesson, language)
    for here, there in zip(english["cells"], other["cells"], strict=True):
        assert {**here, "source": []} == {**there, "source": []}
        one, two = cells.source(here), cells.source(there)
        if here["cell_type"] == "code":
            assert _same(ast.parse(one), ast.parse(two)), here["id"]
            continue
        assert not two.isascii(), here["id"]
        for pattern in KEPT:
            found = [sorted(re.findall(pattern, text, re.S | re.M)) for text in (one, two)]
            assert found[0] == found[1], here["id"]
        assert "!" not in re.sub(r"`[^`]*`|```.*?```", "", two, flags=re.DOTALL)


def _same(one: Any, two: Any) -> bool:
    """Whether two trees of code differ in nothing but words that are not ASCII there."""
    if isinstance(two, str) and isinstance(one, str) and not two.isascii():
        return True
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(_same, one, two))
    if isinstance(one, ast.AST) and type(one) is type(two):
        return all(
            _same(getattr(one, name, None), getattr(two, name, None)) for name in one._fields
        )
    return type(one) is type(two) and bool(one == two)
