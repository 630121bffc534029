"""The changes of a reference that are tried on its check."""

import pytest

from .mutants import mutants, survivors

CODE = '''\
def first(lines, most=3):
    """Return the first lines."""
    if len(lines) > most:
        raise ValueError("too many")
    return [line.strip() for line in lines if line]
'''


def test_each_change_is_made_once_and_what_is_free_is_left() -> None:
    made = list(mutants(CODE))
    assert len(set(made)) == len(made)
    for line in (
        "if len(lines) >= most:", "if True:", "def first(lines, most=2):",
        "return [line.lstrip() for line in lines if line]",
        "return [line.strip() for line in lines]",
    ):  # fmt: skip
        assert any(line in text for text in made), line
    assert all("Return the first lines." in text and "too many" in text for text in made if
               "raise" in text)  # fmt: skip


# Threads of other tests may live; the child runs nothing of theirs.
@pytest.mark.filterwarnings("ignore:.*use of fork")
def test_what_a_check_lets_pass_is_shown_and_nothing_else() -> None:
    found = list(survivors("say_goodbye"))
    assert "-    return sock.recv(1024)\n+    return sock.recv(1025)" in found
    assert not any("+    pass" in each for each in found)
