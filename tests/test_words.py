"""Words in files: found by key, in the reader's language, and not before somebody asks."""

import subprocess
import sys
from pathlib import Path

import pytest

from smtplab import words
from smtplab.words import Words, joined

from .conftest import ROOT

ENGLISH = """
empty = ""
late = "{name} is late."
braces = "{{stay}} as they are"
short = "{value!r:.6}, {count:,}."
lines = { one = "1 line", other = "{count:,} lines" }
[table]
heads = ["one", "two"]
deep = { a = "A", b = "B" }
"""
POLISH = """
late = "{name} się spóźnia."
lines = { one = "jedna linia", few = "{count:,} linie", many = "{count:,} linii" }
[table]
heads = ["jeden", ""]
deep = { a = "Ą" }
"""


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Words:
    """The words beside a module, in English and in Polish, and nobody who asks for a language."""
    for name in ("SMTPLAB_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "said.toml").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "said.pl.toml").write_text(POLISH, encoding="utf-8")
    return Words(str(tmp_path / "said.py"))


def test_without_a_wish_it_is_english(say: Words) -> None:
    assert say.language == "en"
    assert say("late", name="{x}") == "{x} is late."
    assert say("braces") == "{stay} as they are"
    assert say("empty") == ""
    assert say("short", value="long text", count=1_000) == "'long …, 1,000."
    assert say("short", value="four", count=1) == "'four', 1."
    assert [say("lines", count=n) for n in (0, 1, 2, 1_000)] == [
        "0 lines", "1 line", "2 lines", "1,000 lines",
    ]  # fmt: skip
    assert say.get("table.heads") == ["one", "two"]


def test_a_package_s_words_are_called_words() -> None:
    assert Words("/a/views/__init__.py").path == Path("/a/views/words.toml")


@pytest.mark.parametrize("key", ["no", "table.no", "late.no", "lines.no.no"])
def test_a_key_that_is_not_there_is_told_to_whoever_asks(say: Words, key: str) -> None:
    with pytest.raises(KeyError, match=rf"said\.toml has no {key}"):
        say(key)
    assert say.get(key, "else") == "else"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTPLAB_LANGUAGE", "pl"),
        ("SMTPLAB_LANGUAGE", "pl_PL"),
        ("LANGUAGE", "xx:pl:en"),
        ("LC_ALL", "pl_PL.UTF-8"),
        ("LC_MESSAGES", "pl"),
        ("LANG", "pl_PL@euro"),
    ],
)
def test_a_file_and_a_variable_are_all_that_a_translation_needs(
    say: Words, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert say.language == "pl"
    assert say("late", name="x") == "x się spóźnia."
    assert [say("lines", count=n) for n in (0, 1, 2, 5, 22, 112, 1_002)] == [
        "0 linii", "jedna linia", "2 linie", "5 linii", "22 linie", "112 linii", "1,002 linie",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["en", "en_GB.UTF-8", "C", "C.UTF-8", "xx:en:pl", "de_DE"])
def test_english_is_spoken_to_all_others(
    say: Words, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("LANGUAGE", value)
    assert say("late", name="x") == "x is late."
    assert say.language == "en"


def test_what_is_missing_empty_or_wants_other_values_is_english(
    say: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "pl")
    assert say("braces") == "{stay} as they are"
    assert say.get("table") == {"heads": ["jeden", "two"], "deep": {"a": "Ą", "b": "B"}}
    say.path.with_suffix(".pl.toml").write_text(
        'late = "{imię} się spóźnia"\nbraces = ""\nlines = { one = "", many = "{n} linii" }\n'
        'table.heads = ["jeden"]\ntable.deep = "A"\n',
        encoding="utf-8",
    )
    words._table.cache_clear()
    assert say("late", name="x") == "x is late."
    assert say("braces") == "{stay} as they are"
    assert [say("lines", count=n) for n in (1, 2, 5)] == ["1 line", "2 lines", "5 lines"]
    assert say.get("lines") == {"one": "1 line", "other": "{count:,} lines"}
    assert say.get("table") == {"heads": ["one", "two"], "deep": {"a": "A", "b": "B"}}


@pytest.mark.parametrize("octets", [b'late = "Sp', b'late = "\xff"\n', b"late = 1\nlate = 2\n"])
def test_a_translation_that_cannot_be_read_is_told_once_and_nothing_breaks(
    say: Words, monkeypatch: pytest.MonkeyPatch, octets: bytes
) -> None:
    say.path.with_suffix(".pl.toml").write_bytes(octets)
    monkeypatch.setenv("LANG", "pl")
    with pytest.warns(UserWarning, match=r"said\.pl\.toml: .* is shown in English"):
        assert say("late", name="x") == "x is late."
    assert say("late", name="x") == "x is late."


IMPORTS = r"""
import importlib, os, pkgutil, sys
from pathlib import Path

package = Path("smtplab").resolve()
languages = {"SMTPLAB_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"}
found = set()

def opened(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".toml"):
        path = Path(str(arguments[0])).resolve()
        if package in path.parents:
            found.add(f"{path.name} is read")

def looked_up(self, key, plain=type(os.environ).__getitem__):
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in ("os", "collections.abc", "_collections_abc"):
        frame = frame.f_back
    path = Path(frame.f_code.co_filename)
    if key in languages and package in path.parents:
        found.add(f"{path.name} reads {key}")
    return plain(self, key)

sys.addaudithook(opened)
type(os.environ).__getitem__ = looked_up
import smtplab
count = 0
for module in pkgutil.walk_packages(smtplab.__path__, "smtplab."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
        count += 1
assert count > 80, count
print(*sorted(found), sep=", ")
smtplab.views.said.WORDS("shared.octets")
print(*sorted(found), sep=", ")
"""


@pytest.mark.timeout(180)
def test_nothing_is_read_at_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    imported, asked = done.stdout.splitlines()
    assert imported == ""
    # These eyes do see: this is what is read when a view asks for a word.
    assert "words.py reads SMTPLAB_LANGUAGE" in asked
    assert "words.toml is read" in asked


@pytest.mark.parametrize(
    ("sentences", "whole"),
    [
        (["One.", "", "Two."], "One. Two."),
        (["一。", "二。"], "一。二。"),
        (["One.", "二。"], "One. 二。"),
        ([], ""),
    ],
)
def test_sentences_stand_one_behind_the_other(sentences: list[str], whole: str) -> None:
    assert joined(sentences) == whole
