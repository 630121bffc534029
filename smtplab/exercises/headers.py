"""Lesson 05: what is asked, how it is judged, and what is predicted."""

import base64
import time
from collections.abc import Callable
from contextlib import suppress
from types import FunctionType
from typing import Any, NoReturn

from ..catalogue import counted, plural, say
from ..solutions import headers as reference
from .cases import OCTETS, Finding, brief, explained, promised
from .diagnoses.bodies import wrong_base64, wrong_part, wrong_quoted
from .diagnoses.headers import wrong_lines, wrong_value, wrong_words
from .judge import Exercise, Lesson, Question, Trial
from .judge.trial import Over
from .strict import Broken, read_words

__all__ = ["LESSON"]

WAITS_FOR = promised(
    "ValueError",
    # Translators: the sentence goes on: "... UnicodeError was raised, and ValueError was promised."
    say("Where a refusal was due,"),
    say("Whoever calls waits for a ValueError, and for nothing else."),
)
SURROGATE = "a\ud800b"

# Four octets in UTF-8, two characters that make one letter, and letters of two octets.
SMILE, COMBINED, UMLAUTS = "😀", "e\u0301", "Grüße "


def ask(trial: Trial, function: Any, *args: Any, raises: Any = ()) -> Any:
    """Call, with the steps of the case before it taken away: each case stands alone."""
    trial.steps.clear()
    shown = ", ".join(map(brief, args))
    return trial.call(function, *args, says=f"{trial.name}({shown})", raises=raises)


def show_lines(trial: Trial, got: bytes) -> None:
    """A step for each of the first lines of what came back."""
    for number, line in enumerate(got.splitlines(keepends=True)[:4], 1):
        # Translators: {line} is the octets of the line.
        forms = plural(
            "Line {number} of what it returns, 1 octet: {line!r:.90}",
            "Line {number} of what it returns, {count:,} octets: {line!r:.90}",
        )
        trial.step(counted(len(line.rstrip(b"\r\n")), forms, number=number, line=line))


def judge_legal(trial: Trial, got: Any, right: str | bytes, args: str) -> None:
    """End the check over an exception where none was due, or over a value of another type."""
    if trial.raised(got, UnicodeError):
        trial.fail(
            "unicode-error",
            say(
                "{call} raised {kind}: {message}.",
                call=f"{trial.name}({args})",
                kind=type(got).__name__,
                message=got,
            ),
            say(
                "Octets are no text: not every octet is a letter. They go through as they are, "
                "without decode()."
            )
            if type(got) is UnicodeDecodeError
            else say(
                "encode() without a name is UTF-8, which has every letter. What goes through "
                'encode("ascii") must be ASCII before.'
            ),
        )
    if trial.raised(got, ValueError):
        trial.step(say("It raises {kind}: {message}.", kind=type(got).__name__, message=got))
        trial.fail(
            "refuses-legal",
            say(
                "{call} was refused, and nothing in it is forbidden.", call=f"{trial.name}({args})"
            ),
            say('`"\\r" or "\\n" in value` is always true: ask for each by itself.')
            if args == "'Subject', 'Hello, Lin'"
            else say("Which of your conditions is true here, and what was it meant for?"),
        )
    if type(got) is not type(right):
        trial.equal(got, right, reason="wrong-type", sentence="")


def judge_refusal(trial: Trial, function: Any, args: tuple[Any, ...], taken: Any) -> None:
    """What must raise ValueError; taken(got) says what is wrong with a value in its place."""
    with explained(WAITS_FOR):
        got = ask(trial, function, *args, raises=(ValueError,))
    if trial.raised(got, ValueError):
        return
    if isinstance(got, BaseException):
        trial.fail(
            "returned-exception",
            say(
                "{name} returned a {kind}, and did not raise it.",
                name=trial.name,
                kind=type(got).__name__,
            ),
            say("An exception that is only made does nothing: raise it."),
        )
    trial.require(
        got is not None,
        "no-exception",
        say(
            "{name} returned None, and raised nothing: whoever called does not notice.",
            name=trial.name,
        ),
        say("The docstring promises ValueError for this."),
    )
    trial.step(say("It returns {got!r:.150}.", got=got))
    trial.fail(*taken(got))


def judge_surrogate(trial: Trial, function: Any, *args: str) -> None:
    def taken(got: Any) -> Finding:
        return (
            "surrogate-taken",
            say(
                "A lone surrogate was taken: it is half of a character, and has no octets in UTF-8."
            ),
            say(
                "encode() without an errors argument raises UnicodeEncodeError, which is a "
                "ValueError."
            ),
        )

    judge_refusal(trial, function, args, taken)


# encode_word

WORD_TEXTS = (
    "你好", "Grüße", "课程讲义编码邮件网络文字第五讲",  # 45 octets: exactly one word
    "第五讲编码之路从字节到文字每一个字都要完整地到达对方的邮箱里面",
    "课程讲义编码邮件网络文字第五讲。", "a课程讲义编码邮件网络文字第五讲", "ab" + "课程" * 40,
    "ü" * 23, SMILE * 11, SMILE * 12, "x" + SMILE * 40, COMBINED * 60, " 你 好 ", "a " + "ö " * 90,
    "Hello", "",
)  # fmt: skip


def check_encode_word(trial: Trial, encode_word: Callable[[str], str]) -> None:
    last = before = ""
    for text in WORD_TEXTS:
        got = ask(trial, encode_word, text, raises=(ValueError,))
        judge_legal(trial, got, reference.encode_word(text), brief(text))
        trial.require(
            not last or text.startswith(before) or not got.startswith(f"{last} "),
            "call-before",
            say("encode_word returned the words of the call before, and then those of this one."),
            say(
                "What does your function remember between two calls? A list as a default value is "
                "made once, and stays."
            ),
        )
        last, before = got, text
        finding = wrong_words(got, text)
        if finding is not None:
            for number, word in enumerate(got.split()[:3], 1):
                trial.step(
                    say(
                        "Word {number} is {word!r:.100}, {length} octets.",
                        number=number,
                        word=word,
                        length=len(word),
                    )
                )
            trial.fail(*finding)
    judge_surrogate(trial, encode_word, SURROGATE)
    trial.steps[:] = [
        say("{count} texts came back whole, character by character.", count=len(WORD_TEXTS))
    ]


# header

ADDRESSES = "小林 <lin@lab.test>, 小王 <sam@lab.test>"
FIELDS = (
    ("Subject", "Hello, Lin"),
    ("Subject", "你好"),
    ("X-Empty", ""),
    ("X-A", "Re: 你好, Lin"),
    ("Subject", "two  spaces"),
    ("Subject", "tab\there"),
    ("Subject", "你 好"),
    ("Subject", "你  好 and  再见"),
    ("Subject", "trailing  "),
    ("Subject", "你好\t "),
    ("From", "小林 <lin@lab.test>"),
    ("To", ADDRESSES),
    ("Subject", "a" * 33 + " " + "b" * 33),
    ("Subject", "a" * 33 + " " + "b" * 34),
    ("Subject", "a" * 33 + " " + "b" * 36),
    ("Subject", "one two three four five six " * 12 + "."),
    ("Subject", "课程" * 60),
    ("Subject", "编码 in the lecture " * 12 + "end"),
    ("Subject", "Fwd: " + SMILE * 40),
    ("Subject", COMBINED * 60),
    ("Subject", UMLAUTS * 30 + "x"),
    # An encoded word of 20 octets that would end at octet 77, and at octet 78.
    ("Subject", "a" * 47 + " 你好"),
    ("Subject", "a" * 48 + " 你好"),
    ("MIME-Version", "1.0"),
    ("X-Room_101.b", "Hello"),
    ("Subject", "x" * 300),
    ("Subject", "see " + "x" * 900 + " there"),
)
HOSTILE_VALUES = (
    # Translators: what a value has in it that is forbidden, as in "A value with {what} was taken."
    ("Hi\r\nBcc: director@lab.test", say("a CR LF in it")),
    ("Hi\nBcc: a@lab.test", say("an LF in it")),
    ("Hi\rBcc: director@lab.test", say("a CR in it")),
    ("Hi\n", say("an LF at its end")),
    ("Hi\r\n there", say("a CR LF and a space in it")),
    ("你好\r\nBcc: a@lab.test", say("a CR LF in it")),
    ("Hi\0there", say("a NUL in it")),
)
HOSTILE_NAMES = ("Sub\r\nject", "Subject\n", "Sub\0ject", "Sub ject", "Subject:", "", "Sübject",
                 "Sub\tject", "Sub\x7fject")  # fmt: skip


def check_header(trial: Trial, header: Callable[[str, str], bytes]) -> None:
    for name, value in FIELDS:
        got = ask(trial, header, name, value, raises=(ValueError,))
        judge_legal(trial, got, reference.header(name, value), f"{name!r}, {brief(value)}")
        judge_field(trial, got, name, value)
    for value, what in HOSTILE_VALUES:
        judge_refusal(
            trial,
            header,
            ("Subject", value),
            lambda got, v=value, w=what: taken_value(got, v, w),
        )
    for name in HOSTILE_NAMES:
        judge_refusal(
            trial,
            header,
            (name, "Hi"),
            lambda got, n=name: (
                "name-taken",
                say("{name!r} was taken for the name of a field.", name=n),
                say(
                    "A name has one character or more, all printable ASCII, no space and no colon."
                ),
            ),
        )
    judge_surrogate(trial, header, "Subject", SURROGATE)
    word = "x" * 2000
    with explained(WAITS_FOR):
        got = ask(trial, header, "Subject", word, raises=(ValueError,))
    if not trial.raised(got, ValueError):
        # Not what the docstring says, and a right letter too: encoded words can carry it.
        judge_legal(trial, got, b"", "")
        judge_field(trial, got, "Subject", word, ascii_stays=False)
    trial.steps[:] = [
        say(
            "{count} fields read back as they were given, each line within its measure.",
            count=len(FIELDS),
        ),
        say("{count} wrong ones were refused.", count=len(HOSTILE_VALUES) + len(HOSTILE_NAMES) + 2),
    ]


def taken_value(got: Any, value: str, what: str) -> Finding:
    octets = got if type(got) is bytes else b""
    inside = octets.decode("latin-1").removesuffix("\r\n")
    with suppress(Broken):
        inside = read_words(inside)
    if "\0" in value:
        return (
            "nul-taken",
            say("A value with {what} was taken.", what=what),
            say("Some programs take a NUL for the end of the text: what follows it disappears."),
        )
    if b"\nBcc" in octets or b"\rBcc" in octets:
        return (
            "line-break-taken",
            say("A value with {what} was taken, and the letter gets a second field.", what=what),
            say("Look for CR and for LF, each by itself, before anything else is done."),
        )
    if octets and "\r" not in inside and "\n" not in inside:
        return (
            "cleaned",
            say("A line break was taken out of the value, and nobody was told."),
            say(
                "Who sends such a value means no good, or has an error: the docstring promises "
                "ValueError."
            ),
        )
    if b"=?" in octets:
        return (
            "line-break-taken",
            say("A line break went into an encoded word, and comes out again at the reader."),
            say("Look for CR and LF before anything is encoded."),
        )
    return (
        "line-break-taken",
        say("A value with {what} was taken.", what=what),
        say("Look for CR and for LF, each by itself, wherever they stand."),
    )


def judge_field(trial: Trial, got: bytes, name: str, value: str, ascii_stays: bool = True) -> None:
    finding = wrong_lines(got, name) or wrong_value(got, name, value, ascii_stays)
    if finding is not None:
        show_lines(trial, got)
        trial.fail(*finding)


# quoted_printable

QUOTED_TEXTS = (
    "1 + 1 = 2, 你", "", "Hello", "one\ntwo", "one\r\ntwo\r\n", "\n\n", "end \nof\t\nline ",
    "a\tb c", "x" * 75, "x" * 76, "x" * 77, "x" * 75 + "=", "x" * 74 + "ü", "x" * 75 + " ",
    "x" * 75 + " y", "=" * 60, "你" * 60, SMILE * 20, COMBINED * 30, ".\n..\nFrom me\n", "a\rb",
    "nul \0 and \x7f", "word " * 60, ("课" * 24 + "\n") * 3, "~!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}",
)  # fmt: skip


def check_quoted_printable(trial: Trial, quoted_printable: Callable[[str], bytes]) -> None:
    for text in QUOTED_TEXTS:
        got = ask(trial, quoted_printable, text, raises=(ValueError,))
        judge_legal(trial, got, reference.quoted_printable(text), brief(text))
        finding = wrong_quoted(got, text)
        if finding is not None:
            show_lines(trial, got)
            trial.fail(*finding)
    judge_surrogate(trial, quoted_printable, SURROGATE)
    trial.steps[:] = [
        say("{count} texts came back octet by octet, in legal lines.", count=len(QUOTED_TEXTS))
    ]


# base64_lines

LENGTHS = (9, 0, 1, 2, 3, 56, 57, 58, 114, 115, 171, 1024, 1025)


def check_base64_lines(trial: Trial, base64_lines: Callable[[bytes], bytes]) -> None:
    for length in LENGTHS:
        data = OCTETS[:length]
        right = reference.base64_lines(data)
        got = ask(trial, base64_lines, data, raises=(ValueError,))
        judge_legal(trial, got, right, brief(data))
        if got != right:
            show_lines(trial, got)
            trial.fail(*wrong_base64(got, right, data), sent=got, expected=right)
    judge_growth(trial, base64_lines)
    if isinstance(base64_lines, FunctionType) and "base64_encode" in base64_lines.__globals__:
        # Once more with a fast base64_encode, beside which the cost of the lines shows.
        fast = {"base64_encode": lambda data: base64.b64encode(data).decode("ascii")}
        copy = FunctionType(
            base64_lines.__code__, base64_lines.__globals__ | fast, base64_lines.__name__,
            base64_lines.__defaults__, base64_lines.__closure__,
        )  # fmt: skip
        judge_growth(trial, copy)
    trial.steps[:] = [
        say("{count} lengths came out letter by letter; the time grows evenly.", count=len(LENGTHS))
    ]


def judge_growth(trial: Trial, base64_lines: Any) -> None:
    """End the check when four times as much data takes far more than four times as long."""

    def seconds(size: int) -> float:
        start = time.thread_time()
        base64_lines(bytes(size))
        return time.thread_time() - start

    def measure(size: int) -> float:
        octets = counted(size, plural("1 octet", "{count:,} octets"))
        try:
            taken: float = trial.call(seconds, size, says=f"base64_lines({octets})")
        except Over as over:
            # Half of it took 0.2 seconds at most: this is no loop without an end.
            if times and over.verdict.reason == "endless-loop":
                grows_too_fast(say("Twice as much data took far more than twice as long."))
            raise
        return max(taken, 0.016)  # the clock of Windows has steps of that

    def grows_too_fast(sentence: str) -> NoReturn:
        trial.fail(
            "grows-too-fast",
            sentence,
            say(
                "textwrap.wrap copies what is left, for each line. Take 57 octets at a time out of "
                "data, by their numbers, and join the lines once."
            )
            if trial.source is not None and "textwrap" in trial.source.text
            else say(
                "result += line, and data = data[57:], copy all that is there, each time. Collect "
                "the lines in a list, and join it once."
            ),
        )

    times: list[float] = []
    for size in (30_000 << doubled for doubled in range(9)):
        trial.steps.clear()
        taken = measure(size)
        if len(times) > 1 and taken > 8 * times[-2]:
            trial.steps.clear()
            taken = min(taken, measure(size))  # another program may have come between
        if len(times) > 1 and taken > 8 * times[-2]:
            trial.step(
                say(
                    "It took {seconds:.3f} seconds, and {size:,} octets {before:.3f}.",
                    seconds=taken,
                    size=size // 4,
                    before=times[-2],
                )
            )
            grows_too_fast(
                say(
                    "Four times as much data took {times:.0f} times as long.",
                    times=taken / times[-2],
                )
            )
        times.append(taken)
        if times[-1] > 0.2:
            return


# text_part

LECTURE = "小林你好。\n\n课九点开始。\n" * 8
PART_TEXTS = (
    ("Hello", "plain"), ("Grüße an alle, die kommen\n", "plain"), (LECTURE, "plain"),
    ("<p>Hello, <b>Lin</b></p>\r\n" * 4, "html"), ("", "plain"), (f"<p>{'课' * 90}</p>", "html"),
    (SMILE * 50 + "\r\nend", "plain"), ("A long line. " * 40, "plain"), ("x \ny\t", "plain"),
    ("=" * 60, "html"),
)  # fmt: skip


def check_text_part(trial: Trial, text_part: Callable[[str, str], bytes]) -> None:
    for text, subtype in PART_TEXTS:
        got = ask(trial, text_part, text, subtype, raises=(ValueError,))
        right = reference.text_part(text, subtype)
        judge_legal(trial, got, right, f"{brief(text)}, {subtype!r}")
        finding = wrong_part(got, right, text, subtype)
        if finding is not None:
            show_lines(trial, got)
            trial.fail(*finding)
    judge_surrogate(trial, text_part, SURROGATE, "plain")
    judge_refusal(
        trial,
        text_part,
        ("Hello", "plain\r\nBcc: director@lab.test"),
        lambda got: (
            "line-break-taken",
            say(
                "A subtype with a CR LF in it was taken, and the part gets a field that nobody "
                "meant."
            ),
            say("header refuses line breaks: is it header that writes the field?"),
        ),
    )
    trial.steps[:] = [
        say("{count} parts read back, each in the shorter encoding.", count=len(PART_TEXTS))
    ]


LESSON = Lesson(
    number="05",
    slug="headers",
    title=say("Headers"),
    exercises=(
        Exercise(
            name="encode_word",
            check=check_encode_word,
            hints=(
                say(
                    "Each word must be whole by itself: cut the text, then encode each piece. How "
                    "many octets of text fit into 75 octets of word?"
                ),
                say(
                    "75 less the 12 of the frame is 63: there is room for 60 letters, which are 45 "
                    "octets. Go character by character; octets = character.encode() says how many "
                    "it needs. No room in the piece: keep the piece, and begin a new one."
                ),
                say(
                    'pieces, piece = [], b"". For each character: if len(piece) + len(octets) > '
                    "45, append piece to pieces and empty it; then piece += octets. After the "
                    "loop, append what is left, if there is something. Frame each piece with "
                    "base64_encode, and join with a space."
                ),
            ),
            forbids=("email", "codecs", "smtplib"),
        ),
        Exercise(
            name="header",
            check=check_header,
            hints=(
                say(
                    "Three steps, one after the other: refuse, encode words, fold. Do the first on "
                    "what came in, before anything has changed it."
                ),
                say(
                    'value.split(" ") gives the words, and an empty one for each further space. '
                    "Collect neighbours that are not ASCII, and give them to encode_word joined by "
                    "a space; its result may be several words. Then fill lines word by word, as "
                    "you filled encoded words with characters."
                ),
                say(
                    'line = name + ":". For each word: if len(line) + 1 + len(word) > 76, append '
                    'line to lines and begin again with ""; then line += " " + word. An empty word '
                    "never begins a line. At the end join with CRLF, look for a line over 998, and "
                    "encode as ASCII."
                ),
            ),
            forbids=("email", "textwrap", "smtplib"),
        ),
        Exercise(
            name="quoted_printable",
            check=check_quoted_printable,
            hints=(
                say(
                    "Two loops, one in the other: over the lines of the text, and over the octets "
                    "of a line. What becomes of one octet?"
                ),
                say(
                    'Make "\\r\\n" to "\\n" and split at "\\n". An octet from 33 to 126 that is no '
                    "= (61) stays, as chr(octet). So does a space or tab (32, 9) that is not the "
                    'last of its line. All others become f"={octet:02X}". Call the result token.'
                ),
                say(
                    "Before token is added to current: if len(current) + len(token) > 75, put "
                    'current + "=" among the lines and empty current. Where token is the last of '
                    'its line, 76 is allowed, for no = follows it. Join with "\\r\\n" at the end.'
                ),
            ),
            forbids=("quopri", "binascii", "codecs", "email", "smtplib"),
        ),
        Exercise(
            name="base64_lines",
            check=check_base64_lines,
            hints=(
                say(
                    "You have a function that encodes any octets. Which blocks do you give it, so "
                    "that each gives one full line?"
                ),
                say(
                    "range(0, len(data), 57) gives where each block begins. base64_encode gives a "
                    "str, and bytes are wanted at the end."
                ),
                say(
                    "Append base64_encode(data[start : start + 57]) and a CRLF to a list, for each "
                    'start. Then "".join(lines), once, and encode it as ASCII.'
                ),
            ),
            forbids=("base64.encodebytes", "codecs", "email", "smtplib"),
        ),
        Exercise(
            name="text_part",
            check=check_text_part,
            hints=(
                say(
                    "All four pieces are written: two calls of header, an empty line, a body. "
                    "Which body, and what does the second field say of it?"
                ),
                say(
                    "quoted_printable takes the text. base64_lines takes octets: make every line "
                    "break CRLF first, then encode as UTF-8. Compare the two lengths."
                ),
                say(
                    'header("Content-Type", f"text/{subtype}; charset=utf-8") + '
                    'header("Content-Transfer-Encoding", encoding) + an empty line + body. For the '
                    'line breaks: replace("\\r\\n", "\\n"), then replace("\\n", "\\r\\n").'
                ),
            ),
            forbids=("email", "smtplib"),
        ),
    ),
    questions=(
        Question(
            text=say(
                "The subject is six octets of UTF-8, and nothing says so. What do three mail "
                "programs show?"
            ),
            choices=(
                say("The same two characters"),
                say("Three different texts"),
                say("Nothing: the server has refused it"),
            ),
            answer=say("Three different texts"),
            why=say(
                "Octets become letters by a table, and nothing in the letter says by which. Each "
                "program takes its own. The server passed the octets on and did not read them."
            ),
        ),
        Question(
            text=say(
                "The subject is cut after 45 octets, and each piece becomes a word. What can a "
                "reader show?"
            ),
            choices=(
                say("The whole subject, in every program"),
                say("A broken character where the cut fell"),
                say("An error in place of the subject"),
            ),
            answer=say("A broken character where the cut fell"),
            why=say(
                "A Chinese character has three octets in UTF-8, and a cut by number can fall "
                "between them. A program that decodes each word by itself finds half a character "
                "at the end of one and the other half at the start of the next."
            ),
        ),
        Question(
            text=say(
                "The subject is 'Hi\\r\\nBcc: director@lab.test'. What does the letter get from it?"
            ),
            choices=(
                say("One field, with a strange value"),
                say("Two fields: a Subject and a Bcc"),
                say("No field: the server refuses the letter"),
            ),
            answer=say("Two fields: a Subject and a Bcc"),
            why=say(
                "CRLF is the end of a field, wherever it came from. What follows it has a name, a "
                "colon and a value, so it is a field. The server takes the letter as it is."
            ),
        ),
        Question(
            text=say("A letter in Chinese: which encoding makes it shorter?"),
            choices=(
                say("Quoted-printable"),
                say("Base64"),
                say("Neither: the octets are the same"),
            ),
            answer=say("Base64"),
            why=say(
                "Quoted-printable makes three letters of each octet that is not ASCII, base64 four "
                "letters of any three. In an English letter it is the other way round."
            ),
        ),
    ),
)
