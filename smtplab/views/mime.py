"""The MIME explorer: the tree of a message, its octets, and the rules that it breaks, by line.

With two messages, both trees, and what differs. What is said here of a part, a line, a mark and
a difference is said by the live view too.
"""

from collections.abc import Iterator

from ..lab import Difference, Exploration
from ..mime import Letter, Part, Violation
from .html import (
    NONE,
    Html,
    el,
    field_value,
    file_name,
    fold,
    left_out,
    line_count,
    one_line,
    printout,
    size,
    table,
)
from .rfc import label, link
from .said import WORDS
from .view import Piece, View, apart, drawn, folded, head, para, together

__all__ = [
    "base64_runs", "called", "describe", "difference", "line_range", "mark_sentence", "marked",
    "side", "title", "view",
]  # fmt: skip

SIGN = "▲"  # of a rule that is broken
MAX_LINE = 200  # characters
MAX_VALUE = 1_000  # characters
MAX_FIELDS = 60  # of one part
MAX_PARTS = 100
MAX_LINES = 200  # of the raw message
MAX_MARKS = 60
MAX_DIFFERENCES = 100
FOLD_LINES = 12  # lines of base64 that are shown as they are
FIRST, LAST = 3, 1  # lines of longer ones that are shown all the same


# What is said of a part, a line, a mark, a difference


def title(exploration: Exploration) -> str:
    subjects = [_subject(outline) for outline in exploration.letters]
    if len(subjects) == 1:
        return WORDS("mime.title", subject=subjects[0])
    return WORDS("mime.title_two", here=subjects[0], there=subjects[1])


def side(outline: Letter) -> str:
    """One of the messages: its subject, its size, its lines."""
    sizes = WORDS("shared.list").join((size(len(outline.raw)), line_count(outline.lines.count)))
    return f"{_subject(outline)} ({sizes})"


def _subject(outline: Letter) -> str:
    # Not message.subject: that parses the whole message.
    found = (f for f in outline.root.fields if f.name.lower() == "subject")
    subject = next((field_value(f.name, f.decoded, 80) for f in found), "")
    return subject or WORDS("mailbox.no_subject")


def called(node: Part) -> str:
    return WORDS("mime.part", name=node.name) if node.path else WORDS("mime.whole")


def line_range(outline: Letter, start: int, end: int) -> tuple[int, int]:
    """The first and the last line, numbered from 1, of some octets."""
    first = outline.lines.number(start)
    last = outline.lines.number(max(start, end - 1))
    return first + 1, max(first, last) + 1


def _lines(outline: Letter, start: int, end: int) -> str:
    first, last = line_range(outline, start, end)
    if first == last:
        return WORDS("mime.line", line=f"{first:,}")
    return WORDS("mime.lines", first=f"{first:,}", last=f"{last:,}")


def describe(node: Part) -> list[str]:
    """Type, name, disposition and encoding of a part, as far as it has them."""
    said = [one_line(node.content_type, 80)]
    if node.filename:
        said.append(file_name(node.filename, 80))
    if node.disposition:
        said.append(one_line(node.disposition, 40))
    if not node.children:
        said.append(one_line(node.encoding, 40))
    return [*said, size(node.end - node.body)]


def base64_runs(outline: Letter) -> list[tuple[int, int, int]]:
    """Long runs of base64: the first line from 0, how many, and their octets."""
    runs = []
    for node in outline.parts:
        if node.encoding != "base64" or node.children or node.end - node.body < 4:
            continue
        first = outline.lines.number(node.body) + FIRST
        count = outline.lines.number(node.end - 1) + 1 - LAST - first
        if count > FOLD_LINES:
            start, end = outline.lines.start(first), outline.lines.start(first + count)
            runs.append((first, count, end - start))
    return runs


def marked(letter: Letter) -> list[Violation]:
    """The rules that are broken, in the order of the octets."""
    return sorted(letter.violations, key=lambda one: (one.start, one.end))


def mark_sentence(mark: Violation) -> str:
    return one_line(mark.sentence, 400)


def difference(one: Difference) -> str:
    alone = one.kind in ("part", "field") and not (one.here and one.there)
    kind = "alone" if alone else one.kind
    return WORDS(f"mime.differ.{kind}", name=one_line(one.name, 80) or WORDS("mime.no_field"))


# The view


def view(exploration: Exploration) -> View:
    """Each message: tree, broken rules, header fields, and the raw lines; then what differs."""
    label = title(exploration)
    pieces = [piece for letter in exploration.letters for piece in _message(letter)]
    if len(exploration.letters) > 1:
        count = len(exploration.differences)
        caption = WORDS("mime.differences", count=count) if count else WORDS("mime.no_differences")
        pieces.append(apart(head(caption, level=4)))
        if count:
            rows = list(_differences(exploration))
            lines = [f"  {what} ({here} | {there})" for what, here, there in rows]
            heads = WORDS.get("mime.difference_columns")
            pieces.append(Piece(lines, lambda: table(caption, heads, rows)))
            where = "message.explore(other).differences"
            more = left_out("mime.differences", count - MAX_DIFFERENCES, where)
            pieces += map(para, more)
    return View("mime", label, pieces)


def _message(outline: Letter) -> Iterator[Piece]:
    yield apart(head(side(outline), level=4))
    yield _tree(outline)
    for limit in outline.limits:
        yield para(limit.sentence, "sm-muted")
    yield _marks(outline)
    for limit in outline.unjudged:
        yield para(limit.sentence, "sm-muted")
    for node in outline.parts[:MAX_PARTS]:
        if node.fields:
            yield _fields(outline, node)
    named = WORDS("mime.raw_lines", lines=line_count(outline.lines.count))
    yield drawn(lambda: fold(named, printout("\n".join(_raw(outline)), named, wrap=False)))


def _tree(outline: Letter) -> Piece:
    shown = outline.parts[:MAX_PARTS]
    lines = []
    for node in shown:
        first, rest = _described(outline, node)
        name = f"{node.name} " if node.path else ""
        lines.append(f"  {'    ' * len(node.path)}{name}{first}  {rest}")
    count = len(outline.parts) - MAX_PARTS
    more = left_out("mailbox.part_count", count, "message.letter.parts")
    tree = Piece(lines, lambda: el("ul", _branch(outline, shown[0], set(shown))))
    return together(tree, *map(para, more))


def _branch(outline: Letter, node: Part, shown: set[Part]) -> Html:
    """A part, and below it what is in it."""
    first, rest = _described(outline, node)
    name = el("span", f"{node.name} ", class_="sm-muted") if node.path else None
    below = [_branch(outline, child, shown) for child in node.children if child in shown]
    return el("li", name, el("strong", first), f" {rest}", el("ul", *below) if below else None)


def _described(outline: Letter, node: Part) -> tuple[str, str]:
    """The type of a part, and all else that there is to say of it."""
    first, *rest = describe(node)
    return first, WORDS("shared.list").join([*rest, _lines(outline, node.start, node.end)])


def _marks(outline: Letter) -> Piece:
    found = marked(outline)
    if not found:
        return para(WORDS("mime.no_marks"), "sm-muted")
    caption = WORDS("mime.marks", count=len(found))
    lines, items = [], []
    sign = el("span", SIGN, aria_hidden="true")
    hidden = el("span", WORDS("mime.rule"), class_="sm-hidden")
    for mark in found[:MAX_MARKS]:
        where = _lines(outline, mark.start, mark.end)
        said = f" {WORDS('shared.named', name=where, value=mark_sentence(mark))} "
        lines.append(f"  {SIGN}{said}({label(mark.rfc, mark.section)})")
        items.append(el("li", sign, hidden, said, link(mark.rfc, mark.section)))
    more = left_out("mailbox.defect_count", len(found) - MAX_MARKS, "message.defects")
    listed = Piece(lines, lambda: el("ul", *items))
    return folded(caption, listed, *map(para, more), is_open=True)


def _fields(outline: Letter, node: Part) -> Piece:
    """The header of a part; a terminal shows what is encoded in it."""
    lines, rows = [], []
    for one in node.fields[:MAX_FIELDS]:
        line = str(line_range(outline, one.start, one.end)[0])
        name = one_line(one.name, 80) or WORDS("mime.no_field")
        value, decoded = (field_value(name, v, MAX_VALUE) for v in (one.value, one.decoded))
        if one.decoded != one.value:
            words = WORDS("shared.named", name=WORDS("mime.decoded"), value=decoded)
            lines += [f"{line:>7}  {name}: {value}", f"{'':9}{words}"]
        else:
            decoded = WORDS("mime.same")
        rows.append((line, name, el("code", value), decoded))
    fields = WORDS("mime.field_count", count=len(node.fields))
    caption = WORDS("mime.fields", part=called(node), fields=fields)
    heads = WORDS.get("mime.field_columns")
    more = left_out("mime.field_count", len(node.fields) - MAX_FIELDS, "message.raw")
    return Piece(lines, lambda: fold(caption, table(caption, heads, rows), *more))


def _raw(outline: Letter) -> Iterator[str]:
    """The lines with their numbers; long runs of base64 are left out."""
    runs = {first: count for first, count, _ in base64_runs(outline)}
    number = shown = 0
    while number < outline.lines.count and shown < MAX_LINES:
        if number in runs:
            folded = WORDS("mime.folded", lines=line_count(runs[number]))
            yield f"{'':>7}  {folded}"
            number += runs[number]
        else:
            [(start, end)] = outline.lines.take(number, 1)
            said = outline.raw[start : min(end, start + 4 * MAX_LINE)]
            said = said.removesuffix(b"\n").removesuffix(b"\r")
            cut = one_line(said.decode("utf-8", "backslashreplace"), MAX_LINE)
            yield f"{number + 1:7}  {cut}"
            number += 1
        shown += 1
    for more in left_out("shared.line_count", outline.lines.count - number, "message.raw"):
        yield f"{'':>7}  {more}"


def _differences(exploration: Exploration) -> Iterator[tuple[str, ...]]:
    here, there = exploration.letters
    for one in exploration.differences[:MAX_DIFFERENCES]:
        yield difference(one), _where(here, one.here), _where(there, one.there)


def _where(outline: Letter, ranges: tuple[tuple[int, int], ...]) -> str:
    """The part and the lines of one side of a difference."""
    if not ranges:
        return NONE
    node = outline.parts[outline.span(ranges[0][0]).part]
    lines = [_lines(outline, *run) for run in ranges[:3]]
    return WORDS("shared.list").join([called(node), *lines, *(["…"] if len(ranges) > 3 else [])])
