"""The words of views and verdicts, in the reader's language.

What a view or a verdict says is English where it is written, as an argument of `say` or of
`plural`. These arguments are the messages, in gettext's sense: `smtplab.pot` beside this file is
the catalogue of them all, made from the code by `python -m smtplab.catalogue`. A translation is
one file more, `zh_CN.po` for instance, and no line of code.

The language is SMTPLAB_LANGUAGE, which names it or is the path of a .po file; else what gettext
asks: LANGUAGE, LC_ALL, LC_MESSAGES, LANG. It is read once. A message that is not translated, or
whose translation has other names in braces than the English, is shown in English.
"""

import gettext
import os
import warnings
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

__all__ = ["FOLDER", "Forms", "counted", "form_of", "misfit", "plural", "read", "say"]

FOLDER = Path(__file__).parent
Forms = tuple[str, ...]  # one message for each of a language's plural forms

VARIABLE = "SMTPLAB_LANGUAGE"
ENGLISH = ("C", "POSIX", "en")
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


def form_of(count: int) -> int:
    """Which of the forms of `plural` a number takes."""
    choose = getattr(_translations(), "plural", None)  # absent where nothing is translated
    return int(choose(abs(count)) if choose else count != 1)


def misfit(message: "Message") -> str:
    """What is wrong with the names in braces of a translation; "" if nothing is, or none is."""
    told, given = _all(message.string), _all(message.id)
    try:
        wanted = set().union(*map(_names, given))
    except ValueError:  # braces of another kind: this message takes no values
        return ""
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
    return ""


def read(path: Path) -> "Catalog":
    """A .po file. Raise OSError, or ValueError where it is none."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            return read_po(file, abort_invalid=True)
    except PoFileError as error:
        raise ValueError(f"{error} (line {error.lineno})") from None


def _all(texts: Any) -> tuple[str, ...]:
    return texts if isinstance(texts, tuple) else (texts,)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


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
    warnings.warn(f"{VARIABLE}: {why}. English is shown.", stacklevel=2)
    return gettext.NullTranslations()
