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
from typing import Literal

__all__ = ["LEADS", "STATES", "Order", "State", "Step", "step"]

State = Literal[
    "connected", "greeted", "hello", "tls-wanted", "auth", "mail", "rcpt", "data", "closed"
]
STATES: tuple[State, ...] = (
    "connected", "greeted", "hello", "tls-wanted", "auth", "mail", "rcpt", "data", "closed",
)  # fmt: skip

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

# A line for each command as it could be typed.
LINES = {
    "EHLO": "EHLO client.lab.test",
    "HELO": "HELO client.lab.test",
    "MAIL": "MAIL FROM:<you@lab.test>",
    "RCPT": "RCPT TO:<lin@lab.test>",
    "VRFY": "VRFY lin@lab.test",
    "DOT": ".",
    "CANCEL": "*",
}
# What is no line at all: something that one does, or a line that nobody can guess.
NO_LINES = {"CONNECT", "LISTEN", "TLS", "TEXT", "ANSWER"}


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
    return Step(name, "" if name in NO_LINES else LINES.get(name, name), main)


class Order:
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
        self._before_auth: State = "hello"

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
        """A whole reply: what it answers ("GREETING", a `verb`, or ""), its code, its lines."""
        done = 200 <= code < 300
        if verb == "GREETING":
            self.state, self.refused = ("greeted", False) if code == 220 else (self.state, True)
        elif verb in ("EHLO", "HELO") and done:
            self.state = "hello"
            self.offers = dict(_offers(lines)) if verb == "EHLO" else {}
        elif verb == "STARTTLS" and code == 220:
            self.state = "tls-wanted"
        elif verb in ("AUTH", "ANSWER"):
            self._auth(code)
        elif verb == "MAIL" and done:
            self.state = "mail"
        elif verb == "RCPT" and done:
            self.state = "rcpt"
        elif verb == "DATA" and code == 354:
            self.state = "data"
        elif verb == "RSET" and done and self.state in ("mail", "rcpt"):
            self.state = "hello"

    def _auth(self, code: int) -> None:
        if code == 334:
            if self.state != "auth":
                self._before_auth = self.state
            self.state = "auth"
            return
        if self.state == "auth":
            self.state = self._before_auth
        if code == 235:
            self.logged_in = True

    # What may come next

    def next(self) -> tuple[Step, ...]:
        """What is legal now, that which leads on first."""
        return tuple(self._next())

    def _next(self) -> Iterator[Step]:
        if self.state == "closed":
            yield step("CONNECT")
        elif self.state == "connected":
            # RFC 5321, section 4.3.1: the sender waits for the greeting. Of a server that
            # refused, it takes leave (section 3.1).
            yield step("QUIT" if self.refused else "LISTEN")
        elif self.state == "tls-wanted":
            yield step("TLS")
        elif self.state == "auth":
            yield from (step("ANSWER"), step("CANCEL"))
        elif self.state == "data":
            yield from (step("TEXT"), step("DOT"))
        else:
            yield from self._commands()

    def _commands(self) -> Iterator[Step]:
        wants_tls = self.submission and not self.tls
        names = {"greeted": ("EHLO", "HELO"), "mail": ("RCPT",), "rcpt": ("DATA", "RCPT")}
        for name in names.get(self.state, ()):
            if name != "HELO" or not wants_tls:
                yield step(name)
        if self.state == "hello":
            if not self.submission or self.logged_in:
                yield step("MAIL")
            if "AUTH" in self.offers and not self.logged_in:
                for mechanism in self.offers["AUTH"].split():
                    yield step(f"AUTH {mechanism}")
        if "STARTTLS" in self.offers and not self.tls:
            yield step("STARTTLS", main=self.state == "hello")
        if self.state in ("mail", "rcpt"):
            yield step("RSET")
        yield step("QUIT")
        names_again = ["EHLO", "HELO"] if self.state != "greeted" else []
        if self.state in ("greeted", "hello"):
            names_again.append("RSET")
        for name in (*names_again, "NOOP", "VRFY", "HELP"):
            if not wants_tls or name in ("EHLO", "NOOP"):
                yield step(name, main=False)


def _offers(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Keyword and parameters of each line behind the first (RFC 5321, section 4.1.1.1)."""
    for line in lines[1:]:
        keyword, _, parameters = line[4:].strip().partition(" ")
        yield keyword.upper(), parameters
