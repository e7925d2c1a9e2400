"""Reasons for which several readers leave something out, in the same words: they are counted together."""

import re

DIRECT = "direct messages"
JOINS = "joins and leaves"
DELETED = "deleted messages"
EMPTY = "messages without content"
UNKNOWN_EMOJI = "reactions with an emoji that chatsite does not have"
UNNAMED_PEOPLE = "reactions of people whom the export does not name"
NO_MESSAGES = "channels without messages"

_qualifier = re.compile(r" (?:that|of|with|without|whom|in|to|beyond|added|made|could)\b.*")
_singulars = {"copies": "copy", "people": "person", "news": "news"}


def of_number(count: int, reason: str) -> str:
    """A reason in the plural as it stands behind a number: "deleted message" behind 1."""
    if count != 1:
        return reason
    rest = found[0] if (found := _qualifier.search(reason)) else ""
    words = reason.removesuffix(rest).split(" ")
    return " ".join(_singular(word) for word in words).replace(" and ", " or ") + rest.replace(
        " that are ", " that is "
    )


def _singular(word: str) -> str:
    word, comma = word.removesuffix(","), "," if word.endswith(",") else ""
    return (_singulars.get(word) or (word[:-1] if word.endswith("s") else word)) + comma
