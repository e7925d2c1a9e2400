"""Checks every record of a room's file, without a lock and without changing anything."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from chat.storage import Damage, RoomUnusable
from chat.storage.json_files.atomic_write import TORN, draft_path
from chat.storage.json_files.blanking import is_blank
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.disk_errors import NOT_REGULAR
from chat.storage.json_files.kinds import DELETE
from chat.storage.json_files.lines import (
    BOM,
    BadRecord,
    ReadAt,
    decode_line,
    has_crc,
    line_at,
    record_bytes,
    records_at,
)
from chat.storage.json_files.room_lock import lock_path, peek_checkpoint
from chat.storage.json_files.scan import COPIED, HARMLESS_TAIL, Scan, scan
from chat.storage.json_files.seams import AFTER, is_proven_seam

MAX_RESCANS = 20  # of a file that seems to be torn or damaged, while a server writes to it
PAUSE_SECONDS = 0.005  # between two of them: longer than most writes
MAX_RECORD_BYTES = 2**20  # more than a record can have


class FileReport(NamedTuple):
    """Intact records, how many of them their owner edited, bytes of a torn tail, and the first damage."""

    records: int
    edited: int
    torn_bytes: int
    damage: Damage | None
    warnings: Sequence[str] = ()

    def notes(self) -> list[str]:
        """What the owner should know besides the damage."""
        return [*([f"{self.edited} edited by hand"] if self.edited else []), *self.warnings]


def verify_file(path: Path, disk: Disk | None = None) -> FileReport:
    """Check a room's file. Raises OSError."""
    disk = disk or Disk()
    with disk.opened(path) as fd:
        read, status = disk.reader(fd), disk.stat_open(fd)
        if not stat.S_ISREG(status.st_mode):
            raise RoomUnusable(path.stem, NOT_REGULAR, path)
        found = _scan_at_rest(read)
        tail = b"" if found.clean_end or found.damage else read(disk.stat_open(fd).st_size - found.end, found.end)
        torn_bytes = len(tail) if tail.strip(HARMLESS_TAIL) else 0
        warnings = [*([_torn(tail)] if torn_bytes else []), *_access_warnings(status), *_start_warnings(read)]
        warnings += _delete_warnings(read, found, path, disk.entries(path.parent))
        records, damage = len(found.index), _emptied(disk, path, found) or _seam_damage(read, found)
        return FileReport(records, _count_edited(read, found), torn_bytes, damage, warnings)


def _delete_warnings(read: ReadAt, found: Scan, path: Path, names: Sequence[str]) -> list[str]:
    """What is unfinished, what a crash has left beside the file, and what a delete does not reach."""
    lines = (record_bytes(line_at(read, found.index.offsets[each])) for each in found.index.unchecked)
    unfinished = sum(not _is_blank(line) for line in lines)
    copies = [name for name in sorted(names) if name.startswith(path.name + ".") and TORN not in name]
    notes = []
    if unfinished:
        notes.append(f"words of deleted messages in {unfinished} lines (taken out when the room is used next)")
    if draft_path(path).name in names:
        notes.append(f"{draft_path(path).name} is left over from a crash (delete it)")
    if copies and DELETE in found.index.kinds:
        notes.append(f"deleted words may be in {', '.join(copies)}")
    return notes


def _is_blank(line: bytes) -> bool:
    try:
        return is_blank(line, decode_line(line))
    except BadRecord:
        return False


def _torn(tail: bytes) -> str:
    if tail == AFTER:
        return f"a torn tail of {len(tail)} bytes (copied while somebody wrote; nothing is missing before it)"
    return f"a torn tail of {len(tail)} bytes (cut off at the next start, and kept beside the file)"


def _access_warnings(status: os.stat_result) -> list[str]:
    """Messages are for their owner only; a tool that writes the file anew may give it another mode."""
    if not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [f"open to other users of this machine (mode {stat.S_IMODE(status.st_mode):04o}: chmod 600)"]


def _start_warnings(read: ReadAt) -> list[str]:
    return ["begins with a byte order mark"] if read(len(BOM), 0) == BOM else []


def _emptied(disk: Disk, path: Path, found: Scan) -> Damage | None:
    """A file without records whose lock file names one: a new room's file is never empty."""
    if found.last is not None or found.damage is not None:
        return None
    try:
        past = peek_checkpoint(disk, lock_path(path))
    except OSError:
        return None
    if past is None:
        return None
    reason = f"it is empty, and had {past.records} records: another program emptied it, or is still writing it"
    return Damage("its start", reason)


def _seam_damage(read: ReadAt, found: Scan) -> Damage | None:
    """The damage; also a copy with a seam in its last batch, which looks like a torn tail of a crash."""
    if found.damage is None and not found.clean_end and found.end and is_proven_seam(read, found.end):
        return Damage("its last batch", COPIED, mendable=True)
    return found.damage


def _scan_at_rest(read: ReadAt) -> Scan:
    """A write in progress looks like a torn tail: what a scan finds is believed if the next one finds the same."""
    found = scan(read)
    for _ in range(MAX_RESCANS):
        if found.clean_end and found.damage is None:
            break
        time.sleep(PAUSE_SECONDS)
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
    return sum(not has_crc(record) for record in records_at(read, offsets, last_stop))
