"""The paths of MAIL and RCPT: what stands between the colon and the parameters.

`Path = "<" [ A-d-l ":" ] Mailbox ">"`, and `Mail-parameters = esmtp-param *(SP esmtp-param)`:
RFC 5321, section 4.1.2. RFC 6531, section 3.3, lets all that is not ASCII into local parts and
domains.
"""

import re

__all__ = ["BadPath", "parameters", "split_path"]

ATOM = r"[\w!#$%&'*+/=?^`{|}~\x80-\U0010ffff-]+"
LABEL = r"[a-zA-Z0-9\x80-\U0010ffff](?:[a-zA-Z0-9\x80-\U0010ffff-]*[a-zA-Z0-9\x80-\U0010ffff])?"
DOMAIN = rf"{LABEL}(?:\.{LABEL})*"
# Octets of an address literal: dcontent, which has no brackets and no backslash.
LITERAL = r"\[[!-Z^-~]+\]"
QUOTED = r'"(?:[^\x00-\x1f"\\\x7f]|\\[ -~])*"'
MAILBOX = rf"(?:{ATOM}(?:\.{ATOM})*|{QUOTED})@(?:{DOMAIN}|{LITERAL})"
ROUTE = rf"(?:@{DOMAIN}(?:,@{DOMAIN})*:)?"
VALUE = r"[a-zA-Z0-9][a-zA-Z0-9-]*(?:=[!-<>-~\x80-\U0010ffff]+)?"

# Compiled when a path is read: that takes longer than all else that is imported with it.
PATH = rf"<{ROUTE}({MAILBOX}|(?i:postmaster)|)>"
# In 2016: blanks around the brackets and within them, no brackets at all, a name without a domain.
LENIENT = rf" *(?:<\s*{ROUTE}({MAILBOX}|{ATOM}|)\s*>|({MAILBOX}))(?= |\Z)"


class BadPath(Exception):
    """What was said is no path."""


def split_path(text: str, lenient: bool) -> tuple[str, str]:
    """Cut what stands behind the colon into an address and its parameters.

    The null path is "<>", as aiosmtpd has it. A source route is left out (section 4.1.1.3).
    Raise BadPath where no path begins.
    """
    found = re.match(LENIENT if lenient else PATH, text, re.ASCII)
    rest = text[found.end() :] if found else ""
    if not found or rest[:1].strip():
        raise BadPath
    return "".join(filter(None, found.groups())) or "<>", rest.strip()


def parameters(words: list[str]) -> dict[str, str | bool] | None:
    """Parameters by keyword, in the case in which they came; None where one is none."""
    if not all(re.fullmatch(VALUE, word, re.ASCII) for word in words):
        return None
    pairs = (word.partition("=") for word in words)
    return {keyword: value if equals else True for keyword, equals, value in pairs}
