"""A language that nobody speaks: every letter in full width. What stays plain was not asked for."""

import re


def foreign(text: str) -> str:
    """The text in letters of full width; names in braces stay as they are."""
    return re.sub(
        r"\{[^{}]*\}|[A-Za-z]", lambda m: chr(ord(m[0]) + 0xFEE0) if len(m[0]) == 1 else m[0], text
    )
