"""The TCP sockets of this process: who has them, their states, and how these changed."""

from typing import TYPE_CHECKING

from ..catalogue import columns, counted, padded
from . import texts
from .html import Html, el, fold, heading, one_line, page, table

if TYPE_CHECKING:
    from ..lab import Look, Sockets
    from ..lab.sockets import Address, Change, Socket

__all__ = ["changed", "html", "look_html", "look_text", "named", "notes", "row", "text", "title"]

MAX_LOOKS = 40  # the newest ones
MAX_SOCKETS = 100
MAX_NOTE = 120  # characters


def text(watch: "Sockets") -> str:
    """The sockets now, and below them each look."""
    now = watch.now()
    said = [title(watch, now), *_table_text(now), *notes(now), ""]
    looks = watch.history
    if len(looks) > MAX_LOOKS:
        said.append(counted(len(looks) - MAX_LOOKS, texts.SOCKETS_OLDER))
    for look in looks[-MAX_LOOKS:]:
        said.append(f"{look.time:8.3f}  {_look_title(look)}")
        if look.number > 1:
            said += [f"          - {line}" for line in changed(look) or [texts.SOCKETS_NOTHING]]
    return "\n".join(said)


def html(watch: "Sockets") -> str:
    now = watch.now()
    label = title(watch, now)
    looks = watch.history
    older = len(looks) - MAX_LOOKS
    rows = [
        (
            _look_title(look),
            f"{look.time:.3f}",
            el("ul", *(el("li", line) for line in changed(look))) if look.changes
            else texts.SOCKETS_NOTHING,
        )
        for look in looks[-MAX_LOOKS:]
    ]  # fmt: skip
    steps = table(label, texts.SOCKETS_LOOKS, rows)
    return page(
        "sockets",
        label,
        heading(label),
        *_table_html(now),
        *(el("p", note, class_="sm-muted") for note in notes(now)),
        el("p", counted(older, texts.SOCKETS_OLDER)) if older > 0 else None,
        fold(counted(len(looks), texts.LOOKS), steps, is_open=len(looks) > 1),
    )


def look_text(look: "Look") -> str:
    """One look by itself."""
    return "\n".join([_look_title(look), *_table_text(look), *notes(look)])


def look_html(look: "Look") -> str:
    label = _look_title(look)
    muted = (el("p", note, class_="sm-muted") for note in notes(look))
    return page("sockets", label, heading(label), *_table_html(look), *muted)


def title(watch: "Sockets", now: "Look") -> str:
    return texts.SOCKETS_TITLE.format(
        sockets=counted(len(now.sockets), texts.SOCKETS),
        looks=counted(len(watch.history), texts.LOOKS),
    )


def named(look: "Look") -> str:
    """The words of a look."""
    if look.note:
        return one_line(look.note, MAX_NOTE)
    return texts.LOOK_FIRST if look.number == 1 else texts.LOOK_UNNAMED


def _look_title(look: "Look") -> str:
    return texts.LOOK_TITLE.format(number=look.number, note=named(look))


def notes(look: "Look") -> list[str]:
    """What is not in the table."""
    said = []
    if look.left_out:
        said.append(counted(look.left_out, texts.SOCKETS_LEFT_OUT))
    if not look.complete:
        said.append(texts.SOCKETS_PARTLY)
    return said


def row(one: "Socket") -> tuple[str, str, str, str, str]:
    """Whose, its own end, the other end, its state, and what that is."""
    owner = texts.SOCKET_OWNER[one.owner]
    if one.port and one.owner == "lab":
        owner = texts.SOCKET_PORT.format(owner=owner, port=one.port)
    meaning = texts.TCP_STATES.get(one.state, texts.TCP_STATE_OTHER)
    other = _address(one.remote) if one.remote else texts.NONE
    return owner, _address(one.local), other, one.state, meaning


def changed(look: "Look") -> list[str]:
    """What had changed at a look, one line for each socket."""
    return [_change(change) for change in look.changes]


def _change(change: "Change") -> str:
    before, after = change
    one = after or before
    assert one is not None
    words = texts.SOCKET_NAME if one.remote else texts.SOCKET_LISTENER
    name = words.format(
        local=_address(one.local), remote=_address(one.remote) if one.remote else ""
    )
    if before is None:
        words = texts.SOCKET_NEW
    elif after is None:
        words = texts.SOCKET_GONE
    else:
        words = texts.SOCKET_TAKEN if before.state == after.state else texts.SOCKET_MOVED
    return words.format(
        name=name,
        before=before.state if before else "",
        after=after.state if after else "",
        owner=texts.SOCKET_OWNER[after.owner] if after else "",
    )


def _address(address: "Address") -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _table_text(look: "Look") -> list[str]:
    if not look.sockets:
        return [texts.SOCKETS_NONE]
    rows = [texts.SOCKETS_COLUMNS, *(row(one) for one in look.sockets[:MAX_SOCKETS])]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(padded, cells, widths)).rstrip() for cells in rows]


def _table_html(look: "Look") -> list[Html]:
    if not look.sockets:
        return [el("p", texts.SOCKETS_NONE)]
    rows = (
        (owner, el("code", local), el("code", remote), el("strong", state), meaning)
        for owner, local, remote, state, meaning in map(row, look.sockets[:MAX_SOCKETS])
    )
    return [table(_look_title(look), texts.SOCKETS_COLUMNS, rows)]
