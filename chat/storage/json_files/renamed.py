"""A room's file that was renamed while people are in the room.

The room is at its new address then, with its history, its name and its epoch. A message at the old address must not
create a second room of the same name there.
"""

import os
from pathlib import Path

from chat.storage import RoomUnusable
from chat.storage.json_files.disk import Disk
from chat.text.names import is_room_slug


def is_room_file(path: Path) -> bool:
    """Whether a file of this name is a room's."""
    return path.suffix == ".json" and is_room_slug(path.stem)


def refuse_renamed(disk: Disk, path: Path, inode: int, head: bytes) -> None:
    """Raise `RoomUnusable` if a file is gone, and another room's file is what it was. Raises OSError.

    It has the same inode and begins with `head`. The inode alone does not tell: a new file gets that of a removed one.
    """
    if _inode(disk, path) is not None:
        return
    for other in map(path.with_name, disk.entries(path.parent)):
        if is_room_file(other) and _inode(disk, other) == inode and _begins_with(disk, other, head):
            raise RoomUnusable(path.stem, f"its file was renamed to {other.name}, and the room has that address", path)


def _inode(disk: Disk, path: Path) -> int | None:
    try:
        return disk.stat(path).st_ino
    except FileNotFoundError:
        return None


def _begins_with(disk: Disk, path: Path, head: bytes) -> bool:
    try:
        fd = disk.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return disk.read(fd, len(head), 0) == head
    finally:
        disk.close(fd)
