"""Which contents of a file a crash may leave, given what is on the disk and what was written since its last sync.

A process that dies leaves a prefix of its calls, the last of them cut at any byte. A machine that dies leaves more: the
disk writes sectors, each whole or not at all, and any of them; each holds what it held at some moment since the sync.
The size may have grown before the data: then zeros stand where nothing landed, or any garbage.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from math import prod

SECTOR = 512  # bytes that a disk writes as one
MIXTURES = 64  # of the sectors of a file that are tried at one moment, for each filling; all, if there are fewer
EVERY_BYTE = 2048  # bytes of a write up to which it is torn at each of them
STEP = 61  # bytes between two cuts of a longer one, besides those at the borders of its sectors
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

    def torn(self, content: bytes) -> Iterator[bytes]:
        """Its first bytes and no more; and the same with the size that the whole would have had."""
        size = self.offset + len(self.data)
        for stop in self._cuts():
            landed = Write(self.offset, self.data[:stop]).on(content)
            yield landed
            if len(landed) < size:
                yield from (fill(landed, size, filling) for filling in FILLINGS)

    def _cuts(self) -> Sequence[int]:
        length = len(self.data)
        if length <= EVERY_BYTE:
            return range(length)
        borders = range(SECTOR - self.offset % SECTOR, length, SECTOR)
        around = {border + by for border in borders for by in (-1, 0, 1)}
        return sorted(stop for stop in around | set(range(0, length, STEP)) if stop < length)


@dataclass(frozen=True)
class Cut:
    """A size that was set."""

    size: int

    def on(self, content: bytes) -> bytes:
        return content[: self.size].ljust(self.size, b"\0")


Change = Write | Cut


def states(durable: bytes, pending: Sequence[Change], *, fine: bool) -> Iterator[bytes]:
    """Every content that a crash may leave now. Not `fine`: without the cuts within sectors."""
    versions = list(accumulate(pending, lambda content, change: change.on(content), initial=durable))
    yield from versions
    *_, before, now = [durable, *versions]
    if now != before and isinstance(pending[-1], Write) and fine:
        yield from pending[-1].torn(before)
    sizes = sorted({len(version) for version in versions})
    for filling in FILLINGS:
        for sectors in _mixtures(fill(durable, sizes[-1], filling), pending):
            yield from (sectors[:size] for size in sizes)


def _mixtures(content: bytes, pending: Sequence[Change]) -> Iterator[bytes]:
    """Sectors as they were at any moment beside sectors as they were at any other. A cut writes none."""
    writes = [change for change in pending if isinstance(change, Write)]
    versions = list(accumulate(writes, lambda content, write: write.on(content), initial=content))
    places = range(0, len(content), SECTOR)
    return _choices([list(dict.fromkeys(version[place : place + SECTOR] for version in versions)) for place in places])


def _choices(sectors: list[list[bytes]]) -> Iterator[bytes]:
    """One of each: in every way, or, of too many, all but one old, all but one new, and some that chance picks."""
    if prod(map(len, sectors)) <= MIXTURES:
        yield from map(b"".join, product(*sectors))
        return
    old, new = [versions[0] for versions in sectors], [versions[-1] for versions in sectors]
    for place in [place for place, versions in enumerate(sectors) if len(versions) > 1]:
        yield b"".join([*old[:place], new[place], *old[place + 1 :]])
        yield b"".join([*new[:place], old[place], *new[place + 1 :]])
    chance = random.Random(len(sectors))  # the same in every run
    for _ in range(MIXTURES):
        yield b"".join([chance.choice(versions) for versions in sectors])


def fill(content: bytes, size: int, filling: bytes) -> bytes:
    """The content, grown to a size before its data came."""
    return content + (filling * (size // len(filling) + 1))[len(content) : size]
