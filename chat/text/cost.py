"""The cost budget of one message: an estimate of the time that rendering takes, in microseconds.

Attack: a message of 4000 characters that takes long to render delays all other clients, because the rendering thread
holds the GIL. Every construct is therefore charged before it is rendered, and a message that exceeds MAX_COST is shown
as plain text.
"""

import re
from enum import IntEnum

from chat.text.sanitizer import SCHEME_PATTERN

MAX_COST = 4950
COST_PER_MESSAGE = 500  # that the rate limits count as one message
CHARACTERS_PER_MICROSECOND = 4

# Delimiters in the sense of CommonMark: what opens or closes emphasis, strikethrough or code, and the backslash.
DELIMITER = re.compile(r"\*{1,2}|_+|~+|`+|\\")
URL_SCHEME = re.compile(SCHEME_PATTERN)


class Cost(IntEnum):
    """Microseconds per construct: the highest value measured in any message on a small machine."""

    SPECIAL = 14  # & or <
    BRACKET = 2
    BREAK = 37
    DELIMITER = 32
    BLOCK = 50
    LINK = 88


class TooExpensive(Exception):
    """The message exceeds MAX_COST."""


def base_cost(text: str) -> int:
    """Cost of the whole message's length, and of the characters that are escaped."""
    return len(text) // CHARACTERS_PER_MICROSECOND + Cost.SPECIAL * (text.count("&") + text.count("<"))


def inline_cost(text: str) -> int:
    """Cost of the delimiters and links in a paragraph; 0 if it has none."""
    return Cost.DELIMITER * len(DELIMITER.findall(text)) + Cost.LINK * len(URL_SCHEME.findall(text))


def bracket_cost(text: str) -> int:
    return Cost.BRACKET * (text.count("[") + text.count("]"))
