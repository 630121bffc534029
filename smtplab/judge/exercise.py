"""A lesson, and what it asks.

An exercise is its cases, the reference as the oracle, and an ordered table of known mistakes.

Theory of operation. Each case is played twice, in two copies of the same world; see `cases.py`.
Two runs that are alike pass it. Of two that differ, the exercise's mistakes are asked in order,
then those that all exercises share (`mistakes.py`), and the first whose condition holds is told.
The last shared ones hold for every difference, so something is always said, and it is always seen.

Fair weather comes first: whoever fails there has fewer steps to read.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..words import Words, joined
from .cases import FAIR, Case, Run, Weather, by_itself, perform, watched
from .check import Check, CheckEnded
from .compare import Facts, Same, conversation, promised, reply_meant
from .differences import first_difference
from .endings import wrong_type
from .formatting import caret, plain, shown
from .mistakes import COMMON, FIRST, SHARED, When
from .said import WORDS
from .second_look import Seen, looking
from .verdict import Verdict
from .weather import weathers

__all__ = ["Exercise", "When", "holds"]

Also = Callable[[Check, Any], None]
SHOWN_LINES = 4  # of what was returned in a form of its own
LOOK = 0.5  # seconds for the second look at a case that went wrong
TOGETHER = 2.0  # seconds for all weather in one call; what takes longer is played one by one


@dataclass(kw_only=True)
class Exercise:
    """One function or class that a student writes.

    A str among the cases is the key of a step for what has passed so far. forbids names what would
    do the exercise in the student's place: a module ("base64"), a name of one, an attribute
    (".sendall") or a built-in function ("bin()"). also are functions that judge what no case can,
    such as growth. secrets are texts that must come out nowhere. same is the form in which what was
    said is compared, key(value, *args) that of what was returned; value=False: what is returned
    was never promised, nor what an error carries. leaves_rest: what was not asked for is to stay on
    the socket. free_texts: what same takes for as good is shown in the student's own texts. like is
    an exercise with the same mistakes, whose words are said where this one has none of its own.
    points is what a pass is worth to who grades; most are worth 10. doc names the exceptions that
    are promised, where the reference's docstring does not.
    """

    reference: Any = field(kw_only=False)
    cases: Sequence[Case | str]
    mistakes: Mapping[str, When] = field(default_factory=dict)
    forbids: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    secrets: tuple[str, ...] = ()
    same: Same = conversation
    key: Callable[..., Any] | None = None
    value: bool = True
    leaves_rest: bool = False
    free_texts: bool = False
    like: "Exercise | None" = None
    points: int = 10
    words: Words | None = None
    doc: str = ""
    _due: dict[tuple[int, Weather], list[Run]] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        name: str = self.reference.__name__
        return name

    @property
    def promises(self) -> str:
        return self.doc or self.reference.__doc__ or ""

    @property
    def hints(self) -> tuple[str, ...]:
        """From a nudge to nearly the answer, at least three."""
        return tuple(self._words.get(f"{self.name}.hints", ()))

    @property
    def _words(self) -> Words:
        assert self.words is not None, f"{self.name} stands in no lesson"
        return self.words

    def check(self, trial: Check, function: Any) -> None:
        """Return when nothing is wrong; else end the check with the first mistake."""
        trial.parameters = tuple(inspect.signature(self.reference).parameters)
        past: list[Facts] = []
        for case in self.cases:
            if isinstance(case, str):
                trial.step(self._words(f"{self.name}.steps.{case}"))
            else:
                self._play(trial, function, case, FAIR, past)
        for judge in self.also:
            judge(trial, function)
        stormy = list(self._stormy())
        if stormy and not self._all_alike(trial, function, stormy):
            for case, weather in stormy:
                self._play(trial, function, case, weather, past)

    # What is right

    def due(self, case: Case, weather: Weather) -> list[Run]:
        """What the reference does; worked out once."""
        found = self._due.get((id(case), weather))
        if found is None:
            with Check(self.name, self.reference, None) as trial:
                found = perform(self.reference, case, weather, trial, by_itself)
            for run in found:
                if self.key and run.error is None:
                    run.form = self.key(plain(run.value), *case.args)
            self._due[id(case), weather] = found
        return found

    def _stormy(self) -> Iterator[tuple[Case, Weather]]:
        """Every case in all the weather that it is to be played in."""
        known: set[tuple[bytes, bytes]] = set()
        for case in self.cases:
            if isinstance(case, Case) and case.peer is not None:
                due = self.due(case, FAIR)[-1]
                for weather in weathers(case, due, known):
                    if weather.kind not in case.without:
                        yield case, weather

    # Playing

    def _facts(
        self, trial: Check, case: Case, weather: Weather, run: Run, due: Run, past: Sequence[Facts]
    ) -> Facts:
        if not self.value and run.error is None and due.error is None:
            run.value = due.value
        elif not self.value and run.error is not None and due.error is not None:
            vars(run.error).update(vars(due.error))
        return Facts(
            trial, case, weather, run, due, past, self.same, self.key, self.secrets,
            self.promises, self.leaves_rest, self.free_texts,
        )  # fmt: skip

    def _all_alike(
        self, trial: Check, function: Any, stormy: Sequence[tuple[Case, Weather]]
    ) -> bool:
        """Play all weather in one call; say whether it went as it should, and no more.

        A call takes a thread, which is dear where thirty students share a machine.
        """
        dues = [self.due(case, weather) for case, weather in stormy]
        played: list[list[Run]] = []

        def all_of_it() -> None:
            for case, weather in stormy:
                with trial.again(trial.deadline) as quiet:
                    played.append(perform(function, case, weather, quiet, by_itself))

        with trial.again(min(trial.deadline, TOGETHER)) as quiet:
            try:
                quiet.call(all_of_it)
            except CheckEnded:
                return False
        if any(secret in quiet.result.output for secret in self.secrets):
            return False
        trial.output += quiet.output
        return all(
            self._facts(trial, case, weather, run, due, ()).alike
            for (case, weather), runs, due_runs in zip(stormy, played, dues, strict=True)
            for run, due in zip(runs, due_runs, strict=False)
        )

    def _play(
        self, trial: Check, function: Any, case: Case, weather: Weather, past: list[Facts]
    ) -> None:
        """Play one case in one weather; its steps stay only when it is the end of the check."""
        before = len(trial.steps)
        dues = self.due(case, weather)
        trial.step(self.step(case))
        if weather.kind:
            trial.step(COMMON.fill(f"weather.{weather.kind}", reply_meant(weather)))
        error = dues[-1].error
        awaited = promised(error, self.promises) if error else None
        runs = perform(function, case, weather, trial, watched(trial, awaited))
        for run, due in zip(runs, dues, strict=False):
            facts = self._facts(trial, case, weather, run, due, past)
            facts.step = trial.steps[before]
            if not facts.alike:
                self.tell(facts)
            past.append(facts)
        del trial.steps[before:]
        if weather.kind:
            trial.close()  # there is much weather, and a process has few descriptors

    # Telling

    def step(self, case: Case) -> str:
        """The step of a case, in words."""
        return self._words.fill(f"{self.name}.steps.{case.why}", case.values)

    def _step_words(self, key: str, **values: str) -> str:
        """Words of a step, the exercise's own where it has some."""
        own = f"{self.name}.{key}"
        return self._words(own, **values) if self._words.get(own) else COMMON(key, **values)

    def tell(self, facts: Facts) -> None:
        """End the check with the first mistake whose condition holds."""
        for own, table in ((False, FIRST), (True, self.mistakes), (False, SHARED)):
            for reason, when in table.items():
                found = holds(when, facts)
                if found:
                    values = found if isinstance(found, dict) else {}
                    verdict = self._verdict(facts, reason, values, own)
                    mistake = f"{self.name if own else 'any'}.{reason}"
                    raise CheckEnded(self._looked_into(facts, replace(verdict, mistake=mistake)))
        raise AssertionError("the last shared mistake holds for every difference")

    def _looked_into(self, facts: Facts, verdict: Verdict) -> Verdict:
        """The verdict, with what is seen inside when the same case is played once more."""
        seen, trial = Seen(), facts.trial
        again = looking(trial.student, seen)
        if again is None:
            return verdict
        words = []
        if self._right(facts, again) and facts.past and not self._right(facts, trial.student):
            words.append(COMMON("seen.kept"))
        if seen.hidden:
            words.append(COMMON("seen.hidden", line=seen.hidden[0], error=seen.hidden[1]))
        if seen.mixed:
            line, *kinds = seen.mixed
            one, other = (WORDS(f"formatting.kinds.{kind}") for kind in kinds)
            words.append(COMMON("seen.mixed", line=line, one=one, other=other))
        return replace(verdict, look=joined([*words, verdict.look]))

    def _right(self, facts: Facts, function: Any) -> bool:
        """Whether the case goes as it should with this function, played once more."""
        with facts.trial.again(LOOK) as quiet:
            runs = perform(function, facts.case, facts.weather, quiet, watched(quiet, Exception))
        dues = self.due(facts.case, facts.weather)
        return all(
            self._facts(quiet, facts.case, facts.weather, run, due, ()).alike
            for run, due in zip(runs, dues, strict=False)
        )

    def _entry(self, reason: str, part: str, own: bool) -> tuple[Words, str] | None:
        """Where the words of a reason stand: in the exercise's; for a shared one, else the shared.

        What "wrong-type.list" does not say for itself, "wrong-type" says.
        """
        near = [(each._words, each.name) for each in (self, self.like) if each]
        if not own and reason in self.mistakes:
            near = []  # these words are of a mistake of the exercise's own, with the same name
        for each in filter(None, (reason, reason.rpartition(".")[0])):
            places = [(words, f"{name}.{each}") for words, name in near]
            places += [(self._words, f"any.{each}")]
            places += [] if own else [(COMMON, f"any.{each}")]
            for words, key in places:
                text = words.get(f"{key}.{part}")
                if isinstance(text, str) or (isinstance(text, dict) and "other" in text):
                    return words, f"{key}.{part}"
        return None

    def _text(
        self, facts: Facts, reason: str, part: str, found: Mapping[str, Any], own: bool
    ) -> str:
        """What the words say of a reason."""
        if entry := self._entry(reason, part, own):
            return entry[0].fill(entry[1], _Values(found, facts))
        if part == "look" and facts.mine.over is None:
            for each in filter(None, (self, self.like)):
                if each._words.get(f"{each.name}.otherwise.look"):
                    return each._words(f"{each.name}.otherwise.look")
        return ""

    @property
    def known(self) -> Iterator[tuple[str, str, str]]:
        """The exercise's own mistakes as they are asked: reason, and what is said and to look at.

        Of both, names in braces are not filled in; "" is what depends on the mistake altogether.
        """
        for reason in self.mistakes:
            texts = []
            for part in ("say", "look"):
                entry = self._entry(reason, part, True)
                text = entry[0].get(entry[1]) if entry else ""
                texts.append(text["other"] if isinstance(text, dict) else text)
            yield reason, texts[0], texts[1]

    def _verdict(self, facts: Facts, reason: str, found: Mapping[str, Any], own: bool) -> Verdict:
        sentence = found.get("say") or self._text(facts, reason, "say", found, own)
        look = found.get("look") or self._text(facts, reason, "look", found, own)
        short = found.get("reason") or reason.partition(".")[0]
        trial, over = facts.trial, facts.mine.over
        if over is not None:
            # The engine's verdict, in the words of a mistake that may know more.
            return replace(
                over,
                reason=short if sentence else over.reason,
                sentence=sentence or over.sentence,
                look=look or over.look,
                status="failed" if own and sentence and over.status == "error" else over.status,
            )
        differ = ""
        text = type(facts.got) in (bytes, str)
        differs = facts.returned and not facts.due and facts.difference
        parts = first_difference(*facts.one_value) if differs else None
        if facts.part >= 0:
            differ = _drawn(facts.sent, facts.due_sent, "you-sent")
        elif short == "type" and parts and parts.kind == "type":
            got, want = facts.one_value
            trial.step(self._step_words("it-returns", got=shown(got), want=shown(want)))
            return trial.ended(wrong_type(got, parts.got, parts.want))
        elif facts.key and facts.returned and (text or differs) and (
            facts.due or type(facts.got) is type(facts.want)
        ):  # fmt: skip
            # Other values than the reference's are right, too: no caret under the first.
            if text or not facts.case.drive:
                if text:
                    _show_lines(trial, facts.got, found.get("start", 0))
                else:
                    trial.step(self._step_words("it-returned", got=shown(facts.got)))
        elif differs:
            got, want = facts.one_value
            trial.step(self._step_words("it-returns", got=shown(got), want=shown(want)))
            if type(got) is type(want) in (bytes, str):
                differ = _drawn(got, want, "returned")
        return trial.verdict("failed", short, sentence, look, differ=differ)


def _drawn(got: Any, want: Any, label: str) -> str:
    return caret(got, want, (COMMON(label), COMMON("expected")))


def _show_lines(trial: Check, got: Any, start: int) -> None:
    """A step for each of some lines of what was returned, up to the one in which start is.

    What has no line is shown in one step.
    """
    lines: list[Any] = got.splitlines(keepends=True)
    words, ends = (
        ("line-returned", b"\r\n") if isinstance(got, bytes) else ("text-returned", "\r\n")
    )
    last = len(got[: start + 1].splitlines()) if lines else 0
    first = max(0, last - SHOWN_LINES)
    for number, line in enumerate(lines[first : first + SHOWN_LINES], first + 1):
        trial.step(COMMON(words, number=number, line=line, count=len(line.rstrip(ends))))
    if not lines:
        trial.step(COMMON("it-returned", got=shown(got)))


class _Values(dict[str, Any]):
    """The values that a text names: what the mistake found, else the facts."""

    def __init__(self, found: Mapping[str, Any], facts: Facts) -> None:
        super().__init__(found)
        self._facts = facts

    def __missing__(self, name: str) -> Any:
        return getattr(self._facts, name)


def holds(when: When, facts: Facts) -> Any:
    """Whether a condition holds. One that raises does not: it was asked of something else."""
    try:
        return when(facts)
    except Exception:
        return None
