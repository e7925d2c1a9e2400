"""A new version of a room's file, in which some records are gone and others are changed. The rest is copied.

What stands between two records, such as the blank lines of an owner, stays.
"""

from collections.abc import Container, Iterator
from typing import NamedTuple

from chat.storage.json_files.atomic_write import joined
from chat.storage.json_files.disk import COPY_BYTES
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import ReadAt


class Changes(NamedTuple):
    """The positions of records that go, and the new lines of others."""

    dropped: set[int]
    lines: dict[int, bytes]


def rewritten(read: ReadAt, index: Index, end: int, changes: Changes, first: int = 0) -> Iterator[bytes]:
    """The records of a file from a position up to its end, with these changes, in parts. At least one stays."""
    assert index.in_order, "a damaged file is not written"
    assert not index.omitted, "what is not in the index would be lost"
    assert not index.is_cached, "a wrong cache would be copied"
    return joined(_pieces(read, index, _end_of_kept(read, index, end, changes.dropped), changes, first))


def _end_of_kept(read: ReadAt, index: Index, end: int, dropped: Container[int]) -> int:
    """Where the last record ends that stays."""
    last = len(index) - 1
    if last not in dropped:
        return end
    while last in dropped:
        last, end = last - 1, index.offsets[last]
    start = index.offsets[last]
    return start + read(end - start, start).rindex(b"}") + 1


def _pieces(read: ReadAt, index: Index, end: int, changes: Changes, first: int) -> Iterator[bytes]:
    start = index.offsets[first]
    for position in sorted(changes.dropped | changes.lines.keys()):
        if index.offsets[position] >= end:
            break
        yield from _copied(read, start, index.offsets[position])
        start = min(end, index.offsets[position + 1]) if position + 1 < len(index) else end
        if position in changes.lines:
            text = read(start - index.offsets[position], index.offsets[position])
            yield changes.lines[position] + text[text.rindex(b"}") + 1 :]
    yield from _copied(read, start, end)


def _copied(read: ReadAt, start: int, stop: int) -> Iterator[bytes]:
    for offset in range(start, stop, COPY_BYTES):
        yield read(min(COPY_BYTES, stop - offset), offset)
