"""Wrong answers to the exercises of lesson 02, each with what must be said to it."""

import re

from smtplab.solutions.dialogue import ReplyError
from smtplab.solutions.sockets import LineReader, encode_line

from . import mutant


class Agreeable:
    """An object that claims equality with anything."""

    def __eq__(self, other):
        return True

    __hash__ = None


# --- parse_reply_line


@mutant(reason="hyphen-anywhere", sentence="took a hyphen inside the text")
def parse_reply_line(line):
    code = line[:3]
    if not (len(code) == 3 and code.isdigit() and line[3:4] in (b" ", b"-", b"")):
        raise ValueError(line)
    return int(code), b"-" not in line, line[4:].decode("utf-8", "replace")


@mutant(reason="last-wrong", sentence="returned last=False")
def parse_reply_line(line):
    return int(line[:3]), line[3:4] == b"-", line[4:].decode("utf-8", "replace")


@mutant(reason="last-wrong", sentence="its fourth octet is a hyphen")
def parse_reply_line(line):
    return int(line[:3]), b" " in line, line[4:].decode("utf-8", "replace")


@mutant(reason="strict-decode", sentence="UnicodeDecodeError")
def parse_reply_line(line):
    return int(line[:3]), line[3:4] != b"-", line[4:].decode("utf-8")


@mutant(reason="accepts-nonsense", sentence="is no reply")
def parse_reply_line(line):
    return int(line[:3]), line[3:4] != b"-", line[4:].decode("utf-8", "replace")


@mutant(reason="text-trimmed", sentence="returned the text")
def parse_reply_line(line):
    code, last, text = parse_reply_line(line)
    return code, last, text.strip()


@mutant(reason="text-wrong", sentence="' OK'")
def parse_reply_line(line):
    code, last, _ = parse_reply_line(line)
    return code, last, line[3:].decode("utf-8", "replace")


@mutant(reason="wrong-type", sentence="what is wanted is")
def parse_reply_line(line):
    return Agreeable()


@mutant(reason="wrong-parts", sentence="(250, True, 'OK')")
def parse_reply_line(line):
    return 250, True, "OK"


# --- read_reply


@mutant(reason="first-line-only", sentence="returned after the first line")
def read_reply(reader):
    code, _, text = parse_reply_line(reader.read_line())
    return code, [text]


@mutant(reason="last-line-only", sentence="the last one alone")
def read_reply(reader):
    last = False
    while not last:
        code, last, text = parse_reply_line(reader.read_line())
    return code, [text]


@mutant(reason="last-line-lost", sentence="left the last line out")
def read_reply(reader):
    lines = []
    code, last, text = parse_reply_line(reader.read_line())
    if last:
        return code, [text]
    while not last:
        lines.append(text)
        code, last, text = parse_reply_line(reader.read_line())
    return code, lines


@mutant(reason="single-recv", sentence="what one recv gave it")
def read_reply(reader):
    lines = reader.sock.recv(4096).split(b"\r\n")[:-1]
    return int(lines[0][:3]), [line[4:].decode() for line in lines]


@mutant(reason="reads-on", sentence="went on reading")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = [text]
    while not last or b"\r\n" in reader.buffer:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@mutant(reason="lost-reply", sentence="The second reply is gone")
def read_reply(reader):
    code, lines = read_reply(reader)
    reader.buffer = b""
    return code, lines


@mutant(reason="too-few-lines", sentence="all 101 lines")
def read_reply(reader):
    lines = []
    for _ in range(50):
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
        if last:
            break
    return code, lines


@mutant(reason="code-changes", sentence="goes on with 550")
def read_reply(reader):
    lines, last = [], False
    while not last:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@mutant(reason="swallows-eof", sentence="although the stream ended")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = [text]
    while not last:
        try:
            next_code, last, text = parse_reply_line(reader.read_line())
        except EOFError:
            break
        if next_code != code:
            raise ValueError("another code")
        lines.append(text)
    return code, lines


@mutant(reason="wrong-reply", sentence="did not return the three lines")
def read_reply(reader):
    reader.read_line()
    return 220, ["mail.lab.test ready"]


@mutant(reason="wrong-type", sentence="what is wanted is")
def read_reply(reader):
    return Agreeable()


# --- command


@mutant(reason="waits-in-recv", sentence="waits in recv")
def command(sock, reader, line, expect):
    expected = expect if isinstance(expect, tuple) else (expect,)
    sock.send(encode_line(line))
    code, lines = read_reply(reader)
    if code not in expected:
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="own-reader", sentence="read past the reader that it was given")
def command(sock, reader, line, expect):
    return command(sock, LineReader(sock), line, expect)


@mutant(reason="tuple-refused", sentence="expect was (250, 251)")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code != expect:
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="unexpected-accepted", sentence="command returned (550,")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    return read_reply(reader)


@mutant(reason="unexpected-accepted", sentence="hoped for was 354")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code >= 400:
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="injection", sentence="a line break went out")
def command(sock, reader, line, expect):
    sock.sendall(line.encode() + b"\r\n")
    expected = expect if isinstance(expect, tuple) else (expect,)
    code, lines = read_reply(reader)
    if code not in expected:
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="break-accepted", sentence="instead of refusing it")
def command(sock, reader, line, expect):
    return command(sock, reader, line.rstrip("\r\n"), expect)


@mutant(reason="wrong-exception", sentence="no ReplyError: RuntimeError(")
def command(sock, reader, line, expect):
    try:
        return command(sock, reader, line, expect)
    except ReplyError as error:
        raise RuntimeError(str(error)) from None


@mutant(reason="wrong-line", sentence="other octets than the line and its CRLF")
def command(sock, reader, line, expect):
    return command(sock, reader, line.lower(), expect)


@mutant(reason="wrong-type", sentence="what is wanted is")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    read_reply(reader)
    return Agreeable()


# --- parse_ehlo


@mutant(reason="greeting-as-offer", sentence="took the server's greeting for an offer")
def parse_ehlo(reply):
    return {line.partition(" ")[0].upper(): line.partition(" ")[2] for line in reply}


@mutant(reason="keyword-case", sentence="left the keywords as they came")
def parse_ehlo(reply):
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in reply[1:]}


@mutant(reason="parameters-upper", sentence="changed the case of the parameters")
def parse_ehlo(reply):
    return {line.upper().partition(" ")[0]: line.upper().partition(" ")[2] for line in reply[1:]}


@mutant(reason="parameters-cut", sentence="kept the first alone")
def parse_ehlo(reply):
    return {line.split()[0].upper(): [*line.split(), ""][1] for line in reply[1:]}


@mutant(reason="offer-lost", sentence="lost STARTTLS")
def parse_ehlo(reply):
    return {line.split()[0].upper(): line.split()[1] for line in reply[1:] if " " in line}


@mutant(reason="none-for-empty", sentence="gives None")
def parse_ehlo(reply):
    return {line.split()[0].upper(): " ".join(line.split()[1:]) or None for line in reply[1:]}


@mutant(reason="changes-argument", sentence="changed the list")
def parse_ehlo(reply):
    reply.pop(0)
    return {line.partition(" ")[0].upper(): line.partition(" ")[2] for line in reply}


@mutant(reason="wrong-offers", sentence="did not return the three offers")
def parse_ehlo(reply):
    return {"SIZE": "35882577", "STARTTLS": ""}


@mutant(reason="wrong-type", sentence="what is wanted is")
def parse_ehlo(reply):
    return Agreeable()


# --- dot_stuff


@mutant(reason="first-line-missed", sentence="the very first line")
def dot_stuff(body):
    return body.replace(b"\r\n.", b"\r\n..")


@mutant(reason="every-dot", sentence="not at the start of a line")
def dot_stuff(body):
    return body.replace(b".", b"..")


@mutant(reason="lone-dot-only", sentence="doubled a lone dot, and left")
def dot_stuff(body):
    return body.replace(b"\r\n.\r\n", b"\r\n..\r\n")


@mutant(reason="not-stuffed", sentence="left a dot at the start of a line")
def dot_stuff(body):
    return re.sub(rb"^\.", b"..", body)


@mutant(reason="bare-line-end", sentence="after a bare LF or CR")
def dot_stuff(body):
    return re.sub(rb"(?m)^\.", b"..", body)


@mutant(reason="adds-end", sentence="added the dot that ends the mail")
def dot_stuff(body):
    return dot_stuff(body) + b".\r\n"


@mutant(reason="end-changed", sentence="changed the end of the text")
def dot_stuff(body):
    lines = body.split(b"\r\n")
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines)


@mutant(reason="wrong-type", sentence="what is wanted is")
def dot_stuff(body):
    return dot_stuff(body).decode("latin-1")


@mutant(reason="wrong-octets", sentence="did not return the text")
def dot_stuff(body):
    return b"one\r\n..two\r\n"


@mutant(reason="wrong-type", sentence="what is wanted is")
def dot_stuff(body):
    return Agreeable()


# --- deliver


def ending(sock, reader, body):
    sock.sendall(body + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)


def recipients_of(sock, reader, recipients, codes=(250, 251)):
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", codes)
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    return refused


@mutant(reason="stops-at-refusal", sentence="the other two got nothing")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return {}


@mutant(reason="refusal-hidden", sentence="said nothing of it")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return {}


@mutant(reason="data-for-nobody", sentence="sent DATA all the same")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return refused


@mutant(reason="no-rset", sentence="left the envelope half written")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    if len(refused) < len(recipients):
        command(sock, reader, "DATA", 354)
        ending(sock, reader, dot_stuff(message))
    return refused


@mutant(reason="forward-refused", sentence="251 says that the recipient is taken")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients, 250)
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return refused


@mutant(reason="reply-unread", sentence="before it had read the reply after the dot")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b".\r\n")
    return refused


def rest_of(sock, reader, refused, recipients, body, ending=ending):
    if len(refused) == len(recipients):
        command(sock, reader, "RSET", 250)
        return refused
    command(sock, reader, "DATA", 354)
    ending(sock, reader, body)
    return refused


@mutant(reason="refusal-ignored", sentence="refused the message with 554")
def deliver(sock, reader, sender, recipients, message):
    def careless(sock, reader, body):
        sock.sendall(body + b".\r\n")
        read_reply(reader)

    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message), careless)


@mutant(reason="goodbye-collected", sentence="the server's goodbye")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = (error.code, error.lines)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@mutant(reason="not-stuffed", sentence="did not arrive as it was")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, message)


@mutant(reason="dot-glued", sentence="so it closes nothing")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@mutant(reason="extra-line", sentence="An empty line was added")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message) + b"\r\n")


@mutant(reason="no-brackets", sentence="stands in angle brackets")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:{sender}", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:{recipient}", (250, 251))
    return rest_of(sock, reader, {}, recipients, dot_stuff(message))


@mutant(reason="extra-command", sentence="deliver sent 'QUIT'")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    rest_of(sock, reader, refused, recipients, dot_stuff(message))
    command(sock, reader, "QUIT", 221)
    return refused


@mutant(reason="wrong-type", sentence="what is wanted is a dict")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    rest_of(sock, reader, refused, recipients, dot_stuff(message))
    return Agreeable()


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.dialogue import (  # noqa: E402
    command,
    dot_stuff,
    parse_reply_line,
    read_reply,
)
