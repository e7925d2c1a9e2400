"""The index of a room in memory: where each record is in the file, and which client_ids are stored. Not their texts.

A message takes 24 bytes: its id, its offset, and the hash of its author and client_id with its position.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate

from chat.storage.json_files.fast_parse import RecordKey
from chat.storage.records import Record

BUCKET_COUNT = 2**13  # more of them make lookups faster, and the first one slower
POSITION_MASK = 2**32 - 1
HASH_MASK = POSITION_MASK << 32


class Index:
    """Ids and offsets of the records of one file, sorted by id. A position counts from 0, the room's own record."""

    def __init__(self) -> None:
        self.ids = array("Q")
        self.offsets = array("Q")
        self.in_order = True  # whether the offsets rise with the ids
        self.clients = ClientIds()

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, record: Record, offset: int) -> None:
        """Add the next record, which starts at this byte of the file."""
        self.clients.add(record.author, record.client_id)
        self.ids.append(record.id)
        self.offsets.append(offset)

    def extend(self, records: Sequence[Record | RecordKey], lengths: Sequence[int], offset: int) -> None:
        """Add records that follow each other, the first of them at an offset; a length reaches to the next record."""
        self.clients.extend(records)
        self.ids += array("Q", [record.id for record in records])
        self.offsets += array("Q", list(accumulate(lengths[:-1], initial=offset)))

    def add_displaced(self, found: Iterable[tuple[int, int]]) -> None:
        """Add ids and offsets of records of a damaged file that are not in the order of ids; the first of each id.

        Their client_ids are left out: a damaged file is never written.
        """
        displaced: dict[int, int] = {}
        for record_id, offset in found:
            if self.before(record_id) == self.through(record_id):
                displaced.setdefault(record_id, offset)
        if displaced:
            entries = sorted([*zip(self.ids, self.offsets, strict=True), *displaced.items()])
            self.ids = array("Q", [record_id for record_id, _ in entries])
            self.offsets = array("Q", [offset for _, offset in entries])
            self.in_order = False

    def before(self, record_id: int) -> int:
        """How many records have a smaller id."""
        return bisect_left(self.ids, record_id)

    def through(self, record_id: int) -> int:
        """How many records have this id or a smaller one."""
        return bisect_right(self.ids, record_id)


class ClientIds:
    """The positions that carry a client_id: a hash table, each entry 32 bits of a hash and 32 of a position.

    Added positions are hashed into buckets at the next lookup: opening a large room needs none. Python keys its hash of
    strings anew in every process, so nobody can choose client_ids that collide.
    """

    def __init__(self) -> None:
        self._buckets: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))
        self._table_size = 0  # positions that are in the buckets
        self._pending = array("q")  # the hashes of the positions that follow; 0 if there is no client_id

    def add(self, author: str | None, client_id: str | None) -> None:
        """Add the next position."""
        self._pending.append(0 if client_id is None else hash((author, client_id)))

    def extend(self, records: Iterable[Record | RecordKey]) -> None:
        """Add the next positions."""
        hashes = [0 if (it := one.client_id) is None else hash((one.author, it)) for one in records]
        self._pending += array("q", hashes)  # through a list: twice as fast as one by one

    def find(self, author: str, client_id: str) -> list[int]:
        """Positions that may carry a client_id, in the order of adding: different ones can have the same hash."""
        if self._pending:
            self._fill_buckets()
        hashed = hash((author, client_id))
        bucket, wanted = self._buckets.get(hashed % BUCKET_COUNT), (hashed & HASH_MASK) >> 32
        if bucket is None or wanted.to_bytes(4, sys.byteorder) not in bucket.tobytes():
            return []  # the usual case, a new message: ten times as fast as a look at each entry
        return [entry & POSITION_MASK for entry in bucket if entry >> 32 == wanted]

    def _fill_buckets(self) -> None:
        buckets = self._buckets
        for position, hashed in enumerate(self._pending, self._table_size):
            if hashed:
                buckets[hashed % BUCKET_COUNT].append(hashed & HASH_MASK | position)
        self._table_size += len(self._pending)
        self._pending = array("q")
