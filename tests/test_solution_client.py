"""The client that the course leads to: one file, in an empty folder, with nothing but Python."""

import ast
import base64
import hashlib
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path

import psutil
import pytest

from smtplab import exercises
from smtplab import student as portfolio
from smtplab.exercises.gauntlet.scenarios import SCENARIOS
from smtplab.exercises.loading import load_client
from smtplab.lab import Lab, Message, faults
from smtplab.solutions import client
from smtplab.solutions.client import log_in, say_hello
from smtplab.solutions.dialogue import ReplyError, command, deliver
from smtplab.solutions.multipart import build_message
from smtplab.solutions.sockets import LineReader
from smtplab.solutions.tls import own_name, starttls
from smtplab.student import my_client, notebooks

from . import cells
from .client import STRICT, ended

TEXT = "Hello Lin,\n.a line with a dot\n你好\n"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9
PAGE = '<p>你好</p>\n<img src="cid:picture.png">\n'


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The my_client.py that `python -m smtplab solved DIR` writes."""
    target = tmp_path_factory.mktemp("instructor") / "solved"
    portfolio.write_solved(target)
    return (target / "my_client.py").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, program: str) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "my_client.py").write_text(program, encoding="utf-8")
    (folder / "code.txt").write_text("to be written by each test\n")
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    (folder / "picture.png").write_bytes(PICTURE)
    (folder / "假期 照片.zip").write_bytes(PICTURE * 3)
    return folder


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Plain Python, as on a machine where nothing of the course is installed."""
    # A session of its own: getpass would ask at the terminal of whoever runs the tests.
    return subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "my_client.py", *arguments],
        check=False,
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )


MAIL = ("--from", "you@lab.test", "--subject", "Hello", "--text", TEXT)
TO_LIN = (*MAIL, "--to", "lin@lab.test")


def to(lab: Lab, folder: Path, port: int, **others: str) -> tuple[str, ...]:
    """The options for one of the lab's ports; the password lies in a file."""
    host, actual = lab.address(port)
    security = {25: "none", 465: "tls", 587: "starttls"}[port]
    way = ("--host", host, "--port", str(actual), "--security", security)
    if port == 25:
        return way
    code = others.get("password", lab.account.authorization_code)
    (folder / "code.txt").write_text(f"{code}\nsecond line\n", encoding="utf-8")
    login = ("--user", lab.account.address, "--password-file", "code.txt")
    return (*way, *login, "--cafile", lab.ca_file)


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """What a failure says: one line, status 1, nothing on standard output."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
    for word in words:
        assert word in done.stderr
    return done.stderr


def digests(message: Message, parser: policy.Policy) -> list[tuple[str, str | None, str]]:
    """The leaves of a message: type, file name, and the digest of the octets."""
    parts = [p for p in message_from_bytes(message.raw, policy=parser).walk()
             if not p.is_multipart()]  # fmt: skip
    return [
        (p.get_content_type(), p.get_filename(),
         hashlib.sha256(p.get_payload(decode=True)).hexdigest())
        for p in parts
    ]  # fmt: skip


# The file


def test_the_file_imports_the_standard_library_alone_and_ends_with_its_main(program: str) -> None:
    tree = ast.parse(program)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert (node.module or "").split(".")[0] in sys.stdlib_module_names
        elif isinstance(node, ast.Import):
            assert all(a.name.split(".")[0] in sys.stdlib_module_names for a in node.names)
    assert program.endswith('if __name__ == "__main__":\n    sys.exit(main())\n')
    assert program.count("\nimport sys\n") == 1
    assert "still to be written" not in program


def test_without_its_main_the_file_has_no_such_end() -> None:
    text = my_client.compose({"reply_code": exercises.reference_source("reply_code")})
    assert "__main__" not in text


def test_the_client_can_be_imported(folder: Path) -> None:
    ask = "import sys; sys.path.insert(0, '.'); import my_client; print(my_client.send_mail)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", ask],
        check=True,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.startswith("<function send_mail")


def test_nothing_of_the_course_can_be_imported_where_the_client_runs(folder: Path) -> None:
    plain = [sys.executable, "-I", "-S", "-c", "import smtplab"]
    done = subprocess.run(plain, check=False, cwd=folder, capture_output=True, timeout=30)
    assert b"No module named 'smtplab'" in done.stderr


def test_a_newcomer_to_lesson_08_gets_a_whole_program_too(
    lab: Lab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What mine("my_client.py") gives when nothing has passed yet is all reference."""
    monkeypatch.setenv("SMTPLAB_FOLDER", str(folder))
    (text,) = portfolio.mine("my_client.py").values
    (folder / "my_client.py").write_text(text, encoding="utf-8")
    assert run(folder, *to(lab, folder, 465), *TO_LIN).returncode == 0
    assert lab.mailbox.wait().subject == "Hello"


def test_who_begins_at_lesson_08_ends_with_a_file_that_runs_and_says_whose_each_is(
    lab: Lab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(folder))
    monkeypatch.chdir(folder)
    (folder / "my_client.py").unlink()
    own = exercises.reference_source("send_mail")
    needs = ", ".join(own.needs)
    begin = f"from smtplab import mine\n{needs} = mine(*{own.needs!r})"
    space = cells.run_here([begin, notebooks.whole(own)], folder)
    assert portfolio.check(space["send_mail"]).note == "Kept in my_client.py."
    text = (folder / "my_client.py").read_text(encoding="utf-8")
    marked = set(re.findall(r"^# The course's version.*\n(?:class|def) (\w+)", text, re.M))
    assert marked >= {"LineReader", "read_reply", "build_message", "say_hello"}
    assert "send_mail" not in marked
    assert "\n# Given with the lesson.\nclass ReplyError" in text
    assert run(folder, *to(lab, folder, 465), *TO_LIN).returncode == 0
    assert lab.mailbox.wait().subject == "Hello"


# Mail that is sent


@pytest.mark.parametrize("port", [25, 465, 587])
def test_text_html_picture_and_attachment_arrive(lab: Lab, folder: Path, port: int) -> None:
    done = run(
        folder, *to(lab, folder, port), *MAIL,
        "--to", "lin@lab.test", "--to", "sam@lab.test", "--html", "page.html",
        "--inline", "picture.png", "--attach", "假期 照片.zip", "--attach", "picture.png",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    message = lab.mailbox.wait()
    assert message.recipients == ("lin@lab.test", "sam@lab.test")
    assert message.defects == ()
    wanted = [
        ("image/png", "picture.png", hashlib.sha256(PICTURE).hexdigest()),
        ("application/zip", "假期 照片.zip", hashlib.sha256(PICTURE * 3).hexdigest()),
        ("image/png", "picture.png", hashlib.sha256(PICTURE).hexdigest()),
    ]
    for parser in (policy.default, policy.compat32):
        found = digests(message, parser)
        assert [kind for kind, _, _ in found[:2]] == ["text/plain", "text/html"]
        assert found[2:] == wanted
    assert (message.text or "").replace("\r\n", "\n") == TEXT
    shown = (message.html or "").replace("\r\n", "\n")
    assert shown == PAGE.replace("picture.png", message.parts[2].content_id or "-")
    assert [e.tls for e in lab.transcript[-1].events if b"MAIL" in e.data] == [port != 25]


def test_a_password_file_from_windows_is_read_as_it_was_meant(lab: Lab, folder: Path) -> None:
    options = to(lab, folder, 465)
    code = lab.account.authorization_code
    (folder / "code.txt").write_bytes(b"\xef\xbb\xbf" + code.encode() + b"\r\n")
    assert run(folder, *options, *TO_LIN).returncode == 0


def test_recipients_given_twice_get_one_mail(lab: Lab, folder: Path) -> None:
    done = run(folder, *to(lab, folder, 25), *TO_LIN, "--to", "lin@lab.test")
    assert done.returncode == 0
    assert lab.mailbox.wait().recipients == ("lin@lab.test",)


def test_the_certificate_may_bear_another_name_than_the_host(lab: Lab, folder: Path) -> None:
    options = to(lab, folder, 465)
    assert run(folder, *options, *TO_LIN, "--hostname", lab.hostname).returncode == 0
    done = run(folder, *options, *TO_LIN, "--hostname", "mail.example")
    one_line(done, "not sent", "certificate", "mail.example")
    assert len(lab.mailbox) == 1


# Mail that is not


def test_some_recipients_are_refused(lab: Lab, folder: Path) -> None:
    done = run(folder, *to(lab, folder, 587), *TO_LIN, "--to", "nobody@lab.test")
    one_line(done, "sent, but not to nobody@lab.test: 550 5.1.1")
    assert lab.mailbox.wait().recipients == ("lin@lab.test",)


def test_all_recipients_are_refused(lab: Lab, folder: Path) -> None:
    done = run(folder, *to(lab, folder, 587), *MAIL, "--to", "nobody@lab.test")
    one_line(done, "not sent: the server said 550", "nobody@lab.test")


def test_the_web_password_is_refused_and_never_printed(lab: Lab, folder: Path) -> None:
    done = run(folder, *to(lab, folder, 465, password="sunshine7"), *TO_LIN)
    said = one_line(done, "not sent: the server said 535", "authorization code")
    assert "sunshine7" not in said


@pytest.mark.parametrize(
    ("fault", "others"),
    [
        (faults.Reply(535, at="AUTH"), ()),
        (faults.Reply(550, at="RCPT"), ()),
        (faults.Reply(554, at="greeting"), ()),
        (faults.Without("SMTPUTF8"), ("--to", "林@lab.test")),
    ],
)
def test_a_session_that_comes_to_nothing_ends_with_quit_too(
    lab: Lab, folder: Path, fault: faults.Fault, others: tuple[str, ...]
) -> None:
    with lab.misbehave(fault):
        one_line(run(folder, *to(lab, folder, 465), *TO_LIN, *others), "not sent: ")
    said = [event.data for event in ended(lab).events if event.sender == "C"]
    assert said[-1:] == [b"QUIT\r\n"]


def test_a_session_without_starttls_ends_with_quit_too(lab: Lab, folder: Path) -> None:
    with lab.misbehave(faults.Without("STARTTLS")):
        one_line(run(folder, *to(lab, folder, 587), *TO_LIN), "not sent: ", "STARTTLS")
    said = [event.data for event in ended(lab).events if event.sender == "C"]
    assert [line.split()[0] for line in said] == [b"EHLO", b"QUIT"]


def test_every_recipient_that_was_refused_is_named(lab: Lab, folder: Path) -> None:
    with lab.misbehave(faults.Reply(550, "no", at="RCPT")):
        done = run(folder, *to(lab, folder, 25), *TO_LIN, "--to", "sam@lab.test")
    why = "lin@lab.test: 550 no; sam@lab.test: 550 no\n"
    assert one_line(done, "not sent: ").endswith(f"for every recipient: {why}")


@pytest.mark.parametrize(
    ("port", "fault", "words"),
    [
        (465, faults.Certificate("expired"), ["certificate", "expired"]),
        (587, faults.Certificate("unknown-authority"), ["certificate"]),
        (465, faults.OldTls(), ["no TLS with this server"]),
        (465, faults.PlainOnTls(), ["no TLS with this server", "does --security fit the port?"]),
        (587, faults.Reply(454, at="STARTTLS"), ["454"]),
        (587, faults.Without("STARTTLS"), ["STARTTLS"]),
        (25, faults.Silence(at="greeting"), ["in time", "does --security fit the port?"]),
        (465, faults.Silence(at="RCPT"), ["in time"]),
        (25, faults.Drop(at="DATA", octets=1), ["hung up"]),
        (25, faults.Reply(421, at="MAIL"), ["421"]),
        (25, faults.Reply(250, "ok", at="greeting"), ["250 ok"]),
        (25, faults.Reply(554, "no\x1b[31m\x07 way\u2028here", at="greeting"), ["554 no"]),
        (25, faults.NotUtf8(at="MAIL"), []),
    ],
)  # fmt: skip
def test_a_failure_is_one_clear_line(
    lab: Lab, folder: Path, port: int, fault: faults.Fault, words: list[str]
) -> None:
    with lab.misbehave(fault):
        done = run(folder, *to(lab, folder, port), *TO_LIN, "--timeout", "0.7")
    if isinstance(fault, faults.NotUtf8):
        assert done.returncode == 0
        return
    said = one_line(done, "not sent: ", *words)
    assert said[:-1].isprintable()
    assert len(lab.mailbox) == 0


def test_nobody_listens(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    way = ("--host", "127.0.0.1", "--port", str(port), "--security", "none")
    one_line(run(folder, *way, *TO_LIN), "not sent: the connection failed: ", "refused")


@contextmanager
def echo(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that takes every greeting, and repeats what it is told in a refusal."""

    def serve() -> None:
        connection, _ = server.accept()
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hello\r\n")
            for line in lines:
                if line.startswith(b"EHLO"):
                    connection.sendall(b"250-hello\r\n250 AUTH PLAIN\r\n")
                else:
                    connection.sendall(b"500 what is " + line[:-2] + b" " + decoded(line) + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


def decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(line.split()[-1])
    except ValueError:
        return b""


def test_a_server_that_repeats_the_password_is_not_believed(lab: Lab, folder: Path) -> None:
    from smtplab.lab.certificates import server_context

    options = list(to(lab, folder, 465))
    code = lab.account.authorization_code
    with echo(server_context()) as port:
        options[3] = str(port)
        said = one_line(run(folder, *options, *TO_LIN), "not sent: the server said 500 what is")
    assert code not in said
    assert base64.b64encode(f"\0{lab.account.address}\0{code}".encode()).decode() not in said


# Who we are


class End:
    """The end of a connection, at this address."""

    def __init__(self, address: str) -> None:
        self.getsockname = lambda: (address, 49_152)


@pytest.mark.parametrize(
    ("machine", "full", "address", "said"),
    [
        ("box.example.org", None, "127.0.0.1", "box.example.org"),
        ("box.example.org", None, "192.0.2.7", "box.example.org"),
        ("box", "box.example.org", "192.0.2.7", "box.example.org"),
        ("box", None, "127.0.0.1", "[127.0.0.1]"),  # nobody is asked about ourselves
        ("box", "box", "192.0.2.7", "[192.0.2.7]"),
        ("box", "localhost.localdomain", "192.0.2.7", "[192.0.2.7]"),
        ("box.local", None, "127.0.0.1", "[127.0.0.1]"),
        ("my_box.example.org", None, "192.0.2.7", "[192.0.2.7]"),
        ("192.0.2.1", None, "192.0.2.7", "[192.0.2.7]"),
        ("box", None, "::1", "[IPv6:::1]"),
        ("box", "box", "fe80::1%eth0", "[IPv6:fe80::1]"),
        ("box", "box", "2001:db8::7", "[IPv6:2001:db8::7]"),
    ],
)
def test_ehlo_says_a_full_name_or_an_address_literal(
    monkeypatch: pytest.MonkeyPatch, machine: str, full: str | None, address: str, said: str
) -> None:
    def getfqdn(name: str) -> str:
        assert full is not None, "a name server might have been asked"
        return full

    monkeypatch.setattr(socket, "gethostname", lambda: machine)
    monkeypatch.setattr(socket, "getfqdn", getfqdn)
    assert own_name(End(address)) == said


def test_both_hellos_of_a_session_say_the_same_name_and_it_is_ours(lab: Lab, folder: Path) -> None:
    assert run(folder, *to(lab, folder, 587), *TO_LIN).returncode == 0
    said = [event.data for event in ended(lab).events if event.data.startswith(b"EHLO")]
    name = own_name(End("127.0.0.1")).encode()
    assert said == [b"EHLO " + name + b"\r\n"] * 2


# Text out of a file


def test_a_text_out_of_a_file_arrives(lab: Lab, folder: Path) -> None:
    (folder / "text.txt").write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    mail = [*MAIL[:4], "--text-file", "text.txt", "--to", "lin@lab.test"]
    assert run(folder, *to(lab, folder, 25), *mail).returncode == 0
    assert (lab.mailbox.wait().text or "").replace("\r\n", "\n") == TEXT


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], ["--text", "--text-file", "required"]),
        (["--text", "Hello", "--text-file", "text.txt"], ["--text-file", "not allowed with"]),
        (["--text-file", "nowhere.txt"], ["nowhere.txt: No such file"]),
        (["--text-file", "."], [".: Is a directory"]),
        (["--text-file", "picture.png"], ["picture.png is not UTF-8 text"]),
        (["--text-file", "zeros"], ["zeros is not UTF-8 text"]),
    ],
)
def test_a_text_that_cannot_be_had_is_one_clear_line(
    lab: Lab, folder: Path, options: list[str], words: list[str]
) -> None:
    (folder / "zeros").write_bytes(bytes(9))
    mail = [*MAIL[:4], "--to", "lin@lab.test", *options]
    one_line(run(folder, *to(lab, folder, 25), *mail), "not sent: ", *words)
    assert len(lab.transcript) == 0


# Ctrl-C


# A shell that starts the tests in the background has told all of them not to hear it.
HEARS_CTRL_C = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_path('my_client.py', run_name='__main__')"
)
WHOLE = "the server had the whole mail, and had not confirmed it: it may be sent or not"


def interrupted(folder: Path, *arguments: str, when: Callable[[], bool]) -> str:
    """What the program says when Ctrl-C comes as soon as something is so."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-W", "error", "-c", HEARS_CTRL_C, *arguments],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        until = time.monotonic() + 20  # stands for "hangs"
        # Asleep: it waits for what does not come.
        while not (when() and psutil.Process(process.pid).status() == psutil.STATUS_SLEEPING):
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "")
    assert complaint.startswith("interrupted: ") and complaint.count("\n") == 1, complaint
    return complaint.removeprefix("interrupted: ").rstrip("\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C is no signal to send")
@pytest.mark.parametrize("port", [25, 465])
@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("EHLO", "no server had been given the mail, and it is not sent"),
        ("RCPT", "no server had been given the mail, and it is not sent"),
        ("DATA", "no server had been given the mail, and it is not sent"),
        ("message", WHOLE),
        ("QUIT", "the server had taken the mail already"),
    ],
)
def test_ctrl_c_says_how_far_it_was(lab: Lab, folder: Path, port: int, at: str, told: str) -> None:
    last = b"\r\n.\r\n" if at == "message" else at.encode()

    def reached() -> bool:
        events = lab.transcript[-1].events if len(lab.transcript) else ()
        return last in b"".join(event.data for event in events if event.sender == "C")

    with lab.misbehave(faults.Silence(at=at)):
        assert interrupted(folder, *to(lab, folder, port), *TO_LIN, when=reached) == told


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C is no signal to send")
def test_ctrl_c_while_the_mail_is_on_its_way_says_so(folder: Path) -> None:
    (folder / "big.dat").write_bytes(bytes(9_000_000))
    begun = threading.Event()

    def serve() -> None:
        """Take the beginning of a mail, and read no more."""
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hello\r\n")
            for line in lines:
                if line == b"DATA\r\n":
                    connection.sendall(b"354 go\r\n")
                    lines.readline()
                    begun.set()
                    done.wait(30)
                    return
                connection.sendall(b"250 ok\r\n")

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        way = ("--host", "127.0.0.1", "--port", str(server.getsockname()[1]), "--security", "none")
        try:
            said = interrupted(folder, *way, *TO_LIN, "--attach", "big.dat", when=begun.is_set)
        finally:
            done.set()
            thread.join(10)
    assert said == "the mail was on its way, and the server had not confirmed it"


def test_the_answer_to_a_mail_is_known_to_the_end() -> None:
    before = [b"220 ready", b"250-mail.lab.test", b"250 HELP", b"250 ok", b"250 ok"]
    assert client.how_far([]) == client.how_far([*before, b"354-go", b""])
    assert "on its way" in client.how_far([*before, b"354 go"])
    assert "may be sent or not" in client.how_far([*before, b"354 go", b""])
    assert "may be sent or not" in client.how_far([*before, b"354 go", b"250-queued", b""])
    assert "taken" in client.how_far([*before, b"354 go", b"250 queued", b""])
    assert "refused" in client.how_far([*before, b"354 go", b"552 too much", b""])


# How long it may be


def test_what_is_too_long_is_said_before_a_file_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded = []

    def build(*arguments: object) -> bytes:
        encoded.append(sum(len(data) for pairs in arguments[5:] for _, data in pairs))  # type: ignore[attr-defined, misc]
        return build_message(*arguments)

    monkeypatch.setattr(client, "build_message", build)
    mail = {"sender": "you@lab.test", "recipients": ["lin@lab.test"], "subject": "a", "text": "b"}
    with Lab(size=100_000) as lab:
        files = [("big.dat", bytes(75_000))]
        with pytest.raises(ValueError, match=r"^100,001 octets or more, and .* takes 100,000 at"):
            client.send_mail(*lab.address(25), security="none", attachments=files, **mail)
        assert len(lab.mailbox) == 0
        files = [("big.dat", bytes(60_000))]
        client.send_mail(*lab.address(25), security="none", attachments=files, **mail)
        assert len(lab.mailbox) == 1
    assert encoded == [0, 0, 60_000]


@pytest.mark.parametrize("octets", [0, 1, 2, 3, 57, 58, 1_024, 10_001])
def test_no_mail_that_fits_is_refused_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch, lab: Lab, octets: int
) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(client, "check_size", lambda length, extensions: lengths.append(length))
    name = "a" * 200 + ".png"
    client.send_mail(
        *lab.address(25), security="none", sender="you@lab.test", recipients=["lin@lab.test"],
        subject="a", text="\u00e9\n" * octets, html=f'<img src="cid:{name}">\n' * 50,
        inline=[(name, bytes(octets))], attachments=[("b", b"b" * octets), ("c", b"")],
    )  # fmt: skip
    beforehand, whole = lengths
    assert octets * 8 / 3 < beforehand + 1 <= whole


# Wrong use


def test_help_is_worth_reading(folder: Path) -> None:
    done = run(folder, "--help")
    assert done.returncode == 0
    for option in [*MAIL[::2], "--to", "--host", "--port", "--security", "--user",
                   "--password-file", "--cafile", "--html", "--inline", "--attach"]:  # fmt: skip
        assert option in done.stdout
    for word in ("cid:", "465", "587", "never an argument", "Exit status", "repeated"):
        assert word in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], ["--port", "65535"]),
        (["--port", "smtp"], ["--port"]),
        (["--security", "ssl"], ["--security", "starttls"]),
        (["--timeout", "0"], ["--timeout"]),
        (["--timeout", "nan"], ["--timeout"]),
        (["--password", "hunter2"], ["no option --password"]),
        (["--password=hunter2"], ["no option --password"]),
        (["hunter2"], ["without an option"]),
        (["--password-file", "code.txt"], ["--user"]),
        (["--user", "you", "--password-file", "hunter2"], ["the password file cannot be read"]),
        (["--user", "you", "--password-file", "picture.png"], ["not UTF-8"]),
        (["--user", "you"], ["--password-file"]),
        (["--user", "you", "--password-file", "code.txt"], ["anybody can read"]),
        (["--cafile", "nowhere.pem"], ["nowhere.pem"]),
        (["--cafile", "page.html"], ["page.html", "certificates"]),
        (["--html", "nowhere.html"], ["nowhere.html"]),
        (["--html", "picture.png"], ["picture.png", "UTF-8"]),
        (["--inline", "picture.png"], ["html"]),
        (["--html", "page.html", "--inline", "page.html"], ["page.html", "no picture"]),
        (["--attach", "nowhere.zip"], ["nowhere.zip"]),
        (["--attach", "."], ["."]),
        (["--to", "Lin <lin@lab.test>"], ["Lin <lin@lab.test>"]),
        (["--to", "lin@lab.test\r\nDATA"], ["DATA"]),
        (["--subject", "a\r\nBcc: sam@lab.test"], ["Subject"]),
        (["--to", "林@lab.test"], []),
        (["--host", ""], []),
    ],
)
def test_wrong_use_is_one_clear_line_and_nothing_is_sent(
    lab: Lab, folder: Path, options: list[str], words: list[str]
) -> None:
    with lab.misbehave(faults.Without("SMTPUTF8")):
        done = run(folder, *to(lab, folder, 25), *TO_LIN, *options)
    said = one_line(done, "not sent: ", *words)
    assert "hunter2" not in said
    assert len(lab.mailbox) == 0


def test_what_is_missing_is_named(folder: Path) -> None:
    one_line(run(folder, "--host", "127.0.0.1"), "--port", "--security", "--from", "--to")


def test_a_question_for_the_password_does_not_print_it(lab: Lab, folder: Path) -> None:
    options = [o for o in to(lab, folder, 465) if o not in ("--password-file", "code.txt")]
    done = run(folder, *options, *TO_LIN, stdin="hunter2\n")
    assert "hunter2" not in one_line(done, "not sent: nobody can be asked for the password")


@pytest.mark.timeout(120)
def test_the_client_passes_the_gauntlet_from_the_command_line(folder: Path) -> None:
    done = subprocess.run(
        [*STRICT, "-m", "smtplab", "gauntlet", str(folder / "my_client.py")],
        check=False,
        cwd=Path(exercises.__file__).parents[2],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    total = len(SCENARIOS)
    assert f"{total} of {total} passed by your client" in done.stdout


def test_send_mail_of_the_file_passes_its_check_with_exceptions_of_the_files_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    verdict = exercises.judge(load_client(folder / "my_client.py"))
    assert verdict.passed, verdict


# What lesson 08 says of the gauntlet


def test_the_lesson_is_right_about_what_smtplib_loses() -> None:
    assert len(SCENARIOS) > 40
    named = ("421 to EHLO", "421 to the login", "Chinese subject, text and file names")
    chosen = [scenario for scenario in SCENARIOS if scenario.name in named]
    result = exercises.run_gauntlet(exercises.reference("send_mail"), chosen)
    assert [row.mine.right for row in result.rows] == [True] * 3
    goodbyes = [row.library.sentence for row in result.rows[:2]]
    assert all("does not tell the 421" in sentence for sentence in goodbyes)
    assert "BODY=8BITMIME" in result.rows[2].library.sentence


@pytest.mark.parametrize("name", ["STARTTLS is struck out on the way", "454 to STARTTLS"])
def test_a_client_that_takes_tls_if_it_is_offered_loses_in_the_gauntlet(name: str) -> None:
    (chosen,) = [scenario for scenario in SCENARIOS if scenario.name == name]
    (row,) = exercises.run_gauntlet(takes_tls_if_offered, [chosen]).rows
    assert not row.mine.right
    assert "password away" in row.mine.sentence
    assert row.library.right


def takes_tls_if_offered(
    host, port, *, security, user, password, cafile, hostname, sender, recipients, subject, text,
    html, inline, attachments, timeout,
):  # fmt: skip
    with socket.create_connection((host, port), timeout) as plain:
        sock, reader = plain, LineReader(plain)
        extensions = say_hello(sock, reader)
        if "STARTTLS" in extensions:
            with suppress(ReplyError):
                sock, reader, extensions = starttls(sock, reader, hostname, cafile)
        with sock:
            log_in(sock, reader, extensions, user, password)
            message = build_message(sender, recipients, subject, text)
            refused = deliver(sock, reader, sender, recipients, message)
            command(sock, reader, "QUIT", 221)
    return refused
