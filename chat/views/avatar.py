"""The sign on the disc of a name. static/chat/model/avatar.js has the same rule, and gives the disc its colour.

tests/fixtures/message_text.json holds examples for both.
"""

import regex

_grapheme = regex.compile(r"\X")


def avatar_initial(username: str) -> str:
    """The first grapheme in capitals: a family of emoji, a flag and a letter with its accents are one sign."""
    first = _grapheme.match(username)
    return first[0].upper() if first else "?"
