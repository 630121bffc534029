"""The lab card: what a client needs to know about its provider."""

from typing import TYPE_CHECKING

from . import texts
from .html import el, heading, one_line, page, table

if TYPE_CHECKING:
    from ..lab import Lab

__all__ = ["html", "text"]


def html(lab: "Lab") -> str:
    """One table: the name in code, its value, and what it is for."""
    title = _title(lab)
    if not lab.running:
        return page("card", title, heading(title))
    rows = ((el("code", code), el("code", value), use) for code, value, use in _rows(lab))
    return page("card", title, heading(title), table(title, texts.CARD_COLUMNS, rows, "sm-card"))


def text(lab: "Lab") -> str:
    """The same, one line each."""
    if not lab.running:
        return _title(lab)
    rows = _rows(lab)
    code_width = max(len(row[0]) for row in rows)
    value_width = max(len(row[1]) for row in rows[:-1])
    lines = (f"  {c:{code_width}}  {v:{value_width}}  {use}".rstrip() for c, v, use in rows)
    return "\n".join([_title(lab), *lines])


def _title(lab: "Lab") -> str:
    words = texts.CARD_TITLE if lab.running else texts.CARD_STOPPED
    return words.format(hostname=lab.hostname, profile=lab.profile)


def _rows(lab: "Lab") -> list[tuple[str, str, str]]:
    rows = []
    for port in (25, 465, 587):
        use = texts.CARD_PORTS[lab.profile, port].format(domain=lab.domain)
        rows.append((f"lab.address({port})", str(lab.address(port)), use))
    account = lab.account
    return [
        *rows,
        ("lab.account.address", account.address, texts.CARD_ADDRESS),
        ("lab.account.web_password", account.web_password, texts.CARD_WEB_PASSWORD[lab.profile]),
        ("lab.account.authorization_code", account.authorization_code, texts.CARD_CODE),
        ("lab.hostname", lab.hostname, texts.CARD_HOSTNAME),
        ("lab.ca_file", one_line(lab.ca_file), texts.CARD_CA_FILE),
    ]
