"""relay: the cases of its check, a mail and the next hop."""

import re
from collections.abc import Sequence
from typing import Any

from .. import mime
from ..judge import READER, SOCK, Case, Exercise, Facts, Peer, SmtpServer, conversation
from ..solutions import server as reference

__all__ = ["RELAY"]

HOST = "mail.desk.test"
LETTER = b"From: you@lab.test\r\nSubject: tea\r\n\r\nAt four?\r\n"
LIN, SAM, NOBODY = "lin@else.test", "sam@else.test", "nobody@else.test"
UNKNOWN = b"550 5.1.1 no such user\r\n"
GREETING = b"220 mail.else.test ready\r\n"
TRACE = re.compile(rb"(?is)received:\s*from\s+(\S+)\b.*?\bby\s+(\S+?)(?=[\s;(]).*;\s*(.+)\Z")
BARE = rb"\r(?!\n)|(?<!\r)\n"  # an end of a line that is none: RFC 5321, section 2.3.8
HOP = b"Received: from one by two with ESMTP; Mon, 01 Jan 2024 12:00:00 +0000\r\n"


def case(
    why: str, *to: str, sender: str = "you@lab.test", content: bytes = LETTER,
    greeting: bytes = GREETING, weather: bool = True, **answers: bytes,
) -> Case:  # fmt: skip
    """answers: to a command ("MAIL"), to one of the three, or to the end of the content."""
    places = {"dot": b"."} | {
        name: f"RCPT TO:<{address}>".encode()
        for name, address in (("lin", LIN), ("sam", SAM), ("nobody", NOBODY))
    }
    server = SmtpServer({places.get(at, at.encode()): what for at, what in answers.items()})
    mail = {
        "client": "client.lab.test", "sender": sender, "recipients": list(to or (LIN,)),
        "content": content,
    }  # fmt: skip
    return Case(why, (SOCK, READER, mail, HOST), Peer(greeting, server=server), weather=weather)


def traced(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """A conversation in which the date and the words around of a Received are free, and QUIT."""
    said = conversation(lines)
    if said and said[-1][0] == b"QUIT":
        said.pop()
    place = next((n + 1 for n, (line, _) in enumerate(said) if line == b"DATA"), len(said))
    end = place + 1
    while end < len(said) and said[end][0][:1] in (b" ", b"\t"):
        end += 1
    field = b"".join(line for line, _ in said[place:end])
    found = None if re.search(BARE, field) else TRACE.match(field)
    if found:
        date = b"a date" if mime.read_date(found[3].decode("latin-1")).value else found[3]
        form = b"Received: from %b by %b; %b" % (found[1], found[2], date)
        said[place:end] = [(form, said[end - 1][1])]
    return said


def outcome(value: Any, sock: Any, reader: Any, mail: dict[str, Any], hostname: str) -> Any:
    """What came of it: to whom a bounce goes and of whom it tells, and who is for later."""
    bounce, later = value if len(value) == 2 else (value, None)
    if type(later) is list and all(type(who) is str for who in later):
        later = sorted(later)
    if type(bounce) is dict and type(bounce.get("content")) is bytes:
        told = [who for who in mail["recipients"] if who.encode() in bounce["content"]]
        parts = {part: bounce.get(part) for part in ("client", "sender", "recipients")}
        bounce = {**parts, "tells of": sorted(told)}
    return bounce, later


def content(f: Facts) -> bytes:
    """What was sent after DATA."""
    found = re.search(rb"(?is)\r\nDATA\r\n(.*)", f.sent)
    return found[1] if found else b""


def other(part: int, wrong: Any) -> Any:
    """A condition over the bounce (0) or the list for later (1): what came, what was due."""

    def when(f: Facts) -> Any:
        is_, due = f.form[part], f.due_form[part]
        if type(is_) not in ((dict, type(None)), (list,))[part]:
            return None
        return f.returned and is_ != due and wrong(f, is_, due) and {"is": is_, "wanted": due}

    return when


RELAY = Exercise(
    reference.relay,
    forbids=("smtplib", "aiosmtpd"),
    same=traced,
    free_texts=True,
    key=outcome,
    cases=[
        case("one", LIN),
        case("two", LIN, SAM),
        case("null-taken", LIN, sender=""),
        case("refused", LIN, NOBODY, SAM, nobody=UNKNOWN),
        case("refused", LIN, SAM, sam=b"552 5.5.3 too many recipients\r\n", weather=False),
        case("put-off", LIN, SAM, lin=b"450 4.2.0 later\r\n"),
        case("both", LIN, NOBODY, SAM, lin=b"450 4.2.0 later\r\n", nobody=UNKNOWN),
        case("all-refused", NOBODY, nobody=UNKNOWN),
        "told-apart",
        case("null-refused", NOBODY, sender="", nobody=UNKNOWN),
        case("refused-content", LIN, SAM, dot=b"554 5.7.1 looks like spam\r\n"),
        case("put-off-content", LIN, SAM, dot=b"451 4.3.0 not now\r\n"),
        case("refused-mail", LIN, SAM, MAIL=b"550 5.7.1 not from you\r\n"),
        case("goodbye", LIN, SAM, sam=b"421 4.3.2 closing\r\n"),
        case("no-hello", LIN, greeting=b"554 no service\r\n"),
        case("nonsense", LIN, SAM, greeting=b"hello there\r\n", weather=False),
        case("circle", LIN, SAM, content=HOP * 100 + LETTER, weather=False),
        case("circle", LIN, content=HOP * 50 + HOP.lower() * 50 + LETTER, weather=False),
        case("circle-null", LIN, sender="", content=HOP * 100 + LETTER, weather=False),
        case("no-circle", LIN, content=HOP * 99 + LETTER, weather=False),
        case("no-circle", LIN, content=LETTER + HOP * 120 + b"\r\nend\r\n", weather=False),
        case("no-circle", LIN, content=b"Received-SPF: pass\r\n" * 120 + LETTER, weather=False),
        case("no-circle", LIN, content=b"X: received: " * 120 + b"\r\n" + LETTER, weather=False),
    ],
    mistakes={
        "greeting-unread": lambda f: f.told.startswith("ReplyError: 220"),
        "raised": lambda f: f.raised in ("ReplyError", "EOFError", "TimeoutError", "OSError",
                                         "ConnectionError", "ValueError", "InsecureError")
        and not f.due,
        "no-hello": lambda f: f.said and not f.said[0].upper().startswith((b"EHLO", b"HELO")),
        "quit-said": lambda f: f.unread and f.said[-1].upper() == b"QUIT",
        "name-hidden": lambda f: f.raised == "UnboundLocalError" and "'bounce'" in f.told,
        "circle-unseen": lambda f: f.case.why.startswith("circle") and f.sent,
        "no-circle": lambda f: f.case.why == "no-circle" and not f.sent,
        "bounce-of-bounce": other(0, lambda f, is_, due: f.mail["sender"] == "" and due is None),
        "bare-end": lambda f: f.part >= 0 and (found := re.search(BARE, content(f)))
        and {"is": content(f)[: found.end()].split(b"\r\n")[-1]},
        "one-each": lambda f: f.at[0].upper() == b"DATA" and f.at[1][:4] == b"RCPT",
        "no-trace": lambda f: content(f) and f.part >= 0 and b"received:" not in
        content(f).removesuffix(f.mail["content"] + b".\r\n").lower(),
        "trace-below": lambda f: content(f) and f.part >= 0 and not
        content(f).lower().startswith(b"received:"),
        "trace-other": lambda f: f.part >= 0 and f.at[0].lower().startswith(b"received:")
        and {"is": f.at[0]},
        "lost-bounce": other(
            0, lambda f, is_, due: f.weather.kind in ("end", "cut-off", "silence") and due is None
        ),
        "circle-later": other(
            1, lambda f, is_, due: f.case.why.startswith("circle") and set(is_) - set(due)
        ),
        "null-later": other(1, lambda f, is_, due: f.case.why == "null-refused"
                            and not f.weather.kind and set(is_) - set(due)),
        "bounce-name": other(0, lambda f, is_, due: due and is_["client"] != due["client"]),
        "bounce-answered": other(0, lambda f, is_, due: due and is_["sender"] != ""),
        "bounce-temporary": other(
            0, lambda f, is_, due: set(is_["tells of"]) & set(f.due_form[1])
        ),
        "bounce-missing": other(0, lambda f, is_, due: due and is_ is None),
        "bounce-needless": other(0, lambda f, is_, due: due is None),
        "bounce-other": other(0, lambda f, is_, due: True),
        "later-for-good": other(
            1, lambda f, is_, due: f.due_form[0] and set(is_) - set(due)
        ),
        "later-missing": other(1, lambda f, is_, due: set(due) - set(is_)),
        "later-twice": other(1, lambda f, is_, due: f.server.mails and set(is_) - set(due)),
        "later-more": other(1, lambda f, is_, due: True),
    },
)  # fmt: skip
