"""chat/history/importers/people.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers.people import NAMELESS, People, displayable_name
from chat.text.names import clean_username


def test_one_id_is_one_author_and_says_nothing_of_the_account() -> None:
    people = People("slack\0T1")
    assert people.authors["U1"] == People("slack\0T1").authors["U1"] != people.authors["U2"]
    assert people.authors["U1"] != People("slack\0T2").authors["U1"]
    assert "U1" not in people.authors["U1"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada\n Lovelace ", "Ada Lovelace"),
        ("\u202a+00\u00a055501\u202c", "+00 55501"),
        ("x" * 40, "x" * 32),
        ("e\u0301" * 2, "éé"),
        ("a\u0301\u0301\u0301\u0301\u0301", "á"),
        ("bob\x07", "bob"),
        ("\U0001f600", "\U0001f600"),
        ("", NAMELESS),
        ("\u200b\ud800", NAMELESS),
    ],
)
def test_names_are_as_near_to_the_sources_as_the_rules_allow(name: str, shown: str) -> None:
    assert displayable_name(name) == shown


@given(st.text())
def test_every_name_becomes_a_valid_one(name: str) -> None:
    assert clean_username(displayable_name(name)) == displayable_name(name)
