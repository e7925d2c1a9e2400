"""Finds the positions of a key, such as a client_id; 8 bytes each. A hash table of positions without the keys."""

import secrets
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import blake2b
from itertools import accumulate
from typing import Protocol

from chat.storage.yielding import let_others_run

BUCKET_COUNT = 2**13  # more of them make lookups faster, and the first one slower
POSITION_MASK = 2**32 - 1
HASH_MASK = POSITION_MASK << 32
FILL_AT_ONCE = 2**15  # positions that a lookup hashes into buckets: 10 ms
FILL_PART = 2**11  # of them that `fill_in_parts` hashes between two moments for other threads: 0.7 ms
SEARCH_BYTES = 2**20  # of hashes searched at a time, so that other threads get their turn
BYTE_ORDER = sys.byteorder
WORD = 8  # bytes of a hash, and of an entry


class HasClientId(Protocol):
    """A record, or the part of it that is kept in memory."""

    @property
    def author(self) -> str | None: ...

    @property
    def client_id(self) -> str | None: ...


class PositionTable:
    """Positions by (author, key), counted from 0 as they are added. An entry is 32 bits of hash, 32 of position.

    Added positions are hashed into buckets by the next lookups, a part by each: opening a large room needs none, and no
    lookup waits for all. Nobody can choose keys that collide: Python keys its hash of strings anew in every process. A
    table that another process can read has a secret `key` for its own hash, which takes four times as long.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self.key = key
        self._hash = hash if key is None else partial(_keyed_hash, key)
        self._stored = array("Q")  # the entries of another process, bucket after bucket
        self._stored_starts = array("Q", bytes(WORD * (BUCKET_COUNT + 1)))  # where each bucket begins in them
        self._buckets: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))
        self._table_size = 0  # positions that are in the buckets
        self._pending = bytearray()  # the hashes of the positions that follow, 8 bytes each; 0 if there is no key
        self._filled = 0  # bytes of them that are in the buckets, too

    @classmethod
    def portable(cls) -> "PositionTable":
        """An empty table that another process can read."""
        return cls(secrets.token_bytes(16))

    # Adding

    def add(self, author: str | None, key: str | None) -> None:
        """Add the next position; without a key it is counted and never found."""
        self._append([0 if key is None else self._hash((author, key))])

    def extend(self, records: Iterable[HasClientId]) -> None:
        """Add the positions of records, by their client_ids."""
        of = self._hash
        self._append([0 if (it := one.client_id) is None else of((one.author, it)) for one in records])

    def _append(self, hashes: list[int]) -> None:
        self._pending += array("q", hashes).tobytes()

    # Finding

    def find(self, author: str, key: str) -> list[int]:
        """Positions that may have this key, in the order of adding: different keys can have the same hash."""
        hashed = self._hash((author, key))
        if self._pending:
            self.fill(FILL_AT_ONCE)
        number, wanted = hashed % BUCKET_COUNT, (hashed & HASH_MASK) >> 32
        found = _matches(self._stored_bucket(number), wanted) if self._stored else []
        if number in self._buckets:
            found += _matches(self._buckets[number], wanted)
        return found + self._in_pending(hashed) if self._pending else found

    def _in_pending(self, hashed: int) -> list[int]:
        """A linear search, while there are more positions than one lookup hashes into buckets."""
        wanted, found = array("q", [hashed]).tobytes(), []
        for begin in range(self._filled, len(self._pending), SEARCH_BYTES):
            place, stop = begin - 1, begin + SEARCH_BYTES
            while (place := self._pending.find(wanted, place + 1, stop)) >= 0:
                if place % WORD == 0:
                    found.append(self._table_size + (place - self._filled) // WORD)
        return found

    def fill(self, count: int) -> bool:
        """Hash the next of the added positions into buckets; whether there are more."""
        buckets = self._buckets
        hashes = array("q", self._pending[self._filled : self._filled + WORD * count])
        for position, hashed in enumerate(hashes, self._table_size):
            if hashed:
                buckets[hashed % BUCKET_COUNT].append(hashed & HASH_MASK | position)
        self._table_size += len(hashes)
        self._filled += WORD * len(hashes)
        if self._filled < len(self._pending):
            return True
        self._pending, self._filled = bytearray(), 0
        return False

    # Storing

    def fill_in_parts(self) -> bool:
        """The same as `fill`, with a moment for other threads after each part."""
        for _ in range(FILL_AT_ONCE // FILL_PART):
            if not self.fill(FILL_PART):
                return False
            let_others_run()
        return True

    def stored_parts(self) -> Iterator["array[int]"]:
        """A filled, portable table for another process: where each bucket begins, and the entries of each."""
        assert not self._pending, "the table is filled"
        sizes = (self._stored_size(number) + len(self._buckets.get(number, b"")) for number in range(BUCKET_COUNT))
        yield array("Q", accumulate(sizes, initial=0))
        for number in range(BUCKET_COUNT):
            yield self._stored_bucket(number) + self._buckets.get(number, array("Q"))

    def _stored_size(self, number: int) -> int:
        return self._stored_starts[number + 1] - self._stored_starts[number]

    def _stored_bucket(self, number: int) -> "array[int]":
        return self._stored[self._stored_starts[number] : self._stored_starts[number + 1]]

    @classmethod
    def restored(cls, key: bytes, starts: "array[int]", entries: "array[int]", size: int) -> "PositionTable":
        """The table of so many positions that another process stored. Raises ValueError if this is none."""
        bounds = list(starts)
        if len(bounds) != BUCKET_COUNT + 1 or bounds[0] != 0 or bounds[-1] != len(entries) or bounds != sorted(bounds):
            raise ValueError("not a table of positions")
        self = cls(key)
        self._stored, self._stored_starts, self._table_size = entries, starts, size
        return self


def _keyed_hash(key: bytes, of: tuple[str | None, str]) -> int:
    """As an integer of 63 bits, not 0. A secret salt serves as a key, and costs no additional block."""
    digest = blake2b(f"{of[0]}\0{of[1]}".encode("utf-8", "surrogatepass"), salt=key, digest_size=WORD).digest()
    return int.from_bytes(digest, "little") >> 1 or 1


def _matches(bucket: "array[int]", wanted: int) -> list[int]:
    if wanted.to_bytes(4, BYTE_ORDER) not in bucket.tobytes():
        return []  # the usual case, a new message: ten times as fast as a look at each entry
    return [entry & POSITION_MASK for entry in bucket if entry >> 32 == wanted]
