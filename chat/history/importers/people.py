"""The authors of a source as chatsite has them. One id is one person, whatever the names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import sha256

from chat.history.importers.computed import Computed
from chat.text.names import MAX_USERNAME, BadName, clean_username

MAX_NAMES = 4  # of people, in the name of a conversation
NAMELESS = "somebody"  # whose name has nothing that can be shown

_undisplayable = re.compile(r"[\ud800-\udfff]")


class People:
    """Who wrote. `namespace`: the format, and the workspace if the source's ids are not unique without it.

    `authors`: the author id of each of the source's ids: a hash, so that it says nothing about the account elsewhere.
    `usernames`: each name as messages show it, as near to the source's as chatsite's rules allow.
    """

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.authors: Mapping[str, str] = Computed(self._author)
        self.usernames: Mapping[str, str] = Computed(displayable_name)

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


def joined_names(names: Sequence[str]) -> str:
    """The name of a conversation of these people: the first few, and how many more there are."""
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _plain(name: str) -> str:
    """Without control characters, direction marks and accents that stand alone."""
    composed = unicodedata.normalize("NFC", _undisplayable.sub("", name))
    return "".join(each if each.isspace() or unicodedata.category(each)[0] not in "CM" else "" for each in composed)
