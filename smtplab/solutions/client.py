"""Lesson 08: the whole client, with a command line."""

import argparse
import contextlib
import getpass
import socket
import ssl
import sys
from pathlib import Path

from .auth import auth_login, auth_plain
from .dialogue import ReplyError, command, deliver, parse_ehlo, read_reply
from .multipart import build_message
from .sockets import LineReader
from .tls import InsecureError, connect_tls, starttls

__all__ = ["log_in", "main", "say_hello", "send_mail"]


def say_hello(sock, reader):
    """Read the greeting, then say EHLO, or HELO to a server that refuses it.

    Return the extensions, a dict as parse_ehlo gives it. Raise ReplyError when the server
    does not greet with 220, or takes neither. Source: RFC 5321, sections 3.1, 3.2 and 4.1.1.1.

    >>> say_hello(sock, reader)
    {'SIZE': '35882577', 'STARTTLS': ''}
    """
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError as error:
        if error.code not in (500, 501, 502, 504, 550):
            raise
    command(sock, reader, "HELO client.lab.test", 250)
    return {}


def log_in(sock, reader, extensions, user, password):
    """Log in with a mechanism that the server offers: PLAIN if it can be, else LOGIN.

    Raise ReplyError when the server refuses, and ValueError when it offers neither.
    Source: RFC 4954, section 4.

    >>> log_in(sock, reader, {"AUTH": "LOGIN PLAIN"}, "you@lab.test", code)
    """
    offered = extensions.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError(f"no way to log in that we know is offered: {offered}")


def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    """Send one mail. Return the refused recipients: a dict with (code, text) for each.

    security is "tls", "starttls" or "none". hostname is the name that the certificate must
    hold: host, when left out. inline and attachments hold pairs (filename, data). timeout is
    in seconds, for each wait. Raise ValueError for what cannot be sent, ReplyError when the
    server refuses the session, the sender, every recipient or the message, InsecureError
    where going on would give a secret away, EOFError when the server hangs up, and OSError
    for the connection (ssl.SSLError and TimeoutError are such). Source: RFC 5321, section 3;
    RFC 6409; RFC 8314, section 3.

    >>> send_mail("127.0.0.1", port, security="tls", cafile=lab.ca_file, user=you, password=code,
    ...     sender=you, recipients=["lin@lab.test"], subject="Hi", text="Hello")
    {}
    """
    if security not in ("tls", "starttls", "none"):
        raise ValueError(f'security is "tls", "starttls" or "none", not {security!r}')
    if user is not None and security == "none":
        raise InsecureError("a password is not sent over a connection that anybody can read")
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    if user is not None and password is None:
        raise ValueError("a user without a password")
    if security == "tls":
        sock = connect_tls((host, port), name, cafile, timeout)
    else:
        sock = socket.create_connection((host, port), timeout)
    try:
        reader = LineReader(sock)
        extensions = say_hello(sock, reader)
        if security == "starttls":
            if "STARTTLS" not in extensions:
                raise InsecureError("the server offers no STARTTLS, or somebody struck it out")
            sock, reader, extensions = starttls(sock, reader, name, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        options = ""
        if not all(address.isascii() for address in (sender, *recipients)):
            if "SMTPUTF8" not in extensions:
                raise ValueError("an address is not ASCII, and the server offers no SMTPUTF8")
            options = " SMTPUTF8"
        limit = extensions.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(message):
            raise ValueError(f"{len(message)} octets, and the server takes {limit} at most")
        refused = deliver(sock, reader, sender, list(recipients), message, options)
        if len(refused) == len(recipients):
            code, lines = next(iter(refused.values()))
            raise ReplyError(code, ["every recipient was refused:", *lines])
        quit_session(sock, reader)
        return {address: (code, " ".join(lines)) for address, (code, lines) in refused.items()}
    finally:
        close(sock)


def quit_session(sock, reader):
    """Say QUIT, and do not mind what comes of it: the mail is delivered already.

    Source: RFC 5321, section 4.1.1.10.

    >>> quit_session(sock, reader)
    """
    with contextlib.suppress(OSError, EOFError, ValueError, ReplyError):
        command(sock, reader, "QUIT", 221)


def close(sock):
    """Close a connection, and say so to TLS first, where there is any. RFC 8446, section 6.1.

    >>> close(sock)
    """
    with contextlib.suppress(OSError, ValueError):
        if isinstance(sock, ssl.SSLSocket):
            sock.settimeout(1)
            sock.unwrap()
    sock.close()


def main(arguments=None):
    """Send one mail as the command line says; return the exit status, 0 or 1.

    >>> main(["--host", "127.0.0.1", "--port", "465", "--security", "tls", "--help"])
    """
    parser = argparse.ArgumentParser(
        description="Send one mail: text, HTML with pictures, attachments.",
        epilog="The password comes from a file or is asked for; it is never an argument, because "
        "other users of the machine can read those. Exit status: 0 when every recipient was "
        "taken, 1 otherwise, with one line on standard error.",
    )
    parser.add_argument("--host", required=True, help="the provider's submission server")
    parser.add_argument("--port", required=True, type=int, help="465 for tls, 587 for starttls")
    parser.add_argument("--security", required=True, choices=("tls", "starttls", "none"))
    parser.add_argument("--hostname", help="the name in the certificate, if it is not --host")
    parser.add_argument("--user", help="log in with this name; asks for the password")
    parser.add_argument("--password-file", type=Path, help="its first line is the password")
    parser.add_argument("--cafile", help="trust the authorities in this PEM file alone")
    parser.add_argument("--from", required=True, dest="sender", metavar="ADDRESS")
    parser.add_argument(
        "--to", required=True, action="append", metavar="ADDRESS", help="repeatable"
    )
    parser.add_argument("--subject", required=True)
    parser.add_argument("--text", required=True, help="the text itself")
    parser.add_argument("--html", type=Path, metavar="FILE", help='with <img src="cid:NAME">')
    parser.add_argument("--inline", type=Path, action="append", default=[], metavar="FILE",
                        help="a picture that the HTML shows by its file's name")  # fmt: skip
    parser.add_argument("--attach", type=Path, action="append", default=[], metavar="FILE",
                        help="repeatable")  # fmt: skip
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds for each wait")
    options = parser.parse_args(arguments)
    try:
        password = None
        if options.password_file is not None:
            password = options.password_file.read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
        elif options.user is not None:
            password = getpass.getpass(f"Password for {options.user}: ")
        refused = send_mail(
            options.host,
            options.port,
            security=options.security,
            user=options.user,
            password=password,
            cafile=options.cafile,
            hostname=options.hostname,
            sender=options.sender,
            recipients=options.to,
            subject=options.subject,
            text=options.text,
            html=options.html.read_text(encoding="utf-8") if options.html else None,
            inline=[(path.name, path.read_bytes()) for path in options.inline],
            attachments=[(path.name, path.read_bytes()) for path in options.attach],
            timeout=options.timeout,
        )
    except (OSError, EOFError, ValueError, ReplyError, InsecureError) as error:
        print(f"not sent: {explain(error)}", file=sys.stderr)
        return 1
    if refused:
        print("refused: " + "; ".join(f"{a}: {c} {t}" for a, (c, t) in refused.items()),
              file=sys.stderr)  # fmt: skip
        return 1
    return 0


def explain(error):
    """One line for a person about what went wrong (str); it never holds the password.

    >>> explain(TimeoutError())
    'the server did not answer in time'
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS with this server: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    if isinstance(error, EOFError):
        return f"the server hung up: {error}"
    if isinstance(error, ReplyError):
        return f"the server said {error}"
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
