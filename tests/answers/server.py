"""Answers to the exercises of lesson 10: wrong ones, each with its reason, and right ones."""

import contextlib
import io
import re
from collections import namedtuple
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate

from smtplab.solutions.client import say_hello
from smtplab.solutions.dialogue import ReplyError, command, deliver, dot_stuff, read_reply
from smtplab.solutions.server import bounce, encode_reply, new_session
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import own_name

from . import right, wrong


class Agreeable:
    """An object that claims equality with anything."""

    def __eq__(self, other):
        return True

    __hash__ = None


# --- parse_command


@wrong("wrong-type")
def parse_command(line):
    return Agreeable()


@wrong("value-item-other")
def parse_command(line):
    return "DATA", "", {}


@wrong("wrong-type")
def parse_command(line):
    verb, _, argument = line.partition(b" ")
    return verb.upper(), argument, {}


@wrong("other-case")
def parse_command(line):
    return parse_command(line.decode("ascii").upper().encode())


@wrong("other-case")
def parse_command(line):
    _, argument, parameters = parse_command(line)
    return line.decode().split()[0], argument, parameters


@wrong("good-refused")
def parse_command(line):
    if line[:4] not in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"RSET", b"NOOP", b"QUIT"):
        raise ValueError(line)
    return parse_command(line)


@wrong("null-refused")
def parse_command(line):
    verb, argument, parameters = parse_command(line)
    if verb in ("MAIL", "RCPT") and not argument:
        raise ValueError(line)
    return verb, argument, parameters


@wrong("brackets-kept")
def parse_command(line):
    verb, argument, parameters = parse_command(line)
    if verb in ("MAIL", "RCPT"):
        argument = f"<{argument}>"
    return verb, argument, parameters


@wrong("address-cut")
def parse_command(line):
    verb, _, rest = line.decode("ascii").partition(" ")
    if verb.upper() not in ("MAIL", "RCPT"):
        return parse_command(line)
    path, *words = rest.split()
    parameters = parse_command(line)[2]
    return verb.upper(), path.partition("<")[2].partition(">")[0], parameters


@wrong("keyword-case")
def parse_command(line):
    verb, argument, parameters = parse_command(line)
    return verb, argument, {key.lower(): value for key, value in parameters.items()}


@wrong("parameters-lost")
def parse_command(line):
    verb, argument, _ = parse_command(line)
    return verb, argument, {}


@wrong("verb-unseen")
def parse_command(line):
    if line[:4] in (b"mail", b"Rcpt"):
        verb, _, argument = line.decode().partition(" ")
        return verb.upper(), argument, {}
    return parse_command(line)


@wrong("parameters-more")
def parse_command(line):
    verb, argument, parameters = parse_command(line)
    words = [word.partition("=") for word in argument.split() if "=" in word]
    return verb, argument, parameters or {key.upper(): value for key, _, value in words}


@wrong("value-case")
def parse_command(line):
    verb, argument, parameters = parse_command(line)
    return verb, argument, {key: value.upper() for key, value in parameters.items()}


@wrong("break-accepted")
def parse_command(line):
    with contextlib.suppress(ValueError):
        return parse_command(line)
    return parse_command(re.sub(rb"[\r\n\0].*", b"", line))


@wrong("not-raised")
def parse_command(line):
    with contextlib.suppress(ValueError):
        return parse_command(line)
    return "", "", {}


@wrong("verb-alone")
def parse_command(line):
    verb, argument = line.decode("ascii").split(" ", 1)
    return verb.upper(), argument, {}


@wrong("wrong-exception")
def parse_command(line):
    try:
        return parse_command(line)
    except ValueError:
        raise SyntaxError("what is that?") from None


@right("it cuts with partition, and knows quotes")
def parse_command(line):
    if any(octet in b"\r\n\0" or octet > 127 for octet in line):
        raise ValueError("not in a command")
    verb, _, rest = line.decode("ascii").rstrip().partition(" ")
    verb = verb.upper()
    if not verb.isalpha():
        raise ValueError("no verb")
    if verb not in ("MAIL", "RCPT"):
        return verb, rest, {}
    start = "FROM:<" if verb == "MAIL" else "TO:<"
    if rest[: len(start)].upper() != start:
        raise ValueError("no path")
    address, quoted = "", False
    for place, letter in enumerate(rest[len(start) :], len(start)):
        if letter == '"':
            quoted = not quoted
        if letter == ">" and not quoted:
            break
        address += letter
    else:
        raise ValueError("no end")
    words = [word.split("=", 1) for word in rest[place + 1 :].split()]
    return verb, address, {word[0].upper(): word[1] if word[1:] else "" for word in words}


Command = namedtuple("Command", "verb argument parameters")


@right("it returns a namedtuple")
def parse_command(line):
    return Command(*parse_command(line))


@right("it raises a subclass of ValueError, and takes a space behind the colon, as many servers do")
def parse_command(line):
    text = re.sub(rb"(?i)^(mail from:|rcpt to:) +<", rb"\1<", line)
    try:
        return parse_command(text)
    except ValueError:
        raise UnicodeError("no command") from None


# --- handle


@wrong("returned-none")
def handle(state, command):
    handle(state, command)


@wrong("wrong-type")
def handle(state, command):
    (code, lines), state = handle(state, command)
    return f"{code} {lines[0]}", state


@wrong("wrong-type")
def handle(state, command):
    return Agreeable()


@wrong("wrong-code")
def handle(state, command):
    return (250, ["OK"]), handle(state, command)[1]


@wrong("wrong-code")
def handle(state, command):
    if command[:2] == ("RCPT", ""):
        return (250, ["OK"]), state
    return handle(state, command)


@wrong("wrong-code")
def handle(state, command):
    reply, after = handle(state, command)
    return ((503, reply[1]) if command[0] == "HOLA" else reply), after


@wrong("wrong-code")
def handle(state, command):
    return ((250, ["lin"]), state) if command[0] == "VRFY" else handle(state, command)


@wrong("wrong-code")
def handle(state, command):
    if command[0] == "NOOP" and command[1]:
        return (501, ["no arguments"]), state
    return handle(state, command)


@wrong("wrong-code")
def handle(state, command):
    return handle(state, (*command[:2], {}))


@wrong("exception")
def handle(state, command):
    verb, known = command[0], ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY")
    return dict.fromkeys((*known, "QUIT"), handle)[verb](state, command)


@wrong("no-text")
def handle(state, command):
    (code, _), after = handle(state, command)
    return (code, []), after


@wrong("state-other")
def handle(state, command):
    reply, after = handle(state, command)
    return reply, {**after, "client": after["client"] and after["client"].lower()}


SHARED = {"recipients": []}


@wrong("left-over")
def handle(state, command):
    reply, after = handle(state, command)
    if command[0] == "RCPT" and reply[0] == 250:
        SHARED["recipients"].append(command[1])
        after = {**after, "recipients": SHARED["recipients"][-5:]}
    return reply, after


@wrong("changes-argument")
def handle(state, command):
    verb, argument, _ = command
    if verb == "RCPT" and state["sender"] is not None:
        state["recipients"].append(argument)
        return (250, ["OK"]), state
    return handle(state, command)


@wrong("null-sender")
def handle(state, command):
    if command[0] == "RCPT" and not state["sender"]:
        return (503, ["MAIL first"]), state
    return handle(state, command)


@wrong("order-ignored")
def handle(state, command):
    if command[0] == "MAIL" and not command[2]:
        return (250, ["OK"]), {**state, "sender": command[1]}
    return handle(state, command)


@wrong("order-ignored")
def handle(state, command):
    if command[0] == "DATA":
        return (354, ["go on"]), {**state, "next": "content"}
    return handle(state, command)


@wrong("wrong-code")
def handle(state, command):
    reply, after = handle(state, command)
    return (500 if reply[0] == 503 else reply[0], reply[1]), after


@wrong("wrong-code")
def handle(state, command):
    if command[0] == "QUIT":
        return (250, ["bye"]), {**state, "next": "nothing"}
    return handle(state, command)


@wrong("refusal-moves")
def handle(state, command):
    reply, after = handle(state, command)
    if command[0] == "MAIL":
        after = {**after, "sender": command[1]}
    return reply, after


@wrong("recipient-replaced")
def handle(state, command):
    reply, after = handle(state, command)
    return reply, {**after, "recipients": after["recipients"][-1:]}


@wrong("envelope-kept")
def handle(state, command):
    reply, after = handle(state, command)
    if command[0] in ("EHLO", "HELO"):
        after = {**state, "client": after["client"]}
    return reply, after


@wrong("envelope-kept")
def handle(state, command):
    if command[0] == "RSET":
        return (250, ["OK"]), {**state, "sender": None, "next": "command"}
    return handle(state, command)


@wrong("client-forgotten")
def handle(state, command):
    if command[0] == "RSET":
        return (250, ["OK"]), new_session()
    return handle(state, command)


@wrong("state-other")
def handle(state, command):
    reply, after = handle(state, command)
    return reply, {**after, "next": "command"}


SEEN = []


@wrong("in-a-walk")
def handle(state, command):
    SEEN.append(command)
    if SEEN[-3:] == [("NOOP", "", {})] * 2 + [command] or len(SEEN) % 97 == 0:
        return (250, ["OK"]), state
    return handle(state, command)


@wrong("offered")
def handle(state, command):
    if command[0] == "MAIL" and command[2]:
        return (555, ["no parameters here"]), state
    return handle(state, command)


@right("a match, other texts, and codes that do as well")
def handle(state, command):
    match command:
        case ("EHLO" | "HELO", "", _):
            return (504, ["5.5.4 who?"]), state
        case ("EHLO" | "HELO", name, _):
            return (250, [f"hello {name}", "XCOURSE"]), new_session() | {"client": name}
        case ("MAIL" | "RCPT", _, parameters) if parameters:
            return (504, ["5.5.4 no"]), state
        case ("MAIL", address, _) if state["client"] is not None and state["sender"] is None:
            return (250, ["2.1.0 ok"]), state | {"sender": address}
        case ("RCPT", "", _) if state["sender"] is not None:
            return (501, ["5.1.3 no"]), state
        case ("RCPT", address, _) if state["sender"] is not None:
            return (251, ["ok"]), state | {"recipients": state["recipients"] + [address]}
        case ("DATA", _, _) if state["recipients"]:
            return (354, ["go"]), state | {"next": "content"}
        case ("DATA", _, _):
            return (554, ["no valid recipients"]), dict(state)
        case ("MAIL" | "RCPT", _, _):
            return (503, ["no"]), dict(state)
        case ("RSET", _, _):
            return (250, ["ok"]), new_session() | {"client": state["client"]}
        case ("NOOP", _, _):
            return (250, ["ok"]), state
        case ("VRFY", _, _):
            return (252, ["2.5.2 perhaps"]), state
        case ("QUIT", _, _):
            return (221, ["bye"]), state | {"next": "nothing"}
    return (502, ["no"]), state


@right("a table of functions, and a state with more in it than was asked")
def handle(state, command):
    verb, argument, parameters = command
    reply, after = handle(state, command)
    return reply, {**after, "commands": state.get("commands", 0) + 1}


Reply = namedtuple("Reply", "code lines")


@right("the reply is a namedtuple, and the state a copy")
def handle(state, command):
    (code, lines), after = handle(state, command)
    return Reply(code, [*lines, "and a second line"]), dict(after)


@right("one if after the other, an empty envelope after QUIT, and nobody is named twice")
def handle(state, command):
    verb, arg, params = command
    new = {**state, "recipients": list(state["recipients"])}
    for key in params:
        if key not in ("SIZE", "BODY"):
            return (555, ["unknown parameter"]), new
    if verb == "EHLO" or verb == "HELO":
        if arg == "":
            return (501, ["who?"]), new
        new = new_session()
        new["client"] = arg
        return (250, ["mail.desk.test"]), new
    if verb == "NOOP":
        return (250, ["ok"]), new
    if verb == "VRFY":
        return (252, ["maybe"]), new
    if verb == "RSET":
        new = new_session()
        new["client"] = state["client"]
        return (250, ["ok"]), new
    if verb == "QUIT":
        new = new_session()
        new["next"] = "nothing"
        return (221, ["bye"]), new
    if state["client"] is None:
        return (503, ["hello first"]), new
    if verb == "MAIL":
        if state["sender"] is not None:
            return (503, ["nested"]), new
        new["sender"] = arg
        return (250, ["ok"]), new
    if verb == "RCPT":
        if state["sender"] is None:
            return (503, ["mail first"]), new
        if not arg:
            return (553, ["who"]), new
        if arg not in new["recipients"]:
            new["recipients"].append(arg)
        return (250, ["ok"]), new
    if verb == "DATA":
        if not state["recipients"]:
            return (554, ["nobody"]), new
        new["next"] = "content"
        return (354, ["go"]), new
    return (502, ["no"]), new


# --- serve_one


def framed(sock):
    """The lines of a stream, without CRLF."""
    buffer = b""
    while piece := sock.recv(1000):
        buffer += piece
        while b"\r\n" in buffer:
            line, buffer = buffer.split(b"\r\n", 1)
            yield line
    raise EOFError


def serving(
    sock, mailbox, lines, check=True, undo=True, keep=None, most=512, size=100_000, no=b"554 no\r\n"
):
    """A server as students write it, with a switch for each of its mistakes."""
    state = new_session()
    sock.sendall(b"220 ready\r\n")
    while state["next"] != "nothing":
        line = next(lines)
        try:
            reply, after = handle(state, parse_command(line))
        except ValueError:
            reply, after = (500, ["what?"]), state
        if len(line) + 2 > most:
            reply, after = (500, ["too long"]), state
        state = after
        sock.sendall(encode_reply(*reply))
        if state["next"] == "content":
            content = b""
            for line in lines:
                if line == b".":
                    break
                content += (line.removeprefix(b".") if undo else line) + b"\r\n"
            bare = re.search(rb"\r(?!\n)|(?<!\r)\n", content)
            if check and (bare or len(content) > size):
                sock.sendall(no)
            else:
                names = ("client", "sender", "recipients")
                mailbox.append({name: state[name] for name in names} | {"content": content})
                sock.sendall(b"250 taken\r\n")
            _, state = handle(state, ("RSET", "", {}))
            state = {**state, **(keep or {})}


@contextlib.contextmanager
def patient(sock):
    """What a client may do, answered."""
    try:
        yield
    except TimeoutError:
        with contextlib.suppress(OSError):
            sock.sendall(b"421 too slow\r\n")
    except (EOFError, OSError, StopIteration):
        pass


@wrong("ended-early")
def serve_one(sock, mailbox):
    dots = (b"." if line.strip() == b"." else line for line in framed(sock))
    serving(sock, mailbox, dots)


@wrong("no-greeting")
def serve_one(sock, mailbox):
    pass


@wrong("not-kept")
def serve_one(sock, mailbox):
    serve_one(sock, [])


@wrong("reply-end")
def serve_one(sock, mailbox):
    sock.sendall(b"220 ready\n")
    with patient(sock):
        serving(sock, mailbox, framed(sock))


@wrong("exception")
def serve_one(sock, mailbox):
    sock.sendall("220 ready\r\n")


@wrong("silence-raised")
def serve_one(sock, mailbox):
    with contextlib.suppress(EOFError, ConnectionError):
        serving(sock, mailbox, framed(sock))


@wrong("gone-raised")
def serve_one(sock, mailbox):
    try:
        serving(sock, mailbox, framed(sock))
    except TimeoutError:
        sock.sendall(b"421 too slow\r\n")


@wrong("silence-unsaid")
def serve_one(sock, mailbox):
    with contextlib.suppress(EOFError, OSError):
        serving(sock, mailbox, framed(sock))


@wrong("silence-unsaid")
def serve_one(sock, mailbox):
    class Curt(Server):
        def content(self):
            with contextlib.suppress(TimeoutError):
                return super().content()
            raise EOFError

    with patient(sock):
        Curt(sock, mailbox).run()


@wrong("half-kept")
def serve_one(sock, mailbox):
    def lines():
        with contextlib.suppress(EOFError, ConnectionError):
            yield from framed(sock)

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("endless-loop")
def serve_one(sock, mailbox):
    def lines():
        buffer = b""
        while True:
            while b"\r\n" not in buffer:
                buffer += sock.recv(1000)
            line, _, buffer = buffer.partition(b"\r\n")
            yield line

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("other-end")
def serve_one(sock, mailbox):
    def lines():
        file = sock.makefile("rb", buffering=0)
        while line := file.readline():
            yield line.rstrip(b"\r\n")
        raise EOFError

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("smuggled")
def serve_one(sock, mailbox):
    def lines():
        for line in framed(sock):
            text, dot, _ = line.rpartition(b"\n.")
            if dot and line.endswith(b"\n."):
                yield text
                line = b"."
            yield line

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("bare-kept")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock), check=False)


@wrong("content-too-long")
def serve_one(sock, mailbox):
    class Counted(list):
        def append(self, mail):
            if re.search(rb"\r(?!\n)|(?<!\r)\n", mail["content"]):
                raise ValueError
            mailbox.append(mail)

    lines, state = framed(sock), new_session()
    with patient(sock):
        sock.sendall(b"220 ready\r\n")
        while state["next"] != "nothing":
            line = next(lines)
            try:
                reply, state = handle(state, parse_command(line[:511]))
            except ValueError:
                reply = (500, ["what?"])
            sock.sendall(encode_reply(*(reply if len(line) < 511 else (500, ["too long"]))))
            if state["next"] == "content":
                content = []
                while (line := next(lines)) != b".":
                    content.append(line.removeprefix(b".") + b"\r\n")
                mail = {"client": state["client"], "sender": state["sender"]}
                mail |= {"recipients": state["recipients"], "content": b"".join(content)}
                try:
                    Counted().append(mail)
                    sock.sendall(b"250 taken\r\n")
                except ValueError:
                    sock.sendall(b"550 no\r\n")
                _, state = handle(state, ("RSET", "", {}))


@wrong("goes-on")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock))
        sock.sendall(b"250 still here\r\n")


@wrong("line-too-long")
def serve_one(sock, mailbox):
    reader = LineReader(sock)

    def lines():
        while True:
            try:
                yield reader.read_line()
            except ValueError:
                reader.buffer = b""
                yield b""

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("reply-missing")
def serve_one(sock, mailbox):
    def lines():
        while piece := sock.recv(4096):
            yield piece.split(b"\r\n")[0]
        raise EOFError

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("reply-more")
def serve_one(sock, mailbox):
    def lines():
        try:
            yield from framed(sock)
        except TimeoutError:
            sock.sendall(b"421 too slow\r\n221 bye\r\n")
            raise EOFError from None

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("no-command")
def serve_one(sock, mailbox):
    def lines():
        for line in framed(sock):
            parse_command(line if line[:1].isalpha() else b"")
            yield line

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("refused-early")
def serve_one(sock, mailbox):
    def lines():
        for line in framed(sock):
            yield line
            if re.search(rb"[\r\n]", line) and line[:4] != b"NOOP":
                yield b"."

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("refused-softly")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock), no=b"451 not now\r\n")


@wrong("kept-refused")
def serve_one(sock, mailbox):
    class Noted(Server):
        def say(self, code, *lines):
            super().say(code, *lines)
            if code == 552:
                self.mailbox.append({"content": b"refused"})

    with patient(sock):
        Noted(sock, mailbox).run()


@wrong("empty-content")
def serve_one(sock, mailbox):
    class Full(Server):
        def content(self):
            while not self.buffer.endswith(b"\r\n.\r\n"):
                self.buffer += self.sock.recv(4096)
            super().content()

    with patient(sock):
        Full(sock, mailbox).run()


@wrong("session-left")
def serve_one(sock, mailbox):
    serve_one(sock, mailbox) if "state" not in SHARED else sock.sendall(b"220 ready\r\n")
    SHARED["state"] = "nothing"


@wrong("returned-early")
def serve_one(sock, mailbox):
    class Strict(Server):
        def say(self, code, *lines):
            super().say(code, *lines)
            if code == 502:
                raise EOFError

    with patient(sock):
        Strict(sock, mailbox).run()


@wrong("limit")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock), most=510)


@wrong("limit")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock), most=514)


@wrong("long-text")
def serve_one(sock, mailbox):
    def lines():
        for line in framed(sock):
            yield line if len(line) < 511 or line[:4] == b"NOOP" else b"\r"

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("line-cut")
def serve_one(sock, mailbox):
    def lines():
        buffer, long = b"", False
        while piece := sock.recv(4096):
            buffer += piece
            *whole, buffer = buffer.split(b"\r\n")
            for line in whole:
                yield b"x" * 511 if long else line
                long = False
            if len(buffer) > 2000:
                buffer, long = b"", True
        raise EOFError

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("most")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock), size=99_999)


@wrong("dots-lost")
def serve_one(sock, mailbox):
    class Dotless(list):
        def append(self, mail):
            lines = mail["content"].split(b"\r\n")
            mailbox.append(mail | {"content": b"\r\n".join(line.lstrip(b".") for line in lines)})

    with patient(sock):
        serving(sock, Dotless(), framed(sock))


@wrong("silence-again")
def serve_one(sock, mailbox):
    def lines():
        try:
            yield from framed(sock)
        except TimeoutError:
            sock.sendall(b"421 too slow\r\n")
            sock.sendall(b"421 still here?\r\n")
            raise EOFError from None

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("reply-other")
def serve_one(sock, mailbox):
    def lines():
        for line in framed(sock):
            yield b"DATA" if line == b"NOOP" else line

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("dots-kept")
def serve_one(sock, mailbox):
    with patient(sock):
        serving(sock, mailbox, framed(sock), undo=False)


@wrong("envelope-kept")
def serve_one(sock, mailbox):
    class Growing(list):
        def append(self, mail):
            before = [who for old in mailbox for who in old["recipients"]]
            mail["recipients"] = list(dict.fromkeys([*before, *mail["recipients"]]))
            mailbox.append(mail)

    with patient(sock):
        serving(sock, Growing(), framed(sock))


@wrong("mail-other")
def serve_one(sock, mailbox):
    class Stripped(list):
        def append(self, mail):
            mailbox.append({**mail, "content": mail["content"].strip()})

    with patient(sock):
        serving(sock, Stripped(), framed(sock))


@wrong("no-dict")
def serve_one(sock, mailbox):
    class Bare(list):
        def append(self, mail):
            mailbox.append((mail["sender"], mail["recipients"], mail["content"]))

    with patient(sock):
        serving(sock, Bare(), framed(sock))


@wrong("kept-more")
def serve_one(sock, mailbox):
    class Twice(list):
        def append(self, mail):
            mailbox.extend([mail, mail])

    with patient(sock):
        serving(sock, Twice(), framed(sock))


@wrong("short-send")
def serve_one(sock, mailbox):
    class Sends:
        recv = sock.recv

        def sendall(self, data):
            sock.send(data)

    with patient(sock):
        serving(Sends(), mailbox, framed(sock))


@wrong("in-pieces")
def serve_one(sock, mailbox):
    def lines():
        while piece := sock.recv(65536):
            yield from piece.split(b"\r\n")[:-1]
        raise EOFError

    with patient(sock):
        serving(sock, mailbox, lines())


@wrong("waits-in-recv")
def serve_one(sock, mailbox):
    def lines():
        buffer = b""
        while True:
            while b"\r\n" not in buffer:
                piece = sock.recv(1000)
                if not piece:
                    raise EOFError
                buffer += piece
            line, _, buffer = buffer.partition(b"\r\n")
            yield line

    sock.settimeout(None)
    with patient(sock):
        serving(sock, mailbox, lines())


@right("a LineReader with a limit that is far away")
def serve_one(sock, mailbox):
    reader = LineReader(sock, limit=2_000_000)
    with patient(sock):
        serving(sock, mailbox, iter(reader.read_line, None))


@right("whoever is gone is told so, too, and nobody hears it")
def serve_one(sock, mailbox):
    try:
        serving(sock, mailbox, framed(sock))
    except (TimeoutError, EOFError, OSError):
        with contextlib.suppress(OSError):
            sock.sendall(b"421\r\n")


@right("it reads octet by octet, closes the socket, and returns a number")
def serve_one(sock, mailbox):
    def lines():
        line = bytearray()
        while octet := sock.recv(1):
            line += octet
            if line.endswith(b"\r\n"):
                yield bytes(line[:-2])
                line.clear()
        raise EOFError

    with sock, patient(sock):
        serving(sock, mailbox, lines())
    return len(mailbox)


@right("it splits its buffer at CRLF, a dot and CRLF")
def serve_one(sock, mailbox):
    buf = b""

    def more():
        nonlocal buf
        data = sock.recv(4096)
        if not data:
            raise ConnectionError("gone")
        buf += data

    def until(end):
        nonlocal buf
        while end not in buf:
            more()
        head, _, buf = buf.partition(end)
        return head

    s = new_session()
    try:
        sock.sendall(b"220-hello\r\n220 hi\r\n")
        while s["next"] == "command":
            line = until(b"\r\n")
            reply = (500, ["no"])
            if len(line) <= 510:
                try:
                    reply, s = handle(s, parse_command(line))
                except ValueError:
                    pass
            sock.sendall(encode_reply(*reply))
            if s["next"] == "content":
                buf = b"\r\n" + buf
                body = until(b"\r\n.\r\n") + b"\r\n"
                body = body.replace(b"\r\n..", b"\r\n.")[2:]
                rest = body.replace(b"\r\n", b"")
                ok = b"\r" not in rest and b"\n" not in rest and len(body) <= 100_000
                if ok:
                    mailbox.append(
                        {
                            "client": s["client"],
                            "sender": s["sender"],
                            "recipients": list(s["recipients"]),
                            "content": body,
                        }
                    )
                sock.sendall(b"250 2.0.0 ok\r\n" if ok else b"554 5.6.0 no\r\n")
                _, s = handle(s, ("RSET", "", {}))
    except TimeoutError:
        try:
            sock.sendall(b"421 4.4.2 idle\r\n")
        except OSError:
            pass
    except OSError:
        pass


class Server:
    """A server as a class, with its replies in other words."""

    def __init__(self, sock, mailbox):
        self.sock, self.mailbox, self.buffer = sock, mailbox, b""
        self.state = new_session()

    def say(self, code, *lines):
        self.sock.sendall(encode_reply(code, list(lines)))

    def line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            piece = self.sock.recv(512)
            if not piece:
                raise ConnectionError
            self.buffer += piece
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        return line

    def run(self):
        self.say(220, "welcome", "to this server")
        while self.state["next"] == "command":
            line = self.line()
            if len(line) > 510:
                self.say(501, "5.5.2 too long")
                continue
            try:
                (code, lines), self.state = handle(self.state, parse_command(line))
            except ValueError:
                self.say(502, "5.5.2 no")
                continue
            self.say(code, *lines)
            if self.state["next"] == "content":
                self.content()

    def content(self):
        out, bad = io.BytesIO(), False
        while (line := self.line()) != b".":
            bad |= b"\n" in line or b"\r" in line or out.tell() > 100_000
            out.write(line[1:] if line[:1] == b"." else line)
            out.write(b"\r\n")
        if bad or out.tell() > 100_000:
            self.say(552, "no", "thank you")
        else:
            mail = {key: self.state[key] for key in ("client", "sender", "recipients")}
            self.mailbox.append({**mail, "content": out.getvalue(), "size": out.tell()})
            self.say(250, "thank you")
        self.state = {**new_session(), "client": self.state["client"]}


@right("a class does it, and replies have several lines")
def serve_one(sock, mailbox):
    server = Server(sock, mailbox)
    try:
        server.run()
    except TimeoutError:
        server.say(421, "good", "bye")
    except OSError:
        return


# --- relay


@wrong("line-missing")
def relay(sock, reader, mail, hostname):
    return Agreeable()


@wrong("line-missing")
def relay(sock, reader, mail, hostname):
    return None, []


@wrong("returned-none")
def relay(sock, reader, mail, hostname):
    relay(sock, reader, mail, hostname)


def passing(sock, reader, mail, hostname, trace=None):
    """A relay as students write it: what was refused, {recipient: code and lines}."""
    trace = trace or f"Received: from {mail['client']} by {hostname}; {formatdate()}\r\n"
    say_hello(sock, reader)
    content = trace.encode() + mail["content"]
    return deliver(sock, reader, mail["sender"], mail["recipients"], content)


@wrong("greeting-unread")
def relay(sock, reader, mail, hostname):
    return None, list(deliver(sock, reader, mail["sender"], mail["recipients"], mail["content"]))


@wrong("no-hello")
def relay(sock, reader, mail, hostname):
    try:
        deliver(sock, reader, mail["sender"], mail["recipients"], mail["content"])
    except ReplyError:
        return None, list(mail["recipients"])
    return None, []


@wrong("quit-said")
def relay(sock, reader, mail, hostname):
    result = relay(sock, reader, mail, hostname)
    sock.sendall(b"QUIT\r\n")
    return result


@wrong("exception")
def relay(sock, reader, mail, hostname):
    bounce = bounce(mail, {"lin@else.test": (550, ["no"])}, hostname)  # noqa: F823
    return bounce, []


@wrong("bare-end")
def relay(sock, reader, mail, hostname):
    trace = f"Received: from {mail['client']}\n by {hostname}; {formatdate()}\r\n"
    passing(sock, reader, mail, hostname, trace)
    return None, []


@wrong("bare-end")
def relay(sock, reader, mail, hostname):
    content = mail["content"].replace(b"\r\n", b"\n")
    trace = f"Received: from {mail['client']} by {hostname}; Mon, 01 Jan 2024 12:00:00 +0000\r\n"
    passing(sock, reader, {**mail, "content": content}, hostname, trace)
    return None, []


@wrong("one-each")
def relay(sock, reader, mail, hostname):
    trace = f"Received: from {mail['client']} by {hostname}; {formatdate()}\r\n".encode()
    say_hello(sock, reader)
    for who in mail["recipients"]:
        deliver(sock, reader, mail["sender"], [who], trace + mail["content"])
    return None, []


@wrong("lost-bounce")
def relay(sock, reader, mail, hostname):
    gone = []

    class Noting:
        def read_line(self):
            try:
                return reader.read_line()
            except (EOFError, OSError):
                gone.append(True)
                raise

    bounced, later = relay(sock, Noting(), mail, hostname)
    refused = dict.fromkeys(mail["recipients"], (554, ["lost"]))
    return (bounce(mail, refused, hostname), []) if gone else (bounced, later)


@wrong("wrong-type")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced, dict.fromkeys(later, 450)


@wrong("raised")
def relay(sock, reader, mail, hostname):
    refused = passing(sock, reader, mail, hostname)
    bad = {who: reply for who, reply in refused.items() if reply[0] >= 500}
    later = [who for who, reply in refused.items() if reply[0] < 500]
    return (bounce(mail, bad, hostname) if bad and mail["sender"] else None), later


@wrong("no-trace")
def relay(sock, reader, mail, hostname):
    say_hello(sock, reader)
    deliver(sock, reader, mail["sender"], mail["recipients"], mail["content"])
    return None, []


@wrong("trace-below")
def relay(sock, reader, mail, hostname):
    header, empty, body = mail["content"].partition(b"\r\n\r\n")
    trace = f"\r\nReceived: from {mail['client']} by {hostname}; {formatdate()}"
    say_hello(sock, reader)
    content = header + trace.encode() + empty + body
    deliver(sock, reader, mail["sender"], mail["recipients"], content)
    return None, []


@wrong("trace-other")
def relay(sock, reader, mail, hostname):
    passing(sock, reader, mail, hostname, f"Received: by {hostname}\r\n")
    return None, []


@wrong("trace-other")
def relay(sock, reader, mail, hostname):
    trace = f"Received: from {hostname} by {mail['client']}; {formatdate()}\r\n"
    passing(sock, reader, mail, hostname, trace)
    return None, []


@wrong("circle-unseen")
def relay(sock, reader, mail, hostname):
    content = mail["content"].replace(b"Received", b"received")
    if content.count(b"received") < 100 or content.count(b"received") > 100:
        return relay(sock, reader, mail, hostname)
    return relay(sock, reader, {**mail, "content": LETTER + content}, hostname)


LETTER = b"Subject: tea\r\n\r\n"


@wrong("no-circle")
def relay(sock, reader, mail, hostname):
    if mail["content"].lower().count(b"\r\nreceived:") >= 99:
        gone = {who: (554, ["a circle"]) for who in mail["recipients"]}
        return (bounce(mail, gone, hostname) if mail["sender"] else None), []
    return relay(sock, reader, mail, hostname)


@wrong("bounce-of-bounce")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, {**mail}, hostname)
    if (
        not mail["sender"]
        and b"NOBODY" not in mail["content"]
        and "nobody" in mail["recipients"][0]
    ):
        bounced = bounce(mail, {mail["recipients"][0]: (550, ["no"])}, hostname)
    return bounced, later


@wrong("circle-later")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    if mail["content"].startswith(b"Received"):
        return None, list(mail["recipients"])
    return bounced, later


@wrong("no-circle")
def relay(sock, reader, mail, hostname):
    if mail["content"].lower().count(b"\r\nreceived-spf:") > 90:
        return relay(sock, reader, {**mail, "content": HOPS + mail["content"]}, hostname)
    return relay(sock, reader, mail, hostname)


HOPS = b"Received: from one by two\r\n" * 100


@wrong("null-later")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced, later if mail["sender"] or "lin" in mail["recipients"][0] else [
        "nobody@else.test"
    ]


@wrong("bounce-name")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced and {**bounced, "client": mail["client"]}, later


@wrong("bounce-answered")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced and {**bounced, "sender": f"postmaster@{hostname}"}, later


@wrong("bounce-temporary")
def relay(sock, reader, mail, hostname):
    try:
        refused = passing(sock, reader, mail, hostname)
    except ReplyError as error:
        refused = dict.fromkeys(mail["recipients"], (error.code, error.lines))
    later = [who for who, (code, _) in refused.items() if code < 500]
    return (bounce(mail, refused, hostname) if refused and mail["sender"] else None), later


@wrong("bounce-missing")
def relay(sock, reader, mail, hostname):
    return None, relay(sock, reader, mail, hostname)[1]


@wrong("bounce-needless")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced or bounce(mail, {}, hostname), later


@wrong("bounce-other")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced and {**bounced, "recipients": [f"postmaster@{hostname}"]}, later


@wrong("later-for-good")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced, mail["recipients"][:2] if bounced else later


@wrong("later-missing")
def relay(sock, reader, mail, hostname):
    return relay(sock, reader, mail, hostname)[0], []


@wrong("later-twice")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced, later and list(mail["recipients"])


@wrong("later-more")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    return bounced, later + later


@wrong("changes-argument")
def relay(sock, reader, mail, hostname):
    result = relay(sock, reader, mail, hostname)
    mail["content"] = b"Received: from here by there\r\n" + mail["content"]
    return result


@right("by hand, without say_hello and deliver, and with a Received of many words")
def relay(sock, reader, mail, hostname):
    header = mail["content"].split(b"\r\n\r\n")[0].lower().split(b"\r\n")
    people = list(mail["recipients"])
    if sum(line.startswith(b"received:") for line in header) > 99:
        gone = {who: (554, ["too many hops"]) for who in people}
        return (bounce(mail, gone, hostname) if mail["sender"] else None), []
    stamp = format_datetime(datetime.now(UTC))
    trace = f"Received: from {mail['client']} ([127.0.0.1])\r\n"
    trace += f"\tby {hostname} (smtplab) with SMTP id 7\r\n\tfor <{people[0]}>; {stamp} (UTC)\r\n"
    refused = {}
    try:
        code, lines = read_reply(reader)
        if code != 220:
            raise ReplyError(code, lines)
        try:
            command(sock, reader, f"EHLO {own_name(sock)}", 250)
        except ReplyError as error:
            if error.code not in (500, 501, 502, 504, 550):
                raise
            command(sock, reader, f"HELO {own_name(sock)}", 250)
        command(sock, reader, f"MAIL FROM:<{mail['sender']}>", 250)
        for who in people:
            try:
                command(sock, reader, f"RCPT TO:<{who}>", (250, 251))
            except ReplyError as error:
                if error.code == 421:
                    raise
                refused[who] = error.code, error.lines
        if len(refused) < len(people):
            command(sock, reader, "DATA", 354)
            sock.sendall(dot_stuff(trace.encode() + mail["content"]) + b".\r\n")
            code, lines = read_reply(reader)
            if code != 250:
                raise ReplyError(code, lines)
        else:
            command(sock, reader, "RSET", 250)
    except ReplyError as error:
        refused = dict.fromkeys(people, (error.code, error.lines))
    except (EOFError, OSError, ValueError):
        return None, people
    bad = {who: reply for who, reply in refused.items() if reply[0] // 100 == 5}
    later = [who for who in refused if who not in bad]
    return (bounce(mail, bad, hostname) if bad and mail["sender"] != "" else None), later[::-1]


@right("it says QUIT in small letters, and makes its own bounce")
def relay(sock, reader, mail, hostname):
    bounced, later = relay(sock, reader, mail, hostname)
    if bounced:
        told = [who for who in mail["recipients"] if who.encode() in bounced["content"]]
        text = "Subject: sorry\r\n\r\n" + "\r\n".join(told) + "\r\n"
        bounced = {"client": hostname, "sender": "", "recipients": [mail["sender"]]}
        bounced["content"] = text.encode()
    return bounced, later


@right("it counts line by line, and returns from inside the try")
def relay(sock, reader, mail, hostname):
    everybody = list(mail["recipients"])

    def end(refused):
        hard = {r: v for r, v in refused.items() if 500 <= v[0] <= 599}
        soft = [r for r in everybody if r in refused and r not in hard]
        if hard and mail["sender"]:
            return bounce(mail, hard, hostname), soft
        return None, soft

    n = 0
    for line in mail["content"].split(b"\r\n"):
        if line == b"":
            break
        if line.upper().startswith(b"RECEIVED:"):
            n += 1
    if n >= 100:
        return end({r: (554, ["loop"]) for r in everybody})
    now = formatdate(localtime=True)
    head = "Received: from " + mail["client"] + " by " + hostname + "; " + now + "\r\n"
    try:
        say_hello(sock, reader)
        return end(
            deliver(sock, reader, mail["sender"], everybody, head.encode() + mail["content"])
        )
    except ReplyError as e:
        return end(dict.fromkeys(everybody, (e.code, e.lines)))
    except (EOFError, OSError, ValueError):
        return None, everybody


Outcome = namedtuple("Outcome", "bounce later")


@right("a namedtuple, and no QUIT")
def relay(sock, reader, mail, hostname):
    fields = re.findall(rb"(?im)^received:", mail["content"].partition(b"\r\n\r\n")[0])
    if len(fields) >= 100:
        refused = dict.fromkeys(mail["recipients"], (554, ["a circle"]))
    else:
        try:
            refused = passing(sock, reader, mail, hostname)
        except ReplyError as error:
            refused = dict.fromkeys(mail["recipients"], (error.code, error.lines))
        except Exception:
            return Outcome(None, mail["recipients"].copy())
    bad = {who: reply for who, reply in refused.items() if reply[0] >= 500}
    later = sorted(set(refused) - set(bad))
    return Outcome(bounce(mail, bad, hostname) if mail["sender"] and bad else None, later)


@wrong("last-bracket")
def parse_command(line):
    found = re.fullmatch(rb"(?i)(MAIL|RCPT) (?:FROM|TO):<(.*)>((?: [^ ]+)*) *", line)
    if not found or (found[1].upper() == b"MAIL") != (b"FROM:" in line.upper()):
        return parse_command(line)
    pairs = (pair.partition("=") for pair in found[3].decode("ascii").split())
    parameters = {name.upper(): value for name, _, value in pairs}
    return found[1].decode().upper(), found[2].decode("ascii"), parameters


@wrong("limit")
def handle(state, command):
    if command[0] == "RCPT" and len(state["recipients"]) >= 99:
        return (452, ["too many recipients"]), state
    return handle(state, command)


@wrong("bounce-missing")
def relay(sock, reader, mail, hostname):
    given = relay(sock, reader, mail, hostname)
    if given[0] and b"5.5.3" in given[0]["content"]:
        return None, [who for who in mail["recipients"] if who.encode() in given[0]["content"]]
    return given


# The reference, for answers that call it.
from smtplab.solutions.server import handle, parse_command, relay, serve_one  # noqa: E402
