"""The emoji that the page loads: what scripts/emoji_data.py makes of the packages that are installed."""

import gzip
import json

import pytest
from django.conf import settings

from chat.text.emoji_names import find_emoji
from scripts.emoji_data import LANGUAGES, TARGET, emoji_file

MAX_COMPRESSED_BYTES = 60_000


def test_every_language_of_the_page_has_a_file() -> None:
    assert sorted(code for code, _ in settings.LANGUAGES) == sorted(LANGUAGES)
    assert sorted(path.stem for path in TARGET.iterdir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_is_made_of_the_packages_and_small(language: str) -> None:
    text = (TARGET / f"{language}.json").read_text()
    assert text == emoji_file(language), "run scripts/emoji_data.py"
    assert len(gzip.compress(text.encode())) <= MAX_COMPRESSED_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_server_knows_every_emoji_and_name_of_a_file(language: str) -> None:
    groups = json.loads((TARGET / f"{language}.json").read_text())["groups"]
    entries = [entry for group in groups for entry in group["emoji"]]
    assert len(entries) > 1900
    for emoji, _, _, names, *_ in entries:
        assert find_emoji(emoji) == emoji
        assert all(find_emoji(f":{name}:") == emoji for name in names.split())
