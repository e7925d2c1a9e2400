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
        ("man-woman-girl-boy", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"),
        ("woman-kiss-man", "\U0001f469\u200d❤\ufe0f\u200d\U0001f48b\u200d\U0001f468"),
        ("family_wwg", "\U0001f469\u200d\U0001f469\u200d\U0001f467"),
        ("couple_with_heart_mm", "\U0001f468\u200d❤\ufe0f\u200d\U0001f468"),
        ("rolling_eyes", "\U0001f644"),
        ("call_me_tone3", "\U0001f919\U0001f3fd"),
        ("spock-hand", "\U0001f596"),
        ("egg", "\U0001f95a"),
        ("partyparrot", None),
        ("", None),
    ],
)
def test_emoji_by_the_names_that_chats_give_them(text: str, emoji: str | None) -> None:
    assert emoji_of(text) == emoji
