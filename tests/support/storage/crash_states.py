"""Which contents of a file a crash may leave, given the durable bytes and the writes since the last sync.

A process that dies leaves a prefix of its calls, the last of them cut at any byte. A machine that crashes leaves more:
the disk writes sectors, each whole or not at all, and any subset of them; each has any of the contents that it had
since the sync. The size may have grown before the data: then zeros or garbage stand where nothing was written.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from math import prod

SECTOR = 512  # bytes that a disk writes as one
MAX_COMBINATIONS = 64  # of the sectors of a file that are tried at one moment, for each filling
EVERY_BYTE_UP_TO = 2048  # a write of so many bytes is cut at each of them, or at every nth
ENDS = 4  # bytes at both ends of a write, at each of which it is cut
STEP = 61  # bytes between two cuts of a longer one, besides those around the borders of its sectors
GARBAGE = random.Random(0).randbytes(1009).replace(b"}", b"]")  # a brace can complete an object: an edit by hand
FILLINGS = (b"\0", GARBAGE)


@dataclass(frozen=True)
class Write:
    """Bytes that were written at an offset."""

    offset: int
    data: bytes

    def on(self, content: bytes) -> bytes:
        before = content[: self.offset].ljust(self.offset, b"\0")
        return before + self.data + content[self.offset + len(self.data) :]

    def cuts(self, content: bytes, every: int) -> Iterator[bytes]:
        """Its first bytes only; and the same with the size that the whole would have had."""
        size = self.offset + len(self.data)
        for stop in self._cuts(every):
            landed = Write(self.offset, self.data[:stop]).on(content)
            yield landed
            if len(landed) < size:
                yield from (fill(landed, size, filling) for filling in FILLINGS)

    def _cuts(self, every: int) -> Iterable[int]:
        length = len(self.data)
        if length <= EVERY_BYTE_UP_TO:
            ends = (*range(ENDS), *range(length - ENDS, length))  # of its first and of its last record
            return sorted({*range(self.offset % every, length, every), *(stop for stop in ends if 0 <= stop < length)})
        borders = range(SECTOR - self.offset % SECTOR, length, SECTOR)
        around = {border + by for border in borders for by in (-1, 0, 1)}
        return sorted(stop for stop in around | set(range(0, length, STEP)) if stop < length)


@dataclass(frozen=True)
class Truncation:
    """A size that was set."""

    size: int

    def on(self, content: bytes) -> bytes:
        return content[: self.size].ljust(self.size, b"\0")


Change = Write | Truncation


def states(durable: bytes, pending: Sequence[Change], *, cut_every: int) -> Iterator[bytes]:
    """Every content that a crash may leave now.

    The last write is also cut within its sectors: at every byte if `cut_every` is 1, at none if it is 0.
    """
    versions = list(accumulate(pending, lambda content, change: change.on(content), initial=durable))
    yield from versions
    *_, before, now = [durable, *versions]
    if now != before and isinstance(pending[-1], Write) and cut_every:
        yield from pending[-1].cuts(before, cut_every)
    sizes = sorted({len(version) for version in versions})
    for filling in FILLINGS:
        for sectors in _sector_states(fill(durable, sizes[-1], filling), pending):
            yield from (sectors[:size] for size in sizes)


def _sector_states(content: bytes, pending: Sequence[Change]) -> Iterator[bytes]:
    """Every combination of sectors as they were at any moments. A truncation writes no sector."""
    writes = [change for change in pending if isinstance(change, Write)]
    versions = list(accumulate(writes, lambda content, write: write.on(content), initial=content))
    places = range(0, len(content), SECTOR)
    return _combinations([list(dict.fromkeys(one[place : place + SECTOR] for one in versions)) for place in places])


def _combinations(sectors: list[list[bytes]]) -> Iterator[bytes]:
    """One of each: every combination; of too many, all but one old, all but one new, and a random sample."""
    if prod(map(len, sectors)) <= MAX_COMBINATIONS:
        yield from map(b"".join, product(*sectors))
        return
    old, new = [versions[0] for versions in sectors], [versions[-1] for versions in sectors]
    for place in [place for place, versions in enumerate(sectors) if len(versions) > 1]:
        yield b"".join([*old[:place], new[place], *old[place + 1 :]])
        yield b"".join([*new[:place], old[place], *new[place + 1 :]])
    chance = random.Random(len(sectors))  # the same in every run
    for _ in range(MAX_COMBINATIONS):
        yield b"".join([chance.choice(versions) for versions in sectors])


def fill(content: bytes, size: int, filling: bytes) -> bytes:
    """The content, grown to a size before its data was written."""
    return content + (filling * (size // len(filling) + 1))[len(content) : size]
