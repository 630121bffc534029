"""Answers to the exercises of lesson 02: wrong ones, each with its reason, and right ones."""

import re
from collections import OrderedDict, defaultdict
from typing import NamedTuple

from smtplab.solutions.dialogue import ReplyError
from smtplab.solutions.sockets import LineReader, encode_line

from . import right, wrong


class Agreeable:
    """An object that claims equality with anything."""

    def __eq__(self, other):
        return True

    __hash__ = None


# --- parse_reply_line


@wrong("hyphen-anywhere")
def parse_reply_line(line):
    code = line[:3]
    if not (len(code) == 3 and code.isdigit() and line[3:4] in (b" ", b"-", b"")):
        raise ValueError(line)
    return int(code), b"-" not in line, line[4:].decode("utf-8", "replace")


@wrong("value-item-other")
def parse_reply_line(line):
    return int(line[:3]), line[3:4] == b"-", line[4:].decode("utf-8", "replace")


@wrong("value-item-other")
def parse_reply_line(line):
    return int(line[:3]), b" " in line, line[4:].decode("utf-8", "replace")


@wrong("strict-decode")
def parse_reply_line(line):
    return int(line[:3]), line[3:4] != b"-", line[4:].decode("utf-8")


@wrong("not-raised")
def parse_reply_line(line):
    return int(line[:3]), line[3:4] != b"-", line[4:].decode("utf-8", "replace")


@wrong("value-item-other")
def parse_reply_line(line):
    code, last, text = parse_reply_line(line)
    return code, last, text.strip()


@wrong("value-item-other")
def parse_reply_line(line):
    code, last, _ = parse_reply_line(line)
    return code, last, line[3:].decode("utf-8", "replace")


@wrong("wrong-type")
def parse_reply_line(line):
    return Agreeable()


@wrong("same-answer")
def parse_reply_line(line):
    return 250, True, "OK"


@wrong("value-item-other")
def parse_reply_line(line):
    return int(line[1:3]), line[3:4] != b"-", line[4:].decode("utf-8", "replace")


@wrong("octet-against-bytes")
def parse_reply_line(line):
    return int(line[:3]), line[3] != b"-", line[4:].decode("utf-8", "replace")


@wrong("octet-against-bytes")
def parse_reply_line(line):
    if line[3] not in (b" ", b"-"):
        raise ValueError("no space and no hyphen")
    return int(line[:3]), line[3:4] != b"-", line[4:].decode("utf-8", "replace")


@wrong("exception")
def parse_reply_line(line):
    text = str(line)
    return int(text[:3]), text[3] != "-", text[4:]


@wrong("wrong-exception")
def parse_reply_line(line):
    try:
        return parse_reply_line(line)
    except ValueError:
        pass
    raise Exception("no reply line")


@wrong("returned-exception")
def parse_reply_line(line):
    try:
        return parse_reply_line(line)
    except ValueError as error:
        return error


@wrong("refuses-short")
def parse_reply_line(line):
    if len(line) < 5:
        raise ValueError(line)
    return parse_reply_line(line)


# --- read_reply


@wrong("first-line-only")
def read_reply(reader):
    code, _, text = parse_reply_line(reader.read_line())
    return code, [text]


@wrong("value-item-other")
def read_reply(reader):
    last = False
    while not last:
        code, last, text = parse_reply_line(reader.read_line())
    return code, [text]


@wrong("value")
def read_reply(reader):
    lines = []
    code, last, text = parse_reply_line(reader.read_line())
    if last:
        return code, [text]
    while not last:
        lines.append(text)
        code, last, text = parse_reply_line(reader.read_line())
    return code, lines


@wrong("single-recv")
def read_reply(reader):
    lines = reader.sock.recv(4096).split(b"\r\n")[:-1]
    return int(lines[0][:3]), [line[4:].decode() for line in lines]


@wrong("reads-on")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = [text]
    while not last or b"\r\n" in reader.buffer:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@wrong("lost-reply")
def read_reply(reader):
    code, lines = read_reply(reader)
    reader.buffer = b""
    return code, lines


@wrong("too-few-lines")
def read_reply(reader):
    lines = []
    for _ in range(50):
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
        if last:
            break
    return code, lines


@wrong("not-raised")
def read_reply(reader):
    lines, last = [], False
    while not last:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@wrong("not-raised")
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


@wrong("value")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = []
    while not last:
        lines.append(text)
        code, last, text = parse_reply_line(reader.read_line())
    return code, lines


@wrong("reads-on")
def read_reply(reader):
    lines = []
    while True:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)


@wrong("reads-on")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = [text]
    while last:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@wrong("list-shared")
def read_reply(reader, lines=[]):
    last = False
    while not last:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@wrong("value-item-other")
def read_reply(reader):
    code, lines = read_reply(reader)
    return code, [f"{code} {text}" for text in lines]


@wrong("wrong-exception")
def read_reply(reader):
    try:
        return read_reply(reader)
    except EOFError:
        raise ValueError("half a reply") from None


@wrong("wrong-exception")
def read_reply(reader):
    try:
        return read_reply(reader)
    except ValueError:
        raise RuntimeError("out of step") from None


@wrong("value-item-other")
def read_reply(reader):
    reader.read_line()
    return 220, ["mail.lab.test ready"]


@wrong("wrong-type")
def read_reply(reader):
    return Agreeable()


# --- command


@wrong("short-send")
def command(sock, reader, line, expect):
    expected = expect if isinstance(expect, tuple) else (expect,)
    sock.send(encode_line(line))
    code, lines = read_reply(reader)
    if code not in expected:
        raise ReplyError(code, lines)
    return code, lines


@wrong("own-reader")
def command(sock, reader, line, expect):
    return command(sock, LineReader(sock), line, expect)


@wrong("expected-refused")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if str(code) != expect:
        raise ReplyError(code, lines)
    return code, lines


@wrong("expected-refused")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code != expect:
        raise ReplyError(code, lines)
    return code, lines


@wrong("not-raised")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    return read_reply(reader)


@wrong("not-raised")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code >= 400:
        raise ReplyError(code, lines)
    return code, lines


@wrong("break-accepted")
def command(sock, reader, line, expect):
    sock.sendall(line.encode() + b"\r\n")
    expected = expect if isinstance(expect, tuple) else (expect,)
    code, lines = read_reply(reader)
    if code not in expected:
        raise ReplyError(code, lines)
    return code, lines


@wrong("break-accepted")
def command(sock, reader, line, expect):
    return command(sock, reader, line.rstrip("\r\n"), expect)


@wrong("wrong-exception")
def command(sock, reader, line, expect):
    try:
        return command(sock, reader, line, expect)
    except ReplyError as error:
        raise RuntimeError(str(error)) from None


@wrong("wrong-exception")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    expected = expect if isinstance(expect, tuple) else (expect,)
    if code not in expected:
        raise ValueError(f"{code} came")
    return code, lines


@wrong("exception")  # iterable; from Python 3.14 on a container
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code not in expect:
        raise ReplyError(code, lines)
    return code, lines


@wrong("exception")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    expected = expect if isinstance(expect, tuple) else (expect,)
    if code not in expected:
        raise ReplyError(code)
    return code, lines


@wrong("wrong-error")
def command(sock, reader, line, expect):
    try:
        return command(sock, reader, line, expect)
    except ReplyError as error:
        error.lines = "no"
        raise


@wrong("line-other")
def command(sock, reader, line, expect):
    return command(sock, reader, "NOOP", expect)


@wrong("said-again")
def command(sock, reader, line, expect):
    for expected in expect if isinstance(expect, tuple) else (expect,):
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
        if code == expected:
            return code, lines
    raise ReplyError(code, lines)


@wrong("said-again")
def command(sock, reader, line, expect):
    expected = expect if isinstance(expect, tuple) else (expect,)
    code, left = 0, 100
    while code not in expected and (left := left - 1):
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
    return code, lines


@wrong("not-utf-8")
def command(sock, reader, line, expect):
    if "\r" in line or "\n" in line:
        raise ValueError(line)
    sock.sendall(line.encode("latin-1") + b"\r\n")
    code, lines = read_reply(reader)
    if code not in (expect if isinstance(expect, tuple) else (expect,)):
        raise ReplyError(code, lines)
    return code, lines


@wrong("exception")
def command(sock, reader, line, expect):
    sock.sendall(line.encode("ascii") + b"\r\n")
    code, lines = read_reply(reader)
    if code not in (expect if isinstance(expect, tuple) else (expect,)):
        raise ReplyError(code, lines)
    return code, lines


@wrong("sent-first")
def command(sock, reader, line, expect):
    if "\r" in line or "\n" in line:
        sock.sendall(line.encode())
    return command(sock, reader, line, expect)


@wrong("line-other")
def command(sock, reader, line, expect):
    return command(sock, reader, line.lower(), expect)


@wrong("wrong-type")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    read_reply(reader)
    return Agreeable()


# --- parse_ehlo


@wrong("greeting-as-offer")
def parse_ehlo(reply):
    return {line.partition(" ")[0].upper(): line.partition(" ")[2] for line in reply}


@wrong("value-key-missing")
def parse_ehlo(reply):
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in reply[1:]}


@wrong("value-key-other")
def parse_ehlo(reply):
    return {line.upper().partition(" ")[0]: line.upper().partition(" ")[2] for line in reply[1:]}


@wrong("value-key-other")
def parse_ehlo(reply):
    return {line.split()[0].upper(): [*line.split(), ""][1] for line in reply[1:]}


@wrong("offers-lost")
def parse_ehlo(reply):
    return {line.split()[0].upper(): line.split()[1] for line in reply[1:] if " " in line}


@wrong("wrong-type")
def parse_ehlo(reply):
    return {line.split()[0].upper(): " ".join(line.split()[1:]) or None for line in reply[1:]}


@wrong("changes-argument")
def parse_ehlo(reply):
    reply.pop(0)
    return {line.partition(" ")[0].upper(): line.partition(" ")[2] for line in reply}


@wrong("value-key-missing")
def parse_ehlo(reply):
    return {"SIZE": "35882577", "STARTTLS": "", "AUTH": "LOGIN PLAIN"}


@wrong("offers-lost")
def parse_ehlo(reply):
    offers = {}
    for line in reply[1:]:
        keyword, _, parameters = line.partition(" ")
        offers[keyword.upper()] = parameters
        return offers


@wrong("offers-lost")
def parse_ehlo(reply):
    for line in reply[1:]:
        keyword, _, parameters = line.partition(" ")
        offers = {keyword.upper(): parameters}
    return offers


@wrong("offers-lost")
def parse_ehlo(reply):
    offers = {}
    for position in range(1, len(reply) - 1):
        keyword, _, parameters = reply[position].partition(" ")
        offers[keyword.upper()] = parameters
    return offers


@wrong("value-key-other")
def parse_ehlo(reply):
    return {(words := [*line.split(None, 1), ""])[0].upper(): words[1] for line in reply[1:]}


@wrong("value-key-other")
def parse_ehlo(reply):
    parts = [line.partition(" ") for line in reply[1:]]
    return {keyword.upper(): parameters.strip() for keyword, _, parameters in parts}


@wrong("wrong-type")
def parse_ehlo(reply):
    return {line.split()[0].upper(): line.split()[1:] for line in reply[1:]}


@wrong("exception")
def parse_ehlo(reply):
    offers = {}
    for line in reply[1:]:
        keyword, parameters = line.split(" ")
        offers[keyword.upper()] = parameters
    return offers


@wrong("wrong-type")
def parse_ehlo(reply):
    return Agreeable()


# --- dot_stuff


@wrong("first-line-missed")
def dot_stuff(body):
    return body.replace(b"\r\n.", b"\r\n..")


@wrong("value")
def dot_stuff(body):
    return body.replace(b".", b"..")


@wrong("line-left")
def dot_stuff(body):
    return body.replace(b"\r\n.\r\n", b"\r\n..\r\n")


@wrong("line-left")
def dot_stuff(body):
    return re.sub(rb"^\.", b"..", body)


@wrong("value")
def dot_stuff(body):
    return re.sub(rb"(?m)^\.", b"..", body)


@wrong("adds-end")
def dot_stuff(body):
    return dot_stuff(body) + b".\r\n"


@wrong("value")
def dot_stuff(body):
    lines = body.split(b"\r\n")
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines)


@wrong("wrong-type")
def dot_stuff(body):
    return dot_stuff(body).decode("latin-1")


@wrong("line-left")
def dot_stuff(body):
    lines = body.split(b"\r\n")
    for at, line in enumerate(lines):
        if line.startswith(b".") and not line.startswith(b".."):
            lines[at] = b"." + line
    return b"\r\n".join(lines)


@wrong("line-left")
def dot_stuff(body):
    stuffed = body.replace(b"\r\n.", b"\r\n..", 1)
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


@wrong("result-dropped")
def dot_stuff(body):
    body.replace(b"\r\n.", b"\r\n..")
    return body


@wrong("exception")
def dot_stuff(body):
    out = b""
    for octet in body:
        out += octet
    return out


@wrong("value")
def dot_stuff(body):
    return b"one\r\n..two\r\n"


@wrong("wrong-type")
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


@wrong("stops-at-refusal")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return {}


@wrong("value-key-missing")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return {}


@wrong("data-for-nobody")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return refused


@wrong("line-missing")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    if len(refused) < len(recipients):
        command(sock, reader, "DATA", 354)
        ending(sock, reader, dot_stuff(message))
    return refused


@wrong("forward-refused")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients, 250)
    command(sock, reader, "DATA", 354)
    ending(sock, reader, dot_stuff(message))
    return refused


@wrong("reply-unread")
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


@wrong("not-raised")
def deliver(sock, reader, sender, recipients, message):
    def careless(sock, reader, body):
        sock.sendall(body + b".\r\n")
        read_reply(reader)

    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message), careless)


@wrong("goodbye-collected")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = (error.code, error.lines)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@wrong("not-stuffed")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, message)


@wrong("dot-glued")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@wrong("extra-line")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message) + b"\r\n")


@wrong("sent-early")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    sock.sendall(b"DATA\r\n" + dot_stuff(message) + b".\r\n")
    read_reply(reader)
    read_reply(reader)
    return refused


@wrong("data-unanswered")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    sock.sendall(b"DATA\r\n")
    sock.sendall(dot_stuff(message) + b".\r\n")
    read_reply(reader)
    return refused


@wrong("data-unanswered")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    sock.sendall(b"DATA\r\n")
    sock.sendall(dot_stuff(message))
    command(sock, reader, ".", 250)
    return refused


@wrong("other-code")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 250)
    ending(sock, reader, dot_stuff(message))
    return refused


@wrong("out-of-step")
def deliver(sock, reader, sender, recipients, message):
    sock.sendall(encode_line(f"MAIL FROM:<{sender}>"))
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@wrong("reply-in-letter")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    for line in message.decode().split("\r\n"):
        command(sock, reader, line, 250)


@wrong("exception")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    command(sock, reader, message.decode() + ".", 250)


@wrong("not-closed")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b".")
    read_reply(reader)
    return refused


@wrong("not-closed")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b"\n.\n")
    read_reply(reader)
    return refused


@wrong("not-closed")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message + b".\r\n"))
    read_reply(reader)
    return refused


@wrong("changes-argument")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused, everybody = {}, list(recipients)
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = (error.code, error.lines)
            recipients.remove(recipient)
    return rest_of(sock, reader, refused, everybody, dot_stuff(message))


@wrong("line-other")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = (error.code, error.lines)
            command(sock, reader, "RSET", 250)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@wrong("line-other")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{recipients[0]}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@wrong("wrong-type")
def deliver(sock, reader, sender, recipients, message):
    refused = deliver(sock, reader, sender, recipients, message)
    return {recipient: code for recipient, (code, lines) in refused.items()}


@wrong("line-other")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:{sender}", 250)
    for recipient in recipients:
        command(sock, reader, f"RCPT TO:{recipient}", (250, 251))
    return rest_of(sock, reader, {}, recipients, dot_stuff(message))


@wrong("line-more")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    rest_of(sock, reader, refused, recipients, dot_stuff(message))
    command(sock, reader, "QUIT", 221)
    return refused


@wrong("wrong-type")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    rest_of(sock, reader, refused, recipients, dot_stuff(message))
    return Agreeable()


# --- known mistakes that none of these makes, and right answers of other kinds


@wrong("value")
def parse_reply_line(line):
    code, last, text = parse_reply_line(line)
    return code, last


@wrong("wrong-replacement")
def parse_reply_line(line):
    code, last, text = parse_reply_line(line)
    return code, last, text.replace("\ufffd", "?")


@right("slices once, and asks a table for the separator")
def parse_reply_line(line):
    match = re.match(rb"(?s)([2-5][0-9][0-9])($|[ -])(.*)$", line)
    if match is None:
        raise ValueError("that is no reply line")
    code, separator, text = match.groups()
    return int(code.decode()), separator != b"-", text.decode(errors="replace")


class Reply(NamedTuple):
    code: int
    last: bool
    text: str


@right("a tuple with names, and an error with more to it")
def parse_reply_line(line):
    class NoReply(ValueError):
        pass

    try:
        return Reply(*parse_reply_line(bytes(line)))
    except ValueError as error:
        raise NoReply(str(error)) from error


@right("octets as numbers")
def parse_reply_line(line):
    digits = list(line[:3])
    good = len(digits) == 3 and all(48 <= octet <= 57 for octet in digits)
    if not good or not 50 <= digits[0] <= 53:
        raise ValueError(line)
    if len(line) > 3 and line[3] not in (32, 45):
        raise ValueError(line)
    number = sum((octet - 48) * power for octet, power in zip(digits, (100, 10, 1)))
    return number, not (len(line) > 3 and line[3] == 45), str(line[4:], "utf-8", "replace")


@right("collects lines first, and looks at their codes afterwards")
def read_reply(reader):
    parts = [parse_reply_line(reader.read_line())]
    while not parts[-1][1]:
        parts.append(parse_reply_line(reader.read_line()))
        if parts[-1][0] != parts[0][0]:
            raise ValueError("two codes in one reply")
    return parts[0][0], [text for _, _, text in parts]


@right("calls itself")
def read_reply(reader):
    def rest(code):
        other, last, text = parse_reply_line(reader.read_line())
        if code not in (None, other):
            raise ValueError(f"{other} after {code}")
        return other, [text, *([] if last else rest(other)[1])]

    return rest(None)


@right("a loop without end, left by break")
def read_reply(reader):
    lines = []
    first = None
    while True:
        code, last, text = parse_reply_line(reader.read_line())
        first = first or code
        if code != first:
            raise ValueError("the code changes")
        lines += [text]
        if last:
            break
    return (first, lines)


@wrong("own-reader")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    reader = LineReader(sock)
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
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


@right("looks at the line itself, and sends octet by octet")
def command(sock, reader, line, expect):
    if set(line) & {"\r", "\n"}:
        raise ValueError("one line, please")
    octets = line.encode() + b"\r\n"
    while octets:
        octets = octets[sock.send(octets[:1]) :]
    code, lines = read_reply(reader)
    if code == expect or (isinstance(expect, tuple) and code in expect):
        return code, lines
    raise ReplyError(code, lines)


@right("its own class of that name, with the same attributes")
def command(sock, reader, line, expect):
    class ReplyError(RuntimeError):
        def __init__(self, code, lines):
            super().__init__("not the reply that was hoped for")
            self.code, self.lines = code, lines

    data = encode_line(line)
    sock.sendall(data)
    reply = read_reply(reader)
    wanted = {expect} if type(expect) is int else set(expect)
    if reply[0] not in wanted:
        raise ReplyError(*reply)
    return reply


@right("a list comes back as it came")
def command(sock, reader, line, expect):
    view = memoryview(encode_line(line))
    sent = 0
    while sent < len(view):
        sent += sock.send(view[sent:])
    code, lines = read_reply(reader)
    try:
        welcome = code in expect
    except TypeError:
        welcome = code == expect
    if not welcome:
        raise ReplyError(code, lines)
    return code, lines


@right("an ordered dict, by comprehension")
def parse_ehlo(reply):
    pairs = (line.split(" ", 1) for line in reply[1:])
    return OrderedDict((pair[0].upper(), pair[1] if len(pair) > 1 else "") for pair in pairs)


@right("an iterator that passes over the greeting")
def parse_ehlo(reply):
    lines = iter(reply)
    next(lines, None)
    found = {}
    for line in lines:
        end = line.find(" ")
        found[line[: end if end >= 0 else None].upper()] = line[end + 1 :] if end >= 0 else ""
    return found


@right("a default dict")
def parse_ehlo(reply):
    found = defaultdict(str)
    for number in range(1, len(reply)):
        keyword, *rest = reply[number].split(" ", maxsplit=1)
        found[keyword.upper()] = rest[0] if rest else ""
    return found


@wrong("value")
def dot_stuff(body):
    return dot_stuff(body).replace(b"\r\n", b"\n")


@wrong("line-left")
def dot_stuff(body):
    lines = body.split(b"\r\n")
    for number, line in enumerate(lines):
        if line.startswith(b".") and lines[number - 1][:2] != b"..":
            lines[number] = b"." + line
    return b"\r\n".join(lines)


@right("a regular expression")
def dot_stuff(body):
    return re.sub(rb"(\A|(?<=\r\n))\.", b"..", body)


@right("line by line")
def dot_stuff(body):
    lines = body.split(b"\r\n")
    return b"\r\n".join(b"." + line if line[:1] == b"." else line for line in lines)


@right("octet by octet")
def dot_stuff(body):
    out = bytearray()
    for place, octet in enumerate(body):
        if octet == 46 and (place == 0 or body[max(0, place - 2) : place] == b"\r\n"):
            out += b"."
        out.append(octet)
    return bytes(out)


@wrong("all-refused-raises")
def deliver(sock, reader, sender, recipients, message):
    refused = deliver(sock, reader, sender, recipients, message)
    if len(refused) == len(recipients):
        raise ReplyError(*next(iter(refused.values())))
    return refused


@wrong("line-other")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM: <{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@wrong("line-other")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients[:1])
    return rest_of(sock, reader, refused, recipients[:1], dot_stuff(message))


@wrong("stuffed-twice")
def deliver(sock, reader, sender, recipients, message):
    return deliver(sock, reader, sender, recipients, dot_stuff(message))


@right("verbs in lower case")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"mail from:<{sender}>", 250)
    refused = {}
    for each in recipients:
        try:
            command(sock, reader, f"rcpt to:<{each}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[each] = error.code, error.lines
    if len(refused) == len(recipients):
        command(sock, reader, "rset", 250)
        return refused
    command(sock, reader, "data", 354)
    end = b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n"
    for piece in (dot_stuff(message), end):
        sock.sendall(piece)
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


@right("without command, and each refusal in a dict that is derived")
def deliver(sock, reader, sender, recipients, message):
    def ask(line, *hoped):
        sock.sendall(line.encode() + b"\r\n")
        code, lines = read_reply(reader)
        if code not in hoped:
            raise ReplyError(code, lines)

    ask(f"Mail From:<{sender}>", 250)
    refused = OrderedDict()
    for name in tuple(recipients):
        try:
            ask(f"Rcpt To:<{name}>", 250, 251)
        except ReplyError as no:
            if no.code == 421:
                raise
            refused[name] = (no.code, list(no.lines))
    if set(refused) == set(recipients):
        ask("RSET", 250)
        return refused
    ask("DATA", 354)
    for line in dot_stuff(message.removesuffix(b"\r\n")).split(b"\r\n"):
        sock.sendall(line + b"\r\n")
    ask(".", 250)
    return refused


@right("counts who was taken")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, "MAIL FROM:<" + sender + ">", (250,))
    refused, taken = {}, 0
    for recipient in recipients:
        sock.sendall(encode_line("RCPT TO:<" + recipient + ">"))
        code, lines = read_reply(reader)
        if code == 421:
            raise ReplyError(code, lines)
        if code in (250, 251):
            taken += 1
        else:
            refused[recipient] = (code, lines)
    if not taken:
        command(sock, reader, "RSET", 250)
    else:
        command(sock, reader, "DATA", 354)
        whole = message if message[-2:] == b"\r\n" else message + b"\r\n"
        sock.sendall(b"".join((dot_stuff(whole), b".", b"\r\n")))
        code, lines = read_reply(reader)
        if code != 250:
            raise ReplyError(code, lines)
    return refused


class Whole:
    """A reader that takes one recv for one line."""

    def __init__(self, sock):
        self.sock, self.lines = sock, []

    def read_line(self):
        if not self.lines:
            self.lines = self.sock.recv(4096).split(b"\r\n")[:-1]
        return self.lines.pop(0)


@wrong("pieces")
def deliver(sock, reader, sender, recipients, message):
    return deliver(sock, Whole(sock), sender, recipients, message)


@wrong("silence-ignored")
def deliver(sock, reader, sender, recipients, message):
    try:
        return deliver(sock, reader, sender, recipients, message)
    except TimeoutError:
        return {}


@wrong("refusal-stops")
def deliver(sock, reader, sender, recipients, message):
    refused = deliver(sock, reader, sender, recipients, message)
    for code, lines in refused.values():
        if code == 454 and len(recipients) > len(refused):
            raise ReplyError(code, lines)
    return refused


@wrong("refusal-ignored")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            if error.code == 421:
                raise
            refused[recipient] = (error.code, error.lines)
    if len(refused) == len(recipients):
        sock.sendall(b"RSET\r\n")
        read_reply(reader)
        return refused
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


@wrong("value-key-other")
def deliver(sock, reader, sender, recipients, message):
    refused = deliver(sock, reader, sender, recipients, message)
    return {who: (code, []) for who, (code, lines) in refused.items()}


@wrong("reset-too-early")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = {}
    for recipient in recipients:
        try:
            command(sock, reader, f"RCPT TO:<{recipient}>", (250, 251))
        except ReplyError as error:
            refused[recipient] = error.code, error.lines
    command(sock, reader, "RSET", 250)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250:
        raise ReplyError(code, lines)
    return refused


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.dialogue import (  # noqa: E402
    command,
    deliver,
    dot_stuff,
    parse_reply_line,
    read_reply,
)
