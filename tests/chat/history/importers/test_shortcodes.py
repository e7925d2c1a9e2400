"""Emoji by the names that other chats have for them."""

import pytest

from chat.history.importers.text.shortcodes import emoji_of


@pytest.mark.parametrize(
    ("text", "emoji"),
    [
        ("\U0001f44d", "\U0001f44d"),
        ("❤", "❤\ufe0f"),
        ("+1", "\U0001f44d"),
        (":wave:", "\U0001f44b"),
        ("wave::skin-tone-3", "\U0001f44b\U0001f3fc"),
        ("flag-de", "\U0001f1e9\U0001f1ea"),
        ("female-technologist", "\U0001f469\u200d\U0001f4bb"),
        ("wave_dark_skin_tone", "\U0001f44b\U0001f3ff"),
        ("thumbs_up_medium_skin_tone", "\U0001f44d\U0001f3fd"),
        ("large_green_circle", "\U0001f7e2"),
        ("man-shrugging", "\U0001f937\u200d\u2642\ufe0f"),
        ("partyparrot", None),
        ("", None),
    ],
)
def test_emoji_by_the_names_that_chats_give_them(text: str, emoji: str | None) -> None:
    assert emoji_of(text) == emoji
