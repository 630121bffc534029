"""Lesson 03: what is asked, how it is judged, and what is predicted."""

import hashlib
import hmac
from collections.abc import Callable

from ..catalogue import say
from ..solutions import auth as reference
from ..solutions.dialogue import command, read_reply
from .cases import OCTETS, case, explained, promised, unexpected_reply
from .diagnoses.auth import (
    ACCOUNTS,
    LIN,
    PASSWORD,
    SECRET,
    USER,
    fail_on_line,
    letters_of,
    octets_of,
)
from .diagnoses.credentials import judge_credentials, overhear, returned_in, wrong_answer
from .diagnoses.encoding import (
    counted_octets,
    judge_letters,
    judge_octets,
    letters_for,
    padding_looked_up,
)
from .diagnoses.login import (
    BAD_CREDENTIALS,
    NOT_KNOWN,
    Login,
    heard_by_door,
    judge_nothing_left,
    judge_refusal,
    log_in,
    open_door,
    wrong_plain,
    wrong_secret,
)
from .judge import Exercise, Lesson, Question, Trial

__all__ = ["LESSON"]

LENGTHS = (*range(301), 1024, 1025)

# lab.base64 draws a picture, whose letters are not the reader's own either.
LIBRARY = ("base64", "binascii", "codecs", "email", "smtplib", ".base64")


# base64_encode


def for_every_length(function: str) -> str:
    # Translators: stands in "Your base64_encode, for every length ..., is called."
    return say(
        "{function}, for every length from 0 to 300, for 1,024 and 1,025,", function=function
    )


def check_base64_encode(trial: Trial, base64_encode: Callable[[bytes], str]) -> None:
    for data in (b"Use", b"Us", b"U", b"", b"\xff\xef\xbf", b"\0\0\0", b"U\0\0"):
        with case(trial):
            got = trial.call(base64_encode, data, says=f"base64_encode({data!r})")
            judge_letters(trial, data, got, repr(data))
    trial.step(say("Seven short rows of octets came out right."))

    def every_length() -> list[str]:
        return [base64_encode(OCTETS[:length]) for length in LENGTHS]

    results = trial.call(every_length, says=for_every_length("base64_encode"))
    for length, got in zip(LENGTHS, results, strict=True):
        judge_letters(trial, OCTETS[:length], got, counted_octets(length))


# base64_decode


REFUSALS = (
    # Translators: "it" is a text that was taken for base64.
    ("VXN", "length-taken", say("it has three letters")),
    ("VXNlc", "length-taken", say("it has five letters")),
    ("VXN!", "strange-letter-taken", say("it has a ! among the letters")),
    ("VXN-", "strange-letter-taken", say("it has a - among the letters")),
    ("VXé=", "strange-letter-taken", say("it has an é among the letters")),
    ("VX\r\n", "strange-letter-taken", say("it has a line break among the letters")),
    ("VX=l", "inner-padding-taken", say("it has a = before the last letter")),
    ("VQ==VXNl", "inner-padding-taken", say("it has a == in the middle")),
    ("=VXN", "inner-padding-taken", say("it has a = at the front")),
    ("V===", "much-padding-taken", say("it has three = at the end")),
)


def check_base64_decode(trial: Trial, base64_decode: Callable[[str], bytes]) -> None:
    for data in (b"Use", b"Us", b"U", b"", b"\xff\xef\xbe", b"\0\0\0", b"U\0\0"):
        text = letters_of(data)
        with case(trial):
            with explained(padding_looked_up if "=" in text else unexpected_reply):
                got = trial.call(base64_decode, text, says=f"base64_decode({text!r})")
            judge_octets(trial, data, got, repr(text))
    trial.step(say("Seven short texts came out right."))

    def every_length() -> list[bytes]:
        return [base64_decode(letters_of(OCTETS[:length])) for length in LENGTHS]

    results = trial.call(every_length, says=for_every_length("base64_decode"))
    for length, got in zip(LENGTHS, results, strict=True):
        judge_octets(trial, OCTETS[:length], got, letters_for(length))

    waits = say("Whoever calls base64_decode waits for a ValueError, and for nothing else.")
    for text, reason, fault in REFUSALS:
        # Translators: goes on with "KeyError was raised, and ValueError was promised."
        given = say("For {text!r}", text=text)
        with case(trial), explained(promised("ValueError", given, waits)):
            says = f"base64_decode({text!r})"
            got = trial.call(base64_decode, text, says=says, raises=ValueError)
            trial.require(
                trial.raised(got, ValueError),
                reason,
                # Translators: {fault} is "it has three letters", for instance.
                say(
                    "{text!r} was taken for base64, and {got!r} came out; {fault}.",
                    text=text,
                    got=got,
                    fault=fault,
                ),
                say("An exception is raised, and not returned.")
                if isinstance(got, BaseException)
                else say(
                    "Read in the docstring what is to be refused, and raise ValueError for it."
                ),
            )


# auth_login and auth_plain


SERVER_READY = say("A server is ready for AUTH; its replies come three octets at a time.")
TWO_LOGINS = say("Two logins that the server took.")


def check_auth_login(trial: Trial, auth_login: Login) -> None:
    for user, password in ACCOUNTS:
        with case(trial, SERVER_READY):
            door, sock, reader = log_in(trial, "auth_login", auth_login, user, password)
            for step, right, other in (("user", user, password), ("password", password, user)):
                line = door.heard.get(step)
                if line is None:
                    trial.fail(
                        "stopped-early",
                        say(
                            "The server still waits for the user name, and auth_login has returned."
                        )
                        if step == "user"
                        else say(
                            "The server still waits for the password, and auth_login has returned."
                        ),
                        say("AUTH LOGIN, the user name, the password: three lines, three replies."),
                    )
                elif octets_of(line) != right.encode():
                    finding = wrong_secret(step, line, right.encode(), other.encode())
                    fail_on_line(trial, finding, line, right.encode())
            judge_nothing_left(trial, "auth_login", door, sock, reader)
    trial.step(TWO_LOGINS)

    refusals = (
        ("password", BAD_CREDENTIALS, say("The server says 535 to the password."), 3),
        ("user", b"535 5.7.8 No such user\r\n", say("The server says 535 to the user name."), 2),
        ("AUTH", NOT_KNOWN, say("The server says 504 to AUTH LOGIN."), 1),
    )
    for step, reply, told, allowed in refusals:
        judge_refusal(trial, "auth_login", auth_login, step, reply, told, allowed)


def check_auth_plain(trial: Trial, auth_plain: Login) -> None:
    for user, password in ACCOUNTS:
        with case(trial, SERVER_READY):
            door, sock, reader = log_in(trial, "auth_plain", auth_plain, user, password)
            line = door.heard.get("both", b"")
            right = f"\0{user}\0{password}".encode()
            if octets_of(line) != right:
                finding = wrong_plain(line, user.encode(), password.encode())
                fail_on_line(trial, finding, line, right)
            judge_nothing_left(trial, "auth_plain", door, sock, reader)
    trial.step(TWO_LOGINS)

    told = say("The server says 535 to user and password.")
    judge_refusal(trial, "auth_plain", auth_plain, "both", BAD_CREDENTIALS, told, 2)

    never = say("The docstring promises it. (An assert is no refusal: python -O leaves it out.)")
    for user, password in ((USER, "sun\0shine"), ("you\0lin@lab.test", PASSWORD)):
        if "\0" in password:
            field = say("A password with a NUL in it")
            removed = say(
                "The password {password!r} was sent without its NUL: that is another password.",
                password=password,
            )
        else:
            field = say("A user name with a NUL in it")
            removed = say(
                "The user name {user!r} was sent without its NUL: that is another user name.",
                user=user,
            )
        # Translators: {field} is "A password with a NUL in it", or "A user name with a NUL in it".
        expected = say("{field}: ValueError is expected, and nothing sent.", field=field)
        # Translators: goes on with "AssertionError was raised, and ValueError was promised."
        came = say("{field} came.", field=field)
        with case(trial, expected):
            sock, reader = open_door(trial)
            with explained(promised("ValueError", came, never)):
                got = trial.call(
                    auth_plain, sock, reader, user, password,
                    says=f"auth_plain(sock, reader, {user!r}, {password!r})", raises=ValueError,
                )  # fmt: skip
            fields = (octets_of(heard_by_door(sock).heard.get("both", b"")) or b"").split(b"\0")
            bare = [each.replace("\0", "").encode() for each in ("", user, password)]
            trial.require(
                fields != bare,
                "nul-removed",
                removed,
                say("Whoever typed it meant something else. Refuse it with ValueError."),
            )
            trial.require(
                not sock.sent,
                "nul-sent",
                say("{field} was sent, and moves the borders between the fields.", field=field),
                say("Look for a NUL before the first octet is sent."),
            )
            trial.require(
                trial.raised(got, ValueError),
                "nul-ignored",
                say("{field} raised no ValueError.", field=field),
                say("Nothing was sent, and whoever called does not know it."),
            )


# find_credentials


GREETING = """\
S: 220 mail.lab.test ESMTP ready
C: EHLO client.lab.test
S: 250-mail.lab.test
S: 250-AUTH LOGIN PLAIN CRAM-MD5
S: 250 HELP
"""
FAREWELL = """\
S: 235 2.7.0 Authentication successful
C: QUIT
S: 221 2.0.0 Bye"""
LONG_SECRET = "longer than the sixty-four octets of one block of MD5 " * 2


def overheard(*lines: str) -> str:
    return GREETING + "".join(f"{line}\n" for line in lines) + FAREWELL


def login_lines(auth: str, user: str, password: str) -> tuple[str, ...]:
    return (
        f"C: {auth}",
        "S: 334 VXNlcm5hbWU6",
        f"C: {letters_of(user.encode())}",
        "S: 334 UGFzc3dvcmQ6",
        f"C: {letters_of(password.encode())}",
    )


def check_find_credentials(
    trial: Trial, find_credentials: Callable[[str], tuple[str, str] | None]
) -> None:
    plain = letters_of(f"\0{LIN}\0{SECRET}".encode())
    user = letters_of(LIN.encode())
    logins = (
        ("AUTH LOGIN", overheard(*login_lines("AUTH LOGIN", LIN, SECRET))),
        # Translators: stands in "A session with ..."; so do those down to "a login to the lab".
        (say("AUTH PLAIN with its answer on the same line"), overheard(f"C: AUTH PLAIN {plain}")),
        (
            say("AUTH PLAIN with its answer on the next line"),
            overheard("C: AUTH PLAIN", "S: 334 ", f"C: {plain}"),
        ),
        (say("auth login, in lower case"), overheard(*login_lines("auth login", LIN, SECRET))),
        (say("Auth Plain, in mixed case"), overheard(f"C: Auth Plain {plain}")),
        (
            say("AUTH LOGIN with the user name on the same line"),
            overheard(
                f"C: AUTH LOGIN {user}",
                "S: 334 UGFzc3dvcmQ6",
                f"C: {letters_of(SECRET.encode())}",
            ),
        ),
        (
            say("another mechanism refused first, then AUTH LOGIN"),
            overheard(
                "C: AUTH XOAUTH2",
                "S: 504 5.5.4 Mechanism not known",
                *login_lines("AUTH LOGIN", LIN, SECRET),
            ),
        ),
    )
    for what, transcript in logins:
        with case(trial):
            got, printed = overhear(trial, find_credentials, what, transcript)
            judge_credentials(trial, got, LIN, SECRET, what, printed)
    trial.step(say("In each of seven sessions the user name and the password were found."))

    answer = letters_of(f"{LIN} {hashlib.md5(b'x', usedforsecurity=False).hexdigest()}".encode())
    nobody = (
        (say("no login at all"), GREETING + "C: QUIT\nS: 221 2.0.0 Bye"),
        (say("no line"), ""),
        (
            say("AUTH CRAM-MD5, which sends no password"),
            overheard("C: AUTH CRAM-MD5", "S: 334 PDEyM0BtYWlsLmxhYi50ZXN0Pg==", f"C: {answer}"),
        ),
    )
    for what, transcript in nobody:
        with case(trial):
            got, _ = overhear(trial, find_credentials, what, transcript)
            trial.require(
                got is None,
                "found-nobody",
                returned_in(what, got),
                say("Nobody said a password there. Which line of a client says that one follows?"),
            )

    lab = trial.lab("legacy")
    sock = trial.connect(lab, 25)
    reader = trial.reader(sock)
    read_reply(reader)
    command(sock, reader, "EHLO client.lab.test", 250)
    reference.auth_login(sock, reader, lab.account.address, lab.account.authorization_code)
    what = say("a login to the lab")
    got, printed = overhear(trial, find_credentials, what, str(lab.transcript.sessions[-1]))
    address, code = lab.account.address, lab.account.authorization_code
    judge_credentials(trial, got, address, code, what, printed)


# cram_md5_response


def check_cram_md5_response(
    trial: Trial, cram_md5_response: Callable[[str, str, str], str]
) -> None:
    for user, password, challenge in (
        (USER, "sunshine1", b"<17.1700000000@mail.lab.test>"),
        (USER, "sunshine1", b"<18.1700000000@mail.lab.test>"),
        (LIN, SECRET, b"<9.1@mail.lab.test>"),
        (LIN, LONG_SECRET, b"<5.5@lab.test>"),
    ):
        text = letters_of(challenge)
        with case(
            trial,
            say(
                "The challenge {letters} stands for {octets}.",
                letters=text,
                octets=challenge.decode(),
            ),
        ):
            got = trial.call(
                cram_md5_response, user, password, text,
                says=f"cram_md5_response({user!r}, {password!r}, challenge)",
            )  # fmt: skip
            digest = hmac.new(password.encode(), challenge, "md5").hexdigest()
            answer = f"{user} {digest}".encode()
            right = letters_of(answer)
            if type(got) is str and got != right:
                finding = wrong_answer(got, user, password, challenge, digest)
                fail_on_line(trial, finding, got.encode(errors="replace"), answer)
            sentence = say("The answer is not right.")
            trial.equal(got, right, reason="wrong-answer", sentence=sentence)
    trial.step(say("Four challenges were answered."))


LESSON = Lesson(
    number="03",
    slug="auth",
    title=say("Auth"),
    exercises=(
        Exercise(
            name="base64_encode",
            check=check_base64_encode,
            hints=(
                say(
                    "Take three octets at a time, and do with them what you did on paper. What is "
                    "special about the last group?"
                ),
                say(
                    'Write the 64 letters down as a str, ALPHABET. int.from_bytes(block, "big") '
                    "makes one number of three octets. Its six highest of 24 bits are number >> "
                    "18; then come >> 12, >> 6 and >> 0, each with & 63. Fill a short block with "
                    'zero octets on its right first: block.ljust(3, b"\\0").'
                ),
                say(
                    "For each block of data[start : start + 3], start going up by 3: four letters "
                    "ALPHABET[number >> shift & 63]. Keep len(block) + 1 of them, and complete "
                    'them to four with "=": letters.ljust(4, "=").'
                ),
            ),
            forbids=LIBRARY,
        ),
        Exercise(
            name="base64_decode",
            check=check_base64_decode,
            hints=(
                say(
                    "The way back: four letters are four numbers of six bits, and these 24 bits "
                    "are three octets. Refuse first what cannot be base64."
                ),
                say(
                    'Take the = off with text.rstrip("="), and count how many there were: none, '
                    "one or two. ALPHABET.find(letter) gives a letter's number, or -1 for a "
                    "stranger, which a = in the middle is too."
                ),
                say(
                    "For each group of four, with A in the place of each =: number = number << 6 | "
                    'value, four times, then number.to_bytes(3, "big"). At the very end leave off '
                    "as many octets as there were =: data[: len(data) - padding]."
                ),
            ),
            forbids=LIBRARY,
        ),
        Exercise(
            name="auth_login",
            check=check_auth_login,
            hints=(
                say(
                    "Look at the four lines of the dialogue again. Which code does the server say "
                    "after each of yours?"
                ),
                say(
                    "Three times command(sock, reader, line, code): for AUTH LOGIN and for the "
                    "user name you hope for 334, for the password 235. base64_encode wants bytes: "
                    'user.encode("utf-8").'
                ),
                say(
                    'command(sock, reader, "AUTH LOGIN", 334), then command(sock, reader, '
                    'base64_encode(user.encode("utf-8")), 334), then the same with the password '
                    "and 235. No try: a ReplyError is for whoever called."
                ),
            ),
            forbids=LIBRARY,
        ),
        Exercise(
            name="auth_plain",
            check=check_auth_plain,
            hints=(
                say(
                    "One string holds both, with a NUL before each. In which order do joining, "
                    "UTF-8 and base64 come?"
                ),
                say(
                    'A NUL is "\\0" in Python, and `in` finds one in a str. Join first, then '
                    "encode, then base64; the line begins with AUTH PLAIN and a space."
                ),
                say(
                    "Refuse first: a NUL in user or in password is a ValueError. Then "
                    'f"\\0{user}\\0{password}" is what is encoded, and the one command hopes for '
                    "235."
                ),
            ),
            forbids=LIBRARY,
        ),
        Exercise(
            name="find_credentials",
            check=check_find_credentials,
            hints=(
                say(
                    "Print a transcript and mark with a pencil what you would read. Only the "
                    "client says secrets: which lines are its?"
                ),
                say(
                    'Make a list of what follows "C: ", line by line. Find the line whose first '
                    "two words are AUTH LOGIN or AUTH PLAIN, in capitals or not (upper()). The "
                    "answers are its further words, then the next lines of the list."
                ),
                say(
                    "answers = line.split()[2:] + said[position + 1 :]. For LOGIN decode "
                    'answers[0] and answers[1]; for PLAIN decode answers[0] and split it at "\\0" '
                    "into three. After the loop, return None."
                ),
            ),
            forbids=LIBRARY,
        ),
        Exercise(
            name="cram_md5_response",
            check=check_cram_md5_response,
            hints=(
                say(
                    "Four steps: decode the challenge, make the digest, put the user name before "
                    "it, encode. Which of these want bytes, and which want str?"
                ),
                say(
                    'hmac.new(key, message, "md5").hexdigest(): the key is the password\'s '
                    "octets, the message is base64_decode(challenge)."
                ),
                say(
                    "Both go in as bytes: password.encode() is the key. The digest that comes out "
                    "is a str. User, space and digest make one str, and that is encoded and put "
                    "into base64 as a whole."
                ),
            ),
            forbids=LIBRARY,
        ),
    ),
    questions=(
        Question(
            text=say("What is VXNlcm5hbWU6 ?"),
            choices=(
                say("A key for this session"),
                say("A readable text in other letters"),
                say("An encrypted text"),
            ),
            answer=say("A readable text in other letters"),
            why=say(
                "It is `Username:` in base64, the same on every server and every day. There is no "
                "key in it: whoever has the table of letters can read it."
            ),
        ),
        Question(
            text=say("Blocks of 1,024 octets, each encoded alone, then joined. What comes out?"),
            choices=(
                say("The whole file"),
                say("The first 1,024 octets, and the rest is lost or wrong"),
                say("Nothing that was in the file"),
            ),
            answer=say("The first 1,024 octets, and the rest is lost or wrong"),
            why=say(
                "1,024 is no multiple of three, so the first block ends in ==. Up to there all is "
                "well. To a decoder == says that the data ends; what stands behind it is left out "
                "or read out of step."
            ),
        ),
        Question(
            text=say(
                "The user name and the web password are right. What does the strict provider say?"
            ),
            choices=(
                say("235: welcome"),
                say("334: it asks once more"),
                say("535: not with this password"),
            ),
            answer=say("535: not with this password"),
            why=say(
                "Both were right, and it says 535. Providers want a secret of its own for mail "
                "programs, the authorization code, so that the password of the website is never "
                "kept in one."
            ),
        ),
        Question(
            text=say("What does a listener need, to read the password in these lines?"),
            choices=(
                say("The private key of the server"),
                say("A fast computer and some hours"),
                say("The table of 64 letters"),
            ),
            answer=say("The table of 64 letters"),
            why=say("Base64 is a spelling. Nothing in it is secret, so nothing has to be broken."),
        ),
        Question(
            text=say("No password crossed the wire. What can a listener do with these lines?"),
            choices=(
                say("Nothing: a digest cannot be turned back"),
                say("Send the same answer again, and be let in"),
                say("Guess passwords at home until the digest fits"),
            ),
            answer=say("Guess passwords at home until the digest fits"),
            why=say(
                "The digest cannot be turned back, and an old answer fits no new challenge. But "
                "for each guess the listener can compute what the client would have answered, and "
                "compare. A weak password is found soon."
            ),
        ),
    ),
)
