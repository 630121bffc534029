"""A strict reader of messages: what it takes, every reader takes, and of the rest it says why.

Theory of operation

No parser judges alone what a student writes. Lenient ones forgive what others do not: a
character that is cut in two, a = inside base64, a part that is never closed. The library's
newest errs on legal input: policy.default cuts the quotes off boundary='x', which are part of
it. So this reader goes by the rules and by nothing else, from the outside in, in three rooms:

    fields       octets are lines, lines are header fields, a value may have parameters
    encodings    encoded words, quoted-printable and base64 are octets once more
    tree         a header says what its body is: one leaf, or parts between delimiters

Each rule stands once, with its section of the RFC beside it. The first that is broken ends the
reading with Broken: a reason, a sentence for the student, what to look at, and the octets in
question. `what` in a call is what that sentence calls the octets: "the message", "part 2".

The reader knows no lesson. Which wrong idea is behind a broken rule is for the lesson to say:
it may catch Broken and put it into words of its own, and it demands by itself what its
functions promise beyond the rules, such as a CRLF after the last line of base64. One rule is
advice in the RFC, that lines of a header be folded at 78 octets: folds=True demands it.

UTF-8 is the only charset here, and B the only form of encoded words: the course writes no other.
"""

from .encodings import base64_octets, encoded_word, quoted_printable, read_words
from .fields import (
    MESSAGE_ID,
    Broken,
    apart,
    date_time,
    fields,
    line_ends,
    lines,
    parameters,
    sentence_of,
    shown,
    unfolded,
)
from .tree import Part, legal_boundary, opened, read

__all__ = [
    "MESSAGE_ID",
    "Broken",
    "Part",
    "apart",
    "base64_octets",
    "date_time",
    "encoded_word",
    "fields",
    "legal_boundary",
    "line_ends",
    "lines",
    "opened",
    "parameters",
    "quoted_printable",
    "read",
    "read_words",
    "sentence_of",
    "shown",
    "unfolded",
]
