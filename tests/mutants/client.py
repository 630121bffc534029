"""Wrong answers to lesson 08."""

import smtplib
import socket
import ssl

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

from . import mutant


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


# say_hello


@mutant(reason="wrong-type", sentence="say_hello returned <")
def say_hello(sock, reader):
    read_reply(reader)
    command(sock, reader, "EHLO client.lab.test", 250)
    return Anything()


@mutant(reason="wrong-hello", sentence="said nothing, and here EHLO is right")
def say_hello(sock, reader):
    return {"SIZE": "1000", "STARTTLS": ""}


@mutant(reason="greeting-not-read", sentence="taken for the answer to EHLO")
def say_hello(sock, reader):
    return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="waits-for-a-line", sentence="the server waits for your EHLO")
def say_hello(sock, reader):
    read_reply(reader)
    read_reply(reader)
    return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="no-helo", sentence="does not know EHLO (500), and say_hello gave up")
def say_hello(sock, reader):
    read_reply(reader)
    return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="helo-first", sentence="HELO was said first")
def say_hello(sock, reader):
    read_reply(reader)
    command(sock, reader, "HELO client.lab.test", 250)
    return {}


@mutant(reason="reply-returned", sentence="returned a reply, (code, lines)")
def say_hello(sock, reader):
    read_reply(reader)
    return command(sock, reader, "EHLO client.lab.test", 250)


@mutant(reason="wrong-type", sentence="what is wanted is a dict")
def say_hello(sock, reader):
    read_reply(reader)
    return command(sock, reader, "EHLO client.lab.test", 250)[1]


@mutant(reason="returned-none", sentence="say_hello returned None")
def say_hello(sock, reader):
    read_reply(reader)
    parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="went-on-after-refusal", sentence="had said 554, and say_hello went on with 'EHLO")
def say_hello(sock, reader):
    read_reply(reader)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError as error:
        if error.code == 421:
            raise
        command(sock, reader, "HELO client.lab.test", 250)
        return {}


@mutant(reason="went-on-after-refusal", sentence="had said 421, and say_hello went on with 'HELO")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError:
        command(sock, reader, "HELO client.lab.test", 250)
        return {}


@mutant(reason="wrong-exception", sentence="ValueError was raised, and ReplyError was promised")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        raise ValueError(f"the greeting is {code}")
    return after_greeting(sock, reader)


@mutant(reason="refusal-ignored", sentence="The server said 554, and say_hello returned {}")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != 220:
        return {}
    return after_greeting(sock, reader)


@mutant(reason="no-helo", sentence="does not know EHLO (504)")
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


@mutant(reason="wrong-hello", sentence="say_hello said 'EHLO'")
def say_hello(sock, reader):
    read_reply(reader)
    return parse_ehlo(command(sock, reader, "EHLO", 250)[1])


@mutant(reason="wrong-extensions", sentence="not those that the server has offered")
def say_hello(sock, reader):
    read_reply(reader)
    lines = command(sock, reader, "EHLO client.lab.test", 250)[1]
    return {keyword: rest for keyword, _, rest in (line.partition(" ") for line in lines)}


@mutant(reason="end-ignored", sentence="hung up before it greeted")
def say_hello(sock, reader):
    try:
        return say_hello(sock, reader)
    except EOFError:
        return {}


@mutant(reason="closes-socket", sentence="say_hello closed the connection")
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


@mutant(reason="reply-unread", sentence="nobody has read the answer to 'EHLO client.lab.test")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return parse_ehlo(lines)


@mutant(reason="welcome-refused", sentence="which is a welcome, and say_hello refused it")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    if code != "220":
        raise ReplyError(code, lines)
    return after_greeting(sock, reader)


@mutant(reason="exception", sentence="no reply code at the start")
def say_hello(sock, reader):
    sock.recv(1024)
    return after_greeting(sock, reader)


@mutant(reason="no-helo", sentence="HELO was not said: say_hello said EHLO and EHLO")
def say_hello(sock, reader):
    code, lines = read_reply(reader)
    try:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError:
        return parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="offer-of-helo", sentence="those are words of politeness")
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


@mutant(reason="nothing-sent", sentence="log_in returned without a word")
def log_in(sock, reader, extensions, user, password):
    return Anything()


@mutant(reason="not-offered", sentence="AUTH LOGIN was offered, and log_in said AUTH PLAIN")
def log_in(sock, reader, extensions, user, password):
    auth_plain(sock, reader, user, password)


@mutant(reason="login-first", sentence="log_in chose LOGIN")
def log_in(sock, reader, extensions, user, password):
    auth_login(sock, reader, user, password)


@mutant(reason="not-offered", sentence="LOGIN PLAIN-CLIENTTOKEN was offered, and log_in said")
def log_in(sock, reader, extensions, user, password):
    if "PLAIN" in extensions["AUTH"]:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in extensions["AUTH"]:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError("no mechanism")


@mutant(reason="offer-not-seen", sentence="AUTH login plain was offered, and log_in raised")
def log_in(sock, reader, extensions, user, password):
    offered = extensions.get("AUTH", "").split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError("no mechanism")


@mutant(reason="no-offer", sentence="no AUTH at all, and log_in raised KeyError")
def log_in(sock, reader, extensions, user, password):
    offered = extensions["AUTH"].upper().split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)
    else:
        raise ValueError("no mechanism")


@mutant(reason="no-login-ignored", sentence="no AUTH at all, and log_in returned None")
def log_in(sock, reader, extensions, user, password):
    offered = extensions.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        auth_plain(sock, reader, user, password)
    elif "LOGIN" in offered:
        auth_login(sock, reader, user, password)


@mutant(reason="not-offered", sentence="no AUTH at all, and log_in said [b'AUTH LOGIN']")
def log_in(sock, reader, extensions, user, password):
    if "PLAIN" in extensions.get("AUTH", "").upper().split():
        auth_plain(sock, reader, user, password)
    else:
        auth_login(sock, reader, user, password)


@mutant(reason="refusal-ignored", sentence="The server said 535, and log_in returned False")
def log_in(sock, reader, extensions, user, password):
    try:
        log_in(sock, reader, extensions, user, password)
    except ReplyError:
        return False
    return True


@mutant(reason="wrong-credentials", sentence="not the user and the password")
def log_in(sock, reader, extensions, user, password):
    log_in(sock, reader, extensions, password, user)


@mutant(reason="wrong-exception", sentence="InsecureError was raised, and ValueError was promised")
def log_in(sock, reader, extensions, user, password):
    if "AUTH" not in extensions:
        raise InsecureError("no AUTH")
    log_in(sock, reader, extensions, user, password)


@mutant(reason="wrong-exception", sentence="ReplyError was raised, and ValueError was promised")
def log_in(sock, reader, extensions, user, password):
    if "AUTH" not in extensions:
        raise ReplyError(504, ["no AUTH"])
    log_in(sock, reader, extensions, user, password)


@mutant(reason="login-twice", sentence="log_in said AUTH 2 times")
def log_in(sock, reader, extensions, user, password):
    if "PLAIN" in extensions["AUTH"].split():
        auth_plain(sock, reader, user, password)
    if "LOGIN" in extensions["AUTH"].split():
        auth_login(sock, reader, user, password)


@mutant(reason="tries-again", sentence="log_in tried once more, with another mechanism")
def log_in(sock, reader, extensions, user, password):
    try:
        log_in(sock, reader, extensions, user, password)
    except ReplyError:
        auth_login(sock, reader, user, password)


@mutant(reason="extra-command", sentence="log_in said 'EHLO client.lab.test': that is no part")
def log_in(sock, reader, extensions, user, password):
    command(sock, reader, "EHLO client.lab.test", 250)
    log_in(sock, reader, extensions, user, password)


# deliver_utf8


@mutant(reason="wrong-form", sentence="not in the form of its command")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>SMTPUTF8", 250)
    return after_mail(sock, reader, recipients, message)


@mutant(reason="extra-command", sentence="deliver_utf8 sent 'QUIT'")
def deliver_utf8(sock, reader, sender, recipients, message):
    refused = deliver_utf8(sock, reader, sender, recipients, message)
    command(sock, reader, "QUIT", 221)
    return refused


@mutant(reason="no-mail", sentence="0 mails arrived")
def deliver_utf8(sock, reader, sender, recipients, message):
    return {}


@mutant(reason="no-mail", sentence="0 mails arrived")
def deliver_utf8(sock, reader, sender, recipients, message):
    return Anything()


@mutant(reason="not-asked", sentence="does not ask for SMTPUTF8")
def deliver_utf8(sock, reader, sender, recipients, message):
    return deliver(sock, reader, sender, recipients, message)


@mutant(reason="not-asked", sentence="does not ask for SMTPUTF8")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender} SMTPUTF8>", 250)
    return after_mail(sock, reader, recipients, message)


@mutant(reason="stops-at-refusal", sentence="gave up on all")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    return after_mail(sock, reader, [], message, {})


@mutant(reason="content-changed", sentence="not the one that was given")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    lines = message.split(b"\r\n")
    sock.sendall(b"\r\n".join(line for line in lines if line != b".") + b"\r\n.\r\n")
    read_reply(reader)
    return {}


@mutant(reason="not-closed", sentence="still waits for the end of the letter")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b".\r\n")
    code, lines = read_reply(reader)
    return {}


@mutant(reason="wrong-type", sentence="what is wanted there is a list")
def deliver_utf8(sock, reader, sender, recipients, message):
    refused = deliver_utf8(sock, reader, sender, recipients, message)
    return {address: (code, " ".join(lines)) for address, (code, lines) in refused.items()}


@mutant(reason="wrong-refusals", sentence="did not return those who were refused")
def deliver_utf8(sock, reader, sender, recipients, message):
    deliver_utf8(sock, reader, sender, recipients, message)
    return {}


@mutant(reason="data-for-nobody", sentence="sent DATA all the same")
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


@mutant(reason="refusal-ignored", sentence="goodbye to the recipient (421), and deliver_utf8")
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


@mutant(reason="refusal-ignored", sentence="refuses the message (554), and deliver_utf8 returned")
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


@mutant(reason="not-utf8", sentence="as ASCII, and 林 is none")
def deliver_utf8(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}> SMTPUTF8", 250)
    for recipient in recipients:
        sock.sendall(f"RCPT TO:<{recipient}>\r\n".encode("ascii"))
        read_reply(reader)
    return after_mail(sock, reader, [], message, {})


@mutant(reason="wrong-envelope", sentence="not the one that was asked for")
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


@mutant(reason="no-rset", sentence="left the envelope half written")
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


@mutant(reason="not-sent", sentence="nobody has connected to the provider")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    return {}


@mutant(reason="not-sent", sentence="nobody has connected to the provider")
def send_mail(host, port, **others):
    return Anything()


@mutant(reason="nothing-arrived", sentence="returned {}, and no mail has arrived")
def send_mail(host, port, *, security, sender, recipients, **others):
    sock = socket.create_connection((host, port), 5)
    with sock:
        say_hello(sock, LineReader(sock))
    return {}


@mutant(reason="wrong-type", sentence="send_mail returned []")
def send_mail(host, port, *, sender, recipients, **others):
    return list(send_mail(host, port, sender=sender, recipients=recipients, **others))


@mutant(reason="returned-none", sentence="send_mail returned None")
def send_mail(host, port, **others):
    send_mail(host, port, **others)


@mutant(reason="greeting-not-read", sentence="taken for the answer to EHLO")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        command(sock, reader, "EHLO client.lab.test", 250)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@mutant(
    reason="waits-for-a-line", sentence="waited for a line that the server was not going to say"
)
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        read_reply(reader)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@mutant(reason="no-hello", sentence="No EHLO was said, and the server wants one first")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        read_reply(reader)
        refused = deliver(sock, reader, sender, recipients, message)
    return refused


@mutant(reason="no-quit", sentence="went away without QUIT")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        return deliver(sock, reader, sender, recipients, message)


@mutant(reason="left-open", sentence="left it open")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    sock = socket.create_connection((host, port), timeout)
    reader = LineReader(sock)
    say_hello(sock, reader)
    refused = deliver(sock, reader, sender, recipients, message)
    command(sock, reader, "QUIT", 221)
    return refused


@mutant(reason="several-mails", sentence="The mail arrived 2 times")
def send_mail(host, port, *, sender, recipients, **others):
    refused = {}
    for recipient in dict.fromkeys(recipients):
        refused |= send_mail(host, port, sender=sender, recipients=[recipient], **others)
    return refused


@mutant(reason="tls-not-spoken", sentence="waited for a greeting in the clear")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@mutant(reason="tls-too-early", sentence="TLS was spoken from the first octet")
def send_mail(host, port, *, security, **others):
    return send_mail(host, port, security="tls" if security == "starttls" else security, **others)


@mutant(reason="not-logged-in", sentence="nobody has logged in")
def send_mail(host, port, *, user=None, password=None, **others):
    return send_mail(host, port, **others)


@mutant(reason="wrong-credentials", sentence="the password was right")
def send_mail(host, port, *, user=None, password=None, security, **others):
    return send_mail(host, port, user=password, password=user, security=security, **others)


@mutant(reason="starttls-not-said", sentence="STARTTLS was never said")
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


@mutant(reason="extensions-of-before", sentence="log_in found no AUTH")
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


@mutant(reason="old-reader", sentence="a reply was to be read from the plain socket")
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


@mutant(reason="old-socket", sentence="something was said on the plain socket")
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


@mutant(reason="left-open", sentence="left it open")
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


@mutant(reason="no-hello", sentence="No EHLO was said within TLS")
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


@mutant(reason="auth-before-tls", sentence="AUTH was said in the clear, before TLS had begun")
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


@mutant(reason="silent-downgrade", sentence="The server offered no STARTTLS, and send_mail went on")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    recipients = checked(security, user, recipients)
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    way = "tls" if security == "tls" else "none"
    sock, reader, extensions = session(host, port, way, hostname or host, cafile, timeout)
    try:
        if "STARTTLS" in extensions:
            sock, reader, extensions = starttls(sock, reader, hostname, cafile)
        if user is not None:
            log_in(sock, reader, extensions, user, password)
        refused = handed(sock, reader, extensions, sender, recipients, message)
        return finished(sock, reader, refused, recipients)
    finally:
        sock.close()


@mutant(reason="password-in-the-clear", sentence="security was 'none'")
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


@mutant(reason="other-exception", sentence="InsecureError was promised, and send_mail raised Value")
def send_mail(host, port, *, security, user=None, **others):
    if security == "none" and user is not None:
        raise ValueError("no password without TLS")
    return send_mail(host, port, security=security, user=user, **others)


@mutant(reason="insecure-for-nothing", sentence="and here nothing was insecure")
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


@mutant(reason="hostname-ignored", sentence="told its password to another server")
def send_mail(host, port, *, hostname=None, **others):
    return send_mail(host, port, hostname=host, **others)


@mutant(reason="cafile-ignored", sentence="trusted the lab's authority all the same")
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


@mutant(reason="good-refused", sentence="refused a certificate that is good")
def send_mail(host, port, *, cafile=None, **others):
    return send_mail(host, port, **others)


@mutant(reason="no-name", sentence="Nobody said whose certificate is expected")
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


@mutant(reason="timeout-ignored", sentence="was to wait 0.3 seconds at most")
def send_mail(host, port, *, timeout=30.0, security, **others):
    if security == "tls":
        timeout = 30.0
    return send_mail(host, port, security=security, timeout=timeout, **others)


@mutant(reason="timeout-ignored", sentence="the socket waits 5 seconds")
def send_mail(host, port, *, timeout=30.0, security, **others):
    if security == "none":
        timeout = 2 * timeout
    return send_mail(host, port, security=security, timeout=timeout, **others)


@mutant(reason="size-ignored", sentence="takes 1,000 octets at most (SIZE)")
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


@mutant(reason="size-misread", sentence="SIZE 0 names no limit that this message is over")
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


@mutant(reason="html-lost", sentence="arrived without its HTML")
def send_mail(host, port, *, html=None, inline=(), **others):
    return send_mail(host, port, **others)


@mutant(reason="inline-lost", sentence="arrived without its picture")
def send_mail(host, port, *, inline=(), **others):
    return send_mail(host, port, **others)


@mutant(reason="attachments-lost", sentence="arrived without an attachment")
def send_mail(host, port, *, attachments=(), **others):
    return send_mail(host, port, **others)


@mutant(reason="recipient-twice", sentence="one of them twice")
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


@mutant(reason="not-stuffed", sentence="begin with a dot are not as they were")
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


@mutant(reason="wrong-message", sentence="The mail arrived, but its subject is")
def send_mail(host, port, *, subject, text, **others):
    return send_mail(host, port, subject=text.split("\n")[0], text=text, **others)


@mutant(reason="utf8-not-asked", sentence="林@lab.test was not taken")
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


@mutant(reason="other-exception", sentence="ValueError was promised, and send_mail raised ReplyErr")
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


@mutant(reason="lines-not-text", sentence="its text is a list")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    return {address: (code, [text]) for address, (code, text) in refused.items()}


@mutant(reason="not-a-pair", sentence="(code, text) is promised")
def send_mail(host, port, **others):
    return {address: code for address, (code, _) in send_mail(host, port, **others).items()}


@mutant(reason="wrong-pair", sentence="the server said 550 5.1.1")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    return {address: (str(code), text) for address, (code, text) in refused.items()}


@mutant(reason="wrong-type", sentence="send_mail returned ['nobody@lab.test']")
def send_mail(host, port, **others):
    return list(send_mail(host, port, **others)) or {}


@mutant(reason="refusal-lost", sentence="nobody@lab.test was refused, and send_mail returned an em")
def send_mail(host, port, **others):
    send_mail(host, port, **others)
    return {}


@mutant(reason="one-refusal-raised", sentence="One recipient of three was refused, and send_mail")
def send_mail(host, port, **others):
    refused = send_mail(host, port, **others)
    for code, text in refused.values():
        raise ReplyError(code, [text])
    return refused


@mutant(reason="all-refused-returned", sentence="Every recipient was refused, and send_mail")
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


@mutant(reason="error-swallowed", sentence="STARTTLS was not offered, and send_mail returned {}")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except Exception:
        return {}


@mutant(reason="error-swallowed", sentence="with 421, and send_mail returned {}")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except ReplyError as error:
        if error.code == 421:
            return {}
        raise


@mutant(reason="error-swallowed", sentence="hung up after the message, and send_mail returned {}")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except EOFError:
        return {}


@mutant(reason="other-code", sentence="says ReplyError: 500")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except ReplyError:
        raise ReplyError(500, ["not sent"]) from None


@mutant(reason="quit-matters", sentence="because the server did not say goodbye")
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


@mutant(reason="password-printed", sentence="send_mail printed the password")
def send_mail(host, port, *, password=None, **others):
    print("logging in with", password)
    return send_mail(host, port, password=password, **others)


@mutant(reason="password-told", sentence="has the password in its text")
def send_mail(host, port, *, user=None, password=None, **others):
    try:
        return send_mail(host, port, user=user, password=password, **others)
    except ReplyError as error:
        raise ReplyError(error.code, [*error.lines, f"({user}, {password})"]) from None


@mutant(reason="unknown-security", sentence="security was 'ssl', which is none of the three")
def send_mail(host, port, *, security, **others):
    known = security in ("tls", "starttls")
    return send_mail(host, port, security=security if known else "none", **others)


@mutant(reason="recipients-str", sentence="letter by letter")
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


@mutant(reason="no-recipients", sentence="There were no recipients")
def send_mail(host, port, *, recipients, **others):
    return send_mail(host, port, recipients=recipients, **others) if recipients else {}


@mutant(reason="line-break-taken", sentence="A line break stood in the subject")
def send_mail(host, port, *, subject, **others):
    return send_mail(host, port, subject=subject.partition("\r")[0], **others)


@mutant(reason="library-does-it", sentence="leaves the work to smtplib")
def send_mail(host, port, *, sender, recipients, text, **others):
    with smtplib.SMTP(host, port) as client:
        return client.sendmail(sender, recipients, text)


@mutant(reason="exception", sentence="too many values to unpack")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    message = build_message(sender, recipients, subject, text, html, inline, attachments)
    sock = socket.create_connection(host, port, timeout)
    return deliver(sock, LineReader(sock), sender, recipients, message)


@mutant(reason="no-such-file", sentence="Something was taken for the file of authorities")
def send_mail(host, port, *, cafile=None, hostname=None, **others):
    return send_mail(host, port, cafile=hostname, hostname=cafile, **others)


@mutant(reason="mail-not-built", sentence="build_message did not like what it was given")
def send_mail(host, port, *, inline=(), attachments=(), **others):
    return send_mail(host, port, inline=attachments, attachments=inline, **others)


@mutant(reason="login-without-user", sentence="log_in was called, and there is no user")
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


@mutant(reason="assert", sentence="An assert refuses it")
def send_mail(host, port, *, security, **others):
    assert security in ("tls", "starttls", "none")
    return send_mail(host, port, security=security, **others)


@mutant(reason="other-exception", sentence="InsecureError was promised, and send_mail raised Reply")
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


@mutant(reason="utf8-for-ascii", sentence="Every address was ASCII, and send_mail raised Value")
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


@mutant(reason="exception", sentence="'tuple' object has no attribute 'close'")
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


@mutant(reason="tls-not-spoken", sentence="waited for a greeting in the clear")
def send_mail(host, port, *, security, sender, recipients, subject, text, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port)) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, message)
        command(sock, reader, "QUIT", 221)
    return refused


@mutant(
    reason="waits-for-a-line", sentence="waited for a line that the server was not going to say"
)
def send_mail(host, port, *, security, sender, recipients, subject, text, **others):
    with socket.create_connection((host, port)) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        read_reply(reader)
    return {}


@mutant(reason="quit-too-early", sentence="QUIT was said before the mail was delivered")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    message = build_message(sender, recipients, subject, text)
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        command(sock, reader, "QUIT", 221)
        return deliver(sock, reader, sender, recipients, message)


@mutant(reason="message-not-built", sentence="The mail arrived without a header")
def send_mail(host, port, *, security, sender, recipients, subject, text, timeout, **others):
    with socket.create_connection((host, port), timeout) as sock:
        reader = LineReader(sock)
        say_hello(sock, reader)
        refused = deliver(sock, reader, sender, recipients, b"Hello Lin,\r\n")
        command(sock, reader, "QUIT", 221)
    return refused


# What a beginner has midway


@mutant(reason="quit-matters", sentence="raised TimeoutError")
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


@mutant(reason="quit-matters", sentence="raised ValueError: no reply code")
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


@mutant(reason="quit-matters", sentence="raised ReplyError: 421")
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


@mutant(reason="text-cut", sentence="refused nobody@lab.test in two lines")
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


@mutant(reason="size-off-by-one", sentence="allows that, and send_mail raised ValueError")
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


@mutant(reason="size-ignored", sentence="takes 1,000 octets at most (SIZE)")
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


@mutant(reason="exception", sentence="raised KeyError: 'SIZE'")
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


@mutant(reason="utf8-not-asked", sentence="林@lab.test was not taken: ReplyError: 553")
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


@mutant(reason="utf8-not-asked", sentence="林@lab.test was not taken: (553,")
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


@mutant(reason="utf8-for-ascii", sentence="Every address was ASCII")
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


@mutant(reason="refused-late", sentence="security was 'ssl', and send_mail connected")
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


@mutant(reason="refused-late", sentence="and send_mail connected before it refused that")
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


@mutant(reason="no-password", sentence="a user and no password, and send_mail went on to the login")
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


@mutant(reason="login-skipped", sentence="a user and no password, and send_mail went on without")
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


@mutant(reason="login-skipped", sentence="the server offered no AUTH")
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


@mutant(reason="login-without-user", sentence="log_in was called, and there is no user")
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


@mutant(
    reason="went-on-after-421", sentence="goodbye to the login, with 421, and send_mail went on"
)
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


@mutant(reason="tries-again", sentence="and send_mail named the recipient once more")
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


@mutant(reason="tries-again", sentence="and send_mail connected 2 times")
def send_mail(host, port, **others):
    try:
        return send_mail(host, port, **others)
    except (OSError, EOFError, ReplyError):
        return send_mail(host, port, **others)


@mutant(reason="default-timeout", sentence="the timeout of every socket")
def send_mail(host, port, *, timeout, **others):
    socket.setdefaulttimeout(timeout)
    return send_mail(host, port, timeout=timeout, **others)


@mutant(
    reason="other-exception", sentence="ssl.SSLError was promised, and send_mail raised OSError"
)
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


@mutant(reason="wrong-message", sentence="a field called Bcc")
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


@mutant(reason="tls-not-asked", sentence="security was 'none', and send_mail said STARTTLS")
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


@mutant(reason="size-of-before", sentence="somebody on the way wrote SIZE 100 into the reply")
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


@mutant(reason="quit-unread", sentence="closed the connection before it had read the answer")
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


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.client import deliver_utf8, log_in, say_hello, send_mail  # noqa: E402
