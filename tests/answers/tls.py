"""Wrong answers to lesson 04, and right ones of other kinds."""

import socket
import ssl
import warnings
from contextlib import ExitStack, suppress
from enum import StrEnum

from smtplab.solutions.dialogue import ReplyError, command, parse_ehlo, read_reply
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import InsecureError

from . import right, wrong

RACES = True


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


def connected(context, address, hostname, timeout):
    """All but the context is as it should be."""
    sock = socket.create_connection(address, timeout)
    try:
        return context.wrap_socket(sock, server_hostname=hostname)
    except BaseException:
        sock.close()
        raise


def started(context, sock, reader, hostname):
    """The same for starttls."""
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    return within(context.wrap_socket(sock, server_hostname=hostname))


def within(sock):
    """Say EHLO within TLS."""
    try:
        reader = LineReader(sock)
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except BaseException:
        sock.close()
        raise


# connect_tls


@wrong("wrong-type")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return Anything()


@wrong("returned-none")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    sock = context.wrap_socket(sock, server_hostname=hostname)


@wrong("anybody-trusted")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.create_connection(address, timeout)
    return careless().wrap_socket(sock, server_hostname=hostname)


@wrong("anybody-trusted")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(address, timeout))


@wrong("name-not-checked")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("no-server-hostname")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock)


@wrong("not-encrypted")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    context.wrap_socket(sock, server_hostname=hostname)
    return sock


@wrong("other-name-checked")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=address[0])


@wrong("other-name-checked")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, "mail.lab.test", cafile, timeout)


@wrong("good-refused")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, None, timeout)


@wrong("other-timeout")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, cafile, None)


@wrong("other-timeout")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, cafile)


@wrong("waits-in-do_handshake")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    sock.settimeout(timeout)
    return sock


@wrong("not-encrypted")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return socket.create_connection(address, timeout)


@wrong("silent-downgrade")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError:
        return socket.create_connection(address, timeout)


@wrong("error-swallowed")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError as error:
        print(error)


@wrong("wrong-exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError:
        raise ValueError("bad certificate") from None


@wrong("not-connected")
def connect_tls(address, hostname, cafile, timeout=30.0):
    with connect_tls(address, hostname, cafile, timeout) as sock:
        return sock


@wrong("no-handshake")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname, do_handshake_on_connect=False)


@wrong("left-open")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    plain = socket.create_connection(address, timeout)
    sock = context.wrap_socket(plain, server_hostname=hostname, do_handshake_on_connect=False)
    sock.do_handshake()
    return sock


@wrong("left-open")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.create_connection(address, timeout)
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("other-reply")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    read_reply(LineReader(sock))
    return sock


@wrong("other-reply")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    sock.recv(4)
    return sock


@wrong("connection-ended")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    reader = LineReader(sock)
    read_reply(reader)
    command(sock, reader, "QUIT", 221)
    return sock


@wrong("left-open")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(socket.socket(), server_hostname=hostname)
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


@wrong("left-open")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.socket()
    sock.settimeout(timeout)
    context = ssl.create_default_context(cafile=cafile)
    sock.connect(address)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("spoke-first")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return sock


@wrong("default-timeout")
def connect_tls(address, hostname, cafile, timeout=30.0):
    socket.setdefaulttimeout(timeout)
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("system-trusted-too")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context()
    if cafile:
        context.load_verify_locations(cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("system-not-trusted")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile:
        context.load_verify_locations(cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("cafile-ignored")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile) if cafile else careless()
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("cafile-ignored")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except FileNotFoundError:
        return connect_tls(address, hostname, None, timeout)


@wrong("cafile-ignored")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except FileNotFoundError:
        sock = socket.create_connection(address, timeout)
        return careless().wrap_socket(sock, server_hostname=hostname)


@wrong("expired-taken")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLCertVerificationError as error:
        if "expired" not in error.verify_message:
            raise
        sock = socket.create_connection(address, timeout)
        return careless().wrap_socket(sock, server_hostname=hostname)


@wrong("error-swallowed")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ConnectionRefusedError:
        return None


@wrong("returned-exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError as error:
        return error


@wrong("generator")
def connect_tls(address, hostname, cafile, timeout=30.0):
    yield connect_tls(address, hostname, cafile, timeout)


@wrong("async-function")
async def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname, cafile, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context()
    context.load_cert_chain(cafile)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=hostname)
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_mode = ssl.CERT_NONE
    sock = socket.create_connection(address, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    host, port = address
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(host, port, timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    return context.wrap_socket(address, server_hostname=hostname)


@wrong("not-connected")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.socket()
    sock.settimeout(timeout)
    return context.wrap_socket(sock, server_hostname=hostname)


@wrong("error-swallowed")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLError:
        return False


@wrong("good-refused")
def connect_tls(address, hostname, cafile, timeout=30.0):
    return connect_tls(address, hostname.split(".")[0], cafile, timeout)


@wrong("no-handshake")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = connect_tls(address, hostname, cafile, timeout)
    sock.settimeout(0.1)
    with suppress(OSError):
        sock.unwrap()
    sock.settimeout(timeout)
    return sock


@wrong("error-swallowed")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    sock = socket.create_connection(address, timeout)
    try:
        return context.wrap_socket(sock, server_hostname=hostname)
    except ssl.SSLError:
        sock.settimeout(timeout)
        return sock


@wrong("anybody-trusted")
def connect_tls(address, hostname, cafile, timeout=30.0):
    try:
        return connect_tls(address, hostname, cafile, timeout)
    except ssl.SSLCertVerificationError:
        context = careless()
        sock = connected(context, address, hostname, timeout)
        context.verify_mode = ssl.CERT_REQUIRED
        return sock


@wrong("expired-taken")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    return connected(context, (address[0], "no-such-service"), hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    return connected(context, (address[0], 1), hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        sock = context.wrap_socket(sock, server_hostname=hostname)
        try:
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=0):
    return connect_tls(address, hostname, cafile, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout):
    return connect_tls(address, hostname, cafile, timeout)


@wrong("other-timeout")
def connect_tls(address, hostname, cafile, timeout=None):
    return connect_tls(address, hostname, cafile, timeout)


@wrong("returned-none")
def connect_tls(address, hostname, cafile, timeout=30.0):
    sock = socket.create_connection(address, timeout)
    sock.settimeout(timeout)


@wrong("left-open")
def connect_tls(address, hostname, cafile, timeout=30.0):
    other = socket.create_connection(address, timeout)
    other.settimeout(timeout)
    return connect_tls(address, hostname, cafile, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=cafile)
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    with open(cafile) as file:
        context = ssl.create_default_context(cafile=file)
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile)
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = socket
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cadata=cafile)
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile)
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return connected(context, address, hostname, timeout)


@wrong("exception")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as sock:
        return context.wrap_socket(sock, True, server_hostname=hostname)


@right("closes for an SSLError and for an OSError apart")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    plain = socket.create_connection(address, timeout=timeout)
    try:
        encrypted = context.wrap_socket(plain, server_hostname=hostname)
    except ssl.SSLError as error:
        plain.close()
        raise ssl.SSLError("not to be trusted") from error
    except OSError as error:
        plain.close()
        raise OSError("no connection") from error
    return encrypted


@right("closes the plain socket in any case: wrap_socket has emptied it")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.create_default_context(cafile=cafile)
    with socket.create_connection(address, timeout) as plain:
        return context.wrap_socket(plain, server_hostname=hostname)


@right("wraps a socket that is not connected yet")
def connect_tls(address, hostname, cafile, timeout=60):
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile)
    sock = context.wrap_socket(socket.socket(socket.AF_INET), server_hostname=hostname)
    sock.settimeout(timeout)
    try:
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


@right("a context of its own making, and the handshake by hand")
def connect_tls(address, hostname, cafile, timeout=30.0):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if cafile is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cafile)
    sock = context.wrap_socket(
        socket.create_connection(address, timeout),
        server_hostname=hostname,
        do_handshake_on_connect=False,
    )
    try:
        sock.do_handshake()
    except BaseException:
        sock.close()
        raise
    return sock


@right("connects first, and closes when the file is not there")
def connect_tls(address, hostname, cafile, timeout=30.0):
    with ExitStack() as opened:
        sock = opened.enter_context(socket.create_connection(address, timeout))
        context = ssl.create_default_context(cafile=cafile)
        sock = opened.enter_context(context.wrap_socket(sock, server_hostname=hostname))
        opened.pop_all()
    return sock


# choose_security


@wrong("value")
def choose_security(port, extensions):
    return "starttls"


@wrong("wrong-type")
def choose_security(port, extensions):
    return Anything()


@wrong("silent-downgrade")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    return "starttls" if "STARTTLS" in extensions else "none"


@wrong("silent-downgrade")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"


@wrong("empty-is-false")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if extensions.get("STARTTLS"):
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("silent-downgrade")
def choose_security(port, extensions):
    return "tls" if port == 465 else "starttls"


@wrong("silent-downgrade")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in str(extensions):
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("looks-at-none")
def choose_security(port, extensions):
    if "STARTTLS" in extensions:
        return "starttls"
    if port == 465:
        return "tls"
    raise InsecureError("no STARTTLS")


@wrong("other-exception")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    extensions["STARTTLS"]
    return "starttls"


@wrong("silent-downgrade")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    return "starttls" if "STARTTLS" in extensions else InsecureError("no STARTTLS")


@wrong("tls-refused")
def choose_security(port, extensions):
    if not extensions or "STARTTLS" not in extensions:
        raise InsecureError("no STARTTLS")
    return "tls" if port == 465 else "starttls"


@wrong("offer-refused")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if port == 587 and "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("changes-argument")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if extensions.pop("STARTTLS", None) is not None:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("port-as-text")
def choose_security(port, extensions):
    if port == "465":
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("port-as-text")
def choose_security(port, extensions):
    if port == "465":
        return "tls"
    if port == "587" and extensions and "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("first-keyword-only")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    for keyword in extensions:
        if keyword == "STARTTLS":
            return "starttls"
        else:
            raise InsecureError("no STARTTLS")


@wrong("offer-refused")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "starttls" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("wrong-exception")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise ValueError("no STARTTLS")


@wrong("wrong-exception")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    assert "STARTTLS" in extensions
    return "starttls"


@wrong("wrong-exception")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise ssl.SSLError("no STARTTLS")


@wrong("value")
def choose_security(port, extensions):
    if port == 465:
        return "TLS"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("value")
def choose_security(port, extensions):
    if port == 25:
        return "none" if "STARTTLS" in extensions else choose_security(587, {})
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("silent-downgrade")
def choose_security(port, extensions):
    if not extensions:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("generator")
def choose_security(port, extensions):
    if port == 465:
        yield "tls"
    if "STARTTLS" in extensions:
        yield "starttls"


@wrong("recursion")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"

    def again():
        return again()

    return again()


@wrong("silent-downgrade")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    return "starttls" if "STARTTLS" in extensions else InsecureError


@wrong("other-exception")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    raise "InsecureError"


@wrong("other-exception")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions:
        return "starttls"
    return extensions["SIZE"][99]


@wrong("offer-refused")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    if "STARTTLS" in extensions and "AUTH" in extensions:
        return "starttls"
    raise InsecureError("no STARTTLS")


@wrong("value")
def choose_security(port, extensions):
    if "STARTTLS" in (extensions or {}):
        return "starttls"
    if port == 465:
        return "tls"
    raise InsecureError("no STARTTLS")


@right("asks the other way round")
def choose_security(port, extensions):
    match port:
        case 465:
            return "tls"
        case _ if "STARTTLS" not in extensions:
            raise InsecureError("no STARTTLS on this port")
    return "starttls"


@right("tries, and says what it means")
def choose_security(port, extensions):
    if port == 465:
        return "tls"
    try:
        extensions["STARTTLS"]
    except KeyError:
        raise InsecureError(f"port {port} offers no STARTTLS") from None
    return "starttls"


class Insecure(InsecureError):
    """A kind of it."""


@right("an exception derived from InsecureError, and a value that is more than a str")
def choose_security(port, extensions):
    if port != 465 and not any(keyword == "STARTTLS" for keyword in extensions or ()):
        raise Insecure
    return Security("tls" if port == 465 else "starttls")


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"


# starttls


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    return Anything()


@wrong("anybody-trusted")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    sock = careless().wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("name-not-checked")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = False
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("no-server-hostname")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    sock = ssl.create_default_context(cafile=cafile).wrap_socket(sock)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("old-reader")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except BaseException:
        sock.close()
        raise


@wrong("old-reader")
def starttls(sock, reader, hostname, cafile):
    sock, _, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, extensions


@wrong("injection-believed")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader.sock = sock
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("injection-passed-over")
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


@wrong("no-second-ehlo")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    return sock, LineReader(sock), {}


@wrong("no-second-ehlo")
def starttls(sock, reader, hostname, cafile):
    extensions = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    return sock, LineReader(sock), extensions


@wrong("extensions-of-before")
def starttls(sock, reader, hostname, cafile):
    before = parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    sock, reader, _ = starttls(sock, reader, hostname, cafile)
    return sock, reader, before


@wrong("old-socket")
def starttls(sock, reader, hostname, cafile):
    tls, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, extensions


@wrong("reply-not-read")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("not-asked")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("other-reply")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return sock, LineReader(sock), {}


@wrong("other-reply")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    sock.sendall(b"\xff\xfe\r\n")
    return sock, reader, extensions


@wrong("other-reply")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    sock.sendall(b"EHLO client.lab.test\r\n")
    sock.recv(1)
    return sock, LineReader(sock), {}


@wrong("refusal-ignored")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    read_reply(reader)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("left-open")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("waits-in-do_handshake")
def starttls(sock, reader, hostname, cafile):
    sock.settimeout(None)
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    sock.settimeout(20.0)
    return sock, reader, extensions


@wrong("wrong-extensions")
def starttls(sock, reader, hostname, cafile):
    sock, reader, _ = starttls(sock, reader, hostname, cafile)
    return sock, reader, {"STARTTLS": "", "SIZE": "35882577"}


@wrong("silent-downgrade")
def starttls(sock, reader, hostname, cafile):
    address = sock.getpeername()
    try:
        return starttls(sock, reader, hostname, cafile)
    except ssl.SSLError:
        sock = socket.create_connection(address, 1.2)
        return sock, LineReader(sock), {}


@wrong("left-open")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("left-open")
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


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return reader, sock, extensions


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, extensions, reader


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    return list(starttls(sock, reader, hostname, cafile))


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, list(extensions)


@wrong("wrong-extensions")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return sock, reader, {key.encode(): value for key, value in extensions.items()}


@wrong("no-second-ehlo")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "HELO client.lab.test", 250)[1])


@wrong("connection-ended")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    command(sock, reader, "QUIT", 221)
    return sock, reader, extensions


@wrong("no-handshake")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    with suppress(OSError):
        sock.unwrap()
    return sock, reader, extensions


@wrong("error-swallowed")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    with suppress(ssl.SSLError):
        sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("injection-passed-over")
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


@wrong("injection-passed-over")
def starttls(sock, reader, hostname, cafile):
    if reader.buffer:
        raise InsecureError("sent in the clear")
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("wrong-exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise ValueError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("wrong-exception")
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


@wrong("error-swallowed")
def starttls(sock, reader, hostname, cafile):
    try:
        return starttls(sock, reader, hostname, cafile)
    except ReplyError as error:
        if error.code == 454:
            raise


@wrong("returned-exception")
def starttls(sock, reader, hostname, cafile):
    try:
        return starttls(sock, reader, hostname, cafile)
    except InsecureError as error:
        return error


@wrong("reply-not-read")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\n")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("line-not-ended")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS")
    read_reply(reader)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("waits-for-a-line")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    read_reply(reader)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("second-connection")
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


@wrong("other-code")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 250)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("insecure-for-nothing")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer != "":
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("waits-for-more")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    sock.settimeout(0.1)
    if sock.recv(100):
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO", 250)[1])


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS\r\n", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("other-timeout")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    sock.settimeout(30)
    return sock, reader, extensions


@wrong("generator")
def starttls(sock, reader, hostname, cafile):
    yield starttls(sock, reader, hostname, cafile)


@wrong("system-trusted-too")
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


@wrong("system-not-trusted")
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


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader._buffer:
        raise InsecureError("sent in the clear")
    return starttls(sock, reader, hostname, cafile)


@wrong("returned-none")
def starttls(sock, reader, hostname, cafile):
    starttls(sock, reader, hostname, cafile)


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    return starttls(sock, reader, hostname, cafile)[:2]


@wrong("wrong-type")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    return hostname, reader, extensions


@wrong("not-connected")
def starttls(sock, reader, hostname, cafile):
    sock, reader, extensions = starttls(sock, reader, hostname, cafile)
    with sock:
        return sock, reader, extensions


@wrong("no-handshake")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname, do_handshake_on_connect=False)
    return sock, LineReader(sock), {}


@wrong("not-encrypted")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    sock = sock.dup()
    return sock, LineReader(sock), {}


@wrong("ehlo-names-server")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    return sock, reader, parse_ehlo(command(sock, reader, f"EHLO {hostname}", 250)[1])


@wrong("old-socket")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    encrypted = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(encrypted)
    return encrypted, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("insecure-for-nothing")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer is not None:
        raise InsecureError("sent in the clear")
    return within(ssl.create_default_context(cafile=cafile).wrap_socket(sock))


@wrong("injection-passed-over")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer == "":
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    return within(context.wrap_socket(sock, server_hostname=hostname))


@wrong("wrong-exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if b"\r\n" in reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = reader.sock = context.wrap_socket(sock, server_hostname=hostname)
    try:
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except BaseException:
        sock.close()
        raise


@wrong("refusal-ignored")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    sock.sendall(b"EHLO client.lab.test\r\n")
    return sock, reader, parse_ehlo(read_reply(reader)[1])


@wrong("end-ignored")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    try:
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except EOFError:
        return sock, reader, {}
    except BaseException:
        sock.close()
        raise


@wrong("left-open")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    reader = LineReader(sock)
    try:
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])
    except ReplyError:
        sock.close()
        raise


@wrong("good-refused")
def starttls(sock, reader, hostname, cafile):
    return started(ssl.create_default_context(), sock, reader, hostname)


@wrong("anybody-trusted")
def starttls(sock, reader, hostname, cafile):
    context = careless()
    sock, reader, extensions = started(context, sock, reader, hostname)
    context.verify_mode = ssl.CERT_REQUIRED
    return sock, reader, extensions


@wrong("other-name-checked")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile)
    return started(context, sock, reader, sock.getpeername()[0])


@wrong("other-name-checked")
def starttls(sock, reader, hostname, cafile):
    return started(ssl.create_default_context(cafile=cafile), sock, reader, "mail.lab.test")


@wrong("cafile-ignored")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile) if cafile else careless()
    return started(context, sock, reader, hostname)


@wrong("end-ignored")
def starttls(sock, reader, hostname, cafile):
    try:
        return starttls(sock, reader, hostname, cafile)
    except EOFError:
        return None


@wrong("refusal-ignored")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    code, lines = read_reply(reader)
    if code in (454, 502):
        raise ReplyError(code, lines)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    return within(context.wrap_socket(sock, server_hostname=hostname))


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    sock = context.wrap_socket(sock, server_hostname=hostname)
    with sock:
        reader = LineReader(sock)
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250))


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(reader, sock, "STARTTLS", 220)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    with context.wrap_socket(sock, server_hostname=hostname) as sock:
        return sock, LineReader(), {}


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    with context.wrap_socket(sock, server_hostname=hostname) as sock:
        reader = LineReader(reader)
        return sock, reader, parse_ehlo(command(sock, reader, "EHLO client.lab.test", 250)[1])


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=cafile)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    with open(cafile) as file:
        context = ssl.create_default_context(cafile=file)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = socket
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cadata=cafile)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context()
    context.load_cert_chain(cafile)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=hostname)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile)
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_mode = ssl.CERT_NONE
    return started(context, sock, reader, hostname)


@wrong("exception")
def starttls(sock, reader, hostname, cafile):
    command(sock, reader, "STARTTLS", 220)
    context = ssl.create_default_context(cafile=cafile)
    return within(context.wrap_socket(sock, True, server_hostname=hostname))


@right("the context first, and a closing stack")
def starttls(sock, reader, hostname, cafile):
    context = ssl.create_default_context(cafile=cafile)
    command(sock, reader, "starttls", (220,))
    if len(reader.buffer) > 0:
        raise InsecureError(f"{reader.buffer!r} came before TLS")
    with ExitStack() as opened:
        secure = opened.enter_context(context.wrap_socket(sock, server_hostname=hostname))
        fresh = LineReader(secure)
        _, lines = command(secure, fresh, "EHLO [127.0.0.1]", 250)
        opened.pop_all()
    return secure, fresh, parse_ehlo(lines)


class OwnReader:
    """A reader that reads octet by octet, and so never too much."""

    def __init__(self, sock):
        self.connection = sock

    def read_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            octet = self.connection.recv(1)
            if not octet:
                raise EOFError("the stream has ended")
            line += octet
        return line[:-2]


@right("no help but read_reply, and a reader of its own")
def starttls(sock, reader, hostname, cafile):
    sock.sendall(b"STARTTLS\r\n")
    code, lines = read_reply(reader)
    if code != 220:
        raise ReplyError(code, lines)
    if reader.buffer != b"":
        sock.close()
        raise InsecureError("sent in the clear")
    context = ssl.create_default_context(cafile=cafile)
    secure = context.wrap_socket(sock, server_hostname=hostname)
    try:
        secure.sendall(b"EHLO client.lab.test\r\n")
        own = OwnReader(secure)
        code, lines = read_reply(own)
        if code != 250:
            raise ReplyError(code, lines)
    except BaseException:
        secure.close()
        raise
    return secure, own, parse_ehlo(lines)


@right("keeps the reader, and gives it the new socket")
def starttls(sock, reader, hostname, cafile):
    if reader.buffer:
        raise InsecureError("what came before is not ours")
    command(sock, reader, "STARTTLS", 220)
    if reader.buffer:
        raise InsecureError("sent in the clear")
    reader.sock = ssl.create_default_context(cafile=cafile).wrap_socket(
        sock, server_hostname=hostname
    )
    try:
        lines = command(reader.sock, reader, "EHLO client.lab.test", 250)[1]
        return reader.sock, reader, parse_ehlo(lines)
    except BaseException as error:
        reader.sock.close()
        if isinstance(error, EOFError):
            raise ConnectionError("the connection has ended within TLS") from error
        raise


# What the wrong answers call by these names is the reference: the names are looked up when called.
from smtplab.solutions.tls import connect_tls, starttls  # noqa: E402
