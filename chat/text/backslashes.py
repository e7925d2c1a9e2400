"""Backslashes: hidden where they keep a line from being a block, or emphasis from being emphasis; text elsewhere.

One backslash is hidden, the others in front of the same sign are shown, so that every text can be written:
`\\\\- x` is shown as `\\- x`. inline.py reads signs with backslashes like other signs, and hides one in front of each
sign of a pair. literal.py finds the places where a text needs backslashes.
"""

import re

_escaped_sign = re.compile(r"\\+(?=[*_~`])")
_escaped_block = re.compile(
    r"(?<!\d)\\(?=\\*(?:[-*][ \t]|>(?!>>)|~{3}|\|.*\|[ \t]*\n[ \t]*\\*\|[-:| \t]+\|))|(?<=\d)\\(?=\\*\.[ \t])"
)
_block_sign = re.compile(r"\\*(?:~{3,}|.)")
_escaped_fence = re.compile(r"\\(?P<shown>\\*`{3,})")
_backslashes = re.compile(r"\\+")


def read_block_escape(text: str, at: int) -> tuple[str, int] | None:
    """What is shown for the backslashes here and their sign, without one, and the place behind it.

    None if they hide neither a fence nor, at the start of a line, another block.
    """
    if fence := _escaped_fence.match(text, at):
        return fence["shown"], fence.end()
    if not is_escaped_block(text, at):
        return None
    sign = _block_sign.match(text, at + 1)
    end = sign.end() if sign else at + 1
    return text[at + 1 : end], end


def is_escaped_block(text: str, at: int) -> bool:
    """Whether the backslash here stands at the start of a line, in front of a sign that begins a block."""
    is_possible = at == 0 or text[at - 1] in "\n \t0123456789"
    return is_possible and _begins_line(text, at) and _escaped_block.match(text, at) is not None


def hide_block_escapes(text: str, start: int, end: int) -> str:
    """This part of the text as typed, without the backslashes that keep its lines and fences from being blocks."""
    shown = ""
    for found in _backslashes.finditer(text, start, end):
        at = found.start()
        if _escaped_fence.match(text, at) or is_escaped_block(text, at):
            shown += text[start:at]
            start = at + 1
    return shown + text[start:end]


def signs_before(text: str, at: int) -> str:
    """The two characters in front, without the backslashes in front of the second one if it is a sign."""
    first = at - 1
    if first > 0 and text[first] in "*_~`":
        while first > 0 and text[first - 1] == "\\":
            first -= 1
    return text[max(first - 1, 0) : max(first, 0)] + text[max(at - 1, 0) : at]


def signs_behind(text: str, at: int) -> str:
    """The two characters behind, without the backslashes in front of signs."""
    two = text[at : at + 2]
    return _escaped_sign.sub("", text[at : at + 16])[:2] if "\\" in two else two


def _begins_line(text: str, at: int) -> bool:
    """Whether nothing but blanks and the number of an item stand in front."""
    head = text[text.rfind("\n", 0, at) + 1 : at].lstrip(" \t")
    return not head or (len(head) <= 3 and head.isdecimal())
