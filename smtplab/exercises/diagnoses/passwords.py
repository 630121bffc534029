"""Lesson 08: a password that others could hear, a login left out, a choice of security undone."""

import base64

from ...catalogue import say
from ..cases import Finding
from .sending import Sent

__all__ = [
    "CAFILE_IGNORED",
    "DOWNGRADE",
    "LOGIN_SKIPPED",
    "NOT_FOR_LOGIN",
    "NO_PASSWORD",
    "NO_USER",
    "hostname_ignored",
    "secret_told",
    "tls_not_asked",
]

DOWNGRADE = (
    "silent-downgrade",
    say("The server offered no STARTTLS, and send_mail went on in the clear."),
    say("Somebody may have struck out the offer. The caller said 'starttls': raise InsecureError."),
)
CAFILE_IGNORED = (
    "cafile-ignored",
    say("cafile was None, and send_mail trusted the lab's authority all the same."),
    say("Does cafile reach connect_tls and starttls? And does the context verify?"),
)
NO_USER = (
    "login-without-user",
    say("log_in was called, and there is no user: user is None."),
    say("Who logs in has a name. Ask for it: if user is not None."),
)
NO_PASSWORD = (
    "no-password",
    say("There was a user and no password, and send_mail went on to the login all the same."),
    say("No login can come of that. Raise ValueError before a word is said."),
)
LOGIN_SKIPPED = (
    "login-skipped",
    say("There was a user, the server offered no AUTH, and send_mail went on without a login."),
    say("log_in raises ValueError there. Call it whenever there is a user, and let it go on."),
)
NOT_FOR_LOGIN = (
    "login-skipped",
    say("There was a user and no password, and send_mail went on without a login."),
    say("Whoever names a user wants a login. Raise ValueError before a word is said."),
)


def secret_told(sent: Sent, user: str, printed: str) -> Finding | None:
    """Whether somebody could read the password: on the wire, in an error, in what was printed."""
    password = sent.lab.account.authorization_code
    both = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    if password in printed or both in printed:
        return (
            "password-printed",
            say("send_mail printed the password."),
            say("What is printed ends up in a log, or on a projector. Print nothing here."),
        )
    if sent.error is not None and password in str(sent.error):
        return (
            "password-told",
            say("The error that send_mail raised has the password in its text."),
            say("Errors end up in logs. Say which user it was, and no more."),
        )
    if not sent.has_said("AUTH", tls=False):
        return None
    if sent.security == "none":
        return (
            "password-in-the-clear",
            say("The password went over in the clear: security was 'none'."),
            say(
                "Whoever asks for that does not know what it means. Raise InsecureError before "
                "anything is said."
            ),
        )
    if sent.struck:
        return DOWNGRADE
    return (
        "auth-before-tls",
        say("AUTH was said in the clear, before TLS had begun."),
        say("First STARTTLS, then the login, with the extensions that came within TLS."),
    )


def hostname_ignored(hostname: str) -> Finding:
    return (
        "hostname-ignored",
        say(
            "hostname was {hostname!r}, and send_mail told its password to another server.",
            hostname=hostname,
        ),
        say(
            "host says where to connect, hostname whom we mean. Does it reach connect_tls and "
            "starttls? A context of your own must check it, too."
        ),
    )


def tls_not_asked(sent: Sent) -> Finding | None:
    """Whether STARTTLS was said, and the caller had chosen otherwise."""
    if sent.security == "starttls" or not sent.has_said("STARTTLS"):
        return None
    return (
        "tls-not-asked",
        say("security was {security!r}, and send_mail said STARTTLS.", security=sent.security),
        say(
            "The caller has chosen, and the server's offer changes nothing: TLS that nobody asked "
            "for fails where its certificate is unknown. if security == 'starttls'."
        ),
    )
