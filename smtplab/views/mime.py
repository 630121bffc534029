"""The MIME explorer: the tree of a message, its octets, and the rules that it breaks, by line.

With two messages, both trees, and what differs. What is said here of a part, a line, a mark and
a difference is said by the live view too.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from ..catalogue import counted
from . import texts
from .html import Html, el, fold, heading, one_line, page, printout, size, table
from .mailbox import defect_words

if TYPE_CHECKING:
    from ..exercises.marks import Mark, Marks
    from ..lab import Defect, Difference, Exploration, Node, Outline

__all__ = [
    "base64_runs",
    "called",
    "difference",
    "html",
    "judged",
    "limits",
    "line_range",
    "mark_limits",
    "mark_sentence",
    "side",
    "text",
    "title",
    "unasked",
]

MAX_LINE = 200  # characters
MAX_VALUE = 1_000  # characters
MAX_FIELDS = 60  # of one part
MAX_PARTS = 100
MAX_LINES = 200  # of the raw message
MAX_MARKS = 60
MAX_DIFFERENCES = 100
MAX_PARSED = 1_000_000  # octets: the parser is asked for its defects of a message up to this
FOLD_LINES = 12  # lines of base64 that are shown as they are
FIRST, LAST = 3, 1  # lines of longer ones that are shown all the same


# What is said of a part, a line, a mark, a difference


def title(exploration: "Exploration") -> str:
    subjects = [_subject(outline) for outline in exploration.outlines]
    if len(subjects) == 1:
        return texts.MIME_TITLE.format(subject=subjects[0])
    return texts.MIME_TITLE_TWO.format(here=subjects[0], there=subjects[1])


def side(outline: "Outline") -> str:
    """One of the messages: its subject, its size, its lines."""
    return texts.MIME_SIDE.format(
        subject=_subject(outline),
        size=size(len(outline.raw)),
        lines=counted(outline.lines.count, texts.LINES),
    )


def _subject(outline: "Outline") -> str:
    # Not message.subject: that parses the whole message.
    found = (f for f in outline.root.fields if f.name.lower() == "subject")
    return next((one_line(outline.decoded(f), 80) for f in found), "") or texts.NO_SUBJECT


def called(node: "Node") -> str:
    return texts.MIME_PART.format(name=node.name) if node.path else texts.MIME_WHOLE


def line_range(outline: "Outline", start: int, end: int) -> tuple[int, int]:
    """The first and the last line, numbered from 1, of some octets."""
    first = outline.lines.number(start)
    last = outline.lines.number(max(start, end - 1))
    return first + 1, max(first, last) + 1


def _lines(outline: "Outline", start: int, end: int) -> str:
    first, last = line_range(outline, start, end)
    words = texts.MIME_LINE if first == last else texts.MIME_LINES
    return words.format(first=f"{first:,}", last=f"{last:,}")


def describe(node: "Node") -> list[str]:
    """Type, name, disposition and encoding of a part, as far as it has them."""
    said = [one_line(node.type, 80)]
    if node.filename:
        said.append(one_line(node.filename, 80))
    if node.disposition:
        said.append(one_line(node.disposition, 40))
    if not node.children:
        said.append(one_line(node.encoding, 40))
    return [*said, size(node.end - node.body)]


def base64_runs(outline: "Outline") -> list[tuple[int, int, int]]:
    """Long runs of base64: the first line from 0, how many, and their octets."""
    runs = []
    for node in outline.nodes:
        if node.encoding != "base64" or node.children or node.end - node.body < 4:
            continue
        first = outline.lines.number(node.body) + FIRST
        count = outline.lines.number(node.end - 1) + 1 - LAST - first
        if count > FOLD_LINES:
            start, end = outline.lines.start(first), outline.lines.start(first + count)
            runs.append((first, count, end - start))
    return runs


_judged: "WeakKeyDictionary[Exploration, dict[int, Marks]]" = WeakKeyDictionary()


def judged(exploration: "Exploration", number: int) -> "Marks":
    """The marks of one of the messages. Python's parser is not asked about a big one."""
    from ..exercises.marks import marks

    known = _judged.setdefault(exploration, {})
    if number not in known:
        message = None if unasked(exploration, number) else exploration.messages[number]
        known[number] = marks(exploration.outlines[number], message)
    return known[number]


def unasked(exploration: "Exploration", number: int) -> bool:
    """Whether a message is too big for Python's parser to be asked about it."""
    return len(exploration.messages[number].raw) > MAX_PARSED


def mark_sentence(mark: "Mark") -> str:
    if mark.reason == "defect":
        words = defect_words(cast("Defect", mark.sentence))
        return texts.MIME_DEFECT.format(defect=one_line(words, 300))
    return one_line(mark.sentence, 400)


def limits(outline: "Outline") -> list[str]:
    return [texts.MIME_LIMITS[what].format(limit=most) for what, most in outline.limits]


def mark_limits(exploration: "Exploration", number: int) -> list[str]:
    """What was not judged in one of the messages."""
    found = judged(exploration, number).limits
    said = [texts.MIME_MARK_LIMITS[what].format(limit=most) for what, most in found]
    return [*said, texts.MIME_DEFECTS_LATER] if unasked(exploration, number) else said


def difference(one: "Difference") -> str:
    kind = "field-alone" if one.kind == "field" and not (one.here and one.there) else one.kind
    return texts.MIME_DIFFERENCE[kind].format(name=one_line(one.name, 80) or texts.MIME_NO_FIELD)


def _where(outline: "Outline", ranges: tuple[tuple[int, int], ...]) -> str:
    """The part and the lines of one side of a difference."""
    if not ranges:
        return texts.NONE
    node = outline.nodes[outline.span(ranges[0][0]).node]
    lines = texts.LIST.join(_lines(outline, *run) for run in ranges[:3])
    return texts.LIST.join([called(node), lines, *(["…"] if len(ranges) > 3 else [])])


def _fields(outline: "Outline", node: "Node") -> Iterator[tuple[str, ...]]:
    """The lines, the name, the value as it stands, and decoded, of each field of a header."""
    for one in node.fields[:MAX_FIELDS]:
        value, decoded = outline.value(one), outline.decoded(one)
        same = decoded == value
        yield (
            str(line_range(outline, one.start, one.end)[0]),
            one_line(one.name, 80) or texts.MIME_NO_FIELD,
            one_line(value, MAX_VALUE),
            texts.MIME_SAME if same else one_line(decoded, MAX_VALUE),
        )


def _field_title(node: "Node") -> str:
    fields = counted(len(node.fields), texts.MIME_FIELDS_COUNT)
    return texts.MIME_FIELDS.format(part=called(node), fields=fields)


def _raw(outline: "Outline") -> Iterator[str]:
    """The lines with their numbers; long runs of base64 are left out."""
    runs = {first: count for first, count, _ in base64_runs(outline)}
    number = shown = 0
    while number < outline.lines.count and shown < MAX_LINES:
        if number in runs:
            left_out = texts.MIME_FOLDED.format(lines=counted(runs[number], texts.LINES))
            yield f"{'':>7}  {left_out}"
            number += runs[number]
        else:
            [(start, end)] = outline.lines.take(number, 1)
            said = outline.raw[start : min(end, start + 4 * MAX_LINE)]
            said = said.removesuffix(b"\n").removesuffix(b"\r")
            cut = one_line(said.decode("utf-8", "backslashreplace"), MAX_LINE)
            yield f"{number + 1:7}  {cut}"
            number += 1
        shown += 1
    if number < outline.lines.count:
        more = counted(outline.lines.count - number, texts.LINES)
        yield f"{'':>7}  {texts.MIME_MORE_LINES.format(lines=more)}"


# The text


def text(exploration: "Exploration") -> str:
    """The tree, the fields that are encoded, the marks, and what differs."""
    said = [title(exploration)]
    for number, outline in enumerate(exploration.outlines):
        said += ["", side(outline), *_tree_text(outline)]
        for node in outline.nodes[:MAX_PARTS]:
            rows = [row for row in _fields(outline, node) if row[3] != texts.MIME_SAME]
            for line, name, value, decoded in rows:
                said.append(f"{line:>7}  {name}: {value}")
                said.append(" " * 9 + texts.NAMED.format(name=texts.MIME_DECODED, value=decoded))
        found = judged(exploration, number)
        said.append(_marks_title(found))
        said += [f"  {words}" for words in _marks_text(outline, found)]
        said += [f"  {words}" for words in mark_limits(exploration, number)]
    if exploration.other is not None:
        rows = list(_differences(exploration))
        said += ["", _differences_title(exploration)]
        said += [f"  {what} ({' | '.join(places)})" for what, *places in rows]
    return "\n".join(said)


def _tree_text(outline: "Outline") -> Iterator[str]:
    for node in outline.nodes[:MAX_PARTS]:
        indent = "    " * len(node.path)
        lines = _lines(outline, node.start, node.end)
        yield (
            f"  {indent}{' '.join(filter(None, [node.name, *describe(node)[:1]]))}  "
            + texts.LIST.join([*describe(node)[1:], lines])
        )
    yield from limits(outline)


def _marks_text(outline: "Outline", found: "Marks") -> Iterator[str]:
    for mark in found.found[:MAX_MARKS]:
        link = _rfc(mark)
        lines = _lines(outline, mark.start, mark.start + mark.length)
        yield f"{_sign(mark)} {lines}: {mark_sentence(mark)}{f' ({link})' if link else ''}"


def _marks_title(found: "Marks") -> str:
    return counted(len(found), texts.MIME_MARKS) if len(found) else texts.MIME_MARKS_NONE


def _sign(mark: "Mark") -> str:
    return texts.MIME_SIGNS["defect" if mark.reason == "defect" else "rule"]


def _rfc(mark: "Mark") -> str:
    return texts.RFC_LABEL.format(rfc=mark.rfc, section=mark.section) if mark.rfc else ""


def _differences(exploration: "Exploration") -> Iterator[tuple[str, ...]]:
    here, there = exploration.outlines
    for one in exploration.differences[:MAX_DIFFERENCES]:
        yield difference(one), _where(here, one.here), _where(there, one.there)


def _differences_title(exploration: "Exploration") -> str:
    count = len(exploration.differences)
    return counted(count, texts.MIME_DIFFERENCES) if count else texts.MIME_NO_DIFFERENCE


# The page


def html(exploration: "Exploration") -> str:
    """Each message: tree, marks, header fields, and the raw lines; then what differs."""
    named = title(exploration)
    drawn: list[Html] = []
    for number in range(len(exploration.outlines)):
        drawn.extend(_message(exploration, number))
    if exploration.other is not None:
        drawn.append(heading(_differences_title(exploration), level=4))
        rows = list(_differences(exploration))
        if rows:
            caption = _differences_title(exploration)
            drawn.append(table(caption, texts.MIME_DIFFERENCE_COLUMNS, rows))
    return page("mime", named, heading(named), *drawn)


def _message(exploration: "Exploration", number: int) -> Iterator[Html]:
    outline = exploration.outlines[number]
    yield heading(side(outline), level=4)
    left = iter(outline.nodes[:MAX_PARTS])
    yield el("ul", _branch(outline, next(left), {id(node) for node in left}))
    for words in limits(outline):
        yield el("p", words, class_="sm-muted")
    found = judged(exploration, number)
    if len(found):
        items = (_mark(outline, mark) for mark in found.found[:MAX_MARKS])
        yield fold(_marks_title(found), el("ul", *items), is_open=True)
    else:
        yield el("p", _marks_title(found), class_="sm-muted")
    for words in mark_limits(exploration, number):
        yield el("p", words, class_="sm-muted")
    for node in outline.nodes[:MAX_PARTS]:
        if node.fields:
            named = _field_title(node)
            yield fold(named, table(named, texts.MIME_FIELD_COLUMNS, _fields(outline, node)))
    named = texts.MIME_RAW.format(lines=counted(outline.lines.count, texts.LINES))
    yield fold(named, printout("\n".join(_raw(outline)), named, wrap=False))


def _branch(outline: "Outline", node: "Node", drawn: set[int]) -> Html:
    """A part, and below it what is in it."""
    first, *others = describe(node)
    name = el("span", f"{node.name} ", class_="sm-muted") if node.path else None
    said = texts.LIST.join([*others, _lines(outline, node.start, node.end)])
    below = [_branch(outline, child, drawn) for child in node.children if id(child) in drawn]
    return el("li", name, el("strong", first), f" {said}", el("ul", *below) if below else None)


def _mark(outline: "Outline", mark: "Mark") -> Html:
    words = texts.MIME_SIGN_DEFECT if mark.reason == "defect" else texts.MIME_SIGN_RULE
    lines = _lines(outline, mark.start, mark.start + mark.length)
    link = None
    if mark.rfc:
        link = el("a", _rfc(mark), href=texts.RFC_URL.format(rfc=mark.rfc, section=mark.section),
                  target="_blank", rel="noopener noreferrer")  # fmt: skip
    sign = el("span", _sign(mark), aria_hidden="true")
    return el("li", sign, el("span", words, class_="sm-hidden"), f" {lines}: ",
              mark_sentence(mark), " " if link else None, link)  # fmt: skip
