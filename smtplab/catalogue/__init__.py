"""The words of views and verdicts, in the reader's language.

What a view or a verdict says is English where it is written, as an argument of `say` or of
`plural`. These arguments are the messages, in gettext's sense: `smtplab.pot` beside this file is
the catalogue of them all, made from the code by `python -m smtplab.catalogue`. A translation is
one file more, `zh_CN.po` for instance, and no line of code.

The language is SMTPLAB_LANGUAGE, which names it or is the path of a .po file; else what gettext
asks: LANGUAGE, LC_ALL, LC_MESSAGES, LANG. It is read once. A message that is not translated, or
whose translation has other names in braces than the English, is shown in English.
"""

import codecs
import gettext
import os
import re
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

__all__ = [
    "FOLDER",
    "Forms",
    "columns",
    "counted",
    "form_of",
    "language",
    "misfit",
    "padded",
    "plural",
    "read",
    "say",
]

FOLDER = Path(__file__).parent
Forms = tuple[str, ...]  # one message for each of a language's plural forms

VARIABLE = "SMTPLAB_LANGUAGE"
ENGLISH = ("C", "POSIX", "en")
LINE = re.compile(r'(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)\s*)?"(?:[^"\\]|\\.)*"')
PERIOD = 100  # no language's plural form depends on more than the last two digits, from 100 on


def say(message: str, /, **values: Any) -> str:
    """The message in the reader's language, with the values in the place of names in braces.

    Without values, braces are characters like any other.
    """
    translated = _translations().gettext(message) if message else ""
    return translated.format(**values) if values else translated


def plural(one: str, many: str, /) -> Forms:
    """What is said of one and of several, with {count} in it, in every form of the language."""
    translations = _translations()
    samples = {form_of(number): number for number in (1, *range(2 * PERIOD))}
    return tuple(translations.ngettext(one, many, samples[form]) for form in sorted(samples))


def counted(count: int, forms: Forms, **values: Any) -> str:
    """The form for this number, with the number as {count} and with the values."""
    return forms[form_of(count)].format(count=count, **values)


def language() -> str:
    """The reader's language, as a page names it: zh-CN."""
    return _translations().info().get("language", "en").replace("_", "-")


def form_of(count: int) -> int:
    """Which of the forms of `plural` a number takes."""
    choose = getattr(_translations(), "plural", None)  # absent where nothing is translated
    return int(choose(abs(count)) if choose else count != 1)


def columns(text: str) -> int:
    """How many places of a terminal a text takes: a Chinese character has two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def padded(text: str, width: int) -> str:
    """The text, and spaces until it has this many places."""
    return text + " " * max(0, width - columns(text))


def misfit(message: "Message") -> str:
    """What is wrong with the names in braces of a translation; "" if nothing is, or none is."""
    told, given = _all(message.string), _all(message.id)
    try:
        wanted = set().union(*map(_names, given))
    except ValueError:  # braces of another kind: this message takes no values
        return ""
    ways = {way for text in given for way in _ways(text)}
    for text in filter(None, told):
        try:
            names = _names(text)
        except ValueError as error:
            return str(error)
        if names - wanted:
            return f"{{{min(names - wanted)}}} is no name of the English"
        # Of several forms one may leave the number out: "1 octet".
        if len(told) == 1 and wanted - names:
            return f"{{{min(wanted - names)}}} is missing"
        # {name} for {name!r} does no harm; {name:d} may raise an exception.
        if others := {way for way in _ways(text) - ways if way[1:] != ("", "")}:
            name, conversion, spec = min(others)
            return f"{{{name}{conversion}{spec}}} is written in another way in the English"
    if any(told) and not all(told):
        return f"a form is missing: the language has {len(told)}"
    return ""


def read(path: Path) -> "Catalog":
    """A .po file. Raise OSError, or ValueError where it is none."""
    from babel import Locale, UnknownLocaleError
    from babel.messages.pofile import PoFileError, read_po

    # Some editors put a mark in front of UTF-8.
    octets = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    charset = re.search(rb"^\"Content-Type:[^\"]*charset=([\w.-]+)", octets, re.MULTILINE)
    encoding = charset[1].decode("ascii") if charset else "utf-8"
    try:
        text = octets.decode(encoding)
    except LookupError:
        raise ValueError(f"no charset is called {encoding}: save the file in UTF-8") from None
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not in {encoding}: save the file in UTF-8") from None
    _check(text)
    try:
        Locale.parse(path.stem)
        locale: str | None = path.stem
    except (UnknownLocaleError, ValueError):  # any name will do for a file that is asked for by it
        locale = None
    try:
        catalog = read_po(BytesIO(octets), locale, abort_invalid=True)
    except PoFileError as error:
        raise ValueError(f"line {error.lineno + 1}: {error}") from None
    if catalog.locale is None:  # the header calls it "Chinese"; the file has a name, too
        catalog.locale = locale
    try:
        gettext.c2py(catalog.plural_expr)
    except ValueError as error:
        raise ValueError(f"Plural-Forms, in its header: {error}") from None
    return catalog


def _check(text: str) -> None:
    """Raise ValueError for a line that babel would take without a word, and not as it is meant.

    It cuts the last letter where a quotation mark is missing, and of two translations of one
    message it forgets one.
    """
    seen: dict[str, int] = {}
    message, start = None, 0
    for number, line in enumerate([*map(str.strip, text.split("\n")), ""], 1):
        if line and not line.startswith("#") and not LINE.fullmatch(line):
            raise ValueError(f"line {number} is no line of a .po file: {line[:60]}")
        if message is not None and not line.startswith('"'):
            if seen.setdefault(message, start) != start:
                raise ValueError(f"line {start}: the same message as in line {seen[message]}")
            message = None
        if line.startswith("msgid "):
            message, start = line.removeprefix("msgid ").strip()[1:-1], number
        elif message is not None:
            message += line[1:-1]


def _all(texts: Any) -> tuple[str, ...]:
    return texts if isinstance(texts, tuple) else (texts,)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _ways(text: str) -> set[tuple[str, str, str]]:
    """How the names are written: ("name", "!r", ":.80")."""
    return {
        (name, f"!{conversion}" if conversion else "", f":{spec}" if spec else "")
        for _, name, spec, conversion in Formatter().parse(text)
        if name is not None
    }


@cache
def _translations() -> gettext.NullTranslations:
    path = _chosen()
    if path is None:
        return gettext.NullTranslations()
    try:
        return _load(path)
    except (OSError, ValueError) as error:
        return _english(f"{path} cannot be read: {error}")


def _load(path: Path) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo

    catalog = read(path)
    for message in list(catalog):
        if message.id and misfit(message):
            catalog.delete(message.id)
    compiled = BytesIO()
    write_mo(compiled, catalog)  # leaves out what is marked as fuzzy
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _chosen() -> Path | None:
    """The .po file of the reader's language, or None for English."""
    asked = os.environ.get(VARIABLE, "")
    if asked.endswith(".po"):
        return Path(asked)
    there = {path.stem: path for path in sorted(FOLDER.glob("*.po"))}
    for language in filter(None, [asked]) if asked else _languages():
        # zh_CN.UTF-8 is looked for as zh_CN, then as zh.
        name = language.partition(".")[0].partition("@")[0].replace("-", "_")
        for candidate in (name, name.partition("_")[0]):
            if candidate in ENGLISH:
                return None
            if candidate in there:
                return there[candidate]
    if asked:
        _english(f"no translation is called {asked!r}; there are: {', '.join(there) or 'none'}")
    return None


def _languages() -> Iterator[str]:
    """What the environment asks for, as gettext reads it."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            yield from value.split(":")
            return


def _english(why: str) -> gettext.NullTranslations:
    # Told without the line of code that tells it: nobody has to look there.
    warnings.warn_explicit(f"{why}. English is shown.", UserWarning, VARIABLE, 1)
    return gettext.NullTranslations()
