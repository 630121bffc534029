"""The console: what was said by hand, where the session stands, and what is legal there.

The history becomes rows (`Rows`), a row a line: the text, the HTML and the live view draw the
same ones. Without a kernel nobody can type, and the page says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..catalogue import columns, counted, padded
from ..lab.order import LEADS, STATES, State, Step
from . import texts
from .html import Html, el, heading, join, one_line, page, prose
from .transcript import MAX_LINE, meaning

if TYPE_CHECKING:
    from ..lab import Console, Entry

__all__ = ["Row", "Rows", "account", "diagram", "html", "now", "text", "title", "words"]

MAX_ROWS = 200  # the last ones


@dataclass(frozen=True)
class Row:
    """One line of the history: of the client ("C"), of the server ("S"), or a note ("")."""

    who: str
    text: str
    time: float
    tls: bool
    kind: str  # "command", "reply", "auth", "letter", or the name of a note
    means: texts.Reply | None = None


class Rows:
    """The rows of a history, made as it grows."""

    def __init__(self, timeout: float) -> None:
        self.rows: list[Row] = []
        self._timeout = timeout
        self._after = ""  # the command that a reply answers
        self._auth = False  # what comes next is an answer in an AUTH exchange

    def add(self, entry: "Entry") -> None:
        if entry.note:
            said = texts.CONSOLE_NOTES[entry.note].format(
                detail=one_line(entry.detail if not entry.sender else "", MAX_LINE),
                timeout=self._timeout,
            )
            self.rows.append(Row("", said, entry.time, entry.tls, entry.note))
        kind = "reply"
        if entry.sender == "C":
            kind = self._kind(entry)
        for number, line in enumerate(entry.lines if entry.sender else (), 1):
            last = number == len(entry.lines) and entry.sender == "S"
            means = meaning(line, self._after) if last else None
            self.rows.append(Row(entry.sender, line, entry.time, entry.tls, kind, means))
        if entry.sender == "S":
            self._auth = entry.lines[-1].startswith("334") and self._after.startswith("AUTH")

    def _kind(self, entry: "Entry") -> str:
        if entry.letter:
            return "letter"
        if self._auth:
            return "auth"
        verb = entry.lines[0].split(" ", 1)[0].upper()
        # The lone dot is answered as DATA is, by its own codes.
        self._after = "DATA" if verb == "." else verb
        return "auth" if verb == "AUTH" else "command"


def rows(console: "Console") -> list[Row]:
    made = Rows(console.timeout)
    for entry in console.history:
        made.add(entry)
    return made.rows


# The parts, in words


def title(console: "Console") -> str:
    role = texts.SESSION_ROLES.get(console.port, texts.SESSION_ROLE_OTHER)
    return texts.CONSOLE_TITLE.format(port=console.port, role=role)


def now(console: "Console") -> str:
    """Where the session stands, in a sentence."""
    name, means, *_ = texts.CONSOLE_STATES[console.state]
    said = [texts.CONSOLE_STATE.format(name=name, means=means)]
    if console.state != "closed":
        said.append(texts.CONSOLE_TLS[console.tls_active])
        if console.logged_in:
            said.append(texts.CONSOLE_LOGGED_IN)
    return texts.CLAUSES.join(said)


def words(step: Step) -> tuple[str, str, str, str]:
    """A step's name, what it does, the RFC, its section. A command is named by its line."""
    name, does, rfc, section = texts.CONSOLE_STEPS[step.name.split(" ")[0]]
    return step.line or name, does, rfc, section


def account(console: "Console") -> str | None:
    """What one needs to log in, where one logs in."""
    if console.state != "auth":
        return None
    lab = console.account
    return texts.CONSOLE_ACCOUNT.format(address=lab.address, code=lab.authorization_code)


def leads(state: State) -> Iterator[str]:
    """What leads out of a state, and where to."""
    for name, to in LEADS[state]:
        step = texts.CONSOLE_EDGES.get(name, name)
        yield texts.CONSOLE_LEADS.format(step=step, state=texts.CONSOLE_STATES[to][0])


def diagram(console: "Console") -> str:
    """The picture of the state machine for those who do not see it."""
    said = list(leads(console.state))
    if any(step.name == "QUIT" for step in console.next):
        said.append(
            texts.CONSOLE_LEADS.format(step="QUIT", state=texts.CONSOLE_STATES["closed"][0])
        )
    return texts.CONSOLE_DIAGRAM.format(now=now(console), leads=texts.CLAUSES.join(said))


# Text


def text(console: "Console") -> str:
    """A terminal's console: what was said, what it means, and what can be said next."""
    said = [title(console)]
    made = rows(console)
    left_out = len(made) - MAX_ROWS
    if left_out > 0:
        said.append(texts.CONSOLE_OLDER.format(lines=counted(left_out, texts.LINES)))
    for row in made[-MAX_ROWS:]:
        if not row.who:
            said.append(f"         --- {row.text} ---")
            continue
        refused = row.means is not None and row.text[:1] in "45"
        note = f"   <- {row.means[0]}" if row.means is not None and refused else ""
        said.append(f"{row.time:8.3f} {row.who}: {one_line(row.text, MAX_LINE)}{note}".rstrip())
    said += [
        "",
        now(console),
        *filter(None, [account(console)]),
        texts.NAMED.format(name=texts.CONSOLE_NEXT, value="").rstrip(),
    ]
    steps = [words(step) for step in console.next]
    wide = max(columns(name) for name, *_ in steps)
    said += [f"  {padded(name, wide)}  {does}" for name, does, *_ in steps]
    return "\n".join(said)


# HTML


def html(console: "Console") -> str:
    """What a console is without a kernel: all that it shows, and nowhere to type."""
    name = title(console)
    states = [_state(console, state) for state in STATES]
    quit_ = texts.CONSOLE_QUIT.format(state=texts.CONSOLE_STATES["closed"][0])
    return page(
        "console",
        name,
        heading(name),
        el("p", prose(texts.CONSOLE_PLAIN)),
        _history(rows(console)),
        el("p", now(console), class_="sm-sentence"),
        *(el("p", said) for said in filter(None, [account(console)])),
        heading(texts.CONSOLE_NEXT, level=4),
        el("ul", *(el("li", _step(step)) for step in console.next)),
        heading(texts.CONSOLE_MACHINE, level=4),
        el("ol", *states, class_="sm-states"),
        el("p", f"{quit_}.", class_="sm-muted"),
    )


def _history(made: list[Row]) -> Html:
    if not made:
        return el("p", texts.CONSOLE_EMPTY)
    left_out = len(made) - MAX_ROWS
    older = texts.CONSOLE_OLDER.format(lines=counted(left_out, texts.LINES))
    body: Iterable[Html] = map(_row, made[-MAX_ROWS:])
    return el(
        "table",
        el("caption", texts.CONSOLE_CAPTION, class_="sm-hidden"),
        el("thead", el("tr", *(el("th", column, scope="col") for column in texts.CONSOLE_COLUMNS))),
        el("tbody", *([_band(older)] if left_out > 0 else []), *body),
        class_="sm-ladder",
    )


def _band(said: str) -> Html:
    return el("tr", el("td", said, colspan="4"), class_="sm-band")


def _row(row: Row) -> Html:
    if not row.who:
        return _band(row.text)
    time = el("th", f"{row.time:.3f}", scope="row")
    marks = [texts.MARK_TLS] if row.tls else []
    marks += {"auth": [texts.MARK_AUTH], "letter": [texts.MARK_DATA]}.get(row.kind, [])
    ours = row.who == "C"
    way = el(
        "td",
        el("span", "→" if ours else "←", aria_hidden="true"),
        el("span", f"{texts.TO_SERVER if ours else texts.TO_CLIENT} ", class_="sm-hidden"),
        *(el("span", mark, class_="sm-mark") for mark in marks),
        class_="sm-way",
    )
    said: list[Html] = [el("code", one_line(row.text, MAX_LINE))]
    if row.means is not None:
        does, rfc, section = row.means
        link = _rfc(rfc, section)
        said.append(el("span", f"{row.text[:3]}: {does} (", link, ")", class_="sm-says"))
    if ours:
        return el("tr", time, el("td", *said, class_="sm-c"), way, el("td"))
    return el("tr", time, el("td"), way, el("td", *said, class_="sm-s"))


def _rfc(rfc: str, section: str) -> Html:
    return el(
        "a",
        texts.RFC_LABEL.format(rfc=rfc, section=section),
        href=texts.RFC_URL.format(rfc=rfc, section=section),
        target="_blank",
        rel="noopener noreferrer",
    )


def _step(step: Step) -> Html:
    name, does, rfc, section = words(step)
    shown = el("code", name) if step.line else el("span", name)
    return join([shown, f": {does} (", _rfc(rfc, section), ")"])


def _state(console: "Console", state: State) -> Html:
    name, means, rfc, section = texts.CONSOLE_STATES[state]
    here = state == console.state
    said = [el("strong", name), f": {means} (", _rfc(rfc, section), "). "]
    out = texts.CLAUSES.join(leads(state))
    said.append(f"{out[:1].upper()}{out[1:]}.")
    if here:
        said.insert(0, el("span", f"▶ {texts.CONSOLE_HERE}: ", class_="sm-sentence"))
    return el("li", *said, aria_current="step" if here else None)
