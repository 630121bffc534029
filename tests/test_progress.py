"""The progress file: whole at every moment, never emptied, and shared by several notebooks."""

import errno
import importlib
import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from smtplab.student.store import Record, State, Store, set_aside, write_whole

# `smtplab.exercises.progress` is the function of that name.
progress = importlib.import_module("smtplab.student.store")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def nothing_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "_unwritten", {})


def passed(name: str, text: str = "def x(): pass\n") -> Any:
    def edit(state: State) -> None:
        record = state.record(name)
        record.tries += 1
        record.passed, record.text = True, text

    return edit


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    record = Record(3, 2, True, "def f(): 'Grüße, 你好'\n", ["import os"], {"A": "A = 1\n"}, ["g"])
    Store(tmp_path).change(lambda state: state.exercises.update(f=record))
    store = Store(tmp_path)
    assert store.read().exercises == {"f": record}
    assert store.message == ""


def test_a_folder_without_a_file_is_a_beginning(tmp_path: Path) -> None:
    store = Store(tmp_path / "new")
    assert store.read() == State()
    assert store.message == ""
    assert not (tmp_path / "new").exists()


GOOD = {"format": 1, "client": "", "exercises": {}}
RECORD = {"tries": 1, "hints": 0, "passed": True, "text": "def f(): pass\n", "imports": [],
          "helpers": {}, "needs": []}  # fmt: skip


def holding(**fields: Any) -> str:
    return json.dumps({**GOOD, "exercises": {"f": {**RECORD, **fields}}})


DAMAGED = {
    "empty": "",
    "cut": json.dumps(GOOD)[:-5],
    "not JSON": "{'format': 1}",
    "binary": b"\x00\xff\xfe\x80",
    "zeros": b"\x00" * 500,
    "a list": "[]",
    "a number": "3",
    "null": "null",
    "deep": "[" * 100_000,
    "another format": json.dumps({**GOOD, "format": 2}),
    "no exercises": json.dumps({"format": 1, "client": ""}),
    "exercises a list": json.dumps({**GOOD, "exercises": [1]}),
    "record a list": json.dumps({**GOOD, "exercises": {"f": [1]}}),
    "unknown field": holding(more=1),
    "tries a str": holding(tries="1"),
    "tries below zero": holding(tries=-1),
    "hints below zero": holding(hints=-3),
    "text a number": holding(text=3),
    "text no Python": holding(text="def f(:\n"),
    "imports of numbers": holding(imports=[1]),
    "imports no Python": holding(imports=["import"]),
    "helpers of numbers": holding(helpers={"A": 1}),
    "needs of null": holding(needs=[None]),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_set_aside_with_a_word(tmp_path: Path, content: str | bytes) -> None:
    octets = content.encode() if isinstance(content, str) else content
    path = tmp_path / progress.NAME
    path.write_bytes(octets)
    store = Store(tmp_path)
    assert store.read() == State()
    (kept,) = tmp_path.glob("progress.damaged-*.json")
    assert kept.read_bytes() == octets
    assert kept.name in store.message
    assert not path.exists()
    store.change(passed("f"))
    assert Store(tmp_path).read().exercises["f"].passed


def test_a_file_that_a_test_for_damage_lets_through_is_read(tmp_path: Path) -> None:
    (tmp_path / progress.NAME).write_text(holding())
    assert Store(tmp_path).read().exercises["f"].tries == 1


def test_a_folder_in_its_place_is_set_aside_with_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / progress.NAME).mkdir()
    (tmp_path / progress.NAME / "mine.txt").write_text("precious")
    store = Store(tmp_path)
    store.change(passed("f"))
    (kept,) = tmp_path.glob("progress.damaged-*.json/mine.txt")
    assert kept.read_text() == "precious"
    assert "set aside" in store.message
    assert Store(tmp_path).read().exercises["f"].passed


def test_damage_twice_in_a_second_keeps_both(tmp_path: Path) -> None:
    for content in ("one", "two"):
        (tmp_path / progress.NAME).write_text(content)
        Store(tmp_path).read()
    kept = sorted(path.read_text() for path in tmp_path.glob("progress.damaged-*"))
    assert kept == ["one", "two"]


def test_a_file_that_another_process_has_mended_meanwhile_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / progress.NAME
    path.write_text("{")
    decoded = Store._decoded

    def late(store: Store) -> State | None:
        found = decoded(store)
        path.write_text(holding())  # at this very moment
        monkeypatch.setattr(Store, "_decoded", decoded)
        return found

    monkeypatch.setattr(Store, "_decoded", late)
    store = Store(tmp_path)
    assert store.read().exercises["f"].passed
    assert store.message == ""


@pytest.mark.parametrize("broken", ["mkstemp", "replace", "fsync"])
def test_a_folder_that_takes_nothing_costs_nothing_but_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    Store(tmp_path).change(passed("before"))
    before = (tmp_path / progress.NAME).read_text()
    edits: list[str] = []

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    owner = {"mkstemp": progress.tempfile, "fsync": os, "replace": Path}[broken]
    with monkeypatch.context() as context:
        context.setattr(owner, broken, refuse)
        for name in ("one", "two"):
            store = Store(tmp_path)
            store.change(lambda state, name=name: (edits.append(name), passed(name)(state)))
            assert "Nothing can be written" in store.message
        assert (tmp_path / progress.NAME).read_text() == before
        # It lasts as long as the process, and each edit was made once.
        state = Store(tmp_path).read()
        assert {name: record.tries for name, record in state.exercises.items()} == {
            "before": 1, "one": 1, "two": 1,
        }  # fmt: skip
    assert edits == ["one", "two"]
    assert not list(tmp_path.glob(".progress.json.[!l]*"))
    Store(tmp_path).change(passed("three"))
    monkeypatch.setattr(Store, "_unwritten", {})
    assert set(Store(tmp_path).read().exercises) == {"before", "one", "two", "three"}


def test_a_file_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path).change(passed("precious"))
    before = (tmp_path / progress.NAME).read_text()

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as context:
        context.setattr(Path, "read_text", refuse)
        store = Store(tmp_path)
        assert store.read() == State()
        assert "Permission denied" in store.message
        store.change(passed("new"))
    assert (tmp_path / progress.NAME).read_text() == before


def test_a_lock_that_never_opens_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    other, mine = Store(tmp_path), Store(tmp_path)
    mine._lock.timeout = 0.05
    with other._lock:
        mine.change(passed("f"))
    assert "Nothing can be written" in mine.message
    assert Store(tmp_path).read().exercises["f"].passed


def test_an_edit_that_raises_changes_nothing(tmp_path: Path) -> None:
    Store(tmp_path).change(passed("f"))

    def edit(state: State) -> None:
        state.exercises.clear()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Store(tmp_path).change(edit)
    assert Store(tmp_path).read().exercises["f"].passed


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(n: int) -> None:
        for _ in range(5):
            Store(tmp_path).change(passed(f"f{n}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = Store(tmp_path).read()
    assert {n: r.tries for n, r in state.exercises.items()} == {f"f{n}": 5 for n in range(4)}


WRITER = """
import sys
from pathlib import Path
from smtplab.student.store import Store
name, times = sys.argv[2], int(sys.argv[3])
print("begins", flush=True)
for n in range(times):
    def edit(state):
        record = state.record(name)
        record.tries += 1
        record.text = "# " + "x" * 20_000
    Store(Path(sys.argv[1])).change(edit)
"""


def writer(target: Path, name: str, times: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(target), name, str(times)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    processes = [writer(tmp_path, f"f{n}", 12) for n in range(3)]
    for process in processes:
        assert process.wait(30) == 0
        assert process.stdout is not None
        process.stdout.close()
    state = Store(tmp_path).read()
    assert {n: r.tries for n, r in state.exercises.items()} == {f"f{n}": 12 for n in range(3)}


def test_a_process_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    Store(tmp_path).change(passed("before"))
    chance = random.Random(2821)
    last = 0
    for _ in range(4):
        process = writer(tmp_path, "f", 100_000)
        try:
            process.wait(chance.uniform(0.001, 0.06))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        store = Store(tmp_path)
        state = store.read()
        assert store.message == ""
        assert state.exercises["before"].passed
        tries = state.exercises.get("f", Record()).tries
        assert tries >= last
        last = tries
        store.change(lambda state: None)  # the lock went with the process
        assert store.message == ""
    assert last > 0


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "secret.ipynb"
    path.write_text("old")
    path.chmod(0o600)
    write_whole(path, "new")
    assert path.read_text() == "new\n"
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_set_aside_never_replaces_another(tmp_path: Path) -> None:
    names = set()
    for n in range(5):
        path = tmp_path / "my_client.py"
        path.write_text(str(n))
        names.add(set_aside(path, "changed"))
    assert sorted(path.read_text() for path in names) == list("01234")
