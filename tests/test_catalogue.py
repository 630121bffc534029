"""The catalogue: every text stands in it, and a translation needs no code."""

import ast
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import write_po

from smtplab import catalogue
from smtplab.catalogue import __main__ as command
from smtplab.catalogue import columns, counted, form_of, language, misfit, padded, plural, say
from smtplab.exercises import LESSONS

from . import foreign
from .conftest import ROOT

PACKAGE = ROOT / "smtplab"
POLISH = {
    "Next hint": "Następna podpowiedź",
    "{name} is not yet written.": "Nie napisano jeszcze: {name}.",
    "Your {call} is called.": "Wołane jest {wołanie}.",
    ("1 session", "{count:,} sessions"): ("1 sesja", "{count:,} sesje", "{count:,} sesji"),
    ("1 line", "{count:,} lines"): ("", "", ""),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of translations that is empty, and an environment that asks for none."""
    for name in ("SMTPLAB_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "TEMPLATE", tmp_path / "smtplab.pot")
    catalogue._translations.cache_clear()
    yield tmp_path
    catalogue._translations.cache_clear()


def write(path: Path, locale: str, messages: dict[Any, Any]) -> Path:
    catalog = Catalog(locale, fuzzy=False)
    for message, told in messages.items():
        catalog.add(message, told)
    with path.open("wb") as file:
        write_po(file, catalog)
    return path


# What stands in it


def test_the_catalogue_is_what_the_code_says() -> None:
    made = command.template(command.extract())
    kept = (PACKAGE / "catalogue" / "smtplab.pot").read_bytes()
    assert kept.splitlines() == made.splitlines(), "run: python -m smtplab.catalogue"


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def test_what_is_said_is_a_literal_with_a_value_for_each_name() -> None:
    count = 0
    for where, call in calls():
        kind = call.func.id if isinstance(call.func, ast.Name) else ""
        if kind not in ("say", "plural") or where.startswith(
            ("exercises/__init__.py", "catalogue")
        ):
            continue
        count += 1
        messages = [a.value for a in call.args if isinstance(a, ast.Constant)]
        assert len(messages) == len(call.args) == (1 if kind == "say" else 2), where
        if kind == "say" and call.keywords:
            names = catalogue._names(str(messages[0]))
            given = {keyword.arg for keyword in call.keywords}
            # A dictionary of values may hold more than one message wants.
            assert names == given or (None in given and given - {None} <= names), where
    assert count > 2_000


def test_what_is_said_of_one_is_said_of_several_in_one_way() -> None:
    """A catalogue knows a message by its first form: a second one with it would have no place."""
    several: dict[str, str] = {}
    for where, call in calls():
        if (
            isinstance(call.func, ast.Name)
            and call.func.id == "plural"
            and "catalogue" not in where
        ):
            one, many = (argument.value for argument in call.args)  # type: ignore[attr-defined]
            assert several.setdefault(one, many) == many, where
    assert several


def test_a_message_says_in_words_what_its_values_are() -> None:
    for message in command.extract():
        for text in catalogue._all(message.id):
            assert not re.search(r"\{(\w*\d|[A-Z]\w*|_\w*)[!:}]", text), text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
def test_in_another_language_a_check_says_the_same_and_no_word_of_english(
    slug: str, tmp_path: Path
) -> None:
    rows = foreign.survey([slug], tmp_path)
    assert rows
    for row in rows:
        assert row.get("reason") == row.get("expected"), row
        assert row.get("words", "") in foreign.plain(row.get("sentence", "")), row
        for text in foreign.texts_of(row):
            assert foreign.english(text, row) == [], text


def test_in_another_language_no_view_says_a_word_of_english(tmp_path: Path) -> None:
    rows = foreign.survey(["views"], tmp_path)
    assert len(rows) > 50
    for row in rows:
        if row.get("view") == "Base64":  # the first cell of each of the six rows is a word
            heads = re.findall(r"^  \S.*?  +(?=\S)", row["steps"][0], re.MULTILINE)
            assert len(set(map(columns, heads))) <= 1, heads
        for text in foreign.texts_of(row):
            assert foreign.english(text, row) == [], text


def test_a_lesson_s_question_is_asked_in_the_readers_language(tmp_path: Path) -> None:
    known = LESSONS[0].questions[0]
    asked = f"exercises.ask({known.text!r}, {known.choices!r})"
    said = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", f"from smtplab import exercises; print({asked}.text)"],
        cwd=ROOT,
        env=os.environ | {"SMTPLAB_LANGUAGE": str(foreign.write_foreign(tmp_path / "foreign.po"))},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert said.stdout.strip() == foreign.foreign(known.text)


def test_no_text_of_the_views_is_translated_for_nobody() -> None:
    path = PACKAGE / "views" / "texts.py"
    own = path.read_text(encoding="utf-8")
    used = "".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py") if p != path)
    names = re.findall(r"^([A-Z][A-Z0-9_]+)\b(?=.* = )", own, re.MULTILINE)
    assert len(names) > 200
    for name in names:
        word = re.compile(rf"\b{name}\b")
        assert word.search(used) or len(word.findall(own)) > 1, name


# In which language


def test_without_a_wish_it_is_english() -> None:
    assert language() == "en"
    assert say("Next hint") == "Next hint"
    assert say("{name} is late.", name="{x}") == "{x} is late."
    assert say("braces {stay} as they are") == "braces {stay} as they are"
    assert say("") == ""
    lines = plural("1 line", "{count:,} lines")
    assert [counted(n, lines) for n in (0, 1, 2, 1_000)] == [
        "0 lines", "1 line", "2 lines", "1,000 lines",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTPLAB_LANGUAGE", "pl"),
        ("SMTPLAB_LANGUAGE", "pl_PL"),
        ("SMTPLAB_LANGUAGE", "pl-PL"),
        ("SMTPLAB_LANGUAGE", "{folder}/pl.po"),
        ("LANGUAGE", "xx:pl:en"),
        ("LC_ALL", "pl_PL.UTF-8"),
        ("LC_MESSAGES", "pl"),
        ("LANG", "pl_PL@euro"),
    ],
)
def test_a_file_and_a_variable_are_all_that_a_translation_needs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    write(folder / "pl.po", "pl", POLISH)
    monkeypatch.setenv(name, value.format(folder=folder))
    assert language() == "pl"
    assert say("Next hint") == "Następna podpowiedź"
    assert say("{name} is not yet written.", name="send_all") == "Nie napisano jeszcze: send_all."
    sessions = plural("1 session", "{count:,} sessions")
    assert [counted(n, sessions) for n in (0, 1, 2, 5, 22, 112, 1_002)] == [
        "0 sesji", "1 sesja", "2 sesje", "5 sesji", "22 sesje", "112 sesji", "1,002 sesje",
    ]  # fmt: skip
    assert [form_of(n) for n in (1, 2, 5)] == [0, 1, 2]


@pytest.mark.parametrize("value", ["en", "en_GB.UTF-8", "C", "C.UTF-8", "xx:en:pl", "de_DE"])
def test_english_is_spoken_to_all_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    write(folder / "pl.po", "pl", POLISH)
    monkeypatch.setenv("LANGUAGE", value)
    assert say("Next hint") == "Next hint"


def test_a_language_of_one_form_has_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "zh_CN.po", "zh_CN", {("1 line", "{count:,} lines"): ("{count:,} 行",)})
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert language() == "zh-CN"
    lines = plural("1 line", "{count:,} lines")
    assert [counted(n, lines) for n in (0, 1, 2)] == ["0 行", "1 行", "2 行"]
    # What is not translated shows its number all the same.
    assert counted(1, plural("1 mark", "{count:,} marks")) == "1 marks"


def test_a_column_is_as_wide_as_what_a_terminal_shows() -> None:
    for text, width in [("", 0), ("abc", 3), ("字节", 4), ("e\u0301", 1), ("\uff46\uff1a", 4)]:
        assert columns(text) == width
        assert columns(padded(text, 6)) == 6
    assert padded("字节", 3) == "字节"


def test_what_is_not_translated_or_does_not_fit_is_english(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "pl.po", "pl", POLISH)
    monkeypatch.setenv("SMTPLAB_LANGUAGE", "pl")
    assert say("Your {call} is called.", call="f()") == "Your f() is called."
    assert say("Never heard of.") == "Never heard of."
    lines = plural("1 line", "{count:,} lines")
    assert [counted(n, lines) for n in (1, 2, 21)] == ["1 line", "2 lines", "21 lines"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("xx", "no translation is called 'xx'; there are: broken, octets, pl"),
        ("../pl", "no translation is called '../pl'"),
        ("{folder}/none.po", "cannot be read"),
        ("{folder}/broken.po", "cannot be read"),
        ("{folder}/octets.po", "cannot be read"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_once_and_nothing_breaks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, asked: str, why: str
) -> None:
    write(folder / "pl.po", "pl", POLISH)
    (folder / "broken.po").write_text('msgid "Next hint"\nmsgstr "Nast\nmsgid', encoding="utf-8")
    (folder / "octets.po").write_bytes(b'msgid "Next hint"\nmsgstr "\xff\xfe"\n')
    monkeypatch.setenv("SMTPLAB_LANGUAGE", asked.format(folder=folder))
    with pytest.warns(UserWarning, match=re.escape(why)):
        assert say("Next hint") == "Next hint"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert say("Next hint") == "Next hint"


@pytest.mark.parametrize(
    ("message", "told", "wrong"),
    [
        ("{a} and {b}", "{b}, {a}", ""),
        ("{a} and {b}", "", ""),
        ("{a!r} is {b:,}", "{b} {a}", ""),
        ("{a} and {b}", "{a}", "{b} is missing"),
        ("{a}", "{a} {c}", "{c} is no name"),
        ("{a}", "{a", "expected '}'"),
        ("{a}", "{a:d}", "{a:d} is written in another way"),
        ("{a!r:.80}", "{a!x}", "{a!x} is written in another way"),
        ("{a!r:.80} {b:,}", "{b:,} {a!r:.80}", ""),
        ("{a}", "{a:{a}}", "{a:{a}} is written in another way"),
        ("{a}", "{}{a}", "{} is no name"),
        ("no } names", "what } ever {", ""),
        (("1 line", "{count} lines"), ("jedna", "{count} linie", "{count} linii"), ""),
        (("1 line", "{count} lines"), ("{n}", "{count}", "{count}"), "{n} is no name"),
        (("1 line", "{count} lines"), ("jedna", "", "{count} linii"), "a form is missing"),
    ],
)
def test_a_translation_keeps_the_names_in_braces(message: Any, told: Any, wrong: str) -> None:
    assert misfit(Message(message, told)).startswith(wrong)
    assert bool(misfit(Message(message, told))) == bool(wrong)


# How it is made


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["smtplab.catalogue", *arguments])
    return command.main()


def test_a_translation_begins_empty_and_keeps_what_was_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pl", monkeypatch=monkeypatch) == 0
    total = len(command.extract())
    assert f"0 of {total:,} messages are translated" in capsys.readouterr().out
    path = folder / "pl.po"
    kept = catalogue.read(path)
    assert kept.num_plurals == 3
    kept["Next hint"].string = "Następna podpowiedź"
    kept["{name} is not yet written."].string = "Nie napisano: {nazwa}."
    kept.add("A sentence of last year.", "Zeszłoroczne zdanie.")
    with path.open("wb") as file:
        write_po(file, kept)
    assert run("pl", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    assert f"1 of {total:,} messages are translated" in said
    assert "Not used, {nazwa} is no name of the English: '{name} is not yet written.'" in said
    assert 'msgstr "Następna podpowiedź"' in path.read_text(encoding="utf-8")
    monkeypatch.setenv("SMTPLAB_LANGUAGE", "pl")
    catalogue._translations.cache_clear()
    assert say("Next hint") == "Następna podpowiedź"


@pytest.mark.parametrize(
    ("asked", "name"),
    [("zh_CN", "zh_CN"), ("zh-cn", "zh_CN"), ("sr_RS.UTF-8", "sr_RS"), ("pt_BR", "pt_BR")],
)
def test_the_file_has_the_name_that_is_looked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, asked: str, name: str
) -> None:
    assert run(asked, monkeypatch=monkeypatch) == 0
    path = folder / f"{name}.po"
    text = path.read_text(encoding="utf-8")
    assert f'"Language: {name}\\n"' in text
    path.write_text(text.replace('"Next hint"\nmsgstr ""', '"Next hint"\nmsgstr "X"'), "utf-8")
    monkeypatch.setenv("LANG", f"{name}.UTF-8")
    assert say("Next hint") == "X"


@pytest.mark.parametrize("name", ["zz", "", "../pl", "pl/..", "a b", "zh_XX"])
def test_a_name_that_is_no_language_makes_no_file(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    assert run(name, monkeypatch=monkeypatch) == (2 if name else 0)
    assert not list(folder.glob("**/*.po"))
    assert name in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_left_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "pl.po"
    path.write_text('msgid "x\n', encoding="utf-8")
    assert run("pl", monkeypatch=monkeypatch) == 1
    assert "pl.po" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == 'msgid "x\n'


HEAD = 'msgid ""\nmsgstr ""\n"Language: pl\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
GOOD = f'{HEAD}msgid "Next hint"\nmsgstr "Następna podpowiedź"\n'


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (GOOD[:-2].encode(), 'line 7 is no line of a .po file: msgstr "Następna podpowiedź'),
        (GOOD.replace('"N', "„N", 2).encode(), "line 6 is no line of a .po file: msgid „Next"),
        (GOOD.replace('msgstr "N', '<<<<<<< HEAD\nmsgstr "N').encode(), "line 7 is no line"),
        (GOOD.encode("iso-8859-2"), "line 7 is not in utf-8: save the file in UTF-8"),
        (GOOD.encode("utf-16"), "line 1 is not in utf-8: save the file in UTF-8"),
        (GOOD.replace("utf-8", "utf-9").encode(), "no charset is called utf-9"),
        (f'{GOOD}\nmsgid ""\n"Next "\n"hint"\nmsgstr "X"\n'.encode(), "line 9: the same message"),
        (GOOD.replace("Language: pl", "Plural-Forms: nplurals=2; plural=x;").encode(),
         "Plural-Forms, in its header: "),
        (GOOD.replace("Next hint", "File").encode(), "no message of this course"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_it_should_be_is_told_so_and_loses_nothing(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    octets: bytes,
    why: str,
) -> None:
    path = folder / "pl.po"
    path.write_bytes(octets)
    assert run("pl", monkeypatch=monkeypatch) == 1
    assert why in capsys.readouterr().err
    assert path.read_bytes() == octets


@pytest.mark.parametrize(
    "octets",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("utf-8", "iso-8859-2").encode("iso-8859-2"),
        GOOD.replace("Language: pl", "Language: Polish").encode(),
        GOOD.removeprefix(HEAD).encode(),
    ],
)
def test_what_editors_do_to_a_file_does_no_harm(
    folder: Path, monkeypatch: pytest.MonkeyPatch, octets: bytes
) -> None:
    path = folder / "pl.po"
    path.write_bytes(octets)
    monkeypatch.setenv("SMTPLAB_LANGUAGE", "pl")
    for _ in range(2):
        catalogue._translations.cache_clear()
        assert say("Next hint") == "Następna podpowiedź"
        assert len(plural("1 line", "{count:,} lines")) == 3
        assert run("pl", monkeypatch=monkeypatch) == 0
    assert '"Language: pl\\n"' in path.read_bytes().decode("iso-8859-2")


def test_an_empty_file_is_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pl.po").touch()
    assert run("pl", monkeypatch=monkeypatch) == 0
    assert catalogue.read(folder / "pl.po").num_plurals == 3


def test_a_translator_sees_what_the_english_was_and_no_work_is_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "A lambda has no name that says which exercise it is: write a function with def."
    path = write(
        folder / "pl.po",
        "pl",
        {
            "Next hints": "Następna podpowiedź",
            long: "Lambda nie ma nazwy.",
            ("1 mark", "{count:,} signs"): ("znak", "{count:,} znaki", "{count:,} znaków"),
        },
    )
    texts = []
    for _ in range(3):
        assert run("pl", monkeypatch=monkeypatch) == 0
        said = capsys.readouterr().out
        assert "0 of " in said
        assert "Not used, fuzzy, made for 'Next hints': 'Next hint'" in said
        assert "Not used, fuzzy, made for '1 mark': ('1 mark', '{count:,} marks')" in said
        assert f"Not used, fuzzy, made for {long!r}: 'A lambda" in said
        texts.append(path.read_text(encoding="utf-8"))
    assert '#, fuzzy\n#| msgid "Next hints"\nmsgid "Next hint"\nmsgstr "Następna' in texts[0]
    assert '#| msgid "1 mark"\n#| msgid_plural "{count:,} signs"\n' in texts[0]
    assert texts[1] == texts[2]


def test_what_comes_back_into_the_code_has_its_translation_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder / "pl.po", "pl", POLISH)
    code = command.extract()
    without = command.extract()
    without.delete("Next hint")
    for catalog in (without, code):
        command.translate("pl", catalog)
    assert catalogue.read(path)["Next hint"].string == "Następna podpowiedź"
    assert not catalogue.read(path)["Next hint"].fuzzy
