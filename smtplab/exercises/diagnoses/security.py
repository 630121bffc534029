"""Lesson 04: what is wrong with a choice of security: a downgrade, or a refusal without need."""

from collections.abc import Callable
from typing import Any

from ...catalogue import say
from ...solutions.tls import InsecureError
from ..judge import Trial, at
from .tls import EXCEPTION_RETURNED, PROMISED, described

__all__ = ["OFFER", "judge_choice", "judge_other_error", "judge_stripped", "judge_wrong_refusal"]

OFFER = {"SIZE": "35882577", "STARTTLS": "", "8BITMIME": ""}


def judge_other_error(
    trial: Trial, choose_security: Callable[..., Any], error: Exception,
    extensions: dict[str, str] | None, port: int, right: str | None,
) -> None:  # fmt: skip
    """An exception that is no InsecureError."""
    place = trial.place
    if extensions is None and isinstance(error, TypeError | AttributeError):
        if port_as_text(choose_security):
            judge_wrong_refusal(trial, choose_security, port, "tls")
        trial.fail(
            "looks-at-none",
            say(
                "On 465 nothing has been said yet: extensions is None, and choose_security looked "
                "into it{at}.",
                at=at(place),
            ),
            say("On which port does the answer not depend on any offer? Ask that first."),
            place=place,
        )
    own = place is not None and place.code.startswith(("raise", "assert"))
    if not own and not isinstance(error, LookupError | TypeError | AttributeError | ValueError):
        trial.unexpected()
    if isinstance(error, NotImplementedError | NameError):
        trial.unexpected()
    values = {"error": described(error), "port": port, "at": at(place)}
    if right is None:
        sentence = say(
            "choose_security raised {error} for port {port}{at}; InsecureError was promised.",
            **values,
        )
    else:
        sentence = say(
            "choose_security raised {error} for port {port}{at}; {right!r} was wanted.",
            right=right,
            **values,
        )
    if isinstance(error, AssertionError):
        look = say("assert is for tests, and `python -O` leaves it out. Raise InsecureError.")
    elif own:
        look = PROMISED["InsecureError"]
    else:
        look = say("A keyword that may be missing can be asked for with `in`.")
    trial.fail("other-exception", sentence, look, place=place)


def constants(function: Any) -> tuple[Any, ...]:
    """What stands in a function's text as numbers and strings, the docstring left out."""
    code = getattr(function, "__code__", None)
    found = code.co_consts if code is not None else ()
    return tuple(value for value in found if value != getattr(function, "__doc__", None))


def port_as_text(function: Any) -> bool:
    """Whether the port is compared with digits in quotes, and with no number."""
    return "465" in constants(function) and 465 not in constants(function)


def judge_stripped(trial: Trial, got: Any, raised: bool, port: int) -> None:
    if raised:
        return
    if isinstance(got, InsecureError):
        trial.fail(
            "exception-returned",
            say("choose_security returned the InsecureError; it was to be raised."),
            EXCEPTION_RETURNED,
        )
    if got is InsecureError:
        trial.fail(
            "exception-returned",
            say("choose_security returned the class InsecureError; it was to be raised."),
            say('raise InsecureError("why") ends the function and tells the caller.'),
        )
    if got == "starttls":
        trial.fail(
            "offer-not-read",
            say("Port {port} offered no STARTTLS, and choose_security said 'starttls'.", port=port),
            say(
                "Is the keyword asked for as a whole, among the keys of extensions? And is the "
                "InsecureError raised? One that is made and not raised does nothing."
            ),
        )
    if got == "tls":
        trial.fail(
            "wrong-port",
            say(
                "On port {port} a session begins in the clear, and choose_security said 'tls'.",
                port=port,
            ),
            say("On which port is TLS spoken from the first octet?"),
        )
    trial.fail(
        "silent-downgrade",
        say(
            "Port {port} offered no STARTTLS, and choose_security returned {got!r}: the caller "
            "goes on, and the password goes out in the clear.",
            port=port,
            got=got,
        ),
        say("Somebody may have struck out the offer. Raise InsecureError, so that nobody goes on."),
    )


def judge_wrong_refusal(
    trial: Trial, choose_security: Callable[..., Any], port: int, right: str
) -> None:
    if port_as_text(choose_security):
        trial.fail(
            "port-as-text",
            say(
                'choose_security compares the port with "{port}", and the port is the number '
                "{port}.",
                port=port,
            ),
            say('A str is never equal to an int: "465" == 465 is False.'),
        )
    if right == "tls":
        trial.fail(
            "tls-refused",
            say("choose_security refused port 465, where all is encrypted from the first octet."),
            say("No offer is needed on 465."),
        )
    more = {**OFFER, "STARTTLS": "yes"}
    again = trial.call(choose_security, port, more, raises=Exception)
    if again == right:
        trial.fail(
            "empty-is-false",
            say(
                "STARTTLS was offered, without parameters, and choose_security refused: the empty "
                "str counts as False."
            ),
            say('extensions["STARTTLS"] is "". Ask whether the key is there, with `in`.'),
        )
    alone = trial.call(choose_security, port, {"STARTTLS": ""}, raises=Exception)
    if alone == right:
        trial.fail(
            "first-keyword-only",
            say("STARTTLS was offered, but not as the first keyword, and choose_security refused."),
            say(
                "That the first keyword is another one proves nothing: the next may be the right "
                "one. `in` looks at all of them."
            ),
        )
    lower = trial.call(choose_security, port, {"starttls": ""}, raises=Exception)
    if lower == right:
        look = say(
            "A dict looks for the key as it stands: parse_ehlo writes keywords in upper case."
        )
    elif port == 25:
        look = say("25 and 587 both begin in the clear: the offer decides on either.")
    else:
        look = say("Which condition of yours held there? The steps say what it was given.")
    trial.fail(
        "offer-refused",
        say("Port {port} offered STARTTLS, and choose_security refused.", port=port),
        look,
    )


def judge_choice(trial: Trial, got: Any, right: str, port: int) -> None:
    if not isinstance(got, str) or got not in ("tls", "starttls", "none"):
        look = say(
            'Whoever calls compares with "tls" and "starttls", in lower case as they stand here.'
        )
    elif right == "tls":
        look = say("On 465 TLS begins with the first octet, whatever is offered.")
    else:
        look = say("On {port} a session begins in the clear, and then says STARTTLS.", port=port)
    trial.equal(
        got,
        right,
        reason="wrong-choice",
        sentence=say(
            "For port {port} choose_security returned {got!r}, and {right!r} is right.",
            port=port,
            got=got,
            right=right,
        ),
        look=look,
    )
