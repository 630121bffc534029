"""Lesson 02: the cases of each exercise, and the mistakes that are known, in the order asked."""

import re
from typing import Any

from ..judge import READER, SOCK, Case, End, Exercise, Facts, Lesson, Peer, SmtpServer
from ..judge.compare import exactly
from ..judge.mistakes import throws_away
from ..solutions import dialogue as reference
from ..solutions.dialogue import dot_stuff

__all__ = ["DELIVER", "LESSON", "deliveries", "verb"]

END = End()
LATER, FORWARD = b"450 4.2.0 come again later\r\n", b"251 2.1.5 will forward\r\n"
REFUSAL = b"550 5.1.1 <nobody@lab.test>: no such user here\r\n"

# --- parse_reply_line ---------------------------------------------------------------------

OCTET_AGAINST_BYTES = re.compile(
    r"\[-?\d+\]\s*(?:(?:==|!=)\s*b['\"]|(?:not\s+)?in\s*[(\[{]\s*b['\"])"
)


def last_alone(f: Facts) -> Any:
    """Whether last is wrong, and nothing else."""
    code, last, text = f.want
    return f.got == (code, not last, text)


PARSE_REPLY_LINE = Exercise(
    reference.parse_reply_line,
    forbids=("smtplib",),
    cases=[
        Case("space", (b"250 OK",)),
        Case("hyphen", (b"250-SIZE 35882577",)),
        Case("hyphens-in-text", (b"550 5.1.1 no-such-user",)),
        Case("spaces-in-text", (b"250-one word and more",)),
        Case("spaces-around", (b"220  two  spaces ",)),
        Case("code-alone", (b"354",)),
        Case("no-text", (b"250-",)),
        "seven-lines",
        Case("space", (b"200 the first code there may be",)),
        Case("space", (b"599 the last one",)),
        Case("gbk", (b"550 \xd3\xca",)),
        Case("utf8", ("250 Gr\u00fc\u00dfe".encode(),)),
        Case("empty", (b"",)),
        Case("two-digits", (b"25",)),
        Case("no-code", (b"hello there",)),
        Case("letter", (b"2x0 OK",)),
        Case("other-digits", ("2\uff15\uff10 OK".encode(),)),
        Case("sign", (b"+25 OK",)),
        Case("blank", (b" 25 OK",)),
        Case("four-digits", (b"2500 OK",)),
        Case("four-digits", (b"0250 OK",)),
        Case("underscore", (b"250_OK",)),
        Case("underscore", (b"2_5 OK",)),
        Case("underscore", (b"250\tOK",)),
        Case("underscore", (b"250\rOK",)),
        Case("below-200", (b"199 OK",)),
        Case("above-599", (b"600 OK",)),
    ],
    mistakes={
        "octet-against-bytes.raised": lambda f: (
            f.raised == "ValueError" and not f.due and OCTET_AGAINST_BYTES.search(f.source)
        ),
        "shown-bytes": lambda f: "\"b'" in f.told,
        "strict-decode": lambda f: f.raised == "UnicodeDecodeError",
        "refuses-short": lambda f: f.raised == "ValueError" and not f.due and len(f.line) < 5,
        "same-answer": lambda f: f.got == f.past[0].got and type(f.got) is tuple and not f.due,
        "octet-against-bytes": lambda f: OCTET_AGAINST_BYTES.search(f.source) and last_alone(f),
        "hyphen-anywhere": lambda f: last_alone(f) and b"-" in f.line[4:] and not f.got[1],
        "wrong-replacement": lambda f: "\ufffd" in f.want[2] and f.got[:2] == f.want[:2],
    },
)

# --- read_reply ---------------------------------------------------------------------------

OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
MANY = b"".join(b"250-line %d\r\n" % n for n in range(100)) + b"250 end\r\n"


def reads(why: str, *segments: bytes, pieces: int | None = None, calls: int = 1) -> Case:
    return Case(why, (READER,), Peer(*segments, END, pieces=pieces), calls)


def list_shared(f: Facts) -> Any:
    """The lines of all calls so far are there, and not those of this one alone."""
    lines = [text for each in f.past if each.want for text in each.want[1]]
    return lines and f.got == (f.want[0], lines + f.want[1]) and {"old": lines[0]}


def last_line(f: Facts) -> dict[str, Any]:
    return {"last": f"{f.want[0]} {f.want[1][-1]}"}


def reads_more(f: Facts) -> Any:
    """The lines of the reply are there, and more behind them."""
    right = f.want[1]
    return f.got[1][: len(right)] == right != f.got[1] and last_line(f)


READ_REPLY = Exercise(
    reference.read_reply,
    forbids=("smtplib",),
    cases=[
        reads("one-line", b"220 mail.lab.test ready\r\n"),
        reads("three-lines", OFFERS),
        reads("each-by-itself", *OFFERS.splitlines(True)),
        reads("one-octet", OFFERS, pieces=1),
        "however-cut",
        reads("three-lines", b"550-5.7.1 not you\r\n550-5.7.1 not here\r\n550 5.7.1 no-one\r\n"),
        reads("two-replies", b"250-one\r\n250 two\r\n354 go on\r\n", calls=2),
        reads("two-replies", b"250 one\r\n250 two\r\n", calls=2),
        reads("like-codes", b"250-354 look\r\n250-\r\n250-250 end\r\n250\r\n"),
        reads("many-lines", MANY),
        reads("code-changes", b"250-one\r\n550 two\r\n"),
        reads("code-changes", b"250-one\r\n251 two\r\n"),
        reads("code-changes", b"250-one\r\n251-two\r\n250 three\r\n"),
        reads("stream-ends", b"250-one\r\n"),
    ],
    mistakes={
        "lost-reply": lambda f: f.raised == "EOFError" and f.past[-1].case is f.case,
        "reads-on": lambda f: f.raised == "EOFError" and not f.due and last_line(f),
        "list-shared": list_shared,
        "single-recv": lambda f: (
            any(each.case.why == "three-lines" for each in f.past)
            and f.got == (f.want[0], f.want[1][:1])
        ),
        "first-line-only": lambda f: f.got == (f.want[0], f.want[1][:1]),
        "too-few-lines": lambda f: len(f.want[1]) > 100 and {"count": len(f.want[1])},
        "reads-on.more": reads_more,
    },
)

# --- command ------------------------------------------------------------------------------


def put(why: str, line: str, expect: Any, answer: bytes = b"250 2.0.0 OK\r\n") -> Case:
    """A line for a server that has this answer to it."""
    peer = Peer(server=SmtpServer({line.encode(): answer}))
    return Case(why, (SOCK, READER, line, expect), peer, values={"code": answer[:3].decode()})


def came(f: Facts) -> dict[str, Any]:
    """The code that came, whether the reference returned or raised it."""
    return {"came": f.want[0] if f.want else f.due_error.code}


def in_other_charset(f: Facts) -> bool:
    text = f.due_sent.decode()
    return f.part >= 0 and f.sent in (text.encode(name, "replace") for name in ("latin-1", "ascii"))


COMMAND = Exercise(
    reference.command,
    forbids=("smtplib",),
    same=exactly,
    cases=[
        put("noop", "NOOP", 250),
        put("hoped-for", "RCPT TO:<lin@lab.test>", 250, b"250 2.1.5 recipient OK\r\n"),
        put("one-int", "DATA", 354, b"354 go on\r\n"),
        put("chinese", "MAIL FROM:<gr\u00fcn@lab.test> SMTPUTF8", 250, b"250 2.1.0 OK\r\n"),
        put("two-welcome", "RCPT TO:<lin@lab.test>", (250, 251), FORWARD),
        "five-commands",
        put("hoped-for", "", 250),
        put("another-code", "RCPT TO:<nobody@lab.test>", 250, REFUSAL),
        put("another-code", "RCPT TO:<nobody@lab.test>", 250, b"550-no\r\n550-such\r\n550 one\r\n"),
        put("another-code", "DATA", 354, b"250 2.0.0 OK\r\n"),
        put("another-code", "DATA", (221, 354), b"250 2.0.0 OK\r\n"),
        put("another-code", "RCPT TO:<lin@lab.test>", 250, FORWARD),
        put("another-code", "RCPT TO:<lin@lab.test>", (250, 251), LATER),
        put("line-break", "MAIL FROM:<you@lab.test>\r\nRCPT TO:<director@lab.test>", 250),
        put("line-break", "NOOP\nRSET", 250),
        put("line-break", "NOOP\rRSET", 250),
        put("line-break", "NOOP\r\n", 250),
    ],
    mistakes={
        "one-int": lambda f: re.search("argument of type 'int'|'int' object is not", f.told),
        "sent-first": lambda f: f.due == f.raised == "ValueError" and f.sent,
        "break-accepted": lambda f: f.due == "ValueError" and f.sent,
        "said-again": lambda f: (
            f.sent.count(b"\n") > 1 and f.sent == f.due_sent * f.sent.count(b"\n") and came(f)
        ),
        "not-utf-8": in_other_charset,
        "expected-refused": lambda f: f.raised == "ReplyError" and not f.due and came(f),
    },
)

# --- parse_ehlo ---------------------------------------------------------------------------


def lost(f: Facts) -> Any:
    """The keywords that are missing, where those that came are right ones."""
    missing = [keyword for keyword in f.want if keyword not in f.got]
    return missing and f.got.keys() < f.want.keys() and {"missing": ", ".join(missing)}


PARSE_EHLO = Exercise(
    reference.parse_ehlo,
    forbids=("smtplib",),
    cases=[
        Case("three", (["mail.lab.test", "SIZE 35882577", "STARTTLS", "AUTH LOGIN PLAIN"],)),
        Case("others", (["mail.lab.test", "8BITMIME", "SIZE"],)),
        Case("mixed-case", (["mail.lab.test", "size 1000", "StartTLS", "X-Course Lesson Two"],)),
        Case("spaces", (["mail.lab.test", "X-A  b ", "SIZE 1000"],)),
        Case("signs", (["mail", "AUTH=LOGIN", "X-V v1.0 a=b", "X.Y"],)),
        Case("signs", (["mail", "X.Y", "A=B", "mail"],)),
        Case("nothing", (["mail.lab.test greets client.lab.test"],)),
        "six-replies",
    ],
    mistakes={
        "greeting-as-offer": lambda f: (
            type(f.got) is dict and any(key.lower().startswith("mail.") for key in f.got)
        ),
        "offers-lost": lost,
    },
)

# --- dot_stuff ----------------------------------------------------------------------------


def line_left(f: Facts) -> Any:
    """The first line whose dot was not doubled, where no line was lost."""
    pairs = enumerate(zip(f.body.split(b"\r\n"), f.got.split(b"\r\n"), strict=True), 1)
    left = ({"number": n, "line": a} for n, (a, b) in pairs if a == b and a[:1] == b".")
    return next(left, None)


DOT_STUFF = Exercise(
    reference.dot_stuff,
    forbids=("smtplib",),
    cases=[
        Case("no-dot", (b"one\r\ntwo\r\n",)),
        Case("lone-dot", (b"bread\r\n.\r\nmilk\r\n",)),
        Case("second-line", (b"one\r\n.two\r\n",)),
        Case("first-line", (b".one\r\ntwo\r\n",)),
        Case("first-line", (b".one\r\n\r\ntwo\r\n",)),
        Case("four-lines", (b".\r\n.\r\n..\r\n...\r\n",)),
        Case("inside", (b"v1.0 a.b\r\n ...\r\nend.\r\n",)),
        Case("no-last-crlf", (b"one\r\n.",)),
        Case("empty", (b"",)),
        Case("empty-lines", (b"\r\n\r\n",)),
        Case("beyond-ascii", (b"\xe4\xbd\xa0\r\n.\xff\r\n",)),
        Case("bare-ends", (b"one\n.two\r.three\r\n",)),
        Case("many-lines", (b".x\r\n" * 1025,)),
        "twelve-texts",
    ],
    mistakes={
        "result-dropped": lambda f: f.got == f.body and throws_away(f, "replace"),
        "first-line-missed": lambda f: f.body[:1] == b"." and f.got == f.want[1:],
        "adds-end": lambda f: f.got in (f.want + b".\r\n", f.want + b"\r\n.\r\n"),
        "line-left": line_left,
    },
)

# --- deliver ------------------------------------------------------------------------------

NOBODY = "nobody@lab.test"


def deliveries(
    sender: str, first: str, second: str, letter: bytes, dotted: bytes
) -> list[Case | str]:
    """The cases of deliver, and of lesson 08's deliver_utf8, which has other addresses and letters.

    dotted is a letter with dots at the start of lines, one of them alone.
    """

    def case(why: str, to: list[str], message: bytes = letter, **answers: bytes) -> Case:
        """answers: to a command ("MAIL"), to one of the three, or to the end of the message."""
        places = {"dot": b"."} | {
            name: f"RCPT TO:<{address}>".encode()
            for name, address in (("first", first), ("second", second), ("nobody", NOBODY))
        }
        server = SmtpServer(
            {places.get(place, place.encode()): what for place, what in answers.items()}
        )
        values = {"to": ", ".join(to)}
        return Case(why, (SOCK, READER, sender, to, message), Peer(server=server), values=values)

    return [
        case("one", [first]),
        case("two", [first, second]),
        case("second-unknown", [first, NOBODY, second], nobody=REFUSAL),
        case("put-off", [first, second], first=LATER, second=FORWARD),
        case("all-refused", [first, NOBODY], RCPT=REFUSAL),
        "told-apart",
        case("second-unknown", [first, NOBODY, second], nobody=b"550-no\r\n550 such user\r\n"),
        case("second-unknown", [first, NOBODY, second], nobody=b"252 2.5.2 who knows\r\n"),
        case("refused-MAIL", [first, second], MAIL=b"552 5.3.4 too much\r\n"),
        case("refused-DATA", [first, second], DATA=b"451 4.3.0 not now\r\n"),
        case("refused-message", [first, second], dot=b"554 5.7.1 looks like spam\r\n"),
        case("goodbye", [first, second, NOBODY], second=b"421 4.3.2 closing\r\n"),
        case("dots", [first], dotted),
        case("dots", [first], dotted + b".\xff\r\n" + (b".." + b"a.b" * 21 + b"\r\n") * 200),
        case("no-last-crlf", [first], letter + b"Yours"),
        case("blank-end", [first], letter + b" \r\n\r\n"),
    ]


def content(f: Facts) -> bytes:
    """What was sent after DATA."""
    found = re.search(rb"(?is)(?:^|\r\n)DATA\r\n(.*)", f.sent)
    return found[1] if found else b""


def last(f: Facts) -> dict[str, Any]:
    """The last line that was sent, with its end if it has one."""
    return {"last": (content(f).splitlines(keepends=True) or [b""])[-1]}


def in_letter(f: Facts) -> bool:
    return f.server.content is not None and (f.returned or f.waits)


def whole(f: Facts) -> bytes:
    message: bytes = f.message
    return message.removesuffix(b"\r\n") + b"\r\n"


def verb(line: bytes) -> bytes:
    return line[:4].upper()


def out_of_step(f: Facts) -> Any:
    """More commands were sent than replies read, and then a reply was not the one hoped for."""
    read = b"".join(data for sender, data in f.mine.events if sender == "S").count(b"\n")
    early = f.told.startswith("ReplyError") and not content(f) and read < len(f.said)
    return early and {"sent": len(f.said), "read": read}


def dot_glued(f: Facts) -> Any:
    line = last(f)["last"].rstrip(b"\r\n")
    return in_letter(f) and line.endswith(b".") and line.strip(b".") and {"last": line}


def stuffed_twice(f: Facts) -> Any:
    once = dot_stuff(whole(f))
    return content(f) == dot_stuff(once) + b".\r\n" != once + b".\r\n"


LETTER = b"From: you@lab.test\r\nSubject: tea\r\n\r\nAt four?\r\n"
DOTTED = b".first\r\nSubject: dots\r\n\r\nbread\r\n.\r\n..\r\nmilk\r\n"

DELIVER = Exercise(
    reference.deliver,
    points=20,
    forbids=("smtplib",),
    cases=deliveries("you@lab.test", "lin@lab.test", "sam@lab.test", LETTER, DOTTED),
    mistakes={
        "reply-in-letter": lambda f: (
            f.waits
            and in_letter(f)
            and len(content(f)) < len(f.message)
            and dot_stuff(f.message).startswith(content(f))
        ),
        "data-unanswered": lambda f: (
            content(f)
            and f.early
            and (f.told.startswith("ReplyError: 354") or (f.returned and len(f.unread) == 1))
        ),
        "not-a-command": lambda f: f.raised == "ValueError" and "command(" in f.code,
        "data-for-nobody": lambda f: verb(f.at[0]) == b"DATA" and f.at[1] in (b"RSET", b""),
        "reset-too-early": lambda f: verb(f.at[0]) == b"RSET" and f.at[1] == b"DATA",
        "stops-at-refusal": lambda f: (
            f.told.startswith("ReplyError: 550") and len(f.recipients) == 3 and f.want
        ),
        "forward-refused": lambda f: (
            f.told.startswith("ReplyError: 251") or any(code == 251 for code, _ in f.got.values())
        ),
        "all-refused-raises": lambda f: (
            f.raised == "ReplyError" and len(f.want) == len(f.recipients)
        ),
        "out-of-step": out_of_step,
        "changes-argument": lambda f: f.changed and {"was": f.changed[0], "now": f.changed[1]},
        "dot-glued": dot_glued,
        "not-closed": lambda f: in_letter(f) and last(f),
        "stuffed-twice": stuffed_twice,
        "not-stuffed": lambda f: (
            dot_stuff(f.message) != f.message and content(f).startswith(f.message) and f.part >= 0
        ),
        "goodbye-collected": lambda f: f.due_error.code == 421 and not f.raised and f.to != "RSET",
        "extra-line": lambda f: content(f) == dot_stuff(whole(f)) + b"\r\n.\r\n",
    },
)

LESSON = Lesson(
    "02", __file__, (PARSE_REPLY_LINE, READ_REPLY, COMMAND, PARSE_EHLO, DOT_STUFF, DELIVER)
)
