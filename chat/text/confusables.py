"""Which names a reader takes for one another. Pure: no Django, no asyncio.

The attack: somebody sits down beside `admin` as `аdmin`, with a Cyrillic letter, and is believed. Characters that look
alike are those of Unicode's list (UTS #39), which the package confusable-homoglyphs carries as data.
"""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from chat.text.names import INVISIBLE

_shapeless = re.compile(f"[{INVISIBLE}]")


@lru_cache(maxsize=4096)  # a room asks again for the names of everybody in it
def skeletons(name: str) -> frozenset[str]:
    """How a name looks as it stands, in small letters and in capitals. Names that share one pass for one another."""
    plain = _shapeless.sub("", unicodedata.normalize("NFKC", name))
    return frozenset((_skeleton(plain).casefold(), _skeleton(plain.casefold()), _skeleton(plain.upper())))


def _skeleton(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).translate(_models))


def _read_models() -> dict[int, str]:
    """For every character that looks like others, the one that stands for all of them, or several: m looks like rn."""
    known = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8"))
    model: dict[str, str] = {}

    def find(text: str) -> str:
        while text in model:
            text = model[text]
        return text

    for text, others in known.items():
        for other in others:
            worse, better = sorted((find(_bare(text)), find(_bare(other["c"]))), key=_rank)
            if worse != better:
                model[worse] = better
    single = {ord(text): find(text) for text in model if len(text) == 1}
    return {character: text.translate(single) for character, text in single.items()}


def _bare(text: str) -> str:
    return text.replace("\u200e", "")  # which keeps the list readable where letters run from right to left


def _rank(text: str) -> tuple[int, int]:
    """Several characters stand for one, since they are not looked up together; else plain letters for the others."""
    return len(text), -ord(text[0])


_models = _read_models()
