"""The authors and the emoji of a source as chatsite has them. One id is one person, whatever the names."""

import re
import unicodedata
from hashlib import sha256

from chat.text.emoji_names import find_emoji
from chat.text.names import MAX_USERNAME, BadName, clean_username

NAMELESS = "somebody"  # whose name has nothing that can be shown

_undisplayable = re.compile(r"[\ud800-\udfff]")
_skin_tones = {f"skin-tone-{number}": chr(0x1F3FB + number - 2) for number in range(2, 7)}  # as Slack names them


class People:
    """Authors by the source's ids. `namespace`: the format, and the workspace if its ids are not unique without."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._authors: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def author(self, author_id: str) -> str:
        """The author id of a person: a hash, so that it says nothing about their account elsewhere."""
        found = self._authors.get(author_id)
        if found is None:
            key = f"{self._namespace}\0{author_id}".encode("utf-8", "surrogatepass")
            found = self._authors[author_id] = sha256(key).hexdigest()[:32]
        return found

    def username(self, name: str) -> str:
        """A name as messages show it, as near to the source's as chatsite's rules allow."""
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = displayable_name(name)
        return found


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
    found = find_emoji(text) or find_emoji(f":{name}:") or find_emoji(f":{name.replace('-', '_')}:")
    toned = find_emoji(found + _skin_tones[tone]) if found is not None and tone in _skin_tones else None
    return toned or found
