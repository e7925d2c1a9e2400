"""Whether a text has no sign at all that a dialect or chatsite could read as markup. Most lines of a chat have none.

Control characters are such signs too: they are the codes of IRC, and no message has them.
"""

import re

_unmarked = re.compile(
    r"(?![->|0-9 \t])"  # starts of quotes, items and tables
    r"[^*_~`\\\[\x00-\x08\x0a-\x1f\x7f]*"
).fullmatch
_address = re.compile(r"https?://[\w./?=&%#:+,;@$-]*[\w/]")


def is_unmarked(text: str) -> bool:
    """Whether a text is shown as it is, without looking closer. Underscores in a plain address are no sign."""
    return _unmarked(text) is not None or ("://" in text and _unmarked(_address.sub("a", text)) is not None)
