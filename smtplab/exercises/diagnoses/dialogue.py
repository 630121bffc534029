"""Lesson 02: which wrong idea is behind a reply, an offer, a dot or a letter that is not right."""

import re
from typing import Any

from ...catalogue import counted, plural, say
from ...solutions import dialogue as reference
from ..cases import Finding, is_one_of, throws_away
from ..judge import Trial

__all__ = [
    "DOT_AND_TEXT",
    "EARLY_UNREAD",
    "FIRST_ANSWER",
    "NOT_STUFFED",
    "OCTET_IS_INT",
    "compares_octet",
    "unfinished",
    "wrong_offers",
    "wrong_reply",
    "wrong_reply_line",
    "wrong_stuffing",
]

# parse_reply_line

FIRST_ANSWER = (250, True, "OK")  # to the first of the lines
# line[3] == b"-", or line[3] in (b" ", b"-"): an int held against bytes.
OCTET_AGAINST_BYTES = re.compile(
    r"\[-?\d+\]\s*(?:(?:==|!=)\s*b['\"]|(?:not\s+)?in\s*[(\[{]\s*b['\"])"
)
OCTET_IS_INT = say('line[3] is an int, 45 for a hyphen, and never equals b"-". line[3:4] is bytes.')


def compares_octet(trial: Trial) -> bool:
    return bool(trial.source and OCTET_AGAINST_BYTES.search(trial.source.text))


def wrong_reply_line(
    trial: Trial, got: Any, expected: tuple[int, bool, str], line: bytes
) -> Finding:
    """The diagnosis of a wrong answer."""
    call = f"parse_reply_line({line!r})"
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


# read_reply


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
    return None


# parse_ehlo


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


# dot_stuff

DOT_AND_TEXT = b"one\r\n.two\r\n"


def wrong_stuffing(trial: Trial, got: Any, body: bytes, expected: bytes) -> Finding:
    """The diagnosis of a wrong answer."""
    if is_one_of(got, body):
        if throws_away(trial, "replace"):
            return (
                "result-dropped",
                say("dot_stuff left a dot at the start of a line as it was."),
                say("replace changes nothing: it returns new bytes, and your line lets them go."),
            )
        if body.startswith(b".") and b"\r\n." not in body:
            return (
                "first-line-missed",
                say("dot_stuff left the dot at the start of the very first line alone."),
                say("No CRLF stands before the first line."),
            )
        if body == DOT_AND_TEXT:  # the lone dot of the case before was doubled
            return (
                "lone-dot-only",
                say("dot_stuff doubled a lone dot, and left a dot with text after it as it was."),
                say("The server takes a dot away from every line that begins with one."),
            )
        return (
            "not-stuffed",
            say("dot_stuff left a dot at the start of a line as it was."),
            say("RFC 5321, section 4.5.2: a line that begins with a dot gets one more."),
        )
    if is_one_of(got, expected + b".\r\n", expected + b"\r\n.\r\n"):
        return (
            "adds-end",
            say("dot_stuff added the dot that ends the mail, which is not part of the text."),
            say("The ending belongs to deliver."),
        )
    if is_one_of(got, expected + b"\r\n", expected.rstrip(b"\r\n")):
        return (
            "end-changed",
            say("dot_stuff changed the end of the text."),
            say("Split and join may add or lose a CRLF. Only dots are doubled here."),
        )
    bare = body.replace(b"\r\n.", b"")
    more = isinstance(got, bytes) and got.count(b".") > expected.count(b".")
    if more and (b"\n." in bare or b"\r." in bare):
        return (
            "bare-line-end",
            say("dot_stuff doubled a dot after a bare LF or CR, which ends no line in SMTP."),
            say("The server takes a dot away after CRLF alone: the extra one would stay."),
        )
    if is_one_of(got, body.replace(b".", b"..")):
        return (
            "every-dot",
            say("dot_stuff doubled dots that are not at the start of a line."),
            say("The server takes one away at the start of a line alone: the others would stay."),
        )
    if body.startswith(b".") and is_one_of(got, expected[1:]):
        return (
            "first-line-missed",
            say("dot_stuff left the dot at the start of the very first line alone."),
            say("No CRLF stands before the first line."),
        )
    if body.startswith(b".") and is_one_of(got, b"." + body):
        return (
            "first-line-only",
            say("dot_stuff doubled the dot of the first line, and of no other."),
            say("Every line that begins with a dot gets one more."),
        )
    if isinstance(got, bytes) and got.replace(b"\r\n", b"\n") == expected.replace(b"\r\n", b"\n"):
        return (
            "line-ends-changed",
            say("dot_stuff doubled the right dots, and changed the line ends."),
            say("Lines end in CRLF before and after."),
        )
    if isinstance(got, bytes) and got.count(b"\r\n") == body.count(b"\r\n"):
        pairs = zip(body.split(b"\r\n"), got.split(b"\r\n"), strict=True)
        for number, (line, came) in enumerate(pairs, 1):
            if line == came and line.startswith(b"."):
                return (
                    "line-left",
                    say(
                        "Line {number}, {line!r}, was left as it was: a line with two dots gets a "
                        "third.",
                        number=number,
                        line=line,
                    )
                    if line == b".."
                    else say(
                        "Line {number}, {line!r}, was left as it was.", number=number, line=line
                    ),
                    say(
                        "Every line that begins with a dot gets one more, however many come before "
                        "it and however many dots it has."
                    ),
                )
    return (
        "wrong-octets",
        say("dot_stuff did not return the text with one more dot where a line begins with one."),
        say("Everything else stays as it was, octet for octet."),
    )


# deliver

EARLY_UNREAD = (
    "data-unanswered",
    say("The reply read after the dot was 354, the answer to DATA: nobody had read it."),
    say("Each reply answers one question, in order. Which of your lines reads the answer to DATA?"),
)
NOT_STUFFED = (
    "not-stuffed",
    say("A line of the message began with a dot, and the mail did not arrive as it was."),
    say("dot_stuff the message before it is sent."),
)


def unfinished(content: bytes, message: bytes, place: str) -> Finding:
    """Why the server is still in the letter when deliver returns, or waits at a place."""
    stuffed = reference.dot_stuff(message)
    if place and len(content) < len(message) and stuffed.startswith(content):
        return (
            "reply-in-letter",
            say(
                "In the middle of the letter {place} waits for a reply, and there nobody answers.",
                place=place,
            ),
            say("During the letter the server is silent. It speaks again after the lone dot."),
        )
    last = content.removesuffix(b"\r\n").rpartition(b"\r\n")[2]
    if last.endswith(b".") and last.strip(b"\r\n."):
        return (
            "dot-glued",
            say(
                "The closing dot stands at the end of the last line, {last!r}, so it closes "
                "nothing.",
                last=last,
            ),
            say("The dot stands alone on its line: the message before it must end in CRLF."),
        )
    return (
        "not-closed",
        say(
            "The server still waits for the line that ends the letter, and your last line is "
            "{last!r}.",
            last=last,
        )
        if content.endswith(b"\r\n")
        else say(
            "The server still waits for the line that ends the letter, and your last line is "
            "{last!r}, without CRLF.",
            last=last,
        ),
        say(
            "A lone dot ends it: a dot, CRLF, and CRLF before it. It is no part of the letter, and "
            "is not doubled."
        ),
    )
