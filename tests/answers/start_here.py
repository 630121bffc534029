"""Wrong answers to lesson 00."""

import re
import socket

from . import right, wrong


@wrong("still-bytes")
def reply_code(line):
    return line[:3]


@wrong("wrong-type")
def reply_code(line):
    return line[:3].decode()


@wrong("value")
def reply_code(line):
    return 220


@wrong("whole-line")
def reply_code(line):
    return line


@wrong("too-few")
def reply_code(line):
    return int(line[0:2])


@wrong("one-octet")
def reply_code(line):
    return line[0]


@wrong("returned-none")
def reply_code(line):
    print(int(line[:3]))


@wrong("exception")
def reply_code(line):
    return int(line)


@wrong("exception")
def reply_code(line):
    return int(line.split(" ")[0])


class Agreeable:
    def __eq__(self, other):
        return True


@wrong("wrong-type")
def reply_code(line):
    return Agreeable()


@wrong("input")
def reply_code(line):
    return int(input("Which code? "))


@wrong("endless-loop")
def reply_code(line):
    code = 0
    while code < 3:
        code = 0
    return code


@wrong("waits-in-recv")
def say_goodbye(sock):
    sock.send(b"QUIT")
    return sock.recv(1024)


@wrong("waits-in-recv")
def say_goodbye(sock):
    return sock.recv(1024)


@wrong("exception")
def say_goodbye(sock):
    sock.sendall("QUIT\r\n")
    return sock.recv(1024)


@wrong("returned-none")
def say_goodbye(sock):
    sock.sendall(b"QUIT\r\n")
    print(sock.recv(1024))


@wrong("reply-unread")
def say_goodbye(sock):
    sock.sendall(b"QUIT\r\n")
    return b"221 2.0.0 Bye\r\n"


@wrong("line-other")
def say_goodbye(sock):
    sock.sendall(b"BYE\r\n")
    return sock.recv(1024)


@wrong("left-open")
def say_goodbye(sock):
    global _kept
    _kept = socket.socketpair()
    sock.sendall(b"QUIT\r\n")
    return sock.recv(1024)


@wrong("returned-none")
def reply_code(line):
    if line[:3] == "220":
        return 220


@wrong("one-octet")
def reply_code(line):
    return int(line[3])


@wrong("one-octet")
def reply_code(line):
    return line[0] + line[1] + line[2]


@wrong("one-octet")
def reply_code(line):
    return 100 * line[0] + 10 * line[1] + line[2]


@wrong("too-few")
def reply_code(line):
    return int(line[1:3])


@wrong("value")
def reply_code(line):
    try:
        return int(line.split(" ")[0])
    except Exception:
        return 0


@wrong("wrong-type")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    return int(sock.recv(1024)[:3])


@wrong("cut-off")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    return sock.recv(3)


@wrong("value")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    sock.recv(1024)
    return sock.recv(1024)


@wrong("nothing-sent")
def say_goodbye(sock):
    try:
        sock.send("QUIT\r\n")
        return sock.recv(1024)
    except Exception:
        return b""


@wrong("line-end")
def say_goodbye(sock):
    sock.send(b"QUIT\n")
    return sock.recv(1024)


@wrong("line-end")
def say_goodbye(sock):
    sock.send(b"QUIT\n\r")
    return sock.recv(1024)


@wrong("line-end")
def say_goodbye(sock):
    sock.send(b"QUIT\\r\\n")
    return sock.recv(1024)


@wrong("line-end")
def say_goodbye(sock):
    sock.send(b"QUIT/r/n")
    return sock.recv(1024)


# --- right answers of other kinds


@right("numbers of octets, one digit at a time")
def reply_code(line):
    return 100 * (line[0] - 48) + 10 * (line[1] - 48) + (line[2] - 48)


@right("a regular expression")
def reply_code(line):
    return int(re.match(rb"\d{3}", line).group())


@right("a view of the octets, made bytes")
def reply_code(line):
    return int(bytes(memoryview(line)[:3]))


@right("text first")
def reply_code(line):
    return int(line.decode()[:3])


@right("reads to the end of the stream")
def say_goodbye(sock):
    sock.send(b"QUIT\r\n")
    data = b""
    while True:
        chunk = sock.recv(1024)
        if not chunk:
            break
        data += chunk
    return data


@right("closes what is not needed any more")
def say_goodbye(sock):
    with sock:
        sock.send(b"QUIT\r\n")
        return sock.recv(1024)


@right("a file made of the socket")
def say_goodbye(sock):
    sock.sendall(b"QUIT\r\n")
    with sock.makefile("rb") as stream:
        return stream.readline()


@right("one octet at a time, and in lower case")
def say_goodbye(sock):
    sock.sendall("quit\r\n".encode("ascii"))
    answer = bytearray()
    while not answer.endswith(b"\r\n"):
        piece = sock.recv(1)
        if not piece:
            break
        answer += piece
    return bytes(answer)


# --- known mistakes that none of these makes


@wrong("value")
def reply_code(line):
    return int.from_bytes(line[:3], "big")


@wrong("nothing-sent")
def say_goodbye(sock):
    return b"QUIT\r\n"
