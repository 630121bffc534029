"""The lab beside Postfix: the same talk, and the class of each reply.

A program makes sessions from the grammar of RFC 5321: legal, broken, and out of order, always the
same ones. Each is spoken to strict, to legacy and to Postfix, command by command. Where the class
of a reply is another than Postfix's, the rest of that session is not compared; the difference is
on the list below, with why it is right, or the test fails. So it does where one on the list no
longer happens.
"""

import base64
import random
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest

from smtplab.lab import Lab

from . import servers
from .conftest import absent
from .servers import PASSWORD, USER

SEED = 5321
SESSIONS = 160  # on 25, and a quarter of that on 465
HARDENED = {
    "smtpd_forbid_bare_newline": "reject",
    "smtpd_forbid_unauth_pipelining": "yes",
    "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
    "smtpd_reject_footer": "",
    "smtpd_error_sleep_time": "0",
    "smtpd_helo_required": "yes",
}


class Step(NamedTuple):
    """What is said in a row, each line after the reply to the one before; `name` is for people."""

    name: str
    lines: tuple[bytes, ...]


def step(line: str, name: str = "") -> Step:
    return Step(name or line, (line.encode() + b"\r\n",))


def letter(name: str, *content: bytes) -> Step:
    """DATA, and a letter if it is asked for."""
    return Step(f"DATA, {name}", (b"DATA\r\n", b"".join(content)))


def login(name: str, *lines: bytes) -> Step:
    return Step(f"AUTH, {name}", tuple(line + b"\r\n" for line in lines))


HELLO = [step("EHLO client.example"), step("HELO client.example")]
ODD_HELLO = [step(line) for line in ("EHLO", "HELO", "EHLO [127.0.0.1]", "ehlo client.example")]
MAIL = [
    step(f"MAIL FROM:{path}")
    for path in (
        "<you@OWN>", "<>", "<you@elsewhere.example>", "<you@OWN> SIZE=100",
        "<you@OWN> BODY=8BITMIME",
    )
]  # fmt: skip
ODD_MAIL = [
    step(f"MAIL {rest}")
    for rest in (
        "FROM: <you@OWN>", "FROM:you@OWN", "FROM: you@OWN", "FROM:<you@OWN", "FROM:you@OWN>",
        "FROM:<a b@OWN>", "FROM:< you@OWN >", "FROM:<<you@OWN>>", "FROM:<you>", "FROM:<you@>",
        "FROM:<@OWN>", "FROM:<@relay.example:you@OWN>", 'FROM:<"a b"@OWN>', "FROM:<you@[10.0.0.1]>",
        "FROM:<you@OWN.>", "FROM:<you@-OWN>", "FROM:<you@x..example>", "FROM:<a..b@OWN>",
        "FROM:<you@OWN>SIZE=1", "FROM:<you@OWN> SIZE=x", "FROM:<you@OWN> SIZE=999999999",
        "FROM:<you@OWN> BODY=9BIT", "FROM:<you@OWN> X-UNKNOWN=1", "FROM:<you@OWN> AUTH=<>",
        "FROM:<林@OWN>", "FROM:<林@OWN> SMTPUTF8", "FROM:", "", "TO:<you@OWN>", "from:<you@OWN>",
        "FROM <you@OWN>",
    )
]  # fmt: skip
RCPT = [step(f"RCPT TO:{path}") for path in ("<lin@OWN>", "<lin@OWN>", "<LIN@OWN>")]
ODD_RCPT = [
    step(f"RCPT {rest}")
    for rest in (
        "TO:<nobody@OWN>", "TO:<sam@elsewhere.example>", "TO:<postmaster>", "TO:<Postmaster>",
        "TO:<>", "TO: <lin@OWN>", "TO:lin@OWN", "TO:<lin@OWN", "TO:<a b@OWN>",
        "TO:<@relay.example:lin@OWN>", "TO:<lin@OWN> X-UNKNOWN=1", "TO:<lin@>", "TO:", "",
        'TO:<"lin"@OWN>', "FROM:<lin@OWN>", "TO:<林@OWN>",
    )
]  # fmt: skip
LETTERS = [
    letter("a letter", b"Subject: hi\r\n\r\nhello\r\n.\r\n"),
    letter("dots", b"Subject: hi\r\n\r\n..\r\n...\r\n.\r\n"),
    letter("nothing", b".\r\n"),
]
ODD_LETTERS = [
    letter("with a bare LF", b"Subject: hi\r\n\r\none\ntwo\r\n.\r\n"),
    letter("with a bare CR", b"Subject: hi\r\n\r\none\rtwo\r\n.\r\n"),
    letter("smuggled", b"Subject: hi\r\n\r\none\n.\nMAIL FROM:<x@OWN>\r\n.\r\n"),
    letter("a long line", b"Subject: hi\r\n\r\n" + b"x" * 2_000 + b"\r\n.\r\n"),
    letter("eight bits", b"Subject: hi\r\n\r\n\xff\xfe\r\n.\r\n"),
    step("DATA now"),
]
ANY = [
    *map(step, ("NOOP", "NOOP now", "RSET", "RSET now", "VRFY lin@OWN", "EXPN list", "HELP",
                "QUIT now", "noop", "TURN", "NONSENSE", "STARTTLS now", "AUTH LOGIN")),
    step("", "an empty line"),
    step(" NOOP", "a blank before NOOP"),
    step("NOOP " + "x" * 600, "NOOP and 600 octets"),
    Step("NOOP and LF alone", (b"NOOP\n",)),
    Step("NOOP, CR, NOOP", (b"NOOP\rNOOP\r\n",)),
]  # fmt: skip
RIGHT, WRONG = (
    base64.b64encode(f"\0USER\0{secret}".encode()) for secret in ("SECRET", "not the code")
)
LOGINS = [
    login("PLAIN, right", b"AUTH PLAIN", b"RIGHT"),
    login("PLAIN at once, right", b"AUTH PLAIN RIGHT"),
    login("auth plain, right", b"auth plain", b"RIGHT"),
    login("PLAIN, wrong", b"AUTH PLAIN", b"WRONG"),
    login("PLAIN, no base64", b"AUTH PLAIN", b"!!!"),
    login("PLAIN, base64 of too little", b"AUTH PLAIN", b"eQ=="),
    login("PLAIN, given up", b"AUTH PLAIN", b"*"),
    login("LOGIN, given up", b"AUTH LOGIN", b"*"),
    login("LOGIN, no base64", b"AUTH LOGIN", b"!!!"),
    login("an unknown mechanism", b"AUTH XYZ"),
    login("no mechanism", b"AUTH"),
    login("CRAM-MD5, no base64", b"AUTH CRAM-MD5", b"!!!"),
]


class Difference(NamedTuple):
    """What a profile does otherwise than Postfix: "" and 0 are both profiles, and both ports.

    `change` is the class of our replies and of theirs. At the end of a text * is anything.
    """

    profile: str
    port: int
    name: str
    change: str

    def holds(self, other: "Difference") -> bool:
        return (
            self.profile in ("", other.profile)
            and self.port in (0, other.port)
            and like(other.name, self.name)
            and like(other.change, self.change)
        )


def like(text: str, pattern: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


GRAMMAR = "the grammar of RFC 5321, section 4.1.2, in both profiles; Postfix mends what it can"
STRICT_PATH = "paths: in strict the grammar to the letter, in legacy as Postfix by default"
PARAMETERS = "parameters are EHLO's (RFC 5321, section 4.1.1.2), and strict minds it: ehlo-for-auth"
UTF8 = "RFC 6531, section 3.4: without SMTPUTF8 an address is ASCII; Postfix lets it pass"
HELP = Difference("", 0, "HELP", "2 for 5")  # Debian 13's Postfix 3.10 has it
# Each difference, and why it is right.
DIFFERENCES = {
    HELP: "RFC 5321, section 4.1.1.8: a server SHOULD have HELP; Debian 12's Postfix 3.7 has none",
    Difference("", 0, "QUIT now", "5 for 2"): (
        "QUIT has no argument (RFC 5321, section 4.1.1.10); Postfix reads none"
    ),
    Difference("", 0, "NOOP and 600 octets", "5 for 2"): (
        "no client may count on more than 512 octets (section 4.5.3.1.4); Postfix takes 2,048"
    ),
    Difference("", 0, "a blank before NOOP", "5 for 2"): (
        "a command begins with its verb (section 4.1.1); Postfix skips blanks"
    ),
    Difference("", 465, "VRFY lin@OWN", "2 for 5"): (
        "252 tells nobody anything (section 7.3); Postfix asks its restrictions for recipients"
    ),
    # Line ends
    Difference("legacy", 0, "NOOP, CR, NOOP", "5 for 2"): (
        "a CR by itself makes this one verb that nobody knows; for Postfix it is a blank"
    ),
    Difference("strict", 0, "NOOP, CR, NOOP", "5 for 2"): (
        "line-ends: strict minds a CR by itself too (section 2.3.8), as Sendmail 8.18 does"
    ),
    Difference("strict", 25, "DATA, with a bare CR", "35 for 32"): "line-ends, as above",
    Difference("legacy", 0, "NOOP and LF alone", "2 for 5"): (
        "line-ends: legacy is of 2016, before anybody minded"
    ),
    Difference("legacy", 25, "DATA, with a bare LF", "32 for 35"): "line-ends, as above",
    Difference("legacy", 25, "DATA, smuggled", "32 for 35"): (
        "line-ends, as above; it stays one letter, and nothing in it becomes a command"
    ),
    Difference("strict", 25, "DATA, with a bare LF", "- for 2"): (
        "both refuse the letter; strict does so at once, where LF . LF would wait for ever, and "
        "hangs up: the rest of the letter is not to become commands"
    ),
    Difference("strict", 25, "DATA, smuggled", "- for 2"): "as above",
    Difference("strict", 25, "DATA, a long line", "35 for 32"): (
        "short-lines: 1,000 octets (section 4.5.3.1.6); Postfix, and legacy, take more"
    ),
    # Paths
    Difference("", 0, "MAIL FROM:you@OWN>", "5 for 2"): GRAMMAR,
    Difference("", 0, "MAIL FROM:<<you@OWN>>", "5 for 2"): GRAMMAR,
    Difference("", 0, "MAIL FROM:<@OWN>", "5 for 2"): GRAMMAR,
    Difference("", 0, "MAIL FROM:<a..b@OWN>", "5 for 2"): GRAMMAR,
    Difference("strict", 25, "MAIL FROM: <you@OWN>", "5 for 2"): STRICT_PATH,
    Difference("strict", 25, "MAIL FROM: you@OWN", "5 for 2"): STRICT_PATH,
    Difference("strict", 25, "MAIL FROM:< you@OWN >", "5 for 2"): STRICT_PATH,
    Difference("strict", 25, "MAIL FROM:<you>", "5 for 2"): STRICT_PATH,
    Difference("strict", 0, "RCPT TO: <lin@OWN>", "5 for 2"): STRICT_PATH,
    Difference("", 25, "MAIL FROM:<林@OWN>", "5 for 2"): UTF8,
    Difference("", 0, "RCPT TO:<林@OWN>", "5 for 2"): UTF8,
    # Extensions
    Difference("strict", 25, "MAIL FROM:<you@OWN> SIZE=100", "5 for 2"): PARAMETERS,
    Difference("strict", 25, "MAIL FROM:<you@OWN> BODY=8BITMIME", "5 for 2"): PARAMETERS,
    Difference("strict", 25, "MAIL FROM:<you@OWN> AUTH=<>", "5 for 2"): PARAMETERS,
    Difference("strict", 25, "MAIL FROM:<林@OWN> SMTPUTF8", "5 for 2"): PARAMETERS,
    Difference("strict", 465, "AUTH, *", "5 for *"): (
        "ehlo-for-auth: after HELO there is no AUTH (RFC 4954, section 3); Postfix has it"
    ),
    Difference("legacy", 25, "AUTH LOGIN", "3 for 5"): (
        "no-auth-on-25: legacy has AUTH there, as providers of 2016; here Postfix has none"
    ),
    # A login before mail
    Difference("strict", 465, "MAIL *", "5 for 2"): (
        "login-first: RFC 6409, section 4.3, and strict says so at MAIL; Postfix waits for RCPT"
    ),
    Difference("legacy", 465, "RCPT TO:*", "2 for 5"): (
        "login-first: legacy takes mail for its own domain from anybody on every port"
    ),
}


def sessions(port: int) -> list[list[Step]]:
    """The same sessions each time: mostly in order, each with something odd in it."""
    chance = random.Random(SEED + port)
    decks: dict[int, list[Step]] = {}

    def draw(cards: list[Step]) -> Step:
        """A card; each comes once before any comes again."""
        deck = decks.setdefault(id(cards), [])
        if not deck:
            deck += chance.sample(cards, len(cards))
        return deck.pop()

    def often(right: list[Step], odd: list[Step], share: float = 0.35) -> Step:
        return draw(odd if chance.random() < share else right)

    made = []
    for _ in range(SESSIONS if port == 25 else SESSIONS // 4):
        talk = [often(HELLO, ODD_HELLO, 0.15)]
        if port == 465:
            talk += [draw(LOGINS) for _ in range(chance.choice((1, 1, 2)))]
        talk.append(often(MAIL, ODD_MAIL))
        talk += [often(RCPT, ODD_RCPT) for _ in range(chance.choice((1, 1, 2)))]
        talk.append(often(LETTERS, ODD_LETTERS))
        for _ in range(chance.randrange(3)):
            talk.insert(chance.randrange(len(talk) + 1), draw(ANY))
        if chance.random() < 0.25:  # out of order
            here, there = chance.randrange(len(talk)), chance.randrange(len(talk))
            talk[here], talk[there] = talk[there], talk[here]
        made.append([*talk, step("QUIT")])
    return made


class Listener(NamedTuple):
    """A server that is spoken to: its address, and what stands for names in what is said."""

    address: tuple[str, int]
    tls: bool
    names: dict[bytes, bytes]

    def answers(self, talk: list[Step]) -> list[str]:
        """The classes of the replies to each step, up to the end of the connection."""
        heard = []
        sock = socket.create_connection(self.address, 10)
        if self.tls:
            sock = ssl._create_unverified_context().wrap_socket(sock)
        with sock, sock.makefile("rb") as lines:
            reply(lines)
            for each in talk:
                heard.append(self._say(sock, lines, each))
                if heard[-1].endswith("-"):
                    break
        return heard

    def _say(self, sock: socket.socket, lines, said: Step) -> str:  # type: ignore[no-untyped-def]
        classes = ""
        for line in said.lines:
            if classes[-1:] not in ("", "3"):
                break
            octets = line
            for name, value in self.names.items():
                octets = octets.replace(name, value)
            with suppress(OSError):  # it may have hung up
                sock.sendall(octets)
            classes += reply(lines)
        return classes


def reply(lines) -> str:  # type: ignore[no-untyped-def]
    """The class of one reply, or "-" where the server has hung up."""
    with suppress(OSError):
        while line := lines.readline():
            if line[3:4] != b"-":
                return line[:1].decode()
    return "-"


@pytest.fixture(scope="module")
def postfix() -> Iterator[servers.Server]:
    try:
        with servers.postfix(**HARDENED) as server:
            yield server
    except servers.Lacking as why:
        absent(f"postfix: {why}")


def listeners(postfix: servers.Server, labs: list[Lab], port: int) -> dict[str, Listener]:
    way = "tls" if port == 465 else "none"
    found = {"postfix": (("127.0.0.1", postfix.ports[way]), b"stock.test", USER, PASSWORD)}
    for lab in labs:
        account = lab.account
        secret = account.authorization_code
        found[lab.profile] = (lab.address(port), b"lab.test", account.address, secret)
    return {
        name: Listener(
            address,
            port == 465,
            {
                b"OWN": own,
                b"RIGHT": base64.b64encode(f"\0{user}\0{secret}".encode()),
                b"WRONG": base64.b64encode(f"\0{user}\0not the code".encode()),
            },
        )
        for name, (address, own, user, secret) in found.items()
    }


@pytest.mark.timeout(120)
def test_where_the_lab_answers_otherwise_than_postfix_there_is_a_reason(
    postfix: servers.Server,
) -> None:
    seen: dict[Difference, list[str]] = {}
    with Lab() as strict, Lab("legacy") as legacy:
        for port in (25, 465):
            here = listeners(postfix, [strict, legacy], port)
            for talk in sessions(port):
                said = {name: listener.answers(talk) for name, listener in here.items()}
                for profile in ("strict", "legacy"):
                    both = zip(talk, said[profile], said["postfix"], strict=False)
                    for number, (each, ours, theirs) in enumerate(both):
                        if ours != theirs:
                            # Who has hung up did so at the step before.
                            name = talk[number - 1].name if ours == "-" else each.name
                            before = " / ".join(one.name for one in talk[:number])
                            found = Difference(profile, port, name, f"{ours} for {theirs}")
                            seen.setdefault(found, []).append(before)
                            break
    unlisted = {
        found: where
        for found, where in seen.items()
        if not any(listed.holds(found) for listed in DIFFERENCES)
    }
    assert unlisted == {}
    gone = {listed for listed in DIFFERENCES if not any(map(listed.holds, seen))}
    assert gone <= {HELP}


def test_the_sessions_are_always_the_same_and_say_everything() -> None:
    assert [len(sessions(port)) for port in (25, 465)] == [160, 40]
    assert sessions(25) == sessions(25)
    said = {each for port in (25, 465) for talk in sessions(port) for each in talk}
    everything = (
        HELLO,
        ODD_HELLO,
        MAIL,
        ODD_MAIL,
        RCPT,
        ODD_RCPT,
        LETTERS,
        ODD_LETTERS,
        ANY,
        LOGINS,
    )
    assert {each for some in everything for each in some} <= said
