"""How two runs of a case differ: the student's, and the reference's.

`Facts` answers what a known mistake asks. Values are compared as `plain` copies, so that no method
of a student's class has a say. What a docstring leaves free is made equal first: `conversation`
for what a client says, an exercise's own `key` for what it returns.
"""

import ast
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Any

from ..words import Words
from .cases import READER, Case, Run, Weather, call_of, plain
from .check import Check
from .differences import Difference, first_difference
from .trees import parsed

__all__ = ["Facts", "conversation", "exactly", "promised", "reply_meant"]

WORDS = Words(__file__)
SLIPS = ("NameError", "UnboundLocalError", "AttributeError", "TypeError", "IndexError", "KeyError")
REPLY = ("the_reply", "no_reply", "answered", "turn")  # facts for words alone: see compare.toml
# The end of the stream and silence are the caller's to deal with: any error will do, unless the
# docstring names one.
ANY_ERROR = ("end", "cut-off", "silence")

# RFC 5321, section 2.4: verbs and keywords are the same in any case. Section 4.1.1: what follows.
VERBS = re.compile(rb"(?i)^(mail from|rcpt to|data|rset|quit|noop|ehlo|helo|auth|starttls|vrfy)\b")
PARAMETERS = re.compile(rb"(?i)^(MAIL FROM:|RCPT TO:)(<[^>]*>) (.+)$")
# Section 4.1.3: a client without a name says its address in brackets.
OWN_NAME = re.compile(rb"(?i)^(EHLO|HELO) (?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.ipv]+\])$")


def conversation(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What a client said, in the form in which all legal ways to say it are alike.

    With each line goes the number of the line that it came from. An initial response on the line
    of AUTH (RFC 4954, section 4) is one more line, as it is without. A mechanism is in capitals.
    """
    said: list[tuple[bytes, int]] = []
    content = False
    for number, line in enumerate(lines):
        if content:
            content = line != b"."
            said.append((line, number))
            continue
        one = VERBS.sub(lambda found: found[0].upper(), line)
        content = one == b"DATA"
        if found := PARAMETERS.match(one):
            rest = sorted(_upper_keyword(each) for each in found[3].split(b" "))
            one = b" ".join([found[1] + found[2], *rest])
        elif found := OWN_NAME.match(one):
            one = found[1] + b" *"
        elif one.startswith(b"AUTH "):
            start, *responses = one.split(b" ", 2)[1:]
            said.append((b"AUTH " + start.upper(), number))
            said += [(b"" if each == b"=" else each, number) for each in responses]
            continue
        said.append((one, number))
    return said


def exactly(lines: Sequence[bytes]) -> list[tuple[bytes, int]]:
    """What a client said, where every octet of it was asked for."""
    return [(line, number) for number, line in enumerate(lines)]


def _upper_keyword(parameter: bytes) -> bytes:
    keyword, equals, value = parameter.partition(b"=")
    return keyword.upper() + equals + value


Same = Callable[[Sequence[bytes]], list[tuple[bytes, int]]]


@dataclass(eq=False, repr=False)
class Facts:
    """How the student's run of a case differs from the reference's.

    A parameter of the function is an attribute too, under its own name: what the case gave.
    """

    trial: Check
    case: Case
    weather: Weather
    mine: Run
    reference: Run
    past: Sequence["Facts"] = ()
    same: Same = conversation
    key: Callable[..., Any] | None = None
    secrets: Sequence[str] = ()
    doc: str = ""
    leaves_rest: bool = False
    free_texts: bool = False

    def __post_init__(self) -> None:
        mine, due, over = self.mine, self.reference, self.mine.over
        self.name, self.args = self.trial.name, mine.args
        self.got, self.want = plain(mine.value), plain(due.value)
        self.error, self.due_error = mine.error, due.error  # type: Any, Any
        self.due = promised(due.error, self.doc).__name__ if due.error else ""
        self.raised = type(mine.error).__name__ if mine.error and not over else ""
        self.told, self.code, self.reason = "", "", ""
        self.line_number: int | None = None
        if over:
            self.code, self.line_number, self.reason = over.code, over.line, over.reason
            self.told = f"{over.raised} `{over.code}`" if over.raised else ""
            self.raised = over.raised.partition(":")[0] if over.reason == "exception" else ""
        self.waits = self.reason.startswith("waits-in-recv")
        self.returned = mine.error is None and over is None
        self.sent, due_sent = mine.sent, due.sent.split(b"\r\n")
        self.due_sent = b"\r\n".join(map(self._in_their_name, due_sent))
        self.said = [line for line, _ in mine.lines]
        self.due_said = [self._in_their_name(line) for line, _ in due.lines]
        self.unread, self.closed, self.printed = mine.unread, mine.closed, mine.printed
        self.server, self.due_server, self.way = mine.server, due.server, mine.way
        self.to, self.came = self.weather.to, self.weather.code
        self.step = ""  # the case, in words
        if self.free_texts:
            self._in_their_texts()

    def __getattr__(self, name: str) -> Any:
        if name in REPLY:
            return reply_meant(self.__dict__["weather"])[name]
        if name in (parameters := self.__dict__["trial"].parameters):
            return self.case.args[parameters.index(name)]
        raise AttributeError(f"facts have no {name!r}, nor has {self.name} such a parameter")

    # What was said

    def _in_their_name(self, line: bytes) -> bytes:
        """A line that is due, as it is shown: a hello that is as right is the student's own."""
        if not OWN_NAME.match(line) or self.same is exactly:
            return line
        hellos = [each for each in self.sent.split(b"\r\n")[:-1] if OWN_NAME.match(each)]
        alike = (each for each in hellos if self.same([each]) == self.same([line]))
        return next(alike, OWN_NAME.sub(rb"\1 client.lab.test", line))

    def _in_their_texts(self) -> None:
        """What is due, in the student's own texts as far as they do as well."""
        (mine, due), place = self._forms, self._place
        if place < 0:
            self.due_said = self.said
        elif place:
            self.due_said = (
                self.said[: mine[place - 1][1] + 1] + self.due_said[due[place - 1][1] + 1 :]
            )
        self.due_sent = b"".join(line + b"\r\n" for line in self.due_said)
        vars(self).pop("_forms")  # the numbers of lines in it were the reference's

    @cached_property
    def _forms(self) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, int]]]:
        """Both sessions as they are compared. Where AUTH was refused, it makes no difference
        whether a first answer stood on its line."""
        both = self.same(self.said), self.same(self.due_said)
        for one, other in (both, both[::-1]):
            if self.due and len(one) == len(other) + 1 > 1 and one[-1][1] == one[-2][1]:
                one.pop()
        return both

    @cached_property
    def _place(self) -> int:
        """The first place in both forms at which the two sessions part, or -1."""
        mine, due = ([line for line, _ in form] for form in self._forms)
        pairs = enumerate(zip_longest(mine, due))
        return next((place for place, (one, other) in pairs if one != other), -1)

    @cached_property
    def part(self) -> int:
        """The first line of the client's at which the two sessions part, or -1."""
        mine, _ = self._forms
        if self._place < 0:
            return -1
        return mine[self._place][1] if self._place < len(mine) else len(self.said)

    @cached_property
    def at(self) -> tuple[bytes, bytes]:
        """The lines at which the two part: what was said, what was due; b"" where one had ended."""
        mine, due = self._forms
        said = self.said[mine[self._place][1]] if 0 <= self._place < len(mine) else b""
        return said, self.due_said[due[self._place][1]] if 0 <= self._place < len(due) else b""

    @cached_property
    def early(self) -> bytes:
        """The first line that was said although a reply was there to be read, where the reference
        had read it; b"" if none was."""
        if self.case.peer is not None and self.case.peer.serves:
            return b""
        mine, due = self.mine.lines, [out_of_turn for _, out_of_turn in self.reference.lines]
        if not any(due):
            due = [False] * len(mine)
        elif len(due) != len(mine):
            return b""
        pairs = zip(mine, due, strict=True)
        return next((line for (line, out_of_turn), may_be in pairs if out_of_turn > may_be), b"")

    @property
    def slow(self) -> bool:
        """Whether replies were waited for one by one, where the reference sends a group."""
        grouped = any(out_of_turn for _, out_of_turn in self.reference.lines)
        return grouped and self.mine.turns > self.reference.turns

    # What was returned

    @cached_property
    def form(self) -> Any:
        """What was returned, in the exercise's normal form."""
        if self.key is None or type(self.got) is not type(self.want):
            return self.got
        return self.key(self.got, *self.case.args)

    @property
    def due_form(self) -> Any:
        return self.reference.form if self.key else self.want

    @cached_property
    def difference(self) -> Difference | None:
        """Where what was returned parts from what was due, in the exercise's normal form."""
        return first_difference(self.form, self.due_form)

    @cached_property
    def wrong_type(self) -> Difference | None:
        """Where a value of one type stands, and one of another was due."""
        found = first_difference(self.got, self.want)
        return found if found and found.kind == "type" else None

    @property
    def one_value(self) -> tuple[Any, Any]:
        """What is shown side by side: of a list that a drive made of many calls, what is wrong."""
        found = first_difference(self.got, self.want) if self.case.drive else None
        if found is not None and found.kind in ("item-other", "type"):
            return found.got, found.want
        return self.got, self.want

    # What else it did

    @cached_property
    def changed(self) -> tuple[Any, Any] | None:
        """The first argument that the function has changed, as it was and as it is.

        Of a dict it is the value under the key that has changed.
        """
        for given, left in zip(self.case.args, self.mine.args, strict=False):
            if type(given) in (list, dict, bytearray) and plain(given) != plain(left):
                found = first_difference(plain(left), plain(given))
                inside = found is not None and found.kind == "key-other"
                return (found.want, found.got) if found and inside else (given, plain(left))
        return None

    @cached_property
    def wrong_attribute(self) -> Difference | None:
        """What an exception carries, where that is not right."""
        for name, value in vars(self.due_error).items() if self.due and self.error else ():
            has = plain(getattr(self.error, name, None))
            if has != plain(value):
                return Difference("attribute", name, has, value)
        return None

    @cached_property
    def leak(self) -> str:
        """Where a secret came out: "printed", "raised", or ""."""
        for secret in self.secrets:
            if secret in self.printed:
                return "printed"
            if secret in _text_of(self.error) or secret in self.told.partition(" `")[0]:
                return "raised"
        return ""

    @cached_property
    def tree(self) -> ast.AST:
        """The student's text as a tree; empty where there is none."""
        return parsed(self.source)

    @property
    def source(self) -> str:
        return self.trial.source.text if self.trial.source else ""

    # In words

    @property
    def place(self) -> str:
        line = self.line_number
        return WORDS("place.line", line=line) if line else WORDS("place.some")

    @property
    def at_line(self) -> str:
        return WORDS("place.code", code=self.code) if self.code else ""

    @property
    def problem(self) -> str:
        """What Python said of the exception that ended the call."""
        return self.mine.over.raised.partition(": ")[2] if self.mine.over else ""

    @property
    def call(self) -> str:
        return call_of(self.name, self.case, self.trial.parameters)

    @property
    def outcome(self) -> str:
        """What the student's function did, as the end of a sentence."""
        if self.returned:
            return WORDS("outcome.returned", got=self.got)
        if self.reason and not self.raised:
            return WORDS("outcome.never-ended")
        return WORDS("outcome.raised", raised=self.raised)

    @property
    def silence_as_end(self) -> bool:
        """Whether a time-out, which is the caller's, was told as the end of the stream."""
        return self.weather.kind == "silence" and self.raised == "EOFError" != self.due

    @property
    def alike(self) -> bool:
        """Whether nobody outside can tell the two runs apart."""
        mine, due = self.mine, self.reference
        if due.error and self.weather.kind in ANY_ERROR and self.due not in self.doc:
            slip = self.raised in SLIPS and not self.code.startswith("raise")
            return bool(self.raised) and not (slip or self.leak or self.silence_as_end)
        if mine.over or bool(mine.error) != bool(due.error) or self.part >= 0 or self.early:
            return False
        if self.slow or self.changed or mine.closed != due.closed:
            return False
        # Who is given no reader may read as far ahead as it likes, unless the exercise says other.
        # Where lines were taken for commands, there may be as many of them as there were.
        any_left = self.free_texts and due.unread
        if READER in self.case.args and len(mine.unread) > len(due.unread) and not any_left:
            return False
        if self.leak or (self.leaves_rest and mine.heard != due.heard):
            return False
        return (self.wrong_attribute if due.error else self.difference) is None


def promised(error: BaseException, doc: str) -> type[BaseException]:
    """The class that a docstring promises: the error's own, or the nearest above that it names."""
    above = (each for each in type(error).__mro__ if re.search(rf"\b{each.__name__}\b", doc))
    return next(above, type(error))


def _text_of(error: BaseException | None) -> str:
    """All that an exception says, and the one that it came from."""
    texts: list[str] = []
    while error is not None and len(texts) < 10:
        texts.append(repr(plain(list(BaseException.args.__get__(error)))))  # type: ignore[attr-defined]
        with suppress(Exception):
            texts.append(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " ".join(texts)


def reply_meant(weather: Weather) -> dict[str, str]:
    """In words, the reply at which a weather strikes: the_reply, no_reply, answers, answered."""
    key = "reply.asked" if weather.to else "reply.unasked"
    values = {"line": weather.to, "came": weather.code}
    return {name: WORDS.fill(f"{key}.{name}", values) for name in WORDS.get(key)}
