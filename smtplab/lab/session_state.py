"""The order of an SMTP session, as a client sees it: a state machine without a socket.

Theory of operation. A session is in one of nine states:

  connected    the server has the first word, and has not said 220     RFC 5321, section 3.1
  greeted      220 came; we have not said who we are                   RFC 5321, section 4.1.1.1
  hello        EHLO or HELO was taken; no mail is under way            RFC 5321, section 4.1.4
  tls-wanted   STARTTLS was taken; the handshake is next               RFC 3207, section 4
  auth         334: the server waits for an answer in base64           RFC 4954, section 4
  mail         MAIL was taken: an envelope without a recipient         RFC 5321, section 3.3
  rcpt         one recipient was taken, or more                        RFC 5321, section 3.3
  data         354: what we send is the letter, up to a lone dot       RFC 5321, section 4.1.1.4
  closed       there is no connection                                  RFC 5321, section 3.8

Replies move it: a command that was refused leaves it where it was. A client that goes by what
it has sent is wrong after the first refusal, and the server knows better. One line moves it by
itself: the lone dot ends the letter, whether the server then takes it, refuses it or is silent.

Two facts stand beside the state: whether TLS protects the session, and whether we are logged
in. A third is what the server offers, as its last reply to EHLO says. After a handshake all
that was known is forgotten, the offers too (RFC 3207, section 4.2): the state is `greeted`.

What is legal next follows from all of that. "A mail transaction may be aborted by the RSET, a
new EHLO, or the QUIT command" (RFC 5321, section 4.1.4), and "the NOOP, HELP, EXPN, VRFY, and
RSET commands can be used at any time during a session, or without previously initializing a
session". An extension is legal once it was offered. A submission server adds two rules:
while it wants TLS, it takes "NOOP, EHLO, STARTTLS, or QUIT" alone (RFC 3207, section 4), and
it takes mail from those who have logged in (RFC 6409, section 4.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["LEADS", "STATES", "SessionState", "State", "Step", "step"]

State = Literal[
    "connected", "greeted", "hello", "tls-wanted", "auth", "mail", "rcpt", "data", "closed"
]
STATES: tuple[State, ...] = get_args(State)

# What leads from a state to a state when the server agrees. QUIT leads to `closed` from wherever
# a command is taken: not in a letter, an AUTH exchange, or before a handshake.
LEADS: dict[State, tuple[tuple[str, State], ...]] = {
    "connected": (("LISTEN", "greeted"),),
    "greeted": (("EHLO", "hello"), ("HELO", "hello")),
    "hello": (("MAIL", "mail"), ("STARTTLS", "tls-wanted"), ("AUTH", "auth")),
    "tls-wanted": (("TLS", "greeted"),),
    "auth": (("ANSWER", "hello"), ("CANCEL", "hello")),
    "mail": (("RCPT", "rcpt"), ("RSET", "hello")),
    "rcpt": (("DATA", "data"), ("RCPT", "rcpt"), ("RSET", "hello")),
    "data": (("DOT", "hello"),),
    "closed": (("CONNECT", "connected"),),
}

# Where the session stands when the server has agreed, and the code that says so, where it is not
# just any of 2yz.
TO: dict[str, State] = {name: to for leads in LEADS.values() for name, to in leads}
AGREES = {"LISTEN": 220, "STARTTLS": 220, "AUTH": 334, "DATA": 354}

# A line for each command as it could be typed. "" is for what is no line at all: something that
# one does, or a line that nobody can guess.
LINES = {
    "EHLO": "EHLO client.lab.test",
    "HELO": "HELO client.lab.test",
    "MAIL": "MAIL FROM:<you@lab.test>",
    "RCPT": "RCPT TO:<lin@lab.test>",
    "VRFY": "VRFY lin@lab.test",
    "DOT": ".",
    "CANCEL": "*",
    **dict.fromkeys(("CONNECT", "LISTEN", "TLS", "TEXT", "ANSWER"), ""),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What may come next.

    `name` is a command, with its mechanism for AUTH; or "TEXT" and "DOT" in a letter, "ANSWER"
    and "CANCEL" in an AUTH exchange, "TLS" for the handshake, "LISTEN" for waiting, "CONNECT"
    for a new session. `line` is a line as it could be typed, without CRLF, or "". `main` is
    False for what is legal, and leads nowhere new.
    """

    name: str
    line: str
    main: bool = True


def step(name: str, main: bool = True) -> Step:
    """The step of a name, with a line as it could be typed."""
    return Step(name, LINES.get(name, name), main)


class SessionState:
    """Where one session stands.

    `submission` says whether the server wants TLS and a login before mail.
    """

    def __init__(self, submission: bool = False) -> None:
        self.submission = submission
        self._begin("closed")

    def _begin(self, state: State) -> None:
        self.state: State = state
        self.tls = False
        self.logged_in = False
        self.offers: dict[str, str] = {}  # keyword: parameters, as the last EHLO was answered
        self.refused = False  # the greeting said that nothing will come of this

    # What happened

    def connected(self) -> None:
        self._begin("connected")

    def protected(self) -> None:
        """A handshake is done. Before the greeting that is TLS from the first octet."""
        self.tls = True
        self.logged_in = False
        self.offers = {}
        if self.state != "connected":
            self.state = "greeted"

    def closed(self) -> None:
        self.state = "closed"

    def verb(self, line: str) -> str:
        """What a line is to the server, said now: a command in capitals, or a Step's name."""
        if self.state == "data":
            return "DOT" if line == "." else "TEXT"
        if self.state == "auth":
            return "ANSWER"
        return line.split(" ", 1)[0].upper()

    def sent(self, verb: str) -> None:
        """A line has left. "Receipt of the end of mail data indication requires the server to
        process the stored mail transaction information" (section 4.1.1.4): that mail is over.
        """
        if verb == "DOT":
            self.state = "hello"

    def heard(self, verb: str, code: int, lines: Sequence[str]) -> None:
        """A whole reply: what it answers ("LISTEN", a `verb`, or ""), its code, its lines."""
        agreed = code == AGREES[verb] if verb in AGREES else 200 <= code < 300
        if verb == "LISTEN":
            self.refused = not agreed
        elif verb in ("EHLO", "HELO") and agreed:
            self.offers = dict(_offers(lines)) if verb == "EHLO" else {}
        elif verb in ("AUTH", "ANSWER") and code == 235:
            self.logged_in = True
        elif verb == "RSET" and self.state == "greeted":
            return
        # An AUTH exchange is over with any reply but 334, whoever ended it.
        if verb in TO and (code != 334 if verb == "ANSWER" else agreed):
            self.state = TO[verb]

    # What may come next

    def next(self) -> Iterator[Step]:
        """What is legal now, that which leads on first."""
        leads = [name for name, _ in LEADS[self.state]]
        if self.state == "data":
            leads.insert(0, "TEXT")
        if self.state == "connected" and self.refused:
            # RFC 5321, section 3.1: of a server that refused, the client takes leave.
            yield step("QUIT")
        elif self.state not in ("greeted", "hello", "mail", "rcpt"):
            yield from map(step, leads)
        else:
            for name in filter(self._takes, (*leads, "QUIT")):
                if name == "AUTH":
                    yield from (step(f"AUTH {one}") for one in self.offers["AUTH"].split())
                else:
                    yield step(name)
            for name in ("STARTTLS", "EHLO", "HELO", "RSET", "NOOP", "VRFY", "HELP"):
                if name not in leads and self._takes(name):
                    yield step(name, main=False)

    def _takes(self, name: str) -> bool:
        """Whether the server takes a command that is in its place."""
        if name == "STARTTLS":
            return name in self.offers and not self.tls
        if name == "AUTH":
            return name in self.offers and not self.logged_in
        if name == "MAIL":
            return self.logged_in or not self.submission
        return self.tls or not self.submission or name in ("EHLO", "NOOP", "QUIT")


def _offers(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Keyword and parameters of each line behind the first (RFC 5321, section 4.1.1.1)."""
    for line in lines[1:]:
        keyword, _, parameters = line[4:].strip().partition(" ")
        yield keyword.upper(), parameters
