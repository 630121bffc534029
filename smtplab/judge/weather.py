"""The weather that everybody meets who touches a socket, without an exercise asking for it.

A case is played in fair weather first, as it is written down. What comes then are the same cases
over a network that cuts and joins, with a server that refuses, hangs up or falls silent at every
place where it speaks. What is right in each is what the reference does. Where it is the student's
function that serves, it is the client who closes, is gone or falls silent.
"""

import re
from collections.abc import Iterator

from .cases import READER, Case, Peer, Run, Weather

__all__ = ["weathers"]

# One reply of each class that a client must tell apart: RFC 5321, section 4.2, and RFC 4954, 6.
CLASSES = (
    b"421 4.3.2 closing\r\n",
    b"450 4.2.0 come again later\r\n",
    b"454 4.7.0 not now\r\n",
    b"500 5.5.2 what is that\r\n",
    b"504 5.5.4 not in this way\r\n",
    b"535 5.7.8 no such login\r\n",
    b"550 5.7.1 refused\r\n",
    b"554 5.0.0 no\r\n",
)
OTHER_STEPS = {b"2": (b"354 go on\r\n",), b"3": (b"250 2.0.0 OK\r\n",)}
REPLY = re.compile(rb"\d{3}[ -]")


def weathers(case: Case, due: Run, known: set[tuple[bytes, bytes]]) -> Iterator[Weather]:
    """All weather for a case; due is what the reference did in fair weather.

    known are the lines whose replies were replaced in an earlier case, each with its code: once is
    enough.
    """
    peer = case.peer
    if type(peer) is not Peer or not case.weather:
        return
    yield Weather("dribble", pieces=1)
    yield Weather("cut", pieces=(2, 5, 1))
    if due.sent:
        yield Weather("short-send", takes=(3, 1, 7))
    replies = _replies(peer, due)
    if peer.serves:
        yield from _of_client(replies, known)
        return
    if READER in case.args and replies and not _of_login(*replies[0]):
        yield Weather("ahead", instead=((0, b""),), read=replies[0][1])
    for number, (line, reply) in enumerate(replies):
        next_line, after = replies[number + 1] if number + 1 < len(replies) else (b"", b"")
        place = (line, reply[:3])
        if not reply or place in known:
            continue
        known.add(place)
        to = line.decode(errors="replace")
        joins = after and not _of_login(line, reply) and not _of_login(next_line, after)
        if READER in case.args and joins and peer.server:
            yield Weather("ahead", instead=((number, reply + after), (number + 1, b"")))
        yield Weather("end", instead=((number, None),), to=to)
        yield Weather("cut-off", instead=((number, _half(reply) or b"2"),), to=to)
        yield Weather("silence", instead=((number, b""),), to=to)
        others = (*OTHER_STEPS.get(reply[:1], ()), *CLASSES) if REPLY.match(reply) else ()
        # RSET has no refusal (RFC 5321, section 4.3.2), but any reply may be a goodbye.
        for other in CLASSES[:1] if line.upper() == b"RSET" else others:
            if other[:3] != reply[:3]:
                yield Weather("reply", instead=((number, other),), code=other[:3].decode(), to=to)


def _of_client(
    turns: list[tuple[bytes, bytes]], known: set[tuple[bytes, bytes]]
) -> Iterator[Weather]:
    """What a client does to a server: it closes, is gone, or falls silent, in place of a turn."""
    for number, (_, turn) in enumerate(turns):
        place = (b"", turn)
        if not turn or place in known:
            continue
        known.add(place)
        to = turn.partition(b"\r\n")[0].decode(errors="replace")
        kinds = (("end", None), ("breaks", None), ("cut-off", _half(turn)), ("silence", b""))
        for kind, instead in kinds:
            yield Weather(f"client-{kind}", instead=((number, instead),), to=to)


def _half(said: bytes) -> bytes:
    """The beginning of it, which does not end where a line does."""
    return said[: len(said) // 2].removesuffix(b"\n")


def _replies(peer: Peer, due: Run) -> list[tuple[bytes, bytes]]:
    """What the other side said, piece by piece, each with the line before it."""
    scripted = [(b"", step) for step in peer.script if isinstance(step, bytes)]
    return scripted + due.replies if peer.server else scripted


def _of_login(line: bytes, reply: bytes) -> bool:
    """Whether the reply depends on the client: its first answer may stand on the line of AUTH."""
    return line[:4].upper() == b"AUTH" or reply[:3] == b"334"
