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
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import trustme

__all__ = ["FLAWS", "NAMES", "ca_file", "server_context"]

NAMES = ("mail.lab.test", "localhost", "127.0.0.1")
OTHER_NAME = "mail.elsewhere.test"
FLAWS = ("expired", "wrong-name", "self-signed", "unknown-authority")

F = TypeVar("F", bound=Callable[..., Any])

_lock = threading.RLock()


def _once(make: F) -> F:
    """Make each thing once, and in one thread.

    functools.cache alone would let two threads that ask at once make an authority each.
    """
    kept = cache(make)

    @wraps(make)
    def ask(*args: Any, **kwargs: Any) -> Any:
        with _lock:
            return kept(*args, **kwargs)

    return cast(F, ask)


@_once
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="smtplab", organization_unit_name="the lab's authority")


@_once
def server_context(flaw: str | None = None, *, old: bool = False) -> ssl.SSLContext:
    """A server's TLS context with a certificate that holds for NAMES, or that has a flaw.

    "expired": it was good until 2016. "wrong-name": good, for another server. "self-signed":
    signed by itself. "unknown-authority": right in all, but anybody could have signed it. With
    `old` it speaks TLS 1.0 and 1.1 alone, which RFC 8996 has buried.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if old:
        # OpenSSL 3 speaks them at security level 0 alone, and Python warns of who asks for them.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
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
    return context


@_once
def ca_file() -> str:
    """The path of a PEM file with the authority's certificate; gone when this process ends."""
    folder = tempfile.mkdtemp(prefix="smtplab-")
    atexit.register(_remove, folder, os.getpid())
    path = Path(folder, "ca.pem")
    _authority().cert_pem.write_to_path(str(path))
    return str(path)


def _remove(folder: str, owner: int) -> None:
    # A forked child that ends in the usual way comes here too.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
