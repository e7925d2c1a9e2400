"""What is searched of a message, in the column `search`: its folded text, and its author's folded name on a line below.

The index (pg_trgm) knows trigrams. A Chinese word of two characters has none; so every character of a script without
blanks between its words is written twice, here and in what is looked for. Then two characters have two trigrams.
"""

import re

from chat.text.folding import fold

_unspaced = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)


def search_column(message: str | None, username: str | None) -> str | None:
    """The value of a message; None if it has no words."""
    return None if message is None else f"{searched(message)}\n{searched(username or '')}\n"


def searched(text: str) -> str:
    """A text as it is in the column; of a folded one, too."""
    return doubled(fold(text))


def doubled(folded: str) -> str:
    """The same with every character of a script without blanks written twice."""
    return folded if folded.isascii() else _unspaced.sub(r"\g<0>\g<0>", folded)
