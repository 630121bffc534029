"""Lesson 07: an old script's faults. What is asked, how it is judged, what is predicted.

The strict reader takes each answer apart by the rules, and says which was broken. Then the
answer goes through a strict provider, and what arrives is read once more, by the library's
older parser too. Contents are compared by hash.
"""

import io
import zipfile
from email import message_from_bytes
from email.message import Message as Parsed
from hashlib import sha256
from typing import Any, cast

from ..catalogue import say
from ..solutions import autopsy as reference
from ..solutions.auth import base64_decode
from ..solutions.dialogue import ReplyError, command, deliver, read_reply
from ..solutions.sockets import LineReader
from .desk import Desk
from .diagnoses.autopsy import (
    content_of,
    judge_base64,
    judge_fields,
    judge_found,
    judge_multipart,
    judge_page,
    judge_part,
    judge_tree,
    octets_of,
    read_strictly,
)
from .diagnoses.autopsy_session import Session, judge_conduct, judge_refusal, judge_taken
from .judge import Exercise, Lesson, Question, Trial
from .messages import in_octets, in_parts
from .strict import Part
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


def _arrives(trial: Trial, mail: bytes, expected: list[bytes]) -> None:
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
    raw = lab.mailbox.wait().raw
    ours = [_hash(content_of(trial, leaf)) for leaf in read_strictly(trial, raw).leaves]
    theirs = [
        _hash(cast(bytes, part.get_payload(decode=True)))
        for part in cast("list[Parsed]", list(message_from_bytes(raw).walk()))
        if not part.is_multipart()
    ]
    wanted = list(map(_hash, expected))
    judge_found(trial, ours, wanted, say("A strict reader"))
    judge_found(trial, theirs, wanted, say("Python's older parser"))


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
        whole = octets_of(trial, trial.call(repaired_boundary, subtype, list(given), says=says))
        return whole, judge_multipart(trial, whole, subtype, given)

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
    _arrives(trial, HEAD + first, [lines, PICTURE, _archive()])


# --- repaired_encoding --------------------------------------------------------------------


def check_repaired_encoding(trial: Trial, repaired_encoding: Any) -> None:
    archive = _archive()
    samples = [archive[:n] for n in (9, 1, 2, 3, 56, 57, 58, 114, 1023, 1024, 1025)]
    for data in (*samples, PICTURE, archive, b""):
        says = f"repaired_encoding({in_octets(len(data))})"
        body = octets_of(trial, trial.call(repaired_encoding, data, says=says))
        judge_base64(trial, body, data)
    both = {
        name: reference.repaired_names(
            trial.call(repaired_encoding, data), name, cid
        )
        for name, data, cid in (
            ("postcard.png", PICTURE, "card@lab.test"), ("notes.zip", archive, None)
        )
    }  # fmt: skip
    mail = HEAD + reference.repaired_boundary("mixed", list(both.values()))
    _arrives(trial, mail, [PICTURE, archive])


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
        part = octets_of(trial, trial.call(repaired_names, *arguments, says=says))
        judge_part(trial, part, body, filename, content_id, kinds)
        made.append(part)
    mail = HEAD + reference.repaired_boundary("mixed", made[:2])
    _arrives(trial, mail, [archive, PICTURE])


# --- repaired_letter ----------------------------------------------------------------------


def check_repaired_letter(trial: Trial, repaired_letter: Any) -> None:
    picture = _file(PICTURE, "postcard.png", "card@lab.test")
    archive = _file(_archive(), "notes.zip")
    seen = []
    for sender, recipient, subject, page in (
        (YOU, LIN, "Greetings", PAGE),
        (OFFICE, "sam@lab.test", "A long story", LONG_PAGE),
    ):
        mail = octets_of(trial, trial.call(
            repaired_letter, sender, recipient, subject, page, picture, archive,
            reference.repaired_boundary,
            says=f"repaired_letter({sender!r}, {recipient!r}, {subject!r}, ...)",
        ))  # fmt: skip
        entity = read_strictly(trial, mail)
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
    _arrives(trial, mail, [LONG_PAGE.encode(), PICTURE, _archive()])


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


def check_repaired_dialogue(trial: Trial, repaired_dialogue: Any) -> None:
    def hold(
        why: str, *greeting: bytes, answers: dict[bytes, bytes] | None = None,
        pieces: Any = None, takes: Any = None, mail: bytes = MAIL,
        sender: str = YOU, to: str = LIN, secret: str = SECRET,
    ) -> Session:  # fmt: skip
        trial.step(why)
        office = Office(answers)
        sock = trial.socket(*(greeting or (GREETING,)), pieces=pieces, takes=takes, serve=office)
        got = trial.call(
            repaired_dialogue, sock, YOU, secret, sender, to, mail,
            says="repaired_dialogue(...)", raises=Exception,
        )  # fmt: skip
        session = Session(office, sock, got, YOU, secret, sender, to, mail)
        refuses = bool(answers) or b"".join(greeting).startswith(b"5")
        judge_conduct(trial, session, refuses=refuses)
        return session

    def taken(why: str, *greeting: bytes, **options: Any) -> None:
        judge_taken(trial, hold(why, *greeting, **options))

    taken(say("A kind server: each reply comes whole."))
    long = b"220-mail.lab.test\r\n", b"220-welcome\r\n", b"220 ready\r\n"
    taken(say("The greeting has three lines, and each comes by itself."), *long)
    taken(say("Each octet of a reply comes by itself."), pieces=1)
    taken(say("The socket takes a few octets a send."), takes=(3, 1, 7))
    gbk = b"220 \xbb\xb6\xd3\xad\r\n"
    taken(say("The greeting is Chinese, in GBK."), gbk)
    why = say("Another sender than the user who logs in, another recipient, another password.")
    sam, secret = "sam@lab.test", "k\u00e4se & brot"
    taken(why, sender=OFFICE, to=sam, secret=secret)
    why = say("A letter with lines that begin with dots, one of them a lone dot.")
    taken(why, mail=LETTER)
    taken(say("A text that begins with a dot."), mail=DOTTED)
    for start, code, to in (
        (b"AUTH", 535, LIN), (b"MAIL", 451, LIN), (b"RCPT", 550, NOBODY), (b"DATA", 554, LIN),
        (b".", 552, LIN),
    ):  # fmt: skip
        what = say("the letter") if start == b"." else start.decode()
        answers = {start: b"%d no\r\n" % code}
        # Translators: {what} is a command, such as RCPT, or "the letter", or "the connection".
        why = say("The server refuses {what} with {code}.", what=what, code=code)
        judge_refusal(trial, hold(why, answers=answers, to=to), what, code)
    session = hold(say("The server does not want us: 554 in its greeting."), b"554 no\r\n")
    judge_refusal(trial, session, say("the connection"), 554, most=1)  # which is QUIT


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
                    "the boundary, and which lines are to be delimiters? Compare them sign by sign."
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
