"""What a reply code means, and where the RFCs say it."""

import re
from typing import Any, NamedTuple

from .html import Html, el
from .said import WORDS

__all__ = ["Meaning", "label", "link", "meaning", "page_link", "page_meaning"]

FINAL_LINE = re.compile(r"([2-5]\d\d)(?: |$)")

# The RFC and its section that say what a reply code means, and the codes, where that is not
# RFC 5321, section 4.2.3. The codes, and what they mean, stand in words.toml.
CODES = {
    ("4954", "4"): ("235", "334"),
    ("4954", "6"): ("432", "454", "530", "534", "535", "538"),
    ("7504", "3"): ("521",),
    ("7504", "4"): ("556",),
}
# A code that means something else after some command.
AFTER = {
    ("STARTTLS", "220"): ("3207", "4"),
    ("STARTTLS", "454"): ("3207", "4"),
    ("DATA", "250"): ("5321", "4.2.5"),
    ("MAIL", "530"): ("4954", "6"),
}


class Meaning(NamedTuple):
    """A few words, the RFC that says so, and its section."""

    words: str
    rfc: str
    section: str


def meaning(text: str, after: str) -> Meaning | None:
    """What a reply means, or None unless this is the last line of one.

    `after` is the command that it answers, in capitals. RFC 5321, section 4.2.1: "The first digit
    denotes whether the response is good, bad, or incomplete."
    """
    match = FINAL_LINE.match(text)
    if match is None:
        return None
    code = match[1]
    if (after, code) in AFTER:
        return Meaning(WORDS(f"reply.after.{after}.{code}"), *AFTER[after, code])
    if WORDS.entry(f"reply.codes.{code}"):
        said = (section for section, codes in CODES.items() if code in codes)
        return Meaning(WORDS(f"reply.codes.{code}"), *next(said, ("5321", "4.2.3")))
    return Meaning(WORDS(f"reply.classes.{code[0]}"), "5321", "4.2.1")


def label(rfc: str, section: str) -> str:
    return WORDS("shared.rfc", rfc=rfc, section=section)


def link(rfc: str, section: str) -> Html:
    """A link to a section of an RFC."""
    to = page_link(rfc, section)
    return el("a", to["label"], href=to["link"], target="_blank", rel="noopener noreferrer")


def page_link(rfc: str, section: str) -> dict[str, str]:
    """The same for a live view, which makes the link itself."""
    address = f"https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"
    return {"label": label(rfc, section), "link": address}


def page_meaning(text: str, means: Meaning | None) -> dict[str, Any]:
    """What a live view says of a reply: nothing where there is no meaning."""
    if means is None:
        return {}
    says = WORDS("shared.named", name=text[:3], value=means.words)
    said = {"says": says, "refused": text[0] in "45"}
    return said | page_link(means.rfc, means.section)
