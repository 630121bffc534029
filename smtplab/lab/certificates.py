"""The lab's certificate authority: made afresh in each process, trusted by nobody else."""

import atexit
import os
import shutil
import ssl
import tempfile
import threading
from functools import cache
from pathlib import Path

import psutil
import trustme

__all__ = ["NAMES", "ca_file", "server_context"]

NAMES = ("mail.lab.test", "localhost", "127.0.0.1")
_PREFIX = "smtplab-"

# functools.cache alone would let two threads that ask at once make an authority each.
_once = threading.RLock()


def ca_file() -> str:
    """The path of a PEM file with the authority's certificate; gone when this process ends."""
    with _once:
        return _ca_file()


def server_context() -> ssl.SSLContext:
    """A server's TLS context with a certificate that holds for NAMES."""
    with _once:
        return _server_context()


@cache
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="smtplab", organization_unit_name="the lab's authority")


@cache
def _server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _authority().issue_cert(*NAMES, organization_name="smtplab").configure_cert(context)
    return context


@cache
def _ca_file() -> str:
    _sweep()
    folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
    atexit.register(_remove, folder, os.getpid())
    path = Path(folder, "ca.pem")
    _authority().cert_pem.write_to_path(str(path))
    return str(path)


def _remove(folder: str, owner: int) -> None:
    # A forked child that ends in the usual way comes here too.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what processes that were killed could not remove themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
