"""Whether a text has no sign at all that a dialect or chatsite could read as markup. Most lines of a chat have none."""

import re

_inner = re.compile(r"[*_~`\\\[\n]")
_starts = frozenset("->|0123456789 \t")  # of quotes, items and tables
_address = re.compile(r"https?://[\w./?=&%#:+,;@$-]*[\w/]")


def is_unmarked(text: str) -> bool:
    """Whether a text is shown as it is, without looking closer. Underscores in a plain address are no sign."""
    if text[:1] in _starts:
        return False
    if _inner.search(text) is None:
        return True
    return "://" in text and _inner.search(_address.sub("", text)) is None
