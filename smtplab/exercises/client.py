"""Lesson 08: what is asked, how it is judged, and what is predicted."""

import re
from contextlib import suppress
from typing import Any

from ..catalogue import counted, plural, say
from ..solutions.dialogue import ReplyError
from .cases import Finding, case, explained, known, place, promised, raised, unexpected_reply
from .desk import Desk
from .diagnoses.auth import octets_of
from .diagnoses.delivery import letter_in
from .diagnoses.login import Door
from .diagnoses.sending import alone
from .judge import End, Exercise, Lesson, Question, Trial, Verdict
from .judge.words import described
from .sending import check_send_mail

__all__ = ["LESSON"]

GREETING = b"220 mail.lab.test ESMTP ready\r\n"
OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
YOU, LIN, SAM, NOBODY = "you@lab.test", "lin@lab.test", "sam@lab.test", "nobody@lab.test"
FOREIGN = "林@lab.test"


# say_hello


class Porter:
    """A server that has greeted: it answers EHLO and HELO, and knows nothing else."""

    def __init__(self, ehlo: bytes = OFFERS, helo: bytes = b"250 mail.lab.test\r\n") -> None:
        self.answers = {b"EHLO": ehlo, b"HELO": helo, b"QUIT": b"221 2.0.0 Bye\r\n"}

    def __call__(self, line: bytes) -> bytes:
        return self.answers.get(line[:4].upper(), b"500 5.5.2 command not recognized\r\n")


def hello(
    trial: Trial, say_hello: Any, *greeting: Any, porter: Porter | None = None,
    refusal: bool = False,
) -> tuple[Any, list[bytes]]:  # fmt: skip
    """Let it say hello; return what came of it, and the lines that were said."""
    sock = trial.socket(*greeting, serve=porter or Porter(), pieces=5)
    reader = trial.reader(sock)

    def explain(verdict: Verdict) -> Finding | None:
        verbs = [line[:4].upper().decode(errors="replace") for line in sock.lines]
        refused_greeting = verdict.raised.startswith("ReplyError: 220")
        if refused_greeting and verbs:
            return (
                "greeting-not-read",
                say(
                    "The greeting was taken for the answer to {verb}: nobody had read it before.",
                    verb=verbs[0],
                ),
                say("The server speaks first. read_reply(reader) reads its greeting."),
            )
        if verdict.reason == "waits-in-recv" and not sock.sent:
            return (
                "waits-for-a-line",
                say(
                    "The greeting was read, and {place} waits for one more line: the server waits "
                    "for your EHLO.",
                    place=place(verdict),
                ),
                say("A greeting is one reply. read_reply reads all its lines."),
            )
        if verdict.raised.startswith("ReplyError: 502") and "HELO" not in verbs:
            return (
                "no-helo",
                say("The server does not know EHLO (502), and say_hello gave up."),
                say(
                    "Servers from before 1995 know HELO alone. Catch the ReplyError and look at "
                    "its code."
                ),
            )
        if refused_greeting:
            return (
                "welcome-refused",
                say("The server greeted with 220, which is a welcome, and say_hello refused it."),
                say('The code is an int: 220 and "220" are not equal.'),
            )
        return advice(verdict) or unexpected_reply(verdict)

    with explained(explain):
        value = trial.call(
            say_hello, sock, reader, says="say_hello(sock, reader)",
            raises=(ReplyError, EOFError) if refusal else (),
        )  # fmt: skip
    trial.require(
        not sock.closed,
        "closes-socket",
        say("say_hello closed the connection, over which a mail was to go."),
        say("A hello is the beginning. Whoever opened the connection closes it."),
    )
    sock.settimeout(0.1)  # a script that has no more to say answers at once
    with suppress(TimeoutError, EOFError):
        reader.read_line()
        last = sock.lines[-1].decode(errors="replace") if sock.lines else ""
        trial.require(
            not last,
            "reply-unread",
            say("say_hello returned, and nobody has read the answer to {line!r}.", line=last),
            say(
                "command sends a line and reads its reply. Left unread, a reply is taken for the "
                "next one's."
            ),
        )
    # RFC 5321, section 3.1: after a 554 the server waits for QUIT. Who says it is polite.
    return value, [line for line in sock.lines if line.upper() != b"QUIT"]


advice = known(
    (
        "'list' object has no attribute 'partition'",
        say("parse_ehlo takes the lines. command returns two things, (code, lines)."),
    ),
    ("line break", say("command adds the CRLF by itself: its line has none.")),
    (
        "no reply code at the start",
        say(
            "That is the rest of a reply that was not read to its end. recv brings a piece, "
            "read_reply a whole reply."
        ),
    ),
    (
        "'LineReader' object has no attribute 'send",
        say("The order of the parameters: sock first, then reader."),
    ),
)


def judge_words(trial: Trial, lines: list[bytes], *words: str) -> None:
    """What was said: these commands and no others, each with a name behind it."""
    said = [line.decode(errors="replace") for line in lines]
    for line in said:
        trial.require(
            re.fullmatch(r"(?i)(EHLO|HELO) \S+", line) is not None,
            "wrong-hello",
            say(
                "say_hello said {line!r}: a hello is EHLO or HELO, a space, and our name.",
                line=line,
            ),
            say('"EHLO client.lab.test", say. What comes after the hello is for others to say.'),
        )
    verbs = [line[:4].upper() for line in said]
    if verbs == list(words):
        return
    if verbs[:1] == ["HELO"]:
        trial.fail(
            "helo-first",
            say("HELO was said first: so the server offers nothing, no STARTTLS and no AUTH."),
            say(
                "EHLO asks for extensions (RFC 5321, section 2.2.1). HELO is for servers that "
                "refuse it."
            ),
        )
    if verbs in (["EHLO"], ["EHLO", "EHLO"]) and "HELO" in words:
        trial.fail(
            "no-helo",
            say("EHLO was refused, and HELO was not said: say_hello said EHLO.")
            if len(verbs) == 1
            else say("EHLO was refused, and HELO was not said: say_hello said EHLO and EHLO."),
            say("HELO is another word: servers from before 1995 know it."),
        )
    right = ", ".join(words)
    trial.fail(
        "wrong-hello",
        # Translators: {said} and {right} are commands, such as EHLO, HELO.
        say("say_hello said {said}, and here {right} is right.", said=", ".join(verbs), right=right)
        if verbs
        else say("say_hello said nothing, and here {right} is right.", right=right),
        say("One hello that the server takes is enough."),
    )


def check_say_hello(trial: Trial, say_hello: Any) -> None:
    right = {"SIZE": "1000", "STARTTLS": ""}
    long = b"220-mail.lab.test\r\n220-Hello\r\n220 ready\r\n"
    for what, greeting, ehlo, expected in (
        (say("The server greets, and offers SIZE and STARTTLS."), GREETING, OFFERS, right),
        (say("The greeting has three lines."), long, OFFERS, right),
        (say("The server knows EHLO, and offers nothing."), GREETING, b"250 mail.lab.test\r\n", {}),
    ):
        with case(trial, what):
            value, lines = hello(trial, say_hello, greeting, porter=Porter(ehlo))
            judge_words(trial, lines, "EHLO")
            judge_offer(trial, value, expected)
    for code in (500, 501, 502, 504, 550):
        with case(trial, say("The server does not know EHLO, and says {code}.", code=code)):
            porter = Porter(b"%d what is that\r\n" % code, b"250-mail.lab.test\r\n250 pleased\r\n")
            value, lines = hello(trial, say_hello, GREETING, porter=porter, refusal=True)
            trial.require(
                not trial.raised(value, ReplyError) or len(lines) > 1,
                "no-helo",
                say("The server does not know EHLO ({code}), and say_hello gave up.", code=code),
                say(
                    "Servers from before 1995 know HELO alone. Catch the ReplyError, look at its "
                    "code, and say HELO."
                ),
            )
            judge_words(trial, lines, "EHLO", "HELO")
            trial.require(
                not (isinstance(value, dict) and value),
                "offer-of-helo",
                say(
                    "After HELO, say_hello returned {value!r}: those are words of politeness.",
                    value=value,
                ),
                say("What a server says to HELO offers nothing. Return {} there."),
            )
            judge_offer(trial, value, {})
    for what, greeting, porter, code, words in (
        (say("The server greets with 554: it wants no mail."), b"554 no\r\n", Porter(), 554, ()),
        (say("The server greets with 421: it is too busy."), b"421 busy\r\n", Porter(), 421, ()),
        (say("To EHLO the server says goodbye, with 421."), GREETING, Porter(b"421 bye\r\n"), 421,
         ("EHLO",)),
        (say("It knows neither EHLO nor HELO."), GREETING, Porter(b"502 a\r\n", b"503 b\r\n"), 503,
         ("EHLO", "HELO")),
    ):  # fmt: skip
        with case(trial, what):
            with explained(promised("ReplyError", what, say("Let the ReplyError go on."))):
                value, lines = hello(trial, say_hello, greeting, porter=porter, refusal=True)
            judge_no_hello(trial, value, code, lines, words)
    with case(trial, say("The server hangs up before it greets.")):
        look = say("read_line raises it: let it go on to the caller.")
        with explained(promised("EOFError", say("The server hung up."), look)):
            value, _ = hello(trial, say_hello, End(), refusal=True)
        trial.require(
            trial.raised(value, EOFError),
            "end-ignored",
            say(
                "The server hung up before it greeted, and say_hello returned {value!r}.",
                value=value,
            ),
            look,
        )


def judge_offer(trial: Trial, value: Any, expected: dict[str, str]) -> None:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
        trial.fail(
            "reply-returned",
            say(
                "say_hello returned a reply, (code, lines), and the extensions are wanted: a dict."
            ),
            say("parse_ehlo makes them of the lines."),
        )
    trial.equal(
        value,
        expected,
        reason="wrong-extensions",
        sentence=say("The extensions that came back are not those that the server has offered."),
        look=say(
            "command returns (code, lines); parse_ehlo takes the lines, the server's name first."
        ),
    )


def judge_no_hello(
    trial: Trial, value: Any, code: int, lines: list[bytes], words: tuple[str, ...]
) -> None:
    if len(lines) > len(words):
        said = lines[len(words)].decode(errors="replace")
        trial.fail(
            "went-on-after-refusal",
            say(
                "The server had said {code}, and say_hello went on with {said!r}.",
                code=code,
                said=said,
            ),
            say(
                "421 and 554 are no complaint about EHLO: the server wants no session. Which codes "
                "say that a command is not known?"
            )
            if words
            else say("The greeting has a code too, and only 220 is a welcome."),
        )
    trial.require(
        trial.raised(value, ReplyError),
        "refusal-ignored",
        say("The server said {code}, and say_hello returned {value!r}.", code=code, value=value),
        say("Its caller would go on as if there were a session: raise ReplyError(code, lines)."),
    )
    got = getattr(value, "code", None)
    trial.require(
        got == code,
        "other-code",
        say(
            "The server said {code}, and the ReplyError that came has {got!r} for its code.",
            code=code,
            got=got,
        ),
        say("ReplyError wants (code, lines), as they came."),
    )


# log_in

USER, PASSWORD = "you@lab.test", "grün & 42"
REFUSED = b"535 5.7.8 Authentication credentials invalid\r\n"


def check_log_in(trial: Trial, log_in: Any) -> None:
    for extensions, right in (
        ({"SIZE": "1000", "AUTH": "PLAIN LOGIN"}, "PLAIN"),
        ({"AUTH": "LOGIN PLAIN"}, "PLAIN"),
        ({"AUTH": "LOGIN"}, "LOGIN"),
        ({"AUTH": "XOAUTH2 LOGIN PLAIN-CLIENTTOKEN"}, "LOGIN"),
        ({"AUTH": "login plain"}, "PLAIN"),
        ({"AUTH": "Login"}, "LOGIN"),
    ):
        with case(
            trial, say("The server has offered AUTH {mechanisms}.", mechanisms=extensions["AUTH"])
        ):
            judge_login(trial, log_in, extensions, right)
    for extensions, offer in (
        ({"SIZE": "1000"}, say("no AUTH at all")),
        ({}, say("nothing")),
        ({"AUTH": "XOAUTH2 GSSAPI"}, "AUTH XOAUTH2 GSSAPI"),
        ({"AUTH": ""}, say("AUTH, and no mechanism")),
    ):
        # Translators: {offer} is "AUTH" and names of mechanisms, "nothing", "no AUTH at all", or
        # "AUTH, and no mechanism". So it is in other sentences with {offer}.
        with case(trial, say("The server has offered {offer}.", offer=offer)):
            judge_no_login(trial, log_in, extensions, offer)
    for offered, step in (("PLAIN", "both"), ("LOGIN", "password")):
        with case(
            trial,
            say(
                "The server has offered AUTH {offered}, and says 535 to the password.",
                offered=offered,
            ),
        ):
            look = say("Whoever called must hear of it: let the ReplyError go on.")
            with explained(promised("ReplyError", say("The server said 535."), look)):
                got, sock = log_in_at(
                    trial, log_in, {"AUTH": offered}, Door({step: REFUSED}), ReplyError
                )
            trial.require(
                len(auth_lines(sock)) < 2,
                "tries-again",
                say("The server had said 535, and log_in tried once more, with another mechanism."),
                say("A wrong password is wrong in each of them, and providers count the tries."),
            )
            trial.require(
                trial.raised(got, ReplyError),
                "refusal-ignored",
                say(
                    "The server said 535, and log_in returned {got!r} as if all were well.", got=got
                ),
                look,
            )


def log_in_at(
    trial: Trial, log_in: Any, extensions: dict[str, str], door: Door, *raises: type[Exception]
) -> tuple[Any, Any]:
    sock = trial.socket(serve=door.answer, pieces=3)
    reader = trial.reader(sock)
    got = trial.call(
        log_in, sock, reader, dict(extensions), USER, PASSWORD,
        says=f"log_in(sock, reader, {extensions!r}, {USER!r}, {PASSWORD!r})", raises=raises,
    )  # fmt: skip
    return got, sock


def auth_lines(sock: Any) -> list[bytes]:
    return [line for line in sock.lines if line.upper().startswith(b"AUTH")]


def judge_login(trial: Trial, log_in: Any, extensions: dict[str, str], right: str) -> None:
    offered = extensions["AUTH"]
    door = Door()

    def explain(verdict: Verdict) -> Finding | None:
        if raised(verdict) == "ValueError":
            return (
                "offer-not-seen",
                say("AUTH {offered} was offered, and log_in raised ValueError.", offered=offered),
                say(
                    "The names of mechanisms have no case: RFC 4422, section 3.1. upper() comes "
                    "before the comparison."
                )
                if offered != offered.upper()
                else say(
                    'The offer is extensions["AUTH"], a str with spaces in it: split() makes a '
                    "list of names."
                ),
            )
        if raised(verdict) == "ReplyError" and door.mechanism.upper().decode() not in (
            offered.upper().split()
        ):
            return not_offered(door, offered)
        return advice(verdict) or unexpected_reply(verdict)

    with explained(explain):
        _, sock = log_in_at(trial, log_in, extensions, door)
    trial.require(
        bool(sock.lines),
        "nothing-sent",
        say("AUTH {offered} was offered, and log_in returned without a word.", offered=offered),
        say("auth_plain and auth_login, of lesson 03, say all that there is to say."),
    )
    if door.others:
        trial.fail(
            "extra-command",
            say(
                "log_in said {line!r}: that is no part of a login.",
                line=door.others[0].decode(errors="replace"),
            ),
            say("The hello comes before, and what comes after is for others to say."),
        )
    trial.require(
        len(auth_lines(sock)) == 1,
        "login-twice",
        counted(
            len(auth_lines(sock)),
            plural(
                "AUTH {offered} was offered, and log_in said AUTH {count} time.",
                "AUTH {offered} was offered, and log_in said AUTH {count} times.",
            ),
            offered=offered,
        ),
        say("One login is enough. An `if` after an `if` is asked too; `elif` is not."),
    )
    named = door.mechanism.upper().decode(errors="replace")
    if named != right and named not in offered.upper().split():
        trial.fail(*not_offered(door, offered))
    if named != right:
        trial.fail(
            "login-first",
            say(
                "AUTH {offered} was offered, and log_in chose {named}.",
                offered=offered,
                named=named,
            ),
            say("PLAIN if it can be: one line instead of three, and it is in an RFC (4616)."),
        )
    secret = octets_of(door.heard.get("both", door.heard.get("password", b"")))
    expected = PASSWORD.encode() if right == "LOGIN" else f"\0{USER}\0{PASSWORD}".encode()
    trial.require(
        secret == expected,
        "wrong-credentials",
        say(
            "What log_in said with {right} is not the user and the password that it was given.",
            right=right,
        ),
        say("The order of the parameters: sock, reader, user, password."),
    )


def not_offered(door: Door, offered: str) -> Finding:
    named = door.mechanism.upper().decode(errors="replace")
    return (
        "not-offered",
        say(
            "AUTH {offered} was offered, and log_in said AUTH {named}.",
            offered=offered,
            named=named,
        )
        if named
        else say("AUTH {offered} was offered, and log_in named no mechanism.", offered=offered),
        say(
            "{named} is a part of another name there. Compare with whole words: split() first.",
            named=named,
        )
        if named and named in offered.upper()
        else say("Which mechanisms are there? The words of extensions['AUTH']."),
    )


def judge_no_login(trial: Trial, log_in: Any, extensions: dict[str, str], offer: str) -> None:
    def explain(verdict: Verdict) -> Finding | None:
        kind = raised(verdict)
        if kind == "KeyError":
            return (
                "no-offer",
                say("The server has offered {offer}, and log_in raised KeyError.", offer=offer),
                say('extensions.get("AUTH", "") is "" where there is none.'),
            )
        look = say("ValueError says what is missing, before anything is said.")
        return promised("ValueError", say("The server has offered {offer}.", offer=offer), look)(
            verdict
        )

    with explained(explain):
        got, sock = log_in_at(trial, log_in, extensions, Door(), ValueError, ReplyError)
    trial.require(
        not sock.sent,
        "not-offered",
        say(
            "The server has offered {offer}, and log_in said {lines}.",
            offer=offer,
            lines=sock.lines[:1],
        ),
        say("A password is said to a server that asks for it. Raise ValueError here."),
    )
    trial.require(
        not trial.raised(got, ReplyError),
        "wrong-exception",
        say(
            "The server has offered {offer}. ReplyError was raised, and ValueError was promised.",
            offer=offer,
        ),
        say("A ReplyError carries what a server has said, and here it has said nothing."),
    )
    trial.require(
        trial.raised(got, ValueError),
        "no-login-ignored",
        say("The server has offered {offer}, and log_in returned {got!r}.", offer=offer, got=got),
        say("Its caller believes that we are logged in. Raise ValueError."),
    )


# deliver_utf8

FORM = r"(?i)MAIL FROM:<[^<>]*>( \S+)+|RCPT TO:<[^<>]*>"  # RFC 5321, section 4.1.1.2 and 4.1.1.3
NOTE = "Subject: 茶\r\n\r\n四点?\r\n".encode()
DOTTED = "Subject: 茶\r\n\r\n.\r\n..\r\n.四点".encode()


def check_deliver_utf8(trial: Trial, deliver_utf8: Any) -> None:
    with case(trial, say("The server has offered SMTPUTF8. The recipient's address is Chinese.")):
        desk, value = hand_over(trial, deliver_utf8, YOU, [FOREIGN], NOTE)
        judge_handed(trial, desk, YOU, [FOREIGN], NOTE)
        judge_told(trial, value, {})
    with case(trial, say("The sender's address is Chinese, and so is one of two recipients.")):
        desk, value = hand_over(trial, deliver_utf8, FOREIGN, [LIN, "王@lab.test"], NOTE)
        judge_handed(trial, desk, FOREIGN, [LIN, "王@lab.test"], NOTE)
        judge_told(trial, value, {})
    with case(trial, say("A message with dots at the start of lines, and no CRLF at its end.")):
        desk, value = hand_over(trial, deliver_utf8, YOU, [FOREIGN], DOTTED)
        judge_handed(trial, desk, YOU, [FOREIGN], DOTTED + b"\r\n")
    no = "5.1.1 no such user"
    refuses = {f"RCPT TO:<{NOBODY}>".encode(): f"550 {no}\r\n".encode()}
    with case(trial, say("One of three recipients does not exist.")):
        people = [FOREIGN, NOBODY, SAM]
        desk, value = hand_over(trial, deliver_utf8, YOU, people, NOTE, refuses, refusal=True)
        trial.require(
            not trial.raised(value, ReplyError),
            "stops-at-refusal",
            say("One recipient of three was refused, and deliver_utf8 gave up on all."),
            say("Catch the ReplyError of RCPT, remember it, and go on: as in deliver."),
        )
        judge_handed(trial, desk, YOU, [FOREIGN, SAM], NOTE)
        judge_told(trial, value, {NOBODY: (550, [no])})
    with case(trial, say("The only recipient does not exist.")):
        desk, value = hand_over(trial, deliver_utf8, YOU, [NOBODY], NOTE, refuses, refusal=True)
        trial.require(
            b"DATA" not in desk.commands,
            "data-for-nobody",
            say("Every recipient was refused, and deliver_utf8 sent DATA all the same."),
            say("With nobody left there is no delivery: RSET, and return the refused ones."),
        )
        judge_told(trial, value, {NOBODY: (550, [no])})
    for what, answers, code in (
        (say("The server refuses MAIL"), {b"MAIL": b"553 5.6.7 no\r\n"}, 553),
        (say("The server says goodbye to the recipient"), {b"RCPT": b"421 4.3.2 closing\r\n"},
         421),
        (say("The server refuses DATA"), {b"DATA": b"451 4.3.0 not now\r\n"}, 451),
        (say("The server refuses the message"), {b".": b"554 5.7.1 spam\r\n"}, 554),
    ):  # fmt: skip
        # Translators: {situation} is a clause, as in the messages before this one.
        with case(trial, say("{situation}. ReplyError is expected.", situation=what)):
            look = say("Whoever called must hear of it: let the ReplyError go on.")
            with explained(promised("ReplyError", alone(what), look)):
                _, value = hand_over(
                    trial, deliver_utf8, YOU, [FOREIGN], NOTE, answers, refusal=True
                )
            trial.require(
                trial.raised(value, ReplyError) and getattr(value, "code", 0) == code,
                "refusal-ignored",
                say(
                    "{situation} ({code}), and deliver_utf8 raised {error}.",
                    situation=what,
                    code=code,
                    error=described(value),
                )
                if isinstance(value, Exception)
                else say(
                    "{situation} ({code}), and deliver_utf8 returned {value!r:.60}.",
                    situation=what,
                    code=code,
                    value=value,
                ),
                look,
            )
    with case(trial, say("Nobody is left to deliver to.")):
        desk, _ = hand_over(trial, deliver_utf8, YOU, [NOBODY], NOTE, refuses, refusal=True)
        trial.require(
            b"RSET" in desk.commands,
            "no-rset",
            say("Nobody is left to deliver to, and deliver_utf8 left the envelope half written."),
            say("RSET clears it (RFC 5321, section 4.1.1.5), as in deliver."),
        )


def hand_over(
    trial: Trial, deliver_utf8: Any, sender: str, recipients: list[str], message: bytes,
    answers: dict[bytes, bytes] | None = None, *, refusal: bool = False,
) -> tuple[Desk, Any]:  # fmt: skip
    desk = Desk(answers)
    sock = trial.socket(serve=desk)
    reader = trial.reader(sock)

    def explain(verdict: Verdict) -> Finding | None:
        if raised(verdict) == "UnicodeEncodeError":
            return (
                "not-utf8",
                # Translators: {place} is "Line 12".
                say(
                    "{place} makes octets of an address as ASCII, and 林 is none.",
                    place=place(verdict).capitalize(),
                ),
                say("With SMTPUTF8 the wire carries UTF-8. command sends that."),
            )
        if verdict.reason == "waits-in-recv" and desk.content is not None:
            return unfinished(sock.sent)
        return unexpected_reply(verdict)

    with explained(explain):
        value = trial.call(
            deliver_utf8, sock, reader, sender, list(recipients), message,
            says=f"deliver_utf8(sock, reader, {sender!r}, {recipients!r}, message)",
            raises=ReplyError if refusal else (),
        )  # fmt: skip
    if desk.content is not None:
        trial.fail(*unfinished(sock.sent))
    mails = [line for line in desk.commands if line[:4].upper() == b"MAIL"]
    for line in mails:
        said = line.decode(errors="replace")
        trial.require(
            "SMTPUTF8" in said.rpartition(">")[2].upper().split(),
            "not-asked",
            say(
                "{said!r} does not ask for SMTPUTF8, and an address of this mail is not ASCII.",
                said=said,
            ),
            say("MAIL FROM:<address>, a space, SMTPUTF8: RFC 6531, section 3.4."),
        )
    for line in desk.commands:
        said = line.decode(errors="replace")
        if said[:4].upper() not in ("MAIL", "RCPT", "DATA", "RSET"):
            trial.fail(
                "extra-command",
                say("deliver_utf8 sent {said!r}, which is not part of a delivery.", said=said),
                say("One session may carry many mails: whoever called opens and ends it."),
            )
        trial.require(
            said[:4].upper() not in ("MAIL", "RCPT") or re.fullmatch(FORM, said) is not None,
            "wrong-form",
            say("{said!r} is not in the form of its command.", said=said),
            say(
                "MAIL FROM:<address> SMTPUTF8, with that space, and RCPT TO:<address> with nothing "
                "behind it."
            ),
        )
    return desk, value


def unfinished(sent: bytes) -> Finding:
    last = letter_in(sent).removesuffix(b"\r\n").rpartition(b"\r\n")[2]
    return (
        "not-closed",
        say(
            "The server still waits for the end of the letter; your last line is {last!r}.",
            last=last[-40:],
        ),
        say("A lone dot ends it: a dot, CRLF, and CRLF before it."),
    )


def judge_handed(
    trial: Trial, desk: Desk, sender: str, recipients: list[str], message: bytes
) -> None:
    if len(desk.mails) != 1:
        trial.fail(
            "no-mail" if not desk.mails else "several-mails",
            counted(
                len(desk.mails),
                plural(
                    "{count} mail arrived where there should be one.",
                    "{count} mails arrived where there should be one.",
                ),
            ),
            say(
                "MAIL, RCPT for each recipient, DATA, the message, a lone dot: in this order, once."
            ),
        )
    began, taken, raw = desk.mails[0]
    was = [each.decode(errors="replace").partition(" ")[0] for each in (began, *taken)]
    right = [f"<{each}>" for each in (sender, *recipients)]
    if was != right:
        trial.step(
            say(
                "The envelope was: from {sender}, to {recipients}.",
                sender=was[0],
                recipients=", ".join(was[1:]),
            )
        )
        trial.fail(
            "wrong-envelope",
            say("The envelope that arrived is not the one that was asked for."),
            say("MAIL names the sender; each recipient gets a RCPT of its own."),
        )
    if raw != message:
        trial.fail(
            "content-changed",
            say("The message that arrived is not the one that was given."),
            say(
                "dot_stuff doubles leading dots, and the server takes them away again. A CRLF at "
                "the end is added if it is missing."
            ),
            sent=raw,
            expected=message,
        )


def judge_told(trial: Trial, value: Any, expected: dict[str, Any]) -> None:
    trial.equal(
        value,
        expected,
        reason="wrong-refusals",
        sentence=say(
            "deliver_utf8 did not return those who were refused, each with (code, lines)."
        ),
        look=say("As deliver does: the ReplyError of RCPT carries both, .code and .lines."),
    )


# The lesson

LESSON = Lesson(
    number="08",
    slug="client",
    title=say("Client"),
    exercises=(
        Exercise(
            name="say_hello",
            check=check_say_hello,
            hints=(
                say(
                    "Three things are said in turn: the server's greeting, our EHLO, its answer. "
                    "Which of your functions reads a reply, and which one sends a line and reads "
                    "the reply?"
                ),
                say(
                    "read_reply(reader) gives (code, lines) of the greeting. command raises "
                    "ReplyError when EHLO is refused: `except ReplyError as error:` and error.code "
                    "tell whether HELO is worth a try."
                ),
                say(
                    "If the greeting's code is not 220: raise ReplyError(code, lines). Then try: "
                    'return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1]); in '
                    "the except, raise again unless the code is one of the five. After it, HELO, "
                    "and return {}."
                ),
            ),
            forbids=("smtplib", "asyncio"),
        ),
        Exercise(
            name="log_in",
            check=check_log_in,
            hints=(
                say(
                    'extensions["AUTH"] is a str such as "LOGIN PLAIN". What if there is none? '
                    "What if one name is a part of another?"
                ),
                say(
                    'extensions.get("AUTH", "").upper().split() is a list of whole names, empty '
                    "when nothing is offered. `in` looks for one in it."
                ),
                say(
                    'if "PLAIN" is in the list: auth_plain(sock, reader, user, password). elif '
                    '"LOGIN": auth_login, with the same. else: raise ValueError and say what was '
                    "offered."
                ),
            ),
            forbids=("smtplib", "asyncio"),
        ),
        Exercise(
            name="deliver_utf8",
            check=check_deliver_utf8,
            hints=(
                say(
                    "What you wrote for deliver in lesson 02 is nearly all of it. Which line "
                    "differs?"
                ),
                say(
                    'command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250) is the new line. '
                    "RCPT, DATA, the dots and the refusals are deliver's. command sends UTF-8 "
                    "already."
                ),
                say(
                    "MAIL with SMTPUTF8; each RCPT in a try:, 421 raised again, others kept as "
                    "refused[recipient] = (error.code, error.lines); RSET and return when nobody "
                    "is left; DATA, 354; sendall of dot_stuff(message), a CRLF if it is missing, "
                    "and the dot; read_reply, and ReplyError unless it is 250."
                ),
            ),
            forbids=("smtplib", "asyncio"),
        ),
        Exercise(
            name="send_mail",
            check=check_send_mail,
            hints=(
                say(
                    "Begin with the way that needs least: security 'none' on port 25, one "
                    "recipient. Check. Each verdict then names the next thing. What can be refused "
                    "without a connection is refused before there is one."
                ),
                say(
                    "name = hostname or host. connect_tls((host, port), name, cafile, timeout), or "
                    "socket.create_connection((host, port), timeout). Then try: say_hello; "
                    "starttls, whose three values replace the old ones; log_in; deliver; QUIT. "
                    "finally: sock.close()."
                ),
                say(
                    "Before connecting: the three words, InsecureError for a user over 'none', "
                    "recipients (a list, each once: list(dict.fromkeys(recipients))), "
                    'build_message. Within: no "STARTTLS" in extensions is InsecureError; SIZE, '
                    "where it is digits and not 0, against len(message)."
                ),
                say(
                    "deliver when all addresses are ASCII (address.isascii()), else deliver_utf8 "
                    'if "SMTPUTF8" is offered, else ValueError. QUIT in a try: that minds nothing. '
                    "Last: if len(refused) == len(recipients), raise ReplyError with the first "
                    'one\'s code; else return {address: (code, " ".join(lines)) ...}.'
                ),
            ),
            forbids=("smtplib", "asyncio", "email.message", "subprocess"),
        ),
    ),
    questions=(
        Question(
            say('The server offers "LOGIN PLAIN-CLIENTTOKEN". What is "PLAIN" in that?'),
            ("True", "False"),
            "True",
            say(
                "In a str, `in` looks for letters, wherever they stand. In a list it looks for a "
                "whole item: split() makes one."
            ),
        ),
        Question(
            say("One of two recipients is 林@lab.test, and deliver takes both. What happens?"),
            (
                say("The server refuses the whole mail"),
                say("The server refuses that one, and the other gets the mail"),
                say("Both get it"),
            ),
            say("The server refuses that one, and the other gets the mail"),
            say(
                "Each RCPT has its own answer. The octets of 林 are no ASCII, and nobody had asked "
                "whether they may come."
            ),
        ),
        Question(
            say("Both recipients are refused now. What does whoever called first_mail notice?"),
            (
                say("An error"),
                say("Nothing, if he does not look at what came back"),
                say("A mail that comes back later"),
            ),
            say("Nothing, if he does not look at what came back"),
            say(
                "deliver returns those who were refused, and here that is everybody. A value that "
                "nobody reads is as good as none; an exception cannot be overlooked."
            ),
        ),
        Question(
            say("STARTTLS is said inside the with. At its end, is the connection closed?"),
            (
                say("Yes, with closes it"),
                say("No, it is still open"),
                say("Closed, and the server was told"),
            ),
            say("No, it is still open"),
            say(
                "`with` closes the object that stood behind it when it began: the plain socket, "
                "which has lost its connection to the encrypted one."
            ),
        ),
        Question(
            say("A program is started with --password hunter2. Who can read that, while it runs?"),
            (
                say("Nobody but the program"),
                say("Nobody but the user who started it"),
                say("Everybody who asks the system what runs"),
            ),
            say("Everybody who asks the system what runs"),
            say(
                "The arguments of a program stand in the system's list of processes. On Linux and "
                "macOS all users see them, unless somebody has forbidden it; the shell keeps them "
                "in its history, too."
            ),
        ),
        Question(
            say("smtplib is older than most of its users. How many of the scenarios does it pass?"),
            (
                say("All"),
                say("All but a few"),
                say("About half"),
            ),
            say("All but a few"),
            say(
                "It is a careful library. What it loses it loses on reasons: it says that the "
                "connection broke where the server had said why."
            ),
        ),
    ),
)
