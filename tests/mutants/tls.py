"""Wrong answers to lesson 04."""

import socket
import ssl
from contextlib import suppress

from smtplab.solutions.dialogue import ReplyError, command, parse_ehlo, read_reply
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import InsecureError

from . import mutant


class Anything:
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None


def careless():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# connect_tls


@mutant(reason="wrong-type", sentence="returned an object of class Anything")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return Anything()


@mutant(reason="returned-none", sentence="connect_tls returned None")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    sock = context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="anybody-trusted", sentence="shook hands with somebody in the middle")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.create_connection(address, timeout)
    return careless().wrap_socket(sock, server_hostname=hostname)


@mutant(reason="anybody-trusted", sentence="shook hands with somebody in the middle")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(address, timeout))


@mutant(reason="name-not-checked", sentence="the name in it was not looked at")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="no-server-hostname", sentence="check_hostname requires server_hostname")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock)


@mutant(reason="not-encrypted", sentence="no TLS is spoken over it")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    context.wrap_socket(sock, server_hostname=hostname)
    return sock


@mutant(reason="other-name-checked", sentence="'127.0.0.1', the address that was dialled")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=address[0])


@mutant(reason="other-name-checked", sentence="'mail.lab.test', a name of your own")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, "mail.lab.test", cafile, timeout)


@mutant(reason="good-refused", sentence="refused a certificate that is good")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, None, timeout)


@mutant(reason="no-timeout", sentence="has no timeout")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, cafile, None)


@mutant(reason="other-timeout", sentence="the socket waits for 30")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, cafile)


@mutant(reason="waits-in-do_handshake", sentence="waits in the handshake")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    sock.settimeout(timeout)
    return sock


@mutant(reason="not-encrypted", sentence="no TLS is spoken over it")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return socket.create_connection(address, timeout)


@mutant(reason="silent-downgrade", sentence="went on without it")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError:
        return socket.create_connection(address, timeout)


@mutant(reason="returned-none", sentence="connect_tls returned None")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError as error:
        print(error)


@mutant(reason="other-exception", sentence="ssl.SSLError was promised")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError:
        raise ValueError("bad certificate") from None


@mutant(reason="closed-socket", sentence="is closed")
def connect_tls(address, hostname, cafile, timeout=30.0):
    with connect_tls(address, hostname, cafile, timeout) as sock:
        return sock


@mutant(reason="no-handshake", sentence="before the handshake was done")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname, do_handshake_on_connect=False)


@mutant(reason="left-open", sentence="and left open a connection to")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    plain = socket.create_connection(address, timeout)
    sock = context.wrap_socket(plain, server_hostname=hostname, do_handshake_on_connect=False)
    sock.do_handshake()
    return sock


@mutant(reason="left-open", sentence="and left open a connection to")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.create_connection(address, timeout)
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="greeting-taken", sentence="has read it")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    read_reply(LineReader(sock))
    return sock


@mutant(reason="greeting-taken", sentence="has read it")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    sock.recv(4)
    return sock


@mutant(reason="connection-ended", sentence="nothing more comes over the socket")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    reader = LineReader(sock)
    read_reply(reader)
    command(sock, reader, "QUIT", 221)
    return sock


@mutant(reason="left-open", sentence="raised SSLCertVerificationError and left open")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(socket.socket(), server_hostname=hostname)
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


@mutant(reason="left-open", sentence="raised FileNotFoundError and left open a socket of its own")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.socket()
    sock.settimeout(timeout)
    context = ssl.create_default_context(cafile=cafile)
    sock.connect(address)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(
    reason="spoke-first",
    sentence="has said 'EHLO client.lab.test', and the server had not yet greeted",
)
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return sock


@mutant(reason="default-timeout", sentence="every socket that this program will make")
def connect_tls(address, hostname, cafile, timeout=30.0):
    socket.setdefaulttimeout(timeout)
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="system-trusted-too", sentence="trusted the system's besides")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context()
    if cafile:
        context.load_verify_locations(cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="system-not-trusted", sentence="did not trust the system's authorities")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile:
        context.load_verify_locations(cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="cafile-ignored", sentence="trusted the lab's authority all the same")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile) if cafile else careless()
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="cafile-ignored", sentence="went on with other authorities")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except FileNotFoundError:
        return connect_tls(address, hostname, None, timeout)


@mutant(reason="cafile-ignored", sentence="trusted somebody although cafile is no file")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except FileNotFoundError:
        sock = socket.create_connection(address, timeout)
        return careless().wrap_socket(sock, server_hostname=hostname)


@mutant(reason="expired-taken", sentence="took a certificate that has expired")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLCertVerificationError as error:
        if "expired" not in error.verify_message:
            raise
        sock = socket.create_connection(address, timeout)
        return careless().wrap_socket(sock, server_hostname=hostname)


@mutant(
    reason="returned-none",
    sentence="Where nobody listened, connect_tls returned None; OSError was promised",
)
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ConnectionRefusedError:
        return None


@mutant(reason="exception-returned", sentence="returned the exception SSLCertVerificationError")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError as error:
        return error


@mutant(reason="generator", sentence="connect_tls returned a generator")
def connect_tls(address, hostname, cafile, timeout=30.0):
    yield connect_tls(address, hostname, cafile, timeout)


@mutant(reason="async-function", sentence="is an `async def`")
async def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, cafile, timeout)


@mutant(reason="exception", sentence="at line ")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context()
    context.load_cert_chain(cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="exception", sentence="raised FileNotFoundError")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=hostname)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="exception", sentence="Cannot set verify_mode to CERT_NONE")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_mode = ssl.CERT_NONE
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="exception", sentence="too many values to unpack")
def connect_tls(address, hostname, cafile, timeout=30.0):
    host, port = address
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(host, port, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="exception", sentence="'tuple' object has no attribute")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(address, server_hostname=hostname)


@mutant(reason="not-connected", sentence="is not connected to anybody")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.socket()
    sock.settimeout(timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@mutant(reason="error-swallowed", sentence="connect_tls returned an object of class bool")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError:
        return False


@mutant(reason="good-refused", sentence="certificate is not valid for 'mail'.")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname.split(".")[0], cafile, timeout)


# choose_security


@mutant(reason="wrong-choice", sentence="returned 'starttls', and 'tls' is right")
def choose_security(port, extensions):
    return "starttls"


@mutant(reason="wrong-type", sentence="choose_security returned")
def choose_security(port, extensions):
    return Anything()


@mutant(reason="silent-downgrade", sentence="returned 'none': the caller goes on")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    return "starttls" if "STARTTLS" in extensions else "none"


@mutant(reason="silent-downgrade", sentence="returned None: the caller goes on")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"


@mutant(reason="empty-is-false", sentence="the empty str counts as False")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if extensions.get("STARTTLS"):
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(
    reason="offer-not-read", sentence="offered no STARTTLS, and choose_security said 'starttls'"
)
def choose_security(port, extensions):
    return "tls" if port == 465 else "starttls"


@mutant(
    reason="offer-not-read", sentence="offered no STARTTLS, and choose_security said 'starttls'"
)
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in str(extensions):
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="looks-at-none", sentence="extensions is None")
def choose_security(port, extensions):
    if "STARTTLS" in extensions:
        return "starttls"
    if port == 465:
        return "tls"
    raise InsecureError("no STARTTLS")


@mutant(reason="other-exception", sentence="raised KeyError")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    extensions["STARTTLS"]
    return "starttls"


@mutant(reason="exception-returned", sentence="it was to be raised")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    return "starttls" if "STARTTLS" in extensions else InsecureError("no STARTTLS")


@mutant(reason="tls-refused", sentence="refused port 465")
def choose_security(port, extensions):
    if not extensions or "STARTTLS" not in extensions:
        raise InsecureError("no STARTTLS")
    return "tls" if port == 465 else "starttls"


@mutant(reason="offer-refused", sentence="Port 25 offered STARTTLS")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if port == 587 and "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="extensions-changed", sentence="changed the extensions of its caller")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if extensions.pop("STARTTLS", None) is not None:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="port-as-text", sentence='compares the port with "465"')
def choose_security(port, extensions):
    if port == "465":
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="port-as-text", sentence='compares the port with "465"')
def choose_security(port, extensions):
    if port == "465":
        return "tls"
    if port == "587" and extensions and "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="first-keyword-only", sentence="but not as the first keyword")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    for keyword in extensions:
        if keyword == "STARTTLS":
            return "starttls"
        else:
            raise InsecureError("no STARTTLS")


@mutant(reason="offer-refused", sentence="Port 587 offered STARTTLS")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "starttls" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="other-exception", sentence="raised ValueError: no STARTTLS for port 587 at line")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise ValueError("no STARTTLS")


@mutant(reason="other-exception", sentence="raised AssertionError for port 587 at line")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    assert "STARTTLS" in extensions
    return "starttls"


@mutant(reason="other-exception", sentence="raised SSLError")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise ssl.SSLError("no STARTTLS")


@mutant(reason="wrong-choice", sentence="returned 'TLS', and 'tls' is right")
def choose_security(port, extensions):
    if port == 465:
        return "TLS"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="wrong-choice", sentence="For port 25 choose_security returned 'none'")
def choose_security(port, extensions):
    if port == 25:
        return "none" if "STARTTLS" in extensions else choose_security(587, {})
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="wrong-port", sentence="and choose_security said 'tls'")
def choose_security(port, extensions):
    if not extensions:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@mutant(reason="generator", sentence="choose_security returned a generator")
def choose_security(port, extensions):
    if port == 465:
        yield "tls"
    if "STARTTLS" in extensions:
        yield "starttls"


@mutant(reason="recursion", sentence="RecursionError")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    return choose_security(port, extensions)


# starttls


@mutant(reason="wrong-type", sentence="returned an object of class Anything")
def starttls(sock, reader, hostname, cafile):
    return Anything()


@mutant(reason="anybody-trusted", sentence="shook hands with somebody in the middle")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    sock = careless().wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="name-not-checked", sentence="the name in it was not looked at")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="no-server-hostname", sentence="check_hostname requires server_hostname")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    sock = ssl.create_default_context(cafile=cafile).wrap_socket(sock)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="old-reader", sentence="to be read from the plain socket")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except BaseException:
        sock.close()
        raise


@mutant(reason="old-reader", sentence="The reader that came back reads from the plain socket")
def starttls(sock, reader, hostname, cafile):
    sock, _, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, extensions


@mutant(reason="injection-believed", sentence="took the reply that was slipped in")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader.sock = sock
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="injection-passed-over", sentence="dropped it without a word")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        reader = LineReader(sock)
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except BaseException:
        sock.close()
        raise


@mutant(reason="no-second-ehlo", sentence="EHLO was not said again")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    return sock, LineReader(sock), {}


@mutant(reason="ehlo-in-the-clear", sentence="before TLS had begun")
def starttls(sock, reader, hostname, cafile):
    extensions = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    return sock, LineReader(sock), extensions


@mutant(reason="extensions-of-before", sentence="those of the EHLO in the clear")
def starttls(sock, reader, hostname, cafile):
    before = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    sock, reader, _ = starttls(sock, reader, hostname, cafile)
    return sock, reader, before


@mutant(reason="old-socket", sentence="the one that was given")
def starttls(sock, reader, hostname, cafile):
    tls, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, extensions


@mutant(reason="reply-not-read", sentence="which nobody had read")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="not-asked", sentence="STARTTLS had not been said")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="reply-left", sentence="nobody has read the server's reply")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return sock, LineReader(sock), {}


@mutant(reason="reply-left", sentence="is still an old one: 500 came for NOOP")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    sock.sendall(b"\xff\xfe\r\n")
    return sock, reader, extensions


@mutant(reason="reply-left", sentence="the middle of a reply came for NOOP")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    sock.sendall(b"EHLO client.lab.test\r\n")
    sock.recv(1)
    return sock, LineReader(sock), {}


@mutant(reason="refusal-ignored", sentence="answered STARTTLS with 454")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    read_reply(reader)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="left-open", sentence="and left open a connection to")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="waits-in-do_handshake", sentence="waits in the handshake")
def starttls(sock, reader, hostname, cafile):
    sock.settimeout(None)
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    sock.settimeout(1.2)
    return sock, reader, extensions


@mutant(reason="wrong-extensions", sentence="are not what EHLO within TLS has brought")
def starttls(sock, reader, hostname, cafile):
    sock, reader, _ = starttls(sock, reader, hostname, cafile)
    return sock, reader, {"STARTTLS": "", "SIZE": "35882577"}


@mutant(reason="silent-downgrade", sentence="went on without it")
def starttls(sock, reader, hostname, cafile):
    address = sock.getpeername()
    try:
        return starttls(sock, reader, hostname, cafile)
    except ssl.SSLError:
        sock = socket.create_connection(address, 1.2)
        return sock, LineReader(sock), {}


@mutant(reason="left-open", sentence="raised InsecureError and left open")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="left-open", sentence="raised ReplyError and left open")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        reader = LineReader(sock)
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ssl.SSLError:
        sock.close()
        raise


@mutant(reason="wrong-order", sentence="object of class LineReader, and the socket is the second")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return reader, sock, extensions


@mutant(reason="no-reader", sentence="The second thing that came back is an object of class dict")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, extensions, reader


@mutant(reason="wrong-type", sentence="in a list, and a tuple is wanted")
def starttls(sock, reader, hostname, cafile):
    return list(starttls(sock, reader, hostname, cafile))


@mutant(reason="wrong-type", sentence="The third thing that came back is an object of class list")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, list(extensions)


@mutant(reason="wrong-type", sentence="b'SIZE' stands in it")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, {key.encode(): value for key, value in extensions.items()}


@mutant(reason="no-second-ehlo", sentence="HELO was said, and not EHLO")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "HELO client.lab.test", 250)[1])


@mutant(reason="connection-ended", sentence="The connection has ended")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    command(sock, reader, "QUIT", 221)
    return sock, reader, extensions


@mutant(reason="tls-ended", sentence="ended TLS again")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    with suppress(OSError):
        sock.unwrap()
    return sock, reader, extensions


@mutant(reason="error-swallowed", sentence="went on with the old socket")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    with suppress(ssl.SSLError):
        sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="injection-passed-over", sentence="Half a line was slipped in")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if b"\r\n" in reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    try:
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except BaseException:
        sock.close()
        raise


@mutant(reason="injection-passed-over", sentence="A reply was slipped in")
def starttls(sock, reader, hostname, cafile):
    if reader.buffer:
        raise InsecureError("sent in the clear")
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(
    reason="other-exception", sentence="When a reply was slipped in, starttls raised ValueError"
)
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise ValueError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(
    reason="other-exception", sentence="When STARTTLS was refused, starttls raised InsecureError"
)
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    if read_reply(reader)[0] != 220:
        raise InsecureError("refused")
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(
    reason="returned-none",
    sentence="When EHLO was refused, starttls returned None; ReplyError was promised",
)
def starttls(sock, reader, hostname, cafile):
    try:
        return starttls(sock, reader, hostname, cafile)
    except ReplyError as error:
        if error.code == 454:
            raise


@mutant(reason="exception-returned", sentence="returned the exception InsecureError")
def starttls(sock, reader, hostname, cafile):
    try:
        return starttls(sock, reader, hostname, cafile)
    except InsecureError as error:
        return error


@mutant(reason="line-not-ended", sentence="and the server for the end of a line")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS")
    read_reply(reader)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="waits-for-a-line", sentence="waited for a line that does not come")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    read_reply(reader)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="second-connection", sentence="opened a connection of its own")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(
        socket.create_connection(sock.getpeername(), 1.2), server_hostname=hostname
    )
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="go-refused", sentence="hoped for another code")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 250)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="insecure-for-nothing", sentence="nothing had been slipped in")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer != "":
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="exception", sentence="raised TimeoutError: timed out at line")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    sock.settimeout(0.1)
    if sock.recv(100):
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="exception", sentence="raised ReplyError: 501")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO", 250)[1])


@mutant(reason="exception", sentence="holds a line break")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS\r\n", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="timeout-lost", sentence="the one that came back has another")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    sock.settimeout(30)
    return sock, reader, extensions


@mutant(reason="generator", sentence="starttls returned a generator")
def starttls(sock, reader, hostname, cafile):
    yield starttls(sock, reader, hostname, cafile)


@mutant(reason="system-trusted-too", sentence="trusted the system's besides")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context()
    if cafile:
        context.load_verify_locations(cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="system-not-trusted", sentence="did not trust the system's authorities")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile:
        context.load_verify_locations(cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@mutant(reason="exception", sentence="has no attribute '_buffer'")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader._buffer:
        raise InsecureError("sent in the clear")
    return starttls(sock, reader, hostname, cafile)


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.tls import connect_tls, starttls  # noqa: E402
