"""Right answers that say the same in other words: case, order, and names that a standard allows."""

from smtplab.solutions.auth import auth_login
from smtplab.solutions.client import build_message, connect_tls
from smtplab.solutions.dialogue import ReplyError, command, dot_stuff, parse_ehlo, read_reply
from smtplab.solutions.sockets import LineReader, encode_line
from smtplab.solutions.tls import InsecureError

from . import unlike


@unlike("quit in lower case: RFC 5321, section 2.4")
def say_goodbye(sock):
    sock.sendall(b"quit\r\n")
    return sock.recv(1024)


def hand_over(sock, reader, mail, rcpt, data, rset, recipients, message):
    """The dialogue of one delivery, in the words that are given."""
    command(sock, reader, mail, 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, rcpt.format(recipient), (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    if len(refused) == len(recipients):
        command(sock, reader, rset, 250)
        return refused
    command(sock, reader, data, 354)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


@unlike("all of its commands are in lower case")
def deliver(sock, reader, sender, recipients, message):
    mail = f"mail from:<{sender}>"
    return hand_over(sock, reader, mail, "rcpt to:<{}>", "data", "rset", recipients, message)


@unlike("its commands are in capitals and not, as it comes")
def deliver(sock, reader, sender, recipients, message):
    mail = f"Mail From:<{sender}>"
    return hand_over(sock, reader, mail, "rcpt TO:<{}>", "Data", "Rset", recipients, message)


@unlike("its commands and the parameter are in lower case")
def deliver_utf8(sock, reader, sender, recipients, message):
    mail = f"mail from:<{sender}> smtputf8"
    return hand_over(sock, reader, mail, "rcpt to:<{}>", "data", "rset", recipients, message)


@unlike("MAIL has more parameters, and SMTPUTF8 is the last of them")
def deliver_utf8(sock, reader, sender, recipients, message):
    mail = f"MAIL FROM:<{sender}> SIZE={len(message)} BODY=8BITMIME SMTPUTF8"
    return hand_over(sock, reader, mail, "RCPT TO:<{}>", "DATA", "RSET", recipients, message)


@unlike("MAIL has more parameters, and SMTPUTF8 is the first of them")
def deliver_utf8(sock, reader, sender, recipients, message):
    mail = f"MAIL FROM:<{sender}> SMTPUTF8 BODY=8BITMIME"
    return hand_over(sock, reader, mail, "RCPT TO:<{}>", "DATA", "RSET", recipients, message)


def greet(sock, reader, ehlo, helo):
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    try:
        return parse_ehlo(command(sock, reader, ehlo, 250)[1])
    except ReplyError as error:
        if error.code not in (500, 501, 502, 504, 550):
            raise
    command(sock, reader, helo, 250)
    return {}


@unlike("its name is an address literal: RFC 5321, section 4.1.3")
def say_hello(sock, reader):
    return greet(sock, reader, "EHLO [127.0.0.1]", "HELO [127.0.0.1]")


@unlike("its name is an address literal, and the address is the socket's own")
def say_hello(sock, reader):
    name = f"[{sock.getsockname()[0]}]"
    return greet(sock, reader, f"EHLO {name}", f"HELO {name}")


@unlike("its name is an address literal of IPv6, and its commands are in lower case")
def say_hello(sock, reader):
    return greet(sock, reader, "ehlo [IPv6:::1]", "helo [IPv6:::1]")


@unlike("its commands are in lower case, and its name is an address literal")
def starttls(sock, reader, hostname, cafile):
    import ssl

    command(sock, reader, "starttls", 220)
    if reader.buffer:
        raise InsecureError
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        reader = LineReader(sock)
        _, lines = command(sock, reader, f"ehlo [{sock.getsockname()[0]}]", 250)
    except BaseException:
        sock.close()
        raise
    return sock, reader, parse_ehlo(lines)


@unlike("all of its commands are in lower case, and its name is an address literal")
def repaired_dialogue(sock, user, password, sender, recipient, mail):
    reader = LineReader(sock)
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    command(sock, reader, "ehlo [127.0.0.1]", 250)
    auth_login(sock, reader, user, password)
    refused = hand_over(
        sock, reader, f"mail from:<{sender}>", "rcpt to:<{}>", "data", "rset", [recipient], mail
    )
    for refusal in refused.values():
        raise ReplyError(*refusal)
    command(sock, reader, "quit", 221)


@unlike("all of its commands are in lower case, and MAIL tells the size")
def send_mail(
    host, port, *, security, user=None, password=None, cafile=None, hostname=None,
    sender, recipients, subject, text, html=None, inline=(), attachments=(), timeout=30.0,
):  # fmt: skip
    import socket
    import ssl

    if security not in ("tls", "starttls", "none") or isinstance(recipients, str):
        raise ValueError(security, recipients)
    if user is not None and password is None or not recipients:
        raise ValueError("a user without a password, or nobody to send to")
    if user is not None and security == "none":
        raise InsecureError("a password in the clear")
    recipients = list(dict.fromkeys(recipients))
    letter = build_message(sender, recipients, subject, text, html, inline, attachments)
    name = hostname or host
    if security == "tls":
        sock = connect_tls((host, port), name, cafile, timeout)
    else:
        sock = socket.create_connection((host, port), timeout)

    def leave():
        try:
            command(sock, reader, "quit", 221)
        except (OSError, EOFError, ValueError, ReplyError):
            pass

    try:
        reader = LineReader(sock)
        hello = "ehlo [127.0.0.1]"
        offers = greet(sock, reader, hello, hello)
        if security == "starttls":
            if "STARTTLS" not in offers:
                leave()
                raise InsecureError("no STARTTLS")
            sock, reader, offers = starttls(sock, reader, name, cafile)
        if user is not None:
            if "LOGIN" not in offers.get("AUTH", "").split():
                raise ValueError("no login that we know")
            auth_login(sock, reader, user, password)
        size = offers.get("SIZE", "")
        if size.isdigit() and 0 < int(size) < len(letter):
            raise ValueError(f"more than {size} octets")
        mail = f"mail from:<{sender}>"
        if "SIZE" in offers:
            mail += f" size={len(letter)}"
        if not all(address.isascii() for address in (sender, *recipients)):
            if "SMTPUTF8" not in offers:
                raise ValueError("no SMTPUTF8")
            mail += " body=8bitmime smtputf8"
        refused = hand_over(sock, reader, mail, "rcpt to:<{}>", "data", "rset", recipients, letter)
        leave()
    except (ReplyError, ValueError):
        leave()
        raise
    finally:
        if isinstance(sock, ssl.SSLSocket):
            try:
                sock.unwrap()
            except (OSError, ValueError):
                pass
        sock.close()
    if len(refused) == len(recipients):
        raise ReplyError(*next(iter(refused.values())))
    return {address: (code, " ".join(lines)) for address, (code, lines) in refused.items()}


@unlike("MAIL says how long the message is, where the server offers SIZE: RFC 1870, section 6")
def pipeline(sock, reader, extensions, sender, recipients, message):
    size = f" SIZE={len(message)}" if "SIZE" in extensions else ""
    mail = f"MAIL FROM:<{sender}>{size}"
    if "PIPELINING" not in extensions:
        return hand_over(sock, reader, mail, "RCPT TO:<{}>", "DATA", "RSET", recipients, message)
    lines = [mail, *(f"RCPT TO:<{each}>" for each in recipients), "DATA"]
    sock.sendall(b"".join(map(encode_line, lines)))
    replies = {}
    for line in lines:
        replies[line] = read_reply(reader)
        if replies[line][0] == 421:
            raise ReplyError(*replies[line])
    refused = {
        each: replies[f"RCPT TO:<{each}>"]
        for each in recipients
        if replies[f"RCPT TO:<{each}>"][0] not in (250, 251)
    }
    nobody = replies[mail][0] != 250 or len(refused) == len(recipients)
    if replies["DATA"][0] == 354:
        text = b"" if nobody else dot_stuff(message.removesuffix(b"\r\n") + b"\r\n")
        sock.sendall(text + b".\r\n")
        end = read_reply(reader)
    elif replies[mail][0] == 250 and nobody:
        command(sock, reader, "RSET", 250)
    if replies[mail][0] != 250:
        raise ReplyError(*replies[mail])
    if not nobody and replies["DATA"][0] != 354:
        raise ReplyError(*replies["DATA"])
    if not nobody and end[0] != 250:
        raise ReplyError(*end)
    return refused
