"""Lesson 09: the cases of each exercise, and the mistakes that are known, in the order asked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from ..judge import READER, SOCK, Case, Exercise, Facts, Lesson, Peer, SmtpServer
from ..judge.mistakes import cut
from ..judge.server import Reply
from ..solutions import trouble as reference
from ..solutions.dialogue import dot_stuff
from .client import asking
from .dialogue import DELIVER, deliveries, verb
from .patience import BACK_OFF, SEND_WITH_RETRY

__all__ = ["LESSON"]

# --- command_groups -----------------------------------------------------------------------

MAIL, LIN, SAM = "MAIL FROM:<you@lab.test>", "RCPT TO:<lin@lab.test>", "RCPT TO:<sam@lab.test>"
EHLO = "EHLO client.lab.test"
INNER = (b"MAIL", b"RCPT", b"RSET")  # what may stand anywhere in a group


def flat(groups: list[Any]) -> list[str]:
    """The commands of all groups, in order; what stands in no group counts too."""
    return [line for each in groups for line in ([each] if type(each) is str else each)]


def ends(groups: list[list[str]]) -> list[str]:
    """What stands before the end of its group, and may only be the last there."""
    inner = (line for group in groups for line in group[:-1])
    return [line for line in inner if verb(line.encode()) not in INNER]


def cut_early(*verbs: bytes) -> Callable[[Facts], Any]:
    """A condition: the first group that ended with one of these, although more could stand there.

    "alone" says whether what begins the next one may only be the last of a group.
    """

    def condition(f: Facts) -> Any:
        if f.wrong_type:
            return None
        pairs = (
            (one[-1], two[0]) for one, two in pairwise(f.got) if verb(one[-1].encode()) in INNER
        )
        line, after = next(pairs)
        alone = verb(after.encode()) not in INNER
        return verb(line.encode()) in verbs and {"line": line, "after": after, "alone": alone}

    return condition


def same_list(f: Facts) -> bool:
    """Whether all groups are alike: one list, that was put in for each, and emptied or filled."""
    return type(f.got) is list and len(f.got) > 1 and all(each == f.got[0] for each in f.got)


def respelt(f: Facts) -> Any:
    """The first line that came back in other letters."""
    pairs = zip(f.commands, flat(f.got), strict=True)
    return next(
        ({"due_is": a, "is": b} for a, b in pairs if a != b and a.upper() == b.upper()), None
    )


COMMAND_GROUPS = Exercise(
    reference.command_groups,
    cases=[
        Case("envelope", ([EHLO, MAIL, LIN, SAM, "DATA"],)),
        Case("two-mails", ([MAIL, LIN, "DATA", "RSET", MAIL, SAM, "DATA", "QUIT"],)),
        Case("open-end", ([MAIL, LIN],)),
        Case("one", (["NOOP"],)),
        Case("others", ([EHLO, "STARTTLS", EHLO, "AUTH PLAIN", "HELO me", "VRFY mail", "XYZ"],)),
        Case("questions", (["EXPN all", "NOOP", "HELP"],)),
        Case(
            "lower-case", (["ehlo me", "mail from:<you@lab.test>", "Rcpt To:<a@b.test>", "data"],)
        ),
        Case("alike", (["MAILBOX", "RSETS", MAIL, "RCPTS", LIN],)),
        Case("none", ([],)),
        "groups",
        Case("many", ([MAIL, *[LIN] * 3000, "DATA"],)),
        Case("two-mails", ([EHLO, MAIL, LIN, "RSET", MAIL, SAM, "DATA", "RSET", EHLO, "QUIT"],)),
    ],
    mistakes={
        "same-list": same_list,
        "respelt": respelt,
        "lines-lost": lambda f: (
            type(f.got) is list
            and (lost := [each for each in f.commands if each not in flat(f.got)])
            and {"lost": lost[0], "count": len(lost)}
        ),
        "no-lists": lambda f: type(f.got) is list and f.got and type(f.got[0]) is str,
        "empty-group": lambda f: [] in f.got,
        "one-each": lambda f: f.case.why == "envelope" and f.got == [[each] for each in f.commands],
        "in-the-middle": lambda f: (found := ends(f.got)) and {"line": found[0]},
        "begins-alike": lambda f: f.case.why == "alike" and {"line": f.commands[0]},
        "rset-ends": cut_early(b"RSET"),
        "begins-alone": lambda f: (found := cut_early(b"MAIL", b"RCPT")(f))["alone"] and found,
        "cut-early": cut_early(b"MAIL", b"RCPT"),
    },
)

# --- pipeline -----------------------------------------------------------------------------

OFFER, NO_OFFER = {"SIZE": "1000000", "PIPELINING": ""}, {"SIZE": "1000000", "HELP": ""}
REFUSAL = b"550 5.1.1 no such user here\r\n"
GO_ON, TAKEN = b"354 go on\r\n", b"250 2.1.5 OK\r\n"


class Grouping(SmtpServer):
    """A server in good order: RCPT wants a sender that was taken, and 421 is its last word.

    One whose answer to DATA is 354 says so although nobody is to get the message.
    """

    mail = over = False

    def __call__(self, line: bytes) -> Reply:
        if self.over:
            return None
        within = self.content is not None
        reply = super().__call__(line)
        self.over = bool(reply) and reply[:3] == b"421"  # type: ignore[index]
        if not within and verb(line) == b"DATA" and reply == GO_ON:
            self.content = []
        return reply

    def _usual(self, line: bytes) -> tuple[bytes, bytes, Any]:
        key, reply, effect = super()._usual(line)
        match key:
            case b"MAIL" | b"RSET":
                effect = partial(self._begin, key == b"MAIL")
            case b"RCPT" if not self.mail:
                reply, effect = b"503 5.5.1 MAIL first\r\n", None
            case b"." if not self.recipients:
                reply, effect = b"503 5.5.1 no valid recipients\r\n", None
        return key, reply, effect

    def _begin(self, mail: bool) -> None:
        self.mail = mail
        self.recipients.clear()


def grouped(case: Case, offer: Mapping[str, str] = OFFER, why: str = "", **more: bytes) -> Case:
    """A case of deliver, with a server that offers to take commands in groups, or does not."""
    assert case.peer and isinstance(case.peer.server, SmtpServer)
    answers = case.peer.server.answers | {key.encode(): reply for key, reply in more.items()}
    args = (SOCK, READER, dict(offer), *case.args[2:])
    return replace(case, why=why or case.why, args=args, peer=Peer(server=Grouping(answers)))


LETTER = b"From: you@lab.test\r\nSubject: far away\r\n\r\nHow is it there?\r\n"
DOTTED = b"Subject: dots\r\n\r\n.\r\n.two\r\n"
OF_DELIVER = deliveries("you@lab.test", "lin@lab.test", "sam@lab.test", LETTER, DOTTED)
BY_WHY = {case.why: case for case in OF_DELIVER if isinstance(case, Case)}
OFFERED = "PIPELINING"


def letter(f: Facts) -> bytes:
    """What was sent after DATA."""
    found = re.search(rb"(?is)(?:^|\r\n)DATA\r\n(.*)", f.sent)
    return found[1] if found else b""


def shifted(f: Facts) -> Any:
    """The refused are others than those due, as many of them, and each reply is one that came."""
    return f.returned and not f.due and len(f.got) == len(f.want) and set(f.got) != set(f.want) \
        and {"are": ", ".join(f.got), "due_are": ", ".join(f.want)}  # fmt: skip


PIPELINE = Exercise(
    reference.pipeline,
    forbids=("smtplib",),
    same=asking,
    like=DELIVER,
    cases=[
        *(grouped(each) if isinstance(each, Case) else each for each in OF_DELIVER),
        grouped(BY_WHY["all-refused"], why="go-ahead", DATA=GO_ON),
        grouped(BY_WHY["refused-MAIL"], why="go-ahead-no-sender", DATA=GO_ON),
        grouped(BY_WHY["refused-MAIL"], why="go-ahead-no-sender", DATA=GO_ON, RCPT=TAKEN),
        "in-groups",
        grouped(
            replace(BY_WHY["one"], args=(SOCK, READER, "you@lab.test", ["林@lab.test"], LETTER))
        ),
        grouped(BY_WHY["two"], NO_OFFER, "not-offered"),
        grouped(BY_WHY["second-unknown"], NO_OFFER, "not-offered"),
    ],
    mistakes={
        "not-offered": lambda f: f.early and OFFERED not in f.extensions and {"line": cut(f.early)},
        "letter-in-group": lambda f: (
            OFFERED in f.extensions
            and f.early
            and letter(f)
            and {"line": cut(letter(f).split(b"\r\n")[0])}
        ),
        "falsy-offer": lambda f: (
            f.slow and f.part < 0 and re.search(r"extensions(\.get\(|\[)", f.source)
        ),
        "one-by-one": lambda f: (
            f.slow and f.part < 0 and {"turns": f.mine.turns, "due_turns": f.reference.turns}
        ),
        "goodbye-read-on": lambda f: (
            f.due == "ReplyError" and f.due_error.code == 421 and f.raised == "EOFError"
        ),
        "own-recv": lambda f: (
            f.raised in ("ValueError", "IndexError") and re.search(r"sock\.recv\(", f.source)
        ),
        "dot-after-line": lambda f: (
            f.case.why.startswith("go-ahead") and letter(f)[:5] == b"\r\n.\r\n"
        ),
        "letter-for-nobody": lambda f: (
            f.case.why.startswith("go-ahead")
            and letter(f)
            and letter(f)[:3] != b".\r\n"
            and verb(letter(f)) != b"RSET"
        ),
        "empty-line": lambda f: f.said[f.part] == b"" != f.at[1] and {"due_is": cut(f.at[1])},
        "raised-early": lambda f: (
            f.raised == f.due == "ReplyError"
            and f.part < 0
            and len(f.unread) > len(f.reference.unread)
            and {"count": len(f.unread)}
        ),
        "stripped": lambda f: (
            f.part >= 0 and letter(f) == dot_stuff(f.message.strip() + b"\r\n") + b".\r\n"
        ),
        "dot-missing": lambda f: f.case.why.startswith("go-ahead") and f.server.content is not None,
        "reset-after-dot": lambda f: f.case.why.startswith("go-ahead") and verb(f.at[0]) == b"RSET",
        "reset-for-somebody": lambda f: f.case.why == "refused-DATA" and verb(f.at[0]) == b"RSET",
        "data-refused-told": lambda f: (
            f.told.startswith("ReplyError: 55") and len(f.want) == len(f.recipients)
        ),
        "sender-refused-told": lambda f: (
            f.case.why == "refused-MAIL"
            and f.error
            and f.error.code != f.due_error.code
            and {"has": f.error.code, "wanted": f.due_error.code}
        ),
        "shifted": shifted,
        **DELIVER.mistakes,
    },
)

# --- classify -----------------------------------------------------------------------------

WORDS = ("done", "more", "later", "never")

CLASSIFY = Exercise(
    reference.classify,
    cases=[
        Case("done", (250, "2.0.0 OK")),
        Case("more", (354, "go on")),
        Case("later", (450, "4.2.0 Greylisted, try again later")),
        Case("never", (550, "5.1.1 No such user here")),
        Case("code-alone", (421,)),
        Case("code-alone", (221,)),
        Case("unknown", (299, "2.9.9 a code that you have never seen")),
        Case("unknown", (599, "5.0.0 a code that you have never seen")),
        Case("too-many", (552, "5.5.3 Too many recipients")),
        Case("too-many", (552, "5.5.3")),
        Case("too-big", (552, "5.3.4 Message too big")),
        Case("too-big", (552, "")),
        Case("prefix", (552, "5.5.30 something else")),
        Case("inside", (552, "5.3.4 5.5.3 is another trouble")),
        Case("other-code", (554, "5.5.3 Too many recipients")),
        Case("contradiction", (451, "5.7.1 not now")),
        Case("contradiction", (550, "4.2.0 never")),
        "classified",
        Case("too-big", (552, "5,5,3 MB are over your quota")),
        Case("inside", (552, "5.2.2 Mailbox full\n5.5.3 is another trouble")),
        Case("no-code", (199,)),
        Case("no-code", (600,)),
        Case("no-code", (25,)),
    ],
    mistakes={
        "first-digit": lambda f: str(f.got) == str(f.args[0])[:1],
        "too-many-final": lambda f: f.case.why == "too-many" and f.got == "never",
        "always-later": lambda f: f.args[0] == 552 and f.case.why == "too-big" and f.got == "later",
        "text-anywhere": lambda f: f.case.why == "inside" and f.got == "later",
        "text-prefix": lambda f: f.case.why == "prefix" and f.got == "later",
        "other-code": lambda f: f.case.why == "other-code" and f.got == "later",
        "text-decides": lambda f: f.case.why == "contradiction" and {"wanted": f.want},
        "no-class": lambda f: f.raised in ("KeyError", "IndexError") and f.due == "ValueError",
        "known-codes": lambda f: f.case.why == "unknown" and {"wanted": f.want},
        "other-word": lambda f: type(f.got) is str and f.got not in WORDS,
    },
)

LESSON = Lesson("09", __file__, (COMMAND_GROUPS, PIPELINE, CLASSIFY, BACK_OFF, SEND_WITH_RETRY))
