"""The engine that judges: it runs student code under a deadline and says what happened."""

from typing import Any

from ...catalogue import say
from . import advice
from . import source as sources
from .lesson import Exercise, Lesson, Question
from .peer import End, Hear, ScriptedSocket
from .run import DEADLINE, Where, WouldBlock
from .source import Source
from .trial import Over, Trial, at
from .verdict import Status, Verdict

__all__ = [
    "DEADLINE",
    "End",
    "Exercise",
    "Hear",
    "Lesson",
    "Question",
    "ScriptedSocket",
    "Source",
    "Status",
    "Trial",
    "Verdict",
    "Where",
    "WouldBlock",
    "at",
    "judge_exercise",
]


def judge_exercise(
    exercise: Exercise, student: Any, source: Source | None, deadline: float = DEADLINE
) -> Verdict:
    """Judge one object of the student's. Never raises for a mistake of theirs."""
    if sources.is_stub(student):
        return Verdict(
            exercise=exercise.name,
            status="not_attempted",
            sentence=say("{name} is not yet written.", name=exercise.name),
            reason="not-written",
        )
    if source is not None and (trouble := _beforehand(exercise, student, source)):
        return trouble
    trial = Trial(exercise.name, student, source, deadline)
    try:
        try:
            exercise.check(trial, student)
        except Over:
            raise
        except BaseException as error:
            trial.broke(error)
    except Over as over:
        return over.verdict
    finally:
        trial.close()
    return trial.passed()


def _beforehand(exercise: Exercise, student: Any, source: Source) -> Verdict | None:
    """What can be told from the text alone: the library did it, or the notebook is needed."""
    name = exercise.name

    def failed(reason: str, sentence: str, look: str, line: int | None) -> Verdict:
        index = (line or 0) - source.line
        lines = source.text.splitlines()
        code = lines[index].strip() if 0 <= index < len(lines) else ""
        return Verdict(
            exercise=name,
            status="failed",
            sentence=" ".join([sentence, say("See line {line}: `{code}`.", line=line, code=code)])
            if code
            else sentence,
            look=look,
            reason=reason,
            line=line or None,
            code=code,
        )

    for forbidden in exercise.forbids:
        line = source.breaks(forbidden)
        if line is not None:
            return failed(
                "library-does-it",
                say(
                    "{name} leaves the work to {forbidden}.",
                    name=name,
                    forbidden=forbidden.strip("."),
                ),
                say(
                    "Here the work is the exercise: write what that does. The end of the lesson "
                    "comes back to the library."
                ),
                line,
            )
    for problem in source.problems:
        if problem.kind == "exit":
            return failed(
                "exit",
                say("{name} ends the whole program with {exit}().", name=name, exit=problem.name),
                say(
                    "Return a value, or raise an exception that says what is wrong: the caller "
                    "decides what to do about it."
                ),
                problem.line,
            )
        if problem.kind == "third-party":
            return failed(
                "third-party",
                say(
                    "{name} uses {used}, which is not in Python's standard library.",
                    name=name,
                    used=problem.name,
                ),
                say(
                    "Fetch it above your function, in a line of its own: what was fetched goes "
                    "along."
                )
                if problem.name == "mine"
                else say(
                    "Your client is to run wherever Python does: the standard library is enough."
                ),
                problem.line,
            )
        return failed(
            "notebook-global",
            say(
                "{name} uses {used}, which belongs to another cell and is not one of its "
                "parameters.",
                name=name,
                used=problem.name,
            ),
            say("The object keeps it: self.{name}.", name=problem.name)
            if problem.name in advice.kept_in_self(student)
            else say(
                "A function works with what it is given: use its parameters, or make the value "
                "inside the function."
            ),
            problem.line,
        )
    return None
