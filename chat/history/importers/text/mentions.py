"""A mention of a person as chatsite reads it."""

import re

_bare = re.compile(r"[^\W_][\w]*(?:[.-]\w+)*")
_signs = re.compile(r'["\n\r]')


def mention(name: str) -> str:
    """`@ada`, or in quotes if the name has blanks or signs: `@"Ada Lovelace"`."""
    name = " ".join(_signs.sub("'", name).split())
    return f"@{name}" if _bare.fullmatch(name) else f'@"{name}"'
