"""Mentions: `@ada`, and in quotes a name with blanks or other signs: `@"Ada Lovelace"`.

The renderer knows no people, so every name that somebody could have is a mention. The reader's browser decides whether
it means the reader (static/chat/model/mentions.js), and writes mentions that this module finds.
tests/fixtures/mentions.json holds examples for both.
"""

from collections.abc import Callable
from typing import NamedTuple

import regex

from chat.text.escape import escape_attribute, escape_text
from chat.text.names import BadName, clean_username

MAX_QUOTED = 64  # characters between the quotes, before blanks are reduced

# A name without quotes: words, with single dots and hyphens between them. Joiners belong to Persian and Indic words.
_word = r"[\p{L}\p{N}_][\p{L}\p{M}\p{N}_\u200c\u200d]*+"
_mention = regex.compile(
    rf"@(?:(?P<name>{_word}(?:[.-]{_word})*+)(?!://|(?<=(?i:mailto)):)"  # @https://example.org is a link
    rf'|"(?P<name>[^"\n]{{1,{MAX_QUOTED}}})"'
    rf"|[“”](?P<name>[^”\n]{{1,{MAX_QUOTED}}})”"  # what phones make of straight quotes
    rf"|„(?P<name>[^“\n]{{1,{MAX_QUOTED}}})“"
    rf"|«(?P<name>[^»\n]{{1,{MAX_QUOTED}}})»"
    r")(?!@)"  # @ada@example.org is the address of another network
)
_not_in_front = regex.compile(r"[\p{L}\p{M}\p{N}_@/\\]")  # of an address, a path, an escape


class Mention(NamedTuple):
    """A mention in a text: where it ends, and the name as `clean_username` gives it."""

    end: int
    username: str


def find_mention(text: str, at: int, is_open: Callable[[str], bool]) -> Mention | None:
    """The mention that begins with the `@` at this place.

    `is_open` tells whether a delimiter stands open in front: only then `_hello @ada_` ends before its `_`.
    """
    if at and _not_in_front.match(text, at - 1):
        return None
    found = _mention.match(text, at)
    if found is None:
        return None
    name = found["name"]
    if name[-1] == "_" == text[found.end() - 1] and is_open("_"):
        name = name.rstrip("_")
    try:
        return Mention(found.end() - len(found["name"]) + len(name), clean_username(name))
    except BadName:
        return None


def mention_html(text: str, username: str) -> str:
    """A mention as it was typed, for the reader's browser to compare with its own name."""
    return f'<span class="mention" data-username="{escape_attribute(username)}">{escape_text(text)}</span>'
