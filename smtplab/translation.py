"""What a translator works with: beside each file of words one of the same keys, looked after.

    python -m smtplab words zh_CN          says what is missing, has changed, or does not fit
    python -m smtplab words zh_CN --write  also makes and renews words.zh_CN.toml beside words.toml

Above each entry stands its English. One that is not translated yet is empty, and shown in English.
Writing loses no translation: what English has no more goes into the table unknown, and comes back
with its key.

The table made_for has two digests for each translation: of the English that it was made for, and
of itself. Where only the English is another now, the entry has changed: mend it, or take its line
out of made_for if it still fits, and write again.
"""

import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale

from .words import FORMS, is_counted

__all__ = ["Translation", "misfit"]

BARE = re.compile(r"[\w-]+", re.ASCII)  # a key that needs no quotes
MOST = 8  # keys that are named in a line


class Translation:
    """A file of words in another language: `problems` by key, and the `text` that it is to have.

    Raise ValueError where a file cannot be read, or where the language is not known.
    """

    def __init__(self, english: Path, code: str) -> None:
        self.path = english.with_suffix(f".{code}.toml")
        rule = Locale.parse(code).plural_form
        taken = {rule(number) for number in (*range(200), 1_000_000)}
        forms = [form for form in FORMS if form in taken]
        found = _read(self.path) if self.path.exists() else {}
        made_for, unknown = found.pop("made_for", {}), found.pop("unknown", {})
        told = unknown | dict(_entries(found))
        self.problems: dict[str, str] = {}
        self.entries = {key: e for key, e in _entries(_read(english)) if _said(e)}
        lines, records = [f"# {english.name} in {code}"], ["", "[made_for]"]
        for key, entry in self.entries.items():
            here = told.pop(key, None) or _empty(entry, forms)
            fits = f"{_digest(entry)} {_digest(here)}"
            record = made_for.get(key, fits)
            if not record.endswith(_digest(here)):  # it was mended
                record = fits
            if not all(_texts(here)):
                self.problems[key] = "missing"
            elif problem := misfit(entry, here, forms) or ("changed" if record != fits else ""):
                self.problems[key] = problem
            above = entry if isinstance(entry, str) else _value(entry)
            lines += ["", textwrap.indent(above, "# ", bool), f"{_key(key)} = {_value(here)}"]
            if _said(here):
                records.append(f"{_value(key)} = {_value(record)}")
        unknown = {key: entry for key, entry in told.items() if _said(entry)}
        self.problems |= dict.fromkeys(unknown, "unknown")
        if unknown:
            lines += ["", "[unknown]", *(f"{_value(k)} = {_value(e)}" for k, e in unknown.items())]
        self.text = "\n".join([*lines, *records, ""])

    def report(self) -> Iterator[str]:
        """How much is translated, and what is to be done, in lines."""
        done = len(self.entries.keys() - self.problems.keys())
        yield f"{self.path.name}: {done:,} of {len(self.entries):,} entries are translated."
        for problem in dict.fromkeys(self.problems.values()):
            keys = [key for key, found in self.problems.items() if found == problem]
            more = f" and {len(keys) - MOST:,} more" if len(keys) > MOST else ""
            yield f"  {problem}: {', '.join(keys[:MOST])}{more}"


def misfit(english: Any, told: Any, forms: list[str]) -> str:
    """Why a translation cannot stand for the English, or "": another kind, or other values."""
    if type(english) is not type(told):
        return "of another kind than the English"
    wanted, given = _texts(english), _texts(told)
    if is_counted(english):
        if set(told) != set(forms):
            return f"the forms of this language are {', '.join(forms)}"
        # A form may leave the number out: "1 octet".
        wanted, given = [english["other"]] * len(forms), [f"{text}{{count}}" for text in given]
    if len(wanted) != len(given):
        return "as many texts are wanted as the English has"
    return next(filter(None, map(_differ, wanted, given)), "")


def _differ(english: str, told: str) -> str:
    """Which value in braces one of them alone has."""
    with suppress(ValueError):  # braces of another kind: this text takes no values
        wanted = _values(english)
        try:
            given = _values(told)
        except ValueError as error:
            return str(error)
        for name in sorted(wanted ^ given):
            why = "is missing" if name in wanted else "is no value of the English"
            return f"{{{name}}} {why}"
    return ""


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def _entries(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in a table and in those within it, by dotted key."""
    for name, entry in table.items():
        if isinstance(entry, dict) and not is_counted(entry):
            yield from _entries(entry, f"{path}{name}.")
        else:
            yield f"{path}{name}", entry


def _texts(entry: Any) -> list[str]:
    """The texts of an entry, in order."""
    if isinstance(entry, dict):
        entry = list(entry.values())
    if isinstance(entry, list):
        return [text for each in entry for text in _texts(each)]
    return [entry] if isinstance(entry, str) else []


def _said(entry: Any) -> bool:
    """Whether an entry has a text that is not empty."""
    return any(_texts(entry))


def _empty(english: Any, forms: list[str]) -> Any:
    """An entry of the same kind without its texts."""
    if is_counted(english):
        return dict.fromkeys(forms, "")
    if isinstance(english, dict):
        return {name: _empty(entry, forms) for name, entry in english.items()}
    if isinstance(english, list):
        return [_empty(entry, forms) for entry in english]
    return "" if isinstance(english, str) else english


def _digest(entry: Any) -> str:
    return sha256(json.dumps(entry, ensure_ascii=False).encode()).hexdigest()[:8]


def _key(key: str) -> str:
    return ".".join(name if BARE.fullmatch(name) else _value(name) for name in key.split("."))


def _value(entry: Any) -> str:
    """A value as TOML writes it: as JSON does, but for tables."""
    if isinstance(entry, list):
        return f"[{', '.join(map(_value, entry))}]"
    if isinstance(entry, dict):
        inner = (f"{_key(name)} = {_value(each)}" for name, each in entry.items())
        return f"{{ {', '.join(inner)} }}"
    return json.dumps(entry, ensure_ascii=False).replace("\x7f", r"\u007f")
