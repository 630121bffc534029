"""my_client.py: what has passed, as one file that reads as if written by one hand."""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from ..exercises import LESSONS, by_name, given, reference_source
from ..judge import Source
from .said import WORDS
from .store import set_aside, write_whole

__all__ = ["NAME", "compose", "conflict", "program", "write"]

NAME = "my_client.py"

HEAD = '''"""My mail client, out of a bare socket.

Each function here was written in a lesson of smtplab, and passed its check, or says whose it
is. It needs nothing but Python's standard library. The next check that passes writes this file
again: change a function in its notebook.
"""
'''

# Whose a function is, when it is not the student's.
LENT = "# The course's version: yours has not passed, or has a helper that does not fit here.\n"
GIVEN = "# Given with the lesson.\n"


def program(kept: Mapping[str, Source]) -> dict[str, Source]:
    """All that a mail program is made of: what is kept, and the reference of what is missing.

    The reference also takes the place of a function with a helper that has the name of one of
    the reference's, and is another.
    """
    own = dict(kept)
    while True:
        whole: dict[str, Source] = {}
        due = [*own, "main"]
        while due:
            name = due.pop()
            if name in (*by_name(), "main") and name not in whole:
                whole[name] = own.get(name) or reference_source(name)
                due += whole[name].needs
        lent = {name: source for name, source in whole.items() if name not in own}
        clashing = [name for name, source in own.items() if conflict(source, lent)]
        if not clashing:
            return {name: whole[name] for name in by_name() if name in whole}
        for name in clashing:
            del own[name]


def compose(kept: Mapping[str, Source], own: Mapping[str, Source] | None = None) -> str:
    """The text of the file. kept are the functions that passed, by name.

    What they need of the names that come with a lesson (`ReplyError`) is there, too. own are
    those of the student, all of them when left out: above another the file says whose it is.
    """
    own = kept if own is None else own
    used = {name for source in kept.values() for name in source.needs}
    if "send_mail" in kept:
        used |= {"main", *reference_source("main").needs}
    sections: list[str] = []
    imports: list[str] = []
    written: set[str] = set()
    missing: list[str] = []
    for lesson in LESSONS:
        names = [exercise.name for exercise in lesson.exercises]
        missing += [f"{n} (lesson {lesson.number})" for n in names if n in used and n not in kept]
        with_it = [name for name, (slug, _) in given().items() if slug == lesson.slug]
        parts = [_marked(reference_source(name), GIVEN) for name in with_it if name in used]
        for part in (kept[name] for name in names if name in kept):
            parts.append(part if own.get(part.name) == part else _marked(part, LENT))
        parts.sort(key=lambda part: part.name == "main")  # it stands last
        imports += [statement for part in parts for statement in part.imports]
        texts = [text for part in parts for text in (*part.helpers.values(), part.text)]
        blocks = [text.strip("\n") for text in dict.fromkeys(texts) if text not in written]
        written.update(texts)
        if blocks:
            title = f"# Lesson {lesson.number}: {lesson.title}"
            sections.append(title + "\n\n" + _joined(blocks))
    if "main" in used:
        imports.append("import sys")
        sections.append('if __name__ == "__main__":\n    sys.exit(main())')
    head = HEAD
    if missing:
        head += "\n# Used below, and still to be written: " + ", ".join(missing) + ".\n"
    if imports:
        head += "\n" + _merged(imports)
    return "\n\n".join([head.rstrip("\n") + "\n", *(s + "\n" for s in sections)])


def _marked(part: Source, whose: str) -> Source:
    return replace(part, text=whose + part.text)


def _joined(blocks: list[str]) -> str:
    """Constants stand together; definitions have two empty lines around them."""
    text = blocks[0]
    for before, block in pairwise(blocks):
        opens = ("def ", "class ", "async ", "@", "#")
        both = not any(b.startswith(opens) for b in (before, block))
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
    new, word = hashlib.sha256(text.encode("utf-8")).hexdigest(), ""
    if path.exists():
        there = hashlib.sha256(path.read_bytes()).hexdigest()
        if there == new:
            return new, ""
        if there != digest:
            word = WORDS("was-not-as-the-last", file=NAME, aside=set_aside(path, "changed").name)
    write_whole(path, text)
    return new, word
