"""The rules of a letter: each once, with its section, and what a violation of it is.

A reader never stops at a violation: it says what is wrong, where, and reads on. The sentence and
what to look at stand in rules.toml under the name of the rule; a variant of a rule has a sentence
of its own, and the look of its rule unless it has one.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, TypeVar

from ..words import Words

__all__ = ["RULES", "Reading", "Rule", "Violation", "shown"]

WORDS = Words(__file__)
Value = TypeVar("Value")


class Rule(NamedTuple):
    """Where a rule stands, and what kind it is.

    kind is "rule" (an RFC demands it of who writes a letter), "obsolete" (a form that readers
    must take and nobody may write, RFC 5322 section 4) or "course" (no RFC demands it, or only as
    advice, and the functions of the course promise it).
    """

    rfc: str
    section: str
    kind: str = "rule"


KINDS = {
    "obsolete-date": "obsolete",
    "no-empty-line": "course",  # legal where no body follows
    "not-folded": "course",
    "charset": "course",  # UTF-8 alone is written here
    "other-frame": "course",  # UTF-8 and B alone are written here
}
RULES = {
    name: Rule(rfc, section, KINDS.get(name, "rule"))
    for rfc, section, names in (
        ("5322", "2.1", "no-empty-line"),
        ("5322", "2.1.1", "line-too-long not-folded"),
        ("5322", "2.2", "no-field raw-header"),
        ("5322", "2.3", "bare-line-end"),
        ("5322", "3.2.2", "blank-line"),
        ("5322", "3.3", "wrong-date"),
        ("5322", "3.6", "field-missing field-twice"),
        ("5322", "3.6.4", "wrong-message-id"),
        ("5322", "4.3", "obsolete-date"),
        ("5322", "4.5.8", "space-before-colon"),
        ("2045", "3", "mime-field-twice"),
        ("2045", "4", "no-mime-version"),
        ("2045", "5.1", "no-media-type no-semicolon bad-parameter name-written-twice"),
        ("2045", "5.1", "apostrophes comma"),
        ("2045", "6.1", "unknown-encoding"),
        ("2045", "6.2", "not-7bit"),
        ("2045", "6.4", "encoded-multipart"),
        ("2045", "6.7", "raw-octet long-line trailing-space soft-break-at-end"),
        ("2045", "6.7", "lower-case token-cut bare-equals"),
        ("2045", "6.8", "inner-padding long-base64 not-base64"),
        ("2045", "7", "wrong-content-id"),
        ("2046", "4.1.2", "unknown-charset not-in-charset"),
        ("2046", "5.1.1", "no-boundary illegal-boundary no-delimiter glued-delimiter"),
        ("2046", "5.1.1", "not-closed nothing-between"),
        ("2047", "2", "no-encoded-word repr-of-bytes other-frame long-word empty-word"),
        ("2047", "5", "encoded-word character-cut"),
        ("2231", "3", "numbering"),
        ("2231", "4", "quoted-extended no-charset charset not-utf-8"),
        ("2231", "4.1", "charset-repeated"),
        ("2231", "7", "cut-escape not-escaped"),
    )
    for name in names.split()
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken, at some octets (or, in a value, characters): from start to end.

    part is the place in the tree ("" is the letter itself, "1.2" the second part of the first),
    field the name of the header field where it is one. values are what the sentence tells.
    """

    rule: str
    start: int = 0
    end: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    variant: str = ""
    part: str = ""
    field: str = ""
    called: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.kind or RULES[self.rule].kind)

    @property
    def rfc(self) -> str:
        """The number of the RFC, such as "2046"."""
        return RULES[self.rule].rfc

    @property
    def section(self) -> str:
        """The section of that RFC, such as "5.1.1"."""
        return RULES[self.rule].section

    @property
    def sentence(self) -> str:
        """What is wrong, in the reader's language: a whole sentence."""
        said = self._words("say")
        return said[:1].upper() + said[1:] if re.match(r"[^\W\d_]+ ", said) else said

    @property
    def look(self) -> str:
        """What to look at, or ""."""
        return self._words("look")

    def _words(self, key: str) -> str:
        part = WORDS("what.part", name=self.part) if self.part else WORDS("what.message")
        what = self.called or part
        where = WORDS("what.field", name=self.field, of=what) if self.field else what
        values = {"what": what, "where": where, "word": self.called or WORDS("what.word")}
        return WORDS.nearest(f"{self.rule}.{self.variant}".strip("."), key, values | self.values)

    def about(self, called: str) -> "Violation":
        """The same, of octets that the sentence calls something else: "the result"."""
        return replace(self, called=called)


@dataclass(frozen=True, slots=True)
class Reading(Generic[Value]):
    """What a patient reader makes of some octets or characters, and every rule that they break.

    The violations come in the order in which a strict reader meets them; start and end count from
    the beginning of what was read. Those that only the course demands are among them.
    """

    value: Value
    violations: tuple[Violation, ...] = ()


def shown(octets: bytes, width: int = 60) -> str:
    """Octets inside a sentence, cut when there are many: 'Subject: x'."""
    text = repr(octets[:width])[2:-1]
    return f"'{text}{'...' if len(octets) > width else ''}'"
