"""Lesson 08: what is wrong with a send_mail, and what to look at.

What came of one call is a `Sent`. Each function here looks at one, or at what its call raised,
and returns what it found, or None. A good session that failed is explained by what was said in
it (`astray`), because the exception alone tells a beginner little.
"""

import base64
import errno
import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...catalogue import counted, plural, say
from ...lab import Lab, Message, Session
from ...solutions.tls import InsecureError
from ..arrival import difference
from ..cases import Finding, brief, place, raised, told
from ..judge import Verdict
from ..judge.words import described
from ..scenarios import Mail
from .tls import where_from

__all__ = [
    "ALL_REFUSED_NO_QUIT",
    "CAFILE_IGNORED",
    "DOWNGRADE",
    "GREETING_NOT_SEEN",
    "LOGIN_SKIPPED",
    "MUST_HEAR",
    "NOT_FOR_LOGIN",
    "NO_PASSWORD",
    "QUIT_UNREAD",
    "SIZE_IGNORED",
    "TIMEOUT_FOR_ALL",
    "Sent",
    "all_refused",
    "alone",
    "another_try",
    "astray",
    "ended",
    "hostname_ignored",
    "is_a",
    "look_after",
    "not_refused",
    "one_refusal",
    "quit_matters",
    "refused_late",
    "secret_told",
    "size_misread",
    "size_of_before",
    "size_off_by_one",
    "text_cut",
    "timeout_ignored",
    "tls_not_asked",
    "undelivered",
    "utf8_for_ascii",
    "utf8_not_asked",
    "utf8_not_offered",
    "without_quit",
    "wrong_mail",
    "wrong_refusal",
    "wrong_report",
]


@dataclass
class Sent:
    """What one call of send_mail led to."""

    mail: Mail
    arguments: dict[str, Any]
    lab: Lab
    sessions: int  # that the lab had before
    value: Any = None
    error: Exception | None = None
    arrived: tuple[Message, ...] = ()
    session: Session | None = None  # the last one, where somebody connected
    said: list[tuple[bool, str]] = field(default_factory=list)  # by the client: within TLS, line
    struck: bool = False  # whether somebody on the way struck out the offer of STARTTLS

    @property
    def security(self) -> str:
        return str(self.arguments["security"])

    def has_said(self, word: str, *, tls: bool | None = None) -> bool:
        return any(
            line.upper().startswith(word) and tls in (None, encrypted)
            for encrypted, line in self.said
        )


def is_a(error: BaseException | None, *kinds: type[BaseException]) -> bool:
    """Whether an exception is of one of these classes, or of one that has its name.

    Who writes a client may write its InsecureError, too: that is what its callers catch.
    """
    names = {cls.__name__ for cls in type(error).__mro__}
    return any(kind.__name__ in names for kind in kinds)


def alone(clause: str) -> str:
    """A clause as a sentence of its own."""
    # Translators: {clause} is one, such as "The server refuses DATA"; this ends it.
    return say("{clause}.", clause=clause)


MUST_HEAR = say("Whoever called must hear of it: let the ReplyError go on.")
LET_GO = say("Let the exception go on: whoever called has to know that nothing was sent.")
DOCSTRING = say("Read in the docstring what is raised, and when.")
NEW_SOCKET = say(
    "STARTTLS gives a new socket, and a `with` closes the one that it was given. try: and finally: "
    "close whichever `sock` is by then."
)
BUILDING = say(
    "Compare the order of the arguments with build_message's own: sender, recipients, subject, "
    "text, html, inline, attachments."
)
LETTERS = say("A str can be gone through too. isinstance(recipients, str) tells: raise ValueError.")
# What to look at when an exception that no server causes says these words.
SLIPS = {
    "'tuple' object has no attribute": say(
        "starttls returns three things: sock, reader, extensions."
    ),
    "'LineReader' object has no attribute 'close'": say(
        "The order of what starttls returns is sock, reader, extensions."
    ),
    "Connection refused": say("host and port are the caller's: connect to (host, port)."),
    "unhashable type: 'slice'": say("say_hello and starttls give the extensions, a dict already."),
    "create_connection(host, port": say(
        "create_connection takes the address as one thing, a pair: create_connection((host, port), "
        "timeout)."
    ),
    "= build_message(": BUILDING,
}

# When the call does not end as it should


NO_USER = (
    "login-without-user",
    say("log_in was called, and there is no user: user is None."),
    say("Who logs in has a name. Ask for it: if user is not None."),
)
NO_PASSWORD = (
    "no-password",
    say("There was a user and no password, and send_mail went on to the login all the same."),
    say("No login can come of that. Raise ValueError before a word is said."),
)
LOGIN = r"log_in\(|auth_"  # in a line of the student's
TIMEOUT_FOR_ALL = (
    "default-timeout",
    say("send_mail changed the timeout of every socket that this program will make."),
    say("create_connection and connect_tls take a timeout, for this one alone."),
)


def ended(verdict: Verdict, sent: Sent, *, expects_error: bool) -> Finding | None:
    """More than the engine knows of a call that raised, or waits for ever."""
    if raised(verdict) and "NoneType" in verdict.raised and re.search(LOGIN, verdict.code):
        return NO_USER if sent.arguments.get("user") is None else NO_PASSWORD
    if raised(verdict) == "AssertionError" and not verdict.code.startswith("raise "):
        return (
            "assert",
            # Translators: {place} is "line 12".
            say(
                "An assert refuses it at {place}: `{code}`.",
                place=place(verdict),
                code=verdict.code,
            ),
            say(
                "python -O leaves asserts out, and nothing is refused then. Raise the exception "
                "that the docstring names."
            ),
        )
    if not verdict.reason.startswith("waits-in-") or verdict.reason == "waits-in-sleep":
        return None
    if not expects_error:  # the server is well: it waits for what nobody says
        return waits(sent)
    return (
        "timeout-ignored",
        # Translators: {place} is "line 12".
        say(
            "send_mail was to wait {seconds:g} seconds at most, and {place} waits on: `{code}`.",
            seconds=sent.arguments["timeout"],
            place=place(verdict),
            code=verdict.code,
        ),
        say(
            "timeout goes to whatever opens the connection. connect_tls takes it as its last "
            "argument; a socket keeps it also when TLS begins on it."
        ),
    )


def look_after(verdict: Verdict, sent: Sent, *, expects_error: bool) -> str:
    """What to look at after a slip, or when a socket was left open; "" if nothing is known."""
    if verdict.reason == "left-open" and sent.security == "starttls":
        return NEW_SOCKET
    if not raised(verdict):
        return ""
    for words, look in SLIPS.items():
        if words in told(verdict):
            return look
    if isinstance(sent.arguments.get("recipients"), str):
        return LETTERS
    if expects_error and verdict.code.startswith("raise "):
        return say(
            "Read in the docstring what is raised, and when. What is caught goes on with `raise` "
            "alone."
        )
    return ""


def waits(sent: Sent) -> Finding:
    """Why it waits, where the server waits as well."""
    if sent.security == "tls" and len(sent.lab.transcript) == sent.sessions:
        return (
            "tls-not-spoken",
            say("security was 'tls', and send_mail waited for a greeting in the clear."),
            say("TLS begins with the first octet there: connect_tls opens such a connection."),
        )
    return (
        "waits-for-a-line",
        say("send_mail waited for a line that the server was not going to say."),
        say(
            "say_hello reads the greeting and says EHLO: once. After STARTTLS there is no second "
            "greeting. What is the last line of the transcript?"
        ),
    )


def timeout_ignored(timeout: float, seconds: float | None) -> Finding:
    """The socket of a session waits so many seconds, or for ever, and not as long as asked for."""
    return (
        "timeout-ignored",
        say("timeout was {timeout:g} seconds, and the socket waits for ever.", timeout=timeout)
        if seconds is None
        else say(
            "timeout was {timeout:g} seconds, and the socket waits {seconds:g} seconds.",
            timeout=timeout,
            seconds=seconds,
        ),
        say("create_connection takes a timeout, after the address."),
    )


# What must never be


DOWNGRADE = (
    "silent-downgrade",
    say("The server offered no STARTTLS, and send_mail went on in the clear."),
    say("Somebody may have struck out the offer. The caller said 'starttls': raise InsecureError."),
)
CAFILE_IGNORED = (
    "cafile-ignored",
    say("cafile was None, and send_mail trusted the lab's authority all the same."),
    say("Does cafile reach connect_tls and starttls? And does the context verify?"),
)


def secret_told(sent: Sent, user: str, printed: str) -> Finding | None:
    """Whether somebody could read the password: on the wire, in an error, in what was printed."""
    password = sent.lab.account.authorization_code
    both = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    if password in printed or both in printed:
        return (
            "password-printed",
            say("send_mail printed the password."),
            say("What is printed ends up in a log, or on a projector. Print nothing here."),
        )
    if sent.error is not None and password in str(sent.error):
        return (
            "password-told",
            say("The error that send_mail raised has the password in its text."),
            say("Errors end up in logs. Say which user it was, and no more."),
        )
    if not sent.has_said("AUTH", tls=False):
        return None
    if sent.security == "none":
        return (
            "password-in-the-clear",
            say("The password went over in the clear: security was 'none'."),
            say(
                "Whoever asks for that does not know what it means. Raise InsecureError before "
                "anything is said."
            ),
        )
    if sent.struck:
        return DOWNGRADE
    return (
        "auth-before-tls",
        say("AUTH was said in the clear, before TLS had begun."),
        say("First STARTTLS, then the login, with the extensions that came within TLS."),
    )


def hostname_ignored(hostname: str) -> Finding:
    return (
        "hostname-ignored",
        say(
            "hostname was {hostname!r}, and send_mail told its password to another server.",
            hostname=hostname,
        ),
        say(
            "host says where to connect, hostname whom we mean. Does it reach connect_tls and "
            "starttls? A context of your own must check it, too."
        ),
    )


# What a good client does


NOT_STUFFED = (
    "not-stuffed",
    say(
        "The mail arrived, but lines of its text that begin with a dot are not as they were: a "
        "lone one ended it."
    ),
    say("deliver doubles those dots. Whoever sends the message otherwise must do it too."),
)


def undelivered(sent: Sent) -> Finding | None:
    """Whether it returned, and the mail is not there once."""
    if sent.session is None and not sent.arrived:
        return (
            "not-sent",
            say(
                "send_mail returned {value!r:.60}, and nobody has connected to the provider "
                "(security was {security!r}).",
                value=sent.value,
                security=sent.security,
            ),
            say("What is returned must come from what the server said."),
        )
    if not sent.arrived:
        return (
            "nothing-arrived",
            say("send_mail returned {value!r:.60}, and no mail has arrived.", value=sent.value),
            say(
                "Is the message delivered, on every way through the function? The transcript shows "
                "how far it came."
            ),
        )
    if len(sent.arrived) > 1:
        return (
            "several-mails",
            counted(
                len(sent.arrived),
                plural("The mail arrived {count} time.", "The mail arrived {count} times."),
            ),
            say("deliver takes all recipients at once: one MAIL, a RCPT for each, one DATA."),
        )
    return None


def wrong_mail(sent: Sent, refused: Collection[str]) -> Finding | None:
    """Whether the mail that arrived is another than the one that was to be sent."""
    mail, message = sent.mail, sent.arrived[0]
    people = list(dict.fromkeys(r for r in mail.recipients if r not in refused))
    if sorted(message.recipients) != sorted(people) and set(message.recipients) == set(people):
        return (
            "recipient-twice",
            say(
                "The mail went to {recipients}: one of them twice.",
                recipients=", ".join(message.recipients),
            ),
            say(
                "The caller named an address twice. dict.fromkeys(recipients) keeps each once, in "
                "order."
            ),
        )
    if b"Subject:" not in message.raw:
        return (
            "message-not-built",
            say("The mail arrived without a header: no Subject is in it."),
            say("deliver takes what build_message makes, and that is bytes."),
        )
    return _part_lost(mail, message) or _not_as_given(sent, people)


def _part_lost(mail: Mail, message: Message) -> Finding | None:
    names = [part.filename for part in message.parts]
    for lost, parameter, sentence in (
        (mail.html is not None and message.html is None, "html",
         say("The mail arrived without its HTML.")),
        (any(name not in names for name, _ in mail.attachments), "attachments",
         say("The mail arrived without an attachment.")),
        (any(name not in names for name, _ in mail.inline), "inline",
         say("The mail arrived without its picture.")),
    ):  # fmt: skip
        if lost:
            return (
                f"{parameter}-lost",
                sentence,
                say(
                    "Does {parameter} reach build_message, in its place among the arguments?",
                    parameter=parameter,
                ),
            )
    return None


def _not_as_given(sent: Sent, people: list[str]) -> Finding | None:
    mail, message = sent.mail, sent.arrived[0]
    asked = next((line for _, line in sent.said if line.upper().startswith("MAIL")), "")
    options = asked.upper().rpartition(">")[2]
    unique = replace(mail, recipients=tuple(dict.fromkeys(mail.recipients)))
    wrong = difference(unique, message, people, options)
    # Whom the caller named twice, To may name twice.
    if not wrong or not difference(mail, message, people, options):
        return None
    envelope = message.sender != mail.sender or sorted(message.recipients) != sorted(people)
    dots = any(line.startswith(".") for line in mail.text.split("\n"))
    if not envelope and dots and (message.text or "").split() != mail.text.split():
        return NOT_STUFFED
    return (
        "wrong-message",
        # Translators: {difference} is the end of the sentence: "its subject is 'Hello'".
        say("The mail arrived, but {difference}.", difference=wrong),
        say("deliver takes the sender and the recipients as the caller named them.")
        if envelope
        else BUILDING,
    )


def without_quit(sent: Sent) -> Finding | None:
    if sent.has_said("QUIT"):
        return None
    return (
        "no-quit",
        say("The mail arrived, and send_mail went away without QUIT."),
        say(
            "To the server a connection that ends in silence is one that broke (RFC 5321, section "
            "4.1.1.10)."
        ),
    )


def wrong_report(value: Mapping[str, Any], refused: Mapping[str, int]) -> Finding | None:
    """Whether other recipients are reported than those that were refused, or in another form."""
    if set(value) != set(refused):
        if not value:
            return (
                "refusal-lost",
                say(
                    "{refused} was refused, and send_mail returned an empty dict.",
                    refused=", ".join(refused),
                ),
                say("deliver returns those who were refused."),
            )
        return (
            "wrong-report",
            say(
                "send_mail reported {reported} as refused; refused was {refused}.",
                reported=list(value),
                refused=", ".join(refused),
            )
            if refused
            else say(
                "send_mail reported {reported} as refused; refused was nobody.",
                reported=list(value),
            ),
            say("deliver returns those who were refused, and nobody else."),
        )
    pairs = (_wrong_pair(value[address], address, code) for address, code in refused.items())
    return next(filter(None, pairs), None)


def _wrong_pair(pair: Any, address: str, code: int) -> Finding | None:
    if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[1], list):
        return (
            "lines-not-text",
            say(
                "For {address} send_mail reported {pair!r:.70}, and (code, text) is promised: its "
                "text is a list.",
                address=address,
                pair=pair,
            ),
            say('deliver gives lines. " ".join(lines) makes one text of them.'),
        )
    if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[1], str):
        return (
            "not-a-pair",
            say(
                "For {address} send_mail reported {pair!r:.70}, and (code, text) is promised.",
                address=address,
                pair=pair,
            ),
            say("Code and text, as smtplib gives them: whoever reads it wants to know why."),
        )
    if pair[0] != code or not pair[1].startswith("5.1.1"):
        return (
            "wrong-pair",
            say(
                "For {address} send_mail reported {pair!r:.70}, and (code, text) is promised: the "
                "server said {code} 5.1.1.",
                address=address,
                pair=pair,
                code=code,
            ),
            say("The reply's code is an int, and its text is what stands behind the code."),
        )
    return None


def text_cut(address: str, text: str) -> Finding:
    return (
        "text-cut",
        say(
            "The server refused {address} in two lines, and send_mail reported {text!r}.",
            address=address,
            text=text,
        ),
        say('A reply may have many lines. " ".join(lines) makes one text of all of them.'),
    )


# When the server refuses, or is silent


LOGIN_SKIPPED = (
    "login-skipped",
    say("There was a user, the server offered no AUTH, and send_mail went on without a login."),
    say("log_in raises ValueError there. Call it whenever there is a user, and let it go on."),
)
NOT_FOR_LOGIN = (
    "login-skipped",
    say("There was a user and no password, and send_mail went on without a login."),
    say("Whoever names a user wants a login. Raise ValueError before a word is said."),
)
ALL_REFUSED_NO_QUIT = (
    "no-quit",
    say("Every recipient was refused, and send_mail went away without QUIT."),
    say("The session is as good as before. QUIT, close, and then raise."),
)
GREETING_NOT_SEEN = say(
    "The greeting has a code, and 220 alone is a welcome: say_hello looks at it."
)


def wrong_refusal(
    sent: Sent, kinds: tuple[type[Exception], ...], what: str, code: int | None = None,
    look: str = "",
) -> Finding | None:  # fmt: skip
    """Whether something else came than an exception of one of these classes, with this code.

    what is the clause that says what the server did, look what to look at.
    """
    error = sent.error
    if error is None:
        return (
            "error-swallowed",
            say(
                "{situation}, and send_mail returned {value!r:.60}, and the mail arrived.",
                situation=what,
                value=sent.value,
            )
            if sent.arrived
            # Translators: {situation} is a clause: "The server refuses the sender with 550".
            else say(
                "{situation}, and send_mail returned {value!r:.60}.",
                situation=what,
                value=sent.value,
            ),
            # Translators: {advice} is a sentence or two.
            say("To its caller that means: sent. {advice}", advice=look or LET_GO),
        )
    if not is_a(error, *kinds):
        return _another_error(error, kinds, what, code, look)
    if code is not None and getattr(error, "code", None) != code:
        return (
            "other-code",
            say(
                "{situation}, and the ReplyError that came says {error}.",
                situation=what,
                error=described(error),
            ),
            say("The code of the ReplyError is the server's: {code}.", code=code),
        )
    return None


def _another_error(
    error: Exception, kinds: tuple[type[Exception], ...], what: str, code: int | None, look: str
) -> Finding:
    if code == 421 and isinstance(error, EOFError | OSError):
        return (
            "went-on-after-421",
            say(
                "{situation}, and send_mail went on. Then it raised {error}.",
                situation=what,
                error=described(error),
            ),
            say(
                "After 421 the server has hung up. Is its ReplyError caught somewhere? Let it go "
                "on to the caller."
            ),
        )
    wanted = kinds[0].__name__.replace("SSLError", "ssl.SSLError")
    if is_a(error.__context__, *kinds):
        look = say(
            "{wanted} was on its way. What an except: or a finally: raises takes its place: let it "
            "go on, and close without a word.",
            wanted=wanted,
        )
    elif isinstance(error, TimeoutError) and ssl.SSLError in kinds:
        look = say(
            "Is the ssl.SSLError caught, and a connection without TLS tried in its place? Then a "
            "liar in the middle gets the mail. Let it go on."
        )
    return (
        "other-exception",
        say(
            "{situation}. {wanted} was promised, and send_mail raised {error}.",
            situation=what,
            wanted=wanted,
            error=described(error),
        ),
        look or DOCSTRING,
    )


def another_try(sent: Sent, what: str) -> Finding | None:
    """Whether one call has tried more than once."""
    times = len(sent.lab.transcript) - sent.sessions
    asked = [line for _, line in sent.said if line.upper().startswith("RCPT")]
    if times <= 1 and len(asked) == len(set(asked)):
        return None
    connected = plural(
        "{situation}, and send_mail connected {count} time.",
        "{situation}, and send_mail connected {count} times.",
    )
    return (
        "tries-again",
        counted(times, connected, situation=what)
        if times > 1
        else say("{situation}, and send_mail named the recipient once more.", situation=what),
        say(
            "One call is one try. Whether there is another, and when, is for the caller to say: "
            "lesson 09."
        ),
    )


def one_refusal(error: Exception) -> Finding:
    return (
        "one-refusal-raised",
        say(
            "One recipient of three was refused, and send_mail raised {error}.",
            error=described(error),
        ),
        say("The two others get the mail. deliver returns the one who does not."),
    )


def all_refused(value: Any) -> Finding:
    return (
        "all-refused-returned",
        say(
            "Every recipient was refused, and send_mail returned {value}.",
            value=brief(value),
        ),
        say(
            "Nobody got the mail, and a caller who does not look takes it for sent. Raise "
            "ReplyError when as many are refused as there are."
        ),
    )


# At the end


QUIT_UNREAD = (
    "quit-unread",
    say("send_mail said QUIT, and closed the connection before it had read the answer."),
    say(
        "Whoever says QUIT waits for the reply to it, RFC 5321, section 4.1.1.10. command says a "
        "line and reads what comes."
    ),
)


def quit_matters(error: Exception) -> Finding:
    return (
        "quit-matters",
        say(
            "The mail was taken, and send_mail raised {error} because the server did not say "
            "goodbye.",
            error=described(error),
        ),
        say(
            "After the 250 to the message the mail is sent. Whoever hears of an error sends it "
            "again. What goes wrong with QUIT is no matter: ReplyError, EOFError, OSError, and the "
            "ValueError of a reply that is none."
        ),
    )


# What the server has offered


def tls_not_asked(sent: Sent) -> Finding | None:
    """Whether STARTTLS was said, and the caller had chosen otherwise."""
    if sent.security == "starttls" or not sent.has_said("STARTTLS"):
        return None
    return (
        "tls-not-asked",
        say("security was {security!r}, and send_mail said STARTTLS.", security=sent.security),
        say(
            "The caller has chosen, and the server's offer changes nothing: TLS that nobody asked "
            "for fails where its certificate is unknown. if security == 'starttls'."
        ),
    )


def size_of_before(error: Exception, size: str) -> Finding:
    """What stood in the clear, where anybody could write it, was taken for the server's SIZE."""
    return (
        "size-of-before",
        say(
            "Before TLS somebody on the way wrote {size} into the reply to EHLO, and send_mail "
            "raised {error}.",
            size=size,
            error=described(error),
        ),
        say(
            "What came in the clear counts for nothing within TLS. starttls brings the extensions "
            "that count: look for SIZE in those."
        ),
    )


SIZE_IGNORED = (
    "size-ignored",
    say("The server takes 1,000 octets at most (SIZE), and send_mail sent more."),
    say(
        'extensions["SIZE"] is a str of digits, or "": compare it with len(message), and raise '
        "ValueError before DATA."
    ),
)


def size_misread(error: Exception, size: str) -> Finding:
    return (
        "size-misread",
        say(
            "{size} names no limit that this message is over, and send_mail raised {error}.",
            size=size,
            error=described(error),
        ),
        say('SIZE may be "0" or "": RFC 1870, section 4, says that there is no fixed limit then.'),
    )


def size_off_by_one(limit: int) -> Finding:
    return (
        "size-off-by-one",
        counted(
            limit,
            plural(
                "The message has {count} octet, SIZE {count} allows that, and send_mail raised "
                "ValueError.",
                "The message has {count} octets, SIZE {count} allows that, and send_mail raised "
                "ValueError.",
            ),
        ),
        say("SIZE is the most that the server takes. Only what is longer is refused."),
    )


def utf8_not_asked(address: str, why: str) -> Finding:
    return (
        "utf8-not-asked",
        say("{address} was not taken: {why}.", address=address, why=why),
        say(
            "The server offers SMTPUTF8. deliver_utf8 asks for it, when the sender or any "
            "recipient is not ASCII; deliver is for ASCII."
        ),
    )


def utf8_for_ascii(error: Exception) -> Finding:
    return (
        "utf8-for-ascii",
        say("Every address was ASCII, and send_mail raised {error}.", error=described(error)),
        say("SMTPUTF8 is for addresses that need it: those in which isascii() is False."),
    )


def utf8_not_offered(address: str) -> Finding:
    return (
        "utf8-not-offered",
        say("The server does not offer SMTPUTF8, and {address} was said to it.", address=address),
        say(
            "RFC 6531, section 3.2: to such a server no such address is said. Look into "
            "extensions, and raise ValueError."
        ),
    )


# What cannot be sent


def not_refused(parameter: str, value: Any) -> Finding:
    """What is said of a send_mail that took a value of a parameter that nobody can send."""
    if parameter == "security":
        return (
            "unknown-security",
            say("security was 'ssl', which is none of the three, and send_mail did not refuse it."),
            say(
                "An else: that takes everything that is left takes mistakes too. Raise ValueError."
            ),
        )
    if parameter == "subject":
        return (
            "line-break-taken",
            say("A line break stood in the subject, and send_mail raised no ValueError."),
            say("build_message refuses it. Is its ValueError caught somewhere?"),
        )
    if value:
        return (
            "recipients-str",
            say("recipients was a str, and send_mail went through it letter by letter."),
            LETTERS,
        )
    return (
        "no-recipients",
        say("There were no recipients, and send_mail raised no ValueError."),
        say("A mail to nobody is a slip of the caller's. build_message refuses it."),
    )


def refused_late(parameter: str, value: Any) -> Finding:
    return (
        "refused-late",
        say(
            "{parameter} was {value!r}, and send_mail connected before it refused that.",
            parameter=parameter,
            value=value,
        ),
        say(
            "What no server could take is refused before a word is said: such checks, and "
            "build_message, come before the connection."
        ),
    )


# Why a good session failed


def astray(sent: Sent) -> Finding | None:
    """Why a mail was not sent, although nothing was wrong with the provider."""
    return _astray_in_tls(sent) or _astray_in_dialogue(sent)


def _astray_in_tls(sent: Sent) -> Finding | None:
    error, text, port = sent.error, str(sent.error), sent.arguments["port"]
    assert error is not None
    encrypted = sent.security != "none"
    if isinstance(error, ValueError) and "build_message" in where_from(error):
        return (
            "mail-not-built",
            say("build_message did not like what it was given: {error}.", error=described(error)),
            BUILDING,
        )
    if isinstance(error, FileNotFoundError) and encrypted:
        return (
            "no-such-file",
            say(
                "Something was taken for the file of authorities that is none: {error}.",
                error=described(error),
            ),
            say(
                "connect_tls takes (address, hostname, cafile, timeout), and address is the pair "
                "(host, port). starttls takes (sock, reader, hostname, cafile)."
            ),
        )
    if is_a(error, InsecureError):
        return (
            "insecure-for-nothing",
            say("send_mail raised {error}, and here nothing was insecure.", error=described(error)),
            say(
                "security is {security!r}: the caller has chosen already. The port's number says "
                "nothing: the lab's is {port}.",
                security=sent.security,
                port=port,
            ),
        )
    if "server_hostname" in text:
        return (
            "no-name",
            say("Nobody said whose certificate is expected: {error}.", error=text),
            say("hostname is None when it is left out, and then host is the name."),
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            "good-refused",
            say("send_mail refused a certificate that is good: {why}.", why=error.verify_message),
            say("Do hostname and cafile reach connect_tls and starttls, each in its place?"),
        )
    if isinstance(error, ssl.SSLError) and sent.security == "starttls":
        return (
            "tls-too-early",
            say("TLS was spoken from the first octet, and security was 'starttls'."),
            say("There the session begins in the clear: greeting, EHLO, then starttls."),
        )
    if isinstance(error, TimeoutError):
        return waits(sent)
    if isinstance(error, OSError) and error.errno == errno.EBADF and encrypted:
        reads = where_from(error) & {"read_line", "read_reply"}
        return (
            "old-reader" if reads else "old-socket",
            say(
                "After STARTTLS a reply was to be read from the plain socket, which is of no use "
                "any more."
            )
            if reads
            else say(
                "After STARTTLS something was said on the plain socket, which is of no use any "
                "more."
            ),
            say(
                "starttls returns three things: sock, reader, extensions. From there on, use them."
            ),
        )
    if sent.security == "starttls" and sent.said and not sent.has_said("STARTTLS"):
        return (
            "starttls-not-said",
            say(
                "security was 'starttls', and STARTTLS was never said: {error}.",
                error=described(error),
            ),
            say("After the hello in the clear: starttls(sock, reader, name, cafile)."),
        )
    return None


def _astray_in_dialogue(sent: Sent) -> Finding | None:
    error = sent.error
    assert error is not None
    code = getattr(error, "code", None)
    encrypted = sent.security != "none"
    if code == 220:
        return (
            "greeting-not-read",
            say("The greeting was taken for the answer to EHLO: nobody had read it before."),
            say("The server speaks first. say_hello reads its greeting, then says EHLO."),
        )
    if sent.arrived and code == 500:
        return NOT_STUFFED
    if isinstance(error, OSError | EOFError) and sent.has_said("QUIT"):
        return (
            "quit-too-early",
            say("QUIT was said before the mail was delivered: the server has hung up."),
            say("QUIT is the last word. deliver comes before it."),
        )
    spoke = sent.has_said("EHLO", tls=encrypted) or sent.has_said("HELO", tls=encrypted)
    if code == 503 and not spoke:
        return (
            "no-hello",
            say("No EHLO was said within TLS, and the server wants one first (503).")
            if sent.security == "starttls"
            else say("No EHLO was said, and the server wants one first (503)."),
            say(
                "Whoever begins a session says hello; what was said in the clear counts for "
                "nothing within TLS."
            ),
        )
    if isinstance(error, ValueError) and "log_in" in where_from(error):
        if "user" not in sent.arguments:
            return NO_USER
        return (
            "extensions-of-before",
            say("log_in found no AUTH: {error}.", error=described(error)),
            say("Before TLS the server offers none. starttls brings the extensions that count."),
        )
    if code == 530 and encrypted:
        return (
            "not-logged-in",
            say("MAIL was refused with 530: nobody has logged in."),
            say("There is a user: log_in comes after TLS, and before MAIL."),
        )
    if code == 535:
        return (
            "wrong-credentials",
            say("The server refused the login (535), and the password was right."),
            say("The order of the parameters: sock, reader, extensions, user, password."),
        )
    return None
