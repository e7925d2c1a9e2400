"""What rooms and people may be called. Pure: no Django, no asyncio."""

import re
import unicodedata

from slugify import slugify

MAX_USERNAME = 32  # characters
MAX_ROOM_NAME = 64
LOBBY = "lobby"

# Characters that show as nothing: joiners, direction marks, fillers, selectors, tags. Part of a regular expression.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)

_room = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_invisible = re.compile(f"[{INVISIBLE}]")
_piled_marks = 3  # more combining marks in a row than any language needs
_joiners = "\u200c\u200d"  # they belong to Persian, Indic scripts and emoji


class BadName(ValueError):
    """A name that cannot be shown or told from another. The text says what to change."""


def is_room(text: str) -> bool:
    """Whether this is a room as it stands in a URL and as the name of a file."""
    return _room.fullmatch(text) is not None


def room_slug(name: str) -> str:
    """A readable room for a name that people chose: `Büro Köln!` gives `buro-koln`. Raises `BadName`."""
    slug: str = slugify(name, max_length=MAX_ROOM_NAME, word_boundary=True)
    if not is_room(slug):
        raise BadName("A room's name needs at least one letter or digit.")
    return slug


def clean_room_name(text: str) -> str:
    """The name as it is shown in the room list. Raises `BadName`."""
    return _clean(text, MAX_ROOM_NAME, "A room's name")


def clean_username(text: str) -> str:
    """The name as it is shown beside what its owner says. Raises `BadName`."""
    return _clean(text, MAX_USERNAME, "A name")


def _clean(text: str, longest: int, what: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise BadName(f"{what} cannot be empty.")
    if len(name) > longest:
        raise BadName(f"{what} can have {longest} characters; this one has {len(name)}.")
    if not _is_plain(name):
        raise BadName(f"{what} cannot hold control characters, direction marks or piled accents.")
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in _invisible.sub("", name)):
        raise BadName(f"{what} needs a letter, a digit or a sign that can be seen.")
    return name


def _is_plain(name: str) -> bool:
    """No hidden letters: with them a name could pass for another, or turn around the text beside it."""
    marks = 0
    for letter in name:
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind[0] == "M" else 0
        if marks > _piled_marks or (kind[0] == "C" and letter not in _joiners) or kind in {"Zl", "Zp"}:
            return False
    return True
