"""serve_one: the sessions of its check, each spoken by a client that is a script."""

import random
import re
from typing import Any

from ..judge import SOCK, Case, Exercise, Facts, Peer, SmtpClient, replies
from ..judge.cases import Given
from ..judge.client import Turn
from ..solutions import server as reference
from ..solutions.server import COMMAND_OCTETS, MESSAGE_OCTETS

__all__ = ["SERVE_ONE"]

SEED = 5321
PATIENCE = 5.0  # seconds: the socket's timeout, which passes at once
MAILBOX = Given("mailbox")
EHLO, QUIT, NOOP = b"EHLO client.lab.test\r\n", b"QUIT\r\n", b"NOOP\r\n"
MAIL, RCPT, DATA = b"MAIL FROM:<you@lab.test>\r\n", b"RCPT TO:<lin@lab.test>\r\n", b"DATA\r\n"
SAM, RSET = b"RCPT TO:<sam@lab.test>\r\n", b"RSET\r\n"
ENVELOPE = (MAIL, RCPT, DATA)
LETTER = b"Subject: tea\r\n\r\nAt four?\r\n"
DOT = b".\r\n"
REFUSED = ("smuggled", "after-refusal", "too-much")  # steps in which a content is refused
# Who takes one of these for the end of the mail reads what follows as commands, and a second mail.
NO_ENDS = (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n.\r")
SMUGGLED = (
    b"MAIL FROM:<director@lab.test>\r\nRCPT TO:<lin@lab.test>\r\nDATA\r\n"
    b"From: director@lab.test\r\n\r\nThe office is closed.\r\n"
)


def session(
    why: str, *turns: Turn, weather: bool = True, pieces: int | None = None, **values: Any
) -> Case:
    """A client that says EHLO, then this, and at last QUIT."""
    there = peer(SmtpClient(EHLO, *turns, QUIT), pieces)
    return Case(why, (SOCK, MAILBOX), there, weather=weather, values=values)


def peer(client: SmtpClient, pieces: int | None = None, takes: Any = None) -> Peer:
    given = {MAILBOX: list}
    return Peer(server=client, timeout=PATIENCE, pieces=pieces, takes=takes, may_close=True,
                given=given, fills=MAILBOX)  # fmt: skip


def noop(octets: int) -> bytes:
    """A command of so many octets, with its CRLF."""
    return b"NOOP " + b"x" * (octets - 7) + b"\r\n"


def alone(why: str, *turns: Turn, **how: Any) -> Case:
    """A client that says this and nothing else."""
    return Case(why, (SOCK, MAILBOX), peer(SmtpClient(*turns), **how))


def by_chance(chance: random.Random) -> Case:
    """A session of many commands, two of three of them legal, some of them in one segment."""
    state, turns, group = reference.new_session(), list[Turn](), list[bytes]()
    while len(turns) < 15:
        line = chance.choice(
            (EHLO, MAIL, MAIL, RCPT, RCPT, SAM, *[DATA] * 8, RSET, NOOP, b"HOLA\r\n")
        )
        (code, _), after = reference.handle(state, reference.parse_command(line[:-2]))
        if code >= 400 and chance.random() < 0.8:
            continue
        group.append(line)
        if code == 354 or chance.random() < 0.5:
            turns.append((b"".join(group), len(group)))
            group = []
        state = after
        if code == 354:
            body = b"".join(
                chance.choice((b"..\r\n", b"a\r\n", b"\r\n", b"..b\r\n")) for _ in range(4)
            )
            group, state = [body + DOT], reference.handle(after, ("RSET", "", {}))[1]
    return session(
        "chance", *turns, *([(b"".join(group), len(group))] if group else []), weather=False
    )


def mails(value: Any, *_: Any) -> Any:
    """What a server took, without what a mail has besides."""
    names = ("client", "sender", "recipients", "content")
    taken = [{name: mail.get(name) for name in names} if type(mail) is dict else mail
             for mail in value]  # fmt: skip
    for mail in taken:  # who is named twice may get one copy
        if type(mail) is dict and type(mail["recipients"]) is list:
            mail["recipients"] = list(dict.fromkeys(mail["recipients"]))
    return taken


# What a difference is


def asked(f: Facts) -> Any:
    """What the client had said to which the wrong reply is: the last line of it."""
    left = len(replies(f.said[: f.part])) - 1  # the greeting answers nothing
    if left < 0:
        return b""
    for turn in f.due_server.turns:
        said, count = (turn, 1) if isinstance(turn, bytes) else turn
        if left < count:
            return said.split(b"\r\n")[:-1][left - count][-50:]
        left -= count
    return b""


def wrong_reply(f: Facts) -> Any:
    """The command, the reply that came, and the one that was due."""
    said, due = f.at
    code = "5yz" if due[:1] == b"5" else due[:3].decode()  # the text is free
    return f.part >= 0 and {"asked": asked(f), "is": said, "due_is": code}


def reply(wrong: Any) -> Any:
    """A reply that is so: what came, what was due; each is b"" where there was none."""
    # An exception says more, but for the one with which a server waits for a client that waits.
    return lambda f: (
        not f.waits
        and f.raised in ("", "TimeoutError")
        and (found := wrong_reply(f))
        and wrong(f, *f.at)
        and found
    )


def refused_early(f: Facts) -> Any:
    """A refusal in the place of 250, and then replies to what was still content."""
    place = next(n for n, line in enumerate(f.said) if line[:3] == b"354") + 1
    refused = f.case.why in REFUSED and f.said[place][:1] == b"5"
    return refused and len(f.said) > len(f.due_said) and {"is": f.said[place]}


def reply_end(f: Facts) -> Any:
    """A line that is said and does not end in CRLF."""
    lines = (line for line in f.sent.splitlines(keepends=True) if not line.endswith(b"\r\n"))
    return {"is": next(lines)}


def kept(wrong: Any) -> Any:
    """The first mail that is so: what stands in the mailbox, and what should."""

    def when(f: Facts) -> Any:
        mine, due = f.form, f.due_form
        pairs = enumerate(zip(mine, due, strict=False))
        number, one, other = next((n, a, b) for n, (a, b) in pairs if a != b)
        found = wrong(one, other, due[:number])
        parts = [name for name in other if one.get(name) != other[name]]
        return found and {"part": parts[0], "is": one.get(parts[0]), "wanted": other[parts[0]]}

    return when


def gone(f: Facts) -> bool:
    return bool(f.server.gone)


def undotted(content: bytes) -> bytes:
    """A content whose lines have lost all dots that they begin with."""
    return re.sub(rb"(?m)^\.+", b"", content)


def ended_early(f: Facts) -> Any:
    """The line at which a content ended that goes on: of it the beginning is kept, and the rest
    has replies, as if it were commands."""
    if len(f.said) <= len(f.due_said):
        return None
    for one, due in zip(f.form, f.due_form, strict=False):
        rest = due["content"].removeprefix(one["content"])
        if one["content"].endswith(b"\r\n") and 0 < len(rest) < len(due["content"]):
            return {"line": rest.partition(b"\r\n")[0]}
    return None


def more(f: Facts) -> Any:
    return len(f.got) > len(f.want) and {"count": len(f.got), "due_count": len(f.want)}


SERVE_ONE = Exercise(
    reference.serve_one,
    forbids=("smtpd", "aiosmtpd", "asyncio", "socketserver"),
    same=replies,
    free_texts=True,
    key=mails,
    cases=[
        session("one-mail", *ENVELOPE, LETTER + DOT),
        session("no-content", *ENVELOPE, DOT),
        session("dots", *ENVELOPE, b"..one\r\n...\r\n.. \r\n two.\r\n .\r\ni..n\r\n" + DOT),
        session("octets", b"MAIL FROM:<>\r\n", RCPT, DATA, bytes(range(128, 256)) + b"\r\n" + DOT),
        session("two-mails", *ENVELOPE, LETTER + DOT, MAIL, SAM, DATA, b"Second\r\n" + DOT),
        session("two-recipients", MAIL, RCPT, SAM, DATA, LETTER + DOT),
        session("in-pieces", *ENVELOPE, LETTER + DOT, pieces=7),
        "delivered",
        session(
            "pipelined", (MAIL + RCPT + SAM + DATA, 4), (LETTER + DOT + MAIL + SAM + DATA, 4),
            (b"Second\r\n" + DOT + NOOP, 2),
        ),
        alone("out-of-order", DATA, RCPT, MAIL, EHLO, RCPT, MAIL, DATA, RCPT, DATA, LETTER + DOT),
        session("reset", MAIL, RCPT, RSET, DATA, *ENVELOPE, LETTER + DOT),
        session("nonsense", b"GET / HTTP/1.1\r\n", b"\r\n", b"\xff\xfe\r\n", b"HOLA\r\n", NOOP),
        session("bare-command", b"NOOP\nQUIT\r\n", b"NOOP\rQUIT\r\n", NOOP),
        alone("behind-quit", EHLO, (QUIT + NOOP, 1)),
        *(
            session("smuggled", *ENVELOPE, LETTER[:-2] + end + SMUGGLED + DOT, NOOP, end=end,
                    weather=end == NO_ENDS[0])
            for end in NO_ENDS
        ),
        *(
            session("after-refusal", *ENVELOPE, refused + DOT, DATA, *ENVELOPE, LETTER + DOT)
            for refused in (b"a\nb\r\n", b"\na\r\n")
        ),
        session("longest", noop(COMMAND_OCTETS), NOOP, octets=COMMAND_OCTETS),
        session("longer", noop(COMMAND_OCTETS + 1), NOOP, octets=COMMAND_OCTETS + 1),
        session("long-text", *ENVELOPE, b"x" * 998 + b"\r\n" + DOT),
        session("too-long", noop(10_000), NOOP, weather=False),
        # The last octet of a piece is the CR: of the tenth, and of the ninth.
        session("too-long-cut", noop(5_001), noop(4_501), NOOP, weather=False, pieces=500),
        session("most", *ENVELOPE, (b"x" * 98 + b"\r\n") * (MESSAGE_OCTETS // 100) + DOT,
                weather=False),
        session("most-again", *ENVELOPE, (b"x" * 98 + b"\r\n") * (MESSAGE_OCTETS // 150) + DOT,
                *ENVELOPE, (b"y" * 98 + b"\r\n") * (MESSAGE_OCTETS // 150) + DOT, weather=False),
        session("too-much", *ENVELOPE, (b"x" * 98 + b"\r\n") * (MESSAGE_OCTETS // 99) + DOT, NOOP,
                weather=False),
        alone("gone", EHLO, takes=(2_000, *[BrokenPipeError] * 9)),
        "attacked",
        *(by_chance(random.Random(SEED + n)) for n in range(6)),
    ],
    mistakes={
        "no-command": lambda f: f.raised == "ValueError" and "parse_command" in f.code,
        "silence-raised": lambda f: f.weather.kind == "client-silence" and f.raised,
        "gone-raised": lambda f: f.raised and (gone(f) or f.raised == "BrokenPipeError"),
        "reply-end": reply_end,
        "no-greeting": reply(lambda f, is_, due: due[:3] == b"220" != is_[:3]),
        "half-kept": lambda f: f.weather.kind.startswith("client-") and more(f),
        "silence-again": lambda f: f.weather.kind == "client-silence"
        and sum(line[:3] == b"421" for line in f.said) > 1,
        "goes-on": reply(
            lambda f, is_, due: not due and f.said[f.part - 1][:3] == b"221"
        ),
        "silence-unsaid": reply(
            lambda f, is_, due: f.weather.kind == "client-silence" and due[:3] == b"421"
        ),
        "other-end": reply(lambda f, is_, due: f.case.why == "bare-command"),
        "refused-early": refused_early,
        "refused-softly": reply(
            lambda f, is_, due: f.case.why in REFUSED and is_[:1] == b"4" and due[:1] == b"5"
        ),
        "smuggled": lambda f: (
            f.case.why == "smuggled"
            and len(f.said) > len(f.due_said)
            and {"end": f.case.values["end"]}
        ),
        "kept-refused": lambda f: f.case.why in REFUSED and f.part < 0 and more(f),
        "bare-kept": lambda f: f.case.why in ("smuggled", "after-refusal") and more(f),
        "in-pieces": reply(lambda f, is_, due: f.case.why == "in-pieces"),
        "empty-content": reply(lambda f, is_, due: f.case.why == "no-content" and asked(f) == b"."),
        "session-left": reply(lambda f, is_, due: due and not is_ and f.part == 1 and f.past
                              and f.returned),
        "returned-early": reply(lambda f, is_, due: due and not is_ and f.returned
                                and not f.weather.kind),
        "limit": reply(lambda f, is_, due: f.case.why in ("longest", "longer")),
        "long-text": reply(lambda f, is_, due: f.case.why == "long-text"),
        "line-cut": reply(lambda f, is_, due: f.case.why == "too-long-cut"),
        "most": reply(lambda f, is_, due: f.case.why == "most" and is_[:1] == b"5"),
        "line-too-long": reply(lambda f, is_, due: f.case.why == "too-long"),
        "content-too-long": lambda f: f.case.why == "too-much" and more(f),
        "ended-early": ended_early,
        "reply-missing": reply(lambda f, is_, due: due and (not is_ or is_[:3] == b"421")),
        "reply-more": reply(lambda f, is_, due: not due),
        "reply-other": reply(lambda f, is_, due: True),
        "no-dict": lambda f: any(type(mail) is not dict for mail in f.got),
        "dots-kept": kept(
            lambda one, due, past: b".." in one["content"] != due["content"]
            and one["content"].replace(b"\r\n..", b"\r\n.").removeprefix(b".")
            in (due["content"], due["content"].removeprefix(b"."))
        ),
        "dots-lost": kept(
            lambda one, due, past: one["content"] != due["content"]
            and one["content"] == undotted(due["content"])
        ),
        "envelope-kept": kept(
            lambda one, due, past: past and one["recipients"] != due["recipients"]
            and set(one["recipients"]) > set(due["recipients"])
        ),
        "mail-other": kept(lambda one, due, past: True),
        "not-kept": lambda f: len(f.got) < len(f.want)
        and {"count": len(f.got), "due_count": len(f.want)},
        "kept-more": more,
    },
)  # fmt: skip
