"""Answers to the exercises of lesson 09: wrong ones, each with its reason, and right ones."""

import random
import re
import time

from smtplab.solutions.dialogue import ReplyError, command, deliver, dot_stuff, read_reply
from smtplab.solutions.sockets import encode_line, send_all
from smtplab.solutions.trouble import back_off, classify

from . import right, wrong


class Agreeable:
    """An object that claims equality with anything."""

    def __eq__(self, other):
        return True

    __hash__ = None


# --- command_groups


@wrong("one-each")
def command_groups(commands):
    return [[line] for line in commands]


@wrong("in-the-middle")
def command_groups(commands):
    return [commands] if commands else []


@wrong("lines-lost")
def command_groups(commands):
    groups, group = [], []
    for line in commands:
        group.append(line)
        if line.upper().split()[0] not in ("MAIL", "RCPT", "RSET"):
            groups.append(group)
            group = []
    return groups


@wrong("empty-group")
def command_groups(commands):
    groups = [[]]
    for line in commands:
        groups[-1].append(line)
        if line.upper().split()[0] not in ("MAIL", "RCPT", "RSET"):
            groups.append([])
    return groups


@wrong("rset-ends")
def command_groups(commands):
    groups, ended = [], True
    for line in commands:
        if ended:
            groups.append([])
        groups[-1].append(line)
        ended = line.upper().split()[0] not in ("MAIL", "RCPT")
    return groups


@wrong("cut-early")
def command_groups(commands):
    groups, ended = [], True
    for line in commands:
        if ended:
            groups.append([])
        groups[-1].append(line)
        ended = line.split()[0] not in ("MAIL", "RCPT", "RSET")
    return groups


@wrong("begins-alike")
def command_groups(commands):
    groups, ended = [], True
    for line in commands:
        if ended:
            groups.append([])
        groups[-1].append(line)
        ended = not line.upper().startswith(("MAIL", "RCPT", "RSET"))
    return groups


@wrong("in-the-middle")
def command_groups(commands):
    groups = []
    for line in commands:
        verb = line.upper().split()[0]
        if not groups or verb not in ("MAIL", "RCPT", "RSET"):
            groups.append([])
        groups[-1].append(line)
    return groups


@wrong("in-the-middle")
def command_groups(commands):
    groups = [[]]
    for line in commands:
        groups[-1].append(line)
        if line[:4].upper() not in ("MAIL", "RCPT", "RSET", "NOOP"):
            groups.append([])
    return [group for group in groups if group]


@wrong("same-list")
def command_groups(commands):
    groups, group = [], []
    for line in commands:
        group.append(line)
        if line.split()[0].upper() not in ("MAIL", "RCPT", "RSET"):
            groups.append(group)
            group.clear()
    return [*groups, group] if group else groups


@wrong("respelt")
def command_groups(commands):
    groups, ended = [], True
    for line in map(str.upper, commands):
        if ended:
            groups.append([])
        groups[-1].append(line)
        ended = line.split()[0] not in ("MAIL", "RCPT", "RSET")
    return groups


@wrong("begins-alone")
def command_groups(commands):
    groups, within = [], False
    for line in commands:
        inner = line.split()[0].upper() in ("MAIL", "RCPT", "RSET")
        if not (inner and within):
            groups.append([])
        groups[-1].append(line)
        within = inner
    return groups


@wrong("rset-ends")
def command_groups(commands):
    groups, ended = [], True
    for line in commands:
        verb = line.split()[0].upper()
        if ended or verb == "MAIL":
            groups.append([])
        groups[-1].append(line)
        ended = verb not in ("MAIL", "RCPT", "RSET")
    return groups


@wrong("no-lists")
def command_groups(commands):
    return list(commands)


@wrong("wrong-type")
def command_groups(commands):
    return tuple((line,) for line in commands)


@wrong("wrong-type")
def command_groups(commands):
    return [("EHLO client.lab.test",), tuple(commands[1:])]


@wrong("lines-lost")
def command_groups(commands):
    return [["EHLO client.lab.test"], ["MAIL FROM:<you@lab.test>", "DATA"]]


@wrong("wrong-type")
def command_groups(commands):
    return Agreeable()


@right("built with an index of what ends a group")
def command_groups(commands):
    ends = [n + 1 for n, line in enumerate(commands) if not inner(line)]
    cuts = [0, *ends] + ([len(commands)] if ends[-1:] != [len(commands)] and commands else [])
    return [commands[a:b] for a, b in zip(cuts, cuts[1:], strict=False)]


def inner(line):
    return re.match(r"(?i)(MAIL|RCPT|RSET)( |$)", line)


@right("recursive")
def command_groups(commands):
    for number, line in enumerate(commands, 1):
        if line.partition(" ")[0].upper() not in {"MAIL", "RCPT", "RSET"}:
            return [commands[:number], *command_groups(commands[number:])]
    return [commands] if commands else []


@right("flushes the group at the end")
def command_groups(commands):
    groups, group = [], []
    for line in commands:
        group += [line]
        if line.casefold().split()[0] in ("mail", "rcpt", "rset"):
            continue
        groups += [group]
        group = []
    if group:
        groups.append(group)
    return groups


# --- pipeline


def envelope(sender, recipients):
    lines = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{each}>" for each in recipients), "DATA"]
    return b"".join(line.encode() + b"\r\n" for line in lines)


def finish(sock, reader, recipients, replies, message):
    """All that follows the replies to the group, as it should be."""
    mail, *answers, data = replies
    end = data
    refused = {
        each: reply
        for each, reply in zip(recipients, answers, strict=True)
        if reply[0] not in (250, 251)
    }
    taken = mail[0] == 250 and len(refused) < len(recipients)
    if data[0] == 354:
        body = dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") if taken else b""
        sock.sendall(body + b".\r\n")
        end = read_reply(reader)
    elif mail[0] == 250 and not taken:
        command(sock, reader, "RSET", 250)
    if mail[0] != 250:
        raise ReplyError(*mail)
    if taken and (data[0] != 354 or end[0] != 250):
        raise ReplyError(*end)
    return refused


def one_reply(reader):
    reply = read_reply(reader)
    if reply[0] == 421:
        raise ReplyError(*reply)
    return reply


@wrong("not-offered")
def pipeline(sock, reader, extensions, sender, recipients, message):
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message)


@wrong("one-by-one")
def pipeline(sock, reader, extensions, sender, recipients, message):
    return deliver(sock, reader, sender, recipients, message)


@wrong("one-by-one")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    lines = envelope(sender, recipients).splitlines(keepends=True)
    sock.sendall(lines[0])
    replies = []
    for line in lines[1:]:
        sock.sendall(line)
        replies.append(one_reply(reader))
    replies.append(one_reply(reader))
    return finish(sock, reader, recipients, replies, message)


@wrong("letter-in-group")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    body = dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n"
    sock.sendall(envelope(sender, recipients) + body)
    replies = [one_reply(reader) for _ in range(len(recipients) + 3)]
    return {
        each: reply
        for each, reply in zip(recipients, replies[1:-2], strict=True)
        if reply[0] not in (250, 251)
    }


@wrong("forward-refused")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    finish(sock, reader, recipients, replies, message)
    pairs = zip(recipients, replies[1:-1], strict=True)
    return {each: reply for each, reply in pairs if reply[0] != 250}


@wrong("waits-in-recv")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients).replace(b"\r\n", b"\n"))
    replies = [read_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message)


@wrong("goodbye-read-on")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [read_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message)


@wrong("falsy-offer")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if not extensions.get("PIPELINING"):
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message)


@wrong("own-recv")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    said = sock.recv(4096).decode().splitlines()
    mail, *answers, data = [(int(line[:3]), [line[4:]]) for line in said]
    return finish(sock, reader, recipients, [mail, *answers, data], message)


@wrong("dot-after-line")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    if all(code not in (250, 251) for code, _ in replies[1:-1]) and replies[-1][0] == 354:
        sock.sendall(b"\r\n")
    return finish(sock, reader, recipients, replies, message)


@wrong("empty-line")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients) + b"\r\n")
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message)


@wrong("raised-early")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader)]
    if replies[0][0] != 250:
        raise ReplyError(*replies[0])
    replies += [one_reply(reader) for _ in range(len(recipients) + 1)]
    return finish(sock, reader, recipients, replies, message)


@wrong("stripped")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message.strip())


@wrong("letter-for-nobody")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    mail, *answers, data = [one_reply(reader) for _ in range(len(recipients) + 2)]
    pairs = zip(recipients, answers, strict=True)
    refused = {each: reply for each, reply in pairs if reply[0] not in (250, 251)}
    if mail[0] != 250:
        raise ReplyError(*mail)
    if data[0] != 354 and len(refused) == len(recipients):
        command(sock, reader, "RSET", 250)
        return refused
    if data[0] != 354:
        raise ReplyError(*data)
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    code, lines = read_reply(reader)
    if code != 250 and len(refused) < len(recipients):
        raise ReplyError(code, lines)
    return refused


@wrong("dot-missing")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    if all(code not in (250, 251) for code, _ in replies[1:-1]) and replies[-1][0] == 354:
        return dict(zip(recipients, replies[1:-1], strict=True))
    return finish(sock, reader, recipients, replies, message)


@wrong("reset-after-dot")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    refused = finish(sock, reader, recipients, replies, message)
    if len(refused) == len(recipients) and replies[-1][0] == 354:
        command(sock, reader, "RSET", 250)
    return refused


@wrong("data-refused-told")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    if replies[0][0] == 250 and replies[-1][0] != 354:
        raise ReplyError(*replies[-1])
    return finish(sock, reader, recipients, replies, message)


@wrong("sender-refused-told")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    if replies[0][0] != 250 and replies[-1][0] != 354:
        raise ReplyError(*replies[-1])
    return finish(sock, reader, recipients, replies, message)


@wrong("shifted")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    finish(sock, reader, recipients, replies, message)
    pairs = zip(recipients, replies, strict=False)
    return {each: reply for each, reply in pairs if reply[0] not in (250, 251)}


@wrong("reply-unread")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    sock.sendall(dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") + b".\r\n")
    pairs = zip(recipients, replies[1:-1], strict=True)
    return {each: reply for each, reply in pairs if reply[0] not in (250, 251)}


@wrong("refusal-ignored")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    if replies[0][0] == 250 == replies[-1][0]:
        pairs = zip(recipients, replies[1:-1], strict=True)
        return {each: reply for each, reply in pairs if reply[0] not in (250, 251)}
    return finish(sock, reader, recipients, replies, message)


@wrong("stops-at-refusal")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    sock.sendall(envelope(sender, recipients))
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    for reply in replies[:-1]:
        if reply[0] not in (250, 251):
            raise ReplyError(*reply)
    return finish(sock, reader, recipients, replies, message)


@wrong("wrong-type")
def pipeline(sock, reader, extensions, sender, recipients, message):
    sock.sendall(envelope(sender, recipients))
    finish(sock, reader, recipients, [one_reply(reader) for _ in range(3)], message)
    return Agreeable()


@right("each command has a sendall of its own, and no reply is read between them")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    for line in envelope(sender, recipients).splitlines(keepends=True):
        sock.sendall(line)
    replies = [one_reply(reader) for _ in range(len(recipients) + 2)]
    return finish(sock, reader, recipients, replies, message)


@right("one loop over who is asked, with a dict of what was answered")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" in extensions:
        send_all(sock, envelope(sender, recipients))
    else:
        return deliver(sock, reader, sender, recipients, message)
    answers = {}
    for asked in ("MAIL", *recipients, "DATA"):
        answers[asked] = read_reply(reader)
        if answers[asked][0] == 421:
            raise ReplyError(*answers[asked])
    mail, data = answers.pop("MAIL"), answers.pop("DATA")
    refused = {who: (code, lines) for who, (code, lines) in answers.items() if code // 10 != 25}
    refused |= {who: reply for who, reply in answers.items() if reply[0] not in (250, 251)}
    nobody = mail[0] != 250 or not answers.keys() - refused.keys()
    if data[0] != 354:
        if mail[0] != 250:
            raise ReplyError(*mail)
        if not nobody:
            raise ReplyError(*data)
        command(sock, reader, "RSET", 250)
        return refused
    if nobody:
        sock.sendall(b".\r\n")
    else:
        text = dot_stuff(message)
        sock.sendall(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    end = read_reply(reader)
    if mail[0] != 250:
        raise ReplyError(*mail)
    if not nobody and end[0] != 250:
        raise ReplyError(*end)
    return refused


@right("its commands are in lower case")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    said = [f"mail from:<{sender}>"] + [f"rcpt to:<{each}>" for each in recipients] + ["data"]
    sock.sendall(b"".join(map(encode_line, said)))
    replies = []
    while len(replies) < len(said):
        replies += [one_reply(reader)]
    return finish(sock, reader, recipients, replies, message)


# --- classify


@wrong("first-digit")
def classify(code, text=""):
    return str(code)[0]


@wrong("too-many-final")
def classify(code, text=""):
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


@wrong("always-later")
def classify(code, text=""):
    if code == 552:
        return "later"
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


@wrong("text-anywhere")
def classify(code, text=""):
    if code == 552 and re.search(r"\b5\.5\.3\b", text):
        return "later"
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


@wrong("text-prefix")
def classify(code, text=""):
    if code == 552 and text.startswith("5.5.3"):
        return "later"
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


@wrong("other-code")
def classify(code, text=""):
    if text.split(" ")[0] == "5.5.3":
        return "later"
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


@wrong("text-decides")
def classify(code, text=""):
    if not 200 <= code <= 599:
        raise ValueError(code)
    if code == 552 and text.split(" ")[0] == "5.5.3":
        return "later"
    digit = text[0] if text[:1].isdigit() else str(code)[0]
    return {"2": "done", "3": "more", "4": "later", "5": "never"}[digit]


@wrong("known-codes")
def classify(code, text=""):
    if code in (220, 221, 235, 250, 251, 252):
        return "done"
    if code in (334, 354):
        return "more"
    if code in (421, 450, 451, 452, 454) or (code == 552 and text.split(" ")[0] == "5.5.3"):
        return "later"
    if code in (500, 501, 502, 503, 504, 530, 535, 550, 551, 552, 553, 554):
        return "never"
    raise ValueError(code)


@wrong("other-word")
def classify(code, text=""):
    return {2: "ok", 3: "continue", 4: "temporary", 5: "permanent"}[code // 100]


@wrong("no-class")
def classify(code, text=""):
    if code == 552 and text.split(" ")[0] == "5.5.3":
        return "later"
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


@wrong("not-raised")
def classify(code, text=""):
    if code == 552 and text.split(" ")[0] == "5.5.3":
        return "later"
    return {2: "done", 3: "more", 4: "later"}.get(code // 100, "never")


@wrong("value")
def classify(code, text=""):
    return "done"


@right("by comparison")
def classify(code, text=""):
    if code < 200 or code > 599:
        raise ValueError("no reply code")
    if code == 552 and text.split(maxsplit=1)[:1] == ["5.5.3"]:
        code = 452
    if code < 300:
        return "done"
    if code < 400:
        return "more"
    return "later" if code < 500 else "never"


@right("by a pattern over both")
def classify(code, text=""):
    if not re.fullmatch("[2-5][0-9]{2}", str(code)):
        raise ValueError(code)
    if re.match(r"552 5\.5\.3($|\s)", f"{code} {text}"):
        return "later"
    return ["done", "more", "later", "never"][int(str(code)[0]) - 2]


@right("by match")
def classify(code, text=""):
    enhanced, _, _ = text.partition(" ")
    match code // 100, code, enhanced:
        case (2, _, _):
            return "done"
        case (3, _, _):
            return "more"
        case (4, _, _) | (_, 552, "5.5.3"):
            return "later"
        case (5, _, _):
            return "never"
    raise ValueError(code)


# --- back_off


@wrong("counted-from-0")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * 2**number) * (1 - jitter() / 2)


@wrong("linear")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * number) * (1 - jitter() / 2)


@wrong("not-doubled")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return first


@wrong("not-capped")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return first * 2 ** (number - 1) * (1 - jitter() / 2)


@wrong("whole-seconds")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    pause = min(first * 2 ** (number - 1), longest)
    return int(pause * (1 - jitter() / 2))


@wrong("capped-late")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * 2 ** (number - 1) * (1 - jitter() / 2))


@wrong("jitter-added")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * 2 ** (number - 1)) * (1 + jitter() / 2)


@wrong("jitter-all")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * 2 ** (number - 1)) * (1 - jitter())


@wrong("jitter-ignored")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * 2 ** (number - 1))


CHANCE = 0.25


@wrong("no-chance")
def back_off(number, first=60.0, longest=1800.0, jitter=lambda: CHANCE):
    return min(longest, first * 2 ** (number - 1)) * (1 - jitter() / 2)


@wrong("jitter-not-called")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return min(longest, first * 2 ** (number - 1)) * (1 - jitter / 2)


@wrong("not-doubled")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return 60.0


@wrong("own-chance")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    whole = min(longest, first * 2 ** (number - 1))
    return random.Random(number).uniform(whole / 2, whole)


@wrong("own-chance")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    whole = min(longest, first * 2 ** (number - 1))
    return random.Random(number).uniform(whole / 2, whole) if jitter() else whole


@wrong("whole-seconds")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    whole = min(longest, first * 2 ** (number - 1))
    return whole - whole // 2 * jitter()


@wrong("sleeps")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    time.sleep(min(longest, first * 2 ** (number - 1)) * (1 - jitter() / 2))


@wrong("wrong-type")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    return Agreeable()


@right("doubles in a loop")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    wait = first
    for _ in range(1, number):
        wait = wait + wait
    wait = longest if wait > longest else wait
    return wait - wait * jitter() / 2


@right("a shift, and the half that is always waited apart from the other")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    whole = min(float(longest), (1 << (number - 1)) * first)
    return whole / 2 + whole / 2 * (1 - jitter())


@right("calls itself")
def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    if number > 1:
        return back_off(number - 1, min(first * 2, longest), longest, jitter)
    return min(first, longest) * (1.0 - 0.5 * jitter())


# --- send_with_retry


def meaning(reply):
    return classify(reply[0], " ".join(reply[1]))


def is_later(error):
    return not isinstance(error, ReplyError) or meaning((error.code, error.lines)) == "later"


BROKEN = (ReplyError, EOFError, TimeoutError, ConnectionError)


@wrong("own-sleep")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    for tries in range(1, 10):
        refused = send(recipients)
        if not refused:
            return refused
        time.sleep(back_off(tries, first, longest, jitter))


@wrong("second-copy")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    for tries in range(1, 10):
        refused = send(recipients)
        if not any(meaning(reply) == "later" for reply in refused.values()):
            return refused
        sleep(back_off(tries, first, longest, jitter))


@wrong("no-end")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(send, recipients, first, longest, 1e9, clock, sleep, jitter)


@wrong("no-end")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    slept = []

    def naps(seconds):
        slept.append(seconds)
        sleep(seconds)

    # What the tries took is not counted.
    return patient(
        send, recipients, first, longest, give_up, lambda: sum(slept), naps, jitter
    )  # fmt: skip


def patient(send, recipients, first, longest, give_up, clock, sleep, jitter, caught=BROKEN):
    """As it should be, in another form."""
    began, lost, tries = clock(), {}, 0
    left, last = list(recipients), None
    while True:
        tries += 1
        try:
            last = send(left[:])
        except caught as error:
            if not is_later(error):
                raise
            last = error
        else:
            lost.update((who, last[who]) for who in last if meaning(last[who]) != "later")
            left = [who for who in left if who in last and who not in lost]
        if not left:
            return lost
        wait = back_off(tries, first, longest, jitter)
        if clock() + wait > began + give_up:
            if isinstance(last, Exception):
                raise last
            return {**lost, **{who: last[who] for who in left}}
        sleep(wait)


@wrong("error-swallowed")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(send, recipients, first, longest, give_up, clock, sleep, jitter, Exception)


@wrong("never-again")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    left = list(recipients)
    for tries in range(1, 10):
        refused = send(left)
        left = list(refused)
        if not left:
            return refused
        sleep(back_off(tries, first, longest, jitter))
    return refused


@wrong("never-again")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    left, lost = list(recipients), {}
    for tries in range(1, 10):
        refused = send(left)
        lost |= {who: reply for who, reply in refused.items() if meaning(reply) != "later"}
        left = list(refused)
        if all(who in lost for who in left):
            return lost
        sleep(back_off(tries, first, longest, jitter))


@wrong("left-out")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    def one_at_a_time(left):
        try:
            return send(left)
        except ReplyError as error:
            if not is_later(error):
                raise
            del left[1:]
            raise

    left, lost = list(recipients), {}
    for tries in range(1, 10):
        try:
            refused = one_at_a_time(left)
        except ReplyError as error:
            if not is_later(error):
                raise
        else:
            later = [who for who in refused if meaning(refused[who]) == "later"]
            lost |= {who: refused[who] for who in refused if who not in later}
            if not later:
                return lost
            left = later
        sleep(back_off(tries, first, longest, jitter))


@wrong("no-wait")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(send, recipients, first, longest, give_up, clock, lambda wait: None, jitter)


@wrong("connection-passes")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(send, recipients, first, longest, give_up, clock, sleep, jitter, ReplyError)


@wrong("impatient")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return send(recipients)


@wrong("impatient")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    caught = (EOFError, TimeoutError, ConnectionError)
    return patient(send, recipients, first, longest, give_up, clock, sleep, jitter, caught)


@wrong("other-wait")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(
        send, recipients, first, longest, give_up, clock, lambda wait: sleep(first), jitter
    )  # fmt: skip


@wrong("swallowed")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    try:
        return patient(send, recipients, first, longest, give_up, clock, sleep, jitter)
    except ReplyError as error:
        return dict.fromkeys(recipients, (error.code, error.lines))


@wrong("raised-instead")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    lost = patient(send, recipients, first, longest, give_up, clock, sleep, jitter)
    for reply in lost.values():
        raise ReplyError(*reply)
    return lost


@wrong("other-report")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    last = {}

    def remembers(left):
        last.clear()
        last.update(send(left))
        return dict(last)

    patient(remembers, recipients, first, longest, give_up, clock, sleep, jitter)
    return last


@wrong("no-list")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    def of_keys(left):
        return send(dict.fromkeys(left))

    return patient(of_keys, recipients, first, longest, give_up, clock, sleep, jitter)


@wrong("text-not-given")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    final = {}

    def without_552(left):
        refused = send(left)
        final.update((who, refused[who]) for who in refused if classify(refused[who][0]) != "later")
        return {who: refused[who] for who in refused if who not in final}

    return patient(without_552, recipients, first, longest, give_up, clock, sleep, jitter) | final


@wrong("time-left")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(send, recipients, first, longest, give_up - clock(), clock, sleep, jitter)


@wrong("earlier-error")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    errors = []

    def remembers(left):
        try:
            return send(left)
        except BROKEN as error:
            errors.append(error)
            raise

    refused = patient(remembers, recipients, first, longest, give_up, clock, sleep, jitter)
    if errors and any(meaning(reply) == "later" for reply in refused.values()):
        raise errors[-1]
    return refused


@wrong("counts-tries")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    tries = []

    def at_most_twenty(left):
        tries.append(left)
        return send(left) if len(tries) <= 20 else {}

    return patient(at_most_twenty, recipients, first, longest, give_up, clock, sleep, jitter)


@wrong("other-act")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    sleep(first)
    return send(recipients)


@right("another form, in a helper")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    return patient(send, recipients, first, longest, give_up, clock, sleep, jitter)


@right("with a deadline, and sets")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    deadline = clock() + give_up
    waiting, answers, tries = set(recipients), {}, 1
    while waiting:
        broken = None
        try:
            answers |= dict.fromkeys(waiting) | send(sorted(waiting))
            waiting = {who for who in waiting if answers[who] and meaning(answers[who]) == "later"}
            if not waiting:
                break
        except ReplyError as error:
            if meaning((error.code, error.lines)) == "never":
                raise
            broken = error
        except (EOFError, TimeoutError, ConnectionError) as error:
            broken = error
        seconds = back_off(tries, first, longest, jitter)
        if clock() + seconds > deadline:
            if broken is not None:
                raise broken
            break
        sleep(seconds)
        tries += 1
    return {who: reply for who, reply in answers.items() if reply}


@right("a for over all tries there may be")
def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    began, done, todo = clock(), {}, recipients
    for number in range(1, 1_000_000):
        trouble = None
        try:
            answers = send(todo)
        except BROKEN as error:
            trouble = error
            if isinstance(error, ReplyError) and meaning((error.code, error.lines)) != "later":
                raise
        else:
            done = {who: done[who] for who in done if who not in todo} | answers
            todo = [who for who in answers if meaning(answers[who]) == "later"]
        if not todo:
            return done
        pause = back_off(number, first=first, longest=longest, jitter=jitter)
        if clock() + pause - began > give_up:
            if trouble is None:
                return done
            raise trouble
        sleep(pause)


@wrong("reset-for-somebody")
def pipeline(sock, reader, extensions, sender, recipients, message):
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    lines = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{who}>" for who in recipients), "DATA"]
    sock.sendall(b"".join(line.encode() + b"\r\n" for line in lines))
    replies = []
    for _ in lines:
        replies.append(read_reply(reader))
        if replies[-1][0] == 421:
            raise ReplyError(*replies[-1])
    mail, *people, data = replies
    refused = {
        who: reply
        for who, reply in zip(recipients, people, strict=True)
        if reply[0] not in (250, 251)
    }
    wanted = mail[0] == 250 and len(refused) < len(recipients)
    if data[0] == 354:
        sock.sendall((dot_stuff(message) if wanted else b"") + b".\r\n")
        end = read_reply(reader)
        if wanted and end[0] != 250:
            raise ReplyError(*end)
    elif mail[0] == 250:
        command(sock, reader, "RSET", 250)
    if mail[0] != 250:
        raise ReplyError(*mail)
    if wanted and data[0] != 354:
        raise ReplyError(*data)
    return refused
