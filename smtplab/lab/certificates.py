"""The lab's certificates: made afresh in each process, unless it keeps them in a folder.

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

__all__ = ["FLAWS", "NAMES", "ca_file", "keep", "names", "server_context"]

NAMES = ("mail.lab.test", "localhost", "127.0.0.1")
CA, CA_KEY = "ca.pem", "ca-key.pem"
OTHER_NAME = "mail.elsewhere.test"
FLAWS = ("expired", "wrong-name", "self-signed", "unknown-authority")

F = TypeVar("F", bound=Callable[..., Any])

_lock = threading.RLock()


class Keeping:
    """Where authority and certificate are kept, if anywhere, and a name more that it holds for."""

    folder: Path | None = None
    host = NAMES[-1]


def keep(folder: Path, host: str) -> None:
    """Take authority and certificate from a folder, and make there what it lacks.

    The certificate is one for each host, and holds for that, too. Called before anything was
    made. Raise OSError, or ValueError where what is there is no certificate.
    """
    Keeping.folder, Keeping.host = folder, host
    server_context()


def names() -> list[str]:
    """What the certificate of a provider that behaves holds for."""
    return list(dict.fromkeys((*NAMES, Keeping.host)))


def _written(name: str, data: bytes) -> bytes:
    """Keep something, for nobody else to read."""
    if Keeping.folder:
        path = Keeping.folder / name
        path.touch(mode=0o600)
        path.write_bytes(data)
    return data


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
    folder = Keeping.folder
    if folder and (folder / CA_KEY).exists():
        return trustme.CA.from_pem((folder / CA).read_bytes(), (folder / CA_KEY).read_bytes())
    made = trustme.CA(organization_name="smtplab", organization_unit_name="the lab's authority")
    _written(CA, made.cert_pem.bytes())
    _written(CA_KEY, made.private_key_pem.bytes())
    return made


@_once
def server_context(
    flaw: str | None = None, *, old: bool = False, host: str = NAMES[0]
) -> ssl.SSLContext:
    """A server's TLS context with a certificate that holds for its name, or that has a flaw.

    "expired": it was good until 2016. "wrong-name": good, for another server. "self-signed":
    signed by itself. "unknown-authority": right in all, but anybody could have signed it. With
    `old` it speaks TLS 1.0 and 1.1 alone, which RFC 8996 has buried.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own_names = (host, *NAMES[1:])
    if old:
        # OpenSSL 3 speaks them at security level 0 alone, and Python warns of who asks for them.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    sign = partial(_authority().issue_cert, organization_name="smtplab")
    if flaw is None and Keeping.folder and host == NAMES[0]:
        path = Keeping.folder / f"{Keeping.host.replace(':', '-')}.pem"
        if not path.exists():
            _written(path.name, sign(*names()).private_key_and_cert_chain_pem.bytes())
        context.load_cert_chain(path)
    elif flaw is None:
        sign(*own_names).configure_cert(context)
    elif flaw == "expired":
        began, ended = datetime(2015, 1, 1, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC)
        sign(*own_names, not_before=began, not_after=ended).configure_cert(context)
    elif flaw == "wrong-name":
        sign(OTHER_NAME).configure_cert(context)
    elif flaw == "self-signed":
        # The certificate of an authority is signed by itself; here it is a server's.
        own = trustme.CA(organization_name="smtplab", organization_unit_name=host)
        with own.cert_pem.tempfile() as certificate, own.private_key_pem.tempfile() as key:
            context.load_cert_chain(certificate, key)
    elif flaw == "unknown-authority":
        stranger = trustme.CA(organization_unit_name="an authority that nobody knows")
        stranger.issue_cert(*own_names).configure_cert(context)
    else:
        raise ValueError(f"a certificate's flaw is one of {', '.join(FLAWS)}, not {flaw!r}")
    return context


@_once
def ca_file() -> str:
    """The path of a PEM file with the authority's certificate.

    Unless it is kept it is gone when this process ends.
    """
    if Keeping.folder:
        _authority()
        return str(Keeping.folder / CA)
    folder = tempfile.mkdtemp(prefix="smtplab-")
    atexit.register(_remove, folder, os.getpid())
    path = Path(folder, "ca.pem")
    _authority().cert_pem.write_to_path(str(path))
    return str(path)


def _remove(folder: str, owner: int) -> None:
    # A forked child that ends in the usual way comes here too.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
