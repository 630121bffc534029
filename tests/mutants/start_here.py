"""Wrong answers to lesson 00."""

import socket

from . import mutant


@mutant(reason="still-bytes", sentence="not yet a number")
def reply_code(line):
    return line[:3]


@mutant(reason="still-text", sentence="looks like a number")
def reply_code(line):
    return line[:3].decode()


@mutant(reason="hard-coded", sentence="returned 220 for a line that begins with 250")
def reply_code(line):
    return 220


@mutant(reason="whole-line", sentence="the whole line")
def reply_code(line):
    return line


@mutant(reason="too-few", sentence="only 2 of the three digits")
def reply_code(line):
    return int(line[0:2])


@mutant(reason="one-octet", sentence="which is the octet b'2'")
def reply_code(line):
    return line[0]


@mutant(reason="returned-none", sentence="returned None")
def reply_code(line):
    print(int(line[:3]))


@mutant(reason="exception", sentence="invalid literal for int()")
def reply_code(line):
    return int(line)


@mutant(reason="exception", sentence="a bytes-like object is required")
def reply_code(line):
    return int(line.split(" ")[0])


class Agreeable:
    def __eq__(self, other):
        return True


@mutant(reason="wrong-type", sentence="what is wanted is an int")
def reply_code(line):
    return Agreeable()


@mutant(reason="input", sentence="calls input()")
def reply_code(line):
    return int(input("Which code? "))


@mutant(reason="endless-loop", sentence="does not end")
def reply_code(line):
    code = 0
    while code < 3:
        code = 0
    return code


@mutant(reason="waits-in-recv", sentence="no CRLF")
def say_goodbye(sock):
    sock.send(b"QUIT")
    return sock.recv(1024)


@mutant(reason="waits-in-recv", sentence="The server waits for your next line")
def say_goodbye(sock):
    return sock.recv(1024)


@mutant(reason="exception", sentence="not 'str'")
def say_goodbye(sock):
    sock.sendall("QUIT\r\n")
    return sock.recv(1024)


@mutant(reason="returned-none", sentence="returned None")
def say_goodbye(sock):
    sock.sendall(b"QUIT\r\n")
    print(sock.recv(1024))


@mutant(reason="wrong-answer", sentence="and the server said")
def say_goodbye(sock):
    sock.sendall(b"QUIT\r\n")
    return b"221 2.0.0 Bye\r\n"


@mutant(reason="wrong-line", sentence="sent b'BYE")
def say_goodbye(sock):
    sock.sendall(b"BYE\r\n")
    return sock.recv(1024)


@mutant(reason="left-open", sentence="left it open")
def say_goodbye(sock):
    global _kept
    _kept = socket.socketpair()
    sock.sendall(b"QUIT\r\n")
    return sock.recv(1024)


@mutant(reason="returned-none", sentence="returned None")
def reply_code(line):
    if line[:3] == "220":
        return 220


@mutant(reason="one-octet", sentence="returned 32, which is the octet b' '")
def reply_code(line):
    return int(line[3])


@mutant(reason="octets-as-digits", sentence="calculates with 50, 50 and 48")
def reply_code(line):
    return line[0] + line[1] + line[2]


@mutant(reason="octets-as-digits", sentence="calculates with 50, 50 and 48")
def reply_code(line):
    return 100 * line[0] + 10 * line[1] + line[2]


@mutant(reason="too-few", sentence="returned 20: only 2 of the three digits")
def reply_code(line):
    return int(line[1:3])


@mutant(reason="wrong-code", sentence="returned 0 for a line that begins with 220")
def reply_code(line):
    try:
        return int(line.split(" ")[0])
    except Exception:
        return 0


@mutant(reason="wrong-type", sentence="what is wanted is bytes")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    return int(sock.recv(1024)[:3])


@mutant(reason="wrong-answer", sentence="received 3 of the 38 octets of the answer")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    return sock.recv(3)


@mutant(reason="wrong-answer", sentence="received the whole answer, and returned b''")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    sock.recv(1024)
    return sock.recv(1024)


@mutant(reason="nothing-sent", sentence="the server has heard nothing")
def say_goodbye(sock):
    try:
        sock.send("QUIT\r\n")
        return sock.recv(1024)
    except Exception:
        return b""


@mutant(reason="bare-lf", sentence="with LF alone")
def say_goodbye(sock):
    sock.send(b"QUIT\n")
    return sock.recv(1024)


@mutant(reason="lf-cr", sentence="with LF and CR, in that order")
def say_goodbye(sock):
    sock.send(b"QUIT\n\r")
    return sock.recv(1024)


@mutant(reason="spelt-line-end", sentence="with a backslash, an r, a backslash and an n")
def say_goodbye(sock):
    sock.send(b"QUIT\\r\\n")
    return sock.recv(1024)


@mutant(reason="slashes", sentence="with a slash, an r, a slash and an n")
def say_goodbye(sock):
    sock.send(b"QUIT/r/n")
    return sock.recv(1024)
