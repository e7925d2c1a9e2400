"""Spans of a text written with chatsite's delimiters, as far as its parser takes them for markup.

The renderer's own parser tells which delimiters it takes for markup. The spans of the others are written in another
way, widened to the word, or dropped. What else it takes for markup is plain text, and gets backslashes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from heapq import heapify, heappop, heappush
from itertools import chain, count
from typing import NamedTuple
from urllib.parse import quote

from chat.text.links import LINK_TARGET, addresses
from chat.text.literal import find_blocks, find_markup, insert_backslashes, literal

MAX_TRIES = 12
TEXT, OPAQUE = -1, -2  # the owners of characters that are no delimiters: plain text, and what stays as it is

_backticks = re.compile(r"`+")
_unsafe_in_target = re.compile(r"[\s()<>]")


class Kind(Enum):
    """What a character is: plain text, Markdown already, or code unless its span is left out."""

    TEXT = 0
    RAW = 1
    CODE = 2


class Span(NamedTuple):
    """A style of a part of the text. `ways`: how to write it, the best first; with a "w" it is widened to the word."""

    start: int
    end: int
    ways: tuple[str, ...]
    url: str = ""


class _Fragment(NamedTuple):
    """A span, or a part of one, as it is written."""

    start: int
    end: int
    number: int
    way: str


class Writer:
    """Writes spans until the parser finds all that are written."""

    def __init__(self, text: str, kinds: list[Kind], spans: list[Span]) -> None:
        self.text = text
        self.kinds = kinds
        self.spans = spans
        bounds = Counter(place for span in spans for place in {span.start, span.end})
        self.ways = [int(span.ways[0] == "*" and self.touches(span, bounds)) for span in spans]
        self.out: list[str] = []
        self.owners: list[int] = []  # of each character: the number of a span, TEXT or OPAQUE
        self.opened: Counter[int] = Counter()  # how often each span was opened
        self.is_code = False
        self.ticks = ""

    def touches(self, span: Span, bounds: Counter[int]) -> bool:
        """Whether a delimiter of another span stands beside one of this one, but not both: `**_a_ b**`."""
        same = sum((other.start, other.end) == (span.start, span.end) for other in self.spans)
        return bounds[span.start] > same or bounds[span.end] > same

    def write(self) -> str:
        for tries in range(MAX_TRIES):
            self.emit()
            markdown, lost, plain = self.check()
            if not lost:
                return insert_backslashes(markdown, plain)
            for number in lost:
                self.ways[number] = (
                    len(self.spans[number].ways) - 1 if tries == MAX_TRIES - 2 else self.next_way(number)
                )
        return literal(self.text)

    def way(self, number: int) -> str:
        return self.spans[number].ways[self.ways[number]].removeprefix("w")

    def next_way(self, number: int) -> int:
        span, way = self.spans[number], self.ways[number] + 1
        while span.ways[way].startswith("w") and self.widened(span) == span:
            way += 1
        return way

    def widened(self, span: Span) -> Span:
        """The span with the whole of the words in which it begins and ends, but not into a link."""
        text, kinds = self.text, self.kinds
        start, end = span.start, span.end
        while start and text[start].isalnum() and text[start - 1].isalnum() and kinds[start - 1] is Kind.TEXT:
            start -= 1
        while end < len(text) and text[end].isalnum() and not text[end - 1].isspace() and kinds[end] is Kind.TEXT:
            end += 1
        links = [(found.start, found.end) for found in addresses(text)]
        links += [(found.start, found.end) for found in self.spans if found.url]
        is_cut = any(first < place < last for place in (start, end) for first, last in links)
        return span if is_cut else span._replace(start=start, end=end)

    def emit(self) -> None:
        """Write all spans in their present way."""
        self.out, self.owners, self.opened = [], [], Counter()
        pending: list[_Fragment] = []
        done = 0
        for fragment in self.fragments():
            while pending and pending[-1].end <= fragment.start:
                done = self.put_end(done, pending.pop())
            self.put_text(done, fragment.start)
            done = fragment.start
            self.put_opening(fragment)
            pending.append(fragment)
        while pending:
            done = self.put_end(done, pending.pop())
        self.put_text(done, len(self.text))

    def fragments(self) -> Iterator[_Fragment]:
        """The spans, the outer ones first. One that crosses another is split where the other ends."""
        waiting: list[tuple[int, int, int]] = []
        for number, span in enumerate(self.spans):
            if way := span.ways[self.ways[number]]:
                chosen = self.widened(span) if way[0] == "w" else span
                waiting.append((chosen.start, -chosen.end, number))
        heapify(waiting)
        around: list[int] = []  # the ends of those that go on
        while waiting:
            start, end, number = heappop(waiting)
            while around and around[-1] <= start:
                around.pop()
            if around and around[-1] < -end:
                rest = self.text[around[-1] : -end]
                if rest.strip():
                    heappush(waiting, (-end - len(rest.lstrip()), end, number))
                end = -around[-1]
            around.append(-end)
            yield _Fragment(start, -end, number, self.way(number))

    def put_end(self, done: int, fragment: _Fragment) -> int:
        self.put_text(done, fragment.end)
        self.put_closing(fragment)
        return fragment.end

    def put_opening(self, fragment: _Fragment) -> None:
        way = fragment.way
        if way == "(":
            return
        self.opened[fragment.number] += 1
        if way == "`":
            self.is_code = True
            is_behind_word = bool(self.out) and self.out[-1][-1:].isalnum()
            self.ticks = way = _ticks(self.text[fragment.start : fragment.end], is_behind_word)
        self.put(way, fragment.number)

    def put_closing(self, fragment: _Fragment) -> None:
        url = self.spans[fragment.number].url
        match fragment.way:
            case "[":
                self.put(f"]({_target(url)})", fragment.number)
            case "(":
                self.put(f" ({url})", TEXT)
            case "`":
                self.is_code = False
                self.put(self.ticks[::-1], fragment.number)
            case way:
                self.put(way, fragment.number)

    def put(self, piece: str, owner: int) -> None:
        self.out.append(piece)
        self.owners += [owner] * len(piece)

    def put_text(self, start: int, end: int) -> None:
        self.out.append(self.text[start:end])
        shown = (Kind.TEXT,) if self.is_code else (Kind.TEXT, Kind.CODE)
        self.owners += [TEXT if kind in shown else OPAQUE for kind in self.kinds[start:end]]

    def check(self) -> tuple[str, set[int], list[int]]:
        """The Markdown without blocks, the spans that the parser does not find, and where text needs backslashes."""
        markdown = "".join(self.out)
        blocks = [place for place in find_blocks(markdown) if self.owners[place] == TEXT]
        owners = self.owners.copy()
        for place in reversed(blocks):
            owners.insert(place, TEXT)
        markdown = insert_backslashes(markdown, blocks)
        lost = self.opened.copy()
        plain: list[int] = []
        for found in find_markup(markdown):
            owner, last = owners[found.start], owners[found.end]
            if owner == last == TEXT:
                plain += found.places
            elif owner == last != OPAQUE and found.delimiter == self.way(owner):
                lost[owner] -= 1
            elif owner != last:  # a sign of the text became part of the delimiter
                lost.update(number for number in (owner, last) if number >= 0)
        return markdown, {number for number, count in lost.items() if count > 0}, plain


def _ticks(code: str, is_behind_word: bool) -> str:
    """The backticks in front of code. Three would be a fence, and one opens nothing behind a word."""
    sizes = {len(run) for run in _backticks.findall(code)}
    size: int = next(size for size in chain((2 if is_behind_word else 1, 2), count(4)) if size not in sizes)
    return "`" * size + (" " if "`" in (code[0], code[-1]) else "")


def _target(url: str) -> str:
    """The address as a link's destination."""
    return url if LINK_TARGET.fullmatch(f"({url})") else _unsafe_in_target.sub(lambda found: quote(found[0]), url)
