"""What is wrong with a message, as far as Python's parser can tell."""

import re
from typing import Any

__all__ = ["DEFECTS", "Defect", "defect", "found_by_parser", "whole"]

# Kind of defect: English, with the defect's values by name.
DEFECTS = {
    "delimiters": "more than {limit:,} lines begin with --: too many parts to take apart",
    "boundaries": "more than {limit} boundaries: too deeply nested to take apart",
    "lines": "too many lines to take apart",
    "header": "more than {limit:,} lines of header: too many to take apart",
    "mime-field": "a Content- field of more than {limit:,} octets: too long to take apart",
    "mime-fields": "more than {limit:,} octets of Content- fields: too many to take apart",
    "charset-unknown": "charset {charset!r} is not one that Python knows",
    # Found by Python's parser: the name of its class as words, and its own line.
    "parser": "{name}",
    "parser-says": "{name}: {line}",
    # Python's parser itself raised an exception.
    "refused": "Python's parser could not take this apart: {error}",
    "refused-content": "content: Python's parser could not take this apart: {error}",
    "refused-charset": "charset: Python's parser could not take this apart: {error}",
    "refused-file-name": "file name: Python's parser could not take this apart: {error}",
    "refused-mime": "{field}: Python's parser could not take this apart: {error}",
    "refused-field": "field {field}: Python's parser could not take this apart: {error}",
}


class Defect(str):
    """A defect in English. kind (of DEFECTS) and values are for who says it in other words."""

    kind: str
    values: dict[str, Any]


def defect(kind: str, **values: Any) -> Defect:
    values = {name: whole(v) if isinstance(v, str) else v for name, v in values.items()}
    made = Defect(DEFECTS[kind].format(**values))
    made.kind, made.values = kind, values
    return made


def found_by_parser(found: object) -> Defect:
    """A defect of the parser: its class name, taken apart, and its own line if it has one."""
    kind = type(found).__name__
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind.removesuffix("Defect"))
    line = str(found)
    if line and line != kind:
        return defect("parser-says", name=words.lower(), line=line)
    return defect("parser", name=words.lower())


def whole(value: str) -> str:
    """Octets that are no UTF-8 reach us as lone surrogates, which nothing can print."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
