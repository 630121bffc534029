"""The receiving end of a session, as lessons 02, 07 and 08 let a client meet it."""

__all__ = ["Desk"]


class Desk:
    """The receiving end of one session, line by line, for a socket's `serve`.

    It takes what a lenient server takes, so that a check can say what was wrong with it.
    `answers` gives another reply than 250 to a line, by its beginning.
    """

    def __init__(self, answers: dict[bytes, bytes] | None = None) -> None:
        self.answers = answers or {}
        self.mails: list[tuple[bytes, list[bytes], bytes]] = []
        self.commands: list[bytes] = []
        self.sender = b""
        self.recipients: list[bytes] = []
        self.content: list[bytes] | None = None

    def __call__(self, line: bytes) -> bytes:
        if self.content is not None:
            return self._content(line)
        self.commands.append(line)
        verb = line[:4].upper()
        for start, answer in self.answers.items():
            if line.startswith(start):
                if verb == b"RCPT" and answer.startswith(b"25"):
                    self.recipients.append(line[8:])
                return answer
        if verb in (b"MAIL", b"RSET"):
            self.sender, self.recipients = line[10:], []
        elif verb == b"RCPT":
            self.recipients.append(line[8:])
            return b"250 2.1.5 recipient OK\r\n"
        elif verb == b"DATA" and self.recipients:
            self.content = []
            return b"354 end with a lone dot\r\n"
        elif verb == b"DATA":
            return b"554 5.5.1 no valid recipients\r\n"
        elif verb == b"QUIT":
            return b"221 2.0.0 Bye\r\n"
        elif verb not in (b"NOOP", b"EHLO", b"HELO"):
            return b"500 5.5.2 command not recognized\r\n"
        return b"250 2.0.0 OK\r\n"

    def _content(self, line: bytes) -> bytes:
        assert self.content is not None
        if line != b".":
            self.content.append(line.removeprefix(b"."))
            return b""
        raw = b"".join(each + b"\r\n" for each in self.content)
        self.content = None
        answer = self.answers.get(b".", b"250 2.0.0 message taken\r\n")
        if answer.startswith(b"250"):
            self.mails.append((self.sender, list(self.recipients), raw))
        return answer
