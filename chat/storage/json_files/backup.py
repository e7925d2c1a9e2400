"""The copy of a room's file that is made before a part of it is cleared."""

import os
from datetime import UTC, datetime
from pathlib import Path

from chat.storage import RoomDamaged
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.scan import CLOSING, scan

COPY = 2**20  # bytes at a time


def default_backup_path(path: Path) -> Path:
    """Where the copy of a room's file goes when nobody says where: beside it, with the time (UTC) in its name."""
    return path.with_name(f"{path.name}.backup-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")


def back_up(disk: Disk, path: Path, target: Path) -> None:
    """Copy a room's file as it is at this moment, for its owner's eyes only. Raises OSError, `RoomDamaged`.

    The server may be writing: only what a scan finds to be whole is copied, and closed as a room's file is closed.
    An existing file is never overwritten.
    """
    source = disk.open(path, os.O_RDONLY)
    try:
        found = scan(lambda length, offset: disk.read(source, length, offset))
        if found.damage is not None:
            raise RoomDamaged(path.stem, found.damage, path)
        _copy(disk, source, found.end, target)
    finally:
        disk.close(source)


def _copy(disk: Disk, source: int, end: int, target: Path) -> None:
    fd = disk.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for offset in range(0, end, COPY):
            disk.write(fd, disk.read(source, min(COPY, end - offset), offset), offset)
        disk.write(fd, CLOSING, end)
        disk.sync(fd)
        disk.sync_folder(target.parent)
    except BaseException:
        target.unlink()
        raise
    finally:
        disk.close(fd)
