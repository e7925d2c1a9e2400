"""Where the durable records of a file end, and the bytes in front of that place, which are known to be on the disk."""

from typing import NamedTuple

from chat.storage.json_files.lines import ReadAt

BLOCK_BYTES = 4096  # a page of the kernel's cache, which it writes as one, and drops as one after a failed sync
ENDING_BYTES = 32  # the checksum of the last record is among them
CHUNK = 2**16  # bytes searched at a time


class DurableEnd(NamedTuple):
    """The offset behind the last durable record, and the bytes in front of it: its block, at least ENDING_BYTES."""

    offset: int = 0
    before: bytes = b""

    @classmethod
    def read(cls, read: ReadAt, offset: int) -> "DurableEnd":
        """The end at an offset of a file. Raises OSError."""
        start = max(0, offset - _kept_bytes(offset))
        return cls(offset, read(offset - start, start) if offset else b"")

    def advanced(self, data: bytes) -> "DurableEnd":
        """The end behind `data`, which is durable too."""
        offset = self.offset + len(data)
        return DurableEnd(offset, (self.before + data)[-_kept_bytes(offset) :])

    @property
    def block(self) -> bytes:
        """The bytes from the last block boundary on: a failed sync may have dropped them from the cache."""
        return self.before[len(self.before) - self.offset % BLOCK_BYTES :]

    @property
    def ending(self) -> bytes:
        """The last bytes."""
        return self.before[-ENDING_BYTES:]

    def is_in(self, read: ReadAt) -> bool:
        """Whether a file has the last bytes in their place: a file of another program does not."""
        ending = self.ending
        return read(len(ending), self.offset - len(ending)) == ending


def _kept_bytes(offset: int) -> int:
    in_block = offset % BLOCK_BYTES
    return in_block if in_block > ENDING_BYTES else ENDING_BYTES  # faster than `max`, and a part of every append


def end_before_zeros(read: ReadAt, stop: int) -> int:
    """The offset of the zeros in front of `stop`. Raises OSError."""
    while stop:
        start = max(0, stop - CHUNK)
        if found := read(stop - start, start).rstrip(b"\0"):
            return start + len(found)
        stop = start
    return 0
