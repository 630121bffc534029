"""Lesson 03: which wrong idea is behind wrong credentials, and behind a wrong response."""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from ...catalogue import say
from ..cases import Finding, explained, judge, place, raised
from ..judge import Trial, Verdict
from .auth import charsets, letters_of, octets_of

__all__ = ["judge_credentials", "overhear", "returned_in", "wrong_answer"]


# find_credentials


CASE_COUNTS = say("In base64 a and A are different letters. Only AUTH and LOGIN have no case.")


def returned_in(what: str, got: Any) -> str:
    # Translators: {content} is AUTH LOGIN, or "no login at all", for instance.
    return say(
        "In a session with {content}, find_credentials returned {got!r:.90}.", content=what, got=got
    )


def overhear(
    trial: Trial, find_credentials: Callable[[str], Any], what: str, transcript: str
) -> tuple[Any, str]:
    """What comes back for one session, and what was printed meanwhile."""
    said = [line.removeprefix("C: ") for line in transcript.splitlines() if line[:1] == "C"]
    trial.step(
        say(
            "A session with {content}. The client says: {lines}",
            content=what,
            lines=" | ".join(said),
        )
        if said
        else say("A session with {content}. The client says: nothing", content=what)
    )

    def stumbled(verdict: Verdict) -> Finding | None:
        if "not in list" in verdict.raised or "substring not found" in verdict.raised:
            look = say(
                "index() raises when there is nothing to find. A session may have no such line: "
                "ask with `in` first; None is for a session without a login."
            )
        elif raised(verdict) == "UnicodeDecodeError" and any(
            complaint(octets_of(each.upper())) in verdict.raised for each in said
        ):
            return (
                "case-folded",
                say(
                    "The answers were put into capital letters before they were decoded ({place} "
                    "raised UnicodeDecodeError).",
                    place=place(verdict),
                ),
                CASE_COUNTS,
            )
        elif raised(verdict) == "ValueError" and "base64_decode(" in verdict.code:
            if re.search(r"\w\[2:\]", trial.source.text if trial.source else ""):
                look = say(
                    "What went in there is no base64. Print it with repr. "
                    '"C: " is three characters: [2:] leaves the space.'
                )
            else:
                look = say(
                    "What went in there is no base64. Print it with repr. The words AUTH LOGIN "
                    "stand in the server's list of offers, too."
                )
        else:
            return None
        return verdict.reason, verdict.sentence, look

    before = trial.output
    with explained(stumbled):
        got = trial.call(find_credentials, transcript, says="find_credentials(transcript)")
    return got, trial.output.removeprefix(before)


def judge_credentials(
    trial: Trial, got: Any, user: str, password: str, what: str, printed: str
) -> None:
    otherwise = (
        "wrong-credentials",
        returned_in(what, got) if type(got) in (tuple, list, str, bytes) else "",
        say("Which lines of the client's hold the two?"),
    )
    finding = None if got is None else wrong_credentials(got, user, password)
    if got is None:
        finding = (
            "not-found",
            say("Nothing was found in a session with {content}.", content=what),
            say("Read the lines of the client in the steps, and follow your code through them."),
        )
        if user in printed and password in printed:
            finding = (
                "printed-not-returned",
                say("find_credentials printed what it found, and returned None."),
                say("print shows a value to people; return gives it to the caller."),
            )
    judge(trial, got, (user, password), finding, otherwise)


def complaint(octets: bytes | None) -> str:
    """What decode() says when these octets are no UTF-8; else what no sentence contains."""
    try:
        (octets or b"").decode()
    except UnicodeDecodeError as error:
        return str(error)
    return "\0"


def wrong_credentials(got: Any, user: str, password: str) -> Finding | None:
    found: list[Any] = list(got) if type(got) in (tuple, list) else []
    if found == ["Username:", "Password:"]:
        return (
            "servers-lines",
            say("These are the questions of the server, and not the answers of the client."),
            say("Which lines begin with C: and which with S: ?"),
        )
    if found == [letters_of(user.encode()), letters_of(password.encode())]:
        return (
            "still-encoded",
            say("User name and password were found, and are still in base64."),
            say("base64_decode gives octets, and decode() makes text of them."),
        )
    if found == [user.encode(), password.encode()]:
        return (
            "still-bytes",
            say("User name and password were found, and are bytes where str was promised."),
            say("decode() makes text of octets."),
        )
    if found == [password, user]:
        return (
            "swapped",
            say("User name and password were found, and have changed places."),
            say("What is asked for first?"),
        )
    if found[:2] == ["", user]:
        return (
            "empty-first-field",
            say("The empty field before the first NUL was taken for the user name."),
            say("How many fields do two NULs separate?"),
        )
    if type(got) is list and found == [user, password]:
        return (
            "list-for-tuple",
            say("User name and password were found, in a list; a tuple was promised."),
            say("return user, password makes a tuple."),
        )
    folded = octets_of(letters_of(user.encode()).upper()) or b""
    if found[:1] in ([folded.decode(errors=how)] for how in ("replace", "ignore")):
        return (
            "case-folded",
            say("The answers were put into capital letters before they were decoded."),
            CASE_COUNTS,
        )
    if len(found) == 2 and found[0] == user and type(found[1]) is str and found[1] != password:
        return (
            "wrong-password",
            say(
                "The user name is right, and the password that was found is {password!r}.",
                password=found[1],
            ),
            say("Where does the password begin and end?"),
        )
    return None


# cram_md5_response


HEXDIGEST = say("digest() gives octets, hexdigest() gives letters.")


def wrong_answer(got: str, user: str, password: str, challenge: bytes, digest: str) -> Finding:
    key, text = password.encode(), letters_of(challenge).encode()
    if got == f"{user} {digest}":
        return (
            "not-encoded",
            say("User name and digest are right, and were not put into base64."),
            say("The challenge comes in base64, and so goes the answer."),
        )
    octets = octets_of(got) if got.isascii() else None
    if octets is None:
        return (
            "not-base64",
            say("The answer {answer!r} is no base64.", answer=got[:40]),
            say("base64_encode goes over user name, space and digest together."),
        )
    said = octets.decode("utf-8", errors="replace")
    if said == digest:
        return (
            "no-user",
            say("The digest is right, and the user name before it is missing."),
            say("The server must know whose password to compare with."),
        )
    if re.search(r"<b(uilt-in|ound) method", said):
        return (
            "method-not-called",
            say("In place of the digest stands the method that makes it."),
            say("hexdigest without () is the method itself; hexdigest() is what it returns."),
        )
    if said in (f"{user} {bytes.fromhex(digest)!r}", f"{user}{bytes.fromhex(digest)!r}"):
        return (
            "raw-digest",
            say(
                "The digest is right, and stands there as b'...': that is how Python shows octets."
            ),
            HEXDIGEST,
        )
    name, separator, answer = said.rpartition(" ")
    if not separator and said.startswith(user):
        rest = said.removeprefix(user)
        if rest[1:] == digest or rest == digest:
            return (
                "no-space",
                say("User name and digest are right; between them stands no space."),
                say("One space, and nothing else, separates the two."),
            )
    if answer != digest and answer.lower() == digest:
        return (
            "upper-case",
            say("The digest is in capital letters."),
            say("Hexadecimal is in lower case here: hexdigest() writes it so."),
        )
    if octets == user.encode() + b" " + bytes.fromhex(digest):
        return (
            "raw-digest",
            say(
                "The digest is right, and was sent as 16 octets in place of 32 hexadecimal digits."
            ),
            HEXDIGEST,
        )
    if answer == digest:
        return (
            "wrong-user",
            say(
                "The digest is right, and before it stands {said!r} in place of {user!r}.",
                said=name,
                user=user,
            ),
            say("The user name, a space, the digest."),
        )
    return wrong_digest(answer, key, challenge, text)


def wrong_digest(answer: str, key: bytes, challenge: bytes, text: bytes) -> Finding:
    def mac(key: bytes, message: bytes, name: str = "md5") -> str:
        return hmac.new(key, message, name).hexdigest()

    if answer == mac(key, text):
        return (
            "challenge-not-decoded",
            say("The digest was made of the challenge as it came, still in base64."),
            say("What the server signed is what the base64 stands for."),
        )
    if answer == key.decode():
        return (
            "password-sent",
            say("Where the digest should be, the password itself was sent."),
            say("What crosses the wire is the HMAC-MD5 of the challenge under the password."),
        )
    if answer == mac(key, challenge.strip(b"<>")):
        return (
            "brackets-lost",
            say("The digest was made of the challenge without its < and >."),
            say("They are part of what the server sent."),
        )
    if answer in (mac(challenge, key), mac(text, key)):
        return (
            "key-for-message",
            say("Key and message have changed places in the digest."),
            say("The password is the key; the challenge is the message."),
        )
    if answer in (mac(key, challenge, "sha1"), mac(key, challenge, "sha256")):
        return (
            "other-digest",
            say("The digest was made with another function than MD5."),
            say('The name of the mechanism says which: "md5".'),
        )
    joined = (challenge + key, key + challenge, text + key, key + text)
    if answer in (hashlib.md5(both, usedforsecurity=False).hexdigest() for both in joined):
        return (
            "no-hmac",
            say("The digest is a bare MD5 of password and challenge together, and no HMAC."),
            say("HMAC mixes the key in twice. hmac.new does it."),
        )
    if answer in (mac(octets, challenge) for octets in charsets(key)):
        return (
            "not-utf-8",
            say("The password was not encoded as UTF-8."),
            say('password.encode("utf-8") makes the key.'),
        )
    if answer in (mac(key, repr(challenge).encode()), mac(repr(key).encode(), challenge)):
        return (
            "repr-of-bytes",
            say("The digest was made of b'...', quotes included: that is how Python shows bytes."),
            say(
                "str(some_bytes) writes the b and the quotes too. hmac.new takes bytes as they are."
            ),
        )
    if answer == mac(letters_of(key).encode(), challenge):
        return (
            "password-encoded",
            say("The password went into base64 before it became the key."),
            say("The key is the password's own octets."),
        )
    if answer == "b913a602c7eda7a495b4e6e7334d3890":
        return (
            "example-answer",
            say("The answer is that of the example, for another challenge."),
            say("A challenge is new each time, and so is its answer."),
        )
    return (
        "wrong-digest",
        say(
            "The digest {digest!r} is not the HMAC-MD5 of this challenge under this password.",
            digest=answer[:40],
        ),
        say(
            "Print the key and the message before hmac.new takes them. Are they the octets you "
            "mean?"
        ),
    )
