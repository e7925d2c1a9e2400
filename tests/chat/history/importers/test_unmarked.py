"""chat/history/importers/text/unmarked.py"""

from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers.text.markdown import literal
from chat.history.importers.text.unmarked import is_unmarked

PIECES = st.sampled_from(
    ["a", "1", " ", ".", "*", "_", "https://example.org/", "a_b", ">", "-", "|", "]", "(", "@", "#", "~"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_an_unmarked_text_needs_no_backslash(text) -> None:
    assert not is_unmarked(text) or literal(text) == text


def test_words_and_addresses_are_unmarked() -> None:
    assert is_unmarked("see https://example.org/a_b?c=d_e, ok?")
    assert not is_unmarked("see https://example.org/_a_ and _b_")


def test_a_control_character_is_a_sign_and_a_tab_is_none() -> None:
    assert not is_unmarked("so \x02bold\x02")
    assert not is_unmarked("two\nlines")
    assert is_unmarked("a\tb")
