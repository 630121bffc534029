"""Lesson 10: the other side, a server as a state machine, on a socket, and as a relay."""

import contextlib
import re
import socket
import threading
from email.utils import formatdate

from .client import say_hello
from .dialogue import ReplyError, deliver
from .multipart import choose_boundary

__all__ = [
    "bounce",
    "desk",
    "encode_reply",
    "handle",
    "new_session",
    "parse_command",
    "relay",
    "serve_one",
    "whole_lines",
]

HOSTNAME = "mail.desk.test"
COMMAND_OCTETS = 512  # with CRLF: RFC 5321, section 4.5.3.1.4
MESSAGE_OCTETS = 100_000  # RFC 5321, section 4.5.3.1.7, wants 64,000 at least
MOST_RECIPIENTS = 1_000  # RFC 5321, section 4.5.3.1.8, wants 100 at least
MOST_HOPS = 100  # RFC 5321, section 6.3
OFFERS = ("PIPELINING", "8BITMIME", f"SIZE {MESSAGE_OCTETS}")


def new_session():
    """Return the state in which a session begins: a new dict.

    "client" is the name that EHLO or HELO gave (str), None before; "sender" the address of
    MAIL (str), None where no mail has begun; "recipients" a list of str. "next" is what the
    client will send: "command", "content" after 354, "nothing" after QUIT.

    >>> new_session()
    {'client': None, 'sender': None, 'recipients': [], 'next': 'command'}
    """
    return {"client": None, "sender": None, "recipients": [], "next": "command"}


def parse_command(line):
    """Take one command line apart: return (verb, argument, parameters).

    line is bytes without its CRLF. verb is a str in capitals. argument is a str: of MAIL and
    RCPT the address that stands between the brackets of FROM:<...> or TO:<...>, with "" for <>;
    of any other verb what stands behind the verb and one space (of two, do as you like).
    parameters is a dict, {} for all but MAIL and RCPT: from keyword (in capitals) to value
    (str, as it came, "" where there is none). Verbs, FROM:, TO: and keywords come in capitals
    or not, and spaces at the end do not count. Whether a verb is known is not asked here. Raise
    ValueError for what is no command: no letter at the beginning, an octet that is not ASCII, a
    CR, LF or NUL, MAIL or RCPT without FROM:<...> or TO:<...>.
    Source: RFC 5321, sections 2.4, 4.1.1 and 4.1.2.

    >>> parse_command(b"mail from:<you@lab.test> SIZE=1000")
    ('MAIL', 'you@lab.test', {'SIZE': '1000'})
    >>> parse_command(b"DATA")
    ('DATA', '', {})
    """
    text = line.decode("ascii").rstrip(" ")
    found = re.fullmatch(r"([A-Za-z]+)(?: ([^\r\n\0]*))?", text)
    if not found:
        raise ValueError(f"no command: {line!r}")
    verb, argument = found[1].upper(), found[2] or ""
    if verb not in ("MAIL", "RCPT"):
        return verb, argument, {}
    keyword = "FROM:" if verb == "MAIL" else "TO:"
    # A local part in quotes may hold a bracket: RFC 5321, section 4.1.2.
    path = re.fullmatch(rf'(?i:{keyword})<((?:"[^"]*"|[^">])*)>((?: +[^ ]+)*)', argument)
    if not path:
        raise ValueError(f"{verb} wants {keyword}<address>: {line!r}")
    pairs = (word.partition("=") for word in path[2].split())
    return verb, path[1], {name.upper(): value for name, _, value in pairs}


def handle(state, command):
    """Answer one command: return (reply, state), with the state that comes after it.

    state is a dict as new_session makes it. Never change it: where something is to change,
    return a new one. command is what parse_command gave. reply is (code, lines): an int, and a
    list of one str or more, without codes; the texts are yours, and so is what EHLO offers. A
    reply that refuses leaves the state as it was.

    EHLO and HELO: 250, and the argument, as it came, becomes the client; without one 501. They,
    and RSET with 250, empty the envelope: no sender, no recipients, and "next" is "command".
    MAIL: 250, for a client that said hello and has no sender yet. RCPT: 250, once there is a
    sender; 100 recipients fit, or more. DATA: 354, once there is a recipient; then "next" is
    "content". Out of this order it is 503. NOOP: 250, with an argument or without, and VRFY
    with one: 252. QUIT: 221, and "next" is "nothing". These, RSET, EHLO, HELO: at any time. Any
    other verb: 500 or 502. A parameter that EHLO did not offer: 555; if the order is wrong too,
    503 is as good. RCPT to "": 5yz.
    Source: RFC 5321, sections 3.5.3, 4.1.1, 4.1.4 and 4.3.2.

    >>> handle(new_session(), ("EHLO", "client.lab.test", {}))
    ((250, ['mail.desk.test']), {'client': 'client.lab.test', 'sender': None, ...})
    """
    verb, argument, parameters = command
    empty = {**new_session(), "client": state["client"]}
    began = state["sender"] is not None
    if verb in ("EHLO", "HELO"):
        if not argument:
            return (501, ["say who you are"]), state
        offers = OFFERS if verb == "EHLO" else ()
        return (250, [HOSTNAME, *offers]), {**empty, "client": argument}
    if verb == "MAIL":
        if state["client"] is None or began:
            return (503, ["EHLO first, and one mail after the other"]), state
        if not parameters.keys() <= {"SIZE", "BODY"}:
            return (555, ["no such parameter here"]), state
        size = parameters.get("SIZE", "0")
        if not size.isdigit() or int(size[:20]) > MESSAGE_OCTETS:
            return (552, [f"more than {MESSAGE_OCTETS} octets"]), state
        return (250, ["OK"]), {**state, "sender": argument}
    if verb == "RCPT":
        if not began:
            return (503, ["MAIL first"]), state
        if parameters or not argument:
            return (555 if parameters else 553, ["not in this way"]), state
        if len(state["recipients"]) >= MOST_RECIPIENTS:
            return (452, ["too many recipients"]), state
        return (250, ["OK"]), {**state, "recipients": [*state["recipients"], argument]}
    if verb == "DATA":
        if not state["recipients"]:
            return (503, ["MAIL and RCPT first"]), state
        return (354, ["end with a lone dot"]), {**state, "next": "content"}
    if verb == "RSET":
        return (250, ["OK"]), empty
    if verb == "QUIT":
        return (221, ["Bye"]), {**state, "next": "nothing"}
    done = {"NOOP": (250, ["OK"]), "VRFY": (252, ["send it, and you will see"])}
    return done.get(verb, (500, ["what is that?"])), state


def encode_reply(code, lines):
    r"""Return a reply as octets: each line with its code, and a hyphen in all but the last.

    code is an int, lines a list of str. Source: RFC 5321, section 4.2.1.

    >>> encode_reply(250, ["mail.desk.test", "PIPELINING"])
    b'250-mail.desk.test\r\n250 PIPELINING\r\n'
    """
    marks = ["-"] * (len(lines) - 1) + [" "]
    return "".join(
        f"{code}{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True)
    ).encode()


def serve_one(sock, mailbox):
    """Serve one client, whatever it does: until QUIT, the end of the stream, or silence.

    sock is connected and has a timeout; mailbox is a list. Say 220, then answer each line as
    handle does; what parse_command refuses gets 500 or 501. CRLF alone ends a line. A command
    of more than 512 octets with its CRLF gets 500, once, and no part of it is a command.

    After 354 comes the content, up to a line that is a lone dot; its lines may have 1,000
    octets with CRLF, and with longer ones do as you like. Put a dict into mailbox, and answer
    250. Its "client", "sender" and "recipients" are those of the state; its "content" is bytes,
    whole lines with CRLF, and the dot at the start of a line is taken away. A content with a
    CR or LF that is not in CRLF, or one of more than 100,000 octets, whether you count before
    or after the dots, is heard to its end, refused with 5yz, and not kept. Either way the
    session goes on, with an empty envelope.

    When nothing comes before the timeout, say 421 and return. Raise nothing, whatever the
    client does; a mail that did not end is not kept. Close sock, or leave that to the caller.
    Source: RFC 5321, sections 2.3.8, 4.1.1.4, 4.5.2, 4.5.3.1 and 4.5.3.2.

    >>> serve_one(sock, mailbox)
    """
    lines = whole_lines(sock)
    state = new_session()
    try:
        sock.sendall(encode_reply(220, [f"{HOSTNAME} ready"]))
        while state["next"] != "nothing":
            line = next(lines)
            if line is None or len(line) + 2 > COMMAND_OCTETS:
                reply = 500, ["this line is too long"]
            else:
                reply, state = answer_line(state, line)
            sock.sendall(encode_reply(*reply))
            if state["next"] == "content":
                content = read_content(lines)
                reply = 554, ["too long, or a line that does not end in CRLF"]
                if content is not None:
                    envelope = {name: state[name] for name in ("client", "sender", "recipients")}
                    mailbox.append({**envelope, "content": content})
                    reply = 250, ["taken"]
                sock.sendall(encode_reply(*reply))
                _, state = handle(state, ("RSET", "", {}))
    except TimeoutError:
        with contextlib.suppress(OSError):
            sock.sendall(encode_reply(421, ["you are silent, and I close"]))
    except (EOFError, OSError):
        pass  # the client is gone


@contextlib.contextmanager
def desk(serve, mailbox, timeout=5.0, together=True):
    """Listen on a free port of 127.0.0.1 within a with block, and serve whoever comes.

    It gives the address, (host, port). serve is serve_one or its like; each client has a thread
    of its own, or they wait for each other where together is False. timeout is in seconds, for
    each wait. At the end of the block those who are there are served, and nothing is left.

    >>> with desk(serve_one, mailbox) as address:
    ...     smtplib.SMTP(*address).quit()
    """

    def one(sock):
        with sock:
            serve(sock, mailbox)

    def accept():
        while not closing.is_set():
            try:
                sock, _ = listener.accept()
            except TimeoutError:
                continue
            sock.settimeout(timeout)
            threads.append(threading.Thread(target=one, args=(sock,)))
            threads[-1].start()
            if not together:
                threads[-1].join()

    closing, threads = threading.Event(), []
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        listener.settimeout(0.05)
        first = threading.Thread(target=accept)
        first.start()
        try:
            yield listener.getsockname()
        finally:
            closing.set()
            for thread in (first, *threads):
                thread.join()


def answer_line(state, line):
    """Answer one line (bytes, without CRLF), be it a command or not: (reply, state)."""
    try:
        command = parse_command(line)
    except ValueError:
        return (500, ["no command"]), state
    return handle(state, command)


def whole_lines(sock):
    """Give each line that comes (bytes, without CRLF); raise EOFError when the stream ends.

    A line of more than 4,096 octets is None: of it no more is kept than a piece. So it is a
    loop of its own, and not a LineReader, whose error leaves the rest of the line behind.

    >>> lines = whole_lines(sock)
    >>> next(lines)
    b'EHLO client.lab.test'
    """
    buffer, too_long = b"", False
    while piece := sock.recv(4096):
        buffer += piece
        *whole, buffer = buffer.split(b"\r\n")
        for line in whole:
            yield None if too_long or len(line) > 4096 else line
            too_long = False
        if len(buffer) > 4097:  # it may have a CR already
            too_long, buffer = True, buffer[-1:]  # which may be the CR of its end
    raise EOFError("the client is gone")


def read_content(lines):
    """Read a content up to its lone dot: bytes, or None when it is refused."""
    content, size, good = [], 0, True
    for line in lines:
        if line == b".":
            return b"".join(content) if good else None
        size += 4096 if line is None else len(line) + 2
        if line is None or size > MESSAGE_OCTETS or b"\r" in line or b"\n" in line:
            good, content = False, []
        if good:
            content.append(line.removeprefix(b".") + b"\r\n")
    raise EOFError


def bounce(mail, refused, hostname):
    """Return the mail that tells a sender who was refused: a dict as serve_one makes it.

    mail is what was refused; refused is a dict from recipient to (code, lines), hostname our
    name (str). Nobody answers a bounce: its sender is "". It has a part for people, one for
    programs, and the header of the mail. Source: RFC 3464, section 2; RFC 6522, section 3.

    >>> bounce(mail, {"nobody@else.test": (550, ["no such user"])}, "mail.desk.test")["sender"]
    ''
    """
    said = {who: f"{code} {' '.join(lines)}" for who, (code, lines) in refused.items()}
    people = ["Your mail did not arrive. What was answered:", ""]
    programs = [f"Reporting-MTA: dns; {hostname}"]
    for who, text in said.items():
        enhanced = re.match(r"5\d\d (5\.\d+\.\d+)", text)
        people.append(f"{who}: {text}")
        programs += ["", f"Final-Recipient: rfc822; {who}", "Action: failed"]
        programs += [f"Status: {enhanced[1] if enhanced else '5.0.0'}"]
        programs += [f"Diagnostic-Code: smtp; {text}"]
    header = mail["content"].partition(b"\r\n\r\n")[0] + b"\r\n"
    parts = [
        report_part(
            "text/plain; charset=utf-8", "\r\n".join([*people, ""]).encode("utf-8", "replace")
        ),
        report_part(
            "message/delivery-status", "\r\n".join([*programs, ""]).encode("ascii", "replace")
        ),
        report_part("text/rfc822-headers", header),
    ]
    boundary = choose_boundary(parts)
    head = [
        f"From: Mail Delivery System <postmaster@{hostname}>",
        f"To: {mail['sender']}",
        f"Date: {formatdate()}",
        "Subject: Not delivered",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
    ]
    content = "\r\n".join([*head, "", ""]).encode("ascii", "replace")
    for each in parts:
        content += f"--{boundary}\r\n".encode() + each + b"\r\n"
    content += f"--{boundary}--\r\n".encode()
    return {"client": hostname, "sender": "", "recipients": [mail["sender"]], "content": content}


def report_part(content_type, body):
    """One part of a bounce, as bytes; what is in it may have octets that are not ASCII."""
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return head.encode() + body


def relay(sock, reader, mail, hostname):
    """Hand a mail to the next hop, and answer for it: return (note, later).

    sock is connected to that server, reader is its LineReader, and nothing is read yet. mail
    is a dict as serve_one makes it, hostname our name (str). Say hello as say_hello does, and
    deliver once, to all recipients, with one field more at the top, its lines ended by CRLF:
    "Received: from CLIENT by HOSTNAME; DATE", where CLIENT is the mail's, and DATE is as
    email.utils.formatdate writes it.

    note is bounce(mail, refused, hostname), where refused, {recipient: (code, lines)}, has all
    who were refused with 5yz, whatever its text; None where there are none. Those who are
    refused with any other reply are in later, a list to be tried again. When hello, MAIL, DATA
    or the content is refused, or any reply is 421, that is the reply for all recipients. When
    the session ends or fails (EOFError, OSError, ValueError), all are for later.

    A mail with 100 Received fields in its header, or more, goes in a circle: nothing is sent,
    and all are refused with 554. A mail from "" is a bounce itself: there is no bounce of it.
    Raise nothing of all this. QUIT, and closing sock, are left to the caller.
    Source: RFC 5321, sections 3.6, 4.4, 4.5.5, 6.1 and 6.3.

    >>> relay(sock, reader, mail, "mail.desk.test")
    (None, [])
    """
    everybody = mail["recipients"]
    header = b"\r\n" + mail["content"].partition(b"\r\n\r\n")[0]
    if header.lower().count(b"\r\nreceived:") >= MOST_HOPS:
        refused = {who: (554, ["5.4.6 this mail goes in a circle"]) for who in everybody}
    else:
        trace = f"Received: from {mail['client']} by {hostname} with ESMTP; {formatdate()}\r\n"
        try:
            say_hello(sock, reader)
            content = trace.encode() + mail["content"]
            refused = deliver(sock, reader, mail["sender"], everybody, content)
        except ReplyError as error:
            refused = dict.fromkeys(everybody, (error.code, error.lines))
        except (EOFError, OSError, ValueError):
            return None, list(everybody)
    later = [who for who, (code, _) in refused.items() if code < 500]
    for_good = {who: reply for who, reply in refused.items() if who not in later}
    if not for_good or not mail["sender"]:
        return None, later
    return bounce(mail, for_good, hostname), later
