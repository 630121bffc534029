"""Lesson 07: an old script's faults. What is asked, how it is judged, what is predicted.

The strict reader takes each answer apart by the rules, and says which was broken. Then the
answer goes through a strict provider, and what arrives is read once more, by the library's
older parser too. Contents are compared by hash.
"""

import io
import re
import smtplib
import zipfile
from email import message_from_bytes
from email.message import Message as Parsed
from functools import partial
from hashlib import sha256
from typing import Any, cast

from ..catalogue import counted, plural, say
from ..lab import Lab
from ..solutions import autopsy as reference
from ..solutions.auth import base64_decode, base64_encode
from ..solutions.dialogue import ReplyError, command, deliver, read_reply
from ..solutions.sockets import LineReader
from .cases import Finding, case
from .diagnoses.autopsy import (
    content_of,
    in_words,
    in_words_on_base64,
    judge_delimiters,
    judge_fields,
    judge_labels,
    judge_page,
    judge_tree,
    once_encoded,
    same_body,
    same_part,
)
from .dialogue import Desk
from .judge import Exercise, Lesson, Question, Trial
from .messages import by_the_rules, in_octets, in_parts
from .strict import Part, base64_octets, opened, read, shown
from .tls import check_connect_tls

__all__ = ["LESSON"]

YOU, LIN, NOBODY = "you@lab.test", "lin@lab.test", "nobody@lab.test"
OFFICE = "office@lab.test"

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes((n * n + n // 7) % 256 for n in range(4_461))
PAGE = (
    "<style>\r\n.card { border: 8px solid gold }\r\n</style>\r\n"
    '<h1>Gr\u00fc\u00dfe, \u4f60\u597d</h1>\r\n<img src="cid:card@lab.test">\r\n'
)
LONG_PAGE = PAGE + "<p>" + "Wer reist, erzählt viel. " * 20 + "</p>\r\n"  # one long line


def _archive() -> bytes:
    """A zip file of more than 1,024 octets, the same each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("notes.txt", (2016, 5, 4, 9, 30, 0))
        archive.writestr(entry, "".join(f"{n} squared is {n * n}\r\n" for n in range(200)))
    return buffer.getvalue()


# --- what the checks share ----------------------------------------------------------------


def _octets(trial: Trial, got: Any) -> bytes:
    """got, if it is bytes; else the end of the check."""
    if type(got) is not bytes:
        trial.equal(got, b"", reason="wrong-type", sentence="")
    trial.require(
        not re.search(rb"""b['"][^'"]*\\r\\n""", got),
        "shown-bytes",
        say("What came out holds b'...' and \\r\\n in letters: bytes were put into a text."),
        say(
            "An f-string, or str(), shows bytes as Python writes them. Bytes are joined with bytes."
        ),
    )
    return cast(bytes, got)


def _read(trial: Trial, raw: bytes, what: str = say("the letter")) -> Part:
    """Take an answer apart; a broken rule is the end of the check."""
    with by_the_rules(trial, lambda broken: in_words(broken, raw, what)):
        return read(raw, what)


def _arrives(trial: Trial, mail: bytes, expected: list[tuple[str, bytes]]) -> None:
    """Send a letter to today's provider; what two readers find there must be what was sent."""
    lab = trial.lab()
    trial.step(say("The letter with it goes through today's provider, and two readers open it."))
    sock = trial.connect(lab, 25)
    reader = LineReader(sock)
    try:
        read_reply(reader)
        command(sock, reader, "EHLO client.lab.test", 250)
        deliver(sock, reader, YOU, [LIN], mail)
    except ReplyError as error:
        trial.fail(
            "server-refuses", say("Today's provider refuses the letter: {error}.", error=error)
        )
    ours = [(leaf.type, _hash(content_of(trial, leaf))) for leaf in _read(trial, _raw(lab)).leaves]
    theirs = [
        (part.get_content_type(), _hash(cast(bytes, part.get_payload(decode=True))))
        for part in cast("list[Parsed]", list(message_from_bytes(_raw(lab)).walk()))
        if not part.is_multipart()
    ]
    wanted = [(kind, _hash(content)) for kind, content in expected]
    for found, who in ((ours, say("A strict reader")), (theirs, say("Python's older parser"))):
        trial.require(
            [h for _, h in found] == [h for _, h in wanted],
            "content-changed",
            counted(
                len(found),
                # Translators: {reader} is "A strict reader" or "Python's older parser".
                plural(
                    "{reader} finds 1 part in the mailbox, and not the {expected} that went in, "
                    "octet for octet.",
                    "{reader} finds {count} parts in the mailbox, and not the {expected} that went "
                    "in, octet for octet.",
                ),
                reader=who,
                expected=len(wanted),
            ),
            say("Compare the first part that differs with what was given."),
        )


def _raw(lab: Lab) -> bytes:
    return lab.mailbox.wait().raw


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _file(data: bytes, filename: str, content_id: str | None = None) -> bytes:
    return cast(bytes, reference.repaired_names(
        reference.repaired_encoding(data), filename, content_id
    ))  # fmt: skip


HEAD = (
    b"From: you@lab.test\r\nTo: lin@lab.test\r\nSubject: hello\r\n"
    b"Date: Wed, 04 May 2016 09:30:00 +0000\r\nMessage-ID: <1@lab.test>\r\nMIME-Version: 1.0\r\n"
)


# --- repaired_boundary --------------------------------------------------------------------

# A part is octets, and these are no UTF-8.
LATIN = (
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Gr\xfc\xdfe\r\n"
)


def check_repaired_boundary(trial: Trial, repaired_boundary: Any) -> None:
    # A text of lines that a short boundary, or one that is never compared, runs into.
    lines = b"\r\n".join(b"--%d" % number for number in range(100))
    text = b"Content-Type: text/plain\r\n\r\n" + lines
    parts = [text, _file(PICTURE, "postcard.png"), _file(_archive(), "notes.zip")]

    def join(subtype: str, given: list[bytes]) -> tuple[bytes, Part]:
        says = f"repaired_boundary({subtype!r}, {in_parts(len(given))})"
        whole = _octets(trial, trial.call(repaired_boundary, subtype, list(given), says=says))
        what = say("what it returned")
        with by_the_rules(trial, lambda broken: in_words(broken, whole, what)):
            judge_delimiters(trial, opened(whole, what), given)
        entity = _read(trial, whole, what)
        trial.require(
            entity.type == f"multipart/{subtype}",
            "wrong-subtype",
            say(
                "The Content-Type says {type}, and multipart/{subtype} was asked for.",
                type=entity.type,
                subtype=subtype,
            ),
            say("The subtype is a parameter."),
        )
        trial.require(
            len(entity.parts) == len(given),
            "wrong-count",
            counted(
                len(given),
                plural(
                    "1 part went in, and {out} came out.",
                    "{count} parts went in, and {out} came out.",
                ),
                out=len(entity.parts),
            ),
            say("One delimiter before each part, and the closing one after the last."),
        )
        for number, (child, part) in enumerate(zip(entity.parts, given, strict=True), 1):
            same_part(trial, child.raw, part, number)
        return whole, entity

    first, entity = join("mixed", parts)
    used = {entity.boundary}
    for subtype, others in (
        ("related", parts[:2]), ("mixed", parts[:2]), ("mixed", [LATIN, text])
    ):  # fmt: skip
        _, entity = join(subtype, others)
        used.add(entity.boundary)
    trial.require(
        len(used) == 4,
        "fixed-boundary",
        say("Two calls chose the same boundary: a text that holds that line would be cut in two."),
        say("RFC 2046, section 5.1.1: it must occur in no part. secrets.token_hex(16) is new."),
    )
    trial.step(say("One multipart inside another."))
    inner, _ = join("related", parts[:2])
    _, outer = join("mixed", [inner, parts[2]])
    trial.require(
        outer.tree == "mixed(related(text/plain, image/png), application/zip)"
        or outer.tree.startswith("mixed(related(text/plain, image/png), application/"),
        "wrong-tree",
        say("The tree came out as {tree}.", tree=outer.tree),
        say("Inner and outer need boundaries of their own."),
    )
    contents = [("text/plain", lines), ("image/png", PICTURE)]
    _arrives(trial, HEAD + first, [*contents, ("application/zip", _archive())])


# --- repaired_encoding --------------------------------------------------------------------


def check_repaired_encoding(trial: Trial, repaired_encoding: Any) -> None:
    archive = _archive()
    samples = [archive[:n] for n in (9, 1, 2, 3, 56, 57, 58, 114, 1023, 1024, 1025)]
    for data in (*samples, PICTURE, archive, b""):
        says = f"repaired_encoding({in_octets(len(data))})"
        body = _octets(trial, trial.call(repaired_encoding, data, says=says))
        if not data:
            trial.require(
                body in (b"", b"\r\n"),
                "not-base64",
                say("Of no octets it makes {body!r}.", body=body),
                "",
            )
            continue
        start = say("The lines begin with {body!r}.", body=body[:40])
        with case(trial, start), by_the_rules(trial, partial(in_words_on_base64, body)):
            decoded = base64_octets(body, say("the base64"))
        trial.require(
            body.endswith(b"\r\n"),
            "no-last-crlf",
            say("The last line of base64 has no CRLF at its end.")
            if b"\r\n" in body
            else say("No CRLF stands in the base64: a line has no end."),
            say("Each line of at most 76 letters has one, the last one as well."),
        )
        trial.require(
            b"\r\n\r\n" not in body,
            "empty-line",
            say("An empty line stands among the lines of base64, or after them."),
            say("Each line has one CRLF."),
        )
        forms = plural("Decoded, that is 1 octet.", "Decoded, that is {count:,} octets.")
        trial.step(counted(len(decoded), forms))
        trial.require(
            _hash(decoded) == _hash(data),
            "content-changed",
            counted(
                len(data),
                plural(
                    "1 octet went in; out of the base64 come {out:,}, and not the same.",
                    "{count:,} octets went in; out of the base64 come {out:,}, and not the same.",
                ),
                out=len(decoded),
            ),
            say("Are all octets encoded, each once, and in order?"),
        )
    both = {
        name: reference.repaired_names(
            trial.call(repaired_encoding, data), name, cid
        )
        for name, data, cid in (
            ("postcard.png", PICTURE, "card@lab.test"), ("notes.zip", archive, None)
        )
    }  # fmt: skip
    mail = HEAD + reference.repaired_boundary("mixed", list(both.values()))
    _arrives(trial, mail, [("image/png", PICTURE), ("application/zip", archive)])


# --- repaired_names -----------------------------------------------------------------------


def check_repaired_names(trial: Trial, repaired_names: Any) -> None:
    archive = _archive()
    made = []
    for data, filename, content_id, kinds in (
        (archive, "notes.zip", None, ("application/zip", "application/x-zip-compressed")),
        (PICTURE, "postcard.png", "card@lab.test", ("image/png",)),
        (PICTURE, "two words.png", "second.card@lab.test", ("image/png",)),
        (b"\xff\xd8\xff\xe0" + PICTURE, "photo.jpg", None, ("image/jpeg",)),
        (archive, "lin's notes.zip", None, ("application/zip", "application/x-zip-compressed")),
    ):
        body = reference.repaired_encoding(data)
        more = f", {content_id!r}" if content_id else ""
        says = f"repaired_names(body, {filename!r}{more})"
        arguments = (body, filename, content_id) if content_id else (body, filename)
        part = _octets(trial, trial.call(repaired_names, *arguments, says=says))
        once_encoded(trial, part, body)
        entity = _read(trial, part, say("the part"))
        same_body(trial, entity.body, body)
        judge_labels(trial, entity, filename, content_id, kinds)
        name = message_from_bytes(part).get_filename()
        trial.require(
            name == filename,
            "name-differs",
            say("Python's older parser reads the name {name!r}.", name=name),
            say("It should be {filename!r}, in double quotes.", filename=filename),
        )
        made.append(part)
    mail = HEAD + reference.repaired_boundary("mixed", made[:2])
    _arrives(trial, mail, [("application/zip", archive), ("image/png", PICTURE)])


# --- repaired_letter ----------------------------------------------------------------------


def check_repaired_letter(trial: Trial, repaired_letter: Any) -> None:
    picture = _file(PICTURE, "postcard.png", "card@lab.test")
    archive = _file(_archive(), "notes.zip")
    seen = []
    for sender, recipient, subject, page in (
        (YOU, LIN, "Greetings", PAGE),
        (OFFICE, "sam@lab.test", "A long story", LONG_PAGE),
    ):
        mail = _octets(trial, trial.call(
            repaired_letter, sender, recipient, subject, page, picture, archive,
            reference.repaired_boundary,
            says=f"repaired_letter({sender!r}, {recipient!r}, {subject!r}, ...)",
        ))  # fmt: skip
        entity = _read(trial, mail)
        judge_fields(trial, entity, {"From": sender, "To": recipient, "Subject": subject})
        seen.append(entity.get("Message-ID"))
        judge_tree(trial, entity)
        judge_page(trial, entity.leaves[0], page)
        trial.require(
            [_hash(leaf.raw) for leaf in entity.leaves[1:]] == [_hash(picture), _hash(archive)],
            "part-changed",
            say("The picture's part or the archive's is not as it was given."),
            say("They are whole parts already, each with its header."),
        )
        trial.require(
            page == PAGE or not mail.count(b"\r\n.\r\n"),
            "lone-dot",
            say("A lone dot stands in it."),
        )
    trial.require(
        seen[0] != seen[1],
        "same-message-id",
        say("Two letters have the same Message-ID."),
        say(
            "RFC 5322, section 3.6.4: it is new for each letter; email.utils.make_msgid makes one."
        ),
    )
    contents = [
        ("text/html", LONG_PAGE.encode()),
        ("image/png", PICTURE),
        ("application/zip", _archive()),
    ]
    _arrives(trial, mail, contents)


# --- repaired_dialogue --------------------------------------------------------------------


class Office(Desk):
    """A receiving desk that wants a login; it takes AUTH LOGIN and AUTH PLAIN in any form."""

    def __init__(self, answers: dict[bytes, bytes] | None = None) -> None:
        super().__init__(answers)
        self.wanted: list[bytes] = []  # the questions that are still to be answered
        self.given: list[bytes] = []

    def __call__(self, line: bytes) -> bytes:
        if self.content is None and self.wanted:
            self.given.append(line)
            self.wanted.pop(0)
            return self._ask()
        if self.content is None and line[:4].upper() == b"EHLO":
            self.commands.append(line)
            return b"250-mail.lab.test\r\n250-AUTH LOGIN PLAIN\r\n250 HELP\r\n"
        if self.content is None and line[:4].upper() == b"AUTH":
            self.commands.append(line)
            _, mechanism, *first = line.split()
            plain = mechanism.upper() == b"PLAIN"
            self.wanted = [b""] if plain else [b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6"]
            self.given = first
            self.wanted = self.wanted[len(first) :]
            return self._ask()
        return super().__call__(line)

    def _ask(self) -> bytes:
        if self.wanted:
            return b"334 " + self.wanted[0] + b"\r\n"
        return self.answers.get(b"AUTH", b"235 2.7.0 welcome\r\n")

    @property
    def secrets(self) -> list[str]:
        try:
            text = [base64_decode(piece.decode()).decode() for piece in self.given]
        except ValueError:
            return []
        return text if len(text) == 2 else "".join(text).split("\0")[1:]


SECRET = "sunshine7"
GREETING = b"220 mail.lab.test ready\r\n"
MAIL = b"Subject: a\r\n\r\nb\r\n"
DOTTED = b".hidden\r\n"
LETTER = b"Subject: list\r\n\r\nbread\r\n.milk\r\n.\r\n..\r\nMAIL FROM:<director@lab.test>\r\n"


# What a student may have raised in the place of a ReplyError.
MEANT = (Exception, ValueError, RuntimeError, OSError, ConnectionError, smtplib.SMTPException)


def check_repaired_dialogue(trial: Trial, repaired_dialogue: Any) -> None:
    def hold(
        why: str, *greeting: bytes, answers: dict[bytes, bytes] | None = None,
        pieces: Any = None, takes: Any = None, mail: bytes = MAIL,
        sender: str = YOU, to: str = LIN, secret: str = SECRET,
    ) -> tuple[Office, Any, Any]:  # fmt: skip
        trial.step(why)
        office = Office(answers)
        sock = trial.socket(*(greeting or (GREETING,)), pieces=pieces, takes=takes, serve=office)
        got = trial.call(
            repaired_dialogue, sock, YOU, secret, sender, to, mail,
            says="repaired_dialogue(...)", raises=Exception,
        )  # fmt: skip
        refuses = bool(answers) or b"".join(greeting).startswith(b"5")
        meant = trial.raised(got, ReplyError, UnicodeDecodeError)
        if trial.error and not meant and not (refuses and type(got) in MEANT):
            trial.unexpected()
        said = _said_aloud(trial.output, YOU, secret)
        trial.require(
            not said,
            "prints-password",
            said,
            say(
                "A notebook keeps what is printed, and is passed on. Print the replies, if "
                "anything."
            ),
        )
        if trial.raised(got, UnicodeDecodeError):
            trial.fail(
                "strict-decode",
                say("repaired_dialogue stops with UnicodeDecodeError at a reply that is no UTF-8."),
                say("The code is what counts: read_reply replaces what it cannot read."),
            )
        trial.require(
            not sock.closed,
            "closed-socket",
            say("repaired_dialogue closed the socket that it was given."),
            say("Who makes a socket closes it; a function that is given one leaves it open."),
        )
        return office, sock, got

    def taken(
        office: Office, sock: Any, got: Any, mail: bytes = MAIL, *,
        sender: str = YOU, to: str = LIN, secret: str = SECRET,
    ) -> None:  # fmt: skip
        spoke = any(who == "C" for who, _ in sock.events)
        if trial.raised(got, ReplyError) and got.code == 220 and not spoke:
            trial.fail(
                "greeting-refused",
                say(
                    "The greeting was 220, which is a yes, and repaired_dialogue raised ReplyError."
                ),
                say("read_reply returns the code as an int: 220, and not '220'."),
            )
        if trial.raised(got, ReplyError) and got.code == 220:
            trial.fail(
                "greeting-unread",
                say(
                    "A reply with 220 came where another was hoped for: it is the greeting, or a "
                    "line of it, and it was still unread."
                ),
                say(
                    "The server speaks first, in one line or in several: read_reply reads them all."
                ),
            )
        if trial.raised(got, ReplyError) and got.code == 500:
            unknown = shown(office.commands[-1], 40)
            trial.require(
                not office.mails or b"\r\n.\r\n" not in mail,
                "not-stuffed",
                say(
                    "The lone dot in the text ended the letter, and the rest went out as commands: "
                    "{command}.",
                    command=unknown,
                ),
                say("A dot at the start of a line is doubled: dot_stuff of lesson 02."),
            )
            trial.fail(
                "unknown-command",
                say(
                    "The server does not know the command {command}: {reply}.",
                    command=unknown,
                    reply=got,
                ),
                say(
                    "Is it a line of the letter? Those come after DATA and its 354. Is it a "
                    "command? EHLO says which this server has."
                ),
            )
        if trial.raised(got, ReplyError):
            trial.fail(
                "raised-in-vain",
                say(
                    "Nothing was refused, and repaired_dialogue raised ReplyError: {reply}.",
                    reply=got,
                ),
                say("Which code did that line hope for? Look at the transcript."),
            )
        _manners(trial, office, sock, secret)
        trial.require(
            len(office.mails) == 1 and office.mails[0][2] == mail,
            *_wrong_mail(office, mail),
        )
        trial.require(
            office.mails[0][:2] == (f"<{sender}>".encode(), [f"<{to}>".encode()]),
            "wrong-envelope",
            say(
                "The envelope was {envelope!r}; sender is {sender!r}, recipient {recipient!r}.",
                envelope=office.mails[0][:2],
                sender=sender,
                recipient=to,
            ),
            say(
                "MAIL FROM:<sender> and RCPT TO:<recipient>. deliver wants a list of recipients, "
                "and a str is gone through letter by letter."
            ),
        )
        trial.require(
            got is None,
            "returned-something",
            say(
                "The letter was taken, and repaired_dialogue returned {got!r}; None was promised.",
                got=got,
            ),
            say("A function that ends without return gives None. A refusal is raised."),
        )

    taken(*hold(say("A kind server: each reply comes whole.")))
    long = b"220-mail.lab.test\r\n", b"220-welcome\r\n", b"220 ready\r\n"
    taken(*hold(say("The greeting has three lines, and each comes by itself."), *long))
    taken(*hold(say("Each octet of a reply comes by itself."), pieces=1))
    taken(*hold(say("The socket takes a few octets a send."), takes=(3, 1, 7)))
    gbk = b"220 \xbb\xb6\xd3\xad\r\n"
    taken(*hold(say("The greeting is Chinese, in GBK."), gbk))
    why = say("Another sender than the user who logs in, another recipient, another password.")
    sam, secret = "sam@lab.test", "k\u00e4se & brot"
    session = hold(why, sender=OFFICE, to=sam, secret=secret)
    taken(*session, sender=OFFICE, to=sam, secret=secret)
    why = say("A letter with lines that begin with dots, one of them a lone dot.")
    taken(*hold(why, mail=LETTER), LETTER)
    taken(*hold(say("A text that begins with a dot."), mail=DOTTED), DOTTED)
    for start, code, to in (
        (b"AUTH", 535, LIN), (b"MAIL", 451, LIN), (b"RCPT", 550, NOBODY), (b"DATA", 554, LIN),
        (b".", 552, LIN),
    ):  # fmt: skip
        what = say("the letter") if start == b"." else start.decode()
        answers = {start: b"%d no\r\n" % code}
        # Translators: {what} is a command, such as RCPT, or "the letter", or "the connection".
        why = say("The server refuses {what} with {code}.", what=what, code=code)
        office, _, got = hold(why, answers=answers, to=to)
        _refusal(trial, office, got, what, code)
    office, _, got = hold(say("The server does not want us: 554 in its greeting."), b"554 no\r\n")
    _refusal(trial, office, got, say("the connection"), 554)
    trial.require(not office.commands[1:], *_goes_on(say("the connection")))


def _said_aloud(output: str, user: str, secret: str) -> str:
    """That the password stands in what was printed, and how; "" if it does not."""
    if secret in output:
        return say("What repaired_dialogue printed holds the password as it is.")
    login, plain = (base64_encode(t.encode()) for t in (secret, f"\0{user}\0{secret}"))
    if login in output or plain in output:
        return say(
            "What repaired_dialogue printed holds the password, in base64, which everybody reads."
        )
    return ""


def _manners(trial: Trial, office: Office, sock: Any, secret: str) -> None:
    """How a session was held, whatever came of it."""
    heard = [line.decode("utf-8", "replace") for line in office.commands]
    hello = next((line for line in heard if line[:4].upper() in ("EHLO", "HELO")), "")
    login = next((line for line in heard if line[:4].upper() == "AUTH"), "")
    trial.require(
        hello[:4].upper() == "EHLO",
        "helo",
        say(
            "The client said {hello!r}, and AUTH is an extension: only EHLO asks for those.",
            hello=hello,
        )
        if hello
        else say(
            "The client said no hello at all, and AUTH is an extension: only EHLO asks for those."
        ),
        say("RFC 4954, section 3; RFC 5321, section 2.2."),
    )
    trial.require(
        len(hello.split()) > 1,
        "no-name",
        say("The client said {hello!r}, and no name behind it.", hello=hello),
        say("RFC 5321, section 4.1.1.1: EHLO, and the client's own name; client.lab.test here."),
    )
    trial.require(
        "mail.lab.test" not in hello,
        "servers-name",
        say("The client said {hello!r}: that is the server's name.", hello=hello),
        say("RFC 5321, section 4.1.1.1: a client says its own name; client.lab.test here."),
    )
    trial.require(
        bool(login),
        "no-login",
        say("The client never said AUTH."),
        say("auth_login of lesson 03 does it."),
    )
    trial.require(
        login.split()[1].isupper(),
        "lower-case",
        say(
            "The client said {login!r}: some servers know mechanisms in upper case alone.",
            login=login,
        ),
        say("RFC 4422, section 3.1: names of mechanisms are upper-case letters."),
    )
    trial.require(
        office.secrets == [YOU, secret],
        "wrong-secrets",
        say("The server was given {secrets!r} as user and password.", secrets=office.secrets)
        if office.secrets
        else say(
            "The server was given {given!r}, which is no user and password in base64.",
            given=office.given,
        ),
        say("User first, then password, each in base64 of its UTF-8, and on one line."),
    )
    verbs = [line[:4].upper() for line in heard]
    trial.require(
        "MAIL" not in verbs or verbs.index("AUTH") < verbs.index("MAIL"),
        "login-too-late",
        say("MAIL was said before AUTH, and who has not logged in may send nothing."),
        say("RFC 4954, section 6: a server of today answers 530. AUTH comes after EHLO."),
    )
    said = b"".join(data for who, data in sock.events if who == "C")
    turns = _turns(sock.events)
    trial.require(
        not re.search(rb"\r\n\.\r\n.", said, re.DOTALL)
        or not any(re.search(rb"\r\n\.\r\n(?=QUIT)", turn) for turn in turns),
        "quit-too-early",
        say("QUIT was sent before the reply to the letter was read."),
        say("RFC 5321, section 4.1.1.10: read whether the letter was taken, then take leave."),
    )
    trial.require(
        "QUIT" in verbs or said.upper().endswith(b"QUIT\r\n"),
        "no-quit",
        say("The client left without QUIT."),
        say("RFC 5321, section 4.1.1.10: a client does not close before it has said QUIT."),
    )
    came = b"".join(data for who, data in sock.events if who == "S")
    trial.require(
        b"221" in came,
        "goodbye-unread",
        say("The reply to QUIT was never read."),
        say("The server's 221 is the end of the session."),
    )


def _turns(events: list[tuple[str, bytes]]) -> list[bytes]:
    """What the client said each time, between two readings."""
    turns = [b""]
    for who, data in events:
        if who == "C":
            turns[-1] += data
        elif turns[-1]:
            turns.append(b"")
    return turns


def _wrong_mail(office: Office, mail: bytes) -> Finding:
    dots = re.search(rb"(?m)^\.", mail)
    look = say(
        "Line by line: a dot at the start of a line is doubled, and a lone dot ends the letter."
    )
    if not office.mails:
        return "no-mail", say("The session ended, and no letter had been taken."), look
    if len(office.mails) == 1 and office.mails[0][2].rstrip() == mail.rstrip():
        sentence = say("The letter came with other line breaks at its end than it was given with.")
        return "end-changed", sentence, say("It ends in CRLF already; then the lone dot follows.")
    return (
        "not-stuffed" if dots else "mail-changed",
        say("The letter that came is not the one that was given: lines with dots are harmed.")
        if dots
        else say("The letter that came is not the one that was given."),
        look,
    )


def _refusal(trial: Trial, office: Office, got: Any, what: str, code: int) -> None:
    if trial.error and not trial.raised(got, ReplyError):
        trial.fail(
            "other-exception",
            say(
                "The server refused {what} with {code}, and repaired_dialogue raised {kind}; its "
                "docstring promises ReplyError.",
                what=what,
                code=code,
                kind=type(got).__name__,
            ),
            say("raise ReplyError(code, lines): whoever calls wants to know the code."),
        )
    trial.require(
        trial.raised(got, ReplyError),
        "ignores-refusal",
        say(
            "The server refused {what} with {code}, and repaired_dialogue returned as if all was "
            "well.",
            what=what,
            code=code,
        ),
        say(
            "RFC 5321, section 4.2: a code that begins with 4 or 5 is a no. command raises "
            "ReplyError."
        ),
    )
    trial.equal(
        got.code,
        code,
        reason="wrong-code",
        sentence=say(
            "The server refused {what} with {code}, and the ReplyError says {got}.",
            what=what,
            code=code,
            got=got.code,
        ),
    )
    trial.require(not office.mails, *_goes_on(what))


def _goes_on(what: str) -> Finding:
    return (
        "goes-on",
        say("After {what} was refused the client went on.", what=what),
        say("Stop at the refusal."),
    )


# --- hints and questions ------------------------------------------------------------------

TRUE, FALSE = say("True"), say("False")


def _charge(text: str, answer: str, why: str) -> Question:
    return Question(text, (TRUE, FALSE), answer, why)


LESSON = Lesson(
    number="07",
    slug="autopsy",
    title=say("Autopsy"),
    exercises=(
        Exercise(
            name="repaired_boundary",
            check=check_repaired_boundary,
            hints=(
                say(
                    "Print the first 300 octets of what old_boundary makes. Which line announces "
                    "the boundary, and which lines are to be delimiters? Compare them sign by "
                    "sign."
                ),
                say(
                    "Between two parts stand CRLF, two hyphens, the boundary, CRLF, and nothing "
                    "else. After the last part the same with two hyphens more. Choose the boundary "
                    "by secrets.token_hex(16)."
                ),
                say(
                    "Begin with the field, its value in double quotes, then CRLF. For each part "
                    'add b"\\r\\n--" + boundary + b"\\r\\n" + part. What closes it looks nearly '
                    "the same."
                ),
            ),
            forbids=("email.message", "email.mime"),
        ),
        Exercise(
            name="repaired_encoding",
            check=check_repaired_encoding,
            hints=(
                say("Lesson 03, section 4: which block sizes leave nothing over?"),
                say(
                    "A line has at most 76 letters, and those are 57 octets, 19 times three. The "
                    "last line may be shorter. Each line ends in CRLF."
                ),
                say(
                    "for start in range(0, len(data), 57): encode data[start : start + 57], and "
                    "add it with CRLF to what you have."
                ),
            ),
        ),
        Exercise(
            name="repaired_names",
            check=check_repaired_names,
            hints=(
                say(
                    "Four fields: Content-Type, Content-Transfer-Encoding, Content-Disposition, "
                    "and for a picture in the page Content-ID. Which of them lies in old_names?"
                ),
                say(
                    "mimetypes.guess_type(filename)[0] is the type, or None. Double quotes around "
                    "the name; inline for what has a content_id, attachment for the rest."
                ),
                say(
                    "Inside an f-string in single quotes double ones are plain: f'attachment; "
                    'filename="{filename}"\'. After the last field comes an empty line, then '
                    "body, and nothing after it."
                ),
            ),
            forbids=("email.message", "email.mime"),
        ),
        Exercise(
            name="repaired_letter",
            check=check_repaired_letter,
            hints=(
                say(
                    "Look at the header that old_letter writes. Who wrote, to whom, and when? And "
                    "which variable never leaves the function?"
                ),
                say(
                    "email.utils has formatdate and make_msgid. The page's part says charset=utf-8 "
                    "and carries base64 of page.encode(), in lines, as your repaired_encoding "
                    "makes them."
                ),
                say(
                    'boundary("related", [text, picture]) is a part like any other: it goes into '
                    'boundary("mixed", [..., archive]). The fields stand before what that returns, '
                    "with no empty line between."
                ),
            ),
            forbids=("email.message", "email.mime"),
        ),
        Exercise(
            name="repaired_dialogue",
            check=check_repaired_dialogue,
            hints=(
                say(
                    "You have written all of it: LineReader, read_reply, command, auth_login, "
                    "deliver. In which order does a session need them?"
                ),
                say(
                    "The greeting is read before anything is said. command raises ReplyError by "
                    "itself; deliver returns the refused recipients, and with one recipient a "
                    "refusal is a failure."
                ),
                say(
                    "reader = LineReader(sock); read the greeting, and raise ReplyError(code, "
                    "lines) unless it is 220; EHLO client.lab.test; auth_login; refused = "
                    "deliver(...); if refused, raise ReplyError with its code and lines; QUIT, and "
                    "hope for 221."
                ),
            ),
            forbids=("smtplib",),
        ),
        Exercise(
            name="repaired_tls",
            check=check_connect_tls,  # all that lesson 04 asks of connect_tls
            hints=(
                say("old_tls is given four things. How many of them does it use?"),
                say(
                    "ssl.create_default_context(cafile=cafile) verifies. create_connection takes "
                    "the timeout, and wrap_socket the server_hostname."
                ),
                say(
                    "Make the context; connect with the timeout; return context.wrap_socket(sock, "
                    "server_hostname=hostname). When that raises, close sock and let the exception "
                    "pass: except OSError: sock.close(), then raise."
                ),
            ),
        ),
    ),
    questions=(
        Question(
            say("The last reply is 250, and the script prints sent. What does the mailbox show?"),
            (
                say("The page with its picture, and the archive"),
                say("The page, and a broken picture"),
                say("A letter with nothing inside"),
            ),
            say("A letter with nothing inside"),
            say(
                "250 means that the server has taken some octets. It does not read them: whether "
                "a reader finds parts in them is between the sender and the reader."
            ),
        ),
        _charge(
            say("1. Single quotes are illegal in a boundary."),
            FALSE,
            say(
                "They are legal signs, and part of the value: RFC 2045, section 5.1. With the same "
                "quotes in the delimiters the older parser finds the part. The newer one errs."
            ),
        ),
        _charge(
            say("2. Base64 without line breaks is a corrupt attachment."),
            FALSE,
            say(
                "It decodes exactly. Long lines are a matter of transport: a server may refuse "
                "them."
            ),
        ),
        _charge(
            say("3. The misplaced Content-Transfer-Encoding breaks the letter."),
            FALSE,
            say(
                "It stands after the empty line, before the first delimiter: the preamble, which "
                "readers pass over. RFC 2046, section 5.1.1."
            ),
        ),
        _charge(
            say("4. X-Mailer: without a space after its colon is malformed."),
            FALSE,
            say("RFC 5322, section 2.2: a name, a colon, a value. The space is a habit."),
        ),
        _charge(
            say("5. Blocks of 1,024 octets, encoded one by one, spoil every file of 2,000 octets."),
            TRUE,
            say("1,024 is no multiple of three, so == stands inside. A small file is unharmed."),
        ),
        _charge(
            say("6. send() loses a part of the letter here."),
            FALSE,
            say(
                "A socket with TLS takes all of it, or raises. A plain one with a timeout takes a "
                "part: there sendall is needed, and nowhere does it harm."
            ),
        ),
        _charge(
            say("7. PROTOCOL_SSLv23 means SSL 2 or 3."),
            FALSE,
            say(
                "A name from 1999: it means the best that both know. Here that is TLS 1.2 or newer."
            ),
        ),
        _charge(
            say("8. Whoever answers the connection gets the password."),
            TRUE,
            say("Nothing is verified: the socket is encrypted, and nobody knows to whom."),
        ),
    ),
)
