"""my_client.py: what has passed, as a file that works by itself and reads as if by one hand."""

import ast
import subprocess
import sys
from pathlib import Path

from smtplab import exercises
from smtplab.exercises import LESSONS
from smtplab.judge import Source
from smtplab.student import my_client


def source(name: str, text: str = "", **more: object) -> Source:
    return Source(name, text or f"def {name}():\n    return 1\n", **more)  # type: ignore[arg-type]


def composed(*kept: Source) -> str:
    return my_client.compose({part.name: part for part in kept})


def everything() -> str:
    return composed(*(exercises.reference_source(e.name) for le in LESSONS for e in le.exercises))


def test_functions_stand_in_the_order_of_the_lessons() -> None:
    text = composed(source("read_reply"), source("send_all"), source("reply_code"))
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert names == ["reply_code", "send_all", "read_reply"]
    assert text.index("# Lesson 00: ") < text.index("# Lesson 01: ") < text.index("# Lesson 02: ")


def test_it_is_laid_out_as_people_do() -> None:
    text = composed(
        source("send_all", imports=["import socket"], helpers={"A": "A = 1\n", "B": "B = 2\n"}),
        source("read_exactly", helpers={"helper": "def helper():\n    return 2\n"}),
    )
    assert "import socket\n\n\n# Lesson 01: " in text
    assert "\n\nA = 1\nB = 2\n\n\ndef send_all():\n" in text
    assert "    return 1\n\n\ndef helper():\n" in text
    assert "    return 2\n\n\ndef read_exactly():\n" in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n\n" not in text


def test_each_import_and_each_helper_stands_once() -> None:
    constant = {"A": "A = 1\n"}
    text = composed(
        source("send_all", imports=["import socket", "from os import path"], helpers=constant),
        source("read_reply", imports=["import socket", "from os import sep"], helpers=constant),
    )
    assert text.count("import socket") == 1
    assert "from os import path, sep\n" in text
    assert text.count("A = 1") == 1


def test_one_statement_for_two_names_stands_once() -> None:
    both = "CR, LF = b'\\r', b'\\n'\n"
    text = composed(source("send_all", helpers={"CR": both, "LF": both}))
    assert text.count("CR, LF") == 1


def test_what_comes_with_a_lesson_comes_along_when_it_is_used() -> None:
    assert "class ReplyError" not in composed(source("read_reply"))
    text = composed(source("read_reply", needs=["ReplyError"]))
    assert text.index("class ReplyError") < text.index("def read_reply")


def test_what_is_still_to_be_written_is_said() -> None:
    text = composed(source("read_reply", needs=["parse_reply_line"]))
    assert "# Used below, and still to be written: parse_reply_line (lesson 02)." in text


def test_the_whole_client_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    text = everything()
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(a.name.partition(".")[0] in sys.stdlib_module_names for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in sys.stdlib_module_names
    assert "still to be written" not in text
    path = tmp_path / my_client.NAME
    path.write_text(text, encoding="utf-8")
    # -I and -S: no folder of ours, no installed package.
    begin = [sys.executable, "-I", "-S", "-W", "error"]
    names = [e.name for le in LESSONS for e in le.exercises]
    code = (
        "import runpy, sys; names = runpy.run_path(sys.argv[1]); "
        "print([n for n in sys.argv[2:] if n not in names])"
    )
    done = subprocess.run(
        [*begin, "-c", code, str(path), *names],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_every_name_in_the_whole_client_is_defined_there() -> None:
    text = everything()
    namespace: dict[str, object] = {}
    exec(compile(text, my_client.NAME, "exec"), namespace)
    for lesson in LESSONS:
        for exercise in lesson.exercises:
            for need in exercises.reference_source(exercise.name).needs:
                assert need in namespace, (exercise.name, need)


def test_helpers_of_one_name_and_two_meanings_are_in_conflict() -> None:
    kept = {"send_all": source("send_all", helpers={"A": "A = 1\n"}, imports=["import os"])}

    def clash(**more: object) -> str:
        return my_client.conflict(source("read_reply", **more), kept)

    assert clash(helpers={"A": "A = 2\n"}) == "A"
    assert clash(helpers={"A": "A = 1\n"}) == ""
    assert clash(imports=["import sys as os"]) == "os"
    assert clash(imports=["from posix import name as A"]) == "A"
    assert clash(helpers={"os": "def os(): pass\n"}) == "os"
    assert clash(imports=["import os.path"]) == ""
    assert clash(imports=["import os"]) == ""


def test_a_new_version_of_a_function_is_in_no_conflict_with_the_old() -> None:
    kept = {"send_all": source("send_all", helpers={"A": "A = 1\n"})}
    assert my_client.conflict(source("send_all", helpers={"A": "A = 2\n"}), kept) == ""


def test_a_file_of_another_hand_is_set_aside(tmp_path: Path) -> None:
    digest, word = my_client.write(tmp_path, "a = 1\n", "")
    assert word == ""
    digest, word = my_client.write(tmp_path, "a = 2\n", digest)
    assert word == ""
    (tmp_path / my_client.NAME).write_text("a = 'by hand'\n")
    _, word = my_client.write(tmp_path, "a = 3\n", digest)
    (aside,) = tmp_path.glob("my_client.changed-*.py")
    assert aside.name in word
    assert aside.read_text() == "a = 'by hand'\n"
    assert (tmp_path / my_client.NAME).read_text() == "a = 3\n"


def test_the_same_text_again_disturbs_nobody(tmp_path: Path) -> None:
    my_client.write(tmp_path, "a = 1\n", "")
    assert my_client.write(tmp_path, "a = 1\n", "of another folder")[1] == ""
    assert [path.name for path in tmp_path.iterdir()] == [my_client.NAME]
