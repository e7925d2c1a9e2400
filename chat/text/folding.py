"""Folds text for comparing: letters that people take for the same become the same. docs/search.md has the rules.

`fold` is applied to messages and to what is looked for, so a rule can only let more be found. Its result holds no
capital letters A to Z, no control characters, and single spaces only; the search cache depends on that.
"""

import re

from chat.text.names import INVISIBLE
from chat.text.normalizing import NormalForm, has_compatibility_forms, normalized

MAX_GROWTH = 200  # characters of a message

# Accents, and the signs that are optional in their script: Hebrew points, Arabic vowels, the Arabic tatweel. Marks that
# are letters stay: the vowels of Indic scripts and Thai, the voicing of Japanese.
_ACCENTS = (
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    r"\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_dropped = re.compile(rf"[{_ACCENTS}{INVISIBLE}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]+")
# Letters that Unicode does not decompose, and the signs that telephones type instead of ' and "; in lower case.
_replaced = str.maketrans(
    {
        "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ſ": "s",
        "‘": "'", "’": "'", "ʼ": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‐": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip
_ascii_controls = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")


def fold(text: str) -> str:
    """A text as it is compared. Folding it again changes nothing."""
    if text.isascii():  # most texts: ten times as fast
        lower = text.lower()
        if lower.isprintable() and "  " not in lower:
            return lower.strip()
        return " ".join(_ascii_controls.sub("", lower).split())
    form: NormalForm = "NFD" if _is_inflated(text) else "NFKD"
    folded = normalized(form, normalized(form, text).casefold())
    plain = _dropped.sub("", folded.translate(_replaced))
    return " ".join(normalized("NFC", plain).split())  # composed again: Hangul, kana, Indic letters


def _is_inflated(text: str) -> bool:
    """Whether compatibility characters would make the text much longer. The same before and after it is folded.

    Attack: one U+FDFA becomes 18 letters. The search cache of a room full of them would be eleven times its file.
    """
    text = text.casefold()
    if not has_compatibility_forms(text):
        return False
    size = len(normalized("NFKD", text))
    return size > len(text) + MAX_GROWTH and size > len(normalized("NFD", text)) + MAX_GROWTH
