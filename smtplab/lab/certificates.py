"""The lab's certificates: made afresh in each process, and good for nothing outside it.

One authority signs the certificate of a provider that behaves; whoever wants to trust the lab
trusts that authority. The certificates of FLAWS each fail for one reason of their own, and the
error that a client gets names it.
"""

import atexit
import os
import shutil
import ssl
import tempfile
import threading
import warnings
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import psutil
import trustme

__all__ = ["FLAWS", "NAMES", "ca_file", "old_context", "server_context"]

NAMES = ("mail.lab.test", "localhost", "127.0.0.1")
OTHER_NAME = "mail.elsewhere.test"
FLAWS = ("expired", "wrong-name", "self-signed", "unknown-authority")
_PREFIX = "smtplab-"

# functools.cache alone would let two threads that ask at once make an authority each.
_once = threading.RLock()


def ca_file() -> str:
    """The path of a PEM file with the authority's certificate; gone when this process ends."""
    with _once:
        return _ca_file()


def server_context(flaw: str | None = None) -> ssl.SSLContext:
    """A server's TLS context with a certificate that holds for NAMES, or that has a flaw.

    "expired": it was good until 2016. "wrong-name": good, for another server. "self-signed":
    signed by itself. "unknown-authority": right in all, but anybody could have signed it.
    """
    with _once:
        return _server_context(flaw)


def old_context() -> ssl.SSLContext:
    """A server's TLS context that speaks TLS 1.0 and 1.1 alone, which RFC 8996 has buried."""
    with _once:
        return _old_context()


@cache
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="smtplab", organization_unit_name="the lab's authority")


@cache
def _server_context(flaw: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _configure(context, flaw)
    return context


def _configure(context: ssl.SSLContext, flaw: str | None = None) -> None:
    sign = partial(_authority().issue_cert, organization_name="smtplab")
    if flaw is None:
        sign(*NAMES).configure_cert(context)
    elif flaw == "expired":
        began, ended = datetime(2015, 1, 1, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC)
        sign(*NAMES, not_before=began, not_after=ended).configure_cert(context)
    elif flaw == "wrong-name":
        sign(OTHER_NAME).configure_cert(context)
    elif flaw == "self-signed":
        # The certificate of an authority is signed by itself; here it is a server's.
        own = trustme.CA(organization_name="smtplab", organization_unit_name=NAMES[0])
        with own.cert_pem.tempfile() as certificate, own.private_key_pem.tempfile() as key:
            context.load_cert_chain(certificate, key)
    elif flaw == "unknown-authority":
        stranger = trustme.CA(organization_unit_name="an authority that nobody knows")
        stranger.issue_cert(*NAMES).configure_cert(context)
    else:
        raise ValueError(f"a certificate's flaw is one of {', '.join(FLAWS)}, not {flaw!r}")


@cache
def _old_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # OpenSSL 3 speaks them at security level 0 alone, and Python warns of whoever asks for them.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    _configure(context)
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
