"""Lesson 04: the cases of each exercise, and the mistakes that are known, in the order asked."""

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..judge import READER, SOCK, Case, Exercise, Facts, Lesson, Peer, SmtpServer, When
from ..judge.compare import SLIPS
from ..lab import faults
from ..lab.certificates import ca_file
from ..solutions import tls as reference
from ..solutions.autopsy import repaired_tls
from .handshakes import (
    ADDRESS,
    CA_FILE,
    HOSTNAME,
    NOWHERE,
    OTHER,
    OTHER_FILE,
    Found,
    Provider,
    parts,
    shown,
)

__all__ = ["LESSON", "REPAIRED_TLS"]

IMPATIENCE = 0.2  # seconds that a client waits for a provider that will not answer
UNTRUSTED = re.compile(r"CertVerif.*certificate verify failed: (.*?)\.? \(_ssl")

# --- of connect_tls and starttls both -----------------------------------------------------


def at(*whys: str) -> Callable[[When], When]:
    """A condition that is asked of these cases alone."""
    return lambda when: lambda f: f.case.why in whys and when(f)


def meets(why: str, peer: Provider, name: str = HOSTNAME, cafile: Any = CA_FILE,
          drive: Any = None) -> Case:  # fmt: skip
    """A call for a connection to 465, or to go on with one to 587."""
    dialled = (ADDRESS, name, cafile, peer.patience)
    args = dialled if peer.port == 465 else (SOCK, READER, name, cafile)
    return Case(
        why,
        args,
        peer,
        drive=drive,
        values={"host": HOSTNAME, "other": OTHER if name == HOSTNAME else name},
    )


def trusts(port: int) -> list[Case]:
    """Whom to trust, and whom not to."""
    provider = partial(Provider, port=port)
    return [
        meets("impostor", provider(habit=faults.Impersonate())),
        meets("other-name", provider(), name=OTHER),
        meets("other-name", provider(), name=HOSTNAME.partition(".")[2]),
        meets("authorities", provider(), cafile=None),
        meets("system", provider(trusted=True, serves=True), cafile=None),
        meets("other-file", provider(trusted=True), cafile=OTHER_FILE),
        meets("silence", provider(faults.SilentHandshake(), patience=IMPATIENCE)),
    ]


def back(f: Facts) -> bool:
    """It came back from a provider in good order, and may have left something open."""
    return not f.due and not f.error and (f.returned or f.reason == "left-open")


def trouble(f: Facts) -> Found:
    """The first thing of no use among those that came back."""
    found = (each for each in parts(f.mine.value) if isinstance(each, Found) and each.trouble)
    return next(found, Found())


def troubles(*reasons: str) -> dict[str, When]:
    """What came back from a provider in good order has this trouble."""

    def has(reason: str) -> When:
        return lambda f: not f.due and trouble(f).trouble == reason and trouble(f).values

    return {reason: has(reason) for reason in reasons}


def came(f: Facts) -> Any:
    """An encrypted socket came back where none was due."""
    found = parts(f.mine.value)[0]
    return f.due and isinstance(found, Found) and not found.trouble and found.values


def swallowed(f: Facts) -> bool:
    """Something else came back where an exception was due."""
    found = any(isinstance(each, Found) for each in parts(f.mine.value))
    return f.due != "" and f.returned and not found and not getattr(f.got, "error", False)


def untrusted(f: Facts) -> Any:
    """A certificate was refused that was to be taken; OpenSSL's word for why."""
    found = None if f.due else UNTRUSTED.search(f.told)
    return found and {"why": found[1]}


def other_name(f: Facts) -> Any:
    """The certificate was compared with this name, and another one was meant."""
    compared = (came(f) or {}).get("compared")
    return compared not in (None, f.hostname) and {"compared": compared, "meant": f.hostname}


def advised(patterns: Mapping[str, str]) -> dict[str, When]:
    """Advice on an exception, by what stands in what it says, and in the line behind that."""

    def told(pattern: str) -> When:
        return lambda f: re.search(pattern, f.told)

    return {f"exception.{name}": told(pattern) for name, pattern in patterns.items()}


# Whom it trusts, and whether it says so. The names of the cases say who was met.
BOTH: dict[str, When] = {
    "returned-none": lambda f: back(f) and f.got is None,
    "error-swallowed": swallowed,
    "good-refused": at("good", "default")(untrusted),
    "no-server-hostname": lambda f: "requires server_hostname" in f.told,
    "error-swallowed.old-socket": lambda f: f.due == "SSLError" and "Errno 9]" in f.told,
    "silent-downgrade": lambda f: f.due == "SSLError" and trouble(f).trouble == "not-encrypted",
    "anybody-trusted.careless": at("impostor")(lambda f: came(f) and not came(f)["asks"]),
    "anybody-trusted": at("impostor")(came),
    "other-name-checked": at("wrong-name", "other-name")(other_name),
    "name-not-checked": at("wrong-name", "other-name")(came),
    "cafile-ignored": at("authorities")(came),
    "system-not-trusted": at("system")(untrusted),
    "system-trusted-too": at("other-file")(came),
}

# What Python says of a context that is not made as it should be.
CONTEXTS = {
    "server-context": "_TLS_SERVER context",
    "server-side": "in client mode",
    "opened-file": r"filesystem path|NoneType.* `.*open\(",
    "purpose": r"\.pem `.*create_default_context",
    "no-context": r"has no attribute 'wrap_socket'|^TypeError: wrap_socket\(\)",
    "omitted": "all omitted",
    "own-certificate": "`.*load_cert_chain",
    "cadata": "`.*cadata",
    "no-such-file": "^FileNotFoundError",
    "asks-nothing": "Cannot set verify_mode",
    "old-version": "NO_CIPHERS_AVAILABLE|NO_PROTOCOLS_AVAILABLE",
}

# --- connect_tls --------------------------------------------------------------------------


def keeps_default(connect_tls: Callable[..., Any], *args: Any) -> Any:
    """Call it, and see whether the timeout of all other sockets is as it was."""
    before = socket.getdefaulttimeout()
    try:
        return connect_tls(*args)
    except OSError:
        if socket.getdefaulttimeout() == before:
            raise
    return Found("default-timeout")


# What Python says where connect_tls is called or dials, and the student's own line.
DIALLING = {
    "gaierror": "^gaierror",
    "nobody-there": "^ConnectionRefusedError",
    "address-as-one": r"unpack.* `.*create_connection|create_connection\(\*|one argument.*connect",
    "wrapped-address": "'tuple' object has no attribute.* `.*wrap_socket",
    "already-connected": "already-connected",
    "no-blocking": "non-blocking|^BlockingIOError",
}

CONNECT_TLS = Exercise(
    reference.connect_tls,
    forbids=("smtplib", "asyncio", "imaplib", "poplib", "http", "urllib"),
    key=shown,
    cases=[
        meets("good", Provider(serves=True)),
        meets("good", Provider(serves=True), "Mail.Lab.Test"),
        Case("default", (ADDRESS, HOSTNAME, CA_FILE), Provider(serves=True)),
        *trusts(465),
        meets("wrong-name", Provider(habit=faults.Impersonate("wrong-name"))),
        meets("expired", Provider(faults.Certificate("expired"))),
        meets("no-file", Provider(), cafile=NOWHERE),
        meets("nobody", Provider(listens=False), drive=keeps_default),
    ],
    mistakes={
        **BOTH,
        **troubles(
            "not-encrypted", "not-connected", "no-handshake", "other-timeout", "connection-ended",
            "other-reply", "spoke-first",
        ),
        "default-timeout": lambda f: f.mine.value.trouble == "default-timeout",
        "wrong-type": lambda f: back(f) and not isinstance(f.mine.value, Found)
        and {"kind": type(f.mine.value).__name__},
        "expired-taken": at("expired")(came),
        "cafile-ignored.nowhere": at("no-file")(lambda f: isinstance(f.mine.value, Found)),
        **advised(DIALLING | CONTEXTS),
    },
)  # fmt: skip

# --- choose_security ----------------------------------------------------------------------

OFFER = {"SIZE": "35882577", "STARTTLS": "", "8BITMIME": ""}
STRIPPED = {"SIZE": "35882577", "8BITMIME": "", "AUTH": "LOGIN PLAIN"}
CHOICES: tuple[tuple[int, Mapping[str, str] | None], ...] = (
    (465, None), (587, OFFER), (587, STRIPPED), (587, {}), (587, {"X-STARTTLS": "", "SIZE": ""}),
    (465, {"SIZE": "1000"}), (465, OFFER), (25, {"STARTTLS": ""}), (25, STRIPPED),
    (587, {"STARTTLS": "REQUIRED"}),
)  # fmt: skip


def port_as_text(f: Facts) -> Any:
    """The port was taken for another one, and is compared with digits in quotes."""
    digits = f.raised and re.search(rf"""['"]({f.port})['"]""", f.source)
    return digits and {"digits": digits[1]}


def refuses(f: Facts) -> bool:
    return f.raised == "InsecureError" and not f.due


def chooses(extensions: dict[str, str]) -> When:
    """An offer was refused; with these extensions it would have been taken."""

    def when(f: Facts) -> Any:
        student = f.trial.student
        return refuses(f) and f.trial.call(student, f.port, extensions, raises=Exception) == f.want

    return when


CHOOSE_SECURITY = Exercise(
    reference.choose_security,
    cases=[
        Case("on-465" if port == 465 else "in-the-clear", (port, offer), values={"port": port})
        for port, offer in CHOICES
    ],
    mistakes={
        "port-as-text": port_as_text,
        "looks-at-none": lambda f: f.extensions is None
        and f.raised in ("TypeError", "AttributeError"),
        "silent-downgrade.offer": lambda f: f.due and f.got == "starttls",
        "silent-downgrade": lambda f: f.due and f.returned,
        "other-exception": lambda f: f.due and f.raised in SLIPS,
        "tls-refused": lambda f: refuses(f) and f.port == 465,
        "empty-is-false": chooses({**OFFER, "STARTTLS": "yes"}),
        "first-keyword-only": lambda f: (
            next(iter(f.extensions)) != "STARTTLS" and chooses({"STARTTLS": ""})(f)
        ),
        "offer-refused.case": chooses({"starttls": ""}),
        "offer-refused": refuses,
    },
)  # fmt: skip

# --- starttls -----------------------------------------------------------------------------

LIE = b"250-mail.lab.test\r\n250 X-SLIPPED-IN\r\n"
HALF = b"5"
slipped_in = at("injected", "half", "crlf")
NO_TLS = re.compile("^SSLError.*(WRONG_VERSION_NUMBER|RECORD_LAYER|PACKET_LENGTH)")


def said(f: Facts, verb: str) -> bool:
    """Whether the client has said this."""
    return any(text.upper().startswith(verb) for _, text in f.server.said)


def fails(when: When) -> When:
    """A condition on a call that did not come to its end, with nothing wrong on the other side."""
    return lambda f: not f.due and f.mine.over is not None and when(f)


def in_handshake(f: Facts) -> bool:
    return "do_handshake" in f.way or f.reason == "waits-in-do_handshake"


def asks_for_more(f: Facts) -> bool:
    waited = f.waits or f.raised == "TimeoutError"
    return waited and ".recv(" in f.code and said(f, "STARTTLS")


def dropped(f: Facts) -> bool:
    """It came to its end, as if nothing had been slipped in."""
    return f.returned and type(f.mine.value) is tuple


def wrong_type(f: Facts) -> Any:
    """What came back is no tuple of a socket, its reader, and a dict."""
    kinds = [getattr(each, "kind", type(each).__name__) for each in parts(f.mine.value)]
    right = kinds[0] in ("SSLSocket", "socket") and kinds[1:] == ["LineReader", "dict"]
    return back(f) and not right and {"kinds": ", ".join(kinds)}


# What Python says where a command is said and its reply read.
TALKING = {
    "reply-not-lines": "no attribute 'partition'",
    "reader-sends": "'LineReader' object has no attribute 'send",
    "reader-of-nothing": "LineReader.__init__",
    "reader-of-what": "has no attribute 'recv'",
    "reader-buffer": "'LineReader' object has no",
    "line-break": "a line break",
    "ehlo-name": "^ReplyError: 501",
}

talk = partial(Provider, port=587)
NO_TLS_HERE = SmtpServer(answers={b"STARTTLS": b"454 4.7.0 TLS not available\r\n"})
refusing = partial(Peer, server=NO_TLS_HERE, timeout=0.5, given={CA_FILE: ca_file})

REFUSED = (SOCK, READER, HOSTNAME, CA_FILE)

STARTTLS = Exercise(
    reference.starttls,
    points=20,
    forbids=("smtplib", "asyncio"),
    key=shown,
    cases=[
        meets("good", talk(serves=True)),
        meets("good", talk(fault=faults.LongReply(lines=1, at="STARTTLS"), serves=True)),
        meets("good", talk(fault=faults.Without("AUTH"), serves=True)),
        meets("injected", talk(habit=faults.Inject(to_client=LIE))),
        meets("half", talk(habit=faults.Inject(to_client=HALF))),
        meets("crlf", talk(habit=faults.Inject(to_client=b"\r\n"))),
        Case("refused", REFUSED, refusing(may_close=True), without=("ahead",)),
        Case("refused", REFUSED, refusing(), weather=False),
        *trusts(587),
        meets("ehlo-refused", talk(fault=faults.Reply(554, at="EHLO"))),
        meets("ehlo-refused", talk(fault=faults.Reply(421, at="EHLO"))),
        meets("ends-within", talk(fault=faults.Drop(at="EHLO"), any_error=True)),
    ],
    mistakes={
        "end-ignored.within": at("ends-within")(lambda f: f.returned),
        **BOTH,
        "wrong-type": wrong_type,
        **troubles(
            "old-socket", "not-encrypted", "not-connected", "no-handshake", "other-timeout",
            "connection-ended", "other-reply", "no-second-ehlo", "ehlo-names-server", "old-reader",
        ),
        "extensions-of-before": lambda f: not f.due and f.got[2] == f.server.offered,
        "wrong-extensions": lambda f: not f.due and f.got[2] != f.want[2],
        "old-reader.read": fails(lambda f: "Errno 9]" in f.told and "read_line" in f.way),
        "old-socket.said": fails(lambda f: "Errno 9]" in f.told),
        "waits-for-more": fails(asks_for_more),
        "line-not-ended": fails(lambda f: f.waits and not said(f, "STARTTLS")),
        "waits-for-a-line": fails(lambda f: f.waits),
        "second-connection": fails(lambda f: len(f.server.lab.transcript) > 1),
        "not-asked": fails(lambda f: in_handshake(f) and not said(f, "STARTTLS")),
        "reply-not-read": fails(lambda f: bool(NO_TLS.search(f.told))),
        "insecure-for-nothing": fails(lambda f: f.raised == "InsecureError"),
        "injection-believed": slipped_in(lambda f: dropped(f) and "X-SLIPPED-IN" in f.got[2]),
        "injection-passed-over": slipped_in(dropped),
        "refusal-ignored.handshake": at("refused")(
            lambda f: in_handshake(f) and {"answer": f.came or "454"}
        ),
        "refusal-ignored.ehlo": at("ehlo-refused")(lambda f: f.returned),
        **advised(TALKING | CONTEXTS),
    },
)  # fmt: skip

LESSON = Lesson("04", __file__, (CONNECT_TLS, CHOOSE_SECURITY, STARTTLS))

# Lesson 07 asks the same of repaired_tls, whose timeout has no default, and which promises
# TimeoutError for silence. What is said names the function that is judged.
REPAIRED_TLS = replace(
    CONNECT_TLS,
    words=LESSON.words,
    doc=repaired_tls.__doc__ or "",
    cases=[case for case in CONNECT_TLS.cases if isinstance(case, str) or case.why != "default"],
)
