"""Finds the positions of a key, such as a client_id; 8 bytes each. A hash table of positions without the keys."""

import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Protocol

BUCKET_COUNT = 2**13  # more of them make lookups faster, and the first one slower
POSITION_MASK = 2**32 - 1
HASH_MASK = POSITION_MASK << 32


class HasClientId(Protocol):
    """A record, or the part of it that is kept in memory."""

    @property
    def author(self) -> str | None: ...

    @property
    def client_id(self) -> str | None: ...


class PositionTable:
    """Positions by (author, key), counted from 0 as they are added. An entry is 32 bits of hash, 32 of position.

    Added positions are hashed into buckets at the next lookup: opening a large room needs none. Python keys its hash of
    strings anew in every process, so nobody can choose keys that collide.
    """

    def __init__(self) -> None:
        self._buckets: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))
        self._table_size = 0  # positions that are in the buckets
        self._pending = array("q")  # the hashes of the positions that follow; 0 if there is no key

    def add(self, author: str | None, key: str | None) -> None:
        """Add the next position; without a key it is counted and never found."""
        self._pending.append(0 if key is None else hash((author, key)))

    def extend(self, records: Iterable[HasClientId]) -> None:
        """Add the positions of records, by their client_ids."""
        hashes = [0 if (it := one.client_id) is None else hash((one.author, it)) for one in records]
        self._pending += array("q", hashes)  # through a list: twice as fast as one by one

    def find(self, author: str, key: str) -> list[int]:
        """Positions that may have this key, in the order of adding: different keys can have the same hash."""
        if self._pending:
            self._fill_buckets()
        hashed = hash((author, key))
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
