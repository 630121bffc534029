"""check, hint, solution, mine, progress and reset, as a student meets them over an evening."""

import errno
import functools
import importlib
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from smtplab import exercises, views
from smtplab import student as portfolio
from smtplab.exercises import LESSONS, UnknownExercise
from smtplab.judge import Case
from smtplab.student import my_client, notebooks
from smtplab.student.store import Store, write_whole

from . import cells, student

GOOD = "def reply_code(line):\n    return int(line[:3])\n"
WRONG = "def reply_code(line):\n    return line[:3]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder with the notebooks as shipped, and nothing done yet."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for lesson in LESSONS:
        text = (cells.FOLDER / lesson.notebook).read_text(encoding="utf-8")
        (folder / lesson.notebook).write_text(text, encoding="utf-8")
    monkeypatch.setenv("SMTPLAB_FOLDER", str(folder))
    monkeypatch.setattr(Store, "_unwritten", {})
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Any:
    return lambda text, name="reply_code": student.function(tmp_path, text, name)


def status(name: str) -> tuple[str, int, int]:
    rows = [row for lesson in portfolio.progress().lessons for row in lesson.exercises]
    (row,) = [row for row in rows if row.name == name]
    return row.status, row.tries, row.hints


# check


def test_a_pass_is_counted_and_kept(folder: Path, write: Any) -> None:
    verdict = portfolio.check(write(GOOD))
    assert verdict.passed
    assert verdict.note == "Kept in my_client.py."
    assert status("reply_code") == ("passed", 1, 0)
    assert GOOD in (folder / my_client.NAME).read_text()


def test_a_failure_counts_and_keeps_nothing(folder: Path, write: Any) -> None:
    verdict = portfolio.check(write(WRONG))
    assert verdict.status == "failed"
    assert status("reply_code") == ("tried", 1, 0)
    assert not (folder / my_client.NAME).exists()


def test_a_failure_after_a_pass_takes_nothing_back(folder: Path, write: Any) -> None:
    portfolio.check(write(GOOD))
    portfolio.check(write(WRONG))
    assert status("reply_code") == ("passed", 2, 0)
    assert GOOD in (folder / my_client.NAME).read_text()


def test_a_better_version_takes_the_place_of_the_first(folder: Path, write: Any) -> None:
    portfolio.check(write(GOOD))
    portfolio.check(write(GOOD.replace("line[:3]", "line[0:3]")))
    text = (folder / my_client.NAME).read_text()
    assert text.count("def reply_code") == 1
    assert "line[0:3]" in text


def test_a_long_check_says_how_far_it_is(folder: Path) -> None:
    text = notebooks.whole(exercises.reference_source("send_mail"))
    needs = exercises.reference_source("send_mail").needs
    namespace = {need: exercises.reference(need) for need in needs}
    exec(text, namespace)
    heard: list[tuple[int, int]] = []
    verdict = portfolio.check(namespace["send_mail"], lambda *how: heard.append(how))
    assert verdict.passed, verdict
    assert heard == sorted(heard)
    assert heard[0][0] == 0
    done, of = heard[-1]
    assert 0 < done <= of  # a machine that is busy says it less often


def test_a_stub_is_no_try(folder: Path, write: Any) -> None:
    verdict = portfolio.check(write("def reply_code(line):\n    raise NotImplementedError"))
    assert verdict.status == "not_attempted"
    assert status("reply_code") == ("new", 0, 0)
    assert not (folder / "progress.json").exists()


def test_judging_alone_leaves_no_trace(folder: Path, write: Any) -> None:
    assert exercises.judge(write(GOOD)).passed
    assert not (folder / "progress.json").exists()


@pytest.mark.parametrize("name", ["reply_code", "LineReader"])
def test_the_reference_is_not_judged_as_the_students(folder: Path, name: str) -> None:
    """A green "Passed" over it would hide that the student's own version is broken."""
    (lent,) = portfolio.mine(name).values
    verdict = portfolio.check(lent)
    assert (verdict.status, verdict.reason) == ("not_attempted", "reference")
    assert verdict.sentence.startswith(f"This {name} is the course's own version, not yours")
    assert "The course's own version" in views.drawn(verdict)["text/plain"]
    assert "Not yet written" not in views.drawn(verdict)["text/html"]
    assert not (folder / "progress.json").exists()
    assert not (folder / my_client.NAME).exists()


def test_the_references_text_in_a_students_cell_is_the_students(folder: Path, write: Any) -> None:
    text = notebooks.whole(exercises.reference_source("reply_code"))
    verdict = portfolio.check(write(text))
    assert verdict.passed
    assert status("reply_code") == ("passed", 1, 0)
    assert "def reply_code" in (folder / my_client.NAME).read_text()


def test_what_the_student_made_out_of_the_reference_is_the_students(write: Any) -> None:
    text = """
        import functools
        from smtplab.solutions.start_here import reply_code as given

        @functools.wraps(given)
        def reply_code(line):
            return str(given(line))
    """
    assert portfolio.check(write(text)).status == "failed"
    verdict = portfolio.check(write(text.replace("str(given(line))", "given(line)")))
    assert verdict.reason == "third-party"  # and not the reference's text as the student's


def test_a_stub_may_have_been_written_in_a_cell_that_was_not_run(write: Any) -> None:
    stub = notebooks.stub(exercises.reference_source("reply_code"))
    sentence = portfolio.check(write(stub)).sentence
    assert "reply_code is not yet written" in sentence
    assert "run its cell first (Shift+Enter), then this one" in sentence


STUB = "def reply_code(line):\n    raise NotImplementedError\n"
CHECK = "check(reply_code)"


@pytest.mark.parametrize(
    ("cells", "ran", "expected"),
    [
        # Nothing was changed since it ran; a blank line at the end is no change.
        ([STUB, CHECK], [STUB, CHECK], False),
        ([GOOD + "\n", CHECK], [STUB, CHECK, GOOD.strip(), CHECK], False),
        # Written, and not run; changed, and not run again; lent, and not run at all.
        ([GOOD, CHECK], [STUB, CHECK], True),
        ([WRONG, CHECK], [STUB, GOOD, CHECK], True),
        ([GOOD, CHECK], ['reply_code = mine("reply_code")', CHECK], True),
        # Back to what stood there before, and not run.
        ([STUB, CHECK], [STUB, CHECK, GOOD, CHECK], True),
        # Two cells define it: the one that ran last still stands there.
        ([STUB, GOOD, CHECK], [STUB, GOOD, CHECK], False),
        ([WRONG, GOOD, CHECK], [STUB, GOOD, CHECK], False),
        # Nobody can tell.
        ([], [STUB, CHECK], False),
        (["def reply_codes(line): pass", CHECK], [STUB, CHECK], False),
        # What does not even parse was not run as it stands either.
        (["def reply_code(line:", CHECK], [STUB, CHECK], True),
    ],
)
def test_a_cell_that_stands_there_and_was_not_run_is_seen(
    cells: list[str], ran: list[str], expected: bool
) -> None:
    assert portfolio.not_run("reply_code", cells, ran) is expected


def test_what_has_no_text_passes_and_is_not_kept(folder: Path) -> None:
    namespace: dict[str, Any] = {}
    exec(GOOD, namespace)
    verdict = portfolio.check(namespace["reply_code"])
    assert verdict.passed
    assert "could not be found" in verdict.note
    assert not (folder / my_client.NAME).exists()


def test_what_a_function_needs_comes_along(folder: Path, write: Any) -> None:
    text = """
        import re
        from dataclasses import dataclass

        CODE, REST = 3, None
        PATTERN = re.compile(rb"[0-9]+")

        @dataclass
        class Found:
            code: int

        def first(line):
            return Found(int(PATTERN.match(line)[0]))

        def reply_code(line):
            return first(line[:CODE]).code
    """
    verdict = portfolio.check(write(text))
    assert verdict.note == "Kept in my_client.py."
    namespace: dict[str, Any] = {"__name__": "my_client"}
    exec((folder / my_client.NAME).read_text(), namespace)
    assert namespace["reply_code"](b"250 ok\r\n") == 250
    assert portfolio.mine("reply_code").values[0](b"250 ok\r\n") == 250


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("DIGITS = '3'\nglobals()['DIGITS'] = '34'\ndef reply_code(line):\n    DIGITS\n"
         "    return int(line[:3])", "another value"),
        ("WIDTH = 3\nWIDTH = str(WIDTH)\ndef reply_code(line):\n    return int(line[:int(WIDTH)])",
         "does not run"),
    ],
)  # fmt: skip
def test_what_would_not_work_by_itself_is_not_kept(
    folder: Path, write: Any, text: str, word: str
) -> None:
    verdict = portfolio.check(write(text))
    assert verdict.passed
    assert word in verdict.note
    assert status("reply_code")[0] == "passed"
    assert not (folder / my_client.NAME).exists()


@pytest.mark.parametrize("own", [GOOD, ""], ids=["own", "reference"])
@pytest.mark.parametrize(
    "given", ['code_of = mine("reply_code")', 'code_of, other = mine("reply_code", "split_line")']
)
def test_what_mine_gave_may_have_another_name(
    folder: Path, write: Any, own: str, given: str
) -> None:
    if own:
        portfolio.check(write(own))
    text = f"""
        from smtplab import mine
        {given}

        def say_goodbye(sock):
            sock.sendall(b"QUIT\\r\\n")
            line = sock.recv(100)
            if line and code_of(line) != 221:
                print("no goodbye")
            return line
    """
    verdict = portfolio.check(write(text, "say_goodbye"))
    assert verdict.note == "Kept in my_client.py."
    client = (folder / my_client.NAME).read_text()
    assert "code_of = reply_code\n" in client
    assert ("still to be written: reply_code" in client) is not bool(own)
    assert portfolio.mine("say_goodbye").values


def test_helpers_of_one_name_are_told_of(folder: Path, write: Any) -> None:
    portfolio.check(write("LIMIT = 3\n" + GOOD.replace("3]", "LIMIT]")))
    other = "LIMIT = 512\ndef say_goodbye(sock):\n    sock.sendall(b'QUIT\\r\\n')\n"
    verdict = portfolio.check(write(other + "    return sock.recv(LIMIT)\n", "say_goodbye"))
    assert verdict.passed
    assert "LIMIT" in verdict.note
    assert "LIMIT = 3" in (folder / my_client.NAME).read_text()
    assert "say_goodbye" not in (folder / my_client.NAME).read_text()
    third = other.replace("LIMIT", "SIZE") + "    return sock.recv(SIZE)\n"
    assert portfolio.check(write(third, "say_goodbye")).note == "Kept in my_client.py."


def test_a_client_that_was_changed_by_hand_is_set_aside(folder: Path, write: Any) -> None:
    portfolio.check(write(GOOD))
    (folder / my_client.NAME).write_text("# all my own work\n")
    verdict = portfolio.check(write(GOOD))
    (aside,) = folder.glob("my_client.changed-*.py")
    assert aside.name in verdict.note
    assert aside.read_text() == "# all my own work\n"
    assert GOOD in (folder / my_client.NAME).read_text()


def test_a_client_that_cannot_be_written_costs_the_file_only(folder: Path, write: Any) -> None:
    (folder / my_client.NAME).mkdir()
    verdict = portfolio.check(write(GOOD))
    assert verdict.passed
    assert "could not be written" in verdict.note
    assert status("reply_code")[0] == "passed"


def test_a_folder_that_takes_nothing_is_said_and_the_course_goes_on(
    folder: Path, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    progress = importlib.import_module("smtplab.student.store")
    monkeypatch.setattr(progress.tempfile, "mkstemp", refuse)
    verdict = portfolio.check(write(GOOD))
    assert verdict.passed
    assert verdict.note.count("could not be written") == 1
    assert "Nothing can be written" in verdict.note
    assert status("reply_code") == ("passed", 1, 0)
    assert [portfolio.hint("say_goodbye").rung for _ in range(2)] == [1, 2]
    assert portfolio.mine("reply_code").report == "yours: reply_code"
    assert list(folder.glob("my_client*")) == []


def test_a_damaged_progress_file_is_told_of(folder: Path, write: Any) -> None:
    (folder / "progress.json").write_text("{")
    verdict = portfolio.check(write(GOOD))
    assert "set aside" in verdict.note
    assert status("reply_code") == ("passed", 1, 0)


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError


WRONG_ARGUMENTS = [
    220, None, b"220", 2.5, ["reply_code"], object(), Hostile(), socket.socket, len, int,
    lambda line: 220, functools.partial(len), Hostile, "".join, ValueError(), type,
]  # fmt: skip


@pytest.mark.parametrize("thing", WRONG_ARGUMENTS, ids=range(len(WRONG_ARGUMENTS)))
def test_check_never_raises(thing: Any, folder: Path) -> None:
    verdict = portfolio.check(thing)
    assert (verdict.status, verdict.reason) == ("error", "not-an-exercise")
    assert verdict.sentence.endswith((".", "?"))
    assert not (folder / "progress.json").exists()


def test_not_even_for_an_object_that_will_not_say_its_class() -> None:
    class Worse(Hostile):
        @property
        def __class__(self) -> Any:  # type: ignore[override]
            raise RuntimeError

    assert portfolio.check(Worse()).reason == "not-an-exercise"


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (220, "got 220. Leave out the parentheses"),
        (lambda line: 220, "write the function with def"),
        ("replycode", "Did you mean reply_code"),
    ],
)
def test_the_usual_slips_are_told_apart(thing: Any, words: str) -> None:
    assert words in portfolio.check(thing).sentence


def test_a_name_in_quotes_is_told_to_go_without() -> None:
    verdict = portfolio.check("reply_code")
    assert verdict.reason == "not-a-function"
    assert "check(reply_code), without quotes" in verdict.sentence


@pytest.mark.parametrize(
    "text",
    [
        "class reply_code:\n    def __init__(self, line): pass",
        "class reply_code: pass",
        "async def reply_code(line): return 220",
        "def reply_code(line):\n    yield 220",
        "def reply_code(): return 220",
        "def reply_code(line): return reply_code",
        "import functools\ndef reply_code(line): return functools.partial(int, line)",
    ],
)
def test_a_strange_answer_is_a_wrong_answer(write: Any, text: str) -> None:
    verdict = portfolio.check(write(text))
    assert verdict.status in ("failed", "error")
    assert verdict.reason not in ("check-failed", "not-an-exercise")


def test_arguments_that_are_changed_do_not_change_the_next_check(write: Any) -> None:
    text = """
        def parse_ehlo(reply):
            code, lines = reply
            lines.clear()
            return {}
    """
    first = exercises.judge(write(text, "parse_ehlo"))
    assert not first.passed
    assert exercises.judge(exercises.reference("parse_ehlo")).passed


# hint and solution


def test_hints_go_up_rung_by_rung_and_the_last_one_stays() -> None:
    rungs = [portfolio.hint("reply_code") for _ in range(5)]
    of = rungs[0].of
    assert [hint.rung for hint in rungs] == [min(n, of) for n in range(1, 6)]
    assert rungs[0].text != rungs[1].text
    assert status("reply_code") == ("new", 0, of)


def test_the_solution_opens_after_the_last_hint() -> None:
    closed = portfolio.solution("reply_code")
    assert (closed.open, closed.source) == (False, "")
    assert "3 hints left" in closed.why
    for _ in range(closed_hints := portfolio.hint("reply_code").of - 1):
        portfolio.hint("reply_code")
    assert closed_hints == 2
    opened = portfolio.solution("reply_code")
    assert opened.open
    assert "def reply_code" in opened.source


def test_the_solution_opens_after_a_pass(write: Any) -> None:
    portfolio.check(write(GOOD))
    assert portfolio.solution(write(GOOD)).open


@pytest.mark.parametrize("ask", [portfolio.hint, portfolio.solution, portfolio.reset])
@pytest.mark.parametrize("thing", [3, None, "replycode", len, Hostile()], ids=range(5))
def test_what_is_no_exercise_is_refused_with_a_sentence(ask: Any, thing: Any) -> None:
    with pytest.raises(UnknownExercise):
        ask(thing)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_no_hint_is_an_empty_word(lesson: exercises.Lesson) -> None:
    for exercise in lesson.exercises:
        assert len(set(exercise.hints)) == len(exercise.hints) >= 3


# predict


def test_a_question_of_a_lesson_comes_with_its_answer() -> None:
    known = LESSONS[0].questions[0]
    asked = portfolio.ask(known.text, list(known.choices))
    assert (asked.answer, asked.why) == (known.answer, known.why)
    assert asked.answer in asked.choices


def test_a_question_of_ones_own_has_none() -> None:
    assert portfolio.ask("Why?", (1, 2)) == portfolio.Prediction("Why?", ("1", "2"), None, "")


@pytest.mark.parametrize("choices", [[], (), None, 3])
def test_a_question_without_choices_is_refused(choices: Any) -> None:
    with pytest.raises(ValueError, match="list of choices"):
        portfolio.ask("Why?", choices)


# mine


def test_mine_gives_the_students_own_and_else_the_reference(write: Any) -> None:
    portfolio.check(write(GOOD))
    found = portfolio.mine("reply_code", "say_goodbye", "LineReader")
    own, *lent = found.values
    assert own(b"220 x") == 220
    assert own is not exercises.reference("reply_code")
    assert lent == [exercises.reference("say_goodbye"), exercises.reference("LineReader")]
    assert found.report.startswith("yours: reply_code; the reference")
    assert "say_goodbye, LineReader" in found.report


def test_a_function_of_the_students_is_given_their_own_others(write: Any) -> None:
    reference = exercises.reference_source("parse_reply_line")
    text = "\n".join([*reference.imports, *reference.helpers.values(), reference.text])
    marked = text.rstrip() + "\n    # mine\n"
    portfolio.check(write(marked, "parse_reply_line"))
    source = exercises.reference_source("read_reply")
    namespace = "from smtplab.solutions.dialogue import parse_reply_line, ReplyError\n"
    portfolio.check(write(namespace + "\n".join([*source.helpers.values(), source.text]),
                          "read_reply"))  # fmt: skip
    found = portfolio.mine("read_reply")
    assert found.report == "yours: read_reply"
    needed = found.values[0].__globals__["parse_reply_line"]
    assert needed is not exercises.reference("parse_reply_line")
    assert needed.__code__.co_filename == "<my_client.py: parse_reply_line>"


def test_what_comes_with_a_lesson_is_nobodys_to_write() -> None:
    found = portfolio.mine("ReplyError")
    assert found.values == (exercises.reference("ReplyError"),)
    assert "yours" not in found.report


def test_what_stands_under_a_decorator_comes_back_with_it(folder: Path, write: Any) -> None:
    text = """
        import functools
        from contextlib import contextmanager
        from dataclasses import dataclass

        def patient(function):
            @functools.wraps(function)
            def again(*args):
                return function(*args)
            return again

        @contextmanager
        def quiet():
            yield

        @patient
        def send_all(sock, data):
            with quiet():
                while data:
                    data = data[sock.send(data) :]

        @dataclass
        class LineReader:
            sock: object
            limit: int = 1000
            buffer: bytes = b""

            def read_line(self):
                while b"\\r\\n" not in self.buffer[: self.limit + 2]:
                    if len(self.buffer) > self.limit + 1:
                        raise ValueError
                    piece = self.sock.recv(4096)
                    if not piece:
                        raise EOFError
                    self.buffer += piece
                line, _, self.buffer = self.buffer.partition(b"\\r\\n")
                return line
    """
    for name in ("send_all", "LineReader"):
        verdict = portfolio.check(write(text, name))
        assert verdict.passed, verdict
        assert verdict.note == "Kept in my_client.py."
    mine = portfolio.mine("send_all", "LineReader")
    assert mine.report == "yours: send_all, LineReader"
    names: dict[str, Any] = {"__name__": "my_client"}
    exec((folder / my_client.NAME).read_text(), names)
    for send_all, reader in (mine.values, (names["send_all"], names["LineReader"])):
        client, server = socket.socketpair()
        with client, server:
            send_all(client, b"a line\r\nand")
            read = reader(server)
            assert read.read_line() == b"a line"
            assert read == reader(server, 1000, b"and")


def test_what_mine_hands_out_can_be_checked_and_read_again(write: Any) -> None:
    portfolio.check(write(GOOD))
    (own,) = portfolio.mine("reply_code").values
    verdict = portfolio.check(own)
    assert verdict.passed
    assert verdict.note == "Kept in my_client.py."


def test_a_kept_text_that_does_not_run_any_more_gives_way_to_the_reference(folder: Path) -> None:
    state = {"tries": 1, "hints": 0, "passed": True, "text": "def other(): pass\n",
             "imports": [], "helpers": {}, "needs": []}  # fmt: skip
    text = json.dumps({"format": 1, "client": "", "exercises": {"reply_code": state}})
    (folder / "progress.json").write_text(text)
    assert portfolio.mine("reply_code").values == (exercises.reference("reply_code"),)


STUFF = "def dot_stuff(body):\n    text = body.replace(b'\\r\\n.', b'\\r\\n..')\n"
STUFF += "    return b'.' + text if text[:1] == b'.' else text  # mine\n"


def test_the_whole_program_has_the_students_functions_and_the_reference_for_the_rest(
    write: Any,
) -> None:
    portfolio.check(write(GOOD))
    assert portfolio.check(write(STUFF, "dot_stuff")).passed
    found = portfolio.mine("my_client.py")
    (text,) = found.values
    compile(text, "my_client.py", "exec")
    assert GOOD in text
    assert STUFF in text
    for name in ("send_mail", "read_reply", "LineReader", "ReplyError", "main"):
        assert f"\ndef {name}(" in text or f"\nclass {name}" in text
    assert "still to be written" not in text
    assert "find_credentials" not in text
    assert found.report.startswith("yours: reply_code, dot_stuff; the reference")


def test_a_helper_that_the_reference_also_has_does_not_spoil_the_program(write: Any) -> None:
    text = "ALPHABET = b'\\r\\n.'\n" + STUFF.replace("(b'\\r\\n.',", "(ALPHABET,")
    assert portfolio.check(write(text, "dot_stuff")).note == "Kept in my_client.py."
    (program,) = portfolio.mine("my_client.py").values
    assert program.count("\nALPHABET = ") == 1
    assert "# mine" not in program


def test_a_helper_that_the_command_line_also_has_is_not_kept(folder: Path, write: Any) -> None:
    text = "def explain(body):\n    return b'\\r\\n.'\n\n\n"
    text += STUFF.replace("(b'\\r\\n.',", "(explain(body),")
    verdict = portfolio.check(write(text, "dot_stuff"))
    assert verdict.passed
    assert "another explain in it already" in verdict.note
    assert not (folder / my_client.NAME).exists()


@pytest.mark.parametrize("names", [("replycode",), ("reply_code", 3), (Hostile(),)], ids=[0, 1, 2])
def test_mine_refuses_what_no_lesson_has(names: tuple[Any, ...]) -> None:
    with pytest.raises(LookupError):
        portfolio.mine(*names)
    with pytest.raises(ValueError, match="mine wants names"):
        portfolio.mine()


# progress and reset


def test_progress_counts_over_all_lessons(write: Any) -> None:
    before = portfolio.progress()
    assert (before.passed, before.next) == (0, "reply_code")
    assert before.total == sum(len(lesson.exercises) for lesson in LESSONS)
    portfolio.check(write(GOOD))
    after = portfolio.progress()
    assert (after.passed, after.next) == (1, "say_goodbye")


def in_cell(folder: Path, name: str, text: str) -> Path:
    lesson = next(le for le in LESSONS for e in le.exercises if e.name == name)
    path = folder / lesson.notebook
    notebook = notebooks.load(path)
    notebooks.lay_over(notebook, {name: text})
    write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False))
    return path


def test_reset_gives_the_stub_back_and_keeps_what_stood_there(folder: Path, write: Any) -> None:
    goodbye = exercises.reference_source("say_goodbye").text
    portfolio.check(write(GOOD))
    portfolio.check(write(goodbye, "say_goodbye"))
    shipped = (folder / "00_start_here.ipynb").read_text(encoding="utf-8")
    path = in_cell(folder, "reply_code", GOOD)
    said = portfolio.reset("reply_code")
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(shipped)
    (kept,) = folder.glob("reply_code.before-reset-*.py")
    assert kept.read_text() == GOOD
    assert kept.name in said
    assert status("reply_code") == ("new", 0, 0)
    assert status("say_goodbye")[0] == "passed"
    text = (folder / my_client.NAME).read_text()
    assert "def reply_code" not in text
    assert "def say_goodbye" in text


def test_reset_touches_no_file_of_the_students(folder: Path) -> None:
    (folder / "reply_code.py").write_text("precious")
    in_cell(folder, "reply_code", GOOD)
    portfolio.reset("reply_code")
    assert (folder / "reply_code.py").read_text() == "precious"


def test_reset_of_a_stub_says_so() -> None:
    assert "is the stub already" in portfolio.reset("reply_code")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"cells": []}', '{"cells": [3]}', "\x00", '{"cells": [{}]}']
)
def test_reset_with_a_notebook_that_is_none_forgets_the_pass_all_the_same(
    folder: Path, write: Any, content: str
) -> None:
    portfolio.check(write(GOOD))
    path = folder / "00_start_here.ipynb"
    path.write_text(content)
    assert "No cell was changed" in portfolio.reset("reply_code")
    assert path.read_text() == content
    assert status("reply_code") == ("new", 0, 0)


def test_reset_without_a_notebook_says_so(folder: Path) -> None:
    (folder / "00_start_here.ipynb").unlink()
    assert "is not there" in portfolio.reset("reply_code")


def test_reset_by_the_progress_view_is_the_same(write: Any) -> None:
    portfolio.check(write(GOOD))
    assert "is the stub already" in portfolio.progress().reset("reply_code")
    assert status("reply_code") == ("new", 0, 0)


def test_reset_keeps_what_had_passed_when_something_else_stands_in_the_cell(
    folder: Path, write: Any
) -> None:
    portfolio.check(write(f"import re\n\nLENGTH = 3\n\n{GOOD.replace('3', 'LENGTH')}"))
    in_cell(folder, "reply_code", WRONG)
    said = portfolio.reset("reply_code")
    kept = {path.name: path.read_text() for path in folder.glob("reply_code.before-reset-*.py")}
    assert len(kept) == 2
    assert all(name in said for name in kept)
    assert WRONG in kept.values()
    assert any("LENGTH = 3" in text and "line[:LENGTH]" in text for text in kept.values())


def test_to_begin_again_in_the_open_notebook_keeps_what_is_taken_away(
    folder: Path, write: Any
) -> None:
    portfolio.check(write(GOOD))
    assert portfolio.passed("reply_code")
    stub, said = portfolio.begin_again("reply_code", "# mine\n" + GOOD)
    assert stub == notebooks.stub(exercises.reference_source("reply_code"))
    (kept,) = folder.glob("reply_code.before-reset-*.py")
    assert kept.read_text() == "# mine\n" + GOOD
    assert kept.name in said
    assert not portfolio.passed("reply_code")
    assert "def reply_code" not in (folder / my_client.NAME).read_text()


def test_to_begin_again_over_the_stub_keeps_what_had_passed(folder: Path, write: Any) -> None:
    portfolio.check(write(GOOD))
    stub, said = portfolio.begin_again("reply_code", "")
    (kept,) = folder.glob("reply_code.before-reset-*.py")
    assert kept.read_text() == GOOD
    assert f"What had passed is in {kept.name}." == said
    # A second time there is nothing to keep.
    assert portfolio.begin_again("reply_code", stub) == (stub, "")


def test_nothing_is_forgotten_when_no_copy_can_be_made(
    monkeypatch: pytest.MonkeyPatch, write: Any
) -> None:
    portfolio.check(write(GOOD))

    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("smtplab.student.overview.write_whole", full)
    for begin in (lambda: portfolio.begin_again("reply_code", ""),
                  lambda: portfolio.reset("reply_code")):  # fmt: skip
        with pytest.raises(OSError, match="No space"):
            begin()
        assert portfolio.passed("reply_code")


# The instructor's edition


def test_the_solved_edition_holds_every_solution_and_the_client(tmp_path: Path) -> None:
    portfolio.write_solved(tmp_path / "a" / "solved")
    for lesson in LESSONS:
        notebook = notebooks.load(tmp_path / "a" / "solved" / lesson.notebook)
        for exercise in lesson.exercises:
            cell = notebooks.stub_cell(notebook, exercise.name)
            assert cell is not None
            assert "NotImplementedError" not in "".join(cell["source"])
    client = tmp_path / "a" / "solved" / my_client.NAME
    compile(client.read_text(encoding="utf-8"), "my_client.py", "exec")


def test_the_solved_edition_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / my_client.NAME).write_text("precious")
    with pytest.raises(FileExistsError, match="name a folder"):
        portfolio.write_solved(tmp_path)
    assert [path.name for path in tmp_path.glob("*.ipynb")] == []
    assert (tmp_path / my_client.NAME).read_text() == "precious"


# The next check works


def test_whatever_came_before_the_next_check_works(write: Any) -> None:
    for body in (
        "while True: pass",
        "input()",
        "exit()",
        "print('x' * 10**6)",
        "import socket; socket.socket = None",
        "import sys; sys.stdout = None; return Exception",
        "raise KeyboardInterrupt",
    ):
        text = f"def reply_code(line):\n    {body}"
        assert not exercises.judge(write(text), deadline=0.1).passed
        assert exercises.judge(write(GOOD), deadline=1).passed


def test_what_was_due_is_shown_with_the_name_that_the_student_says() -> None:
    from smtplab.solutions.dialogue import parse_ehlo, read_reply

    def say_hello(sock: Any, reader: Any) -> Any:
        read_reply(reader)
        for line in b"HELO anna.example.org\r\n", b"EHLO anna.example.org\r\n":
            sock.sendall(line)
            _, lines = read_reply(reader)
        return parse_ehlo(lines)

    verdict = exercises.judge(say_hello)
    assert "'HELO anna.example.org' where 'EHLO anna.example.org' was due" in verdict.sentence


def test_a_case_whose_arguments_lack_their_comma_says_so() -> None:
    with pytest.raises(TypeError, match="arguments of case 'alone' are no tuple: 'x'"):
        Case("alone", ("x"))
