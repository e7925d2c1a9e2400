"""Checks every record of a room's file, without a lock and without changing anything."""

import os
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from chat.storage import Damage
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.lines import ReadAt, has_crc, record_bytes
from chat.storage.json_files.scan import HARMLESS_TAIL, Scan, scan

MAX_RESCANS = 5  # of a file that seems to be torn or damaged, while a server writes to it
MAX_RECORD_BYTES = 2**20  # more than a record can have


class FileReport(NamedTuple):
    """Intact records, how many of them their owner edited, bytes of a torn tail, and the first damage."""

    records: int
    edited: int
    torn_bytes: int
    damage: Damage | None

    def notes(self) -> list[str]:
        """What the owner should know besides the damage."""
        notes = [f"{self.edited} edited by hand"] if self.edited else []
        if self.torn_bytes:
            notes.append(
                f"a torn tail of {self.torn_bytes} bytes (cut off at the next start, and kept beside the file)"
            )
        return notes


def verify_file(path: Path, disk: Disk | None = None) -> FileReport:
    """Check a room's file. Raises OSError."""
    disk = disk or Disk()
    fd = disk.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:

        def read(length: int, offset: int) -> bytes:
            return disk.read(fd, length, offset)

        found = _scan_at_rest(read)
        tail = b"" if found.clean_end or found.damage else read(disk.stat_open(fd).st_size - found.end, found.end)
        torn_bytes = len(tail) if tail.strip(HARMLESS_TAIL) else 0
        return FileReport(len(found.index), _count_edited(read, found), torn_bytes, found.damage)
    finally:
        disk.close(fd)


def _scan_at_rest(read: ReadAt) -> Scan:
    """A write in progress looks like a torn tail: what a scan finds is believed if the next one finds the same."""
    found = scan(read)
    for _ in range(MAX_RESCANS):
        if found.clean_end and found.damage is None:
            break
        before, found = found, scan(read)
        if (before.end, before.damage, len(before.index)) == (found.end, found.damage, len(found.index)):
            break
    return found


def _count_edited(read: ReadAt, found: Scan) -> int:
    """Records without a checksum. The scan has verified those that have one."""
    offsets = sorted(found.index.offsets)
    if not offsets:
        return 0
    last_stop = found.end if offsets[-1] < found.end else offsets[-1] + MAX_RECORD_BYTES
    lines = (read(stop - start, start) for start, stop in zip(offsets, chain(offsets[1:], [last_stop]), strict=True))
    return sum(not has_crc(record_bytes(line.split(b"\n", 1)[0])) for line in lines)
