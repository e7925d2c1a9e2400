"""Normalization in bounded time.

Regression: one frame within every limit kept everybody waiting for seconds, and a message could take as long as ten
others, while it cost as much as one.
"""

import contextlib
import unicodedata
from collections.abc import Callable

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from chat.text.folding import fold
from chat.text.markup import render
from chat.text.names import BadName, clean_room_name, clean_username, folded
from chat.text.normalizing import MAX_MARKS, SHORT, normalized

PILE = "a" + "\u0345" * SHORT + "\u0334" * SHORT
TAKEN_APART = "\u0915" + ("\u094d\u093c" * 10 + "\u200d") * 20  # joiners are dropped


@pytest.mark.parametrize("text", [PILE, TAKEN_APART])
@pytest.mark.parametrize(
    "use", [clean_username, clean_room_name, folded, fold, lambda text: render(f"[{text}](https://a.example)")]
)
def test_no_long_pile_of_marks_is_sorted(use: Callable[[str], str], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    normalize = unicodedata.normalize

    def record(form: str, part: str) -> str:
        seen.append(part)
        return normalize(form, part)

    monkeypatch.setattr(unicodedata, "normalize", record)
    with contextlib.suppress(BadName):
        use(text)
    assert seen
    assert max(len(max(regex.findall(r"\P{ccc=0}+", part), key=len, default="")) for part in seen) <= SHORT


@given(st.text())
def test_what_people_write_is_normalized_as_unicode_says(text: str) -> None:
    long = text + " " * SHORT
    assert normalized("NFKC", long) == unicodedata.normalize("NFKC", long)


def test_a_pile_of_marks_loses_those_that_nobody_can_read() -> None:
    assert normalized("NFD", "x" + "\u0307" * SHORT + "y" * SHORT) == "x" + "\u0307" * MAX_MARKS + "y" * SHORT
