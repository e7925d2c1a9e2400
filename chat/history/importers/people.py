"""The authors and the emoji of a source as chatsite has them. One id is one person, whatever the names."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

from chat.text.emoji_names import find_emoji
from chat.text.names import MAX_USERNAME, BadName, clean_username

NAMELESS = "somebody"  # whose name has nothing that can be shown

_undisplayable = re.compile(r"[\ud800-\udfff]")
_skin_tones = {f"skin-tone-{number}": chr(0x1F3FB + number - 2) for number in range(2, 7)}  # as Slack names them


class _Computed(dict[str, str]):
    """Values that are computed when they are first asked for: then they are as fast as a dictionary."""

    def __init__(self, compute: Callable[[str], str]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: str) -> str:
        value = self[key] = self._compute(key)
        return value


class People:
    """Who wrote. `namespace`: the format, and the workspace if the source's ids are not unique without it.

    `authors`: the author id of each of the source's ids: a hash, so that it says nothing about the account elsewhere.
    `usernames`: each name as messages show it, as near to the source's as chatsite's rules allow.
    """

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.authors: Mapping[str, str] = _Computed(self._author)
        self.usernames: Mapping[str, str] = _Computed(displayable_name)

    def _author(self, author_id: str) -> str:
        return sha256(f"{self._namespace}\0{author_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def displayable_name(name: str) -> str:
    """A valid username. What cannot be shown is dropped, and what is too long is cut."""
    for candidate in (name, _plain(name)):
        shortened = " ".join(unicodedata.normalize("NFC", candidate).split())[:MAX_USERNAME]
        try:
            return clean_username(shortened)
        except BadName:
            continue
    return NAMELESS


def _plain(name: str) -> str:
    """Without control characters, direction marks and accents that stand alone."""
    composed = unicodedata.normalize("NFC", _undisplayable.sub("", name))
    return "".join(each if each.isspace() or unicodedata.category(each)[0] not in "CM" else "" for each in composed)


def emoji_of(text: str) -> str | None:
    """An emoji as chatsite stores it, of a character or a name ("wave", "wave::skin-tone-3"); None if it has none."""
    name, _, tone = text.strip(":").partition("::")
    found = find_emoji(text) or next(filter(None, map(find_emoji, _spellings(name))), None)
    toned = find_emoji(found + _skin_tones[tone]) if found is not None and tone in _skin_tones else None
    return toned or found


def _spellings(name: str) -> Iterator[str]:
    """A name as Slack, GitHub and Unicode spell it: flag-de and de, female-cook and woman_cook."""
    for spelling in (name, name.removeprefix("flag-"), name.removeprefix("large_")):
        plain = spelling.replace("-", "_")
        yield f":{spelling}:"
        yield f":{plain}:"
        yield f":{plain.replace('female_', 'woman_', 1).replace('male_', 'man_', 1)}:"
