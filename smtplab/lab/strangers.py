"""Whose program is at the other end: on a machine that several share, loopback is everybody's.

Linux says in /proc/net/tcp which user has a socket (proc_net(5)). Other systems do not say it.
"""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["REFUSAL", "is_stranger"]

REFUSAL = "550 5.7.1 This lab is another user's: log in first, on 587 or 465"

LOOPBACK = "127.0.0.1"
TABLE = Path("/proc/net/tcp")


def is_stranger(peer: Any, here: Any) -> bool:
    """Whether a client's end (host, port) of a connection to here belongs to another user.

    root is no stranger, for nothing is kept from it. Nor is anybody from another machine, whom a
    provider hears only when it was told to listen there.
    """
    if not isinstance(peer, tuple) or not isinstance(here, tuple) or peer[0] != LOOPBACK:
        return False
    ends = [_as_the_table_has_it(*end) for end in (peer, here)]
    with suppress(OSError):
        for line in TABLE.read_text(encoding="ascii").splitlines()[1:]:
            # sl, local, remote, state, queues, timer, retransmissions, uid, timeout, inode
            fields = line.split()
            if fields[1:3] == ends:
                user, inode = int(fields[7]), fields[9]
                # What its program has closed has no inode, and no user any more.
                return inode == "0" or user not in (0, os.geteuid())
    return False


def _as_the_table_has_it(host: str, port: int) -> str:
    octets = socket.inet_aton(host)
    return f"{int.from_bytes(octets, sys.byteorder):08X}:{port:04X}"
