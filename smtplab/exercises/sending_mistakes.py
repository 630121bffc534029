"""send_mail: what is wrong with what a call led to, in the order asked.

CAUSES know why something is wrong; they are asked once it is. DEMANDS are what must hold: those of
the gauntlet, and what send_mail's docstring promises beyond them. What is wrong with the mapping or
the code that came back, the mistakes that all exercises share say.
"""

import errno
import re
import ssl
from collections.abc import Callable
from traceback import walk_tb
from typing import Any

from ..judge import Case, Check, Facts, Verdict, When
from ..judge.cases import FAIR, Run
from ..judge.exercise import holds
from ..judge.run import Result
from ..solutions.dialogue import ReplyError
from ..solutions.tls import InsecureError
from .auth_login import secrets_of
from .gauntlet.arrival import is_envelope
from .gauntlet.attempt import Sent
from .gauntlet.scenarios import Delivered, Raises
from .gauntlet.troubles import TROUBLES, UNSAFE, first_trouble, named

__all__ = ["MISTAKES", "SendingFacts"]

LOGIN = re.compile(r"log_in\(|auth_")  # in a line of the student's
EARLY = ("security", "recipients-str", "no-recipients", "subject")  # no server could take it


def is_a(error: BaseException | None, *kinds: type[BaseException]) -> bool:
    """Whether an exception is of one of these classes, or of one that has its name.

    Who writes a client may write its InsecureError, too: that is what its callers catch.
    """
    names = {cls.__name__ for cls in type(error).__mro__}
    return any(kind.__name__ in names for kind in kinds)


def due_run(sent: Sent) -> Run:
    """What a right call comes to."""
    due = sent.expected
    if isinstance(due, Raises):
        kind = due.kinds[0] if due.kinds else Exception
        return Run(error=kind(*((due.code, []) if kind is ReplyError else ())))
    lines = {code: [line.text[4:] for line in sent.lines if line.text.startswith(str(code))]
             for code in due.refused.values()}  # fmt: skip
    return Run(value={a: (code, " ".join(lines[code])) for a, code in due.refused.items()})


class SendingFacts(Facts):
    """What came of a call of send_mail, beside what is right. What a `Sent` knows, this knows.

    over is what ended a call that was judged by itself, result how one ended among others.
    """

    def __init__(
        self,
        trial: Check,
        case: Case,
        did: Sent,
        over: Verdict | None = None,
        result: Result | None = None,
    ) -> None:
        self.did, self.result = did, result
        printed = result.output if result else trial.output
        trace = did.error.__traceback__ if did.error else None
        way = tuple(frame.f_code.co_name for frame, _ in walk_tb(trace))
        mine = Run(value=did.value, error=did.error, way=way, over=over, printed=printed)
        secrets = secrets_of(str(did.arguments.get("user")), did.password)
        super().__init__(trial, case, FAIR, mine, due_run(did), secrets=secrets)
        self.delivers = isinstance(did.expected, Delivered)
        self.said_error = named(did.error)
        self.waits_long = self.reason.startswith("waits-in-") and self.reason != "waits-in-sleep"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["did"], name)

    @property
    def alike(self) -> bool:
        result = self.result
        if self.mine.over or self.leak or (self.delivers and self.error):
            return False
        if result and (result.timed_out or result.error or result.refused or result.left_open):
            return False
        demands = (*DEMANDS.values(), wrong_pair, other_code)
        return not (
            any(holds(when, self) for when in demands)
            or first_trouble({**UNSAFE, **TROUBLES}, self.did)
        )

    @property
    def call(self) -> str:
        return self.name

    @property
    def situation(self) -> str:
        return self.step.rstrip(".")

    @property
    def due_kind(self) -> str:
        return self.did.expected.kinds[0].__name__.replace("SSLError", "ssl.SSLError")  # type: ignore[union-attr]


def failed(when: Callable[[Any], Any]) -> When:
    """Nothing was wrong with the provider, and an exception came."""
    return lambda f: f.delivers and f.error and when(f)


def swallowed(when: Callable[[Any], Any]) -> When:
    """An exception was due, and none came."""
    return lambda f: not f.delivers and not f.error and f.returned and when(f)


def other(when: Callable[[Any], Any]) -> When:
    """Another exception came than was promised."""
    return lambda f: not f.delivers and f.error and not f.mine.over and (
        not is_a(f.error, *f.expected.kinds) and when(f)
    )  # fmt: skip


def arrived(when: Callable[[Any], Any]) -> When:
    """It returned, and a mail is there, which was to be."""
    return lambda f: f.delivers and not f.error and f.arrived and when(f)


def case_is(*keys: str) -> Callable[[Any], bool]:
    return lambda f: f.case.why in keys


def code_is(*codes: int) -> Callable[[Any], bool]:
    return lambda f: getattr(f.error, "code", None) in codes


def envelope_is_right(f: Any) -> bool:
    return is_envelope(f.mail, f.arrived[0], f.taken)


def asked_again(f: Any) -> bool:
    asked = [line.text for line in f.did.said if line.text.upper().startswith("RCPT")]
    return len(asked) > len(set(asked))


def dots_lost(f: Any) -> bool:
    """The text ended where a line of it was a lone dot."""
    before, dot, _ = f.mail.text.partition("\n.\n")
    text = (f.arrived[0].text or "").replace("\r\n", "\n")
    return bool(dot) and envelope_is_right(f) and text.rstrip("\n") == before


foreign = case_is("foreign", "foreign-second", "foreign-sender")

CAUSES: dict[str, When] = {
    # Who could hear the password
    "silent-downgrade": lambda f: (
        f.case.why == "struck" and (f.has_said("AUTH") or f.has_said("MAIL"))
    ),
    "auth-in-the-clear": lambda f: f.has_said("AUTH", tls=False),
    # How it ended
    "no-user": lambda f: "user" not in f.arguments and (
        (LOGIN.search(f.code) and "NoneType" in f.told)
        or (isinstance(f.error, ValueError) and "log_in" in f.way)
    ),
    "no-password": lambda f: f.case.why == "no-password" and (
        f.has_said("AUTH") or f.has_said("MAIL") or LOGIN.search(f.code)
    ),
    "left-open.starttls": lambda f: (
        f.reason == "left-open" and f.security == "starttls" and not f.error
    ),
    "left-open": lambda f: f.reason == "left-open",
    "exception.pair": lambda f: "create_connection(" in f.code and re.search(
        "unpack|positional argument", f.told
    ),
    "timeout-ignored": lambda f: f.waits_long and f.arguments["timeout"] < 1,
    "waits-for-a-line": lambda f: f.delivers and not f.has_said("QUIT") and (
        f.waits_long or isinstance(f.error, TimeoutError)
    ),
    # Why it was not sent
    "size-misread": failed(
        lambda f: f.case.why.startswith("size-") and not is_a(f.error, ReplyError)
    ),
    "utf8-not-asked": lambda f: foreign(f) and (
        (is_a(f.error, ReplyError) and code_is(553)(f))
        or (type(f.got) is dict and any(not address.isascii() for address in f.got))
    ),
    "not-stuffed.read-on": failed(lambda f: f.arrived and code_is(500)(f)),
    "one-refusal-raised": failed(
        lambda f: f.case.why == "one-refused" and is_a(f.error, ReplyError)
    ),
    "quit-matters": failed(lambda f: f.case.why.startswith("quit-") and f.arrived),
    "no-such-file": failed(lambda f: isinstance(f.error, FileNotFoundError)),
    "tls-not-asked": lambda f: f.security != "starttls" and f.has_said("STARTTLS"),
    "insecure-for-nothing": failed(lambda f: is_a(f.error, InsecureError)),
    "no-name": failed(lambda f: "server_hostname" in str(f.error)),
    "good-refused": failed(lambda f: isinstance(f.error, ssl.SSLCertVerificationError)),
    "old-socket": failed(lambda f: f.has_said("STARTTLS") and f.error.errno == errno.EBADF),
    "starttls-not-said": failed(
        lambda f: f.security == "starttls" and not f.has_said("STARTTLS")
        and (f.did.said or isinstance(f.error, ssl.SSLError))
    ),
    "greeting-not-read": failed(code_is(220)),
    "quit-too-early": failed(
        lambda f: f.has_said("QUIT") and isinstance(f.error, OSError | EOFError)
    ),
    "extensions-of-before": failed(lambda f: isinstance(f.error, ValueError) and "log_in" in f.way),
    "wrong-credentials": failed(code_is(535)),
    # What was to be refused
    "stranger-trusted": swallowed(case_is("hostname", "cafile")),
    "recipients-str": lambda f: (
        f.case.why == "recipients-str" and f.sessions and not isinstance(f.error, ValueError)
    ),
    # What arrived
    "nothing-arrived": lambda f: f.delivers and f.returned and not f.arrived,
    "several-mails": arrived(lambda f: TROUBLES["several-mails"](f.did)),
    "not-stuffed": arrived(dots_lost),
    "wrong-message.envelope": arrived(
        lambda f: not envelope_is_right(f) and TROUBLES["wrong-message"](f.did)
    ),
    "wrong-message": arrived(lambda f: TROUBLES["wrong-message"](f.did)),
}  # fmt: skip


def wrong_pair(f: Any) -> bool:
    """Somebody who was refused stands in the mapping with another code, or without its text."""
    if not f.delivers or type(f.got) is not dict:
        return False
    pairs = [(f.got[address], due) for address, due in f.want.items() if address in f.got]
    return not all(
        type(pair) is tuple and len(pair) == 2 and type(pair[1]) is str and pair[0] == due[0]
        and all(word in pair[1] for word in due[1].split())
        for pair, due in pairs
    )  # fmt: skip


def other_code(f: Any) -> Any:
    return f.error and not f.delivers and f.expected.code and not code_is(f.expected.code)(f)


# What the shared mistakes say best.
REPORTED = ("no-mapping", "wrong-report", "wrong-reply", "other-code")


def in_the_gauntlet(f: Any) -> Any:
    """What the gauntlet would say of it, where the judge has nothing to say by itself."""
    if f.mine.over or f.leak:
        return None
    found = {k: when for k, when in {**UNSAFE, **TROUBLES}.items() if k not in REPORTED}
    trouble = first_trouble(found, f.did)
    return trouble and {"trouble": trouble}


DEMANDS: dict[str, When] = {
    "tls-not-asked": CAUSES["tls-not-asked"],
    "other-exception.plain": other(
        lambda f: isinstance(f.error, TimeoutError) and ssl.SSLError in f.expected.kinds
    ),
    "tries-again.asked": lambda f: not f.delivers and asked_again(f),
    "tries-again": lambda f: (
        not f.delivers and len(f.sessions) > 1 and {"count": len(f.sessions)}
    ),
    "other-exception.context": other(lambda f: is_a(f.error.__context__, *f.expected.kinds)),
    "other-exception": other(lambda f: True),
    "error-swallowed": swallowed(lambda f: True),
    "refused-late": lambda f: f.case.why in EARLY and f.error and f.sessions,
    "no-quit.refused": lambda f: f.case.why == "all-refused" and not f.has_said("QUIT"),
    "no-quit": lambda f: f.delivers and f.arrived and not f.has_said("QUIT"),
    "quit-unread": lambda f: f.case.why == "quit-late" and not f.was_told(221),
    "default-timeout": lambda f: f.default_timeout is not None,
    "timeout-ignored.other": lambda f: f.case.why == "size-large" and (
        found := [w for w in f.patience if w is None or w > f.arguments["timeout"] + 0.1]
    ) and {"seconds": found[0]},
    "in-the-gauntlet": in_the_gauntlet,
}  # fmt: skip

MISTAKES: dict[str, When] = {**CAUSES, **DEMANDS}
