"""Points: with the real nbgrader, and with our own command, for honest work and for other work."""

import csv
import getpass
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from smtplab.__main__ import main
from smtplab.exercises import LESSONS, Lesson, by_name, reference_source
from smtplab.student import my_client, notebooks, write_course
from smtplab.student.grading import Submission, judged_apart, of_notebook

from . import cells
from .conftest import ROOT, THOROUGH, absent, at_home

pytestmark = pytest.mark.timeout(600)

FIRST, SECOND = LESSONS[:2]
NBGRADER = ROOT / "build" / "nbgrader"  # see README, Tests


def right(name: str) -> str:
    return notebooks.whole(reference_source(name))


def notebook(lesson: Lesson, answers: Mapping[str, str]) -> dict[str, Any]:
    """A lesson's notebook with these answers in the place of the stubs."""
    made = cells.load(lesson)
    notebooks.lay_over(made, answers)
    return made


def judged(**answers: str) -> dict[str, str]:
    """The status of each answer to the second lesson, with the reason of what did not pass."""
    verdicts = judged_apart(of_notebook(notebook(SECOND, answers)), list(answers), seconds=5)
    return {name: v.reason if v.status == "stuck" else v.status for name, v in verdicts.items()}


SINGLE_RECV = "def read_exactly(sock, n):\n    return sock.recv(n)\n"
NOTHING = "def encode_line(text):\n    return None\n"
HANGS = "def send_all(sock, data):\n    while True:\n        pass\n"
WAITS = "def read_exactly(sock, n):\n    while True:\n        sock.recv(n)\n"
HANGS_IN_C = "def read_exactly(sock, n):\n    return sum(iter(int, 1))\n"
EATS = (
    "def split_line(buffer):\n    kept = []\n    while True:\n        kept.append(bytes(2**20))\n"
)
EATS_AT_ONCE = "def encode_line(text):\n    return b'x' * 10**11\n"
EQUAL = """class Anything(bytes):
    def __eq__(self, other):
        return True
    __ne__ = __hash__ = None


def encode_line(text):
    return Anything()
"""
# What each of them does, there is nothing else that is right in it.
CHEATS = {
    # The check is another, and so is what runs the cells.
    "check": """import smtplab, builtins
def check(function):
    return True
smtplab.check = builtins.check = check
get_ipython().run_cell = lambda *given, **more: None
def encode_line(text):
    return check(text)
""",
    # The files in which the course keeps what has passed.
    "progress": """import json, pathlib
record = {"tries": 1, "passed": True, "text": "def encode_line(text):\\n    return 1\\n"}
progress = {"format": 1, "client": "", "exercises": {"encode_line": record}}
pathlib.Path("progress.json").write_text(json.dumps(progress))
pathlib.Path("my_client.py").write_text(record["text"])
def encode_line(text):
    return 1
""",
    # Modules beside the notebook (see `submitted`), and others in Python's own table.
    "modules": """import sys, types
fake = types.ModuleType("smtplab.judge")
sys.modules["smtplab"] = sys.modules["smtplab.judge"] = sys.modules["smtplab.exercises"] = fake
fake.judge = fake.check = fake.judge_exercise = lambda *given: True
def encode_line(text):
    return True
""",
    "equal": EQUAL,
    # What judges uses zip to look at the runs one by one: here there are none.
    "patches": """import builtins
def encode_line(text):
    builtins.zip = lambda *given, **more: []
    return 1
""",
    # The judge itself, by the way of what it has handed over.
    "reaches": """import sys
def encode_line(text):
    for frame in sys._current_frames().values():
        while frame:
            if "Facts" in frame.f_globals:
                frame.f_globals["Facts"].alike = True
            frame = frame.f_back
    return 1
""",
    "imports": """def encode_line(text):
    return __import__("smtplab.solutions.sockets").solutions.sockets.encode_line(text)
""",
    # A verdict of its own, and the end of whoever might say another.
    "forges": """import json, os
def encode_line(text):
    said = {"exercise": "encode_line", "status": "passed", "sentence": "", "steps": []}
    for number in range(64):
        try:
            os.write(number, json.dumps(["", said]).encode() + b"\\n")
        except OSError:
            pass
    os._exit(0)
""",
    # Another exercise, which would pass.
    "alias": """def encode_line(text):
    return None
encode_line = split_line
""",
}  # fmt: skip


@pytest.mark.parametrize("how", CHEATS)
def test_a_cheat_gains_nothing_and_costs_the_other_answers_nothing(how: str) -> None:
    cheated = CHEATS[how]
    honest = right("send_all"), right("split_line")
    found = judged(send_all=honest[0], encode_line=cheated, split_line=honest[1])
    assert found.pop("encode_line") != "passed"
    assert found == {"send_all": "passed", "split_line": "passed"}


@pytest.mark.parametrize(
    "lesson", LESSONS if THOROUGH else LESSONS[1::4], ids=lambda lesson: lesson.slug
)
def test_the_references_of_a_lesson_pass_and_so_they_do_as_nbgrader_has_them(
    lesson: Lesson,
) -> None:
    names = [exercise.name for exercise in lesson.exercises]
    answers = {name: notebooks.marked(reference_source(name)) for name in names}
    verdicts = judged_apart(of_notebook(notebook(lesson, answers)), names)
    assert [verdict for verdict in verdicts.values() if not verdict.passed] == []


def test_what_was_changed_is_said_to_whoever_grades() -> None:
    assert judged(encode_line=CHEATS["patches"]) == {"encode_line": "failed"}
    assert judged(encode_line=CHEATS["reaches"]) == {"encode_line": "failed"}
    at_once = f"import builtins\nbuiltins.zip = lambda *given, **more: []\n{NOTHING}"
    assert judged(encode_line=at_once, split_line=right("split_line")) == {
        "encode_line": "failed",
        "split_line": "passed",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_what_eats_memory_costs_its_own_exercise_alone() -> None:
    found = judged(encode_line=EATS_AT_ONCE, split_line=EATS, send_all=right("send_all"))
    assert found == {
        "encode_line": "grows-without-end",
        "split_line": "grows-without-end",
        "send_all": "passed",
    }


def test_what_no_exception_can_end_is_ended_with_its_process() -> None:
    found = judged(read_exactly=HANGS_IN_C, send_all=HANGS, encode_line=right("encode_line"))
    assert found == {"send_all": "endless-loop", "read_exactly": "ended", "encode_line": "passed"}


def test_a_cell_that_ends_the_process_costs_what_it_defines() -> None:
    ends = f"import os\n{right('send_all')}\nos._exit(0)\n"
    found = judged(send_all=ends, split_line=right("split_line"))
    assert found == {"send_all": "ended", "split_line": "passed"}


def test_files_elsewhere_are_not_touched(tmp_path: Path) -> None:
    there = tmp_path / "grades.csv"
    there.write_text("mine")
    found = judged(
        send_all=f"open({str(there)!r}, 'w').write('yours')\n{right('send_all')}",
        encode_line=f"import os\nos.remove({str(there)!r})\n{right('encode_line')}",
        split_line=f"import os\nos.system('rm ' + {str(there)!r})\n{right('split_line')}",
    )
    assert set(found.values()) == {"passed"}  # the answers are right all the same
    assert there.read_text() == "mine"


def test_what_an_answer_is_made_of_comes_from_any_cell_and_nothing_else_is_run() -> None:
    texts = (
        "import re\nEND = b'\\r\\n'\n%matplotlib inline\nlab = no_such_name()",
        "while True:\n    pass",
        "def cut(buffer):\n    return re.split(END, buffer, maxsplit=1)",
        "def split_line(buffer):\n    raise NotImplementedError",
        "def split_line(buffer):\n    found = cut(buffer)\n"
        "    return tuple(found) if len(found) == 2 else (None, buffer)\n\nnothing",
        "def split_line(buffer):\n    raise NotImplementedError",
        "def encode_line(text):\n    return text.encode(",
    )
    verdicts = judged_apart(Submission(texts), ["split_line", "encode_line"])
    assert verdicts["split_line"].passed, verdicts["split_line"]
    assert verdicts["encode_line"].status == "error"
    assert "SyntaxError" in verdicts["encode_line"].sentence


def test_an_answer_is_judged_with_the_reference_where_what_it_needs_is_wrong() -> None:
    wrong = "def split_line(buffer):\n    return None\n"
    found = judged(split_line=wrong, LineReader=right("LineReader"))
    assert found["LineReader"] == "passed" != found["split_line"]


# A folder of submissions


def client(*names: str) -> str:
    """The my_client.py of a student of whom these have passed."""
    own = {name: reference_source(name) for name in names}
    program = my_client.program(own) if "send_mail" in own else own
    return my_client.compose(program, own)


def test_a_folder_becomes_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def put(name: str, content: Any) -> None:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")

    both = {name: right(name) for name in ("reply_code", "say_goodbye")}
    put("ada.ipynb", notebook(FIRST, both))
    put("ben/00_start_here.ipynb", notebook(FIRST, {"reply_code": both["reply_code"]}))
    put("ben/00_start_here-Copy1.ipynb", notebook(FIRST, {"say_goodbye": both["say_goodbye"]}))
    put("cyd.py", client("reply_code"))
    put(
        "=dan/my_client.py", "import socket\n" + both["say_goodbye"] + "\n\nimport sys\nsys.exit(3)"
    )
    put("eve/damaged.ipynb", '{"cells": [')
    put("fay/notes.py", "print('hello')")
    put("gil.ipynb", notebook(FIRST, {}))
    put("hal.zip", "PK")
    put("grades.csv", "an older table")
    assert main(["grade", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == "Left out: hal.zip, which is no folder, no notebook and no file of Python."
    assert [line.split() for line in lines[1:9]] == [
        ["student", FIRST.notebook.removesuffix(".ipynb"), "total"],
        ["=dan", "10/20", "10/20"],
        ["ada", "20/20", "20/20"],
        ["ben", "20/20", "20/20"],
        ["cyd", "10/20", "10/20"],
        ["eve", "0/20", "0/20"],
        ["fay", "0/20", "0/20"],
        ["gil", "0/20", "0/20"],
    ]
    assert lines[9:11] == [
        "eve: damaged.ipynb cannot be read: it may be damaged, or half of a download.",
        "fay: No file here has an exercise of the course in it.",
    ]
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == [
        "student", "total (20)", "reply_code (10)", "say_goodbye (10)", "remarks",
    ]  # fmt: skip
    assert [row[:4] for row in table[1:4]] == [
        ["'=dan", "10", "0", "10"],
        ["ada", "20", "10", "10"],
        ["ben", "20", "10", "10"],
    ]
    assert table[-1][-1].splitlines() == [
        "reply_code: reply_code is not written yet.",
        "say_goodbye: say_goodbye is not written yet.",
    ]
    assert [path.read_text() for path in tmp_path.glob("grades.before-*")] == ["an older table"]


def test_what_a_client_was_lent_is_nobody_s_answer() -> None:
    text = client("send_mail", "reply_code")
    work = Submission((text,), notebook=False)
    assert {"send_mail", "LineReader", "deliver"} <= set(work.names)
    verdicts = judged_apart(work, ["reply_code", "LineReader", "deliver"])
    assert {name: v.status for name, v in verdicts.items()} == {
        "reply_code": "passed", "LineReader": "not_attempted", "deliver": "not_attempted",
    }  # fmt: skip


def test_a_broken_line_of_a_client_costs_what_it_defines() -> None:
    text = client("reply_code", "say_goodbye")
    broken = text.replace("def say_goodbye(sock):", "def say_goodbye(sock)")
    assert broken != text
    parts = notebooks.pieces(broken)
    assert "".join(parts) == broken and notebooks.pieces(text) == [text]
    verdicts = judged_apart(Submission(parts, notebook=False), ["reply_code", "say_goodbye"])
    assert verdicts["reply_code"].passed
    assert "SyntaxError" in verdicts["say_goodbye"].sentence


def test_what_a_client_was_lent_stays_lent_where_a_line_is_broken() -> None:
    text = client("send_mail", "reply_code") + "\n\ndef broken(:\n    pass\n"
    work = Submission(notebooks.pieces(text), notebook=False)
    verdicts = judged_apart(work, ["reply_code", "deliver"])
    assert [v.status for v in verdicts.values()] == ["passed", "not_attempted"]


def test_a_name_that_nothing_has_is_told_as_in_the_notebook() -> None:
    answer = "def command(sock, reader, line, expect):\n    send_all(sock, lien)\n"
    verdict = judged_apart(Submission([answer]), ["command"])["command"]
    assert "NameError" in verdict.sentence and "lien" in verdict.look


@pytest.mark.parametrize("made", [None, {}, {"a.txt": ""}])
def test_a_folder_without_work_is_refused_in_one_line(
    made: dict[str, str] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "class"
    if made is not None:
        folder.mkdir()
        for name, text in made.items():
            (folder / name).write_text(text)
    assert main(["grade", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(folder) in said


# The instructor's edition, and the points


def test_the_edition_answers_its_questions_and_names_every_mistake(tmp_path: Path) -> None:
    assert main(["solved", str(tmp_path / "edition")]) == 0
    for lesson in LESSONS:
        made = json.loads((tmp_path / "edition" / lesson.notebook).read_text(encoding="utf-8"))
        said = [cells.source(c) for c in made["cells"] if c["id"].endswith("-instructor")]
        text = html.unescape("".join(said).replace("<code>", "`").replace("</code>", "`"))
        assert all(f"<strong>{each.answer}</strong>" in text for each in lesson.questions)
        assert text.count("<strong>") == len(lesson.questions)
        for exercise in lesson.exercises:
            page = next((s for s in said if f"do wrong in {exercise.name} (" in s), "")
            told = [reason for reason, say, _ in exercise.known if say]
            assert page.count("<tr><td>") == len(told)
            assert told or not exercise.mistakes
            assert not re.search(r"\{(name|call|got|mine)\b", page)


def test_readme_says_what_each_exercise_is_worth() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    said = re.search(r"An exercise is worth (\d+) points; (.+?)\.\n", readme)
    assert said
    worth = dict.fromkeys(by_name(), int(said[1]))
    for names, number in re.findall(r"((?:`\w+`(?:, | and )?)+) (?:are worth )?(\d+)", said[2]):
        worth |= dict.fromkeys(re.findall(r"`(\w+)`", names), int(number))
    assert worth == {name: exercise.points for name, (_, exercise) in by_name().items()}


# nbgrader itself


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run a command of nbgrader's, in a folder; return what it says."""
    if not (NBGRADER / "nbgrader").is_dir():
        absent(f"there is no nbgrader in {NBGRADER}")
    place = tmp_path_factory.mktemp("nbgrader")
    (place / "exchange").mkdir(mode=0o777)
    (place / "exchange").chmod(0o777)
    environment = at_home(place) | {
        "PYTHONPATH": os.pathsep.join([str(NBGRADER), str(ROOT)]),
        "PATH": os.pathsep.join([str(NBGRADER / "bin"), os.environ["PATH"]]),  # it calls alembic
    }

    def run(folder: Path, *arguments: str, status: int = 0) -> str:
        command = [sys.executable, "-m", "nbgrader", *arguments,
                   f"--Exchange.root={place / 'exchange'}"]  # fmt: skip
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=540,
            check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_nbgrader_hands_out_and_grades(nbgrader: Callable[..., str], tmp_path: Path) -> None:
    course, lesson = tmp_path / "course", SECOND
    name = Path(lesson.notebook).stem
    assert write_course(course)[0]
    nbgrader(course, "generate_assignment", name)
    released = json.loads((course / "release" / name / lesson.notebook).read_text(encoding="utf-8"))
    # A student gets the lesson as it is.
    shown = [cells.source(cell) for cell in released["cells"]]
    assert shown == [cells.source(cell) for cell in cells.load(lesson)["cells"]]

    everything = {exercise.name: right(exercise.name) for exercise in lesson.exercises}
    some = {each: everything[each] for each in ("send_all", "encode_line")}
    work: dict[str, tuple[dict[str, str], int]] = {
        "good": (everything, 60),
        "unmarked": (everything, 60),
        "copied": (everything, 60),
        "half": (some | {"read_exactly": SINGLE_RECV}, 20),
        "hangs": (some | {"read_exactly": WAITS, "split_line": "while True:\n    pass\n"}, 20),
        "eats": (some | {"split_line": EATS}, 20),
        "broken": (some | {"split_line": "def split_line(buffer:\n"}, 20),
        **{f"cheat-{how}": ({"encode_line": CHEATS[how]}, 0) for how in
           ("check", "progress", "modules", "equal", "patches")},
    }  # fmt: skip
    for student, (answers, _) in work.items():
        folder = course / "submitted" / student / name
        made = json.loads(json.dumps(released))
        notebooks.lay_over(made, answers)
        if student == "good":
            folder = tmp_path / "home" / name
        folder.mkdir(parents=True)
        if student == "cheat-modules":
            for module in ("smtplab", "socket", "ast"):
                (folder / f"{module}.py").write_text("raise SystemExit('yours')\n")
        if student == "unmarked":  # as an editor saves it that knows nothing of nbgrader
            for cell in made["cells"]:
                cell["metadata"] = {}
                cell.pop("id")
            made["nbformat_minor"] = 4
        if student == "copied":  # a stub, kept beside the answer, and no check of split_line
            stub = notebooks.stub_cell(made, "encode_line")
            assert stub is not None
            twice = stub | {"id": "a-copy", "source": stub["source"]}
            rest = [c for c in made["cells"] if cells.source(c).strip()[:17] != "check(split_line)"]
            made["cells"] = [twice, *rest]
        if student == "cheat-check":
            for cell in made["cells"]:
                marks = cell["metadata"].get("nbgrader", {})
                if marks.get("grade"):
                    cell["source"], marks["points"] = "100.0", 100
        (folder / lesson.notebook).write_text(json.dumps(made), encoding="utf-8")
    half_a_file = course / "submitted" / "damaged" / name
    half_a_file.mkdir(parents=True)
    (half_a_file / lesson.notebook).write_text('{"cells": [', encoding="utf-8")

    # One of them by the whole way: released, fetched, submitted, collected.
    home = tmp_path / "home"
    answered = (home / name / lesson.notebook).read_bytes()
    shutil.rmtree(home / name)
    nbgrader(course, "release_assignment", name)
    nbgrader(home, "fetch_assignment", name, "--course=smtplab")
    (home / name / lesson.notebook).write_bytes(answered)
    nbgrader(home, "submit", name, "--course=smtplab")
    nbgrader(course, "collect", name)

    nbgrader(course, "autograde", name, status=1)  # one of the files is no notebook
    nbgrader(course, "export", "--to=points.csv")
    with (course / "points.csv").open(encoding="utf-8", newline="") as file:
        points = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)
                  if row["assignment"] == name}  # fmt: skip
    work[getpass.getuser()] = work.pop("good")  # as whom nbgrader has collected it
    assert points == {"damaged": 0, **{student: due for student, (_, due) in work.items()}}
    nbgrader(course, "generate_feedback", name)
    page = course / "feedback" / "half" / name / lesson.notebook.replace(".ipynb", ".html")
    said = " ".join(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")).split())
    assert "send_all passed." in said
    assert "which is what the first recv brought, and 4 octets were asked for." in said
    assert "HIDDEN TESTS" not in said
