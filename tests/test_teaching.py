"""The plan of a class keeps to the course: its sittings, minutes, cells, exercises, sentences."""

import re
from functools import cache
from typing import NamedTuple

import pytest

from smtplab.exercises import LESSONS, Lesson

from . import cells
from .conftest import ROOT
from .golden import blocks

PLAN = (cells.FOLDER / "teaching.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[`([^`]+)`\]\(([\w.]+)#cell-id=([\w-]+)\)")
WAYS = PLAN.partition("\n## Three ways ")[2]


class Sitting(NamedTuple):
    """What a notebook says of one sitting: its minutes, the ids of its cells, its exercises."""

    lesson: Lesson
    minutes: int
    cells: list[str]
    exercises: list[str]


@cache
def sittings() -> dict[str, Sitting]:
    """All sittings by their number: 02.3 is the third of lesson 02."""
    found = {}
    for lesson in LESSONS:
        everything = cells.load(lesson)["cells"]
        ids = [cell["id"] for cell in everything]
        text = cells.source(everything[0])
        said = re.search(r"\d sittings, about ([^.]+) minutes", text)
        minutes = re.findall(r"\d+", said[1]) if said else re.findall(r"(\d+) minutes", text)
        begin = [0, *(ids.index(f"sitting-{n}") for n in range(2, len(minutes) + 1))]
        for number, (at, end) in enumerate(zip(begin, [*begin[1:], len(ids)], strict=True)):
            names = [e.name for e in lesson.exercises if stub(e.name) in ids[at:end]]
            found[f"{lesson.notebook[:2]}.{number + 1}"] = Sitting(
                lesson, int(minutes[number]), ids[at:end], names
            )
    return found


def stub(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-") + "-stub"


@cache
def sections() -> dict[str, tuple[int, str]]:
    """What the plan says of each sitting: its minutes, and its text."""
    heads = re.split(r"^### (\d\d\.\d) .+ \((\d+) minutes\)$", PLAN, flags=re.MULTILINE)[1:]
    texts = [re.split(r"^##+ ", text, flags=re.MULTILINE)[0] for text in heads[2::3]]
    assert len(set(heads[::3])) == len(texts)
    return {n: (int(m), t) for n, m, t in zip(heads[::3], heads[1::3], texts, strict=True)}


def rows(text: str) -> list[list[str]]:
    """The cells of a table, row by row, its head first."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    split = [re.split(r"(?<= )\|(?= )", line[1:-1]) for line in lines if "---" not in line]
    return [[cell.strip() for cell in row] for row in split]


every_sitting = pytest.mark.parametrize("number", sittings())


def test_every_sitting_is_in_the_plan_and_no_other() -> None:
    assert list(sections()) == list(sittings())


@every_sitting
def test_a_sitting_has_the_minutes_of_its_notebook_and_fills_them(number: str) -> None:
    minutes, text = sections()[number]
    assert minutes == sittings()[number].minutes
    parts = re.findall(r"^- \*\*(Show|Pairs|Ask), (\d+) min\.\*\* \S", text, re.MULTILINE)
    assert [name for name, _ in parts] == ["Show", "Pairs", "Ask"]
    assert sum(int(part) for _, part in parts) == minutes
    assert parts[0][1] == "10"
    assert "\n- **Before.** " in text


@every_sitting
def test_a_sitting_asks_two_questions_and_answers_them(number: str) -> None:
    ask = re.search(r"^- \*\*Ask.+?\*\*(.+)$", sections()[number][1], re.MULTILINE)
    assert ask
    before, first, answer, second, other = re.split(r"\*([^*]+)\*", re.sub("`[^`]*`", "x", ask[1]))
    assert first.endswith("?") and second.endswith("?") and not before.strip()
    assert answer.strip() and other.strip()


@every_sitting
def test_a_sitting_names_all_its_exercises_and_cells_of_its_own(number: str) -> None:
    sitting, text = sittings()[number], sections()[number][1]
    linked = LINK.findall(text)
    assert linked
    for _, file, cell in linked:
        assert file == sitting.lesson.notebook
        assert cell in sitting.cells, cell
    pairs = re.search(r"^- \*\*Pairs.+$", text, re.MULTILINE)
    assert pairs
    assert set(sitting.exercises) <= {name for name, _, _ in LINK.findall(pairs[0])}


@every_sitting
def test_what_a_check_is_said_to_say_it_says(number: str) -> None:
    sitting, text = sittings()[number], sections()[number][1]
    head, *mistakes = rows(text)
    assert 2 <= len(mistakes) <= 3
    if not sitting.exercises:
        assert head == ["they say", "the notebook shows"]
        return
    assert head == ["they write", "the check says"]
    sentences = [
        block.splitlines()[2]
        for key, block in blocks(sitting.lesson.slug).items()
        if key.split()[0] in sitting.exercises
    ]
    for _, said in mistakes:
        whole = said[1:-1] if re.fullmatch("`[^`]+`", said) else said
        assert any(whole in sentence for sentence in sentences), whole


def test_every_link_leads_to_the_cell_or_the_exercise_that_it_names() -> None:
    ids = {
        lesson.notebook: {cell["id"] for cell in cells.load(lesson)["cells"]} for lesson in LESSONS
    }
    links = LINK.findall(PLAN)
    assert len(links) == len(re.findall(r"\.ipynb", PLAN))
    for name, file, cell in links:
        assert cell in ids[file], (file, cell)
        assert cell in (name, stub(name)), name


def test_the_lecture_has_forty_minutes() -> None:
    table = rows(WAYS.partition("### One afternoon")[0])
    assert sum(int(minutes) for minutes, *_ in table[1:]) == 40


def test_the_afternoon_has_four_hours_and_its_clock_is_right() -> None:
    table = rows(WAYS.partition("### One afternoon")[2].partition("### Ten weeks")[0])
    now = 0
    for start, minutes, what in table[1:]:
        assert start == f"{now // 60}:{now % 60:02}"
        now += int(minutes)
        if re.fullmatch(r"\d\d\.\d", what):
            assert int(minutes) == sittings()[what].minutes
    assert now == 240


def test_the_ten_weeks_have_every_sitting_once_and_say_how_long_they_take() -> None:
    table = rows(WAYS.partition("### Ten weeks")[2])[1:]
    assert [week for week, *_ in table] == [*map(str, range(1, 11)), "after"]
    seen = []
    for _, *where, minutes, _ in table:
        named = [re.findall(r"\d\d\.\d", text) for text in where]
        taken = [sum(sittings()[number].minutes for number in numbers) for numbers in named]
        assert minutes == " + ".join(map(str, taken))
        assert taken[0] <= 90
        seen += [number for numbers in named for number in numbers]
    assert sorted(seen) == sorted(sittings())


def test_readme_links_the_plan() -> None:
    assert "](notebooks/teaching.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
