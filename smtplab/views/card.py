"""The lab card: what a client needs to know about its provider."""

from ..lab import Lab
from .html import Html, el, one_line
from .said import WORDS
from .view import View, grid

__all__ = ["view"]


def view(lab: Lab) -> View:
    """One table: the name in code, its value, and what it is for."""
    key = "card.title" if lab.running else "card.stopped"
    title = WORDS(key, hostname=lab.hostname, profile=lab.profile)
    if not lab.running:
        return View("card", title, [])
    # Where there is little room a name is broken behind its dots.
    rows = [
        (el("code", Html(".<wbr>").join(code.split("."))), el("code", value), use)
        for code, value, use in _rows(lab)
    ]
    return View("card", title, [grid(title, WORDS.get("card.columns"), rows, "sm-card")])


def _rows(lab: Lab) -> list[tuple[str, str, str]]:
    uses = {25: f"card.{lab.profile}.25", 465: "card.465", 587: f"card.{lab.profile}.587"}
    ports = [
        (f"lab.address({port})", str(lab.address(port)), WORDS(use, domain=lab.domain))
        for port, use in uses.items()
    ]
    account, web_password = lab.account, WORDS(f"card.{lab.profile}.web_password")
    return [
        *ports,
        ("lab.account.address", account.address, WORDS("card.address")),
        ("lab.account.web_password", account.web_password, web_password),
        ("lab.account.authorization_code", account.authorization_code, WORDS("card.code")),
        ("lab.hostname", lab.hostname, WORDS("card.hostname")),
        ("lab.ca_file", one_line(lab.ca_file), WORDS("card.ca_file")),
    ]
