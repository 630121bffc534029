"""Lesson 02: which wrong idea is behind a reply, a command or an offer that is not right."""

import re
from typing import Any

from ...catalogue import counted, plural, say
from ...solutions.sockets import encode_line
from ..cases import Explain, Finding, is_one_of, known, place, promised, raised
from ..judge import Trial, Verdict

__all__ = [
    "FIRST_ANSWER",
    "LINE_TAKEN",
    "LOST_REPLY",
    "NOT_THE_SECOND",
    "NOT_WHOLE",
    "ONE_INT",
    "OWN_READER",
    "PROMISED_AT_CHANGE",
    "PROMISED_AT_END",
    "SENT_FIRST",
    "STRICT_DECODE",
    "WRONG_REPLACEMENT",
    "WRONG_RETURN",
    "accepts_nonsense",
    "break_taken",
    "call_with",
    "code_changes",
    "expected_refused",
    "good_line_refused",
    "other_offers",
    "other_reply",
    "promised_error",
    "promised_for_nonsense",
    "promised_refusal",
    "reads_on",
    "refuses_short",
    "swallows_end",
    "unexpected_accepted",
    "wrong_error",
    "wrong_line",
    "wrong_offers",
    "wrong_reply",
    "wrong_reply_line",
]

# parse_reply_line

FIRST_ANSWER = (250, True, "OK")  # to the first of the lines
# line[3] == b"-", or line[3] in (b" ", b"-"): an int held against bytes.
OCTET_AGAINST_BYTES = re.compile(
    r"\[-?\d+\]\s*(?:(?:==|!=)\s*b['\"]|(?:not\s+)?in\s*[(\[{]\s*b['\"])"
)
OCTET_IS_INT = say('line[3] is an int, 45 for a hyphen, and never equals b"-". line[3:4] is bytes.')
NOT_RAISED = say("raise ValueError(...) ends the call; an exception that is returned is a value.")
SHOWN_BYTES = known(
    ("\"b'", say("str(line) writes b and the quotes too: that is how Python shows bytes."))
)
STRICT_DECODE: Finding = (
    "strict-decode",
    say("parse_reply_line stops with UnicodeDecodeError when the text of a reply is no UTF-8."),
    say("The code is what a client acts on. decode() has an argument for what it cannot read."),
)
WRONG_REPLACEMENT: Finding = (
    "wrong-replacement",
    say("The octets that are no UTF-8 should each have become U+FFFD."),
    say('decode() takes errors="replace".'),
)


def call_with(line: bytes) -> str:
    return f"parse_reply_line({line!r})"


def compares_octet(trial: Trial) -> bool:
    return bool(trial.source and OCTET_AGAINST_BYTES.search(trial.source.text))


def good_line_refused(trial: Trial) -> Explain:
    """Why a good line raised."""

    def explain(verdict: Verdict) -> Finding | None:
        if raised(verdict) == "ValueError" and compares_octet(trial):
            return (
                "octet-against-bytes",
                say(
                    "A good reply line was refused: one octet of it was compared with bytes, and "
                    "{place} raised ValueError.",
                    place=place(verdict),
                ),
                OCTET_IS_INT,
            )
        return SHOWN_BYTES(verdict)

    return explain


def refuses_short(line: bytes) -> Finding:
    return (
        "refuses-short",
        say(
            "{call} raised ValueError, and a reply may come without any text.", call=call_with(line)
        ),
        say("RFC 5321, section 4.2: a client must accept a code alone."),
    )


def wrong_reply_line(
    trial: Trial, got: Any, expected: tuple[int, bool, str], line: bytes
) -> Finding:
    """The diagnosis of a wrong answer."""
    call = call_with(line)
    if not (isinstance(got, tuple) and len(got) == 3):
        return (
            "not-three",
            say("{call} should return three things: code, last, text.", call=call),
            say("return code, last, text makes a tuple of three."),
        )
    if is_one_of(got, FIRST_ANSWER):
        return (
            "same-answer",
            say(
                "{call} returned {got!r}: the answer does not change with the argument.",
                call=call,
                got=got,
            ),
            say("Does your function use its parameter, or a line that it was given nowhere?"),
        )
    code, last, text = got
    if code == expected[0] and text == expected[2] and last == (not expected[1]):
        if compares_octet(trial):
            return (
                "octet-against-bytes",
                say(
                    "{call} returned last={last!r}: one octet of the line was compared with bytes.",
                    call=call,
                    last=last,
                ),
                OCTET_IS_INT,
            )
        if line.count(b"-") and line[3:4] != b"-":
            return (
                "hyphen-anywhere",
                say("{call} took a hyphen inside the text for the one after the code.", call=call),
                say("Only the fourth octet says whether more lines follow."),
            )
        if line[3:4] == b"-" and b" " in line:
            return (
                "last-wrong",
                say(
                    "{call} says that this is the last line, and its fourth octet is a hyphen.",
                    call=call,
                ),
                say("A hyphen there means: more lines follow. Spaces later on mean nothing."),
            )
        return (
            "last-wrong",
            say(
                "{call} returned last={last!r}, and here it is {expected!r}.",
                call=call,
                last=last,
                expected=expected[1],
            ),
            say("A hyphen after the code means that more lines follow; anything else, the last."),
        )
    if code == expected[0] and last == expected[1] and isinstance(text, str):
        trimmed = text.strip() == expected[2].strip()
        return (
            "text-trimmed" if trimmed and len(text) < len(expected[2]) else "text-wrong",
            say(
                "{call} returned the text {text!r}, and the line says {expected!r}.",
                call=call,
                text=text,
                expected=expected[2],
            ),
            say("One octet stands between code and text. Every octet after it is text."),
        )
    return (
        "wrong-parts",
        say(
            "{call} returned {got!r}, and the line says {expected!r}.",
            call=call,
            got=got,
            expected=expected,
        ),
        say("Three octets of code, one that says whether more follows, the rest is text."),
    )


def accepts_nonsense(line: bytes, got: Any, why: str) -> Finding:
    """why: what makes this line no reply, as a sentence."""
    return (
        "accepts-nonsense",
        say("{call} returned {got!r}, and this line is no reply.", call=call_with(line), got=got),
        NOT_RAISED
        if isinstance(got, BaseException)
        # Translators: why is a sentence such as "Two digits and nothing more."
        else say("{why} Raise ValueError: a client that goes on with it is out of step.", why=why),
    )


def promised_for_nonsense(line: bytes, why: str) -> Explain:
    """Another exception than ValueError came. why: as above."""
    # Translators: why is a sentence such as "Two digits and nothing more."
    look = say("{why} The docstring says which exception its callers wait for.", why=why)
    return promised("ValueError", for_line(line), look)


def for_line(line: bytes | str) -> str:
    # Translators: goes on with "IndexError was raised, and ValueError was promised."
    return say("For {line!r}", line=line)


# read_reply

LOST_REPLY: Finding = (
    "lost-reply",
    say("The second reply is gone: the first call took it out of the reader."),
    say("Take lines from the reader one by one; it keeps the rest for the next call."),
)
NOT_THE_SECOND: Finding = (
    "wrong-reply",
    say("read_reply did not return the second of two replies."),
    "",
)
PROMISED_AT_CHANGE = promised("ValueError", say("The code changed within a reply."), NOT_RAISED)
LET_PASS = say("Half a reply is none. Let the reader's EOFError pass through: catch nothing.")
PROMISED_AT_END = promised("EOFError", say("The stream ended in the middle of a reply."), LET_PASS)


def reads_on(code: int, lines: list[str]) -> Finding:
    return (
        "reads-on",
        say(
            "{line!r} was the last line of the reply, and read_reply asked for another.",
            line=f"{code} {lines[-1]}".strip(),
        ),
        say(
            "A hyphen after the code means that more lines follow; a space, or nothing, ends the "
            "reply."
        ),
    )


def wrong_reply(
    got: Any, code: int, lines: list[str], before: list[str], single: bool
) -> Finding | None:
    """What a wrong answer tells. single: the lines came one by one."""
    if is_one_of(got, (code, lines)):
        return None
    if is_one_of(got, (code, [f"{code} {text}" for text in lines])):
        return (
            "codes-kept",
            say("read_reply left the code in the line, and only its text belongs into the list."),
            say("parse_reply_line returns the text by itself."),
        )
    if before and is_one_of(got, (code, before + lines)):
        return (
            "list-shared",
            say("The list still holds the line of the call before: {line!r}.", line=before[0]),
            say(
                "A list that stands outside the function, or in its def line, is made once. Each "
                "call needs a new one."
            ),
        )
    if is_one_of(got, (code, lines[:-1])):
        return (
            "last-line-lost",
            say("The text of the last line is missing."),
            say("The last line ends the reply, and it belongs to it."),
        )
    if len(lines) > 1 and is_one_of(got, (code, lines[:1])):
        if single:  # all three lines were returned when they came together
            return (
                "single-recv",
                say("read_reply returned what one recv gave it, and the reply was not yet whole."),
                say("How much one recv returns is chance. The last line's code tells the end."),
            )
        return (
            "first-line-only",
            say("read_reply returned after the first line, and its hyphen said that more follow."),
            say("parse_reply_line tells you whether a line is the last one."),
        )
    if len(lines) > 1 and is_one_of(got, (code, lines[-1:])):
        return (
            "last-line-only",
            counted(
                len(lines),
                plural(
                    "read_reply read {count} line, and returned the last one alone.",
                    "read_reply read all {count} lines, and returned the last one alone.",
                ),
            ),
            say("Keep every line's text in a list as it comes."),
        )
    if len(lines) > 100:
        return (
            "too-few-lines",
            # Translators: count is 101.
            say("read_reply did not return all {count} lines of a long reply.", count=len(lines)),
            say("Nothing limits how many lines a reply has: loop until the last one."),
        )
    both = type(got) is tuple and len(got) == 2 and type(got[1]) is list
    return reads_on(code, lines) if both and got[1][: len(lines)] == lines != got[1] else None


def other_reply(lines: list[str]) -> Finding:
    """What is said of an answer that tells nothing."""
    return (
        "wrong-reply",
        counted(
            len(lines),
            plural(
                "read_reply did not return the code and the list of lines of this reply.",
                "read_reply did not return the {count} lines of this reply.",
            ),
        ),
        say(
            "It returns two things: the code, an int, and a list with one str for each line, in "
            "order, without the codes."
        ),
    )


def code_changes(got: Any) -> Finding:
    return (
        "code-changes",
        say(
            "read_reply returned {got!r} for a reply that begins with 250 and goes on with 550.",
            got=got,
        ),
        say(
            "Each line of one reply has the same code. Another one means that client and server "
            "are out of step: raise ValueError."
        ),
    )


def swallows_end(got: Any) -> Finding:
    return (
        "swallows-eof",
        say(
            "read_reply returned {got!r} although the stream ended in the middle of the reply.",
            got=got,
        ),
        LET_PASS,
    )


# command

TUPLE_FIRST = say("expect may be one int: make a tuple of it first.")
ONE_INT = known(("argument of type 'int'", TUPLE_FIRST), ("'int' object is not", TUPLE_FIRST))
REFUSE = say("Refuse a CR or an LF with ValueError, before anything is sent; encode_line does.")
WRONG_RETURN: Finding = (
    "wrong-return",
    say("command did not return the code and the lines of the reply."),
    say("Return what read_reply returned."),
)
NOT_WHOLE: Finding = (
    "not-whole-reply",
    say("command did not return the whole reply."),
    say("read_reply reads a whole reply, however it is cut."),
)
OWN_READER: Finding = (
    "own-reader",
    say("command read past the reader that it was given, and lost what was kept in there."),
    say("There is one reader for a connection: use the one in the parameters."),
)
SENT_FIRST: Finding = (
    "sent-first",
    say("command raised ValueError, but the octets were sent before."),
    say("Look at the line first, then send."),
)


def promised_error(code: str) -> Explain:
    """Another exception than ReplyError came, for a code that was not hoped for."""
    return promised(
        "ReplyError",
        say("The reply was {code}.", code=code),
        say("raise ReplyError(code, lines)."),
    )


def wrong_line(sent: bytes, line: str, code: str) -> Finding | None:
    """What is wrong with the octets of a command. code: of the reply that came."""
    right = encode_line(line)
    if sent == right:
        return None
    if sent == right * (sent.count(b"\n") or 1):
        return (
            "said-again",
            say("{code} came, and command sent the line a second time.", code=code),
            say("One line, one reply. A code that was not hoped for is no reason to ask again."),
        )
    if sent in (line.encode(name, "replace") + b"\r\n" for name in ("latin-1", "ascii")):
        return (
            "not-utf-8",
            say("command sent {line!r} in another character set than UTF-8.", line=line),
            say("encode() without a name is UTF-8; encode_line does it."),
        )
    return (
        "wrong-line",
        say("command was given {line!r} and sent {sent!r}.", line=line, sent=sent),
        say("encode_line makes the octets of a line, whatever it is."),
    )


def expected_refused(expect: Any, code: str, error: BaseException) -> Finding:
    several = isinstance(expect, tuple)
    return (
        "tuple-refused" if several else "expected-refused",
        say(
            "expect was {expect}, {code} came, and command raised {error}.",
            expect=expect,
            code=code,
            error=type(error).__name__,
        ),
        say("expect is an int or a tuple of ints. A tuple is never equal to an int; ask with in.")
        if several
        else say("The code that comes is an int, and so is expect. What do you compare?"),
    )


def unexpected_accepted(code: int, expect: Any, got: Any) -> Finding:
    return (
        "unexpected-accepted",
        say(
            "The reply was {code}, hoped for was {expect}, and command returned {got!r}.",
            code=code,
            expect=expect,
            got=got,
        ),
        say("Raise ReplyError for any code but those in expect: 250 is no answer to DATA."),
    )


def wrong_error(error: BaseException, code: int, lines: list[str]) -> Finding | None:
    """What is wrong with what a ReplyError carries."""
    for attribute, wanted in (("code", code), ("lines", lines)):
        value = getattr(error, attribute, None)
        if not is_one_of(value, wanted):
            return (
                "wrong-error",
                say(
                    "The ReplyError has .{attribute} {value!r}, and the reply was {code} "
                    "{lines!r}.",
                    attribute=attribute,
                    value=value,
                    code=code,
                    lines=lines,
                ),
                say("raise ReplyError(code, lines), both as read_reply returned them."),
            )
    return None


def break_taken(line: str, sent: bytes) -> Finding:
    """What became of a line with a line break, which no ValueError refused."""
    inside = sent.removesuffix(b"\r\n")
    if b"\r" in inside or b"\n" in inside:
        return (
            "injection",
            say("command sent {sent!r}: a line break went out inside the command.", sent=sent),
            REFUSE,
        )
    return (
        "break-accepted",
        say(
            "command took {line!r} and sent {sent!r}, instead of refusing it.",
            line=line,
            sent=sent,
        ),
        REFUSE,
    )


def promised_refusal(line: str) -> Explain:
    """Another exception than ValueError came, for a line with a line break."""
    return promised("ValueError", for_line(line), REFUSE)


# parse_ehlo

LINE_TAKEN: Finding = (
    "changes-argument",
    say("parse_ehlo changed the list that it was given: its caller has lost a line."),
    say("reply[1:] is a new list without the first line."),
)


def wrong_offers(got: dict[Any, Any], reply: list[str], expected: dict[str, str]) -> Finding | None:
    """What a wrong dict tells."""
    names, lost = list(expected), set(expected) - set(got)
    lines = dict(zip(names, reply[1:], strict=True))
    if any(str(key).lower().startswith("mail.") for key in got):
        return (
            "greeting-as-offer",
            say("parse_ehlo took the server's greeting for an offer."),
            say("The first line says who the server is; the offers begin with the second."),
        )
    if any(key not in expected and str(key).upper() in expected for key in got):
        return (
            "keyword-case",
            say(
                "parse_ehlo left the keywords as they came, and a caller asks for them in upper "
                "case."
            ),
            say(
                "Keywords may come in any case (RFC 5321, section 4.1.1.1): upper() makes them one."
            ),
        )
    if lost and set(got) < set(expected):
        bare = {name for name in names if not expected[name]}
        if lost == bare != set(expected):
            return (
                "offer-lost",
                say(
                    "parse_ehlo lost {keyword}, which comes without parameters.",
                    keyword=names[min(map(names.index, lost))],
                ),
                say("An offer may be a keyword alone. partition() always returns three pieces."),
            )
        if list(got) == names[:1]:
            return (
                "first-offer-only",
                say("Only the first offer came back."),
                say("Is return inside the loop? It ends the function on its first turn."),
            )
        if list(got) == names[-1:]:
            return (
                "last-offer-only",
                say("Only the last offer came back."),
                say("Is the dict made inside the loop? Then each turn begins with an empty one."),
            )
        if list(got) == names[:-1]:
            return (
                "last-offer-lost",
                say("The last offer is missing: {line!r}.", line=reply[-1]),
                say("How far does your loop go? reply[1:] goes to the end."),
            )
    for keyword, wanted in expected.items():
        value = got.get(keyword)
        if keyword not in got or is_one_of(value, wanted):
            continue
        if value is None:
            return (
                "none-for-empty",
                say(
                    "{keyword} has no parameters, and parse_ehlo gives None where a str is "
                    "promised.",
                    keyword=keyword,
                ),
                say('An empty str, "", lets callers split and search without a question first.'),
            )
        if isinstance(value, list | tuple):
            return (
                "parameters-list",
                say(
                    "The parameters of {keyword} came back as {value!r:.60}, and one str is "
                    "promised.",
                    keyword=keyword,
                    value=value,
                ),
                say("The parameters are everything after the first space, as they came."),
            )
        if value == wanted.upper():
            return (
                "parameters-upper",
                say("parse_ehlo changed the case of the parameters as well."),
                say("Only the keyword is put into upper case."),
            )
        if is_one_of(value, *wanted.split()[:1]) and len(wanted.split()) > 1:
            return (
                "parameters-cut",
                say(
                    "{keyword} has the parameters {wanted!r}, and parse_ehlo kept the first alone.",
                    keyword=keyword,
                    wanted=wanted,
                ),
                say("The parameters are everything after the first space."),
            )
        if isinstance(value, str) and value.split() == wanted.split():
            return (
                "parameters-trimmed",
                say(
                    "After the first space of {line!r} stands {wanted!r}, and parse_ehlo returned "
                    "{value!r}.",
                    line=lines[keyword],
                    wanted=wanted,
                    value=value,
                ),
                say(
                    "Parameters stay as they are. split() and strip() take spaces away; partition "
                    "cuts at the first one and touches no other."
                ),
            )
    return None


def other_offers(expected: dict[str, str]) -> Finding:
    """What is said of an answer that tells nothing."""
    return (
        "wrong-offers",
        counted(
            len(expected),
            plural(
                "parse_ehlo did not return the {count} offer of this reply.",
                "parse_ehlo did not return the {count} offers of this reply.",
            ),
        ),
        say(
            "A dict: the keyword in upper case, then all that follows its first space, or an empty "
            "str."
        ),
    )
