"""Lesson 08: what is asked, how it is judged, and what is predicted."""

from contextlib import suppress
from typing import Any

from ..catalogue import say
from ..solutions.dialogue import ReplyError
from .cases import case, explained, promised
from .desk import Desk
from .diagnoses import hello, mechanisms, smtputf8
from .diagnoses.auth import PASSWORD, USER
from .diagnoses.login import BAD_CREDENTIALS, Door
from .judge import End, Exercise, Lesson, Question, ScriptedSocket, Trial
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


def greet(
    trial: Trial, say_hello: Any, *greeting: Any, porter: Porter | None = None,
    refusal: bool = False,
) -> tuple[Any, list[bytes]]:  # fmt: skip
    """Let it say hello; return what came of it, and the lines that were said."""
    sock = trial.socket(*greeting, serve=porter or Porter(), pieces=5)
    reader = trial.reader(sock)
    with explained(lambda verdict: hello.astray(verdict, sock)):
        value = trial.call(
            say_hello, sock, reader, says="say_hello(sock, reader)",
            raises=(ReplyError, EOFError) if refusal else (),
        )  # fmt: skip
    trial.require(not sock.closed, *hello.CLOSES_SOCKET)
    sock.settimeout(0.1)  # a script that has no more to say answers at once
    with suppress(TimeoutError, EOFError):
        reader.read_line()
        last = sock.lines[-1].decode(errors="replace") if sock.lines else ""
        trial.require(not last, *hello.reply_unread(last))
    # RFC 5321, section 3.1: after a 554 the server waits for QUIT. Who says it is polite.
    return value, [line for line in sock.lines if line.upper() != b"QUIT"]


def check_say_hello(trial: Trial, say_hello: Any) -> None:
    right = {"SIZE": "1000", "STARTTLS": ""}
    long = b"220-mail.lab.test\r\n220-Hello\r\n220 ready\r\n"
    for what, greeting, ehlo, expected in (
        (say("The server greets, and offers SIZE and STARTTLS."), GREETING, OFFERS, right),
        (say("The greeting has three lines."), long, OFFERS, right),
        (say("The server knows EHLO, and offers nothing."), GREETING, b"250 mail.lab.test\r\n", {}),
    ):
        with case(trial, what):
            value, lines = greet(trial, say_hello, greeting, porter=Porter(ehlo))
            hello.judge_words(trial, lines, "EHLO")
            hello.judge_offer(trial, value, expected)
    for code in (500, 501, 502, 504, 550):
        with case(trial, say("The server does not know EHLO, and says {code}.", code=code)):
            porter = Porter(b"%d what is that\r\n" % code, b"250-mail.lab.test\r\n250 pleased\r\n")
            value, lines = greet(trial, say_hello, GREETING, porter=porter, refusal=True)
            trial.require(
                not trial.raised(value, ReplyError) or len(lines) > 1, *hello.gave_up(code)
            )
            hello.judge_words(trial, lines, "EHLO", "HELO")
            trial.require(not (isinstance(value, dict) and value), *hello.offer_of_helo(value))
            hello.judge_offer(trial, value, {})
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
                value, lines = greet(trial, say_hello, greeting, porter=porter, refusal=True)
            hello.judge_no_hello(trial, value, code, lines, words)
    with case(trial, say("The server hangs up before it greets.")):
        with explained(hello.PROMISED_AT_END):
            value, _ = greet(trial, say_hello, End(), refusal=True)
        trial.require(trial.raised(value, EOFError), *hello.end_ignored(value))


# log_in


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
            judge_choice(trial, log_in, extensions, right)
    for extensions, offer in (
        ({"SIZE": "1000"}, say("no AUTH at all")),
        ({}, say("nothing")),
        ({"AUTH": "XOAUTH2 GSSAPI"}, "AUTH XOAUTH2 GSSAPI"),
        ({"AUTH": ""}, say("AUTH, and no mechanism")),
    ):
        # Translators: {offer} is "AUTH" and names of mechanisms, "nothing", "no AUTH at all", or
        # "AUTH, and no mechanism". So it is in other sentences with {offer}.
        with case(trial, say("The server has offered {offer}.", offer=offer)):
            with explained(mechanisms.promised_refusal(offer)):
                got, sock = log_in_at(trial, log_in, extensions, Door(), ValueError, ReplyError)
            mechanisms.judge_no_login(trial, got, sock, offer)
    for offered, step in (("PLAIN", "both"), ("LOGIN", "password")):
        with case(
            trial,
            say(
                "The server has offered AUTH {offered}, and says 535 to the password.",
                offered=offered,
            ),
        ):
            with explained(mechanisms.PROMISED_AT_REFUSAL):
                got, sock = log_in_at(
                    trial, log_in, {"AUTH": offered}, Door({step: BAD_CREDENTIALS}), ReplyError
                )
            mechanisms.judge_refusal(trial, got, sock)


def judge_choice(trial: Trial, log_in: Any, extensions: dict[str, str], right: str) -> None:
    door, offered = Door(), extensions["AUTH"]
    with explained(lambda verdict: mechanisms.astray(verdict, door, offered)):
        _, sock = log_in_at(trial, log_in, extensions, door)
    mechanisms.judge_login(trial, door, sock, offered, right)


def log_in_at(
    trial: Trial, log_in: Any, extensions: dict[str, str], door: Door, *raises: type[Exception]
) -> tuple[Any, ScriptedSocket]:
    sock = trial.socket(serve=door.answer, pieces=3)
    reader = trial.reader(sock)
    got = trial.call(
        log_in, sock, reader, dict(extensions), USER, PASSWORD,
        says=f"log_in(sock, reader, {extensions!r}, {USER!r}, {PASSWORD!r})", raises=raises,
    )  # fmt: skip
    return got, sock


# deliver_utf8

NOTE = "Subject: 茶\r\n\r\n四点?\r\n".encode()
DOTTED = "Subject: 茶\r\n\r\n.\r\n..\r\n.四点".encode()


def check_deliver_utf8(trial: Trial, deliver_utf8: Any) -> None:
    with case(trial, say("The server has offered SMTPUTF8. The recipient's address is Chinese.")):
        desk, value = hand_over(trial, deliver_utf8, YOU, [FOREIGN], NOTE)
        smtputf8.judge_arrived(trial, desk, YOU, [FOREIGN], NOTE)
        smtputf8.judge_told(trial, value, {})
    with case(trial, say("The sender's address is Chinese, and so is one of two recipients.")):
        desk, value = hand_over(trial, deliver_utf8, FOREIGN, [LIN, "王@lab.test"], NOTE)
        smtputf8.judge_arrived(trial, desk, FOREIGN, [LIN, "王@lab.test"], NOTE)
        smtputf8.judge_told(trial, value, {})
    with case(trial, say("A message with dots at the start of lines, and no CRLF at its end.")):
        desk, value = hand_over(trial, deliver_utf8, YOU, [FOREIGN], DOTTED)
        smtputf8.judge_arrived(trial, desk, YOU, [FOREIGN], DOTTED + b"\r\n")
    no = "5.1.1 no such user"
    refuses = {f"RCPT TO:<{NOBODY}>".encode(): f"550 {no}\r\n".encode()}
    with case(trial, say("One of three recipients does not exist.")):
        people = [FOREIGN, NOBODY, SAM]
        desk, value = hand_over(trial, deliver_utf8, YOU, people, NOTE, refuses, refusal=True)
        trial.require(not trial.raised(value, ReplyError), *smtputf8.STOPS_AT_REFUSAL)
        smtputf8.judge_arrived(trial, desk, YOU, [FOREIGN, SAM], NOTE)
        smtputf8.judge_told(trial, value, {NOBODY: (550, [no])})
    with case(trial, say("The only recipient does not exist.")):
        desk, value = hand_over(trial, deliver_utf8, YOU, [NOBODY], NOTE, refuses, refusal=True)
        trial.require(b"DATA" not in desk.commands, *smtputf8.DATA_FOR_NOBODY)
        smtputf8.judge_told(trial, value, {NOBODY: (550, [no])})
    for what, answers, code in (
        (say("The server refuses MAIL"), {b"MAIL": b"553 5.6.7 no\r\n"}, 553),
        (say("The server says goodbye to the recipient"), {b"RCPT": b"421 4.3.2 closing\r\n"},
         421),
        (say("The server refuses DATA"), {b"DATA": b"451 4.3.0 not now\r\n"}, 451),
        (say("The server refuses the message"), {b".": b"554 5.7.1 spam\r\n"}, 554),
    ):  # fmt: skip
        # Translators: {situation} is a clause, as in the messages before this one.
        with case(trial, say("{situation}. ReplyError is expected.", situation=what)):
            with explained(smtputf8.promised_error(what)):
                _, value = hand_over(
                    trial, deliver_utf8, YOU, [FOREIGN], NOTE, answers, refusal=True
                )
            trial.require(
                trial.raised(value, ReplyError) and getattr(value, "code", 0) == code,
                *smtputf8.refusal_ignored(what, code, value),
            )
    with case(trial, say("Nobody is left to deliver to.")):
        desk, _ = hand_over(trial, deliver_utf8, YOU, [NOBODY], NOTE, refuses, refusal=True)
        trial.require(b"RSET" in desk.commands, *smtputf8.NO_RSET)


def hand_over(
    trial: Trial, deliver_utf8: Any, sender: str, recipients: list[str], message: bytes,
    answers: dict[bytes, bytes] | None = None, *, refusal: bool = False,
) -> tuple[Desk, Any]:  # fmt: skip
    """One delivery, of which what was said is judged, and not yet what came of it."""
    desk = Desk(answers)
    sock = trial.socket(serve=desk)
    reader = trial.reader(sock)
    with explained(lambda verdict: smtputf8.astray(verdict, sock, desk)):
        value = trial.call(
            deliver_utf8, sock, reader, sender, list(recipients), message,
            says=f"deliver_utf8(sock, reader, {sender!r}, {recipients!r}, message)",
            raises=ReplyError if refusal else (),
        )  # fmt: skip
    smtputf8.judge_said(trial, sock, desk)
    return desk, value


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
