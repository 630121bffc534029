"""The live base64 in JupyterLab: typed, pointed at, walked through, decoded, cut into blocks."""

import base64
import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Student, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CELLS = (
    "from smtplab import Lab\nlab = Lab()\nlab.base64('Use')",
    "lab.base64(bytes(range(256)) * 12).blocks(1024)",
)


def lit(view: Locator) -> list[str]:
    """The text of the cells that are lit, row by row."""
    return view.locator(".sm-cell.sm-lit").all_inner_texts()


def row(view: Locator, name: str) -> str:
    """The cells of a row of the first line, without what is between them."""
    rows = view.locator(".sm-b64-row", has=view.page.get_by_role("rowheader", name=name))
    return "".join(rows.first.locator(".sm-cell").all_inner_texts())


def test_base64_is_typed_pointed_at_and_decoded(student: Student) -> None:
    student.scratch(*CELLS)
    student.go_to("c0")
    student.run()
    view = student.active.locator("smtplab-live > .smtplab-live")
    status = view.locator(".sm-b64-status")
    text, letters = view.get_by_label("Text", exact=True), view.get_by_label("Base64", exact=True)
    expect(text).to_have_value("Use")
    expect(letters).to_have_value("VXNl")
    expect(student.active.locator("smtplab-live > .smtplab:not(.smtplab-live)")).to_be_hidden()

    # Pointed at: all neighbours are lit, and it is said in words.
    view.locator(".sm-cell-letter").nth(1).hover()
    expect(status).to_have_text(
        "Letter 2, X, number 23, holds the last 2 bits of octet 1 and the first 4 bits of octet 2."
    )
    assert lit(view) == ["U", "s", "55", "73", *"010111", "010111", "23", "X"]
    weight, outline = view.locator(".sm-lit").first.evaluate(
        "e => [getComputedStyle(e).fontWeight, getComputedStyle(e).outlineStyle]"
    )
    assert (weight, outline) == ("700", "solid")

    # By keyboard alone: one stop for Tab, and from there the arrow keys.
    text.focus()
    student.page.keyboard.press("Tab")
    student.page.keyboard.press("Tab")
    expect(status).to_contain_text("Octet 1, 55 in hex, 85 in decimal, is 01010101.")
    for key, said in (
        ("ArrowRight", "Octet 2, 73 in hex"), ("ArrowDown", "Bit 1 of octet 2 is 0. It is bit 3 "
        "of letter 2, X."), ("ArrowDown", "The six bits 010111"), ("ArrowDown", "Number 23"),
        ("End", "Number 37"), ("ArrowDown", "Letter 4, l"), ("Home", "Letter 1, V"),
        ("ArrowLeft", "Letter 1, V"),
    ):  # fmt: skip
        student.page.keyboard.press(key)
        expect(status).to_contain_text(said)
    assert view.locator(".sm-cell[tabindex='0']").count() == 1

    # Typed: characters of one to four octets, and what completes the last six and the last four.
    typed = "Z é世\U0001f600"
    text.fill(typed)
    expect(letters).to_have_value(base64.b64encode(typed.encode()).decode())
    text.fill("U")
    expect(letters).to_have_value("VQ==")
    assert row(view, "bits") == "010101010000"
    assert row(view, "letter") == "VQ=="
    view.locator(".sm-cell-bit").last.hover()
    expect(status).to_contain_text("A zero that completes the last six bits")
    view.locator(".sm-cell-letter").last.hover()
    expect(status).to_contain_text("It stands for no octet")
    view.get_by_label("Octets as hex").check()
    hexed = view.get_by_label("Octets as hex", exact=True).and_(view.locator("textarea"))
    expect(hexed).to_have_value("55")
    hexed.fill("55 73 6g")
    expect(view).to_contain_text("Place 8 has g.")
    hexed.fill("ff fe 41")
    expect(letters).to_have_value("//5B")
    view.get_by_label("Octets as hex").first.click()
    expect(view).to_contain_text("no text that can be typed")
    view.get_by_label("Decimal numbers").check()
    assert row(view, "octet") == "25525465"

    # The other way round, and what is wrong in words.
    letters.fill("VXNlcm5hbWU6")
    expect(hexed).to_have_value("55 73 65 72 6e 61 6d 65 3a")
    view.get_by_label("Octets as hex").first.uncheck()
    expect(text).to_have_value("Username:")
    for wrong, said in (
        ("VXN!", "Place 4 has !, which is no letter of the alphabet."),
        ("VXN l", "Place 4 has a space"),
        ("VQ==VXNl", "Place 3 has a =, and letters come after it."),
        ("VXNlV", "One letter is left over"),
        ("VXNlVQ", "The last group has 2 letters of four."),
        ("VXNl=", "no = is due"),
        ("V===", "There are 3 = at the end"),
        ("VR==", "they are not zero"),
    ):
        letters.fill(wrong)
        expect(view).to_contain_text(said)
    letters.fill("VXNl<img src=x>")
    expect(view).to_contain_text("Place 5 has <")
    assert view.locator("img").count() == 0

    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []


def test_blocks_are_cut_and_the_fault_is_seen(student: Student) -> None:
    student.scratch(*CELLS)
    for cell in ("c0", "c1"):
        student.go_to(cell)
        student.run()
    view = student.active.locator("smtplab-live > .smtplab-live")
    number = view.get_by_label("Cut into blocks of")
    outcome = view.get_by_role("region", name="What comes out of the blocks")
    expect(number).to_have_value("1024")
    expect(view).to_contain_text("1,024 is 341 times 3, and 1 over")
    assert view.locator("mark").all_inner_texts() == ["==", "=="]
    here = view.get_by_role("row").filter(has_text="this Python")
    data = bytes(range(256)) * 12
    joined = "".join(
        base64.b64encode(data[at : at + 1024]).decode() for at in range(0, len(data), 1024)
    )
    expect(here).to_contain_text(f"{len(base64.b64decode(joined)):,} octets")
    expect(here).to_contain_text("lost, wrong or too much")

    # A multiple of three does no harm; by keyboard.
    number.focus()
    student.page.keyboard.press("ArrowDown")
    expect(number).to_have_value("1023")
    expect(view).to_contain_text("1,023 is 341 times 3: no octet is left over")
    expect(view.locator("mark")).to_have_count(0)
    expect(outcome).to_have_text(re.compile("(all are right.*){4}"))
    number.fill("2048")
    expect(view).to_contain_text("2,048 is 682 times 3, and 2 over")
    number.fill("0")
    expect(outcome).to_be_empty()
    number.fill("1024")

    # Typed into the very field: the text is small, and fits into one block.
    letters = view.get_by_label("Base64", exact=True)
    letters.fill("VXNl")
    expect(view).to_contain_text("nothing is joined")
    number.fill("1")
    expect(outcome.locator("p > code")).to_have_text(["VQ==", "cw==", "ZQ=="])

    # Of much data the first octets are there bit by bit, and the rest is counted.
    view.locator("textarea").first.fill(data.hex())
    expect(view).to_contain_text("3,000 octets more")
    view.locator(".sm-cell-octet").first.click()
    student.page.keyboard.press("End")
    expect(view.locator(".sm-b64-status")).to_contain_text("Octet 72, 47 in hex")
    expect(view.locator(".sm-cell-octet").last).to_be_in_viewport()
    assert view.locator(".sm-cell").count() < 1500
    number.fill("1024")
    expect(view.locator("mark")).to_have_count(2)
    assert barriers(student.page) == []
    student.dark()
    assert barriers(student.page) == []
