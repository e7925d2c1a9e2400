"""Text to markup that is shown as this text, whatever signs are in it: the inverse of rendering.

The parsers themselves tell where a text has markup; a backslash there makes text of it (backslashes.py). So no sign is
escaped that would be shown anyway, and most texts stay as they are.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chat.text.backslashes import is_escaped_block
from chat.text.cost import count_affordable_lines
from chat.text.inline import InlineParser
from chat.text.lists import begins_item, diff_lines, read_list
from chat.text.quotes import opens_quote
from chat.text.tables import read_table

_may_need_backslash = re.compile(r"[*_~`\\]|\]\(|^[ \t]*(?:[->|]|\d{1,3}\.[ \t])", re.M)
_fence = re.compile(r"(?<!\\)\\*+`{3,}")
_line_start = re.compile(r"[ \t]*\d{0,3}(?P<sign>\\+|[-*.>|]|~~~)")
_signs = re.compile(r"\\*.")
_escaped_backtick = "\\`"
_paragraph = re.compile(r"(?:^.*[^ \t\n].*$\n?)+", re.M)

MAX_TRIES = 3  # to escape a text with backslashes in front of backticks


class Markup(NamedTuple):
    """Markup in a text. `start` and `end`: where its two delimiters begin, with their backslashes.

    `places`: where one backslash more, in each, makes text of it.
    """

    delimiter: str
    start: int
    end: int
    places: list[int]


def literal(text: str) -> str:
    """Markup that is shown as this text. Lines that become neighbours later are escaped together, in one call."""
    if _may_need_backslash.search(text) is None:
        return text
    escaped = _escape(text)
    lines = escaped.split("\n")
    affordable = count_affordable_lines(escaped, lines)
    if affordable == len(lines):
        return escaped
    lines = text.split("\n")  # the lines beyond are shown as typed
    return "\n".join([_escape("\n".join(lines[:affordable])), *lines[affordable:]])


def _escape(text: str) -> str:
    text = insert_backslashes(text, find_blocks(text))
    places = _places(text)
    escaped = insert_backslashes(text, places)
    return _settled(text, places, escaped) if places and _escaped_backtick in text else escaped


def _settled(text: str, places: list[int], escaped: str) -> str:
    """The text with other backslashes, if these have made other pairs: a run may close what it did not before."""
    for _ in range(MAX_TRIES):
        put = [place + before for before, place in enumerate(sorted(places))]
        found = [place - bisect_left(put, place) for place in _places(escaped)]
        if sorted(found) == sorted(places):
            break
        places, escaped = found, insert_backslashes(text, found)
    return escaped


def _places(text: str) -> list[int]:
    return [place for found in find_markup(text) for place in found.places]


def escape_lone_item(markup: str) -> str:
    """Markup for an item: a line like a lone `29. November` or `* note` is text elsewhere, and a list in an item."""
    lines = markup.split("\n")
    places, offset = [], 0
    for at, line in enumerate(lines):
        if _fence.search(line):
            break
        is_first = begins_item(line) and not (at and begins_item(lines[at - 1]))
        if is_first and not read_list(lines, at, nested=False) and (start := _line_start.match(line)):
            places.append(offset + start.start("sign"))
        offset += len(line) + 1
    return insert_backslashes(markup, places)


def insert_backslashes(text: str, places: Iterable[int]) -> str:
    """The text with a backslash at each of these places."""
    parts, done = [], 0
    for place in sorted(places):
        parts += [text[done:place], "\\"]
        done = place
    return "".join([*parts, text[done:]])


def find_blocks(text: str) -> Iterator[int]:
    """Where one backslash more keeps a line or a fence from being a block, or a backslash from being hidden."""
    for fence in _fence.finditer(text):
        yield fence.start()
    lines = text.split("\n")
    diff = diff_lines(lines)
    items = {at for at, line in enumerate(lines) if begins_item(line) and at not in diff}
    if len(items) == 1:
        items = {at for at in items if read_list(lines, at, nested=False)}
    offset = 0
    for at, line in enumerate(lines):
        start = _line_start.match(line)
        if start and _begins_block(text, offset + start.start("sign"), lines, at, at in items):
            yield offset + start.start("sign")
        offset += len(line) + 1


def find_markup(text: str) -> Iterator[Markup]:
    """The markup within the paragraphs of a text that has no blocks, or whose blocks are escaped."""
    for paragraph in _paragraph.finditer(text):
        offset = paragraph.start()
        finder = _MarkupFinder(paragraph[0].removesuffix("\n"))
        finder.parse()
        for delimiter, start, end, places in finder.found:
            yield Markup(delimiter, offset + start, offset + end, [offset + place for place in places])


class _MarkupFinder(InlineParser):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.found: list[Markup] = []

    def found_markup(self, delimiter: str, opening: tuple[int, str], closing: tuple[int, str]) -> None:
        places = [at + sign.start() for at, typed in (opening, closing) for sign in _signs.finditer(typed)]
        self.found.append(Markup(delimiter, opening[0], closing[0], places))

    def find_closing_backticks(self, size: int, start: int, is_escaped: bool) -> int | None:
        """Also the end without backslash of a run with one: where both stand, the end may get one as that of code."""
        found = super().find_closing_backticks(size, start, is_escaped)
        return super().find_closing_backticks(size, start, False) if found is None and is_escaped else found


def _begins_block(text: str, place: int, lines: list[str], at: int, is_item: bool) -> bool:
    """Whether the sign at this place, the first one of its line, begins a block, or hides a backslash."""
    match text[place]:
        case "\\":
            return is_escaped_block(text, place)
        case ">":
            return opens_quote(lines[at], lines[at + 1] if at + 1 < len(lines) else "")
        case "|":
            return read_table(lines[at : at + 2], 0) is not None
        case "~":
            return lines[at].lstrip(" \t").startswith("~")
    return is_item
