"""The doctor finds what is wrong, names a cure for it, and needs nothing to do so."""

import ast
import socket
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import pytest

from smtplab import doctor
from smtplab.__main__ import main
from smtplab.doctor import Finding

from .conftest import ROOT


def wrong(findings: object) -> list[Finding]:
    return [finding for finding in findings if finding.cure]  # type: ignore[attr-defined]


def test_here_nothing_must_be_done(notebooks: Path) -> None:
    found = list(doctor.examine(notebooks))
    assert wrong(found) == []
    assert len(found) >= 7


def test_an_old_python_is_named_with_the_one_that_is_needed() -> None:
    [finding] = wrong(doctor.python((3, 10, 13)))
    assert "3.10.13" in finding.what
    assert "3.11" in finding.cure
    assert wrong(doctor.python((3, 11, 0))) == []


def test_what_is_needed_is_what_pyproject_says() -> None:
    assert any(requirement.startswith("aiosmtpd>=") for requirement in doctor.requirements())


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ("no-such-package-for-smtp>=1", "no-such-package-for-smtp is missing"),
        ("aiosmtpd>=99", f"aiosmtpd is {metadata.version('aiosmtpd')}, and the course needs >=99"),
        ("aiosmtpd<1", "aiosmtpd is"),
    ],
)
def test_a_package_that_is_missing_or_unfit_has_one_line_to_paste(
    requirement: str, words: str
) -> None:
    [finding] = wrong(doctor.packages(["psutil", requirement]))
    assert words in finding.what
    assert "\n" not in finding.cure


def test_the_line_to_paste_is_for_this_very_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/home/you/course/.venv")
    monkeypatch.setattr(sys, "executable", "/home/you/my course/.venv/bin/python")
    cure = doctor.install_cure()
    assert cure.startswith('"/home/you/my course/.venv/bin/python" -m pip install -r ')
    assert cure.endswith("requirements.txt")


def test_a_python_outside_every_environment_is_sent_to_the_courses_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(doctor, "CHECKOUT", tmp_path)
    assert "README's first command" in doctor.install_cure()
    for name in ("bin", "Scripts"):
        (tmp_path / ".venv" / name).mkdir(parents=True)
    assert ".venv" in doctor.install_cure()


def test_a_course_that_is_not_installed_is_noticed(
    monkeypatch: pytest.MonkeyPatch, notebooks: Path
) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    assert any("smtplab is missing" in found.what for found in wrong(doctor.examine(notebooks)))


def test_a_front_end_without_widgets_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda: [str(tmp_path)])
    cures = [finding.cure for finding in wrong(doctor.front_end())]
    assert [cure.split()[-1] for cure in cures] == ["jupyterlab-widgets", "anywidget"]


@pytest.mark.parametrize("which", ["data", "runtime"])
def test_a_home_that_jupyter_cannot_write_into_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, which: str
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("data", "runtime"):
        folder = tmp_path / name / "not there yet"
        monkeypatch.setattr(f"jupyter_core.paths.jupyter_{name}_dir", lambda folder=folder: folder)
        folder.parent.mkdir()
    assert wrong(doctor.jupyter()) == []
    assert not (tmp_path / which / "not there yet").exists()  # who looks leaves nothing behind

    real = tempfile.TemporaryFile

    def refuse(**options: object) -> object:
        if options["dir"] == tmp_path / which:
            raise PermissionError(13, "Permission denied")
        return real(**options)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # root may write where others may not
    monkeypatch.setattr(sys, "platform", "linux")
    [finding] = wrong(doctor.jupyter())
    assert finding.what == f"Jupyter cannot write into {tmp_path / which} (Permission denied)"
    assert f'sudo chown -R "$(id -un)" {tmp_path / which}' in finding.cure
    assert "HOME=DIR" in finding.cure

    # What is above the home folder is not to be given away.
    monkeypatch.setattr(Path, "home", lambda: tmp_path / which / "home")
    [finding] = wrong(doctor.jupyter())
    assert "chown" not in finding.cure


def test_a_machine_without_loopback_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: object) -> socket.socket:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", no_socket)
    [finding] = wrong(doctor.loopback())
    assert "127.0.0.1" in finding.what
    assert "Operation not permitted" in finding.what
    assert "loopback" in finding.cure


def test_a_folder_that_cannot_be_written_is_noticed(
    monkeypatch: pytest.MonkeyPatch, notebooks: Path
) -> None:
    def refuse(**options: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # root may write where others may not
    [finding] = wrong(doctor.writable(notebooks))
    assert str(notebooks) in finding.what
    assert "Read-only file system" in finding.what


def test_a_folder_without_notebooks_is_noticed(tmp_path: Path) -> None:
    [finding] = wrong(doctor.writable(tmp_path))
    assert str(tmp_path) in finding.what


def test_too_little_memory_is_noticed() -> None:
    [finding] = wrong(doctor.memory(100_000_000))
    assert finding.what.startswith("100 MB")
    assert wrong(doctor.memory(doctor.MEMORY_NEEDED)) == []
    assert list(doctor.memory(None)) == []


def test_too_little_disk_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "DISK_NEEDED", 1 << 60)
    [finding] = wrong(doctor.disk(tmp_path))
    assert "MB are free" in finding.what


def test_the_command_prints_each_cure_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = [Finding("all is well with A"), Finding("B is broken", "mend B")]
    monkeypatch.setattr(doctor, "examine", lambda: iter(findings))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["ok     all is well with A", "TO DO  B is broken", "       cure: mend B"]

    monkeypatch.setattr(doctor, "examine", lambda: iter(findings[:1]))
    assert main(["doctor"]) == 0


def test_the_doctor_needs_the_standard_library_alone() -> None:
    # -I -S: no site-packages, so every package is missing.
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from smtplab.__main__ import main\n"
        "sys.exit(main(['doctor']))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert run.returncode == 1
    assert "aiosmtpd is missing" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize("module", ["__init__", "__main__", "command", "doctor"])
def test_an_old_python_can_read_what_tells_that_it_is_old(module: str) -> None:
    source = (ROOT / "smtplab" / f"{module}.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
