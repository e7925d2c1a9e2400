"""Validation and normalisation of room names and usernames. Pure: no Django, no asyncio."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from slugify import slugify

MAX_USERNAME = 32  # characters
MAX_ROOM_NAME = 64  # also of a slug
LOBBY = "lobby"
COMMAND_USERNAME = "chatsite"  # under which the owner's command post_message speaks: no visitor has such a name
COMMAND_AUTHOR = "command"  # its author id; those of visitors are random and longer
ROOM_SLUG_CHARACTERS = f"1 to {MAX_ROOM_NAME} of a-z, 0-9 and -"  # for the sentences about an invalid slug
ROOM_SLUG_RULE = f"{ROOM_SLUG_CHARACTERS}, with a letter or digit first"

# Characters without a visible shape: joiners, direction marks, fillers, selectors, tags. For a character class.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
INVISIBLE_CHARACTER = re.compile(f"[{INVISIBLE}]")

_room_slug = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{MAX_ROOM_NAME - 1}}}")
_max_combining_marks = 3  # in a row; no language needs more
_joiners = "\u200c\u200d"  # Persian, Indic scripts and emoji need them


class BadName(ValueError):
    """A name that cannot be shown, or could be mistaken for another. The text says what to change."""


def is_room_slug(text: str) -> bool:
    """Whether the text is a valid room slug: the room's part of a URL and the stem of its file name."""
    return _room_slug.fullmatch(text) is not None


def room_slug(name: str) -> str:
    """The slug for a room name: `Büro Köln!` gives `buro-koln`. Raises `BadName`."""
    slug: str = slugify(name, max_length=MAX_ROOM_NAME, word_boundary=True)
    if not is_room_slug(slug):
        raise BadName("A room's name needs at least one letter or digit.")
    return slug


def numbered_slugs(slug: str) -> Iterator[str]:
    """`c`, `c-2`, `c-3` and so on: the slugs for rooms of different names whose own slug is the same."""
    yield slug
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield slug[: MAX_ROOM_NAME - len(suffix)].rstrip("-") + suffix


@lru_cache(maxsize=4096)  # a lookup folds the names of all rooms
def folded(name: str) -> str:
    """What names that differ only in case and blanks have in common: they are the same name."""
    return " ".join(unicodedata.normalize("NFC", name.casefold()).split())


def clean_room_name(text: str) -> str:
    """The normalised name that the room list shows. Raises `BadName`."""
    return _clean(text, MAX_ROOM_NAME, "A room's name")


def confusable_room(other: str) -> str:
    """The sentence about a new room whose name looks like the name of another."""
    return f"A room's name cannot look like the name of another room, “{other}”."


def clean_username(text: str) -> str:
    """The normalised name that messages show as their author. Raises `BadName`."""
    return _clean(text, MAX_USERNAME, "A name")


def _clean(text: str, max_length: int, subject: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise BadName(f"{subject} cannot be empty.")
    if len(name) > max_length:
        raise BadName(f"{subject} can have {max_length} characters; this one has {len(name)}.")
    if not _is_displayable(name):
        raise BadName(f"{subject} cannot hold control characters, direction marks or piled accents.")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in INVISIBLE_CHARACTER.sub("", name)):
        raise BadName(f"{subject} needs a letter, a digit or a sign that can be seen.")
    return name


def _is_displayable(name: str) -> bool:
    """No control or format characters: they could make two names look the same, or reverse the text next to a name."""
    combining_marks = 0
    for character in name:
        category = unicodedata.category(character)
        combining_marks = combining_marks + 1 if category[0] == "M" else 0
        is_control = category[0] == "C" and character not in _joiners
        if combining_marks > _max_combining_marks or is_control or category in {"Zl", "Zp"}:
            return False
    return True
