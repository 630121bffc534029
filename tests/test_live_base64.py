"""Base64 as a picture: what it knows, how it is shown, and what the page is told."""

import base64
import itertools
import random
from typing import Any

import pytest

from smtplab import exercises, views
from smtplab.lab import Base64, Lab
from smtplab.solutions.auth import base64_decode
from smtplab.views.live import base64_steps
from smtplab.views.said import WORDS

from .student import load
from .test_views import EVIL
from .test_views import page as drawn

OCTETS = bytes(number * 167 % 251 for number in range(1100))
TEXT = "Usé, 世界 \U0001f600"


# The picture


def test_the_lab_gives_a_picture_of_text_and_of_octets() -> None:
    with Lab() as lab:
        assert lab.base64().data == b""
        assert lab.base64("é").data == b"\xc3\xa9"
        assert lab.base64(b"\xff").data == b"\xff"
        with pytest.raises(TypeError, match="not of int"):
            lab.base64(5)  # type: ignore[arg-type]
        with pytest.raises(UnicodeEncodeError):
            lab.base64("\ud800")


def test_a_character_is_one_to_four_octets() -> None:
    picture = Base64(TEXT)
    assert [c.text for c in picture.characters] == list(TEXT)
    assert [len(c.octets) for c in picture.characters] == [len(c.encode()) for c in TEXT]
    for character in picture.characters:
        assert picture.data[character.first :].startswith(character.octets)


@pytest.mark.parametrize("data", [b"\xff", b"a\xc3", b"\xc3(", b"\xed\xa0\x80", b"\xf0\x9f\x98"])
def test_an_octet_that_is_no_character_stands_alone(data: bytes) -> None:
    characters = Base64(data).characters
    assert b"".join(c.octets for c in characters) == data
    assert {c.octets for c in characters if not c.text} == {
        bytes([octet]) for octet in data if octet > 127
    }


def test_letters_and_padding_are_those_of_the_library() -> None:
    for length in (*range(301), 1024, 1025):
        picture = Base64(OCTETS[:length])
        letters = "".join(six.letter for six in picture.sextets) + picture.padding
        assert letters == base64.b64encode(OCTETS[:length]).decode()
        assert len(letters) == picture.size
        bits = "".join(f"{octet:08b}" for octet in picture.data)
        joined = "".join(six.bits for six in picture.sextets)
        assert joined == bits.ljust(len(joined), "0")
        assert [six.added for six in picture.sextets if six.added] == {0: [], 1: [4], 2: [2]}[
            length % 3
        ]


def test_a_block_that_is_no_multiple_of_three_leaves_some_octets_over() -> None:
    blocks = Base64(OCTETS[:30]).blocks(10)
    assert blocks.left_over == 1
    assert [at for at, letter in enumerate(blocks.joined) if letter == "="][:4] == [14, 15, 30, 31]
    assert "=" not in Base64(OCTETS[:30]).blocks(12).joined
    for size in (0, -3, 1.5):
        with pytest.raises(ValueError, match="1 octet or more"):
            Base64(b"x").blocks(size)  # type: ignore[arg-type]


def test_what_decoders_make_of_blocks_is_measured_on_this_python() -> None:
    for length, size in itertools.product((0, 1, 7, 100, 299, 300), (1, 2, 3, 4, 5, 57, 100, 400)):
        data = OCTETS[:length]
        blocks = Base64(data).blocks(size)
        for reading, validate in ((blocks.lenient, False), (blocks.strict, True)):
            try:
                octets = base64.b64decode(blocks.joined, validate=validate)
            except ValueError as error:
                assert (reading.octets, reading.error) == (None, str(error))
            else:
                assert reading.octets == octets
                assert data[: reading.right] == octets[: reading.right]
                assert data[reading.right :][:1] != octets[reading.right :][:1] or octets == data
            assert reading.whole == (reading.octets == data)
        harmless = size % 3 == 0 or length <= size
        assert blocks.strict.whole == harmless
        assert not harmless or blocks.lenient.whole


def test_this_python_is_one_of_the_two_lenient_kinds() -> None:
    ways = {"stops", "passes"}
    for length, size in itertools.product(range(0, 120, 7), range(1, 50)):
        blocks = Base64(OCTETS[:length]).blocks(size)
        ways &= {way for way in ways if getattr(blocks, way).octets == blocks.lenient.octets}
    assert len(ways) == 1


def test_the_two_lenient_kinds_differ() -> None:
    blocks = Base64(OCTETS[:30]).blocks(10)
    assert blocks.stops.octets == OCTETS[:10]
    assert blocks.passes.octets is not None
    # 14 letters of 16 bear data: 84 bits, and the second block begins within the tenth octet.
    assert blocks.passes.octets[:10] == OCTETS[:10]
    assert blocks.passes.octets != OCTETS[:30] and len(blocks.passes.octets) > 30
    assert Base64(b"UUU").blocks(1).passes.octets is not None
    assert Base64(b"UsU").blocks(2).passes.octets is None  # five letters are no base64


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("p = lab.base64(data)\n    return ''.join(s.letter for s in p.sextets) + p.padding",
         "library-does-it"),
        ("from smtplab import Lab\n    return Lab().base64(data).blocks(3000).joined",
         "library-does-it"),
        ("from smtplab.lab import Base64\n    p = Base64(data)\n"
         "    return ''.join(s.letter for s in p.sextets) + p.padding", "third-party"),
    ],
)  # fmt: skip
def test_the_picture_does_not_pass_the_exercise(tmp_path: Any, text: str, reason: str) -> None:
    names = load(tmp_path, f"def base64_encode(data):\n    {text}\n")
    with Lab() as lab:
        names["lab"] = lab
        verdict = exercises.judge(names["base64_encode"])
    assert (verdict.status, verdict.reason) == ("failed", reason)


# The plain view


def test_the_table_on_paper_is_shown() -> None:
    text = views.drawn(Base64("Use"))["text/plain"]
    assert text.splitlines()[2:] == [
        "  character   U        s        e",
        "  octet       55       73       65",
        "  its bits    01010101 01110011 01100101",
        "  cut by six  010101 010111 001101 100101",
        "  number      21     23     13     37",
        "  letter      V      X      N      l",
    ]


def test_added_zeros_and_padding_are_shown_and_said() -> None:
    shown = drawn(Base64(b"U"))
    assert "V Q = =" in shown.text
    assert len(shown.all("u")) == 1
    assert "last 4 bits are zeros" in views.drawn(Base64(b"U"))["text/plain"]


def test_a_cell_is_as_wide_as_its_bits() -> None:
    rows: list[list[int]] = []
    for name, attributes in drawn(Base64(TEXT * 2)).elements:
        if name == "tr":
            rows.append([])
        elif name == "td":
            rows[-1].append(int(attributes["colspan"] or 0))
    octets = len(TEXT.encode()) * 2
    assert sum(map(sum, rows[0::6])) == octets * 8
    assert sum(map(sum, rows[1::6])) == octets * 8
    assert sum(map(sum, rows[5::6])) == -(-octets // 3) * 24


@pytest.mark.parametrize("length", [0, 1, 59, 60, 61, 63, 64, 5000])
def test_sixty_octets_are_drawn_and_the_rest_is_counted(length: int) -> None:
    data = ("é" * 3000).encode()[1 : length + 1]
    text, shown = views.drawn(Base64(data))["text/plain"], drawn(Base64(data)).text
    more = f"… {length - 60:,} octet"
    assert (more in text) == (more in shown) == (length > 60)
    letters = base64.b64encode(data).decode()[: 80 if length >= 60 else None]
    rows = [line for line in text.splitlines() if line.startswith("  letter ")]
    assert "".join(row.split(maxsplit=1)[1].replace(" ", "") for row in rows) == letters
    assert len(views.drawn(Base64(data))["text/html"]) < 60_000


def test_a_view_of_much_data_is_drawn_at_once() -> None:
    picture = Base64(bytes(3_000_000))
    views.drawn(picture)
    assert "sextets" not in vars(picture)


def test_blocks_are_explained_with_what_each_decoder_gives() -> None:
    blocks = Base64(bytes(range(256)) * 12).blocks(1024)
    for said in (views.drawn(blocks)["text/plain"], drawn(blocks).text):
        assert "1,024 is 341 times 3, and 1 over" in said
        assert "the first 1,024 of 3,072 are right; what follows" in said
        assert "an error" in said
    harmless = views.drawn(Base64(bytes(3072)).blocks(1023))["text/plain"]
    assert harmless.count("all are right") == 4
    assert "nothing is joined" in views.drawn(Base64(b"abc").blocks(3))["text/plain"]


@pytest.mark.parametrize(
    "data", [EVIL.replace("\ud800", "").encode(), EVIL.encode("utf-16", "replace")]
)
def test_hostile_octets_are_only_text(data: bytes) -> None:
    for thing in (Base64(data), Base64(data).blocks(5)):
        bundle = views.drawn(thing)
        assert not drawn(thing).all("script")
        assert not drawn(thing).all("img")
        for said in bundle.values():
            assert "\x1b" not in said and "\u202e" not in said and "\x00" not in said


# The live view's model


def test_the_page_is_told_little_however_much_there_is() -> None:
    picture = Base64(bytes(1_000_000))
    state = base64_steps.Model(picture).state
    assert "16,384 of 1,000,000 octets" in state["wrong"]
    assert len(base64.b64decode(state["letters"])) == base64_steps.MAX_OCTETS
    assert len(state["octets"]) == base64_steps.DRAWN
    assert "16,312 octets more" in state["rest"]
    assert len(repr(state)) < 80_000


def test_blocks_open_with_their_size_and_text_only_where_a_field_can_hold_it() -> None:
    blocks = Base64(b"abc").blocks(2)
    assert base64_steps.Model(blocks).state["blocks"] == 2
    for data, text in ((b"abc\n", "abc\n"), (b"a\rb", None), (b"\xff", None), ("a\u202e", None)):
        picture = Base64(data)  # type: ignore[arg-type]
        assert base64_steps.Model(picture).state["text"] == text


def test_what_is_typed_comes_back_in_every_form() -> None:
    picture = Base64()
    model = base64_steps.Model(picture)
    told = model.ask_text("é ")
    assert (told["letters"], told["hex"]) == ("w6kg", "c3 a9 20")
    assert told["octets"] == [0xC3, 0xA9, 0x20]
    assert told["characters"] == [("é", 0, "é (U+00E9)"), ("␣", 2, "␣ (U+0020)")]
    assert model.ask_hex("c3 A9\n20") == model.ask_letters("w6kg") == told
    assert model.ask_hex("ff")["characters"] == [("", 0, "")]
    for typed, octets, said in (
        ("55 73 6g", "55 73", "Place 8 has g."),
        ("5", "", "the last digit, 5, is alone"),
        ("5 5 z", "55", "Place 5 has z."),
    ):
        told = model.ask_hex(typed)
        assert told["hex"] == octets
        assert said in told["wrong"] and WORDS("base64.until") in told["wrong"]
    assert model.ask_letters("VXN l")["wrong"].startswith("Place 4 has a space")
    assert model.ask_letters("VR==")["wrong"] == WORDS("base64.loose_bits")


def test_blocks_are_drawn_as_the_plain_view_draws_them() -> None:
    picture = Base64()
    said = repr(base64_steps.Model(picture).ask_blocks(base64.b64encode(bytes(30)).decode(), 10))
    for words in ("10 is 3 times 3, and 1 over", "the first 10 of 30 are right"):
        assert words in said


def test_the_view_refuses_what_the_reference_refuses() -> None:
    chance = random.Random(3)
    typed = ["".join(chance.choices("AQg/=+=-é\n ", k=chance.randrange(10))) for _ in range(3000)]
    typed += ["".join(t) for n in range(6) for t in itertools.product("Qg=!", repeat=n)]
    for text in typed:
        octets, wrong = base64_steps.decode(text)
        try:
            right = base64_decode(text)
        except ValueError:
            assert wrong, text
        else:
            assert octets == right, text
            assert wrong in ("", WORDS("base64.loose_bits"))
