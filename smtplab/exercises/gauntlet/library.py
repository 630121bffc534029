"""Whom the gauntlet compares with: a mail sent as people send it with smtplib and EmailMessage."""

import smtplib
import ssl
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from ...solutions.multipart import media_type

__all__ = ["with_smtplib"]


def with_smtplib(
    host: str, port: int, *, security: str, user: str | None = None, password: str | None = None,
    cafile: str | None = None, hostname: str | None = None, sender: str, recipients: list[str],
    subject: str, text: str, html: str | None = None,
    inline: Iterable[tuple[str, bytes]] = (), attachments: Iterable[tuple[str, bytes]] = (),
    timeout: float = 30.0,
) -> Mapping[str, tuple[int, bytes]]:  # fmt: skip
    """Send one mail as send_mail does, as people do it with smtplib and EmailMessage.

    smtplib knows no other name for the certificate than the host's: hostname is not used.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="client.lab.test")
    message.set_content(text)
    if html is not None:
        pictures = [(name, data, make_msgid(domain="client.lab.test")) for name, data in inline]
        for name, _, content_id in pictures:
            html = html.replace(f"cid:{name}", f"cid:{content_id[1:-1]}")
        message.add_alternative(html, subtype="html")
        page = message.get_body(("html",))
        for name, data, content_id in pictures:
            assert isinstance(page, EmailMessage)
            kind = media_type(name).split("/")
            page.add_related(data, *kind, cid=content_id, filename=name, disposition="inline")
    for name, data in attachments:
        message.add_attachment(data, *media_type(name).split("/"), filename=name)
    context = ssl.create_default_context(cafile=cafile)
    options: dict[str, Any] = {"local_hostname": "client.lab.test", "timeout": timeout}
    client = (
        smtplib.SMTP_SSL(host, port, context=context, **options)
        if security == "tls"
        else smtplib.SMTP(host, port, **options)
    )
    with client:
        if security == "starttls":
            client.starttls(context=context)
        if user is not None and password is not None:
            client.login(user, password)
        return client.send_message(message, sender, recipients)
