"""Lesson 09: the world is far away, and not every no is for ever."""

import random
import time

from .dialogue import ReplyError, command, deliver, dot_stuff, read_reply
from .sockets import encode_line

__all__ = ["back_off", "classify", "command_groups", "pipeline", "send_with_retry"]


def command_groups(commands):
    """Cut a list of commands (str) into groups, each of which may be sent in one go.

    Return a list of lists: all commands, in order, in as few groups as the rule allows. MAIL,
    RCPT and RSET may stand anywhere in a group, in any case of letters. Every other command may
    only be the last of its group, since what comes after it depends on its reply.
    Source: RFC 2920, section 3.1.

    >>> command_groups(["EHLO me", "MAIL FROM:<a@lab.test>", "RCPT TO:<b@lab.test>", "DATA"])
    [['EHLO me'], ['MAIL FROM:<a@lab.test>', 'RCPT TO:<b@lab.test>', 'DATA']]
    """
    groups, ended = [], True
    for line in commands:
        if ended:
            groups.append([])
        groups[-1].append(line)
        ended = line.upper().split(" ")[0] not in ("MAIL", "RCPT", "RSET")
    return groups


def pipeline(sock, reader, extensions, sender, recipients, message):
    """Deliver one message as deliver does, in two round trips: the envelope, and the message.

    extensions is what say_hello gave. Without PIPELINING in it each command waits for the reply
    before it. With it MAIL, RCPT for each recipient and DATA are sent together, and then every
    reply is read; but 421 is a goodbye, and raised at once. You may trust that no address holds
    a line end.

    Where MAIL got 250 and somebody 250 or 251, the message is sent after 354; any other reply
    to DATA is raised, and nothing follows. Else nobody is to get it: 354 is answered with the
    lone dot alone, whose reply is read, whatever it says, 421 too; without 354, RSET is sent if
    MAIL was taken. Then a refused MAIL is raised, and not what follows from it. All else is as
    in deliver (help(deliver) shows it).
    Source: RFC 2920, section 3.1.

    >>> pipeline(sock, reader, {"PIPELINING": ""}, "you@lab.test", ["lin@lab.test"], message)
    {}
    """
    if "PIPELINING" not in extensions:
        return deliver(sock, reader, sender, recipients, message)
    commands = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{each}>" for each in recipients), "DATA"]
    sock.sendall(b"".join(encode_line(line) for line in commands))
    replies = []
    for _ in commands:
        replies.append(read_reply(reader))
        if replies[-1][0] == 421:
            raise ReplyError(*replies[-1])
    mail, *answers, data = replies
    end = data
    pairs = zip(recipients, answers, strict=True)
    refused = {each: reply for each, reply in pairs if reply[0] not in (250, 251)}
    taken = mail[0] == 250 and refused.keys() != set(recipients)
    if data[0] == 354:
        body = dot_stuff(message.removesuffix(b"\r\n") + b"\r\n") if taken else b""
        sock.sendall(body + b".\r\n")
        end = read_reply(reader)
    elif mail[0] == 250 and not taken:
        command(sock, reader, "RSET", 250)
    if mail[0] != 250:
        raise ReplyError(*mail)
    if taken and (data[0], end[0]) != (354, 250):
        raise ReplyError(*end)
    return refused


def classify(code, text=""):
    """Say what a reply means for what was asked: "done", "more", "later" or "never".

    code is an int; its first digit decides: 2 is done, 3 wants more, 4 is not now, 5 is no for
    ever. One reply means less than it says: 552 was once the code for too many recipients, and
    is "later" when text (str) begins with the enhanced status code 5.5.3. Raise ValueError for
    a code that is not from 200 to 599.
    Source: RFC 5321, sections 4.2.1 and 4.5.3.1.10; RFC 3463, section 3.6.

    >>> classify(450, "4.2.0 Greylisted, try again later")
    'later'
    >>> classify(552, "5.5.3 Too many recipients")
    'later'
    """
    if not 200 <= code <= 599:
        raise ValueError(f"a reply code is a number from 200 to 599, not {code}")
    if code == 552 and text.partition(" ")[0] == "5.5.3":
        return "later"
    return {2: "done", 3: "more", 4: "later", 5: "never"}[code // 100]


def back_off(number, first=60.0, longest=1800.0, jitter=random.random):
    """Return how long to wait before the next try, in seconds, after so many tries in vain.

    number is 1 or more, and some hundreds at most (2 ** 1024 is more than a float holds). The
    wait is first after the first try, twice that after the second, and so on, and never more
    than longest. Of that, jitter() takes off up to a half: it is a function that returns a
    number from 0 to 1, 0 for nothing taken off, 1 for all of the half (lambda: 0 always returns
    0). Parts of seconds count.
    Source: RFC 5321, section 4.5.4.1.

    >>> back_off(3, first=60.0, longest=1800.0, jitter=lambda: 0)
    240.0
    """
    return min(longest, first * 2 ** min(number - 1, 1000)) * (1 - jitter() / 2)


def send_with_retry(
    send, recipients, *, first=60.0, longest=1800.0, give_up=345_600.0,
    clock=time.monotonic, sleep=time.sleep, jitter=random.random,
):  # fmt: skip
    """Send to every recipient, however many tries it takes. Return those who got nothing.

    send(recipients) tries once, with a list of recipients: it returns and raises as deliver
    does. Who is refused with a reply that classify calls "later" is tried again, in a list
    without all others: nobody gets a second copy, and nobody who was told "never" is tried
    again. After a ReplyError that says "later", after EOFError, TimeoutError or
    ConnectionError, all that were tried are tried again. Any other exception passes through.

    Between two tries comes sleep(seconds), with what back_off says. A sleep that would end more
    than give_up seconds after the call began, by clock(), is not begun: if the last try raised,
    its exception passes through, else those still put off are returned with the others. All are
    returned as deliver returns them; classify wants their lines as one str.
    Source: RFC 5321, section 4.5.4.1.

    >>> send_with_retry(send, ["lin@lab.test", "nobody@lab.test"])
    {'nobody@lab.test': (550, ['5.1.1 No such user here'])}
    """
    began, tries, lost, left = clock(), 0, {}, list(recipients)
    while True:
        tries, trouble = tries + 1, None
        try:
            refused = send(list(left))
        except (ReplyError, EOFError, TimeoutError, ConnectionError) as error:
            if isinstance(error, ReplyError) and means(error.code, error.lines) != "later":
                raise
            trouble = error
        else:
            left = [each for each, reply in refused.items() if means(*reply) == "later"]
            lost |= {each: reply for each, reply in refused.items() if each not in left}
            if not left:
                return lost
        wait = back_off(tries, first, longest, jitter)
        if clock() - began + wait > give_up:
            if trouble:
                raise trouble
            return lost | {each: refused[each] for each in left}
        sleep(wait)


def means(code, lines):
    """What a whole reply means, as classify says it.

    >>> means(450, ["4.2.0 Greylisted"])
    'later'
    """
    return classify(code, " ".join(lines))
