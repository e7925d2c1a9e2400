"""A room's file, looked at without a lock and without changing anything."""

import os
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from chat.storage import Damage
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.lines import CRC_LENGTH, CRC_MEMBER
from chat.storage.json_files.scan import UNTIDY, Read, Scan, scan

MAX_RESCANS = 5  # of a file that seems to be torn or damaged, while a server writes to it
LONGEST = 2**20  # bytes; more than a record can have


class FileReport(NamedTuple):
    """Records that are whole, how many of them their owner edited, bytes behind them, and the first damage."""

    records: int
    edited: int
    torn_bytes: int
    damage: Damage | None

    def notes(self) -> list[str]:
        """What the owner should know besides the damage."""
        notes = [f"{self.edited} edited by hand"] if self.edited else []
        if self.torn_bytes:
            kept = "cut off at the next start, and kept beside the file"
            notes.append(f"a torn tail of {self.torn_bytes} bytes ({kept})")
        return notes


def verify_file(path: Path, disk: Disk | None = None) -> FileReport:
    """Check every record of a room's file. Raises OSError."""
    disk = disk or Disk()
    fd = disk.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        read = partial(_read, disk, fd)
        found = _scan_at_rest(read)
        behind = b"" if found.tidy or found.damage else read(disk.stat_open(fd).st_size - found.end, found.end)
        torn = len(behind) if behind.strip(UNTIDY) else 0
        return FileReport(len(found.index), _edited(read, found), torn, found.damage)
    finally:
        disk.close(fd)


def _read(disk: Disk, fd: int, length: int, offset: int) -> bytes:
    return disk.read(fd, length, offset)


def _scan_at_rest(read: Read) -> Scan:
    """What looks torn may be a write that is under way: it is believed when it looks the same twice."""
    found = scan(read)
    for _ in range(MAX_RESCANS):
        if found.tidy and found.damage is None:
            break
        before, found = found, scan(read)
        if (before.end, before.damage, len(before.index)) == (found.end, found.damage, len(found.index)):
            break
    return found


def _edited(read: Read, found: Scan) -> int:
    """Records without a checksum. The scan has verified those that have one."""
    offsets = sorted(found.index.offsets)
    if not offsets:
        return 0
    stops = chain(offsets[1:], [found.end if offsets[-1] < found.end else offsets[-1] + LONGEST])
    return sum(not _has_crc(read(stop - start, start)) for start, stop in zip(offsets, stops, strict=True))


def _has_crc(text: bytes) -> bool:
    line = text.split(b"\n", 1)[0].strip().removesuffix(b",").rstrip()
    return line[-CRC_LENGTH:-10] == CRC_MEMBER
