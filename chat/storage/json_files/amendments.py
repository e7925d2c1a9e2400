"""Finds the amendments of a message: their positions in the index, 8 bytes each."""

from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

POSITION_BITS = 32
POSITION_MASK = 2**POSITION_BITS - 1
BUCKET_BITS = 12  # messages of one bucket: 4096, so an insertion moves few bytes
BULK = 64  # pending entries from which on they are sorted together
MAX_PENDING = 2**14  # they are sorted before there are more: 2 ms
SortedEntries = TypeVar("SortedEntries", list[int], "array[int]")


def entry(target: int, position: int) -> int:
    """An amendment as one integer: the position of its message, and its own."""
    return target << POSITION_BITS | position


class AmendmentMap:
    """Sorted entries, in buckets by the position of the message. Positions of amendments are added in rising order."""

    def __init__(self) -> None:
        self._buckets: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))
        self._pending: list[int] = []
        self._count = 0

    @classmethod
    def restored(cls, entries: "array[int]", records: int) -> "AmendmentMap":
        """The map that another process stored, of an index of so many records. Raises ValueError if this is none.

        The caller has compared a checksum, so it is not looked at entry by entry, which takes longer than the rest.
        """
        if entries and not entries[0] <= entries[-1] < entry(records, 0):
            raise ValueError("not a map of amendments")
        self = cls()
        self._count = len(entries)
        self._buckets.update(_by_bucket(entries))
        return self

    def __len__(self) -> int:
        return self._count

    def extend(self, entries: Sequence[int]) -> None:
        """Add amendments."""
        self._count += len(entries)
        self._pending += entries
        if len(self._pending) > MAX_PENDING:
            self.settle()

    def after(self, target: int, position: int = -1) -> "array[int]":
        """The amendments of a message behind a position: their entries, whose lower half is the position."""
        self.settle()
        bucket = self._buckets.get(target >> BUCKET_BITS)
        if bucket is None:
            return array("Q")
        start = bisect_left(bucket, entry(target, position + 1))
        return bucket[start : bisect_left(bucket, entry(target + 1, 0), start)]

    def between(self, start: int, stop: int) -> Iterator[int]:
        """The entries of all messages from one position to another."""
        self.settle()
        for number in range(start >> BUCKET_BITS, (max(start, stop - 1) >> BUCKET_BITS) + 1):
            if (bucket := self._buckets.get(number)) is not None:
                yield from bucket[bisect_left(bucket, entry(start, 0)) : bisect_left(bucket, entry(stop, 0))]

    def among(self, first: int, last: int) -> "dict[int, array[int]]":
        """The amendments of all messages from one position to another: the entries of each that has any."""
        self.settle()
        found: dict[int, array[int]] = {}
        for number in range(first >> BUCKET_BITS, (last >> BUCKET_BITS) + 1):
            bucket = self._buckets.get(number) or array("Q")
            place, stop = bisect_left(bucket, entry(first, 0)), bisect_left(bucket, entry(last + 1, 0))
            while place < stop:
                message = bucket[place] >> POSITION_BITS
                start, place = place, bisect_left(bucket, entry(message + 1, 0), place, stop)
                found[message] = bucket[start:place]
        return found

    def sorted(self) -> "Iterator[array[int]]":
        """All entries, sorted, in parts."""
        self.settle()
        return (self._buckets[number] for number in sorted(self._buckets))

    def settle(self) -> None:
        """Sort what was added, so that the next look does not have to."""
        if not self._pending:
            return None
        pending, self._pending = self._pending, []
        if len(pending) >= BULK:
            return self._merge(sorted(pending))
        for each in pending:
            insort(self._buckets[each >> POSITION_BITS + BUCKET_BITS], each)

    def _merge(self, entries: list[int]) -> None:
        for number, added in _by_bucket(entries):
            bucket = self._buckets.get(number)
            self._buckets[number] = array("Q", added if bucket is None else sorted([*bucket, *added]))


def _by_bucket(entries: SortedEntries) -> Iterator[tuple[int, SortedEntries]]:
    """The parts of sorted entries that belong into one bucket each, and its number."""
    start = 0
    while start < len(entries):
        number = entries[start] >> POSITION_BITS + BUCKET_BITS
        stop = bisect_left(entries, entry(number + 1 << BUCKET_BITS, 0), start)
        yield number, entries[start:stop]
        start = stop


def positions(entries: Iterable[int]) -> list[int]:
    """The positions of amendments in the index."""
    return [each & POSITION_MASK for each in entries]
