"""Lesson 08: what is wrong with what a send_mail raised or returned, and with its QUIT."""

import ssl
from collections.abc import Mapping
from typing import Any

from ...catalogue import counted, plural, say
from ..cases import Finding, brief
from ..judge.words import described
from .sending import Sent, is_a

__all__ = [
    "ALL_REFUSED_NO_QUIT",
    "GREETING_NOT_SEEN",
    "QUIT_UNREAD",
    "all_refused",
    "another_try",
    "one_refusal",
    "quit_matters",
    "text_cut",
    "without_quit",
    "wrong_refusal",
    "wrong_report",
]

LET_GO = say("Let the exception go on: whoever called has to know that nothing was sent.")
DOCSTRING = say("Read in the docstring what is raised, and when.")
GREETING_NOT_SEEN = say(
    "The greeting has a code, and 220 alone is a welcome: say_hello looks at it."
)

# What is raised


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


# What is returned


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


# QUIT


QUIT_UNREAD = (
    "quit-unread",
    say("send_mail said QUIT, and closed the connection before it had read the answer."),
    say(
        "Whoever says QUIT waits for the reply to it, RFC 5321, section 4.1.1.10. command says a "
        "line and reads what comes."
    ),
)
ALL_REFUSED_NO_QUIT = (
    "no-quit",
    say("Every recipient was refused, and send_mail went away without QUIT."),
    say("The session is as good as before. QUIT, close, and then raise."),
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
