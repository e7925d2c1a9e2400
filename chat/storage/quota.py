"""How much of the disk visitors may fill: anybody who can open the site can write, and a full disk stops everything.

The owner's commands have no quota: a history can be cleared or moved when visitors can write no more.
"""

from dataclasses import dataclass, field
from pathlib import Path

from chat.storage import StorageFull
from chat.storage.json_files.disk import Disk


@dataclass(frozen=True, slots=True)
class Quota:
    """How many rooms, how many bytes each, and how many bytes of the disk are to stay free; 0 is no limit."""

    rooms: int = 0
    room_bytes: int = 0
    reserve: int = 0
    disk: Disk = field(default_factory=Disk)

    def check(self, path: Path, size: int, *, new: bool) -> None:
        """Refuse to let a room's file have this size, or to make a new one. Raises `StorageFull` and OSError."""
        if self.room_bytes and size > self.room_bytes:
            raise StorageFull(path, "this room has grown to its limit")
        if new and self.rooms and self._count(path.parent) >= self.rooms:
            raise StorageFull(path, "there are as many rooms as there may be")
        self.check_disk(path.parent)

    def _count(self, folder: Path) -> int:
        return sum(name.endswith(".json") for name in self.disk.entries(folder))

    def check_disk(self, folder: Path) -> None:
        """Refuse to write when only the reserve is left. Raises `StorageFull` and OSError."""
        if self.reserve and self.disk.free(folder) < self.reserve:
            raise StorageFull(folder, "the disk is almost full")
