"""The console: what was said by hand, where the session stands, and what is legal there.

The history becomes rows (`Rows`), a row a line: the text, the HTML and the live view draw the
same ones. Without a kernel nobody can type, and the page says so.
"""

from collections.abc import Iterator
from dataclasses import replace

from ..lab import Console, Entry
from ..lab.session_state import LEADS, STATES, State, Step
from .html import Html, el, heading, join, left_out, one_line, prose
from .rfc import link, meaning
from .said import WORDS
from .sequence_diagram import MAX_LINE, Spoken, band, sequence_diagram
from .transcript import role
from .view import Piece, View, apart, columns, drawn, para

__all__ = ["Rows", "account", "diagram", "now", "step_words", "title", "view"]

MAX_ROWS = 200  # the last ones

# The RFC and the section of each state, and of each step.
SECTIONS: dict[State, tuple[str, str]] = {
    "connected": ("5321", "3.1"),
    "greeted": ("5321", "4.1.1.1"),
    "hello": ("5321", "4.1.4"),
    "tls-wanted": ("3207", "4"),
    "auth": ("4954", "4"),
    "mail": ("5321", "3.3"),
    "rcpt": ("5321", "3.3"),
    "data": ("5321", "4.1.1.4"),
    "closed": ("5321", "3.8"),
}
STEPS = {
    "EHLO": ("5321", "4.1.1.1"),
    "HELO": ("5321", "4.1.1.1"),
    "MAIL": ("5321", "4.1.1.2"),
    "RCPT": ("5321", "4.1.1.3"),
    "DATA": ("5321", "4.1.1.4"),
    "RSET": ("5321", "4.1.1.5"),
    "NOOP": ("5321", "4.1.1.9"),
    "VRFY": ("5321", "4.1.1.6"),
    "HELP": ("5321", "4.1.1.8"),
    "QUIT": ("5321", "4.1.1.10"),
    "STARTTLS": ("3207", "4"),
    "AUTH": ("4954", "4"),
    "TLS": ("3207", "4"),
    "TEXT": ("5321", "4.1.1.4"),
    "DOT": ("5321", "4.1.1.4"),
    "ANSWER": ("4954", "4"),
    "CANCEL": ("4954", "4"),
    "LISTEN": ("5321", "4.3.1"),
    "CONNECT": ("5321", "3.1"),
}


class Rows:
    """The rows of a history, made as it grows: one for each line, and for each note."""

    def __init__(self, console: Console) -> None:
        self.rows: list[Spoken] = []
        self._timeout = console.timeout
        self._after = ""  # the command that a reply answers
        self._auth = False  # what comes next is an answer in an AUTH exchange
        for entry in console.history:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        if entry.note:
            detail = one_line(entry.detail if not entry.sender else "", MAX_LINE)
            said = WORDS(f"console.notes.{entry.note}", detail=detail, timeout=self._timeout)
            self.rows.append(band(said))
        if not entry.sender:
            return
        kind = self._kind(entry) if entry.sender == "C" else ""
        marks = [mark for mark in ("TLS" if entry.tls else "", kind) if mark]
        for line in entry.lines:
            self.rows.append(Spoken(entry.time, entry.sender, [line], marks))
        if entry.sender == "S":
            last = entry.lines[-1]
            self.rows[-1] = replace(self.rows[-1], means=meaning(last, self._after))
            self._auth = last.startswith("334") and self._after.startswith("AUTH")

    def _kind(self, entry: Entry) -> str:
        """The mark of what was typed, in capitals, if it has one."""
        if entry.letter:
            return "DATA"
        if self._auth:
            return "AUTH"
        verb = entry.lines[0].split(" ", 1)[0].upper()
        # The lone dot is answered as DATA is, by its own codes.
        self._after = "DATA" if verb == "." else verb
        return "AUTH" if verb == "AUTH" else ""


# The parts, in words


def title(console: Console) -> str:
    return WORDS("console.title", port=console.port, role=role(console.port))


def now(console: Console) -> str:
    """Where the session stands, in a sentence."""
    said = [WORDS("console.state", **state_words(console.state))]
    if console.state != "closed":
        said.append(WORDS("console.protected" if console.tls_active else "console.clear"))
        if console.logged_in:
            said.append(WORDS("console.logged_in"))
    return WORDS("shared.clauses").join(said)


def state_words(state: State) -> dict[str, str]:
    """A state's name, and what it means."""
    return {word: WORDS(f"console.states.{state}.{word}") for word in ("name", "means")}


def step_words(step: Step) -> tuple[str, str]:
    """What a step is called, and what it does. A command is called by its line."""
    kind = step.name.split(" ")[0]
    return step.line or WORDS(f"console.names.{kind}"), WORDS(f"console.does.{kind}")


def account(console: Console) -> str | None:
    """What one needs to log in, where one logs in."""
    if console.state != "auth":
        return None
    lab = console.account
    return WORDS("console.account", address=lab.address, code=lab.authorization_code)


def leads(state: State) -> Iterator[str]:
    """What leads out of a state, and where to."""
    for name, to in LEADS[state]:
        step = WORDS.get(f"console.edges.{name}", name)
        yield WORDS("console.leads", step=step, state=state_words(to)["name"])


def diagram(console: Console) -> str:
    """The picture of the state machine for those who do not see it."""
    said = list(leads(console.state))
    if any(step.name == "QUIT" for step in console.next):
        closed = state_words("closed")["name"]
        said.append(WORDS("console.leads", step="QUIT", state=closed))
    return WORDS("console.machine_now", now=now(console), leads=WORDS("shared.clauses").join(said))


# The view


def view(console: Console) -> View:
    """What a console is without a kernel: all that it shows, and nowhere to type."""
    name, lab_account = title(console), account(console)
    following = WORDS("console.next")
    below = WORDS("shared.named", name=following, value="")
    pieces = [
        drawn(lambda: el("p", prose(WORDS("console.plain")))),
        *_history(Rows(console).rows),
        apart(para(now(console), "sm-sentence")),
        *([para(lab_account)] if lab_account else []),
        Piece([below], lambda: heading(following, level=4)),
        _steps(console),
        drawn(lambda: _machine(console)),
    ]
    return View("console", name, pieces)


def _history(made: list[Spoken]) -> list[Piece]:
    if not made:
        return [para(WORDS("transcript.session_empty"))]
    gone = left_out("shared.line_count", len(made) - MAX_ROWS, "console.history")
    shown = [*map(band, gone), *made[-MAX_ROWS:]]
    return [sequence_diagram(WORDS("console.list"), WORDS.get("console.columns"), shown)]


def _steps(console: Console) -> Piece:
    lines = columns(map(step_words, console.next))
    return Piece(lines, lambda: el("ul", *(el("li", _step(step)) for step in console.next)))


def _step(step: Step) -> Html:
    name, does = step_words(step)
    shown = el("code", name) if step.line else el("span", name)
    return join([shown, f": {does} (", link(*STEPS[step.name.split(" ")[0]]), ")"])


def _machine(console: Console) -> Html:
    """Every state, and where it leads to."""
    above = heading(WORDS("console.machine"), level=4)
    states = el("ol", *(_state(state, state == console.state) for state in STATES))
    below = WORDS("console.quit", state=state_words("closed")["name"])
    return join([above, states, el("p", f"{below}.", class_="sm-muted")])


def _state(state: State, here: bool) -> Html:
    said = state_words(state)
    means = WORDS("shared.named", name="", value=said["means"])
    shown = [el("strong", said["name"]), f"{means} (", link(*SECTIONS[state]), "). "]
    out = WORDS("shared.clauses").join(leads(state))
    shown.append(f"{out[:1].upper()}{out[1:]}.")
    if here:
        mark = WORDS("shared.named", name=WORDS("console.here"), value="")
        shown.insert(0, el("span", "▶ ", mark, class_="sm-sentence"))
    return el("li", *shown, aria_current="step" if here else None)
