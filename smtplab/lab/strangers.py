"""Whose program is at the other end: on a machine that several share, loopback is everybody's.

Linux says which user has a socket: of one in a message (sock_diag(7)), or of all in a table,
/proc/net/tcp (proc_net(5)), which takes as long as there are connections. Other systems do not.
"""

import os
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["REFUSAL", "is_stranger"]

REFUSAL = "550 5.7.1 This lab is another user's: log in first, on 587 or 465"

LOOPBACK = "127.0.0.1"
TABLE = Path("/proc/net/tcp")
SOCK_DIAG, BY_FAMILY = 4, 20  # linux/netlink.h, linux/sock_diag.h


def is_stranger(peer: Any, here: Any) -> bool:
    """Whether a client's end (host, port) of a connection to here belongs to another user.

    root is no stranger, for nothing is kept from it. Nor is anybody from another machine, whom a
    provider hears only when it was told to listen there.
    """
    if not isinstance(peer, tuple) or not isinstance(here, tuple) or peer[0] != LOOPBACK:
        return False
    user, inode = _asked(peer, here) or _looked_up(peer, here) or (0, 1)
    # What its program has closed has no inode, and no user any more.
    return inode == 0 or user not in (0, os.geteuid())


def _asked(peer: tuple[str, int], here: tuple[str, int]) -> tuple[int, int] | None:
    """The user and the inode of the client's end; None where the system does not answer."""
    ends = struct.pack(">HH", peer[1], here[1])
    ends += b"".join(socket.inet_aton(host).ljust(16, b"\0") for host, _ in (peer, here))
    request = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
    request += ends + struct.pack("=I", 0) + b"\xff" * 8  # any interface, any cookie
    head = struct.pack("=IHHII", 16 + len(request), BY_FAMILY, 1, 0, 0)
    with suppress(OSError, AttributeError, struct.error):
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, SOCK_DIAG) as link:
            link.settimeout(1)
            link.sendto(head + request, (0, 0))
            reply = link.recv(4096)
        if struct.unpack_from("=H", reply, 4)[0] == BY_FAMILY:
            return struct.unpack_from("=II", reply, 16 + 64)
    return None


def _looked_up(peer: tuple[str, int], here: tuple[str, int]) -> tuple[int, int] | None:
    """The same, from the table."""
    ends = [_as_the_table_has_it(*end) for end in (peer, here)]
    with suppress(OSError):
        for line in TABLE.read_text(encoding="ascii").splitlines()[1:]:
            # sl, local, remote, state, queues, timer, retransmissions, uid, timeout, inode
            fields = line.split()
            if fields[1:3] == ends:
                return int(fields[7]), int(fields[9])
    return None


def _as_the_table_has_it(host: str, port: int) -> str:
    octets = socket.inet_aton(host)
    return f"{int.from_bytes(octets, sys.byteorder):08X}:{port:04X}"
