"""The notebooks as files: stubs out of the reference, and a stub put back in one cell."""

import json
from pathlib import Path
from typing import Any

import pytest

from smtplab import exercises
from smtplab.exercises import LESSONS
from smtplab.judge import Source
from smtplab.student import notebooks

from . import cells

NAMES = [exercise.name for lesson in LESSONS for exercise in lesson.exercises]


def cell(text: str, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": "other", "metadata": {"tags": ["keep"]}, "execution_count": 3,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["seen\n"]}],
        "source": text.splitlines(keepends=True), **more,
    }  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lesson.ipynb"
    notebook = {
        "cells": [
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["def send_all(x): ü"]},
            cell("import socket"),
            cell("def send_all(sock, data):\n    return 'mine'"),
            cell("check(send_all)"),
            cell("class LineReader:\n    pass", id="line-reader-stub"),
            cell("def LineReader(): pass"),
        ],
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_is_signature_and_docstring_and_nothing_more(name: str) -> None:
    reference = exercises.reference_source(name)
    stub = notebooks.stub(reference)
    namespace: dict[str, Any] = {}
    exec("\n".join([*reference.imports, *reference.helpers.values(), stub]), namespace)
    ours, theirs = namespace[name], exercises.reference(name)
    assert ours.__doc__ == theirs.__doc__
    assert stub.count("raise NotImplementedError") >= 1
    if isinstance(theirs, type):
        own = [n for n, m in vars(theirs).items() if callable(m)]
        assert [n for n, m in vars(ours).items() if callable(m)] == own
        assert ours.__init__.__code__.co_code == theirs.__init__.__code__.co_code
    else:
        assert (
            ours.__code__.co_varnames[: ours.__code__.co_argcount]
            == (theirs.__code__.co_varnames[: theirs.__code__.co_argcount])
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_as_shipped_is_not_yet_written(name: str, tmp_path: Path) -> None:
    reference = exercises.reference_source(name)
    file = tmp_path / "cell.py"
    head = [*reference.imports, *reference.helpers.values()]
    file.write_text("\n".join([*head, notebooks.stub(reference)]), encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "cell"}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), namespace)
    verdict = exercises.judge(namespace[name])
    assert (verdict.status, verdict.reason) == ("not_attempted", "not-written")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_every_exercise_has_its_cell_in_its_notebook(lesson: exercises.Lesson) -> None:
    notebook = cells.load(lesson)
    for exercise in lesson.exercises:
        found = notebooks.stub_cell(notebook, exercise.name)
        assert found is not None
        assert exercise.name in "".join(found["source"])


def test_a_whole_solution_runs_by_itself() -> None:
    source = Source(
        "f", "def f():\n    return os.sep + A + B\n", 1, ["import os"],
        {"A": "A, B = 'a', 'b'\n", "B": "A, B = 'a', 'b'\n"},
    )  # fmt: skip
    text = notebooks.whole(source)
    assert text == ("import os\nA, B = 'a', 'b'\n\n\ndef f():\n    return os.sep + A + B")
    assert notebooks.whole(Source("f", "def f():\n    pass\n")) == "def f():\n    pass"


def test_the_cell_with_the_id_comes_before_the_one_with_the_name(path: Path) -> None:
    notebook = notebooks.load(path)
    assert notebooks.stub_cell(notebook, "LineReader")["id"] == "line-reader-stub"  # type: ignore[index]
    assert "mine" in "".join(notebooks.stub_cell(notebook, "send_all")["source"])  # type: ignore[index]
    assert notebooks.stub_cell(notebook, "send") is None


def test_a_stub_put_back_changes_that_cell_and_nothing_else(path: Path) -> None:
    before = json.loads(path.read_text(encoding="utf-8"))
    kept: list[str] = []
    assert notebooks.put_stub_back(path, "send_all", "def send_all():\n    raise", kept.append)
    after = json.loads(path.read_text(encoding="utf-8"))
    assert kept == ["def send_all(sock, data):\n    return 'mine'"]
    changed = after["cells"].pop(2)
    old = before["cells"].pop(2)
    assert after == before
    assert changed == {**old, "source": ["def send_all():\n", "    raise"], "outputs": [],
                       "execution_count": None}  # fmt: skip
    # In the form in which Jupyter writes: the rest of the file is the same to the letter.
    assert "ü" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").endswith("}\n")


def test_a_stub_that_stands_there_already_is_left_alone(path: Path) -> None:
    octets = path.read_bytes()
    text = "def send_all(sock, data):\n    return 'mine'"
    assert not notebooks.put_stub_back(path, "send_all", text, lambda before: None)
    assert path.read_bytes() == octets


def test_what_cannot_be_kept_is_not_taken_away(path: Path) -> None:
    octets = path.read_bytes()

    def refuse(before: str) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        notebooks.put_stub_back(path, "send_all", "def send_all(): raise", refuse)
    assert path.read_bytes() == octets


def test_a_notebook_without_the_cell_is_an_error_that_names_both(path: Path) -> None:
    octets = path.read_bytes()
    with pytest.raises(LookupError, match="has no cell that defines dot_stuff"):
        notebooks.put_stub_back(path, "dot_stuff", "x", lambda before: None)
    assert path.read_bytes() == octets


def test_solutions_lie_over_the_stubs_in_memory_only(path: Path) -> None:
    octets = path.read_bytes()
    notebook = notebooks.load(path)
    notebooks.lay_over(notebook, {"send_all": "def send_all():\n    return 1"})
    assert notebook["cells"][2]["source"] == ["def send_all():\n", "    return 1"]
    assert path.read_bytes() == octets
    with pytest.raises(LookupError, match="dot_stuff"):
        notebooks.lay_over(notebook, {"dot_stuff": ""})


CHINESE = '''\
def send_all(sock, data):
    """发送 data 的每一个字节。

    >>> send_all(sock, b"EHLO client.lab.test\\\\r\\\\n")
    """
    sock.send(data)'''


@pytest.mark.parametrize(
    "cell",
    [
        CHINESE,
        CHINESE.replace("    ", "  "),
        CHINESE.replace("发送 data 的每一个字节。", "Mine."),
        CHINESE + '\n\n\ndef help():\n    """帮手。"""',
        "",
    ],
    ids=["another language", "indented less", "ascii", "two functions", "empty"],
)
def test_a_stub_speaks_the_language_of_its_notebook_and_else_english(cell: str) -> None:
    english = notebooks.stub(exercises.reference_source("send_all"))
    stub = notebooks.in_its_words(cell, english)
    if cell == CHINESE:
        assert stub == cell.replace("sock.send(data)", "raise NotImplementedError")
        assert notebooks.in_its_words(stub, english) == stub
    else:
        assert stub == english
