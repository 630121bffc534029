"""Lesson 10: parse_command and handle, a server without a socket; the rest is in serving.py."""

import random
from collections.abc import Iterator
from typing import Any

from ..judge import Case, Exercise, Facts, Lesson
from ..solutions import server as reference
from ..solutions.server import new_session
from .relaying import RELAY
from .serving import SERVE_ONE

__all__ = ["LESSON"]

SEED = 5321

# --- parse_command ------------------------------------------------------------------------

LINES = {
    "alone": (b"DATA",),
    "argument": (b"EHLO client.lab.test", b"NOOP if=you  like"),
    "any-case": (b"quit", b"Rset"),
    "address": (b"MAIL FROM:<you@lab.test>", b"RCPT TO:<Lin.Chen@Lab.Test>"),
    "keyword-case": (b"mail from:<you@lab.test>", b"Rcpt To:<lin@lab.test>"),
    "null": (b"MAIL FROM:<>",),
    "parameters": (
        b"MAIL FROM:<you@lab.test> SIZE=1000 BODY=8BITMIME",
        b"MAIL FROM:<> size=5 X-Flag body=8bitMIME",
        b"MAIL FROM:<you@lab.test> AUTH=<>",
        b"MAIL FROM:<you@lab.test> X-NOTE=a=b=",
    ),
    "spaces-behind": (b"QUIT  ", b"MAIL FROM:<you@lab.test> "),
    "no-domain": (b"RCPT TO:<postmaster>",),
    "quoted": (b'RCPT TO:<"lin chen"@lab.test>',),
    "unknown": (b"GET / HTTP/1.1",),
}
NO_COMMANDS = {
    "no-letter": (b"", b"250 OK", b".", b" QUIT"),
    "no-path": (
        b"MAIL",
        b"RCPT lin@lab.test",
        b"RCPT FROM:<lin@lab.test>",
        b"RCPT x TO:<a@b.test>",
    ),
    "no-brackets": (b"MAIL FROM:you@lab.test", b"MAIL FROM:<you@lab.test"),
    "beyond-ascii": ("EHLO caf\u00e9".encode(), b"\xff\xfe"),
    "line-break": (b"NOOP\nQUIT", b"NOOP\rQUIT", b"MAIL FROM:<you@lab.test>\n", b"NOOP \0"),
}


def parsed(f: Facts) -> tuple[str, str, Any]:
    """What was returned, where it has the right form."""
    verb, argument, parameters = f.got
    assert f.returned and not f.due and type(verb) is type(argument) is str
    return verb, argument, parameters


def other_case(f: Facts) -> Any:
    verb, argument, _ = parsed(f)
    both = zip((verb, argument), f.want, strict=False)
    return next(({"is": a, "wanted": b} for a, b in both if a != b and a.upper() == b.upper()), 0)


PARSE_COMMAND = Exercise(
    reference.parse_command,
    forbids=("smtpd", "aiosmtpd"),
    cases=[
        *(Case(why, (line,)) for why, lines in LINES.items() for line in lines),
        "taken-apart",
        *(Case(why, (line,)) for why, lines in NO_COMMANDS.items() for line in lines),
    ],
    mistakes={
        "verb-alone": lambda f: "to unpack" in f.told and not f.due and b" " not in f.line.strip(),
        "null-refused": lambda f: f.raised == "ValueError" and not f.due and f.case.why == "null",
        "good-refused": lambda f: (
            f.raised == "ValueError" and not f.due and "to unpack" not in f.told
        ),
        "last-bracket": lambda f: "> " in parsed(f)[1] and {"address": parsed(f)[1]},
        "verb-unseen": lambda f: (
            f.want[0] in ("MAIL", "RCPT")
            and f.line[:4].islower()
            and parsed(f)[1].upper().startswith(("FROM:", "TO:"))
            and {"verb": f.line[:4]}
        ),
        "brackets-kept": lambda f: (argument := parsed(f)[1]) and "<" in argument,
        "address-cut": lambda f: '"' in f.want[1] and parsed(f)[1] == f.want[1].split(" ")[0],
        "other-case": other_case,
        "keyword-case": lambda f: (
            parsed(f)[2] != f.want[2]
            and {key.upper(): value for key, value in parsed(f)[2].items()} == f.want[2]
        ),
        "parameters-lost": lambda f: parsed(f)[2] == {} != f.want[2],
        "parameters-more": lambda f: parsed(f)[2] != {} == f.want[2],
        "value-case": lambda f: (
            parsed(f)[2] != f.want[2]
            and {key: value.upper() for key, value in parsed(f)[2].items()}
            == {key: value.upper() for key, value in f.want[2].items()}
        ),
        "break-accepted": lambda f: f.due and f.returned and f.case.why == "line-break",
    },
)

# --- handle -------------------------------------------------------------------------------

KNOWN = ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY", "QUIT")
CLIENT, YOU, LIN, SAM = "client.lab.test", "you@lab.test", "lin@lab.test", "sam@lab.test"
Command = tuple[str, str, dict[str, str]]


def session(client: str | None = CLIENT, sender: str | None = None, *to: str) -> dict[str, Any]:
    return {**new_session(), "client": client, "sender": sender, "recipients": list(to)}


FRESH, HELLO, MAIL, RCPT = session(None), session(), session(CLIENT, YOU), session(CLIENT, YOU, LIN)


def case(why: str, state: dict[str, Any], verb: str, argument: str = "", **keywords: str) -> Case:
    parameters = {name.replace("_", "-"): value for name, value in keywords.items()}
    return Case(why, (state, (verb, argument, parameters)))


def form(verb: str, code: int) -> Any:
    """A code in the form in which those that do as well are alike."""
    ordered = verb in ("MAIL", "RCPT", "DATA")
    if verb not in KNOWN:
        return 500 if code == 502 else code
    if verb == "RCPT" and code == 251:
        return 250  # section 3.4
    if verb == "DATA" and code == 554:
        return 503  # section 4.1.1.4
    if verb in ("EHLO", "HELO") and code in (500, 502):
        return code  # the verb is known
    return code if code < 500 or (ordered and code == 503) else "5yz"


def answered(value: Any, state: Any, command: Command) -> Any:
    """What handle returned, without the texts, and without what a state has besides."""
    (code, lines), after = value
    texts = type(lines) is list and lines and all(type(line) is str for line in lines)
    if type(code) is not int or not texts or type(after) is not dict:
        return value
    if after.get("next") == "nothing":  # then nobody asks for the rest
        return form(command[0], code), {"next": "nothing"}
    seen = {name: after.get(name) for name in new_session()}
    if type(seen["recipients"]) is list:  # who is named twice may get one copy
        seen["recipients"] = list(dict.fromkeys(seen["recipients"]))
    return form(command[0], code), seen


def handled(value: Any, *args: Any) -> Any:
    """The normal form of one answer, or of a walk of many."""
    try:
        if len(args) == 2:
            return answered(value, *args)
        return [(command[:2], *answered((reply, after), None, command))
                for command, reply, after in value]  # fmt: skip
    except (TypeError, ValueError):
        return value


def commands(count: int, chance: random.Random) -> Iterator[Command]:
    """A walk: two of three commands are legal where they stand, and the rest is what comes."""
    any_of: list[Command] = [
        ("EHLO", CLIENT, {}), ("HELO", CLIENT, {}), ("MAIL", YOU, {}), ("MAIL", "", {}),
        ("RCPT", LIN, {}), ("RCPT", SAM, {}), ("DATA", "", {}), ("RSET", "", {}), ("NOOP", "", {}),
        ("EHLO", "", {}), ("HOLA", "", {}),
    ]  # fmt: skip
    state = new_session()
    for _ in range(count):
        for _ in range(20):
            command = chance.choice(any_of)
            (code, _), after = reference.handle(state, command)
            if code < 400 or chance.random() < 0.1:
                break
        yield command
        state = new_session() | {"client": after["client"]} if code == 354 else after


def walk(handle: Any, walked: list[Command]) -> list[Any]:
    """What handle answers to each command, going on from the state that it gave before."""
    state, seen = new_session(), []
    for command in walked:
        reply, state = handle(state, command)
        seen.append((command, reply, state))
        if state["next"] == "content":  # it has come, and the next mail begins
            _, state = handle(state, ("RSET", "", {}))
    return seen


def takes_up(handle: Any) -> list[Any]:
    """What is answered to EHLO, and to MAIL with the parameters that were offered there."""
    (_, lines), _ = handle(new_session(), ("EHLO", CLIENT, {}))
    offers = {line.partition(" ")[0].upper() for line in lines[1:]}
    known = {"SIZE": ("SIZE", "1000"), "8BITMIME": ("BODY", "8BITMIME")}
    parameters = dict(known[offer] for offer in sorted(offers & known.keys()))
    return walk(handle, [("EHLO", CLIENT, {}), ("MAIL", YOU, parameters)])


def code_of(f: Facts) -> Any:
    """The code that came and the one that was due, where they are not as good."""
    (came, _), _ = f.got
    (due, _), _ = f.want
    verb, argument, parameters = f.command
    words = (verb, argument, *(f"{key}={value}".rstrip("=") for key, value in parameters.items()))
    return type(came) is int and form(verb, came) != form(verb, due) and {
        "is": came, "wanted": "5yz" if due == 553 else due, "line": " ".join(filter(None, words)),
    }  # fmt: skip


def offer_refused(f: Facts) -> Any:
    """MAIL was refused with a parameter that EHLO had offered."""
    (_, _, parameters), (code, _), _ = f.got[-1]
    words = " ".join(f"{key}={value}" for key, value in parameters.items())
    return f.case.why == "offered" and words and code >= 400 and {"parameters": words, "is": code}


def state_is(wrong: Any) -> Any:
    """A condition over the state that came, and the names of what is wrong in it."""

    def when(f: Facts) -> Any:
        (_, after), (_, due) = f.got, f.want
        names = [name for name in new_session() if after.get(name) != due[name]]
        return names and wrong(f, after, names) and {
            "where": names[0], "is": after.get(names[0]), "wanted": due[names[0]],
        }  # fmt: skip

    return when


def in_a_walk(f: Facts) -> Any:
    rows = zip(f.form, f.due_form, strict=False)
    place, (mine, due) = next((n, pair) for n, pair in enumerate(rows) if pair[0] != pair[1])
    before = [" ".join(filter(None, command[:2])) for command, *_ in due_form_before(f, place)]
    part = 1 if mine[1] != due[1] else 2
    return {"before": ", ".join(before), "line": " ".join(filter(None, due[0][:2])),
            "is": mine[part], "wanted": due[part]}  # fmt: skip


def due_form_before(f: Facts, place: int) -> list[Any]:
    return list(f.due_form[max(0, place - 4) : place])


HANDLE = Exercise(
    reference.handle,
    forbids=("smtpd", "aiosmtpd"),
    key=handled,
    cases=[
        case("hello", FRESH, "EHLO", CLIENT),
        case("hello", FRESH, "EHLO", "Client.Lab.Test"),
        case("helo", FRESH, "HELO", CLIENT),
        case("mail", HELLO, "MAIL", YOU),
        case("rcpt", MAIL, "RCPT", LIN),
        case("second", RCPT, "RCPT", SAM),
        case("data", RCPT, "DATA"),
        case("null", HELLO, "MAIL", ""),
        case("null-rcpt", session(CLIENT, ""), "RCPT", LIN),
        "in-order",
        case("early", FRESH, "MAIL", YOU),
        case("early", FRESH, "RCPT", LIN),
        case("early", HELLO, "RCPT", LIN),
        case("early", FRESH, "DATA"),
        case("early", HELLO, "DATA"),
        case("early", MAIL, "DATA"),
        case("twice", MAIL, "MAIL", "other@lab.test"),
        case("twice", session(CLIENT, ""), "MAIL", YOU),
        case("rset", RCPT, "RSET"),
        case("rset", {**RCPT, "next": "content"}, "RSET"),
        case("rset-early", FRESH, "RSET"),
        case("hello-again", RCPT, "EHLO", "other.lab.test"),
        case("hello-again", RCPT, "HELO", "other.lab.test"),
        case("any-time", FRESH, "NOOP"),
        case("any-time", RCPT, "NOOP", "if you like"),
        case("any-time", RCPT, "VRFY", "lin"),
        case("any-time", FRESH, "VRFY", "lin"),
        case("quit", FRESH, "QUIT"),
        case("quit", RCPT, "QUIT"),
        case("no-name", FRESH, "EHLO"),
        case("no-name", RCPT, "HELO"),
        case("unknown", HELLO, "HOLA", "amigo"),
        case("unknown", RCPT, "GET", "/ HTTP/1.1"),
        case("wish", HELLO, "MAIL", YOU, X_WISH="much"),
        case("wish", MAIL, "RCPT", LIN, X_WISH=""),
        case("nobody", MAIL, "RCPT", ""),
        case("hundred", session(CLIENT, YOU, *(f"n{n}@lab.test" for n in range(99))), "RCPT", LIN),
        "one-by-one",
        Case("offered", (), drive=takes_up),
        Case("walk", (list(commands(150, random.Random(SEED))),), drive=walk),
    ],
    mistakes={
        "table-key": lambda f: f.raised == "KeyError" and f.command[0] not in KNOWN,
        "no-text": lambda f: f.got[0][1] == [],
        "offered": lambda f: f.case.drive and f.returned and offer_refused(f),
        "in-a-walk": lambda f: f.case.drive and f.returned and in_a_walk(f),
        "null-sender": lambda f: f.state["sender"] == "" and code_of(f),
        "order-ignored": lambda f: code_of(f) and f.want[0][0] == 503 and f.got[0][0] < 400
        and code_of(f),
        "limit": lambda f: f.case.why == "hundred" and code_of(f),
        "wrong-code": code_of,
        "refusal-moves": state_is(lambda f, after, names: f.want[0][0] >= 400),
        "left-over": state_is(
            lambda f, after, names: set(after["recipients"])
            - {*f.state["recipients"], f.command[1]}
        ),
        "recipient-replaced": state_is(
            lambda f, after, names: "recipients" in names and f.command[0] == "RCPT"
            and after["recipients"] == [f.command[1]]
        ),
        "envelope-kept": state_is(
            lambda f, after, names: f.command[0] in ("EHLO", "HELO", "RSET")
            and (after["sender"], after["recipients"]) != (None, [])
        ),
        "client-forgotten": state_is(
            lambda f, after, names: "client" in names and after["client"] is None
        ),
        "state-other": state_is(lambda f, after, names: True),
    },
)  # fmt: skip

LESSON = Lesson("10", __file__, (PARSE_COMMAND, HANDLE, SERVE_ONE, RELAY))
