"""Reads records from the file by their positions in the index."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from chat.storage import Record, RecordPage, StorageUnavailable
from chat.storage.json_files.disk_errors import disk_errors
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import WHITESPACE, BadRecord, decode_line, line_at, record_bytes
from chat.storage.json_files.room_file import RoomFile

MAX_PAGE_BYTES = 2**19  # of the file, in one page: two hundred long messages would be several MiB
MAX_CACHED_BYTES = 2**26  # the same where a cache leads, for a record that the owner has written
logger = logging.getLogger(__name__)


class CacheUnfit(Exception):
    """The index is from a cache, and does not belong to the file. Scan the file."""


class RecordReader:
    """Reads one file by one index. Methods raise StorageUnavailable, `CacheUnfit`."""

    def __init__(self, file: RoomFile, index: Index) -> None:
        self._file = file
        self._index = index

    def page(self, before: int | None, after: int | None, limit: int) -> RecordPage:
        """At most `limit` records next to an id, or the newest; never position 0, the room's own record.

        Fewer if they are long, but at least one.
        """
        first = min(1, len(self._index))
        stop = len(self._index) if before is None else max(first, self._index.count_before(before))
        if after is None:
            start = self._first_that_fits(max(first, stop - limit), stop)
            return RecordPage(self.records(start, stop), complete=start == first)
        start = max(first, self._index.count_through(after))
        end = self._last_that_fits(start, min(stop, start + limit))
        return RecordPage(self.records(start, end), complete=end >= stop)

    def _first_that_fits(self, start: int, stop: int) -> int:
        """The position from which on the records up to `stop` fit on a page."""
        if stop - start < 2 or not self._index.in_order:
            return start
        page_start = self._end_of(stop - 1) - MAX_PAGE_BYTES
        return bisect_left(self._index.offsets, page_start, start, stop - 1)  # at most stop - 1: one record at least

    def _last_that_fits(self, start: int, stop: int) -> int:
        """The position up to which the records from `start` fit on a page."""
        if stop - start < 2 or not self._index.in_order:
            return stop
        page_end = self._index.offsets[start] + MAX_PAGE_BYTES
        if self._end_of(stop - 1) <= page_end:
            return stop
        # A record ends where the next one starts. So this is the last position that starts within the page, but at
        # least start + 1: one record of any length.
        return bisect_right(self._index.offsets, page_end, start + 2, stop) - 1

    def find(self, author: str, client_id: str) -> Record | None:
        """The record that is stored with this client_id."""
        for position in self._index.client_ids.find(author, client_id):
            if position >= len(self._index):
                raise CacheUnfit
            for record in self.records(position, position + 1):
                if (record.author, record.client_id) == (author, client_id):
                    return record
        return None

    def records(self, start: int, stop: int) -> list[Record]:
        """The records at these positions, with one read. Those that became unreadable are logged and left out."""
        found = []
        for position, text in self._lines(start, stop):
            try:
                found.append(_record(text, self._index.ids[position]))
            except BadRecord as error:
                if self._index.is_cached:
                    raise CacheUnfit from None
                if self._file.changed():
                    why = "another program is changing this file"
                    raise StorageUnavailable(self._file.path.stem, why, self._file.path) from None
                logger.error("%s: id %d cannot be read: %s", self._file.path, self._index.ids[position], error.reason)
        return found

    def line(self, position: int) -> bytes:
        """A record as it is in the file, without comma and newline."""
        return next(line for _, line in self._lines(position, position + 1))

    def _lines(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        if start >= stop:
            return
        with disk_errors(self._file.path.stem, self._file.path):
            texts = self._read_together(start, stop) if self._index.in_order else self._read_each(start, stop)
        for position, text in enumerate(texts, start):
            line, *behind = text.split(b"\n", 1)
            if self._index.is_cached and behind and behind[0].strip(WHITESPACE):
                raise CacheUnfit  # a record that the cache leaves out
            yield position, record_bytes(line)

    def _read_together(self, start: int, stop: int) -> list[bytes]:
        base, end = self._index.offsets[start], self._end_of(stop - 1)
        if self._index.is_cached and not base < end <= min(self._file.size, base + MAX_CACHED_BYTES):
            raise CacheUnfit
        data = self._file.read(end - base, base)
        return [data[self._index.offsets[at] - base : self._end_of(at) - base] for at in range(start, stop)]

    def _read_each(self, start: int, stop: int) -> list[bytes]:
        """In a damaged file records are in any order."""
        return [self._read_line(offset) for offset in self._index.offsets[start:stop]]

    def _read_line(self, offset: int) -> bytes:
        end = self._file.end  # of the last good record: something bad may follow on its line
        return line_at(self._file.read, offset)[: end - offset if offset < end else None]

    def _end_of(self, position: int) -> int:
        """The offset behind a record and its separator."""
        behind = self._index.offsets[position + 1] if position + 1 < len(self._index) else self._file.size
        return min(behind, self._file.end) if self._index.offsets[position] < self._file.end else behind


def _record(line: bytes, record_id: int) -> Record:
    record = decode_line(line)
    if record.id != record_id:
        raise BadRecord(f"id {record.id} stands in its place")
    return record
