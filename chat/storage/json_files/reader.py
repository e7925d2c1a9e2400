"""Reads records from the file by their positions in the index."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from chat.storage import Record, RecordPage, StorageUnavailable
from chat.storage.json_files import kinds
from chat.storage.json_files.blanking import decode_deleted
from chat.storage.json_files.disk_errors import disk_errors
from chat.storage.json_files.fast_parse import parse_records
from chat.storage.json_files.index import Index, first_or_last
from chat.storage.json_files.lines import WHITESPACE, BadRecord, decode_line, line_at, record_bytes
from chat.storage.json_files.room_file import RoomFile

MAX_PAGE_BYTES = 2**19  # of the file, in one page: two hundred long messages would be several MiB
MAX_CACHED_BYTES = 2**26  # the same where a cache leads, for a record that the owner has written
MAX_GAP_BYTES = 2**14  # between two records that are read together: a read of these bytes takes less than another read
MAX_RUN_BYTES = 2**20  # of one read with such gaps: thousands of reactions would be all of a large file
WITH_TEXT = frozenset({"message", "edit"})  # types of records
logger = logging.getLogger(__name__)


class CacheUnfit(Exception):
    """The index is from a cache, and does not belong to the file. Scan the file."""


class FileChanged(StorageUnavailable):
    """The file was changed since it was taken in, perhaps by another process that deletes a message. Refresh."""


class RecordReader:
    """Reads one file by one index. Methods raise StorageUnavailable, `FileChanged`, `CacheUnfit`."""

    def __init__(self, file: RoomFile, index: Index) -> None:
        self._file = file
        self._index = index

    def page(self, before: int | None, after: int | None, limit: int) -> RecordPage:
        """At most `limit` records next to an id, or the newest; never position 0, the room's own record.

        Fewer if they are long, but at least one. What is deleted is left out.
        """
        first, stop = self.bounds(before, after)
        found = self._index.select(kinds.IS_EVENT, first, stop, limit + 1, newest=after is None)
        chosen = self._that_fit(first_or_last(found, limit, newest=after is None), newest=after is None)
        return RecordPage(self.records(chosen), complete=len(chosen) == len(found))

    def bounds(self, before: int | None, after: int | None) -> tuple[int, int]:
        """Where the records between two ids begin and end, as positions, without the room's own record."""
        first = min(1, len(self._index))
        stop = len(self._index) if before is None else max(first, self._index.count_before(before))
        return first if after is None else max(first, self._index.count_through(after)), stop

    def _that_fit(self, chosen: list[int], *, newest: bool) -> list[int]:
        """The last or first of these positions, as many as fit on a page with what is between them."""
        if len(chosen) < 2 or not self._index.in_order:
            return chosen
        if newest:
            page_start = self.end_of(chosen[-1]) - MAX_PAGE_BYTES
            return chosen[bisect_left(chosen[:-1], page_start, key=self._index.offsets.__getitem__) :]
        page_end = self._index.offsets[chosen[0]] + MAX_PAGE_BYTES
        return chosen[: bisect_right(chosen, page_end, lo=1, key=self.end_of)]

    def find(self, author: str, client_id: str) -> Record | None:
        """The record that is stored with this client_id."""
        for position in self._index.client_ids.find(author, client_id):
            if position >= len(self._index):
                raise CacheUnfit
            for record in self.records([position]):
                if (record.author, record.client_id) == (author, client_id):
                    return record
        return None

    def records(self, positions: Sequence[int]) -> list[Record]:
        """The records at these rising positions, with few reads. Unreadable ones are logged and left out."""
        return list(self.by_position(positions).values())

    def by_position(self, positions: Sequence[int]) -> dict[int, Record]:
        """The same, by their positions."""
        if not positions:
            return {}
        texts = self._texts(positions)
        records = parse_records(texts)
        if records is None or [record.id for record in records] != self._index.ids.of(positions):
            return self._one_by_one(positions, texts)
        if any([record.message is None and record.type in WITH_TEXT for record in records]):
            return self._one_by_one(positions, texts)  # a text is lost
        return dict(zip(positions, records, strict=True))

    def _one_by_one(self, positions: Sequence[int], texts: Sequence[bytes]) -> dict[int, Record]:
        found = {}
        for position, line in zip(positions, self._lines_in(texts), strict=True):
            try:
                found[position] = self._record(line, position)
            except BadRecord as error:
                if self._file.changed():
                    why = "another program is changing this file"
                    raise FileChanged(self._file.path.stem, why, self._file.path) from None
                if self._index.is_cached:
                    raise CacheUnfit from None
                logger.error("%s: id %d cannot be read: %s", self._file.path, self._index.ids[position], error.reason)
        return found

    def _record(self, line: bytes, position: int) -> Record:
        """A record; of a deleted one also if a crash has interrupted its overwriting. Raises `BadRecord`."""
        kind, record_id = self._index.kinds[position], self._index.ids[position]
        record = (decode_deleted if kind in kinds.BLANKED.values() else decode_line)(line)
        if record.id != record_id:
            raise BadRecord(f"id {record.id} stands in its place")
        if kind in kinds.BLANKED and record.message is None and self._file.changed():
            raise BadRecord("another process has deleted it")
        return record

    def line(self, position: int) -> bytes:
        """A record as it is in the file, without comma and newline."""
        return next(line for _, line in self.lines([position]))

    def lines(self, positions: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Records as they are in the file, with their rising positions."""
        return zip(positions, self._lines_in(self._texts(positions)), strict=True)

    def _lines_in(self, texts: Iterable[bytes]) -> Iterator[bytes]:
        for text in texts:
            line, _, behind = text.partition(b"\n")
            if self._index.is_cached and behind.strip(WHITESPACE):
                raise CacheUnfit  # a record that the cache leaves out
            yield record_bytes(line)

    def _texts(self, positions: Sequence[int]) -> list[bytes]:
        """What is in the file from each of these records to the next one."""
        with disk_errors(self._file.path.stem, self._file.path):
            return [text for run in self._runs(positions) for text in self._read_run(run)]

    def _runs(self, positions: Sequence[int]) -> Iterable[Sequence[int]]:
        """The positions in groups that are read together. In a damaged file records are in any order."""
        if not positions:
            return []
        if not self._index.in_order:
            return [[position] for position in positions]
        if positions[-1] - positions[0] < len(positions):
            return [positions]
        offsets, starts = self._index.offsets, [0]
        for place, (position, following) in enumerate(pairwise(positions), 1):
            if following == position + 1:
                continue
            gap, run = offsets[following] - offsets[position + 1], offsets[following] - offsets[positions[starts[-1]]]
            if gap > MAX_GAP_BYTES or run > MAX_RUN_BYTES:
                starts.append(place)
        return [positions[start:stop] for start, stop in zip(starts, [*starts[1:], len(positions)], strict=True)]

    def _read_run(self, positions: Sequence[int]) -> list[bytes]:
        if not self._index.in_order:
            return [self._read_line(self._index.offsets[position]) for position in positions]
        base, end = self._index.offsets[positions[0]], self.end_of(positions[-1])
        if self._index.is_cached and not base < end <= min(self._file.size, base + MAX_CACHED_BYTES):
            raise CacheUnfit
        data = self._file.read(end - base, base)
        return [data[start - base : behind - base] for start, behind in zip(*self._bounds_of(positions), strict=True)]

    def size_of(self, positions: Sequence[int]) -> int:
        """Bytes of the records at these rising positions, with their separators."""
        starts, ends = self._bounds_of(positions)
        return sum(ends) - sum(starts)

    def _bounds_of(self, positions: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        """Where the records at these rising positions start, and `end_of` each."""
        offsets = self._index.offsets
        if not positions or offsets[-1] >= self._file.end:  # of a damaged file
            return [offsets[position] for position in positions], [self.end_of(position) for position in positions]
        first, last = positions[0], positions[-1]
        if last - first < len(positions):  # all of them, as on most pages
            return offsets[first : last + 1], [*offsets[first + 1 : last + 1], self.end_of(last)]
        starts = [offsets[position] for position in positions]
        return starts, [*[offsets[position + 1] for position in positions[:-1]], self.end_of(last)]

    def _read_line(self, offset: int) -> bytes:
        end = self._file.end  # of the last good record: something bad may follow on its line
        return line_at(self._file.read, offset)[: end - offset if offset < end else None]

    def end_of(self, position: int) -> int:
        """The offset behind a record and its separator."""
        behind = self._index.offsets[position + 1] if position + 1 < len(self._index) else self._file.size
        return min(behind, self._file.end) if self._index.offsets[position] < self._file.end else behind
