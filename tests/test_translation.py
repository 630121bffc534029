"""What a translator works with: files that are made, looked after, and never lose a word."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from smtplab import __main__ as command
from smtplab.translation import Translation, misfit

ENGLISH = """
# A note.
title = "Lab {name}"
lines = { one = "1 line", other = "{count:,} lines" }
[table]
heads = ["One", "Two"]
"with space" = 'A "quoted" \\ word'
long = '''
First,
second.'''
number = 5
"""


@pytest.fixture
def english(tmp_path: Path) -> Path:
    path = tmp_path / "said.toml"
    path.write_text(ENGLISH, encoding="utf-8")
    return path


def renew(english: Path, code: str = "pl", **changes: Any) -> Translation:
    """Put translations into the file of a language, as a translator would, and renew it."""
    made = Translation(english, code)
    text = made.text
    for key, value in changes.items():
        lines = text.split("\n")
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{key} = "))
        lines[at] = f"{key} = {value}"
        text = "\n".join(lines)
    made.path.write_text(text, encoding="utf-8")
    made = Translation(english, code)
    made.path.write_text(made.text, encoding="utf-8")
    return made


def test_a_file_begins_with_every_entry_empty_below_its_english(english: Path) -> None:
    made = renew(english)
    assert set(made.problems.values()) == {"missing"}
    assert tomllib.loads(made.text) == {
        "title": "",
        "lines": {"one": "", "few": "", "many": ""},
        "table": {"heads": ["", ""], "with space": "", "long": ""},
        "made_for": {},
    }
    assert '# Lab {name}\ntitle = ""\n' in made.text
    assert '# First,\n# second.\ntable.long = ""\n' in made.text
    assert next(made.report()) == "said.pl.toml: 0 of 5 entries are translated."
    assert renew(english).text == made.text


def test_what_is_translated_is_kept_and_counted(english: Path) -> None:
    text = '"""\nRaz \\\\ "dwa",\ntrzy."""'
    renew(english, title='"Laboratorium {name}"')
    made = renew(english, **{"table.long": text})
    assert made.problems.keys() == {"lines", "table.heads", "table.with space"}
    kept = tomllib.loads(made.text)
    assert kept["title"] == "Laboratorium {name}"
    assert kept["table"]["long"] == 'Raz \\ "dwa",\ntrzy.'
    assert renew(english).text == made.text


def test_english_that_has_changed_is_told_until_the_translation_is_mended(english: Path) -> None:
    renew(english, title='"Laboratorium {name}"')
    english.write_text(ENGLISH.replace("Lab {name}", "The lab {name}"), encoding="utf-8")
    for _ in range(2):
        made = renew(english)
        assert made.problems["title"] == "changed"
        assert "  changed: title" in made.report()
        assert '# The lab {name}\ntitle = "Laboratorium {name}"\n' in made.text
    assert "title" not in renew(english, title='"To laboratorium {name}"').problems


def test_a_translation_that_still_fits_is_told_so_by_taking_its_line_out(english: Path) -> None:
    renew(english, title='"Laboratorium {name}"')
    english.write_text(ENGLISH.replace("Lab {name}", "The lab {name}"), encoding="utf-8")
    made = renew(english)
    text = "\n".join(line for line in made.text.split("\n") if not line.startswith('"title"'))
    made.path.write_text(text, encoding="utf-8")
    assert "title" not in renew(english).problems
    assert "title" not in renew(english).problems


def test_what_english_has_no_more_is_kept_and_comes_back(english: Path) -> None:
    renew(english, title='"Laboratorium {name}"', **{"table.heads": '["Raz", "Dwa"]'})
    english.write_text('title.deep = "Now a table"\n', encoding="utf-8")
    for _ in range(2):
        made = renew(english)
        assert made.problems == {
            "title.deep": "missing", "title": "unknown", "table.heads": "unknown"
        }  # fmt: skip
    english.write_text(ENGLISH, encoding="utf-8")
    made = renew(english)
    assert made.problems.keys() == {"lines", "table.with space", "table.long"}
    assert tomllib.loads(made.text)["table"]["heads"] == ["Raz", "Dwa"]


@pytest.mark.parametrize(
    ("english", "told", "wrong"),
    [
        ("{a} and {b}", "{b}, {a}", ""),
        ("{a!r:.80} is {b:,}", "{b} {a}", ""),
        ("{a} and {b}", "{a}", "{b} is missing"),
        ("{a}", "{a} {c}", "{c} is no value"),
        ("{a}", "{a", "expected '}'"),
        ("no } values", "what } ever {", ""),
        (["{a}", "b"], ["{a}", "c"], ""),
        (["{a}", "b"], ["{a}"], "as many texts"),
        (["{a}", "b"], ["a", "b"], "{a} is missing"),
        ("{a}", ["{a}"], "of another kind"),
        ({"one": "1", "other": "{count} {a}"}, {"few": "{count} {a}", "many": "{a}"}, ""),
        ({"one": "1", "other": "{count}"}, {"few": "{n}", "many": "{count}"}, "{n} is no value"),
        ({"one": "1", "other": "{count}"}, {"many": "{count}"}, "the forms of this language"),
    ],
)
def test_a_translation_keeps_the_values_of_the_english(english: Any, told: Any, wrong: str) -> None:
    found = misfit(english, told, ["few", "many"])
    assert found.startswith(wrong)
    assert bool(found) == bool(wrong)


PACKAGE = Path(command.__file__).parent
SHIPPED = sorted(path for path in PACKAGE.rglob("*.toml") if "." in path.stem)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_translation_that_is_shipped_fits_its_english(path: Path) -> None:
    name, code = path.stem.split(".")
    problems = Translation(path.with_name(f"{name}.toml"), code).problems
    # What is missing is English; what has changed may fit. No value is lost, none is made up.
    assert {key: p for key, p in problems.items() if p not in ("missing", "changed")} == {}


def test_the_command_says_what_is_to_be_done_and_writes_when_told_to(
    english: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "__file__", str(english.with_name("__main__.py")))
    assert command.main(["words", "pl-PL"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("said.pl_PL.toml: 0 of 5 entries are translated.\n  missing: title, ")
    path = english.with_suffix(".pl_PL.toml")
    assert not path.exists()
    assert command.main(["words", "pl_PL", "--write"]) == 0
    assert path.exists()
    for name in ("zz", "", "../pl", "a b", "zh_XX"):
        assert command.main(["words", name, "--write"]) == 2
        assert "smtplab: " in capsys.readouterr().err
    path.write_bytes(b'title = "Lab')
    assert command.main(["words", "pl_PL", "--write"]) == 1
    assert "said.pl_PL.toml cannot be read" in capsys.readouterr().err
    assert path.read_bytes() == b'title = "Lab'
    assert sorted(p.name for p in english.parent.iterdir()) == ["said.pl_PL.toml", "said.toml"]
