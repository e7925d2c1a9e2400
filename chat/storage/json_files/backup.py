"""The copy of a room's file that is made before a part of it is cleared, or before it is repaired."""

import os
from datetime import UTC, datetime
from pathlib import Path

from chat.storage import RoomDamaged
from chat.storage.json_files.disk import COPY_BYTES, Disk
from chat.storage.json_files.lines import ReadAt, with_lines
from chat.storage.json_files.scan import TRAILER, scan


def default_backup_path(path: Path) -> Path:
    """Beside the room's file, with the time (UTC) in its name."""
    return path.with_name(f"{path.name}.backup-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")


def back_up(disk: Disk, path: Path, target: Path) -> None:
    """Copy a room's file as it is now, readable for its owner only. Raises OSError, `RoomDamaged`.

    The server may be writing: only the records that a scan finds intact are copied, and the trailer is added. An
    existing file is never overwritten.
    """
    with disk.opened(path) as source:
        read = disk.reader(source)
        found = scan(read)
        if found.damage is not None:
            raise RoomDamaged(path.stem, found.damage, path)
        _copy(disk, with_lines(read, found.half_blanked), found.end, target, TRAILER)


def copy_whole(disk: Disk, source: int, target: Path) -> None:
    """Copy an open file byte for byte, whatever is in it; the caller holds the lock. Raises OSError."""
    _copy(disk, disk.reader(source), disk.stat_open(source).st_size, target, b"")


def _copy(disk: Disk, read: ReadAt, end: int, target: Path, trailer: bytes) -> None:
    fd = disk.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for offset in range(0, end, COPY_BYTES):
            disk.write(fd, read(min(COPY_BYTES, end - offset), offset), offset)
        disk.write(fd, trailer, end)
        disk.sync(fd)
        disk.sync_folder(target.parent)
    except BaseException:
        target.unlink()
        raise
    finally:
        disk.close(fd)
