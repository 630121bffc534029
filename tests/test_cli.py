"""The command line: what it opens, serves, writes and refuses."""

import io
import json
import os
import platform
import queue
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import tomllib
import urllib.parse
import urllib.request
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from smtplab import doctor, student
from smtplab.__main__ import lab_arguments, main, prepare
from smtplab.command import LANGUAGE
from smtplab.doctor import Finding
from smtplab.exercises import LESSONS

from .conftest import ROOT, Course, asked, opened


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serv"], "serv"),
        (["serve", "--profile", "modern"], "modern"),
        (["serve", "--port-587", "submission"], "submission"),
        (["--port", "65536"], "65536"),
        (["slides"], "LESSON"),
        (["slides", "imap"], "02_dialogue"),
        (["solved"], "DIR"),
        (["nbgrader"], "DIR"),
        (["grade"], "FOLDER"),
        (["reset"], "EXERCISE"),
        (["reset", "read_repyl"], "read_reply"),
        (["reset", "nosuch"], "reply_code, say_goodbye, send_all,"),
    ],
)
def test_wrong_use_gets_one_line_that_names_it_and_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = exit_.code  # type: ignore[assignment]
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert said.err.startswith("smtplab: ")
    assert said.err.count("\n") == 1
    assert words in said.err


def test_a_missing_package_is_named_and_leads_to_the_doctor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    assert main([]) == 1
    said = capsys.readouterr().err
    assert "jupyterlab" in said
    assert "python -m smtplab doctor" in said


def test_slides_ask_for_what_shows_them_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("smtplab.__main__.find_spec", lambda name: None)
    assert main(["slides", "3"]) == 1
    assert "-m pip install jupyterlab-rise==" in capsys.readouterr().err


def test_a_folder_without_notebooks_cannot_be_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(tmp_path))
    assert main([]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_the_users_own_jupyter_settings_are_not_written(tmp_path: Path) -> None:
    arguments = lab_arguments(tmp_path, tmp_path / "own", Namespace(port=None, no_browser=False))
    assert f"--LabApp.workspaces_dir={tmp_path / 'own' / 'workspaces'}" in arguments
    assert not any("generate" in argument or "password" in argument for argument in arguments)
    assert "--no-browser" not in arguments


@pytest.fixture
def another_kernel(newcomer: dict[str, str], tmp_path: Path) -> None:
    """The user has a kernel of another Python, under the name that notebooks ask for."""
    folder = tmp_path / "another" / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["another-python", "-f", "{connection_file}"], "display_name": "Another"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    newcomer["JUPYTER_PATH"] = str(tmp_path / "another")


@pytest.mark.usefixtures("another_kernel")
def test_notebooks_run_in_the_python_that_opened_them(
    notebooks: Path, newcomer: dict[str, str]
) -> None:
    with opened(notebooks, newcomer, "--no-browser") as course:
        spec = asked(course, "/api/kernelspecs")["kernelspecs"]["python3"]["spec"]
    assert spec["argv"][0] == sys.executable


@pytest.mark.skipif(sys.platform == "win32", reason="there no variable names the browser")
def test_the_browser_is_sent_to_lesson_00_with_the_token(
    notebooks: Path, newcomer: dict[str, str], tmp_path: Path
) -> None:
    """A browser that only passes on what it was told to open, through a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nexec echo "$1" > {pipe}\n')
    browser.chmod(0o755)
    newcomer["BROWSER"] = f"{browser} %s"
    with opened(notebooks, newcomer) as course:
        file = pipe.read_text().strip()
        assert file.startswith("file:/")  # Python 3.14 leaves the empty host away
        page = Path(urllib.request.url2pathname(urllib.parse.urlsplit(file).path))
        assert course.address.partition("/lab")[2] in page.read_text(encoding="utf-8")


def test_the_terminal_warns_of_nothing_when_a_lesson_is_opened(
    notebooks: Path, newcomer: dict[str, str]
) -> None:
    with opened(notebooks, newcomer, "--no-browser") as course:
        asked(course, "/api/contents/00_start_here.ipynb")
    said = "".join(iter(course.said.get, ""))
    assert "stopping" in said  # the last word is heard, too
    assert "[W " not in said


def test_a_kernel_warns_of_nothing_and_is_as_the_lessons_have_it(
    monkeypatch: pytest.MonkeyPatch, newcomer: dict[str, str], tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    prepare(tmp_path)
    ours = KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")])
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=ours)
    with (tmp_path / "said").open("w+", encoding="utf-8") as said:
        manager.start_kernel(env=newcomer, stdout=said, stderr=said)
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=30)
            info = client.kernel_info(reply=True, timeout=30)["content"]
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
        said.seek(0)
        assert "WARNING" not in said.read()
    # What JupyterLab writes of it into a lesson is there already, whatever Python this is.
    assert info["language_info"] == LANGUAGE


def test_a_port_that_is_taken_is_named(
    monkeypatch: pytest.MonkeyPatch, notebooks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(notebooks))
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert main(["--port", str(taken), "--no-browser"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"smtplab: port {taken} cannot be had (")
    assert said.err.count("\n") == 1
    # Should another take it after that, Jupyter is not to choose for itself.
    arguments = lab_arguments(notebooks, notebooks, Namespace(port=taken, no_browser=True))
    assert "--ServerApp.port_retries=0" in arguments


def test_a_home_that_cannot_be_written_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, notebooks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(notebooks))
    monkeypatch.setattr(doctor, "jupyter", lambda: iter([Finding("ok"), Finding("no", "do")]))
    assert main([]) == 1
    assert capsys.readouterr().err == "smtplab: no. Cure: do.\n"


def test_the_version_is_said_with_that_of_python(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--version"])
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = platform.python_version()
    assert capsys.readouterr().out == f"smtplab {own['version']} on Python {python}\n"


def test_nobody_is_asked_about_news(course: Course) -> None:
    found = asked(course, "/lab/api/settings/@jupyterlab/apputils-extension:notification")
    assert found["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_progress_is_printed(
    monkeypatch: pytest.MonkeyPatch, notebooks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(notebooks))
    assert main(["progress"]) == 0
    assert "reply_code" in capsys.readouterr().out


def test_reset_gives_one_stub_back_and_leaves_the_other_work(
    monkeypatch: pytest.MonkeyPatch, notebooks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTPLAB_FOLDER", str(notebooks))
    lesson = notebooks / "02_dialogue.ipynb"
    shipped = lesson.read_text(encoding="utf-8")
    mine = shipped.replace("def dot_stuff(body):", "def dot_stuff(body):  # mine")
    both = mine.replace("def parse_ehlo(reply):", "def parse_ehlo(reply):  # mine too")
    assert shipped != mine != both
    lesson.write_text(both, encoding="utf-8")

    assert main(["reset", "parse_ehlo"]) == 0
    assert "parse_ehlo" in capsys.readouterr().out
    assert lesson.read_text(encoding="utf-8") == mine


def test_solved_writes_every_lesson_and_the_client(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "instructor"
    assert main(["solved", str(folder)]) == 0
    written = {path.name for path in folder.iterdir()}
    assert {lesson.notebook for lesson in LESSONS} <= written
    assert "my_client.py" in written
    assert str(folder / "my_client.py") in capsys.readouterr().out


@pytest.mark.parametrize("below", ["", "new"])
def test_solved_into_a_file_is_refused_in_one_line(
    below: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    assert main(["solved", str(file / below)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{file} is a file: name a folder" in said
    assert file.read_text() == "mine"


def test_solved_says_what_the_system_said_and_no_number_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(directory: Path) -> None:
        raise OSError(28, "No space left on device", "x.ipynb")

    monkeypatch.setattr(student, "write_solved", full)
    assert main(["solved", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said == "smtplab: no edition was written: x.ipynb: No space left on device.\n"


class Served:
    """`python -m smtplab serve`, and what it has printed."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smtplab", "serve", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
        self.said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.listener = threading.Thread(target=self._listen)
        self.listener.start()

    def _listen(self) -> None:
        assert isinstance(self.process.stdout, io.TextIOBase)
        with self.process.stdout:
            for line in self.process.stdout:
                self.said.put(line)
        self.said.put("")

    def until(self, pattern: str) -> re.Match[str]:
        """The first line from now on that has the pattern."""
        while line := self.said.get(timeout=20):
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"serve ended without saying {pattern}")


@pytest.fixture
def serve(hears_ctrl_c: None) -> Iterator[type[Served]]:
    running: list[Served] = []

    class Remembered(Served):
        def __init__(self, *arguments: str) -> None:
            super().__init__(*arguments)
            running.append(self)

    yield Remembered
    for served in running:
        served.process.kill()
        served.process.wait()
        served.listener.join()


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C goes to a whole console")
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_serve_takes_mail_shows_it_live_and_ends_cleanly(
    serve: type[Served], signal_: signal.Signals
) -> None:
    served = serve("--profile", "legacy")
    port = int(served.until(r"25 +127\.0\.0\.1 port (\d+)")[1])
    served.until("authorization code")
    served.until(r"certificate +\S+\.pem")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.lab.test", timeout=10) as client:
        client.sendmail("you@lab.test", ["lin@lab.test"], "Subject: hello\r\n\r\nhello\r\n")
    served.until(r"\[1, port 25\] +S: 220 mail\.lab\.test")
    served.until(r"\[1, port 25\] +C: Subject: hello")
    served.until(r"\[1, port 25\] +C: (quit|QUIT)")
    served.process.send_signal(signal_)
    served.until("has stopped")
    assert served.process.wait(20) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there a pipe breaks in another way")
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_whose_reader_has_gone_ends_without_a_word(command: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "smtplab", command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()  # as `head -1` does
        if command == "serve":
            process.terminate()
        assert process.stderr.read() == b""


def test_serve_on_a_port_that_is_taken_says_so(serve: type[Served]) -> None:
    first = serve()
    taken = first.until(r"587 +127\.0\.0\.1 port (\d+)")[1]
    second = serve("--port-587", taken)
    second.until("^smtplab: the provider cannot start")
    assert second.process.wait(20) == 1


def test_serve_on_chosen_ports(serve: type[Served]) -> None:
    # A port that was free a moment ago: the system does not give it out again so soon.
    first = serve()
    free = first.until(r"465 +127\.0\.0\.1 port (\d+)")[1]
    first.process.kill()
    first.process.wait()
    second = serve("--port-465", free)
    assert second.until(r"465 +127\.0\.0\.1 port (\d+)")[1] == free


def certificate(served: Served) -> tuple[str, str, str]:
    """The code of a provider that serves, its authority, and the certificate that it shows."""
    port = int(served.until(r"465 +127\.0\.0\.\d port (\d+)")[1])
    code = served.until(r"authorization code +(\w+)")[1]
    authority = served.until(r"certificate +(\S+\.pem)")[1]
    shown = ssl.get_server_certificate(("127.0.0.1", port), ca_certs=authority, timeout=10)
    return code, Path(authority).read_text(), shown


def test_serve_keeps_its_code_and_its_certificates_in_a_folder(
    serve: type[Served], tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "state"
    found = []
    for _ in range(2):
        served = serve("--state", str(folder))
        found.append(certificate(served))
        served.process.terminate()
        assert served.process.wait(20) == 0
    assert found[0] == found[1]
    assert [path.stat().st_mode & 0o77 for path in folder.glob("*.pem")] == [0] * 3
    assert certificate(serve())[0] != found[0][0]


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is loopback there")
def test_serve_on_another_address_has_a_certificate_for_it(
    serve: type[Served], tmp_path: Path
) -> None:
    served = serve("--state", str(tmp_path), "--host", "127.0.0.2")
    port = int(served.until(r"465 +127\.0\.0\.2 port (\d+)")[1])
    assert "127.0.0.2" in served.until(r"certificate .*").string
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    with socket.create_connection(("127.0.0.2", port), 10) as sock:
        context.wrap_socket(sock, server_hostname="127.0.0.2").close()


def test_serve_saves_each_mail_and_says_how_to_look_at_it(
    serve: type[Served], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "0007.eml").write_bytes(b"mine")
    mail = b"From: you@lab.test\r\nSubject: =?utf-8?B?5L2g5aW9?=\r\n\r\n.hello\r\n"
    served = serve("--save", str(tmp_path))
    port = int(served.until(r"25 +127\.0\.0\.1 port (\d+)")[1])
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.lab.test", timeout=10) as client:
        client.sendmail("you@lab.test", ["lin@lab.test", "sam@lab.test"], mail)
    said = r"\[1\] +mail from <you@lab\.test> to <lin@lab\.test>, <sam@lab\.test>: '你好'"
    served.until(said)
    path = served.until(r"to look at it: .* read (\S+0008\.eml)")[1]
    assert Path(path).read_bytes() == mail
    assert (tmp_path / "0007.eml").read_bytes() == b"mine"
    assert main(["read", path]) == 0
    shown = capsys.readouterr().out
    assert "你好" in shown and ".hello" in shown


@pytest.mark.parametrize("option", ["--state", "--save"])
def test_a_folder_that_cannot_be_one_is_said_in_a_sentence(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "folder"
    assert main(["serve", option, str(folder)]) == 1
    said = capsys.readouterr().err
    assert said == f"smtplab: the folder {folder} cannot be used: Not a directory.\n"


def test_a_certificate_that_is_none_is_said_in_a_sentence(
    tmp_path: Path, serve: type[Served]
) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    (tmp_path / "ca-key.pem").write_text("nonsense")
    served = serve("--state", str(tmp_path))
    served.until("^smtplab: a certificate or a key in .* Delete its .pem files, and new ones")
    assert served.process.wait(20) == 1


def test_a_mail_that_is_not_there_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(tmp_path / "none.eml")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
