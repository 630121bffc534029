"""The provider by itself, for clients in any language: what it keeps, saves and says."""

from __future__ import annotations

import argparse
import queue
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from smtplab.command import Refused, command_line, say
from smtplab.lab import Event, Lab, Message, certificates
from smtplab.lab.state import Account
from smtplab.lab.transcript import LineSplitter

__all__ = ["read", "serve"]

PORTS = (25, 465, 587)
CODE = "authorization-code.txt"


def serve(options: argparse.Namespace) -> None:
    """Run the provider until Ctrl-C, and print all that is said and what arrives."""
    account = Account()
    if options.state:
        account = kept(options.state, options.host)
    if options.save:
        fit(options.save)
    chosen = {number: getattr(options, f"port_{number}") for number in PORTS}
    ports = {number: port for number, port in chosen.items() if port is not None}
    try:
        lab = Lab(options.profile, ports=ports, host=options.host, account=account)
    except OSError as error:
        raise Refused(say("serve.no-start", why=error.strerror or error), 1) from error
    # The provider's thread only hands over what came; this one prints it.
    heard: queue.SimpleQueue[Event | Message] = queue.SimpleQueue()
    splitters: defaultdict[int, LineSplitter] = defaultdict(LineSplitter)
    # `kill`, and what stops a container, end it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), lab:
        lab.transcript.subscribe(heard.put)
        lab.mailbox.subscribe(heard.put)
        print("\n".join(card(lab)), flush=True)
        while True:
            # On Windows a wait without an end would not see Ctrl-C.
            with suppress(queue.Empty):
                came = heard.get(timeout=0.5)
                if isinstance(came, Message):
                    print(arrived(came, options.save), flush=True)
                    continue
                where = f"[{came.session}, port {came.port}{', TLS' if came.tls else ''}]"
                for line in splitters[came.session].feed(came):
                    print(f"{where:<20} {line}", flush=True)
    print(f"\n{say('serve.stopped')}")


def card(lab: Lab) -> Iterator[str]:
    """What a client needs to know about a provider, as lines of text."""
    yield say("serve.runs", name=lab.hostname, profile=lab.profile)
    for number in PORTS:
        host, actual = lab.address(number)
        yield f"  {number:<4} {say(f'serve.port-{number}', host=host, port=actual)}"
    account = lab.account
    yield say("serve.account", value=account.address)
    yield say("serve.code", value=account.authorization_code)
    yield say("serve.web-password", value=account.web_password)
    names = ", ".join(certificates.names())
    yield say("serve.certificate", value=lab.ca_file, names=names)
    yield ""


# Folders


def fit(folder: Path) -> None:
    """Make a folder, and see that it can be written into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".smtplab"
        probe.touch()
        probe.unlink()
    except OSError as error:
        unfit(folder, error)


def unfit(folder: Path, error: OSError) -> NoReturn:
    why = error.strerror or error
    raise Refused(say("serve.unfit", folder=folder, why=why), 1) from error


def kept(folder: Path, host: str) -> Account:
    """The account whose code is kept in a folder, with the certificates; what lacks is made."""
    fit(folder)
    try:
        certificates.keep(folder, host)
        path = folder / CODE
        if path.exists() and (code := path.read_text(encoding="utf-8").strip()):
            return Account(authorization_code=code)
        account = Account()
        path.write_text(f"{account.authorization_code}\n", encoding="utf-8")
        return account
    except OSError as error:
        unfit(folder, error)
    except ValueError as error:
        raise Refused(say("serve.bad-certificate", folder=folder), 1) from error


# Mail


def arrived(message: Message, folder: Path | None) -> str:
    """A line that says what came, after it was saved, where it is to be."""
    to = ", ".join(f"<{each}>" for each in message.recipients)
    said = say("serve.mail", sender=message.sender, to=to, subject=message.subject,
               octets=len(message.raw), count=len(message.defects))  # fmt: skip
    if folder:
        try:
            line = command_line("read", str(save(message, folder)))
            said += f"\n{' ' * 20} {say('serve.look', line=line)}"
        except OSError as error:
            said += say("serve.not-saved", why=error.strerror or error)
    return f"{f'[{message.session}]':<20} {said}"


def save(message: Message, folder: Path) -> Path:
    """Write the octets of a message into a new file; those that are there stay as they are."""
    number = 1 + max((int(p.stem) for p in folder.glob("*.eml") if p.stem.isdecimal()), default=0)
    path = folder / f"{number:04}.eml"
    with path.open("xb") as file:
        file.write(message.raw)
    return path


def read(path: Path) -> str:
    """What a file with a message in it is to a mail program, and what is wrong with it, as text."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(say("cannot-be-read", path=path, why=error.strerror or error), 1) from error
    import smtplab

    _ = smtplab.Lab  # with which messages learn to show themselves
    message: object = Message("", (), raw, 0)
    return str(message._repr_mimebundle_()["text/plain"])  # type: ignore[attr-defined]
