"""The words of a module, in the reader's language: a TOML file of the same name beside it.

A file has tables, and an entry is found by its dotted key: `words("read_reply.lost.say")`. Names
in braces are filled in as `str.format` does. What is counted is a table with the plural forms of
its language, chosen by the value called count: `{ one = "1 octet", other = "{count:,} octets" }`.

Another language is a file of the same keys: `dialogue.zh_CN.toml` beside `dialogue.toml`, which
`python -m smtplab words zh_CN` makes and looks after. An entry that is missing or empty there, or
that wants other values than it is given, is shown in English. The language is SMTPLAB_LANGUAGE,
else what gettext asks: LANGUAGE, LC_ALL, LC_MESSAGES, LANG. Nothing is read before the first
entry is asked for.
"""

import locale
import os
import tomllib
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

__all__ = ["FORMS", "VARIABLE", "Words", "is_counted", "joined"]

VARIABLE = "SMTPLAB_LANGUAGE"
ENGLISH = ("", "C", "POSIX", "en")
FORMS = ("zero", "one", "two", "few", "many", "other")  # the plural forms of all languages


class _Formatter(Formatter):
    """str.format, and a text that a precision cuts ends in …: {got!r:.60}."""

    def format_field(self, value: Any, format_spec: str) -> str:
        made = format(value, format_spec)
        return f"{made}…" if isinstance(value, str) and len(made) < len(value) else made


_FORMATTER = _Formatter()


class Words:
    """The words beside a file of Python: `WORDS = Words(__file__)`; a package has words.toml."""

    def __init__(self, module: str) -> None:
        path = Path(module)
        name = "words" if path.stem == "__init__" else path.stem
        self.path = path.with_name(f"{name}.toml")

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text of an entry, with its values. Raise KeyError when English has none."""
        return self.fill(key, values)

    def fill(self, key: str, values: Mapping[str, Any]) -> str:
        """The same, with the values in a mapping. In every text {{ and }} stand for braces."""
        for code in (*_codes(), "en"):
            entry = self.entry(key, code)
            if entry is None:
                continue
            try:
                text = entry if isinstance(entry, str) else entry[_form(code)(values["count"])]
                if text or code == "en":
                    return _FORMATTER.vformat(text, (), values)
            except (KeyError, IndexError, ValueError, AttributeError, TypeError):
                if code == "en":
                    raise
        raise KeyError(f"{self.path.name} has no {key}")

    def nearest(self, key: str, part: str, values: Mapping[str, Any]) -> str:
        """The text KEY.PART, or ""; what "lost.twice" does not say for itself, "lost" says."""
        for each in (key, key.rpartition(".")[0]):
            if self.get(f"{each}.{part}"):
                return self.fill(f"{each}.{part}", values)
        return ""

    def get(self, key: str, default: Any = None) -> Any:
        """An entry of any kind (a text, a list, a table) in the reader's language, unfilled.

        What is missing in it is English. The default when English has no such entry.
        """
        found = self.entry(key)
        for code in reversed(_codes()):
            found = _laid_over(found, self.entry(key, code))
        return default if found is None else found

    @property
    def language(self) -> str:
        """The language of these words, as a page names it: zh-CN."""
        spoken = (code for code in _codes() if self.entry("", code))
        return next(spoken, "en").replace("_", "-")

    def entry(self, key: str, code: str = "en") -> Any:
        """An entry in one language, or None; "" is the whole file."""
        found: Any = _table(self.path if code == "en" else self.path.with_suffix(f".{code}.toml"))
        for name in filter(None, key.split(".")):
            if not isinstance(found, dict) or name not in found:
                return None
            found = found[name]
        return found


def joined(sentences: Iterable[str]) -> str:
    """Sentences one behind the other. A full stop of Chinese brings its own space."""
    whole = ""
    for each in filter(None, sentences):
        wide = not whole or unicodedata.east_asian_width(whole[-1]) in "WF"
        whole += each if wide else f" {each}"
    return whole


def is_counted(entry: Any) -> bool:
    """Whether an entry is a table of plural forms."""
    return isinstance(entry, dict) and bool(entry) and entry.keys() <= set(FORMS)


def _laid_over(english: Any, other: Any) -> Any:
    """A translation over the English: whatever is missing, empty, or of another kind is English."""
    if type(other) is not type(english) or not other:
        return english
    if isinstance(english, dict) and not is_counted(english):
        return {name: _laid_over(entry, other.get(name)) for name, entry in english.items()}
    if isinstance(english, list) and len(other) == len(english):
        return list(map(_laid_over, english, other))
    complete = isinstance(other, str) or (isinstance(other, dict) and all(other.values()))
    return other if complete else english


def _codes() -> tuple[str, ...]:
    """The languages that the reader wants before English: zh_CN, then zh."""
    asked = os.environ.get(VARIABLE) or next(
        filter(None, map(os.environ.get, ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))), ""
    )
    return _spelt_out(asked)


@cache
def _spelt_out(asked: str) -> tuple[str, ...]:
    codes: list[str] = []
    for one in asked.split(":"):
        name = locale.normalize(one).partition(".")[0].partition("@")[0]
        if name in ENGLISH or name.startswith("en_"):
            break
        codes += [code for code in (name, name.partition("_")[0]) if code not in codes]
    return tuple(codes)


@cache
def _table(path: Path) -> dict[str, Any]:
    """A file of words; of a translation that cannot be read the reader is told, once."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        if path.suffixes[-2:-1]:  # a translation; the English is the course's own
            warnings.warn(f"{path}: {error}. What it says is shown in English.", stacklevel=2)
            return {}
        raise


@cache
def _form(code: str) -> Callable[[Any], str]:
    """Which plural form a number takes in a language: one, few, many or other, as CLDR has it."""
    if code == "en":
        return lambda count: "one" if abs(count) == 1 else "other"
    from babel import Locale, UnknownLocaleError  # JupyterLab brings it

    try:
        chosen: Callable[[Any], str] = Locale.parse(code).plural_form
    except (UnknownLocaleError, ValueError):
        return _form("en")
    return chosen
