"""What is kept in memory of a room: where each record stands, not what it says.

24 bytes for a message: its id, its place in the file, and, in a hash table, its author and client_id as a hash with its
position.
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate

from chat.storage.json_files.fast_parse import Head
from chat.storage.records import Record

BUCKETS = 2**13  # more make lookups faster, and the first one slower
LOW = 2**32 - 1
HIGH = LOW << 32


class Index:
    """Ids and places of the records of one file, in their order."""

    def __init__(self) -> None:
        self.ids = array("Q")
        self.offsets = array("Q")
        self.in_order = True  # whether the offsets rise with the ids
        self.clients = ClientIds()

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, record: Record, offset: int) -> None:
        """Take in the next record, which stands at this byte of the file."""
        self.clients.add(record.author, record.client_id)
        self.ids.append(record.id)
        self.offsets.append(offset)

    def extend(self, records: Sequence[Record | Head], lengths: Sequence[int], offset: int) -> None:
        """Take in records that follow each other: how far it is from each to the next, and where the first stands."""
        self.clients.extend(records)
        self.ids += array("Q", [record.id for record in records])
        self.offsets += array("Q", list(accumulate(lengths[:-1], initial=offset)))

    def add_strays(self, found: Iterable[tuple[int, int]]) -> None:
        """Take in ids and offsets of a damaged file that do not stand where they belong; of two the first.

        Nothing is written to such a file, so their client_ids need not be known.
        """
        strays: dict[int, int] = {}
        for identity, offset in found:
            if self.before(identity) == self.through(identity):
                strays.setdefault(identity, offset)
        if strays:
            places = sorted([*zip(self.ids, self.offsets, strict=True), *strays.items()])
            self.ids = array("Q", [identity for identity, _ in places])
            self.offsets = array("Q", [offset for _, offset in places])
            self.in_order = False

    def before(self, identity: int) -> int:
        """How many records have a smaller id."""
        return bisect_left(self.ids, identity)

    def through(self, identity: int) -> int:
        """How many records have this id or a smaller one."""
        return bisect_right(self.ids, identity)


class ClientIds:
    """Which positions carry a client_id: a hash table whose entries are 32 bits of a hash and 32 of a position.

    Positions are counted from 0, in the order of what is added. They are put into the table when it is asked: who opens
    a large room reads before they write. Python's hashes of texts are keyed anew in every process: nobody can choose
    client_ids that meet in one bucket.
    """

    def __init__(self) -> None:
        self._buckets: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))
        self._sorted = 0  # positions that are in the table
        self._unsorted = array("q")  # the hashes of those that follow; 0 where there is no client_id

    def add(self, author: str | None, client_id: str | None) -> None:
        """Remember what the next position carries."""
        self._unsorted.append(0 if client_id is None else hash((author, client_id)))

    def extend(self, records: Iterable[Record | Head]) -> None:
        """Remember what the next positions carry."""
        hashes = [0 if (it := one.client_id) is None else hash((one.author, it)) for one in records]
        self._unsorted += array("q", hashes)  # of a list: twice as fast as one by one

    def find(self, author: str, client_id: str) -> list[int]:
        """Positions that may carry it, in the order in which they were added: hashes can be the same by chance."""
        if self._unsorted:
            self._sort_in()
        hashed = hash((author, client_id))
        bucket, wanted = self._buckets.get(hashed % BUCKETS), (hashed & HIGH) >> 32
        if bucket is None or wanted.to_bytes(4, sys.byteorder) not in bucket.tobytes():
            return []  # as for nearly every message that is new, and ten times as fast as a look at each entry
        return [entry & LOW for entry in bucket if entry >> 32 == wanted]

    def _sort_in(self) -> None:
        buckets = self._buckets
        for position, hashed in enumerate(self._unsorted, self._sorted):
            if hashed:
                buckets[hashed % BUCKETS].append(hashed & HIGH | position)
        self._sorted += len(self._unsorted)
        self._unsorted = array("q")
