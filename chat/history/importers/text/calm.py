"""Runs that need no care: words with simple styles between blanks. Most styled messages are such, and written at once.

spans.py writes all others, which takes a hundred times as long, because it asks the parser what it would read.
"""

import re
from collections.abc import Sequence

_style = tuple[bool, bool, bool, bool, str | None, bool]  # what Run has behind its text
_plain = re.compile(r"(?:[^\W_]|[ ,;.!?'()])*")
_words = re.compile(r"[^\W_](?:(?:[^\W_]|[ ,;.!?'()])*[^\W_])?")
_code = re.compile(r"[^\s`\\](?:[^`\n\\]*[^\s`\\])?")
_raw = re.compile(r"@[^\W_][\w-]*(?:\.\w+)*|@\"[^\W_][\w. -]*\"|https?://[\w./?=&%#-]*[^\W_]")
_label = re.compile(r"[^\W_](?:(?:[^\W_]|[ ,;!?'])*[^\W_])?")  # without a full stop, which addresses have
_url = re.compile(r"https?://[\w./?=&%#-]+")
_item = re.compile(r"\s*\d{1,3}\.\s")
_NO_STYLE = (False, False, False, False, None, False)
_RAW = (False, False, False, False, None, True)
_MARKS: dict[_style, tuple[str, re.Pattern[str]]] = {
    (True, False, False, False, None, False): ("**", _words),
    (False, True, False, False, None, False): ("*", _words),
    (False, False, True, False, None, False): ("~~", _words),
    (False, False, False, True, None, False): ("`", _code),
    _RAW: ("", _raw),
}
_BEFORE = ("", " ", "(")
_AFTER = frozenset([" ", ",", ";", "!", "?", ")"])


def calm_markdown(runs: Sequence[tuple[str, bool, bool, bool, bool, str | None, bool]]) -> str | None:
    """The Markdown of such runs; None if one of them is of another kind."""
    markdown = ""
    for number, run in enumerate(runs):
        text, style = run[0], run[1:]
        if style == _NO_STYLE:
            if not _plain.fullmatch(text):
                return None
            markdown += text
            continue
        piece = _styled(text, style)
        behind = runs[number + 1][0][:1] if number + 1 < len(runs) else " "
        if piece is None or markdown[-1:] not in _BEFORE or behind not in _AFTER:
            return None
        markdown += piece
    return None if _item.match(markdown) else markdown


def _styled(text: str, style: _style) -> str | None:
    url = style[4]
    if url is not None:
        is_simple = style == (False, False, False, False, url, False) and _label.fullmatch(text) and _url.fullmatch(url)
        return f"[{text}]({url})" if is_simple else None
    mark, pattern = _MARKS.get(style, ("", None))
    return f"{mark}{text}{mark}" if pattern is not None and pattern.fullmatch(text) else None
