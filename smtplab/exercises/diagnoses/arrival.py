"""Lesson 08: whether the mail that send_mail was given arrived, once, and as it was given."""

from collections.abc import Collection
from dataclasses import replace

from ...catalogue import counted, plural, say
from ...lab import Message
from ..arrival import difference
from ..cases import Finding
from ..scenarios import Mail
from .sending import BUILDING, Sent

__all__ = ["NOT_STUFFED", "undelivered", "wrong_mail"]

NOT_STUFFED = (
    "not-stuffed",
    say(
        "The mail arrived, but lines of its text that begin with a dot are not as they were: a "
        "lone one ended it."
    ),
    say("deliver doubles those dots. Whoever sends the message otherwise must do it too."),
)


def undelivered(sent: Sent) -> Finding | None:
    """Whether it returned, and the mail is not there once."""
    if sent.session is None and not sent.arrived:
        return (
            "not-sent",
            say(
                "send_mail returned {value!r:.60}, and nobody has connected to the provider "
                "(security was {security!r}).",
                value=sent.value,
                security=sent.security,
            ),
            say("What is returned must come from what the server said."),
        )
    if not sent.arrived:
        return (
            "nothing-arrived",
            say("send_mail returned {value!r:.60}, and no mail has arrived.", value=sent.value),
            say(
                "Is the message delivered, on every way through the function? The transcript shows "
                "how far it came."
            ),
        )
    if len(sent.arrived) > 1:
        return (
            "several-mails",
            counted(
                len(sent.arrived),
                plural("The mail arrived {count} time.", "The mail arrived {count} times."),
            ),
            say("deliver takes all recipients at once: one MAIL, a RCPT for each, one DATA."),
        )
    return None


def wrong_mail(sent: Sent, refused: Collection[str]) -> Finding | None:
    """Whether the mail that arrived is another than the one that was to be sent."""
    mail, message = sent.mail, sent.arrived[0]
    people = list(dict.fromkeys(r for r in mail.recipients if r not in refused))
    if sorted(message.recipients) != sorted(people) and set(message.recipients) == set(people):
        return (
            "recipient-twice",
            say(
                "The mail went to {recipients}: one of them twice.",
                recipients=", ".join(message.recipients),
            ),
            say(
                "The caller named an address twice. dict.fromkeys(recipients) keeps each once, in "
                "order."
            ),
        )
    if b"Subject:" not in message.raw:
        return (
            "message-not-built",
            say("The mail arrived without a header: no Subject is in it."),
            say("deliver takes what build_message makes, and that is bytes."),
        )
    return _part_lost(mail, message) or _not_as_given(sent, people)


def _part_lost(mail: Mail, message: Message) -> Finding | None:
    names = [part.filename for part in message.parts]
    for lost, parameter, sentence in (
        (mail.html is not None and message.html is None, "html",
         say("The mail arrived without its HTML.")),
        (any(name not in names for name, _ in mail.attachments), "attachments",
         say("The mail arrived without an attachment.")),
        (any(name not in names for name, _ in mail.inline), "inline",
         say("The mail arrived without its picture.")),
    ):  # fmt: skip
        if lost:
            return (
                f"{parameter}-lost",
                sentence,
                say(
                    "Does {parameter} reach build_message, in its place among the arguments?",
                    parameter=parameter,
                ),
            )
    return None


def _not_as_given(sent: Sent, people: list[str]) -> Finding | None:
    mail, message = sent.mail, sent.arrived[0]
    asked = next((line for _, line in sent.said if line.upper().startswith("MAIL")), "")
    options = asked.upper().rpartition(">")[2]
    unique = replace(mail, recipients=tuple(dict.fromkeys(mail.recipients)))
    wrong = difference(unique, message, people, options)
    # Whom the caller named twice, To may name twice.
    if not wrong or not difference(mail, message, people, options):
        return None
    envelope = message.sender != mail.sender or sorted(message.recipients) != sorted(people)
    dots = any(line.startswith(".") for line in mail.text.split("\n"))
    if not envelope and dots and (message.text or "").split() != mail.text.split():
        return NOT_STUFFED
    return (
        "wrong-message",
        # Translators: {difference} is the end of the sentence: "its subject is 'Hello'".
        say("The mail arrived, but {difference}.", difference=wrong),
        say("deliver takes the sender and the recipients as the caller named them.")
        if envelope
        else BUILDING,
    )
