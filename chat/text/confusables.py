"""Confusable names: detects names that look the same to a reader. Pure: no Django, no asyncio.

Attack: a user joins beside `admin` as `аdmin`, with a Cyrillic letter, and is taken for them. The defence is the
skeleton of UTS #39 (Unicode Security Mechanisms). The package confusable-homoglyphs carries Unicode's table as data.
"""

import json
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from chat.text.names import INVISIBLE_CHARACTER, LOBBY, folded


@lru_cache(maxsize=4096)  # a room asks for the names of all its members again and again
def skeletons(name: str) -> frozenset[str]:
    """The skeletons of a name: as written, in lower case, in upper case. Names that share one are confusable."""
    visible = INVISIBLE_CHARACTER.sub("", unicodedata.normalize("NFKC", name))
    return frozenset((_skeleton(visible).casefold(), _skeleton(visible.casefold()), _skeleton(visible.upper())))


def is_like_room(name: str, slug: str, other: str, skeletons_of: Callable[[str], frozenset[str]] = skeletons) -> bool:
    """Whether a name is the address of a room, or looks like its name, `other`.

    Everybody knows the lobby by its address, also if it has another name.
    """
    known = skeletons_of(other) | (skeletons(LOBBY) if slug == LOBBY else frozenset())
    return slug == folded(name) or bool(known & skeletons(name))


def _skeleton(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).translate(_prototypes))


def _read_prototypes() -> dict[int, str]:
    """For each confusable character its prototype: one character, or several (`rn` for m).

    The table lists pairs. Each pair is merged into a set of characters that look alike (union-find), and each set has
    one prototype.
    """
    table = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8"))
    parent: dict[str, str] = {}

    def find(text: str) -> str:
        while text in parent:
            text = parent[text]
        return text

    for text, confusables in table.items():
        for confusable in confusables:
            child, root = sorted((find(_without_mark(text)), find(_without_mark(confusable["c"]))), key=_rank)
            if child != root:
                parent[child] = root
    single = {ord(text): find(text) for text in parent if len(text) == 1}
    return {character: text.translate(single) for character, text in single.items()}


def _without_mark(text: str) -> str:
    return text.replace("\u200e", "")  # the table adds direction marks to right-to-left characters


def _rank(text: str) -> tuple[int, int]:
    """Sorts the prototype last. Sequences win, because only single characters are looked up; then low code points."""
    return len(text), -ord(text[0])


_prototypes = _read_prototypes()
