"""The sockets of this process: what is seen, what is left out, and who is told."""

import gc
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import psutil
import pytest

from smtplab import views
from smtplab.lab import Lab, Look, Sockets
from smtplab.lab.sockets import Change, Socket
from smtplab.views import live
from smtplab.views.live import sockets as view
from smtplab.views.said import WORDS

from .client import until
from .test_views import page as drawn

MAC = sys.platform == "darwin"
kernels = pytest.mark.skipif(MAC, reason="macOS shows a user no socket that has no process")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


class Life(NamedTuple):
    """A watch over one connection, from listen to the end; and the ports of its two ends."""

    watch: Sockets
    listener: int
    client: int


def acknowledged(port: int) -> None:
    """Wait until the kernel has acknowledged what that end has closed: it may take its time."""
    deadline = time.monotonic() + 10
    while any(
        c.laddr[1] == port and c.status == psutil.CONN_FIN_WAIT1
        for c in psutil.net_connections(kind="tcp")
    ):
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def life(lab: Lab) -> Life:
    watch = lab.sockets()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        watch.note("listen")
        client = socket.create_connection(listener.getsockname(), timeout=5)
        ports = listener.getsockname()[1], client.getsockname()[1]
        watch.note("connect has returned")
        server, _ = listener.accept()
        with client, server:
            watch.note("accepted")
            client.close()
            assert server.recv(1) == b""
            acknowledged(ports[1])
            watch.note("the client has closed")
        watch.note("both have closed")
    watch.note("the listener has closed")
    return Life(watch, *ports)


def ends(look: Look, *ports: int) -> list[tuple[str, str]]:
    """State and owner of the sockets whose own port is one of these."""
    return [(one.state, one.owner) for one in look.sockets if one.local[1] in ports]


# What is seen


@kernels
def test_a_life_is_seen_step_by_step(life: Life) -> None:
    looks = {look.note: look for look in life.watch.history}
    client = {note: ends(look, life.client) for note, look in looks.items()}
    server = {note: ends(look, life.listener) for note, look in looks.items()}
    listens = ("LISTEN", "yours")
    assert list(looks) == ["", "listen", "connect has returned", "accepted",
                           "the client has closed", "both have closed",
                           "the listener has closed"]  # fmt: skip
    assert (client["listen"], server["listen"]) == ([], [listens])
    assert client["connect has returned"] == [("ESTABLISHED", "yours")]
    assert server["connect has returned"] == [listens, ("ESTABLISHED", "kernel")]
    assert server["accepted"] == [listens, ("ESTABLISHED", "yours")]
    assert client["the client has closed"] == [("FIN_WAIT2", "kernel")]
    assert server["the client has closed"] == [listens, ("CLOSE_WAIT", "yours")]
    assert client["both have closed"] == [("TIME_WAIT", "kernel")]
    assert server["both have closed"] == [listens]
    assert server["the listener has closed"] == []
    assert client["the listener has closed"] == [("TIME_WAIT", "kernel")]


@kernels
def test_what_has_changed_is_told_with_each_look(life: Life) -> None:
    looks = life.watch.history
    assert [look.number for look in looks] == list(range(1, 8))
    times = [look.time for look in looks]
    assert times == sorted(times)
    moved = [
        [(c.before and c.before.state, c.after and c.after.state) for c in look.changes]
        for look in looks
    ]
    assert moved[1:] == [
        [(None, "LISTEN")],
        [(None, "ESTABLISHED"), (None, "ESTABLISHED")],
        [("ESTABLISHED", "ESTABLISHED")],  # another owner: it was accepted
        [("ESTABLISHED", "FIN_WAIT2"), ("ESTABLISHED", "CLOSE_WAIT")],
        [("FIN_WAIT2", "TIME_WAIT"), ("CLOSE_WAIT", None)],
        [("LISTEN", None)],
    ]


def test_looking_again_keeps_nothing_and_a_note_is_always_kept(lab: Lab) -> None:
    watch = lab.sockets()
    first = watch.history[0]
    again = watch.now()
    assert watch.history == (first,)
    assert (again.number, again.sockets, again.changes) == (1, first.sockets, ())
    assert watch.note("here").note == "here"
    assert [look.note for look in watch.history] == ["", "here"]
    with socket.create_server(("127.0.0.1", 0)):
        assert watch.now().number == 3
    assert len(watch.history) == 3
    assert watch.now().number == 4


def test_the_labs_ends_are_told_from_ours(lab: Lab) -> None:
    watch = lab.sockets()
    # What other tests have left open for a moment is on none of its ports.
    its_own = [one for one in watch.now().sockets if one.port]
    assert {(one.state, one.owner) for one in its_own} == {("LISTEN", "lab")}
    assert {one.port for one in its_own} == {25, 465, 587}
    with socket.create_connection(lab.address(587), timeout=5) as sock:
        sock.recv(1)
        there, here = lab.address(587)[1], sock.getsockname()[1]
        now = watch.now()
        assert ends(now, here) == [("ESTABLISHED", "yours")]
        assert sorted(ends(now, there)) == [("ESTABLISHED", "lab"), ("LISTEN", "lab")]
        assert {one.port for one in now.sockets if one.remote} == {587}
    with lab.tap(25) as tap:
        listens = [one for one in watch.now().sockets if one.local == tap.address]
        assert [(one.owner, one.port) for one in listens] == [("lab", 25)]


def test_a_connection_that_stands_before_the_watch_is_seen(lab: Lab) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), timeout=5) as client,
        socket.create_connection(lab.address(25), timeout=5) as other,
    ):
        now = lab.sockets().now()
        for sock in (listener, client, other):
            assert ("yours" in {owner for _, owner in ends(now, sock.getsockname()[1])}) is True


def test_another_process_at_the_other_end_is_named_so(lab: Lab) -> None:
    watch = lab.sockets()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = (
            "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
            "print(s.getsockname()[1], flush=True); s.recv(1)"
        )
        port = str(listener.getsockname()[1])
        with subprocess.Popen([sys.executable, "-c", code, port], stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            its = int(other.stdout.readline())
            server, _ = listener.accept()
            with server:
                expected = [] if MAC else [("ESTABLISHED", "other")]
                assert ends(watch.now(), its) == expected


# What is left out


class Told(NamedTuple):
    """What psutil tells of a socket."""

    laddr: tuple[str, int]
    raddr: tuple[str, int] | tuple[()]
    status: str
    pid: int | None


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """The TCP sockets that the system tells of, instead of the true ones."""
    table: list[Told] = []
    monkeypatch.setattr(psutil, "net_connections", lambda kind: list(table))
    return table


def at(port: int) -> tuple[str, int]:
    return ("127.0.0.1", port)


def test_the_notebooks_own_sockets_are_counted_and_left_out(system: list[Told]) -> None:
    here = os.getpid()
    # No Python object has them: ZeroMQ's, that listen for the front end, and one that it uses.
    system += [Told(at(p), (), "LISTEN", here) for p in (1001, 1002)]
    system += [Told(at(1001), at(5001), "ESTABLISHED", here)]
    watch = Sockets()
    assert (watch.now().sockets, watch.now().left_out) == ((), 3)
    # Another page opens: what listened accepts once more.
    system.append(Told(at(1002), at(5002), "ESTABLISHED", here))
    system.append(Told(at(5002), at(1002), "ESTABLISHED", here + 1))
    assert (watch.now().sockets, watch.now().left_out) == ((), 4)
    system.append(Told(at(2000), (), "LISTEN", here))
    assert [one.local for one in watch.now().sockets] == [at(2000)]


def test_an_event_loops_own_pair_is_left_out(system: list[Told]) -> None:
    with socket.socket() as one, socket.socket() as other:
        for sock in (one, other):
            sock.bind(("127.0.0.1", 0))
        a, b = one.getsockname(), other.getsockname()
        system += [Told(a, b, "ESTABLISHED", os.getpid()), Told(b, a, "ESTABLISHED", os.getpid())]
        assert Sockets().now().sockets == ()
        # The same two, where one of them was accepted by somebody who listens.
        system.append(Told(a, (), "LISTEN", os.getpid()))
        assert len(Sockets().now().sockets) == 3


def test_what_was_over_before_the_watch_is_not_shown(system: list[Told]) -> None:
    system += [Told(at(7000), at(25), "TIME_WAIT", None)]
    watch = Sockets(lambda: {25: 25})
    system += [Told(at(7001), at(25), "TIME_WAIT", None), Told(at(25), at(7002), "TIME_WAIT", None)]
    system += [Told(at(7003), at(80), "TIME_WAIT", None), Told(at(7004), (), "LISTEN", 1)]
    assert [one.key for one in watch.now().sockets] == [(at(7001), at(25)), (at(25), at(7002))]
    assert {one.owner for one in watch.now().sockets} == {"kernel"}


def test_where_the_system_shows_our_own_sockets_alone_that_is_said(
    monkeypatch: pytest.MonkeyPatch, lab: Lab
) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    watch = lab.sockets()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        look = watch.now()
        assert ends(look, listener.getsockname()[1]) == [("LISTEN", "yours")]
    assert not look.complete
    assert WORDS("sockets.partly") in views.drawn(look)["text/plain"]
    assert WORDS("sockets.partly") in drawn(watch).text


def test_objects_that_answer_anything_are_not_asked(lab: Lab) -> None:
    class Liar:
        @property
        def __class__(self) -> Any:
            raise RuntimeError("asked")

    liars = [Liar() for _ in range(3)]
    lab.sockets()
    assert liars


# Who is told


def test_a_listener_hears_of_each_look_that_is_kept(lab: Lab) -> None:
    watch = lab.sockets()
    heard: list[str] = []

    def wrong(look: Look) -> None:
        raise ZeroDivisionError

    watch.subscribe(wrong)
    watch.subscribe(lambda look: heard.append(look.note))
    watch.now()
    watch.note("one")
    assert heard == ["one"]


def test_a_watch_keeps_no_lab_alive(lab: Lab) -> None:
    other = Lab()
    watch = other.sockets()
    seen = weakref.ref(other)
    del other
    gc.collect()
    assert seen() is None
    assert {one.owner for one in watch.now().sockets} <= {"kernel", "yours"}


# The plain view


@kernels
def test_the_plain_view_has_every_look_and_what_had_changed(life: Life) -> None:
    ports = {"client": f"127.0.0.1:{life.client}", "listener": f"127.0.0.1:{life.listener}"}
    text, page = views.drawn(life.watch)["text/plain"], drawn(life.watch)
    for said in (text, page.text):
        for words in (
            "Look 3: connect has returned",
            f"{ports['listener']}: LISTEN, new",
            f"{ports['listener']} to {ports['client']}: ESTABLISHED, now yours",
            f"{ports['client']} to {ports['listener']}: FIN_WAIT2, now TIME_WAIT",
            f"{ports['listener']}: was LISTEN, gone",
            "no process's",
            "the lab's (port 465)",
        ):
            assert words in said
    assert len(page.all("table")) == 2


def test_a_note_is_only_text(lab: Lab) -> None:
    watch = lab.sockets()
    look = watch.note("<img src=x onerror=alert(1)>\x1b\u202e" + "x" * 1000)
    for thing in (watch, look):
        assert not drawn(thing).all("img")
        for said in views.drawn(thing).values():
            assert "\x1b" not in said and "\u202e" not in said
            assert len(said) < 40_000


def test_a_long_history_is_cut(system: list[Told]) -> None:
    watch = Sockets()
    for number in range(50):
        watch.note(f"n{number}.")
    text = views.drawn(watch)["text/plain"]
    assert "11 looks left out" in text
    assert "n9." not in text and "n10." in text and "n49." in text


def test_every_state_of_the_system_has_its_words() -> None:
    names = {n for n in vars(psutil) if n.startswith("CONN_")}
    known = set(WORDS.get("sockets.states"))
    assert {str(getattr(psutil, name)) for name in names} - {"NONE"} <= known
    odd = Socket(at(1), None, "BOUND", "yours", None)
    look = Look(1, 0.0, "", (odd,), (), 0, True)
    assert WORDS("sockets.states.other") in views.drawn(look)["text/plain"]


# The live view's model


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(live.Live, "send", lambda self, said, buffers=None: heard.append(said))
    return heard


def test_a_change_is_pushed_soon_while_the_program_is_busy(
    lab: Lab, told: list[dict[str, Any]]
) -> None:
    watch = lab.sockets()
    model = view.Model(watch)
    assert model.watching
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        until(lambda: any(f"{port}: LISTEN, new" in repr(push) for push in told))
    until(lambda: any("was LISTEN, gone" in repr(push) for push in told))
    assert [look["number"] for look in told[-1]["rows"]] == list(range(1, len(watch.history) + 1))


def test_a_model_looks_only_while_a_page_has_it_in_sight(
    lab: Lab, told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = lab.sockets()
    monkeypatch.setattr(view, "PATIENCE", 0.6)
    model = view.Model(watch)
    assert model.watching  # the page that it was made for has not spoken yet
    for _ in range(4):
        time.sleep(0.3)
        model.ask_now()
        assert model.watching
    until(lambda: not model.watching)
    model.ask_now()
    assert model.watching


def test_the_thread_ends_with_the_object(lab: Lab, told: list[dict[str, Any]]) -> None:
    before = set(threading.enumerate())
    watch = lab.sockets()
    live.enliven(watch, "")
    (thread,) = set(threading.enumerate()) - before
    del watch
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()


def test_the_first_thing_told_is_small_and_the_rest_can_be_asked_for(
    system: list[Told], told: list[dict[str, Any]]
) -> None:
    watch = Sockets()
    for number in range(300):
        watch.note(f"n{number}")
    model = view.Model(watch)
    assert model.state["total"] == 301
    assert [look["note"] for look in model.state["rows"]] == [f"n{n}" for n in range(280, 300)]
    assert len(repr(model.state)) < 40_000
    answer = model.ask_looks(0, 1_000)
    assert [look["number"] for look in answer["rows"]] == list(range(1, live.MOST + 1))


def test_ports_stand_alone_where_every_address_is_the_same(lab: Lab) -> None:
    watch = lab.sockets()
    said = repr(view.drawn(watch.history[0]))
    assert "127.0.0.1:" not in said
    assert WORDS("sockets.loopback") in said
    other = Socket(("192.0.2.1", 5), ("192.0.2.2", 25), "ESTABLISHED", "yours", None)
    look = Look(1, 0.0, "", (*watch.history[0].sockets, other), (), 0, True)
    said = repr(view.drawn(look))
    assert "192.0.2.1:" in said and "127.0.0.1:" in said
    assert WORDS("sockets.loopback") not in said


def test_the_way_through_the_diagram_is_told_only_where_it_is_known() -> None:
    listens = Socket(at(25), None, "LISTEN", "yours", None)
    client = Socket(at(9), at(25), "ESTABLISHED", "yours", None)
    server = Socket(at(25), at(9), "ESTABLISHED", "kernel", None)
    waits = Socket(at(25), at(9), "CLOSE_WAIT", "yours", None)
    taken = Socket(at(25), at(9), "ESTABLISHED", "yours", None)

    def moves(*changes: Change) -> list[list[str]]:
        return view.moves(Look(2, 0.0, "", (listens,), changes, 0, True))

    assert moves(Change(None, client), Change(None, server), Change(None, listens)) == [
        ["CLOSED", "ESTABLISHED"], ["LISTEN", "ESTABLISHED"], ["CLOSED", "LISTEN"]
    ]  # fmt: skip
    assert moves(Change(server, waits), Change(waits, None)) == [
        ["ESTABLISHED", "CLOSE_WAIT"], ["CLOSE_WAIT", "CLOSED"]
    ]  # fmt: skip
    assert moves(Change(client, None), Change(server, taken)) == []
