"""The candidates of a query, newest first: found in the cache from its end, in pieces of a mebibyte.

A piece is searched by `regex`, which lets other threads have the interpreter meanwhile. Only where a piece holds what
is looked for the rest of it is searched by `mmap.rfind`, for half a millisecond at most, which is faster for many hits.
A piece is copied into memory of this process first: the pages of a mapped file would end the process if somebody cut
the file.
"""

import mmap
from collections.abc import Callable, Iterator
from functools import partial
from heapq import merge

import regex

from chat.search.budget import Budget
from chat.search.candidates import Step
from chat.search.json_files.lines import CODE, LINK, author_letters
from chat.search.json_files.snapshot import Snapshot
from chat.search.query import Query
from chat.storage.json_files import search_lines
from chat.storage.json_files.search_lines import AUTHOR, HEADER_BYTES, IDS_END, LONG, META, SHORT, TIME

FIRST_PIECE, MAX_PIECE = 2**16, 2**20  # bytes; a piece that holds no whole line grows further
CLOCK_STEP = 3_600_000  # ms by which a time may be less than that of an earlier message
LINES_AT_A_TIME = 300  # looked at before others run
NEWLINE = b"\n"
ReadInto = Callable[[memoryview, int], int]


class CacheSnapshot(Snapshot):
    """A snapshot of the cache, with the candidates in it."""

    def steps(self, query: Query, below: int | None, budget: Budget) -> Iterator[Step]:
        """(id, whether that message may match), ids falling."""
        edited = ((message_id, True) for message_id in sorted(_edited(self, query, below, budget), reverse=True))
        return merge(edited, _posted(self, query, below, budget), reverse=True)


def _edited(snapshot: Snapshot, query: Query, below: int | None, budget: Budget) -> Iterator[int]:
    """Messages whose newest edit may match."""
    needle = _needle_of(query.words) if query.words else NEWLINE
    read_into = partial(snapshot.read_into, edits=True)
    for offset, line, holds_needle in _lines(read_into, HEADER_BYTES, snapshot.edits_end, needle, budget):
        message_id = search_lines.message_id_of(line)
        is_newest = not snapshot.is_outdated(message_id, offset)
        if holds_needle and is_newest and (below is None or message_id < below) and _has_text(line, query):
            yield message_id


def _posted(snapshot: Snapshot, query: Query, below: int | None, budget: Budget) -> Iterator[Step]:
    """Steps through the messages that were not edited since the cache was made."""
    begin, end = _range(snapshot, query, below)
    author = author_letters(query.author).encode() if query.author else b""
    for _, line, holds_needle in _lines(snapshot.read_into, begin, end, _needle(query, author), budget):
        is_message = line[0] in (SHORT, LONG)
        message_id = search_lines.id_of(line)
        may_match = holds_needle and is_message and not snapshot.is_outdated(message_id) and _has_text(line, query)
        yield message_id, may_match and _passes(line, query, author)


def _range(snapshot: Snapshot, query: Query, below: int | None) -> tuple[int, int]:
    """From where to where lines are looked at."""
    begin, end = HEADER_BYTES, snapshot.end
    first = partial(search_lines.first_at_least, snapshot.read, begin)
    if below is not None:
        end = first(end, search_lines.id_of, below)
    if query.before is not None:
        end = first(end, search_lines.time_of, query.before + CLOCK_STEP)
    return (first(end, search_lines.time_of, query.after - CLOCK_STEP) if query.after else begin), end


def _has_text(line: bytes, query: Query) -> bool:
    start = IDS_END[line[0]] + META
    flags, text = line[start - 2 : start], line[start:]
    return (
        all(word.encode() in text for word in query.words)
        and (not query.has_link or LINK in flags)
        and (not query.has_code or CODE in flags)
        and len(flags) == 2
        and flags != b"  "
    )


def _passes(line: bytes, query: Query, author: bytes) -> bool:
    start = IDS_END[line[0]] + TIME
    time = search_lines.time_of(line) if query.after or query.before is not None else query.after
    is_in_time = time is not None and query.after <= time and (query.before is None or time < query.before)
    return is_in_time and (not author or line[start : start + AUTHOR] == author)


def _needle(query: Query, author: bytes) -> bytes:
    """What every matching line holds, and few others."""
    if query.words:
        return _needle_of(query.words)
    return author or (LINK if query.has_link else CODE if query.has_code else NEWLINE)


def _needle_of(words: tuple[str, ...]) -> bytes:
    """The longest word: the longer it is, the fewer places have to be looked at."""
    return max((word.encode() for word in words), key=len)


def _lines(
    read_into: ReadInto, begin: int, end: int, needle: bytes, budget: Budget
) -> Iterator[tuple[int, bytes, bool]]:
    """(offset, line, True) of each line with a needle, from the end; with False the first line of each piece."""
    pattern = regex.compile(regex.escape(needle), regex.REVERSE)
    for start, buffer, first, stop in _pieces(read_into, begin, end):
        last = pattern.search(buffer, first, stop, concurrent=True)
        looked, at = 0, last.start() if last else -1
        while at >= 0:
            line_start = buffer.rfind(NEWLINE, first, at) + 1 or first
            yield start + line_start, buffer[line_start : buffer.find(NEWLINE, at, stop)], True
            looked, at = looked + 1, buffer.rfind(needle, first, line_start)
            if looked % LINES_AT_A_TIME == 0:
                budget.pause()
        budget.spend(mebibytes=(stop - first) / 2**20, lines=looked)
        yield start + first, buffer[first : buffer.find(NEWLINE, first, stop)], False
        budget.pause()


def _pieces(read_into: ReadInto, begin: int, end: int) -> Iterator[tuple[int, mmap.mmap, int, int]]:
    """(offset, buffer, first, stop) of pieces from the end on: whole lines are in the buffer from `first` to `stop`."""
    buffer, size = mmap.mmap(-1, MAX_PIECE), FIRST_PIECE
    while end > begin:
        start = max(begin, end - size)
        stop = read_into(memoryview(buffer)[: end - start], start)
        first = 0 if start == begin else buffer.find(NEWLINE, 0, stop) + 1
        if not stop:
            return  # somebody cut the file
        if start > begin and first in (0, stop):
            size *= 2
            buffer = buffer if size <= len(buffer) else mmap.mmap(-1, size)
            continue
        yield start, buffer, first, stop
        end, size = start + first, max(min(4 * size, MAX_PIECE), size)
