"""One reader of letters: where everything stands, what it means, and which rules are broken.

Theory of operation

The mailbox, the explorer and the judge ask this reader, so that they cannot disagree. It reads
with patience, from the outside in, and raises nothing whatever octets come; what is wrong it
collects, each violation with its rule, its place, its RFC and section:

    rules        each rule once; a Violation, and its sentence in rules.toml
    charsets     octets become text
    encodings    encoded words, quoted-printable and base64 are octets once more
    values       parameters, comments, dates, ids
    fields       octets are lines, lines are header fields
    tree         a header says what its body is: one leaf, or parts between delimiters
    checks       the rules, held against a whole letter
    letter       a Letter has all of it: tree, spans, lines, violations

Rules of the RFCs are one thing, what only this course promises is another (UTF-8 as the one
charset, the encoding B, lines of a header folded at 78 octets, an empty line behind a header):
Letter.violations has the first, Letter.demands has both. Every limit that was reached is told.
"""

from .encodings import decode_base64, decode_quoted_printable, decode_words, encoded_word
from .fields import field_violations, foldable, line_violations
from .letter import Body, Letter
from .rules import Reading, Violation, shown
from .tree import Field, Part, Scan
from .values import check_boundary, read_date, read_parameters, without_comments

__all__ = [
    "Body",
    "Field",
    "Letter",
    "Part",
    "Violation",
    "check_boundary",
    "decode_base64",
    "decode_quoted_printable",
    "decode_words",
    "encoded_word",
    "foldable",
    "read",
    "read_date",
    "read_fields",
    "read_parameters",
    "read_part",
    "shown",
    "without_comments",
]


def read(octets: bytes) -> Letter:
    """Take a letter apart, whatever it is: octets as sent, with CRLF and with the dots undone."""
    return Letter(bytes(octets))


def read_part(octets: bytes) -> Letter:
    """The same of a part by itself: what only a whole letter must have, such as Date, is not asked.

    A part may also be what a function returns that makes one: header, empty line and body.
    """
    return Letter(bytes(octets), whole=False)


def read_fields(octets: bytes) -> Reading[tuple[Field, ...]]:
    """The header fields of some octets, up to the empty line if there is one.

    The violations are those of lines and of the form of fields: RFC 5322, section 2.2.
    """
    root = Scan(bytes(octets)).root
    found = list(line_violations(octets[: root.body]))
    found += [one for field in root.fields for one in field_violations(field)]
    return Reading(tuple(root.fields), tuple(found))
