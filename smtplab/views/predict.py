"""A question before the run. It is answered by the run; the view says why only when asked."""

from typing import TYPE_CHECKING

from . import texts
from .html import el, fold, page, prose, uid, visible

if TYPE_CHECKING:
    from ..exercises import Prediction

__all__ = ["html", "text"]


def html(prediction: "Prediction") -> str:
    """The choices as radio buttons, the reason behind a fold. Nothing is recorded."""
    group = uid()
    choices = []
    for number, choice in enumerate(prediction.choices):
        name = f"{group}-{number}"
        # Without the last attribute JupyterLab takes the arrow keys from the buttons, and runs
        # the question once more on Shift+Enter, which would lose the choice.
        choices.append(
            el("input", type="radio", name=group, id=name, data_lm_suppress_shortcuts="true")
        )
        choices.append(el("label", choice, for_=name))
    question = el(
        "fieldset",
        el("legend", prediction.text),
        *choices,
        # Shown by the style sheet as soon as one of the inputs before it is checked.
        el("p", texts.PREDICT_NOTED, class_="sm-noted"),
    )
    why = None
    if prediction.why:
        answer = None
        if prediction.answer is not None:
            named = texts.NAMED.format(name=texts.PREDICT_ANSWER, value="")
            answer = el("p", named, el("strong", prediction.answer))
        why = fold(texts.PREDICT_WHY, answer, el("p", prose(prediction.why)))
    return page("predict", texts.PREDICT_TITLE, question, why)


def text(prediction: "Prediction") -> str:
    """The question and its choices. The answer is left to the run."""
    choices = (f"  {number}. {choice}" for number, choice in enumerate(prediction.choices, 1))
    return visible("\n".join([prediction.text, *choices, texts.PREDICT_TEXT]))
