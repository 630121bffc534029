"""Lesson 00: a reply code, and a goodbye."""

__all__ = ["reply_code", "say_goodbye"]


def reply_code(line):
    r"""Return the reply code of one reply line, as an int.

    line is bytes, as it came from the socket, with its CRLF.
    Source: RFC 5321, section 4.2.

    >>> reply_code(b"220 mail.lab.test ready\r\n")
    220
    """
    return int(line[:3])


def say_goodbye(sock):
    r"""Say QUIT, and return what the server answers, whatever it is, as bytes.

    sock is connected, and the greeting has been read. A line of a client ends in CRLF, the two
    octets \r\n. Source: RFC 5321, section 4.1.1.10.

    >>> say_goodbye(sock)
    b'221 2.0.0 Bye\r\n'
    """
    sock.send(b"QUIT\r\n")
    return sock.recv(1024)
