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


@mutant(reason="same-answer", sentence="does not change with the argument")
def parse_reply_line(line):
    return 250, True, "OK"


@mutant(reason="wrong-parts", sentence="and the line says (250, True, 'OK')")
def parse_reply_line(line):
    return int(line[1:3]), line[3:4] != b"-", line[4:].decode("utf-8", "replace")


@mutant(reason="octet-against-bytes", sentence="one octet of the line was compared with bytes")
def parse_reply_line(line):
    return int(line[:3]), line[3] != b"-", line[4:].decode("utf-8", "replace")


@mutant(reason="octet-against-bytes", sentence="A good reply line was refused: one octet of it")
def parse_reply_line(line):
    if line[3] not in (b" ", b"-"):
        raise ValueError("no space and no hyphen")
    return int(line[:3]), line[3:4] != b"-", line[4:].decode("utf-8", "replace")


@mutant(reason="exception", sentence="invalid literal for int")
def parse_reply_line(line):
    text = str(line)
    return int(text[:3]), text[3] != "-", text[4:]


@mutant(reason="wrong-exception", sentence="Exception was raised, and ValueError was promised")
def parse_reply_line(line):
    try:
        return parse_reply_line(line)
    except ValueError:
        pass
    raise Exception("no reply line")


@mutant(reason="accepts-nonsense", sentence="returned ValueError(")
def parse_reply_line(line):
    try:
        return parse_reply_line(line)
    except ValueError as error:
        return error


@mutant(reason="refuses-short", sentence="a reply may come without any text")
def parse_reply_line(line):
    if len(line) < 5:
        raise ValueError(line)
    return parse_reply_line(line)


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


@mutant(reason="last-line-lost", sentence="The text of the last line is missing")
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


@mutant(reason="reads-on", sentence="'250 two' was the last line of the reply")
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


@mutant(reason="last-line-lost", sentence="The text of the last line is missing")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = []
    while not last:
        lines.append(text)
        code, last, text = parse_reply_line(reader.read_line())
    return code, lines


@mutant(reason="reads-on", sentence="was the last line of the reply, and read_reply asked")
def read_reply(reader):
    lines = []
    while True:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)


@mutant(reason="reads-on", sentence="'220 mail.lab.test ready' was the last line")
def read_reply(reader):
    code, last, text = parse_reply_line(reader.read_line())
    lines = [text]
    while last:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@mutant(reason="list-shared", sentence="The list still holds the line of the call before")
def read_reply(reader, lines=[]):
    last = False
    while not last:
        code, last, text = parse_reply_line(reader.read_line())
        lines.append(text)
    return code, lines


@mutant(reason="codes-kept", sentence="left the code in the line")
def read_reply(reader):
    code, lines = read_reply(reader)
    return code, [f"{code} {text}" for text in lines]


@mutant(reason="wrong-exception", sentence="ValueError was raised, and EOFError was promised")
def read_reply(reader):
    try:
        return read_reply(reader)
    except EOFError:
        raise ValueError("half a reply") from None


@mutant(reason="wrong-exception", sentence="RuntimeError was raised, and ValueError was promised")
def read_reply(reader):
    try:
        return read_reply(reader)
    except ValueError:
        raise RuntimeError("out of step") from None


@mutant(reason="wrong-reply", sentence="did not return the 3 lines")
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


@mutant(reason="expected-refused", sentence="expect was 250, 250 came, and command raised")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if str(code) != expect:
        raise ReplyError(code, lines)
    return code, lines


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


@mutant(reason="wrong-exception", sentence="RuntimeError was raised, and ReplyError was promised")
def command(sock, reader, line, expect):
    try:
        return command(sock, reader, line, expect)
    except ReplyError as error:
        raise RuntimeError(str(error)) from None


@mutant(reason="wrong-exception", sentence="ValueError was raised, and ReplyError was promised")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    expected = expect if isinstance(expect, tuple) else (expect,)
    if code not in expected:
        raise ValueError(f"{code} came")
    return code, lines


@mutant(reason="exception", sentence="is not")  # iterable; from Python 3.14 on a container
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    if code not in expect:
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="exception", sentence="TypeError")
def command(sock, reader, line, expect):
    sock.sendall(encode_line(line))
    code, lines = read_reply(reader)
    expected = expect if isinstance(expect, tuple) else (expect,)
    if code not in expected:
        raise ReplyError(code)
    return code, lines


@mutant(reason="wrong-error", sentence="The ReplyError has .lines 'no'")
def command(sock, reader, line, expect):
    try:
        return command(sock, reader, line, expect)
    except ReplyError as error:
        error.lines = "no"
        raise


@mutant(reason="wrong-line", sentence="was given 'EHLO client.lab.test' and sent b'NOOP")
def command(sock, reader, line, expect):
    return command(sock, reader, "NOOP", expect)


@mutant(reason="said-again", sentence="251 came, and command sent the line a second time")
def command(sock, reader, line, expect):
    for expected in expect if isinstance(expect, tuple) else (expect,):
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
        if code == expected:
            return code, lines
    raise ReplyError(code, lines)


@mutant(reason="said-again", sentence="550 came, and command sent the line a second time")
def command(sock, reader, line, expect):
    expected = expect if isinstance(expect, tuple) else (expect,)
    code = 0
    while code not in expected:
        sock.sendall(encode_line(line))
        code, lines = read_reply(reader)
    return code, lines


@mutant(reason="not-utf-8", sentence="in another character set than UTF-8")
def command(sock, reader, line, expect):
    if "\r" in line or "\n" in line:
        raise ValueError(line)
    sock.sendall(line.encode("latin-1") + b"\r\n")
    code, lines = read_reply(reader)
    if code not in (expect if isinstance(expect, tuple) else (expect,)):
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="exception", sentence="UnicodeEncodeError")
def command(sock, reader, line, expect):
    sock.sendall(line.encode("ascii") + b"\r\n")
    code, lines = read_reply(reader)
    if code not in (expect if isinstance(expect, tuple) else (expect,)):
        raise ReplyError(code, lines)
    return code, lines


@mutant(reason="sent-first", sentence="the octets were sent before")
def command(sock, reader, line, expect):
    if "\r" in line or "\n" in line:
        sock.sendall(line.encode())
    return command(sock, reader, line, expect)


@mutant(reason="wrong-line", sentence="was given 'NOOP' and sent b'noop")
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


@mutant(reason="wrong-offers", sentence="did not return the 2 offers")
def parse_ehlo(reply):
    return {"SIZE": "35882577", "STARTTLS": "", "AUTH": "LOGIN PLAIN"}


@mutant(reason="first-offer-only", sentence="Only the first offer came back")
def parse_ehlo(reply):
    offers = {}
    for line in reply[1:]:
        keyword, _, parameters = line.partition(" ")
        offers[keyword.upper()] = parameters
        return offers


@mutant(reason="last-offer-only", sentence="Only the last offer came back")
def parse_ehlo(reply):
    for line in reply[1:]:
        keyword, _, parameters = line.partition(" ")
        offers = {keyword.upper(): parameters}
    return offers


@mutant(reason="last-offer-lost", sentence="The last offer is missing: 'AUTH LOGIN PLAIN'")
def parse_ehlo(reply):
    offers = {}
    for position in range(1, len(reply) - 1):
        keyword, _, parameters = reply[position].partition(" ")
        offers[keyword.upper()] = parameters
    return offers


@mutant(reason="parameters-trimmed", sentence="and parse_ehlo returned 'b '")
def parse_ehlo(reply):
    return {(words := [*line.split(None, 1), ""])[0].upper(): words[1] for line in reply[1:]}


@mutant(reason="parameters-trimmed", sentence="and parse_ehlo returned 'b'")
def parse_ehlo(reply):
    parts = [line.partition(" ") for line in reply[1:]]
    return {keyword.upper(): parameters.strip() for keyword, _, parameters in parts}


@mutant(reason="parameters-list", sentence="one str is promised")
def parse_ehlo(reply):
    return {line.split()[0].upper(): line.split()[1:] for line in reply[1:]}


@mutant(reason="exception", sentence="unpack")
def parse_ehlo(reply):
    offers = {}
    for line in reply[1:]:
        keyword, parameters = line.split(" ")
        offers[keyword.upper()] = parameters
    return offers


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


@mutant(reason="line-left", sentence="Line 3, b'..', was left as it was: a line with two dots")
def dot_stuff(body):
    lines = body.split(b"\r\n")
    for at, line in enumerate(lines):
        if line.startswith(b".") and not line.startswith(b".."):
            lines[at] = b"." + line
    return b"\r\n".join(lines)


@mutant(reason="line-left", sentence="Line 3, b'..', was left as it was")
def dot_stuff(body):
    stuffed = body.replace(b"\r\n.", b"\r\n..", 1)
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


@mutant(reason="result-dropped", sentence="left a dot at the start of a line as it was")
def dot_stuff(body):
    body.replace(b"\r\n.", b"\r\n..")
    return body


@mutant(reason="exception", sentence="TypeError")
def dot_stuff(body):
    out = b""
    for octet in body:
        out += octet
    return out


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


@mutant(reason="data-too-early", sentence="sent the message before the server had said 354")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    sock.sendall(b"DATA\r\n" + dot_stuff(message) + b".\r\n")
    read_reply(reader)
    read_reply(reader)
    return refused


@mutant(reason="data-unanswered", sentence="The reply read after the dot was 354")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    sock.sendall(b"DATA\r\n")
    sock.sendall(dot_stuff(message) + b".\r\n")
    read_reply(reader)
    return refused


@mutant(reason="data-unanswered", sentence="The reply read after the dot was 354")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    sock.sendall(b"DATA\r\n")
    sock.sendall(dot_stuff(message))
    command(sock, reader, ".", 250)
    return refused


@mutant(reason="other-code", sentence="The server said 354, and line")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 250)
    ending(sock, reader, dot_stuff(message))
    return refused


@mutant(reason="out-of-step", sentence="3 commands were sent, and 2 replies read")
def deliver(sock, reader, sender, recipients, message):
    sock.sendall(encode_line(f"MAIL FROM:<{sender}>"))
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@mutant(reason="reply-in-letter", sentence="In the middle of the letter line")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    for line in message.decode().split("\r\n"):
        command(sock, reader, line, 250)


@mutant(reason="exception", sentence="ValueError")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    command(sock, reader, message.decode() + ".", 250)


@mutant(reason="not-closed", sentence="your last line is b'.', without CRLF")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b".")
    read_reply(reader)
    return refused


@mutant(reason="not-closed", sentence="your last line is b'\\n.\\n', without CRLF")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message) + b"\n.\n")
    read_reply(reader)
    return refused


@mutant(reason="not-closed", sentence="your last line is b'..'")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{sender}>", 250)
    refused = recipients_of(sock, reader, recipients)
    command(sock, reader, "DATA", 354)
    sock.sendall(dot_stuff(message + b".\r\n"))
    read_reply(reader)
    return refused


@mutant(reason="changes-argument", sentence="changed the list it was going over")
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


@mutant(reason="extra-command", sentence="sent 'RSET', and there were recipients to deliver to")
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


@mutant(reason="wrong-envelope", sentence="The envelope that arrived is not the one")
def deliver(sock, reader, sender, recipients, message):
    command(sock, reader, f"MAIL FROM:<{recipients[0]}>", 250)
    refused = recipients_of(sock, reader, recipients)
    return rest_of(sock, reader, refused, recipients, dot_stuff(message))


@mutant(reason="not-a-pair", sentence="(code, lines) is promised")
def deliver(sock, reader, sender, recipients, message):
    refused = deliver(sock, reader, sender, recipients, message)
    return {recipient: code for recipient, (code, lines) in refused.items()}


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
    deliver,
    dot_stuff,
    parse_reply_line,
    read_reply,
)
