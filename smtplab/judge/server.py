"""The server that a student's client talks to in a check: one session, line by line.

It is lenient: it takes what it can make out, so that a check can say what was wrong with it. What
it does by itself is what a server in good order does; `answers` and `instead` make it refuse, hang
up or say nothing, at the place that a case wants.
"""

import base64
import re
from collections.abc import Callable, Mapping
from functools import partial

__all__ = ["OFFERS", "SmtpServer"]

OFFERS = b"250-mail.lab.test\r\n250-SIZE 1000000\r\n250 AUTH LOGIN PLAIN CRAM-MD5\r\n"
CHALLENGE = b"<7.1@mail.lab.test>"  # what CRAM-MD5 is given to sign
USUAL = {
    b"HELO": b"250 mail.lab.test\r\n",
    b"MAIL": b"250 2.0.0 OK\r\n",
    b"RCPT": b"250 2.1.5 recipient OK\r\n",
    b"DATA": b"354 end with a lone dot\r\n",
    b"RSET": b"250 2.0.0 OK\r\n",
    b"NOOP": b"250 2.0.0 OK\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}
# What a login says first, and how it is asked for that.
MECHANISMS = {
    b"LOGIN": ("user", b"334 VXNlcm5hbWU6\r\n"),
    b"PLAIN": ("plain", b"334 \r\n"),
    b"CRAM-MD5": ("response", b"334 " + base64.b64encode(CHALLENGE) + b"\r\n"),
}

Reply = bytes | None  # b"" is silence, None hangs up
Effect = Callable[[], None]


class SmtpServer:
    """The receiving end of a session, for the `serve` of a ScriptedSocket.

    answers: another reply than the usual one, by the beginning of a line in any case (b"MAIL",
    b"RCPT TO:<lin@lab.test>"), to the end of the message (b"."), or to what a login says in base64
    (b"user", b"password", b"plain", b"response"). offers is the reply to EHLO. instead are
    numbers of replies, from 0, and what is said in the place of each.
    """

    def __init__(
        self,
        answers: Mapping[bytes, Reply] | None = None,
        offers: Reply = OFFERS,
        instead: Mapping[int, Reply] | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.offers = offers
        self.instead = dict(instead or {})
        self.replies: list[tuple[bytes, bytes]] = []  # each line that was answered, and how
        self.mails: list[bytes] = []
        self.recipients: list[bytes] = []
        self.content: list[bytes] | None = None
        self.awaits = ""  # what a login is to say next

    def again(self, instead: Mapping[int, Reply] | None = None) -> "SmtpServer":
        """Another server of the same kind, at the beginning of a session."""
        return type(self)(self.answers, self.offers, instead or self.instead)

    def __call__(self, line: bytes) -> Reply:
        key, usual, effect = self._usual(line)
        reply = self._answer(key, line, usual)
        if usual or reply:
            reply = self.instead.get(len(self.replies), reply)
            self.replies.append((line, reply or b""))
        if reply and reply[:1] == usual[:1] and effect:
            effect()
        return reply

    def _answer(self, key: bytes, line: bytes, usual: bytes) -> Reply:
        found: list[tuple[int, Reply]] = [
            (len(start), answer)
            for start, answer in self.answers.items()
            if key == start or (len(key) > 1 and line.upper().startswith(start.upper()))
        ]
        return max(found, key=lambda each: each[0])[1] if found else usual

    def _usual(self, line: bytes) -> tuple[bytes, bytes, Effect | None]:
        """What a line is, the reply that is due, and what it does when that is no refusal."""
        if self.content is not None:
            return self._content(self.content, line)
        if self.awaits:
            return self._login(self.awaits, line)
        verb = re.match(rb"[A-Za-z]*", line)[0].upper()  # type: ignore[index]
        if verb == b"AUTH":
            return self._auth(line)
        reply = USUAL.get(verb, b"500 5.5.2 command not recognized\r\n")
        effect: Effect | None = None
        match verb:
            case b"EHLO":
                reply, effect = self.offers or b"", self.recipients.clear
            case b"HELO" | b"RSET" | b"MAIL":
                effect = self.recipients.clear
            case b"RCPT":
                effect = partial(self.recipients.append, line)
            case b"DATA" if self.recipients:
                effect = partial(setattr, self, "content", [])
            case b"DATA":
                reply = b"554 5.5.1 no valid recipients\r\n"
        return verb or line[:4], reply, effect

    def _content(self, content: list[bytes], line: bytes) -> tuple[bytes, bytes, Effect | None]:
        if line != b".":
            content.append(line.removeprefix(b"."))
            return b"", b"", None
        mail = b"".join(each + b"\r\n" for each in content)
        self.content = None
        return b".", b"250 2.0.0 message taken\r\n", partial(self.mails.append, mail)

    def _auth(self, line: bytes) -> tuple[bytes, bytes, Effect | None]:
        _, mechanism, initial, *_ = (*line.split(b" "), b"", b"")
        if mechanism.upper() not in MECHANISMS:
            return b"AUTH", b"504 5.5.4 no such mechanism\r\n", None
        step, prompt = MECHANISMS[mechanism.upper()]
        if initial:
            refused = self._answer(b"AUTH", line, b"")
            if refused or len(self.replies) in self.instead:
                return b"AUTH", refused or prompt, None
            self._leave_out(line)
            return self._login(step, initial)
        return b"AUTH", prompt, partial(setattr, self, "awaits", step)

    def _leave_out(self, line: bytes) -> None:
        """The prompt is not said where the answer came with AUTH, and counts all the same."""
        self.replies.append((line, b""))

    def _login(self, step: str, line: bytes) -> tuple[bytes, bytes, Effect | None]:
        self.awaits = ""
        if line == b"*":  # RFC 4954, section 4: the client gives up
            return step.encode(), b"501 5.7.0 Authentication aborted\r\n", None
        if step == "user":
            return b"user", b"334 UGFzc3dvcmQ6\r\n", partial(setattr, self, "awaits", "password")
        return step.encode(), b"235-2.7.0 Authentication successful\r\n235 2.7.0 Welcome\r\n", None
