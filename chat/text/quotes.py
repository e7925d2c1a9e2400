"""Quotes: lines that begin with >. The first line decides, because a > also begins faces, numbers and prompts."""

import re

_marker = re.compile(r"[ ]{0,3}(?P<marker>>+)(?P<rest>.*)")
_first_marker = re.compile(r"[ ]{0,3}>[ ]?")
_number = re.compile(r"[ \t]+[\d]+(?![.)][ \t])\b")  # > 5 people; but not > 1. a list
_quoted = re.compile(
    r"\s|$"
    r"|[^\W\d_](?!<)"  # >said, but not the face >o<
    r"|[\"'[{@#]+\w"  # >"so", >[so](https://example.org), >@ada
    r"|\([\"'(]*[^\W\d_]"  # >(so)
    r"|[*_~`]{1,3}[\"'(\[]?\w"  # >**so**
    r"|[-*+][ \t]"  # >- so
    r"|\.{2,3}[ ]?\w"  # >...so
    r"|[^\x00-\x7f\w](?!<)"  # >«so», and emoji
)


def opens_quote(line: str, below: str) -> bool:
    """Whether a quote begins with this line. `below` is the line after it, or "".

    Text: `>50%`, `> 5 people`, `>:(`, `>_<`, and three or more, as in Python's `>>> x` and in `>>>>>>> branch`.
    """
    found = _marker.match(line)
    if found is None or len(found["marker"]) > 2:
        return False
    if _number.match(found["rest"]):
        return _first_marker.match(below) is not None
    return _quoted.match(found["rest"]) is not None


def quoted_lines(lines: list[str], at: int) -> list[str]:
    """The lines of the quote that begins here, without their marker. Whatever follows the > belongs to it."""
    quoted = []
    for line in lines[at:]:
        marker = _first_marker.match(line)
        if marker is None:
            break
        quoted.append(line[marker.end() :])
    return quoted
