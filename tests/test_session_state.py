"""The order of a session: held against what the lab really answers, for every state and command."""

import base64
from collections.abc import Iterator

import pytest

from smtplab.lab import Lab
from smtplab.lab.console import Console
from smtplab.lab.session_state import LEADS, STATES, SessionState, State

# Every command, well formed: what could be wrong with it is its place alone.
LINES = [
    "EHLO client.lab.test", "HELO client.lab.test", "STARTTLS", "AUTH LOGIN", "AUTH PLAIN",
    "AUTH CRAM-MD5", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA", "RSET", "NOOP",
    "VRFY lin@lab.test", "HELP", "QUIT",
]  # fmt: skip


@pytest.fixture(scope="module", params=["strict", "legacy"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with Lab(request.param) as lab:
        yield lab


def walk(console: Console, path: tuple[str, ...]) -> None:
    for line in path:
        if line == "(login)":
            log_in(console)
        else:
            assert console.say(line)
            if line == "STARTTLS":
                assert console.tls()


def log_in(console: Console) -> None:
    account = console.account
    console.say("AUTH LOGIN")
    console.say(base64.b64encode(account.address.encode()).decode())
    reply = console.say(base64.b64encode(account.authorization_code.encode()).decode())
    assert reply == ["235 2.7.0 Authentication successful"]


def places(lab: Lab, port: int) -> Iterator[tuple[str, ...]]:
    """Ways to every state between commands on a port, with what makes a difference there."""
    hello, helo = "EHLO client.lab.test", "HELO client.lab.test"
    mail, rcpt = "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>"
    starts: list[tuple[str, ...]] = [()]
    if port != 465:
        starts.append((hello, "STARTTLS"))
    for start in starts:
        yield start
        yield (*start, hello)
        if lab.profile == "strict" and port == 587 and not start:
            continue  # nothing more before TLS
        yield (*start, helo)
        ways: list[tuple[str, ...]] = [(*start, hello)]
        if lab.profile == "legacy" or port != 25:
            ways.append((*start, hello, "(login)"))
            yield ways[1]
        if lab.profile == "strict" and port != 25:
            del ways[0]  # no mail before a login
        for way in ways:
            yield (*way, mail)
            yield (*way, mail, "RSET")
            yield (*way, mail, rcpt)
            yield (*way, mail, rcpt, hello)
            yield (*way, mail, rcpt, "DATA", ".")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("port", [25, 465, 587])
def test_what_is_legal_next_is_what_the_lab_takes(lab: Lab, port: int) -> None:
    """Every state, every command: the legal ones get 2yz or 3yz, all others 5yz."""
    wrong = []
    tried = set()
    console: Console | None
    for path in places(lab, port):
        console = None
        for line in LINES:
            if console is None:
                console = lab.console(port)
                walk(console, path)
            legal = {step.line for step in console.next}
            state = console.state
            tried.add(state)
            nothing_offered = not console._state.offers
            reply = console.say(line)
            assert reply is not None
            taken = reply[-1][0] in "23"
            if line in legal:
                fits = taken
            elif line.startswith(("AUTH", "STARTTLS")) and nothing_offered:
                # The lab may take it, as real servers do. But an extension is legal once it was
                # offered, and nobody has said EHLO: RFC 3207, section 4; RFC 4954, section 3.
                fits = True
            else:
                fits = reply[-1][0] == "5"
            if not fits:
                wrong.append((path, state, line, line in legal, reply[-1]))
            if taken and line not in ("NOOP", "HELP", "VRFY lin@lab.test"):
                console.close()  # it may stand elsewhere now
                console = None
            else:
                assert console.state == state
    assert wrong == []
    assert tried == {"greeted", "hello", "mail", "rcpt"}


@pytest.mark.parametrize("port", [25, 465, 587])
def test_whatever_is_said_the_state_is_the_servers(lab: Lab, port: int) -> None:
    """After each wrong command, the next right one is still right."""
    console = lab.console(port)
    path = ["EHLO client.lab.test", "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "DATA"]
    if port == 587:
        console.say("EHLO client.lab.test")
        console.say("STARTTLS")
        console.tls()
    states = ["greeted"]
    bogus = ("BOGUS", "", "MAIL", "RCPT TO:lin", "DATA now", "QUIT now", "AUTH", "Ä")
    for number, line in enumerate(path):
        for wrong in bogus[number % 2 :: 2]:  # 20 errors would be the end of it
            before = console.state
            reply = console.say(wrong)
            assert reply is not None and reply[-1][0] == "5", (before, wrong, reply)
            assert console.state == before
        if line.startswith("MAIL") and lab.profile == "strict" and port != 25:
            log_in(console)
        assert line in {step.line for step in console.next}
        console.say(line)
        states.append(console.state)
    assert states == ["greeted", "hello", "mail", "rcpt", "data"]
    console.close()


# The machine by itself


def at(state: State) -> SessionState:
    order = SessionState()
    order.connected()
    order.state = state
    return order


# What a server says when it agrees with what was said, or with what was done.
AGREES = {"LISTEN": ("LISTEN", 220), "STARTTLS": ("STARTTLS", 220), "AUTH": ("AUTH", 334),
          "ANSWER": ("ANSWER", 235), "CANCEL": ("ANSWER", 501), "DATA": ("DATA", 354),
          "TLS": (None, 0), "CONNECT": (None, 0), "DOT": ("DOT", 250)}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "name", "to"),
    [(state, name, to) for state in STATES for name, to in LEADS[state]],
)
def test_the_picture_is_the_machine(state: State, name: str, to: State) -> None:
    order = at(state)
    verb, code = AGREES.get(name, (name, 250))
    if name == "TLS":
        order.protected()
    elif name == "CONNECT":
        order.connected()
    else:
        assert verb is not None
        order.sent(verb)
        order.heard(verb, code, [f"{code} fine"])
    assert order.state == to


@pytest.mark.parametrize("code", [421, 450, 452, 500, 501, 502, 503, 530, 550, 554])
@pytest.mark.parametrize("state", ["greeted", "hello", "mail", "rcpt"])
def test_a_refusal_moves_nothing(state: State, code: int) -> None:
    for verb in ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", ""):
        order = at(state)
        order.heard(verb, code, [f"{code} no"])
        assert (order.state, order.tls, order.logged_in) == (state, False, False)


def test_whatever_leads_on_is_legal_and_nothing_else_leads_on() -> None:
    for state in STATES:
        order = at(state)
        order.offers = {"STARTTLS": "", "AUTH": "LOGIN PLAIN"}
        legal = {step.name.split()[0] for step in order.next()}
        assert {name for name, _ in LEADS[state]} <= legal, state
        for step in order.next():
            if step.main and step.name not in ("QUIT", "TEXT", "STARTTLS"):
                assert step.name.split()[0] in {name for name, _ in LEADS[state]}, (state, step)


def test_an_answer_of_no_kind_ends_the_exchange_where_it_began() -> None:
    order = at("hello")
    for code in (334, 334, 535):
        order.heard("AUTH" if order.state == "hello" else "ANSWER", code, [f"{code} so"])
    assert (order.state, order.logged_in) == ("hello", False)


def test_after_a_handshake_all_that_was_known_is_forgotten() -> None:
    order = at("greeted")
    order.heard("EHLO", 250, ["250-lab", "250-auth LOGIN PLAIN", "250 STARTTLS"])
    assert order.offers == {"AUTH": "LOGIN PLAIN", "STARTTLS": ""}
    order.heard("AUTH", 235, ["235 in"])
    assert order.logged_in
    order.heard("STARTTLS", 220, ["220 go"])
    assert [step.name for step in order.next()] == ["TLS"]
    order.protected()
    assert (order.state, order.tls, order.logged_in, order.offers) == ("greeted", True, False, {})


def test_after_tls_it_is_not_offered_again_and_after_a_login_neither_is_auth() -> None:
    order = at("hello")
    order.heard("EHLO", 250, ["250-lab", "250-STARTTLS", "250 AUTH PLAIN"])
    names = {step.name for step in order.next()}
    assert {"STARTTLS", "AUTH PLAIN"} <= names
    order.tls = order.logged_in = True
    assert not {"STARTTLS", "AUTH PLAIN"} & {step.name for step in order.next()}


def test_a_greeting_that_refuses_leaves_the_goodbye() -> None:
    order = at("connected")
    assert [step.name for step in order.next()] == ["LISTEN"]
    order.heard("LISTEN", 554, ["554 no"])
    assert (order.state, [step.name for step in order.next()]) == ("connected", ["QUIT"])


def test_a_line_is_a_command_an_answer_or_a_line_of_the_letter_by_where_it_is_said() -> None:
    said = ["mail from:<a@b>", "QUIT", ".", ""]
    assert [at("hello").verb(line) for line in said] == ["MAIL", "QUIT", ".", ""]
    assert [at("data").verb(line) for line in said] == ["TEXT", "TEXT", "DOT", "TEXT"]
    assert [at("auth").verb(line) for line in said] == ["ANSWER"] * 4
