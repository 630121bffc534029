"""The lab's certificates: trusted by whoever asks, by nobody else, and gone afterwards."""

import os
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from smtplab.lab import certificates

from .client import STRICT

ROOT = Path(__file__).resolve().parents[1]


def python(code: str, folder: Path) -> subprocess.Popen[str]:
    """Start Python on some code, with its temporary files in a folder."""
    names = ("TMPDIR", "TEMP", "TMP")
    environment = os.environ | dict.fromkeys(names, str(folder)) | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*STRICT, "-c", code],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """A TLS handshake in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return ours


@pytest.mark.parametrize("name", certificates.NAMES)
def test_who_trusts_the_authority_trusts_the_lab(name: str) -> None:
    client = ssl.create_default_context(cafile=certificates.ca_file())
    subject = handshake(certificates.server_context(), client, name).getpeercert()
    assert subject is not None and ("DNS", "mail.lab.test") in subject["subjectAltName"]


@pytest.mark.parametrize("name", ["elsewhere.example", "lab.test", "127.0.0.2"])
def test_the_certificate_holds_for_no_other_name(name: str) -> None:
    client = ssl.create_default_context(cafile=certificates.ca_file())
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificates.server_context(), client, name)


def test_nobody_else_trusts_the_lab() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(
            certificates.server_context(), ssl.create_default_context(), certificates.NAMES[0]
        )


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ("expired", "certificate has expired"),
        ("wrong-name", "not valid for 'mail.lab.test'"),
        ("self-signed", "self.signed certificate"),
        ("unknown-authority", "unable to get local issuer certificate"),
    ],
)
def test_each_flaw_has_an_error_of_its_own(flaw: str, words: str) -> None:
    assert flaw in certificates.FLAWS
    client = ssl.create_default_context(cafile=certificates.ca_file())
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        handshake(certificates.server_context(flaw), client, certificates.NAMES[0])


def test_the_wrong_name_is_the_right_one_of_another_server() -> None:
    client = ssl.create_default_context(cafile=certificates.ca_file())
    handshake(certificates.server_context("wrong-name"), client, "mail.elsewhere.test")


def test_a_context_is_made_once_and_each_flaw_has_its_own() -> None:
    flaws = (None, *certificates.FLAWS)
    contexts = [certificates.server_context(flaw) for flaw in flaws]
    assert contexts == [certificates.server_context(flaw) for flaw in flaws]
    assert len({*contexts, certificates.server_context(old=True)}) == 6
    assert certificates.server_context(old=True) is certificates.server_context(old=True)


def test_old_tls_is_refused_by_todays_clients_and_python_is_not_heard_to_complain() -> None:
    client = ssl.create_default_context(cafile=certificates.ca_file())
    with pytest.raises(ssl.SSLError, match=r"UNSUPPORTED_PROTOCOL|legacy sigalg"):
        handshake(certificates.server_context(old=True), client, certificates.NAMES[0])


def test_a_flaw_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="expired, wrong-name, self-signed"):
        certificates.server_context("ugly")


def test_the_file_is_the_same_each_time_and_not_for_others_eyes() -> None:
    path = Path(certificates.ca_file())
    assert path == Path(certificates.ca_file())
    assert path.read_text(encoding="ascii").count("BEGIN CERTIFICATE") == 1
    assert "PRIVATE" not in path.read_text(encoding="ascii")
    if os.name == "posix":
        assert path.parent.stat().st_mode & 0o077 == 0


def test_threads_that_ask_at_once_get_the_same(tmp_path: Path) -> None:
    code = """
import ssl, sys, threading
sys.setswitchinterval(1e-6)
from smtplab.lab import certificates
got = []
def ask():
    path, old = certificates.ca_file(), certificates.server_context(old=True)
    got.append((path, old, certificates.server_context("expired")))
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(set(got)))
"""
    output, errors = python(code, tmp_path).communicate(timeout=30)
    assert (output.strip(), errors) == ("1", "")


def test_a_process_that_ends_leaves_no_file(tmp_path: Path) -> None:
    code = "from smtplab.lab import Lab; lab = Lab(); print(lab.ca_file)"
    output, errors = python(code, tmp_path).communicate(timeout=30)
    assert Path(output.strip()).is_relative_to(tmp_path)
    assert errors == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_its_parents_file_alone(tmp_path: Path) -> None:
    code = """
import os, sys
from smtplab.lab import certificates
path = certificates.ca_file()
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
print(os.path.exists(path))
"""
    output, errors = python(code, tmp_path).communicate(timeout=30)
    assert (output.strip(), errors) == ("True", "")
