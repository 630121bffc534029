"""Lesson 01: which wrong idea is behind octets that are lost, doubled or not those of the text."""

from typing import Any

from ...catalogue import counted, plural, say
from ..cases import Finding, is_one_of, promised
from ..judge import ScriptedSocket

__all__ = [
    "CLOSED_SOCKET",
    "ENDED_EARLY",
    "HAS_BREAK",
    "NOT_THE_SAME",
    "OTHER_LINE",
    "SHORT_SEND",
    "SOCKET_CLOSED",
    "SWALLOWS_ERROR",
    "amount",
    "caught",
    "end_unnoticed",
    "keeps_asking",
    "not_encoded",
    "other_text",
    "refused",
    "returned",
    "returned_value",
    "short",
    "spaces_lost",
    "taken",
    "text_lost",
    "wrong_break",
    "wrong_encoding",
    "wrong_end",
    "wrong_letters",
    "wrong_piece",
    "wrong_sent",
    "wrong_taking",
]

# What a sentence says of a number and of a value, and what several of them advise


def amount(n: int) -> str:
    return counted(n, plural("1 octet", "{count:,} octets"))


def short(value: object, *, last: bool = False) -> str:
    """A student's value in a few words, the last of a sentence or not; its repr may be anything."""
    kind = type(value).__name__
    if type(value) in (int, str, bytes, bool, type(None)) and len(repr(value)) <= 60:
        return repr(value)
    if not issubclass(type(value), BaseException):
        return say("a value of type {kind}", kind=kind)
    if last:
        # Translators: what a function returned, at the end of a sentence.
        return say("{kind}, an exception that it did not raise", kind=kind)
    # Translators: what a function returned, in the middle of a sentence.
    return say("{kind}, an exception that it did not raise,", kind=kind)


def returned(value: object) -> str:
    """The step that shows what came back instead of an exception."""
    return say("It returns {got}.", got=short(value, last=True))


def caught(kind: str) -> str:
    return say("A caller writes `except {kind}`, and another exception passes it by.", kind=kind)


REMEMBERS = say("What does your function remember from one call to the next?")

CLOSED_SOCKET: Finding = (
    "closed-socket",
    say("Your code closed the socket that it was given, and more was to come over it."),
    say("Who makes a socket closes it; a function that is given one leaves it open."),
)

# send_all

SOCKET_CLOSED = promised(
    "OSError",
    # Translators: then follows "ValueError was raised, and OSError was promised".
    say("The socket was closed,"),
    caught("OSError"),
)
SHORT_SEND = say("A short send is no error: what it did not take is for the next send.")
SWALLOWS_ERROR: Finding = (
    "swallows-error",
    say("The socket was closed, and send_all returned as if everything had been sent."),
    say("The caller has to hear of it: let the socket's own exception pass through."),
)


def wrong_sent(sock: ScriptedSocket, data: bytes, first: int, before: int) -> Finding:
    """How what was sent differs from data.

    first is what the first send took, before how many octets the calls before this one sent.
    """
    sent = sock.sent
    if before and sent == data[before:]:
        return (
            "remembers",
            say(
                "send_all left out the first {before} octets, as many as the call before had sent.",
                before=before,
            ),
            REMEMBERS,
        )
    if not sent:
        return (
            "nothing-sent",
            say("send_all returned, and none of the {octets} were sent.", octets=amount(len(data))),
            say("Which line of yours gives octets to the socket?"),
        )
    if set(sent) == {0} and 0 not in data:
        return (
            "zeros",
            say(
                "send_all sent {octets} of value 0, and there is none in data.",
                octets=amount(len(sent)),
            ),
            say("bytes(72) is 72 octets of value 0. bytes([72]) is one octet of value 72."),
        )
    if len(sock.sends) == 1:
        return (
            "single-send",
            say(
                "send_all called send once: the socket took {first} of {octets}, and the rest was "
                "never sent.",
                first=first,
                octets=amount(len(data)),
            ),
            say("send returns a number. What does it say here, and what is left to do then?"),
        )
    if sent.startswith(data[:first] * 2) and not data.startswith(data[:first] * 2):
        return (
            "starts-over",
            say(
                "send_all began again at the first octet: the other side gets the beginning of "
                "data more than once."
            ),
            say("Each send has to begin where the last one ended."),
        )
    if data.startswith(sent):
        return (
            "stops-early",
            say(
                "send_all stopped after {octets} of {all:,}.",
                octets=amount(len(sent)),
                all=len(data),
            ),
            say("What ends your loop, and what is still unsent at that moment?"),
        )
    if sent.startswith(data):
        return (
            "sends-too-much",
            say(
                "send_all sent all {octets}, and then {more:,} more.",
                octets=amount(len(data)),
                more=len(sent) - len(data),
            ),
            say("Look at what is given to the last send."),
        )
    return (
        "wrong-octets",
        say(
            "What send_all sent is not data: the other side got {octets}, data has {all:,}.",
            octets=amount(len(sent)),
            all=len(data),
        ),
        say(
            "Look at the first octet that differs. A send that takes fewer octets than it was "
            "given has not taken the rest; only what was taken may be left out of the next send."
        ),
    )


def returned_value(got: object) -> Finding:
    return (
        "returned-value",
        say(
            "send_all sent everything, and then returned {got}; its docstring says None.",
            got=short(got),
        ),
        say(
            "There is nothing to tell the caller when all went well: a function without return "
            "does."
        ),
    )


# read_exactly

ENDED_EARLY = promised(
    "EOFError",
    # Translators: then follows "ValueError was raised, and EOFError was promised".
    say("The stream ended too early,"),
    caught("EOFError"),
)
NOT_THE_SAME: Finding = (
    "wrong-octets",
    say("read_exactly returned as many octets as were asked for, but not the same ones."),
    say("The octets are to come out as they came in: in the same order, unchanged."),
)


def taken(sock: ScriptedSocket) -> bytes:
    """What recv has brought so far."""
    return b"".join(data for sender, data in sock.events if sender == "S")


def keeps_asking(n: int, took: int, *, waits: bool) -> Finding:
    """It waits for more than the n octets that it was asked for, or has met the end of the stream.

    took is how many it has taken off the socket.
    """
    values = {"octets": amount(n), "took": took}
    return (
        "keeps-asking",
        say(
            "read_exactly was asked for {octets}, has taken {took}, and waits in recv for more.",
            **values,
        )
        if waits
        else say(
            "read_exactly was asked for {octets}, has taken {took}, and raised EOFError.", **values
        ),
        say("What becomes of each piece that recv brings, and what ends your loop?"),
    )


def wrong_end(n: int, took: int) -> Finding:
    """EOFError, and the stream had not ended."""
    if took > n:
        return keeps_asking(n, took, waits=False)
    if took == n:
        return (
            "no-end-here",
            say(
                "{octets} were asked for, and read_exactly raised EOFError when all had come.",
                octets=amount(n),
            ),
            say(
                "When does your loop end? Nothing was missing any more; and recv(0) brings b'' as "
                "well, which is no end."
            ),
        )
    return (
        "no-end-here",
        say(
            "More was still to come, and read_exactly raised EOFError, as if the stream had ended."
        ),
        say("EOFError belongs to one case: recv returned b'' while octets were still missing."),
    )


def wrong_piece(sock: ScriptedSocket, got: Any, expected: bytes, before: bytes) -> Finding | None:
    """Other octets than expected; before is what the call before this one returned."""
    if type(got) is not bytes:
        return None
    n, came = len(expected), taken(sock)
    if before and got.startswith(before) and not expected.startswith(before):
        return (
            "remembers",
            say(
                "read_exactly returned {got}, and {before!r} is what the call before had read.",
                got=short(got),
                before=before,
            ),
            REMEMBERS,
        )
    if 0 < n != len(came) and sock.events[:1] == [("S", got)] and got == came:
        return (
            "single-recv",
            say(
                "read_exactly returned {got}, which is what the first recv brought: {octets}, and "
                "{asked} were asked for.",
                got=short(got),
                octets=amount(len(came)),
                asked=n,
            ),
            say("How many octets are still missing after a recv, and who asks for them?"),
        )
    if len(got) > n:
        return (
            "too-many",
            say(
                "read_exactly(sock, {n}) returned {octets}: too many.", n=n, octets=amount(len(got))
            ),
            say("When does your loop end, and how much may the last recv bring?"),
        )
    if len(got) < n:
        return (
            "too-few",
            say(
                "read_exactly(sock, {n}) returned {octets}: too few.", n=n, octets=amount(len(got))
            ),
            say("What ends your loop? It may end when nothing is missing any more."),
        )
    return None


def wrong_taking(n: int, took: int) -> Finding | None:
    """The right octets were returned, and others were taken off the socket."""
    if took > n:
        return (
            "over-read",
            say(
                "read_exactly returned {octets}, and took {took} off the socket: the other {lost} "
                "are lost to whoever reads next.",
                octets=amount(n),
                took=took,
                lost=took - n,
            ),
            say("recv never brings more than it is asked for. How many may you ask for?"),
        )
    if took < n:
        return (
            "not-taken",
            say(
                "read_exactly returned {octets}, and took {took} off the socket.",
                octets=amount(n),
                took=took,
            ),
            say("What it returns has to come out of the socket: which line of yours calls recv?"),
        )
    return None


def end_unnoticed(got: object, came: int, n: int) -> Finding:
    return (
        "end-unnoticed",
        say(
            "The stream ended after {came} of {octets}, and read_exactly returned {got} as if "
            "nothing were missing.",
            came=came,
            octets=amount(n),
            got=short(got),
        ),
        say(
            "What does recv return at the end of the stream, and which exception does the "
            "docstring promise then?"
        ),
    )


# encode_line

HAS_BREAK = promised(
    "ValueError",
    # Translators: then follows "KeyError was raised, and ValueError was promised".
    say("The text has a line break in it,"),
    caught("ValueError"),
)
UNCHANGED = say("The text itself comes out unchanged, in UTF-8, and CRLF follows.")
OTHER_LINE: Finding = (
    "wrong-line",
    say("encode_line returned another line than the text that it was given."),
    UNCHANGED,
)


def not_encoded(text: str, error: UnicodeError) -> Finding:
    return (
        "not-utf8",
        say("encode_line could not encode {text!r}: {error}.", text=text[:40], error=error),
        say("Which encoding has a place for every letter, and is asked for in the docstring?"),
    )


def refused(text: str, error: ValueError) -> Finding:
    """A text without a line break was refused."""
    if "not found" in str(error):
        look = say("index raises ValueError when it finds nothing; `in` answers True or False.")
    elif not text:
        look = say('An empty text is a line as well, b"\\r\\n": it ends the header of every mail.')
    elif len(text.splitlines()) > 1:
        look = say(
            "str.splitlines knows more line ends than SMTP does; only two characters are forbidden."
        )
    elif not text.isascii():
        look = say("Only CR and LF are forbidden: no letter is.")
    elif "\t" in text:
        look = say(
            "Only CR and LF make two lines of one; a tab does not, though it is not printable."
        )
    else:
        look = say(
            'What makes your condition true? `"\\r" or ...` always is: a str that is not empty '
            "counts as true."
        )
    return (
        "refuses-too-much",
        say("encode_line refused {text!r}, which has no line break.", text=text[:40]),
        look,
    )


def wrong_break(text: str, got: object) -> Finding:
    """What was returned for a text that has a line break in it."""
    if type(got) is bytes and (b"\r" in got[:-2] or b"\n" in got[:-2]):
        return (
            "line-break-inside",
            say(
                "encode_line let the line break in {text!r} through: what goes out is more than "
                "one line.",
                text=text,
            ),
            say(
                'Compare with "\\r" and with "\\n", each by itself and with a backslash. An '
                "exception that is made and not raised does nothing."
            ),
        )
    sentence = say(
        "encode_line returned {got} for {text!r}, where ValueError was promised.",
        got=short(got),
        text=text,
    )
    if type(got) is not bytes:
        look = say("An exception that is made and not raised does nothing: `raise` throws it.")
        return "not-raised", sentence, look
    look = say("A text with a line break is a mistake of the caller's, who has to hear of it.")
    return "repairs-silently", sentence, look


def spaces_lost(text: str, got: object) -> Finding | None:
    if type(got) is bytes and got == text.strip().encode() + b"\r\n":
        return (
            "spaces-lost",
            say("encode_line took white space off the text; it belongs to the line."),
            say("A text goes out as it is. What in your code takes something away?"),
        )
    return None


def other_text(text: str, got: object) -> Finding:
    return (
        "wrong-line",
        say(
            "encode_line({text!r}) returned {got}: not that text and CRLF.",
            text=text[:40],
            got=short(got),
        ),
        UNCHANGED,
    )


def text_lost(text: str) -> Finding:
    return (
        "wrong-line",
        say("encode_line did not return {text!r} and CRLF.", text=text),
        UNCHANGED,
    )


def wrong_encoding(text: str, got: object) -> Finding | None:
    for encoding in ("latin-1", "utf-16", "utf-16-le", "gbk"):
        line = text.encode(encoding, errors="ignore") + b"\r\n"
        full = (text + "\r\n").encode(encoding, errors="ignore")
        if is_one_of(got, line, full):
            return (
                "not-utf8",
                say("encode_line made other octets of {text!r} than UTF-8 does.", text=text),
                say(
                    "These are the octets of {encoding}, and {encoding} is not UTF-8.",
                    encoding=encoding,
                ),
            )
    return None


def wrong_letters(text: str) -> Finding:
    return (
        "letters-lost",
        say("The octets that encode_line made of {text!r} are not its UTF-8.", text=text),
        say("Each letter has to survive: compare what came with what was expected."),
    )
