"""Clients, letters and octets that nobody thought of."""

import gc
import io
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from smtplab import Lab, views
from smtplab.lab import Message
from smtplab.solutions import auth, dialogue, server, sockets

from .client import Client, ended
from .conftest import THOROUGH

set_hypothesis_home_dir(Path(tempfile.gettempdir(), "smtplab-hypothesis"))
TRIES = 2000 if THOROUGH else 12
MANY = settings(
    max_examples=TRIES * 15, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

VERBS = ["HELO x", "EHLO x", "EHLO", "MAIL FROM:<you@lab.test>", "MAIL FROM:<>", "MAIL FROM:you",
         "MAIL FROM:<you@lab.test> SIZE=9 BODY=8BITMIME", "MAIL FROM:<a@b> SIZE=99999999999",
         "RCPT TO:<lin@lab.test>", "RCPT TO:<nobody@lab.test>", "RCPT TO:<sam@lab.test>",
         "RCPT TO:", "DATA", "DATA x", "RSET", "NOOP x", "VRFY lin", "EXPN x", "HELP", "AUTH",
         "AUTH LOGIN", "AUTH PLAIN AHlvdQB4", "AUTH LOGIN eW91", "*", "=",
         "BDAT 3 LAST"]  # fmt: skip
COMMANDS = st.sampled_from([verb.encode() for verb in VERBS])
OCTETS = st.binary(max_size=60)
SPECIAL = st.sampled_from([b"..", b"..a", b"...", b" .", b"\x16zz", b"\x00", b"\xff\xf4", b""])
ONE_LINE = SPECIAL | OCTETS.map(lambda octets: octets.replace(b"\r", b"").replace(b"\n", b""))


@pytest.fixture(autouse=True, scope="module")
def only_here() -> Iterator[None]:
    """Hypothesis measures the collector, and would where the judge ends threads later."""
    before = [*gc.callbacks]
    yield
    gc.callbacks[:] = before


class Session(RuleBasedStateMachine):
    """Any client: what was answered with 250 is in the mailbox, and nothing else is."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab("strict")
        self.client: Client | None = None
        self.taken: list[bytes] = []  # the contents that the lab said it has
        self.content: list[bytes] | None = None  # the lines since a 354
        self.sessions = 0

    @precondition(lambda self: self.client is None)
    @rule(port=st.sampled_from([25, 587]), tls=st.booleans())
    def connects(self, port: int, tls: bool) -> None:
        self.client, self.content = Client(self.lab, port), None
        self.sessions += 1
        if tls:
            self.client.say("EHLO x")
            self.client.starttls()

    @precondition(lambda self: self.client is not None)
    @rule(line=COMMANDS | ONE_LINE)
    def says(self, line: bytes) -> None:
        assert self.client is not None
        if self.content is not None and line != b".":
            self.client.send(line)
            self.content.append(line)
        else:
            self.asks(line)

    def asks(self, line: bytes) -> None:
        assert self.client is not None
        try:
            reply = self.client.say(line)
        except (EOFError, ConnectionError, ssl.SSLError):
            self.hangs_up()
            return
        assert reply[:3].isdigit(), reply
        assert "Traceback" not in reply and "Error" not in reply, reply
        if self.content is not None and reply.startswith("250"):
            plain = (one.removeprefix(b".") for one in self.content)
            self.taken.append(b"".join(one + b"\r\n" for one in plain))
        self.content = [] if reply.startswith("354") else None
        if reply.startswith(("221", "421")):
            self.hangs_up()

    @precondition(lambda self: self.client is not None)
    @rule(recipients=st.lists(st.sampled_from(["lin", "sam"]), min_size=1, max_size=3))
    def begins_a_message(self, recipients: list[str]) -> None:
        for line in ("RSET", "EHLO x", "MAIL FROM:<you@lab.test>",
                     *(f"RCPT TO:<{one}@lab.test>" for one in recipients), "DATA"):  # fmt: skip
            if self.client is not None:
                self.says(line.encode())

    @precondition(lambda self: self.content is not None)
    @rule(lines=st.lists(ONE_LINE.filter(lambda line: line != b"."), max_size=5))
    def ends_the_message(self, lines: list[bytes]) -> None:
        for line in [*lines, b"."]:
            self.says(line)

    @precondition(lambda self: self.client is not None)
    @rule(octets=OCTETS, politely=st.booleans())
    def vanishes(self, octets: bytes, politely: bool) -> None:
        """In the middle of anything: what it had not ended is nobody's message."""
        assert self.client is not None
        if self.content is not None and b"\n." in b"\n" + octets:
            octets = octets.replace(b".", b"")
        with suppress(OSError):
            self.client.sock.sendall(octets if politely else octets + b"\r")
        self.hangs_up()

    def hangs_up(self) -> None:
        assert self.client is not None
        self.client.close()
        self.client = self.content = None

    def teardown(self) -> None:
        try:
            if self.client is not None:
                self.hangs_up()
            if self.sessions:
                ended(self.lab, count=self.sessions)
            assert [message.raw for message in self.lab.mailbox] == self.taken
            assert len(self.lab.transcript) == self.sessions
        finally:
            self.lab.stop()


TestSession = Session.TestCase
TestSession.settings = settings(MANY, max_examples=TRIES, stateful_step_count=30)


class Given:
    """A socket from which given octets come, in the pieces that recv asks for."""

    def __init__(self, octets: bytes) -> None:
        self.rest = io.BytesIO(octets)

    def recv(self, most: int) -> bytes:
        return self.rest.read(most)

    def sendall(self, octets: bytes) -> None:
        pass


REPLIED = st.sampled_from([b"250-a\r\n", b"250 b\r\n", b"421 c\r\n", b"35", b"\r\n", b"250"])
REPLIES = st.lists(REPLIED | OCTETS, max_size=8).map(b"".join)
LETTERS = st.text(alphabet="AQZaqz059+/=\r\n é", max_size=20)


def reader(octets: bytes) -> Any:
    return sockets.LineReader(Given(octets))


@pytest.mark.parametrize(
    ("function", "given_", "errors"),
    [
        (lambda o: reader(o).read_line(), OCTETS, (ValueError, EOFError)),
        (lambda o: dialogue.read_reply(reader(o)), REPLIES, (ValueError, EOFError)),
        (dialogue.parse_reply_line, OCTETS, ValueError),
        (auth.base64_decode, LETTERS, ValueError),
        (server.parse_command, COMMANDS | OCTETS, ValueError),
        (lambda o: list(server.whole_lines(Given(o))), OCTETS, (ValueError, EOFError)),
    ],
    ids=["read_line", "read_reply", "parse_reply_line", "base64_decode", "parse_command",
         "whole_lines"],
)  # fmt: skip
def test_the_reference_raises_what_its_docstring_names(
    function: Any, given_: Any, errors: Any
) -> None:
    @MANY
    @given(given_)
    def tried(octets: Any) -> None:
        with suppress(errors):
            function(octets)

    tried()


@MANY
@given(st.lists(COMMANDS | ONE_LINE, max_size=30))
def test_the_state_machine_answers_every_line(lines: list[bytes]) -> None:
    state = server.new_session()
    for line in lines:
        before = deepcopy(state)
        (code, texts), after = server.answer_line(state, line)
        assert 200 <= code <= 599 and texts
        assert state == before
        assert after.keys() == before.keys()
        state = after if after["next"] == "command" else server.new_session()


PIECES = st.sampled_from(
    [b"Subject: ", b"From: a@b\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n", b"\r\n\r\n",
     b"--x\r\n", b"--x--\r\n", b"Content-Type: text/html; charset=", b"utf-7", b"gb2312", b"x-none",
     b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n",
     b"=?utf-8?q?=0D=0A?=", b"=?x?b?!?=", b"Content-Disposition: attachment; filename*0*=u''%",
     b"<iframe src=//evil.test>", b"<b>hi</b>", b"=", b"AAAA", b"Content-Type: message/rfc822\r\n",
     b"To: a: b@c, d;, ", b"\x1b[2J", b"\xff\xfe", b";", b'"', b"(", b"\r", b"\n"]
)  # fmt: skip


@MANY
@given(st.lists(PIECES | OCTETS, max_size=40).map(b"".join))
def test_any_octets_are_a_letter_that_is_listed_and_shown(octets: bytes) -> None:
    message = Message("you@lab.test", ("lin@lab.test",), octets, 1)
    assert "\n" not in message.subject
    for part in message.parts:
        assert part.content is not None
    for drawn in (views.drawn(message), views.drawn(message.explore())):
        assert set(drawn) == {"text/plain", "text/html"}
        assert "<iframe src=//evil" not in drawn["text/html"]
