"""The switchboard: what is turned on acts, is a line of code, and leaves nothing behind."""

import gc
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smtplab import views
from smtplab.lab import Lab, Switchboard, faults
from smtplab.lab.faults import Fault
from smtplab.lab.link import Link
from smtplab.lab.switchboard import FAULTS, MIDDLE, last_line, written
from smtplab.views.live.switchboard import Model, offer

from .client import ENOUGH, Client, ended, until

GREYLISTED = faults.Reply(450, at="RCPT")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def board(lab: Lab) -> Switchboard:
    return lab.switchboard()


def rcpt(client: Client) -> str:
    client.say("RSET")
    client.say("MAIL FROM:<a@b.test>")
    return client.say("RCPT TO:<lin@lab.test>")


def inside(lab: Lab, line: str, act: Callable[[], Any]) -> Any:
    """What comes of something while a line of code, as it is shown, is at work."""
    found: list[Any] = []
    code = f"{line} act()" if line.endswith(":") else f"{line}; act()"
    exec(code, {"lab": lab, "faults": faults, "act": lambda: found.append(act())})
    return found[0]


# Faults


def test_a_fault_acts_in_open_connections_and_in_new_ones_until_it_is_off(
    lab: Lab, board: Switchboard
) -> None:
    with Client(lab, 25) as before:
        before.say("EHLO x")
        board.turn_on(GREYLISTED)
        with Client(lab, 25) as after:
            after.say("EHLO x")
            assert [rcpt(client)[:3] for client in (before, after)] == ["450", "450"]
            board.turn_off(GREYLISTED)
            assert [rcpt(client)[:3] for client in (before, after)] == ["250", "250"]


def test_several_faults_are_on_at_once_and_one_that_is_turned_on_twice_is_on_once(
    lab: Lab, board: Switchboard
) -> None:
    board.turn_on(GREYLISTED, faults.Reply(421, at="NOOP"))
    board.turn_on(GREYLISTED)
    assert board.faults == (GREYLISTED, faults.Reply(421, at="NOOP"))
    board.turn_off(GREYLISTED, GREYLISTED)
    board.turn_off(GREYLISTED)
    with Client(lab, 25) as client:
        client.say("EHLO x")
        assert rcpt(client)[:3] == "250"
        assert client.say("NOOP")[:3] == "421"


def test_a_fault_that_a_cell_has_turned_on_is_left_alone(lab: Lab, board: Switchboard) -> None:
    with lab.misbehave(GREYLISTED), Client(lab, 25) as client:
        client.say("EHLO x")
        board.turn_on(GREYLISTED)
        board.off()
        assert rcpt(client)[:3] == "450"


def test_what_is_no_fault_is_refused_and_nothing_is_on(board: Switchboard) -> None:
    no_fault: Any = faults.StripStarttls()
    with pytest.raises(TypeError, match=r"lab\.tap"):
        board.turn_on(GREYLISTED, no_fault)
    assert board.faults == ()


# Profile


def test_a_profile_holds_for_new_connections_and_an_open_one_keeps_its_own(
    lab: Lab, board: Switchboard
) -> None:
    with Client(lab, 587) as before:
        board.set_profile("legacy")
        with Client(lab, 587) as after:
            for client, wanted in ((before, "530"), (after, "250")):
                client.say("EHLO x")
                assert client.say("MAIL FROM:<a@lab.test>")[:3] == wanted
            board.set_profile("strict")
            assert after.say("RSET") and after.say("MAIL FROM: <a@lab.test>")[:3] == "250"
    assert board.lines == []


def test_the_profile_of_a_lab_can_be_set_and_is_looked_at(lab: Lab, board: Switchboard) -> None:
    lab.profile = "legacy"
    assert (lab.profile, board.profile) == ("legacy", "legacy")
    for change in (board.set_profile, lambda name: setattr(lab, "profile", name)):
        with pytest.raises(ValueError, match='"strict" or "legacy", not \'modern\''):
            change("modern")
    board.set_profile("strict")
    assert board.lines == ['lab.profile = "strict"']
    board.off()
    assert lab.profile == "legacy"


# The link


def test_a_link_holds_for_new_connections_and_the_labs_own_is_back_afterwards() -> None:
    own = Link(0.001, None)
    with Lab(round_trip=0.001) as lab:
        board = lab.switchboard()
        board.set_link(0.02, 50_000)
        with Client(lab, 25):
            board.set_link(0.01)
        with Client(lab, 25):
            board.set_link()
        with Client(lab, 25):
            pass
        ended(lab, count=3)
        links = [session.link for session in lab.transcript]
        assert links == [Link(0.02, 50_000), Link(0.01, None), own]


def test_a_link_of_a_cell_and_one_of_the_board_end_in_any_order(
    lab: Lab, board: Switchboard
) -> None:
    def crossed() -> float:
        with Client(lab, 25):
            return lab.transcript[-1].link.round_trip

    board.set_link(0.001)
    with lab.link(round_trip=0.002):
        board.set_link()
        assert crossed() == 0.002
    assert crossed() == 0
    with lab.link(round_trip=0.002):
        board.set_link(0.003)
        assert crossed() == 0.003
    assert crossed() == 0.003


# The man in the middle


def test_he_gets_the_clients_of_the_labs_own_address(lab: Lab, board: Switchboard) -> None:
    with Client(lab, 587) as before:
        board.set_tap(587, faults.StripStarttls())
        with Client(lab, 587) as client, Client(lab, 25) as elsewhere:
            assert "STARTTLS" not in client.say("EHLO x")
            assert "STARTTLS" in before.say("EHLO x")
            assert "STARTTLS" in elsewhere.say("EHLO x")
            assert board.tap is not None and b"EHLO x\r\n" in board.tap.octets
            board.set_tap(587, faults.StripStarttls())  # he is there already
            assert "STARTTLS" not in client.say("EHLO x")
            board.no_tap()
            assert client.rest() == b""
        with Client(lab, 587) as client:
            assert "STARTTLS" in client.say("EHLO x")
        assert before.say("NOOP")[:3] == "250"


def test_he_stands_before_a_link_too(lab: Lab, board: Switchboard) -> None:
    board.set_link(0.01)
    board.set_tap(25)
    with Client(lab, 25) as client:
        client.say("EHLO x")
        assert lab.transcript[-1].link == Link(0.01)
        assert board.tap is not None and b"EHLO x\r\n" in board.tap.octets


def test_what_he_could_never_do_is_refused_and_whoever_was_there_stays(
    lab: Lab, board: Switchboard
) -> None:
    board.set_tap(587)
    with pytest.raises(ValueError, match="465 has no STARTTLS"):
        board.set_tap(465, faults.StripStarttls())
    with pytest.raises(ValueError, match="25, 465 and 587, not for 26"):
        board.set_tap(26)
    assert board.lines == ["with lab.tap(587, divert=True) as tap:"]


# Lines of code


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_line_of_a_fault_is_the_fault(lab: Lab, board: Switchboard, fault: Fault) -> None:
    assert eval(written(fault), {"faults": faults}) == fault
    board.turn_on(fault)
    [line] = board.lines
    board.off()
    assert inside(lab, line, lambda: [one.fault for one in lab._world.faults]) == [fault]


def test_the_line_is_as_one_would_write_it(board: Switchboard) -> None:
    board.turn_on(GREYLISTED, faults.Dribble(), faults.Reply(550, 'no "x" 你好', at=None, times=2))
    assert board.lines == [
        'with lab.misbehave(faults.Reply(450, at="RCPT")):',
        "with lab.misbehave(faults.Dribble(octets=1)):",
        'with lab.misbehave(faults.Reply(550, at=None, times=2, text="no \\"x\\" 你好")):',
    ]


def test_a_default_that_is_something_is_not_lost_when_none_is_meant() -> None:
    everywhere = faults.Reply(550, at=None)
    assert eval(written(everywhere), {"faults": faults}) == everywhere


@pytest.mark.parametrize("habits", MIDDLE.values(), ids=MIDDLE)
def test_the_line_of_the_man_in_the_middle_does_the_same(
    lab: Lab, board: Switchboard, habits: tuple[faults.Habit, ...]
) -> None:
    board.set_tap(587, *habits)
    [line] = board.lines
    board.off()

    def habits_there() -> list[Any]:
        return [(tap.port, tap.habits, tap.diverts) for tap in lab._world.ways._taps]

    assert inside(lab, line, habits_there) == [(587, habits, True)]


def test_the_lines_of_link_and_profile_do_the_same(lab: Lab, board: Switchboard) -> None:
    board.set_profile("legacy")
    board.set_link(0.001, 50_000)
    profile, link = board.lines
    board.off()

    def seen() -> tuple[str, Link]:
        with Client(lab, 25):
            return lab.profile, lab.transcript[-1].link

    assert inside(lab, link, seen) == ("strict", Link(0.001, 50_000))
    assert inside(lab, profile, seen) == ("legacy", Link())


# Who is connected


def test_open_sessions_come_first_with_the_last_line_of_each_side(
    lab: Lab, board: Switchboard
) -> None:
    with Client(lab, 25) as first:
        first.say("EHLO first.test")
        with Client(lab, 25) as second:
            second.say("QUIT")
        until(lambda: lab.transcript[-1].ended is not None)
        sessions = board.sessions(5)
        assert [session.number for session in sessions] == [1, 2]
        assert last_line(sessions[0], "C") == "EHLO first.test"
        assert last_line(sessions[1], "S").startswith("221 ")
        assert [session.number for session in board.sessions(1)] == [1]
        first.sock.sendall(b"MAIL FR")
        until(lambda: last_line(sessions[0], "C") == "MAIL FR")
        first.sock.sendall(b"OM:<a@b.test>\r\n")
        until(lambda: last_line(sessions[0], "C") == "MAIL FROM:<a@b.test>")


def test_a_reply_in_many_segments_has_its_last_line(lab: Lab, board: Switchboard) -> None:
    board.turn_on(faults.Dribble())
    with Client(lab, 25) as client:
        client.say("EHLO x")
        assert last_line(lab.transcript[-1], "S") == "250 HELP"


# Off


def all_on(board: Switchboard) -> None:
    board.turn_on(GREYLISTED)
    board.set_profile("legacy")
    board.set_link(0.01)
    board.set_tap(25, faults.StripStarttls())
    assert len(board.lines) == 4


def test_off_undoes_it_all_and_a_second_time_does_nothing(lab: Lab, board: Switchboard) -> None:
    all_on(board)
    for _ in range(2):
        board.off()
        assert (board.lines, lab.profile, lab._world.faults) == ([], "strict", ())
        with Client(lab, 25) as client:
            assert "STARTTLS" in client.say("EHLO x")
            assert rcpt(client)[:3] == "250"
            assert not lab.transcript[-1].link


@pytest.mark.usefixtures("nothing_left")
def test_stop_undoes_it_all_and_nothing_can_be_turned_on_then() -> None:
    lab = Lab()
    board = lab.switchboard()
    all_on(board)
    with socket.create_connection(lab.address(25), timeout=ENOUGH):
        lab.stop()
    assert (board.lines, lab.profile) == ([], "strict")
    board.off()
    board.turn_off(GREYLISTED)
    board.no_tap()
    for change in (
        lambda: board.turn_on(GREYLISTED),
        lambda: board.set_profile("legacy"),
        lambda: board.set_link(0.1),
        lambda: board.set_tap(25),
    ):
        with pytest.raises(RuntimeError, match="has been stopped"):
            change()
    assert board.lines == []
    assert views.drawn(board)["text/plain"].endswith("nothing is turned on any more.")
    lab.stop()


def test_a_lab_has_one_switchboard_which_does_not_keep_it_alive() -> None:
    lab = Lab()
    board = lab.switchboard()
    assert lab.switchboard() is board
    all_on(board)
    gone = weakref.ref(lab)
    gc.disable()  # a circle would be left
    try:
        del lab
        assert gone() is None
    finally:
        gc.enable()
    assert not board.running


# What is shown


def test_the_plain_page_has_the_lines_and_who_said_what(lab: Lab, board: Switchboard) -> None:
    assert "Nothing is turned on." in views.drawn(board)["text/plain"]
    all_on(board)
    with Client(lab, 25) as client:
        client.say("EHLO <b>x</b>")
        text, page = views.drawn(board)["text/plain"], views.drawn(board)["text/html"]
    for line in board.lines:
        assert line in text
    assert "EHLO <b>x</b>" in text and "<b>x" not in page
    assert "still open" in text
    assert "The man in the middle: " in text and "Profile: legacy" in text


@pytest.fixture
def model(board: Switchboard) -> Iterator[Model]:
    model = Model(board)
    yield model
    model.close()
    assert [control.comm for control in model.controls] == [None] * len(model.controls)


def test_the_controls_turn_on_and_off(board: Switchboard, model: Model) -> None:
    model.profile.value = "legacy"
    for code in (450, 550):
        model.fault.value = faults.Reply(code)
        model._follow(board)
        assert not model.is_on.value
        model.is_on.value = True
    model.round_trip.value = 200
    model.bandwidth.value = 10_000
    model.middle.value = MIDDLE["strips"]
    assert board.lines == [
        'lab.profile = "legacy"',
        'with lab.misbehave(faults.Reply(450, at="RCPT")):',
        'with lab.misbehave(faults.Reply(550, at="RCPT")):',
        "with lab.link(round_trip=0.2, bandwidth=10000):",
        "with lab.tap(587, faults.StripStarttls(), divert=True) as tap:",
    ]
    model.is_on.value = False
    model.bandwidth.value = 0
    model.port.value = 25
    assert board.lines[1:] == [
        'with lab.misbehave(faults.Reply(450, at="RCPT")):',
        "with lab.link(round_trip=0.2, bandwidth=None):",
        "with lab.tap(25, faults.StripStarttls(), divert=True) as tap:",
    ]
    model.port.value = 465  # where there is no STARTTLS to strip
    assert board.tap is None
    model._follow(board)
    assert MIDDLE["strips"] not in [value for _, value in model.middle.options]
    model.off.click()
    assert board.lines == []


def test_the_controls_follow_what_is_turned_on_in_code(board: Switchboard, model: Model) -> None:
    own = faults.Dribble(octets=3)
    board.turn_on(own)
    board.set_profile("legacy")
    board.set_link(2.5, 1_234)
    board.set_tap(25, faults.Latency(0.001), faults.StripStarttls())
    lines = board.lines
    model._follow(board)
    assert (model.profile.value, model.round_trip.value) == ("legacy", 2_500)
    assert (model.bandwidth.value, model.port.value) == (1_234, 25)
    assert model.middle.value == board.habits
    model.fault.value = own
    model._follow(board)
    assert model.is_on.value
    assert ("faults.Dribble(octets=3) (on)", own) in model.fault.options
    assert board.lines == lines
    model.off.click()
    model._follow(board)
    assert (model.profile.value, model.round_trip.value, model.bandwidth.value) == ("strict", 0, 0)
    assert (model.middle.value, model.is_on.value) == ("nobody", False)


def test_a_choice_that_is_made_while_the_controls_follow_is_kept(
    board: Switchboard, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(control: Any, names: dict[Any, str], value: Any) -> None:
        if control is model.fault:
            page = threading.Thread(target=control.set_state, args=[{"index": 4}])
            page.start()
            page.join()
        offer(control, names, value)

    monkeypatch.setattr(model, "stir", lambda: None)
    model.fault.value = faults.Reply(421, at="MAIL")
    model.is_on.value = True
    with monkeypatch.context() as patched:
        patched.setattr("smtplab.views.live.switchboard.offer", late)
        model._follow(board)
    model._follow(board)
    assert (model.fault.value, model.is_on.value) == (faults.Reply(450, at="RCPT"), False)
    model.is_on.value = True
    assert board.faults == (faults.Reply(421, at="MAIL"), faults.Reply(450, at="RCPT"))


def test_what_is_turned_on_moves_nothing_else_in_its_list(board: Switchboard, model: Model) -> None:
    before = [fault for _, fault in model.fault.options]
    own = faults.Dribble(octets=3)
    board.turn_on(own, before[5], before[2])
    model._follow(board)
    assert [fault for _, fault in model.fault.options] == [*before, own]


def test_the_controls_of_a_stopped_lab_are_dead(lab: Lab, board: Switchboard, model: Model) -> None:
    lab.stop()
    model.is_on.value = True
    assert board.lines == []
    assert "stopped" in str(model.first(board)["page"])
    assert all(control.disabled for control in model.controls)


def test_the_page_is_told_of_words_and_of_changes(
    lab: Lab, board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(Model, "send", lambda self, said, buffers=None: heard.append(str(said)))
    model = Model(board)
    threading.Thread(target=board.turn_on, args=[GREYLISTED]).start()
    until(lambda: any('at="RCPT"' in said for said in heard))
    with Client(lab, 25) as client:
        client.say("EHLO news.test")
    until(lambda: any("EHLO news.test" in said for said in heard))
    lab.stop()
    until(lambda: "stopped" in heard[-1])
    model.close()
