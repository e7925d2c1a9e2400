"""Which delimiters are markup: `*`, `_`, `~~` and backticks open and close at the edge of a word, and nowhere else.

One table decides it by the two neighbours of a delimiter. `SELECT a.*, b.*`, `src/**/*.ts`, `snake_case`, `~~^~~` and
``don`t`` have no delimiter that opens; `*so*`, `(*so*)`, `"*so*"!` and `**注意：**正文` have.
"""

import re
import unicodedata
from functools import lru_cache
from string import ascii_letters, digits, punctuation
from typing import NamedTuple

# Scripts that write words without spaces in between: Thai to Tibetan, Burmese, Khmer, Chinese, Japanese, Korean.
_UNSPACED = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    r"\uff00-\uffef\U00020000-\U0003ffff]"
)
_MIRROR = str.maketrans("([{<)]}>", ")]}>([{<")
_WORD = frozenset(ascii_letters + digits)
_SPACE = frozenset(["", " ", "\t", "\n"])
_PUNCTUATION = frozenset(punctuation)


class _Edges(NamedTuple):
    """The neighbours of a delimiter that opens. One that closes has the mirror image, and `closing` inside."""

    outside: frozenset[str]
    inside: frozenset[str]
    closing: str
    unspaced: bool  # whether a letter of an unspaced script is an edge, also where it opens


_STAR = _Edges(_SPACE | set("\"'([{->~_*!?.,;:|"), _WORD | set("\"'([{#@$<~_`+"), ".,;:!?%", True)
_EDGES = {
    "*": _STAR,
    # Two are rarer in code: **a**/**b** and **-10%**.
    "**": _STAR._replace(outside=_STAR.outside | {"/"}, inside=_STAR.inside | {"-"}),
    "***": _STAR,
    # Not next to @ / | % = " ' + # and \, which stand in paths, addresses and expressions.
    "_": _Edges(_SPACE | set("([{-~*!?.,;:"), _WORD | set("([{$~*`"), ".,;:!?", True),
    # A drawn-out word, as in 好~~ or 안녕~~, has no edge in front of it.
    "~~": _Edges(_SPACE | set("\"'([{-*_!?.,;:|/"), _WORD | set("\"'([{#@$*_`"), ".,;:!?%", False),
}


@lru_cache(maxsize=4096)
def can_open(delimiter: str, before: str, after: str) -> bool:
    """Whether the delimiter opens. `before` is the character in front, `after` the two behind, as far as there are."""
    edges = _EDGES[delimiter]
    if _is_eye(after, delimiter) or _is_quoted(before, after[:1]):
        return False
    return _is_inside(after[:1], edges.inside) and _is_outside(before, edges.outside, edges.unspaced)


@lru_cache(maxsize=4096)
def can_close(delimiter: str, before: str, after: str) -> bool:
    """Whether the delimiter closes. `before` are the two characters in front, `after` is the one behind."""
    edges = _EDGES[delimiter]
    last = before[-1:]
    if _is_eye(before[::-1], delimiter) or _is_quoted(last, after):
        return False
    is_inside = last in edges.closing if last and last in ".,;:!?%" else _is_inside(_mirror(last), edges.inside)
    return is_inside and _is_outside(_mirror(after), edges.outside, True)


def is_word(character: str) -> bool:
    """A letter or digit of a script that separates words with spaces."""
    if character.isascii():
        return character in _WORD
    return _is_letter(character) and not _UNSPACED.match(character)


def _is_eye(neighbours: str, delimiter: str) -> bool:
    """Whether one sign stands between this delimiter and another, as in the face `(*_*)`."""
    return neighbours[1:] == delimiter[0] and neighbours[0] in _PUNCTUATION


def _is_quoted(before: str, after: str) -> bool:
    """Whether the delimiter is all that stands between quotes, as in `split('*')`, or between equal signs."""
    if before.isascii():
        return before == after and before in _PUNCTUATION
    return unicodedata.category(before) in ("Ps", "Pi") and unicodedata.category(after or " ") in ("Pe", "Pf", "Pi")


def _mirror(character: str) -> str:
    return character.translate(_MIRROR) if character in "([{<)]}>" else character


def _is_inside(character: str, inside: frozenset[str]) -> bool:
    return character in inside if character.isascii() else not character.isspace()


def _is_outside(character: str, outside: frozenset[str], unspaced: bool) -> bool:
    if character.isascii():
        return character in outside
    return (unspaced and _UNSPACED.match(character) is not None) or not _is_letter(character)


def _is_letter(character: str) -> bool:
    """A letter, a digit, or a sign on top of one, like the vowels of Hindi; but not the selectors of emoji."""
    return character.isalnum() or (unicodedata.category(character)[0] == "M" and not "\ufe00" <= character <= "\ufe0f")
