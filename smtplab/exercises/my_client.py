"""my_client.py: what has passed, as one file that reads as if written by one hand."""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from ..catalogue import say
from .judge import Lesson, Source
from .progress import set_aside, write_whole

__all__ = ["NAME", "compose", "conflict", "write"]

NAME = "my_client.py"

HEAD = '''"""My mail client, out of a bare socket.

Each function here was written in a lesson of smtplab, and passed its check. It needs nothing
but Python's standard library. The next check that passes writes this file again: change a
function in its notebook.
"""
'''


def compose(
    lessons: Iterable[Lesson],
    kept: Mapping[str, Source],
    given: Mapping[str, tuple[str, Source]],
) -> str:
    """The text of the file. kept are the functions that passed, by name.

    given are the names that come with a lesson (`ReplyError`): its slug, and their text.
    """
    used = {name for source in kept.values() for name in source.needs}
    if "send_mail" in kept and "main" in given:
        used |= {"main", *given["main"][1].needs}
    sections: list[str] = []
    imports: list[str] = []
    written: set[str] = set()
    missing: list[str] = []
    for lesson in lessons:
        parts: list[Source] = [
            source for name, (slug, source) in given.items() if slug == lesson.slug and name in used
        ]
        for exercise in lesson.exercises:
            if exercise.name in kept:
                parts.append(kept[exercise.name])
            elif exercise.name in used:
                missing.append(f"{exercise.name} (lesson {lesson.number})")
        parts.sort(key=lambda part: part.name == "main")  # it stands last
        blocks = []
        for part in parts:
            imports += part.imports
            for text in part.helpers.values():
                if text not in written:
                    written.add(text)
                    blocks.append(text.strip("\n"))
            blocks.append(part.text.strip("\n"))
        if blocks:
            title = f"# Lesson {lesson.number}: {lesson.title}"
            sections.append(title + "\n\n" + _joined(blocks))
    if "main" in kept or "main" in used:
        imports.append("import sys")
        sections.append('if __name__ == "__main__":\n    sys.exit(main())')
    head = HEAD
    if missing:
        head += "\n# Used below, and still to be written: " + ", ".join(missing) + ".\n"
    if imports:
        head += "\n" + _merged(imports)
    return "\n\n".join([head.rstrip("\n") + "\n", *(s + "\n" for s in sections)])


def _joined(blocks: list[str]) -> str:
    """Constants stand together; definitions have two empty lines around them."""
    text = blocks[0]
    for before, block in pairwise(blocks):
        both = all(not b.startswith(("def ", "class ", "async ", "@")) for b in (before, block))
        text += ("\n" if both else "\n\n\n") + block
    return text


def _merged(statements: Iterable[str]) -> str:
    """Import statements, each module once, in the order that formatters like."""
    plain: set[str] = set()
    names: dict[str, set[str]] = {}
    for statement in statements:
        node = ast.parse(statement).body[0]
        if isinstance(node, ast.ImportFrom):
            names.setdefault(node.module or "", set()).update(
                ast.unparse(alias) for alias in node.names
            )
        else:
            plain.add(ast.unparse(node))
    lines = sorted(plain)
    lines += [f"from {m} import {', '.join(sorted(n))}" for m, n in sorted(names.items())]
    return "\n".join(lines) + "\n"


def conflict(new: Source, kept: Mapping[str, Source]) -> str:
    """A name that two functions need with different meanings, or "": a helper or an import."""
    mine = _bound(new)
    for name, other in kept.items():
        if name != new.name:
            for helper, text in _bound(other).items():
                if mine.get(helper, text) != text:
                    return helper
    return ""


def _bound(source: Source) -> dict[str, str]:
    """What a function brings along: name to text."""
    bound = dict(source.helpers)
    for statement in source.imports:
        node = ast.parse(statement).body[0]
        assert isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names:
            # `import a.b` and `import a.c` both bind a, and get on with each other.
            name = alias.asname or alias.name.partition(".")[0]
            bound[name] = statement if alias.asname or "." not in alias.name else f"import {name}"
    return bound


def write(folder: Path, text: str, digest: str) -> tuple[str, str]:
    """Write the file; return the new digest, and a word if a file of another hand was there.

    digest is that of the file as it was written last: a file that differs was changed by
    somebody, and is set aside first.
    """
    path = folder / NAME
    word = ""
    if path.exists():
        there = hashlib.sha256(path.read_bytes()).hexdigest()
        if there == hashlib.sha256(text.encode("utf-8")).hexdigest():
            return there, ""
        if there != digest:
            word = say(
                "{file} had been changed by hand: that is now {aside}.",
                file=NAME,
                aside=set_aside(path, "changed").name,
            )
    write_whole(path, text)
    return hashlib.sha256(path.read_bytes()).hexdigest(), word
