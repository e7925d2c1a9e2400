"""Backslashes: hidden where they keep a line from being a block, and in a pair as of \\*so\\*; text elsewhere."""

import re

_escaped_block = re.compile(
    r"\\(?=[-*][ \t]|>(?:[ \t]|\w|$)|`{3}|~{3}|\|.*\|[ \t]*\n[ \t]*\|[-: |]+\|)|(?<=\d)\\(?=\.[ \t])", re.M
)
MAX_INDENT = 40  # characters in front of a backslash at the start of a line
_line_start = re.compile(r"(?:\A|(?<=\n))[ \t]*(?:\d{1,3})?\Z")
_protected = frozenset("*_~`[]")
# \*so\* loses its backslashes; those of C:\*.txt and of a shrug protect the next character, and stay.
_escaped_pair = re.compile(
    r"(?<![^\s(])"  # at the start of the text, after a space, or after the bracket of (\*so\*)
    r"(?P<escapes>(?:\\[*_~`])+)"  # \* or \*\*
    r"(?! )(?P<text>[^\\\n]+)(?<! )"  # so; a space may stand inside, as in \*so it is\*
    r"(?P=escapes)"  # \* or \*\*, as in front
    r"(?=[).,;:!?]*(?:\s|\Z))"  # at the end of a word, also with the full stop of \*so\*.
)
_marks = re.compile(r"[`~]{3,}|.")


def read_backslash(text: str, at: int) -> tuple[str, int]:
    """What is shown for the backslash at this place and for the sign that it protects, and the place behind them."""
    if _begins_line(text, at) and _escaped_block.match(text, at):
        mark = _marks.match(text, at + 1)
        end = mark.end() if mark else at + 1
        return text[at + 1 : end], end
    if pair := _escaped_pair.match(text, at):
        delimiter = pair["escapes"].replace("\\", "")
        return delimiter + pair["text"] + delimiter, pair.end()
    end = at + (2 if text[at + 1 : at + 2] in _protected else 1)
    return text[at:end], end


def _begins_line(text: str, at: int) -> bool:
    """Whether nothing but blanks and the number of an item stand in front."""
    is_possible = at == 0 or text[at - 1] in "\n \t0123456789"
    return is_possible and _line_start.search(text, max(0, at - MAX_INDENT), at) is not None
