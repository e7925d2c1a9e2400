"""Validation and normalisation of room names and usernames. Pure: no asyncio, and of Django its translations alone."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from slugify import slugify

from chat.text.normalizing import normalized

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise  # in the type stubs only

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


class NameProblems(NamedTuple):
    """What can be wrong with a kind of name, as sentences."""

    empty: "StrPromise"
    too_long: "StrPromise"
    not_displayable: "StrPromise"
    invisible: "StrPromise"


ROOM_NAME_PROBLEMS = NameProblems(
    empty=_("A room's name cannot be empty."),
    too_long=_("A room's name can have {most} characters; this one has {length}."),
    not_displayable=_("A room's name cannot hold control characters, direction marks or piled accents."),
    invisible=_("A room's name needs a letter, a digit or a sign that can be seen."),
)
USERNAME_PROBLEMS = NameProblems(
    empty=_("A name cannot be empty."),
    too_long=_("A name can have {most} characters; this one has {length}."),
    not_displayable=_("A name cannot hold control characters, direction marks or piled accents."),
    invisible=_("A name needs a letter, a digit or a sign that can be seen."),
)


def is_room_slug(text: str) -> bool:
    """Whether the text is a valid room slug: the room's part of a URL and the stem of its file name."""
    return _room_slug.fullmatch(text) is not None


def room_slug(name: str) -> str:
    """The slug for a room name: `Büro Köln!` gives `buro-koln`. Raises `BadName`."""
    slug: str = slugify(name, max_length=MAX_ROOM_NAME, word_boundary=True)
    if not is_room_slug(slug):
        raise BadName(_("A room's name needs at least one letter or digit."))
    return slug


def free_slug(slug: str, is_free: Callable[[str], bool]) -> str:
    """The first of `c-2`, `c-3` and so on that is free: an address for a room whose own slug, `c`, is taken."""
    return next(each for each in itertools.islice(numbered_slugs(slug), 1, None) if is_free(each))


def numbered_slugs(slug: str) -> Iterator[str]:
    """`c`, `c-2`, `c-3` and so on: the slugs for rooms of different names whose own slug is the same."""
    yield slug
    for number in itertools.count(2):
        suffix = f"-{number}"
        yield slug[: MAX_ROOM_NAME - len(suffix)].rstrip("-") + suffix


@lru_cache(maxsize=4096)  # a lookup folds the names of all rooms
def folded(name: str) -> str:
    """What names that differ only in case and blanks have in common: they are the same name."""
    return " ".join(normalized("NFC", name.casefold()).split())


def clean_room_name(text: str) -> str:
    """The normalised name that the room list shows. Raises `BadName`."""
    return _clean(text, MAX_ROOM_NAME, ROOM_NAME_PROBLEMS)


def confusable_room(other: str) -> "StrPromise":
    """The sentence about a new room whose name looks like the name of another."""
    return format_lazy(_("A room's name cannot look like the name of another room, “{other}”."), other=other)


def room_elsewhere(name: str, slug: str) -> "StrPromise":
    """The sentence about a new room at an address that is the name of a room at another one."""
    return format_lazy(_("The room “{name}” has another address: {slug}."), name=name, slug=slug)


def room_at(other: str, slug: str) -> "StrPromise":
    """The sentence about a name that is the address of a room of another name."""
    return format_lazy(_("The room “{other}” lives at the address {slug}."), other=other, slug=slug)


def clean_username(text: str) -> str:
    """The normalised name that messages show as their author. Raises `BadName`."""
    return _clean(text, MAX_USERNAME, USERNAME_PROBLEMS)


def _clean(text: str, max_length: int, problems: NameProblems) -> str:
    name = " ".join(normalized("NFC", text).split())
    if not name:
        raise BadName(problems.empty)
    if len(name) > max_length:
        raise BadName(format_lazy(problems.too_long, most=max_length, length=len(name)))
    if not _is_displayable(name):
        raise BadName(problems.not_displayable)
    if not any(unicodedata.category(character)[0] in "LNPS" for character in INVISIBLE_CHARACTER.sub("", name)):
        raise BadName(problems.invisible)
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
