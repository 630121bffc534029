"""A question before the run. It is answered by the run; the view says why only when asked."""

import secrets

from ..student import Prediction
from .html import Html, el
from .said import WORDS
from .view import Piece, View, drawn, folded, items, named, para

__all__ = ["view"]


def view(prediction: Prediction) -> View:
    """The question and its choices. The reason is for the page alone, behind a fold."""
    lines = [prediction.text, *items(prediction.choices, 1).lines, WORDS("predict.choose")]
    question = Piece(lines, lambda: _question(prediction))
    why = [drawn(_why(prediction).draw)] if prediction.why else []
    return View("predict", WORDS("predict.title"), why, top=question)


def _question(prediction: Prediction) -> Html:
    """The choices as radio buttons. Nothing is recorded."""
    # No other output has it, not even one that was saved yesterday.
    group = f"sm-{secrets.token_hex(5)}"
    choices = []
    for number, choice in enumerate(prediction.choices):
        name = f"{group}-{number}"
        # Without the last attribute JupyterLab takes the arrow keys from the buttons. live.js
        # gives it those keys that are its own.
        choices.append(
            el("input", type="radio", name=group, id=name, data_lm_suppress_shortcuts="true")
        )
        choices.append(el("label", choice, for_=name))
    # Shown by the style sheet as soon as one of the inputs before it is checked.
    # It is no text, for where JupyterLab does not trust a notebook there is no style to hide it.
    noted = el("p", class_="sm-noted", data_said=WORDS("predict.noted"))
    # There the buttons are dead, too, until the cell is run.
    dead = el("p", WORDS("predict.dead"), class_="sm-dead sm-sentence")
    return el("fieldset", el("legend", prediction.text), *choices, noted, dead)


def _why(prediction: Prediction) -> Piece:
    shown = [para(prediction.why)]
    if prediction.answer is not None:
        answer = el("strong", prediction.answer)
        shown.insert(0, named(WORDS("predict.answer"), prediction.answer, answer))
    return folded(WORDS("predict.why"), *shown)
