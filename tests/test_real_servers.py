"""The client that the course leads to, and mail servers that are not ours.

Every test meets both servers, as Debian has them: Postfix and Exim. What arrives is read by two
readers that have nothing to do with each other: Python's email, and MIME-tools for Perl.
"""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme

from smtplab.exercises import LESSONS
from smtplab.solutions import auth, client, dialogue, multipart
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import connect_tls

from . import servers
from .conftest import ROOT, absent
from .servers import PASSWORD, USER, Server
from .test_mime_tools import digest, read_by_perl
from .test_solution_client import one_line, run

# A line that is a lone dot has to travel as one: quoted-printable leaves it, base64 does not.
TEXT = "Hello Lin,\n.\n..and a line with two dots\nFrom the shore, with 1 + 1 = 2 greetings: 你好\n"
PAGE = '<p>海边的照片 = a photo</p>\n<p><img src="cid:picture.png"></p>\n.\n'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9
SUBJECT = "来自海边的照片, and a subject that does not fit into one line of a header"
ATTACHED = {
    "假期 照片.zip": PICTURE * 3,
    "我们在海边度过的那个漫长的夏天.txt": "一\r\n.\r\n二\n".encode(),  # a name in several pieces
}
MAIL = ("--from", USER, "--subject", SUBJECT, "--text", TEXT)
TO_LIN = (*MAIL, "--to", "lin@stock.test")
WITH_TLS = pytest.mark.parametrize("way", ["tls", "starttls"])


@pytest.fixture(scope="module", params=[servers.postfix, servers.exim], ids=["postfix", "exim"])
def started(request: pytest.FixtureRequest) -> Iterator[Server]:
    try:
        with request.param() as server:
            yield server
    except servers.Lacking as why:
        absent(f"{request.param.__name__}: {why}")


@pytest.fixture
def server(started: Server) -> Server:
    started.clear()
    return started


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of my_client.py, as our own command writes it for instructors."""
    if "client" not in {lesson.slug for lesson in LESSONS}:
        pytest.skip("the client is not whole before lesson 08 is there")
    folder = tmp_path_factory.mktemp("solved") / "edition"
    subprocess.run(
        [sys.executable, "-m", "smtplab", "solved", str(folder)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    return (folder / "my_client.py").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, program: str) -> Path:
    """A folder with the client, and what one mail is made of."""
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "my_client.py").write_text(program, encoding="utf-8")
    (folder / "code.txt").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (folder / "page.html").write_text(PAGE, encoding="utf-8", newline="")
    (folder / "picture.png").write_bytes(PICTURE)
    for name, data in ATTACHED.items():
        (folder / name).write_bytes(data)
    return folder


def to(server: Server, way: str) -> tuple[str, ...]:
    """The options for one of the server's ports; with TLS goes a login."""
    security = way if way in ("tls", "starttls") else "none"
    options = ("--host", "127.0.0.1", "--port", str(server.ports[way]), "--security", security)
    if security == "none":
        return options
    return (
        *options,
        "--cafile",
        str(server.ca_file),
        "--user",
        USER,
        "--password-file",
        "code.txt",
    )


# Two readers: the subject, and the tree of parts as [type, file name, parts or SHA-256]


def read_by_python(mail: bytes) -> dict[str, Any]:
    def tree(part: Any) -> list[Any]:
        kind, name = part.get_content_type(), part.get_filename()
        assert part.defects == []
        if part.is_multipart():
            return [kind, name, [tree(inner) for inner in part.iter_parts()]]
        data = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and name is None:
            data = data.replace(b"\r\n", b"\n")
        return [kind, name, digest(data)]

    message = message_from_bytes(mail, policy=policy.default)
    return {"subject": message["Subject"], "tree": tree(message)}


def received_with(mail: bytes) -> str:
    """The protocol in the server's own Received field: S for TLS, A for a login. RFC 3848."""
    named = re.search(r"\bwith (\w+)", message_from_bytes(mail, policy=policy.default)["Received"])
    assert named
    return named[1].upper()


# Mail that arrives


@pytest.mark.parametrize(
    ("way", "protocol"), [("tls", "ESMTPSA"), ("starttls", "ESMTPSA"), ("none", "ESMTP")]
)
def test_two_readers_find_what_was_sent(
    server: Server, folder: Path, way: str, protocol: str
) -> None:
    files = [option for name in ATTACHED for option in ("--attach", name)]
    letter = ("--html", "page.html", "--inline", "picture.png", *files)
    done = run(folder, *to(server, way), *TO_LIN, *letter)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    mail = server.arrived()
    assert received_with(mail) == protocol
    assert b"\n.\n..and" in mail
    content_id = re.search(rb"(?m)^Content-ID: <(.+)>$", mail)
    assert content_id
    page = PAGE.replace("picture.png", content_id[1].decode("ascii"))
    alternative = [["text/plain", None, digest(TEXT)], ["text/html", None, digest(page)]]
    related = [
        ["multipart/alternative", None, alternative],
        ["image/png", "picture.png", digest(PICTURE)],
    ]
    kinds = dict(zip(ATTACHED, ("application/zip", "text/plain"), strict=True))
    attached = [[kinds[name], name, digest(data)] for name, data in ATTACHED.items()]
    tree = ["multipart/mixed", None, [["multipart/related", None, related], *attached]]
    sent = {"subject": SUBJECT, "tree": tree}
    assert read_by_python(mail) == sent
    assert read_by_perl([mail], folder) == [sent]


def test_an_address_in_chinese_is_taken(server: Server, folder: Path) -> None:
    done = run(folder, *to(server, "tls"), *MAIL, "--to", "林@stock.test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    mail = server.arrived()
    assert "\nTo: 林@stock.test\n".encode() in mail
    # RFC 6531, section 4.3, and Exim, which leaves an E in it.
    assert received_with(mail) in ("UTF8SMTPSA", "UTF8ESMTPSA")


def test_a_greeting_in_two_lines_is_waited_for(server: Server, folder: Path) -> None:
    address = ("127.0.0.1", server.ports["greeting"])
    with socket.create_connection(address, 10) as sock, sock.makefile("rb") as lines:
        assert lines.readline().startswith(b"220-")
        assert lines.readline().startswith(b"220 ")
    done = run(folder, *to(server, "greeting"), *TO_LIN)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_by_python(server.arrived())["subject"] == SUBJECT


# Mail that does not


def test_a_recipient_is_refused_in_two_lines_and_the_other_gets_it(
    server: Server, folder: Path
) -> None:
    done = run(folder, *to(server, "starttls"), *TO_LIN, "--to", "nobody@stock.test")
    one_line(done, "sent, but not to nobody@stock.test: 550 ", "Ask the postmaster.")
    server.arrived()


def test_a_first_mail_is_put_off(server: Server, folder: Path) -> None:
    done = run(folder, *to(server, "none"), *MAIL, "--to", "grey@stock.test")
    one_line(done, "not sent: the server said 450 ", "4.7.1", "Come back later")
    assert server.is_empty()


@pytest.mark.parametrize("way", ["starttls", "none"])
def test_mail_for_elsewhere_is_not_relayed_without_a_login(
    server: Server, folder: Path, way: str
) -> None:
    options = to(server, way)
    options = options[: options.index("--user")] if "--user" in options else options
    done = run(folder, *options, *MAIL, "--to", "sam@elsewhere.test")
    one_line(done, "not sent: the server said ", "sam@elsewhere.test: ")


@WITH_TLS
def test_a_wrong_password_is_refused_and_not_repeated(
    server: Server, folder: Path, way: str
) -> None:
    (folder / "code.txt").write_text("sunshine7\n")
    done = run(folder, *to(server, way), *TO_LIN)
    said = one_line(done, "not sent: the server said 535 ")
    assert "sunshine7" not in said
    assert server.is_empty()


@WITH_TLS
def test_a_certificate_of_an_unknown_authority_is_refused(
    server: Server, folder: Path, way: str
) -> None:
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    done = run(folder, *to(server, way), *TO_LIN, "--cafile", "other.pem")
    one_line(done, "not sent: the server's certificate is not to be trusted")
    assert server.is_empty()


@WITH_TLS
def test_a_certificate_of_another_name_is_refused(server: Server, folder: Path, way: str) -> None:
    done = run(folder, *to(server, way), *TO_LIN, "--hostname", "mail.elsewhere.test")
    one_line(done, "not sent: the server's certificate is not to be trusted", "elsewhere")
    assert server.is_empty()


@pytest.mark.parametrize("way", ["tls", "none"])
def test_the_wrong_kind_of_port_is_said_in_one_line(server: Server, folder: Path, way: str) -> None:
    """TLS where the server speaks first, and the other way round."""
    other = str(server.ports["none" if way == "tls" else "tls"])
    done = run(folder, *to(server, way), *TO_LIN, "--port", other, "--timeout", "1")
    one_line(done, "not sent: ")
    assert server.is_empty()


# The reference, function by function


def test_a_session_goes_on_after_every_recipient_was_refused(server: Server) -> None:
    message = multipart.build_message(USER, ["lin@stock.test"], SUBJECT, TEXT)
    with socket.create_connection(("127.0.0.1", server.ports["none"]), 10) as sock:
        reader = LineReader(sock)
        # Both offer more than we make use of, PIPELINING and CHUNKING among it.
        offered = client.say_hello(sock, reader)
        assert offered.keys() >= {"SIZE", "8BITMIME", "PIPELINING", "CHUNKING", "STARTTLS"}
        refused = dialogue.deliver(sock, reader, USER, ["nobody@stock.test"], message)
        assert [(code, len(lines)) for code, lines in refused.values()] == [(550, 2)]
        assert dialogue.deliver(sock, reader, USER, ["lin@stock.test"], message) == {}
        client.quit_session(sock, reader)
    assert read_by_python(server.arrived())["tree"] == ["text/plain", None, digest(TEXT)]


def test_all_refused_recipients_are_in_what_send_mail_returns(server: Server) -> None:
    refused = client.send_mail(
        "127.0.0.1",
        server.ports["tls"],
        security="tls",
        user=USER,
        password=PASSWORD,
        cafile=server.ca_file,
        sender=USER,
        recipients=["nobody@stock.test", "lin@stock.test", "grey@stock.test"],
        subject=SUBJECT,
        text=TEXT,
    )
    assert {address: code for address, (code, _) in refused.items()} == {
        "nobody@stock.test": 550,
        "grey@stock.test": 450,
    }
    server.arrived()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("password", [PASSWORD, "sunshine7"], ids=["right", "wrong"])
def test_each_way_to_log_in_is_taken_with_the_right_password_alone(
    server: Server, mechanism: str, password: str
) -> None:
    address = ("127.0.0.1", server.ports["tls"])
    sock = connect_tls(address, "mail.stock.test", server.ca_file, 10)
    with sock:
        reader = LineReader(sock)
        assert mechanism in client.say_hello(sock, reader)["AUTH"].split()
        try:
            if mechanism == "CRAM-MD5":
                _, (challenge,) = dialogue.command(sock, reader, "AUTH CRAM-MD5", 334)
                answer = auth.cram_md5_response(USER, password, challenge)
                dialogue.command(sock, reader, answer, 235)
            else:
                log_in = auth.auth_plain if mechanism == "PLAIN" else auth.auth_login
                log_in(sock, reader, USER, password)
            assert password == PASSWORD
        except dialogue.ReplyError as error:
            assert (error.code, password) == (535, "sunshine7")
