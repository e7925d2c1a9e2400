"""Enforces the quota of visitors on a folder of files."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from chat.storage import StorageFull
from chat.storage.json_files.disk import Disk
from chat.storage.quota import Quota
from chat.text.names import LOBBY


class QuotaGuard:
    """Refuses what would exceed the quota. Methods raise `StorageFull` and OSError. Thread-safe."""

    def __init__(self, quota: Quota, disk: Disk, folder: Path) -> None:
        self._quota = quota
        self._disk = disk
        self._folder = folder
        self._being_created: set[str] = set()  # names of files, which are not in the folder yet

    def check_size(self, path: Path, size: int) -> None:
        """Refuse to let a room's file have this many bytes."""
        if self._quota.max_room_bytes and size > self._quota.max_room_bytes:
            raise StorageFull(path.stem, _("this room has grown to its limit"), path)
        self.check_disk()

    @contextlib.contextmanager
    def creating(self, path: Path) -> Iterator[None]:
        """Refuse to create another room's file; it is created within the block."""
        self._being_created.add(path.name)
        try:
            if path.stem != LOBBY and self._quota.max_rooms and self._room_count() > self._quota.max_rooms:
                raise StorageFull(path.stem, _("there are as many rooms as there may be"), path)
            yield
        finally:
            self._being_created.discard(path.name)

    def _room_count(self) -> int:
        """How many rooms there are, with those that other threads create now.

        Without the lobby, which everybody needs: it can be created however many others there are.
        """
        stored = {name for name in self._disk.entries(self._folder) if name.endswith(".json")}
        return len((stored | self._being_created) - {f"{LOBBY}.json"})

    def check_disk(self) -> None:
        """Refuse to write if no more than the reserve is free."""
        if self._quota.reserve_bytes and self._disk.free(self._folder) < self._quota.reserve_bytes:
            raise StorageFull(None, _("the disk is almost full"), self._folder)
