"""chat/history/importers/text/whatsapp.py: what people typed looks as it did on their phones."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers.text.whatsapp import markdown
from chat.text.markup import render
from tests.support.core.imports import shown

MARKUP = [
    ("*b* _i_ ~s~ `c`", "**b** *i* ~~s~~ `c`"),
    ("*_x_*, (*b*)!", "***x***, (**b**)!"),
    ("100/20*100+50 snake_case 2*3*4", "100/20*100+50 snake_case 2*3*4"),
    ("https://example.org/a_b_*c* _i_", "https://example.org/a_b_*c* *i*"),
    ("* one\n- two\n> three", "- one\n- two\n> three"),
    ("```a\n*b*```", "```\na\n*b*\n```"),
    ("*a\nb*", "*a\nb*"),
    ("a * b* , ~ c ~", "a * b* , ~ c ~"),
]


@pytest.mark.parametrize(("text", "expected"), MARKUP)
def test_markup_stands_at_the_edges_of_words_in_one_line(text, expected) -> None:
    assert markdown(text).strip("\n") == expected


@given(
    st.lists(st.sampled_from(["a", "1", " ", "*", "_", "~", "b c", "(", ")", ",", "é", "字", "x_y"]), max_size=12).map(
        "".join
    )
)
def test_simple_marks_are_shown_as_by_the_long_way(text) -> None:
    with patch("chat.history.importers.text.whatsapp.is_unmarked", return_value=False):
        expected = render(markdown(text))
    assert render(markdown(text)) == expected


@given(st.text(alphabet="ab1.*_~`<>-#|[]()\\/:@! \n", max_size=40).map(str.strip).filter(bool))
def test_nothing_that_was_typed_vanishes(text) -> None:
    letters = "".join(filter(str.isalnum, text))
    assert "".join(filter(str.isalnum, shown(markdown(text)))) == letters


@given(st.text(alphabet="ab1.<>#|[]()\\/:@! ", min_size=1, max_size=40).map(str.strip).filter(bool))
def test_text_without_whatsapp_s_marks_is_shown_as_it_was(text) -> None:
    assert " ".join(shown(markdown(text)).split()) == " ".join(text.removeprefix("> ").split())
