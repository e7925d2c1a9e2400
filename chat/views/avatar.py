"""The disc of a name: its colour, and the sign on it. static/chat/model/avatar.js has the same rules.

tests/fixtures/message_text.json holds examples for both. A row that the server rendered is therefore not changed by the
script.
"""

from collections.abc import Iterator

import regex

HUE_COUNT = 12  # css/avatar.css has a rule for data-hue="0" to "11"
FNV_PRIME = 16777619
FNV_OFFSET = 2166136261

_grapheme = regex.compile(r"\X")
_separators = regex.compile(r"[\s\-_.]+")


def avatar_hue(username: str) -> int:
    """The value of `data-hue`. It depends on the name only, without its capitals."""
    hashed = FNV_OFFSET
    for character in username.lower():
        hashed = (hashed ^ ord(character)) * FNV_PRIME & 0xFFFFFFFF
    # The low bits depend mostly on the last character. Folding mixes in the bits of the others.
    return (hashed ^ hashed >> 8) % HUE_COUNT


class AvatarSigns:
    """The signs of the people on one page: two graphemes in capitals, different ones while the names allow it."""

    def __init__(self) -> None:
        self._signs: dict[str, str] = {}  # by name without capitals

    def sign_of(self, username: str) -> str:
        """The sign of a name. It stays the same for the life of the page."""
        key = username.lower()
        if key not in self._signs:
            candidates = list(_candidates(username))
            taken = set(self._signs.values())
            self._signs[key] = next((sign for sign in candidates if sign not in taken), candidates[0])
        return self._signs[key]


def _candidates(username: str) -> Iterator[str]:
    """ "Ada Lovelace" is AL, then AO, AV and so on; "guest-12" is G1, then G2; the last resort is one letter."""
    words = [_grapheme.findall(word) for word in _separators.split(username) if word]
    if not words:
        yield username[:1] or "?"
        return
    first = words[0][0]
    initials = [word[0] for word in reversed(words[1:])]
    letters = [letter for word in words for letter in word][1:]
    seconds = initials + words[-1][1:] + letters
    for second in [*seconds, ""]:
        yield (first + second).upper()
