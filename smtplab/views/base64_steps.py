"""Base64 as it stands on paper: characters, octets, bits, sixes, numbers, letters."""

import platform
from collections.abc import Iterator

from wcwidth import wcswidth

from ..lab import Base64, Blocks
from ..lab.base64_steps import Reading
from .html import Html, el, join, one_line, scrolling, size
from .said import WORDS
from .view import Piece, View, apart, columns, grid, head, named, para

__all__ = ["blocks_view", "view", "written"]

LINE = 9  # octets: three groups of four letters
MAX_OCTETS = 60
MAX_BLOCKS = 6  # the first and the last of them
EDGE = 16  # letters that are shown at each end of a block

Cell = tuple[str, int]  # what stands there, and over how many bits


def view(picture: Base64) -> View:
    """Six rows for each nine octets. On a page a cell is as wide as its bits."""
    if not picture.data:
        return View("base64", WORDS("base64.empty"), [])
    label = WORDS(
        "base64.padded" if picture.padding else "base64.whole_groups",
        octets=size(len(picture.data)),
        letters=WORDS("base64.letter_count", count=picture.size),
        padding=picture.padding,
    )
    pieces = [_lines(label, picture)]
    rest = len(picture.data) - MAX_OCTETS
    if rest > 0:
        pieces.append(apart(para(WORDS("base64.rest", octets=size(rest)))))
    elif picture.padding:
        added = WORDS("base64.added_text", bits=picture.sextets[-1].added)
        pieces.append(Piece(["", added], lambda: el("p", WORDS("base64.added"))))
    return View("base64", label, pieces)


def _lines(label: str, picture: Base64) -> Piece:
    # A character of four octets may begin with the last octet that is shown.
    near = Base64(picture.data[: MAX_OCTETS + 4])
    names = WORDS.get("base64.rows").values()
    said: list[str] = []
    bodies = []
    for start in range(0, min(len(picture.data), MAX_OCTETS), LINE):
        rows = list(zip(names, _rows(near, start), strict=True))
        said += ["", *columns((name, _spread(cells)) for name, cells in rows)]
        last = min(start + LINE, MAX_OCTETS, len(picture.data))
        place = WORDS("base64.line", first=start + 1, last=last)
        bodies.append(el("tbody", *(_row(*row) for row in rows), aria_label=place))
    caption = el("caption", label, class_="sm-hidden")
    drawn = el("table", caption, *bodies, class_="sm-sextets")
    return Piece(said, lambda: scrolling("div", drawn, label, "sm-scroll"))


def _rows(picture: Base64, start: int) -> Iterator[list[Cell]]:
    """Nine octets at most, and what becomes of them."""
    octets = picture.data[start : min(start + LINE, MAX_OCTETS)]
    end = start + len(octets)
    first = start // 3 * 4
    sextets = picture.sextets[first : first - (-len(octets) * 8 // 6)]
    padding = picture.padding if end == len(picture.data) else ""
    yield list(_characters(picture, start, end))
    yield [(f"{octet:02x}", 8) for octet in octets]
    yield [(f"{octet:08b}", 8) for octet in octets]
    yield [(_completed(six.bits, 6 - six.added), 6) for six in sextets]
    yield [(str(six.number), 6) for six in sextets]
    yield [(letter, 6) for letter in (*(six.letter for six in sextets), *padding)]


def _characters(picture: Base64, start: int, end: int) -> Iterator[Cell]:
    for character in picture.characters:
        first, last = character.first, character.first + len(character.octets)
        if last > start and first < end:
            shown = written(character.text) or WORDS("base64.no_character")
            yield shown if first >= start else "…", 8 * (min(last, end) - max(first, start))


def written(character: str) -> str:
    """A character as its cell has it; "" for an octet that is none."""
    return "␣" if character == " " else one_line(character)


def _completed(bits: str, own: int) -> str:
    """Six bits; zeros that complete them are underlined."""
    return bits if own == len(bits) else join([bits[:own], el("u", bits[own:])])


def _spread(cells: list[Cell]) -> str:
    """Cells at the places of their bits; a wide character takes two columns."""
    row = ""
    for said, bits in cells:
        text = said.striptags() if isinstance(said, Html) else said
        # A space between the octets, or between the sixes.
        wide = bits + bits // (6 if bits == 6 else 8)
        row += text + " " * max(1, wide - wcswidth(text))
    return row


def _row(name: str, cells: list[Cell]) -> Html:
    drawn = (el("td", el("code", said), colspan=str(bits)) for said, bits in cells)
    return el("tr", el("th", name, scope="row"), *drawn)


# Blocks


def blocks_view(blocks: Blocks) -> View:
    """Why, the letters around each seam, and what three decoders make of them."""
    title = WORDS("base64.in_blocks", octets=size(len(blocks.source)), size=blocks.size)
    decoders = grid(title, WORDS.get("base64.columns"), _readings(blocks))
    joined = apart(head(WORDS("base64.joined"), level=4))
    return View("base64", title, [para(_why(blocks)), joined, *_seams(blocks), apart(decoders)])


def _why(blocks: Blocks) -> str:
    """Whether these blocks do harm, and why."""
    if len(blocks.letters) < 2:
        return WORDS("base64.all_in_one")
    values = {"size": blocks.size, "threes": blocks.size // 3}
    if not blocks.left_over:
        return WORDS("base64.harmless", **values)
    padding = "=" * (-blocks.size % 3)
    return WORDS("base64.harm", **values, over=blocks.left_over, padding=padding)


def _seams(blocks: Blocks) -> Iterator[Piece]:
    """The letters of each block, long ones and many ones cut."""
    count = len(blocks.letters)
    for number, letters in enumerate(blocks.letters, 1):
        if count > MAX_BLOCKS and MAX_BLOCKS // 2 < number <= count - MAX_BLOCKS // 2:
            if number == MAX_BLOCKS // 2 + 1:
                yield para(WORDS("base64.more_blocks", count=count - MAX_BLOCKS))
            continue
        cut = f"{letters[:EDGE]} … {letters[-EDGE:]}"
        shown = letters if len(letters) <= len(cut) else cut
        yield named(WORDS("base64.block", number=number), shown, el("code", shown))


def _readings(blocks: Blocks) -> list[tuple[str, str, str]]:
    """Decoders: which, how much comes out, how much of that is right."""
    decoders = [
        (WORDS("base64.decoders.stops"), blocks.stops),
        (WORDS("base64.decoders.passes"), blocks.passes),
        (WORDS("base64.decoders.strict"), blocks.strict),
        (WORDS("base64.python_is", version=platform.python_version()), blocks.lenient),
    ]
    return [(name, *_reading(made, len(blocks.source))) for name, made in decoders]


def _reading(reading: Reading, total: int) -> tuple[str, str]:
    if reading.octets is None:
        because = WORDS("base64.refuses_because", error=one_line(reading.error))
        return WORDS("base64.refuses"), because
    if reading.whole:
        return size(len(reading.octets)), WORDS("base64.right")
    said = WORDS("base64.partly_right", right=reading.right, total=total)
    return size(len(reading.octets)), said
