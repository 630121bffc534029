"""Right answers whose values are of a subclass: a namedtuple is a tuple, an OrderedDict a dict."""

import functools
import re
from collections import OrderedDict, defaultdict, namedtuple
from enum import IntEnum, StrEnum
from importlib import import_module
from typing import NamedTuple

from smtplab.solutions.dialogue import ReplyError

from . import unlike

Reply = namedtuple("Reply", "code lines")
Login = namedtuple("Login", "user password")
Encrypted = namedtuple("Encrypted", "sock reader extensions")


def right(name):
    """The reference under another name: its own means the answer that is judged."""
    return import_module("smtplab.exercises").reference(name)


class ReplyLine(NamedTuple):
    code: int
    last: bool
    text: str


class Code(IntEnum):
    READY = 220
    CLOSING = 221
    TAKEN = 250
    REFUSED = 550


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"


class Meaning(StrEnum):
    DONE = "done"
    MORE = "more"
    LATER = "later"
    NEVER = "never"


class Lines(list):
    pass


class Octets(bytes):
    pass


class Text(str):
    pass


class Offers(dict):
    def __missing__(self, keyword):
        return ""


@unlike("a cache stands around it")
@functools.cache
def reply_code(line):
    return int(line[:3])


@unlike("the code is an IntEnum where its name is known")
def reply_code(line):
    code = int(line[:3])
    return Code(code) if code in list(Code) else code


@unlike("the exact octets, as a subclass of bytes")
def read_exactly(sock, n):
    return Octets(right("read_exactly")(sock, n))


@unlike("the line is a subclass of bytes")
def encode_line(text):
    return Octets(right("encode_line")(text))


@unlike("read_line returns a subclass of bytes")
class LineReader:
    def __init__(self, sock, limit=1000):
        self.reader = right("LineReader")(sock, limit)

    @property
    def buffer(self):
        return self.reader.buffer

    def read_line(self):
        return Octets(self.reader.read_line())


@unlike("the three are a namedtuple")
def parse_reply_line(line):
    if not re.fullmatch(rb"[2-5]\d\d(?:[ -].*)?", line, re.DOTALL):
        raise ValueError(line)
    return ReplyLine(int(line[:3]), line[3:4] != b"-", line[4:].decode(errors="replace"))


@unlike("the reply is a namedtuple, and its text a subclass of str")
def read_reply(reader):
    code, lines = right("read_reply")(reader)
    return Reply(code, [Text(line) for line in lines])


@unlike("the reply is a namedtuple")
def command(sock, reader, line, expect):
    sock.sendall(right("encode_line")(line))
    reply = Reply(*right("read_reply")(reader))
    if reply.code not in (expect if isinstance(expect, tuple) else (expect,)):
        raise ReplyError(*reply)
    return reply


@unlike("an OrderedDict")
def parse_ehlo(reply):
    return OrderedDict(right("parse_ehlo")(reply))


@unlike("a dict that has an answer for every keyword")
def parse_ehlo(reply):
    return Offers(right("parse_ehlo")(reply))


@unlike("the octets are a subclass of bytes")
def dot_stuff(body):
    return Octets(right("dot_stuff")(body))


@unlike("the refused are a defaultdict, each with a namedtuple")
def deliver(sock, reader, sender, recipients, message):
    refused = defaultdict(Reply)
    refused.update(
        (recipient, Reply(*reply))
        for recipient, reply in right("deliver")(sock, reader, sender, recipients, message).items()
    )
    return refused


@unlike("the letters are a subclass of str")
def base64_encode(data):
    return Text(right("base64_encode")(data))


@unlike("the octets are a subclass of bytes")
def base64_decode(text):
    return Octets(right("base64_decode")(text))


@unlike("user and password are a namedtuple")
def find_credentials(transcript):
    found = right("find_credentials")(transcript)
    return found and Login(*found)


@unlike("the answer is a StrEnum")
def choose_security(port, extensions):
    return Security(right("choose_security")(port, extensions))


@unlike("the three are a namedtuple")
def starttls(sock, reader, hostname, cafile):
    return Encrypted(*right("starttls")(sock, reader, hostname, cafile))


@unlike("the part is a subclass of bytes")
def multipart(subtype, parts):
    return Octets(right("multipart")(subtype, parts))


@unlike("the parameter is a subclass of str")
def parameter(name, value):
    return Text(right("parameter")(name, value))


class Command(NamedTuple):
    verb: str
    argument: str
    parameters: dict


@unlike("the command is a namedtuple, and what is in it of subclasses")
def parse_command(line):
    verb, argument, parameters = right("parse_command")(line)
    return Command(Text(verb), Text(argument), OrderedDict(parameters))


@unlike("the code is an IntEnum where its name is known, and the state an OrderedDict")
def handle(state, command):
    (code, lines), after = right("handle")(state, command)
    return (Code(code) if code in list(Code) else code, lines), OrderedDict(after)


@unlike("a mail is of a subclass of dict, and its content of one of bytes")
def serve_one(sock, mailbox):
    taken = []
    try:
        right("serve_one")(sock, taken)
    finally:
        mailbox += [Offers(mail) | {"content": Octets(mail["content"])} for mail in taken]


@unlike("the two are a namedtuple")
def relay(sock, reader, mail, hostname):
    return Outcome(*right("relay")(sock, reader, mail, hostname))


Outcome = namedtuple("Outcome", "bounce later")


@unlike("the refused are a defaultdict, with a namedtuple for each")
def pipeline(sock, reader, extensions, sender, recipients, message):
    whole = right("pipeline")(sock, reader, extensions, sender, recipients, message)
    return defaultdict(list, {recipient: Reply(*reply) for recipient, reply in whole.items()})


@unlike("the groups are a subclass of list")
def command_groups(commands):
    return Lines(right("command_groups")(commands))


@unlike("the word is a StrEnum")
def classify(code, text=""):
    return Meaning(right("classify")(code, text))
