"""Emoji by name and by spelling: reactions are stored in one spelling, however they were sent."""

import subprocess
import sys

import emoji
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text.emoji import is_few_emoji
from chat.text.emoji_names import FULLY_QUALIFIED, MAX_LENGTH, emoji_names, find_emoji

LISTED = emoji.EMOJI_DATA
QUALIFIED = [text for text, data in LISTED.items() if data["status"] == FULLY_QUALIFIED]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":wave:", "👋"),
        (":Wave:", "👋"),
        (":+1:", "👍"),
        (":thumbs_up:", "👍"),
        (":thumbs_up_medium_skin_tone:", "👍🏽"),
        (":dog:", "🐶"),
        (":cat:", "🐱"),
        (":turkey:", "🦃"),
        (":egg:", "🥚"),
        (":fried_egg:", "🍳"),
        (":de:", "🇩🇪"),
        (":piñata:", "🪅"),
        ("❤", "❤️"),
        ("❤️", "❤️"),
        ("👍\ufe0f", "👍"),  # some programs write it so
        ("☝🏽", "☝🏽"),
        ("1️⃣", "1️⃣"),
        ("👩‍❤‍👨", "👩‍❤️‍👨"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
    ],
)
def test_a_name_or_a_spelling_gives_the_fully_qualified_emoji(text: str, expected: str) -> None:
    assert find_emoji(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "::",
        ":nobody_knows_this:",
        "wave",
        ":wave",
        "wave:",
        "👋👋",
        " 👋",
        "👋\n",
        "👋x",
        "1",
        "#",
        "a",
        "🏽",
        "🇩",
    ]
    + [":8080:", "🇩🇪🇩", "👋\u200d", "\u200d", "\ufe0f", "❤\ufe0e", ":" * (MAX_LENGTH + 1), "👋" * MAX_LENGTH],
)
def test_all_other_text_is_no_emoji(text: str) -> None:
    assert find_emoji(text) is None


def test_every_spelling_on_the_list_has_one_emoji_and_no_component_has() -> None:
    for text, data in LISTED.items():
        found = find_emoji(text)
        if data["status"] < FULLY_QUALIFIED:
            assert found is None
        else:
            assert found in LISTED
            assert LISTED[found]["status"] == FULLY_QUALIFIED
            assert found.replace("\ufe0f", "") == text.replace("\ufe0f", "")
            assert find_emoji(found) == found


def test_every_name_on_the_list_is_known_and_short_enough() -> None:
    names = emoji_names().names
    assert max(map(len, names)) <= MAX_LENGTH
    for text in QUALIFIED:
        assert {name.lower() for name in (LISTED[text]["en"], *LISTED[text].get("alias", []))} <= names.keys()


def test_every_emoji_alone_is_a_message_of_few_emoji() -> None:
    assert [text for text in QUALIFIED if not is_few_emoji(text)] == []


@given(st.text(st.sampled_from("👋🏽❤\ufe0f\u200d🇩🇪👩:wave_1#"), max_size=12))
def test_what_is_found_is_found_again(text: str) -> None:
    found = find_emoji(text)
    assert found is None or find_emoji(found) == found


def test_nothing_is_read_before_the_first_emoji_and_the_package_is_never_imported() -> None:
    program = (
        "import sys; from chat.text import emoji_names as names;"
        "assert not names.emoji_names.cache_info().currsize; assert names.find_emoji(':wave:');"
        "assert 'emoji' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
