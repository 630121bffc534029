"""Lesson 08: the whole client, with a command line."""

import argparse
import contextlib
import getpass
import socket
import ssl
import sys
import warnings
from pathlib import Path

from .auth import auth_login, auth_plain, base64_encode
from .dialogue import ReplyError, command, deliver, dot_stuff, parse_ehlo, read_reply
from .multipart import build_message
from .sockets import LineReader
from .tls import InsecureError, connect_tls, own_name, starttls

__all__ = ["deliver_utf8", "log_in", "main", "say_hello", "send_mail"]


def say_hello(sock, reader):
    """Read the greeting, then say EHLO, or HELO to a server that does not know EHLO.

    Return the extensions, a dict as parse_ehlo gives it, empty after HELO. A server that does
    not know EHLO answers it with 500, 501, 502, 504 or 550. Raise ReplyError when the greeting
    is not 220, and when EHLO or HELO is refused otherwise.
    Source: RFC 5321, sections 3.1, 3.2 and 4.1.1.1.

    >>> say_hello(sock, reader)
    {'SIZE': '35882577', 'STARTTLS': ''}
    """
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        return parse_ehlo(command(sock, reader, f"EHLO {own_name(sock)}", 250)[1])
    except ReplyError as error:
        if error.code not in (500, 501, 502, 504, 550):
            raise
    command(sock, reader, f"HELO {own_name(sock)}", 250)
    return {}


def log_in(sock, reader, extensions, user, password):
    """Log in with a mechanism that the server offers: PLAIN if it is there, else LOGIN.

    extensions is what say_hello or starttls gave; names stand under AUTH, in capitals or not.
    Raise ReplyError when the server refuses, and ValueError when it offers neither.
    Source: RFC 4954, sections 3 and 4.

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

    That text is one str, of all lines. security is "tls", "starttls" or "none". hostname is the
    name that the certificate must hold: host, when left out. recipients is a list; who is named
    twice gets one copy. inline and attachments hold pairs (filename, data). timeout is in
    seconds, for each wait. Raise ValueError for what cannot be sent (by anybody: another
    security, a user without a password; to this server: longer than its SIZE, which is no limit
    where it is 0 or no number, an address that wants SMTPUTF8, a login that it does not offer),
    ReplyError when the server refuses the session, the sender, every recipient (with the code
    of one of them) or the message, InsecureError where going on would give a secret away, or
    where STARTTLS is wanted and not offered, EOFError when the server hangs up, and OSError for
    the connection (ssl.SSLError and TimeoutError are such). No socket is left open. QUIT is
    said also when all are refused.
    Source: RFC 5321, section 3; RFC 1870, section 4; RFC 6409; RFC 8314, section 3.

    >>> send_mail("127.0.0.1", port, security="tls", cafile=lab.ca_file, user=you, password=code,
    ...     sender=you, recipients=["lin@lab.test"], subject="Hi", text="Hello")
    {}
    """
    if security not in ("tls", "starttls", "none"):
        raise ValueError(f'security is "tls", "starttls" or "none", not {security!r}')
    if user is not None and security == "none":
        raise InsecureError("a password is not sent over a connection that anybody can read")
    if isinstance(recipients, str) or not recipients:
        raise ValueError(f"recipients is a list with an address or more, not {recipients!r}")
    recipients = list(dict.fromkeys(recipients))  # each of them once
    if user is not None and password is None:
        raise ValueError("a user without a password")
    inline, attachments = list(inline), list(attachments)
    # What no server could take is seen without the octets of the files, too.
    pictures = [(filename, b"") for filename, _ in inline]
    files = [(filename, b"") for filename, _ in attachments]
    build_message(sender, recipients, subject, text, html, pictures, files)
    name = hostname or host
    if security == "tls":
        sock = connect_tls((host, port), name, cafile, timeout)
    else:
        sock = socket.create_connection((host, port), timeout)
    try:
        reader = LineReader(sock)
        extensions = say_hello(sock, reader)
        if security == "starttls":
            if "STARTTLS" not in extensions:
                quit_session(sock, reader)
                raise InsecureError("the server offers no STARTTLS, or somebody struck it out")
            sock, reader, extensions = starttls(sock, reader, name, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        # Text takes what it has or more, and base64 four for three: that is known beforehand.
        encoded = [(len(data) + 2) // 3 * 4 for _, data in inline + attachments]
        check_size(len(text) + sum(encoded), extensions)
        message = build_message(sender, recipients, subject, text, html, inline, attachments)
        check_size(len(message), extensions)
        if all(address.isascii() for address in (sender, *recipients)):
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("an address is not ASCII, and the server offers no SMTPUTF8")
        quit_session(sock, reader)
    except (ReplyError, ValueError):
        quit_session(sock, reader)  # a session that comes to nothing ends in the same way
        raise
    finally:
        close(sock)
    if len(refused) == len(recipients):
        code = next(iter(refused.values()))[0]
        why = [f"{address}: {code} {' '.join(lines)}" for address, (code, lines) in refused.items()]
        raise ReplyError(code, [f"for every recipient: {'; '.join(why)}"])
    return {address: (code, " ".join(lines)) for address, (code, lines) in refused.items()}


def check_size(octets, extensions):
    """Raise ValueError when the server takes no message of so many octets. RFC 1870, section 4.

    >>> check_size(1_000, {"SIZE": "35882577"})
    """
    limit = extensions.get("SIZE", "")
    if limit.isdigit() and 0 < int(limit) < octets:
        raise ValueError(f"{octets:,} octets or more, and the server takes {int(limit):,} at most")


def deliver_utf8(sock, reader, sender, recipients, message):
    """Deliver one message as deliver does, with addresses that need not be ASCII.

    MAIL FROM:<...> is followed by a space and SMTPUTF8; the caller has seen that the server
    offers it. The wire carries UTF-8. All else is as in deliver: what is returned, and what is
    raised. Source: RFC 6531, section 3.4.

    >>> deliver_utf8(sock, reader, "you@lab.test", ["林@lab.test"], message)
    {}
    """
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    if refused.keys() == set(recipients):
        command(sock, reader, "RSET", 250)
        return refused
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


def quit_session(sock, reader):
    """Say QUIT, and do not mind what comes of it: the mail is delivered already, or refused.

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
    """Send one mail as the command line says, and return the exit status.

    It is 0 when every recipient was taken, and 130 when Ctrl-C came first. Otherwise it is 1.
    One line on standard error says why; wrong use of the command line ends the program in the
    same way (SystemExit).

    >>> main(["--host", "127.0.0.1", "--port", "465", "--security", "tls", "--help"])
    """
    parser = argparse.ArgumentParser(
        description="Send one mail: text, HTML with pictures, attachments.",
        epilog="The password comes from a file, or is asked for. It is never an argument, because "
        "other users of the machine can read those. Exit status: 0 when every recipient was "
        "taken, 130 after Ctrl-C, 1 otherwise, with one line on standard error that says why.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", required=True, help="the provider's submission server")
    add("--port", required=True, type=int, help="465 for tls, 587 for starttls")
    add("--security", required=True, choices=("tls", "starttls", "none"),
        help="TLS from the first octet, STARTTLS, or everything in the clear")  # fmt: skip
    add("--hostname", metavar="NAME", help="the name in the certificate, if it is not the host's")
    add("--user", help="log in with this name; asks for the password")
    add("--password-file", type=Path, metavar="FILE", help="its first line is the password")
    add("--cafile", metavar="FILE", help="trust the authorities in this PEM file alone")
    add("--from", required=True, dest="sender", metavar="ADDRESS")
    add("--to", required=True, action="append", metavar="ADDRESS", help="may be repeated")
    add("--subject", required=True)
    either = parser.add_mutually_exclusive_group(required=True).add_argument
    either("--text", help="the text itself")
    either("--text-file", type=Path, metavar="FILE", help="or a file that it stands in (UTF-8)")
    add("--html", type=Path, metavar="FILE", help="the same as HTML (UTF-8)")
    add("--inline", type=Path, action="append", default=[], metavar="FILE",
        help='a picture that the HTML shows as <img src="cid:FILE">; may be repeated')  # fmt: skip
    add("--attach", type=Path, action="append", default=[], metavar="FILE", help="may be repeated")
    add("--timeout", type=float, default=30.0, metavar="SECONDS",
        help="for each wait; 30 when left out")  # fmt: skip
    parser.error = lambda message: parser.exit(1, f"not sent: {message} (--help says more)\n")
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        # What stands behind an option that we do not know may be a password: not a word of it.
        name = unknown[0].partition("=")[0]
        parser.error(f"no option {name}" if name.startswith("-") else "a word without an option")
    if not 0 < options.port < 65536:
        parser.error("--port is a number from 1 to 65535")
    if not 0 < options.timeout < 1e6:
        parser.error("--timeout is a number of seconds, more than 0")
    if options.password_file and options.user is None:
        parser.error("--password-file goes with --user")

    password, text, status = None, options.text, 1
    heard = listen()
    try:
        if options.text_file:
            text = read_text(options.text_file, options.text_file)
        if options.user is not None:
            password = read_password(options.user, options.password_file)
        check_authorities(options.cafile)
        refused = send_mail(
            options.host, options.port, security=options.security, user=options.user,
            password=password, cafile=options.cafile, hostname=options.hostname,
            sender=options.sender, recipients=options.to, subject=options.subject, text=text,
            html=read_text(options.html, options.html) if options.html else None,
            inline=[(path.name, path.read_bytes()) for path in options.inline],
            attachments=[(path.name, path.read_bytes()) for path in options.attach],
            timeout=options.timeout,
        )  # fmt: skip
        why = "; ".join(f"{address}: {code} {text}" for address, (code, text) in refused.items())
        problem = f"sent, but not to {why}" if refused else ""
    except (OSError, EOFError, ValueError, ReplyError, InsecureError) as error:
        problem = f"not sent: {explain(error)}"
    except KeyboardInterrupt:
        status, problem = 130, f"interrupted: {how_far(heard)}"
    if problem:
        print(one_line(problem, options.user, password), file=sys.stderr)
    return status if problem else 0


def listen():
    """Return a list that grows with each line that is read: b"" while one is waited for.

    >>> heard = listen()
    """
    heard = []
    read_line = LineReader.read_line

    def read_and_keep(reader):
        heard.append(b"")
        heard[-1] = read_line(reader)
        return heard[-1]

    LineReader.read_line = read_and_keep
    return heard


def how_far(heard):
    """Say what had become of the mail (str) when these lines had come from the server.

    All of it is sent after 354, and then an answer is waited for: RFC 5321, section 4.1.1.4.

    >>> how_far([b"220 mail.lab.test ready", b""])
    'no server had been given the mail, and it is not sent'
    """
    codes = [line[:3] for line in heard if line[3:4] != b"-"]  # more lines follow a hyphen
    if b"354" not in codes:
        return "no server had been given the mail, and it is not sent"
    after = codes[codes.index(b"354") + 1 :]
    if answers := [code for code in after if code]:
        taken = answers[0] == b"250"
        return f"the server had {'taken' if taken else 'refused'} the mail already"
    if after:
        return "the server had the whole mail, and had not confirmed it: it may be sent or not"
    return "the mail was on its way, and the server had not confirmed it"


def read_password(user, path=None):
    """Return the password: the first line of the file, or what is typed when there is none.

    The error of a file does not repeat its name: who mistakes the option types a password there.

    >>> read_password("you@lab.test", Path("code.txt"))
    'abcdefghijklmnop'
    """
    if path is not None:
        try:
            return read_text(path, "the password file").partition("\n")[0]
        except OSError as error:
            raise ValueError(f"the password file cannot be read: {error.strerror}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # rather no password than one that is seen
            return getpass.getpass(f"Password for {user}: ")
    except (EOFError, getpass.GetPassWarning):
        raise ValueError("nobody can be asked for the password: use --password-file") from None


def read_text(path, what):
    """Return the text of a UTF-8 file; `what` is how an error calls it.

    >>> read_text(Path("letter.html"), "the HTML")
    '<p>Hello</p>'
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows likes to begin with a mark
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{what} is not UTF-8 text")
    return text


def check_authorities(path):
    """Raise ValueError when a file (its path, or None) has no certificates to trust.

    >>> check_authorities(lab.ca_file)
    """
    try:
        ssl.create_default_context(cafile=path)
    except OSError:
        raise ValueError(f"{path} cannot be read, or has no certificates (PEM)") from None


def explain(error):
    """Say for a person what went wrong (str).

    >>> explain(TimeoutError())
    'the server did not answer in time (does --security fit the port?)'
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS with this server: {error.reason or error} (does --security fit the port?)"
    if isinstance(error, TimeoutError):
        return "the server did not answer in time (does --security fit the port?)"
    if isinstance(error, EOFError):
        return f"the server hung up: {error}"
    if isinstance(error, ReplyError):
        return f"the server said {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the connection failed'}: {error.strerror}"
    return str(error) or type(error).__name__


def one_line(text, user=None, password=None):
    r"""Return text as one line that a terminal can show, without the password in it.

    A server may repeat what it was told, and what it says may hold anything.

    >>> one_line("500 what is\nAUTH PLAIN AHlvdQBzZWNyZXQ=", "you", "secret")
    '500 what is AUTH PLAIN ***'
    """
    if password:
        for secret in (password, f"\0{user}\0{password}"):
            text = text.replace(base64_encode(secret.encode("utf-8", "replace")), "***")
        text = text.replace(password, "***")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


if __name__ == "__main__":
    sys.exit(main())
