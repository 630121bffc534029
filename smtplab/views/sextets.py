"""Base64 as it stands on paper: characters, octets, bits, sixes, numbers, letters."""

import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..catalogue import columns, counted, padded
from . import texts
from .html import Html, el, heading, one_line, page, size, table

if TYPE_CHECKING:
    from ..lab import Base64, Blocks
    from ..lab.sextets import Reading

__all__ = ["blocks_html", "blocks_text", "html", "readings", "text", "why"]

LINE = 9  # octets: three groups of four letters
MAX_OCTETS = 60
MAX_BLOCKS = 6  # the first and the last of them
EDGE = 16  # letters that are shown at each end of a block


class Line:
    """Nine octets at most, and what becomes of them. Each cell is its text and its bits."""

    def __init__(self, picture: "Base64", start: int) -> None:
        self.first = start + 1
        octets = picture.data[start : min(start + LINE, MAX_OCTETS)]
        self.last = start + len(octets)
        sextets = picture.sextets[start // 3 * 4 : (start + LINE) // 3 * 4]
        sextets = sextets[: -(-len(octets) * 8 // 6)]
        self.characters = list(self._characters(picture, start, self.last))
        self.octets = [f"{octet:02x}" for octet in octets]
        self.bits = [f"{octet:08b}" for octet in octets]
        self.sextets = [(six.bits, six.added) for six in sextets]
        self.numbers = [str(six.number) for six in sextets]
        self.letters = [six.letter for six in sextets]
        if self.last == len(picture.data):
            self.letters += picture.padding

    @staticmethod
    def _characters(picture: "Base64", start: int, end: int) -> Iterator[tuple[str, int]]:
        """What to write, and over how many octets of this line."""
        for character in picture.characters:
            first, last = character.first, character.first + len(character.octets)
            if last <= start or first >= end:
                continue
            shown = written(character.text)
            yield (shown if first >= start else texts.BASE64_PART,
                   min(last, end) - max(first, start))  # fmt: skip


def written(character: str) -> str:
    """A character as its cell has it: what cannot be seen is made visible."""
    if not character:
        return texts.BASE64_NO_CHARACTER
    return texts.BASE64_SPACE if character == " " else one_line(character)


def lines(picture: "Base64") -> list[Line]:
    # A character of four octets may begin with the last octet that is shown.
    near = type(picture)(picture.data[: MAX_OCTETS + 4])
    if len(picture.data) <= MAX_OCTETS:
        near = picture
    return [Line(near, start) for start in range(0, min(len(picture.data), MAX_OCTETS), LINE)]


def title(picture: "Base64") -> str:
    if not picture.data:
        return texts.BASE64_EMPTY
    return texts.BASE64_TITLE.format(
        octets=size(len(picture.data)),
        letters=counted(picture.size, texts.BASE64_LETTERS),
        padding=texts.BASE64_PADDING[picture.padding],
    )


def more(picture: "Base64") -> str | None:
    rest = len(picture.data) - MAX_OCTETS
    return texts.BASE64_MORE.format(octets=size(rest)) if rest > 0 else None


def text(picture: "Base64") -> str:
    """Six rows for each nine octets."""
    said = [title(picture)]
    for line in lines(picture):
        rows = (
            _spread(line.characters, 9),
            _spread([(octet, 1) for octet in line.octets], 9),
            " ".join(line.bits),
            " ".join(bits for bits, _ in line.sextets),
            _spread([(number, 1) for number in line.numbers], 7),
            _spread([(letter, 1) for letter in line.letters], 7),
        )
        width = max(map(columns, texts.BASE64_ROWS))
        named = zip(texts.BASE64_ROWS, rows, strict=True)
        said += ["", *(f"  {padded(name, width)}  {row}".rstrip() for name, row in named)]
    if picture.padding and len(picture.data) <= MAX_OCTETS:
        said += ["", texts.BASE64_ADDED_TEXT.format(bits=picture.sextets[-1].added)]
    rest = more(picture)
    return "\n".join([*said, *(["", rest] if rest else [])])


def _spread(cells: list[tuple[str, int]], width: int) -> str:
    """Cells at the places of their bits; a wide character takes two columns."""
    row = ""
    for said, count in cells:
        row += said + " " * max(1, count * width - columns(said))
    return row


def html(picture: "Base64") -> str:
    """One table; a cell is as wide as its bits."""
    named = title(picture)
    if not picture.data:
        return page("base64", named, el("p", named))
    bodies = [_body(line) for line in lines(picture)]
    note = texts.BASE64_ADDED if picture.padding and len(picture.data) <= MAX_OCTETS else None
    drawn = el("table", el("caption", named, class_="sm-hidden"), *bodies, class_="sm-sextets")
    # A cell as wide as its bits is too wide for a small page: there it scrolls, by keyboard too.
    scrolled = el("div", drawn, class_="sm-scroll", tabindex="0", role="region", aria_label=named)
    rest = more(picture)
    return page("base64", named, heading(named), scrolled, el("p", note) if note else None,
                el("p", rest) if rest else None)  # fmt: skip


def _body(line: Line) -> Html:
    def row(name: str, cells: list[Html]) -> Html:
        return el("tr", el("th", name, scope="row"), *cells)

    def plain(cells: list[str], bits: int) -> list[Html]:
        return [el("td", el("code", cell), colspan=str(bits)) for cell in cells]

    sixes = [
        el("td", el("code", bits[: 6 - added], el("u", bits[6 - added :]) if added else None),
           colspan="6")
        for bits, added in line.sextets
    ]  # fmt: skip
    characters = [
        el("td", el("code", said), colspan=str(count * 8)) for said, count in line.characters
    ]
    cells = (
        characters,
        plain(line.octets, 8),
        plain(line.bits, 8),
        sixes,
        plain(line.numbers, 6),
        plain(line.letters, 6),
    )
    label = texts.BASE64_LINE.format(first=line.first, last=line.last)
    return el("tbody", *map(row, texts.BASE64_ROWS, cells), aria_label=label)


# Blocks


def blocks_text(blocks: "Blocks") -> str:
    """Why, the letters around each seam, and what three decoders make of them."""
    said = [
        _blocks_title(blocks),
        why(blocks),
        "",
        texts.NAMED.format(name=texts.BLOCKS_JOINED, value="").rstrip(),
    ]
    said += [
        "  " + texts.NAMED.format(name=name, value=letters) if name else f"  {letters}"
        for name, letters in _seams(blocks)
    ]
    rows = readings(blocks)
    first, second, _ = (max(map(columns, column)) for column in zip(*rows, strict=True))
    said.append("")
    said += [f"  {padded(a, first)}  {padded(b, second)}  {c}" for a, b, c in rows]
    return "\n".join(said)


def blocks_html(blocks: "Blocks") -> str:
    named = _blocks_title(blocks)
    seams = [
        el("p", texts.NAMED.format(name=name, value="") if name else None, el("code", letters))
        for name, letters in _seams(blocks)
    ]
    head, *rows = readings(blocks)
    return page(
        "base64",
        named,
        heading(named),
        el("p", why(blocks)),
        heading(texts.BLOCKS_JOINED, level=4),
        *seams,
        table(named, head, rows),
    )


def _blocks_title(blocks: "Blocks") -> str:
    return texts.BLOCKS_TITLE.format(octets=size(len(blocks.source)), size=blocks.size)


def why(blocks: "Blocks") -> str:
    """Whether these blocks do harm, and why."""
    if len(blocks.letters) < 2:
        return texts.BLOCKS_ALL_IN_ONE
    words = texts.BLOCKS_HARM if blocks.left_over else texts.BLOCKS_HARMLESS
    return words.format(size=blocks.size, threes=blocks.size // 3, over=blocks.left_over,
                        padding="=" * (-blocks.size % 3))  # fmt: skip


def _seams(blocks: "Blocks") -> Iterator[tuple[str, str]]:
    """The letters of each block, long ones and many ones cut."""
    count = len(blocks.letters)
    for number, letters in enumerate(blocks.letters, 1):
        if count > MAX_BLOCKS and MAX_BLOCKS // 2 < number <= count - MAX_BLOCKS // 2:
            if number == MAX_BLOCKS // 2 + 1:
                yield "", counted(count - MAX_BLOCKS, texts.BLOCKS_MORE)
            continue
        cut = f"{letters[:EDGE]}{texts.BLOCKS_CUT}{letters[-EDGE:]}"
        yield (texts.BLOCKS_BLOCK.format(number=number),
               letters if len(letters) <= len(cut) else cut)  # fmt: skip


def readings(blocks: "Blocks") -> list[tuple[str, str, str]]:
    """Decoders: which, how much comes out, how much of that is right. The head comes first."""
    version = platform.python_version()
    rows = [texts.BLOCKS_COLUMNS]
    for name, reading in (
        (texts.BLOCKS_STOPS, blocks.stops),
        (texts.BLOCKS_PASSES, blocks.passes),
        (texts.BLOCKS_STRICT, blocks.strict),
        (texts.BLOCKS_PYTHON.format(version=version), blocks.lenient),
    ):
        rows.append((name, *_reading(reading, len(blocks.source))))
    return rows


def _reading(reading: "Reading", total: int) -> tuple[str, str]:
    if reading.octets is None:
        return texts.BLOCKS_REFUSES, texts.BLOCKS_ERROR.format(error=one_line(reading.error))
    if reading.whole:
        return size(len(reading.octets)), texts.BLOCKS_WHOLE
    right = texts.BLOCKS_RIGHT.format(right=reading.right, gone=total - reading.right, total=total)
    return size(len(reading.octets)), right
