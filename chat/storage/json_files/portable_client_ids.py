"""Makes the table of client_ids that an index cache holds: a part at a time, from the file, while the room is in use.

A scan takes Python's own hash for them, because people wait for it: the hash that another process can repeat takes
several times as long.
"""

from bisect import bisect_left

import msgspec

from chat.storage.json_files.fast_parse import RecordKey
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import BadRecord, ReadAt, records_at
from chat.storage.position_table import PositionTable
from chat.storage.yielding import let_others_run

PART_BYTES = 2**16  # of the file, hashed at a time: 0.7 ms
PARTS = 8  # of one call, with a moment for other threads after each

_decoder = msgspec.json.Decoder(RecordKey)


class PortableClientIds:
    """The table of one index, in the making. `append` may add records to the index meanwhile."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._table = PositionTable.portable()
        self._count = 0  # records that are in it

    def advance(self, read: ReadAt, end: int) -> None:
        """Hash the next records. With the last one the index gets the table. Raises OSError, `BadRecord`."""
        for _ in range(PARTS):
            self._hash_part(read, end)
            if self._count == len(self.index):
                self.index.client_ids = self._table
                break
            let_others_run()

    def _hash_part(self, read: ReadAt, end: int) -> None:
        offsets, start = self.index.offsets, self._count
        stop = bisect_left(offsets, offsets[start] + PART_BYTES, start + 1)
        behind = offsets[stop] if stop < len(offsets) else end
        try:
            self._table.extend([_decoder.decode(line) for line in records_at(read, offsets[start:stop], behind)])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRecord(f"not a record of chatsite ({error})") from None
        self._count = stop
