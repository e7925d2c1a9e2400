"""Which texts count as the same in a search. The rows are those of docs/search.md."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.folding import fold


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Release NOTES", "release notes"),
        ("Müller", "muller"),
        ("MÜLLER", "Mu\u0308ller"),
        ("Straße", "STRASSE"),
        ("ẞ", "ss"),
        ("İstanbul", "istanbul"),  # Turkish: dotted and dotless i are one letter
        ("ISPARTA", "ısparta"),
        ("ΟΔΟΣ", "οδος"),  # the final sigma
        ("Άλφα", "αλφα"),
        ("ﬁle", "file"),
        ("Œuvre Æther", "oeuvre aether"),
        ("Łódź", "lodz"),
        ("Søren", "soren"),
        ("Ёлка", "елка"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("don’t", "don't"),
        ("“so”", '"so"'),
        ("20–30", "20-30"),
        ("كِتَاب", "كتاب"),
        ("كـــتاب", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("❤️", "❤"),
        ("soft\u00adhyphen", "softhyphen"),
        ("one\n two\t\tthree ", "one two three"),
        ("1\u00a0000", "1 000"),
        ("a\x00b\x7f", "ab"),
    ],
)
def test_these_are_the_same(text: str, wanted: str) -> None:
    assert fold(text) == fold(wanted)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("각", "가"),  # Korean: a syllable is no part of another one
        ("한글", "하"),
        ("が", "か"),  # Japanese: voiced and not
        ("पुल", "पल"),  # Hindi: vowels are marks
        ("ที่", "ท่"),
        ("ba", "b a"),
    ],
)
def test_these_are_not(text: str, absent: str) -> None:
    assert fold(absent) not in fold(text)


@given(st.text())
def test_a_folded_text_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert not re.search(r"[A-Z\x00-\x1f\x7f]|^ |  | $", folded)


@given(st.text())
def test_the_way_a_text_is_encoded_does_not_matter(text: str) -> None:
    assert len({fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}) == 1


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_fast_way_for_ascii_is_the_same(text: str) -> None:
    assert fold(text) == fold(text + " é").removesuffix("e").removesuffix(" ")


def test_no_text_makes_the_search_cache_grow_beyond_the_room() -> None:
    """Regression: a room full of U+FDFA had a search cache of eleven times its file."""
    for text in ("\ufdfa" * 4000, "\u3316" * 4000, "a\ufdfa" * 2000, ("a" * 30 + "\ufdfa") * 120, "\ufdfa" * 100):
        assert len(fold(text).encode()) < 2 * len(text.encode()) + 600
        assert fold(fold(text)) == fold(text)
    assert fold("\ufdfa \u3316") == fold("صلى الله عليه وسلم キロメートル"), "as long as there are few"
