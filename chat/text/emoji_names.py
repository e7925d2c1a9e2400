"""Emoji by name: `:wave:` and every spelling of an emoji, as the one that Unicode calls fully qualified.

The list is that of the package emoji: all of Unicode's emoji, with the names that GitHub and Slack use. Its file is
read without importing the package, when the first emoji is looked up: 11 ms and 1 MB, where the import takes 28 ms
and 9 MB in every process.
"""

from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import msgspec

FULLY_QUALIFIED = 2  # the package's number for it; 1 is a component such as a skin tone alone, which is no emoji
MOVED = {":egg:": "\N{EGG}"}  # names that GitHub and Slack give to a newer emoji than the package does
MAX_LENGTH = 100  # characters; the longest name has 77
VARIATION_SELECTOR = "\ufe0f"


class ListedEmoji(msgspec.Struct):
    """What the package says about one spelling of an emoji."""

    en: str
    status: int
    alias: tuple[str, ...] = ()


class EmojiNames(NamedTuple):
    """The fully qualified emoji of each emoji without variation selectors, and of each `:name:` in lower case."""

    bare: dict[str, str]
    names: dict[str, str]  # the names of an emoji in the order in which people know them


def find_emoji(text: str) -> str | None:
    """The emoji that this text is, fully qualified: `:wave:`, or itself with more or fewer variation selectors.

    None for all other text, also for two emoji, an emoji in blanks, and a name that nobody knows.
    """
    if len(text) > MAX_LENGTH:
        return None
    bare, names = emoji_names()
    return names.get(text.lower()) if text.startswith(":") else bare.get(_without_selectors(text))


@cache
def emoji_names() -> EmojiNames:
    """All emoji, read once."""
    listed = {text: emoji for text, emoji in _read_list().items() if emoji.status == FULLY_QUALIFIED}
    names: dict[str, str] = {}
    for name, text in _by_rank(listed):
        names.setdefault(name.lower(), text)
    return EmojiNames({_without_selectors(text): text for text in listed}, names)


def _by_rank(listed: dict[str, ListedEmoji]) -> Iterator[tuple[str, str]]:
    """Names with their emoji; of two with the same name the first has it, as on GitHub.

    So `:dog:` is the face, which has no other short name, and `:turkey:` the bird, which has no other name at all.
    """
    yield from MOVED.items()
    yield from ((emoji.en, text) for text, emoji in listed.items() if not emoji.alias)
    yield from ((alias, text) for text, emoji in listed.items() for alias in emoji.alias)
    yield from ((emoji.en, text) for text, emoji in listed.items())


def _read_list() -> dict[str, ListedEmoji]:
    path = distribution("emoji").locate_file("emoji/unicode_codes/emoji.json")
    return msgspec.json.decode(Path(str(path)).read_bytes(), type=dict[str, ListedEmoji])


def _without_selectors(text: str) -> str:
    return text.replace(VARIATION_SELECTOR, "")
