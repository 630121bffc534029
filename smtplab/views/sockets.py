"""The TCP sockets of this process: who has them, their states, and how these changed."""

from ..lab import Look, Sockets
from ..lab.sockets import Address, Change, Socket
from .html import NONE, Html, el, fold, left_out, one_line, table
from .said import WORDS
from .view import Piece, View, apart, grid, para

__all__ = ["changed", "look_view", "named", "view"]

MAX_LOOKS = 40  # the newest ones
MAX_SOCKETS = 100
MAX_NOTE = 120  # characters


def view(watch: Sockets) -> View:
    """The sockets now, and below them each look."""
    now, looks = watch.now(), watch.history
    label = WORDS(
        "sockets.title",
        sockets=WORDS("sockets.socket_count", count=len(now.sockets)),
        looks=WORDS("sockets.look_count", count=len(looks)),
    )
    older = left_out("sockets.look_count", len(looks) - MAX_LOOKS, "watch.history")
    nothing = WORDS("sockets.nothing")
    lines, rows = [""], []
    for look in looks[-MAX_LOOKS:]:
        title, moved = _look_title(look), changed(look)
        lines.append(f"{look.time:8.3f}  {title}")
        if look.number > 1:
            lines += [f"          - {one}" for one in moved or [nothing]]
        listed = el("ul", *(el("li", one) for one in moved)) if moved else nothing
        rows.append((title, f"{look.time:.3f}", listed))
    heads = WORDS.get("sockets.look_columns")
    kept = WORDS("sockets.look_count", count=len(looks))
    steps = Piece(lines, lambda: fold(kept, table(label, heads, rows), is_open=len(looks) > 1))
    return View("sockets", label, [*_table(now), *map(apart, map(para, older)), steps])


def look_view(look: Look) -> View:
    """One look by itself."""
    return View("sockets", _look_title(look), _table(look))


def named(look: Look) -> str:
    """The words of a look."""
    if look.note:
        return one_line(look.note, MAX_NOTE)
    return WORDS("sockets.first") if look.number == 1 else WORDS("sockets.unnamed")


def _look_title(look: Look) -> str:
    return WORDS("sockets.look", number=look.number, note=named(look))


def _row(one: Socket) -> tuple[str, Html, Html, Html, str]:
    """Whose, its own end, the other end, its state, and what that is."""
    owner = WORDS(f"sockets.owners.{one.owner}")
    if one.port and one.owner == "lab":
        owner = WORDS("sockets.on_port", owner=owner, port=one.port)
    meaning = WORDS.get(f"sockets.states.{one.state}") or WORDS("sockets.states.other")
    other = _cell(one.remote) if one.remote else el("code", NONE)
    return owner, _cell(one.local), other, el("strong", one.state), meaning


def _cell(address: Address) -> Html:
    """An address that is broken, where there is no room, before its port alone."""
    host, _, port = _address(address).rpartition(":")
    return el("code", f"{host}:", el("wbr"), port, class_="sm-address")


def changed(look: Look) -> list[str]:
    """What had changed at a look, one line for each socket."""
    return [_change(change) for change in look.changes]


def _change(change: Change) -> str:
    before, after = change
    one = after or before
    assert one is not None
    name = _address(one.local)
    if one.remote:
        name = WORDS("sockets.pair", local=name, remote=_address(one.remote))
    if after is None:
        return WORDS("sockets.gone", name=name, before=one.state)
    if before is None:
        return WORDS("sockets.new", name=name, after=one.state)
    if before.state == after.state:
        owner = WORDS(f"sockets.owners.{after.owner}")
        return WORDS("sockets.taken", name=name, after=after.state, owner=owner)
    return WORDS("sockets.moved", name=name, before=before.state, after=after.state)


def _address(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _table(look: Look) -> list[Piece]:
    """The sockets, and what is not in the table of them."""
    rows = [_row(one) for one in look.sockets[:MAX_SOCKETS]]
    heads = WORDS.get("sockets.columns")
    pieces = [grid(_look_title(look), heads, rows) if rows else para(WORDS("sockets.none"))]
    if look.left_out:
        pieces.append(para(WORDS("sockets.left_out", count=look.left_out), "sm-muted"))
    if not look.complete:
        pieces.append(para(WORDS("sockets.partly"), "sm-muted"))
    return pieces
