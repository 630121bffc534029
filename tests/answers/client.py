"""Answers to lesson 08: wrong ones, and right ones of other kinds."""

import base64
import contextlib
import re
import smtplib
import socket
import ssl
import types

from smtplab.solutions.auth import auth_login, auth_plain
from smtplab.solutions.dialogue import (
    ReplyError,
    command,
    deliver,
    dot_stuff,
    parse_ehlo,
    read_reply,
)
from smtplab.solutions.multipart import build_message
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import InsecureError, choose_security, connect_tls, starttls

from . import right, wrong


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# say_hello


@wrong("wrong-type")
def say_hello(sock, reader):
    read_reply(reader)
    command(sock, reader, "EHLO client.lab.test", 250)
    return Anything()


@wrong("line-missing")
def say_hello(sock, reader):
    return {"SIZE": "1000", "STARTTLS": ""}


@wrong("greeting-not-read")
def say_hello(sock, reader):
    return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("waits-in-recv")
def say_hello(sock, reader):
    read_reply(reader)
    read_reply(reader)
    return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("no-helo")
def say_hello(sock, reader):
    read_reply(reader)
    return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("names-server")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    return parse_ehlo(command(sock, reader, f"EHLO {lines[0].split()[0]}", 250)[1])


@wrong("line-other")
def say_hello(sock, reader):
    read_reply(reader)
    command(sock, reader, "HELO client.lab.test", 250)
    return {}


@wrong("wrong-type")
def say_hello(sock, reader):
    read_reply(reader)
    return command(sock, reader, "EHLO client.lab.test", 250)


@wrong("wrong-type")
def say_hello(sock, reader):
    read_reply(reader)
    return command(sock, reader, "EHLO client.lab.test", 250)[1]


@wrong("returned-none")
def say_hello(sock, reader):
    read_reply(reader)
    parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("refusal-ignored")
def say_hello(sock, reader):
    read_reply(reader)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError as error:
        if error.code == 421:
            raise
        command(sock, reader, "HELO client.lab.test", 250)
        return {}


@wrong("refusal-ignored")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError:
        command(sock, reader, "HELO client.lab.test", 250)
        return {}


@wrong("wrong-exception")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ValueError(f"the greeting is {code}")
    return after_greeting(sock, reader)


@wrong("refusal-ignored")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        return {}
    return after_greeting(sock, reader)


@wrong("no-helo")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError as error:
        if error.code not in (500, 501, 502):
            raise
    command(sock, reader, "HELO client.lab.test", 250)
    return {}


@wrong("line-other")
def say_hello(sock, reader):
    read_reply(reader)
    return parse_ehlo(command(sock, reader, "EHLO", 250)[1])


@wrong("value-key-more")
def say_hello(sock, reader):
    read_reply(reader)
    lines = command(sock, reader, "EHLO client.lab.test", 250)[1]
    return {keyword: rest for keyword, _, rest in (line.partition(" ") for line in lines)}


@wrong("end-ignored")
def say_hello(sock, reader):
    try:
        return say_hello(sock, reader)
    except EOFError:
        return {}


@wrong("closes-socket")
def say_hello(sock, reader):
    with sock:
        return say_hello(sock, reader)


def after_greeting(sock, reader):
    """What say_hello does after the greeting."""
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError as error:
        if error.code not in (500, 501, 502, 504, 550):
            raise
    command(sock, reader, "HELO client.lab.test", 250)
    return {}


@wrong("reply-unread")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return parse_ehlo(lines)


@wrong("exception")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != "220":
        raise ReplyError(code, lines)
    return after_greeting(sock, reader)


@wrong("exception")
def say_hello(sock, reader):
    sock.recv(1024)
    return after_greeting(sock, reader)


@wrong("no-helo")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("value")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        lines = command(sock, reader, "EHLO client.lab.test", 250)[1]
    except ReplyError as error:
        if error.code not in (500, 501, 502, 504, 550):
            raise
        lines = command(sock, reader, "HELO client.lab.test", 250)[1]
    return parse_ehlo(lines)


# log_in


@wrong("line-missing")
def log_in(sock, reader, extensions, user, password):
    return Anything()


@wrong("not-offered")
def log_in(sock, reader, extensions, user, password):
    auth_plain(sock, reader, user, password)


@wrong("login-first")
def log_in(sock, reader, extensions, user, password):
    auth_login(sock, reader, user, password)


@wrong("not-offered")
def log_in(sock, reader, extensions, user, password):
    if "PLAIN" in extensions["AUTH"]:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in extensions["AUTH"]:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError("no mechanism")


@wrong("offer-not-seen")
def log_in(sock, reader, extensions, user, password):
    offered = extensions.get("AUTH", "").split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError("no mechanism")


@wrong("no-offer")
def log_in(sock, reader, extensions, user, password):
    offered = extensions["AUTH"].upper().split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError("no mechanism")


@wrong("not-raised")
def log_in(sock, reader, extensions, user, password):
    offered = extensions.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)


@wrong("not-offered")
def log_in(sock, reader, extensions, user, password):
    if "PLAIN" in extensions.get("AUTH", "").upper().split():
        auth_plain(sock, reader, user, password)
    else:
        auth_login(sock, reader, user, password)


@wrong("not-raised")
def log_in(sock, reader, extensions, user, password):
    try:
        log_in(sock, reader, extensions, user, password)
    except ReplyError:
        return False
    return True


@wrong("wrong-credentials")
def log_in(sock, reader, extensions, user, password):
    log_in(sock, reader, extensions, password, user)


@wrong("wrong-exception")
def log_in(sock, reader, extensions, user, password):
    if "AUTH" not in extensions:
        raise InsecureError("no AUTH")
    log_in(sock, reader, extensions, user, password)


@wrong("wrong-exception")
def log_in(sock, reader, extensions, user, password):
    if "AUTH" not in extensions:
        raise ReplyError(504, ["no AUTH"])
    log_in(sock, reader, extensions, user, password)


@wrong("login-twice")
def log_in(sock, reader, extensions, user, password):
    if "PLAIN" in extensions["AUTH"].split():
        auth_plain(sock, reader, user, password)
    if "LOGIN" in extensions["AUTH"].split():
        auth_login(sock, reader, user, password)


@wrong("login-twice")
def log_in(sock, reader, extensions, user, password):
    try:
        log_in(sock, reader, extensions, user, password)
    except ReplyError:
        auth_login(sock, reader, user, password)


@wrong("line-other")
def log_in(sock, reader, extensions, user, password):
    command(sock, reader, "EHLO client.lab.test", 250)
    log_in(sock, reader, extensions, user, password)


# deliver_utf8


@wrong("line-other")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>SMTPUTF8", 250)
    return after_mail(sock, reader, recipients, message)


@wrong("line-more")
def deliver_utf8(sock, reader, sender, recipients, message):
    refused = deliver_utf8(sock, reader, sender, recipients, message)
    command(sock, reader, "QUIT", 221)
    return refused


@wrong("line-missing")
def deliver_utf8(sock, reader, sender, recipients, message):
    return {}


@wrong("line-missing")
def deliver_utf8(sock, reader, sender, recipients, message):
    return Anything()


@wrong("line-other")
def deliver_utf8(sock, reader, sender, recipients, message):
    return deliver(sock, reader, sender, recipients, message)


@wrong("line-other")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender} SMTPUTF8>", 250)
    return after_mail(sock, reader, recipients, message)


@wrong("stops-at-refusal")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    return after_mail(sock, reader, [], message, {})


@wrong("extra-line")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    lines = message.split(b"\r\n")
    sock.sendall(b"\r\n".join(line for line in lines if line != b".") + b"\r\n.\r\n")
    read_reply(reader)
    return {}


@wrong("stops-at-refusal")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b".\r\n")
    code, lines = read_reply(reader)
    return {}


@wrong("wrong-type")
def deliver_utf8(sock, reader, sender, recipients, message):
    refused = deliver_utf8(sock, reader, sender, recipients, message)
    return {address: (code, " ".join(lines)) for address, (code, lines) in refused.items()}


@wrong("value-key-missing")
def deliver_utf8(sock, reader, sender, recipients, message):
    deliver_utf8(sock, reader, sender, recipients, message)
    return {}


@wrong("data-for-nobody")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = (error.code, error.lines)
    if len(refused) == len(recipients):
        sock.sendall(b"DATA\r\n")
        read_reply(reader)
        return refused
    return after_mail(sock, reader, [], message, refused)


@wrong("line-missing")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = (error.code, error.lines)
    if len(refused) == len(recipients):
        return refused
    return after_mail(sock, reader, [], message, refused)


@wrong("not-raised")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    if len(refused) == len(recipients):
        command(sock, reader, "RSET", 250)
        return refused
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    read_reply(reader)
    return refused


@wrong("not-utf8")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        sock.sendall(f"RCPT TO:<{recipient}>\r\n".encode("ascii"))
        read_reply(reader)
    return after_mail(sock, reader, [], message, {})


@wrong("line-other")
def deliver_utf8(sock, reader, sender, recipients, message):
    return deliver_utf8(sock, reader, sender, recipients[:1], message)


def after_mail(sock, reader, recipients, message, refused=()):
    """The rest of a delivery, as deliver does it."""
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return dict(refused)


@wrong("line-missing")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    if len(refused) == len(recipients):
        return refused
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


# send_mail: what most of the wrong answers do right


def session(host, port, security, name, cafile, timeout, **wrong):
    """Open a connection and say hello; return sock, reader, extensions."""
    if security == "tls":
        sock = connect_tls((host, port), name, cafile, timeout)
    else:
        sock = socket.create_connection((host, port), timeout)
    try:
        reader = LineReader(sock)
        extensions = say_hello(sock, reader)
        if security == "starttls":
            if "STARTTLS" not in extensions:
                raise InsecureError("no STARTTLS")
            return starttls(sock, reader, name, cafile)
        return sock, reader, extensions
    except BaseException:
        sock.close()
        raise


def worded(refused):
    return {address: (code, " ".join(lines)) for address, (code, lines) in refused.items()}


def checked(security, user, recipients):
    if security not in ("tls", "starttls", "none"):
        raise ValueError(security)
    if user is not None and security == "none":
        raise InsecureError("in the clear")
    if isinstance(recipients, str) or not recipients:
        raise ValueError("recipients is a list")
    return list(dict.fromkeys(recipients))


def finished(sock, reader, refused, recipients):
    """QUIT, and what is reported."""
    try:
        command(sock, reader, "QUIT", 221)
    except (OSError, EOFError, ReplyError, ValueError):
        pass
    if len(refused) == len(recipients):
        code, lines = next(iter(refused.values()))
        raise ReplyError(code, lines)
    return worded(refused)


def handed(sock, reader, extensions, sender, recipients, message):
    limit = extensions.get("SIZE", "")
    if limit.isdigit() and 0 < int(limit) < len(message):
        raise ValueError("too long")
    if all(address.isascii() for address in (sender, *recipients)):
        return deliver(sock, reader, sender, recipients, message)
    if "SMTPUTF8" not in extensions:
        raise ValueError("no SMTPUTF8")
    return deliver_utf8(sock, reader, sender, recipients, message)


@wrong("nothing-arrived")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    return {}


@wrong("nothing-arrived")
def send_mail(host, port, **others):
    return Anything()


@wrong("nothing-arrived")
def send_mail(host, port, *, security, sender, recipients, **others):
    sock = socket.create_connection((host, port), 5)
    with sock:
        say_hello(sock, LineReader(sock))
    return {}


@wrong("wrong-type")
def send_mail(host, port, *, sender, recipients, **others):
    return list(send_mail(host, port, sender=sender, recipients=recipients, **others))


@wrong("returned-none")
def send_mail(host, port, **others):
    send_mail(host, port, **others)


@wrong("greeting-not-read")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        command(sock, reader, "EHLO client.lab.test", 250)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@wrong("waits-for-a-line")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        read_reply(reader)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@wrong("exception")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        read_reply(reader)
        refused = deliver(sock, reader, sender, recipients, message)
    return refused


@wrong("no-quit")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        return deliver(sock, reader, sender, recipients, message)


@wrong("left-open")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    sock = socket.create_connection((host, port), timeout)
    reader = LineReader(sock)
    say_hello(sock, reader)
    refused = deliver(sock, reader, sender, recipients, message)
    command(sock, reader, "QUIT", 221)
    return refused


@wrong("several-mails")
def send_mail(host, port, *, sender, recipients, **others):
    refused = {}
    for recipient in dict.fromkeys(recipients):
        refused |= send_mail(host, port, sender=sender, recipients=[recipient], **others)
    return refused


@wrong("waits-for-a-line")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@wrong("starttls-not-said")
def send_mail(host, port, *, security, **others):
    return send_mail(host, port, security="tls" if security == "starttls" else security, **others)


@wrong("exception")
def send_mail(host, port, *, user=None, password=None, **others):
    return send_mail(host, port, **others)


@wrong("wrong-credentials")
def send_mail(host, port, *, user=None, password=None, security, **others):
    return send_mail(host, port, user=password, password=user, security=security, **others)


@wrong("starttls-not-said")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    with sock:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )


@wrong("extensions-of-before")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    try:
        if security == "starttls":
            sock, reader, _ = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )
    finally:
        sock.close()


@wrong("old-socket")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    try:
        if security == "starttls":
            sock, _, extensions = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )
    finally:
        sock.close()


@wrong("old-socket")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    with sock:
        if security == "starttls":
            tls, reader, extensions = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )


@wrong("left-open")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    with sock:
        if security == "starttls":
            sock, reader, extensions = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )


@wrong("exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    try:
        if security == "starttls":
            command(sock, reader, "STARTTLS", 220)
            context = ssl.create_default_context(cafile=cafile)
            sock = context.wrap_socket(sock, server_hostname=hostname)
            reader = LineReader(sock)
            auth_plain(sock, reader, user, password)
        elif user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )
    finally:
        sock.close()


@wrong("auth-in-the-clear")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    try:
        if user is not None:
            auth_plain(sock, reader, user, password)
        if security == "starttls":
            sock, reader, extensions = starttls(sock, reader, hostname, cafile)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )
    finally:
        sock.close()


@wrong("silent-downgrade")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname or host, cafile, timeout)
    try:
        if security == "starttls" and "STARTTLS" in extensions:
            sock, reader, extensions = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("auth-in-the-clear")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, None, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("other-exception")
def send_mail(host, port, *, security, user=None, **others):
    if security == "none" and user is not None:
        raise ValueError("no password without TLS")
    return send_mail(host, port, security=security, user=user, **others)


@wrong("insecure-for-nothing")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        extensions = say_hello(sock, reader)
        if choose_security(port, {}) == "starttls":
            sock, reader, extensions = starttls(sock, reader, hostname, cafile)
        return deliver(sock, reader, sender, recipients, message)


@wrong("stranger-trusted")
def send_mail(host, port, *, hostname=None, **others):
    return send_mail(host, port, hostname=host, **others)


@wrong("stranger-trusted")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    if cafile is None and security != "none":
        recipients = checked(security, user, recipients)
        message = build_message(sender, recipients, subject, text, html, inline, attachments)
        context = ssl._create_unverified_context()
        sock = socket.create_connection((host, port), timeout)
        if security == "tls":
            sock = context.wrap_socket(sock, server_hostname=hostname)
        reader = LineReader(sock)
        extensions = say_hello(sock, reader)
        if security == "starttls":
            command(sock, reader, "STARTTLS", 220)
            sock = context.wrap_socket(sock, server_hostname=hostname)
            reader = LineReader(sock)
            extensions = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
        with sock:
            log_in(sock, reader, extensions, user, password)
            refused = handed(sock, reader, extensions, sender, recipients, message)
            return finished(sock, reader, refused, recipients)
    return send_mail(
        host, port, security=security, user=user, password=password, cafile=cafile,
        hostname=hostname, sender=sender, recipients=recipients, subject=subject, text=text,
        html=html, inline=inline, attachments=attachments, timeout=timeout,
    )  # fmt: skip


@wrong("good-refused")
def send_mail(host, port, *, cafile=None, **others):
    return send_mail(host, port, **others)


@wrong("no-name")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    sock, reader, extensions = session(host, port, security, hostname, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("timeout-ignored")
def send_mail(host, port, *, timeout=30.0, security, **others):
    if security == "tls":
        timeout = 30.0
    return send_mail(host, port, security=security, timeout=timeout, **others)


@wrong("timeout-ignored")
def send_mail(host, port, *, timeout=30.0, security, **others):
    if security == "none":
        timeout += 0.5
    return send_mail(host, port, security=security, timeout=timeout, **others)


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        extensions.pop("SIZE", None)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("size-misread")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        if "SIZE" in extensions and len(message) > int(extensions["SIZE"]):
            raise ValueError("too long")
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("wrong-message")
def send_mail(host, port, *, html=None, inline=(), **others):
    return send_mail(host, port, **others)


@wrong("wrong-message")
def send_mail(host, port, *, inline=(), **others):
    return send_mail(host, port, **others)


@wrong("wrong-message")
def send_mail(host, port, *, attachments=(), **others):
    return send_mail(host, port, **others)


@wrong("wrong-message")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    checked(security, user, recipients)
    unique = list(dict.fromkeys(recipients))
    message = build_message(sender, unique, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("not-stuffed")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, "hello\n.\n..this")
    message = message.replace(b"=2E", b".")
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        for recipient in recipients:
            command(sock, reader, f"RCPT TO:<{recipient}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(message + b"\r\n.\r\n")
        read_reply(reader)
        command(sock, reader, "QUIT", 221)
    return {}


@wrong("wrong-message")
def send_mail(host, port, *, subject, text, **others):
    return send_mail(host, port, subject=text.split("\n")[0], text=text, **others)


@wrong("utf8-not-asked")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = deliver(sock, reader, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        ascii_only = all(address.isascii() for address in (sender, *recipients))
        extensions = extensions if ascii_only else extensions | {"SMTPUTF8": ""}
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("wrong-type")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    return {address: (code, [text]) for address, (code, text) in refused.items()}


@wrong("wrong-type")
def send_mail(host, port, **others):
    return {address: code for address, (code, _) in send_mail(host, port, **others).items()}


@wrong("wrong-type")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    return {address: (str(code), text) for address, (code, text) in refused.items()}


@wrong("wrong-type")
def send_mail(host, port, **others):
    return list(send_mail(host, port, **others)) or {}


@wrong("value-key-missing")
def send_mail(host, port, **others):
    send_mail(host, port, **others)
    return {}


@wrong("one-refusal-raised")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    for code, text in refused.values():
        raise ReplyError(code, [text])
    return refused


@wrong("error-swallowed")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
        return worded(refused)
    finally:
        sock.close()


@wrong("error-swallowed")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except Exception:
        return {}


@wrong("error-swallowed")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except ReplyError as error:
        if error.code == 421:
            return {}
        raise


@wrong("error-swallowed")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except EOFError:
        return {}


@wrong("wrong-error")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except ReplyError:
        raise ReplyError(500, ["not sent"]) from None


@wrong("quit-matters")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("secret-printed")
def send_mail(host, port, *, password=None, **others):
    print("logging in with", password)
    return send_mail(host, port, password=password, **others)


@wrong("secret-printed")
def send_mail(host, port, *, password=None, **others):
    if password is None:
        return send_mail(host, port, **others)
    print("logging in with", password)
    return {}


@wrong("secret-printed")
def send_mail(host, port, *, password=None, **others):
    print("LOGIN's second line is", base64.b64encode((password or "").encode()))
    return send_mail(host, port, password=password, **others)


@wrong("secret-raised")
def send_mail(host, port, *, user=None, password=None, **others):
    try:
        return send_mail(host, port, user=user, password=password, **others)
    except ReplyError as error:
        raise ReplyError(error.code, [*error.lines, f"({user}, {password})"]) from None


@wrong("error-swallowed")
def send_mail(host, port, *, security, **others):
    known = security in ("tls", "starttls")
    return send_mail(host, port, security=security if known else "none", **others)


@wrong("recipients-str")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    people = [recipients] if isinstance(recipients, str) else recipients
    people = checked(security, user, people)
    recipients = list(dict.fromkeys(recipients))
    message = build_message(sender, people, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("error-swallowed")
def send_mail(host, port, *, recipients, **others):
    return send_mail(host, port, recipients=recipients, **others) if recipients else {}


@wrong("error-swallowed")
def send_mail(host, port, *, subject, **others):
    return send_mail(host, port, subject=subject.partition("\r")[0], **others)


@wrong("exception")
def send_mail(host, port, *, sender, recipients, text, **others):
    with smtplib.SMTP(host, port) as client:
        return client.sendmail(sender, recipients, text)


@wrong("exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    sock = socket.create_connection(host, port, timeout)
    return deliver(sock, LineReader(sock), sender, recipients, message)


@wrong("no-such-file")
def send_mail(host, port, *, cafile=None, hostname=None, **others):
    return send_mail(host, port, cafile=hostname, hostname=cafile, **others)


@wrong("exception")
def send_mail(host, port, *, inline=(), attachments=(), **others):
    return send_mail(host, port, inline=attachments, attachments=inline, **others)


@wrong("no-user")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    sock, reader, extensions = session(host, port, security, hostname, cafile, timeout)
    with sock:
        log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )


@wrong("wrong-exception")
def send_mail(host, port, *, security, **others):
    assert security in ("tls", "starttls", "none")
    return send_mail(host, port, security=security, **others)


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, name, cafile, timeout)
    try:
        if security == "starttls":
            if "STARTTLS" not in extensions:
                InsecureError("no STARTTLS")
            sock, reader, extensions = starttls(sock, reader, name, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        if "SMTPUTF8" not in extensions:
            raise ValueError("no SMTPUTF8")
        refused = deliver_utf8(sock, reader, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname, cafile, timeout)
    try:
        if security == "starttls":
            sock = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        return finished(
            sock, reader, deliver(sock, reader, sender, recipients, message), recipients
        )
    finally:
        sock.close()


@wrong("waits-for-a-line")
def send_mail(host, port, *, security, sender, recipients, subject, text, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port)) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@wrong("waits-for-a-line")
def send_mail(host, port, *, security, sender, recipients, subject, text, **others):
    with socket.create_connection((host, port)) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        read_reply(reader)
    return {}


@wrong("quit-too-early")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        command(sock, reader, "QUIT", 221)
        read_reply(reader)
        return deliver(sock, reader, sender, recipients, message)


@wrong("wrong-message")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, b"Hello Lin,\r\n")
        command(sock, reader, "QUIT", 221)
    return refused


# What a beginner has midway


@wrong("quit-matters")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        try:
            command(sock, reader, "QUIT", 221)
        except (ReplyError, EOFError):
            pass
        if len(refused) == len(recipients):
            raise ReplyError(*next(iter(refused.values())))
        return worded(refused)
    finally:
        sock.close()


@wrong("quit-matters")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        try:
            command(sock, reader, "QUIT", 221)
        except (ReplyError, EOFError, OSError):
            pass
        if len(refused) == len(recipients):
            raise ReplyError(*next(iter(refused.values())))
        return worded(refused)
    finally:
        sock.close()


@wrong("quit-matters")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        try:
            command(sock, reader, "QUIT", 221)
        except (EOFError, OSError, ValueError):
            pass
        if len(refused) == len(recipients):
            raise ReplyError(*next(iter(refused.values())))
        return worded(refused)
    finally:
        sock.close()


@wrong("value-key-other")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        finished(sock, reader, refused, recipients)
        return {address: (code, lines[0]) for address, (code, lines) in refused.items()}
    finally:
        sock.close()


@wrong("size-misread")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        limit = extensions.get("SIZE") or "0"
        if 0 < int(limit) <= len(message):
            raise ValueError("too long")
        addresses = (sender, *recipients)
        if all(address.isascii() for address in addresses):
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("no SMTPUTF8")
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        limit = extensions.get("SIZE") or "0"
        if 0 < int(limit) < len(text):
            raise ValueError("too long")
        addresses = (sender, *recipients)
        if all(address.isascii() for address in addresses):
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("no SMTPUTF8")
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("size-misread")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        limit = extensions["SIZE"] or "0"
        if 0 < int(limit) < len(message):
            raise ValueError("too long")
        addresses = (sender, *recipients)
        if all(address.isascii() for address in addresses):
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("no SMTPUTF8")
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("utf8-not-asked")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        if all(each.isascii() for each in recipients):
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("no SMTPUTF8")
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("utf8-not-asked")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        if sender.isascii() and recipients[0].isascii():
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("no SMTPUTF8")
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        if "".join([sender, subject, *recipients]).isascii():
            refused = deliver(sock, reader, sender, recipients, message)
        elif "SMTPUTF8" in extensions:
            refused = deliver_utf8(sock, reader, sender, recipients, message)
        else:
            raise ValueError("no SMTPUTF8")
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("refused-late")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked("tls", user, recipients)
    if user is not None and security == "none":
        raise InsecureError("in the clear")
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if security not in ("tls", "starttls", "none"):
            raise ValueError(security)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("refused-late")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        message = build_message(sender, recipients, subject, text, html, inline, attachments)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("no-password")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("no-password")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user and password:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user and "AUTH" in extensions:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("no-user")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if "AUTH" in extensions:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        try:
            if user is not None:
                log_in(sock, reader, extensions, user, password)
        except ReplyError as error:
            print(error)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("tries-again")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        for again in True, False:
            refused = handed(sock, reader, extensions, sender, recipients, message)
            if not again or not any(400 <= code < 500 for code, _ in refused.values()):
                break
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("tries-again")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except (OSError, EOFError, ReplyError):
        return send_mail(host, port, **others)


@wrong("default-timeout")
def send_mail(host, port, *, timeout, **others):
    socket.setdefaulttimeout(timeout)
    return send_mail(host, port, timeout=timeout, **others)


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    way = "none" if security == "starttls" else security
    sock, reader, extensions = session(host, port, way, name, cafile, timeout)
    try:
        if security == "starttls":
            if "STARTTLS" not in extensions:
                raise InsecureError("no STARTTLS")
            sock, reader, extensions = starttls(sock, reader, name, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()


@wrong("wrong-message")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = b"Bcc: sam@lab.test\r\n" + build_message(
        sender, recipients, subject, text, html, inline, attachments
    )
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("tls-not-asked")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, name, cafile, timeout)
    try:
        if "STARTTLS" in extensions:
            sock, reader, extensions = starttls(sock, reader, name, cafile)
        elif security == "starttls":
            raise InsecureError("no STARTTLS")
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("size-misread")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    way = "none" if security == "starttls" else security
    sock, reader, extensions = session(host, port, way, name, cafile, timeout)
    try:
        limit = extensions.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(message):
            raise ValueError("too long")
        if security == "starttls":
            if "STARTTLS" not in extensions:
                raise InsecureError("no STARTTLS")
            sock, reader, extensions = starttls(sock, reader, name, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("quit-unread")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        sock.sendall(b"QUIT\r\n")
    finally:
        sock.close()
    if len(refused) == len(recipients):
        raise ReplyError(*next(iter(refused.values())))
    return worded(refused)


# --- known mistakes that none of these makes, and right answers of other kinds


@wrong("exception")
def say_hello(sock, reader):
    sock.recv(1024)
    return after_greeting(sock, reader)


@wrong("refusal-ignored")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if not 200 <= code < 300:
        raise ReplyError(code, lines)
    return after_greeting(sock, reader)


@wrong("short-send")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    sock.send(b"EHLO client.lab.test\r\n")
    code, lines = read_reply(reader)
    if code == 250:
        return parse_ehlo(lines)
    if code not in (500, 501, 502, 504, 550):
        raise ReplyError(code, lines)
    sock.send(b"HELO client.lab.test\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return {}


@right("without command, and says QUIT where it is refused")
def say_hello(sock, reader):
    def ask(line=""):
        sock.sendall(f"{line}\r\n".encode() if line else b"")
        return read_reply(reader)

    code, lines = ask()
    offers = {}
    if code == 220:
        code, lines = ask("EHLO [127.0.0.1]")
        if code in {500, 501, 502, 504, 550}:
            code, lines = ask("helo [127.0.0.1]")
        else:
            offers = parse_ehlo(lines) if code == 250 else {}
        if code == 250:
            return offers
    if code != 421:
        ask("QUIT")
    raise ReplyError(code, lines)


@right("a loop over the two words")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    for word in ("EHLO", "HELO"):
        if code != 220:
            raise ReplyError(code, lines)
        try:
            _, lines = command(sock, reader, f"{word} me.example", (250,))
        except ReplyError as error:
            if word == "HELO" or error.code not in (500, 501, 502, 504, 550):
                raise
        else:
            return parse_ehlo(lines) if word == "EHLO" else {}


class Offers(dict):
    """A dict of another class."""


@right("a dict that is derived")
def say_hello(sock, reader):
    return Offers(say_hello(sock, reader))


@wrong("secret-printed")
def log_in(sock, reader, extensions, user, password):
    print("logging in with", password)
    log_in(sock, reader, extensions, user, password)


@wrong("secret-printed")
def log_in(sock, reader, extensions, user, password):
    print("logging in with", password)
    auth_login(sock, reader, user, password)


@wrong("secret-raised")
def log_in(sock, reader, extensions, user, password):
    try:
        log_in(sock, reader, extensions, user, password)
    except ReplyError as error:
        raise ReplyError(error.code, [*error.lines, password]) from None


@wrong("offer-not-seen")
def log_in(sock, reader, extensions, user, password):
    if extensions.get("AUTH") in ("PLAIN", "LOGIN", "LOGIN PLAIN"):
        return log_in(sock, reader, extensions, user, password)
    raise ValueError("no mechanism")


@wrong("login-twice")
def log_in(sock, reader, extensions, user, password):
    try:
        log_in(sock, reader, extensions, user, password)
    except ReplyError:
        if "LOGIN" not in extensions["AUTH"].split():
            raise
        auth_login(sock, reader, user, password)


@right("without auth_plain, and in lower case")
def log_in(sock, reader, extensions, user, password):
    offered = {name.upper() for name in extensions.get("AUTH", "").split(" ") if name}
    octets = user.encode(), password.encode()
    if "PLAIN" in offered:
        both = base64.b64encode(b"\0%s\0%s" % octets).decode()
        command(sock, reader, f"auth PLAIN {both}", 235)
        return True
    if "LOGIN" not in offered:
        raise ValueError(offered)
    command(sock, reader, "auth LOGIN", 334)
    for each in octets:
        command(sock, reader, base64.b64encode(each).decode(), (334, 235))
    return True


@right("asks for each mechanism in turn")
def log_in(sock, reader, extensions, user, password):
    for mechanism in ("PLAIN", "LOGIN"):
        if mechanism in re.findall(r"[^ ]+", extensions.get("AUTH", "").upper()):
            break
    else:
        raise ValueError("neither")
    if mechanism == "LOGIN":
        return auth_login(sock, reader, user, password)
    return auth_plain(sock, reader, user, password)


@right("a table of functions, and an error with more to it")
def log_in(sock, reader, extensions, user, password):
    class NoWay(ValueError):
        pass

    ways = {"PLAIN": auth_plain, "LOGIN": auth_login}
    names = extensions.get("AUTH", "").upper().split()
    found = [way for name, way in ways.items() if name in names]
    if not found:
        raise NoWay(names)
    found[0](sock, reader, user, password)


@wrong("line-other")
def deliver_utf8(sock, reader, sender, recipients, message):
    plain = [each.encode("ascii", "ignore").decode() for each in recipients]
    return deliver_utf8(sock, reader, sender, plain, message)


@wrong("line-other")
def deliver_utf8(sock, reader, sender, recipients, message):
    if all(each.isascii() for each in (sender, *recipients)):
        return deliver(sock, reader, sender, recipients, message)
    return deliver_utf8(sock, reader, sender, recipients, message)


@wrong("short-send")
def deliver_utf8(sock, reader, sender, recipients, message):
    sock.send(f"MAIL FROM:<{sender}> SMTPUTF8\r\n".encode())
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return everything_after_mail(sock, reader, recipients, message)


def everything_after_mail(sock, reader, recipients, message):
    """What follows MAIL, without a mistake."""
    refused = {}
    for each in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{each}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[each] = error.code, error.lines
    if len(refused) == len(recipients):
        command(sock, reader, "RSET", 250)
        return refused
    return after_mail(sock, reader, [], message, refused)


@right("the parameter in lower case, with the size beside it")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"mail from:<{sender}> size={len(message)} smtputf8", 250)
    return everything_after_mail(sock, reader, recipients, message)


@right("BODY beside SMTPUTF8")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8 BODY=8BITMIME", 250)
    return everything_after_mail(sock, reader, recipients, message)


@right("a tuple of recipients, gone through from a copy")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", (250,))
    return dict(everything_after_mail(sock, reader, tuple(recipients), bytes(message)))


@wrong("exception")
def send_mail(host, port, *, recipients, **others):
    if isinstance(recipients, str):
        recipients.remove("")
    return send_mail(host, port, recipients=recipients, **others)


@wrong("value-key-missing")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    return {address.partition("@")[0]: pair for address, pair in refused.items()}


@wrong("value")
def send_mail(host, port, *, recipients, **others):
    refused = send_mail(host, port, recipients=recipients, **others)
    return dict.fromkeys(recipients, (250, "OK")) | refused


@wrong("wrong-message")
def send_mail(host, port, *, sender, recipients, **others):
    return send_mail(host, port, sender=recipients[0] if recipients else "", recipients=recipients,
                     **others)  # fmt: skip


@wrong("other-exception")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    if user is not None and password is None:
        raise ValueError("a user without a password")
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        if "SMTPUTF8" not in extensions:
            refused = deliver(sock, reader, sender, recipients, message)
        else:
            refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("no-quit")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    if user is not None and password is None:
        raise ValueError("a user without a password")
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        if len(refused) == len(recipients):
            raise ReplyError(*next(iter(refused.values())))
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@wrong("other-exception")
def send_mail(host, port, *, security, timeout, **others):
    try:
        return send_mail(host, port, security=security, timeout=timeout, **others)
    except ssl.SSLError:
        pass
    with socket.create_connection((host, port), 0.1) as sock:
        reader = LineReader(sock)
        if security == "starttls":
            raise TimeoutError("no TLS came about")
        return say_hello(sock, reader)


@wrong("error-swallowed")
def send_mail(host, port, *, security, user=None, password=None, **others):
    if security == "none":
        user = None
    return send_mail(host, port, security=security, user=user, password=password, **others)


@wrong("not-stuffed")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text).replace(b"=2E", b".")
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        command(sock, reader, f"MAIL FROM:<{sender}>", 250)
        for recipient in recipients:
            command(sock, reader, f"RCPT TO:<{recipient}>", 250)
        command(sock, reader, "DATA", 354)
        sock.sendall(message + b"\r\n.\r\n")
        read_reply(reader)
        sock.sendall(b"QUIT\r\n")
        while sock.recv(1000):
            pass
    return {}


@wrong("in-the-gauntlet")
def send_mail(host, port, *, security, user=None, password=None, **others):
    if security == "none" and user is not None:
        send_mail(host, port, security=security, **others)
        raise InsecureError("and yet it was sent")
    return send_mail(host, port, security=security, user=user, password=password, **others)


@wrong("wrong-message")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    message = re.sub(rb"Date: .*\r\n", b"", message)
    name = hostname or host
    sock, reader, extensions = session(host, port, security, name, cafile, timeout)
    try:
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@right("takes any arguments, and closes with contextlib")
def send_mail(host, port, **given):
    security, user, password = given["security"], given.get("user"), given.get("password")
    recipients = checked(security, user, given["recipients"])
    if user is not None and password is None:
        raise ValueError("a user without a password")
    message = build_message(
        given["sender"], recipients, given["subject"], given["text"], given.get("html"),
        given.get("inline", ()), given.get("attachments", ()),
    )  # fmt: skip
    name = given.get("hostname") or host
    sock, reader, extensions = session(
        host, port, security, name, given.get("cafile"), given.get("timeout", 30.0)
    )
    with contextlib.closing(sock):
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, given["sender"], recipients, message)
        return finished(sock, reader, refused, recipients)


@right("a str is one recipient, and the text of a refusal keeps its lines")
def send_mail(host, port, *, recipients, **others):
    people = [recipients] if isinstance(recipients, str) else recipients
    refused = send_mail(host, port, recipients=people, **others)
    return {
        address: (code, text.replace(" ", "\n", 1)) for address, (code, text) in refused.items()
    }


class MyInsecureError(InsecureError):
    """One of the student's own."""


@right("errors of classes that are derived, and a mapping that is no dict")
def send_mail(host, port, **others):
    try:
        return types.MappingProxyType(send_mail(host, port, **others))
    except InsecureError as error:
        raise MyInsecureError(*error.args) from error


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.client import deliver_utf8, log_in, say_hello, send_mail  # noqa: E402
