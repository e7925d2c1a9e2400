"""A part of a message around the first word that was found, with every found word marked. Pure."""

from functools import lru_cache
from typing import NamedTuple

from chat.text.folding import fold

MAX_CHARACTERS = 240  # of an excerpt
BEFORE = 60  # of these, in front of the first found word


class Part(NamedTuple):
    """A part of an excerpt: found by a word of the query, or what stands in between."""

    text: str
    is_found: bool


def excerpt(text: str, words: tuple[str, ...]) -> list[Part]:
    """The parts of an excerpt. `words` are folded, as in a query."""
    found = ranges(text, words)
    start = _word_start(text, max(0, found[0][0] - BEFORE)) if found else 0
    stop = min(len(text), start + MAX_CHARACTERS)
    parts, at = [Part("…", False)] if start else [], start
    for begin, end in [*found, (stop, stop)]:
        begin, end = min(begin, stop), min(end, stop)
        parts += [Part(text[at:begin], False), Part(text[begin:end], True)]
        at = max(at, end)
    return [part for part in [*parts, Part("…" if stop < len(text) else "", False)] if part.text]


def ranges(text: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words are in the text as it was written, rising, without overlaps."""
    folded, places = _folded_with_places(text)
    found: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            found.append((places[at], places[at + len(word)]))
            at = folded.find(word, at + len(word))
    return _merged(sorted(found))


def _folded_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters, and its end, where it begins in the text.

    Letter by letter. What becomes one letter with the next, as Korean that was typed in parts, is not found again.
    """
    folded: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        letters = _folded_letter(letter)
        if letters != " " or (folded and folded[-1] != " "):
            folded += letters
            places += [at] * len(letters)
    return "".join(folded), [*places, len(text)]


@lru_cache(maxsize=4096)
def _folded_letter(letter: str) -> str:
    return " " if letter.isspace() else fold(letter)


def _word_start(text: str, at: int) -> int:
    """The beginning of the word behind a place, if there is one soon."""
    blank = text.find(" ", at, at + BEFORE // 2)
    return blank + 1 if at and blank >= 0 else at


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
