"""Lesson 04: a connection that nobody else reads, to the server that we mean."""

import ipaddress
import re
import socket
import ssl

from .dialogue import command, parse_ehlo
from .sockets import LineReader

__all__ = ["InsecureError", "choose_security", "connect_tls", "own_name", "starttls"]

# Two labels or more, of letters, digits and hyphens: what is no number has a letter first.
FULL_NAME = r"(?i)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"


class InsecureError(Exception):
    """Going on would say secrets to somebody we do not know, or in the clear."""

    def __init__(self, why="somebody may sit on the way"):
        super().__init__(why)


def connect_tls(address, hostname, cafile, timeout=30.0):
    """Connect and speak TLS from the first octet: return the encrypted socket.

    address is (host, port); hostname is the name that the server's certificate must hold;
    cafile is the path of a PEM file with the authorities to trust, None for the system's own;
    timeout is in seconds, for each wait.
    Raise ssl.SSLError when the certificate is not to be trusted, and OSError when there is no
    connection, or no such file; the socket is closed then.
    Source: RFC 8314, sections 3 and 5; RFC 9525.

    >>> sock = connect_tls(lab.address(465), lab.hostname, lab.ca_file)
    """
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    try:
        return context.wrap_socket(sock, server_hostname=hostname)
    except BaseException:
        sock.close()
        raise


def own_name(sock):
    """Return who we are, as EHLO says it (str): a full name, or the address of our end.

    A name that only this house knows, without a dot or below .local, tells a server nothing. Who
    talks to the own machine asks nobody for its name.
    Source: RFC 5321, sections 2.3.5, 4.1.1.1 and 4.1.3.

    >>> own_name(sock)
    '[127.0.0.1]'
    """
    address = ipaddress.ip_address(sock.getsockname()[0].partition("%")[0])
    name = socket.gethostname()
    if "." not in name and not address.is_loopback:
        name = socket.getfqdn(name)
    if re.fullmatch(FULL_NAME, name) and not name.lower().endswith((".local", ".localdomain")):
        return name
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def choose_security(port, extensions):
    """Return how to protect a session: "tls" or "starttls". Never "none".

    port is 465, 587 or 25, an int; extensions is what parse_ehlo gave. On 465 it does not
    count: nothing is said before TLS, and it may be None. Raise InsecureError when STARTTLS
    is needed and not offered: the offer may have been struck out on the way.
    Source: RFC 8314, sections 3.3 and 4.1; RFC 3207, section 6.

    >>> choose_security(587, {"STARTTLS": "", "SIZE": "35882577"})
    'starttls'
    """
    if port == 465:
        return "tls"
    if "STARTTLS" not in extensions:
        raise InsecureError(f"port {port} offers no STARTTLS: nothing secret is said here")
    return "starttls"


def starttls(sock, reader, hostname, cafile):
    """Turn a plain connection into an encrypted one: return (sock, reader, extensions).

    sock and reader are those of the plain session, after EHLO; the new ones take their place.
    What was read before TLS is forgotten: EHLO is said again, and extensions is what it
    brings, as parse_ehlo gives it. Raise ReplyError when the server refuses, InsecureError
    when octets came with its reply that were sent in the clear, and ssl.SSLError as
    connect_tls does. An error before the handshake leaves sock open; from the handshake on,
    an error closes the socket.
    Source: RFC 3207, sections 4 and 4.2; RFC 8314, section 5.

    >>> sock, reader, extensions = starttls(sock, reader, lab.hostname, lab.ca_file)
    """
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError(f"sent in the clear, after the server said go: {reader.buffer!r}")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        reader = LineReader(sock)
        _, lines = command(sock, reader, f"EHLO {own_name(sock)}", 250)
    except BaseException:
        sock.close()
        raise
    return sock, reader, parse_ehlo(lines)
