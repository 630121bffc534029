"""The client that a student's server talks to in a check: one session, turn by turn.

It says what a case wants, after as many replies as it waits for, and does not mind what they say:
so a check sees a server that refuses the right thing, and one that takes the wrong one.
"""

import re
from collections.abc import Mapping, Sequence

from .server import Reply

__all__ = ["SmtpClient", "Turn", "replies"]

Turn = bytes | tuple[bytes, int]  # what is said, and how many replies come before the next turn


class SmtpClient:
    """The sending end of a session, for the `serve` of a ScriptedSocket.

    turns are what it says, the first after the greeting; after the last it closes. One that does
    not end its line is the last. instead are numbers of turns, from 0, and what is said in the
    place of each: b"" is silence for good, None closes.
    """

    def __init__(self, *turns: Turn, instead: Mapping[int, Reply] | None = None) -> None:
        self.turns = turns
        self.instead = dict(instead or {})
        self.replies: list[tuple[bytes, bytes]] = []  # the line before each turn, and the turn
        self.gone = False  # it has closed
        self._awaited = 1

    def again(self, instead: Mapping[int, Reply] | None = None) -> "SmtpClient":
        """Another client of the same kind, at the beginning of a session."""
        return type(self)(*self.turns, instead=instead)

    def __call__(self, line: bytes) -> Reply:
        if line[3:4] == b"-":  # the reply goes on
            return b""
        self._awaited -= 1
        number = len(self.replies)
        if self._awaited:
            return b""
        if number == len(self.turns):
            self.gone = True
            return None
        turn = self.turns[number]
        said, self._awaited = (turn, 1) if isinstance(turn, bytes) else turn
        reply = self.instead.get(number, said)
        self.replies.append((line, reply or b""))
        if reply == b"":
            self._awaited = -1
        self.gone = reply is None or (reply != b"" and not reply.endswith(b"\n"))
        return reply


def replies(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What a server said, in the form in which replies that do as well are alike.

    Of each reply there is one form, with the number of its last line: its code, with 250 for 251
    (RFC 5321, section 3.4), and its class alone where it refuses for good. A line that belongs to
    no reply is its own form.
    """
    said = []
    for number, line in enumerate(lines):
        found = re.fullmatch(rb"(\d{3})(?:([ -])[^\r\n]*)?", line)
        if found is None:
            said.append((line, number))
        elif found[2] != b"-":
            code = b"5yz" if found[1][:1] == b"5" else found[1].replace(b"251", b"250")
            said.append((code, number))
    return said
