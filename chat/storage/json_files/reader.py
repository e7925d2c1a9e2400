"""Records by their positions in the index, read from the file when they are asked for."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from chat.storage import Record, RecordPage
from chat.storage.json_files.disk_errors import disk_errors
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import BadRecord, decode_line
from chat.storage.json_files.room_file import RoomFile

PIECE = 4096  # bytes read at a time of a line whose end is not known
PAGE_BYTES = 2**19  # of the file, in one page: two hundred long messages would be several MiB
logger = logging.getLogger(__name__)


class Reader:
    """Reads one file by one index. Raises StorageUnavailable."""

    def __init__(self, file: RoomFile, index: Index) -> None:
        self._file = file
        self._index = index

    def page(self, before: int | None, after: int | None, limit: int) -> RecordPage:
        """At most `limit` records next to an id, or the newest; position 0, the room's own record, is never asked.

        Fewer if they are long, but one at least.
        """
        first = min(1, len(self._index))
        stop = len(self._index) if before is None else max(first, self._index.before(before))
        if after is None:
            start = self._first_that_fits(max(first, stop - limit), stop)
            return RecordPage(self.records(start, stop), complete=start == first)
        start = max(first, self._index.through(after))
        end = self._last_that_fits(start, min(stop, start + limit))
        return RecordPage(self.records(start, end), complete=end >= stop)

    def _first_that_fits(self, start: int, stop: int) -> int:
        """From where on the records up to `stop` fit on a page."""
        if stop - start < 2 or not self._index.in_order:
            return start
        return bisect_left(self._index.offsets, self._behind(stop - 1) - PAGE_BYTES, start, stop - 1)

    def _last_that_fits(self, start: int, stop: int) -> int:
        """Up to where the records from `start` fit on a page."""
        if stop - start < 2 or not self._index.in_order:
            return stop
        end = self._index.offsets[start] + PAGE_BYTES
        return stop if self._behind(stop - 1) <= end else bisect_right(self._index.offsets, end, start + 2, stop) - 1

    def find(self, author: str, client_id: str) -> Record | None:
        """What was stored under this client_id."""
        for position in self._index.clients.find(author, client_id):
            for record in self.records(position, position + 1):
                if (record.author, record.client_id) == (author, client_id):
                    return record
        return None

    def records(self, start: int, stop: int) -> list[Record]:
        """The records at these positions, with one read. What has become unreadable is logged and left out."""
        found = []
        for position, text in self._texts(start, stop):
            try:
                found.append(_record(text, self._index.ids[position]))
            except BadRecord as error:
                logger.error("%s: id %d cannot be read: %s", self._file.path, self._index.ids[position], error.reason)
        return found

    def line(self, position: int) -> bytes:
        """A record as it stands in the file, without comma and newline."""
        return next(line for _, line in self._texts(position, position + 1))

    def _texts(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        if start >= stop:
            return
        with disk_errors(self._file.path.stem, self._file.path):
            texts = self._together(start, stop) if self._index.in_order else self._each(start, stop)
        for position, text in enumerate(texts, start):
            yield position, text.split(b"\n", 1)[0].strip().removesuffix(b",").rstrip()

    def _together(self, start: int, stop: int) -> list[bytes]:
        base = self._index.offsets[start]
        data = self._file.read(self._behind(stop - 1) - base, base)
        return [data[self._index.offsets[at] - base : self._behind(at) - base] for at in range(start, stop)]

    def _each(self, start: int, stop: int) -> list[bytes]:
        """One by one: in a damaged file they can stand anywhere."""
        return [self._line_at(offset) for offset in self._index.offsets[start:stop]]

    def _line_at(self, offset: int) -> bytes:
        pieces = [self._file.read(PIECE, offset)]
        while pieces[-1] and b"\n" not in pieces[-1]:
            pieces.append(self._file.read(PIECE, offset + PIECE * len(pieces)))
        end = self._file.end  # of the last good record: something bad may follow on its line
        return b"".join(pieces)[: end - offset if offset < end else None]

    def _behind(self, position: int) -> int:
        """The byte behind a record and what separates it from the next."""
        behind = self._index.offsets[position + 1] if position + 1 < len(self._index) else self._file.size
        return min(behind, self._file.end) if self._index.offsets[position] < self._file.end else behind


def _record(line: bytes, identity: int) -> Record:
    record = decode_line(line)
    if record.id != identity:
        raise BadRecord(f"id {record.id} stands in its place")
    return record
