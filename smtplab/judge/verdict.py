"""What a check has to say."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Status", "Verdict"]

Status = Literal["passed", "failed", "error", "stuck", "not_attempted"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one check, as data; a view draws it.

    `sentence` is for a beginner; `steps` led there, in order; `transcript` shows the octets,
    with a caret under the one that is wrong; `look` says what to look at next. `reason` is
    for programs, short and stable ("single-recv"; "" when passed). `line` and `code` are the
    student's own line, where one is to blame; `output` is what the student's code printed,
    cut when long; `note` says what became of the function. `raised` is for programs, too: the
    class and the message of what the student's code raised, where that ended the check. `mistake`
    is the entry of a table of mistakes that was told, as EXERCISE.REASON, or any.REASON.

    Texts are in the reader's language, so a program asks `reason` and `raised`, and no sentence.
    """

    exercise: str
    status: Status
    sentence: str
    steps: tuple[str, ...] = ()
    transcript: str = ""
    look: str = ""
    reason: str = ""
    line: int | None = None
    code: str = ""
    output: str = ""
    note: str = ""
    raised: str = ""
    mistake: str = ""

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def __repr__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        return f"<Verdict {self.exercise}: {self.status}{reason}. {self.sentence}>"
