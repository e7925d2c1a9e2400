"""Inline markup of one paragraph: bold, italic, strikethrough, code, links, mentions.

The text is read once, from left to right, and every rule looks a bounded way back: the time is proportional to the
length. Three things differ from Markdown in a document: there are no HTML, no images and no link references; an address
is a link; and characters that authors rarely mean as markup stay as typed. delimiters.py and links.py say which.
"""

import re
from bisect import bisect_left
from collections.abc import Callable

from chat.text.backslashes import read_backslash
from chat.text.delimiters import can_close, can_open, is_word
from chat.text.escape import escape_text
from chat.text.links import LINK_TARGET, address_html, find_address, link_html
from chat.text.mentions import find_mention, mention_html

MAX_DEPTH = 6  # of nested emphasis; blocks.py uses it for nested blocks

_trigger = re.compile(r"[*_~`\\\[\]:.@]")
_backticks = re.compile(r"`+")
_runs = {character: re.compile(re.escape(character) + "+") for character in "*_~"}
_units = {"*": ("*",), "**": ("**",), "***": ("*", "**"), "_": ("_",), "~~": ("~~",)}  # other runs are text
_tags = {"*": "em", "**": "strong", "_": "em", "~~": "del"}


def render_inline(text: str) -> str:
    """HTML of the text of one paragraph."""
    return _InlineParser(text).parse() if _trigger.search(text) else escape_text(text)


class _Mark:
    """An opening delimiter or bracket whose other end has not been found yet. Its own part of the HTML is `part`."""

    __slots__ = ("delimiter", "depth", "part")

    def __init__(self, delimiter: str, part: int) -> None:
        self.delimiter = delimiter
        self.part = part
        self.depth = 0  # of the elements between this mark and the next


class _InlineParser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.flushed = 0  # the text up to here is in `parts`
        self.parts: list[str] = []  # of the HTML
        self.addresses: dict[int, str] = {}  # the parts that are links of themselves, or mentions, as text
        self.marks: list[_Mark] = []
        self.places: dict[str, list[int]] = {}  # of the open marks in `marks`, by delimiter
        self.has_links = "](" in text
        self.closing_backticks: dict[int, list[int]] | None = None

    def parse(self) -> str:
        at = 0
        while found := _trigger.search(self.text, at):
            at = _handlers[found[0]](self, found.start())
        self.flush(len(self.text))
        return "".join(self.parts)

    def flush(self, until: int, then: int | None = None) -> None:
        """The text up to here is text; what follows it begins at `then`."""
        if until > self.flushed:
            self.parts.append(escape_text(self.text[self.flushed : until]))
        self.flushed = until if then is None else then

    def read_delimiter(self, at: int) -> int:
        found = _runs[self.text[at]].match(self.text, at)
        end = found.end() if found else at + 1
        run = self.text[at:end]
        units = _units.get(run)
        if units is None:
            return end
        before, after = self.neighbours_before(at), self.text[end : end + 2]
        closes = [unit for unit in units if self.places.get(unit)] if can_close(run, before, after[:1]) else []
        if closes:
            self.close(at, end, closes)
        elif can_open(run, before[-1:], after):
            self.flush(at, end)
            for unit in units:
                self.open(unit)
        elif "/" in (before[-1:], after[:1]):
            self.forget(run)
        return end

    def neighbours_before(self, at: int) -> str:
        """The two characters in front. An address counts as a word, so `**https://example.org/**` is bold."""
        is_address = at == self.flushed and len(self.parts) - 1 in self.addresses
        return "a" if is_address else self.text[max(at - 2, 0) : at]

    def open(self, delimiter: str) -> None:
        self.places.setdefault(delimiter, []).append(len(self.marks))
        self.marks.append(_Mark(delimiter, len(self.parts)))
        self.parts.append(delimiter)

    def forget(self, delimiter: str) -> None:
        """This delimiter is part of a path, like the inner ones of `*a*/*b*`. None of its kind closes beyond it."""
        if delimiter in self.places:
            self.places[delimiter].clear()

    def close(self, at: int, end: int, closes: list[str]) -> None:
        """Close the innermost of these first. A run of three that closes only one or two leaves the rest as text."""
        self.flush(at, end)
        left = self.text[at:end]
        for unit in sorted(closes, key=lambda unit: -self.places[unit][-1]):
            if not self.places[unit]:
                continue
            place = self.places[unit][-1]
            part = self.marks[place].part
            if self.drop_marks(place):
                self.parts[part] = f"<{_tags[unit]}>"
                self.parts.append(f"</{_tags[unit]}>")
                left = left[len(unit) :]
        if left:
            self.parts.append(left)

    def drop_marks(self, place: int) -> bool:
        """Forget the marks from this one on: an element begins there. False if it would be nested too deep."""
        depth = 1 + max(mark.depth for mark in self.marks[place:])
        for mark in self.marks[place:]:
            places = self.places[mark.delimiter]
            if places and places[-1] >= place:
                places.pop()
        del self.marks[place:]
        if self.marks:
            self.marks[-1].depth = max(self.marks[-1].depth, min(depth, MAX_DEPTH))
        return depth <= MAX_DEPTH

    def read_code(self, at: int) -> int:
        found = _backticks.match(self.text, at)
        start = found.end() if found else at + 1
        size = start - at
        if size == 1 and at and is_word(self.text[at - 1]):
            return start
        end = self.find_closing_backticks(size, start)
        code = self.text[start:end]
        if end is None or not code.strip():
            return start
        if code.startswith(" ") and code.endswith(" "):
            code = code[1:-1]
        self.flush(at, end + size)
        self.parts.append(f"<code>{escape_text(code)}</code>")
        return end + size

    def find_closing_backticks(self, size: int, start: int) -> int | None:
        """A run of the same length. One with a space in front and a word behind it opens, as in `foo' and `bar'."""
        if self.closing_backticks is None:
            self.closing_backticks = {}
            for run in _backticks.finditer(self.text):
                before, after = self.text[run.start() - 1 : run.start()], self.text[run.end() : run.end() + 1]
                if not (before.isspace() and after and not after.isspace() and after not in ".,;:!?)"):
                    self.closing_backticks.setdefault(len(run[0]), []).append(run.start())
        places = self.closing_backticks.get(size, [])
        place = bisect_left(places, start)
        return places[place] if place < len(places) else None

    def read_backslash(self, at: int) -> int:
        shown, end = read_backslash(self.text, at)
        if shown != self.text[at:end]:
            self.flush(at, end)
            self.parts.append(escape_text(shown))
        return end

    def read_open_bracket(self, at: int) -> int:
        if self.has_links:
            self.flush(at, at + 1)
            self.open("[")
        return at + 1

    def read_close_bracket(self, at: int) -> int:
        """`[text](https://example.org)` is a link, `[text](notes.txt)` is not: the URL needs an allowed scheme."""
        places = self.places.get("[")
        if not places:
            return at + 1
        place = places.pop()
        target = LINK_TARGET.match(self.text, at + 1)
        if target is None:
            return at + 1
        part = self.marks[place].part
        self.flush(at, target.end())
        if not self.drop_marks(place):
            self.parts.append(escape_text(self.text[at : target.end()]))
            return target.end()
        html = "".join(self.addresses.pop(i, self.parts[i]) for i in range(part + 1, len(self.parts)))
        self.parts[part:] = [link_html(html, target["angle"] or target["url"], target["double"] or target["single"])]
        places.clear()  # links do not nest
        return target.end()

    def read_at(self, at: int) -> int:
        """An e-mail address, or a mention."""
        end = self.read_address(at)
        mention = find_mention(self.text, at, self.is_open) if end == at + 1 else None
        if mention is None:
            return end
        self.flush(at, mention.end)
        text = self.text[at : mention.end]
        self.addresses[len(self.parts)] = escape_text(text)  # text in the text of a link
        self.parts.append(mention_html(text, mention.username))
        return mention.end

    def read_address(self, at: int) -> int:
        address = find_address(self.text, at, self.flushed, self.is_open)
        if address is None:
            return at + 1
        self.flush(address.start, address.end)
        text = escape_text(self.text[address.start : address.end])
        self.addresses[len(self.parts)] = text
        self.parts.append(address_html(text, address.url))
        return self.flushed

    def is_open(self, character: str) -> bool:
        return any(places for delimiter, places in self.places.items() if delimiter[0] == character)


_handlers: dict[str, Callable[[_InlineParser, int], int]] = {
    "`": _InlineParser.read_code,
    "\\": _InlineParser.read_backslash,
    "[": _InlineParser.read_open_bracket,
    "]": _InlineParser.read_close_bracket,
    **dict.fromkeys("*_~", _InlineParser.read_delimiter),
    **dict.fromkeys(":.", _InlineParser.read_address),
    "@": _InlineParser.read_at,
}
