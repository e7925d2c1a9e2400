"""Unicode normalization of text that strangers wrote, in linear time. Pure.

Attack: normalization sorts the combining marks of a letter, which takes long if there are very many, and nobody is
served meanwhile. No language puts more than a few marks on a letter, so those behind the first 30 are dropped: it is
the bound of Unicode's Stream-Safe Text Format (UAX #15).
"""

import unicodedata
from typing import Literal

import regex

MAX_MARKS = 30  # in a row
SHORT = 200  # characters that are normalized as they are: at most a fifth of a millisecond

NormalForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
_surplus = regex.compile(rf"(\P{{ccc=0}}{{{MAX_MARKS}}})\P{{ccc=0}}+")  # ccc: the class by which marks are sorted


def normalized(form: NormalForm, text: str) -> str:
    """The text in a normalization form, without what nobody can read of piled marks."""
    return unicodedata.normalize(form, _bounded(text))


def has_compatibility_forms(text: str) -> bool:
    """Whether normalization makes other characters of some: `ﬁ`, `１`, `㌖`. Much faster, if there are none."""
    return not unicodedata.is_normalized("NFKC", _bounded(text))


def _bounded(text: str) -> str:
    return text if len(text) <= SHORT else _surplus.sub(r"\1", text)
